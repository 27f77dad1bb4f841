// SPDX-License-Identifier: GPL-2.0
/*
 * object - one table for each object of the tool
 */
#include <assert.h>
#include <linux/espgw.h>
#include <linux/genetlink.h>
#include <string.h>

#include "alg.h"
#include "object.h"
#include "say.h"

/* A bit for each attribute, in 64; and in 32 where the kernel is told what to unset. */
static_assert(ESPGW_SA_A_MAX + 1 < 64 && ESPGW_POLICY_A_MAX < 64 && ESPGW_PMTU_A_MAX < 64 &&
	      ESPGW_VFR_A_MAX < 64 && ESPGW_SA_STAT_A_MAX < 64 && ESPGW_VFR_STAT_A_MAX < 64 &&
	      ESPGW_EXPLAIN_A_MAX < 64,
	      "uint64_t has");
static_assert(ESPGW_SA_A_TTL < 32 && ESPGW_MTU_A_MAX < 32 && ESPGW_VFR_A_MAX_BYTES < 32,
	      "ESPGW_MTU_A_INHERIT and its like");

#define FOR_EACH_FIELD(f, object) \
	for (f = (object)->field; f < (object)->field + (object)->fields; f++)

static void has_now(void *obj, unsigned int attr)
{
	*(uint64_t *)obj |= ESPGW_BIT(attr);
}

/* -- words */

static bool is_word(const struct espgw_field *f, const char *word)
{
	if (f->flags & ESPGW_F_ALONE)
		return espgw_choice_find(f->words, word);
	/* Most differ in their first letter: that is cheaper to see than to call. */
	return f->word && *f->word == *word && !strcmp(f->word, word);
}

/**
 * struct found - the row that a word belongs to
 * @f: the row; NULL: there is none
 * @nest: the row of the nest that it is in; NULL: it is in none
 */
struct found {
	const struct espgw_field *f;
	const struct espgw_field *nest;
};

/*
 * One word may have several rows: the last of those that go with the command
 * is taken. If none does, any of them.
 */
static struct found find(const struct espgw_object *object, const char *word, unsigned int in)
{
	const struct espgw_field *f;
	struct found found = { 0 };

	FOR_EACH_FIELD(f, object) {
		struct found this = { .f = f };

		if (f->flags & ESPGW_F_INLINE)
			this = (struct found){ find(f->nest, word, in).f, f };
		else if (!is_word(f, word))
			continue;
		if (this.f && (!found.f || this.f->in & in))
			found = this;
	}
	return found;
}

/**
 * espgw_object_given - whether a request says something of a value
 * @object: what the object is
 * @obj: the object
 * @attr: the value's attribute
 *
 * Return: true if it is to be set, or set no more.
 */
bool espgw_object_given(const struct espgw_object *object, const void *obj, unsigned int attr)
{
	return espgw_has(obj, attr) ||
	       (object->unset && espgw_number(obj, object->unset) >> attr & 1);
}

static int twice(const struct espgw_field *f, const char *word, const void *obj)
{
	const struct espgw_choice *before;

	if (f->after)
		return espgw_say_error("\"%s\": \"%s\" is given twice", f->after, word);
	if (!(f->flags & ESPGW_F_ALONE))
		return espgw_args_twice(word);
	before = espgw_choice_of(f->words, espgw_number(obj, f->attr));
	if (!strcmp(before->word, word))
		return espgw_args_twice(word);
	return espgw_say_error("\"%s\" and \"%s\" exclude each other", before->word, word);
}

static int take_value(struct espgw_args *args, const struct espgw_object *object,
		      const struct espgw_field *f, const char *word, unsigned int in, void *obj)
{
	const char *unset = f->unset_in & in ? f->unset : NULL, *next = espgw_args_peek(args);

	if (!(f->flags & ESPGW_F_AGAIN) && espgw_object_given(object, obj, f->attr))
		return twice(f, word, obj);
	if (f->flags & ESPGW_F_ALONE) {
		espgw_set(obj, f->attr, espgw_choice_find(f->words, word)->value);
		return 0;
	}
	if (unset && next && !strcmp(next, unset)) {
		espgw_args_next(args);
		espgw_set(obj, object->unset,
			  espgw_number(obj, object->unset) | ESPGW_BIT(f->attr));
		return 0;
	}
	if ((f->like && in & (ESPGW_IN_SHOW | ESPGW_IN_FLUSH) ? f->like : f->kind)
		    ->take(args, f, obj, unset))
		return -1;
	has_now(obj, f->attr);
	return 0;
}

