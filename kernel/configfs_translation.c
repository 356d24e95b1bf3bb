// SPDX-License-Identifier: GPL-2.0
/*
 * translation/: how packets are translated, as far as RFC 7915 and RFC 6052
 * leave it to the administrator.
 */
#include <linux/ipv6.h>

#include "config.h"
#include "configfs_tree.h"

static const char *const class_words[] = {
	[NAT64_CLASS_INHERIT] = "inherit",
	[NAT64_CLASS_ZERO] = "zero",
	NULL
};

static const char *const udp_zero_words[] = {
	[NAT64_UDP_ZERO_COMPUTE] = "compute",
	[NAT64_UDP_ZERO_DROP] = "drop",
	NULL
};

static const char *const errors_words[] = {
	[NAT64_ERRORS_RATELIMIT] = "ratelimit",
	[NAT64_ERRORS_SEND] = "send",
	[NAT64_ERRORS_OFF] = "off",
	NULL
};

static const char *const source_words[] = {
	[NAT64_SOURCE_ROUTER] = "router",
	[NAT64_SOURCE_DESTINATION] = "destination",
	NULL
};

NAT64_WORD_ATTR(translation, traffic_class, class_words,
		nn->translation.traffic_class, "zero")
NAT64_WORD_ATTR(translation, udp_zero_checksum, udp_zero_words,
		nn->translation.udp_zero_checksum, "drop")
NAT64_WORD_ATTR(translation, icmp_errors, errors_words,
		nn->translation.icmp_errors, "send")
NAT64_WORD_ATTR(translation, icmp_error_source, source_words,
		nn->translation.icmp_error_source, "destination")
NAT64_SWITCH_ATTR(translation, wkp_global_only,
		  nn->translation.wkp_global_only,
		  nat64_config_rule(nn, &nn->translation.wkp_global_only, value, why))
NAT64_NUMBER_ATTR(translation, lowest_ipv6_mtu,
		  nn->translation.lowest_ipv6_mtu, IPV6_MIN_MTU, U16_MAX,
		  "bytes, RFC 8200, 5", "1280",
		  nat64_config_number(nn, &nn->translation.lowest_ipv6_mtu,
				      value, why))

static ssize_t translation_tos_show(struct config_item *item, char *page)
{
	return nat64_format_tos(page, READ_ONCE(nat64_configfs_nn(item)->translation.tos));
}

static int translation_tos_set(struct config_item *item, const char *buf,
			       size_t len, struct nat64_why *why)
{
	struct nat64_net *nn = nat64_configfs_nn(item);
	u32 tos;
	int err = nat64_parse_tos(buf, len, &tos, why);

	return err ?: nat64_config_number(nn, &nn->translation.tos, tos, why);
}

NAT64_ATTR(translation, tos, "184")

static ssize_t translation_mtu_plateaus_show(struct config_item *item,
					     char *page)
{
	const struct nat64_plateau_list *plateaus;
	ssize_t len;

	rcu_read_lock();
	plateaus = rcu_dereference(nat64_configfs_nn(item)->plateaus);
	len = nat64_format_plateaus(page, &plateaus->list);
	rcu_read_unlock();
	return len;
}

static int translation_mtu_plateaus_set(struct config_item *item,
					const char *buf, size_t len,
					struct nat64_why *why)
{
	struct nat64_plateaus plateaus;
	int err = nat64_parse_plateaus(buf, len, &plateaus, why);

	return err ?: nat64_config_plateaus(nat64_configfs_nn(item), &plateaus,
					    why);
}

NAT64_ATTR(translation, mtu_plateaus, "1500 1492 1280")

static struct configfs_attribute *translation_attrs[] = {
	&translation_attr_lowest_ipv6_mtu,
	&translation_attr_mtu_plateaus,
	&translation_attr_tos,
	&translation_attr_traffic_class,
	&translation_attr_udp_zero_checksum,
	&translation_attr_icmp_errors,
	&translation_attr_icmp_error_source,
	&translation_attr_wkp_global_only,
	NULL
};

const struct config_item_type nat64_configfs_translation_type = {
	.ct_attrs = translation_attrs,
	.ct_owner = THIS_MODULE,
};
