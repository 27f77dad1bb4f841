/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mssrun - the path MTU from the MSS of a TCP connection between the gateways
 */
#ifndef ESPGW_MSSRUN_H
#define ESPGW_MSSRUN_H

#include "mss.h"
#include "nl.h"
#include "out.h"

/**
 * struct espgw_mss_context - what a command runs in
 * @out: where it prints
 * @nl: its socket, opened when needed; to be closed by the caller
 */
struct espgw_mss_context {
	struct espgw_out out;
	struct espgw_nl nl;
};

extern const struct espgw_object espgw_mss_found_object;

int espgw_mss_probe(struct espgw_mss_context *ctx, const struct espgw_mss *mss);
int espgw_mss_listen(struct espgw_mss_context *ctx, const struct espgw_mss *mss);

#endif
