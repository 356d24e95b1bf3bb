/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels we build for: Debian's 6.1, 6.12 and the
 * newest of its backports. Nowhere else does a version matter.
 */
#ifndef _NAT64_COMPAT_H
#define _NAT64_COMPAT_H

#include <linux/err.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/version.h>
#include <net/flow.h>
#include <net/inet_dscp.h>
#include <net/inet_hashtables.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/udp.h>

/* skb_gso_segment() moved out of netdevice.h. */
#if __has_include(<net/gso.h>)
#include <net/gso.h>
#endif

/*
 * skb_gso_segment(), skb->data at the network header. Up to 6.12 a super-packet
 * of more than 64 KiB has a hop-by-hop header that tells its length, and 6.1
 * takes it off well only if there is an Ethernet header in front.
 */
static inline struct sk_buff *nat64_gso_segment(struct sk_buff *skb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	int nexthdr = ipv6_has_hopopt_jumbo(skb);

	if (nexthdr) {
		int err = skb_cow_head(skb, 0);

		if (err)
			return ERR_PTR(err);
		memmove(skb->data + sizeof(struct hop_jumbo_hdr), skb->data,
			sizeof(struct ipv6hdr));
		__skb_pull(skb, sizeof(struct hop_jumbo_hdr));
		skb_reset_network_header(skb);
		ipv6_hdr(skb)->nexthdr = nexthdr;
	}
#endif
	return skb_gso_segment(skb, 0);
}

#ifndef dst_rtable
#define dst_rtable(_ptr) container_of_const(_ptr, struct rtable, dst)
#endif

/* The TOS of an IPv4 flow became a dscp_t. */
static inline void nat64_flowi4_set_tos(struct flowi4 *fl4, u8 tos)
{
#ifdef flowi4_dscp
	fl4->flowi4_dscp = inet_dsfield_to_dscp(tos);
#else
	fl4->flowi4_tos = tos & INET_DSCP_MASK;
#endif
}

/*
 * Is there a TCP socket of the box's own that a packet from @saddr#@sport would be
 * for? @connected: only one that is connected to them. A socket without a packet:
 * a group that shares a port takes its members by hash.
 */
static inline bool nat64_tcp_socket(struct net *net, __be32 saddr, __be16 sport,
				    __be32 daddr, __be16 dport, int dif,
				    bool connected)
{
	struct sock *sk;

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
	struct inet_hashinfo *table = net->ipv4.tcp_death_row.hashinfo;

	sk = connected ?
	     inet_lookup_established(net, table, saddr, sport, daddr, dport,
				     dif) :
	     inet_lookup(net, table, NULL, 0, saddr, sport, daddr, dport, dif);
#else
	sk = connected ?
	     inet_lookup_established(net, saddr, sport, daddr, dport, dif) :
	     inet_lookup(net, NULL, 0, saddr, sport, daddr, dport, dif);
#endif
	if (!sk)
		return false;
	sock_gen_put(sk);
	return true;
}

/* The same of UDP, under RCU. */
static inline bool nat64_udp_socket(struct net *net, __be32 saddr, __be16 sport,
				    __be32 daddr, __be16 dport, int dif,
				    bool connected)
{
	const struct sock *sk;

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	sk = __udp4_lib_lookup(net, saddr, sport, daddr, dport, dif, 0,
			       &udp_table, NULL);
#elif LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
	sk = __udp4_lib_lookup(net, saddr, sport, daddr, dport, dif, 0,
			       net->ipv4.udp_table, NULL);
#else
	sk = __udp4_lib_lookup(net, saddr, sport, daddr, dport, dif, 0, NULL);
#endif
	return sk && (!connected || inet_sk(sk)->inet_dport == sport);
}

/*
 * Does the kernel's input routing take no offence at the source? That there is
 * no way on to the destination is none. The skb may get a route by it.
 */
static inline bool nat64_source_valid(struct sk_buff *skb, __be32 daddr,
				      __be32 saddr, u8 tos)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	int err;

	skb_dst_drop(skb);
	err = ip_route_input_noref(skb, daddr, saddr, tos, skb->dev);
	return err != -EXDEV && err != -EINVAL;
#else
	skb_dst_drop(skb);
	switch (ip_route_input_noref(skb, daddr, saddr,
				     inet_dsfield_to_dscp(tos), skb->dev)) {
	case SKB_DROP_REASON_IP_RPFILTER:
	case SKB_DROP_REASON_IP_LOCAL_SOURCE:
	case SKB_DROP_REASON_IP_INVALID_SOURCE:
	case SKB_DROP_REASON_IP_LOCALNET:
		return false;
	default:
		return true;
	}
#endif
}

#endif
