/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walks over the state in bounded slices, for what a change of the configuration
 * no longer covers.
 */
#ifndef _NAT64_FLUSH_H
#define _NAT64_FLUSH_H

#include <linux/types.h>

struct nat64_net;
struct nat64_ranges;
struct net_device;

/**
 * nat64_flush_uncovered() - end the dynamic bindings that pool4 covers no more
 * @nn: the instance
 * @first: of the addresses whose entries have changed, host byte order
 * @last: the last of them
 *
 * Context: may sleep; pool4 has changed, and its readers have been waited for.
 */
void nat64_flush_uncovered(struct nat64_net *nn, u32 first, u32 last);

/**
 * nat64_flush_sessions() - end the sessions that the configuration forbids
 * @nn: the instance
 *
 * Those of a prefix that pool6 has no more, those with a server that
 * nat64_refused_ipv4() refuses, and echoes if drop_icmp_info is set.
 *
 * Context: may sleep.
 */
void nat64_flush_sessions(struct nat64_net *nn);

/** nat64_flush_all() - end all bindings and sessions; may sleep */
void nat64_flush_all(struct nat64_net *nn);

/**
 * nat64_flush_routes() - sessions forget their routes
 * @nn: the instance
 * @dev: those over this device; NULL: all
 *
 * Context: may sleep.
 */
void nat64_flush_routes(struct nat64_net *nn, const struct net_device *dev);

#endif
