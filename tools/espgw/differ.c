// SPDX-License-Identifier: GPL-2.0
/*
 * differ - what has to be done so that one configuration becomes another
 *
 * The order is such that nothing that stays is dropped, and nothing goes out in
 * clear that would not do so in the end:
 *  - SAs come before the policies that need them, and those that receive before
 *    those that send;
 *  - policies come before devices and go before them;
 *  - new policies come in the order of evaluation, replacements among them, and
 *    old ones go in the opposite one. So each packet meets what the old policies
 *    say, or what the new ones say, and never a third thing: no new policy is in
 *    force before those that precede it, and no old one is left alone with those
 *    that it had precedence over;
 *  - SAs go last: what cannot be made as it was before is not taken away until
 *    nothing can fail any more.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "differ.h"
#include "say.h"
#include "secret.h"

#define FOR_EACH_FIELD(f, object) \
	for (f = (object)->field; f < (object)->field + (object)->fields; f++)

/**
 * enum espgw_phase - the order of steps
 * @GUARD_ON: from now on, all devices are watched
 * @DEFAULT: the namespace's MTU policy
 * @SA_IN: inbound SAs
 * @SA_OUT: outbound ones
 * @POLICY: policies
 * @DEV: devices
 * @VFR: their fragments
 * @PMTU: path MTUs
 * @CONN: MTU policies of what a key daemon makes
 * @XFRM: what it makes
 * @POLICY_DEL: policies go
 * @DEV_DEL: devices go
 * @GUARD_OFF: no other devices are watched
 * @SA_DEL: SAs go
 */
enum espgw_phase {
	GUARD_ON,
	DEFAULT,
	SA_IN,
	SA_OUT,
	POLICY,
	DEV,
	VFR,
	PMTU,
	CONN,
	XFRM,
	POLICY_DEL,
	DEV_DEL,
	GUARD_OFF,
	SA_DEL,
};

/*
 * How many packets may have been sent by an SA since its number was read: what
 * is made again, to undo its end, goes on behind them.
 */
#define LEAP (1u << 26)

/* -- what is the same */

/* Two texts that may be keys. */
static struct espgw_secret one, other;

static int write_words(struct espgw_secret *text, const struct espgw_object *object,
		       uint64_t what, const void *obj)
{
	FILE *to;

	espgw_secret_clear(text);
	to = espgw_secret_open(text);
	if (!to)
		return espgw_say_error("out of memory");
	if (obj)
		espgw_object_save_words(to, object, obj, espgw_number(obj, 0) & what);
	return espgw_secret_close(text, to) ? espgw_say_error("out of memory") : 0;
}

/* Return: 1, 0, -1 (said). @what: bit n: attribute n counts */
static int same(const struct espgw_object *object, uint64_t what, const void *a, const void *b)
{
	if (write_words(&one, object, what, a) || write_words(&other, object, what, b))
		return -1;
	return one.used == other.used && (!one.used || !memcmp(one.text, other.text, one.used));
}

/* Which attributes differ, bit n for attribute n. Return: 0, -1 (said). */
static int differing(const struct espgw_config_rule *rule, const void *a, const void *b,
		     uint64_t *differ)
{
	const uint64_t what = ~(rule->name | rule->passes);
	const struct espgw_field *f;
	int rc = same(rule->object, what, a, b);

	/* Mostly nothing does. */
	*differ = 0;
	if (rc)
		return rc < 0 ? -1 : 0;
	FOR_EACH_FIELD(f, rule->object) {
		if (!(what >> f->attr & 1))
			continue;
		rc = same(rule->object, ESPGW_BIT(f->attr), a, b);
		if (rc < 0)
			return -1;
		if (!rc)
			*differ |= ESPGW_BIT(f->attr);
	}
	return 0;
}

/* -- requests */

/* Together with a value that is two attributes, such as a prefix or a mark. */
static void copy_number(void *to, const void *from, const struct espgw_field *f,
			const struct espgw_object *object)
{
	const struct espgw_field *next = f + 1;

	espgw_set(to, f->attr, espgw_number(from, f->attr));
	if (next < object->field + object->fields && next->attr == f->attr + 1 && !next->kind &&
	    espgw_has(from, next->attr))
		espgw_set(to, next->attr, espgw_number(from, next->attr));
}

