// SPDX-License-Identifier: GPL-2.0
/*
 * pool4: which client gets what, what two entries may share, and that what
 * was lent comes back.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../pool4.h"

#define NET	0xc6336400	/* 198.51.100.0 */

/** struct lent - a lease, to be given back */
struct lent {
	struct list_head list;
	struct nat64_addr *addr;
	struct nat64_end4 end;
	u8 proto;
};

/** struct fixture - a pool, and what is lent of it */
struct fixture {
	struct nat64_pool4 pool;
	struct list_head lent;
	struct nat64_why why;
};

static int pool4_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	test->priv = f;
	INIT_LIST_HEAD(&f->lent);
	return nat64_pool4_init(&f->pool);
}

static void put(struct fixture *f, struct lent *l)
{
	nat64_pool4_put(&f->pool, l->addr, l->proto, l->end.port);
	list_del(&l->list);
	kfree(l);
}

static void put_all(struct fixture *f)
{
	struct lent *l, *next;

	list_for_each_entry_safe(l, next, &f->lent, list)
		put(f, l);
}

static void del(struct fixture *f, struct nat64_pool4_entry *entry)
{
	LIST_HEAD(gone);

	nat64_pool4_del(&f->pool, entry, &gone);
	nat64_pool4_entry_free(entry);
}

static void pool4_exit(struct kunit *test)
{
	struct nat64_pool4_entry *entry, *next;
	struct fixture *f = test->priv;

	if (!f)
		return;
	put_all(f);
	list_for_each_entry_safe(entry, next, &f->pool.entries, in_pool)
		del(f, entry);
	nat64_pool4_destroy(&f->pool);
}

static int active(const struct fixture *f)
{
	return atomic_read(&f->pool.active.nelems);
}

static struct nat64_ranges *make_ranges(struct kunit *test, u16 lo, u16 hi)
{
	struct nat64_range range = { lo, hi };
	struct nat64_ranges *r = nat64_ranges_alloc(&range, lo ? 1 : 0,
						    GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	return r;
}

/** struct spec - an entry that is to be made; @lo 0: no ports */
struct spec {
	u32 first;
	u32 last;
	u16 lo;
	u16 hi;
	u32 mark;
	u32 mask;
	const char *dev;
};

static struct nat64_pool4_span *add_span(struct kunit *test,
					 struct nat64_pool4_entry *entry,
					 u32 first, u32 last)
{
	struct nat64_pool4_span *span;

	span = nat64_pool4_span_alloc(entry, first, last, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, span);
	list_add_tail(&span->in_entry, &entry->spans);
	return span;
}

static int try_add(struct kunit *test, const struct spec *spec,
		   struct nat64_pool4_entry **entry)
{
	struct nat64_pool4_entry *e = kzalloc(sizeof(*e), GFP_KERNEL);
	struct fixture *f = test->priv;
	unsigned int proto;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, e);
	INIT_LIST_HEAD(&e->spans);
	if (spec->dev)
		strscpy(e->dev, spec->dev, sizeof(e->dev));
	else
		add_span(test, e, spec->first, spec->last);
	e->mark = spec->mark;
	e->mask = spec->mask;
	for (proto = 0; proto < NAT64_PROTOS; proto++)
		e->ranges[proto] = make_ranges(test, spec->lo, spec->hi);
	err = nat64_pool4_add(&f->pool, e, &f->why);
	if (err)
		nat64_pool4_entry_free(e);
	else if (entry)
		*entry = e;
	return err;
}

static struct nat64_pool4_entry *add(struct kunit *test, struct spec spec)
{
	struct nat64_pool4_entry *entry = NULL;

	KUNIT_ASSERT_EQ(test, try_add(test, &spec, &entry), 0);
	return entry;
}

static int apply(struct kunit *test, struct nat64_pool4_entry *entry,
		 struct nat64_pool4_edit *edit)
{
	struct fixture *f = test->priv;
	int err = nat64_pool4_apply(&f->pool, entry, edit, &f->why);

	nat64_pool4_edit_end(edit);
	return err;
}

static int set_ranges(struct kunit *test, struct nat64_pool4_entry *entry,
		      enum nat64_proto proto, u16 lo, u16 hi)
{
	struct nat64_pool4_edit edit = { .given = BIT(proto) };

	edit.ranges[proto] = make_ranges(test, lo, hi);
	return apply(test, entry, &edit);
}

static int set_marks(struct kunit *test, struct nat64_pool4_entry *entry,
		     u32 mark, u32 mask)
{
	struct nat64_pool4_edit edit = {
		.given = BIT(NAT64_POOL4_MARK),
		.mark = mark,
		.mask = mask,
	};

	return apply(test, entry, &edit);
}

static struct nat64_lease_request request(u32 client, u16 port,
					  enum nat64_proto proto, u32 mark)
{
	struct nat64_lease_request req = {
		.client.port = cpu_to_be16(port),
		.mark = mark,
		.proto = proto,
	};

	req.client.addr.s6_addr32[0] = cpu_to_be32(0x20010db8);
	req.client.addr.s6_addr32[3] = cpu_to_be32(client);
	return req;
}

/* Returns 0 and the lease, which the fixture gives back, or an errno. */
static int lease(struct kunit *test, const struct nat64_lease_request *req,
		 struct lent **lent)
{
	struct lent *l = kzalloc(sizeof(*l), GFP_KERNEL);
	struct fixture *f = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, l);
	l->proto = req->proto;
	rcu_read_lock_bh();
	l->addr = nat64_pool4_lease(&f->pool, req, &l->end);
	rcu_read_unlock_bh();
	if (IS_ERR(l->addr)) {
		int err = PTR_ERR(l->addr);

		kfree(l);
		return err;
	}
	list_add(&l->list, &f->lent);
	if (lent)
		*lent = l;
	return 0;
}

/* A lease that must succeed; where it is. */
static struct nat64_end4 must_lease(struct kunit *test,
				    struct nat64_lease_request req)
{
	struct lent *l = NULL;

	KUNIT_ASSERT_EQ(test, lease(test, &req, &l), 0);
	return l->end;
}

static u32 addr_of(struct nat64_end4 end)
{
	return be32_to_cpu(end.addr);
}

static u16 port_of(struct nat64_end4 end)
{
	return be16_to_cpu(end.port);
}

static struct nat64_end4 make_end(u32 addr, u16 port)
{
	return (struct nat64_end4){ cpu_to_be32(addr), cpu_to_be16(port) };
}

static int take(struct kunit *test, u32 addr, u16 port, enum nat64_proto proto)
{
	struct lent *l = kzalloc(sizeof(*l), GFP_KERNEL);
	struct fixture *f = test->priv;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, l);
	l->end = make_end(addr, port);
	l->proto = proto;
	rcu_read_lock_bh();
	l->addr = nat64_pool4_take(&f->pool, &l->end, proto);
	rcu_read_unlock_bh();
	err = PTR_ERR_OR_ZERO(l->addr);
	if (err)
		kfree(l);
	else
		list_add(&l->list, &f->lent);
	return err;
}

