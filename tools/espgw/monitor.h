/* SPDX-License-Identifier: GPL-2.0 */
/*
 * monitor - events as they happen
 */
#ifndef ESPGW_MONITOR_H
#define ESPGW_MONITOR_H

#include <stdio.h>

struct espgw_args;
struct espgw_context;
struct espgw_object;
struct espgw_request;
struct nlmsghdr;

int espgw_monitor_parse(struct espgw_args *args, struct espgw_request *req);
int espgw_monitor_event(const struct nlmsghdr *nlh, void *data);
void espgw_monitor_each(void (*each)(const char *name, const struct espgw_object *object, void *data),
			void *data);
int espgw_monitor_run(struct espgw_context *ctx, struct espgw_request *req);
void espgw_monitor_usage(FILE *to);
void espgw_monitor_offer(FILE *to);

#endif
