/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vfr - virtual fragment reassembly
 */
#ifndef ESPGW_VFR_H
#define ESPGW_VFR_H

#include <linux/espgw.h>
#include <net/if.h>
#include <stdint.h>

#include "object.h"

/**
 * struct espgw_vfr_stats - the counters of a device, one way
 * @has: bit n: attribute n of enum espgw_vfr_stat_attr is set
 * @number: indexed by attribute
 */
struct espgw_vfr_stats {
	union {
		uint64_t has;
		uint64_t number[ESPGW_VFR_STAT_A_MAX + 1];
	};
};

/**
 * struct espgw_vfr - virtual fragment reassembly on a device, one way: a
 *	request or an answer
 * @has: bit n: attribute n of enum espgw_vfr_attr is set
 * @number: indexed by attribute
 * @ifname: name of the device, or a pattern
 * @stats: counters
 */
struct espgw_vfr {
	union {
		uint64_t has;
		uint64_t number[ESPGW_VFR_A_MAX + 1];
	};
	char ifname[IFNAMSIZ];
	struct espgw_vfr_stats stats;
};

extern const struct espgw_object espgw_vfr_object;
extern const struct espgw_object espgw_vfr_stats_object;

#endif
