// SPDX-License-Identifier: GPL-2.0
/* The search, one call at a time: what is known then, to the last word. */

#include "probe.h"
#include "test.h"

#define NOW	1000000ULL

static struct espgw_probe_env env;
static struct espgw_probe p;

/* A path of 1500 that is known, and a device of that MTU. */
static void known(void)
{
	memset(&env, 0, sizeof(env));
	env.max = 1500;
	env.floor = 576;
	env.pmtu = 1450;
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
	p.confirm_at_ms = NOW + 5000;
	p.raise_at_ms = NOW + 7000;
}

/* A path of less, with what was lost just above. */
static void smaller(uint32_t size, uint32_t high)
{
	known();
	p.size = size;
	p.low = size;
	p.high = high;
	p.fails = 3;
}

/* The next thing to be done, where nothing may be sent for a second. */
static uint64_t held(uint64_t now)
{
	uint32_t size = 0, token = 0;
	uint64_t due;

	p.wake_ms = now + 1000;
	due = espgw_probe_next(&p, &env, now, &size, &token);
	CHECK_EQ(size, 0);
	CHECK_EQ(token, 0);
	return due;
}

/* What is sent now, 0: nothing. */
static uint32_t sent(uint64_t now)
{
	uint32_t size = 0, token = 0;
	uint64_t due = espgw_probe_next(&p, &env, now, &size, &token);

	CHECK_EQ(!due, !!size);
	CHECK_EQ(!due, !!token);
	return size;
}

/* Nothing is to be done before that time, not even looked at. */
static void waits(uint64_t now, uint64_t ms)
{
	CHECK_EQ(espgw_probe_next(&p, &env, now, NULL, NULL), now + ms);
}

/* A probe on its way, or given up. */
static struct espgw_probe_sent *under_way(uint32_t token, uint32_t size,
					  uint64_t at, bool out)
{
	struct espgw_probe_sent *s = &p.ring[token % 16];

	s->token = token;
	s->size = (uint16_t)size;
	s->sent_ms = at;
	s->out = out;
	return s;
}

static void started(void)
{
	uint32_t on, i;

	for (on = 0; on < 2; on++) {
		known();
		env.on = on;
		memset(&p, 0x7e, sizeof(p));
		memset(p.ring, 0, sizeof(p.ring));
		p.lost = 10;
		under_way(3, 1000, NOW - 5, true);
		under_way(4, 1000, NOW - 5, false);
		p.proven = true;
		espgw_probe_start(&p, &env, NOW);
		CHECK_EQ(p.state, ESPGW_PROBE_BASE_WAIT);
		CHECK_EQ(p.lost, 11);
		for (i = 0; i < 16; i++)
			CHECK(!p.ring[i].out && !p.ring[i].token);
		CHECK_EQ(p.max, 1500);
		CHECK_EQ(p.size, on ? 1280 : 1448);
		CHECK_EQ(p.low, 0);
		CHECK_EQ(p.high, 1501);
		CHECK_EQ(p.hint, 0);
		CHECK_EQ(p.fails, 0);
		CHECK_EQ(p.bound_count, 0);
		CHECK(!p.proven);
		CHECK_EQ(p.evidence + p.uncovered + p.told + p.round_left, 0);
		CHECK_EQ(p.uncovered_ms, 0);
		CHECK_EQ(p.covered_ms, 0);
		CHECK_EQ(p.covers, 0);
		CHECK_EQ(p.mute, 0);
		CHECK_EQ(p.events, 0);
		CHECK_EQ(p.wake_ms, NOW);
		CHECK_EQ(p.confirm_at_ms, NOW + 30000);
		CHECK_EQ(p.raise_at_ms, NOW + 600000);
		/* what was measured stays */
		CHECK_EQ(p.srtt, 0x7e7e7e7e);
		CHECK_EQ(p.history, 0x7e7e7e7e);
	}
	/* a device of less than the base; a floor of more */
	env.max = 1100;
	espgw_probe_start(&p, &env, NOW);
	CHECK_EQ(p.size, 1100);
	env.max = 1500;
	env.floor = 1400;
	espgw_probe_start(&p, &env, NOW);
	CHECK_EQ(p.size, 1400);
}

