// SPDX-License-Identifier: GPL-2.0
/*
 * Stored SYNs: how many, how much of each, for how long, and who meets them.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../syn.h"

#define LIFETIME	6
#define NOW		5000

static int syn_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct nat64_syns), GFP_KERNEL);
	return test->priv ? nat64_syns_init(test->priv) : -ENOMEM;
}

static void syn_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	nat64_syns_flush(test->priv);
	nat64_syns_destroy(test->priv);
}

static const struct nat64_tuple base = {
	.raddr = cpu_to_be32(0xc6336407),
	.rport = cpu_to_be16(443),
	.addr4 = cpu_to_be32(0xc0000201),
	.port4 = cpu_to_be16(61234),
};

/* Of a server with @n as its port. */
static struct nat64_tuple nth(u16 n)
{
	struct nat64_tuple t = base;

	t.rport = cpu_to_be16(n);
	return t;
}

/* @len bytes, each of which is @fill, wherever they are. */
static struct sk_buff *make_skb(struct kunit *test, unsigned int len, u8 fill,
				bool paged)
{
	struct sk_buff *skb = alloc_skb(paged ? 20 : len, GFP_KERNEL);
	unsigned int linear = paged ? 20 : len;
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	memset(skb_put(skb, linear), fill, linear);
	if (paged) {
		page = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, page);
		memset(page_address(page), fill, PAGE_SIZE);
		skb_add_rx_frag(skb, 0, page, 0, len - linear, PAGE_SIZE);
	}
	skb->mark = 7;
	return skb;
}

static int store_skb(struct kunit *test, const struct nat64_tuple *t,
		     const struct sk_buff *skb, u32 limit, u32 now)
{
	int err;

	local_bh_disable();
	err = nat64_syn_store(test->priv, t, skb, limit, now);
	local_bh_enable();
	return err;
}

/* The @fill of its one byte names it. */
static int store(struct kunit *test, const struct nat64_tuple *t, u8 fill,
		 u32 limit, u32 now)
{
	struct sk_buff *skb = make_skb(test, 40, fill, false);
	int err = store_skb(test, t, skb, limit, now);

	kfree_skb(skb);
	return err;
}

static bool meets(struct kunit *test, const struct nat64_tuple *t, u32 now)
{
	bool met;

	local_bh_disable();
	met = nat64_syn_meets(test->priv, t, LIFETIME, now);
	local_bh_enable();
	return met;
}

static unsigned int count(struct kunit *test)
{
	const struct nat64_syns *syns = test->priv;

	KUNIT_EXPECT_EQ(test, syns->n, atomic_read(&syns->table.nelems));
	return syns->n;
}

/* The name of the next one that has expired, -1 if none has. */
static int expired(struct kunit *test, u32 lifetime, u32 now)
{
	struct sk_buff *skb = nat64_syn_expired(test->priv, lifetime, now);
	int fill;

	if (!skb)
		return -1;
	fill = skb->data[0];
	kfree_skb(skb);
	return fill;
}

static void met_once(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, meets(test, &base, NOW));
	KUNIT_ASSERT_EQ(test, store(test, &base, 1, 0, NOW), 0);
	KUNIT_EXPECT_TRUE(test, meets(test, &base, NOW));
	KUNIT_EXPECT_FALSE(test, meets(test, &base, NOW));
	KUNIT_EXPECT_EQ(test, count(test), 0);
}

struct field {
	const char *name;
	struct nat64_tuple flip;
	bool matters;
};

static const struct field fields[] = {
	{ "Z, high bit", { .raddr = cpu_to_be32(0x80000000) }, true },
	{ "Z, low bit", { .raddr = cpu_to_be32(1) }, true },
	{ "z, high bit", { .rport = cpu_to_be16(0x8000) }, true },
	{ "z, low bit", { .rport = cpu_to_be16(1) }, true },
	{ "T, high bit", { .addr4 = cpu_to_be32(0x80000000) }, true },
	{ "T, low bit", { .addr4 = cpu_to_be32(1) }, true },
	{ "t, high bit", { .port4 = cpu_to_be16(0x8000) }, true },
	{ "t, low bit", { .port4 = cpu_to_be16(1) }, true },
	{ "X'", { .addr6.s6_addr[15] = 1 }, false },
	{ "x", { .port6 = cpu_to_be16(1) }, false },
	{ "prefix", { .prefix = 1 }, false },
};

