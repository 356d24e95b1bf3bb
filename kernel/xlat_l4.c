// SPDX-License-Identifier: GPL-2.0
/*
 * What the translation of both directions shares: see xlat.h.
 */
#include "xlat.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/ip6_checksum.h>

/* One's complement: what 6->4 adds, 4->6 takes off. */
static __wsum delta(__sum16 sum, enum nat64_dir dir)
{
	return csum_unfold(dir == NAT64_6TO4 ? sum : ~sum);
}

static void replace_port(const struct nat64_session *s, enum nat64_dir dir,
			 __be16 *source, __be16 *dest)
{
	if (dir == NAT64_6TO4)
		*source = s->tuple.port4;
	else
		*dest = s->tuple.port6;
}

static void update_checksum(struct sk_buff *skb, __sum16 *check,
			    const struct nat64_session *s, enum nat64_dir dir)
{
	__wsum diff = delta(s->csum_addr, dir);

	/* A partial checksum does not have the ports in it yet. */
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		diff = csum_add(diff, delta(s->csum_port, dir));
	inet_proto_csum_replace_by_diff(check, skb, diff, true, false);
}

static void xlat_tcp(struct sk_buff *skb, struct tcphdr *tcp,
		     const struct nat64_session *s, enum nat64_dir dir)
{
	update_checksum(skb, &tcp->check, s, dir);
	replace_port(s, dir, &tcp->source, &tcp->dest);
}

/* RFC 7915, 4.5: IPv4 may do without a checksum, IPv6 may not. */
static void compute_udp_checksum(struct sk_buff *skb, struct udphdr *udp,
				 const struct ipv6hdr *ip6)
{
	unsigned int len = skb->len - ((u8 *)udp - skb->data);

	udp->check = ~csum_ipv6_magic(&ip6->saddr, &ip6->daddr, len,
				      IPPROTO_UDP, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = (u8 *)udp - skb->head;
	skb->csum_offset = offsetof(struct udphdr, check);
}

static void xlat_udp(struct sk_buff *skb, struct udphdr *udp,
		     const struct ipv6hdr *ip6, const struct nat64_session *s,
		     enum nat64_dir dir)
{
	replace_port(s, dir, &udp->source, &udp->dest);
	if (!udp->check && skb->ip_summed != CHECKSUM_PARTIAL) {
		compute_udp_checksum(skb, udp, ip6);
		return;
	}
	update_checksum(skb, &udp->check, s, dir);
	if (!udp->check && skb->ip_summed != CHECKSUM_PARTIAL)
		udp->check = CSUM_MANGLED_0;
}

/* ICMPv6 has a pseudo header in its checksum, ICMP has none. */
__wsum nat64_xlat_echo(struct icmphdr *icmp, const struct ipv6hdr *ip6,
		       unsigned int len, const struct nat64_session *session,
		       enum nat64_dir dir)
{
	__be16 type = htons(icmp->type << 8);
	__wsum pseudo, diff;

	pseudo = csum_unfold(~csum_ipv6_magic(&ip6->saddr, &ip6->daddr, len,
					      IPPROTO_ICMPV6, 0));
	if (dir == NAT64_6TO4) {
		icmp->type = icmp->type == ICMPV6_ECHO_REQUEST ?
			     ICMP_ECHO : ICMP_ECHOREPLY;
		icmp->un.echo.id = session->tuple.port4;
		diff = csum_sub(0, pseudo);
	} else {
		icmp->type = icmp->type == ICMP_ECHO ? ICMPV6_ECHO_REQUEST :
						       ICMPV6_ECHO_REPLY;
		icmp->un.echo.id = session->tuple.port6;
		diff = pseudo;
	}
	diff = csum_add(diff, delta(session->csum_port, dir));
	diff = csum_sub(diff, (__force __wsum)type);
	return csum_add(diff, (__force __wsum)htons(icmp->type << 8));
}

__wsum nat64_xlat_delta(const struct nat64_session *session,
			enum nat64_dir dir)
{
	return csum_add(delta(session->csum_addr, dir),
			delta(session->csum_port, dir));
}

static void xlat_icmp(struct sk_buff *skb, struct icmphdr *icmp,
		      const struct ipv6hdr *ip6,
		      const struct nat64_session *s, enum nat64_dir dir)
{
	unsigned int len = skb->len - ((u8 *)icmp - skb->data);
	__wsum diff = nat64_xlat_echo(icmp, ip6, len, s, dir);

	inet_proto_csum_replace_by_diff(&icmp->checksum, skb, diff, false,
					false);
}

static u8 protocol(const struct nat64_session *session, bool error, u8 icmp)
{
	if (error)
		return icmp;
	switch (session->tuple.proto) {
	case NAT64_TCP:
		return IPPROTO_TCP;
	case NAT64_UDP:
		return IPPROTO_UDP;
	default:
		return icmp;
	}
}

u8 nat64_xlat_protocol4(const struct nat64_session *session, bool error)
{
	return protocol(session, error, IPPROTO_ICMP);
}

u8 nat64_xlat_protocol6(const struct nat64_session *session, bool error)
{
	return protocol(session, error, IPPROTO_ICMPV6);
}

void nat64_xlat_l4(struct sk_buff *skb, void *th, const struct ipv6hdr *ip6,
		   const struct nat64_session *session, enum nat64_dir dir)
{
	switch (session->tuple.proto) {
	case NAT64_TCP:
		xlat_tcp(skb, th, session, dir);
		break;
	case NAT64_UDP:
		xlat_udp(skb, th, ip6, session, dir);
		break;
	default:
		xlat_icmp(skb, th, ip6, session, dir);
		break;
	}
}

void nat64_xlat_prepare(struct sk_buff *skb)
{
	/* The device's sum is of the old header; no one will ask for it. */
	skb_forward_csum(skb);
	skb_dst_drop(skb);
	/* Neither IPsec nor a bridge knows of the new packet. */
	skb_ext_reset(skb);
	/* What a bridge shows Netfilter may still have the tag of a VLAN. */
	__vlan_hwaccel_clear_tag(skb);
	nf_reset_ct(skb);
	skb_set_nfct(skb, IP_CT_UNTRACKED);
	/* IPCB and IP6CB do not lie on top of each other. */
	memset(skb->cb, 0, sizeof(skb->cb));
	/* There is no link layer header in front of the new one. */
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	/*
	 * skb->hash stays: it still tells this flow from others, and a new
	 * one would cost a dissection. So do mark and priority: the user's.
	 */
}

void nat64_xlat_set_gso(struct sk_buff *skb, unsigned int from,
			unsigned int to)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (shinfo->gso_type & from) {
		shinfo->gso_type &= ~from;
		shinfo->gso_type |= to;
	}
}
