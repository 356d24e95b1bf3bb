/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stored SYNs (RFC 6146, 3.5.2.2): from IPv4, for a transport address that nobody
 * has, or not for that server. If a client opens the same connection from its
 * side in time, both have opened at once; else the sender is told that nobody
 * is there.
 */
#ifndef _NAT64_SYN_H
#define _NAT64_SYN_H

#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>

#include "tuple.h"

struct sk_buff;

/* What is kept of a SYN: more than an ICMP error has to quote of it. */
#define NAT64_SYN_KEPT	128

/**
 * struct nat64_syns - the stored SYNs of an instance
 * @table: struct nat64_syn by the IPv4 side of the tuple
 * @lock: guards @by_age, and what is in @table
 * @by_age: the oldest first
 * @n: how many; read without the lock
 */
struct nat64_syns {
	struct rhashtable table;
	spinlock_t lock;
	struct list_head by_age;
	unsigned int n;
};

/** nat64_syns_init() - none are stored; may sleep; 0 or -ENOMEM */
int nat64_syns_init(struct nat64_syns *syns);

/** nat64_syns_destroy() - the end of it, after nat64_syns_flush(); may sleep */
void nat64_syns_destroy(struct nat64_syns *syns);

/** nat64_syns_flush() - forget them all; bottom halves on */
void nat64_syns_flush(struct nat64_syns *syns);

/**
 * nat64_syn_store() - keep a SYN
 * @syns: the stored ones
 * @tuple: its IPv4 side
 * @skb: the packet, of which a copy is kept, and only so much of it as an ICMP
 *	error quotes
 * @limit: no more than so many; 0: as many as come
 * @now: nat64_now()
 *
 * Context: bottom halves off.
 * Return: 0; -EEXIST if one of this tuple is there already, -ENOSPC at the limit,
 *	-ENOMEM.
 */
int nat64_syn_store(struct nat64_syns *syns, const struct nat64_tuple *tuple,
		    const struct sk_buff *skb, u32 limit, u32 now);

/**
 * nat64_syn_meets() - the client opens the same connection
 * @syns: the stored ones
 * @tuple: its IPv4 side
 * @lifetime: seconds for which one is kept
 * @now: nat64_now()
 *
 * Context: bottom halves off.
 * Return: true if a SYN of it was stored; it is no more. One whose time is over
 *	stays for nat64_syn_expired().
 */
bool nat64_syn_meets(struct nat64_syns *syns, const struct nat64_tuple *tuple,
		     u32 lifetime, u32 now);

/**
 * nat64_syn_expired() - take out one whose time is over
 * @syns: the stored ones
 * @lifetime: seconds for which one is kept; those that are there, too
 * @now: nat64_now()
 *
 * Context: bottom halves on.
 * Return: the packet of the oldest, to be freed; NULL if there is none.
 */
struct sk_buff *nat64_syn_expired(struct nat64_syns *syns, u32 lifetime,
				  u32 now);

#endif
