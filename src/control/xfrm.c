// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel xfrm as the control plane: what key daemons tell it is adopted, and what
 * became of it is told back.
 *
 * All of xfrm's states and policies are looked at whenever it says that one of them
 * has changed, and what is here is brought into line with them (xfrm_sync.c): so
 * nothing depends on what an event says, on their order, or on none having been
 * missed. As long as that takes, and whenever it fails, xfrm does the work itself.
 *
 * An event is heard in the daemon's task, or with a state's lock held. What has to
 * be done at once there is only that a state is not used any more, that a policy is
 * left to xfrm, and that a state goes on where one of the same key was.
 */
#include "control/xfrm.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sched/mm.h>
#include <net/xfrm.h>

#include "base/event.h"
#include "control/xfrm_row.h"
#include "hook/bundle.h"
#include "table/adopt.h"
#include "table/natt.h"

/* How often xfrm is told what was done, and how soon what failed is tried again. */
#define TELL	(HZ / 4)
#define RETRY	HZ
/* From when xfrm gets no packet of a state any more, all that it had are done. */
#define SETTLE	(HZ / 10)

static struct espgw_xfrm_cfg defaults;
static DEFINE_MUTEX(defaults_lock);

/* -- what xfrm is told */

static void tell_of_sa(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	struct espgw_sa *sa = espgw_xfrm_sa_of(xf, row);

	if (!sa)
		return;
	/* A state may end without a word, or be moved. */
	if (row->x->km.state != XFRM_STATE_VALID)
		atomic_inc(&xf->heard);
	if (test_bit(ESPGW_SA_F_SHARED, &sa->flags) &&
	    !test_bit(ESPGW_SA_F_DEAD, &sa->flags) &&
	    time_after(jiffies, row->adopted_at + SETTLE))
		espgw_sa_window_take(sa);
	if (espgw_sa_feed(sa) && sa->key.dir == ESPGW_DIR_IN)
		espgw_sa_retell_mapping(sa);
}

/* What leaves does not meet xfrm's own policies here, nor does all that comes in. */
static void tell_of_policy(struct espgw_xfrm_row *row)
{
	u64 packets, bytes;

	espgw_xfrm_inbound_tell(row);
	espgw_policy_sum(row->p, &packets, &bytes);
	if (packets == row->packets)
		return;
	row->packets = packets;
	WRITE_ONCE(row->xp->curlft.use_time, ktime_get_real_seconds());
}

/*
 * Of all that has been adopted. True: there is anything whose deeds are to be told,
 * or that may yet be adopted.
 */
static bool tell(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_row *row;
	unsigned long index;
	bool more = false;
	unsigned int i;

	espgw_net_lock(xf->en);
	hash_for_each(xf->states, i, row, node) {
		if (row->adopted)
			tell_of_sa(xf, row);
		espgw_net_breathe(xf->en);
		/* There may be memory again, or an address. */
		xf->missed |= row->reason == ESPGW_XFRM_REASON_MEMORY ||
			      row->reason == ESPGW_XFRM_REASON_ADDRESS ||
			      row->reason == ESPGW_XFRM_REASON_NAME_TAKEN;
		more |= row->adopted || row->gone_at;
	}
	xa_for_each(&xf->policies, index, row) {
		if (row->p)
			tell_of_policy(row);
		espgw_net_breathe(xf->en);
		xf->missed |= row->reason == ESPGW_XFRM_REASON_MEMORY;
	}
	espgw_net_unlock(xf->en);
	espgw_xfrm_forget(xf);
	return more || xf->missed;
}

static void work(struct work_struct *w)
{
	struct espgw_xfrm *xf = container_of(to_delayed_work(w),
					     struct espgw_xfrm, work);
	struct mem_cgroup *old = set_active_memcg(xf->en->memcg);

	mutex_lock(&xf->lock);
	if (!xf->cfg.on)
		goto unlock;
	if (atomic_read(&xf->heard) != xf->looked ||
	    atomic_read(&xf->heard_in) != xf->looked_in ||
	    (xf->missed && time_after_eq(jiffies, xf->retry_at))) {
		espgw_xfrm_sync(xf);
		xf->retry_at = jiffies + RETRY;
	}
	if (tell(xf))
		queue_delayed_work(espgw_wq, &xf->work, TELL);
	/* What was heard meanwhile. */
	if (atomic_read(&xf->heard) != xf->looked ||
	    atomic_read(&xf->heard_in) != xf->looked_in)
		mod_delayed_work(espgw_wq, &xf->work, 0);
unlock:
	mutex_unlock(&xf->lock);
	set_active_memcg(old);
}

