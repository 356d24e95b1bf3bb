// SPDX-License-Identifier: GPL-2.0
/*
 * The control path: see config.h.
 */
#include "config.h"

#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/net_namespace.h>

#include "flush.h"
#include "hook.h"
#include "state.h"

const struct nat64_timeout_info nat64_timeout_info[NAT64_TIMEOUTS] = {
	[NAT64_TIMEOUT_UDP] = {
		"udp", 300, 120, "RFC 4787, REQ-5" },
	[NAT64_TIMEOUT_ICMP] = {
		"icmp", 60, 60, "RFC 5508, REQ-2" },
	[NAT64_TIMEOUT_TCP_EST] = {
		"tcp_est", 7200, 7200, "RFC 5382, REQ-5" },
	[NAT64_TIMEOUT_TCP_TRANS_OPEN] = {
		"tcp_trans_open", 240, 240, "RFC 7857, section 2.1" },
	[NAT64_TIMEOUT_TCP_TRANS_CLOSE] = {
		"tcp_trans_close", 240, 240, "RFC 5382, REQ-5" },
	[NAT64_TIMEOUT_TCP_IN_SYN] = {
		"tcp_in_syn", 6, 6, "RFC 5382, REQ-4" },
};

#define NET4(a, b, c, d, len) { \
	.addr = cpu_to_be32((a) << 24 | (b) << 16 | (c) << 8 | (d)), \
	.mask = cpu_to_be32(~0U << (32 - (len))) }

/* No host has these, whatever denied_ipv4 says. */
static const struct nat64_net4 no_unicast[] = {
	NET4(0U, 0, 0, 0, 8),
	NET4(127U, 0, 0, 0, 8),
	NET4(224U, 0, 0, 0, 4),
	NET4(255U, 255, 255, 255, 32),
};

/* RFC 6890: what has no meaning beyond a host or a link. */
static const struct nat64_net4 default_denied[] = {
	NET4(0U, 0, 0, 0, 8),
	NET4(127U, 0, 0, 0, 8),
	NET4(169U, 254, 0, 0, 16),
	NET4(224U, 0, 0, 0, 4),
	NET4(240U, 0, 0, 0, 4),
};

/* RFC 6052, 2.1: the well-known prefix, 64:ff9b::/96. */
static const struct nat64_prefix default_pool6 = {
	.addr = { .s6_addr = { 0x00, 0x64, 0xff, 0x9b } },
	.len = NAT64_WKP_LEN,
};

static int no_memory(struct nat64_why *why)
{
	return nat64_refuse(why, -ENOMEM, "out of memory");
}

/* Take the mutex, unless the instance has lost its namespace. */
static int lock_alive(struct nat64_net *nn, struct nat64_why *why)
{
	mutex_lock(&nn->mutex);
	if (nn->net)
		return 0;
	mutex_unlock(&nn->mutex);
	return nat64_refuse(why, -ENODEV,
			    "the network namespace is gone; all that is left to do is rmdir");
}

/* The hooks are there only while there is something to do. */
static int update_hooks(struct nat64_net *nn, struct nat64_why *why)
{
	bool want = nn->net && nn->enabled != NAT64_OFF &&
		    (nn->pool4.n || nn->n_static);
	int err;

	lockdep_assert_held(&nn->mutex);
	if (want == nn->hooked)
		return 0;
	if (!want) {
		nat64_hook_unregister(nn);
		nn->hooked = false;
		return 0;
	}
	err = nat64_hook_register(nn);
	if (err)
		return nat64_refuse(why, err,
				    "the Netfilter hooks can not be registered");
	nn->hooked = true;
	return 0;
}

/* The same where it can only take them away, which does not fail. */
static void drop_hooks(struct nat64_net *nn)
{
	struct nat64_why why;

	update_hooks(nn, &why);
}

static struct nat64_denied *denied_alloc(const struct nat64_net4 *net4,
					 unsigned int n)
{
	struct nat64_denied *denied;

	denied = kmalloc(struct_size(denied, net, n), GFP_KERNEL);
	if (!denied)
		return NULL;
	denied->n = n;
	memcpy(denied->net, net4, n * sizeof(*net4));
	return denied;
}

static int set_defaults(struct nat64_net *nn)
{
	struct nat64_denied *denied;
	struct nat64_pool6 *pool6;
	unsigned int i;

	for (i = 0; i < NAT64_TIMEOUTS; i++)
		nn->timeouts[i] = nat64_timeout_info[i].value;
	pool6 = nat64_pool6_alloc(&default_pool6, 1, NULL);
	RCU_INIT_POINTER(nn->pool6, pool6);
	denied = denied_alloc(default_denied, ARRAY_SIZE(default_denied));
	RCU_INIT_POINTER(nn->denied, denied);
	return pool6 && denied ? 0 : -ENOMEM;
}