static bool has(struct fixture *f, u32 addr)
{
	bool ret;

	rcu_read_lock();
	ret = nat64_pool4_has(&f->pool, cpu_to_be32(addr));
	rcu_read_unlock();
	return ret;
}

static bool has_port(struct fixture *f, u32 addr, u16 port,
		     enum nat64_proto proto)
{
	struct nat64_end4 end = make_end(addr, port);
	bool ret;

	rcu_read_lock();
	ret = nat64_pool4_has_port(&f->pool, &end, proto);
	rcu_read_unlock();
	return ret;
}

static bool covers(struct fixture *f, u32 addr, u16 port, u32 mark)
{
	struct nat64_end4 end = make_end(addr, port);
	bool ret;

	rcu_read_lock();
	ret = nat64_pool4_covers(&f->pool, &end, NAT64_TCP, mark);
	rcu_read_unlock();
	return ret;
}

static void empty_pool(struct kunit *test)
{
	struct nat64_lease_request req = request(1, 40000, NAT64_TCP, 0);
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, lease(test, &req, NULL), -ENOENT);
	KUNIT_EXPECT_FALSE(test, has(f, NET));
	KUNIT_EXPECT_FALSE(test, has_port(f, NET, 61001, NAT64_TCP));
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 61001, 0));
	KUNIT_EXPECT_EQ(test, active(f), 0);
}

static void lease_is_inside_the_entry(struct kunit *test)
{
	u32 i;

	add(test, (struct spec){ NET + 4, NET + 7, 2000, 2999 });
	for (i = 0; i < 200; i++) {
		struct nat64_end4 end;

		end = must_lease(test, request(i, 40000 + i, i % NAT64_PROTOS,
					       0));
		KUNIT_EXPECT_GE(test, addr_of(end), NET + 4);
		KUNIT_EXPECT_LE(test, addr_of(end), NET + 7);
		KUNIT_EXPECT_GE(test, port_of(end), 2000);
		KUNIT_EXPECT_LE(test, port_of(end), 2999);
	}
}

/* RFC 6888, REQ-2: one client is seen with one address. */
static void one_client_has_one_address(struct kunit *test)
{
	u32 client, i;

	add(test, (struct spec){ NET, NET + 255, 2000, 2999 });
	for (client = 0; client < 50; client++) {
		u32 addr = 0;

		for (i = 0; i < 12; i++) {
			struct nat64_end4 end;

			end = must_lease(test, request(client, 1000 + 13 * i,
						       i % NAT64_PROTOS, 0));
			if (i)
				KUNIT_EXPECT_EQ(test, addr_of(end), addr);
			addr = addr_of(end);
		}
	}
}

/* RFC 7857, 4: when its address is full a client has another, if so configured. */
static void soft_pairing(struct kunit *test)
{
	struct nat64_lease_request req = request(1, 3000, NAT64_UDP, 0);
	struct lent *l = NULL;
	u32 seen = 0;
	u32 i;

	add(test, (struct spec){ NET, NET + 1, 2000, 2000 });
	add(test, (struct spec){ NET + 2, NET + 3, 2000, 2000 });
	for (i = 0; i < 4; i++) {
		req.soft = true;
		KUNIT_ASSERT_EQ(test, lease(test, &req, &l), 0);
		seen |= BIT(addr_of(l->end) - NET);
		req.soft = false;
		KUNIT_EXPECT_EQ(test, lease(test, &req, NULL), -ENOSPC);
	}
	KUNIT_EXPECT_EQ(test, seen, 15);
	req.soft = true;
	KUNIT_EXPECT_EQ(test, lease(test, &req, NULL), -ENOSPC);
}

/* In a large pool it is not looked for everywhere. */
static void soft_pairing_is_bounded(struct kunit *test)
{
	struct nat64_lease_request req = request(1, 3000, NAT64_UDP, 0);
	u32 i;

	req.soft = true;
	add(test, (struct spec){ NET, NET + 255, 2000, 2000 });
	for (i = 0; i < 16; i++)
		KUNIT_ASSERT_EQ(test, lease(test, &req, NULL), 0);
	KUNIT_EXPECT_EQ(test, lease(test, &req, NULL), -ENOSPC);
}

/*
 * 1,600 clients over 16 addresses of two entries: 100 each. The deviation is
 * sqrt(1600 / 16 * 15 / 16) = 9.7; six of these are the bound.
 */
static void clients_spread_over_addresses(struct kunit *test)
{
	u32 hits[16] = {};
	u32 i;

	add(test, (struct spec){ NET, NET + 3, 2000, 2999 });
	add(test, (struct spec){ NET + 4, NET + 15, 2000, 2999 });
	for (i = 0; i < 1600; i++) {
		struct nat64_end4 end;

		end = must_lease(test, request(i, 40000, NAT64_UDP, 0));
		hits[addr_of(end) - NET]++;
	}
	for (i = 0; i < ARRAY_SIZE(hits); i++) {
		KUNIT_EXPECT_GT(test, hits[i], 100 - 58);
		KUNIT_EXPECT_LT(test, hits[i], 100 + 58);
	}
}

struct wish_case {
	const char *name;
	struct spec spec;
	u16 client;
	u8 proto;
	u16 lo;
	u16 hi;
	s8 parity;
};

#define WIDE	{ NET, NET, 1, 65535 }

/* RFC 6146, 3.5.1.1 and 3.5.2.3; any port is better than none. */
static const struct wish_case wish_cases[] = {
	{ "TCP, low", WIDE, 80, NAT64_TCP, 1, 1023, -1 },
	{ "TCP, last low", WIDE, 1023, NAT64_TCP, 1, 1023, -1 },
	{ "TCP, first high", WIDE, 1024, NAT64_TCP, 1024, 65535, -1 },
	{ "TCP, high", WIDE, 65535, NAT64_TCP, 1024, 65535, -1 },
	{ "UDP, low, odd", WIDE, 53, NAT64_UDP, 1, 1023, 1 },
	{ "UDP, low, even", WIDE, 500, NAT64_UDP, 1, 1023, 0 },
	{ "UDP, high, odd", WIDE, 5061, NAT64_UDP, 1024, 65535, 1 },
	{ "UDP, high, even", WIDE, 5060, NAT64_UDP, 1024, 65535, 0 },
	{ "no low port to be had", { NET, NET, 2000, 2999 }, 80, NAT64_TCP,
	  2000, 2999, -1 },
	{ "no high port to be had", { NET, NET, 100, 199 }, 40000, NAT64_UDP,
	  100, 199, -1 },
	{ "no odd port to be had", { NET, NET, 4000, 4000 }, 5061, NAT64_UDP,
	  4000, 4000, 0 },
	{ "ICMP, low", { NET, NET, 2000, 2999 }, 1, NAT64_ICMP, 2000, 2999,
	  -1 },
	{ "ICMP, high", { NET, NET, 1, 99 }, 65535, NAT64_ICMP, 1, 99, -1 },
};

