// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors (RFC 7915, 4.2, 4.3, 5.2 and 5.3): the packet that they quote is
 * translated as if it went back where it came from, and may have to be cut.
 *
 *	| outer IP | ICMP | quoted IP | quoted transport | pad | extension |
 *
 * The quoted transport header stays where it is; what is before it is written
 * anew, and an extension (RFC 4884) moves.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/dsfield.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "xlat.h"

/**
 * struct layout - how long the parts of the new error are
 * @outer: the outer IP header
 * @inner: the quoted IP header, with a fragment header if it has one
 * @l4: the quoted transport header, and what follows it
 * @pad: zeros, so that an extension begins where RFC 4884 wants it
 * @ext: the extension
 */
struct layout {
	unsigned int outer;
	unsigned int inner;
	unsigned int l4;
	unsigned int pad;
	unsigned int ext;
};

/*
 * The quoted packet loses what is too long; of an extension there remains what
 * fits behind it (RFC 7915, 4.2: "simply truncated").
 */
static struct layout measure(const struct sk_buff *skb,
			     const struct nat64_packet *pkt)
{
	const struct nat64_quote *q = &pkt->quote;
	bool to6 = pkt->dir == NAT64_4TO6;
	unsigned int max = to6 ? NAT64_MAX_ERROR6 : NAT64_MAX_ERROR4;
	unsigned int unit = to6 ? 8 : 4;
	struct layout l = {
		.outer = to6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr),
	};
	unsigned int quote;

	l.inner = l.outer;
	if (to6 && q->fragment)
		l.inner += sizeof(struct frag_hdr);
	max -= l.outer + sizeof(struct icmphdr);
	l.l4 = min(q->end - q->thoff, max - l.inner);
	if (!q->icmp.new_length || skb->len > PAGE_SIZE)
		return l;
	quote = max_t(unsigned int, round_up(l.inner + l.l4, unit),
		      NAT64_MIN_QUOTE);
	if (quote < max)
		l.ext = min(skb->len - q->end, max - quote);
	if (l.ext)
		l.pad = quote - l.inner - l.l4;
	return l;
}

/* All linear, and room for the new headers and the padding. */
static int make_room(struct sk_buff *skb, const struct nat64_packet *pkt,
		     const struct layout *l, const struct net_device *out)
{
	unsigned int head = LL_RESERVED_SPACE(out) + l->outer +
			    sizeof(struct icmphdr) + l->inner;
	unsigned int have = skb_headroom(skb) + pkt->quote.thoff;

	unsigned int end = l->ext ? pkt->quote.end + l->ext :
				    pkt->quote.thoff + l->l4;

	if (pskb_trim(skb, end))
		return -ENOMEM;
	if (skb_linearize(skb))
		return -ENOMEM;
	head = head > have ? SKB_DATA_ALIGN(head - have) : 0;
	if (!head && skb_tailroom(skb) >= l->pad && !skb_cloned(skb))
		return 0;
	return pskb_expand_head(skb, head, l->pad, GFP_ATOMIC);
}

static void move_extension(struct sk_buff *skb, const struct nat64_packet *pkt,
			   const struct layout *l)
{
	unsigned int from = pkt->quote.end;
	unsigned int pad = pkt->quote.thoff + l->l4;
	unsigned int to = pad + l->pad;

	if (to > from)
		__skb_put(skb, to - from);
	memmove(skb->data + to, skb->data + from, l->ext);
	memset(skb->data + pad, 0, l->pad);
	__skb_trim(skb, to + l->ext);
}

/* @ip6: the quoted packet's IPv6 header, old or new; @upper: its upper layer */
static void xlat_quoted_l4(void *th, unsigned int len,
			   const struct ipv6hdr *ip6, unsigned int upper,
			   const struct nat64_session *s, enum nat64_dir dir)
{
	struct icmphdr *icmp = th;
	struct tcphdr *tcp = th;
	struct udphdr *udp = th;

	if (s->tuple.proto == NAT64_ICMP) {
		csum_replace_by_diff(&icmp->checksum,
				     nat64_xlat_echo(icmp, ip6, upper, s, dir));
		return;
	}
	/* Ports are in the same place in both. */
	if (dir == NAT64_6TO4)
		udp->dest = s->tuple.port4;
	else
		udp->source = s->tuple.port6;
	if (s->tuple.proto == NAT64_UDP) {
		if (udp->check)
			csum_replace_by_diff(&udp->check,
					     nat64_xlat_delta(s, dir));
	} else if (len >= offsetofend(struct tcphdr, check) && tcp->check) {
		/* If 0, it is most likely padding. */
		csum_replace_by_diff(&tcp->check, nat64_xlat_delta(s, dir));
	}
}

