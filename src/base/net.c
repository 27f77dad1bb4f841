// SPDX-License-Identifier: GPL-2.0
/* The namespace's state; what of it concerns no table. */
#include "base/net.h"

#include <linux/memcontrol.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

unsigned int espgw_net_id __read_mostly;
struct workqueue_struct *espgw_wq;

/* So long at most the lock is held for one of many, before others have it. */
#define HELD_MAX_NS	(2 * NSEC_PER_MSEC)

/* No two namespaces have had the same, nor one the same twice. */
static atomic64_t last_flow_gen = ATOMIC64_INIT(0);

/**
 * espgw_net_lock() - take espgw_net.lock
 * @en: namespace
 *
 * Nothing that was kept of flows holds from here on, before anything changes: what
 * is freed is so after a grace period, and who has seen the number is in one.
 *
 * Context: process context.
 */
void espgw_net_lock(struct espgw_net *en)
{
	mutex_lock(&en->lock);
	en->locked_ns = ktime_get_ns();
	atomic64_set(&en->flow_gen, 0);
}

/**
 * espgw_net_unlock() - the end of espgw_net_lock()
 * @en: namespace
 */
void espgw_net_unlock(struct espgw_net *en)
{
	/* Pairs with espgw_flow_begin(): who sees it sees what has changed. */
	atomic64_set_release(&en->flow_gen,
			     atomic64_inc_return(&last_flow_gen));
	mutex_unlock(&en->lock);
}

/**
 * espgw_net_is_long() - has espgw_net.lock been held for long
 * @en: namespace
 *
 * Whoever goes through all of something asks after each. Others wait for the lock,
 * some of them with RTNL held, which all namespaces share.
 *
 * Context: caller holds espgw_net.lock. Return: true if it is time to let others
 * have it.
 */
bool espgw_net_is_long(const struct espgw_net *en)
{
	lockdep_assert_held(&en->lock);
	return ktime_get_ns() - en->locked_ns > HELD_MAX_NS;
}

/**
 * espgw_net_breathe() - let others have espgw_net.lock, if it was held for long
 * @en: namespace
 *
 * Context: process context, caller holds espgw_net.lock, and not RTNL. What it has
 * found by it may be gone afterwards.
 */
void espgw_net_breathe(struct espgw_net *en)
{
	if (!espgw_net_is_long(en))
		return;
	espgw_net_unlock(en);
	cond_resched();
	espgw_net_lock(en);
}

/**
 * espgw_net_breathe_rtnl() - the same of RTNL as well
 * @en: namespace
 *
 * Context: process context, caller holds RTNL and espgw_net.lock.
 */
void espgw_net_breathe_rtnl(struct espgw_net *en)
{
	if (!espgw_net_is_long(en))
		return;
	espgw_net_unlock(en);
	rtnl_unlock();
	cond_resched();
	rtnl_lock();
	espgw_net_lock(en);
}

/**
 * espgw_net_charge_me() - what works allocate is the calling task's from now on
 * @en: namespace
 *
 * What a request allocates is charged to who makes it; a work is nobody's. So in a
 * namespace of a user namespace's who has configured it first pays for that too.
 *
 * Context: process context.
 */
void espgw_net_charge_me(struct espgw_net *en)
{
	struct mem_cgroup *memcg;

	if (!espgw_is_confined(en) || READ_ONCE(en->memcg))
		return;
	memcg = get_mem_cgroup_from_mm(current->mm);
	if (cmpxchg(&en->memcg, NULL, memcg))
		mem_cgroup_put(memcg);
}

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
	xa_init(&en->mtu_changed);
	espgw_mtu_init(&en->def);
	en->stats = alloc_percpu_gfp(struct espgw_stats, GFP_KERNEL_ACCOUNT);
	return en->stats ? 0 : -ENOMEM;
}

/**
 * espgw_base_exit() - the end of espgw_base_init()
 * @en: the state, which nobody uses any more
 */
void espgw_base_exit(struct espgw_net *en)
{
	mem_cgroup_put(en->memcg);
	xa_destroy(&en->guards);
	xa_destroy(&en->mtu_changed);
	free_percpu(en->stats);
}
