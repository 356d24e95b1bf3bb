/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NAT64_ADDR_H
#define _NAT64_ADDR_H

#include <linux/compiler.h>
#include <linux/in6.h>
#include <linux/types.h>

/* RFC 6146, 3.5.4: what has neither a prefix of its own: 64:ff9b::/96 */
#define NAT64_WKP_LEN	96

/**
 * struct nat64_prefix - an RFC 6052 prefix
 * @addr: the prefix, zero behind its length
 * @len: 32, 40, 48, 56, 64 or 96
 * @id: names the prefix in bindings and sessions, unique in its pool6
 */
struct nat64_prefix {
	struct in6_addr addr;
	u8 len;
	u8 id;
};

/**
 * nat64_prefix_valid() - may translation use this prefix?
 * @prefix: address and length
 *
 * RFC 6052, 2.2: one of six lengths, and bits 64 to 71 are zero. The prefix
 * must be one that unicast hosts can have, and zero behind its length.
 *
 * Return: true if so.
 */
bool nat64_prefix_valid(const struct nat64_prefix *prefix);

/**
 * nat64_prefix_match() - is the address inside the prefix?
 * @prefix: a valid prefix
 * @addr: any IPv6 address
 *
 * Return: true if so. What stands behind the IPv4 address does not matter
 * (RFC 6052, 2.2: to be ignored by those who receive it).
 */
bool nat64_prefix_match(const struct nat64_prefix *prefix,
			const struct in6_addr *addr);

/**
 * nat64_addr_embed() - build an IPv4-embedded IPv6 address (RFC 6052, 2.3)
 * @prefix: a valid prefix
 * @addr4: the IPv4 address
 * @addr6: the result, suffix zero
 */
void nat64_addr_embed(const struct nat64_prefix *prefix, __be32 addr4,
		      struct in6_addr *addr6);

/**
 * nat64_addr_extract() - the IPv4 address in an IPv6 address (RFC 6052, 2.3)
 * @prefix: the prefix that @addr6 is in
 * @addr6: the IPv4-embedded address
 *
 * Return: the IPv4 address.
 */
__be32 nat64_addr_extract(const struct nat64_prefix *prefix,
			  const struct in6_addr *addr6);

/* The longer part of nat64_addr_suffix(). */
__sum16 nat64_addr_suffix_sum(const struct nat64_prefix *prefix,
			      const struct in6_addr *addr6);

/**
 * nat64_addr_suffix() - what a checksum has of an IPv4-embedded address besides
 * @prefix: the prefix that @addr6 is in
 * @addr6: the IPv4-embedded address
 *
 * RFC 6052, 2.2: the suffix is zero, and ignored if it is not.
 *
 * Return: the sum of the suffix, 0 if it is zero.
 */
static inline __sum16 nat64_addr_suffix(const struct nat64_prefix *prefix,
					const struct in6_addr *addr6)
{
	return likely(prefix->len == NAT64_WKP_LEN) ? 0 :
	       nat64_addr_suffix_sum(prefix, addr6);
}

/**
 * nat64_addr6_illegal() - may no forwarded packet have this IPv6 source?
 * @addr: the source
 *
 * Unspecified, loopback, multicast and link-local addresses, and those that
 * embed an IPv4 address in the deprecated forms.
 *
 * Return: true if none may.
 */
bool nat64_addr6_illegal(const struct in6_addr *addr);

/** nat64_prefix_is_wkp() - is it the well-known prefix, 64:ff9b::/96? */
bool nat64_prefix_is_wkp(const struct nat64_prefix *prefix);

/**
 * nat64_addr4_is_global() - may this address be behind the well-known prefix?
 * @addr: an IPv4 address
 *
 * RFC 6052, 3.1, with the registry of RFC 6890 as "non-global" addresses.
 *
 * Return: false for private, shared, documentation and other special ones.
 */
bool nat64_addr4_is_global(__be32 addr);

#endif
