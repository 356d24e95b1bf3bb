// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: sets of them against a set kept bit by bit, and the draw against
 * what RFC 6056 wants of it: every free port, equally likely, from no order.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "../ports.h"

#define ALL_PORTS	65536
#define MAX_RANGES	5

KUNIT_DEFINE_ACTION_WRAPPER(kvfree_action, kvfree, void *);

static int ports_init(struct kunit *test)
{
	struct nat64_ports *ports = kzalloc(sizeof(*ports), GFP_KERNEL);

	test->priv = ports;
	return ports ? 0 : -ENOMEM;
}

static void ports_exit(struct kunit *test)
{
	nat64_ports_free(test->priv);
}

/* A list of ranges ends at its first { 0, 0 }. */
static unsigned int count(const struct nat64_range *range)
{
	unsigned int n = 0;

	while (n < MAX_RANGES && range[n].hi)
		n++;
	return n;
}

static struct nat64_ranges *make_ranges(struct kunit *test,
					const struct nat64_range *range)
{
	struct nat64_range copy[MAX_RANGES];
	struct nat64_ranges *r;

	memcpy(copy, range, sizeof(copy));
	r = nat64_ranges_alloc(copy, count(range), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, kvfree_action, r));
	return r;
}

/* The set that the ranges mean, bit by bit. */
static unsigned long *make_set(struct kunit *test,
			       const struct nat64_range *range)
{
	unsigned long *set;
	unsigned int i;

	set = kunit_kcalloc(test, BITS_TO_LONGS(ALL_PORTS), sizeof(*set),
			    GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, set);
	for (i = 0; i < count(range); i++)
		bitmap_set(set, range[i].lo, range[i].hi - range[i].lo + 1);
	return set;
}

struct set_case {
	const char *name;
	struct nat64_range in[MAX_RANGES];
	struct nat64_range out[MAX_RANGES];
	u32 total;
};

static const struct set_case set_cases[] = {
	{ "none", {}, {}, 0 },
	{ "default", { NAT64_DEFAULT_PORTS }, { { 61001, 65535 } }, 4535 },
	{ "all", { { 1, 65535 } }, { { 1, 65535 } }, 65535 },
	{ "one port", { { 80, 80 } }, { { 80, 80 } }, 1 },
	{ "last port", { { 65535, 65535 } }, { { 65535, 65535 } }, 1 },
	{ "not in order", { { 300, 399 }, { 100, 199 }, { 500, 500 } },
	  { { 100, 199 }, { 300, 399 }, { 500, 500 } }, 201 },
	{ "adjacent", { { 100, 199 }, { 200, 299 } }, { { 100, 299 } }, 200 },
	{ "adjacent, not in order", { { 4096, 8191 }, { 1, 4095 } },
	  { { 1, 8191 } }, 8191 },
	{ "a gap of one port", { { 100, 199 }, { 201, 299 } },
	  { { 100, 199 }, { 201, 299 } }, 199 },
	{ "overlap", { { 100, 250 }, { 200, 299 } }, { { 100, 299 } }, 200 },
	{ "one inside another", { { 100, 299 }, { 150, 160 } },
	  { { 100, 299 } }, 200 },
	{ "the same twice", { { 7, 9 }, { 7, 9 } }, { { 7, 9 } }, 3 },
	{ "same begin", { { 7, 9 }, { 7, 99 } }, { { 7, 99 } }, 93 },
	{ "same end", { { 90, 99 }, { 7, 99 } }, { { 7, 99 } }, 93 },
	{ "65535 in two", { { 65535, 65535 }, { 65000, 65535 } },
	  { { 65000, 65535 } }, 536 },
	{ "65535 adjacent", { { 65535, 65535 }, { 65534, 65534 } },
	  { { 65534, 65535 } }, 2 },
	{ "one that joins all",
	  { { 10, 19 }, { 30, 39 }, { 50, 59 }, { 20, 49 } },
	  { { 10, 59 } }, 50 },
};

KUNIT_ARRAY_PARAM_DESC(set, set_cases, name);

static void ranges_alloc(struct kunit *test)
{
	const struct set_case *c = test->param_value;
	struct nat64_ranges *r = make_ranges(test, c->in);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, r->total, c->total);
	KUNIT_ASSERT_EQ(test, r->n, count(c->out));
	for (i = 0; i < r->n; i++) {
		KUNIT_EXPECT_EQ(test, r->range[i].lo, c->out[i].lo);
		KUNIT_EXPECT_EQ(test, r->range[i].hi, c->out[i].hi);
	}
}

