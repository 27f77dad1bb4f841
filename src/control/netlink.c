// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: the family and its requests.
 *
 * netlink_gen.c has the tables: which commands there are, what each takes and
 * needs, and which function here does it. parse.c reads what a request says,
 * fill.c makes the answers. Nothing is changed before all of a request has been
 * checked.
 *
 * Locks: RTNL, then espgw_net.lock. The family has parallel_ops: the lock of
 * the namespace is all the order that requests need. It is held while a doit
 * runs, and so is RTNL where the tables say so.
 */
#include "control/netlink.h"

#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "control/fill.h"
#include "control/parse.h"
#include "control/xfrm.h"
#include "hook/probe.h"
#include "table/device.h"
#include "table/fit.h"
#include "table/guard.h"
#include "table/spd.h"

/*
 * The policies are shared by all commands on one kind of object: a command that
 * would ignore an attribute refuses it.
 */
static int extra_refuse(const struct genl_split_ops *op,
			struct genl_info *info, const struct nlattr *extra)
{
	if (op->internal_flags & ESPGW_NL_KEYS)
		espgw_nl_keys_wipe(info->nlhdr);
	if (op->cmd == ESPGW_CMD_SA_SET &&
	    espgw_nl_do_attrs[ESPGW_CMD_SA_ADD] & BIT_ULL(nla_type(extra)))
		return REFUSE(info->extack, extra,
			      "cannot be changed, only replaced");
	return REFUSE(info->extack, extra, NO_MEANING);
}

static int pre_doit(const struct genl_split_ops *op, struct sk_buff *skb,
		    struct genl_info *info)
{
	u64 extra;
	int err;

	if (op->internal_flags & ESPGW_NL_KEYS) {
		err = espgw_nl_sa_validate(info->nlhdr, info->extack);
		if (err)
			return err;
	}
	/* No set has more attributes that requests may have. */
	extra = espgw_nl_attrs(info->attrs, min_t(u32, op->maxattr, 63)) &
		~espgw_nl_do_attrs[op->cmd];
	if (extra)
		return extra_refuse(op, info, info->attrs[__ffs64(extra)]);
	/* Root of the machine may look at others' as well. */
	if (current_user_ns() != &init_user_ns)
		espgw_net_charge_me(espgw_nl_en(info));
	if (op->internal_flags & ESPGW_NL_RTNL)
		rtnl_lock();
	if (!(op->internal_flags & ESPGW_NL_UNLOCKED))
		espgw_net_lock(espgw_nl_en(info));
	return 0;
}

static void post_doit(const struct genl_split_ops *op, struct sk_buff *skb,
		      struct genl_info *info)
{
	if (!(op->internal_flags & ESPGW_NL_UNLOCKED))
		espgw_net_unlock(espgw_nl_en(info));
	if (op->internal_flags & ESPGW_NL_RTNL) {
		rtnl_unlock();
		/* What the request has changed of MTU policies holds for all paths. */
		flush_work(&espgw_nl_en(info)->refresh);
	}
	if (op->internal_flags & ESPGW_NL_KEYS)
		espgw_nl_keys_wipe(info->nlhdr);
}

/**
 * espgw_nl_reply_begin() - begin an answer
 * @m: result: the message
 * @info: request
 *
 * Return: 0 or -ENOMEM.
 */
int espgw_nl_reply_begin(struct espgw_msg *m, struct genl_info *info)
{
	*m = (struct espgw_msg) {
		.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL),
		.en = espgw_nl_en(info),
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.cmd = info->genlhdr->cmd,
	};
	return m->skb ? 0 : -ENOMEM;
}

/**
 * espgw_nl_reply_end() - send an answer
 * @m: the message
 * @info: request
 * @err: not 0: it could not be filled
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_reply_end(struct espgw_msg *m, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(m->skb);
		return err;
	}
	return genlmsg_reply(m->skb, info);
}

/* -- devices and defaults */

/* What a word is where nothing has been set: nothing. */
static const struct espgw_mtu_policy no_mtu_policy;

static bool follow_of(struct genl_info *info, bool follow)
{
	const struct nlattr *a = info->attrs[ESPGW_DEV_A_MTU_FOLLOW];

	return a ? nla_get_u8(a) : follow;
}

