/* SPDX-License-Identifier: GPL-2.0 */
/* Lookahead fragmentation of an IPv4 packet: which pieces (RFC 791 3.2). */
#ifndef ESPGW_CORE_FRAGPLAN_H
#define ESPGW_CORE_FRAGPLAN_H

#include "core.h"

/* The longest IPv4 header, bytes. */
#define ESPGW_IP4_HDR_MAX	60

/**
 * struct espgw_fragplan - how a packet is cut
 * @payload: bytes after the packet's IP header
 * @first_len: payload of the first piece, bytes
 * @rest_len: payload of each later piece but the last, bytes
 * @next: payload bytes already given out by espgw_fragplan_next()
 * @pieces: how many there are
 * @base_off: the packet's own fragment offset, bytes
 * @first_hdr: header length of the first piece (with all options), bytes
 * @rest_hdr: header length of later pieces (options with the copied bit only)
 * @mf: the packet has MF set: so has the last piece
 */
struct espgw_fragplan {
	u32 payload;
	u32 first_len;
	u32 rest_len;
	u32 next;
	u32 pieces;
	u32 base_off;
	u8 first_hdr;
	u8 rest_hdr;
	bool mf;
};

/**
 * struct espgw_piece - one piece
 * @off: where its payload begins in the packet's payload, bytes
 * @len: payload bytes
 * @hdr_len: its IP header, bytes
 * @mf: MF of its header
 */
struct espgw_piece {
	u32 off;
	u32 len;
	u8 hdr_len;
	bool mf;
};

int espgw_fragplan_init(struct espgw_fragplan *p, const u8 *iph, u32 inner_mtu,
			enum espgw_split split);
bool espgw_fragplan_next(struct espgw_fragplan *p, struct espgw_piece *piece);

/**
 * espgw_fragplan_has_next() - is a piece left
 * @p: the plan
 *
 * Return: whether espgw_fragplan_next() has one more.
 */
static inline bool espgw_fragplan_has_next(const struct espgw_fragplan *p)
{
	return p->next < p->payload;
}

void espgw_fragplan_header(const struct espgw_fragplan *p,
			   const struct espgw_piece *piece, const u8 *iph,
			   u16 id, u8 *out);

#endif
