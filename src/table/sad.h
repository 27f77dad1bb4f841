/* SPDX-License-Identifier: GPL-2.0 */
/* Security associations: table, lifetime, limits. */
#ifndef ESPGW_SAD_H
#define ESPGW_SAD_H

#include <linux/rhashtable.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>

#include "core/len.h"
#include "core/replay.h"
#include "base/net.h"
#include "table/path.h"

struct crypto_aead;
struct netlink_ext_ack;

/**
 * struct espgw_algo - an SA's algorithms and keys
 * @aead: crypto API name of the combined algorithm, or ""
 * @enc: of the cipher, or ""
 * @auth: of the authenticator, or ""
 * @key: of @aead or @enc
 * @auth_key: of @auth
 * @key_len: bytes
 * @auth_key_len: bytes
 * @icv_bits: 0: the algorithm's usual truncation
 *
 * Wiped by whoever owns it.
 */
struct espgw_algo {
	char aead[ESPGW_ALG_NAME_MAX];
	char enc[ESPGW_ALG_NAME_MAX];
	char auth[ESPGW_ALG_NAME_MAX];
	u8 key[ESPGW_KEY_MAX];
	u8 auth_key[ESPGW_KEY_MAX];
	u16 key_len;
	u16 auth_key_len;
	u16 icv_bits;
};

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
 * @set: of a request: bit ESPGW_LIMIT_A_x: that limit was given
 * @v: indexed by enum espgw_limit_attr
 */
struct espgw_limits {
	u32 set;
	u64 v[ESPGW_LIMIT_A_HARD_SECONDS + 1];
};

/**
 * struct espgw_sa_cfg - an SA as asked for
 * @set: bit ESPGW_SA_A_x: that attribute was given
 * @key: its name
 * @src: outer source
 * @seq: outbound: last number used; inbound: highest number seen
 * @class: bit n: for DSCP n; 0: for all
 * @algo: algorithms and keys
 * @limits: lifetime
 * @mtu: MTU policy
 * @reqid: ties it to policies
 * @replay_window: packets
 * @mark: value
 * @mark_mask: bits of it that count
 * @tfc: bytes
 * @encap_sport: UDP source port; 0: not encapsulated
 * @encap_dport: UDP destination port
 * @keepalive_s: seconds of silence before a keepalive; 0: none
 * @dscp: 0-63, or ESPGW_COPY
 * @ecn: 0 or 1
 * @ttl: 1-255, 0: copy; only if @set says so
 * @esn: extended sequence numbers
 */
struct espgw_sa_cfg {
	u64 set;
	struct espgw_sa_key key;
	struct espgw_addr src;
	u64 seq;
	u64 class;
	struct espgw_algo algo;
	struct espgw_limits limits;
	struct espgw_mtu_policy mtu;
	u32 reqid;
	u32 replay_window;
	u32 mark;
	u32 mark_mask;
	u32 tfc;
	u32 keepalive_s;
	__be16 encap_sport;
	__be16 encap_dport;
	u8 dscp;
	u8 ecn;
	u8 ttl;
	bool esn;
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
	ESPGW_SA_F_SOFT,	/* a soft limit was passed and told */
	ESPGW_SA_F_HELD,	/* rests after a loop, until @held_until */
};

/*
 * The last sequence number of each second is kept for 10 s; one slot for now,
 * and one that may be being written.
 */
#define ESPGW_SA_SEQ_HISTORY	12

