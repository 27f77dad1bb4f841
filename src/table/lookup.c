// SPDX-License-Identifier: GPL-2.0
/*
 * Security policies: lookup.
 *
 * A lookup has to find, among all policies that match, the one with the lowest
 * priority number. Policies hang in a hash table by their prefix pair; a list
 * names the pairs of prefix lengths in use ("shapes"), few as a rule. A lookup
 * masks the packet's addresses once for each shape, and compares the few
 * policies of that prefix pair in order (tuple space search). Where a shape has a
 * single prefix pair, as it mostly has, that is compared without being looked up.
 */
#include <linux/rculist.h>

#include "table/spd.h"
#include "table/spdtree.h"

/* Is a policy for this device? */
static bool is_for(const struct espgw_policy *p, int ifindex)
{
	return !p->dev || READ_ONCE(p->dev->ifindex) == ifindex;
}

/*
 * What arrives has no mark that the firewall would have given it on its way out:
 * that a policy may protect it is enough.
 */
static bool has_mark(const struct espgw_policy *p, u32 mark, bool mirrored)
{
	return (mirrored && p->path) ||
	       (mark & p->cfg.mark_mask) == p->cfg.mark;
}

/* It lies within the prefixes. What else does the policy ask for? */
static noinline enum espgw_match match_rest(const struct espgw_policy *p,
					    const struct espgw_view *v,
					    bool mirrored, u32 mark)
{
	if (!has_mark(p, mark, mirrored))
		return ESPGW_MATCH_NO;
	return espgw_selector_match_upper(&p->cfg.sel, v, mirrored);
}

/*
 * Does a policy count for what has come by a tunnel? @least NULL: only its own,
 * on whichever device; else all that stand in the way of @least.
 */
static bool is_for_own(const struct espgw_policy *p, int ifindex,
		       const struct espgw_spd_own *own,
		       const struct espgw_policy *least)
{
	bool is_own = p->path && (p->path->id & own->id_mask) == own->id;

	if (!least)
		return is_own &&
		       !(p->dev && READ_ONCE(p->dev->ifindex) == ESPGW_NO_DEVICE);
	return is_for(p, ifindex) &&
	       (is_own || !p->path || p->specificity > least->specificity);
}

/* The first policy in order that matches and counts. */
static __always_inline enum espgw_match
look_up(struct espgw_net *en, const struct espgw_view *v, int ifindex,
	bool mirrored, u32 mark, const struct espgw_spd_own *own,
	const struct espgw_policy *least, struct espgw_policy **found)
{
	const struct espgw_addr *src = mirrored ? &v->dst : &v->src;
	const struct espgw_addr *dst = mirrored ? &v->src : &v->dst;
	enum espgw_match best_match = ESPGW_MATCH_NO;
	struct espgw_policy *best = NULL, *p;
	struct espgw_spd_shape *shape;
	struct espgw_spd_node *node;
	struct espgw_spd_key key = { .family = v->family };

	list_for_each_entry_rcu(shape, &en->spd_shapes, list) {
		if (shape->family != v->family ||
		    (best && READ_ONCE(shape->min_prio) > best->cfg.prio))
			continue;
		if (likely(v->family == 4)) {
			key.src.a[0] = src->a[0] & shape->src_mask;
			key.dst.a[0] = dst->a[0] & shape->dst_mask;
		} else {
			espgw_addr_mask(&key.src, src, 6, shape->src_len);
			espgw_addr_mask(&key.dst, dst, 6, shape->dst_len);
		}
		key.src_len = shape->src_len;
		key.dst_len = shape->dst_len;
		node = rcu_dereference(shape->only) ?:
		       rhashtable_lookup(&en->spd_table, &key,
					 espgw_spd_node_params);
		if (!node || !espgw_addr_equal(&key.src, &node->key.src) ||
		    !espgw_addr_equal(&key.dst, &node->key.dst))
			continue;
		list_for_each_entry_rcu(p, &node->policies, list) {
			enum espgw_match m;

			if (best && !espgw_policy_before(p, best))
				break;
			if (own ? !is_for_own(p, ifindex, own, least) :
				  !is_for(p, ifindex))
				continue;
			/* Of the prefixes it is, or it would not hang here. */
			m = likely(p->plain) ? ESPGW_MATCH_YES :
			    match_rest(p, v, mirrored, mark);
			if (m == ESPGW_MATCH_NO)
				continue;
			best = p;
			best_match = m;
			break;
		}
	}
	*found = best;
	return best_match;
}

