// SPDX-License-Identifier: GPL-2.0
/*
 * The rewriting: bytes in, bytes out. Each packet is made twice from the same
 * description, once for each family, byte by byte and with checksums of our
 * own; what the translation makes of the one must be the other.
 */
#include <kunit/test.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/unaligned.h>

#include "../xlat.h"
#include "skb.h"

#define HOPS		61

static struct bytes *build_in(struct kunit *test, const struct packet *p)
{
	return nat64_test_build(test, p, p->dir == NAT64_6TO4, p->extra, HOPS);
}

/* What should come out of the translation; what it drops is not in it. */
static struct bytes *build_out(struct kunit *test, const struct packet *p)
{
	struct packet out = *p;

	out.flow = 0;
	return nat64_test_build(test, &out, p->dir == NAT64_4TO6, 0, HOPS - 1);
}

static enum nat64_reason translate_by(struct kunit *test, struct sk_buff *skb,
				      const struct bytes *b,
				      const struct packet *p,
				      const struct nat64_plan *plan)
{
	struct nat64_packet pkt = {
		.thoff = b->thoff,
		.thlen = p->proto == NAT64_TCP ? sizeof(struct tcphdr) :
						 sizeof(struct udphdr),
		.proto = p->proto,
	};
	struct nat64_session *s = nat64_test_session(test, p->proto);

	if (p->dir == NAT64_6TO4)
		return nat64_xlat_6to4(skb, &pkt, s, plan);
	return nat64_xlat_4to6(skb, &pkt, s, plan);
}

static enum nat64_reason translate(struct kunit *test, struct sk_buff *skb,
				   const struct bytes *b,
				   const struct packet *p)
{
	return translate_by(test, skb, b, p,
			    nat64_test_plan(test, p->df, p->tos));
}

static u16 check_in(struct bytes *b, u8 proto)
{
	return get_unaligned_be16(nat64_test_check_of(b, proto));
}

static void expect_out(struct kunit *test, struct sk_buff *skb,
		       const struct packet *p)
{
	nat64_test_expect_bytes(test, build_out(test, p),
				nat64_test_bytes_of(test, skb));
}

enum { ROW_TCP, ROW_UDP, ROW_REQUEST, ROW_REPLY };

#define PER_ROW		(NAT64_DIRS * LAYOUTS)

