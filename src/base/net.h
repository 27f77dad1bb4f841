/* SPDX-License-Identifier: GPL-2.0 */
/* The namespace's state, and the way from a struct net to it. */
#ifndef ESPGW_MAIN_H
#define ESPGW_MAIN_H

#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "core/core.h"
#include "base/stats.h"

struct espgw_answers;
struct espgw_sent;

/**
 * struct espgw_mtu_policy - MTU policy of an SA, a device or the namespace
 * @mtu_cap: bytes, or ESPGW_CAP_NONE
 * @min_pmtu: bytes; 0: the family's default
 * @pmtu_age_s: seconds, or ESPGW_AGE_INFINITE
 * @mss: bytes, ESPGW_MSS_OFF or ESPGW_MSS_AUTO
 * @df: enum espgw_df
 * @frag: enum espgw_frag
 * @split: enum espgw_split
 * @inner_df: enum espgw_inner_df
 * @icmp_answer: 0 or 1
 * @pmtu_learn: 0 or 1
 * @probe: 0 or 1
 * @set: bit ESPGW_MTU_A_x: that member was given here; the others are as the
 *	next wider policy says
 *
 * Changed under espgw_net.lock by single aligned stores; readers on the data
 * path may see old and new members side by side for one packet.
 */
struct espgw_mtu_policy {
	u32 mtu_cap;
	u32 min_pmtu;
	u32 pmtu_age_s;
	u32 mss;
	u8 df;
	u8 frag;
	u8 split;
	u8 inner_df;
	u8 icmp_answer;
	u8 pmtu_learn;
	u8 probe;
	u16 set;
};

/**
 * enum espgw_vfr_feature - what needs fragments to be followed
 * @ESPGW_VFR_FEATURE_PORTS: policies with ports; both ways, all fragments
 * @ESPGW_VFR_FEATURE_ESP: inbound SAs; in, ESP for this host
 * @ESPGW_VFR_FEATURE_NATT: inbound SAs in UDP; in, UDP for this host
 * @ESPGW_VFR_FEATURE_GRE: policies for GRE; both ways, GRE
 */
enum espgw_vfr_feature {
	ESPGW_VFR_FEATURE_PORTS,
	ESPGW_VFR_FEATURE_ESP,
	ESPGW_VFR_FEATURE_NATT,
	ESPGW_VFR_FEATURE_GRE,

	/* private: */
	__ESPGW_VFR_FEATURE_MAX,
};

/**
 * struct espgw_net - one network namespace
 * @net: the namespace
 * @lock: serialises all changes of configuration
 * @def: the namespace's MTU policy, complete; under @lock
 * @devs: attached devices (struct espgw_dev.list); under @lock, read by RCU
 * @sas: all SAs by number, for dumps and flushes; changed under @lock
 * @sa_table: SAs by struct espgw_sa_key; changed under @lock, read by RCU
 * @paths: paths by struct espgw_path_key; only under @lock
 * @policies: all policies by number, for dumps and flushes; under @lock
 * @spd_table: policies by prefix pair (struct espgw_spd_node); under @lock,
 *	read by RCU
 * @spd_shapes: prefix length pairs in use (struct espgw_spd_shape); under @lock,
 *	read by RCU
 * @natt_sas: UDP-encapsulated SAs that exist
 * @natt_ports: bit n: n is or was the local port of one of them; there once one
 *	was
 * @natt_hint: jiffies when an SA was last looked for by a NAT-T hint
 * @sa_next: where the search for a free number in @sas begins
 * @policy_next: the same in @policies
 * @sa_live: SAs not yet freed; the namespace's exit waits for 0
 * @sa_gone: woken when @sa_live falls to 0
 * @tick: once a second while there are SAs: ageing of path MTUs, limits in
 *	seconds
 * @stats: counters
 * @answers: rate limit of answers to inner senders
 * @alerted: jiffies of the last alert of each kind
 * @vfr_users: what needs fragments to be followed on all devices, by enum
 *	espgw_vfr_feature; changed under @lock
 * @generation: counts the SAs, policies and devices that came or went; under @lock
 * @flow_seed: of the flow hash that packets carry under ESP
 * @sent: beginnings of packets sent lately; NULL before the first SA
 */
struct espgw_net {
	struct net *net;
	struct mutex lock;
	struct espgw_mtu_policy def;
	struct list_head devs;
	struct xarray sas;
	struct rhashtable sa_table;
	struct rhashtable paths;
	struct xarray policies;
	struct rhashtable spd_table;
	struct list_head spd_shapes;
	unsigned int natt_sas;
	unsigned long *natt_ports;
	unsigned long natt_hint;
	u32 sa_next;
	u32 policy_next;
	atomic_t sa_live;
	wait_queue_head_t sa_gone;
	struct delayed_work tick;
	struct espgw_stats __percpu *stats;
	struct espgw_answers *answers;
	unsigned long alerted[__ESPGW_ALERT_MAX];
	u32 vfr_users[__ESPGW_VFR_FEATURE_MAX];
	u32 generation;
	u32 flow_seed;
	struct espgw_sent *sent;
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

void espgw_mtu_policy_init(struct espgw_mtu_policy *p);
void espgw_mtu_policy_merge(struct espgw_mtu_policy *p,
			    const struct espgw_mtu_policy *over);
void espgw_mtu_policy_at(struct espgw_net *en, int ifindex,
			 struct espgw_mtu_policy *p);

#endif
