// SPDX-License-Identifier: GPL-2.0
/*
 * Parsing: nothing in a packet is believed before it was checked here.
 */
#include "packet.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "tcp.h"

/* More extension headers than any honest packet has. */
#define MAX_EXT_HEADERS	8

/* Bytes from the transport header on. */
static unsigned int payload(const struct sk_buff *skb,
			    const struct nat64_packet *pkt)
{
	return skb->len - pkt->thoff;
}

static enum nat64_reason pull(struct sk_buff *skb, struct nat64_packet *pkt,
			      unsigned int thlen)
{
	pkt->thlen = thlen;
	return pskb_may_pull(skb, pkt->thoff + thlen) ? NAT64_OK :
							NAT64_DROP_malformed;
}

static enum nat64_reason parse_tcp(struct sk_buff *skb,
				   struct nat64_packet *pkt)
{
	const struct tcphdr *tcp;

	if (pull(skb, pkt, sizeof(*tcp)))
		return NAT64_DROP_malformed;
	tcp = (struct tcphdr *)(skb->data + pkt->thoff);
	if (tcp->doff * 4 < sizeof(*tcp) || tcp->doff * 4 > payload(skb, pkt))
		return NAT64_DROP_malformed;
	pkt->proto = NAT64_TCP;
	pkt->sport = tcp->source;
	pkt->dport = tcp->dest;
	pkt->event = nat64_tcp_event(tcp);
	pkt->opens = pkt->event == NAT64_TCP_SYN;
	return NAT64_OK;
}

static enum nat64_reason parse_udp(struct sk_buff *skb,
				   struct nat64_packet *pkt)
{
	const struct udphdr *udp;

	if (pull(skb, pkt, sizeof(*udp)))
		return NAT64_DROP_malformed;
	udp = (struct udphdr *)(skb->data + pkt->thoff);
	if (ntohs(udp->len) < sizeof(*udp) ||
	    ntohs(udp->len) > payload(skb, pkt))
		return NAT64_DROP_malformed;
	/*
	 * UDP options may follow (RFC 9868). They are no part of what a
	 * checksum is of, so none can be left to the device to compute.
	 */
	if (!udp->check && skb->ip_summed != CHECKSUM_PARTIAL) {
		if (pkt->dir == NAT64_6TO4)
			return NAT64_DROP_udp_zero_checksum;
		if (ntohs(udp->len) < payload(skb, pkt))
			return NAT64_DROP_malformed;
		pkt->no_checksum = true;
	}
	pkt->proto = NAT64_UDP;
	pkt->sport = udp->source;
	pkt->dport = udp->dest;
	pkt->opens = true;
	return NAT64_OK;
}

/* Of the packets that errors quote, so much of the transport header is there. */
#define QUOTED_L4	8

/* Are these octets of a quoted packet there, and linear? */
static bool is_quoted(const struct sk_buff *skb,
		      const struct nat64_packet *pkt, unsigned int offset,
		      unsigned int len)
{
	return offset + len <= min3(pkt->quote.end, skb_headlen(skb),
				    pkt->thoff + (u32)NAT64_MAX_ERROR6);
}

static bool is_echo(enum nat64_dir dir, u8 type)
{
	if (dir == NAT64_6TO4)
		return type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY;
	return type == ICMP_ECHO || type == ICMP_ECHOREPLY;
}

static bool is_request(enum nat64_dir dir, u8 type)
{
	return type == (dir == NAT64_6TO4 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO);
}

/*
 * The ports of a quoted packet, turned round: an answer to it would have them
 * so. @icmp: the protocol number of ICMP in this family.
 */
