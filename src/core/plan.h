/* SPDX-License-Identifier: GPL-2.0 */
/* What happens to an outbound packet: the one place where it is decided. */
#ifndef ESPGW_CORE_PLAN_H
#define ESPGW_CORE_PLAN_H

#include "core.h"
#include "df.h"
#include "fit.h"

/**
 * struct espgw_plan_in - what of a packet the decision depends on
 * @inner_len: length of the inner packet, of a GSO packet the length of its
 *	largest segment as a packet, bytes
 * @inner_family: 4 or 6
 * @inner_df: the inner packet's DF, of a tunnel device's packet that of the
 *	innermost one; IPv6: true but for those
 */
struct espgw_plan_in {
	u32 inner_len;
	u8 inner_family;
	bool inner_df;
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

void espgw_plan_make(struct espgw_plan *p, const struct espgw_fit *f,
		     const struct espgw_plan_in *in);

#endif
