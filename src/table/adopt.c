// SPDX-License-Identifier: GPL-2.0
/*
 * SAs that are kernel xfrm's: what they share with its states, so that each can
 * go on where the other was.
 *
 * Sequence numbers are leased: the state's own counter moves on by some at a time,
 * and only these are used then. Whatever becomes of this module, xfrm goes on
 * behind them, and no number is used twice.
 *
 * The receive window is the state's as long as both may decrypt: before it is
 * taken over, and from when it is given back on (ESPGW_SA_F_SHARED).
 *
 * Locks: espgw_sa.replay_lock, then xfrm_state.lock.
 */
#include "table/adopt.h"

#include <net/xfrm.h>

#include "core/xfrm_window.h"

/*
 * So many numbers at a time. What is not used of them when xfrm goes on is lost: a
 * receiver with a window of 32 must not lose its place by it.
 */
#define LEASE	32

/* -- sequence numbers */

/* The high half means something with ESN only. */
static u64 whole(const struct xfrm_state *x, u32 high, u32 low)
{
	return x->props.flags & XFRM_STATE_ESN ? (u64)high << 32 | low : low;
}

/**
 * espgw_state_seq() - the last sequence number that a state has given away
 * @x: the state
 *
 * Context: caller holds xfrm_state.lock, or nobody uses it. Return: the number.
 */
u64 espgw_state_seq(struct xfrm_state *x)
{
	if (!x->replay_esn)
		return x->replay.oseq;
	return whole(x, x->replay_esn->oseq_hi, x->replay_esn->oseq);
}

static void set_seq(struct xfrm_state *x, u64 seq)
{
	if (!x->replay_esn) {
		x->replay.oseq = seq;
		return;
	}
	x->replay_esn->oseq = seq;
	if (x->props.flags & XFRM_STATE_ESN)
		x->replay_esn->oseq_hi = seq >> 32;
}

/* Its counters, and when it was last used. Caller holds xfrm_state.lock. */
static bool feed(struct espgw_sa *sa)
{
	u64 bytes = espgw_sa_stat_sum(sa, ESPGW_SA_STAT_A_BYTES);
	u64 packets = espgw_sa_stat_sum(sa, ESPGW_SA_STAT_A_PACKETS);
	struct xfrm_state *x = sa->x;

	lockdep_assert_held(&x->lock);
	if (packets == sa->fed_packets)
		return false;
	x->curlft.bytes += bytes - sa->fed_bytes;
	x->curlft.packets += packets - sa->fed_packets;
	WRITE_ONCE(x->lastused, ktime_get_real_seconds());
	sa->fed_bytes = bytes;
	sa->fed_packets = packets;
	return true;
}

static bool is_limited(const struct xfrm_state *x)
{
	return x->lft.hard_packet_limit != XFRM_INF ||
	       x->lft.hard_byte_limit != XFRM_INF ||
	       x->lft.soft_packet_limit != XFRM_INF ||
	       x->lft.soft_byte_limit != XFRM_INF;
}

/**
 * espgw_sa_renew_limits() - its state's limits may be others now
 * @sa: adopted SA
 *
 * Context: process context.
 */
void espgw_sa_renew_limits(struct espgw_sa *sa)
{
	WRITE_ONCE(sa->limited, is_limited(sa->x));
}

/**
 * espgw_sa_charge_adopted() - account a packet to an adopted SA with limits
 * @sa: the SA
 *
 * As xfrm does: what ends it is the first packet beyond, or the first one after too
 * many bytes.
 *
 * Context: under RCU, bottom halves off. Return: false if it has ended.
 */
bool espgw_sa_charge_adopted(struct espgw_sa *sa)
{
	struct xfrm_state *x = sa->x;
	bool ok;

	spin_lock(&x->lock);
	feed(sa);
	ok = x->km.state == XFRM_STATE_VALID && !xfrm_state_check_expire(x);
	spin_unlock(&x->lock);
	if (!ok)
		set_bit(ESPGW_SA_F_DEAD, &sa->flags);
	return ok;
}

/*
 * Has xfrm sent by the state since? What is left of the lease is below its numbers
 * then, and would come too late for a small window.
 */
static bool is_passed(const struct espgw_sa *sa)
{
	const struct xfrm_state *x = sa->x;
	u32 low = x->replay_esn ? READ_ONCE(x->replay_esn->oseq) :
				  READ_ONCE(x->replay.oseq);

	return low != (u32)atomic64_read(&sa->seq_max);
}

/* Is there anything left of the lease? Caller holds xfrm_state.lock. */
static bool has_lease(const struct espgw_sa *sa)
{
	return atomic64_read(&sa->seq) < atomic64_read(&sa->seq_max);
}

