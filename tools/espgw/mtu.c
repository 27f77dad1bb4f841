// SPDX-License-Identifier: GPL-2.0
/*
 * mtu - MTU-POLICY
 *
 * One table says for each word what it takes, how it travels and what it is
 * without being set; parsing, sending, showing and saving all read it.
 */
#include <string.h>

#include "attr.h"
#include "mtu.h"
#include "say.h"

static const struct espgw_choice df_words[] = {
	{ "copy", ESPGW_DF_COPY },
	{ "set", ESPGW_DF_SET },
	{ "clear", ESPGW_DF_CLEAR },
	{ NULL, 0 },
};

static const struct espgw_choice frag_words[] = {
	{ "before", ESPGW_FRAG_BEFORE },
	{ "after", ESPGW_FRAG_AFTER },
	{ "off", ESPGW_FRAG_OFF },
	{ NULL, 0 },
};

static const struct espgw_choice split_words[] = {
	{ "equal", ESPGW_SPLIT_EQUAL },
	{ "max", ESPGW_SPLIT_MAX },
	{ "tcp", ESPGW_SPLIT_TCP },
	{ NULL, 0 },
};

static const struct espgw_choice inner_df_words[] = {
	{ "honor", ESPGW_INNER_DF_HONOR },
	{ "clear", ESPGW_INNER_DF_CLEAR },
	{ NULL, 0 },
};

static const struct espgw_choice cap_words[] = {
	{ "none", ESPGW_CAP_NONE },
	{ NULL, 0 },
};

static const struct espgw_choice age_words[] = {
	{ "infinite", ESPGW_AGE_INFINITE },
	{ NULL, 0 },
};

static const struct espgw_choice mss_words[] = {
	{ "auto", ESPGW_MSS_AUTO },
	{ "off", ESPGW_MSS_OFF },
	{ NULL, 0 },
};

/**
 * struct mtu_word - one word of an MTU policy
 * @word: as typed
 * @key: as JSON has it
 * @wide: u32 on the wire, not u8
 * @words: words that the value may be, NULL for none
 * @min: smallest number allowed
 * @max: largest number allowed; 0: no numbers
 * @builtin: what the module does when it is set nowhere
 */
struct mtu_word {
	const char *word;
	const char *key;
	bool wide;
	const struct espgw_choice *words;
	uint32_t min;
	uint32_t max;
	uint32_t builtin;
};

/* Indexed by enum espgw_mtu_attr; this is also the order of output. */
static const struct mtu_word mtu_words[] = {
	[ESPGW_MTU_A_DF] = {
		.word = "df", .key = "df", .words = df_words,
		.builtin = ESPGW_DF_SET,
	},
	[ESPGW_MTU_A_FRAG] = {
		.word = "frag", .key = "frag", .words = frag_words,
		.builtin = ESPGW_FRAG_BEFORE,
	},
	[ESPGW_MTU_A_SPLIT] = {
		.word = "split", .key = "split", .words = split_words,
		.builtin = ESPGW_SPLIT_EQUAL,
	},
	[ESPGW_MTU_A_INNER_DF] = {
		.word = "inner-df", .key = "inner_df", .words = inner_df_words,
		.builtin = ESPGW_INNER_DF_HONOR,
	},
	[ESPGW_MTU_A_ICMP_ANSWER] = {
		.word = "icmp-answer", .key = "icmp_answer", .words = espgw_args_off_on,
		.builtin = 1,
	},
	[ESPGW_MTU_A_MTU_CAP] = {
		.word = "mtu-cap", .key = "mtu_cap", .wide = true, .words = cap_words,
		.min = ESPGW_PMTU_HARD_MIN, .max = ESPGW_MTU_MAX,
		.builtin = ESPGW_CAP_NONE,
	},
	[ESPGW_MTU_A_MIN_PMTU] = {
		.word = "min-pmtu", .key = "min_pmtu", .wide = true,
		.min = ESPGW_PMTU_HARD_MIN, .max = ESPGW_MTU_MAX,
		/* 576 for IPv4 and 1280 for IPv6, which no number says. */
		.builtin = 0,
	},
	[ESPGW_MTU_A_PMTU_AGE] = {
		.word = "pmtu-age", .key = "pmtu_age", .wide = true, .words = age_words,
		.min = 1, .max = 86400,
		.builtin = 600,
	},
	[ESPGW_MTU_A_PMTU_LEARN] = {
		.word = "pmtu-learn", .key = "pmtu_learn", .words = espgw_args_off_on,
		.builtin = 1,
	},
	[ESPGW_MTU_A_MSS] = {
		.word = "mss", .key = "mss", .wide = true, .words = mss_words,
		.min = ESPGW_MSS_MIN, .max = 65495,
		.builtin = ESPGW_MSS_AUTO,
	},
	[ESPGW_MTU_A_PROBE] = {
		.word = "probe", .key = "probe", .words = espgw_args_off_on,
		.builtin = 0,
	},
};

