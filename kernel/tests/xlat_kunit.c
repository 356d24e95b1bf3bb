// SPDX-License-Identifier: GPL-2.0
/*
 * The rewriting: bytes in, bytes out. Each packet is made twice from the same
 * description, once for each family, byte by byte and with checksums of our
 * own; what the translation makes of the one must be the other.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/net_namespace.h>

#include "../xlat.h"

#define IP6_LEN		40
#define IP4_LEN		20
#define TCP_LEN		32	/* with timestamps */
#define UDP_LEN		8
#define ECHO_LEN	8
#define MAX_PACKET	2048
#define HOPS		61
#define HEADROOM	128	/* what the device of the plan asks for */

static const u8 client6[16] = {
	0x20, 1, 0xd, 0xb8, 0, 1, 0xff, 0xfe, 0, 0, 0xab, 0xcd, 0, 0, 0x80, 1
};

static const u8 server6[16] = {
	0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 198, 51, 100, 7
};

static const u8 client4[4] = { 192, 0, 2, 33 };
static const u8 server4[4] = { 198, 51, 100, 7 };

#define CLIENT_PORT6	40001
#define CLIENT_PORT4	61234
#define SERVER_PORT	443

enum layout {
	LINEAR,		/* with room in front */
	TIGHT,		/* without */
	CLONED,		/* someone else reads it */
	PAGED,		/* headers linear, the rest in two frags of odd size */
	PAGED_CLONED,
	LAYOUTS
};

/**
 * struct packet - what a packet is, in both families
 * @proto: enum nat64_proto
 * @dir: where it goes
 * @len: of the payload
 * @layout: of the skb
 * @reply: an echo reply, not a request
 * @df: IPv4: DF is set
 * @tos: traffic class
 * @flow: IPv6: flow label
 * @extra: bytes of IPv4 options, or of IPv6 extension headers
 * @first: the first word of the payload
 * @corrupt: what is xored to the checksum
 * @no_sum: UDP without a checksum
 */
struct packet {
	u8 proto;
	u8 dir;
	u16 len;
	u8 layout;
	bool reply;
	bool df;
	u8 tos;
	u32 flow;
	u8 extra;
	u16 first;
	u16 corrupt;
	bool no_sum;
};

/** struct bytes - a packet as it is on the wire */
struct bytes {
	unsigned int len;
	unsigned int thoff;
	u8 data[MAX_PACKET];
};

