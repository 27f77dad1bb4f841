// SPDX-License-Identifier: GPL-2.0
/*
 * vfr - virtual fragment reassembly
 *
 * One table has what can be set; parsing, showing and saving all read it.
 */
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "attr.h"
#include "batch.h"
#include "say.h"
#include "vfr.h"

#define BIT(attr) (1U << (attr))

static_assert(ESPGW_VFR_A_MAX < 32 && ESPGW_VFR_STAT_A_MAX < 32, "struct espgw_vfr");

/* Stand alone: "vfr set dev eth0 dir in on". */
static const struct espgw_choice mode_words[] = {
	{ "auto", ESPGW_VFR_AUTO },
	{ "off", ESPGW_VFR_OFF },
	{ "on", ESPGW_VFR_ON },
	{ NULL, 0 },
};

static const struct espgw_choice event_words[] = {
	{ "enabled", ESPGW_VFR_EVENT_ENABLED },
	{ "disabled", ESPGW_VFR_EVENT_DISABLED },
	{ "set", ESPGW_VFR_EVENT_SET },
	{ NULL, 0 },
};

/**
 * struct vfr_word - a word of "vfr set"
 * @word: as typed
 * @key: as JSON has it
 * @attr: what it sets
 * @min: smallest number allowed
 * @max: largest number allowed; 0: it is on or off
 */
struct vfr_word {
	const char *word;
	const char *key;
	unsigned int attr;
	uint32_t min;
	uint32_t max;
};

/* In the order of output. */
static const struct vfr_word vfr_words[] = {
	{ "max-reassemblies", "max_reassemblies", ESPGW_VFR_A_MAX_REASSEMBLIES, 1,
	  ESPGW_VFR_REASSEMBLIES_MAX },
	{ "max-fragments", "max_fragments", ESPGW_VFR_A_MAX_FRAGMENTS, 1,
	  ESPGW_VFR_FRAGMENTS_MAX },
	{ "timeout", "timeout_s", ESPGW_VFR_A_TIMEOUT_S, 1, ESPGW_VFR_TIMEOUT_MAX },
	{ "drop-fragments", "drop_fragments", ESPGW_VFR_A_DROP_FRAGMENTS, 0, 0 },
	{ "max-bytes", "max_bytes", ESPGW_VFR_A_MAX_BYTES, ESPGW_VFR_BYTES_MIN,
	  ESPGW_VFR_BYTES_MAX },
};

static const struct {
	const char *name;
	unsigned int attr;
} features[] = {
	{ "ports", ESPGW_VFR_A_USERS_PORTS },
	{ "esp", ESPGW_VFR_A_USERS_ESP },
	{ "natt", ESPGW_VFR_A_USERS_NATT },
	{ "gre", ESPGW_VFR_A_USERS_GRE },
	{ "ends", ESPGW_VFR_A_USERS_ENDS },
};

/* For people; the names are those of the attributes. */
static const char *const meanings[] = {
	[ESPGW_VFR_STAT_A_REASS_FRAGS] = "fragments looked at",
	[ESPGW_VFR_STAT_A_REASS_REQDS] = "datagrams followed",
	[ESPGW_VFR_STAT_A_REASS_OKS] = "of them, those that came whole",
	[ESPGW_VFR_STAT_A_REASS_HELD] = "fragments held until their first one came",
	[ESPGW_VFR_STAT_A_REASS_DROP] = "no room for one more datagram",
	[ESPGW_VFR_STAT_A_REASS_SOURCE_DROP] = "of these, those whose source had its share",
	[ESPGW_VFR_STAT_A_REASS_BYTES_DROP] = "max-bytes, or the source's share of it, reached",
	[ESPGW_VFR_STAT_A_REASS_TOO_MANY_FRAGS] = "more than max-fragments of a datagram",
	[ESPGW_VFR_STAT_A_REASS_TIMEOUT] = "datagrams that did not come whole in time",
	[ESPGW_VFR_STAT_A_REASS_TINY] = "the upper header is cut, or overwritten",
	[ESPGW_VFR_STAT_A_REASS_NO_HEADER] = "IPv6 first fragment without upper header",
	[ESPGW_VFR_STAT_A_REASS_LENGTH] = "empty, or not the last and no multiple of 8",
	[ESPGW_VFR_STAT_A_REASS_OVERSIZE] = "ends beyond 65535 bytes",
	[ESPGW_VFR_STAT_A_REASS_OVERLAP] = "overlaps another fragment",
	[ESPGW_VFR_STAT_A_REASS_TWO_ENDS] = "contradicts where the datagram ends",
	[ESPGW_VFR_STAT_A_REASS_DUPLICATE] = "came before; dropped alone",
	[ESPGW_VFR_STAT_A_REASS_DEAD] = "of a datagram that was given up",
	[ESPGW_VFR_STAT_A_REASS_PURGED] = "held, and dropped with their datagram",
	[ESPGW_VFR_STAT_A_REASS_REFUSED] = "dropped by drop-fragments",
	[ESPGW_VFR_STAT_A_REASS_NOMEM] = "out of memory",
};
static_assert(MNL_ARRAY_SIZE(meanings) == ESPGW_VFR_STAT_A_PAD, "a counter is missing");

