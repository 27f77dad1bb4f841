/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The little that the unit tests share: KTAP, checks, a seeded generator, and
 * buffers of exact size, so that ASan sees the first byte read too far.
 *
 * A test is a function; TESTS() lists a file's, and main() of test.c runs them. A
 * check that fails is told and counted, and the test goes on.
 */
#ifndef ESPGW_UNIT_TEST_H
#define ESPGW_UNIT_TEST_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "user.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* @random: it draws what it looks at, round after round: a fuzzer may do that */
struct test {
	const char *name;
	void (*run)(void);
	bool random;
};

extern const struct test unit_tests[];
extern const size_t unit_test_count;

void test_fail(const char *file, int line, const char *what)
	__attribute__((cold));
void test_note(const char *fmt, ...) __attribute__((format(printf, 1, 2), cold));

#define TESTS(...)							\
const struct test unit_tests[] = { __VA_ARGS__ };			\
const size_t unit_test_count = ARRAY_SIZE(unit_tests)

/* True if it holds, so that the caller can stop or say more. */
#define CHECK(cond) ({							\
	bool holds_ = (cond);						\
									\
	if (!holds_)							\
		test_fail(__FILE__, __LINE__, #cond);			\
	holds_; })

#define CHECK_EQ(a, b) ({						\
	uint64_t a_ = (a), b_ = (b);					\
									\
	if (a_ != b_) {							\
		test_fail(__FILE__, __LINE__, #a " == " #b);		\
		test_note("%" PRIu64 " (%#" PRIx64 "), not %" PRIu64	\
			  " (%#" PRIx64 ")", a_, a_, b_, b_);		\
	}								\
	a_ == b_; })

/* Random numbers, the same for the same seed and test. */
uint64_t rnd(void);
/* 0 to n - 1 */
static inline uint32_t rnd_below(uint32_t n)
{
	return (uint32_t)(((rnd() >> 32) * n) >> 32);
}

/* lo to hi */
static inline uint32_t rnd_range(uint32_t lo, uint32_t hi)
{
	return lo + rnd_below(hi - lo + 1);
}

/* True once in n. */
static inline bool one_in(uint32_t n)
{
	return !rnd_below(n);
}

void rnd_bytes(void *buf, size_t len);

/* How often a random test goes round: n, or what ESPGW_ROUNDS says. */
uint32_t rounds(uint32_t n);

/* A copy of exactly that size; free() it. */
uint8_t *exactly(const void *data, size_t len);

/* Written without the core's helpers, for the oracles. */
static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v / 256);
	p[1] = (uint8_t)(v % 256);
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static inline uint32_t get16(const uint8_t *p)
{
	return p[0] * 256u + p[1];
}

static inline uint32_t get32(const uint8_t *p)
{
	return get16(p) * 65536u + get16(p + 2);
}

#endif
