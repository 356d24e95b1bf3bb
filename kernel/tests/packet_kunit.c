// SPDX-License-Identifier: GPL-2.0
/*
 * Parsing: what is good is understood, and nothing else is believed. No packet
 * is looked at beyond its end, which shows in that the verdict is the same
 * whatever lies there.
 */
#include <kunit/test.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/limits.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <net/ip.h>

#include "../packet.h"
#include "../tcp.h"
#include "skb.h"

#define HOPS	61

/* Where the packet is that an error quotes, and its transport header. */
#define Q4	(IP4_LEN + ICMP_LEN)
#define Q6	(IP6_LEN + ICMP_LEN)
#define QT4	(Q4 + IP4_LEN)
#define QT6	(Q6 + IP6_LEN)

/* Numbers of protocols and headers. */
enum {
	P_HOP = 0, P_ICMP4 = 1, P_IGMP = 2, P_TCP = 6, P_UDP = 17, P_ROUTE = 43,
	P_FRAGMENT = 44, P_ESP = 50, P_AH = 51, P_ICMP6 = 58, P_NONE = 59,
	P_DEST = 60, P_SCTP = 132, P_MOBILITY = 135
};

/* What an error says in either family: port unreachable. */
static const struct message port_unreach[] = {
	[NAT64_6TO4] = { 1, 4 },
	[NAT64_4TO6] = { 3, 3 },
};

static enum nat64_reason parse(struct sk_buff *skb, struct nat64_packet *pkt)
{
	memset(pkt, 0, sizeof(*pkt));
	return ip_hdr(skb)->version == 6 ? nat64_packet_parse6(skb, pkt) :
					   nat64_packet_parse4(skb, pkt);
}

static enum nat64_reason parse_bytes(struct kunit *test, const struct bytes *b,
				     struct nat64_packet *pkt)
{
	return parse(nat64_test_skb(test, b, LINEAR, 0), pkt);
}

/** struct kind - of a packet */
struct kind {
	const char *name;
	u8 dir;
	u8 proto;
	bool error;	/* it is quoted */
	u8 extra;	/* options or extension headers, of the quoted if so */
	u16 len;	/* payload */
	u16 need;	/* so much must be there */
};

static const struct kind kinds[] = {
	{ "TCP 6to4", NAT64_6TO4, NAT64_TCP, false, 0, 9, 72 },
	{ "UDP 6to4", NAT64_6TO4, NAT64_UDP, false, 0, 9, 57 },
	{ "echo 6to4", NAT64_6TO4, NAT64_ICMP, false, 0, 9, 48 },
	{ "TCP 6to4, headers", NAT64_6TO4, NAT64_TCP, false, 24, 9, 96 },
	{ "UDP 6to4, headers", NAT64_6TO4, NAT64_UDP, false, 24, 9, 81 },
	{ "echo 6to4, headers", NAT64_6TO4, NAT64_ICMP, false, 24, 9, 72 },
	{ "TCP 4to6", NAT64_4TO6, NAT64_TCP, false, 0, 9, 52 },
	{ "UDP 4to6", NAT64_4TO6, NAT64_UDP, false, 0, 9, 37 },
	{ "echo 4to6", NAT64_4TO6, NAT64_ICMP, false, 0, 9, 28 },
	{ "TCP 4to6, options", NAT64_4TO6, NAT64_TCP, false, 24, 9, 76 },
	{ "UDP 4to6, options", NAT64_4TO6, NAT64_UDP, false, 24, 9, 61 },
	{ "echo 4to6, options", NAT64_4TO6, NAT64_ICMP, false, 24, 9, 52 },
	{ "error 6to4, TCP", NAT64_6TO4, NAT64_TCP, true, 0, 9, 96 },
	{ "error 6to4, UDP", NAT64_6TO4, NAT64_UDP, true, 0, 9, 96 },
	{ "error 6to4, echo", NAT64_6TO4, NAT64_ICMP, true, 0, 9, 96 },
	{ "error 6to4, UDP, headers", NAT64_6TO4, NAT64_UDP, true, 24, 9, 120 },
	{ "error 4to6, TCP", NAT64_4TO6, NAT64_TCP, true, 0, 9, 56 },
	{ "error 4to6, UDP", NAT64_4TO6, NAT64_UDP, true, 0, 9, 56 },
	{ "error 4to6, echo", NAT64_4TO6, NAT64_ICMP, true, 0, 9, 56 },
	{ "error 4to6, UDP, options", NAT64_4TO6, NAT64_UDP, true, 24, 9, 80 },
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);

static const void *error_gen_params(struct kunit *test, const void *prev,
				    char *desc)
{
	const struct kind *k = prev;

	do
		k = kind_gen_params(test, k, desc);
	while (k && !k->error);
	return k;
}

static void put_outer(struct bytes *b, unsigned int dir)
{
	struct packet p = { .proto = NAT64_ICMP, .dir = dir };

	nat64_test_put_ip(b, &p, dir == NAT64_6TO4, HOPS);
	nat64_test_put_check(b, NAT64_ICMP);
}

/* An error that quotes all of @quoted. */
static struct bytes *quote(struct kunit *test, const struct message *message,
			   const struct bytes *quoted, unsigned int dir)
{
	struct message m = *message;
	struct bytes *b;

	m.quote = quoted->len;
	b = nat64_test_error(test, &m, quoted, 0);
	put_outer(b, dir);
	return b;
}

static struct bytes *build(struct kunit *test, const struct kind *k)
{
	struct packet p = {
		.proto = k->proto, .len = k->len, .dir = k->dir ^ k->error,
	};
	bool v6 = k->dir == NAT64_6TO4;
	struct bytes *b = nat64_test_build(test, &p, v6, k->extra, HOPS);

	return k->error ? quote(test, &port_unreach[k->dir], b, k->dir) : b;
}

static unsigned int ip_len(const struct kind *k)
{
	return k->dir == NAT64_6TO4 ? IP6_LEN : IP4_LEN;
}

