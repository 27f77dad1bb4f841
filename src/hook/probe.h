/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Probes: echo requests of this gateway through a path's own SA, padded to the
 * size that is asked about. What they find is core/probe's business.
 */
#ifndef ESPGW_HOOK_PROBE_H
#define ESPGW_HOOK_PROBE_H

#include "hook/prober.h"
#include "packet/context.h"

struct netlink_ext_ack;

/**
 * struct espgw_probe_info - a path's probes as shown to people
 * @core: the search
 * @echo: whom they ask
 * @state: enum espgw_probing
 * @size: outer size of the last one, if it is on its way, bytes; else 0
 */
struct espgw_probe_info {
	struct espgw_probe core;
	struct espgw_inner echo;
	u8 state;
	u32 size;
};

extern const struct espgw_path_ops espgw_probe_path_ops;
extern const struct espgw_taps espgw_probe_taps;

int espgw_probe_now(struct espgw_sa *sa, const struct espgw_inner *echo,
		    struct netlink_ext_ack *extack);
void espgw_probe_refresh_work(struct work_struct *work);
void espgw_probe_tell(const struct espgw_path *path,
		      struct espgw_probe_info *info);

#endif
