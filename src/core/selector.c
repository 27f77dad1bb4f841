// SPDX-License-Identifier: GPL-2.0
/* Traffic selectors (RFC 4301 4.4.1.1). */

#include "selector.h"

/* Selectors are compared by memcmp, so there must be no padding. */
static_assert(sizeof(struct espgw_selector) == 2 * 16 + 4 * 2 + 8);

/**
 * espgw_addr_mask() - clear an address's host bits
 * @out: the prefix; may be @in
 * @in: an address
 * @family: 4 or 6; of IPv4 the last three words are cleared
 * @prefix_len: bits; more than the family has are all of them
 */
void espgw_addr_mask(struct espgw_addr *out, const struct espgw_addr *in,
		     u8 family, u8 prefix_len)
{
	u32 left = family == 4 ? min_t(u32, prefix_len, 32) : prefix_len;
	u32 bits, i;

	for (i = 0; i < 4; i++) {
		bits = min_t(u32, left, 32);
		left -= bits;
		out->a[i] = in->a[i] &
			    cpu_to_be32((u32)~(0xffffffffULL >> bits));
	}
}

/*
 * The fragment header of a later IPv6 fragment tells what the datagram's
 * fragmentable part begins with. If that is an extension header, the
 * upper-layer protocol is only to be seen in the first fragment.
 */
static bool proto_hidden(const struct espgw_view *v)
{
	if (v->family != 6 || !v->frag_off)
		return false;
	switch (v->proto) {
	case ESPGW_PROTO_HOPOPTS:
	case ESPGW_PROTO_ROUTING:
	case ESPGW_PROTO_FRAGMENT:
	case ESPGW_PROTO_DSTOPTS:
		return true;
	}
	return false;
}

/**
 * espgw_selector_match_upper() - the second half of espgw_selector_match()
 * @s: the selector
 * @v: the packet; family and addresses match
 * @mirrored: the packet goes the other way
 *
 * Return: enum espgw_match.
 */
enum espgw_match espgw_selector_match_upper(const struct espgw_selector *s,
					    const struct espgw_view *v,
					    bool mirrored)
{
	u16 sport, dport;

	if (s->dscp != ESPGW_DSCP_ANY && s->dscp != v->tos >> 2)
		return ESPGW_MATCH_NO;
	if (!(s->has_proto | s->has_sport | s->has_dport))
		return ESPGW_MATCH_YES;
	if (unlikely(proto_hidden(v)))
		return ESPGW_MATCH_UNKNOWN;
	if (s->has_proto && s->proto != v->proto)
		return ESPGW_MATCH_NO;
	if (!(s->has_sport | s->has_dport))
		return ESPGW_MATCH_YES;
	if (unlikely(!v->has_ports))
		return espgw_proto_has_ports(v->proto) ? ESPGW_MATCH_UNKNOWN :
							 ESPGW_MATCH_NO;

	sport = mirrored ? v->dport : v->sport;
	dport = mirrored ? v->sport : v->dport;
	if (s->has_dport && (dport < s->dport_min || dport > s->dport_max))
		return ESPGW_MATCH_NO;
	if (s->has_sport && (sport < s->sport_min || sport > s->sport_max))
		return ESPGW_MATCH_NO;
	return ESPGW_MATCH_YES;
}

/* 0: no ports are given; 1: all are, as a range; up to 65536: just one is. */
static u32 port_specificity(u8 has, u16 min_port, u16 max_port)
{
	return has ? 65536 - (u32)(u16)(max_port - min_port) : 0;
}

/**
 * espgw_selector_specificity() - how specific a selector is
 * @s: the selector, valid
 *
 * First by the bits of both prefixes, then by whether it has a protocol, then
 * by how narrow its port ranges are, then by whether it has a DSCP.
 *
 * Return: a number; the higher, the more specific.
 */
u32 espgw_selector_specificity(const struct espgw_selector *s)
{
	u32 prefixes = (u32)s->src_len + s->dst_len;
	u32 ports = port_specificity(s->has_sport, s->sport_min, s->sport_max) +
		    port_specificity(s->has_dport, s->dport_min, s->dport_max);

	/* From the top: 9 bits of prefixes, 1 bit, 18 of ports, 1 bit. */
	static_assert(2 * 65536 < 1 << 18);
	return prefixes << 20 | (u32)!!s->has_proto << 19 | ports << 1 |
	       (s->dscp != ESPGW_DSCP_ANY);
}
