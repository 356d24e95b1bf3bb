// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6146, 3.5, which session a packet belongs to, and what it does to it: see
 * flow.h. What belongs to none is flow_new.c's.
 */
#include "flow.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>

#include "compat.h"
#include "flow_new.h"
#include "host.h"
#include "state.h"
#include "tcp.h"

static void tcp_move(struct nat64_session *s, enum nat64_dir dir,
		     enum nat64_tcp_event event)
{
	spin_lock(&s->binding->lock);
	WRITE_ONCE(s->state, nat64_tcp_step(s->state, dir, event).state);
	spin_unlock(&s->binding->lock);
}

/* What a packet does to its session: the state, and the timer. */
static void update(const struct nat64_net *nn, struct nat64_session *s,
		   enum nat64_dir dir, enum nat64_tcp_event event, u32 now)
{
	unsigned int which;

	switch (s->tuple.proto) {
	case NAT64_TCP: {
		u8 state = READ_ONCE(s->state);
		struct nat64_tcp_step step = nat64_tcp_step(state, dir, event);

		if (step.state != state)
			tcp_move(s, dir, event);
		which = step.timeout;
		break;
	}
	case NAT64_UDP:
		which = NAT64_TIMEOUT_UDP;
		break;
	default:
		which = NAT64_TIMEOUT_ICMP;
		break;
	}
	if (which != NAT64_TIMEOUT_KEEP)
		nat64_session_refresh(s, now, nat64_flow_timeout(nn, which));
}

/*
 * Is a packet from IPv4 of this session? A SYN when both sides have closed is the
 * beginning of the next one, and asks like any other whether it may come in.
 */
static bool goes_on(const struct nat64_session *s,
		    const struct nat64_packet *pkt, u32 now)
{
	if (!s || nat64_session_over(s, now))
		return false;
	return pkt->event != NAT64_TCP_SYN ||
	       READ_ONCE(s->state) != NAT64_TCP_V4_V6_FIN_RCV;
}

/* RFC 6146, 5.4, and what no sender can be. */
static bool source6_illegal(const struct nat64_net *nn,
			    const struct in6_addr *saddr)
{
	return nat64_addr6_illegal(saddr) ||
	       nat64_pool6_match(rcu_dereference(nn->pool6), saddr);
}

/*
 * RFC 7915, 5.6: what has a route of its own inside the prefix is forwarded as
 * it is. Only the beginning of a flow asks; its session stays.
 */
static bool has_own_route(struct nat64_net *nn, const struct sk_buff *skb,
			  const struct nat64_packet *pkt,
			  const struct nat64_prefix *prefix)
{
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);
	const struct dst_entry *dst = skb_dst(skb);
	const struct fib6_info *from;

	if (!pkt->local) {
		struct flowi6 fl6 = {
			.flowi6_iif = skb->dev->ifindex,
			.daddr = ip6->daddr,
			.saddr = ip6->saddr,
			.flowlabel = ip6_flowinfo(ip6),
			.flowi6_mark = skb->mark,
			.flowi6_proto = ip6->nexthdr,
		};

		/* For rules that ask for ports. */
		if (pkt->proto != NAT64_ICMP) {
			fl6.fl6_sport = pkt->sport;
			fl6.fl6_dport = pkt->dport;
		}
		dst = ip6_route_input_lookup(nn->net, skb->dev, &fl6, skb,
					     RT6_LOOKUP_F_HAS_SADDR |
					     RT6_LOOKUP_F_DST_NOREF);
	}
	from = rcu_dereference(dst_rt6_info(dst)->from);
	return from && from->fib6_dst.plen > prefix->len;
}

/* The client's address: it sent the packet, or what an error quotes is for it. */
static const struct in6_addr *client6(const struct sk_buff *skb,
				      const struct nat64_packet *pkt)
{
	const struct ipv6hdr *quoted;

	if (!pkt->error)
		return &ipv6_hdr(skb)->saddr;
	quoted = (struct ipv6hdr *)(skb->data + pkt->quote.nhoff);
	return &quoted->daddr;
}

/* The server's address, likewise. */
static __be32 server4(const struct sk_buff *skb,
		      const struct nat64_packet *pkt)
{
	const struct iphdr *quoted;

	if (!pkt->error)
		return ip_hdr(skb)->saddr;
	quoted = (struct iphdr *)(skb->data + pkt->quote.nhoff);
	return quoted->daddr;
}

enum nat64_reason nat64_flow_6to4(struct nat64_net *nn,
				  const struct sk_buff *skb,
				  const struct nat64_packet *pkt,
				  const struct nat64_prefix *prefix,
				  struct nat64_session **session)
{
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);
	struct nat64_tuple tuple = {
		.addr6 = *client6(skb, pkt),
		.port6 = pkt->sport,
		.rport = pkt->proto == NAT64_ICMP ? 0 : pkt->dport,
		.raddr = nat64_addr_extract(prefix, &ip6->daddr),
		.proto = pkt->proto,
		.prefix = prefix->id,
	};
	u32 now = nat64_now();
	bool found;

	*session = nat64_session_find6(&nn->sessions, &tuple);
	found = *session && !nat64_session_over(*session, now);
	if (!found || pkt->error) {
		enum nat64_reason reason;

		if (!found && has_own_route(nn, skb, pkt, prefix))
			return NAT64_GIVE_BACK;
		if (source6_illegal(nn, &ip6->saddr))
			return NAT64_DROP_bad_source;
		/* It changes nothing: RFC 6146, 3.5. */
		if (pkt->error)
			return found ? NAT64_OK : NAT64_DROP_unrelated_error;
		reason = nat64_refused_ipv4(nn, prefix, tuple.raddr);
		if (reason)
			return reason;
		reason = nat64_flow_new_6to4(nn, skb, pkt, &tuple, session);
		if (reason)
			return reason;
	}
	update(nn, *session, NAT64_6TO4, pkt->event, now);
	return NAT64_OK;
}

