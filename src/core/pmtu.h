/* SPDX-License-Identifier: GPL-2.0 */
/* The path MTU of a path: what is believed, for how long, and why. */
#ifndef ESPGW_CORE_PMTU_H
#define ESPGW_CORE_PMTU_H

#include "core.h"

#define ESPGW_PMTU_FLOOR4	576	/* default min-pmtu over IPv4, bytes */
#define ESPGW_PMTU_FLOOR6	1280	/* over IPv6 */
#define ESPGW_PMTU_AGE_S	600	/* default pmtu-age, RFC 1191 6.3 */
#define ESPGW_PMTU_HINT_MS	10000	/* at most one NAT-T hint in this time */
#define ESPGW_PMTU_LOWER_MS	300000	/* no raise so soon after a decrease */
#define ESPGW_PMTU_RAISE_MS	60000	/* nor so soon after a raise */

/**
 * struct espgw_pmtu - a path-MTU entry
 * @learned_ms: when @mtu was learned or set
 * @expires_ms: when it ages out; 0: never
 * @raised_ms: when it was last raised; 0: never
 * @lowered_ms: when it was last lowered, or set where nothing was known; 0:
 *	never
 * @hint_ms: when a NAT-T hint was last taken; 0: never
 * @seq: sequence number of the newest packet that a believed message was about:
 *	a message about an older one is stale and lowers nothing
 * @accepted: how many messages changed the entry
 * @rejected: how many did not
 * @static_expires_ms: when @static_mtu ages out; 0: never
 * @static_mtu: a value set by hand without a lock, which comes back when
 *	something lower that was learned ages out; 0: none
 * @spi: the SA that @seq is of: each SA of a path counts for itself
 * @mtu: bytes; 0: nothing is known
 * @source: enum espgw_pmtu_source of @mtu
 * @raised_by: the source of the value that raised it at @raised_ms;
 *	ESPGW_PMTU_DEFAULT: it had aged out
 * @lowered_by: the source of the value that lowered it at @lowered_ms
 * @locked: nothing learned changes @mtu, but it still ages out
 * @floored: a message claimed less than the floor: since then the entry is
 *	locked, and outer packets have DF = 0
 *
 * Times are milliseconds of one monotonic clock that never is 0. Not locked
 * here.
 */
struct espgw_pmtu {
	u64 learned_ms;
	u64 expires_ms;
	u64 raised_ms;
	u64 lowered_ms;
	u64 hint_ms;
	u64 seq;
	u64 accepted;
	u64 rejected;
	u64 static_expires_ms;
	__be32 spi;
	u32 static_mtu;
	u32 mtu;
	u8 source;
	u8 raised_by;
	u8 lowered_by;
	bool locked;
	bool floored;
};

/**
 * struct espgw_pmtu_claim - what an ICMP message says, and what is known of the
 *	packet that it quotes
 * @spi: the SA that the packet is of; any constant if the entry is one SA's own
 * @mtu: next-hop MTU; 0 from routers older than RFC 1191, which do not say
 * @quoted_len: whole length of the quoted packet, bytes
 * @seq_low: its sequence number's low 32 bits; with @has_seq
 * @family: outer, 4 or 6
 * @quoted_df: its DF (true for IPv6)
 * @has_seq: the quote shows SPI and sequence number. If not, the message is a
 *	hint: under UDP encapsulation a short quote ends before them
 */
struct espgw_pmtu_claim {
	__be32 spi;
	u32 mtu;
	u32 quoted_len;
	u32 seq_low;
	u8 family;
	bool quoted_df;
	bool has_seq;
};

/**
 * struct espgw_pmtu_env - what the SA knows when the message arrives
 * @seq_last: last sequence number sent; 0: none
 * @seq_first: first sequence number sent in the last 10 s
 * @effective: effective path MTU now, bytes
 * @floor: min-pmtu, bytes
 * @max_sent: longest outer packet sent with DF=1, bytes; 0: none
 * @age_s: pmtu-age, seconds, or ESPGW_AGE_INFINITE
 * @learn: pmtu-learn
 * @probe: the path is probed, so what cannot be verified is a reason for a
 *	probe and lowers nothing by itself
 */
