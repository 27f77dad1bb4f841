/* SPDX-License-Identifier: GPL-2.0 */
/* Security associations: table, lifetime, limits. */
#ifndef ESPGW_TABLE_SAD_H
#define ESPGW_TABLE_SAD_H

#include <linux/hrtimer.h>
#include <linux/rhashtable.h>
#include <linux/seqlock.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>

#include "base/cipher.h"
#include "base/label.h"
#include "base/net.h"
#include "core/fit.h"
#include "core/len.h"
#include "core/replay.h"
#include "table/path.h"

struct netlink_ext_ack;
struct xfrm_state;

/**
 * struct espgw_sa_key - names an SA
 * @dst: outer destination
 * @spi: SPI
 * @family: 4 or 6
 * @dir: enum espgw_dir
 * @zero: 0, so that keys compare and hash as bytes
 */
struct espgw_sa_key {
	struct espgw_addr dst;
	__be32 spi;
	u8 family;
	u8 dir;
	u16 zero;
};

/**
 * struct espgw_limits - lifetime limits; 0: none
 * @v: indexed by enum espgw_limit_attr
 */
struct espgw_limits {
	u64 v[ESPGW_LIMIT_A_HARD_SECONDS + 1];
};

/**
 * struct espgw_sa_settings - what may be set of an SA
 * @src: outer source
 * @class: bit n: for DSCP n; 0: for all
 * @limits: lifetime
 * @mtu: MTU policy
 * @reqid: ties it to policies
 * @replay_window: packets; inbound
 * @mark: value
 * @mark_mask: bits to change; 0: none
 * @tfc: packets are padded to this length, bytes; 0: not
 * @keepalive: outbound, with UDP encapsulation: a keepalive is sent after so
 *	many seconds without a packet (RFC 3948 2.3); 0: never
 * @encap_sport: UDP source port; 0: not encapsulated
 * @encap_dport: UDP destination port
 * @dscp: 0-63, or ESPGW_COPY
 * @ecn: 0 or 1
 * @ttl: with @has_ttl: 1-255, 0: copy
 * @has_ttl: @ttl was given; else the route's is taken
 * @esn: extended sequence numbers
 *
 * One struct for what a request asks for and what an SA holds. @src, @reqid,
 * @replay_window and @esn do not change while an SA lives; of the others,
 * readers without a lock may see some of a change before the rest.
 */
struct espgw_sa_settings {
	/* read for each packet */
	struct espgw_addr src;
	u64 class;
	u32 mark;
	u32 mark_mask;
	u32 tfc;
	__be16 encap_sport;
	__be16 encap_dport;
	u8 dscp;
	u8 ecn;
	u8 ttl;
	bool has_ttl;
	bool esn;

	/* not */
	u32 reqid;
	u32 replay_window;
	u32 keepalive;
	struct espgw_limits limits;
	struct espgw_mtu_policy mtu;
} __aligned(8);

/**
 * struct espgw_sa_request - an SA as asked for
 * @key: its name
 * @set: what it is to have, complete
 * @algo: algorithms and keys; wiped by whoever owns the request
 * @seq: with @has_seq: outbound: last number used; inbound: highest number seen
 * @has_seq: @seq was given
 * @names_peer: the peer's port was given
 * @limits: bit n: limit n (enum espgw_limit_attr) was given
 * @label: what of its name and comment was given
 * @x: it is this state of xfrm's; NULL: it is made by hand
 */
struct espgw_sa_request {
	struct espgw_sa_key key;
	struct espgw_sa_settings set;
	struct espgw_algo algo;
	u64 seq;
	bool has_seq;
	bool names_peer;
	u32 limits;
	struct espgw_label_ask label;
	struct xfrm_state *x;
};

/**
 * struct espgw_sa_stats - an SA's counters on one CPU
 * @count: indexed by enum espgw_sa_stat_attr
 */
struct espgw_sa_stats {
	u64_stats_t count[__ESPGW_SA_STAT_A_MAX];
};

/* struct espgw_sa.flags, atomic bits */
enum {
	ESPGW_SA_F_DEAD,	/* must not be used: limit, sequence, or deleted */
	ESPGW_SA_F_GONE,	/* out of the tables: its timers do nothing more */
	ESPGW_SA_F_UNTOLD,	/* its end could not be told yet */
	ESPGW_SA_F_HELD,	/* rests after a loop, until @held_until */
	ESPGW_SA_F_SHARED,	/* adopted, inbound: the window is xfrm's */
	ESPGW_SA_F_MOVED,	/* adopted: another goes on with its key */
	ESPGW_SA_F_SOFT_BYTES,	/* a soft limit was passed and told */
	ESPGW_SA_F_SOFT_PACKETS,
	ESPGW_SA_F_SOFT_SECONDS,
};

