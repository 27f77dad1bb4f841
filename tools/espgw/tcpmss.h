/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tcpmss - the MSS that gateways offer and are offered, and what it says of
 *	the path between them
 */
#ifndef ESPGW_TCPMSS_H
#define ESPGW_TCPMSS_H

#include <stddef.h>
#include <stdint.h>

/* IP and TCP header without options, bytes. */
#define ESPGW_TCPMSS_HDR4 40
#define ESPGW_TCPMSS_HDR6 60

/* The line that the ends exchange, with its newline, never has more bytes. */
#define ESPGW_TCPMSS_LINE 64

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
size_t espgw_tcpmss_header(const uint8_t *packet, size_t len);
unsigned int espgw_tcpmss_of_packet(const uint8_t *packet, size_t len);
int espgw_tcpmss_line_write(const struct espgw_tcpmss_view *view,
			    char line[static ESPGW_TCPMSS_LINE]);
const char *espgw_tcpmss_line_read(const char *line, size_t len, struct espgw_tcpmss_view *view);
uint32_t espgw_tcpmss_bound(const struct espgw_tcpmss_view *a, const struct espgw_tcpmss_view *b,
			    unsigned int hdr);

#endif
