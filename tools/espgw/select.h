/* SPDX-License-Identifier: GPL-2.0 */
/*
 * select - removing all that are like what is given
 */
#ifndef ESPGW_SELECT_H
#define ESPGW_SELECT_H

struct espgw_args;
struct espgw_context;
struct espgw_request;

int espgw_select_parse(struct espgw_args *args, struct espgw_request *req);
int espgw_select_run(struct espgw_context *ctx, struct espgw_request *req);

#endif
