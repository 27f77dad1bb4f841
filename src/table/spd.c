// SPDX-License-Identifier: GPL-2.0
/* Security policies: the table. */
#include "table/spd.h"

#include <linux/in.h>
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/rculist.h>

#include "base/event.h"
#include "base/feature.h"
#include "table/cover.h"
#include "table/guard.h"

/* A node of the tree, and what frees it. */
struct tree_node {
	struct espgw_spd_node n;
	struct rcu_head rcu;
};

/*
 * A policy takes itself and three nodes, seldom four: with its counters and its
 * number less than 0.4 KiB.
 */
static_assert(sizeof(struct tree_node) <= 64);
static_assert(sizeof(struct espgw_policy) <= 192);

static void node_free(struct espgw_spd_node *n)
{
	kfree_rcu(container_of(n, struct tree_node, n), rcu);
}

static struct espgw_policy *policy_of(struct espgw_rule *r)
{
	return container_of(r, struct espgw_policy, rule);
}

/* What the next policy may take. What it leaves is there for the one after it. */
static int nodes_ready(struct espgw_net *en)
{
	struct tree_node *node;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(en->spd_spare); i++) {
		if (en->spd_spare[i])
			continue;
		node = kmalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
		if (!node)
			return -ENOMEM;
		en->spd_spare[i] = &node->n;
	}
	return 0;
}

static void nodes_drop(struct espgw_net *en)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(en->spd_spare); i++)
		if (en->spd_spare[i])
			kfree(container_of(en->spd_spare[i], struct tree_node, n));
}

static void post(struct espgw_net *en, struct espgw_policy *p,
		 enum espgw_policy_event event)
{
	const struct espgw_event ev = {
		.en = en,
		.what = event,
		.policy = p,
	};

	espgw_event_post(ESPGW_EVENT_POLICY, &ev);
}

static void policy_free(struct rcu_head *rcu)
{
	struct espgw_policy *p = container_of(rcu, struct espgw_policy, rcu);

	free_percpu(p->stats);
	kfree(p->label);
	kfree(p);
}

/* Which devices all of a path's policies are for. */
static void path_part(struct espgw_path *path, bool parted, struct espgw_name *home)
{
	WRITE_ONCE(path->parted, parted);
	/* Pairs with the dependent reads of espgw_pkt_go_home(). */
	smp_store_release(&path->home, home);
	WRITE_ONCE(path->away, parted || home);
}

static void path_join(struct espgw_policy *p)
{
	struct espgw_path *path = p->path;

	if (list_empty(&path->policies))
		path_part(path, false, p->dev);
	else if (list_first_entry(&path->policies, struct espgw_policy,
				  on_path)->dev != p->dev)
		path_part(path, true, NULL);
	list_add_tail_rcu(&p->on_path, &path->policies);
}

static void path_leave(struct espgw_policy *p)
{
	const struct espgw_policy *first, *other;
	struct espgw_path *path = p->path;
	bool parted = false;

	list_del_rcu(&p->on_path);
	first = list_first_entry_or_null(&path->policies, struct espgw_policy,
					 on_path);
	if (first && !path->parted)
		return;
	list_for_each_entry(other, &path->policies, on_path)
		parted |= other->dev != first->dev;
	path_part(path, parted, first && !parted ? first->dev : NULL);
}

/*
 * The module stays while something must not go out in clear; but xfrm protects what
 * is its own by itself.
 */
static bool holds_module(const struct espgw_policy *p)
{
	return p->action == ESPGW_ACTION_PROTECT &&
	       p->owner == ESPGW_OWNER_HAND;
}

/* No reader finds it any more. */
static void policy_release(struct espgw_net *en, struct espgw_policy *p)
{
	if (p->path) {
		path_leave(p);
		espgw_path_put(en, p->path);
	}
	espgw_name_put(p->dev);
	if (holds_module(p))
		module_put(THIS_MODULE);
	call_rcu(&p->rcu, policy_free);
}

/* Is what the tunnel lives on (IKE, ESP) covered by the policy for it? */
static bool covers_ends(const struct espgw_policy_cfg *cfg)
{
	const struct espgw_selector *s = &cfg->sel;
	const struct espgw_path_key *k = &cfg->path;

	return s->family == k->family &&
	       espgw_prefix_match(&k->src, &s->src, s->family, s->src_len) &&
	       espgw_prefix_match(&k->dst, &s->dst, s->family, s->dst_len);
}

