// SPDX-License-Identifier: GPL-2.0
/*
 * vfr - virtual fragment reassembly
 */
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>

#include "say.h"
#include "vfr.h"

/* Stand alone: "vfr set dev eth0 dir in on". */
static const struct espgw_choice mode_words[] = {
	{ "auto", ESPGW_VFR_AUTO },
	{ "off", ESPGW_VFR_OFF },
	{ "on", ESPGW_VFR_ON },
	{ NULL },
};

static const struct espgw_choice event_words[] = {
	{ "enabled", ESPGW_VFR_EVENT_ENABLED },
	{ "disabled", ESPGW_VFR_EVENT_DISABLED },
	{ "set", ESPGW_VFR_EVENT_SET },
	{ NULL },
};

/* What needs fragments to be followed; the value is how many of them do. */
static const struct espgw_choice features[] = {
	{ "ports", ESPGW_VFR_A_USERS_PORTS },
	{ "esp", ESPGW_VFR_A_USERS_ESP },
	{ "natt", ESPGW_VFR_A_USERS_NATT },
	{ "gre", ESPGW_VFR_A_USERS_GRE },
	{ "ends", ESPGW_VFR_A_USERS_ENDS },
	{ NULL },
};

/* What can be set, and so can have been set by hand: a newer module may know more. */
#define SETTABLE                                                                          \
	(ESPGW_BIT(ESPGW_VFR_A_MODE) | ESPGW_BIT(ESPGW_VFR_A_MAX_REASSEMBLIES) |          \
	 ESPGW_BIT(ESPGW_VFR_A_MAX_FRAGMENTS) | ESPGW_BIT(ESPGW_VFR_A_TIMEOUT_S) |        \
	 ESPGW_BIT(ESPGW_VFR_A_DROP_FRAGMENTS) | ESPGW_BIT(ESPGW_VFR_A_MAX_BYTES))

static void show_mode(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	bool enabled = espgw_number(obj, ESPGW_VFR_A_ENABLED);
	const char *mode = espgw_choice_word(mode_words, espgw_number(obj, f->attr));
	struct espgw_out_count users[MNL_ARRAY_SIZE(features)];
	enum espgw_colour colour = ESPGW_PLAIN;
	const struct espgw_choice *feature;
	unsigned int count = 0;
	char status[32];

	for (feature = features; feature->word; feature++) {
		users[count].name = feature->word;
		users[count].count = espgw_number(obj, feature->value);
		count += !!users[count].count;
	}
	if (enabled)
		colour = ESPGW_GOOD;
	else if (count)
		/* Policies with ports drop what it would have let pass. */
		colour = ESPGW_CAUTION;
	snprintf(status, sizeof(status), "%s (%s)", enabled ? "enabled" : "disabled",
		 espgw_number(obj, f->attr) == ESPGW_VFR_AUTO ? "auto" : "by hand");
	espgw_out_label(out, status, colour);
	espgw_out_str(out, "mode", NULL, mode ? mode : "?", ESPGW_PLAIN);
	espgw_out_flag(out, "enabled", NULL, enabled);
	espgw_out_counts(out, "features", count ? "features" : NULL, "feature", "users", users,
			 count);
}

static void save_mode(FILE *to, const struct espgw_field *f, const void *obj)
{
	const char *mode = espgw_choice_word(mode_words, espgw_number(obj, f->attr));

	if (mode)
		fprintf(to, " %s", mode);
}

static const struct espgw_shape mode_shape[] = {
	{ ESPGW_JSON_TEXT, "mode" },
	{ ESPGW_JSON_FLAG, "enabled" },
	{ ESPGW_JSON_COUNTS, "features", features },
	{ 0 },
};

static const struct espgw_kind mode_kind = {
	.show = show_mode, .save = save_mode, .shape = mode_shape,
};

static void show_by_hand(struct espgw_out *out, const struct espgw_field *f, const void *obj);

static const struct espgw_kind by_hand_kind = {
	.show = show_by_hand, .shape = ESPGW_SHAPE(ESPGW_JSON_KEYS),
};

/* Lines of the text output. */
enum {
	STATUS,
	LIMITS,
	NOW,
};

/* A row's name: the same for its settings and for its counters. */
#define NAME_FIELDS                                                                       \
	{ .attr = ESPGW_VFR_A_IFNAME, .at = offsetof(struct espgw_vfr, ifname),           \
	  .size = IFNAMSIZ, .word = "dev", .key = "dev", .line = STATUS,                                    \
	  .in = ESPGW_IN_SET | ESPGW_IN_SHOW | ESPGW_IN_DUMP, .need = ESPGW_IN_SET,       \
	  .flags = ESPGW_F_TOLD, .kind = &espgw_kind_device },                            \
	{ .attr = ESPGW_VFR_A_IFINDEX, .key = "ifindex", .line = STATUS,                  \
	  .kind = &espgw_kind_ifindex },                                                  \
	{ .attr = ESPGW_VFR_A_DIR, .word = "dir", .key = "dir", .line = STATUS,           \
	  .in = ESPGW_IN_SET | ESPGW_IN_SHOW | ESPGW_IN_DUMP, .need = ESPGW_IN_SET,       \
	  .words = espgw_args_in_out, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number }

