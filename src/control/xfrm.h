/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel xfrm as the control plane: its states and policies are adopted. */
#ifndef ESPGW_CONTROL_XFRM_H
#define ESPGW_CONTROL_XFRM_H

#include "base/net.h"

struct espgw_label_ask;
struct espgw_mtu_policy;
struct espgw_sa;
struct espgw_xfrm;
struct espgw_xfrm_cfg;
struct espgw_xfrm_conn;
struct espgw_xfrm_row;
struct netlink_ext_ack;

/* Process context, without RTNL and espgw_net.lock. */
int espgw_xfrm_set(struct espgw_net *en, const struct espgw_xfrm_cfg *cfg,
		   struct netlink_ext_ack *extack);
struct espgw_xfrm *espgw_xfrm_get(struct espgw_net *en);
int espgw_xfrm_default_set(const struct espgw_xfrm_cfg *cfg,
			   struct netlink_ext_ack *extack);
void espgw_xfrm_default_get(struct espgw_xfrm_cfg *cfg);
int espgw_xfrm_rows(struct espgw_net *en, unsigned long *next, u32 *generation,
		    int (*told)(const struct espgw_xfrm_row *row, void *arg),
		    void *arg);
int espgw_xfrm_conn_set(struct espgw_xfrm *xf,
			const struct espgw_xfrm_conn *named,
			const struct espgw_label_ask *label,
			int (*parse)(struct espgw_mtu_policy *mtu, void *arg),
			void *arg);

/* Caller holds espgw_net.lock. */
void espgw_xfrm_remember(struct espgw_sa *sa);
int espgw_xfrm_conns(struct espgw_net *en, unsigned long *next,
		     int (*told)(const struct espgw_xfrm_conn *c, void *arg),
		     void *arg);

int espgw_xfrm_init(void);
void espgw_xfrm_exit(void);

#endif
