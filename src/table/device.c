// SPDX-License-Identifier: GPL-2.0
/* Attached devices and their MTU policies. */
#include "table/device.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "base/event.h"
#include "base/feature.h"
#include "core/view.h"
#include "table/guard.h"
#include "table/path.h"

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
 * espgw_dev_find() - find what was attached by a name
 * @en: namespace
 * @name: the name, or the pattern
 *
 * Context: caller holds espgw_net.lock. Return: it, or NULL.
 */
struct espgw_dev *espgw_dev_find(struct espgw_net *en, const char *name)
{
	struct espgw_dev *ed;

	lockdep_assert_held(&en->lock);
	list_for_each_entry(ed, &en->devs, list)
		if (!strcmp(ed->name, name))
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
		if (READ_ONCE(ed->ifindex) == ifindex)
			return ed;
	return NULL;
}

/**
 * espgw_hooked_find_rcu() - find a device on a packet's way, attached or watched
 * @en: namespace
 * @ifindex: the device
 *
 * Context: under RCU. Return: it, or NULL.
 */
struct espgw_dev *espgw_hooked_find_rcu(struct espgw_net *en, int ifindex)
{
	return espgw_dev_find_rcu(en, ifindex) ?:
	       xa_load(&en->guards, ifindex);
}

/**
 * espgw_dev_is_pattern() - is it a pattern, and no device itself
 * @ed: what is attached
 *
 * Return: true if so.
 */
bool espgw_dev_is_pattern(const struct espgw_dev *ed)
{
	return ed->name[strlen(ed->name) - 1] == '*';
}

/**
 * espgw_dev_state() - is there a device
 * @ed: what is attached
 *
 * Context: caller holds espgw_net.lock. Return: enum espgw_dev_state.
 */
enum espgw_dev_state espgw_dev_state(const struct espgw_dev *ed)
{
	const struct espgw_dev *other;
	bool any = ed->dev;

	list_for_each_entry(other, &ed->en->devs, list)
		any |= other->of == ed;
	return any ? ESPGW_DEV_STATE_ATTACHED : ESPGW_DEV_STATE_WAITING;
}

static bool matches(const struct espgw_dev *pattern, const char *name)
{
	return espgw_dev_is_pattern(pattern) &&
	       !strncmp(pattern->name, name, strlen(pattern->name) - 1);
}

/* A loopback device leads to no peer. */
static bool can_hook(const struct net_device *dev)
{
	return !(dev->flags & IFF_LOOPBACK);
}

/* Does the MTU of any device follow what fits? */
static void update_follows(struct espgw_net *en)
{
	const struct espgw_dev *ed;
	bool follows = false;

	list_for_each_entry(ed, &en->devs, list)
		follows |= ed->follow;
	WRITE_ONCE(en->follows, follows);
}

/* What is attached, or its MTU policy, is another now. */
static void changed(struct espgw_net *en)
{
	en->generation++;
	espgw_mtu_changed(en);
}

/* @dev is there; hooks are registered before it can send. */
static int hook(struct espgw_dev *ed, struct net_device *dev)
{
	int err;

	netdev_hold(dev, &ed->tracker, GFP_KERNEL);
	ed->dev = dev;
	err = espgw_device_ops->hook(ed);
	if (err) {
		ed->dev = NULL;
		netdev_put(dev, &ed->tracker);
		return err;
	}
	WRITE_ONCE(ed->ifindex, dev->ifindex);
	changed(ed->en);
	/* It has no need of the other hook any more. */
	return espgw_guard_update(ed->en, dev);
}

/*
 * The device is watched from now on as all others are, unless it is gone. Return:
 * 0 or a negative error; then it stays hooked.
 */
static int unhook(struct espgw_dev *ed)
{
	int err, ifindex = ed->ifindex;

	if (!ed->dev)
		return 0;
	WRITE_ONCE(ed->ifindex, 0);
	err = espgw_guard_update(ed->en, ed->dev);
	if (err) {
		WRITE_ONCE(ed->ifindex, ifindex);
		return err;
	}
	changed(ed->en);
	espgw_device_ops->unhook(ed);
	netdev_put(ed->dev, &ed->tracker);
	ed->dev = NULL;
	queue_work(espgw_wq, &ed->en->refresh);
	return 0;
}

/* A new entry. Return: it, or an error pointer. */
static struct espgw_dev *make(struct espgw_net *en, const char *name,
			      const struct espgw_mtu_policy *mtu,
			      struct espgw_dev *of)
{
	struct espgw_dev *ed = kzalloc(sizeof(*ed), GFP_KERNEL_ACCOUNT);
	int err;

