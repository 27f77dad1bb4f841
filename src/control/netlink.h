/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink: the family (netlink.c) and its notifications (notify.c). */
#ifndef ESPGW_NETLINK_H
#define ESPGW_NETLINK_H

#include "base/net.h"
#include "control/netlink_gen.h"

struct espgw_dev;
struct espgw_policy;
struct espgw_sa;
struct espgw_vfrq;
struct espgw_view;

/*
 * Notifications: from any context under RCU or espgw_net.lock; cheap when
 * nobody listens; lost, not retried, when memory is short.
 */
void espgw_notify_sa(struct espgw_sa *sa, enum espgw_sa_event event);
void espgw_notify_policy(struct espgw_net *en, struct espgw_policy *p,
			 enum espgw_policy_event event);
void espgw_notify_pmtu(struct espgw_sa *sa, enum espgw_pmtu_event event);
void espgw_notify_acquire(struct espgw_net *en, const struct espgw_policy *p,
			  const struct espgw_view *v);
void espgw_notify_alert(struct espgw_net *en, enum espgw_alert_kind kind,
			u8 family, __be32 spi, const struct espgw_addr *src,
			const struct espgw_addr *dst);

void espgw_notify_dev(const struct espgw_dev *ed, enum espgw_dev_event event);
void espgw_notify_default(struct espgw_net *en);
void espgw_notify_vfr(struct espgw_vfrq *q, enum espgw_vfr_event event);
void espgw_notify_vfr_alert(const struct espgw_vfrq *q,
			    enum espgw_alert_kind kind,
			    const struct espgw_view *v);

extern struct genl_family espgw_nl_family;

bool espgw_nl_listens(struct espgw_net *en, enum espgw_nl_group group);

int espgw_netlink_init(void);
void espgw_netlink_exit(void);

#endif
