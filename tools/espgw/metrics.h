/* SPDX-License-Identifier: GPL-2.0 */
/*
 * metrics - counters and gauges for Prometheus
 */
#ifndef ESPGW_METRICS_H
#define ESPGW_METRICS_H

struct espgw_context;
struct espgw_request;

int espgw_metrics_run(struct espgw_context *ctx, struct espgw_request *req);

#endif