/* Names something that is not smaller: only the limits are looked at. */
static void look(void)
{
	espgw_probe_icmp(&p, &env, 65535, NOW);
}

static void limits(void)
{
	smaller(1392, 1400);
	p.bound_count = 2;
	look();
	CHECK(p.high == 1400 && p.low == 1392 && p.size == 1392);
	CHECK_EQ(p.bound_count, 2);
	CHECK_EQ(p.events, 0);
	/* what was lost above another MTU does not count */
	env.max = 1480;
	look();
	CHECK(p.high == 1400 && p.low == 1392 && p.size == 1392);
	CHECK_EQ(p.bound_count, 0);
	CHECK_EQ(p.max, 1480);
	/* the device's MTU is what was lost */
	env.max = 1400;
	p.size = 1400;
	look();
	CHECK(p.high == 1400 && p.low == 1392 && p.size == 1400);
	CHECK_EQ(p.events, 0);
	/* less than what was found */
	env.max = 1303;
	look();
	CHECK(p.high == 1304 && p.low == 1300 && p.size == 1300);
	CHECK_EQ(p.max, 1303);
	CHECK_EQ(p.events, ESPGW_PROBE_LOWERED);
	/* more: if nothing was lost, what is above that now */
	known();
	env.max = 9000;
	look();
	CHECK(p.high == 9001 && p.low == 1500 && p.size == 1500);
	smaller(1492, 1500);
	env.max = 9000;
	look();
	CHECK(p.high == 1500 && p.low == 1492 && p.size == 1492);
	/* the floor is more */
	env.floor = 1496;
	look();
	CHECK_EQ(p.size, 1496);

	/* looked at when something is to be sent, too */
	known();
	env.max = 1400;
	held(NOW);
	CHECK(p.size == 1400 && p.high == 1401 && p.low == 1400);
	CHECK_EQ(p.max, 1400);
	smaller(600, 608);
	env.floor = 620;
	held(NOW);
	CHECK_EQ(p.size, 620);
	smaller(600, 608);
	env.floor = 600;
	p.high = 1501;
	p.max = 1500;
	held(NOW);
	CHECK_EQ(p.size, 600);
}

