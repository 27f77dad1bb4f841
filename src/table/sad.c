// SPDX-License-Identifier: GPL-2.0
/* Security associations: table, lifetime, limits. */
#include "table/sad.h"

#include <linux/jhash.h>
#include <linux/netlink.h>
#include <linux/timekeeping.h>

#include "packet/crypto.h"
#include "control/netlink.h"
#include "hook/probe.h"
#include "packet/sent.h"
#include "packet/vfr.h"

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

	crypto_free_aead(sa->tfm);
	dst_cache_destroy(&sa->dst_cache);
	free_percpu(sa->stats);
	kfree(sa->replay.bits);
	kfree_sensitive(sa);
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

static bool same_keys(const struct espgw_algo *a, const struct espgw_algo *b)
{
	return a->key_len == b->key_len &&
	       a->auth_key_len == b->auth_key_len &&
	       !strcmp(a->aead, b->aead) && !strcmp(a->enc, b->enc) &&
	       !memcmp(a->key, b->key, a->key_len) &&
	       !memcmp(a->auth_key, b->auth_key, a->auth_key_len);
}

/* Limits are a key's, and count from its beginning, not from when they are set. */
static void count_so_far(struct espgw_sa *sa)
{
	atomic64_set(&sa->bytes, espgw_sa_stat_sum(sa, ESPGW_SA_STAT_A_BYTES) -
				 sa->bytes_before);
	atomic64_set(&sa->packets,
		     espgw_sa_stat_sum(sa, ESPGW_SA_STAT_A_PACKETS) -
		     sa->packets_before);
}

static void apply_changeable(struct espgw_sa *sa,
			     const struct espgw_sa_cfg *cfg)
{
	u64 set = cfg->set;
	unsigned int i;

	if (set & BIT_ULL(ESPGW_SA_A_MARK)) {
		WRITE_ONCE(sa->mark, cfg->mark);
		WRITE_ONCE(sa->mark_mask, cfg->mark_mask);
		dst_cache_reset(&sa->dst_cache);	/* routes go by it */
	}
	if (set & BIT_ULL(ESPGW_SA_A_ENCAP_SPORT)) {
		WRITE_ONCE(sa->encap_sport, cfg->encap_sport);
		WRITE_ONCE(sa->encap_dport, cfg->encap_dport);
	}
	if (set & BIT_ULL(ESPGW_SA_A_KEEPALIVE))
		WRITE_ONCE(sa->keepalive_s, cfg->keepalive_s);
	if (set & BIT_ULL(ESPGW_SA_A_DSCP))
		WRITE_ONCE(sa->dscp, cfg->dscp);
	if (set & BIT_ULL(ESPGW_SA_A_ECN))
		WRITE_ONCE(sa->ecn, cfg->ecn);
	if (set & BIT_ULL(ESPGW_SA_A_TTL)) {
		WRITE_ONCE(sa->ttl, cfg->ttl);
		WRITE_ONCE(sa->has_ttl, true);
	}
	if (set & BIT_ULL(ESPGW_SA_A_TFC))
		WRITE_ONCE(sa->tfc, cfg->tfc);
	if (set & BIT_ULL(ESPGW_SA_A_MTU))
		espgw_mtu_policy_merge(&sa->mtu, &cfg->mtu);
	if (set & BIT_ULL(ESPGW_SA_A_LIMIT)) {
		if (!sa->limited)
			count_so_far(sa);
		for (i = 0; i < ARRAY_SIZE(sa->limits.v); i++)
			if (cfg->limits.set & BIT(i))
				WRITE_ONCE(sa->limits.v[i], cfg->limits.v[i]);
		WRITE_ONCE(sa->limited,
			   sa->limits.v[ESPGW_LIMIT_A_SOFT_BYTES] ||
			   sa->limits.v[ESPGW_LIMIT_A_HARD_BYTES] ||
			   sa->limits.v[ESPGW_LIMIT_A_SOFT_PACKETS] ||
			   sa->limits.v[ESPGW_LIMIT_A_HARD_PACKETS]);
	}
}

static struct espgw_sa *sa_make(struct espgw_net *en,
				const struct espgw_sa_cfg *cfg,
				struct netlink_ext_ack *extack)
{
	struct espgw_sa *sa;
	u64 *bits = NULL;
	int err = -ENOMEM;

