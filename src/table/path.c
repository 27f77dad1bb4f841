// SPDX-License-Identifier: GPL-2.0
/* Paths and what is known of their MTU. */
#include "table/path.h"

#include <linux/rculist.h>
#include <linux/timekeeping.h>

#include "base/event.h"
#include "base/trace.h"

const struct espgw_path_ops *espgw_path_ops __read_mostly;

static const struct rhashtable_params path_params = {
	.head_offset = offsetof(struct espgw_path, node),
	.key_offset = offsetof(struct espgw_path, key),
	.key_len = sizeof(struct espgw_path_key),
	.automatic_shrinking = true,
};

/**
 * espgw_path_now_ms() - the clock of entries and probes
 *
 * It goes on in suspend. Return: milliseconds, never 0.
 */
u64 espgw_path_now_ms(void)
{
	return ktime_to_ms(ktime_get_boottime()) + 1;
}

/* A later look costs little: so long a timer waits at most, milliseconds. */
#define WAIT_MAX_MS	(3600 * MSEC_PER_SEC)

/* Where an entry is past its age but has to wait, it is looked at so often. */
#define WAIT_MIN_MS	1000

static void arm(struct espgw_path *path)
{
	const struct espgw_pmtu *e = &path->pmtu;
	u64 now_ms, in_ms = WAIT_MIN_MS;

	lockdep_assert_held(&path->lock);
	if (!e->mtu || !e->expires_ms || path->dead)
		return;
	now_ms = espgw_path_now_ms();
	if (e->expires_ms > now_ms)
		in_ms = min_t(u64, e->expires_ms - now_ms, WAIT_MAX_MS);
	mod_timer(&path->timer, jiffies + msecs_to_jiffies(in_ms) + 1);
}

static void expire(struct timer_list *timer)
{
	struct espgw_path *path = from_timer(path, timer, timer);
	bool expired, locked;

	rcu_read_lock();
	spin_lock(&path->lock);
	locked = espgw_path_locked(path);
	expired = espgw_pmtu_expire(&path->pmtu, espgw_path_now_ms());
	espgw_path_publish(path);
	spin_unlock(&path->lock);
	if (expired) {
		espgw_path_post(path, ESPGW_PMTU_EVENT_EXPIRED);
		/* Probes may go on again. */
		if (locked)
			queue_work(espgw_wq, &path->en->refresh);
	}
	rcu_read_unlock();
}

/**
 * espgw_path_get() - find or make a path
 * @en: namespace
 * @key: its name
 *
 * Context: process context, caller holds espgw_net.lock. Return: the path, with
 * one more user; NULL without memory.
 */
struct espgw_path *espgw_path_get(struct espgw_net *en,
				  const struct espgw_path_key *key)
{
	struct espgw_path *path;

	lockdep_assert_held(&en->lock);
	path = rhashtable_lookup_fast(&en->paths, key, path_params);
	if (path) {
		path->users++;
		return path;
	}
	path = kzalloc(sizeof(*path), GFP_KERNEL_ACCOUNT);
	if (!path)
		return NULL;
	path->key = *key;
	path->en = en;
	path->id = ++en->path_next;
	path->users = 1;
	path->watch_len = U32_MAX;
	INIT_LIST_HEAD(&path->sas);
	INIT_LIST_HEAD(&path->in_sas);
	INIT_LIST_HEAD(&path->policies);
	spin_lock_init(&path->lock);
	seqcount_spinlock_init(&path->peer_seq, &path->lock);
	timer_setup(&path->timer, expire, 0);
	path->inner_at = jiffies - HZ;
	if (rhashtable_insert_fast(&en->paths, &path->node, path_params)) {
		kfree(path);
		return NULL;
	}
	list_add_tail(&path->list, &en->path_list);
	return path;
}

/**
 * espgw_path_put() - one user less
 * @en: namespace
 * @path: the path; freed after a grace period if that was the last user
 *
 * Context: process context, caller holds espgw_net.lock; waits for timers.
 */
void espgw_path_put(struct espgw_net *en, struct espgw_path *path)
{
	lockdep_assert_held(&en->lock);
	if (--path->users)
		return;
	list_del(&path->list);
	rhashtable_remove_fast(&en->paths, &path->node, path_params);
	/* A packet that found the path before may still learn something. */
	spin_lock_bh(&path->lock);
	path->dead = true;
	spin_unlock_bh(&path->lock);
	timer_delete_sync(&path->timer);
	espgw_path_ops->free(path);
	kfree_rcu(path, rcu);
}

