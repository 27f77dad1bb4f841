/* SPDX-License-Identifier: GPL-2.0 */
/* ICMP: answers to inner senders, errors from the path. */
#ifndef ESPGW_PACKET_ICMP_H
#define ESPGW_PACKET_ICMP_H

#include <linux/skbuff.h>

#include "core/view.h"
#include "base/net.h"

struct espgw_sa;

bool espgw_icmp_answer(struct espgw_net *en, struct sk_buff *skb,
		       const struct espgw_view *v, u32 mtu);
bool espgw_icmp_would_answer(struct espgw_net *en, const struct espgw_view *v,
			     bool *held);
void espgw_icmp_relay(struct espgw_sa *sa, u32 seq, u32 mtu);
void espgw_icmp_input(struct espgw_net *en, const struct sk_buff *skb,
		      const struct espgw_view *v);

int espgw_icmp_init(struct espgw_net *en);
void espgw_icmp_exit(struct espgw_net *en);

#endif
