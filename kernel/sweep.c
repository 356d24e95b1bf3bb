// SPDX-License-Identifier: GPL-2.0
/*
 * The passage of time: see sweep.h.
 */
#include "sweep.h"

#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

#include "drop.h"
#include "host.h"
#include "net.h"
#include "state.h"
#include "xmit.h"

/* So many sessions between two looks at whether somebody else wants the CPU. */
#define SLICE		1024

/* A round over all sessions takes about so long; nothing dies later than it. */
#define ROUND		(2 * HZ)

/* Seconds between two looks at what changes slowly: resting ports, sysctls. */
#define PAUSE		10

/* So many stored SYNs that nobody has met; each is answered. */
static void answer_syns(struct nat64_net *nn, u32 now)
{
	u32 lifetime = READ_ONCE(nn->timeouts[NAT64_TIMEOUT_TCP_IN_SYN]);
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < SLICE; i++) {
		skb = nat64_syn_expired(&nn->syns, lifetime, now);
		if (!skb)
			break;
		local_bh_disable();
		rcu_read_lock();
		nat64_xmit_refuse4(nn, skb, NAT64_DROP_unanswered_syn, 0);
		nat64_drop_tell(nn, skb, NAT64_DROP_unanswered_syn);
		rcu_read_unlock();
		local_bh_enable();
		kfree_skb(skb);
	}
}

static void look_at(struct nat64_net *nn, struct nat64_session *session, u32 now)
{
	if (!nat64_session_expired(session, now) ||
	    !nat64_state_time_out(nn, session))
		return;
	local_bh_disable();
	nat64_xmit_probe(nn, session);
	local_bh_enable();
}

/* Who stops the worker waits for it with the mutex held. */
static void look_at_host(struct nat64_net *nn)
{
	if (!READ_ONCE(nn->hosted) || !mutex_trylock(&nn->mutex))
		return;
	if (nn->net)
		nat64_host_tell(nn);
	mutex_unlock(&nn->mutex);
}

bool nat64_sweep_slice(struct nat64_net *nn)
{
	struct nat64_session *s;
	u32 now = nat64_now();
	unsigned int i;

	rhashtable_walk_start(&nn->sweep_at);
	for (i = 0; i < SLICE; i++) {
		s = rhashtable_walk_next(&nn->sweep_at);
		/* -EAGAIN: resized, some are met again. */
		if (IS_ERR(s))
			continue;
		if (!s)
			break;
		look_at(nn, s, now);
	}
	rhashtable_walk_stop(&nn->sweep_at);
	if (i < SLICE) {
		rhashtable_walk_exit(&nn->sweep_at);
		rhashtable_walk_enter(&nn->sessions.by4, &nn->sweep_at);
	}
	answer_syns(nn, now);
	if (now - nn->looked_at >= PAUSE) {
		nn->looked_at = now;
		nat64_pool4_rested(&nn->pool4, READ_ONCE(nn->hold.seconds), now);
		look_at_host(nn);
	}
	return i < SLICE;
}

static void sweep(struct work_struct *work)
{
	struct nat64_net *nn = container_of(to_delayed_work(work),
					    struct nat64_net, sweep);
	unsigned int rounds;

	nat64_sweep_slice(nn);
	rounds = (atomic_read(&nn->sessions.by4.nelems) +
		  READ_ONCE(nn->syns.n)) / SLICE + 1;
	queue_delayed_work(system_power_efficient_wq, &nn->sweep,
			   ROUND / rounds);
}

void nat64_sweep_start(struct nat64_net *nn)
{
	rhashtable_walk_enter(&nn->sessions.by4, &nn->sweep_at);
	INIT_DEFERRABLE_WORK(&nn->sweep, sweep);
	queue_delayed_work(system_power_efficient_wq, &nn->sweep, ROUND);
}

void nat64_sweep_stop(struct nat64_net *nn)
{
	cancel_delayed_work_sync(&nn->sweep);
	rhashtable_walk_exit(&nn->sweep_at);
}
