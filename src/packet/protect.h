/* SPDX-License-Identifier: GPL-2.0 */
/* What a protect policy covers: an SA, a plan, and out. */
#ifndef ESPGW_PACKET_PROTECT_H
#define ESPGW_PACKET_PROTECT_H

#include "packet/context.h"

struct espgw_policy;

unsigned int espgw_protect(struct espgw_pkt *p, struct espgw_policy *policy);
unsigned int espgw_protect_by(struct espgw_pkt *p);

#endif
