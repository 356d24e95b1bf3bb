// SPDX-License-Identifier: GPL-2.0
/*
 * pool4, the entries: see pool4.h. What is lent of them is pool4_lease.c's.
 */
#include "pool4.h"

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "pool4_lease.h"
#include "pool4_table.h"

bool nat64_pool4_has(const struct nat64_pool4 *pool, __be32 addr)
{
	return nat64_pool4_table_find(rcu_dereference(pool->table),
				      ntohl(addr)) != NAT64_NO_ROW;
}

bool nat64_pool4_has_port(const struct nat64_pool4 *pool,
			  const struct nat64_end4 *end, enum nat64_proto proto)
{
	const struct nat64_pool4_table *table = rcu_dereference(pool->table);
	u32 i;

	nat64_for_each_row_of(i, table, ntohl(end->addr))
		if (nat64_ranges_have(READ_ONCE(table->row[i].ranges[proto]),
				      ntohs(end->port)))
			return true;
	return false;
}

bool nat64_pool4_covers(const struct nat64_pool4 *pool,
			const struct nat64_end4 *end, enum nat64_proto proto,
			u32 mark)
{
	const struct nat64_pool4_table *table = rcu_dereference(pool->table);
	u32 i;

	nat64_for_each_row_of(i, table, ntohl(end->addr)) {
		const struct nat64_pool4_row *row = &table->row[i];

		if (nat64_pool4_mark_fits(row, mark) &&
		    nat64_ranges_have(READ_ONCE(row->ranges[proto]),
				      ntohs(end->port)))
			return true;
	}
	return false;
}

u64 nat64_pool4_capacity(const struct nat64_pool4_entry *entry,
			 enum nat64_proto proto)
{
	return ((u64)entry->last - entry->first + 1) *
	       entry->ranges[proto]->total;
}

/*
 * Publish the entries as they are now. Waits for the readers of the table
 * before, so that what the caller takes away is out of everybody's sight.
 */
static int publish(struct nat64_pool4 *pool)
{
	struct nat64_pool4_table *table = NULL;
	struct nat64_pool4_table *old;

	if (pool->n) {
		table = nat64_pool4_table_build(pool);
		if (!table)
			return -ENOMEM;
	}
	old = rcu_replace_pointer(pool->table, table, true);
	if (old)
		synchronize_rcu_expedited();
	nat64_pool4_table_free(old);
	return 0;
}

/* Does another entry hold an address, protocol and port of @entry? */
static int check_overlap(const struct nat64_pool4 *pool,
			 const struct nat64_pool4_entry *entry,
			 enum nat64_proto proto,
			 const struct nat64_ranges *ranges,
			 struct nat64_why *why)
{
	static const char * const name[] = { "tcp", "udp", "icmp" };
	struct nat64_pool4_entry *other;
	__be32 addr;
	u16 port;

	list_for_each_entry(other, &pool->by_addr, by_addr) {
		if (other->first > entry->last)
			break;
		if (other == entry || other->last < entry->first)
			continue;
		port = nat64_ranges_meet(other->ranges[proto], ranges);
		if (!port)
			continue;
		addr = htonl(max(entry->first, other->first));
		return nat64_refuse(why, -EEXIST,
				    "%s port %u of %pI4 is in another entry of pool4; give each entry ports of its own",
				    name[proto], port, &addr);
	}
	return 0;
}

static int cmp_addr(const struct nat64_pool4_entry *a,
		    const struct nat64_pool4_entry *b)
{
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return 0;
}

static int cmp_mark(const struct nat64_pool4_entry *a,
		    const struct nat64_pool4_entry *b)
{
	int bits = hweight32(b->mask) - hweight32(a->mask);

	if (bits)
		return bits;
	if (a->mask != b->mask)
		return a->mask < b->mask ? -1 : 1;
	if (a->mark != b->mark)
		return a->mark < b->mark ? -1 : 1;
	return cmp_addr(a, b);
}

