// SPDX-License-Identifier: GPL-2.0
/* An SA's life: limits, what has come to its end, what rests, what was sent when, keepalives. */
#include "table/sad.h"

#include <linux/netlink.h>
#include <linux/timekeeping.h>

#include "base/event.h"

void (*espgw_sa_send_keepalive)(struct espgw_sa *sa) __read_mostly;

/**
 * espgw_sa_post() - tell that something happened to an SA
 * @sa: the SA; still on its path, if it is outbound
 * @event: what happened
 *
 * Context: any but hard interrupts, under RCU or espgw_net.lock; not with the
 * SA's replay_lock or its path's lock held. Return: 0, or -ENOBUFS if somebody
 * who listens could not be told.
 */
int espgw_sa_post(struct espgw_sa *sa, enum espgw_sa_event event)
{
	const struct espgw_event ev = {
		.en = sa->en,
		.what = event,
		.sa = sa,
	};

	return espgw_event_post(ESPGW_EVENT_SA, &ev);
}

/* -- limits */

/* A kind of limit: soft, hard, and the flag that the soft one was told. */
static const struct {
	u8 soft;
	u8 hard;
	u8 flag;
} kinds[] = {
	{ ESPGW_LIMIT_A_SOFT_BYTES, ESPGW_LIMIT_A_HARD_BYTES,
	  ESPGW_SA_F_SOFT_BYTES },
	{ ESPGW_LIMIT_A_SOFT_PACKETS, ESPGW_LIMIT_A_HARD_PACKETS,
	  ESPGW_SA_F_SOFT_PACKETS },
	{ ESPGW_LIMIT_A_SOFT_SECONDS, ESPGW_LIMIT_A_HARD_SECONDS,
	  ESPGW_SA_F_SOFT_SECONDS },
};

enum { BYTES, PACKETS, SECONDS };

static u64 limit(const struct espgw_sa *sa, unsigned int i)
{
	return READ_ONCE(sa->set.limits.v[i]);
}

/* An event that could not be told is posted again after so long. */
#define RETELL_S	1

static void arm(struct espgw_sa *sa, u64 in_s)
{
	if (!test_bit(ESPGW_SA_F_GONE, &sa->flags))
		hrtimer_start(&sa->life, ns_to_ktime(in_s * NSEC_PER_SEC),
			      HRTIMER_MODE_REL_SOFT);
}

/* Of each kind for itself; what could not be told is due again. */
static void soft(struct espgw_sa *sa, unsigned int kind)
{
	unsigned int flag = kinds[kind].flag;

	if (test_bit(flag, &sa->flags) ||
	    test_and_set_bit(flag, &sa->flags))
		return;
	if (espgw_sa_post(sa, ESPGW_SA_EVENT_SOFT))
		clear_bit(flag, &sa->flags);
}

static void tell_end(struct espgw_sa *sa)
{
	clear_bit(ESPGW_SA_F_UNTOLD, &sa->flags);
	if (espgw_sa_post(sa, READ_ONCE(sa->end))) {
		set_bit(ESPGW_SA_F_UNTOLD, &sa->flags);
		arm(sa, RETELL_S);
	}
}

/**
 * espgw_sa_kill() - an SA has reached its end
 * @sa: the SA; stays in the table, for people to see, but is not used again
 * @event: ESPGW_SA_EVENT_HARD or ESPGW_SA_EVENT_SEQ
 *
 * Context: any but hard interrupts, under RCU.
 */
