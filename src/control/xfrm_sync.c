// SPDX-License-Identifier: GPL-2.0
/*
 * Bringing SAs and policies into line with xfrm's: all of these are looked at, what
 * can be is adopted, what is no more is given back or forgotten.
 *
 * In this order, so that there is no moment in which a packet finds neither:
 * outbound SAs, policies, inbound SAs; and the other way round on the way back.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/xfrm.h>

#include "control/xfrm_row.h"
#include "hook/bundle.h"
#include "table/adopt.h"
#include "table/device.h"

/* So long a state is remembered after its end: another may go on with its key. */
#define REMEMBER	(5 * HZ)

/**
 * espgw_xfrm_sa_of() - the SA that a state has been adopted as
 * @xf: adoption
 * @row: the state
 *
 * Context: under RCU, or caller holds espgw_net.lock. Return: it, or NULL.
 */
struct espgw_sa *espgw_xfrm_sa_of(struct espgw_xfrm *xf,
				  struct espgw_xfrm_row *row)
{
	struct espgw_sa *sa = espgw_sa_find(xf->en, &row->key);

	return sa && sa->x == row->x ? sa : NULL;
}

/* -- SAs */

static u8 reason_of(int err)
{
	switch (err) {
	case 0:
		return ESPGW_XFRM_REASON_NONE;
	case -ENOMEM:
		return ESPGW_XFRM_REASON_MEMORY;
	case -EPERM:
	case -EEXIST:
		return ESPGW_XFRM_REASON_NAME_TAKEN;
	default:
		return ESPGW_XFRM_REASON_ALGORITHM;
	}
}

static void adopted(struct espgw_xfrm_row *row)
{
	if (!row->delay_us)
		row->delay_us = clamp_t(s64, ktime_us_delta(ktime_get(),
							    row->heard),
					1, U32_MAX);
	row->adopted = true;
	row->adopted_at = jiffies;
}

/* It says the peer's port anew, and otherwise: it knows better than what was seen. */
static void forget_mapping(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	const struct xfrm_encap_tmpl *now = row->x->encap, *then;
	struct espgw_xfrm_row *old;
	struct espgw_sa *sa;

	hash_for_each_possible(xf->states, old, node, (__force u32)row->x->id.spi) {
		then = old->x->encap;
		if (old == row || !now || !then ||
		    then->encap_dport == now->encap_dport)
			continue;
		espgw_net_lock(xf->en);
		sa = espgw_xfrm_sa_of(xf, row);
		if (sa)
			espgw_sa_unmap(sa);
		espgw_net_unlock(xf->en);
	}
}

static void adopt_sa(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	struct netlink_ext_ack extack = {};
	struct espgw_sa_request *req;
	struct xfrm_state *x = row->x;
	int err = -ENOMEM;

	req = kzalloc(sizeof(*req), GFP_KERNEL);
	if (!req)
		goto out;
	req->key = row->key;
	req->x = x;
	espgw_xfrm_state_read(x, req);
	espgw_xfrm_state_algo(x, &req->algo);
	/* The policy may just have failed. */
	if (!espgw_xfrm_is_led_to(xf, row)) {
		kfree_sensitive(req);
		row->reason = ESPGW_XFRM_REASON_NO_POLICY;
		return;
	}
	req->set.reqid = row->reqid;
	espgw_net_lock(xf->en);
	espgw_xfrm_recall(xf, row, req);
	espgw_net_unlock(xf->en);
	if (row->key.dir == ESPGW_DIR_OUT) {
		spin_lock_bh(&x->lock);
		req->seq = espgw_state_seq(x);
		spin_unlock_bh(&x->lock);
	}
	req->has_seq = true;
	err = espgw_sa_add(xf->en, req, false, &extack);
	kfree_sensitive(req);
out:
	row->reason = reason_of(err);
	if (err)
		return;
	adopted(row);
	xf->sas++;
	if (row->key.dir == ESPGW_DIR_OUT)
		forget_mapping(xf, row);
}

/* What a state may have changed of itself since. */
static void renew_sa(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	struct espgw_sa_request *req;
	struct espgw_sa *sa;

	req = kzalloc(sizeof(*req), GFP_KERNEL);
	if (!req) {
		xf->missed = true;
		return;
	}
	espgw_net_lock(xf->en);
	sa = espgw_xfrm_sa_of(xf, row);
	if (!sa)
		goto unlock;
	req->key = row->key;
	espgw_xfrm_state_read(row->x, req);
	/* What is fixed, and what an administrator may have said. */
	req->set.src = sa->set.src;
	req->set.reqid = sa->set.reqid;
	req->set.replay_window = sa->set.replay_window;
	req->set.esn = sa->set.esn;
	req->set.mtu = sa->set.mtu;
	req->names_peer = req->set.encap_sport != sa->set.encap_sport ||
			  req->set.encap_dport != sa->set.encap_dport;
	espgw_sa_renew_limits(sa);
	if (memcmp(&req->set, &sa->set, sizeof(req->set)))
		espgw_sa_set(sa, req, NULL);
unlock:
	espgw_net_unlock(xf->en);
	kfree(req);
}

