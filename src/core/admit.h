/* SPDX-License-Identifier: GPL-2.0 */
/* May a packet arrive or leave as it is: the one place where it is decided. */
#ifndef ESPGW_CORE_ADMIT_H
#define ESPGW_CORE_ADMIT_H

#include "core.h"
#include "selector.h"
#include "view.h"

/**
 * enum espgw_origin - how a packet has come here
 * @ESPGW_ORIGIN_CLEAR: as it is, whole or a fragment; or it leaves
 * @ESPGW_ORIGIN_DECRYPTED: out of a tunnel, whole or a fragment
 * @ESPGW_ORIGIN_REASSEMBLED: of fragments that all came in clear
 * @ESPGW_ORIGIN_REASSEMBLED_DECRYPTED: of fragments that all came out of one
 *	tunnel
 * @ESPGW_ORIGIN_MIXED: of fragments that came by more than one way
 * @__ESPGW_ORIGIN_MAX: how many there are
 */
enum espgw_origin {
	ESPGW_ORIGIN_CLEAR,
	ESPGW_ORIGIN_DECRYPTED,
	ESPGW_ORIGIN_REASSEMBLED,
	ESPGW_ORIGIN_REASSEMBLED_DECRYPTED,
	ESPGW_ORIGIN_MIXED,
	__ESPGW_ORIGIN_MAX,
};

/**
 * enum espgw_ruling - what the policies say of a packet
 * @ESPGW_RULING_NONE: nothing
 * @ESPGW_RULING_UNKNOWN: it cannot be told, since its ports, or its protocol,
 *	are not known
 * @ESPGW_RULING_UNREADABLE: it cannot be told, since it is an ICMP error that
 *	goes the way of the packet it quotes, and does not show enough of it
 * @ESPGW_RULING_BYPASS: it passes as it is
 * @ESPGW_RULING_DISCARD: it is dropped
 * @ESPGW_RULING_PROTECT: it belongs into a tunnel, and has not come by that one
 * @ESPGW_RULING_PROTECT_SAME: it belongs into the tunnel by which it has come
 * @ESPGW_RULING_EXEMPT: it is covered by a tunnel's policy, but it is what the
 *	tunnel itself lives on: see espgw_admit_exempt()
 * @ESPGW_RULING_NEIGHBOUR: it is neighbour discovery, which never leaves the
 *	link, and no policy discards it
 * @__ESPGW_RULING_MAX: how many there are
 */
enum espgw_ruling {
	ESPGW_RULING_NONE,
	ESPGW_RULING_UNKNOWN,
	ESPGW_RULING_UNREADABLE,
	ESPGW_RULING_BYPASS,
	ESPGW_RULING_DISCARD,
	ESPGW_RULING_PROTECT,
	ESPGW_RULING_PROTECT_SAME,
	ESPGW_RULING_EXEMPT,
	ESPGW_RULING_NEIGHBOUR,
	__ESPGW_RULING_MAX,
};

/**
 * enum espgw_admit - what becomes of a packet; all but two are reasons to drop
 * @ESPGW_ADMIT_INVALID: there is no such case
 * @ESPGW_ADMIT_PASS: it goes on as it is
 * @ESPGW_ADMIT_ENCRYPT: it leaves by its policy's tunnel
 * @ESPGW_ADMIT_FRAG_PORTS: it is decided by ports that are not known
 * @ESPGW_ADMIT_UNREADABLE: an ICMP error that does not show what it is about
 * @ESPGW_ADMIT_DISCARD: a policy discards it
 * @ESPGW_ADMIT_CLEARTEXT: it should have been protected
 * @ESPGW_ADMIT_SELECTOR: it came by a tunnel, but not by that of its policy
 * @ESPGW_ADMIT_ND: neighbour discovery out of a tunnel
 * @ESPGW_ADMIT_MIXED: a part of it came by another way than the rest
 */
enum espgw_admit {
	ESPGW_ADMIT_INVALID,
	ESPGW_ADMIT_PASS,
	ESPGW_ADMIT_ENCRYPT,
	ESPGW_ADMIT_FRAG_PORTS,
	ESPGW_ADMIT_UNREADABLE,
	ESPGW_ADMIT_DISCARD,
	ESPGW_ADMIT_CLEARTEXT,
	ESPGW_ADMIT_SELECTOR,
	ESPGW_ADMIT_ND,
	ESPGW_ADMIT_MIXED,
};

extern const u8 espgw_admit_table[ESPGW_DIR_OUT + 1][__ESPGW_ORIGIN_MAX]
				 [__ESPGW_RULING_MAX];

enum espgw_match espgw_admit_exempt(const struct espgw_view *v,
				    const struct espgw_addr *local,
				    const struct espgw_addr *remote, u8 family,
				    bool inbound);

/**
 * espgw_admit() - may a packet arrive or leave as it is
 * @dir: enum espgw_dir
 * @origin: how it has come; of what leaves ESPGW_ORIGIN_CLEAR, whatever it was
 *	when it arrived
 * @ruling: what the policies say of it
 *
 * Return: enum espgw_admit; what is no value of these is ESPGW_ADMIT_INVALID.
 */
static inline enum espgw_admit espgw_admit(u8 dir, enum espgw_origin origin,
					   enum espgw_ruling ruling)
{
	if (unlikely(dir > ESPGW_DIR_OUT || (u32)origin >= __ESPGW_ORIGIN_MAX ||
		     (u32)ruling >= __ESPGW_RULING_MAX))
		return ESPGW_ADMIT_INVALID;
	return (enum espgw_admit)espgw_admit_table[dir][origin][ruling];
}

/**
 * espgw_ruling_of() - what the policies say, as one value
 * @match: what the look-up found
 * @action: enum espgw_action of the policy found; with ESPGW_MATCH_YES
 * @same_path: the packet was decrypted, by the path of that policy
 * @exempt: espgw_admit_exempt() by the ends of that policy. Asked for only of
 *	what is in clear and ESPGW_ACTION_PROTECT covers: else ESPGW_MATCH_NO
 * @nd: espgw_is_nd()
 *
 * Return: enum espgw_ruling, but not ESPGW_RULING_UNREADABLE: that is for whoever
 * reads quotes to say.
 */
static inline enum espgw_ruling
espgw_ruling_of(enum espgw_match match, u8 action, bool same_path,
		enum espgw_match exempt, bool nd)
{
	enum espgw_ruling ruling;

	if (match != ESPGW_MATCH_YES)
		ruling = match == ESPGW_MATCH_NO ? ESPGW_RULING_NONE :
						   ESPGW_RULING_UNKNOWN;
	else if (action == ESPGW_ACTION_BYPASS)
		ruling = ESPGW_RULING_BYPASS;
	else if (action != ESPGW_ACTION_PROTECT)
		ruling = ESPGW_RULING_DISCARD;
	else if (same_path)
		ruling = ESPGW_RULING_PROTECT_SAME;
	else if (likely(exempt == ESPGW_MATCH_NO))
		ruling = ESPGW_RULING_PROTECT;
	else
		ruling = exempt == ESPGW_MATCH_YES ? ESPGW_RULING_EXEMPT :
						     ESPGW_RULING_UNKNOWN;
	return unlikely(nd) && ruling != ESPGW_RULING_DISCARD ?
	       ESPGW_RULING_NEIGHBOUR : ruling;
}

#endif