/* Caller holds xfrm_state.lock. */
static bool lease(struct espgw_sa *sa)
{
	u64 last, n, max = sa->set.esn ? U64_MAX : U32_MAX;
	struct xfrm_state *x = sa->x;

	if (x->km.state != XFRM_STATE_VALID) {
		set_bit(ESPGW_SA_F_DEAD, &sa->flags);
		return false;
	}
	/* What is under way may end, where xfrm does not go on yet. */
	if (test_bit(ESPGW_SA_F_MOVED, &sa->flags))
		return false;
	last = espgw_state_seq(x);
	if (last >= max)
		return false;
	n = min_t(u64, max - last, LEASE);
	set_seq(x, last + n);
	atomic64_set(&sa->seq, last);
	/* Pairs with espgw_sa_next_seq(): who sees the end sees where it begins. */
	atomic64_set_release(&sa->seq_max, last + n);
	return true;
}

/**
 * espgw_sa_lease() - more sequence numbers for an adopted SA
 * @sa: outbound SA, whose numbers are used up
 *
 * Context: any but hard interrupts, under RCU. Return: false if there are none,
 * or if the state is on its way out: the SA is dead then, or never usable again.
 */
bool espgw_sa_lease(struct espgw_sa *sa)
{
	bool ok;

	spin_lock_bh(&sa->x->lock);
	/* Another CPU may have been here first. */
	ok = has_lease(sa) || lease(sa);
	spin_unlock_bh(&sa->x->lock);
	return ok;
}

/**
 * espgw_sa_catch_up() - behind what xfrm has sent, if it has
 * @sa: adopted outbound SA, by which a packet is to be sent
 *
 * It sends where its own policy is judged anew, and what it has to cut. Where no new
 * lease is to be had, the old one goes on to its end.
 *
 * Context: any but hard interrupts, under RCU.
 */
void espgw_sa_catch_up(struct espgw_sa *sa)
{
	if (likely(!is_passed(sa)) || !has_lease(sa))
		return;
	spin_lock_bh(&sa->x->lock);
	if (is_passed(sa))
		lease(sa);
	spin_unlock_bh(&sa->x->lock);
}

/**
 * espgw_sa_lease_return() - what was leased and not used is xfrm's again
 * @sa: outbound SA, dead, and nobody takes a number from it any more
 *
 * Context: process context.
 */
void espgw_sa_lease_return(struct espgw_sa *sa)
{
	struct xfrm_state *x = sa->x;

	spin_lock_bh(&x->lock);
	if (x->km.state == XFRM_STATE_VALID &&
	    espgw_state_seq(x) == atomic64_read(&sa->seq_max))
		set_seq(x, atomic64_read(&sa->seq));
	spin_unlock_bh(&x->lock);
}

/* -- the receive window */

/* Caller holds xfrm_state.lock. */
static struct espgw_xfrm_window window_of(struct xfrm_state *x)
{
	struct xfrm_replay_state_esn *e = x->replay_esn;

	lockdep_assert_held(&x->lock);
	if (!e)
		return (struct espgw_xfrm_window) {
			.bits = &x->replay.bitmap,
			.window = x->props.replay_window,
			.top = x->replay.seq,
			.shifts = true,
		};
	return (struct espgw_xfrm_window) {
		.bits = e->bmp,
		.window = e->replay_window,
		.top = whole(x, e->seq_hi, e->seq),
	};
}

static void put_top(struct xfrm_state *x, const struct espgw_xfrm_window *w)
{
	if (!x->replay_esn) {
		x->replay.seq = w->top;
		return;
	}
	x->replay_esn->seq = w->top;
	if (x->props.flags & XFRM_STATE_ESN)
		x->replay_esn->seq_hi = w->top >> 32;
}

/**
 * espgw_sa_adopt() - an SA is to be xfrm's
 * @sa: the SA, not in any table
 * @x: its state
 *
 * Context: process context.
 */
void espgw_sa_adopt(struct espgw_sa *sa, struct xfrm_state *x)
{
	sa->x = x;
	xfrm_state_hold(x);
	espgw_sa_renew_limits(sa);
	/* The first packet takes a lease. */
	atomic64_set(&sa->seq_max, atomic64_read(&sa->seq));
	/* Xfrm may still be decrypting. But the top tells the high half of numbers. */
	set_bit(ESPGW_SA_F_SHARED, &sa->flags);
	spin_lock_bh(&x->lock);
	sa->replay.top = window_of(x).top;
	spin_unlock_bh(&x->lock);
}

/**
 * espgw_state_raise() - a state goes on where another one of the same key was
 * @x: the state
 * @old: the other one, on its way out
 *
 * Daemons copy numbers and window when they move a state to other addresses; what
 * was sent and received since then has to be among them.
 *
 * Context: any but hard interrupts.
 */
