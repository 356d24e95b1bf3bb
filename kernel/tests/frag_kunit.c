// SPDX-License-Identifier: GPL-2.0
/*
 * Fragments: taking the header off atomic ones (RFC 6946), and cutting what
 * IPv4 may have cut as well, with its id (RFC 7915, 4.1).
 */
#include <kunit/test.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "../frag.h"
#include "skb.h"

#define FRAG_LEN	8
#define HOPS		61
#define MAC_LEN		14

/* Numbers of headers. */
enum { P_HOP = 0, P_UDP = 17, P_ROUTE = 43, P_FRAGMENT = 44, P_DEST = 60 };

static const u8 mac[MAC_LEN] = {
	2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd
};

/**
 * struct atomic_case - an IPv6 packet with UDP, and headers of 8 bytes
 * @name: of the case
 * @n: how many headers
 * @type: of each
 * @word: what the fragment headers say: offset and flags
 * @gone: which one should be gone, counted from 1; 0: none
 */
struct atomic_case {
	const char *name;
	u8 n;
	u8 type[4];
	u16 word;
	u8 gone;
};

static const struct atomic_case atomic_cases[] = {
	{ "no header", 0 },
	{ "hop by hop", 1, { P_HOP } },
	{ "atomic", 1, { P_FRAGMENT }, 0, 1 },
	/* RFC 8200, 4.5: ignored on reception. */
	{ "atomic, reserved bits", 1, { P_FRAGMENT }, 6, 1 },
	{ "atomic, behind hop by hop", 2, { P_HOP, P_FRAGMENT }, 0, 2 },
	{ "atomic, behind destination options", 2, { P_DEST, P_FRAGMENT }, 0,
	  2 },
	{ "atomic, behind three", 4, { P_HOP, P_DEST, P_ROUTE, P_FRAGMENT },
	  0, 4 },
	{ "atomic, in front of destination options", 2,
	  { P_FRAGMENT, P_DEST }, 0, 1 },
	{ "twice: the first", 2, { P_FRAGMENT, P_FRAGMENT }, 0, 1 },
	{ "the first of several", 1, { P_FRAGMENT }, 1 },
	{ "one in the middle", 1, { P_FRAGMENT }, 8 | 1 },
	{ "the last of several", 1, { P_FRAGMENT }, 8 },
	{ "the last of many", 1, { P_FRAGMENT }, 0xfff8 },
	{ "several, behind hop by hop", 2, { P_HOP, P_FRAGMENT }, 1 },
};

KUNIT_ARRAY_PARAM_DESC(atomic, atomic_cases, name);

/* The packet with its headers, but for number @gone. */
static struct bytes *build(struct kunit *test, const struct atomic_case *c,
			   unsigned int gone)
{
	struct packet p = { NAT64_UDP, NAT64_6TO4, 101 };
	unsigned int extra = 8 * (c->n - (gone > 0));
	struct bytes *b = nat64_test_build(test, &p, true, extra, HOPS);
	u8 *nexthdr = b->data + 6;
	u8 *h = b->data + IP6_LEN;
	unsigned int i;

	memset(h, 0, extra);
	for (i = 0; i < c->n; i++) {
		if (i + 1 == gone)
			continue;
		*nexthdr = c->type[i];
		nexthdr = h;
		if (c->type[i] == P_FRAGMENT) {
			put_unaligned_be16(c->word, h + 2);
			put_unaligned_be32(0xdeadbeef, h + 4);
		}
		h += 8;
	}
	*nexthdr = P_UDP;
	return b;
}

static void put_mac(struct sk_buff *skb)
{
	memcpy(skb->data - MAC_LEN, mac, MAC_LEN);
	skb_set_mac_header(skb, -MAC_LEN);
}

static void expect_stripped(struct kunit *test, struct sk_buff *skb,
			    struct bytes *want)
{
	nat64_test_expect_bytes(test, want, nat64_test_bytes_of(test, skb));
	KUNIT_EXPECT_EQ(test, skb_network_offset(skb), 0);
	KUNIT_EXPECT_EQ(test, skb->protocol, htons(ETH_P_IPV6));
}