KUNIT_ARRAY_PARAM_DESC(field, fields, name);

/* The IPv6 side is not known yet; all of the IPv4 side has to be the same. */
static void met_by_the_ipv4_side(struct kunit *test)
{
	const struct field *f = test->param_value;
	struct nat64_tuple key = base;
	unsigned int i;

	for (i = 0; i < sizeof(key); i++)
		((u8 *)&key)[i] ^= ((const u8 *)&f->flip)[i];
	KUNIT_ASSERT_EQ(test, store(test, &base, 1, 0, NOW), 0);
	KUNIT_EXPECT_EQ(test, meets(test, &key, NOW), !f->matters);
	KUNIT_EXPECT_EQ(test, count(test), f->matters);
}

/* The first one stays, and its time does not begin anew. */
static void repeated(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, store(test, &base, 1, 0, NOW), 0);
	KUNIT_EXPECT_EQ(test, store(test, &base, 2, 0, NOW + 5), -EEXIST);
	KUNIT_EXPECT_EQ(test, store(test, &base, 3, 1, NOW + 6), -EEXIST);
	KUNIT_EXPECT_EQ(test, count(test), 1);
	KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, NOW + 6), -1);
	KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, NOW + 7), 1);
	KUNIT_EXPECT_EQ(test, store(test, &base, 4, 0, NOW + 7), 0);
}

static void no_more_than_the_limit(struct kunit *test)
{
	struct nat64_tuple t;
	unsigned int i;

	for (i = 0; i < 300; i++) {
		t = nth(i);
		KUNIT_EXPECT_EQ(test, store(test, &t, 1, 200, NOW),
				i < 200 ? 0 : -ENOSPC);
	}
	KUNIT_EXPECT_EQ(test, count(test), 200);
	/* It may change meanwhile: who is there stays. */
	t = nth(1000);
	KUNIT_EXPECT_EQ(test, store(test, &t, 1, 100, NOW), -ENOSPC);
	KUNIT_EXPECT_EQ(test, count(test), 200);
	KUNIT_EXPECT_EQ(test, store(test, &t, 1, 201, NOW), 0);
	/* Each that goes makes room for one. */
	KUNIT_EXPECT_TRUE(test, meets(test, &t, NOW));
	KUNIT_EXPECT_EQ(test, store(test, &t, 1, 201, NOW), 0);
	t = nth(1001);
	KUNIT_EXPECT_EQ(test, store(test, &t, 1, 201, NOW), -ENOSPC);
	/* 0: none. */
	KUNIT_EXPECT_EQ(test, store(test, &t, 1, 0, NOW), 0);
	KUNIT_EXPECT_EQ(test, count(test), 202);
}

struct size_case {
	const char *name;
	unsigned int len;
	bool paged;
};

static const struct size_case sizes[] = {
	{ "40 bytes", 40, false },
	{ "128 bytes", 128, false },
	{ "129 bytes", 129, false },
	{ "1500 bytes", 1500, false },
	{ "1500 bytes, paged", 1500, true },
	{ "4000 bytes, paged", 4000, true },
};

KUNIT_ARRAY_PARAM_DESC(size, sizes, name);

/* Memory is for what an error quotes, however large what came was. */
static void no_more_of_each_than_is_quoted(struct kunit *test)
{
	const struct size_case *c = test->param_value;
	struct sk_buff *skb = make_skb(test, c->len, 0xa5, c->paged), *kept;
	unsigned int users = refcount_read(&skb->users);

	KUNIT_ASSERT_EQ(test, store_skb(test, &base, skb, 0, NOW), 0);
	KUNIT_EXPECT_EQ(test, refcount_read(&skb->users), users);
	KUNIT_EXPECT_FALSE(test, skb_cloned(skb));
	kfree_skb(skb);
	kept = nat64_syn_expired(test->priv, LIFETIME, NOW + 7);
	KUNIT_ASSERT_NOT_NULL(test, kept);
	KUNIT_EXPECT_EQ(test, kept->len, min(c->len, NAT64_SYN_KEPT));
	KUNIT_EXPECT_FALSE(test, skb_is_nonlinear(kept));
	KUNIT_EXPECT_NULL(test, memchr_inv(kept->data, 0xa5, kept->len));
	KUNIT_EXPECT_PTR_EQ(test, skb_network_header(kept), kept->data);
	KUNIT_EXPECT_EQ(test, kept->mark, 7);
	/* What limits/stored_syns is multiplied with. */
	KUNIT_EXPECT_LE(test, kept->truesize, 1024);
	kfree_skb(kept);
}

