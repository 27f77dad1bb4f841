// SPDX-License-Identifier: GPL-2.0
/*
 * Finding a path's MTU by probes: DPLPMTUD (RFC 8899) for ESP.
 *
 * What was answered passes, for certain. What was not answered may have been too
 * big or just lost, so a loss is believed in so far as nothing depends on it:
 * the search goes on below it at once, and only where it has come to an end is
 * the smallest lost size tried again until it was lost ESPGW_PROBE_MAX times.
 * That way each size costs one probe on a path without loss.
 *
 * To lower what user packets may have takes more. Users wait meanwhile, so
 * probes go in rounds: some sizes one right after the other, and what is found
 * out about them all makes the next round. A loss counts only beside an answer
 * to something smaller of its round, so that an outage or a dead peer proves
 * nothing; and on a path known to lose packets of any size, more losses are asked
 * for.
 */

#include "probe.h"

#define RTO_FIRST_MS	1000	/* as long as no round-trip time is known */
#define RTO_MIN_MS	200
#define RTO_MAX_MS	3000
#define RECHECK_MS	1000	/* between tries of the smallest lost size */
#define SILENCE_MS	64000	/* at most, between tries of a silent peer */
#define BLIND_CELLS	32	/* steps that the smallest probe may decide on */
#define LOSSES_MIN	8	/* of what passed before: it is a black hole */
#define LOSSES_MAX	14
#define NOBODY_KNOWS	255	/* more than there can be */
#define COVERED_MAX	2	/* losses of a round that count: a queue may be full */
#define TOLD_MAX	(LOSSES_MIN - ESPGW_PROBE_MAX)	/* of them, by TCP */
#define TOLD_UNSURE	3	/* the same, if it may be an outage */

/*
 * Ethernet; PPPoE; 6in4; what a clamped MSS of 1420 leaves; WireGuard over IPv6;
 * what many tunnels use. 1280 is the base.
 */
static const u16 common[] = { 1500, 1492, 1480, 1460, 1420, 1400, 1280 };

#define COMMONS	(sizeof(common) / sizeof(common[0]))

static_assert(ESPGW_PMTU_HARD_MIN > 16);
static_assert(LOSSES_MAX < ESPGW_PROBE_DOUBTS);

/* The largest outer size not above @size that the SA can make, bytes. */
static u32 fit(const struct espgw_probe_env *env, u32 size)
{
	if (size <= env->overhead || env->align < 2)
		return size;
	return size - (size - env->overhead) % env->align;
}

/* The smallest one above it. */
static u32 above(const struct espgw_probe_env *env, u32 size)
{
	return fit(env, size) + (env->align < 2 ? 1 : env->align);
}

/*
 * What was lost at @high, as it can be sent now: a router's word is of any size,
 * and another cipher makes other sizes.
 */
static u32 lost_size(const struct espgw_probe *p,
		     const struct espgw_probe_env *env)
{
	return max(fit(env, p->high), above(env, p->low));
}

/* A size that every path here carries: shows whether the peer answers at all. */
static u32 smallest(const struct espgw_probe_env *env)
{
	return min(above(env, env->floor - 1), fit(env, env->max));
}

/* Nothing that could be sent lies between @low, which passes, and @high. */
static bool narrow(const struct espgw_probe *p,
		   const struct espgw_probe_env *env, u32 low, u32 high)
{
	if (!low)
		return false;
	if (high > p->max)
		return low >= fit(env, p->max);
	return high - low <= ESPGW_PROBE_WIDTH || above(env, low) >= high;
}

/* Halfway from @from to @high in steps of ESPGW_PROBE_WIDTH, between both. */
static u32 middle(const struct espgw_probe_env *env, u32 from, u32 high,
		  u32 steps)
{
	u32 size = fit(env, from + steps * ESPGW_PROBE_WIDTH);

	if (size <= from)
		size = above(env, from);
	return size < high ? size : from;
}

/* So many eighths of the way from @low to @high. */
static u32 part(const struct espgw_probe_env *env, u32 low, u32 high,
		u32 eighths)
{
	u32 cells = (high - low + ESPGW_PROBE_WIDTH - 1) / ESPGW_PROBE_WIDTH;

	return middle(env, low, high, max(cells * eighths / 8, 1u));
}

