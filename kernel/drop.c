// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of a packet that ends here: see drop.h.
 */
#include "drop.h"

#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "trace.h"

static const enum skb_drop_reason core_reason[NAT64_REASONS] = {
#define X(name, core, text) \
	[NAT64_DROP_##name] = SKB_DROP_REASON_##core,
	NAT64_DROP_REASONS(X)
#undef X
};

static const char *const reason_text[NAT64_REASONS] = {
#define X(name, core, text) \
	[NAT64_DROP_##name] = text,
	NAT64_DROP_REASONS(X)
#undef X
};

/* What an operator should hear of, who may have to make room, and how. */
static const char *const advice[NAT64_REASONS] = {
	[NAT64_DROP_ports_exhausted] =
		"add addresses or ports to pool4, or set limits/bindings_per_client",
	[NAT64_DROP_host_port] =
		"give pool4 ports that nobody else uses, e.g. 61001-65535",
	[NAT64_DROP_host_flow] =
		"give pool4 ports that nobody else uses, e.g. 61001-65535",
	[NAT64_DROP_session_limit] =
		"raise limits/sessions, or shorten timeouts",
	[NAT64_DROP_client_limit] =
		"see /proc/net/nat64/bib for who has much, or raise the limits",
	[NAT64_DROP_syn_limit] =
		"raise limits/stored_syns, or set filtering/drop_external_tcp",
};

/*
 * Each of them now and then, whatever becomes of the others; how many there were
 * the counters tell, so the suppressed lines are not counted as well.
 */
#define INTERVAL	(60 * HZ)
#define BURST		3

static struct ratelimit_state limits[NAT64_REASONS] = {
#define X(name, core, text)						\
	[NAT64_DROP_##name] = RATELIMIT_STATE_INIT_FLAGS(name, INTERVAL, \
			BURST, RATELIMIT_MSG_ON_RELEASE),
	NAT64_DROP_REASONS(X)
#undef X
};

static void report(const struct nat64_net *nn, enum nat64_reason reason)
{
	if (advice[reason] && __ratelimit(&limits[reason]))
		pr_info("nat64: net:[%u]: dropped: %s; %s\n", nn->net_inum,
			reason_text[reason], advice[reason]);
}

void nat64_drop_tell(const struct nat64_net *nn, const struct sk_buff *skb,
		     enum nat64_reason reason)
{
	nat64_stats_inc(nn->stats, NAT64_STAT_DROPS + reason);
	trace_nat64_drop(nn->net_inum, skb, reason);
	report(nn, reason);
}

enum skb_drop_reason nat64_drop_core(enum nat64_reason reason)
{
	return core_reason[reason];
}