/* What "set" has to say, so that @have becomes @want; either may be NULL. */
static int set_values(const struct espgw_object *object, const void *want, const void *have,
		      uint64_t what, void *to)
{
	const struct espgw_field *f;

	FOR_EACH_FIELD(f, object) {
		bool wanted = want && espgw_has(want, f->attr);
		int rc;

		if (!f->kind || !(what >> f->attr & 1))
			continue;
		rc = same(object, ESPGW_BIT(f->attr), want, have);
		if (rc < 0)
			return -1;
		if (rc)
			continue;
		if (f->nest) {
			const void *a = wanted ? espgw_member_of(f, want) : NULL;
			const void *b = have && espgw_has(have, f->attr) ?
						espgw_member_of(f, have) : NULL;

			espgw_set(to, f->attr, 0);
			if (set_values(f->nest, a, b, UINT64_MAX, espgw_member(f, to)))
				return -1;
		} else if (wanted) {
			copy_number(to, want, f, object);
		} else if (f->unset_in & ESPGW_IN_SET) {
			espgw_set(to, object->unset,
				  espgw_number(to, object->unset) | ESPGW_BIT(f->attr));
		} else {
			espgw_set(to, f->attr, f->builtin);
			/* Of no text. */
			if (f->size)
				*(char *)espgw_member(f, to) = '\0';
			if (f->attr == ESPGW_SA_A_MARK && object == &espgw_sa_object)
				espgw_set(to, ESPGW_SA_A_MARK_MASK, 0);
		}
	}
	return 0;
}

/* Only its name. */
static void name_only(const struct espgw_config_rule *rule, const union espgw_any *row,
		      union espgw_any *obj)
{
	const struct espgw_field *f;

	*obj = *row;
	FOR_EACH_FIELD(f, rule->object) {
		if (!(rule->name >> f->attr & 1))
			((uint64_t *)obj)[f->attr] = 0;
		if (f->nest)
			memset(espgw_member(f, obj), 0, f->nest->size);
	}
	obj->has &= rule->name;
	if (rule->object == &espgw_guard_object)
		espgw_set(obj, ESPGW_GUARD_A_ON, 1);
	if (rule->object == &espgw_xfrm_object)
		espgw_set(obj, ESPGW_XFRM_A_ON, 0);
}

static void make(const struct espgw_config_rule *rule, const union espgw_any *row,
		 struct espgw_change *change)
{
	change->cmd = rule->add;
	change->verb = rule->makes;
	change->obj = *row;
}

static void replace(const struct espgw_config_rule *rule, const union espgw_any *row,
		    const union espgw_any *old, struct espgw_change *change)
{
	const struct espgw_field *f;

	change->cmd = rule->replace;
	change->verb = rule->replaces;
	change->obj = *row;
	/* With the same key it goes on from where it is. */
	if (rule->object == &espgw_sa_object)
		change->obj.has &= ~rule->passes;
	/* What people call it would be inherited. */
	FOR_EACH_FIELD(f, rule->object)
		if (f->size && f->in & ESPGW_IN_SET && espgw_has(old, f->attr))
			change->obj.has |= ESPGW_BIT(f->attr);
}

static void remove_it(const struct espgw_config_rule *rule, const union espgw_any *row,
		      struct espgw_change *change)
{
	change->cmd = rule->del;
	change->verb = rule->removes;
	name_only(rule, row, &change->obj);
	/* What it carries is protected all the same. */
	if (rule->object == &espgw_dev_object)
		espgw_set(&change->obj, ESPGW_DEV_A_GUARDED, 1);
}

static int set(const struct espgw_config_rule *rule, const struct espgw_config_row *want,
	       const struct espgw_config_row *have, struct espgw_change *change)
{
	change->cmd = rule->set;
	change->verb = "set";
	name_only(rule, want ? &want->obj : &have->obj, &change->obj);
	return set_values(rule->object, want ? &want->obj : NULL, have ? &have->obj : NULL,
			  ~(rule->name | rule->passes), &change->obj);
}

/* -- SAs */

static bool same_key(const struct espgw_key *a, const struct espgw_key *b)
{
	return a->len == b->len && !memcmp(a->byte, b->byte, a->len);
}

static bool same_keys(const struct espgw_sa *a, const struct espgw_sa *b)
{
	return !strcmp(a->aead, b->aead) && !strcmp(a->enc, b->enc) && same_key(&a->key, &b->key) &&
	       same_key(&a->auth_key, &b->auth_key);
}