	if (!ed)
		return ERR_PTR(-ENOMEM);
	ed->en = en;
	strscpy(ed->name, name, sizeof(ed->name));
	ed->mtu = *mtu;
	ed->follow = of && of->follow;
	ed->of = of;
	resolve(ed);
	err = espgw_device_ops->prepare(ed);
	if (err) {
		kfree(ed);
		return ERR_PTR(err);
	}
	if (of)
		espgw_device_ops->copy(ed);
	ed->id = ++en->dev_next;
	list_add_tail_rcu(&ed->list, &en->devs);
	changed(en);
	return ed;
}

/* It has no device any more. */
static void destroy(struct espgw_dev *ed)
{
	list_del_rcu(&ed->list);
	changed(ed->en);
	synchronize_net();
	espgw_device_ops->release(ed);
	kfree(ed);
}

/* A device has come whose name fits a pattern, and which is not named itself. */
static int hook_by_pattern(struct espgw_dev *pattern, struct net_device *dev)
{
	struct espgw_dev *ed;
	int err;

	if (!can_hook(dev) || espgw_dev_find(pattern->en, dev->name))
		return 0;
	ed = make(pattern->en, dev->name, &pattern->mtu, pattern);
	if (IS_ERR(ed))
		return PTR_ERR(ed);
	err = hook(ed, dev);
	if (err)
		destroy(ed);
	else
		post(ed, ESPGW_DEV_EVENT_RETURN);
	return err;
}

/* Has an entry another device now than it had, or none? */
static int update(struct espgw_dev *ed)
{
	struct net_device *dev = __dev_get_by_name(ed->en->net, ed->name);
	int err;

	if (espgw_dev_is_pattern(ed))
		return 0;
	if (dev && !can_hook(dev))
		dev = NULL;
	if (dev == ed->dev)
		return 0;
	if (ed->dev) {
		err = unhook(ed);
		if (err)
			return err;
		post(ed, ESPGW_DEV_EVENT_LOSS);
	}
	if (!dev)
		return 0;
	err = hook(ed, dev);
	if (!err)
		post(ed, ESPGW_DEV_EVENT_RETURN);
	return err;
}

/**
 * espgw_devices_update() - a device has come, gone or changed its name
 * @en: namespace
 * @dev: the device
 *
 * What is attached by name is hooked to the device that has the name now, before
 * that device can send.
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0 or a
 * negative error: the device must not be used then.
 */
int espgw_devices_update(struct espgw_net *en, struct net_device *dev)
{
	u32 before = en->generation;
	struct espgw_dev *ed, *next;
	int err = 0, e;

	ASSERT_RTNL();
	lockdep_assert_held(&en->lock);
	list_for_each_entry_safe(ed, next, &en->devs, list) {
		if (ed->dev != dev && strcmp(ed->name, dev->name))
			continue;
		e = update(ed);
		err = err ?: e;
		if (ed->of && !ed->dev)
			destroy(ed);
	}
	/* Nobody finds it by its name any more, if it is on its way out. */
	if (__dev_get_by_name(en->net, dev->name) == dev)
		list_for_each_entry(ed, &en->devs, list) {
			if (!matches(ed, dev->name))
				continue;
			e = hook_by_pattern(ed, dev);
			err = err ?: e;
		}
	e = espgw_guard_update(en, dev);
	if (en->generation != before)
		queue_work(espgw_wq, &en->refresh);
	return err ?: e;
}

/*
 * With all that were attached by it, if it is a pattern. Return: 0 or a negative
 * error; then it is still there, and so may be some of those.
 */
static int remove(struct espgw_dev *ed)
{
	struct espgw_dev *other, *next;
	int err = unhook(ed);

	list_for_each_entry_safe(other, next, &ed->en->devs, list) {
		if (other->of != ed)
			continue;
		err = err ?: unhook(other);
		if (!err)
			destroy(other);
	}
	if (!err)
		destroy(ed);
	return err;
}

/* Not a pattern: "*" stands only at the end, behind something. */
static bool is_name(const char *name)
{
	char plain[IFNAMSIZ];
	size_t len = strlen(name);

	strscpy(plain, name, sizeof(plain));
	if (len > 1 && plain[len - 1] == '*')
		plain[len - 1] = '\0';
	return dev_valid_name(plain) && !strchr(plain, '*');
}

/**
 * espgw_dev_attach() - hook a device, now or as soon as there is one
 * @en: namespace
 * @name: its name; or a pattern, which ends in "*"
 * @mtu: its MTU policy
 * @follow: its MTU follows what fits
 * @extack: says what is wrong
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0,
 * -EEXIST, or another negative error; then nothing has changed.
 */
int espgw_dev_attach(struct espgw_net *en, const char *name,
		     const struct espgw_mtu_policy *mtu, bool follow,
		     struct netlink_ext_ack *extack)
{
	struct net_device *dev = __dev_get_by_name(en->net, name);
	struct espgw_dev *ed = espgw_dev_find(en, name);
	int err;

