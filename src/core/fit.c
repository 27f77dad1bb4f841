// SPDX-License-Identifier: GPL-2.0
/* What fits an SA's packets now: the one answer to that question. */

#include "fit.h"
#include "pmtu.h"

/**
 * espgw_fit_make() - what fits
 * @f: result
 * @in: what it depends on
 */
void espgw_fit_make(struct espgw_fit *f, const struct espgw_fit_in *in)
{
	struct espgw_pmtu e = { .mtu = 0 };
	u32 dev_mtu = min_t(u32, in->dev_mtu ? in->dev_mtu : ESPGW_MTU_MAX,
			    ESPGW_MTU_MAX);

	f->in = *in;
	f->limit = espgw_pmtu_effective(&e, in->route_mtu, dev_mtu,
					in->mtu.mtu_cap);
	e.mtu = in->learned;
	f->path_mtu = espgw_pmtu_effective(&e, in->route_mtu, dev_mtu,
					   in->mtu.mtu_cap);
	f->inner_mtu = espgw_len_inner(&in->len, f->path_mtu);
	/*
	 * What is below the floor is left to routers to fragment, which IPv6's
	 * do not: there the floor is the least that every link carries.
	 */
	if (in->outer_family == 6)
		f->floor = ESPGW_PMTU_FLOOR6;
	else
		f->floor = in->mtu.min_pmtu ? in->mtu.min_pmtu :
					      ESPGW_PMTU_FLOOR4;
}