/* What BY_HAND is about; a newer module may know more. */
#define SETTABLE                                                                          \
	(BIT(ESPGW_VFR_A_MODE) | BIT(ESPGW_VFR_A_MAX_REASSEMBLIES) |                      \
	 BIT(ESPGW_VFR_A_MAX_FRAGMENTS) | BIT(ESPGW_VFR_A_TIMEOUT_S) |                    \
	 BIT(ESPGW_VFR_A_DROP_FRAGMENTS) | BIT(ESPGW_VFR_A_MAX_BYTES))

static bool has(const struct espgw_vfr *vfr, unsigned int attr)
{
	return vfr->has >> attr & 1;
}

static int take_mode(const char *word, uint32_t mode, struct espgw_vfr *vfr)
{
	const char *before = espgw_choice_word(mode_words, vfr->value[ESPGW_VFR_A_MODE]);

	if (has(vfr, ESPGW_VFR_A_MODE) && strcmp(before, word))
		return espgw_say_error("\"%s\" and \"%s\" exclude each other", before, word);
	if (has(vfr, ESPGW_VFR_A_MODE))
		return espgw_args_twice(word);
	vfr->has |= BIT(ESPGW_VFR_A_MODE);
	vfr->value[ESPGW_VFR_A_MODE] = mode;
	return 0;
}

/* The value of a word, which may be any but a mode. */
static int take_value(struct espgw_args *args, const char *word, const struct vfr_word *w,
		      unsigned int attr, struct espgw_vfr *vfr)
{
	uint32_t *to = &vfr->value[attr];
	uint64_t value;

	if (has(vfr, attr))
		return espgw_args_twice(word);
	vfr->has |= BIT(attr);
	if (attr == ESPGW_VFR_A_IFINDEX)
		return espgw_args_device(args, word, to);
	if (attr == ESPGW_VFR_A_DIR)
		return espgw_args_choice(args, word, espgw_args_in_out, to);
	if (!w->max)
		return espgw_args_choice(args, word, espgw_args_off_on, to);
	if (espgw_args_number(args, word, w->min, w->max, &value))
		return -1;
	*to = value;
	return 0;
}

static int take_words(struct espgw_args *args, bool set, struct espgw_vfr *vfr)
{
	memset(vfr, 0, sizeof(*vfr));
	while (espgw_args_left(args)) {
		const char *word = espgw_args_next(args);
		const struct espgw_choice *mode = mode_words;
		const struct vfr_word *w = vfr_words;
		unsigned int attr = 0;
		int rc;

		while (mode->word && strcmp(mode->word, word))
			mode++;
		while (w < vfr_words + MNL_ARRAY_SIZE(vfr_words) && strcmp(w->word, word))
			w++;
		if (!strcmp(word, "dev"))
			attr = ESPGW_VFR_A_IFINDEX;
		else if (!strcmp(word, "dir"))
			attr = ESPGW_VFR_A_DIR;
		else if (w < vfr_words + MNL_ARRAY_SIZE(vfr_words))
			attr = w->attr;
		else if (!mode->word)
			return espgw_args_unknown(word);
		if (!set && attr != ESPGW_VFR_A_IFINDEX && attr != ESPGW_VFR_A_DIR)
			return espgw_say_error("\"%s\" does not go with this command", word);
		rc = attr ? take_value(args, word, w, attr, vfr) :
			    take_mode(word, mode->value, vfr);
		if (rc)
			return -1;
	}
	return 0;
}

