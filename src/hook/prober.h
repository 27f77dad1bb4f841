/* SPDX-License-Identifier: GPL-2.0 */
/* The probes of a path: what probe.c, echo.c and tap.c share. */
#ifndef ESPGW_HOOK_PROBER_H
#define ESPGW_HOOK_PROBER_H

#include <linux/siphash.h>
#include <linux/timer.h>

#include "core/probe.h"
#include "core/stall.h"
#include "core/unproven.h"
#include "packet/context.h"

struct dst_entry;
struct sk_buff;

/**
 * struct espgw_inner - an inner address
 * @addr: the address
 * @family: 4 or 6; 0: none
 */
struct espgw_inner {
	struct espgw_addr addr;
	u8 family;
};

/**
 * struct espgw_prober - the probes of a path
 * @path: the path
 * @en: namespace
 * @timer: calls run()
 * @core: the search
 * @env: what it was last told of the path
 * @key: of the cookies
 * @src: from where probes ask: an address of this host
 * @echo: whom they ask; family 0: it is to be found out
 * @asked: given by hand
 * @answered: who answered last
 * @lost: of @core's, what the namespace has counted
 * @holes: likewise
 * @id: of the echo requests
 * @seed: of the names of TCP flows
 * @stall_lock: protects @stall and @last; who finds it taken does without
 * @stall: TCP flows that may stand still
 * @last: by place in @stall.flows: low 32 bits of the sequence number, in the
 *	SA, of the last large segment
 * @quiet: when TCP is looked at again, or less closely
 * @unproven: what is known of large packets that are not TCP's
 * @lost_ms: of a suspicion that is to be looked into: since when
 * @worth: for how many lost probes it stands; 0: there is none
 * @tcp: a large segment of TCP was looked at lately (READ_ONCE/WRITE_ONCE)
 * @doubts: @unproven is to be looked into
 * @suspects: `probe suspect` applies, and nobody has locked the path MTU
 * @alarmed: it does, and a large segment was sent again: all of TCP is looked at
 * @wanted: `probe on` applies; @path->probing: and nobody has locked the path MTU
 * @waiting: @src or @echo, or the route, is missing
 * @dead: the path is on its way out: the timer is not started again
 * @rcu: frees it
 *
 * Under espgw_path.lock, but for what never changes and where said otherwise.
 */
struct espgw_prober {
	struct espgw_path *path;
	struct espgw_net *en;
	struct timer_list timer;
	struct espgw_probe core;
	struct espgw_probe_env env;
	siphash_key_t key;
	struct espgw_inner src;
	struct espgw_inner echo;
	struct espgw_inner asked;
	struct espgw_inner answered;
	u64 lost;
	u64 holes;
	u32 seed;
	spinlock_t stall_lock;
	struct espgw_stall stall;
	u32 last[ESPGW_STALL_FLOWS];
	struct timer_list quiet;
	struct espgw_unproven unproven;
	u64 lost_ms;
	u32 worth;
	u16 id;
	bool tcp;
	bool doubts;
	bool suspects;
	bool alarmed;
	bool wanted;
	bool waiting;
	bool dead;
	struct rcu_head rcu;
};

/**
 * struct espgw_way - how a path's probes go at the moment
 * @sa: the outbound SA
 * @dst: its route; a reference is held; NULL: there is none
 * @env: what the search has to know
 * @pmtu: what the path's entry has to know
 * @now_ms: the time
 * @answer: inner senders are told of what is too big
 * @suspect: `probe suspect` applies
 */
struct espgw_way {
	struct espgw_sa *sa;
	struct dst_entry *dst;
	struct espgw_probe_env env;
	struct espgw_pmtu_env pmtu;
	u64 now_ms;
	bool answer;
	bool suspect;
};

/**
 * espgw_prober() - a path's probes
 * @path: the path
 *
 * Context: under RCU or espgw_net.lock. Return: they, or NULL if none were ever
 * asked for.
 */
static inline struct espgw_prober *espgw_prober(const struct espgw_path *path)
{
	/* Pairs with the release when it is made: who sees it sees what is in it. */
	return smp_load_acquire(&path->prober);
}

/* Hop limit of an echo request. */
#define ESPGW_ECHO_TTL	64

/* way.c: under RCU, bottom halves off */
void espgw_way_of(struct espgw_way *w, struct espgw_sa *sa);
void espgw_way_end(const struct espgw_way *w);
bool espgw_way_find_src(const struct espgw_way *w,
			const struct espgw_inner *echo,
			struct espgw_inner *src);
bool espgw_way_find_pair(struct espgw_prober *pr, const struct espgw_way *w);

/* echo.c: under RCU, bottom halves off */
unsigned int espgw_echo_len(u8 family);
bool espgw_echo_send(struct espgw_prober *pr, struct espgw_sa *sa,
		     struct dst_entry *dst, u32 size, u32 token);
bool espgw_echo_is_reply(const struct espgw_prober *pr,
			 const struct sk_buff *skb, const struct espgw_view *v,
			 u32 *token);

/* tap.c: under RCU, bottom halves off */
void espgw_tap_sent(struct espgw_sa *sa, const struct sk_buff *skb, u32 seq);
void espgw_tap_acked(struct espgw_prober *pr, const struct sk_buff *skb,
		     const struct espgw_view *v);
void espgw_tap_open(struct espgw_path *path);
void espgw_tap_watch(struct espgw_prober *pr);
void espgw_tap_quiet(struct timer_list *timer);
void espgw_tap_heard(struct espgw_path *path);
void espgw_tap_tell_stalled(struct espgw_prober *pr, struct espgw_sa *sa);

/* probe.c; caller holds espgw_path.lock */
void espgw_prober_arm(struct espgw_prober *pr, u64 in_ms);

#endif
