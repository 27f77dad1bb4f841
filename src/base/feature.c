// SPDX-License-Identifier: GPL-2.0
/* What somebody may need done, counted: who does it subscribes to its event. */
#include "base/feature.h"

#include "base/event.h"

static unsigned long feature_index(int ifindex, enum espgw_feature f)
{
	return (unsigned long)ifindex * __ESPGW_FEATURES + f;
}

/**
 * espgw_feature_use() - somebody needs a feature, or no longer
 * @en: namespace
 * @ifindex: on this device; 0: on all
 * @f: the feature
 * @delta: 1 or -1
 *
 * Who acts on it subscribes to ESPGW_EVENT_FEATURE.
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or -ENOMEM,
 * which a @delta of -1 never gets.
 */
int espgw_feature_use(struct espgw_net *en, int ifindex, enum espgw_feature f,
		      int delta)
{
	struct espgw_event ev = { .en = en, .ifindex = ifindex };
	unsigned long i = feature_index(ifindex, f), n;

	lockdep_assert_held(&en->lock);
	if (!ifindex) {
		WRITE_ONCE(en->features[f], en->features[f] + delta);
	} else {
		n = xa_to_value(xa_load(&en->features_at, i) ?:
				xa_mk_value(0)) + delta;
		if (!n)
			xa_erase(&en->features_at, i);
		else if (xa_err(xa_store(&en->features_at, i, xa_mk_value(n),
					 GFP_KERNEL_ACCOUNT)))
			return -ENOMEM;
	}
	espgw_event_post(ESPGW_EVENT_FEATURE, &ev);
	return 0;
}

/**
 * espgw_feature_users() - how many need a feature
 * @en: namespace
 * @ifindex: on this device
 * @f: the feature
 *
 * Context: any; the number may be old unless the caller holds espgw_net.lock.
 * Return: how many.
 */
u32 espgw_feature_users(struct espgw_net *en, int ifindex, enum espgw_feature f)
{
	void *at = xa_load(&en->features_at, feature_index(ifindex, f));

	return READ_ONCE(en->features[f]) + (at ? xa_to_value(at) : 0);
}
