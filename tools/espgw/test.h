/* SPDX-License-Identifier: GPL-2.0 */
/* What the tool's test programs have in common: points of KTAP, temporary files. */
#ifndef ESPGW_TEST_H
#define ESPGW_TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned int points, failed;

static void point(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void point(bool ok, const char *fmt, ...)
{
	va_list args;

	printf("%sok %u ", ok ? "" : "not ", ++points);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	failed += !ok;
}

/* Room for a path of those below. */
#define TEMPORARY	64

/* As mkstemp() and mkdtemp() take it. */
static inline char *temporary_name(char path[TEMPORARY], const char *name)
{
	int len = snprintf(path, TEMPORARY - 6, "/tmp/espgw-test-%s-", name);

	memset(path + len, 'X', 6);
	path[len + 6] = '\0';
	return path;
}

/* An empty file of its own. */
static inline void temporary_file(char path[TEMPORARY], const char *name)
{
	int fd = mkstemp(temporary_name(path, name));

	if (fd < 0)
		abort();
	close(fd);
}

/* An empty directory of its own. */
static inline void temporary_dir(char path[TEMPORARY], const char *name)
{
	if (!mkdtemp(temporary_name(path, name)))
		abort();
}

#endif