/**
 * espgw_vfr_parse_set - parse "vfr set"
 * @args: the words
 * @vfr: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_vfr_parse_set(struct espgw_args *args, struct espgw_vfr *vfr)
{
	if (take_words(args, true, vfr))
		return -1;
	if (!has(vfr, ESPGW_VFR_A_IFINDEX))
		return espgw_args_missing("dev");
	if (!has(vfr, ESPGW_VFR_A_DIR))
		return espgw_args_missing("dir");
	if (!(vfr->has & SETTABLE))
		return espgw_say_error("nothing to set is given");
	return 0;
}

/**
 * espgw_vfr_parse_show - parse "vfr show" and "vfr stats"
 * @args: the words
 * @vfr: receives what to show
 *
 * Return: 0, or -1 (said).
 */
int espgw_vfr_parse_show(struct espgw_args *args, struct espgw_vfr *vfr)
{
	return take_words(args, false, vfr);
}

/**
 * espgw_vfr_put - add what was parsed to a message
 * @nlh: the message
 * @vfr: only what it has is added
 */
void espgw_vfr_put(struct nlmsghdr *nlh, const struct espgw_vfr *vfr)
{
	unsigned int i;

	for (i = 1; i <= ESPGW_VFR_A_MAX; i++) {
		if (!has(vfr, i))
			continue;
		if (espgw_vfr_set.attr[i].type == ESPGW_T_U8)
			mnl_attr_put_u8(nlh, i, vfr->value[i]);
		else
			mnl_attr_put_u32(nlh, i, vfr->value[i]);
	}
}

static int get_stats(const struct nlattr *nest, struct espgw_vfr *vfr)
{
	struct espgw_attrs attrs;
	unsigned int i;

	if (espgw_attr_read_nest(nest, &espgw_vfr_stat_set, &attrs))
		return -1;
	for (i = 1; i < ESPGW_VFR_STAT_A_PAD; i++) {
		if (!attrs.tb[i])
			continue;
		vfr->stats |= BIT(i);
		vfr->count[i] = mnl_attr_get_u64(attrs.tb[i]);
	}
	return 0;
}

/**
 * espgw_vfr_get - read a row from a message
 * @nlh: the message
 * @vfr: receives it
 *
 * Return: 0, or -1 if the message is malformed; says nothing.
 */
int espgw_vfr_get(const struct nlmsghdr *nlh, struct espgw_vfr *vfr)
{
	struct espgw_attrs attrs;
	unsigned int i;

	memset(vfr, 0, sizeof(*vfr));
	if (espgw_attr_read(nlh, &espgw_vfr_set, &attrs))
		return -1;
	for (i = 1; i <= ESPGW_VFR_A_MAX; i++) {
		const struct nlattr *attr = attrs.tb[i];

		if (!attr)
			continue;
		vfr->has |= BIT(i);
		if (espgw_vfr_set.attr[i].type == ESPGW_T_U8)
			vfr->value[i] = mnl_attr_get_u8(attr);
		else if (espgw_vfr_set.attr[i].type == ESPGW_T_U32)
			vfr->value[i] = mnl_attr_get_u32(attr);
	}
	if (has(vfr, ESPGW_VFR_A_IFNAME)) {
		const struct nlattr *name = attrs.tb[ESPGW_VFR_A_IFNAME];

		if (mnl_attr_get_payload_len(name) > sizeof(vfr->ifname))
			return -1;
		strcpy(vfr->ifname, mnl_attr_get_str(name));
	}
	return has(vfr, ESPGW_VFR_A_STATS) ? get_stats(attrs.tb[ESPGW_VFR_A_STATS], vfr) : 0;
}

/**
 * espgw_vfr_match - whether a row is one to be shown
 * @vfr: the row
 * @filter: what of it was asked for
 *
 * Return: true if so.
 */
