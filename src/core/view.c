// SPDX-License-Identifier: GPL-2.0
/* Reading of IPv4 and IPv6 headers, RFC 791 and RFC 8200. */

#include "view.h"

/* Ports are an upper header's first four bytes, ICMP's type and code two. */
#define PORTS_LEN	4
#define ICMP_LEN	2

/* The least length of the extension headers that are skipped. */
#define EXT_HDR_MIN	8

/* Jumbo payload, RFC 2675 2. */
#define OPT_JUMBO	0xc2

/*
 * A packet with more extension headers is refused: hosts send one or two, and
 * following long chains would let strangers waste the gateway's time.
 */
#define EXT_HDRS_MAX	8

/* The longest chain's length fits into hdr_len and need, of 16 bits. */
static_assert(ESPGW_IP6_HDR + EXT_HDRS_MAX * (255 + 1) * 8 + PORTS_LEN <=
	      0xffff);

/* More of the packet has to be readable. */
static enum espgw_view_result view_short(struct espgw_view *v, u32 need)
{
	v->need = (u16)need;
	return ESPGW_VIEW_SHORT;
}

/*
 * Read the upper-layer header; not of a later fragment, which has none. It is
 * no error if the packet ends before its ports: then it has no ports, which a
 * selector that asks for them takes into account.
 */
static inline enum espgw_view_result view_upper(struct espgw_view *v,
						const u8 *data, u32 avail)
{
	u32 off = v->hdr_len;
	u32 left = v->len - off;

	switch (v->proto) {
	case ESPGW_PROTO_ICMP:
	case ESPGW_PROTO_ICMPV6:
		/* In the other version's packets it is not ICMP but data. */
		if ((v->proto == ESPGW_PROTO_ICMP) != (v->family == 4))
			break;
		if (left < ICMP_LEN)
			break;
		if (unlikely(avail < off + ICMP_LEN))
			return view_short(v, off + ICMP_LEN);
		v->icmp_type = data[off];
		v->icmp_code = data[off + 1];
		break;
	default:
		if (!espgw_proto_has_ports(v->proto))
			break;
		if (unlikely(left < PORTS_LEN))
			break;
		if (unlikely(avail < off + PORTS_LEN))
			return view_short(v, off + PORTS_LEN);
		v->sport = espgw_get_be16(data + off);
		v->dport = espgw_get_be16(data + off + 2);
		v->has_ports = true;
		break;
	}
	return ESPGW_VIEW_OK;
}

static inline void view_clear_upper(struct espgw_view *v)
{
	v->sport = 0;
	v->dport = 0;
	v->need = 0;
	v->icmp_type = 0;
	v->icmp_code = 0;
	v->has_ports = false;
}

/*
 * A packet whose IPv4 header is of that length. @super: as espgw_view_super() has
 * it, and the caller has seen that it may be.
 */
static __always_inline enum espgw_view_result
read_ip4_of(struct espgw_view *v, const u8 *data, u32 avail, u32 total,
	    bool super, u32 hdr_len)
{
	u32 len = espgw_get_be16(data + 2), frag;

	if (super) {
		if (len)
			return ESPGW_VIEW_MALFORMED;
		len = total;
	}
	if (unlikely(len < hdr_len || len > total))
		return ESPGW_VIEW_MALFORMED;
	if (unlikely(avail < hdr_len))
		return view_short(v, hdr_len);

	memcpy(&v->src.a[0], data + 12, 4);
	v->src.a[1] = 0;
	v->src.a[2] = 0;
	v->src.a[3] = 0;
	memcpy(&v->dst.a[0], data + 16, 4);
	v->dst.a[1] = 0;
	v->dst.a[2] = 0;
	v->dst.a[3] = 0;
	v->len = len;
	v->hdr_len = (u16)hdr_len;
	v->frag_hdr = 0;
	v->id = espgw_get_be16(data + 4);
	v->family = 4;
	v->proto = data[9];
	v->tos = data[1];
	v->ttl = data[8];
	view_clear_upper(v);

	frag = espgw_get_be16(data + 6);
	v->df = frag & ESPGW_IP4_DF;
	if (likely(!(frag & (ESPGW_IP4_MF | ESPGW_IP4_OFFSET)))) {
		v->frag_off = 0;
		v->mf = false;
		v->is_frag = false;
		return view_upper(v, data, avail);
	}
	v->frag_off = (u16)((frag & ESPGW_IP4_OFFSET) * 8);
	v->mf = frag & ESPGW_IP4_MF;
	v->is_frag = true;
	return v->frag_off ? ESPGW_VIEW_OK : view_upper(v, data, avail);
}

