/* SPDX-License-Identifier: GPL-2.0 */
/*
 * apply - make the kernel's configuration that of files
 */
#ifndef ESPGW_APPLY_H
#define ESPGW_APPLY_H

struct espgw_args;
struct espgw_context;
struct espgw_request;

/* Exit status of "apply --check" if something differs. */
#define ESPGW_APPLY_DIFFERS 3

/* What is done to an object. */
extern const char *const espgw_apply_changes[];

int espgw_apply_parse(struct espgw_args *args, struct espgw_request *req);
int espgw_apply_run(struct espgw_context *ctx, struct espgw_request *req);

#endif
