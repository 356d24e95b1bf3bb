/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pool4: the IPv4 transport addresses that may be lent, and those that are.
 *
 * Entries are what the user made: ports for each protocol, a mark, and spans of
 * addresses: the one that it was made with, an address or prefix, or those that
 * an interface has at the time. From all that is in the pool every change builds
 * a new table, which readers find under RCU. What is lent stands apart from it,
 * for each address of which anything is lent, and knows nothing of entries.
 */
#ifndef _NAT64_POOL4_H
#define _NAT64_POOL4_H

#include <linux/atomic.h>
#include <linux/if.h>
#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>

#include "ports.h"
#include "tuple.h"
#include "why.h"

/* "dev:", the name of an interface, "#65535-65535", and the end. */
#define NAT64_POOL4_NAME_SIZE	(4 + IFNAMSIZ + 12)

/**
 * struct nat64_pool4_name - what the name of an entry says
 * @dev: the interface whose addresses it has; empty: it has
 * @first: lowest address, host byte order
 * @last: highest address
 * @ports: the ports, for all protocols; @lo 0: none
 */
struct nat64_pool4_name {
	char dev[IFNAMSIZ];
	u32 first;
	u32 last;
	struct nat64_range ports;
};

/**
 * struct nat64_pool4_span - addresses of an entry
 * @by_addr: in nat64_pool4.by_addr, or in a list of those taken out
 * @by_mark: in nat64_pool4.by_mark; empty: left out
 * @in_entry: in nat64_pool4_entry.spans
 * @entry: whose it is; const
 * @first: lowest address, host byte order; const
 * @last: highest address; const
 * @row: its index in the table, NAT64_NO_ROW if it was never published
 * @own: one of them is the box's own
 * @scope: of an interface's address, RT_SCOPE_UNIVERSE and so on; const
 * @told: why it was left out when that was told, a negative errno
 *
 * Guarded by the instance's mutex.
 */
struct nat64_pool4_span {
	struct list_head by_addr;
	struct list_head by_mark;
	struct list_head in_entry;
	struct nat64_pool4_entry *entry;
	u32 first;
	u32 last;
	u32 row;
	bool own;
	u8 scope;
	int told;
};

/** nat64_pool4_in_pool() - is it not left out? */
static inline bool nat64_pool4_in_pool(const struct nat64_pool4_span *span)
{
	return !list_empty(&span->by_mark);
}

/**
 * struct nat64_pool4_entry - an entry as the user made it
 * @in_pool: in nat64_pool4.entries
 * @spans: its addresses, in ascending order
 * @name: of its directory; const
 * @dev: the interface whose addresses it has; empty: none; const
 * @ranges: the ports of each protocol
 * @mark: clients with this skb->mark under @mask may use it
 * @mask: which bits count; 0: everybody
 * @force: accept ports that collide with the host's own
 * @told: that it collides with the host's own ports was logged
 * @exhausted: how often no port was left
 *
 * Guarded by the instance's mutex but for @exhausted.
 */
struct nat64_pool4_entry {
	struct list_head in_pool;
	struct list_head spans;
	char name[NAT64_POOL4_NAME_SIZE];
	char dev[IFNAMSIZ];
	struct nat64_ranges *ranges[NAT64_PROTOS];
	u32 mark;
	u32 mask;
	bool force;
	bool told;
	atomic64_t exhausted;
};

/** enum nat64_pool4_setting - what can be set of an entry; first enum nat64_proto */
enum nat64_pool4_setting {
	NAT64_POOL4_MARK = NAT64_PROTOS,
	NAT64_POOL4_FORCE,
	NAT64_POOL4_SETTINGS,
};

/**
 * struct nat64_pool4_edit - settings of an entry that are to change as one
 * @given: which of enum nat64_pool4_setting; BIT()s
 * @ranges: as in the entry, likewise the others; it owns them
 * @mark: within @mask
 * @mask: for @mark
 * @force: by itself
 */
