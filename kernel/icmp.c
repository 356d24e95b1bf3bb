// SPDX-License-Identifier: GPL-2.0
/*
 * The types and codes of ICMP errors: see icmp.h.
 */
#include "icmp.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kernel.h>
#include <net/ip.h>

/* Units of RFC 4884's length field: 32 bits in ICMPv4, 64 in ICMPv6. */
#define UNIT4	4
#define UNIT6	8

#define NO_POINTER	0xff

/** struct pair - a type and a code; no ICMP error has type 0 */
struct pair {
	u8 type;
	u8 code;
};

#define NO_ROUTE	{ ICMPV6_DEST_UNREACH, ICMPV6_NOROUTE }
#define PROHIBITED	{ ICMPV6_DEST_UNREACH, ICMPV6_ADM_PROHIBITED }

/* RFC 7915, 4.2: Destination Unreachable, by code. */
static const struct pair unreach_4to6[] = {
	[ICMP_NET_UNREACH] = NO_ROUTE,
	[ICMP_HOST_UNREACH] = NO_ROUTE,
	[ICMP_PROT_UNREACH] = { ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR },
	[ICMP_PORT_UNREACH] = { ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH },
	[ICMP_FRAG_NEEDED] = { ICMPV6_PKT_TOOBIG, 0 },
	[ICMP_SR_FAILED] = NO_ROUTE,
	[ICMP_NET_UNKNOWN] = NO_ROUTE,
	[ICMP_HOST_UNKNOWN] = NO_ROUTE,
	[ICMP_HOST_ISOLATED] = NO_ROUTE,
	[ICMP_NET_ANO] = PROHIBITED,
	[ICMP_HOST_ANO] = PROHIBITED,
	[ICMP_NET_UNR_TOS] = NO_ROUTE,
	[ICMP_HOST_UNR_TOS] = NO_ROUTE,
	[ICMP_PKT_FILTERED] = PROHIBITED,
	[ICMP_PREC_VIOLATION] = {},
	[ICMP_PREC_CUTOFF] = PROHIBITED,
};

/* RFC 7915, 5.2: Destination Unreachable, by code. */
static const struct pair unreach_6to4[] = {
	[ICMPV6_NOROUTE] = { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH },
	[ICMPV6_ADM_PROHIBITED] = { ICMP_DEST_UNREACH, ICMP_HOST_ANO },
	[ICMPV6_NOT_NEIGHBOUR] = { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH },
	[ICMPV6_ADDR_UNREACH] = { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH },
	[ICMPV6_PORT_UNREACH] = { ICMP_DEST_UNREACH, ICMP_PORT_UNREACH },
};

/* RFC 7915, 5.2: Parameter Problem, by code. */
static const struct pair parameter_6to4[] = {
	[ICMPV6_HDR_FIELD] = { ICMP_PARAMETERPROB, 0 },
	[ICMPV6_UNK_NEXTHDR] = { ICMP_DEST_UNREACH, ICMP_PROT_UNREACH },
};

/* RFC 7915, figure 3: Pointer, by octet of the IPv4 header. */
static const u8 pointer_4to6[] = {
	[0] = 0,		/* version, header length: version, class */
	[1] = 1,		/* type of service: class, flow label */
	[2 ... 3] = 4,		/* total length: payload length */
	[4 ... 7] = NO_POINTER,	/* identification, flags, offset */
	[8] = 7,		/* time to live: hop limit */
	[9] = 6,		/* protocol: next header */
	[10 ... 11] = NO_POINTER,	/* header checksum */
	[12 ... 15] = 8,	/* source */
	[16 ... 19] = 24,	/* destination */
};

/* RFC 7915, figure 6: Pointer, by octet of the IPv6 header. */
static const u8 pointer_6to4[] = {
	[0] = 0,		/* version, class: version, header length */
	[1] = 1,		/* class, flow label: type of service */
	[2 ... 3] = NO_POINTER,	/* flow label */
	[4 ... 5] = 2,		/* payload length: total length */
	[6] = 9,		/* next header: protocol */
	[7] = 8,		/* hop limit: time to live */
	[8 ... 23] = 12,	/* source */
	[24 ... 39] = 16,	/* destination */
};

static struct pair look_up(const struct pair *table, size_t n, u8 code)
{
	return code < n ? table[code] : (struct pair){};
}

static u8 look_up_pointer(const u8 *table, size_t n, u32 pointer)
{
	return pointer < n ? table[pointer] : NO_POINTER;
}

static struct pair error_4to6(const struct icmphdr *icmp)
{
	switch (icmp->type) {
	case ICMP_DEST_UNREACH:
		return look_up(unreach_4to6, ARRAY_SIZE(unreach_4to6),
			       icmp->code);
	case ICMP_TIME_EXCEEDED:
		return (struct pair){ ICMPV6_TIME_EXCEED, icmp->code };
	case ICMP_PARAMETERPROB:
		/* 0: the pointer tells; 2: bad length; not 1, a lacking option */
		if (icmp->code == 0 || icmp->code == 2)
			return (struct pair){ ICMPV6_PARAMPROB,
					      ICMPV6_HDR_FIELD };
		return (struct pair){};
	default:
		return (struct pair){};
	}
}

