// SPDX-License-Identifier: GPL-2.0
/*
 * Large packets that nobody acknowledges.
 *
 * TCP tells by itself that what it sends does not arrive. Of all else, datagrams
 * of a stream, another tunnel's packets, nobody here can say what became of it: a
 * flow that is not answered may be one that never is. But it can be said that
 * nothing has shown for a while that packets so large arrive, though they go out
 * all the time, and the peer is there. So it is asked, once for a long time if
 * they do: that costs two probes, and is all that a path without a black hole
 * pays.
 */

#include "unproven.h"

/* How long to wait after a question: longer, the more were in vain. */
static u64 pause_ms(const struct espgw_unproven *u)
{
	return min_t(u64, (u64)ESPGW_UNPROVEN_PAUSE_MS << u->tries,
		     ESPGW_UNPROVEN_KEEP_MS);
}

/**
 * espgw_unproven_look() - what has been sent since the last look
 * @u: what is known
 * @longest: the longest outer packet, bytes; 0 if TCP's were among the large ones
 * @large: what is longer is large, bytes
 * @now_ms: the time
 *
 * To be called about once a second while something arrives by the path, and not
 * while probes are under way.
 *
 * Return: true if it is to be asked now whether they arrive.
 */
bool espgw_unproven_look(struct espgw_unproven *u, u32 longest, u32 large,
			 u64 now_ms)
{
	bool proven = u->proven_ms && longest <= u->proven &&
		      now_ms - u->proven_ms < ESPGW_UNPROVEN_KEEP_MS;
	bool again = u->since_ms &&
		     now_ms - u->last_ms < ESPGW_UNPROVEN_GAP_MS;

	u->last_ms = now_ms;
	if (longest <= large || proven) {
		u->since_ms = 0;
		return false;
	}
	if (!again)
		u->since_ms = now_ms;
	if (now_ms - u->since_ms < ESPGW_UNPROVEN_AFTER_MS)
		return false;
	if (u->asked_ms && now_ms - u->asked_ms < pause_ms(u))
		return false;
	if (u->asked_ms && u->tries < ESPGW_UNPROVEN_TRIES)
		u->tries++;
	u->since_ms = 0;
	u->asked_ms = now_ms;
	return true;
}

/**
 * espgw_unproven_answered() - probes have been answered
 * @u: what is known
 * @size: the longest of this search, bytes
 * @now_ms: the time
 */
void espgw_unproven_answered(struct espgw_unproven *u, u32 size, u64 now_ms)
{
	u->proven = size;
	u->proven_ms = now_ms;
	u->tries = 0;
}

/**
 * espgw_unproven_again() - what was known is not so any more
 * @u: what is known
 *
 * Packets take another way. When it was asked last still counts.
 */
void espgw_unproven_again(struct espgw_unproven *u)
{
	u->proven_ms = 0;
}
