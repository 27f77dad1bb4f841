/* SPDX-License-Identifier: GPL-2.0 */
/* SAs around SAs, and packets that come round again. */
#ifndef ESPGW_PACKET_NEST_H
#define ESPGW_PACKET_NEST_H

#include "packet/context.h"

int espgw_nest_check(struct espgw_pkt *p);

#endif