int espgw_nl_dev_attach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = espgw_nl_en(info);
	struct espgw_mtu_policy mtu = {};
	char name[IFNAMSIZ];
	int err;

	err = espgw_nl_ifname_parse(info, ESPGW_DEV_A_IFINDEX,
				    ESPGW_DEV_A_IFNAME, name) ?:
	      espgw_nl_mtu_parse(info->attrs[ESPGW_DEV_A_MTU], &no_mtu_policy,
				 &mtu, info->extack);
	if (err)
		return err;
	if (!*name) {
		NL_SET_ERR_MSG(info->extack, "device is missing");
		return -EINVAL;
	}
	return espgw_dev_attach(en, name, &mtu, follow_of(info, false),
				info->extack);
}

/*
 * The attached device that a request names. ENODEV: it is named by its index,
 * and the system has no such device; ENOENT: it is not attached.
 */
static struct espgw_dev *dev_named(struct genl_info *info, int ifindex,
				   int ifname)
{
	struct espgw_dev *ed;
	char name[IFNAMSIZ];
	int err;

	err = espgw_nl_ifname_parse(info, ifindex, ifname, name);
	if (err)
		return ERR_PTR(err);
	if (!*name) {
		NL_SET_ERR_MSG(info->extack, "device is missing");
		return ERR_PTR(-EINVAL);
	}
	ed = espgw_dev_find(espgw_nl_en(info), name);
	if (ed)
		return ed;
	return REFUSE_AS(ERR_PTR(-ENOENT), info->extack,
			 info->attrs[ifname] ?: info->attrs[ifindex],
			 "device is not attached");
}

/* The same, to change it. */
static struct espgw_dev *dev_changed(struct genl_info *info, int ifindex,
				     int ifname)
{
	struct espgw_dev *ed = dev_named(info, ifindex, ifname);

	if (IS_ERR(ed) || !ed->of)
		return ed;
	NL_SET_ERR_MSG(info->extack,
		       "device is attached by a pattern: change that");
	return ERR_PTR(-EBUSY);
}

int espgw_nl_dev_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_dev *ed = dev_changed(info, ESPGW_DEV_A_IFINDEX,
					   ESPGW_DEV_A_IFNAME);
	struct espgw_mtu_policy mtu;
	int err;

	if (IS_ERR(ed))
		return PTR_ERR(ed);
	if (!info->attrs[ESPGW_DEV_A_MTU_FOLLOW] &&
	    LACKS(info, ESPGW_DEV_A_MTU, "mtu policy is missing"))
		return -EINVAL;
	mtu = ed->mtu;
	err = espgw_nl_mtu_parse(info->attrs[ESPGW_DEV_A_MTU], &no_mtu_policy,
				 &mtu, info->extack);
	if (!err)
		espgw_dev_set(ed, &mtu, follow_of(info, ed->follow));
	return err;
}

int espgw_nl_dev_detach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_dev *ed = dev_named(info, ESPGW_DEV_A_IFINDEX,
					 ESPGW_DEV_A_IFNAME);

	if (IS_ERR(ed))
		return PTR_ERR(ed);
	return espgw_dev_detach(ed, nla_get_flag(info->attrs[ESPGW_DEV_A_GUARDED]),
				info->extack);
}

int espgw_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_dev *ed = dev_named(info, ESPGW_DEV_A_IFINDEX,
					 ESPGW_DEV_A_IFNAME);
	struct espgw_msg m;
	int err;

	if (IS_ERR(ed))
		return PTR_ERR(ed);
	err = espgw_nl_reply_begin(&m, info);
	return err ?: espgw_nl_reply_end(&m, info, espgw_fill_dev(&m, ed));
}

int espgw_nl_default_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = espgw_nl_en(info);
	struct espgw_mtu_policy mtu = en->def, builtin;
	int err;

	if (LACKS(info, ESPGW_DEFAULT_A_MTU, "mtu policy is missing"))
		return -EINVAL;
	espgw_mtu_init(&builtin);
	err = espgw_nl_mtu_parse(info->attrs[ESPGW_DEFAULT_A_MTU], &builtin,
				 &mtu, info->extack);
	if (!err)
		espgw_default_set(en, &mtu);
	return err;
}

int espgw_nl_default_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_msg m;
	int err = espgw_nl_reply_begin(&m, info);

	return err ?: espgw_nl_reply_end(&m, info, espgw_fill_default(&m));
}

