/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vfr - virtual fragment reassembly
 */
#ifndef ESPGW_VFR_H
#define ESPGW_VFR_H

#include <libmnl/libmnl.h>
#include <linux/espgw.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "args.h"
#include "out.h"

/**
 * struct espgw_vfr - virtual fragment reassembly on a device, one way: a
 *	request or an answer
 * @has: bit n: attribute n of enum espgw_vfr_attr is set
 * @ifname: name of the device; answers only
 * @value: the attributes that are integers, indexed by attribute
 * @stats: bit n: counter n was in the answer
 * @count: indexed by enum espgw_vfr_stat_attr
 */
struct espgw_vfr {
	uint32_t has;
	char ifname[IFNAMSIZ];
	uint32_t value[ESPGW_VFR_A_MAX + 1];
	uint32_t stats;
	uint64_t count[ESPGW_VFR_STAT_A_MAX + 1];
};

int espgw_vfr_parse_set(struct espgw_args *args, struct espgw_vfr *vfr);
int espgw_vfr_parse_show(struct espgw_args *args, struct espgw_vfr *vfr);

void espgw_vfr_put(struct nlmsghdr *nlh, const struct espgw_vfr *vfr);
int espgw_vfr_get(const struct nlmsghdr *nlh, struct espgw_vfr *vfr);
bool espgw_vfr_match(const struct espgw_vfr *vfr, const struct espgw_vfr *filter);
void espgw_vfr_show(struct espgw_out *out, const struct espgw_vfr *vfr);
void espgw_vfr_show_stats(struct espgw_out *out, const struct espgw_vfr *vfr);
const char *espgw_vfr_event_word(uint8_t event);
void espgw_vfr_save(FILE *to, const struct espgw_vfr *vfr);

#endif
