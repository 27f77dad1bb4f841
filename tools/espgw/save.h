/* SPDX-License-Identifier: GPL-2.0 */
/*
 * save - the configuration as the commands that make it
 */
#ifndef ESPGW_SAVE_H
#define ESPGW_SAVE_H

struct espgw_args;
struct espgw_context;
struct espgw_request;
struct espgw_secret;

int espgw_save_text(struct espgw_context *ctx, struct espgw_secret *text);
int espgw_save_parse(struct espgw_args *args, struct espgw_request *req);
int espgw_save_run(struct espgw_context *ctx, struct espgw_request *req);

#endif
