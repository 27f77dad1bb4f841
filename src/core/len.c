// SPDX-License-Identifier: GPL-2.0
/* Exact sizes of ESP tunnel packets (RFC 4303 2). */

#include "len.h"

/* Pad length and next header: encrypted and aligned with the payload. */
#define ESP_TRAILER	2

/**
 * espgw_len_inner() - the largest inner packet that a path carries
 * @l: the SA's sizes
 * @path_mtu: largest outer packet, bytes
 *
 * What is left of @path_mtu without the overhead, rounded down to the cipher's
 * alignment, less the trailer. A packet one byte longer takes another block and
 * does not fit. The number is exact and not that of the worst case, since
 * senders are told it: a smaller one would make each of their packets shorter
 * than it has to be.
 *
 * Return: bytes; 0 if not even an empty packet fits.
 */
u32 espgw_len_inner(const struct espgw_len *l, u32 path_mtu)
{
	u32 overhead = l->head + l->icv;
	u32 room;

	if (path_mtu < overhead)
		return 0;
	room = (path_mtu - overhead) & ~(u32)(l->align - 1);
	return room < ESP_TRAILER ? 0 : room - ESP_TRAILER;
}
