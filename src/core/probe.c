// SPDX-License-Identifier: GPL-2.0
/*
 * Finding a path's MTU by probes: DPLPMTUD (RFC 8899) for ESP.
 *
 * A size that was answered passes, for certain. One that was not may be too
 * big, or the probe was just lost. As long as nothing depends on it, one loss
 * is enough to go on searching below that size. Only when the search has come
 * to its end is the smallest size that was lost tried again, until it was lost
 * ESPGW_PROBE_MAX times. So on a path without loss each size costs one probe.
 *
 * To lower what user packets may have takes more evidence, and users wait
 * meanwhile. So probes go out in rounds: a few sizes one right after the other,
 * and what becomes of all of them decides on the next round. A loss counts only
 * if something smaller of the same round was answered, so that an outage or a
 * dead peer proves nothing. On a path that is known to lose packets of any
 * size, more losses are needed.
 *
 * Here the search goes from state to state. probe_size.c knows which sizes
 * there are to be tried, probe_flight.c the probes on their way and how many
 * may be sent, probe_evidence.c what answers and losses prove. All work on one
 * struct espgw_probe, in probe_state.h; who asks for a search needs probe.h
 * alone.
 */

#include "probe.h"
#include "probe_evidence.h"
#include "probe_flight.h"
#include "probe_size.h"

/*
 * Draw the conclusions after anything has happened: lower or raise @size, and
 * see whether the search has come to its end.
 */
static void settle(struct espgw_probe *p, const struct espgw_probe_env *env,
		   u64 now_ms)
{
	u32 size = espgw_size_fit(env, p->size);

	/* The cipher may have changed, and with it the sizes there are. */
	p->low = espgw_size_fit(env, p->low);
	/* Something speaks against @size: no more than the smallest is sure. */
	if (p->low >= size && espgw_evidence_losses(p) + p->uncovered &&
	    espgw_size_smallest(env) < size) {
		p->low = espgw_size_smallest(env);
		espgw_evidence_bound(p, size, (u8)espgw_evidence_losses(p));
	}
	if (p->low < size &&
	    espgw_evidence_losses(p) >= espgw_evidence_needed(p, env)) {
		size = max(p->low, env->floor);
		if (size < p->size) {
			p->size = size;
			p->proven = p->low >= size;
			p->passed_ms = now_ms;
			p->confirm_at_ms = now_ms + env->confirm_ms;
			p->holes++;
			p->events |= ESPGW_PROBE_LOWERED | ESPGW_PROBE_HOLE;
			p->state = ESPGW_PROBE_SEARCHING;
		}
		espgw_evidence_forget(p);
	}
	if (p->low > p->size) {
		p->size = p->low;
		p->events |= ESPGW_PROBE_RAISED;
	}
	if (p->state == ESPGW_PROBE_ERROR && p->mute)
		return;
	/* As long as it is only in doubt, what was found counts as found. */
	if (p->state == ESPGW_PROBE_COMPLETE && espgw_evidence_doubted(p, env))
		return;
	if (!espgw_size_narrow(p, env, p->low, p->high) ||
	    p->low < espgw_size_fit(env, p->size) ||
	    (p->high <= p->max && !p->fails &&
	     espgw_size_fit(env, p->high) > p->low)) {
		if (p->low)
			p->state = ESPGW_PROBE_SEARCHING;
		return;
	}
	if (p->state == ESPGW_PROBE_COMPLETE)
		return;
	p->state = ESPGW_PROBE_COMPLETE;
	p->events |= ESPGW_PROBE_FOUND;
	p->hint = 0;
	p->wake_ms = now_ms;
	p->raise_at_ms = now_ms + env->raise_ms;
}

/* The limits may have changed: @high, @low and @size have to be within. */
static void follow_limits(struct espgw_probe *p,
			  const struct espgw_probe_env *env)
{
	if (p->high > p->max || p->high > env->max)
		p->high = env->max + 1;
	if (p->max != env->max)
		p->bound_count = 0;
	p->max = env->max;
	p->low = min(p->low, espgw_size_fit(env, env->max));
	if (p->size > env->max) {
		p->size = espgw_size_fit(env, env->max);
		p->events |= ESPGW_PROBE_LOWERED;
	}
	p->size = max(p->size, env->floor);
}

/**
 * espgw_probe_start() - begin a search
 * @p: the search; one that is under way begins anew
 * @env: what is known
 * @now_ms: the time
 *
 * Because somebody asked, `probe on` was set, or the outer packets go another
 * way now. What is known of round-trip time and losses by chance is kept.
 */
