// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6052: IPv4 addresses inside IPv6 addresses, and which may be there.
 */
#include <kunit/test.h>
#include <linux/inet.h>
#include <linux/string.h>

#include "../addr.h"

/* All text addresses of the tables below are right, or the test fails. */
static struct in6_addr addr6(struct kunit *test, const char *text)
{
	struct in6_addr addr = {};

	KUNIT_ASSERT_EQ_MSG(test, in6_pton(text, -1, addr.s6_addr, -1, NULL),
			    1, "%s", text);
	return addr;
}

static struct nat64_prefix prefix_of(struct kunit *test, const char *text,
				     u8 len)
{
	struct nat64_prefix prefix = { .addr = addr6(test, text), .len = len };

	return prefix;
}

/** struct embed_case - IPv4 address, prefix, and the two as one */
struct embed_case {
	const char *name;
	const char *prefix;
	u8 len;
	const char *addr4;
	const char *addr6;
};

/* The first six and the last are the tables of RFC 6052, 2.4. */
static const struct embed_case embed_cases[] = {
	{ "RFC 6052, 2.4: /32", "2001:db8::", 32,
	  "192.0.2.33", "2001:db8:c000:221::" },
	{ "RFC 6052, 2.4: /40", "2001:db8:100::", 40,
	  "192.0.2.33", "2001:db8:1c0:2:21::" },
	{ "RFC 6052, 2.4: /48", "2001:db8:122::", 48,
	  "192.0.2.33", "2001:db8:122:c000:2:2100::" },
	{ "RFC 6052, 2.4: /56", "2001:db8:122:300::", 56,
	  "192.0.2.33", "2001:db8:122:3c0:0:221::" },
	{ "RFC 6052, 2.4: /64", "2001:db8:122:344::", 64,
	  "192.0.2.33", "2001:db8:122:344:c0:2:2100::" },
	{ "RFC 6052, 2.4: /96", "2001:db8:122:344::", 96,
	  "192.0.2.33", "2001:db8:122:344::192.0.2.33" },
	{ "RFC 6052, 2.4: well-known", "64:ff9b::", 96,
	  "192.0.2.33", "64:ff9b::192.0.2.33" },
	{ "all ones, /32", "2001:db8::", 32,
	  "255.255.255.255", "2001:db8:ffff:ffff::" },
	{ "all ones step over octet u, /40", "2001:db8:100::", 40,
	  "255.255.255.255", "2001:db8:1ff:ffff:ff::" },
	{ "all ones step over octet u, /64", "2001:db8:122:344::", 64,
	  "255.255.255.255", "2001:db8:122:344:ff:ffff:ff00:0" },
};

KUNIT_ARRAY_PARAM_DESC(embed, embed_cases, name);

static void embed(struct kunit *test)
{
	const struct embed_case *c = test->param_value;
	struct nat64_prefix prefix = prefix_of(test, c->prefix, c->len);
	struct in6_addr want = addr6(test, c->addr6);
	struct in6_addr got;

	nat64_addr_embed(&prefix, in_aton(c->addr4), &got);
	KUNIT_EXPECT_MEMEQ(test, &got, &want, sizeof(got));
}

static void extract(struct kunit *test)
{
	const struct embed_case *c = test->param_value;
	struct nat64_prefix prefix = prefix_of(test, c->prefix, c->len);
	struct in6_addr addr = addr6(test, c->addr6);

	KUNIT_EXPECT_TRUE(test, nat64_prefix_match(&prefix, &addr));
	KUNIT_EXPECT_EQ(test, ntohl(nat64_addr_extract(&prefix, &addr)),
			ntohl(in_aton(c->addr4)));
}

/* RFC 6052, 2.2: octet u and the suffix are ignored by those who receive. */
static void extract_noise(struct kunit *test)
{
	const struct embed_case *c = test->param_value;
	struct nat64_prefix prefix = prefix_of(test, c->prefix, c->len);
	struct in6_addr addr = addr6(test, c->addr6);
	unsigned int suffix = c->len / 8 + 4 + (c->len < 96);

	if (c->len < 96)
		addr.s6_addr[8] = 0xa5;
	memset(&addr.s6_addr[suffix], 0x5a, 16 - suffix);
	KUNIT_EXPECT_TRUE(test, nat64_prefix_match(&prefix, &addr));
	KUNIT_EXPECT_EQ(test, ntohl(nat64_addr_extract(&prefix, &addr)),
			ntohl(in_aton(c->addr4)));
}

