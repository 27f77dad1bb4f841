// SPDX-License-Identifier: GPL-2.0
/* Names of devices that somebody refers to. */
#include "base/name.h"

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

static int ifindex_of(struct espgw_net *en, const char *name)
{
	const struct net_device *dev;
	int ifindex;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(en->net, name);
	ifindex = dev ? dev->ifindex : ESPGW_NO_DEVICE;
	rcu_read_unlock();
	return ifindex;
}

/**
 * espgw_name_get() - refer to a device by its name
 * @en: namespace
 * @name: the name
 *
 * Context: process context, caller holds espgw_net.lock: a device that comes or
 * goes meanwhile is seen by espgw_names_refresh() afterwards. Return: it, with
 * one more user; NULL without memory.
 */
struct espgw_name *espgw_name_get(struct espgw_net *en, const char *name)
{
	struct espgw_name *n;

	lockdep_assert_held(&en->lock);
	list_for_each_entry(n, &en->names, list)
		if (!strcmp(n->name, name)) {
			n->users++;
			return n;
		}
	n = kzalloc(sizeof(*n), GFP_KERNEL_ACCOUNT);
	if (!n)
		return NULL;
	strscpy(n->name, name, sizeof(n->name));
	n->ifindex = ifindex_of(en, name);
	n->users = 1;
	list_add_tail_rcu(&n->list, &en->names);
	return n;
}

/**
 * espgw_name_put() - one user less
 * @n: the name, or NULL; freed after a grace period if that was the last user
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_name_put(struct espgw_name *n)
{
	if (!n || --n->users)
		return;
	list_del_rcu(&n->list);
	kfree_rcu(n, rcu);
}

/**
 * espgw_names_refresh() - devices have come, gone or changed their names
 * @en: namespace
 *
 * Context: caller holds espgw_net.lock, and RTNL, so that no other device does.
 */
void espgw_names_refresh(struct espgw_net *en)
{
	struct espgw_name *n;

	ASSERT_RTNL();
	lockdep_assert_held(&en->lock);
	list_for_each_entry(n, &en->names, list)
		WRITE_ONCE(n->ifindex, ifindex_of(en, n->name));
}
