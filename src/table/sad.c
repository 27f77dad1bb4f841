// SPDX-License-Identifier: GPL-2.0
/* Security associations: the table. life.c has their limits. */
#include "table/sad.h"

#include <linux/jhash.h>
#include <linux/netlink.h>
#include <net/xfrm.h>

#include "base/event.h"
#include "base/feature.h"
#include "table/natt.h"

/*
 * Of 64-bit kernels as users have them: those that check locks and timers put more
 * into each.
 */
#if IS_ENABLED(CONFIG_64BIT) && !IS_ENABLED(CONFIG_DEBUG_SPINLOCK) &&	\
	!IS_ENABLED(CONFIG_LOCKDEP)
#define LINE(m)	(offsetof(struct espgw_sa, m) / 64)

static_assert(sizeof(struct espgw_sa) <= 1024);
/* What is looked up, and what a packet of either direction is judged by. */
static_assert(LINE(path) == 0 && LINE(on_path) == 1);
/* No line has both what each packet reads and what each writes. */
static_assert(LINE(set) < LINE(seq));
/* What an inbound packet writes is in one line. */
static_assert(LINE(replay_lock) == LINE(packets));
#endif

/*
 * An SPI is the receiver's choice, which makes it nearly unique there; the
 * peers' choices for what we send are told apart by the address.
 */
static u32 key_hash(const void *data, u32 len, u32 seed)
{
	const struct espgw_sa_key *k = data;

	return jhash_3words((__force u32)k->spi, (__force u32)k->dst.a[0],
			    (__force u32)k->dst.a[3], seed);
}

static u32 sa_hash(const void *data, u32 len, u32 seed)
{
	const struct espgw_sa *sa = data;

	return key_hash(&sa->key, len, seed);
}

static int sa_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct espgw_sa_key *k = arg->key;
	const struct espgw_sa *sa = obj;

	return k->spi != sa->key.spi || k->family != sa->key.family ||
	       k->dir != sa->key.dir ||
	       !espgw_addr_equal(&k->dst, &sa->key.dst);
}

static const struct rhashtable_params sa_params = {
	.head_offset = offsetof(struct espgw_sa, node),
	.key_offset = offsetof(struct espgw_sa, key),
	.key_len = sizeof(struct espgw_sa_key),
	.hashfn = key_hash,
	.obj_hashfn = sa_hash,
	.obj_cmpfn = sa_cmp,
	.automatic_shrinking = true,
};

/**
 * espgw_sa_find() - find an SA by its name
 * @en: namespace
 * @key: destination, SPI, family and direction
 *
 * Context: under RCU, or caller holds espgw_net.lock. Return: the SA, or NULL.
 */
struct espgw_sa *espgw_sa_find(struct espgw_net *en,
			       const struct espgw_sa_key *key)
{
	return rhashtable_lookup_fast(&en->sa_table, key, sa_params);
}

/* Nothing refers to it any more; in process context, since tfms may sleep. */
static void sa_free(struct work_struct *work)
{
	struct espgw_sa *sa = container_of(to_rcu_work(work), struct espgw_sa,
					   release);
	struct espgw_net *en = sa->en;

	/* Whoever met its end may have started a timer again. */
	espgw_sa_life_end(sa);
	espgw_cipher_exit(&sa->cipher);
	espgw_sa_secpath_exit(sa);
	if (sa->x)
		xfrm_state_put(sa->x);
	dst_cache_destroy(&sa->dst_cache);
	free_percpu(sa->stats);
	kfree(sa->replay.bits);
	kfree_sensitive(sa->algo);
	kfree(sa->label);
	kfree(sa);
	if (atomic_dec_and_test(&en->sa_live))
		wake_up_all(&en->sa_gone);
}

/**
 * espgw_sa_put() - drop a reference
 * @sa: the SA; the last one frees it after a grace period
 *
 * Context: any.
 */
void espgw_sa_put(struct espgw_sa *sa)
{
	if (refcount_dec_and_test(&sa->refs))
		queue_rcu_work(espgw_wq, &sa->release);
}

