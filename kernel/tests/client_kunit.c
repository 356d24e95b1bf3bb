// SPDX-License-Identifier: GPL-2.0
/*
 * Clients: who is one, what each may have, and that nothing of it is left when
 * its last binding has gone.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../client.h"

#define NOW	5000

static const struct in6_addr base = { { {
	0x20, 1, 0xd, 0xb8, 0x12, 0x34, 0x56, 0x78,
	0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x34, 0x56, 0x78
} } };

static int client_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct nat64_clients),
				   GFP_KERNEL);
	return test->priv ? nat64_clients_init(test->priv) : -ENOMEM;
}

/* Each test has to leave none. */
static void client_exit(struct kunit *test)
{
	struct nat64_clients *clients = test->priv;

	if (!clients)
		return;
	KUNIT_EXPECT_EQ(test, atomic_read(&clients->table.nelems), 0);
	nat64_clients_destroy(clients);
}

static int n_clients(struct kunit *test)
{
	const struct nat64_clients *clients = test->priv;

	return atomic_read(&clients->table.nelems);
}

static struct nat64_client *bind(struct kunit *test,
				 const struct in6_addr *addr,
				 const struct nat64_client_limits *limits,
				 u32 now)
{
	struct nat64_client *client;

	local_bh_disable();
	rcu_read_lock();
	client = nat64_client_bind(test->priv, addr, limits, now);
	rcu_read_unlock();
	local_bh_enable();
	return client;
}

static struct nat64_client *join(struct kunit *test,
				 const struct in6_addr *addr, u32 prefix_len,
				 u32 sessions)
{
	struct nat64_client *client;

	local_bh_disable();
	rcu_read_lock();
	client = nat64_client_join(test->priv, addr, prefix_len, sessions);
	rcu_read_unlock();
	local_bh_enable();
	KUNIT_ASSERT_NOT_NULL(test, client);
	return client;
}

static void leave(struct kunit *test, struct nat64_client *client,
		  unsigned int times)
{
	while (times--)
		nat64_client_leave(test->priv, client);
}

/* The address that differs from base in bit @bit, counted from the left. */
static struct in6_addr flipped(unsigned int bit)
{
	struct in6_addr addr = base;

	addr.s6_addr[bit / 8] ^= 0x80 >> bit % 8;
	return addr;
}

struct prefix_case {
	const char *name;
	u32 len;
};

static const struct prefix_case prefixes[] = {
	{ "/128", 128 }, { "/127", 127 }, { "/65", 65 }, { "/64", 64 },
	{ "/63", 63 }, { "/61", 61 }, { "/60", 60 }, { "/56", 56 },
	{ "/48", 48 }, { "/33", 33 }, { "/32", 32 }, { "/1", 1 },
};

KUNIT_ARRAY_PARAM_DESC(prefix, prefixes, name);

/* All of a prefix is one; each bit of the prefix makes another. */
static void a_prefix_is_one_client(struct kunit *test)
{
	const struct prefix_case *c = test->param_value;
	struct nat64_client_limits limits = {
		.bindings = 1000,
		.prefix_len = c->len,
	};
	struct nat64_client *client = bind(test, &base, &limits, NOW), *other;
	unsigned int bit;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, client);
	for (bit = 0; bit < 128; bit++) {
		struct in6_addr addr = flipped(bit);

		other = bind(test, &addr, &limits, NOW);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
		KUNIT_EXPECT_EQ_MSG(test, other == client, bit >= c->len,
				    "bit %u", bit);
		leave(test, other, 1);
	}
	KUNIT_EXPECT_EQ(test, client->users, 1);
	leave(test, client, 1);
}

/* The same address, counted by another length, is another. */
static void lengths_differ(struct kunit *test)
{
	struct in6_addr net = base;
	struct nat64_client *whole, *half;

	memset(&net.s6_addr[8], 0, 8);
	whole = join(test, &net, 128, 0);
	half = join(test, &net, 64, 0);
	KUNIT_EXPECT_PTR_NE(test, whole, half);
	KUNIT_EXPECT_EQ(test, n_clients(test), 2);
	KUNIT_EXPECT_PTR_EQ(test, join(test, &base, 64, 0), half);
	leave(test, whole, 1);
	leave(test, half, 2);
}

static void so_many_bindings(struct kunit *test)
{
	struct nat64_client_limits limits = { .bindings = 3, .prefix_len = 128 };
	struct in6_addr addr = flipped(127);
	struct nat64_client *client = NULL, *other;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		client = bind(test, &base, &limits, NOW);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, client);
	}
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, NOW),
			    ERR_PTR(-EDQUOT));
	KUNIT_EXPECT_EQ(test, client->users, 3);
	other = bind(test, &addr, &limits, NOW);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	leave(test, other, 1);
	/* What has gone counts no more. */
	leave(test, client, 1);
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, NOW), client);
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, NOW),
			    ERR_PTR(-EDQUOT));
	/* The limit changes: who is there stays. */
	limits.bindings = 2;
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, NOW),
			    ERR_PTR(-EDQUOT));
	KUNIT_EXPECT_EQ(test, client->users, 3);
	limits.bindings = 4;
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, NOW), client);
	limits.bindings = 0;
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, NOW), client);
	KUNIT_EXPECT_EQ(test, client->users, 5);
	leave(test, client, 5);
}