static void expect_good(struct kunit *test, const struct kind *k,
			const struct nat64_packet *pkt)
{
	u16 client = k->dir == NAT64_6TO4 ? CLIENT_PORT6 : CLIENT_PORT4;
	bool out = k->dir == NAT64_6TO4;
	bool icmp = k->proto == NAT64_ICMP;

	KUNIT_EXPECT_EQ(test, pkt->dir, k->dir);
	KUNIT_EXPECT_EQ(test, pkt->proto, k->proto);
	KUNIT_EXPECT_EQ(test, ntohs(pkt->sport),
			out || icmp ? client : SERVER_PORT);
	KUNIT_EXPECT_EQ(test, ntohs(pkt->dport),
			out && !icmp ? SERVER_PORT : client);
	KUNIT_EXPECT_EQ(test, pkt->error, k->error);
	KUNIT_EXPECT_FALSE(test, pkt->no_checksum);
	KUNIT_EXPECT_EQ(test, pkt->frag_max_size, 0);
	/* An answer is no beginning, nor is an ACK. */
	KUNIT_EXPECT_EQ(test, pkt->opens,
			!k->error && k->proto != NAT64_TCP);
	if (!k->error) {
		KUNIT_EXPECT_EQ(test, pkt->thoff, ip_len(k) + k->extra);
		return;
	}
	KUNIT_EXPECT_EQ(test, pkt->thoff, ip_len(k));
	KUNIT_EXPECT_EQ(test, pkt->quote.nhoff, ip_len(k) + ICMP_LEN);
	KUNIT_EXPECT_EQ(test, pkt->quote.thoff,
			2 * ip_len(k) + ICMP_LEN + k->extra);
	KUNIT_EXPECT_FALSE(test, pkt->quote.fragment);
	KUNIT_EXPECT_FALSE(test, pkt->quote.more);
}

/* All that is written to is linear then. */
static void good(struct kunit *test)
{
	const struct kind *k = test->param_value;
	struct bytes *b = build(test, k);
	unsigned int layout;

	for (layout = 0; layout < LAYOUTS; layout++) {
		unsigned int linear = ip_len(k);
		struct nat64_packet pkt;
		struct sk_buff *skb;

		if (k->dir == NAT64_4TO6)
			linear = b->thoff;
		skb = nat64_test_skb(test, b, layout, b->len - linear);
		KUNIT_ASSERT_EQ_MSG(test, parse(skb, &pkt), NAT64_OK, "%s",
				    nat64_test_layouts[layout]);
		expect_good(test, k, &pkt);
		KUNIT_EXPECT_GE(test, skb_headlen(skb),
				k->error ? pkt.quote.thoff + 8u :
					   pkt.thoff + pkt.thlen + 0u);
		KUNIT_EXPECT_EQ(test, pkt.quote.end,
				k->error ? b->len : 0);
	}
}

enum { ZEROS, ONES, REST, FILLS };

/*
 * The first @len bytes of a packet; behind them, in the skb's tailroom, is one
 * of the above, the rest of the packet being the most seductive.
 */