static void make_packet(struct packet *p, unsigned int n, char *desc)
{
	static const char * const rows[] = {
		"TCP", "UDP", "echo request", "echo reply"
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
		 nat64_test_layouts[p->layout]);
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

static void there(struct kunit *test, struct packet p)
{
	struct bytes *in = build_in(test, &p);
	struct sk_buff *skb = nat64_test_skb(test, in, p.layout, p.len);
	struct witness w = nat64_test_witness(test, in, skb, p.layout);

	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	expect_out(test, skb, &p);
	nat64_test_expect_skb(test, skb, p.dir == NAT64_4TO6, p.df);
	/* Who else holds the packet sees it as it was. */
	nat64_test_expect_witness(test, &w);
}

static void bytes_in_bytes_out(struct kunit *test)
{
	with_payloads(test, there);
}

/* The server sends back what it got: addresses and ports change places. */
static void reflect(struct bytes *b, u8 proto)
{
	unsigned int len = nat64_test_is_v6(b) ? 16 : 4;
	u8 *from = b->data + (nat64_test_is_v6(b) ? 8 : 12);
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
	struct sk_buff *skb = nat64_test_skb(test, in, p.layout, p.len);
	unsigned int hops = p.dir == NAT64_6TO4 ? 7 : 8;
	struct bytes *mid, *out;

	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	mid = nat64_test_bytes_of(test, skb);
	reflect(mid, p.proto);
	p.dir = !p.dir;
	skb = nat64_test_skb(test, mid, p.layout, p.len);
	KUNIT_ASSERT_EQ(test, translate(test, skb, mid, &p), NAT64_OK);
	out = nat64_test_bytes_of(test, skb);
	reflect(out, p.proto);
	KUNIT_EXPECT_EQ(test, out->data[hops], HOPS - 2);
	out->data[hops] = HOPS;
	if (!nat64_test_is_v6(in)) {
		put_unaligned_be16(0, out->data + 10);
		put_unaligned_be16(~nat64_test_sum(0, out->data, IP4_LEN),
				   out->data + 10);
	}
	nat64_test_expect_bytes(test, in, out);
}

static void there_and_back(struct kunit *test)
{
	with_payloads(test, back_again);
}

/* What a device or skb_checksum_help() does with a partial checksum. */
static void finish_checksum(struct kunit *test, const struct sk_buff *skb,
			    struct bytes *b, u8 proto)
{
	u8 *check = nat64_test_check_of(b, proto);
	u16 sum;

	KUNIT_ASSERT_EQ(test, (u8)skb->ip_summed, CHECKSUM_PARTIAL);
	KUNIT_ASSERT_EQ(test, skb_checksum_start_offset(skb), b->thoff);
	KUNIT_ASSERT_EQ(test, skb->csum_offset, nat64_test_check_offset(proto));
	sum = ~nat64_test_sum(0, b->data + b->thoff, b->len - b->thoff);
	put_unaligned_be16(sum ?: 0xffff, check);
	if (!sum && proto != NAT64_UDP)
		put_unaligned_be16(0, check);
}

static void make_partial(struct sk_buff *skb, struct bytes *b, u8 proto)
{
	put_unaligned_be16(nat64_test_pseudo_sum(b, proto),
			   nat64_test_check_of(b, proto));
	skb_store_bits(skb, b->thoff + nat64_test_check_offset(proto),
		       nat64_test_check_of(b, proto), 2);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + b->thoff;
	skb->csum_offset = nat64_test_check_offset(proto);
}

/*
 * A partial checksum is one of the pseudo header alone, and stays so. No
 * Linux host makes one for ICMP, but a guest may ask for it by way of its
 * virtio_net_hdr.
 */
static void partial(struct kunit *test, struct packet p)
{
	struct bytes *in = build_in(test, &p);
	struct sk_buff *skb = nat64_test_skb(test, in, p.layout, p.len);
	struct bytes *out;

	make_partial(skb, in, p.proto);
	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	out = nat64_test_bytes_of(test, skb);
	/* One's complement has two zeros; which of them does not matter. */
	KUNIT_EXPECT_EQ(test, nat64_test_pseudo_sum(out, p.proto) % 0xffff,
			check_in(out, p.proto) % 0xffff);
	finish_checksum(test, skb, out, p.proto);
	nat64_test_expect_bytes(test, build_out(test, &p), out);
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
	skb = nat64_test_skb(test, in, p.layout, p.len);
	if (p.dir == NAT64_6TO4) {
		struct nat64_packet pkt;

		KUNIT_EXPECT_EQ(test, nat64_packet_parse6(skb, &pkt),
				NAT64_DROP_udp_zero_checksum);
		return;
	}
	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	out = nat64_test_bytes_of(test, skb);
	finish_checksum(test, skb, out, p.proto);
	p.no_sum = false;
	nat64_test_expect_bytes(test, build_out(test, &p), out);
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
	struct sk_buff *skb = nat64_test_skb(test, in, p.layout, p.len);
	struct bytes *want, *got;

	KUNIT_ASSERT_NE(test, nat64_test_full_sum(in, p.proto), 0xffff);
	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	got = nat64_test_bytes_of(test, skb);
	KUNIT_EXPECT_EQ(test, nat64_test_full_sum(got, p.proto) % 0xffff,
			nat64_test_full_sum(in, p.proto) % 0xffff);
	/* And nothing else is other than in a good packet. */
	p.corrupt = 0;
	want = build_out(test, &p);
	memcpy(nat64_test_check_of(want, p.proto),
	       nat64_test_check_of(got, p.proto), 2);
	nat64_test_expect_bytes(test, want, got);
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
	struct sk_buff *skb = nat64_test_skb(test, in, c->packet.layout,
					     c->packet.len);

	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &c->packet), NAT64_OK);
	expect_out(test, skb, &c->packet);
	nat64_test_expect_skb(test, skb, c->packet.dir == NAT64_4TO6,
			      c->packet.df);
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
 * Begin the payload with a word that makes the checksum zero, of what comes or
 * of what goes: the checksum that the packet has with zero there.
 */
