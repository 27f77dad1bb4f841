// SPDX-License-Identifier: GPL-2.0
/* The path MTU of a path: what is believed, for how long, and why. */

#include "pmtu.h"

/* How far back a message may reach, packets; how far in time the caller says. */
#define SEQ_SPAN	65536

/* IPv6's least, RFC 8200 5: what claims less is not a path that carries IPv6. */
#define IP6_MIN_MTU	1280

static_assert(ESPGW_CAP_NONE == 0);
static_assert(ESPGW_PMTU_FLOOR6 == IP6_MIN_MTU);
static_assert(ESPGW_PMTU_FLOOR4 >= ESPGW_PMTU_HARD_MIN);

/*
 * RFC 1191 7.1, and some between 1500 and 1006, where that table has none:
 * tunnels are what lies below 1500 nowadays.
 */
static const u16 plateaus[] = {
	65535, 32000, 17914, 8166, 4352, 2002, 1492, 1400, 1280, 1006, 508, 296,
	ESPGW_PMTU_HARD_MIN,
};

#define PLATEAUS	(sizeof(plateaus) / sizeof(plateaus[0]))

/**
 * espgw_pmtu_plateau() - the next usual MTU below a length
 * @below: bytes
 *
 * Return: the highest plateau less than @below; the lowest one, 68, if there is
 * none.
 */
u32 espgw_pmtu_plateau(u32 below)
{
	u32 i = 0;

	while (i < PLATEAUS - 1 && plateaus[i] >= below)
		i++;
	return plateaus[i];
}

/*
 * The sequence number with these low 32 bits among the last SEQ_SPAN sent. Also
 * right where the low half has wrapped since, and of 32-bit numbers. Return: 0
 * if there is none that was sent lately.
 */
static u64 infer_seq(const struct espgw_pmtu_env *env, u32 seq_low)
{
	u32 age = (u32)env->seq_last - seq_low;
	u64 seq;

	if (age >= SEQ_SPAN || age >= env->seq_last)
		return 0;
	seq = env->seq_last - age;
	return seq < env->seq_first ? 0 : seq;
}

/* 0: never */
static u64 expiry(u32 age_s, u64 now_ms)
{
	return age_s == ESPGW_AGE_INFINITE ? 0 : now_ms + age_s * 1000ULL;
}

/* The one place where an entry gets a value. @before: what packets met so far. */
static void put(struct espgw_pmtu *e, u32 mtu, u8 source, u32 before, u32 age_s,
		u64 now_ms)
{
	if (mtu < before) {
		e->lowered_ms = now_ms;
		e->lowered_by = source;
	} else if (mtu > before) {
		e->raised_ms = now_ms;
		e->raised_by = source;
	}
	e->mtu = mtu;
	e->source = source;
	e->learned_ms = now_ms;
	e->expires_ms = expiry(age_s, now_ms);
}

/* Was a first value set by hand that has not aged out? */
static bool hand_set(const struct espgw_pmtu *e, u64 now_ms)
{
	return e->static_mtu &&
	       (!e->static_expires_ms || now_ms < e->static_expires_ms);
}

/*
 * A probe's answer is proof, and what nobody signed no reason to doubt it but
 * by another probe.
 */
static bool beaten_by_probe(const struct espgw_pmtu *e,
			    const struct espgw_pmtu_env *env)
{
	return env->probe || (e->mtu && e->source == ESPGW_PMTU_PROBE);
}

