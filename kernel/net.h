/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An instance: all state of the translator in one network namespace.
 *
 * Locking rules:
 *
 * nat64_net.mutex protects:
 *   the configuration: what the user wrote, the lists of pool4, whether the
 *   hooks are registered, and nat64_net.net against the namespace's death
 * nat64_binding.lock protects:
 *   the binding's list of sessions, the birth and death of these, the TCP
 *   states; a binding is born and dies under it
 * nat64_addr.lock protects:
 *   what is lent of an address
 * nat64_client.lock protects:
 *   what a client has, while clients are limited
 * RCU protects:
 *   every look-up of a packet; packets take no lock but for a new flow and a
 *   change of a TCP state
 *
 * Lock ordering:
 *   configfs_subsystem.su_mutex, or RTNL
 *     nat64_net.mutex
 *       nat64_binding.lock
 *         nat64_client.lock
 *         bucket locks of the tables, nat64_addr.lock
 *
 * Only nat64_net.mutex may be held by who sleeps. The spin locks are taken with
 * bottom halves off.
 */
#ifndef _NAT64_NET_H
#define _NAT64_NET_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/ratelimit_types.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>

#include "bib.h"
#include "client.h"
#include "error_log.h"
#include "icmp.h"
#include "pool4.h"
#include "pool6.h"
#include "session.h"
#include "stats.h"
#include "syn.h"
#include "tcp.h"

struct net;

#define NAT64_HOOKS	6

/** enum nat64_enabled - the attribute "enabled" */
enum nat64_enabled {
	NAT64_OFF,
	NAT64_ON,
	NAT64_DRAIN
};

/* The words of translation/, each the default first. */
enum nat64_traffic_class { NAT64_CLASS_INHERIT, NAT64_CLASS_ZERO };
enum nat64_udp_zero { NAT64_UDP_ZERO_COMPUTE, NAT64_UDP_ZERO_DROP };
enum nat64_icmp_errors {
	NAT64_ERRORS_RATELIMIT,
	NAT64_ERRORS_SEND,
	NAT64_ERRORS_OFF
};

enum nat64_error_source {
	NAT64_SOURCE_ROUTER,
	NAT64_SOURCE_DESTINATION
};

#define NAT64_TOS_INHERIT	256

/**
 * struct nat64_translation - the attributes of translation/
 * @tos: of IPv4 packets, or NAT64_TOS_INHERIT
 * @traffic_class: enum nat64_traffic_class, of IPv6 packets
 * @udp_zero_checksum: enum nat64_udp_zero, from IPv4
 * @lowest_ipv6_mtu: IPv4 packets without DF are cut to it
 * @icmp_errors: enum nat64_icmp_errors: of our own
 * @icmp_error_source: enum nat64_error_source, of those from IPv4
 * @wkp_global_only: RFC 6052, 3.1: no other IPv4 addresses behind 64:ff9b::/96
 */
struct nat64_translation {
	u32 tos;
	u32 traffic_class;
	u32 udp_zero_checksum;
	u32 lowest_ipv6_mtu;
	u32 icmp_errors;
	u32 icmp_error_source;
	u32 wkp_global_only;
};

/**
 * struct nat64_filtering - the attributes of filtering/
 * @address_dependent: IPv4 reaches a binding only from servers it talks to
 * @drop_external_tcp: connections begun from IPv4 are dropped
 * @drop_icmp_info: so are echoes, of both sides
 */
struct nat64_filtering {
	u32 address_dependent;
	u32 drop_external_tcp;
	u32 drop_icmp_info;
};

/** enum nat64_pairing - allocation/pairing, RFC 7857, 4 */
enum nat64_pairing { NAT64_PAIRING_HARD, NAT64_PAIRING_SOFT };

/** struct nat64_plateau_list - mtu_plateaus, const once it is published */
struct nat64_plateau_list {
	struct rcu_head rcu;
	struct nat64_plateaus list;
};

/** struct nat64_net4 - an IPv4 prefix; @addr is zero behind @mask */
struct nat64_net4 {
	__be32 addr;
	__be32 mask;
};

/**
 * struct nat64_denied - denied_ipv4, const once it is published
 * @rcu: its end
 * @n: how many
 * @net: the prefixes, in the order they were written
 */
struct nat64_denied {
	struct rcu_head rcu;
	unsigned int n;
	struct nat64_net4 net[];
};