static void by_hand(void)
{
	/* what was found: that and something larger, now */
	smaller(1392, 1400);
	p.bound_count = 2;
	espgw_probe_ask(&p, &env, NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	CHECK_EQ(p.fails + p.bound_count, 0);
	CHECK_EQ(p.high, 1400);
	CHECK_EQ(p.wake_ms, NOW);
	CHECK_EQ(p.confirm_at_ms, NOW);
	CHECK_EQ(p.raise_at_ms, NOW + 7000);
	CHECK_EQ(p.mute, 0);
	/* a router has named one that rounds down to what passes */
	smaller(1392, 1395);
	espgw_probe_ask(&p, &env, NOW);
	CHECK_EQ(p.high, 1396);
	smaller(1392, 1396);
	espgw_probe_ask(&p, &env, NOW);
	CHECK_EQ(p.high, 1396);
	known();
	espgw_probe_ask(&p, &env, NOW);
	CHECK_EQ(p.high, 1501);
	/* limits count */
	known();
	env.max = 1400;
	espgw_probe_ask(&p, &env, NOW);
	CHECK_EQ(p.size, 1400);
	/* on its way: as it is */
	smaller(1392, 1400);
	p.state = ESPGW_PROBE_SEARCHING;
	espgw_probe_ask(&p, &env, NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_SEARCHING);
	CHECK_EQ(p.fails, 3);
	CHECK_EQ(p.mute, 0);
	CHECK_EQ(p.confirm_at_ms, NOW);
	/* nobody answers: often again */
	known();
	p.state = ESPGW_PROBE_ERROR;
	p.mute = 9;
	p.fails = 3;
	espgw_probe_ask(&p, &env, NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_ERROR);
	CHECK_EQ(p.mute, 1);
	CHECK_EQ(p.fails, 3);
	/* a search from what is in force, once nothing was found */
	known();
	p.state = ESPGW_PROBE_BASE_WAIT;
	espgw_probe_ask(&p, &env, NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_BASE_WAIT);
	CHECK_EQ(p.size, 1448);
	CHECK(!p.proven);
	CHECK_EQ(p.confirm_at_ms, NOW + 30000);
	known();
	env.on = false;
	espgw_probe_ask(&p, &env, NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_BASE_WAIT);
	CHECK_EQ(p.size, 1448);
}

static void stopped(void)
{
	known();
	under_way(1, 1500, NOW, true);
	p.events = 1;
	espgw_probe_stop(&p);
	CHECK_EQ(p.state, ESPGW_PROBE_DISABLED);
	CHECK_EQ(p.events, 0);
	CHECK_EQ(p.lost, 1);
	CHECK(!p.ring[1].out && !p.ring[1].token);
	/* nothing is said to it any more */
	p.told = 1;
	espgw_probe_stalled(&p, &env, 5, NOW, NOW);
	CHECK_EQ(p.told, 1);
	espgw_probe_icmp(&p, &env, 600, NOW);
	CHECK_EQ(p.size, 1500);
	CHECK_EQ(espgw_probe_next(&p, &env, NOW, NULL, NULL), ESPGW_PROBE_NEVER);
	under_way(1, 1500, NOW, true);
	CHECK(!espgw_probe_reply(&p, &env, 1, NOW));
	CHECK_EQ(p.answered, 0);
}

static void suspected(void)
{
	known();
	espgw_probe_suspect(&p, &env, 1499, NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	CHECK_EQ(p.hint, 1499);
	CHECK_EQ(p.confirm_at_ms, NOW);
	espgw_probe_suspect(&p, &env, 1500, NOW);
	CHECK_EQ(p.hint, 0);
	p.state = ESPGW_PROBE_SEARCHING;
	env.on = false;
	espgw_probe_suspect(&p, &env, 1300, NOW + 1);
	CHECK_EQ(p.state, ESPGW_PROBE_SEARCHING);
	CHECK_EQ(p.hint, 1300);
	CHECK_EQ(p.confirm_at_ms, NOW + 1);
	/* one that is over begins anew */
	p.state = ESPGW_PROBE_COMPLETE;
	espgw_probe_suspect(&p, &env, 1300, NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_BASE_WAIT);
	CHECK_EQ(p.size, 1448);
	CHECK_EQ(p.hint, 1300);
	CHECK_EQ(p.confirm_at_ms, NOW + 30000);
	p.state = ESPGW_PROBE_DISABLED;
	env.on = true;
	espgw_probe_suspect(&p, &env, 1300, NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_BASE_WAIT);
	CHECK_EQ(p.size, 1280);
	CHECK_EQ(p.hint, 0);
}

/* TCP tells: it is concluded at once, if that says anything. */
static void tcp_tells(void)
{
	known();
	p.passed_ms = NOW - 100;
	p.uncovered = 1;
	espgw_probe_stalled(&p, &env, 5, NOW - 100, NOW);
	CHECK_EQ(p.told, 0);
	CHECK_EQ(p.low, 1500);
	espgw_probe_stalled(&p, &env, 5, NOW - 99, NOW);
	CHECK_EQ(p.told, 5);
	CHECK(p.low == 576 && p.high == 1500 && p.fails == 5);
	CHECK_EQ(p.size, 1500);
	espgw_probe_flowing(&p);
	CHECK_EQ(p.told, 0);
	CHECK_EQ(p.uncovered, 1);
}

/* Conclusions, of what is held against what is in use. */
static void concluded(void)
{
	/* no more than the smallest is sure */
	known();
	p.evidence = 1;
	p.uncovered = 1;
	held(NOW);
	CHECK(p.low == 576 && p.high == 1500 && p.fails == 1);
	CHECK_EQ(p.bound_count, 0);
	CHECK_EQ(p.size, 1500);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	known();
	p.uncovered = 1;
	held(NOW);
	CHECK(p.low == 576 && p.high == 1500 && !p.fails);
	known();
	held(NOW);
	CHECK(p.low == 1500 && p.high == 1501);
	/* something that passes and is smaller stays */
	smaller(1392, 1400);
	p.size = 1500;
	p.evidence = 2;
	held(NOW);
	CHECK(p.low == 1392 && p.high == 1400 && p.fails == 3);
	/* there is nothing smaller */
	known();
	env.max = 576;
	look();
	p.events = 0;
	p.evidence = 8;
	held(NOW);
	CHECK(p.low == 576 && p.size == 576 && p.evidence == 8);
	CHECK(p.high == 577 && !p.fails);
	CHECK_EQ(p.holes + p.events, 0);

	/* a black hole: enough of them, and not one less */
	smaller(1200, 1400);
	p.size = 1500;
	p.evidence = 7;
	held(NOW);
	CHECK(p.size == 1500 && p.evidence == 7);
	p.evidence = 5;
	p.told = 3;
	p.uncovered = 1;
	p.round_left = 1;
	held(NOW);
	CHECK_EQ(p.size, 1200);
	CHECK(p.proven);
	CHECK_EQ(p.passed_ms, NOW);
	CHECK_EQ(p.confirm_at_ms, NOW + 30000);
	CHECK_EQ(p.holes, 1);
	CHECK_EQ(p.events, ESPGW_PROBE_LOWERED | ESPGW_PROBE_HOLE);
	CHECK_EQ(p.state, ESPGW_PROBE_SEARCHING);
	CHECK_EQ(p.evidence + p.told + p.uncovered + p.round_left, 0);
	/* with nothing to be found any more */
	smaller(1392, 1400);
	p.size = 1500;
	p.evidence = 8;
	held(NOW);
	CHECK_EQ(p.size, 1392);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	CHECK_EQ(p.events, ESPGW_PROBE_LOWERED | ESPGW_PROBE_HOLE |
		 ESPGW_PROBE_FOUND);
	/* never below the floor, which has not passed then */
	smaller(576, 640);
	env.floor = 600;
	p.size = 1500;
	p.evidence = 8;
	held(NOW);
	CHECK(p.size == 600 && !p.proven);
	CHECK_EQ(p.holes, 1);
	/* and there nothing is lowered */
	smaller(572, 580);
	p.size = 576;
	p.proven = false;
	p.evidence = 1;
	held(NOW);
	CHECK_EQ(p.size, 576);
	CHECK_EQ(p.holes, 0);
	CHECK_EQ(p.events & ESPGW_PROBE_LOWERED, 0);
	CHECK_EQ(p.evidence, 0);

	/* something larger has passed */
	known();
	p.size = 1400;
	held(NOW);
	CHECK_EQ(p.size, 1500);
	CHECK_EQ(p.events, ESPGW_PROBE_RAISED);
	p.events = 0;
	held(NOW);
	CHECK_EQ(p.events, 0);
	/* another cipher's sizes */
	smaller(1392, 1400);
	env.overhead = 54;
	held(NOW);
	CHECK_EQ(p.low, 1390);
}

/* How far it has come. */
static void states(void)
{
	/* nobody answers, and somebody does */
	known();
	p.state = ESPGW_PROBE_ERROR;
	p.mute = 3;
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_ERROR);
	p.mute = 0;
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	CHECK_EQ(p.events, ESPGW_PROBE_FOUND);

	/* in doubt: what was found counts as found */
	smaller(1392, 1400);
	p.size = 1500;
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	p.state = ESPGW_PROBE_SEARCHING;
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_SEARCHING);
	/* but not if it was never answered */
	p.state = ESPGW_PROBE_COMPLETE;
	p.proven = false;
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_SEARCHING);

	/* something lies between */
	smaller(1392, 1404);
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_SEARCHING);
	CHECK_EQ(p.events, 0);
	p.hint = 1300;
	p.high = 1400;
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	CHECK_EQ(p.events, ESPGW_PROBE_FOUND);
	CHECK_EQ(p.hint, 0);
	CHECK_EQ(p.wake_ms, NOW);
	CHECK_EQ(p.raise_at_ms, NOW + 600000);
	/* once, and then no more */
	p.events = 0;
	p.hint = 1300;
	held(NOW + 1);
	CHECK_EQ(p.events, 0);
	CHECK_EQ(p.hint, 1300);
	CHECK_EQ(p.wake_ms, NOW + 1001);
	CHECK_EQ(p.raise_at_ms, NOW + 600000);
	/* what was lost is to be tried again, if it is a size at all */
	p.fails = 0;
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_SEARCHING);
	p.high = 1395;
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	/* also if that is the device's MTU; but not what is above it */
	smaller(1492, 1500);
	p.fails = 0;
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_SEARCHING);
	known();
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	/* nothing was answered: it waits for the base */
	smaller(0, 1400);
	p.size = 1280;
	p.proven = false;
	p.state = ESPGW_PROBE_BASE_WAIT;
	held(NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_BASE_WAIT);
}