/* RFC 1071, as it stands there: the sum of 16 bit words, odd bytes padded. */
static u32 sum_words(u32 sum, const u8 *p, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? p[i] : p[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static bool is_v6(const struct bytes *b)
{
	return b->data[0] >> 4 == 6;
}

static unsigned int header_len(u8 proto)
{
	switch (proto) {
	case NAT64_TCP:
		return TCP_LEN;
	case NAT64_UDP:
		return UDP_LEN;
	default:
		return ECHO_LEN;
	}
}

static unsigned int check_offset(u8 proto)
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

/* The sum of the pseudo header; ICMP has one in IPv6 only. */
static u32 pseudo_sum(const struct bytes *b, u8 proto)
{
	unsigned int len = b->len - b->thoff;
	u32 sum = len + number_of(proto, is_v6(b));

	if (is_v6(b))
		return sum_words(sum, b->data + 8, 32);
	if (proto == NAT64_ICMP)
		return 0;
	return sum_words(sum, b->data + 12, 8);
}

/* All of what the checksum covers: 0xffff if it is right. */
static u32 full_sum(const struct bytes *b, u8 proto)
{
	return sum_words(pseudo_sum(b, proto), b->data + b->thoff,
			 b->len - b->thoff);
}

static u8 *check_of(struct bytes *b, u8 proto)
{
	return b->data + b->thoff + check_offset(proto);
}

static void put_check(struct bytes *b, u8 proto)
{
	u16 check;

	put_unaligned_be16(0, check_of(b, proto));
	check = ~full_sum(b, proto);
	if (!check && proto == NAT64_UDP)
		check = 0xffff;
	put_unaligned_be16(check, check_of(b, proto));
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
	memcpy(h + 8, out ? client6 : server6, 16);
	memcpy(h + 24, out ? server6 : client6, 16);
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
	memcpy(h + 12, out ? client4 : server4, 4);
	memcpy(h + 16, out ? server4 : client4, 4);
	memset(h + IP4_LEN, 1, b->thoff - IP4_LEN);
	put_unaligned_be16(~sum_words(0, h, b->thoff), h + 10);
}

/* The packet as IPv6 or IPv4; options and extension headers if @extra. */
static struct bytes *build(struct kunit *test, const struct packet *p,
			   bool v6, unsigned int extra, u8 hops)
{
	struct bytes *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	u8 *payload;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->thoff = (v6 ? IP6_LEN : IP4_LEN) + extra;
	b->len = b->thoff + header_len(p->proto) + p->len;
	KUNIT_ASSERT_LE(test, b->len, MAX_PACKET);
	payload = b->data + b->len - p->len;
	for (i = 0; i < p->len; i++)
		payload[i] = 7 * i + 3;
	if (p->first)
		put_unaligned_be16(p->first, payload);
	put_transport(b->data + b->thoff, p, v6);
	if (v6)
		put_ip6(b, p, hops);
	else
		put_ip4(b, p, hops);
	put_check(b, p->proto);
	if (p->corrupt)
		put_unaligned_be16(get_unaligned_be16(check_of(b, p->proto)) ^
				   p->corrupt, check_of(b, p->proto));
	if (p->no_sum)
		put_unaligned_be16(0, check_of(b, p->proto));
	return b;
}

static struct bytes *build_in(struct kunit *test, const struct packet *p)
{
	return build(test, p, p->dir == NAT64_6TO4, p->extra, HOPS);
}

/* What should come out of the translation; what it drops is not in it. */
static struct bytes *build_out(struct kunit *test, const struct packet *p)
{
	struct packet out = *p;

	out.flow = 0;
	return build(test, &out, p->dir == NAT64_4TO6, 0, HOPS - 1);
}

KUNIT_DEFINE_ACTION_WRAPPER(free_skb_action, kfree_skb, struct sk_buff *);

static void keep_skb(struct kunit *test, struct sk_buff *skb)
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

static struct sk_buff *make_skb(struct kunit *test, const struct bytes *b,
				const struct packet *p)
{
	bool paged = p->layout == PAGED || p->layout == PAGED_CLONED;
	unsigned int headroom = p->layout == TIGHT ? 0 : 256;
	unsigned int linear = paged ? b->len - p->len : b->len;
	unsigned int first = (p->len / 3) | (p->len > 0);
	struct sk_buff *skb;

	skb = alloc_skb(headroom + linear, GFP_KERNEL);
	keep_skb(test, skb);
	skb_reserve(skb, headroom);
	skb_put_data(skb, b->data, linear);
	if (paged) {
		add_frag(test, skb, 0, b->data + linear, first);
		add_frag(test, skb, 1, b->data + linear + first,
			 p->len - first);
	}
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb->protocol = is_v6(b) ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
	skb->mark = 0xabcd;
	skb->priority = 5;
	__skb_set_hash(skb, 0x1234567, false, true);
	return skb;
}

static struct nat64_session *make_session(struct kunit *test, u8 proto)
{
	struct nat64_session *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct nat64_tuple *t;
	__wsum v6, v4;

	KUNIT_ASSERT_NOT_NULL(test, s);
	t = &s->tuple;
	memcpy(&t->addr6, client6, sizeof(client6));
	memcpy(&t->addr4, client4, sizeof(client4));
	memcpy(&t->raddr, server4, sizeof(server4));
	t->port6 = htons(CLIENT_PORT6);
	t->port4 = htons(CLIENT_PORT4);
	t->rport = proto == NAT64_ICMP ? 0 : htons(SERVER_PORT);
	t->proto = proto;
	t->prefix = 1;
	/* As checksum_deltas() in state.c has it. */
	v6 = csum_partial(client6, sizeof(client6), 0);
	v6 = csum_partial(server6, sizeof(server6), v6);
	v4 = csum_add((__force __wsum)t->addr4, (__force __wsum)t->raddr);
	s->csum_addr = ~csum_fold(csum_sub(v4, v6));
	s->csum_port = ~csum_fold(csum_sub((__force __wsum)t->port4,
					   (__force __wsum)t->port6));
	return s;
}

static struct nat64_plan *make_plan(struct kunit *test, const struct packet *p)
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
	plan->df = p->df;
	plan->tos = p->tos;
	memcpy(&plan->source6, server6, sizeof(server6));
	return plan;
}

static enum nat64_reason translate_by(struct kunit *test, struct sk_buff *skb,
				      const struct bytes *b,
				      const struct packet *p,
				      const struct nat64_plan *plan)
{
	struct nat64_packet pkt = {
		.thoff = b->thoff,
		.thlen = p->proto == NAT64_TCP ? sizeof(struct tcphdr) :
						 UDP_LEN,
		.proto = p->proto,
	};
	struct nat64_session *s = make_session(test, p->proto);

	if (p->dir == NAT64_6TO4)
		return nat64_xlat_6to4(skb, &pkt, s, plan);
	return nat64_xlat_4to6(skb, &pkt, s, plan);
}

static enum nat64_reason translate(struct kunit *test, struct sk_buff *skb,
				   const struct bytes *b,
				   const struct packet *p)
{
	return translate_by(test, skb, b, p, make_plan(test, p));
}

/* The bytes of an skb, from its network header on. */
static struct bytes *bytes_of(struct kunit *test, struct sk_buff *skb)
{
	struct bytes *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_ASSERT_LE(test, skb->len, MAX_PACKET);
	b->len = skb->len;
	KUNIT_ASSERT_EQ(test, skb_copy_bits(skb, 0, b->data, b->len), 0);
	b->thoff = is_v6(b) ? IP6_LEN : IP4_LEN;
	return b;
}

/* An id that is drawn at random can not be expected: take it as it is. */
static void adopt_id(struct bytes *want, const struct bytes *got)
{
	u8 *h = want->data;

	if (is_v6(want) || (h[6] & 0x40))
		return;
	memcpy(h + 4, got->data + 4, 2);
	put_unaligned_be16(0, h + 10);
	put_unaligned_be16(~sum_words(0, h, IP4_LEN), h + 10);
}

static void expect_bytes(struct kunit *test, struct bytes *want,
			 const struct bytes *got)
{
	KUNIT_ASSERT_EQ(test, got->len, want->len);
	adopt_id(want, got);
	KUNIT_EXPECT_MEMEQ(test, got->data, want->data, want->len);
}

static void expect_skb(struct kunit *test, const struct sk_buff *skb,
		       const struct packet *p)
{
	bool v6 = p->dir == NAT64_4TO6;

	KUNIT_EXPECT_EQ(test, skb->protocol,
			v6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP));
	KUNIT_EXPECT_EQ(test, skb_network_offset(skb), 0);
	KUNIT_EXPECT_EQ(test, skb_transport_offset(skb),
			v6 ? IP6_LEN : IP4_LEN);
	KUNIT_EXPECT_EQ(test, skb_mac_offset(skb), 0);
	KUNIT_EXPECT_EQ(test, skb->mac_len, 0);
	KUNIT_EXPECT_EQ(test, (bool)skb->ignore_df, !p->df);
	KUNIT_EXPECT_EQ(test, skb->mark, 0xabcd);
	KUNIT_EXPECT_EQ(test, skb->priority, 5);
	KUNIT_EXPECT_EQ(test, skb->hash, 0x1234567);
	if (v6)
		KUNIT_EXPECT_GE(test, skb_headroom(skb), HEADROOM);
}

