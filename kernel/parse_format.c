// SPDX-License-Identifier: GPL-2.0
/*
 * Values to text: see parse.h.
 */
#include "parse.h"

#include <linux/inetdevice.h>
#include <linux/sysfs.h>

#include "icmp.h"
#include "net.h"
#include "pool6.h"

static int emit_ranges(char *page, int len, const struct nat64_ranges *ranges)
{
	unsigned int i;

	for (i = 0; i < ranges->n; i++) {
		const struct nat64_range *range = &ranges->range[i];

		len += sysfs_emit_at(page, len, "%s%u", i ? "," : "",
				     range->lo);
		if (range->hi > range->lo)
			len += sysfs_emit_at(page, len, "-%u", range->hi);
	}
	return len + sysfs_emit_at(page, len, "\n");
}

static int emit_setting(char *page, int len,
			const struct nat64_pool4_entry *entry,
			unsigned int which)
{
	switch (which) {
	case NAT64_POOL4_MARK:
		if (!entry->mask)
			return len + sysfs_emit_at(page, len, "0/0\n");
		return len + sysfs_emit_at(page, len, "%#x/%#x\n",
					   entry->mark, entry->mask);
	case NAT64_POOL4_FORCE:
		return len + sysfs_emit_at(page, len, "%u\n", entry->force);
	default:
		return emit_ranges(page, len, entry->ranges[which]);
	}
}

int nat64_format_pool4_setting(char *page,
			       const struct nat64_pool4_entry *entry,
			       unsigned int which)
{
	return emit_setting(page, 0, entry, which);
}

int nat64_format_pool4_settings(char *page,
				const struct nat64_pool4_entry *entry)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < NAT64_POOL4_SETTINGS; i++) {
		len += sysfs_emit_at(page, len, "%s=", nat64_pool4_settings[i]);
		len = emit_setting(page, len, entry, i);
	}
	/* What did not fit was cut one byte behind that, and its newline. */
	return len <= NAT64_TEXT_MAX + 1 ? len : -E2BIG;
}

int nat64_format_pool6(char *page, const struct nat64_pool6 *pool6)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < pool6->n; i++)
		len += sysfs_emit_at(page, len, "%s%pI6c/%u", i ? " " : "",
				     &pool6->prefix[i].addr,
				     pool6->prefix[i].len);
	return len + sysfs_emit_at(page, len, "\n");
}

int nat64_format_net4(char *page, const struct nat64_net4 *net4,
		      unsigned int n)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < n; i++) {
		int plen = inet_mask_len(net4[i].mask);

		len += sysfs_emit_at(page, len, "%s%pI4", i ? " " : "",
				     &net4[i].addr);
		if (plen < 32)
			len += sysfs_emit_at(page, len, "/%d", plen);
	}
	return len + sysfs_emit_at(page, len, "\n");
}

int nat64_format_plateaus(char *page, const struct nat64_plateaus *plateaus)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < plateaus->n; i++)
		len += sysfs_emit_at(page, len, "%s%u", i ? " " : "",
				     plateaus->mtu[i]);
	return len + sysfs_emit_at(page, len, "\n");
}

int nat64_format_tos(char *page, u32 tos)
{
	if (tos == NAT64_TOS_INHERIT)
		return sysfs_emit(page, "inherit\n");
	return sysfs_emit(page, "%u\n", tos);
}

int nat64_format_end6(char *page, const struct nat64_end6 *end)
{
	if (!end)
		return sysfs_emit(page, "\n");
	return sysfs_emit(page, "%pI6c#%u\n", &end->addr, ntohs(end->port));
}
