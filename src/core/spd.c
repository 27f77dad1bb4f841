// SPDX-License-Identifier: GPL-2.0
/* The order of policies, and how the first one that matches is found. */

#include "spd.h"

/* Nodes are many: with what frees them, one is to fit in 64 bytes. */
static_assert(sizeof(void *) != 8 || sizeof(struct espgw_spd_node) == 48);

/*
 * What arrives has no mark that the firewall would have given it on its way out:
 * that a policy may protect it is enough.
 */
static bool has_mark(const struct espgw_rule *r,
		     const struct espgw_spd_query *q)
{
	return (q->mirrored && r->protects) ||
	       (q->mark & r->mark_mask) == r->mark;
}

/**
 * espgw_rule_match() - a packet lies within a policy's prefixes: does it match
 * @r: the policy
 * @q: the packet
 *
 * Return: enum espgw_match.
 */
enum espgw_match espgw_rule_match(const struct espgw_rule *r,
				  const struct espgw_spd_query *q)
{
	if (!has_mark(r, q))
		return ESPGW_MATCH_NO;
	return espgw_selector_match_upper(&r->sel, q->v, q->mirrored);
}

/* How many of the first bits of two words agree: 0-64. */
static u8 same_bits(u64 x, u64 y)
{
	u8 n = 0;

	for (x ^= y; n < 64 && !(x >> 63); x <<= 1)
		n++;
	return n;
}

/* How many bits of its prefix does a node have in common with another one? */
static u8 common(const struct espgw_spd_node *n, const struct espgw_spd_key *k,
		 u8 len)
{
	u8 same = same_bits(n->hi, k->hi);

	if (same == 64)
		same += same_bits(n->lo, k->lo);
	return min_t(u8, same, min(n->len, len));
}

static struct espgw_spd_key key_of(const struct espgw_spd_node *n)
{
	return (struct espgw_spd_key) { .hi = n->hi, .lo = n->lo };
}

/* Bit @len, wherever the address is from: words are alike in both families. */
static unsigned int bit(const struct espgw_spd_key *k, u8 len)
{
	return espgw_spd_bit(k, len, 6);
}

static struct espgw_spd_node *take(struct espgw_spd_node *spare[ESPGW_SPD_NODES],
				   const struct espgw_spd_key *k, u8 len)
{
	struct espgw_spd_node *n;
	unsigned int i = 0;

	while (!spare[i])
		i++;
	n = spare[i];
	spare[i] = NULL;
	memset(n, 0, sizeof(*n));
	n->len = len;
	n->hi = len < 64 ? k->hi & ~(~0ULL >> len) : k->hi;
	n->lo = len < 64 ? 0 :
		len < 128 ? k->lo & ~(~0ULL >> (len - 64)) : k->lo;
	return n;
}

/* The node of a prefix, made if there is none. */
static struct espgw_spd_node *node_get(struct espgw_spd_node **link,
				       const struct espgw_spd_key *k, u8 len,
				       struct espgw_spd_node *spare[ESPGW_SPD_NODES])
{
	struct espgw_spd_node *n, *made, *parting;
	struct espgw_spd_key key;
	u8 same = 0;

	while ((n = *link)) {
		same = common(n, k, len);
		if (same < n->len)
			break;
		if (n->len == len)
			return n;
		link = &n->child[bit(k, n->len)];
	}
	made = take(spare, k, len);
	if (n) {
		key = key_of(n);
		if (same == len) {
			made->child[bit(&key, len)] = n;
		} else {
			parting = take(spare, k, same);
			parting->child[bit(&key, same)] = n;
			parting->child[bit(k, same)] = made;
			smp_store_release(link, parting);
			return made;
		}
	}
	smp_store_release(link, made);
	return made;
}

/*
 * Nothing has this prefix any more. A node stays where two part: it and the one
 * above it go if they are not needed for that. What is taken out goes on pointing
 * to what was in it.
 */
static void node_put(struct espgw_spd_node **link, const struct espgw_spd_key *k,
		     u8 len, struct espgw_spd_node **freed, unsigned int *count)
{
	struct espgw_spd_node **above = NULL, *n, *rest;

	while ((n = *link)->len != len) {
		above = link;
		link = &n->child[bit(k, n->len)];
	}
	if (n->child[0] && n->child[1])
		return;
	rest = n->child[0] ?: n->child[1];
	smp_store_release(link, rest);
	freed[(*count)++] = n;
	if (rest || !above || (*above)->src)
		return;
	n = *above;
	smp_store_release(above, n->child[0] ?: n->child[1]);
	freed[(*count)++] = n;
}

