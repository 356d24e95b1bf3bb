// SPDX-License-Identifier: GPL-2.0
/*
 * The session tables: what is found by what, the clock across its wrap-around;
 * and the ids of prefixes, which are part of a session's key.
 */
#include <kunit/resource.h>
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "../pool6.h"
#include "../session.h"

static const struct nat64_tuple base = {
	.addr6 = { { { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0,
		       0, 0, 0, 0, 0, 0, 0, 1 } } },
	.port6 = cpu_to_be16(40001),
	.rport = cpu_to_be16(443),
	.raddr = cpu_to_be32(0xc6336407),
	.addr4 = cpu_to_be32(0xc0000201),
	.port4 = cpu_to_be16(61234),
	.proto = NAT64_TCP,
	.prefix = 1,
};

KUNIT_DEFINE_ACTION_WRAPPER(destroy_action, nat64_sessions_destroy,
			    struct nat64_sessions *);

static int session_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct nat64_sessions),
				   GFP_KERNEL);
	if (!test->priv || nat64_sessions_init(test->priv))
		return -ENOMEM;
	return kunit_add_action_or_reset(test, destroy_action, test->priv);
}

static void remove(struct nat64_sessions *sessions, struct nat64_session *s)
{
	rcu_read_lock_bh();
	nat64_session_remove(sessions, s);
	rcu_read_unlock_bh();
}

/* A session that is not in the tables any more is not removed again. */
static void end_action(void *data)
{
	struct nat64_session *s = data;

	if (!s->dead)
		remove(kunit_get_current_test()->priv, s);
	nat64_session_free_rcu(s);
}

static struct nat64_session *make_session(struct kunit *test,
					  const struct nat64_tuple *tuple)
{
	struct nat64_session *s = nat64_session_alloc();
	int err;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->tuple = *tuple;
	rcu_read_lock_bh();
	err = nat64_session_insert(test->priv, s);
	rcu_read_unlock_bh();
	s->dead = err;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_action,
							   s));
	KUNIT_ASSERT_EQ(test, err, 0);
	return s;
}

static void end_session(struct kunit *test, struct nat64_session *s)
{
	s->dead = true;
	remove(test->priv, s);
}

static struct nat64_session *find6(struct kunit *test,
				   const struct nat64_tuple *key)
{
	struct nat64_session *s;

	rcu_read_lock();
	s = nat64_session_find6(test->priv, key);
	rcu_read_unlock();
	return s;
}

static struct nat64_session *find4(struct kunit *test,
				   const struct nat64_tuple *key)
{
	struct nat64_session *s;

	rcu_read_lock();
	s = nat64_session_find4(test->priv, key);
	rcu_read_unlock();
	return s;
}

static struct nat64_tuple base_of(enum nat64_proto proto)
{
	struct nat64_tuple t = base;

	t.proto = proto;
	if (proto == NAT64_ICMP)
		t.rport = 0;
	return t;
}

static void alloc_is_zeroed(struct kunit *test)
{
	struct nat64_session *s = nat64_session_alloc();

	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_NULL(test, memchr_inv(s, 0, sizeof(*s)));
	nat64_session_free(s);
}

/* Three flows that differ in the protocol alone do not disturb each other. */
static void found_from_both_sides(struct kunit *test)
{
	struct nat64_session *s[NAT64_PROTOS];
	struct nat64_sessions *sessions = test->priv;
	unsigned int i;

	for (i = 0; i < NAT64_PROTOS; i++) {
		struct nat64_tuple t = base_of(i);

		KUNIT_EXPECT_NULL(test, find6(test, &t));
		KUNIT_EXPECT_NULL(test, find4(test, &t));
		s[i] = make_session(test, &t);
	}
	for (i = 0; i < NAT64_PROTOS; i++) {
		struct nat64_tuple t = base_of(i);

		KUNIT_EXPECT_PTR_EQ(test, find6(test, &t), s[i]);
		KUNIT_EXPECT_PTR_EQ(test, find4(test, &t), s[i]);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&sessions->by6.nelems), 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&sessions->by4.nelems), 3);
}