static void the_oldest_first(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		struct nat64_tuple t = nth(i);

		KUNIT_ASSERT_EQ(test, store(test, &t, i, 0, NOW + i / 2), 0);
	}
	KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, NOW + 6), -1);
	for (i = 0; i < 8; i++) {
		u32 now = NOW + LIFETIME + 1 + i / 2;

		KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, now - 1), -1);
		KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, now), i);
		if (i % 2)
			KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, now), -1);
	}
	KUNIT_EXPECT_EQ(test, count(test), 0);
}

/* One that is met is not answered; those around it are. */
static void who_is_met_is_not_answered(struct kunit *test)
{
	struct nat64_tuple t;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		t = nth(i);
		KUNIT_ASSERT_EQ(test, store(test, &t, i, 0, NOW), 0);
	}
	t = nth(1);
	KUNIT_EXPECT_TRUE(test, meets(test, &t, NOW + 6));
	KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, NOW + 7), 0);
	KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, NOW + 7), 2);
	KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, NOW + 7), -1);
}

/* From the last second on it waits for its answer. */
static void who_is_late_does_not_meet(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, store(test, &base, 1, 0, NOW), 0);
	KUNIT_EXPECT_FALSE(test, meets(test, &base, NOW + 7));
	KUNIT_EXPECT_EQ(test, count(test), 1);
	/* Another CPU's clock may be a moment behind. */
	KUNIT_EXPECT_TRUE(test, meets(test, &base, NOW - 1));
}

/* A shorter lifetime is for all, a longer one for those not over. */
static void the_lifetime_changes(struct kunit *test)
{
	struct nat64_tuple t = nth(1);

	KUNIT_ASSERT_EQ(test, store(test, &base, 1, 0, NOW), 0);
	KUNIT_ASSERT_EQ(test, store(test, &t, 2, 0, NOW + 10), 0);
	KUNIT_EXPECT_EQ(test, expired(test, 3600, NOW + 11), -1);
	KUNIT_EXPECT_EQ(test, expired(test, 2, NOW + 11), 1);
	KUNIT_EXPECT_EQ(test, expired(test, 2, NOW + 12), -1);
	KUNIT_EXPECT_EQ(test, expired(test, 2, NOW + 13), 2);
}

static void the_clock_wraps(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, store(test, &base, 1, 0, U32_MAX - 2), 0);
	KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, U32_MAX), -1);
	KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, 3), -1);
	KUNIT_EXPECT_EQ(test, expired(test, LIFETIME, 4), 1);
}

static void flush_forgets_all(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		struct nat64_tuple t = nth(i);

		KUNIT_ASSERT_EQ(test, store(test, &t, i, 0, NOW), 0);
	}
	nat64_syns_flush(test->priv);
	KUNIT_EXPECT_EQ(test, count(test), 0);
	KUNIT_EXPECT_EQ(test, expired(test, 0, NOW + 1), -1);
	KUNIT_EXPECT_FALSE(test, meets(test, &base, NOW));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(met_once),
	KUNIT_CASE_PARAM(met_by_the_ipv4_side, field_gen_params),
	KUNIT_CASE(repeated),
	KUNIT_CASE(no_more_than_the_limit),
	KUNIT_CASE_PARAM(no_more_of_each_than_is_quoted, size_gen_params),
	KUNIT_CASE(the_oldest_first),
	KUNIT_CASE(who_is_met_is_not_answered),
	KUNIT_CASE(who_is_late_does_not_meet),
	KUNIT_CASE(the_lifetime_changes),
	KUNIT_CASE(the_clock_wraps),
	KUNIT_CASE(flush_forgets_all),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_syn",
	.init = syn_init,
	.exit = syn_exit,
	.test_cases = cases,
};

kunit_test_suites(&suite);
