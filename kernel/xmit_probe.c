// SPDX-License-Identifier: GPL-2.0
/*
 * The probe of a TCP connection: see xmit.h.
 */
#include "xmit.h"

#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>

static void put_segment(struct sk_buff *skb, const struct nat64_session *s,
			const struct in6_addr *server6, u8 hop_limit)
{
	struct ipv6hdr *ip6;
	struct tcphdr *tcp;

	tcp = skb_put_zero(skb, sizeof(*tcp));
	tcp->source = s->tuple.rport;
	tcp->dest = s->tuple.port6;
	tcp->doff = sizeof(*tcp) / 4;
	tcp->ack = 1;
	tcp->check = csum_ipv6_magic(server6, &s->tuple.addr6, sizeof(*tcp),
				     IPPROTO_TCP,
				     csum_partial(tcp, sizeof(*tcp), 0));
	skb_reset_transport_header(skb);
	ip6 = skb_push(skb, sizeof(*ip6));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6, 0, 0);
	ip6->payload_len = htons(sizeof(*tcp));
	ip6->nexthdr = IPPROTO_TCP;
	ip6->hop_limit = hop_limit;
	ip6->saddr = *server6;
	ip6->daddr = s->tuple.addr6;
	skb->protocol = htons(ETH_P_IPV6);
}

void nat64_xmit_probe(struct nat64_net *nn, struct nat64_session *session)
{
	/* Gone or not, it outlives this RCU section. */
	struct net *net = READ_ONCE(nn->net);
	const struct nat64_prefix *prefix;
	struct in6_addr server6;
	struct dst_entry *dst;
	struct sk_buff *skb;

	prefix = nat64_pool6_by_id(rcu_dereference(nn->pool6),
				   session->tuple.prefix);
	if (!prefix || !net)
		return;
	nat64_addr_embed(prefix, session->tuple.raddr, &server6);
	dst = nat64_xmit_route6(net, session, session->binding->mark, &server6);
	if (!dst)
		return;
	skb = alloc_skb(LL_RESERVED_SPACE(dst->dev) + sizeof(struct ipv6hdr) +
			sizeof(struct tcphdr), GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return;
	skb_reserve(skb, LL_RESERVED_SPACE(dst->dev) + sizeof(struct ipv6hdr));
	put_segment(skb, session, &server6, ip6_dst_hoplimit(dst));
	skb_dst_set_noref(skb, dst);
	skb_set_nfct(skb, IP_CT_UNTRACKED);
	nat64_stats_inc(nn->stats, NAT64_STAT_probes_sent);
	ip6_local_out(net, NULL, skb);
}
