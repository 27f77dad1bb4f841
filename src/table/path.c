// SPDX-License-Identifier: GPL-2.0
/* Paths and their MTU. */
#include "table/path.h"

#include <linux/jhash.h>
#include <linux/rculist.h>
#include <linux/timekeeping.h>
#include <net/dst.h>
#include <net/addrconf.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "core/mss.h"
#include "control/netlink.h"
#include "hook/probe.h"
#include "table/sad.h"

static const struct rhashtable_params path_params = {
	.head_offset = offsetof(struct espgw_path, node),
	.key_offset = offsetof(struct espgw_path, key),
	.key_len = sizeof(struct espgw_path_key),
	.automatic_shrinking = true,
};

/**
 * espgw_path_now_ms() - the clock of entries and probes
 *
 * It goes on in suspend. Return: milliseconds, never 0.
 */
u64 espgw_path_now_ms(void)
{
	return ktime_to_ms(ktime_get_boottime()) + 1;
}

/**
 * espgw_path_get() - find or make a path
 * @en: namespace
 * @key: its name
 *
 * Context: process context, caller holds espgw_net.lock. Return: the path, with
 * one more user; NULL without memory.
 */
struct espgw_path *espgw_path_get(struct espgw_net *en,
				  const struct espgw_path_key *key)
{
	struct espgw_path *path;

	lockdep_assert_held(&en->lock);
	path = rhashtable_lookup_fast(&en->paths, key, path_params);
	if (path) {
		path->users++;
		return path;
	}
	path = kzalloc(sizeof(*path), GFP_KERNEL_ACCOUNT);
	if (!path)
		return NULL;
	path->key = *key;
	path->users = 1;
	INIT_LIST_HEAD(&path->sas);
	INIT_LIST_HEAD(&path->in_sas);
	INIT_LIST_HEAD(&path->policies);
	spin_lock_init(&path->lock);
	seqcount_spinlock_init(&path->peer_seq, &path->lock);
	if (rhashtable_insert_fast(&en->paths, &path->node, path_params)) {
		kfree(path);
		return NULL;
	}
	return path;
}

/**
 * espgw_path_put() - one user less
 * @en: namespace
 * @path: the path; freed after a grace period if that was the last user
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_path_put(struct espgw_net *en, struct espgw_path *path)
{
	lockdep_assert_held(&en->lock);
	if (--path->users)
		return;
	rhashtable_remove_fast(&en->paths, &path->node, path_params);
	espgw_probe_free(path);
	kfree_rcu(path, rcu);
}

/**
 * espgw_path_add_sa() - hang an SA on its path, as the newest
 * @path: the path
 * @sa: the SA, ready for use
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_path_add_sa(struct espgw_path *path, struct espgw_sa *sa)
{
	bool any;

	lockdep_assert_held(&sa->en->lock);
	if (sa->class)
		WRITE_ONCE(path->classes, path->classes + 1);
	/* Before its first packet, if espgw_path_any_sa() will be this one. */
	rcu_read_lock();
	any = !sa->class || sa->class & BIT_ULL(0) || !espgw_path_sa(path, 0);
	rcu_read_unlock();
	if (sa->key.dir == ESPGW_DIR_OUT && any)
		espgw_probe_update(sa);
	list_add_rcu(&sa->on_path, sa->key.dir == ESPGW_DIR_OUT ?
					   &path->sas : &path->in_sas);
}

/**
 * espgw_path_del_sa() - take an SA off its path
 * @path: the path
 * @sa: the SA
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_path_del_sa(struct espgw_path *path, struct espgw_sa *sa)
{
	lockdep_assert_held(&sa->en->lock);
	if (sa->class)
		WRITE_ONCE(path->classes, path->classes - 1);
	list_del_rcu(&sa->on_path);
}

/**
 * espgw_path_set_class() - change an outbound SA's class
 * @path: its path
 * @sa: the SA
 * @class: bit n: for DSCP n; 0: for all
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_path_set_class(struct espgw_path *path, struct espgw_sa *sa,
			  u64 class)
{
	lockdep_assert_held(&sa->en->lock);
	WRITE_ONCE(path->classes, path->classes + !!class - !!sa->class);
	WRITE_ONCE(sa->class, class);
}

/**
 * espgw_path_sa() - the SA that a packet takes
 * @path: its policy's path
 * @dscp: the packet's DSCP
 *
 * The newest usable one; one that has the packet's class goes before those
 * without a class (RFC 4301 4.1).
 *
 * Context: under RCU. Return: the SA, or NULL.
 */
