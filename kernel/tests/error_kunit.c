// SPDX-License-Identifier: GPL-2.0
/*
 * The rewriting of ICMP errors: bytes in, bytes out, in skbs of all layouts.
 * Each error is made twice from one row, once for each family; the numbers in
 * a row are worked out by hand from RFC 7915 and RFC 4884.
 *
 *	| IP | ICMP | quoted packet | padding | extension |
 */
#include <kunit/test.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "../xlat.h"
#include "skb.h"

#define HOPS		61
#define QUOTED_HOPS	3
#define FRAG_LEN	8
#define TOS		0xb9
#define FLOW		0x54321
#define ID4		0xbeef
#define ID6		0x1234beef

static const u8 router6[16] = {
	0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9
};

static const u8 router4[4] = { 203, 0, 113, 9 };

/* The IPv4 router as the client sees it. */
static const u8 router4_in6[16] = {
	0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 203, 0, 113, 9
};

enum { WHOLE, FIRST, ATOMIC };

/**
 * struct error - a case
 * @name: of the case
 * @proto: of the quoted packet
 * @len: its payload
 * @in: what comes
 * @out: what should go
 * @mtu: of the plan
 * @outer: bytes of options or extension headers
 * @inner: the same in the quoted packet
 * @fragment: whether the quoted packet is one
 * @reply: the quoted packet is an echo reply
 * @no_sum: the quoted packet has no checksum
 */
struct error {
	const char *name;
	u8 proto;
	u16 len;
	struct message in;
	struct message out;
	u16 mtu;
	u8 outer;
	u8 inner;
	u8 fragment;
	bool reply;
	bool no_sum;
};

