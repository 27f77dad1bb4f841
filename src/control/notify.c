// SPDX-License-Identifier: GPL-2.0
/* Notifications: events on the family's multicast groups. */
#include "control/netlink.h"

#include <net/genetlink.h>

#include "core/view.h"
#include "table/device.h"
#include "control/fill.h"
#include "table/sad.h"

/* Return: whether somebody listens and there is memory to tell it. */
static bool ntf_begin(struct espgw_msg *m, struct espgw_net *en,
		      enum espgw_nl_group group, u8 cmd, u8 event)
{
	if (!espgw_nl_listens(en, group))
		return false;
	*m = (struct espgw_msg) {
		.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC),
		.en = en,
		.cmd = cmd,
		.event = event,
	};
	return m->skb;
}

static void ntf_end(struct espgw_msg *m, enum espgw_nl_group group, int err)
{
	if (err)
		nlmsg_free(m->skb);
	else
		genlmsg_multicast_netns(&espgw_nl_family, m->en->net, m->skb, 0,
					group, GFP_ATOMIC);
}

/**
 * espgw_notify_sa() - tell that something happened to an SA
 * @sa: the SA; still on its path, if it is outbound
 * @event: what happened
 *
 * Never tells keys. Context: any but hard interrupts, under RCU or
 * espgw_net.lock; not with the SA's replay_lock or its path's lock held.
 */
void espgw_notify_sa(struct espgw_sa *sa, enum espgw_sa_event event)
{
	struct espgw_msg m;

	if (ntf_begin(&m, sa->en, ESPGW_NL_SA, ESPGW_CMD_SA_NTF, event))
		ntf_end(&m, ESPGW_NL_SA, espgw_fill_sa(&m, sa));
}

/**
 * espgw_notify_policy() - tell that something happened to a policy
 * @en: namespace
 * @p: the policy
 * @event: what happened
 *
 * Context: any but hard interrupts, under RCU or espgw_net.lock.
 */
void espgw_notify_policy(struct espgw_net *en, struct espgw_policy *p,
			 enum espgw_policy_event event)
{
	struct espgw_msg m;

	if (ntf_begin(&m, en, ESPGW_NL_POLICY, ESPGW_CMD_POLICY_NTF, event))
		ntf_end(&m, ESPGW_NL_POLICY, espgw_fill_policy(&m, p));
}

/**
 * espgw_notify_pmtu() - tell that an SA's path MTU changed
 * @sa: the SA, outbound
 * @event: what happened
 *
 * Context: any but hard interrupts, under RCU or espgw_net.lock; not with the
 * path's lock held.
 */
void espgw_notify_pmtu(struct espgw_sa *sa, enum espgw_pmtu_event event)
{
	struct espgw_msg m;

	if (ntf_begin(&m, sa->en, ESPGW_NL_PMTU, ESPGW_CMD_PMTU_NTF, event))
		ntf_end(&m, ESPGW_NL_PMTU, espgw_fill_pmtu(&m, sa));
}

/**
 * espgw_notify_acquire() - tell that a packet met a protect policy without SA
 * @en: namespace
 * @p: the policy
 * @v: the packet
 *
 * How often this is told is the caller's business. Context: any but hard
 * interrupts, under RCU.
 */
void espgw_notify_acquire(struct espgw_net *en, const struct espgw_policy *p,
			  const struct espgw_view *v)
{
	struct espgw_msg m;

	if (!ntf_begin(&m, en, ESPGW_NL_ACQUIRE, ESPGW_CMD_ACQUIRE_NTF, 0))
		return;
	espgw_count(en, ESPGW_STATS_A_ACQUIRE);
	ntf_end(&m, ESPGW_NL_ACQUIRE, espgw_fill_acquire(&m, p, v));
}

static void alert(struct espgw_net *en, enum espgw_alert_kind kind, u8 family,
		  __be32 spi, const struct espgw_addr *src,
		  const struct espgw_addr *dst, const struct espgw_vfrq *q)
{
	struct espgw_msg m;

	if (!espgw_nl_listens(en, ESPGW_NL_ALERT) ||
	    !espgw_due(&en->alerted[kind]))
		return;
	if (ntf_begin(&m, en, ESPGW_NL_ALERT, ESPGW_CMD_ALERT_NTF, 0))
		ntf_end(&m, ESPGW_NL_ALERT,
			espgw_fill_alert(&m, kind, family, spi, src, dst, q));
}

/**
 * espgw_notify_alert() - tell what an administrator should look at
 * @en: namespace
 * @kind: what happened
 * @family: 4 or 6, of the addresses
 * @spi: the SA's SPI; 0: no SA is concerned
 * @src: source of the packet, or NULL
 * @dst: destination of the packet or SA, or NULL
 *
 * At most one a second of each kind is told, whatever the addresses. Context:
 * any but hard interrupts.
 */
void espgw_notify_alert(struct espgw_net *en, enum espgw_alert_kind kind,
			u8 family, __be32 spi, const struct espgw_addr *src,
			const struct espgw_addr *dst)
{
	alert(en, kind, family, spi, src, dst, NULL);
}

/**
 * espgw_notify_vfr_alert() - tell of fragments that an administrator should
 *	look at
 * @q: where they passed
 * @kind: what happened
 * @v: a fragment
 *
 * At most one a second of each kind is told, whatever the addresses. Context:
 * any but hard interrupts, not with @q's lock held.
 */
void espgw_notify_vfr_alert(const struct espgw_vfrq *q,
			    enum espgw_alert_kind kind,
			    const struct espgw_view *v)
{
	alert(q->ed->en, kind, v->family, 0, &v->src, &v->dst, q);
}

/**
 * espgw_notify_dev() - tell that something happened to an attached device
 * @ed: the device
 * @event: what happened
 *
 * Context: process context, caller holds RTNL and espgw_net.lock.
 */
void espgw_notify_dev(const struct espgw_dev *ed, enum espgw_dev_event event)
{
	struct espgw_msg m;

	if (ntf_begin(&m, ed->en, ESPGW_NL_DEV, ESPGW_CMD_DEV_NTF, event))
		ntf_end(&m, ESPGW_NL_DEV, espgw_fill_dev(&m, ed));
}

/**
 * espgw_notify_default() - tell that the namespace's MTU policy was changed
 * @en: namespace
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_notify_default(struct espgw_net *en)
{
	struct espgw_msg m;

	if (ntf_begin(&m, en, ESPGW_NL_DEV, ESPGW_CMD_DEFAULT_NTF,
		      ESPGW_DEV_EVENT_SET))
		ntf_end(&m, ESPGW_NL_DEV, espgw_fill_default(&m));
}

/**
 * espgw_notify_vfr() - tell that fragments are followed in another way
 * @q: where
 * @event: what happened
 *
 * Context: process context, caller holds espgw_net.lock; not with @q's lock
 * held.
 */
void espgw_notify_vfr(struct espgw_vfrq *q, enum espgw_vfr_event event)
{
	struct espgw_msg m;

	if (ntf_begin(&m, q->ed->en, ESPGW_NL_VFR, ESPGW_CMD_VFR_NTF, event))
		ntf_end(&m, ESPGW_NL_VFR, espgw_fill_vfr(&m, q));
}
