// SPDX-License-Identifier: GPL-2.0
/*
 * addr - IPv4 and IPv6 addresses and prefixes
 */
#include <stdio.h>
#include <string.h>

#include "addr.h"

/**
 * espgw_addr_parse - read an address
 * @text: dotted quad or RFC 4291 text, nothing around it
 * @addr: receives it
 *
 * Return: 0, or -1 if it is neither; says nothing.
 */
int espgw_addr_parse(const char *text, struct espgw_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, text, addr->byte) == 1)
		addr->len = 4;
	else if (inet_pton(AF_INET6, text, addr->byte) == 1)
		addr->len = 16;
	return addr->len ? 0 : -1;
}

/**
 * espgw_addr_set - take an address as netlink carries it
 * @addr: receives it
 * @bytes: in network order
 * @len: how many
 *
 * Return: 0, or -1 if the length is that of no family.
 */
int espgw_addr_set(struct espgw_addr *addr, const void *bytes, unsigned int len)
{
	if (len != 4 && len != 16)
		return -1;
	memset(addr, 0, sizeof(*addr));
	addr->len = len;
	memcpy(addr->byte, bytes, len);
	return 0;
}

/**
 * espgw_addr_equal - compare
 * @a: one
 * @b: other
 *
 * Return: whether both are of one family and the same.
 */
bool espgw_addr_equal(const struct espgw_addr *a, const struct espgw_addr *b)
{
	return a->len == b->len && !memcmp(a->byte, b->byte, a->len);
}

/**
 * espgw_addr_text - write an address
 * @addr: the address
 * @text: buffer for it
 *
 * Return: @text.
 */
const char *espgw_addr_text(const struct espgw_addr *addr, char text[static ESPGW_ADDR_TEXT])
{
	if (!addr->len || !inet_ntop(addr->len == 4 ? AF_INET : AF_INET6, addr->byte, text,
				     ESPGW_ADDR_TEXT))
		strcpy(text, "?");
	return text;
}

/**
 * espgw_prefix_mask - clear the host bits
 * @prefix: changed in place
 *
 * Return: whether there was any to clear.
 */
bool espgw_prefix_mask(struct espgw_prefix *prefix)
{
	unsigned int i;
	bool any = false;

	for (i = 0; i < prefix->addr.len; i++) {
		unsigned int from = i * 8;
		uint8_t keep = 0xff;

		if (from >= prefix->bits)
			keep = 0;
		else if (prefix->bits - from < 8)
			keep = 0xff << (8 - (prefix->bits - from));
		if (prefix->addr.byte[i] & ~keep)
			any = true;
		prefix->addr.byte[i] &= keep;
	}
	return any;
}

/**
 * espgw_prefix_text - write a prefix, always with its length
 * @prefix: the prefix
 * @text: buffer for it
 *
 * Return: @text.
 */
const char *espgw_prefix_text(const struct espgw_prefix *prefix, char text[static ESPGW_ADDR_TEXT])
{
	size_t used;

	espgw_addr_text(&prefix->addr, text);
	used = strlen(text);
	snprintf(text + used, ESPGW_ADDR_TEXT - used, "/%u", prefix->bits);
	return text;
}
