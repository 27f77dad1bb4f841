/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The order of policies (RFC 4301 4.4.1), and how the first one that a packet
 * matches is found among many.
 *
 * Policies hang in a tree by destination prefix, and in each destination by source
 * prefix. Both are binary trees in which a node is only where there is a prefix, or
 * where two part: on its way down a packet meets just the prefixes that it lies in.
 * So a lookup costs by how many of those there are around one another, and by the
 * logarithm of the rest; not by how many lengths are in use.
 *
 * Readers need no lock, only that nothing that they may have met is freed: each
 * change is one store of a pointer to what is complete, and what is taken out still
 * points where it did. A policy that is there before a change and after it is there
 * for whoever looks meanwhile.
 */
#ifndef ESPGW_CORE_SPD_H
#define ESPGW_CORE_SPD_H

#include "selector.h"

/**
 * struct espgw_rule - what counts of a policy when it is looked for
 * @next: the one of the same prefixes that is looked at after it
 * @link: what points to this one; for who changes them
 * @sel: selector of what leaves
 * @prio: the lowest is looked at first
 * @mark: packet mark that it is for, within @mark_mask
 * @mark_mask: bits of the packet's mark that count; 0: none
 * @specificity: of @sel
 * @id: the lower, the older
 * @plain: it covers whatever is between its prefixes
 * @protects: what it covers is to be protected
 */
struct espgw_rule {
	struct espgw_rule *next;
	struct espgw_rule **link;
	struct espgw_selector sel;
	u32 prio;
	u32 mark;
	u32 mark_mask;
	u32 specificity;
	u32 id;
	bool plain;
	bool protects;
};

/**
 * struct espgw_spd_node - a prefix, or a place where two part
 * @child: those within it, by the first bit behind it
 * @src: of a destination: its sources; NULL: no policy has this destination
 * @rules: of a source: its policies, in their order; NULL: there are none
 * @hi: the prefix, host byte order, the first 64 bits; other bits are 0
 * @lo: the other 64; 0 for IPv4
 * @min_prio: of a destination: no policy of it has a lower number
 * @most: of a destination: the prefix lengths of no policy of it are more together
 * @len: prefix length, bits
 *
 * Bounds that are wider than need be cost a look, never a policy: they stay when
 * policies go.
 */
struct espgw_spd_node {
	struct espgw_spd_node *child[2];
	union {
		struct espgw_spd_node *src;
		struct espgw_rule *rules;
	};
	u64 hi;
	u64 lo;
	u32 min_prio;
	u16 most;
	u8 len;
};

/*
 * So many nodes may a policy more take, and one less leave: a destination, the place
 * where it parts from others, and its only source.
 */
#define ESPGW_SPD_NODES		3

/**
 * struct espgw_spd - policies
 * @root: the destinations of IPv4, of IPv6
 */
struct espgw_spd {
	struct espgw_spd_node *root[2];
};

/**
 * espgw_spd_is_empty() - are there no policies at all
 * @spd: the policies
 *
 * Return: true if so.
 */
static inline bool espgw_spd_is_empty(const struct espgw_spd *spd)
{
	return !READ_ONCE(spd->root[0]) && !READ_ONCE(spd->root[1]);
}

/**
 * espgw_rule_before() - is a policy looked at before another one
 * @a: the policy
 * @b: the other one
 *
 * Return: true if so.
 */
static inline bool espgw_rule_before(const struct espgw_rule *a,
				     const struct espgw_rule *b)
{
	if (a->prio != b->prio)
		return a->prio < b->prio;
	if (a->specificity != b->specificity)
		return a->specificity > b->specificity;
	if (!a->mark_mask != !b->mark_mask)
		return a->mark_mask;
	return a->id < b->id;
}

/* An address, as nodes have it. */
struct espgw_spd_key {
	u64 hi;
	u64 lo;
};

static inline struct espgw_spd_key espgw_spd_key(const struct espgw_addr *a,
						 u8 family)
{
	struct espgw_spd_key k = { .hi = (u64)be32_to_cpu(a->a[0]) << 32 };

	if (family == 6) {
		k.hi |= be32_to_cpu(a->a[1]);
		k.lo = (u64)be32_to_cpu(a->a[2]) << 32 | be32_to_cpu(a->a[3]);
	}
	return k;
}

/* Bit @len of an address, counted from the first; of 128, whatever. */
static inline unsigned int espgw_spd_bit(const struct espgw_spd_key *k, u8 len,
					 u8 family)
{
	u64 word = family == 4 || len < 64 ? k->hi : k->lo;

	return word >> (~len & 63) & 1;
}

static inline bool espgw_spd_covers(const struct espgw_spd_node *n,
				    const struct espgw_spd_key *k, u8 family)
{
	/* Shifted twice, so that 64 is a shift that is defined. */
	if (family == 4 || n->len < 64)
		return !((k->hi ^ n->hi) >> (~n->len & 63) >> 1);
	if (k->hi != n->hi)
		return false;
	return n->len == 128 ? k->lo == n->lo :
			       !((k->lo ^ n->lo) >> (~n->len & 63) >> 1);
}

