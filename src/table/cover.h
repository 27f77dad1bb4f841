/* SPDX-License-Identifier: GPL-2.0 */
/* A quick look: can any policy cover a packet at all? */
#ifndef ESPGW_TABLE_COVER_H
#define ESPGW_TABLE_COVER_H

#include <linux/bitmap.h>

#include "base/net.h"

#define ESPGW_COVER_BITS	(1 << 16)

/* What is looked up: 16 bits of an address each. */
enum {
	ESPGW_COVER_4,		/* the first ones of IPv4 */
	ESPGW_COVER_6,		/* the first ones of IPv6 */
	ESPGW_COVER_6_NEXT,	/* and the next ones */
	ESPGW_COVER_PARTS,
};

/**
 * struct espgw_cover - what the prefixes of policies cover, more or less
 * @rcu: frees it
 * @src: by part: bit n is set if an address with n there may be within the source
 *	prefix of a policy
 * @dst: the same of destinations
 *
 * More bits than need be cost a lookup, never a policy: one that was deleted
 * leaves its bits until there have been as many of those as policies are left.
 */
struct espgw_cover {
	struct rcu_head rcu;
	DECLARE_BITMAP(src[ESPGW_COVER_PARTS], ESPGW_COVER_BITS);
	DECLARE_BITMAP(dst[ESPGW_COVER_PARTS], ESPGW_COVER_BITS);
};

/**
 * espgw_cover_maybe4() - may a policy cover packets between two IPv4 addresses
 * @en: namespace
 * @src: source, as what leaves has it
 * @dst: destination
 *
 * Context: under RCU. Return: false: none does.
 */
static __always_inline bool
espgw_cover_maybe4(const struct espgw_net *en, __be32 src, __be32 dst)
{
	const struct espgw_cover *c = rcu_dereference(en->cover);

	return c && test_bit(ntohl(src) >> 16, c->src[ESPGW_COVER_4]) &&
	       test_bit(ntohl(dst) >> 16, c->dst[ESPGW_COVER_4]);
}

/**
 * espgw_cover_maybe6() - may a policy cover packets between two IPv6 addresses
 * @en: namespace
 * @src: the first 32 bits of the source, as what leaves has it
 * @dst: those of the destination
 *
 * Context: under RCU. Return: false: none does.
 */
static __always_inline bool
espgw_cover_maybe6(const struct espgw_net *en, __be32 src, __be32 dst)
{
	const struct espgw_cover *c = rcu_dereference(en->cover);
	u32 s = ntohl(src), d = ntohl(dst);

	return c && test_bit(s >> 16, c->src[ESPGW_COVER_6]) &&
	       test_bit(d >> 16, c->dst[ESPGW_COVER_6]) &&
	       test_bit(s & 0xffff, c->src[ESPGW_COVER_6_NEXT]) &&
	       test_bit(d & 0xffff, c->dst[ESPGW_COVER_6_NEXT]);
}

/**
 * espgw_cover_maybe_to4() - may a policy cover packets to an IPv4 address
 * @en: namespace
 * @dst: the address
 *
 * Context: under RCU. Return: false: none does.
 */
static inline bool espgw_cover_maybe_to4(const struct espgw_net *en, __be32 dst)
{
	const struct espgw_cover *c = rcu_dereference(en->cover);

	return c && test_bit(ntohl(dst) >> 16, c->dst[ESPGW_COVER_4]);
}

/**
 * espgw_cover_maybe_to6() - may a policy cover packets to an IPv6 address
 * @en: namespace
 * @dst: the first 32 bits of the address
 *
 * Context: under RCU. Return: false: none does.
 */
static inline bool espgw_cover_maybe_to6(const struct espgw_net *en, __be32 dst)
{
	const struct espgw_cover *c = rcu_dereference(en->cover);
	u32 d = ntohl(dst);

	return c && test_bit(d >> 16, c->dst[ESPGW_COVER_6]) &&
	       test_bit(d & 0xffff, c->dst[ESPGW_COVER_6_NEXT]);
}

struct espgw_selector;

int espgw_cover_add(struct espgw_net *en, const struct espgw_selector *s);
bool espgw_cover_is_stale(struct espgw_net *en);
struct espgw_cover *espgw_cover_new(void);
void espgw_cover_set(struct espgw_cover *c, const struct espgw_selector *s);
void espgw_cover_renew(struct espgw_net *en, struct espgw_cover *c,
		       unsigned int policies);
void espgw_cover_exit(struct espgw_net *en);

#endif