static void removed_is_not_found(struct kunit *test)
{
	struct nat64_tuple tcp = base_of(NAT64_TCP);
	struct nat64_tuple udp = base_of(NAT64_UDP);
	struct nat64_session *s = make_session(test, &tcp);
	struct nat64_session *other = make_session(test, &udp);
	struct nat64_sessions *sessions = test->priv;

	end_session(test, s);
	KUNIT_EXPECT_NULL(test, find6(test, &tcp));
	KUNIT_EXPECT_NULL(test, find4(test, &tcp));
	KUNIT_EXPECT_PTR_EQ(test, find6(test, &udp), other);
	KUNIT_EXPECT_PTR_EQ(test, find4(test, &udp), other);
	KUNIT_EXPECT_EQ(test, atomic_read(&sessions->by6.nelems), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&sessions->by4.nelems), 1);
}

/* @flip: what is xored to the tuple; @side6, @side4: whose keys it changes. */
struct field {
	const char *name;
	struct nat64_tuple flip;
	bool side6;
	bool side4;
};

static const struct field fields[] = {
	{ "X', its first bit", { .addr6.s6_addr[0] = 0x80 }, true, false },
	{ "X', its middle", { .addr6.s6_addr[7] = 1 }, true, false },
	{ "X', its last bit", { .addr6.s6_addr[15] = 1 }, true, false },
	{ "x, low bit", { .port6 = cpu_to_be16(1) }, true, false },
	{ "x, high bit", { .port6 = cpu_to_be16(0x8000) }, true, false },
	{ "z, low bit", { .rport = cpu_to_be16(1) }, true, true },
	{ "z, high bit", { .rport = cpu_to_be16(0x8000) }, true, true },
	{ "Z, low bit", { .raddr = cpu_to_be32(1) }, true, true },
	{ "Z, high bit", { .raddr = cpu_to_be32(0x80000000) }, true, true },
	{ "T, low bit", { .addr4 = cpu_to_be32(1) }, false, true },
	{ "T, high bit", { .addr4 = cpu_to_be32(0x80000000) }, false, true },
	{ "t, low bit", { .port4 = cpu_to_be16(1) }, false, true },
	{ "t, high bit", { .port4 = cpu_to_be16(0x8000) }, false, true },
	{ "protocol", { .proto = NAT64_TCP ^ NAT64_UDP }, true, true },
	{ "prefix", { .prefix = 3 }, true, false },
};

KUNIT_ARRAY_PARAM_DESC(field, fields, name);

static struct nat64_tuple flipped(const struct nat64_tuple *flip)
{
	struct nat64_tuple t = base;
	unsigned int i;

	for (i = 0; i < sizeof(t); i++)
		((u8 *)&t)[i] ^= ((const u8 *)flip)[i];
	return t;
}

static void not_found_if_one_field_differs(struct kunit *test)
{
	const struct field *f = test->param_value;
	struct nat64_tuple key = flipped(&f->flip);
	struct nat64_session *s = make_session(test, &base);

	KUNIT_EXPECT_PTR_EQ(test, find6(test, &key), f->side6 ? NULL : s);
	KUNIT_EXPECT_PTR_EQ(test, find4(test, &key), f->side4 ? NULL : s);
}

/* No two have the same flow on the IPv4 side. */
static void refused(struct kunit *test, const struct nat64_tuple *tuple)
{
	struct nat64_session *s = nat64_session_alloc();

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->tuple = *tuple;
	rcu_read_lock_bh();
	KUNIT_EXPECT_EQ(test, nat64_session_insert(test->priv, s), -EADDRINUSE);
	rcu_read_unlock_bh();
	nat64_session_free(s);
}

/* And a session that does have that key is another one. */
static void two_that_differ_in_one_field(struct kunit *test)
{
	const struct field *f = test->param_value;
	struct nat64_tuple key = flipped(&f->flip);
	struct nat64_session *s = make_session(test, &base);
	struct nat64_session *other;

	if (!f->side4) {
		refused(test, &key);
		KUNIT_EXPECT_NULL(test, find6(test, &key));
		KUNIT_EXPECT_PTR_EQ(test, find4(test, &key), s);
		return;
	}
	other = make_session(test, &key);
	if (f->side6) {
		KUNIT_EXPECT_PTR_EQ(test, find6(test, &base), s);
		KUNIT_EXPECT_PTR_EQ(test, find6(test, &key), other);
	}
	KUNIT_EXPECT_PTR_EQ(test, find4(test, &base), s);
	KUNIT_EXPECT_PTR_EQ(test, find4(test, &key), other);
	end_session(test, s);
	KUNIT_EXPECT_PTR_EQ(test, find6(test, &key), other);
	KUNIT_EXPECT_PTR_EQ(test, find4(test, &key), other);
}