/* -- what xfrm says */

static void count(struct espgw_xfrm *xf, bool inbound, bool other)
{
	if (inbound)
		atomic_inc(&xf->heard_in);
	if (!other)
		return;
	if (atomic_read(&xf->heard) == READ_ONCE(xf->looked))
		WRITE_ONCE(xf->heard_at, ktime_get());
	atomic_inc(&xf->heard);
}

/* Of all outbound policies; @xp: of this one alone, if it is known. */
static void leave(struct espgw_xfrm *xf, const struct xfrm_policy *xp)
{
	struct espgw_xfrm_row *row, *changed;
	struct espgw_policy *p;
	unsigned long index;

	changed = xp ? xa_load(&xf->policies, xp->index) : NULL;
	xa_for_each(&xf->policies, index, row) {
		if (changed && row != changed)
			continue;
		p = READ_ONCE(row->p);
		if (p)
			WRITE_ONCE(p->left, true);
	}
}

/*
 * What was judged is taken back until it has been looked at. It is counted before,
 * so that a look that is under way sees at its end that it has nothing to judge;
 * and behind, since one that began between the two has judged what is taken back
 * after it, and another has to come.
 */
static void take_back(struct espgw_xfrm *xf, bool inbound, bool other,
		      bool policies, const struct xfrm_policy *xp)
{
	count(xf, inbound, other);
	espgw_xfrm_inbound_event(xf, inbound);
	if (policies)
		leave(xf, xp);
	smp_mb__before_atomic();
	count(xf, inbound, other);
	mod_delayed_work(espgw_wq, &xf->work, 0);
}

static void look_again(struct espgw_xfrm *xf)
{
	take_back(xf, false, true, false, NULL);
}

/* NULL: nothing is adopted there. Under RCU. */
static struct espgw_xfrm *xfrm_of(struct net *net)
{
	struct espgw_net *en = espgw_net(net);
	struct espgw_xfrm *xf = en ? READ_ONCE(en->xfrm) : NULL;

	return xf && READ_ONCE(xf->cfg.on) ? xf : NULL;
}

static void end_row(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	struct espgw_sa *sa = espgw_xfrm_sa_of(xf, row);

	if (sa)
		set_bit(ESPGW_SA_F_DEAD, &sa->flags);
}

static void end_sa(struct espgw_xfrm *xf, struct xfrm_state *x)
{
	struct espgw_xfrm_row *row;

	hash_for_each_possible_rcu(xf->states, row, node,
				   (__force u32)x->id.spi)
		if (row->x == x)
			end_row(xf, row);
}

/* It is not said which. */
static void end_dead(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_row *row;
	unsigned int i;

	hash_for_each_rcu(xf->states, i, row, node)
		if (row->x->km.state != XFRM_STATE_VALID)
			end_row(xf, row);
}

/*
 * Another state of the same key has come, at other addresses: it goes on with its
 * numbers and window. (A daemon copies them, but not what was sent meanwhile.)
 */
static void go_on(struct espgw_xfrm *xf, struct xfrm_state *x)
{
	struct espgw_xfrm_row *row;
	struct espgw_sa *sa;

	hash_for_each_possible_rcu(xf->states, row, node,
				   (__force u32)x->id.spi) {
		if (row->x == x || !espgw_xfrm_state_same_key(row->x, x))
			continue;
		sa = espgw_xfrm_sa_of(xf, row);
		if (sa) {
			set_bit(ESPGW_SA_F_MOVED, &sa->flags);
			set_bit(ESPGW_SA_F_DEAD, &sa->flags);
			if (row->key.dir == ESPGW_DIR_IN)
				espgw_sa_window_give(sa, true);
		}
		espgw_state_raise(x, row->x);
	}
}

