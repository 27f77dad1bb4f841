/* SPDX-License-Identifier: GPL-2.0 */
/* Attached devices: hooks, MTU policy, notifier. */
#ifndef ESPGW_DEV_H
#define ESPGW_DEV_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/gro_cells.h>

#include "base/net.h"
#include "packet/vfr.h"

struct netlink_ext_ack;

/**
 * struct espgw_dev - an attached device
 * @en: its namespace
 * @dev: the device; a reference is held
 * @mtu: MTU policy set for it; under espgw_net.lock
 * @eff: @mtu over the namespace's default, complete; written under
 *	espgw_net.lock, read on the data path
 * @ops: the egress and ingress hooks
 * @vfr: fragments that are followed, in and out
 * @vfr_users: what needs that on this device alone, by enum espgw_vfr_feature;
 *	changed under espgw_net.lock
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
	struct espgw_vfrq vfr[2];
	u32 vfr_users[__ESPGW_VFR_FEATURE_MAX];
	struct gro_cells gro;
	netdevice_tracker tracker;
	struct list_head list;
};

/**
 * espgw_dev_vfr() - where a device's fragments are followed
 * @ed: the device
 * @dir: enum espgw_dir
 *
 * Return: it.
 */
static inline struct espgw_vfrq *espgw_dev_vfr(struct espgw_dev *ed, u8 dir)
{
	return &ed->vfr[dir == ESPGW_DIR_OUT];
}

struct espgw_dev *espgw_dev_find_rcu(struct espgw_net *en, int ifindex);

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
