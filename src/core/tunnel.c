// SPDX-License-Identifier: GPL-2.0
/* What is in a tunnel device's packet: GRE (RFC 2784, RFC 2890), and IP in IP. */

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

static bool is_ip(u32 ethertype)
{
	return ethertype == ETHERTYPE_IP4 || ethertype == ETHERTYPE_IP6;
}

static int skip_gre(const u8 *data, u32 avail)
{
	u32 flags, type, len = GRE_HDR;

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
	if (type != ETHERTYPE_ETH || avail < len + ETH_HDR ||
	    !is_ip(espgw_get_be16(data + len + 12)))
		return -EINVAL;
	return (int)(len + ETH_HDR);
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
	}
	return -EINVAL;
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
	u32 n, at, end, off = 0;
	int skip;

	for (n = 0; n < ESPGW_TUNNELS_MAX && !v->is_frag; n++) {
		at = off + v->hdr_len;
		end = off + v->len;
		if (at >= end || at >= avail)
			break;
		skip = espgw_tunnel_skip(v->proto, data + at,
					 min(avail, end) - at);
		if (skip < 0)
			break;
		at += (u32)skip;
		if (at >= end || at >= avail ||
		    espgw_view(&in, data + at, min(avail, end) - at,
			       end - at) != ESPGW_VIEW_OK)
			break;
		*v = in;
		off = at;
	}
	return off;
}
