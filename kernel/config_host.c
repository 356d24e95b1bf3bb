// SPDX-License-Identifier: GPL-2.0
/*
 * The control path where pool4 and the box itself share addresses: see config.h.
 */
#include "config.h"

#include "config_common.h"
#include "hook.h"
#include "host.h"

static bool has_own(const struct nat64_net *nn)
{
	const struct nat64_pool4_span *span;

	list_for_each_entry(span, &nn->pool4.by_addr, by_addr)
		if (span->own)
			return true;
	return false;
}

int nat64_config_update_host(struct nat64_net *nn, struct nat64_why *why)
{
	bool want;
	int err;

	lockdep_assert_held(&nn->mutex);
	if (!nn->hooked)
		WRITE_ONCE(nn->shared, false);
	want = nn->hooked && (nn->shared || has_own(nn));
	if (want == nn->hosted)
		return 0;
	if (!want) {
		WRITE_ONCE(nn->hosted, false);
		nat64_hook_unregister_host(nn);
		return 0;
	}
	err = nat64_hook_register_host(nn);
	if (err)
		return nat64_refuse(why, err,
				    "the hook of POST_ROUTING can not be registered; free memory, and try again");
	WRITE_ONCE(nn->hosted, true);
	return 0;
}

void nat64_config_update_host_alone(struct nat64_net *nn)
{
	struct nat64_why why;

	if (nat64_config_update_host(nn, &why))
		nat64_warn("net:[%u]: %s\n", nn->net_inum, why.text);
}

static void update_own(struct nat64_net *nn, u32 addr)
{
	struct nat64_pool4_span *span;

	list_for_each_entry(span, &nn->pool4.by_addr, by_addr)
		if (addr >= span->first && addr <= span->last)
			span->own = nat64_host_addr(nn->net, span->first,
						    span->last);
}

void nat64_config_own_addr(struct nat64_net *nn, __be32 addr)
{
	mutex_lock(&nn->mutex);
	if (nn->net) {
		update_own(nn, ntohl(addr));
		nat64_config_update_host_alone(nn);
		nat64_host_tell(nn);
	}
	mutex_unlock(&nn->mutex);
}

void nat64_config_share(struct work_struct *work)
{
	struct nat64_net *nn = container_of(work, struct nat64_net, share);

	mutex_lock(&nn->mutex);
	nat64_config_update_host_alone(nn);
	mutex_unlock(&nn->mutex);
}
