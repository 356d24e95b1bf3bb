// SPDX-License-Identifier: GPL-2.0
/*
 * pool4, what is lent: see pool4.h. First the addresses of which something is,
 * then the lease, then walks.
 */
#include "pool4_lease.h"

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "pool4.h"
#include "pool4_table.h"

/* So many addresses are looked at for a client whose own is full. */
#define SOFT_TRIES	16

static const struct rhashtable_params active_params = {
	.head_offset = offsetof(struct nat64_addr, node),
	.key_offset = offsetof(struct nat64_addr, addr),
	.key_len = sizeof_field(struct nat64_addr, addr),
	.automatic_shrinking = true,
};

static void addr_free(void *ptr, void *arg)
{
	struct nat64_addr *addr = ptr;
	unsigned int proto;

	for (proto = 0; proto < NAT64_PROTOS; proto++)
		nat64_ports_free(addr->ports[proto]);
	kfree(addr);
}

static void addr_free_rcu(struct rcu_head *rcu)
{
	addr_free(container_of(rcu, struct nat64_addr, rcu), NULL);
}

static u32 addr_held(const struct nat64_addr *addr)
{
	unsigned int proto;
	u32 held = 0;

	for (proto = 0; proto < NAT64_PROTOS; proto++)
		if (addr->ports[proto])
			held += nat64_ports_held(addr->ports[proto]);
	return held;
}

/* Take an address out of the table if nothing of it is lent, or rests. */
static void addr_unuse(struct nat64_pool4 *pool, struct nat64_addr *addr)
{
	lockdep_assert_held(&addr->lock);
	if (addr->used || addr->dead || addr_held(addr))
		return;
	addr->dead = true;
	rhashtable_remove_fast(&pool->active, &addr->node, active_params);
	call_rcu(&addr->rcu, addr_free_rcu);
}

static struct nat64_addr *addr_new(struct nat64_pool4 *pool, __be32 key)
{
	struct nat64_addr *addr = kzalloc(sizeof(*addr), GFP_ATOMIC);
	struct nat64_addr *other;

	if (!addr)
		return ERR_PTR(-ENOMEM);
	addr->addr = key;
	spin_lock_init(&addr->lock);
	other = rhashtable_lookup_get_insert_fast(&pool->active, &addr->node,
						  active_params);
	if (!other)
		return addr;
	kfree(addr);
	return other;
}

/* The active address, made if it is not there, and locked. */
static struct nat64_addr *addr_lock(struct nat64_pool4 *pool, __be32 key)
{
	for (;;) {
		struct nat64_addr *addr;

		addr = rhashtable_lookup(&pool->active, &key, active_params);
		if (!addr)
			addr = addr_new(pool, key);
		if (IS_ERR(addr))
			return addr;
		spin_lock(&addr->lock);
		if (!addr->dead)
			return addr;
		/* Lost against its last nat64_pool4_put(): it is out. */
		spin_unlock(&addr->lock);
	}
}

static struct nat64_ports *addr_ports(struct nat64_addr *addr,
				      enum nat64_proto proto)
{
	struct nat64_ports *ports = addr->ports[proto];

	lockdep_assert_held(&addr->lock);
	if (!ports) {
		ports = kzalloc(sizeof(*ports), GFP_ATOMIC);
		/* Pairs with nat64_pool4_next_lent(). */
		smp_store_release(&addr->ports[proto], ports);
	}
	return ports;
}

/* Ends what addr_lock() began: @port was lent, or is an error. */
static struct nat64_addr *addr_unlock(struct nat64_pool4 *pool,
				      struct nat64_addr *addr, int port)
{
	if (port >= 0)
		addr->used++;
	else
		addr_unuse(pool, addr);
	spin_unlock(&addr->lock);
	return port >= 0 ? addr : ERR_PTR(port);
}

/* A port of the chosen address that fits @wish, from any row that may. */
static int pick_wish(const struct nat64_pool4_table *table,
		     const struct nat64_lease_request *req,
		     const struct nat64_pool4_choice *c,
		     struct nat64_ports *ports, const struct nat64_wish *wish)
{
	int port = -ENOSPC;
	u32 i = nat64_pool4_table_find(table, c->addr);

	while (port == -ENOSPC) {
		const struct nat64_ranges *ranges;

		i = nat64_pool4_table_serving(table, i, req, c->bits);
		if (i == NAT64_NO_ROW)
			break;
		ranges = READ_ONCE(table->row[i].ranges[req->proto]);
		if (ranges)
			port = nat64_ports_pick(ports, ranges, wish);
		i = table->row[i].parent;
	}
	return port;
}

/*
 * RFC 6146, 3.5.1.1: the class of the client's port, and its parity for UDP.
 * They are wishes: any port is better than none.
 */
