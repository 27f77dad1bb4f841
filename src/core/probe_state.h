/* SPDX-License-Identifier: GPL-2.0 */
/* What a search for a path's MTU knows and is told: the types of probe.h. */
#ifndef ESPGW_CORE_PROBE_STATE_H
#define ESPGW_CORE_PROBE_STATE_H

#include "core.h"

#define ESPGW_PROBE_BASE	1280	/* where `probe on` begins, bytes */
#define ESPGW_PROBE_MAX		3	/* MAX_PROBES, RFC 8899 5.1.2 */
#define ESPGW_PROBE_WIDTH	8	/* the search ends so near, bytes */
#define ESPGW_PROBE_CONFIRM_MS	30000	/* default time between confirmations */
#define ESPGW_PROBE_RAISE_MS	600000	/* PMTU_RAISE_TIMER, RFC 8899 5.1.1 */
#define ESPGW_PROBE_LIMIT	16	/* most probes in a row; in the long */
#define ESPGW_PROBE_GAP_MS	500	/* run no more than one in this time */
#define ESPGW_PROBE_RECHECK_MS	1000	/* until a lost size is tried again */
#define ESPGW_PROBE_NEVER	(~0ULL)	/* as a time: not unless asked to */

/* Room in struct espgw_probe */
#define ESPGW_PROBE_RING	16
#define ESPGW_PROBE_DOUBTS	16
#define ESPGW_PROBE_BOUNDS	8
#define ESPGW_PROBE_ROUND	3

/**
 * enum espgw_probe_state - how far a search has come (RFC 8899 5.2)
 * @ESPGW_PROBE_DISABLED: nothing was started
 * @ESPGW_PROBE_BASE_WAIT: no probe was answered yet (RFC: BASE)
 * @ESPGW_PROBE_SEARCHING: some sizes are still to be tried
 * @ESPGW_PROBE_COMPLETE: found; now and then confirmed (RFC: SEARCH_COMPLETE)
 * @ESPGW_PROBE_ERROR: not even the smallest probes are answered
 */
enum espgw_probe_state {
	ESPGW_PROBE_DISABLED,
	ESPGW_PROBE_BASE_WAIT,
	ESPGW_PROBE_SEARCHING,
	ESPGW_PROBE_COMPLETE,
	ESPGW_PROBE_ERROR,
};

/* Events, for espgw_probe_take(); size is struct espgw_probe's. */
#define ESPGW_PROBE_RAISED	0x01	/* something larger than size passed */
#define ESPGW_PROBE_LOWERED	0x02	/* size is smaller than before */
#define ESPGW_PROBE_FOUND	0x04	/* the state has become COMPLETE */
#define ESPGW_PROBE_SILENT	0x08	/* the state has become ERROR */
#define ESPGW_PROBE_HOLE	0x10	/* with LOWERED: a black hole */
#define ESPGW_PROBE_CONFIRMED	0x20	/* size, or more, was answered */

/**
 * struct espgw_probe_env - what the caller knows, told at each call
 * @max: the largest outer packet that route, device and mtu-cap allow, bytes
 * @floor: min-pmtu, bytes, and at least the smallest probe that can be made;
 *	not above @max
 * @pmtu: effective path MTU now, bytes; where a search begins without @on
 * @align: the SA can send only outer sizes that are @overhead plus a multiple
 *	of this: to what the cipher pads (RFC 4303 2.4), bytes, 1-16
 * @overhead: outer IP and UDP header, ESP header, IV and ICV, bytes
 * @confirm_ms: with @on: time between confirmations of what was found; not 0
 * @raise_ms: with @on: time until something larger is tried again: the least of
 *	ESPGW_PROBE_RAISE_MS and pmtu-age; not 0
 * @on: `probe on`: the search begins at ESPGW_PROBE_BASE, and what it found is
 *	confirmed again and again; without, it ends when it is complete
 * @may_raise: what espgw_pmtu_may_raise() says; if false, the raise timer
 *	waits, and nothing else does
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
 * @sent_ms: when it was sent
 * @token: its name; 0: the place is free, or the probe was answered
 * @size: its outer size, bytes
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
 * @ring: the last probes sent, by token
 * @wake_ms: no probe is sent before this
 * @confirm_at_ms: when @size is to be confirmed
 * @raise_at_ms: when something larger is to be tried
 * @recheck_at_ms: when a probe of @high may be sent again
 * @paid_ms: rate limit: each probe costs ESPGW_PROBE_GAP_MS from the time it is
 *	sent on; when the last one will be paid for
 * @covered_ms: of the probes smaller than @size that were answered: when the
 *	newest was sent
 * @uncovered_ms: of the lost probes that became @doubts: when the newest was
 *	sent
 * @passed_ms: of the probes of @size or more that were answered: when the
 *	newest was sent
 * @sent: probes sent
 * @answered: probes answered, also those that had been given up
 * @lost: probes given up
 * @holes: black holes found
 * @token: the newest probe's name
 * @size: the result: how large user packets may be, bytes; confirmed, or where
 *	the search began
 * @low: largest size taken to pass, bytes; 0: nothing was answered yet
 * @high: smallest size that is not known to pass, bytes: it was lost, or is
 *	above @max
 * @hint: a size that somebody named, which is tried next; 0: none
 * @max: env's, as last seen
 * @srtt: smoothed round-trip time (RFC 6298), eighths of ms; 0: no sample yet
 * @rttvar: round-trip time variation, quarters of ms
 * @history: the last 32 probes of sizes that turned out to fit, newest in bit
 *	0; set: it was lost, by chance then
 * @gone: probes given up, not yet taken
 * @bounds: values that @high had before, descending, all larger than it now:
 *	what it goes back to if its present value passes after all
 * @round: sizes still to be sent in this round, ascending; sent from the end
 * @doubts: sizes of lost probes that speak against @size: not larger than it,
 *	and larger than all that was answered since. First @evidence of them
 *	that count, then @uncovered that do not yet
 * @gone_count: how many @gone there are
 * @bound_count: how many @bounds there are
 * @round_left: how many sizes are left in @round
 * @state: enum espgw_probe_state
 * @fails: how often @high was lost
 * @evidence: doubts that count: something smaller, not sent earlier, passed
 * @told: how many lost probes a stall that TCP has told of stands for
 * @uncovered: doubts that wait for an answer to something smaller
 * @covers: how many of those the newest such answer may still make count
 * @mute: probes of the smallest size lost since the last answer of any size
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
	struct espgw_probe_sent gone[ESPGW_PROBE_RING];
	struct espgw_probe_bound bounds[ESPGW_PROBE_BOUNDS];
	u16 round[ESPGW_PROBE_ROUND];
	u16 doubts[ESPGW_PROBE_DOUBTS];
	u8 gone_count;
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
