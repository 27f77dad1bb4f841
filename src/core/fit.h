/* SPDX-License-Identifier: GPL-2.0 */
/* What fits an SA's packets now: the one answer to that question. */
#ifndef ESPGW_CORE_FIT_H
#define ESPGW_CORE_FIT_H

#include "core.h"
#include "len.h"
#include "mtu.h"

/**
 * struct espgw_fit_in - all that the answer depends on
 * @mtu: the MTU policy that applies, complete
 * @len: the SA's sizes
 * @learned: the path's MTU as learned, probed or set by hand, bytes; 0: nothing
 *	is known
 * @route_mtu: the outer route's MTU as configured, bytes; 0: none
 * @dev_mtu: MTU of the outer route's device, bytes; 0: there is no route
 * @ifindex: that device; 0: there is no route
 * @outer_family: 4 or 6
 * @floored: a claim below the floor was met: outer DF = 0 from then on
 */
struct espgw_fit_in {
	struct espgw_mtu_policy mtu;
	struct espgw_len len;
	u32 learned;
	u32 route_mtu;
	u32 dev_mtu;
	int ifindex;
	u8 outer_family;
	bool floored;
};

/**
 * struct espgw_fit - the answer
 * @in: what it was made from
 * @limit: the largest outer packet that route, device and mtu-cap allow, bytes
 * @path_mtu: effective path MTU: @limit, or less if that was learned; bytes,
 *	never 0
 * @inner_mtu: the largest inner packet that fits @path_mtu, bytes; 0: none does
 * @floor: min-pmtu, bytes: below it, routers are left to fragment
 */
struct espgw_fit {
	struct espgw_fit_in in;
	u32 limit;
	u32 path_mtu;
	u32 inner_mtu;
	u32 floor;
};

void espgw_fit_make(struct espgw_fit *f, const struct espgw_fit_in *in);

#endif
