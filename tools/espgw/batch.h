/* SPDX-License-Identifier: GPL-2.0 */
/*
 * batch - commands from a file, one a line
 */
#ifndef ESPGW_BATCH_H
#define ESPGW_BATCH_H

struct espgw_args;
struct espgw_context;
struct espgw_request;

int espgw_batch_run(struct espgw_context *ctx, const char *path);
int espgw_batch_parse_restore(struct espgw_args *args, struct espgw_request *req);
int espgw_batch_run_restore(struct espgw_context *ctx, struct espgw_request *req);

#endif
