// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 addresses inside IPv6 addresses: RFC 6052.
 */
#include "addr.h"

#include <linux/kernel.h>
#include <linux/string.h>
#include <net/checksum.h>
#include <net/ipv6.h>

/* RFC 6052, 2.2: octet 8 ("u") is zero and the IPv4 address steps over it. */
#define OCTET_U		8

bool nat64_prefix_valid(const struct nat64_prefix *prefix)
{
	struct in6_addr cut;
	int type;

	switch (prefix->len) {
	case 32:
	case 40:
	case 48:
	case 56:
	case 64:
	case 96:
		break;
	default:
		return false;
	}
	ipv6_addr_prefix(&cut, &prefix->addr, prefix->len);
	type = ipv6_addr_type(&prefix->addr);
	return ipv6_addr_equal(&cut, &prefix->addr) &&
	       !prefix->addr.s6_addr[OCTET_U] &&
	       !ipv6_addr_any(&prefix->addr) && (type & IPV6_ADDR_UNICAST) &&
	       !(type & (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK |
			 IPV6_ADDR_MAPPED | IPV6_ADDR_COMPATv4));
}

bool nat64_prefix_match(const struct nat64_prefix *prefix,
			const struct in6_addr *addr)
{
	/* The length nearly everyone uses, at the price of two compares. */
	if (likely(prefix->len == NAT64_WKP_LEN))
		return addr->s6_addr32[0] == prefix->addr.s6_addr32[0] &&
		       addr->s6_addr32[1] == prefix->addr.s6_addr32[1] &&
		       addr->s6_addr32[2] == prefix->addr.s6_addr32[2];
	return ipv6_prefix_equal(&prefix->addr, addr, prefix->len);
}

void nat64_addr_embed(const struct nat64_prefix *prefix, __be32 addr4,
		      struct in6_addr *addr6)
{
	const u8 *octet = (const u8 *)&addr4;
	unsigned int to = prefix->len / 8;
	unsigned int i;

	*addr6 = prefix->addr;
	if (likely(prefix->len == NAT64_WKP_LEN)) {
		addr6->s6_addr32[3] = addr4;
		return;
	}
	for (i = 0; i < sizeof(addr4); i++, to++) {
		if (to == OCTET_U)
			to++;
		addr6->s6_addr[to] = octet[i];
	}
}

__be32 nat64_addr_extract(const struct nat64_prefix *prefix,
			  const struct in6_addr *addr6)
{
	unsigned int from = prefix->len / 8;
	__be32 addr4 = 0;
	u8 *octet = (u8 *)&addr4;
	unsigned int i;

	if (likely(prefix->len == NAT64_WKP_LEN))
		return addr6->s6_addr32[3];
	for (i = 0; i < sizeof(addr4); i++, from++) {
		if (from == OCTET_U)
			from++;
		octet[i] = addr6->s6_addr[from];
	}
	return addr4;
}

__sum16 nat64_addr_suffix_sum(const struct nat64_prefix *prefix,
			      const struct in6_addr *addr6)
{
	struct in6_addr plain;
	__wsum sum;

	nat64_addr_embed(prefix, nat64_addr_extract(prefix, addr6), &plain);
	if (likely(ipv6_addr_equal(&plain, addr6)))
		return 0;
	sum = csum_partial(addr6, sizeof(*addr6), 0);
	return ~csum_fold(csum_sub(sum, csum_partial(&plain, sizeof(plain),
						     0)));
}

bool nat64_addr6_illegal(const struct in6_addr *addr)
{
	int type = ipv6_addr_type(addr);

	return !(type & IPV6_ADDR_UNICAST) ||
	       (type & (IPV6_ADDR_LOOPBACK | IPV6_ADDR_LINKLOCAL |
			IPV6_ADDR_MAPPED | IPV6_ADDR_COMPATv4));
}

bool nat64_prefix_is_wkp(const struct nat64_prefix *prefix)
{
	static const struct in6_addr wkp = {
		.s6_addr = { 0x00, 0x64, 0xff, 0x9b }
	};

	return prefix->len == NAT64_WKP_LEN &&
	       ipv6_addr_equal(&prefix->addr, &wkp);
}

/* The IPv4 special-purpose addresses that are not globally reachable. */
static const struct {
	u32 addr;
	u8 len;
} special[] = {
	{ 0x00000000, 8 },	/* 0.0.0.0, this network */
	{ 0x0a000000, 8 },	/* 10.0.0.0, private */
	{ 0x64400000, 10 },	/* 100.64.0.0, shared */
	{ 0x7f000000, 8 },	/* 127.0.0.0, loopback */
	{ 0xa9fe0000, 16 },	/* 169.254.0.0, link local */
	{ 0xac100000, 12 },	/* 172.16.0.0, private */
	{ 0xc0000000, 24 },	/* 192.0.0.0, protocol assignments */
	{ 0xc0000200, 24 },	/* 192.0.2.0, documentation */
	{ 0xc0586300, 24 },	/* 192.88.99.0, 6to4 relays that were */
	{ 0xc0a80000, 16 },	/* 192.168.0.0, private */
	{ 0xc6120000, 15 },	/* 198.18.0.0, benchmarking */
	{ 0xc6336400, 24 },	/* 198.51.100.0, documentation */
	{ 0xcb007100, 24 },	/* 203.0.113.0, documentation */
	{ 0xe0000000, 4 },	/* 224.0.0.0, multicast */
	{ 0xf0000000, 4 },	/* 240.0.0.0, reserved, and broadcast */
};

bool nat64_addr4_is_global(__be32 addr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(special); i++)
		if (!((ntohl(addr) ^ special[i].addr) >> (32 - special[i].len)))
			return false;
	return true;
}