static struct sk_buff *cut_skb(struct kunit *test, const struct bytes *b,
			       unsigned int len, unsigned int fill)
{
	unsigned int rest = b->len - len;
	struct sk_buff *skb = alloc_skb(b->len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_put_data(skb, b->data, len);
	if (fill == REST)
		memcpy(skb_tail_pointer(skb), b->data + len, rest);
	else
		memset(skb_tail_pointer(skb), fill == ONES ? 0xff : 0, rest);
	skb_reset_network_header(skb);
	return skb;
}

/* The verdict on a packet that is cut short. */
static enum nat64_reason parse_cut(struct kunit *test, const struct bytes *b,
				   unsigned int len)
{
	enum nat64_reason reason[FILLS];
	struct nat64_packet pkt[FILLS];
	unsigned int fill;

	for (fill = 0; fill < FILLS; fill++) {
		struct sk_buff *skb = cut_skb(test, b, len, fill);

		reason[fill] = parse(skb, &pkt[fill]);
		kfree_skb(skb);
		KUNIT_EXPECT_EQ_MSG(test, reason[fill], reason[0], "at %u",
				    len);
		KUNIT_EXPECT_MEMEQ_MSG(test, &pkt[fill], &pkt[0],
				       sizeof(pkt[0]), "at %u", len);
	}
	return reason[0];
}

/* Its checksum is that of what is left of it. */
static void put_cut_check(const struct bytes *b, unsigned int len,
			  struct bytes *cut)
{
	*cut = *b;
	cut->len = len;
	if (len >= cut->thoff + 4)
		nat64_test_put_check(cut, NAT64_ICMP);
	cut->len = b->len;
}

/* Who can not be found in a quoted packet is of no session. */
static bool is_too_short(enum nat64_reason reason, bool error)
{
	return reason == NAT64_DROP_malformed ||
	       (error && reason == NAT64_DROP_unrelated_error);
}

static void cut_at_every_byte(struct kunit *test)
{
	const struct kind *k = test->param_value;
	struct bytes *b = build(test, k);
	struct bytes *cut = nat64_test_bytes(test);
	unsigned int first = k->dir == NAT64_4TO6 ? b->thoff : IP6_LEN;
	unsigned int len;

	for (len = first; len < b->len; len++) {
		enum nat64_reason reason;

		put_cut_check(b, len, cut);
		reason = parse_cut(test, k->error ? cut : b, len);
		if (len >= k->need)
			KUNIT_EXPECT_EQ_MSG(test, reason, NAT64_OK, "at %u",
					    len);
		else
			KUNIT_EXPECT_TRUE_MSG(test,
					      is_too_short(reason, k->error),
					      "%u at %u", reason, len);
	}
}

/*
 * Errors with the checksum of the whole: RFC 5508, REQ-3. What it says of an
 * IPv4 header is the same with it as without.
 */
static void cut_error_is_bad(struct kunit *test)
{
	const struct kind *k = test->param_value;
	struct bytes *b = build(test, k);
	unsigned int len;

	for (len = b->thoff + ICMP_LEN; len < b->len; len++) {
		enum nat64_reason reason = parse_cut(test, b, len);

		if (len == Q4 || len == QT4)
			KUNIT_EXPECT_NE_MSG(test, reason, NAT64_OK, "at %u",
					    len);
		else
			KUNIT_EXPECT_EQ_MSG(test, reason,
					    NAT64_DROP_bad_checksum, "at %u",
					    len);
	}
}

/** struct chain - extension headers, in an IPv6 packet or one that is quoted */
struct chain {
	const char *name;
	u8 n;
	u8 type[10];
	u8 hdrlen;	/* of the first: units of 8 octets, not counting one */
	u8 segments;	/* left, in all routing headers */
	u8 last;
	u8 reason;	/* of the packet */
	u8 pointer;
	u8 quoted;	/* of an error that quotes it */
};

#define DOP P_DEST

static const struct chain chains[] = {
	{ "none", 0, {}, 0, 0, P_UDP, NAT64_OK },
	{ "hop by hop", 1, { P_HOP }, 0, 0, P_UDP, NAT64_OK },
	{ "destination options", 1, { P_DEST }, 0, 0, P_UDP, NAT64_OK },
	{ "routing, none left", 1, { P_ROUTE }, 2, 0, P_UDP, NAT64_OK },
	{ "all three", 4, { P_HOP, P_DEST, P_ROUTE, P_DEST }, 2, 0, P_UDP,
	  NAT64_OK },
	{ "8 headers", 8, { P_HOP, DOP, DOP, DOP, DOP, DOP, DOP, P_ROUTE },
	  0, 0, P_UDP, NAT64_OK },
	{ "9 headers", 9, { P_HOP, DOP, DOP, DOP, DOP, DOP, DOP, DOP, DOP },
	  0, 0, P_UDP, NAT64_DROP_malformed, .quoted =
	  NAT64_DROP_unrelated_error },
	{ "one of 1224 bytes", 1, { P_DEST }, 152, 0, P_UDP, NAT64_OK },
	{ "one of 2048 bytes", 1, { P_DEST }, 255, 0, P_UDP, NAT64_OK, .quoted =
	  NAT64_DROP_malformed },
	{ "routing, 1 left", 1, { P_ROUTE }, 2, 1, P_UDP,
	  NAT64_DROP_routing_header, 43 },
	{ "routing, 255 left", 1, { P_ROUTE }, 2, 255, P_UDP,
	  NAT64_DROP_routing_header, 43 },
	{ "routing, 1 left, behind another", 2, { P_HOP, P_ROUTE }, 1, 1, P_UDP,
	  NAT64_DROP_routing_header, 59 },
	{ "8 headers, then routing, 1 left", 8,
	  { P_HOP, DOP, DOP, DOP, DOP, DOP, DOP, P_ROUTE }, 0, 1, P_UDP,
	  NAT64_DROP_routing_header, 40 + 7 * 8 + 3 },
	{ "no next header", 1, { P_DEST }, 0, 0, P_NONE,
	  NAT64_DROP_unknown_protocol, .quoted = NAT64_DROP_unrelated_error },
	{ "ESP", 0, {}, 0, 0, P_ESP, NAT64_DROP_unknown_protocol, .quoted =
	  NAT64_DROP_unrelated_error },
	{ "AH", 1, { P_HOP }, 0, 0, P_AH, NAT64_DROP_unknown_protocol, .quoted =
	  NAT64_DROP_unrelated_error },
	{ "SCTP", 0, {}, 0, 0, P_SCTP, NAT64_DROP_unknown_protocol, .quoted =
	  NAT64_DROP_unrelated_error },
	{ "mobility", 1, { P_DEST }, 0, 0, P_MOBILITY,
	  NAT64_DROP_unknown_protocol, .quoted = NAT64_DROP_unrelated_error },
	{ "ICMP of the other family", 0, {}, 0, 0, P_ICMP4,
	  NAT64_DROP_unknown_protocol, .quoted = NAT64_DROP_unrelated_error },
	{ "255", 1, { P_HOP }, 0, 0, 255, NAT64_DROP_unknown_protocol,
	  .quoted = NAT64_DROP_unrelated_error },
};

#undef DOP

KUNIT_ARRAY_PARAM_DESC(chain, chains, name);

/* A UDP packet with these headers in front of it. */
static struct bytes *put_chain(struct kunit *test, const struct chain *c,
			       unsigned int dir)
{
	struct packet p = { .proto = NAT64_UDP, .dir = dir, .len = 9 };
	unsigned int extra = c->n ? c->n * 8 + c->hdrlen * 8 : 0;
	struct bytes *b = nat64_test_build(test, &p, true, extra, HOPS);
	u8 *nexthdr = b->data + 6;
	u8 *h = b->data + IP6_LEN;
	unsigned int i;

	memset(h, 0, extra);
	for (i = 0; i < c->n; i++) {
		*nexthdr = c->type[i];
		nexthdr = h;
		h[1] = i ? 0 : c->hdrlen;
		h[2] = c->type[i] == P_ROUTE ? 2 : 1;
		h[3] = c->type[i] == P_ROUTE ? c->segments : 4;
		h += (h[1] + 1) * 8;
	}
	*nexthdr = c->last;
	return b;
}

static void headers(struct kunit *test)
{
	const struct chain *c = test->param_value;
	struct bytes *b = put_chain(test, c, NAT64_6TO4);
	unsigned int layout;

	for (layout = 0; layout < LAYOUTS; layout++) {
		struct nat64_packet pkt;
		struct sk_buff *skb;

		skb = nat64_test_skb(test, b, layout, b->len - IP6_LEN);
		KUNIT_EXPECT_EQ_MSG(test, parse(skb, &pkt), c->reason, "%s",
				    nat64_test_layouts[layout]);
		if (c->reason == NAT64_OK)
			KUNIT_EXPECT_EQ(test, pkt.thoff, b->thoff);
		if (c->reason == NAT64_DROP_routing_header)
			KUNIT_EXPECT_EQ(test, pkt.pointer, c->pointer);
	}
}

/* Those of a quoted packet have had their say. */
static void quoted_headers(struct kunit *test)
{
	const struct chain *c = test->param_value;
	struct bytes *quoted = put_chain(test, c, NAT64_4TO6);
	struct bytes *b = quote(test, &port_unreach[NAT64_6TO4], quoted,
				NAT64_6TO4);
	unsigned int layout;

	for (layout = 0; layout < LAYOUTS; layout++) {
		struct nat64_packet pkt;
		struct sk_buff *skb;

		skb = nat64_test_skb(test, b, layout, b->len - IP6_LEN);
		KUNIT_EXPECT_EQ_MSG(test, parse(skb, &pkt), c->quoted, "%s",
				    nat64_test_layouts[layout]);
		if (c->quoted == NAT64_OK)
			KUNIT_EXPECT_EQ(test, pkt.quote.thoff,
					Q6 + quoted->thoff);
	}
}

/* A header that says it is longer than the packet, or just as long. */
static void header_beyond_the_end(struct kunit *test)
{
	struct chain c = { "", 2, { P_HOP, P_DEST }, 0, 0, P_UDP };
	struct bytes *b = put_chain(test, &c, NAT64_6TO4);
	struct nat64_packet pkt;
	unsigned int hdrlen;

	/* 8 bytes of the second header, and 17 of UDP and what it carries. */
	for (hdrlen = 1; hdrlen <= U8_MAX; hdrlen++) {
		b->data[IP6_LEN + 9] = hdrlen;
		KUNIT_EXPECT_EQ_MSG(test, parse_bytes(test, b, &pkt),
				    NAT64_DROP_malformed, "%u", hdrlen);
	}
	b->data[IP6_LEN + 9] = 0;
	b->len = b->thoff;
	KUNIT_EXPECT_EQ(test, parse_bytes(test, b, &pkt),
			NAT64_DROP_malformed);
}

/** struct option_case - IPv4 options */
struct option_case {
	const char *name;
	u8 len;
	u8 data[40];
	u8 reason;
};

static const struct option_case option_cases[] = {
	{ "no operation", 4, { 1, 1, 1, 1 }, NAT64_OK },
	{ "end", 4, { 0, 0, 0, 0 }, NAT64_OK },
	{ "what is behind the end does not matter", 8,
	  { 1, 0, 7, 0, 131, 7, 4, 0 }, NAT64_OK },
	{ "a source route behind the end", 8,
	  { 0, 131, 7, 4, 1, 2, 3, 4 }, NAT64_OK },
	{ "record route", 8, { 7, 7, 4, 1, 2, 3, 4, 0 }, NAT64_OK },
	{ "timestamps", 12, { 68, 12, 5, 0 }, NAT64_OK },
	{ "router alert", 4, { 148, 4, 0, 0 }, NAT64_OK },
	{ "security", 12, { 130, 11, 0, 0 }, NAT64_OK },
	{ "one that nobody knows", 4, { 0x9e, 2, 1, 1 }, NAT64_OK },
	{ "40 bytes of them", 40, { 7, 39, 4, [39] = 0 }, NAT64_OK },
	{ "one of 40 bytes", 40, { 68, 40, 5 }, NAT64_OK },
	{ "the last is of 2 bytes", 4, { 1, 1, 0x9e, 2 }, NAT64_OK },
	{ "length 0", 4, { 7, 0, 0, 0 }, NAT64_DROP_malformed },
	{ "length 0 behind others", 8, { 1, 148, 4, 0, 0, 7, 0, 0 },
	  NAT64_DROP_malformed },
	{ "length 1", 4, { 7, 1, 0, 0 }, NAT64_DROP_malformed },
	{ "one byte too long", 4, { 7, 5, 4, 0 }, NAT64_DROP_malformed },
	{ "far too long", 4, { 7, 255, 4, 0 }, NAT64_DROP_malformed },
	{ "too long behind others", 8, { 1, 1, 1, 1, 1, 7, 4, 0 },
	  NAT64_DROP_malformed },
	{ "no place for a length", 4, { 1, 1, 1, 7 }, NAT64_DROP_malformed },
	{ "no place for the length of the 40th", 40,
	  { 68, 39, 5, [39] = 7 }, NAT64_DROP_malformed },
	{ "loose source route", 8, { 131, 7, 4, 1, 2, 3, 4, 0 },
	  NAT64_DROP_source_route },
	{ "strict source route", 8, { 137, 7, 4, 1, 2, 3, 4, 0 },
	  NAT64_DROP_source_route },
	{ "loose source route, used up", 8, { 131, 7, 8, 1, 2, 3, 4, 0 },
	  NAT64_OK },
	{ "strict source route, used up", 8, { 137, 7, 8, 1, 2, 3, 4, 0 },
	  NAT64_OK },
	{ "source route, the last of two left", 12,
	  { 131, 11, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0 }, NAT64_DROP_source_route },
	{ "source route, pointer at its last byte", 8,
	  { 131, 7, 7, 1, 2, 3, 4, 0 }, NAT64_DROP_source_route },
	{ "source route, pointer 0", 8, { 131, 7, 0, 1, 2, 3, 4, 0 },
	  NAT64_DROP_source_route },
	{ "source route, empty", 4, { 131, 3, 4, 0 }, NAT64_OK },
	{ "source route behind others", 12,
	  { 1, 148, 4, 0, 0, 137, 7, 4, 1, 2, 3, 4 }, NAT64_DROP_source_route },
	{ "source route without a pointer", 4, { 131, 2, 4, 0 },
	  NAT64_DROP_malformed },
	{ "at the end, without a pointer", 4, { 1, 1, 137, 2 },
	  NAT64_DROP_malformed },
	{ "source route, too long", 4, { 131, 7, 4, 0 },
	  NAT64_DROP_malformed },
};

KUNIT_ARRAY_PARAM_DESC(option, option_cases, name);

/* Behind them is UDP, from whose ports no option may be read. */
static void options(struct kunit *test)
{
	const struct option_case *c = test->param_value;
	struct packet p = { .proto = NAT64_UDP, .dir = NAT64_4TO6, .len = 9 };
	struct bytes *b = nat64_test_build(test, &p, false, c->len, HOPS);
	struct nat64_packet pkt;
	unsigned int port;

	memcpy(b->data + IP4_LEN, c->data, c->len);
	for (port = 0; port < 16; port++) {
		put_unaligned_be16(port << 8 | port, b->data + b->thoff);
		KUNIT_EXPECT_EQ_MSG(test, parse_bytes(test, b, &pkt),
				    c->reason, "port %#x", port);
		if (c->reason == NAT64_OK)
			KUNIT_EXPECT_EQ(test, pkt.thoff, IP4_LEN + c->len);
	}
}

#define PATCHES	4

/** struct patch - a byte of a packet that is another one; both 0: none */
struct patch {
	u8 at;
	u8 value;
};

/** struct patch_case - a packet that is no more what it was */
struct patch_case {
	const char *name;
	struct kind kind;
	struct patch patch[PATCHES];
	u8 reason;
};

#define TCP6	{ "", NAT64_6TO4, NAT64_TCP, .len = 9 }
#define TCP4	{ "", NAT64_4TO6, NAT64_TCP, .len = 9 }
#define UDP6	{ "", NAT64_6TO4, NAT64_UDP, .len = 9 }
#define UDP4	{ "", NAT64_4TO6, NAT64_UDP, .len = 9 }
#define ECHO6	{ "", NAT64_6TO4, NAT64_ICMP, .len = 9 }
#define ECHO4	{ "", NAT64_4TO6, NAT64_ICMP, .len = 9 }
#define OF_UDP6	{ "", NAT64_6TO4, NAT64_UDP, true, .len = 9 }
#define OF_UDP4	{ "", NAT64_4TO6, NAT64_UDP, true, .len = 9 }
#define OF_ECHO6	{ "", NAT64_6TO4, NAT64_ICMP, true, .len = 9 }
#define OF_ECHO4	{ "", NAT64_4TO6, NAT64_ICMP, true, .len = 9 }
/* With 8 bytes of destination options, to be made a fragment header. */
#define OF_FRAG6	{ "", NAT64_6TO4, NAT64_UDP, true, 8, 9 }

static const struct patch_case patch_cases[] = {
	{ "IPv4: IGMP", UDP4, { { 9, P_IGMP } }, NAT64_DROP_icmp_type },
	{ "IPv4: SCTP", UDP4, { { 9, P_SCTP } },
	  NAT64_DROP_unknown_protocol },
	{ "IPv4: ESP", UDP4, { { 9, P_ESP } }, NAT64_DROP_unknown_protocol },
	{ "IPv4: ICMP of the other family", ECHO4, { { 9, P_ICMP6 } },
	  NAT64_DROP_unknown_protocol },
	{ "IPv4: 0", UDP4, { { 9, 0 } }, NAT64_DROP_unknown_protocol },
	{ "IPv4: 255", UDP4, { { 9, 255 } }, NAT64_DROP_unknown_protocol },
	{ "IPv4: more fragments", UDP4, { { 6, 0x20 } },
	  NAT64_DROP_fragment },
	{ "IPv4: a fragment's offset", UDP4, { { 7, 1 } },
	  NAT64_DROP_fragment },
	{ "IPv4: a large one", UDP4, { { 6, 0x1f } }, NAT64_DROP_fragment },
	{ "IPv4: DF is none", UDP4, { { 6, 0x40 } }, NAT64_OK },
	/* What follows would be good options, and good UDP. */
	{ "IPv4: a header of 16 bytes", UDP4,
	  { { 0, 0x44 }, { 20, 0 }, { 21, 17 } }, NAT64_DROP_malformed },
	{ "IPv4: a header of none", UDP4,
	  { { 0, 0x40 }, { 5, 20 }, { 6, 0x40 }, { 20, 0 } },
	  NAT64_DROP_malformed },
	{ "IPv6: a fragment", UDP6, { { 6, P_FRAGMENT } },
	  NAT64_DROP_fragment },

	{ "TCP: a header of 16 bytes", TCP6, { { 52, 0x40 } },
	  NAT64_DROP_malformed },
	{ "TCP: a header of none", TCP4, { { 32, 0 } },
	  NAT64_DROP_malformed },
	{ "TCP: a header of 20 bytes", TCP6, { { 52, 0x50 } }, NAT64_OK },
	{ "TCP: a header up to the end", TCP4, { { 32, 0xa0 } }, NAT64_OK },
	{ "TCP: a header beyond the end", TCP4, { { 32, 0xb0 } },
	  NAT64_DROP_malformed },
	{ "TCP: a header of 60 bytes", TCP6, { { 52, 0xf0 } },
	  NAT64_DROP_malformed },

	{ "UDP: length 0", UDP6, { { 45, 0 } }, NAT64_DROP_malformed },
	{ "UDP: length 7", UDP4, { { 25, 7 } }, NAT64_DROP_malformed },
	{ "UDP: length 8, options", UDP4, { { 25, 8 } }, NAT64_OK },
	{ "UDP: one byte too long", UDP6, { { 45, 18 } },
	  NAT64_DROP_malformed },
	{ "UDP: 65,000", UDP4, { { 24, 0xfd } }, NAT64_DROP_malformed },
	{ "UDP 6to4: no checksum", UDP6, { { 46, 0 }, { 47, 0 } },
	  NAT64_DROP_udp_zero_checksum },
	{ "UDP 4to6: no checksum", UDP4, { { 26, 0 }, { 27, 0 } }, NAT64_OK },
	{ "UDP 4to6: no checksum, options", UDP4,
	  { { 25, 8 }, { 26, 0 }, { 27, 0 } }, NAT64_DROP_malformed },

	{ "echo 6to4: code 1", ECHO6, { { 41, 1 } }, NAT64_DROP_icmp_type },
	{ "echo 4to6: code 1", ECHO4, { { 21, 1 } }, NAT64_DROP_icmp_type },

	{ "quoted IPv4: version 6", OF_UDP4, { { Q4, 0x65 } },
	  NAT64_DROP_malformed },
	{ "quoted IPv4: version 0", OF_UDP4, { { Q4, 0x05 } },
	  NAT64_DROP_malformed },
	{ "quoted IPv4: a header of 16 bytes", OF_UDP4, { { Q4, 0x44 } },
	  NAT64_DROP_malformed },
	{ "quoted IPv4: a header of none", OF_UDP4, { { Q4, 0x40 } },
	  NAT64_DROP_malformed },
	{ "quoted IPv4: a header beyond the end", OF_UDP4, { { Q4, 0x4f } },
	  NAT64_DROP_malformed },
	{ "quoted IPv4: another sender", OF_UDP4, { { Q4 + 15, 34 } },
	  NAT64_DROP_unrelated_error },
	{ "quoted IPv4: not the first fragment", OF_UDP4, { { Q4 + 7, 1 } },
	  NAT64_DROP_unrelated_error },
	{ "quoted IPv4: SCTP", OF_UDP4, { { Q4 + 9, P_SCTP } },
	  NAT64_DROP_unrelated_error },
	{ "quoted IPv4: ICMP of the other family", OF_ECHO4,
	  { { Q4 + 9, P_ICMP6 } }, NAT64_DROP_unrelated_error },
	{ "quoted IPv4: an error", OF_ECHO4, { { QT4, 3 } },
	  NAT64_DROP_icmp_type },
	{ "quoted IPv4: time exceeded", OF_ECHO4, { { QT4, 11 } },
	  NAT64_DROP_icmp_type },
	{ "quoted IPv4: timestamp", OF_ECHO4, { { QT4, 13 } },
	  NAT64_DROP_icmp_type },
	{ "quoted IPv4: an echo, code 1", OF_ECHO4, { { QT4 + 1, 1 } },
	  NAT64_DROP_icmp_type },
	{ "quoted IPv4: lengths do not matter", OF_UDP4,
	  { { Q4 + 2, 0xff }, { QT4 + 4, 0xff } }, NAT64_OK },
	{ "quoted IPv4: nor does the header's checksum", OF_UDP4,
	  { { Q4 + 10, 0x55 } }, NAT64_OK },

	{ "quoted IPv6: version 4", OF_UDP6, { { Q6, 0x45 } },
	  NAT64_DROP_malformed },
	{ "quoted IPv6: version 15", OF_UDP6, { { Q6, 0xf0 } },
	  NAT64_DROP_malformed },
	{ "quoted IPv6: another sender", OF_UDP6, { { Q6 + 23, 8 } },
	  NAT64_DROP_unrelated_error },
	{ "quoted IPv6: not the first fragment", OF_FRAG6,
	  { { Q6 + 6, P_FRAGMENT }, { QT6 + 3, 8 } },
	  NAT64_DROP_unrelated_error },
	{ "quoted IPv6: another, with more", OF_FRAG6,
	  { { Q6 + 6, P_FRAGMENT }, { QT6 + 2, 1 }, { QT6 + 3, 1 } },
	  NAT64_DROP_unrelated_error },
	{ "quoted IPv6: an error", OF_ECHO6, { { QT6, 1 } },
	  NAT64_DROP_icmp_type },
	{ "quoted IPv6: time exceeded", OF_ECHO6, { { QT6, 3 } },
	  NAT64_DROP_icmp_type },
	{ "quoted IPv6: neighbour solicitation", OF_ECHO6, { { QT6, 135 } },
	  NAT64_DROP_icmp_type },
	{ "quoted IPv6: an echo, code 1", OF_ECHO6, { { QT6 + 1, 1 } },
	  NAT64_DROP_icmp_type },
	{ "quoted IPv6: lengths do not matter", OF_UDP6,
	  { { Q6 + 4, 0xff }, { QT6 + 4, 0xff } }, NAT64_OK },
};

KUNIT_ARRAY_PARAM_DESC(patch, patch_cases, name);

static void put_patches(struct bytes *b, const struct patch *patch)
{
	unsigned int i;

	for (i = 0; i < PATCHES && (patch[i].at || patch[i].value); i++)
		b->data[patch[i].at] = patch[i].value;
}

static void patched(struct kunit *test)
{
	const struct patch_case *c = test->param_value;
	struct bytes *b = build(test, &c->kind);
	struct nat64_packet pkt;

	put_patches(b, c->patch);
	if (c->kind.error)
		nat64_test_put_check(b, NAT64_ICMP);
	KUNIT_EXPECT_EQ(test, parse_bytes(test, b, &pkt), c->reason);
}

/* A partial checksum may look like none: of UDP over both families. */
static void partial_is_a_checksum(struct kunit *test)
{
	static const struct kind udp[] = { UDP6, UDP4 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(udp); i++) {
		struct bytes *b = build(test, &udp[i]);
		struct nat64_packet pkt;
		struct sk_buff *skb;

		put_unaligned_be16(0, nat64_test_check_of(b, NAT64_UDP));
		skb = nat64_test_skb(test, b, LINEAR, 0);
		skb->ip_summed = CHECKSUM_PARTIAL;
		KUNIT_EXPECT_EQ(test, parse(skb, &pkt), NAT64_OK);
		KUNIT_EXPECT_FALSE(test, pkt.no_checksum);
	}
}

static void no_checksum(struct kunit *test)
{
	static const struct kind udp = UDP4;
	struct bytes *b = build(test, &udp);
	struct nat64_packet pkt;

	put_unaligned_be16(0, nat64_test_check_of(b, NAT64_UDP));
	KUNIT_EXPECT_EQ(test, parse_bytes(test, b, &pkt), NAT64_OK);
	KUNIT_EXPECT_TRUE(test, pkt.no_checksum);
}

/** struct icmp_kind - what becomes of the ICMP types */
struct icmp_kind {
	u8 first;
	u8 last;
	u8 reason;
};

/* RFC 7915, 5.2: of ICMPv6, with code 0 and nothing that is quoted. */
static const struct icmp_kind icmp6[] = {
	{ 0, 0, NAT64_DROP_icmp_type },
	{ 1, 4, NAT64_DROP_malformed },
	{ 5, 127, NAT64_DROP_icmp_type },
	{ 128, 129, NAT64_OK },
	{ 130, 255, NAT64_DROP_icmp_type },
};

/* RFC 7915, 4.2: of ICMPv4. */
static const struct icmp_kind icmp4[] = {
	{ 0, 0, NAT64_OK },
	{ 1, 2, NAT64_DROP_icmp_type },
	{ 3, 3, NAT64_DROP_malformed },
	{ 4, 7, NAT64_DROP_icmp_type },
	{ 8, 8, NAT64_OK },
	{ 9, 10, NAT64_DROP_icmp_type },
	{ 11, 12, NAT64_DROP_malformed },
	{ 13, 255, NAT64_DROP_icmp_type },
};

static void expect_types(struct kunit *test, const struct kind *k,
			 const struct icmp_kind *kinds, unsigned int n)
{
	struct bytes *b = build(test, k);
	struct nat64_packet pkt;
	unsigned int i, type;

	memset(b->data + b->thoff, 0, b->len - b->thoff);
	for (i = 0; i < n; i++)
		for (type = kinds[i].first; type <= kinds[i].last; type++) {
			b->data[b->thoff] = type;
			nat64_test_put_check(b, NAT64_ICMP);
			KUNIT_EXPECT_EQ_MSG(test, parse_bytes(test, b, &pkt),
					    kinds[i].reason, "type %u", type);
		}
}

static void icmp_types(struct kunit *test)
{
	static const struct kind v6 = ECHO6, v4 = ECHO4;

	expect_types(test, &v6, icmp6, ARRAY_SIZE(icmp6));
	expect_types(test, &v4, icmp4, ARRAY_SIZE(icmp4));
}

static void echo_opens(struct kunit *test)
{
	static const struct kind echo[] = {
		[NAT64_6TO4] = ECHO6, [NAT64_4TO6] = ECHO4
	};
	unsigned int dir, reply;

	for (dir = 0; dir < NAT64_DIRS; dir++)
		for (reply = 0; reply < 2; reply++) {
			struct bytes *b = build(test, &echo[dir]);
			struct nat64_packet pkt;

			if (reply)
				b->data[b->thoff] = dir == NAT64_6TO4 ? 129 : 0;
			KUNIT_EXPECT_EQ(test, parse_bytes(test, b, &pkt),
					NAT64_OK);
			KUNIT_EXPECT_EQ(test, pkt.opens, !reply);
		}
}

/** struct segment - flags of TCP */
struct segment {
	u8 flags;
	u8 event;
	bool opens;
};

static const struct segment segments[] = {
	{ 0x02, NAT64_TCP_SYN, true },
	{ 0x12, NAT64_TCP_SYN, true },
	{ 0x11, NAT64_TCP_FIN, false },
	{ 0x14, NAT64_TCP_RST, false },
	{ 0x18, NAT64_TCP_OTHER, false },
};

static void tcp_event(struct kunit *test)
{
	static const struct kind tcp = TCP6;
	struct bytes *b = build(test, &tcp);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(segments); i++) {
		struct nat64_packet pkt;

		b->data[b->thoff + 13] = segments[i].flags;
		KUNIT_EXPECT_EQ(test, parse_bytes(test, b, &pkt), NAT64_OK);
		KUNIT_EXPECT_EQ(test, pkt.event, segments[i].event);
		KUNIT_EXPECT_EQ(test, pkt.opens, segments[i].opens);
	}
}

