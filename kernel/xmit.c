// SPDX-License-Identifier: GPL-2.0
/*
 * The way out: see xmit.h.
 */
#include "xmit.h"

#include <linux/icmp.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/dsfield.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "compat.h"
#include "frag.h"

#define HEADER_GROWTH	((int)(sizeof(struct ipv6hdr) - sizeof(struct iphdr)))

/* The length of the packet, or of the largest a super-packet is cut into. */
static unsigned int wire_len(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	unsigned int header;

	if (!skb_is_gso(skb))
		return skb->len;
	header = skb_transport_offset(skb);
	if (shinfo->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))
		header += tcp_hdrlen(skb);
	else
		header += sizeof(struct udphdr);
	return header + shinfo->gso_size;
}

/* The MTU of the link a packet has come by; those of the box come by none. */
static u32 mtu_in(const struct sk_buff *skb)
{
	return skb->dev ? READ_ONCE(skb->dev->mtu) : IP_MAX_MTU;
}

static const struct icmphdr *icmp_of(const struct sk_buff *skb,
				     const struct nat64_packet *pkt)
{
	return (struct icmphdr *)(skb->data + pkt->thoff);
}

/* Errors are small, without DF, and may tell of an MTU. */
static enum nat64_reason plan_error_6to4(const struct sk_buff *skb,
					 const struct nat64_packet *pkt,
					 struct nat64_plan *plan, u32 mtu4)
{
	unsigned int shrink = HEADER_GROWTH;

	plan->df = false;
	if (!pkt->quote.icmp.has_mtu)
		return NAT64_OK;
	if (pkt->quote.fragment)
		shrink += sizeof(struct frag_hdr);
	plan->mtu = nat64_icmp_mtu_6to4(ntohl(icmp_of(skb, pkt)->un.gateway),
					shrink, mtu_in(skb), mtu4);
	return NAT64_OK;
}

/* As the kernel's forwarding: none larger than those it came in. */
static u32 largest_fragment4(const struct nat64_packet *pkt, u32 mtu4)
{
	const int shrink = HEADER_GROWTH + sizeof(struct frag_hdr);

	mtu4 = min_t(u32, mtu4, IP_MAX_MTU);
	if (!pkt->frag_max_size)
		return mtu4;
	return clamp_t(int, pkt->frag_max_size - shrink, IPV4_MIN_MTU, mtu4);
}

enum nat64_reason nat64_xmit_plan_6to4(struct nat64_net *nn,
				       struct sk_buff *skb,
				       const struct nat64_packet *pkt,
				       struct nat64_session *session,
				       struct nat64_plan *plan, u32 *info)
{
	u32 tos = READ_ONCE(nn->translation.tos);
	u32 mtu4, limit;
	unsigned int len;

	if (ipv6_hdr(skb)->hop_limit <= 1)
		return NAT64_DROP_hop_limit;
	plan->tos = tos == NAT64_TOS_INHERIT ? ipv6_get_dsfield(ipv6_hdr(skb)) :
					       tos;
	plan->dst = nat64_xmit_route4(nn->net, session, skb->mark,
				      plan->tos);
	if (!plan->dst)
		return NAT64_DROP_no_route;
	plan->deliver = dst_rtable(plan->dst)->rt_type == RTN_LOCAL;
	plan->cut = 0;
	mtu4 = ip_dst_mtu_maybe_forward(plan->dst, true);
	if (pkt->error)
		return plan_error_6to4(skb, pkt, plan, mtu4);
	skb_set_transport_header(skb, pkt->thoff);
	len = wire_len(skb) - pkt->thoff + sizeof(struct iphdr);
	/* From fragments there may come more than any IPv4 packet holds. */
	if (len > IP_MAX_MTU) {
		*info = IP_MAX_MTU + HEADER_GROWTH;
		return NAT64_DROP_too_big;
	}
	/* RFC 7915, 5.1: what was or may be cut on its way has no DF. */
	plan->df = len > NAT64_MAX_WITHOUT_DF && !pkt->frag_max_size;
	limit = largest_fragment4(pkt, mtu4);
	if (plan->deliver || len <= limit)
		return NAT64_OK;
	if (plan->df) {
		*info = max_t(u32, mtu4 + HEADER_GROWTH, IPV6_MIN_MTU);
		return NAT64_DROP_too_big;
	}
	plan->cut = limit;
	return NAT64_OK;
}

static u8 class_of(const struct nat64_net *nn, u8 tos)
{
	return READ_ONCE(nn->translation.traffic_class) == NAT64_CLASS_ZERO ?
	       0 : tos;
}

