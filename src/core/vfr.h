/* SPDX-License-Identifier: GPL-2.0 */
/* Virtual fragment reassembly: fragments are followed, not put together. */
#ifndef ESPGW_CORE_VFR_H
#define ESPGW_CORE_VFR_H

#include "core.h"

/**
 * enum espgw_vfr_reason - what is wrong with a fragment
 * @ESPGW_VFR_OK: nothing
 * @ESPGW_VFR_TINY: the first fragment shows too little of the upper header, or
 *	a later one of TCP begins within it (RFC 1858, RFC 3128)
 * @ESPGW_VFR_NO_HEADER: IPv6: the upper header is not in the first fragment
 *	(RFC 7112)
 * @ESPGW_VFR_LENGTH: empty; or not the last fragment, and not a multiple of 8
 * @ESPGW_VFR_BEYOND: the packet would be longer than any may be, with this
 *	fragment's header or with the first one's
 * @ESPGW_VFR_OVERLAP: overlaps another fragment (RFC 5722, for IPv4 too)
 * @ESPGW_VFR_TWO_ENDS: a second, different end, or data beyond the end
 * @ESPGW_VFR_TOO_MANY: one more than the limit for a datagram
 * @ESPGW_VFR_DUPLICATE: covers the same bytes as one that has come
 * @ESPGW_VFR_DEAD: belongs to a datagram that was given up before
 *
 * Of several faults the one is told that is found first.
 */
enum espgw_vfr_reason {
	ESPGW_VFR_OK,
	ESPGW_VFR_TINY,
	ESPGW_VFR_NO_HEADER,
	ESPGW_VFR_LENGTH,
	ESPGW_VFR_BEYOND,
	ESPGW_VFR_OVERLAP,
	ESPGW_VFR_TWO_ENDS,
	ESPGW_VFR_TOO_MANY,
	ESPGW_VFR_DUPLICATE,
	ESPGW_VFR_DEAD,
};

/**
 * struct espgw_vfr_frag - a fragment
 * @off: where its payload begins in the datagram's, bytes, a multiple of 8
 * @len: its payload, bytes: IPv4: after the header; IPv6: after the fragment
 *	header
 * @hdr_len: what counts, besides the payload, against the limit of 65535,
 *	bytes: the IPv4 header; of IPv6 the extension headers before the
 *	fragment header, which are part of the payload length (RFC 8200 4.5)
 * @upper_len: with @off 0: bytes from the upper header on
 * @tcp_hdr_len: with @off 0 and TCP: data offset, bytes; 0: too short to say
 * @sport: with @off 0: source port, host byte order
 * @dport: with @off 0: destination port
 * @family: 4 or 6
 * @proto: upper protocol, of a later fragment as its header says
 * @has_upper: with @off 0: the upper header begins in this fragment
 * @has_ports: with @off 0: @sport and @dport are there
 * @mf: more fragments follow
 */
struct espgw_vfr_frag {
	u32 off;
	u32 len;
	u32 hdr_len;
	u32 upper_len;
	u32 tcp_hdr_len;
	u16 sport;
	u16 dport;
	u8 family;
	u8 proto;
	bool has_upper;
	bool has_ports;
	bool mf;
};

/**
 * struct espgw_vfr_piece - a place that a fragment has taken
 * @start: bytes
 * @end: the byte after it
 */
struct espgw_vfr_piece {
	u16 start;
	u16 end;
};

/**
 * struct espgw_vfr_chain - the fragments of a datagram, as far as known
 * @total: payload of the whole, bytes; 0: the last fragment has not come
 * @covered: payload bytes that have come
 * @furthest: where the furthest fragment that has come ends
 * @hdr_len: the first fragment's; 0: it has not come
 * @count: fragments that have come
 * @max: so many may come
 * @room: so many there is room for in @piece
 * @sport: with @has_ports
 * @dport: with @has_ports
 * @proto: upper protocol, with @first
 * @first: the first fragment has come
 * @has_ports: it showed ports
 * @dead: given up: all that still comes is dropped
 * @piece: by place
 */
struct espgw_vfr_chain {
	u32 total;
	u32 covered;
	u32 furthest;
	u32 hdr_len;
	u16 count;
	u16 max;
	u16 room;
	u16 sport;
	u16 dport;
	u8 proto;
	bool first;
	bool has_ports;
	bool dead;
	struct espgw_vfr_piece *piece;
};

/**
 * enum espgw_vfr_verdict - what is done with a fragment
 * @ESPGW_VFR_HOLD: keep it until the first one is known
 * @ESPGW_VFR_PASS: send it on, with the first one's ports
 * @ESPGW_VFR_RELEASE: it is the first one: send it on, then all that is held
 * @ESPGW_VFR_DROP: drop it alone
 * @ESPGW_VFR_KILL: drop it, all that is held, and all that still comes
 */
enum espgw_vfr_verdict {
	ESPGW_VFR_HOLD,
	ESPGW_VFR_PASS,
	ESPGW_VFR_RELEASE,
	ESPGW_VFR_DROP,
	ESPGW_VFR_KILL,
};

enum espgw_vfr_reason espgw_vfr_check(const struct espgw_vfr_frag *f);
void espgw_vfr_chain_init(struct espgw_vfr_chain *c, u16 max,
			  struct espgw_vfr_piece *piece, u16 room);
u16 espgw_vfr_wants_room(const struct espgw_vfr_chain *c);
void espgw_vfr_give_room(struct espgw_vfr_chain *c,
			 struct espgw_vfr_piece *piece, u16 room);
enum espgw_vfr_verdict espgw_vfr_add(struct espgw_vfr_chain *c,
				     const struct espgw_vfr_frag *f,
				     enum espgw_vfr_reason *reason);

/**
 * espgw_vfr_complete() - has all of a datagram come
 * @c: the chain
 *
 * Return: true if nothing more is to be waited for.
 */
static inline bool espgw_vfr_complete(const struct espgw_vfr_chain *c)
{
	return !c->dead && c->total && c->covered == c->total;
}

#endif