struct espgw_sa *espgw_path_sa(const struct espgw_path *path, u8 dscp)
{
	struct espgw_sa *sa, *any = NULL;

	list_for_each_entry_rcu(sa, &path->sas, on_path) {
		u64 class = READ_ONCE(sa->class);

		if (unlikely(test_bit(ESPGW_SA_F_DEAD, &sa->flags)))
			continue;
		if (!class) {
			if (!READ_ONCE(path->classes))
				return sa;
			if (!any)
				any = sa;
		} else if (class & BIT_ULL(dscp)) {
			return sa;
		}
	}
	return any;
}

/**
 * espgw_path_any_sa() - the SA that a gateway's own packets on a path take
 * @path: the path
 *
 * As if they had no DSCP; if no SA is for that, the newest usable one.
 *
 * Context: under RCU. Return: the SA, or NULL.
 */
struct espgw_sa *espgw_path_any_sa(const struct espgw_path *path)
{
	struct espgw_sa *sa = espgw_path_sa(path, 0);

	if (sa)
		return sa;
	list_for_each_entry_rcu(sa, &path->sas, on_path)
		if (!test_bit(ESPGW_SA_F_DEAD, &sa->flags))
			return sa;
	return NULL;
}

/**
 * espgw_path_publish() - what readers without the lock see
 * @path: the path
 *
 * With `probe on` never more than what probes have confirmed.
 *
 * Context: caller holds espgw_path.lock.
 */
void espgw_path_publish(struct espgw_path *path)
{
	u32 bound = espgw_probe_bound(path);
	u32 mtu = path->pmtu.mtu;

	lockdep_assert_held(&path->lock);
	if (bound && (!mtu || bound < mtu))
		mtu = bound;
	WRITE_ONCE(path->mtu, mtu);
	WRITE_ONCE(path->floored, path->pmtu.floored);
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

/**
 * espgw_path_mtu() - the effective path MTU
 * @sa: outbound SA
 * @cap: mtu-cap that applies, bytes, or ESPGW_CAP_NONE
 * @dst: the outer route
 *
 * Return: bytes, never 0.
 */
u32 espgw_path_mtu(const struct espgw_sa *sa, u32 cap,
		   const struct dst_entry *dst)
{
	const struct espgw_pmtu e = { .mtu = READ_ONCE(sa->path->mtu) };

	return espgw_pmtu_effective(&e, route_mtu(sa, dst),
				    min_t(u32, READ_ONCE(dst->dev->mtu),
					  ESPGW_MTU_MAX), cap);
}

/**
 * espgw_path_limit() - what no path MTU is above
 * @sa: outbound SA
 * @cap: mtu-cap that applies, bytes, or ESPGW_CAP_NONE
 * @dst: the outer route, or NULL
 *
 * Context: under RCU. Return: bytes, never 0.
 */
u32 espgw_path_limit(const struct espgw_sa *sa, u32 cap,
		     const struct dst_entry *dst)
{
	static const struct espgw_pmtu none;

	if (!dst)
		return espgw_pmtu_effective(&none, ESPGW_MTU_MAX,
					    ESPGW_MTU_MAX, cap);
	return espgw_pmtu_effective(&none, route_mtu(sa, dst),
				    min_t(u32, READ_ONCE(dst->dev->mtu),
					  ESPGW_MTU_MAX), cap);
}

/* The peer as heard of; false: never elsewhere than configured. */
static bool heard_of(const struct espgw_path *path, struct espgw_addr *addr,
		     __be16 *port)
{
	unsigned int seq;

	if (likely(!READ_ONCE(path->mapped)))
		return false;
	do {
		seq = read_seqcount_begin(&path->peer_seq);
		*addr = path->peer;
		*port = path->peer_port;
	} while (read_seqcount_retry(&path->peer_seq, seq));
	return true;
}

/**
 * espgw_path_peer() - where an SA sends to
 * @sa: outbound SA with UDP encapsulation
 * @addr: result: the peer's outer address
 * @port: result: its UDP port
 *
 * Behind a NAT that is where its packets come from, not what was configured.
 *
 * Context: under RCU or espgw_net.lock.
 */
void espgw_path_peer(const struct espgw_sa *sa, struct espgw_addr *addr,
		     __be16 *port)
{
	if (heard_of(sa->path, addr, port))
		return;
	*addr = sa->key.dst;
	*port = READ_ONCE(sa->encap_dport);
}

/**
 * espgw_path_notify() - tell that a path's MTU has changed
 * @path: the path
 * @event: what happened
 *
 * All its SAs share it: each one's row has changed.
 *
 * Context: any but hard interrupts, not with espgw_path.lock held.
 */
void espgw_path_notify(struct espgw_path *path, enum espgw_pmtu_event event)
{
	struct espgw_sa *sa;

	rcu_read_lock();
	list_for_each_entry_rcu(sa, &path->sas, on_path)
		espgw_notify_pmtu(sa, event);
	rcu_read_unlock();
}

/*
 * What was learned is not of this way: it begins afresh. What was set by hand
 * was set for whatever way there is.
 */
static void restart(struct espgw_path *path)
{
	struct espgw_pmtu *e = &path->pmtu;
	bool known;

	spin_lock_bh(&path->lock);
	known = espgw_pmtu_restart(e, espgw_path_now_ms());
	espgw_probe_again(path, espgw_path_now_ms());
	espgw_path_publish(path);
	spin_unlock_bh(&path->lock);
	if (known)
		espgw_path_notify(path, ESPGW_PMTU_EVENT_REROUTED);
}

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
		restart(path);
}