static int pick(const struct nat64_pool4_table *table,
		const struct nat64_lease_request *req,
		const struct nat64_pool4_choice *c, struct nat64_ports *ports)
{
	u16 client = ntohs(req->client.port);
	struct nat64_wish wish = { 1, U16_MAX, -1 };
	int port;

	if (req->proto != NAT64_ICMP) {
		wish.lo = client < 1024 ? 1 : 1024;
		wish.hi = client < 1024 ? 1023 : U16_MAX;
	}
	if (req->proto == NAT64_UDP)
		wish.parity = client & 1;
	port = pick_wish(table, req, c, ports, &wish);
	if (port == -ENOSPC && wish.parity >= 0) {
		wish.parity = -1;
		port = pick_wish(table, req, c, ports, &wish);
	}
	if (port == -ENOSPC && req->proto != NAT64_ICMP) {
		wish.lo = 1;
		wish.hi = U16_MAX;
		port = pick_wish(table, req, c, ports, &wish);
	}
	return port;
}

static void count_exhausted(const struct nat64_pool4_table *table, u32 row)
{
	struct nat64_pool4_entry *entry = READ_ONCE(table->row[row].entry);

	if (entry)
		atomic64_inc(&entry->exhausted);
}

/* How many ports of this protocol an address has, whoever may use them. */
static u32 capacity_of(const struct nat64_pool4_table *table, u32 addr,
		       enum nat64_proto proto)
{
	u32 total = 0;
	u32 i;

	nat64_for_each_row_of(i, table, addr) {
		const struct nat64_ranges *ranges;

		ranges = READ_ONCE(table->row[i].ranges[proto]);
		if (ranges)
			total += ranges->total;
	}
	return total;
}

/* A port of the chosen address; if no other is free, one that rests. */
static int pick_rested(const struct nat64_pool4_table *table,
		       const struct nat64_lease_request *req,
		       const struct nat64_pool4_choice *c,
		       struct nat64_ports *ports)
{
	int port;

	ports->capacity = capacity_of(table, c->addr, req->proto);
	nat64_ports_rested(ports, req->rest, req->now);
	do {
		port = pick(table, req, c, ports);
	} while (port == -ENOSPC && nat64_ports_release_oldest(ports));
	return port;
}

static struct nat64_addr *lease_from(struct nat64_pool4 *pool,
				     const struct nat64_pool4_table *table,
				     const struct nat64_lease_request *req,
				     const struct nat64_pool4_choice *c,
				     struct nat64_end4 *end)
{
	struct nat64_ports *ports;
	struct nat64_addr *addr;
	int port;

	end->addr = htonl(c->addr);
	addr = addr_lock(pool, end->addr);
	if (IS_ERR(addr))
		return addr;
	ports = addr_ports(addr, req->proto);
	port = ports ? pick_rested(table, req, c, ports) : -ENOMEM;
	end->port = htons(port);
	return addr_unlock(pool, addr, port);
}

struct nat64_addr *nat64_pool4_lease(struct nat64_pool4 *pool,
				     const struct nat64_lease_request *req,
				     struct nat64_end4 *end)
{
	const struct nat64_pool4_table *table = rcu_dereference(pool->table);
	u32 tries = req->soft ? SOFT_TRIES : 1;
	struct nat64_pool4_choice c;
	struct nat64_addr *addr;
	u32 i = 0;

	if (!table)
		return ERR_PTR(-ENOENT);
	do {
		if (!nat64_pool4_table_choose(table, req, &pool->key, i, &c))
			return ERR_PTR(-ENOENT);
		addr = lease_from(pool, table, req, &c, end);
	} while (addr == ERR_PTR(-ENOSPC) && ++i < min_t(u64, tries, c.addrs));
	if (addr == ERR_PTR(-ENOSPC))
		count_exhausted(table, c.row);
	return addr;
}

struct nat64_addr *nat64_pool4_take(struct nat64_pool4 *pool,
				    const struct nat64_end4 *end,
				    enum nat64_proto proto)
{
	struct nat64_addr *addr = addr_lock(pool, end->addr);
	struct nat64_ports *ports;
	int err;

	if (IS_ERR(addr))
		return addr;
	ports = addr_ports(addr, proto);
	err = ports ? nat64_ports_take(ports, ntohs(end->port)) : -ENOMEM;
	return addr_unlock(pool, addr, err);
}

void nat64_pool4_put(struct nat64_pool4 *pool, struct nat64_addr *addr,
		     enum nat64_proto proto, __be16 port)
{
	spin_lock_bh(&addr->lock);
	nat64_ports_put(addr->ports[proto], ntohs(port));
	addr->used--;
	addr_unuse(pool, addr);
	spin_unlock_bh(&addr->lock);
}

void nat64_pool4_put_to_rest(struct nat64_pool4 *pool, struct nat64_addr *addr,
			     enum nat64_proto proto, __be16 port,
			     const struct nat64_hold *hold, u32 now)
{
	spin_lock_bh(&addr->lock);
	nat64_ports_hold(addr->ports[proto], ntohs(port), hold, now);
	addr->used--;
	addr_unuse(pool, addr);
	spin_unlock_bh(&addr->lock);
}

static struct nat64_addr *find_active(struct nat64_pool4 *pool, __be32 key)
{
	return rhashtable_lookup(&pool->active, &key, active_params);
}

