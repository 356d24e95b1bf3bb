// SPDX-License-Identifier: GPL-2.0
/*
 * The types, codes and numbers of ICMP errors: RFC 7915, 4.2 and 5.2, row by
 * row, and that there is nothing else.
 */
#include <kunit/test.h>
#include <linux/icmp.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "../icmp.h"

#define SAME_CODE	0x100	/* any, and it stays */
#define ANY_CODE	0x101

/**
 * struct row - a sentence of RFC 7915, and what RFC 4884, 4.6, says of it
 * @name: of the case
 * @dir: where the error goes
 * @type: the old type
 * @code: the old code, or one of the above
 * @to_type: the new type
 * @to_code: the new code
 * @pointer: the new pointer, if the old one is 0
 * @has_mtu: an MTU is to be told
 * @old_length: the old message may have extensions
 * @new_length: the new message may have some
 */
struct row {
	const char *name;
	u8 dir;
	u8 type;
	u16 code;
	u8 to_type;
	u8 to_code;
	u8 pointer;
	bool has_mtu;
	bool old_length;
	bool new_length;
};

static const struct row rows[] = {
	{ "4.2: 3/0, net unreachable", NAT64_4TO6,
	  3, 0, 1, 0, .old_length = true, .new_length = true },
	{ "4.2: 3/1, host unreachable", NAT64_4TO6,
	  3, 1, 1, 0, .old_length = true, .new_length = true },
	{ "4.2: 3/2, protocol unreachable", NAT64_4TO6,
	  3, 2, 4, 1, .pointer = 6, .old_length = true },
	{ "4.2: 3/3, port unreachable", NAT64_4TO6,
	  3, 3, 1, 4, .old_length = true, .new_length = true },
	{ "4.2: 3/4, fragmentation needed", NAT64_4TO6,
	  3, 4, 2, 0, .has_mtu = true, .old_length = true },
	{ "4.2: 3/5, source route failed", NAT64_4TO6,
	  3, 5, 1, 0, .old_length = true, .new_length = true },
	{ "4.2: 3/6", NAT64_4TO6,
	  3, 6, 1, 0, .old_length = true, .new_length = true },
	{ "4.2: 3/7", NAT64_4TO6,
	  3, 7, 1, 0, .old_length = true, .new_length = true },
	{ "4.2: 3/8", NAT64_4TO6,
	  3, 8, 1, 0, .old_length = true, .new_length = true },
	{ "4.2: 3/9, prohibited", NAT64_4TO6,
	  3, 9, 1, 1, .old_length = true, .new_length = true },
	{ "4.2: 3/10, prohibited", NAT64_4TO6,
	  3, 10, 1, 1, .old_length = true, .new_length = true },
	{ "4.2: 3/11", NAT64_4TO6,
	  3, 11, 1, 0, .old_length = true, .new_length = true },
	{ "4.2: 3/12", NAT64_4TO6,
	  3, 12, 1, 0, .old_length = true, .new_length = true },
	{ "4.2: 3/13, prohibited", NAT64_4TO6,
	  3, 13, 1, 1, .old_length = true, .new_length = true },
	{ "4.2: 3/15, precedence cutoff", NAT64_4TO6,
	  3, 15, 1, 1, .old_length = true, .new_length = true },
	{ "4.2: 11, time exceeded", NAT64_4TO6,
	  11, SAME_CODE, 3, 0, .old_length = true, .new_length = true },
	{ "4.2: 12/0, parameter problem", NAT64_4TO6,
	  12, 0, 4, 0, .old_length = true },
	{ "4.2: 12/2, bad length", NAT64_4TO6,
	  12, 2, 4, 0, .old_length = true },

	{ "5.2: 1/0, no route", NAT64_6TO4,
	  1, 0, 3, 1, .old_length = true, .new_length = true },
	{ "5.2: 1/1, prohibited", NAT64_6TO4,
	  1, 1, 3, 10, .old_length = true, .new_length = true },
	{ "5.2: 1/2, beyond scope", NAT64_6TO4,
	  1, 2, 3, 1, .old_length = true, .new_length = true },
	{ "5.2: 1/3, address unreachable", NAT64_6TO4,
	  1, 3, 3, 1, .old_length = true, .new_length = true },
	{ "5.2: 1/4, port unreachable", NAT64_6TO4,
	  1, 4, 3, 3, .old_length = true, .new_length = true },
	/* RFC 4443, 3.2: the code is ignored by who receives it. */
	{ "5.2: 2, packet too big", NAT64_6TO4,
	  2, ANY_CODE, 3, 4, .has_mtu = true, .new_length = true },
	{ "5.2: 3, time exceeded", NAT64_6TO4,
	  3, SAME_CODE, 11, 0, .old_length = true, .new_length = true },
	{ "5.2: 4/0, erroneous header field", NAT64_6TO4,
	  4, 0, 12, 0, .new_length = true },
	{ "5.2: 4/1, unrecognized next header", NAT64_6TO4,
	  4, 1, 3, 2, .new_length = true },
};

