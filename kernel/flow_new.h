/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets that belong to no session: between flow.c, which looks for one, and
 * flow_new.c.
 */
#ifndef _NAT64_FLOW_NEW_H
#define _NAT64_FLOW_NEW_H

#include "net.h"
#include "packet.h"

struct sk_buff;

/** nat64_flow_timeout() - seconds of a timer, enum nat64_timeout */
static inline u32 nat64_flow_timeout(const struct nat64_net *nn,
				     unsigned int which)
{
	return READ_ONCE(nn->timeouts[which]);
}

/** nat64_flow_lacks_checksum() - UDP without, and udp_zero_checksum is drop? */
static inline bool nat64_flow_lacks_checksum(const struct nat64_net *nn,
					     const struct nat64_packet *pkt)
{
	return pkt->no_checksum && READ_ONCE(nn->translation.udp_zero_checksum) ==
				   NAT64_UDP_ZERO_DROP;
}

/** nat64_flow_give_back() - NAT64_GIVE_BACK, counted if @daddr is in pool4; RCU */
enum nat64_reason nat64_flow_give_back(struct nat64_net *nn, __be32 daddr);

/** nat64_flow_is_ours_alone() - can nobody else have T, t of @tuple? RCU */
bool nat64_flow_is_ours_alone(const struct nat64_net *nn,
			      const struct nat64_tuple *tuple);

/**
 * nat64_flow_new_6to4() - a packet from IPv6 that belongs to no session
 * @nn: the instance
 * @skb: the packet, untouched
 * @pkt: what was parsed of it
 * @tuple: its IPv6 side
 * @session: the session that it begins
 *
 * Context: RCU, bottom halves off.
 * Return: NAT64_OK or the reason to drop the packet.
 */
enum nat64_reason nat64_flow_new_6to4(struct nat64_net *nn,
				      const struct sk_buff *skb,
				      const struct nat64_packet *pkt,
				      struct nat64_tuple *tuple,
				      struct nat64_session **session);

/**
 * nat64_flow_new_4to6() - the same from IPv4, or hairpinned
 * @nn: the instance
 * @skb: the packet, untouched; it may get a route, which the caller drops
 * @pkt: what was parsed of it
 * @tuple: its IPv4 side
 * @session: the session that it begins
 *
 * Return: also NAT64_GIVE_BACK (design.rst: a packet that is nobody's) and
 *	NAT64_STORED, unless it is hairpinned.
 */
enum nat64_reason nat64_flow_new_4to6(struct nat64_net *nn,
				      struct sk_buff *skb,
				      const struct nat64_packet *pkt,
				      struct nat64_tuple *tuple,
				      struct nat64_session **session);

#endif
