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

struct icmphdr;

/*
 * RFC 7915, 5.1: an IPv4 packet up to this size does not get DF. So a path
 * with an IPv4 MTU below 1260 is fragmented to, as no IPv6 sender can be told
 * of less than 1280.
 */
#define NAT64_MAX_WITHOUT_DF	1260

/**
 * struct nat64_plan - how the translated packet goes on its way
 * @dst: its route, valid under RCU
 * @source6: 4->6: its source
 * @server6: 4->6, errors: the server's address, which the quoted packet is for
 * @mtu: errors that tell an MTU: the new one
 * @cut: to be cut on output; 4->6: into fragments of this size
 * @tos: TOS or traffic class
 * @df: 6->4: set DF; 4->6: it was set
 * @deliver: it is for the box itself
 * @hairpin: 4->6 right after 6->4: its hop limit is spent already
 */
struct nat64_plan {
	struct dst_entry *dst;
	struct in6_addr source6;
	struct in6_addr server6;
	u32 mtu;
	u16 cut;
	u8 tos;
	bool df;
	bool deliver;
	bool hairpin;
};

/**
 * nat64_xlat_6to4() - turn an IPv6 packet into an IPv4 one
 * @skb: the packet, skb->data at its IPv6 header
 * @pkt: what was parsed of it
 * @session: its session
 * @plan: its way
 *
 * Return: NAT64_OK with skb->data at the IPv4 header or NAT64_DROP_no_memory.
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
 * wrong, and none is computed but for UDP over IPv4 that has none. A
 * CHECKSUM_PARTIAL one holds the addresses only.
 */
void nat64_xlat_l4(struct sk_buff *skb, void *th, const struct ipv6hdr *ip6,
		   const struct nat64_session *session, enum nat64_dir dir);

/**
 * nat64_xlat_echo() - type and id of an echo, in a packet or quoted
 * @icmp: its header, writable
 * @ip6: its IPv6 header, before or after
 * @len: of the ICMP message
 * @session: its session
 * @dir: where it goes
 *
 * Return: what the checksum changes by.
 */
__wsum nat64_xlat_echo(struct icmphdr *icmp, const struct ipv6hdr *ip6,
		       unsigned int len, const struct nat64_session *session,
		       enum nat64_dir dir);

/** nat64_xlat_delta() - what a checksum changes by, but for that of an echo */
__wsum nat64_xlat_delta(const struct nat64_session *session,
			enum nat64_dir dir);

/** nat64_xlat_protocol4() - the protocol number of IPv4, ICMP's for errors */
u8 nat64_xlat_protocol4(const struct nat64_session *session, bool error);

/** nat64_xlat_protocol6() - likewise of IPv6 */
u8 nat64_xlat_protocol6(const struct nat64_session *session, bool error);

/**
 * nat64_xlat_error() - an ICMP error, all but its outer IP header
 * @skb: the packet, skb->data at its IP header
 * @pkt: what was parsed of it
 * @session: its session
 * @plan: its way
 *
 * Return: NAT64_OK with skb->data at the new ICMP header, and headroom for the
 *	outer one; NAT64_DROP_no_memory.
 */
enum nat64_reason nat64_xlat_error(struct sk_buff *skb,
				   const struct nat64_packet *pkt,
				   const struct nat64_session *session,
				   const struct nat64_plan *plan);

/** nat64_xlat_prepare() - what both directions owe to the skb as a whole */
void nat64_xlat_prepare(struct sk_buff *skb);

/** nat64_xlat_set_gso() - tell a TCP super-packet its new family */
void nat64_xlat_set_gso(struct sk_buff *skb, unsigned int from,
			unsigned int to);

#endif