static struct nat64_session *insert_host(struct kunit *test,
					 struct nat64_session *flow)
{
	struct nat64_session *other;

	rcu_read_lock_bh();
	other = nat64_session_insert_host(test->priv, flow);
	rcu_read_unlock_bh();
	return other;
}

static void remove_host(struct kunit *test, struct nat64_session *flow)
{
	rcu_read_lock_bh();
	nat64_session_remove_host(test->priv, flow);
	rcu_read_unlock_bh();
}

/* design.rst, "host ports": who comes second does without. */
static void host_flow_is_first(struct kunit *test)
{
	struct nat64_session *flow = nat64_session_alloc();

	KUNIT_ASSERT_NOT_NULL(test, flow);
	flow->tuple = base;
	KUNIT_EXPECT_NULL(test, insert_host(test, flow));
	KUNIT_EXPECT_TRUE(test, nat64_session_is_host(flow));
	KUNIT_EXPECT_PTR_EQ(test, find4(test, &base), flow);
	KUNIT_EXPECT_NULL(test, find6(test, &base));
	refused(test, &base);
	remove_host(test, flow);
	KUNIT_EXPECT_NULL(test, find4(test, &base));
	make_session(test, &base);
}

static void session_is_first(struct kunit *test)
{
	struct nat64_session *flow = nat64_session_alloc();
	struct nat64_session *s = make_session(test, &base);
	struct nat64_sessions *sessions = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, flow);
	flow->tuple = base;
	KUNIT_EXPECT_PTR_EQ(test, insert_host(test, flow), s);
	KUNIT_EXPECT_EQ(test, atomic_read(&sessions->by4.nelems), 1);
	nat64_session_free(flow);
}

#define MANY	1700

static struct nat64_tuple nth(u32 i)
{
	struct nat64_tuple t = base;

	t.port6 = cpu_to_be16(i);
	t.port4 = cpu_to_be16(65535 - i);
	return t;
}

/* Enough to make the tables grow, and shrink again, under the look-ups. */
static void many(struct kunit *test)
{
	struct nat64_sessions *sessions = test->priv;
	struct nat64_session **s;
	u32 i;

	s = kunit_kcalloc(test, MANY, sizeof(*s), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	for (i = 0; i < MANY; i++) {
		struct nat64_tuple t = nth(i);

		s[i] = make_session(test, &t);
	}
	for (i = 0; i < MANY; i++) {
		struct nat64_tuple t = nth(i);

		KUNIT_EXPECT_PTR_EQ(test, find6(test, &t), s[i]);
		KUNIT_EXPECT_PTR_EQ(test, find4(test, &t), s[i]);
		end_session(test, s[i]);
		KUNIT_EXPECT_NULL(test, find6(test, &t));
		KUNIT_EXPECT_NULL(test, find4(test, &t));
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&sessions->by6.nelems), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&sessions->by4.nelems), 0);
}

static unsigned int longest_chain(struct rhashtable *ht)
{
	const struct bucket_table *tbl;
	struct rhash_head *pos;
	unsigned int longest = 0;
	unsigned int i;

	rcu_read_lock();
	tbl = rht_dereference_rcu(ht->tbl, ht);
	for (i = 0; i < tbl->size; i++) {
		unsigned int n = 0;

		rht_for_each_rcu(pos, tbl, i)
			n++;
		longest = max(longest, n);
	}
	rcu_read_unlock();
	return longest;
}

enum spread {
	SPREAD_ADDR6,
	SPREAD_PORT6,
	SPREAD_RADDR,
	SPREAD_RPORT,
	SPREAD_ADDR4,
	SPREAD_PORT4
};

struct spread_case {
	const char *name;
	enum spread field;
	bool side6;
	bool side4;
};

static const struct spread_case spread_cases[] = {
	{ "X' in one /64", SPREAD_ADDR6, true, false },
	{ "x", SPREAD_PORT6, true, false },
	{ "Z in one prefix", SPREAD_RADDR, true, true },
	{ "z", SPREAD_RPORT, true, true },
	{ "T in one prefix", SPREAD_ADDR4, false, true },
	{ "t", SPREAD_PORT4, false, true },
};