/* What is wanted, and when, where nothing is in doubt. */
static void search(void)
{
	/* nobody answers */
	known();
	p.state = ESPGW_PROBE_ERROR;
	p.mute = 3;
	CHECK_EQ(held(NOW), NOW + 1000);
	p.wake_ms = 0;
	CHECK_EQ(sent(NOW), 576);
	waits(NOW, 3000);
	known();
	p.state = ESPGW_PROBE_ERROR;
	p.mute = 3;
	env.on = false;
	CHECK_EQ(held(NOW), ESPGW_PROBE_NEVER);

	/* at first the largest, and the base beside it */
	known();
	espgw_probe_start(&p, &env, NOW);
	CHECK_EQ(sent(NOW), 1500);
	CHECK_EQ(sent(NOW), 1280);
	waits(NOW, 1000);
	CHECK_EQ(p.sent, 2);
	/* a small one was answered since: no other one is needed */
	known();
	espgw_probe_start(&p, &env, NOW);
	CHECK_EQ(sent(NOW), 1500);
	p.covers = 1;
	p.covered_ms = NOW;
	CHECK_EQ(sent(NOW), 0);
	p.covered_ms = NOW - 1;
	CHECK_EQ(sent(NOW), 1280);
	known();
	espgw_probe_start(&p, &env, NOW);
	CHECK_EQ(sent(NOW), 1500);
	p.covered_ms = NOW;
	CHECK_EQ(sent(NOW), 1280);
	/* the base is the largest, or less than the smallest */
	known();
	env.max = 1280;
	espgw_probe_start(&p, &env, NOW);
	CHECK_EQ(sent(NOW), 1280);
	CHECK_EQ(sent(NOW), 0);
	known();
	env.max = 1100;
	espgw_probe_start(&p, &env, NOW);
	CHECK_EQ(sent(NOW), 1100);
	waits(NOW, 1000);
	known();
	env.floor = 1400;
	espgw_probe_start(&p, &env, NOW);
	CHECK_EQ(sent(NOW), 1500);
	CHECK_EQ(sent(NOW), 1400);
	/* the largest was lost already, or something passes: one alone */
	known();
	espgw_probe_start(&p, &env, NOW);
	p.high = 1500;
	CHECK_EQ(sent(NOW), 1280);
	CHECK_EQ(sent(NOW), 0);
	known();
	espgw_probe_start(&p, &env, NOW);
	p.high = 1500;
	p.hint = 1400;
	CHECK_EQ(sent(NOW), 1400);
	waits(NOW, 1000);
	known();
	espgw_probe_start(&p, &env, NOW);
	p.low = 600;
	CHECK_EQ(sent(NOW), 1500);
	CHECK_EQ(sent(NOW), 0);

	/* the smallest that was lost, until three were; a second apart */
	smaller(1392, 1400);
	p.fails = 2;
	p.recheck_at_ms = NOW + 400;
	CHECK_EQ(held(NOW), NOW + 400);
	CHECK_EQ(held(NOW + 399), NOW + 400);
	p.wake_ms = 0;
	CHECK_EQ(sent(NOW + 400), 1400);
	waits(NOW + 400, 1000);
	smaller(1392, 1400);
	p.fails = 0;
	p.recheck_at_ms = NOW + 400;
	CHECK_EQ(sent(NOW), 1400);
	/* before what is in use is confirmed */
	smaller(1392, 1400);
	p.fails = 2;
	p.confirm_at_ms = NOW;
	CHECK_EQ(sent(NOW), 1400);
	/* three: when it is to be confirmed, or something larger tried */
	smaller(1392, 1400);
	CHECK_EQ(held(NOW), NOW + 5000);
	p.raise_at_ms = NOW + 4000;
	CHECK_EQ(held(NOW), NOW + 4000);
	env.on = false;
	CHECK_EQ(held(NOW), ESPGW_PROBE_NEVER);
	smaller(1492, 1500);
	p.raise_at_ms = NOW + 4000;
	CHECK_EQ(held(NOW), NOW + 4000);
	/* one that rounds down to what passes is none */
	smaller(1392, 1395);
	p.fails = 1;
	CHECK_EQ(held(NOW), NOW + 5000);
	/* nothing was lost: nothing larger to be tried */
	known();
	p.raise_at_ms = NOW + 4000;
	CHECK_EQ(held(NOW), NOW + 5000);
	CHECK_EQ(held(NOW + 3999), NOW + 5000);
	p.wake_ms = 0;
	p.raise_at_ms = NOW + 9000;
	CHECK_EQ(sent(NOW + 4999), 0);
	p.paid_ms = NOW + 5001 + 15 * 500;
	waits(NOW + 5000, 1);
	p.paid_ms--;
	CHECK_EQ(sent(NOW + 5000), 1500);
	CHECK_EQ(p.round_left, 0);
	waits(NOW + 5000, 1000);
	/* at the device's MTU too */
	smaller(1492, 1500);
	p.fails = 2;
	CHECK_EQ(sent(NOW), 1500);

	/* by hand, below what is in use: that once more, beside the smallest */
	smaller(1392, 1400);
	env.on = false;
	p.state = ESPGW_PROBE_SEARCHING;
	p.size = 1500;
	p.proven = false;
	p.uncovered = 1;
	CHECK_EQ(sent(NOW), 1400);
	CHECK_EQ(sent(NOW), 576);
	waits(NOW, 1000);
	/* what was sent before as well, for the loss that it covers */
	smaller(1392, 1400);
	env.on = false;
	p.state = ESPGW_PROBE_SEARCHING;
	p.size = 1500;
	p.proven = false;
	p.fails = 1;
	p.evidence = 1;
	p.uncovered = 2;
	p.covers = 1;
	p.covered_ms = NOW;
	CHECK_EQ(sent(NOW), 576);
}

