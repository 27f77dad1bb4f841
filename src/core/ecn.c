// SPDX-License-Identifier: GPL-2.0
/* ECN over tunnels (RFC 6040). */

#include "ecn.h"

/* RFC 3168 5 */
#define NOT_ECT	0
#define ECT_1	1
#define ECT_0	2
#define CE	3

/* RFC 6040 Figure 4: [inner][outer] */
static const u8 decap[4][4] = {
	/*		outer NOT_ECT	ECT_1	ECT_0	CE */
	[NOT_ECT] = {	NOT_ECT,	NOT_ECT, NOT_ECT, ESPGW_ECN_DROP },
	[ECT_1] = {	ECT_1,		ECT_1,	ECT_1,	CE },
	[ECT_0] = {	ECT_0,		ECT_1,	ECT_0,	CE },
	[CE] = {	CE,		CE,	CE,	CE },
};

/**
 * espgw_ecn_encap() - the outer header's ECN field
 * @inner_ecn: the inner header's TOS or traffic class; all but the two ECN bits
 *	is ignored
 * @normal_mode: RFC 6040 4.1 normal mode, for a peer that decapsulates as
 *	RFC 6040 or RFC 4301 say; else compatibility mode
 *
 * Return: 0-3.
 */
u8 espgw_ecn_encap(u8 inner_ecn, bool normal_mode)
{
	return normal_mode ? inner_ecn & 3 : NOT_ECT;
}

/**
 * espgw_ecn_decap() - the delivered packet's ECN field
 * @inner_ecn: the inner header's TOS or traffic class; all but the two ECN bits
 *	is ignored
 * @outer_ecn: the outer header's
 *
 * A packet that is Not-ECT inside and has CE outside met congestion, but its
 * ends do not understand a mark. They understand a loss, so it is dropped (RFC
 * 6040 4.2).
 *
 * Return: 0-3, or ESPGW_ECN_DROP.
 */
u8 espgw_ecn_decap(u8 inner_ecn, u8 outer_ecn)
{
	return decap[inner_ecn & 3][outer_ecn & 3];
}
