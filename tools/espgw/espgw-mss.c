// SPDX-License-Identifier: GPL-2.0
/*
 * espgw-mss - the path MTU from the MSS of a TCP connection between the
 *	gateways; what "espgw mss" runs
 *
 * Exit status: 0 done; 1 usage or local error; 2 refused by the kernel, or
 * nothing came of it.
 */
#include <stdio.h>
#include <string.h>

#include "mssrun.h"
#include "options.h"
#include "secret.h"

static int usage(void)
{
	const struct espgw_choice *command;

	fputs("Usage: espgw-mss [OPTIONS] COMMAND\n"
	      "OPTIONS: -j JSON, -p pretty JSON, -n NETNS, -V version, -h\n"
	      "\n",
	      stdout);
	for (command = espgw_mss_commands; command->word; command++) {
		printf("espgw-mss %s " ESPGW_MSS_HELP, command->word);
		espgw_object_usage(stdout, &espgw_mss_object, command->value);
		putchar('\n');
	}
	fputs("\nKEY := 0xHEX | file:PATH (file:- is standard input)\n", stdout);
	return 0;
}

static int run(int argc, char **argv, struct espgw_options *options)
{
	struct espgw_mss_context ctx = { 0 };
	struct espgw_mss mss;
	unsigned int command;
	int rc;

	if (espgw_options_begin(options)) {
		espgw_secret_words(argv, argc);
		return 1;
	}
	ctx.out = options->out;
	if (espgw_mss_parse(argv, argc, &mss, &command))
		rc = 1;
	else if (command == ESPGW_IN_LISTEN)
		rc = espgw_mss_listen(&ctx, &mss);
	else
		rc = espgw_mss_probe(&ctx, &mss);
	explicit_bzero(&mss, sizeof(mss));
	espgw_nl_close(&ctx.nl);
	return rc;
}

/**
 * main - the program
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
	first = espgw_options_read(argc, argv, false, &options);
	if (first < 0) {
		espgw_secret_words(argv, argc);
		return 1;
	}
	argc -= first;
	argv += first;
	if (options.version)
		return espgw_options_end(espgw_options_version("espgw-mss"));
	if (options.help || (argc == 1 && !strcmp(argv[0], "help")))
		return espgw_options_end(usage());
	return espgw_options_end(run(argc, argv, &options));
}
