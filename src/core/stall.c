// SPDX-License-Identifier: GPL-2.0
/*
 * TCP flows that stall on large segments.
 *
 * In a black hole no large segment arrives: a flow sends its oldest one again
 * and again, and no large segment of any flow is acknowledged. In congestion
 * some are acknowledged, or small ones have to be sent again as well. If a
 * single transfer is all that there is, it sends nothing small to compare with.
 * So a stall is no more than a reason to send probes, of which a small one goes
 * with each large one.
 */

#include "stall.h"

/* What is sent again sooner was not sent by TCP's retransmission timer. */
#define AGAIN_MS	100

/*
 * Segments sent again are counted together if they were within this time. A
 * flow that was silent for as long begins anew.
 */
#define SPAN_MS		10000

/* For so long after a small segment was sent again it may be congestion. */
#define SMALL_MS	1000

/*
 * A path loses little if of its last WATCHED_MIN large segments, as many as the
 * history has bits, no more than AGAIN_MAX had to be sent again.
 */
#define WATCHED_MIN	32
#define AGAIN_MAX	3

/* A flow loses its place to another one no sooner; later if it has stalled. */
#define KEEP_MS		1000u

static_assert(!(ESPGW_STALL_FLOWS & (ESPGW_STALL_FLOWS - 1)));

static u32 mix(u32 h, u32 v)
{
	h = (h ^ v) * 0x85ebca6bu;
	h ^= h >> 13;
	h *= 0xc2b2ae35u;
	return h ^ h >> 16;
}

static u32 mix_end(const struct espgw_addr *addr, u16 port, u32 seed)
{
	u32 i;

	for (i = 0; i < 4; i++)
		seed = mix(seed, be32_to_cpu(addr->a[i]));
	return mix(seed, port);
}

/**
 * espgw_stall_key() - a flow's key, the same for both directions
 * @a: inner address of one end
 * @a_port: its TCP port, host byte order
 * @b: inner address of the other end
 * @b_port: its TCP port
 * @seed: random, the same for the life of the path
 *
 * Return: never 0.
 */
u32 espgw_stall_key(const struct espgw_addr *a, u16 a_port,
		    const struct espgw_addr *b, u16 b_port, u32 seed)
{
	u32 key = mix_end(a, a_port, seed) + mix_end(b, b_port, seed);

	key = mix(key, seed);
	return key ? key : 1;
}

static struct espgw_stall_flow *flow_of(struct espgw_stall *st, u32 key)
{
	return &st->flows[key & (ESPGW_STALL_FLOWS - 1)];
}

/* Small segments are lost too: this is not a matter of size. */
static bool small_lost(const struct espgw_stall *st, u64 now_ms)
{
	return st->small_ms && now_ms - st->small_ms < SMALL_MS;
}

/* The path loses so many large segments that one more says little. */
static bool again_often(const struct espgw_stall *st)
{
	u32 n = 0, history = st->history;

	for (; history; history &= history - 1)
		n++;
	return n > AGAIN_MAX;
}

/**
 * espgw_stall_sent() - a TCP segment takes the path
 * @st: what is watched
 * @key: its flow
 * @seq: its sequence number; of a super-packet, the first one
 * @len: its payload, bytes
 * @large: it, or each segment of a super-packet, is near what the path allows
 * @now_ms: the time
 *
 * Of each flow the oldest segment that is not acknowledged is followed. A black
 * hole is suspected once such segments that are large were sent again
 * ESPGW_STALL_AGAIN times, in all flows together, with no large one
 * acknowledged meanwhile.
 *
 * Return: 0 if nothing is suspected; else for how many lost probes the
 * suspicion stands, for espgw_probe_stalled(), to which @st->lost_ms goes as
 * well: only one unless 32 large segments were watched before and nearly all
 * passed at once.
 */
u32 espgw_stall_sent(struct espgw_stall *st, u32 key, u32 seq, u32 len,
		     bool large, u64 now_ms)
{
	struct espgw_stall_flow *f = flow_of(st, key);
	u32 idle_ms = (u32)now_ms - f->last_ms;
	s32 ahead = (s32)(seq - f->seq);

	if (!len)
		return 0;
	/* Not its oldest segment. */
	if (f->key == key && idle_ms < SPAN_MS && ahead > 0)
		return 0;
	if (f->key != key || idle_ms >= SPAN_MS || ahead < 0 ||
	    f->large != large) {
		/* The longer a flow has stalled, the longer it keeps it. */
		if (f->key && f->key != key &&
		    idle_ms < KEEP_MS << min_t(u32, f->tries, 3))
			return 0;
		f->key = key;
		f->seq = seq;
		f->last_ms = (u32)now_ms;
		f->tries = 0;
		f->large = large;
		return 0;
	}

	/* It is the segment that is followed, sent again. */
	if (idle_ms < AGAIN_MS)
		return 0;
	f->last_ms = (u32)now_ms;
	f->tries = (u8)min_t(u32, f->tries + 1u, 255);
	if (!large) {
		st->small_ms = now_ms;
		st->again = 0;
		return 0;
	}
	if (!st->again || now_ms - st->since_ms >= SPAN_MS) {
		st->again = 0;
		st->since_ms = now_ms;
	}
	if (++st->again < ESPGW_STALL_AGAIN || small_lost(st, now_ms))
		return 0;
	if (st->told_ms && now_ms - st->told_ms < ESPGW_STALL_PAUSE_MS)
		return 0;
	st->again = 0;
	st->told_ms = now_ms;
	st->told_since_ms = st->since_ms;
	st->lost_ms = now_ms - idle_ms;
	st->suspicions++;
	return st->watched < WATCHED_MIN || again_often(st) ?
		1 : ESPGW_STALL_WORTH;
}

/**
 * espgw_stall_renew() - what was followed of a flow may be acknowledged by now
 * @st: what is watched
 * @key: the flow
 * @seq: the sequence number of a segment that takes the path now
 *
 * Where acknowledgements are not looked at: called before espgw_stall_sent(), it
 * has that follow this segment, unless it is the one that is followed or one that
 * is followed was sent again.
 */
void espgw_stall_renew(struct espgw_stall *st, u32 key, u32 seq)
{
	struct espgw_stall_flow *f = flow_of(st, key);

	if (f->key == key && f->seq != seq && !f->tries)
		f->key = 0;
}

/**
 * espgw_stall_acked() - a TCP segment arrived, with an acknowledgement
 * @st: what is watched
 * @key: its flow, by espgw_stall_key()
 * @ack: its acknowledgement number
 *
 * Return: true if it is for a large segment that was sent again when the last
 * suspicion arose, or since. Then there is no reason for it any more, and
 * espgw_probe_flowing() is to be called.
 */
bool espgw_stall_acked(struct espgw_stall *st, u32 key, u32 ack)
{
	struct espgw_stall_flow *f = flow_of(st, key);
	bool again = f->large && f->tries;

	if (f->key != key || (s32)(ack - f->seq) <= 0)
		return false;
	/* A large segment passes, so no flow is in a black hole. */
	if (f->large) {
		st->again = 0;
		st->history = st->history << 1 | again;
		st->watched += st->watched < WATCHED_MIN;
	}
	f->key = 0;
	return again && st->told_ms &&
	       (s32)(f->last_ms - (u32)st->told_since_ms) >= 0;
}
