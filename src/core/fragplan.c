// SPDX-License-Identifier: GPL-2.0
/* Lookahead fragmentation of an IPv4 packet: which pieces (RFC 791 3.2). */

#include "fragplan.h"

/* IPv4 options, RFC 791 3.1 */
#define OPT_END		0
#define OPT_NOP		1
#define OPT_COPIED	0x80	/* of the type: goes into every fragment */

#define IP4_LEN_MAX	65535

/*
 * Every link carries 68 bytes (RFC 791 3.2), so no lower MTU is taken. Where
 * even pieces would be shorter, the first one still has this length if it can,
 * since filters on the way want to see the upper-layer header in it (RFC 1858).
 */
#define FIRST_MIN	ESPGW_PMTU_HARD_MIN

/* Behind the longest header too the smallest MTU has room for 8 bytes. */
static_assert(ESPGW_PMTU_HARD_MIN - ESPGW_IP4_HDR_MAX >= 8);

static u32 round_up8(u32 n)
{
	return (n + 7) & ~7u;
}

static u32 round_down8(u32 n)
{
	return n & ~7u;
}

static u32 div_up(u32 n, u32 by)
{
	return (n + by - 1) / by;
}

/*
 * Copies the options with the copied bit to @out, and fills up to a multiple of
 * 4 with end-of-list. If @out is NULL, only counts. Return: bytes, or -EINVAL
 * if an option's length is wrong.
 */
static int options_filter(const u8 *opt, u32 len, u8 *out)
{
	u32 kept = 0;
	u32 i = 0;
	u32 n;

	while (i < len && opt[i] != OPT_END) {
		if (opt[i] == OPT_NOP) {
			i++;
			continue;
		}
		if (len - i < 2)
			return -EINVAL;
		n = opt[i + 1];
		if (n < 2 || n > len - i)
			return -EINVAL;
		if (opt[i] & OPT_COPIED) {
			if (out)
				memcpy(out + kept, opt + i, n);
			kept += n;
		}
		i += n;
	}
	for (; kept & 3; kept++)
		if (out)
			out[kept] = OPT_END;
	return (int)kept;
}

/**
 * espgw_fragplan_init() - plan how to cut a packet
 * @p: the plan
 * @iph: the packet's whole IPv4 header, one that espgw_view_ip4() took; the
 *	packet may itself be a fragment
 * @inner_mtu: the longest piece, bytes
 * @split: ESPGW_SPLIT_MAX, or equal pieces; TCP segments are not made here
 *
 * As few pieces as possible. All but the last carry a multiple of 8 bytes,
 * since offsets count in those (RFC 791 3.1); so does the last if more
 * fragments of the datagram follow it. With ESPGW_SPLIT_EQUAL the pieces are as
 * even as multiples of 8 allow. If a tunnel further on adds a header, that does
 * not make the first one too big again while the last one is tiny.
 *
 * Return: 0; -EMSGSIZE if @inner_mtu is below 68; -EINVAL if the packet is not
 * one that can be cut: malformed options, a datagram beyond 65535 bytes, a
 * fragment before the last that does not carry a multiple of 8 bytes, nothing
 * behind the header.
 */
int espgw_fragplan_init(struct espgw_fragplan *p, const u8 *iph, u32 inner_mtu,
			enum espgw_split split)
{
	u32 first_hdr = (iph[0] & 0xf) * 4;
	u32 len = espgw_get_be16(iph + 2);
	u32 frag = espgw_get_be16(iph + 6);
	u32 first_max, rest_max, last_max;
	u32 rest_hdr, even;
	int options;

	if (inner_mtu < ESPGW_PMTU_HARD_MIN)
		return -EMSGSIZE;
	if (first_hdr < ESPGW_IP4_HDR_MIN || len <= first_hdr)
		return -EINVAL;
	options = options_filter(iph + ESPGW_IP4_HDR_MIN,
				 first_hdr - ESPGW_IP4_HDR_MIN, NULL);
	if (options < 0)
		return options;
	rest_hdr = ESPGW_IP4_HDR_MIN + (u32)options;

