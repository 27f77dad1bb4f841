/* SPDX-License-Identifier: GPL-2.0 */
/* The DF decision table: outer df x frag x inner DF, for what is too big. */
#ifndef ESPGW_CORE_DF_H
#define ESPGW_CORE_DF_H

#include "core.h"

/* IPv6's minimum link MTU (RFC 8200 5), bytes. */
#define ESPGW_IP6_MIN_MTU	1280

/**
 * enum espgw_plan_act - what is done with a packet
 * @ESPGW_PLAN_ENCRYPT: fits: encrypt and send
 * @ESPGW_PLAN_FRAG_BEFORE: fragment, then encrypt each piece
 * @ESPGW_PLAN_FRAG_AFTER: encrypt, then fragment the ESP packet
 * @ESPGW_PLAN_WHOLE: encrypt and send whole if the device can carry it
 * @ESPGW_PLAN_DROP: drop, counted
 */
enum espgw_plan_act {
	ESPGW_PLAN_ENCRYPT,
	ESPGW_PLAN_FRAG_BEFORE,
	ESPGW_PLAN_FRAG_AFTER,
	ESPGW_PLAN_WHOLE,
	ESPGW_PLAN_DROP,
};

/**
 * struct espgw_df_row - a cell of the table
 * @act: enum espgw_plan_act
 * @answer: tell the sender the inner MTU (unless icmp-answer is off)
 * @df_overridden: the packet's DF was set and is not honoured: counted
 * @outer_df: DF of what is sent
 */
struct espgw_df_row {
	u8 act;
	u8 answer;
	u8 df_overridden;
	u8 outer_df;
};

const struct espgw_df_row *espgw_df_too_big(enum espgw_df df,
					    enum espgw_frag frag, bool inner_df,
					    enum espgw_inner_df policy);
bool espgw_df_outer(enum espgw_df df, u8 family, bool inner_df, u32 inner_len);

#endif
