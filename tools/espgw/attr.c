// SPDX-License-Identifier: GPL-2.0
/*
 * attr - the netlink attributes; attr_gen.c has the tables
 */
#include <linux/genetlink.h>
#include <string.h>

#include "attr.h"

/* Whether the payload is as long as the type says. */
static int attr_check(const struct nlattr *attr, enum espgw_attr_type type)
{
	unsigned int len = mnl_attr_get_payload_len(attr);
	const char *payload = mnl_attr_get_payload(attr);

	switch (type) {
	case ESPGW_T_U8:
		return len == 1;
	case ESPGW_T_U16:
	case ESPGW_T_BE16:
		return len == 2;
	case ESPGW_T_U32:
	case ESPGW_T_BE32:
		return len == 4;
	case ESPGW_T_U64:
		return len == 8;
	case ESPGW_T_ADDR:
		return len == 4 || len == 16;
	case ESPGW_T_STRING:
		return len && !payload[len - 1];
	case ESPGW_T_FLAG:
		return !len;
	case ESPGW_T_NONE:
	case ESPGW_T_BYTES:
	case ESPGW_T_NEST:
		break;
	}
	return 1;
}

static int attrs_take(const struct nlattr *attr, const struct espgw_attr_set *set,
		      struct espgw_attrs *attrs)
{
	unsigned int type = mnl_attr_get_type(attr);

	/* A newer module may tell more than this tool knows. */
	if (type > set->max || type > ESPGW_ATTR_MAX)
		return 0;
	if (!attr_check(attr, set->attr[type].type))
		return -1;
	attrs->tb[type] = attr;
	return 0;
}

/**
 * espgw_attr_read - index the attributes of a message
 * @nlh: the message, with a generic netlink header
 * @set: which space they are of
 * @attrs: receives them
 *
 * Return: 0, or -1 if one has a wrong length; says nothing.
 */
int espgw_attr_read(const struct nlmsghdr *nlh, const struct espgw_attr_set *set,
		    struct espgw_attrs *attrs)
{
	const struct nlattr *attr;

	memset(attrs, 0, sizeof(*attrs));
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (attrs_take(attr, set, attrs))
			return -1;
	return 0;
}

/**
 * espgw_attr_read_nest - index the attributes of a nest
 * @nest: the nest
 * @set: which space they are of
 * @attrs: receives them
 *
 * Return: 0, or -1 if one has a wrong length; says nothing.
 */
int espgw_attr_read_nest(const struct nlattr *nest, const struct espgw_attr_set *set,
			 struct espgw_attrs *attrs)
{
	const struct nlattr *attr;

	memset(attrs, 0, sizeof(*attrs));
	mnl_attr_for_each_nested(attr, nest)
		if (attrs_take(attr, set, attrs))
			return -1;
	return 0;
}

/**
 * espgw_attr_at - find which attribute begins at an offset
 * @nlh: the request
 * @set: the space of its attributes
 * @offset: from the beginning of @nlh, as an extended ACK gives it
 *
 * Return: its description, the innermost one; NULL if none begins there.
 */
const struct espgw_attr *espgw_attr_at(const struct nlmsghdr *nlh,
				       const struct espgw_attr_set *set, uint32_t offset)
{
	const char *want = (const char *)nlh + offset;
	const struct nlattr *attr, *inner;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		const struct espgw_attr *known = NULL;

		if (mnl_attr_get_type(attr) <= set->max)
			known = &set->attr[mnl_attr_get_type(attr)];
		if ((const char *)attr == want)
			return known;
		if (!known || !known->nest)
			continue;
		mnl_attr_for_each_nested(inner, attr)
			if ((const char *)inner == want &&
			    mnl_attr_get_type(inner) <= known->nest->max)
				return &known->nest->attr[mnl_attr_get_type(inner)];
	}
	return NULL;
}

/**
 * espgw_attr_get_addr - read an address
 * @attr: the attribute
 * @addr: receives it
 *
 * Return: 0, or -1 if its length is that of no family.
 */
int espgw_attr_get_addr(const struct nlattr *attr, struct espgw_addr *addr)
{
	return espgw_addr_set(addr, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
}

/**
 * espgw_attr_put_addr - write an address
 * @nlh: message to add to
 * @type: attribute
 * @addr: the address
 */
void espgw_attr_put_addr(struct nlmsghdr *nlh, uint16_t type, const struct espgw_addr *addr)
{
	mnl_attr_put(nlh, type, addr->len, addr->byte);
}
