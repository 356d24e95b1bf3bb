// SPDX-License-Identifier: GPL-2.0
/*
 * The directories that configure: a skin over config.h.
 *
 *	/sys/kernel/config/nat64/		struct nat64_configfs, the default one
 *	|-- enabled staged pool6 denied_ipv4 netns error_log
 *	|-- pool4/<name>/			struct entry
 *	|   `-- config tcp udp icmp mark force
 *	|-- bib/{tcp,udp,icmp}/<name>/		struct fixed
 *	|   `-- ipv6
 *	|-- timeouts/
 *	|-- allocation/
 *	|-- filtering/
 *	|-- limits/
 *	|-- translation/
 *	`-- instances/<name>/			struct nat64_configfs
 *	    `-- the same, but no instances/
 */
#include "configfs.h"

#include <linux/err.h>
#include <linux/limits.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "config.h"
#include "configfs_tree.h"
#include "sysfs.h"

/* "bib/icmp/<name>/ipv6": names of directories have 255 bytes at most. */
#define PATH_SIZE	300

static struct configfs_subsystem subsys;
static struct config_group instances;
static struct nat64_configfs root;
static const struct config_item_type instance_type;

/* The instance whose own directory this is, NULL if it is of none. */
static struct nat64_configfs *as_instance(struct config_item *item)
{
	if (item == &subsys.su_group.cg_item)
		return &root;
	if (item->ci_type == &instance_type)
		return container_of(item, struct nat64_configfs, group.cg_item);
	return NULL;
}

/* The instance that a directory is in. */
struct nat64_configfs *nat64_configfs_of(struct config_item *item)
{
	struct nat64_configfs *instance;

	while (!(instance = as_instance(item)))
		item = item->ci_parent;
	return instance;
}

/* Write the path of a directory below its instance's; returns its length. */
static int path_of(struct config_item *dir, char *path)
{
	int len;

	if (as_instance(dir))
		return 0;
	len = path_of(dir->ci_parent, path);
	return len + scnprintf(path + len, PATH_SIZE - len, "%s/",
			       config_item_name(dir) ?: "?");
}

/* What is not understood has an example of what is, one of its own or this. */
static void add_example(int err, const char *example, struct nat64_why *why)
{
	size_t len = strlen(why->text);

	if ((err == -EINVAL || err == -E2BIG) && !strstr(why->text, "e.g. "))
		scnprintf(why->text + len, sizeof(why->text) - len,
			  ", e.g. %s", example);
}

/* Has it an IPv6 address, or some of one? That may be a client's. */
static bool has_addr6(const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);

	return colon && memchr(colon + 1, ':', text + len - (colon + 1));
}

void *nat64_configfs_refuse(struct config_group *dir, const char *name,
			    const char *example, int err,
			    struct nat64_why *why)
{
	struct nat64_net *nn = nat64_configfs_nn(&dir->cg_item);
	const char *at = name;
	char path[PATH_SIZE];
	int len;

	if (!strncmp(at, "dev:", 4))
		at += 4;
	if (has_addr6(at, strlen(at)))
		name = "(an IPv6 address)";
	add_example(err, example, why);
	len = path_of(&dir->cg_item, path);
	scnprintf(path + len, PATH_SIZE - len, "%s", name);
	nat64_error_log_add(&nn->log, path, NULL, 0, err, why->text);
	return ERR_PTR(err);
}

/*
 * The address of a client is not for the log. It is what a static binding has; in
 * other places it is a mistake, also where prefixes are meant.
 */
static bool is_private(const struct config_item *dir, const char *buf,
		       size_t len)
{
	if (dir->ci_parent &&
	    dir->ci_parent->ci_type == &nat64_configfs_bib_type)
		return true;
	return has_addr6(buf, len);
}

ssize_t nat64_configfs_store(struct config_item *item, const char *name,
			     const char *example, const char *buf, size_t len,
			     nat64_set_fn *set)
{
	struct nat64_why why = { NAT64_NO_MEMORY };
	char path[PATH_SIZE];
	int at, err;

	if (len - (len && buf[len - 1] == '\n') > NAT64_TEXT_MAX)
		err = nat64_refuse(&why, -E2BIG,
				   "too long, nothing is changed; write %d bytes at most%s",
				   NAT64_TEXT_MAX,
				   strcmp(name, "config") ? "" :
				   ", and longer lists to tcp, udp and icmp");
	else
		err = set(item, buf, len, &why);
	if (!err)
		return len;
	add_example(err, example, &why);
	at = path_of(item, path);
	scnprintf(path + at, PATH_SIZE - at, "%s", name);
	nat64_error_log_add(&nat64_configfs_nn(item)->log, path,
			    is_private(item, buf, len) ? NULL : buf, len,
			    err, why.text);
	return err;
}