static void ranges_have(struct kunit *test)
{
	const struct set_case *c = test->param_value;
	struct nat64_ranges *r = make_ranges(test, c->in);
	unsigned long *set = make_set(test, c->in);
	u32 port;

	for (port = 0; port < ALL_PORTS; port++)
		if (nat64_ranges_have(r, port) != test_bit(port, set))
			KUNIT_FAIL(test, "port %u", port);
}

static void ranges_have_of_null(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, nat64_ranges_have(NULL, 0));
	KUNIT_EXPECT_FALSE(test, nat64_ranges_have(NULL, 65535));
}

struct meet_case {
	const char *name;
	struct nat64_range a[MAX_RANGES];
	struct nat64_range b[MAX_RANGES];
	u16 port;
};

static const struct meet_case meet_cases[] = {
	{ "none and none", {}, {}, 0 },
	{ "none and all", {}, { { 1, 65535 } }, 0 },
	{ "side by side", { { 1, 1023 } }, { { 1024, 65535 } }, 0 },
	{ "interleaved", { { 10, 19 }, { 30, 39 }, { 50, 59 } },
	  { { 20, 29 }, { 40, 49 }, { 60, 69 } }, 0 },
	{ "one port", { { 1, 1024 } }, { { 1024, 65535 } }, 1024 },
	{ "the last port", { { 5, 9 }, { 65535, 65535 } },
	  { { 10, 19 }, { 60000, 65535 } }, 65535 },
	{ "the first port", { { 1, 1 } }, { { 1, 65535 } }, 1 },
	{ "inside", { { 100, 200 } }, { { 150, 160 } }, 150 },
	{ "the lowest of several", { { 10, 19 }, { 30, 39 } },
	  { { 18, 31 } }, 18 },
	{ "only the last ranges", { { 1, 9 }, { 20, 29 }, { 40, 49 } },
	  { { 10, 19 }, { 30, 39 }, { 49, 60 } }, 49 },
	{ "a long one over many", { { 1, 30000 } },
	  { { 30000, 30000 }, { 40000, 40001 } }, 30000 },
};

KUNIT_ARRAY_PARAM_DESC(meet, meet_cases, name);

static void ranges_meet(struct kunit *test)
{
	const struct meet_case *c = test->param_value;
	struct nat64_ranges *a = make_ranges(test, c->a);
	struct nat64_ranges *b = make_ranges(test, c->b);

	KUNIT_EXPECT_EQ(test, nat64_ranges_meet(a, b), c->port);
	KUNIT_EXPECT_EQ(test, nat64_ranges_meet(b, a), c->port);
	KUNIT_EXPECT_EQ(test, nat64_ranges_meet(a, NULL), 0);
	KUNIT_EXPECT_EQ(test, nat64_ranges_meet(NULL, b), 0);
}

#define ANY_PORT	{ 1, U16_MAX, -1 }

struct pick_case {
	const char *name;
	struct nat64_range in[MAX_RANGES];
	struct nat64_wish wish;
	u32 fit;
};

static const struct pick_case pick_cases[] = {
	{ "no range", {}, ANY_PORT, 0 },
	{ "all ports", { { 1, 65535 } }, ANY_PORT, 65535 },
	{ "default", { NAT64_DEFAULT_PORTS }, ANY_PORT, 4535 },
	{ "one port", { { 80, 80 } }, ANY_PORT, 1 },
	{ "border of chunks", { { 4095, 4096 } }, ANY_PORT, 2 },
	{ "border of words", { { 1087, 1088 } }, ANY_PORT, 2 },
	{ "a word and its neighbours", { { 1087, 1152 } }, ANY_PORT, 66 },
	{ "port 65535", { { 65535, 65535 } }, ANY_PORT, 1 },
	{ "port 65535, odd", { { 65534, 65535 } }, { 1024, U16_MAX, 1 }, 1 },
	{ "port 65534, even", { { 65534, 65535 } }, { 1024, U16_MAX, 0 }, 1 },
	{ "port 1, even", { { 1, 1 } }, { 1, 1023, 0 }, 0 },
	{ "low class", { { 1, 65535 } }, { 1, 1023, -1 }, 1023 },
	{ "low class, even", { { 1, 65535 } }, { 1, 1023, 0 }, 511 },
	{ "low class, odd", { { 1, 65535 } }, { 1, 1023, 1 }, 512 },
	{ "high class", { { 1000, 1100 } }, { 1024, U16_MAX, -1 }, 77 },
	{ "no port of the class", { { 1024, 65535 } }, { 1, 1023, -1 }, 0 },
	{ "no port of the parity", { { 5, 5 }, { 7, 7 } },
	  { 1, U16_MAX, 0 }, 0 },
	{ "odd begin and end, even", { { 4095, 4097 } }, { 1, U16_MAX, 0 }, 1 },
	{ "several ranges, odd", { { 10, 14 }, { 20, 20 }, { 31, 31 } },
	  { 1, U16_MAX, 1 }, 3 },
	{ "two ranges in a word", { { 128, 130 }, { 140, 150 } }, ANY_PORT,
	  14 },
	{ "five ranges, even", { { 1, 9 }, { 4000, 4200 }, { 8191, 8192 },
	  { 30001, 30001 }, { 65000, 65535 } }, { 2, 65533, 0 }, 373 },
};

