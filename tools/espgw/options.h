/* SPDX-License-Identifier: GPL-2.0 */
/*
 * options - what stands before a command, and what has to be done for it
 */
#ifndef ESPGW_OPTIONS_H
#define ESPGW_OPTIONS_H

#include <stdbool.h>

#include "args.h"
#include "out.h"

/**
 * struct espgw_options - what stands before the command
 * @out: -j, -p, -s, -o
 * @force: -force
 * @netns: -n
 * @batch: -b
 * @version: -V
 * @help: -h
 */
struct espgw_options {
	struct espgw_out out;
	bool force;
	const char *netns;
	const char *batch;
	bool version;
	bool help;
};

extern const struct espgw_choice espgw_options_formats[];

int espgw_options_read(int argc, char **argv, bool batches, struct espgw_options *options);
int espgw_options_begin(struct espgw_options *options);
int espgw_options_version(const char *program);
int espgw_options_end(int status);

#endif