/* From IPv4: a client's packet is quoted, whose header grows by 20. */
static const struct error from4[] = {
	{ "UDP, nothing but headers", NAT64_UDP, 0,
	  { 3, 3, 0, 28 }, { 1, 4, 0, 48 } },
	{ "UDP, 1 byte of payload", NAT64_UDP, 1,
	  { 3, 3, 0, 29 }, { 1, 4, 0, 49 } },
	{ "UDP without a checksum stays so", NAT64_UDP, 100,
	  { 3, 1, 0, 128 }, { 1, 0, 0, 148 }, .no_sum = true },
	{ "TCP, 8 bytes of its header", NAT64_TCP, 100,
	  { 3, 1, 0, 28 }, { 1, 0, 0, 48 } },
	{ "TCP, up to its checksum", NAT64_TCP, 100,
	  { 3, 10, 0, 36 }, { 1, 1, 0, 56 } },
	{ "TCP, with its checksum", NAT64_TCP, 100,
	  { 3, 13, 0, 38 }, { 1, 1, 0, 58 } },
	{ "TCP, whole", NAT64_TCP, 100,
	  { 11, 0, 0, 152 }, { 3, 0, 0, 172 } },
	{ "echo request, 8 bytes of it", NAT64_ICMP, 56,
	  { 11, 0, 0, 28 }, { 3, 0, 0, 48 } },
	{ "echo request, whole", NAT64_ICMP, 57,
	  { 11, 1, 0, 85 }, { 3, 1, 0, 105 } },
	{ "echo reply", NAT64_ICMP, 56,
	  { 3, 1, 0, 84 }, { 1, 0, 0, 104 }, .reply = true },
	{ "what is unused is zero then", NAT64_UDP, 100,
	  { 3, 3, 0xff000102, 128 }, { 1, 4, 0, 148 } },

	{ "an MTU", NAT64_TCP, 1460,
	  { 3, 4, 1440, 28 }, { 2, 0, 1460, 48 }, .mtu = 1460 },
	{ "protocol unreachable", NAT64_UDP, 100,
	  { 3, 2, 0, 128 }, { 4, 1, 6, 148 } },
	{ "a pointer", NAT64_UDP, 100,
	  { 12, 0, 0x09000000, 128 }, { 4, 0, 6, 148 } },

	{ "options in the quoted packet", NAT64_UDP, 100,
	  { 3, 3, 0, 136 }, { 1, 4, 0, 148 }, .inner = 8 },
	{ "40 bytes of them", NAT64_TCP, 0,
	  { 3, 3, 0, 68 }, { 1, 4, 0, 48 }, .inner = 40 },
	{ "options", NAT64_UDP, 100,
	  { 3, 3, 0, 128 }, { 1, 4, 0, 148 }, .outer = 24 },
	{ "40 bytes of both", NAT64_UDP, 100,
	  { 3, 3, 0, 168 }, { 1, 4, 0, 148 }, .outer = 40, .inner = 40 },
	{ "a first fragment", NAT64_UDP, 100,
	  { 11, 1, 0, 128 }, { 3, 1, 0, 156 }, .fragment = FIRST },
	{ "a first fragment of TCP", NAT64_TCP, 100,
	  { 3, 1, 0, 28 }, { 1, 0, 0, 56 }, .fragment = FIRST },

	/* 1280 - 40 - 8 = 1232 */
	{ "just as much as fits 1280", NAT64_TCP, 1460,
	  { 3, 3, 0, 1212 }, { 1, 4, 0, 1232 } },
	{ "a byte more", NAT64_TCP, 1460,
	  { 3, 3, 0, 1213 }, { 1, 4, 0, 1232 } },
	{ "cut to 1280", NAT64_TCP, 1460,
	  { 3, 3, 0, 1472 }, { 1, 4, 0, 1232 } },
	{ "a fragment cut to 1280", NAT64_UDP, 1460,
	  { 3, 3, 0, 1472 }, { 1, 4, 0, 1232 }, .fragment = FIRST },
	{ "options make it fit", NAT64_TCP, 1460,
	  { 3, 3, 0, 1252 }, { 1, 4, 0, 1232 }, .inner = 40 },

	/* 128 = 32 * 4; 148 + 4 = 152 = 19 * 8 */
	{ "an extension", NAT64_UDP, 200,
	  { 3, 3, 32 << 16, 128, 0, 20 }, { 1, 4, 19 << 24, 148, 4, 20 } },
	{ "of time exceeded", NAT64_UDP, 200,
	  { 11, 0, 32 << 16, 128, 0, 8 }, { 3, 0, 19 << 24, 148, 4, 8 } },
	{ "of odd length", NAT64_UDP, 200,
	  { 3, 3, 32 << 16, 128, 0, 7 }, { 1, 4, 19 << 24, 148, 4, 7 } },
	{ "behind padding", NAT64_UDP, 0,
	  { 3, 3, 32 << 16, 28, 100, 8 }, { 1, 4, 19 << 24, 48, 104, 8 } },
	{ "behind a multiple of 8", NAT64_UDP, 200,
	  { 3, 3, 33 << 16, 132, 0, 8 }, { 1, 4, 19 << 24, 152, 0, 8 } },
	{ "behind options: padded to 128", NAT64_UDP, 200,
	  { 3, 3, 32 << 16, 128, 0, 8 }, { 1, 4, 16 << 24, 108, 20, 8 },
	  .inner = 40 },
	{ "behind a fragment", NAT64_UDP, 200,
	  { 11, 0, 32 << 16, 128, 0, 8 }, { 3, 0, 20 << 24, 156, 4, 8 },
	  .fragment = FIRST },
	{ "and options before it", NAT64_TCP, 200,
	  { 3, 3, 33 << 16, 132, 0, 100 }, { 1, 4, 19 << 24, 152, 0, 100 },
	  .outer = 8 },
	/* 1020 = 255 * 4; 1040 = 130 * 8; 1232 - 1040 = 192 */
	{ "just as much as fits", NAT64_UDP, 1400,
	  { 3, 3, 255 << 16, 1020, 0, 192 },
	  { 1, 4, 130u << 24, 1040, 0, 192 } },
	{ "truncated", NAT64_UDP, 1400,
	  { 3, 3, 255 << 16, 1020, 0, 300 },
	  { 1, 4, 130u << 24, 1040, 0, 192 } },
	{ "truncated behind padding", NAT64_UDP, 1400,
	  { 3, 3, 254 << 16, 1016, 0, 300 },
	  { 1, 4, 130u << 24, 1036, 4, 192 } },
	{ "dropped, of more than a page", NAT64_UDP, 200,
	  { 3, 3, 32 << 16, 128, 0, 4100 }, { 1, 4, 0, 148 } },
	{ "packet too big has none", NAT64_UDP, 200,
	  { 3, 4, 32 << 16 | 1400, 128, 0, 20 }, { 2, 0, 1420, 148 },
	  .mtu = 1420 },
	{ "unrecognized next header has none", NAT64_UDP, 200,
	  { 3, 2, 32 << 16, 128, 0, 20 }, { 4, 1, 6, 148 } },
	{ "parameter problem has none", NAT64_UDP, 200,
	  { 12, 0, 8 << 24 | 32 << 16, 128, 0, 20 }, { 4, 0, 7, 148 } },

	{ "a length of less than 128", NAT64_UDP, 200,
	  { 3, 3, 31 << 16, 128, 0, 20 }, { 1, 4, 0, 148, 0, 20 } },
	{ "a length beyond the end", NAT64_UDP, 200,
	  { 3, 3, 33 << 16, 128 }, { 1, 4, 0, 148 } },
	{ "a length up to the end", NAT64_UDP, 200,
	  { 3, 3, 32 << 16, 128 }, { 1, 4, 0, 148 } },
	{ "no length: no extension, only bytes", NAT64_UDP, 200,
	  { 3, 3, 0, 128, 0, 20 }, { 1, 4, 0, 148, 0, 20 } },
};

