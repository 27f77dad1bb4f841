/* SPDX-License-Identifier: GPL-2.0 */
/* What a search for a path's MTU knows and is told: the types of probe.h. */
#ifndef ESPGW_CORE_PROBE_STATE_H
#define ESPGW_CORE_PROBE_STATE_H

#include "core.h"

#define ESPGW_PROBE_BASE	1280	/* where `probe on` begins, bytes */
#define ESPGW_PROBE_MAX		3	/* MAX_PROBES, RFC 8899 5.1.2 */
#define ESPGW_PROBE_WIDTH	8	/* how near the true MTU, bytes */
#define ESPGW_PROBE_CONFIRM_MS	30000	/* default time between confirmations */
#define ESPGW_PROBE_RAISE_MS	600000	/* PMTU_RAISE_TIMER, RFC 8899 5.1.1 */
#define ESPGW_PROBE_LIMIT	16	/* at most that many in a row, and then */
#define ESPGW_PROBE_GAP_MS	500	/* one in this time */
#define ESPGW_PROBE_RECHECK_MS	1000	/* until a lost size is tried again */
#define ESPGW_PROBE_NEVER	(~0ULL)
#define ESPGW_PROBE_RING	16
#define ESPGW_PROBE_DOUBTS	16
#define ESPGW_PROBE_BOUNDS	8
#define ESPGW_PROBE_ROUND	3	/* probes sent one right after the other */

/**
 * enum espgw_probe_state - RFC 8899 5.2
 * @ESPGW_PROBE_DISABLED: nothing was started
 * @ESPGW_PROBE_BASE_WAIT: no probe was answered yet (RFC: BASE)
 * @ESPGW_PROBE_SEARCHING: some sizes are still to be tried
 * @ESPGW_PROBE_COMPLETE: found; now and then confirmed (RFC: SEARCH_COMPLETE)
 * @ESPGW_PROBE_ERROR: not even small probes are answered
 */
enum espgw_probe_state {
	ESPGW_PROBE_DISABLED,
	ESPGW_PROBE_BASE_WAIT,
	ESPGW_PROBE_SEARCHING,
	ESPGW_PROBE_COMPLETE,
	ESPGW_PROBE_ERROR,
};

/* What has happened: espgw_probe_take(). */
#define ESPGW_PROBE_RAISED	0x01	/* @size is confirmed and larger */
#define ESPGW_PROBE_LOWERED	0x02	/* @size is smaller */
#define ESPGW_PROBE_FOUND	0x04	/* the search is complete */
#define ESPGW_PROBE_SILENT	0x08	/* the peer does not answer: ERROR */
#define ESPGW_PROBE_HOLE	0x10	/* a black hole, with LOWERED */
#define ESPGW_PROBE_CONFIRMED	0x20	/* @size itself was answered again */

/**
 * struct espgw_probe_env - what the shell knows, at each call
 * @max: the largest outer packet that route, device and mtu-cap allow, bytes
 * @floor: min-pmtu, bytes, and at least the smallest probe that can be made;
 *	not above @max
 * @pmtu: effective path MTU now, bytes; where a search begins without @on
 * @align: outer sizes are @align apart: the cipher's A of RFC 4303 2.4; 1-16
 * @overhead: and a multiple of it plus this, bytes
 * @confirm_ms: with @on: time between confirmations of @size; not 0
 * @raise_ms: with @on: time until something larger is tried again: the least of
 *	ESPGW_PROBE_RAISE_MS and pmtu-age; not 0
 * @on: `probe on`: goes on for good and begins at ESPGW_PROBE_BASE; without, it
 *	ends when the search is complete
 * @may_raise: espgw_pmtu_may_raise(): holds back the raise timer, nothing else
 */
struct espgw_probe_env {
	u32 max;
	u32 floor;
	u32 pmtu;
	u32 align;
	u32 overhead;
	u32 confirm_ms;
	u32 raise_ms;
	bool on;
	bool may_raise;
};

/**
 * struct espgw_probe_sent - a probe on its way, or lately
 * @sent_ms: when
 * @token: its name; 0: none, or answered
 * @size: outer size, bytes
 * @out: neither answered nor given up
 */
struct espgw_probe_sent {
	u64 sent_ms;
	u32 token;
	u16 size;
	bool out;
};

/**
 * struct espgw_probe_bound - a size that did not pass
 * @size: outer size, bytes
 * @fails: how often it was lost
 */
struct espgw_probe_bound {
	u16 size;
	u8 fails;
};

/**
 * struct espgw_probe - the search on one path
 * @ring: the last probes, by token
 * @wake_ms: nothing is sent before this
 * @confirm_at_ms: when @size is to be confirmed
 * @raise_at_ms: when something larger is to be tried
 * @recheck_at_ms: when @high may be tried again
 * @paid_ms: rate limit: when all that was sent is paid for
 * @covered_ms: when the last small probe was sent, of those that were answered
 * @uncovered_ms: when the last one lost was sent, of those of @uncovered
 * @passed_ms: when the last probe of @size or more was sent that was answered
 * @sent: probes sent
 * @answered: of them, also late
 * @lost: given up
 * @holes: black holes found
 * @token: the last probe's
 * @size: what user packets may have, bytes: confirmed, or where it began
 * @low: largest size answered in this search, bytes; 0: none
 * @high: smallest size that is not known to pass, bytes: lost, or above @max
 * @hint: a size that somebody named, to be tried next; 0: none
 * @max: env's, as last seen
 * @srtt: smoothed round-trip time (RFC 6298), eighths of ms; 0: no sample yet
 * @rttvar: its variation, quarters of ms
 * @history: of the last probes known to fit, newest in bit 0; set: lost
 * @bounds: larger sizes lost earlier than @high, the smallest last: what @high
 *	goes back to where it passes after all
 * @round: sizes that are to be sent now, the last one first
 * @doubts: sizes lost that @size allows, and that are larger than all that was
 *	answered since; those of @evidence, then those of @uncovered
 * @bound_count: of @bounds
 * @round_left: of @round
 * @state: enum espgw_probe_state
 * @fails: how often @high was lost
 * @evidence: of @doubts, those lost while something smaller was answered
 * @told: losses of @size that TCP has spoken of
 * @uncovered: those that wait for that
 * @covers: losses that it may still make count
 * @mute: small probes lost since anything was answered
 * @events: ESPGW_PROBE_RAISED and so on, not yet taken
 * @proven: @size was answered
 *
 * Times are milliseconds of one monotonic clock that never is 0. Not locked
 * here. All zero: disabled.
 */
struct espgw_probe {
	struct espgw_probe_sent ring[ESPGW_PROBE_RING];
	u64 wake_ms;
	u64 confirm_at_ms;
	u64 raise_at_ms;
	u64 recheck_at_ms;
	u64 paid_ms;
	u64 covered_ms;
	u64 uncovered_ms;
	u64 passed_ms;
	u64 sent;
	u64 answered;
	u64 lost;
	u64 holes;
	u32 token;
	u32 size;
	u32 low;
	u32 high;
	u32 hint;
	u32 max;
	u32 srtt;
	u32 rttvar;
	u32 history;
	struct espgw_probe_bound bounds[ESPGW_PROBE_BOUNDS];
	u16 round[ESPGW_PROBE_ROUND];
	u16 doubts[ESPGW_PROBE_DOUBTS];
	u8 bound_count;
	u8 round_left;
	u8 state;
	u8 fails;
	u8 evidence;
	u8 told;
	u8 uncovered;
	u8 covers;
	u8 mute;
	u8 events;
	bool proven;
};

#endif
