// SPDX-License-Identifier: GPL-2.0
/* The sizes that probes can have: beside oracles that try one after the other. */

#include "probe_size.h"
#include "test.h"

#define WIDTH	8

/* What a random test looks at. */
static struct espgw_probe_env env;

static bool can_be(uint32_t size)
{
	return env.align < 2 || size <= env.overhead ||
	       (size - env.overhead) % env.align == 0;
}

/* The nearest one that can be, downwards and upwards. */
static uint32_t down(uint32_t size)
{
	while (!can_be(size))
		size--;
	return size;
}

static uint32_t up(uint32_t size)
{
	while (!can_be(size))
		size++;
	return size;
}

static uint32_t smallest(void)
{
	uint32_t of_floor = up(env.floor), of_max = down(env.max);

	return of_floor < of_max ? of_floor : of_max;
}

static void draw(void)
{
	memset(&env, 0, sizeof(env));
	env.align = rnd_below(17);
	env.overhead = rnd_range(40, 100);
	env.floor = rnd_range(120, one_in(2) ? 600 : 1500);
	env.max = rnd_range(env.floor, one_in(2) ? 1600 : 9216);
	env.pmtu = env.max;
}

static void rounded(void)
{
	uint32_t size;

	memset(&env, 0, sizeof(env));
	for (env.align = 0; env.align <= 16; env.align++)
	for (env.overhead = 40; env.overhead < 60; env.overhead += 3)
	for (size = 0; size < 200; size++) {
		CHECK_EQ(espgw_size_fit(&env, size), down(size));
		if (size >= env.overhead)
			CHECK_EQ(espgw_size_above(&env, size), up(size + 1));
	}
}

static void least(void)
{
	uint32_t i, n = rounds(100000);

	for (i = 0; i < n; i++) {
		draw();
		if (one_in(4))
			env.max = env.floor + rnd_below(16);
		if (!CHECK_EQ(espgw_size_smallest(&env), smallest()))
			test_note("floor %u max %u align %u overhead %u",
				  env.floor, env.max, env.align, env.overhead);
	}
}

static bool nothing_between(uint32_t low, uint32_t high)
{
	uint32_t size;

	for (size = low + 1; size < high; size++)
		if (can_be(size))
			return false;
	return true;
}

static bool narrow(const struct espgw_probe *p, uint32_t low, uint32_t high)
{
	if (!low)
		return false;
	if (high > p->max)
		return nothing_between(low, p->max + 1);
	return high <= low + WIDTH || nothing_between(low, high);
}

static void near_enough(void)
{
	struct espgw_probe p = { .max = 0 };
	uint32_t i, n = rounds(100000);

	for (i = 0; i < n; i++) {
		uint32_t low, high;

		draw();
		p.max = env.max;
		low = one_in(8) ? 0 : rnd_range(env.overhead, env.max);
		if (one_in(4))
			low = env.max - rnd_below(20);
		high = one_in(4) ? p.max + 1 : low + 1 + rnd_below(24);
		CHECK_EQ(espgw_size_narrow(&p, &env, low, high),
			 narrow(&p, low, high));
	}
	/* the width itself, and one more */
	memset(&env, 0, sizeof(env));
	env.max = 1500;
	p.max = 1500;
	CHECK(espgw_size_narrow(&p, &env, 1000, 1008));
	CHECK(!espgw_size_narrow(&p, &env, 1000, 1009));
	CHECK(!espgw_size_narrow(&p, &env, 1492, 1501));
	CHECK(!espgw_size_narrow(&p, &env, 1499, 1501));
	CHECK(espgw_size_narrow(&p, &env, 1500, 1501));
	CHECK(espgw_size_narrow(&p, &env, 1492, 1500));
	CHECK(!espgw_size_narrow(&p, &env, 1491, 1500));
}

/* So many widths on, one at least; @from if that is not below @high. */
static uint32_t step(uint32_t from, uint32_t high, uint32_t widths)
{
	uint32_t size = down(from + widths * WIDTH);

	if (size <= from)
		size = up(from + 1);
	return size < high ? size : from;
}

static uint32_t cells(uint32_t low, uint32_t high)
{
	uint32_t n = 0;

	for (; low < high; low += WIDTH)
		n++;
	return n;
}

static uint32_t part(uint32_t low, uint32_t high, uint32_t eighths)
{
	uint32_t widths = cells(low, high) * eighths / 8;

	return step(low, high, widths ? widths : 1);
}

static void parts(void)
{
	uint32_t i, n = rounds(100000);

	for (i = 0; i < n; i++) {
		uint32_t low, high, eighths = rnd_range(1, 7);

		draw();
		low = rnd_range(env.overhead, env.max);
		high = low + 1 + rnd_below(one_in(2) ? 40 : 8000);
		CHECK_EQ(espgw_size_part(&env, low, high, eighths),
			 part(low, high, eighths));
	}
}