/**
 * espgw_object_take - take what a word says of an object
 * @args: the words that follow it
 * @object: what the object is
 * @word: the word
 * @in: the command, enum espgw_in
 * @obj: the object
 *
 * Return: 0, or -1 (said).
 */
int espgw_object_take(struct espgw_args *args, const struct espgw_object *object,
		      const char *word, unsigned int in, void *obj)
{
	struct found found;

	if (object->now)
		in = object->now(in, obj);
	found = find(object, word, in);
	if (!found.f)
		return espgw_args_unknown(word);
	if (!(found.f->in & in) && found.f->after && in & ESPGW_IN_ADD)
		return espgw_say_error("\"%s\" goes with \"%s\" only", word, found.f->after);
	if (!(found.f->in & in))
		return espgw_say_error("\"%s\" does not go with this command", word);
	if (!found.nest)
		return take_value(args, object, found.f, word, in, obj);
	has_now(obj, found.nest->attr);
	return take_value(args, found.nest->nest, found.f, word, in, espgw_member(found.nest, obj));
}

/**
 * espgw_object_parse - parse what a command says of an object
 * @args: the words
 * @object: what the object is
 * @in: the command, enum espgw_in
 * @obj: receives it; to be wiped by the caller if it may hold keys, even on
 *	failure
 *
 * Return: 0, or -1 (said).
 */
int espgw_object_parse(struct espgw_args *args, const struct espgw_object *object,
		       unsigned int in, void *obj)
{
	const struct espgw_field *f;

	memset(obj, 0, object->size);
	if (object->begin && object->begin(args, in, obj))
		return -1;
	while (espgw_args_left(args))
		if (espgw_object_take(args, object, espgw_args_next(args), in, obj))
			return -1;
	FOR_EACH_FIELD(f, object)
		if (f->need & in && !espgw_has(obj, f->attr))
			return espgw_args_missing(f->word);
	return object->check ? object->check(in, obj) : 0;
}

/* -- messages */

static void put_value(struct nlmsghdr *nlh, const struct espgw_object *object,
		      const struct espgw_field *f, const void *obj)
{
	uint64_t value = espgw_number(obj, f->attr);
	const void *at = espgw_member_of(f, obj);
	const struct espgw_key *key = at;
	struct nlattr *nest;

	switch (object->set->attr[f->attr].type) {
	case ESPGW_T_U8:
		mnl_attr_put_u8(nlh, f->attr, value);
		break;
	case ESPGW_T_U16:
		mnl_attr_put_u16(nlh, f->attr, value);
		break;
	case ESPGW_T_BE16:
		mnl_attr_put_u16(nlh, f->attr, htons(value));
		break;
	case ESPGW_T_U32:
		mnl_attr_put_u32(nlh, f->attr, value);
		break;
	case ESPGW_T_BE32:
		mnl_attr_put_u32(nlh, f->attr, htonl(value));
		break;
	case ESPGW_T_U64:
		mnl_attr_put_u64(nlh, f->attr, value);
		break;
	case ESPGW_T_FLAG:
		mnl_attr_put(nlh, f->attr, 0, NULL);
		break;
	case ESPGW_T_STRING:
		mnl_attr_put_strz(nlh, f->attr, at);
		break;
	case ESPGW_T_ADDR:
		espgw_attr_put_addr(nlh, f->attr, at);
		break;
	case ESPGW_T_BYTES:
		/* A cipher without a key has no key attribute. */
		if (key->len)
			mnl_attr_put(nlh, f->attr, key->len, key->byte);
		break;
	case ESPGW_T_NEST:
		nest = mnl_attr_nest_start(nlh, f->attr);
		espgw_object_put(nlh, f->nest, false, at);
		mnl_attr_nest_end(nlh, nest);
		break;
	case ESPGW_T_NONE:
		break;
	}
}

/**
 * espgw_object_put - add what a request says of an object to a message
 * @nlh: the message
 * @object: what the object is
 * @dump: only what the kernel is told of what to show
 * @obj: the object
 */