static bool same_keys(const struct espgw_algo_kept *a,
		      const struct espgw_algo_kept *b)
{
	return a->key_len == b->key_len &&
	       a->auth_key_len == b->auth_key_len &&
	       a->aead == b->aead && a->enc == b->enc &&
	       !memcmp(a->keys, b->keys, a->key_len + a->auth_key_len);
}

/*
 * Word by word, since readers without a lock take single members: what does not
 * change is not touched.
 */
static void store_settings(struct espgw_sa *sa,
			   const struct espgw_sa_settings *set)
{
	const u64 *from = (const u64 *)set;
	u64 *to = (u64 *)&sa->set;
	unsigned int i;

	BUILD_BUG_ON(sizeof(*set) % sizeof(u64));
	for (i = 0; i < sizeof(*set) / sizeof(u64); i++)
		if (to[i] != from[i])
			WRITE_ONCE(to[i], from[i]);
}

static void len_init(struct espgw_sa *sa)
{
	sa->len.head = (sa->key.family == 4 ? 20 : 40) +
		       (sa->set.encap_sport ? 8 : 0) +
		       8 + sa->cipher.iv_len;	/* RFC 4303 2: ESP header, IV */
	sa->len.icv = sa->cipher.icv_len;
	sa->len.align = sa->cipher.align;
}

static struct espgw_sa *sa_make(struct espgw_net *en,
				struct espgw_sa_request *req,
				struct netlink_ext_ack *extack)
{
	u32 window = req->key.dir == ESPGW_DIR_IN ? req->set.replay_window : 0;
	struct espgw_sa *sa;
	u64 *bits = NULL;
	int err = -ENOMEM;

	sa = kzalloc(sizeof(*sa), GFP_KERNEL_ACCOUNT);
	if (!sa)
		return ERR_PTR(-ENOMEM);
	sa->en = en;
	sa->key = req->key;
	sa->set = req->set;
	atomic64_set(&sa->seq_max, req->set.esn ? U64_MAX : U32_MAX);
	sa->second_at = jiffies - HZ;
	atomic64_set(&sa->seq, req->seq);
	refcount_set(&sa->refs, 1);
	spin_lock_init(&sa->replay_lock);
	INIT_LIST_HEAD(&sa->on_path);
	INIT_RCU_WORK(&sa->release, sa_free);
	espgw_sa_life_init(sa);

	sa->stats = alloc_percpu_gfp(struct espgw_sa_stats,
				     GFP_KERNEL_ACCOUNT);
	if (!sa->stats)
		goto err_free;
	if (dst_cache_init(&sa->dst_cache, GFP_KERNEL_ACCOUNT))
		goto err_stats;
	if (window) {
		bits = kcalloc(espgw_replay_words(window), sizeof(*bits),
			       GFP_KERNEL_ACCOUNT);
		if (!bits)
			goto err_cache;
	}
	espgw_replay_init(&sa->replay, window, req->set.esn, req->seq, bits);
	if (req->x)
		espgw_sa_adopt(sa, req->x);
	if (req->key.dir == ESPGW_DIR_IN && espgw_sa_secpath_init(sa))
		goto err_bits;
	err = espgw_cipher_init(&sa->cipher, &req->algo, req->set.esn, extack);
	if (err)
		goto err_secpath;
	sa->algo = espgw_algo_keep(&req->algo);
	if (!sa->algo) {
		err = -ENOMEM;
		goto err_cipher;
	}
	len_init(sa);
	return sa;

err_cipher:
	espgw_cipher_exit(&sa->cipher);
err_secpath:
	espgw_sa_secpath_exit(sa);
err_bits:
	kfree(bits);
err_cache:
	dst_cache_destroy(&sa->dst_cache);
err_stats:
	free_percpu(sa->stats);
err_free:
	if (sa->x)
		xfrm_state_put(sa->x);
	kfree(sa);
	return ERR_PTR(err);
}

