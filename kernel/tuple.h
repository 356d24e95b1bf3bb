/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vocabulary: protocols, directions, transport addresses and the tuple
 * that names a flow on both of its sides. Letters are those of RFC 6146.
 */
#ifndef _NAT64_TUPLE_H
#define _NAT64_TUPLE_H

#include <linux/in6.h>
#include <linux/types.h>

/** enum nat64_proto - what is translated; each has its own BIB */
enum nat64_proto {
	NAT64_TCP,
	NAT64_UDP,
	NAT64_ICMP,
	NAT64_PROTOS
};

/** nat64_proto_name() - as files and directories are called */
static inline const char *nat64_proto_name(enum nat64_proto proto)
{
	static const char *const names[] = {
		[NAT64_TCP] = "tcp",
		[NAT64_UDP] = "udp",
		[NAT64_ICMP] = "icmp",
	};

	return names[proto];
}

/** enum nat64_dir - the way of a packet through the translator */
enum nat64_dir {
	NAT64_6TO4,
	NAT64_4TO6,
	NAT64_DIRS
};

/** struct nat64_end4 - an IPv4 transport address, or address and query id */
struct nat64_end4 {
	__be32 addr;
	__be16 port;
};

/** struct nat64_end6 - an IPv6 transport address, or address and query id */
struct nat64_end6 {
	struct in6_addr addr;
	__be16 port;
};

/**
 * struct nat64_tuple - a flow, seen from both sides
 * @addr6: X', the client
 * @port6: x, its port or query id
 * @rport: z, the server's port; 0 for ICMP, whose queries have one id
 * @raddr: Z, the server; on the IPv6 side it stands inside a pool6 prefix
 * @addr4: T, the client's address on the IPv4 side
 * @port4: t, its port or query id there
 * @proto: enum nat64_proto
 * @prefix: the id of the pool6 prefix that the client used
 *
 * The first four members with @proto and @prefix are the key of the IPv6
 * side; @raddr, @rport, @addr4, @port4 and @proto that of the IPv4 side.
 * 32 bytes without a hole, aligned for hsiphash().
 */
struct nat64_tuple {
	struct in6_addr addr6;
	__be16 port6;
	__be16 rport;
	__be32 raddr;
	__be32 addr4;
	__be16 port4;
	u8 proto;
	u8 prefix;
} __aligned(8);

#endif
