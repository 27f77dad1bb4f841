/* SPDX-License-Identifier: GPL-2.0 */
/* SAs around SAs, and packets that come round again. */
#ifndef ESPGW_PACKET_NEST_H
#define ESPGW_PACKET_NEST_H

#include "packet/context.h"

#define ESPGW_VXLAN_PORT	4789	/* RFC 7348 4 */

int espgw_nest_check(struct espgw_pkt *p);

#endif
