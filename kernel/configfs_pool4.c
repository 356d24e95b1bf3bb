// SPDX-License-Identifier: GPL-2.0
/*
 * The directories that users make in an instance: pool4 entries and static
 * bindings. See configfs.c for the whole tree.
 */
#include "configfs_tree.h"

#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "config.h"
#include "sysfs.h"

/** struct entry - the directory of a pool4 entry */
struct entry {
	struct config_item item;
	struct nat64_pool4_entry *pool4;
	struct nat64_sysfs_entry *sysfs;
};

/**
 * struct fixed - the directory of a static binding
 * @item: the directory
 * @end: T and t, from its name
 * @proto: enum nat64_proto
 * @binding: NULL: not in force
 */
struct fixed {
	struct config_item item;
	struct nat64_end4 end;
	enum nat64_proto proto;
	struct nat64_binding *binding;
};

/* pool4/<name>/ */

static struct entry *to_entry(struct config_item *item)
{
	return container_of(item, struct entry, item);
}

/* What stands behind "e.g." where something is not understood. */
#define EXAMPLE_ENTRY	"203.0.113.0_28#5000-6000"
#define EXAMPLE_PORTS	"5000-5999,7000"
#define EXAMPLE_STATIC	"192.0.2.1#80"
#define EXAMPLE_CLIENT	"2001:db8::5#80"

/* X(name, enum nat64_pool4_setting, example) */
#define ENTRY_SETTINGS(X)			\
	X(tcp, NAT64_TCP, EXAMPLE_PORTS)	\
	X(udp, NAT64_UDP, EXAMPLE_PORTS)	\
	X(icmp, NAT64_ICMP, EXAMPLE_PORTS)	\
	X(mark, NAT64_POOL4_MARK, "0x1/0xff")	\
	X(force, NAT64_POOL4_FORCE, "1")

/* All settings have this one's place, in config. */
#define ALL	NAT64_POOL4_SETTINGS

static ssize_t entry_show(struct config_item *item, char *page,
			  unsigned int which)
{
	const struct nat64_pool4_entry *pool4 = to_entry(item)->pool4;
	struct nat64_net *nn = nat64_configfs_nn(item);
	ssize_t len;

	mutex_lock(&nn->mutex);
	if (which == ALL)
		len = nat64_format_pool4_settings(page, pool4);
	else
		len = nat64_format_pool4_setting(page, pool4, which);
	mutex_unlock(&nn->mutex);
	return len;
}

static int entry_set(struct config_item *item, const char *buf, size_t len,
		     unsigned int which, struct nat64_why *why)
{
	struct nat64_pool4_edit edit = {};
	int err;

	if (which == ALL)
		err = nat64_parse_pool4_settings(buf, len, &edit, why);
	else
		err = nat64_parse_pool4_setting(buf, len, which, &edit, why);
	if (!err)
		err = nat64_config_entry_edit(nat64_configfs_nn(item),
					      to_entry(item)->pool4, &edit,
					      why);
	nat64_pool4_edit_end(&edit);
	return err;
}

#define X(name, which, example)						\
static ssize_t entry_##name##_show(struct config_item *item, char *page) \
{									\
	return entry_show(item, page, which);				\
}									\
static int entry_##name##_set(struct config_item *item, const char *buf, \
			      size_t len, struct nat64_why *why)	\
{									\
	return entry_set(item, buf, len, which, why);			\
}									\
NAT64_ATTR(entry, name, example)

ENTRY_SETTINGS(X)
X(config, ALL, "tcp=" EXAMPLE_PORTS " mark=0x1/0xff")
#undef X

static struct configfs_attribute *entry_attrs[] = {
	&entry_attr_config,
#define X(name, ...) \
	&entry_attr_##name,
	ENTRY_SETTINGS(X)
#undef X
	NULL
};

static void entry_release(struct config_item *item)
{
	kfree(to_entry(item));
}

static struct configfs_item_operations entry_ops = {
	.release = entry_release,
};

static const struct config_item_type entry_type = {
	.ct_item_ops = &entry_ops,
	.ct_attrs = entry_attrs,
	.ct_owner = THIS_MODULE,
};

/* pool4/ */

static int entry_init(struct entry *entry, struct nat64_configfs *instance,
		      const char *name, struct nat64_why *why)
{
	struct nat64_pool4_name says;
	int err;

	err = nat64_parse_pool4_name(name, strlen(name), &says, why);
	if (err)
		return err;
	entry->pool4 = nat64_config_entry_new(instance->nn, name, &says, why);
	if (IS_ERR(entry->pool4))
		return PTR_ERR(entry->pool4);
	entry->sysfs = nat64_sysfs_entry_add(instance->sysfs, name,
					     entry->pool4);
	if (IS_ERR(entry->sysfs)) {
		nat64_config_entry_del(instance->nn, entry->pool4);
		return PTR_ERR(entry->sysfs);
	}
	return 0;
}