	sa = kzalloc(sizeof(*sa), GFP_KERNEL_ACCOUNT);
	if (!sa)
		return ERR_PTR(-ENOMEM);
	sa->en = en;
	sa->key = cfg->key;
	sa->src = cfg->src;
	sa->reqid = cfg->reqid;
	sa->algo = cfg->algo;
	sa->esn = cfg->esn;
	sa->class = cfg->class;
	sa->encap_sport = cfg->encap_sport;
	sa->encap_dport = cfg->encap_dport;
	sa->dscp = ESPGW_COPY;
	sa->ecn = 1;
	sa->seq_max = cfg->esn ? U64_MAX : U32_MAX;
	sa->added = ktime_get_boottime_seconds();
	atomic64_set(&sa->seq, cfg->seq);
	refcount_set(&sa->refs, 1);
	spin_lock_init(&sa->replay_lock);
	INIT_LIST_HEAD(&sa->on_path);
	INIT_RCU_WORK(&sa->release, sa_free);

	sa->path_key.family = cfg->key.family;
	sa->path_key.reqid = cfg->reqid;
	sa->path_key.src = cfg->src;
	sa->path_key.dst = cfg->key.dst;
	if (cfg->key.dir == ESPGW_DIR_IN)
		swap(sa->path_key.src, sa->path_key.dst);

	sa->stats = alloc_percpu_gfp(struct espgw_sa_stats,
				     GFP_KERNEL_ACCOUNT);
	if (!sa->stats)
		goto err_free;
	if (dst_cache_init(&sa->dst_cache, GFP_KERNEL_ACCOUNT))
		goto err_stats;
	if (cfg->key.dir == ESPGW_DIR_IN && cfg->replay_window) {
		bits = kcalloc(espgw_replay_words(cfg->replay_window),
			       sizeof(*bits), GFP_KERNEL_ACCOUNT);
		if (!bits)
			goto err_cache;
	}
	espgw_replay_init(&sa->replay,
			  cfg->key.dir == ESPGW_DIR_IN ? cfg->replay_window : 0,
			  cfg->esn, cfg->seq, bits);
	apply_changeable(sa, cfg);

	err = espgw_crypto_setup(sa, extack);
	if (err)
		goto err_bits;
	return sa;

err_bits:
	kfree(bits);
err_cache:
	dst_cache_destroy(&sa->dst_cache);
err_stats:
	free_percpu(sa->stats);
err_free:
	kfree_sensitive(sa);
	return ERR_PTR(err);
}

/* ESP that arrives in fragments is looked at before it is reassembled. */
static void vfr_use(const struct espgw_sa *sa, int delta)
{
	if (sa->key.dir == ESPGW_DIR_IN)
		espgw_vfrq_use(sa->en, 0, sa->encap_sport ?
			       ESPGW_VFR_FEATURE_NATT : ESPGW_VFR_FEATURE_ESP,
			       delta);
}

/* Out of all tables; whoever still has it under RCU sees that it is dead. */
static void sa_unlink(struct espgw_sa *sa)
{
	struct espgw_net *en = sa->en;

	lockdep_assert_held(&en->lock);
	set_bit(ESPGW_SA_F_DEAD, &sa->flags);
	espgw_path_del_sa(sa->path, sa);
	if (sa->encap_sport)
		WRITE_ONCE(en->natt_sas, en->natt_sas - 1);
	vfr_use(sa, -1);
	xa_erase(&en->sas, sa->id);
	en->generation++;
}

/*
 * The path is freed by RCU too: readers that find it through the SA are in the
 * same grace period. Only operations that outlive it must not look at it.
 */
static void sa_release(struct espgw_sa *sa)
{
	espgw_path_put(sa->en, sa->path);
	espgw_sa_put(sa);
}

/* Where peers' keepalives arrive. */
static void note_port(const struct espgw_sa *sa)
{
	__be16 port = sa->key.dir == ESPGW_DIR_IN ? sa->encap_dport :
						    sa->encap_sport;

	set_bit(ntohs(port), sa->en->natt_ports);
}

/* Does a new SA go on where one of the same keys was? */
static int inherit_check(const struct espgw_sa *sa, struct espgw_sa *old,
			 const struct espgw_sa_cfg *cfg,
			 struct netlink_ext_ack *extack)
{
	u64 seq = atomic64_read(&old->seq);

	if (sa->key.dir != ESPGW_DIR_OUT || !same_keys(&sa->algo, &old->algo))
		return 0;
	/* The same key must not meet the same sequence number twice. */
	if (cfg->set & BIT_ULL(ESPGW_SA_A_SEQ) && cfg->seq < seq) {
		NL_SET_ERR_MSG(extack, "seq below what was sent with this key");
		return -EINVAL;
	}
	if (seq > sa->seq_max) {
		NL_SET_ERR_MSG(extack, "more was sent with this key than numbers without esn reach: take a new key");
		return -EINVAL;
	}
	return 0;
}

