// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 to IPv6: RFC 7915, 4.1.
 */
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "frag.h"
#include "xlat.h"

/* Options go; the larger header takes their place, and more. */
static enum nat64_reason make_room(struct sk_buff *skb,
				   const struct nat64_packet *pkt,
				   const struct net_device *out)
{
	if (skb_cow_head(skb, sizeof(struct ipv6hdr) - sizeof(struct iphdr) +
			      LL_RESERVED_SPACE(out)))
		return NAT64_DROP_no_memory;
	__skb_pull(skb, pkt->thoff);
	return NAT64_OK;
}

enum nat64_reason nat64_xlat_4to6(struct sk_buff *skb,
				  const struct nat64_packet *pkt,
				  const struct nat64_session *session,
				  const struct nat64_plan *plan)
{
	u8 ttl = ip_hdr(skb)->ttl - !plan->hairpin;
	u16 id = ntohs(ip_hdr(skb)->id);
	enum nat64_reason reason;
	struct ipv6hdr *ip6;

	if (pkt->error)
		reason = nat64_xlat_error(skb, pkt, session, plan);
	else
		reason = make_room(skb, pkt, plan->dst->dev);
	if (reason)
		return reason;

	skb_reset_transport_header(skb);
	__skb_push(skb, sizeof(*ip6));
	skb_reset_network_header(skb);
	ip6 = ipv6_hdr(skb);
	ip6_flow_hdr(ip6, plan->tos, 0);
	ip6->payload_len = htons(skb->len - sizeof(*ip6));
	ip6->nexthdr = nat64_xlat_protocol6(session, pkt->error);
	ip6->hop_limit = ttl;
	ip6->saddr = plan->source6;
	ip6->daddr = session->tuple.addr6;
	if (!pkt->error)
		nat64_xlat_l4(skb, skb->data + sizeof(*ip6), ip6, session,
			      NAT64_4TO6);

	skb->protocol = htons(ETH_P_IPV6);
	skb->ignore_df = !plan->df;
	nat64_xlat_set_gso(skb, SKB_GSO_TCPV4 | SKB_GSO_TCP_FIXEDID,
			   SKB_GSO_TCPV6);
	nat64_xlat_prepare(skb);
	if (plan->cut)
		nat64_frag_plan6(skb, plan->cut, id);
	return NAT64_OK;
}
