// SPDX-License-Identifier: GPL-2.0
/*
 * An instance: see net.h.
 */
#include "net.h"

#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

/*
 * One slab object for a binding and one for its session, and their share of
 * the tables: so much RAM, an eighth of all, may become state by default.
 */
#define BYTES_PER_SESSION	256
#define RAM_SHARE		8

/*
 * icmp_errors "ratelimit": a bound for all destinations together, which
 * older kernels lack for ICMPv6. For each of them the kernel has limits.
 */
#define ERRORS_PER_SECOND	1000

/* RFC 6888, REQ-8: seconds; and percent of an address's ports. */
#define HOLD_DOWN		120
#define HOLD_DOWN_MAX		25

/* Of one KiB each, at the most. */
#define STORED_SYNS	16384

unsigned int nat64_net_id __read_mostly;

void nat64_net_detach(struct nat64_net *nn)
{
	struct nat64_per_net *p;

	lockdep_assert_held(&nn->mutex);
	if (!nn->net)
		return;
	p = net_generic(nn->net, nat64_net_id);
	RCU_INIT_POINTER(p->nn, NULL);
	WRITE_ONCE(nn->net, NULL);
}

int nat64_net_attach(struct nat64_net *nn, struct net *net)
{
	struct nat64_per_net *p = net_generic(net, nat64_net_id);

	nn->net = net;
	nn->net_inum = net->ns.inum;
	/* Two mkdirs at once: the first one has it. */
	if (cmpxchg((__force struct nat64_net **)&p->nn, NULL, nn))
		return -EBUSY;
	return 0;
}

static u32 default_session_limit(void)
{
	u64 bytes = (u64)totalram_pages() << PAGE_SHIFT;

	return min_t(u64, bytes / RAM_SHARE / BYTES_PER_SESSION, S32_MAX);
}

static int init_tables(struct nat64_net *nn)
{
	int err;

	err = nat64_sessions_init(&nn->sessions);
	if (err)
		return err;
	err = nat64_bib_init(&nn->bib);
	if (err)
		goto destroy_sessions;
	err = nat64_pool4_init(&nn->pool4);
	if (err)
		goto destroy_bib;
	err = nat64_syns_init(&nn->syns);
	if (err)
		goto destroy_pool4;
	err = nat64_clients_init(&nn->clients);
	if (err)
		goto destroy_syns;
	return 0;

destroy_syns:
	nat64_syns_destroy(&nn->syns);
destroy_pool4:
	nat64_pool4_destroy(&nn->pool4);
destroy_bib:
	nat64_bib_destroy(&nn->bib);
destroy_sessions:
	nat64_sessions_destroy(&nn->sessions);
	return err;
}

static void destroy_tables(struct nat64_net *nn)
{
	nat64_clients_destroy(&nn->clients);
	nat64_syns_destroy(&nn->syns);
	nat64_pool4_destroy(&nn->pool4);
	nat64_bib_destroy(&nn->bib);
	nat64_sessions_destroy(&nn->sessions);
}

struct nat64_net *nat64_net_create(void)
{
	struct nat64_net *nn = kzalloc(sizeof(*nn), GFP_KERNEL);
	int err = -ENOMEM;

	if (!nn)
		return ERR_PTR(err);
	refcount_set(&nn->ref, 1);
	mutex_init(&nn->mutex);
	nat64_error_log_init(&nn->log);
	ratelimit_state_init(&nn->error_limit, HZ, ERRORS_PER_SECOND);
	/* It need not tell how much it held back. */
	ratelimit_set_flags(&nn->error_limit, RATELIMIT_MSG_ON_RELEASE);
	nn->enabled = NAT64_ON;
	nn->session_limit = default_session_limit();
	nn->syn_limit = STORED_SYNS;
	nn->hold.seconds = HOLD_DOWN;
	nn->hold.percent = HOLD_DOWN_MAX;
	nn->client_limits.prefix_len = NAT64_CLIENT_ADDRESS;
	nn->stats = nat64_stats_alloc();
	if (!nn->stats)
		goto free_nn;
	err = init_tables(nn);
	if (err)
		goto free_stats;
	return nn;

free_stats:
	free_percpu(nn->stats);
free_nn:
	kfree(nn);
	return ERR_PTR(err);
}

struct nat64_net *nat64_net_get(struct net *net)
{
	struct nat64_per_net *p = net_generic(net, nat64_net_id);
	struct nat64_net *nn;

	rcu_read_lock();
	nn = rcu_dereference(p->nn);
	if (nn && !refcount_inc_not_zero(&nn->ref))
		nn = NULL;
	rcu_read_unlock();
	return nn;
}

void nat64_net_put(struct nat64_net *nn)
{
	if (!refcount_dec_and_test(&nn->ref))
		return;
	destroy_tables(nn);
	free_percpu(nn->stats);
	kfree(rcu_dereference_protected(nn->pool6, true));
	kfree(rcu_dereference_protected(nn->denied, true));
	kfree(rcu_dereference_protected(nn->plateaus, true));
	kfree_rcu(nn, rcu);
}

bool nat64_denied_ipv4(const struct nat64_net *nn, __be32 addr)
{
	const struct nat64_denied *denied = rcu_dereference(nn->denied);
	unsigned int i;

	for (i = 0; i < denied->n; i++)
		if ((addr & denied->net[i].mask) == denied->net[i].addr)
			return true;
	return false;
}

enum nat64_reason nat64_refused_ipv4(const struct nat64_net *nn,
				     const struct nat64_prefix *prefix,
				     __be32 addr)
{
	if (nat64_denied_ipv4(nn, addr))
		return NAT64_DROP_denied_ipv4;
	if (READ_ONCE(nn->translation.wkp_global_only) &&
	    nat64_prefix_is_wkp(prefix) && !nat64_addr4_is_global(addr))
		return NAT64_DROP_wkp_non_global;
	return NAT64_OK;
}
