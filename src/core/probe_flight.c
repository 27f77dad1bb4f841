// SPDX-License-Identifier: GPL-2.0
/*
 * Probes on their way: names, round-trip time, time-out, rate limit.
 *
 * The last ESPGW_PROBE_RING are remembered, also after they were given up, so
 * that a late answer still counts. One whose place is needed is given up as
 * well.
 */

#include "probe_flight.h"

/* How long an answer is waited for: without a round-trip time yet; limits */
#define RTO_FIRST_MS	1000
#define RTO_MIN_MS	200
#define RTO_MAX_MS	3000

/**
 * espgw_flight_give_up() - an answer is waited for no longer
 * @p: the search
 * @s: a probe on its way
 */
void espgw_flight_give_up(struct espgw_probe *p, struct espgw_probe_sent *s)
{
	if (p->gone_count < ESPGW_PROBE_RING)
		p->gone[p->gone_count++] = *s;
	s->out = false;
	p->lost++;
}

/**
 * espgw_flight_add() - a probe is sent
 * @p: the search
 * @size: its outer size, bytes
 * @now_ms: the time
 *
 * Return: the probe, with a name.
 */
const struct espgw_probe_sent *espgw_flight_add(struct espgw_probe *p, u32 size,
						u64 now_ms)
{
	struct espgw_probe_sent *s;

	/* 0 is no name, also after the number has wrapped. */
	if (!++p->token)
		p->token++;
	s = &p->ring[p->token % ESPGW_PROBE_RING];
	if (s->out)
		espgw_flight_give_up(p, s);
	s->token = p->token;
	s->size = (u16)size;
	s->sent_ms = now_ms;
	s->out = true;
	p->sent++;
	p->paid_ms = max(p->paid_ms, now_ms) + ESPGW_PROBE_GAP_MS;
	return s;
}

/**
 * espgw_flight_find() - a probe by its name
 * @p: the search
 * @token: the name
 *
 * Return: the probe, which may be given up already; NULL: none of that name was
 * sent lately, or it was answered.
 */
struct espgw_probe_sent *espgw_flight_find(struct espgw_probe *p, u32 token)
{
	struct espgw_probe_sent *s = &p->ring[token % ESPGW_PROBE_RING];

	return token && s->token == token ? s : NULL;
}

/**
 * espgw_flight_abandon() - give up all probes, and forget their names
 * @p: the search
 *
 * They may still be answered, but that would say nothing about the path as it
 * is now.
 */
void espgw_flight_abandon(struct espgw_probe *p)
{
	u32 i;

	for (i = 0; i < ESPGW_PROBE_RING; i++) {
		if (p->ring[i].out)
			espgw_flight_give_up(p, &p->ring[i]);
		p->ring[i].token = 0;
	}
}

/**
 * espgw_flight_any() - is an answer waited for
 * @p: the search
 *
 * Return: true if a probe is neither answered nor given up.
 */
bool espgw_flight_any(const struct espgw_probe *p)
{
	u32 i;

	for (i = 0; i < ESPGW_PROBE_RING; i++)
		if (p->ring[i].out)
			return true;
	return false;
}

/**
 * espgw_flight_since() - since when the answer to a size is waited for
 * @p: the search
 * @size: outer size, bytes
 *
 * Return: when the probe of that size was sent that is on its way; 0: none is.
 */
u64 espgw_flight_since(const struct espgw_probe *p, u32 size)
{
	u32 i;

	for (i = 0; i < ESPGW_PROBE_RING; i++)
		if (p->ring[i].out && p->ring[i].size == size)
			return p->ring[i].sent_ms;
	return 0;
}

/**
 * espgw_flight_not_before() - when the next probes may be sent
 * @p: the search
 * @n: how many, one right after the other
 *
 * Up to ESPGW_PROBE_LIMIT may be unpaid at a time, and one is paid for in each
 * ESPGW_PROBE_GAP_MS.
 *
 * Return: the time, which may have passed already.
 */
u64 espgw_flight_not_before(const struct espgw_probe *p, u32 n)
{
	const u64 burst_ms = (ESPGW_PROBE_LIMIT - n) * ESPGW_PROBE_GAP_MS;

	return max(p->wake_ms,
		   p->paid_ms > burst_ms ? p->paid_ms - burst_ms : 0);
}

/**
 * espgw_flight_timeout() - how long an answer is waited for
 * @p: the search
 *
 * SRTT + 4 RTTVAR (RFC 6298 2.3), with limits of our own; doubled for each of
 * the smallest probes lost in a row, three times at most.
 *
 * Return: milliseconds.
 */
u64 espgw_flight_timeout(const struct espgw_probe *p)
{
	u32 ms = RTO_FIRST_MS;

	if (p->srtt)
		ms = max_t(u32, p->srtt / 8 + p->rttvar, RTO_MIN_MS);
	return min_t(u32, ms << min_t(u32, p->mute, 3), RTO_MAX_MS);
}

/**
 * espgw_flight_due() - when the next probe is to be given up
 * @p: the search
 *
 * Return: the time; ESPGW_PROBE_NEVER if none is on its way.
 */
u64 espgw_flight_due(const struct espgw_probe *p)
{
	u64 timeout = espgw_flight_timeout(p), due = ESPGW_PROBE_NEVER;
	u32 i;

	for (i = 0; i < ESPGW_PROBE_RING; i++)
		if (p->ring[i].out)
			due = min(due, p->ring[i].sent_ms + timeout);
	return due;
}

/**
 * espgw_flight_measure() - take a round-trip time into account (RFC 6298 2)
 * @p: the search
 * @rtt_ms: the time between a probe and its answer
 */
void espgw_flight_measure(struct espgw_probe *p, u64 rtt_ms)
{
	u32 rtt = (u32)min_t(u64, max_t(u64, rtt_ms, 1), RTO_MAX_MS);
	u32 off;

	if (!p->srtt) {
		p->srtt = rtt * 8;
		p->rttvar = rtt * 2;
		return;
	}
	off = p->srtt / 8 > rtt ? p->srtt / 8 - rtt : rtt - p->srtt / 8;
	p->rttvar = p->rttvar - p->rttvar / 4 + off;
	p->srtt = p->srtt - p->srtt / 8 + rtt;
}
