// SPDX-License-Identifier: GPL-2.0
/* The namespace's state; what of it concerns no table. */
#include "base/net.h"

unsigned int espgw_net_id __read_mostly;
struct workqueue_struct *espgw_wq;

/**
 * espgw_base_init() - set up a namespace's state, as far as it is no table's
 * @en: the state, zeroed
 * @net: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int espgw_base_init(struct espgw_net *en, struct net *net)
{
	en->net = net;
	mutex_init(&en->lock);
	en->generation = 1;	/* to netlink, 0 is unknown */
	en->flow_seed = get_random_u32();
	INIT_LIST_HEAD(&en->names);
	xa_init(&en->guards);
	espgw_mtu_init(&en->def);
	en->stats = alloc_percpu(struct espgw_stats);
	return en->stats ? 0 : -ENOMEM;
}

/**
 * espgw_base_exit() - the end of espgw_base_init()
 * @en: the state, which nobody uses any more
 */
void espgw_base_exit(struct espgw_net *en)
{
	xa_destroy(&en->guards);
	free_percpu(en->stats);
}