/* Under RCU; of EXPIRE in a softirq, with the state's lock held. */
static int state_event(struct xfrm_state *x, const struct km_event *c)
{
	struct espgw_xfrm *xf = xfrm_of(x ? xs_net(x) : c->net);

	if (!xf)
		return 0;
	switch (c->event) {
	case XFRM_MSG_NEWSA:
		go_on(xf, x);
		break;
	case XFRM_MSG_EXPIRE:
		if (!c->data.hard)
			return 0;
		fallthrough;
	case XFRM_MSG_DELSA:
		end_sa(xf, x);
		break;
	case XFRM_MSG_FLUSHSA:
		end_dead(xf);
		break;
	case XFRM_MSG_UPDSA:
		break;
	default:
		return 0;
	}
	look_again(xf);
	return 0;
}

/*
 * Under RCU. A policy that is not known yet may come before any of those that are;
 * of a flush it is not said which.
 */
static int policy_event(struct xfrm_policy *xp, int dir,
			const struct km_event *c)
{
	struct espgw_xfrm *xf = xfrm_of(xp ? xp_net(xp) : c->net);
	bool out = !xp || dir == XFRM_POLICY_OUT;

	if (xf && !(xp && dir >= XFRM_POLICY_MAX))
		take_back(xf, !xp || !out, out, out, xp);
	return 0;
}

/*
 * A state that has been moved was copied before the old one was ended, with the
 * numbers and the window of then.
 */
static void move(struct espgw_xfrm *xf, const struct xfrm_migrate *m)
{
	struct espgw_xfrm_row *row;
	struct xfrm_state *x;
	unsigned int i;

	if (m->proto != IPPROTO_ESP)
		return;
	hash_for_each_rcu(xf->states, i, row, node) {
		if (row->x->km.state == XFRM_STATE_VALID)
			continue;
		x = xfrm_state_lookup(xf->en->net, 0, &m->new_daddr,
				      row->x->id.spi, IPPROTO_ESP,
				      m->new_family);
		if (!x)
			continue;
		go_on(xf, x);
		xfrm_state_put(x);
	}
}

static int migrated(const struct xfrm_selector *sel, u8 dir, u8 type,
		    const struct xfrm_migrate *m, int num_bundles,
		    const struct xfrm_kmaddress *k, struct net *net,
		    const struct xfrm_encap_tmpl *encap)
{
	struct espgw_xfrm *xf;

	rcu_read_lock();
	xf = xfrm_of(net);
	while (xf && num_bundles--)
		move(xf, m++);
	if (xf)
		look_again(xf);
	rcu_read_unlock();
	return 0;
}

/* Older stable kernels do not say in which namespace. */
static int migrated_somewhere(const struct xfrm_selector *sel, u8 dir, u8 type,
			      const struct xfrm_migrate *m, int num_bundles,
			      const struct xfrm_kmaddress *k,
			      const struct xfrm_encap_tmpl *encap)
{
	struct net *net;

	rcu_read_lock();
	for_each_net_rcu(net)
		migrated(sel, dir, type, m, num_bundles, k, net, encap);
	rcu_read_unlock();
	return 0;
}

/* Whom xfrm asks for a state: not this one, it is the daemon's. */
static int acquire(struct xfrm_state *x, struct xfrm_tmpl *t,
		   struct xfrm_policy *xp)
{
	return -EOPNOTSUPP;
}

static struct xfrm_policy *compile_policy(struct sock *sk, int opt, u8 *data,
					  int len, int *dir)
{
	*dir = -EOPNOTSUPP;
	return NULL;
}

/* Of @acquire and @compile_policy xfrm does not ask whether they are there. */
static struct xfrm_mgr manager = {
	.notify = state_event,
	.notify_policy = policy_event,
	.migrate = __builtin_choose_expr(
		__same_type(((struct xfrm_mgr *)0)->migrate, &migrated),
		migrated, migrated_somewhere),
	.acquire = acquire,
	.compile_policy = compile_policy,
};

/* An xfrm interface may have come for policies that wait for it. RTNL. */
static int device_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct espgw_xfrm *xf;

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_UNREGISTER:
	case NETDEV_CHANGENAME:
		if (!dev->rtnl_link_ops ||
		    strcmp(dev->rtnl_link_ops->kind, "xfrm"))
			break;
		rcu_read_lock();
		xf = xfrm_of(dev_net(dev));
		if (xf)
			look_again(xf);
		rcu_read_unlock();
	}
	return NOTIFY_DONE;
}

static struct notifier_block device_nb = {
	.notifier_call = device_event,
};

/* -- what an administrator says */