/* Rounds, where something is. */
static void rounds_of_three(void)
{
	smaller(576, 1500);
	p.size = 1500;
	p.evidence = 2;
	p.fails = 1;
	/* all of it has to be allowed */
	p.paid_ms = NOW + 13 * 500 + 1;
	CHECK_EQ(espgw_probe_next(&p, &env, NOW, NULL, NULL), NOW + 1);
	CHECK_EQ(p.round_left, 0);
	p.paid_ms = NOW + 13 * 500;
	CHECK_EQ(sent(NOW), 1480);
	CHECK_EQ(p.round_left, 2);
	CHECK_EQ(sent(NOW), 1420);
	CHECK_EQ(sent(NOW), 1280);
	CHECK_EQ(p.round_left, 0);
	/* no other one as long as something is on its way */
	CHECK_EQ(sent(NOW), 0);
	CHECK_EQ(sent(NOW + 999), 0);
	CHECK_EQ(p.lost, 0);
	p.paid_ms = 0;
	CHECK_EQ(sent(NOW + 999), 0);
	CHECK_EQ(p.round_left, 0);
	/* that is a second at first */
	CHECK_EQ(espgw_probe_next(&p, &env, NOW + 999, NULL, NULL), NOW + 1000);
	/* limits that have become less */
	smaller(576, 1500);
	p.size = 1500;
	p.evidence = 2;
	p.round[0] = 1300;
	p.round[1] = 1484;
	p.round_left = 2;
	CHECK_EQ(sent(NOW), 1484);
	p.round[0] = 1480;
	env.max = 1450;
	look();
	p.evidence = 2;
	p.low = 576;
	p.round_left = 1;
	CHECK_EQ(sent(NOW), 1448);
	/* not in doubt any more: what was left of one is left out */
	known();
	p.round_left = 2;
	held(NOW);
	CHECK_EQ(p.round_left, 0);
}

