/* SPDX-License-Identifier: GPL-2.0 */
/* The packet that an ICMP error quotes (RFC 792, RFC 1812, RFC 4443). */
#ifndef ESPGW_CORE_QUOTE_H
#define ESPGW_CORE_QUOTE_H

#include "core.h"

/**
 * struct espgw_quote - the quoted ESP packet
 * @src: outer source address
 * @dst: outer destination address
 * @spi: SPI; with @has_spi
 * @len: the packet's whole length as its quoted header says, bytes
 * @seq: low 32 bits of the sequence number, host byte order; with @has_seq
 * @sport: UDP source port, host byte order; with @udp
 * @dport: UDP destination port
 * @family: 4 or 6
 * @df: IPv4 DF; true for IPv6
 * @udp: UDP-encapsulated
 * @has_spi: the quote reaches as far as the SPI
 * @has_seq: the quote reaches as far as the sequence number
 */
struct espgw_quote {
	struct espgw_addr src;
	struct espgw_addr dst;
	__be32 spi;
	u32 len;
	u32 seq;
	u16 sport;
	u16 dport;
	u8 family;
	bool df;
	bool udp;
	bool has_spi;
	bool has_seq;
};

/**
 * enum espgw_quote_result - how reading a quote ended
 * @ESPGW_QUOTE_OK: it is (perhaps UDP-encapsulated) ESP
 * @ESPGW_QUOTE_OTHER: another protocol, or a later fragment: not ours
 * @ESPGW_QUOTE_TRUNCATED: less than an IP header and 8 bytes
 */
enum espgw_quote_result {
	ESPGW_QUOTE_OK,
	ESPGW_QUOTE_OTHER,
	ESPGW_QUOTE_TRUNCATED,
};

enum espgw_quote_result espgw_quote_parse(struct espgw_quote *q, const u8 *data,
					  u32 avail, u8 family);

#endif