static enum nat64_reason parse_quoted_l4(const struct sk_buff *skb,
					 struct nat64_packet *pkt,
					 u8 protocol, u8 icmp)
{
	const void *th = skb->data + pkt->quote.thoff;
	const struct icmphdr *echo = th;
	const struct udphdr *ports = th;

	if (!is_quoted(skb, pkt, pkt->quote.thoff, QUOTED_L4))
		return NAT64_DROP_malformed;
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) {
		pkt->proto = protocol == IPPROTO_TCP ? NAT64_TCP : NAT64_UDP;
		pkt->sport = ports->dest;
		pkt->dport = ports->source;
		return NAT64_OK;
	}
	if (protocol != icmp)
		return NAT64_DROP_unrelated_error;
	/* RFC 6146, 3.4: an error about an error ends here. */
	if (!is_echo(pkt->dir, echo->type) || echo->code)
		return NAT64_DROP_icmp_type;
	pkt->proto = NAT64_ICMP;
	pkt->sport = echo->un.echo.id;
	pkt->dport = echo->un.echo.id;
	return NAT64_OK;
}

/* It must have been sent by whom the error is for. */
static enum nat64_reason parse_quote4(const struct sk_buff *skb,
				      struct nat64_packet *pkt)
{
	const struct iphdr *outer = (struct iphdr *)skb->data;
	struct nat64_quote *q = &pkt->quote;
	const struct iphdr *iph = (struct iphdr *)(skb->data + q->nhoff);

	if (!is_quoted(skb, pkt, q->nhoff, sizeof(*iph)) ||
	    iph->version != 4 || iph->ihl < 5)
		return NAT64_DROP_malformed;
	if (iph->saddr != outer->daddr || (iph->frag_off & htons(IP_OFFSET)))
		return NAT64_DROP_unrelated_error;
	q->thoff = q->nhoff + iph->ihl * 4;
	q->more = iph->frag_off & htons(IP_MF);
	q->fragment = q->more;
	q->id = ntohs(iph->id);
	return parse_quoted_l4(skb, pkt, iph->protocol, IPPROTO_ICMP);
}

/* Extension headers of a quoted packet; false if its transport is not there. */
static bool skip_quoted_headers(const struct sk_buff *skb,
				struct nat64_packet *pkt, u8 *nexthdr)
{
	struct nat64_quote *q = &pkt->quote;
	unsigned int i;

	for (i = 0; i <= MAX_EXT_HEADERS; i++) {
		const struct ipv6_opt_hdr *hdr;
		const struct frag_hdr *frag;

		if (*nexthdr != NEXTHDR_HOP && *nexthdr != NEXTHDR_DEST &&
		    *nexthdr != NEXTHDR_ROUTING && *nexthdr != NEXTHDR_FRAGMENT)
			return true;
		if (!is_quoted(skb, pkt, q->thoff, sizeof(*frag)))
			return false;
		hdr = (struct ipv6_opt_hdr *)(skb->data + q->thoff);
		frag = (struct frag_hdr *)hdr;
		if (*nexthdr == NEXTHDR_FRAGMENT) {
			if (frag->frag_off & htons(IP6_OFFSET))
				return false;
			q->fragment = true;
			q->more = frag->frag_off & htons(IP6_MF);
			q->id = ntohl(frag->identification);
			q->thoff += sizeof(*frag);
		} else {
			q->thoff += ipv6_optlen(hdr);
		}
		*nexthdr = hdr->nexthdr;
	}
	return false;
}

static enum nat64_reason parse_quote6(const struct sk_buff *skb,
				      struct nat64_packet *pkt)
{
	const struct ipv6hdr *outer = (struct ipv6hdr *)skb->data;
	struct nat64_quote *q = &pkt->quote;
	const struct ipv6hdr *ip6 = (struct ipv6hdr *)(skb->data + q->nhoff);
	u8 nexthdr;

	if (!is_quoted(skb, pkt, q->nhoff, sizeof(*ip6)) || ip6->version != 6)
		return NAT64_DROP_malformed;
	if (!ipv6_addr_equal(&ip6->saddr, &outer->daddr))
		return NAT64_DROP_unrelated_error;
	q->thoff = q->nhoff + sizeof(*ip6);
	q->more = false;
	q->fragment = false;
	q->id = 0;
	nexthdr = ip6->nexthdr;
	if (!skip_quoted_headers(skb, pkt, &nexthdr))
		return NAT64_DROP_unrelated_error;
	return parse_quoted_l4(skb, pkt, nexthdr, IPPROTO_ICMPV6);
}

