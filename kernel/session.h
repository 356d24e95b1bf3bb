/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The session tables (RFC 6146, 3.2): one object for a flow, found from both
 * sides, with all that its next packet needs. Flows of the box's own, or of its
 * NAT44, that have a transport address of pool4 stand in the table of the IPv4
 * side as well (design.rst, "host ports"); so neither can take the other's.
 */
#ifndef _NAT64_SESSION_H
#define _NAT64_SESSION_H

#include <linux/rhashtable-types.h>
#include <linux/timekeeping.h>

#include "tcp.h"
#include "tuple.h"

struct dst_entry;
struct nat64_binding;

/**
 * struct nat64_session - a session table entry
 * @node6: in nat64_sessions.by6
 * @tuple: the flow
 * @expires: the last nat64_now() at which it lives
 * @state: enum nat64_tcp_state
 * @dead: out of the tables, or on its way; guarded by @binding->lock
 * @node4: in nat64_sessions.by4
 * @binding: what it belongs to; valid as long as the session. NULL: a host flow,
 *	with the IPv4 side of @tuple, @expires and no more
 * @dst4: the route to Z, NULL until the first packet, or if it must not be kept
 * @dst6: the route to X'
 * @csum_addr: what the change of addresses 6->4 adds to a checksum
 * @csum_port: what the change of the port, or query id, 6->4 adds
 * @may_hairpin: Z#z was one of ours when the session began
 * @cookie6: for dst_check() of @dst6
 * @in_binding: in nat64_binding.sessions, guarded by its lock
 * @rcu: its end
 *
 * The first 64 bytes are all that a packet from IPv6 needs to find it.
 */
struct nat64_session {
	struct rhash_head node6;
	struct nat64_tuple tuple;
	u32 expires;
	u8 state;
	bool dead;
	__sum16 csum_addr;
	__sum16 csum_port;
	bool may_hairpin;
	u32 cookie6;
	struct rhash_head node4;
	struct nat64_binding *binding;
	struct dst_entry __rcu *dst4;
	struct dst_entry __rcu *dst6;
	struct hlist_node in_binding;
	struct rcu_head rcu;
};

/**
 * struct nat64_sessions - the sessions of an instance
 * @by6: by X', x, Z, z, protocol and prefix
 * @by4: by T, t, Z, z and protocol; host flows, too
 */
struct nat64_sessions {
	struct rhashtable by6;
	struct rhashtable by4;
};

/* Built with its unit tests, which put a clock of their own in its place. */
#if IS_ENABLED(CONFIG_NAT64_KUNIT_TEST)
u32 nat64_now(void);
#else
/** nat64_now() - the clock of sessions: seconds, monotonic */
static inline u32 nat64_now(void)
{
	return (u32)ktime_get_seconds();
}
#endif

/** nat64_session_is_host() - is it a flow of the box's own, and no session? */
static inline bool nat64_session_is_host(const struct nat64_session *session)
{
	return !session->binding;
}

/** nat64_session_left() - whole seconds left at @now, rounded up; 0: over */
u32 nat64_session_left(const struct nat64_session *session, u32 now);

/** nat64_session_expired() - is its time up at @now? */
static inline bool nat64_session_expired(const struct nat64_session *session,
					 u32 now)
{
	return (s32)(READ_ONCE(session->expires) - now) < 0;
}

/**
 * nat64_session_wants_probe() - is it an established connection whose time is up?
 * @session: the session
 * @now: nat64_now()
 *
 * It ends only after its client was asked (RFC 6146, 3.5.2.2).
 */
static inline bool nat64_session_wants_probe(const struct nat64_session *session,
					     u32 now)
{
	return session->tuple.proto == NAT64_TCP &&
	       READ_ONCE(session->state) == NAT64_TCP_ESTABLISHED &&
	       nat64_session_expired(session, now);
}

/** nat64_session_over() - has it ended, but for its being taken out? */
static inline bool nat64_session_over(const struct nat64_session *session,
				      u32 now)
{
	return nat64_session_expired(session, now) &&
	       !nat64_session_wants_probe(session, now);
}

/**
 * nat64_session_refresh() - start a session's timer anew
 * @session: the session
 * @now: nat64_now()
 * @timeout: seconds
 *
 * It lives for @timeout seconds at least, and one more at most.
 *
 * Writes only when the second has changed, so that the two directions of a
 * busy flow do not fight for the cache line.
 */
static inline void nat64_session_refresh(struct nat64_session *session,
					 u32 now, u32 timeout)
{
	u32 expires = now + timeout;

	if (READ_ONCE(session->expires) != expires)
		WRITE_ONCE(session->expires, expires);
}

/** nat64_sessions_init() - empty tables; may sleep; 0 or -ENOMEM */
int nat64_sessions_init(struct nat64_sessions *sessions);

/** nat64_sessions_destroy() - free empty tables; may sleep */
void nat64_sessions_destroy(struct nat64_sessions *sessions);

/** nat64_session_find6() - by the IPv6 side of @key, under RCU */
struct nat64_session *nat64_session_find6(struct nat64_sessions *sessions,
					  const struct nat64_tuple *key);

/** nat64_session_find4() - by the IPv4 side of @key, or a host flow; under RCU */
struct nat64_session *nat64_session_find4(struct nat64_sessions *sessions,
					  const struct nat64_tuple *key);

/**
 * nat64_session_insert() - publish a session
 * @sessions: the tables
 * @session: the session
 *
 * Context: RCU, bottom halves off, the binding's lock held: that is what
 *	keeps a second session of the same tuple out.
 * Return: 0; -EADDRINUSE if a host flow has the IPv4 side; -ENOMEM or so.
 */
int nat64_session_insert(struct nat64_sessions *sessions,
			 struct nat64_session *session);

/**
 * nat64_session_insert_host() - publish a host flow
 * @sessions: the tables
 * @flow: the flow
 *
 * Context: RCU, bottom halves off.
 * Return: NULL; the session or host flow that has its IPv4 side already;
 *	ERR_PTR(-ENOMEM) or so.
 */
struct nat64_session *
nat64_session_insert_host(struct nat64_sessions *sessions,
			  struct nat64_session *flow);

/**
 * nat64_session_remove_host() - take a host flow out, and free it
 * @sessions: the tables
 * @flow: the flow, found in the same RCU section; it may have been taken out
 */
void nat64_session_remove_host(struct nat64_sessions *sessions,
			       struct nat64_session *flow);

/** nat64_session_remove() - take a session out; as nat64_session_insert() */
void nat64_session_remove(struct nat64_sessions *sessions,
			  struct nat64_session *session);

/** nat64_session_forget_routes() - release the cached routes */
void nat64_session_forget_routes(struct nat64_session *session);

/** nat64_session_alloc() - a session, zeroed; NULL: no memory */
struct nat64_session *nat64_session_alloc(void);

/** nat64_session_free() - free a session that was never published */
void nat64_session_free(struct nat64_session *session);

/** nat64_session_free_rcu() - free a session when no reader sees it */
void nat64_session_free_rcu(struct nat64_session *session);

/** nat64_session_module_init() - the slab cache; 0 or -ENOMEM */
int nat64_session_module_init(void);

/** nat64_session_module_exit() - its end, after rcu_barrier() */
void nat64_session_module_exit(void);

#endif