int espgw_nl_guard_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	if (LACKS(info, ESPGW_GUARD_A_ON, "on is missing"))
		return -EINVAL;
	return espgw_guard_set(espgw_nl_en(info),
			       nla_get_u8(info->attrs[ESPGW_GUARD_A_ON]));
}

int espgw_nl_guard_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_msg m;
	int err = espgw_nl_reply_begin(&m, info);

	return err ?: espgw_nl_reply_end(&m, info, espgw_fill_guard(&m));
}

/* -- SAs */

static int sa_add(struct genl_info *info, bool replace)
{
	struct espgw_sa_request *req = kzalloc(sizeof(*req), GFP_KERNEL);
	int err;

	if (!req)
		return -ENOMEM;
	err = espgw_nl_sa_parse(info, req) ?:
	      espgw_sa_add(espgw_nl_en(info), req, replace, info->extack);
	kfree_sensitive(req);
	return err;
}

int espgw_nl_sa_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return sa_add(info, false);
}

int espgw_nl_sa_replace_doit(struct sk_buff *skb, struct genl_info *info)
{
	return sa_add(info, true);
}

/* The SA that a request names; if it has no direction, the one that there is. */
static struct espgw_sa *sa_named(struct genl_info *info)
{
	struct espgw_sa *sa[ESPGW_DIR_OUT + 1] = {};
	struct espgw_net *en = espgw_nl_en(info);
	struct espgw_sa_key key;
	int err, dir;

	err = espgw_nl_sa_key_parse(info, &key);
	if (err)
		return ERR_PTR(err);

	dir = key.dir;
	for (key.dir = ESPGW_DIR_IN; key.dir <= ESPGW_DIR_OUT; key.dir++)
		if (!dir || dir == key.dir)
			sa[key.dir] = espgw_sa_find(en, &key);

	if (sa[ESPGW_DIR_IN] && sa[ESPGW_DIR_OUT]) {
		NL_SET_ERR_MSG(info->extack, "both directions have this SA; give dir");
		return ERR_PTR(-EINVAL);
	}
	if (!sa[ESPGW_DIR_IN] && !sa[ESPGW_DIR_OUT]) {
		NL_SET_ERR_MSG(info->extack, "no such SA");
		return ERR_PTR(-ENOENT);
	}
	return sa[ESPGW_DIR_IN] ?: sa[ESPGW_DIR_OUT];
}

int espgw_nl_sa_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_sa *sa = sa_named(info);
	struct espgw_sa_request *req;
	int err;

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	req = kzalloc(sizeof(*req), GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	err = espgw_nl_sa_change_parse(info, sa, req) ?:
	      espgw_sa_set(sa, req, info->extack);
	if (!err && sa->x)
		espgw_xfrm_remember(sa);
	kfree_sensitive(req);
	return err;
}

int espgw_nl_sa_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_sa *sa = sa_named(info);

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	if (sa->x) {
		NL_SET_ERR_MSG(info->extack, XFRMS);
		return -EPERM;
	}
	espgw_sa_del(sa);
	return 0;
}

int espgw_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_sa *sa = sa_named(info);
	struct espgw_msg m;
	int err;

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	err = espgw_nl_reply_begin(&m, info);
	m.keys = nla_get_flag(info->attrs[ESPGW_SA_A_SHOW_KEYS]);
	return err ?: espgw_nl_reply_end(&m, info, espgw_fill_sa(&m, sa));
}

int espgw_nl_sa_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *dir = info->attrs[ESPGW_SA_A_DIR];

	espgw_sa_flush(espgw_nl_en(info), dir ? nla_get_u8(dir) : 0);
	return 0;
}

/* -- policies */

static int policy_add(struct genl_info *info, bool replace)
{
	struct espgw_net *en = espgw_nl_en(info);
	struct espgw_policy_cfg cfg;
	int err;

	err = espgw_nl_policy_parse(info, &cfg);
	return err ?: espgw_policy_add(en, &cfg, replace, info->extack);
}

int espgw_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return policy_add(info, false);
}

int espgw_nl_policy_replace_doit(struct sk_buff *skb, struct genl_info *info)
{
	return policy_add(info, true);
}

static struct espgw_policy *policy_named(struct genl_info *info)
{
	struct espgw_policy_cfg cfg;
	struct espgw_policy *p;
	int err;

