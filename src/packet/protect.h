/* SPDX-License-Identifier: GPL-2.0 */
/* What a protect policy covers: an SA, a plan, and out. */
#ifndef ESPGW_PACKET_PROTECT_H
#define ESPGW_PACKET_PROTECT_H

#include "packet/context.h"

struct espgw_policy;

unsigned int espgw_protect(struct espgw_pkt *p, struct espgw_policy *policy);
unsigned int espgw_protect_by(struct espgw_pkt *p);
int espgw_protect_decide(struct espgw_pkt *p, const struct espgw_policy *policy);
int espgw_protect_pieces(struct espgw_pkt *p,
			 bool (*piece)(struct espgw_pkt *p, u32 len, void *with),
			 void *with);

#endif
