// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 to IPv6: RFC 7915, 4.1.
 */
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "xlat.h"

static u8 nexthdr_of(const struct nat64_session *session)
{
	switch (session->tuple.proto) {
	case NAT64_TCP:
		return NEXTHDR_TCP;
	case NAT64_UDP:
		return NEXTHDR_UDP;
	default:
		return NEXTHDR_ICMP;
	}
}

enum nat64_reason nat64_xlat_4to6(struct sk_buff *skb,
				  const struct nat64_packet *pkt,
				  const struct nat64_session *session,
				  const struct nat64_plan *plan)
{
	struct ipv6hdr *ip6;
	u8 tos, ttl;

	if (skb_cow_head(skb, sizeof(*ip6) - sizeof(struct iphdr) +
			      LL_RESERVED_SPACE(plan->dst->dev)))
		return NAT64_DROP_no_memory;
	tos = ip_hdr(skb)->tos;
	ttl = ip_hdr(skb)->ttl - 1;

	/* Options go, the larger header takes their place and more. */
	__skb_pull(skb, pkt->thoff);
	skb_reset_transport_header(skb);
	__skb_push(skb, sizeof(*ip6));
	skb_reset_network_header(skb);
	ip6 = ipv6_hdr(skb);
	ip6_flow_hdr(ip6, tos, 0);
	ip6->payload_len = htons(skb->len - sizeof(*ip6));
	ip6->nexthdr = nexthdr_of(session);
	ip6->hop_limit = ttl;
	ip6->saddr = plan->raddr6;
	ip6->daddr = session->tuple.addr6;
	nat64_xlat_l4(skb, skb->data + sizeof(*ip6), ip6, session, NAT64_4TO6);

	skb->protocol = htons(ETH_P_IPV6);
	skb->ignore_df = !plan->df;
	nat64_xlat_set_gso(skb, SKB_GSO_TCPV4 | SKB_GSO_TCP_FIXEDID,
			   SKB_GSO_TCPV6);
	nat64_xlat_prepare(skb);
	return NAT64_OK;
}
