/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the box itself has of pool4: addresses, and ports of its sockets and its
 * NAT44 (design.rst, "host ports").
 */
#ifndef _NAT64_HOST_H
#define _NAT64_HOST_H

#include "net.h"
#include "why.h"

struct sk_buff;

/** nat64_host_addr() - the box's own address from @first to @last; 0: none */
__be32 nat64_host_addr(struct net *net, u32 first, u32 last);

/**
 * nat64_host_check() - are these ports that the box gives its own sockets?
 * @net: the namespace
 * @entry: the entry that is to have them
 * @proto: enum nat64_proto
 * @ranges: the ports
 * @why: what is wrong
 *
 * Return: 0; -EADDRINUSE if an address of the entry is the box's own, as those of
 *	an interface are, and a port is in net.ipv4.ip_local_port_range and not reserved.
 */
int nat64_host_check(struct net *net, const struct nat64_pool4_entry *entry,
		     enum nat64_proto proto, const struct nat64_ranges *ranges,
		     struct nat64_why *why);

/**
 * nat64_host_tell() - log what collides since an address or a sysctl changed
 * @nn: the instance, its namespace alive
 *
 * Each entry once, until it does no more.
 *
 * Context: may sleep, nn->mutex held.
 */
void nat64_host_tell(struct nat64_net *nn);

/**
 * nat64_host_socket() - has the box a socket that a packet would be for?
 * @net: the namespace
 * @tuple: the flow; the packet is from Z, z to T, t
 * @connected: only one that is connected to Z, z
 *
 * Context: RCU, bottom halves off.
 */
bool nat64_host_socket(struct net *net, const struct nat64_tuple *tuple,
		       bool connected);

/**
 * nat64_host_tracked() - is it conntrack's: an answer, or translated by NAT44?
 * @skb: the packet, in PRE_ROUTING, before conntrack
 * @tuple: its flow
 *
 * What merely came for the box before, and was given back, is not.
 */
bool nat64_host_tracked(const struct sk_buff *skb,
			const struct nat64_tuple *tuple);

/**
 * nat64_host_share() - pool4 is shared with the box's NAT44, as a packet has shown
 * @nn: the instance
 *
 * The box's own flows are noted soon, where they were not.
 */
void nat64_host_share(struct nat64_net *nn);

#endif
