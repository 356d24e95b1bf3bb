// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6146, 3.5, filtering: what belongs to no session, whether it may begin one,
 * and what becomes of it otherwise.
 */
#include "flow_new.h"

#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/route.h>

#include "compat.h"
#include "flow.h"
#include "host.h"
#include "state.h"

/*
 * So often may a binding die under our hands before the packet is dropped:
 * each time another CPU has to end it between two steps of ours.
 */
#define TRIES	3

/*
 * The state and lifetime that a new session begins with. A segment that is no
 * SYN passes (RFC 6146, CLOSED), and is not remembered for long.
 */
static enum nat64_tcp_state first_state(const struct nat64_packet *pkt,
					enum nat64_dir dir, unsigned int *which)
{
	struct nat64_tcp_step step = {};

	switch (pkt->proto) {
	case NAT64_TCP:
		step = nat64_tcp_step(NAT64_TCP_CLOSED, dir, pkt->event);
		*which = step.timeout == NAT64_TIMEOUT_KEEP ?
			 NAT64_TIMEOUT_TCP_IN_SYN : step.timeout;
		break;
	case NAT64_UDP:
		*which = NAT64_TIMEOUT_UDP;
		break;
	default:
		*which = NAT64_TIMEOUT_ICMP;
		break;
	}
	return step.state;
}

static bool limit_reached(const struct nat64_net *nn)
{
	u32 limit = READ_ONCE(nn->session_limit);

	return limit && nat64_state_sessions(nn) >= limit;
}

/* RFC 6146, V4 INIT: has the server opened the same connection already? */
static bool both_open(struct nat64_net *nn, const struct nat64_binding *b,
		      const struct nat64_tuple *tuple)
{
	struct nat64_tuple key = *tuple;

	key.addr4 = b->addr4;
	key.port4 = b->port4;
	if (!nat64_syn_meets(&nn->syns, &key,
			     nat64_flow_timeout(nn, NAT64_TIMEOUT_TCP_IN_SYN),
			     nat64_now()))
		return false;
	nat64_stats_inc(nn->stats, NAT64_STAT_DROPS +
			NAT64_DROP_simultaneous_open);
	return true;
}

/*
 * Open a session, or find the one another CPU has just opened. May fail with
 * -EAGAIN as nat64_state_open().
 */
static struct nat64_session *open_session(struct nat64_net *nn,
					  struct nat64_binding *binding,
					  struct nat64_tuple *tuple,
					  const struct nat64_packet *pkt,
					  enum nat64_dir dir)
{
	enum nat64_tcp_state state;
	unsigned int which;

	state = first_state(pkt, dir, &which);
	if (state == NAT64_TCP_V6_INIT && both_open(nn, binding, tuple)) {
		state = NAT64_TCP_ESTABLISHED;
		which = NAT64_TIMEOUT_TCP_EST;
	}
	return nat64_state_open(nn, binding, tuple, state,
				nat64_flow_timeout(nn, which));
}

/* Why nat64_state_open() failed. */
static enum nat64_reason open_reason(long err)
{
	switch (err) {
	case -EAGAIN:
		return NAT64_DROP_no_binding;
	case -EDQUOT:
		return NAT64_DROP_client_limit;
	case -EADDRINUSE:
		return NAT64_DROP_host_port;
	default:
		return NAT64_DROP_no_memory;
	}
}

enum nat64_reason nat64_flow_new_6to4(struct nat64_net *nn,
				      const struct sk_buff *skb,
				      const struct nat64_packet *pkt,
				      struct nat64_tuple *tuple,
				      struct nat64_session **session)
{
	struct nat64_binding *binding;
	unsigned int i;

	if (pkt->proto == NAT64_ICMP && READ_ONCE(nn->filtering.drop_icmp_info))
		return NAT64_DROP_icmp_info;
	if (!pkt->opens && !nat64_bib_find6(&nn->bib, tuple))
		return NAT64_DROP_no_session;
	if (limit_reached(nn))
		return NAT64_DROP_session_limit;
	for (i = 0; i < TRIES; i++) {
		enum nat64_reason reason;

		reason = nat64_state_bind(nn, tuple, skb->mark, &binding);
		if (reason)
			return reason;
		*session = open_session(nn, binding, tuple, pkt, NAT64_6TO4);
		if (!IS_ERR(*session))
			return NAT64_OK;
		if (PTR_ERR(*session) != -EAGAIN)
			return open_reason(PTR_ERR(*session));
	}
	return NAT64_DROP_no_memory;
}

