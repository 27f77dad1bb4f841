// SPDX-License-Identifier: GPL-2.0
/* What answers and losses prove: one after the other, and what is known then. */

#include "probe_evidence.h"
#include "probe_size.h"
#include "test.h"

/* A path of 1500 that is known, and a device of that MTU. */
static struct espgw_probe_env env;
static struct espgw_probe p;

static void known(void)
{
	memset(&env, 0, sizeof(env));
	env.max = 1500;
	env.floor = 576;
	env.pmtu = 1500;
	env.align = 4;
	env.overhead = 52;
	env.confirm_ms = 30000;
	env.raise_ms = 600000;
	env.on = true;
	env.may_raise = true;
	memset(&p, 0, sizeof(p));
	p.state = ESPGW_PROBE_COMPLETE;
	p.max = 1500;
	p.size = 1500;
	p.low = 1500;
	p.high = 1501;
	p.proven = true;
}

static void lose(uint32_t size, uint64_t sent_ms, uint64_t now_ms)
{
	struct espgw_probe_sent s = { .sent_ms = sent_ms, .size = (u16)size,
				      .token = 1, .out = true };

	espgw_evidence_lost(&p, &env, &s, now_ms);
	CHECK(!s.out);
}

static void answer(uint32_t size, uint64_t sent_ms, uint64_t now_ms)
{
	struct espgw_probe_sent s = { .sent_ms = sent_ms, .size = (u16)size };

	espgw_evidence_answered(&p, &env, &s, now_ms);
}

static void needed(void)
{
	uint32_t i, bits;

	known();
	for (i = 0; i <= 32; i++) {
		/* anywhere */
		for (p.history = 0, bits = 0; bits < i; bits++) {
			uint32_t bit;

			do {
				bit = 1u << rnd_below(32);
			} while (p.history & bit);
			p.history |= bit;
		}
		CHECK_EQ(espgw_evidence_needed(&p, &env), i > 6 ? 255 : 8 + i);
		p.proven = false;
		CHECK_EQ(espgw_evidence_needed(&p, &env), 1);
		env.on = false;
		CHECK_EQ(espgw_evidence_needed(&p, &env), 2);
		env.on = true;
		p.proven = true;
	}
}

/* The last 8 that were lost, and the way back through them. */
static void bounds(void)
{
	uint32_t i, n;

	known();
	for (n = 0; n < 12; n++) {
		uint32_t size = 1400 - n * 8;

		espgw_evidence_bound(&p, size, (u8)(n + 1));
		CHECK_EQ(p.high, size);
		CHECK_EQ(p.fails, n + 1);
		/* what was beyond the device's MTU was no loss */
		CHECK_EQ(p.bound_count, min(n, 8u));
		for (i = 0; i < p.bound_count; i++) {
			uint32_t k = n - p.bound_count + i;

			CHECK_EQ(p.bounds[i].size, 1400 - k * 8);
			CHECK_EQ(p.bounds[i].fails, k + 1);
		}
	}
	/* one that passes leads back to the smallest that is larger */
	p.low = 576;
	answer(1328, 1, 2);
	CHECK_EQ(p.high, 1336);
	CHECK_EQ(p.fails, 9);
	CHECK_EQ(p.bound_count, 5);
	answer(1332, 1, 2);
	CHECK_EQ(p.high, 1336);
	answer(1336, 1, 2);
	CHECK_EQ(p.high, 1344);
	CHECK_EQ(p.fails, 8);
	CHECK_EQ(p.bound_count, 4);
	answer(1404, 1, 2);
	CHECK_EQ(p.high, 1501);
	CHECK_EQ(p.fails, 0);
	CHECK_EQ(p.bound_count, 0);
	/* high at the device's MTU itself is one */
	known();
	p.low = 576;
	p.high = 1500;
	p.fails = 2;
	espgw_evidence_bound(&p, 1000, 1);
	CHECK_EQ(p.bound_count, 1);
	CHECK_EQ(p.bounds[0].size, 1500);
	CHECK_EQ(p.bounds[0].fails, 2);
}

