/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xfrm - states and policies of the kernel's IPsec that are adopted
 */
#ifndef ESPGW_XFRM_H
#define ESPGW_XFRM_H

#include <linux/espgw.h>
#include <net/if.h>

#include "addr.h"
#include "mtu.h"
#include "object.h"

/**
 * struct espgw_xfrm - whether they are: a request or an answer
 * @has: bit n: attribute n of enum espgw_xfrm_attr is set
 * @number: indexed by attribute
 */
struct espgw_xfrm {
	union {
		uint64_t has;
		uint64_t number[ESPGW_XFRM_A_MAX + 1];
	};
};

/**
 * struct espgw_xfrm_row - one of them, adopted or not: an answer
 * @has: bit n: attribute n of enum espgw_xfrm_row_attr is set
 * @number: indexed by attribute
 * @src: outer source of a state, inner one of a policy
 * @dst: the same destination
 * @ifname: its xfrm interface
 */
struct espgw_xfrm_row {
	union {
		uint64_t has;
		uint64_t number[ESPGW_XFRM_ROW_A_MAX + 1];
	};
	struct espgw_addr src;
	struct espgw_addr dst;
	char ifname[IFNAMSIZ];
};

/**
 * struct espgw_xfrm_conn - what is remembered of a connection: a request or an answer
 * @has: bit n: attribute n of enum espgw_xfrm_conn_attr is set
 * @number: indexed by attribute
 * @mtu: MTU policy of its outbound SAs
 * @name: what people call all of its SAs, and the policies that lead to them
 * @comment: what they say of them
 */
struct espgw_xfrm_conn {
	union {
		uint64_t has;
		uint64_t number[ESPGW_XFRM_CONN_A_MAX + 1];
	};
	struct espgw_mtu_policy mtu;
	char name[ESPGW_NAME_MAX + 1];
	char comment[ESPGW_COMMENT_MAX + 1];
};

extern const struct espgw_object espgw_xfrm_object;
extern const struct espgw_object espgw_xfrm_conn_object;
extern const struct espgw_object espgw_xfrm_row_object;

#endif