void espgw_probe_start(struct espgw_probe *p, const struct espgw_probe_env *env,
		       u64 now_ms)
{
	espgw_flight_abandon(p);
	p->state = ESPGW_PROBE_BASE_WAIT;
	p->max = env->max;
	p->size = min(env->max, env->on ? (u32)ESPGW_PROBE_BASE : env->pmtu);
	p->size = max(espgw_size_fit(env, p->size), env->floor);
	p->low = 0;
	p->high = env->max + 1;
	p->hint = 0;
	p->fails = 0;
	p->bound_count = 0;
	p->proven = false;
	espgw_evidence_forget(p);
	p->uncovered_ms = 0;
	p->covered_ms = 0;
	p->covers = 0;
	p->mute = 0;
	p->events = 0;
	p->wake_ms = now_ms;
	p->confirm_at_ms = now_ms + env->confirm_ms;
	p->raise_at_ms = now_ms + env->raise_ms;
}

/* What was lost may pass by now: have it tried again, beginning with @high. */
static void widen(struct espgw_probe *p, const struct espgw_probe_env *env)
{
	p->fails = 0;
	p->bound_count = 0;
	/* A router may have named one that rounds down to what passes. */
	if (espgw_size_fit(env, p->high) <= p->low)
		p->high = min(espgw_size_above(env, p->low), p->max + 1);
}

/**
 * espgw_probe_ask() - somebody wants to know now
 * @p: the search
 * @env: what is known
 * @now_ms: the time
 *
 * Where `probe on` has found something already, that and something larger is
 * probed now rather than when the timers say; lowering it takes as much
 * evidence as ever. Else a search begins, from the path MTU that is in force,
 * as without `probe on`.
 */
void espgw_probe_ask(struct espgw_probe *p, const struct espgw_probe_env *env,
		     u64 now_ms)
{
	struct espgw_probe_env by_hand = *env;

	if (!env->on || p->state < ESPGW_PROBE_SEARCHING) {
		by_hand.on = false;
		espgw_probe_start(p, &by_hand, now_ms);
		return;
	}
	follow_limits(p, env);
	if (p->state == ESPGW_PROBE_ERROR)
		p->mute = 1;	/* tries are frequent again, for a while */
	else if (p->state == ESPGW_PROBE_COMPLETE)
		widen(p, env);
	p->wake_ms = now_ms;
	p->confirm_at_ms = now_ms;
}

/**
 * espgw_probe_stop() - probe no more
 * @p: the search; its counters stay
 */
void espgw_probe_stop(struct espgw_probe *p)
{
	espgw_flight_abandon(p);
	p->state = ESPGW_PROBE_DISABLED;
	p->events = 0;
}

/**
 * espgw_probe_suspect() - something speaks for a smaller MTU than @p->size
 * @p: the search; begun if there is none
 * @env: what is known
 * @hint: the size that is spoken of, bytes; 0: none is
 * @now_ms: the time
 *
 * For what cannot be verified, as an ICMP message that quotes no sequence
 * number, or the MSS of a TCP connection. It only has probes sent, which may
 * then lower.
 */
void espgw_probe_suspect(struct espgw_probe *p,
			 const struct espgw_probe_env *env, u32 hint,
			 u64 now_ms)
{
	if (p->state == ESPGW_PROBE_DISABLED ||
	    (p->state == ESPGW_PROBE_COMPLETE && !env->on))
		espgw_probe_start(p, env, now_ms);
	else
		p->confirm_at_ms = now_ms;
	p->hint = hint < p->size ? hint : 0;
}

/**
 * espgw_probe_stalled() - TCP flows stand still
 * @p: the search
 * @env: what is known
 * @worth: for how many lost probes it stands: what espgw_stall_sent() returned
 * @since_ms: when the segment was sent that TCP sends again
 * @now_ms: the time
 *
 * Nothing is lowered by that alone, but fewer probes are needed for it.
 */
void espgw_probe_stalled(struct espgw_probe *p,
			 const struct espgw_probe_env *env, u32 worth,
			 u64 since_ms, u64 now_ms)
{
	if (p->state == ESPGW_PROBE_DISABLED ||
	    !espgw_evidence_stalled(p, env, worth, since_ms))
		return;
	settle(p, env, now_ms);
}