enum nat64_reason nat64_flow_4to6(struct nat64_net *nn, struct sk_buff *skb,
				  const struct nat64_packet *pkt,
				  struct nat64_session **session)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct nat64_tuple tuple = {
		.rport = pkt->proto == NAT64_ICMP ? 0 : pkt->sport,
		.raddr = server4(skb, pkt),
		.addr4 = iph->daddr,
		.port4 = pkt->dport,
		.proto = pkt->proto,
	};
	u32 now = nat64_now();
	bool found;

	*session = nat64_session_find4(&nn->sessions, &tuple);
	found = goes_on(*session, pkt, now);
	if (found && nat64_session_is_host(*session))
		return nat64_flow_give_back(nn, iph->daddr);
	if (pkt->error)
		return found ? NAT64_OK :
		       nat64_flow_strange4(nn, iph->daddr,
					   NAT64_DROP_unrelated_error);
	if (!found) {
		enum nat64_reason reason;

		reason = nat64_flow_new_4to6(nn, skb, pkt, &tuple, session);
		if (reason)
			return reason;
	} else if (nat64_flow_lacks_checksum(nn, pkt)) {
		return NAT64_DROP_udp_zero_checksum;
	}
	update(nn, *session, NAT64_4TO6, pkt->event, now);
	return NAT64_OK;
}

enum nat64_reason nat64_flow_hairpin(struct nat64_net *nn, struct sk_buff *skb,
				     const struct nat64_packet *pkt,
				     const struct nat64_session *session,
				     struct nat64_session **partner)
{
	const struct nat64_tuple *t = &session->tuple;
	bool icmp = t->proto == NAT64_ICMP;
	struct nat64_tuple tuple = {
		.rport = icmp ? 0 : t->port4,
		.raddr = t->addr4,
		.addr4 = t->raddr,
		.port4 = icmp ? t->port4 : t->rport,
		.proto = t->proto,
	};
	const struct nat64_binding *binding;
	u32 now = nat64_now();
	bool found;

	*partner = NULL;
	if (!nat64_flow_may_be_ours(nn, t->raddr))
		return NAT64_OK;
	binding = nat64_bib_find4(&nn->bib, &tuple);
	if (!binding)
		return nat64_flow_is_ours_alone(nn, &tuple) ? NAT64_DROP_no_binding :
						   NAT64_OK;
	/* The id of an echo is the same on both sides: this is no other's. */
	if (icmp && binding == session->binding)
		return NAT64_OK;
	*partner = nat64_session_find4(&nn->sessions, &tuple);
	found = goes_on(*partner, pkt, now);
	if (found ? nat64_session_is_host(*partner) :
		    nat64_host_socket(nn->net, &tuple, false)) {
		*partner = NULL;
		return NAT64_OK;
	}
	if (pkt->error)
		return found ? NAT64_OK : NAT64_DROP_unrelated_error;
	if (!found) {
		enum nat64_reason reason;

		reason = nat64_flow_new_4to6(nn, skb, pkt, &tuple, partner);
		if (reason)
			return reason;
	}
	update(nn, *partner, NAT64_4TO6, pkt->event, now);
	return NAT64_OK;
}

/* Its answers tell nothing, so that only closing shortens its time. */
static unsigned int host_timeout(const struct nat64_packet *pkt)
{
	switch (pkt->proto) {
	case NAT64_TCP:
		return pkt->event == NAT64_TCP_OTHER ?
		       NAT64_TIMEOUT_TCP_EST : NAT64_TIMEOUT_TCP_TRANS_OPEN;
	case NAT64_UDP:
		return NAT64_TIMEOUT_UDP;
	default:
		return NAT64_TIMEOUT_ICMP;
	}
}

enum nat64_reason nat64_flow_host(struct nat64_net *nn,
				  const struct nat64_packet *pkt,
				  const struct iphdr *iph)
{
	struct nat64_end4 end = { .addr = iph->saddr, .port = pkt->sport };
	struct nat64_tuple tuple = {
		.rport = pkt->proto == NAT64_ICMP ? 0 : pkt->dport,
		.raddr = iph->daddr,
		.addr4 = end.addr,
		.port4 = end.port,
		.proto = pkt->proto,
	};

	/* Neither asks for an answer. */
	if (pkt->error || (pkt->proto == NAT64_ICMP && !pkt->opens) ||
	    (pkt->proto == NAT64_TCP && pkt->event == NAT64_TCP_RST))
		return NAT64_OK;
	if (!nat64_pool4_has_port(&nn->pool4, &end, tuple.proto))
		return NAT64_OK;
	return nat64_state_note_host(nn, &tuple,
				     nat64_flow_timeout(nn, host_timeout(pkt)));
}
