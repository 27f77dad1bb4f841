// SPDX-License-Identifier: GPL-2.0
/*
 * options - what stands before a command, and what has to be done for it
 */
#include <errno.h>
#include <linux/espgw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "netns.h"
#include "options.h"
#include "say.h"
#include "secret.h"

#ifndef ESPGW_VERSION
#define ESPGW_VERSION "unknown"
#endif

/* Of -o. */
const struct espgw_choice espgw_options_formats[] = {
	{ "metrics", ESPGW_FORMAT_METRICS },
	{ "wireshark", ESPGW_FORMAT_WIRESHARK },
	{ NULL },
};

/* Options that stand alone; several may share one dash. */
static bool letters(const char *text, struct espgw_options *options)
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

static int take_format(const char *format, struct espgw_options *options)
{
	char *words[] = { (char *)format };
	struct espgw_args args = { .word = words, .count = 1 };
	uint32_t value;

	if (options->out.json)
		return espgw_say_error("\"-o\" and \"-j\" exclude each other");
	if (espgw_args_choice(&args, "-o", espgw_options_formats, &value))
		return -1;
	options->out.format = value;
	return 0;
}

/**
 * espgw_options_read - read them
 * @argc: number of words
 * @argv: words
 * @batches: -b, -force and -o are among the options
 * @options: receives them
 *
 * Return: index of the first word that is no option, or -1 (said).
 */
int espgw_options_read(int argc, char **argv, bool batches, struct espgw_options *options)
{
	const char *format = NULL;
	char shown[ESPGW_ARGS_QUOTE];
	int i;

	memset(options, 0, sizeof(*options));
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		const char *option = argv[i];
		const char **value = NULL;

		if (!strcmp(option, "-n"))
			value = &options->netns;
		else if (batches && !strcmp(option, "-b"))
			value = &options->batch;
		else if (batches && !strcmp(option, "-o"))
			value = &format;
		if (value) {
			if (*value)
				return espgw_args_twice(option);
			if (++i == argc)
				return espgw_say_error("\"%s\" needs a value", option);
			*value = argv[i];
			continue;
		}
		if (batches && !strcmp(option, "-force"))
			options->force = true;
		else if (!strcmp(option, "--help"))
			options->help = true;
		else if (!strcmp(option, "--version"))
			options->version = true;
		else if (!letters(option + 1, options))
			return espgw_say_error("unknown option \"%s\"",
					       espgw_args_quote(option, shown));
	}
	if (format && take_format(format, options))
		return -1;
	return i;
}

static bool want_colour(void)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && term &&
	       strcmp(term, "dumb");
}

/**
 * espgw_options_begin - do what has to be done before a command
 * @options: the options; their out is ready for use then
 *
 * Return: 0, or -1 (said).
 */
int espgw_options_begin(struct espgw_options *options)
{
	espgw_secret_output();
	options->out.to = stdout;
	options->out.colour = !options->out.json && want_colour();
	return options->netns ? espgw_netns_enter(options->netns) : 0;
}

/**
 * espgw_options_version - print which version this is
 * @program: the program's name
 *
 * Return: exit status 0.
 */
int espgw_options_version(const char *program)
{
	printf("%s %s, netlink version %d\n", program, ESPGW_VERSION, ESPGW_GENL_VERSION);
	return 0;
}

/**
 * espgw_options_end - do what has to be done behind a command
 * @status: its exit status
 *
 * Output that could not be written is an error: "save" must not be trusted.
 *
 * Return: exit status.
 */
int espgw_options_end(int status)
{
	espgw_say_verb(NULL, NULL);
	if (!espgw_secret_output_end())
		return status;
	espgw_say_error("cannot write the output: %s", strerror(errno));
	return status ? status : 1;
}
