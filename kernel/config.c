// SPDX-License-Identifier: GPL-2.0
/*
 * The control path: see config.h.
 */
#include "config.h"

#include <linux/ipv6.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "config_common.h"
#include "flush.h"
#include "hook.h"
#include "sweep.h"

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

/* RFC 1191, 7.1, table 7-1. */
static const struct nat64_plateaus default_plateaus = {
	.n = 11,
	.mtu = { 65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296,
		 68 },
};

int nat64_config_lock(struct nat64_net *nn, struct nat64_why *why)
{
	mutex_lock(&nn->mutex);
	if (nn->net)
		return 0;
	mutex_unlock(&nn->mutex);
	return nat64_refuse(why, -ENODEV,
			    "the network namespace of this instance is gone; all that is left to do is rmdir");
}

int nat64_config_update_hooks(struct nat64_net *nn, struct nat64_why *why)
{
	bool want = nn->net && nn->enabled != NAT64_OFF &&
		    (!list_empty(&nn->pool4.entries) || nn->n_static);
	int err;

	lockdep_assert_held(&nn->mutex);
	if (want == nn->hooked)
		return nat64_config_update_host(nn, why);
	if (!want) {
		nn->hooked = false;
		nat64_config_update_host(nn, why);
		nat64_hook_unregister(nn);
		return 0;
	}
	err = nat64_hook_register(nn);
	if (err)
		return nat64_refuse(why, err,
				    "the Netfilter hooks can not be registered; free memory, and try again");
	nn->hooked = true;
	err = nat64_config_update_host(nn, why);
	if (err) {
		nn->hooked = false;
		nat64_hook_unregister(nn);
	}
	return err;
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

static struct nat64_plateau_list *
plateaus_alloc(const struct nat64_plateaus *plateaus)
{
	struct nat64_plateau_list *list = kmalloc(sizeof(*list), GFP_KERNEL);

	if (list)
		list->list = *plateaus;
	return list;
}

static int set_defaults(struct nat64_net *nn)
{
	struct nat64_plateau_list *plateaus;
	struct nat64_denied *denied;
	struct nat64_pool6 *pool6;
	unsigned int i;

	for (i = 0; i < NAT64_TIMEOUTS; i++)
		nn->timeouts[i] = nat64_timeout_info[i].value;
	pool6 = nat64_pool6_alloc(&default_pool6, 1, NULL);
	RCU_INIT_POINTER(nn->pool6, pool6);
	denied = denied_alloc(default_denied, ARRAY_SIZE(default_denied));
	RCU_INIT_POINTER(nn->denied, denied);
	plateaus = plateaus_alloc(&default_plateaus);
	RCU_INIT_POINTER(nn->plateaus, plateaus);
	/* Of words the default is the first, 0. */
	nn->translation.tos = NAT64_TOS_INHERIT;
	nn->translation.lowest_ipv6_mtu = IPV6_MIN_MTU;
	return pool6 && denied && plateaus ? 0 : -ENOMEM;
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
	INIT_WORK(&nn->share, nat64_config_share);
	nat64_sweep_start(nn);
	err = nat64_net_attach(nn, net);
	if (err)
		goto stop_sweep;
	return nn;

stop_sweep:
	nat64_sweep_stop(nn);
put:
	nat64_net_put(nn);
	return ERR_PTR(err);
}

/* Hooks off, out of its namespace's sight, and nothing left of its flows. */
static void shut_down(struct nat64_net *nn)
{
	mutex_lock(&nn->mutex);
	if (nn->hosted)
		nat64_hook_unregister_host(nn);
	nn->hosted = false;
	if (nn->hooked)
		nat64_hook_unregister(nn);
	nn->hooked = false;
	nat64_net_detach(nn);
	nat64_config_dev_follow(nn);
	mutex_unlock(&nn->mutex);
	cancel_work_sync(&nn->share);
	nat64_flush_all(nn);
	nat64_syns_flush(&nn->syns);
}

void nat64_config_instance_del(struct nat64_net *nn)
{
	shut_down(nn);
	nat64_sweep_stop(nn);
	nat64_net_put(nn);
}

void nat64_config_netns_gone(struct net *net)
{
	struct nat64_net *nn = nat64_net_get(net);

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

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	old = nn->enabled;
	WRITE_ONCE(nn->enabled, enabled);
	err = nat64_config_update_hooks(nn, why);
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

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	old = rcu_dereference_protected(nn->pool6,
					lockdep_is_held(&nn->mutex));
	new = nat64_pool6_alloc(prefix, n, old);
	if (!new) {
		err = nat64_no_memory(why);
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

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	new = denied_alloc(net4, n);
	if (!new) {
		err = nat64_no_memory(why);
		goto unlock;
	}
	old = rcu_replace_pointer(nn->denied, new,
				  lockdep_is_held(&nn->mutex));
	synchronize_rcu_expedited();
	nat64_flush_sessions(nn);
	nat64_config_dev_retry(nn);
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
			    "%s of %u seconds is too short (%s); write %u or more unless timeouts/allow_below_rfc is 1, e.g. %u",
			    info->name, seconds, info->rfc, info->floor,
			    info->value);
}

int nat64_config_timeout(struct nat64_net *nn, enum nat64_timeout which,
			 u32 seconds, struct nat64_why *why)
{
	int err;

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	err = check_floor(nn, which, seconds, why);
	if (!err)
		WRITE_ONCE(nn->timeouts[which], seconds);
	mutex_unlock(&nn->mutex);
	return err;
}

int nat64_config_below_rfc(struct nat64_net *nn, bool allow,
			   struct nat64_why *why)
{
	const struct nat64_timeout_info *info;
	struct nat64_why floor;
	unsigned int i;
	bool old;
	int err;

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	old = nn->allow_below_rfc;
	nn->allow_below_rfc = allow;
	for (i = 0; i < NAT64_TIMEOUTS && !err; i++)
		err = check_floor(nn, i, nn->timeouts[i], &floor);
	if (err) {
		nn->allow_below_rfc = old;
		info = &nat64_timeout_info[i - 1];
		nat64_refuse(why, err,
			     "%s is below %u seconds (%s); set it first, e.g. echo %u > timeouts/%s",
			     info->name, info->floor, info->rfc, info->value,
			     info->name);
	}
	mutex_unlock(&nn->mutex);
	return err;
}

int nat64_config_number(struct nat64_net *nn, u32 *number, u32 value,
			struct nat64_why *why)
{
	int err = nat64_config_lock(nn, why);

	if (err)
		return err;
	WRITE_ONCE(*number, value);
	mutex_unlock(&nn->mutex);
	return 0;
}

int nat64_config_rule(struct nat64_net *nn, u32 *rule, u32 value,
		      struct nat64_why *why)
{
	int err = nat64_config_lock(nn, why);

	if (err)
		return err;
	WRITE_ONCE(*rule, value);
	synchronize_rcu_expedited();
	nat64_flush_sessions(nn);
	mutex_unlock(&nn->mutex);
	return 0;
}

int nat64_config_plateaus(struct nat64_net *nn,
			  const struct nat64_plateaus *plateaus,
			  struct nat64_why *why)
{
	struct nat64_plateau_list *list;
	int err;

	err = nat64_config_lock(nn, why);
	if (err)
		return err;
	list = plateaus_alloc(plateaus);
	if (list) {
		list = rcu_replace_pointer(nn->plateaus, list,
					   lockdep_is_held(&nn->mutex));
		kfree_rcu(list, rcu);
	} else {
		err = nat64_no_memory(why);
	}
	mutex_unlock(&nn->mutex);
	return err;
}
