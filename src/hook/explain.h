/* SPDX-License-Identifier: GPL-2.0 */
/* What would become of a packet that is not sent. */
#ifndef ESPGW_HOOK_EXPLAIN_H
#define ESPGW_HOOK_EXPLAIN_H

#include <linux/if.h>

#include "core/fit.h"
#include "core/plan.h"
#include "core/view.h"

struct espgw_net;
struct espgw_policy;
struct espgw_sa;
struct netlink_ext_ack;

/* What leaves has few different lengths: its last piece, and those before it. */
#define ESPGW_EXPLAIN_RUNS	8

/**
 * struct espgw_explain_ask - the packet that is asked about
 * @src: source
 * @dst: destination
 * @sa_dst: with @spi: destination of the SA; only where @sa_family is not 0
 * @family: of its addresses, 4 or 6
 * @sa_family: of @sa_dst, 4 or 6; 0: of whichever SA has the SPI
 * @dir: enum espgw_dir
 * @proto: IP protocol
 * @tos: TOS or traffic class
 * @df: DF is set
 * @sport: source port
 * @dport: destination port
 * @spi: it came by the inbound SA that has this; 0: in clear
 * @mark: its mark
 * @len: of the IP packet, bytes; 0: its headers
 * @ifindex: the device; 0: the one that it is routed by
 */
struct espgw_explain_ask {
	struct espgw_addr src;
	struct espgw_addr dst;
	struct espgw_addr sa_dst;
	u8 family;
	u8 sa_family;
	u8 dir;
	u8 proto;
	u8 tos;
	bool df;
	u16 sport;
	u16 dport;
	__be32 spi;
	u32 mark;
	u32 len;
	int ifindex;
};

/**
 * struct espgw_explain_run - packets of one length that leave one after the other
 * @count: how many
 * @len: of each, bytes
 */
struct espgw_explain_run {
	u32 count;
	u32 len;
};

/**
 * struct espgw_explain - what would become of it
 * @view: what it is
 * @ifindex: the device that it meets
 * @dev: its name
 * @place: enum espgw_explain_place
 * @policy: the policy that it meets, or NULL
 * @is_asked: the policies were asked
 * @admit: enum espgw_explain_verdict, with @is_asked
 * @sa: the SA, or NULL
 * @outer_dev: name of the device of the outer route; empty: there is none, and
 *	nothing of what follows up to @runs
 * @fit: what fits the SA
 * @made: the plan
 * @plan: enum espgw_explain_plan
 * @peer: destination of what leaves
 * @peer_port: in UDP, its port
 * @packets: how many leave
 * @runs: of @run those that are used
 * @run: their lengths
 * @answers: its sender is told
 * @held: but not now, by the rate limit
 * @verdict: enum espgw_explain_verdict
 * @counter: if it is dropped, why: enum espgw_stats_attr
 */
struct espgw_explain {
	struct espgw_view view;
	int ifindex;
	char dev[IFNAMSIZ];
	u8 place;
	struct espgw_policy *policy;
	bool is_asked;
	u8 admit;
	struct espgw_sa *sa;
	char outer_dev[IFNAMSIZ];
	struct espgw_fit fit;
	struct espgw_plan made;
	u8 plan;
	struct espgw_addr peer;
	__be16 peer_port;
	u32 packets;
	u32 runs;
	struct espgw_explain_run run[ESPGW_EXPLAIN_RUNS];
	bool answers;
	bool held;
	u8 verdict;
	u32 counter;
};

int espgw_explain(struct espgw_net *en, const struct espgw_explain_ask *ask,
		  struct espgw_explain *e, struct netlink_ext_ack *extack);

#endif