static const struct config_item_type bib_type = {
	.ct_owner = THIS_MODULE,
};

/* timeouts/ */

/* X(name, enum nat64_timeout, example) */
#define TIMEOUTS(X)						\
	X(udp, NAT64_TIMEOUT_UDP, "300")			\
	X(icmp, NAT64_TIMEOUT_ICMP, "60")			\
	X(tcp_est, NAT64_TIMEOUT_TCP_EST, "7200")		\
	X(tcp_trans_open, NAT64_TIMEOUT_TCP_TRANS_OPEN, "240")	\
	X(tcp_trans_close, NAT64_TIMEOUT_TCP_TRANS_CLOSE, "240") \
	X(tcp_in_syn, NAT64_TIMEOUT_TCP_IN_SYN, "6")

#define X(name, which, example)						\
	NAT64_NUMBER_ATTR(timeouts, name, nn->timeouts[which], 1,	\
			  NAT64_TIMEOUT_MAX, "seconds", example,	\
			  nat64_config_timeout(nn, which, value, why))

TIMEOUTS(X)
#undef X

NAT64_SWITCH_ATTR(timeouts, allow_below_rfc, nn->allow_below_rfc,
		  nat64_config_below_rfc(nn, value, why))

static struct configfs_attribute *timeouts_attrs[] = {
	&timeouts_attr_allow_below_rfc,
#define X(name, ...) \
	&timeouts_attr_##name,
	TIMEOUTS(X)
#undef X
	NULL
};

static const struct config_item_type timeouts_type = {
	.ct_attrs = timeouts_attrs,
	.ct_owner = THIS_MODULE,
};

/* limits/ */

#define NO_LIMIT	"0: no limit"

/* X(name, number of nn, unit, example) */
#define LIMITS(X) \
	X(sessions, nn->session_limit, NO_LIMIT, "1000000") \
	X(stored_syns, nn->syn_limit, NO_LIMIT, "16384") \
	X(sessions_per_client, nn->client_limits.sessions, NO_LIMIT, "4096") \
	X(bindings_per_client, nn->client_limits.bindings, NO_LIMIT, "2048") \
	X(binding_rate_per_client, nn->client_limits.rate, "a second, " NO_LIMIT, \
	  "100")

#define X(name, number, unit, example)					\
	NAT64_NUMBER_ATTR(limits, name, number, 0, S32_MAX,		\
			  unit, example,				\
			  nat64_config_number(nn, &(number), value, why))

LIMITS(X)
#undef X

NAT64_NUMBER_ATTR(limits, client_prefix_len, nn->client_limits.prefix_len,
		  1, NAT64_CLIENT_ADDRESS, "bits", "64",
		  nat64_config_number(nn, &nn->client_limits.prefix_len, value,
				      why))

static struct configfs_attribute *limits_attrs[] = {
	&limits_attr_client_prefix_len,
#define X(name, ...) \
	&limits_attr_##name,
	LIMITS(X)
#undef X
	NULL
};

static const struct config_item_type limits_type = {
	.ct_attrs = limits_attrs,
	.ct_owner = THIS_MODULE,
};

/* allocation/ */

static const char *const pairing_words[] = {
	[NAT64_PAIRING_HARD] = "hard",
	[NAT64_PAIRING_SOFT] = "soft",
	NULL
};

NAT64_WORD_ATTR(allocation, pairing, pairing_words, nn->pairing, "soft")

NAT64_NUMBER_ATTR(allocation, hold_down, nn->hold.seconds, 0,
		  NAT64_TIMEOUT_MAX, "seconds", "120",
		  nat64_config_number(nn, &nn->hold.seconds, value, why))
NAT64_NUMBER_ATTR(allocation, hold_down_max, nn->hold.percent, 0, 100,
		  "percent", "25",
		  nat64_config_number(nn, &nn->hold.percent, value, why))

