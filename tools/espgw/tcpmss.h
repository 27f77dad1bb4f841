/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcpmss - TCP sockets between gateways, authenticated, and the MSS that they
 * offer and are offered
 */
#ifndef ESPGW_TCPMSS_H
#define ESPGW_TCPMSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "hkdf.h"

/* IP and TCP header without options, bytes. */
#define ESPGW_TCPMSS_HDR4 40
#define ESPGW_TCPMSS_HDR6 60

/* The line that the ends exchange, with its newline, never has more bytes. */
#define ESPGW_TCPMSS_LINE 64

/**
 * enum espgw_tcpmss_auth - what authenticates the connection
 * @ESPGW_TCPMSS_MD5: RFC 2385
 * @ESPGW_TCPMSS_AO: RFC 5925, options not covered
 */
enum espgw_tcpmss_auth {
	ESPGW_TCPMSS_MD5,
	ESPGW_TCPMSS_AO,
};

/**
 * struct espgw_tcpmss - a connection to be
 * @local: own address
 * @peer: the other end's
 * @port: the listener's, in host byte order
 * @mark: for routing; 0: none
 * @auth: how it is authenticated
 * @key: by what
 */
struct espgw_tcpmss {
	struct espgw_addr local;
	struct espgw_addr peer;
	uint16_t port;
	uint32_t mark;
	enum espgw_tcpmss_auth auth;
	uint8_t key[ESPGW_HKDF_MAX];
};

/**
 * struct espgw_tcpmss_view - what one end knows of the MSS, bytes
 * @sent: offered in its SYN
 * @received: as the other end's offer arrived; 0: not known
 * @limit: that its configured route and device allow: more than @sent where
 *	the kernel has believed an ICMP message
 */
struct espgw_tcpmss_view {
	uint32_t sent;
	uint32_t received;
	uint32_t limit;
};

unsigned int espgw_tcpmss_option(const uint8_t *tcp, size_t len);
unsigned int espgw_tcpmss_of_packet(const uint8_t *packet, size_t len);
int espgw_tcpmss_line_write(const struct espgw_tcpmss_view *view,
			    char line[static ESPGW_TCPMSS_LINE]);
const char *espgw_tcpmss_line_read(const char *line, size_t len, struct espgw_tcpmss_view *view);
uint32_t espgw_tcpmss_bound(const struct espgw_tcpmss_view *a, const struct espgw_tcpmss_view *b,
			    unsigned int hdr);

int espgw_tcpmss_listen(const struct espgw_tcpmss *conn);
int espgw_tcpmss_accept(const struct espgw_tcpmss *conn, int listener,
			struct espgw_tcpmss_view *view);
int espgw_tcpmss_connect(const struct espgw_tcpmss *conn, unsigned int timeout_s,
			 struct espgw_tcpmss_view *view);
int espgw_tcpmss_say(int fd, const struct espgw_tcpmss_view *mine);
int espgw_tcpmss_hear(int fd, unsigned int timeout_s, struct espgw_tcpmss_view *its);

#endif