/* ESP that arrives in fragments is looked at before it is reassembled. */
static void use_feature(const struct espgw_sa *sa, int delta)
{
	if (sa->key.dir == ESPGW_DIR_IN)
		espgw_feature_use(sa->en, NULL, sa->set.encap_sport ?
				  ESPGW_FEATURE_NATT : ESPGW_FEATURE_ESP,
				  delta);
}

static void path_link(struct espgw_sa *sa)
{
	struct espgw_path *path = sa->path;
	bool any;

	if (sa->set.class)
		WRITE_ONCE(path->classes, path->classes + 1);
	/* Before its first packet, if espgw_sa_any_of() will be this one. */
	rcu_read_lock();
	any = !sa->set.class || sa->set.class & BIT_ULL(0) ||
	      !espgw_sa_of(path, 0);
	rcu_read_unlock();
	if (sa->key.dir == ESPGW_DIR_OUT && any)
		espgw_path_ops->join(sa);
	list_add_rcu(&sa->on_path, sa->key.dir == ESPGW_DIR_OUT ?
					   &path->sas : &path->in_sas);
}

static void path_unlink(struct espgw_sa *sa)
{
	struct espgw_path *path = sa->path;

	if (sa->set.class)
		WRITE_ONCE(path->classes, path->classes - 1);
	list_del_rcu(&sa->on_path);
}

/*
 * Out of all tables; whoever still has it under RCU sees that it is dead. The
 * path is freed by RCU too: readers that find it through the SA are in the same
 * grace period. Only operations that outlive it must not look at it.
 */
static void sa_unlink(struct espgw_sa *sa)
{
	struct espgw_net *en = sa->en;

	lockdep_assert_held(&en->lock);
	set_bit(ESPGW_SA_F_DEAD, &sa->flags);
	set_bit(ESPGW_SA_F_GONE, &sa->flags);
	espgw_sa_life_end(sa);
	path_unlink(sa);
	espgw_sa_natt_unlink(sa);
	use_feature(sa, -1);
	xa_erase(&en->sas, sa->id);
	en->generation++;
	espgw_path_put(en, sa->path);
	espgw_sa_put(sa);
}

/* Does a new SA go on where one of the same keys was? */
static int inherit_check(const struct espgw_sa *sa, struct espgw_sa *old,
			 const struct espgw_sa_request *req,
			 struct netlink_ext_ack *extack)
{
	u64 seq = atomic64_read(&old->seq);

	if (sa->key.dir != ESPGW_DIR_OUT || !same_keys(sa->algo, old->algo))
		return 0;
	/* The same key must not meet the same sequence number twice. */
	if (req->has_seq && req->seq < seq) {
		NL_SET_ERR_MSG(extack, "seq below what was sent with this key");
		return -EINVAL;
	}
	if (seq > atomic64_read(&sa->seq_max)) {
		NL_SET_ERR_MSG(extack, "more was sent with this key than numbers without esn reach: take a new key");
		return -EINVAL;
	}
	return 0;
}

static void inherit_sent(struct espgw_sa *sa, struct espgw_sa *old,
			 const struct espgw_sa_request *req)
{
	u64 seq = atomic64_xchg(&old->seq, atomic64_read(&old->seq_max));

	if (!req->has_seq || req->seq < seq)
		atomic64_set(&sa->seq, min_t(u64, seq, atomic64_read(&sa->seq_max)));
	memcpy(sa->seconds, old->seconds, sizeof(sa->seconds));
	sa->second = old->second;
	sa->second_at = old->second_at;
}

/* What was received stays received. */
static void inherit_received(struct espgw_sa *sa, struct espgw_sa *old)
{
	spin_lock_bh(&old->replay_lock);
	espgw_replay_init(&sa->replay, sa->replay.window, sa->set.esn,
			  old->replay.top, sa->replay.bits);
	if (sa->replay.window == old->replay.window && sa->replay.bits)
		memcpy(sa->replay.bits, old->replay.bits,
		       espgw_replay_words(sa->replay.window) * sizeof(u64));
	spin_unlock_bh(&old->replay_lock);
}