struct nat64_net *nat64_config_instance_new(struct net *net)
{
	struct nat64_net *nn = nat64_net_create();
	int err;

	if (IS_ERR(nn))
		return nn;
	err = set_defaults(nn);
	if (err)
		goto put;
	nat64_flush_start_sweep(nn);
	err = nat64_net_attach(nn, net);
	if (err)
		goto stop_sweep;
	return nn;

stop_sweep:
	nat64_flush_stop_sweep(nn);
put:
	nat64_net_put(nn);
	return ERR_PTR(err);
}

/* Hooks off, out of its namespace's sight, and nothing left of its flows. */
static void shut_down(struct nat64_net *nn)
{
	mutex_lock(&nn->mutex);
	if (nn->hooked)
		nat64_hook_unregister(nn);
	nn->hooked = false;
	nat64_net_detach(nn);
	mutex_unlock(&nn->mutex);
	nat64_flush_all(nn);
}

void nat64_config_instance_del(struct nat64_net *nn)
{
	shut_down(nn);
	nat64_flush_stop_sweep(nn);
	nat64_net_put(nn);
}

void nat64_config_netns_gone(struct net *net)
{
	struct nat64_net *nn;

	rcu_read_lock();
	nn = nat64_net_of(net);
	if (nn && !nat64_net_get(nn))
		nn = NULL;
	rcu_read_unlock();
	if (!nn)
		return;
	shut_down(nn);
	nat64_net_put(nn);
	/* The routes of the last sessions, before the namespace's own end. */
	rcu_barrier();
}

int nat64_config_enabled(struct nat64_net *nn, enum nat64_enabled enabled,
			 struct nat64_why *why)
{
	u8 old;
	int err;

	err = lock_alive(nn, why);
	if (err)
		return err;
	old = nn->enabled;
	WRITE_ONCE(nn->enabled, enabled);
	err = update_hooks(nn, why);
	if (err)
		WRITE_ONCE(nn->enabled, old);
	mutex_unlock(&nn->mutex);
	return err;
}

int nat64_config_pool6(struct nat64_net *nn, const struct nat64_prefix *prefix,
		       unsigned int n, struct nat64_why *why)
{
	struct nat64_pool6 *new, *old;
	int err;

	err = lock_alive(nn, why);
	if (err)
		return err;
	old = rcu_dereference_protected(nn->pool6,
					lockdep_is_held(&nn->mutex));
	new = nat64_pool6_alloc(prefix, n, old);
	if (!new) {
		err = no_memory(why);
		goto unlock;
	}
	rcu_assign_pointer(nn->pool6, new);
	/* Nobody opens a session of an old prefix any more. */
	synchronize_rcu_expedited();
	nat64_flush_sessions(nn);
	kfree(old);
unlock:
	mutex_unlock(&nn->mutex);
	return err;
}

int nat64_config_denied(struct nat64_net *nn, const struct nat64_net4 *net4,
			unsigned int n, struct nat64_why *why)
{
	struct nat64_denied *new, *old;
	int err;

	err = lock_alive(nn, why);
	if (err)
		return err;
	new = denied_alloc(net4, n);
	if (!new) {
		err = no_memory(why);
		goto unlock;
	}
	old = rcu_replace_pointer(nn->denied, new,
				  lockdep_is_held(&nn->mutex));
	synchronize_rcu_expedited();
	nat64_flush_sessions(nn);
	kfree(old);
unlock:
	mutex_unlock(&nn->mutex);
	return err;
}

static int check_floor(const struct nat64_net *nn, enum nat64_timeout which,
		       u32 seconds, struct nat64_why *why)
{
	const struct nat64_timeout_info *info = &nat64_timeout_info[which];

	if (seconds >= info->floor || nn->allow_below_rfc)
		return 0;
	return nat64_refuse(why, -EINVAL,
			    "%s must be at least %u seconds (%s), unless timeouts/allow_below_rfc is 1",
			    info->name, info->floor, info->rfc);
}

int nat64_config_timeout(struct nat64_net *nn, enum nat64_timeout which,
			 u32 seconds, struct nat64_why *why)
{
	int err;

	err = lock_alive(nn, why);
	if (err)
		return err;
	if (!seconds || seconds > NAT64_TIMEOUT_MAX)
		err = nat64_refuse(why, -EINVAL,
				   "not 1 to %u seconds", NAT64_TIMEOUT_MAX);
	else
		err = check_floor(nn, which, seconds, why);
	if (!err)
		WRITE_ONCE(nn->timeouts[which], seconds);
	mutex_unlock(&nn->mutex);
	return err;
}

int nat64_config_below_rfc(struct nat64_net *nn, bool allow,
			   struct nat64_why *why)
{
	unsigned int i;
	bool old;
	int err;

