// SPDX-License-Identifier: GPL-2.0
/* The path MTU of a path: what is believed, for how long, and why. */

#include "pmtu.h"

/*
 * A message may be about one of the last so many packets. How old in time that
 * packet may be is the caller's to say: env's seq_first.
 */
#define SEQ_SPAN	65536

/* Every path that carries IPv6 has at least this MTU (RFC 8200 5). */
#define IP6_MIN_MTU	1280

static_assert(ESPGW_CAP_NONE == 0);
static_assert(ESPGW_PMTU_FLOOR6 == IP6_MIN_MTU);
static_assert(ESPGW_PMTU_FLOOR4 >= ESPGW_PMTU_HARD_MIN);

/*
 * The plateaus of RFC 1191 7.1, and some more between 1492 and 1006, where
 * paths through tunnels are nowadays.
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
 * The sequence number with these low 32 bits among the last SEQ_SPAN sent, with
 * extended numbers (where the low half may have wrapped since) and without.
 * Return: 0 if none of them was sent lately.
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

/* When a value that is taken now ages out; 0: never. */
static u64 expiry(u32 age_s, u64 now_ms)
{
	return age_s == ESPGW_AGE_INFINITE ? 0 : now_ms + age_s * 1000ULL;
}

/*
 * Give an entry a value; all do it here. @before: the MTU that has applied so
 * far, which tells whether this is a raise or a decrease.
 */
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

/* Is there a value set by hand, without a lock, that has not aged out? */
static bool hand_set(const struct espgw_pmtu *e, u64 now_ms)
{
	return e->static_mtu &&
	       (!e->static_expires_ms || now_ms < e->static_expires_ms);
}

/*
 * An answered probe is proof. A message that anybody can have made up does not
 * outweigh it; it may only have the path probed once more.
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
		/* Anybody can have made it up: one step, and not often. */
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
 * espgw_pmtu_learn() - take an ICMP message into account if it is to be
 *	believed
 * @e: the entry
 * @c: the message: its checksum, the quoted addresses and, if quoted, the SPI
 *	are known to be right
 * @env: what the SA knows
 * @now_ms: the time
 *
 * These have to hold, and the first that does not gives the verdict: learning
 * is on; the quoted DF is 1; the sequence number was sent in the last 10 s, and
 * is one of the last 65536; an ICMPv6 message does not claim less than 1280;
 * the quoted packet is longer than the claim, which for a router that does not
 * say is the next plateau below that length; something so long was sent; the
 * entry is not locked; the claim is below the present value; no newer packet
 * was heard of.
 *
 * A hint has no sequence number to check. So it lowers by one plateau at most,
 * once in 10 s, and not below floor or claim. Where probes are sent, or one has
 * found the present value, it lowers nothing.
 *
 * A newer message that is believed but lowers nothing still counts as the
 * newest: an older one that comes late does not lower after it. Sequence
 * numbers of different SAs do not compare, so only the SA heard of last is
 * remembered.
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
 * espgw_pmtu_bound() - take the MSS between the gateways into account
 * @e: the entry
 * @mtu: the MSS of a TCP connection between them, as received in both
 *	directions, plus 40 or 60, bytes
 * @env: what the SA knows; of it @effective, @floor, @age_s, @learn and @probe
 * @now_ms: the time
 *
 * It only lowers. The option is not signed, and a router may have clamped it
 * more than it had to. So it lowers to the floor at most, without locking the
 * entry there; where probes are sent, or one has found the present value, it
 * lowers nothing by itself. The same MSS once more keeps the entry from ageing.
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
 * Raises or lowers, whatever was learned before: that was only said, this has
 * passed. The pauses of espgw_pmtu_may_raise() are to be kept before something
 * larger is tried; what was tried and has passed needs none. An entry locked at
 * the floor is unlocked, since probes passed with DF set.
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
 * @lock: nothing learned changes it; without, messages may lower it, and it
 *	comes back when what they said ages out
 * @age_s: seconds, or ESPGW_AGE_INFINITE
 * @now_ms: the time
 */
void espgw_pmtu_set(struct espgw_pmtu *e, u32 mtu, bool lock, u32 age_s,
		    u64 now_ms)
{
	if (mtu < ESPGW_PMTU_HARD_MIN)
		mtu = ESPGW_PMTU_HARD_MIN;
	/* Where nothing was known it is a decrease: no raise for a while. */
	put(e, mtu, ESPGW_PMTU_STATIC, e->mtu ? e->mtu : mtu + 1, age_s,
	    now_ms);
	e->locked = lock;
	e->floored = false;
	e->static_mtu = lock ? 0 : mtu;
	e->static_expires_ms = lock ? 0 : e->expires_ms;
}

/**
 * espgw_pmtu_forget() - forget all that is known, set by hand or learned
 * @e: the entry; its counters, and when it was last raised or took a hint, stay
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

/* Forget what was learned; what was set by hand comes back if not aged out. */
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
 * What was learned is forgotten. A value set by hand that it had lowered comes
 * back, unless that has aged out too. Either is a raise, so it waits until a
 * minute has passed since the last raise, or the entry's age if that is
 * shorter.
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
 * What was learned of the old way is forgotten at once, and with it a lock at
 * the floor; what was set by hand stays.
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
 * 1 minute of a raise, and never if it is locked by hand.
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
 * It raises nothing and changes no locked entry. Sequence number and counters
 * are an SA's own and are not taken over.
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
