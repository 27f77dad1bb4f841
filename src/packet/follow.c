// SPDX-License-Identifier: GPL-2.0
/* Where fragments are followed, how, and for whom. vfr.c follows them. */
#include <linux/random.h>
#include <linux/slab.h>

#include "base/event.h"
#include "base/feature.h"
#include "packet/vfr.h"

const struct espgw_vfr_cfg espgw_vfr_default = {
	.max_reassemblies = 64,
	.max_fragments = ESPGW_VFR_FRAGMENTS_MAX,
	.timeout_s = 3,
	.max_bytes = 4 * 1024 * 1024,
	.mode = ESPGW_VFR_AUTO,
};

/* Which way what each feature needs is followed. */
static const u8 feature_dirs[__ESPGW_FEATURE_VFR] = {
	[ESPGW_FEATURE_PORTS] = BIT(ESPGW_DIR_OUT) | BIT(ESPGW_DIR_IN),
	[ESPGW_FEATURE_GRE] = BIT(ESPGW_DIR_OUT) | BIT(ESPGW_DIR_IN),
	[ESPGW_FEATURE_ESP] = BIT(ESPGW_DIR_IN),
	[ESPGW_FEATURE_NATT] = BIT(ESPGW_DIR_IN),
	[ESPGW_FEATURE_ENDS] = BIT(ESPGW_DIR_OUT) | BIT(ESPGW_DIR_IN),
};

static void expire(struct work_struct *work)
{
	struct espgw_vfrq *q = container_of(to_delayed_work(work),
					    struct espgw_vfrq, expire);

	espgw_vfrq_give_up(q, READ_ONCE(q->cfg.timeout_s) * HZ);
}

/**
 * espgw_vfrq_users() - how many need fragments to be followed
 * @q: where
 * @f: the feature
 *
 * Context: any; the number may be old unless the caller holds espgw_net.lock.
 * Return: policies or SAs.
 */
u32 espgw_vfrq_users(const struct espgw_vfrq *q, enum espgw_feature f)
{
	if (!(feature_dirs[f] & BIT(q->dir)))
		return 0;
	return espgw_feature_users(q->ed->en, q->ed->name, f);
}

static void post(struct espgw_vfrq *q, enum espgw_vfr_event event)
{
	const struct espgw_event ev = {
		.en = q->ed->en,
		.what = event,
		.vfr = q,
	};

	espgw_event_post(ESPGW_EVENT_VFR, &ev);
}

/**
 * espgw_vfrq_update() - begin or end to follow fragments, as is needed now
 * @q: where
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_vfrq_update(struct espgw_vfrq *q)
{
	u32 old = q->follow, follow = 0;
	unsigned int f;

	lockdep_assert_held(&q->ed->en->lock);
	for (f = 0; f < __ESPGW_FEATURE_VFR; f++)
		if (espgw_vfrq_users(q, f))
			follow |= BIT(f);
	/* Whoever drops fragments needs no feature for it. */
	if (follow & BIT(ESPGW_FEATURE_PORTS) || q->cfg.drop_fragments ||
	    q->cfg.mode == ESPGW_VFR_ON)
		follow |= ESPGW_VFRQ_ALL;
	if (q->cfg.mode == ESPGW_VFR_OFF)
		follow = 0;
	WRITE_ONCE(q->follow, follow);
	if (!follow == !old)
		return;
	if (!follow)
		espgw_vfrq_give_up(q, 0);
	/* Of devices that are only watched, nothing is to be told. */
	if (!q->ed->watched)
		post(q, follow ? ESPGW_VFR_EVENT_ENABLED : ESPGW_VFR_EVENT_DISABLED);
}

static void update_dev(struct espgw_dev *ed, int ifindex)
{
	unsigned int i;

	if (ifindex && ed->ifindex != ifindex)
		return;
	for (i = 0; i < ARRAY_SIZE(ed->vfr); i++)
		espgw_vfrq_update(ed->vfr[i]);
}

/* A feature needs fragments to be followed, or no longer. */
static int features_changed(struct notifier_block *nb, unsigned long kind,
			    void *data)
{
	const struct espgw_event *ev = data;
	struct espgw_dev *ed;
	unsigned long index;

	if (kind != ESPGW_EVENT_FEATURE)
		return NOTIFY_DONE;
	list_for_each_entry(ed, &ev->en->devs, list)
		update_dev(ed, ev->ifindex);
	xa_for_each(&ev->en->guards, index, ed)
		update_dev(ed, ev->ifindex);
	return NOTIFY_OK;
}

static struct notifier_block features_nb = {
	.notifier_call = features_changed,
};

/**
 * espgw_vfrq_set() - change how fragments are followed
 * @q: where
 * @cfg: as it shall be
 *
 * What is held stays; limits hold for what comes, the timeout for all.
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_vfrq_set(struct espgw_vfrq *q, const struct espgw_vfr_cfg *cfg)
{
	u32 old = q->follow;

	lockdep_assert_held(&q->ed->en->lock);
	spin_lock_bh(&q->lock);
	q->cfg = *cfg;
	/* Left to the features, it is not set by hand any more. */
	if (cfg->mode == ESPGW_VFR_AUTO)
		q->cfg.set &= ~ESPGW_VFR_W_MODE;
	/* It may wait for a timeout that was longer, though nothing is held now. */
	mod_delayed_work(espgw_wq, &q->expire, 0);
	spin_unlock_bh(&q->lock);
	espgw_vfrq_update(q);
	if (!old == !q->follow)
		post(q, ESPGW_VFR_EVENT_SET);
}

/**
 * espgw_vfrq_reset() - set counters to zero
 * @q: where
 */
void espgw_vfrq_reset(struct espgw_vfrq *q)
{
	spin_lock_bh(&q->lock);
	memset(q->stat, 0, sizeof(q->stat));
	spin_unlock_bh(&q->lock);
}

/**
 * espgw_vfrq_new() - be ready to follow fragments on a device, one way
 * @ed: the device, its hooks not registered yet
 * @dir: enum espgw_dir
 *
 * Context: process context, caller holds espgw_net.lock. Return: it, or NULL
 * without memory.
 */
struct espgw_vfrq *espgw_vfrq_new(struct espgw_dev *ed, u8 dir)
{
	struct espgw_vfrq *q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);

	if (!q)
		return NULL;
	q->ed = ed;
	q->dir = dir;
	q->cfg = espgw_vfr_default;
	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->chains);
	q->seed = get_random_u32();
	INIT_DELAYED_WORK(&q->expire, expire);
	return q;
}

/**
 * espgw_vfrq_free() - the end of espgw_vfrq_new()
 * @q: where, or NULL; no packet comes any more
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_vfrq_free(struct espgw_vfrq *q)
{
	if (!q)
		return;
	espgw_vfrq_give_up(q, 0);
	cancel_delayed_work_sync(&q->expire);
	kfree(q);
}

/**
 * espgw_vfr_init() - follow what features need
 */
void espgw_vfr_init(void)
{
	espgw_event_subscribe(&features_nb);
}

/**
 * espgw_vfr_exit() - the end of espgw_vfr_init()
 */
void espgw_vfr_exit(void)
{
	espgw_event_unsubscribe(&features_nb);
}