/* The common size nearest to @size, no more than @off away; 0: none. */
static u32 common_near(const struct espgw_probe_env *env, u32 low, u32 high,
		       u32 size, u32 off)
{
	u32 i, best = 0;

	for (i = 0; i < COMMONS; i++) {
		u32 c = fit(env, common[i]), d = c > size ? c - size : size - c;

		if (c > low && c < high && d <= off) {
			best = c;
			off = d - !!d;
		}
	}
	return best;
}

/* Before anything was answered: downward, and not too often without an answer. */
static u32 pick_blind(const struct espgw_probe *p,
		      const struct espgw_probe_env *env)
{
	u32 small = smallest(env), base, cells, steps;

	base = fit(env, ESPGW_PROBE_BASE);
	if (small < base && base < p->high)
		return base;
	if (p->high <= small)
		return small;
	cells = (p->high - small + ESPGW_PROBE_WIDTH - 1) / ESPGW_PROBE_WIDTH;
	if (cells <= BLIND_CELLS)
		return small;
	/* The smallest probe, if needed, has to be made up for: a smaller part. */
	for (steps = BLIND_CELLS; steps * 4 <= cells; steps *= 2)
		;
	return middle(env, small, p->high, steps);
}

/* The size to try next between @low and @high, bytes; 0: it is narrow enough. */
static u32 pick(const struct espgw_probe *p, const struct espgw_probe_env *env,
		u32 low, u32 high)
{
	u32 top = fit(env, p->max), hint = fit(env, p->hint), size;

	if (hint > low && hint < high && hint >= smallest(env))
		return hint;
	if (high > p->max && low < top)
		return top;
	if (narrow(p, env, low, high))
		return 0;
	if (!low)
		return pick_blind(p, env);
	size = fit(env, common[0]);
	if (low < size && high > size + ESPGW_PROBE_WIDTH)
		return size;
	/* Beyond Ethernet's there is no end, and mostly nothing. */
	if (low == size && high > size + 2 * ESPGW_PROBE_WIDTH)
		return middle(env, size, high, 1);
	size = common_near(env, low, high, (low + high) / 2, high);
	return size ? size : part(env, low, high, 4);
}

/*
 * How many losses it takes to lower. At a rate q of losses of any size, n in a
 * row are chance with q^n; with each one seen lately more are needed, and none
 * are enough where one in five is lost. What was never shown to pass takes
 * fewer: with `probe on` user packets follow what was confirmed.
 */
static u32 needed(const struct espgw_probe *p,
		  const struct espgw_probe_env *env)
{
	u32 n = LOSSES_MIN, history = p->history;

	if (!p->proven)
		return env->on ? 1 : 2;
	for (; history; history &= history - 1)
		n++;
	return n <= LOSSES_MAX ? n : NOBODY_KNOWS;
}

/* How many there are that count. */
static u32 losses(const struct espgw_probe *p)
{
	return p->evidence + p->told;
}

/* The smallest size that does not pass, from now on. */
static void bound(struct espgw_probe *p, u32 size, u8 fails)
{
	struct espgw_probe_bound *b = p->bounds;

	if (p->high <= p->max) {
		if (p->bound_count == ESPGW_PROBE_BOUNDS)
			memmove(b, b + 1, --p->bound_count * sizeof(*b));
		b[p->bound_count].size = (u16)p->high;
		b[p->bound_count++].fails = p->fails;
	}
	p->high = size;
	p->fails = fails;
}

/* @size may pass: what bounds the search is larger. */
static void unbound(struct espgw_probe *p, u32 size)
{
	while (p->high <= size) {
		p->high = p->max + 1;
		p->fails = 0;
		if (!p->bound_count)
			continue;
		p->high = p->bounds[--p->bound_count].size;
		p->fails = p->bounds[p->bound_count].fails;
	}
}

static void note_fitting(struct espgw_probe *p, bool lost)
{
	p->history = p->history << 1 | (lost ? 1 : 0);
}

/* Another one lost that @size allows: to be counted once it is covered. */
static void doubt(struct espgw_probe *p, const struct espgw_probe_sent *s)
{
	u32 n = p->evidence + p->uncovered;

	if (p->uncovered < COVERED_MAX && n < ESPGW_PROBE_DOUBTS) {
		p->doubts[n] = s->size;
		p->uncovered++;
	}
	p->uncovered_ms = max(p->uncovered_ms, s->sent_ms);
}