static struct espgw_policy *policy_make(struct espgw_net *en,
					const struct espgw_policy_cfg *cfg)
{
	struct espgw_policy *p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);

	if (!p)
		return NULL;
	p->rule = (struct espgw_rule) {
		.sel = cfg->sel,
		.prio = cfg->prio,
		.mark = cfg->mark,
		.mark_mask = cfg->mark_mask,
		.specificity = espgw_selector_specificity(&cfg->sel),
		.plain = espgw_selector_is_plain(&cfg->sel) && !cfg->mark_mask,
		.protects = cfg->action == ESPGW_ACTION_PROTECT,
	};
	p->spi = cfg->spi;
	p->action = cfg->action;
	p->owner = cfg->owner;
	/* Until all of xfrm's that belong together are there. */
	p->left = cfg->owner != ESPGW_OWNER_HAND;
	p->stats = alloc_percpu_gfp(struct espgw_policy_stats,
				    GFP_KERNEL_ACCOUNT);
	if (!p->stats || espgw_label_make(&p->label, &cfg->label, NULL))
		goto err_stats;
	if (*cfg->ifname) {
		p->dev = espgw_name_get(en, cfg->ifname);
		if (!p->dev)
			goto err_stats;
	}
	if (cfg->action != ESPGW_ACTION_PROTECT)
		return p;
	p->ends = covers_ends(cfg);
	/* Not while the module is on its way out: see policy_release(). */
	if (holds_module(p) && !try_module_get(THIS_MODULE))
		goto err_dev;
	p->path = espgw_path_get(en, &cfg->path);
	if (p->path) {
		path_join(p);
		return p;
	}

	if (holds_module(p))
		module_put(THIS_MODULE);
err_dev:
	espgw_name_put(p->dev);
err_stats:
	free_percpu(p->stats);
	kfree(p->label);
	kfree(p);
	return NULL;
}

/* What a policy needs done; bit n: feature n. */
static u32 features(const struct espgw_policy *p)
{
	const struct espgw_selector *s = &p->rule.sel;
	u32 f = 0;

	if (s->has_sport || s->has_dport)
		f |= BIT(ESPGW_FEATURE_PORTS);
	else if (s->has_proto && s->proto == IPPROTO_GRE)
		f |= BIT(ESPGW_FEATURE_GRE);
	if (p->action == ESPGW_ACTION_PROTECT)
		f |= BIT(ESPGW_FEATURE_PROTECT);
	if (p->ends)
		f |= BIT(ESPGW_FEATURE_ENDS);
	return f;
}

static void use_features(struct espgw_net *en, const struct espgw_policy *p,
			 int delta)
{
	u32 f = features(p);
	unsigned int i;

	for (i = 0; i < __ESPGW_FEATURES; i++)
		if (f & BIT(i))
			espgw_feature_use(en, p->dev, i, delta);
}

/*
 * While anything is to be protected, all devices are watched. Return: 0 or a
 * negative error, which a @delta of -1 never gets.
 */
static int protect(struct espgw_net *en, const struct espgw_policy *p, int delta)
{
	int err = 0;

	if (p->action != ESPGW_ACTION_PROTECT)
		return 0;
	en->protects += delta;
	if (en->protects == (delta > 0))
		err = espgw_guards_update(en);
	if (err) {
		en->protects -= delta;
		espgw_guards_update(en);
	}
	return err;
}

/* A policy is not in force any more; from time to time, see what still is. */
static void uncover(struct espgw_net *en)
{
	struct espgw_cover *c = NULL;
	unsigned int policies = 0;
	struct espgw_policy *p;
	unsigned long id;

	if (!espgw_cover_is_stale(en))
		return;
	if (!xa_empty(&en->policies)) {
		c = espgw_cover_new();
		if (!c)
			return;		/* next time */
		xa_for_each(&en->policies, id, p) {
			espgw_cover_set(c, &p->rule.sel);
			policies++;
		}
	}
	espgw_cover_renew(en, c, policies);
}

/**
 * espgw_policy_find() - find a policy by priority, device, mark and selector
 * @en: namespace
 * @cfg: names it; action and path do not count
 *
 * Context: caller holds espgw_net.lock. Return: the policy, or NULL.
 */
struct espgw_policy *espgw_policy_find(struct espgw_net *en,
				       const struct espgw_policy_cfg *cfg)
{
	struct espgw_rule *r;

	lockdep_assert_held(&en->lock);
	for (r = espgw_spd_rules(&en->spd, &cfg->sel); r; r = r->next) {
		struct espgw_policy *p = policy_of(r);

		if (r->prio == cfg->prio && r->mark == cfg->mark &&
		    r->mark_mask == cfg->mark_mask &&
		    !strcmp(p->dev ? p->dev->name : "", cfg->ifname) &&
		    !memcmp(&r->sel, &cfg->sel, sizeof(cfg->sel)))
			return p;
	}
	return NULL;
}

/* Is a policy made by hand what is asked for, whatever people call it? */
static bool is_so(const struct espgw_policy *p, const struct espgw_policy_cfg *cfg)
{
	return p->owner == ESPGW_OWNER_HAND && p->action == cfg->action &&
	       (!p->path || !memcmp(&p->path->key, &cfg->path, sizeof(cfg->path)));
}

/**
 * espgw_policy_rename() - give a policy another name and comment
 * @en: namespace
 * @p: the policy
 * @ask: both; what is not given is none
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or -ENOMEM.
 */
int espgw_policy_rename(struct espgw_net *en, struct espgw_policy *p,
			const struct espgw_label_ask *ask)
{
	struct espgw_label *label;
	int err = espgw_label_make(&label, ask, NULL);

	lockdep_assert_held(&en->lock);
	if (err)
		return err;
	espgw_label_change(&p->label, label);
	post(en, p, ESPGW_POLICY_EVENT_REPLACE);
	return 0;
}

