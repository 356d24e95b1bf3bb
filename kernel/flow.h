/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RFC 6146, 3.5: which session a packet belongs to, whether it may begin one,
 * and what it does to it.
 */
#ifndef _NAT64_FLOW_H
#define _NAT64_FLOW_H

#include "net.h"
#include "packet.h"

struct iphdr;

/**
 * nat64_flow_6to4() - the session of a packet from IPv6
 * @nn: the instance
 * @skb: the packet, untouched
 * @pkt: what was parsed of it
 * @prefix: of pool6, that its destination is in
 * @session: the result
 *
 * Context: RCU, bottom halves off.
 * Return: NAT64_OK, NAT64_GIVE_BACK for what is routed without translation, or
 *	the reason to drop the packet.
 */
enum nat64_reason nat64_flow_6to4(struct nat64_net *nn,
				  const struct sk_buff *skb,
				  const struct nat64_packet *pkt,
				  const struct nat64_prefix *prefix,
				  struct nat64_session **session);

/**
 * nat64_flow_4to6() - the session of a packet from IPv4
 * @nn: the instance
 * @skb: the packet, untouched; it may get a route, which the caller drops
 * @pkt: what was parsed of it
 * @session: the result
 *
 * Context: RCU, bottom halves off.
 * Return: NAT64_OK, NAT64_GIVE_BACK (design.rst: a packet that is nobody's) or
 *	the reason to drop the packet.
 */
enum nat64_reason nat64_flow_4to6(struct nat64_net *nn, struct sk_buff *skb,
				  const struct nat64_packet *pkt,
				  struct nat64_session **session);

/**
 * nat64_flow_hairpin() - is the server another client of ours?
 * @nn: the instance
 * @skb: the packet from IPv6, untouched
 * @pkt: what was parsed of it
 * @session: its session
 * @partner: the session by which the IPv4 packet would come back to IPv6; NULL
 *	if it would not
 *
 * RFC 6146, 3.8.
 *
 * Context: RCU, bottom halves off.
 * Return: NAT64_OK or the reason to drop the packet.
 */
enum nat64_reason nat64_flow_hairpin(struct nat64_net *nn, struct sk_buff *skb,
				     const struct nat64_packet *pkt,
				     const struct nat64_session *session,
				     struct nat64_session **partner);

/**
 * nat64_flow_may_be_ours() - can an IPv4 packet concern us at all?
 * @nn: the instance
 * @daddr: its destination
 *
 * Context: RCU.
 * Return: false if it is certainly not for us.
 */
bool nat64_flow_may_be_ours(const struct nat64_net *nn, __be32 daddr);

/**
 * nat64_flow_strange4() - what becomes of an IPv4 packet that did not parse
 * @nn: the instance
 * @daddr: its destination
 * @reason: why not
 *
 * What is for the box's own address, or for nobody in pool4, its IPv4 stack
 * may know.
 *
 * Context: RCU, bottom halves off.
 * Return: NAT64_GIVE_BACK or @reason.
 */
enum nat64_reason nat64_flow_strange4(struct nat64_net *nn, __be32 daddr,
				      enum nat64_reason reason);

/**
 * nat64_flow_host() - a packet that goes out, and was not translated by us
 * @nn: the instance
 * @pkt: what was parsed of it
 * @iph: its header
 *
 * Its flow is noted, if its source is a transport address of pool4.
 *
 * Context: RCU, bottom halves off.
 * Return: NAT64_OK; NAT64_DROP_host_flow if its answers would go to a client.
 */
enum nat64_reason nat64_flow_host(struct nat64_net *nn,
				  const struct nat64_packet *pkt,
				  const struct iphdr *iph);

#endif
