// SPDX-License-Identifier: GPL-2.0
/*
 * Probes: echo requests of this gateway through a path's own SA, padded to the
 * size that is asked about.
 *
 * A path has a struct espgw_prober once probes were asked for. Whatever happens
 * to it - a reply, an ICMP message, the timer, a change of configuration - ends
 * in run(), which asks core/probe what to do next.
 */
#include "hook/probe.h"

#include <linux/netlink.h>
#include <linux/sched/mm.h>

#include "base/trace.h"
#include "hook/prober.h"
#include "table/device.h"
#include "table/fit.h"

/* Where something is missing that may turn up, it is looked for so often. */
#define WAIT_MS		1000

/*
 * What packets may have is what probes have confirmed, or what is safe. Caller
 * holds espgw_path.lock.
 */
static void bind_path(struct espgw_prober *pr)
{
	struct espgw_path *path = pr->path;

	if (!pr->wanted || espgw_path_locked(path))
		path->bound = 0;
	else
		path->bound = path->probing ? pr->core.size : ESPGW_PROBE_BASE;
	espgw_path_publish(path);
}

static void trace(const struct espgw_prober *pr, const struct espgw_way *w,
		  u32 token, u32 size, enum espgw_trace_probe outcome)
{
	const struct espgw_path_key *key = &pr->path->key;

	trace_probe(pr->en, key->family, &key->src, &key->dst,
		    w->sa->key.spi, key->reqid, token, size, outcome);
}

/*
 * Take over what the search says. Return: the event to tell; 0: none. Caller
 * holds espgw_path.lock.
 */
static u8 apply(struct espgw_prober *pr, const struct espgw_way *w)
{
	u32 events = espgw_probe_take(&pr->core);
	struct espgw_path *path = pr->path;
	u32 before = min(path->mtu ?: w->env.max, w->env.max), after;
	struct espgw_probe_sent lost;

	while (espgw_probe_take_lost(&pr->core, &lost))
		trace(pr, w, lost.token, lost.size, ESPGW_TRACE_PROBE_LOST);
	/* One that is answered late was not lost after all, but is counted. */
	if (pr->core.lost > pr->lost) {
		espgw_count_add(pr->en, ESPGW_STATS_A_PROBE_LOST,
				pr->core.lost - pr->lost);
		pr->lost = pr->core.lost;
	}
	espgw_count_add(pr->en, ESPGW_STATS_A_BLACK_HOLE,
			pr->core.holes - pr->holes);
	pr->holes = pr->core.holes;
	if (events & (ESPGW_PROBE_RAISED | ESPGW_PROBE_LOWERED |
		      ESPGW_PROBE_CONFIRMED))
		espgw_pmtu_confirm(&path->pmtu, pr->core.size, &w->pmtu,
				   w->now_ms);
	bind_path(pr);
	if (events & ESPGW_PROBE_SILENT && !pr->asked.family) {
		/* Somebody else may answer. */
		pr->echo.family = 0;
		pr->answered.family = 0;
	}
	after = min(path->mtu ?: w->env.max, w->env.max);
	if (after > before)
		return ESPGW_PMTU_EVENT_RAISED;
	if (after < before)
		return ESPGW_PMTU_EVENT_LOWERED;
	if (events & ESPGW_PROBE_SILENT)
		return ESPGW_PMTU_EVENT_NO_ANSWER;
	return events & ESPGW_PROBE_FOUND ? ESPGW_PMTU_EVENT_PROBED : 0;
}

/* The path's lock is not held. Context: under RCU, bottom halves off. */
static void tell(struct espgw_prober *pr, const struct espgw_way *w, u8 event)
{
	if (!event)
		return;
	espgw_path_post(pr->path, event);
	if (event == ESPGW_PMTU_EVENT_LOWERED && w->answer)
		espgw_tap_tell_stalled(pr, w->sa);
}