KUNIT_ARRAY_PARAM_DESC(spread, spread_cases, name);

/* One that is on one side only wants company on the other: flows differ. */
static struct nat64_tuple spread_tuple(enum spread field, u32 i)
{
	struct nat64_tuple t = base;

	switch (field) {
	case SPREAD_ADDR6:
		t.addr6.s6_addr32[3] = cpu_to_be32(i);
		t.port4 = cpu_to_be16(i);
		break;
	case SPREAD_PORT6:
		t.port6 = cpu_to_be16(i);
		t.port4 = cpu_to_be16(i);
		break;
	case SPREAD_RADDR:
		t.raddr = cpu_to_be32(0xc6336400 + i);
		break;
	case SPREAD_RPORT:
		t.rport = cpu_to_be16(i);
		break;
	case SPREAD_ADDR4:
		t.addr4 = cpu_to_be32(0xc0000200 + i);
		t.port6 = cpu_to_be16(i);
		break;
	case SPREAD_PORT4:
		t.port4 = cpu_to_be16(i);
		t.port6 = cpu_to_be16(i);
		break;
	}
	return t;
}

/*
 * Flows that differ in one field must not share a bucket. Of 512 in 1,024
 * buckets ten meet in one once in some four million times.
 */
static void each_field_is_hashed(struct kunit *test)
{
	const struct spread_case *c = test->param_value;
	struct nat64_sessions *sessions = test->priv;
	u32 i;

	for (i = 0; i < 512; i++) {
		struct nat64_tuple t = spread_tuple(c->field, i);

		make_session(test, &t);
	}
	if (c->side6)
		KUNIT_EXPECT_LT(test, longest_chain(&sessions->by6), 10);
	if (c->side4)
		KUNIT_EXPECT_LT(test, longest_chain(&sessions->by4), 10);
}

/* Other than spread_tuple() this changes one field and nothing else. */
static void change(struct nat64_tuple *t, enum spread field, u32 i)
{
	switch (field) {
	case SPREAD_ADDR6:
		t->addr6.s6_addr32[3] ^= cpu_to_be32(i);
		break;
	case SPREAD_PORT6:
		t->port6 ^= cpu_to_be16(i);
		break;
	case SPREAD_RADDR:
		t->raddr ^= cpu_to_be32(i);
		break;
	case SPREAD_RPORT:
		t->rport ^= cpu_to_be16(i);
		break;
	case SPREAD_ADDR4:
		t->addr4 ^= cpu_to_be32(i);
		break;
	case SPREAD_PORT4:
		t->port4 ^= cpu_to_be16(i);
		break;
	}
}

/*
 * A key that is one field away must not be found even if it has come into the
 * bucket of the session, where only the comparison tells them apart. Of 10,000
 * in 1,024 buckets ten do; that none does happens once in 17,000 runs.
 */
static void not_found_in_the_same_bucket(struct kunit *test)
{
	const struct spread_case *c = test->param_value;
	u32 i, found = 0;

	make_session(test, &base);
	for (i = 1; i <= 10000; i++) {
		struct nat64_tuple key = base;

		change(&key, c->field, i);
		found += c->side6 && find6(test, &key);
		found += c->side4 && find4(test, &key);
	}
	KUNIT_EXPECT_EQ(test, found, 0);
}

/* The timer started anew at @now for @timeout seconds; what is at @at? */
struct clock_case {
	const char *name;
	u32 now;
	u32 timeout;
	u32 at;
	u32 left;
	bool expired;
};

#define YEAR	(365 * 24 * 3600)

