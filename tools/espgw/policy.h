/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy - security policies
 */
#ifndef ESPGW_POLICY_H
#define ESPGW_POLICY_H

#include <linux/espgw.h>
#include <net/if.h>
#include <stdint.h>

#include "addr.h"
#include "object.h"

/**
 * struct espgw_policy - a policy, or a part of one: a request or an answer
 * @has: bit n: attribute n of enum espgw_policy_attr is set
 * @number: indexed by attribute
 * @name: what people call it
 * @comment: what they say of it
 * @ifname: name of the device it is for
 * @src: inner source
 * @dst: inner destination
 * @tunnel_src: protect: outer source
 * @tunnel_dst: protect: outer destination
 */
struct espgw_policy {
	union {
		uint64_t has;
		uint64_t number[ESPGW_POLICY_A_MAX + 1];
	};
	char name[ESPGW_NAME_MAX + 1];
	char comment[ESPGW_COMMENT_MAX + 1];
	char ifname[IFNAMSIZ];
	struct espgw_addr src;
	struct espgw_addr dst;
	struct espgw_addr tunnel_src;
	struct espgw_addr tunnel_dst;
};

extern const struct espgw_object espgw_policy_object;

#endif
