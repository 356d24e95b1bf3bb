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
	kvfree(table);
}

/* Has it any ports? One that waits for them must not move anybody's address. */
static bool lends(const struct nat64_pool4_entry *entry)
{
	return entry->ranges[NAT64_TCP]->n || entry->ranges[NAT64_UDP]->n ||
	       entry->ranges[NAT64_ICMP]->n;
}

/* Spans of one mark stand side by side, and groups of one mask. */
static void count_groups(const struct nat64_pool4 *pool, u32 *groups, u32 *masks)
{
	const struct nat64_pool4_entry *last = NULL;
	const struct nat64_pool4_span *span;

	list_for_each_entry(span, &pool->by_mark, by_mark) {
		const struct nat64_pool4_entry *entry = span->entry;
		bool other = !last || last->mask != entry->mask;

		if (!lends(entry))
			continue;
		*masks += other;
		*groups += other || last->mark != entry->mark;
		last = entry;
	}
}

static struct nat64_pool4_table *table_alloc(const struct nat64_pool4 *pool)
{
	struct nat64_pool4_table *table;
	u32 groups = 0, masks = 0;
	size_t n = pool->n;

	count_groups(pool, &groups, &masks);
	table = kvzalloc(sizeof(*table) +
			 n * (sizeof(*table->row) + sizeof(*table->member)) +
			 groups * sizeof(*table->group) +
			 masks * sizeof(*table->mask), GFP_KERNEL);
	if (!table)
		return NULL;
	table->row = (void *)(table + 1);
	table->member = (void *)(table->row + n);
	table->group = (void *)(table->member + n);
	table->mask = (void *)(table->group + groups);
	return table;
}

static void fill_row(struct nat64_pool4_row *row,
		     const struct nat64_pool4_span *span)
{
	struct nat64_pool4_entry *entry = span->entry;
	unsigned int proto;

	row->first = span->first;
	row->last = span->last;
	row->mark = entry->mark;
	row->mask = entry->mask;
	row->bits = hweight32(entry->mask);
	for (proto = 0; proto < NAT64_PROTOS; proto++) {
		row->ranges[proto] = entry->ranges[proto];
		if (entry->ranges[proto]->n)
			row->has |= BIT(proto);
	}
	row->entry = entry;
}

static void fill_rows(struct nat64_pool4_table *table,
		      const struct nat64_pool4 *pool)
{
	struct nat64_pool4_span *span;

	list_for_each_entry(span, &pool->by_addr, by_addr) {
		struct nat64_pool4_row *row = &table->row[table->n_rows];
		u32 up = table->n_rows - 1;

		fill_row(row, span);
		while (up != NAT64_NO_ROW && table->row[up].last < row->last)
			up = table->row[up].parent;
		row->parent = up;
		span->row = table->n_rows++;
	}
}

/* The last members find the first one, so that is sought before. */
static void link_protocol(struct nat64_pool4_table *table,
			  struct nat64_pool4_group *g, unsigned int proto)
{
	struct nat64_pool4_member *member = &table->member[g->member];
	u32 next = 0;
	u32 i;

	while (next < g->n && !(table->row[member[next].row].has & BIT(proto)))
		next++;
	if (next == g->n)
		return;
	g->has |= BIT(proto);
	for (i = g->n; i--; ) {
		if (table->row[member[i].row].has & BIT(proto))
			next = i;
		member[i].next[proto] = next;
	}
}

/* The group of the next member, which may be a new one. */
static struct nat64_pool4_group *group_for(struct nat64_pool4_table *table,
					   struct nat64_pool4_group *g,
					   const struct nat64_pool4_row *row)
{
	struct nat64_pool4_mask *m = NULL;

	if (g)
		m = &table->mask[table->n_masks - 1];
	if (g && m->mask == row->mask && g->mark == row->mark)
		return g;
	if (!g || m->mask != row->mask) {
		m = &table->mask[table->n_masks++];
		m->mask = row->mask;
		m->bits = row->bits;
		m->group = table->n_groups;
	}
	m->n++;
	g = &table->group[table->n_groups++];
	g->mark = row->mark;
	return g;
}

static void fill_groups(struct nat64_pool4_table *table,
			const struct nat64_pool4 *pool)
{
	const struct nat64_pool4_span *span;
	struct nat64_pool4_group *g = NULL;
	u32 n = 0;
	u32 i, proto;

	list_for_each_entry(span, &pool->by_mark, by_mark) {
		const struct nat64_pool4_row *row = &table->row[span->row];
		struct nat64_pool4_member *m = &table->member[n];

		if (!lends(span->entry))
			continue;
		g = group_for(table, g, row);
		if (!g->n++)
			g->member = n;
		m->row = span->row;
		m->before = g->addrs;
		g->addrs += addrs_of(row);
		n++;
	}
	for (i = 0; i < table->n_groups; i++)
		for (proto = 0; proto < NAT64_PROTOS; proto++)
			link_protocol(table, &table->group[i], proto);
}

struct nat64_pool4_table *
nat64_pool4_table_build(const struct nat64_pool4 *pool)
{
	struct nat64_pool4_table *table = table_alloc(pool);

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

	if (!table || span->row == NAT64_NO_ROW)
		return;
	row = &table->row[span->row];
	for (proto = 0; proto < NAT64_PROTOS; proto++)
		WRITE_ONCE(row->ranges[proto], NULL);
	WRITE_ONCE(row->entry, NULL);
}

