// SPDX-License-Identifier: GPL-2.0
/*
 * The routes of a session, looked up by its first packet: see xmit.h.
 */
#include "xmit.h"

#include <net/dst.h>
#include <net/flow.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "compat.h"

/*
 * Give a route to the session and release the one before. A dst is freed by
 * RCU: it outlives the hook of a packet that still uses it.
 */
static void keep_route(struct dst_entry __rcu **where, struct dst_entry *dst)
{
	dst_release(unrcu_pointer(xchg(where, RCU_INITIALIZER(dst))));
}

static struct dst_entry *look_up4(struct net *net,
				  const struct nat64_session *s, u32 mark,
				  u8 tos)
{
	struct flowi4 fl4 = {
		.daddr = s->tuple.raddr,
		.saddr = s->tuple.addr4,
		.flowi4_mark = mark,
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
		.flowi4_proto = nat64_xlat_protocol4(s, false),
	};
	struct rtable *rt;

	if (s->tuple.proto != NAT64_ICMP) {
		fl4.fl4_sport = s->tuple.port4;
		fl4.fl4_dport = s->tuple.rport;
	}
	nat64_flowi4_set_tos(&fl4, tos);
	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	if (rt->rt_type != RTN_UNICAST && rt->rt_type != RTN_LOCAL) {
		ip_rt_put(rt);
		return NULL;
	}
	return &rt->dst;
}

static struct dst_entry *look_up6(struct net *net,
				  const struct nat64_session *s, u32 mark,
				  const struct in6_addr *server6)
{
	struct flowi6 fl6 = {
		.daddr = s->tuple.addr6,
		.saddr = *server6,
		.flowi6_mark = mark,
		.flowi6_flags = FLOWI_FLAG_ANYSRC,
		.flowi6_proto = nat64_xlat_protocol6(s, false),
	};
	struct dst_entry *dst;

	if (s->tuple.proto != NAT64_ICMP) {
		fl6.fl6_sport = s->tuple.rport;
		fl6.fl6_dport = s->tuple.port6;
	}
	dst = ip6_route_output(net, NULL, &fl6);
	if (dst->error) {
		dst_release(dst);
		return NULL;
	}
	dst = xfrm_lookup(net, dst, flowi6_to_flowi(&fl6), NULL, 0);
	return IS_ERR(dst) ? NULL : dst;
}

struct dst_entry *nat64_xmit_find_route4(struct net *net,
					 struct nat64_session *session,
					 u32 mark, u8 tos)
{
	struct dst_entry *dst = look_up4(net, session, mark, tos);

	if (dst)
		keep_route(&session->dst4, dst);
	return dst;
}

struct dst_entry *nat64_xmit_find_route6(struct net *net,
					 struct nat64_session *session,
					 u32 mark,
					 const struct in6_addr *server6)
{
	struct dst_entry *dst = look_up6(net, session, mark, server6);

	if (!dst)
		return NULL;
	WRITE_ONCE(session->cookie6, rt6_get_cookie(dst_rt6_info(dst)));
	keep_route(&session->dst6, dst);
	return dst;
}