KUNIT_ARRAY_PARAM_DESC(pick, pick_cases, name);

static void keep_fitting(unsigned long *set, const struct nat64_wish *wish)
{
	u32 port;

	for_each_set_bit(port, set, ALL_PORTS)
		if (port < wish->lo || port > wish->hi ||
		    (wish->parity >= 0 && port % 2 != wish->parity))
			__clear_bit(port, set);
}

/* Each port that fits is lent once, no other ever, then there is no more. */
static void pick_until_none_is_left(struct kunit *test)
{
	const struct pick_case *c = test->param_value;
	struct nat64_ranges *r = make_ranges(test, c->in);
	unsigned long *set = make_set(test, c->in);
	struct nat64_ports *ports = test->priv;
	u32 n;

	keep_fitting(set, &c->wish);
	for (n = 0; n < ALL_PORTS; n++) {
		int port = nat64_ports_pick(ports, r, &c->wish);

		if (port < 0) {
			KUNIT_EXPECT_EQ(test, port, -ENOSPC);
			break;
		}
		KUNIT_ASSERT_TRUE_MSG(test, __test_and_clear_bit(port, set),
				      "port %d", port);
	}
	KUNIT_EXPECT_EQ(test, n, c->fit);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(set, ALL_PORTS));
	KUNIT_EXPECT_EQ(test, ports->used, c->fit);
	KUNIT_EXPECT_EQ(test, nat64_ports_pick(ports, r, &c->wish), -ENOSPC);
}

static void pick_leaves_alone_what_is_lent(struct kunit *test)
{
	static const struct nat64_range range[MAX_RANGES] = { { 4090, 4100 } };
	static const struct nat64_wish wish = ANY_PORT;
	struct nat64_ranges *r = make_ranges(test, range);
	struct nat64_ports *ports = test->priv;
	u32 port;

	for (port = 4090; port <= 4100; port++)
		if (port != 4096)
			KUNIT_ASSERT_EQ(test, nat64_ports_take(ports, port), 0);
	KUNIT_EXPECT_EQ(test, nat64_ports_pick(ports, r, &wish), 4096);
	KUNIT_EXPECT_EQ(test, nat64_ports_pick(ports, r, &wish), -ENOSPC);
	nat64_ports_put(ports, 4093);
	KUNIT_EXPECT_EQ(test, nat64_ports_pick(ports, r, &wish), 4093);
}

static void take_and_put(struct kunit *test)
{
	static const u16 some[] = { 1, 63, 64, 4095, 4096, 65535 };
	struct nat64_ports *ports = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(some); i++) {
		KUNIT_EXPECT_EQ(test, nat64_ports_take(ports, some[i]), 0);
		KUNIT_EXPECT_EQ(test, nat64_ports_take(ports, some[i]),
				-EEXIST);
		KUNIT_EXPECT_EQ(test, ports->used, i + 1);
	}
	/* 1 and 63; 64; 4095; 4096; 65535 */
	KUNIT_EXPECT_EQ(test, ports->n_busy[0][1], 2);
	KUNIT_EXPECT_EQ(test, ports->n_busy[0][0], 1);
	KUNIT_EXPECT_EQ(test, ports->n_busy[3][1], 1);
	KUNIT_EXPECT_EQ(test, ports->n_busy[4][0], 1);
	KUNIT_EXPECT_EQ(test, ports->n_busy[NAT64_BLOCKS - 1][1], 1);
	for (i = 0; i < ARRAY_SIZE(some); i++) {
		nat64_ports_put(ports, some[i]);
		KUNIT_EXPECT_EQ(test, nat64_ports_take(ports, some[i]), 0);
		nat64_ports_put(ports, some[i]);
	}
	KUNIT_EXPECT_EQ(test, ports->used, 0);
	KUNIT_EXPECT_EQ(test, nat64_ports_next(ports, 0), NAT64_NO_PORT);
}

