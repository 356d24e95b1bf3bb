/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A packet, parsed and validated once; the translation then trusts this.
 */
#ifndef _NAT64_PACKET_H
#define _NAT64_PACKET_H

#include "icmp.h"
#include "reason.h"
#include "tuple.h"

struct sk_buff;

/**
 * struct nat64_quote - the packet that an ICMP error quotes
 * @icmp: what the error becomes
 * @nhoff: offset of its IP header; all offsets are from the outer one
 * @thoff: of its transport header, of which 8 octets are there and linear
 * @end: where it ends; behind it are RFC 4884's extensions
 * @fragment: it is the first of several fragments
 * @more: their "more fragments"
 * @id: their identification, host byte order
 */
struct nat64_quote {
	struct nat64_icmp_error icmp;
	u16 nhoff;
	u16 thoff;
	u32 end;
	bool fragment;
	bool more;
	u32 id;
};

/**
 * struct nat64_packet - what was found in an skb
 * @thoff: the transport header's offset from the network header
 * @thlen: how much of it is written to, and there and linear
 * @sport: source port, or query id
 * @dport: destination port, or query id
 * @suffix: 6->4: what stands behind the IPv4 address, see nat64_addr_suffix()
 * @pointer: NAT64_DROP_routing_header: where its segments left are
 * @dir: enum nat64_dir
 * @proto: enum nat64_proto
 * @event: enum nat64_tcp_event, for TCP
 * @opens: may begin a session: a SYN, any UDP, an echo request
 * @no_checksum: UDP over IPv4 that has none
 * @local: the box itself sent it
 * @error: an ICMP error; @proto, @sport and @dport are those of an answer to
 *	the packet that it quotes, which belongs to the same session
 * @frag_max_size: the largest of the fragments it came in; 0: it came whole
 * @quote: what an error quotes; not set otherwise
 *
 * Addresses stay in the skb and are copied where they are needed.
 */
struct nat64_packet {
	u16 thoff;
	u16 thlen;
	__be16 sport;
	__be16 dport;
	u16 pointer;
	__sum16 suffix;
	u8 dir;
	u8 proto;
	u8 event;
	bool opens;
	bool no_checksum;
	bool local;
	bool error;
	u16 frag_max_size;
	struct nat64_quote quote;
};

/**
 * nat64_packet_parse6() - parse and validate an IPv6 packet
 * @skb: after nf_defrag_ipv6; skb->data is at the IPv6 header, which is linear
 * @pkt: the result; @local is the caller's, and may be @suffix afterwards
 *
 * May move the skb's data.
 *
 * Return: NAT64_OK; NAT64_DROP_fragment for what nf_defrag_ipv6 let pass;
 *	NAT64_DROP_malformed, NAT64_DROP_unknown_protocol,
 *	NAT64_DROP_udp_zero_checksum, NAT64_DROP_routing_header,
 *	NAT64_DROP_icmp_type, NAT64_DROP_bad_checksum or
 *	NAT64_DROP_unrelated_error.
 */
enum nat64_reason nat64_packet_parse6(struct sk_buff *skb,
				      struct nat64_packet *pkt);

/**
 * nat64_packet_parse4() - parse and validate an IPv4 packet
 * @skb: after nf_defrag_ipv4; skb->data is at the IPv4 header, which is linear
 * @pkt: the result; @local is the caller's
 *
 * May move the skb's data.
 *
 * Return: as nat64_packet_parse6(), and NAT64_DROP_source_route.
 */
enum nat64_reason nat64_packet_parse4(struct sk_buff *skb,
				      struct nat64_packet *pkt);

#endif
