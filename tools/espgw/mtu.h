/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mtu - MTU-POLICY: the same words for an SA, a device and the default
 */
#ifndef ESPGW_MTU_H
#define ESPGW_MTU_H

#include <libmnl/libmnl.h>
#include <linux/espgw.h>
#include <stdbool.h>
#include <stdint.h>

#include "args.h"
#include "out.h"

/**
 * struct espgw_mtu - an MTU policy, or a part of one
 * @has: bit n: attribute n of enum espgw_mtu_attr is set
 * @value: indexed by attribute
 */
struct espgw_mtu {
	uint32_t has;
	uint32_t value[ESPGW_MTU_A_MAX + 1];
};

bool espgw_mtu_is_word(const char *word);
int espgw_mtu_take(struct espgw_args *args, struct espgw_mtu *mtu);
int espgw_mtu_check(const struct espgw_mtu *mtu);
void espgw_mtu_put(struct nlmsghdr *nlh, uint16_t type, const struct espgw_mtu *mtu);
int espgw_mtu_get(const struct nlattr *nest, struct espgw_mtu *mtu);
void espgw_mtu_drop_builtin(struct espgw_mtu *mtu);
void espgw_mtu_show(struct espgw_out *out, const struct espgw_mtu *mtu);
void espgw_mtu_save(FILE *to, const struct espgw_mtu *mtu);

#endif
