/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stats - the namespace's counters
 */
#ifndef ESPGW_STATS_H
#define ESPGW_STATS_H

#include <libmnl/libmnl.h>
#include <linux/espgw.h>
#include <stdint.h>

#include "out.h"

/**
 * struct espgw_stats - the counters
 * @has: bit n: counter n was in the answer
 * @count: indexed by enum espgw_stats_attr
 */
struct espgw_stats {
	uint64_t has[ESPGW_STATS_A_MAX / 64 + 1];
	uint64_t count[ESPGW_STATS_A_MAX + 1];
};

int espgw_stats_get(const struct nlmsghdr *nlh, struct espgw_stats *stats);
void espgw_stats_show(struct espgw_out *out, const struct espgw_stats *stats);

#endif
