// SPDX-License-Identifier: GPL-2.0
/*
 * An instance for the tests: see instance.h.
 */
#include "instance.h"

#include <kunit/resource.h>
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "../config.h"
#include "../flow.h"
#include "../flush.h"
#include "../state.h"
#include "../sweep.h"
#include "skb.h"

#define ADDR4	0xc0000221	/* 192.0.2.33 */
#define SERVER4	0xc6336407	/* 198.51.100.7 */

/** struct world - what test->priv is */
struct world {
	struct nat64_net *nn;
	struct nat64_pool4_entry *entry;
	u32 now;
};

static u32 frozen_clock(void)
{
	const struct world *w = kunit_get_current_test()->priv;

	return w->now;
}

static struct nat64_pool4_entry *entry_new(struct nat64_pool4 *pool)
{
	struct nat64_pool4_entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	struct nat64_pool4_span *span;
	struct nat64_why why;
	unsigned int proto;
	bool ok = true;

	if (!entry)
		return NULL;
	INIT_LIST_HEAD(&entry->spans);
	for (proto = 0; ok && proto < NAT64_PROTOS; proto++) {
		struct nat64_range range = { CLIENT_PORT4, CLIENT_PORT4 };

		entry->ranges[proto] = nat64_ranges_alloc(&range, 1,
							  GFP_KERNEL);
		ok = entry->ranges[proto];
	}
	span = ok ? nat64_pool4_span_alloc(entry, ADDR4, ADDR4, GFP_KERNEL) :
		    NULL;
	if (span) {
		list_add(&span->in_entry, &entry->spans);
		if (!nat64_pool4_add(pool, entry, &why))
			return entry;
	}
	nat64_pool4_entry_free(entry);
	return NULL;
}

/* As the control path does it, but for what is about files and namespaces. */
static int configure(struct world *w)
{
	struct nat64_prefix wkp = {
		.addr = { .s6_addr = { 0x00, 0x64, 0xff, 0x9b } },
		.len = NAT64_WKP_LEN,
	};
	struct nat64_net *nn = w->nn;
	unsigned int i;

	for (i = 0; i < NAT64_TIMEOUTS; i++)
		nn->timeouts[i] = nat64_timeout_info[i].value;
	nn->translation.icmp_errors = NAT64_ERRORS_OFF;
	RCU_INIT_POINTER(nn->pool6, nat64_pool6_alloc(&wkp, 1, NULL));
	RCU_INIT_POINTER(nn->denied, kzalloc(sizeof(struct nat64_denied),
					     GFP_KERNEL));
	w->entry = entry_new(&nn->pool4);
	return rcu_access_pointer(nn->pool6) && rcu_access_pointer(nn->denied) &&
	       w->entry ? 0 : -ENOMEM;
}

int nat64_test_instance(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	w->nn = nat64_net_create();
	if (IS_ERR(w->nn))
		return PTR_ERR(w->nn);
	w->nn->net = &init_net;
	w->now = 1000;
	test->priv = w;
	/* A test sweeps when it wants to. */
	nat64_sweep_start(w->nn);
	cancel_delayed_work_sync(&w->nn->sweep);
	kunit_activate_static_stub(test, nat64_now, frozen_clock);
	return configure(w);
}

struct nat64_net *nat64_test_nn(struct kunit *test)
{
	const struct world *w = test->priv;

	return w->nn;
}

void nat64_test_set_clock(struct kunit *test, u32 now)
{
	struct world *w = test->priv;

	w->now = now;
}

static struct nat64_tuple tuple_of(u8 proto)
{
	struct nat64_tuple t = {
		.port6 = cpu_to_be16(CLIENT_PORT6),
		.rport = cpu_to_be16(proto == NAT64_ICMP ? 0 : SERVER_PORT),
		.raddr = cpu_to_be32(SERVER4),
		.addr4 = cpu_to_be32(ADDR4),
		.port4 = cpu_to_be16(CLIENT_PORT4),
		.proto = proto,
	};

	memcpy(&t.addr6, nat64_test_client6, sizeof(t.addr6));
	return t;
}