/**
 * struct espgw_sa - a security association
 * @node: in espgw_net.sa_table
 * @key: its name
 * @src: outer source
 * @tfm: the transform
 * @len: sizes
 * @aad_len: bytes of associated data: ESP header (8, or 12 with ESN) and IV
 * @iv_len: bytes
 * @counter_iv: the IV is the sequence number (GCM, ChaCha20-Poly1305), not
 *	random (CBC)
 * @esn: extended sequence numbers
 * @limited: some limit in bytes or packets is set
 * @has_ttl: @ttl was given
 * @ttl: 1-255, 0: copy
 * @dscp: 0-63, or ESPGW_COPY
 * @ecn: 0 or 1
 * @encap_sport: UDP source port; 0: not encapsulated
 * @encap_dport: UDP destination port
 * @mark: value
 * @mark_mask: bits to change
 * @tfc: bytes
 * @flags: ESPGW_SA_F_*
 * @seq: outbound: last sequence number used
 * @seq_max: the last one that may be used
 * @max_sent: longest outer packet sent with DF=1, bytes
 * @mtu: MTU policy
 * @dst_cache: outer route
 * @path: outbound: where it sends; inbound: of its other direction; a reference
 *	is held until the SA is out of the tables, so that who finds it not dead
 *	under RCU may use it
 * @via: gateway of the outer route when it was last looked up; zero: on link
 * @via_ifindex: its device; 0: not looked up yet; both under the path's lock
 * @idle_seq: @seq of the last second
 * @idle_s: seconds for which it has not changed
 * @path_key: names the path that policies must have: outbound its own, inbound
 *	with source and destination exchanged
 * @replay_lock: protects @replay
 * @replay: inbound: receive window
 * @stats: counters
 * @bytes: inner bytes of this key so far, with @limited
 * @packets: packets of this key so far, with @limited
 * @bytes_before: what @stats say of SAs that this one replaced, of other keys
 * @packets_before: likewise
 * @limits: lifetime
 * @class: bit n: for DSCP n; 0: for all
 * @algo: as configured, for show and save
 * @reqid: ties it to policies
 * @keepalive_s: outbound, with UDP encapsulation: a keepalive is sent after so
 *	many seconds without a packet (RFC 3948 2.3); 0: never
 * @id: its number in espgw_net.sas
 * @en: namespace
 * @seq_history: last sequence numbers of past seconds, a ring
 * @seq_second: the newest of @seq_history
 * @added: when, ktime_get_boottime_seconds()
 * @on_path: in espgw_path.sas
 * @held_until: jiffies; with ESPGW_SA_F_HELD
 * @refs: the table's, and one for each asynchronous operation
 * @release: frees it after a grace period, in process context
 */
struct espgw_sa {
	/* read for each packet */
	struct rhash_head node;
	struct espgw_sa_key key;
	struct espgw_addr src;
	struct crypto_aead *tfm;
	struct espgw_len len;
	u8 aad_len;
	u8 iv_len;
	bool counter_iv;
	bool esn;
	bool limited;
	bool has_ttl;
	u8 ttl;
	u8 dscp;
	u8 ecn;
	__be16 encap_sport;
	__be16 encap_dport;
	u32 mark;
	u32 mark_mask;
	u32 tfc;
	unsigned long flags;
	struct espgw_path *path;
	struct espgw_path_key path_key;
	struct espgw_sa_stats __percpu *stats;
	struct dst_cache dst_cache;
	struct espgw_mtu_policy mtu;

	/* written for each packet */
	atomic64_t seq ____cacheline_aligned_in_smp;
	u64 seq_max;
	u32 max_sent;
	spinlock_t replay_lock;
	struct espgw_replay replay;
	refcount_t refs;
	atomic64_t bytes;
	atomic64_t packets;

	/* configuration and lifetime */
	u64 bytes_before;
	u64 packets_before;
	struct espgw_limits limits;
	u64 class;
	u32 reqid;
	u32 keepalive_s;
	u32 id;
	struct espgw_net *en;
	u64 seq_history[ESPGW_SA_SEQ_HISTORY];
	unsigned int seq_second;
	unsigned long held_until;
	time64_t added;
	struct espgw_addr via;
	int via_ifindex;
	u64 idle_seq;
	u32 idle_s;
	struct list_head on_path;
	struct rcu_work release;
	struct espgw_algo algo;
};

/* Takes espgw_net.lock. */
int espgw_sa_add(struct espgw_net *en, const struct espgw_sa_cfg *cfg,
		 bool replace, struct netlink_ext_ack *extack);

/* Caller holds espgw_net.lock. */
int espgw_sa_set(struct espgw_sa *sa, const struct espgw_sa_cfg *cfg,
		 struct netlink_ext_ack *extack);
void espgw_sa_del(struct espgw_sa *sa);
void espgw_sa_flush(struct espgw_net *en, u8 dir);
void espgw_sa_tick(struct espgw_net *en);

/* Caller holds espgw_net.lock or is under RCU. */
struct espgw_sa *espgw_sa_find(struct espgw_net *en,
			       const struct espgw_sa_key *key);

/* Data path, under RCU. */
bool espgw_sa_charge(struct espgw_sa *sa, u32 bytes);
void espgw_sa_kill(struct espgw_sa *sa, enum espgw_sa_event event);
void espgw_sa_hold(struct espgw_sa *sa);
bool espgw_sa_hold_over(struct espgw_sa *sa);
void espgw_sa_put(struct espgw_sa *sa);
u64 espgw_sa_stat_sum(const struct espgw_sa *sa, unsigned int i);
enum espgw_sa_state espgw_sa_state(const struct espgw_sa *sa);

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
	u32 mask = READ_ONCE(sa->mark_mask);

	if (unlikely(mask))
		skb->mark = (skb->mark & ~mask) | (READ_ONCE(sa->mark) & mask);
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
