/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is lent of a pool, for who makes and ends the pool.
 */
#ifndef _NAT64_POOL4_LEASE_H
#define _NAT64_POOL4_LEASE_H

struct nat64_pool4;

/** nat64_pool4_lease_init() - nothing is lent; may sleep; 0 or -ENOMEM */
int nat64_pool4_lease_init(struct nat64_pool4 *pool);

/** nat64_pool4_lease_destroy() - the end of it; may sleep */
void nat64_pool4_lease_destroy(struct nat64_pool4 *pool);

#endif