/**
 * espgw_probe_flowing() - what stalled has been acknowledged
 * @p: the search
 *
 * So it was congestion, or is over, and stands for no losses any more.
 */
void espgw_probe_flowing(struct espgw_probe *p)
{
	p->told = 0;
}

/*
 * Up to two sizes that should be on their way now, where @size is not in doubt;
 * 0: none. Return: 0; if there is none: when there may be one.
 */
static u64 wanted(struct espgw_probe *p, const struct espgw_probe_env *env,
		  u64 now_ms, u32 want[2])
{
	u32 size = espgw_size_fit(env, p->size);
	u32 small = espgw_size_smallest(env);

	want[0] = 0;
	want[1] = 0;
	if (p->state == ESPGW_PROBE_ERROR) {
		if (!env->on)
			return ESPGW_PROBE_NEVER;
		want[0] = small;
		return 0;
	}
	want[0] = espgw_size_pick(p, env);
	if (want[0]) {
		/* At the beginning the largest, and beside it the base. */
		if (!p->low && p->high > p->max)
			want[1] = max(espgw_size_fit(env, ESPGW_PROBE_BASE),
				      small);
		if (want[1] >= want[0])
			want[1] = 0;
		return 0;
	}
	/* The search is at its end, but below @size. */
	if (p->low < size) {
		espgw_evidence_want(p, env, want);
		return 0;
	}
	/* Was the smallest that was lost too big, or lost by chance? */
	if (p->high <= p->max && p->fails < ESPGW_PROBE_MAX &&
	    espgw_size_fit(env, p->high) > p->low) {
		if (p->fails && now_ms < p->recheck_at_ms)
			return p->recheck_at_ms;
		want[0] = espgw_size_fit(env, p->high);
		return 0;
	}
	if (!env->on)
		return ESPGW_PROBE_NEVER;
	if (now_ms >= p->confirm_at_ms) {
		want[0] = size;
		return 0;
	}
	if (p->high > p->max)
		return p->confirm_at_ms;
	return min(p->confirm_at_ms, p->raise_at_ms);
}

/*
 * Where @size is in doubt: the next size of the round, or of a new round once
 * nothing of the last one is on its way. 0: none, and *@due says until when.
 *
 * A round waits until the rate limit allows all of it: probes that are sent at
 * different times meet different queues and do not compare.
 */
static u32 next_of_round(struct espgw_probe *p,
			 const struct espgw_probe_env *env, u64 now_ms,
			 u64 *due)
{
	u64 when;

	if (!p->round_left && !espgw_flight_any(p)) {
		when = espgw_flight_not_before(p, ESPGW_PROBE_ROUND);
		if (now_ms < when) {
			*due = when;
			return 0;
		}
		espgw_evidence_round(p, env);
	}
	if (!p->round_left)
		return 0;
	return espgw_size_fit(env, min_t(u32, p->round[p->round_left - 1],
					 env->max));
}

/* The next size where @size is not in doubt; 0: none, *@due says until when. */
static u32 next_of_search(struct espgw_probe *p,
			  const struct espgw_probe_env *env, u64 now_ms,
			  u64 *due)
{
	u32 want[2], i;
	u64 when;

	p->round_left = 0;
	when = wanted(p, env, now_ms, want);
	for (i = 0; i < 2; i++) {
		if (!want[i] || espgw_flight_since(p, want[i]))
			continue;
		/* The first is covered: a small one beside it was answered. */
		if (i && want[0] && p->covers &&
		    p->covered_ms >= espgw_flight_since(p, want[0]))
			continue;
		return want[i];
	}
	if (when)
		*due = when;
	return 0;
}

/**
 * espgw_probe_next() - what is to be done now
 * @p: the search
 * @env: what is known
 * @now_ms: the time
 * @size: result: outer size of a probe that is to be sent now, bytes
 * @token: result: its name, not 0, for espgw_probe_reply()
 *
 * To be called after each of the other functions, and when the time comes that
 * it returned last; and again at once as long as it returns 0.
 *
 * Return: 0 if a probe is to be sent now; else when to call again, ms, or
 * ESPGW_PROBE_NEVER.
 */