static struct configfs_attribute *allocation_attrs[] = {
	&allocation_attr_hold_down,
	&allocation_attr_hold_down_max,
	&allocation_attr_pairing,
	NULL
};

static const struct config_item_type allocation_type = {
	.ct_attrs = allocation_attrs,
	.ct_owner = THIS_MODULE,
};

/* filtering/ */

#define FILTERING(X) \
	X(address_dependent) \
	X(drop_external_tcp) \
	X(drop_icmp_info)

#define X(name)								\
	NAT64_SWITCH_ATTR(filtering, name, nn->filtering.name,		\
			  nat64_config_rule(nn, &nn->filtering.name, value, why))

FILTERING(X)
#undef X

static struct configfs_attribute *filtering_attrs[] = {
#define X(name) \
	&filtering_attr_##name,
	FILTERING(X)
#undef X
	NULL
};

static const struct config_item_type filtering_type = {
	.ct_attrs = filtering_attrs,
	.ct_owner = THIS_MODULE,
};

/* The instance's own attributes */

static const char *const enabled_words[] = {
	[NAT64_OFF] = "0",
	[NAT64_ON] = "1",
	[NAT64_DRAIN] = "drain",
	NULL
};

static ssize_t instance_enabled_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%s\n",
			  enabled_words[READ_ONCE(nat64_configfs_nn(item)->enabled)]);
}

static int instance_enabled_set(struct config_item *item, const char *buf,
				size_t len, struct nat64_why *why)
{
	unsigned int enabled;
	int err = nat64_parse_word(buf, len, enabled_words, &enabled, why);

	return err ?: nat64_config_enabled(nat64_configfs_nn(item), enabled, why);
}

NAT64_ATTR(instance, enabled, "1")

NAT64_SWITCH_ATTR(instance, staged, nn->staged,
		  nat64_config_number(nn, &nn->staged, value, why))

static ssize_t instance_pool6_show(struct config_item *item, char *page)
{
	ssize_t len;

	rcu_read_lock();
	len = nat64_format_pool6(page, rcu_dereference(nat64_configfs_nn(item)->pool6));
	rcu_read_unlock();
	return len;
}

static int instance_pool6_set(struct config_item *item, const char *buf,
			      size_t len, struct nat64_why *why)
{
	struct nat64_prefix *prefix;
	unsigned int n;
	int err;

	err = nat64_parse_pool6(buf, len, &prefix, &n, why);
	if (err)
		return err;
	err = nat64_config_pool6(nat64_configfs_nn(item), prefix, n, why);
	kfree(prefix);
	return err;
}

NAT64_ATTR(instance, pool6, "64:ff9b::/96")

static ssize_t instance_denied_ipv4_show(struct config_item *item, char *page)
{
	const struct nat64_denied *denied;
	ssize_t len;

	rcu_read_lock();
	denied = rcu_dereference(nat64_configfs_nn(item)->denied);
	len = nat64_format_net4(page, denied->net, denied->n);
	rcu_read_unlock();
	return len;
}

static int instance_denied_ipv4_set(struct config_item *item, const char *buf,
				    size_t len, struct nat64_why *why)
{
	struct nat64_net4 *net4;
	unsigned int n;
	int err;

	err = nat64_parse_net4(buf, len, &net4, &n, why);
	if (err)
		return err;
	err = nat64_config_denied(nat64_configfs_nn(item), net4, n, why);
	kfree(net4);
	return err;
}

NAT64_ATTR(instance, denied_ipv4, "10.0.0.0/8 192.0.2.1")

static ssize_t instance_netns_show(struct config_item *item, char *page)
{
	const struct nat64_net *nn = nat64_configfs_nn(item);

	if (!READ_ONCE(nn->net))
		return sysfs_emit(page, "-\n");
	return sysfs_emit(page, "net:[%u]\n", nn->net_inum);
}

CONFIGFS_ATTR_RO(instance_, netns);

static ssize_t instance_error_log_show(struct config_item *item, char *page)
{
	return nat64_error_log_show(&nat64_configfs_nn(item)->log, page);
}

CONFIGFS_ATTR_RO(instance_, error_log);

static struct configfs_attribute *instance_attrs[] = {
	&instance_attr_enabled,
	&instance_attr_staged,
	&instance_attr_pool6,
	&instance_attr_denied_ipv4,
	&instance_attr_netns,
	&instance_attr_error_log,
	NULL
};