/*
 * What the IPv6 side takes for the source of an error. Each hop is to be seen
 * by traceroute, but no address that must not be behind the prefix.
 */
static __be32 error_source(const struct nat64_net *nn,
			   const struct nat64_prefix *prefix,
			   const struct nat64_session *s, __be32 router)
{
	if (READ_ONCE(nn->translation.icmp_error_source) ==
	    NAT64_SOURCE_DESTINATION || nat64_refused_ipv4(nn, prefix, router))
		return s->tuple.raddr;
	return router;
}

static void plan_error_4to6(const struct nat64_net *nn,
			    const struct sk_buff *skb,
			    const struct nat64_packet *pkt,
			    struct nat64_plan *plan, u32 mtu6)
{
	const struct nat64_plateau_list *plateaus;
	const struct iphdr *quoted;

	plan->df = true;
	if (!pkt->quote.icmp.has_mtu)
		return;
	plateaus = rcu_dereference(nn->plateaus);
	quoted = (struct iphdr *)(skb->data + pkt->quote.nhoff);
	plan->mtu = nat64_icmp_mtu_4to6(ntohs(icmp_of(skb, pkt)->un.frag.mtu),
					ntohs(quoted->tot_len), mtu_in(skb),
					mtu6, &plateaus->list);
}

/*
 * Addresses and route to the client. @router: whom the packet is from, which
 * for an error need not be the server.
 */
static enum nat64_reason plan_to6(struct nat64_net *nn, struct sk_buff *skb,
				  const struct nat64_packet *pkt,
				  struct nat64_session *s, __be32 router,
				  struct nat64_plan *plan)
{
	const struct nat64_prefix *prefix;

	prefix = nat64_pool6_by_id(rcu_dereference(nn->pool6),
				   s->tuple.prefix);
	if (!prefix)
		return NAT64_DROP_no_session;
	nat64_addr_embed(prefix, s->tuple.raddr, &plan->server6);
	plan->dst = nat64_xmit_route6(nn->net, s, skb->mark, &plan->server6);
	if (!plan->dst)
		return NAT64_DROP_no_route;
	plan->source6 = plan->server6;
	if (pkt->error)
		nat64_addr_embed(prefix, error_source(nn, prefix, s, router),
				 &plan->source6);
	plan->deliver = dst_rt6_info(plan->dst)->rt6i_flags & RTF_LOCAL;
	plan->cut = 0;
	return NAT64_OK;
}

static u32 mtu6_of(const struct nat64_plan *plan)
{
	u32 mtu = ip6_dst_mtu_maybe_forward(plan->dst, true);

	/* That is the device's; a tunnel of IPsec takes less. */
	if (dst_xfrm(plan->dst))
		mtu = min(mtu, dst_mtu(plan->dst));
	return max_t(u32, mtu, IPV6_MIN_MTU);
}

enum nat64_reason nat64_xmit_plan_4to6(struct nat64_net *nn,
				       struct sk_buff *skb,
				       const struct nat64_packet *pkt,
				       struct nat64_session *session,
				       struct nat64_plan *plan, u32 *info)
{
	const struct iphdr *iph = ip_hdr(skb);
	enum nat64_reason reason;
	unsigned int len;
	u32 mtu6, lowest;

	if (iph->ttl <= 1)
		return NAT64_DROP_hop_limit;
	reason = plan_to6(nn, skb, pkt, session, iph->saddr, plan);
	if (reason)
		return reason;
	plan->hairpin = false;
	plan->tos = class_of(nn, iph->tos);
	mtu6 = mtu6_of(plan);
	if (pkt->error) {
		plan_error_4to6(nn, skb, pkt, plan, mtu6);
		return NAT64_OK;
	}
	plan->df = (iph->frag_off & htons(IP_DF)) && !pkt->frag_max_size;
	if (plan->deliver)
		return NAT64_OK;
	skb_set_transport_header(skb, pkt->thoff);
	len = wire_len(skb) - pkt->thoff + sizeof(struct ipv6hdr);
	if (plan->df && len > mtu6) {
		*info = mtu6 - HEADER_GROWTH;
		return NAT64_DROP_too_big;
	}
	/* RFC 7915, 4.1: without DF there is no path MTU but the lowest. */
	lowest = min(READ_ONCE(nn->translation.lowest_ipv6_mtu), mtu6);
	if (!plan->df && len > lowest)
		plan->cut = lowest;
	return NAT64_OK;
}