/** struct match_case - is an address inside a prefix? */
struct match_case {
	const char *name;
	const char *prefix;
	u8 len;
	const char *addr6;
	bool match;
};

static const struct match_case match_cases[] = {
	{ "/96, first address", "64:ff9b::", 96, "64:ff9b::", true },
	{ "/96, last address", "64:ff9b::", 96, "64:ff9b::ffff:ffff", true },
	{ "/96, one above", "64:ff9b::", 96, "64:ff9b::1:0:0", false },
	{ "/96, other first word", "64:ff9b::", 96, "65:ff9b::1", false },
	{ "/96, other second word", "64:ff9b::", 96, "64:ff9b:1::1", false },
	{ "/40, last bit inside", "2001:db8:100::", 40,
	  "2001:db8:1ff::", true },
	{ "/40, one bit off", "2001:db8:100::", 40, "2001:db8:200::", false },
	{ "/64, one below", "2001:db8:0:1::", 64, "2001:db8::", false },
};

KUNIT_ARRAY_PARAM_DESC(match, match_cases, name);

static void match(struct kunit *test)
{
	const struct match_case *c = test->param_value;
	struct nat64_prefix prefix = prefix_of(test, c->prefix, c->len);
	struct in6_addr addr = addr6(test, c->addr6);

	KUNIT_EXPECT_EQ(test, nat64_prefix_match(&prefix, &addr), c->match);
}

/** struct valid_case - may translation use a prefix? */
struct valid_case {
	const char *name;
	const char *prefix;
	u8 len;
	bool valid;
};

static const struct valid_case valid_cases[] = {
	{ "well-known", "64:ff9b::", 96, true },
	{ "local-use (RFC 8215)", "64:ff9b:1::", 48, true },
	{ "/32", "2001:db8::", 32, true },
	{ "/40", "2001:db8:100::", 40, true },
	{ "/56", "2001:db8:122:300::", 56, true },
	{ "/64", "2001:db8:122:344::", 64, true },
	{ "unique local", "fd00:64::", 96, true },
	{ "length 0", "::", 0, false },
	{ "length 33", "2001:db8::", 33, false },
	{ "length 95", "64:ff9b::", 95, false },
	{ "length 128", "64:ff9b::", 128, false },
	{ "bits behind the length", "64:ff9b::1", 96, false },
	{ "a bit behind /40", "2001:db8:180:8000::", 40, false },
	{ "octet u set", "2001:db8:0:0:100::", 96, false },
	{ "octet behind u may be set", "2001:db8:0:0:1::", 96, true },
	{ "unspecified", "::", 96, false },
	{ "IPv4-mapped", "::ffff:0:0", 96, false },
	{ "multicast", "ff0e::", 96, false },
	{ "link-local", "fe80::", 64, false },
};

KUNIT_ARRAY_PARAM_DESC(valid, valid_cases, name);

static void valid(struct kunit *test)
{
	const struct valid_case *c = test->param_value;
	struct nat64_prefix prefix = prefix_of(test, c->prefix, c->len);

	KUNIT_EXPECT_EQ(test, nat64_prefix_valid(&prefix), c->valid);
}

/** struct illegal_case - may no forwarded packet have this source? */
struct illegal_case {
	const char *addr6;
	bool illegal;
};

static const struct illegal_case illegal_cases[] = {
	{ "2001:db8::8", false },
	{ "fd00::1", false },
	{ "64:ff9b::192.0.2.1", false },
	{ "::", true },
	{ "::1", true },
	{ "ff02::1", true },
	{ "fe80::1", true },
	{ "::ffff:192.0.2.1", true },
	{ "::192.0.2.1", true },
};

KUNIT_ARRAY_PARAM_DESC(illegal, illegal_cases, addr6);

