// SPDX-License-Identifier: GPL-2.0
/* Attached devices and their MTU policies. */
#include "table/device.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "base/event.h"
#include "base/feature.h"
#include "table/path.h"

const struct espgw_device_ops *espgw_device_ops __read_mostly;

static void post(struct espgw_dev *ed, enum espgw_dev_event event)
{
	const struct espgw_event ev = {
		.en = ed->en,
		.what = event,
		.dev = ed,
	};

	espgw_event_post(ESPGW_EVENT_DEVICE, &ev);
}

/* Readers take each member for itself: no order between them is needed. */
static void resolve(struct espgw_dev *ed)
{
	struct espgw_mtu_policy eff = ed->en->def;

	espgw_mtu_merge(&eff, &ed->mtu);
	ed->eff = eff;
	espgw_mtu_changed(ed->en);
}

/**
 * espgw_device_mtu_policy() - the MTU policy at a device
 * @en: namespace
 * @ifindex: the device; 0, or one that is not attached: the default
 * @p: result, complete
 *
 * Context: under RCU.
 */
void espgw_device_mtu_policy(struct espgw_net *en, int ifindex,
			     struct espgw_mtu_policy *p)
{
	const struct espgw_dev *ed = espgw_dev_find_rcu(en, ifindex);

	*p = ed ? ed->eff : en->def;
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
	netdev_hold(dev, &ed->tracker, GFP_KERNEL);
	err = espgw_device_ops->hook(ed);
	if (err) {
		netdev_put(dev, &ed->tracker);
		kfree(ed);
		return err;
	}
	list_add_tail_rcu(&ed->list, &en->devs);
	en->generation++;
	espgw_mtu_changed(en);
	espgw_path_ops->refresh(en);
	post(ed, ESPGW_DEV_EVENT_ATTACH);
	return 0;
}

/**
 * espgw_dev_remove() - unhook a device, whatever policies there are
 * @ed: the device, which is on its way out itself, or its namespace; freed
 *
 * Context: process context, caller holds RTNL and espgw_net.lock.
 */
void espgw_dev_remove(struct espgw_dev *ed)
{
	struct espgw_net *en = ed->en;

	lockdep_assert_held(&en->lock);
	post(ed, ESPGW_DEV_EVENT_DETACH);
	list_del_rcu(&ed->list);
	en->generation++;
	espgw_mtu_changed(en);
	espgw_device_ops->unhook(ed);
	queue_work(espgw_wq, &en->refresh);
	netdev_put(ed->dev, &ed->tracker);
	kfree(ed);
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
	if (espgw_feature_users(ed->en, ed->dev->ifindex,
				ESPGW_FEATURE_PROTECT)) {
		NL_SET_ERR_MSG(extack, "protect policies apply to the device: delete them first");
		return -EBUSY;
	}
	espgw_dev_remove(ed);
	return 0;
}

/**
 * espgw_dev_set() - change an attached device's MTU policy
 * @ed: the device
 * @mtu: the policy as it shall be
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_dev_set(struct espgw_dev *ed, const struct espgw_mtu_policy *mtu)
{
	ed->mtu = *mtu;
	resolve(ed);
	espgw_path_ops->refresh(ed->en);
	post(ed, ESPGW_DEV_EVENT_SET);
}

/**
 * espgw_default_set() - change the namespace's MTU policy
 * @en: namespace
 * @mtu: the policy as it shall be, complete
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_default_set(struct espgw_net *en, const struct espgw_mtu_policy *mtu)
{
	const struct espgw_event ev = {
		.en = en,
		.what = ESPGW_DEV_EVENT_SET,
	};
	struct espgw_dev *ed;

	lockdep_assert_held(&en->lock);
	en->def = *mtu;
	list_for_each_entry(ed, &en->devs, list)
		resolve(ed);
	espgw_mtu_changed(en);
	espgw_path_ops->refresh(en);
	espgw_event_post(ESPGW_EVENT_DEFAULT, &ev);
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

	list_for_each_entry_safe(ed, next, &en->devs, list)
		espgw_dev_remove(ed);
}

/**
 * espgw_devices_init() - set up a namespace's devices
 * @en: namespace
 */
void espgw_devices_init(struct espgw_net *en)
{
	INIT_LIST_HEAD(&en->devs);
}