KUNIT_ARRAY_PARAM_DESC(row, rows, name);

static bool is_about(const struct row *r, unsigned int code)
{
	return r->code == code || r->code == SAME_CODE || r->code == ANY_CODE;
}

static void expect_row(struct kunit *test, const struct row *r, u8 code,
		       u8 to_code)
{
	struct icmphdr icmp = { .type = r->type, .code = code };
	struct nat64_icmp_error e = {};

	KUNIT_ASSERT_TRUE(test, nat64_icmp_error(r->dir, &icmp, &e));
	KUNIT_EXPECT_EQ(test, e.type, r->to_type);
	KUNIT_EXPECT_EQ(test, e.code, to_code);
	KUNIT_EXPECT_EQ(test, e.pointer, r->pointer);
	KUNIT_EXPECT_EQ(test, e.has_mtu, r->has_mtu);
	KUNIT_EXPECT_EQ(test, e.old_length, r->old_length);
	KUNIT_EXPECT_EQ(test, e.new_length, r->new_length);
}

static void type_and_code(struct kunit *test)
{
	const struct row *r = test->param_value;
	unsigned int code;

	for (code = 0; code <= U8_MAX; code++)
		if (is_about(r, code))
			expect_row(test, r, code, r->code == SAME_CODE ?
						  code : r->to_code);
}

static bool has_row(unsigned int dir, unsigned int type, unsigned int code)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].dir == dir && rows[i].type == type &&
		    is_about(&rows[i], code))
			return true;
	return false;
}

/* All that the RFC wants dropped, and all that it does not know. */
static void nothing_else(struct kunit *test)
{
	unsigned int dir, type, code;

	for (dir = 0; dir < NAT64_DIRS; dir++)
		for (type = 0; type <= U8_MAX; type++)
			for (code = 0; code <= U8_MAX; code++) {
				struct icmphdr icmp = { type, code };
				struct nat64_icmp_error e;

				if (nat64_icmp_error(dir, &icmp, &e) !=
				    has_row(dir, type, code))
					KUNIT_FAIL(test, "%u: %u/%u", dir,
						   type, code);
			}
}

/* RFC 1122, 3.2.2, has five kinds of errors; RFC 4443, 2.1, all below 128. */
static void is_error(struct kunit *test)
{
	unsigned int type;

	for (type = 0; type <= U8_MAX; type++) {
		bool error4 = type == 3 || type == 4 || type == 5 ||
			      type == 11 || type == 12;

		KUNIT_EXPECT_EQ(test, nat64_icmp_is_error(NAT64_4TO6, type),
				error4);
		KUNIT_EXPECT_EQ(test, nat64_icmp_is_error(NAT64_6TO4, type),
				type < 128);
	}
}

#define NOT_APPLICABLE	0xff

/** struct pointer_case - a row of figure 3 or 6 of RFC 7915 */
struct pointer_case {
	u8 first;
	u8 last;
	u8 to;
};

