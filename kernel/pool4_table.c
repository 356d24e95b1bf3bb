// SPDX-License-Identifier: GPL-2.0
/*
 * The table of pool4: see pool4_table.h.
 */
#include "pool4_table.h"

#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>

static u64 addrs_of(const struct nat64_pool4_row *row)
{
	return (u64)row->last - row->first + 1;
}

u32 nat64_pool4_table_find(const struct nat64_pool4_table *table, u32 addr)
{
	u32 lo = 0;
	u32 hi = table ? table->n_rows : 0;
	u32 i;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (table->row[mid].first <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (i = lo - 1; i != NAT64_NO_ROW; i = table->row[i].parent)
		if (table->row[i].last >= addr)
			return i;
	return NAT64_NO_ROW;
}

void nat64_pool4_table_free(struct nat64_pool4_table *table)
{
	if (!table)
		return;
	kvfree(table->row);
	kvfree(table->member);
	kvfree(table->group);
	kfree(table);
}

static struct nat64_pool4_table *table_alloc(unsigned int n)
{
	struct nat64_pool4_table *table;

	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return NULL;
	table->row = kvcalloc(n, sizeof(*table->row), GFP_KERNEL);
	table->member = kvcalloc(n, sizeof(*table->member), GFP_KERNEL);
	table->group = kvcalloc(n, sizeof(*table->group), GFP_KERNEL);
	if (!table->row || !table->member || !table->group) {
		nat64_pool4_table_free(table);
		return NULL;
	}
	return table;
}

static void fill_rows(struct nat64_pool4_table *table,
		      const struct nat64_pool4 *pool)
{
	const struct nat64_pool4_span *span;

	list_for_each_entry(span, &pool->by_addr, by_addr) {
		struct nat64_pool4_row *row = &table->row[table->n_rows];
		struct nat64_pool4_entry *entry = span->entry;
		u32 up = table->n_rows - 1;

		row->first = span->first;
		row->last = span->last;
		row->mark = entry->mark;
		row->mask = entry->mask;
		memcpy(row->ranges, entry->ranges, sizeof(row->ranges));
		row->entry = entry;
		while (up != NAT64_NO_ROW && table->row[up].last < row->last)
			up = table->row[up].parent;
		row->parent = up;
		table->n_rows++;
	}
}

/* Index of the span's row: one entry has an address once. */
static u32 row_of(const struct nat64_pool4_table *table,
		  const struct nat64_pool4_span *span)
{
	u32 i;

	nat64_for_each_row_of(i, table, span->first)
		if (table->row[i].entry == span->entry)
			break;
	return i;
}

static void link_protocol(struct nat64_pool4_table *table, struct nat64_pool4_group *g,
			  unsigned int proto)
{
	struct nat64_pool4_member *member = &table->member[g->member];
	u32 next = NAT64_NO_ROW;
	u32 i;

	/* Twice around, so that the last ones find the first. */
	for (i = 2 * g->n; i--; ) {
		struct nat64_pool4_member *m = &member[i % g->n];
		const struct nat64_ranges *r;

		r = table->row[m->row].ranges[proto];
		if (r && r->n)
			next = i % g->n;
		m->next[proto] = next;
	}
	if (next != NAT64_NO_ROW)
		g->has |= BIT(proto);
}

static void fill_groups(struct nat64_pool4_table *table,
			const struct nat64_pool4 *pool)
{
	const struct nat64_pool4_span *span;
	struct nat64_pool4_group *g = NULL;
	u32 n = 0;
	u32 i, proto;

	list_for_each_entry(span, &pool->by_mark, by_mark) {
		const struct nat64_pool4_entry *entry = span->entry;
		struct nat64_pool4_member *m = &table->member[n];

		if (!g || g->mark != entry->mark || g->mask != entry->mask) {
			g = &table->group[table->n_groups++];
			g->mark = entry->mark;
			g->mask = entry->mask;
			g->member = n;
		}
		m->row = row_of(table, span);
		m->before = g->addrs;
		g->addrs += addrs_of(&table->row[m->row]);
		g->n++;
		n++;
	}
	for (i = 0; i < table->n_groups; i++)
		for (proto = 0; proto < NAT64_PROTOS; proto++)
			link_protocol(table, &table->group[i], proto);
}

struct nat64_pool4_table *
nat64_pool4_table_build(const struct nat64_pool4 *pool)
{
	struct nat64_pool4_table *table = table_alloc(pool->n);

	if (!table)
		return NULL;
	fill_rows(table, pool);
	fill_groups(table, pool);
	return table;
}

void nat64_pool4_table_blank(struct nat64_pool4_table *table,
			     const struct nat64_pool4_span *span)
{
	struct nat64_pool4_row *row;
	unsigned int proto;
	u32 i;

	i = row_of(table, span);
	if (i == NAT64_NO_ROW)
		return;
	row = &table->row[i];
	for (proto = 0; proto < NAT64_PROTOS; proto++)
		WRITE_ONCE(row->ranges[proto], NULL);
	WRITE_ONCE(row->entry, NULL);
}

/* The address number @nth of a group, or the next that has the protocol. */
static void choose_in_group(const struct nat64_pool4_table *table,
			    const struct nat64_pool4_group *g, u64 nth,
			    enum nat64_proto proto,
			    struct nat64_pool4_choice *c)
{
	const struct nat64_pool4_member *member = &table->member[g->member];
	const struct nat64_pool4_row *row;
	u32 lo = 0;
	u32 hi = g->n;

	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (member[mid].before <= nth)
			lo = mid;
		else
			hi = mid;
	}
	nth -= member[lo].before;
	c->row = member[member[lo].next[proto]].row;
	row = &table->row[c->row];
	div64_u64_rem(nth, addrs_of(row), &nth);
	c->addr = row->first + nth;
}

static bool group_fits(const struct nat64_pool4_group *g,
		       const struct nat64_lease_request *req)
{
	return (g->has & BIT(req->proto)) &&
	       (req->mark & g->mask) == g->mark;
}

bool nat64_pool4_table_choose(const struct nat64_pool4_table *table,
			      const struct nat64_lease_request *req,
			      const hsiphash_key_t *key, u32 nth,
			      struct nat64_pool4_choice *c)
{
	const struct nat64_pool4_group *g = table->group;
	const struct nat64_pool4_group *end = g + table->n_groups;
	const struct nat64_pool4_group *first = NULL;
	u64 total = 0;
	u64 at;

	for (; g < end; g++) {
		if (first && hweight32(g->mask) != c->bits)
			break;
		if (!group_fits(g, req))
			continue;
		if (!first) {
			first = g;
			c->bits = hweight32(g->mask);
		}
		total += g->addrs;
	}
	if (!first)
		return false;
	c->addrs = total;
	at = hsiphash(&req->client.addr, sizeof(req->client.addr), key);
	at = mul_u64_u64_shr(at, total, 32) + nth;
	if (at >= total)
		at -= total;
	for (g = first; !group_fits(g, req) || at >= g->addrs; g++)
		if (group_fits(g, req))
			at -= g->addrs;
	choose_in_group(table, g, at, req->proto, c);
	return true;
}