/* Losses of what is in use count by what passes beside them, two at a time. */
static void doubts(void)
{
	uint32_t i;

	known();
	p.low = 576;
	lose(1500, 100, 300);
	CHECK_EQ(p.uncovered, 1);
	CHECK_EQ(p.evidence, 0);
	CHECK_EQ(p.doubts[0], 1500);
	CHECK_EQ(p.uncovered_ms, 100);
	CHECK_EQ(p.high, 1500);
	CHECK_EQ(p.recheck_at_ms, 1300);
	lose(1400, 90, 310);
	CHECK_EQ(p.uncovered, 2);
	CHECK_EQ(p.doubts[1], 1400);
	CHECK_EQ(p.uncovered_ms, 100);
	CHECK_EQ(p.high, 1400);
	CHECK_EQ(p.fails, 1);
	CHECK_EQ(p.recheck_at_ms, 1310);
	/* no more than two wait */
	lose(1300, 110, 320);
	CHECK_EQ(p.uncovered, 2);
	CHECK_EQ(p.uncovered_ms, 110);
	CHECK_EQ(p.high, 1300);
	/* once more the same size */
	lose(1300, 111, 321);
	CHECK_EQ(p.high, 1300);
	CHECK_EQ(p.fails, 2);
	CHECK_EQ(p.lost, 4);
	/* an answer to what was sent before them covers none */
	answer(600, 110, 330);
	CHECK_EQ(p.covers, 2);
	CHECK_EQ(p.covered_ms, 110);
	CHECK_EQ(p.uncovered, 2);
	CHECK_EQ(p.evidence, 0);
	CHECK_EQ(p.low, 600);
	answer(604, 111, 340);
	CHECK_EQ(p.evidence, 2);
	CHECK_EQ(p.uncovered, 0);
	CHECK_EQ(p.covers, 0);
	CHECK_EQ(p.covered_ms, 111);
	/* an older answer takes nothing back */
	answer(596, 50, 341);
	CHECK_EQ(p.covered_ms, 111);
	CHECK_EQ(p.covers, 2);
	CHECK_EQ(p.low, 604);
	/* it covers what is lost after it, sent at the same time */
	lose(1500, 111, 350);
	CHECK_EQ(p.evidence, 3);
	CHECK_EQ(p.covers, 1);
	lose(1500, 112, 351);
	CHECK_EQ(p.evidence, 3);
	CHECK_EQ(p.uncovered, 1);
	CHECK_EQ(p.covers, 1);
	/* one up to which they were lost passes: by chance, then */
	p.history = 0;
	answer(1400, 120, 360);
	CHECK_EQ(p.evidence, 3);
	CHECK_EQ(p.uncovered, 0);
	CHECK_EQ(p.doubts[0], 1500);
	CHECK_EQ(p.doubts[1], 1500);
	CHECK_EQ(p.doubts[2], 1500);
	CHECK_EQ(p.history, 2);
	CHECK_EQ(p.high, 1500);
	/* one as large as what is in use: no doubt is left */
	p.told = 2;
	p.round_left = 2;
	answer(1500, 130, 370);
	CHECK_EQ(p.evidence + p.uncovered + p.told + p.covers, 0);
	CHECK_EQ(p.history, 2 << 5 | 0x1e);
	CHECK_EQ(p.round_left, 0);
	CHECK_EQ(p.passed_ms, 130);
	CHECK_EQ(p.confirm_at_ms, 30370);
	CHECK_EQ(p.events, ESPGW_PROBE_CONFIRMED);
	CHECK_EQ(p.low, 1500);
	answer(1500, 120, 380);
	CHECK_EQ(p.passed_ms, 130);
	CHECK_EQ(p.history, 2 << 6 | 0x3c);

	/* also none of a size that was in use before limits became less */
	known();
	p.size = 1400;
	p.low = 576;
	p.doubts[0] = 1500;
	p.doubts[1] = 1500;
	p.evidence = 1;
	p.uncovered = 1;
	answer(1400, 130, 370);
	CHECK_EQ(p.evidence + p.uncovered, 0);
	CHECK_EQ(p.history, 6);

	/* there is room for 16 */
	known();
	p.low = 576;
	for (i = 0; i < 20; i++) {
		lose(1500, 100 + i, 200 + i);
		answer(600, 100 + i, 200 + i);
		CHECK_EQ(p.evidence + p.uncovered, min(i + 1, 16u));
	}
}