/* What can only be known under the path's lock. */
static void complete_way(struct espgw_prober *pr, struct espgw_way *w)
{
	lockdep_assert_held(&pr->path->lock);
	/* Not from before the lock: somebody else may have sent a probe since. */
	w->now_ms = espgw_path_now_ms();
	w->env.on = pr->path->probing;
	w->env.may_raise = espgw_pmtu_may_raise(&pr->path->pmtu, w->now_ms);
	pr->env = w->env;
}

/**
 * espgw_prober_arm() - look again what is to be done
 * @pr: the probes
 * @in_ms: when, milliseconds from now
 *
 * Context: caller holds espgw_path.lock.
 */
void espgw_prober_arm(struct espgw_prober *pr, u64 in_ms)
{
	lockdep_assert_held(&pr->path->lock);
	if (!pr->dead)
		mod_timer(&pr->timer, jiffies + msecs_to_jiffies(
				min_t(u64, in_ms, 3600 * MSEC_PER_SEC)));
}

/*
 * TCP stands still, or something else may: a search begins, as for somebody who
 * asks. Without anybody to ask there is none; it will be suspected again. Caller
 * holds espgw_path.lock.
 */
static void look_into(struct espgw_prober *pr, const struct espgw_way *w,
		      bool found)
{
	bool suspected = pr->worth || pr->doubts;
	u32 worth = pr->worth;

	pr->worth = 0;
	pr->doubts = false;
	if (!suspected || !found || !pr->suspects)
		return;
	if (pr->core.state == ESPGW_PROBE_ERROR)
		espgw_probe_stop(&pr->core);
	espgw_probe_suspect(&pr->core, &w->env, 0, w->now_ms);
	if (worth)
		espgw_probe_stalled(&pr->core, &w->env, worth, pr->lost_ms,
				    w->now_ms);
	set_bit(ESPGW_WATCH_ECHO, &pr->path->watch);
}

/* One step. Return: true if there is another one to be made at once. */
static bool step(struct espgw_prober *pr, struct espgw_way *w)
{
	struct espgw_path *path = pr->path;
	u64 due;
	u32 size, token;
	bool found;
	u8 event;

	if (READ_ONCE(pr->core.state) == ESPGW_PROBE_DISABLED &&
	    !READ_ONCE(pr->worth) && !READ_ONCE(pr->doubts))
		return false;
	found = espgw_way_find_pair(pr, w);
	spin_lock_bh(&path->lock);
	complete_way(pr, w);
	look_into(pr, w, found);
	if (pr->core.state == ESPGW_PROBE_DISABLED) {
		spin_unlock_bh(&path->lock);
		return false;
	}
	pr->waiting = !found;
	if (!found) {
		espgw_prober_arm(pr, WAIT_MS);
		spin_unlock_bh(&path->lock);
		return false;
	}
	due = espgw_probe_next(&pr->core, &w->env, w->now_ms, &size, &token);
	event = apply(pr, w);
	if (due && due != ESPGW_PROBE_NEVER)
		espgw_prober_arm(pr, due > w->now_ms ? due - w->now_ms : 1);
	else if (due && !path->probing)
		clear_bit(ESPGW_WATCH_ECHO, &path->watch);
	spin_unlock_bh(&path->lock);
	tell(pr, w, event);
	if (due)
		return false;
	if (espgw_echo_send(pr, w->sa, w->dst, size, token)) {
		trace(pr, w, token, size, ESPGW_TRACE_PROBE_SENT);
		return true;
	}
	spin_lock_bh(&path->lock);
	espgw_probe_unsent(&pr->core, token);
	spin_unlock_bh(&path->lock);
	return true;
}

/* So many probes at most leave in a row; the rest after a jiffy. */
#define STEPS_MAX	8

/* Context: under RCU, bottom halves off. */
static void run(struct espgw_prober *pr)
{
	struct espgw_sa *sa = espgw_sa_any_of(pr->path);
	unsigned int steps = 0;
	struct espgw_way w;

	if (sa) {
		espgw_way_of(&w, sa);
		while (steps < STEPS_MAX && step(pr, &w))
			steps++;
		espgw_way_end(&w);
		if (steps < STEPS_MAX)
			return;
	}
	/* An SA that is added looks for itself: see update(). */
	spin_lock_bh(&pr->path->lock);
	pr->waiting = !sa;
	if (sa)
		espgw_prober_arm(pr, 1);
	spin_unlock_bh(&pr->path->lock);
}