enum { ROW_TCP, ROW_UDP, ROW_REQUEST, ROW_REPLY };

#define PER_ROW		(NAT64_DIRS * LAYOUTS)

static void make_packet(struct packet *p, unsigned int n, char *desc)
{
	static const char * const rows[] = {
		"TCP", "UDP", "echo request", "echo reply"
	};
	static const char * const layouts[] = {
		"linear", "tight", "cloned", "paged", "paged, cloned"
	};
	unsigned int row = n / PER_ROW;

	*p = (struct packet){
		.proto = min(row, NAT64_ICMP),
		.dir = n / LAYOUTS % NAT64_DIRS,
		.layout = n % LAYOUTS,
		.reply = row == ROW_REPLY,
		.tos = 0xb9,
	};
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %s, %s",
		 p->dir == NAT64_6TO4 ? "6to4" : "4to6", rows[row],
		 layouts[p->layout]);
}

/* Directions and layouts, each with each, for some protocols. */
static const void *next_packet(const void *prev, char *desc,
			       unsigned int first, unsigned int last)
{
	static struct packet packet;
	static unsigned int n;

	n = prev ? n + 1 : first * PER_ROW;
	if (n == (last + 1) * PER_ROW)
		return NULL;
	make_packet(&packet, n, desc);
	return &packet;
}