KUNIT_ARRAY_PARAM_DESC(wish, wish_cases, name);

static void class_and_parity(struct kunit *test)
{
	const struct wish_case *c = test->param_value;
	u32 i;

	add(test, c->spec);
	for (i = 0; i < 40 && (!i || c->lo < c->hi); i++) {
		u16 port = port_of(must_lease(test, request(1, c->client,
							    c->proto, 0)));

		KUNIT_EXPECT_GE(test, port, c->lo);
		KUNIT_EXPECT_LE(test, port, c->hi);
		if (c->parity >= 0)
			KUNIT_EXPECT_EQ(test, port % 2, c->parity);
	}
}

/* When the even ports are gone, a client with an even one gets odd ones. */
static void parity_is_only_a_wish(struct kunit *test)
{
	u32 odd = 0;
	u32 i;

	add(test, (struct spec){ NET, NET, 2000, 2015 });
	for (i = 0; i < 16; i++) {
		u16 port = port_of(must_lease(test, request(1, 5060, NAT64_UDP,
							    0)));

		if (i < 8)
			KUNIT_EXPECT_EQ(test, port % 2, 0);
		odd += port % 2;
	}
	KUNIT_EXPECT_EQ(test, odd, 8);
}

struct mark_case {
	const char *name;
	u32 mark;
	int addr;	/* of NET, or an errno */
};

static const struct mark_case mark_cases[] = {
	{ "fits one mask bit", 0x1, 1 },
	{ "fits two mask bits", 0x11, 2 },
	{ "fits eight, and all others", 0xff11, 3 },
	{ "bits that no mask has do not count", 0xab00ff11, 3 },
	{ "fits nothing", 0x2, -ENOENT },
	{ "fits nothing: 0", 0, -ENOENT },
	{ "half of two bits", 0x10, -ENOENT },
};

KUNIT_ARRAY_PARAM_DESC(mark, mark_cases, name);

static void expect_mark(struct kunit *test, u32 mark, int addr)
{
	struct nat64_lease_request req = request(1, 40000, NAT64_TCP, mark);
	struct lent *l = NULL;
	int err = lease(test, &req, &l);

	KUNIT_EXPECT_EQ(test, err, addr < 0 ? addr : 0);
	if (l)
		KUNIT_EXPECT_EQ(test, addr_of(l->end), NET + addr);
}

static void most_mask_bits_win(struct kunit *test)
{
	const struct mark_case *c = test->param_value;
	struct fixture *f = test->priv;

	add(test, (struct spec){ NET + 1, NET + 1, 80, 9999, 0x1, 0x1 });
	add(test, (struct spec){ NET + 3, NET + 3, 80, 9999, 0xff00, 0xff00 });
	add(test, (struct spec){ NET + 2, NET + 2, 80, 9999, 0x11, 0x11 });
	expect_mark(test, c->mark, c->addr);
	KUNIT_EXPECT_EQ(test, active(f), c->addr < 0 ? 0 : 1);
	/* An entry for everybody is for those that none is for. */
	add(test, (struct spec){ NET, NET, 2000, 2999 });
	expect_mark(test, c->mark, c->addr < 0 ? 0 : c->addr);
}

/* Two marks under one mask, and one address for both, with other ports. */
static void marks_share_an_address(struct kunit *test)
{
	u32 i;

	add(test, (struct spec){ NET, NET, 2000, 2099, 1, 3 });
	add(test, (struct spec){ NET, NET, 3000, 3099, 2, 3 });
	for (i = 0; i < 50; i++) {
		u16 one = port_of(must_lease(test, request(i, 40000, NAT64_TCP,
							   1)));
		u16 two = port_of(must_lease(test, request(i, 40000, NAT64_TCP,
							   2)));

		KUNIT_EXPECT_EQ(test, one / 100, 20);
		KUNIT_EXPECT_EQ(test, two / 100, 30);
	}
}

/* An entry that has nothing of a protocol does not stand in the way. */
static void without_a_protocol_the_next_serves(struct kunit *test)
{
	struct nat64_pool4_entry *entry;

	entry = add(test, (struct spec){ NET + 1, NET + 1, 2000, 2999, 1, 1 });
	add(test, (struct spec){ NET, NET, 2000, 2999 });
	KUNIT_ASSERT_EQ(test, set_ranges(test, entry, NAT64_TCP, 0, 0), 0);
	expect_mark(test, 1, 0);
	KUNIT_EXPECT_EQ(test, addr_of(must_lease(test, request(1, 40000,
							       NAT64_UDP, 1))),
			NET + 1);
}

static void without_a_protocol_in_a_group(struct kunit *test)
{
	struct nat64_pool4_entry *entry;
	u32 i;

	entry = add(test, (struct spec){ NET, NET + 63, 2000, 2999 });
	add(test, (struct spec){ NET + 64, NET + 64, 2000, 2999 });
	KUNIT_ASSERT_EQ(test, set_ranges(test, entry, NAT64_TCP, 0, 0), 0);
	for (i = 0; i < 100; i++) {
		struct nat64_end4 end;

		end = must_lease(test, request(i, 40000, NAT64_TCP, 0));
		KUNIT_EXPECT_EQ(test, addr_of(end), NET + 64);
	}
}

/* The address that a client is lent. */
static u32 place(struct kunit *test, u32 client, enum nat64_proto proto,
		 u32 mark)
{
	return addr_of(must_lease(test, request(client, 40000, proto, mark)));
}

/* An address whose protocols are in two entries is one address. */
static void one_address_of_two_entries(struct kunit *test)
{
	struct nat64_pool4_entry *udp, *tcp;
	u32 i;

	udp = add(test, (struct spec){ NET, NET, 1000, 1999 });
	tcp = add(test, (struct spec){ NET, NET, 2000, 2999 });
	add(test, (struct spec){ NET + 1, NET + 1, 3000, 3999 });
	KUNIT_ASSERT_EQ(test, set_ranges(test, udp, NAT64_TCP, 0, 0), 0);
	KUNIT_ASSERT_EQ(test, set_ranges(test, tcp, NAT64_UDP, 0, 0), 0);
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ(test, place(test, i, NAT64_UDP, 0),
				place(test, i, NAT64_TCP, 0));
}

