// SPDX-License-Identifier: GPL-2.0
/* Attached devices: hooks, MTU policy, notifier. */
#include "table/device.h"

#include <linux/netfilter_netdev.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "control/netlink.h"
#include "hook/egress.h"
#include "hook/ingress.h"
#include "table/path.h"
#include "hook/probe.h"
#include "table/spd.h"

enum { OPS_EGRESS, OPS_INGRESS };

/*
 * At egress last, so that other chains see what is inside and nothing behind
 * this hook can send it elsewhere; at ingress first, for the same view.
 */
static void hooks_init(struct espgw_dev *ed)
{
	ed->ops[OPS_EGRESS] = (struct nf_hook_ops) {
		.hook = espgw_egress,
		.dev = ed->dev,
		.priv = ed,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_EGRESS,
		.priority = INT_MAX,
	};
	ed->ops[OPS_INGRESS] = (struct nf_hook_ops) {
		.hook = espgw_ingress,
		.dev = ed->dev,
		.priv = ed,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
		.priority = INT_MIN,
	};
}

/* Readers take each member for itself: no order between them is needed. */
static void resolve(struct espgw_dev *ed)
{
	struct espgw_mtu_policy eff = ed->en->def;

	espgw_mtu_policy_merge(&eff, &ed->mtu);
	ed->eff = eff;
}

/**
 * espgw_dev_find() - find an attached device
 * @en: namespace
 * @ifindex: the device
 *
 * Context: caller holds espgw_net.lock. Return: it, or NULL.
 */
struct espgw_dev *espgw_dev_find(struct espgw_net *en, int ifindex)
{
	struct espgw_dev *ed;

	lockdep_assert_held(&en->lock);
	list_for_each_entry(ed, &en->devs, list)
		if (ed->dev->ifindex == ifindex)
			return ed;
	return NULL;
}

/**
 * espgw_dev_find_rcu() - find an attached device on a packet's way
 * @en: namespace
 * @ifindex: the device
 *
 * Context: under RCU. Return: it, or NULL.
 */
struct espgw_dev *espgw_dev_find_rcu(struct espgw_net *en, int ifindex)
{
	struct espgw_dev *ed;

	list_for_each_entry_rcu(ed, &en->devs, list)
		if (ed->dev->ifindex == ifindex)
			return ed;
	return NULL;
}

/**
 * espgw_dev_attach() - hook a device
 * @en: namespace
 * @dev: the device
 * @mtu: its MTU policy
 * @extack: says what is wrong
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0,
 * -EEXIST, or another negative error.
 */
int espgw_dev_attach(struct espgw_net *en, struct net_device *dev,
		     const struct espgw_mtu_policy *mtu,
		     struct netlink_ext_ack *extack)
{
	struct espgw_dev *ed;
	bool first;
	int err;

	ASSERT_RTNL();
	lockdep_assert_held(&en->lock);
	if (espgw_dev_find(en, dev->ifindex)) {
		NL_SET_ERR_MSG(extack, "device is attached already");
		return -EEXIST;
	}
	if (dev->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack, "a loopback device leads to no peer");
		return -EINVAL;
	}
	ed = kzalloc(sizeof(*ed), GFP_KERNEL_ACCOUNT);
	if (!ed)
		return -ENOMEM;
	ed->en = en;
	ed->dev = dev;
	ed->mtu = *mtu;
	resolve(ed);
	hooks_init(ed);
	espgw_vfrq_init(espgw_dev_vfr(ed, ESPGW_DIR_IN), ed, ESPGW_DIR_IN);
	espgw_vfrq_init(espgw_dev_vfr(ed, ESPGW_DIR_OUT), ed, ESPGW_DIR_OUT);
	espgw_policy_count_vfr(en, dev->ifindex, ed->vfr_users);

	first = list_empty(&en->devs);
	if (first) {
		err = espgw_ingress_init(en->net);
		if (err)
			goto err_free;
	}
	netdev_hold(dev, &ed->tracker, GFP_KERNEL);
	err = gro_cells_init(&ed->gro, dev);
	if (err)
		goto err_put;
	err = nf_register_net_hooks(en->net, ed->ops, ARRAY_SIZE(ed->ops));
	if (err)
		goto err_gro;
	list_add_tail_rcu(&ed->list, &en->devs);
	en->generation++;
	espgw_notify_dev(ed, ESPGW_DEV_EVENT_ATTACH);
	espgw_vfrq_update(espgw_dev_vfr(ed, ESPGW_DIR_IN));
	espgw_vfrq_update(espgw_dev_vfr(ed, ESPGW_DIR_OUT));
	espgw_probe_refresh(en);
	return 0;

