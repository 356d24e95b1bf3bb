// SPDX-License-Identifier: GPL-2.0
/*
 * IPv6 to IPv4: RFC 7915, 5.1.
 */
#include <linux/ip.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>

#include "xlat.h"

/*
 * An id is for reassembly. A packet with DF needs none (RFC 6864), one that
 * we cut gets the kernel's, and a small one that others may still cut a
 * random one: a counter would be written to by all CPUs.
 */
static void set_id(struct sk_buff *skb, struct iphdr *iph,
		   const struct nat64_plan *plan)
{
	if (plan->df)
		iph->id = 0;
	else if (plan->cut)
		__ip_select_ident(dev_net(plan->dst->dev), iph,
				  max_t(int, 1, skb_shinfo(skb)->gso_segs));
	else
		iph->id = (__force __be16)get_random_u16();
}

/*
 * The session's sums are of addresses without a suffix; this one had some. An
 * echo's checksum is of the addresses as they are.
 */
static void drop_suffix(struct sk_buff *skb, void *th,
			const struct nat64_session *session, __sum16 suffix)
{
	__wsum diff = csum_unfold(~suffix);
	struct tcphdr *tcp = th;
	struct udphdr *udp = th;

	switch (session->tuple.proto) {
	case NAT64_TCP:
		inet_proto_csum_replace_by_diff(&tcp->check, skb, diff, true,
						false);
		break;
	case NAT64_UDP:
		inet_proto_csum_replace_by_diff(&udp->check, skb, diff, true,
						false);
		if (!udp->check && skb->ip_summed != CHECKSUM_PARTIAL)
			udp->check = CSUM_MANGLED_0;
		break;
	}
}

/* All but the IP header; skb->data is at the transport header then. */
static enum nat64_reason xlat_transport(struct sk_buff *skb,
					const struct nat64_packet *pkt,
					const struct nat64_session *session)
{
	if (skb_cow_head(skb, 0))
		return NAT64_DROP_no_memory;
	nat64_xlat_l4(skb, skb->data + pkt->thoff, ipv6_hdr(skb), session,
		      NAT64_6TO4);
	if (pkt->suffix)
		drop_suffix(skb, skb->data + pkt->thoff, session, pkt->suffix);
	__skb_pull(skb, pkt->thoff);
	return NAT64_OK;
}

enum nat64_reason nat64_xlat_6to4(struct sk_buff *skb,
				  const struct nat64_packet *pkt,
				  const struct nat64_session *session,
				  const struct nat64_plan *plan)
{
	u8 ttl = ipv6_hdr(skb)->hop_limit - 1;
	enum nat64_reason reason;
	struct iphdr *iph;

	reason = pkt->error ? nat64_xlat_error(skb, pkt, session, plan) :
			      xlat_transport(skb, pkt, session);
	if (reason)
		return reason;

	__skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, sizeof(*iph));
	iph = ip_hdr(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = plan->tos;
	iph->tot_len = htons(skb->len);
	iph->frag_off = plan->df ? htons(IP_DF) : 0;
	iph->ttl = ttl;
	iph->protocol = nat64_xlat_protocol4(session, pkt->error);
	iph->saddr = session->tuple.addr4;
	iph->daddr = session->tuple.raddr;
	set_id(skb, iph, plan);
	ip_send_check(iph);

	skb->protocol = htons(ETH_P_IP);
	skb->ignore_df = !plan->df;
	nat64_xlat_set_gso(skb, SKB_GSO_TCPV6, SKB_GSO_TCPV4);
	nat64_xlat_prepare(skb);
	return NAT64_OK;
}
