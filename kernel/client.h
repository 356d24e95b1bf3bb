/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clients, where limits/ bounds what each may have (RFC 6888, REQ-4 and REQ-5). A
 * client is all of an IPv6 prefix, so that who has a /64 is still one. Without such
 * limits nothing is kept here.
 */
#ifndef _NAT64_CLIENT_H
#define _NAT64_CLIENT_H

#include <linux/in6.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>

/* A prefix that is one address. */
#define NAT64_CLIENT_ADDRESS	128

/**
 * struct nat64_client_limits - the attributes of limits/ about clients; 0: none
 * @sessions: sessions_per_client
 * @bindings: bindings_per_client
 * @rate: binding_rate_per_client, a second
 * @prefix_len: client_prefix_len
 */
struct nat64_client_limits {
	u32 sessions;
	u32 bindings;
	u32 rate;
	u32 prefix_len;
};

/**
 * struct nat64_client - what a client has
 * @node: in nat64_clients.table
 * @key: its prefix; zero behind it
 * @key.addr: the address
 * @key.len: the length
 * @lock: guards what follows; nests inside nat64_binding.lock
 * @dead: taken out of the table; look it up anew
 * @users: its bindings
 * @sessions: how many sessions they have
 * @second: when @made was counted
 * @made: bindings made in that second
 * @rcu: its end
 */
struct nat64_client {
	struct rhash_head node;
	struct nat64_client_key {
		struct in6_addr addr;
		u32 len;
	} key;
	spinlock_t lock;
	bool dead;
	u32 users;
	u32 sessions;
	u32 second;
	u32 made;
	struct rcu_head rcu;
};

/** struct nat64_clients - the clients of an instance */
struct nat64_clients {
	struct rhashtable table;
};

/** nat64_clients_init() - there are none; may sleep; 0 or -ENOMEM */
int nat64_clients_init(struct nat64_clients *clients);

/** nat64_clients_destroy() - the end of it, without bindings; may sleep */
void nat64_clients_destroy(struct nat64_clients *clients);

/** nat64_client_limited() - is anything bounded? */
static inline bool nat64_client_limited(const struct nat64_client_limits *limits)
{
	return READ_ONCE(limits->sessions) || READ_ONCE(limits->bindings) ||
	       READ_ONCE(limits->rate);
}

/**
 * nat64_client_join() - the client of a binding that is there already
 * @clients: the clients
 * @addr: X'
 * @prefix_len: of what is one client
 * @sessions: how many the binding has
 *
 * Context: RCU, bottom halves off.
 * Return: the client, to be given to nat64_client_leave(); NULL without memory.
 */
struct nat64_client *nat64_client_join(struct nat64_clients *clients,
				       const struct in6_addr *addr,
				       u32 prefix_len, u32 sessions);

/**
 * nat64_client_bind() - the client of a binding that is to be made
 * @clients: the clients
 * @addr: X'
 * @limits: what it may have
 * @now: seconds, monotonic
 *
 * Context: RCU, bottom halves off.
 * Return: as nat64_client_join(), or ERR_PTR(-EDQUOT) if it has enough, or made
 *	too many just now; ERR_PTR(-ENOMEM).
 */
struct nat64_client *nat64_client_bind(struct nat64_clients *clients,
				       const struct in6_addr *addr,
				       const struct nat64_client_limits *limits,
				       u32 now);

/** nat64_client_leave() - a binding ends that joined, or was made */
void nat64_client_leave(struct nat64_clients *clients,
			struct nat64_client *client);

/** nat64_client_open() - one more session, unless it has @limit (0: none) */
bool nat64_client_open(struct nat64_client *client, u32 limit);

/** nat64_client_close() - one session less */
void nat64_client_close(struct nat64_client *client);

#endif
