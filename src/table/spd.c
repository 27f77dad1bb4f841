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
#include "table/spdtree.h"

static struct espgw_spd_shape *shape_get(struct espgw_net *en,
					 const struct espgw_selector *s)
{
	struct espgw_spd_shape *shape;

	list_for_each_entry(shape, &en->spd_shapes, list)
		if (shape->family == s->family &&
		    shape->src_len == s->src_len &&
		    shape->dst_len == s->dst_len) {
			shape->policies++;
			return shape;
		}
	shape = kzalloc(sizeof(*shape), GFP_KERNEL_ACCOUNT);
	if (!shape)
		return NULL;
	shape->family = s->family;
	shape->src_len = s->src_len;
	shape->dst_len = s->dst_len;
	if (s->family == 4) {
		shape->src_mask = inet_make_mask(s->src_len);
		shape->dst_mask = inet_make_mask(s->dst_len);
	}
	shape->min_prio = U32_MAX;
	shape->policies = 1;
	list_add_tail_rcu(&shape->list, &en->spd_shapes);
	return shape;
}

static void shape_put(struct espgw_spd_shape *shape)
{
	/*
	 * min_prio stays as low as it was: a bound that is too low costs a
	 * lookup, never a policy.
	 */
	if (--shape->policies)
		return;
	list_del_rcu(&shape->list);
	kfree_rcu(shape, rcu);
}

/* It may be the first prefix pair of its shape, or another one. */
static void shape_has(struct espgw_spd_shape *shape,
		      struct espgw_spd_node *node)
{
	if (shape->policies == 1)
		rcu_assign_pointer(shape->only, node);
	else if (rcu_access_pointer(shape->only) != node)
		RCU_INIT_POINTER(shape->only, NULL);
}

static void node_key(struct espgw_spd_key *key, const struct espgw_selector *s)
{
	key->src = s->src;
	key->dst = s->dst;
	key->family = s->family;
	key->src_len = s->src_len;
	key->dst_len = s->dst_len;
	key->zero = 0;
}

static struct espgw_spd_node *node_find(struct espgw_net *en,
					const struct espgw_selector *s)
{
	struct espgw_spd_key key;

	node_key(&key, s);
	return rhashtable_lookup_fast(&en->spd_table, &key, espgw_spd_node_params);
}

static struct espgw_spd_node *node_make(struct espgw_net *en,
					const struct espgw_selector *s)
{
	struct espgw_spd_node *node;

	node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	if (!node)
		return NULL;
	node_key(&node->key, s);
	INIT_LIST_HEAD(&node->policies);
	if (rhashtable_insert_fast(&en->spd_table, &node->hash, espgw_spd_node_params)) {
		kfree(node);
		return NULL;
	}
	return node;
}

static void node_drop_empty(struct espgw_net *en, struct espgw_spd_node *node)
{
	if (!list_empty(&node->policies))
		return;
	rhashtable_remove_fast(&en->spd_table, &node->hash, espgw_spd_node_params);
	kfree_rcu(node, rcu);
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
	kfree(p);
}

static void path_join(struct espgw_policy *p)
{
	struct espgw_path *path = p->path;

	if (!list_empty(&path->policies) &&
	    list_first_entry(&path->policies, struct espgw_policy,
			     on_path)->dev != p->dev)
		WRITE_ONCE(path->parted, true);
	list_add_tail_rcu(&p->on_path, &path->policies);
}

static void path_leave(struct espgw_policy *p)
{
	const struct espgw_policy *first, *other;
	struct espgw_path *path = p->path;
	bool parted = false;

	list_del_rcu(&p->on_path);
	if (!path->parted)
		return;
	first = list_first_entry_or_null(&path->policies, struct espgw_policy,
					 on_path);
	list_for_each_entry(other, &path->policies, on_path)
		parted |= other->dev != first->dev;
	WRITE_ONCE(path->parted, parted);
}

/*
 * The module stays while something must not go out in clear; but xfrm protects what
 * is its own by itself.
 */
static bool holds_module(const struct espgw_policy_cfg *cfg)
{
	return cfg->action == ESPGW_ACTION_PROTECT &&
	       cfg->owner == ESPGW_OWNER_HAND;
}

/* No reader finds it any more. */
static void policy_release(struct espgw_net *en, struct espgw_policy *p)
{
	if (p->path) {
		path_leave(p);
		espgw_path_put(en, p->path);
	}
	espgw_name_put(p->dev);
	if (holds_module(&p->cfg))
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
	p->cfg = *cfg;
	/* Until all of xfrm's that belong together are there. */
	p->left = cfg->owner != ESPGW_OWNER_HAND;
	p->specificity = espgw_selector_specificity(&cfg->sel);
	p->plain = espgw_selector_is_plain(&cfg->sel) && !cfg->mark_mask;
	p->stats = alloc_percpu_gfp(struct espgw_policy_stats,
				    GFP_KERNEL_ACCOUNT);
	if (!p->stats)
		goto err_free;
	if (*cfg->ifname) {
		p->dev = espgw_name_get(en, cfg->ifname);
		if (!p->dev)
			goto err_stats;
	}
	if (cfg->action != ESPGW_ACTION_PROTECT)
		return p;
	p->ends = covers_ends(cfg);
	/* Not while the module is on its way out: see policy_release(). */
	if (holds_module(cfg) && !try_module_get(THIS_MODULE))
		goto err_dev;
	p->path = espgw_path_get(en, &cfg->path);
	if (p->path) {
		path_join(p);
		return p;
	}

	if (holds_module(cfg))
		module_put(THIS_MODULE);
err_dev:
	espgw_name_put(p->dev);
err_stats:
	free_percpu(p->stats);
err_free:
	kfree(p);
	return NULL;
}