static const struct pointer_case figure3[] = {
	{ 0, 0, 0 },	/* version, IHL: version, traffic class */
	{ 1, 1, 1 },	/* type of service: traffic class, flow label */
	{ 2, 3, 4 },	/* total length: payload length */
	{ 4, 5, NOT_APPLICABLE },	/* identification */
	{ 6, 6, NOT_APPLICABLE },	/* flags, fragment offset */
	{ 7, 7, NOT_APPLICABLE },	/* fragment offset */
	{ 8, 8, 7 },	/* time to live: hop limit */
	{ 9, 9, 6 },	/* protocol: next header */
	{ 10, 11, NOT_APPLICABLE },	/* header checksum */
	{ 12, 15, 8 },	/* source address */
	{ 16, 19, 24 },	/* destination address */
	{ 20, 255, NOT_APPLICABLE },	/* not listed */
};

static const struct pointer_case figure6[] = {
	{ 0, 0, 0 },	/* version, traffic class: version, IHL, TOS */
	{ 1, 1, 1 },	/* traffic class, flow label: type of service */
	{ 2, 3, NOT_APPLICABLE },	/* flow label */
	{ 4, 5, 2 },	/* payload length: total length */
	{ 6, 6, 9 },	/* next header: protocol */
	{ 7, 7, 8 },	/* hop limit: time to live */
	{ 8, 23, 12 },	/* source address */
	{ 24, 39, 16 },	/* destination address */
	{ 40, 255, NOT_APPLICABLE },	/* not listed */
};

static void expect_pointer(struct kunit *test, unsigned int dir,
			   const struct icmphdr *icmp, u32 pointer, u8 want)
{
	struct nat64_icmp_error e = {};
	bool good = nat64_icmp_error(dir, icmp, &e);

	KUNIT_EXPECT_EQ_MSG(test, good, want != NOT_APPLICABLE,
			    "code %u, pointer %u", icmp->code, pointer);
	if (good)
		KUNIT_EXPECT_EQ_MSG(test, e.pointer, want,
				    "code %u, pointer %u", icmp->code, pointer);
}

/* An octet of its own in ICMPv4; the length field is next to it. */
static void pointer_4to6(struct kunit *test)
{
	unsigned int i, pointer;

	for (i = 0; i < ARRAY_SIZE(figure3); i++) {
		const struct pointer_case *c = &figure3[i];

		for (pointer = c->first; pointer <= c->last; pointer++) {
			struct icmphdr icmp = { 12, 0 };

			icmp.un.gateway = htonl(pointer << 24 | 0x21ffff);
			expect_pointer(test, NAT64_4TO6, &icmp, pointer, c->to);
			icmp.code = 2;
			expect_pointer(test, NAT64_4TO6, &icmp, pointer, c->to);
		}
	}
}

/* All of the word in ICMPv6. */
static void pointer_6to4(struct kunit *test)
{
	static const u32 far[] = {
		256, 256 + 6, 0x06000000, 0x01000000, 0x80000006, U32_MAX
	};
	struct icmphdr icmp = { 4, 0 };
	unsigned int i, pointer;

	for (i = 0; i < ARRAY_SIZE(figure6); i++) {
		const struct pointer_case *c = &figure6[i];

		for (pointer = c->first; pointer <= c->last; pointer++) {
			icmp.un.gateway = htonl(pointer);
			expect_pointer(test, NAT64_6TO4, &icmp, pointer, c->to);
		}
	}
	for (i = 0; i < ARRAY_SIZE(far); i++) {
		icmp.un.gateway = htonl(far[i]);
		expect_pointer(test, NAT64_6TO4, &icmp, far[i],
			       NOT_APPLICABLE);
	}
}

