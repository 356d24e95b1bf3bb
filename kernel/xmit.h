/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way out: routes and the checks that may still refuse a packet, before
 * it is rewritten; the answer to its sender; and the sending, after it.
 */
#ifndef _NAT64_XMIT_H
#define _NAT64_XMIT_H

#include <net/dst.h>
#include <net/ip.h>

#include "net.h"
#include "packet.h"
#include "xlat.h"

struct nf_hook_state;

/* In the control block of an IPv4 packet that we have translated; no other has it. */
#define NAT64_SKB_OURS	BIT(15)

/** nat64_xmit_is_ours() - is it an IPv4 packet that we have translated? */
static inline bool nat64_xmit_is_ours(const struct sk_buff *skb)
{
	return IPCB(skb)->flags & NAT64_SKB_OURS;
}

/**
 * nat64_xmit_find_route4() - look up the route to the server
 * @net: the namespace
 * @session: the session, which keeps it
 * @mark: of the packet
 * @tos: of the packet
 *
 * Context: RCU, bottom halves off.
 * Return: the route, valid under RCU; NULL if there is none.
 */
struct dst_entry *nat64_xmit_find_route4(struct net *net,
					 struct nat64_session *session,
					 u32 mark, u8 tos);

/** nat64_xmit_find_route6() - likewise to the client, from @server6 */
struct dst_entry *nat64_xmit_find_route6(struct net *net,
					 struct nat64_session *session,
					 u32 mark,
					 const struct in6_addr *server6);

/** nat64_xmit_route4() - the one that the session keeps, or a new one */
static inline struct dst_entry *
nat64_xmit_route4(struct net *net, struct nat64_session *session, u32 mark,
		  u8 tos)
{
	struct dst_entry *dst = rcu_dereference(session->dst4);

	if (dst && dst_check(dst, 0))
		return dst;
	return nat64_xmit_find_route4(net, session, mark, tos);
}

/** nat64_xmit_route6() - likewise */
static inline struct dst_entry *
nat64_xmit_route6(struct net *net, struct nat64_session *session, u32 mark,
		  const struct in6_addr *server6)
{
	struct dst_entry *dst = rcu_dereference(session->dst6);

	if (dst && dst_check(dst, READ_ONCE(session->cookie6)))
		return dst;
	return nat64_xmit_find_route6(net, session, mark, server6);
}

/**
 * nat64_xmit_probe() - ask the client whether a connection is still there
 * @nn: the instance
 * @session: an established TCP session that nobody has used for long
 *
 * RFC 6146, 3.5.2.2: a segment without data, from the server, whose numbers no
 * living connection expects: the answer then tells that it lives.
 *
 * Context: RCU, bottom halves off.
 */
void nat64_xmit_probe(struct nat64_net *nn, struct nat64_session *session);

/**
 * nat64_xmit_plan_6to4() - can the packet go on as IPv4, and how?
 * @nn: the instance
 * @skb: the IPv6 packet, untouched
 * @pkt: what was parsed of it
 * @session: its session, which keeps the route
 * @plan: the result
 * @info: if it is too big: the largest IPv6 packet that is not
 *
 * Context: RCU, bottom halves off.
 * Return: NAT64_OK, NAT64_DROP_hop_limit, NAT64_DROP_no_route or
 *	NAT64_DROP_too_big.
 */
enum nat64_reason nat64_xmit_plan_6to4(struct nat64_net *nn,
				       struct sk_buff *skb,
				       const struct nat64_packet *pkt,
				       struct nat64_session *session,
				       struct nat64_plan *plan, u32 *info);

/**
 * nat64_xmit_plan_4to6() - can the packet go on as IPv6, and how?
 * @nn: the instance
 * @skb: the IPv4 packet, untouched
 * @pkt: what was parsed of it
 * @session: its session, which keeps the route
 * @plan: the result
 * @info: if it is too big: the largest IPv4 packet that is not
 *
 * As nat64_xmit_plan_6to4().
 */
enum nat64_reason nat64_xmit_plan_4to6(struct nat64_net *nn,
				       struct sk_buff *skb,
				       const struct nat64_packet *pkt,
				       struct nat64_session *session,
				       struct nat64_plan *plan, u32 *info);

/**
 * nat64_xmit_plan_hairpin() - can an IPv6 packet go on to another client?
 * @nn: the instance
 * @skb: the IPv6 packet, untouched
 * @pkt: what was parsed of it
 * @partner: the other client's session, which keeps the route
 * @plan: the result: the second half of the way, 4->6
 * @info: if it is too big: the largest IPv6 packet that is not
 *
 * As nat64_xmit_plan_6to4().
 */
enum nat64_reason nat64_xmit_plan_hairpin(struct nat64_net *nn,
					  struct sk_buff *skb,
					  const struct nat64_packet *pkt,
					  struct nat64_session *partner,
					  struct nat64_plan *plan, u32 *info);

/**
 * nat64_xmit_refuse6() - tell the sender of an IPv6 packet, if it is to know
 * @nn: the instance
 * @skb: the packet, untouched
 * @reason: why it goes no further
 * @info: for NAT64_DROP_too_big the MTU, for NAT64_DROP_routing_header the
 *	pointer
 *
 * The kernel's rate limits for ICMPv6 errors apply, and translation/icmp_errors.
 */
void nat64_xmit_refuse6(struct nat64_net *nn, struct sk_buff *skb,
			enum nat64_reason reason, u32 info);

/**
 * nat64_xmit_refuse4() - the same for an IPv4 packet
 * @nn: the instance
 * @skb: the packet, untouched, or a stored SYN; it may get a route
 * @reason: why it goes no further
 * @info: for NAT64_DROP_too_big the MTU
 *
 * Context: RCU, bottom halves off; the namespace may be on its way out.
 */
void nat64_xmit_refuse4(struct nat64_net *nn, struct sk_buff *skb,
			enum nat64_reason reason, u32 info);

/**
 * nat64_xmit_send() - send a translated packet, or deliver it to the box
 * @nn: the instance
 * @skb: the packet, skb->data at its new header
 * @plan: its way
 * @state: of the hook it came in by
 *
 * It passes FORWARD (LOCAL_OUT if the box sent it) and POST_ROUTING of its new
 * family. The skb is gone when this returns.
 *
 * Context: RCU, bottom halves off.
 */
void nat64_xmit_send(struct nat64_net *nn, struct sk_buff *skb,
		     const struct nat64_plan *plan,
		     const struct nf_hook_state *state);

#endif
