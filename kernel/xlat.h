/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rewriting of packets, in place (RFC 7915). All that may be refused was
 * so before; from here on the sender's packet is gone.
 */
#ifndef _NAT64_XLAT_H
#define _NAT64_XLAT_H

#include <linux/ipv6.h>

#include "packet.h"
#include "session.h"

/**
 * struct nat64_plan - how the translated packet goes on its way
 * @dst: its route, valid under RCU
 * @raddr6: 4->6: the server's address on the IPv6 side
 * @df: 6->4: set DF; 4->6: it was set
 * @fragment: larger than the way allows, to be cut on output
 * @deliver: it is for the box itself
 */
struct nat64_plan {
	struct dst_entry *dst;
	struct in6_addr raddr6;
	bool df;
	bool fragment;
	bool deliver;
};

/**
 * nat64_xlat_6to4() - turn an IPv6 packet into an IPv4 one
 * @skb: the packet, skb->data at its IPv6 header
 * @pkt: what was parsed of it
 * @session: its session
 * @plan: its way
 *
 * Return: NAT64_OK with skb->data at the IPv4 header, NAT64_DROP_no_memory or
 *	NAT64_DROP_udp_zero_checksum.
 */
enum nat64_reason nat64_xlat_6to4(struct sk_buff *skb,
				  const struct nat64_packet *pkt,
				  const struct nat64_session *session,
				  const struct nat64_plan *plan);

/**
 * nat64_xlat_4to6() - turn an IPv4 packet into an IPv6 one
 * @skb: the packet, skb->data at its IPv4 header
 * @pkt: what was parsed of it
 * @session: its session
 * @plan: its way
 *
 * Return: NAT64_OK with skb->data at the IPv6 header or NAT64_DROP_no_memory.
 */
enum nat64_reason nat64_xlat_4to6(struct sk_buff *skb,
				  const struct nat64_packet *pkt,
				  const struct nat64_session *session,
				  const struct nat64_plan *plan);

/**
 * nat64_xlat_l4() - the transport header: port or id, type, checksum
 * @skb: the packet
 * @th: the header, writable
 * @ip6: the packet's IPv6 header, before or after: for the checksum of ICMPv6
 * @session: its session
 * @dir: where it goes
 *
 * Checksums change by what the session knows in advance; so a wrong one stays
 * wrong, and none is computed. A CHECKSUM_PARTIAL one holds the addresses only.
 *
 * Return: NAT64_OK or NAT64_DROP_udp_zero_checksum.
 */
enum nat64_reason nat64_xlat_l4(struct sk_buff *skb, void *th,
				const struct ipv6hdr *ip6,
				const struct nat64_session *session,
				enum nat64_dir dir);

/** nat64_xlat_prepare() - what both directions owe to the skb as a whole */
void nat64_xlat_prepare(struct sk_buff *skb);

/** nat64_xlat_set_gso() - tell a TCP super-packet its new family */
void nat64_xlat_set_gso(struct sk_buff *skb, unsigned int from,
			unsigned int to);

#endif
