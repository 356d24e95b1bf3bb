// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks, the pipeline, the verdict.
 *
 * PRE_ROUTING and LOCAL_OUT of both families, after defragmentation and raw
 * (whose rules may set the mark), and before conntrack, which then never sees
 * what is translated.
 */
#include "hook.h"

#include <linux/bottom_half.h>
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <net/dst_metadata.h>
#include <net/netfilter/ipv4/nf_defrag_ipv4.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/xfrm.h>

#include "compat.h"
#include "flow.h"
#include "xlat.h"
#include "xmit.h"

/* Between SELinux's first hook and conntrack. */
#define HOOK_PRIORITY	(NF_IP_PRI_CONNTRACK - 10)

/* What is translated as it is; super-packets of other kinds are cut first. */
#define GSO_TYPES	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_UDP_L4 | \
			 SKB_GSO_TCP_ECN | SKB_GSO_TCP_FIXEDID | SKB_GSO_DODGY)

static const enum skb_drop_reason core_reason[NAT64_REASONS] = {
#define X(name, core, text) \
	[NAT64_DROP_##name] = SKB_DROP_REASON_##core,
	NAT64_DROP_REASONS(X)
#undef X
};

static void drop(struct nat64_net *nn, struct sk_buff *skb,
		 enum nat64_reason reason)
{
	nat64_stats_inc(nn->stats, NAT64_STAT_DROPS + reason);
	kfree_skb_reason(skb, core_reason[reason]);
}

/*
 * Is the packet for us to look at? Not what others are to receive, nor what
 * has a route: the translator or the loopback device has sent it.
 */
static bool is_ours(const struct sk_buff *skb,
		    const struct nf_hook_state *state)
{
	if (state->hook == NF_INET_LOCAL_OUT)
		return true;
	if (skb->pkt_type != PACKET_HOST || skb_valid_dst(skb))
		return false;
	/* Inside a bridge: only what it is to hand up. */
	return !nf_bridge_in_prerouting(skb) ||
	       ether_addr_equal(eth_hdr(skb)->h_dest, state->in->dev_addr);
}

/* What forwarding refuses in either family, before it looks at addresses. */
static enum nat64_reason check_skb(struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	bool v6 = state->pf == NFPROTO_IPV6;

	if (state->hook == NF_INET_LOCAL_OUT)
		return NAT64_OK;
	if (skb_warn_if_lro(skb))
		return NAT64_DROP_lro;
	if (v6 ? !xfrm6_policy_check(NULL, XFRM_POLICY_FWD, skb) :
		 !xfrm4_policy_check(NULL, XFRM_POLICY_FWD, skb))
		return NAT64_DROP_xfrm_policy;
	return NAT64_OK;
}

/*
 * A partial checksum that is not that of our TCP or UDP header (of a tunnel's
 * inside, or of ICMP) is completed first.
 */
static enum nat64_reason settle_checksum(struct sk_buff *skb,
					 const struct nat64_packet *pkt)
{
	static const u8 offset[] = {
		[NAT64_TCP] = offsetof(struct tcphdr, check),
		[NAT64_UDP] = offsetof(struct udphdr, check),
	};

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return NAT64_OK;
	if (pkt->proto != NAT64_ICMP &&
	    skb_checksum_start_offset(skb) == pkt->thoff &&
	    skb->csum_offset == offset[pkt->proto])
		return NAT64_OK;
	return skb_checksum_help(skb) ? NAT64_DROP_no_memory : NAT64_OK;
}

static bool must_cut(const struct sk_buff *skb)
{
	return skb_is_gso(skb) &&
	       ((skb_shinfo(skb)->gso_type & ~GSO_TYPES) ||
		skb->len > IP_MAX_MTU);
}

static enum nat64_reason translate(struct nat64_net *nn, struct sk_buff *skb,
				   const struct nf_hook_state *state);

/* Translate the segments of a super-packet one by one. */
static enum nat64_reason cut(struct nat64_net *nn, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct sk_buff *segs = skb_gso_segment(skb, 0);
	struct sk_buff *seg, *next;

	if (IS_ERR_OR_NULL(segs))
		return NAT64_DROP_gso;
	consume_skb(skb);
	skb_list_walk_safe(segs, seg, next) {
		enum nat64_reason reason;

		skb_mark_not_on_list(seg);
		reason = translate(nn, seg, state);
		if (reason)
			drop(nn, seg, reason == NAT64_GIVE_BACK ?
				      NAT64_DROP_no_binding : reason);
	}
	return NAT64_OK;
}

static void refuse(struct nat64_net *nn, struct sk_buff *skb,
		   const struct nat64_packet *pkt, enum nat64_reason reason,
		   u32 mtu)
{
	if (pkt->dir == NAT64_6TO4)
		nat64_xmit_refuse6(nn, skb, reason, mtu);
	else
		nat64_xmit_refuse4(nn, skb, reason, mtu);
}

static enum nat64_reason send(struct nat64_net *nn, struct sk_buff *skb,
			      const struct nat64_packet *pkt,
			      struct nat64_session *session,
			      const struct nf_hook_state *state)
{
	bool to4 = pkt->dir == NAT64_6TO4;
	unsigned int len = skb->len;
	enum nat64_reason reason;
	struct nat64_plan plan;
	u32 mtu = 0;

	reason = settle_checksum(skb, pkt);
	if (!reason)
		reason = to4 ? nat64_xmit_plan_6to4(nn, skb, pkt, session,
						    &plan, &mtu) :
			       nat64_xmit_plan_4to6(nn, skb, pkt, session,
						    &plan, &mtu);
	if (reason) {
		refuse(nn, skb, pkt, reason, mtu);
		return reason;
	}
	/* No way back: from here on the sender's packet is gone. */
	reason = to4 ? nat64_xlat_6to4(skb, pkt, session, &plan) :
		       nat64_xlat_4to6(skb, pkt, session, &plan);
	if (reason)
		return reason;
	nat64_stats_packet(nn->stats, pkt->dir, (enum nat64_kind)pkt->proto,
			   max_t(u16, 1, skb_shinfo(skb)->gso_segs), len);
	nat64_xmit_send(nn, skb, &plan, state);
	return NAT64_OK;
}

static enum nat64_reason translate6(struct nat64_net *nn, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	const struct nat64_pool6 *pool6 = rcu_dereference(nn->pool6);
	struct nat64_packet pkt = {
		.dir = NAT64_6TO4,
		.local = state->hook == NF_INET_LOCAL_OUT,
	};
	const struct nat64_prefix *prefix;
	struct nat64_session *session;
	enum nat64_reason reason;

	prefix = nat64_pool6_match(pool6, &ipv6_hdr(skb)->daddr);
	if (!prefix || !is_ours(skb, state))
		return NAT64_GIVE_BACK;
	reason = check_skb(skb, state);
	if (!reason)
		reason = nat64_packet_parse6(skb, &pkt);
	if (!reason)
		reason = nat64_flow_6to4(nn, skb, &pkt, prefix, &session);
	if (reason) {
		refuse(nn, skb, &pkt, reason, 0);
		return reason;
	}
	if (must_cut(skb))
		return cut(nn, skb, state);
	return send(nn, skb, &pkt, session, state);
}

static enum nat64_reason translate4(struct nat64_net *nn, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct nat64_packet pkt = {
		.dir = NAT64_4TO6,
		.local = state->hook == NF_INET_LOCAL_OUT,
	};
	struct nat64_session *session;
	enum nat64_reason reason;

	if (!nat64_flow_may_be_ours(nn, ip_hdr(skb)->daddr) ||
	    !is_ours(skb, state))
		return NAT64_GIVE_BACK;
	reason = nat64_packet_parse4(skb, &pkt);
	if (reason)
		reason = nat64_flow_strange4(nn, ip_hdr(skb)->daddr, reason);
	else
		reason = nat64_flow_4to6(nn, skb, &pkt, &session);
	if (reason == NAT64_GIVE_BACK)
		return reason;
	if (!reason)
		reason = check_skb(skb, state);
	if (reason) {
		refuse(nn, skb, &pkt, reason, 0);
		return reason;
	}
	if (must_cut(skb))
		return cut(nn, skb, state);
	return send(nn, skb, &pkt, session, state);
}

/*
 * The whole of it. NAT64_OK: the skb is gone; NAT64_GIVE_BACK: it is untouched;
 * else it is to be dropped for that reason, and its sender has been told.
 */
static enum nat64_reason translate(struct nat64_net *nn, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	if (skb->protocol == htons(ETH_P_IPV6))
		return translate6(nn, skb, state);
	return translate4(nn, skb, state);
}

static unsigned int nat64_hook(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct nat64_net *nn = priv;
	enum nat64_reason reason;

	reason = state->pf == NFPROTO_IPV6 ? translate6(nn, skb, state) :
					     translate4(nn, skb, state);
	if (reason == NAT64_GIVE_BACK)
		return NF_ACCEPT;
	if (reason)
		drop(nn, skb, reason);
	return NF_STOLEN;
}

/* From a socket: counters and locks want bottom halves off. */
static unsigned int nat64_hook_local(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	unsigned int verdict;

	local_bh_disable();
	verdict = nat64_hook(priv, skb, state);
	local_bh_enable();
	return verdict;
}

static const struct nf_hook_ops hook_ops[NAT64_HOOKS] = {
	{
		.hook = nat64_hook,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = HOOK_PRIORITY,
	},
	{
		.hook = nat64_hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = HOOK_PRIORITY,
	},
	{
		.hook = nat64_hook_local,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = HOOK_PRIORITY,
	},
	{
		.hook = nat64_hook_local,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = HOOK_PRIORITY,
	},
};

int nat64_hook_register(struct nat64_net *nn)
{
	unsigned int i;
	int err;

	err = nf_defrag_ipv4_enable(nn->net);
	if (err)
		return err;
	err = nf_defrag_ipv6_enable(nn->net);
	if (err)
		goto disable_ipv4;
	/* A copy of each: what is registered knows its instance. */
	memcpy(nn->hooks, hook_ops, sizeof(hook_ops));
	for (i = 0; i < NAT64_HOOKS; i++)
		nn->hooks[i].priv = nn;
	err = nf_register_net_hooks(nn->net, nn->hooks, NAT64_HOOKS);
	if (err)
		goto disable_ipv6;
	return 0;

disable_ipv6:
	nf_defrag_ipv6_disable(nn->net);
disable_ipv4:
	nf_defrag_ipv4_disable(nn->net);
	return err;
}

void nat64_hook_unregister(struct nat64_net *nn)
{
	nf_unregister_net_hooks(nn->net, nn->hooks, NAT64_HOOKS);
	nf_defrag_ipv6_disable(nn->net);
	nf_defrag_ipv4_disable(nn->net);
	synchronize_net();
}