#define SETTING(name)                                                                     \
	.attr = ESPGW_VFR_A_##name, .in = ESPGW_IN_SET, .unset = "default",               \
	.unset_in = ESPGW_IN_SET, .line = LIMITS, .flags = ESPGW_F_TOLD

static const struct espgw_field vfr_fields[] = {
	NAME_FIELDS,
	{ .attr = ESPGW_VFR_A_MODE, .line = STATUS, .in = ESPGW_IN_SET, .words = mode_words,
	  .flags = ESPGW_F_ALONE | ESPGW_F_ALWAYS | ESPGW_F_BUILTIN,
	  .builtin = ESPGW_VFR_AUTO, .kind = &mode_kind },
	{ .attr = ESPGW_VFR_A_ENABLED },
	{ .attr = ESPGW_VFR_A_USERS_PORTS },
	{ .attr = ESPGW_VFR_A_USERS_ESP },
	{ .attr = ESPGW_VFR_A_USERS_NATT },
	{ .attr = ESPGW_VFR_A_USERS_GRE },
	{ .attr = ESPGW_VFR_A_USERS_ENDS },

	{ SETTING(MAX_REASSEMBLIES), .word = "max-reassemblies", .key = "max_reassemblies",
	  .help = "N", .min = 1, .max = ESPGW_VFR_REASSEMBLIES_MAX,
	  .kind = &espgw_kind_number },
	{ SETTING(MAX_FRAGMENTS), .word = "max-fragments", .key = "max_fragments",
	  .help = "\nN", .min = 1, .max = ESPGW_VFR_FRAGMENTS_MAX, .kind = &espgw_kind_number },
	{ SETTING(TIMEOUT_S), .word = "timeout", .key = "timeout_s", .help = "S", .min = 1,
	  .max = ESPGW_VFR_TIMEOUT_MAX, .kind = &espgw_kind_seconds },
	{ SETTING(DROP_FRAGMENTS), .word = "drop-fragments", .key = "drop_fragments",
	  .help = "on|off", .words = espgw_args_off_on, .kind = &espgw_kind_number },
	{ SETTING(MAX_BYTES), .word = "max-bytes", .key = "max_bytes", .help = "\nN",
	  .min = ESPGW_VFR_BYTES_MIN, .max = ESPGW_VFR_BYTES_MAX, .kind = &espgw_kind_size },
	{ .attr = ESPGW_VFR_A_DEFAULT },
	{ .attr = ESPGW_VFR_A_BY_HAND, .key = "by_hand", .label = "by hand", .line = LIMITS,
	  .flags = ESPGW_F_ALWAYS, .kind = &by_hand_kind },

	{ .attr = ESPGW_VFR_A_REASSEMBLIES, .key = "reassemblies", .label = "reassemblies",
	  .line = NOW, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },
	{ .attr = ESPGW_VFR_A_HELD, .key = "held", .label = "held", .unit = "fragments",
	  .line = NOW, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },
	{ .attr = ESPGW_VFR_A_BYTES, .key = "bytes", .label = "memory", .unit = "bytes",
	  .line = NOW, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },
	{ .attr = ESPGW_VFR_A_EVENT, .words = event_words },
};

static void show_by_hand(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const char *word[MNL_ARRAY_SIZE(vfr_fields)], *key[MNL_ARRAY_SIZE(vfr_fields)];
	uint64_t by_hand = espgw_number(obj, f->attr) & SETTABLE;
	const struct espgw_field *set;
	unsigned int words = 0, keys = 0;

	for (set = vfr_fields; set < vfr_fields + MNL_ARRAY_SIZE(vfr_fields); set++) {
		if (!(by_hand >> set->attr & 1))
			continue;
		key[keys++] = set->key ? set->key : "mode";
		if (set->word)
			word[words++] = set->word;
	}
	espgw_out_words(out, f->key, NULL, key, keys);
	espgw_out_words(out, NULL, words ? f->label : NULL, word, words);
}

static int check(unsigned int in, void *obj)
{
	const struct espgw_vfr *vfr = obj;

	if (in & ESPGW_IN_SET && !(vfr->has & (SETTABLE | ESPGW_BIT(ESPGW_VFR_A_DEFAULT))))
		return espgw_say_error("nothing to set is given");
	return 0;
}

