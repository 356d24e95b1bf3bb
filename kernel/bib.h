/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The binding information bases (RFC 6146, 3.1): which IPv4 transport address
 * stands for which IPv6 one.
 */
#ifndef _NAT64_BIB_H
#define _NAT64_BIB_H

#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>

#include "tuple.h"

struct nat64_addr;
struct nat64_client;

/**
 * struct nat64_binding - a BIB entry
 * @node6: in nat64_bib.by6
 * @addr6: X'
 * @port6: x
 * @port4: t
 * @addr4: T
 * @node4: in nat64_bib.by4
 * @proto: enum nat64_proto
 * @prefix: id of the pool6 prefix it was made through; NAT64_NO_PREFIX: the
 *	first of pool6
 * @is_static: made by the user; it outlives its sessions
 * @rests: its port is not lent again at once; guarded by @lock
 * @dead: out of the tables, or on its way; guarded by @lock
 * @lock: guards @sessions, @n_sessions, @dead, and the TCP states of its
 *	sessions; nests outside the tables' bucket locks and nat64_addr.lock
 * @n_sessions: how many sessions
 * @sessions: struct nat64_session.in_binding
 * @mark: of the packet that made it
 * @lease: what nat64_pool4_put() wants
 * @client: whom it counts for, guarded by @lock; NULL while nobody is limited
 * @rcu: its end
 *
 * What has no guard is const while the binding is in the tables.
 */
struct nat64_binding {
	struct rhash_head node6;
	struct in6_addr addr6;
	__be16 port6;
	__be16 port4;
	__be32 addr4;
	struct rhash_head node4;
	u8 proto;
	u8 prefix;
	bool is_static;
	bool rests;
	bool dead;
	spinlock_t lock;
	u32 n_sessions;
	u32 mark;
	struct hlist_head sessions;
	struct nat64_addr *lease;
	struct nat64_client *client;
	struct rcu_head rcu;
};

/** struct nat64_bib - the three BIBs of an instance, found from both sides */
struct nat64_bib {
	struct rhashtable by6;
	struct rhashtable by4;
};

/** nat64_bib_init() - empty BIBs; may sleep; 0 or -ENOMEM */
int nat64_bib_init(struct nat64_bib *bib);

/** nat64_bib_destroy() - free empty BIBs; may sleep */
void nat64_bib_destroy(struct nat64_bib *bib);

/** nat64_bib_find6() - the binding of X', x and proto of @key, under RCU */
struct nat64_binding *nat64_bib_find6(struct nat64_bib *bib,
				      const struct nat64_tuple *key);

/** nat64_bib_find4() - the binding of T, t and proto of @key, under RCU */
struct nat64_binding *nat64_bib_find4(struct nat64_bib *bib,
				      const struct nat64_tuple *key);

/**
 * nat64_bib_insert() - publish a binding
 * @bib: the BIBs
 * @binding: the binding, whose IPv4 side the caller has leased
 *
 * Context: RCU, bottom halves off.
 * Return: NULL if it is in; the other binding if its client's transport
 *	address has one already; ERR_PTR(-ENOMEM) or so.
 */
struct nat64_binding *nat64_bib_insert(struct nat64_bib *bib,
				       struct nat64_binding *binding);

/** nat64_bib_remove() - take a binding out; bottom halves off */
void nat64_bib_remove(struct nat64_bib *bib, struct nat64_binding *binding);

/** nat64_binding_alloc() - a binding, zeroed, lock ready; NULL: no memory */
struct nat64_binding *nat64_binding_alloc(void);

/** nat64_binding_free() - free a binding that was never published */
void nat64_binding_free(struct nat64_binding *binding);

/** nat64_binding_free_rcu() - free a binding when no reader sees it */
void nat64_binding_free_rcu(struct nat64_binding *binding);

/** nat64_bib_module_init() - the slab cache; 0 or -ENOMEM */
int nat64_bib_module_init(void);

/** nat64_bib_module_exit() - its end, after rcu_barrier() */
void nat64_bib_module_exit(void);

#endif