/* Where there is no pointer, any octet is none. */
static void no_pointer(struct kunit *test)
{
	struct icmphdr icmp = { 4, 1, .un.gateway = htonl(U32_MAX) };

	expect_pointer(test, NAT64_6TO4, &icmp, U32_MAX, 0);
	icmp = (struct icmphdr){ 3, 2, .un.gateway = htonl(U32_MAX) };
	expect_pointer(test, NAT64_4TO6, &icmp, U32_MAX, 6);
	icmp = (struct icmphdr){ 3, 3, .un.gateway = htonl(U32_MAX) };
	expect_pointer(test, NAT64_4TO6, &icmp, U32_MAX, 0);
}

/* RFC 1191, table 7-1. */
static const struct nat64_plateaus rfc1191 = {
	11, { 65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68 }
};

static const struct nat64_plateaus none = {};
static const struct nat64_plateaus small = { 1, { 576 } };

/** struct mtu4_case - RFC 7915, 4.2: an MTU from IPv4 */
struct mtu4_case {
	const char *name;
	u32 mtu;
	u16 quoted;
	u32 mtu4;
	u32 mtu6;
	u32 want;
	const struct nat64_plateaus *plateaus;
};

static const struct mtu4_case mtu4_cases[] = {
	{ "20 more", 1400, 1500, 1500, 1500, 1420 },
	{ "the IPv6 link is the narrowest", 1450, 1500, 1500, 1400, 1400 },
	{ "the IPv6 link just so", 1450, 1500, 1500, 1470, 1470 },
	{ "the IPv4 link is the narrowest", 4000, 9000, 1480, 9000, 1500 },
	{ "the IPv4 link just so", 1480, 9000, 1480, 9000, 1500 },
	{ "1259: not below 1280", 1259, 1500, 1500, 1500, 1280 },
	{ "1260: 1280", 1260, 1500, 1500, 1500, 1280 },
	{ "1261: 1281", 1261, 1500, 1500, 1500, 1281 },
	{ "576: not below 1280", 576, 1500, 1500, 1500, 1280 },
	{ "1: not below 1280", 1, 1500, 1500, 1500, 1280 },
	{ "an IPv4 link below 1280", 1500, 1500, 576, 1500, 1280 },
	{ "65535", 65535, 65535, 65535, 65535, 65535 },
	{ "65535, wide links", 65535, 65535, 65536, 100000, 65555 },
	{ "no MTU, 1500: 1492", 0, 1500, 9000, 9000, 1512, &rfc1191 },
	{ "no MTU, the IPv6 link is narrower", 0, 1500, 1500, 1500, 1500,
	  &rfc1191 },
	{ "no MTU, the IPv4 link is narrower", 0, 9000, 1500, 9000, 1520,
	  &rfc1191 },
	{ "no MTU, 1493: 1492", 0, 1493, 9000, 9000, 1512, &rfc1191 },
	{ "no MTU, 1492: 1006 is below 1280", 0, 1492, 9000, 9000, 1280,
	  &rfc1191 },
	{ "no MTU, 2002: less than that", 0, 2002, 9000, 9000, 1512,
	  &rfc1191 },
	{ "no MTU, 2003: 2002", 0, 2003, 9000, 9000, 2022, &rfc1191 },
	{ "no MTU, 65535: 32000", 0, 65535, 65536, 65536, 32020, &rfc1191 },
	{ "no MTU, 68", 0, 68, 1500, 1500, 1280, &rfc1191 },
	{ "no MTU, a length of 0", 0, 0, 1500, 1500, 1280, &rfc1191 },
	{ "no MTU, no plateaus", 0, 1500, 1500, 1500, 1280, &none },
	{ "no MTU, no plateau above 1280", 0, 1500, 1500, 1500, 1280, &small },
	{ "plateaus are for messages without an MTU", 1300, 1500, 1500, 1500,
	  1320, &small },
};

KUNIT_ARRAY_PARAM_DESC(mtu4, mtu4_cases, name);

static void mtu_4to6(struct kunit *test)
{
	const struct mtu4_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, nat64_icmp_mtu_4to6(c->mtu, c->quoted, c->mtu4,
						  c->mtu6,
						  c->plateaus ?: &rfc1191),
			c->want);
}

