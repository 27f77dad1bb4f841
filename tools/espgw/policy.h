/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy - security policies
 */
#ifndef ESPGW_POLICY_H
#define ESPGW_POLICY_H

#include <libmnl/libmnl.h>
#include <linux/espgw.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "args.h"
#include "out.h"

/**
 * struct espgw_policy - a policy, or a part of one: a request or an answer
 * @has: bit n: attribute n of enum espgw_policy_attr is set
 * @prio: the lowest is looked at first
 * @ifindex: only for this device
 * @ifname: its name; answers only
 * @src: inner source
 * @dst: inner destination
 * @proto: IP protocol
 * @dscp: 0-63
 * @action: enum espgw_action
 * @event: enum espgw_policy_event
 * @sport: first and last source port
 * @dport: first and last destination port
 * @reqid: protect: which SAs
 * @tunnel_src: protect: outer source
 * @tunnel_dst: protect: outer destination
 * @packets: outbound matches
 * @bytes: of outbound matches
 */
struct espgw_policy {
	uint32_t has;
	uint32_t prio;
	uint32_t ifindex;
	char ifname[IFNAMSIZ];
	struct espgw_prefix src;
	struct espgw_prefix dst;
	uint8_t proto;
	uint8_t dscp;
	uint8_t action;
	uint8_t event;
	uint16_t sport[2];
	uint16_t dport[2];
	uint32_t reqid;
	struct espgw_addr tunnel_src;
	struct espgw_addr tunnel_dst;
	uint64_t packets;
	uint64_t bytes;
};

int espgw_policy_parse_add(struct espgw_args *args, struct espgw_policy *policy);
int espgw_policy_parse_del(struct espgw_args *args, struct espgw_policy *policy);
int espgw_policy_parse_show(struct espgw_args *args, struct espgw_policy *policy);

void espgw_policy_put(struct nlmsghdr *nlh, const struct espgw_policy *policy);
int espgw_policy_get(const struct nlmsghdr *nlh, struct espgw_policy *policy);
bool espgw_policy_match(const struct espgw_policy *policy, const struct espgw_policy *filter);
void espgw_policy_show(struct espgw_out *out, const struct espgw_policy *policy);
const char *espgw_policy_event_word(uint8_t event);
void espgw_policy_save(FILE *to, const struct espgw_policy *policy);

#endif