u64 espgw_probe_next(struct espgw_probe *p, const struct espgw_probe_env *env,
		     u64 now_ms, u32 *size, u32 *token)
{
	u64 when, due = ESPGW_PROBE_NEVER;
	const struct espgw_probe_sent *sent;
	u32 probe, i;

	if (p->state == ESPGW_PROBE_DISABLED)
		return ESPGW_PROBE_NEVER;
	if (p->max != env->max || p->size < env->floor)
		follow_limits(p, env);
	when = espgw_flight_timeout(p);
	for (i = 0; i < ESPGW_PROBE_RING; i++) {
		struct espgw_probe_sent *s = &p->ring[i];

		if (s->out && now_ms - s->sent_ms >= when)
			espgw_evidence_lost(p, env, s, now_ms);
	}
	settle(p, env, now_ms);
	if (env->on && now_ms >= p->raise_at_ms) {
		p->raise_at_ms = now_ms + env->raise_ms;
		if (!env->may_raise) {
			p->raise_at_ms = now_ms + ESPGW_PROBE_CONFIRM_MS;
		} else if (p->state == ESPGW_PROBE_COMPLETE) {
			widen(p, env);
		}
	}

	if (espgw_evidence_doubted(p, env))
		probe = next_of_round(p, env, now_ms, &due);
	else
		probe = next_of_search(p, env, now_ms, &due);
	if (probe) {
		when = espgw_flight_not_before(p, 1);
		if (now_ms >= when) {
			if (p->round_left)
				p->round_left--;
			sent = espgw_flight_add(p, probe, now_ms);
			*size = sent->size;
			*token = sent->token;
			return 0;
		}
		due = min(due, when);
	}
	return min(due, espgw_flight_due(p));
}

/**
 * espgw_probe_unsent() - a probe could not be sent after all
 * @p: the search
 * @token: its name
 *
 * No route, no memory: it counts neither as sent nor as lost, and the next is
 * tried after a while.
 */
void espgw_probe_unsent(struct espgw_probe *p, u32 token)
{
	struct espgw_probe_sent *s = espgw_flight_find(p, token);

	if (!s || !s->out)
		return;
	s->out = false;
	s->token = 0;
	p->sent--;
	p->round_left = 0;
	p->wake_ms = s->sent_ms + ESPGW_PROBE_RECHECK_MS;
}

/**
 * espgw_probe_reply() - a probe was answered
 * @p: the search
 * @env: what is known
 * @token: its name
 * @now_ms: the time
 *
 * Also if it was given up already: late is not lost.
 *
 * Return: false if none of that name was sent lately, or it was answered
 * before.
 */
bool espgw_probe_reply(struct espgw_probe *p, const struct espgw_probe_env *env,
		       u32 token, u64 now_ms)
{
	struct espgw_probe_sent *s = espgw_flight_find(p, token);

	if (p->state == ESPGW_PROBE_DISABLED || !s)
		return false;
	follow_limits(p, env);
	p->answered++;
	p->lost -= !s->out;
	s->out = false;
	s->token = 0;
	espgw_flight_measure(p, now_ms - s->sent_ms);
	/* If the limits have fallen since, it says only that those pass. */
	s->size = (u16)min_t(u32, s->size, espgw_size_fit(env, env->max));
	espgw_evidence_answered(p, env, s, now_ms);
	settle(p, env, now_ms);
	return true;
}

/**
 * espgw_probe_icmp() - a validated "too big", about a probe or a user's packet
 * @p: the search
 * @env: what is known
 * @mtu: what it says, after espgw_pmtu_learn() believed it, bytes
 * @now_ms: the time
 *
 * @p->size goes down to it at once, though not below the floor, and it is the
 * next size tried.
 */
void espgw_probe_icmp(struct espgw_probe *p, const struct espgw_probe_env *env,
		      u32 mtu, u64 now_ms)
{
	u32 i;

	if (p->state == ESPGW_PROBE_DISABLED)
		return;
	follow_limits(p, env);
	mtu = max(mtu, espgw_size_smallest(env));
	if (mtu >= p->high || mtu >= env->max)
		return;
	for (i = 0; i < ESPGW_PROBE_RING; i++) {
		struct espgw_probe_sent *s = &p->ring[i];

		if (s->out && s->size > mtu)
			espgw_flight_give_up(p, s);
	}
	if (mtu < p->low)
		p->low = 0;
	p->high = mtu + 1;
	p->fails = ESPGW_PROBE_MAX;
	p->bound_count = 0;
	p->hint = mtu;
	espgw_evidence_forget(p);
	p->raise_at_ms = now_ms + env->raise_ms;
	if (p->size > mtu) {
		p->size = max(mtu, env->floor);
		p->events |= ESPGW_PROBE_LOWERED;
	}
	settle(p, env, now_ms);
}