/* As much passes: what was lost up to that size was lost by chance. */
static void disprove(struct espgw_probe *p, u32 size)
{
	u32 i, n = p->evidence + p->uncovered, covered = 0, kept = 0;

	for (i = 0; i < n; i++) {
		if (p->doubts[i] <= size) {
			note_fitting(p, true);
			continue;
		}
		covered += i < p->evidence;
		p->doubts[kept++] = p->doubts[i];
	}
	p->evidence = (u8)covered;
	p->uncovered = (u8)(kept - covered);
}

/* A loss counts, beside an answer to something smaller. */
static void cover(struct espgw_probe *p)
{
	u8 n = min(p->uncovered, p->covers);

	if (p->covered_ms < p->uncovered_ms)
		return;
	p->evidence += n;
	p->uncovered -= n;
	p->covers -= n;
}

static void forget_doubts(struct espgw_probe *p)
{
	p->evidence = 0;
	p->uncovered = 0;
	p->told = 0;
	p->round_left = 0;
}

/*
 * A small one was lost, so what was lost beside it says nothing. If that happens
 * again, neither does what was lost before.
 */
static void absolve(struct espgw_probe *p, const struct espgw_probe_env *env)
{
	p->uncovered = 0;
	p->round_left = 0;
	if (!losses(p) || p->mute > 1) {
		forget_doubts(p);
		if (p->proven)
			unbound(p, fit(env, p->size));
	}
	note_fitting(p, true);
}

/* @size is known to have passed, but may not any more: users wait. */
static bool doubted(const struct espgw_probe *p,
		    const struct espgw_probe_env *env)
{
	return p->proven && p->low < fit(env, p->size) &&
	       p->state != ESPGW_PROBE_ERROR;
}

