// SPDX-License-Identifier: GPL-2.0
/*
 * espgw - configure the espgw IPsec gateway datapath
 *
 * Options, then one command or a batch of them. Exit status: 0 done; 1 usage
 * or local error; 2 the kernel refused.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "batch.h"
#include "complete.h"
#include "options.h"
#include "say.h"
#include "secret.h"
#include "verb.h"

static int usage(const char *object, const char *verb)
{
	if (!object)
		fputs("Usage: espgw [OPTIONS] OBJECT COMMAND\n"
		      "       espgw [OPTIONS] -b FILE [-force]\n"
		      "OPTIONS: -j JSON, -p pretty JSON, -s statistics, -n NETNS, -o FORMAT, -b FILE\n"
		      "         batch (- is standard input), -force go on after errors, -V version, -h\n"
		      "\n",
		      stdout);
	espgw_verb_usage(stdout, object, verb);
	return 0;
}

/* It stands first, or last: in any place where another word might be. */
static bool asks_for_help(int argc, char **argv)
{
	return argc && (!strcmp(argv[0], "help") || !strcmp(argv[argc - 1], "help"));
}

static int help(int argc, char **argv)
{
	bool first = !strcmp(argv[0], "help");
	int words = espgw_verb_help(argv + first, argc - 1);

	if (words < 0) {
		/* There may be a key among them. */
		espgw_secret_words(argv, argc);
		return 1;
	}
	return usage(words ? argv[first] : NULL, words == 2 ? argv[first + 1] : NULL);
}

static int run(int argc, char **argv, struct espgw_options *options)
{
	struct espgw_context ctx = { .force = options->force };
	struct espgw_request req;
	int rc;

	if (espgw_options_begin(options)) {
		espgw_secret_words(argv, argc);
		return 1;
	}
	ctx.out = options->out;
	if (options->batch) {
		rc = espgw_batch_run(&ctx, options->batch);
	} else {
		rc = espgw_verb_parse(argv, argc, false, &req) ? 1 : espgw_verb_run(&ctx, &req);
		explicit_bzero(&req, sizeof(req));
	}
	espgw_nl_close(&ctx.nl);
	return rc;
}

/**
 * main - the tool
 * @argc: number of words
 * @argv: words
 *
 * Return: exit status.
 */
int main(int argc, char **argv)
{
	struct espgw_options options;
	int first;

	espgw_secret_process();
	if (argc == 2 && !strcmp(argv[1], "--complete"))
		return espgw_complete_line(stdout, stdin);
	if (argc == 2 && !strcmp(argv[1], "--words")) {
		espgw_complete_all(stdout);
		return 0;
	}
	first = espgw_options_read(argc, argv, true, &options);
	if (first < 0) {
		espgw_secret_words(argv, argc);
		return 1;
	}
	argc -= first;
	argv += first;
	if (options.version)
		return espgw_options_end(espgw_options_version("espgw"));
	if (options.help)
		return espgw_options_end(usage(NULL, NULL));
	if (asks_for_help(argc, argv) && !options.batch)
		return espgw_options_end(help(argc, argv));
	if (options.batch && argc) {
		espgw_secret_words(argv, argc);
		espgw_say_error("\"-b\" and a command exclude each other");
		return 1;
	}
	return espgw_options_end(run(argc, argv, &options));
}
