// SPDX-License-Identifier: GPL-2.0
/*
 * Packets for the tests: see skb.h.
 */
#include "skb.h"

#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/net_namespace.h>

#include "../xlat.h"

#define TCP_LEN		32	/* with timestamps */
#define UDP_LEN		8

const u8 nat64_test_client6[16] = {
	0x20, 1, 0xd, 0xb8, 0, 1, 0xff, 0xfe, 0, 0, 0xab, 0xcd, 0, 0, 0x80, 1
};

const u8 nat64_test_server6[16] = {
	0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 198, 51, 100, 7
};

const u8 nat64_test_client4[4] = { 192, 0, 2, 33 };
const u8 nat64_test_server4[4] = { 198, 51, 100, 7 };

const char *const nat64_test_layouts[LAYOUTS] = {
	"linear", "tight", "full", "cloned", "paged", "paged, cloned",
	"listed", "listed, tight", "listed, cloned", "listed, shared"
};

/* RFC 1071, as it stands there: odd bytes are padded. */
u32 nat64_test_sum(u32 sum, const u8 *p, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? p[i] : p[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static unsigned int header_len(u8 proto)
{
	switch (proto) {
	case NAT64_TCP:
		return TCP_LEN;
	case NAT64_UDP:
		return UDP_LEN;
	default:
		return ICMP_LEN;
	}
}

unsigned int nat64_test_check_offset(u8 proto)
{
	switch (proto) {
	case NAT64_TCP:
		return 16;
	case NAT64_UDP:
		return 6;
	default:
		return 2;
	}
}

static u8 number_of(u8 proto, bool v6)
{
	switch (proto) {
	case NAT64_TCP:
		return 6;
	case NAT64_UDP:
		return 17;
	default:
		return v6 ? 58 : 1;
	}
}

u32 nat64_test_pseudo_sum(const struct bytes *b, u8 proto)
{
	unsigned int len = b->len - b->thoff;
	u32 sum = len + number_of(proto, nat64_test_is_v6(b));

	if (nat64_test_is_v6(b))
		return nat64_test_sum(sum, b->data + 8, 32);
	if (proto == NAT64_ICMP)
		return 0;
	return nat64_test_sum(sum, b->data + 12, 8);
}

u32 nat64_test_full_sum(const struct bytes *b, u8 proto)
{
	return nat64_test_sum(nat64_test_pseudo_sum(b, proto),
			      b->data + b->thoff, b->len - b->thoff);
}

u8 *nat64_test_check_of(struct bytes *b, u8 proto)
{
	return b->data + b->thoff + nat64_test_check_offset(proto);
}

void nat64_test_put_check(struct bytes *b, u8 proto)
{
	u8 *at = nat64_test_check_of(b, proto);
	u16 check;

	put_unaligned_be16(0, at);
	check = ~nat64_test_full_sum(b, proto);
	if (!check && proto == NAT64_UDP)
		check = 0xffff;
	put_unaligned_be16(check, at);
}

void nat64_test_put_check4(u8 *h)
{
	put_unaligned_be16(0, h + 10);
	put_unaligned_be16(~nat64_test_sum(0, h, (h[0] & 0xf) * 4), h + 10);
}

static void put_transport(u8 *th, const struct packet *p, bool v6)
{
	static const u8 timestamps[12] = { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7 };
	u16 client = v6 ? CLIENT_PORT6 : CLIENT_PORT4;
	bool out = p->dir == NAT64_6TO4;

	if (p->proto == NAT64_ICMP) {
		th[0] = v6 ? 128 + p->reply : p->reply ? 0 : 8;
		put_unaligned_be16(client, th + 4);
		put_unaligned_be16(77, th + 6);
		return;
	}
	put_unaligned_be16(out ? client : SERVER_PORT, th);
	put_unaligned_be16(out ? SERVER_PORT : client, th + 2);
	if (p->proto == NAT64_UDP) {
		put_unaligned_be16(UDP_LEN + p->len, th + 4);
		return;
	}
	put_unaligned_be32(0xfedcba98, th + 4);
	put_unaligned_be32(0x01234567, th + 8);
	th[12] = TCP_LEN / 4 << 4;
	th[13] = 0x18;
	put_unaligned_be16(0xfff0, th + 14);
	put_unaligned_be16(3, th + 18);
	memcpy(th + 20, timestamps, sizeof(timestamps));
}

static void put_ip6(struct bytes *b, const struct packet *p, u8 hops)
{
	bool out = p->dir == NAT64_6TO4;
	u8 *h = b->data;

	put_unaligned_be32(6 << 28 | p->tos << 20 | p->flow, h);
	put_unaligned_be16(b->len - IP6_LEN, h + 4);
	h[6] = number_of(p->proto, true);
	h[7] = hops;
	memcpy(h + 8, out ? nat64_test_client6 : nat64_test_server6, 16);
	memcpy(h + 24, out ? nat64_test_server6 : nat64_test_client6, 16);
	if (b->thoff > IP6_LEN) {
		/* Destination options, all of it padding. */
		h[40] = h[6];
		h[41] = (b->thoff - IP6_LEN) / 8 - 1;
		h[42] = 1;
		h[43] = b->thoff - IP6_LEN - 4;
		h[6] = 60;
	}
}

static void put_ip4(struct bytes *b, const struct packet *p, u8 hops)
{
	bool out = p->dir == NAT64_6TO4;
	u8 *h = b->data;

	h[0] = 0x40 | b->thoff / 4;
	h[1] = p->tos;
	put_unaligned_be16(b->len, h + 2);
	put_unaligned_be16(p->df ? 0x4000 : 0, h + 6);
	h[8] = hops;
	h[9] = number_of(p->proto, false);
	memcpy(h + 12, out ? nat64_test_client4 : nat64_test_server4, 4);
	memcpy(h + 16, out ? nat64_test_server4 : nat64_test_client4, 4);
	memset(h + IP4_LEN, 1, b->thoff - IP4_LEN);
	nat64_test_put_check4(h);
}

void nat64_test_put_ip(struct bytes *b, const struct packet *p, bool v6,
		       u8 hops)
{
	if (v6)
		put_ip6(b, p, hops);
	else
		put_ip4(b, p, hops);
}

struct bytes *nat64_test_bytes(struct kunit *test)
{
	struct bytes *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	return b;
}

struct bytes *nat64_test_build(struct kunit *test, const struct packet *p,
			       bool v6, unsigned int extra, u8 hops)
{
	struct bytes *b = nat64_test_bytes(test);
	u8 *payload, *check;
	unsigned int i;

	b->thoff = (v6 ? IP6_LEN : IP4_LEN) + extra;
	b->len = b->thoff + header_len(p->proto) + p->len;
	KUNIT_ASSERT_LE(test, b->len, MAX_PACKET);
	payload = b->data + b->len - p->len;
	for (i = 0; i < p->len; i++)
		payload[i] = 7 * i + 3;
	if (p->first)
		put_unaligned_be16(p->first, payload);
	put_transport(b->data + b->thoff, p, v6);
	nat64_test_put_ip(b, p, v6, hops);
	nat64_test_put_check(b, p->proto);
	check = nat64_test_check_of(b, p->proto);
	put_unaligned_be16(get_unaligned_be16(check) ^ p->corrupt, check);
	if (p->no_sum)
		put_unaligned_be16(0, check);
	return b;
}

struct bytes *nat64_test_error(struct kunit *test, const struct message *m,
			       const struct bytes *quoted, unsigned int extra)
{
	struct bytes *b = nat64_test_bytes(test);
	unsigned int i;
	u8 *th, *ext;

	KUNIT_ASSERT_LE(test, m->quote, quoted->len);
	b->thoff = (nat64_test_is_v6(quoted) ? IP6_LEN : IP4_LEN) + extra;
	th = b->data + b->thoff;
	ext = th + ICMP_LEN + m->quote + m->pad;
	b->len = ext + m->ext - b->data;
	KUNIT_ASSERT_LE(test, b->len, MAX_PACKET);
	th[0] = m->type;
	th[1] = m->code;
	put_unaligned_be32(m->word, th + 4);
	memcpy(th + ICMP_LEN, quoted->data, m->quote);
	for (i = 0; i < m->ext; i++)
		ext[i] = 0xe1 ^ i;
	return b;
}

KUNIT_DEFINE_ACTION_WRAPPER(free_skb_action, kfree_skb, struct sk_buff *);

void nat64_test_keep(struct kunit *test, struct sk_buff *skb)
{
	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test,
							   free_skb_action,
							   skb));
}

