// SPDX-License-Identifier: GPL-2.0
/*
 * pool6: see pool6.h.
 */
#include "pool6.h"

#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ipv6.h>

static u8 old_id(const struct nat64_pool6 *old, const struct nat64_prefix *p)
{
	unsigned int i;

	for (i = 0; old && i < old->n; i++)
		if (old->prefix[i].len == p->len &&
		    ipv6_addr_equal(&old->prefix[i].addr, &p->addr))
			return old->prefix[i].id;
	return NAT64_NO_PREFIX;
}

struct nat64_pool6 *nat64_pool6_alloc(const struct nat64_prefix *prefix,
				      unsigned int n,
				      const struct nat64_pool6 *old)
{
	struct nat64_pool6 *pool6;
	unsigned int i;
	u8 id = NAT64_NO_PREFIX;

	pool6 = kmalloc(struct_size(pool6, prefix, n), GFP_KERNEL_ACCOUNT);
	if (!pool6)
		return NULL;
	pool6->n = n;
	for (i = 0; i < n; i++) {
		pool6->prefix[i] = prefix[i];
		pool6->prefix[i].id = old_id(old, &prefix[i]);
	}
	/* New ones take ids that neither the old nor the new list has. */
	for (i = 0; i < n; i++) {
		if (pool6->prefix[i].id != NAT64_NO_PREFIX)
			continue;
		do
			id++;
		while (nat64_pool6_by_id(pool6, id) ||
		       (old && nat64_pool6_by_id(old, id)));
		pool6->prefix[i].id = id;
	}
	return pool6;
}
