// SPDX-License-Identifier: GPL-2.0
/* May a packet arrive or leave as it is: the one place where it is decided. */

#include "admit.h"

/* A cell that is left out is 0, and what is 0 is dropped. */
static_assert(ESPGW_ADMIT_INVALID == 0);
/* What nobody has said the origin of is treated as clear text. */
static_assert(ESPGW_ORIGIN_CLEAR == 0);

#define CELL(ruling, admit) [ESPGW_RULING_##ruling] = ESPGW_ADMIT_##admit

/*
 * RFC 4301 5.2: what arrives in clear is dropped if, the other way, it would
 * leave protected. That it may be covered is enough.
 */
#define CAME_IN_CLEAR {							\
	CELL(NONE, PASS),						\
	CELL(UNKNOWN, FRAG_PORTS),					\
	CELL(UNREADABLE, UNREADABLE),					\
	CELL(BYPASS, PASS),						\
	CELL(DISCARD, DISCARD),						\
	CELL(PROTECT, CLEARTEXT),					\
	CELL(EXEMPT, PASS),						\
	CELL(NEIGHBOUR, PASS),						\
}

/*
 * RFC 4301 5.2: what a tunnel brings must be what its own policy lets leave by
 * it. Neighbour discovery is dropped even if a policy covers it: the peer is not
 * on the link that it would change (RFC 4861 3.1).
 */
#define CAME_BY_TUNNEL {						\
	CELL(NONE, SELECTOR),						\
	CELL(UNKNOWN, FRAG_PORTS),					\
	CELL(UNREADABLE, SELECTOR),					\
	CELL(BYPASS, SELECTOR),						\
	CELL(DISCARD, SELECTOR),					\
	CELL(PROTECT, SELECTOR),					\
	CELL(PROTECT_SAME, PASS),					\
	CELL(EXEMPT, SELECTOR),						\
	CELL(NEIGHBOUR, ND),						\
}

/* By direction, origin and ruling; espgw_admit() asks. */
const u8 espgw_admit_table[ESPGW_DIR_OUT + 1][__ESPGW_ORIGIN_MAX]
			  [__ESPGW_RULING_MAX] = {
	[ESPGW_DIR_IN] = {
		[ESPGW_ORIGIN_CLEAR] = CAME_IN_CLEAR,
		[ESPGW_ORIGIN_DECRYPTED] = CAME_BY_TUNNEL,
		[ESPGW_ORIGIN_REASSEMBLED] = CAME_IN_CLEAR,
		[ESPGW_ORIGIN_REASSEMBLED_DECRYPTED] = CAME_BY_TUNNEL,
		/*
		 * Clear text in the middle of what should be protected, or of
		 * what a tunnel lives on (RFC 4301 7.4).
		 */
		[ESPGW_ORIGIN_MIXED] = {
			CELL(NONE, PASS),
			CELL(UNKNOWN, FRAG_PORTS),
			CELL(UNREADABLE, UNREADABLE),
			CELL(BYPASS, PASS),
			CELL(DISCARD, DISCARD),
			CELL(PROTECT, MIXED),
			CELL(PROTECT_SAME, MIXED),
			CELL(EXEMPT, MIXED),
			CELL(NEIGHBOUR, MIXED),
		},
	},
	/* RFC 4301 5.1; and what may be covered never leaves in clear. */
	[ESPGW_DIR_OUT] = {
		[ESPGW_ORIGIN_CLEAR] = {
			CELL(NONE, PASS),
			CELL(UNKNOWN, FRAG_PORTS),
			CELL(UNREADABLE, UNREADABLE),
			CELL(BYPASS, PASS),
			CELL(DISCARD, DISCARD),
			CELL(PROTECT, ENCRYPT),
			CELL(EXEMPT, PASS),
			CELL(NEIGHBOUR, PASS),
		},
	},
};

/*
 * IKE by UDP (RFC 7296 2) and by TCP (RFC 9329); ESP in UDP, and AH, which may
 * be another's, as ESP by itself is below. TCP's port 4500 is also the one by
 * which gateways tell each other their MSS. Port 0: whatever is inside.
 */
static const struct {
	u8 proto;
	u16 port;
} lives_on[] = {
	{ ESPGW_PROTO_AH, 0 },
	{ ESPGW_PROTO_UDP, 500 },
	{ ESPGW_PROTO_UDP, 4500 },
	{ ESPGW_PROTO_TCP, 4500 },
};

static const struct espgw_selector esp_only = {
	.dscp = ESPGW_DSCP_ANY,
	.has_proto = true,
	.proto = ESPGW_PROTO_ESP,
};

/**
 * espgw_admit_exempt() - is a packet what a tunnel itself lives on
 * @v: the packet; of a later fragment with the ports and the protocol of its
 *	datagram's first one, where they are known
 * @local: the tunnel's address here
 * @remote: the tunnel's address there
 * @family: of both, 4 or 6
 * @inbound: the packet has arrived: from @remote to @local
 *
 * A policy that covers the ends of its own tunnel would catch it; but a tunnel
 * cannot be set up through itself (RFC 4301 4.4.1).
 *
 * Return: enum espgw_match. ESPGW_MATCH_UNKNOWN: it is between the ends, and its
 * ports or its protocol are not known: it must neither pass in clear, as IKE
 * would have to, nor be protected, as anything else would.
 */
enum espgw_match espgw_admit_exempt(const struct espgw_view *v,
				    const struct espgw_addr *local,
				    const struct espgw_addr *remote, u8 family,
				    bool inbound)
{
	u32 i;

	if (likely(v->family != family ||
		   !espgw_addr_equal(&v->src, inbound ? remote : local) ||
		   !espgw_addr_equal(&v->dst, inbound ? local : remote)))
		return ESPGW_MATCH_NO;
	for (i = 0; i < sizeof(lives_on) / sizeof(lives_on[0]); i++) {
		if (lives_on[i].proto != v->proto)
			continue;
		if (!lives_on[i].port)
			return ESPGW_MATCH_YES;
		if (unlikely(!v->has_ports))
			return ESPGW_MATCH_UNKNOWN;
		if (v->sport == lives_on[i].port ||
		    v->dport == lives_on[i].port)
			return ESPGW_MATCH_YES;
	}
	/* ESP, or none of them; but a later fragment may not show what it is. */
	return espgw_selector_match_upper(&esp_only, v, false);
}
