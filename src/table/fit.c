// SPDX-License-Identifier: GPL-2.0
/*
 * An SA's outer route, and what fits it: the MTU policy that applies, the path's
 * MTU and what follows from them.
 *
 * The answer is kept with the SA and made anew when something that it was made
 * from has changed: MTU policies and attachments by a generation of the
 * namespace, what is known of the path by one of the path, the route's and the
 * device's MTU by comparing them. Packets, `pmtu show` and probes all ask here.
 */
#include "table/fit.h"

#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "table/device.h"

/*
 * Does the outer route lead another way than before? On a link, a route goes by
 * the peer itself, and says so only where the stack has made an exception of it.
 */
static void check_via(struct espgw_sa *sa, const struct dst_entry *dst,
		      const struct espgw_addr *peer)
{
	struct espgw_path *path = sa->path;
	struct espgw_addr via = *peer;
	struct espgw_sa *other;
	const struct rtable *rt;
	bool changed;

	if (sa->key.family == 4) {
		rt = container_of(dst, struct rtable, dst);
		if (rt->rt_gw_family == AF_INET)
			via.a[0] = rt->rt_gw4;
		else if (rt->rt_gw_family == AF_INET6)
			memcpy(&via, &rt->rt_gw6, sizeof(via));
	} else {
		memcpy(&via, rt6_nexthop(container_of(dst, struct rt6_info, dst),
					 (const struct in6_addr *)peer),
		       sizeof(via));
	}
	spin_lock_bh(&path->lock);
	changed = sa->via_ifindex &&
		  (sa->via_ifindex != dst->dev->ifindex ||
		   !espgw_addr_equal(&sa->via, &via));
	/* The others go with it: once is enough for all. */
	if (changed)
		list_for_each_entry_rcu(other, &path->sas, on_path)
			other->via_ifindex = 0;
	sa->via_ifindex = dst->dev->ifindex;
	sa->via = via;
	spin_unlock_bh(&path->lock);
	if (changed)
		espgw_path_restart(path);
}