/* So is one that a prefix has for one protocol, and an entry inside for another. */
static void one_address_of_nested_entries(struct kunit *test)
{
	struct nat64_pool4_entry *outer, *inner;
	u32 i;

	outer = add(test, (struct spec){ NET, NET + 3, 1000, 1999 });
	inner = add(test, (struct spec){ NET + 2, NET + 3, 2000, 2999 });
	add(test, (struct spec){ NET + 1, NET + 1, 3000, 3999 });
	add(test, (struct spec){ NET, NET, 3000, 3999 });
	KUNIT_ASSERT_EQ(test, set_ranges(test, outer, NAT64_UDP, 0, 0), 0);
	KUNIT_ASSERT_EQ(test, set_ranges(test, inner, NAT64_TCP, 0, 0), 0);
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ(test, place(test, i, NAT64_UDP, 0),
				place(test, i, NAT64_TCP, 0));
}

/* A group that has not got the protocol does not move those of another. */
static void one_address_of_two_groups(struct kunit *test)
{
	struct nat64_pool4_entry *tcp;
	u32 i;

	tcp = add(test, (struct spec){ NET, NET, 1000, 1999, 1, 1 });
	add(test, (struct spec){ NET + 1, NET + 2, 1000, 1999, 2, 2 });
	KUNIT_ASSERT_EQ(test, set_ranges(test, tcp, NAT64_UDP, 0, 0), 0);
	for (i = 0; i < 64; i++) {
		u32 addr = place(test, i, NAT64_TCP, 3);

		if (addr != NET)
			KUNIT_EXPECT_EQ(test, place(test, i, NAT64_UDP, 3),
					addr);
		else
			KUNIT_EXPECT_NE(test, place(test, i, NAT64_UDP, 3),
					NET);
	}
}

static void set_mark(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct nat64_pool4_entry *entry;

	entry = add(test, (struct spec){ NET, NET, 2000, 2999, 1, 1 });
	KUNIT_EXPECT_TRUE(test, covers(f, NET, 2000, 1));
	KUNIT_EXPECT_TRUE(test, covers(f, NET, 2000, 3));
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 2000, 2));
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 3000, 1));
	KUNIT_ASSERT_EQ(test, set_marks(test, entry, 2, 3), 0);
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 2000, 1));
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 2000, 3));
	KUNIT_EXPECT_TRUE(test, covers(f, NET, 2000, 2));
	/* Whose it is does not matter to one who asks what is ours. */
	KUNIT_EXPECT_TRUE(test, has_port(f, NET, 2000, NAT64_TCP));
	expect_mark(test, 1, -ENOENT);
	expect_mark(test, 2, 0);
}

struct overlap_case {
	const char *name;
	struct spec spec;
	int err;
};

/* There is 198.51.100.0/24 with 2000-2999, and .8/29 in it with 4000-4999. */
static const struct overlap_case overlap_cases[] = {
	{ "the same", { NET, NET + 255, 2000, 2999 }, -EEXIST },
	{ "the first address", { NET, NET, 2000, 2999 }, -EEXIST },
	{ "the last address", { NET + 255, NET + 255, 2000, 2999 }, -EEXIST },
	{ "half of it", { NET + 128, NET + 255, 2000, 2999 }, -EEXIST },
	{ "all around it", { NET - 0x6400, NET + 0x9bff, 2000, 2999 },
	  -EEXIST },
	{ "everything", { 0, U32_MAX, 1, 65535 }, -EEXIST },
	{ "one port, the first", { NET, NET + 255, 1000, 2000 }, -EEXIST },
	{ "one port, the last", { NET + 7, NET + 7, 2999, 3500 }, -EEXIST },
	{ "another mark is no excuse", { NET, NET, 2000, 2999, 1, 1 },
	  -EEXIST },
	{ "only that of the inner", { NET + 9, NET + 9, 4999, 5000 },
	  -EEXIST },
	{ "around the inner", { NET, NET + 127, 4000, 4000 }, -EEXIST },
	{ "the ports between", { NET, NET + 255, 3000, 3999 }, 0 },
	{ "the inner's ports, elsewhere", { NET + 16, NET + 31, 4000, 4999 },
	  0 },
	{ "the addresses before", { NET - 256, NET - 1, 2000, 2999 }, 0 },
	{ "the addresses behind", { NET + 256, NET + 511, 2000, 2999 }, 0 },
	{ "around, other ports", { NET - 0x6400, NET + 0x9bff, 5000, 5999 },
	  0 },
	{ "no ports", { NET, NET + 255, 0, 0 }, 0 },
	{ "the last address there is", { U32_MAX, U32_MAX, 2000, 2999 }, 0 },
};

KUNIT_ARRAY_PARAM_DESC(overlap, overlap_cases, name);

static void overlap(struct kunit *test)
{
	const struct overlap_case *c = test->param_value;
	struct fixture *f = test->priv;

	add(test, (struct spec){ NET, NET + 255, 2000, 2999 });
	add(test, (struct spec){ NET + 8, NET + 15, 4000, 4999 });
	KUNIT_EXPECT_EQ(test, try_add(test, &c->spec, NULL), c->err);
	KUNIT_EXPECT_EQ(test, f->pool.n, c->err ? 2 : 3);
	if (c->err)
		KUNIT_EXPECT_NE(test, strlen(f->why.text), 0);
	KUNIT_EXPECT_EQ(test, has(f, c->spec.first),
			!c->err || (c->spec.first >= NET &&
				    c->spec.first <= NET + 255));
	/* Those that were there are as they were. */
	KUNIT_EXPECT_TRUE(test, has_port(f, NET + 9, 2999, NAT64_ICMP));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET + 9, 4000, NAT64_ICMP));
}

static void overlap_names_the_port(struct kunit *test)
{
	struct spec spec = { NET + 7, NET + 7, 1500, 2000 };
	struct fixture *f = test->priv;

	add(test, (struct spec){ NET, NET + 255, 2000, 2999 });
	KUNIT_EXPECT_EQ(test, try_add(test, &spec, NULL), -EEXIST);
	KUNIT_EXPECT_NOT_NULL(test, strstr(f->why.text, "2000"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(f->why.text, "198.51.100.7 "));
}

static void adjacent_prefixes(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(test, (struct spec){ NET + 128, NET + 255, 3000, 3999 });
	add(test, (struct spec){ NET, NET + 127, 2000, 2999 });
	KUNIT_EXPECT_FALSE(test, has(f, NET - 1));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET, 2000, NAT64_TCP));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET + 127, 2000, NAT64_TCP));
	KUNIT_EXPECT_FALSE(test, has_port(f, NET + 127, 3000, NAT64_TCP));
	KUNIT_EXPECT_FALSE(test, has_port(f, NET + 128, 2000, NAT64_TCP));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET + 128, 3000, NAT64_TCP));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET + 255, 3000, NAT64_TCP));
	KUNIT_EXPECT_FALSE(test, has(f, NET + 256));
}

