// SPDX-License-Identifier: GPL-2.0
/*
 * Birth and death of bindings and sessions: see state.h.
 *
 * Two packets of one flow may be here at once on two CPUs. The table of
 * bindings by IPv6 address lets one of them win; the binding's lock then
 * orders their sessions. Who finds a binding dead under its lock looks anew.
 */
#include "state.h"

#include <net/checksum.h>

#include "host.h"
#include "trace.h"

/* What 6->4 adds to a checksum; the other way takes it off. */
static void checksum_deltas(const struct nat64_net *nn,
			    struct nat64_session *s)
{
	const struct nat64_prefix *prefix;
	const struct nat64_tuple *t = &s->tuple;
	struct in6_addr raddr6;
	__wsum v6, v4;

	/* The prefix can not have gone: its sessions go after it. */
	prefix = nat64_pool6_by_id(rcu_dereference(nn->pool6), t->prefix);
	if (!prefix)
		return;
	nat64_addr_embed(prefix, t->raddr, &raddr6);
	v6 = csum_partial(&t->addr6, sizeof(t->addr6), 0);
	v6 = csum_partial(&raddr6, sizeof(raddr6), v6);
	v4 = csum_add((__force __wsum)t->addr4, (__force __wsum)t->raddr);
	s->csum_addr = ~csum_fold(csum_sub(v4, v6));
	s->csum_port = ~csum_fold(csum_sub((__force __wsum)t->port4,
					   (__force __wsum)t->port6));
}

/*
 * RFC 6146, 3.8: can the server be another client of ours? To ask that of each
 * packet would be dear. What changes later makes a detour: out to whoever sends
 * packets for our addresses to us.
 */
static bool may_hairpin(struct nat64_net *nn, const struct nat64_tuple *t)
{
	struct nat64_tuple server = {
		.addr4 = t->raddr,
		.port4 = t->proto == NAT64_ICMP ? t->port4 : t->rport,
		.proto = t->proto,
	};

	return nat64_pool4_has(&nn->pool4, t->raddr) ||
	       (READ_ONCE(nn->n_static) &&
		nat64_bib_find4(&nn->bib, &server));
}

static enum nat64_reason lease_reason(struct nat64_net *nn,
				      const struct nat64_binding *b, long err)
{
	switch (err) {
	case -ENOENT:
		return NAT64_DROP_no_pool4;
	case -ENOSPC:
		nat64_stats_inc(nn->stats, NAT64_STAT_ports_exhausted);
		trace_nat64_ports_exhausted(nn->net_inum, b);
		return NAT64_DROP_ports_exhausted;
	case -EADDRINUSE:
		return NAT64_DROP_host_port;
	default:
		return NAT64_DROP_no_memory;
	}
}

/* Has the box, or its NAT44, the transport address for such a flow? */
static bool host_has(struct nat64_net *nn, const struct nat64_tuple *flow,
		     const struct nat64_end4 *end)
{
	struct nat64_tuple key = *flow;
	const struct nat64_session *s;

	key.addr4 = end->addr;
	key.port4 = end->port;
	s = nat64_session_find4(&nn->sessions, &key);
	return (s && !nat64_session_over(s, nat64_now())) ||
	       nat64_host_socket(nn->net, &key, false);
}

/*
 * design.rst, "host ports", the third line of defence: so many transport addresses
 * that the box has are put aside, until there is one that it has not.
 */
#define PUT_ASIDE	8

static struct nat64_addr *lease_unused(struct nat64_net *nn,
				       const struct nat64_lease_request *req,
				       const struct nat64_tuple *flow,
				       struct nat64_end4 *end)
{
	struct nat64_addr *lease, *aside[PUT_ASIDE];
	__be16 port[PUT_ASIDE];
	unsigned int n = 0;

	while (true) {
		lease = nat64_pool4_lease(&nn->pool4, req, end);
		if (IS_ERR(lease) || !READ_ONCE(nn->hosted) ||
		    !host_has(nn, flow, end))
			break;
		aside[n] = lease;
		port[n++] = end->port;
		lease = ERR_PTR(-EADDRINUSE);
		if (n == PUT_ASIDE)
			break;
	}
	if (n && lease == ERR_PTR(-ENOSPC))
		lease = ERR_PTR(-EADDRINUSE);
	while (n--)
		nat64_pool4_put(&nn->pool4, aside[n], req->proto, port[n]);
	return lease;
}

