/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mss - the words of "mss": the path MTU from the MSS of a TCP connection
 *	between the gateways
 */
#ifndef ESPGW_MSS_H
#define ESPGW_MSS_H

#include <stdint.h>

#include "addr.h"
#include "alg.h"
#include "object.h"

/**
 * enum espgw_mss_value - what a request says; there are no such attributes
 * @ESPGW_MSS_SPI: SPI of the outbound SA
 * @ESPGW_MSS_DST: its outer destination
 * @ESPGW_MSS_PORT: the listener's port
 * @ESPGW_MSS_AUTH: enum espgw_tcpconn_auth
 * @ESPGW_MSS_KEY: what the connection's key is derived from
 * @ESPGW_MSS_TIMEOUT: seconds to wait; 0: for ever
 * @ESPGW_MSS_ONCE: one connection is enough
 * @ESPGW_MSS_VALUES: end of the list
 */
enum espgw_mss_value {
	ESPGW_MSS_SPI = 1,
	ESPGW_MSS_DST,
	ESPGW_MSS_PORT,
	ESPGW_MSS_AUTH,
	ESPGW_MSS_KEY,
	ESPGW_MSS_TIMEOUT,
	ESPGW_MSS_ONCE,
	ESPGW_MSS_VALUES,
};

/**
 * struct espgw_mss - a request
 * @has: bit n: value n of enum espgw_mss_value was given
 * @number: indexed by it
 * @dst: outer destination of the outbound SA
 * @key: of length 0: the keys of the SAs
 */
struct espgw_mss {
	union {
		uint64_t has;
		uint64_t number[ESPGW_MSS_VALUES];
	};
	struct espgw_addr dst;
	struct espgw_key key;
};

/* The words that have to be there; the table has the others. */
#define ESPGW_MSS_HELP "spi N dst A"

extern const struct espgw_choice espgw_mss_commands[];
extern const struct espgw_choice espgw_mss_auths[];
extern const struct espgw_object espgw_mss_object;

int espgw_mss_parse(char **word, int count, struct espgw_mss *mss, unsigned int *command);

#endif