/*
 * A replacement goes on where the old one was. From here on the old one takes
 * no number and nothing into its window: what meets it in the moment until the
 * new one is in its place is dropped.
 */
static void inherit(struct espgw_sa *sa, struct espgw_sa *old,
		    const struct espgw_sa_request *req)
{
	bool same = same_keys(sa->algo, old->algo);
	unsigned int i;
	int cpu;

	set_bit(ESPGW_SA_F_DEAD, &old->flags);
	/* With another key, numbers and window begin anew. */
	if (same && sa->key.dir == ESPGW_DIR_OUT)
		inherit_sent(sa, old, req);
	else if (same && !req->has_seq && sa->set.esn == old->set.esn)
		inherit_received(sa, old);
	if (same)
		sa->received_at = READ_ONCE(old->received_at);
	sa->max_before = espgw_sa_longest(old);
	for_each_possible_cpu(cpu)
		for (i = 0; i < __ESPGW_SA_STAT_A_MAX; i++)
			u64_stats_set(&per_cpu_ptr(sa->stats, cpu)->count[i],
				      u64_stats_read(&per_cpu_ptr(old->stats,
							cpu)->count[i]));
	espgw_sa_life_inherit(sa, old, same);
}

/**
 * espgw_sa_add() - add or replace an SA
 * @en: namespace
 * @req: what it shall be, checked by the caller
 * @replace: an SA of the same key gives way, and leaves path MTU, counters, and
 *	what people call it
 * @extack: says what is wrong
 *
 * Context: process context; takes espgw_net.lock, but not while the transform is
 * made, which may load modules and test algorithms. Return: 0, -EEXIST, or
 * another negative error; then nothing has changed.
 */