void espgw_sa_kill(struct espgw_sa *sa, enum espgw_sa_event event)
{
	if (test_and_set_bit(ESPGW_SA_F_DEAD, &sa->flags))
		return;
	WRITE_ONCE(sa->end, event);
	tell_end(sa);
	if (event == ESPGW_SA_EVENT_SEQ)
		espgw_alert(sa->en, ESPGW_ALERT_SEQ, sa->key.family,
			    sa->key.spi, &sa->set.src, &sa->key.dst);
	/* Another SA carries the path's probes now. */
	queue_work(espgw_wq, &sa->en->refresh);
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
 * espgw_sa_life_is_ending() - has a soft limit been reached
 * @sa: the SA
 *
 * Whether that could be told or not.
 *
 * Context: any. Return: true if it has.
 */
bool espgw_sa_life_is_ending(const struct espgw_sa *sa)
{
	const u64 value[] = {
		[BYTES] = atomic64_read(&sa->bytes),
		[PACKETS] = atomic64_read(&sa->packets),
		[SECONDS] = ktime_get_boottime_seconds() - sa->added,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(value); i++)
		if (reached(value[i], limit(sa, kinds[i].soft)))
			return true;
	return false;
}

static bool exceeds(const struct espgw_sa *sa, const u64 count[SECONDS])
{
	unsigned int i;

	for (i = 0; i < SECONDS; i++)
		if (over(count[i], limit(sa, kinds[i].hard)))
			return true;
	return false;
}

/**
 * espgw_sa_has_left() - would espgw_sa_charge() let packets through
 * @sa: the SA
 * @bytes: length of their inner packets
 * @packets: how many
 *
 * What is left of an adopted SA only xfrm knows.
 *
 * Context: any. Return: false if they exceed a hard limit.
 */
bool espgw_sa_has_left(const struct espgw_sa *sa, u64 bytes, u64 packets)
{
	const u64 count[SECONDS] = {
		[BYTES] = atomic64_read(&sa->bytes) + bytes,
		[PACKETS] = atomic64_read(&sa->packets) + packets,
	};

	return sa->x || !READ_ONCE(sa->limited) || !exceeds(sa, count);
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
	u64 count[SECONDS];
	unsigned int i;

	if (sa->x)
		return espgw_sa_charge_adopted(sa);
	count[BYTES] = atomic64_add_return(bytes, &sa->bytes);
	count[PACKETS] = atomic64_inc_return(&sa->packets);
	if (exceeds(sa, count)) {
		espgw_sa_kill(sa, ESPGW_SA_EVENT_HARD);
		return false;
	}
	for (i = 0; i < ARRAY_SIZE(count); i++)
		if (reached(count[i], limit(sa, kinds[i].soft)))
			soft(sa, i);
	return true;
}

/* Limits in seconds, also of those that pass in suspend. Softirq. */
static enum hrtimer_restart life(struct hrtimer *timer)
{
	struct espgw_sa *sa = container_of(timer, struct espgw_sa, life);
	u64 age, next = U64_MAX, v;
	unsigned int i;

	rcu_read_lock();
	/* Its path may be gone then. */
	if (test_bit(ESPGW_SA_F_GONE, &sa->flags))
		goto unlock;
	if (test_bit(ESPGW_SA_F_UNTOLD, &sa->flags))
		tell_end(sa);
	if (test_bit(ESPGW_SA_F_DEAD, &sa->flags))
		goto unlock;
	age = ktime_get_boottime_seconds() - sa->added;
	if (reached(age, limit(sa, kinds[SECONDS].hard))) {
		espgw_sa_kill(sa, ESPGW_SA_EVENT_HARD);
		goto unlock;
	}
	if (reached(age, limit(sa, kinds[SECONDS].soft))) {
		soft(sa, SECONDS);
		if (!test_bit(ESPGW_SA_F_SOFT_SECONDS, &sa->flags))
			next = RETELL_S;
	}
	for (i = 0; i < 2; i++) {
		v = limit(sa, i ? kinds[SECONDS].hard : kinds[SECONDS].soft);
		if (v > age)
			next = min(next, v - age);
	}
	if (next != U64_MAX)
		/* So long a wait is looked at again before its end. */
		arm(sa, min_t(u64, next, U32_MAX));
unlock:
	rcu_read_unlock();
	return HRTIMER_NORESTART;
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

/* -- keepalives (RFC 3948 4): only where nothing else keeps the NAT's mapping */

static void keepalive(struct timer_list *timer)
{
	struct espgw_sa *sa = from_timer(sa, timer, keepalive);
	u32 every_s = READ_ONCE(sa->set.keepalive);
	u64 seq = atomic64_read(&sa->seq);

	rcu_read_lock();
	if (!every_s || test_bit(ESPGW_SA_F_DEAD, &sa->flags))
		goto unlock;
	if (seq != sa->idle_seq) {
		sa->idle_seq = seq;
		sa->idle_s = 0;
	} else if (++sa->idle_s >= every_s) {
		sa->idle_s = 0;
		espgw_sa_send_keepalive(sa);
	}
	mod_timer(&sa->keepalive, jiffies + HZ);
unlock:
	rcu_read_unlock();
}

/* -- beginning and end */

/**
 * espgw_sa_life_init() - an SA is made
 * @sa: the SA
 */
void espgw_sa_life_init(struct espgw_sa *sa)
{
	sa->added = ktime_get_boottime_seconds();
	hrtimer_setup(&sa->life, life, CLOCK_BOOTTIME, HRTIMER_MODE_REL_SOFT);
	timer_setup(&sa->keepalive, keepalive, 0);
}

/**
 * espgw_sa_life_update() - an SA's settings are new
 * @sa: the SA, its settings in place
 * @limits: bit n: limit n (enum espgw_limit_attr) was set: it is told anew
 *
 * Context: process context, caller holds espgw_net.lock, unless nobody else
 * knows the SA.
 */
void espgw_sa_life_update(struct espgw_sa *sa, u32 limits)
{
	unsigned int i;
	bool limited;

	if (limits) {
		if (!sa->limited)
			count_so_far(sa);
		limited = limit(sa, kinds[BYTES].soft) ||
			  limit(sa, kinds[BYTES].hard) ||
			  limit(sa, kinds[PACKETS].soft) ||
			  limit(sa, kinds[PACKETS].hard);
		WRITE_ONCE(sa->limited, limited);
		for (i = 0; i < ARRAY_SIZE(kinds); i++)
			if (limits & BIT(kinds[i].soft))
				clear_bit(kinds[i].flag, &sa->flags);
		if (limit(sa, kinds[SECONDS].soft) ||
		    limit(sa, kinds[SECONDS].hard))
			arm(sa, 0);
	}
	if (sa->set.keepalive && !timer_pending(&sa->keepalive)) {
		sa->idle_seq = atomic64_read(&sa->seq);
		sa->idle_s = 0;
		mod_timer(&sa->keepalive, jiffies + HZ);
	}
}

/**
 * espgw_sa_life_inherit() - an SA goes on where another one was
 * @sa: the SA, its counters taken over
 * @old: the one that it replaces
 * @same_key: limits go on as well
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_sa_life_inherit(struct espgw_sa *sa, const struct espgw_sa *old,
			   bool same_key)
{
	if (same_key) {
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
 * espgw_sa_life_end() - an SA's timers end
 * @sa: the SA, with ESPGW_SA_F_GONE
 *
 * Context: process context, may wait for a timer.
 */
void espgw_sa_life_end(struct espgw_sa *sa)
{
	hrtimer_cancel(&sa->life);
	timer_delete_sync(&sa->keepalive);
}

/* -- rest */

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
		espgw_alert(sa->en, ESPGW_ALERT_RECURSIVE_ROUTING,
			    sa->key.family, sa->key.spi, &sa->set.src,
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

/* -- what was sent when */

/**
 * espgw_sa_next_second() - the first packet of a second is sent
 * @sa: outbound SA
 * @seq: last sequence number before it
 * @now: jiffies
 *
 * Context: under RCU, bottom halves off. Of CPUs that meet here, one wins.
 */
void espgw_sa_next_second(struct espgw_sa *sa, u64 seq, unsigned long now)
{
	unsigned long then = READ_ONCE(sa->second_at);
	unsigned int i;

	if (now - then < HZ || cmpxchg(&sa->second_at, then, now) != then)
		return;
	i = (READ_ONCE(sa->second) + 1) % ARRAY_SIZE(sa->seconds);
	WRITE_ONCE(sa->seconds[i].seq, seq);
	WRITE_ONCE(sa->seconds[i].at, now);
	WRITE_ONCE(sa->second, i);
}

/**
 * espgw_sa_idle_s() - for how long an SA had no packet
 * @sa: SA
 * @seconds: receives it; outbound up to one too many, since of those that are sent
 *	in one second only the first is known
 *
 * Context: under RCU or espgw_net.lock. Return: false if it never had one.
 */
bool espgw_sa_idle_s(const struct espgw_sa *sa, u32 *seconds)
{
	unsigned long at = sa->key.dir == ESPGW_DIR_OUT ?
		READ_ONCE(sa->seconds[READ_ONCE(sa->second)].at) :
		READ_ONCE(sa->received_at);

	*seconds = (jiffies - at) / HZ;
	return at;
}

/**
 * espgw_sa_sent_since() - what was sent in the last 10 s
 * @sa: outbound SA
 *
 * Context: under RCU. Return: the first sequence number of that time, a second
 * more at most; above the last one if nothing was sent.
 */
u64 espgw_sa_sent_since(const struct espgw_sa *sa)
{
	u64 seq = atomic64_read(&sa->seq);
	unsigned int i, n;

	i = READ_ONCE(sa->second);
	for (n = 0; n < ARRAY_SIZE(sa->seconds) - 1; n++) {
		const struct espgw_sa_second *s = &sa->seconds[i];
		unsigned long at = READ_ONCE(s->at);

		if (!at || jiffies - at > ESPGW_SA_HISTORY_S * HZ)
			break;
		seq = READ_ONCE(s->seq);
		i = (i ?: ARRAY_SIZE(sa->seconds)) - 1;
	}
	return seq + 1;
}

static int raise_sent(struct espgw_sa *sa, u64 to)
{
	u64 seq = atomic64_read(&sa->seq);

	do {
		if (to < seq)
			return -EINVAL;
	} while (!atomic64_try_cmpxchg(&sa->seq, (s64 *)&seq, to));
	return 0;
}

/* Which of the numbers up to there were received elsewhere is not known: all. */
static int raise_received(struct espgw_sa *sa, u64 to)
{
	struct espgw_replay *r = &sa->replay;
	bool down;

	spin_lock_bh(&sa->replay_lock);
	down = to < r->top;
	if (!down)
		espgw_replay_init(r, r->window, r->esn, to, r->bits);
	spin_unlock_bh(&sa->replay_lock);
	return down ? -EINVAL : 0;
}

/**
 * espgw_sa_raise_seq() - another gateway has gone on with an SA's numbers
 * @sa: the SA
 * @to: outbound: the last one sent; inbound: the highest one received
 * @extack: says what is wrong
 *
 * Only up: no number is to be sent twice, or taken twice.
 *
 * Context: caller holds espgw_net.lock. Return: 0 or -EINVAL, then nothing has
 * changed.
 */
int espgw_sa_raise_seq(struct espgw_sa *sa, u64 to,
		       struct netlink_ext_ack *extack)
{
	bool out = sa->key.dir == ESPGW_DIR_OUT;
	int err;

	if (to > atomic64_read(&sa->seq_max)) {
		NL_SET_ERR_MSG(extack, "seq above 4294967295 needs esn");
		return -EINVAL;
	}
	err = out ? raise_sent(sa, to) : raise_received(sa, to);
	if (err && out)
		NL_SET_ERR_MSG(extack, "seq below what was sent");
	else if (err)
		NL_SET_ERR_MSG(extack, "seq below what was received");
	return err;
}
