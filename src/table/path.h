/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A path: an outer address pair and reqid. Policies point to it, outbound SAs
 * hang on it, and it owns the path MTU, so that SAs that follow one another
 * inherit and siblings share what one of them learned.
 */
#ifndef ESPGW_PATH_H
#define ESPGW_PATH_H

#include <linux/rhashtable.h>
#include <linux/spinlock.h>

#include "core/pmtu.h"
#include "core/probe.h"
#include "base/net.h"

struct dst_entry;
struct espgw_prober;
struct espgw_sa;

/* struct espgw_path.watch, atomic bits: what of a path's packets */
enum {
	ESPGW_WATCH_PEER,	/* the source of one, to know who is there */
	ESPGW_WATCH_ECHO,	/* answers to probes */
	ESPGW_WATCH_TCP,	/* TCP, also on the way out */
};

/**
 * struct espgw_probe_addr - an inner address
 * @addr: the address
 * @family: 4 or 6; 0: none
 */
struct espgw_probe_addr {
	struct espgw_addr addr;
	u8 family;
};

/**
 * struct espgw_probe_info - a path's probes as shown to people
 * @core: the search
 * @echo: whom they ask
 * @state: enum espgw_probing
 * @size: outer size of the last one, if it is on its way, bytes; else 0
 */
struct espgw_probe_info {
	struct espgw_probe core;
	struct espgw_probe_addr echo;
	u8 state;
	u32 size;
};

/**
 * struct espgw_path_key - names a path
 * @src: outer source
 * @dst: outer destination
 * @reqid: ties policies to SAs
 * @family: 4 or 6
 */
struct espgw_path_key {
	struct espgw_addr src;
	struct espgw_addr dst;
	u32 reqid;
	u32 family;
};

/**
 * struct espgw_path - a path
 * @node: in espgw_net.paths
 * @key: its name
 * @sas: outbound SAs (struct espgw_sa.on_path), newest first; changed under
 *	espgw_net.lock, read by RCU
 * @in_sas: inbound SAs of the other direction, likewise
 * @policies: those that protect by it (struct espgw_policy.on_path), in the order
 *	of their making; likewise
 * @users: policies and SAs that hold it; under espgw_net.lock
 * @classes: SAs on it that have a class; under espgw_net.lock
 * @lock: protects @pmtu, @peer, @peer_port and @mapped; taken with bottom halves
 *	off
 * @pmtu: what is known of the path MTU
 * @mtu: @pmtu's value for readers without @lock (READ_ONCE/WRITE_ONCE); 0: none
 * @floored: @pmtu.floored in the same way
 * @watch: ESPGW_WATCH_*; 0 most of the time, so that packets test one word
 * @peer: with @mapped: the peer's live outer address, learned from authenticated
 *	packets (RFC 3948); @key.dst is what was configured
 * @peer_port: with @mapped: the peer's live UDP port
 * @peer_seq: readers of @peer and @peer_port without @lock
 * @mapped: @peer and @peer_port have been learned (READ_ONCE/WRITE_ONCE)
 * @probing: its probes; NULL until some are asked for, then until the end
 * @inner: the newest inner source that was noted, IPv4 and IPv6; under @lock
 * @has_inner: @inner is there
 * @acquired: jiffies of the last acquire event; 0: none
 * @rcu: frees it
 */
struct espgw_path {
	struct rhash_head node;
	struct espgw_path_key key;
	struct list_head sas;
	struct list_head in_sas;
	struct list_head policies;
	unsigned int users;
	unsigned int classes;
	spinlock_t lock;
	struct espgw_pmtu pmtu;
	u32 mtu;
	bool floored;
	unsigned long watch;
	struct espgw_addr peer;
	__be16 peer_port;
	seqcount_spinlock_t peer_seq;
	bool mapped;
	struct espgw_prober *probing;
	struct espgw_addr inner[2];
	bool has_inner[2];
	unsigned long acquired;
	struct rcu_head rcu;
};

/* Caller holds espgw_net.lock. */
struct espgw_path *espgw_path_get(struct espgw_net *en,
				  const struct espgw_path_key *key);
void espgw_path_put(struct espgw_net *en, struct espgw_path *path);
void espgw_path_add_sa(struct espgw_path *path, struct espgw_sa *sa);
void espgw_path_del_sa(struct espgw_path *path, struct espgw_sa *sa);
void espgw_path_set_class(struct espgw_path *path, struct espgw_sa *sa,
			  u64 class);
void espgw_path_set_mtu(struct espgw_net *en, struct espgw_sa *sa, u32 mtu,
			bool lock, u32 age_s);
enum espgw_pmtu_verdict espgw_path_bound(struct espgw_net *en,
					 struct espgw_sa *sa, u32 mtu);
void espgw_path_forget(struct espgw_net *en, struct espgw_sa *sa);
void espgw_path_flush(struct espgw_net *en);
void espgw_path_unmap(struct espgw_path *path);
void espgw_path_dev_changed(struct espgw_net *en, int ifindex);
void espgw_path_tick(struct espgw_net *en);

/* Data path, under RCU. */
struct dst_entry *espgw_path_route(struct espgw_sa *sa);
void espgw_path_peer(const struct espgw_sa *sa, struct espgw_addr *addr,
		     __be16 *port);
void espgw_path_follow(struct espgw_sa *sa, const struct espgw_addr *addr,
		       __be16 port);
bool espgw_path_is_local(const struct espgw_net *en,
			 const struct espgw_addr *addr, u8 family);
u16 espgw_path_mss(struct espgw_sa *sa, u8 dscp, u8 family);
u32 espgw_path_mtu(const struct espgw_sa *sa, u32 cap,
		   const struct dst_entry *dst);
struct espgw_sa *espgw_path_sa(const struct espgw_path *path, u8 dscp);
struct espgw_sa *espgw_path_any_sa(const struct espgw_path *path);
u32 espgw_path_learn(struct espgw_net *en, struct espgw_sa *sa,
		     const struct espgw_pmtu_claim *claim);

/* What probes need of a path. */
u64 espgw_path_now_ms(void);
void espgw_path_policy(const struct espgw_sa *sa, const struct dst_entry *dst,
		       struct espgw_mtu_policy *mp);
u32 espgw_path_limit(const struct espgw_sa *sa, u32 cap,
		     const struct dst_entry *dst);
void espgw_path_publish(struct espgw_path *path);
void espgw_path_notify(struct espgw_path *path, enum espgw_pmtu_event event);

int espgw_paths_init(struct espgw_net *en);
void espgw_paths_exit(struct espgw_net *en);

/**
 * struct espgw_path_state - an SA's path MTU and peer as shown to people
 * @pmtu: effective path MTU, bytes
 * @inner: the largest inner packet, bytes
 * @floor: min-pmtu, bytes
 * @cap: mtu-cap, or ESPGW_CAP_NONE
 * @source: enum espgw_pmtu_source
 * @entry: a copy of the path's entry
 * @now_ms: the time of the copy, on the entry's clock
 * @probe: its probes
 * @peer: the peer's live outer address, with @mapped
 * @peer_port: its live UDP port, with @mapped
 * @mapped: the peer was seen elsewhere than where this SA was configured to send
 */
struct espgw_path_state {
	u32 pmtu;
	u32 inner;
	u32 floor;
	u32 cap;
	u8 source;
	struct espgw_pmtu entry;
	u64 now_ms;
	struct espgw_probe_info probe;
	struct espgw_addr peer;
	__be16 peer_port;
	bool mapped;
};

void espgw_path_state(struct espgw_net *en, struct espgw_sa *sa,
		      struct espgw_path_state *st);

#endif
