// SPDX-License-Identifier: GPL-2.0
/*
 * What the box itself has of pool4: see host.h.
 */
#include "host.h"

#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack_tuple.h>

#include "compat.h"

__be32 nat64_host_addr(struct net *net, u32 first, u32 last)
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

/* Ports of @ranges that the box gives its own sockets; 0: none. */
static struct nat64_range ephemeral_ports(struct net *net,
					  const struct nat64_ranges *ranges)
{
	unsigned int i;
	int low, high;

	inet_get_local_port_range(net, &low, &high);
	for (i = 0; i < ranges->n; i++) {
		int hi = min_t(int, high, ranges->range[i].hi);
		int port = max_t(int, low, ranges->range[i].lo);

		for (; port <= hi; port++)
			if (!inet_is_local_reserved_port(net, port))
				return (struct nat64_range){ port, hi };
	}
	return (struct nat64_range){};
}

/* Whose addresses they are, in words; what an interface has is the host's always. */
static bool own_in_words(struct net *net, const struct nat64_pool4_entry *entry,
			 char *words, size_t size)
{
	const struct nat64_pool4_span *span;
	__be32 addr = 0;

	if (entry->dev[0]) {
		scnprintf(words, size, "the addresses of %s are", entry->dev);
		return true;
	}
	list_for_each_entry(span, &entry->spans, in_entry)
		addr = addr ?: nat64_host_addr(net, span->first, span->last);
	scnprintf(words, size, "%pI4 is", &addr);
	return addr;
}

int nat64_host_check(struct net *net, const struct nat64_pool4_entry *entry,
		     enum nat64_proto proto, const struct nat64_ranges *ranges,
		     struct nat64_why *why)
{
	char words[IFNAMSIZ + 24];
	struct nat64_range ports;

	if (proto == NAT64_ICMP)
		return 0;
	ports = ephemeral_ports(net, ranges);
	if (!ports.lo || !own_in_words(net, entry, words, sizeof(words)))
		return 0;
	return nat64_refuse(why, -EADDRINUSE,
			    "%s this host's, and port %u is in net.ipv4.ip_local_port_range; add %u-%u to net.ipv4.ip_local_reserved_ports, or write the ports and force=1 to config, or use others, e.g. 61001-65535",
			    words, ports.lo, ports.lo, ports.hi);
}

static bool is_own(const struct nat64_pool4_entry *entry)
{
	const struct nat64_pool4_span *span;

	list_for_each_entry(span, &entry->spans, in_entry)
		if (span->own)
			return true;
	return false;
}

static bool collides(struct net *net, const struct nat64_pool4_entry *entry,
		     struct nat64_why *why)
{
	return !entry->force && is_own(entry) &&
	       (nat64_host_check(net, entry, NAT64_TCP,
				 entry->ranges[NAT64_TCP], why) ||
		nat64_host_check(net, entry, NAT64_UDP,
				 entry->ranges[NAT64_UDP], why));
}

void nat64_host_tell(struct nat64_net *nn)
{
	char path[sizeof("pool4/") + NAT64_POOL4_NAME_SIZE];
	struct nat64_pool4_entry *entry;
	struct nat64_why why;

	lockdep_assert_held(&nn->mutex);
	list_for_each_entry(entry, &nn->pool4.entries, in_pool) {
		bool told = entry->told;

		entry->told = collides(nn->net, entry, &why);
		if (!entry->told || told)
			continue;
		scnprintf(path, sizeof(path), "pool4/%s", entry->name);
		nat64_error_log_add(&nn->log, path, NULL, 0, -EADDRINUSE,
				    why.text);
		nat64_warn("net:[%u]: %s: %s\n", nn->net_inum, path, why.text);
	}
}

bool nat64_host_socket(struct net *net, const struct nat64_tuple *tuple,
		       bool connected)
{
	const struct net_device *dev;

	if (tuple->proto == NAT64_ICMP)
		return false;
	dev = __ip_dev_find(net, tuple->addr4, false);
	if (!dev)
		return false;
	if (tuple->proto == NAT64_TCP)
		return nat64_tcp_socket(net, tuple->raddr, tuple->rport,
					tuple->addr4, tuple->port4,
					dev->ifindex, connected);
	return nat64_udp_socket(net, tuple->raddr, tuple->rport, tuple->addr4,
				tuple->port4, dev->ifindex, connected);
}

bool nat64_host_tracked(const struct sk_buff *skb,
			const struct nat64_tuple *tuple)
{
	struct nf_conntrack_tuple other = {};

	/* What conntrack has of the other direction. */
	if (!nf_ct_get_tuple_skb(&other, skb))
		return false;
	return other.dst.dir == IP_CT_DIR_ORIGINAL ||
	       other.src.u3.ip != tuple->addr4 ||
	       other.src.u.all != tuple->port4;
}

void nat64_host_share(struct nat64_net *nn)
{
	if (READ_ONCE(nn->shared))
		return;
	WRITE_ONCE(nn->shared, true);
	schedule_work(&nn->share);
}
