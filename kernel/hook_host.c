// SPDX-License-Identifier: GPL-2.0
/*
 * The hook that sees what the box sends of its own, or of others behind its NAT44
 * (design.rst, "host ports"): POST_ROUTING, after source NAT.
 */
#include "hook.h"

#include <linux/bottom_half.h>
#include <linux/ip.h>
#include <linux/netfilter_ipv4.h>
#include <linux/skbuff.h>
#include <net/ip.h>

#include "drop.h"
#include "flow.h"
#include "xmit.h"

#define HOST_PRIORITY	(NF_IP_PRI_NAT_SRC + 10)

static enum nat64_reason note(struct nat64_net *nn, struct sk_buff *skb)
{
	struct nat64_packet pkt = { .local = true };
	enum nat64_reason reason;

	/* What is not understood has no transport address of ours. */
	if (nat64_packet_parse4(skb, &pkt))
		return NAT64_OK;
	reason = nat64_flow_host(nn, &pkt, ip_hdr(skb));
	if (reason)
		nat64_drop_tell(nn, skb, reason);
	return reason;
}

static unsigned int nat64_hook_host(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct nat64_net *nn = priv;
	enum nat64_reason reason;

	if (nat64_xmit_is_ours(skb) ||
	    !nat64_pool4_has(&nn->pool4, ip_hdr(skb)->saddr))
		return NF_ACCEPT;
	local_bh_disable();
	reason = note(nn, skb);
	local_bh_enable();
	/* A socket of the box is told. */
	return reason ? NF_DROP_ERR(-EADDRINUSE) : NF_ACCEPT;
}

int nat64_hook_register_host(struct nat64_net *nn)
{
	nn->host_hook = (struct nf_hook_ops){
		.hook = nat64_hook_host,
		.priv = nn,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = HOST_PRIORITY,
	};
	return nf_register_net_hook(nn->net, &nn->host_hook);
}

void nat64_hook_unregister_host(struct nat64_net *nn)
{
	nf_unregister_net_hook(nn->net, &nn->host_hook);
}