static struct espgw_spd_node *node_find(struct espgw_spd_node *n,
					const struct espgw_spd_key *k, u8 len)
{
	while (n && n->len < len)
		n = n->child[bit(k, n->len)];
	return n && n->len == len && n->hi == k->hi && n->lo == k->lo ? n : NULL;
}

/**
 * espgw_spd_rules() - the policies of the same prefixes as a selector
 * @spd: the policies; nobody changes them
 * @sel: the selector
 *
 * Return: the first in order, or NULL.
 */
struct espgw_rule *espgw_spd_rules(const struct espgw_spd *spd,
				   const struct espgw_selector *sel)
{
	const struct espgw_spd_key src = espgw_spd_key(&sel->src, sel->family),
				   dst = espgw_spd_key(&sel->dst, sel->family);
	struct espgw_spd_node *n;

	n = node_find(spd->root[sel->family == 6], &dst, sel->dst_len);
	if (n)
		n = node_find(n->src, &src, sel->src_len);
	return n ? n->rules : NULL;
}

/**
 * espgw_spd_add() - add a policy
 * @spd: the policies; nobody else changes them
 * @r: the policy, complete but for its place
 * @spare: nodes; those that were taken are NULL afterwards
 *
 * Readers may meet it from here on.
 */
void espgw_spd_add(struct espgw_spd *spd, struct espgw_rule *r,
		   struct espgw_spd_node *spare[ESPGW_SPD_NODES])
{
	const struct espgw_selector *sel = &r->sel;
	const struct espgw_spd_key src = espgw_spd_key(&sel->src, sel->family),
				   dst = espgw_spd_key(&sel->dst, sel->family);
	u16 bits = (u16)(sel->src_len + sel->dst_len);
	struct espgw_rule **link;
	struct espgw_spd_node *n;

	n = node_get(&spd->root[sel->family == 6], &dst, sel->dst_len, spare);
	if (!n->src || r->prio < n->min_prio)
		WRITE_ONCE(n->min_prio, r->prio);
	if (!n->src || bits > n->most)
		WRITE_ONCE(n->most, bits);
	n = node_get(&n->src, &src, sel->src_len, spare);
	for (link = &n->rules; *link; link = &(*link)->next)
		if (espgw_rule_before(r, *link))
			break;
	r->next = *link;
	r->link = link;
	if (r->next)
		r->next->link = &r->next;
	smp_store_release(link, r);
}

/**
 * espgw_spd_replace() - put a policy into the place of another
 * @old: the other
 * @r: the policy: of the same selector, and of the same place in the order
 */
void espgw_spd_replace(struct espgw_rule *old, struct espgw_rule *r)
{
	r->next = old->next;
	r->link = old->link;
	if (r->next)
		r->next->link = &r->next;
	smp_store_release(r->link, r);
}

/**
 * espgw_spd_del() - take a policy out
 * @spd: the policies; nobody else changes them
 * @r: the policy; readers may still be with it
 * @freed: receives the nodes that are not needed any more; likewise
 *
 * Return: how many those are.
 */
unsigned int espgw_spd_del(struct espgw_spd *spd, struct espgw_rule *r,
			   struct espgw_spd_node *freed[ESPGW_SPD_NODES])
{
	const struct espgw_selector *sel = &r->sel;
	const struct espgw_spd_key src = espgw_spd_key(&sel->src, sel->family),
				   dst = espgw_spd_key(&sel->dst, sel->family);
	struct espgw_spd_node **root = &spd->root[sel->family == 6];
	struct espgw_spd_node *n;
	unsigned int count = 0;

	smp_store_release(r->link, r->next);
	if (r->next)
		r->next->link = r->link;
	n = node_find(*root, &dst, sel->dst_len);
	if (!node_find(n->src, &src, sel->src_len)->rules)
		node_put(&n->src, &src, sel->src_len, freed, &count);
	if (!n->src)
		node_put(root, &dst, sel->dst_len, freed, &count);
	return count;
}
