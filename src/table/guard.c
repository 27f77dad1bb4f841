// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that are not attached, but watched while there are protect policies:
 * whatever such a policy covers, and whichever way the stack sends it, it meets
 * the egress hook of some device; and what should have come protected, the ingress
 * hook of the one that it comes by.
 */
#include "table/guard.h"

#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#include "base/event.h"

/*
 * Attached devices have hooks of their own; by loopback nothing leaves. What a
 * VLAN device of ID 0 sends is its parent's, with a priority.
 */
static bool is_wanted(struct espgw_net *en, struct net_device *dev)
{
	const struct espgw_dev *ed;

	if (en->guard_off || !en->protects || dev->flags & IFF_LOOPBACK ||
	    (is_vlan_dev(dev) && !vlan_dev_vlan_id(dev)) ||
	    __dev_get_by_index(en->net, dev->ifindex) != dev)
		return false;
	list_for_each_entry(ed, &en->devs, list)
		if (ed->ifindex == dev->ifindex)
			return false;
	return true;
}

static int arm(struct espgw_net *en, struct net_device *dev)
{
	struct espgw_dev *ed = kzalloc(sizeof(*ed), GFP_KERNEL_ACCOUNT);
	int err;

	if (!ed)
		return -ENOMEM;
	ed->en = en;
	ed->dev = dev;
	ed->ifindex = dev->ifindex;
	ed->watched = true;
	strscpy(ed->name, dev->name, sizeof(ed->name));
	err = xa_err(xa_store(&en->guards, dev->ifindex, ed,
			      GFP_KERNEL_ACCOUNT));
	if (err)
		goto err_free;
	netdev_hold(dev, &ed->tracker, GFP_KERNEL);
	err = espgw_device_ops->watch(ed);
	if (!err)
		return 0;

	netdev_put(dev, &ed->tracker);
	xa_erase(&en->guards, dev->ifindex);
err_free:
	kfree(ed);
	return err;
}

/* Its hooks end; the rest of it when all that end have been collected. */
static void disarm(struct espgw_dev *ed, struct list_head *gone)
{
	espgw_device_ops->unwatch(ed);
	xa_erase(&ed->en->guards, ed->ifindex);
	list_add(&ed->list, gone);
}

static void release(struct list_head *gone)
{
	struct espgw_dev *ed, *next;

	if (list_empty(gone))
		return;
	synchronize_net();
	list_for_each_entry_safe(ed, next, gone, list) {
		espgw_device_ops->unwatched(ed);
		netdev_put(ed->dev, &ed->tracker);
		kfree(ed);
	}
}

static int update(struct espgw_net *en, struct net_device *dev,
		  struct list_head *gone)
{
	struct espgw_dev *ed = xa_load(&en->guards, dev->ifindex);

	if (!is_wanted(en, dev)) {
		if (ed && ed->dev == dev)
			disarm(ed, gone);
		return 0;
	}
	if (!ed)
		return arm(en, dev);
	strscpy(ed->name, dev->name, sizeof(ed->name));
	return 0;
}

/**
 * espgw_guard_update() - a device has come, gone, or is attached or not any more
 * @en: namespace
 * @dev: the device
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0 or a
 * negative error: the device must not be used then.
 */
int espgw_guard_update(struct espgw_net *en, struct net_device *dev)
{
	LIST_HEAD(gone);
	int err;

	ASSERT_RTNL();
	lockdep_assert_held(&en->lock);
	err = update(en, dev, &gone);
	release(&gone);
	return err;
}

/**
 * espgw_guards_update() - watch all devices, or none, as is needed now
 * @en: namespace
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0 or a
 * negative error: not all of them are watched then.
 */
int espgw_guards_update(struct espgw_net *en)
{
	struct net_device *dev;
	LIST_HEAD(gone);
	int err = 0;

	ASSERT_RTNL();
	lockdep_assert_held(&en->lock);
	for_each_netdev(en->net, dev)
		err = err ?: update(en, dev, &gone);
	release(&gone);
	espgw_device_ops->protects(en);
	return err;
}

/**
 * espgw_guard_set() - watch devices that are not attached, or do not
 * @en: namespace
 * @on: watch them, while there are protect policies
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0 or a
 * negative error; then nothing has changed.
 */
int espgw_guard_set(struct espgw_net *en, bool on)
{
	const struct espgw_event ev = { .en = en };
	bool was_off = en->guard_off;
	int err;

	WRITE_ONCE(en->guard_off, !on);
	err = espgw_guards_update(en);
	if (err) {
		WRITE_ONCE(en->guard_off, was_off);
		espgw_guards_update(en);
		return err;
	}
	espgw_event_post(ESPGW_EVENT_GUARD, &ev);
	return 0;
}

/**
 * espgw_guards_count() - how many devices are watched
 * @en: namespace
 *
 * Context: caller holds espgw_net.lock. Return: how many.
 */
unsigned int espgw_guards_count(struct espgw_net *en)
{
	struct espgw_dev *ed;
	unsigned int n = 0;
	unsigned long i;

	xa_for_each(&en->guards, i, ed)
		n++;
	return n;
}
