/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Birth and death of bindings and sessions, where the tables, the pool and
 * the counters must agree.
 */
#ifndef _NAT64_STATE_H
#define _NAT64_STATE_H

#include "net.h"

/**
 * nat64_state_bind() - the binding of a client's transport address
 * @nn: the instance
 * @tuple: X', x, protocol and prefix; Z and z, for a new one
 * @mark: of its packet
 * @binding: the result: the one there is, or a new one
 *
 * Context: RCU, bottom halves off.
 * Return: NAT64_OK or the reason to drop the packet.
 */
enum nat64_reason nat64_state_bind(struct nat64_net *nn,
				   const struct nat64_tuple *tuple, u32 mark,
				   struct nat64_binding **binding);

/**
 * nat64_state_open() - a session of a binding
 * @nn: the instance
 * @binding: the binding, found in the same RCU section
 * @tuple: the flow; what it lacks of the binding is filled in
 * @state: enum nat64_tcp_state of a new session
 * @lifetime: seconds of a new session
 *
 * Context: RCU, bottom halves off.
 * Return: the session, the one there is or a new one; ERR_PTR(-EAGAIN) if the
 *	binding has died meanwhile, -EDQUOT if the client has enough,
 *	-EADDRINUSE if it is a flow of the box's own, -ENOMEM.
 */
struct nat64_session *nat64_state_open(struct nat64_net *nn,
				       struct nat64_binding *binding,
				       struct nat64_tuple *tuple,
				       enum nat64_tcp_state state,
				       u32 lifetime);

/**
 * nat64_state_knows() - does a binding talk to this server?
 * @binding: the binding
 * @raddr: the server, on whatever port
 *
 * Context: RCU, bottom halves off.
 */
bool nat64_state_knows(struct nat64_binding *binding, __be32 raddr);

/**
 * nat64_state_close() - end a session, and a dynamic binding with its last one;
 *	or forget a host flow
 * @nn: the instance
 * @session: the session, found in the same RCU section; it may be dead
 */
void nat64_state_close(struct nat64_net *nn, struct nat64_session *session);

/**
 * nat64_state_time_out() - what becomes of a session, or host flow, whose time is
 *	over
 * @nn: the instance
 * @session: the session, found in the same RCU section; it may be dead, or have
 *	been used again meanwhile
 *
 * RFC 6146, 3.5.2.2: an established TCP session gets a last respite, in the
 * state TRANS; any other ends.
 *
 * Return: true if its client is to be asked whether it lives.
 */
bool nat64_state_time_out(struct nat64_net *nn, struct nat64_session *session);

/**
 * nat64_state_unbind() - end a binding with all its sessions
 * @nn: the instance
 * @binding: the binding, found in the same RCU section, or static; it may be
 *	dead
 */
void nat64_state_unbind(struct nat64_net *nn, struct nat64_binding *binding);

/**
 * nat64_state_abandon() - free a binding that lost the race for the IPv6 side
 * @nn: the instance
 * @binding: the binding, its lease put back
 *
 * It was in the table of the IPv4 side for a moment, where a packet may have
 * opened a session of it.
 *
 * Context: bottom halves off.
 */
void nat64_state_abandon(struct nat64_net *nn, struct nat64_binding *binding);

/** nat64_state_announce() - a new binding is in the tables; bottom halves off */
void nat64_state_announce(struct nat64_net *nn,
			  const struct nat64_binding *binding);

/**
 * nat64_state_note_host() - a packet of the box's own, or of its NAT44, goes out
 * @nn: the instance
 * @tuple: its flow: T and t are its source, in pool4
 * @lifetime: seconds until it is forgotten
 *
 * What can not be noted, for want of memory or because there are as many as
 * limits/sessions, passes as it is.
 *
 * Context: RCU, bottom halves off.
 * Return: NAT64_OK, or NAT64_DROP_host_flow if a session has all of @tuple.
 */
enum nat64_reason nat64_state_note_host(struct nat64_net *nn,
					const struct nat64_tuple *tuple,
					u32 lifetime);

/** nat64_state_host_flows() - how many flows of the box's own are noted */
unsigned int nat64_state_host_flows(const struct nat64_net *nn);

/** nat64_state_sessions() - how many sessions there are */
unsigned int nat64_state_sessions(const struct nat64_net *nn);

/** nat64_state_bindings() - how many bindings there are */
unsigned int nat64_state_bindings(const struct nat64_net *nn);

#endif