/**
 * espgw_path_route() - the outer packet's route
 * @sa: outbound SA
 *
 * Cached per SA and CPU, looked up again once it is obsolete. If it leads another
 * way then, what was learned of the path MTU is forgotten.
 *
 * Context: under RCU, bottom halves off. Return: the route, to be released;
 * NULL if there is none.
 */
struct dst_entry *espgw_path_route(struct espgw_sa *sa)
{
	u8 proto = sa->encap_sport ? IPPROTO_UDP : IPPROTO_ESP;
	struct espgw_addr peer = sa->key.dst;
	struct net *net = sa->en->net;
	struct dst_entry *dst;
	__be16 port;

	dst = dst_cache_get(&sa->dst_cache);
	if (likely(dst))
		return dst;

	if (sa->encap_sport)
		espgw_path_peer(sa, &peer, &port);
	if (sa->key.family == 4) {
		struct flowi4 fl4 = {
			.daddr = peer.a[0],
			.saddr = sa->src.a[0],
			.flowi4_proto = proto,
			.flowi4_mark = sa->mark & sa->mark_mask,
			.flowi4_flags = FLOWI_FLAG_ANYSRC,
		};
		/* Not ip_route_output_key(): xfrm's policies are not for this. */
		struct rtable *rt = __ip_route_output_key(net, &fl4);

		if (IS_ERR(rt))
			return NULL;
		dst_cache_set_ip4(&sa->dst_cache, &rt->dst, fl4.saddr);
		dst = &rt->dst;
	} else {
		struct flowi6 fl6 = {
			.flowi6_proto = proto,
			.flowi6_mark = sa->mark & sa->mark_mask,
		};

		memcpy(&fl6.daddr, &peer, sizeof(fl6.daddr));
		memcpy(&fl6.saddr, &sa->src, sizeof(fl6.saddr));
		dst = ip6_route_output(net, NULL, &fl6);
		if (dst->error) {
			dst_release(dst);
			return NULL;
		}
		dst_cache_set_ip6(&sa->dst_cache, dst, &fl6.saddr);
	}
	check_via(sa, dst, &peer);
	return dst;
}

/**
 * espgw_path_policy() - the MTU policy that an SA's packets meet
 * @sa: outbound SA
 * @dst: the outer route, or NULL
 * @mp: result, complete: the SA's own over its device's, with min-pmtu
 *
 * Context: under RCU.
 */
void espgw_path_policy(const struct espgw_sa *sa, const struct dst_entry *dst,
		       struct espgw_mtu_policy *mp)
{
	espgw_mtu_policy_at(sa->en, dst ? dst->dev->ifindex : 0, mp);
	espgw_mtu_policy_merge(mp, &sa->mtu);
	/*
	 * Below the floor it is left to routers to fragment, which IPv6's do
	 * not: there the floor is the least that every link carries.
	 */
	if (sa->key.family == 6)
		mp->min_pmtu = ESPGW_PMTU_FLOOR6;
	else if (!mp->min_pmtu)
		mp->min_pmtu = ESPGW_PMTU_FLOOR4;
}