/*
 * What was sent when is kept for this long, seconds: the ten that an ICMP
 * message may be late, and the one that an entry spans.
 */
#define ESPGW_SA_HISTORY_S	11

/**
 * struct espgw_sa_second - a second in which an SA sent something
 * @at: jiffies when it began
 * @seq: last sequence number before it
 */
struct espgw_sa_second {
	unsigned long at;
	u64 seq;
};

/**
 * struct espgw_sa - a security association
 * @node: in espgw_net.sa_table
 * @key: its name
 * @cipher: the transform
 * @len: sizes
 * @set: what may be set of it; changed under espgw_net.lock
 * @limited: some limit in bytes or packets is set
 * @flags: ESPGW_SA_F_*
 * @path: outbound: where it sends; inbound: of its other direction; a reference
 *	is held until the SA is out of the tables, so that who finds it not dead
 *	under RCU may use it
 * @stats: counters
 * @dst_cache: outer route
 * @secpath: inbound: what the stack is told of its packets
 * @fit: outbound: what fits, as last asked for; written under the path's lock
 * @fit_seq: of @fit
 * @fit_gen: the generation that @fit is of
 * @seq: outbound: last sequence number used
 * @seq_max: the last one that may be used; of an adopted SA, the last one leased
 * @max_sent: longest outer packet sent with DF=1 since espgw_sa_take_longest(),
 *	bytes; see espgw_sa_longest()
 * @second_at: jiffies when the newest of @seconds began
 * @second: the newest of @seconds
 * @replay_lock: protects @replay
 * @replay: inbound: receive window
 * @received_at: inbound: jiffies of the last packet that was authentic; 0: there
 *	was none
 * @refs: the table's, and one for each asynchronous operation
 * @bytes: inner bytes of this key so far, with @limited
 * @packets: packets of this key so far, with @limited
 * @bytes_before: what @stats say of SAs that this one replaced, of other keys
 * @packets_before: likewise
 * @algo: as configured, for show and save; keys are nowhere else but in @cipher
 * @label: what people call it, or NULL; changed under espgw_net.lock, read by RCU
 * @x: xfrm's state, if it is adopted; a reference is held; else NULL
 * @fed_bytes: what xfrm was told of its bytes; under the state's lock
 * @fed_packets: of its packets, likewise
 * @id: its number in espgw_net.sas
 * @max_before: what @max_sent was before espgw_sa_take_longest(), at most
 * @en: namespace
 * @seconds: outbound: what was sent when, a ring
 * @held_until: jiffies; with ESPGW_SA_F_HELD
 * @end: with ESPGW_SA_F_DEAD: enum espgw_sa_event, if it was a limit
 * @added: when, ktime_get_boottime_seconds()
 * @via: gateway of the outer route when it was last looked up, or the peer itself
 * @via_ifindex: its device; 0: not looked up yet; both under the path's lock
 * @idle_seq: @seq of the last second
 * @idle_s: seconds for which it has not changed
 * @life: limits in seconds, and what could not be told
 * @keepalive: once a second, while keepalives are asked for
 * @on_path: in espgw_path.sas or espgw_path.in_sas
 * @on_natt: outbound, with UDP encapsulation: in espgw_natt.peers
 * @release: frees it after a grace period, in process context
 */
struct espgw_sa {
	/* read for each packet, written hardly ever */
	struct rhash_head node;
	struct espgw_sa_key key;
	struct espgw_cipher cipher;
	unsigned long flags;
	struct espgw_path *path;

	struct list_head on_path;
	struct espgw_sa_stats __percpu *stats;
	struct dst_cache dst_cache;
	struct skb_ext *secpath;
	struct xfrm_state *x;
	struct espgw_net *en;

	struct espgw_len len;
	bool limited;
	u32 id;
	seqcount_spinlock_t fit_seq;
	u32 fit_gen;
	struct espgw_fit fit;
	struct espgw_sa_settings set;

	/* written for each packet: outbound, then inbound */
	atomic64_t seq ____cacheline_aligned_in_smp;
	atomic64_t seq_max;
	unsigned long second_at;
	unsigned int second;
	u32 max_sent;
	struct espgw_sa_second seconds[ESPGW_SA_HISTORY_S + 2];

	atomic64_t bytes ____cacheline_aligned_in_smp;
	atomic64_t packets;
	spinlock_t replay_lock;
	refcount_t refs;
	struct espgw_replay replay;
	unsigned long received_at;

