/* SPDX-License-Identifier: GPL-2.0 */
/* What the other units need to know of an IP packet. */
#ifndef ESPGW_CORE_VIEW_H
#define ESPGW_CORE_VIEW_H

#include "core.h"

/**
 * struct espgw_view - an IP packet as policies and planning see it
 * @src: source address
 * @dst: destination address
 * @len: the packet's length as its header says, bytes (IPv6: with the header);
 *	of a super-packet that is too long for that, its own
 * @hdr_len: up to the upper-layer header, bytes: IPv4 with options; IPv6 with
 *	the extension headers that were walked
 * @frag_off: fragment offset, bytes
 * @frag_hdr: IPv6: where the fragment header begins, bytes from the IP header;
 *	0: there is none, or IPv4
 * @id: identification, host byte order; IPv6: of the fragment header, else 0
 * @sport: source port, host byte order; 0 without @has_ports
 * @dport: destination port
 * @need: after ESPGW_VIEW_SHORT: bytes that have to be there
 * @family: 4 or 6
 * @proto: upper-layer protocol (of a non-first fragment: as its header says)
 * @tos: IPv4 TOS or IPv6 traffic class: DSCP << 2 | ECN
 * @ttl: TTL or hop limit
 * @icmp_type: type of an ICMP or ICMPv6 message that is not a later fragment
 * @icmp_code: its code
 * @df: IPv4 DF; true for IPv6, which routers do not fragment; on its way into an
 *	SA, of this host's tunnel devices' packets: that of the innermost one
 * @mf: more fragments follow
 * @is_frag: a fragment: @mf, or @frag_off not 0 (not for atomic fragments)
 * @has_ports: @sport and @dport were read: it is TCP, UDP, UDP-Lite, SCTP or
 *	DCCP, not a later fragment, and long enough
 */
struct espgw_view {
	struct espgw_addr src;
	struct espgw_addr dst;
	u32 len;
	u32 id;
	u16 hdr_len;
	u16 frag_off;
	u16 frag_hdr;
	u16 sport;
	u16 dport;
	u16 need;
	u8 family;
	u8 proto;
	u8 tos;
	u8 ttl;
	u8 icmp_type;
	u8 icmp_code;
	bool df;
	bool mf;
	bool is_frag;
	bool has_ports;
};

/**
 * enum espgw_view_result - how reading a header ended
 * @ESPGW_VIEW_OK: all is known
 * @ESPGW_VIEW_SHORT: more of the packet's bytes are needed in one piece, @need
 *	of struct espgw_view says how many; never more than the packet has
 * @ESPGW_VIEW_MALFORMED: not a valid IP packet
 */
enum espgw_view_result {
	ESPGW_VIEW_OK,
	ESPGW_VIEW_SHORT,
	ESPGW_VIEW_MALFORMED,
};

/**
 * espgw_proto_has_ports() - whether a protocol's header begins with two ports
 * @proto: IP protocol
 *
 * Return: true for TCP, UDP, UDP-Lite, SCTP and DCCP.
 */
static inline bool espgw_proto_has_ports(u8 proto)
{
	return likely(proto == ESPGW_PROTO_TCP || proto == ESPGW_PROTO_UDP) ||
	       proto == ESPGW_PROTO_DCCP || proto == ESPGW_PROTO_SCTP ||
	       proto == ESPGW_PROTO_UDPLITE;
}

/* Neighbour discovery's ICMPv6 types (RFC 4861 4): RS, RA, NS, NA, redirect. */
#define ESPGW_ND_FIRST	133
#define ESPGW_ND_LAST	137

/**
 * espgw_is_nd_part() - is a packet neighbour discovery, or a first fragment of it
 * @v: the packet
 *
 * In fragments it is not valid (RFC 6980), but not every host knows that.
 *
 * Return: true for RS, RA, NS, NA and redirect with hop limit 255: those cannot
 * have come through a router (RFC 4861 3.1).
 */
static inline bool espgw_is_nd_part(const struct espgw_view *v)
{
	return unlikely(v->proto == ESPGW_PROTO_ICMPV6) && v->family == 6 &&
	       !v->frag_off && v->ttl == 255 &&
	       v->icmp_type >= ESPGW_ND_FIRST && v->icmp_type <= ESPGW_ND_LAST;
}

/**
 * espgw_is_nd() - is a packet neighbour discovery
 * @v: the packet
 *
 * Return: true if it is, whole.
 */
static inline bool espgw_is_nd(const struct espgw_view *v)
{
	return espgw_is_nd_part(v) && !v->is_frag;
}

enum espgw_view_result espgw_view_ip4(struct espgw_view *v, const u8 *data,
				      u32 avail, u32 total);
enum espgw_view_result espgw_view_ip6(struct espgw_view *v, const u8 *data,
				      u32 avail, u32 total);
enum espgw_view_result espgw_view(struct espgw_view *v, const u8 *data,
				  u32 avail, u32 total);
enum espgw_view_result espgw_view_super(struct espgw_view *v, const u8 *data,
					u32 avail, u32 total);
u32 espgw_view_jumbo(const struct espgw_view *v, const u8 *data);
bool espgw_view_addresses(struct espgw_view *v, const u8 *data, u32 avail);
bool espgw_is_icmp_error(const struct espgw_view *v);

#endif
