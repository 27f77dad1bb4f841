// SPDX-License-Identifier: GPL-2.0
/* What is hooked to an attached device, and what becomes of it. */
#include "hook/device.h"

#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>

#include "hook/egress.h"
#include "hook/ingress.h"
#include "hook/local.h"
#include "hook/redirect.h"
#include "hook/routed.h"
#include "packet/sent.h"
#include "packet/vfr.h"
#include "table/fit.h"
#include "table/spd.h"

enum { EGRESS, INGRESS };

/*
 * At egress last, so that other chains see what is inside and nothing behind
 * this hook can send it elsewhere; at ingress first, for the same view.
 */
static void hooks_init(struct espgw_dev *ed)
{
	ed->hooks[EGRESS] = (struct nf_hook_ops) {
		.hook = espgw_egress,
		.dev = ed->dev,
		.priv = ed,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_EGRESS,
		.priority = INT_MAX,
	};
	ed->hooks[INGRESS] = (struct nf_hook_ops) {
		.hook = espgw_ingress,
		.dev = ed->dev,
		.priv = ed,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
		.priority = INT_MIN,
	};
}

static void free_vfr(struct espgw_dev *ed)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ed->vfr); i++)
		espgw_vfrq_free(ed->vfr[i]);
}

static int make_vfr(struct espgw_dev *ed)
{
	ed->vfr[0] = espgw_vfrq_new(ed, ESPGW_DIR_IN);
	ed->vfr[1] = espgw_vfrq_new(ed, ESPGW_DIR_OUT);
	if (!ed->vfr[0] || !ed->vfr[1]) {
		free_vfr(ed);
		return -ENOMEM;
	}
	espgw_vfrq_update(ed->vfr[0]);
	espgw_vfrq_update(ed->vfr[1]);
	return 0;
}

/* @ed is not listed yet, and may be the first one of its namespace. */
static int prepare(struct espgw_dev *ed)
{
	struct espgw_net *en = ed->en;
	int err;

	err = espgw_sent_enable(en);
	if (err)
		return err;
	err = make_vfr(ed);
	if (err)
		return err;
	if (list_empty(&en->devs)) {
		err = espgw_local_init(en->net);
		if (err)
			free_vfr(ed);
	}
	return err;
}

/* @ed is not listed any more. */
static void release(struct espgw_dev *ed)
{
	if (list_empty(&ed->en->devs)) {
		espgw_local_exit(ed->en->net);
		synchronize_net();
	}
	free_vfr(ed);
}

static int hook(struct espgw_dev *ed)
{
	int err = gro_cells_init(&ed->gro, ed->dev);

	if (err)
		return err;
	hooks_init(ed);
	err = nf_register_net_hooks(ed->en->net, ed->hooks,
				    ARRAY_SIZE(ed->hooks));
	if (!err)
		return 0;

	synchronize_net();	/* one of the hooks may have been there */
	gro_cells_destroy(&ed->gro);
	return err;
}

/* The hooks end, then what they read, and what waits for its first fragment. */
static void unhook(struct espgw_dev *ed)
{
	unsigned int i;

	nf_unregister_net_hooks(ed->en->net, ed->hooks, ARRAY_SIZE(ed->hooks));
	synchronize_net();
	for (i = 0; i < ARRAY_SIZE(ed->vfr); i++)
		espgw_vfrq_give_up(ed->vfr[i], 0);
	gro_cells_destroy(&ed->gro);
}

static void copy(struct espgw_dev *ed)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ed->vfr); i++)
		espgw_vfrq_set(ed->vfr[i], &ed->of->vfr[i]->cfg);
}

/* @ed is not attached: both ways are watched all the same. */
static int watch(struct espgw_dev *ed)
{
	int err = make_vfr(ed);

	if (err)
		return err;
	hooks_init(ed);
	ed->hooks[EGRESS].hook = espgw_guard_out;
	ed->hooks[INGRESS].hook = espgw_guard_in;
	err = nf_register_net_hooks(ed->en->net, ed->hooks,
				    ARRAY_SIZE(ed->hooks));
	if (!err)
		return 0;

	synchronize_net();	/* one of the hooks may have been there */
	free_vfr(ed);
	return err;
}

static void unwatch(struct espgw_dev *ed)
{
	nf_unregister_net_hooks(ed->en->net, ed->hooks, ARRAY_SIZE(ed->hooks));
}

static void unwatched(struct espgw_dev *ed)
{
	free_vfr(ed);
}

const struct espgw_device_ops espgw_hook_device_ops = {
	.prepare = prepare,
	.release = release,
	.hook = hook,
	.unhook = unhook,
	.copy = copy,
	.watch = watch,
	.unwatch = unwatch,
	.unwatched = unwatched,
	.protects = espgw_routed_update,
};

static int netdev_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct espgw_net *en = espgw_net(dev_net(dev));
	int err = 0;

	/* Of a namespace that is being made; it has nothing attached yet. */
	if (!en || !en->net)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_CHANGEMTU:
		espgw_net_lock(en);
		espgw_fit_dev_changed(en, dev->ifindex);
		espgw_routed_update(en);
		espgw_net_unlock(en);
		espgw_follow(en);
		break;
	case NETDEV_UP:
	case NETDEV_DOWN:
		espgw_net_lock(en);
		espgw_routed_update(en);
		espgw_net_unlock(en);
		break;
	case NETDEV_REGISTER:
	case NETDEV_UNREGISTER:
	case NETDEV_CHANGENAME:
	case NETDEV_PRE_UP:	/* one that came from another namespace comes, whatever is said */
		espgw_net_lock(en);
		espgw_names_refresh(en);
		err = espgw_devices_update(en, dev);
		err = err ?: espgw_redirect_update(en, dev);
		espgw_net_unlock(en);
		break;
	}
	/* Without its hooks it must not be there. */
	return err ? notifier_from_errno(err) : NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = {
	.notifier_call = netdev_event,
};

/**
 * espgw_hook_init() - follow devices that come and go
 *
 * Return: 0 or a negative error.
 */
int espgw_hook_init(void)
{
	return register_netdevice_notifier(&netdev_notifier);
}

/**
 * espgw_hook_exit() - the end of espgw_hook_init()
 */
void espgw_hook_exit(void)
{
	unregister_netdevice_notifier(&netdev_notifier);
}
