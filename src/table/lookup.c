// SPDX-License-Identifier: GPL-2.0
/* Security policies: lookup. core/spd has the order and how they are found. */
#include <linux/rculist.h>

#include "table/spd.h"

/* Is a policy for this device? */
static bool is_for(const struct espgw_policy *p, int ifindex)
{
	return !p->dev || READ_ONCE(p->dev->ifindex) == ifindex;
}

static const struct espgw_policy *policy_of(const struct espgw_rule *r)
{
	return container_of(r, struct espgw_policy, rule);
}

static bool is_for_packet(const struct espgw_rule *r, const void *ifindex)
{
	return is_for(policy_of(r), *(const int *)ifindex);
}

/* What has come by a tunnel. */
struct own_search {
	const struct espgw_spd_own *own;
	const struct espgw_policy *least;
	int ifindex;
};

/*
 * Does a policy count for it? @least NULL: only the tunnel's own, on whichever
 * device; else all that stand in the way of @least.
 */
static bool is_for_own(const struct espgw_rule *r, const void *with)
{
	const struct espgw_policy *p = policy_of(r);
	const struct own_search *o = with;
	bool is_own = p->path && (p->path->id & o->own->id_mask) == o->own->id;

	if (!o->least)
		return is_own &&
		       !(p->dev && READ_ONCE(p->dev->ifindex) == ESPGW_NO_DEVICE);
	return is_for(p, o->ifindex) &&
	       (is_own || !p->path ||
		r->specificity > o->least->rule.specificity);
}

/* The rule is the first in it: NULL is NULL. */
static struct espgw_policy *found_of(struct espgw_rule *r)
{
	static_assert(!offsetof(struct espgw_policy, rule));
	return container_of(r, struct espgw_policy, rule);
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
	const struct espgw_spd_query q = {
		.v = v,
		.mark = mark,
		.mirrored = mirrored,
	};
	enum espgw_match m;

	*found = found_of(espgw_spd_search(&en->spd, &q, is_for_packet,
					   &ifindex, &m));
	return m;
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
	const struct espgw_spd_query q = {
		.v = v,
		.mark = mark,
		.mirrored = mirrored,
	};
	struct own_search with = { .own = own };
	enum espgw_match m;

	do {
		*found = found_of(espgw_spd_search(&en->spd, &q, is_for_own,
						   &with, &m));
		if (m == ESPGW_MATCH_NO || with.least)
			return m;
		with.least = *found;
		if (with.least->dev)
			*ifindex = READ_ONCE(with.least->dev->ifindex);
		with.ifindex = *ifindex;
	} while (true);
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
		const struct espgw_selector *s = &p->rule.sel;

		if (++looked > LOOK_MAX)
			return true;
		if (p->action == ESPGW_ACTION_PROTECT &&
		    s->family == family &&
		    is_for(p, ifindex) &&
		    espgw_prefix_match(dst, mirrored ? &s->src : &s->dst,
				       family, mirrored ? s->src_len :
							  s->dst_len))
			return true;
	}
	return false;
}
