/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mssexec - "espgw mss" is a program of its own
 */
#ifndef ESPGW_MSSEXEC_H
#define ESPGW_MSSEXEC_H

struct espgw_args;
struct espgw_context;
struct espgw_request;

int espgw_mss_exec_parse(struct espgw_args *args, struct espgw_request *req);
int espgw_mss_exec(struct espgw_context *ctx, struct espgw_request *req);

#endif