/* From IPv6: a server's packet is quoted, whose header shrinks by 20. */
static const struct error from6[] = {
	{ "UDP, nothing but headers", NAT64_UDP, 0,
	  { 1, 4, 0, 48 }, { 3, 3, 0, 28 } },
	{ "UDP, 1 byte of payload", NAT64_UDP, 1,
	  { 1, 4, 0, 49 }, { 3, 3, 0, 29 } },
	{ "TCP, 8 bytes of its header", NAT64_TCP, 100,
	  { 1, 0, 0, 48 }, { 3, 1, 0, 28 } },
	{ "TCP, up to its checksum", NAT64_TCP, 100,
	  { 1, 1, 0, 56 }, { 3, 10, 0, 36 } },
	{ "TCP, with its checksum", NAT64_TCP, 100,
	  { 1, 1, 0, 58 }, { 3, 10, 0, 38 } },
	{ "TCP, whole", NAT64_TCP, 100,
	  { 3, 0, 0, 172 }, { 11, 0, 0, 152 } },
	{ "echo reply, whole", NAT64_ICMP, 57,
	  { 3, 1, 0, 105 }, { 11, 1, 0, 85 }, .reply = true },
	{ "echo request", NAT64_ICMP, 56,
	  { 1, 3, 0, 48 }, { 3, 1, 0, 28 } },
	{ "what is unused is zero then", NAT64_UDP, 100,
	  { 1, 4, 0x01020304, 148 }, { 3, 3, 0, 128 } },

	/* RFC 7915, 5.1: DF from 1261 on. */
	{ "of 1260 in IPv4", NAT64_UDP, 1232,
	  { 1, 4, 0, 48 }, { 3, 3, 0, 28 } },
	{ "of 1261 in IPv4", NAT64_UDP, 1233,
	  { 1, 4, 0, 48 }, { 3, 3, 0, 28 } },
	{ "an MTU", NAT64_TCP, 1460,
	  { 2, 0, 1280, 48 }, { 3, 4, 1260, 28 }, .mtu = 1260 },
	{ "an MTU is no length", NAT64_TCP, 1460,
	  { 2, 0, 0x10000500, 300 }, { 3, 4, 0xffff, 280 }, .mtu = 0xffff },
	{ "a pointer", NAT64_UDP, 100,
	  { 4, 0, 7, 148 }, { 12, 0, 8 << 24, 128 } },
	{ "unrecognized next header", NAT64_UDP, 100,
	  { 4, 1, 6, 148 }, { 3, 2, 0, 128 } },

	{ "extension headers in the quoted packet", NAT64_UDP, 100,
	  { 1, 4, 0, 164 }, { 3, 3, 0, 128 }, .inner = 16 },
	{ "extension headers", NAT64_UDP, 100,
	  { 1, 4, 0, 148 }, { 3, 3, 0, 128 }, .outer = 24 },
	{ "both, of 200 bytes", NAT64_TCP, 100,
	  { 1, 4, 0, 372 }, { 3, 3, 0, 152 }, .outer = 200, .inner = 200 },
	{ "a first fragment", NAT64_UDP, 100,
	  { 3, 1, 0, 156 }, { 11, 1, 0, 128 }, .fragment = FIRST },
	{ "a large first fragment has no DF", NAT64_UDP, 1400,
	  { 3, 1, 0, 156 }, { 11, 1, 0, 128 }, .fragment = FIRST },
	{ "an atomic fragment", NAT64_TCP, 100,
	  { 1, 0, 0, 56 }, { 3, 1, 0, 28 }, .fragment = ATOMIC },
	{ "an MTU for fragments", NAT64_UDP, 1400,
	  { 2, 0, 1280, 56 }, { 3, 4, 1252, 28 }, .mtu = 1252,
	  .fragment = FIRST },

	/* 576 - 20 - 8 = 548 */
	{ "just as much as fits 576", NAT64_TCP, 1200,
	  { 1, 4, 0, 568 }, { 3, 3, 0, 548 } },
	{ "a byte more", NAT64_TCP, 1200,
	  { 1, 4, 0, 569 }, { 3, 3, 0, 548 } },
	{ "cut to 576", NAT64_TCP, 1200,
	  { 1, 4, 0, 1232 }, { 3, 3, 0, 548 } },
	{ "extension headers make it fit", NAT64_TCP, 1200,
	  { 1, 4, 0, 608 }, { 3, 3, 0, 548 }, .inner = 40 },

	/* 128 = 16 * 8 = 32 * 4 */
	{ "an extension, padded to 128", NAT64_UDP, 200,
	  { 1, 4, 16 << 24, 128, 0, 20 }, { 3, 3, 32 << 16, 108, 20, 20 } },
	{ "of time exceeded", NAT64_UDP, 200,
	  { 3, 0, 16 << 24, 128, 0, 8 }, { 11, 0, 32 << 16, 108, 20, 8 } },
	{ "of odd length", NAT64_UDP, 200,
	  { 1, 4, 17 << 24, 136, 0, 7 }, { 3, 3, 32 << 16, 116, 12, 7 } },
	{ "behind padding", NAT64_UDP, 0,
	  { 1, 4, 16 << 24, 48, 80, 8 }, { 3, 3, 32 << 16, 28, 100, 8 } },
	{ "behind more than 128", NAT64_UDP, 200,
	  { 1, 4, 19 << 24, 152, 0, 8 }, { 3, 3, 33 << 16, 132, 0, 8 } },
	{ "behind a fragment", NAT64_UDP, 200,
	  { 3, 0, 20 << 24, 160, 0, 8 }, { 11, 0, 33 << 16, 132, 0, 8 },
	  .fragment = FIRST },
	/* 520 = 65 * 8; 500 = 125 * 4; 548 - 500 = 48 */
	{ "just as much as fits", NAT64_UDP, 1200,
	  { 1, 4, 65 << 24, 520, 0, 48 }, { 3, 3, 125 << 16, 500, 0, 48 } },
	{ "truncated", NAT64_UDP, 1200,
	  { 1, 4, 65 << 24, 520, 0, 100 }, { 3, 3, 125 << 16, 500, 0, 48 } },
	{ "truncated to 8 bytes", NAT64_UDP, 1200,
	  { 1, 4, 70 << 24, 560, 0, 20 }, { 3, 3, 135 << 16, 540, 0, 8 } },
	{ "no place for it", NAT64_UDP, 1200,
	  { 1, 4, 71 << 24, 568, 0, 20 }, { 3, 3, 0, 548 } },
	{ "no place for it, nor for all of the packet", NAT64_UDP, 1200,
	  { 1, 4, 125 << 24, 1000, 0, 20 }, { 3, 3, 0, 548 } },
	{ "dropped, of more than a page", NAT64_UDP, 200,
	  { 1, 4, 16 << 24, 128, 0, 4100 }, { 3, 3, 0, 108 } },

	{ "a length of less than 128", NAT64_UDP, 200,
	  { 1, 4, 15 << 24, 128, 0, 20 }, { 3, 3, 0, 108, 0, 20 } },
	{ "a length beyond the end", NAT64_UDP, 200,
	  { 1, 4, 17 << 24, 128 }, { 3, 3, 0, 108 } },
	{ "a length up to the end", NAT64_UDP, 200,
	  { 1, 4, 16 << 24, 128 }, { 3, 3, 0, 108 } },
	{ "no length: no extension, only bytes", NAT64_UDP, 200,
	  { 1, 4, 0, 128, 0, 20 }, { 3, 3, 0, 108, 0, 20 } },
};