/* What has not been answered in time is lost. */
static void timed_out(void)
{
	known();
	p.confirm_at_ms = ~0ULL;
	under_way(1, 1500, NOW, true);
	under_way(15, 1500, NOW + 1, true);
	under_way(16, 1500, NOW + 2, true);
	CHECK_EQ(held(NOW + 999), NOW + 1000);
	CHECK_EQ(p.lost, 0);
	CHECK_EQ(held(NOW + 1000), NOW + 1001);
	CHECK_EQ(p.lost, 1);
	CHECK(!p.ring[1].out && p.ring[1].token == 1);
	CHECK_EQ(held(NOW + 1001), NOW + 1002);
	CHECK_EQ(p.lost, 2);
	held(NOW + 1002);
	CHECK_EQ(p.lost, 3);
	CHECK_EQ(p.low, 576);
}

/* Something larger is tried when the time comes, if it may be. */
static void raised(void)
{
	smaller(1392, 1400);
	p.bound_count = 1;
	p.raise_at_ms = NOW;
	held(NOW - 1);
	CHECK_EQ(p.fails, 3);
	held(NOW);
	CHECK_EQ(p.fails + p.bound_count, 0);
	CHECK_EQ(p.raise_at_ms, NOW + 600000);
	/* not yet */
	smaller(1392, 1400);
	p.raise_at_ms = NOW;
	env.may_raise = false;
	held(NOW);
	CHECK_EQ(p.fails, 3);
	CHECK_EQ(p.raise_at_ms, NOW + 30000);
	/* not by hand, and not while it is searched */
	smaller(1392, 1400);
	p.raise_at_ms = NOW;
	env.on = false;
	held(NOW);
	CHECK_EQ(p.fails, 3);
	CHECK_EQ(p.raise_at_ms, NOW);
	smaller(1392, 1500);
	p.raise_at_ms = NOW;
	p.state = ESPGW_PROBE_SEARCHING;
	held(NOW);
	CHECK_EQ(p.fails, 3);
	CHECK_EQ(p.raise_at_ms, NOW + 600000);
}