/* RFC 5508, REQ-3: an error has to be what its sender sent. */
static bool checksum_ok(const struct sk_buff *skb,
			const struct nat64_packet *pkt)
{
	unsigned int len = payload(skb, pkt);
	__wsum pseudo = 0;

	/* From this box, and not yet computed. */
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return true;
	if (pkt->dir == NAT64_6TO4) {
		const struct ipv6hdr *ip6 = (struct ipv6hdr *)skb->data;

		pseudo = ~csum_unfold(csum_ipv6_magic(&ip6->saddr, &ip6->daddr,
						      len, IPPROTO_ICMPV6, 0));
	}
	return !csum_fold(skb_checksum(skb, pkt->thoff, len, pseudo));
}

/*
 * RFC 6146, 3.4: an error belongs to the session of the packet that it quotes.
 * All that is looked at is linear then: no error needs more than the largest
 * one that a router may send.
 */
static enum nat64_reason parse_error(struct sk_buff *skb,
				     struct nat64_packet *pkt)
{
	struct nat64_quote *q = &pkt->quote;
	const struct icmphdr *icmp;
	unsigned int quoted;

	if (!checksum_ok(skb, pkt))
		return NAT64_DROP_bad_checksum;
	if (!pskb_may_pull(skb, min_t(unsigned int, skb->len,
				      pkt->thoff + NAT64_MAX_ERROR6)))
		return NAT64_DROP_no_memory;
	icmp = (struct icmphdr *)(skb->data + pkt->thoff);
	if (!nat64_icmp_error(pkt->dir, icmp, &q->icmp))
		return NAT64_DROP_icmp_type;
	pkt->error = true;
	q->nhoff = pkt->thoff + sizeof(*icmp);
	q->end = skb->len;
	if (q->icmp.old_length) {
		quoted = nat64_icmp_quote_len(pkt->dir, icmp);
		if (quoted >= NAT64_MIN_QUOTE && q->nhoff + quoted < skb->len)
			q->end = q->nhoff + quoted;
	}
	return pkt->dir == NAT64_6TO4 ? parse_quote6(skb, pkt) :
					parse_quote4(skb, pkt);
}

static enum nat64_reason parse_icmp(struct sk_buff *skb,
				    struct nat64_packet *pkt)
{
	const struct icmphdr *icmp;

	if (pull(skb, pkt, sizeof(*icmp)))
		return NAT64_DROP_malformed;
	icmp = (struct icmphdr *)(skb->data + pkt->thoff);
	if (nat64_icmp_is_error(pkt->dir, icmp->type))
		return parse_error(skb, pkt);
	if (!is_echo(pkt->dir, icmp->type) || icmp->code)
		return NAT64_DROP_icmp_type;
	pkt->proto = NAT64_ICMP;
	pkt->sport = icmp->un.echo.id;
	pkt->dport = icmp->un.echo.id;
	pkt->opens = is_request(pkt->dir, icmp->type);
	return NAT64_OK;
}

/* RFC 7915, 5.1: skip what has no meaning in IPv4. */
static enum nat64_reason skip_ext_headers(struct sk_buff *skb,
					  struct nat64_packet *pkt,
					  u8 *nexthdr)
{
	unsigned int i;

	for (i = 0; i <= MAX_EXT_HEADERS; i++) {
		const struct ipv6_rt_hdr *hdr;

		switch (*nexthdr) {
		case NEXTHDR_HOP:
		case NEXTHDR_DEST:
		case NEXTHDR_ROUTING:
			break;
		case NEXTHDR_FRAGMENT:
			return NAT64_DROP_fragment;
		default:
			return NAT64_OK;
		}
		if (!pskb_may_pull(skb, pkt->thoff + 8))
			return NAT64_DROP_malformed;
		hdr = (struct ipv6_rt_hdr *)(skb->data + pkt->thoff);
		if (*nexthdr == NEXTHDR_ROUTING && hdr->segments_left) {
			pkt->pointer = pkt->thoff +
				       offsetof(struct ipv6_rt_hdr, segments_left);
			return NAT64_DROP_routing_header;
		}
		*nexthdr = hdr->nexthdr;
		pkt->thoff += (hdr->hdrlen + 1) * 8;
		if (pkt->thoff > skb->len)
			return NAT64_DROP_malformed;
	}
	return NAT64_DROP_malformed;
}