/* @vrf: its device's ifindex; 0: in none */
static struct dst_entry *look_up4(const struct espgw_sa *sa,
				  const struct espgw_addr *peer, u8 proto,
				  int vrf)
{
	struct flowi4 fl4 = {
		.flowi4_l3mdev = vrf,
		.daddr = peer->a[0],
		.saddr = sa->set.src.a[0],
		.flowi4_proto = proto,
		.flowi4_mark = sa->set.mark & sa->set.mark_mask,
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
	};
	/* Not ip_route_output_key(): xfrm's policies are not for this. */
	struct rtable *rt = __ip_route_output_key(sa->en->net, &fl4);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

static struct dst_entry *look_up6(const struct espgw_sa *sa,
				  const struct espgw_addr *peer, u8 proto,
				  int vrf)
{
	struct flowi6 fl6 = {
		.flowi6_l3mdev = vrf,
		.flowi6_proto = proto,
		.flowi6_mark = sa->set.mark & sa->set.mark_mask,
	};
	struct dst_entry *dst;

	memcpy(&fl6.daddr, peer, sizeof(fl6.daddr));
	memcpy(&fl6.saddr, &sa->set.src, sizeof(fl6.saddr));
	dst = ip6_route_output(sa->en->net, NULL, &fl6);
	if (dst->error) {
		dst_release(dst);
		return NULL;
	}
	return dst;
}

static struct dst_entry *look_up_in(const struct espgw_sa *sa,
				    const struct espgw_addr *peer, int vrf)
{
	u8 proto = sa->set.encap_sport ? IPPROTO_UDP : IPPROTO_ESP;

	return sa->key.family == 4 ? look_up4(sa, peer, proto, vrf) :
				     look_up6(sa, peer, proto, vrf);
}

/*
 * The first VRF of a namespace adds a rule to those of routing, and the kernel
 * keeps in mind that there ever were any: so most need not be asked where an
 * address is, which costs as much as a route.
 */
static bool may_have_vrf(const struct espgw_net *en)
{
#ifdef CONFIG_IP_MULTIPLE_TABLES
	return en->net->ipv4.fib_has_custom_rules;
#else
	return true;
#endif
}

/*
 * In the VRF that the SA's own address is in: no packet says which, since not
 * only what hosts have sent takes this route. If it leads into another VRF, by
 * the device of that one, on from there.
 */
static struct dst_entry *look_up(const struct espgw_sa *sa,
				 const struct espgw_addr *peer)
{
	struct dst_entry *dst;
	int vrf = 0;

	if (may_have_vrf(sa->en))
		vrf = l3mdev_master_ifindex_rcu(espgw_local_dev(sa->en,
								&sa->set.src,
								sa->key.family));
	dst = look_up_in(sa, peer, vrf);
	if (!dst || likely(!netif_is_l3_master(dst->dev)) ||
	    dst->dev->ifindex == vrf)
		return dst;
	vrf = dst->dev->ifindex;
	dst_release(dst);
	return look_up_in(sa, peer, vrf);
}

/**
 * espgw_sa_route() - the outer packet's route
 * @sa: outbound SA
 *
 * Cached per SA and CPU, looked up again once it is obsolete. If it leads another
 * way then, what was learned of the path MTU is forgotten.
 *
 * Context: under RCU, bottom halves off. Return: the route, to be released;
 * NULL if there is none.
 */
struct dst_entry *espgw_sa_route(struct espgw_sa *sa)
{
	struct espgw_addr peer = sa->key.dst;
	struct dst_entry *dst;
	__be16 port;

	dst = dst_cache_get(&sa->dst_cache);
	if (likely(dst))
		return dst;
	if (sa->set.encap_sport)
		espgw_sa_peer(sa, &peer, &port);
	dst = look_up(sa, &peer);
	if (!dst)
		return NULL;
	if (sa->key.family == 4)
		dst_cache_set_ip4(&sa->dst_cache, dst, sa->set.src.a[0]);
	else
		dst_cache_set_ip6(&sa->dst_cache, dst,
				  (const struct in6_addr *)&sa->set.src);
	check_via(sa, dst, &peer);
	return dst;
}

/*
 * The outer route's MTU as configured; 0: none. Not dst_mtu(): the stack has
 * lowered that on the word of ICMP messages that nobody validated, one that
 * quotes a ping say, and the entry would be for nothing.
 */
static u32 route_mtu(const struct espgw_sa *sa, const struct dst_entry *dst)
{
	const struct fib6_info *from;
	const struct inet6_dev *idev;

	if (sa->key.family == 4)
		return dst_metric_raw(dst, RTAX_MTU);
	from = rcu_dereference(container_of(dst, struct rt6_info, dst)->from);
	if (from && from->fib6_pmtu)
		return from->fib6_pmtu;
	idev = __in6_dev_get(dst->dev);		/* router advertisements' */
	return idev ? READ_ONCE(idev->cnf.mtu6) : 0;
}

/* @dst: the outer route, or NULL */
static void make(struct espgw_sa *sa, const struct dst_entry *dst,
		 struct espgw_fit *f)
{
	struct espgw_fit_in in = {
		.len = sa->len,
		.learned = READ_ONCE(sa->path->mtu),
		.floored = READ_ONCE(sa->path->floored),
		.outer_family = sa->key.family,
	};

	espgw_device_mtu_policy(sa->en, dst ? dst->dev->ifindex : 0, &in.mtu);
	espgw_mtu_merge(&in.mtu, &sa->set.mtu);
	if (dst) {
		in.route_mtu = route_mtu(sa, dst);
		in.dev_mtu = READ_ONCE(dst->dev->mtu);
		in.ifindex = dst->dev->ifindex;
	}
	espgw_fit_make(f, &in);
}

/* The answer is of this generation. Pairs with those who count it up. */
static u32 generation(const struct espgw_sa *sa)
{
	return smp_load_acquire(&sa->path->gen) +
	       smp_load_acquire(&sa->en->mtu_gen);
}

static noinline void fit_anew(struct espgw_sa *sa, const struct dst_entry *dst,
			      struct espgw_fit *f)
{
	struct espgw_path *path = sa->path;
	u32 gen, inner_mtu = f->inner_mtu;
	u8 before = f->in.mtu.probe;

	spin_lock_bh(&path->lock);
	/* First the number: what changes from here on makes the answer old. */
	gen = generation(sa);
	make(sa, dst, f);
	write_seqcount_begin(&sa->fit_seq);
	sa->fit = *f;
	sa->fit_gen = gen;
	write_seqcount_end(&sa->fit_seq);
	spin_unlock_bh(&path->lock);
	/* Whether there are probes is by the device that the route leads to. */
	if ((f->in.mtu.probe == ESPGW_PROBE_ON) != (before == ESPGW_PROBE_ON))
		queue_work(espgw_wq, &sa->en->refresh);
	if (f->inner_mtu != inner_mtu)
		espgw_follow(sa->en);
}

/**
 * espgw_fit() - what fits an SA's packets
 * @sa: outbound SA
 * @dst: its route
 * @f: result
 *
 * Context: under RCU, bottom halves off, not with the path's lock held.
 */
void espgw_fit(struct espgw_sa *sa, const struct dst_entry *dst,
	       struct espgw_fit *f)
{
	u32 gen = generation(sa), of;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&sa->fit_seq);
		*f = sa->fit;
		of = sa->fit_gen;
	} while (read_seqcount_retry(&sa->fit_seq, seq));
	if (likely(of == gen && f->in.ifindex == dst->dev->ifindex &&
		   f->in.dev_mtu == READ_ONCE(dst->dev->mtu) &&
		   f->in.route_mtu == route_mtu(sa, dst)))
		return;
	fit_anew(sa, dst, f);
}

/**
 * espgw_fit_now() - what fits, outside of a packet's way
 * @sa: outbound SA
 * @f: result
 *
 * Context: under RCU or espgw_net.lock, not with the path's lock held.
 */