struct nat64_pool4_edit {
	unsigned int given;
	struct nat64_ranges *ranges[NAT64_PROTOS];
	u32 mark;
	u32 mask;
	bool force;
};

struct nat64_pool4_table;

/**
 * struct nat64_pool4 - the pool of an instance
 * @table: what readers see of the entries
 * @entries: the entries, the oldest first
 * @by_addr: their spans, by first address, then the larger first
 * @by_mark: the same, by number of mask bits (most first), mask and mark, in
 *	each group as in @by_addr
 * @n: how many spans are in the pool
 * @stale: @table lacks some of them, for want of memory
 * @active: struct nat64_addr by address
 * @key: makes the choice of an address a secret of this pool
 *
 * From @entries to @stale it is guarded by the instance's mutex.
 */
struct nat64_pool4 {
	struct nat64_pool4_table __rcu *table;
	struct list_head entries;
	struct list_head by_addr;
	struct list_head by_mark;
	unsigned int n;
	bool stale;
	struct rhashtable active;
	hsiphash_key_t key;
};

/**
 * struct nat64_addr - an address of which something is lent
 * @node: in nat64_pool4.active
 * @addr: the address
 * @lock: guards what follows
 * @dead: taken out of the table; look it up anew
 * @used: how many ports of all protocols are lent
 * @ports: which, NULL if none ever was
 * @rcu: its end
 */
struct nat64_addr {
	struct rhash_head node;
	__be32 addr;
	spinlock_t lock;
	bool dead;
	u32 used;
	struct nat64_ports *ports[NAT64_PROTOS];
	struct rcu_head rcu;
};

/**
 * struct nat64_lease_request - who asks for a transport address
 * @client: X' and x
 * @mark: of the packet
 * @proto: enum nat64_proto
 * @soft: rather than none, from another address than the client's others
 * @rest: how long freed ports rest, seconds
 * @now: seconds, monotonic
 */
struct nat64_lease_request {
	struct nat64_end6 client;
	u32 mark;
	u8 proto;
	bool soft;
	u32 rest;
	u32 now;
};

/** nat64_pool4_init() - an empty pool; may sleep; 0 or -ENOMEM */
int nat64_pool4_init(struct nat64_pool4 *pool);

/** nat64_pool4_destroy() - free a pool in which nothing is lent; may sleep */
void nat64_pool4_destroy(struct nat64_pool4 *pool);

/**
 * nat64_pool4_span_alloc() - a span for an entry
 * @entry: the entry; the span is not yet in its list
 * @first: lowest address, host byte order
 * @last: highest address
 * @gfp: how to allocate
 *
 * Return: the span, left out so far; to be freed with kfree(). NULL without
 *	memory.
 */
struct nat64_pool4_span *
nat64_pool4_span_alloc(struct nat64_pool4_entry *entry, u32 first, u32 last,
		       gfp_t gfp);

/** nat64_pool4_entry_free() - free an entry, its ranges and spans; may sleep */
void nat64_pool4_entry_free(struct nat64_pool4_entry *entry);

/**
 * nat64_pool4_add() - publish a new entry
 * @pool: the pool
 * @entry: the entry, filled in, its spans in its list
 * @why: what is wrong
 *
 * Two entries of one interface share its addresses, whatever these are.
 *
 * Context: may sleep, instance mutex held.
 * Return: 0, -EEXIST if it shares a port with another entry, -ENOMEM.
 */
int nat64_pool4_add(struct nat64_pool4 *pool, struct nat64_pool4_entry *entry,
		    struct nat64_why *why);

/**
 * nat64_pool4_del() - take an entry out
 * @pool: the pool
 * @entry: the entry; the caller frees it
 * @gone: what was in the pool of it is put in this list, as by
 *	nat64_pool4_unlink()
 *
 * When it returns, nobody can lease from @entry any more; what is lent stays
 * so.
 *
 * Context: may sleep, instance mutex held.
 */
void nat64_pool4_del(struct nat64_pool4 *pool, struct nat64_pool4_entry *entry,
		     struct list_head *gone);

