/* SPDX-License-Identifier: GPL-2.0 */
/* Attached devices and their MTU policies. */
#ifndef ESPGW_TABLE_DEVICE_H
#define ESPGW_TABLE_DEVICE_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/gro_cells.h>

#include "base/net.h"

struct espgw_vfrq;
struct netlink_ext_ack;

/**
 * struct espgw_dev - an attached device
 * @en: its namespace
 * @dev: the device; a reference is held
 * @mtu: MTU policy set for it; under espgw_net.lock
 * @eff: @mtu over the namespace's default, complete; written under
 *	espgw_net.lock
 * @hooks: egress and ingress
 * @vfr: fragments that are followed: in, out
 * @gro: receive offload of decrypted TCP, per CPU
 * @tracker: of the reference to @dev
 * @list: in espgw_net.devs
 */
struct espgw_dev {
	struct espgw_net *en;
	struct net_device *dev;
	struct espgw_mtu_policy mtu;
	struct espgw_mtu_policy eff;
	struct nf_hook_ops hooks[2];
	struct espgw_vfrq *vfr[2];
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
static inline struct espgw_vfrq *espgw_dev_vfr(const struct espgw_dev *ed,
					       u8 dir)
{
	return ed->vfr[dir == ESPGW_DIR_OUT];
}

/**
 * struct espgw_device_ops - what is hooked to a device
 * @hook: hook it; process context, caller holds RTNL and espgw_net.lock. Return:
 *	0 or a negative error, then nothing is hooked
 * @unhook: the end of @hook; no packet comes any more when it returns
 */
struct espgw_device_ops {
	int (*hook)(struct espgw_dev *ed);
	void (*unhook)(struct espgw_dev *ed);
};

/* Set once, before there is any namespace. */
extern const struct espgw_device_ops *espgw_device_ops;

/* Under RCU. */
void espgw_device_mtu_policy(struct espgw_net *en, int ifindex,
			     struct espgw_mtu_policy *p);
struct espgw_dev *espgw_dev_find_rcu(struct espgw_net *en, int ifindex);

/* All of these: caller holds RTNL and espgw_net.lock, in this order. */
int espgw_dev_attach(struct espgw_net *en, struct net_device *dev,
		     const struct espgw_mtu_policy *mtu,
		     struct netlink_ext_ack *extack);
void espgw_dev_set(struct espgw_dev *ed, const struct espgw_mtu_policy *mtu);
int espgw_dev_detach(struct espgw_dev *ed, struct netlink_ext_ack *extack);
void espgw_dev_remove(struct espgw_dev *ed);
struct espgw_dev *espgw_dev_find(struct espgw_net *en, int ifindex);
void espgw_default_set(struct espgw_net *en,
		       const struct espgw_mtu_policy *mtu);
void espgw_dev_flush(struct espgw_net *en);

void espgw_devices_init(struct espgw_net *en);

#endif
