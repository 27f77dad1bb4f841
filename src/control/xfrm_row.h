/* SPDX-License-Identifier: GPL-2.0 */
/* States and policies of xfrm's, adopted or not: what is known of each. */
#ifndef ESPGW_CONTROL_XFRM_ROW_H
#define ESPGW_CONTROL_XFRM_ROW_H

#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "table/sad.h"
#include "table/spd.h"

struct xfrm_policy;
struct xfrm_state;

/**
 * struct espgw_xfrm_cfg - what is adopted
 * @on: anything at all
 * @mode: enum espgw_xfrm_mode
 * @if_id: only of this interface ID; 0: of any
 */
struct espgw_xfrm_cfg {
	bool on;
	u8 mode;
	u32 if_id;
};

/**
 * struct espgw_xfrm_info - what is adopted, and how much that is
 * @cfg: what was asked for
 * @sas: adopted states
 * @policies: adopted policies
 */
struct espgw_xfrm_info {
	struct espgw_xfrm_cfg cfg;
	u32 sas;
	u32 policies;
};

/**
 * struct espgw_xfrm_row - a state or a policy
 * @node: of a state: in espgw_xfrm.states, by SPI
 * @by_path: of a policy: in espgw_xfrm.paths, by the path that it leads to
 * @by_class: of a policy: in espgw_xfrm.classes, by the lengths of its prefixes
 * @by_prefix: of a policy: in espgw_xfrm.prefixes, by as much of its prefixes as those
 *	of another class have, too
 * @x: the state, a reference is held; NULL: it is a policy
 * @xp: the policy, a reference is held; NULL: it is a state
 * @reason: enum espgw_xfrm_reason, as of the last look
 * @adopted: it is among the SAs or policies
 * @key: of a state: the SA's name; dir is 0 as long as it is not known
 * @want: of a policy: what it is to be adopted as, as of the last look
 * @cfg: of an adopted policy: what it is adopted as
 * @p: of an adopted policy: it; read under RCU by whoever hears that it changes
 * @seen: the look that has seen it last
 * @if_id: interface ID; 0: none
 * @reqid: of a state that a policy leads to: that policy's, as of the last look
 * @heard: when it was first heard of
 * @delay_us: until it was adopted, microseconds
 * @adopted_at: jiffies
 * @gone_at: jiffies; of a state that xfrm has no more
 * @packets: of a policy, when xfrm was told last that it is in use
 * @in: of an adopted policy: xfrm's inbound and forward policies that are the same
 *	the other way round; NULL: it is not known
 * @in_packets: of a policy, when xfrm was told last that those are in use
 * @rcu: frees it
 */
struct espgw_xfrm_row {
	struct hlist_node node;
	struct hlist_node by_path;
	struct hlist_node by_class;
	struct hlist_node by_prefix;
	struct xfrm_state *x;
	struct xfrm_policy *xp;
	u8 reason;
	bool adopted;
	struct espgw_sa_key key;
	struct espgw_policy_cfg want;
	struct espgw_policy_cfg cfg;
	struct espgw_policy *p;
	u32 seen;
	u32 if_id;
	u32 reqid;
	ktime_t heard;
	u32 delay_us;
	unsigned long adopted_at;
	unsigned long gone_at;
	u64 packets;
	struct xfrm_policy *in[2];
	u64 in_packets;
	struct rcu_head rcu;
};

/**
 * struct espgw_xfrm_conn - what is remembered of a connection over its SAs
 * @list: in espgw_xfrm.conns
 * @if_id: names it; 0: @reqid does
 * @reqid: names it, without @if_id
 * @mtu: MTU policy of its outbound SAs
 * @label: what people call its SAs and the policies that lead to them, or NULL; changed
 *	under espgw_xfrm.lock as well
 */
struct espgw_xfrm_conn {
	struct list_head list;
	u32 if_id;
	u32 reqid;
	struct espgw_mtu_policy mtu;
	struct espgw_label *label;
};

/**
 * struct espgw_xfrm_dev - an xfrm interface that was attached for its policies
 * @list: in espgw_xfrm.devs
 * @name: its name
 */
struct espgw_xfrm_dev {
	struct list_head list;
	char name[IFNAMSIZ];
};

/* Eighths of an IPv6 address, quarters of an IPv4 one: so long a prefix can be. */
#define ESPGW_XFRM_LENGTHS	9

/* So many at a time. */
#define ESPGW_XFRM_BATCH	64

/**
 * struct espgw_xfrm_batch - states or policies, held, so that they can be looked at
 *	without xfrm's locks
 * @of: them
 * @n: how many
 */
struct espgw_xfrm_batch {
	void *of[ESPGW_XFRM_BATCH];
	unsigned int n;
};