/* An SA whose place another took has to come back, and to repeat no number. */
static void leap(struct espgw_sa *sa)
{
	uint64_t max = espgw_has(sa, ESPGW_SA_A_ESN) ? UINT64_MAX : UINT32_MAX;
	uint64_t seq = sa->number[ESPGW_SA_A_SEQ];

	if (sa->number[ESPGW_SA_A_DIR] == ESPGW_DIR_OUT)
		seq = max - seq > LEAP ? seq + LEAP : max;
	espgw_set(sa, ESPGW_SA_A_SEQ, seq);
}

/* Whether all that differs can be set in the SA that there is. */
static bool settable(const struct espgw_config_rule *rule, uint64_t differ,
		     const union espgw_any *want, const union espgw_any *have)
{
	const struct espgw_field *f;

	if (!rule->set)
		return false;
	FOR_EACH_FIELD(f, rule->object)
		if (differ >> f->attr & 1 && !(f->in & ESPGW_IN_SET))
			return false;
	/* Ports can be others, but not come or go. */
	return rule->object != &espgw_sa_object ||
	       !(differ & ESPGW_BIT(ESPGW_SA_A_ENCAP_SPORT)) ||
	       (espgw_has(want, ESPGW_SA_A_ENCAP_SPORT) && espgw_has(have, ESPGW_SA_A_ENCAP_SPORT));
}

/* -- order */

static uint64_t width(const void *obj, unsigned int first)
{
	return espgw_has(obj, first) ?
		       65536 - (espgw_number(obj, first + 1) - espgw_number(obj, first)) : 0;
}

/**
 * espgw_policy_precedence - where a policy stands in the order of evaluation
 * @policy: the policy
 *
 * Lowest prio first, then the most specific.
 *
 * Return: a number; the lower, the earlier.
 */
uint64_t espgw_policy_precedence(const void *policy)
{
	const void *obj = policy;
	uint64_t specific = espgw_number(obj, ESPGW_POLICY_A_SRC_LEN) +
			    espgw_number(obj, ESPGW_POLICY_A_DST_LEN);
	uint64_t prio = espgw_has(obj, ESPGW_POLICY_A_PRIO) ?
				espgw_number(obj, ESPGW_POLICY_A_PRIO) : 0;

	specific = specific << 1 | espgw_has(obj, ESPGW_POLICY_A_PROTO);
	specific = (specific << 18) + width(obj, ESPGW_POLICY_A_SPORT_MIN) +
		   width(obj, ESPGW_POLICY_A_DPORT_MIN);
	specific = specific << 1 | espgw_has(obj, ESPGW_POLICY_A_DSCP);
	return prio << 31 | (0x7fffffff - specific);
}

static void place(struct espgw_step *step)
{
	const struct espgw_object *object = step->rule->object;
	const struct espgw_config_row *row = step->want ? step->want : step->have;
	bool del = !step->want;

	step->rank = row->place;
	if (object == &espgw_guard_object) {
		step->phase = del ? GUARD_ON : GUARD_OFF;
	} else if (object == &espgw_default_object) {
		step->phase = DEFAULT;
	} else if (object == &espgw_sa_object) {
		step->phase = del ? SA_DEL :
			      row->obj.sa.number[ESPGW_SA_A_DIR] == ESPGW_DIR_IN ? SA_IN : SA_OUT;
	} else if (object == &espgw_policy_object) {
		step->phase = del ? POLICY_DEL : POLICY;
		step->rank = espgw_policy_precedence(&row->obj);
		if (del)
			step->rank = ~step->rank;
	} else if (object == &espgw_dev_object) {
		step->phase = del ? DEV_DEL : DEV;
	} else if (object == &espgw_vfr_object) {
		step->phase = VFR;
	} else if (object == &espgw_pmtu_object) {
		step->phase = PMTU;
	} else if (object == &espgw_xfrm_conn_object) {
		step->phase = CONN;
	} else {
		step->phase = XFRM;
	}
}

static int by_phase(const void *a, const void *b)
{
	const struct espgw_step *x = *(struct espgw_step *const *)a;
	const struct espgw_step *y = *(struct espgw_step *const *)b;
	unsigned int x_place = x->want ? x->want->place : x->have->place;
	unsigned int y_place = y->want ? y->want->place : y->have->place;

	if (x->phase != y->phase)
		return (int)x->phase - (int)y->phase;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x_place > y_place) - (x_place < y_place);
}

/* -- steps */

static struct espgw_step *new_step(struct espgw_steps *steps)
{
	struct espgw_step **more;