static enum espgw_pmtu_verdict learn(struct espgw_pmtu *e,
				     const struct espgw_pmtu_claim *c,
				     const struct espgw_pmtu_env *env,
				     u64 now_ms)
{
	enum espgw_pmtu_verdict verdict = ESPGW_PMTU_ACCEPTED;
	u32 claim = c->mtu;
	u64 last_seq = c->spi == e->spi ? e->seq : 0;
	u64 seq = 0;
	u32 mtu;

	if (!env->learn)
		return ESPGW_PMTU_REJ_OFF;

	/* Is it about a packet that we sent? */
	if (!c->quoted_df)
		return ESPGW_PMTU_REJ_DF;
	if (c->has_seq) {
		seq = infer_seq(env, c->seq_low);
		if (!seq)
			return ESPGW_PMTU_REJ_SEQ;
	} else if (!env->seq_last) {
		return ESPGW_PMTU_REJ_SEQ;
	}
	if (c->family == 6 && claim < IP6_MIN_MTU)
		return ESPGW_PMTU_REJ_TOO_SMALL;
	if (!claim)
		claim = espgw_pmtu_plateau(c->quoted_len);
	if (c->quoted_len <= claim)
		return ESPGW_PMTU_REJ_LENGTH;
	if (c->quoted_len > env->max_sent)
		return ESPGW_PMTU_REJ_NOT_SENT;

	/* It may be. Does it say anything new? */
	if (e->locked)
		return ESPGW_PMTU_REJ_LOCKED;
	if (seq > last_seq) {
		e->seq = seq;
		e->spi = c->spi;
	}
	if (claim >= env->effective)
		return ESPGW_PMTU_REJ_NOT_LOWER;
	if (seq && seq < last_seq)
		return ESPGW_PMTU_REJ_STALE;

	mtu = claim;
	if (!c->has_seq) {
		/* Anybody can have made that up: a step, and not often. */
		verdict = ESPGW_PMTU_HINT;
		mtu = max(mtu, espgw_pmtu_plateau(env->effective));
		mtu = max(mtu, env->floor);
		if (mtu >= env->effective)
			return ESPGW_PMTU_REJ_NOT_LOWER;
		if (e->hint_ms && now_ms - e->hint_ms < ESPGW_PMTU_HINT_MS)
			return ESPGW_PMTU_REJ_RATE;
		e->hint_ms = now_ms;
		if (beaten_by_probe(e, env))
			return ESPGW_PMTU_SUSPECT;
	} else if (mtu < env->floor) {
		/*
		 * Believed, but not followed: smaller pieces are left to the
		 * routers, which need DF = 0 for that. Present values below
		 * the floor (a cap, a device) stay.
		 */
		mtu = min(env->floor, env->effective);
		e->floored = true;
		e->locked = true;
	}

	put(e, mtu, ESPGW_PMTU_ICMP, env->effective, env->age_s, now_ms);
	return verdict;
}

/**
 * espgw_pmtu_learn() - take an ICMP message into account, if it is to be believed
 * @e: the entry
 * @c: the message: its checksum, the quoted addresses and, if quoted, the SPI
 *	are known to be right
 * @env: what the SA knows
 * @now_ms: the time
 *
 * The checks in their order, the first that fails gives the verdict: learning
 * is on; quoted DF; sequence number (low 32 bits, of the last 65536 numbers and
 * the last 10 s); ICMPv6 below 1280; quoted length above the claim, which for
 * a router that does not say is the plateau below that length; quoted length
 * really sent; entry not locked; claim below the present value; nothing newer
 * known. A hint has no sequence number to check and is therefore followed by
 * one plateau at most, never below the floor or the claim, once in 10 s; where
 * probes are sent, or one found the present value, it is not followed at all.
 *
 * A newer message that passes but lowers nothing still counts as the newest: a
 * delayed older one does not lower after it. Packets of different SAs do not
 * compare; the last one heard of counts.
 *
 * Return: enum espgw_pmtu_verdict.
 */
enum espgw_pmtu_verdict espgw_pmtu_learn(struct espgw_pmtu *e,
					 const struct espgw_pmtu_claim *c,
					 const struct espgw_pmtu_env *env,
					 u64 now_ms)
{
	enum espgw_pmtu_verdict verdict = learn(e, c, env, now_ms);

	if (verdict == ESPGW_PMTU_ACCEPTED || verdict == ESPGW_PMTU_HINT)
		e->accepted++;
	else
		e->rejected++;
	return verdict;
}

/**
 * espgw_pmtu_bound() - the MSS of a TCP connection between the gateways bounds it
 * @e: the entry
 * @mtu: the MSS of both directions as received, plus 40 or 60, bytes
 * @env: what the SA knows; of it @effective, @floor, @age_s, @learn and @probe
 * @now_ms: the time
 *
 * Only lowers. The option is not signed, and a router may have clamped it lower
 * than it had to: never below the floor, nor the entry locked there; and where
 * probes are sent, or one found the present value, not without another one. The
 * same bound once more keeps the entry from ageing.
 *
 * Return: ACCEPTED, SUSPECT, REJ_OFF, REJ_LOCKED or REJ_NOT_LOWER of
 * enum espgw_pmtu_verdict.
 */
