/* SPDX-License-Identifier: GPL-2.0 */
/* Exact sizes of ESP tunnel packets (RFC 4303 2). */
#ifndef ESPGW_CORE_LEN_H
#define ESPGW_CORE_LEN_H

#include "core.h"

/**
 * struct espgw_len - what one SA adds to a packet
 * @head: outer IP header (20 or 40) + UDP header (8 or 0) + ESP header (8) +
 *	IV, bytes
 * @icv: bytes
 * @align: what payload, padding and the two trailer bytes together are a
 *	multiple of: max(4, cipher block), a power of two
 */
struct espgw_len {
	u16 head;
	u8 icv;
	u8 align;
};

/**
 * espgw_len_pad() - padding bytes for a payload
 * @l: the SA's sizes
 * @payload: inner packet with its TFC padding, bytes
 *
 * Return: 0 to @l->align - 1; the pad length and next header bytes not counted.
 */
static inline u32 espgw_len_pad(const struct espgw_len *l, u32 payload)
{
	return -(payload + 2) & (l->align - 1);
}

/**
 * espgw_len_outer() - the outer packet's length
 * @l: the SA's sizes
 * @payload: inner packet with its TFC padding, bytes
 *
 * Return: bytes from the outer IP header to the ICV.
 */
static inline u32 espgw_len_outer(const struct espgw_len *l, u32 payload)
{
	return l->head + ((payload + 2 + l->align - 1) & ~(u32)(l->align - 1)) +
	       l->icv;
}

u32 espgw_len_inner(const struct espgw_len *l, u32 path_mtu);

#endif