/* What features have enabled they enable again after a restore. */
static uint64_t saved(void *obj)
{
	const struct espgw_vfr *vfr = obj;
	uint64_t by_hand = vfr->number[ESPGW_VFR_A_BY_HAND] & SETTABLE;

	return by_hand ? by_hand | ESPGW_BIT(ESPGW_VFR_A_IFNAME) | ESPGW_BIT(ESPGW_VFR_A_DIR) :
			 0;
}

const struct espgw_object espgw_vfr_object = {
	.set = &espgw_vfr_set, ESPGW_FIELDS(vfr_fields), .size = sizeof(struct espgw_vfr),
	.save = "vfr set", .unset = ESPGW_VFR_A_DEFAULT, .event = ESPGW_VFR_A_EVENT,
	.check = check, .saved = saved,
};

/* -- counters */

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

/* Of all traffic, or of what goes wrong. */
enum {
	TRAFFIC,
	WRONG,
};

static void show_counter(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const char *key = espgw_vfr_stat_set.attr[f->attr].name;
	uint64_t count = espgw_number(obj, f->attr);
	char name[40], label[64];

	if (out->json) {
		espgw_out_num(out, key, NULL, count, NULL);
		return;
	}
	/* What never went wrong is of no interest, unless one asks for all. */
	if (f->line == WRONG && !count && !out->stats)
		return;
	camel(key, name, sizeof(name));
	snprintf(label, sizeof(label), "%-24s %14" PRIu64, name, count);
	espgw_out_break(out);
	espgw_out_label(out, label, f->line == WRONG && count ? ESPGW_BAD : ESPGW_PLAIN);
	fprintf(out->to, "  %s", f->unit);
}

static const struct espgw_kind counter_kind = {
	.show = show_counter, .shape = ESPGW_SHAPE(ESPGW_JSON_NUMBER),
};

#define COUNTER(name, at_line, meaning)                                                   \
	{ .attr = ESPGW_VFR_STAT_A_##name, .unit = meaning, .line = at_line,              \
	  .kind = &counter_kind }

static const struct espgw_field counter_fields[] = {
	COUNTER(REASS_FRAGS, TRAFFIC, "fragments looked at"),
	COUNTER(REASS_REQDS, TRAFFIC, "datagrams followed"),
	COUNTER(REASS_OKS, TRAFFIC, "of them, those that came whole"),
	COUNTER(REASS_HELD, TRAFFIC, "fragments held until their first one came"),
	COUNTER(REASS_DROP, WRONG, "no room for one more datagram"),
	COUNTER(REASS_SOURCE_DROP, WRONG, "of these, those whose source had its share"),
	COUNTER(REASS_BYTES_DROP, WRONG, "max-bytes, or the source's share of it, reached"),
	COUNTER(REASS_TOO_MANY_FRAGS, WRONG, "more than max-fragments of a datagram"),
	COUNTER(REASS_TIMEOUT, WRONG, "datagrams that did not come whole in time"),
	COUNTER(REASS_TINY, WRONG, "the upper header is cut, or overwritten"),
	COUNTER(REASS_NO_HEADER, WRONG, "IPv6 first fragment without upper header"),
	COUNTER(REASS_LENGTH, WRONG, "empty, or not the last and no multiple of 8"),
	COUNTER(REASS_OVERSIZE, WRONG, "ends beyond 65535 bytes"),
	COUNTER(REASS_OVERLAP, WRONG, "overlaps another fragment"),
	COUNTER(REASS_TWO_ENDS, WRONG, "contradicts where the datagram ends"),
	COUNTER(REASS_DUPLICATE, WRONG, "came before; dropped alone"),
	COUNTER(REASS_DEAD, WRONG, "of a datagram that was given up"),
	COUNTER(REASS_PURGED, WRONG, "held, and dropped with their datagram"),
	COUNTER(REASS_REFUSED, WRONG, "dropped by drop-fragments"),
	COUNTER(REASS_NOMEM, WRONG, "out of memory"),
};
/* All but the padding. */
static_assert(MNL_ARRAY_SIZE(counter_fields) == ESPGW_VFR_STAT_A_MAX - 1, "a counter is missing");

static const struct espgw_object counters_object = {
	.set = &espgw_vfr_stat_set, ESPGW_FIELDS(counter_fields),
	.size = sizeof(struct espgw_vfr_stats),
};

static const struct espgw_field stats_fields[] = {
	NAME_FIELDS,
	{ .attr = ESPGW_VFR_A_STATS, .at = offsetof(struct espgw_vfr, stats),
	  .line = STATUS, .nest = &counters_object, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_nest },
};

/* The same rows, to be shown otherwise. */
const struct espgw_object espgw_vfr_stats_object = {
	.set = &espgw_vfr_set, ESPGW_FIELDS(stats_fields), .size = sizeof(struct espgw_vfr),
};