int espgw_sa_add(struct espgw_net *en, struct espgw_sa_request *req,
		 bool replace, struct netlink_ext_ack *extack)
{
	struct espgw_path_key path_key = {
		.src = req->set.src,
		.dst = req->key.dst,
		.reqid = req->set.reqid,
		.family = req->key.family,
		.owner = req->x ? ESPGW_OWNER_XFRM : ESPGW_OWNER_HAND,
		.if_id = req->x ? req->x->if_id : 0,
	};
	struct espgw_sa *sa, *old;
	int err;

	if (req->key.dir == ESPGW_DIR_IN)
		swap(path_key.src, path_key.dst);
	sa = sa_make(en, req, extack);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	atomic_inc(&en->sa_live);

	espgw_net_lock(en);
	old = espgw_sa_find(en, &req->key);
	if (old && (old->x || sa->x)) {
		NL_SET_ERR_MSG(extack, "xfrm has an SA with this destination, SPI and direction: it is changed there");
		err = -EPERM;
		goto err_put;
	}
	if (old && !replace) {
		NL_SET_ERR_MSG(extack, "an SA with this destination, SPI and direction exists");
		err = -EEXIST;
		goto err_put;
	}
	err = espgw_label_make(&sa->label, &req->label, old ? old->label : NULL);
	if (!err && sa->set.encap_sport)
		err = espgw_natt_enable(en);
	if (err)
		goto err_put;
	sa->path = espgw_path_get(en, &path_key);
	if (!sa->path) {
		err = -ENOMEM;
		goto err_put;
	}
	seqcount_spinlock_init(&sa->fit_seq, &sa->path->lock);
	err = xa_alloc_cyclic(&en->sas, &sa->id, NULL, xa_limit_31b,
			      &en->sa_next, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		goto err_path;
	use_feature(sa, 1);
	err = old ? inherit_check(sa, old, req, extack) :
		    rhashtable_insert_fast(&en->sa_table, &sa->node, sa_params);
	if (err)
		goto err_id;

	/* Nothing fails from here on: the slot in @sas is there. */
	xa_store(&en->sas, sa->id, sa, GFP_KERNEL_ACCOUNT);
	en->generation++;
	if (old) {
		inherit(sa, old, req);
		rhashtable_replace_fast(&en->sa_table, &old->node, &sa->node,
					sa_params);
	}
	espgw_sa_life_update(sa, req->limits);
	espgw_sa_natt_link(sa);
	path_link(sa);
	/* The peer may have been heard of elsewhere between the two. */
	espgw_sa_natt_move(sa);
	espgw_sa_post(sa, old ? ESPGW_SA_EVENT_REPLACE : ESPGW_SA_EVENT_ADD);
	if (old)
		sa_unlink(old);
	espgw_net_unlock(en);
	return 0;

err_id:
	use_feature(sa, -1);
	xa_erase(&en->sas, sa->id);
err_path:
	espgw_path_put(en, sa->path);
err_put:
	set_bit(ESPGW_SA_F_GONE, &sa->flags);
	espgw_sa_life_end(sa);
	espgw_net_unlock(en);
	sa->path = NULL;
	espgw_sa_put(sa);
	return err;
}

/**
 * espgw_sa_set() - change what can be changed of an SA
 * @sa: the SA
 * @req: its settings as they shall be; checked by the caller
 * @extack: says what is wrong
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0, -EINVAL or
 * -ENOMEM, then nothing has changed.
 */
int espgw_sa_set(struct espgw_sa *sa, const struct espgw_sa_request *req,
		 struct netlink_ext_ack *extack)
{
	const struct espgw_sa_settings old = sa->set, *set = &req->set;
	struct espgw_path *path = sa->path;
	struct espgw_label *label;
	int err;

	lockdep_assert_held(&sa->en->lock);
	if (set->encap_sport && !old.encap_sport) {
		NL_SET_ERR_MSG(extack, "an SA without UDP encapsulation cannot get it later: use replace");
		return -EINVAL;
	}
	err = espgw_label_make(&label, &req->label, sa->label);
	if (!err && req->has_seq)
		err = espgw_sa_raise_seq(sa, req->seq, extack);
	if (err) {
		kfree(label);
		return err;
	}
	espgw_label_change(&sa->label, label);
	WRITE_ONCE(path->classes,
		   path->classes + !!set->class - !!old.class);
	store_settings(sa, set);
	if (set->mark != old.mark || set->mark_mask != old.mark_mask)
		dst_cache_reset(&sa->dst_cache);	/* routes go by it */
	espgw_sa_life_update(sa, req->limits);
	/* Who names the peer's port knows better than what was seen. */
	if (req->names_peer) {
		espgw_natt_use(sa->en, espgw_sa_local_port(sa), 0);
		espgw_sa_unmap(sa);
	}
	if (memcmp(&set->mtu, &old.mtu, sizeof(old.mtu)))
		espgw_path_changed(path);
	espgw_sa_post(sa, ESPGW_SA_EVENT_SET);
	return 0;
}

/**
 * espgw_sa_del() - delete an SA
 * @sa: the SA; the caller's pointer is void afterwards
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_sa_del(struct espgw_sa *sa)
{
	struct espgw_net *en = sa->en;

	lockdep_assert_held(&en->lock);
	espgw_sa_post(sa, ESPGW_SA_EVENT_DEL);
	rhashtable_remove_fast(&en->sa_table, &sa->node, sa_params);
	sa_unlink(sa);
}

/**
 * espgw_sa_flush() - delete all SAs that were made by hand
 * @en: namespace
 * @dir: only of this direction; 0: of both
 *
 * Context: caller holds espgw_net.lock, which others have meanwhile, and not RTNL.
 */
void espgw_sa_flush(struct espgw_net *en, u8 dir)
{
	struct espgw_sa *sa;
	unsigned long id;

	lockdep_assert_held(&en->lock);
	xa_for_each(&en->sas, id, sa)
		if (!sa->x && (!dir || sa->key.dir == dir)) {
			espgw_sa_del(sa);
			espgw_net_breathe(en);
		}
}

/**
 * espgw_sa_of() - the SA that a packet takes
 * @path: its policy's path
 * @dscp: the packet's DSCP
 *
 * The newest usable one; one that has the packet's class goes before those
 * without a class (RFC 4301 4.1).
 *
 * Context: under RCU. Return: the SA, or NULL.
 */
struct espgw_sa *espgw_sa_of(const struct espgw_path *path, u8 dscp)
{
	struct espgw_sa *sa, *any = NULL;

	list_for_each_entry_rcu(sa, &path->sas, on_path) {
		u64 class = READ_ONCE(sa->set.class);

		if (unlikely(test_bit(ESPGW_SA_F_DEAD, &sa->flags)))
			continue;
		if (!class) {
			if (!READ_ONCE(path->classes))
				return sa;
			if (!any)
				any = sa;
		} else if (class & BIT_ULL(dscp)) {
			return sa;
		}
	}
	return any;
}

/**
 * espgw_sa_take_longest() - the longest packet sent with DF=1 since the last time
 * @sa: outbound SA
 *
 * Context: under RCU, caller holds espgw_path.lock. Return: its outer length, or 0.
 */
u32 espgw_sa_take_longest(struct espgw_sa *sa)
{
	u32 n = READ_ONCE(sa->max_sent);

	if (!n)
		return 0;
	WRITE_ONCE(sa->max_before, max(n, sa->max_before));
	/* Pairs with espgw_sa_longest(). */
	n = xchg(&sa->max_sent, 0);
	WRITE_ONCE(sa->max_before, max(n, sa->max_before));
	return n;
}

/**
 * espgw_sa_any_of() - the SA that a gateway's own packets on a path take
 * @path: the path
 *
 * As if they had no DSCP; if no SA is for that, the newest usable one.
 *
 * Context: under RCU. Return: the SA, or NULL.
 */
struct espgw_sa *espgw_sa_any_of(const struct espgw_path *path)
{
	struct espgw_sa *sa = espgw_sa_of(path, 0);

	if (sa)
		return sa;
	list_for_each_entry_rcu(sa, &path->sas, on_path)
		if (!test_bit(ESPGW_SA_F_DEAD, &sa->flags))
			return sa;
	return NULL;
}

/**
 * espgw_sa_stat_sum() - a counter's value
 * @sa: the SA
 * @i: which, enum espgw_sa_stat_attr
 *
 * Return: the sum over all CPUs.
 */
u64 espgw_sa_stat_sum(const struct espgw_sa *sa, unsigned int i)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += u64_stats_read(&per_cpu_ptr(sa->stats, cpu)->count[i]);
	return sum;
}

