/* SPDX-License-Identifier: GPL-2.0 */
/* The namespace's state, and the way from a struct net to it. */
#ifndef ESPGW_BASE_NET_H
#define ESPGW_BASE_NET_H

#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "base/stats.h"
#include "core/core.h"
#include "core/mtu.h"
#include "core/spd.h"

struct espgw_answers;
struct espgw_cover;
struct espgw_natt;
struct espgw_sent;
struct espgw_xfrm;
struct mem_cgroup;

/**
 * struct espgw_told - of drops for one reason, those that have been told of
 * @since: jiffies when they were last counted anew (READ_ONCE/WRITE_ONCE)
 * @count: how many since; may be a few more, or fewer
 */
struct espgw_told {
	unsigned long since;
	u32 count;
};

/**
 * enum espgw_feature - what somebody may need done, counted
 * @ESPGW_FEATURE_PORTS: policies with ports: fragments are followed, both ways
 * @ESPGW_FEATURE_ESP: inbound SAs: fragments of ESP for this host are followed
 * @ESPGW_FEATURE_NATT: inbound SAs in UDP: fragments of UDP for this host
 * @ESPGW_FEATURE_GRE: policies for GRE: fragments of GRE, both ways
 * @ESPGW_FEATURE_ENDS: policies that cover the ends of their own tunnel:
 *	fragments of UDP and TCP from and for this host, since IKE among them is
 *	exempt
 * @ESPGW_FEATURE_PROTECT: protect policies: a device that one applies to is not
 *	to be detached
 */
enum espgw_feature {
	ESPGW_FEATURE_PORTS,
	ESPGW_FEATURE_ESP,
	ESPGW_FEATURE_NATT,
	ESPGW_FEATURE_GRE,
	ESPGW_FEATURE_ENDS,

	/* private: those above need fragments to be followed */
	__ESPGW_FEATURE_VFR,

	/* public: */
	ESPGW_FEATURE_PROTECT = __ESPGW_FEATURE_VFR,

	/* private: */
	__ESPGW_FEATURES,
};

/**
 * struct espgw_net - one network namespace
 * @net: the namespace
 * @lock: serialises all changes of configuration
 * @locked_ns: when @lock was taken; under it
 * @def: the namespace's MTU policy, complete; under @lock
 * @mtu_gen: counts the changes of MTU policies and of what is attached; a
 *	snapshot of what fits is of one generation (see table/fit)
 * @devs: attached devices (struct espgw_dev.list); under @lock, read by RCU
 * @sas: all SAs by number, for dumps and flushes; changed under @lock
 * @sa_table: SAs by struct espgw_sa_key; changed under @lock, read by RCU
 * @paths: paths by struct espgw_path_key; only under @lock
 * @path_list: the same paths (struct espgw_path.list); under @lock
 * @policies: all policies by number, for dumps and flushes; changed under @lock
 * @spd: the same policies (struct espgw_policy.rule), to look up; changed under
 *	@lock, read by RCU
 * @spd_spare: nodes for @spd's next policy; under @lock
 * @natt: UDP-encapsulated SAs: their ports, and where their peers are; NULL
 *	before the first one
 * @sa_next: where the search for a free number in @sas begins
 * @policy_next: the same in @policies
 * @path_next: the number of the next path
 * @dev_next: the number of the next attached device
 * @sa_live: SAs not yet freed; the namespace's exit waits for 0
 * @sa_gone: woken when @sa_live falls to 0
 * @refresh: looks which paths have probes, after MTU policies or what packets met
 *	have changed
 * @follow: sets the MTUs of devices that follow what fits
 * @mtu_changed: devices whose MTU has changed, by ifindex, for @refresh to tell of
 *	(see table/fit); under @lock
 * @follows: there are such devices (READ_ONCE/WRITE_ONCE)
 * @stats: counters
 * @answers: rate limit of answers to inner senders
 * @alerted: jiffies of the last alert of each kind
 * @features: what is needed on all devices, by enum espgw_feature; changed under
 *	@lock
 * @names: names of devices that somebody refers to (struct espgw_name.list);
 *	under @lock, read by RCU
 * @cover: what policies cover, more or less; NULL: nothing; changed under @lock,
 *	read by RCU
 * @cover_stale: policies deleted since @cover was made; under @lock
 * @cover_until: as many as that may be; under @lock
 * @protects: protect policies; under @lock
 * @guard_off: devices that are not attached are not watched; under @lock
 * @guards: those that are watched (struct espgw_dev), by ifindex; under @lock,
 *	read by RCU
 * @redirects: what ifb devices give back is looked at; under @lock
 * @routed: what is too long for the device that it is routed to is looked at;
 *	under @lock
 * @mtu_least: the smallest MTU of its devices; written under @lock
 * @generation: counts the SAs, policies and devices that came or went; under @lock
 * @flow_gen: of what is kept of flows (see table/flow); 0 while @lock is held
 * @flow_seed: of the flow hash that packets carry under ESP
 * @xfrm: states and policies of xfrm's that are adopted; NULL: none ever were.
 *	Made under @lock, there to the namespace's end; read by RCU
 * @xfrm_parted: each inbound policy of xfrm's is for an interface, so that none is
 *	for what has no security path (READ_ONCE/WRITE_ONCE)
 * @xfrm_alike: xfrm's inbound policies let in what is decrypted here for an
 *	interface and let in by the policies (READ_ONCE/WRITE_ONCE)
 * @xfrm_portless: of fragments as well, since none of them has ports
 * @sent: beginnings of packets sent lately; NULL before a device is attached
 * @drop_told: by counter: the drops that have been told of
 * @memcg: of a user namespace's: the cgroup of who configured it first, for what
 *	works allocate; NULL: nobody has. Set once
 * @vfr_bytes: memory for fragments that are followed, of all devices and directions;
 *	changes with each of them, so it is far from what packets read
 */
