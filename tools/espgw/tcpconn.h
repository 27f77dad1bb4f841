/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcpconn - TCP connections between gateways, authenticated, and the MSS that
 *	their SYNs carry
 */
#ifndef ESPGW_TCPCONN_H
#define ESPGW_TCPCONN_H

#include <stdint.h>

#include "addr.h"
#include "hkdf.h"
#include "tcpmss.h"

/**
 * enum espgw_tcpconn_auth - what authenticates the connection
 * @ESPGW_TCPCONN_MD5: RFC 2385
 * @ESPGW_TCPCONN_AO: RFC 5925, options not covered
 */
enum espgw_tcpconn_auth {
	ESPGW_TCPCONN_MD5,
	ESPGW_TCPCONN_AO,
};

/**
 * struct espgw_tcpconn - a connection to be
 * @local: own address
 * @peer: the other end's
 * @port: the listener's, in host byte order
 * @mark: for routing; 0: none
 * @auth: how it is authenticated
 * @key: by what
 */
struct espgw_tcpconn {
	struct espgw_addr local;
	struct espgw_addr peer;
	uint16_t port;
	uint32_t mark;
	enum espgw_tcpconn_auth auth;
	uint8_t key[ESPGW_HKDF_MAX];
};

int espgw_tcpconn_listen(const struct espgw_tcpconn *conn);
int espgw_tcpconn_accept(const struct espgw_tcpconn *conn, int listener,
			struct espgw_tcpmss_view *view);
int espgw_tcpconn_connect(const struct espgw_tcpconn *conn, unsigned int timeout_s,
			 struct espgw_tcpmss_view *view);
int espgw_tcpconn_say(int fd, const struct espgw_tcpmss_view *mine);
int espgw_tcpconn_hear(int fd, unsigned int timeout_s, struct espgw_tcpmss_view *its);

#endif