/* Policy and effective path MTU outside of a packet's way. */
static u32 effective(struct espgw_sa *sa, struct espgw_mtu_policy *mp)
{
	struct dst_entry *dst;
	u32 mtu;

	local_bh_disable();
	rcu_read_lock();
	dst = espgw_path_route(sa);
	espgw_path_policy(sa, dst, mp);
	if (dst) {
		mtu = espgw_path_mtu(sa, mp->mtu_cap, dst);
		dst_release(dst);
	} else {
		const struct espgw_pmtu e = { .mtu = READ_ONCE(sa->path->mtu) };

		mtu = espgw_pmtu_effective(&e, ESPGW_MTU_MAX, ESPGW_MTU_MAX,
					   mp->mtu_cap);
	}
	rcu_read_unlock();
	local_bh_enable();
	return mtu;
}

/**
 * espgw_path_is_local() - is an address this host's
 * @en: namespace
 * @addr: the address
 * @family: 4 or 6
 *
 * Context: under RCU. Return: true if it is.
 */
bool espgw_path_is_local(const struct espgw_net *en,
			 const struct espgw_addr *addr, u8 family)
{
	if (family == 4)
		return inet_addr_type(en->net, addr->a[0]) == RTN_LOCAL;
	return ipv6_chk_addr(en->net, (const struct in6_addr *)addr, NULL, 0);
}

/**
 * espgw_path_mss() - the largest TCP segment that a tunnel carries
 * @sa: the SA that a SYN takes or came by
 * @dscp: the SYN's
 * @family: inner, 4 or 6
 *
 * The smaller of both directions: the way out is known, and its MTU policy
 * decides; of the way in, what its SA adds on the same path.
 *
 * Context: under RCU, bottom halves off. Return: bytes; 0: offers are left as
 * they are.
 */
u16 espgw_path_mss(struct espgw_sa *sa, u8 dscp, u8 family)
{
	struct espgw_sa *out = sa, *in = sa;
	struct espgw_mtu_policy mp;
	u32 mtu, inner;

	if (sa->key.dir == ESPGW_DIR_IN)
		out = espgw_path_sa(sa->path, dscp);
	else
		in = list_first_or_null_rcu(&sa->path->in_sas, struct espgw_sa,
					    on_path);
	if (!out)
		return 0;
	mtu = effective(out, &mp);
	if (mp.mss != ESPGW_MSS_AUTO)
		return mp.mss == ESPGW_MSS_OFF ? 0 : mp.mss;
	inner = espgw_len_inner(&out->len, mtu);
	if (in)
		inner = min(inner, espgw_len_inner(&in->len, mtu));
	return espgw_mss_of(inner, family);
}

/**
 * espgw_path_learn() - an ICMP error quotes a packet of an SA
 * @en: namespace
 * @sa: the outbound SA
 * @claim: what the message says
 *
 * Context: under RCU, bottom halves off. Return: the largest inner packet from
 * now on, bytes, if the message is about a packet that was really sent, whether
 * it says something new or not, and senders are to be told; else 0.
 */