static void instance_release(struct config_item *item)
{
	kfree(container_of(item, struct nat64_configfs, group.cg_item));
}

static struct configfs_item_operations instance_ops = {
	.release = instance_release,
};

static const struct config_item_type instance_type = {
	.ct_item_ops = &instance_ops,
	.ct_attrs = instance_attrs,
	.ct_owner = THIS_MODULE,
};

/* The default instance is not allocated. */
static const struct config_item_type root_type = {
	.ct_attrs = instance_attrs,
	.ct_owner = THIS_MODULE,
};

static void add_group(struct config_group *dir, struct config_group *group,
		      const char *name, const struct config_item_type *type)
{
	config_group_init_type_name(group, name, type);
	configfs_add_default_group(group, dir);
}

static void add_groups(struct config_group *dir, struct nat64_configfs *instance)
{
	unsigned int i;

	add_group(dir, &instance->pool4, "pool4", &nat64_configfs_pool4_type);
	add_group(dir, &instance->bib, "bib", &bib_type);
	for (i = 0; i < NAT64_PROTOS; i++)
		add_group(&instance->bib, &instance->bib_proto[i],
			  nat64_proto_name(i), &nat64_configfs_bib_type);
	add_group(dir, &instance->timeouts, "timeouts", &timeouts_type);
	add_group(dir, &instance->allocation, "allocation", &allocation_type);
	add_group(dir, &instance->filtering, "filtering", &filtering_type);
	add_group(dir, &instance->limits, "limits", &limits_type);
	add_group(dir, &instance->translation, "translation",
		  &nat64_configfs_translation_type);
}

/* instances/ */

/* @parent and @name: of its directory in sysfs. */
static int instance_init(struct nat64_configfs *instance, struct net *net,
			 struct nat64_sysfs *parent, const char *name)
{
	instance->nn = nat64_config_instance_new(net);
	if (IS_ERR(instance->nn))
		return PTR_ERR(instance->nn);
	instance->sysfs = nat64_sysfs_add(parent, name, instance->nn);
	if (IS_ERR(instance->sysfs)) {
		nat64_config_instance_del(instance->nn);
		return PTR_ERR(instance->sysfs);
	}
	return 0;
}

static void instance_destroy(struct nat64_configfs *instance)
{
	nat64_sysfs_del(instance->sysfs);
	nat64_config_instance_del(instance->nn);
}

static struct config_group *instances_make(struct config_group *dir,
					   const char *name)
{
	struct nat64_configfs *instance = kzalloc(sizeof(*instance), GFP_KERNEL);
	struct nat64_why why = { NAT64_NO_MEMORY };
	int err = -ENOMEM;

	if (instance)
		err = instance_init(instance, current->nsproxy->net_ns,
				    root.sysfs, name);
	if (err == -EBUSY)
		err = nat64_refuse(&why, err,
				   "the network namespace of this process has an instance; make it from another, e.g. nsenter --net=/run/netns/blue mkdir instances/blue");
	if (err) {
		kfree(instance);
		return nat64_configfs_refuse(dir, name, "blue", err, &why);
	}
	config_group_init_type_name(&instance->group, name, &instance_type);
	add_groups(&instance->group, instance);
	return &instance->group;
}

static void instances_drop(struct config_group *dir, struct config_item *item)
{
	instance_destroy(as_instance(item));
	config_item_put(item);
}

static struct configfs_group_operations instances_ops = {
	.make_group = instances_make,
	.drop_item = instances_drop,
};

static const struct config_item_type instances_type = {
	.ct_group_ops = &instances_ops,
	.ct_owner = THIS_MODULE,
};

int nat64_configfs_init(void)
{
	int err = instance_init(&root, &init_net, NULL, "nat64");

	if (err)
		return err;
	config_group_init_type_name(&subsys.su_group, "nat64", &root_type);
	mutex_init(&subsys.su_mutex);
	add_groups(&subsys.su_group, &root);
	add_group(&subsys.su_group, &instances, "instances", &instances_type);
	err = configfs_register_subsystem(&subsys);
	if (err)
		instance_destroy(&root);
	return err;
}

void nat64_configfs_exit(void)
{
	configfs_unregister_subsystem(&subsys);
	instance_destroy(&root);
}