static struct config_item *pool4_make(struct config_group *dir,
				      const char *name)
{
	struct entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	struct nat64_why why = { NAT64_NO_MEMORY };
	int err = -ENOMEM;

	if (entry)
		err = entry_init(entry, nat64_configfs_of(&dir->cg_item), name, &why);
	if (err) {
		kfree(entry);
		return nat64_configfs_refuse(dir, name, EXAMPLE_ENTRY, err,
					     &why);
	}
	config_item_init_type_name(&entry->item, name, &entry_type);
	return &entry->item;
}

static void pool4_drop(struct config_group *dir, struct config_item *item)
{
	struct entry *entry = to_entry(item);

	nat64_sysfs_entry_del(entry->sysfs);
	nat64_config_entry_del(nat64_configfs_nn(&dir->cg_item), entry->pool4);
	config_item_put(item);
}

static struct configfs_group_operations pool4_ops = {
	.make_item = pool4_make,
	.drop_item = pool4_drop,
};

const struct config_item_type nat64_configfs_pool4_type = {
	.ct_group_ops = &pool4_ops,
	.ct_owner = THIS_MODULE,
};

/* bib/<protocol>/<name>/ */

static struct fixed *to_fixed(struct config_item *item)
{
	return container_of(item, struct fixed, item);
}

static ssize_t fixed_ipv6_show(struct config_item *item, char *page)
{
	struct nat64_net *nn = nat64_configfs_nn(item);
	const struct nat64_binding *binding;
	struct nat64_end6 client;

	mutex_lock(&nn->mutex);
	binding = to_fixed(item)->binding;
	if (binding) {
		client.addr = binding->addr6;
		client.port = binding->port6;
	}
	mutex_unlock(&nn->mutex);
	return nat64_format_end6(page, binding ? &client : NULL);
}

static int fixed_ipv6_set(struct config_item *item, const char *buf,
			  size_t len, struct nat64_why *why)
{
	struct fixed *fixed = to_fixed(item);
	struct nat64_end6 client;
	int err = nat64_parse_end6(buf, len, &client, why);

	return err ?: nat64_config_static(nat64_configfs_nn(item), &fixed->binding,
					  &fixed->end, fixed->proto,
					  client.port ? &client : NULL, why);
}

NAT64_ATTR_PRIVATE(fixed, ipv6, EXAMPLE_CLIENT)

static struct configfs_attribute *fixed_attrs[] = {
	&fixed_attr_ipv6,
	NULL
};

static void fixed_release(struct config_item *item)
{
	kfree(to_fixed(item));
}

static struct configfs_item_operations fixed_ops = {
	.release = fixed_release,
};

static const struct config_item_type fixed_type = {
	.ct_item_ops = &fixed_ops,
	.ct_attrs = fixed_attrs,
	.ct_owner = THIS_MODULE,
};

/* bib/<protocol>/ */

static struct config_item *bib_make(struct config_group *dir, const char *name)
{
	struct nat64_configfs *instance = nat64_configfs_of(&dir->cg_item);
	struct fixed *fixed = kzalloc(sizeof(*fixed), GFP_KERNEL);
	struct nat64_why why = { NAT64_NO_MEMORY };
	int err = -ENOMEM;

	if (fixed)
		err = nat64_parse_static_name(name, strlen(name), &fixed->end,
					      &why);
	if (!err)
		err = nat64_config_static_end(instance->nn, &fixed->end, &why);
	if (err) {
		kfree(fixed);
		return nat64_configfs_refuse(dir, name, EXAMPLE_STATIC, err,
					     &why);
	}
	fixed->proto = dir - instance->bib_proto;
	config_item_init_type_name(&fixed->item, name, &fixed_type);
	return &fixed->item;
}

static void bib_drop(struct config_group *dir, struct config_item *item)
{
	nat64_config_static_drop(nat64_configfs_nn(&dir->cg_item),
				 &to_fixed(item)->binding);
	config_item_put(item);
}

static struct configfs_group_operations bib_ops = {
	.make_item = bib_make,
	.drop_item = bib_drop,
};

const struct config_item_type nat64_configfs_bib_type = {
	.ct_group_ops = &bib_ops,
	.ct_owner = THIS_MODULE,
};