static enum nat64_reason lease(struct nat64_net *nn, struct nat64_binding *b,
			       const struct nat64_tuple *flow)
{
	struct nat64_lease_request req = {
		.client = { .addr = b->addr6, .port = b->port6 },
		.mark = b->mark,
		.proto = b->proto,
		.soft = READ_ONCE(nn->pairing) == NAT64_PAIRING_SOFT,
		.rest = READ_ONCE(nn->hold.seconds),
		.now = nat64_now(),
	};
	struct nat64_end4 end;

	b->lease = lease_unused(nn, &req, flow, &end);
	if (IS_ERR(b->lease))
		return lease_reason(nn, b, PTR_ERR(b->lease));
	b->addr4 = end.addr;
	b->port4 = end.port;
	return NAT64_OK;
}

/*
 * A binding's client, where clients are limited: joined when it is made, or with
 * its next session if the limits came later. -ENOMEM.
 */
static int join_client(struct nat64_net *nn, struct nat64_binding *b)
{
	lockdep_assert_held(&b->lock);
	if (b->client || !nat64_client_limited(&nn->client_limits))
		return 0;
	b->client = nat64_client_join(&nn->clients, &b->addr6,
				      READ_ONCE(nn->client_limits.prefix_len),
				      b->n_sessions);
	return b->client ? 0 : -ENOMEM;
}

static void leave_client(struct nat64_net *nn, struct nat64_binding *b)
{
	if (b->client)
		nat64_client_leave(&nn->clients, b->client);
	b->client = NULL;
}

static void release_session(struct nat64_net *nn, struct nat64_session *s)
{
	struct nat64_binding *b = s->binding;

	lockdep_assert_held(&b->lock);
	s->dead = true;
	nat64_session_remove(&nn->sessions, s);
	hlist_del(&s->in_binding);
	b->n_sessions--;
	if (s->tuple.proto != NAT64_TCP ||
	    READ_ONCE(s->state) != NAT64_TCP_V4_V6_FIN_RCV)
		b->rests = true;
	if (b->client)
		nat64_client_close(b->client);
	nat64_stats_inc(nn->stats, NAT64_STAT_sessions_deleted);
	trace_nat64_session_deleted(nn->net_inum, s);
	nat64_session_free_rcu(s);
}

static void release_sessions(struct nat64_net *nn, struct nat64_binding *b)
{
	struct nat64_session *s;
	struct hlist_node *next;

	hlist_for_each_entry_safe(s, next, &b->sessions, in_binding)
		release_session(nn, s);
}

/*
 * RFC 6888, REQ-8: packets of the last client must not reach the next. A static
 * one has the port for itself, and connections that were seen to close have no
 * packets under way.
 */
static void put_port(struct nat64_net *nn, struct nat64_binding *b)
{
	struct nat64_hold hold = {
		.seconds = READ_ONCE(nn->hold.seconds),
		.percent = READ_ONCE(nn->hold.percent),
	};

	if (b->rests && !b->is_static)
		nat64_pool4_put_to_rest(&nn->pool4, b->lease, b->proto,
					b->port4, &hold, nat64_now());
	else
		nat64_pool4_put(&nn->pool4, b->lease, b->proto, b->port4);
}

static void release_binding(struct nat64_net *nn, struct nat64_binding *b)
{
	lockdep_assert_held(&b->lock);
	b->dead = true;
	nat64_bib_remove(&nn->bib, b);
	leave_client(nn, b);
	put_port(nn, b);
	nat64_stats_inc(nn->stats, NAT64_STAT_bindings_deleted);
	trace_nat64_binding_deleted(nn->net_inum, b);
	nat64_binding_free_rcu(b);
}

void nat64_state_abandon(struct nat64_net *nn, struct nat64_binding *binding)
{
	spin_lock(&binding->lock);
	binding->dead = true;
	release_sessions(nn, binding);
	leave_client(nn, binding);
	spin_unlock(&binding->lock);
	nat64_binding_free_rcu(binding);
}

