// SPDX-License-Identifier: GPL-2.0
/*
 * Text to values and back. The name of a case is the text, as C writes it.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../icmp.h"
#include "../net.h"
#include "../parse.h"

#define IP4(a, b, c, d)	((u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))

/* A text, bytes of value 0 and all, and how it is called. */
#define TEXT(text)	#text, text, sizeof(text) - 1

/* What is refused says why, and what is not says nothing. */
static void expect(struct kunit *test, int err, int want,
		   const struct nat64_why *why)
{
	KUNIT_EXPECT_EQ(test, err, want);
	KUNIT_EXPECT_EQ(test, strlen(why->text) > 10, err != 0);
	KUNIT_EXPECT_LT_MSG(test, strlen(why->text), sizeof(why->text) - 1,
			    "cut: %s", why->text);
}

/** struct name_case - the name of a pool4 entry */
struct name_case {
	const char *name;
	const char *text;
	size_t len;
	int err;
	u32 first;
	u32 last;
	u16 lo;
	u16 hi;
	const char *dev;
};

static const struct name_case name_cases[] = {
	{ TEXT("192.0.2.1"), 0,
	  IP4(192, 0, 2, 1), IP4(192, 0, 2, 1), 61001, 65535 },
	{ TEXT("192.0.2.1#5000-6000"), 0,
	  IP4(192, 0, 2, 1), IP4(192, 0, 2, 1), 5000, 6000 },
	{ TEXT("192.0.2.1#5000"), 0,
	  IP4(192, 0, 2, 1), IP4(192, 0, 2, 1), 5000, 5000 },
	{ TEXT("192.0.2.1#1-65535"), 0,
	  IP4(192, 0, 2, 1), IP4(192, 0, 2, 1), 1, 65535 },
	{ TEXT("192.0.2.1_32"), 0,
	  IP4(192, 0, 2, 1), IP4(192, 0, 2, 1), 61001, 65535 },
	{ TEXT("203.0.113.0_28"), 0,
	  IP4(203, 0, 113, 0), IP4(203, 0, 113, 15), 61001, 65535 },
	{ TEXT("203.0.113.0_28#1024-65535"), 0,
	  IP4(203, 0, 113, 0), IP4(203, 0, 113, 15), 1024, 65535 },
	{ TEXT("128.0.0.0_1"), 0,
	  IP4(128, 0, 0, 0), IP4(255, 255, 255, 255), 61001, 65535 },
	{ TEXT("0.0.0.0_0"), 0,
	  IP4(0, 0, 0, 0), IP4(255, 255, 255, 255), 61001, 65535 },
	{ TEXT(""), -EINVAL },
	{ TEXT("pool"), -EINVAL },
	{ TEXT("192.0.2"), -EINVAL },
	{ TEXT("192.0.2.256"), -EINVAL },
	{ TEXT("192.0.2.1.1"), -EINVAL },
	{ TEXT("192.0.2.01"), -EINVAL },
	{ TEXT("0300.0.2.1"), -EINVAL },
	{ TEXT("0x7f.0.2.1"), -EINVAL },
	{ TEXT(" 192.0.2.1"), -EINVAL },
	{ TEXT("192.0.2.1 "), -EINVAL },
	{ TEXT("192.0.2.1\n"), -EINVAL },
	{ TEXT("192.0.2.1\0"), -EINVAL },
	{ TEXT("192.0.2.1\xff"), -EINVAL },
	{ TEXT("192.0.2.1:80"), -EINVAL },
	{ TEXT("2001:db8::1"), -EINVAL },
	{ TEXT("203.0.113.1_28"), -EINVAL },
	{ TEXT("203.0.113.0_"), -EINVAL },
	{ TEXT("203.0.113.0_33"), -EINVAL },
	{ TEXT("203.0.113.0_028"), -EINVAL },
	{ TEXT("203.0.113.0_-1"), -EINVAL },
	{ TEXT("192.0.2.1#"), 0,
	  IP4(192, 0, 2, 1), IP4(192, 0, 2, 1), 0, 0 },
	{ TEXT("203.0.113.0_28#"), 0,
	  IP4(203, 0, 113, 0), IP4(203, 0, 113, 15), 0, 0 },
	{ TEXT("#"), -EINVAL },
	{ TEXT("192.0.2.1##"), -EINVAL },
	{ TEXT("192.0.2.1# "), -EINVAL },
	{ TEXT("192.0.2.1#\0"), -EINVAL },
	{ TEXT("192.0.2.1#0"), -EINVAL },
	{ TEXT("192.0.2.1#0-100"), -EINVAL },
	{ TEXT("192.0.2.1#5000-"), -EINVAL },
	{ TEXT("192.0.2.1#-6000"), -EINVAL },
	{ TEXT("192.0.2.1#6000-5000"), -EINVAL },
	{ TEXT("192.0.2.1#5000-65536"), -EINVAL },
	{ TEXT("192.0.2.1#4294972296"), -EINVAL },
	{ TEXT("192.0.2.1#05000"), -EINVAL },
	{ TEXT("192.0.2.1#0x50"), -EINVAL },
	{ TEXT("192.0.2.1#+80"), -EINVAL },
	{ TEXT("192.0.2.1#5000-6000,7000"), -EINVAL },
	{ TEXT("192.0.2.1#5000#6000"), -EINVAL },
	{ TEXT("192.0.2.1#5000_28"), -EINVAL },
	{ TEXT("dev:ppp0"), 0, 0, 0, 61001, 65535, "ppp0" },
	{ TEXT("dev:ppp0#5000-6000"), 0, 0, 0, 5000, 6000, "ppp0" },
	{ TEXT("dev:ppp0#5000"), 0, 0, 0, 5000, 5000, "ppp0" },
	{ TEXT("dev:br-lan.100@x"), 0, 0, 0, 61001, 65535, "br-lan.100@x" },
	{ TEXT("dev:192.0.2.1"), 0, 0, 0, 61001, 65535, "192.0.2.1" },
	{ TEXT("dev:a_32"), 0, 0, 0, 61001, 65535, "a_32" },
	{ TEXT("dev:a#b#5000"), 0, 0, 0, 5000, 5000, "a#b" },
	{ TEXT("dev:a#5#6-7"), 0, 0, 0, 6, 7, "a#5" },
	{ TEXT("dev:fifteen-letters"), 0, 0, 0, 61001, 65535,
	  "fifteen-letters" },
	{ TEXT("dev:fifteen-letters#10000-65535"), 0, 0, 0, 10000, 65535,
	  "fifteen-letters" },
	{ TEXT("dev:sixteen-letters-"), -EINVAL },
	{ TEXT("dev:sixteen-letters-#5000"), -EINVAL },
	{ TEXT("dev:"), -EINVAL },
	{ TEXT("dev:#5000"), -EINVAL },
	{ TEXT("dev:#"), -EINVAL },
	{ TEXT("dev:ppp0#"), 0, 0, 0, 0, 0, "ppp0" },
	{ TEXT("dev:a#b#"), 0, 0, 0, 0, 0, "a#b" },
	{ TEXT("dev:fifteen-letters#"), 0, 0, 0, 0, 0, "fifteen-letters" },
	{ TEXT("dev:ppp0#0"), -EINVAL },
	{ TEXT("dev:ppp0#x"), -EINVAL },
	{ TEXT("dev:ppp0#6000-5000"), -EINVAL },
	{ TEXT("dev:ppp0#5000,6000"), -EINVAL },
	{ TEXT("dev:ppp0#05000"), -EINVAL },
	{ TEXT("dev:."), -EINVAL },
	{ TEXT("dev:.."), -EINVAL },
	{ TEXT("dev:ppp 0"), -EINVAL },
	{ TEXT("dev:ppp0\n"), -EINVAL },
	{ TEXT("dev:ppp0:1"), -EINVAL },
	{ TEXT("dev:ppp0\0"), -EINVAL },
	{ TEXT("dev:ppp0\0#5000"), -EINVAL },
	{ TEXT("dev:\0"), -EINVAL },
	{ TEXT("dev"), -EINVAL },
	{ TEXT("Dev:ppp0"), -EINVAL },
	{ TEXT(" dev:ppp0"), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(pool4_name, name_cases, name);

static void pool4_name(struct kunit *test)
{
	const struct name_case *c = test->param_value;
	struct nat64_pool4_name value;
	struct nat64_why why = {};
	int err;

	err = nat64_parse_pool4_name(c->text, c->len, &value, &why);
	expect(test, err, c->err, &why);
	if (err)
		return;
	KUNIT_EXPECT_EQ(test, value.first, c->first);
	KUNIT_EXPECT_EQ(test, value.last, c->last);
	KUNIT_EXPECT_EQ(test, value.ports.lo, c->lo);
	KUNIT_EXPECT_EQ(test, value.ports.hi, c->hi);
	KUNIT_EXPECT_STREQ(test, value.dev, c->dev ?: "");
}

/** struct static_case - the name of a static binding */
struct static_case {
	const char *name;
	const char *text;
	size_t len;
	int err;
	u32 addr;
	u16 port;
};

static const struct static_case static_cases[] = {
	{ TEXT("192.0.2.1#80"), 0, IP4(192, 0, 2, 1), 80 },
	{ TEXT("192.0.2.1#65535"), 0, IP4(192, 0, 2, 1), 65535 },
	{ TEXT("192.0.2.1"), -EINVAL },
	{ TEXT("192.0.2.1#"), -EINVAL },
	{ TEXT("192.0.2.1#0"), -EINVAL },
	{ TEXT("192.0.2.1#65536"), -EINVAL },
	{ TEXT("192.0.2.1#80-81"), -EINVAL },
	{ TEXT("192.0.2.1#80\n"), -EINVAL },
	{ TEXT("192.0.2.0_28#80"), -EINVAL },
	{ TEXT("2001:db8::1#80"), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(static_name, static_cases, name);

static void static_name(struct kunit *test)
{
	const struct static_case *c = test->param_value;
	struct nat64_why why = {};
	struct nat64_end4 value;
	int err;

	err = nat64_parse_static_name(c->text, c->len, &value, &why);
	expect(test, err, c->err, &why);
	if (err)
		return;
	KUNIT_EXPECT_EQ(test, ntohl(value.addr), c->addr);
	KUNIT_EXPECT_EQ(test, ntohs(value.port), c->port);
}

/** struct text_case - what an attribute takes, and how it reads back */
struct text_case {
	const char *name;
	const char *text;
	size_t len;
	int err;
	const char *back;
};

static char *page_alloc(struct kunit *test)
{
	char *page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return page;
}

/* Parse with @parse, compare what it formats, and parse that again. */
static void round_trip(struct kunit *test,
		       int (*parse)(const char *buf, size_t len, char *page,
				    struct nat64_why *why))
{
	const struct text_case *c = test->param_value;
	char *again = page_alloc(test);
	char *page = page_alloc(test);
	struct nat64_why why = {};
	int err;

	err = parse(c->text, c->len, page, &why);
	expect(test, err, c->err, &why);
	if (err)
		return;
	KUNIT_EXPECT_STREQ(test, page, c->back);
	err = parse(page, strlen(page), again, &why);
	expect(test, err, 0, &why);
	KUNIT_EXPECT_STREQ(test, again, c->back);
}

static const struct text_case range_cases[] = {
	{ TEXT("5000-6000"), 0, "5000-6000\n" },
	{ TEXT("5000-6000\n"), 0, "5000-6000\n" },
	{ TEXT("5000-6000,7000"), 0, "5000-6000,7000\n" },
	{ TEXT("7000 5000-6000"), 0, "5000-6000,7000\n" },
	{ TEXT(" 7000 ,\t5000-6000\t\n"), 0, "5000-6000,7000\n" },
	{ TEXT("5000-5500,5501-6000"), 0, "5000-6000\n" },
	{ TEXT("5000-6000,5500-5600"), 0, "5000-6000\n" },
	{ TEXT("1,3,2"), 0, "1-3\n" },
	{ TEXT("7000-7000"), 0, "7000\n" },
	{ TEXT("1-65535"), 0, "1-65535\n" },
	{ TEXT(""), 0, "\n" },
	{ TEXT("\n"), 0, "\n" },
	{ TEXT("0"), -EINVAL },
	{ TEXT("0-65535"), -EINVAL },
	{ TEXT("65536"), -EINVAL },
	{ TEXT("6000-5000"), -EINVAL },
	{ TEXT("5000 - 6000"), -EINVAL },
	{ TEXT("5000-6000-7000"), -EINVAL },
	{ TEXT("5000-6000,http"), -EINVAL },
	{ TEXT("5000;6000"), -EINVAL },
	{ TEXT("5000\0,6000"), -EINVAL },
	{ TEXT("5000\r\n"), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(ranges, range_cases, name);

/* An entry that has what an edit gives, and nothing else. */
static void apply(struct nat64_pool4_entry *entry,
		  const struct nat64_pool4_edit *edit)
{
	static struct nat64_ranges none;
	unsigned int proto;

	for (proto = 0; proto < NAT64_PROTOS; proto++)
		entry->ranges[proto] = edit->ranges[proto] ?: &none;
	entry->mark = edit->mark;
	entry->mask = edit->mask;
	entry->force = edit->force;
}

static int parse_setting(const char *buf, size_t len, char *page,
			 unsigned int which, struct nat64_why *why)
{
	struct nat64_pool4_entry entry = {};
	struct nat64_pool4_edit edit = {};
	int err = nat64_parse_pool4_setting(buf, len, which, &edit, why);

	apply(&entry, &edit);
	if (!err)
		nat64_format_pool4_setting(page, &entry, which);
	nat64_pool4_edit_end(&edit);
	return err;
}

static int parse_ranges(const char *buf, size_t len, char *page,
			struct nat64_why *why)
{
	return parse_setting(buf, len, page, NAT64_ICMP, why);
}

static void ranges(struct kunit *test)
{
	round_trip(test, parse_ranges);
}

static const struct text_case pool6_cases[] = {
	{ TEXT("64:ff9b::/96"), 0, "64:ff9b::/96\n" },
	{ TEXT("64:FF9B:0:0::/96\n"), 0, "64:ff9b::/96\n" },
	{ TEXT("2001:db8::/32 64:ff9b::/96"), 0,
	  "2001:db8::/32 64:ff9b::/96\n" },
	{ TEXT("2001:db8::/32\n64:ff9b::/96\n"), 0,
	  "2001:db8::/32 64:ff9b::/96\n" },
	{ TEXT("2001:db8:100::/40\t2001:db8:222::/48\n"), 0,
	  "2001:db8:100::/40 2001:db8:222::/48\n" },
	{ TEXT(""), -EINVAL },
	{ TEXT("\n"), -EINVAL },
	{ TEXT("64:ff9b::"), -EINVAL },
	{ TEXT("64:ff9b::/"), -EINVAL },
	{ TEXT("64:ff9b::/97"), -EINVAL },
	{ TEXT("64:ff9b::/129"), -EINVAL },
	{ TEXT("64:ff9b::1/96"), -EINVAL },
	{ TEXT("64:ff9b::/96,2001:db8::/32"), -EINVAL },
	{ TEXT("64:ff9b::/96 64:ff9b::/96"), -EINVAL },
	{ TEXT("2001:db8::/32 2001:db8:100::/40"), -EINVAL },
	{ TEXT("2001:db8:100::/40 2001:db8::/32"), -EINVAL },
	{ TEXT("ff0e::/96"), -EINVAL },
	{ TEXT("192.0.2.0/24"), -EINVAL },
	{ TEXT("64:ff9b::/96\0"), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(pool6, pool6_cases, name);

static int parse_pool6(const char *buf, size_t len, char *page,
		       struct nat64_why *why)
{
	struct nat64_prefix *value;
	struct nat64_pool6 *pool6;
	unsigned int n;
	int err = nat64_parse_pool6(buf, len, &value, &n, why);

	if (err)
		return err;
	pool6 = nat64_pool6_alloc(value, n, NULL);
	if (pool6)
		nat64_format_pool6(page, pool6);
	kfree(pool6);
	kfree(value);
	return 0;
}

static void pool6(struct kunit *test)
{
	round_trip(test, parse_pool6);
}

static const struct text_case net4_cases[] = {
	{ TEXT("10.0.0.0/8 192.0.2.1\n"), 0, "10.0.0.0/8 192.0.2.1\n" },
	{ TEXT("10.0.0.0/8\n192.0.2.1/32\n"), 0, "10.0.0.0/8 192.0.2.1\n" },
	{ TEXT("0.0.0.0/0"), 0, "0.0.0.0/0\n" },
	{ TEXT(""), 0, "\n" },
	{ TEXT("\t\n"), 0, "\n" },
	{ TEXT("10.0.0.1/8"), -EINVAL },
	{ TEXT("10/8"), -EINVAL },
	{ TEXT("10.0.0.0/33"), -EINVAL },
	{ TEXT("10.0.0.0/255.0.0.0"), -EINVAL },
	{ TEXT("10.0.0.0_8"), -EINVAL },
	{ TEXT("10.0.0.0/8,192.0.2.1"), -EINVAL },
	{ TEXT("::/0"), -EINVAL },
	{ TEXT("10.0.0.0/8\0 "), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(net4, net4_cases, name);

static int parse_net4(const char *buf, size_t len, char *page,
		      struct nat64_why *why)
{
	struct nat64_net4 *value;
	unsigned int n;
	int err = nat64_parse_net4(buf, len, &value, &n, why);

	if (err)
		return err;
	nat64_format_net4(page, value, n);
	kfree(value);
	return 0;
}

static void net4(struct kunit *test)
{
	round_trip(test, parse_net4);
}

static const struct text_case mark_cases[] = {
	{ TEXT("0/0"), 0, "0/0\n" },
	{ TEXT("0x0/0x0"), 0, "0/0\n" },
	{ TEXT("1"), 0, "0x1/0xffffffff\n" },
	{ TEXT("0"), 0, "0x0/0xffffffff\n" },
	{ TEXT(" 0x1/0xff\n"), 0, "0x1/0xff\n" },
	{ TEXT("0X0A/255"), 0, "0xa/0xff\n" },
	{ TEXT("0xffffffff/0xffffffff"), 0, "0xffffffff/0xffffffff\n" },
	{ TEXT("4294967295"), 0, "0xffffffff/0xffffffff\n" },
	{ TEXT("0x100/0xff"), -EINVAL },
	{ TEXT("1/0"), -EINVAL },
	{ TEXT("4294967296"), -EINVAL },
	{ TEXT("0x100000000"), -EINVAL },
	{ TEXT("0x"), -EINVAL },
	{ TEXT("010"), -EINVAL },
	{ TEXT("ff"), -EINVAL },
	{ TEXT("-1"), -EINVAL },
	{ TEXT("1/"), -EINVAL },
	{ TEXT("1 / 1"), -EINVAL },
	{ TEXT("1/1/1"), -EINVAL },
	{ TEXT(""), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(mark, mark_cases, name);

static int parse_mark(const char *buf, size_t len, char *page,
		      struct nat64_why *why)
{
	return parse_setting(buf, len, page, NAT64_POOL4_MARK, why);
}

static void mark(struct kunit *test)
{
	round_trip(test, parse_mark);
}

#define SETTINGS(tcp, udp, icmp, mark, force) \
	"tcp=" tcp "\nudp=" udp "\nicmp=" icmp "\nmark=" mark \
	"\nforce=" force "\n"

static const struct text_case settings_cases[] = {
	{ TEXT("tcp=5000-6000"), 0,
	  SETTINGS("5000-6000", "", "", "0/0", "0") },
	{ TEXT("tcp=1\nudp=2\nicmp=3\nmark=1/3\nforce=1\n"), 0,
	  SETTINGS("1", "2", "3", "0x1/0x3", "1") },
	{ TEXT("force=1 mark=4 icmp=3 udp=2 tcp=1"), 0,
	  SETTINGS("1", "2", "3", "0x4/0xffffffff", "1") },
	{ TEXT("\x20\n\tudp=5000-6000, 7000 ,8000\t\n\n"), 0,
	  SETTINGS("", "5000-6000,7000,8000", "", "0/0", "0") },
	{ TEXT("tcp= 5000\n6000\x20\n udp=\n7000"), 0,
	  SETTINGS("5000,6000", "7000", "", "0/0", "0") },
	{ TEXT("tcp=\nudp=\nicmp="), 0, SETTINGS("", "", "", "0/0", "0") },
	{ TEXT("mark= 0x1/0x1"), 0, SETTINGS("", "", "", "0x1/0x1", "0") },
	{ TEXT(""), -EINVAL },
	{ TEXT("\x20\n"), -EINVAL },
	{ TEXT("5000-6000"), -EINVAL },
	{ TEXT("5000 tcp=5000"), -EINVAL },
	{ TEXT("tcp"), -EINVAL },
	{ TEXT("tcp 5000"), -EINVAL },
	{ TEXT("tcp = 5000"), -EINVAL },
	{ TEXT("tcp =5000"), -EINVAL },
	{ TEXT("TCP=5000"), -EINVAL },
	{ TEXT("xtcp=5000"), -EINVAL },
	{ TEXT("ports=5000"), -EINVAL },
	{ TEXT("=5000"), -EINVAL },
	{ TEXT("tcp==5000"), -EINVAL },
	{ TEXT("tcp=0"), -EINVAL },
	{ TEXT("tcp=5000 udp=70000"), -EINVAL },
	{ TEXT("tcp=5000;udp=6000"), -EINVAL },
	{ TEXT("tcp=5000,udp=6000"), -EINVAL },
	{ TEXT("tcp=5000 tcp=5000"), -EINVAL },
	{ TEXT("force=0\ntcp=5000\nforce=0"), -EINVAL },
	{ TEXT("mark="), -EINVAL },
	{ TEXT("mark=4/3"), -EINVAL },
	{ TEXT("mark=1 1"), -EINVAL },
	{ TEXT("force="), -EINVAL },
	{ TEXT("force=2"), -EINVAL },
	{ TEXT("tcp=5000\0"), -EINVAL },
	{ TEXT("tcp=5000\0udp=6000"), -EINVAL },
	{ TEXT("tcp\0=5000"), -EINVAL },
	{ TEXT("\0"), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(settings, settings_cases, name);

static int parse_settings(const char *buf, size_t len, char *page,
			  struct nat64_why *why)
{
	struct nat64_pool4_entry entry = {};
	struct nat64_pool4_edit edit = {};
	int err = nat64_parse_pool4_settings(buf, len, &edit, why);

	apply(&entry, &edit);
	if (!err)
		err = nat64_format_pool4_settings(page, &entry);
	nat64_pool4_edit_end(&edit);
	return min(err, 0);
}

static void settings(struct kunit *test)
{
	round_trip(test, parse_settings);
}

static void settings_given(struct kunit *test)
{
	static const char text[] = "udp=\nmark=0/0\n";
	struct nat64_pool4_edit edit = {};
	struct nat64_why why = {};
	int err = nat64_parse_pool4_settings(text, strlen(text), &edit, &why);

	expect(test, err, 0, &why);
	KUNIT_EXPECT_EQ(test, edit.given,
			BIT(NAT64_UDP) | BIT(NAT64_POOL4_MARK));
	nat64_pool4_edit_end(&edit);
}

/* Which one it is, and of that the same as if it were alone. */
static void settings_name_the_fault(struct kunit *test)
{
	static const char text[] = "tcp=5000 udp=5000-70000 icmp=0";
	char *page = page_alloc(test);
	struct nat64_why why = {};
	struct nat64_why alone = {};

	KUNIT_EXPECT_EQ(test, -EINVAL,
			parse_settings(text, strlen(text), page, &why));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			parse_ranges("5000-70000", 10, page, &alone));
	KUNIT_EXPECT_EQ(test, strncmp(why.text, "udp: ", 5), 0);
	KUNIT_EXPECT_STREQ(test, why.text + 5, alone.text);
}

static const struct text_case end6_cases[] = {
	{ TEXT("2001:db8::5#80"), 0, "2001:db8::5#80\n" },
	{ TEXT(" 2001:DB8:0::5#65535\t\n"), 0, "2001:db8::5#65535\n" },
	{ TEXT(""), 0, "\n" },
	{ TEXT("\n"), 0, "\n" },
	{ TEXT("2001:db8::5"), -EINVAL },
	{ TEXT("2001:db8::5#"), -EINVAL },
	{ TEXT("2001:db8::5#0"), -EINVAL },
	{ TEXT("2001:db8::5#65536"), -EINVAL },
	{ TEXT("[2001:db8::5]:80"), -EINVAL },
	{ TEXT("fe80::1%eth0#80"), -EINVAL },
	{ TEXT("192.0.2.1#80"), -EINVAL },
	{ TEXT("2001:db8::5#80 2001:db8::6#80"), -EINVAL },
	{ TEXT("\0"), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(end6, end6_cases, name);

static int parse_end6(const char *buf, size_t len, char *page,
		      struct nat64_why *why)
{
	struct nat64_end6 value;
	int err = nat64_parse_end6(buf, len, &value, why);

	if (!err)
		nat64_format_end6(page, value.port ? &value : NULL);
	return err;
}

static void end6(struct kunit *test)
{
	round_trip(test, parse_end6);
}

static const struct text_case plateau_cases[] = {
	{ TEXT("65535 32000 17914 8166 4352 2002 1492 1006 508 296 68"), 0,
	  "65535 32000 17914 8166 4352 2002 1492 1006 508 296 68\n" },
	{ TEXT("1500"), 0, "1500\n" },
	{ TEXT("68 1492 576\n"), 0, "1492 576 68\n" },
	{ TEXT("1492 1492 576 1492"), 0, "1492 576\n" },
	{ TEXT(" 1492\t576\n68\t\n"), 0, "1492 576 68\n" },
	{ TEXT("68"), 0, "68\n" },
	{ TEXT("65535"), 0, "65535\n" },
	{ TEXT(""), 0, "\n" },
	{ TEXT("\t\n"), 0, "\n" },
	{ TEXT("1 2 3"), -EINVAL },
	{ TEXT("67"), -EINVAL },
	{ TEXT("0"), -EINVAL },
	{ TEXT("65536"), -EINVAL },
	{ TEXT("4294967364"), -EINVAL },
	{ TEXT("1492 67"), -EINVAL },
	{ TEXT("1492,576"), -EINVAL },
	{ TEXT("-1492"), -EINVAL },
	{ TEXT("0x5d4"), -EINVAL },
	{ TEXT("01492"), -EINVAL },
	{ TEXT("1492 x"), -EINVAL },
	{ TEXT("1492\0"), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(plateau, plateau_cases, name);

static int parse_plateaus(const char *buf, size_t len, char *page,
			  struct nat64_why *why)
{
	struct nat64_plateaus value;
	int err = nat64_parse_plateaus(buf, len, &value, why);

	if (!err)
		nat64_format_plateaus(page, &value);
	return err;
}

static void plateaus(struct kunit *test)
{
	round_trip(test, parse_plateaus);
}

static int parse_n_plateaus(struct kunit *test, unsigned int n, char *page,
			    struct nat64_why *why)
{
	char *text = page_alloc(test);
	unsigned int i;
	size_t len = 0;

	/* The smallest first. */
	for (i = 0; i < n; i++)
		len += scnprintf(text + len, PAGE_SIZE - len, "%u ",
				 10000 + i);
	return parse_plateaus(text, len, page, why);
}

/* 32 of them, and one more. */
static void plateaus_most(struct kunit *test)
{
	char *page = page_alloc(test);
	struct nat64_why why = {};
	unsigned int i;
	int err;

	err = parse_n_plateaus(test, 32, page, &why);
	expect(test, err, 0, &why);
	for (i = 0; i < 32; i++) {
		char word[8];

		snprintf(word, sizeof(word), "%u", 10031 - i);
		KUNIT_EXPECT_MEMEQ(test, page + 6 * i, word, 5);
	}
	KUNIT_EXPECT_EQ(test, strlen(page), 32 * 6);
	err = parse_n_plateaus(test, 33, page, &why);
	expect(test, err, -EINVAL, &why);
}

static const struct text_case tos_cases[] = {
	{ TEXT("inherit"), 0, "inherit\n" },
	{ TEXT(" inherit\n"), 0, "inherit\n" },
	{ TEXT("0"), 0, "0\n" },
	{ TEXT("184\n"), 0, "184\n" },
	{ TEXT("255"), 0, "255\n" },
	{ TEXT("256"), -EINVAL },
	{ TEXT("-1"), -EINVAL },
	{ TEXT("0xb8"), -EINVAL },
	{ TEXT("00"), -EINVAL },
	{ TEXT("Inherit"), -EINVAL },
	{ TEXT("inherits"), -EINVAL },
	{ TEXT("inheri"), -EINVAL },
	{ TEXT("inherit 0"), -EINVAL },
	{ TEXT("4294967296"), -EINVAL },
	{ TEXT("inherit\0"), -EINVAL },
	{ TEXT("0\0"), -EINVAL },
	{ TEXT(""), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(tos, tos_cases, name);

static int parse_tos(const char *buf, size_t len, char *page,
		     struct nat64_why *why)
{
	u32 value;
	int err = nat64_parse_tos(buf, len, &value, why);

	if (!err)
		nat64_format_tos(page, value);
	return err;
}

static void tos(struct kunit *test)
{
	round_trip(test, parse_tos);
}

/** struct number_case - a number from 5 to 1000 */
struct number_case {
	const char *name;
	const char *text;
	size_t len;
	int err;
	u32 value;
};

static const struct number_case number_cases[] = {
	{ TEXT("0"), -EINVAL },
	{ TEXT("4"), -EINVAL },
	{ TEXT("5"), 0, 5 },
	{ TEXT("1000\n"), 0, 1000 },
	{ TEXT("\t7 "), 0, 7 },
	{ TEXT("1001"), -EINVAL },
	{ TEXT("18446744073709551616"), -EINVAL },
	{ TEXT("-1"), -EINVAL },
	{ TEXT("+1"), -EINVAL },
	{ TEXT("007"), -EINVAL },
	{ TEXT("0x7"), -EINVAL },
	{ TEXT("7s"), -EINVAL },
	{ TEXT("7 8"), -EINVAL },
	{ TEXT(""), -EINVAL },
	{ TEXT("7\0"), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(number, number_cases, name);

static void number(struct kunit *test)
{
	const struct number_case *c = test->param_value;
	struct nat64_why why = {};
	u32 value;
	int err;

	err = nat64_parse_u32(c->text, c->len, 5, 1000, "things", &value,
			      &why);
	expect(test, err, c->err, &why);
	if (!err)
		KUNIT_EXPECT_EQ(test, value, c->value);
}

static const struct number_case word_cases[] = {
	{ TEXT("0"), 0, 0 },
	{ TEXT("1\n"), 0, 1 },
	{ TEXT(" drain "), 0, 2 },
	{ TEXT("Drain"), -EINVAL },
	{ TEXT("drai"), -EINVAL },
	{ TEXT("draining"), -EINVAL },
	{ TEXT("2"), -EINVAL },
	{ TEXT(""), -EINVAL },
	{ TEXT("1\0"), -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(word, word_cases, name);

static void word(struct kunit *test)
{
	static const char *const words[] = { "0", "1", "drain", NULL };
	const struct number_case *c = test->param_value;
	struct nat64_why why = {};
	unsigned int value;
	int err;

	err = nat64_parse_word(c->text, c->len, words, &value, &why);
	expect(test, err, c->err, &why);
	if (!err)
		KUNIT_EXPECT_EQ(test, value, c->value);
	else
		KUNIT_EXPECT_NOT_NULL(test, strstr(why.text, "; write 0 or 1 or drain"));
}

/*
 * As many ports as fit the longest text: 1,3,5... which nothing can merge. They
 * must read back as they were written, whole.
 */
static size_t put_ranges(char *text, size_t max)
{
	unsigned int port;
	size_t len = 0;

	for (port = 1; len + 6 <= max; port += 2)
		len += scnprintf(text + len, max + 1 - len, "%s%u",
				 len ? "," : "", port);
	return len;
}

static void ranges_longest(struct kunit *test)
{
	char *text = page_alloc(test);
	char *page = page_alloc(test);
	struct nat64_why why = {};
	size_t len = put_ranges(text, NAT64_TEXT_MAX);

	KUNIT_ASSERT_EQ(test, parse_ranges(text, len, page, &why), 0);
	KUNIT_EXPECT_EQ(test, strlen(page), len + 1);
	KUNIT_EXPECT_MEMEQ(test, page, text, len);
}

/* What reads back can be written; what would be too long for that does not read. */
static void settings_longest(struct kunit *test)
{
	const size_t rest = strlen(SETTINGS("", "", "", "0/0", "0"));
	char *text = page_alloc(test);
	char *page = page_alloc(test);
	char *again = page_alloc(test);
	struct nat64_why why = {};
	unsigned int n, fit = 0;

	strscpy(text, "tcp=", PAGE_SIZE);
	for (n = NAT64_TEXT_MAX - rest - 8; n <= NAT64_TEXT_MAX - 4; n++) {
		size_t len = put_ranges(text + 4, n);
		int err;

		err = parse_settings(text, len + 4, page, &why);
		KUNIT_EXPECT_EQ(test, err,
				len + rest > NAT64_TEXT_MAX + 1 ? -E2BIG : 0);
		if (err)
			continue;
		fit++;
		KUNIT_EXPECT_EQ(test, strlen(page), len + rest);
		KUNIT_EXPECT_EQ(test, 0, parse_settings(page, strlen(page),
							again, &why));
		KUNIT_EXPECT_STREQ(test, again, page);
	}
	KUNIT_EXPECT_GT(test, fit, 0);
}

static void settings_too_long(struct kunit *test)
{
	struct nat64_pool4_entry entry = {};
	struct nat64_pool4_edit edit = {};
	char *text = page_alloc(test);
	char *page = page_alloc(test);
	struct nat64_why why = {};
	unsigned int proto;
	size_t len = put_ranges(text, NAT64_TEXT_MAX);

	for (proto = 0; proto < NAT64_PROTOS; proto++)
		nat64_parse_pool4_setting(text, len, proto, &edit, &why);
	apply(&entry, &edit);
	KUNIT_EXPECT_EQ(test, nat64_format_pool4_settings(page, &entry),
			-E2BIG);
	nat64_pool4_edit_end(&edit);
}

/* As many addresses as fit: those with a /32 are the ones that may grow. */
static void net4_longest(struct kunit *test)
{
	char *text = page_alloc(test);
	char *page = page_alloc(test);
	struct nat64_why why = {};
	size_t len = 0;

	while (len + 8 <= NAT64_TEXT_MAX)
		len += scnprintf(text + len, NAT64_TEXT_MAX + 1 - len, "%s1.2.3.4",
				 len ? " " : "");
	KUNIT_ASSERT_EQ(test, parse_net4(text, len, page, &why), 0);
	KUNIT_EXPECT_EQ(test, strlen(page), len + 1);
	KUNIT_EXPECT_MEMEQ(test, page, text, len);
}

static int parse_n_prefixes(struct kunit *test, unsigned int n,
			    struct nat64_why *why)
{
	char *text = page_alloc(test);
	char *page = page_alloc(test);
	unsigned int i;
	size_t len = 0;

	for (i = 0; i < n; i++)
		len += scnprintf(text + len, PAGE_SIZE - len,
				 "2001:db8:ffff:ffff:ff:%x::/96 ", i + 0x1000);
	return parse_pool6(text, len, page, why);
}

static void pool6_most(struct kunit *test)
{
	struct nat64_why why = {};
	int err;

	err = parse_n_prefixes(test, NAT64_POOL6_MAX, &why);
	expect(test, err, 0, &why);
	err = parse_n_prefixes(test, NAT64_POOL6_MAX + 1, &why);
	expect(test, err, -EINVAL, &why);
}

static struct kunit_case parse_cases[] = {
	KUNIT_CASE_PARAM(pool4_name, pool4_name_gen_params),
	KUNIT_CASE_PARAM(static_name, static_name_gen_params),
	KUNIT_CASE_PARAM(ranges, ranges_gen_params),
	KUNIT_CASE(ranges_longest),
	KUNIT_CASE_PARAM(pool6, pool6_gen_params),
	KUNIT_CASE(pool6_most),
	KUNIT_CASE_PARAM(net4, net4_gen_params),
	KUNIT_CASE(net4_longest),
	KUNIT_CASE_PARAM(mark, mark_gen_params),
	KUNIT_CASE_PARAM(settings, settings_gen_params),
	KUNIT_CASE(settings_given),
	KUNIT_CASE(settings_name_the_fault),
	KUNIT_CASE(settings_longest),
	KUNIT_CASE(settings_too_long),
	KUNIT_CASE_PARAM(end6, end6_gen_params),
	KUNIT_CASE_PARAM(plateaus, plateau_gen_params),
	KUNIT_CASE(plateaus_most),
	KUNIT_CASE_PARAM(tos, tos_gen_params),
	KUNIT_CASE_PARAM(number, number_gen_params),
	KUNIT_CASE_PARAM(word, word_gen_params),
	{}
};

static struct kunit_suite parse_suite = {
	.name = "nat64_parse",
	.test_cases = parse_cases,
};

kunit_test_suite(parse_suite);
