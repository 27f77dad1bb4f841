/* SPDX-License-Identifier: GPL-2.0 */
/* The one place where packets leave: to the wire, or to the stack. */
#ifndef ESPGW_PACKET_OUTPUT_H
#define ESPGW_PACKET_OUTPUT_H

#include "packet/context.h"

bool espgw_output_here(struct espgw_pkt *p);
void espgw_output(struct espgw_sa *sa, struct sk_buff *skb, u32 frag_mtu);
void espgw_output_clear(struct sk_buff *skb);
void espgw_output_again(struct espgw_net *en, struct sk_buff *skb);
void espgw_output_up(struct espgw_net *en, struct sk_buff *skb);
unsigned int espgw_output_deliver(struct espgw_pkt *p);

#endif
