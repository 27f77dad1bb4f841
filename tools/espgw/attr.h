/* SPDX-License-Identifier: GPL-2.0 */
/*
 * attr - the netlink attributes: their types, and the words people know
 * them by
 */
#ifndef ESPGW_ATTR_H
#define ESPGW_ATTR_H

#include <libmnl/libmnl.h>
#include <stdint.h>

#include "addr.h"
#include "args.h"

/* No set of this family has more attributes. */
#define ESPGW_ATTR_MAX 127

/**
 * enum espgw_attr_type - how an attribute's payload is to be read
 * @ESPGW_T_NONE: not used; skipped
 * @ESPGW_T_U8: 1 byte
 * @ESPGW_T_U16: 2 bytes, host order
 * @ESPGW_T_U32: 4 bytes, host order
 * @ESPGW_T_U64: 8 bytes, host order
 * @ESPGW_T_BE16: 2 bytes, network order
 * @ESPGW_T_BE32: 4 bytes, network order
 * @ESPGW_T_FLAG: none
 * @ESPGW_T_STRING: ends with NUL
 * @ESPGW_T_BYTES: any number of bytes
 * @ESPGW_T_ADDR: 4 or 16 bytes, network order
 * @ESPGW_T_NEST: attributes of another set
 */
enum espgw_attr_type {
	ESPGW_T_NONE,
	ESPGW_T_U8,
	ESPGW_T_U16,
	ESPGW_T_U32,
	ESPGW_T_U64,
	ESPGW_T_BE16,
	ESPGW_T_BE32,
	ESPGW_T_FLAG,
	ESPGW_T_STRING,
	ESPGW_T_BYTES,
	ESPGW_T_ADDR,
	ESPGW_T_NEST,
};

struct espgw_attr_set;

/**
 * struct espgw_attr - one attribute
 * @name: the word for it on the command line, for messages
 * @key: as JSON has it
 * @type: how to read it
 * @nest: the set within, if it is a nest
 * @words: what its values mean, if they are an enum's
 */
struct espgw_attr {
	const char *name;
	const char *key;
	enum espgw_attr_type type;
	const struct espgw_attr_set *nest;
	const struct espgw_choice *words;
};

/**
 * struct espgw_attr_set - an attribute space
 * @attr: indexed by attribute type
 * @max: the last one
 */
struct espgw_attr_set {
	const struct espgw_attr *attr;
	unsigned int max;
};

#include "attr_gen.h"

/**
 * struct espgw_attrs - the attributes of one message or nest
 * @tb: indexed by attribute type; NULL where absent
 */
struct espgw_attrs {
	const struct nlattr *tb[ESPGW_ATTR_MAX + 1];
};

int espgw_attr_read(const struct nlmsghdr *nlh, const struct espgw_attr_set *set,
		    struct espgw_attrs *attrs);
int espgw_attr_read_nest(const struct nlattr *nest, const struct espgw_attr_set *set,
			 struct espgw_attrs *attrs);
const struct espgw_attr *espgw_attr_at(const struct nlmsghdr *nlh,
				       const struct espgw_attr_set *set, uint32_t offset);
int espgw_attr_get_addr(const struct nlattr *attr, struct espgw_addr *addr);
void espgw_attr_put_addr(struct nlmsghdr *nlh, uint16_t type, const struct espgw_addr *addr);

#endif