static __always_inline enum espgw_view_result
read_ip4(struct espgw_view *v, const u8 *data, u32 avail, u32 total, bool super)
{
	u32 hdr_len;

	if (unlikely(avail < ESPGW_IP4_HDR_MIN)) {
		if (total < ESPGW_IP4_HDR_MIN)
			return ESPGW_VIEW_MALFORMED;
		return view_short(v, ESPGW_IP4_HDR_MIN);
	}
	/* Options are rare, and without them all is at known places. */
	if (likely(data[0] == (4 << 4 | ESPGW_IP4_HDR_MIN / 4)))
		return read_ip4_of(v, data, avail, total, super,
				   ESPGW_IP4_HDR_MIN);
	hdr_len = (data[0] & 0xf) * 4;
	if (data[0] >> 4 != 4 || hdr_len < ESPGW_IP4_HDR_MIN)
		return ESPGW_VIEW_MALFORMED;
	return read_ip4_of(v, data, avail, total, super, hdr_len);
}

/**
 * espgw_view_ip4() - read an IPv4 packet's headers
 * @v: filled; without ESPGW_VIEW_OK only @v->need, on ESPGW_VIEW_SHORT, counts
 * @data: the packet from its IP header on, of any alignment
 * @avail: bytes readable at @data
 * @total: bytes of the whole packet, not less than @avail; what lies behind
 *	the length that its header tells is a link's padding
 *
 * The header checksum is not checked: the stack has checked that of what it
 * forwards, and what it makes itself may not have one yet.
 *
 * Return: enum espgw_view_result.
 */
enum espgw_view_result espgw_view_ip4(struct espgw_view *v, const u8 *data,
				      u32 avail, u32 total)
{
	return read_ip4(v, data, avail, total, false);
}

/*
 * Walk the extension headers behind the fixed one. On entry v->proto is the
 * next header that the fixed one tells, on return the upper-layer protocol.
 *
 * Those are skipped that RFC 4301 4.4.1.1 names: hop-by-hop, routing, fragment
 * and destination options. AH and ESP count as upper-layer protocols, of which
 * policies may speak.
 */
static enum espgw_view_result view_ip6_walk(struct espgw_view *v,
					    const u8 *data, u32 avail)
{
	u32 off = ESPGW_IP6_HDR;
	bool seen_frag = false;
	u32 ext_len, frag;
	u32 n;

	for (n = 0;; n++) {
		switch (v->proto) {
		case ESPGW_PROTO_HOPOPTS:
			/* RFC 8200 4.1: only right behind the fixed header. */
			if (n)
				return ESPGW_VIEW_MALFORMED;
			break;
		case ESPGW_PROTO_FRAGMENT:
			/* A datagram is fragmented once: RFC 8200 4.1. */
			if (seen_frag)
				return ESPGW_VIEW_MALFORMED;
			seen_frag = true;
			break;
		case ESPGW_PROTO_ROUTING:
		case ESPGW_PROTO_DSTOPTS:
			break;
		default:
			v->hdr_len = (u16)off;
			return ESPGW_VIEW_OK;
		}
		/*
		 * A chain that runs past the end is malformed in a first
		 * fragment too: RFC 7112 wants all of it there.
		 */
		if (n == EXT_HDRS_MAX || v->len - off < EXT_HDR_MIN)
			return ESPGW_VIEW_MALFORMED;
		if (avail < off + EXT_HDR_MIN)
			return view_short(v, off + EXT_HDR_MIN);

		if (v->proto == ESPGW_PROTO_FRAGMENT) {
			ext_len = EXT_HDR_MIN;
			frag = espgw_get_be16(data + off + 2);
			v->frag_off = (u16)(frag & ~7u);
			v->mf = frag & 1;
			/* If neither, it is the whole datagram (RFC 6946). */
			v->is_frag = v->frag_off || v->mf;
			v->frag_hdr = (u16)off;
			v->id = espgw_get_be32(data + off + 4);
		} else {
			ext_len = (data[off + 1] + 1) * 8;
		}
		if (v->len - off < ext_len)
			return ESPGW_VIEW_MALFORMED;
		v->proto = data[off];
		off += ext_len;
		if (v->frag_off) {
			/* What follows is data, whatever proto says. */
			v->hdr_len = (u16)off;
			return ESPGW_VIEW_OK;
		}
	}
}

