/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mtu - MTU-POLICY: the same words for an SA, a device and the default
 */
#ifndef ESPGW_MTU_H
#define ESPGW_MTU_H

#include <linux/espgw.h>
#include <stdint.h>

#include "object.h"

/**
 * struct espgw_mtu_policy - an MTU policy, or a part of one
 * @has: bit n: attribute n of enum espgw_mtu_attr is set
 * @number: indexed by attribute
 */
struct espgw_mtu_policy {
	union {
		uint64_t has;
		uint64_t number[ESPGW_MTU_A_MAX + 1];
	};
};

extern const struct espgw_object espgw_mtu_object;

int espgw_mtu_check(const struct espgw_mtu_policy *mtu);
void espgw_mtu_drop_builtin(struct espgw_mtu_policy *mtu);

#endif
