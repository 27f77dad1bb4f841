/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events: what happens to objects is posted here, by whichever layer it happens
 * in; who wants to know subscribes. So nothing below has to know who listens.
 */
#ifndef ESPGW_BASE_EVENT_H
#define ESPGW_BASE_EVENT_H

#include <linux/notifier.h>

#include "base/net.h"

struct espgw_dev;
struct espgw_path;
struct espgw_policy;
struct espgw_sa;
struct espgw_vfrq;
struct espgw_view;
struct sk_buff;

/**
 * enum espgw_event_kind - what an event is about
 * @ESPGW_EVENT_SA: an SA; &espgw_event.what is enum espgw_sa_event
 * @ESPGW_EVENT_POLICY: a policy; enum espgw_policy_event
 * @ESPGW_EVENT_PMTU: what is known of a path's MTU; enum espgw_pmtu_event
 * @ESPGW_EVENT_ACQUIRE: a packet that met a policy without SA
 * @ESPGW_EVENT_ALERT: what an administrator should look at; enum
 *	espgw_alert_kind
 * @ESPGW_EVENT_VFR: how fragments are followed; enum espgw_vfr_event
 * @ESPGW_EVENT_DEVICE: an attached device; enum espgw_dev_event
 * @ESPGW_EVENT_DEFAULT: the namespace's MTU policy; enum espgw_dev_event
 * @ESPGW_EVENT_GUARD: devices that are not attached are watched, or no more
 * @ESPGW_EVENT_XFRM: xfrm's states are adopted from now on, or no more
 * @ESPGW_EVENT_DROP: a packet was dropped; enum espgw_stats_attr
 * @ESPGW_EVENT_FEATURE: the number of those who need a feature has changed
 */
enum espgw_event_kind {
	ESPGW_EVENT_SA,
	ESPGW_EVENT_POLICY,
	ESPGW_EVENT_PMTU,
	ESPGW_EVENT_ACQUIRE,
	ESPGW_EVENT_ALERT,
	ESPGW_EVENT_VFR,
	ESPGW_EVENT_DEVICE,
	ESPGW_EVENT_DEFAULT,
	ESPGW_EVENT_GUARD,
	ESPGW_EVENT_XFRM,
	ESPGW_EVENT_DROP,
	ESPGW_EVENT_FEATURE,
};

/**
 * struct espgw_event - an event; which members count depends on its kind
 * @en: namespace
 * @what: what happened
 * @sa: ESPGW_EVENT_SA: the SA; still on its path, if it is outbound
 * @path: ESPGW_EVENT_PMTU: the path
 * @policy: ESPGW_EVENT_POLICY, _ACQUIRE: the policy
 * @dev: ESPGW_EVENT_DEVICE: the device; of an alert: where it was, or NULL
 * @vfr: ESPGW_EVENT_VFR, or an alert about fragments: where they passed
 * @view: ESPGW_EVENT_ACQUIRE, _DROP: the packet; family 0: it cannot be read
 * @dropped: ESPGW_EVENT_DROP: it, about to be freed
 * @ifindex: ESPGW_EVENT_FEATURE: the device; 0: all
 * @family: of an alert's addresses, 4 or 6
 * @spi: of an alert: the SA's SPI; 0: no SA is concerned. ESPGW_EVENT_DROP: of ESP
 *	that is not in UDP; 0: it is none
 * @src: of an alert: source of the packet
 * @dst: of an alert: destination of the packet or SA
 */
struct espgw_event {
	struct espgw_net *en;
	u8 what;
	struct espgw_sa *sa;
	struct espgw_path *path;
	struct espgw_policy *policy;
	struct espgw_dev *dev;
	struct espgw_vfrq *vfr;
	const struct espgw_view *view;
	const struct sk_buff *dropped;
	int ifindex;
	u8 family;
	__be32 spi;
	const struct espgw_addr *src;
	const struct espgw_addr *dst;
};

int espgw_event_post(enum espgw_event_kind kind, const struct espgw_event *ev);
void espgw_event_subscribe(struct notifier_block *nb);
void espgw_event_unsubscribe(struct notifier_block *nb);

void espgw_alert(struct espgw_net *en, enum espgw_alert_kind kind, u8 family,
		 __be32 spi, const struct espgw_addr *src,
		 const struct espgw_addr *dst);

#endif
