// SPDX-License-Identifier: GPL-2.0
/*
 * Clients: see client.h.
 */
#include "client.h"

#include <linux/err.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/ipv6.h>

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct nat64_client, node),
	.key_offset = offsetof(struct nat64_client, key),
	.key_len = sizeof_field(struct nat64_client, key),
	.automatic_shrinking = true,
};

static struct nat64_client *client_new(struct nat64_clients *clients,
				       const struct nat64_client_key *key)
{
	struct nat64_client *client, *other;

	client = kzalloc(sizeof(*client), GFP_ATOMIC | __GFP_NOWARN);
	if (!client)
		return NULL;
	client->key = *key;
	spin_lock_init(&client->lock);
	other = rhashtable_lookup_get_insert_fast(&clients->table,
						  &client->node, params);
	if (!other)
		return client;
	kfree(client);
	return IS_ERR(other) ? NULL : other;
}

/* The client, made if it is not there, and locked; NULL without memory. */
static struct nat64_client *client_lock(struct nat64_clients *clients,
					const struct in6_addr *addr,
					u32 prefix_len)
{
	struct nat64_client_key key = { .len = prefix_len };
	struct nat64_client *client;

	ipv6_addr_prefix(&key.addr, addr, prefix_len);
	for (;;) {
		client = rhashtable_lookup(&clients->table, &key, params);
		if (!client)
			client = client_new(clients, &key);
		if (!client)
			return NULL;
		spin_lock(&client->lock);
		if (!client->dead)
			return client;
		/* Lost against its last nat64_client_leave(): it is out. */
		spin_unlock(&client->lock);
	}
}

static void client_unuse(struct nat64_clients *clients,
			 struct nat64_client *client)
{
	lockdep_assert_held(&client->lock);
	if (client->users)
		return;
	client->dead = true;
	rhashtable_remove_fast(&clients->table, &client->node, params);
	kfree_rcu(client, rcu);
}

struct nat64_client *nat64_client_join(struct nat64_clients *clients,
				       const struct in6_addr *addr,
				       u32 prefix_len, u32 sessions)
{
	struct nat64_client *client = client_lock(clients, addr, prefix_len);

	if (!client)
		return NULL;
	client->users++;
	client->sessions += sessions;
	spin_unlock(&client->lock);
	return client;
}

/* A second's worth of bindings is made in each second by the clock. */
static bool too_fast(struct nat64_client *client, u32 rate, u32 now)
{
	if (client->second != now) {
		client->second = now;
		client->made = 0;
	}
	return rate && client->made >= rate;
}

struct nat64_client *nat64_client_bind(struct nat64_clients *clients,
				       const struct in6_addr *addr,
				       const struct nat64_client_limits *limits,
				       u32 now)
{
	u32 most = READ_ONCE(limits->bindings);
	u32 rate = READ_ONCE(limits->rate);
	struct nat64_client *client;
	bool ok;

	client = client_lock(clients, addr, READ_ONCE(limits->prefix_len));
	if (!client)
		return ERR_PTR(-ENOMEM);
	ok = (!most || client->users < most) && !too_fast(client, rate, now);
	if (ok) {
		client->users++;
		client->made++;
	}
	client_unuse(clients, client);
	spin_unlock(&client->lock);
	return ok ? client : ERR_PTR(-EDQUOT);
}

void nat64_client_leave(struct nat64_clients *clients,
			struct nat64_client *client)
{
	spin_lock_bh(&client->lock);
	client->users--;
	client_unuse(clients, client);
	spin_unlock_bh(&client->lock);
}

bool nat64_client_open(struct nat64_client *client, u32 limit)
{
	bool ok;

	spin_lock_bh(&client->lock);
	ok = !limit || client->sessions < limit;
	if (ok)
		client->sessions++;
	spin_unlock_bh(&client->lock);
	return ok;
}

void nat64_client_close(struct nat64_client *client)
{
	spin_lock_bh(&client->lock);
	client->sessions--;
	spin_unlock_bh(&client->lock);
}

int nat64_clients_init(struct nat64_clients *clients)
{
	return rhashtable_init(&clients->table, &params);
}

void nat64_clients_destroy(struct nat64_clients *clients)
{
	rhashtable_destroy(&clients->table);
}