/* What defragmentation left behind. */
static void frag_max_size(struct kunit *test)
{
	static const struct kind udp[] = { UDP6, UDP4 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(udp); i++) {
		struct bytes *b = build(test, &udp[i]);
		struct sk_buff *skb = nat64_test_skb(test, b, LINEAR, 0);
		struct nat64_packet pkt;

		if (udp[i].dir == NAT64_6TO4)
			IP6CB(skb)->frag_max_size = 1400;
		else
			IPCB(skb)->frag_max_size = 1400;
		KUNIT_EXPECT_EQ(test, parse(skb, &pkt), NAT64_OK);
		KUNIT_EXPECT_EQ(test, pkt.frag_max_size, 1400);
	}
}

/** struct fragment_case - a first fragment that is quoted */
struct fragment_case {
	const char *name;
	struct kind kind;
	struct patch patch[PATCHES];
	bool fragment;
	bool more;
	u32 id;
};

static const struct fragment_case fragment_cases[] = {
	{ "IPv4, none", OF_UDP4, { { Q4 + 4, 0xbe }, { Q4 + 6, 0x40 } },
	  false, false, 0xbe00 },
	{ "IPv4, the first", OF_UDP4, { { Q4 + 5, 0xef }, { Q4 + 6, 0x20 } },
	  true, true, 0xef },
	{ "IPv6, the first", OF_FRAG6,
	  { { Q6 + 6, P_FRAGMENT }, { QT6 + 3, 1 }, { QT6 + 4, 0x12 } },
	  true, true, 0x12000000 },
	{ "IPv6, atomic", OF_FRAG6,
	  { { Q6 + 6, P_FRAGMENT }, { QT6 + 3, 0 }, { QT6 + 7, 0x34 } },
	  true, false, 0x34 },
	/* RFC 8200, 4.5: reserved, ignored on reception. */
	{ "IPv6, reserved bits", OF_FRAG6,
	  { { Q6 + 6, P_FRAGMENT }, { QT6 + 1, 0xff }, { QT6 + 3, 7 } },
	  true, true, 0 },
};

