// SPDX-License-Identifier: GPL-2.0
/* Path-MTU entries: what is believed, what is not, and what time does. */

#include "pmtu.h"
#include "test.h"

#define SECOND	1000ULL
#define MINUTE	(60 * SECOND)

/* An entry that knows nothing. */
static const struct espgw_pmtu nothing;

/* An SA over 1500 that has sent numbers up to 1000, 900 of them lately. */
static const struct espgw_pmtu_env env0 = {
	.seq_last = 1000,
	.seq_first = 101,
	.effective = 1500,
	.floor = 576,
	.max_sent = 1500,
	.age_s = 600,
	.learn = true,
};

/* A message that is right in all. */
static const struct espgw_pmtu_claim claim0 = {
	.mtu = 1400,
	.quoted_len = 1500,
	.seq_low = 950,
	.family = 4,
	.quoted_df = true,
	.has_seq = true,
};

/* Learns, and checks what holds of every verdict. */
static enum espgw_pmtu_verdict learn(struct espgw_pmtu *e,
				     const struct espgw_pmtu_claim *c,
				     const struct espgw_pmtu_env *env, u64 now)
{
	struct espgw_pmtu before = *e;
	enum espgw_pmtu_verdict v = espgw_pmtu_learn(e, c, env, now);
	bool taken = v == ESPGW_PMTU_ACCEPTED || v == ESPGW_PMTU_HINT;

	CHECK_EQ(e->accepted, before.accepted + taken);
	CHECK_EQ(e->rejected, before.rejected + !taken);
	if (taken) {
		CHECK(!before.mtu || e->mtu <= before.mtu);
		CHECK(e->mtu <= env->effective);
		CHECK(e->mtu < env->effective || e->floored);
		CHECK(e->mtu >= min(env->floor, env->effective));
		CHECK(e->mtu >= c->mtu);
		CHECK_EQ(e->source, ESPGW_PMTU_ICMP);
		CHECK_EQ(e->learned_ms, now);
		CHECK_EQ(e->expires_ms, env->age_s == ESPGW_AGE_INFINITE ? 0 :
			 now + env->age_s * 1000ULL);
	} else {
		/* nothing but the count, and what the newest packet was */
		before.rejected = e->rejected;
		before.seq = e->seq;
		before.spi = e->spi;
		CHECK(!memcmp(e, &before, sizeof(before)));
	}
	CHECK(taken || v == ESPGW_PMTU_REJ_NOT_LOWER ||
	      v == ESPGW_PMTU_REJ_STALE || v == ESPGW_PMTU_REJ_RATE ||
	      e->seq == before.seq);
	return v;
}

static void plateaus(void)
{
	static const u32 known[] = {
		68, 296, 508, 1006, 1280, 1400, 1492, 2002, 4352, 8166, 17914,
		32000, 65535,
	};
	u32 below, i, want;

	for (below = 0; below <= 70000; below++) {
		want = 68;
		for (i = 0; i < ARRAY_SIZE(known); i++)
			if (known[i] < below)
				want = known[i];
		CHECK_EQ(espgw_pmtu_plateau(below), want);
	}
	CHECK_EQ(espgw_pmtu_plateau(1500), 1492);
	CHECK_EQ(espgw_pmtu_plateau(1492), 1400);
	CHECK_EQ(espgw_pmtu_plateau(~0u), 65535);
}

static void effective(void)
{
	static const u32 v[] = { 0, 68, 576, 1500, 9000 };
	struct espgw_pmtu e = nothing;
	u32 a, b, c, d, want;

	for (a = 0; a < ARRAY_SIZE(v); a++)
	for (b = 0; b < ARRAY_SIZE(v); b++)
	for (c = 0; c < ARRAY_SIZE(v); c++)
	for (d = 0; d < ARRAY_SIZE(v); d++) {
		e.mtu = v[a];
		want = 100000;
		if (v[a] && v[a] < want)
			want = v[a];
		if (v[b] && v[b] < want)
			want = v[b];
		if (v[c] && v[c] < want)
			want = v[c];
		if (v[d] && v[d] < want)
			want = v[d];
		if (want == 100000)
			want = 68;
		CHECK_EQ(espgw_pmtu_effective(&e, v[b], v[c], v[d]), want);
	}
}

static void believed(void)
{
	struct espgw_pmtu e = nothing;
	struct espgw_pmtu_claim c = claim0;
	struct espgw_pmtu_env env = env0;

	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_ACCEPTED);
	CHECK_EQ(e.mtu, 1400);
	CHECK_EQ(e.seq, 950);
	CHECK_EQ(e.expires_ms, MINUTE + 600 * SECOND);
	CHECK(!e.locked && !e.floored);
	env.effective = 1400;
	/* the same again, and more: nothing new */
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_REJ_NOT_LOWER);
	c.mtu = 1450;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_REJ_NOT_LOWER);
	c.mtu = 1399;
	env.age_s = ESPGW_AGE_INFINITE;
	CHECK_EQ(learn(&e, &c, &env, 2 * MINUTE), ESPGW_PMTU_ACCEPTED);
	CHECK_EQ(e.mtu, 1399);
	CHECK_EQ(e.expires_ms, 0);
	CHECK(!espgw_pmtu_expire(&e, ~0ULL));
}