static void adopt_sas(struct espgw_xfrm *xf, u8 dir)
{
	struct espgw_xfrm_row *row;
	unsigned int i;

	hash_for_each(xf->states, i, row, node) {
		if (row->reason != ESPGW_XFRM_REASON_NONE ||
		    row->key.dir != dir)
			continue;
		if (row->adopted)
			renew_sa(xf, row);
		else
			adopt_sa(xf, row);
	}
}

/* From here on its packets are xfrm's. True: xfrm goes on with it. */
static bool leave_sa(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	struct espgw_sa *sa;

	espgw_net_lock(xf->en);
	sa = espgw_xfrm_sa_of(xf, row);
	if (sa && row->key.dir == ESPGW_DIR_IN)
		espgw_sa_window_give(sa, true);
	if (sa)
		set_bit(ESPGW_SA_F_DEAD, &sa->flags);
	espgw_net_unlock(xf->en);
	return sa && row->x->km.state == XFRM_STATE_VALID;
}

static void give_back_sa(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	struct espgw_sa *sa;

	espgw_net_lock(xf->en);
	sa = espgw_xfrm_sa_of(xf, row);
	if (sa) {
		if (row->key.dir == ESPGW_DIR_OUT)
			espgw_sa_lease_return(sa);
		espgw_sa_feed(sa);
		espgw_sa_del(sa);
	}
	espgw_net_unlock(xf->en);
	row->adopted = false;
	xf->sas--;
}

/* What xfrm has no more has nothing to go back to, and may have a successor. */
static void drop_dead_sas(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_row *row;
	unsigned int i;

	hash_for_each(xf->states, i, row, node)
		if (row->adopted && row->x->km.state != XFRM_STATE_VALID) {
			leave_sa(xf, row);
			give_back_sa(xf, row);
		}
}

static bool is_refused(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	return row->reason != ESPGW_XFRM_REASON_NONE;
}

/* An inbound state may come before its policy, and be taken for another one's. */
static bool is_misled(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	struct espgw_sa *sa;
	bool misled;

	espgw_net_lock(xf->en);
	sa = espgw_xfrm_sa_of(xf, row);
	misled = sa && sa->set.reqid != row->reqid;
	espgw_net_unlock(xf->en);
	return misled && !is_refused(xf, row);
}

static void give_back_sas(struct espgw_xfrm *xf, u8 dir,
			  bool (*which)(struct espgw_xfrm *xf,
					struct espgw_xfrm_row *row))
{
	struct espgw_xfrm_row *row;
	bool any = false;
	unsigned int i;

	hash_for_each(xf->states, i, row, node)
		if (row->adopted && row->key.dir == dir && which(xf, row))
			any |= leave_sa(xf, row);
	/* Who has taken a number, or found it alive, is done then. */
	if (any)
		synchronize_net();
	hash_for_each(xf->states, i, row, node)
		if (row->adopted && row->key.dir == dir && which(xf, row))
			give_back_sa(xf, row);
}

/* -- policies, and the interfaces that they are for */

static int attach(struct espgw_xfrm *xf, const char *name)
{
	static const struct espgw_mtu_policy none;
	struct espgw_xfrm_dev *d;
	int err;

	if (!*name || espgw_dev_find(xf->en, name))
		return 0;
	d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);
	if (!d)
		return -ENOMEM;
	strscpy(d->name, name, sizeof(d->name));
	err = espgw_dev_attach(xf->en, name, &none, true, NULL);
	if (err) {
		kfree(d);
		return err;
	}
	list_add_tail(&d->list, &xf->devs);
	return 0;
}

/* Those that were attached for policies, when there are none any more. */
static void detach_all(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_dev *d, *next;
	struct espgw_dev *ed;

	list_for_each_entry_safe(d, next, &xf->devs, list) {
		ed = espgw_dev_find(xf->en, d->name);
		/* By hand it may have got other policies. */
		if (ed && espgw_dev_detach(ed, false, NULL))
			continue;
		list_del(&d->list);
		kfree(d);
	}
}

/*
 * Where policies are for no interface, packets are taken from xfrm's bundles. As long
 * as they cannot be, it encrypts them.
 */
static void hook_bundles(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_row *row;
	unsigned long index;

	if (xf->hooked)
		return;
	xa_for_each(&xf->policies, index, row) {
		if (row->reason != ESPGW_XFRM_REASON_NONE || row->if_id)
			continue;
		xf->hooked = !espgw_bundle_init(xf->en->net);
		xf->missed |= !xf->hooked;
		return;
	}
}