KUNIT_ARRAY_PARAM_DESC(fragment, fragment_cases, name);

static void quoted_fragment(struct kunit *test)
{
	const struct fragment_case *c = test->param_value;
	struct bytes *b = build(test, &c->kind);
	struct nat64_packet pkt;

	/* The options' padding is not the fragment header's business. */
	if (c->kind.extra)
		memset(b->data + QT6 + 1, 0, 7);
	put_patches(b, c->patch);
	nat64_test_put_check(b, NAT64_ICMP);
	KUNIT_ASSERT_EQ(test, parse_bytes(test, b, &pkt), NAT64_OK);
	KUNIT_EXPECT_EQ(test, pkt.quote.fragment, c->fragment);
	KUNIT_EXPECT_EQ(test, pkt.quote.more, c->more);
	KUNIT_EXPECT_EQ(test, pkt.quote.id, c->id);
}

/** struct length_case - RFC 4884's length, in which messages */
struct length_case {
	const char *name;
	u8 dir;
	u8 type;
	u8 code;
	u8 at;		/* the field in the ICMP header */
	u8 unit;	/* 0: there is none */
};

static const struct length_case length_cases[] = {
	{ "4.1: ICMPv4 destination unreachable", NAT64_4TO6, 3, 3, 5, 4 },
	{ "4.1: with an MTU", NAT64_4TO6, 3, 4, 5, 4 },
	{ "4.2: ICMPv4 time exceeded", NAT64_4TO6, 11, 0, 5, 4 },
	{ "4.3: ICMPv4 parameter problem", NAT64_4TO6, 12, 0, 5, 4 },
	{ "4.4: ICMPv6 destination unreachable", NAT64_6TO4, 1, 4, 4, 8 },
	{ "4.5: ICMPv6 time exceeded", NAT64_6TO4, 3, 0, 4, 8 },
	{ "4.6: not ICMPv6 packet too big", NAT64_6TO4, 2, 0, 4, 0 },
	{ "4.6: not ICMPv6 parameter problem", NAT64_6TO4, 4, 1, 4, 0 },
};

