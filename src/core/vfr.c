// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual fragment reassembly: fragments are followed, not put together.
 *
 * A filter judges a datagram by what its fragments show, and a receiver must
 * not be able to put together anything else from them, whatever their order. So
 * no fragments overlap, nothing lies behind the end of the last one, and the
 * first one has the whole upper header (RFC 1858, RFC 3128, RFC 5722, RFC
 * 7112).
 */

#include "vfr.h"

#define PACKET_MAX	65535	/* longest IP packet, bytes */
#define TCP_HDR_MIN	20	/* bytes */
#define UPPER_MIN	8	/* of UDP, ICMP and others with ports, bytes */

/* The upper header, as far as filters look, has to be in the first one. */
static enum espgw_vfr_reason check_first(const struct espgw_vfr_frag *f)
{
	if (!f->has_upper)
		return f->family == 6 ? ESPGW_VFR_NO_HEADER : ESPGW_VFR_TINY;
	switch (f->proto) {
	case ESPGW_PROTO_TCP:
		if (f->upper_len < TCP_HDR_MIN ||
		    f->upper_len < f->tcp_hdr_len)
			return ESPGW_VFR_TINY;
		break;
	case ESPGW_PROTO_UDP:
	case ESPGW_PROTO_UDPLITE:
	case ESPGW_PROTO_DCCP:
	case ESPGW_PROTO_SCTP:
	case ESPGW_PROTO_ICMP:
	case ESPGW_PROTO_ICMPV6:
		if (f->upper_len < UPPER_MIN)
			return ESPGW_VFR_TINY;
		break;
	}
	return ESPGW_VFR_OK;
}

/**
 * espgw_vfr_check() - what can be said of a fragment by itself
 * @f: the fragment; atomic ones (RFC 6946) are none
 *
 * That the first one shows too little is told before a bad length: one that
 * ends within a header of 8 bytes has both faults, and the former says more.
 *
 * Return: enum espgw_vfr_reason; all but ESPGW_VFR_OK condemn its datagram.
 */
enum espgw_vfr_reason espgw_vfr_check(const struct espgw_vfr_frag *f)
{
	enum espgw_vfr_reason reason = ESPGW_VFR_OK;

	if (!f->off)
		reason = check_first(f);
	else if (f->off == 8 && f->proto == ESPGW_PROTO_TCP)
		reason = ESPGW_VFR_TINY;
	if (reason)
		return reason;
	if (!f->len || (f->mf && f->len & 7))
		return ESPGW_VFR_LENGTH;
	if (f->hdr_len + f->off + f->len > PACKET_MAX)
		return ESPGW_VFR_BEYOND;
	return ESPGW_VFR_OK;
}

/**
 * espgw_vfr_chain_init() - begin to follow a datagram
 * @c: the chain
 * @max: fragments of one datagram, 1-ESPGW_VFR_FRAGMENTS_MAX
 * @piece: memory for their places
 * @room: so many there is room for, 1 or more
 */
void espgw_vfr_chain_init(struct espgw_vfr_chain *c, u16 max,
			  struct espgw_vfr_piece *piece, u16 room)
{
	memset(c, 0, sizeof(*c));
	c->max = max;
	c->room = min(room, max);
	c->piece = piece;
}

/**
 * espgw_vfr_wants_room() - has a chain to be given more memory
 * @c: the chain
 *
 * Most datagrams have few fragments, and each may have thousands: memory grows
 * with those that come. Twice as much each time, so that what is copied for it
 * stays less than what came.
 *
 * Return: before the next fragment, espgw_vfr_give_room() for so many; 0: there
 * is room.
 */
u16 espgw_vfr_wants_room(const struct espgw_vfr_chain *c)
{
	if (c->dead || c->count < c->room || c->room == c->max)
		return 0;
	return (u16)min(c->room * 2u, (u32)c->max);
}

/**
 * espgw_vfr_give_room() - more memory for the places of a chain's fragments
 * @c: the chain
 * @piece: memory; what was given before is not used from now on
 * @room: as espgw_vfr_wants_room() said
 */
void espgw_vfr_give_room(struct espgw_vfr_chain *c,
			 struct espgw_vfr_piece *piece, u16 room)
{
	memcpy(piece, c->piece, c->count * sizeof(*piece));
	c->piece = piece;
	c->room = room;
}

/*
 * The first piece that ends behind @start. They are sorted and overlap nowhere,
 * so neither a datagram's thousandth fragment nor one that is out of order takes
 * longer than a few steps.
 */
static u32 find_place(const struct espgw_vfr_chain *c, u32 start)
{
	u32 low = 0, high = c->count, mid;

	/* Mostly the next one in order comes. */
	if (!high || c->piece[high - 1].end <= start)
		return high;
	while (low < high) {
		mid = (low + high) / 2;
		if (c->piece[mid].end > start)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static enum espgw_vfr_reason place(struct espgw_vfr_chain *c,
				   const struct espgw_vfr_frag *f)
{
	u32 start = f->off, end = start + f->len;
	u32 furthest = max(c->furthest, end);
	struct espgw_vfr_piece *p;
	u32 i;

	/*
	 * The reassembled packet has the first one's header, so that counts if
	 * it is known (RFC 791 3.2, RFC 8200 4.5).
	 */
	if ((start ? c->hdr_len : f->hdr_len) + furthest > PACKET_MAX)
		return ESPGW_VFR_BEYOND;
	i = find_place(c, start);
	p = &c->piece[i];
	if (i < c->count && p->start < end) {
		/* The same place, and MF is the same: a mere duplicate. */
		if (start == p->start && end == p->end &&
		    f->mf == (c->total != end))
			return ESPGW_VFR_DUPLICATE;
		return ESPGW_VFR_OVERLAP;
	}
	/* Data beyond the end, or an end before data that has come. */
	if ((c->total && end > c->total) || (!f->mf && end < furthest))
		return ESPGW_VFR_TWO_ENDS;
	if (c->count == c->room)	/* which is c->max then */
		return ESPGW_VFR_TOO_MANY;
	memmove(p + 1, p, (c->count - i) * sizeof(*p));
	p->start = (u16)start;
	p->end = (u16)end;
	c->count++;
	c->covered += f->len;
	c->furthest = furthest;
	if (!f->mf)
		c->total = end;
	return ESPGW_VFR_OK;
}

/**
 * espgw_vfr_add() - a fragment has come
 * @c: its datagram's chain, which wants no room
 * @f: the fragment
 * @reason: why, of ESPGW_VFR_DROP and ESPGW_VFR_KILL; else ESPGW_VFR_OK
 *
 * Return: enum espgw_vfr_verdict.
 */
enum espgw_vfr_verdict espgw_vfr_add(struct espgw_vfr_chain *c,
				     const struct espgw_vfr_frag *f,
				     enum espgw_vfr_reason *reason)
{
	if (c->dead) {
		*reason = ESPGW_VFR_DEAD;
		return ESPGW_VFR_DROP;
	}
	*reason = espgw_vfr_check(f);
	if (!*reason)
		*reason = place(c, f);
	if (*reason == ESPGW_VFR_DUPLICATE)
		return ESPGW_VFR_DROP;
	if (*reason) {
		c->dead = true;
		return ESPGW_VFR_KILL;
	}
	if (f->off)
		return c->first ? ESPGW_VFR_PASS : ESPGW_VFR_HOLD;
	c->first = true;
	c->hdr_len = f->hdr_len;
	c->proto = f->proto;
	c->has_ports = f->has_ports;
	c->sport = f->sport;
	c->dport = f->dport;
	return ESPGW_VFR_RELEASE;
}