enum nat64_reason nat64_xmit_plan_hairpin(struct nat64_net *nn,
					  struct sk_buff *skb,
					  const struct nat64_packet *pkt,
					  struct nat64_session *partner,
					  struct nat64_plan *plan, u32 *info)
{
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);
	enum nat64_reason reason;
	unsigned int len;
	u32 mtu6;

	if (ip6->hop_limit <= 1)
		return NAT64_DROP_hop_limit;
	reason = plan_to6(nn, skb, pkt, partner, partner->tuple.raddr, plan);
	if (reason)
		return reason;
	plan->hairpin = true;
	plan->tos = class_of(nn, ipv6_get_dsfield(ip6));
	plan->df = !pkt->frag_max_size;
	mtu6 = mtu6_of(plan);
	if (pkt->error) {
		plan->mtu = clamp_t(u32, ntohl(icmp_of(skb, pkt)->un.gateway),
				    IPV6_MIN_MTU, mtu6);
		return NAT64_OK;
	}
	skb_set_transport_header(skb, pkt->thoff);
	len = wire_len(skb) - pkt->thoff + sizeof(*ip6);
	if (plan->deliver || len <= mtu6)
		return NAT64_OK;
	if (plan->df) {
		*info = mtu6;
		return NAT64_DROP_too_big;
	}
	plan->cut = min_t(u32, mtu6, IP_MAX_MTU);
	return NAT64_OK;
}

/* The end of it; what IPv6 is to be cut into has our POST_ROUTING before. */
static int output(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct net_device *in = skb->dev;

	if (skb->protocol != htons(ETH_P_IPV6) || !nat64_frag_planned6(skb))
		return dst_output(net, sk, skb);
	skb->dev = skb_dst(skb)->dev;
	return NF_HOOK(NFPROTO_IPV6, NF_INET_POST_ROUTING, net, sk, skb, in,
		       skb->dev, nat64_frag_output6);
}

static int forward_finish(struct net *net, struct sock *sk,
			  struct sk_buff *skb)
{
	skb_clear_tstamp(skb);
	return output(net, sk, skb);
}

/* What the receive path of the new family finds in the control block. */
static void set_cb(struct sk_buff *skb, const struct nat64_plan *plan,
		   const struct net_device *in)
{
	if (skb->protocol == htons(ETH_P_IP)) {
		IPCB(skb)->iif = in ? in->ifindex : 0;
		IPCB(skb)->flags = NAT64_SKB_OURS |
				   (in ? IPSKB_FORWARDED : 0);
		IPCB(skb)->frag_max_size = plan->cut;
		return;
	}
	IP6CB(skb)->iif = in ? in->ifindex : 0;
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	IP6CB(skb)->flags = in && !plan->deliver ? IP6SKB_FORWARDED : 0;
}

/*
 * To the box itself, and not through the loopback device, whose packets are
 * trusted. From a socket not at once either: it may be locked.
 */
static void deliver(struct sk_buff *skb, const struct nat64_plan *plan,
		    const struct nf_hook_state *state)
{
	if (state->hook == NF_INET_PRE_ROUTING) {
		dst_input(skb);
		return;
	}
	skb_orphan(skb);
	skb_dst_force(skb);
	skb->dev = plan->dst->dev;
	netif_rx(skb);
}

void nat64_xmit_send(struct nat64_net *nn, struct sk_buff *skb,
		     const struct nat64_plan *plan,
		     const struct nf_hook_state *state)
{
	u8 pf = skb->protocol == htons(ETH_P_IP) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	bool local = state->hook == NF_INET_LOCAL_OUT;
	int ret;

	set_cb(skb, plan, state->in);
	skb_dst_set_noref(skb, plan->dst);
	if (plan->deliver) {
		deliver(skb, plan, state);
		return;
	}
	if (local)
		ret = nf_hook(pf, NF_INET_LOCAL_OUT, state->net, skb->sk, skb,
			      NULL, plan->dst->dev, output);
	else
		ret = nf_hook(pf, NF_INET_FORWARD, state->net, NULL, skb,
			      state->in, plan->dst->dev, forward_finish);
	/* Only the skb may be used now: it may have been queued meanwhile. */
	if (ret == 1 && local)
		output(state->net, skb->sk, skb);
	else if (ret == 1)
		forward_finish(state->net, NULL, skb);
	else if (ret < 0)
		nat64_stats_inc(nn->stats, NAT64_STAT_DROPS +
				NAT64_DROP_forward_denied);
}