/* What a header says of the length behind it; it may lie. */
static unsigned int upper_len(unsigned int total, unsigned int headers)
{
	return total > headers ? total - headers : 0;
}

/* skb->data: from the quoted transport header to the quoted IP header. */
static void quote_6to4(struct sk_buff *skb, const struct nat64_quote *q,
		       const struct nat64_session *s, unsigned int l4)
{
	struct ipv6hdr ip6 = *(struct ipv6hdr *)(skb->data - q->thoff +
						 q->nhoff);
	unsigned int upper, len;
	struct iphdr *iph;

	upper = upper_len(ntohs(ip6.payload_len),
			  q->thoff - q->nhoff - sizeof(ip6));
	xlat_quoted_l4(skb->data, l4, &ip6, upper, s, NAT64_6TO4);
	len = min_t(unsigned int, upper + sizeof(*iph), IP_MAX_MTU);
	iph = __skb_push(skb, sizeof(*iph));
	*iph = (struct iphdr){
		.version = 4,
		.ihl = sizeof(*iph) / 4,
		.tos = ipv6_get_dsfield(&ip6),
		.tot_len = htons(len),
		.id = htons(q->id),
		.ttl = ip6.hop_limit,
		.protocol = nat64_xlat_protocol4(s, false),
		.saddr = s->tuple.raddr,
		.daddr = s->tuple.addr4,
	};
	if (q->more)
		iph->frag_off = htons(IP_MF);
	else if (!q->fragment && len > NAT64_MAX_WITHOUT_DF)
		iph->frag_off = htons(IP_DF);
	ip_send_check(iph);
}

static void quote_4to6(struct sk_buff *skb, const struct nat64_quote *q,
		       const struct nat64_session *s, unsigned int l4,
		       const struct in6_addr *server6)
{
	const struct iphdr *old = (struct iphdr *)(skb->data - q->thoff +
						   q->nhoff);
	unsigned int upper = upper_len(ntohs(old->tot_len),
				       q->thoff - q->nhoff);
	u8 nexthdr = nat64_xlat_protocol6(s, false);
	struct frag_hdr *frag;
	struct ipv6hdr ip6 = {
		.hop_limit = old->ttl,
		.payload_len = htons(upper),
		.nexthdr = nexthdr,
		.saddr = s->tuple.addr6,
		.daddr = *server6,
	};

	ip6_flow_hdr(&ip6, old->tos, 0);
	xlat_quoted_l4(skb->data, l4, &ip6, upper, s, NAT64_4TO6);
	if (q->fragment) {
		frag = __skb_push(skb, sizeof(*frag));
		*frag = (struct frag_hdr){
			.nexthdr = nexthdr,
			.frag_off = q->more ? htons(IP6_MF) : 0,
			.identification = htonl(q->id),
		};
		ip6.nexthdr = NEXTHDR_FRAGMENT;
		ip6.payload_len = htons(upper + sizeof(*frag));
	}
	memcpy(__skb_push(skb, sizeof(ip6)), &ip6, sizeof(ip6));
}

static __sum16 checksum(const struct sk_buff *skb,
			const struct nat64_session *s,
			const struct nat64_plan *plan, enum nat64_dir dir)
{
	__wsum sum = csum_partial(skb->data, skb->len, 0);

	if (dir == NAT64_6TO4)
		return csum_fold(sum);
	return csum_ipv6_magic(&plan->source6, &s->tuple.addr6, skb->len,
			       IPPROTO_ICMPV6, sum);
}

enum nat64_reason nat64_xlat_error(struct sk_buff *skb,
				   const struct nat64_packet *pkt,
				   const struct nat64_session *session,
				   const struct nat64_plan *plan)
{
	const struct nat64_quote *q = &pkt->quote;
	struct layout l = measure(skb, pkt);
	struct icmphdr *icmp;

	skb->ip_summed = CHECKSUM_NONE;
	if (make_room(skb, pkt, &l, plan->dst->dev))
		return NAT64_DROP_no_memory;
	if (l.ext)
		move_extension(skb, pkt, &l);
	__skb_pull(skb, q->thoff);
	if (pkt->dir == NAT64_6TO4)
		quote_6to4(skb, q, session, l.l4);
	else
		quote_4to6(skb, q, session, l.l4, &plan->server6);
	icmp = __skb_push(skb, sizeof(*icmp));
	nat64_icmp_set_header(pkt->dir, icmp, &q->icmp, plan->mtu,
			      l.ext ? l.inner + l.l4 + l.pad : 0);
	icmp->checksum = checksum(skb, session, plan, pkt->dir);
	return NAT64_OK;
}
