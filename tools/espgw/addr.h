/* SPDX-License-Identifier: GPL-2.0 */
/*
 * addr - IPv4 and IPv6 addresses and prefixes
 */
#ifndef ESPGW_ADDR_H
#define ESPGW_ADDR_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>

/* An IPv6 address, a slash and three digits, with the terminating NUL. */
#define ESPGW_ADDR_TEXT (INET6_ADDRSTRLEN + 4)

/**
 * struct espgw_addr - an address of either family
 * @len: 4 or 16 bytes; 0: none
 * @byte: in network order
 */
struct espgw_addr {
	uint8_t len;
	uint8_t byte[16];
};

/**
 * struct espgw_prefix - an address and how much of it counts
 * @addr: host bits are zero; its len is 0 for "any" until the family is known
 * @bits: prefix length
 */
struct espgw_prefix {
	struct espgw_addr addr;
	uint8_t bits;
};

int espgw_addr_parse(const char *text, struct espgw_addr *addr);
int espgw_addr_set(struct espgw_addr *addr, const void *bytes, unsigned int len);
bool espgw_addr_equal(const struct espgw_addr *a, const struct espgw_addr *b);
const char *espgw_addr_text(const struct espgw_addr *addr, char text[static ESPGW_ADDR_TEXT]);
bool espgw_prefix_mask(struct espgw_prefix *prefix);
const char *espgw_prefix_text(const struct espgw_prefix *prefix,
			      char text[static ESPGW_ADDR_TEXT]);

#endif