/* A small one is lost as well: the path was down, or the peer. */
static void silence(void)
{
	static const uint32_t pauses[] = {
		1000, 2000, 4000, 8000, 16000, 32000, 64000, 64000, 64000,
	};
	uint32_t i;

	known();
	p.low = 576;
	lose(1500, 100, 200);
	lose(576, 100, 200);
	CHECK_EQ(p.mute, 1);
	CHECK_EQ(p.uncovered, 0);
	CHECK_EQ(p.history, 1);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	/* with evidence from before, it stays until the second one */
	p.evidence = 2;
	p.told = 1;
	p.uncovered = 1;
	p.round_left = 1;
	p.high = 1400;
	p.fails = 2;
	p.mute = 0;
	lose(576, 300, 400);
	CHECK_EQ(p.evidence, 2);
	CHECK_EQ(p.told, 1);
	CHECK_EQ(p.uncovered, 0);
	CHECK_EQ(p.round_left, 0);
	CHECK_EQ(p.high, 1400);
	lose(576, 301, 401);
	CHECK_EQ(p.mute, 2);
	CHECK_EQ(p.evidence + p.told, 0);
	CHECK_EQ(p.high, 1501);
	CHECK_EQ(p.fails, 0);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	CHECK_EQ(p.wake_ms, 0);
	for (i = 0; i < ARRAY_SIZE(pauses); i++) {
		lose(576, 500, 1000);
		CHECK_EQ(p.mute, 3 + i);
		CHECK_EQ(p.state, ESPGW_PROBE_ERROR);
		/* told once */
		CHECK_EQ(p.events, i ? 0 : ESPGW_PROBE_SILENT);
		p.events = 0;
		CHECK_EQ(p.wake_ms, 1000 + pauses[i]);
	}
	for (; i < 300; i++)
		lose(576, 500, 1000);
	CHECK_EQ(p.mute, 255);
	CHECK_EQ(p.wake_ms, 65000);
	answer(600, 600, 2000);
	CHECK_EQ(p.mute, 0);

	/* what was never answered: no bound is given up for it */
	known();
	p.proven = false;
	p.low = 0;
	p.high = 1400;
	lose(576, 100, 200);
	CHECK_EQ(p.high, 1400);

	/* not smaller than what passes, but smaller than what is in use */
	known();
	p.low = 1000;
	p.uncovered = 1;
	lose(800, 100, 200);
	CHECK_EQ(p.uncovered, 0);
	CHECK_EQ(p.low, 1000);
	CHECK_EQ(p.mute, 0);
	CHECK_EQ(p.recheck_at_ms, 0);
	/* that itself: the path has fallen once more */
	lose(1000, 101, 201);
	CHECK_EQ(p.low, 576);
	CHECK_EQ(p.recheck_at_ms, 0);
	/* but not where nothing is in doubt */
	p.low = 1000;
	p.proven = false;
	lose(1000, 102, 202);
	CHECK_EQ(p.low, 1000);
	/* what is in use is lost, and passes else */
	known();
	lose(1500, 100, 200);
	CHECK_EQ(p.uncovered, 1);
	CHECK_EQ(p.low, 1500);
	CHECK_EQ(p.high, 1501);
	CHECK_EQ(p.history, 0);
}

