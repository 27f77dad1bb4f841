/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A path: an outer address pair and reqid. Policies point to it, outbound SAs
 * hang on it, and it owns the path MTU, so that SAs that follow one another
 * inherit and siblings share what one of them learned.
 */
#ifndef ESPGW_TABLE_PATH_H
#define ESPGW_TABLE_PATH_H

#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "base/net.h"
#include "core/pmtu.h"

struct espgw_prober;
struct espgw_sa;

/* struct espgw_path.watch, atomic bits: who wants to see a path's packets */
enum {
	ESPGW_WATCH_ECHO,	/* probes: answers to them */
	ESPGW_WATCH_TCP,	/* probes: TCP; on the way out, see watch_len */
};

/**
 * struct espgw_path_key - names a path
 * @src: outer source
 * @dst: outer destination
 * @reqid: ties policies to SAs
 * @family: 4 or 6
 * @owner: enum espgw_owner of those policies and SAs
 * @if_id: xfrm's interface ID of those; 0: none
 */
struct espgw_path_key {
	struct espgw_addr src;
	struct espgw_addr dst;
	u32 reqid;
	u32 family;
	u32 owner;
	u32 if_id;
};

/**
 * struct espgw_path - a path
 * @node: in espgw_net.paths
 * @key: its name
 * @en: namespace
 * @list: in espgw_net.path_list
 * @id: its number; not used again soon, as an address may be
 * @sas: outbound SAs (struct espgw_sa.on_path), newest first; changed under
 *	espgw_net.lock, read by RCU
 * @in_sas: inbound SAs of the other direction, likewise
 * @policies: those that protect by it (struct espgw_policy.on_path), in the order
 *	of their making; likewise
 * @parted: not all of @policies are for the same device, or for all
 *	(READ_ONCE/WRITE_ONCE)
 * @home: the device that all of @policies are for; NULL: there is no such; read
 *	by RCU
 * @away: @parted, or there is a @home; in the same way
 * @users: policies and SAs that hold it; under espgw_net.lock
 * @classes: SAs on it that have a class; under espgw_net.lock
 * @lock: protects what follows but for what says otherwise; taken with bottom
 *	halves off
 * @pmtu: what is known of the path MTU
 * @bound: what probes allow, bytes; 0: no bound, since `probe on` does not apply
 * @probing: `probe on` applies, and nobody has locked the path MTU
 *	(READ_ONCE/WRITE_ONCE)
 * @mtu: the least of @pmtu and @bound for readers without @lock
 *	(READ_ONCE/WRITE_ONCE); 0: nothing is known
 * @floored: @pmtu.floored in the same way
 * @gen: counts the changes of @mtu and @floored in the same way
 * @timer: when @pmtu ages
 * @dead: on its way out: the timer is not started again
 * @watch: ESPGW_WATCH_*; 0 most of the time, so that packets test one word;
 *	atomic, without @lock
 * @watch_len: inner TCP packets longer than this are looked at on their way out
 *	(READ_ONCE/WRITE_ONCE); U32_MAX: none
 * @noticed: there was one, and no @prober; in the same way
 * @peer: with @mapped: the peer's live outer address, learned from authenticated
 *	packets (RFC 3948); @key.dst is what was configured
 * @peer_port: with @mapped: the peer's live UDP port
 * @peer_seq: readers of @peer and @peer_port without @lock
 * @mapped: @peer and @peer_port have been learned (READ_ONCE/WRITE_ONCE)
 * @prober: its probes; NULL until some are asked for, then until the end
 * @inner: the newest inner source that was noted, IPv4 and IPv6
 * @has_inner: @inner is there
 * @inner_at: jiffies when it was noted; without @lock
 * @acquired: jiffies of the last acquire event; 0: none; without @lock
 * @rcu: frees it
 */