void espgw_object_put(struct nlmsghdr *nlh, const struct espgw_object *object, bool dump,
		      const void *obj)
{
	const struct espgw_field *f;
	unsigned int attr;

	/* In the order of their numbers, whatever that of the output is. */
	for (attr = 1; attr <= object->set->max; attr++) {
		if (!espgw_has(obj, attr))
			continue;
		FOR_EACH_FIELD(f, object)
			if (f->attr == attr && (!dump || f->in & ESPGW_IN_DUMP))
				put_value(nlh, object, f, obj);
	}
}

static int get_object(const struct espgw_attrs *attrs, const struct espgw_object *object,
		      void *obj);

static int get_value(const struct nlattr *attr, const struct espgw_object *object,
		     const struct espgw_field *f, void *obj)
{
	unsigned int len = mnl_attr_get_payload_len(attr);
	void *at = espgw_member(f, obj);
	struct espgw_key *key = at;
	struct espgw_attrs attrs;
	uint64_t value = 1;

	has_now(obj, f->attr);
	switch (object->set->attr[f->attr].type) {
	case ESPGW_T_U8:
		value = mnl_attr_get_u8(attr);
		break;
	case ESPGW_T_U16:
		value = mnl_attr_get_u16(attr);
		break;
	case ESPGW_T_BE16:
		value = ntohs(mnl_attr_get_u16(attr));
		break;
	case ESPGW_T_U32:
		value = mnl_attr_get_u32(attr);
		break;
	case ESPGW_T_BE32:
		value = ntohl(mnl_attr_get_u32(attr));
		break;
	case ESPGW_T_U64:
		value = mnl_attr_get_u64(attr);
		break;
	case ESPGW_T_STRING:
		if (len > f->size)
			return -1;
		strcpy(at, mnl_attr_get_str(attr));
		break;
	case ESPGW_T_ADDR:
		return espgw_attr_get_addr(attr, at);
	case ESPGW_T_BYTES:
		if (len > sizeof(key->byte))
			return -1;
		key->len = len;
		memcpy(key->byte, mnl_attr_get_payload(attr), len);
		break;
	case ESPGW_T_NEST:
		return espgw_attr_read_nest(attr, object->set->attr[f->attr].nest, &attrs) ||
		       get_object(&attrs, f->nest, at) ? -1 : 0;
	case ESPGW_T_FLAG:
	case ESPGW_T_NONE:
		break;
	}
	espgw_set(obj, f->attr, value);
	return 0;
}

static int get_object(const struct espgw_attrs *attrs, const struct espgw_object *object,
		      void *obj)
{
	const struct espgw_field *f;

	FOR_EACH_FIELD(f, object)
		if (attrs->tb[f->attr] && get_value(attrs->tb[f->attr], object, f, obj))
			return -1;
	return 0;
}

/**
 * espgw_object_get - read an object from a message
 * @nlh: the message
 * @object: what the object is
 * @obj: receives it; to be wiped by the caller if keys were asked for
 *
 * Return: 0, or -1 if the message is malformed; says nothing.
 */
int espgw_object_get(const struct nlmsghdr *nlh, const struct espgw_object *object, void *obj)
{
	struct espgw_attrs attrs;

	memset(obj, 0, object->size);
	return espgw_attr_read(nlh, object->set, &attrs) || get_object(&attrs, object, obj) ? -1 : 0;
}

/* -- output */

/**
 * espgw_object_match - whether an object is one to be shown
 * @object: what the object is
 * @obj: the object
 * @filter: what of it was asked for
 *
 * Return: true if so.
 */
bool espgw_object_match(const struct espgw_object *object, const void *obj, const void *filter)
{
	const struct espgw_field *f;

	if (object->match)
		return object->match(obj, filter);
	FOR_EACH_FIELD(f, object) {
		const struct espgw_kind *kind = f->like ? f->like : f->kind;

		if (f->in & ESPGW_IN_SHOW && kind->same && espgw_has(filter, f->attr) &&
		    !kind->same(f, obj, filter))
			return false;
	}
	return true;
}

/* 0 may be the same as none. */
static bool is_there(const struct espgw_field *f, const void *obj)
{
	return espgw_has(obj, f->attr) &&
	       !(f->flags & ESPGW_F_NONZERO && !espgw_number(obj, f->attr));
}