static void timed(struct timer_list *timer)
{
	struct espgw_prober *pr = from_timer(pr, timer, timer);

	rcu_read_lock();
	run(pr);
	rcu_read_unlock();
}

/* The path's probes, made if there is none. NULL without memory. */
static struct espgw_prober *prober_get(struct espgw_net *en,
					 struct espgw_path *path)
{
	struct espgw_prober *pr = path->prober;

	lockdep_assert_held(&en->lock);
	if (pr)
		return pr;
	pr = kzalloc(sizeof(*pr), GFP_KERNEL_ACCOUNT);
	if (!pr)
		return NULL;
	pr->path = path;
	pr->en = en;
	get_random_bytes(&pr->key, sizeof(pr->key));
	pr->id = get_random_u16();
	pr->seed = get_random_u32();
	spin_lock_init(&pr->stall_lock);
	timer_setup(&pr->timer, timed, 0);
	timer_setup(&pr->quiet, espgw_tap_quiet, 0);
	/* Pairs with espgw_prober(). */
	smp_store_release(&path->prober, pr);
	return pr;
}

/* The path is nobody's any more; waits for the timer. */
static void free_prober(struct espgw_path *path)
{
	struct espgw_prober *pr = path->prober;

	if (!pr)
		return;
	/* A packet that found the path before may still be in run(). */
	spin_lock_bh(&path->lock);
	pr->dead = true;
	spin_unlock_bh(&path->lock);
	timer_delete_sync(&pr->timer);
	timer_delete_sync(&pr->quiet);
	kfree_rcu(pr, rcu);
}

/* Caller holds espgw_path.lock. */
static void start(struct espgw_prober *pr, const struct espgw_probe_env *env,
		  u64 now_ms)
{
	struct espgw_path *path = pr->path;
	const struct espgw_pmtu_env safe = {
		.effective = env->pmtu,
		.floor = env->floor,
		.age_s = ESPGW_AGE_INFINITE,
	};

	espgw_probe_start(&pr->core, env, now_ms);
	/* To the size where it is safe, not above what is known already. */
	if (pr->core.size < min(path->pmtu.mtu ?: env->max, env->max))
		espgw_pmtu_confirm(&path->pmtu, pr->core.size, &safe, now_ms);
	set_bit(ESPGW_WATCH_ECHO, &path->watch);
}

/*
 * `probe on` does not apply any more, or somebody has locked the path MTU: what
 * was found is kept for its age, what was only safe is not. Caller holds
 * espgw_path.lock.
 */
static void stop(struct espgw_prober *pr, const struct espgw_way *w)
{
	struct espgw_path *path = pr->path;
	struct espgw_pmtu *e = &path->pmtu;

	espgw_probe_stop(&pr->core);
	if (!e->mtu || e->source != ESPGW_PMTU_PROBE || espgw_path_locked(path))
		return;
	if (pr->core.low)
		espgw_pmtu_confirm(e, e->mtu, &w->pmtu, w->now_ms);
	else
		espgw_pmtu_restart(e, w->now_ms);
}

/* Without a look at the route: can `probe on` apply to an SA? */
static bool may_be_on(const struct espgw_sa *sa)
{
	const struct espgw_dev *ed;

	if (sa->set.mtu.probe == ESPGW_PROBE_ON ||
	    sa->en->def.probe == ESPGW_PROBE_ON)
		return true;
	list_for_each_entry(ed, &sa->en->devs, list)
		if (ed->eff.probe == ESPGW_PROBE_ON)
			return true;
	return false;
}

/*
 * Does an SA's path have probes? @sa: the outbound SA that the path's packets
 * take, or are about to. After whatever changes its MTU policy; what has changed
 * takes effect before this returns. Caller holds espgw_net.lock.
 */