static const uint32_t usual[] = { 1500, 1492, 1480, 1460, 1420, 1400, 1280 };

/* Of two that are as near the larger one. */
static uint32_t nearest(uint32_t low, uint32_t high, uint32_t size, uint32_t off)
{
	uint32_t i, d, best = 0;

	for (d = 0; d <= off && d < 10000; d++)
		for (i = 0; i < ARRAY_SIZE(usual); i++) {
			uint32_t c = down(usual[i]);

			if (best || c <= low || c >= high)
				continue;
			if (c == size + d || c + d == size)
				best = c;
		}
	return best;
}

static void commons(void)
{
	uint32_t i, n = rounds(20000);

	for (i = 0; i < n; i++) {
		uint32_t low, high, size, off;

		draw();
		low = one_in(2) ? down(usual[rnd_below(7)]) - rnd_below(2) :
				  rnd_range(1200, 1500);
		high = one_in(2) ? down(usual[rnd_below(7)]) + rnd_below(2) :
				   rnd_range(1200, 1600);
		size = one_in(4) ? down(usual[rnd_below(7)]) :
				   rnd_range(1100, 1600);
		off = rnd_below(one_in(2) ? 12 : 300);
		CHECK_EQ(espgw_size_common(&env, low, high, size, off),
			 nearest(low, high, size, off));
	}
}

/* The rules of espgw_size_pick()'s comment, one after the other. */
static uint32_t pick(const struct espgw_probe *p)
{
	uint32_t low = p->low, high = p->high, top = down(p->max);
	uint32_t hint = down(p->hint), ethernet = down(1500);
	uint32_t base = down(1280), steps, c;

	if (hint > low && hint < high && hint >= smallest())
		return hint;
	if (high > p->max && low < top)
		return top;
	if (narrow(p, low, high))
		return 0;
	if (!low) {
		if (smallest() < base && base < high)
			return base;
		if (high <= smallest() || cells(smallest(), high) <= 32)
			return smallest();
		/* more than a quarter, not more than half */
		for (steps = 32; cells(smallest(), high) >= steps * 4;)
			steps *= 2;
		return step(smallest(), high, steps);
	}
	if (low < ethernet && high > ethernet + WIDTH)
		return ethernet;
	if (low == ethernet && high > ethernet + 2 * WIDTH)
		return step(ethernet, high, 1);
	c = nearest(low, high, (low + high) / 2, high);
	return c ? c : part(low, high, 4);
}

static void picked(void)
{
	uint32_t i, n = rounds(20000);

	for (i = 0; i < n; i++) {
		struct espgw_probe p = { .max = 0 };

		draw();
		if (one_in(4))
			env.max = rnd_range(8000, 65535);
		p.max = env.max;
		p.low = one_in(3) ? 0 : one_in(4) ? min(down(1500), env.max) :
			down(rnd_range(env.floor, env.max));
		p.high = one_in(4) ? p.max + 1 :
			 rnd_range(p.low + 1, p.max + 1);
		if (one_in(2))
			p.high = min(max(p.low, smallest()) + 1 +
				     rnd_below(one_in(2) ? 40 : 400),
				     p.max + 1);
		if (one_in(4))
			p.high = min(max(p.low + 1, down(1500) + rnd_below(24)),
				     p.max + 1);
		p.hint = one_in(2) ? 0 : one_in(2) ?
			 p.low + rnd_below(4) : rnd_range(60, env.max);
		if (one_in(8))
			p.hint = p.high - rnd_below(20);
		if (one_in(8))
			p.hint = smallest() - 2 + rnd_below(4);
		if (!CHECK_EQ(espgw_size_pick(&p, &env), pick(&p)))
			test_note("low %u high %u hint %u max %u floor %u",
				  p.low, p.high, p.hint, p.max, env.floor);
	}
}

/* The same at each place where a rule ends. */
static void ends(void)
{
	struct espgw_probe p = { .max = 9000 };

	memset(&env, 0, sizeof(env));
	env.align = 4;
	env.overhead = 52;
	env.floor = 576;
	env.max = 9000;
	for (p.high = 577; p.high < 9001; p.high++)
		CHECK_EQ(espgw_size_pick(&p, &env), pick(&p));
	env.floor = 1280;
	for (p.high = 1280; p.high < 9001; p.high++)
		CHECK_EQ(espgw_size_pick(&p, &env), pick(&p));
	for (p.low = 1400; p.low <= 1520; p.low += 4)
	for (p.high = p.low + 1; p.high < p.low + 100; p.high++)
		CHECK_EQ(espgw_size_pick(&p, &env), pick(&p));
}

TESTS({ "rounded to what can be", rounded },
      { "the least", least },
      { "near enough", near_enough },
      { "parts of the way", parts },
      { "common sizes", commons },
      { "the next one", picked },
      { "the next one, at each bound", ends });