/**
 * espgw_sa_state() - how an SA is
 * @sa: the SA
 *
 * Return: usable, expiring, or dead.
 */
enum espgw_sa_state espgw_sa_state(const struct espgw_sa *sa)
{
	if (test_bit(ESPGW_SA_F_DEAD, &sa->flags))
		return ESPGW_SA_DEAD;
	return espgw_sa_life_is_ending(sa) ? ESPGW_SA_EXPIRING :
					     ESPGW_SA_VALID;
}

/**
 * espgw_sad_init() - set up a namespace's SAs
 * @en: namespace
 *
 * Return: 0 or a negative error.
 */
int espgw_sad_init(struct espgw_net *en)
{
	xa_init_flags(&en->sas, XA_FLAGS_ALLOC1);
	init_waitqueue_head(&en->sa_gone);
	return rhashtable_init(&en->sa_table, &sa_params);
}

/**
 * espgw_sad_exit() - the end of espgw_sad_init()
 * @en: namespace, without SAs in its tables
 *
 * Context: process context; waits until asynchronous operations have ended and
 * the last SA is freed.
 */
void espgw_sad_exit(struct espgw_net *en)
{
	wait_event(en->sa_gone, !atomic_read(&en->sa_live));
	/* The one that woke us may still be on its way out of sa_free(). */
	flush_workqueue(espgw_wq);
	rhashtable_destroy(&en->sa_table);
	xa_destroy(&en->sas);
	espgw_natt_exit(en);
}
