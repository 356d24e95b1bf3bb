// SPDX-License-Identifier: GPL-2.0
/*
 * pool4 entries of interfaces, dev:ppp0: they have a span for each address of
 * what is called so, and follow as that changes. See config.h.
 *
 * What comes by itself can not be refused with an errno. An address that may not be
 * lent is left out instead, which is told once; it is tried again whenever
 * addresses, entries or denied_ipv4 have changed.
 */
#include <linux/inetdevice.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "config.h"
#include "config_common.h"
#include "flush.h"

/* Of all entries: those that are left out are an interface's. */
#define for_each_span(span, entry, nn)					\
	list_for_each_entry(entry, &(nn)->pool4.entries, in_pool)	\
		list_for_each_entry(span, &(entry)->spans, in_entry)

/* An address and its scope in a number; in order, the widest scope first. */
static u64 key_of(const struct in_ifaddr *ifa)
{
	return (u64)ntohl(ifa->ifa_local) << 8 | ifa->ifa_scope;
}

static u32 addr_of(u64 key)
{
	return key >> 8;
}

static int cmp_keys(const void *a, const void *b)
{
	u64 x = *(const u64 *)a;
	u64 y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/*
 * Up to @max addresses of an interface; returns how many it has. Of one that is
 * down the host itself has none (nor does MASQUERADE keep what was lent of it).
 * A name is what it is called, not one more that "altname" gave it.
 */
static unsigned int read_keys(struct net *net, const char *name, u64 *key,
			      unsigned int max)
{
	const struct in_ifaddr *ifa;
	struct in_device *in_dev;
	struct net_device *dev;
	unsigned int n = 0;

	dev = dev_get_by_name_rcu(net, name);
	if (!dev || strcmp(dev->name, name) || !(dev->flags & IFF_UP))
		return 0;
	in_dev = __in_dev_get_rcu(dev);
	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		if (n < max)
			key[n] = key_of(ifa);
		n++;
	}
	return n;
}

/*
 * The addresses of an interface in ascending order, each once; to be freed with
 * kvfree(). It does not fail: what has gone must not be lent on, and nobody is
 * there to be told.
 */
static u64 *get_keys(struct nat64_net *nn, const char *name, unsigned int *n)
{
	unsigned int max = 0, i;
	u64 *key;

	if (nn->net) {
		rcu_read_lock();
		max = read_keys(nn->net, name, NULL, 0);
		rcu_read_unlock();
	}
	key = kvmalloc_array(max + 1, sizeof(*key), GFP_KERNEL | __GFP_NOFAIL);
	*n = 0;
	if (!max)
		return key;
	rcu_read_lock();
	/* If there are more now, who made them so comes here next. */
	max = min(max, read_keys(nn->net, name, key, max));
	rcu_read_unlock();
	sort(key, max, sizeof(*key), cmp_keys, NULL);
	for (i = 0; i < max; i++)
		if (!i || addr_of(key[i]) != addr_of(key[*n - 1]))
			key[(*n)++] = key[i];
	return key;
}

/* May an address be lent? */
static int judge(struct nat64_net *nn, const struct nat64_pool4_span *span,
		 struct nat64_why *why)
{
	int err;

	err = nat64_config_check_addrs(nn, span->first, span->last, why);
	if (err)
		return err;
	if (span->scope != RT_SCOPE_UNIVERSE)
		return nat64_refuse(why, -EINVAL,
				    "its scope is not global; delete it and add it anew, e.g. ip address add ADDRESS/24 dev %s scope global",
				    span->entry->dev);
	if (!span->entry->force)
		err = nat64_config_check_host_ports(nn, span->entry, why);
	return err ?: nat64_pool4_check(&nn->pool4, span, why);
}

static void tell(struct nat64_net *nn, struct nat64_pool4_span *span, int err,
		 const struct nat64_why *why)
{
	char path[sizeof("pool4/") + NAT64_POOL4_NAME_SIZE];
	__be32 addr = htonl(span->first);
	struct nat64_why line;

	if (span->told == err)
		return;
	span->told = err;
	nat64_refuse(&line, err, "%pI4 is left out: %.220s", &addr, why->text);
	scnprintf(path, sizeof(path), "pool4/%s", span->entry->name);
	nat64_error_log_add(&nn->log, path, NULL, 0, err, line.text);
	nat64_warn("net:[%u]: %s: %s\n", nn->net_inum, path, line.text);
}

static void span_add(struct nat64_pool4_entry *entry, u64 key,
		     struct list_head *before)
{
	struct nat64_pool4_span *span;

	span = nat64_pool4_span_alloc(entry, addr_of(key), addr_of(key),
				      GFP_KERNEL | __GFP_NOFAIL);
	span->scope = (u8)key;
	span->own = true;
	list_add_tail(&span->in_entry, before);
}

