/* SPDX-License-Identifier: GPL-2.0 */
/*
 * batch - commands from a file, one a line
 */
#ifndef ESPGW_BATCH_H
#define ESPGW_BATCH_H

#include <stdio.h>

struct espgw_args;
struct espgw_context;
struct espgw_request;

/* More words than any command can have. */
#define ESPGW_BATCH_WORDS 128

int espgw_batch_split(char *line, char *word[static ESPGW_BATCH_WORDS]);
void espgw_batch_quote(FILE *to, const char *word);
int espgw_batch_run(struct espgw_context *ctx, const char *path);
int espgw_batch_parse_restore(struct espgw_args *args, const char **path);
int espgw_batch_run_restore(struct espgw_context *ctx, struct espgw_request *req);

#endif
