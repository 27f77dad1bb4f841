// SPDX-License-Identifier: GPL-2.0
/* What was decided of a flow, kept per CPU for its next packets. */
#include "table/flow.h"

#include <linux/hash.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>

#include "table/fit.h"

struct espgw_flows __percpu *espgw_flows;

/**
 * espgw_flow_keep() - keep what was decided
 * @gen: from espgw_flow_begin(), before that
 * @v: the packet, espgw_flow_is_plain()
 * @dir: enum espgw_dir
 * @ifindex: the device that it leaves or has come by
 * @mark: its mark
 * @policy: out: the policy that protects it
 * @sa: the SA that it takes or comes by
 * @hash: out: the flow's
 *
 * Context: in the RCU section of espgw_flow_begin(), bottom halves off.
 */
void espgw_flow_keep(u64 gen, const struct espgw_view *v, u8 dir, int ifindex,
		     u32 mark, struct espgw_policy *policy, struct espgw_sa *sa,
		     u32 hash)
{
	struct espgw_flow_key k;
	struct espgw_flow *f;

	espgw_flow_key_set(&k, v, dir, ifindex, mark);
	f = espgw_flow_slot(espgw_flow_hash(&k));
	f->key = k;
	f->gen = gen;
	f->policy = policy;
	f->sa = sa;
	f->hash = hash;
}

/**
 * espgw_flow_sa() - espgw_sa_find(), for each packet
 * @en: namespace
 * @key: names the SA
 *
 * Context: under RCU, bottom halves off. Return: the SA, or NULL.
 */
struct espgw_sa *espgw_flow_sa(struct espgw_net *en,
			       const struct espgw_sa_key *key)
{
	struct espgw_flow_spi *s = &this_cpu_ptr(espgw_flows)->spi
			[hash_32((__force u32)key->spi, ESPGW_FLOW_SPI_BITS)];
	u64 gen = espgw_flow_begin(en);
	struct espgw_sa *sa;

	if (likely(s->gen == gen && gen && s->sa->key.spi == key->spi &&
		   s->sa->key.dir == key->dir &&
		   s->sa->key.family == key->family &&
		   espgw_addr_equal(&s->sa->key.dst, &key->dst)))
		return s->sa;
	sa = espgw_sa_find(en, key);
	if (sa) {
		s->gen = gen;
		s->sa = sa;
	}
	return sa;
}

/**
 * espgw_flow_is_local() - espgw_is_local(), for each packet
 * @en: namespace
 * @dev: the device that is asked at
 * @addr: the address
 * @family: 4 or 6
 *
 * Context: under RCU, bottom halves off. Return: true if it is.
 */
bool espgw_flow_is_local(const struct espgw_net *en,
			 const struct net_device *dev,
			 const struct espgw_addr *addr, u8 family)
{
	u64 gen = espgw_flow_begin(en);
	struct espgw_flow_local *l;
	int routes;

	if (family != 4 || l3mdev_master_ifindex_rcu(dev))
		return espgw_is_local(en, dev, addr, family);
	l = &this_cpu_ptr(espgw_flows)->local
			[hash_32((__force u32)addr->a[0], ESPGW_FLOW_LOCAL_BITS)];
	routes = rt_genid_ipv4(en->net);
	if (likely(l->gen == gen && gen && l->routes == routes &&
		   l->addr == addr->a[0]))
		return l->is_local;
	/* Asked after its number: what changes meanwhile has another one. */
	smp_rmb();
	l->gen = gen;
	l->routes = routes;
	l->addr = addr->a[0];
	l->is_local = espgw_is_local(en, dev, addr, family);
	return l->is_local;
}

/**
 * espgw_flow_init() - before there is any namespace
 *
 * Return: 0 or -ENOMEM.
 */
int espgw_flow_init(void)
{
	espgw_flows = alloc_percpu(struct espgw_flows);
	return espgw_flows ? 0 : -ENOMEM;
}

/**
 * espgw_flow_exit() - the end of espgw_flow_init()
 *
 * Context: no packet is under way.
 */
void espgw_flow_exit(void)
{
	free_percpu(espgw_flows);
}
