// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: dumps, which go on where the last message was full. */
#include <linux/rtnetlink.h>
#include <net/genetlink.h>

#include "control/fill.h"
#include "control/parse.h"
#include "table/device.h"
#include "table/sad.h"
#include "table/spd.h"

/**
 * struct dump - a dump between two of its messages, in netlink_callback.ctx
 * @next: the number that comes next, of an SA, of a policy, of a device, or of
 *	a device's direction;
 *	ULONG_MAX, which none has: all has been told
 * @dst: only this destination, with @family
 * @spi: only this SPI; 0: all
 * @family: 4 or 6; 0: all
 * @dev: only the attached device of this number; 0: all
 * @dir: enum espgw_dir; 0: both
 * @keys: show keys
 *
 * Numbers grow, and what has one keeps it. So whatever is there from beginning
 * to end of a dump is in it once, whatever else comes and goes meanwhile; if
 * something did, the dump says so (NLM_F_DUMP_INTR). An SA that takes another
 * one's place has a new number, and may be in it besides the old one.
 */
struct dump {
	unsigned long next;
	struct espgw_addr dst;
	__be32 spi;
	u32 dev;
	u8 family;
	u8 dir;
	bool keys;
};

static struct dump *cb_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump) >
		     sizeof_field(struct netlink_callback, ctx));
	return (struct dump *)cb->ctx;
}

/**
 * espgw_dump_msg() - the next message of a dump
 * @skb: message
 * @cb: the dump
 * @cmd: enum espgw_cmd
 *
 * Return: it, for the functions that fill messages.
 */
struct espgw_msg espgw_dump_msg(struct sk_buff *skb,
				struct netlink_callback *cb, u8 cmd)
{
	return (struct espgw_msg) {
		.skb = skb,
		.en = espgw_net(sock_net(skb->sk)),
		.cb = cb,
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.cmd = cmd,
		.keys = cb_dump(cb)->keys,
	};
}

static void dump_lock(const struct espgw_msg *m)
{
	espgw_net_lock(m->en);
	m->cb->seq = m->en->generation;
}

/*
 * What dump_lock() began. @next: where to go on, if @err says that this message
 * is full.
 */
static int dump_end(const struct espgw_msg *m, unsigned long next, int err)
{
	espgw_net_unlock(m->en);
	cb_dump(m->cb)->next = err ? next : ULONG_MAX;
	return m->skb->len ?: err;
}

/*
 * The start functions walk the request's attributes, which have been validated:
 * where these are kept parsed differs between kernels. This one refuses what
 * the dump would ignore.
 */
int espgw_nl_dump_start(struct netlink_callback *cb)
{
	const struct genlmsghdr *genl = nlmsg_data(cb->nlh);
	const struct nlattr *a;
	int rem;

	nlmsg_for_each_attr(a, cb->nlh, GENL_HDRLEN, rem)
		if (!(espgw_nl_dump_attrs[genl->cmd] & BIT_ULL(nla_type(a))))
			return REFUSE(cb->extack, a, NO_MEANING);
	return 0;
}

int espgw_nl_sa_get_start(struct netlink_callback *cb)
{
	int rem, err = espgw_nl_sa_validate(cb->nlh, cb->extack);
	struct dump *d = cb_dump(cb);
	const struct nlattr *a;

	err = err ?: espgw_nl_dump_start(cb);
	if (err) {
		espgw_nl_keys_wipe(cb->nlh);
		return err;
	}
	nlmsg_for_each_attr(a, cb->nlh, GENL_HDRLEN, rem) {
		if (nla_type(a) == ESPGW_SA_A_SHOW_KEYS)
			d->keys = true;
		else if (nla_type(a) == ESPGW_SA_A_DIR)
			d->dir = nla_get_u8(a);
		else if (nla_type(a) == ESPGW_SA_A_SPI)
			d->spi = nla_get_be32(a);
		else
			err = espgw_nl_addr_parse(a, &d->dst, &d->family, cb->extack);
		if (err)
			break;
	}
	return err;
}

int espgw_nl_pmtu_get_start(struct netlink_callback *cb)
{
	int rem, err = espgw_nl_dump_start(cb);
	struct dump *d = cb_dump(cb);
	const struct nlattr *a;

	if (err)
		return err;
	d->dir = ESPGW_DIR_OUT;
	nlmsg_for_each_attr(a, cb->nlh, GENL_HDRLEN, rem) {
		if (nla_type(a) == ESPGW_PMTU_A_SPI)
			d->spi = nla_get_be32(a);
		else
			err = espgw_nl_addr_parse(a, &d->dst, &d->family, cb->extack);
		if (err)
			break;
	}
	return err;
}