u32 espgw_path_learn(struct espgw_net *en, struct espgw_sa *sa,
		     const struct espgw_pmtu_claim *claim)
{
	/* In the order of enum espgw_pmtu_verdict. */
	static const u8 counter[] = {
		[ESPGW_PMTU_ACCEPTED] = ESPGW_STATS_A_PMTU_ACCEPTED,
		[ESPGW_PMTU_HINT] = ESPGW_STATS_A_PMTU_HINT,
		[ESPGW_PMTU_REJ_SEQ] = ESPGW_STATS_A_PMTU_REJ_SEQ,
		[ESPGW_PMTU_REJ_DF] = ESPGW_STATS_A_PMTU_REJ_DF,
		[ESPGW_PMTU_REJ_LENGTH] = ESPGW_STATS_A_PMTU_REJ_LENGTH,
		[ESPGW_PMTU_REJ_NOT_SENT] = ESPGW_STATS_A_PMTU_REJ_NOT_SENT,
		[ESPGW_PMTU_REJ_NOT_LOWER] = ESPGW_STATS_A_PMTU_REJ_NOT_LOWER,
		[ESPGW_PMTU_REJ_STALE] = ESPGW_STATS_A_PMTU_REJ_STALE,
		[ESPGW_PMTU_REJ_LOCKED] = ESPGW_STATS_A_PMTU_REJ_LOCKED,
		[ESPGW_PMTU_REJ_TOO_SMALL] = ESPGW_STATS_A_PMTU_REJ_TOO_SMALL,
		[ESPGW_PMTU_REJ_RATE] = ESPGW_STATS_A_PMTU_REJ_RATE,
		[ESPGW_PMTU_REJ_OFF] = ESPGW_STATS_A_PMTU_REJ_OFF,
		[ESPGW_PMTU_SUSPECT] = ESPGW_STATS_A_PMTU_HINT,
	};
	struct espgw_path *path = sa->path;
	enum espgw_pmtu_verdict verdict;
	struct espgw_mtu_policy mp;
	struct espgw_pmtu_env env;
	u32 mtu;
	u64 old;

	env.effective = effective(sa, &mp);
	env.seq_last = atomic64_read(&sa->seq);
	/* The oldest slot but one is what had been sent 10 s ago. */
	old = READ_ONCE(sa->seq_history[(READ_ONCE(sa->seq_second) + 2) %
					ESPGW_SA_SEQ_HISTORY]);
	env.seq_first = old + 1;
	env.floor = mp.min_pmtu;
	env.max_sent = READ_ONCE(sa->max_sent);
	env.age_s = mp.pmtu_age_s;
	env.learn = mp.pmtu_learn;
	env.probe = espgw_probe_is_on(path);

	spin_lock_bh(&path->lock);
	verdict = espgw_pmtu_learn(&path->pmtu, claim, &env, espgw_path_now_ms());
	espgw_path_publish(path);
	mtu = min(env.effective, path->pmtu.mtu ?: env.effective);
	spin_unlock_bh(&path->lock);

	espgw_count(en, counter[verdict]);
	/* Anybody can make up a hint: it makes a search look, not believe. */
	if (claim->has_seq || verdict == ESPGW_PMTU_SUSPECT)
		espgw_probe_told(sa, verdict, claim->mtu ?:
				 espgw_pmtu_plateau(claim->quoted_len));
	switch (verdict) {
	case ESPGW_PMTU_ACCEPTED:
	case ESPGW_PMTU_HINT:
		espgw_path_notify(path, ESPGW_PMTU_EVENT_LOWERED);
		break;
	case ESPGW_PMTU_REJ_NOT_LOWER:	/* another one that was under way */
	case ESPGW_PMTU_REJ_STALE:
	case ESPGW_PMTU_REJ_LOCKED:
		break;
	default:
		return 0;
	}
	return mp.icmp_answer ? espgw_len_inner(&sa->len, mtu) : 0;
}

/**
 * espgw_path_set_mtu() - set a path MTU by hand
 * @en: namespace
 * @sa: an outbound SA of the path
 * @mtu: bytes
 * @lock: nothing that is learned changes it
 * @age_s: seconds, or ESPGW_AGE_INFINITE
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_path_set_mtu(struct espgw_net *en, struct espgw_sa *sa, u32 mtu,
			bool lock, u32 age_s)
{
	struct espgw_path *path = sa->path;

	lockdep_assert_held(&en->lock);
	spin_lock_bh(&path->lock);
	espgw_pmtu_set(&path->pmtu, mtu, lock, age_s, espgw_path_now_ms());
	espgw_path_publish(path);
	spin_unlock_bh(&path->lock);
	espgw_path_notify(path, ESPGW_PMTU_EVENT_SET);
}

/**
 * espgw_path_bound() - what TCP's MSS between the gateways allows
 * @en: namespace
 * @sa: an outbound SA of the path
 * @mtu: bytes
 *
 * Context: process context, caller holds espgw_net.lock. Return: see
 * espgw_pmtu_bound().
 */
enum espgw_pmtu_verdict espgw_path_bound(struct espgw_net *en,
					 struct espgw_sa *sa, u32 mtu)
{
	struct espgw_path *path = sa->path;
	enum espgw_pmtu_verdict verdict;
	struct espgw_pmtu_env env = {};
	struct espgw_mtu_policy mp;

