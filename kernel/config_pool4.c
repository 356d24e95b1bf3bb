// SPDX-License-Identifier: GPL-2.0
/*
 * The control path of pool4: see config.h.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/net_namespace.h>

#include "config.h"
#include "config_common.h"
#include "flush.h"

/* No host has these, whatever denied_ipv4 says. */
static const struct nat64_net4 no_unicast[] = {
	NET4(0U, 0, 0, 0, 8),
	NET4(127U, 0, 0, 0, 8),
	NET4(224U, 0, 0, 0, 4),
	NET4(255U, 255, 255, 255, 32),
};

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

int nat64_config_check_addrs(struct nat64_net *nn, u32 first, u32 last,
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

	err = nat64_config_check_addrs(nn, entry->first, entry->last, why);
	if (err)
		return err;
	err = check_all_host_ports(nn, entry, why);
	if (err)
		return err;
	err = nat64_pool4_add(&nn->pool4, entry, why);
	if (err)
		return err;
	err = nat64_config_update_hooks(nn, why);
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

	err = nat64_config_lock(nn, why);
	if (err)
		return ERR_PTR(err);
	entry = entry_alloc(first, last, range);
	err = entry ? entry_publish(nn, entry, why) : nat64_config_no_memory(why);
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
	struct nat64_why why;

	mutex_lock(&nn->mutex);
	nat64_pool4_del(&nn->pool4, entry);
	/* It can only take them away, which does not fail. */
	nat64_config_update_hooks(nn, &why);
	nat64_flush_uncovered(nn, entry->first, entry->last);
	mutex_unlock(&nn->mutex);
	entry_free(entry);
}

int nat64_config_ranges(struct nat64_net *nn, struct nat64_pool4_entry *entry,
			enum nat64_proto proto, struct nat64_ranges *ranges,
			struct nat64_why *why)
{
	int err;

	err = nat64_config_lock(nn, why);
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

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	if (nat64_pool4_set_mark(&nn->pool4, entry, mark, mask))
		err = nat64_config_no_memory(why);
	else
		nat64_flush_uncovered(nn, entry->first, entry->last);
	mutex_unlock(&nn->mutex);
	return err;
}

int nat64_config_force(struct nat64_net *nn, struct nat64_pool4_entry *entry,
		       bool force, struct nat64_why *why)
{
	int err;

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	if (!force)
		err = check_all_host_ports(nn, entry, why);
	if (!err)
		entry->force = force;
	mutex_unlock(&nn->mutex);
	return err;
}
