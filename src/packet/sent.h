/* SPDX-License-Identifier: GPL-2.0 */
/* The beginnings of packets sent lately, by their sequence numbers. */
#ifndef ESPGW_PACKET_SENT_H
#define ESPGW_PACKET_SENT_H

#include <linux/skbuff.h>

#include "core/view.h"
#include "table/sad.h"

/* So much of a packet is kept, bytes: its IP and most of a TCP header. */
#define ESPGW_SENT_HDR	80

struct espgw_inside;

void espgw_sent_note(struct espgw_sa *sa, u64 seq, const struct sk_buff *skb,
		     const struct espgw_view *v,
		     const struct espgw_inside *inside);
bool espgw_sent_take(struct espgw_sa *sa, u32 seq, u8 *hdr, int *iif);
void espgw_sent_inside(struct espgw_sa *sa, u32 seq,
		       struct espgw_inside *inside);

int espgw_sent_enable(struct espgw_net *en);
void espgw_sent_exit(struct espgw_net *en);

#endif