/* The address that a /24 and a host in it hold has the ports of both. */
static void nested_prefixes(struct kunit *test)
{
	struct fixture *f = test->priv;
	bool outer = false, inner = false;
	u32 i;

	add(test, (struct spec){ NET + 5, NET + 5, 3000, 3099 });
	add(test, (struct spec){ NET, NET + 7, 2000, 2099 });
	KUNIT_EXPECT_TRUE(test, has_port(f, NET + 5, 2000, NAT64_TCP));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET + 5, 3000, NAT64_TCP));
	KUNIT_EXPECT_FALSE(test, has_port(f, NET + 4, 3000, NAT64_TCP));
	KUNIT_EXPECT_FALSE(test, has_port(f, NET + 6, 3000, NAT64_TCP));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET + 6, 2000, NAT64_TCP));
	for (i = 0; i < 600; i++) {
		struct nat64_lease_request req = request(i, 40000, NAT64_UDP,
							 0);
		struct lent *l = NULL;

		if (lease(test, &req, &l) || addr_of(l->end) != NET + 5)
			continue;
		outer |= port_of(l->end) < 3000;
		inner |= port_of(l->end) >= 3000;
	}
	KUNIT_EXPECT_TRUE(test, outer);
	KUNIT_EXPECT_TRUE(test, inner);
}

/* The prefix number @n of a tree of them: one of /20 to /32. */
static struct spec random_spec(struct rnd_state *rnd, u32 n)
{
	u32 host = GENMASK(prandom_u32_state(rnd) % 13, 0) >> 1;
	u32 addr = NET + prandom_u32_state(rnd) % 4096;

	return (struct spec){ addr & ~host, addr | host, 1000 + 10 * n,
			      1009 + 10 * n };
}

/* Which of some nested prefixes hold an address: asked of each. */
static void random_nested_prefixes(struct kunit *test)
{
	enum { N = 60, PROBES = 500 };
	struct fixture *f = test->priv;
	struct rnd_state rnd;
	struct spec *spec;
	u32 i, j;

	spec = kunit_kcalloc(test, N, sizeof(*spec), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, spec);
	prandom_seed_state(&rnd, 6146);
	for (i = 0; i < N; i++) {
		spec[i] = random_spec(&rnd, i);
		add(test, spec[i]);
	}
	for (j = 0; j < PROBES; j++) {
		u32 addr = NET - 1000 + prandom_u32_state(&rnd) % 6000;
		bool any = false;

		for (i = 0; i < N; i++) {
			bool in = addr >= spec[i].first && addr <= spec[i].last;

			any |= in;
			KUNIT_EXPECT_EQ(test, in, has_port(f, addr, spec[i].hi,
							   NAT64_UDP));
		}
		KUNIT_EXPECT_EQ(test, any, has(f, addr));
	}
}

static void set_ranges_shrinks(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct nat64_pool4_entry *entry;
	u32 i;

	entry = add(test, (struct spec){ NET, NET, 2000, 2063 });
	for (i = 0; i < 64; i++)
		must_lease(test, request(1, 40000, NAT64_TCP, 0));
	KUNIT_EXPECT_EQ(test, nat64_pool4_used(&f->pool, entry, NAT64_TCP), 64);
	KUNIT_ASSERT_EQ(test, set_ranges(test, entry, NAT64_TCP, 2060, 2067),
			0);
	KUNIT_EXPECT_EQ(test, nat64_pool4_used(&f->pool, entry, NAT64_TCP), 4);
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_TCP), 8);
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 2059, 0));
	KUNIT_EXPECT_TRUE(test, covers(f, NET, 2060, 0));
	/* What is lent of the old ports stays so, the new ones go on. */
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_GE(test, port_of(must_lease(test, request(1, 40000,
								       NAT64_TCP,
								       0))),
				2064);
	expect_mark(test, 0, -ENOSPC);
	/* The other protocols have what they had. */
	KUNIT_EXPECT_TRUE(test, has_port(f, NET, 2000, NAT64_UDP));
	KUNIT_EXPECT_FALSE(test, has_port(f, NET, 2000, NAT64_TCP));
}

static void set_ranges_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct nat64_pool4_entry *entry;

	entry = add(test, (struct spec){ NET, NET, 2000, 2999 });
	add(test, (struct spec){ NET, NET + 255, 3000, 3999 });
	KUNIT_EXPECT_EQ(test, set_ranges(test, entry, NAT64_UDP, 2500, 3000),
			-EEXIST);
	KUNIT_EXPECT_TRUE(test, has_port(f, NET, 2000, NAT64_UDP));
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_UDP), 1000);
	/* Its own ports do not stand in its way. */
	KUNIT_EXPECT_EQ(test, set_ranges(test, entry, NAT64_UDP, 1500, 2999),
			0);
	KUNIT_EXPECT_TRUE(test, has_port(f, NET, 1500, NAT64_UDP));
}

/* Ports of two protocols, a mark and force at once, or none of them. */
static int set_all(struct kunit *test, struct nat64_pool4_entry *entry,
		   u16 lo, u16 hi)
{
	struct nat64_pool4_edit edit = {
		.given = BIT(NAT64_TCP) | BIT(NAT64_UDP) |
			 BIT(NAT64_POOL4_MARK) | BIT(NAT64_POOL4_FORCE),
		.ranges[NAT64_TCP] = make_ranges(test, 1, 9),
		.ranges[NAT64_UDP] = make_ranges(test, lo, hi),
		.mark = 2,
		.mask = 3,
		.force = true,
	};

	return apply(test, entry, &edit);
}

static void edit_of_many_settings(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct nat64_pool4_entry *entry;

	entry = add(test, (struct spec){ NET, NET, 2000, 2999, 1, 1 });
	add(test, (struct spec){ NET, NET + 255, 3000, 3999 });
	KUNIT_EXPECT_EQ(test, set_all(test, entry, 4, 3000), -EEXIST);
	KUNIT_EXPECT_TRUE(test, covers(f, NET, 2000, 1));
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 1, 2));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET, 2000, NAT64_UDP));
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_TCP), 1000);
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_UDP), 1000);
	KUNIT_EXPECT_EQ(test, entry->mark, 1);
	KUNIT_EXPECT_EQ(test, entry->mask, 1);
	KUNIT_EXPECT_FALSE(test, entry->force);

	KUNIT_EXPECT_EQ(test, set_all(test, entry, 4, 2999), 0);
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 2000, 1));
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 2000, 2));
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 1, 1));
	KUNIT_EXPECT_TRUE(test, covers(f, NET, 1, 2));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET, 4, NAT64_UDP));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET, 2000, NAT64_ICMP));
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_TCP), 9);
	KUNIT_EXPECT_TRUE(test, entry->force);
	expect_mark(test, 2, 0);
	put_all(f);
}