/* Nothing but the IPv6 header need be linear. */
static void strip(struct kunit *test)
{
	const struct atomic_case *c = test->param_value;
	struct bytes *in = build(test, c, 0);
	struct bytes *want = build(test, c, c->gone);
	unsigned int layout;

	for (layout = 0; layout < LAYOUTS; layout++) {
		struct sk_buff *skb = nat64_test_skb(test, in, layout,
						     in->len - IP6_LEN);
		struct witness w = nat64_test_witness(test, in, skb, layout);

		nat64_frag_strip_atomic(skb);
		expect_stripped(test, skb, want);
		KUNIT_EXPECT_EQ(test, skb_mac_offset(skb), 0);
		/* Others may cut it further: RFC 7915, 5.1.1. */
		KUNIT_EXPECT_EQ(test, IP6CB(skb)->frag_max_size,
				c->gone ? in->len : 0);
		nat64_test_expect_witness(test, &w);
		if (test->status == KUNIT_FAILURE) {
			kunit_info(test, "layout: %s",
				   nat64_test_layouts[layout]);
			return;
		}
	}
}

/* A bridge wants the link layer's header in front of what there is now. */
static void link_layer_moves(struct kunit *test)
{
	static const u8 layouts[] = { LINEAR, CLONED, PAGED, LISTED_CLONED };
	const struct atomic_case *c = test->param_value;
	struct bytes *in = build(test, c, 0);
	struct bytes *want = build(test, c, c->gone);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct sk_buff *skb = nat64_test_skb(test, in, layouts[i],
						     in->len - IP6_LEN);
		struct witness w;

		put_mac(skb);
		w = nat64_test_witness(test, in, skb, layouts[i]);
		nat64_frag_strip_atomic(skb);
		expect_stripped(test, skb, want);
		KUNIT_ASSERT_EQ(test, skb_mac_offset(skb), -MAC_LEN);
		KUNIT_EXPECT_MEMEQ(test, skb_mac_header(skb), mac, MAC_LEN);
		nat64_test_expect_witness(test, &w);
		if (w.skb)
			KUNIT_EXPECT_MEMEQ(test, skb_mac_header(w.skb), mac,
					   MAC_LEN);
	}
}

/* What the box itself sends has no link layer's header yet. */
static void no_link_layer(struct kunit *test)
{
	const struct atomic_case *c = test->param_value;
	struct bytes *in = build(test, c, 0);
	struct sk_buff *skb = nat64_test_skb(test, in, LINEAR, 0);

	skb->mac_header = (typeof(skb->mac_header))~0U;
	nat64_frag_strip_atomic(skb);
	expect_stripped(test, skb, build(test, c, c->gone));
	KUNIT_EXPECT_FALSE(test, skb_mac_header_was_set(skb));
}

/* Nobody sends such a super-packet, but a guest. */
static void super_packet(struct kunit *test)
{
	static const struct atomic_case c = { "", 1, { P_FRAGMENT }, 0, 1 };
	struct bytes *in = build(test, &c, 0);
	struct sk_buff *skb = nat64_test_skb(test, in, LINEAR, 0);

	skb_shinfo(skb)->gso_size = 50;
	skb_shinfo(skb)->gso_type = SKB_GSO_UDP_L4 | SKB_GSO_DODGY;
	nat64_frag_strip_atomic(skb);
	expect_stripped(test, skb, in);
}

/* A packet that ends before its headers do is left alone. */
static void too_short(struct kunit *test)
{
	static const struct atomic_case c = {
		"", 2, { P_HOP, P_FRAGMENT }, 0, 2
	};
	struct bytes *in = build(test, &c, 0);
	unsigned int i;

	for (i = IP6_LEN; i < in->thoff; i++) {
		struct bytes *cut = nat64_test_bytes(test);
		struct sk_buff *skb;

		/* What is behind the end would be a fragment header. */
		skb = nat64_test_skb(test, in, LINEAR, 0);
		__skb_trim(skb, i);
		*cut = *in;
		cut->len = i;
		nat64_frag_strip_atomic(skb);
		expect_stripped(test, skb, cut);
	}
}