/** struct mtu6_case - RFC 7915, 5.2: an MTU from IPv6 */
struct mtu6_case {
	const char *name;
	u32 mtu;
	u8 shrink;
	u32 mtu6;
	u32 mtu4;
	u32 want;
};

static const struct mtu6_case mtu6_cases[] = {
	{ "20 less", 1400, 20, 1500, 1500, 1380 },
	{ "1280", 1280, 20, 1500, 1500, 1260 },
	{ "28 less, of fragments", 1400, 28, 1500, 1500, 1372 },
	{ "1280, of fragments", 1280, 28, 1500, 1500, 1252 },
	{ "the IPv4 link is the narrowest", 1500, 20, 1500, 1000, 1000 },
	{ "the IPv4 link just so", 1500, 20, 1500, 1480, 1480 },
	{ "the IPv6 link is the narrowest", 1500, 20, 1400, 1500, 1380 },
	{ "the IPv6 link, of fragments", 1500, 28, 1400, 1500, 1380 },
	{ "below 1280", 600, 20, 1500, 1500, 580 },
	{ "0", 0, 20, 1500, 1500, 68 },
	{ "less than what goes", 19, 20, 1500, 1500, 68 },
	{ "as much as goes", 20, 20, 1500, 1500, 68 },
	{ "88: 68", 88, 20, 1500, 1500, 68 },
	{ "89: 69", 89, 20, 1500, 1500, 69 },
	{ "96, of fragments: 68", 96, 28, 1500, 1500, 68 },
	{ "97, of fragments: 69", 97, 28, 1500, 1500, 69 },
	{ "65536, narrow links", 65536, 20, 1500, 1500, 1480 },
	{ "16 bits above a small one", 0x10000 + 1400, 20, 100000, 65535,
	  65535 },
	{ "65555: 65535", 65555, 20, 65575, 65535, 65535 },
	{ "the largest", U32_MAX, 20, 65536, 65535, 65516 },
	{ "all the largest", U32_MAX, 20, U32_MAX, U32_MAX, 65535 },
};

KUNIT_ARRAY_PARAM_DESC(mtu6, mtu6_cases, name);

static void mtu_6to4(struct kunit *test)
{
	const struct mtu6_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, nat64_icmp_mtu_6to4(c->mtu, c->shrink, c->mtu6,
						  c->mtu4), c->want);
}

/* RFC 4884, 4.1 and 4.4: words of 4 octets in octet 5, of 8 in octet 4. */
static void quote_len(struct kunit *test)
{
	unsigned int n;

	for (n = 0; n <= U8_MAX; n++) {
		u8 octets4[8] = { 3, 1, 0xff, 0xff, 0xff, n, 0xff, 0xff };
		u8 octets6[8] = { 1, 0, 0xff, 0xff, n, 0xff, 0xff, 0xff };
		struct icmphdr icmp;

		memcpy(&icmp, octets4, sizeof(icmp));
		KUNIT_EXPECT_EQ(test, nat64_icmp_quote_len(NAT64_4TO6, &icmp),
				4 * n);
		memcpy(&icmp, octets6, sizeof(icmp));
		KUNIT_EXPECT_EQ(test, nat64_icmp_quote_len(NAT64_6TO4, &icmp),
				8 * n);
	}
}

/** struct header_case - the first 8 octets of an error */
struct header_case {
	const char *name;
	u8 dir;
	struct nat64_icmp_error error;
	u32 mtu;
	u16 quote;
	u8 want[8];
};