static void answered(void)
{
	struct espgw_probe_sent *s;

	/* given up already: it was not lost after all */
	known();
	p.lost = 2;
	under_way(7, 1500, NOW - 40, false);
	CHECK(!espgw_probe_reply(&p, &env, 8, NOW));
	CHECK(espgw_probe_reply(&p, &env, 7, NOW));
	CHECK_EQ(p.answered, 1);
	CHECK_EQ(p.lost, 1);
	CHECK_EQ(p.srtt, 40 * 8);
	CHECK_EQ(p.passed_ms, NOW - 40);
	CHECK_EQ(p.ring[7].token, 0);
	/* on its way */
	known();
	p.lost = 2;
	s = under_way(7, 1500, NOW - 40, true);
	CHECK(espgw_probe_reply(&p, &env, 7, NOW));
	CHECK_EQ(p.lost, 2);
	CHECK(!s->out && !s->token);
	CHECK(!espgw_probe_reply(&p, &env, 7, NOW));
	/* what is more than the limits are now says only that those pass */
	known();
	env.max = 1403;
	under_way(7, 1500, NOW - 40, true);
	CHECK(espgw_probe_reply(&p, &env, 7, NOW));
	CHECK(p.low == 1400 && p.size == 1400 && p.high == 1404);
	/* it is concluded at once */
	smaller(1392, 1501);
	p.state = ESPGW_PROBE_SEARCHING;
	under_way(7, 1500, NOW - 40, true);
	CHECK(espgw_probe_reply(&p, &env, 7, NOW));
	CHECK_EQ(p.size, 1500);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);

	/* could not be sent: as if it had not been tried, and a second's pause */
	known();
	p.sent = 5;
	p.round_left = 2;
	under_way(7, 1500, NOW - 40, true);
	espgw_probe_unsent(&p, 8);
	CHECK_EQ(p.sent, 5);
	espgw_probe_unsent(&p, 7);
	CHECK_EQ(p.sent, 4);
	CHECK_EQ(p.lost, 0);
	CHECK_EQ(p.round_left, 0);
	CHECK_EQ(p.wake_ms, NOW + 960);
	CHECK(!p.ring[7].out && !p.ring[7].token);
	/* given up meanwhile: it counts as lost already */
	under_way(7, 1500, NOW - 40, false);
	espgw_probe_unsent(&p, 7);
	CHECK_EQ(p.sent, 4);
	CHECK_EQ(p.ring[7].token, 7);
}