static struct espgw_xfrm *xfrm_new(struct espgw_net *en)
{
	struct espgw_xfrm *xf = kvzalloc(sizeof(*xf), GFP_KERNEL_ACCOUNT);

	if (!xf)
		return NULL;
	xf->en = en;
	mutex_init(&xf->lock);
	INIT_DELAYED_WORK(&xf->work, work);
	hash_init(xf->states);
	hash_init(xf->inbound);
	xa_init(&xf->policies);
	INIT_LIST_HEAD(&xf->conns);
	INIT_LIST_HEAD(&xf->devs);
	return xf;
}

/**
 * espgw_xfrm_get() - a namespace's adoption
 * @en: namespace
 *
 * Context: process context, without espgw_net.lock. Return: it, which lasts as long as
 * the namespace; NULL: there is no memory.
 */
struct espgw_xfrm *espgw_xfrm_get(struct espgw_net *en)
{
	struct espgw_xfrm *xf;

	espgw_net_lock(en);
	xf = en->xfrm;
	if (!xf) {
		xf = xfrm_new(en);
		/* Pairs with xfrm_of(). */
		smp_store_release(&en->xfrm, xf);
	}
	espgw_net_unlock(en);
	return xf;
}

/* ESP in UDP is taken, whatever was agreed on. */
static int begin(struct espgw_xfrm *xf)
{
	struct espgw_net *en = xf->en;
	int err;

	if (xf->begun)
		return 0;
	espgw_net_lock(en);
	err = espgw_natt_enable(en);
	if (!err)
		espgw_natt_use(en, 0, 1);
	espgw_net_unlock(en);
	xf->begun = !err;
	return err;
}

static void end(struct espgw_xfrm *xf)
{
	struct espgw_net *en = xf->en;

	if (xf->hooked)
		espgw_bundle_exit(en->net);
	xf->hooked = false;
	if (!xf->begun)
		return;
	espgw_net_lock(en);
	espgw_natt_use(en, 0, -1);
	espgw_net_unlock(en);
	xf->begun = false;
}

static void post(struct espgw_net *en)
{
	const struct espgw_event ev = { .en = en };

	rcu_read_lock();
	espgw_event_post(ESPGW_EVENT_XFRM, &ev);
	rcu_read_unlock();
}

static int check(const struct espgw_xfrm_cfg *cfg,
		 struct netlink_ext_ack *extack)
{
	if (!cfg->if_id || cfg->mode != ESPGW_XFRM_MODE_POLICY)
		return 0;
	NL_SET_ERR_MSG(extack, "mode policy is for what has no interface ID");
	return -EINVAL;
}

/**
 * espgw_xfrm_set() - adopt xfrm's states and policies, or give them back
 * @en: namespace
 * @cfg: which
 * @extack: says what is wrong
 *
 * What can be adopted is when this returns, and what is not any more has gone
 * back.
 *
 * Context: process context, without RTNL and espgw_net.lock. Return: 0 or a
 * negative error.
 */
int espgw_xfrm_set(struct espgw_net *en, const struct espgw_xfrm_cfg *cfg,
		   struct netlink_ext_ack *extack)
{
	struct espgw_xfrm *xf;
	int err = check(cfg, extack);

	if (err)
		return err;
	xf = cfg->on ? espgw_xfrm_get(en) : READ_ONCE(en->xfrm);
	if (!xf)
		return cfg->on ? -ENOMEM : 0;
	mutex_lock(&xf->lock);
	if (cfg->on)
		err = begin(xf);
	if (!err) {
		/* From then on nobody hears what becomes of policies. */
		if (!cfg->on)
			espgw_xfrm_inbound_event(xf, true);
		WRITE_ONCE(xf->cfg.on, cfg->on);
		xf->cfg.mode = cfg->mode;
		xf->cfg.if_id = cfg->if_id;
		espgw_xfrm_sync(xf);
	}
	if (!xf->cfg.on)
		end(xf);
	mutex_unlock(&xf->lock);
	if (err)
		return err;
	if (cfg->on)
		mod_delayed_work(espgw_wq, &xf->work, TELL);
	else
		cancel_delayed_work_sync(&xf->work);
	post(en);
	return 0;
}