/**
 * espgw_spd_lookup() - the policy for a packet
 * @en: namespace
 * @v: the packet
 * @ifindex: the device that it leaves or has come by
 * @mirrored: it has come: its source is the policy's destination
 * @mark: its mark
 * @found: the policy, if ESPGW_MATCH_NO is not returned; else NULL
 *
 * Context: under RCU. Return: ESPGW_MATCH_UNKNOWN: whether the first policy that
 * may match does cannot be told, since the packet is a fragment without ports.
 */
enum espgw_match espgw_spd_lookup(struct espgw_net *en,
				  const struct espgw_view *v, int ifindex,
				  bool mirrored, u32 mark,
				  struct espgw_policy **found)
{
	return look_up(en, v, ifindex, mirrored, mark, NULL, NULL, found);
}

/**
 * espgw_spd_lookup_own() - the policy for a packet of a tunnel
 * @en: namespace
 * @v: the packet
 * @ifindex: the device that it leaves or has come by; the one that it belongs to,
 *	by the first of the tunnel's own policies
 * @mirrored: it has come: its source is the policy's destination
 * @mark: its mark
 * @own: the tunnel
 * @found: the policy, if ESPGW_MATCH_NO is not returned; else NULL
 *
 * Several tunnels may have policies that cover the same packets, and the answer
 * may come by another than the question went (RFC 4301 5.2: what counts are the
 * selectors of the SA that it has come by). In the way of a tunnel's own policy
 * are only those before it which do not protect, and those which name what is
 * another tunnel's more narrowly. Where its own policy is for one device, the
 * packet is that device's, and judged by what holds there.
 *
 * Context: under RCU. Return: ESPGW_MATCH_NO: none of the tunnel's own covers it;
 * else as espgw_spd_lookup(), and @found need not be the tunnel's.
 */
enum espgw_match espgw_spd_lookup_own(struct espgw_net *en,
				      const struct espgw_view *v, int *ifindex,
				      bool mirrored, u32 mark,
				      const struct espgw_spd_own *own,
				      struct espgw_policy **found)
{
	struct espgw_policy *least;
	enum espgw_match m;

	m = look_up(en, v, 0, mirrored, mark, own, NULL, &least);
	*found = least;
	if (m == ESPGW_MATCH_NO)
		return m;
	if (least->dev)
		*ifindex = READ_ONCE(least->dev->ifindex);
	return look_up(en, v, *ifindex, mirrored, mark, own, least, found);
}

/**
 * espgw_spd_is_elsewhere() - may what comes by a tunnel belong to another device
 * @path: the tunnel's path
 * @ifindex: the device that it comes by
 *
 * Context: under RCU. Return: true if some policy of the path is for another one.
 */
bool espgw_spd_is_elsewhere(struct espgw_path *path, int ifindex)
{
	const struct espgw_policy *p;

	p = list_first_or_null_rcu(&path->policies, struct espgw_policy,
				   on_path);
	return READ_ONCE(path->parted) || (p && !is_for(p, ifindex));
}

/* Of more policies than these it is not looked which one may cover a packet. */
#define LOOK_MAX	256

/**
 * espgw_spd_may_protect() - may some packet to an address be protected
 * @en: namespace
 * @dst: the address
 * @family: 4 or 6
 * @ifindex: the device that it leaves or has come by
 * @mirrored: it has come
 *
 * Context: under RCU. Return: true if a protect policy covers one from somewhere,
 * or if there are too many policies to tell.
 */
bool espgw_spd_may_protect(struct espgw_net *en, const struct espgw_addr *dst,
			   u8 family, int ifindex, bool mirrored)
{
	struct espgw_policy *p;
	unsigned int looked = 0;
	unsigned long id;

	xa_for_each(&en->policies, id, p) {
		const struct espgw_selector *s = &p->cfg.sel;

		if (++looked > LOOK_MAX)
			return true;
		if (p->cfg.action == ESPGW_ACTION_PROTECT &&
		    s->family == family &&
		    is_for(p, ifindex) &&
		    espgw_prefix_match(dst, mirrored ? &s->src : &s->dst,
				       family, mirrored ? s->src_len :
							  s->dst_len))
			return true;
	}
	return false;
}
