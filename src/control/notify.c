// SPDX-License-Identifier: GPL-2.0
/* Notifications: events become messages on the family's multicast groups. */
#include <net/genetlink.h>

#include "base/event.h"
#include "control/fill.h"
#include "control/netlink.h"
#include "control/netlink_gen.h"
#include "core/view.h"
#include "table/sad.h"

static int sa_fill(const struct espgw_msg *m, const struct espgw_event *ev)
{
	return espgw_fill_sa(m, ev->sa);
}

static int pmtu_fill(const struct espgw_msg *m, const struct espgw_event *ev)
{
	return espgw_fill_pmtu(m, ev->sa);
}

static int policy_fill(const struct espgw_msg *m, const struct espgw_event *ev)
{
	return espgw_fill_policy(m, ev->policy);
}

static int vfr_fill(const struct espgw_msg *m, const struct espgw_event *ev)
{
	return espgw_fill_vfr(m, ev->vfr);
}

static int dev_fill(const struct espgw_msg *m, const struct espgw_event *ev)
{
	return espgw_fill_dev(m, ev->dev);
}

static int default_fill(const struct espgw_msg *m, const struct espgw_event *ev)
{
	return espgw_fill_default(m);
}

static int guard_fill(const struct espgw_msg *m, const struct espgw_event *ev)
{
	return espgw_fill_guard(m);
}

static int xfrm_fill(const struct espgw_msg *m, const struct espgw_event *ev)
{
	return espgw_fill_xfrm(m);
}

static bool dropped_put(struct sk_buff *msg, const struct espgw_event *ev)
{
	const struct espgw_view *v = ev->view;

	return espgw_addr_put(msg, ESPGW_DROP_A_SRC, &v->src, v->family) ||
	       espgw_addr_put(msg, ESPGW_DROP_A_DST, &v->dst, v->family) ||
	       nla_put_u8(msg, ESPGW_DROP_A_PROTO, v->proto) ||
	       (v->has_ports &&
		(nla_put_u16(msg, ESPGW_DROP_A_SPORT, v->sport) ||
		 nla_put_u16(msg, ESPGW_DROP_A_DPORT, v->dport))) ||
	       nla_put_u32(msg, ESPGW_DROP_A_LEN, v->len) ||
	       nla_put_u8(msg, ESPGW_DROP_A_DSCP, v->tos >> 2) ||
	       (ev->spi && nla_put_be32(msg, ESPGW_DROP_A_SPI, ev->spi));
}

static int drop_fill(const struct espgw_msg *m, const struct espgw_event *ev)
{
	const struct net_device *dev = ev->dropped->dev;
	struct sk_buff *msg = m->skb;
	void *hdr = espgw_msg_begin(m);

	return espgw_msg_end(m, hdr, !hdr ||
		nla_put_u32(msg, ESPGW_DROP_A_COUNTER, ev->what) ||
		nla_put_u64_64bit(msg, ESPGW_DROP_A_COUNT,
				  espgw_stats_sum(ev->en->stats, ev->what),
				  ESPGW_DROP_A_PAD) ||
		(dev && nla_put_string(msg, ESPGW_DROP_A_IFNAME, dev->name)) ||
		(ev->view->family && dropped_put(msg, ev)));
}

/**
 * struct kind - how events of a kind are told
 * @cmd: enum espgw_cmd
 * @group: enum espgw_nl_group
 * @plain: the message has no attribute that says what happened: its kind, or
 *	another attribute, does
 * @fill: makes the message
 */
struct kind {
	u8 cmd;
	u8 group;
	bool plain;
	int (*fill)(const struct espgw_msg *m, const struct espgw_event *ev);
};

