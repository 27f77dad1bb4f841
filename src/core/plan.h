/* SPDX-License-Identifier: GPL-2.0 */
/* What happens to an outbound packet: the one place where it is decided. */
#ifndef ESPGW_CORE_PLAN_H
#define ESPGW_CORE_PLAN_H

#include "core.h"
#include "df.h"
#include "len.h"

/* IPv6's minimum link MTU (RFC 8200 5), bytes. */
#define ESPGW_IP6_MIN_MTU	1280

/**
 * struct espgw_plan_in - all that the decision depends on
 * @len: the SA's sizes
 * @inner_len: length of the inner packet, of a GSO packet the length of its
 *	largest segment as a packet, bytes
 * @path_mtu: effective path MTU, bytes
 * @dev_mtu: MTU of the outer route's device, bytes
 * @df: policy
 * @frag: policy
 * @inner_df_policy: policy
 * @icmp_answer: policy
 * @inner_family: 4 or 6
 * @outer_family: 4 or 6
 * @inner_df: the inner packet's DF; ignored for IPv6
 * @force_df0: the path MTU is locked at its floor: outer DF = 0
 */
struct espgw_plan_in {
	struct espgw_len len;
	u32 inner_len;
	u32 path_mtu;
	u32 dev_mtu;
	u8 df;
	u8 frag;
	u8 inner_df_policy;
	u8 icmp_answer;
	u8 inner_family;
	u8 outer_family;
	bool inner_df;
	bool force_df0;
};

/**
 * struct espgw_plan - the decision
 * @act: what to do
 * @outer_df: DF of the outer IPv4 header (IPv6 has none)
 * @answer: on a drop: tell the sender @inner_mtu
 * @df_overridden: the inner DF is cleared or ignored: counted
 * @inner_mtu: the largest inner packet, bytes; for IPv6 inner at least 1280
 */
struct espgw_plan {
	enum espgw_plan_act act;
	bool outer_df;
	bool answer;
	bool df_overridden;
	u32 inner_mtu;
};

void espgw_plan_make(struct espgw_plan *p, const struct espgw_plan_in *in);

#endif