u32 nat64_pool4_table_serving(const struct nat64_pool4_table *table, u32 i,
			      const struct nat64_lease_request *req,
			      unsigned int bits)
{
	for (; i != NAT64_NO_ROW; i = table->row[i].parent) {
		const struct nat64_pool4_row *row = &table->row[i];
		const struct nat64_ranges *ranges;

		ranges = READ_ONCE(row->ranges[req->proto]);
		if (ranges && ranges->n && row->bits == bits &&
		    nat64_pool4_mark_fits(row, req->mark))
			return i;
	}
	return NAT64_NO_ROW;
}

/* The group for a client under one mask, NULL if there is none. */
static const struct nat64_pool4_group *
find_group(const struct nat64_pool4_table *table,
	   const struct nat64_pool4_mask *m,
	   const struct nat64_lease_request *req)
{
	const struct nat64_pool4_group *g = &table->group[m->group];
	u32 mark = req->mark & m->mask;
	u32 lo = 0;
	u32 hi = m->n;

	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (g[mid].mark <= mark)
			lo = mid;
		else
			hi = mid;
	}
	return g[lo].mark == mark ? &g[lo] : NULL;
}

/**
 * struct level - the groups for a client with one number of mask bits
 * @first: their masks
 * @end: the mask behind them
 * @addrs: how many addresses they have
 * @has: does any have the protocol?
 */
struct level {
	const struct nat64_pool4_mask *first;
	const struct nat64_pool4_mask *end;
	u64 addrs;
	bool has;
};

/* The level with the most mask bits that has the protocol. */
static bool find_level(const struct nat64_pool4_table *table,
		       const struct nat64_lease_request *req, struct level *l)
{
	const struct nat64_pool4_mask *end = table->mask + table->n_masks;
	const struct nat64_pool4_mask *m = table->mask;

	while (m < end) {
		*l = (struct level){ .first = m };
		for (; m < end && m->bits == l->first->bits; m++) {
			const struct nat64_pool4_group *g;

			g = find_group(table, m, req);
			if (!g)
				continue;
			l->addrs += g->addrs;
			if (g->has & BIT(req->proto))
				l->has = true;
		}
		l->end = m;
		if (l->has)
			return true;
	}
	return false;
}

/**
 * struct place - an address of a level
 * @mask: of its group
 * @group: its group
 * @member: index of its member there
 * @nth: which of the member's addresses
 */
struct place {
	const struct nat64_pool4_mask *mask;
	const struct nat64_pool4_group *group;
	u32 member;
	u64 nth;
};

/* The member that has address number @nth of a group. */
static u32 member_with(const struct nat64_pool4_table *table,
		       const struct nat64_pool4_group *g, u64 nth)
{
	const struct nat64_pool4_member *member = &table->member[g->member];
	u32 lo = 0;
	u32 hi = g->n;

	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (member[mid].before <= nth)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* Address number @nth of a level. */
static struct place find_place(const struct nat64_pool4_table *table,
			       const struct nat64_lease_request *req,
			       const struct level *l, u64 nth)
{
	struct place p = { .mask = l->first };

	for (;; p.mask++) {
		p.group = find_group(table, p.mask, req);
		if (!p.group)
			continue;
		if (nth < p.group->addrs)
			break;
		nth -= p.group->addrs;
	}
	p.member = member_with(table, p.group, nth);
	p.nth = nth - table->member[p.group->member + p.member].before;
	return p;
}

/*
 * The next member that has the protocol, in a circle through the group, or else
 * through the other groups.
 */
static void find_next(const struct nat64_pool4_table *table,
		      const struct nat64_lease_request *req,
		      const struct level *l, struct place *p)
{
	while (!p->group || !(p->group->has & BIT(req->proto))) {
		if (++p->mask == l->end)
			p->mask = l->first;
		p->group = find_group(table, p->mask, req);
		p->member = 0;
	}
	p->member = table->member[p->group->member + p->member].next[req->proto];
}

static void choose_place(const struct nat64_pool4_table *table,
			 const struct place *p, struct nat64_pool4_choice *c)
{
	const struct nat64_pool4_row *row;
	u64 nth;

	c->row = table->member[p->group->member + p->member].row;
	row = &table->row[c->row];
	div64_u64_rem(p->nth, addrs_of(row), &nth);
	c->addr = row->first + nth;
}

bool nat64_pool4_table_choose(const struct nat64_pool4_table *table,
			      const struct nat64_lease_request *req,
			      const hsiphash_key_t *key, u32 nth,
			      struct nat64_pool4_choice *c)
{
	struct place p;
	struct level l;
	u64 at;

	if (!find_level(table, req, &l))
		return false;
	c->bits = l.first->bits;
	c->addrs = l.addrs;
	at = hsiphash(&req->client.addr, sizeof(req->client.addr), key);
	at = mul_u64_u64_shr(at, l.addrs, 32) + nth;
	if (at >= l.addrs)
		at -= l.addrs;
	p = find_place(table, req, &l, at);
	choose_place(table, &p, c);
	if (table->row[c->row].has & BIT(req->proto))
		return true;
	/* Another entry may have the same address. */
	c->row = nat64_pool4_table_find(table, c->addr);
	c->row = nat64_pool4_table_serving(table, c->row, req, c->bits);
	if (c->row != NAT64_NO_ROW)
		return true;
	find_next(table, req, &l, &p);
	choose_place(table, &p, c);
	return true;
}