/* What was never used costs no memory. */
static void take_makes_one_chunk(struct kunit *test)
{
	struct nat64_ports *ports = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, nat64_ports_take(ports, 4096), 0);
	for (i = 0; i < NAT64_CHUNKS; i++)
		KUNIT_EXPECT_EQ(test, !!ports->busy[i], i == 1);
}

static void next_walks_in_order(struct kunit *test)
{
	static const u16 some[] = {
		0, 1, 63, 64, 127, 4095, 4096, 8191, 20480, 61439, 61440, 65535
	};
	struct nat64_ports *ports = test->priv;
	u32 port = 0;
	int i;

	KUNIT_EXPECT_EQ(test, nat64_ports_next(ports, 0), NAT64_NO_PORT);
	for (i = ARRAY_SIZE(some) - 1; i >= 0; i--)
		KUNIT_ASSERT_EQ(test, nat64_ports_take(ports, some[i]), 0);
	for (i = 0; i < ARRAY_SIZE(some); i++, port++) {
		port = nat64_ports_next(ports, port);
		KUNIT_EXPECT_EQ(test, port, some[i]);
	}
	KUNIT_EXPECT_EQ(test, nat64_ports_next(ports, port), NAT64_NO_PORT);
	KUNIT_EXPECT_EQ(test, nat64_ports_next(ports, 4097), 8191);
	KUNIT_EXPECT_EQ(test, nat64_ports_next(ports, 8192), 20480);
	nat64_ports_put(ports, 65535);
	KUNIT_EXPECT_EQ(test, nat64_ports_next(ports, 61441), NAT64_NO_PORT);
}

/* The clock of these tests begins at no round number. */
#define NOW	1003

static const struct nat64_range eight[MAX_RANGES] = { { 5000, 5007 } };

/* Ports 5000 to 5007, of which these many are lent, the lowest first. */
static struct nat64_ports *lend(struct kunit *test, unsigned int n)
{
	struct nat64_ports *ports = test->priv;
	unsigned int i;

	ports->capacity = 8;
	for (i = 0; i < n; i++)
		KUNIT_ASSERT_EQ(test, nat64_ports_take(ports, 5000 + i), 0);
	return ports;
}

/* Each second: not free before its time, and not held a third longer. */
static void held_for_its_time(struct kunit *test)
{
	static const struct nat64_hold hold = { .seconds = 120, .percent = 100 };
	struct nat64_ports *ports = lend(test, 1);
	u32 now;

	nat64_ports_rested(ports, hold.seconds, NOW);
	for (now = NOW; now < NOW + 60; now++)
		nat64_ports_rested(ports, hold.seconds, now);
	nat64_ports_hold(ports, 5000, &hold, now);
	KUNIT_EXPECT_EQ(test, ports->used, 0);
	for (; now < NOW + 60 + 120; now++) {
		nat64_ports_rested(ports, hold.seconds, now);
		KUNIT_ASSERT_EQ_MSG(test, nat64_ports_held(ports), 1, "at %u",
				    now - NOW - 60);
	}
	nat64_ports_rested(ports, hold.seconds, NOW + 60 + 160);
	KUNIT_EXPECT_EQ(test, nat64_ports_held(ports), 0);
}

static void held_are_over_after_a_long_silence(struct kunit *test)
{
	static const struct nat64_hold hold = { .seconds = 120, .percent = 100 };
	struct nat64_ports *ports = lend(test, 3);

	nat64_ports_hold(ports, 5000, &hold, NOW);
	nat64_ports_hold(ports, 5001, &hold, NOW + 100);
	KUNIT_EXPECT_EQ(test, nat64_ports_held(ports), 2);
	nat64_ports_rested(ports, hold.seconds, NOW + 100000);
	KUNIT_EXPECT_EQ(test, nat64_ports_held(ports), 0);
	nat64_ports_hold(ports, 5002, &hold, NOW + 100000);
	nat64_ports_rested(ports, hold.seconds, NOW + 100119);
	KUNIT_EXPECT_EQ(test, nat64_ports_held(ports), 1);
}