static void link_by_addr(struct nat64_pool4 *pool,
			 struct nat64_pool4_entry *entry)
{
	struct nat64_pool4_entry *pos;

	list_for_each_entry(pos, &pool->by_addr, by_addr)
		if (cmp_addr(entry, pos) < 0)
			break;
	list_add_tail(&entry->by_addr, &pos->by_addr);
}

static void link_by_mark(struct nat64_pool4 *pool,
			 struct nat64_pool4_entry *entry)
{
	struct nat64_pool4_entry *pos;

	list_for_each_entry(pos, &pool->by_mark, by_mark)
		if (cmp_mark(entry, pos) < 0)
			break;
	list_add_tail(&entry->by_mark, &pos->by_mark);
}

static void unlink_entry(struct nat64_pool4 *pool,
			 struct nat64_pool4_entry *entry)
{
	list_del(&entry->by_addr);
	list_del(&entry->by_mark);
	pool->n--;
}

int nat64_pool4_add(struct nat64_pool4 *pool, struct nat64_pool4_entry *entry,
		    struct nat64_why *why)
{
	unsigned int proto;
	int err;

	for (proto = 0; proto < NAT64_PROTOS; proto++) {
		err = check_overlap(pool, entry, proto, entry->ranges[proto],
				    why);
		if (err)
			return err;
	}
	link_by_addr(pool, entry);
	link_by_mark(pool, entry);
	pool->n++;
	err = publish(pool);
	if (!err)
		return 0;
	unlink_entry(pool, entry);
	return nat64_refuse(why, err, "out of memory");
}

void nat64_pool4_del(struct nat64_pool4 *pool, struct nat64_pool4_entry *entry)
{
	unlink_entry(pool, entry);
	if (!publish(pool))
		return;
	/* No memory for a table without it: take it out of the one there is. */
	nat64_pool4_table_blank(rcu_dereference_protected(pool->table, true),
				entry);
	synchronize_rcu_expedited();
}

int nat64_pool4_set_ranges(struct nat64_pool4 *pool,
			   struct nat64_pool4_entry *entry,
			   enum nat64_proto proto, struct nat64_ranges *ranges,
			   struct nat64_why *why)
{
	struct nat64_ranges *old = entry->ranges[proto];
	int err;

	err = check_overlap(pool, entry, proto, ranges, why);
	if (err)
		return err;
	entry->ranges[proto] = ranges;
	err = publish(pool);
	if (err) {
		entry->ranges[proto] = old;
		return nat64_refuse(why, err, "out of memory");
	}
	kvfree(old);
	return 0;
}

int nat64_pool4_set_mark(struct nat64_pool4 *pool,
			 struct nat64_pool4_entry *entry, u32 mark, u32 mask)
{
	u32 old_mark = entry->mark;
	u32 old_mask = entry->mask;
	int err;

	list_del(&entry->by_mark);
	entry->mark = mark;
	entry->mask = mask;
	link_by_mark(pool, entry);
	err = publish(pool);
	if (err) {
		list_del(&entry->by_mark);
		entry->mark = old_mark;
		entry->mask = old_mask;
		link_by_mark(pool, entry);
	}
	return err;
}

int nat64_pool4_init(struct nat64_pool4 *pool)
{
	RCU_INIT_POINTER(pool->table, NULL);
	INIT_LIST_HEAD(&pool->by_addr);
	INIT_LIST_HEAD(&pool->by_mark);
	pool->n = 0;
	get_random_bytes(&pool->key, sizeof(pool->key));
	return nat64_pool4_lease_init(pool);
}

void nat64_pool4_destroy(struct nat64_pool4 *pool)
{
	/* Entries are gone; a table is left only for want of memory. */
	nat64_pool4_table_free(rcu_dereference_protected(pool->table, true));
	nat64_pool4_lease_destroy(pool);
}