static unsigned int mtu_find(const char *word)
{
	unsigned int i;

	for (i = 1; i < MNL_ARRAY_SIZE(mtu_words); i++)
		if (!strcmp(mtu_words[i].word, word))
			return i;
	return 0;
}

static bool mtu_has(const struct espgw_mtu *mtu, unsigned int attr)
{
	return mtu->has >> attr & 1;
}

/**
 * espgw_mtu_is_word - whether a word belongs to an MTU policy
 * @word: the word
 *
 * Return: true if so.
 */
bool espgw_mtu_is_word(const char *word)
{
	return mtu_find(word) != 0;
}

/**
 * espgw_mtu_take - take one word of an MTU policy and its value
 * @args: the words; the next is one for which espgw_mtu_is_word() holds
 * @mtu: receives it
 *
 * Return: 0, or -1 (said).
 */
int espgw_mtu_take(struct espgw_args *args, struct espgw_mtu *mtu)
{
	const char *word = espgw_args_next(args);
	unsigned int attr = mtu_find(word);
	const struct mtu_word *w = &mtu_words[attr];
	uint64_t value;

	if (mtu_has(mtu, attr))
		return espgw_args_twice(w->word);
	mtu->has |= 1U << attr;
	if (!w->max)
		return espgw_args_choice(args, w->word, w->words, &mtu->value[attr]);
	if (w->words ? espgw_args_choice_or_number(args, w->word, w->words, w->min, w->max,
						   &value) :
		       espgw_args_number(args, w->word, w->min, w->max, &value))
		return -1;
	mtu->value[attr] = value;
	return 0;
}

/**
 * espgw_mtu_check - look at a policy as a whole
 * @mtu: as given in one command; what other levels say is not looked at
 *
 * Warns of what is allowed but seldom meant.
 *
 * Return: 0, or -1 (said) if it contradicts itself.
 */
int espgw_mtu_check(const struct espgw_mtu *mtu)
{
	uint32_t cap = mtu->value[ESPGW_MTU_A_MTU_CAP];

	if (mtu_has(mtu, ESPGW_MTU_A_MTU_CAP) && mtu_has(mtu, ESPGW_MTU_A_MIN_PMTU) &&
	    cap != ESPGW_CAP_NONE && cap < mtu->value[ESPGW_MTU_A_MIN_PMTU])
		return espgw_say_error("\"min-pmtu %u\" is above \"mtu-cap %u\"",
				       mtu->value[ESPGW_MTU_A_MIN_PMTU], cap);
	if (mtu_has(mtu, ESPGW_MTU_A_DF) && mtu_has(mtu, ESPGW_MTU_A_FRAG) &&
	    mtu->value[ESPGW_MTU_A_DF] == ESPGW_DF_SET &&
	    mtu->value[ESPGW_MTU_A_FRAG] != ESPGW_FRAG_BEFORE)
		espgw_say_warning("\"df set\" with \"frag %s\": packets with DF=0 that are too big "
				  "are dropped without an answer",
				  espgw_choice_word(frag_words, mtu->value[ESPGW_MTU_A_FRAG]));
	return 0;
}