/* Others first; then those that rest, the oldest first. */
static void held_are_the_last_to_be_lent(struct kunit *test)
{
	static const struct nat64_hold hold = { .seconds = 120, .percent = 100 };
	static const struct nat64_wish wish = ANY_PORT;
	struct nat64_ranges *r = make_ranges(test, eight);
	struct nat64_ports *ports = lend(test, 3);
	unsigned int i;

	for (i = 0; i < 3; i++)
		nat64_ports_hold(ports, 5000 + i, &hold, NOW + 41 * i);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_GE(test, nat64_ports_pick(ports, r, &wish), 5003);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, nat64_ports_pick(ports, r, &wish), -ENOSPC);
		KUNIT_EXPECT_TRUE(test, nat64_ports_release_oldest(ports));
		KUNIT_EXPECT_EQ(test, nat64_ports_pick(ports, r, &wish), 5000 + i);
	}
	KUNIT_EXPECT_FALSE(test, nat64_ports_release_oldest(ports));
}

static void held_are_a_share(struct kunit *test)
{
	static const struct nat64_hold hold = { .seconds = 120, .percent = 25 };
	struct nat64_ports *ports = lend(test, 4);

	nat64_ports_hold(ports, 5000, &hold, NOW);
	nat64_ports_hold(ports, 5001, &hold, NOW + 41);
	KUNIT_EXPECT_EQ(test, nat64_ports_held(ports), 2);
	/* Of eight a quarter is two: the oldest makes room. */
	nat64_ports_hold(ports, 5002, &hold, NOW + 82);
	KUNIT_EXPECT_EQ(test, nat64_ports_held(ports), 2);
	KUNIT_EXPECT_EQ(test, nat64_ports_take(ports, 5000), 0);
	KUNIT_EXPECT_EQ(test, nat64_ports_held(ports), 2);
}

static void held_not_at_all(struct kunit *test)
{
	static const struct nat64_hold no_time = { .seconds = 0, .percent = 25 };
	static const struct nat64_hold no_share = { .seconds = 120 };
	struct nat64_ports *ports = lend(test, 2);

	nat64_ports_hold(ports, 5000, &no_time, NOW);
	nat64_ports_hold(ports, 5001, &no_share, NOW);
	KUNIT_EXPECT_EQ(test, nat64_ports_held(ports), 0);
	KUNIT_EXPECT_EQ(test, ports->used, 0);
}

static void held_is_taken_by_name(struct kunit *test)
{
	static const struct nat64_hold hold = { .seconds = 120, .percent = 100 };
	struct nat64_ports *ports = lend(test, 1);

	nat64_ports_hold(ports, 5000, &hold, NOW);
	KUNIT_EXPECT_EQ(test, nat64_ports_take(ports, 5000), 0);
	KUNIT_EXPECT_EQ(test, nat64_ports_held(ports), 0);
	KUNIT_EXPECT_EQ(test, nat64_ports_take(ports, 5000), -EEXIST);
}

/* Bit by bit: what is busy is lent or held, and each is counted once. */
static void expect_sound(struct kunit *test, const unsigned long *lent)
{
	const struct nat64_ports *ports = test->priv;
	u32 held[NAT64_HELD] = {};
	u32 n_busy[NAT64_BLOCKS][2] = {};
	unsigned int i;
	u32 port;

	for (port = 0; port < ALL_PORTS; port++) {
		unsigned int chunk = port / NAT64_CHUNK_BITS;
		unsigned int bit = port % NAT64_CHUNK_BITS;
		unsigned int n = test_bit(port, lent);

		for (i = 0; i < NAT64_HELD; i++)
			if (ports->held[i][chunk] &&
			    test_bit(bit, ports->held[i][chunk])) {
				held[i]++;
				n++;
			}
		KUNIT_ASSERT_EQ_MSG(test, n, ports->busy[chunk] &&
				    test_bit(bit, ports->busy[chunk]),
				    "port %u", port);
		n_busy[port / NAT64_BLOCK_BITS][port & 1] += n;
	}
	for (i = 0; i < NAT64_HELD; i++)
		KUNIT_EXPECT_EQ(test, ports->n_held[i], held[i]);
	for (i = 0; i < NAT64_BLOCKS; i++) {
		KUNIT_EXPECT_EQ(test, ports->n_busy[i][0], n_busy[i][0]);
		KUNIT_EXPECT_EQ(test, ports->n_busy[i][1], n_busy[i][1]);
	}
	KUNIT_EXPECT_EQ(test, ports->used, bitmap_weight(lent, ALL_PORTS));
}