KUNIT_ARRAY_PARAM_DESC(length, length_cases, name);

/* All lengths, of which most lie. */
static void lengths(struct kunit *test)
{
	const struct length_case *c = test->param_value;
	struct kind kind = { "", c->dir, NAT64_UDP, true, .len = 400 };
	struct bytes *b = build(test, &kind);
	unsigned int nhoff = b->thoff + ICMP_LEN;
	struct nat64_packet pkt;
	unsigned int n;

	b->data[b->thoff] = c->type;
	b->data[b->thoff + 1] = c->code;
	for (n = 0; n <= U8_MAX; n++) {
		unsigned int quoted = n * c->unit;
		bool true_one = quoted >= 128 && nhoff + quoted < b->len;

		b->data[b->thoff + c->at] = n;
		nat64_test_put_check(b, NAT64_ICMP);
		KUNIT_ASSERT_EQ(test, parse_bytes(test, b, &pkt), NAT64_OK);
		KUNIT_EXPECT_EQ_MSG(test, pkt.quote.end,
				    true_one ? nhoff + quoted : b->len, "%u",
				    n);
	}
}

/* So long an extension header that the length ends the quote within it. */
static void length_ends_headers(struct kunit *test)
{
	struct kind kind = { "", NAT64_6TO4, NAT64_UDP, true, 88, 9 };
	struct bytes *b = build(test, &kind);
	struct nat64_packet pkt;

	/* 40 + 88 = 128: the UDP header would be the extension. */
	b->data[b->thoff + 4] = 16;
	nat64_test_put_check(b, NAT64_ICMP);
	KUNIT_EXPECT_EQ(test, parse_bytes(test, b, &pkt),
			NAT64_DROP_malformed);
	b->data[b->thoff + 4] = 17;
	nat64_test_put_check(b, NAT64_ICMP);
	KUNIT_EXPECT_EQ(test, parse_bytes(test, b, &pkt), NAT64_OK);
	KUNIT_EXPECT_EQ(test, pkt.quote.end, Q6 + 136);
}