static void span_del(struct nat64_net *nn, struct nat64_pool4_span *span,
		     struct list_head *gone)
{
	list_del_init(&span->in_entry);
	if (nat64_pool4_in_pool(span))
		nat64_pool4_unlink(&nn->pool4, span, gone);
	else
		kfree(span);
}

/*
 * Spans for just the addresses that the interface has now. What was in the pool of
 * the others is put in @gone; the new ones wait for settle().
 */
static void follow(struct nat64_net *nn, struct nat64_pool4_entry *entry,
		   struct list_head *gone)
{
	struct nat64_pool4_span *span, *next;
	unsigned int i = 0, n;
	u64 *key = get_keys(nn, entry->dev, &n);

	list_for_each_entry_safe(span, next, &entry->spans, in_entry) {
		for (; i < n && addr_of(key[i]) < span->first; i++)
			span_add(entry, key[i], &span->in_entry);
		if (i < n && addr_of(key[i]) == span->first)
			i++;
		else
			span_del(nn, span, gone);
	}
	for (; i < n; i++)
		span_add(entry, key[i], &entry->spans);
	kvfree(key);
}

/* Lend what may be lent, and end what was lent of @gone. */
static void settle(struct nat64_net *nn, struct list_head *gone)
{
	bool changed = !list_empty(gone) || nn->pool4.stale;
	struct nat64_pool4_span *span, *next;
	struct nat64_pool4_entry *entry;
	struct nat64_why why;

	for_each_span(span, entry, nn) {
		int err;

		if (nat64_pool4_in_pool(span))
			continue;
		err = judge(nn, span, &why);
		if (err) {
			tell(nn, span, err, &why);
			continue;
		}
		span->told = 0;
		nat64_pool4_link(&nn->pool4, span);
		changed = true;
	}
	if (changed && nat64_pool4_publish(&nn->pool4, gone))
		nat64_warn("net:[%u]: out of memory, not all addresses of pool4 are lent; free some, then change an entry\n",
			   nn->net_inum);
	list_for_each_entry_safe(span, next, gone, by_addr) {
		nat64_flush_uncovered(nn, span->first, span->last);
		list_del_init(&span->by_addr);
		if (list_empty(&span->in_entry))
			kfree(span);
	}
	nat64_config_update_host_alone(nn);
}

int nat64_config_dev_check(struct nat64_net *nn,
			   struct nat64_pool4_entry *entry,
			   struct nat64_why *why)
{
	unsigned int i, n;
	u64 *key = get_keys(nn, entry->dev, &n);
	int err = 0;

	for (i = 0; i < n && err != -EEXIST; i++) {
		struct nat64_pool4_span span = {
			.entry = entry,
			.first = addr_of(key[i]),
			.last = addr_of(key[i]),
			.scope = (u8)key[i],
		};

		err = judge(nn, &span, why);
	}
	kvfree(key);
	/* Whatever else there is, it is left out. */
	return err == -EEXIST ? err : 0;
}

void nat64_config_dev_add(struct nat64_net *nn, struct nat64_pool4_entry *entry)
{
	LIST_HEAD(gone);

	WRITE_ONCE(nn->n_dev, nn->n_dev + 1);
	/* Pairs with nat64_config_links_changed(): one sees what the other did. */
	smp_mb();
	follow(nn, entry, &gone);
	settle(nn, &gone);
}

void nat64_config_dev_del(struct nat64_net *nn)
{
	WRITE_ONCE(nn->n_dev, nn->n_dev - 1);
}

void nat64_config_dev_follow(struct nat64_net *nn)
{
	struct nat64_pool4_entry *entry;
	LIST_HEAD(gone);

	list_for_each_entry(entry, &nn->pool4.entries, in_pool)
		if (entry->dev[0])
			follow(nn, entry, &gone);
	settle(nn, &gone);
}

void nat64_config_dev_retry(struct nat64_net *nn)
{
	struct nat64_pool4_entry *entry;
	struct nat64_pool4_span *span;
	struct nat64_why why;
	LIST_HEAD(gone);

	if (!nn->n_dev)
		return;
	for_each_span(span, entry, nn)
		if (entry->dev[0] && nat64_pool4_in_pool(span) &&
		    nat64_config_check_addrs(nn, span->first, span->last, &why))
			nat64_pool4_unlink(&nn->pool4, span, &gone);
	settle(nn, &gone);
}

void nat64_config_links_changed(struct nat64_net *nn)
{
	/* Pairs with nat64_config_dev_add(). */
	smp_mb();
	if (!READ_ONCE(nn->n_dev))
		return;
	mutex_lock(&nn->mutex);
	if (nn->net)
		nat64_config_dev_follow(nn);
	mutex_unlock(&nn->mutex);
}
