/* SPDX-License-Identifier: GPL-2.0 */
/* TCP super-packets are cut into buffers with room for what encryption adds. */
#ifndef ESPGW_PACKET_SEGMENT_H
#define ESPGW_PACKET_SEGMENT_H

#include <linux/skbuff.h>

#include "core/view.h"

/**
 * struct espgw_segments - a super-packet that is being cut
 * @skb: it, skb->data at its IP header
 * @family: 4 or 6
 * @ip_len: its IP header, bytes
 * @hdr_len: IP and TCP headers, bytes
 * @mss: payload of each segment but the last, bytes
 * @payload: bytes of TCP's payload
 * @next: of them those that were cut off
 * @id: IPv4: the next segment's identification
 * @id_step: what is added to it for each
 * @tcp_seq: the first byte's sequence number
 */
struct espgw_segments {
	struct sk_buff *skb;
	u8 family;
	unsigned int ip_len;
	unsigned int hdr_len;
	unsigned int mss;
	unsigned int payload;
	unsigned int next;
	u16 id;
	u16 id_step;
	u32 tcp_seq;
};

bool espgw_segments_begin(struct espgw_segments *s, struct sk_buff *skb,
			  unsigned int nh, const struct espgw_view *v);
void espgw_segments_fill(struct espgw_segments *s, struct sk_buff *n);

/**
 * espgw_segments_len() - the next segment's length
 * @s: what is being cut
 *
 * Return: bytes from its IP header on; 0: there is none.
 */
static inline unsigned int espgw_segments_len(const struct espgw_segments *s)
{
	unsigned int left = s->payload - s->next;

	return left ? s->hdr_len + min(left, s->mss) : 0;
}

/**
 * espgw_segments_skip() - on to the next segment
 * @s: what is being cut
 * @len: this one's length, as espgw_segments_len() said
 */
static inline void espgw_segments_skip(struct espgw_segments *s,
				       unsigned int len)
{
	s->next += len - s->hdr_len;
}

#endif
