/* SPDX-License-Identifier: GPL-2.0 */
/*
 * save - the configuration as the commands that make it
 */
#ifndef ESPGW_SAVE_H
#define ESPGW_SAVE_H

struct espgw_context;
struct espgw_request;

int espgw_save_run(struct espgw_context *ctx, struct espgw_request *req);

#endif