/* @len bytes of @data as frag number @i, not at the begin of its page. */
static void add_frag(struct kunit *test, struct sk_buff *skb, unsigned int i,
		     const u8 *data, unsigned int len)
{
	struct page *page;

	if (!len)
		return;
	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	memcpy(page_address(page) + 3, data, len);
	skb_add_rx_frag(skb, i, page, 3, len, PAGE_SIZE);
}

/* @len bytes of @data as one more skb at @at, wholly in a frag if @paged. */
static struct sk_buff **add_member(struct kunit *test, struct sk_buff *skb,
				   struct sk_buff **at, const u8 *data,
				   unsigned int len, bool paged)
{
	struct sk_buff *member;

	if (!len)
		return at;
	member = alloc_skb(paged ? 0 : len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, member);
	if (paged)
		add_frag(test, member, 0, data, len);
	else
		skb_put_data(member, data, len);
	skb->len += len;
	skb->data_len += len;
	skb->truesize += member->truesize;
	*at = member;
	return &member->next;
}

static void put_tail(struct kunit *test, struct sk_buff *skb, const u8 *data,
		     unsigned int len, bool listed)
{
	unsigned int first = (len / 3) | (len > 0);
	struct sk_buff **at = &skb_shinfo(skb)->frag_list;

	if (!listed) {
		add_frag(test, skb, 0, data, first);
		add_frag(test, skb, 1, data + first, len - first);
		return;
	}
	at = add_member(test, skb, at, data, first, false);
	add_member(test, skb, at, data + first, len - first, true);
}