bool espgw_vfr_match(const struct espgw_vfr *vfr, const struct espgw_vfr *filter)
{
	static const unsigned int named[] = { ESPGW_VFR_A_IFINDEX, ESPGW_VFR_A_DIR };
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(named); i++)
		if (has(filter, named[i]) && vfr->value[named[i]] != filter->value[named[i]])
			return false;
	return true;
}

static void show_name(struct espgw_out *out, const struct espgw_vfr *vfr)
{
	const char *dir = espgw_choice_word(espgw_args_in_out, vfr->value[ESPGW_VFR_A_DIR]);

	espgw_out_str(out, "dev", "dev", vfr->ifname, ESPGW_DEVICE);
	espgw_out_num(out, "ifindex", NULL, vfr->value[ESPGW_VFR_A_IFINDEX], NULL);
	espgw_out_str(out, "dir", "dir", dir ? dir : "?", ESPGW_PLAIN);
}

static void show_status(struct espgw_out *out, const struct espgw_vfr *vfr)
{
	const char *mode = espgw_choice_word(mode_words, vfr->value[ESPGW_VFR_A_MODE]);
	struct espgw_out_count users[MNL_ARRAY_SIZE(features)];
	bool enabled = vfr->value[ESPGW_VFR_A_ENABLED];
	enum espgw_colour colour = ESPGW_PLAIN;
	unsigned int i, count = 0;
	char status[32];

	for (i = 0; i < MNL_ARRAY_SIZE(features); i++) {
		if (!vfr->value[features[i].attr])
			continue;
		users[count].name = features[i].name;
		users[count++].count = vfr->value[features[i].attr];
	}
	if (enabled)
		colour = ESPGW_GOOD;
	else if (count)
		/* Policies with ports drop what it would have let pass. */
		colour = ESPGW_CAUTION;
	snprintf(status, sizeof(status), "%s (%s)", enabled ? "enabled" : "disabled",
		 vfr->value[ESPGW_VFR_A_MODE] == ESPGW_VFR_AUTO ? "auto" : "by hand");
	espgw_out_label(out, status, colour);
	espgw_out_str(out, "mode", NULL, mode ? mode : "?", ESPGW_PLAIN);
	espgw_out_flag(out, "enabled", NULL, enabled);
	espgw_out_counts(out, "features", count ? "features" : NULL, "feature", "users", users,
			 count);
}

static void show_by_hand(struct espgw_out *out, const struct espgw_vfr *vfr)
{
	const char *word[MNL_ARRAY_SIZE(vfr_words)], *key[MNL_ARRAY_SIZE(vfr_words) + 1];
	uint32_t by_hand = vfr->value[ESPGW_VFR_A_BY_HAND];
	unsigned int i, words = 0, keys = 0;

	if (by_hand & BIT(ESPGW_VFR_A_MODE))
		key[keys++] = "mode";
	for (i = 0; i < MNL_ARRAY_SIZE(vfr_words); i++) {
		if (!(by_hand & BIT(vfr_words[i].attr)))
			continue;
		word[words++] = vfr_words[i].word;
		key[keys++] = vfr_words[i].key;
	}
	espgw_out_words(out, "by_hand", NULL, key, keys);
	espgw_out_words(out, NULL, words ? "by hand" : NULL, word, words);
}

/**
 * espgw_vfr_show - print a row as its values, but for the counters
 * @out: where to; the caller begins and ends the row
 * @vfr: the row
 */
void espgw_vfr_show(struct espgw_out *out, const struct espgw_vfr *vfr)
{
	const uint32_t *value = vfr->value;
	unsigned int i;

	show_name(out, vfr);
	show_status(out, vfr);
	espgw_out_break(out);
	for (i = 0; i < MNL_ARRAY_SIZE(vfr_words); i++) {
		const struct vfr_word *w = &vfr_words[i];

		if (!w->max)
			espgw_out_on_off(out, w->key, w->word, value[w->attr]);
		else if (w->attr == ESPGW_VFR_A_TIMEOUT_S)
			espgw_out_seconds(out, w->key, w->word, value[w->attr]);
		else
			espgw_out_num(out, w->key, w->word, value[w->attr], NULL);
	}
	show_by_hand(out, vfr);
	espgw_out_break(out);
	espgw_out_num(out, "reassemblies", "reassemblies", value[ESPGW_VFR_A_REASSEMBLIES], NULL);
	espgw_out_num(out, "held", "held", value[ESPGW_VFR_A_HELD], "fragments");
	espgw_out_num(out, "bytes", "memory", value[ESPGW_VFR_A_BYTES], "bytes");
}