/**
 * espgw_xfrm_default_set() - what is adopted in namespaces to come
 * @cfg: it
 * @extack: says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int espgw_xfrm_default_set(const struct espgw_xfrm_cfg *cfg,
			   struct netlink_ext_ack *extack)
{
	int err = check(cfg, extack);

	if (err)
		return err;
	mutex_lock(&defaults_lock);
	defaults = *cfg;
	mutex_unlock(&defaults_lock);
	return 0;
}

/**
 * espgw_xfrm_default_get() - what is adopted in namespaces to come
 * @cfg: result
 */
void espgw_xfrm_default_get(struct espgw_xfrm_cfg *cfg)
{
	mutex_lock(&defaults_lock);
	*cfg = defaults;
	mutex_unlock(&defaults_lock);
}

/**
 * espgw_xfrm_rows() - tell of each state and each outbound policy
 * @en: namespace
 * @next: where to begin; where to go on, if not all were told
 * @generation: result: changes when rows come or go
 * @told: tells of one; not 0: it could not, which ends this
 * @arg: for @told
 *
 * Context: process context, without RTNL and espgw_net.lock. Return: what @told
 * returned last, or 0.
 */
int espgw_xfrm_rows(struct espgw_net *en, unsigned long *next, u32 *generation,
		    int (*told)(const struct espgw_xfrm_row *row, void *arg),
		    void *arg)
{
	struct espgw_xfrm *xf = READ_ONCE(en->xfrm);
	struct espgw_xfrm_row *row;
	unsigned long at = 0, index;
	unsigned int i;
	int err = 0;

	if (!xf)
		return 0;
	mutex_lock(&xf->lock);
	*generation = xf->generation;
	xa_for_each(&xf->policies, index, row) {
		if (at++ < *next)
			continue;
		err = told(row, arg);
		if (err)
			goto unlock;
		*next = at;
	}
	hash_for_each(xf->states, i, row, node) {
		if (at++ < *next)
			continue;
		err = row->gone_at && !row->adopted ? 0 : told(row, arg);
		if (err)
			goto unlock;
		*next = at;
	}
unlock:
	mutex_unlock(&xf->lock);
	return err;
}

/* -- beginning and end */

/* A namespace begins: adopt, if that is the default. */
static int __net_init net_init(struct net *net)
{
	struct espgw_net *en = espgw_net(net);
	struct espgw_xfrm_cfg cfg;

	espgw_xfrm_default_get(&cfg);
	if (!cfg.on)
		return 0;
	espgw_net_charge_me(en);
	return espgw_xfrm_set(en, &cfg, NULL);
}

/* It ends, or the module: all goes back to xfrm, while hooks and SAs are there. */
static void __net_exit net_exit(struct net *net)
{
	struct espgw_net *en = espgw_net(net);
	struct espgw_xfrm *xf = en->xfrm;
	struct espgw_xfrm_conn *c, *next;
	struct espgw_xfrm_dev *d, *after;

	if (!xf)
		return;
	espgw_xfrm_set(en, &(struct espgw_xfrm_cfg) { .on = false }, NULL);
	WRITE_ONCE(en->xfrm, NULL);
	synchronize_rcu();
	cancel_delayed_work_sync(&xf->work);
	list_for_each_entry_safe(c, next, &xf->conns, list) {
		kfree(c->label);
		kfree(c);
	}
	list_for_each_entry_safe(d, after, &xf->devs, list)
		kfree(d);
	xa_destroy(&xf->policies);
	kvfree(xf);
}

/* Behind the namespaces' own, which end after it. */
static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
};

/**
 * espgw_xfrm_init() - hear of what xfrm is told
 *
 * Context: namespaces are set up. Return: 0 or a negative error.
 */
int espgw_xfrm_init(void)
{
	int err = register_netdevice_notifier(&device_nb);

	if (err)
		return err;
	xfrm_register_km(&manager);
	err = register_pernet_subsys(&net_ops);
	if (err) {
		xfrm_unregister_km(&manager);
		unregister_netdevice_notifier(&device_nb);
	}
	return err;
}

/**
 * espgw_xfrm_exit() - the end of espgw_xfrm_init(): all goes back
 */
void espgw_xfrm_exit(void)
{
	/* Xfrm is heard until the last one has gone back. */
	unregister_pernet_subsys(&net_ops);
	xfrm_unregister_km(&manager);
	unregister_netdevice_notifier(&device_nb);
}