struct sk_buff *nat64_test_skb(struct kunit *test, const struct bytes *b,
			       enum layout layout, unsigned int tail)
{
	bool tight = layout == TIGHT || layout == LISTED_TIGHT;
	unsigned int headroom = tight ? 0 : 256;
	unsigned int linear = layout < PAGED ? b->len : b->len - tail;
	struct sk_buff *skb;

	skb = alloc_skb(headroom + linear, GFP_KERNEL);
	nat64_test_keep(test, skb);
	skb_reserve(skb, layout == FULL ? skb_tailroom(skb) - linear :
					  headroom);
	skb_put_data(skb, b->data, linear);
	put_tail(test, skb, b->data + linear, b->len - linear,
		 layout >= LISTED);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb->protocol = nat64_test_is_v6(b) ? htons(ETH_P_IPV6) :
					      htons(ETH_P_IP);
	skb->mark = 0xabcd;
	skb->priority = 5;
	__skb_set_hash(skb, 0x1234567, false, true);
	return skb;
}

struct witness nat64_test_witness(struct kunit *test, const struct bytes *in,
				  struct sk_buff *skb, enum layout layout)
{
	struct witness w = { .in = in };

	if (layout == CLONED || layout == PAGED_CLONED ||
	    layout == LISTED_CLONED) {
		w.skb = skb_clone(skb, GFP_KERNEL);
		nat64_test_keep(test, w.skb);
	} else if (layout == LISTED_SHARED && skb_has_frag_list(skb)) {
		skb_walk_frags(skb, w.skb)
			if (!w.skb->next)
				break;
		nat64_test_keep(test, skb_get(w.skb));
	}
	if (w.skb)
		w.len = w.skb->len;
	return w;
}

void nat64_test_expect_witness(struct kunit *test, const struct witness *w)
{
	struct bytes *got = nat64_test_bytes(test);

	if (!w->skb)
		return;
	KUNIT_ASSERT_EQ(test, w->skb->len, w->len);
	KUNIT_ASSERT_EQ(test, skb_copy_bits(w->skb, 0, got->data, w->len), 0);
	KUNIT_EXPECT_MEMEQ(test, got->data, w->in->data + w->in->len - w->len,
			   w->len);
}