static void update(struct espgw_sa *sa)
{
	struct espgw_path *path = sa->path;
	struct espgw_prober *pr;
	struct espgw_way w;
	bool changed;
	u8 event = 0;

	lockdep_assert_held(&sa->en->lock);
	if (!path->prober && !path->noticed && !may_be_on(sa)) {
		espgw_tap_open(path);
		return;
	}
	local_bh_disable();
	rcu_read_lock();
	espgw_way_of(&w, sa);
	espgw_way_end(&w);
	rcu_read_unlock();
	local_bh_enable();
	pr = w.env.on || w.suspect ? prober_get(sa->en, path) : path->prober;
	if (!pr) {
		WRITE_ONCE(path->watch_len, U32_MAX);
		return;
	}

	spin_lock_bh(&path->lock);
	pr->wanted = w.env.on;
	WRITE_ONCE(pr->suspects, w.suspect && !espgw_path_locked(path));
	w.env.on &= !espgw_path_locked(path);
	changed = path->probing != w.env.on;
	if (changed) {
		WRITE_ONCE(path->probing, w.env.on);
		pr->env = w.env;
		pr->waiting = path->probing;
		if (path->probing)
			start(pr, &w.env, w.now_ms);
		else
			stop(pr, &w);
		event = apply(pr, &w);
	} else {
		bind_path(pr);
	}
	espgw_tap_watch(pr);
	/* The SA may not be there to be found for a moment yet. */
	if (changed || (pr->waiting && path->probing))
		espgw_prober_arm(pr, 1);
	spin_unlock_bh(&path->lock);
	if (event)
		espgw_path_post(path, event);
}

/* Something has happened that probes may have to ask about. */
static void changed(struct espgw_path *path)
{
	struct espgw_sa *sa;

	lockdep_assert_held(&path->en->lock);
	rcu_read_lock();
	sa = espgw_sa_any_of(path);
	rcu_read_unlock();
	/* Nothing is freed while the lock is held. */
	if (sa)
		update(sa);
	if (!path->prober)
		return;
	spin_lock_bh(&path->lock);
	espgw_prober_arm(path->prober, 0);
	spin_unlock_bh(&path->lock);
}

/* Which paths have probes? Caller holds espgw_net.lock, which others have meanwhile. */
static void refresh(struct espgw_net *en)
{
	struct espgw_path *path = NULL;
	struct espgw_sa *sa;

	lockdep_assert_held(&en->lock);
	while ((path = espgw_path_next(en, path))) {
		rcu_read_lock();
		sa = espgw_sa_any_of(path);
		rcu_read_unlock();
		if (sa)
			update(sa);
	}
}

/**
 * espgw_probe_refresh_work() - which paths have probes
 * @work: struct espgw_net.refresh
 *
 * After a change of MTU policies or devices, and for what packets meet: a route to
 * another device, the end of an SA. And whoever listens is told of devices' MTUs.
 */
void espgw_probe_refresh_work(struct work_struct *work)
{
	struct espgw_net *en = container_of(work, struct espgw_net, refresh);
	struct mem_cgroup *old = set_active_memcg(en->memcg);

	espgw_net_lock(en);
	espgw_fit_tell_changed(en);
	refresh(en);
	espgw_net_unlock(en);
	set_active_memcg(old);
}

/**
 * espgw_probe_now() - search a path's MTU, by hand
 * @sa: an outbound SA of the path
 * @echo: whom to ask; family 0: who is known
 * @extack: says what is wrong
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or a negative
 * error; what is found comes later.
 */
int espgw_probe_now(struct espgw_sa *sa, const struct espgw_inner *echo,
		    struct netlink_ext_ack *extack)
{
	struct espgw_path *path = sa->path;
	struct espgw_inner src;
	struct espgw_prober *pr;
	struct espgw_way w;
	int err = 0;
	u8 event = 0;

	lockdep_assert_held(&sa->en->lock);
	pr = prober_get(sa->en, path);
	if (!pr)
		return -ENOMEM;

