// SPDX-License-Identifier: GPL-2.0
/*
 * pool4, the entries: see pool4.h. What is lent of them is pool4_lease.c's.
 */
#include "pool4.h"

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

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
	const struct nat64_pool4_span *span;
	u64 addrs = 0;

	list_for_each_entry(span, &entry->spans, in_entry)
		if (nat64_pool4_in_pool(span))
			addrs += (u64)span->last - span->first + 1;
	return addrs * entry->ranges[proto]->total;
}

struct nat64_pool4_span *
nat64_pool4_span_alloc(struct nat64_pool4_entry *entry, u32 first, u32 last,
		       gfp_t gfp)
{
	struct nat64_pool4_span *span = kzalloc(sizeof(*span), gfp);

	if (!span)
		return NULL;
	INIT_LIST_HEAD(&span->by_addr);
	INIT_LIST_HEAD(&span->by_mark);
	span->entry = entry;
	span->row = NAT64_NO_ROW;
	span->first = first;
	span->last = last;
	return span;
}

void nat64_pool4_entry_free(struct nat64_pool4_entry *entry)
{
	struct nat64_pool4_span *span, *next;
	unsigned int proto;

	list_for_each_entry_safe(span, next, &entry->spans, in_entry)
		kfree(span);
	for (proto = 0; proto < NAT64_PROTOS; proto++)
		kvfree(entry->ranges[proto]);
	kfree(entry);
}

/*
 * Publish the spans as they are now. Waits for the readers of the table before,
 * so that what the caller takes away is out of everybody's sight.
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
	pool->stale = false;
	old = rcu_replace_pointer(pool->table, table, true);
	if (old)
		synchronize_rcu_expedited();
	nat64_pool4_table_free(old);
	return 0;
}

int nat64_pool4_publish(struct nat64_pool4 *pool, struct list_head *gone)
{
	struct nat64_pool4_table *table;
	struct nat64_pool4_span *span;

	if (!publish(pool))
		return 0;
	/* No memory for a table without them: out of the one there is. */
	pool->stale = true;
	table = rcu_dereference_protected(pool->table, true);
	list_for_each_entry(span, gone, by_addr)
		nat64_pool4_table_blank(table, span);
	synchronize_rcu_expedited();
	return -ENOMEM;
}

/* Does another entry hold an address, protocol and port? */
static int check_overlap(const struct nat64_pool4 *pool,
			 const struct nat64_pool4_span *span,
			 enum nat64_proto proto, struct nat64_why *why)
{
	const struct nat64_ranges *ranges = span->entry->ranges[proto];
	struct nat64_pool4_span *other;
	__be32 addr;
	u16 port;

	list_for_each_entry(other, &pool->by_addr, by_addr) {
		if (other->first > span->last)
			break;
		if (other->entry == span->entry || other->last < span->first)
			continue;
		port = nat64_ranges_meet(other->entry->ranges[proto], ranges);
		if (!port)
			continue;
		addr = htonl(max(span->first, other->first));
		return nat64_refuse(why, -EEXIST,
				    "%s port %u of %pI4 is in pool4/%s; use others, or take them out of there, e.g. rmdir pool4/%s",
				    nat64_proto_name(proto), port, &addr,
				    other->entry->name, other->entry->name);
	}
	return 0;
}

/* Does another entry of the interface, whatever addresses that has? */
static int check_dev(const struct nat64_pool4 *pool,
		     const struct nat64_pool4_entry *entry,
		     enum nat64_proto proto, struct nat64_why *why)
{
	struct nat64_pool4_entry *other;
	u16 port;

	list_for_each_entry(other, &pool->entries, in_pool) {
		if (!entry->dev[0] || other == entry ||
		    strcmp(other->dev, entry->dev))
			continue;
		port = nat64_ranges_meet(other->ranges[proto],
					 entry->ranges[proto]);
		if (port)
			return nat64_refuse(why, -EEXIST,
					    "%s port %u of %s is in pool4/%s; use others, or take them out of there, e.g. rmdir pool4/%s",
					    nat64_proto_name(proto), port, entry->dev,
					    other->name, other->name);
	}
	return 0;
}

int nat64_pool4_check(const struct nat64_pool4 *pool,
		      const struct nat64_pool4_span *span,
		      struct nat64_why *why)
{
	unsigned int proto;
	int err = 0;

	for (proto = 0; proto < NAT64_PROTOS && !err; proto++)
		err = check_overlap(pool, span, proto, why);
	return err;
}

static int cmp_addr(const struct nat64_pool4_span *a,
		    const struct nat64_pool4_span *b)
{
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return 0;
}

static int cmp_mark(const struct nat64_pool4_span *a,
		    const struct nat64_pool4_span *b)
{
	const struct nat64_pool4_entry *x = a->entry, *y = b->entry;
	int bits = hweight32(y->mask) - hweight32(x->mask);

	if (bits)
		return bits;
	if (x->mask != y->mask)
		return x->mask < y->mask ? -1 : 1;
	if (x->mark != y->mark)
		return x->mark < y->mark ? -1 : 1;
	return cmp_addr(a, b);
}

static void link_by_addr(struct nat64_pool4 *pool,
			 struct nat64_pool4_span *span)
{
	struct nat64_pool4_span *pos;

	list_for_each_entry(pos, &pool->by_addr, by_addr)
		if (cmp_addr(span, pos) < 0)
			break;
	list_add_tail(&span->by_addr, &pos->by_addr);
}