enum espgw_pmtu_verdict espgw_pmtu_bound(struct espgw_pmtu *e, u32 mtu,
					 const struct espgw_pmtu_env *env,
					 u64 now_ms)
{
	if (!env->learn)
		return ESPGW_PMTU_REJ_OFF;
	if (e->locked)
		return ESPGW_PMTU_REJ_LOCKED;
	mtu = max(mtu, env->floor);
	if (mtu >= env->effective) {
		if (e->source == ESPGW_PMTU_MSS && e->mtu == mtu)
			e->expires_ms = expiry(env->age_s, now_ms);
		return ESPGW_PMTU_REJ_NOT_LOWER;
	}
	if (beaten_by_probe(e, env))
		return ESPGW_PMTU_SUSPECT;
	put(e, mtu, ESPGW_PMTU_MSS, env->effective, env->age_s, now_ms);
	return ESPGW_PMTU_ACCEPTED;
}

/**
 * espgw_pmtu_confirm() - take over what probes found
 * @e: the entry
 * @mtu: struct espgw_probe's size, bytes
 * @env: what the SA knows; of it @effective, @floor and @age_s
 * @now_ms: the time
 *
 * Raises or lowers, whatever was learned before: that was hearsay, this went
 * through. The pauses of espgw_pmtu_may_raise() are for trying something larger
 * of one's own accord; what has been tried and passed needs none. An entry
 * locked at the floor is unlocked: its packets passed with DF set.
 *
 * What is locked by hand stays, and nothing is raised above what was set by
 * hand.
 *
 * Return: ESPGW_PMTU_ACCEPTED, also if only its age begins anew;
 * ESPGW_PMTU_REJ_LOCKED.
 */
enum espgw_pmtu_verdict espgw_pmtu_confirm(struct espgw_pmtu *e, u32 mtu,
					   const struct espgw_pmtu_env *env,
					   u64 now_ms)
{
	if (e->locked && !e->floored)
		return ESPGW_PMTU_REJ_LOCKED;
	mtu = max(mtu, env->floor);
	if (hand_set(e, now_ms)) {
		if (mtu >= e->static_mtu && e->source == ESPGW_PMTU_STATIC)
			return ESPGW_PMTU_ACCEPTED;
		mtu = min(mtu, e->static_mtu);
	}
	e->locked = false;
	e->floored = false;
	put(e, mtu, ESPGW_PMTU_PROBE, e->mtu ? e->mtu : env->effective,
	    env->age_s, now_ms);
	return ESPGW_PMTU_ACCEPTED;
}

/**
 * espgw_pmtu_set() - set by hand
 * @e: the entry
 * @mtu: bytes, at least ESPGW_PMTU_HARD_MIN
 * @lock: nothing learned changes it; without, it is a first value that messages
 *	lower and that comes back when what they said ages out
 * @age_s: seconds, or ESPGW_AGE_INFINITE
 * @now_ms: the time
 */
void espgw_pmtu_set(struct espgw_pmtu *e, u32 mtu, bool lock, u32 age_s,
		    u64 now_ms)
{
	if (mtu < ESPGW_PMTU_HARD_MIN)
		mtu = ESPGW_PMTU_HARD_MIN;
	/* Where nothing was known, it counts as lowered. */
	put(e, mtu, ESPGW_PMTU_STATIC, e->mtu ? e->mtu : mtu + 1, age_s,
	    now_ms);
	e->locked = lock;
	e->floored = false;
	e->static_mtu = lock ? 0 : mtu;
	e->static_expires_ms = lock ? 0 : e->expires_ms;
}

/**
 * espgw_pmtu_forget() - forget all that is known, set by hand or learned
 * @e: the entry; its counters and what it says of its last raise and hint stay
 */
void espgw_pmtu_forget(struct espgw_pmtu *e)
{
	e->learned_ms = 0;
	e->expires_ms = 0;
	e->lowered_ms = 0;
	e->seq = 0;
	e->static_expires_ms = 0;
	e->static_mtu = 0;
	e->mtu = 0;
	e->source = ESPGW_PMTU_DEFAULT;
	e->locked = false;
	e->floored = false;
}