	local_bh_disable();
	rcu_read_lock();
	sa = espgw_sa_any_of(path);
	if (!sa) {
		NL_SET_ERR_MSG(extack, "no SA of this path is usable");
		err = -ENOENT;
		goto unlock;
	}
	espgw_way_of(&w, sa);
	if (!w.dst) {
		NL_SET_ERR_MSG(extack, "no route leads to the peer");
		err = -ENETUNREACH;
		goto end;
	}
	if (echo->family && !espgw_way_find_src(&w, echo, &src)) {
		NL_SET_ERR_MSG(extack, "no address of this host reaches the echo address by a policy of this path");
		err = -EADDRNOTAVAIL;
		goto end;
	}
	spin_lock_bh(&path->lock);
	if (espgw_path_locked(path)) {
		NL_SET_ERR_MSG(extack, "the path MTU is locked");
		err = -EPERM;
	} else if (echo->family) {
		pr->asked = *echo;
		pr->echo.family = 0;
	}
	spin_unlock_bh(&path->lock);
	if (err)
		goto end;
	if (!espgw_way_find_pair(pr, &w)) {
		NL_SET_ERR_MSG(extack, "no inner address of the peer is known that an address of this host reaches by a policy of this path: give one with echo");
		err = -EADDRNOTAVAIL;
		goto end;
	}
	spin_lock_bh(&path->lock);
	complete_way(pr, &w);
	espgw_probe_ask(&pr->core, &w.env, w.now_ms);
	set_bit(ESPGW_WATCH_ECHO, &path->watch);
	event = apply(pr, &w);
	spin_unlock_bh(&path->lock);
	tell(pr, &w, event);
	run(pr);
end:
	espgw_way_end(&w);
unlock:
	rcu_read_unlock();
	local_bh_enable();
	return err;
}

/*
 * What probes have found is not so any more: the path's entry was forgotten, or
 * packets go another way. With `probe on` it begins anew, at the safe size.
 * Caller holds espgw_path.lock.
 */
static void again(struct espgw_path *path, u64 now_ms)
{
	struct espgw_prober *pr = path->prober;

	lockdep_assert_held(&path->lock);
	if (!pr)
		return;
	espgw_unproven_again(&pr->unproven);
	if (path->probing) {
		start(pr, &pr->env, now_ms);
		espgw_prober_arm(pr, 0);
	} else {
		espgw_probe_stop(&pr->core);
	}
	bind_path(pr);
}

/*
 * An ICMP message, or what TCP's MSS allows, was judged: @sa is the outbound SA
 * that it is about, @mtu what it says, bytes. Under RCU, bottom halves off.
 */
static void told(struct espgw_sa *sa, enum espgw_pmtu_verdict verdict, u32 mtu)
{
	struct espgw_path *path = sa->path;
	struct espgw_prober *pr = espgw_prober(path);
	struct espgw_way w;
	u8 event;

	if (!pr)
		return;
	espgw_way_of(&w, sa);
	espgw_way_end(&w);
	spin_lock_bh(&path->lock);
	complete_way(pr, &w);
	switch (verdict) {
	case ESPGW_PMTU_ACCEPTED:
	case ESPGW_PMTU_REJ_NOT_LOWER:	/* of a probe that asked for more */
		if (pr->core.state != ESPGW_PROBE_DISABLED)
			espgw_probe_icmp(&pr->core, &w.env, mtu, w.now_ms);
		/* The entry has it already, and says by whom. */
		if (verdict == ESPGW_PMTU_ACCEPTED)
			pr->core.events &= ~ESPGW_PROBE_LOWERED;
		break;
	case ESPGW_PMTU_SUSPECT:
		espgw_probe_suspect(&pr->core, &w.env, mtu, w.now_ms);
		set_bit(ESPGW_WATCH_ECHO, &path->watch);
		break;
	default:
		break;
	}
	event = apply(pr, &w);
	spin_unlock_bh(&path->lock);
	tell(pr, &w, event);
	run(pr);
}

const struct espgw_path_ops espgw_probe_path_ops = {
	.join = update,
	.changed = changed,
	.again = again,
	.told = told,
	.free = free_prober,
};