/**
 * espgw_mtu_put - add an MTU policy to a message
 * @nlh: the message
 * @type: attribute to nest it in
 * @mtu: the policy; an empty one adds nothing
 */
void espgw_mtu_put(struct nlmsghdr *nlh, uint16_t type, const struct espgw_mtu *mtu)
{
	struct nlattr *nest;
	unsigned int i;

	if (!mtu->has)
		return;
	nest = mnl_attr_nest_start(nlh, type);
	for (i = 1; i < MNL_ARRAY_SIZE(mtu_words); i++) {
		if (!mtu_has(mtu, i))
			continue;
		if (mtu_words[i].wide)
			mnl_attr_put_u32(nlh, i, mtu->value[i]);
		else
			mnl_attr_put_u8(nlh, i, mtu->value[i]);
	}
	mnl_attr_nest_end(nlh, nest);
}

/**
 * espgw_mtu_get - read an MTU policy from a message
 * @nest: the nest, NULL if there was none
 * @mtu: receives it
 *
 * Return: 0, or -1 if it is malformed; says nothing.
 */
int espgw_mtu_get(const struct nlattr *nest, struct espgw_mtu *mtu)
{
	struct espgw_attrs attrs;
	unsigned int i;

	memset(mtu, 0, sizeof(*mtu));
	if (!nest)
		return 0;
	if (espgw_attr_read_nest(nest, &espgw_mtu_set, &attrs))
		return -1;
	for (i = 1; i < MNL_ARRAY_SIZE(mtu_words); i++) {
		if (!attrs.tb[i])
			continue;
		mtu->has |= 1U << i;
		mtu->value[i] = mtu_words[i].wide ? mnl_attr_get_u32(attrs.tb[i]) :
						    mnl_attr_get_u8(attrs.tb[i]);
	}
	return 0;
}

/**
 * espgw_mtu_drop_builtin - forget what says no more than the module's own
 *	defaults
 * @mtu: the policy
 */
void espgw_mtu_drop_builtin(struct espgw_mtu *mtu)
{
	unsigned int i;

	for (i = 1; i < MNL_ARRAY_SIZE(mtu_words); i++)
		if (mtu->value[i] == mtu_words[i].builtin)
			mtu->has &= ~(1U << i);
}

/**
 * espgw_mtu_show - print an MTU policy
 * @out: where to
 * @mtu: the policy; only what is set is shown
 */
void espgw_mtu_show(struct espgw_out *out, const struct espgw_mtu *mtu)
{
	unsigned int i;

	for (i = 1; i < MNL_ARRAY_SIZE(mtu_words); i++) {
		const struct mtu_word *w = &mtu_words[i];
		const char *word = NULL;

		if (!mtu_has(mtu, i))
			continue;
		if (w->words == espgw_args_off_on) {
			espgw_out_on_off(out, w->key, w->word, mtu->value[i]);
			continue;
		}
		if (w->words)
			word = espgw_choice_word(w->words, mtu->value[i]);
		if (word)
			espgw_out_str(out, w->key, w->word, word, ESPGW_PLAIN);
		else
			espgw_out_num(out, w->key, w->word, mtu->value[i], NULL);
	}
}

/**
 * espgw_mtu_save - write an MTU policy as the words that set it
 * @to: stream
 * @mtu: the policy
 */
void espgw_mtu_save(FILE *to, const struct espgw_mtu *mtu)
{
	unsigned int i;

	for (i = 1; i < MNL_ARRAY_SIZE(mtu_words); i++) {
		const struct mtu_word *w = &mtu_words[i];
		const char *word = NULL;

		if (!mtu_has(mtu, i))
			continue;
		if (w->words)
			word = espgw_choice_word(w->words, mtu->value[i]);
		if (word)
			fprintf(to, " %s %s", w->word, word);
		else
			fprintf(to, " %s %u", w->word, mtu->value[i]);
	}
}
