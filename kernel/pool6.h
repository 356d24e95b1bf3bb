/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pool6: the prefixes that IPv4 addresses have on the IPv6 side.
 */
#ifndef _NAT64_POOL6_H
#define _NAT64_POOL6_H

#include <linux/rcupdate.h>

#include "addr.h"

#define NAT64_POOL6_MAX		64
#define NAT64_NO_PREFIX		0	/* no prefix has this id */

/**
 * struct nat64_pool6 - a list of prefixes, const once it is published
 * @rcu: its end
 * @n: how many
 * @prefix: disjoint, in the order they were written
 */
struct nat64_pool6 {
	struct rcu_head rcu;
	unsigned int n;
	struct nat64_prefix prefix[];
};

/**
 * nat64_pool6_alloc() - a pool6 that keeps the ids of another
 * @prefix: valid, disjoint prefixes
 * @n: how many, NAT64_POOL6_MAX at most
 * @old: what it takes the place of, or NULL: a prefix in both keeps its id
 *
 * Context: may sleep.
 * Return: the pool6, to be freed with kfree(); NULL without memory.
 */
struct nat64_pool6 *nat64_pool6_alloc(const struct nat64_prefix *prefix,
				      unsigned int n,
				      const struct nat64_pool6 *old);

/** nat64_pool6_match() - the prefix that @addr is in, NULL if in none */
static inline const struct nat64_prefix *
nat64_pool6_match(const struct nat64_pool6 *pool6, const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < pool6->n; i++)
		if (nat64_prefix_match(&pool6->prefix[i], addr))
			return &pool6->prefix[i];
	return NULL;
}

/** nat64_pool6_by_id() - the prefix with this @id, NULL if there is none */
static inline const struct nat64_prefix *
nat64_pool6_by_id(const struct nat64_pool6 *pool6, u8 id)
{
	unsigned int i;

	for (i = 0; i < pool6->n; i++)
		if (pool6->prefix[i].id == id)
			return &pool6->prefix[i];
	return NULL;
}

#endif
