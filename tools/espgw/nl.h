/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nl - talking to the kernel
 */
#ifndef ESPGW_NL_H
#define ESPGW_NL_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"

/* The longest request, "sa add" with everything, has less than 1 KiB. */
#define ESPGW_NL_REQUEST 2048
#define ESPGW_NL_GROUPS 8

/**
 * struct espgw_nl - a socket and what we know of the family
 * @sock: NULL while not open
 * @seq: of the last request
 * @family: its number
 * @group: multicast groups
 * @group_count: how many
 */
struct espgw_nl {
	struct mnl_socket *sock;
	uint32_t seq;
	uint16_t family;
	struct {
		char name[16];
		uint32_t id;
	} group[ESPGW_NL_GROUPS];
	unsigned int group_count;
};

/* Called with each answer. Return: 0, or -1 if it is malformed. */
typedef int (*espgw_nl_answer)(const struct nlmsghdr *nlh, void *data);

int espgw_nl_read_family(const struct nlmsghdr *nlh, struct espgw_nl *nl);
int espgw_nl_open(struct espgw_nl *nl);
void espgw_nl_close(struct espgw_nl *nl);
struct nlmsghdr *espgw_nl_start(void *buf, uint8_t cmd, uint16_t flags);
int espgw_nl_talk(struct espgw_nl *nl, struct nlmsghdr *nlh, const struct espgw_attr_set *set,
		  espgw_nl_answer answer, void *data, bool *interrupted);
int espgw_nl_join(struct espgw_nl *nl, const char *group);
int espgw_nl_listen(struct espgw_nl *nl, espgw_nl_answer event, void (*lost)(void *data),
		    void *data);

#endif
