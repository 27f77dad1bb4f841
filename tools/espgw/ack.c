// SPDX-License-Identifier: GPL-2.0
/*
 * ack - acknowledgements: what the kernel says of a request, in words
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ack.h"
#include "say.h"

/* Not in the headers of every system that the module runs on. */
#ifndef NLM_F_ACK_TLVS
#define NLM_F_ACK_TLVS 0x200
#define NLM_F_CAPPED 0x100
#endif
enum {
	ACK_MSG = 1,
	ACK_OFFS = 2,
	ACK_POLICY = 4,
	ACK_MISS_TYPE = 5,
	ACK_MISS_NEST = 6,
	ACK_MAX = 6,
};

/* Attributes of a policy in an acknowledgement (enum netlink_policy_type_attr). */
enum {
	POLICY_MIN_U = 4,
	POLICY_MAX_U = 5,
	POLICY_MAX = 12,
};

/**
 * struct ack - what an extended acknowledgement says
 * @text: the kernel's words, or NULL
 * @attr: the attribute that it complains of, or NULL
 * @missing: the attribute that it misses, or NULL
 * @ranged: @min and @max are known
 * @min: smallest value allowed
 * @max: largest value allowed
 */
struct ack {
	const char *text;
	const struct espgw_attr *attr;
	const struct espgw_attr *missing;
	bool ranged;
	uint64_t min;
	uint64_t max;
};

/*
 * An array of the attributes between two addresses. Only pointers to whole
 * ones are stored.
 */
static void index_attrs(const void *from, const void *to, const struct nlattr **tb,
			unsigned int max)
{
	const struct nlattr *attr = from;

	memset(tb, 0, sizeof(*tb) * (max + 1));
	while (mnl_attr_ok(attr, (const char *)to - (const char *)attr)) {
		if (mnl_attr_get_type(attr) <= max)
			tb[mnl_attr_get_type(attr)] = attr;
		attr = mnl_attr_next(attr);
	}
}

static void read_range(const struct nlattr *policy, struct ack *ack)
{
	const struct nlattr *tb[POLICY_MAX + 1];
	const char *payload = mnl_attr_get_payload(policy);

	index_attrs(payload, payload + mnl_attr_get_payload_len(policy), tb, POLICY_MAX);
	if (!tb[POLICY_MIN_U] || mnl_attr_get_payload_len(tb[POLICY_MIN_U]) != 8 ||
	    !tb[POLICY_MAX_U] || mnl_attr_get_payload_len(tb[POLICY_MAX_U]) != 8)
		return;
	ack->min = mnl_attr_get_u64(tb[POLICY_MIN_U]);
	ack->max = mnl_attr_get_u64(tb[POLICY_MAX_U]);
	ack->ranged = true;
}

static void read_missing(const struct nlattr *type, const struct nlattr *nest,
			 const struct nlmsghdr *request, const struct espgw_attr_set *set,
			 struct ack *ack)
{
	const struct espgw_attr *in;

	if (mnl_attr_get_payload_len(type) != 4)
		return;
	if (nest && mnl_attr_get_payload_len(nest) == 4) {
		in = espgw_attr_at(request, set, mnl_attr_get_u32(nest));
		set = in ? in->nest : NULL;
	}
	if (set && mnl_attr_get_u32(type) <= set->max)
		ack->missing = &set->attr[mnl_attr_get_u32(type)];
	if (ack->missing && !ack->missing->name)
		ack->missing = NULL;
}

/*
 * Reads what stands behind the error number of an acknowledgement, or of the
 * end of a dump.
 */
static void read_ack(const struct nlmsghdr *nlh, const struct nlmsghdr *request,
		     const struct espgw_attr_set *set, struct ack *ack)
{
	const char *at = mnl_nlmsg_get_payload(nlh), *end = mnl_nlmsg_get_payload_tail(nlh);
	const struct nlattr *tb[ACK_MAX + 1];

	memset(ack, 0, sizeof(*ack));
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nlh->nlmsg_type == NLMSG_DONE) {
		at += sizeof(int);
	} else {
		const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

		at += sizeof(*err);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len > sizeof(err->msg))
			at += MNL_ALIGN(err->msg.nlmsg_len - sizeof(err->msg));
	}
	if (at >= end)
		return;
	index_attrs(at, end, tb, ACK_MAX);
	if (tb[ACK_MSG] && mnl_attr_validate(tb[ACK_MSG], MNL_TYPE_NUL_STRING) >= 0)
		ack->text = mnl_attr_get_str(tb[ACK_MSG]);
	if (!set)
		return;
	if (tb[ACK_OFFS] && mnl_attr_get_payload_len(tb[ACK_OFFS]) == 4)
		ack->attr = espgw_attr_at(request, set, mnl_attr_get_u32(tb[ACK_OFFS]));
	if (ack->attr && !ack->attr->name)
		ack->attr = NULL;
	if (tb[ACK_POLICY])
		read_range(tb[ACK_POLICY], ack);
	if (tb[ACK_MISS_TYPE])
		read_missing(tb[ACK_MISS_TYPE], tb[ACK_MISS_NEST], request, set, ack);
}

static void say_refusal(int err, const struct ack *ack)
{
	const char *text = ack->text;
	char range[64] = "";

	if (ack->missing && !ack->attr) {
		/* The kernel's words, if there are any, name the attribute already. */
		if (text)
			espgw_say_error("%s", text);
		else
			espgw_say_error("\"%s\" is missing", ack->missing->name);
		return;
	}
	if (!text && err == EPERM)
		text = "not permitted: this needs CAP_NET_ADMIN in the network namespace";
	if (!text && err == EOPNOTSUPP)
		text = "the espgw module that is loaded does not support this";
	if (!text)
		text = strerror(err);
	if (ack->ranged)
		snprintf(range, sizeof(range), ", must be %" PRIu64 "-%" PRIu64, ack->min,
			 ack->max);
	if (ack->attr)
		espgw_say_error("\"%s\": %s%s", ack->attr->name, text, range);
	else
		espgw_say_error("%s%s", text, range);
}

/**
 * espgw_ack_say - tell the user what the end of a request says
 * @nlh: an acknowledgement, or the end of a dump
 * @request: what it answers
 * @set: the space of the request's attributes, to name them; may be NULL
 *
 * Return: exit status: 0, maybe with a warning (said); or 2, refused (said, and
 * errno set).
 */
int espgw_ack_say(const struct nlmsghdr *nlh, const struct nlmsghdr *request,
		  const struct espgw_attr_set *set)
{
	int err = 0;
	struct ack ack;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int))
		memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	read_ack(nlh, request, set, &ack);
	if (err < 0) {
		errno = -err;
		say_refusal(-err, &ack);
		return 2;
	}
	if (ack.text)
		espgw_say_warning("%s", ack.text);
	return 0;
}