	err = lock_alive(nn, why);
	if (err)
		return err;
	old = nn->allow_below_rfc;
	nn->allow_below_rfc = allow;
	for (i = 0; i < NAT64_TIMEOUTS && !err; i++)
		err = check_floor(nn, i, nn->timeouts[i], why);
	if (err)
		nn->allow_below_rfc = old;
	mutex_unlock(&nn->mutex);
	return err;
}

int nat64_config_session_limit(struct nat64_net *nn, u32 limit,
			       struct nat64_why *why)
{
	int err = lock_alive(nn, why);

	if (err)
		return err;
	WRITE_ONCE(nn->session_limit, limit);
	mutex_unlock(&nn->mutex);
	return 0;
}

static int check_nets(u32 first, u32 last, const struct nat64_net4 *net4,
		      unsigned int n, const char *what, struct nat64_why *why)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		u32 lo = ntohl(net4[i].addr);
		u32 hi = lo | ~ntohl(net4[i].mask);

		if (first <= hi && last >= lo)
			return nat64_refuse(why, -EINVAL,
					    "%pI4/%u %s; an address is wanted that a host can have",
					    &net4[i].addr,
					    hweight32(net4[i].mask), what);
	}
	return 0;
}

static int check_addrs(struct nat64_net *nn, u32 first, u32 last,
		       struct nat64_why *why)
{
	const struct nat64_denied *denied;
	int err;

	denied = rcu_dereference_protected(nn->denied,
					   lockdep_is_held(&nn->mutex));
	err = check_nets(first, last, no_unicast, ARRAY_SIZE(no_unicast),
			 "is not for hosts", why);
	return err ?: check_nets(first, last, denied->net, denied->n,
				 "is in denied_ipv4", why);
}

/* An address from @first to @last that is the box's own; 0: none. */
static __be32 own_addr(struct net *net, u32 first, u32 last)
{
	const struct in_ifaddr *ifa;
	struct net_device *dev;
	__be32 found = 0;

	if (inet_addr_type(net, htonl(first)) == RTN_LOCAL)
		return htonl(first);
	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		struct in_device *in_dev = __in_dev_get_rcu(dev);

		if (!in_dev)
			continue;
		in_dev_for_each_ifa_rcu(ifa, in_dev) {
			u32 addr = ntohl(ifa->ifa_local);

			if (addr >= first && addr <= last)
				found = ifa->ifa_local;
		}
	}
	rcu_read_unlock();
	return found;
}

/* A port of @ranges that the box gives its own sockets; 0: none. */
static u16 ephemeral_port(struct net *net, const struct nat64_ranges *ranges)
{
	int low, high, port;

	inet_get_local_port_range(net, &low, &high);
	for (port = low; port <= high; port++)
		if (nat64_ranges_have(ranges, port) &&
		    !inet_is_local_reserved_port(net, port))
			return port;
	return 0;
}

/* design.rst, "host ports", the second line of defence. */
static int check_host_ports(struct nat64_net *nn,
			    const struct nat64_pool4_entry *entry,
			    enum nat64_proto proto,
			    const struct nat64_ranges *ranges,
			    struct nat64_why *why)
{
	__be32 addr;
	u16 port;

	if (proto == NAT64_ICMP)
		return 0;
	addr = own_addr(nn->net, entry->first, entry->last);
	if (!addr)
		return 0;
	port = ephemeral_port(nn->net, ranges);
	if (!port)
		return 0;
	return nat64_refuse(why, -EADDRINUSE,
			    "%pI4 is this host's, and port %u is in net.ipv4.ip_local_port_range; add the ports to net.ipv4.ip_local_reserved_ports, or write 1 to force",
			    &addr, port);
}

static int check_all_host_ports(struct nat64_net *nn,
				const struct nat64_pool4_entry *entry,
				struct nat64_why *why)
{
	unsigned int proto;
	int err = 0;

	for (proto = 0; proto < NAT64_PROTOS && !err; proto++)
		err = check_host_ports(nn, entry, proto, entry->ranges[proto],
				       why);
	return err;
}

static void entry_free(struct nat64_pool4_entry *entry)
{
	unsigned int proto;

	for (proto = 0; proto < NAT64_PROTOS; proto++)
		kvfree(entry->ranges[proto]);
	kfree(entry);
}

static struct nat64_pool4_entry *entry_alloc(u32 first, u32 last,
					     struct nat64_range range)
{
	struct nat64_pool4_entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	unsigned int proto;

	if (!entry)
		return NULL;
	entry->first = first;
	entry->last = last;
	for (proto = 0; proto < NAT64_PROTOS; proto++) {
		entry->ranges[proto] = nat64_ranges_alloc(&range, 1,
							  GFP_KERNEL);
		if (!entry->ranges[proto]) {
			entry_free(entry);
			return NULL;
		}
	}
	return entry;
}