void espgw_fit_now(struct espgw_sa *sa, struct espgw_fit *f)
{
	struct dst_entry *dst;

	local_bh_disable();
	rcu_read_lock();
	dst = espgw_sa_route(sa);
	if (dst) {
		espgw_fit(sa, dst, f);
		dst_release(dst);
	} else {
		make(sa, NULL, f);
	}
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * espgw_fit_env() - what an SA knows when a message about its path arrives
 * @sa: outbound SA
 * @f: what fits
 * @env: result
 *
 * Context: under RCU or espgw_net.lock.
 */
void espgw_fit_env(const struct espgw_sa *sa, const struct espgw_fit *f,
		   struct espgw_pmtu_env *env)
{
	*env = (struct espgw_pmtu_env) {
		.seq_last = atomic64_read(&sa->seq),
		.seq_first = espgw_sa_sent_since(sa),
		.effective = f->path_mtu,
		.floor = f->floor,
		.max_sent = espgw_sa_longest(sa),
		.age_s = f->in.mtu.pmtu_age_s,
		.learn = f->in.mtu.pmtu_learn,
		.probe = READ_ONCE(sa->path->probing),
	};
}

/* In the VRF of a device, or in none. */
static bool is_local_in(const struct espgw_net *en,
			const struct net_device *dev,
			const struct espgw_addr *addr, u8 family)
{
	if (family == 4)
		return inet_addr_type_dev_table(en->net, dev, addr->a[0]) ==
		       RTN_LOCAL;
	return ipv6_chk_addr(en->net, (const struct in6_addr *)addr, dev, 0);
}

/**
 * espgw_is_local() - is an address this host's
 * @en: namespace
 * @dev: the device that is asked at
 * @addr: the address
 * @family: 4 or 6
 *
 * Context: under RCU. Return: true if it is, in no VRF or in that of @dev.
 */
bool espgw_is_local(const struct espgw_net *en, const struct net_device *dev,
		    const struct espgw_addr *addr, u8 family)
{
	return is_local_in(en, NULL, addr, family) ||
	       (unlikely(l3mdev_master_ifindex_rcu(dev)) &&
		is_local_in(en, dev, addr, family));
}

/**
 * espgw_local_dev() - where an address is this host's
 * @en: namespace
 * @addr: the address
 * @family: 4 or 6
 *
 * Not for each packet: it may have to ask VRF by VRF.
 *
 * Context: under RCU. Return: loopback; the device of the VRF, the first that has
 * the address, if it is in none; NULL if it is not this host's.
 */
struct net_device *espgw_local_dev(const struct espgw_net *en,
				   const struct espgw_addr *addr, u8 family)
{
	struct net_device *dev;

	if (is_local_in(en, NULL, addr, family))
		return en->net->loopback_dev;
	for_each_netdev_rcu(en->net, dev)
		if (netif_is_l3_master(dev) &&
		    is_local_in(en, dev, addr, family))
			return dev;
	return NULL;
}

/* What is in espgw_net.mtu_changed: to be told of, and being told of. */
enum { CHANGED = 1, TELLING };

/**
 * espgw_fit_dev_changed() - a device's MTU has changed
 * @en: namespace
 * @ifindex: the device
 *
 * Packets meet the new one anyway. Who listens is told by espgw_net.refresh, since
 * there may be many paths, and whoever has changed it has RTNL.
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_fit_dev_changed(struct espgw_net *en, int ifindex)
{
	lockdep_assert_held(&en->lock);
	/* Without memory nobody is told. */
	xa_store(&en->mtu_changed, ifindex, xa_mk_value(CHANGED), GFP_KERNEL);
	queue_work(espgw_wq, &en->refresh);
}

/**
 * espgw_fit_tell_changed() - tell of the devices whose MTU has changed
 * @en: namespace
 *
 * Context: process context, caller holds espgw_net.lock, which others have
 * meanwhile, and not RTNL.
 */
void espgw_fit_tell_changed(struct espgw_net *en)
{
	struct espgw_path *path = NULL;
	struct espgw_fit f = {};
	struct espgw_sa *sa;
	unsigned long index;
	void *entry;

	if (xa_empty(&en->mtu_changed))
		return;
	xa_for_each(&en->mtu_changed, index, entry)
		xa_store(&en->mtu_changed, index, xa_mk_value(TELLING),
			 GFP_KERNEL);
	while ((path = espgw_path_next(en, path))) {
		rcu_read_lock();
		sa = espgw_sa_any_of(path);
		if (sa)
			espgw_fit_now(sa, &f);
		rcu_read_unlock();
		if (!sa || !xa_load(&en->mtu_changed, f.in.ifindex))
			continue;
		espgw_path_post(path, ESPGW_PMTU_EVENT_DEVICE);
		espgw_path_ops->changed(path);
	}
	/* One that has changed again meanwhile has asked again. */
	xa_for_each(&en->mtu_changed, index, entry)
		if (xa_to_value(entry) == TELLING)
			xa_erase(&en->mtu_changed, index);
}