	lockdep_assert_held(&en->lock);
	env.effective = effective(sa, &mp);
	env.floor = mp.min_pmtu;
	env.age_s = mp.pmtu_age_s;
	env.learn = mp.pmtu_learn;
	env.probe = espgw_probe_is_on(path);

	spin_lock_bh(&path->lock);
	verdict = espgw_pmtu_bound(&path->pmtu, mtu, &env, espgw_path_now_ms());
	espgw_path_publish(path);
	spin_unlock_bh(&path->lock);
	if (verdict == ESPGW_PMTU_ACCEPTED)
		espgw_path_notify(path, ESPGW_PMTU_EVENT_LOWERED);
	if (verdict == ESPGW_PMTU_SUSPECT) {
		local_bh_disable();
		rcu_read_lock();
		espgw_probe_told(sa, verdict, mtu);
		rcu_read_unlock();
		local_bh_enable();
	}
	return verdict;
}

/**
 * espgw_path_forget() - forget what was learned or set
 * @en: namespace
 * @sa: an outbound SA of the path
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_path_forget(struct espgw_net *en, struct espgw_sa *sa)
{
	struct espgw_path *path = sa->path;
	bool known;

	lockdep_assert_held(&en->lock);
	spin_lock_bh(&path->lock);
	known = path->pmtu.mtu;
	espgw_pmtu_forget(&path->pmtu);
	espgw_probe_again(path, espgw_path_now_ms());
	espgw_path_publish(path);
	spin_unlock_bh(&path->lock);
	if (known)
		espgw_path_notify(path, ESPGW_PMTU_EVENT_DEL);
}

/**
 * espgw_path_unmap() - send to the peer as configured, until it is heard of
 * @path: the path
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_path_unmap(struct espgw_path *path)
{
	struct espgw_sa *sa;
	bool readdressed;

	spin_lock_bh(&path->lock);
	readdressed = path->mapped &&
		      !espgw_addr_equal(&path->peer, &path->key.dst);
	WRITE_ONCE(path->mapped, false);
	spin_unlock_bh(&path->lock);
	if (readdressed)
		restart(path);
	rcu_read_lock();
	list_for_each_entry_rcu(sa, &path->sas, on_path)
		dst_cache_reset(&sa->dst_cache);
	rcu_read_unlock();
}

/**
 * espgw_path_follow() - an authenticated packet tells where the peer is
 * @sa: the inbound SA with UDP encapsulation that it came by, not dead
 * @addr: the packet's outer source
 * @port: its UDP source port
 *
 * What is sent goes there from now on (RFC 3948 5: only so).
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_path_follow(struct espgw_sa *sa, const struct espgw_addr *addr,
		       __be16 port)
{
	struct espgw_path *path = sa->path;
	struct espgw_addr old_addr;
	struct espgw_sa *out;
	bool readdressed;
	__be16 old_port;

	if (!heard_of(path, &old_addr, &old_port)) {
		old_addr = sa->src;
		old_port = READ_ONCE(sa->encap_sport);
	}
	readdressed = !espgw_addr_equal(addr, &old_addr);
	if (likely(!readdressed && port == old_port))
		return;
	spin_lock_bh(&path->lock);
	write_seqcount_begin(&path->peer_seq);
	path->peer = *addr;
	path->peer_port = port;
	write_seqcount_end(&path->peer_seq);
	WRITE_ONCE(path->mapped, true);
	spin_unlock_bh(&path->lock);
	espgw_count(sa->en, ESPGW_STATS_A_IN_MAPPING);
	list_for_each_entry_rcu(out, &path->sas, on_path) {
		if (!out->encap_sport)
			continue;
		dst_cache_reset(&out->dst_cache);
		espgw_notify_sa(out, ESPGW_SA_EVENT_MAPPING);
	}
	if (readdressed)
		restart(path);
}

/**
 * espgw_path_dev_changed() - a device's MTU has changed
 * @en: namespace
 * @ifindex: the device
 *
 * Packets meet the new one anyway; this tells who listens.
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_path_dev_changed(struct espgw_net *en, int ifindex)
{
	struct espgw_sa *sa;
	unsigned long id;

	lockdep_assert_held(&en->lock);
	xa_for_each(&en->sas, id, sa) {
		struct dst_entry *dst;
		bool told = false;

		if (sa->key.dir != ESPGW_DIR_OUT)
			continue;
		local_bh_disable();
		rcu_read_lock();
		dst = espgw_path_route(sa);
		if (dst) {
			told = dst->dev->ifindex == ifindex;
			dst_release(dst);
		}
		rcu_read_unlock();
		local_bh_enable();
		if (told) {
			espgw_notify_pmtu(sa, ESPGW_PMTU_EVENT_DEVICE);
			espgw_probe_wake(sa->path);
		}
	}
}

/**
 * espgw_path_flush() - forget all that was learned or set
 * @en: namespace
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_path_flush(struct espgw_net *en)
{
	struct espgw_sa *sa;
	unsigned long id;

	lockdep_assert_held(&en->lock);
	xa_for_each(&en->sas, id, sa)
		if (sa->key.dir == ESPGW_DIR_OUT)
			espgw_path_forget(en, sa);
}

/**
 * espgw_path_tick() - age path MTUs
 * @en: namespace
 *
 * Context: process context, once a second; caller holds espgw_net.lock.
 */