/* It has the address, but nobody's choice is another because of it. */
static void without_ports(struct kunit *test)
{
	struct fixture *f = test->priv;
	static const struct spec marked = {
		.first = NET + 8, .last = NET + 8, .mark = 1, .mask = 1
	};
	struct nat64_pool4_entry *entry;
	u32 i, addr[16];

	add(test, (struct spec){ NET, NET + 7, 2000, 2999 });
	for (i = 0; i < ARRAY_SIZE(addr); i++)
		addr[i] = addr_of(must_lease(test, request(i, 40000, NAT64_TCP,
							   0)));
	add(test, (struct spec){ NET, NET + 255 });
	entry = add(test, marked);
	for (i = 0; i < ARRAY_SIZE(addr); i++)
		KUNIT_EXPECT_EQ(test, addr[i],
				addr_of(must_lease(test, request(i, 40000,
								 NAT64_TCP,
								 1))));
	KUNIT_EXPECT_TRUE(test, has(f, NET + 8));
	KUNIT_EXPECT_FALSE(test, has_port(f, NET + 8, 2000, NAT64_TCP));
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_TCP), 0);
	KUNIT_ASSERT_EQ(test, set_ranges(test, entry, NAT64_TCP, 1, 9), 0);
	expect_mark(test, 1, 8);
}

static void only_without_ports(struct kunit *test)
{
	add(test, (struct spec){ NET, NET });
	expect_mark(test, 0, -ENOENT);
}

static void exhaustion(struct kunit *test)
{
	struct nat64_lease_request req = request(1, 40000, NAT64_UDP, 0);
	struct nat64_pool4_entry *entry, *other;
	struct fixture *f = test->priv;
	struct nat64_end4 end;
	u32 seen = 0;
	u32 i;

	entry = add(test, (struct spec){ NET, NET, 2000, 2015 });
	other = add(test, (struct spec){ NET + 1, NET + 1, 2000, 2015, 7, 7 });
	for (i = 0; i < 16; i++)
		seen |= BIT(port_of(must_lease(test, req)) - 2000);
	KUNIT_EXPECT_EQ(test, seen, 0xffff);
	KUNIT_EXPECT_EQ(test, atomic64_read(&entry->exhausted), 0);
	for (i = 1; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, lease(test, &req, NULL), -ENOSPC);
		KUNIT_EXPECT_EQ(test, atomic64_read(&entry->exhausted), i);
	}
	KUNIT_EXPECT_EQ(test, atomic64_read(&other->exhausted), 0);
	/* Each protocol has its own ports, and one given back is lent anew. */
	must_lease(test, request(1, 40000, NAT64_TCP, 0));
	must_lease(test, request(1, 40000, NAT64_ICMP, 0));
	put(f, list_last_entry(&f->lent, struct lent, list));
	end = must_lease(test, req);
	KUNIT_EXPECT_EQ(test, addr_of(end), NET);
	KUNIT_EXPECT_EQ(test, lease(test, &req, NULL), -ENOSPC);
}

/* design.md, 1.1: only the entries with most mask bits are used. */
static void exhausted_does_not_fall_back(struct kunit *test)
{
	struct nat64_pool4_entry *entry;

	entry = add(test, (struct spec){ NET + 1, NET + 1, 2000, 2000, 1, 1 });
	add(test, (struct spec){ NET, NET, 2000, 2999 });
	expect_mark(test, 1, 1);
	expect_mark(test, 1, -ENOSPC);
	KUNIT_EXPECT_EQ(test, atomic64_read(&entry->exhausted), 1);
	expect_mark(test, 0, 0);
}

static void inactive_after_the_last_put(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 proto;

	add(test, (struct spec){ NET, NET, 2000, 2999 });
	KUNIT_EXPECT_EQ(test, active(f), 0);
	for (proto = 0; proto < NAT64_PROTOS; proto++) {
		must_lease(test, request(1, 40000, proto, 0));
		KUNIT_EXPECT_EQ(test, active(f), 1);
	}
	while (!list_is_singular(&f->lent)) {
		put(f, list_first_entry(&f->lent, struct lent, list));
		KUNIT_EXPECT_EQ(test, active(f), 1);
	}
	put_all(f);
	KUNIT_EXPECT_EQ(test, active(f), 0);
	/* And is active again when it is needed. */
	must_lease(test, request(1, 40000, NAT64_TCP, 0));
	KUNIT_EXPECT_EQ(test, active(f), 1);
}

/* A lease that fails leaves no address behind in which nothing is lent. */
static void failed_lease_leaves_nothing(struct kunit *test)
{
	struct nat64_lease_request req = request(1, 40000, NAT64_TCP, 5);
	struct fixture *f = test->priv;
	struct nat64_pool4_entry *entry;

	entry = add(test, (struct spec){ NET, NET, 2000, 2000, 1, 1 });
	KUNIT_EXPECT_EQ(test, take(test, NET, 2000, NAT64_TCP), 0);
	KUNIT_EXPECT_EQ(test, lease(test, &req, NULL), -ENOSPC);
	KUNIT_EXPECT_EQ(test, active(f), 1);
	put_all(f);
	KUNIT_EXPECT_EQ(test, active(f), 0);
	KUNIT_ASSERT_EQ(test, set_marks(test, entry, 2, 3), 0);
	KUNIT_EXPECT_EQ(test, lease(test, &req, NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, active(f), 0);
}

static void take_by_name(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 i;

	add(test, (struct spec){ NET, NET, 2000, 2003 });
	KUNIT_EXPECT_EQ(test, take(test, NET, 2001, NAT64_TCP), 0);
	KUNIT_EXPECT_EQ(test, take(test, NET, 2001, NAT64_TCP), -EEXIST);
	KUNIT_EXPECT_EQ(test, take(test, NET, 2001, NAT64_UDP), 0);
	/* Static bindings may be outside of the pool. */
	KUNIT_EXPECT_EQ(test, take(test, NET, 65535, NAT64_TCP), 0);
	KUNIT_EXPECT_EQ(test, take(test, NET + 9, 1, NAT64_ICMP), 0);
	KUNIT_EXPECT_EQ(test, active(f), 2);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_NE(test, port_of(must_lease(test, request(1, 40000,
								       NAT64_TCP,
								       0))),
				2001);
	expect_mark(test, 0, -ENOSPC);
}

static void capacity(struct kunit *test)
{
	struct nat64_pool4_entry *all, *one;

	all = add(test, (struct spec){ 0, U32_MAX, 1024, 65535 });
	one = add(test, (struct spec){ NET, NET, 80, 80 });
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(all, NAT64_TCP),
			64512ULL << 32);
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(one, NAT64_ICMP), 1);
	KUNIT_ASSERT_EQ(test, set_ranges(test, one, NAT64_ICMP, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(one, NAT64_ICMP), 0);
}

