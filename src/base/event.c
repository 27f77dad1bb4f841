// SPDX-License-Identifier: GPL-2.0
/* Events: posted here by whom they happen to; who wants to know subscribes. */
#include "base/event.h"

static ATOMIC_NOTIFIER_HEAD(subscribers);

/**
 * espgw_event_post() - tell of an event
 * @kind: what it is about
 * @ev: the event
 *
 * Context: any but hard interrupts, under RCU or espgw_net.lock; not with a
 * spinlock of the object held. Subscribers do not sleep. Return: 0, or -ENOBUFS
 * if somebody who listens could not be told; the event is then theirs to ask
 * for, or the caller's to post again.
 */
int espgw_event_post(enum espgw_event_kind kind, const struct espgw_event *ev)
{
	return notifier_to_errno(atomic_notifier_call_chain(&subscribers, kind,
							    (void *)ev));
}

/**
 * espgw_event_subscribe() - be told of events
 * @nb: its notifier_call gets enum espgw_event_kind and a const struct
 *	espgw_event; it does not sleep
 */
void espgw_event_subscribe(struct notifier_block *nb)
{
	atomic_notifier_chain_register(&subscribers, nb);
}

/**
 * espgw_event_unsubscribe() - be told no more
 * @nb: as it was subscribed
 *
 * Context: process context; no call is under way when this returns.
 */
void espgw_event_unsubscribe(struct notifier_block *nb)
{
	atomic_notifier_chain_unregister(&subscribers, nb);
}

/**
 * espgw_alert() - tell what an administrator should look at
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
void espgw_alert(struct espgw_net *en, enum espgw_alert_kind kind, u8 family,
		 __be32 spi, const struct espgw_addr *src,
		 const struct espgw_addr *dst)
{
	const struct espgw_event ev = {
		.en = en,
		.what = kind,
		.family = family,
		.spi = spi,
		.src = src,
		.dst = dst,
	};

	espgw_event_post(ESPGW_EVENT_ALERT, &ev);
}