struct espgw_pmtu_env {
	u64 seq_last;
	u64 seq_first;
	u32 effective;
	u32 floor;
	u32 max_sent;
	u32 age_s;
	bool learn;
	bool probe;
};

/**
 * enum espgw_pmtu_verdict - what became of a message
 * @ESPGW_PMTU_ACCEPTED: the entry was lowered
 * @ESPGW_PMTU_HINT: a NAT-T hint lowered it, by one plateau at most
 * @ESPGW_PMTU_REJ_SEQ: no such sequence number was sent lately
 * @ESPGW_PMTU_REJ_DF: DF was not set on the quoted packet
 * @ESPGW_PMTU_REJ_LENGTH: quoted length not above the claim
 * @ESPGW_PMTU_REJ_NOT_SENT: nothing so long was sent with DF=1
 * @ESPGW_PMTU_REJ_NOT_LOWER: claim not below the present value
 * @ESPGW_PMTU_REJ_STALE: about an older packet than what is known
 * @ESPGW_PMTU_REJ_LOCKED: the entry is locked
 * @ESPGW_PMTU_REJ_TOO_SMALL: ICMPv6 below 1280
 * @ESPGW_PMTU_REJ_RATE: hints come too fast
 * @ESPGW_PMTU_REJ_OFF: learning is off
 * @ESPGW_PMTU_SUSPECT: not followed, but a reason for espgw_probe_suspect()
 */
enum espgw_pmtu_verdict {
	ESPGW_PMTU_ACCEPTED,
	ESPGW_PMTU_HINT,
	ESPGW_PMTU_REJ_SEQ,
	ESPGW_PMTU_REJ_DF,
	ESPGW_PMTU_REJ_LENGTH,
	ESPGW_PMTU_REJ_NOT_SENT,
	ESPGW_PMTU_REJ_NOT_LOWER,
	ESPGW_PMTU_REJ_STALE,
	ESPGW_PMTU_REJ_LOCKED,
	ESPGW_PMTU_REJ_TOO_SMALL,
	ESPGW_PMTU_REJ_RATE,
	ESPGW_PMTU_REJ_OFF,
	ESPGW_PMTU_SUSPECT,
};

u32 espgw_pmtu_plateau(u32 below);
enum espgw_pmtu_verdict espgw_pmtu_learn(struct espgw_pmtu *e,
					 const struct espgw_pmtu_claim *c,
					 const struct espgw_pmtu_env *env,
					 u64 now_ms);
enum espgw_pmtu_verdict espgw_pmtu_bound(struct espgw_pmtu *e, u32 mtu,
					 const struct espgw_pmtu_env *env,
					 u64 now_ms);
enum espgw_pmtu_verdict espgw_pmtu_confirm(struct espgw_pmtu *e, u32 mtu,
					   const struct espgw_pmtu_env *env,
					   u64 now_ms);
void espgw_pmtu_set(struct espgw_pmtu *e, u32 mtu, bool lock, u32 age_s,
		    u64 now_ms);
void espgw_pmtu_forget(struct espgw_pmtu *e);
bool espgw_pmtu_restart(struct espgw_pmtu *e, u64 now_ms);
bool espgw_pmtu_expire(struct espgw_pmtu *e, u64 now_ms);
bool espgw_pmtu_may_raise(const struct espgw_pmtu *e, u64 now_ms);
void espgw_pmtu_inherit(struct espgw_pmtu *e, const struct espgw_pmtu *from);

/**
 * espgw_pmtu_effective() - the path MTU that packets are planned with
 * @e: the entry
 * @route_mtu: the outer route's, bytes; 0: not known
 * @dev_mtu: the outer route's device's, bytes; 0: not known
 * @cap: mtu-cap, bytes, or ESPGW_CAP_NONE
 *
 * Return: the least of what is known, bytes; if nothing is, the least that
 * IPv4 has; never 0.
 */
static inline u32 espgw_pmtu_effective(const struct espgw_pmtu *e,
				       u32 route_mtu, u32 dev_mtu, u32 cap)
{
	/* Less one, 0 for "not known" becomes the highest number there is. */
	u32 least = e->mtu - 1;

	least = min(least, route_mtu - 1);
	least = min(least, dev_mtu - 1);
	least = min(least, cap - 1);
	return least + 1 ? least + 1 : ESPGW_PMTU_HARD_MIN;
}

#endif