/* Larger than what is in use: nothing but a bound. */
static void larger(void)
{
	known();
	p.size = 1280;
	p.low = 1280;
	p.hint = 1402;
	lose(1500, 100, 200);
	CHECK_EQ(p.high, 1500);
	CHECK_EQ(p.fails, 1);
	CHECK_EQ(p.bound_count, 0);
	CHECK_EQ(p.hint, 1402);
	CHECK_EQ(p.uncovered, 0);
	lose(1500, 100, 200);
	CHECK_EQ(p.fails, 2);
	p.fails = 255;
	lose(1500, 100, 200);
	CHECK_EQ(p.fails, 255);
	CHECK_EQ(p.high, 1500);
	CHECK_EQ(p.recheck_at_ms, 1200);
	/* the hint is tried, whichever way it ends */
	lose(1400, 100, 200);
	CHECK_EQ(p.hint, 0);
	CHECK_EQ(p.bound_count, 1);
	p.hint = 1382;
	answer(1376, 100, 200);
	CHECK_EQ(p.hint, 1382);
	answer(1380, 100, 200);
	CHECK_EQ(p.hint, 0);
	CHECK_EQ(p.low, 1380);
	CHECK(p.proven);
	CHECK_EQ(p.high, 1400);
	/* one that is not below what was lost */
	lose(1480, 100, 200);
	CHECK_EQ(p.high, 1400);
	CHECK_EQ(p.fails, 1);
	/* no hint: it is not 0 that was tried */
	p.hint = 0;
	answer(1384, 100, 200);
	CHECK_EQ(p.hint, 0);
}

static void stalled(void)
{
	uint32_t worth, evidence, bits;

	for (worth = 0; worth < 12; worth++)
	for (evidence = 0; evidence < 14; evidence++)
	for (bits = 0; bits < 6; bits++) {
		uint32_t room = 8 + bits - 1;
		uint32_t want = worth > 5 ? 5 : worth;

		known();
		p.history = (1u << bits) - 1;
		p.evidence = (u8)evidence;
		p.passed_ms = 1000;
		CHECK(!espgw_evidence_stalled(&p, &env, worth, 1000));
		CHECK_EQ(p.told, 0);
		CHECK(espgw_evidence_stalled(&p, &env, worth, 1001));
		room = room > evidence ? room - evidence : 0;
		CHECK_EQ(p.told, want < room ? want : room);
		/* less does not take it back */
		CHECK(espgw_evidence_stalled(&p, &env, 1, 1001));
		CHECK_EQ(p.told, min(max(want, 1u), room));
		/* never answered: it says nothing */
		p.proven = false;
		p.told = 0;
		CHECK(!espgw_evidence_stalled(&p, &env, worth, 1001));
		CHECK_EQ(p.told, 0);
	}
	/* there is nothing smaller */
	known();
	env.max = 576;
	p.size = 576;
	CHECK(!espgw_evidence_stalled(&p, &env, 5, 1));
	CHECK_EQ(p.told, 0);
	/* there just is */
	known();
	p.size = 580;
	CHECK(espgw_evidence_stalled(&p, &env, 5, 1));
	CHECK_EQ(p.told, 5);
	/* it is what can be sent that counts */
	known();
	env.max = 579;
	p.size = 579;
	CHECK(!espgw_evidence_stalled(&p, &env, 5, 1));
}

static void wanted(uint32_t first, uint32_t second)
{
	u32 want[2] = { 1, 1 };

	espgw_evidence_want(&p, &env, want);
	CHECK_EQ(want[0], first);
	CHECK_EQ(want[1], second);
}

/* By hand: two losses, each beside an answer to the smallest. */
static void want(void)
{
	known();
	env.on = false;
	p.proven = false;
	p.low = 1392;
	p.high = 1400;
	wanted(1400, 0);
	/* what a router has named rounds up to the next */
	p.high = 1397;
	p.low = 1396;
	wanted(1400, 0);
	/* not more than what is in use */
	p.size = 1398;
	wanted(1396, 0);
	p.size = 1500;
	p.uncovered = 1;
	wanted(1400, 576);
	p.uncovered = 2;
	wanted(0, 576);
	p.uncovered = 0;
	p.evidence = 1;
	wanted(1400, 576);
	p.evidence = 2;
	wanted(0, 576);
	p.told = 5;
	wanted(0, 576);
	/* a path that loses much: none are enough, but two wait */
	known();
	p.low = 1392;
	p.high = 1400;
	p.history = ~0u;
	p.uncovered = 1;
	wanted(1400, 0);
	p.uncovered = 2;
	wanted(1400, 576);
}

