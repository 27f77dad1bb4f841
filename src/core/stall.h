/* SPDX-License-Identifier: GPL-2.0 */
/* TCP flows that stall on large segments: what makes a black hole suspected. */
#ifndef ESPGW_CORE_STALL_H
#define ESPGW_CORE_STALL_H

#include "core.h"

#define ESPGW_STALL_FLOWS	64	/* a power of two */
#define ESPGW_STALL_AGAIN	2	/* so often sent again: a suspicion */
#define ESPGW_STALL_WORTH	5	/* it stands for so many lost probes */
#define ESPGW_STALL_PAUSE_MS	2000	/* between two suspicions, at least */

/**
 * struct espgw_stall_flow - a flow's oldest segment that is not acknowledged
 * @key: espgw_stall_key(); 0: the place is free
 * @seq: the segment's first sequence number
 * @last_ms: when it was last sent, low 32 bits
 * @tries: how often it was sent again
 * @large: it was near what the path MTU allows
 */
struct espgw_stall_flow {
	u32 key;
	u32 seq;
	u32 last_ms;
	u8 tries;
	bool large;
};

/**
 * struct espgw_stall - what is watched on one path
 * @since_ms: when the first of the segments that @again counts was sent again
 * @small_ms: when a small segment was last sent again; 0: never
 * @told_ms: when the last suspicion arose; 0: none did
 * @told_since_ms: what @since_ms was at that time
 * @lost_ms: when the segment that made it arise had been sent the time before
 * @suspicions: how many there were
 * @again: how often large segments were sent again since one was acknowledged
 * @history: the last 32 large segments acknowledged, newest in bit 0; set: it
 *	had been sent again before
 * @watched: how many bits of @history are in use
 * @flows: flows by the low bits of their keys; each place holds one at a time
 *
 * Times are milliseconds of one monotonic clock that never is 0. Not locked
 * here: a caller that finds it locked may leave the packet out, TCP will send
 * it again. All zero: empty.
 */
struct espgw_stall {
	u64 since_ms;
	u64 small_ms;
	u64 told_ms;
	u64 told_since_ms;
	u64 lost_ms;
	u64 suspicions;
	u32 again;
	u32 history;
	u32 watched;
	struct espgw_stall_flow flows[ESPGW_STALL_FLOWS];
};

u32 espgw_stall_key(const struct espgw_addr *a, u16 a_port,
		    const struct espgw_addr *b, u16 b_port, u32 seed);
u32 espgw_stall_sent(struct espgw_stall *st, u32 key, u32 seq, u32 len,
		     bool large, u64 now_ms);
void espgw_stall_renew(struct espgw_stall *st, u32 key, u32 seq);
bool espgw_stall_acked(struct espgw_stall *st, u32 key, u32 ack);

#endif