/* "reass_too_many_frags" is ReassTooManyFrags for people. */
static void camel(const char *name, char *text, size_t size)
{
	bool begins = true;
	size_t used = 0;

	for (; *name && used < size - 1; name++) {
		if (*name != '_')
			text[used++] = begins ? toupper((unsigned char)*name) : *name;
		begins = *name == '_';
	}
	text[used] = '\0';
}

/* Those up to REASS_HELD are of all traffic, the others of what goes wrong. */
static bool alarming(unsigned int i)
{
	return i > ESPGW_VFR_STAT_A_REASS_HELD;
}

static void show_counter(struct espgw_out *out, unsigned int i, uint64_t count)
{
	char name[40], label[64];

	if (out->json) {
		espgw_out_num(out, espgw_vfr_stat_set.attr[i].name, NULL, count, NULL);
		return;
	}
	/* What never went wrong is of no interest, unless one asks for all. */
	if (alarming(i) && !count && !out->stats)
		return;
	camel(espgw_vfr_stat_set.attr[i].name, name, sizeof(name));
	snprintf(label, sizeof(label), "%-24s %14" PRIu64, name, count);
	espgw_out_break(out);
	espgw_out_label(out, label, alarming(i) && count ? ESPGW_BAD : ESPGW_PLAIN);
	fprintf(out->to, "  %s", meanings[i]);
}

/**
 * espgw_vfr_show_stats - print the counters of a row; in text without those
 *	that are zero unless out->stats
 * @out: where to; the caller begins and ends the row
 * @vfr: the row
 */
void espgw_vfr_show_stats(struct espgw_out *out, const struct espgw_vfr *vfr)
{
	unsigned int i;

	show_name(out, vfr);
	for (i = 1; i < MNL_ARRAY_SIZE(meanings); i++)
		if (vfr->stats >> i & 1)
			show_counter(out, i, vfr->count[i]);
}

/**
 * espgw_vfr_event_word - the word for an event
 * @event: enum espgw_vfr_event
 *
 * Return: the word; "?" for one that this tool does not know.
 */
const char *espgw_vfr_event_word(uint8_t event)
{
	const char *word = espgw_choice_word(event_words, event);

	return word ? word : "?";
}

/**
 * espgw_vfr_save - write a row as the command that makes it, if anything of it
 *	was set by hand
 * @to: stream
 * @vfr: the row
 *
 * What features have enabled they enable again after a restore.
 */
void espgw_vfr_save(FILE *to, const struct espgw_vfr *vfr)
{
	const char *mode = espgw_choice_word(mode_words, vfr->value[ESPGW_VFR_A_MODE]);
	uint32_t by_hand = vfr->value[ESPGW_VFR_A_BY_HAND] & SETTABLE;
	unsigned int i;

	if (!by_hand)
		return;
	fputs("vfr set dev ", to);
	espgw_batch_quote(to, vfr->ifname);
	fprintf(to, " dir %s", vfr->value[ESPGW_VFR_A_DIR] == ESPGW_DIR_IN ? "in" : "out");
	if (by_hand & BIT(ESPGW_VFR_A_MODE) && mode)
		fprintf(to, " %s", mode);
	for (i = 0; i < MNL_ARRAY_SIZE(vfr_words); i++) {
		const struct vfr_word *w = &vfr_words[i];
		uint32_t value = vfr->value[w->attr];

		if (!(by_hand & BIT(w->attr)))
			continue;
		if (w->max)
			fprintf(to, " %s %" PRIu32, w->word, value);
		else
			fprintf(to, " %s %s", w->word, value ? "on" : "off");
	}
	fputc('\n', to);
}