/*
 * A replacement goes on where the old one was. From here on the old one takes
 * no number and nothing into its window: what meets it in the moment until the
 * new one is in its place is dropped.
 */
static void inherit(struct espgw_sa *sa, struct espgw_sa *old,
		    const struct espgw_sa_cfg *cfg)
{
	bool same = same_keys(&sa->algo, &old->algo);
	unsigned int i;
	int cpu;

	set_bit(ESPGW_SA_F_DEAD, &old->flags);
	if (!same) {
		/* Another key: numbers and window begin anew. */
	} else if (sa->key.dir == ESPGW_DIR_OUT) {
		u64 seq = atomic64_xchg(&old->seq, old->seq_max);

		if (!(cfg->set & BIT_ULL(ESPGW_SA_A_SEQ)) || cfg->seq < seq)
			atomic64_set(&sa->seq, min(seq, sa->seq_max));
		memcpy(sa->seq_history, old->seq_history,
		       sizeof(sa->seq_history));
		sa->seq_second = old->seq_second;
	} else if (!(cfg->set & BIT_ULL(ESPGW_SA_A_SEQ)) &&
		   sa->esn == old->esn) {
		/* What was received stays received. */
		spin_lock_bh(&old->replay_lock);
		espgw_replay_init(&sa->replay, sa->replay.window, sa->esn,
				  old->replay.top, sa->replay.bits);
		if (sa->replay.window == old->replay.window && sa->replay.bits)
			memcpy(sa->replay.bits, old->replay.bits,
			       espgw_replay_words(sa->replay.window) *
			       sizeof(u64));
		spin_unlock_bh(&old->replay_lock);
	}
	sa->max_sent = READ_ONCE(old->max_sent);
	for_each_possible_cpu(cpu)
		for (i = 0; i < __ESPGW_SA_STAT_A_MAX; i++)
			u64_stats_set(&per_cpu_ptr(sa->stats, cpu)->count[i],
				      u64_stats_read(&per_cpu_ptr(old->stats,
							cpu)->count[i]));
	if (same) {
		sa->added = old->added;
		sa->bytes_before = old->bytes_before;
		sa->packets_before = old->packets_before;
	} else {
		sa->bytes_before = espgw_sa_stat_sum(sa, ESPGW_SA_STAT_A_BYTES);
		sa->packets_before =
			espgw_sa_stat_sum(sa, ESPGW_SA_STAT_A_PACKETS);
	}
	count_so_far(sa);
}

/**
 * espgw_sa_add() - add or replace an SA
 * @en: namespace
 * @cfg: what it shall be, checked by the caller
 * @replace: an SA of the same name gives way, and leaves path MTU and counters
 * @extack: says what is wrong
 *
 * Context: process context; takes espgw_net.lock, but not while the transform is
 * made, which may load modules and test algorithms. Return: 0, -EEXIST, or
 * another negative error; then nothing has changed.
 */