/* Any byte of it, and the addresses of the pseudo header. */
static void bad_checksum(struct kunit *test)
{
	static const struct kind errors[] = { OF_UDP6, OF_UDP4, OF_ECHO6,
					      OF_ECHO4 };
	struct nat64_packet pkt;
	unsigned int i, at;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		struct bytes *b = build(test, &errors[i]);

		at = errors[i].dir == NAT64_6TO4 ? 8 : b->thoff + 1;
		for (; at < b->len; at++) {
			b->data[at] ^= 0x10;
			KUNIT_EXPECT_EQ_MSG(test, parse_bytes(test, b, &pkt),
					    NAT64_DROP_bad_checksum, "at %u",
					    at);
			b->data[at] ^= 0x10;
		}
		KUNIT_EXPECT_EQ(test, parse_bytes(test, b, &pkt), NAT64_OK);
	}
}

/* Of an echo it goes through as it is, and of an unfinished error as well. */
static void unchecked(struct kunit *test)
{
	static const struct kind any[] = { ECHO6, ECHO4, OF_UDP6, OF_UDP4 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(any); i++) {
		struct bytes *b = build(test, &any[i]);
		struct nat64_packet pkt;
		struct sk_buff *skb;

		nat64_test_check_of(b, NAT64_ICMP)[0] ^= 1;
		skb = nat64_test_skb(test, b, LINEAR, 0);
		if (any[i].error)
			skb->ip_summed = CHECKSUM_PARTIAL;
		KUNIT_EXPECT_EQ(test, parse(skb, &pkt), NAT64_OK);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(good, kind_gen_params),
	KUNIT_CASE_PARAM(cut_at_every_byte, kind_gen_params),
	KUNIT_CASE_PARAM(cut_error_is_bad, error_gen_params),
	KUNIT_CASE_PARAM(headers, chain_gen_params),
	KUNIT_CASE_PARAM(quoted_headers, chain_gen_params),
	KUNIT_CASE(header_beyond_the_end),
	KUNIT_CASE_PARAM(options, option_gen_params),
	KUNIT_CASE_PARAM(patched, patch_gen_params),
	KUNIT_CASE(partial_is_a_checksum),
	KUNIT_CASE(no_checksum),
	KUNIT_CASE(icmp_types),
	KUNIT_CASE(echo_opens),
	KUNIT_CASE(tcp_event),
	KUNIT_CASE(frag_max_size),
	KUNIT_CASE_PARAM(quoted_fragment, fragment_gen_params),
	KUNIT_CASE_PARAM(lengths, length_gen_params),
	KUNIT_CASE(length_ends_headers),
	KUNIT_CASE(bad_checksum),
	KUNIT_CASE(unchecked),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_packet",
	.test_cases = cases,
};

kunit_test_suites(&suite);
