// SPDX-License-Identifier: GPL-2.0
/* Init and unwind, state of a namespace. */
#include "base/net.h"

#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>

#include "packet/crypto.h"
#include "table/device.h"
#include "packet/header.h"
#include "packet/icmp.h"
#include "control/netlink.h"
#include "table/path.h"
#include "table/sad.h"
#include "packet/sent.h"
#include "table/spd.h"

unsigned int espgw_net_id __read_mostly;
struct workqueue_struct *espgw_wq;

/**
 * espgw_mtu_policy_init() - the built-in MTU policy
 * @p: result, complete
 *
 * The one combination that both learns the path MTU from every packet and
 * serves hosts that do no path MTU discovery.
 */
void espgw_mtu_policy_init(struct espgw_mtu_policy *p)
{
	memset(p, 0, sizeof(*p));
	p->df = ESPGW_DF_SET;
	p->frag = ESPGW_FRAG_BEFORE;
	p->split = ESPGW_SPLIT_EQUAL;
	p->inner_df = ESPGW_INNER_DF_HONOR;
	p->icmp_answer = 1;
	p->mtu_cap = ESPGW_CAP_NONE;
	p->pmtu_age_s = ESPGW_PMTU_AGE_S;
	p->pmtu_learn = 1;
	p->mss = ESPGW_MSS_AUTO;
}

/**
 * espgw_mtu_policy_merge() - lay a narrower policy over a wider one
 * @p: the wider one; result
 * @over: the narrower one: only what it has set counts
 */
void espgw_mtu_policy_merge(struct espgw_mtu_policy *p,
			    const struct espgw_mtu_policy *over)
{
	u16 set = smp_load_acquire(&over->set);

	if (!set)
		return;
	if (set & BIT(ESPGW_MTU_A_DF))
		p->df = over->df;
	if (set & BIT(ESPGW_MTU_A_FRAG))
		p->frag = over->frag;
	if (set & BIT(ESPGW_MTU_A_SPLIT))
		p->split = over->split;
	if (set & BIT(ESPGW_MTU_A_INNER_DF))
		p->inner_df = over->inner_df;
	if (set & BIT(ESPGW_MTU_A_ICMP_ANSWER))
		p->icmp_answer = over->icmp_answer;
	if (set & BIT(ESPGW_MTU_A_MTU_CAP))
		p->mtu_cap = over->mtu_cap;
	if (set & BIT(ESPGW_MTU_A_MIN_PMTU))
		p->min_pmtu = over->min_pmtu;
	if (set & BIT(ESPGW_MTU_A_PMTU_AGE))
		p->pmtu_age_s = over->pmtu_age_s;
	if (set & BIT(ESPGW_MTU_A_PMTU_LEARN))
		p->pmtu_learn = over->pmtu_learn;
	if (set & BIT(ESPGW_MTU_A_MSS))
		p->mss = over->mss;
	if (set & BIT(ESPGW_MTU_A_PROBE))
		p->probe = over->probe;
	/* Pairs with the load above: who sees a bit sees its member. */
	smp_store_release(&p->set, p->set | set);
}

/**
 * espgw_mtu_policy_at() - the MTU policy at a device
 * @en: namespace
 * @ifindex: the device; 0, or one that is not attached: the default
 * @p: result, complete
 *
 * Context: under RCU.
 */
void espgw_mtu_policy_at(struct espgw_net *en, int ifindex,
			 struct espgw_mtu_policy *p)
{
	const struct espgw_dev *ed = espgw_dev_find_rcu(en, ifindex);

	*p = ed ? ed->eff : en->def;
}

static void tick(struct work_struct *work)
{
	struct espgw_net *en = container_of(to_delayed_work(work),
					    struct espgw_net, tick);

	mutex_lock(&en->lock);
	espgw_sa_tick(en);
	espgw_path_tick(en);
	espgw_encap_tick(en);
	if (!xa_empty(&en->sas))
		queue_delayed_work(espgw_wq, &en->tick, HZ);
	mutex_unlock(&en->lock);
}

static int __net_init net_init(struct net *net)
{
	struct espgw_net *en = espgw_net(net);
	int err;

	en->net = net;
	mutex_init(&en->lock);
	en->generation = 1;	/* to netlink, 0 is unknown */
	en->flow_seed = get_random_u32();
	INIT_LIST_HEAD(&en->devs);
	espgw_mtu_policy_init(&en->def);
	INIT_DELAYED_WORK(&en->tick, tick);

	en->stats = alloc_percpu(struct espgw_stats);
	if (!en->stats)
		return -ENOMEM;
	err = espgw_icmp_init(en);
	if (err)
		goto err_stats;
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
err_stats:
	free_percpu(en->stats);
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
	mutex_lock(&en->lock);
	espgw_dev_flush(en);
	espgw_policy_flush(en, 0);
	espgw_sa_flush(en, 0);
	mutex_unlock(&en->lock);
	rtnl_unlock();
	/* Without SAs it does not start itself again. */
	cancel_delayed_work_sync(&en->tick);

	/* Ends what is under way, which still looks policies up. */
	espgw_sad_exit(en);
	espgw_spd_exit(en);
	espgw_paths_exit(en);
	espgw_icmp_exit(en);
	espgw_sent_exit(en);
	free_percpu(en->stats);
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

	espgw_wq = alloc_workqueue("espgw", WQ_UNBOUND, 0);
	if (!espgw_wq)
		return -ENOMEM;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_wq;
	err = espgw_dev_init();
	if (err)
		goto err_pernet;
	err = espgw_netlink_init();
	if (err)
		goto err_dev;
	return 0;

err_dev:
	espgw_dev_exit();
err_pernet:
	unregister_pernet_subsys(&net_ops);
err_wq:
	destroy_workqueue(espgw_wq);
	return err;
}

static void __exit espgw_exit(void)
{
	espgw_netlink_exit();
	espgw_dev_exit();
	unregister_pernet_subsys(&net_ops);
	/* Callbacks that run this module's code: policies' call_rcu. */
	rcu_barrier();
	destroy_workqueue(espgw_wq);
	espgw_crypto_exit();
}

module_init(espgw_init);
module_exit(espgw_exit);
MODULE_DESCRIPTION("IPsec gateway datapath with lookahead fragmentation");
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY(ESPGW_GENL_NAME);