	if (steps->count == steps->size) {
		steps->size = steps->size ? steps->size * 2 : 64;
		more = realloc(steps->step, steps->size * sizeof(struct espgw_step *));
		if (!more)
			return NULL;
		steps->step = more;
	}
	steps->step[steps->count] = calloc(1, sizeof(struct espgw_step));
	return steps->step[steps->count] ? steps->step[steps->count++] : NULL;
}

/* There is one of the name, and there is to be one. */
static int change(struct espgw_step *step, uint64_t differ)
{
	const struct espgw_config_rule *rule = step->rule;
	const union espgw_any *want = &step->want->obj, *have = &step->have->obj;

	if (settable(rule, differ, want, have))
		return set(rule, step->want, step->have, &step->make) ||
		       set(rule, step->have, step->want, &step->undo) ? -1 : 0;
	replace(rule, want, have, &step->make);
	replace(rule, have, want, &step->undo);
	if (rule->object != &espgw_sa_object || same_keys(&want->sa, &have->sa))
		return 0;
	/* A key that is used for the first time begins where its file says. */
	if (espgw_has(want, ESPGW_SA_A_SEQ))
		espgw_set(&step->make.obj, ESPGW_SA_A_SEQ, espgw_number(want, ESPGW_SA_A_SEQ));
	espgw_set(&step->undo.obj, ESPGW_SA_A_SEQ, espgw_number(have, ESPGW_SA_A_SEQ));
	leap(&step->undo.obj.sa);
	return 0;
}

static int step_for(struct espgw_steps *steps, const struct espgw_config_row *want,
		    const struct espgw_config_row *have)
{
	const struct espgw_config_rule *rule = want ? want->rule : have->rule;
	struct espgw_step *step;
	uint64_t differ = 0;
	bool set_only = !rule->del, both = want && have;
	int rc = 0;

	if ((both || set_only) && differing(rule, want ? &want->obj : NULL,
					    have ? &have->obj : NULL, &differ))
		return -1;
	if ((both || set_only) && !differ)
		return 0;
	step = new_step(steps);
	if (!step)
		return espgw_say_error("out of memory");
	step->rule = rule;
	step->want = want;
	step->have = have;
	step->differ = differ;
	place(step);
	if (set_only) {
		rc = set(rule, want, have, &step->make) || set(rule, have, want, &step->undo);
	} else if (both) {
		rc = change(step, differ);
	} else if (want) {
		make(rule, &want->obj, &step->make);
		remove_it(rule, &want->obj, &step->undo);
	} else {
		remove_it(rule, &have->obj, &step->make);
		make(rule, &have->obj, &step->undo);
		if (rule->object == &espgw_sa_object)
			leap(&step->undo.obj.sa);
	}
	return rc ? -1 : 0;
}

/* Whether it goes with a device that goes. */
static bool goes_along(const struct espgw_config_row *have, const struct espgw_config *want)
{
	unsigned int i;

	if (have->rule->object != &espgw_vfr_object)
		return false;
	for (i = 0; i < want->count; i++)
		if (want->row[i]->rule->object == &espgw_dev_object &&
		    !strcmp(want->row[i]->obj.dev.ifname, have->obj.vfr.ifname))
			return false;
	return true;
}

/* Then a device that policies need is not let go of. */
static bool guard_goes_off(const struct espgw_config *want)
{
	unsigned int i;

	for (i = 0; i < want->count; i++)
		if (want->row[i]->rule->object == &espgw_guard_object && !want->row[i]->not)
			return true;
	return false;
}

/**
 * espgw_differ - compare two configurations
 * @steps: receives what has to be done, in order; to be freed by the caller,
 *	even on failure
 * @want: what there is to be
 * @have: what there is; both have to stay as long as the steps
 *
 * Whether what is adopted from xfrm is to be adopted stays as it is unless @want
 * says it.
 *
 * Return: 0, or -1 (said).
 */