static int entry_publish(struct nat64_net *nn, struct nat64_pool4_entry *entry,
			 struct nat64_why *why)
{
	int err;

	err = check_addrs(nn, entry->first, entry->last, why);
	if (err)
		return err;
	err = check_all_host_ports(nn, entry, why);
	if (err)
		return err;
	err = nat64_pool4_add(&nn->pool4, entry, why);
	if (err)
		return err;
	err = update_hooks(nn, why);
	if (err)
		nat64_pool4_del(&nn->pool4, entry);
	return err;
}

struct nat64_pool4_entry *nat64_config_entry_new(struct nat64_net *nn,
						 u32 first, u32 last,
						 struct nat64_range range,
						 struct nat64_why *why)
{
	struct nat64_pool4_entry *entry;
	int err;

	err = lock_alive(nn, why);
	if (err)
		return ERR_PTR(err);
	entry = entry_alloc(first, last, range);
	err = entry ? entry_publish(nn, entry, why) : no_memory(why);
	mutex_unlock(&nn->mutex);
	if (!err)
		return entry;
	if (entry)
		entry_free(entry);
	return ERR_PTR(err);
}

void nat64_config_entry_del(struct nat64_net *nn,
			    struct nat64_pool4_entry *entry)
{
	mutex_lock(&nn->mutex);
	nat64_pool4_del(&nn->pool4, entry);
	drop_hooks(nn);
	nat64_flush_uncovered(nn, entry->first, entry->last);
	mutex_unlock(&nn->mutex);
	entry_free(entry);
}

int nat64_config_ranges(struct nat64_net *nn, struct nat64_pool4_entry *entry,
			enum nat64_proto proto, struct nat64_ranges *ranges,
			struct nat64_why *why)
{
	int err;

	err = lock_alive(nn, why);
	if (err)
		return err;
	if (!entry->force)
		err = check_host_ports(nn, entry, proto, ranges, why);
	if (!err)
		err = nat64_pool4_set_ranges(&nn->pool4, entry, proto, ranges,
					     why);
	if (!err)
		nat64_flush_uncovered(nn, entry->first, entry->last);
	mutex_unlock(&nn->mutex);
	return err;
}

int nat64_config_mark(struct nat64_net *nn, struct nat64_pool4_entry *entry,
		      u32 mark, u32 mask, struct nat64_why *why)
{
	int err;

	err = lock_alive(nn, why);
	if (err)
		return err;
	if (nat64_pool4_set_mark(&nn->pool4, entry, mark, mask))
		err = no_memory(why);
	else
		nat64_flush_uncovered(nn, entry->first, entry->last);
	mutex_unlock(&nn->mutex);
	return err;
}

int nat64_config_force(struct nat64_net *nn, struct nat64_pool4_entry *entry,
		       bool force, struct nat64_why *why)
{
	int err;

	err = lock_alive(nn, why);
	if (err)
		return err;
	if (!force)
		err = check_all_host_ports(nn, entry, why);
	if (!err)
		entry->force = force;
	mutex_unlock(&nn->mutex);
	return err;
}

int nat64_config_static_end(struct nat64_net *nn, const struct nat64_end4 *end,
			    struct nat64_why *why)
{
	u32 addr = ntohl(end->addr);
	int err;

	err = lock_alive(nn, why);
	if (err)
		return err;
	err = check_addrs(nn, addr, addr, why);
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
		nat64_stats_inc(nn->stats, NAT64_STAT_bindings_created);
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
	const struct nat64_binding *b;
	int err = 0;

	rcu_read_lock();
	b = nat64_bib_find6(&nn->bib, &key);
	if (nat64_addr6_illegal(&client->addr) ||
	    nat64_pool6_match(rcu_dereference(nn->pool6), &client->addr))
		err = nat64_refuse(why, -EINVAL,
				   "no client can have this address: not a global unicast one, or inside pool6");
	else if (b && b->is_static && b != old)
		err = nat64_refuse(why, -EEXIST,
				   "static binding of %pI4#%u has this transport address already",
				   &b->addr4, ntohs(b->port4));
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
		if (!memcmp(&old_client.addr, &client->addr,
			    sizeof(client->addr)) &&
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

	if (!client) {
		mutex_lock(&nn->mutex);
		static_unbind(nn, binding);
		drop_hooks(nn);
		mutex_unlock(&nn->mutex);
		return 0;
	}
	err = lock_alive(nn, why);
	if (err)
		return err;
	err = check_client(nn, *binding, proto, client, why);
	if (err)
		goto unlock;
	err = static_change(nn, binding, end, proto, client);
	if (err) {
		nat64_refuse(why, err, "the binding can not be made now");
		goto unlock;
	}
	err = update_hooks(nn, why);
	if (err)
		static_unbind(nn, binding);
unlock:
	mutex_unlock(&nn->mutex);
	return err;
}
