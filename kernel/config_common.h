/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the control path share. Private to config*.c.
 */
#ifndef _NAT64_CONFIG_COMMON_H
#define _NAT64_CONFIG_COMMON_H

#include "net.h"
#include "why.h"

#define NET4(a, b, c, d, len) { \
	.addr = cpu_to_be32((a) << 24 | (b) << 16 | (c) << 8 | (d)), \
	.mask = cpu_to_be32(~0U << (32 - (len))) }

/**
 * nat64_config_lock() - take nn->mutex, unless the namespace is gone
 * @nn: the instance
 * @why: what is wrong
 *
 * Return: 0 with the mutex held, or -ENODEV without.
 */
int nat64_config_lock(struct nat64_net *nn, struct nat64_why *why);

/**
 * nat64_config_update_hooks() - hooks only while there is something to do
 * @nn: the instance
 * @why: what is wrong
 *
 * Context: may sleep, nn->mutex held.
 * Return: 0, or an errno if they could not be registered; to take them away
 *	does not fail.
 */
int nat64_config_update_hooks(struct nat64_net *nn, struct nat64_why *why);

/**
 * nat64_config_update_host() - note the box's own flows only while they may meet ours
 * @nn: the instance
 * @why: what is wrong
 *
 * A part of nat64_config_update_hooks().
 */
int nat64_config_update_host(struct nat64_net *nn, struct nat64_why *why);

/** nat64_config_update_host_alone() - the same where no user waits to be told */
void nat64_config_update_host_alone(struct nat64_net *nn);

/** nat64_config_share() - the work of nat64_host_share() */
void nat64_config_share(struct work_struct *work);

/**
 * nat64_config_check_addrs() - are these addresses that hosts can have?
 * @nn: the instance
 * @first: the lowest, host byte order
 * @last: the highest
 * @why: what is wrong
 *
 * Context: nn->mutex held.
 * Return: 0, or -EINVAL if one is no unicast address or in denied_ipv4.
 */
int nat64_config_check_addrs(struct nat64_net *nn, u32 first, u32 last,
			     struct nat64_why *why);

/**
 * nat64_config_check_host_ports() - does an entry collide with the host's own?
 * @nn: the instance
 * @entry: the entry; its "force" is up to the caller
 * @why: what is wrong
 *
 * Context: nn->mutex held.
 * Return: 0 or -EADDRINUSE.
 */
int nat64_config_check_host_ports(struct nat64_net *nn,
				  const struct nat64_pool4_entry *entry,
				  struct nat64_why *why);

/* What config_dev.c does for entries of interfaces: nn->mutex held, may sleep. */

/**
 * nat64_config_dev_check() - may there be such an entry?
 * @nn: the instance
 * @entry: an entry of an interface, not yet in the pool
 * @why: what is wrong
 *
 * Return: 0, -EEXIST if it shares a port of an address that the interface has now
 *	with another entry.
 */
int nat64_config_dev_check(struct nat64_net *nn,
			   struct nat64_pool4_entry *entry,
			   struct nat64_why *why);

/** nat64_config_dev_add() - an entry of an interface is in the pool now */
void nat64_config_dev_add(struct nat64_net *nn,
			  struct nat64_pool4_entry *entry);

/** nat64_config_dev_del() - and is no more */
void nat64_config_dev_del(struct nat64_net *nn);

/**
 * nat64_config_dev_follow() - entries get the addresses their interfaces have
 * @nn: the instance; without a namespace there are none
 *
 * Context: RTNL held, unless the namespace is gone: else an address could be
 *	missed that only changes its place.
 */
void nat64_config_dev_follow(struct nat64_net *nn);

/** nat64_config_dev_retry() - another obstacle may have come, or gone */
void nat64_config_dev_retry(struct nat64_net *nn);

#endif