void espgw_path_tick(struct espgw_net *en)
{
	struct espgw_sa *sa;
	unsigned long id;

	lockdep_assert_held(&en->lock);
	xa_for_each(&en->sas, id, sa) {
		struct espgw_path *path = sa->path;
		bool expired;

		if (sa->key.dir != ESPGW_DIR_OUT)
			continue;
		set_bit(ESPGW_WATCH_PEER, &path->watch);
		if (!READ_ONCE(path->mtu))
			continue;
		spin_lock_bh(&path->lock);
		expired = espgw_pmtu_expire(&path->pmtu, espgw_path_now_ms());
		espgw_path_publish(path);
		spin_unlock_bh(&path->lock);
		if (expired)
			espgw_path_notify(path, ESPGW_PMTU_EVENT_EXPIRED);
	}
	espgw_probe_refresh(en);
}

/**
 * espgw_path_state() - an SA's path MTU and peer as shown to people
 * @en: namespace
 * @sa: outbound SA
 * @st: result
 *
 * Context: any; under RCU or espgw_net.lock.
 */
void espgw_path_state(struct espgw_net *en, struct espgw_sa *sa,
		      struct espgw_path_state *st)
{
	struct espgw_path *path = sa->path;
	struct espgw_mtu_policy mp;
	u32 bound;

	st->pmtu = effective(sa, &mp);
	st->inner = espgw_len_inner(&sa->len, st->pmtu);
	st->floor = mp.min_pmtu;
	st->cap = mp.mtu_cap;

	spin_lock_bh(&path->lock);
	st->entry = path->pmtu;
	espgw_probe_tell(path, &st->probe);
	bound = espgw_probe_bound(path);
	st->peer = path->peer;
	st->peer_port = path->peer_port;
	st->mapped = path->mapped;
	spin_unlock_bh(&path->lock);
	st->now_ms = espgw_path_now_ms();
	/* One that was configured to send there is not mapped. */
	if (!sa->encap_sport ||
	    (st->peer_port == READ_ONCE(sa->encap_dport) &&
	     espgw_addr_equal(&st->peer, &sa->key.dst)))
		st->mapped = false;

	if (st->entry.mtu && st->entry.mtu <= st->pmtu)
		st->source = st->entry.source;
	else if (bound && bound <= st->pmtu)
		st->source = ESPGW_PMTU_PROBE;
	else if (mp.mtu_cap != ESPGW_CAP_NONE && mp.mtu_cap == st->pmtu)
		st->source = ESPGW_PMTU_DEFAULT;
	else
		st->source = ESPGW_PMTU_DEVICE;
}

/**
 * espgw_paths_init() - set up a namespace's paths
 * @en: namespace
 *
 * Return: 0 or a negative error.
 */
int espgw_paths_init(struct espgw_net *en)
{
	return rhashtable_init(&en->paths, &path_params);
}

/**
 * espgw_paths_exit() - the end of espgw_paths_init()
 * @en: namespace, without policies and SAs
 */
void espgw_paths_exit(struct espgw_net *en)
{
	rhashtable_destroy(&en->paths);
}