struct espgw_net {
	struct net *net;
	struct mutex lock;
	u64 locked_ns;
	struct espgw_mtu_policy def;
	u32 mtu_gen;
	struct list_head devs;
	struct xarray sas;
	struct rhashtable sa_table;
	struct rhashtable paths;
	struct list_head path_list;
	struct xarray policies;
	struct espgw_spd spd;
	struct espgw_spd_node *spd_spare[ESPGW_SPD_NODES];
	struct espgw_natt *natt;
	u32 sa_next;
	u32 policy_next;
	u32 path_next;
	u32 dev_next;
	atomic_t sa_live;
	wait_queue_head_t sa_gone;
	struct work_struct refresh;
	struct work_struct follow;
	struct xarray mtu_changed;
	bool follows;
	struct espgw_stats __percpu *stats;
	struct espgw_answers *answers;
	unsigned long alerted[__ESPGW_ALERT_MAX];
	u32 features[__ESPGW_FEATURES];
	struct list_head names;
	struct espgw_cover __rcu *cover;
	u32 cover_stale;
	u32 cover_until;
	u32 protects;
	bool guard_off;
	struct xarray guards;
	bool redirects;
	bool routed;
	u32 mtu_least;
	u32 generation;
	atomic64_t flow_gen;
	u32 flow_seed;
	struct espgw_xfrm *xfrm;
	bool xfrm_parted;
	bool xfrm_alike;
	bool xfrm_portless;
	struct espgw_sent *sent;
	struct espgw_told drop_told[__ESPGW_STATS_A_MAX];
	struct mem_cgroup *memcg;
	atomic_long_t vfr_bytes;
};

extern unsigned int espgw_net_id;
extern struct workqueue_struct *espgw_wq;

/**
 * espgw_net() - a namespace's state
 * @net: the namespace
 *
 * Return: its state, never NULL between the namespace's init and exit.
 */
static inline struct espgw_net *espgw_net(const struct net *net)
{
	return net_generic(net, espgw_net_id);
}

/**
 * espgw_is_confined() - is a namespace a user namespace's
 * @en: namespace
 *
 * Then whoever configures it may be nobody outside: the log is not for him, nor as
 * much memory as he likes.
 *
 * Return: true if so.
 */
static inline bool espgw_is_confined(const struct espgw_net *en)
{
	return en->net->user_ns != &init_user_ns;
}

/**
 * espgw_count() - count one
 * @en: namespace
 * @i: which counter
 */
static inline void espgw_count(struct espgw_net *en, enum espgw_stats_attr i)
{
	this_cpu_inc(*(u64 __percpu *)&en->stats->count[i]);
}

/**
 * espgw_count_add() - count several
 * @en: namespace
 * @i: which counter
 * @n: how many
 */
static inline void espgw_count_add(struct espgw_net *en,
				   enum espgw_stats_attr i, u64 n)
{
	this_cpu_add(*(u64 __percpu *)&en->stats->count[i], n);
}

/**
 * espgw_due() - something that is done once a second at most: is it time
 * @last: jiffies when it was done last; 0: never. Written if it is time.
 *
 * Of CPUs that meet here, one wins. Return: true if it is to be done now.
 */
static inline bool espgw_due(unsigned long *last)
{
	unsigned long now = jiffies ?: 1;
	unsigned long then = READ_ONCE(*last);

	if (then && time_before(now, then + HZ))
		return false;
	return cmpxchg(last, then, now) == then;
}

/**
 * espgw_mtu_changed() - MTU policies, or what is attached, have changed
 * @en: namespace
 *
 * Context: caller holds espgw_net.lock.
 */
static inline void espgw_mtu_changed(struct espgw_net *en)
{
	lockdep_assert_held(&en->lock);
	/* Pairs with espgw_fit(): who sees the number sees the policies. */
	smp_store_release(&en->mtu_gen, en->mtu_gen + 1);
}

/**
 * espgw_follow() - what fits some SA may be another now
 * @en: namespace
 *
 * Context: any but hard interrupts.
 */
static inline void espgw_follow(struct espgw_net *en)
{
	if (unlikely(READ_ONCE(en->follows)))
		queue_work(espgw_wq, &en->follow);
}

void espgw_net_lock(struct espgw_net *en);
void espgw_net_unlock(struct espgw_net *en);
bool espgw_net_is_long(const struct espgw_net *en);
void espgw_net_breathe(struct espgw_net *en);
void espgw_net_breathe_rtnl(struct espgw_net *en);
void espgw_net_charge_me(struct espgw_net *en);
int espgw_base_init(struct espgw_net *en, struct net *net);
void espgw_base_exit(struct espgw_net *en);

#endif