/**
 * espgw_path_next() - go through all paths, and let others have the lock meanwhile
 * @en: namespace
 * @path: the one before; NULL: begin
 *
 * Those that are there all the time are met once, others perhaps. Who ends before
 * the last one has nothing to give back.
 *
 * Context: process context, caller holds espgw_net.lock, and not RTNL; all that was
 * found by the lock may be gone afterwards. Return: the next one, or NULL.
 */
struct espgw_path *espgw_path_next(struct espgw_net *en,
				   struct espgw_path *path)
{
	struct espgw_path *next;
	bool is_long = path && espgw_net_is_long(en);

	if (is_long) {
		path->users++;	/* it keeps its place */
		espgw_net_breathe(en);
	}
	next = list_prepare_entry(path, &en->path_list, list);
	next = list_is_last(&next->list, &en->path_list) ?
	       NULL : list_next_entry(next, list);
	if (is_long)
		espgw_path_put(en, path);
	return next;
}

/**
 * espgw_path_publish() - what readers without the lock see
 * @path: the path
 *
 * With `probe on` never more than what probes have confirmed.
 *
 * Context: caller holds espgw_path.lock.
 */
void espgw_path_publish(struct espgw_path *path)
{
	u32 mtu = path->pmtu.mtu;

	lockdep_assert_held(&path->lock);
	if (path->bound && (!mtu || path->bound < mtu))
		mtu = path->bound;
	arm(path);
	if (mtu == path->mtu && path->pmtu.floored == path->floored)
		return;
	WRITE_ONCE(path->mtu, mtu);
	WRITE_ONCE(path->floored, path->pmtu.floored);
	/* Pairs with espgw_fit(): who sees the number sees the values. */
	smp_store_release(&path->gen, path->gen + 1);
}

/**
 * espgw_path_changed() - the MTU policy of a path's SA has changed
 * @path: the path
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_path_changed(struct espgw_path *path)
{
	spin_lock_bh(&path->lock);
	/* Pairs with espgw_fit(): who sees the number sees the policy. */
	smp_store_release(&path->gen, path->gen + 1);
	spin_unlock_bh(&path->lock);
	espgw_path_ops->changed(path);
}

/**
 * espgw_path_post() - tell that a path's MTU has changed
 * @path: the path; each of its SAs has a row that says so
 * @event: what happened
 *
 * Context: any but hard interrupts, under RCU or espgw_net.lock, not with
 * espgw_path.lock held.
 */
void espgw_path_post(struct espgw_path *path, enum espgw_pmtu_event event)
{
	const struct espgw_event ev = {
		.en = path->en,
		.what = event,
		.path = path,
	};

	trace_pmtu(path->en, path->key.family, &path->key.src, &path->key.dst,
		   path->key.reqid, event, READ_ONCE(path->mtu));
	espgw_event_post(ESPGW_EVENT_PMTU, &ev);
}

/**
 * espgw_path_restart() - packets go another way
 * @path: the path
 *
 * What was learned is not of this way: it begins afresh. What was set by hand
 * was set for whatever way there is.
 *
 * Context: under RCU or espgw_net.lock, not with espgw_path.lock held.
 */
void espgw_path_restart(struct espgw_path *path)
{
	u64 now_ms = espgw_path_now_ms();
	bool known;

	spin_lock_bh(&path->lock);
	known = espgw_pmtu_restart(&path->pmtu, now_ms);
	espgw_path_ops->again(path, now_ms);
	espgw_path_publish(path);
	spin_unlock_bh(&path->lock);
	if (known)
		espgw_path_post(path, ESPGW_PMTU_EVENT_REROUTED);
}

/**
 * espgw_path_learn() - an ICMP error quotes a packet of a path's SA
 * @path: the path
 * @claim: what the message says
 * @env: what the SA knows
 *
 * Context: under RCU, bottom halves off. Return: what became of it.
 */
enum espgw_pmtu_verdict espgw_path_learn(struct espgw_path *path,
					 const struct espgw_pmtu_claim *claim,
					 const struct espgw_pmtu_env *env)
{
	enum espgw_pmtu_verdict verdict;

	spin_lock_bh(&path->lock);
	verdict = espgw_pmtu_learn(&path->pmtu, claim, env,
				   espgw_path_now_ms());
	espgw_path_publish(path);
	spin_unlock_bh(&path->lock);
	return verdict;
}

/**
 * espgw_path_bound() - what TCP's MSS between the gateways allows
 * @path: the path
 * @mtu: bytes
 * @env: what an SA of the path knows
 *
 * Context: process context, caller holds espgw_net.lock. Return: see
 * espgw_pmtu_bound().
 */
