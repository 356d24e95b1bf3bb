/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints nat64:*, for who wants to know what happened and not only how often.
 * They cost nothing while nobody listens.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nat64

#if !defined(_NAT64_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _NAT64_TRACE_H

#include <linux/in6.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include "bib.h"
#include "reason.h"
#include "session.h"

#define NAT64_TRACE_PROTO(proto)	\
	__print_symbolic(proto, { NAT64_TCP, "tcp" }, { NAT64_UDP, "udp" }, \
			 { NAT64_ICMP, "icmp" })

/* Used where this header has been read, and read again. */
#define NAT64_TRACE_REASON(name, ...)	{ NAT64_DROP_##name, #name },

/* Values for who reads the events without the kernel's help. */
#define X(name, ...) TRACE_DEFINE_ENUM(NAT64_DROP_##name);
NAT64_DROP_REASONS(X)
#undef X
TRACE_DEFINE_ENUM(NAT64_TCP);
TRACE_DEFINE_ENUM(NAT64_UDP);
TRACE_DEFINE_ENUM(NAT64_ICMP);

/* @net: inode number of the namespace, as in the attribute netns */
DECLARE_EVENT_CLASS(nat64_binding,
	TP_PROTO(unsigned int net, const struct nat64_binding *b),
	TP_ARGS(net, b),
	TP_STRUCT__entry(
		__field(unsigned int, net)
		__field(u8, proto)
		__field(bool, is_static)
		__field(u16, port6)
		__field(u16, port4)
		__array(u8, addr6, 16)
		__array(u8, addr4, 4)
	),
	TP_fast_assign(
		__entry->net = net;
		__entry->proto = b->proto;
		__entry->is_static = b->is_static;
		__entry->port6 = ntohs(b->port6);
		__entry->port4 = ntohs(b->port4);
		memcpy(__entry->addr6, &b->addr6, 16);
		memcpy(__entry->addr4, &b->addr4, 4);
	),
	TP_printk("net:[%u] %s %pI6c#%u %pI4#%u %s", __entry->net,
		  NAT64_TRACE_PROTO(__entry->proto), __entry->addr6,
		  __entry->port6, __entry->addr4, __entry->port4,
		  __entry->is_static ? "static" : "dynamic")
);

DEFINE_EVENT(nat64_binding, nat64_binding_created,
	TP_PROTO(unsigned int net, const struct nat64_binding *b),
	TP_ARGS(net, b)
);

DEFINE_EVENT(nat64_binding, nat64_binding_deleted,
	TP_PROTO(unsigned int net, const struct nat64_binding *b),
	TP_ARGS(net, b)
);

DECLARE_EVENT_CLASS(nat64_session,
	TP_PROTO(unsigned int net, const struct nat64_session *s),
	TP_ARGS(net, s),
	TP_STRUCT__entry(
		__field(unsigned int, net)
		__field(u8, proto)
		__field(u16, port6)
		__field(u16, port4)
		__field(u16, rport)
		__array(u8, addr6, 16)
		__array(u8, addr4, 4)
		__array(u8, raddr, 4)
	),
	TP_fast_assign(
		__entry->net = net;
		__entry->proto = s->tuple.proto;
		__entry->port6 = ntohs(s->tuple.port6);
		__entry->port4 = ntohs(s->tuple.port4);
		__entry->rport = ntohs(s->tuple.rport);
		memcpy(__entry->addr6, &s->tuple.addr6, 16);
		memcpy(__entry->addr4, &s->tuple.addr4, 4);
		memcpy(__entry->raddr, &s->tuple.raddr, 4);
	),
	TP_printk("net:[%u] %s %pI6c#%u %pI4#%u %pI4#%u", __entry->net,
		  NAT64_TRACE_PROTO(__entry->proto), __entry->addr6,
		  __entry->port6, __entry->addr4, __entry->port4,
		  __entry->raddr, __entry->rport)
);

DEFINE_EVENT(nat64_session, nat64_session_created,
	TP_PROTO(unsigned int net, const struct nat64_session *s),
	TP_ARGS(net, s)
);

DEFINE_EVENT(nat64_session, nat64_session_deleted,
	TP_PROTO(unsigned int net, const struct nat64_session *s),
	TP_ARGS(net, s)
);

/* A client for whom there is no port left, see pool4/<entry>/exhausted. */
TRACE_EVENT(nat64_ports_exhausted,
	TP_PROTO(unsigned int net, const struct nat64_binding *b),
	TP_ARGS(net, b),
	TP_STRUCT__entry(
		__field(unsigned int, net)
		__field(u8, proto)
		__field(u16, port6)
		__field(u32, mark)
		__array(u8, addr6, 16)
	),
	TP_fast_assign(
		__entry->net = net;
		__entry->proto = b->proto;
		__entry->port6 = ntohs(b->port6);
		__entry->mark = b->mark;
		memcpy(__entry->addr6, &b->addr6, 16);
	),
	TP_printk("net:[%u] %s %pI6c#%u mark %#x", __entry->net,
		  NAT64_TRACE_PROTO(__entry->proto), __entry->addr6,
		  __entry->port6, __entry->mark)
);

/* A packet that ends here; the reason is that of stats/drop_<reason>. */
TRACE_EVENT(nat64_drop,
	TP_PROTO(unsigned int net, const struct sk_buff *skb, u8 reason),
	TP_ARGS(net, skb, reason),
	TP_STRUCT__entry(
		__field(unsigned int, net)
		__field(const void *, skbaddr)
		__field(u16, protocol)
		__field(u32, len)
		__field(u8, reason)
	),
	TP_fast_assign(
		__entry->net = net;
		__entry->skbaddr = skb;
		__entry->protocol = ntohs(skb->protocol);
		__entry->len = skb->len;
		__entry->reason = reason;
	),
	TP_printk("net:[%u] skbaddr=%p protocol=%#06x len=%u reason: %s",
		  __entry->net, __entry->skbaddr, __entry->protocol,
		  __entry->len,
		  __print_symbolic(__entry->reason,
				   NAT64_DROP_REASONS(NAT64_TRACE_REASON)
				   { NAT64_OK, "none" }))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