int espgw_differ(struct espgw_steps *steps, const struct espgw_config *want,
		 const struct espgw_config *have)
{
	const struct espgw_config_row *row, *found;
	unsigned int i;
	int rc = 0;

	memset(steps, 0, sizeof(*steps));
	for (i = 0; i < want->count && !rc; i++) {
		row = want->row[i];
		found = espgw_config_find(have, row->name);
		if (!row->not)
			rc = step_for(steps, row, found);
		else if (found)
			rc = step_for(steps, NULL, found);
	}
	for (i = 0; i < have->count && !rc; i++) {
		row = have->row[i];
		if (!espgw_config_find(want, row->name) &&
		    row->rule->object != &espgw_xfrm_object && !goes_along(row, want))
			rc = step_for(steps, NULL, row);
	}
	espgw_secret_free(&one);
	espgw_secret_free(&other);
	if (guard_goes_off(want))
		for (i = 0; i < steps->count; i++)
			if (!steps->step[i]->want && steps->step[i]->rule->object == &espgw_dev_object)
				steps->step[i]->make.obj.has &= ~ESPGW_BIT(ESPGW_DEV_A_GUARDED);
	if (steps->count)
		qsort(steps->step, steps->count, sizeof(struct espgw_step *), by_phase);
	return rc;
}

/**
 * espgw_steps_free - forget steps, keys and all
 * @steps: empty then
 */
void espgw_steps_free(struct espgw_steps *steps)
{
	unsigned int i;

	for (i = 0; i < steps->count; i++) {
		explicit_bzero(steps->step[i], sizeof(struct espgw_step));
		free(steps->step[i]);
	}
	free(steps->step);
	memset(steps, 0, sizeof(*steps));
}

/* -- in words */

/**
 * espgw_hide_keys - take the keys out of what is shown
 * @object: what the object is
 * @obj: it
 */
void espgw_hide_keys(const struct espgw_object *object, void *obj)
{
	struct espgw_sa *sa = obj;

	if (object != &espgw_sa_object)
		return;
	explicit_bzero(sa->key.byte, sizeof(sa->key.byte));
	explicit_bzero(sa->auth_key.byte, sizeof(sa->auth_key.byte));
	sa->key.len = sa->key.len ? ESPGW_KEY_HIDDEN : 0;
	sa->auth_key.len = sa->auth_key.len ? ESPGW_KEY_HIDDEN : 0;
	sa->has &= ~(ESPGW_BIT(ESPGW_SA_A_KEY) | ESPGW_BIT(ESPGW_SA_A_AUTH_KEY));
}

/* What sets a value no more, which "save" never has to write. */
static void write_unset(FILE *to, const struct espgw_object *object, const void *obj)
{
	const struct espgw_field *f;

	FOR_EACH_FIELD(f, object) {
		if (object->unset && espgw_number(obj, object->unset) >> f->attr & 1)
			fprintf(to, " %s %s", f->word, f->unset);
		if (f->flags & ESPGW_F_NONZERO && f->word && !f->nest && espgw_has(obj, f->attr) &&
		    !espgw_number(obj, f->attr))
			fprintf(to, " %s %s", f->word, f->words == espgw_args_off_on ? "off" : "0");
		if (f->nest && espgw_has(obj, f->attr))
			write_unset(to, f->nest, espgw_member_of(f, obj));
	}
}

/**
 * espgw_step_command - write the command that a step is, without keys
 * @to: stream
 * @step: the step
 */
void espgw_step_command(FILE *to, const struct espgw_step *step)
{
	const struct espgw_object *object = step->rule->object;
	union espgw_any obj = step->make.obj;

	espgw_hide_keys(object, &obj);
	fprintf(to, "%s %s", step->rule->word, step->make.verb);
	espgw_object_save_words(to, object, &obj, obj.has);
	write_unset(to, object, &obj);
	if (object == &espgw_dev_object && espgw_has(&obj, ESPGW_DEV_A_GUARDED))
		fputs(" guarded", to);
	explicit_bzero(&obj, sizeof(obj));
}

/**
 * espgw_step_was - write what a step makes otherwise, as it was, without keys
 * @to: stream
 * @step: the step; writes nothing of one that makes something new, or removes it
 */
void espgw_step_was(FILE *to, const struct espgw_step *step)
{
	const struct espgw_config_rule *rule = step->rule;
	const uint64_t alg = ESPGW_BIT(ESPGW_SA_A_AEAD) | ESPGW_BIT(ESPGW_SA_A_ENC) |
			     ESPGW_BIT(ESPGW_SA_A_AUTH);
	union espgw_any was;
	uint64_t differ = step->differ;

	if (!step->have)
		return;
	was = step->have->obj;
	if (rule->object == &espgw_sa_object && differ & alg &&
	    !same_keys(&step->want->obj.sa, &was.sa)) {
		fputs(" another key", to);
		differ &= ~alg;
	}
	espgw_hide_keys(rule->object, &was);
	espgw_object_save_words(to, rule->object, &was, was.has & differ);
	explicit_bzero(&was, sizeof(was));
}