static void make_checksum_zero(struct kunit *test, struct packet *p, bool in)
{
	struct bytes *b = in ? build_in(test, p) : build_out(test, p);

	put_unaligned_be16(0, b->data + b->len - p->len);
	nat64_test_put_check(b, p->proto);
	p->first = check_in(b, p->proto);
}

static void checksum_zero(struct kunit *test)
{
	const struct zero_case *c = test->param_value;
	struct packet p = { c->proto, c->dir, 100 };
	struct bytes *in, *out;
	struct sk_buff *skb;

	make_checksum_zero(test, &p, c->in);
	in = build_in(test, &p);
	out = build_out(test, &p);
	KUNIT_ASSERT_EQ(test, c->check, check_in(c->in ? in : out, p.proto));
	skb = nat64_test_skb(test, in, p.layout, p.len);
	KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
	nat64_test_expect_bytes(test, out, nat64_test_bytes_of(test, skb));
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

	for (p.layout = 0; p.layout < LAYOUTS; p.layout++) {
		struct bytes *in = build_in(test, &p);
		struct sk_buff *skb = nat64_test_skb(test, in, p.layout, p.len);

		skb->ip_summed = c->before;
		KUNIT_ASSERT_EQ(test, translate(test, skb, in, &p), NAT64_OK);
		KUNIT_EXPECT_EQ(test, (u8)skb->ip_summed, c->after);
		expect_out(test, skb, &p);
	}
}

static const struct way noisy_ways[] = {
	{ "TCP", NAT64_TCP, NAT64_6TO4 },
	{ "UDP", NAT64_UDP, NAT64_6TO4 },
	{ "ICMP", NAT64_ICMP, NAT64_6TO4 },
};

KUNIT_ARRAY_PARAM_DESC(noisy, noisy_ways, name);

static void expect_no_noise(struct kunit *test, const struct packet *p,
			    u16 noise)
{
	struct nat64_session *s = nat64_test_session(test, p->proto);
	struct nat64_plan *plan = nat64_test_plan(test, false, 0);
	struct bytes *in = build_in(test, p);
	struct nat64_packet pkt;
	struct sk_buff *skb;

	put_unaligned_be16(noise, in->data + 24 + 8);
	nat64_test_put_check(in, p->proto);
	skb = nat64_test_skb(test, in, LINEAR, 0);
	KUNIT_ASSERT_EQ(test, nat64_packet_parse6(skb, &pkt), NAT64_OK);
	pkt.suffix = (__force __sum16)htons(noise);
	KUNIT_ASSERT_EQ(test, nat64_xlat_6to4(skb, &pkt, s, plan), NAT64_OK);
	expect_out(test, skb, p);
}

/*
 * RFC 6052, 2.2: what stands behind the IPv4 address is ignored, but it is in
 * the checksum. With the well-known prefix it would be elsewhere, which makes
 * no difference to a sum.
 */
static void suffix(struct kunit *test)
{
	static const u16 noises[] = { 0x0001, 0x8000, 0xa5a5, 0xfffe };
	const struct way *way = test->param_value;
	struct packet p = { way->proto, way->dir, 101 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(noises); i++) {
		p.first = 0;
		expect_no_noise(test, &p, noises[i]);
		make_checksum_zero(test, &p, false);
		expect_no_noise(test, &p, noises[i]);
	}
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
	struct sk_buff *skb = nat64_test_skb(test, in, p.layout, p.len);

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
	struct sk_buff *skb = nat64_test_skb(test, in, p->layout, p->len);
	struct nat64_plan *plan = nat64_test_plan(test, p->df, p->tos);

	plan->cut = fragment ? 1000 : 0;
	KUNIT_EXPECT_EQ(test, translate_by(test, skb, in, p, plan), NAT64_OK);
	KUNIT_EXPECT_EQ(test, nat64_test_sum(0, skb->data, IP4_LEN), 0xffff);
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
		skb = nat64_test_skb(test, in, p.layout, p.len);
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
	KUNIT_CASE_PARAM(suffix, noisy_gen_params),
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