/**
 * espgw_policy_add() - add or replace a policy
 * @en: namespace
 * @cfg: what it shall be, checked by the caller
 * @replace: one of the same priority, device, mark and selector gives way; one
 *	that differs in its label at most stays, and gets that
 * @extack: says what is wrong
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0,
 * -EEXIST, or -ENOMEM; then nothing has changed.
 */
int espgw_policy_add(struct espgw_net *en, const struct espgw_policy_cfg *cfg,
		     bool replace, struct netlink_ext_ack *extack)
{
	struct espgw_policy *p, *old;

	ASSERT_RTNL();
	lockdep_assert_held(&en->lock);
	old = espgw_policy_find(en, cfg);
	if (old && old->owner != cfg->owner) {
		NL_SET_ERR_MSG(extack, "xfrm has a policy with this priority, device, mark and selector: it is changed there");
		return -EPERM;
	}
	if (old && !replace) {
		NL_SET_ERR_MSG(extack, "a policy with this priority, device, mark and selector exists");
		return -EEXIST;
	}
	if (old && is_so(old, cfg))
		return espgw_policy_rename(en, old, &cfg->label);
	if (nodes_ready(en) || espgw_cover_add(en, &cfg->sel))
		return -ENOMEM;
	p = policy_make(en, cfg);
	if (!p)
		goto err_cover;
	/* Before it is in force, so that no packet meets it without. */
	use_features(en, p, 1);
	if (protect(en, p, 1))
		goto err_features;

	if (old) {
		/* Its place in the order is the same: no gap in between. */
		p->rule.id = old->rule.id;
		espgw_spd_replace(&old->rule, &p->rule);
		xa_store(&en->policies, p->rule.id, p, GFP_KERNEL_ACCOUNT);
		use_features(en, old, -1);
		protect(en, old, -1);
		post(en, p, ESPGW_POLICY_EVENT_REPLACE);
		policy_release(en, old);
		uncover(en);
		return 0;
	}

	if (xa_alloc_cyclic(&en->policies, &p->rule.id, NULL, xa_limit_31b,
			    &en->policy_next, GFP_KERNEL_ACCOUNT) < 0)
		goto err_guard;
	/* From here on it is in force. */
	espgw_spd_add(&en->spd, &p->rule, en->spd_spare);
	xa_store(&en->policies, p->rule.id, p, GFP_KERNEL_ACCOUNT);
	en->generation++;
	post(en, p, ESPGW_POLICY_EVENT_ADD);
	return 0;

err_guard:
	protect(en, p, -1);
err_features:
	use_features(en, p, -1);
	policy_release(en, p);
err_cover:
	uncover(en);
	return -ENOMEM;
}

/**
 * espgw_policy_del() - delete a policy
 * @en: namespace
 * @p: the policy; the caller's pointer is void afterwards
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_policy_del(struct espgw_net *en, struct espgw_policy *p)
{
	struct espgw_spd_node *freed[ESPGW_SPD_NODES];
	unsigned int count;

	lockdep_assert_held(&en->lock);
	post(en, p, ESPGW_POLICY_EVENT_DEL);
	count = espgw_spd_del(&en->spd, &p->rule, freed);
	while (count)
		node_free(freed[--count]);
	xa_erase(&en->policies, p->rule.id);
	en->generation++;
	use_features(en, p, -1);
	protect(en, p, -1);
	policy_release(en, p);
	uncover(en);
}

/**
 * espgw_policy_flush() - delete all policies that were made by hand
 * @en: namespace
 *
 * Context: process context, caller holds RTNL and espgw_net.lock, which others have
 * meanwhile.
 */
void espgw_policy_flush(struct espgw_net *en)
{
	struct espgw_policy *p;
	unsigned long id;

	lockdep_assert_held(&en->lock);
	xa_for_each(&en->policies, id, p)
		if (p->owner == ESPGW_OWNER_HAND) {
			espgw_policy_del(en, p);
			espgw_net_breathe_rtnl(en);
		}
}

/**
 * espgw_policy_sum() - a policy's counters
 * @p: the policy
 * @packets: outbound matches
 * @bytes: of them
 */
void espgw_policy_sum(const struct espgw_policy *p, u64 *packets, u64 *bytes)
{
	int cpu;

	*packets = 0;
	*bytes = 0;
	for_each_possible_cpu(cpu) {
		struct espgw_policy_stats *s = per_cpu_ptr(p->stats, cpu);

		*packets += u64_stats_read(&s->packets);
		*bytes += u64_stats_read(&s->bytes);
	}
}

/**
 * espgw_spd_init() - set up a namespace's policies
 * @en: namespace
 *
 * Return: 0 or a negative error.
 */
int espgw_spd_init(struct espgw_net *en)
{
	xa_init_flags(&en->policies, XA_FLAGS_ALLOC1);
	return 0;
}

/**
 * espgw_spd_exit() - the end of espgw_spd_init()
 * @en: namespace, without policies
 */
void espgw_spd_exit(struct espgw_net *en)
{
	nodes_drop(en);
	espgw_cover_exit(en);
	xa_destroy(&en->policies);
}