/* Destinations that lie around a packet's, kept to begin with the narrowest. */
#define ESPGW_SPD_DEEP	16

/**
 * struct espgw_spd_query - what a policy is looked for for
 * @v: the packet
 * @mark: its mark
 * @mirrored: it has come: its source is the policy's destination
 */
struct espgw_spd_query {
	const struct espgw_view *v;
	u32 mark;
	bool mirrored;
};

/* A function that says of a rule, by what it was given, whether it counts. */
typedef bool espgw_rule_filter(const struct espgw_rule *r, const void *with);

enum espgw_match espgw_rule_match(const struct espgw_rule *r,
				  const struct espgw_spd_query *q);

/* Of a source's policies the first that matches, if it comes before @best. */
static __always_inline struct espgw_rule *
espgw_spd_first(struct espgw_rule *r, struct espgw_rule *best,
		const struct espgw_spd_query *q, espgw_rule_filter *counts,
		const void *with, enum espgw_match *match)
{
	do {
		enum espgw_match m;

		if (best && !espgw_rule_before(r, best))
			break;
		if (!counts(r, with))
			continue;
		/* Of the prefixes it is, or it would not hang here. */
		m = likely(r->plain) ? ESPGW_MATCH_YES : espgw_rule_match(r, q);
		if (m == ESPGW_MATCH_NO)
			continue;
		*match = m;
		return r;
	} while ((r = READ_ONCE(r->next)));
	return best;
}

/* Can a policy of a destination come before @best? */
static __always_inline bool espgw_spd_may_have(const struct espgw_spd_node *n,
					       const struct espgw_rule *best)
{
	u32 min_prio = READ_ONCE(n->min_prio);

	/* The prefix lengths together are how specific it is, at first. */
	return min_prio < best->prio ||
	       (min_prio == best->prio && READ_ONCE(n->most) >=
		best->sel.src_len + best->sel.dst_len);
}

static __always_inline struct espgw_rule *
espgw_spd_find(const struct espgw_spd *spd, const struct espgw_spd_query *q,
	       u8 family, espgw_rule_filter *counts, const void *with,
	       enum espgw_match *match)
{
	const struct espgw_spd_node *around[ESPGW_SPD_DEEP], *n, *s;
	struct espgw_rule *best = NULL, *r;
	struct espgw_spd_key src, dst;
	unsigned int deep = 0;

	n = READ_ONCE(spd->root[family == 6]);
	dst = espgw_spd_key(q->mirrored ? &q->v->src : &q->v->dst, family);
	src = espgw_spd_key(q->mirrored ? &q->v->dst : &q->v->src, family);
	for (;;) {
		for (; n && deep < ESPGW_SPD_DEEP; deep++) {
			/* Where there is none, what is below is compared. */
			while (n && !READ_ONCE(n->src))
				n = READ_ONCE(n->child[espgw_spd_bit(&dst, n->len,
								     family)]);
			if (!n || !espgw_spd_covers(n, &dst, family)) {
				n = NULL;
				break;
			}
			around[deep] = n;
			n = READ_ONCE(n->child[espgw_spd_bit(&dst, n->len,
							     family)]);
		}
		if (!deep)
			return best;
		s = around[--deep];
		if (best && !espgw_spd_may_have(s, best))
			continue;
		for (s = READ_ONCE(s->src); s;
		     s = READ_ONCE(s->child[espgw_spd_bit(&src, s->len, family)])) {
			r = READ_ONCE(s->rules);
			if (!r)
				continue;
			if (!espgw_spd_covers(s, &src, family))
				break;
			best = espgw_spd_first(r, best, q, counts, with, match);
		}
	}
}

/**
 * espgw_spd_search() - the first policy in order that covers a packet and counts
 * @spd: the policies
 * @q: the packet
 * @counts: is asked of each that may be it
 * @with: goes to @counts
 * @match: result: how the packet stands to it; ESPGW_MATCH_NO: there is none
 *
 * Inline, since it is on the way of each packet, with a constant @counts.
 *
 * Return: the policy, or NULL.
 */
static __always_inline struct espgw_rule *
espgw_spd_search(const struct espgw_spd *spd, const struct espgw_spd_query *q,
		 espgw_rule_filter *counts, const void *with,
		 enum espgw_match *match)
{
	*match = ESPGW_MATCH_NO;
	return likely(q->v->family == 4) ?
	       espgw_spd_find(spd, q, 4, counts, with, match) :
	       espgw_spd_find(spd, q, 6, counts, with, match);
}

struct espgw_rule *espgw_spd_rules(const struct espgw_spd *spd,
				   const struct espgw_selector *sel);
void espgw_spd_add(struct espgw_spd *spd, struct espgw_rule *r,
		   struct espgw_spd_node *spare[ESPGW_SPD_NODES]);
void espgw_spd_replace(struct espgw_rule *old, struct espgw_rule *r);
unsigned int espgw_spd_del(struct espgw_spd *spd, struct espgw_rule *r,
			   struct espgw_spd_node *freed[ESPGW_SPD_NODES]);

#endif
