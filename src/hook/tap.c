// SPDX-License-Identifier: GPL-2.0
/*
 * What passes, and may point to a black hole: TCP that stands still (core/stall),
 * and large packets of anything else (core/unproven).
 */
#include <linux/tcp.h>

#include "hook/prober.h"
#include "packet/icmp.h"

/*
 * With `probe suspect` one large segment in this time is looked at: of a flow that
 * stands still in a black hole that is each, of traffic that flows next to none.
 */
#define SAMPLE_MS	20

/* So long after one was sent again all of TCP is, in both directions. */
#define ALARM_MS	10000

/* More than an SA adds to a packet. */
#define ADDED_MAX	128

/* An outer packet that is longer is large, bytes. @mtu: 0: nothing is known */
static u32 large_from(u32 mtu)
{
	return mtu ? min_t(u32, ESPGW_PROBE_BASE, mtu - mtu / 8) :
		     ESPGW_PROBE_BASE;
}

/**
 * espgw_tap_open() - look at the next large segment of a path
 * @path: the path
 */
void espgw_tap_open(struct espgw_path *path)
{
	u32 large = large_from(READ_ONCE(path->mtu));

	WRITE_ONCE(path->watch_len, large > ADDED_MAX ? large - ADDED_MAX : 0);
}

/**
 * espgw_tap_watch() - look at a path's TCP as closely as is needed now
 * @pr: its probes
 *
 * Context: caller holds espgw_path.lock.
 */
void espgw_tap_watch(struct espgw_prober *pr)
{
	struct espgw_path *path = pr->path;

	lockdep_assert_held(&path->lock);
	pr->alarmed &= pr->suspects;
	if (path->probing || pr->alarmed) {
		set_bit(ESPGW_WATCH_TCP, &path->watch);
		WRITE_ONCE(path->watch_len, 0);
		return;
	}
	clear_bit(ESPGW_WATCH_TCP, &path->watch);
	if (pr->suspects)
		espgw_tap_open(path);
	else
		WRITE_ONCE(path->watch_len, U32_MAX);
}

/**
 * espgw_tap_quiet() - nothing was sent again for a while, or a sample is due
 * @timer: struct espgw_prober.quiet
 */
void espgw_tap_quiet(struct timer_list *timer)
{
	struct espgw_prober *pr = from_timer(pr, timer, quiet);

	spin_lock_bh(&pr->path->lock);
	pr->alarmed = false;
	espgw_tap_watch(pr);
	spin_unlock_bh(&pr->path->lock);
}

/* With `probe suspect`, after a segment was looked at. @again: not its first time */
static void sampled(struct espgw_prober *pr, bool again)
{
	struct espgw_path *path = pr->path;

	if (pr->alarmed && !again)
		return;
	spin_lock_bh(&path->lock);
	if (pr->suspects && !pr->dead) {
		pr->alarmed |= again;
		if (again)
			espgw_tap_watch(pr);
		else
			WRITE_ONCE(path->watch_len, U32_MAX);
		mod_timer(&pr->quiet, jiffies +
			  msecs_to_jiffies(again ? ALARM_MS : SAMPLE_MS));
	}
	spin_unlock_bh(&path->lock);
}

/* The path's first large segment: whether it has probes is found out now. */
static void notice(struct espgw_path *path)
{
	WRITE_ONCE(path->watch_len, U32_MAX);
	WRITE_ONCE(path->noticed, true);
	queue_work(espgw_wq, &path->en->refresh);
}

