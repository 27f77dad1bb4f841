// SPDX-License-Identifier: GPL-2.0
/*
 * What is in a tunnel's packet: GRE (RFC 2784, RFC 2890), IP in IP, Ethernet in IP
 * (RFC 8986 4.9); and where a list of segments leads (RFC 8754).
 */

#include "tunnel.h"

/* GRE's first 16 bits: what follows the protocol, 4 bytes each, and what is not read. */
#define GRE_HDR		4
#define GRE_CHECKSUM	0x8000
#define GRE_ROUTE	0x4000
#define GRE_HAS_KEY	0x2000
#define GRE_SEQUENCE	0x1000
#define GRE_REVISION	0x0007

#define ETH_HDR		14
#define ETHERTYPE_IP4	0x0800
#define ETHERTYPE_IP6	0x86dd
#define ETHERTYPE_ETH	0x6558	/* transparent Ethernet bridging */

/* An IPv6 routing header (RFC 8200 4.4), and types whose addresses are not compressed. */
#define ROUTING_TYPE		2
#define ROUTING_LEFT		3
#define ROUTING_ADDRESSES	8
#define ROUTING_SOURCE		0	/* RFC 2460 4.4 */
#define ROUTING_HOME		2	/* RFC 6275 6.4 */
#define ROUTING_SEGMENTS	4	/* RFC 8754 2: the last segment is the first */

static bool is_ip(u32 ethertype)
{
	return ethertype == ETHERTYPE_IP4 || ethertype == ETHERTYPE_IP6;
}

static int skip_ethernet(const u8 *data, u32 avail)
{
	return avail >= ETH_HDR && is_ip(espgw_get_be16(data + ETH_HDR - 2)) ?
	       ETH_HDR : -EINVAL;
}

static int skip_gre(const u8 *data, u32 avail)
{
	u32 flags, type, len = GRE_HDR;
	int ethernet;

	if (avail < GRE_HDR)
		return -EINVAL;
	flags = espgw_get_be16(data);
	type = espgw_get_be16(data + 2);
	if (flags & (GRE_ROUTE | GRE_REVISION))
		return -EINVAL;
	len += flags & GRE_CHECKSUM ? 4 : 0;
	len += flags & GRE_HAS_KEY ? 4 : 0;
	len += flags & GRE_SEQUENCE ? 4 : 0;
	if (is_ip(type))
		return (int)len;
	if (type != ETHERTYPE_ETH || avail < len)
		return -EINVAL;
	ethernet = skip_ethernet(data + len, avail - len);
	return ethernet < 0 ? ethernet : (int)len + ethernet;
}

/**
 * espgw_tunnel_skip() - where the packet in a tunnel's packet begins
 * @proto: the protocol behind the tunnel's IP header
 * @data: what is behind that
 * @avail: bytes readable at @data
 *
 * Return: bytes from @data, not more than 30, perhaps past @avail; -EINVAL: it is
 * no packet of IP, or cannot be seen.
 */
int espgw_tunnel_skip(u8 proto, const u8 *data, u32 avail)
{
	switch (proto) {
	case ESPGW_PROTO_IPIP:
	case ESPGW_PROTO_IPV6:
		return 0;
	case ESPGW_PROTO_GRE:
		return skip_gre(data, avail);
	case ESPGW_PROTO_ETHERNET:
		return skip_ethernet(data, avail);
	}
	return -EINVAL;
}

/* @hdr: a routing header of @len bytes, of which @avail are readable. */
static int read_end(const u8 *hdr, u32 len, u32 avail, struct espgw_addr *end)
{
	u32 at = ROUTING_ADDRESSES;

	switch (hdr[ROUTING_TYPE]) {
	case ROUTING_SOURCE:
	case ROUTING_HOME:
		at = len - sizeof(*end);
		break;
	case ROUTING_SEGMENTS:
		break;
	default:
		return -EINVAL;
	}
	if (len < ROUTING_ADDRESSES + sizeof(*end) ||
	    avail < at + sizeof(*end))
		return -EINVAL;
	memcpy(end, hdr + at, sizeof(*end));
	return 1;
}

/**
 * espgw_tunnel_end() - where a packet goes in the end
 * @v: the packet
 * @data: it from its IP header on, of any alignment
 * @avail: bytes readable at @data
 * @end: receives the last of the addresses that an IPv6 routing header sends it by, if
 *	it has not come there
 *
 * Return: 1: that is where it goes; 0: it goes to its destination; -EINVAL: it cannot be
 * told.
 */
int espgw_tunnel_end(const struct espgw_view *v, const u8 *data, u32 avail,
		     struct espgw_addr *end)
{
	u32 off = ESPGW_IP6_HDR, len;
	u8 proto;

	if (v->family != 6)
		return 0;
	proto = data[6];
	while (off < v->hdr_len) {
		if (avail < off + ROUTING_ADDRESSES)
			return -EINVAL;
		len = proto == ESPGW_PROTO_FRAGMENT ? ROUTING_ADDRESSES :
		      (data[off + 1] + 1u) * 8;
		if (proto == ESPGW_PROTO_ROUTING && data[off + ROUTING_LEFT])
			return read_end(data + off, len, avail - off, end);
		proto = data[off];
		off += len;
	}
	return 0;
}

/**
 * espgw_tunnel_inmost() - the innermost packet, as far as can be seen
 * @v: a packet; becomes the innermost one, if it is a tunnel's
 * @data: it from its IP header on, of any alignment
 * @avail: bytes readable at @data
 *
 * Fragments are not looked into.
 *
 * Return: where the innermost packet begins, bytes from @data; 0: it is @v.
 */
u32 espgw_tunnel_inmost(struct espgw_view *v, const u8 *data, u32 avail)
{
	struct espgw_view in;
	u32 n, at, end, seen, off = 0;
	int skip;

	for (n = 0; n < ESPGW_TUNNELS_MAX && !v->is_frag; n++) {
		at = off + v->hdr_len;
		end = off + v->len;
		seen = min(avail, end);
		if (at >= seen)
			break;
		skip = espgw_tunnel_skip(v->proto, data + at, seen - at);
		if (skip < 0)
			break;
		at += (u32)skip;
		if (at >= seen || espgw_view(&in, data + at, seen - at,
					     end - at) != ESPGW_VIEW_OK)
			break;
		*v = in;
		off = at;
	}
	return off;
}