/* What follows from what is known now. */
static void settle(struct espgw_probe *p, const struct espgw_probe_env *env,
		   u64 now_ms)
{
	u32 size = fit(env, p->size);

	p->low = fit(env, p->low);	/* of another cipher, maybe */
	if (p->low >= size && losses(p) + p->uncovered &&
	    smallest(env) < size) {
		p->low = smallest(env);
		bound(p, size, (u8)losses(p));
	}
	if (p->low < size && losses(p) >= needed(p, env)) {
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
		forget_doubts(p);
	}
	if (p->low > p->size) {
		p->size = p->low;
		p->events |= ESPGW_PROBE_RAISED;
	}
	if (p->state == ESPGW_PROBE_ERROR && p->mute)
		return;
	/* What is in doubt has been found, until it turns out otherwise. */
	if (p->state == ESPGW_PROBE_COMPLETE && doubted(p, env))
		return;
	if (!narrow(p, env, p->low, p->high) || p->low < fit(env, p->size) ||
	    (p->high <= p->max && !p->fails && fit(env, p->high) > p->low)) {
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

/* Limits change under a search. */
static void follow_limits(struct espgw_probe *p,
			  const struct espgw_probe_env *env)
{
	if (p->high > p->max || p->high > env->max)
		p->high = env->max + 1;
	if (p->max != env->max)
		p->bound_count = 0;
	p->max = env->max;
	p->low = min(p->low, fit(env, env->max));
	if (p->size > env->max) {
		p->size = fit(env, env->max);
		p->events |= ESPGW_PROBE_LOWERED;
	}
	p->size = max(p->size, env->floor);
}

static void lose(struct espgw_probe *p, const struct espgw_probe_env *env,
		 struct espgw_probe_sent *s, u64 now_ms)
{
	u32 size = fit(env, p->size);

	s->out = false;
	p->lost++;
	if (s->size <= smallest(env)) {
		/* It is not the size, then: whatever was lost may be back. */
		p->mute = (u8)min(p->mute + 1, 255);
		absolve(p, env);
		if (p->mute >= ESPGW_PROBE_MAX) {
			if (p->state != ESPGW_PROBE_ERROR)
				p->events |= ESPGW_PROBE_SILENT;
			p->state = ESPGW_PROBE_ERROR;
			p->wake_ms = now_ms +
				min(1000 << min(p->mute - 3, 6), SILENCE_MS);
		}
		return;
	}
	if (s->size <= p->low && s->size < size) {
		absolve(p, env);
		/* It has passed since @size last did, and may not any more. */
		if (s->size == p->low && doubted(p, env))
			p->low = smallest(env);
		return;
	}
	if (s->size > p->low && s->size < p->high) {
		bound(p, s->size, 1);
	} else if (s->size == p->high) {
		p->fails = (u8)min(p->fails + 1, 255);
	}
	p->recheck_at_ms = now_ms + RECHECK_MS;
	if (p->hint && s->size == fit(env, p->hint))
		p->hint = 0;
	if (s->size <= size) {
		doubt(p, s);
		cover(p);
	}
}

static void win(struct espgw_probe *p, const struct espgw_probe_env *env,
		const struct espgw_probe_sent *s, u64 now_ms)
{
	u32 size = fit(env, p->size);

	p->mute = 0;
	/* What was larger than @size is now, since limits have changed, as well. */
	disprove(p, s->size >= size ? ~0u : s->size);
	if (s->size >= size) {
		if (p->told)
			note_fitting(p, true);
		p->told = 0;
		p->covers = 0;
		p->proven = true;
		p->round_left = 0;
		p->passed_ms = max(p->passed_ms, s->sent_ms);
		p->confirm_at_ms = now_ms + env->confirm_ms;
		p->events |= ESPGW_PROBE_CONFIRMED;
	} else {
		p->covered_ms = max(p->covered_ms, s->sent_ms);
		p->covers = COVERED_MAX;
		cover(p);
	}
	note_fitting(p, false);
	p->low = max_t(u32, p->low, s->size);
	unbound(p, s->size);
	if (p->hint && s->size >= fit(env, p->hint))
		p->hint = 0;
}

static u64 timeout(const struct espgw_probe *p)
{
	u32 ms = RTO_FIRST_MS;

	if (p->srtt)
		ms = max_t(u32, p->srtt / 8 + p->rttvar, RTO_MIN_MS);
	return min_t(u32, ms << min_t(u32, p->mute, 3), RTO_MAX_MS);
}

/* RFC 6298 2 */
static void measure(struct espgw_probe *p, u64 ms)
{
	u32 rtt = (u32)min_t(u64, max_t(u64, ms, 1), RTO_MAX_MS);
	u32 off;

	if (!p->srtt) {
		p->srtt = rtt * 8;
		p->rttvar = rtt * 2;
		return;
	}
	off = p->srtt / 8 > rtt ? p->srtt / 8 - rtt : rtt - p->srtt / 8;
	p->rttvar = p->rttvar - p->rttvar / 4 + off;
	p->srtt = p->srtt - p->srtt / 8 + rtt;
}

/**
 * espgw_probe_start() - begin a search
 * @p: the search; one that is under way begins anew
 * @env: what is known
 * @now_ms: the time
 *
 * By hand, by `probe on`, by a new way of the outer packets. What a probe may
 * find out about round-trip time and losses is kept.
 */
void espgw_probe_start(struct espgw_probe *p, const struct espgw_probe_env *env,
		       u64 now_ms)
{
	u32 i;

	/* What is on its way still is, but says nothing about now. */
	for (i = 0; i < ESPGW_PROBE_RING; i++) {
		p->lost += p->ring[i].out;
		p->ring[i].out = false;
		p->ring[i].token = 0;
	}
	p->state = ESPGW_PROBE_BASE_WAIT;
	p->max = env->max;
	p->size = min(env->max, env->on ? (u32)ESPGW_PROBE_BASE : env->pmtu);
	p->size = max(fit(env, p->size), env->floor);
	p->low = 0;
	p->high = env->max + 1;
	p->hint = 0;
	p->fails = 0;
	p->bound_count = 0;
	p->proven = false;
	forget_doubts(p);
	p->uncovered_ms = 0;
	p->covered_ms = 0;
	p->covers = 0;
	p->mute = 0;
	p->events = 0;
	p->wake_ms = now_ms;
	p->confirm_at_ms = now_ms + env->confirm_ms;
	p->raise_at_ms = now_ms + env->raise_ms;
}

/* What has failed may pass by now. */
static void widen(struct espgw_probe *p, const struct espgw_probe_env *env)
{
	p->fails = 0;
	p->bound_count = 0;
	/* A router's word lies between two sizes that can be sent. */
	if (fit(env, p->high) <= p->low)
		p->high = min(above(env, p->low), p->max + 1);
}

/**
 * espgw_probe_ask() - somebody wants to know now
 * @p: the search
 * @env: what is known
 * @now_ms: the time
 *
 * Where `probe on` has begun already, what it has confirmed is tried again and
 * what is larger as well: it goes down as slowly as ever. Else a search begins,
 * and what is in force stays so until its end.
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
		p->mute = 1;	/* three more, then ever more seldom again */
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
	u32 i;

	for (i = 0; i < ESPGW_PROBE_RING; i++) {
		p->lost += p->ring[i].out;
		p->ring[i].out = false;
		p->ring[i].token = 0;
	}
	p->state = ESPGW_PROBE_DISABLED;
	p->events = 0;
}

/**
 * espgw_probe_suspect() - something speaks for a smaller MTU than @size
 * @p: the search; begun if there is none
 * @env: what is known
 * @hint: the size that is spoken of, bytes; 0: none is
 * @now_ms: the time
 *
 * A NAT-T hint, an MSS. Nothing is lowered but by probes.
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
 * @worth: what espgw_stall_sent() returned: so many probes lost
 * @since_ms: when what was lost was sent
 * @now_ms: the time
 *
 * Nothing is lowered by that alone.
 */
void espgw_probe_stalled(struct espgw_probe *p,
			 const struct espgw_probe_env *env, u32 worth,
			 u64 since_ms, u64 now_ms)
{
	u32 size = fit(env, p->size), most = needed(p, env) - 1;

	/* What has been answered since, or nothing to compare with. */
	if (p->state == ESPGW_PROBE_DISABLED || !p->proven ||
	    p->passed_ms >= since_ms || smallest(env) >= size)
		return;
	p->told = (u8)max_t(u32, p->told, min_t(u32, worth, TOLD_MAX));
	p->told = (u8)min_t(u32, p->told, most - min_t(u32, most, p->evidence));
	settle(p, env, now_ms);
}

/**
 * espgw_probe_flowing() - what TCP had sent again arrived
 * @p: the search
 *
 * What it spoke of was congestion, or is over: the probes have to do without.
 */
void espgw_probe_flowing(struct espgw_probe *p)
{
	p->told = 0;
}

/* When the probe of that size was sent that is on its way; 0: none is. */
static u64 out_since(const struct espgw_probe *p, u32 size)
{
	u32 i;

	for (i = 0; i < ESPGW_PROBE_RING; i++)
		if (p->ring[i].out && p->ring[i].size == size)
			return p->ring[i].sent_ms;
	return 0;
}

/*
 * What should be on its way now, up to two sizes, 0: none. Return: when to ask
 * again if there is none.
 */
static u64 wanted(struct espgw_probe *p, const struct espgw_probe_env *env,
		  u64 now_ms, u32 want[2])
{
	u32 size = fit(env, p->size), small = smallest(env);
	s32 missing;

	want[0] = 0;
	want[1] = 0;
	if (p->state == ESPGW_PROBE_ERROR) {
		if (!env->on)
			return ESPGW_PROBE_NEVER;
		want[0] = small;
		return 0;
	}
	want[0] = pick(p, env, p->low, p->high);
	if (want[0]) {
		if (!p->low && p->high > p->max)
			want[1] = max(fit(env, ESPGW_PROBE_BASE), small);
		if (want[1] >= want[0])
			want[1] = 0;
		return 0;
	}
	if (p->low < size) {
		missing = (s32)(needed(p, env) - losses(p) - p->uncovered);
		if (missing > 0)
			want[0] = min(lost_size(p, env), size);
		if (missing < COVERED_MAX || p->uncovered == COVERED_MAX)
			want[1] = small;
		return 0;
	}
	if (p->high <= p->max && p->fails < ESPGW_PROBE_MAX &&
	    fit(env, p->high) > p->low) {
		if (p->fails && now_ms < p->recheck_at_ms)
			return p->recheck_at_ms;
		want[0] = fit(env, p->high);
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

/* Another size for the next round, which is kept in order; 0: none. */
static void ask(struct espgw_probe *p, u32 size)
{
	u32 i = p->round_left;

	if (!size || i == ESPGW_PROBE_ROUND)
		return;
	for (; i && p->round[i - 1] > size; i--)
		p->round[i] = p->round[i - 1];
	p->round[i] = (u16)size;
	p->round_left++;
}

/* The same, or a common size that is not far off. */
static u32 part_or_common(const struct espgw_probe_env *env, u32 low, u32 high,
			  u32 eighths)
{
	u32 size = part(env, low, high, eighths);
	u32 near = max((high - low) / 8, (u32)ESPGW_PROBE_WIDTH);
	u32 c = common_near(env, low, high, size, near);

	return c ? c : size;
}

/*
 * What to ask at once where @size is in doubt. A loss counts beside an answer:
 * to the last of them, which passes unless nothing does. Where one loss is all
 * that is missing, two sizes far enough apart do without: mostly the smaller one
 * is answered, and the larger one is not. What the round before has lost without
 * an answer beside it says nothing: it may have been an outage.
 */
static void plan(struct espgw_probe *p, const struct espgw_probe_env *env)
{
	u32 size = fit(env, p->size), high = min(lost_size(p, env), size);
	u32 base = fit(env, ESPGW_PROBE_BASE), hint = fit(env, p->hint);
	u32 missing = needed(p, env) - losses(p), small = smallest(env);
	u32 low = max(p->low, small), a, b;

	p->uncovered = 0;
	if (!losses(p)) {
		ask(p, high);
		ask(p, small);
		return;
	}
	/*
	 * Most paths that fall still carry the base. If that was lost with the
	 * rest, it may have been an outage, which TCP met as well: once more.
	 */
	if (high == base && p->fails < 2) {
		p->told = min_t(u8, p->told, TOLD_UNSURE);
		ask(p, high);
		ask(p, part(env, low, high, 5));
		ask(p, small);
		return;
	}
	if (low == small && low < base && base < high)
		low = base;
	if (hint > low && hint < high) {
		ask(p, high);
		ask(p, hint);
		ask(p, low);
		return;
	}
	if (narrow(p, env, low, high)) {
		ask(p, high);
		if (missing > 1)
			ask(p, high);
		ask(p, low);
		return;
	}
	a = part_or_common(env, low, high, missing > 1 ? 5 : 2);
	b = part_or_common(env, low, high, missing > 1 ? 7 : 6);
	ask(p, a);
	if (a != b)
		ask(p, b);
	else if (missing > 1)
		ask(p, high);
	if (missing > 1)
		ask(p, low);
}

static bool any_out(const struct espgw_probe *p)
{
	u32 i;

	for (i = 0; i < ESPGW_PROBE_RING; i++)
		if (p->ring[i].out)
			return true;
	return false;
}

/* When the next @n probes may be sent, one right after the other. */
static u64 not_before(const struct espgw_probe *p, u32 n)
{
	const u64 burst_ms = (ESPGW_PROBE_LIMIT - n) * ESPGW_PROBE_GAP_MS;

	return max(p->wake_ms,
		   p->paid_ms > burst_ms ? p->paid_ms - burst_ms : 0);
}

/*
 * The next size of the round, of a new one once that is over; 0: none, and *@due
 * says until when. What is sent at different times meets different queues: a
 * round waits until all of it may be sent.
 */
static u32 next_of_round(struct espgw_probe *p,
			 const struct espgw_probe_env *env, u64 now_ms,
			 u64 *due)
{
	u64 when;

	if (!p->round_left && !any_out(p)) {
		when = not_before(p, ESPGW_PROBE_ROUND);
		if (now_ms < when) {
			*due = when;
			return 0;
		}
		plan(p, env);
	}
	if (!p->round_left)
		return 0;
	return fit(env, min_t(u32, p->round[p->round_left - 1], env->max));
}

/* The next size where nothing is in doubt; 0: none, and *@due says until when. */
static u32 next_of_search(struct espgw_probe *p,
			  const struct espgw_probe_env *env, u64 now_ms,
			  u64 *due)
{
	u32 want[2], i;
	u64 when;

	p->round_left = 0;
	when = wanted(p, env, now_ms, want);
	for (i = 0; i < 2; i++) {
		if (!want[i] || out_since(p, want[i]))
			continue;
		/* One answer beside the first is enough. */
		if (i && want[0] && p->covers &&
		    p->covered_ms >= out_since(p, want[0]))
			continue;
		return want[i];
	}
	if (when)
		*due = when;
	return 0;
}

static void emit(struct espgw_probe *p, u32 probe, u64 now_ms, u32 *size,
		 u32 *token)
{
	struct espgw_probe_sent *s;

	if (!++p->token)
		p->token++;
	s = &p->ring[p->token % ESPGW_PROBE_RING];
	p->lost += s->out;
	s->token = p->token;
	s->size = (u16)probe;
	s->sent_ms = now_ms;
	s->out = true;
	p->sent++;
	p->paid_ms = max(p->paid_ms, now_ms) + ESPGW_PROBE_GAP_MS;
	*size = s->size;
	*token = s->token;
}

/**
 * espgw_probe_next() - what is to be done now
 * @p: the search
 * @env: what is known
 * @now_ms: the time
 * @size: result: outer size of a probe that is to be sent now, bytes
 * @token: result: its name, not 0, for espgw_probe_reply()
 *
 * To be called after each of the other functions, and at the time that it
 * returned, until that lies ahead.
 *
 * Return: 0 if a probe is to be sent now; else when to call again, ms, or
 * ESPGW_PROBE_NEVER.
 */
u64 espgw_probe_next(struct espgw_probe *p, const struct espgw_probe_env *env,
		     u64 now_ms, u32 *size, u32 *token)
{
	u64 when, due = ESPGW_PROBE_NEVER;
	struct espgw_probe_sent *s;
	u32 probe, i;

	if (p->state == ESPGW_PROBE_DISABLED)
		return ESPGW_PROBE_NEVER;
	if (p->max != env->max || p->size < env->floor)
		follow_limits(p, env);
	when = timeout(p);
	for (i = 0; i < ESPGW_PROBE_RING; i++) {
		s = &p->ring[i];
		if (s->out && now_ms - s->sent_ms >= when)
			lose(p, env, s, now_ms);
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

	probe = doubted(p, env) ? next_of_round(p, env, now_ms, &due) :
				  next_of_search(p, env, now_ms, &due);
	if (probe) {
		when = not_before(p, 1);
		if (now_ms >= when) {
			if (p->round_left)
				p->round_left--;
			emit(p, probe, now_ms, size, token);
			return 0;
		}
		due = min(due, when);
	}
	when = timeout(p);
	for (i = 0; i < ESPGW_PROBE_RING; i++)
		if (p->ring[i].out)
			due = min(due, p->ring[i].sent_ms + when);
	return due;
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
	struct espgw_probe_sent *s = &p->ring[token % ESPGW_PROBE_RING];

	if (!token || s->token != token || !s->out)
		return;
	s->out = false;
	s->token = 0;
	p->sent--;
	p->round_left = 0;
	p->wake_ms = s->sent_ms + RECHECK_MS;
}

/**
 * espgw_probe_reply() - a probe was answered
 * @p: the search
 * @env: what is known
 * @token: its name
 * @now_ms: the time
 *
 * Also one that was given up: late is not lost.
 *
 * Return: false if none of that name was sent lately, or it was answered before.
 */
bool espgw_probe_reply(struct espgw_probe *p, const struct espgw_probe_env *env,
		       u32 token, u64 now_ms)
{
	struct espgw_probe_sent *s = &p->ring[token % ESPGW_PROBE_RING];

	if (p->state == ESPGW_PROBE_DISABLED || !token || s->token != token)
		return false;
	follow_limits(p, env);
	p->answered++;
	p->lost -= !s->out;
	s->out = false;
	s->token = 0;
	measure(p, now_ms - s->sent_ms);
	/* Longer than what may be sent now: it proves that much and no more. */
	s->size = (u16)min_t(u32, s->size, fit(env, env->max));
	win(p, env, s, now_ms);
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
 * @size goes down to it at once, though not below the floor, and it is the next
 * size tried.
 */
void espgw_probe_icmp(struct espgw_probe *p, const struct espgw_probe_env *env,
		      u32 mtu, u64 now_ms)
{
	u32 i;

	if (p->state == ESPGW_PROBE_DISABLED)
		return;
	follow_limits(p, env);
	mtu = max(mtu, smallest(env));
	if (mtu >= p->high || mtu >= env->max)
		return;
	for (i = 0; i < ESPGW_PROBE_RING; i++) {
		struct espgw_probe_sent *s = &p->ring[i];

		if (s->out && s->size > mtu) {
			s->out = false;
			p->lost++;
		}
	}
	if (mtu < p->low)
		p->low = 0;
	p->high = mtu + 1;
	p->fails = ESPGW_PROBE_MAX;
	p->bound_count = 0;
	p->hint = mtu;
	forget_doubts(p);
	p->raise_at_ms = now_ms + env->raise_ms;
	if (p->size > mtu) {
		p->size = max(mtu, env->floor);
		p->events |= ESPGW_PROBE_LOWERED;
	}
	settle(p, env, now_ms);
}
