// SPDX-License-Identifier: GPL-2.0
/* Init and unwind, nothing else. */
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>

#include "base/net.h"
#include "control/netlink.h"
#include "control/xfrm.h"
#include "hook/device.h"
#include "hook/devmtu.h"
#include "hook/probe.h"
#include "hook/redirect.h"
#include "packet/crypto.h"
#include "packet/header.h"
#include "packet/icmp.h"
#include "packet/sent.h"
#include "packet/vfr.h"
#include "table/device.h"
#include "table/flow.h"
#include "table/path.h"
#include "table/sad.h"
#include "table/spd.h"

static int __net_init net_init(struct net *net)
{
	struct espgw_net *en = espgw_net(net);
	int err;

	err = espgw_base_init(en, net);
	if (err)
		return err;
	INIT_WORK(&en->refresh, espgw_probe_refresh_work);
	INIT_WORK(&en->follow, espgw_devmtu_work);
	espgw_devices_init(en);
	err = espgw_icmp_init(en);
	if (err)
		goto err_base;
	err = espgw_paths_init(en);
	if (err)
		goto err_icmp;
	err = espgw_sad_init(en);
	if (err)
		goto err_paths;
	err = espgw_spd_init(en);
	if (err)
		goto err_sad;
	return 0;

err_sad:
	espgw_sad_exit(en);
err_paths:
	espgw_paths_exit(en);
err_icmp:
	espgw_icmp_exit(en);
err_base:
	espgw_base_exit(en);
	return err;
}

/*
 * Hooks first: from then on no packet comes. Then what they read, then what is
 * still under way, then the tables.
 */
static void __net_exit net_exit(struct net *net)
{
	struct espgw_net *en = espgw_net(net);

	rtnl_lock();
	espgw_net_lock(en);
	espgw_redirect_exit(en);
	espgw_dev_flush(en);
	espgw_policy_flush(en);
	espgw_net_unlock(en);
	rtnl_unlock();
	espgw_net_lock(en);
	espgw_sa_flush(en, 0);
	espgw_net_unlock(en);

	/* Ends what is under way, which still looks policies up. */
	espgw_sad_exit(en);
	/* Without SAs nobody asks for it any more. */
	cancel_work_sync(&en->refresh);
	cancel_work_sync(&en->follow);
	espgw_spd_exit(en);
	espgw_paths_exit(en);
	espgw_icmp_exit(en);
	espgw_sent_exit(en);
	espgw_base_exit(en);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &espgw_net_id,
	.size = sizeof(struct espgw_net),
};

static int __init espgw_init(void)
{
	int err;

	espgw_path_ops = &espgw_probe_path_ops;
	espgw_device_ops = &espgw_hook_device_ops;
	espgw_taps = &espgw_probe_taps;
	espgw_header_init();

	espgw_wq = alloc_workqueue("espgw", WQ_UNBOUND, 0);
	if (!espgw_wq)
		return -ENOMEM;
	err = espgw_crypto_init();
	if (err)
		goto err_wq;
	err = espgw_flow_init();
	if (err)
		goto err_crypto;
	espgw_vfr_init();
	espgw_devmtu_init();
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_vfr;
	err = espgw_hook_init();
	if (err)
		goto err_pernet;
	err = espgw_xfrm_init();
	if (err)
		goto err_hook;
	err = espgw_netlink_init();
	if (err)
		goto err_xfrm;
	return 0;

err_xfrm:
	espgw_xfrm_exit();
err_hook:
	espgw_hook_exit();
err_pernet:
	unregister_pernet_subsys(&net_ops);
err_vfr:
	espgw_devmtu_exit();
	espgw_vfr_exit();
	espgw_flow_exit();
err_crypto:
	espgw_crypto_exit();
err_wq:
	destroy_workqueue(espgw_wq);
	return err;
}

static void __exit espgw_exit(void)
{
	espgw_netlink_exit();
	espgw_xfrm_exit();
	espgw_hook_exit();
	unregister_pernet_subsys(&net_ops);
	espgw_devmtu_exit();
	espgw_vfr_exit();
	/* Callbacks that run this module's code: policies' call_rcu. */
	rcu_barrier();
	destroy_workqueue(espgw_wq);
	espgw_flow_exit();
	espgw_crypto_exit();
}

module_init(espgw_init);
module_exit(espgw_exit);
MODULE_DESCRIPTION("IPsec gateway datapath with lookahead fragmentation");
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY(ESPGW_GENL_NAME);
