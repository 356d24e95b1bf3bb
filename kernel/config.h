/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control path: each function checks one change of an instance's
 * configuration, makes it, and drops the bindings and sessions that it no
 * longer covers. Nothing here knows of files.
 *
 * All of them may sleep and take nn->mutex. All return 0 or a negative errno
 * with @why filled in, and then nothing has changed. -ENODEV: the namespace
 * is gone.
 */
#ifndef _NAT64_CONFIG_H
#define _NAT64_CONFIG_H

#include "net.h"
#include "why.h"

/** struct nat64_timeout_info - what timeouts/ has of a timer */
struct nat64_timeout_info {
	const char *name;
	u32 value;	/* default */
	u32 floor;
	const char *rfc;	/* that demands the floor */
};

extern const struct nat64_timeout_info nat64_timeout_info[NAT64_TIMEOUTS];

/* The longest lifetime that the clock of sessions can tell from the past. */
#define NAT64_TIMEOUT_MAX	(365 * 24 * 3600)

/**
 * nat64_config_instance_new() - a new instance with the default configuration
 * @net: the namespace; no reference is held
 *
 * Return: the instance; ERR_PTR(-EBUSY) if @net has one, -ENOMEM.
 */
struct nat64_net *nat64_config_instance_new(struct net *net);

/**
 * nat64_config_instance_del() - the end of an instance
 * @nn: the instance; its pool4 entries and static bindings are gone
 */
void nat64_config_instance_del(struct nat64_net *nn);

/** nat64_config_netns_gone() - the instance of @net, if any, loses it */
void nat64_config_netns_gone(struct net *net);

int nat64_config_enabled(struct nat64_net *nn, enum nat64_enabled enabled,
			 struct nat64_why *why);

/** nat64_config_pool6() - replace pool6; at least one prefix */
int nat64_config_pool6(struct nat64_net *nn, const struct nat64_prefix *prefix,
		       unsigned int n, struct nat64_why *why);

/** nat64_config_denied() - replace denied_ipv4; may be empty */
int nat64_config_denied(struct nat64_net *nn, const struct nat64_net4 *net4,
			unsigned int n, struct nat64_why *why);

/** nat64_config_timeout() - @seconds is from 1 to NAT64_TIMEOUT_MAX */
int nat64_config_timeout(struct nat64_net *nn, enum nat64_timeout which,
			 u32 seconds, struct nat64_why *why);

/** nat64_config_below_rfc() - setting it to false wants no timer below */
int nat64_config_below_rfc(struct nat64_net *nn, bool allow,
			   struct nat64_why *why);

/**
 * nat64_config_number() - set a number that packets read by itself
 * @nn: the instance
 * @number: where it is: the session limit, or one of translation/
 * @value: checked by the caller
 * @why: what is wrong
 */
int nat64_config_number(struct nat64_net *nn, u32 *number, u32 value,
			struct nat64_why *why);

/** nat64_config_rule() - a number that may forbid what there is: it ends then */
int nat64_config_rule(struct nat64_net *nn, u32 *rule, u32 value,
		      struct nat64_why *why);

/** nat64_config_plateaus() - replace translation/mtu_plateaus; may be empty */
int nat64_config_plateaus(struct nat64_net *nn,
			  const struct nat64_plateaus *plateaus,
			  struct nat64_why *why);

/**
 * nat64_config_own_addr() - the box has got an address, or lost it
 * @nn: the instance
 * @addr: the address
 *
 * Context: may sleep.
 */
void nat64_config_own_addr(struct nat64_net *nn, __be32 addr);

/**
 * nat64_config_entry_new() - make and publish a pool4 entry
 * @nn: the instance
 * @name: of its directory
 * @says: what that says
 * @why: what is wrong
 *
 * Return: the entry; ERR_PTR(-EINVAL) for an address that may not be one,
 *	-EEXIST if it shares a port with another entry, -EADDRINUSE if it
 *	collides with the host's own ports, -ENOMEM, -ENODEV.
 */
struct nat64_pool4_entry *
nat64_config_entry_new(struct nat64_net *nn, const char *name,
		       const struct nat64_pool4_name *says,
		       struct nat64_why *why);

/** nat64_config_entry_del() - take a pool4 entry out and free it */
void nat64_config_entry_del(struct nat64_net *nn,
			    struct nat64_pool4_entry *entry);

/**
 * nat64_config_entry_edit() - change settings of a pool4 entry, all as one
 * @nn: the instance
 * @entry: the entry
 * @edit: what is to change; the caller ends it afterwards
 * @why: what is wrong
 *
 * Return: also -EEXIST, -EADDRINUSE as nat64_config_entry_new(), of what the entry
 *	would be then.
 */
int nat64_config_entry_edit(struct nat64_net *nn,
			    struct nat64_pool4_entry *entry,
			    struct nat64_pool4_edit *edit,
			    struct nat64_why *why);

/**
 * nat64_config_links_changed() - interfaces or their addresses have changed
 * @nn: the instance
 *
 * Entries of interfaces follow; when it returns, what was lent of an address that
 * is gone has ended.
 *
 * Context: may sleep; under RTNL, which nobody takes with nn->mutex held.
 */
void nat64_config_links_changed(struct nat64_net *nn);

/** nat64_config_static_end() - may a static binding have this IPv4 side? */
int nat64_config_static_end(struct nat64_net *nn, const struct nat64_end4 *end,
			    struct nat64_why *why);

/**
 * nat64_config_static() - put a static binding in force, change or end it
 * @nn: the instance
 * @binding: where the caller keeps it; NULL in it: none in force
 * @end: T and t
 * @proto: enum nat64_proto
 * @client: X' and x; NULL: not in force
 * @why: what is wrong
 *
 * A dynamic binding of either transport address goes, and its sessions.
 * Return: also -EEXIST if another static binding has @client.
 */
int nat64_config_static(struct nat64_net *nn, struct nat64_binding **binding,
			const struct nat64_end4 *end, enum nat64_proto proto,
			const struct nat64_end6 *client,
			struct nat64_why *why);

/** nat64_config_static_drop() - end a static binding, whatever happened */
void nat64_config_static_drop(struct nat64_net *nn,
			      struct nat64_binding **binding);

#endif
