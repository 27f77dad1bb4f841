// SPDX-License-Identifier: GPL-2.0
/*
 * What is remembered of a connection of xfrm's, over all the SAs that it has one after
 * the other: the MTU policy of the outbound ones.
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

/* Where nothing is set any more there is nothing to remember. */
static int put(struct espgw_xfrm *xf, u32 if_id, u32 reqid,
	       const struct espgw_mtu_policy *mtu)
{
	struct espgw_xfrm_conn *c = find(xf, if_id, reqid);

	if (!mtu->set) {
		if (c)
			forget(xf, c);
		return 0;
	}
	if (!c) {
		c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
		if (!c)
			return -ENOMEM;
		c->if_id = if_id;
		c->reqid = if_id ? 0 : reqid;
		list_add_tail(&c->list, &xf->conns);
		xf->en->generation++;
	}
	c->mtu = *mtu;
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
	lockdep_assert_held(&sa->en->lock);
	if (sa->en->xfrm)
		put(sa->en->xfrm, sa->x->if_id, sa->set.reqid, &sa->set.mtu);
}

/**
 * espgw_xfrm_recall() - lay what is remembered over what a state itself says
 * @xf: adoption
 * @row: the state, outbound
 * @set: its SA's settings, as read from it; changed
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_xfrm_recall(struct espgw_xfrm *xf, const struct espgw_xfrm_row *row,
		       struct espgw_sa_settings *set)
{
	const struct espgw_xfrm_conn *c = find(xf, row->if_id, set->reqid);

	if (c)
		espgw_mtu_merge(&set->mtu, &c->mtu);
}

/* The SAs that there are; nothing else of them changes. Caller holds espgw_net.lock. */
static void apply(struct espgw_xfrm *xf, const struct espgw_xfrm_conn *named,
		  struct espgw_sa_request *req)
{
	struct espgw_mtu_policy mtu;
	struct espgw_xfrm_row *row;
	struct espgw_sa *sa;
	unsigned int i;

	hash_for_each(xf->states, i, row, node) {
		if (!row->adopted || row->key.dir != ESPGW_DIR_OUT ||
		    !is_named(named, row->if_id, row->reqid))
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
		espgw_xfrm_recall(xf, row, &req->set);
		if (memcmp(&req->set, &sa->set, sizeof(req->set)))
			espgw_sa_set(sa, req, NULL);
	}
}

/**
 * espgw_xfrm_conn_set() - change the MTU policy of a connection
 * @xf: adoption
 * @named: which; its MTU policy is not looked at
 * @parse: makes the change, beginning with what is remembered
 * @arg: for @parse
 *
 * It need not be there, nor anything be adopted.
 *
 * Context: process context, without RTNL and espgw_net.lock. Return: 0 or a negative
 * error.
 */
int espgw_xfrm_conn_set(struct espgw_xfrm *xf,
			const struct espgw_xfrm_conn *named,
			int (*parse)(struct espgw_mtu_policy *mtu, void *arg),
			void *arg)
{
	const struct espgw_xfrm_conn *c;
	struct espgw_mtu_policy mtu = {};
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
	err = parse(&mtu, arg) ?: put(xf, named->if_id, named->reqid, &mtu);
	if (!err)
		apply(xf, named, req);
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