/* limits/: may this client have a binding more? */
static enum nat64_reason admit(struct nat64_net *nn, struct nat64_binding *b)
{
	struct nat64_client *client;

	if (!nat64_client_limited(&nn->client_limits))
		return NAT64_OK;
	client = nat64_client_bind(&nn->clients, &b->addr6, &nn->client_limits,
				   nat64_now());
	if (IS_ERR(client))
		return PTR_ERR(client) == -EDQUOT ? NAT64_DROP_client_limit :
						    NAT64_DROP_no_memory;
	b->client = client;
	return NAT64_OK;
}

void nat64_state_announce(struct nat64_net *nn,
			  const struct nat64_binding *binding)
{
	nat64_stats_inc(nn->stats, NAT64_STAT_bindings_created);
	trace_nat64_binding_created(nn->net_inum, binding);
}

static enum nat64_reason bind_new(struct nat64_net *nn,
				  const struct nat64_tuple *tuple, u32 mark,
				  struct nat64_binding **binding)
{
	struct nat64_binding *b = nat64_binding_alloc();
	struct nat64_binding *other;
	enum nat64_reason reason;

	if (!b)
		return NAT64_DROP_no_memory;
	b->addr6 = tuple->addr6;
	b->port6 = tuple->port6;
	b->proto = tuple->proto;
	b->prefix = tuple->prefix;
	b->mark = mark;
	reason = admit(nn, b);
	if (!reason)
		reason = lease(nn, b, tuple);
	if (reason) {
		leave_client(nn, b);
		nat64_binding_free(b);
		return reason;
	}
	other = nat64_bib_insert(&nn->bib, b);
	if (!other) {
		nat64_state_announce(nn, b);
		*binding = b;
		return NAT64_OK;
	}
	nat64_pool4_put(&nn->pool4, b->lease, b->proto, b->port4);
	nat64_state_abandon(nn, b);
	if (IS_ERR(other))
		return NAT64_DROP_no_memory;
	*binding = other;
	return NAT64_OK;
}

enum nat64_reason nat64_state_bind(struct nat64_net *nn,
				   const struct nat64_tuple *tuple, u32 mark,
				   struct nat64_binding **binding)
{
	*binding = nat64_bib_find6(&nn->bib, tuple);
	if (*binding)
		return NAT64_OK;
	if (READ_ONCE(nn->enabled) == NAT64_DRAIN)
		return NAT64_DROP_draining;
	return bind_new(nn, tuple, mark, binding);
}

static void release_unused(struct nat64_net *nn, struct nat64_binding *b)
{
	if (!b->n_sessions && !b->is_static)
		release_binding(nn, b);
}

/*
 * The session that stands in the way of a new one: the same flow, made by
 * another CPU just now, or expired and not yet swept; or the same flow of the
 * same client through another prefix of pool6, whose replies could not be
 * told apart. The first is the one to use, the others end. -EADDRINUSE: a flow of
 * the box's own.
 */
static struct nat64_session *find_rival(struct nat64_net *nn,
					const struct nat64_tuple *tuple)
{
	struct nat64_session *s = nat64_session_find4(&nn->sessions, tuple);
	bool over;

	if (!s)
		return NULL;
	over = nat64_session_over(s, nat64_now());
	if (nat64_session_is_host(s)) {
		if (!over)
			return ERR_PTR(-EADDRINUSE);
		nat64_session_remove_host(&nn->sessions, s);
		return NULL;
	}
	if (s->tuple.prefix == tuple->prefix && !over)
		return s;
	release_session(nn, s);
	return NULL;
}

