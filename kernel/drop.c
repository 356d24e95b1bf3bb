// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of a packet that ends here: see drop.h.
 */
#include "drop.h"

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

/* What an operator should hear of, who may have to make room. */
static void report(const struct nat64_net *nn, enum nat64_reason reason)
{
	switch (reason) {
	case NAT64_DROP_ports_exhausted:
	case NAT64_DROP_host_port:
	case NAT64_DROP_host_flow:
	case NAT64_DROP_session_limit:
	case NAT64_DROP_client_limit:
	case NAT64_DROP_syn_limit:
		net_info_ratelimited("nat64: net:[%u]: dropped: %s\n",
				     nn->net_inum, reason_text[reason]);
		break;
	default:
		break;
	}
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