struct nat64_binding *nat64_test_bind(struct kunit *test, u8 proto,
				      bool is_static)
{
	struct nat64_net *nn = nat64_test_nn(test);
	struct nat64_tuple t = tuple_of(proto);
	struct nat64_binding *b = NULL;

	local_bh_disable();
	rcu_read_lock();
	t.prefix = rcu_dereference(nn->pool6)->prefix[0].id;
	nat64_state_bind(nn, &t, 0, &b);
	if (b)
		b->is_static = is_static;
	rcu_read_unlock();
	local_bh_enable();
	KUNIT_ASSERT_NOT_NULL(test, b);
	return b;
}

static void unbind(struct nat64_net *nn, u8 proto)
{
	struct nat64_tuple t = tuple_of(proto);
	struct nat64_binding *b;

	rcu_read_lock();
	b = nat64_bib_find6(&nn->bib, &t);
	if (b)
		nat64_state_unbind(nn, b);
	rcu_read_unlock();
}

void nat64_test_instance_end(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int proto;

	if (!w)
		return;
	for (proto = 0; proto < NAT64_PROTOS; proto++)
		unbind(w->nn, proto);
	nat64_syns_flush(&w->nn->syns);
	if (w->entry) {
		LIST_HEAD(gone);

		nat64_pool4_del(&w->nn->pool4, w->entry, &gone);
		nat64_pool4_entry_free(w->entry);
	}
	nat64_sweep_stop(w->nn);
	nat64_net_put(w->nn);
}

static void put_flags(struct bytes *b, const struct segment *seg)
{
	static const u8 flags[NAT64_TCP_EVENTS] = {
		[NAT64_TCP_SYN] = 0x02,
		[NAT64_TCP_FIN] = 0x01,
		[NAT64_TCP_RST] = 0x04,
		[NAT64_TCP_OTHER] = 0x10,
	};

	if (seg->proto == NAT64_TCP)
		b->data[b->thoff + 13] = flags[seg->event] |
					 (seg->ack ? 0x10 : 0);
	if (seg->stranger) {
		b->data[15]++;
		nat64_test_put_check4(b->data);
	}
	nat64_test_put_check(b, seg->proto);
}

static enum nat64_reason flow(struct nat64_net *nn, struct sk_buff *skb,
			      const struct nat64_packet *pkt,
			      struct nat64_session **session)
{
	const struct nat64_pool6 *pool6 = rcu_dereference(nn->pool6);

	if (pkt->dir == NAT64_6TO4)
		return nat64_flow_6to4(nn, skb, pkt, &pool6->prefix[0],
				       session);
	return nat64_flow_4to6(nn, skb, pkt, session);
}

enum nat64_reason nat64_test_send(struct kunit *test,
				  const struct segment *seg,
				  struct nat64_session **session)
{
	bool v6 = seg->dir == NAT64_6TO4;
	struct packet p = { .proto = seg->proto, .dir = seg->dir, .reply = !v6 };
	struct bytes *b = nat64_test_build(test, &p, v6, 0, 64);
	/* As the box's own from IPv4: the kernel would not know the source. */
	struct nat64_packet pkt = { .local = !v6 };
	enum nat64_reason reason;
	struct sk_buff *skb;

	put_flags(b, seg);
	skb = nat64_test_skb(test, b, LINEAR, 0);
	skb->dev = init_net.loopback_dev;
	reason = v6 ? nat64_packet_parse6(skb, &pkt) :
		      nat64_packet_parse4(skb, &pkt);
	KUNIT_ASSERT_EQ(test, reason, NAT64_OK);
	local_bh_disable();
	rcu_read_lock();
	reason = flow(nat64_test_nn(test), skb, &pkt, session);
	rcu_read_unlock();
	local_bh_enable();
	return reason;
}

struct nat64_session *nat64_test_find(struct kunit *test, u8 proto)
{
	struct nat64_net *nn = nat64_test_nn(test);
	struct nat64_tuple t = tuple_of(proto);
	struct nat64_session *s;

	rcu_read_lock();
	s = nat64_session_find4(&nn->sessions, &t);
	rcu_read_unlock();
	return s;
}

void nat64_test_sweep(struct kunit *test)
{
	struct nat64_net *nn = nat64_test_nn(test);

	/* Probes and errors have nowhere to go. */
	nn->net = NULL;
	while (!nat64_sweep_slice(nn))
		;
	nn->net = &init_net;
}
