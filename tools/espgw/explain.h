/* SPDX-License-Identifier: GPL-2.0 */
/*
 * explain - what would become of a packet
 */
#ifndef ESPGW_EXPLAIN_H
#define ESPGW_EXPLAIN_H

#include <linux/espgw.h>
#include <net/if.h>
#include <stdint.h>

#include "addr.h"
#include "alg.h"
#include "object.h"
#include "policy.h"

/**
 * struct espgw_explain - a packet, and what would become of it
 * @has: bit n: attribute n of enum espgw_explain_attr is set
 * @number: indexed by attribute
 * @ifname: name of the device that it meets
 * @src: its source
 * @dst: its destination
 * @sa_dst: destination of its SA
 * @sa_name: what people call that
 * @policy: the policy that it meets
 * @outer_src: source of what leaves
 * @outer_dst: destination of what leaves
 * @outer_ifname: name of the device that it leaves by
 * @leaves: lengths of what leaves, struct espgw_out_run one after the other
 */
struct espgw_explain {
	union {
		uint64_t has;
		uint64_t number[ESPGW_EXPLAIN_A_MAX + 1];
	};
	char ifname[IFNAMSIZ];
	struct espgw_addr src;
	struct espgw_addr dst;
	struct espgw_addr sa_dst;
	char sa_name[ESPGW_NAME_MAX + 1];
	struct espgw_policy policy;
	struct espgw_addr outer_src;
	struct espgw_addr outer_dst;
	char outer_ifname[IFNAMSIZ];
	struct espgw_key leaves;
};

extern const struct espgw_object espgw_explain_object;

#endif
