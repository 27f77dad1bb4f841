/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dev - attached devices, and the namespace's default MTU policy
 */
#ifndef ESPGW_DEV_H
#define ESPGW_DEV_H

#include <linux/espgw.h>
#include <net/if.h>
#include <stdint.h>

#include "mtu.h"
#include "object.h"

/**
 * struct espgw_dev - an attached device: a request or an answer
 * @has: bit n: attribute n of enum espgw_dev_attr is set
 * @number: indexed by attribute
 * @ifname: its name, or a pattern
 * @mtu: what was set for it
 * @pattern: by which it was attached; answers only
 */
struct espgw_dev {
	union {
		uint64_t has;
		uint64_t number[ESPGW_DEV_A_MAX + 1];
	};
	char ifname[IFNAMSIZ];
	struct espgw_mtu_policy mtu;
	char pattern[IFNAMSIZ];
};

/**
 * struct espgw_default - the default: a request or an answer
 * @has: bit n: attribute n of enum espgw_default_attr is set
 * @number: indexed by attribute
 * @mtu: the MTU policy; complete in answers
 */
struct espgw_default {
	union {
		uint64_t has;
		uint64_t number[ESPGW_DEFAULT_A_MAX + 1];
	};
	struct espgw_mtu_policy mtu;
};

extern const struct espgw_object espgw_dev_object;
extern const struct espgw_object espgw_default_object;

#endif