static void illegal(struct kunit *test)
{
	const struct illegal_case *c = test->param_value;
	struct in6_addr addr = addr6(test, c->addr6);

	KUNIT_EXPECT_EQ(test, nat64_addr6_illegal(&addr), c->illegal);
}

/**
 * struct block - a block of the IPv4 special-purpose address registry
 * @name: of the block, and why it is there
 * @first: its first address
 * @last: its last
 * @below: what is right below it is one of such a block too
 * @above: likewise right above it
 */
struct block {
	const char *name;
	const char *first;
	const char *last;
	bool below;
	bool above;
};

/* RFC 6890, 2.2.2, as IANA's registry has it since: what is not global. */
static const struct block blocks[] = {
	{ "0.0.0.0/8, this network", "0.0.0.0", "0.255.255.255", true },
	{ "10.0.0.0/8, private", "10.0.0.0", "10.255.255.255" },
	{ "100.64.0.0/10, shared", "100.64.0.0", "100.127.255.255" },
	{ "127.0.0.0/8, loopback", "127.0.0.0", "127.255.255.255" },
	{ "169.254.0.0/16, link local", "169.254.0.0", "169.254.255.255" },
	{ "172.16.0.0/12, private", "172.16.0.0", "172.31.255.255" },
	{ "192.0.0.0/24, protocols", "192.0.0.0", "192.0.0.255" },
	{ "192.0.2.0/24, documentation", "192.0.2.0", "192.0.2.255" },
	{ "192.88.99.0/24, 6to4 relays", "192.88.99.0", "192.88.99.255" },
	{ "192.168.0.0/16, private", "192.168.0.0", "192.168.255.255" },
	{ "198.18.0.0/15, benchmarks", "198.18.0.0", "198.19.255.255" },
	{ "198.51.100.0/24, documentation", "198.51.100.0",
	  "198.51.100.255" },
	{ "203.0.113.0/24, documentation", "203.0.113.0", "203.0.113.255" },
	{ "224.0.0.0/4, multicast", "224.0.0.0", "239.255.255.255", false,
	  true },
	{ "240.0.0.0/4, reserved", "240.0.0.0", "255.255.255.255", true,
	  true },
};

KUNIT_ARRAY_PARAM_DESC(block, blocks, name);

/* Its ends, and its neighbours; 0.0.0.0 is the one of 255.255.255.255. */
static void global(struct kunit *test)
{
	const struct block *b = test->param_value;
	u32 first = ntohl(in_aton(b->first));
	u32 last = ntohl(in_aton(b->last));

	KUNIT_EXPECT_FALSE(test, nat64_addr4_is_global(htonl(first)));
	KUNIT_EXPECT_FALSE(test, nat64_addr4_is_global(htonl(last)));
	KUNIT_EXPECT_FALSE(test,
			   nat64_addr4_is_global(htonl(first / 2 + last / 2)));
	KUNIT_EXPECT_EQ(test, nat64_addr4_is_global(htonl(first - 1)),
			!b->below);
	KUNIT_EXPECT_EQ(test, nat64_addr4_is_global(htonl(last + 1)),
			!b->above);
}

static void public_is_global(struct kunit *test)
{
	static const char *const public[] = {
		"1.1.1.1", "8.8.8.8", "100.128.0.0", "128.0.0.1", "192.0.1.1",
		"192.31.196.1", "193.0.0.1", "223.255.255.255",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(public); i++)
		KUNIT_EXPECT_TRUE_MSG(test,
				      nat64_addr4_is_global(in_aton(public[i])),
				      "%s", public[i]);
}

/** struct wkp_case - is a prefix the well-known one? */
struct wkp_case {
	const char *name;
	const char *prefix;
	u8 len;
	bool wkp;
};