/* Nor is there a fragment header behind one that goes beyond the end. */
static void header_beyond_the_end(struct kunit *test)
{
	static const struct atomic_case c = {
		"", 2, { P_HOP, P_FRAGMENT }, 0, 2
	};
	struct bytes *in = build(test, &c, 0);
	struct sk_buff *skb;

	in->data[IP6_LEN + 1] = 255;
	skb = nat64_test_skb(test, in, LINEAR, 0);
	nat64_frag_strip_atomic(skb);
	expect_stripped(test, skb, in);
}

static void nothing_behind(struct kunit *test)
{
	static const struct atomic_case c = { "", 1, { P_FRAGMENT }, 0, 1 };
	struct bytes *in = build(test, &c, 0);
	struct bytes *want = build(test, &c, 1);
	struct sk_buff *skb;

	in->len = IP6_LEN + FRAG_LEN;
	want->len = IP6_LEN;
	put_unaligned_be16(0, want->data + 4);
	skb = nat64_test_skb(test, in, LINEAR, 0);
	nat64_frag_strip_atomic(skb);
	expect_stripped(test, skb, want);
}

/* A device's sum is of all there was; a partial one is where it was. */
static void checksums(struct kunit *test)
{
	static const struct atomic_case c = { "", 1, { P_FRAGMENT }, 0, 1 };
	struct bytes *in = build(test, &c, 0);
	unsigned int layout;

	for (layout = 0; layout < LAYOUTS; layout++) {
		struct sk_buff *skb = nat64_test_skb(test, in, layout, 9);

		skb->ip_summed = CHECKSUM_COMPLETE;
		nat64_frag_strip_atomic(skb);
		KUNIT_EXPECT_EQ(test, (u8)skb->ip_summed, CHECKSUM_NONE);

		skb = nat64_test_skb(test, in, layout, 9);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) + in->thoff;
		nat64_frag_strip_atomic(skb);
		KUNIT_EXPECT_EQ(test, (u8)skb->ip_summed, CHECKSUM_PARTIAL);
		KUNIT_EXPECT_EQ(test, skb_checksum_start_offset(skb), IP6_LEN);
	}
}

/** struct cut_case - an IPv6 packet that is to be cut */
struct cut_case {
	const char *name;
	u16 len;	/* of the payload */
	u16 mtu;
	u16 id;
	u16 rest;	/* of the payload of IPv6 in the last fragment */
	u8 n;
};

/* Fragments carry a multiple of 8 bytes: 1232 of 1280, 1448 of 1500. */
static const struct cut_case cut_cases[] = {
	{ "two of 1280", 1400, 1280, 0xbeef, 176, 2 },
	{ "two of 1280, the last of 1 byte", 1225, 1280, 1, 1, 2 },
	{ "three of 1280", 3000, 1280, 0, 544, 3 },
	{ "four of 1500", 5000, 1500, 0xffff, 664, 4 },
	{ "1287 is no more than 1280", 1400, 1287, 7, 176, 2 },
	{ "1288 is", 1400, 1288, 7, 168, 2 },
	{ "just what fits", 1224, 1280, 7, 1232, 1 },
};

KUNIT_ARRAY_PARAM_DESC(cut, cut_cases, name);

/** struct route - to a link that keeps what is sent there */
struct route {
	struct rt6_info rt;
	struct sk_buff_head sent;
};

static int collect(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct route *route = container_of(skb_dst(skb), struct route, rt.dst);

	__skb_queue_tail(&route->sent, skb);
	return 0;
}

