// SPDX-License-Identifier: GPL-2.0
/*
 * Walks over the state: see flush.h.
 */
#include "flush.h"

#include <linux/netdevice.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <net/dst.h>

#include "net.h"
#include "state.h"

/* So many objects between two looks at whether somebody else wants the CPU. */
#define SLICE		1024

static struct nat64_binding *binding_of(struct nat64_net *nn, __be32 addr,
					unsigned int proto, u32 port)
{
	struct nat64_tuple key = {
		.addr4 = addr,
		.port4 = htons(port),
		.proto = proto,
	};

	return nat64_bib_find4(&nn->bib, &key);
}

static void unbind_uncovered(struct nat64_net *nn, struct nat64_binding *b)
{
	struct nat64_end4 end = { .addr = b->addr4, .port = b->port4 };

	if (!b->is_static &&
	    !nat64_pool4_covers(&nn->pool4, &end, b->proto, b->mark))
		nat64_state_unbind(nn, b);
}

/*
 * All lent ports of an address, a slice under RCU at a time. Those that rest are
 * forgotten: who changes pool4 is not made to wait.
 */
static void flush_addr(void *arg, __be32 addr)
{
	struct nat64_net *nn = arg;
	unsigned int proto = 0;
	u32 port = 0;

	while (proto < NAT64_PROTOS) {
		unsigned int i;

		rcu_read_lock();
		for (i = 0; i < SLICE && port < NAT64_NO_PORT; i++) {
			struct nat64_binding *b;

			port = nat64_pool4_next_lent(&nn->pool4, addr, proto,
						     port);
			if (port == NAT64_NO_PORT)
				break;
			b = binding_of(nn, addr, proto, port);
			if (b)
				unbind_uncovered(nn, b);
			port++;
		}
		rcu_read_unlock();
		cond_resched();
		if (port == NAT64_NO_PORT) {
			port = 0;
			proto++;
		}
	}
	rcu_read_lock();
	nat64_pool4_wake(&nn->pool4, addr);
	rcu_read_unlock();
}

void nat64_flush_uncovered(struct nat64_net *nn, u32 first, u32 last)
{
	while (!nat64_pool4_for_each_active(&nn->pool4, first, last, flush_addr,
					    nn))
		;
}

typedef void session_fn(struct nat64_net *nn, struct nat64_session *s,
			const void *arg);

/*
 * Call a function for each session and host flow; it may end it. False: a session that was
 * taken out between two slices may have hidden others, as the walk then goes on
 * too far behind it.
 */
static bool walk_sessions(struct nat64_net *nn, session_fn *fn,
			  const void *arg)
{
	struct rhashtable_iter iter;
	struct nat64_session *s;
	unsigned int i = 0;
	bool all = true;

	rhashtable_walk_enter(&nn->sessions.by4, &iter);
	rhashtable_walk_start(&iter);
	while ((s = rhashtable_walk_next(&iter))) {
		/* -EAGAIN: resized, some are met again. */
		if (!IS_ERR(s))
			fn(nn, s, arg);
		if (++i % SLICE)
			continue;
		rhashtable_walk_stop(&iter);
		cond_resched();
		rhashtable_walk_start(&iter);
		if (!iter.p)
			all = false;
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return all;
}

/*
 * With traffic that ends sessions at just the wrong moments no walk might ever be
 * complete. That of so many none is, is as good as impossible.
 */
#define WALKS	64

static void call_for_sessions(struct nat64_net *nn, session_fn *fn,
			      const void *arg)
{
	unsigned int i;

	for (i = 0; i < WALKS && !walk_sessions(nn, fn, arg); i++)
		;
}

static void close_forbidden(struct nat64_net *nn, struct nat64_session *s,
			    const void *arg)
{
	const struct nat64_prefix *prefix;

	if (nat64_session_is_host(s))
		return;
	prefix = nat64_pool6_by_id(rcu_dereference(nn->pool6), s->tuple.prefix);
	if (!prefix || nat64_refused_ipv4(nn, prefix, s->tuple.raddr) ||
	    (s->tuple.proto == NAT64_ICMP &&
	     READ_ONCE(nn->filtering.drop_icmp_info)))
		nat64_state_close(nn, s);
}

void nat64_flush_sessions(struct nat64_net *nn)
{
	call_for_sessions(nn, close_forbidden, NULL);
}

static void close_any(struct nat64_net *nn, struct nat64_session *s,
		      const void *arg)
{
	nat64_state_close(nn, s);
}

void nat64_flush_all(struct nat64_net *nn)
{
	/* A resize meanwhile may hide some from the walk. */
	while (atomic_read(&nn->sessions.by4.nelems))
		call_for_sessions(nn, close_any, NULL);
}

static void forget_routes(struct nat64_net *nn, struct nat64_session *s,
			  const void *arg)
{
	const struct dst_entry *dst4 = rcu_dereference(s->dst4);
	const struct dst_entry *dst6 = rcu_dereference(s->dst6);

	if (!arg || (dst4 && dst4->dev == arg) || (dst6 && dst6->dev == arg))
		nat64_session_forget_routes(s);
}

void nat64_flush_routes(struct nat64_net *nn, const struct net_device *dev)
{
	call_for_sessions(nn, forget_routes, dev);
}
