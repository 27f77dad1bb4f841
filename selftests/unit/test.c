// SPDX-License-Identifier: GPL-2.0
/* See test.h. */

#include <stdarg.h>
#include <time.h>

#include "test.h"

/* Of one test no more than that is told: a broken rule breaks a million times. */
#define FAILURES_TOLD	5

static uint64_t state;
static unsigned int failures;

/* splitmix64: small, and any seed will do. */
uint64_t rnd(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void rnd_bytes(void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len--)
		*p++ = (uint8_t)rnd();
}

uint32_t rounds(uint32_t n)
{
	const char *text = getenv("ESPGW_ROUNDS");

	if (text && *text == '/')
		return (n - 1) / (uint32_t)strtoul(text + 1, NULL, 0) + 1;
	return text ? (uint32_t)strtoul(text, NULL, 0) : n;
}

uint8_t *exactly(const void *data, size_t len)
{
	/* malloc(0) may be NULL; ASan gives a block without a byte. */
	uint8_t *copy = malloc(len);

	if (!copy && len)
		abort();
	if (len)
		memcpy(copy, data, len);
	return copy;
}

void test_fail(const char *file, int line, const char *what)
{
	if (failures++ < FAILURES_TOLD)
		printf("# %s:%d: %s\n", file, line, what);
	if (getenv("ESPGW_STOP"))
		exit(1);
}

void test_note(const char *fmt, ...)
{
	va_list args;

	if (failures > FAILURES_TOLD)
		return;
	va_start(args, fmt);
	printf("#   ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
}

int main(void)
{
	const char *text = getenv("ESPGW_SEED");
	struct timespec now;
	uint64_t seed;
	int status = 0;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = text ? strtoull(text, NULL, 0) :
		      (uint64_t)now.tv_sec << 20 ^ (uint64_t)now.tv_nsec;
	printf("KTAP version 1\n");
	printf("# seed: ESPGW_SEED=%#" PRIx64 "\n", seed);
	printf("1..%zu\n", unit_test_count);
	for (i = 0; i < unit_test_count; i++) {
		/* Each test its own numbers, whatever those before drew. */
		state = seed + ((uint64_t)i << 56);
		failures = 0;
		fflush(stdout);
		unit_tests[i].run();
		printf("%sok %zu %s\n", failures ? "not " : "", i + 1,
		       unit_tests[i].name);
		if (failures) {
			printf("# %u checks failed\n", failures);
			status = 1;
		}
	}
	return status;
}
