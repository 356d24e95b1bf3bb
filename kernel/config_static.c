// SPDX-License-Identifier: GPL-2.0
/*
 * The control path of static bindings: see config.h.
 */
#include <linux/bottom_half.h>
#include <net/ipv6.h>

#include "config.h"
#include "config_common.h"
#include "state.h"

int nat64_config_static_end(struct nat64_net *nn, const struct nat64_end4 *end,
			    struct nat64_why *why)
{
	u32 addr = ntohl(end->addr);
	int err;

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	err = nat64_config_check_addrs(nn, addr, addr, why);
	mutex_unlock(&nn->mutex);
	return err;
}

static struct nat64_binding *static_alloc(const struct nat64_end4 *end,
					  enum nat64_proto proto,
					  const struct nat64_end6 *client)
{
	struct nat64_binding *b = nat64_binding_alloc();

	if (!b)
		return NULL;
	b->is_static = true;
	b->addr6 = client->addr;
	b->port6 = client->port;
	b->addr4 = end->addr;
	b->port4 = end->port;
	b->proto = proto;
	return b;
}

/* The dynamic bindings that have either transport address of @b. */
static bool evict(struct nat64_net *nn, const struct nat64_tuple *key)
{
	struct nat64_binding *b = nat64_bib_find6(&nn->bib, key);

	if (!b)
		b = nat64_bib_find4(&nn->bib, key);
	if (!b || b->is_static)
		return false;
	nat64_state_unbind(nn, b);
	return true;
}

/*
 * Dynamic bindings make room. Packets may bring new ones meanwhile; that each
 * try loses against one is as good as impossible, and then the user is told.
 */
#define STATIC_TRIES	16

static int static_insert(struct nat64_net *nn, struct nat64_binding *b)
{
	struct nat64_tuple key = {
		.addr6 = b->addr6,
		.port6 = b->port6,
		.addr4 = b->addr4,
		.port4 = b->port4,
		.proto = b->proto,
	};
	struct nat64_end4 end = { .addr = b->addr4, .port = b->port4 };
	struct nat64_binding *other;
	unsigned int i;

	for (i = 0; i < STATIC_TRIES; i++) {
		while (evict(nn, &key))
			;
		b->lease = nat64_pool4_take(&nn->pool4, &end, b->proto);
		if (PTR_ERR_OR_ZERO(b->lease) == -EEXIST)
			continue;
		if (IS_ERR(b->lease))
			return PTR_ERR(b->lease);
		other = nat64_bib_insert(&nn->bib, b);
		if (!other)
			return 0;
		nat64_pool4_put(&nn->pool4, b->lease, b->proto, b->port4);
		if (IS_ERR(other))
			return PTR_ERR(other);
	}
	return -EBUSY;
}

static int static_bind(struct nat64_net *nn, struct nat64_binding **binding,
		       const struct nat64_end4 *end, enum nat64_proto proto,
		       const struct nat64_end6 *client)
{
	struct nat64_binding *b = static_alloc(end, proto, client);
	int err;

	if (!b)
		return -ENOMEM;
	rcu_read_lock();
	local_bh_disable();
	err = static_insert(nn, b);
	if (err)
		nat64_state_abandon(nn, b);
	else
		nat64_state_announce(nn, b);
	local_bh_enable();
	rcu_read_unlock();
	if (err)
		return err;
	*binding = b;
	WRITE_ONCE(nn->n_static, nn->n_static + 1);
	return 0;
}

static void static_unbind(struct nat64_net *nn, struct nat64_binding **binding)
{
	if (!*binding)
		return;
	nat64_state_unbind(nn, *binding);
	*binding = NULL;
	WRITE_ONCE(nn->n_static, nn->n_static - 1);
}

static int check_client(struct nat64_net *nn, const struct nat64_binding *old,
			enum nat64_proto proto,
			const struct nat64_end6 *client, struct nat64_why *why)
{
	struct nat64_tuple key = {
		.addr6 = client->addr,
		.port6 = client->port,
		.proto = proto,
	};
	const char *name = nat64_proto_name(proto);
	const struct nat64_binding *b;
	int err = 0;

	rcu_read_lock();
	b = nat64_bib_find6(&nn->bib, &key);
	if (nat64_addr6_illegal(&client->addr) ||
	    nat64_pool6_match(rcu_dereference(nn->pool6), &client->addr))
		err = nat64_refuse(why, -EINVAL,
				   "no client can have this address; write a unicast one that is not in pool6, e.g. 2001:db8::5#80");
	else if (b && b->is_static && b != old)
		err = nat64_refuse(why, -EEXIST,
				   "bib/%s/%pI4#%u has this transport address; write another one, or empty that, e.g. echo > bib/%s/%pI4#%u/ipv6",
				   name, &b->addr4, ntohs(b->port4),
				   name, &b->addr4, ntohs(b->port4));
	rcu_read_unlock();
	return err;
}

static int static_change(struct nat64_net *nn, struct nat64_binding **binding,
			 const struct nat64_end4 *end, enum nat64_proto proto,
			 const struct nat64_end6 *client)
{
	struct nat64_end6 old_client;
	bool had = *binding;
	int err;

	if (had) {
		old_client.addr = (*binding)->addr6;
		old_client.port = (*binding)->port6;
		if (ipv6_addr_equal(&old_client.addr, &client->addr) &&
		    old_client.port == client->port)
			return 0;
	}
	static_unbind(nn, binding);
	err = static_bind(nn, binding, end, proto, client);
	if (err && had)
		static_bind(nn, binding, end, proto, &old_client);
	return err;
}

int nat64_config_static(struct nat64_net *nn, struct nat64_binding **binding,
			const struct nat64_end4 *end, enum nat64_proto proto,
			const struct nat64_end6 *client,
			struct nat64_why *why)
{
	int err;

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	if (!client) {
		static_unbind(nn, binding);
		err = nat64_config_update_hooks(nn, why);
		goto unlock;
	}
	err = check_client(nn, *binding, proto, client, why);
	if (err)
		goto unlock;
	err = static_change(nn, binding, end, proto, client);
	if (err) {
		nat64_refuse(why, err,
			     "the binding can not be made now; try again");
		goto unlock;
	}
	err = nat64_config_update_hooks(nn, why);
	if (err)
		static_unbind(nn, binding);
unlock:
	mutex_unlock(&nn->mutex);
	return err;
}

void nat64_config_static_drop(struct nat64_net *nn,
			      struct nat64_binding **binding)
{
	struct nat64_why why;

	mutex_lock(&nn->mutex);
	static_unbind(nn, binding);
	/* It can only take them away, which does not fail. */
	nat64_config_update_hooks(nn, &why);
	mutex_unlock(&nn->mutex);
}