KUNIT_ARRAY_PARAM_DESC(from4, from4, name);
KUNIT_ARRAY_PARAM_DESC(from6, from6, name);

/* Put a fragment header into a quoted IPv6 packet. */
static void put_fragment6(struct bytes *b, const struct error *e, u32 id)
{
	u8 *h = b->data;
	u8 *frag = h + b->thoff;
	u8 *nexthdr = h + (b->thoff > IP6_LEN ? IP6_LEN : 6);

	memmove(frag + FRAG_LEN, frag, b->len - b->thoff);
	b->len += FRAG_LEN;
	frag[0] = *nexthdr;
	frag[1] = 0;
	put_unaligned_be16(e->fragment == FIRST, frag + 2);
	put_unaligned_be32(id, frag + 4);
	*nexthdr = 44;
	put_unaligned_be16(b->len - IP6_LEN, h + 4);
}

static void put_fragment4(struct bytes *b, const struct error *e)
{
	put_unaligned_be16(ID4, b->data + 4);
	put_unaligned_be16(e->fragment == FIRST ? 0x2000 : 0, b->data + 6);
	nat64_test_put_check4(b->data);
}

/*
 * The quoted packet, on its way from where the error goes to. Options and flow
 * label are only in what comes, as is the upper half of an IPv6 id.
 */