static __always_inline enum espgw_view_result
read_ip6(struct espgw_view *v, const u8 *data, u32 avail, u32 total, bool super)
{
	enum espgw_view_result ret;
	u32 payload;

	if (unlikely(avail < ESPGW_IP6_HDR)) {
		if (total < ESPGW_IP6_HDR)
			return ESPGW_VIEW_MALFORMED;
		return view_short(v, ESPGW_IP6_HDR);
	}
	payload = espgw_get_be16(data + 4);
	if (super) {
		if (payload)
			return ESPGW_VIEW_MALFORMED;
		payload = total - ESPGW_IP6_HDR;
	}
	if (unlikely(data[0] >> 4 != 6 || payload > total - ESPGW_IP6_HDR))
		return ESPGW_VIEW_MALFORMED;
	/* 0 with anything behind it is a jumbogram, or nonsense. */
	if (unlikely(!payload && data[6] != ESPGW_PROTO_NONE))
		return ESPGW_VIEW_MALFORMED;

	memcpy(&v->src, data + 8, sizeof(v->src));
	memcpy(&v->dst, data + 24, sizeof(v->dst));
	v->len = ESPGW_IP6_HDR + payload;
	v->hdr_len = ESPGW_IP6_HDR;
	v->frag_off = 0;
	v->frag_hdr = 0;
	v->id = 0;
	v->family = 6;
	v->proto = data[6];
	v->tos = (u8)(data[0] << 4 | data[1] >> 4);
	v->ttl = data[7];
	v->df = true;
	v->mf = false;
	v->is_frag = false;
	view_clear_upper(v);

	ret = view_ip6_walk(v, data, avail);
	if (ret != ESPGW_VIEW_OK || v->frag_off)
		return ret;
	return view_upper(v, data, avail);
}

/**
 * espgw_view_ip6() - read an IPv6 packet's headers
 * @v: filled; without ESPGW_VIEW_OK only @v->need, on ESPGW_VIEW_SHORT, counts
 * @data: the packet from its IP header on, of any alignment
 * @avail: bytes readable at @data
 * @total: bytes of the whole packet, not less than @avail
 *
 * Refused, besides what RFC 8200 forbids, are jumbograms (RFC 2675; of hosts that
 * only have the kernel segment them, see espgw_view_super()) and packets with more
 * than eight extension headers.
 *
 * Return: enum espgw_view_result.
 */
enum espgw_view_result espgw_view_ip6(struct espgw_view *v, const u8 *data,
				      u32 avail, u32 total)
{
	return read_ip6(v, data, avail, total, false);
}

/**
 * espgw_view() - read an IP packet's headers, of either version
 * @v: filled; without ESPGW_VIEW_OK only @v->need, on ESPGW_VIEW_SHORT, counts
 * @data: the packet from its IP header on, of any alignment
 * @avail: bytes readable at @data
 * @total: bytes of the whole packet, not less than @avail
 *
 * Return: enum espgw_view_result.
 */
enum espgw_view_result espgw_view(struct espgw_view *v, const u8 *data,
				  u32 avail, u32 total)
{
	if (unlikely(!avail)) {
		if (total < ESPGW_IP4_HDR_MIN)
			return ESPGW_VIEW_MALFORMED;
		return view_short(v, ESPGW_IP4_HDR_MIN);
	}
	switch (data[0] >> 4) {
	case 4:
		return espgw_view_ip4(v, data, avail, total);
	case 6:
		return espgw_view_ip6(v, data, avail, total);
	}
	return ESPGW_VIEW_MALFORMED;
}

/**
 * espgw_view_super() - read the headers of a super-packet longer than any packet
 * @v: filled; without ESPGW_VIEW_OK only @v->need, on ESPGW_VIEW_SHORT, counts
 * @data: the super-packet from its IP header on, of any alignment
 * @avail: bytes readable at @data
 * @total: its length, not less than @avail, more than 65535
 *
 * BIG TCP: hosts and receive offload make packets that only segmentation makes
 * fit for a wire. Their length field is 0; IPv6 may say the length in a jumbo
 * payload option (RFC 2675), one of the extension headers here. The stack
 * vouches for @total.
 *
 * Return: enum espgw_view_result.
 */