	err = espgw_nl_policy_key_parse(info, &cfg);
	if (err)
		return ERR_PTR(err);
	p = espgw_policy_find(espgw_nl_en(info), &cfg);
	if (p)
		return p;
	NL_SET_ERR_MSG(info->extack, "no policy has this priority, device, mark and selector");
	return ERR_PTR(-ENOENT);
}

int espgw_nl_policy_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_policy *p = policy_named(info);

	if (IS_ERR(p))
		return PTR_ERR(p);
	if (p->owner == ESPGW_OWNER_XFRM) {
		NL_SET_ERR_MSG(info->extack, XFRMS);
		return -EPERM;
	}
	espgw_policy_del(espgw_nl_en(info), p);
	return 0;
}

int espgw_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_policy *p = policy_named(info);
	struct espgw_msg m;
	int err;

	if (IS_ERR(p))
		return PTR_ERR(p);
	err = espgw_nl_reply_begin(&m, info);
	return err ?: espgw_nl_reply_end(&m, info, espgw_fill_policy(&m, p));
}

int espgw_nl_policy_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	espgw_policy_flush(espgw_nl_en(info));
	return 0;
}

/* -- path MTUs and counters */

static struct espgw_sa *pmtu_sa(struct genl_info *info)
{
	struct espgw_sa_key key;
	struct espgw_sa *sa;
	int err;

	err = espgw_nl_pmtu_key_parse(info, &key);
	if (err)
		return ERR_PTR(err);
	sa = espgw_sa_find(espgw_nl_en(info), &key);
	if (sa)
		return sa;
	NL_SET_ERR_MSG(info->extack, "no such outbound SA");
	return ERR_PTR(-ENOENT);
}

int espgw_nl_pmtu_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_sa *sa = pmtu_sa(info);
	struct espgw_msg m;
	int err;

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	err = espgw_nl_reply_begin(&m, info);
	return err ?: espgw_nl_reply_end(&m, info, espgw_fill_pmtu(&m, sa));
}

static int pmtu_bound(struct espgw_sa *sa, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct espgw_pmtu_env env;
	struct espgw_fit f;
	u32 mtu;

	if (attrs[ESPGW_PMTU_A_LOCK])
		return REFUSE(info->extack, attrs[ESPGW_PMTU_A_LOCK], NO_MEANING);
	if (attrs[ESPGW_PMTU_A_AGE_S])
		return REFUSE(info->extack, attrs[ESPGW_PMTU_A_AGE_S], NO_MEANING);
	mtu = nla_get_u32(attrs[ESPGW_PMTU_A_MTU]);
	espgw_fit_now(sa, &f);
	espgw_fit_env(sa, &f, &env);
	switch (espgw_path_bound(sa->path, mtu, &env)) {
	case ESPGW_PMTU_SUSPECT:
		local_bh_disable();
		rcu_read_lock();
		espgw_path_ops->told(sa, ESPGW_PMTU_SUSPECT, mtu);
		rcu_read_unlock();
		local_bh_enable();
		return 0;
	case ESPGW_PMTU_REJ_LOCKED:
		NL_SET_ERR_MSG(info->extack, "the path MTU is locked");
		return -EPERM;
	case ESPGW_PMTU_REJ_OFF:
		NL_SET_ERR_MSG(info->extack, "pmtu-learn is off");
		return -EPERM;
	default:
		return 0;
	}
}

int espgw_nl_pmtu_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct espgw_sa *sa = pmtu_sa(info);
	u32 age_s = ESPGW_AGE_INFINITE;
	int err;

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	if (LACKS(info, ESPGW_PMTU_A_MTU, "mtu is missing"))
		return -EINVAL;
	if (attrs[ESPGW_PMTU_A_BOUND])
		return pmtu_bound(sa, info);
	if (attrs[ESPGW_PMTU_A_AGE_S]) {
		err = espgw_nl_age_parse(attrs[ESPGW_PMTU_A_AGE_S], &age_s,
					 info->extack);
		if (err)
			return err;
	}
	espgw_path_set_mtu(sa->path, nla_get_u32(attrs[ESPGW_PMTU_A_MTU]),
			   nla_get_flag(attrs[ESPGW_PMTU_A_LOCK]), age_s);
	return 0;
}

