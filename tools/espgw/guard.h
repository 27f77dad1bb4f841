/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard - whether devices that are not attached are watched
 */
#ifndef ESPGW_GUARD_H
#define ESPGW_GUARD_H

#include <linux/espgw.h>

#include "object.h"

/**
 * struct espgw_guard - a request or an answer
 * @has: bit n: attribute n of enum espgw_guard_attr is set
 * @number: indexed by attribute
 */
struct espgw_guard {
	union {
		uint64_t has;
		uint64_t number[ESPGW_GUARD_A_MAX + 1];
	};
};

extern const struct espgw_object espgw_guard_object;

#endif