/* What parsing begins with, in both families. */
static void begin(struct nat64_packet *pkt, enum nat64_dir dir, u16 thoff,
		  u16 frag_max_size)
{
	pkt->dir = dir;
	pkt->thoff = thoff;
	pkt->frag_max_size = frag_max_size;
	pkt->event = NAT64_TCP_OTHER;
	pkt->opens = false;
	pkt->suffix = 0;
	pkt->no_checksum = false;
	pkt->error = false;
}

enum nat64_reason nat64_packet_parse6(struct sk_buff *skb,
				      struct nat64_packet *pkt)
{
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;

	begin(pkt, NAT64_6TO4, sizeof(struct ipv6hdr),
	      IP6CB(skb)->frag_max_size);
	if (ipv6_ext_hdr(nexthdr)) {
		enum nat64_reason reason;

		reason = skip_ext_headers(skb, pkt, &nexthdr);
		if (reason)
			return reason;
	}
	switch (nexthdr) {
	case IPPROTO_TCP:
		return parse_tcp(skb, pkt);
	case IPPROTO_UDP:
		return parse_udp(skb, pkt);
	case IPPROTO_ICMPV6:
		return parse_icmp(skb, pkt);
	default:
		return NAT64_DROP_unknown_protocol;
	}
}

/* RFC 7915, 4.1: options are ignored, but a source route must be used up. */
static enum nat64_reason check_options(const struct iphdr *iph)
{
	const u8 *opt = (const u8 *)(iph + 1);
	unsigned int left = iph->ihl * 4 - sizeof(*iph);

	/* Older kernels let a raw socket send that. */
	if (iph->ihl < 5)
		return NAT64_DROP_malformed;
	while (left) {
		if (*opt == IPOPT_END)
			break;
		if (*opt == IPOPT_NOOP) {
			opt++;
			left--;
			continue;
		}
		if (left < 2 || opt[1] < 2 || opt[1] > left)
			return NAT64_DROP_malformed;
		if (*opt == IPOPT_LSRR || *opt == IPOPT_SSRR) {
			if (opt[1] < 3)
				return NAT64_DROP_malformed;
			if (opt[2] <= opt[1])
				return NAT64_DROP_source_route;
		}
		left -= opt[1];
		opt += opt[1];
	}
	return NAT64_OK;
}

enum nat64_reason nat64_packet_parse4(struct sk_buff *skb,
				      struct nat64_packet *pkt)
{
	const struct iphdr *iph = ip_hdr(skb);
	u8 protocol = iph->protocol;

	begin(pkt, NAT64_4TO6, iph->ihl * 4, IPCB(skb)->frag_max_size);
	if (ip_is_fragment(iph))
		return NAT64_DROP_fragment;
	if (iph->ihl != 5) {
		enum nat64_reason reason = check_options(iph);

		if (reason)
			return reason;
	}
	switch (protocol) {
	case IPPROTO_TCP:
		return parse_tcp(skb, pkt);
	case IPPROTO_UDP:
		return parse_udp(skb, pkt);
	case IPPROTO_ICMP:
		return parse_icmp(skb, pkt);
	case IPPROTO_IGMP:
		/* RFC 7915, 4.2: as ICMP of a single hop */
		return NAT64_DROP_icmp_type;
	default:
		return NAT64_DROP_unknown_protocol;
	}
}
