/* SPDX-License-Identifier: GPL-2.0 */
/* TCP SYNs through a tunnel offer segments that fit it. */
#ifndef ESPGW_PACKET_MSS_H
#define ESPGW_PACKET_MSS_H

#include <linux/skbuff.h>
#include <linux/tcp.h>

#include "core/view.h"
#include "table/sad.h"

int espgw_mss_syn(struct espgw_sa *sa, struct sk_buff *skb, unsigned int nh,
		  unsigned int above, struct espgw_view *v);

/**
 * espgw_mss_inside() - lower what a SYN offers that may be in tunnels
 * @sa: the SA that the packet takes or came by
 * @skb: the packet, not shared; its data may move
 * @nh: where the SYN's IP header begins, bytes from skb->data
 * @above: bytes of the tunnels that it is in; 0: none
 * @v: what it is; its length is put right if an option had to be put in
 *
 * Context: under RCU, bottom halves off. Return: 0, or -ENOMEM: drop it.
 */
static inline int espgw_mss_inside(struct espgw_sa *sa, struct sk_buff *skb,
				   unsigned int nh, unsigned int above,
				   struct espgw_view *v)
{
	const u8 *flags;
	u8 buf;

	if (v->proto != IPPROTO_TCP || v->is_frag)
		return 0;
	/* Byte 13 of the header: ... SYN is its second bit. */
	flags = skb_header_pointer(skb, nh + v->hdr_len + 13, 1, &buf);
	if (likely(!flags || !(*flags & 2)))
		return 0;
	return espgw_mss_syn(sa, skb, nh, above, v);
}

/**
 * espgw_mss_adjust() - lower what a SYN offers to what fits
 * @sa: the SA that the packet takes or came by
 * @skb: the packet, not shared; its data may move
 * @nh: where its IP header begins, bytes from skb->data
 * @v: what it is; its length is put right if an option had to be put in
 *
 * Context: under RCU, bottom halves off. Return: 0, or -ENOMEM: drop it.
 */
static inline int espgw_mss_adjust(struct espgw_sa *sa, struct sk_buff *skb,
				   unsigned int nh, struct espgw_view *v)
{
	return espgw_mss_inside(sa, skb, nh, 0, v);
}

#endif
