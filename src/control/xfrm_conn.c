// SPDX-License-Identifier: GPL-2.0
/*
 * What is remembered of a connection of xfrm's, over all the SAs that it has one after
 * the other: the MTU policy of the outbound ones, and what people call them all, and
 * the policies that lead to them.
 */
#include "control/xfrm.h"

#include <net/xfrm.h>

#include "control/xfrm_row.h"

static bool is_named(const struct espgw_xfrm_conn *c, u32 if_id, u32 reqid)
{
	return c->if_id == if_id && (if_id || c->reqid == reqid);
}

static struct espgw_xfrm_conn *find(struct espgw_xfrm *xf, u32 if_id, u32 reqid)
{
	struct espgw_xfrm_conn *c;

	lockdep_assert_held(&xf->en->lock);
	list_for_each_entry(c, &xf->conns, list)
		if (is_named(c, if_id, reqid))
			return c;
	return NULL;
}

static void forget(struct espgw_xfrm *xf, struct espgw_xfrm_conn *c)
{
	list_del(&c->list);
	kfree(c);
	xf->en->generation++;
}

/*
 * Where nothing is set any more there is nothing to remember. @label: becomes the
 * connection's, unless this fails.
 */
static int put(struct espgw_xfrm *xf, u32 if_id, u32 reqid,
	       const struct espgw_mtu_policy *mtu, struct espgw_label *label)
{
	struct espgw_xfrm_conn *c = find(xf, if_id, reqid);

	if (!c) {
		if (!mtu->set && !label)
			return 0;
		c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
		if (!c)
			return -ENOMEM;
		c->if_id = if_id;
		c->reqid = if_id ? 0 : reqid;
		list_add_tail(&c->list, &xf->conns);
		xf->en->generation++;
	}
	c->mtu = *mtu;
	if (c->label != label)
		kfree(c->label);
	c->label = label;
	if (!mtu->set && !label)
		forget(xf, c);
	return 0;
}

/**
 * espgw_xfrm_remember() - an adopted SA's MTU policy is to outlive it
 * @sa: outbound SA
 *
 * Those that follow it in its connection get it as well.
 *
 * Context: process context, caller holds espgw_net.lock. If there is no memory, it
 * is this SA's alone.
 */
void espgw_xfrm_remember(struct espgw_sa *sa)
{
	struct espgw_xfrm *xf = sa->en->xfrm;
	u32 if_id = sa->x->if_id, reqid = sa->set.reqid;
	const struct espgw_xfrm_conn *c;

	lockdep_assert_held(&sa->en->lock);
	if (!xf)
		return;
	c = find(xf, if_id, reqid);
	put(xf, if_id, reqid, &sa->set.mtu, c ? c->label : NULL);
}

/* All of it: what is not there is to be none. It lasts as long as the label. */
static struct espgw_label_ask ask_for(const struct espgw_xfrm_conn *c)
{
	const struct espgw_label *label = c ? c->label : NULL;

	return (struct espgw_label_ask) {
		.name = label ? label->name : "",
		.comment = label ? label->comment : "",
	};
}

/**
 * espgw_xfrm_recall() - lay what is remembered over what a state itself says
 * @xf: adoption
 * @row: the state
 * @req: its SA, as read from it; changed; of use as long as espgw_xfrm.lock is held
 *
 * Context: process context, caller holds espgw_xfrm.lock and espgw_net.lock.
 */
void espgw_xfrm_recall(struct espgw_xfrm *xf, const struct espgw_xfrm_row *row,
		       struct espgw_sa_request *req)
{
	const struct espgw_xfrm_conn *c = find(xf, row->if_id, req->set.reqid);

	lockdep_assert_held(&xf->lock);
	req->label = ask_for(c);
	if (c && row->key.dir == ESPGW_DIR_OUT)
		espgw_mtu_merge(&req->set.mtu, &c->mtu);
}

static bool leads_to(const struct espgw_policy_cfg *policy,
		     const struct espgw_xfrm_conn *c)
{
	return policy->action == ESPGW_ACTION_PROTECT &&
	       is_named(c, policy->path.if_id, policy->path.reqid);
}

/**
 * espgw_xfrm_label_of() - what people call a policy
 * @xf: adoption
 * @policy: what it is adopted as
 *
 * Context: process context, caller holds espgw_xfrm.lock and espgw_net.lock. Return:
 * name and comment, "" if there is none; of use as long as espgw_xfrm.lock is held.
 */
struct espgw_label_ask espgw_xfrm_label_of(struct espgw_xfrm *xf,
					   const struct espgw_policy_cfg *policy)
{
	const struct espgw_xfrm_conn *c;

	lockdep_assert_held(&xf->lock);
	lockdep_assert_held(&xf->en->lock);
	list_for_each_entry(c, &xf->conns, list)
		if (leads_to(policy, c))
			return ask_for(c);
	return ask_for(NULL);
}

