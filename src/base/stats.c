// SPDX-License-Identifier: GPL-2.0
/* Counters. */
#include "base/stats.h"

/**
 * espgw_stats_sum() - a counter's value
 * @stats: a namespace's counters
 * @i: which, enum espgw_stats_attr
 *
 * Return: the sum over all CPUs.
 */
u64 espgw_stats_sum(const struct espgw_stats __percpu *stats, unsigned int i)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += u64_stats_read(&per_cpu_ptr(stats, cpu)->count[i]);
	return sum;
}

/**
 * espgw_stats_reset() - set all counters to zero
 * @stats: a namespace's counters
 *
 * What is counted meanwhile on another CPU may be lost or survive.
 */
void espgw_stats_reset(struct espgw_stats __percpu *stats)
{
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu)
		for (i = 0; i < __ESPGW_STATS_A_MAX; i++)
			u64_stats_set(&per_cpu_ptr(stats, cpu)->count[i], 0);
}
