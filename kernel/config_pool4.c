// SPDX-License-Identifier: GPL-2.0
/*
 * The control path of pool4: see config.h.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "config.h"
#include "config_common.h"
#include "flush.h"
#include "host.h"

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
					    "%pI4/%u %s, e.g. 192.0.2.1#5000",
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
			 "is not for hosts; use an address that is", why);
	return err ?: check_nets(first, last, denied->net, denied->n,
				 "is in denied_ipv4; take it out of there, or use another address",
				 why);
}

/* Of an entry that is of no interface. */
static struct nat64_pool4_span *only_span(const struct nat64_pool4_entry *entry)
{
	return list_first_entry(&entry->spans, struct nat64_pool4_span,
				in_entry);
}

int nat64_config_check_host_ports(struct nat64_net *nn,
				  const struct nat64_pool4_entry *entry,
				  struct nat64_why *why)
{
	unsigned int proto;
	int err = 0;

	for (proto = 0; proto < NAT64_PROTOS && !err; proto++)
		err = nat64_host_check(nn->net, entry, proto,
				       entry->ranges[proto], why);
	return err;
}

static int add_span(struct nat64_pool4_entry *entry, u32 first, u32 last)
{
	struct nat64_pool4_span *span;

	span = nat64_pool4_span_alloc(entry, first, last, GFP_KERNEL);
	if (!span)
		return -ENOMEM;
	list_add(&span->in_entry, &entry->spans);
	return 0;
}

static struct nat64_pool4_entry *
entry_alloc(const char *name, const struct nat64_pool4_name *says, bool staged)
{
	struct nat64_pool4_entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	struct nat64_range range = says->ports;
	unsigned int n = range.lo && !staged ? 1 : 0;
	unsigned int proto;

	if (!entry)
		return NULL;
	INIT_LIST_HEAD(&entry->spans);
	strscpy(entry->name, name, sizeof(entry->name));
	strscpy(entry->dev, says->dev, sizeof(entry->dev));
	for (proto = 0; proto < NAT64_PROTOS; proto++) {
		entry->ranges[proto] = nat64_ranges_alloc(&range, n, GFP_KERNEL);
		if (!entry->ranges[proto])
			goto free;
	}
	if (!entry->dev[0] && add_span(entry, says->first, says->last))
		goto free;
	return entry;

free:
	nat64_pool4_entry_free(entry);
	return NULL;
}

static int check_entry(struct nat64_net *nn, struct nat64_pool4_entry *entry,
		       struct nat64_why *why)
{
	const struct nat64_pool4_span *span;
	int err;

	if (entry->dev[0]) {
		err = nat64_config_dev_check(nn, entry, why);
	} else {
		span = only_span(entry);
		err = nat64_config_check_addrs(nn, span->first, span->last,
					       why);
	}
	return err ?: nat64_config_check_host_ports(nn, entry, why);
}

static int entry_publish(struct nat64_net *nn, struct nat64_pool4_entry *entry,
			 struct nat64_why *why)
{
	struct nat64_pool4_span *span;
	LIST_HEAD(gone);
	int err;

	err = check_entry(nn, entry, why);
	if (err)
		return err;
	list_for_each_entry(span, &entry->spans, in_entry)
		span->own = nat64_host_addr(nn->net, span->first, span->last);
	err = nat64_pool4_add(&nn->pool4, entry, why);
	if (err)
		return err;
	err = nat64_config_update_hooks(nn, why);
	if (err)
		nat64_pool4_del(&nn->pool4, entry, &gone);
	else if (entry->dev[0])
		nat64_config_dev_add(nn, entry);
	return err;
}

struct nat64_pool4_entry *
nat64_config_entry_new(struct nat64_net *nn, const char *name,
		       const struct nat64_pool4_name *says,
		       struct nat64_why *why)
{
	struct nat64_pool4_entry *entry;
	int err;

	err = nat64_config_lock(nn, why);
	if (err)
		return ERR_PTR(err);
	entry = entry_alloc(name, says, nn->staged);
	err = entry ? entry_publish(nn, entry, why) : nat64_no_memory(why);
	mutex_unlock(&nn->mutex);
	if (!err)
		return entry;
	if (entry)
		nat64_pool4_entry_free(entry);
	return ERR_PTR(err);
}

void nat64_config_entry_del(struct nat64_net *nn,
			    struct nat64_pool4_entry *entry)
{
	const struct nat64_pool4_span *span;
	struct nat64_why why;
	LIST_HEAD(gone);

	mutex_lock(&nn->mutex);
	nat64_pool4_del(&nn->pool4, entry, &gone);
	if (entry->dev[0])
		nat64_config_dev_del(nn);
	/* It can only take them away, which does not fail. */
	nat64_config_update_hooks(nn, &why);
	list_for_each_entry(span, &gone, by_addr)
		nat64_flush_uncovered(nn, span->first, span->last);
	nat64_config_dev_retry(nn);
	mutex_unlock(&nn->mutex);
	nat64_pool4_entry_free(entry);
}

/* What an entry covered of its addresses, and no longer does. */
static void flush_entry(struct nat64_net *nn,
			const struct nat64_pool4_entry *entry)
{
	const struct nat64_pool4_span *span;

	list_for_each_entry(span, &entry->spans, in_entry)
		if (nat64_pool4_in_pool(span))
			nat64_flush_uncovered(nn, span->first, span->last);
}

static bool same_ranges(const struct nat64_ranges *a,
			const struct nat64_ranges *b)
{
	return a->n == b->n && !memcmp(a->range, b->range,
				       a->n * sizeof(a->range[0]));
}

/* What is so already is no change. */
static void forget_same(const struct nat64_pool4_entry *entry,
			struct nat64_pool4_edit *edit)
{
	unsigned int proto;

	for (proto = 0; proto < NAT64_PROTOS; proto++)
		if (edit->given & BIT(proto) &&
		    same_ranges(edit->ranges[proto], entry->ranges[proto]))
			edit->given &= ~BIT(proto);
	if (edit->mark == entry->mark && edit->mask == entry->mask)
		edit->given &= ~BIT(NAT64_POOL4_MARK);
	if (edit->force == entry->force)
		edit->given &= ~BIT(NAT64_POOL4_FORCE);
}

/* The host's own ports: of what is new, and of all that "force" covered so far. */
static int check_edit(struct nat64_net *nn,
		      const struct nat64_pool4_entry *entry,
		      const struct nat64_pool4_edit *edit,
		      struct nat64_why *why)
{
	bool toggled = edit->given & BIT(NAT64_POOL4_FORCE);
	unsigned int proto;
	int err = 0;

	if (entry->force != toggled)
		return 0;
	for (proto = 0; proto < NAT64_PROTOS && !err; proto++) {
		bool given = edit->given & BIT(proto);

		if (given || toggled)
			err = nat64_host_check(nn->net, entry, proto,
					       given ? edit->ranges[proto] :
						       entry->ranges[proto],
					       why);
	}
	return err;
}

int nat64_config_entry_edit(struct nat64_net *nn,
			    struct nat64_pool4_entry *entry,
			    struct nat64_pool4_edit *edit,
			    struct nat64_why *why)
{
	int err;

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	forget_same(entry, edit);
	if (!edit->given)
		goto unlock;
	err = check_edit(nn, entry, edit, why);
	if (err)
		goto unlock;
	err = nat64_pool4_apply(&nn->pool4, entry, edit, why);
	if (err)
		goto unlock;
	flush_entry(nn, entry);
	nat64_config_dev_retry(nn);
unlock:
	mutex_unlock(&nn->mutex);
	return err;
}
