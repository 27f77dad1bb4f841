/* SPDX-License-Identifier: GPL-2.0 */
/* How policies hang together: what spd.c makes, and lookup.c goes through. */
#ifndef ESPGW_TABLE_SPDTREE_H
#define ESPGW_TABLE_SPDTREE_H

#include <linux/jhash.h>
#include <linux/rhashtable.h>

#include "core/core.h"

struct espgw_spd_node;

/**
 * struct espgw_spd_shape - a pair of prefix lengths in use
 * @list: in espgw_net.spd_shapes
 * @family: 4 or 6
 * @src_len: bits
 * @dst_len: bits
 * @src_mask: IPv4: the same as a mask
 * @dst_mask: likewise
 * @min_prio: the lowest priority number of its policies
 * @only: the only prefix pair of these lengths, read by RCU; NULL: there are, or
 *	have been, several
 * @policies: how many
 * @rcu: frees it
 */
struct espgw_spd_shape {
	struct list_head list;
	u8 family;
	u8 src_len;
	u8 dst_len;
	__be32 src_mask;
	__be32 dst_mask;
	u32 min_prio;
	struct espgw_spd_node __rcu *only;
	unsigned int policies;
	struct rcu_head rcu;
};

/**
 * struct espgw_spd_key - names a prefix pair
 * @src: source prefix, host bits zero
 * @dst: destination prefix, host bits zero
 * @family: 4 or 6
 * @src_len: bits
 * @dst_len: bits
 * @zero: 0, so that keys compare and hash as bytes
 */
struct espgw_spd_key {
	struct espgw_addr src;
	struct espgw_addr dst;
	u8 family;
	u8 src_len;
	u8 dst_len;
	u8 zero;
};

/**
 * struct espgw_spd_node - the policies of a prefix pair
 * @hash: in espgw_net.spd_table
 * @key: its name
 * @policies: struct espgw_policy.list, in the order in which they are looked at
 * @shape: of its prefix lengths
 * @rcu: frees it
 */
struct espgw_spd_node {
	struct rhash_head hash;
	struct espgw_spd_key key;
	struct list_head policies;
	struct espgw_spd_shape *shape;
	struct rcu_head rcu;
};

static inline u32 espgw_spd_lens(const struct espgw_spd_key *k)
{
	return k->family << 16 | k->src_len << 8 | k->dst_len;
}

/* On each packet's way, so IPv4 hashes no more than it has. */
static inline u32 espgw_spd_key_hash(const void *data, u32 len, u32 seed)
{
	const struct espgw_spd_key *k = data;

	if (k->family == 4)
		return jhash_3words((__force u32)k->src.a[0],
				    (__force u32)k->dst.a[0], espgw_spd_lens(k), seed);
	return jhash2((const u32 *)k, sizeof(*k) / sizeof(u32), seed);
}

static inline u32 espgw_spd_node_hash(const void *data, u32 len, u32 seed)
{
	const struct espgw_spd_node *node = data;

	return espgw_spd_key_hash(&node->key, len, seed);
}

static inline int espgw_spd_node_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct espgw_spd_node *node = obj;
	const struct espgw_spd_key *k = arg->key;

	return espgw_spd_lens(k) != espgw_spd_lens(&node->key) ||
	       !espgw_addr_equal(&k->src, &node->key.src) ||
	       !espgw_addr_equal(&k->dst, &node->key.dst);
}

static const struct rhashtable_params espgw_spd_node_params = {
	.head_offset = offsetof(struct espgw_spd_node, hash),
	.key_offset = offsetof(struct espgw_spd_node, key),
	.key_len = sizeof(struct espgw_spd_key),
	.hashfn = espgw_spd_key_hash,
	.obj_hashfn = espgw_spd_node_hash,
	.obj_cmpfn = espgw_spd_node_cmp,
	.automatic_shrinking = true,
};

static_assert(sizeof(struct espgw_spd_key) == 36);	/* no padding: hashed */

#endif
