// SPDX-License-Identifier: GPL-2.0
/*
 * What answered and lost probes prove, and which are sent to prove more.
 *
 * An answer proves that its size passes. A loss proves little: the probe was
 * too big, or was lost as any packet may be. Two things are made of it:
 *
 * A bound. The search goes on below the smallest size that was lost, p->high.
 * If that size passes after all, it goes on below the next larger one that was
 * lost, which is why bounds are kept.
 *
 * A doubt, if the size was not larger than p->size, which user packets may
 * have. Doubts count as evidence once something smaller was answered that was
 * not sent earlier: then neither the path nor the peer was down. They are
 * dropped when something as large passes, or when the smallest probe is lost
 * too. Enough of them, see espgw_evidence_needed(), are a black hole. A stall
 * of TCP stands for some of them.
 */

#include "probe_evidence.h"
#include "probe_flight.h"
#include "probe_size.h"

/* A silent peer is tried again after 1 s, 2 s, and so on up to this. */
#define SILENCE_MS	64000

/* Losses that it takes to lower a size that has passed: the least, the most */
#define LOSSES_MIN	8
#define LOSSES_MAX	14
#define NOBODY_KNOWS	255	/* none are enough: more than there can be */

/*
 * How many losses one answer makes count. Probes sent at the same time are lost
 * together where a queue is full, so they are not independent of each other.
 */
#define COVERED_MAX	2

/*
 * For how many losses a stall of TCP stands at most, so that some probes have
 * to be lost besides; and how many if it may have been an outage.
 */
#define TOLD_MAX	(LOSSES_MIN - ESPGW_PROBE_MAX)
#define TOLD_UNSURE	3

static_assert(LOSSES_MAX < ESPGW_PROBE_DOUBTS);

/*
 * The size to send to try @high once more. @high itself may be no size that the
 * SA can make: a router has named it, or the cipher was another one.
 */
static u32 lost_size(const struct espgw_probe *p,
		     const struct espgw_probe_env *env)
{
	return max(espgw_size_fit(env, p->high), espgw_size_above(env, p->low));
}

/**
 * espgw_evidence_needed() - how many losses it takes to lower
 * @p: the search
 * @env: what is known
 *
 * On a path that loses packets of any size at a rate q, n probes in a row are
 * lost by chance at a rate q^n. So LOSSES_MIN, and one more for each of the
 * last 32 probes that fitted but was lost; where more than LOSSES_MAX -
 * LOSSES_MIN of them were, about one in five, no number is enough.
 *
 * A size that was never answered takes fewer. With `probe on` it takes one:
 * nothing larger than the base is in use then until it was confirmed.
 *
 * Return: at least 1; more than there can be if none are enough.
 */
u32 espgw_evidence_needed(const struct espgw_probe *p,
			  const struct espgw_probe_env *env)
{
	u32 n = LOSSES_MIN, history = p->history;

	if (!p->proven)
		return env->on ? 1 : 2;
	for (; history; history &= history - 1)
		n++;
	return n <= LOSSES_MAX ? n : NOBODY_KNOWS;
}

/**
 * espgw_evidence_losses() - how many losses there are that count
 * @p: the search
 *
 * Return: doubts that are evidence, and what a stall of TCP stands for.
 */
u32 espgw_evidence_losses(const struct espgw_probe *p)
{
	return p->evidence + p->told;
}

/**
 * espgw_evidence_bound() - search below a size from now on
 * @p: the search
 * @size: a size that was lost, smaller than @p->high, bytes
 * @fails: how often it was lost
 */
void espgw_evidence_bound(struct espgw_probe *p, u32 size, u8 fails)
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

/* @size passes, or may: back to the smallest bound that is larger. */
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

/* What became of another probe of a size that fits the path. */
static void note_fitting(struct espgw_probe *p, bool lost)
{
	p->history = p->history << 1 | (lost ? 1 : 0);
}

/*
 * Another probe was lost that is not larger than @size. It does not count
 * before an answer covers it.
 */
static void doubt(struct espgw_probe *p, const struct espgw_probe_sent *s)
{
	u32 n = p->evidence + p->uncovered;

	if (p->uncovered < COVERED_MAX && n < ESPGW_PROBE_DOUBTS) {
		p->doubts[n] = s->size;
		p->uncovered++;
	}
	p->uncovered_ms = max(p->uncovered_ms, s->sent_ms);
}

