/* SPDX-License-Identifier: GPL-2.0 */
/*
 * route - rules of the routing policy that let nothing pass
 */
#ifndef ESPGW_ROUTE_H
#define ESPGW_ROUTE_H

#include <libmnl/libmnl.h>
#include <stdbool.h>

#include "addr.h"

/**
 * enum espgw_route_place - which of our rules come before others
 * @ESPGW_ROUTE_RULES: for what is covered, in their order
 * @ESPGW_ROUTE_END: where those lead to who may pass
 * @ESPGW_ROUTE_ALL: nothing passes, while the others are changed
 */
enum espgw_route_place {
	ESPGW_ROUTE_RULES = 1,
	ESPGW_ROUTE_END,
	ESPGW_ROUTE_ALL,
};

/**
 * struct espgw_route_rule - a rule
 * @place: its priority, enum espgw_route_place
 * @family: AF_INET or AF_INET6
 * @action: enum of linux/fib_rules.h, FR_ACT_*
 * @src: of these packets; NULL: of all
 * @dst: of these packets; NULL: of all
 * @local: only of those that this host sends
 * @forwarded: only of those that it does not send
 */
struct espgw_route_rule {
	unsigned int place;
	unsigned char family;
	unsigned char action;
	const struct espgw_prefix *src;
	const struct espgw_prefix *dst;
	bool local;
	bool forwarded;
};

int espgw_route_open(struct mnl_socket **sock);
bool espgw_route_has_family(unsigned char family);
int espgw_route_add(struct mnl_socket *sock, const struct espgw_route_rule *rule);
int espgw_route_flush(struct mnl_socket *sock, unsigned int first, unsigned int last,
		      unsigned int *count);
int espgw_route_count(struct mnl_socket *sock, unsigned int *count);

#endif