/* Is the IPv4 address the box's own? */
static bool is_own(struct net *net, __be32 addr)
{
	return inet_addr_type(net, addr) == RTN_LOCAL;
}

bool nat64_flow_may_be_ours(const struct nat64_net *nn, __be32 daddr)
{
	/* A static binding may lie outside pool4. */
	return nat64_pool4_has(&nn->pool4, daddr) || READ_ONCE(nn->n_static);
}

enum nat64_reason nat64_flow_give_back(struct nat64_net *nn, __be32 daddr)
{
	if (nat64_pool4_has(&nn->pool4, daddr))
		nat64_stats_inc(nn->stats, NAT64_STAT_given_back);
	return NAT64_GIVE_BACK;
}

enum nat64_reason nat64_flow_strange4(struct nat64_net *nn, __be32 daddr,
				      enum nat64_reason reason)
{
	if (nat64_pool4_has(&nn->pool4, daddr) && !is_own(nn->net, daddr))
		return reason;
	return nat64_flow_give_back(nn, daddr);
}

bool nat64_flow_is_ours_alone(const struct nat64_net *nn,
			      const struct nat64_tuple *tuple)
{
	struct nat64_end4 end = { .addr = tuple->addr4, .port = tuple->port4 };

	return nat64_pool4_has_port(&nn->pool4, &end, tuple->proto) &&
	       !is_own(nn->net, end.addr);
}

/*
 * A stolen packet never meets the kernel's checks of its source (martian,
 * rp_filter); so the first one of a session from outside does here. Where
 * nothing is forwarded, input routing gives up before it looks at the source,
 * but not of a broadcast.
 */
static bool source_plausible(struct net *net, struct sk_buff *skb)
{
	struct in_device *in_dev = __in_dev_get_rcu(skb->dev);
	const struct iphdr *iph = ip_hdr(skb);
	__be32 daddr = iph->daddr;
	bool ok;

	if (in_dev && !IN_DEV_FORWARD(in_dev) && !is_own(net, daddr))
		daddr = htonl(INADDR_BROADCAST);
	ok = nat64_source_valid(skb, daddr, iph->saddr, iph->tos);
	skb_dst_drop(skb);
	return ok;
}

/* The prefix that the client used, or else the first. */
static u8 prefix_of(const struct nat64_pool6 *pool6,
		    const struct nat64_binding *binding)
{
	if (nat64_pool6_by_id(pool6, binding->prefix))
		return binding->prefix;
	return pool6->prefix[0].id;
}

static bool addr4_illegal(__be32 addr)
{
	return ipv4_is_zeronet(addr) || ipv4_is_loopback(addr) ||
	       ipv4_is_multicast(addr) || ipv4_is_lbcast(addr);
}

/* May a server with this address begin something? */
static enum nat64_reason check_server(const struct nat64_net *nn,
				      struct sk_buff *skb,
				      const struct nat64_packet *pkt,
				      const struct nat64_prefix *prefix,
				      __be32 server)
{
	enum nat64_reason reason;

	if (addr4_illegal(server))
		return NAT64_DROP_bad_source;
	reason = nat64_refused_ipv4(nn, prefix, server);
	if (reason)
		return reason;
	/* A hairpinned packet has come from IPv6. */
	if (pkt->dir == NAT64_4TO6 && !pkt->local &&
	    !source_plausible(nn->net, skb))
		return NAT64_DROP_bad_route;
	return NAT64_OK;
}

/* Does it ask to open a connection, and nothing else? */
static bool is_syn(const struct sk_buff *skb, const struct nat64_packet *pkt)
{
	const struct tcphdr *tcp = (struct tcphdr *)(skb->data + pkt->thoff);

	return pkt->proto == NAT64_TCP && pkt->event == NAT64_TCP_SYN &&
	       !tcp->ack;
}

/*
 * RFC 6146, 3.5.2.2: a V4 SYN that no client has opened the way for. It does not
 * reserve its transport address: who sends SYNs shall not choose what clients
 * are lent.
 */
static enum nat64_reason store_syn(struct nat64_net *nn, struct sk_buff *skb,
				   const struct nat64_tuple *tuple)
{
	if (READ_ONCE(nn->enabled) == NAT64_DRAIN)
		return NAT64_DROP_draining;
	switch (nat64_syn_store(&nn->syns, tuple, skb, READ_ONCE(nn->syn_limit),
				nat64_now())) {
	case 0:
		return NAT64_STORED;
	case -EEXIST:
		return NAT64_DROP_repeated_syn;
	case -ENOSPC:
		return NAT64_DROP_syn_limit;
	default:
		return NAT64_DROP_no_memory;
	}
}

