// SPDX-License-Identifier: GPL-2.0
/*
 * mssexec - "espgw mss" is a program of its own
 *
 * It is beside this one where both were built or installed together, and else
 * looked for in PATH.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mssexec.h"
#include "say.h"
#include "verb.h"

#define PROGRAM "espgw-mss"

/**
 * espgw_mss_exec_parse - leave the words to the other program
 * @args: the words
 * @req: receives where they begin
 *
 * Return: 0.
 */
int espgw_mss_exec_parse(struct espgw_args *args, struct espgw_request *req)
{
	req->words.first = args->word + args->next;
	req->words.count = args->count - args->next;
	return 0;
}

/* The path of PROGRAM beside this one; "" if it cannot be told. */
static void path_beside(char path[static PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof(PROGRAM));
	char *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, slash ? PROGRAM : "");
}

/**
 * espgw_mss_exec - become the other program
 * @ctx: context; its namespace is entered already
 * @req: the request
 *
 * Return: exit status 1 (said), if that cannot be.
 */
int espgw_mss_exec(struct espgw_context *ctx, struct espgw_request *req)
{
	char **argv = calloc(req->words.count + 6, sizeof(*argv)), path[PATH_MAX];
	int argc = 0, i;

	if (!argv) {
		espgw_say_error("out of memory");
		return 1;
	}
	argv[argc++] = PROGRAM;
	if (ctx->out.json)
		argv[argc++] = "-j";
	if (ctx->out.pretty)
		argv[argc++] = "-p";
	if (ctx->out.stats)
		argv[argc++] = "-s";
	argv[argc++] = (char *)req->verb->verb;
	for (i = 0; i < req->words.count; i++)
		argv[argc++] = req->words.first[i];
	path_beside(path);
	if (*path)
		execv(path, argv);
	if (!*path || errno == ENOENT)
		execvp(PROGRAM, argv);
	if (errno == ENOENT)
		espgw_say_error("the program " PROGRAM " is neither beside this one nor in PATH");
	else
		espgw_say_error("cannot run " PROGRAM ": %s", strerror(errno));
	free(argv);
	return 1;
}