int espgw_sa_add(struct espgw_net *en, const struct espgw_sa_cfg *cfg,
		 bool replace, struct netlink_ext_ack *extack)
{
	struct espgw_sa *sa, *old;
	int err;

	sa = sa_make(en, cfg, extack);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	atomic_inc(&en->sa_live);

	mutex_lock(&en->lock);
	old = espgw_sa_find(en, &cfg->key);
	if (old && !replace) {
		NL_SET_ERR_MSG(extack, "an SA with this destination, SPI and direction exists");
		err = -EEXIST;
		goto err_put;
	}
	err = espgw_sent_enable(en);
	if (err)
		goto err_put;
	if (sa->encap_sport && !en->natt_ports) {
		en->natt_ports = bitmap_zalloc(U16_MAX + 1, GFP_KERNEL_ACCOUNT);
		if (!en->natt_ports) {
			err = -ENOMEM;
			goto err_put;
		}
	}
	sa->path = espgw_path_get(en, &sa->path_key);
	if (!sa->path) {
		err = -ENOMEM;
		goto err_put;
	}
	err = xa_alloc_cyclic(&en->sas, &sa->id, NULL, xa_limit_31b,
			      &en->sa_next, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		goto err_path;
	err = old ? inherit_check(sa, old, cfg, extack) :
		    rhashtable_insert_fast(&en->sa_table, &sa->node, sa_params);
	if (err)
		goto err_id;

	/* Nothing fails from here on: the slot in @sas is there. */
	xa_store(&en->sas, sa->id, sa, GFP_KERNEL_ACCOUNT);
	en->generation++;
	if (old) {
		inherit(sa, old, cfg);
		rhashtable_replace_fast(&en->sa_table, &old->node, &sa->node,
					sa_params);
	}
	if (sa->encap_sport) {
		note_port(sa);
		/* Pairs with the ingress hook's: the map is there before. */
		smp_store_release(&en->natt_sas, en->natt_sas + 1);
	}
	vfr_use(sa, 1);
	espgw_path_add_sa(sa->path, sa);
	queue_delayed_work(espgw_wq, &en->tick, HZ);	/* if it does not run */
	espgw_notify_sa(sa, old ? ESPGW_SA_EVENT_REPLACE : ESPGW_SA_EVENT_ADD);
	if (old) {
		sa_unlink(old);
		sa_release(old);
	}
	mutex_unlock(&en->lock);
	return 0;

err_id:
	xa_erase(&en->sas, sa->id);
err_path:
	espgw_path_put(en, sa->path);
err_put:
	mutex_unlock(&en->lock);
	sa->path = NULL;
	espgw_sa_put(sa);
	return err;
}

/**
 * espgw_sa_set() - change what can be changed of an SA
 * @sa: the SA
 * @cfg: its set bits say what; checked by the caller
 * @extack: says what is wrong
 *
 * Context: process context, caller holds espgw_net.lock. Return: 0 or -EINVAL,
 * then nothing has changed.
 */
int espgw_sa_set(struct espgw_sa *sa, const struct espgw_sa_cfg *cfg,
		 struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&sa->en->lock);
	if (cfg->set & BIT_ULL(ESPGW_SA_A_ENCAP_SPORT) && !sa->encap_sport) {
		NL_SET_ERR_MSG(extack, "an SA without UDP encapsulation cannot get it later: use replace");
		return -EINVAL;
	}
	if (cfg->set & BIT_ULL(ESPGW_SA_A_SEQ)) {
		u64 seq = atomic64_read(&sa->seq);

		if (sa->key.dir != ESPGW_DIR_OUT) {
			NL_SET_ERR_MSG(extack, "seq of an inbound SA cannot be changed");
			return -EINVAL;
		}
		if (cfg->seq > sa->seq_max) {
			NL_SET_ERR_MSG(extack, "seq above 4294967295 needs esn");
			return -EINVAL;
		}
		/* Only up: a number must not be used twice. */
		do {
			if (cfg->seq < seq) {
				NL_SET_ERR_MSG(extack, "seq below what was sent");
				return -EINVAL;
			}
		} while (!atomic64_try_cmpxchg(&sa->seq, (s64 *)&seq,
					       cfg->seq));
	}
	if (cfg->set & BIT_ULL(ESPGW_SA_A_CLASS))
		espgw_path_set_class(sa->path, sa, cfg->class);
	apply_changeable(sa, cfg);
	/* Who names the peer's port knows better than what was seen. */
	if (cfg->set & BIT_ULL(ESPGW_SA_A_ENCAP_SPORT)) {
		note_port(sa);
		espgw_path_unmap(sa->path);
	}
	if (cfg->set & BIT_ULL(ESPGW_SA_A_MTU))
		espgw_probe_refresh(sa->en);
	espgw_notify_sa(sa, ESPGW_SA_EVENT_SET);
	return 0;
}

/**
 * espgw_sa_del() - delete an SA
 * @sa: the SA; the caller's pointer is void afterwards
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_sa_del(struct espgw_sa *sa)
{
	struct espgw_net *en = sa->en;

	lockdep_assert_held(&en->lock);
	espgw_notify_sa(sa, ESPGW_SA_EVENT_DEL);
	rhashtable_remove_fast(&en->sa_table, &sa->node, sa_params);
	sa_unlink(sa);
	sa_release(sa);
}

/**
 * espgw_sa_flush() - delete all SAs
 * @en: namespace
 * @dir: only of this direction; 0: of both
 *
 * Context: caller holds espgw_net.lock.
 */
void espgw_sa_flush(struct espgw_net *en, u8 dir)
{
	struct espgw_sa *sa;
	unsigned long id;

	lockdep_assert_held(&en->lock);
	xa_for_each(&en->sas, id, sa)
		if (!dir || sa->key.dir == dir)
			espgw_sa_del(sa);
}

/**
 * espgw_sa_kill() - an SA has reached its end
 * @sa: the SA; stays in the table, for people to see, but is not used again
 * @event: ESPGW_SA_EVENT_HARD or ESPGW_SA_EVENT_SEQ
 *
 * Context: any, under RCU.
 */
