/* SPDX-License-Identifier: GPL-2.0 */
/* A device that is hooked: attached, or only watched. */
#ifndef ESPGW_TABLE_HOOKED_H
#define ESPGW_TABLE_HOOKED_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/gro_cells.h>

#include "base/name.h"

struct espgw_vfrq;

/**
 * struct espgw_dev - an attached device: what was said of a name, and the device
 *	that has it
 * @en: its namespace
 * @name: the device's name; or a pattern, which ends in "*"
 * @of: the pattern by which this device was attached; NULL: by its own name
 * @id: its number; grows along &espgw_net.devs
 * @dev: the device, a reference is held; NULL: there is none of that name, or
 *	this is a pattern. Under espgw_net.lock; hooks have one while they run
 * @ifindex: of @dev; 0: none (READ_ONCE/WRITE_ONCE)
 * @mtu: MTU policy set for it; under espgw_net.lock
 * @eff: @mtu over the namespace's default, complete; written under
 *	espgw_net.lock
 * @watched: it is not attached, but watched
 * @follow: the device's MTU is what fits the SAs of policies for it; under
 *	espgw_net.lock
 * @hooks: egress and ingress
 * @vfr: fragments that are followed: in, out; they stay when the device goes
 * @gro: receive offload of decrypted TCP, per CPU
 * @tracker: of the reference to @dev
 * @list: in espgw_net.devs
 */
struct espgw_dev {
	struct espgw_net *en;
	char name[IFNAMSIZ];
	struct espgw_dev *of;
	u32 id;
	struct net_device *dev;
	int ifindex;
	struct espgw_mtu_policy mtu;
	struct espgw_mtu_policy eff;
	bool watched;
	bool follow;
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
 * @prepare: be ready to hook @ed, when its device comes. Return: 0 or a negative
 *	error
 * @release: the end of @prepare
 * @hook: hook @ed to its device. Return: 0 or a negative error, then nothing is
 *	hooked
 * @unhook: the end of @hook; no packet comes any more when it returns
 * @copy: @ed follows fragments as its pattern does
 * @watch: watch @ed, which is not attached. Return: 0 or a negative error
 * @unwatch: no more; a packet may be in its hook until a grace period has passed
 * @unwatched: none is any more
 * @protects: the first protect policy has come, or the last one gone
 *
 * Process context, caller holds RTNL and espgw_net.lock.
 */
struct espgw_device_ops {
	int (*prepare)(struct espgw_dev *ed);
	void (*release)(struct espgw_dev *ed);
	int (*hook)(struct espgw_dev *ed);
	void (*unhook)(struct espgw_dev *ed);
	void (*copy)(struct espgw_dev *ed);
	int (*watch)(struct espgw_dev *ed);
	void (*unwatch)(struct espgw_dev *ed);
	void (*unwatched)(struct espgw_dev *ed);
	void (*protects)(struct espgw_net *en);
};

/* Set once, before there is any namespace. */
extern const struct espgw_device_ops *espgw_device_ops;

#endif