/* -- packets that pass */

/* An answer to a probe: the search is told. */
static void replied(struct espgw_prober *pr, const struct espgw_view *v,
		    u32 token)
{
	struct espgw_path *path = pr->path;
	struct espgw_sa *out;
	struct espgw_way w;
	u32 size;
	u8 event;

	out = espgw_sa_any_of(path);
	if (!out)
		return;
	espgw_way_of(&w, out);
	espgw_way_end(&w);
	spin_lock_bh(&path->lock);
	complete_way(pr, &w);
	size = espgw_probe_size_of(&pr->core, token);
	if (espgw_probe_reply(&pr->core, &w.env, token, w.now_ms)) {
		trace(pr, &w, token, size, ESPGW_TRACE_PROBE_ANSWERED);
		pr->answered.addr = v->src;
		pr->answered.family = v->family;
		espgw_unproven_answered(&pr->unproven, pr->core.low, w.now_ms);
	}
	event = apply(pr, &w);
	spin_unlock_bh(&path->lock);
	tell(pr, &w, event);
	run(pr);
}

/* An inner packet has arrived on a path that is watched. */
static bool received(struct espgw_sa *sa, const struct sk_buff *skb,
		     const struct espgw_view *v)
{
	struct espgw_path *path = sa->path;
	struct espgw_prober *pr = espgw_prober(path);
	u32 token;

	if (!pr)
		return false;
	if (v->proto == IPPROTO_TCP && v->has_ports && !v->is_frag &&
	    test_bit(ESPGW_WATCH_TCP, &path->watch))
		espgw_tap_acked(pr, skb, v);
	if (!test_bit(ESPGW_WATCH_ECHO, &path->watch) ||
	    !espgw_echo_is_reply(pr, skb, v, &token))
		return false;
	replied(pr, v, token);
	return true;
}

/* Who is behind the peer: a probe may have to ask somebody. */
static void heard(struct espgw_path *path, const struct espgw_view *v)
{
	unsigned int i = v->family == 6;
	struct espgw_prober *pr;

	spin_lock_bh(&path->lock);
	path->inner[i] = v->src;
	path->has_inner[i] = true;
	espgw_tap_heard(path);
	pr = path->prober;
	if (pr && !pr->waiting)
		pr = NULL;
	spin_unlock_bh(&path->lock);
	if (pr)
		run(pr);
}

const struct espgw_taps espgw_probe_taps = {
	.sent = espgw_tap_sent,
	.received = received,
	.heard = heard,
};

/* -- for people */

/**
 * espgw_probe_tell() - a path's probes as shown to people
 * @path: the path
 * @info: result
 *
 * Context: caller holds espgw_path.lock.
 */
void espgw_probe_tell(const struct espgw_path *path,
		      struct espgw_probe_info *info)
{
	static const u8 states[] = {
		[ESPGW_PROBE_DISABLED] = ESPGW_PROBING_OFF,
		[ESPGW_PROBE_BASE_WAIT] = ESPGW_PROBING_BASE,
		[ESPGW_PROBE_SEARCHING] = ESPGW_PROBING_SEARCHING,
		[ESPGW_PROBE_COMPLETE] = ESPGW_PROBING_COMPLETE,
		[ESPGW_PROBE_ERROR] = ESPGW_PROBING_ERROR,
	};
	const struct espgw_prober *pr = path->prober;
	unsigned int i;

	lockdep_assert_held(&path->lock);
	memset(info, 0, sizeof(*info));
	if (!pr)
		return;
	info->core = pr->core;
	info->echo = pr->echo;
	info->state = states[pr->core.state];
	if (pr->waiting && info->state != ESPGW_PROBING_OFF)
		info->state = ESPGW_PROBING_WAITING;
	for (i = 0; i < ARRAY_SIZE(pr->core.ring); i++)
		if (pr->core.ring[i].out &&
		    pr->core.ring[i].token == pr->core.token)
			info->size = pr->core.ring[i].size;
}