/* By enum espgw_event_kind. */
static const struct kind kinds[] = {
	[ESPGW_EVENT_SA] = {
		ESPGW_CMD_SA_NTF, ESPGW_NL_SA, false, sa_fill
	},
	[ESPGW_EVENT_POLICY] = {
		ESPGW_CMD_POLICY_NTF, ESPGW_NL_POLICY, false, policy_fill
	},
	[ESPGW_EVENT_PMTU] = {
		ESPGW_CMD_PMTU_NTF, ESPGW_NL_PMTU, false, pmtu_fill
	},
	[ESPGW_EVENT_ACQUIRE] = {
		ESPGW_CMD_ACQUIRE_NTF, ESPGW_NL_ACQUIRE, true,
		espgw_fill_acquire
	},
	[ESPGW_EVENT_ALERT] = {
		ESPGW_CMD_ALERT_NTF, ESPGW_NL_ALERT, true, espgw_fill_alert
	},
	[ESPGW_EVENT_VFR] = {
		ESPGW_CMD_VFR_NTF, ESPGW_NL_VFR, false, vfr_fill
	},
	[ESPGW_EVENT_DEVICE] = {
		ESPGW_CMD_DEV_NTF, ESPGW_NL_DEV, false, dev_fill
	},
	[ESPGW_EVENT_GUARD] = {
		ESPGW_CMD_GUARD_NTF, ESPGW_NL_DEV, true, guard_fill
	},
	[ESPGW_EVENT_XFRM] = {
		ESPGW_CMD_XFRM_NTF, ESPGW_NL_DEV, true, xfrm_fill
	},
	[ESPGW_EVENT_DROP] = {
		ESPGW_CMD_DROP_NTF, ESPGW_NL_DROP, true, drop_fill
	},
	[ESPGW_EVENT_DEFAULT] = {
		ESPGW_CMD_DEFAULT_NTF, ESPGW_NL_DEV, false, default_fill
	},
};

/*
 * One message. Who listens and does not get it is told that there was something
 * (ENOBUFS, as when his own buffer is full), and it is counted. Return: 0 or
 * -ENOBUFS.
 */
static int send_one(const struct kind *k, const struct espgw_event *ev)
{
	struct espgw_msg m = {
		.en = ev->en,
		.cmd = k->cmd,
		.event = k->plain ? 0 : ev->what,
	};

	m.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC | __GFP_NOWARN);
	if (m.skb && !k->fill(&m, ev)) {
		genlmsg_multicast_netns(&espgw_nl_family, ev->en->net, m.skb, 0,
					k->group, GFP_ATOMIC);
		return 0;
	}
	nlmsg_free(m.skb);
	espgw_count(ev->en, ESPGW_STATS_A_EVENT_LOST);
	genl_set_err(&espgw_nl_family, ev->en->net, 0, k->group, -ENOBUFS);
	return -ENOBUFS;
}

/* Each of a path's SAs has a row that has changed. */
static int send_rows(const struct kind *k, const struct espgw_event *ev)
{
	struct espgw_event row = *ev;
	int err = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(row.sa, &ev->path->sas, on_path)
		err = send_one(k, &row) ?: err;
	rcu_read_unlock();
	return err;
}

/* Any context but hard interrupts, under RCU; cheap when nobody listens. */
static int happened(struct notifier_block *nb, unsigned long kind, void *data)
{
	const struct espgw_event *ev = data;
	const struct kind *k = &kinds[kind];
	int err;

	if (kind >= ARRAY_SIZE(kinds) || !k->fill ||
	    !genl_has_listeners(&espgw_nl_family, ev->en->net, k->group))
		return NOTIFY_DONE;
	/* A flood of what is wrong is none of messages. */
	if (kind == ESPGW_EVENT_ALERT &&
	    !espgw_due(&ev->en->alerted[ev->what]))
		return NOTIFY_DONE;
	if (kind == ESPGW_EVENT_ACQUIRE)
		espgw_count(ev->en, ESPGW_STATS_A_ACQUIRE);
	err = kind == ESPGW_EVENT_PMTU ? send_rows(k, ev) : send_one(k, ev);
	return err ? notifier_from_errno(err) : NOTIFY_OK;
}

static struct notifier_block events_nb = {
	.notifier_call = happened,
};

/**
 * espgw_notify_init() - tell of events, once the family is registered
 */
void espgw_notify_init(void)
{
	espgw_event_subscribe(&events_nb);
}

/**
 * espgw_notify_exit() - tell of none any more, before the family goes
 */
void espgw_notify_exit(void)
{
	espgw_event_unsubscribe(&events_nb);
}