/**
 * nat64_pool4_check() - could a span be in the pool?
 * @pool: the pool
 * @span: the span; only who it is of and its addresses are looked at
 * @why: what is wrong
 *
 * Context: instance mutex held.
 * Return: 0, -EEXIST if it shares a port with another entry.
 */
int nat64_pool4_check(const struct nat64_pool4 *pool,
		      const struct nat64_pool4_span *span,
		      struct nat64_why *why);

/**
 * nat64_pool4_link() - put a span that was left out into the pool
 * @pool: the pool
 * @span: the span, checked; nobody sees it until it is published
 *
 * Context: instance mutex held.
 */
void nat64_pool4_link(struct nat64_pool4 *pool, struct nat64_pool4_span *span);

/**
 * nat64_pool4_unlink() - take a span out of the pool
 * @pool: the pool
 * @span: the span; it stays in the list of its entry
 * @gone: it is put in this list, by nat64_pool4_span.by_addr
 *
 * Context: instance mutex held.
 */
void nat64_pool4_unlink(struct nat64_pool4 *pool,
			struct nat64_pool4_span *span, struct list_head *gone);

/**
 * nat64_pool4_publish() - show readers what was linked and unlinked
 * @pool: the pool
 * @gone: what was unlinked
 *
 * When it returns, nobody can lease from @gone any more, come what may. Without
 * memory what was linked is not seen yet, and @pool is stale.
 *
 * Context: may sleep, instance mutex held.
 * Return: 0 or -ENOMEM.
 */
int nat64_pool4_publish(struct nat64_pool4 *pool, struct list_head *gone);

/**
 * nat64_pool4_apply() - change settings of an entry
 * @pool: the pool
 * @entry: the entry
 * @edit: the new values; once it is done, it has the old ones
 * @why: what is wrong
 *
 * Readers see all of it or nothing. When it returns, nobody can lease by the old
 * values any more.
 *
 * Context: may sleep, instance mutex held.
 * Return: 0, -EEXIST if it would share a port with another entry, -ENOMEM.
 */
int nat64_pool4_apply(struct nat64_pool4 *pool,
		      struct nat64_pool4_entry *entry,
		      struct nat64_pool4_edit *edit, struct nat64_why *why);

/** nat64_pool4_edit_end() - free what an edit has, applied or not; may sleep */
void nat64_pool4_edit_end(struct nat64_pool4_edit *edit);

/**
 * nat64_pool4_has() - is the address in the pool?
 * @pool: the pool
 * @addr: the address
 *
 * Context: RCU.
 * Return: true if an entry holds it, whatever its ports.
 */
bool nat64_pool4_has(const struct nat64_pool4 *pool, __be32 addr);

/**
 * nat64_pool4_has_port() - is the transport address in the pool?
 * @pool: the pool
 * @end: the transport address
 * @proto: enum nat64_proto
 *
 * Context: RCU.
 * Return: true if an entry holds it.
 */
bool nat64_pool4_has_port(const struct nat64_pool4 *pool,
			  const struct nat64_end4 *end, enum nat64_proto proto);

/**
 * nat64_pool4_covers() - may a client still have this transport address?
 * @pool: the pool
 * @end: the transport address
 * @proto: enum nat64_proto
 * @mark: the mark of the packet that leased it
 *
 * Context: RCU.
 * Return: true if an entry holds it for such a client.
 */
bool nat64_pool4_covers(const struct nat64_pool4 *pool,
			const struct nat64_end4 *end, enum nat64_proto proto,
			u32 mark);

/**
 * nat64_pool4_lease() - lend a transport address
 * @pool: the pool
 * @req: who asks
 * @end: the transport address
 *
 * One client has one address for all protocols, as far as the entries have
 * them (RFC 6888, R2); when that is full, it has others if it asks so. The class
 * of the port (up to 1023, or above) and, for UDP, its parity are kept if such a
 * port is free. Ports that rest are lent when no other is free, the oldest first.
 *
 * Context: RCU, bottom halves off. What it finds stays valid in the table
 *	only as long as the RCU section lasts.
 * Return: the address to give back with nat64_pool4_put(); ERR_PTR(-ENOENT)
 *	if no entry is for such a client, -ENOSPC if its ports are all lent,
 *	-ENOMEM.
 */
