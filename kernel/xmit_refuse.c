// SPDX-License-Identifier: GPL-2.0
/*
 * The answer to the sender of a packet that goes no further: see xmit.h.
 */
#include "xmit.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ratelimit.h>
#include <linux/skbuff.h>
#include <net/dst_metadata.h>
#include <net/icmp.h>
#include <net/route.h>

/** struct answer - an ICMP error; @code < 0: none */
struct answer {
	u8 type;
	s8 code;
};

static struct answer answer6(enum nat64_reason reason)
{
	switch (reason) {
	case NAT64_DROP_unknown_protocol:
		return (struct answer){ ICMPV6_DEST_UNREACH,
					ICMPV6_PORT_UNREACH };
	case NAT64_DROP_denied_ipv4:
	case NAT64_DROP_wkp_non_global:
	case NAT64_DROP_client_limit:
	case NAT64_DROP_filtered:
	case NAT64_DROP_no_pool4:
	case NAT64_DROP_draining:
	case NAT64_DROP_session_limit:
		return (struct answer){ ICMPV6_DEST_UNREACH,
					ICMPV6_ADM_PROHIBITED };
	case NAT64_DROP_ports_exhausted:
	case NAT64_DROP_host_port:
		return (struct answer){ ICMPV6_DEST_UNREACH,
					ICMPV6_ADDR_UNREACH };
	case NAT64_DROP_no_route:
		return (struct answer){ ICMPV6_DEST_UNREACH, ICMPV6_NOROUTE };
	case NAT64_DROP_hop_limit:
		return (struct answer){ ICMPV6_TIME_EXCEED,
					ICMPV6_EXC_HOPLIMIT };
	case NAT64_DROP_too_big:
		return (struct answer){ ICMPV6_PKT_TOOBIG, 0 };
	case NAT64_DROP_routing_header:
		return (struct answer){ ICMPV6_PARAMPROB, ICMPV6_HDR_FIELD };
	default:
		return (struct answer){ 0, -1 };
	}
}

static struct answer answer4(enum nat64_reason reason)
{
	switch (reason) {
	case NAT64_DROP_unknown_protocol:
		return (struct answer){ ICMP_DEST_UNREACH, ICMP_PROT_UNREACH };
	case NAT64_DROP_client_limit:
	case NAT64_DROP_filtered:
	case NAT64_DROP_session_limit:
		return (struct answer){ ICMP_DEST_UNREACH, ICMP_PKT_FILTERED };
	case NAT64_DROP_unanswered_syn:
		return (struct answer){ ICMP_DEST_UNREACH, ICMP_PORT_UNREACH };
	case NAT64_DROP_no_route:
		return (struct answer){ ICMP_DEST_UNREACH, ICMP_HOST_UNREACH };
	case NAT64_DROP_hop_limit:
		return (struct answer){ ICMP_TIME_EXCEEDED, ICMP_EXC_TTL };
	case NAT64_DROP_too_big:
		return (struct answer){ ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED };
	case NAT64_DROP_source_route:
		return (struct answer){ ICMP_DEST_UNREACH, ICMP_SR_FAILED };
	default:
		return (struct answer){ 0, -1 };
	}
}

/*
 * translation/icmp_errors. Not of what is too big: without it a connection
 * hangs, so the kernel's own limits leave it out, too.
 */
static bool may_answer(struct nat64_net *nn, struct answer a,
		       enum nat64_reason reason)
{
	if (a.code < 0)
		return false;
	switch (READ_ONCE(nn->translation.icmp_errors)) {
	case NAT64_ERRORS_OFF:
		return false;
	case NAT64_ERRORS_SEND:
		return true;
	default:
		return reason == NAT64_DROP_too_big ||
		       __ratelimit(&nn->error_limit);
	}
}

void nat64_xmit_refuse6(struct nat64_net *nn, struct sk_buff *skb,
			enum nat64_reason reason, u32 info)
{
	struct answer a = answer6(reason);

	if (!may_answer(nn, a, reason))
		return;
	/* icmpv6_send() does nothing without one; the box's own have none. */
	if (!skb->dev)
		skb->dev = skb_dst(skb)->dev;
	icmpv6_send(skb, a.type, a.code, info);
	nat64_stats_inc(nn->stats, NAT64_STAT_icmp_errors_sent);
}

/* icmp_send() wants a route, as nf_reject_fill_skb_dst() makes one. */
static bool give_route(struct net *net, struct sk_buff *skb)
{
	struct flowi4 fl4 = { .daddr = ip_hdr(skb)->saddr };
	struct rtable *rt;

	if (skb_valid_dst(skb))
		return true;
	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return false;
	skb_dst_drop(skb);
	skb_dst_set(skb, &rt->dst);
	return true;
}

void nat64_xmit_refuse4(struct nat64_net *nn, struct sk_buff *skb,
			enum nat64_reason reason, u32 info)
{
	struct net *net = READ_ONCE(nn->net);
	struct answer a = answer4(reason);

	if (!net || !may_answer(nn, a, reason) || !give_route(net, skb))
		return;
	icmp_send(skb, a.type, a.code, htonl(info));
	nat64_stats_inc(nn->stats, NAT64_STAT_icmp_errors_sent);
}
