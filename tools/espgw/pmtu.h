/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pmtu - the path-MTU table
 */
#ifndef ESPGW_PMTU_H
#define ESPGW_PMTU_H

#include <libmnl/libmnl.h>
#include <linux/espgw.h>
#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "args.h"
#include "out.h"

/**
 * struct espgw_pmtu - a row of the table, or a part of one: a request or an
 *	answer
 * @has: bit n: attribute n of enum espgw_pmtu_attr is set
 * @spi: of the outbound SA, in host byte order
 * @src: its outer source
 * @dst: its outer destination
 * @echo: whom probes ask
 * @value: the other attributes that are integers, indexed by attribute
 */
struct espgw_pmtu {
	uint64_t has;
	uint32_t spi;
	struct espgw_addr src;
	struct espgw_addr dst;
	struct espgw_addr echo;
	uint64_t value[ESPGW_PMTU_A_MAX + 1];
};

int espgw_pmtu_parse_show(struct espgw_args *args, struct espgw_pmtu *pmtu);
int espgw_pmtu_parse_set(struct espgw_args *args, struct espgw_pmtu *pmtu);
int espgw_pmtu_parse_del(struct espgw_args *args, struct espgw_pmtu *pmtu);
int espgw_pmtu_parse_probe(struct espgw_args *args, struct espgw_pmtu *pmtu);
int espgw_pmtu_parse_flush(struct espgw_args *args, struct espgw_pmtu *pmtu);

void espgw_pmtu_put(struct nlmsghdr *nlh, const struct espgw_pmtu *pmtu);
int espgw_pmtu_get(const struct nlmsghdr *nlh, struct espgw_pmtu *pmtu);
bool espgw_pmtu_match(const struct espgw_pmtu *pmtu, const struct espgw_pmtu *filter);
void espgw_pmtu_show(struct espgw_out *out, const struct espgw_pmtu *pmtu);
const char *espgw_pmtu_source_word(uint8_t source);
const char *espgw_pmtu_event_word(uint8_t event);
void espgw_pmtu_save(FILE *to, const struct espgw_pmtu *pmtu);

#endif
