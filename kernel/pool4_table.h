/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table that pool4 makes of its entries for those who lease: found by
 * address, and by the mark of a client. Private to pool4.c.
 */
#ifndef _NAT64_POOL4_TABLE_H
#define _NAT64_POOL4_TABLE_H

#include "pool4.h"

#define NAT64_NO_ROW	U32_MAX

/**
 * struct nat64_pool4_row - what readers see of a span
 * @first: lowest address, host byte order
 * @last: highest address
 * @parent: the next row up that holds all of this one, or NAT64_NO_ROW
 * @mark: as in the entry
 * @mask: as in the entry
 * @bits: how many bits the mask has
 * @has: which protocols have ports
 * @ranges: as in the entry
 * @entry: whose it is, to count exhaustion
 *
 * Rows are sorted by first address, the larger first. Prefixes are disjoint
 * or nested; so the rows that hold an address are the last one that does not
 * begin behind it, as far as it holds it, and that one's parents.
 */
struct nat64_pool4_row {
	u32 first;
	u32 last;
	u32 parent;
	u32 mark;
	u32 mask;
	u8 bits;
	u8 has;
	const struct nat64_ranges *ranges[NAT64_PROTOS];
	struct nat64_pool4_entry *entry;
};

/**
 * struct nat64_pool4_member - a row in its group
 * @before: how many addresses the members before it have
 * @row: its index
 * @next: the first member from here on, in a circle, that has the protocol
 */
struct nat64_pool4_member {
	u64 before;
	u32 row;
	u32 next[NAT64_PROTOS];
};

/**
 * struct nat64_pool4_group - the rows for one mark
 * @mark: clients with this mark
 * @member: index of the first one
 * @n: how many
 * @addrs: how many addresses
 * @has: which protocols any member has
 */
struct nat64_pool4_group {
	u32 mark;
	u32 member;
	u32 n;
	u64 addrs;
	u8 has;
};

/**
 * struct nat64_pool4_mask - the groups under one mask, sorted by mark
 * @mask: the mask
 * @bits: how many bits it has
 * @group: index of the first one
 * @n: how many
 */
struct nat64_pool4_mask {
	u32 mask;
	u32 bits;
	u32 group;
	u32 n;
};

/**
 * struct nat64_pool4_table - all spans, for readers; const
 * @n_rows: how many rows, and members
 * @n_groups: how many groups
 * @n_masks: how many masks, sorted by number of bits, most first
 * @row: the rows
 * @member: the members, group by group
 * @group: the groups, mask by mask
 * @mask: the masks
 */
struct nat64_pool4_table {
	u32 n_rows;
	u32 n_groups;
	u32 n_masks;
	struct nat64_pool4_row *row;
	struct nat64_pool4_member *member;
	struct nat64_pool4_group *group;
	struct nat64_pool4_mask *mask;
};

/**
 * struct nat64_pool4_choice - where a lease is looked for
 * @addr: the address, host byte order
 * @bits: how many mask bits the entries have that may serve
 * @row: the row that the address was found in
 * @addrs: how many addresses there were to choose from
 */
struct nat64_pool4_choice {
	u32 addr;
	unsigned int bits;
	u32 row;
	u64 addrs;
};

/** nat64_pool4_mark_fits() - may a client with @mark use the row? */
static inline bool nat64_pool4_mark_fits(const struct nat64_pool4_row *row,
					 u32 mark)
{
	return (mark & row->mask) == row->mark;
}

/**
 * nat64_pool4_table_build() - a table of the spans as they are now
 * @pool: the pool; it has spans
 *
 * Context: may sleep, instance mutex held.
 * Return: the table, NULL without memory.
 */
struct nat64_pool4_table *
nat64_pool4_table_build(const struct nat64_pool4 *pool);

/** nat64_pool4_table_free() - free a table that nobody reads (or NULL) */
void nat64_pool4_table_free(struct nat64_pool4_table *table);

/**
 * nat64_pool4_table_blank() - take a span out of a table that is in use
 * @table: the table, or NULL
 * @span: the span; readers may still see it until they are waited for
 */
void nat64_pool4_table_blank(struct nat64_pool4_table *table,
			     const struct nat64_pool4_span *span);

/**
 * nat64_pool4_table_find() - the innermost row that holds an address
 * @table: the table, or NULL
 * @addr: the address, host byte order
 *
 * Return: its index, the others follow by @parent; NAT64_NO_ROW if none.
 */
u32 nat64_pool4_table_find(const struct nat64_pool4_table *table, u32 addr);

#define nat64_for_each_row_of(i, table, addr) \
	for ((i) = nat64_pool4_table_find(table, addr); \
	     (i) != NAT64_NO_ROW; (i) = (table)->row[i].parent)

/**
 * nat64_pool4_table_serving() - the next row that may serve a client
 * @table: the table
 * @i: where to begin, of the rows that hold one address
 * @req: who asks
 * @bits: how many mask bits it has to have
 *
 * Return: @i or the first of its parents that has ports of the protocol for such
 * a client; NAT64_NO_ROW if none.
 */
u32 nat64_pool4_table_serving(const struct nat64_pool4_table *table, u32 i,
			      const struct nat64_lease_request *req,
			      unsigned int bits);

/**
 * nat64_pool4_table_choose() - a client's address
 * @table: the table
 * @req: who asks
 * @key: of the pool
 * @nth: 0; or 1 and so on, if those before are full
 * @c: the choice
 *
 * By a keyed hash of the client's own address out of the groups that fit with the
 * most mask bits, whether or not they have the protocol: so all its flows get the
 * same, as far as some entry has the protocol there.
 *
 * Return: true if there is one.
 */
bool nat64_pool4_table_choose(const struct nat64_pool4_table *table,
			      const struct nat64_lease_request *req,
			      const hsiphash_key_t *key, u32 nth,
			      struct nat64_pool4_choice *c);

#endif