static void link_by_mark(struct nat64_pool4 *pool,
			 struct nat64_pool4_span *span)
{
	struct nat64_pool4_span *pos;

	list_for_each_entry(pos, &pool->by_mark, by_mark)
		if (cmp_mark(span, pos) < 0)
			break;
	list_add_tail(&span->by_mark, &pos->by_mark);
}

void nat64_pool4_link(struct nat64_pool4 *pool, struct nat64_pool4_span *span)
{
	link_by_addr(pool, span);
	link_by_mark(pool, span);
	pool->n++;
}

void nat64_pool4_unlink(struct nat64_pool4 *pool,
			struct nat64_pool4_span *span, struct list_head *gone)
{
	list_move_tail(&span->by_addr, gone);
	list_del_init(&span->by_mark);
	pool->n--;
}

/* All of an entry's that are in the pool. */
static void unlink_spans(struct nat64_pool4 *pool,
			 struct nat64_pool4_entry *entry,
			 struct list_head *gone)
{
	struct nat64_pool4_span *span;

	list_for_each_entry(span, &entry->spans, in_entry)
		if (nat64_pool4_in_pool(span))
			nat64_pool4_unlink(pool, span, gone);
	list_del(&entry->in_pool);
}

/* May an entry have its ports, with the addresses that are not left out? */
static int check_entry(const struct nat64_pool4 *pool,
		       const struct nat64_pool4_entry *entry,
		       struct nat64_why *why)
{
	struct nat64_pool4_span *span;
	unsigned int proto;
	int err = 0;

	for (proto = 0; proto < NAT64_PROTOS && !err; proto++)
		err = check_dev(pool, entry, proto, why);
	list_for_each_entry(span, &entry->spans, in_entry)
		if (!err && nat64_pool4_in_pool(span))
			err = nat64_pool4_check(pool, span, why);
	return err;
}

int nat64_pool4_add(struct nat64_pool4 *pool, struct nat64_pool4_entry *entry,
		    struct nat64_why *why)
{
	struct nat64_pool4_span *span;
	LIST_HEAD(gone);
	int err;

	list_for_each_entry(span, &entry->spans, in_entry)
		nat64_pool4_link(pool, span);
	list_add_tail(&entry->in_pool, &pool->entries);
	err = check_entry(pool, entry, why);
	if (!err && publish(pool))
		err = nat64_no_memory(why);
	if (err)
		unlink_spans(pool, entry, &gone);
	return err;
}

void nat64_pool4_del(struct nat64_pool4 *pool, struct nat64_pool4_entry *entry,
		     struct list_head *gone)
{
	unlink_spans(pool, entry, gone);
	nat64_pool4_publish(pool, gone);
}

static void swap_mark(struct nat64_pool4 *pool,
		      struct nat64_pool4_entry *entry,
		      struct nat64_pool4_edit *edit)
{
	struct nat64_pool4_span *span;
	LIST_HEAD(spans);

	list_for_each_entry(span, &entry->spans, in_entry)
		if (nat64_pool4_in_pool(span))
			list_move_tail(&span->by_mark, &spans);
	swap(entry->mark, edit->mark);
	swap(entry->mask, edit->mask);
	while (!list_empty(&spans)) {
		span = list_first_entry(&spans, struct nat64_pool4_span, by_mark);
		list_del(&span->by_mark);
		link_by_mark(pool, span);
	}
}

/* Of what is given, old and new change places; done twice it is undone. */
static void swap_settings(struct nat64_pool4 *pool,
			  struct nat64_pool4_entry *entry,
			  struct nat64_pool4_edit *edit)
{
	unsigned int proto;

	for (proto = 0; proto < NAT64_PROTOS; proto++)
		if (edit->given & BIT(proto))
			swap(entry->ranges[proto], edit->ranges[proto]);
	if (edit->given & BIT(NAT64_POOL4_MARK))
		swap_mark(pool, entry, edit);
	if (edit->given & BIT(NAT64_POOL4_FORCE))
		swap(entry->force, edit->force);
}

int nat64_pool4_apply(struct nat64_pool4 *pool,
		      struct nat64_pool4_entry *entry,
		      struct nat64_pool4_edit *edit, struct nat64_why *why)
{
	int err;

	swap_settings(pool, entry, edit);
	err = check_entry(pool, entry, why);
	if (!err && publish(pool))
		err = nat64_no_memory(why);
	if (err)
		swap_settings(pool, entry, edit);
	return err;
}

void nat64_pool4_edit_end(struct nat64_pool4_edit *edit)
{
	unsigned int proto;

	for (proto = 0; proto < NAT64_PROTOS; proto++)
		kvfree(edit->ranges[proto]);
}

int nat64_pool4_init(struct nat64_pool4 *pool)
{
	RCU_INIT_POINTER(pool->table, NULL);
	INIT_LIST_HEAD(&pool->entries);
	INIT_LIST_HEAD(&pool->by_addr);
	INIT_LIST_HEAD(&pool->by_mark);
	pool->n = 0;
	pool->stale = false;
	get_random_bytes(&pool->key, sizeof(pool->key));
	return nat64_pool4_lease_init(pool);
}

void nat64_pool4_destroy(struct nat64_pool4 *pool)
{
	/* Entries are gone; a table is left only for want of memory. */
	nat64_pool4_table_free(rcu_dereference_protected(pool->table, true));
	nat64_pool4_lease_destroy(pool);
}