static void withdraw(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	struct espgw_policy *p = row->p;

	WRITE_ONCE(row->p, NULL);
	espgw_policy_del(xf->en, p);
	row->adopted = false;
	xf->spds--;
}

/* The new one before the old one goes: no gap. */
static void adopt_policy(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	struct espgw_policy *old = row->p, *p;
	struct espgw_policy_cfg cfg;
	bool replaces;
	int err;

	if (old && !memcmp(&row->cfg, &row->want, sizeof(row->cfg)))
		return;
	replaces = old && espgw_policy_find(xf->en, &row->want) == old;
	cfg = row->want;
	cfg.label = espgw_xfrm_label_of(xf, &row->want);
	err = attach(xf, row->want.ifname) ? -ENOMEM :
	      espgw_policy_add(xf->en, &cfg, replaces, NULL);
	row->reason = reason_of(err);
	if (err)
		return;
	p = espgw_policy_find(xf->en, &row->want);
	WRITE_ONCE(row->p, p);
	row->packets = 0;
	if (old && !replaces)
		espgw_policy_del(xf->en, old);
	if (!old)
		xf->spds++;
	row->cfg = row->want;
	adopted(row);
}

static void leave_all(struct espgw_xfrm *xf, bool leave)
{
	struct espgw_xfrm_row *row;
	unsigned long index;

	xa_for_each(&xf->policies, index, row)
		if (row->p)
			WRITE_ONCE(row->p->left, leave);
}

/*
 * Until all are there they are xfrm's to follow, so that none takes what another
 * one before it covers; and again when anything is heard meanwhile. @all: none is
 * missing.
 */
static void adopt_policies(struct espgw_xfrm *xf, bool all)
{
	struct espgw_xfrm_row *row;
	unsigned long index;

	rtnl_lock();
	espgw_net_lock(xf->en);
	xa_for_each(&xf->policies, index, row)
		if (row->reason == ESPGW_XFRM_REASON_NONE) {
			adopt_policy(xf, row);
			espgw_net_breathe_rtnl(xf->en);
		}
	espgw_net_unlock(xf->en);
	rtnl_unlock();
	/* Some may have failed. */
	espgw_xfrm_judge_order(xf);
	if (!all) {
		leave_all(xf, true);
		return;
	}
	leave_all(xf, false);
	/* Pairs with take_back(): it counts, then leaves. */
	smp_mb();
	if (atomic_read(&xf->heard) != xf->looked)
		leave_all(xf, true);
}

static void withdraw_policies(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_row *row;
	unsigned long index;

	rtnl_lock();
	espgw_net_lock(xf->en);
	xa_for_each(&xf->policies, index, row) {
		/* What could not be replaced stays, left to xfrm. */
		if (row->p && row->reason != ESPGW_XFRM_REASON_NONE &&
		    row->reason != ESPGW_XFRM_REASON_MEMORY)
			withdraw(xf, row);
		if (!row->p && (row->seen != xf->look || !xf->cfg.on))
			espgw_xfrm_row_drop(xf, row);
		espgw_net_breathe_rtnl(xf->en);
	}
	if (!xf->spds)
		detach_all(xf);
	espgw_net_unlock(xf->en);
	rtnl_unlock();
}

/**
 * espgw_xfrm_forget() - forget states that ended some time ago; all, with adoption
 * off
 * @xf: adoption
 *
 * Context: process context, caller holds espgw_xfrm.lock.
 */
void espgw_xfrm_forget(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_row *row;
	struct hlist_node *next;
	unsigned int i;

	hash_for_each_safe(xf->states, i, next, row, node)
		if (!row->adopted &&
		    (!xf->cfg.on || (row->gone_at &&
				     time_after(jiffies, row->gone_at + REMEMBER))))
			espgw_xfrm_row_drop(xf, row);
}

/**
 * espgw_xfrm_sync() - bring SAs and policies into line with xfrm's
 * @xf: adoption
 *
 * Context: process context, caller holds espgw_xfrm.lock, not RTNL.
 */
void espgw_xfrm_sync(struct espgw_xfrm *xf)
{
	bool all;

	lockdep_assert_held(&xf->lock);
	all = espgw_xfrm_look(xf);

	espgw_xfrm_judge_policies(xf);
	espgw_xfrm_judge_states(xf);
	hook_bundles(xf);

	drop_dead_sas(xf);
	give_back_sas(xf, ESPGW_DIR_IN, is_misled);
	adopt_sas(xf, ESPGW_DIR_OUT);
	adopt_policies(xf, all);
	adopt_sas(xf, ESPGW_DIR_IN);

	give_back_sas(xf, ESPGW_DIR_IN, is_refused);
	withdraw_policies(xf);
	give_back_sas(xf, ESPGW_DIR_OUT, is_refused);
	espgw_xfrm_forget(xf);
	espgw_xfrm_inbound_judge(xf);
}