/* @size passes, so what was lost up to that size was lost by chance. */
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

/*
 * Doubts become evidence, as many as the newest answer may still make count, if
 * it is to a probe that was not sent before them.
 */
static void cover(struct espgw_probe *p)
{
	u8 n = min(p->uncovered, p->covers);

	if (p->covered_ms < p->uncovered_ms)
		return;
	p->evidence += n;
	p->uncovered -= n;
	p->covers -= n;
}

/**
 * espgw_evidence_forget() - forget all that speaks against @p->size
 * @p: the search
 */
void espgw_evidence_forget(struct espgw_probe *p)
{
	p->evidence = 0;
	p->uncovered = 0;
	p->told = 0;
	p->round_left = 0;
}

/*
 * A probe was lost that should have passed. So the path or the peer was down,
 * and what was lost at that time was not lost for its size. The evidence from
 * before stays if there is any, but not if the smallest probe was lost twice in
 * a row.
 */
static void absolve(struct espgw_probe *p, const struct espgw_probe_env *env)
{
	p->uncovered = 0;
	p->round_left = 0;
	if (!espgw_evidence_losses(p) || p->mute > 1) {
		espgw_evidence_forget(p);
		if (p->proven)
			unbound(p, espgw_size_fit(env, p->size));
	}
	note_fitting(p, true);
}

/**
 * espgw_evidence_doubted() - is what user packets may have in doubt
 * @p: the search
 * @env: what is known
 *
 * It has passed, but may not any more: users' packets may be vanishing.
 *
 * Return: true if that has to be found out.
 */
bool espgw_evidence_doubted(const struct espgw_probe *p,
			    const struct espgw_probe_env *env)
{
	return p->proven && p->low < espgw_size_fit(env, p->size) &&
	       p->state != ESPGW_PROBE_ERROR;
}

/**
 * espgw_evidence_lost() - a probe is given up
 * @p: the search
 * @env: what is known
 * @s: the probe, on its way until now
 * @now_ms: the time
 */
void espgw_evidence_lost(struct espgw_probe *p,
			 const struct espgw_probe_env *env,
			 struct espgw_probe_sent *s, u64 now_ms)
{
	u32 size = espgw_size_fit(env, p->size);

	espgw_flight_give_up(p, s);
	if (s->size <= espgw_size_smallest(env)) {
		/* Not for its size: the peer or the whole path is down. */
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
		/*
		 * This size was answered when @size was not any more. The
		 * path may have fallen once more since: nothing but the
		 * smallest is taken to pass.
		 */
		if (s->size == p->low && espgw_evidence_doubted(p, env))
			p->low = espgw_size_smallest(env);
		return;
	}
	if (s->size > p->low && s->size < p->high) {
		espgw_evidence_bound(p, s->size, 1);
	} else if (s->size == p->high) {
		p->fails = (u8)min(p->fails + 1, 255);
	}
	p->recheck_at_ms = now_ms + ESPGW_PROBE_RECHECK_MS;
	if (p->hint && s->size == espgw_size_fit(env, p->hint))
		p->hint = 0;
	if (s->size <= size) {
		doubt(p, s);
		cover(p);
	}
}

/**
 * espgw_evidence_answered() - a probe was answered
 * @p: the search
 * @env: what is known
 * @s: the probe
 * @now_ms: the time
 */