	/* configuration and lifetime */
	u64 bytes_before;
	u64 packets_before;
	u64 fed_bytes;
	u64 fed_packets;
	struct espgw_algo_kept *algo;
	struct espgw_label *label;
	struct hrtimer life;
	struct timer_list keepalive;
	struct hlist_node on_natt;
	struct rcu_work release;
	unsigned long held_until;
	time64_t added;
	u64 idle_seq;
	struct espgw_addr via;
	int via_ifindex;
	u32 idle_s;
	u32 max_before;
	u8 end;
};

/*
 * Sends a keepalive (RFC 3948 2.3). Set once, before there is any SA. Called
 * under RCU, bottom halves off.
 */
extern void (*espgw_sa_send_keepalive)(struct espgw_sa *sa);

/* Takes espgw_net.lock. */
int espgw_sa_add(struct espgw_net *en, struct espgw_sa_request *req,
		 bool replace, struct netlink_ext_ack *extack);

/* Caller holds espgw_net.lock. */
int espgw_sa_set(struct espgw_sa *sa, const struct espgw_sa_request *req,
		 struct netlink_ext_ack *extack);
void espgw_sa_del(struct espgw_sa *sa);
void espgw_sa_flush(struct espgw_net *en, u8 dir);

/* Caller holds espgw_net.lock or is under RCU. */
struct espgw_sa *espgw_sa_find(struct espgw_net *en,
			       const struct espgw_sa_key *key);
struct espgw_sa *espgw_sa_of(const struct espgw_path *path, u8 dscp);
struct espgw_sa *espgw_sa_any_of(const struct espgw_path *path);

/* Data path, under RCU. */
u32 espgw_sa_take_longest(struct espgw_sa *sa);
void espgw_sa_put(struct espgw_sa *sa);
u64 espgw_sa_stat_sum(const struct espgw_sa *sa, unsigned int i);
enum espgw_sa_state espgw_sa_state(const struct espgw_sa *sa);

/* adopt.c: an SA that is xfrm's */
void espgw_sa_adopt(struct espgw_sa *sa, struct xfrm_state *x);
bool espgw_sa_charge_adopted(struct espgw_sa *sa);
bool espgw_sa_lease(struct espgw_sa *sa);
void espgw_sa_catch_up(struct espgw_sa *sa);

/* peer.c: where an SA sends to */
void espgw_sa_peer(const struct espgw_sa *sa, struct espgw_addr *addr,
		   __be16 *port);
void espgw_sa_follow(struct espgw_sa *sa, const struct espgw_addr *addr,
		     __be16 port);
void espgw_sa_unmap(struct espgw_sa *sa);
__be16 espgw_sa_local_port(const struct espgw_sa *sa);
void espgw_sa_natt_link(struct espgw_sa *sa);
void espgw_sa_natt_move(struct espgw_sa *sa);
void espgw_sa_natt_unlink(struct espgw_sa *sa);

/* secpath.c: what the stack is told of what was decrypted */
int espgw_sa_secpath_init(struct espgw_sa *sa);
void espgw_sa_secpath_exit(struct espgw_sa *sa);
int espgw_secpath_by(const struct sk_buff *skb);
bool espgw_secpath_is_xfrm(const struct sk_buff *skb);

/**
 * espgw_secpath_is_ours() - was a packet decrypted by this gateway, and judged
 * @skb: a packet on its way up
 *
 * Return: true if so.
 */
static inline bool espgw_secpath_is_ours(const struct sk_buff *skb)
{
	return espgw_secpath_by(skb) >= 0;
}

/* life.c: limits, rest, and what was sent when */
void espgw_sa_next_second(struct espgw_sa *sa, u64 seq, unsigned long now);
u64 espgw_sa_sent_since(const struct espgw_sa *sa);
int espgw_sa_raise_seq(struct espgw_sa *sa, u64 to,
		       struct netlink_ext_ack *extack);
bool espgw_sa_idle_s(const struct espgw_sa *sa, u32 *seconds);
void espgw_sa_life_init(struct espgw_sa *sa);
void espgw_sa_life_update(struct espgw_sa *sa, u32 limits);
bool espgw_sa_life_is_ending(const struct espgw_sa *sa);
void espgw_sa_life_inherit(struct espgw_sa *sa, const struct espgw_sa *old,
			   bool same_key);