static const struct header_case header_cases[] = {
	{ "4to6, no route", NAT64_4TO6, { 1, 0 }, 0, 0, { 1 } },
	{ "4to6, an MTU is for one type only", NAT64_4TO6, { 1, 4 }, 1400, 0,
	  { 1, 4 } },
	{ "4to6, 128 octets quoted", NAT64_4TO6, { 1, 1 }, 0, 128,
	  { 1, 1, 0, 0, 16 } },
	{ "4to6, 1224 octets quoted", NAT64_4TO6, { 1, 1 }, 0, 1224,
	  { 1, 1, 0, 0, 153 } },
	{ "4to6, packet too big", NAT64_4TO6, { 2, 0, .has_mtu = true },
	  1420, 0, { 2, 0, 0, 0, 0, 0, 0x05, 0x8c } },
	{ "4to6, packet too big, 32 bits", NAT64_4TO6,
	  { 2, 0, .has_mtu = true }, 0x12345678, 0,
	  { 2, 0, 0, 0, 0x12, 0x34, 0x56, 0x78 } },
	{ "4to6, time exceeded", NAT64_4TO6, { 3, 1 }, 0, 0, { 3, 1 } },
	{ "4to6, time exceeded, 152 octets quoted", NAT64_4TO6, { 3, 0 },
	  0, 152, { 3, 0, 0, 0, 19 } },
	{ "4to6, parameter problem", NAT64_4TO6, { 4, 0, 24 }, 0, 0,
	  { 4, 0, 0, 0, 0, 0, 0, 24 } },
	{ "4to6, unrecognized next header", NAT64_4TO6, { 4, 1, 6 }, 0, 0,
	  { 4, 1, 0, 0, 0, 0, 0, 6 } },
	{ "6to4, host unreachable", NAT64_6TO4, { 3, 1 }, 0, 0, { 3, 1 } },
	{ "6to4, an MTU is for one code only", NAT64_6TO4, { 3, 10 }, 1400, 0,
	  { 3, 10 } },
	{ "6to4, 128 octets quoted", NAT64_6TO4, { 3, 3 }, 0, 128,
	  { 3, 3, 0, 0, 0, 32 } },
	{ "6to4, fragmentation needed", NAT64_6TO4,
	  { 3, 4, .has_mtu = true }, 1380, 0,
	  { 3, 4, 0, 0, 0, 0, 0x05, 0x64 } },
	{ "6to4, fragmentation needed, 65535", NAT64_6TO4,
	  { 3, 4, .has_mtu = true }, 65535, 0,
	  { 3, 4, 0, 0, 0, 0, 0xff, 0xff } },
	{ "6to4, time exceeded", NAT64_6TO4, { 11, 1 }, 0, 0, { 11, 1 } },
	{ "6to4, time exceeded, 132 octets quoted", NAT64_6TO4, { 11, 0 },
	  0, 132, { 11, 0, 0, 0, 0, 33 } },
	{ "6to4, parameter problem", NAT64_6TO4, { 12, 0, 16 }, 0, 0,
	  { 12, 0, 0, 0, 16 } },
	{ "6to4, protocol unreachable", NAT64_6TO4, { 3, 2 }, 0, 0, { 3, 2 } },
};

KUNIT_ARRAY_PARAM_DESC(header, header_cases, name);

static void set_header(struct kunit *test)
{
	const struct header_case *c = test->param_value;
	struct icmphdr icmp;

	memset(&icmp, 0xa5, sizeof(icmp));
	nat64_icmp_set_header(c->dir, &icmp, &c->error, c->mtu, c->quote);
	KUNIT_EXPECT_MEMEQ(test, &icmp, c->want, sizeof(icmp));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(type_and_code, row_gen_params),
	KUNIT_CASE(nothing_else),
	KUNIT_CASE(is_error),
	KUNIT_CASE(pointer_4to6),
	KUNIT_CASE(pointer_6to4),
	KUNIT_CASE(no_pointer),
	KUNIT_CASE_PARAM(mtu_4to6, mtu4_gen_params),
	KUNIT_CASE_PARAM(mtu_6to4, mtu6_gen_params),
	KUNIT_CASE(quote_len),
	KUNIT_CASE_PARAM(set_header, header_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_icmp",
	.test_cases = cases,
};

kunit_test_suites(&suite);