enum espgw_pmtu_verdict espgw_path_bound(struct espgw_path *path, u32 mtu,
					 const struct espgw_pmtu_env *env)
{
	enum espgw_pmtu_verdict verdict;

	spin_lock_bh(&path->lock);
	verdict = espgw_pmtu_bound(&path->pmtu, mtu, env, espgw_path_now_ms());
	espgw_path_publish(path);
	spin_unlock_bh(&path->lock);
	if (verdict == ESPGW_PMTU_ACCEPTED)
		espgw_path_post(path, ESPGW_PMTU_EVENT_LOWERED);
	return verdict;
}

/**
 * espgw_path_set_mtu() - set a path MTU by hand
 * @path: the path
 * @mtu: bytes
 * @lock: nothing that is learned changes it
 * @age_s: seconds, or ESPGW_AGE_INFINITE
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_path_set_mtu(struct espgw_path *path, u32 mtu, bool lock, u32 age_s)
{
	lockdep_assert_held(&path->en->lock);
	spin_lock_bh(&path->lock);
	espgw_pmtu_set(&path->pmtu, mtu, lock, age_s, espgw_path_now_ms());
	espgw_path_publish(path);
	spin_unlock_bh(&path->lock);
	espgw_path_ops->changed(path);
	espgw_path_post(path, ESPGW_PMTU_EVENT_SET);
}

/**
 * espgw_path_forget() - forget what was learned or set
 * @path: the path
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_path_forget(struct espgw_path *path)
{
	u64 now_ms = espgw_path_now_ms();
	bool known;

	lockdep_assert_held(&path->en->lock);
	spin_lock_bh(&path->lock);
	known = path->pmtu.mtu;
	espgw_pmtu_forget(&path->pmtu);
	espgw_path_ops->again(path, now_ms);
	espgw_path_publish(path);
	spin_unlock_bh(&path->lock);
	espgw_path_ops->changed(path);
	if (known)
		espgw_path_post(path, ESPGW_PMTU_EVENT_DEL);
}

/**
 * espgw_path_flush() - forget all that was learned or set
 * @en: namespace
 *
 * Context: process context, caller holds espgw_net.lock, which others have
 * meanwhile.
 */
void espgw_path_flush(struct espgw_net *en)
{
	struct espgw_path *path = NULL;

	lockdep_assert_held(&en->lock);
	while ((path = espgw_path_next(en, path)))
		espgw_path_forget(path);
}

/**
 * espgw_path_peer() - where a path's peer was heard of
 * @path: the path
 * @addr: result: the peer's outer address
 * @port: result: its UDP port
 *
 * Behind a NAT that is where its packets come from, not what was configured.
 *
 * Context: under RCU or espgw_net.lock. Return: false: never elsewhere than
 * configured; nothing is written.
 */
bool espgw_path_peer(const struct espgw_path *path, struct espgw_addr *addr,
		     __be16 *port)
{
	unsigned int seq;

	/* Pairs with espgw_path_set_peer(). */
	if (likely(!smp_load_acquire(&path->mapped)))
		return false;
	do {
		seq = read_seqcount_begin(&path->peer_seq);
		*addr = path->peer;
		*port = path->peer_port;
	} while (read_seqcount_retry(&path->peer_seq, seq));
	return true;
}

/**
 * espgw_path_set_peer() - note where the peer is
 * @path: the path
 * @addr: its outer address
 * @port: its UDP port
 *
 * Context: any but hard interrupts.
 */
void espgw_path_set_peer(struct espgw_path *path, const struct espgw_addr *addr,
			 __be16 port)
{
	spin_lock_bh(&path->lock);
	write_seqcount_begin(&path->peer_seq);
	path->peer = *addr;
	path->peer_port = port;
	write_seqcount_end(&path->peer_seq);
	/* Who sees it sees where. */
	smp_store_release(&path->mapped, true);
	spin_unlock_bh(&path->lock);
}

/**
 * espgw_path_unmap() - the peer is where it was configured to be, until it is
 *	heard of
 * @path: the path
 *
 * Context: any but hard interrupts. Return: true if it was at another address.
 */
bool espgw_path_unmap(struct espgw_path *path)
{
	bool readdressed;

	spin_lock_bh(&path->lock);
	readdressed = path->mapped &&
		      !espgw_addr_equal(&path->peer, &path->key.dst);
	WRITE_ONCE(path->mapped, false);
	spin_unlock_bh(&path->lock);
	return readdressed;
}

/**
 * espgw_paths_init() - set up a namespace's paths
 * @en: namespace
 *
 * Return: 0 or a negative error.
 */
int espgw_paths_init(struct espgw_net *en)
{
	INIT_LIST_HEAD(&en->path_list);
	return rhashtable_init(&en->paths, &path_params);
}

/**
 * espgw_paths_exit() - the end of espgw_paths_init()
 * @en: namespace, without policies and SAs
 */
void espgw_paths_exit(struct espgw_net *en)
{
	rhashtable_destroy(&en->paths);
}