static struct pair error_6to4(const struct icmphdr *icmp)
{
	switch (icmp->type) {
	case ICMPV6_DEST_UNREACH:
		return look_up(unreach_6to4, ARRAY_SIZE(unreach_6to4),
			       icmp->code);
	case ICMPV6_PKT_TOOBIG:
		return (struct pair){ ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED };
	case ICMPV6_TIME_EXCEED:
		return (struct pair){ ICMP_TIME_EXCEEDED, icmp->code };
	case ICMPV6_PARAMPROB:
		return look_up(parameter_6to4, ARRAY_SIZE(parameter_6to4),
			       icmp->code);
	default:
		return (struct pair){};
	}
}

/* The pointer of the new message, NO_POINTER if there is none to be had. */
static u8 translate_pointer(enum nat64_dir dir, const struct icmphdr *icmp,
			    struct pair to)
{
	if (dir == NAT64_4TO6) {
		if (icmp->type == ICMP_PARAMETERPROB)
			return look_up_pointer(pointer_4to6,
					       ARRAY_SIZE(pointer_4to6),
					       ntohl(icmp->un.gateway) >> 24);
		/* Protocol unreachable: at the protocol. */
		return to.type == ICMPV6_PARAMPROB ?
		       offsetof(struct ipv6hdr, nexthdr) : 0;
	}
	if (to.type == ICMP_PARAMETERPROB)
		return look_up_pointer(pointer_6to4, ARRAY_SIZE(pointer_6to4),
				       ntohl(icmp->un.gateway));
	return 0;
}

bool nat64_icmp_is_error(enum nat64_dir dir, u8 type)
{
	if (dir == NAT64_6TO4)
		return !(type & ICMPV6_INFOMSG_MASK);
	switch (type) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return true;
	default:
		return false;
	}
}

static bool has_length4(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB;
}

static bool has_length6(u8 type)
{
	return type == ICMPV6_DEST_UNREACH || type == ICMPV6_TIME_EXCEED;
}

bool nat64_icmp_error(enum nat64_dir dir, const struct icmphdr *icmp,
		      struct nat64_icmp_error *error)
{
	bool to6 = dir == NAT64_4TO6;
	struct pair to = to6 ? error_4to6(icmp) : error_6to4(icmp);
	u8 pointer = translate_pointer(dir, icmp, to);

	if (!to.type || pointer == NO_POINTER)
		return false;
	*error = (struct nat64_icmp_error){
		.type = to.type,
		.code = to.code,
		.pointer = pointer,
		.has_mtu = to6 ? to.type == ICMPV6_PKT_TOOBIG :
				 icmp->type == ICMPV6_PKT_TOOBIG,
		.old_length = to6 ? has_length4(icmp->type) :
				    has_length6(icmp->type),
		.new_length = to6 ? has_length6(to.type) :
				    has_length4(to.type),
	};
	return true;
}

/* The length field: octet 5 of ICMPv4's header, octet 4 of ICMPv6's. */
static u8 *length_of(bool v6, struct icmphdr *icmp)
{
	return (u8 *)&icmp->un + (v6 ? 0 : 1);
}

unsigned int nat64_icmp_quote_len(enum nat64_dir dir,
				  const struct icmphdr *icmp)
{
	bool v6 = dir == NAT64_6TO4;
	u8 length = *length_of(v6, (struct icmphdr *)icmp);

	return length * (v6 ? UNIT6 : UNIT4);
}

void nat64_icmp_set_header(enum nat64_dir dir, struct icmphdr *icmp,
			   const struct nat64_icmp_error *error, u32 mtu,
			   unsigned int quote)
{
	bool to6 = dir == NAT64_4TO6;

	*icmp = (struct icmphdr){ .type = error->type, .code = error->code };
	if (to6 && error->type == ICMPV6_PKT_TOOBIG)
		icmp->un.gateway = htonl(mtu);
	else if (to6 && error->type == ICMPV6_PARAMPROB)
		icmp->un.gateway = htonl(error->pointer);
	else if (!to6 && error->type == ICMP_PARAMETERPROB)
		icmp->un.gateway = htonl(error->pointer << 24);
	else if (error->has_mtu)
		icmp->un.frag.mtu = htons(mtu);
	if (quote)
		*length_of(to6, icmp) = quote / (to6 ? UNIT6 : UNIT4);
}

/* The likely MTU that a packet of this length did not fit; 0: who knows. */
static u32 plateau_below(u16 len, const struct nat64_plateaus *plateaus)
{
	unsigned int i;

	for (i = 0; i < plateaus->n; i++)
		if (plateaus->mtu[i] < len)
			return plateaus->mtu[i];
	return 0;
}

u32 nat64_icmp_mtu_4to6(u32 mtu, u16 quoted, u32 mtu4, u32 mtu6,
			const struct nat64_plateaus *plateaus)
{
	const u32 growth = sizeof(struct ipv6hdr) - sizeof(struct iphdr);

	if (!mtu)
		mtu = plateau_below(quoted, plateaus);
	mtu = min(mtu, mtu4) + growth;
	return max_t(u32, min(mtu, mtu6), IPV6_MIN_MTU);
}

u32 nat64_icmp_mtu_6to4(u32 mtu, unsigned int shrink, u32 mtu6, u32 mtu4)
{
	const u32 header = sizeof(struct ipv6hdr) - sizeof(struct iphdr);

	mtu = mtu > shrink ? mtu - shrink : 0;
	mtu = min3(mtu, mtu4, mtu6 - header);
	return clamp_t(u32, mtu, IPV4_MIN_MTU, IP_MAX_MTU);
}
