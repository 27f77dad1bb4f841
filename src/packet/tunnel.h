/* SPDX-License-Identifier: GPL-2.0 */
/* Packets of tunnel devices above an SA, as what is inside of them. */
#ifndef ESPGW_PACKET_TUNNEL_H
#define ESPGW_PACKET_TUNNEL_H

#include "packet/context.h"

int espgw_tunnel_out(struct espgw_pkt *p);
bool espgw_tunnel_hides(const struct espgw_pkt *p);
enum espgw_admit espgw_tunnel_inside(const struct espgw_pkt *p, u8 dir);
int espgw_tunnel_in(struct espgw_sa *sa, struct sk_buff *skb,
		    const struct espgw_view *v);

#endif
