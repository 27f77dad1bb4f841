/* SPDX-License-Identifier: GPL-2.0 */
/* Attached devices: hooks, MTU policy, notifier. */
#ifndef ESPGW_DEV_H
#define ESPGW_DEV_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/gro_cells.h>

#include "main.h"

struct netlink_ext_ack;

/**
 * struct espgw_dev - an attached device
 * @en: its namespace
 * @dev: the device; a reference is held
 * @mtu: MTU policy set for it; under espgw_net.lock
 * @eff: @mtu over the namespace's default, complete; written under
 *	espgw_net.lock, read on the data path
 * @ops: the egress and ingress hooks
 * @gro: receive offload of decrypted TCP, per CPU
 * @tracker: of the reference to @dev
 * @list: in espgw_net.devs
 */
struct espgw_dev {
	struct espgw_net *en;
	struct net_device *dev;
	struct espgw_mtu_policy mtu;
	struct espgw_mtu_policy eff;
	struct nf_hook_ops ops[2];
	struct gro_cells gro;
	netdevice_tracker tracker;
	struct list_head list;
};

/* All of these: caller holds RTNL and espgw_net.lock, in this order. */
int espgw_dev_attach(struct espgw_net *en, struct net_device *dev,
		     const struct espgw_mtu_policy *mtu,
		     struct netlink_ext_ack *extack);
int espgw_dev_set(struct espgw_dev *ed, const struct espgw_mtu_policy *mtu);
int espgw_dev_detach(struct espgw_dev *ed, struct netlink_ext_ack *extack);
struct espgw_dev *espgw_dev_find(struct espgw_net *en, int ifindex);
void espgw_default_set(struct espgw_net *en,
		       const struct espgw_mtu_policy *mtu);
void espgw_dev_flush(struct espgw_net *en);

int espgw_dev_init(void);
void espgw_dev_exit(void);

#endif