static const void *every_gen_params(struct kunit *test, const void *prev,
				    char *desc)
{
	return next_packet(prev, desc, ROW_TCP, ROW_REPLY);
}

static const void *tcp_udp_gen_params(struct kunit *test, const void *prev,
				      char *desc)
{
	return next_packet(prev, desc, ROW_TCP, ROW_UDP);
}

static const void *udp_gen_params(struct kunit *test, const void *prev,
				  char *desc)
{
	return next_packet(prev, desc, ROW_UDP, ROW_UDP);
}

/* The packet of the case with payloads of none, few and many bytes. */
static void with_payloads(struct kunit *test,
			  void (*fn)(struct kunit *test, struct packet p))
{
	static const u16 lens[] = { 0, 1, 2, 15, 1201, 1460 };
	struct packet p = *(const struct packet *)test->param_value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		p.len = lens[i];
		p.df = p.len > 1000;
		fn(test, p);
	}
}

static struct sk_buff *clone_if_asked(struct kunit *test, struct sk_buff *skb,
				      const struct packet *p)
{
	struct sk_buff *clone;

	if (p->layout != CLONED && p->layout != PAGED_CLONED)
		return NULL;
	clone = skb_clone(skb, GFP_KERNEL);
	keep_skb(test, clone);
	return clone;
}

static void there(struct kunit *test, struct packet p)
{
	struct bytes *in = build_in(test, &p);
	struct sk_buff *skb = make_skb(test, in, &p);
	struct sk_buff *clone = clone_if_asked(test, skb, &p);

	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	expect_bytes(test, build_out(test, &p), bytes_of(test, skb));
	expect_skb(test, skb, &p);
	/* Who else holds the packet sees it as it was. */
	if (clone)
		expect_bytes(test, in, bytes_of(test, clone));
}

static void bytes_in_bytes_out(struct kunit *test)
{
	with_payloads(test, there);
}

/* The server sends back what it got: addresses and ports change places. */
static void reflect(struct bytes *b, u8 proto)
{
	unsigned int len = is_v6(b) ? 16 : 4;
	u8 *from = b->data + (is_v6(b) ? 8 : 12);
	u8 *th = b->data + b->thoff;
	unsigned int i;

	for (i = 0; i < len; i++)
		swap(from[i], from[len + i]);
	if (proto == NAT64_ICMP)
		return;
	for (i = 0; i < 2; i++)
		swap(th[i], th[2 + i]);
}

/*
 * There and back again, through a mirror, which leaves checksums as they are:
 * all that is left of it is the hop limit.
 */
static void back_again(struct kunit *test, struct packet p)
{
	struct bytes *in = build_in(test, &p);
	struct sk_buff *skb = make_skb(test, in, &p);
	unsigned int hops = p.dir == NAT64_6TO4 ? 7 : 8;
	struct bytes *mid, *out;

	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	mid = bytes_of(test, skb);
	reflect(mid, p.proto);
	p.dir = !p.dir;
	skb = make_skb(test, mid, &p);
	KUNIT_ASSERT_EQ(test, translate(test, skb, mid, &p), NAT64_OK);
	out = bytes_of(test, skb);
	reflect(out, p.proto);
	KUNIT_EXPECT_EQ(test, out->data[hops], HOPS - 2);
	out->data[hops] = HOPS;
	if (!is_v6(in)) {
		put_unaligned_be16(0, out->data + 10);
		put_unaligned_be16(~sum_words(0, out->data, IP4_LEN),
				   out->data + 10);
	}
	expect_bytes(test, in, out);
}

static void there_and_back(struct kunit *test)
{
	with_payloads(test, back_again);
}

/* What a device or skb_checksum_help() does with a partial checksum. */
static void finish_checksum(struct kunit *test, const struct sk_buff *skb,
			    struct bytes *b, u8 proto)
{
	u8 *check = check_of(b, proto);
	u16 sum;

