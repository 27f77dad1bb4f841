/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mss - the path MTU from the MSS of a TCP connection between the gateways
 */
#ifndef ESPGW_MSS_H
#define ESPGW_MSS_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "alg.h"
#include "args.h"
#include "tcpmss.h"

struct espgw_context;
struct espgw_request;

/**
 * struct espgw_mss - a request
 * @has: bit n: word n of the table of words was given
 * @spi: of the outbound SA, in host byte order
 * @dst: its outer destination
 * @port: the listener's
 * @auth: what authenticates the connection
 * @key: what its key is derived from; of length 0: the keys of the SAs
 * @timeout_s: seconds to wait; 0: for ever
 * @once: one connection is enough
 */
struct espgw_mss {
	uint32_t has;
	uint32_t spi;
	struct espgw_addr dst;
	uint16_t port;
	enum espgw_tcpmss_auth auth;
	struct espgw_key key;
	unsigned int timeout_s;
	bool once;
};

int espgw_mss_parse_probe(struct espgw_args *args, struct espgw_mss *mss);
int espgw_mss_parse_listen(struct espgw_args *args, struct espgw_mss *mss);
int espgw_mss_run_probe(struct espgw_context *ctx, struct espgw_request *req);
int espgw_mss_run_listen(struct espgw_context *ctx, struct espgw_request *req);

#endif