struct espgw_path {
	struct rhash_head node;
	struct espgw_path_key key;
	struct espgw_net *en;
	struct list_head list;
	u32 id;
	struct list_head sas;
	struct list_head in_sas;
	struct list_head policies;
	bool parted;
	bool away;
	struct espgw_name *home;
	unsigned int users;
	unsigned int classes;
	spinlock_t lock;
	struct espgw_pmtu pmtu;
	u32 bound;
	bool probing;
	u32 mtu;
	bool floored;
	u32 gen;
	struct timer_list timer;
	bool dead;
	unsigned long watch;
	u32 watch_len;
	bool noticed;
	struct espgw_addr peer;
	__be16 peer_port;
	seqcount_spinlock_t peer_seq;
	bool mapped;
	struct espgw_prober *prober;
	struct espgw_addr inner[2];
	bool has_inner[2];
	unsigned long inner_at;
	unsigned long acquired;
	struct rcu_head rcu;
};

/**
 * struct espgw_path_ops - what the probes of a path want to be told
 * @join: an outbound SA is about to hang on its path. Process context, caller
 *	holds espgw_net.lock
 * @changed: what is known of a path's MTU was set or forgotten by hand, or the
 *	MTU of its device, or the policy of an SA of it has changed; likewise
 * @again: what probes have found is not so any more. Caller holds
 *	espgw_path.lock
 * @told: an ICMP message, or what TCP's MSS allows (bytes), was judged. Under
 *	RCU, bottom halves off
 * @free: the end of a path that nobody holds any more. Process context, caller
 *	holds espgw_net.lock
 */
struct espgw_path_ops {
	void (*join)(struct espgw_sa *sa);
	void (*changed)(struct espgw_path *path);
	void (*again)(struct espgw_path *path, u64 now_ms);
	void (*told)(struct espgw_sa *sa, enum espgw_pmtu_verdict verdict,
		     u32 mtu);
	void (*free)(struct espgw_path *path);
};

/* Set once, before there is any namespace. */
extern const struct espgw_path_ops *espgw_path_ops;

/* Caller holds espgw_net.lock. */
struct espgw_path *espgw_path_get(struct espgw_net *en,
				  const struct espgw_path_key *key);
void espgw_path_put(struct espgw_net *en, struct espgw_path *path);
struct espgw_path *espgw_path_next(struct espgw_net *en,
				   struct espgw_path *path);
void espgw_path_set_mtu(struct espgw_path *path, u32 mtu, bool lock, u32 age_s);
void espgw_path_forget(struct espgw_path *path);
void espgw_path_changed(struct espgw_path *path);
void espgw_path_flush(struct espgw_net *en);

/* Bottom halves off or on, without the path's lock. */
u64 espgw_path_now_ms(void);
enum espgw_pmtu_verdict espgw_path_learn(struct espgw_path *path,
					 const struct espgw_pmtu_claim *claim,
					 const struct espgw_pmtu_env *env);
enum espgw_pmtu_verdict espgw_path_bound(struct espgw_path *path, u32 mtu,
					 const struct espgw_pmtu_env *env);
void espgw_path_restart(struct espgw_path *path);
void espgw_path_post(struct espgw_path *path, enum espgw_pmtu_event event);
void espgw_path_set_peer(struct espgw_path *path, const struct espgw_addr *addr,
			 __be16 port);
bool espgw_path_unmap(struct espgw_path *path);
bool espgw_path_peer(const struct espgw_path *path, struct espgw_addr *addr,
		     __be16 *port);

/* Caller holds espgw_path.lock. */
void espgw_path_publish(struct espgw_path *path);

/**
 * espgw_path_locked() - has somebody locked a path's MTU
 * @path: the path
 *
 * Nothing that is learned changes it then. Not the lock at the floor, which was
 * learned itself.
 *
 * Context: caller holds espgw_path.lock. Return: true if so.
 */
static inline bool espgw_path_locked(const struct espgw_path *path)
{
	return path->pmtu.locked && !path->pmtu.floored;
}

int espgw_paths_init(struct espgw_net *en);
void espgw_paths_exit(struct espgw_net *en);

#endif