/* Who is refused and has nothing leaves nothing behind. */
static void the_refused_leave_no_trace(struct kunit *test)
{
	struct nat64_client_limits limits = { .rate = 1, .prefix_len = 64 };
	struct nat64_client *client = bind(test, &base, &limits, NOW);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, client);
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, NOW),
			    ERR_PTR(-EDQUOT));
	KUNIT_EXPECT_EQ(test, client->users, 1);
	leave(test, client, 1);
	KUNIT_EXPECT_EQ(test, n_clients(test), 0);
}

/* A second's worth in each second, whether it was used up before or not. */
static void so_many_bindings_a_second(struct kunit *test)
{
	struct nat64_client_limits limits = { .rate = 2, .prefix_len = 128 };
	static const u32 seconds[] = { NOW, NOW + 1, NOW + 7, U32_MAX, 0, 1 };
	struct nat64_client *client = NULL;
	unsigned int i, j, made = 0;

	for (i = 0; i < ARRAY_SIZE(seconds); i++)
		for (j = 0; j < 4; j++) {
			struct nat64_client *c = bind(test, &base, &limits,
						      seconds[i]);

			KUNIT_EXPECT_EQ_MSG(test, IS_ERR(c), j >= 2,
					    "number %u at %u", j, seconds[i]);
			made += !IS_ERR(c);
			if (!IS_ERR(c))
				client = c;
		}
	KUNIT_ASSERT_NOT_NULL(test, client);
	KUNIT_EXPECT_EQ(test, client->users, made);
	/* It changes within a second: what was made in it counts. */
	limits.rate = 3;
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, 1), client);
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, 1),
			    ERR_PTR(-EDQUOT));
	limits.rate = 0;
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, 1), client);
	leave(test, client, made + 2);
}

/* That one ends does not let it begin more in the same second. */
static void a_second_is_not_won_by_leaving(struct kunit *test)
{
	struct nat64_client_limits limits = { .rate = 2, .prefix_len = 128 };
	struct nat64_client *client = bind(test, &base, &limits, NOW);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, client);
	KUNIT_ASSERT_PTR_EQ(test, bind(test, &base, &limits, NOW), client);
	leave(test, client, 1);
	KUNIT_EXPECT_PTR_EQ(test, bind(test, &base, &limits, NOW),
			    ERR_PTR(-EDQUOT));
	leave(test, client, 1);
}

static void so_many_sessions(struct kunit *test)
{
	struct nat64_client *client = join(test, &base, 128, 0);
	unsigned int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_TRUE(test, nat64_client_open(client, 3));
	KUNIT_EXPECT_FALSE(test, nat64_client_open(client, 3));
	nat64_client_close(client);
	KUNIT_EXPECT_TRUE(test, nat64_client_open(client, 3));
	KUNIT_EXPECT_FALSE(test, nat64_client_open(client, 2));
	KUNIT_EXPECT_TRUE(test, nat64_client_open(client, 4));
	KUNIT_EXPECT_TRUE(test, nat64_client_open(client, 0));
	KUNIT_EXPECT_EQ(test, client->sessions, 5);
	while (client->sessions)
		nat64_client_close(client);
	leave(test, client, 1);
}

/* Bindings that were there before the limit bring what they have. */
static void who_joins_brings_sessions(struct kunit *test)
{
	struct nat64_client *client = join(test, &base, 64, 3);
	struct in6_addr addr = flipped(100);

	KUNIT_EXPECT_PTR_EQ(test, join(test, &addr, 64, 4), client);
	KUNIT_EXPECT_EQ(test, client->users, 2);
	KUNIT_EXPECT_EQ(test, client->sessions, 7);
	KUNIT_EXPECT_FALSE(test, nat64_client_open(client, 7));
	KUNIT_EXPECT_TRUE(test, nat64_client_open(client, 8));
	leave(test, client, 2);
}

/* After the last one has left the client begins with nothing. */
static void who_comes_back_is_new(struct kunit *test)
{
	struct nat64_client_limits limits = {
		.bindings = 2,
		.rate = 2,
		.prefix_len = 64,
	};
	unsigned int i;

	for (i = 0; i < 5; i++) {
		struct nat64_client *client;

		client = bind(test, &base, &limits, NOW + i);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, client);
		KUNIT_EXPECT_EQ(test, client->users, 1);
		KUNIT_EXPECT_EQ(test, client->sessions, 0);
		KUNIT_EXPECT_FALSE(test, client->dead);
		leave(test, client, 1);
	}
}

struct limited_case {
	const char *name;
	struct nat64_client_limits limits;
	bool limited;
};

static const struct limited_case limited_cases[] = {
	{ "nothing", { .prefix_len = 128 }, false },
	{ "a prefix alone", { .prefix_len = 64 }, false },
	{ "sessions", { .sessions = 1 }, true },
	{ "bindings", { .bindings = 1 }, true },
	{ "their rate", { .rate = 1 }, true },
};

KUNIT_ARRAY_PARAM_DESC(limited, limited_cases, name);

static void is_limited(struct kunit *test)
{
	const struct limited_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, nat64_client_limited(&c->limits), c->limited);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_prefix_is_one_client, prefix_gen_params),
	KUNIT_CASE(lengths_differ),
	KUNIT_CASE(so_many_bindings),
	KUNIT_CASE(the_refused_leave_no_trace),
	KUNIT_CASE(so_many_bindings_a_second),
	KUNIT_CASE(a_second_is_not_won_by_leaving),
	KUNIT_CASE(so_many_sessions),
	KUNIT_CASE(who_joins_brings_sessions),
	KUNIT_CASE(who_comes_back_is_new),
	KUNIT_CASE_PARAM(is_limited, limited_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_client",
	.init = client_init,
	.exit = client_exit,
	.test_cases = cases,
};

kunit_test_suites(&suite);
