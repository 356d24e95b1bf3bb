// SPDX-License-Identifier: GPL-2.0
/*
 * The counters in sysfs: see sysfs.h.
 *
 *	/sys/kernel/nat64/		struct nat64_sysfs, the default instance
 *	|-- stats/			one counter or gauge a file
 *	|-- pool4/<entry>/		struct nat64_sysfs_entry
 *	`-- instances/<name>/		struct nat64_sysfs
 *	    |-- stats/
 *	    `-- pool4/<entry>/
 */
#include "sysfs.h"

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "net.h"
#include "state.h"

/**
 * struct nat64_sysfs - the directory of an instance
 * @kobj: the directory; its own attributes are those of stats/
 * @nn: the instance
 * @pool4: the directory of that name
 * @instances: likewise; NULL but for the default instance
 */
struct nat64_sysfs {
	struct kobject kobj;
	struct nat64_net *nn;
	struct kobject *pool4;
	struct kobject *instances;
};

/**
 * struct nat64_sysfs_entry - the directory of a pool4 entry
 * @kobj: the directory
 * @nn: the instance
 * @entry: the entry
 */
struct nat64_sysfs_entry {
	struct kobject kobj;
	struct nat64_net *nn;
	struct nat64_pool4_entry *entry;
};

static struct nat64_net *nn_of(struct kobject *kobj)
{
	return container_of(kobj, struct nat64_sysfs, kobj)->nn;
}

static struct kobj_attribute counter[];

/* As nat64_stats_traffic(), which is no constant for the compiler. */
#define TRAFFIC_STAT(dir, kind) \
	(NAT64_STAT_TRAFFIC + ((dir) * NAT64_KINDS + (kind)) * 2)

static ssize_t show_counter(struct kobject *kobj, struct kobj_attribute *attr,
			    char *page)
{
	BUILD_BUG_ON(TRAFFIC_STAT(NAT64_4TO6, NAT64_KIND_ICMP) !=
		     nat64_stats_traffic(NAT64_4TO6, NAT64_KIND_ICMP));
	return sysfs_emit(page, "%llu\n",
			  nat64_stats_sum(nn_of(kobj)->stats, attr - counter));
}

/* X(direction, kind, what the names of its two files begin with) */
#define TRAFFIC(X)						\
	X(NAT64_6TO4, NAT64_KIND_TCP, 6to4_tcp)			\
	X(NAT64_6TO4, NAT64_KIND_UDP, 6to4_udp)			\
	X(NAT64_6TO4, NAT64_KIND_ICMP, 6to4_icmp)		\
	X(NAT64_6TO4, NAT64_KIND_ICMP_ERROR, 6to4_icmp_error)	\
	X(NAT64_4TO6, NAT64_KIND_TCP, 4to6_tcp)			\
	X(NAT64_4TO6, NAT64_KIND_UDP, 4to6_udp)			\
	X(NAT64_4TO6, NAT64_KIND_ICMP, 4to6_icmp)		\
	X(NAT64_4TO6, NAT64_KIND_ICMP_ERROR, 4to6_icmp_error)

#define COUNTER(name)	__ATTR(name, 0444, show_counter, NULL)

/* By enum nat64_stat. */
static struct kobj_attribute counter[NAT64_STATS] = {
#define X(name) \
	[NAT64_STAT_##name] = COUNTER(name),
	NAT64_EVENTS(X)
#undef X
#define X(dir, kind, name)					\
	[TRAFFIC_STAT(dir, kind)] = COUNTER(name##_packets),	\
	[TRAFFIC_STAT(dir, kind) + 1] = COUNTER(name##_bytes),
	TRAFFIC(X)
#undef X
#define X(name, ...) \
	[NAT64_STAT_DROPS + NAT64_DROP_##name] = COUNTER(drop_##name),
	NAT64_DROP_REASONS(X)
#undef X
};

/* Gauges: how many there are now. */

static ssize_t bindings_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *page)
{
	return sysfs_emit(page, "%u\n", nat64_state_bindings(nn_of(kobj)));
}

static struct kobj_attribute bindings = __ATTR_RO(bindings);

static ssize_t sessions_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *page)
{
	return sysfs_emit(page, "%u\n", nat64_state_sessions(nn_of(kobj)));
}

static struct kobj_attribute sessions = __ATTR_RO(sessions);

static ssize_t stored_syns_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(nn_of(kobj)->syns.n));
}

static struct kobj_attribute stored_syns = __ATTR_RO(stored_syns);

static ssize_t held_ports_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *page)
{
	struct nat64_net *nn = nn_of(kobj);

	return sysfs_emit(page, "%llu\n",
			  nat64_pool4_rested(&nn->pool4,
					     READ_ONCE(nn->hold.seconds),
					     nat64_now()));
}

static ssize_t host_flows_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", nat64_state_host_flows(nn_of(kobj)));
}

static struct kobj_attribute host_flows = __ATTR_RO(host_flows);

static struct kobj_attribute held_ports = __ATTR_RO(held_ports);