static const struct clock_case clock_cases[] = {
	{ "just begun", 1000, 300, 1000, 300, false },
	{ "one second gone", 1000, 300, 1001, 299, false },
	{ "one second left", 1000, 300, 1299, 1, false },
	{ "last second, rounded up", 1000, 300, 1300, 1, false },
	{ "just over", 1000, 300, 1301, 0, true },
	{ "long over", 1000, 300, 1300 + YEAR, 0, true },
	{ "begun at 0", 0, 60, 0, 60, false },
	{ "a year", 5, YEAR, 5, YEAR, false },
	{ "a year is over", 5, YEAR, 6 + YEAR, 0, true },
	{ "before the wrap, over it", U32_MAX - 10, 300, U32_MAX - 10, 300,
	  false },
	{ "last second before the wrap", U32_MAX - 10, 300, U32_MAX, 290,
	  false },
	{ "first second after the wrap", U32_MAX - 10, 300, 0, 289, false },
	{ "last second, after the wrap", U32_MAX - 10, 300, 289, 1, false },
	{ "over, after the wrap", U32_MAX - 10, 300, 290, 0, true },
	{ "ends with the wrap", U32_MAX - 300, 300, U32_MAX, 1, false },
	{ "over by the wrap", U32_MAX - 300, 300, 0, 0, true },
	{ "ends at 0", U32_MAX - 299, 300, 0, 1, false },
	{ "ended at 0", U32_MAX - 299, 300, 1, 0, true },
	{ "across the sign", S32_MAX - 10, 300, (u32)S32_MAX + 1, 289, false },
	{ "over, across the sign", S32_MAX - 10, 300, (u32)S32_MAX + 291, 0,
	  true },
	{ "a year over the wrap", U32_MAX, YEAR, 0, YEAR - 1, false },
};

KUNIT_ARRAY_PARAM_DESC(clock, clock_cases, name);

static void clock(struct kunit *test)
{
	const struct clock_case *c = test->param_value;
	struct nat64_session s = {};

	nat64_session_refresh(&s, c->now, c->timeout);
	KUNIT_EXPECT_EQ(test, nat64_session_left(&s, c->at), c->left);
	KUNIT_EXPECT_EQ(test, nat64_session_expired(&s, c->at), c->expired);
}

/*
 * RFC 6146, 3.5.2.2: what is established is probed when its time is up, and lives
 * until then; everything else is over.
 */
static void end_of_life(struct kunit *test)
{
	unsigned int proto, state;

	for (proto = 0; proto < NAT64_PROTOS; proto++)
		for (state = 0; state < NAT64_TCP_STATES; state++) {
			bool probe = proto == NAT64_TCP &&
				     state == NAT64_TCP_ESTABLISHED;
			struct nat64_session s = {
				.tuple.proto = proto,
				.state = state,
				.expires = 1000,
			};

			KUNIT_EXPECT_FALSE(test,
					   nat64_session_wants_probe(&s, 1000));
			KUNIT_EXPECT_FALSE(test, nat64_session_over(&s, 1000));
			KUNIT_EXPECT_EQ(test, nat64_session_wants_probe(&s, 1001),
					probe);
			KUNIT_EXPECT_EQ(test, nat64_session_over(&s, 1001),
					!probe);
		}
}

/* As when a reset ends an established connection. */
static void refresh_may_shorten(struct kunit *test)
{
	struct nat64_session s = {};

	nat64_session_refresh(&s, 1000, 7440);
	nat64_session_refresh(&s, 1001, 240);
	KUNIT_EXPECT_EQ(test, nat64_session_left(&s, 1001), 240);
}

static void forget_routes_without_any(struct kunit *test)
{
	struct nat64_session s = {};

	nat64_session_forget_routes(&s);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(s.dst4));
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(s.dst6));
}

KUNIT_DEFINE_ACTION_WRAPPER(kfree_action, kfree, void *);

/* Prefix number @n of many; what id it has must not matter. */
static struct nat64_prefix make_prefix(unsigned int n)
{
	struct nat64_prefix p = { .len = 96, .id = 77 };

	p.addr.s6_addr32[0] = cpu_to_be32(0x20010db8);
	p.addr.s6_addr32[2] = cpu_to_be32(n);
	return p;
}

/* Prefixes number @first to @first + @n - 1. */
static struct nat64_pool6 *make_pool6(struct kunit *test, unsigned int first,
				      unsigned int n,
				      const struct nat64_pool6 *old)
{
	struct nat64_prefix *prefix;
	struct nat64_pool6 *pool6;
	unsigned int i;

	prefix = kunit_kcalloc(test, n, sizeof(*prefix), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, prefix);
	for (i = 0; i < n; i++)
		prefix[i] = make_prefix(first + i);
	pool6 = nat64_pool6_alloc(prefix, n, old);
	KUNIT_ASSERT_NOT_NULL(test, pool6);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, kfree_action, pool6));
	return pool6;
}