/* Each check by a message that is wrong in nothing else. */
static void rejected(void)
{
	static const struct {
		const char *what;
		enum espgw_pmtu_verdict verdict;
		struct espgw_pmtu_claim c;
	} cases[] = {
		{ "DF=0 quoted", ESPGW_PMTU_REJ_DF,
		  { 0, 1400, 1500, 950, 4, false, true } },
		{ "number not sent yet", ESPGW_PMTU_REJ_SEQ,
		  { 0, 1400, 1500, 1001, 4, true, true } },
		{ "number sent too long ago", ESPGW_PMTU_REJ_SEQ,
		  { 0, 1400, 1500, 100, 4, true, true } },
		{ "number 0", ESPGW_PMTU_REJ_SEQ,
		  { 0, 1400, 1500, 0, 4, true, true } },
		{ "number from nowhere", ESPGW_PMTU_REJ_SEQ,
		  { 0, 1400, 1500, 0xdeadbeef, 4, true, true } },
		{ "quoted length is the claim", ESPGW_PMTU_REJ_LENGTH,
		  { 0, 1400, 1400, 950, 4, true, true } },
		{ "quoted length below the claim", ESPGW_PMTU_REJ_LENGTH,
		  { 0, 1400, 200, 950, 4, true, true } },
		{ "longer than anything sent", ESPGW_PMTU_REJ_NOT_SENT,
		  { 0, 1400, 1501, 950, 4, true, true } },
		{ "not lower", ESPGW_PMTU_REJ_NOT_LOWER,
		  { 0, 1499, 1500, 950, 4, true, true } },
		{ "ICMPv6 below 1280", ESPGW_PMTU_REJ_TOO_SMALL,
		  { 0, 1279, 1500, 950, 6, true, true } },
		{ "ICMPv6 with 0", ESPGW_PMTU_REJ_TOO_SMALL,
		  { 0, 0, 1500, 950, 6, true, true } },
		{ "0 and a length that has no plateau below it",
		  ESPGW_PMTU_REJ_LENGTH,
		  { 0, 0, 68, 950, 4, true, true } },
	};
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu e;
	size_t i;

	env.effective = 1499;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		e = nothing;
		if (!CHECK_EQ(learn(&e, &cases[i].c, &env, MINUTE),
			      cases[i].verdict))
			test_note("%s", cases[i].what);
		CHECK_EQ(e.mtu, 0);
	}
	e = nothing;
	env.learn = false;
	CHECK_EQ(learn(&e, &claim0, &env, MINUTE), ESPGW_PMTU_REJ_OFF);
	env.learn = true;
	env.max_sent = 0;	/* nothing went out with DF=1 */
	CHECK_EQ(learn(&e, &claim0, &env, MINUTE), ESPGW_PMTU_REJ_NOT_SENT);
	env.max_sent = 1500;
	env.seq_last = env.seq_first = 0;	/* nothing at all */
	CHECK_EQ(learn(&e, &claim0, &env, MINUTE), ESPGW_PMTU_REJ_SEQ);
	/* 1280 exactly is IPv6's least */
	env = env0;
	env.floor = 1280;
	CHECK_EQ(learn(&e, &(struct espgw_pmtu_claim) {
			0, 1280, 1500, 950, 6, true, true }, &env, MINUTE),
		 ESPGW_PMTU_ACCEPTED);
	CHECK(!e.floored && e.mtu == 1280);
}

/* Low halves of 64-bit numbers, wherever the boundary lies. */
static void sequence_numbers(void)
{
	u32 n = rounds(20000), back, depth;
	struct espgw_pmtu_claim c = claim0;
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu e;
	bool sent;

	while (n--) {
		env.seq_last = one_in(3) ? rnd_range(1, 100000) :
			       ((u64)rnd_below(3) << 32) + rnd_below(200000) +
			       (one_in(2) ? (1ULL << 32) - 100000 : 0) + 1;
		depth = one_in(2) ? rnd_below(300) : rnd_below(80000);
		env.seq_first = depth < env.seq_last ? env.seq_last - depth : 1;
		back = one_in(2) ? depth - 2 + rnd_below(5) :
		       one_in(2) ? 65534 + rnd_below(4) :
		       one_in(2) ? rnd_below(5) - 2 : rnd_below(90000);
		c.seq_low = (u32)env.seq_last - back;
		/* back is "negative" for numbers still to come */
		sent = back <= 65535 && back < env.seq_last &&
		       env.seq_last - back >= env.seq_first;
		e = nothing;
		if (!CHECK_EQ(learn(&e, &c, &env, MINUTE),
			      sent ? ESPGW_PMTU_ACCEPTED : ESPGW_PMTU_REJ_SEQ))
			test_note("last %#" PRIx64 ", first %#" PRIx64
				  ", low %#x", env.seq_last, env.seq_first,
				  c.seq_low);
		CHECK(!sent || e.seq == env.seq_last - back);
	}
}

/* A router that does not say: the plateau below what was quoted. */
static void zero(void)
{
	static const u32 steps[] = { 1492, 1400, 1280, 1006, 576 };
	struct espgw_pmtu_claim c = claim0;
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu e = nothing;
	size_t i;

	c.mtu = 0;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		c.quoted_len = env.effective;
		CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_ACCEPTED);
		CHECK_EQ(e.mtu, steps[i]);
		env.effective = e.mtu;
	}
	/* 508, the next, lies below the floor */
	CHECK(e.floored && e.locked);
}

static void floor_mtu(void)
{
	struct espgw_pmtu_claim c = claim0;
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu e = nothing;
	u64 now = MINUTE;

	c.mtu = 575;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 576 && e.floored && e.locked);
	/* nothing goes below it, not even if the floor does */
	env.effective = 576;
	c.quoted_len = 576;
	c.mtu = 300;
	c.seq_low = 960;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_REJ_LOCKED);
	env.floor = 68;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_REJ_LOCKED);
	CHECK_EQ(e.mtu, 576);
	/* but it ages out like any other */
	CHECK(!espgw_pmtu_expire(&e, now + 600 * SECOND - 1));
	CHECK(espgw_pmtu_expire(&e, now + 600 * SECOND));
	CHECK(!e.mtu && !e.floored && !e.locked);

	/* exactly the floor is not below it */
	env = env0;
	c = claim0;
	c.mtu = 576;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 576 && !e.floored && !e.locked);
	/* at the floor, a smaller claim changes DF alone */
	env.effective = 576;
	c.quoted_len = 576;
	c.mtu = 500;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 576 && e.floored && e.locked);

	/* a cap below the floor is not raised to it */
	e = nothing;
	env.effective = 400;
	c.mtu = 300;
	c.quoted_len = 400;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 400 && e.floored);
	/* below 68 no link is: it is the floor's case as well */
	e = nothing;
	env = env0;
	env.floor = 68;
	c.mtu = 1;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 68 && e.floored);
}