struct nat64_session *nat64_test_session(struct kunit *test, u8 proto)
{
	struct nat64_session *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct nat64_tuple *t;
	__wsum v6, v4;

	KUNIT_ASSERT_NOT_NULL(test, s);
	t = &s->tuple;
	memcpy(&t->addr6, nat64_test_client6, 16);
	memcpy(&t->addr4, nat64_test_client4, 4);
	memcpy(&t->raddr, nat64_test_server4, 4);
	t->port6 = htons(CLIENT_PORT6);
	t->port4 = htons(CLIENT_PORT4);
	t->rport = proto == NAT64_ICMP ? 0 : htons(SERVER_PORT);
	t->proto = proto;
	t->prefix = 1;
	/* As checksum_deltas() in state.c has it. */
	v6 = csum_partial(nat64_test_client6, 16, 0);
	v6 = csum_partial(nat64_test_server6, 16, v6);
	v4 = csum_add((__force __wsum)t->addr4, (__force __wsum)t->raddr);
	s->csum_addr = ~csum_fold(csum_sub(v4, v6));
	s->csum_port = ~csum_fold(csum_sub((__force __wsum)t->port4,
					   (__force __wsum)t->port6));
	return s;
}

struct nat64_plan *nat64_test_plan(struct kunit *test, bool df, u8 tos)
{
	struct nat64_plan *plan = kunit_kzalloc(test, sizeof(*plan),
						GFP_KERNEL);
	struct net_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	struct dst_entry *dst = kunit_kzalloc(test, sizeof(*dst), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_NOT_NULL(test, dst);
	dev_net_set(dev, &init_net);
	dev->hard_header_len = 14;
	dev->needed_headroom = HEADROOM - 14;
	dst->dev = dev;
	plan->dst = dst;
	plan->df = df;
	plan->tos = tos;
	memcpy(&plan->source6, nat64_test_server6, 16);
	memcpy(&plan->server6, nat64_test_server6, 16);
	return plan;
}

struct bytes *nat64_test_bytes_of(struct kunit *test, struct sk_buff *skb)
{
	struct bytes *b = nat64_test_bytes(test);

	KUNIT_ASSERT_LE(test, skb->len, MAX_PACKET);
	b->len = skb->len;
	KUNIT_ASSERT_EQ(test, skb_copy_bits(skb, 0, b->data, b->len), 0);
	b->thoff = nat64_test_is_v6(b) ? IP6_LEN : IP4_LEN;
	return b;
}

static void adopt_id(struct bytes *want, const struct bytes *got)
{
	u8 *h = want->data;

	if (nat64_test_is_v6(want) || (h[6] & 0x40))
		return;
	memcpy(h + 4, got->data + 4, 2);
	nat64_test_put_check4(h);
}

void nat64_test_expect_bytes(struct kunit *test, struct bytes *want,
			     const struct bytes *got)
{
	KUNIT_ASSERT_EQ(test, got->len, want->len);
	adopt_id(want, got);
	KUNIT_EXPECT_MEMEQ(test, got->data, want->data, want->len);
}

void nat64_test_expect_skb(struct kunit *test, const struct sk_buff *skb,
			   bool v6, bool df)
{
	KUNIT_EXPECT_EQ(test, skb->protocol,
			v6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP));
	KUNIT_EXPECT_EQ(test, skb_network_offset(skb), 0);
	KUNIT_EXPECT_EQ(test, skb_transport_offset(skb),
			v6 ? IP6_LEN : IP4_LEN);
	KUNIT_EXPECT_EQ(test, skb_mac_offset(skb), 0);
	KUNIT_EXPECT_EQ(test, skb->mac_len, 0);
	KUNIT_EXPECT_EQ(test, (bool)skb->ignore_df, !df);
	KUNIT_EXPECT_EQ(test, skb->mark, 0xabcd);
	KUNIT_EXPECT_EQ(test, skb->priority, 5);
	KUNIT_EXPECT_EQ(test, skb->hash, 0x1234567);
	if (v6)
		KUNIT_EXPECT_GE(test, skb_headroom(skb), HEADROOM);
}
