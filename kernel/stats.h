/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of an instance: per CPU, 64 bit, summed when they are read.
 */
#ifndef _NAT64_STATS_H
#define _NAT64_STATS_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>

#include "reason.h"
#include "tuple.h"

/** enum nat64_kind - the columns of the traffic counters */
enum nat64_kind {
	NAT64_KIND_TCP = NAT64_TCP,
	NAT64_KIND_UDP = NAT64_UDP,
	NAT64_KIND_ICMP = NAT64_ICMP,
	NAT64_KIND_ICMP_ERROR,
	NAT64_KINDS
};

/* X(name): what happens, beside traffic and drops; stats/<name> counts it. */
#define NAT64_EVENTS(X)		\
	X(given_back)		\
	X(hairpinned)		\
	X(probes_sent)		\
	X(icmp_errors_sent)	\
	X(bindings_created)	\
	X(bindings_deleted)	\
	X(sessions_created)	\
	X(sessions_deleted)	\
	X(ports_exhausted)

/** enum nat64_stat - all counters */
enum nat64_stat {
#define X(name) NAT64_STAT_##name,
	NAT64_EVENTS(X)
#undef X
	NAT64_STAT_TRAFFIC,
	NAT64_STAT_DROPS = NAT64_STAT_TRAFFIC + NAT64_DIRS * NAT64_KINDS * 2,
	NAT64_STATS = NAT64_STAT_DROPS + NAT64_REASONS
};

/** struct nat64_stats - the counters of one CPU */
struct nat64_stats {
	u64_stats_t value[NAT64_STATS];
	struct u64_stats_sync syncp;
};

/**
 * nat64_stats_inc() - count an event
 * @stats: the instance's counters
 * @stat: which
 *
 * Context: bottom halves off.
 */
static inline void nat64_stats_inc(struct nat64_stats __percpu *stats,
				   unsigned int stat)
{
	struct nat64_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->value[stat]);
	u64_stats_update_end(&s->syncp);
}

/**
 * nat64_stats_traffic() - the counter of packets in a direction
 * @dir: the direction
 * @kind: the protocol, or an ICMP error
 *
 * Return: its index; that of the bytes follows.
 */
static inline unsigned int nat64_stats_traffic(enum nat64_dir dir,
					       enum nat64_kind kind)
{
	return NAT64_STAT_TRAFFIC + (dir * NAT64_KINDS + kind) * 2;
}

/**
 * nat64_stats_packet() - count a translated packet
 * @stats: the instance's counters
 * @dir: its direction
 * @kind: its protocol, or an ICMP error
 * @packets: how many it is on the wire
 * @bytes: its length when it came, IP header included
 *
 * Context: bottom halves off.
 */
static inline void nat64_stats_packet(struct nat64_stats __percpu *stats,
				      enum nat64_dir dir, enum nat64_kind kind,
				      unsigned int packets, unsigned int bytes)
{
	unsigned int i = nat64_stats_traffic(dir, kind);
	struct nat64_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->value[i], packets);
	u64_stats_add(&s->value[i + 1], bytes);
	u64_stats_update_end(&s->syncp);
}

/**
 * nat64_stats_alloc() - counters, all zero
 *
 * Context: may sleep.
 * Return: the counters, NULL without memory; to be freed by free_percpu().
 */
struct nat64_stats __percpu *nat64_stats_alloc(void);

/**
 * nat64_stats_sum() - read a counter
 * @stats: the instance's counters
 * @stat: which
 *
 * Return: the sum over all CPUs.
 */
u64 nat64_stats_sum(struct nat64_stats __percpu *stats, unsigned int stat);

#endif
