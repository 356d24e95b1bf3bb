/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets for the tests: made in both families from one description, byte by
 * byte and with checksums of our own, and put into skbs of many layouts.
 */
#ifndef _NAT64_TESTS_SKB_H
#define _NAT64_TESTS_SKB_H

#include <linux/types.h>

#include "../tuple.h"

struct kunit;
struct nat64_plan;
struct nat64_session;
struct sk_buff;

#define IP6_LEN		40
#define IP4_LEN		20
#define ICMP_LEN	8
#define MAX_PACKET	6000
#define HEADROOM	128	/* what the device of a plan asks for */

#define CLIENT_PORT6	40001
#define CLIENT_PORT4	61234
#define SERVER_PORT	443

/* 2001:db8:1:fffe:0:abcd:0:8001 and 192.0.2.33, 64:ff9b:: and 198.51.100.7 */
extern const u8 nat64_test_client6[16];
extern const u8 nat64_test_server6[16];
extern const u8 nat64_test_client4[4];
extern const u8 nat64_test_server4[4];

/** enum layout - of an skb; the last three are what defragmentation makes */
enum layout {
	LINEAR,		/* with room in front */
	TIGHT,		/* without */
	FULL,		/* without room behind */
	CLONED,		/* someone else reads it */
	PAGED,		/* the tail in two frags of odd size */
	PAGED_CLONED,
	LISTED,		/* the tail in two skbs more, the second one paged */
	LISTED_TIGHT,
	LISTED_CLONED,
	LISTED_SHARED,	/* someone else has the last of them */
	LAYOUTS
};

/** nat64_test_layouts - their names */
extern const char *const nat64_test_layouts[LAYOUTS];

/**
 * struct packet - what a packet is, in both families
 * @proto: enum nat64_proto
 * @dir: where it goes
 * @len: of the payload
 * @layout: of the skb
 * @reply: an echo reply, not a request
 * @df: IPv4: DF is set
 * @tos: traffic class
 * @flow: IPv6: flow label
 * @extra: bytes of IPv4 options, or of IPv6 extension headers
 * @first: the first word of the payload
 * @corrupt: what is xored to the checksum
 * @no_sum: UDP without a checksum
 */
struct packet {
	u8 proto;
	u8 dir;
	u16 len;
	u8 layout;
	bool reply;
	bool df;
	u8 tos;
	u32 flow;
	u8 extra;
	u16 first;
	u16 corrupt;
	bool no_sum;
};

/**
 * struct bytes - a packet as it is on the wire
 * @len: its length
 * @thoff: where its transport header is
 * @data: its bytes
 */
struct bytes {
	unsigned int len;
	unsigned int thoff;
	u8 data[MAX_PACKET];
};

/**
 * struct message - an ICMP error in one family
 * @type: its type
 * @code: its code
 * @word: what follows the checksum
 * @quote: so much of the quoted packet, its IP header included
 * @pad: zeros behind it
 * @ext: bytes of extension
 */
struct message {
	u8 type;
	u8 code;
	u32 word;
	u16 quote;
	u16 pad;
	u16 ext;
};

/**
 * struct witness - someone else's part of a packet
 * @in: the packet as it was
 * @skb: the other's part, the end of it; NULL: there is none
 * @len: how long it was
 */
struct witness {
	const struct bytes *in;
	struct sk_buff *skb;
	unsigned int len;
};

/** nat64_test_is_v6() - is it an IPv6 packet? */
static inline bool nat64_test_is_v6(const struct bytes *b)
{
	return b->data[0] >> 4 == 6;
}

/** nat64_test_sum() - RFC 1071's sum of 16 bit words, from @sum on */
u32 nat64_test_sum(u32 sum, const u8 *p, unsigned int len);

/** nat64_test_pseudo_sum() - of the pseudo header; ICMPv4 has none */
u32 nat64_test_pseudo_sum(const struct bytes *b, u8 proto);

/** nat64_test_full_sum() - all that a checksum covers: 0xffff if it is right */
u32 nat64_test_full_sum(const struct bytes *b, u8 proto);

/** nat64_test_check_offset() - of the checksum, from the transport header on */
unsigned int nat64_test_check_offset(u8 proto);

/** nat64_test_check_of() - the checksum in a packet */
u8 *nat64_test_check_of(struct bytes *b, u8 proto);

/** nat64_test_put_check() - compute and write it */
void nat64_test_put_check(struct bytes *b, u8 proto);

/** nat64_test_put_check4() - the checksum of an IPv4 header */
void nat64_test_put_check4(u8 *h);

/** nat64_test_put_ip() - the IP header of a packet, and options or such */
void nat64_test_put_ip(struct bytes *b, const struct packet *p, bool v6,
		       u8 hops);

/** nat64_test_bytes() - an empty packet */
struct bytes *nat64_test_bytes(struct kunit *test);

/**
 * nat64_test_build() - make a packet
 * @test: it lives as long as this
 * @p: what it is
 * @v6: as IPv6, else as IPv4
 * @extra: bytes of options or extension headers
 * @hops: hop limit or TTL
 */
struct bytes *nat64_test_build(struct kunit *test, const struct packet *p,
			       bool v6, unsigned int extra, u8 hops);

/**
 * nat64_test_error() - make an ICMP error, but for its IP header and checksum
 * @test: it lives as long as this
 * @m: the message
 * @quoted: the packet that it quotes, of the same family
 * @extra: bytes of options or extension headers
 */
struct bytes *nat64_test_error(struct kunit *test, const struct message *m,
			       const struct bytes *quoted, unsigned int extra);

/** nat64_test_keep() - have an skb freed at the end of the test */
void nat64_test_keep(struct kunit *test, struct sk_buff *skb);

/**
 * nat64_test_skb() - a packet in an skb
 * @test: it lives as long as this
 * @b: the packet
 * @layout: of the skb
 * @tail: so many bytes are not linear, if the layout has such
 */
struct sk_buff *nat64_test_skb(struct kunit *test, const struct bytes *b,
			       enum layout layout, unsigned int tail);

/** nat64_test_witness() - have someone else look at the skb, if @layout says */
struct witness nat64_test_witness(struct kunit *test, const struct bytes *in,
				  struct sk_buff *skb, enum layout layout);

/** nat64_test_expect_witness() - the other sees what there was */
void nat64_test_expect_witness(struct kunit *test, const struct witness *w);

/** nat64_test_session() - of the client and the server above */
struct nat64_session *nat64_test_session(struct kunit *test, u8 proto);

/** nat64_test_plan() - a plan, to a device that asks for HEADROOM */
struct nat64_plan *nat64_test_plan(struct kunit *test, bool df, u8 tos);

/** nat64_test_bytes_of() - the bytes of an skb, from its network header on */
struct bytes *nat64_test_bytes_of(struct kunit *test, struct sk_buff *skb);

/**
 * nat64_test_expect_bytes() - are they the same?
 * @test: who asks
 * @want: what should be; an id that is drawn at random is copied from @got
 * @got: what is
 */
void nat64_test_expect_bytes(struct kunit *test, struct bytes *want,
			     const struct bytes *got);

/** nat64_test_expect_skb() - what there is to a translated skb but its bytes */
void nat64_test_expect_skb(struct kunit *test, const struct sk_buff *skb,
			   bool v6, bool df);

#endif