/* The number of an attached device; one that none has, if there is none. */
static u32 dev_number(struct espgw_net *en, int ifindex, const char *name)
{
	struct espgw_dev *ed;
	u32 id = U32_MAX;

	espgw_net_lock(en);
	list_for_each_entry(ed, &en->devs, list)
		if (name ? !strcmp(ed->name, name) : ed->ifindex == ifindex)
			id = ed->id;
	espgw_net_unlock(en);
	return id;
}

int espgw_nl_vfr_get_start(struct netlink_callback *cb)
{
	struct espgw_net *en = espgw_net(sock_net(cb->skb->sk));
	int rem, err = espgw_nl_dump_start(cb);
	struct dump *d = cb_dump(cb);
	char name[IFNAMSIZ];
	const struct nlattr *a;

	if (err)
		return err;
	nlmsg_for_each_attr(a, cb->nlh, GENL_HDRLEN, rem) {
		switch (nla_type(a)) {
		case ESPGW_VFR_A_IFINDEX:
			d->dev = dev_number(en, nla_get_u32(a), NULL);
			break;
		case ESPGW_VFR_A_IFNAME:
			nla_strscpy(name, a, sizeof(name));
			d->dev = dev_number(en, 0, name);
			break;
		default:
			d->dir = nla_get_u8(a);
		}
	}
	return 0;
}

int espgw_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct espgw_msg m = espgw_dump_msg(skb, cb, ESPGW_CMD_DEV_GET);
	unsigned long next = cb_dump(cb)->next;
	struct espgw_dev *ed;
	int err = 0;

	rtnl_lock();
	dump_lock(&m);
	list_for_each_entry(ed, &m.en->devs, list) {
		if (ed->id < next)
			continue;
		err = espgw_fill_dev(&m, ed);
		if (err)
			break;
		next = ed->id + 1UL;
	}
	err = dump_end(&m, next, err);
	rtnl_unlock();
	return err;
}

/* A device's two directions are two rows: @next is twice its number, or one more. */
int espgw_nl_vfr_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct espgw_msg m = espgw_dump_msg(skb, cb, ESPGW_CMD_VFR_GET);
	unsigned long next = cb_dump(cb)->next;
	struct dump *d = cb_dump(cb);
	struct espgw_dev *ed;
	int err = 0;

	rtnl_lock();
	dump_lock(&m);
	list_for_each_entry(ed, &m.en->devs, list) {
		if (d->dev && d->dev != ed->id)
			continue;
		for (next = max(next, ed->id * 2UL);
		     next / 2 == ed->id && !err; next += !err) {
			struct espgw_vfrq *q = ed->vfr[next & 1];

			if (!d->dir || d->dir == q->dir)
				err = espgw_fill_vfr(&m, q);
		}
		if (err)
			break;
	}
	err = dump_end(&m, next, err);
	rtnl_unlock();
	return err;
}

static bool dump_wants(const struct dump *d, const struct espgw_sa *sa)
{
	if (d->dir && d->dir != sa->key.dir)
		return false;
	if (d->spi && d->spi != sa->key.spi)
		return false;
	return !d->family || (d->family == sa->key.family &&
			      espgw_addr_equal(&d->dst, &sa->key.dst));
}

/* One message for each SA that the dump wants, made by @fill. */
static int sas_dump(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		    int (*fill)(const struct espgw_msg *m, struct espgw_sa *sa))
{
	struct espgw_msg m = espgw_dump_msg(skb, cb, cmd);
	struct dump *d = cb_dump(cb);
	struct espgw_sa *sa;
	unsigned long id;
	int err = 0;

	dump_lock(&m);
	xa_for_each_start(&m.en->sas, id, sa, d->next) {
		if (dump_wants(d, sa))
			err = fill(&m, sa);
		if (err)
			break;
	}
	return dump_end(&m, id, err);
}

int espgw_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return sas_dump(skb, cb, ESPGW_CMD_SA_GET, espgw_fill_sa);
}

int espgw_nl_pmtu_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return sas_dump(skb, cb, ESPGW_CMD_PMTU_GET, espgw_fill_pmtu);
}

int espgw_nl_policy_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct espgw_msg m = espgw_dump_msg(skb, cb, ESPGW_CMD_POLICY_GET);
	struct espgw_policy *p;
	unsigned long id;
	int err = 0;

	dump_lock(&m);
	xa_for_each_start(&m.en->policies, id, p, cb_dump(cb)->next) {
		err = espgw_fill_policy(&m, p);
		if (err)
			break;
	}
	return dump_end(&m, id, err);
}