void espgw_sa_life_end(struct espgw_sa *sa);
bool espgw_sa_charge(struct espgw_sa *sa, u32 bytes);
bool espgw_sa_has_left(const struct espgw_sa *sa, u64 bytes, u64 packets);
void espgw_sa_kill(struct espgw_sa *sa, enum espgw_sa_event event);
void espgw_sa_hold(struct espgw_sa *sa);
bool espgw_sa_hold_over(struct espgw_sa *sa);
int espgw_sa_post(struct espgw_sa *sa, enum espgw_sa_event event);

/**
 * espgw_sa_next_seq() - the next sequence number
 * @sa: outbound SA
 *
 * Context: under RCU, bottom halves off. Return: it; 0: they are used up (RFC
 * 4303 3.3.3).
 */
static inline u64 espgw_sa_next_seq(struct espgw_sa *sa)
{
	unsigned long now = jiffies;
	u64 last, max;

	if (sa->x)
		espgw_sa_catch_up(sa);
	do {
		/*
		 * Pairs with espgw_sa_lease(): of a new lease, its end is not
		 * seen before its beginning.
		 */
		max = atomic64_read_acquire(&sa->seq_max);
		last = atomic64_read(&sa->seq);
		while (unlikely(last >= max)) {
			if (!sa->x || !espgw_sa_lease(sa))
				return 0;
			max = atomic64_read_acquire(&sa->seq_max);
			last = atomic64_read(&sa->seq);
		}
	} while (!atomic64_try_cmpxchg(&sa->seq, (s64 *)&last, last + 1));
	if (unlikely(now - READ_ONCE(sa->second_at) >= HZ))
		espgw_sa_next_second(sa, last, now);
	return last + 1;
}

/**
 * espgw_sa_seq_left() - would espgw_sa_next_seq() have so many numbers
 * @sa: outbound SA
 * @n: how many
 *
 * Of an adopted SA, which leases them, only xfrm knows.
 *
 * Return: true if so.
 */
static inline bool espgw_sa_seq_left(const struct espgw_sa *sa, u64 n)
{
	u64 max = atomic64_read(&sa->seq_max), last = atomic64_read(&sa->seq);

	return sa->x || (last < max && n <= max - last);
}

/**
 * espgw_sa_count() - count one
 * @sa: SA
 * @i: which counter
 */
static inline void espgw_sa_count(struct espgw_sa *sa,
				  enum espgw_sa_stat_attr i)
{
	this_cpu_inc(*(u64 __percpu *)&sa->stats->count[i]);
}

/**
 * espgw_sa_count_add() - count several
 * @sa: SA
 * @i: which counter
 * @n: how many
 */
static inline void espgw_sa_count_add(struct espgw_sa *sa,
				      enum espgw_sa_stat_attr i, u64 n)
{
	this_cpu_add(*(u64 __percpu *)&sa->stats->count[i], n);
}

/**
 * espgw_sa_mark() - put an SA's mark on a packet
 * @sa: SA
 * @skb: the outer packet on its way out, the inner one on its way in
 */
static inline void espgw_sa_mark(const struct espgw_sa *sa,
				 struct sk_buff *skb)
{
	u32 mask = READ_ONCE(sa->set.mark_mask);

	if (unlikely(mask))
		skb->mark = (skb->mark & ~mask) |
			    (READ_ONCE(sa->set.mark) & mask);
}

/**
 * espgw_sa_secpath() - tell the stack that a packet was decrypted
 * @sa: SA that it came by
 * @skb: the inner packet, without extensions
 */
static inline void espgw_sa_secpath(const struct espgw_sa *sa,
				    struct sk_buff *skb)
{
	refcount_inc(&sa->secpath->refcnt);
	skb->extensions = sa->secpath;
	skb->active_extensions = 1 << SKB_EXT_SEC_PATH;
	skb->slow_gro = 1;	/* else GRO would not let go of it */
}

/**
 * espgw_sa_longest() - the longest packet that was sent with DF=1
 * @sa: outbound SA
 *
 * Return: outer length, bytes; 0: none was.
 */
static inline u32 espgw_sa_longest(const struct espgw_sa *sa)
{
	/* Pairs with espgw_sa_take_longest(): it is in one of them. */
	u32 since = smp_load_acquire(&sa->max_sent);

	return max(since, READ_ONCE(sa->max_before));
}

/**
 * espgw_sa_held() - does an SA rest after a loop
 * @sa: the SA
 *
 * Context: under RCU. Return: true if it must not be used now.
 */
static inline bool espgw_sa_held(struct espgw_sa *sa)
{
	return unlikely(test_bit(ESPGW_SA_F_HELD, &sa->flags)) &&
	       !espgw_sa_hold_over(sa);
}

int espgw_sad_init(struct espgw_net *en);
void espgw_sad_exit(struct espgw_net *en);

#endif
