/* SPDX-License-Identifier: GPL-2.0 */
/* Counters: per namespace and CPU, one for each ESPGW_STATS_A_*. */
#ifndef ESPGW_BASE_STATS_H
#define ESPGW_BASE_STATS_H

#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include <linux/espgw.h>

/**
 * struct espgw_stats - a namespace's counters on one CPU
 * @count: indexed by enum espgw_stats_attr
 *
 * Written with bottom halves off or from process context by this_cpu
 * operations, read without a lock: a sum is exact once traffic rests.
 */
struct espgw_stats {
	u64_stats_t count[__ESPGW_STATS_A_MAX];
};

/* By counter: its name, as the tool has it. */
extern const char *const espgw_stats_names[__ESPGW_STATS_A_MAX];

u64 espgw_stats_sum(const struct espgw_stats __percpu *stats, unsigned int i);
void espgw_stats_reset(struct espgw_stats __percpu *stats);

#endif
