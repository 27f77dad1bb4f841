/* SPDX-License-Identifier: GPL-2.0 */
/* The one place where packets leave: to the wire, or to the stack. */
#ifndef ESPGW_PACKET_OUTPUT_H
#define ESPGW_PACKET_OUTPUT_H

#include "packet/context.h"

/**
 * espgw_output_may_arrive() - may a packet out of a tunnel arrive by its device
 * @dev: the device
 *
 * Return: false if it is down.
 */
static inline bool espgw_output_may_arrive(const struct net_device *dev)
{
	return dev->flags & IFF_UP;
}

bool espgw_output_here(struct espgw_pkt *p);
void espgw_output(struct espgw_sa *sa, struct sk_buff *skb, u32 frag_mtu);
int espgw_output_pieces(struct espgw_sa *sa, struct sk_buff *skb, u32 frag_mtu,
			void (*piece)(u32 len, void *with), void *with);
void espgw_output_clear(struct sk_buff *skb);
void espgw_output_again(struct espgw_net *en, struct sk_buff *skb);
void espgw_output_on(struct sk_buff *skb);
void espgw_output_up(struct espgw_net *en, struct sk_buff *skb);
unsigned int espgw_output_deliver(struct espgw_pkt *p);

#endif