static void insert_sorted(struct espgw_spd_node *node, struct espgw_policy *p)
{
	struct list_head *pos;

	list_for_each(pos, &node->policies)
		if (espgw_policy_before(p, list_entry(pos, struct espgw_policy, list)))
			break;
	list_add_tail_rcu(&p->list, pos);
}

/* What a policy needs done; bit n: feature n. */
static u32 features(const struct espgw_policy *p)
{
	const struct espgw_selector *s = &p->cfg.sel;
	u32 f = 0;

	if (s->has_sport || s->has_dport)
		f |= BIT(ESPGW_FEATURE_PORTS);
	else if (s->has_proto && s->proto == IPPROTO_GRE)
		f |= BIT(ESPGW_FEATURE_GRE);
	if (p->cfg.action == ESPGW_ACTION_PROTECT)
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

	if (p->cfg.action != ESPGW_ACTION_PROTECT)
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
			espgw_cover_set(c, &p->cfg.sel);
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
	struct espgw_spd_node *node = node_find(en, &cfg->sel);
	struct espgw_policy *p;

	lockdep_assert_held(&en->lock);
	if (!node)
		return NULL;
	list_for_each_entry(p, &node->policies, list)
		if (p->cfg.prio == cfg->prio &&
		    p->cfg.mark == cfg->mark &&
		    p->cfg.mark_mask == cfg->mark_mask &&
		    !strcmp(p->cfg.ifname, cfg->ifname) &&
		    !memcmp(&p->cfg.sel, &cfg->sel, sizeof(cfg->sel)))
			return p;
	return NULL;
}

/**
 * espgw_policy_add() - add or replace a policy
 * @en: namespace
 * @cfg: what it shall be, checked by the caller
 * @replace: one of the same priority, device, mark and selector gives way
 * @extack: says what is wrong
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0,
 * -EEXIST, or -ENOMEM; then nothing has changed.
 */
int espgw_policy_add(struct espgw_net *en, const struct espgw_policy_cfg *cfg,
		     bool replace, struct netlink_ext_ack *extack)
{
	struct espgw_policy *p, *old;
	struct espgw_spd_node *node;

	lockdep_assert_held(&en->lock);
	old = espgw_policy_find(en, cfg);
	if (old && old->cfg.owner != cfg->owner) {
		NL_SET_ERR_MSG(extack, "xfrm has a policy with this priority, device, mark and selector: it is changed there");
		return -EPERM;
	}
	if (old && !replace) {
		NL_SET_ERR_MSG(extack, "a policy with this priority, device, mark and selector exists");
		return -EEXIST;
	}
	if (espgw_cover_add(en, &cfg->sel))
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
		p->id = old->id;
		p->node = old->node;
		list_replace_rcu(&old->list, &p->list);
		xa_store(&en->policies, p->id, p, GFP_KERNEL_ACCOUNT);
		use_features(en, old, -1);
		protect(en, old, -1);
		post(en, p, ESPGW_POLICY_EVENT_REPLACE);
		policy_release(en, old);
		uncover(en);
		return 0;
	}

	if (xa_alloc_cyclic(&en->policies, &p->id, NULL, xa_limit_31b,
			    &en->policy_next, GFP_KERNEL_ACCOUNT) < 0)
		goto err_guard;
	node = node_find(en, &cfg->sel);
	if (!node) {
		node = node_make(en, &cfg->sel);
		if (!node)
			goto err_id;
	}
	p->node = node;
	insert_sorted(node, p);
	/* Readers come by the shape: from here on the policy is in force. */
	node->shape = shape_get(en, &cfg->sel);
	if (!node->shape) {
		list_del_rcu(&p->list);
		node_drop_empty(en, node);
		goto err_id;
	}
	shape_has(node->shape, node);
	if (cfg->prio < node->shape->min_prio)
		WRITE_ONCE(node->shape->min_prio, cfg->prio);
	xa_store(&en->policies, p->id, p, GFP_KERNEL_ACCOUNT);
	en->generation++;
	post(en, p, ESPGW_POLICY_EVENT_ADD);
	return 0;

err_id:
	xa_erase(&en->policies, p->id);
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
	struct espgw_spd_node *node = p->node;

	lockdep_assert_held(&en->lock);
	post(en, p, ESPGW_POLICY_EVENT_DEL);
	list_del_rcu(&p->list);
	shape_put(node->shape);
	node_drop_empty(en, node);
	xa_erase(&en->policies, p->id);
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
 * Context: caller holds espgw_net.lock.
 */
void espgw_policy_flush(struct espgw_net *en)
{
	struct espgw_policy *p;
	unsigned long id;

	lockdep_assert_held(&en->lock);
	xa_for_each(&en->policies, id, p)
		if (p->cfg.owner == ESPGW_OWNER_HAND)
			espgw_policy_del(en, p);
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
	INIT_LIST_HEAD(&en->spd_shapes);
	xa_init_flags(&en->policies, XA_FLAGS_ALLOC1);
	return rhashtable_init(&en->spd_table, &espgw_spd_node_params);
}

/**
 * espgw_spd_exit() - the end of espgw_spd_init()
 * @en: namespace, without policies
 */
void espgw_spd_exit(struct espgw_net *en)
{
	rhashtable_destroy(&en->spd_table);
	espgw_cover_exit(en);
	xa_destroy(&en->policies);
}
