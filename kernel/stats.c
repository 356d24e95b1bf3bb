// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of an instance: see stats.h.
 */
#include "stats.h"

struct nat64_stats __percpu *nat64_stats_alloc(void)
{
	struct nat64_stats __percpu *stats = alloc_percpu(struct nat64_stats);
	int cpu;

	if (!stats)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(stats, cpu)->syncp);
	return stats;
}

u64 nat64_stats_sum(struct nat64_stats __percpu *stats, unsigned int stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct nat64_stats *s = per_cpu_ptr(stats, cpu);
		unsigned int start;
		u64 value;

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			value = u64_stats_read(&s->value[stat]);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		sum += value;
	}
	return sum;
}