/**
 * struct espgw_xfrm - a namespace's adoption
 * @en: namespace
 * @lock: protects all that is not said otherwise; taken before RTNL
 * @work: looks, adopts, gives back, and tells xfrm what was done
 * @cfg: what is adopted
 * @begun: ESP in UDP is taken
 * @hooked: packets with bundles are taken: there are, or were, policies without an
 *	interface
 * @heard: events, counted (atomic)
 * @heard_at: when the first of those was that have not been looked at
 *	(READ_ONCE/WRITE_ONCE)
 * @looked: of @heard, at the last look
 * @heard_in: events of inbound policies, counted (atomic)
 * @looked_in: of @heard_in, at the last look
 * @missed: something could not be looked at or adopted, and is tried again
 * @retry_at: when, jiffies
 * @states: states, by SPI; changed under @lock, read by RCU
 * @policies: policies, by their index; likewise
 * @paths: policies that may be adopted, by the paths that they lead to
 * @classes: policies, by family and by the lengths of their prefixes, source and
 *	destination; only while their order is judged
 * @prefixes: the policies of a class; likewise
 * @conns: connections; under espgw_net.lock
 * @devs: devices attached by this
 * @inbound: inbound policies for interfaces, as of the last look
 * @others: those that are for none
 * @unknown: of those for interfaces, what is not of type main or could not be noted
 * @batch: of a look
 * @look: counts looks
 * @generation: counts rows that came or went
 * @sas: adopted states
 * @spds: adopted policies
 */
struct espgw_xfrm {
	struct espgw_net *en;
	struct mutex lock;
	struct delayed_work work;
	struct espgw_xfrm_cfg cfg;
	bool begun;
	bool hooked;
	atomic_t heard;
	ktime_t heard_at;
	int looked;
	atomic_t heard_in;
	int looked_in;
	bool missed;
	unsigned long retry_at;
	DECLARE_HASHTABLE(states, 10);
	struct xarray policies;
	DECLARE_HASHTABLE(paths, 8);
	struct hlist_head classes[2][ESPGW_XFRM_LENGTHS][ESPGW_XFRM_LENGTHS];
	DECLARE_HASHTABLE(prefixes, 10);
	struct list_head conns;
	struct list_head devs;
	DECLARE_HASHTABLE(inbound, 8);
	u32 others;
	u32 unknown;
	struct espgw_xfrm_batch batch;
	u32 look;
	u32 generation;
	u32 sas;
	u32 spds;
};

/* xfrm_look.c; caller holds espgw_xfrm.lock */
bool espgw_xfrm_look(struct espgw_xfrm *xf);
void espgw_xfrm_judge_policies(struct espgw_xfrm *xf);
void espgw_xfrm_judge_order(struct espgw_xfrm *xf);
void espgw_xfrm_judge_states(struct espgw_xfrm *xf);
bool espgw_xfrm_overlap(const struct espgw_selector *a,
			const struct espgw_selector *b);
bool espgw_xfrm_is_led_to(struct espgw_xfrm *xf, struct espgw_xfrm_row *state);
void espgw_xfrm_row_drop(struct espgw_xfrm *xf, struct espgw_xfrm_row *row);

/* xfrm_sync.c; caller holds espgw_xfrm.lock */
void espgw_xfrm_sync(struct espgw_xfrm *xf);
void espgw_xfrm_forget(struct espgw_xfrm *xf);
struct espgw_sa *espgw_xfrm_sa_of(struct espgw_xfrm *xf,
				  struct espgw_xfrm_row *row);

/* xfrm_inbound.c */
void espgw_xfrm_inbound_forget(struct espgw_xfrm *xf);
bool espgw_xfrm_inbound_wants(struct espgw_xfrm *xf,
			      const struct xfrm_policy *xp);
void espgw_xfrm_inbound_note(struct espgw_xfrm *xf, struct xfrm_policy *xp);
void espgw_xfrm_inbound_judge(struct espgw_xfrm *xf);
void espgw_xfrm_inbound_event(struct espgw_xfrm *xf, bool inbound);
void espgw_xfrm_inbound_tell(struct espgw_xfrm_row *row);
/* xfrm_conn.c; caller holds espgw_xfrm.lock and espgw_net.lock */
void espgw_xfrm_recall(struct espgw_xfrm *xf, const struct espgw_xfrm_row *row,
		       struct espgw_sa_request *req);
struct espgw_label_ask espgw_xfrm_label_of(struct espgw_xfrm *xf,
					   const struct espgw_policy_cfg *policy);

/* xfrm_read.c */
u8 espgw_xfrm_policy_read(struct espgw_xfrm *xf, struct xfrm_policy *xp,
			  struct espgw_policy_cfg *cfg);
u8 espgw_xfrm_state_judge(struct espgw_xfrm *xf, struct xfrm_state *x,
			  struct espgw_sa_key *key);
void espgw_xfrm_state_read(struct xfrm_state *x, struct espgw_sa_request *req);
void espgw_xfrm_state_algo(struct xfrm_state *x, struct espgw_algo *algo);
bool espgw_xfrm_state_same_key(struct xfrm_state *x, struct xfrm_state *other);

#endif