	KUNIT_ASSERT_EQ(test, (u8)skb->ip_summed, CHECKSUM_PARTIAL);
	KUNIT_ASSERT_EQ(test, skb_checksum_start_offset(skb), b->thoff);
	KUNIT_ASSERT_EQ(test, skb->csum_offset, check_offset(proto));
	sum = ~sum_words(0, b->data + b->thoff, b->len - b->thoff);
	put_unaligned_be16(sum ?: 0xffff, check);
	if (!sum && proto != NAT64_UDP)
		put_unaligned_be16(0, check);
}

static void make_partial(struct sk_buff *skb, struct bytes *b, u8 proto)
{
	put_unaligned_be16(pseudo_sum(b, proto), check_of(b, proto));
	skb_store_bits(skb, b->thoff + check_offset(proto),
		       check_of(b, proto), 2);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + b->thoff;
	skb->csum_offset = check_offset(proto);
}

/*
 * A partial checksum is one of the pseudo header alone, and stays so. No
 * Linux host makes one for ICMP, but a guest may ask for it by way of its
 * virtio_net_hdr.
 */
static void partial(struct kunit *test, struct packet p)
{
	struct bytes *in = build_in(test, &p);
	struct sk_buff *skb = make_skb(test, in, &p);
	struct bytes *out;

	make_partial(skb, in, p.proto);
	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	out = bytes_of(test, skb);
	/* One's complement has two zeros; which of them does not matter. */
	KUNIT_EXPECT_EQ(test, pseudo_sum(out, p.proto) % 0xffff,
			get_unaligned_be16(check_of(out, p.proto)) % 0xffff);
	finish_checksum(test, skb, out, p.proto);
	expect_bytes(test, build_out(test, &p), out);
}

static void partial_stays_partial(struct kunit *test)
{
	with_payloads(test, partial);
}

/* RFC 7915, 4.5: IPv6 needs a checksum that the IPv4 sender did not make. */
static void zero_checksum(struct kunit *test, struct packet p)
{
	struct sk_buff *skb;
	struct bytes *in, *out;

	p.no_sum = true;
	in = build_in(test, &p);
	skb = make_skb(test, in, &p);
	if (p.dir == NAT64_6TO4) {
		struct nat64_packet pkt;

		KUNIT_EXPECT_EQ(test, nat64_packet_parse6(skb, &pkt),
				NAT64_DROP_udp_zero_checksum);
		return;
	}
	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	out = bytes_of(test, skb);
	finish_checksum(test, skb, out, p.proto);
	p.no_sum = false;
	expect_bytes(test, build_out(test, &p), out);
}

static void udp_without_checksum(struct kunit *test)
{
	with_payloads(test, zero_checksum);
}

struct way {
	const char *name;
	u8 proto;
	u8 dir;
};

static const struct way ways[] = {
	{ "TCP 6to4", NAT64_TCP, NAT64_6TO4 },
	{ "TCP 4to6", NAT64_TCP, NAT64_4TO6 },
	{ "UDP 6to4", NAT64_UDP, NAT64_6TO4 },
	{ "UDP 4to6", NAT64_UDP, NAT64_4TO6 },
	{ "ICMP 6to4", NAT64_ICMP, NAT64_6TO4 },
	{ "ICMP 4to6", NAT64_ICMP, NAT64_4TO6 },
};

KUNIT_ARRAY_PARAM_DESC(way, ways, name);

/* Neither made good nor worse: what the full sum is off by stays the same. */
static void expect_corrupt(struct kunit *test, struct packet p)
{
	struct bytes *in = build_in(test, &p);
	struct sk_buff *skb = make_skb(test, in, &p);
	struct bytes *want, *got;

	KUNIT_ASSERT_NE(test, full_sum(in, p.proto), 0xffff);
	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	got = bytes_of(test, skb);
	KUNIT_EXPECT_EQ(test, full_sum(got, p.proto) % 0xffff,
			full_sum(in, p.proto) % 0xffff);
	/* And nothing else is other than in a good packet. */
	p.corrupt = 0;
	want = build_out(test, &p);
	memcpy(check_of(want, p.proto), check_of(got, p.proto), 2);
	expect_bytes(test, want, got);
}