	ASSERT_RTNL();
	if (!is_name(name)) {
		NL_SET_ERR_MSG(extack, "not a name that a device can have, nor one with a * behind it");
		return -EINVAL;
	}
	if (dev && !can_hook(dev)) {
		NL_SET_ERR_MSG(extack, "a loopback device leads to no peer");
		return -EINVAL;
	}
	if (ed && !ed->of) {
		NL_SET_ERR_MSG(extack, "device is attached already");
		return -EEXIST;
	}
	if (ed) {
		/* By a pattern, until now: it has a policy of its own from now on. */
		ed->of = NULL;
		ed->mtu = *mtu;
		ed->follow = follow;
		resolve(ed);
		changed(en);
		goto attached;
	}
	ed = make(en, name, mtu, NULL);
	if (IS_ERR(ed))
		return PTR_ERR(ed);
	ed->follow = follow;
	err = dev ? hook(ed, dev) : 0;
	if (!err && espgw_dev_is_pattern(ed))
		for_each_netdev(en->net, dev) {
			err = matches(ed, dev->name) ?
			      hook_by_pattern(ed, dev) : 0;
			if (err)
				break;
		}
	if (err) {
		remove(ed);
		return err;
	}
attached:
	update_follows(en);
	queue_work(espgw_wq, &en->refresh);
	post(ed, ESPGW_DEV_EVENT_ATTACH);
	return 0;
}

/* A policy that would protect something as it leaves by a device. */
static bool is_needed(const struct espgw_dev *ed)
{
	const struct espgw_dev *other;

	list_for_each_entry(other, &ed->en->devs, list)
		if ((other == ed || other->of == ed) && other->dev &&
		    espgw_feature_users(ed->en, other->name,
					ESPGW_FEATURE_PROTECT))
			return true;
	return false;
}

/**
 * espgw_dev_detach() - unhook a device, and forget its name
 * @ed: what is attached; freed
 * @guarded: also while a protect policy applies to it, if it is watched then
 * @extack: says what is wrong
 *
 * Refused while a protect policy applies to it: that is not done by mistake.
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0 or
 * -EBUSY.
 */
int espgw_dev_detach(struct espgw_dev *ed, bool guarded,
		     struct netlink_ext_ack *extack)
{
	struct espgw_net *en = ed->en;
	struct espgw_dev *pattern;
	int err;

	ASSERT_RTNL();
	if (ed->of) {
		NL_SET_ERR_MSG(extack, "device is attached by a pattern: detach that");
		return -EBUSY;
	}
	list_for_each_entry(pattern, &en->devs, list)
		if (ed->dev && matches(pattern, ed->name)) {
			/* From now on as all others of the pattern. */
			ed->of = pattern;
			espgw_device_ops->copy(ed);
			espgw_dev_set(ed, &pattern->mtu, pattern->follow);
			return 0;
		}
	if (!(guarded && !en->guard_off) && is_needed(ed)) {
		NL_SET_ERR_MSG(extack, "protect policies apply to the device: delete them first");
		return -EBUSY;
	}
	post(ed, ESPGW_DEV_EVENT_DETACH);
	err = remove(ed);
	update_follows(en);
	return err;
}

/**
 * espgw_dev_set() - change an attached device's MTU policy
 * @ed: the device, or the pattern and all that are attached by it
 * @mtu: the policy as it shall be
 * @follow: its MTU follows what fits
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_dev_set(struct espgw_dev *ed, const struct espgw_mtu_policy *mtu,
		   bool follow)
{
	struct espgw_dev *other;

	list_for_each_entry(other, &ed->en->devs, list)
		if (other == ed || other->of == ed) {
			other->mtu = *mtu;
			other->follow = follow;
			resolve(other);
		}
	update_follows(ed->en);
	queue_work(espgw_wq, &ed->en->refresh);
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
	queue_work(espgw_wq, &en->refresh);
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
		if (!unhook(ed))
			destroy(ed);
}

/**
 * espgw_alert_at() - tell of a packet at a device
 * @ed: the device
 * @kind: what happened
 * @v: the packet
 *
 * At most one a second of each kind is told. Context: any but hard interrupts.
 */
void espgw_alert_at(struct espgw_dev *ed, enum espgw_alert_kind kind,
		    const struct espgw_view *v)
{
	const struct espgw_event ev = {
		.en = ed->en,
		.what = kind,
		.dev = ed,
		.family = v->family,
		.src = &v->src,
		.dst = &v->dst,
	};

	espgw_event_post(ESPGW_EVENT_ALERT, &ev);
}

/**
 * espgw_devices_init() - set up a namespace's devices
 * @en: namespace
 */
void espgw_devices_init(struct espgw_net *en)
{
	INIT_LIST_HEAD(&en->devs);
}
