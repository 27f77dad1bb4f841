/* SPDX-License-Identifier: GPL-2.0 */
/* Out of ESP: a packet that has arrived becomes its inner packet. */
#ifndef ESPGW_PACKET_DECAP_H
#define ESPGW_PACKET_DECAP_H

#include "packet/context.h"

struct espgw_policy;

bool espgw_decap_find(struct espgw_pkt *p);
bool espgw_decap_find_among(struct espgw_pkt *p);
struct sk_buff *espgw_decap_cut(struct espgw_pkt *p);
int espgw_decap(struct espgw_pkt *p);
int espgw_decap_decide(struct espgw_pkt *p, struct espgw_policy **policy);

#endif
