/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The types and codes of ICMP errors, and the numbers in them: the tables of
 * RFC 7915, 4.2 and 5.2. Pure; nothing here knows of packets.
 */
#ifndef _NAT64_ICMP_H
#define _NAT64_ICMP_H

#include <linux/types.h>

#include "tuple.h"

struct icmphdr;

/* RFC 4884, 4: a quoted packet that is followed by extensions has so much. */
#define NAT64_MIN_QUOTE		128

/* What a whole error has at most: RFC 1812, 4.3.2.3 and RFC 4443, 2.4. */
#define NAT64_MAX_ERROR4	576
#define NAT64_MAX_ERROR6	1280

#define NAT64_PLATEAUS_MAX	32

/**
 * struct nat64_icmp_error - what an ICMP error becomes in the other family
 * @type: the new type
 * @code: the new code
 * @pointer: of a parameter problem, the new one; else 0
 * @has_mtu: the message tells an MTU
 * @old_length: the old type has RFC 4884's length field
 * @new_length: so has the new one
 */
struct nat64_icmp_error {
	u8 type;
	u8 code;
	u8 pointer;
	bool has_mtu;
	bool old_length;
	bool new_length;
};

/**
 * struct nat64_plateaus - likely path MTUs (RFC 1191, 7)
 * @n: how many
 * @mtu: the largest first
 */
struct nat64_plateaus {
	u16 n;
	u16 mtu[NAT64_PLATEAUS_MAX];
};

/** nat64_icmp_is_error() - is this type an error, of whatever kind? */
bool nat64_icmp_is_error(enum nat64_dir dir, u8 type);

/**
 * nat64_icmp_error() - translate type, code and pointer of an error
 * @dir: where it goes
 * @icmp: its header; the first 8 octets are alike in both families
 * @error: the result
 *
 * Return: false if there is no counterpart: the message is to be dropped.
 */
bool nat64_icmp_error(enum nat64_dir dir, const struct icmphdr *icmp,
		      struct nat64_icmp_error *error);

/**
 * nat64_icmp_quote_len() - RFC 4884's length of the quoted packet
 * @dir: where the error goes
 * @icmp: its header, of a type that has a length field
 *
 * Return: octets, 0 if there is no extension.
 */
unsigned int nat64_icmp_quote_len(enum nat64_dir dir,
				  const struct icmphdr *icmp);

/**
 * nat64_icmp_set_header() - write the first 8 octets of an error
 * @dir: where it goes
 * @icmp: the place; checksum 0
 * @error: type, code and pointer
 * @mtu: what nat64_icmp_mtu_4to6() or nat64_icmp_mtu_6to4() said
 * @quote: octets of the quoted packet if an extension follows, else 0
 */
void nat64_icmp_set_header(enum nat64_dir dir, struct icmphdr *icmp,
			   const struct nat64_icmp_error *error, u32 mtu,
			   unsigned int quote);

/**
 * nat64_icmp_mtu_4to6() - RFC 7915, 4.2, type 3, code 4
 * @mtu: of the message; 0: its router does not know RFC 1191
 * @quoted: Total Length of the quoted packet
 * @mtu4: of the link it came from
 * @mtu6: of the link it goes to
 * @plateaus: for a message without an MTU
 *
 * Return: the MTU for IPv6, 1280 at least.
 */
u32 nat64_icmp_mtu_4to6(u32 mtu, u16 quoted, u32 mtu4, u32 mtu6,
			const struct nat64_plateaus *plateaus);

/**
 * nat64_icmp_mtu_6to4() - RFC 7915, 5.2, type 2
 * @mtu: of the message
 * @shrink: by so much the quoted packet gets shorter: 20, with a fragment
 *	header 28
 * @mtu6: of the link it came from
 * @mtu4: of the link it goes to
 *
 * Return: the MTU for IPv4, 68 at least.
 */
u32 nat64_icmp_mtu_6to4(u32 mtu, unsigned int shrink, u32 mtu6, u32 mtu4);

#endif