/**
 * struct nat64_net - an instance
 * @sessions: its sessions
 * @pool6: the prefixes
 * @stats: the counters
 * @timeouts: enum nat64_timeout, seconds
 * @translation: how packets are translated
 * @filtering: what may come in
 * @enabled: enum nat64_enabled
 * @plateaus: mtu_plateaus
 * @error_limit: of our own ICMP errors, all together
 * @denied: denied_ipv4
 * @bib: its bindings
 * @pool4: its transport addresses
 * @hosted: flows of the box's own are noted: it has an address of pool4, or @shared
 * @shared: conntrack has translated to pool4
 * @pairing: enum nat64_pairing: a client whose address is full
 * @hold: how freed ports rest
 * @looked_at: when resting ports and the like were last looked through
 * @syns: its stored SYNs
 * @clients: its clients, while they are limited
 * @client_limits: what each may have
 * @session_limit: limits/sessions; 0: none
 * @syn_limit: limits/stored_syns; 0: none
 * @share: note the box's own flows from now on
 * @sweep: takes out what has expired
 * @sweep_at: where the sweep goes on
 * @mutex: see above
 * @net: its namespace; NULL once that is gone
 * @net_inum: the namespace's inode number
 * @hooked: the hooks are registered
 * @hooks: as they are registered
 * @host_hook: likewise, while @hosted
 * @n_static: how many static bindings are in force
 * @n_dev: how many pool4 entries are of interfaces
 * @allow_below_rfc: timeouts may be below their floors
 * @staged: new pool4 entries have no ports, whatever their names
 * @ref: one for its directory, one for each open table in procfs
 * @rcu: its end
 * @log: refusals
 *
 * The first group is what an established packet reads, the second what a new
 * flow reads as well, the third is for the worker and the configuration.
 */
struct nat64_net {
	struct nat64_sessions sessions;
	struct nat64_pool6 __rcu *pool6;
	struct nat64_stats __percpu *stats;
	u32 timeouts[NAT64_TIMEOUTS];
	struct nat64_translation translation;
	struct nat64_filtering filtering;
	u8 enabled;

	struct nat64_plateau_list __rcu *plateaus;
	struct ratelimit_state error_limit;
	struct nat64_denied __rcu *denied;
	struct nat64_bib bib;
	struct nat64_pool4 pool4;
	bool hosted;
	bool shared;
	u32 pairing;
	struct nat64_hold hold;
	u32 looked_at;
	struct nat64_syns syns;
	struct nat64_clients clients;
	struct nat64_client_limits client_limits;
	u32 session_limit;
	u32 syn_limit;

	struct work_struct share;
	struct delayed_work sweep;
	struct rhashtable_iter sweep_at;
	struct mutex mutex;
	struct net *net;
	unsigned int net_inum;
	bool hooked;
	struct nf_hook_ops hooks[NAT64_HOOKS];
	struct nf_hook_ops host_hook;
	unsigned int n_static;
	unsigned int n_dev;
	bool allow_below_rfc;
	u32 staged;
	refcount_t ref;
	struct rcu_head rcu;
	struct nat64_error_log log;
};

/**
 * nat64_net_create() - an instance that belongs to no namespace yet
 *
 * The caller fills in the configuration, and then attaches it.
 *
 * Context: may sleep.
 * Return: the instance, ERR_PTR(-ENOMEM).
 */
struct nat64_net *nat64_net_create(void);

/**
 * nat64_net_attach() - let nat64_net_get() find an instance
 * @nn: the instance
 * @net: its namespace; no reference is held
 *
 * Return: 0 or -EBUSY if @net has one.
 */
int nat64_net_attach(struct nat64_net *nn, struct net *net);

/**
 * nat64_net_detach() - part an instance and its namespace
 * @nn: the instance, which nat64_net_get() finds no more
 *
 * Context: nn->mutex held.
 */
void nat64_net_detach(struct nat64_net *nn);

/**
 * nat64_net_get() - the instance of a namespace
 * @net: the namespace
 *
 * Return: the instance, to be given back with nat64_net_put(); NULL if @net
 *	has none.
 */
struct nat64_net *nat64_net_get(struct net *net);

/**
 * nat64_net_put() - the caller needs the instance no more
 * @nn: the instance; the last one to put it must have emptied its tables
 *
 * Context: may sleep.
 */
void nat64_net_put(struct nat64_net *nn);

/** struct nat64_per_net - what a namespace knows of its instance */
struct nat64_per_net {
	struct nat64_net __rcu *nn;
};

/* For struct pernet_operations: names the struct nat64_per_net. */
extern unsigned int nat64_net_id;

/** nat64_denied_ipv4() - is @addr in denied_ipv4? RCU */
bool nat64_denied_ipv4(const struct nat64_net *nn, __be32 addr);

/**
 * nat64_refused_ipv4() - may a server have this address?
 * @nn: the instance
 * @prefix: the prefix of pool6 that it stands behind
 * @addr: the address
 *
 * Context: RCU.
 * Return: NAT64_OK, NAT64_DROP_denied_ipv4 or NAT64_DROP_wkp_non_global.
 */
enum nat64_reason nat64_refused_ipv4(const struct nat64_net *nn,
				     const struct nat64_prefix *prefix,
				     __be32 addr);

#endif