/* Of nested entries each counts its own ports. */
static void used(struct kunit *test)
{
	struct nat64_pool4_entry *outer, *inner;
	struct fixture *f = test->priv;

	outer = add(test, (struct spec){ NET, NET + 255, 2000, 2999 });
	inner = add(test, (struct spec){ NET + 5, NET + 5, 3000, 3999 });
	KUNIT_EXPECT_EQ(test, nat64_pool4_used(&f->pool, outer, NAT64_TCP), 0);
	KUNIT_EXPECT_EQ(test, nat64_pool4_used(&f->pool, inner, NAT64_TCP), 0);
	KUNIT_ASSERT_EQ(test, take(test, NET, 2000, NAT64_TCP), 0);
	KUNIT_ASSERT_EQ(test, take(test, NET + 255, 2999, NAT64_TCP), 0);
	KUNIT_ASSERT_EQ(test, take(test, NET + 5, 2999, NAT64_TCP), 0);
	KUNIT_ASSERT_EQ(test, take(test, NET + 5, 3000, NAT64_TCP), 0);
	KUNIT_ASSERT_EQ(test, take(test, NET + 5, 3999, NAT64_TCP), 0);
	/* Neither's: outside its addresses, outside of all ports. */
	KUNIT_ASSERT_EQ(test, take(test, NET + 256, 2000, NAT64_TCP), 0);
	KUNIT_ASSERT_EQ(test, take(test, NET + 5, 4000, NAT64_TCP), 0);
	KUNIT_ASSERT_EQ(test, take(test, NET + 5, 3001, NAT64_UDP), 0);
	KUNIT_EXPECT_EQ(test, nat64_pool4_used(&f->pool, outer, NAT64_TCP), 3);
	KUNIT_EXPECT_EQ(test, nat64_pool4_used(&f->pool, inner, NAT64_TCP), 2);
	KUNIT_EXPECT_EQ(test, nat64_pool4_used(&f->pool, inner, NAT64_UDP), 1);
	KUNIT_EXPECT_EQ(test, nat64_pool4_used(&f->pool, inner, NAT64_ICMP), 0);
}

static void next_lent(struct kunit *test)
{
	static const u32 want[] = { 1, 4096, 65535, NAT64_NO_PORT };
	struct fixture *f = test->priv;
	u32 port = 0;
	u32 i;

	KUNIT_ASSERT_EQ(test, take(test, NET, 4096, NAT64_TCP), 0);
	KUNIT_ASSERT_EQ(test, take(test, NET, 65535, NAT64_TCP), 0);
	KUNIT_ASSERT_EQ(test, take(test, NET, 1, NAT64_TCP), 0);
	for (i = 0; i < ARRAY_SIZE(want); i++, port++) {
		rcu_read_lock();
		port = nat64_pool4_next_lent(&f->pool, cpu_to_be32(NET),
					     NAT64_TCP, port);
		rcu_read_unlock();
		KUNIT_EXPECT_EQ(test, port, want[i]);
	}
}

static void count_visit(void *arg, __be32 addr)
{
	u32 *visits = arg;

	visits[be32_to_cpu(addr) - NET]++;
}

static void visit_active(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 visits[64] = {};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(visits); i++)
		if (i % 3)
			KUNIT_ASSERT_EQ(test, take(test, NET + i, 80,
						   NAT64_TCP), 0);
	nat64_pool4_for_each_active(&f->pool, NET + 2, NET + 50, count_visit,
				    visits);
	for (i = 0; i < ARRAY_SIZE(visits); i++)
		KUNIT_EXPECT_EQ_MSG(test, !!visits[i],
				    i >= 2 && i <= 50 && i % 3, "address %u",
				    i);
}

/* What is lent outlives its entry. */
static void entry_deleted(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct nat64_pool4_entry *entry;
	struct lent *l = NULL;
	struct nat64_lease_request req = request(1, 40000, NAT64_TCP, 0);

	entry = add(test, (struct spec){ NET, NET, 2000, 2999 });
	KUNIT_ASSERT_EQ(test, lease(test, &req, &l), 0);
	del(f, entry);
	KUNIT_EXPECT_FALSE(test, has(f, NET));
	KUNIT_EXPECT_FALSE(test, covers(f, NET, port_of(l->end), 0));
	KUNIT_EXPECT_EQ(test, lease(test, &req, NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, active(f), 1);
	KUNIT_EXPECT_EQ(test, take(test, NET, port_of(l->end), NAT64_TCP),
			-EEXIST);
	put(f, l);
	KUNIT_EXPECT_EQ(test, active(f), 0);
}

/* Nobody else's ports are in the way, and what is shown is seen. */
static void link_span(struct kunit *test, struct nat64_pool4_span *span)
{
	struct fixture *f = test->priv;
	LIST_HEAD(gone);

	KUNIT_ASSERT_EQ(test, nat64_pool4_check(&f->pool, span, &f->why), 0);
	nat64_pool4_link(&f->pool, span);
	KUNIT_ASSERT_EQ(test, nat64_pool4_publish(&f->pool, &gone), 0);
	KUNIT_EXPECT_TRUE(test, has(f, span->first));
}

/* The addresses of an interface: none, two, one, and what is lent of them. */
static void spans_come_and_go(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct nat64_lease_request req = request(1, 40000, NAT64_TCP, 0);
	struct nat64_pool4_span *one, *two;
	struct nat64_pool4_entry *entry;
	struct lent *l = NULL;
	LIST_HEAD(gone);

	entry = add(test, (struct spec){ .lo = 2000, .hi = 2999, .dev = "a" });
	KUNIT_EXPECT_EQ(test, lease(test, &req, NULL), -ENOENT);
	one = add_span(test, entry, NET, NET);
	two = add_span(test, entry, NET + 9, NET + 9);
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_TCP), 0);
	link_span(test, one);
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_TCP), 1000);
	KUNIT_ASSERT_EQ(test, lease(test, &req, &l), 0);
	KUNIT_EXPECT_EQ(test, addr_of(l->end), NET);
	link_span(test, two);
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_TCP), 2000);
	KUNIT_EXPECT_EQ(test, nat64_pool4_used(&f->pool, entry, NAT64_TCP), 1);

	nat64_pool4_unlink(&f->pool, one, &gone);
	KUNIT_ASSERT_EQ(test, nat64_pool4_publish(&f->pool, &gone), 0);
	KUNIT_EXPECT_FALSE(test, has(f, NET));
	KUNIT_EXPECT_FALSE(test, covers(f, NET, port_of(l->end), 0));
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_TCP), 1000);
	KUNIT_EXPECT_EQ(test, nat64_pool4_used(&f->pool, entry, NAT64_TCP), 0);
	put(f, l);
	KUNIT_EXPECT_EQ(test, addr_of(must_lease(test, req)), NET + 9);
}

