// SPDX-License-Identifier: GPL-2.0
/*
 * Host flows (design.rst, "host ports"): see state.h.
 */
#include "state.h"

/* The host flow that is noted, or what has its transport address; NULL: neither. */
static struct nat64_session *note_new(struct nat64_net *nn,
				      const struct nat64_tuple *tuple)
{
	u32 limit = READ_ONCE(nn->session_limit);
	struct nat64_session *flow, *other;

	if (limit && nat64_state_host_flows(nn) >= limit)
		return NULL;
	flow = nat64_session_alloc();
	if (!flow)
		return NULL;
	flow->tuple = *tuple;
	flow->expires = nat64_now();
	other = nat64_session_insert_host(&nn->sessions, flow);
	if (!other)
		return flow;
	nat64_session_free(flow);
	return IS_ERR(other) ? NULL : other;
}

enum nat64_reason nat64_state_note_host(struct nat64_net *nn,
					const struct nat64_tuple *tuple,
					u32 lifetime)
{
	struct nat64_session *s = nat64_session_find4(&nn->sessions, tuple);
	u32 now = nat64_now();

	if (s && !nat64_session_is_host(s) && nat64_session_over(s, now)) {
		nat64_state_close(nn, s);
		s = NULL;
	}
	if (!s)
		s = note_new(nn, tuple);
	if (!s)
		return NAT64_OK;
	if (!nat64_session_is_host(s))
		return NAT64_DROP_host_flow;
	nat64_session_refresh(s, now, lifetime);
	return NAT64_OK;
}

unsigned int nat64_state_host_flows(const struct nat64_net *nn)
{
	int n = atomic_read(&nn->sessions.by4.nelems) -
		atomic_read(&nn->sessions.by6.nelems);

	return max(n, 0);
}
