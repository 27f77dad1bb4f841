/* SPDX-License-Identifier: GPL-2.0 */
/* Traffic selectors (RFC 4301 4.4.1.1). */
#ifndef ESPGW_CORE_SELECTOR_H
#define ESPGW_CORE_SELECTOR_H

#include "core.h"
#include "view.h"

/* struct espgw_selector.dscp: any */
#define ESPGW_DSCP_ANY	0xff

/**
 * struct espgw_selector - which packets are meant, seen as they leave
 * @src: source prefix, host bits zero
 * @dst: destination prefix, host bits zero
 * @sport_min: first source port, host byte order; with @has_sport
 * @sport_max: last source port
 * @dport_min: first destination port; with @has_dport
 * @dport_max: last destination port
 * @family: 4 or 6
 * @src_len: prefix length, bits
 * @dst_len: prefix length, bits
 * @proto: upper-layer protocol; with @has_proto
 * @dscp: 0-63, or ESPGW_DSCP_ANY
 * @has_proto: @proto counts
 * @has_sport: the source ports count
 * @has_dport: the destination ports count
 *
 * No padding bytes, so that selectors compare by memcmp; unused members zero.
 */
struct espgw_selector {
	struct espgw_addr src;
	struct espgw_addr dst;
	u16 sport_min;
	u16 sport_max;
	u16 dport_min;
	u16 dport_max;
	u8 family;
	u8 src_len;
	u8 dst_len;
	u8 proto;
	u8 dscp;
	u8 has_proto;
	u8 has_sport;
	u8 has_dport;
};

/**
 * enum espgw_match - how a packet stands to a selector
 * @ESPGW_MATCH_NO: not selected
 * @ESPGW_MATCH_YES: selected
 * @ESPGW_MATCH_UNKNOWN: what the packet shows matches, but it does not show
 *	all: the selector has ports, and the packet is a later fragment or too
 *	short to have any; or the selector has a protocol, and the packet is a
 *	later IPv6 fragment that begins with an extension header. Not to be
 *	taken for NO: the packet may be one that has to be protected
 */
enum espgw_match {
	ESPGW_MATCH_NO,
	ESPGW_MATCH_YES,
	ESPGW_MATCH_UNKNOWN,
};

void espgw_addr_mask(struct espgw_addr *out, const struct espgw_addr *in,
		     u8 family, u8 prefix_len);
enum espgw_match espgw_selector_match_upper(const struct espgw_selector *s,
					    const struct espgw_view *v,
					    bool mirrored);
u32 espgw_selector_specificity(const struct espgw_selector *s);

/* Do the first @bits (0-32) bits of two words in network order agree? */
static inline bool espgw_prefix_word(__be32 x, __be32 y, u32 bits)
{
	/* In 64 bits a shift by 32 is defined: 0 and 32 need no branch. */
	return !((u64)be32_to_cpu(x ^ y) << bits >> 32);
}

/**
 * espgw_prefix_match() - whether an address lies in a prefix
 * @x: the address
 * @prefix: the prefix
 * @family: of both, 4 or 6
 * @prefix_len: bits, at most 32 or 128
 *
 * Return: true if the first @prefix_len bits agree.
 */
static inline bool espgw_prefix_match(const struct espgw_addr *x,
				      const struct espgw_addr *prefix,
				      u8 family, u8 prefix_len)
{
	u32 bits = prefix_len;
	u32 i;

	if (family == 4)
		return espgw_prefix_word(x->a[0], prefix->a[0], bits);
	for (i = 0; bits > 32; i++, bits -= 32)
		if (x->a[i] != prefix->a[i])
			return false;
	return espgw_prefix_word(x->a[i], prefix->a[i], bits);
}

/**
 * espgw_selector_is_plain() - does a selector select by addresses alone
 * @s: the selector
 *
 * Return: true if so.
 */
static inline bool espgw_selector_is_plain(const struct espgw_selector *s)
{
	return s->dscp == ESPGW_DSCP_ANY &&
	       !(s->has_proto | s->has_sport | s->has_dport);
}

/**
 * espgw_selector_match() - whether a selector selects a packet
 * @s: the selector, valid: ports only with one of the protocols that have them
 * @v: the packet
 * @mirrored: the packet goes the other way: its source is compared with the
 *	selector's destination, and so on
 *
 * Inline, since each packet is compared with many selectors, and most differ in
 * their addresses already.
 *
 * Return: enum espgw_match.
 */
static inline enum espgw_match
espgw_selector_match(const struct espgw_selector *s, const struct espgw_view *v,
		     bool mirrored)
{
	const struct espgw_addr *src = mirrored ? &v->dst : &v->src;
	const struct espgw_addr *dst = mirrored ? &v->src : &v->dst;

	if (s->family != v->family ||
	    !espgw_prefix_match(dst, &s->dst, s->family, s->dst_len) ||
	    !espgw_prefix_match(src, &s->src, s->family, s->src_len))
		return ESPGW_MATCH_NO;
	if (espgw_selector_is_plain(s))
		return ESPGW_MATCH_YES;
	return espgw_selector_match_upper(s, v, mirrored);
}

#endif
