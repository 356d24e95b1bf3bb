/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fragments, on their way in and out. The translation wants whole packets; the
 * kernel's own defragmentation makes them, before our hooks see them, and its
 * output cuts those of IPv4. Here is what it does not do.
 */
#ifndef _NAT64_FRAG_H
#define _NAT64_FRAG_H

#include <linux/types.h>

struct net;
struct sk_buff;
struct sock;

/** nat64_frag_enable() - turn defragmentation on; may sleep; 0 or an errno */
int nat64_frag_enable(struct net *net);

/** nat64_frag_disable() - off, unless others want it */
void nat64_frag_disable(struct net *net);

/**
 * nat64_frag_strip_atomic() - take the header off an atomic fragment
 * @skb: an IPv6 packet, skb->data at its header
 *
 * RFC 6946: what has a fragment header but is whole stands for itself. It must
 * not meet the queue of others with its id, as nf_defrag_ipv6 would have it.
 * Any other packet is left alone.
 *
 * Context: before nf_defrag_ipv6. May move the skb's data.
 */
void nat64_frag_strip_atomic(struct sk_buff *skb);

/**
 * nat64_frag_gather6() - put an IPv6 fragment to the others of its packet
 * @net: the namespace
 * @skb: the fragment; nf_defrag_ipv6 did not look at it, being untracked
 * @local: the box itself sent it
 *
 * Context: bottom halves off.
 * Return: 0: @skb is what was there before, or the whole packet;
 *	-EINPROGRESS: it is gone until the others come; else it is to be dropped.
 */
int nat64_frag_gather6(struct net *net, struct sk_buff *skb, bool local);

/** nat64_frag_gather4() - the same for IPv4; it drops what is to be dropped */
int nat64_frag_gather4(struct net *net, struct sk_buff *skb, bool local);

/**
 * nat64_frag_plan6() - have an IPv6 packet cut on output
 * @skb: the packet, without extension headers; its control block is set
 * @mtu: the largest fragment
 * @id: the identification of its fragments
 */
void nat64_frag_plan6(struct sk_buff *skb, u16 mtu, u16 id);

/** nat64_frag_planned6() - is this IPv6 packet to be cut? */
bool nat64_frag_planned6(const struct sk_buff *skb);

/**
 * nat64_frag_output6() - send such a packet, as POST_ROUTING's last function
 * @net: the namespace
 * @sk: whose packet it is, or NULL
 * @skb: the packet; POST_ROUTING has seen it whole
 *
 * The kernel's own ip6_fragment() would choose an id: RFC 7915, 4.1, wants that
 * of the IPv4 packet.
 *
 * Return: 0 or an errno; the skb is gone.
 */
int nat64_frag_output6(struct net *net, struct sock *sk, struct sk_buff *skb);

#endif
