// SPDX-License-Identifier: GPL-2.0
/*
 * The random tests as targets of libFuzzer: what they draw are the fuzzer's
 * bytes, so that it is led to what no generator of ours thought of, and the same
 * oracles judge. See test.h; this stands in for test.c.
 */

#include <stdarg.h>

#include "test.h"

/* So many bytes to a round: a test draws what it needs, and goes on by chance. */
#define BYTES_A_ROUND	48
#define ROUNDS_MAX	32u

static const uint8_t *data;
static size_t left;
static uint64_t chance;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static uint8_t drawn(void)
{
	if (!left)
		return 0;
	left--;
	return *data++;
}

/*
 * The upper bits, by which rnd_below() and one_in() decide, are the fuzzer's as
 * they are: one byte changed is one decision changed.
 */
uint64_t rnd(void)
{
	uint64_t z = chance += 0x9e3779b97f4a7c15;
	bool ours = left;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	z ^= z >> 31;
	if (!ours)
		return z;
	z = z >> 16 | (uint64_t)drawn() << 56;
	z |= (uint64_t)drawn() << 48;
	/* Who takes the lowest byte of a number gets one of the fuzzer's, too. */
	return (z & ~0xffULL) | (z >> 48 & 0xff);
}

void rnd_bytes(void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len--)
		*p++ = left ? drawn() : (uint8_t)rnd();
}

uint32_t rounds(uint32_t n)
{
	return min(n, min(1 + (uint32_t)(left / BYTES_A_ROUND), ROUNDS_MAX));
}

uint8_t *exactly(const void *from, size_t len)
{
	uint8_t *copy = malloc(len);

	if (!copy && len)
		abort();
	if (len)
		memcpy(copy, from, len);
	return copy;
}

/* What is noted comes behind it; libFuzzer keeps the input when all has been said. */
void test_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

void test_note(const char *fmt, ...)
{
	(void)fmt;
}

/* The first byte says which of the file's random tests the others are for. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	size_t n = 0, i;

	for (i = 0; i < unit_test_count; i++)
		n += unit_tests[i].random;
	if (!n || !len)
		return 0;
	n = bytes[0] % n;
	data = bytes + 1;
	left = len - 1;
	chance = 0;
	for (i = 0; i < unit_test_count; i++)
		if (unit_tests[i].random && !n--)
			unit_tests[i].run();
	return 0;
}