err_gro:
	synchronize_net();	/* one of the hooks may have been there */
	gro_cells_destroy(&ed->gro);
err_put:
	netdev_put(dev, &ed->tracker);
	if (first)
		espgw_ingress_exit(en->net);
err_free:
	kfree(ed);
	return err;
}

/* The hooks end, then what they read. */
static void detach(struct espgw_dev *ed)
{
	struct espgw_net *en = ed->en;

	list_del_rcu(&ed->list);
	en->generation++;
	nf_unregister_net_hooks(en->net, ed->ops, ARRAY_SIZE(ed->ops));
	if (list_empty(&en->devs))
		espgw_ingress_exit(en->net);
	synchronize_net();
	espgw_vfrq_exit(espgw_dev_vfr(ed, ESPGW_DIR_IN));
	espgw_vfrq_exit(espgw_dev_vfr(ed, ESPGW_DIR_OUT));
	gro_cells_destroy(&ed->gro);
	espgw_notify_dev(ed, ESPGW_DEV_EVENT_DETACH);
	netdev_put(ed->dev, &ed->tracker);
	kfree(ed);
}

/**
 * espgw_dev_set() - change an attached device's MTU policy
 * @ed: the device
 * @mtu: its set bits say what
 *
 * Context: caller holds RTNL and espgw_net.lock. Return: 0.
 */
int espgw_dev_set(struct espgw_dev *ed, const struct espgw_mtu_policy *mtu)
{
	lockdep_assert_held(&ed->en->lock);
	espgw_mtu_policy_merge(&ed->mtu, mtu);
	resolve(ed);
	espgw_probe_refresh(ed->en);
	espgw_notify_dev(ed, ESPGW_DEV_EVENT_SET);
	return 0;
}

/**
 * espgw_dev_detach() - unhook a device
 * @ed: the device; freed
 * @extack: says what is wrong
 *
 * Refused while a protect policy applies to it: what that covers would go out
 * in clear from then on.
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0 or
 * -EBUSY.
 */
int espgw_dev_detach(struct espgw_dev *ed, struct netlink_ext_ack *extack)
{
	ASSERT_RTNL();
	lockdep_assert_held(&ed->en->lock);
	if (espgw_policy_protects(ed->en, ed->dev->ifindex)) {
		NL_SET_ERR_MSG(extack, "protect policies apply to the device: delete them first");
		return -EBUSY;
	}
	detach(ed);
	return 0;
}

/**
 * espgw_default_set() - change the namespace's MTU policy
 * @en: namespace
 * @mtu: its set bits say what
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_default_set(struct espgw_net *en,
		       const struct espgw_mtu_policy *mtu)
{
	struct espgw_dev *ed;

	lockdep_assert_held(&en->lock);
	espgw_mtu_policy_merge(&en->def, mtu);
	list_for_each_entry(ed, &en->devs, list)
		resolve(ed);
	espgw_probe_refresh(en);
	espgw_notify_default(en);
}

/**
 * espgw_dev_flush() - unhook all devices
 * @en: namespace, on its way out
 *
 * Context: process context, caller holds RTNL and espgw_net.lock.
 */
void espgw_dev_flush(struct espgw_net *en)
{
	struct espgw_dev *ed, *next;

	lockdep_assert_held(&en->lock);
	list_for_each_entry_safe(ed, next, &en->devs, list)
		detach(ed);
}

static int netdev_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct espgw_net *en = espgw_net(dev_net(dev));
	struct espgw_dev *ed;

	if (event == NETDEV_CHANGEMTU) {
		mutex_lock(&en->lock);
		espgw_path_dev_changed(en, dev->ifindex);
		mutex_unlock(&en->lock);
	}
	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	/* It takes its state along; nothing can leave by it any more. */
	mutex_lock(&en->lock);
	espgw_policy_flush(en, dev->ifindex);
	ed = espgw_dev_find(en, dev->ifindex);
	if (ed)
		detach(ed);
	mutex_unlock(&en->lock);
	return NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = {
	.notifier_call = netdev_event,
};

/**
 * espgw_dev_init() - follow devices that go away
 *
 * Return: 0 or a negative error.
 */
int espgw_dev_init(void)
{
	return register_netdevice_notifier(&netdev_notifier);
}

/**
 * espgw_dev_exit() - the end of espgw_dev_init()
 */
void espgw_dev_exit(void)
{
	unregister_netdevice_notifier(&netdev_notifier);
}
