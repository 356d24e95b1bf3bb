/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A packet, parsed and validated once; the translation then trusts this.
 */
#ifndef _NAT64_PACKET_H
#define _NAT64_PACKET_H

#include "reason.h"
#include "tuple.h"

struct sk_buff;

/**
 * struct nat64_packet - what was found in an skb
 * @thoff: the transport header's offset from the network header
 * @thlen: how much of it is written to, and there and linear
 * @sport: source port, or query id
 * @dport: destination port, or query id
 * @dir: enum nat64_dir
 * @proto: enum nat64_proto
 * @event: enum nat64_tcp_event, for TCP
 * @opens: may begin a session: a SYN, any UDP, an echo request
 * @local: the box itself sent it
 * @frag_max_size: the largest of the fragments it came in; 0: it came whole
 *
 * Addresses stay in the skb and are copied where they are needed.
 */
struct nat64_packet {
	u16 thoff;
	u16 thlen;
	__be16 sport;
	__be16 dport;
	u8 dir;
	u8 proto;
	u8 event;
	bool opens;
	bool local;
	u16 frag_max_size;
};

/**
 * nat64_packet_parse6() - parse and validate an IPv6 packet
 * @skb: after nf_defrag_ipv6; skb->data is at the IPv6 header, which is linear
 * @pkt: the result
 *
 * May move the skb's data.
 *
 * Return: NAT64_OK, NAT64_DROP_malformed or NAT64_DROP_unknown_protocol.
 */
enum nat64_reason nat64_packet_parse6(struct sk_buff *skb,
				      struct nat64_packet *pkt);

/**
 * nat64_packet_parse4() - parse and validate an IPv4 packet
 * @skb: after nf_defrag_ipv4; skb->data is at the IPv4 header, which is linear
 * @pkt: the result
 *
 * May move the skb's data.
 *
 * Return: as nat64_packet_parse6(), or NAT64_DROP_source_route.
 */
enum nat64_reason nat64_packet_parse4(struct sk_buff *skb,
				      struct nat64_packet *pkt);

#endif