static void corrupt_stays_corrupt(struct kunit *test)
{
	static const u16 masks[] = { 0x0001, 0x0100, 0x8000, 0x1234, 0xffff };
	const struct way *way = test->param_value;
	struct packet p = { way->proto, way->dir, 101 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(masks); i++) {
		p.corrupt = masks[i];
		expect_corrupt(test, p);
	}
}

struct extra_case {
	const char *name;
	struct packet packet;
};

static const struct extra_case extra_cases[] = {
	{ "a flow label", { NAT64_TCP, NAT64_6TO4, 9, .flow = 0xfedcb } },
	{ "8 bytes of extension headers",
	  { NAT64_TCP, NAT64_6TO4, 9, .extra = 8 } },
	{ "64 bytes of extension headers",
	  { NAT64_UDP, NAT64_6TO4, 9, PAGED, .extra = 64 } },
	{ "extension headers before an echo",
	  { NAT64_ICMP, NAT64_6TO4, 9, CLONED, .extra = 16 } },
	{ "4 bytes of options", { NAT64_TCP, NAT64_4TO6, 9, .extra = 4 } },
	{ "20 bytes of options, no change of length",
	  { NAT64_UDP, NAT64_4TO6, 9, TIGHT, .extra = 20 } },
	{ "40 bytes of options", { NAT64_UDP, NAT64_4TO6, 9, PAGED,
				   .extra = 40 } },
	{ "options before an echo", { NAT64_ICMP, NAT64_4TO6, 9, TIGHT,
				      .extra = 8 } },
	{ "all ones as traffic class", { NAT64_TCP, NAT64_6TO4, 9,
					 .tos = 0xff } },
	{ "all ones as TOS", { NAT64_TCP, NAT64_4TO6, 9, .tos = 0xff } },
	{ "DF 6to4, small", { NAT64_TCP, NAT64_6TO4, 9, .df = true } },
	{ "DF 4to6, small", { NAT64_TCP, NAT64_4TO6, 9, .df = true } },
	{ "no DF 6to4, large", { NAT64_UDP, NAT64_6TO4, 1900 } },
	{ "no DF 4to6, large", { NAT64_UDP, NAT64_4TO6, 1900 } },
};

KUNIT_ARRAY_PARAM_DESC(extra, extra_cases, name);

/* What has no place in the other family goes, what has one is kept. */
static void headers(struct kunit *test)
{
	const struct extra_case *c = test->param_value;
	struct bytes *in = build_in(test, &c->packet);
	struct sk_buff *skb = make_skb(test, in, &c->packet);

	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &c->packet), NAT64_OK);
	expect_bytes(test, build_out(test, &c->packet), bytes_of(test, skb));
	expect_skb(test, skb, &c->packet);
}

struct zero_case {
	const char *name;
	u8 proto;
	u8 dir;
	bool in;
	u16 check;
};

static const struct zero_case zero_cases[] = {
	{ "TCP 6to4, becomes 0", NAT64_TCP, NAT64_6TO4, false, 0 },
	{ "TCP 4to6, becomes 0", NAT64_TCP, NAT64_4TO6, false, 0 },
	{ "TCP 6to4, was 0", NAT64_TCP, NAT64_6TO4, true, 0 },
	{ "TCP 4to6, was 0", NAT64_TCP, NAT64_4TO6, true, 0 },
	{ "UDP 6to4, becomes 0xffff", NAT64_UDP, NAT64_6TO4, false, 0xffff },
	{ "UDP 4to6, becomes 0xffff", NAT64_UDP, NAT64_4TO6, false, 0xffff },
	{ "UDP 6to4, was 0xffff", NAT64_UDP, NAT64_6TO4, true, 0xffff },
	{ "UDP 4to6, was 0xffff", NAT64_UDP, NAT64_4TO6, true, 0xffff },
	{ "ICMP 6to4, becomes 0", NAT64_ICMP, NAT64_6TO4, false, 0 },
	{ "ICMP 4to6, becomes 0", NAT64_ICMP, NAT64_4TO6, false, 0 },
	{ "ICMP 6to4, was 0", NAT64_ICMP, NAT64_6TO4, true, 0 },
	{ "ICMP 4to6, was 0", NAT64_ICMP, NAT64_4TO6, true, 0 },
};