static void asked(uint32_t n, uint32_t first, uint32_t second, uint32_t third)
{
	const uint32_t sizes[] = { first, second, third };
	uint32_t i;

	p.round_left = 0;
	p.uncovered = 1;
	memset(p.round, 0, sizeof(p.round));
	espgw_evidence_round(&p, &env);
	CHECK_EQ(p.uncovered, 0);
	if (!CHECK_EQ(p.round_left, n))
		return;
	/* sent from the end: the largest first */
	for (i = 0; i < n; i++)
		CHECK_EQ(p.round[n - 1 - i], sizes[i]);
}

/* Which sizes are sent together, by what is known. */
static void a_round(void)
{
	known();
	p.low = 576;
	p.state = ESPGW_PROBE_COMPLETE;
	p.high = 1500;
	p.fails = 1;
	asked(2, 1500, 576, 0);
	/* from the base on, if that may pass; a common size near 5 eighths */
	p.evidence = 2;
	asked(3, 1480, 1420, 1280);
	p.evidence = 6;
	asked(3, 1480, 1420, 1280);
	/* one is missing: two that are far apart */
	p.evidence = 7;
	asked(2, 1460, 1336, 0);
	/* somebody named one */
	p.hint = 1333;
	asked(3, 1500, 1332, 1280);
	p.hint = 1280;
	asked(2, 1460, 1336, 0);
	p.hint = 1503;
	asked(2, 1460, 1336, 0);
	p.hint = 0;
	/* the base itself is lost: once more, and what TCP says is worth less */
	p.high = 1280;
	p.evidence = 2;
	p.told = 5;
	asked(3, 1280, 1016, 576);
	CHECK_EQ(p.told, 3);
	p.told = 2;
	asked(3, 1280, 1016, 576);
	CHECK_EQ(p.told, 2);
	p.told = 5;
	p.fails = 2;
	asked(2, 1104, 752, 0);
	CHECK_EQ(p.told, 5);
	p.told = 0;
	asked(3, 1192, 1016, 576);
	/* nothing lies between: just more losses are missing */
	p.low = 1392;
	p.high = 1400;
	p.told = 0;
	asked(3, 1400, 1400, 1392);
	p.evidence = 6;
	asked(3, 1400, 1400, 1392);
	p.evidence = 7;
	asked(2, 1400, 1392, 0);
	/* something below is known to pass: from there on */
	p.low = 1200;
	p.evidence = 2;
	p.high = 1400;
	asked(3, 1368, 1320, 1200);
	/* a common size, if it is no farther than an eighth */
	p.low = 600;
	p.high = 1284;
	asked(3, 1280, 1024, 600);
	p.high = 1492;
	asked(3, 1400, 1160, 600);
	/* two that are the same are one, and what was lost takes its place */
	p.low = 1392;
	p.high = 1404;
	asked(3, 1404, 1400, 1392);
	p.evidence = 7;
	asked(1, 1400, 0, 0);
	p.evidence = 6;
	asked(3, 1404, 1400, 1392);
	/* never more than there is room for */
	p.evidence = 0;
	p.round_left = 2;
	p.round[0] = 600;
	p.round[1] = 1000;
	espgw_evidence_round(&p, &env);
	CHECK_EQ(p.round_left, 3);
	CHECK(p.round[0] == 600 && p.round[1] == 1000 && p.round[2] == 1404);
}

TESTS({ "how many losses it takes", needed },
      { "what was lost, and the way back", bounds },
      { "losses of what is in use", doubts },
      { "silence", silence },
      { "losses of what is larger", larger },
      { "what TCP tells", stalled },
      { "what to ask where nothing was answered", want },
      { "rounds", a_round });