/* Within a pool ids differ; one that two pools share is of the same prefix. */
static void expect_ids(struct kunit *test, const struct nat64_pool6 *pool6,
		       const struct nat64_pool6 *old)
{
	unsigned int i;

	for (i = 0; i < pool6->n; i++) {
		const struct nat64_prefix *p = &pool6->prefix[i];
		const struct nat64_prefix *q = NULL;

		KUNIT_EXPECT_NE(test, p->id, NAT64_NO_PREFIX);
		KUNIT_EXPECT_PTR_EQ(test, nat64_pool6_by_id(pool6, p->id), p);
		if (old)
			q = nat64_pool6_by_id(old, p->id);
		if (q)
			KUNIT_EXPECT_TRUE(test, ipv6_addr_equal(&p->addr,
								&q->addr) &&
						p->len == q->len);
	}
}

static void pool6_ids_differ(struct kunit *test)
{
	struct nat64_pool6 *pool6 = make_pool6(test, 0, NAT64_POOL6_MAX, NULL);

	KUNIT_EXPECT_EQ(test, pool6->n, NAT64_POOL6_MAX);
	expect_ids(test, pool6, NULL);
	KUNIT_EXPECT_NULL(test, nat64_pool6_by_id(pool6, NAT64_NO_PREFIX));
}

static void pool6_keeps_ids(struct kunit *test)
{
	struct nat64_pool6 *old = make_pool6(test, 0, 6, NULL);
	struct nat64_pool6 *pool6 = make_pool6(test, 3, 6, old);
	unsigned int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, pool6->prefix[i].id,
				old->prefix[i + 3].id);
	expect_ids(test, pool6, old);
}

static void pool6_new_order_keeps_ids(struct kunit *test)
{
	struct nat64_prefix prefix[] = { make_prefix(9), make_prefix(2),
					 make_prefix(0) };
	struct nat64_pool6 *old = make_pool6(test, 0, 3, NULL);
	struct nat64_pool6 *pool6;

	pool6 = nat64_pool6_alloc(prefix, ARRAY_SIZE(prefix), old);
	KUNIT_ASSERT_NOT_NULL(test, pool6);
	KUNIT_EXPECT_EQ(test, pool6->prefix[1].id, old->prefix[2].id);
	KUNIT_EXPECT_EQ(test, pool6->prefix[2].id, old->prefix[0].id);
	expect_ids(test, pool6, old);
	kfree(pool6);
}

static void pool6_other_length_is_another(struct kunit *test)
{
	struct nat64_prefix prefix = make_prefix(0);
	struct nat64_pool6 *old = make_pool6(test, 0, 1, NULL);
	struct nat64_pool6 *pool6;

	prefix.len = 64;
	pool6 = nat64_pool6_alloc(&prefix, 1, old);
	KUNIT_ASSERT_NOT_NULL(test, pool6);
	expect_ids(test, pool6, old);
	kfree(pool6);
}

/* Bindings of the pool before must never be taken for ones of the new. */
static void pool6_full_change_again_and_again(struct kunit *test)
{
	struct nat64_pool6 *old = NULL;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		struct nat64_pool6 *pool6;

		pool6 = make_pool6(test, i * NAT64_POOL6_MAX, NAT64_POOL6_MAX,
				   old);
		expect_ids(test, pool6, old);
		old = pool6;
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(alloc_is_zeroed),
	KUNIT_CASE(found_from_both_sides),
	KUNIT_CASE(removed_is_not_found),
	KUNIT_CASE_PARAM(not_found_if_one_field_differs, field_gen_params),
	KUNIT_CASE_PARAM(two_that_differ_in_one_field, field_gen_params),
	KUNIT_CASE(host_flow_is_first),
	KUNIT_CASE(session_is_first),
	KUNIT_CASE(many),
	KUNIT_CASE_PARAM(each_field_is_hashed, spread_gen_params),
	KUNIT_CASE_PARAM(not_found_in_the_same_bucket, spread_gen_params),
	KUNIT_CASE_PARAM(clock, clock_gen_params),
	KUNIT_CASE(end_of_life),
	KUNIT_CASE(refresh_may_shorten),
	KUNIT_CASE(forget_routes_without_any),
	KUNIT_CASE(pool6_ids_differ),
	KUNIT_CASE(pool6_keeps_ids),
	KUNIT_CASE(pool6_new_order_keeps_ids),
	KUNIT_CASE(pool6_other_length_is_another),
	KUNIT_CASE(pool6_full_change_again_and_again),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_session",
	.init = session_init,
	.test_cases = cases,
};

kunit_test_suites(&suite);