/* Ports and marks are the entry's, whatever addresses it has. */
static void spans_share_ports_and_mark(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct nat64_pool4_span *left_out;
	struct nat64_pool4_entry *entry;

	add(test, (struct spec){ NET + 2, NET + 2, 3000, 3999 });
	entry = add(test, (struct spec){ .lo = 2000, .hi = 2999, .dev = "a" });
	link_span(test, add_span(test, entry, NET, NET));
	link_span(test, add_span(test, entry, NET + 2, NET + 2));
	left_out = add_span(test, entry, NET + 4, NET + 4);

	KUNIT_EXPECT_EQ(test, set_ranges(test, entry, NAT64_UDP, 3999, 4000),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, set_ranges(test, entry, NAT64_UDP, 4000, 4009),
			0);
	KUNIT_EXPECT_EQ(test, nat64_pool4_capacity(entry, NAT64_UDP), 20);
	KUNIT_EXPECT_TRUE(test, has_port(f, NET, 4000, NAT64_UDP));
	KUNIT_EXPECT_TRUE(test, has_port(f, NET + 2, 4009, NAT64_UDP));
	KUNIT_EXPECT_FALSE(test, has_port(f, NET + 2, 2000, NAT64_UDP));
	KUNIT_EXPECT_FALSE(test, has(f, NET + 4));
	KUNIT_ASSERT_EQ(test, set_marks(test, entry, 5, 7), 0);
	KUNIT_EXPECT_TRUE(test, covers(f, NET, 2000, 5));
	KUNIT_EXPECT_TRUE(test, covers(f, NET + 2, 2000, 5));
	KUNIT_EXPECT_FALSE(test, covers(f, NET, 2000, 4));
	link_span(test, left_out);
	KUNIT_EXPECT_TRUE(test, covers(f, NET + 4, 2000, 5));
	KUNIT_EXPECT_FALSE(test, covers(f, NET + 4, 2000, 4));
}

/* They have the same addresses, or will have. */
static void entries_of_one_interface(struct kunit *test)
{
	struct spec same = { .lo = 2999, .hi = 3000, .dev = "a" };
	struct spec more = { .lo = 3000, .hi = 3999, .dev = "a" };
	struct spec other = { .lo = 2000, .hi = 2999, .dev = "b" };
	struct nat64_pool4_entry *entry;

	entry = add(test, (struct spec){ .lo = 2000, .hi = 2999, .dev = "a" });
	KUNIT_EXPECT_EQ(test, try_add(test, &same, NULL), -EEXIST);
	KUNIT_EXPECT_EQ(test, try_add(test, &more, NULL), 0);
	KUNIT_EXPECT_EQ(test, try_add(test, &other, NULL), 0);
	KUNIT_EXPECT_EQ(test, set_ranges(test, entry, NAT64_TCP, 1, 3000),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, set_ranges(test, entry, NAT64_TCP, 1, 2999), 0);
}

#define MANY	1000

/* Each with an address and a mark of its own, made from last to first. */
static void many_entries(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct nat64_pool4_entry **entry;
	u32 i;

	entry = kunit_kcalloc(test, MANY, sizeof(*entry), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, entry);
	for (i = MANY; i--; ) {
		u32 a = NET + 2 * i;

		entry[i] = add(test, (struct spec){ a, a, 80, 99, i, 0xffff });
	}
	KUNIT_EXPECT_EQ(test, f->pool.n, MANY);
	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_TRUE(test, has(f, NET + 2 * i));
		KUNIT_EXPECT_FALSE(test, has(f, NET + 2 * i + 1));
		expect_mark(test, i, 2 * i);
	}
	expect_mark(test, MANY, -ENOENT);
	for (i = 0; i < MANY; i += 2)
		del(f, entry[i]);
	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_EQ(test, has(f, NET + 2 * i), i % 2);
		expect_mark(test, i, i % 2 ? 2 * i : -ENOENT);
	}
}

struct freeing {
	struct fixture *f;
	unsigned int n;
};

/* As a flush does: all that is lent of the address comes back. */
static void free_addr(void *arg, __be32 addr)
{
	struct freeing *freeing = arg;
	struct lent *l, *next;

	list_for_each_entry_safe(l, next, &freeing->f->lent, list) {
		if (l->end.addr != addr)
			continue;
		put(freeing->f, l);
		freeing->n++;
	}
}

/*
 * Enough that many stand behind another in the table, which vanishes when it is
 * visited, and must not hide them.
 */
static void visit_those_that_vanish(struct kunit *test)
{
	struct freeing freeing = { .f = test->priv };
	unsigned int i;

	for (i = 0; i < 1000; i++)
		KUNIT_ASSERT_EQ(test, take(test, NET + i, 7, NAT64_UDP), 0);
	while (!nat64_pool4_for_each_active(&freeing.f->pool, NET, NET + 999,
					    free_addr, &freeing))
		;
	KUNIT_EXPECT_EQ(test, freeing.n, 1000);
	KUNIT_EXPECT_TRUE(test, list_empty(&freeing.f->lent));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(empty_pool),
	KUNIT_CASE(lease_is_inside_the_entry),
	KUNIT_CASE(one_client_has_one_address),
	KUNIT_CASE(soft_pairing),
	KUNIT_CASE(soft_pairing_is_bounded),
	KUNIT_CASE(clients_spread_over_addresses),
	KUNIT_CASE_PARAM(class_and_parity, wish_gen_params),
	KUNIT_CASE(parity_is_only_a_wish),
	KUNIT_CASE_PARAM(most_mask_bits_win, mark_gen_params),
	KUNIT_CASE(marks_share_an_address),
	KUNIT_CASE(without_a_protocol_the_next_serves),
	KUNIT_CASE(without_a_protocol_in_a_group),
	KUNIT_CASE(one_address_of_two_entries),
	KUNIT_CASE(one_address_of_nested_entries),
	KUNIT_CASE(one_address_of_two_groups),
	KUNIT_CASE(set_mark),
	KUNIT_CASE_PARAM(overlap, overlap_gen_params),
	KUNIT_CASE(overlap_names_the_port),
	KUNIT_CASE(adjacent_prefixes),
	KUNIT_CASE(nested_prefixes),
	KUNIT_CASE(random_nested_prefixes),
	KUNIT_CASE(set_ranges_shrinks),
	KUNIT_CASE(set_ranges_refused),
	KUNIT_CASE(edit_of_many_settings),
	KUNIT_CASE(without_ports),
	KUNIT_CASE(only_without_ports),
	KUNIT_CASE(exhaustion),
	KUNIT_CASE(exhausted_does_not_fall_back),
	KUNIT_CASE(inactive_after_the_last_put),
	KUNIT_CASE(failed_lease_leaves_nothing),
	KUNIT_CASE(take_by_name),
	KUNIT_CASE(capacity),
	KUNIT_CASE(used),
	KUNIT_CASE(next_lent),
	KUNIT_CASE(visit_active),
	KUNIT_CASE(visit_those_that_vanish),
	KUNIT_CASE(entry_deleted),
	KUNIT_CASE(spans_come_and_go),
	KUNIT_CASE(spans_share_ports_and_mark),
	KUNIT_CASE(entries_of_one_interface),
	KUNIT_CASE(many_entries),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_pool4",
	.init = pool4_init,
	.exit = pool4_exit,
	.test_cases = cases,
};

kunit_test_suites(&suite);