KUNIT_ARRAY_PARAM_DESC(zero, zero_cases, name);

/*
 * A payload that makes the checksum zero on one of the sides. Its first word
 * is the checksum that the packet has with zero there.
 */
static void checksum_zero(struct kunit *test)
{
	const struct zero_case *c = test->param_value;
	struct packet p = { c->proto, c->dir, 100 };
	struct bytes *in, *out, *tuned;
	struct sk_buff *skb;

	tuned = c->in ? build_in(test, &p) : build_out(test, &p);
	put_unaligned_be16(0, tuned->data + tuned->len - p.len);
	put_check(tuned, p.proto);
	p.first = get_unaligned_be16(check_of(tuned, p.proto));
	in = build_in(test, &p);
	out = build_out(test, &p);
	KUNIT_ASSERT_EQ(test, c->check,
			get_unaligned_be16(check_of(c->in ? in : out, p.proto)));
	skb = make_skb(test, in, &p);
	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	expect_bytes(test, out, bytes_of(test, skb));
}

struct summed_case {
	const char *name;
	u8 dir;
	u8 before;
	u8 after;
};

static const struct summed_case summed_cases[] = {
	{ "6to4 none", NAT64_6TO4, CHECKSUM_NONE, CHECKSUM_NONE },
	{ "4to6 none", NAT64_4TO6, CHECKSUM_NONE, CHECKSUM_NONE },
	{ "6to4 unnecessary", NAT64_6TO4, CHECKSUM_UNNECESSARY,
	  CHECKSUM_UNNECESSARY },
	{ "4to6 unnecessary", NAT64_4TO6, CHECKSUM_UNNECESSARY,
	  CHECKSUM_UNNECESSARY },
	{ "6to4 complete", NAT64_6TO4, CHECKSUM_COMPLETE, CHECKSUM_NONE },
	{ "4to6 complete", NAT64_4TO6, CHECKSUM_COMPLETE, CHECKSUM_NONE },
};

KUNIT_ARRAY_PARAM_DESC(summed, summed_cases, name);

/* A device's sum is of the old header, its verdict of the transport's. */
static void ip_summed(struct kunit *test)
{
	const struct summed_case *c = test->param_value;
	struct packet p = { NAT64_TCP, c->dir, 33 };
	struct bytes *in = build_in(test, &p);
	struct sk_buff *skb = make_skb(test, in, &p);

	skb->ip_summed = c->before;
	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	KUNIT_EXPECT_EQ(test, (u8)skb->ip_summed, c->after);
	expect_bytes(test, build_out(test, &p), bytes_of(test, skb));
}

struct gso_case {
	const char *name;
	u8 proto;
	u8 dir;
	unsigned int before;
	unsigned int after;
};

static const struct gso_case gso_cases[] = {
	{ "TCP 6to4", NAT64_TCP, NAT64_6TO4, SKB_GSO_TCPV6, SKB_GSO_TCPV4 },
	{ "TCP 4to6", NAT64_TCP, NAT64_4TO6, SKB_GSO_TCPV4, SKB_GSO_TCPV6 },
	{ "TCP 6to4, ECN, from a guest", NAT64_TCP, NAT64_6TO4,
	  SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | SKB_GSO_DODGY,
	  SKB_GSO_TCPV4 | SKB_GSO_TCP_ECN | SKB_GSO_DODGY },
	{ "TCP 4to6, ECN, from a guest", NAT64_TCP, NAT64_4TO6,
	  SKB_GSO_TCPV4 | SKB_GSO_TCP_ECN | SKB_GSO_DODGY,
	  SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | SKB_GSO_DODGY },
	{ "TCP 4to6, one id for all", NAT64_TCP, NAT64_4TO6,
	  SKB_GSO_TCPV4 | SKB_GSO_TCP_FIXEDID, SKB_GSO_TCPV6 },
	{ "UDP 6to4", NAT64_UDP, NAT64_6TO4, SKB_GSO_UDP_L4, SKB_GSO_UDP_L4 },
	{ "UDP 4to6", NAT64_UDP, NAT64_4TO6, SKB_GSO_UDP_L4, SKB_GSO_UDP_L4 },
};