/* @always: what has all of these flags is shown even if it is not there. */
static void show_object(struct espgw_out *out, const struct espgw_object *object, const void *obj,
			unsigned int always)
{
	unsigned int line = object->field->line;
	const struct espgw_field *f;

	FOR_EACH_FIELD(f, object) {
		bool shown = is_there(f, obj) || (f->flags & always) == always;

		if (!f->kind || f->flags & ESPGW_F_TYPED ||
		    (object->hides && object->hides(out, obj, f->line)))
			continue;
		if (f->line != line)
			espgw_out_break(out);
		line = f->line;
		if (shown)
			f->kind->show(out, f, obj);
		else if (f->flags & ESPGW_F_NULL && always == ESPGW_F_ALWAYS)
			espgw_out_null(out, f->key);
	}
}

/**
 * espgw_object_show - print an object as the values of one row
 * @out: where to; the caller begins and ends the row
 * @object: what the object is
 * @obj: the object
 */
void espgw_object_show(struct espgw_out *out, const struct espgw_object *object, const void *obj)
{
	show_object(out, object, obj, ESPGW_F_ALWAYS);
}

/**
 * espgw_object_show_given - the same, of what was typed and not answered
 * @out: where to; the caller begins and ends the row
 * @object: what the object is
 * @obj: the object
 *
 * What was not typed is not there, but for what is always shown and has a value
 * then.
 */
void espgw_object_show_given(struct espgw_out *out, const struct espgw_object *object,
			     const void *obj)
{
	show_object(out, object, obj, ESPGW_F_ALWAYS | ESPGW_F_BUILTIN);
}

/**
 * espgw_object_choice - which of the words that it may be a value is
 * @object: what the object is
 * @obj: the object
 * @attr: the value's attribute
 *
 * Return: the choice; one with the word "?" if this tool knows none.
 */
const struct espgw_choice *espgw_object_choice(const struct espgw_object *object,
					       const void *obj, unsigned int attr)
{
	static const struct espgw_choice unknown = { "?", 0, ESPGW_CAUTION };
	const struct espgw_choice *choice = NULL;
	const struct espgw_field *f;

	FOR_EACH_FIELD(f, object)
		if (f->attr == attr && f->words)
			choice = espgw_choice_of(f->words, espgw_number(obj, attr));
	return choice ? choice : &unknown;
}

/**
 * espgw_object_save_words - write an object as the words that set it
 * @to: stream
 * @object: what the object is
 * @obj: the object
 * @what: bit n: attribute n is to be written
 */
void espgw_object_save_words(FILE *to, const struct espgw_object *object, const void *obj,
			     uint64_t what)
{
	const struct espgw_field *f;

	FOR_EACH_FIELD(f, object) {
		if (!(what >> f->attr & 1) ||
		    !(f->in & (ESPGW_IN_ADD | ESPGW_IN_SET | ESPGW_IN_PROTECT)))
			continue;
		if (!(f->flags & ESPGW_F_NONZERO) || espgw_number(obj, f->attr))
			f->kind->save(to, f, obj);
	}
}

/**
 * espgw_object_save - write an object as the command that makes it
 * @to: stream
 * @object: what the object is
 * @obj: the object; what is not to be saved may be taken out of it
 */
void espgw_object_save(FILE *to, const struct espgw_object *object, void *obj)
{
	uint64_t what = object->saved ? object->saved(obj) : espgw_number(obj, 0);

	if (!what)
		return;
	fputs(object->save, to);
	espgw_object_save_words(to, object, obj, what);
	fputc('\n', to);
}

/**
 * espgw_object_usage - print how the values of an object are typed
 * @to: stream
 * @object: what the object is
 * @in: only those that go with this command, enum espgw_in; 0: all, and not
 *	what unsets them
 */
void espgw_object_usage(FILE *to, const struct espgw_object *object, unsigned int in)
{
	const struct espgw_field *f;

	FOR_EACH_FIELD(f, object) {
		const char *help = f->help;

		if (!help || (in && !(f->in & in)))
			continue;
		fputs(*help == '\n' ? "\n          [" : " [", to);
		help += *help == '\n';
		fprintf(to, "%s%s%s", f->word ? f->word : "", f->word && *help ? " " : "", help);
		if (f->unset_in & in)
			fprintf(to, "|%s", f->unset);
		fputs(f->flags & ESPGW_F_AGAIN ? "]..." : "]", to);
	}
}