/* The policies that there are. Caller holds espgw_xfrm.lock and espgw_net.lock. */
static int rename_policies(struct espgw_xfrm *xf,
			   const struct espgw_xfrm_conn *named)
{
	struct espgw_label_ask ask = ask_for(find(xf, named->if_id, named->reqid));
	struct espgw_xfrm_row *row;
	unsigned long index;
	int err = 0;

	xa_for_each(&xf->policies, index, row)
		if (row->p && leads_to(&row->cfg, named))
			err = espgw_policy_rename(xf->en, row->p, &ask) ?: err;
	return err;
}

/*
 * The SAs that there are; nothing else of them changes. @renamed: the label has.
 * Caller holds espgw_xfrm.lock and espgw_net.lock.
 */
static int apply(struct espgw_xfrm *xf, const struct espgw_xfrm_conn *named,
		 struct espgw_sa_request *req, bool renamed)
{
	struct espgw_mtu_policy mtu;
	struct espgw_xfrm_row *row;
	struct espgw_sa *sa;
	unsigned int i;
	int err = 0;

	hash_for_each(xf->states, i, row, node) {
		if (!row->adopted || !is_named(named, row->if_id, row->reqid))
			continue;
		sa = espgw_xfrm_sa_of(xf, row);
		if (!sa)
			continue;
		memset(req, 0, sizeof(*req));
		req->key = row->key;
		espgw_xfrm_state_read(row->x, req);
		mtu = req->set.mtu;
		req->set = sa->set;
		req->set.mtu = mtu;
		espgw_xfrm_recall(xf, row, req);
		if (renamed || memcmp(&req->set, &sa->set, sizeof(req->set)))
			err = espgw_sa_set(sa, req, NULL) ?: err;
	}
	return err;
}

/**
 * espgw_xfrm_conn_set() - change the MTU policy of a connection, and what it is called
 * @xf: adoption
 * @named: which; nothing else of it is looked at
 * @label: what of its name and comment was given, valid
 * @parse: makes the change, beginning with what is remembered
 * @arg: for @parse
 *
 * It need not be there, nor anything be adopted.
 *
 * Context: process context, without RTNL and espgw_net.lock. Return: 0 or a negative
 * error; with -ENOMEM some of what is adopted may have what is remembered, and some not.
 */
int espgw_xfrm_conn_set(struct espgw_xfrm *xf,
			const struct espgw_xfrm_conn *named,
			const struct espgw_label_ask *label,
			int (*parse)(struct espgw_mtu_policy *mtu, void *arg),
			void *arg)
{
	bool renamed = label->name || label->comment;
	struct espgw_mtu_policy mtu = {};
	const struct espgw_xfrm_conn *c;
	struct espgw_label *made = NULL;
	struct espgw_sa_request *req;
	int err;

	req = kmalloc(sizeof(*req), GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	mutex_lock(&xf->lock);
	espgw_net_lock(xf->en);
	c = find(xf, named->if_id, named->reqid);
	if (c)
		mtu = c->mtu;
	err = parse(&mtu, arg);
	if (!err && renamed)
		err = espgw_label_make(&made, label, c ? c->label : NULL);
	if (!err)
		err = put(xf, named->if_id, named->reqid, &mtu,
			  renamed || !c ? made : c->label);
	if (err)
		kfree(made);
	if (!err)
		err = apply(xf, named, req, renamed);
	if (!err && renamed)
		err = rename_policies(xf, named);
	espgw_net_unlock(xf->en);
	mutex_unlock(&xf->lock);
	kfree(req);
	return err;
}

/**
 * espgw_xfrm_conns() - tell of each connection of which anything is remembered
 * @en: namespace
 * @next: where to begin; where to go on, if not all were told
 * @told: tells of one; not 0: it could not, which ends this
 * @arg: for @told
 *
 * Context: process context, caller holds espgw_net.lock. Return: what @told returned
 * last, or 0.
 */
int espgw_xfrm_conns(struct espgw_net *en, unsigned long *next,
		     int (*told)(const struct espgw_xfrm_conn *c, void *arg),
		     void *arg)
{
	const struct espgw_xfrm_conn *c;
	unsigned long at = 0;
	int err;

	lockdep_assert_held(&en->lock);
	if (!en->xfrm)
		return 0;
	list_for_each_entry(c, &en->xfrm->conns, list) {
		if (at++ < *next)
			continue;
		err = told(c, arg);
		if (err)
			return err;
		*next = at;
	}
	return 0;
}