KUNIT_ARRAY_PARAM_DESC(gso, gso_cases, name);

/* A super-packet stays one, cut as before, in the other family. */
static void gso(struct kunit *test)
{
	const struct gso_case *c = test->param_value;
	struct packet p = { c->proto, c->dir, 1500, PAGED, .df = true };
	struct bytes *in = build_in(test, &p);
	struct sk_buff *skb = make_skb(test, in, &p);

	make_partial(skb, in, c->proto);
	skb_shinfo(skb)->gso_type = c->before;
	skb_shinfo(skb)->gso_size = 500;
	skb_shinfo(skb)->gso_segs = 3;
	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	KUNIT_EXPECT_EQ(test, skb_shinfo(skb)->gso_type, c->after);
	KUNIT_EXPECT_EQ(test, skb_shinfo(skb)->gso_size, 500);
	KUNIT_EXPECT_EQ(test, skb_shinfo(skb)->gso_segs, 3);
	KUNIT_EXPECT_EQ(test, (u8)skb->ip_summed, CHECKSUM_PARTIAL);
}

static u16 id_of(struct kunit *test, const struct packet *p, bool fragment)
{
	struct bytes *in = build_in(test, p);
	struct sk_buff *skb = make_skb(test, in, p);
	struct nat64_plan *plan = make_plan(test, p);

	plan->cut = fragment ? 1000 : 0;
	KUNIT_EXPECT_EQ(test, translate_by(test, skb, in, p, plan), NAT64_OK);
	KUNIT_EXPECT_EQ(test, sum_words(0, skb->data, IP4_LEN), 0xffff);
	return get_unaligned_be16(skb->data + 4);
}

/* RFC 6864: an id where there may be fragments, none where there are not. */
static void ids(struct kunit *test)
{
	struct packet with_df = { NAT64_UDP, NAT64_6TO4, 100, .df = true };
	struct packet without = { NAT64_UDP, NAT64_6TO4, 100 };
	u16 first = id_of(test, &without, false);
	bool random = false;
	u16 last, i;

	KUNIT_EXPECT_EQ(test, id_of(test, &with_df, false), 0);
	for (i = 0; i < 4; i++)
		random |= id_of(test, &without, false) != first;
	KUNIT_EXPECT_TRUE(test, random);
	/* The kernel's own never come twice in a short time. */
	last = id_of(test, &without, true);
	for (i = 0; i < 4; i++) {
		u16 id = id_of(test, &without, true);

		KUNIT_EXPECT_NE(test, id, last);
		last = id;
	}
}

/* What the receive paths left behind must not be taken for the new family's. */
static void leftovers_are_gone(struct kunit *test)
{
	struct packet p = { NAT64_UDP, NAT64_4TO6, 100 };
	unsigned int dir;

	for (dir = 0; dir < NAT64_DIRS; dir++) {
		struct sk_buff *skb;
		struct bytes *in;

		p.dir = dir;
		in = build_in(test, &p);
		skb = make_skb(test, in, &p);
		memset(skb->cb, 0xff, sizeof(skb->cb));
		KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
		KUNIT_EXPECT_NULL(test, memchr_inv(skb->cb, 0,
						   sizeof(skb->cb)));
		KUNIT_EXPECT_FALSE(test, skb_dst(skb));
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(bytes_in_bytes_out, every_gen_params),
	KUNIT_CASE_PARAM(there_and_back, every_gen_params),
	KUNIT_CASE_PARAM(partial_stays_partial, tcp_udp_gen_params),
	KUNIT_CASE_PARAM(udp_without_checksum, udp_gen_params),
	KUNIT_CASE_PARAM(corrupt_stays_corrupt, way_gen_params),
	KUNIT_CASE_PARAM(headers, extra_gen_params),
	KUNIT_CASE_PARAM(checksum_zero, zero_gen_params),
	KUNIT_CASE_PARAM(ip_summed, summed_gen_params),
	KUNIT_CASE_PARAM(gso, gso_gen_params),
	KUNIT_CASE(ids),
	KUNIT_CASE(leftovers_are_gone),
	{}
};

static struct kunit_suite suite = {
	.name = "nat64_xlat",
	.test_cases = cases,
};

kunit_test_suites(&suite);