void espgw_evidence_answered(struct espgw_probe *p,
			     const struct espgw_probe_env *env,
			     const struct espgw_probe_sent *s, u64 now_ms)
{
	u32 size = espgw_size_fit(env, p->size);

	p->mute = 0;
	/*
	 * @size passes: no doubt is left, also not of a size that is larger
	 * than it only since limits have lowered it.
	 */
	disprove(p, s->size >= size ? ~0u : s->size);
	if (s->size >= size) {
		/* TCP has lost something that fits: one more by chance. */
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
	if (p->hint && s->size >= espgw_size_fit(env, p->hint))
		p->hint = 0;
}

/**
 * espgw_evidence_stalled() - TCP flows stand still
 * @p: the search
 * @env: what is known
 * @worth: for how many lost probes it stands
 * @since_ms: when the segment was sent that TCP sends again
 *
 * It is never all that is needed: the last one has to be a probe.
 *
 * Return: false if it says nothing: a probe of @p->size or more that was not
 * sent earlier was answered, none ever was, or there is no smaller size.
 */
bool espgw_evidence_stalled(struct espgw_probe *p,
			    const struct espgw_probe_env *env, u32 worth,
			    u64 since_ms)
{
	u32 most = espgw_evidence_needed(p, env) - 1;

	if (!p->proven || p->passed_ms >= since_ms ||
	    espgw_size_smallest(env) >= espgw_size_fit(env, p->size))
		return false;
	p->told = (u8)max_t(u32, p->told, min_t(u32, worth, TOLD_MAX));
	p->told = (u8)min_t(u32, p->told, most - min_t(u32, most, p->evidence));
	return true;
}

/**
 * espgw_evidence_want() - what to ask about a @p->size that was never answered
 * @p: the search, with nothing to be tried between @p->low and @p->high
 * @env: what is known
 * @want: result: up to two sizes that should be on their way; 0: none
 *
 * What was lost once more, as long as there are too few losses, and the
 * smallest size, whose answer makes them count.
 */
void espgw_evidence_want(const struct espgw_probe *p,
			 const struct espgw_probe_env *env, u32 want[2])
{
	s32 missing = (s32)(espgw_evidence_needed(p, env) -
			    espgw_evidence_losses(p) - p->uncovered);

	want[0] = 0;
	want[1] = 0;
	if (missing > 0)
		want[0] = min(lost_size(p, env), espgw_size_fit(env, p->size));
	if (missing < COVERED_MAX || p->uncovered == COVERED_MAX)
		want[1] = espgw_size_smallest(env);
}

/* Add a size to the round, which is kept in ascending order. */
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

/* As espgw_size_part(), but a common size if one is not far off. */
static u32 part_or_common(const struct espgw_probe_env *env, u32 low, u32 high,
			  u32 eighths)
{
	u32 size = espgw_size_part(env, low, high, eighths);
	u32 near = max((high - low) / 8, (u32)ESPGW_PROBE_WIDTH);
	u32 c = espgw_size_common(env, low, high, size, near);

	return c ? c : size;
}

/**
 * espgw_evidence_round() - which sizes to send at once where @p->size is in
 *	doubt
 * @p: the search; its round is made
 * @env: what is known
 *
 * A loss counts only beside an answer to something smaller. So the last size of
 * a round is one that passes unless nothing does, and those before it are
 * spread over what is to be searched. If no more than one loss is missing, two
 * sizes far apart do without the last: mostly the larger one is lost, which is
 * evidence, and the smaller one is answered, which says where to go on.
 *
 * What an earlier round has lost without such an answer is dropped: it may have
 * been an outage.
 */
void espgw_evidence_round(struct espgw_probe *p,
			  const struct espgw_probe_env *env)
{
	u32 losses = espgw_evidence_losses(p);
	u32 missing = espgw_evidence_needed(p, env) - losses;
	u32 small = espgw_size_smallest(env), low = max(p->low, small);
	u32 high = min(lost_size(p, env), espgw_size_fit(env, p->size));
	u32 base = espgw_size_fit(env, ESPGW_PROBE_BASE);
	u32 hint = espgw_size_fit(env, p->hint), a, b;

	p->uncovered = 0;
	if (!losses) {
		/* Nothing counts yet: this may be just a loss by chance. */
		ask(p, high);
		ask(p, small);
		return;
	}
	/*
	 * Most paths carry the base, also when their MTU has fallen. If it was
	 * lost together with larger ones, it may have been an outage, and that
	 * is why TCP stalls: its word is worth less, and the base is tried once
	 * more beside smaller sizes.
	 */
	if (high == base && p->fails < 2) {
		p->told = min_t(u8, p->told, TOLD_UNSURE);
		ask(p, high);
		ask(p, espgw_size_part(env, low, high, 5));
		ask(p, small);
		return;
	}
	/* The base is likely to pass, and leaves less to be searched. */
	if (low == small && low < base && base < high)
		low = base;
	if (hint > low && hint < high) {
		ask(p, high);
		ask(p, hint);
		ask(p, low);
		return;
	}
	if (espgw_size_narrow(p, env, low, high)) {
		/* Nothing lies between: just more losses are missing. */
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
