// SPDX-License-Identifier: GPL-2.0
/*
 * espgw - configure the espgw IPsec gateway datapath
 *
 * Options, then one command or a batch of them. Exit status: 0 done; 1 usage
 * or local error; 2 the kernel refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "netns.h"
#include "say.h"
#include "verb.h"

#ifndef ESPGW_VERSION
#define ESPGW_VERSION "unknown"
#endif

/**
 * struct options - what stands before the command
 * @out: -j, -p, -s
 * @force: -force
 * @netns: -n
 * @batch: -b
 * @version: -V
 * @help: -h
 */
struct options {
	struct espgw_out out;
	bool force;
	const char *netns;
	const char *batch;
	bool version;
	bool help;
};

static int usage(const char *object)
{
	if (!object)
		fputs("Usage: espgw [OPTIONS] OBJECT COMMAND\n"
		      "       espgw [OPTIONS] -b FILE [-force]\n"
		      "OPTIONS: -j JSON, -p pretty JSON, -s statistics, -n NETNS, -b FILE batch\n"
		      "         (- is standard input), -force go on after errors, -V version, -h\n"
		      "\n",
		      stdout);
	espgw_verb_usage(stdout, object);
	return 0;
}

/* Options that stand alone; several may share one dash. */
static bool letters(const char *text, struct options *options)
{
	if (!*text)
		return false;
	for (; *text; text++) {
		switch (*text) {
		case 'p':
			options->out.pretty = true;
			/* fallthrough */
		case 'j':
			options->out.json = true;
			break;
		case 's':
			options->out.stats = true;
			break;
		case 'V':
			options->version = true;
			break;
		case 'h':
			options->help = true;
			break;
		default:
			return false;
		}
	}
	return true;
}

/* Return: index of the first word that is no option, or -1 (said). */
static int read_options(int argc, char **argv, struct options *options)
{
	char shown[ESPGW_ARGS_QUOTE];
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		const char *option = argv[i];
		const char **value = NULL;

		if (!strcmp(option, "-n"))
			value = &options->netns;
		else if (!strcmp(option, "-b"))
			value = &options->batch;
		if (value) {
			if (*value)
				return espgw_args_twice(option);
			if (++i == argc)
				return espgw_say_error("\"%s\" needs a value", option);
			*value = argv[i];
			continue;
		}
		if (!strcmp(option, "-force"))
			options->force = true;
		else if (!strcmp(option, "--help"))
			options->help = true;
		else if (!strcmp(option, "--version"))
			options->version = true;
		else if (!letters(option + 1, options))
			return espgw_say_error("unknown option \"%s\"",
					       espgw_args_quote(option, shown));
	}
	return i;
}

static bool want_colour(void)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && term &&
	       strcmp(term, "dumb");
}

static int run(int argc, char **argv, const struct options *options)
{
	struct espgw_context ctx = { .out = options->out, .force = options->force };
	struct espgw_request req;
	int rc;

	ctx.out.to = stdout;
	ctx.out.colour = !ctx.out.json && want_colour();
	if (options->netns && espgw_netns_enter(options->netns))
		return 1;
	if (options->batch) {
		rc = espgw_batch_run(&ctx, options->batch);
	} else {
		rc = espgw_verb_parse(argv, argc, false, &req) ? 1 : espgw_verb_run(&ctx, &req);
		explicit_bzero(&req, sizeof(req));
	}
	espgw_nl_close(&ctx.nl);
	return rc;
}

/* Output that could not be written is an error: "save" must not be trusted. */
static int flush(int rc)
{
	espgw_say_verb(NULL, NULL);
	if (!fflush(stdout) && !ferror(stdout))
		return rc;
	espgw_say_error("cannot write the output: %s", strerror(errno));
	return rc ? rc : 1;
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
	struct options options = { 0 };
	int first = read_options(argc, argv, &options);

	if (first < 0)
		return 1;
	argc -= first;
	argv += first;
	if (options.version) {
		printf("espgw %s, netlink version %d\n", ESPGW_VERSION, ESPGW_GENL_VERSION);
		return flush(0);
	}
	if (options.help || (argc == 1 && !strcmp(argv[0], "help")))
		return flush(usage(NULL));
	if (argc == 2 && !strcmp(argv[1], "help") && !options.batch)
		return flush(usage(argv[0]));
	if (options.batch && argc) {
		espgw_say_error("\"-b\" and a command exclude each other");
		return 1;
	}
	return flush(run(argc, argv, &options));
}