static struct attribute *stats_attrs[] = {
	&held_ports.attr,
	&host_flows.attr,
	&bindings.attr,
	&sessions.attr,
	&stored_syns.attr,
#define X(name) \
	&counter[NAT64_STAT_##name].attr,
	NAT64_EVENTS(X)
#undef X
#define X(dir, kind, ...)				\
	&counter[TRAFFIC_STAT(dir, kind)].attr,		\
	&counter[TRAFFIC_STAT(dir, kind) + 1].attr,
	TRAFFIC(X)
#undef X
#define X(name, ...) \
	&counter[NAT64_STAT_DROPS + NAT64_DROP_##name].attr,
	NAT64_DROP_REASONS(X)
#undef X
	NULL
};

static const struct attribute_group stats_group = {
	.name = "stats",
	.attrs = stats_attrs,
};

static const struct attribute_group *instance_groups[] = {
	&stats_group,
	NULL
};

static void instance_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct nat64_sysfs, kobj));
}

static const struct kobj_type instance_type = {
	.release = instance_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = instance_groups,
};

struct nat64_sysfs *nat64_sysfs_add(struct nat64_sysfs *root, const char *name,
				    struct nat64_net *nn)
{
	struct nat64_sysfs *dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	int err;

	if (!dir)
		return ERR_PTR(-ENOMEM);
	dir->nn = nn;
	err = kobject_init_and_add(&dir->kobj, &instance_type,
				   root ? root->instances : kernel_kobj,
				   "%s", name);
	if (err) {
		kobject_put(&dir->kobj);
		return ERR_PTR(err);
	}
	dir->pool4 = kobject_create_and_add("pool4", &dir->kobj);
	if (!root)
		dir->instances = kobject_create_and_add("instances",
							&dir->kobj);
	if (!dir->pool4 || (!root && !dir->instances)) {
		nat64_sysfs_del(dir);
		return ERR_PTR(-ENOMEM);
	}
	return dir;
}

void nat64_sysfs_del(struct nat64_sysfs *dir)
{
	kobject_put(dir->instances);
	kobject_put(dir->pool4);
	kobject_del(&dir->kobj);
	kobject_put(&dir->kobj);
}

static struct nat64_sysfs_entry *to_entry(struct kobject *kobj)
{
	return container_of(kobj, struct nat64_sysfs_entry, kobj);
}

static struct kobj_attribute used[];
static struct kobj_attribute capacity[];

static ssize_t show_used(struct kobject *kobj, struct kobj_attribute *attr,
			 char *page)
{
	struct nat64_sysfs_entry *dir = to_entry(kobj);
	u64 ports;

	mutex_lock(&dir->nn->mutex);
	ports = nat64_pool4_used(&dir->nn->pool4, dir->entry, attr - used);
	mutex_unlock(&dir->nn->mutex);
	return sysfs_emit(page, "%llu\n", ports);
}

static ssize_t show_capacity(struct kobject *kobj, struct kobj_attribute *attr,
			     char *page)
{
	struct nat64_sysfs_entry *dir = to_entry(kobj);
	u64 ports;

	mutex_lock(&dir->nn->mutex);
	ports = nat64_pool4_capacity(dir->entry, attr - capacity);
	mutex_unlock(&dir->nn->mutex);
	return sysfs_emit(page, "%llu\n", ports);
}

static ssize_t exhausted_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *page)
{
	return sysfs_emit(page, "%lld\n",
			  atomic64_read(&to_entry(kobj)->entry->exhausted));
}

/* Both by enum nat64_proto. */
static struct kobj_attribute used[NAT64_PROTOS] = {
	[NAT64_TCP] = __ATTR(tcp_used, 0444, show_used, NULL),
	[NAT64_UDP] = __ATTR(udp_used, 0444, show_used, NULL),
	[NAT64_ICMP] = __ATTR(icmp_used, 0444, show_used, NULL),
};

static struct kobj_attribute capacity[NAT64_PROTOS] = {
	[NAT64_TCP] = __ATTR(tcp_capacity, 0444, show_capacity, NULL),
	[NAT64_UDP] = __ATTR(udp_capacity, 0444, show_capacity, NULL),
	[NAT64_ICMP] = __ATTR(icmp_capacity, 0444, show_capacity, NULL),
};

static struct kobj_attribute exhausted = __ATTR_RO(exhausted);

static struct attribute *entry_attrs[] = {
	&used[NAT64_TCP].attr,
	&used[NAT64_UDP].attr,
	&used[NAT64_ICMP].attr,
	&capacity[NAT64_TCP].attr,
	&capacity[NAT64_UDP].attr,
	&capacity[NAT64_ICMP].attr,
	&exhausted.attr,
	NULL
};
ATTRIBUTE_GROUPS(entry);

static void entry_release(struct kobject *kobj)
{
	kfree(to_entry(kobj));
}

static const struct kobj_type entry_type = {
	.release = entry_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = entry_groups,
};

struct nat64_sysfs_entry *
nat64_sysfs_entry_add(struct nat64_sysfs *dir, const char *name,
		      struct nat64_pool4_entry *entry)
{
	struct nat64_sysfs_entry *e = kzalloc(sizeof(*e), GFP_KERNEL);
	int err;

	if (!e)
		return ERR_PTR(-ENOMEM);
	e->nn = dir->nn;
	e->entry = entry;
	err = kobject_init_and_add(&e->kobj, &entry_type, dir->pool4,
				   "%s", name);
	if (err) {
		kobject_put(&e->kobj);
		return ERR_PTR(err);
	}
	return e;
}

void nat64_sysfs_entry_del(struct nat64_sysfs_entry *entry)
{
	kobject_del(&entry->kobj);
	kobject_put(&entry->kobj);
}
