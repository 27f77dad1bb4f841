// SPDX-License-Identifier: GPL-2.0
/* The DF decision table for what is too big. */

#include "df.h"

#define DF_VALUES	(ESPGW_DF_CLEAR + 1)
#define FRAG_VALUES	(ESPGW_FRAG_OFF + 1)

#define ROW(act_, answer_, overridden_, outer_df_) {			\
	.act = ESPGW_PLAN_##act_,					\
	.answer = (answer_),						\
	.df_overridden = (overridden_),					\
	.outer_df = (outer_df_),					\
}

/*
 * [outer df][frag][inner DF]. Who sent a packet that is dropped is told only if
 * DF was set on it: ICMP 3/4 is for senders that do path-MTU discovery, which
 * set DF (RFC 1191 2).
 */
static const struct espgw_df_row too_big[DF_VALUES][FRAG_VALUES][2] = {
	[ESPGW_DF_COPY] = {
		[ESPGW_FRAG_BEFORE] = {
			ROW(FRAG_BEFORE, 0, 0, 0),
			ROW(DROP, 1, 0, 1),
		},
		[ESPGW_FRAG_AFTER] = {
			ROW(FRAG_AFTER, 0, 0, 0),
			ROW(DROP, 1, 0, 1),
		},
		[ESPGW_FRAG_OFF] = {
			ROW(WHOLE, 0, 0, 0),
			ROW(DROP, 1, 0, 1),
		},
	},
	[ESPGW_DF_SET] = {
		[ESPGW_FRAG_BEFORE] = {
			ROW(FRAG_BEFORE, 0, 0, 1),
			ROW(DROP, 1, 0, 1),
		},
		[ESPGW_FRAG_AFTER] = {
			ROW(DROP, 0, 0, 1),
			ROW(DROP, 1, 0, 1),
		},
		[ESPGW_FRAG_OFF] = {
			ROW(DROP, 0, 0, 1),
			ROW(DROP, 1, 0, 1),
		},
	},
	[ESPGW_DF_CLEAR] = {
		[ESPGW_FRAG_BEFORE] = {
			ROW(FRAG_BEFORE, 0, 0, 0),
			ROW(FRAG_BEFORE, 0, 1, 0),
		},
		[ESPGW_FRAG_AFTER] = {
			ROW(FRAG_AFTER, 0, 0, 0),
			ROW(FRAG_AFTER, 0, 1, 0),
		},
		[ESPGW_FRAG_OFF] = {
			ROW(WHOLE, 0, 0, 0),
			ROW(WHOLE, 0, 0, 0),
		},
	},
};

/*
 * Inner DF = 1, frag before, and the policy does not honour it: what the table
 * above says "drop, answer" of is fragmented. Under copy the outer DF is 0, as
 * the inner one then is.
 */
static const struct espgw_df_row inner_df_cleared[DF_VALUES] = {
	[ESPGW_DF_COPY] = ROW(FRAG_BEFORE, 0, 1, 0),
	[ESPGW_DF_SET] = ROW(FRAG_BEFORE, 0, 1, 1),
	[ESPGW_DF_CLEAR] = ROW(FRAG_BEFORE, 0, 1, 0),
};

/* For values that no policy can have. */
static const struct espgw_df_row invalid = ROW(DROP, 0, 0, 0);

/**
 * espgw_df_too_big() - what to do with an IPv4 packet that is too big
 * @df: the outer header's DF
 * @frag: where the gateway fragments
 * @inner_df: the packet's DF
 * @policy: whether @inner_df is honoured
 *
 * Return: the table's row, never NULL.
 */
const struct espgw_df_row *espgw_df_too_big(enum espgw_df df,
					    enum espgw_frag frag, bool inner_df,
					    enum espgw_inner_df policy)
{
	if ((u32)df >= DF_VALUES || (u32)frag >= FRAG_VALUES)
		return &invalid;
	if (policy == ESPGW_INNER_DF_CLEAR && frag == ESPGW_FRAG_BEFORE &&
	    inner_df)
		return &inner_df_cleared[df];
	return &too_big[df][frag][inner_df];
}

/**
 * espgw_df_outer() - the outer DF of a packet that fits
 * @df: policy
 * @family: the inner packet's, 4 or 6
 * @inner_df: the inner packet's DF, set for IPv6
 * @inner_len: its length, bytes
 *
 * An IPv6 packet has no DF, but routers may not fragment it, so copy means set.
 * Up to IPv6's least MTU it means clear: a sender need not go below that
 * whatever it is told (RFC 8200 5), so such packets have to arrive on any path.
 *
 * Return: DF.
 */
bool espgw_df_outer(enum espgw_df df, u8 family, bool inner_df, u32 inner_len)
{
	if (df != ESPGW_DF_COPY)
		return df == ESPGW_DF_SET;
	return inner_df && (family == 4 || inner_len > ESPGW_IP6_MIN_MTU);
}