int espgw_nl_pmtu_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_sa *sa = pmtu_sa(info);

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	espgw_path_forget(sa->path);
	return 0;
}

int espgw_nl_pmtu_probe_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *a = info->attrs[ESPGW_PMTU_A_ECHO];
	struct espgw_sa *sa = pmtu_sa(info);
	struct espgw_inner echo = {};
	int err;

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	if (a) {
		err = espgw_nl_addr_parse(a, &echo.addr, &echo.family,
					  info->extack);
		if (err)
			return err;
	}
	return espgw_probe_now(sa, &echo, info->extack);
}

int espgw_nl_pmtu_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	espgw_path_flush(espgw_nl_en(info));
	return 0;
}

/* -- virtual fragment reassembly */

/* The direction that a request names, of an attached device. */
static struct espgw_vfrq *vfr_of(struct genl_info *info, struct espgw_dev *ed)
{
	if (IS_ERR(ed))
		return ERR_CAST(ed);
	if (LACKS(info, ESPGW_VFR_A_DIR, "dir is missing"))
		return ERR_PTR(-EINVAL);
	return espgw_dev_vfr(ed, nla_get_u8(info->attrs[ESPGW_VFR_A_DIR]));
}

int espgw_nl_vfr_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_dev *other, *ed = dev_changed(info, ESPGW_VFR_A_IFINDEX,
						   ESPGW_VFR_A_IFNAME);
	struct espgw_vfrq *q = vfr_of(info, ed);
	struct espgw_vfr_cfg cfg;
	int err;

	if (IS_ERR(q))
		return PTR_ERR(q);
	cfg = q->cfg;
	err = espgw_nl_vfr_parse(info, &cfg);
	if (err)
		return err;
	espgw_vfrq_set(q, &cfg);
	list_for_each_entry(other, &ed->en->devs, list)
		if (other->of == ed)
			espgw_vfrq_set(espgw_dev_vfr(other, q->dir), &cfg);
	return 0;
}

int espgw_nl_vfr_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_vfrq *q = vfr_of(info, dev_named(info, ESPGW_VFR_A_IFINDEX,
						      ESPGW_VFR_A_IFNAME));
	struct espgw_msg m;
	int err;

	if (IS_ERR(q))
		return PTR_ERR(q);
	err = espgw_nl_reply_begin(&m, info);
	return err ?: espgw_nl_reply_end(&m, info, espgw_fill_vfr(&m, q));
}

int espgw_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_msg m;
	int err = espgw_nl_reply_begin(&m, info);

	return err ?: espgw_nl_reply_end(&m, info, espgw_fill_stats(&m));
}

int espgw_nl_stats_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = espgw_nl_en(info);
	struct espgw_dev *ed;

	espgw_stats_reset(en->stats);
	list_for_each_entry(ed, &en->devs, list) {
		espgw_vfrq_reset(espgw_dev_vfr(ed, ESPGW_DIR_IN));
		espgw_vfrq_reset(espgw_dev_vfr(ed, ESPGW_DIR_OUT));
	}
	return 0;
}

/* -- the family */

/* resv_start_op is 0: headers and attributes of all commands are strict. */
struct genl_family espgw_nl_family __ro_after_init = {
	.name = ESPGW_GENL_NAME,
	.version = ESPGW_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.pre_doit = pre_doit,
	.post_doit = post_doit,
	.ops = espgw_nl_ops,
	.n_ops = ARRAY_SIZE(espgw_nl_ops),
	.mcgrps = espgw_nl_groups,
	.n_mcgrps = ARRAY_SIZE(espgw_nl_groups),
};

/**
 * espgw_netlink_init() - register the generic netlink family
 *
 * Requests may arrive before this returns: all else must be ready. Context:
 * process context, may sleep.
 *
 * Return: 0 or a negative error.
 */
int __init espgw_netlink_init(void)
{
	int err = genl_register_family(&espgw_nl_family);

	if (!err)
		espgw_notify_init();
	return err;
}

/**
 * espgw_netlink_exit() - unregister the generic netlink family
 *
 * No request is under way when this returns, and no event is told from now on.
 * Context: process context, may sleep.
 */
void espgw_netlink_exit(void)
{
	espgw_notify_exit();
	genl_unregister_family(&espgw_nl_family);
}
