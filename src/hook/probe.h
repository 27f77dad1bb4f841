/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Probes: echo requests of this gateway through a path's own SA, padded to the
 * size that is asked about. What they find is core/probe's business.
 */
#ifndef ESPGW_PROBE_H
#define ESPGW_PROBE_H

#include <linux/skbuff.h>

#include "core/view.h"
#include "table/path.h"

struct netlink_ext_ack;

/* Caller holds espgw_net.lock. */
int espgw_probe_now(struct espgw_sa *sa, const struct espgw_probe_addr *echo,
		    struct netlink_ext_ack *extack);
void espgw_probe_update(struct espgw_sa *sa);
void espgw_probe_refresh(struct espgw_net *en);
void espgw_probe_free(struct espgw_path *path);

/* Under RCU or espgw_net.lock. */
void espgw_probe_wake(struct espgw_path *path);
void espgw_probe_told(struct espgw_sa *sa, enum espgw_pmtu_verdict verdict,
		      u32 mtu);
bool espgw_probe_is_on(const struct espgw_path *path);

/* Caller holds espgw_path.lock. */
void espgw_probe_again(struct espgw_path *path, u64 now_ms);
u32 espgw_probe_bound(const struct espgw_path *path);
void espgw_probe_tell(const struct espgw_path *path,
		      struct espgw_probe_info *info);

/* Data path, under RCU, bottom halves off. */
void espgw_probe_out(struct espgw_sa *sa, const struct sk_buff *skb, u32 seq);
bool espgw_probe_in(struct espgw_sa *sa, const struct sk_buff *skb,
		    const struct espgw_view *v);

#endif