static void too_big(void)
{
	/* down to it at once, and what is larger is given up */
	known();
	p.confirm_at_ms = ~0ULL;
	under_way(16, 1500, NOW, true);
	under_way(2, 1401, NOW, true);
	under_way(3, 1400, NOW, true);
	under_way(4, 1500, NOW, false);
	p.evidence = 2;
	p.bound_count = 3;
	espgw_probe_icmp(&p, &env, 1400, NOW);
	CHECK_EQ(p.lost, 2);
	CHECK(!p.ring[0].out && !p.ring[2].out && p.ring[3].out);
	CHECK(p.low == 0 && p.high == 1401 && p.size == 1400);
	CHECK_EQ(p.fails, 3);
	CHECK_EQ(p.bound_count, 0);
	CHECK_EQ(p.hint, 1400);
	CHECK_EQ(p.evidence, 0);
	CHECK_EQ(p.raise_at_ms, NOW + 600000);
	CHECK_EQ(p.events, ESPGW_PROBE_LOWERED);
	/* what passes stays known, and so does what is in use */
	known();
	p.low = 1400;
	p.size = 1400;
	espgw_probe_icmp(&p, &env, 1400, NOW);
	CHECK(p.low == 1400 && p.high == 1401 && p.size == 1400);
	CHECK_EQ(p.events & ESPGW_PROBE_LOWERED, 0);
	/* the end, then: found */
	known();
	p.state = ESPGW_PROBE_SEARCHING;
	p.low = 1400;
	p.size = 1400;
	espgw_probe_icmp(&p, &env, 1403, NOW);
	CHECK_EQ(p.state, ESPGW_PROBE_COMPLETE);
	CHECK_EQ(p.events, ESPGW_PROBE_FOUND);
	/* nothing new: what was lost already, or what the device carries */
	smaller(1392, 1400);
	espgw_probe_icmp(&p, &env, 1400, NOW);
	CHECK_EQ(p.high, 1400);
	CHECK_EQ(p.hint, 0);
	espgw_probe_icmp(&p, &env, 1399, NOW);
	CHECK_EQ(p.high, 1400);
	CHECK_EQ(p.hint, 1399);
	known();
	p.size = 1400;
	espgw_probe_icmp(&p, &env, 1500, NOW);
	CHECK_EQ(p.high, 1501);
	CHECK_EQ(p.fails + p.hint, 0);
	espgw_probe_icmp(&p, &env, 1499, NOW);
	CHECK_EQ(p.high, 1500);
	/* not below the smallest, which is not below the floor */
	known();
	env.floor = 577;
	espgw_probe_icmp(&p, &env, 100, NOW);
	CHECK(p.high == 581 && p.size == 580);
}

TESTS({ "begun", started },
      { "limits", limits },
      { "asked for by hand", by_hand },
      { "stopped", stopped },
      { "suspected", suspected },
      { "TCP tells", tcp_tells },
      { "what is concluded", concluded },
      { "how far it has come", states },
      { "what is sent where nothing is in doubt", search },
      { "rounds", rounds_of_three },
      { "what is not answered in time", timed_out },
      { "when something larger is tried", raised },
      { "answered, and not sent at all", answered },
      { "a router tells", too_big });
