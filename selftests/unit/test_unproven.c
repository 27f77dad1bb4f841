// SPDX-License-Identifier: GPL-2.0
/* Large packets that nobody acknowledges: when it is asked, and how often at most. */

#include "test.h"
#include "unproven.h"

#define SECOND	1000ULL
#define MINUTE	(60 * SECOND)
#define LARGE	1280
#define FULL	1500

/* A stream, looked at once a second: when it is asked first; 0: never. */
static uint64_t stream(struct espgw_unproven *u, uint32_t len, uint64_t from,
		       uint64_t seconds)
{
	uint64_t t;

	for (t = from; t < from + seconds * SECOND; t += SECOND)
		if (espgw_unproven_look(u, len, LARGE, t))
			return t;
	return 0;
}

static void once(void)
{
	struct espgw_unproven u = {};
	uint64_t t;

	CHECK(!stream(&u, LARGE, 1000, 3600));
	CHECK(!stream(&u, 0, 1000, 3600));
	t = 10 * MINUTE;
	CHECK_EQ(stream(&u, FULL, t, 60), t + ESPGW_UNPROVEN_AFTER_MS);
	t += ESPGW_UNPROVEN_AFTER_MS;
	espgw_unproven_answered(&u, FULL, t + 5);
	/* It passes: that counts for ten minutes, of what is no longer. */
	CHECK(!stream(&u, FULL, t + SECOND, 599));
	CHECK(stream(&u, FULL, t + 600 * SECOND, 10));
}

static void interrupted(void)
{
	struct espgw_unproven u = {};
	uint64_t t = MINUTE;
	uint32_t i;

	/* Not all the time. */
	for (i = 0; i < 3600; i++, t += SECOND)
		CHECK(!espgw_unproven_look(&u, i % 3 ? FULL : 100, LARGE, t));
	/* Seldom heard of; too seldom. */
	for (i = 0; i < 100; i++, t += ESPGW_UNPROVEN_GAP_MS)
		CHECK(!espgw_unproven_look(&u, FULL, LARGE, t));
	t += MINUTE;
	CHECK(!espgw_unproven_look(&u, FULL, LARGE, t));
	CHECK(espgw_unproven_look(&u, FULL, LARGE, t + 5 * SECOND));
}

/* A black hole is found, forgotten, and asked about again. */
static void hole(void)
{
	struct espgw_unproven u = {};
	uint64_t t = MINUTE, again;

	t = stream(&u, FULL, t, 60);
	CHECK(t);
	espgw_unproven_answered(&u, 1280, t);
	espgw_unproven_answered(&u, 1400, t + 100);
	CHECK(!stream(&u, 1400, t + SECOND, 120));
	again = stream(&u, FULL, t + 120 * SECOND, 60);
	CHECK_EQ(again, t + 120 * SECOND + ESPGW_UNPROVEN_AFTER_MS);
	espgw_unproven_answered(&u, FULL, again + 5);
	CHECK(!stream(&u, FULL, again + SECOND, 100));
	/* Another way: nothing is known of that. */
	espgw_unproven_again(&u);
	CHECK(stream(&u, FULL, again + 100 * SECOND, 60));
}

/* Nobody ever answers: it is asked more and more seldom. */
static void mute(void)
{
	struct espgw_unproven u = {};
	uint64_t t, last = 0, pause = ESPGW_UNPROVEN_PAUSE_MS;
	uint32_t asked = 0;

	for (t = MINUTE; t < 180 * MINUTE; t += SECOND) {
		if (!espgw_unproven_look(&u, FULL, LARGE, t))
			continue;
		if (last)
			CHECK_EQ(t - last, pause);
		if (last)
			pause = min(pause * 2,
				    (uint64_t)ESPGW_UNPROVEN_KEEP_MS);
		last = t;
		asked++;
	}
	CHECK(asked >= 18 && asked <= 24);
	espgw_unproven_answered(&u, 1280, t);
	CHECK(!stream(&u, FULL, last + SECOND, 59));
	CHECK(stream(&u, FULL, t + SECOND, 60));
}

/* Whatever happens, never more than once a minute. */
static void anything(void)
{
	struct espgw_unproven u = {};
	uint64_t t = 1, last = 0;
	uint32_t i, n = rounds(1000000), asked = 0;

	for (i = 0; i < n; i++) {
		t += rnd_below(one_in(50) ? 30000 : 2000);
		if (one_in(40))
			espgw_unproven_answered(&u, 1200 + rnd_below(400), t);
		if (one_in(1000))
			espgw_unproven_again(&u);
		if (!espgw_unproven_look(&u, 1100 + rnd_below(500), 1000, t))
			continue;
		CHECK(!last || t - last >= ESPGW_UNPROVEN_PAUSE_MS);
		last = t;
		asked++;
	}
	CHECK(n < 10000 || asked);
}

/* Beside what the comments say, in other words; at each bound and beside it. */
static void modelled(void)
{
	static const uint32_t pauses[] = {
		0, 1, 1000, 2999, 3000, 3001, 9999, 10000, 10001, 50000, 59999,
		60000, 119999, 120000, 599999, 600000, 600001,
	};
	static const uint64_t waits[] = {
		60000, 120000, 240000, 480000, 600000,
	};
	uint32_t i, n = rounds(2000), step;

	for (i = 0; i < n; i++) {
		struct espgw_unproven u = {};
		uint64_t t = 1 + rnd_below(1000000), since = 0, last = 0;
		uint64_t asked = 0, proven_at = 0;
		uint32_t proven = 0, tries = 0;

		for (step = 0; step < 100; step++) {
			uint32_t len = one_in(2) ? FULL : rnd_range(1279, 1501);
			uint32_t large = one_in(8) ? len : LARGE;
			bool fits, ask;

			t += one_in(4) ? pauses[rnd_below(ARRAY_SIZE(pauses))] :
					 rnd_below(2) * 1000;
			if (one_in(20)) {
				proven = rnd_range(1499, 1501);
				proven_at = t;
				tries = 0;
				espgw_unproven_answered(&u, proven, t);
			}
			if (one_in(40)) {
				proven_at = 0;
				espgw_unproven_again(&u);
			}
			fits = proven_at && len <= proven &&
			       t < proven_at + 600000;
			if (len <= large || fits)
				since = 0;
			else if (!since || t >= last + 10000)
				since = t;
			last = t;
			ask = since && t >= since + 3000 &&
			      (!asked || t >= asked + waits[tries]);
			if (ask) {
				if (asked && tries < 4)
					tries++;
				asked = t;
				since = 0;
			}
			CHECK_EQ(espgw_unproven_look(&u, len, large, t), ask);
			CHECK_EQ(u.since_ms, since);
			CHECK_EQ(u.last_ms, last);
			CHECK_EQ(u.asked_ms, asked);
			CHECK_EQ(u.proven_ms, proven_at);
			CHECK_EQ(u.proven, proven);
			CHECK_EQ(u.tries, tries);
		}
	}
}

TESTS({ "asked once, for long", once },
      { "not all the time", interrupted },
      { "a black hole, and another way", hole },
      { "nobody answers", mute },
      { "anything", anything, true },
      { "beside a model", modelled, true });