void nat64_pool4_wake(struct nat64_pool4 *pool, __be32 key)
{
	struct nat64_addr *addr = find_active(pool, key);
	unsigned int proto;

	if (!addr)
		return;
	spin_lock_bh(&addr->lock);
	for (proto = 0; proto < NAT64_PROTOS; proto++)
		while (addr->ports[proto] &&
		       nat64_ports_release_oldest(addr->ports[proto]))
			;
	addr_unuse(pool, addr);
	spin_unlock_bh(&addr->lock);
}

u32 nat64_pool4_next_lent(struct nat64_pool4 *pool, __be32 key,
			  enum nat64_proto proto, u32 port)
{
	const struct nat64_ports *ports = NULL;
	struct nat64_addr *addr = find_active(pool, key);

	if (addr)
		/* Pairs with addr_ports(). */
		ports = smp_load_acquire(&addr->ports[proto]);
	return ports ? nat64_ports_next(ports, port) : NAT64_NO_PORT;
}

bool nat64_pool4_for_each_active(struct nat64_pool4 *pool, u32 first, u32 last,
				 void (*fn)(void *arg, __be32 addr), void *arg)
{
	struct rhashtable_iter iter;
	struct nat64_addr *addr;
	bool all = true;

	if (first == last) {
		fn(arg, htonl(first));
		return true;
	}
	rhashtable_walk_enter(&pool->active, &iter);
	rhashtable_walk_start(&iter);
	while ((addr = rhashtable_walk_next(&iter))) {
		__be32 key;

		/* -EAGAIN: resized, some are met again. */
		if (IS_ERR(addr))
			continue;
		key = addr->addr;
		if (ntohl(key) < first || ntohl(key) > last)
			continue;
		rhashtable_walk_stop(&iter);
		fn(arg, key);
		cond_resched();
		rhashtable_walk_start(&iter);
		/* It is gone, and the walk goes on too far behind it. */
		if (!iter.p)
			all = false;
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return all;
}

struct rest_arg {
	struct nat64_pool4 *pool;
	u32 seconds;
	u32 now;
	u64 held;
};

static void rest_addr(void *data, __be32 key)
{
	struct rest_arg *arg = data;
	struct nat64_addr *addr;
	unsigned int proto;

	rcu_read_lock();
	addr = find_active(arg->pool, key);
	if (addr) {
		spin_lock_bh(&addr->lock);
		for (proto = 0; proto < NAT64_PROTOS; proto++)
			if (addr->ports[proto])
				nat64_ports_rested(addr->ports[proto],
						   arg->seconds, arg->now);
		arg->held += addr_held(addr);
		addr_unuse(arg->pool, addr);
		spin_unlock_bh(&addr->lock);
	}
	rcu_read_unlock();
}

/* What is not visited now is so by the next call. */
u64 nat64_pool4_rested(struct nat64_pool4 *pool, u32 seconds, u32 now)
{
	struct rest_arg arg = { .pool = pool, .seconds = seconds, .now = now };

	nat64_pool4_for_each_active(pool, 0, U32_MAX, rest_addr, &arg);
	return arg.held;
}

/* Where traffic makes addresses come and go, a count is out of date at once. */
#define USED_TRIES	4

struct used_arg {
	struct nat64_pool4 *pool;
	const struct nat64_ranges *ranges;
	enum nat64_proto proto;
	u64 used;
};

static void add_used(void *data, __be32 addr)
{
	struct used_arg *arg = data;
	unsigned int i;
	u32 port;

	rcu_read_lock();
	for (i = 0; i < arg->ranges->n; i++) {
		port = arg->ranges->range[i].lo;
		for (;; port++, arg->used++) {
			port = nat64_pool4_next_lent(arg->pool, addr,
						     arg->proto, port);
			if (port > arg->ranges->range[i].hi)
				break;
		}
	}
	rcu_read_unlock();
}

static u64 used_of(struct nat64_pool4 *pool,
		   const struct nat64_pool4_span *span, enum nat64_proto proto)
{
	struct used_arg arg = {
		.pool = pool,
		.ranges = span->entry->ranges[proto],
		.proto = proto,
	};
	unsigned int i;

	for (i = 0; i < USED_TRIES; i++) {
		arg.used = 0;
		if (nat64_pool4_for_each_active(pool, span->first, span->last,
						add_used, &arg))
			break;
	}
	return arg.used;
}

u64 nat64_pool4_used(struct nat64_pool4 *pool,
		     const struct nat64_pool4_entry *entry,
		     enum nat64_proto proto)
{
	const struct nat64_pool4_span *span;
	u64 used = 0;

	list_for_each_entry(span, &entry->spans, in_entry)
		if (nat64_pool4_in_pool(span))
			used += used_of(pool, span, proto);
	return used;
}

int nat64_pool4_lease_init(struct nat64_pool4 *pool)
{
	return rhashtable_init(&pool->active, &active_params);
}

void nat64_pool4_lease_destroy(struct nat64_pool4 *pool)
{
	/* Ports may rest of which nobody took the entry away. */
	rhashtable_free_and_destroy(&pool->active, addr_free, NULL);
}
