/* SPDX-License-Identifier: GPL-2.0 */
/* Every cipher and encapsulation, and what they add: spelt out, not computed. */
#ifndef ESPGW_UNIT_SIZES_H
#define ESPGW_UNIT_SIZES_H

#include "len.h"

struct cipher {
	const char *name;
	u32 iv, icv, align;
};

static const struct cipher ciphers[] = {
	{ "AES-GCM-16, ChaCha20-Poly1305", 8, 16, 4 },
	{ "AES-CBC + HMAC-SHA1-96", 16, 12, 16 },
	{ "AES-CBC + HMAC-SHA256-128", 16, 16, 16 },
	{ "AES-CBC + HMAC-SHA384-192", 16, 24, 16 },
	{ "AES-CBC + HMAC-SHA512-256", 16, 32, 16 },
	{ "NULL + HMAC-SHA1-96", 0, 12, 4 },
	{ "NULL + HMAC-SHA256-128", 0, 16, 4 },
	{ "NULL + HMAC-SHA384-192", 0, 24, 4 },
	{ "NULL + HMAC-SHA512-256", 0, 32, 4 },
};

struct encap {
	const char *name;
	u32 ip, udp;
};

static const struct encap encaps[] = {
	{ "IPv4", 20, 0 },
	{ "IPv4 NAT-T", 20, 8 },
	{ "IPv6", 40, 0 },
	{ "IPv6 NAT-T", 40, 8 },
};

static inline struct espgw_len sizes(const struct cipher *c,
				     const struct encap *e)
{
	return (struct espgw_len) {
		.head = (u16)(e->ip + e->udp + 8 + c->iv),
		.icv = (u8)c->icv,
		.align = (u8)c->align,
	};
}

/* The ESP packet of an inner packet, field by field (RFC 4303 2). */
static inline u32 naive_outer(const struct cipher *c, const struct encap *e,
			      u32 inner)
{
	u32 text = inner;

	while ((text + 1 + 1) % c->align)
		text++;
	return e->ip + e->udp + 4 + 4 + c->iv + text + 1 + 1 + c->icv;
}

#endif