struct nat64_addr *nat64_pool4_lease(struct nat64_pool4 *pool,
				     const struct nat64_lease_request *req,
				     struct nat64_end4 *end);

/**
 * nat64_pool4_take() - lend a transport address by name
 * @pool: the pool
 * @end: the transport address, in the pool or not
 * @proto: enum nat64_proto
 *
 * Context: RCU, bottom halves off.
 * Return: as nat64_pool4_lease(), or ERR_PTR(-EEXIST) if it is lent.
 */
struct nat64_addr *nat64_pool4_take(struct nat64_pool4 *pool,
				    const struct nat64_end4 *end,
				    enum nat64_proto proto);

/**
 * nat64_pool4_put() - take a transport address back
 * @pool: the pool
 * @addr: what the lease returned
 * @proto: enum nat64_proto
 * @port: the port, network byte order
 *
 * Context: any but hard interrupts.
 */
void nat64_pool4_put(struct nat64_pool4 *pool, struct nat64_addr *addr,
		     enum nat64_proto proto, __be16 port);

/**
 * nat64_pool4_put_to_rest() - the same, and it is not lent again at once
 * @pool: the pool
 * @addr: what the lease returned
 * @proto: enum nat64_proto
 * @port: the port, network byte order
 * @hold: for how long
 * @now: seconds, monotonic
 */
void nat64_pool4_put_to_rest(struct nat64_pool4 *pool, struct nat64_addr *addr,
			     enum nat64_proto proto, __be16 port,
			     const struct nat64_hold *hold, u32 now);

/** nat64_pool4_wake() - no port of an address rests any more; RCU */
void nat64_pool4_wake(struct nat64_pool4 *pool, __be32 addr);

/**
 * nat64_pool4_rested() - those that have rested so long are free
 * @pool: the pool
 * @seconds: how long they have to
 * @now: seconds, monotonic
 *
 * Context: may sleep.
 * Return: how many still rest.
 */
u64 nat64_pool4_rested(struct nat64_pool4 *pool, u32 seconds, u32 now);

/**
 * nat64_pool4_next_lent() - walk over the lent ports of an address
 * @pool: the pool
 * @addr: the address
 * @proto: enum nat64_proto
 * @port: where to begin, host byte order
 *
 * Context: RCU.
 * Return: the first lent port that is not below @port, NAT64_NO_PORT if none.
 */
u32 nat64_pool4_next_lent(struct nat64_pool4 *pool, __be32 addr,
			  enum nat64_proto proto, u32 port);

/**
 * nat64_pool4_for_each_active() - call a function for each active address
 * @pool: the pool
 * @first: lowest address, host byte order
 * @last: highest address
 * @fn: the function, called without locks; it may sleep
 * @arg: its argument
 *
 * Context: may sleep.
 * Return: true if each address that was active throughout was visited; false if
 *	others, that went away meanwhile, may have hidden some: try again.
 */
bool nat64_pool4_for_each_active(struct nat64_pool4 *pool, u32 first, u32 last,
				 void (*fn)(void *arg, __be32 addr), void *arg);

/**
 * nat64_pool4_used() - how much of an entry is lent
 * @pool: the pool
 * @entry: the entry
 * @proto: enum nat64_proto
 *
 * Context: may sleep, instance mutex held.
 * Return: the number of its ports that are lent, static bindings' included.
 */
u64 nat64_pool4_used(struct nat64_pool4 *pool,
		     const struct nat64_pool4_entry *entry,
		     enum nat64_proto proto);

/** nat64_pool4_capacity() - how many ports an entry has; instance mutex held */
u64 nat64_pool4_capacity(const struct nat64_pool4_entry *entry,
			 enum nat64_proto proto);

#endif