enum espgw_view_result espgw_view_super(struct espgw_view *v, const u8 *data,
					u32 avail, u32 total)
{
	if (total <= ESPGW_MTU_MAX)
		return ESPGW_VIEW_MALFORMED;
	if (!avail)
		return view_short(v, ESPGW_IP4_HDR_MIN);
	switch (data[0] >> 4) {
	case 4:
		return read_ip4(v, data, avail, total, true);
	case 6:
		return read_ip6(v, data, avail, total, true);
	}
	return ESPGW_VIEW_MALFORMED;
}

/**
 * espgw_view_jumbo() - what a jumbo payload option takes
 * @v: a super-packet
 * @data: its IP header and extension headers
 *
 * Return: bytes behind the IPv6 header that are on no wire; 0: there are none.
 */
u32 espgw_view_jumbo(const struct espgw_view *v, const u8 *data)
{
	const u8 *opt = data + ESPGW_IP6_HDR;

	if (v->family != 6 || data[6] != ESPGW_PROTO_HOPOPTS ||
	    v->hdr_len < ESPGW_IP6_HDR + EXT_HDR_MIN)
		return 0;
	/* Alone in its header, as the stack puts it there. */
	return !opt[1] && opt[2] == OPT_JUMBO ? EXT_HDR_MIN : 0;
}

/**
 * espgw_view_addresses() - read a fixed header alone
 * @v: filled as if it were a later fragment, without ports, with the protocol
 *	that the fixed header tells
 * @data: the beginning of an IP packet, of any alignment
 * @avail: bytes readable at @data
 *
 * For what espgw_view() cannot read to its end. As of a later fragment, not all
 * is known of it, so a selector that asks for the rest says
 * ESPGW_MATCH_UNKNOWN.
 *
 * Return: false if not even the fixed header is there.
 */
bool espgw_view_addresses(struct espgw_view *v, const u8 *data, u32 avail)
{
	memset(v, 0, sizeof(*v));
	if (avail < ESPGW_IP4_HDR_MIN)
		return false;
	v->is_frag = true;
	v->frag_off = 8;
	v->df = true;
	switch (data[0] >> 4) {
	case 4:
		v->family = 4;
		v->proto = data[9];
		v->tos = data[1];
		v->ttl = data[8];
		v->hdr_len = ESPGW_IP4_HDR_MIN;
		v->len = espgw_get_be16(data + 2);
		memcpy(&v->src.a[0], data + 12, 4);
		memcpy(&v->dst.a[0], data + 16, 4);
		return true;
	case 6:
		if (avail < ESPGW_IP6_HDR)
			return false;
		v->family = 6;
		v->proto = data[6];
		v->tos = (u8)(data[0] << 4 | data[1] >> 4);
		v->ttl = data[7];
		v->hdr_len = ESPGW_IP6_HDR;
		v->len = ESPGW_IP6_HDR + espgw_get_be16(data + 4);
		memcpy(&v->src, data + 8, sizeof(v->src));
		memcpy(&v->dst, data + 24, sizeof(v->dst));
		return true;
	}
	return false;
}

/**
 * espgw_is_icmp_error() - is a packet an ICMP error
 * @v: the packet
 *
 * Return: true for ICMP's destination unreachable, source quench, redirect,
 * time exceeded and parameter problem (RFC 1122 3.2.2), and for ICMPv6's types
 * below 128 (RFC 4443 2.1).
 */
bool espgw_is_icmp_error(const struct espgw_view *v)
{
	if (v->frag_off)
		return false;
	if (v->family == 6)
		return v->proto == ESPGW_PROTO_ICMPV6 && v->icmp_type < 128;
	if (v->proto != ESPGW_PROTO_ICMP)
		return false;
	switch (v->icmp_type) {
	case 3:		/* destination unreachable */
	case 4:		/* source quench */
	case 5:		/* redirect */
	case 11:	/* time exceeded */
	case 12:	/* parameter problem */
		return true;
	}
	return false;
}