static void delayed(void)
{
	struct espgw_pmtu_claim c = claim0;
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu e = nothing;

	c.seq_low = 950;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_ACCEPTED);
	env.effective = 1400;
	/* about an older packet, and lower than the newer one said */
	c.seq_low = 949;
	c.mtu = 1300;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_REJ_STALE);
	/* about the same or a newer one: a second narrow link */
	c.seq_low = 950;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_ACCEPTED);
	env.effective = 1300;
	/* a newer one that lowers nothing is the newest all the same */
	c.seq_low = 990;
	c.mtu = 1350;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_REJ_NOT_LOWER);
	c.seq_low = 980;
	c.mtu = 1290;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_REJ_STALE);
	/* and never is anything raised */
	c.mtu = 1400;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_REJ_NOT_LOWER);
	CHECK_EQ(e.mtu, 1300);
	/* another SA of the path counts for itself: a rekey begins at 1 */
	c.spi = cpu_to_be32(0x1000);
	c.mtu = 1290;
	env.seq_first = 1;
	env.seq_last = 5;
	c.seq_low = 3;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_ACCEPTED);
	CHECK(e.seq == 3 && e.spi == c.spi);
	env.effective = 1290;
	c.seq_low = 2;
	c.mtu = 1285;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_REJ_STALE);
	/* a hint about yet another has no number that would count instead */
	c.spi = cpu_to_be32(0x2000);
	c.has_seq = false;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_HINT);
	CHECK(e.seq == 3 && e.spi == cpu_to_be32(0x1000));
	c.spi = cpu_to_be32(0x1000);
	c.has_seq = true;
	/* forgotten: what the newest packet was, too */
	espgw_pmtu_forget(&e);
	env.effective = 1500;
	CHECK_EQ(learn(&e, &c, &env, MINUTE), ESPGW_PMTU_ACCEPTED);
}