/* No session and no binding: design.rst, "a packet that is nobody's". */
static enum nat64_reason unbound(struct nat64_net *nn, struct sk_buff *skb,
				 const struct nat64_packet *pkt,
				 const struct nat64_tuple *tuple)
{
	struct nat64_end4 end = { .addr = tuple->addr4, .port = tuple->port4 };
	bool external = READ_ONCE(nn->filtering.drop_external_tcp);
	enum nat64_reason reason;

	/* A hairpin whose other end has just gone. */
	if (pkt->dir == NAT64_6TO4)
		return NAT64_DROP_no_binding;
	if (!nat64_pool4_has_port(&nn->pool4, &end, tuple->proto))
		return nat64_flow_give_back(nn, end.addr);
	if (is_own(nn->net, end.addr) &&
	    (pkt->local || external || !is_syn(skb, pkt)))
		return nat64_flow_give_back(nn, end.addr);
	if (!is_syn(skb, pkt))
		return NAT64_DROP_no_binding;
	if (external)
		return NAT64_DROP_external_tcp;
	reason = check_server(nn, skb, pkt,
			      &rcu_dereference(nn->pool6)->prefix[0],
			      tuple->raddr);
	return reason ?: store_syn(nn, skb, tuple);
}

/* filtering/: may the outside begin a session of this binding? */
static enum nat64_reason filter_4to6(struct nat64_net *nn, struct sk_buff *skb,
				     const struct nat64_packet *pkt,
				     const struct nat64_tuple *tuple,
				     struct nat64_binding *binding)
{
	const struct nat64_filtering *f = &nn->filtering;

	if (pkt->proto == NAT64_ICMP && READ_ONCE(f->drop_icmp_info))
		return NAT64_DROP_icmp_info;
	if (pkt->proto == NAT64_TCP && READ_ONCE(f->drop_external_tcp))
		return NAT64_DROP_external_tcp;
	if (!READ_ONCE(f->address_dependent) ||
	    nat64_state_knows(binding, tuple->raddr))
		return NAT64_OK;
	if (pkt->dir == NAT64_4TO6 && is_syn(skb, pkt))
		return store_syn(nn, skb, tuple);
	return NAT64_DROP_filtered;
}

/* design.rst, "host ports": what no session has may be for the box, or its NAT44. */
static bool is_hosts(struct nat64_net *nn, const struct sk_buff *skb,
		     const struct nat64_packet *pkt,
		     const struct nat64_tuple *tuple)
{
	struct nat64_end4 end = { .addr = tuple->addr4, .port = tuple->port4 };

	if (!pkt->local && nat64_host_tracked(skb, tuple)) {
		if (nat64_pool4_has_port(&nn->pool4, &end, tuple->proto))
			nat64_host_share(nn);
		return true;
	}
	return nat64_host_socket(nn->net, tuple, false);
}

enum nat64_reason nat64_flow_new_4to6(struct nat64_net *nn,
				      struct sk_buff *skb,
				      const struct nat64_packet *pkt,
				      struct nat64_tuple *tuple,
				      struct nat64_session **session)
{
	const struct nat64_pool6 *pool6 = rcu_dereference(nn->pool6);
	struct nat64_binding *binding;
	enum nat64_reason reason;

	if (pkt->dir == NAT64_4TO6 && is_hosts(nn, skb, pkt, tuple))
		return nat64_flow_give_back(nn, tuple->addr4);
	binding = nat64_bib_find4(&nn->bib, tuple);
	if (!binding)
		return unbound(nn, skb, pkt, tuple);
	if (nat64_flow_lacks_checksum(nn, pkt))
		return NAT64_DROP_udp_zero_checksum;
	/* An answer to no client of ours: the box itself may have asked. */
	if (!pkt->opens && pkt->proto == NAT64_ICMP)
		return is_own(nn->net, tuple->addr4) ?
		       nat64_flow_give_back(nn, tuple->addr4) :
		       NAT64_DROP_no_session;
	tuple->prefix = prefix_of(pool6, binding);
	reason = check_server(nn, skb, pkt,
			      nat64_pool6_by_id(pool6, tuple->prefix),
			      tuple->raddr);
	if (!reason)
		reason = filter_4to6(nn, skb, pkt, tuple, binding);
	if (reason)
		return reason;
	if (limit_reached(nn))
		return NAT64_DROP_session_limit;
	*session = open_session(nn, binding, tuple, pkt, NAT64_4TO6);
	if (!IS_ERR(*session))
		return NAT64_OK;
	return open_reason(PTR_ERR(*session));
}
