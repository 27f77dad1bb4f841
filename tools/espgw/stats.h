/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stats - the namespace's counters
 */
#ifndef ESPGW_STATS_H
#define ESPGW_STATS_H

#include <libmnl/libmnl.h>
#include <linux/espgw.h>
#include <stdbool.h>
#include <stdint.h>

#include "out.h"

/**
 * enum espgw_stats_group - how the text output puts counters together, in this order
 * @ESPGW_STATS_TRAFFIC: what passed
 * @ESPGW_STATS_FRAGMENT: what was too big
 * @ESPGW_STATS_DROP_OUT: what was dropped on the way out
 * @ESPGW_STATS_DROP_IN: what was dropped on the way in
 * @ESPGW_STATS_PMTU: what the path MTU is learned from
 */
enum espgw_stats_group {
	ESPGW_STATS_TRAFFIC,
	ESPGW_STATS_FRAGMENT,
	ESPGW_STATS_DROP_OUT,
	ESPGW_STATS_DROP_IN,
	ESPGW_STATS_PMTU,
};

/**
 * struct espgw_stats_counter - what a counter is
 * @name: that of its attribute; in text and JSON it is in lower case
 * @group: where it stands in text
 * @meaning: for people
 * @advice: of what is dropped, what can be done about it; NULL: it is meant to be
 */
struct espgw_stats_counter {
	const char *name;
	enum espgw_stats_group group;
	const char *meaning;
	const char *advice;
};

/* Room for a counter's name. */
#define ESPGW_STATS_NAME 40

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
bool espgw_stats_has(const struct espgw_stats *stats, unsigned int i);
const struct espgw_stats_counter *espgw_stats_counter(unsigned int i);
const char *espgw_stats_name(unsigned int i, char text[static ESPGW_STATS_NAME]);
void espgw_stats_show(struct espgw_out *out, const struct espgw_stats *stats);

#endif