void espgw_sa_kill(struct espgw_sa *sa, enum espgw_sa_event event)
{
	if (test_and_set_bit(ESPGW_SA_F_DEAD, &sa->flags))
		return;
	espgw_notify_sa(sa, event);
	if (event == ESPGW_SA_EVENT_SEQ)
		espgw_notify_alert(sa->en, ESPGW_ALERT_SEQ, sa->key.family,
				   sa->key.spi, &sa->src, &sa->key.dst);
}

/* So long an SA rests after a loop. */
#define HOLD_S	10

/**
 * espgw_sa_hold() - let an SA rest, since its packets come round to it again
 * @sa: the SA
 *
 * Context: any but hard interrupts, under RCU.
 */
void espgw_sa_hold(struct espgw_sa *sa)
{
	WRITE_ONCE(sa->held_until, jiffies + HOLD_S * HZ);
	/* Pairs with espgw_sa_hold_over(): who sees the bit sees the time. */
	smp_mb__before_atomic();
	if (!test_and_set_bit(ESPGW_SA_F_HELD, &sa->flags))
		espgw_notify_alert(sa->en, ESPGW_ALERT_RECURSIVE_ROUTING,
				   sa->key.family, sa->key.spi, &sa->src,
				   &sa->key.dst);
}

/**
 * espgw_sa_hold_over() - let a held SA go, if it is time
 * @sa: the SA, with ESPGW_SA_F_HELD
 *
 * Context: any. Return: true if it may be used again.
 */
bool espgw_sa_hold_over(struct espgw_sa *sa)
{
	smp_rmb();	/* pairs with espgw_sa_hold() */
	if (time_before(jiffies, READ_ONCE(sa->held_until)))
		return false;
	clear_bit(ESPGW_SA_F_HELD, &sa->flags);
	return true;
}

static void soft(struct espgw_sa *sa)
{
	if (!test_and_set_bit(ESPGW_SA_F_SOFT, &sa->flags))
		espgw_notify_sa(sa, ESPGW_SA_EVENT_SOFT);
}

static bool over(u64 value, u64 limit)
{
	return limit && value > limit;
}

static bool reached(u64 value, u64 limit)
{
	return limit && value >= limit;
}

/**
 * espgw_sa_charge() - account a packet to an SA with limits
 * @sa: the SA
 * @bytes: length of its inner packet
 *
 * A packet that would exceed a hard limit is not to be processed, and ends the
 * SA (RFC 4301 4.4.2.1).
 *
 * Context: under RCU. Return: false if the packet exceeds a hard limit.
 */
bool espgw_sa_charge(struct espgw_sa *sa, u32 bytes)
{
	const u64 *limit = sa->limits.v;
	u64 b = atomic64_add_return(bytes, &sa->bytes);
	u64 p = atomic64_inc_return(&sa->packets);

	if (over(b, READ_ONCE(limit[ESPGW_LIMIT_A_HARD_BYTES])) ||
	    over(p, READ_ONCE(limit[ESPGW_LIMIT_A_HARD_PACKETS]))) {
		espgw_sa_kill(sa, ESPGW_SA_EVENT_HARD);
		return false;
	}
	if (reached(b, READ_ONCE(limit[ESPGW_LIMIT_A_SOFT_BYTES])) ||
	    reached(p, READ_ONCE(limit[ESPGW_LIMIT_A_SOFT_PACKETS])))
		soft(sa);
	return true;
}

/**
 * espgw_sa_tick() - limits in seconds, and the memory of what was sent when
 * @en: namespace
 *
 * Context: process context, once a second; caller holds espgw_net.lock.
 */
void espgw_sa_tick(struct espgw_net *en)
{
	time64_t now = ktime_get_boottime_seconds();
	struct espgw_sa *sa;
	unsigned long id;

	lockdep_assert_held(&en->lock);
	xa_for_each(&en->sas, id, sa) {
		u64 age = now - sa->added;
		unsigned int i;

		if (sa->key.dir == ESPGW_DIR_OUT) {
			i = (sa->seq_second + 1) % ESPGW_SA_SEQ_HISTORY;
			WRITE_ONCE(sa->seq_history[i],
				   atomic64_read(&sa->seq));
			WRITE_ONCE(sa->seq_second, i);
		}
		if (reached(age, sa->limits.v[ESPGW_LIMIT_A_HARD_SECONDS]))
			espgw_sa_kill(sa, ESPGW_SA_EVENT_HARD);
		else if (reached(age, sa->limits.v[ESPGW_LIMIT_A_SOFT_SECONDS]))
			soft(sa);
	}
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
	if (test_bit(ESPGW_SA_F_SOFT, &sa->flags))
		return ESPGW_SA_EXPIRING;
	return ESPGW_SA_VALID;
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
	bitmap_free(en->natt_ports);
}