/* Ports are drawn, asked for, given back and put to rest as it comes. */
static void random_steps(struct kunit *test)
{
	static const struct nat64_range range[MAX_RANGES] = {
		{ 1, 700 }, { 4000, 8300 }, { 12288, 16383 }, { 65000, 65535 }
	};
	static const struct nat64_hold hold = { .seconds = 30, .percent = 40 };
	struct nat64_ranges *r = make_ranges(test, range);
	struct nat64_ports *ports = test->priv;
	unsigned long *lent = make_set(test, &range[MAX_RANGES - 1]);
	struct rnd_state rnd;
	u32 i, now = NOW;

	prandom_seed_state(&rnd, 6056);
	ports->capacity = r->total;
	for (i = 0; i < 40000; i++) {
		u32 x = prandom_u32_state(&rnd);
		struct nat64_wish wish = { x & 1 ? 1 : 1024, U16_MAX,
					   (int)(x >> 1) % 3 - 1 };
		u32 port = x >> 16;
		int err;

		/* It fills, is full for a while, and is emptied again. */
		if ((x >> 4) % 100 < (i % 20000 < 12000 ? 85 : 30)) {
			err = nat64_ports_pick(ports, r, &wish);
			if (err > 0)
				KUNIT_ASSERT_FALSE(test, __test_and_set_bit(err, lent));
			else
				KUNIT_ASSERT_EQ(test, err, -ENOSPC);
		} else if (x & 4) {
			err = nat64_ports_take(ports, port);
			KUNIT_ASSERT_EQ(test, err, __test_and_set_bit(port, lent) ?
						   -EEXIST : 0);
		}
		port = nat64_ports_next(ports, port);
		KUNIT_ASSERT_EQ(test, port, find_next_bit(lent, ALL_PORTS, x >> 16));
		if (port < ALL_PORTS && x & 8) {
			__clear_bit(port, lent);
			if (x & 16)
				nat64_ports_hold(ports, port, &hold, now);
			else
				nat64_ports_put(ports, port);
		}
		now += !(x >> 5 & 63);
		if (i % 2000 == 0)
			expect_sound(test, lent);
	}
	expect_sound(test, lent);
}

static void free_of_null(struct kunit *test)
{
	nat64_ports_free(NULL);
}

#define DRAWS		10000
#define LENT_STEP	1009

/*
 * @sparse: all is lent but one port in LENT_STEP, so that it is by counting,
 * not by trial, that a free one is found.
 */
struct draw_case {
	const char *name;
	struct nat64_range in[MAX_RANGES];
	struct nat64_wish wish;
	bool sparse;
};

static const struct draw_case draw_cases[] = {
	{ "4535 ports", { NAT64_DEFAULT_PORTS }, ANY_PORT },
	{ "even ports", { NAT64_DEFAULT_PORTS }, { 1024, U16_MAX, 0 } },
	{ "a small and a large range", { { 80, 89 }, { 4000, 4999 } },
	  ANY_PORT },
	{ "99.9 % lent", { { 1024, 65535 } }, ANY_PORT, true },
	{ "99.9 % lent, odd", { { 1024, 2000 }, { 3001, 65535 } },
	  { 1, U16_MAX, 1 }, true },
};

KUNIT_ARRAY_PARAM_DESC(draw, draw_cases, name);

/* DRAWS draws, each from the same free ports: as indices into these. */
struct draws {
	u32 cells;
	u16 cell[DRAWS];
	u32 hits[ALL_PORTS];
	u16 cell_of[ALL_PORTS];
};

static void number_cells(struct kunit *test, struct draws *d)
{
	const struct draw_case *c = test->param_value;
	unsigned long *set = make_set(test, c->in);
	u32 n = 0;
	u32 port;

	keep_fitting(set, &c->wish);
	for_each_set_bit(port, set, ALL_PORTS) {
		if (c->sparse && n++ % LENT_STEP)
			KUNIT_ASSERT_EQ(test, 0,
					nat64_ports_take(test->priv, port));
		else
			d->cell_of[port] = d->cells++;
	}
}