/**
 * espgw_tap_sent() - look at an inner packet of TCP that is about to leave
 * @sa: the outbound SA that it takes
 * @skb: the packet, linear, skb->data at its IP header
 * @seq: low 32 bits of its sequence number in the SA
 *
 * TCP that sends large segments again and again makes a probe ask.
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_tap_sent(struct espgw_sa *sa, const struct sk_buff *skb, u32 seq)
{
	struct espgw_path *path = sa->path;
	struct espgw_prober *pr = espgw_prober(path);
	struct espgw_stall_flow *f;
	u32 key, len, hdr, tcp_seq;
	u64 now_ms = espgw_path_now_ms(), lost_ms;
	struct espgw_view v;
	const u8 *tcp;
	bool large, again, suspects;
	u32 worth;

	if (!pr) {
		notice(path);
		return;
	}
	if (espgw_view(&v, skb->data, skb->len, skb->len) != ESPGW_VIEW_OK ||
	    v.proto != IPPROTO_TCP || v.is_frag ||
	    v.len < v.hdr_len + sizeof(struct tcphdr))
		return;
	tcp = skb->data + v.hdr_len;
	hdr = v.hdr_len + (tcp[12] >> 4) * 4;
	len = v.len > hdr ? v.len - hdr : 0;
	large = espgw_len_outer(&sa->len, v.len) >
		large_from(READ_ONCE(path->mtu));
	tcp_seq = espgw_get_be32(tcp + 4);
	key = espgw_stall_key(&v.src, v.sport, &v.dst, v.dport, pr->seed);

	if (!spin_trylock(&pr->stall_lock))
		return;
	suspects = READ_ONCE(pr->suspects);
	if (suspects && !pr->alarmed)
		espgw_stall_renew(&pr->stall, key, tcp_seq);
	worth = espgw_stall_sent(&pr->stall, key, tcp_seq, len, large, now_ms);
	if (large)
		WRITE_ONCE(pr->tcp, true);
	f = &pr->stall.flows[key % ESPGW_STALL_FLOWS];
	if (large && f->key == key)
		pr->last[key % ESPGW_STALL_FLOWS] = seq;
	again = large && f->key == key && f->tries &&
		f->last_ms == (u32)now_ms;
	lost_ms = pr->stall.lost_ms;
	spin_unlock(&pr->stall_lock);
	if (suspects)
		sampled(pr, again);
	if (likely(!worth))
		return;
	spin_lock_bh(&path->lock);
	/* Not from here: a packet is under way. */
	if (path->probing) {
		espgw_probe_stalled(&pr->core, &pr->env, worth, lost_ms, now_ms);
		espgw_prober_arm(pr, 0);
	} else if (pr->suspects) {
		pr->worth = worth;
		pr->lost_ms = lost_ms;
		espgw_prober_arm(pr, 0);
	}
	spin_unlock_bh(&path->lock);
}

/**
 * espgw_tap_acked() - look at a TCP segment that has arrived
 * @pr: the probes of its path
 * @skb: the segment, skb->data at its IP header
 * @v: what it is
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_tap_acked(struct espgw_prober *pr, const struct sk_buff *skb,
		     const struct espgw_view *v)
{
	struct tcphdr _th, *th;
	bool flows;
	u32 key;

	th = skb_header_pointer(skb, v->hdr_len, sizeof(_th), &_th);
	if (!th || !th->ack)
		return;
	key = espgw_stall_key(&v->src, v->sport, &v->dst, v->dport, pr->seed);
	if (!spin_trylock(&pr->stall_lock))
		return;
	flows = espgw_stall_acked(&pr->stall, key, ntohl(th->ack_seq));
	spin_unlock(&pr->stall_lock);
	if (likely(!flows))
		return;
	spin_lock_bh(&pr->path->lock);
	espgw_probe_flowing(&pr->core);
	spin_unlock_bh(&pr->path->lock);
}

static bool searches(const struct espgw_prober *pr)
{
	return pr->core.state == ESPGW_PROBE_BASE_WAIT ||
	       pr->core.state == ESPGW_PROBE_SEARCHING;
}

/**
 * espgw_tap_heard() - something has come by a path: what has it been sent lately?
 * @path: the path
 *
 * Where large packets are sent that are not TCP's, and nothing shows that they
 * arrive, a probe asks.
 *
 * Context: under RCU, caller holds espgw_path.lock; about once a second.
 */
void espgw_tap_heard(struct espgw_path *path)
{
	struct espgw_prober *pr = path->prober;
	u32 longest = 0, large = large_from(path->mtu);
	struct espgw_sa *sa;

	lockdep_assert_held(&path->lock);
	if (pr ? !pr->suspects || searches(pr) : READ_ONCE(path->noticed))
		return;
	list_for_each_entry_rcu(sa, &path->sas, on_path)
		longest = max(longest, espgw_sa_take_longest(sa));
	if (!pr) {
		if (longest > large)
			notice(path);
		return;
	}
	if (READ_ONCE(pr->tcp))
		longest = 0;
	WRITE_ONCE(pr->tcp, false);
	if (!espgw_unproven_look(&pr->unproven, longest, large,
				 espgw_path_now_ms()))
		return;
	pr->doubts = true;
	espgw_prober_arm(pr, 0);
}

/**
 * espgw_tap_tell_stalled() - tell the senders whose segments a black hole took
 * @pr: the probes of its path, which have found it
 * @sa: the outbound SA
 *
 * Nobody else does, and they would wait for their next timer.
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_tap_tell_stalled(struct espgw_prober *pr, struct espgw_sa *sa)
{
	u32 inner = espgw_len_inner(&sa->len, READ_ONCE(pr->path->mtu));
	unsigned int i;

	for (i = 0; i < ESPGW_STALL_FLOWS; i++) {
		bool waits;
		u32 seq;

		spin_lock(&pr->stall_lock);
		waits = pr->stall.flows[i].key && pr->stall.flows[i].large;
		seq = pr->last[i];
		spin_unlock(&pr->stall_lock);
		if (waits)
			espgw_icmp_relay(sa, seq, inner);
	}
}
