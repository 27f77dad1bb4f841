// SPDX-License-Identifier: GPL-2.0
/*
 * select - removing all that are like what is given
 *
 * The kernel removes one by its name, or all. What else is said chooses among what
 * it shows, and those are removed one by one.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "say.h"
#include "select.h"
#include "verb.h"

#define REMOVE (ESPGW_IN_DEL | ESPGW_IN_FLUSH)

/**
 * struct selection - what was chosen
 * @object: what they are
 * @filter: what they have to be like
 * @owner: attribute that says whose one is; 0: nobody's
 * @obj: they
 * @count: how many
 * @size: how many there is room for
 */
struct selection {
	const struct espgw_object *object;
	const union espgw_any *filter;
	unsigned int owner;
	union espgw_any *obj;
	unsigned int count;
	unsigned int size;
};

/* A key daemon's own are not for us to remove: "flush" leaves them as well. */
static unsigned int owner_of(const struct espgw_object *object)
{
	const struct espgw_field *f;

	for (f = object->field; f < object->field + object->fields; f++)
		if (f->words == espgw_owner_words)
			return f->attr;
	return 0;
}

static int chosen(const struct nlmsghdr *nlh, void *data)
{
	struct selection *s = data;
	union espgw_any *obj;

	if (s->count == s->size) {
		unsigned int size = s->size ? 2 * s->size : 16;

		obj = reallocarray(s->obj, size, sizeof(*obj));
		if (!obj)
			return -1;
		s->obj = obj;
		s->size = size;
	}
	obj = &s->obj[s->count];
	if (espgw_object_get(nlh, s->object, obj))
		return -1;
	if (s->owner && espgw_number(obj, s->owner) != ESPGW_OWNER_HAND)
		return 0;
	s->count += espgw_object_match(s->object, obj, s->filter);
	return 0;
}

/* Whether words that are no part of a name say what is meant. */
static bool selects(const struct espgw_object *object, const void *obj)
{
	const struct espgw_field *f;

	for (f = object->field; f < object->field + object->fields; f++)
		if (espgw_has(obj, f->attr) && f->in & ESPGW_IN_FLUSH && !(f->in & ESPGW_IN_DEL))
			return true;
	return false;
}

/* Who names one says a whole address. */
static int check_name(const struct espgw_object *object, const void *obj)
{
	const struct espgw_field *f;

	for (f = object->field; f < object->field + object->fields; f++) {
		const struct espgw_addr *addr = espgw_member_of(f, obj);

		if (f->need & ESPGW_IN_DEL && !espgw_has(obj, f->attr))
			return espgw_args_missing(f->word);
		if (f->like && espgw_has(obj, f->attr) &&
		    (!addr->len || espgw_number(obj, f->attr)))
			return espgw_say_error("\"%s\" must be an IPv4 or IPv6 address, not a prefix",
					       f->word);
	}
	return 0;
}

/**
 * espgw_select_parse - parse "del" and what it removes
 * @args: the words
 * @req: receives it: a name, or what those have that are meant
 *
 * Return: 0, or -1 (said).
 */
int espgw_select_parse(struct espgw_args *args, struct espgw_request *req)
{
	const struct espgw_object *object = req->verb->of;

	memset(&req->obj, 0, sizeof(req->obj));
	while (espgw_args_left(args))
		if (espgw_object_take(args, object, espgw_args_next(args), REMOVE, &req->obj))
			return -1;
	if (selects(object, &req->obj))
		return 0;
	if (check_name(object, &req->obj))
		return -1;
	return object->check ? object->check(ESPGW_IN_DEL, &req->obj) : 0;
}

/* Policies go from the last that is asked to the first, so that none is laid open. */
static int remove_all(struct espgw_context *ctx, const struct selection *s, uint8_t cmd,
		      uint64_t name)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	unsigned int i = s->count;
	int rc = 0;

	if (s->object->compare && s->count)
		qsort(s->obj, s->count, sizeof(*s->obj), s->object->compare);
	while (i-- && !rc) {
		struct nlmsghdr *nlh = espgw_nl_start(buf, cmd, NLM_F_ACK);

		s->obj[i].has &= name;
		espgw_object_put(nlh, s->object, false, &s->obj[i]);
		rc = espgw_nl_talk(&ctx->nl, nlh, s->object->set, NULL, NULL, NULL);
	}
	return rc;
}

/**
 * espgw_select_run - do "flush", and "del"
 * @ctx: context
 * @req: the request
 *
 * Return: exit status.
 */
int espgw_select_run(struct espgw_context *ctx, struct espgw_request *req)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	const struct espgw_verb *v = req->verb;
	const struct espgw_config_rule *rule = espgw_config_rule_of(v->of);
	struct selection s = { v->of, &req->obj, owner_of(v->of) };
	bool changed;
	int rc = espgw_nl_open(&ctx->nl);

	if (rc)
		return rc;
	if (v->in & ESPGW_IN_DEL ? !selects(v->of, &req->obj) : !(req->obj.has & ~v->native))
		return espgw_nl_talk(&ctx->nl, espgw_verb_encode(req, buf), v->of->set, NULL,
				     NULL, NULL);
	rc = espgw_nl_talk(&ctx->nl, espgw_nl_start(buf, v->lists, NLM_F_DUMP), NULL, chosen, &s,
			   &changed);
	if (!rc)
		rc = remove_all(ctx, &s, rule->del, rule->name);
	if (!rc && !s.count && v->in & ESPGW_IN_DEL) {
		espgw_say_error("there is none like that");
		rc = 2;
	}
	free(s.obj);
	return rc;
}