static struct bytes *build_quoted(struct kunit *test, const struct error *e,
				  unsigned int dir, bool v6, bool in)
{
	unsigned int headers4 = e->proto == NAT64_TCP ? 52 : 28;
	struct packet p = {
		.proto = e->proto,
		.dir = !dir,
		.len = e->len,
		.reply = e->reply,
		.df = headers4 + e->len > 1260,
		.tos = TOS,
		.flow = in ? FLOW : 0,
		.no_sum = e->no_sum,
	};
	struct bytes *b;

	b = nat64_test_build(test, &p, v6, in ? e->inner : 0, QUOTED_HOPS);
	if (e->fragment && v6)
		put_fragment6(b, e, in ? ID6 : ID4);
	else if (e->fragment)
		put_fragment4(b, e);
	return b;
}

static void put_source(struct bytes *b, unsigned int dir, bool in)
{
	if (dir == NAT64_4TO6 && in)
		memcpy(b->data + 12, router4, sizeof(router4));
	else if (dir == NAT64_4TO6)
		memcpy(b->data + 8, router4_in6, sizeof(router4_in6));
	else if (in)
		memcpy(b->data + 8, router6, sizeof(router6));
}

static struct bytes *build(struct kunit *test, const struct error *e,
			   unsigned int dir, bool in)
{
	bool v6 = (dir == NAT64_6TO4) == in;
	struct bytes *quoted = build_quoted(test, e, dir, v6, in);
	struct packet p = { .proto = NAT64_ICMP, .dir = dir, .tos = TOS };
	struct bytes *b;

	b = nat64_test_error(test, in ? &e->in : &e->out, quoted,
			     in ? e->outer : 0);
	nat64_test_put_ip(b, &p, v6, in ? HOPS : HOPS - 1);
	put_source(b, dir, in);
	if (!v6)
		nat64_test_put_check4(b->data);
	nat64_test_put_check(b, NAT64_ICMP);
	return b;
}