static void hints(void)
{
	static const u32 steps[] = { 1492, 1400, 1280, 1006, 576 };
	struct espgw_pmtu_claim c = claim0;
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu e = nothing;
	u64 now = MINUTE;
	size_t i;

	/* as low as it may claim, it is one plateau at a time */
	c.has_seq = false;
	c.mtu = 68;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_HINT);
		CHECK_EQ(e.mtu, steps[i]);
		CHECK(!e.floored && !e.locked);
		env.effective = e.mtu;
		if (env.effective > 576)
			CHECK_EQ(learn(&e, &c, &env, now + 9999),
				 ESPGW_PMTU_REJ_RATE);
		now += 10000;
	}
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_REJ_NOT_LOWER);

	/* not below the claim */
	e = nothing;
	env = env0;
	c.mtu = 1495;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_HINT);
	CHECK_EQ(e.mtu, 1495);
	/* 0: the plateau below the quoted length is the claim */
	e = nothing;
	c.mtu = 0;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_HINT);
	CHECK_EQ(e.mtu, 1492);
	/* what can be checked of a hint is */
	e = nothing;
	c.mtu = 1400;
	c.quoted_len = 1501;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_REJ_NOT_SENT);
	c.quoted_len = 1400;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_REJ_LENGTH);
	c.quoted_len = 1500;
	c.quoted_df = false;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_REJ_DF);
	c.quoted_df = true;
	env.seq_last = 0;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_REJ_SEQ);
	/* a hint does not make what has proof wait */
	env = env0;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_HINT);
	env.effective = e.mtu;
	CHECK_EQ(learn(&e, &claim0, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK_EQ(e.mtu, 1400);
}

/* By TCP's MSS between the gateways. */
static void bounded(void)
{
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu e = nothing, before;
	u64 now = MINUTE;
	u32 n, mtu;

	/* no message: nothing of it has to be right but this */
	env.seq_last = 0;
	env.max_sent = 0;

	CHECK_EQ(espgw_pmtu_bound(&e, 1500, &env, now),
		 ESPGW_PMTU_REJ_NOT_LOWER);
	CHECK_EQ(espgw_pmtu_bound(&e, 65535, &env, now),
		 ESPGW_PMTU_REJ_NOT_LOWER);
	CHECK(!memcmp(&e, &nothing, sizeof(e)));
	CHECK_EQ(espgw_pmtu_bound(&e, 1499, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1499 && e.source == ESPGW_PMTU_MSS && !e.locked);
	CHECK_EQ(e.learned_ms, now);
	CHECK_EQ(e.expires_ms, now + 600 * SECOND);
	CHECK(!e.accepted && !e.rejected);	/* no messages */

	/* the same again: only its age begins anew; a larger one: not even */
	env.effective = 1499;
	before = e;
	now += MINUTE;
	CHECK_EQ(espgw_pmtu_bound(&e, 1500, &env, now),
		 ESPGW_PMTU_REJ_NOT_LOWER);
	CHECK(!memcmp(&e, &before, sizeof(e)));
	CHECK_EQ(espgw_pmtu_bound(&e, 1499, &env, now),
		 ESPGW_PMTU_REJ_NOT_LOWER);
	before.expires_ms = now + 600 * SECOND;
	CHECK(!memcmp(&e, &before, sizeof(e)));
	CHECK(!espgw_pmtu_expire(&e, now + 600 * SECOND - 1));
	CHECK(espgw_pmtu_expire(&e, now + 600 * SECOND));
	CHECK_EQ(e.mtu, 0);

	/* of what a message said the age stays */
	e = nothing;
	env = env0;
	CHECK_EQ(learn(&e, &claim0, &env, now), ESPGW_PMTU_ACCEPTED);
	env.effective = 1400;
	before = e;
	CHECK_EQ(espgw_pmtu_bound(&e, 1400, &env, now + MINUTE),
		 ESPGW_PMTU_REJ_NOT_LOWER);
	CHECK(!memcmp(&e, &before, sizeof(e)));
	/* and a later message lowers a bound */
	CHECK_EQ(espgw_pmtu_bound(&e, 1300, &env, now), ESPGW_PMTU_ACCEPTED);
	env.effective = 1300;
	env.seq_last++;
	CHECK_EQ(learn(&e, &(struct espgw_pmtu_claim){
			.mtu = 1200, .quoted_len = 1300, .seq_low = 1001,
			.family = 4, .quoted_df = true, .has_seq = true },
		       &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1200 && e.source == ESPGW_PMTU_ICMP);

	/* off, locked, a probe's */
	e = nothing;
	env = env0;
	env.learn = false;
	CHECK_EQ(espgw_pmtu_bound(&e, 1300, &env, now), ESPGW_PMTU_REJ_OFF);
	env.learn = true;
	espgw_pmtu_set(&e, 1450, true, ESPGW_AGE_INFINITE, now);
	env.effective = 1450;
	before = e;
	CHECK_EQ(espgw_pmtu_bound(&e, 1300, &env, now), ESPGW_PMTU_REJ_LOCKED);
	CHECK(!memcmp(&e, &before, sizeof(e)));
	e.locked = false;
	e.source = ESPGW_PMTU_PROBE;
	before = e;
	CHECK_EQ(espgw_pmtu_bound(&e, 1300, &env, now), ESPGW_PMTU_SUSPECT);
	e.source = ESPGW_PMTU_STATIC;
	env.probe = true;
	CHECK_EQ(espgw_pmtu_bound(&e, 1300, &env, now), ESPGW_PMTU_SUSPECT);
	e.source = before.source;
	CHECK(!memcmp(&e, &before, sizeof(e)));

	/* set by hand, not locked: it comes back */
	e = nothing;
	env = env0;
	espgw_pmtu_set(&e, 1450, false, ESPGW_AGE_INFINITE, now);
	env.effective = 1450;
	CHECK_EQ(espgw_pmtu_bound(&e, 1300, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(espgw_pmtu_expire(&e, now + 600 * SECOND));
	CHECK(e.mtu == 1450 && e.source == ESPGW_PMTU_STATIC);

	/* whatever is said: never up, never below the floor, never locked */
	e = nothing;
	for (n = rounds(20000); n; n--) {
		env = env0;
		env.floor = 68 + rnd_below(1500);
		env.effective = 68 + rnd_below(2000);
		env.age_s = n % 7 ? 600 : ESPGW_AGE_INFINITE;
		if (e.mtu)
			env.effective = min(env.effective, e.mtu);
		mtu = rnd_below(65536);
		before = e;
		if (espgw_pmtu_bound(&e, mtu, &env, now + n) ==
		    ESPGW_PMTU_ACCEPTED) {
			CHECK_EQ(e.mtu, max(mtu, env.floor));
			CHECK(e.mtu < env.effective);
			CHECK_EQ(e.expires_ms, n % 7 ? now + n + 600 * SECOND : 0);
		} else {
			CHECK(max(mtu, env.floor) >= env.effective);
			CHECK_EQ(e.mtu, before.mtu);
		}
		CHECK(!e.locked && !e.floored);
		if (!(n % 16))
			e = nothing;
	}
}

static void by_hand(void)
{
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu e = nothing;
	u64 now = MINUTE;

	/* locked: until it is forgotten */
	espgw_pmtu_set(&e, 1450, true, ESPGW_AGE_INFINITE, now);
	CHECK(e.mtu == 1450 && e.locked && e.source == ESPGW_PMTU_STATIC);
	env.effective = 1450;
	CHECK_EQ(learn(&e, &claim0, &env, now), ESPGW_PMTU_REJ_LOCKED);
	CHECK(!espgw_pmtu_may_raise(&e, now + 1000 * MINUTE));
	CHECK(!espgw_pmtu_expire(&e, ~0ULL));
	CHECK_EQ(e.mtu, 1450);
	espgw_pmtu_forget(&e);
	CHECK(!e.mtu && !e.locked && e.source == ESPGW_PMTU_DEFAULT);
	CHECK_EQ(e.rejected, 1);	/* the counters stay */

	/* locked for a time */
	espgw_pmtu_set(&e, 1450, true, 30, now);
	CHECK(!espgw_pmtu_expire(&e, now + 30 * SECOND - 1));
	CHECK(espgw_pmtu_expire(&e, now + 30 * SECOND));
	CHECK_EQ(e.mtu, 0);

	/* not locked: lowered, and back when that ages out */
	espgw_pmtu_set(&e, 1450, false, ESPGW_AGE_INFINITE, now);
	CHECK_EQ(learn(&e, &claim0, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK_EQ(e.mtu, 1400);
	CHECK(espgw_pmtu_expire(&e, now + 600 * SECOND));
	CHECK(e.mtu == 1450 && e.source == ESPGW_PMTU_STATIC && !e.expires_ms);
	CHECK(!espgw_pmtu_expire(&e, ~0ULL));
	/* back for as long as it was to last itself */
	e = nothing;
	espgw_pmtu_set(&e, 1450, false, 900, now);
	CHECK_EQ(learn(&e, &claim0, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(espgw_pmtu_expire(&e, now + 600 * SECOND));
	CHECK_EQ(e.mtu, 1450);
	CHECK(!espgw_pmtu_expire(&e, now + 900 * SECOND - 1));
	CHECK(espgw_pmtu_expire(&e, now + 900 * SECOND));
	CHECK_EQ(e.mtu, 0);
	CHECK(!espgw_pmtu_expire(&e, ~0ULL));
	/* or not at all */
	e = nothing;
	espgw_pmtu_set(&e, 1450, false, 500, now);
	CHECK_EQ(learn(&e, &claim0, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(espgw_pmtu_expire(&e, now + 600 * SECOND));
	CHECK_EQ(e.mtu, 0);

	/* one raise after another: not within a minute */
	e = nothing;
	espgw_pmtu_set(&e, 1450, false, 620, now);
	CHECK_EQ(learn(&e, &claim0, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(espgw_pmtu_expire(&e, now + 600 * SECOND));
	CHECK(!espgw_pmtu_expire(&e, now + 660 * SECOND - 1));
	CHECK_EQ(e.mtu, 1450);
	CHECK(espgw_pmtu_expire(&e, now + 660 * SECOND));
	CHECK_EQ(e.mtu, 0);

	/* another way: what was learned goes, what was set by hand stays */
	e = nothing;
	CHECK(!espgw_pmtu_restart(&e, now));
	CHECK_EQ(learn(&e, &claim0, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(espgw_pmtu_restart(&e, now));
	CHECK(!e.mtu && !e.floored && !e.locked);
	espgw_pmtu_set(&e, 1450, false, 900, now);
	CHECK(!espgw_pmtu_restart(&e, now));
	CHECK_EQ(e.mtu, 1450);
	CHECK_EQ(learn(&e, &claim0, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(espgw_pmtu_restart(&e, now));
	CHECK(e.mtu == 1450 && e.source == ESPGW_PMTU_STATIC);
	CHECK_EQ(e.expires_ms, now + 900 * SECOND);
	espgw_pmtu_set(&e, 1300, true, ESPGW_AGE_INFINITE, now);
	CHECK(!espgw_pmtu_restart(&e, now));
	CHECK(e.mtu == 1300 && e.locked);

	/* anything set by hand replaces what was learned, floors too */
	e = nothing;
	env = env0;
	CHECK_EQ(learn(&e, &(struct espgw_pmtu_claim) {
			0, 100, 1500, 950, 4, true, true }, &env, now),
		 ESPGW_PMTU_ACCEPTED);
	CHECK(e.floored);
	espgw_pmtu_set(&e, 1400, false, ESPGW_AGE_INFINITE, now);
	CHECK(e.mtu == 1400 && !e.floored && !e.locked);
	espgw_pmtu_set(&e, 1, false, ESPGW_AGE_INFINITE, now);
	CHECK_EQ(e.mtu, 68);

	/* where nothing was known it is a decrease; else as it is */
	e = nothing;
	espgw_pmtu_set(&e, 1400, false, 60, now);
	CHECK(e.lowered_ms == now && e.lowered_by == ESPGW_PMTU_STATIC);
	CHECK_EQ(e.raised_ms, 0);
	CHECK_EQ(e.static_expires_ms, now + 60 * SECOND);
	espgw_pmtu_set(&e, 1400, false, 60, now + 1);
	CHECK(e.lowered_ms == now && !e.raised_ms);
	espgw_pmtu_set(&e, 1401, false, 60, now + 2);
	CHECK(e.lowered_ms == now && e.raised_ms == now + 2);
	espgw_pmtu_set(&e, 1400, true, 60, now + 3);
	CHECK(e.lowered_ms == now + 3 && e.raised_ms == now + 2);
	/* nothing comes back of what is locked */
	CHECK(!e.static_mtu && !e.static_expires_ms);

	/* forgotten to the last word, but for what says so */
	espgw_pmtu_set(&e, 1400, false, 60, now + 4);
	learn(&e, &claim0, &env, now + 5);
	espgw_pmtu_forget(&e);
	CHECK_EQ(e.learned_ms, 0);
	CHECK_EQ(e.expires_ms, 0);
	CHECK_EQ(e.lowered_ms, 0);
	CHECK_EQ(e.seq, 0);
	CHECK_EQ(e.static_expires_ms, 0);
	CHECK_EQ(e.static_mtu, 0);
	CHECK_EQ(e.raised_ms, now + 2);
}

static void raising(void)
{
	struct espgw_pmtu e = nothing;
	u64 now = 100 * MINUTE;

	CHECK(espgw_pmtu_may_raise(&e, now));
	CHECK_EQ(learn(&e, &claim0, &env0, now), ESPGW_PMTU_ACCEPTED);
	CHECK(!espgw_pmtu_may_raise(&e, now));
	CHECK(!espgw_pmtu_may_raise(&e, now + 5 * MINUTE - 1));
	CHECK(espgw_pmtu_may_raise(&e, now + 5 * MINUTE));
	/* ageing out is a raise */
	now += 10 * MINUTE;
	CHECK(espgw_pmtu_expire(&e, now));
	CHECK_EQ(e.raised_ms, now);
	CHECK(!espgw_pmtu_may_raise(&e, now + MINUTE - 1));
	CHECK(espgw_pmtu_may_raise(&e, now + MINUTE));
	CHECK(!espgw_pmtu_expire(&e, now + 100 * MINUTE));
	/* a floor is not somebody's lock */
	e = nothing;
	CHECK_EQ(learn(&e, &(struct espgw_pmtu_claim) {
			0, 100, 1500, 950, 4, true, true }, &env0, now),
		 ESPGW_PMTU_ACCEPTED);
	CHECK(espgw_pmtu_may_raise(&e, now + 5 * MINUTE));
}

static void inheriting(void)
{
	struct espgw_pmtu from = nothing, e = nothing;
	struct espgw_pmtu_claim c = claim0;
	u64 now = MINUTE;

	/* nothing from nothing */
	espgw_pmtu_inherit(&e, &from);
	CHECK(!memcmp(&e, &nothing, sizeof(e)));
	/* a rekey: all but the numbers that are the SA's own */
	espgw_pmtu_set(&from, 1450, false, ESPGW_AGE_INFINITE, now);
	learn(&from, &c, &env0, now);
	espgw_pmtu_inherit(&e, &from);
	CHECK(e.mtu == 1400 && e.source == ESPGW_PMTU_ICMP);
	CHECK(e.expires_ms == from.expires_ms && e.learned_ms == now);
	CHECK(!e.seq && !e.accepted && !e.rejected);
	CHECK(espgw_pmtu_expire(&e, now + 600 * SECOND));
	CHECK_EQ(e.mtu, 1450);
	/* siblings: lower is taken, higher is not */
	e = nothing;
	espgw_pmtu_set(&e, 1300, false, ESPGW_AGE_INFINITE, now);
	espgw_pmtu_inherit(&e, &from);
	CHECK_EQ(e.mtu, 1300);
	espgw_pmtu_set(&e, 1430, false, ESPGW_AGE_INFINITE, now);
	espgw_pmtu_inherit(&e, &from);
	CHECK_EQ(e.mtu, 1400);
	CHECK(espgw_pmtu_expire(&e, now + 600 * SECOND));
	CHECK_EQ(e.mtu, 1430);	/* its own, not the other's */
	/* what is locked stays */
	espgw_pmtu_set(&e, 1490, true, ESPGW_AGE_INFINITE, now);
	espgw_pmtu_inherit(&e, &from);
	CHECK_EQ(e.mtu, 1490);
	/* nor are its numbers the other's */
	e = nothing;
	c.seq_low = 960;
	c.mtu = 1450;
	learn(&e, &c, &env0, now);
	espgw_pmtu_inherit(&e, &from);
	CHECK(e.mtu == 1400 && e.seq == 960 && e.accepted == 1);
	/* a floor is passed on, to one that is there already as well */
	from = nothing;
	c.mtu = 100;
	learn(&from, &c, &env0, now);
	e = nothing;
	espgw_pmtu_inherit(&e, &from);
	CHECK(e.mtu == 576 && e.floored && e.locked);
	e = nothing;
	c.mtu = 576;
	learn(&e, &c, &env0, now);
	CHECK(!e.floored);
	espgw_pmtu_inherit(&e, &from);
	CHECK(e.mtu == 576 && e.floored);
	/* of one that is as large, nothing else: not even its age */
	e = nothing;
	espgw_pmtu_set(&e, 1300, false, ESPGW_AGE_INFINITE, now);
	from = nothing;
	espgw_pmtu_set(&from, 1300, false, 60, now);
	espgw_pmtu_inherit(&e, &from);
	CHECK_EQ(e.expires_ms, 0);
	/* and no floor that is higher */
	from.mtu = 1301;
	from.floored = true;
	espgw_pmtu_inherit(&e, &from);
	CHECK(e.mtu == 1300 && !e.floored && !e.expires_ms);
	from.mtu = 1300;
	espgw_pmtu_inherit(&e, &from);
	CHECK(e.mtu == 1300 && e.floored && e.expires_ms);
}

/* -- random histories beside a model that remembers what it was told */

struct model {
	u32 mtu;		/* 0: nothing */
	u64 expires;		/* 0: never */
	u32 by_hand;		/* to go back to; 0: none */
	bool locked, floored;
	u64 hint;		/* 0: never */
	u64 newest;
};

static u32 model_effective(const struct model *m, u32 dev)
{
	return m->mtu && m->mtu < dev ? m->mtu : dev;
}

static enum espgw_pmtu_verdict model_learn(struct model *m,
					   const struct espgw_pmtu_claim *c,
					   const struct espgw_pmtu_env *env,
					   u64 now)
{
	u32 now_mtu = env->effective, mtu = c->mtu;
	u64 newest = m->newest, seq = 0, s;

	if (!env->learn)
		return ESPGW_PMTU_REJ_OFF;
	if (!c->quoted_df)
		return ESPGW_PMTU_REJ_DF;
	if (c->has_seq) {
		/* look through all that was sent */
		for (s = env->seq_first; s <= env->seq_last; s++)
			if (s + 65536 > env->seq_last && (u32)s == c->seq_low)
				seq = s;
		if (!seq)
			return ESPGW_PMTU_REJ_SEQ;
	}
	if (c->family == 6 && c->mtu < 1280)
		return ESPGW_PMTU_REJ_TOO_SMALL;
	if (!mtu)
		mtu = espgw_pmtu_plateau(c->quoted_len);
	if (mtu >= c->quoted_len)
		return ESPGW_PMTU_REJ_LENGTH;
	if (c->quoted_len > env->max_sent)
		return ESPGW_PMTU_REJ_NOT_SENT;
	if (m->locked)
		return ESPGW_PMTU_REJ_LOCKED;
	m->newest = seq > newest ? seq : newest;
	if (mtu >= now_mtu)
		return ESPGW_PMTU_REJ_NOT_LOWER;
	if (c->has_seq && seq < newest)
		return ESPGW_PMTU_REJ_STALE;
	if (!c->has_seq) {
		u32 step = espgw_pmtu_plateau(now_mtu);

		mtu = mtu > step ? mtu : step;
		mtu = mtu > env->floor ? mtu : env->floor;
		if (mtu >= now_mtu)
			return ESPGW_PMTU_REJ_NOT_LOWER;
		if (m->hint && now < m->hint + 10 * SECOND)
			return ESPGW_PMTU_REJ_RATE;
		m->hint = now;
	} else if (mtu < env->floor) {
		m->locked = m->floored = true;
		mtu = env->floor < now_mtu ? env->floor : now_mtu;
	}
	m->mtu = mtu;
	m->expires = now + env->age_s * SECOND;
	return c->has_seq ? ESPGW_PMTU_ACCEPTED : ESPGW_PMTU_HINT;
}

static void history(void)
{
	static const u32 floors[] = { 68, 576, 1000 };
	struct espgw_pmtu_env env = env0;
	u64 now = 1 + rnd_below(100000);
	struct espgw_pmtu_claim c;
	struct model m = { 0 };
	struct espgw_pmtu e = nothing;
	u32 n = 300, dev, low;
	bool old, was_locked;

	env.floor = floors[rnd_below(3)];
	env.age_s = rnd_range(1, 600);
	env.seq_last = one_in(2) ? 300 : (1ULL << 32) - 100;
	dev = one_in(4) ? rnd_range(68, 1500) : 1500;
	env.max_sent = dev;
	low = dev;
	while (n--) {
		now += rnd_below(one_in(20) ? 700000 : 4000);
		env.seq_last += rnd_below(20);
		env.seq_first = env.seq_last > 250 ? env.seq_last - 250 : 1;
		old = m.mtu && m.expires && now >= m.expires;
		CHECK_EQ(espgw_pmtu_expire(&e, now), old);
		if (old) {
			m = (struct model) {
				.mtu = m.by_hand, .by_hand = m.by_hand,
				.hint = m.hint,
			};
			low = dev;
		}
		if (one_in(100)) {
			was_locked = one_in(4);
			m = (struct model) {
				.mtu = rnd_range(68, 1500), .hint = m.hint,
				.newest = m.newest, .locked = was_locked,
			};
			m.by_hand = was_locked ? 0 : m.mtu;
			espgw_pmtu_set(&e, m.mtu, was_locked,
				       ESPGW_AGE_INFINITE, now);
			low = dev;
		} else if (one_in(100)) {
			m = (struct model) { .hint = m.hint };
			espgw_pmtu_forget(&e);
			low = dev;
		}
		env.effective = model_effective(&m, dev);
		CHECK_EQ(espgw_pmtu_effective(&e, 0, dev, 0), env.effective);
		/* only lower until something ages or a hand interferes */
		CHECK(env.effective <= low);
		low = env.effective;

		c = claim0;
		c.mtu = one_in(8) ? 0 : one_in(4) ? rnd_below(2000) :
			rnd_range(env.effective > 60 ? env.effective - 60 : 1,
				  env.effective + 3);
		c.quoted_len = one_in(4) ? rnd_below(1600) : env.effective;
		c.seq_low = (u32)env.seq_last - rnd_below(one_in(6) ? 400 :
							  one_in(2) ? 250 : 3);
		c.has_seq = !one_in(5);
		c.quoted_df = !one_in(20);
		c.family = one_in(10) ? 6 : 4;
		env.learn = !one_in(50);
		if (!CHECK_EQ(learn(&e, &c, &env, now),
			      model_learn(&m, &c, &env, now)))
			break;
		CHECK_EQ(e.mtu, m.mtu);
		CHECK_EQ(e.locked, m.locked);
		CHECK_EQ(e.floored, m.floored);
		CHECK_EQ(e.expires_ms, m.expires);
		CHECK_EQ(e.seq, m.newest);
	}
}

static void histories(void)
{
	u32 n = rounds(2000) % 100000;

	while (n--)
		history();
}

/* A stranger who knows addresses and SPI but no number that was sent. */
static void spoofed(void)
{
	struct espgw_pmtu e = nothing, before;
	u32 n = rounds(200000);
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu_claim c;

	env.seq_last = 0x7000000000;
	env.seq_first = env.seq_last - 5000;
	espgw_pmtu_set(&e, 1450, false, ESPGW_AGE_INFINITE, MINUTE);
	env.effective = 1450;
	before = e;
	while (n--) {
		c = claim0;
		c.mtu = rnd_below(1500);
		c.quoted_len = rnd_below(1501);
		c.spi = (u32)rnd();
		do
			c.seq_low = (u32)rnd();
		while ((u32)env.seq_last - c.seq_low <= 5000);
		CHECK(learn(&e, &c, &env, MINUTE + n) == ESPGW_PMTU_REJ_SEQ);
	}
	e.rejected = 0;
	CHECK(!memcmp(&e, &before, sizeof(e)));
}

static void mss_bounds(void)
{
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu e = nothing;
	u64 now = MINUTE;

	CHECK_EQ(espgw_pmtu_bound(&e, 1400, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1400 && e.source == ESPGW_PMTU_MSS);
	CHECK(e.lowered_ms == now && e.lowered_by == ESPGW_PMTU_MSS);
	CHECK_EQ(e.expires_ms, now + 600 * SECOND);
	CHECK(!e.raised_ms && !e.locked && !e.floored);
	/* never raises */
	env.effective = 1400;
	CHECK_EQ(espgw_pmtu_bound(&e, 1400, &env, now), ESPGW_PMTU_REJ_NOT_LOWER);
	CHECK_EQ(espgw_pmtu_bound(&e, 1450, &env, now), ESPGW_PMTU_REJ_NOT_LOWER);
	CHECK_EQ(e.mtu, 1400);
	/* down to the floor, and no lock there: nobody has signed it */
	CHECK_EQ(espgw_pmtu_bound(&e, 100, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 576 && !e.locked && !e.floored);
	env.effective = 576;
	CHECK_EQ(espgw_pmtu_bound(&e, 0, &env, now), ESPGW_PMTU_REJ_NOT_LOWER);
	/* a cap below the floor */
	e = nothing;
	env.effective = 500;
	CHECK_EQ(espgw_pmtu_bound(&e, 400, &env, now), ESPGW_PMTU_REJ_NOT_LOWER);
	CHECK(!memcmp(&e, &nothing, sizeof(e)));
	/* learning off, probes, a lock */
	env = env0;
	env.learn = false;
	CHECK_EQ(espgw_pmtu_bound(&e, 1400, &env, now), ESPGW_PMTU_REJ_OFF);
	env = env0;
	env.probe = true;
	CHECK_EQ(espgw_pmtu_bound(&e, 1400, &env, now), ESPGW_PMTU_SUSPECT);
	CHECK(!memcmp(&e, &nothing, sizeof(e)));
	espgw_pmtu_set(&e, 1500, true, ESPGW_AGE_INFINITE, now);
	CHECK_EQ(espgw_pmtu_bound(&e, 1400, &env0, now), ESPGW_PMTU_REJ_LOCKED);
	CHECK_EQ(e.mtu, 1500);
	/* one set by hand is a first value; it comes back */
	espgw_pmtu_set(&e, 1500, false, ESPGW_AGE_INFINITE, now);
	CHECK_EQ(espgw_pmtu_bound(&e, 1400, &env0, now), ESPGW_PMTU_ACCEPTED);
	CHECK(espgw_pmtu_expire(&e, now + 600 * SECOND));
	CHECK(e.mtu == 1500 && e.source == ESPGW_PMTU_STATIC);
}

static void confirmed(void)
{
	struct espgw_pmtu_claim c = claim0, hint = claim0;
	struct espgw_pmtu_env env = env0;
	struct espgw_pmtu e = nothing, before;
	u64 now = MINUTE;

	hint.has_seq = false;
	/* past what a message said, and at once */
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.lowered_ms == now && e.lowered_by == ESPGW_PMTU_ICMP);
	env.effective = 1400;
	CHECK_EQ(espgw_pmtu_confirm(&e, 1492, &env, now + 1), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1492 && e.source == ESPGW_PMTU_PROBE);
	CHECK(e.raised_ms == now + 1 && e.raised_by == ESPGW_PMTU_PROBE);
	CHECK(e.lowered_ms == now && e.lowered_by == ESPGW_PMTU_ICMP);
	/* the same again: only its age */
	now += MINUTE;
	env.effective = 1492;
	CHECK_EQ(espgw_pmtu_confirm(&e, 1492, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.raised_ms == now - MINUTE + 1 && e.learned_ms == now);
	CHECK_EQ(e.expires_ms, now + 600 * SECOND);
	/* it beats what nobody signed, */
	CHECK_EQ(espgw_pmtu_bound(&e, 1400, &env, now), ESPGW_PMTU_SUSPECT);
	before = e;
	CHECK_EQ(espgw_pmtu_learn(&e, &hint, &env, now), ESPGW_PMTU_SUSPECT);
	CHECK(e.mtu == 1492 && e.hint_ms == now && e.source == before.source);
	CHECK(e.rejected == before.rejected + 1 &&
	      e.accepted == before.accepted);
	CHECK_EQ(learn(&e, &hint, &env, now + SECOND), ESPGW_PMTU_REJ_RATE);
	CHECK_EQ(e.mtu, 1492);
	/* but not a message about a packet that was sent */
	c.seq_low++;
	CHECK_EQ(learn(&e, &c, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1400 && e.source == ESPGW_PMTU_ICMP);
	/* and a black hole lowers further */
	env.effective = 1400;
	CHECK_EQ(espgw_pmtu_confirm(&e, 1300, &env, now + 5), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1300 && e.lowered_by == ESPGW_PMTU_PROBE);
	CHECK_EQ(e.lowered_ms, now + 5);
	CHECK(!espgw_pmtu_may_raise(&e, now + 5 * MINUTE + 4));
	CHECK(espgw_pmtu_may_raise(&e, now + 5 * MINUTE + 5));
	/* confirmations do not put that off */
	CHECK_EQ(espgw_pmtu_confirm(&e, 1300, &env, now + 4 * MINUTE),
		 ESPGW_PMTU_ACCEPTED);
	CHECK(espgw_pmtu_may_raise(&e, now + 5 * MINUTE + 5));
	/* not below the floor */
	CHECK_EQ(espgw_pmtu_confirm(&e, 100, &env, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 576 && !e.locked);
	/* where nothing was known, the device's was */
	e = nothing;
	CHECK_EQ(espgw_pmtu_confirm(&e, 1500, &env0, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1500 && !e.lowered_ms && !e.raised_ms);
	e = nothing;
	CHECK_EQ(espgw_pmtu_confirm(&e, 1280, &env0, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1280 && e.lowered_ms == now);

	/* a lock at the floor is opened by a packet that passed */
	e = nothing;
	c.mtu = 100;
	CHECK_EQ(learn(&e, &c, &env0, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.locked && e.floored);
	CHECK_EQ(espgw_pmtu_confirm(&e, 1000, &env0, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1000 && !e.locked && !e.floored);
	/* one by hand is not */
	espgw_pmtu_set(&e, 1300, true, ESPGW_AGE_INFINITE, now);
	CHECK_EQ(espgw_pmtu_confirm(&e, 1000, &env0, now), ESPGW_PMTU_REJ_LOCKED);
	CHECK_EQ(espgw_pmtu_confirm(&e, 1400, &env0, now), ESPGW_PMTU_REJ_LOCKED);
	CHECK(e.mtu == 1300 && e.source == ESPGW_PMTU_STATIC && e.locked);
	/* nor is a first value exceeded; lowered it is */
	espgw_pmtu_set(&e, 1300, false, 3600, now);
	CHECK_EQ(espgw_pmtu_confirm(&e, 1400, &env0, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1300 && e.source == ESPGW_PMTU_STATIC);
	CHECK_EQ(espgw_pmtu_confirm(&e, 1300, &env0, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1300 && e.source == ESPGW_PMTU_STATIC);
	CHECK_EQ(espgw_pmtu_confirm(&e, 1200, &env0, now), ESPGW_PMTU_ACCEPTED);
	CHECK(e.mtu == 1200 && e.source == ESPGW_PMTU_PROBE);
	CHECK_EQ(espgw_pmtu_confirm(&e, 1400, &env0, now), ESPGW_PMTU_ACCEPTED);
	CHECK_EQ(e.mtu, 1300);
	/* as long as it has not aged out */
	CHECK_EQ(espgw_pmtu_confirm(&e, 1400, &env0, now + 3600 * SECOND),
		 ESPGW_PMTU_ACCEPTED);
	CHECK_EQ(e.mtu, 1400);
}

TESTS({ "plateaus", plateaus },
      { "the effective path MTU", effective },
      { "a message that is right is believed", believed },
      { "each reason to reject", rejected },
      { "sequence numbers, ESN, wrap", sequence_numbers, true },
      { "a next-hop MTU of 0", zero },
      { "the floor", floor_mtu },
      { "delayed and reordered messages", delayed },
      { "hints", hints },
      { "bounded by TCP's MSS", bounded, true },
      { "set by hand", by_hand },
      { "no raise too soon", raising },
      { "inheritance", inheriting },
      { "an MSS", mss_bounds },
      { "confirmed by probes", confirmed },
      { "random histories against a model", histories, true },
      { "spoofed messages change nothing", spoofed, true });
