/* SPDX-License-Identifier: GPL-2.0 */
/* The maximum segment size that a TCP SYN offers (RFC 9293 3.7.1). */
#ifndef ESPGW_CORE_MSS_H
#define ESPGW_CORE_MSS_H

#include "core.h"

/**
 * enum espgw_mss_result - what was done to a segment
 * @ESPGW_MSS_NONE: nothing, not a byte: not a SYN, not a whole header, small
 *	enough already, malformed options, or no room for an option
 * @ESPGW_MSS_LOWERED: the option was rewritten in place
 * @ESPGW_MSS_INSERTED: an option was put in: the segment is 4 bytes longer
 */
enum espgw_mss_result {
	ESPGW_MSS_NONE,
	ESPGW_MSS_LOWERED,
	ESPGW_MSS_INSERTED,
};

u16 espgw_mss_of(u32 inner_mtu, u8 family);
enum espgw_mss_result espgw_mss_clamp(u8 *tcp, u32 len, u32 room, u16 mss,
				      u8 family, bool partial);

#endif