static const struct wkp_case wkp_cases[] = {
	{ "64:ff9b::/96", "64:ff9b::", 96, true },
	{ "64:ff9b::/64", "64:ff9b::", 64, false },
	{ "64:ff9b::/32", "64:ff9b::", 32, false },
	{ "64:ff9b:1::/96 (RFC 8215)", "64:ff9b:1::", 96, false },
	{ "64:ff9b:1::/48 (RFC 8215)", "64:ff9b:1::", 48, false },
	{ "64:ff9b:0:0:0:1::/96", "64:ff9b:0:0:0:1::", 96, false },
	{ "64:ff9a::/96", "64:ff9a::", 96, false },
	{ "2001:db8::/96", "2001:db8::", 96, false },
};

KUNIT_ARRAY_PARAM_DESC(wkp, wkp_cases, name);

static void wkp(struct kunit *test)
{
	const struct wkp_case *c = test->param_value;
	struct nat64_prefix prefix = prefix_of(test, c->prefix, c->len);

	KUNIT_EXPECT_EQ(test, nat64_prefix_is_wkp(&prefix), c->wkp);
}

/** struct suffix_case - what an address has besides prefix and IPv4 address */
struct suffix_case {
	const char *name;
	const char *prefix;
	u8 len;
	const char *addr6;
	u16 sum;	/* of its words, by hand */
};

static const struct suffix_case suffix_cases[] = {
	{ "/96 has none", "64:ff9b::", 96, "64:ff9b::c000:221", 0 },
	{ "/96, all ones", "64:ff9b::", 96, "64:ff9b::ffff:ffff", 0 },
	{ "/32, zero", "2001:db8::", 32, "2001:db8:c000:221::", 0 },
	{ "/64, zero", "2001:db8:122:344::", 64,
	  "2001:db8:122:344:c0:2:2100::", 0 },
	{ "/32, its last word", "2001:db8::", 32, "2001:db8:c000:221::1234",
	  0x1234 },
	{ "/32, two words", "2001:db8::", 32, "2001:db8:c000:221:0:1:0:2", 3 },
	{ "/32, a carry", "2001:db8::", 32,
	  "2001:db8:c000:221:0:ffff:0:2", 2 },
	{ "/32, octet u", "2001:db8::", 32, "2001:db8:c000:221:a500::",
	  0xa500 },
	{ "/40, half a word", "2001:db8:100::", 40,
	  "2001:db8:1c0:2:21:ab00::", 0xab00 },
	{ "/40, octet u", "2001:db8:100::", 40, "2001:db8:1c0:2:7f21::",
	  0x7f00 },
	{ "/48, half a word", "2001:db8:122::", 48,
	  "2001:db8:122:c000:2:21ab::", 0x00ab },
	{ "/56, behind the address", "2001:db8:122:300::", 56,
	  "2001:db8:122:3c0:0:221:ab00::", 0xab00 },
	{ "/64, half a word and more", "2001:db8:122:344::", 64,
	  "2001:db8:122:344:c0:2:21ab:1", 0x00ac },
};

KUNIT_ARRAY_PARAM_DESC(suffix, suffix_cases, name);

static void suffix(struct kunit *test)
{
	const struct suffix_case *c = test->param_value;
	struct nat64_prefix prefix = prefix_of(test, c->prefix, c->len);
	struct in6_addr addr = addr6(test, c->addr6);
	__sum16 sum = nat64_addr_suffix(&prefix, &addr);

	KUNIT_EXPECT_EQ(test, ntohs((__force __be16)sum), c->sum);
}

static struct kunit_case addr_cases[] = {
	KUNIT_CASE_PARAM(embed, embed_gen_params),
	KUNIT_CASE_PARAM(extract, embed_gen_params),
	KUNIT_CASE_PARAM(extract_noise, embed_gen_params),
	KUNIT_CASE_PARAM(match, match_gen_params),
	KUNIT_CASE_PARAM(valid, valid_gen_params),
	KUNIT_CASE_PARAM(illegal, illegal_gen_params),
	KUNIT_CASE_PARAM(global, block_gen_params),
	KUNIT_CASE(public_is_global),
	KUNIT_CASE_PARAM(wkp, wkp_gen_params),
	KUNIT_CASE_PARAM(suffix, suffix_gen_params),
	{}
};

static struct kunit_suite addr_suite = {
	.name = "nat64_addr",
	.test_cases = addr_cases,
};

kunit_test_suite(addr_suite);
