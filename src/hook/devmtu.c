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
 */
static u32 fits(const struct espgw_dev *ed)
{
	const struct espgw_path *path;
	u32 mtu = ESPGW_MTU_MAX + 1;
	struct espgw_sa *sa;
	struct espgw_fit f;

	lockdep_assert_held(&ed->en->lock);
	list_for_each_entry(path, &ed->en->path_list, list) {
		if (!is_for(path, ed->name))
			continue;
		list_for_each_entry(sa, &path->sas, on_path) {
			if (test_bit(ESPGW_SA_F_DEAD, &sa->flags))
				continue;
			espgw_fit_now(sa, &f);
			if (f.in.ifindex && f.in.ifindex != ed->ifindex)
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

/**
 * espgw_devmtu_work() - set the MTUs of the devices that follow
 * @work: espgw_net.follow
 */
void espgw_devmtu_work(struct work_struct *work)
{
	struct espgw_net *en = container_of(work, struct espgw_net, follow);
	struct espgw_dev *ed;
	u32 mtu;

	/* It keeps the list as it is; the lock is wanted by who is told. */
	rtnl_lock();
	list_for_each_entry(ed, &en->devs, list) {
		espgw_net_lock(en);
		mtu = ed->follow && ed->dev ? fits(ed) : 0;
		espgw_net_unlock(en);
		if (!mtu)
			continue;
		mtu = allowed(ed->dev, mtu);
		if (mtu != ed->dev->mtu)
			dev_set_mtu(ed->dev, mtu);
	}
	rtnl_unlock();
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
