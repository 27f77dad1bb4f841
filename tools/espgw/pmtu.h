/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pmtu - the path-MTU table
 */
#ifndef ESPGW_PMTU_H
#define ESPGW_PMTU_H

#include <linux/espgw.h>
#include <stdint.h>

#include "addr.h"
#include "object.h"

/**
 * struct espgw_pmtu - a row of the table, or a part of one: a request or an
 *	answer
 * @has: bit n: attribute n of enum espgw_pmtu_attr is set
 * @number: indexed by attribute
 * @src: outer source of the outbound SA
 * @dst: its outer destination
 * @echo: whom probes ask
 * @name: what people call the SA
 */
struct espgw_pmtu {
	union {
		uint64_t has;
		uint64_t number[ESPGW_PMTU_A_MAX + 1];
	};
	struct espgw_addr src;
	struct espgw_addr dst;
	struct espgw_addr echo;
	char name[ESPGW_NAME_MAX + 1];
};

extern const struct espgw_object espgw_pmtu_object;

#endif
