// SPDX-License-Identifier: GPL-2.0
/*
 * Fragments on their way in: see frag.h.
 */
#include "frag.h"

#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/ipv6.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv4/nf_defrag_ipv4.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

int nat64_frag_enable(struct net *net)
{
	int err;

	err = nf_defrag_ipv4_enable(net);
	if (err)
		return err;
	err = nf_defrag_ipv6_enable(net);
	if (err)
		nf_defrag_ipv4_disable(net);
	return err;
}

void nat64_frag_disable(struct net *net)
{
	nf_defrag_ipv6_disable(net);
	nf_defrag_ipv4_disable(net);
}

/*
 * The offset of an atomic fragment's header, linear then; 0 if it is none.
 * @prevhdr: where the number of that header stands
 */
static unsigned int atomic_header(struct sk_buff *skb, u8 **prevhdr)
{
	unsigned int offset = sizeof(struct ipv6hdr);
	const struct frag_hdr *frag;
	unsigned int at = 0;

	if (skb_is_gso(skb) ||
	    ipv6_find_hdr(skb, &at, NEXTHDR_FRAGMENT, NULL, NULL) < 0 ||
	    !pskb_may_pull(skb, at + sizeof(*frag)))
		return 0;
	*prevhdr = &ipv6_hdr(skb)->nexthdr;
	while (offset < at) {
		struct ipv6_opt_hdr *hdr;

		hdr = (struct ipv6_opt_hdr *)(skb->data + offset);
		*prevhdr = &hdr->nexthdr;
		offset += ipv6_optlen(hdr);
	}
	frag = (struct frag_hdr *)(skb->data + at);
	/* AH, whose length is of other units, is not translated anyway. */
	if (offset != at || **prevhdr != NEXTHDR_FRAGMENT ||
	    frag->frag_off & htons(IP6_OFFSET | IP6_MF))
		return 0;
	return at;
}

void nat64_frag_strip_atomic(struct sk_buff *skb)
{
	const unsigned int cut = sizeof(struct frag_hdr);
	unsigned int front = 0;
	unsigned int offset;
	u8 *prevhdr;

	offset = atomic_header(skb, &prevhdr);
	if (!offset || skb_ensure_writable(skb, offset + cut))
		return;
	offset = atomic_header(skb, &prevhdr);
	*prevhdr = ((struct frag_hdr *)(skb->data + offset))->nexthdr;
	/* A device's sum is of all there was. */
	skb_forward_csum(skb);
	/* RFC 7915, 5.1.1: who sent it so lets it be cut. */
	IP6CB(skb)->frag_max_size = min_t(unsigned int, skb->len, U16_MAX);
	/* The link layer's header moves along: a bridge wants it there. */
	if (skb_mac_header_was_set(skb)) {
		front = skb->data - skb_mac_header(skb);
		skb->mac_header += cut;
	}
	memmove(skb->data - front + cut, skb->data - front, front + offset);
	__skb_pull(skb, cut);
	skb_reset_network_header(skb);
	ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
}

int nat64_frag_gather6(struct net *net, struct sk_buff *skb, bool local)
{
	return nf_ct_frag6_gather(net, skb, local ? IP6_DEFRAG_CONNTRACK_OUT :
						    IP6_DEFRAG_CONNTRACK_IN);
}

int nat64_frag_gather4(struct net *net, struct sk_buff *skb, bool local)
{
	return ip_defrag(net, skb, local ? IP_DEFRAG_CONNTRACK_OUT :
					   IP_DEFRAG_CONNTRACK_IN) ?
	       -EINPROGRESS : 0;
}

/**
 * struct frag_cb - the control block of a packet that is to be cut
 * @ip6: what IPv6's output finds there
 * @mtu: the largest fragment; 0: it is not to be cut
 * @id: of its fragments
 */
struct frag_cb {
	struct inet6_skb_parm ip6;
	u16 mtu;
	u16 id;
};

static struct frag_cb *cb_of(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct frag_cb) > sizeof(skb->cb));
	return (struct frag_cb *)skb->cb;
}

void nat64_frag_plan6(struct sk_buff *skb, u16 mtu, u16 id)
{
	cb_of(skb)->mtu = mtu;
	cb_of(skb)->id = id;
}

bool nat64_frag_planned6(const struct sk_buff *skb)
{
	return cb_of(skb)->mtu;
}

int nat64_frag_output6(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	const unsigned int headers = sizeof(struct ipv6hdr) +
				     sizeof(struct frag_hdr);
	const struct frag_cb cb = *cb_of(skb);
	struct dst_entry *dst = skb_dst(skb);
	struct ip6_frag_state state;
	int err = 0;
	u8 *nexthdr;

	if (skb->ip_summed == CHECKSUM_PARTIAL)
		err = skb_checksum_help(skb);
	if (err)
		goto free;
	nexthdr = &ipv6_hdr(skb)->nexthdr;
	ip6_frag_init(skb, sizeof(struct ipv6hdr), cb.mtu - headers,
		      dst->dev->needed_tailroom, LL_RESERVED_SPACE(dst->dev),
		      nexthdr, *nexthdr, htonl(cb.id), &state);
	while (state.left && !err) {
		struct sk_buff *frag = ip6_frag_next(skb, &state);

		if (IS_ERR(frag)) {
			err = PTR_ERR(frag);
			break;
		}
		/* POST_ROUTING has seen it. */
		IP6CB(frag)->flags |= IP6SKB_REROUTED;
		IP6_INC_STATS(net, ip6_dst_idev(dst), IPSTATS_MIB_FRAGCREATES);
		err = dst_output(net, sk, frag);
	}
free:
	IP6_INC_STATS(net, ip6_dst_idev(dst), err ? IPSTATS_MIB_FRAGFAILS :
						    IPSTATS_MIB_FRAGOKS);
	if (err)
		kfree_skb(skb);
	else
		consume_skb(skb);
	return err;
}