static struct draws *make_draws(struct kunit *test)
{
	const struct draw_case *c = test->param_value;
	struct nat64_ranges *r = make_ranges(test, c->in);
	struct draws *d = kvzalloc(sizeof(*d), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, d);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, kvfree_action, d));
	number_cells(test, d);
	for (i = 0; i < DRAWS; i++) {
		int port = nat64_ports_pick(test->priv, r, &c->wish);

		KUNIT_ASSERT_GT(test, port, 0);
		nat64_ports_put(test->priv, port);
		d->cell[i] = d->cell_of[port];
	}
	return d;
}

/*
 * The sum of (hits - expected)^2 / expected over k cells has, if all are
 * equally likely, the mean k - 1 and the variance 2 (k - 1) (1 - 1 / DRAWS),
 * and is nearly normal for the k's here. Six deviations above the mean come
 * by chance once in some million runs (k = 33) or less. So do six below: that
 * would be a sequence dealt out more evenly than chance does it.
 */
static void expect_uniform(struct kunit *test, const struct draws *d)
{
	u64 df = d->cells - 1;
	u64 slack = 6 * int_sqrt64(2 * df);
	u64 squares = 0;
	u64 chi2;
	u32 i;

	for (i = 0; i < d->cells; i++)
		squares += (u64)d->hits[i] * d->hits[i];
	chi2 = div_u64(squares * d->cells, DRAWS) - DRAWS;
	KUNIT_EXPECT_LT(test, chi2, df + slack);
	if (df > slack)
		KUNIT_EXPECT_GT(test, chi2, df - slack);
}

static void draws_are_uniform(struct kunit *test)
{
	struct draws *d = make_draws(test);
	u32 i;

	for (i = 0; i < DRAWS; i++)
		d->hits[d->cell[i]]++;
	expect_uniform(test, d);
}

/* From one draw to the next any distance is as likely as any other. */
static void distances_are_uniform(struct kunit *test)
{
	struct draws *d = make_draws(test);
	u32 i;

	for (i = 0; i < DRAWS; i++) {
		u32 next = d->cell[(i + 1) % DRAWS];

		d->hits[(next + d->cells - d->cell[i]) % d->cells]++;
	}
	expect_uniform(test, d);
}

/*
 * The correlation of a draw with the next has the deviation 1 / sqrt(DRAWS),
 * a hundredth; six of these are the bound. Twice the distance from the middle
 * has the variance (k^2 - 1) / 3.
 */
static void draws_do_not_correlate(struct kunit *test)
{
	struct draws *d = make_draws(test);
	s64 middle = d->cells - 1;
	s64 bound, sum = 0;
	u32 i;

	for (i = 0; i < DRAWS; i++)
		sum += (2LL * d->cell[i] - middle) *
		       (2LL * d->cell[(i + 1) % DRAWS] - middle);
	bound = div_u64(((u64)d->cells * d->cells - 1) * DRAWS * 6, 3 * 100);
	KUNIT_EXPECT_LT(test, sum, bound);
	KUNIT_EXPECT_GT(test, sum, -bound);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(ranges_alloc, set_gen_params),
	KUNIT_CASE_PARAM(ranges_have, set_gen_params),
	KUNIT_CASE(ranges_have_of_null),
	KUNIT_CASE_PARAM(ranges_meet, meet_gen_params),
	KUNIT_CASE_PARAM(pick_until_none_is_left, pick_gen_params),
	KUNIT_CASE(pick_leaves_alone_what_is_lent),
	KUNIT_CASE(take_and_put),
	KUNIT_CASE(take_makes_one_chunk),
	KUNIT_CASE(next_walks_in_order),
	KUNIT_CASE(held_for_its_time),
	KUNIT_CASE(held_are_over_after_a_long_silence),
	KUNIT_CASE(held_are_the_last_to_be_lent),
	KUNIT_CASE(held_are_a_share),
	KUNIT_CASE(held_not_at_all),
	KUNIT_CASE(held_is_taken_by_name),
	KUNIT_CASE(random_steps),
	KUNIT_CASE(free_of_null),
	KUNIT_CASE_PARAM(draws_are_uniform, draw_gen_params),
	KUNIT_CASE_PARAM(distances_are_uniform, draw_gen_params),
	KUNIT_CASE_PARAM(draws_do_not_correlate, draw_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_ports",
	.init = ports_init,
	.exit = ports_exit,
	.test_cases = cases,
};

kunit_test_suites(&suite);
