// SPDX-License-Identifier: GPL-2.0
/*
 * Devices of tunnels, whose MTU follows what fits the SAs: so routes, sockets and
 * hosts know it before anything is too big.
 *
 * To set it takes RTNL, which no packet can wait for: a work item does it, soon
 * after what fits has changed.
 */
#include "hook/devmtu.h"

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>

#include "base/event.h"
#include "table/device.h"
#include "table/fit.h"
#include "table/spd.h"

static bool is_for(const struct espgw_path *path, const char *name)
{
	const struct espgw_policy *p;

	list_for_each_entry(p, &path->policies, on_path) {
		if (p->dev && !strcmp(p->dev->name, name))
			return true;
		if (!path->parted)	/* all are alike */
			return false;
	}
	return false;
}

/*
 * What fits all SAs that policies for a device lead to; 0: there is none. What
 * leaves by this very device does not count: that would become less each time.
 * Others have the lock meanwhile, so @name is no device's own.
 */
static u32 fits(struct espgw_net *en, const char *name, int ifindex)
{
	struct espgw_path *path = NULL;
	u32 mtu = ESPGW_MTU_MAX + 1;
	struct espgw_sa *sa;
	struct espgw_fit f;

	lockdep_assert_held(&en->lock);
	while ((path = espgw_path_next(en, path))) {
		if (!is_for(path, name))
			continue;
		list_for_each_entry(sa, &path->sas, on_path) {
			if (test_bit(ESPGW_SA_F_DEAD, &sa->flags))
				continue;
			espgw_fit_now(sa, &f);
			if (f.in.ifindex && f.in.ifindex != ifindex)
				mtu = min(mtu, f.inner_mtu);
		}
	}
	return mtu > ESPGW_MTU_MAX ? 0 : max_t(u32, mtu, ESPGW_PMTU_HARD_MIN);
}

/* IPv6 would leave a device that carries less than it has to. */
static u32 allowed(struct net_device *dev, u32 mtu)
{
	if (__in6_dev_get(dev))
		mtu = max_t(u32, mtu, IPV6_MIN_MTU);
	mtu = max(mtu, dev->min_mtu);
	return dev->max_mtu ? min(mtu, dev->max_mtu) : mtu;
}

/* Of the devices that follow the first one from this number on, or NULL. */
static struct espgw_dev *follower(struct espgw_net *en, u32 id)
{
	struct espgw_dev *ed;

	list_for_each_entry(ed, &en->devs, list)
		if (ed->id >= id && ed->follow && ed->dev)
			return ed;
	return NULL;
}

/* The device of this number is not to go meanwhile, and who is told wants the lock. */
static void set(struct espgw_net *en, u32 id, u32 mtu)
{
	struct net_device *dev = NULL;
	struct espgw_dev *ed;

	rtnl_lock();
	espgw_net_lock(en);
	ed = follower(en, id);
	if (ed && ed->id == id)
		dev = ed->dev;
	espgw_net_unlock(en);
	if (dev) {
		mtu = allowed(dev, mtu);
		if (mtu != dev->mtu)
			dev_set_mtu(dev, mtu);
	}
	rtnl_unlock();
}

/**
 * espgw_devmtu_work() - set the MTUs of the devices that follow
 * @work: espgw_net.follow
 */
void espgw_devmtu_work(struct work_struct *work)
{
	struct espgw_net *en = container_of(work, struct espgw_net, follow);
	char name[IFNAMSIZ];
	struct espgw_dev *ed;
	u32 id = 0, mtu;

	espgw_net_lock(en);
	while ((ed = follower(en, id))) {
		id = ed->id;
		strscpy(name, ed->name, sizeof(name));
		mtu = fits(en, name, ed->ifindex);
		espgw_net_unlock(en);
		if (mtu)
			set(en, id, mtu);
		id++;
		espgw_net_lock(en);
	}
	espgw_net_unlock(en);
}

/* Anything of which what fits is made, or whom it is for. */
static int event(struct notifier_block *nb, unsigned long kind, void *data)
{
	const struct espgw_event *ev = data;

	switch (kind) {
	case ESPGW_EVENT_SA:
	case ESPGW_EVENT_POLICY:
	case ESPGW_EVENT_PMTU:
	case ESPGW_EVENT_DEVICE:
	case ESPGW_EVENT_DEFAULT:
		espgw_follow(ev->en);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block event_nb = {
	.notifier_call = event,
};

/**
 * espgw_devmtu_init() - follow what changes
 */
void espgw_devmtu_init(void)
{
	espgw_event_subscribe(&event_nb);
}

/**
 * espgw_devmtu_exit() - the end of espgw_devmtu_init()
 */
void espgw_devmtu_exit(void)
{
	espgw_event_unsubscribe(&event_nb);
}