static struct route *make_route(struct kunit *test)
{
	struct net_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	struct route *route = kunit_kzalloc(test, sizeof(*route), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_NOT_NULL(test, route);
	dev_net_set(dev, &init_net);
	dev->hard_header_len = MAC_LEN;
	route->rt.dst.dev = dev;
	route->rt.dst.output = collect;
	rcuref_init(&route->rt.dst.__rcuref, 1);
	__skb_queue_head_init(&route->sent);
	return route;
}

/* Fragment number @i, as it should be. */
static struct bytes *fragment(struct kunit *test, const struct bytes *in,
			      const struct cut_case *c, unsigned int i)
{
	unsigned int step = (c->mtu - IP6_LEN - FRAG_LEN) & ~7;
	bool last = i + 1 == c->n;
	unsigned int len = last ? c->rest : step;
	struct bytes *b = nat64_test_bytes(test);
	u8 *h = b->data + IP6_LEN;

	b->len = IP6_LEN + FRAG_LEN + len;
	memcpy(b->data, in->data, IP6_LEN);
	memcpy(h + FRAG_LEN, in->data + IP6_LEN + i * step, len);
	put_unaligned_be16(FRAG_LEN + len, b->data + 4);
	b->data[6] = P_FRAGMENT;
	h[0] = P_UDP;
	put_unaligned_be16(i * step | !last, h + 2);
	put_unaligned_be32(c->id, h + 4);
	return b;
}

static void expect_fragments(struct kunit *test, struct sk_buff_head *sent,
			     const struct bytes *in, const struct cut_case *c)
{
	struct sk_buff *skb;
	unsigned int i = 0;

	KUNIT_EXPECT_EQ(test, skb_queue_len(sent), c->n);
	while ((skb = __skb_dequeue(sent))) {
		struct bytes *got = nat64_test_bytes_of(test, skb);

		/* POST_ROUTING is not to see it again. */
		KUNIT_EXPECT_TRUE(test,
				  IP6CB(skb)->flags & IP6SKB_REROUTED);
		KUNIT_EXPECT_LE(test, got->len, c->mtu);
		kfree_skb(skb);
		if (i < c->n)
			nat64_test_expect_bytes(test,
						fragment(test, in, c, i),
						got);
		i++;
	}
}

static void output(struct kunit *test)
{
	const struct cut_case *c = test->param_value;
	struct packet p = { NAT64_UDP, NAT64_4TO6, c->len };
	struct bytes *in = nat64_test_build(test, &p, true, 0, HOPS);
	struct route *route = make_route(test);
	unsigned int layout;

	for (layout = 0; layout < LAYOUTS; layout++) {
		struct sk_buff *skb = nat64_test_skb(test, in, layout, c->len);

		KUNIT_EXPECT_FALSE(test, nat64_frag_planned6(skb));
		nat64_frag_plan6(skb, c->mtu, c->id);
		KUNIT_EXPECT_TRUE(test, nat64_frag_planned6(skb));
		skb_dst_set_noref(skb, &route->rt.dst);
		/* It is gone then, but not for the test's end. */
		KUNIT_EXPECT_EQ(test, nat64_frag_output6(&init_net, NULL,
							 skb_get(skb)), 0);
		expect_fragments(test, &route->sent, in, c);
	}
}

/* IPv6's own part of the control block is left alone. */
static void plan(struct kunit *test)
{
	struct packet p = { NAT64_UDP, NAT64_4TO6, 100 };
	struct bytes *in = nat64_test_build(test, &p, true, 0, HOPS);
	struct sk_buff *skb = nat64_test_skb(test, in, LINEAR, 0);
	struct inet6_skb_parm before;

	memset(IP6CB(skb), 0xa5, sizeof(before));
	before = *IP6CB(skb);
	KUNIT_EXPECT_FALSE(test, nat64_frag_planned6(skb));
	nat64_frag_plan6(skb, 1280, 0xffff);
	KUNIT_EXPECT_TRUE(test, nat64_frag_planned6(skb));
	KUNIT_EXPECT_MEMEQ(test, IP6CB(skb), &before, sizeof(before));
	nat64_frag_plan6(skb, 0, 0);
	KUNIT_EXPECT_FALSE(test, nat64_frag_planned6(skb));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(strip, atomic_gen_params),
	KUNIT_CASE_PARAM(link_layer_moves, atomic_gen_params),
	KUNIT_CASE_PARAM(no_link_layer, atomic_gen_params),
	KUNIT_CASE(super_packet),
	KUNIT_CASE(too_short),
	KUNIT_CASE(header_beyond_the_end),
	KUNIT_CASE(nothing_behind),
	KUNIT_CASE(checksums),
	KUNIT_CASE_PARAM(output, cut_gen_params),
	KUNIT_CASE(plan),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_frag",
	.test_cases = cases,
};

kunit_test_suites(&suite);
