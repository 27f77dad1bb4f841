// SPDX-License-Identifier: GPL-2.0
/* What is hooked to an attached device, and what becomes of it. */
#include "hook/device.h"

#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>

#include "hook/egress.h"
#include "hook/ingress.h"
#include "hook/local.h"
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

/* @ed is not listed yet, and may be the first one of its namespace. */
static int hook(struct espgw_dev *ed)
{
	struct espgw_net *en = ed->en;
	bool first = list_empty(&en->devs);
	int err;

	err = espgw_sent_enable(en);
	if (err)
		return err;
	ed->vfr[0] = espgw_vfrq_new(ed, ESPGW_DIR_IN);
	ed->vfr[1] = espgw_vfrq_new(ed, ESPGW_DIR_OUT);
	err = -ENOMEM;
	if (!ed->vfr[0] || !ed->vfr[1])
		goto err_vfr;
	if (first) {
		err = espgw_local_init(en->net);
		if (err)
			goto err_vfr;
	}
	err = gro_cells_init(&ed->gro, ed->dev);
	if (err)
		goto err_local;
	espgw_vfrq_update(ed->vfr[0]);
	espgw_vfrq_update(ed->vfr[1]);
	hooks_init(ed);
	err = nf_register_net_hooks(en->net, ed->hooks, ARRAY_SIZE(ed->hooks));
	if (!err)
		return 0;

	synchronize_net();	/* one of the hooks may have been there */
	gro_cells_destroy(&ed->gro);
err_local:
	if (first)
		espgw_local_exit(en->net);
err_vfr:
	free_vfr(ed);
	return err;
}

/* The hooks end, then what they read. @ed is not listed any more. */
static void unhook(struct espgw_dev *ed)
{
	struct espgw_net *en = ed->en;

	nf_unregister_net_hooks(en->net, ed->hooks, ARRAY_SIZE(ed->hooks));
	if (list_empty(&en->devs))
		espgw_local_exit(en->net);
	synchronize_net();
	free_vfr(ed);
	gro_cells_destroy(&ed->gro);
}

const struct espgw_device_ops espgw_hook_device_ops = {
	.hook = hook,
	.unhook = unhook,
};

static int netdev_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct espgw_net *en = espgw_net(dev_net(dev));
	struct espgw_dev *ed;

	if (event != NETDEV_CHANGEMTU && event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	mutex_lock(&en->lock);
	if (event == NETDEV_CHANGEMTU) {
		espgw_fit_dev_changed(en, dev->ifindex);
	} else {
		/* It takes its state along; nothing can leave by it any more. */
		espgw_policy_flush(en, dev->ifindex);
		ed = espgw_dev_find(en, dev->ifindex);
		if (ed)
			espgw_dev_remove(ed);
	}
	mutex_unlock(&en->lock);
	return NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = {
	.notifier_call = netdev_event,
};

/**
 * espgw_hook_init() - follow devices that go away
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