	p->payload = len - first_hdr;
	p->next = 0;
	p->base_off = (frag & ESPGW_IP4_OFFSET) * 8;
	p->first_hdr = (u8)first_hdr;
	p->rest_hdr = (u8)rest_hdr;
	p->mf = frag & ESPGW_IP4_MF;
	if (p->base_off + len > IP4_LEN_MAX || (p->mf && p->payload & 7))
		return -EINVAL;

	if (len <= inner_mtu) {
		p->pieces = 1;
		p->first_len = p->payload;
		p->rest_len = 0;
		return 0;
	}

	first_max = round_down8(inner_mtu - first_hdr);
	rest_max = round_down8(inner_mtu - rest_hdr);
	/* The last carries any length; with MF it is a multiple of 8 anyway. */
	last_max = inner_mtu - rest_hdr;
	p->pieces = 2;
	if (p->payload > first_max + last_max)
		p->pieces += div_up(p->payload - first_max - last_max,
				    rest_max);

	if (split == ESPGW_SPLIT_MAX) {
		p->first_len = first_max;
		p->rest_len = rest_max;
		return 0;
	}
	/*
	 * Something is always left for the last piece: there are as few pieces
	 * as possible, so all but the last cannot hold the whole payload.
	 */
	even = round_up8(div_up(p->payload, p->pieces));
	p->first_len = min(max(even, round_up8(FIRST_MIN - first_hdr)),
			   first_max);
	if (p->first_len != even)
		even = round_up8(div_up(p->payload - p->first_len,
					p->pieces - 1));
	p->rest_len = min(even, rest_max);
	return 0;
}

/**
 * espgw_fragplan_next() - the next piece, in order
 * @p: the plan
 * @piece: filled
 *
 * Return: false after the last piece.
 */
bool espgw_fragplan_next(struct espgw_fragplan *p, struct espgw_piece *piece)
{
	u32 left = p->payload - p->next;

	if (!left)
		return false;
	piece->off = p->next;
	if (!p->next) {
		piece->len = p->first_len;
		piece->hdr_len = p->first_hdr;
	} else {
		piece->len = p->rest_len;
		piece->hdr_len = p->rest_hdr;
		/* The last takes what is left: up to 7 bytes more fit it. */
		if (p->next == p->first_len + (p->pieces - 2) * p->rest_len)
			piece->len = left;
	}
	p->next += piece->len;
	piece->mf = p->mf || piece->len < left;
	return true;
}

static u16 header_checksum(const u8 *hdr, u32 len)
{
	u32 sum = 0;
	u32 i;

	for (i = 0; i < len; i += 2)
		sum += espgw_get_be16(hdr + i);
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return (u16)~sum;
}

/**
 * espgw_fragplan_header() - build a piece's IP header
 * @p: the plan
 * @piece: the piece
 * @iph: the packet's header, as at espgw_fragplan_init()
 * @id: identification, host byte order: the packet's own, or a fresh one if its
 *	DF was overridden and it has none (RFC 6864 4.1)
 * @out: @piece->hdr_len bytes, not overlapping @iph
 *
 * DF is cleared: the packet is being fragmented, and it may be once more.
 */
void espgw_fragplan_header(const struct espgw_fragplan *p,
			   const struct espgw_piece *piece, const u8 *iph,
			   u16 id, u8 *out)
{
	u32 flags = piece->mf ? ESPGW_IP4_MF : 0;

	memcpy(out, iph, ESPGW_IP4_HDR_MIN);
	if (!piece->off)
		memcpy(out + ESPGW_IP4_HDR_MIN, iph + ESPGW_IP4_HDR_MIN,
		       p->first_hdr - ESPGW_IP4_HDR_MIN);
	else
		options_filter(iph + ESPGW_IP4_HDR_MIN,
			       p->first_hdr - ESPGW_IP4_HDR_MIN,
			       out + ESPGW_IP4_HDR_MIN);
	out[0] = (u8)(0x40 | piece->hdr_len / 4);
	espgw_put_be16(out + 2, (u16)(piece->hdr_len + piece->len));
	espgw_put_be16(out + 4, id);
	espgw_put_be16(out + 6, (u16)(flags | (p->base_off + piece->off) / 8));
	espgw_put_be16(out + 10, 0);
	espgw_put_be16(out + 10, header_checksum(out, piece->hdr_len));
}
