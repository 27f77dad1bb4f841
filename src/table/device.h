/* SPDX-License-Identifier: GPL-2.0 */
/* Attached devices and their MTU policies. */
#ifndef ESPGW_TABLE_DEVICE_H
#define ESPGW_TABLE_DEVICE_H

#include "table/hooked.h"

struct espgw_view;
struct netlink_ext_ack;

/* Under RCU. */
void espgw_device_mtu_policy(struct espgw_net *en, int ifindex,
			     struct espgw_mtu_policy *p);
struct espgw_dev *espgw_dev_find_rcu(struct espgw_net *en, int ifindex);
struct espgw_dev *espgw_hooked_find_rcu(struct espgw_net *en, int ifindex);

/* All of these: caller holds RTNL and espgw_net.lock, in this order. */
int espgw_dev_attach(struct espgw_net *en, const char *name,
		     const struct espgw_mtu_policy *mtu, bool follow,
		     struct netlink_ext_ack *extack);
void espgw_dev_set(struct espgw_dev *ed, const struct espgw_mtu_policy *mtu,
		   bool follow);
int espgw_dev_detach(struct espgw_dev *ed, bool guarded,
		     struct netlink_ext_ack *extack);
struct espgw_dev *espgw_dev_find(struct espgw_net *en, const char *name);
bool espgw_dev_is_pattern(const struct espgw_dev *ed);
enum espgw_dev_state espgw_dev_state(const struct espgw_dev *ed);
int espgw_devices_update(struct espgw_net *en, struct net_device *dev);
void espgw_default_set(struct espgw_net *en,
		       const struct espgw_mtu_policy *mtu);
void espgw_dev_flush(struct espgw_net *en);

void espgw_alert_at(struct espgw_dev *ed, enum espgw_alert_kind kind,
		    const struct espgw_view *v);

void espgw_devices_init(struct espgw_net *en);

#endif