void espgw_state_raise(struct xfrm_state *x, struct xfrm_state *old)
{
	struct espgw_xfrm_window w, from;

	if (x == old)
		return;
	/* Nobody else takes two. */
	spin_lock_bh(&old->lock);
	spin_lock_nested(&x->lock, SINGLE_DEPTH_NESTING);
	if (espgw_state_seq(old) > espgw_state_seq(x))
		set_seq(x, espgw_state_seq(old));
	w = window_of(x);
	from = window_of(old);
	espgw_xfrm_window_join(&w, &from);
	put_top(x, &w);
	spin_unlock(&x->lock);
	spin_unlock_bh(&old->lock);
}

/**
 * espgw_sa_shared_advance() - take a sequence number while xfrm may decrypt too
 * @sa: inbound SA, with ESPGW_SA_F_SHARED; caller holds espgw_sa.replay_lock
 * @seq: the number, verified with the packet
 * @newest: result: it is above all that were taken before
 *
 * Context: bottom halves off. Return: false if it was taken already.
 */
bool espgw_sa_shared_advance(struct espgw_sa *sa, u64 seq, bool *newest)
{
	struct xfrm_state *x = sa->x;
	struct espgw_xfrm_window w;
	bool ok;

	spin_lock(&x->lock);
	w = window_of(x);
	*newest = seq > w.top;
	ok = espgw_xfrm_window_check(&w, seq);
	if (ok) {
		espgw_xfrm_window_advance(&w, seq);
		put_top(x, &w);
		sa->replay.top = w.top;
	}
	spin_unlock(&x->lock);
	return ok;
}

/**
 * espgw_sa_window_take() - from now on the window is the SA's
 * @sa: inbound SA, with ESPGW_SA_F_SHARED; xfrm gets no packet of it any more
 *
 * Context: process context.
 */
void espgw_sa_window_take(struct espgw_sa *sa)
{
	struct xfrm_state *x = sa->x;
	struct espgw_xfrm_window w;

	spin_lock_bh(&sa->replay_lock);
	spin_lock(&x->lock);
	w = window_of(x);
	espgw_xfrm_window_take(&w, &sa->replay);
	clear_bit(ESPGW_SA_F_SHARED, &sa->flags);
	spin_unlock(&x->lock);
	spin_unlock_bh(&sa->replay_lock);
}

/**
 * espgw_sa_window_give() - let xfrm know what was received
 * @sa: inbound SA; nothing is done with ESPGW_SA_F_SHARED
 * @share: from now on the window is the state's
 *
 * Context: any but hard interrupts.
 */
void espgw_sa_window_give(struct espgw_sa *sa, bool share)
{
	struct xfrm_state *x = sa->x;
	struct espgw_xfrm_window w;

	spin_lock_bh(&sa->replay_lock);
	if (!test_bit(ESPGW_SA_F_SHARED, &sa->flags)) {
		spin_lock(&x->lock);
		w = window_of(x);
		espgw_xfrm_window_give(&w, &sa->replay);
		put_top(x, &w);
		spin_unlock(&x->lock);
	}
	if (share)
		set_bit(ESPGW_SA_F_SHARED, &sa->flags);
	spin_unlock_bh(&sa->replay_lock);
}

/* -- what a daemon wants to know */

/**
 * espgw_sa_feed() - let xfrm know what an SA has done since the last time
 * @sa: adopted SA
 *
 * Its counters, when it was last used, its receive window; and limits in bytes and
 * packets are looked at, which may end the state.
 *
 * Context: process context. Return: true if it has done anything.
 */
bool espgw_sa_feed(struct espgw_sa *sa)
{
	struct xfrm_state *x = sa->x;
	bool any;

	if (sa->key.dir == ESPGW_DIR_IN)
		espgw_sa_window_give(sa, false);
	spin_lock_bh(&x->lock);
	any = feed(sa);
	if (any && x->km.state == XFRM_STATE_VALID)
		xfrm_state_check_expire(x);
	spin_unlock_bh(&x->lock);
	return any;
}

/**
 * espgw_sa_tell_mapping() - the peer of an adopted SA is heard of elsewhere
 * @sa: inbound SA
 * @addr: the peer's outer address
 * @port: its UDP port
 *
 * Context: under RCU, bottom halves off, without the state's lock.
 */
void espgw_sa_tell_mapping(struct espgw_sa *sa, const struct espgw_addr *addr,
			   __be16 port)
{
	xfrm_address_t to;

	static_assert(sizeof(to) == sizeof(*addr));
	memcpy(&to, addr, sizeof(to));
	km_new_mapping(sa->x, &to, port);
}

/**
 * espgw_sa_retell_mapping() - in case that the daemon has not heard it
 * @sa: inbound SA
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_sa_retell_mapping(struct espgw_sa *sa)
{
	struct espgw_addr addr;
	__be16 port;

	if (!sa->set.encap_sport || !espgw_path_peer(sa->path, &addr, &port) ||
	    (port == sa->set.encap_sport &&
	     espgw_addr_equal(&addr, &sa->set.src)))
		return;
	local_bh_disable();
	espgw_sa_tell_mapping(sa, &addr, port);
	local_bh_enable();
}
