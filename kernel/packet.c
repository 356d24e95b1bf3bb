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
#include <net/ip.h>
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
	if (ntohs(udp->len) < payload(skb, pkt) && !udp->check)
		return NAT64_DROP_malformed;
	pkt->proto = NAT64_UDP;
	pkt->sport = udp->source;
	pkt->dport = udp->dest;
	pkt->opens = true;
	return NAT64_OK;
}

/* @request and @reply: the two types of an echo in this family. */
static enum nat64_reason parse_icmp(struct sk_buff *skb,
				    struct nat64_packet *pkt,
				    u8 request, u8 reply)
{
	const struct icmphdr *icmp;

	if (pull(skb, pkt, sizeof(*icmp)))
		return NAT64_DROP_malformed;
	icmp = (struct icmphdr *)(skb->data + pkt->thoff);
	if ((icmp->type != request && icmp->type != reply) || icmp->code)
		return NAT64_DROP_unknown_protocol;
	pkt->proto = NAT64_ICMP;
	pkt->sport = icmp->un.echo.id;
	pkt->dport = icmp->un.echo.id;
	pkt->opens = icmp->type == request;
	return NAT64_OK;
}

/* RFC 7915, 5.1: skip what may be skipped; 0 if there is something else. */
static u8 skip_ext_headers(struct sk_buff *skb, struct nat64_packet *pkt,
			   u8 nexthdr)
{
	unsigned int i;

	for (i = 0; i < MAX_EXT_HEADERS && ipv6_ext_hdr(nexthdr); i++) {
		const struct ipv6_rt_hdr *hdr;

		if (nexthdr == NEXTHDR_NONE || nexthdr == NEXTHDR_AUTH ||
		    nexthdr == NEXTHDR_FRAGMENT)
			return 0;
		if (!pskb_may_pull(skb, pkt->thoff + 8))
			return 0;
		hdr = (struct ipv6_rt_hdr *)(skb->data + pkt->thoff);
		if (nexthdr == NEXTHDR_ROUTING && hdr->segments_left)
			return 0;
		nexthdr = hdr->nexthdr;
		pkt->thoff += (hdr->hdrlen + 1) * 8;
		if (pkt->thoff > skb->len)
			return 0;
	}
	return nexthdr;
}

enum nat64_reason nat64_packet_parse6(struct sk_buff *skb,
				      struct nat64_packet *pkt)
{
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;

	pkt->thoff = sizeof(struct ipv6hdr);
	pkt->event = NAT64_TCP_OTHER;
	pkt->frag_max_size = IP6CB(skb)->frag_max_size;
	if (ipv6_ext_hdr(nexthdr))
		nexthdr = skip_ext_headers(skb, pkt, nexthdr);
	switch (nexthdr) {
	case IPPROTO_TCP:
		return parse_tcp(skb, pkt);
	case IPPROTO_UDP:
		return parse_udp(skb, pkt);
	case IPPROTO_ICMPV6:
		return parse_icmp(skb, pkt, ICMPV6_ECHO_REQUEST,
				  ICMPV6_ECHO_REPLY);
	case 0:
		return NAT64_DROP_malformed;
	default:
		return NAT64_DROP_unknown_protocol;
	}
}

/* RFC 7915, 4.1: options are ignored, but a source route must be used up. */
static enum nat64_reason check_options(const struct iphdr *iph)
{
	const u8 *opt = (const u8 *)(iph + 1);
	unsigned int left = iph->ihl * 4 - sizeof(*iph);

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

	pkt->thoff = iph->ihl * 4;
	pkt->event = NAT64_TCP_OTHER;
	pkt->frag_max_size = IPCB(skb)->frag_max_size;
	if (ip_is_fragment(iph))
		return NAT64_DROP_malformed;
	if (iph->ihl > 5) {
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
		return parse_icmp(skb, pkt, ICMP_ECHO, ICMP_ECHOREPLY);
	default:
		return NAT64_DROP_unknown_protocol;
	}
}
