// SPDX-License-Identifier: GPL-2.0
/* What answered and lost probes prove, and which are sent to prove more. */

#include "probe_evidence.h"
#include "probe_size.h"

#define SILENCE_MS	64000	/* at most, between tries of a silent peer */
#define LOSSES_MIN	8	/* of what passed before: it is a black hole */
#define LOSSES_MAX	14
#define NOBODY_KNOWS	255	/* more than there can be */
#define COVERED_MAX	2	/* losses of a round that count: a queue may be full */
#define TOLD_MAX	(LOSSES_MIN - ESPGW_PROBE_MAX)	/* of them, by TCP */
#define TOLD_UNSURE	3	/* the same, if it may be an outage */

static_assert(LOSSES_MAX < ESPGW_PROBE_DOUBTS);

/*
 * What was lost at @high, as it can be sent now: a router's word is of any size,
 * and another cipher makes other sizes.
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
 * At a rate q of losses of any size, n in a row are chance with q^n; with
 * each one seen lately more are needed, and none are enough where one in five is
 * lost. What was never shown to pass takes fewer: with `probe on` user packets
 * follow what was confirmed.
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
 * Return: of probes, and what TCP has spoken of.
 */
u32 espgw_evidence_losses(const struct espgw_probe *p)
{
	return p->evidence + p->told;
}

/**
 * espgw_evidence_bound() - a size does not pass, from now on the smallest one
 * @p: the search
 * @size: outer size, bytes
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

/**
 * espgw_evidence_forget() - forget what was lost of what @p->size allows
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
 * A small one was lost, so what was lost beside it says nothing. If that happens
 * again, neither does what was lost before.
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
 * Return: true if @p->size is known to have passed, but may not any more: users
 * wait.
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

	s->out = false;
	p->lost++;
	if (s->size <= espgw_size_smallest(env)) {
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
	if (p->hint && s->size >= espgw_size_fit(env, p->hint))
		p->hint = 0;
}

/**
 * espgw_evidence_stalled() - TCP flows stand still
 * @p: the search
 * @env: what is known
 * @worth: so many probes lost
 * @since_ms: when what was lost was sent
 *
 * Return: false if it says nothing: as much has been answered since, or there
 * is nothing to compare with.
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
 * espgw_evidence_want() - what to ask of a @p->size that was never shown to pass
 * @p: the search, with nothing to be tried between @p->low and @p->high
 * @env: what is known
 * @want: result: up to two sizes that should be on their way; 0: none
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
	u32 size = espgw_size_part(env, low, high, eighths);
	u32 near = max((high - low) / 8, (u32)ESPGW_PROBE_WIDTH);
	u32 c = espgw_size_common(env, low, high, size, near);

	return c ? c : size;
}

/**
 * espgw_evidence_round() - what to ask at once where @p->size is in doubt
 * @p: the search; its round is made
 * @env: what is known
 *
 * A loss counts beside an answer: to the last of them, which passes unless
 * nothing does. Where one loss is all that is missing, two sizes far enough
 * apart do without: mostly the smaller one is answered, and the larger one is
 * not. What the round before has lost without an answer beside it says nothing:
 * it may have been an outage.
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
		ask(p, espgw_size_part(env, low, high, 5));
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
	if (espgw_size_narrow(p, env, low, high)) {
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
