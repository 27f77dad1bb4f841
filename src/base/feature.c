// SPDX-License-Identifier: GPL-2.0
/* What somebody may need done, counted: who does it subscribes to its event. */
#include "base/feature.h"

#include "base/event.h"

/**
 * espgw_feature_use() - somebody needs a feature, or no longer
 * @en: namespace
 * @at: on the device of this name; NULL: on all
 * @f: the feature
 * @delta: 1 or -1
 *
 * Who acts on it subscribes to ESPGW_EVENT_FEATURE.
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_feature_use(struct espgw_net *en, struct espgw_name *at,
		       enum espgw_feature f, int delta)
{
	u32 *users = at ? &at->features[f] : &en->features[f];
	struct espgw_event ev = { .en = en, .ifindex = at ? at->ifindex : 0 };

	lockdep_assert_held(&en->lock);
	WRITE_ONCE(*users, *users + delta);
	if (ev.ifindex != ESPGW_NO_DEVICE)
		espgw_event_post(ESPGW_EVENT_FEATURE, &ev);
}

/**
 * espgw_feature_users() - how many need a feature
 * @en: namespace
 * @name: on the device of this name
 * @f: the feature
 *
 * Context: under RCU or espgw_net.lock; the number may be old unless the caller
 * holds the latter. Return: how many.
 */
u32 espgw_feature_users(struct espgw_net *en, const char *name,
			enum espgw_feature f)
{
	const struct espgw_name *n;

	list_for_each_entry_rcu(n, &en->names, list,
				lockdep_is_held(&en->lock))
		if (!strcmp(n->name, name))
			return READ_ONCE(en->features[f]) +
			       READ_ONCE(n->features[f]);
	return READ_ONCE(en->features[f]);
}