static struct nat64_plan *make_plan(struct kunit *test, const struct error *e,
				    unsigned int dir)
{
	struct nat64_plan *plan = nat64_test_plan(test, dir == NAT64_4TO6,
						  TOS);

	plan->mtu = e->mtu;
	memcpy(&plan->source6, router4_in6, sizeof(router4_in6));
	return plan;
}

/* All but the IP header may be anywhere. */
static struct sk_buff *make_skb(struct kunit *test, const struct bytes *in,
				unsigned int layout)
{
	unsigned int linear = nat64_test_is_v6(in) ? IP6_LEN : in->thoff;

	return nat64_test_skb(test, in, layout, in->len - linear);
}

static void translate(struct kunit *test, const struct error *e,
		      unsigned int dir, struct sk_buff *skb)
{
	struct nat64_session *s = nat64_test_session(test, e->proto);
	struct nat64_plan *plan = make_plan(test, e, dir);
	struct nat64_packet pkt = {};

	KUNIT_ASSERT_EQ(test, dir == NAT64_6TO4 ?
			      nat64_packet_parse6(skb, &pkt) :
			      nat64_packet_parse4(skb, &pkt), NAT64_OK);
	KUNIT_ASSERT_TRUE(test, pkt.error);
	KUNIT_ASSERT_EQ(test, dir == NAT64_6TO4 ?
			      nat64_xlat_6to4(skb, &pkt, s, plan) :
			      nat64_xlat_4to6(skb, &pkt, s, plan), NAT64_OK);
	KUNIT_EXPECT_EQ(test, (u8)skb->ip_summed, CHECKSUM_NONE);
	nat64_test_expect_bytes(test, build(test, e, dir, false),
				nat64_test_bytes_of(test, skb));
	nat64_test_expect_skb(test, skb, dir == NAT64_4TO6,
			      dir == NAT64_4TO6);
}

static void every_layout(struct kunit *test, unsigned int dir)
{
	const struct error *e = test->param_value;
	struct bytes *in = build(test, e, dir, true);
	unsigned int layout;

	for (layout = 0; layout < LAYOUTS; layout++) {
		struct sk_buff *skb = make_skb(test, in, layout);
		struct witness w = nat64_test_witness(test, in, skb, layout);

		translate(test, e, dir, skb);
		nat64_test_expect_witness(test, &w);
		if (test->status == KUNIT_FAILURE) {
			kunit_info(test, "layout: %s",
				   nat64_test_layouts[layout]);
			return;
		}
	}
}

static void error_4to6(struct kunit *test)
{
	every_layout(test, NAT64_4TO6);
}

static void error_6to4(struct kunit *test)
{
	every_layout(test, NAT64_6TO4);
}

/* Whatever a device said of the checksum: a new one is computed. */
static void ip_summed(struct kunit *test)
{
	static const struct error errors[] = {
		[NAT64_6TO4] = { "", NAT64_UDP, 100,
				 { 1, 4, 0, 148 }, { 3, 3, 0, 128 } },
		[NAT64_4TO6] = { "", NAT64_UDP, 100,
				 { 3, 3, 0, 128 }, { 1, 4, 0, 148 } },
	};
	static const u8 states[] = {
		CHECKSUM_NONE, CHECKSUM_UNNECESSARY, CHECKSUM_COMPLETE,
		CHECKSUM_PARTIAL
	};
	unsigned int dir, i;

	for (dir = 0; dir < NAT64_DIRS; dir++)
		for (i = 0; i < ARRAY_SIZE(states); i++) {
			struct bytes *in = build(test, &errors[dir], dir, true);
			struct sk_buff *skb = make_skb(test, in, PAGED);

			skb->ip_summed = states[i];
			translate(test, &errors[dir], dir, skb);
		}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(error_4to6, from4_gen_params),
	KUNIT_CASE_PARAM(error_6to4, from6_gen_params),
	KUNIT_CASE(ip_summed),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_error",
	.test_cases = cases,
};

kunit_test_suites(&suite);