static struct nat64_session *open_locked(struct nat64_net *nn,
					 struct nat64_binding *b,
					 const struct nat64_tuple *tuple,
					 enum nat64_tcp_state state,
					 u32 lifetime)
{
	struct nat64_session *s = find_rival(nn, tuple);
	int err;

	if (s)
		return s;
	if (READ_ONCE(nn->hosted) && nat64_host_socket(nn->net, tuple, true))
		return ERR_PTR(-EADDRINUSE);
	err = join_client(nn, b);
	if (err)
		return ERR_PTR(err);
	if (b->client && !nat64_client_open(b->client,
					    READ_ONCE(nn->client_limits.sessions)))
		return ERR_PTR(-EDQUOT);
	s = nat64_session_alloc();
	if (!s) {
		err = -ENOMEM;
		goto close;
	}
	s->tuple = *tuple;
	s->binding = b;
	s->state = state;
	s->expires = nat64_now() + lifetime;
	s->may_hairpin = may_hairpin(nn, tuple);
	checksum_deltas(nn, s);
	err = nat64_session_insert(&nn->sessions, s);
	if (err) {
		/* A reader may have met it on the IPv4 side. */
		s->dead = true;
		nat64_session_free_rcu(s);
		goto close;
	}
	hlist_add_head(&s->in_binding, &b->sessions);
	b->n_sessions++;
	nat64_stats_inc(nn->stats, NAT64_STAT_sessions_created);
	trace_nat64_session_created(nn->net_inum, s);
	return s;

close:
	if (b->client)
		nat64_client_close(b->client);
	return ERR_PTR(err);
}

struct nat64_session *nat64_state_open(struct nat64_net *nn,
				       struct nat64_binding *binding,
				       struct nat64_tuple *tuple,
				       enum nat64_tcp_state state,
				       u32 lifetime)
{
	struct nat64_session *s = ERR_PTR(-EAGAIN);

	tuple->addr6 = binding->addr6;
	tuple->port6 = binding->port6;
	tuple->addr4 = binding->addr4;
	tuple->port4 = binding->port4;
	spin_lock(&binding->lock);
	if (!binding->dead) {
		s = open_locked(nn, binding, tuple, state, lifetime);
		if (IS_ERR(s))
			release_unused(nn, binding);
	}
	spin_unlock(&binding->lock);
	return s;
}

bool nat64_state_knows(struct nat64_binding *binding, __be32 raddr)
{
	const struct nat64_session *s;
	u32 now = nat64_now();
	bool found = false;

	spin_lock(&binding->lock);
	hlist_for_each_entry(s, &binding->sessions, in_binding) {
		found = s->tuple.raddr == raddr && !nat64_session_over(s, now);
		if (found)
			break;
	}
	spin_unlock(&binding->lock);
	return found;
}

static void close_locked(struct nat64_net *nn, struct nat64_session *session)
{
	if (session->dead)
		return;
	release_session(nn, session);
	release_unused(nn, session->binding);
}

void nat64_state_close(struct nat64_net *nn, struct nat64_session *session)
{
	struct nat64_binding *b = session->binding;

	if (nat64_session_is_host(session)) {
		nat64_session_remove_host(&nn->sessions, session);
		return;
	}
	spin_lock_bh(&b->lock);
	close_locked(nn, session);
	spin_unlock_bh(&b->lock);
}

bool nat64_state_time_out(struct nat64_net *nn, struct nat64_session *session)
{
	struct nat64_binding *b = session->binding;
	u32 now = nat64_now();
	bool probe;

	if (nat64_session_is_host(session)) {
		if (nat64_session_expired(session, now))
			nat64_session_remove_host(&nn->sessions, session);
		return false;
	}
	spin_lock_bh(&b->lock);
	probe = !session->dead && nat64_session_wants_probe(session, now);
	if (probe) {
		WRITE_ONCE(session->state, NAT64_TCP_TRANS);
		nat64_session_refresh(session, now,
				      READ_ONCE(nn->timeouts[NAT64_TIMEOUT_TCP_TRANS_CLOSE]));
	} else if (nat64_session_over(session, now)) {
		close_locked(nn, session);
	}
	spin_unlock_bh(&b->lock);
	return probe;
}

void nat64_state_unbind(struct nat64_net *nn, struct nat64_binding *binding)
{
	spin_lock_bh(&binding->lock);
	if (!binding->dead) {
		release_sessions(nn, binding);
		release_binding(nn, binding);
	}
	spin_unlock_bh(&binding->lock);
}

unsigned int nat64_state_sessions(const struct nat64_net *nn)
{
	return atomic_read(&nn->sessions.by6.nelems);
}

unsigned int nat64_state_bindings(const struct nat64_net *nn)
{
	return atomic_read(&nn->bib.by6.nelems);
}