/* Forget what was learned; what was set by hand comes back if it is not aged. */
static void unlearn(struct espgw_pmtu *e, u64 now_ms)
{
	u64 static_expires_ms = e->static_expires_ms;
	u32 static_mtu = e->static_mtu;
	bool again = hand_set(e, now_ms);

	espgw_pmtu_forget(e);
	e->raised_ms = now_ms;
	e->raised_by = ESPGW_PMTU_DEFAULT;
	if (again) {
		e->mtu = static_mtu;
		e->source = ESPGW_PMTU_STATIC;
		e->expires_ms = static_expires_ms;
		e->static_mtu = static_mtu;
		e->static_expires_ms = static_expires_ms;
	}
}

/**
 * espgw_pmtu_expire() - let an entry age out
 * @e: the entry
 * @now_ms: the time
 *
 * Then it is as if forgotten, but for a value set by hand that what was learned
 * had lowered and that has not aged out itself. That is a raise, so it waits
 * for a minute after another one, or for the entry's age if that is shorter.
 *
 * Return: true if it did age out.
 */
bool espgw_pmtu_expire(struct espgw_pmtu *e, u64 now_ms)
{
	u64 pause_ms = ESPGW_PMTU_RAISE_MS;

	if (!e->mtu || !e->expires_ms || now_ms < e->expires_ms)
		return false;
	if (e->learned_ms && e->expires_ms - e->learned_ms < pause_ms)
		pause_ms = e->expires_ms - e->learned_ms;
	if (e->raised_ms && now_ms - e->raised_ms < pause_ms)
		return false;
	unlearn(e, now_ms);
	return true;
}

/**
 * espgw_pmtu_restart() - packets go another way
 * @e: the entry
 * @now_ms: the time
 *
 * What was learned of the old way is forgotten at once, with its lock at the
 * floor; what was set by hand stays.
 *
 * Return: true if something was forgotten.
 */
bool espgw_pmtu_restart(struct espgw_pmtu *e, u64 now_ms)
{
	if (!e->mtu || e->source == ESPGW_PMTU_STATIC)
		return false;
	unlearn(e, now_ms);
	return true;
}

/**
 * espgw_pmtu_may_raise() - whether it is time to try something larger
 * @e: the entry
 * @now_ms: the time
 *
 * Not within 5 minutes of a decrease (RFC 1191 6.3, RFC 8201 4) nor within
 * 1 minute of a raise, and never over the head of who locked it.
 *
 * Return: true if a raise may be tried.
 */
bool espgw_pmtu_may_raise(const struct espgw_pmtu *e, u64 now_ms)
{
	if (e->locked && !e->floored)
		return false;
	if (e->lowered_ms && now_ms - e->lowered_ms < ESPGW_PMTU_LOWER_MS)
		return false;
	return !e->raised_ms || now_ms - e->raised_ms >= ESPGW_PMTU_RAISE_MS;
}

/**
 * espgw_pmtu_inherit() - take over what another SA on the same path knows
 * @e: the entry: of a new SA, or of one beside @from
 * @from: the entry of the SA that it replaces, or of one that learned something
 *
 * Never raises, nor changes what is locked. Its sequence number and counters
 * stay an SA's own.
 */
void espgw_pmtu_inherit(struct espgw_pmtu *e, const struct espgw_pmtu *from)
{
	if (!from->mtu || e->locked)
		return;
	if (e->mtu && e->mtu <= from->mtu &&
	    !(e->mtu == from->mtu && from->floored))
		return;
	if (!e->mtu) {
		e->static_expires_ms = from->static_expires_ms;
		e->static_mtu = from->static_mtu;
	}
	e->learned_ms = from->learned_ms;
	e->expires_ms = from->expires_ms;
	e->raised_ms = from->raised_ms;
	e->lowered_ms = from->lowered_ms;
	e->raised_by = from->raised_by;
	e->lowered_by = from->lowered_by;
	e->hint_ms = from->hint_ms;
	e->mtu = from->mtu;
	e->source = from->source;
	e->locked = from->locked;
	e->floored = from->floored;
}
