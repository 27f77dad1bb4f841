// SPDX-License-Identifier: GPL-2.0
/*
 * mtu - MTU-POLICY: the same words for an SA, a device and the default
 */
#include "mtu.h"
#include "say.h"

static const struct espgw_choice df_words[] = {
	{ "copy", ESPGW_DF_COPY },
	{ "set", ESPGW_DF_SET },
	{ "clear", ESPGW_DF_CLEAR },
	{ NULL },
};

static const struct espgw_choice frag_words[] = {
	{ "before", ESPGW_FRAG_BEFORE },
	{ "after", ESPGW_FRAG_AFTER },
	{ "off", ESPGW_FRAG_OFF },
	{ NULL },
};

static const struct espgw_choice split_words[] = {
	{ "equal", ESPGW_SPLIT_EQUAL },
	{ "max", ESPGW_SPLIT_MAX },
	{ "tcp", ESPGW_SPLIT_TCP },
	{ NULL },
};

static const struct espgw_choice inner_df_words[] = {
	{ "honor", ESPGW_INNER_DF_HONOR },
	{ "clear", ESPGW_INNER_DF_CLEAR },
	{ NULL },
};

static const struct espgw_choice cap_words[] = {
	{ "none", ESPGW_CAP_NONE },
	{ NULL },
};

static const struct espgw_choice age_words[] = {
	{ "infinite", ESPGW_AGE_INFINITE },
	{ NULL },
};

static const struct espgw_choice mss_words[] = {
	{ "auto", ESPGW_MSS_AUTO },
	{ "off", ESPGW_MSS_OFF },
	{ NULL },
};

static const struct espgw_choice probe_words[] = {
	{ "on", ESPGW_PROBE_ON },
	{ "off", ESPGW_PROBE_OFF },
	{ "suspect", ESPGW_PROBE_SUSPECT },
	{ NULL },
};

#define MTU_OF(name, of)                                                                  \
	.attr = ESPGW_MTU_A_##name, .in = ESPGW_IN_ADD | ESPGW_IN_SET,                    \
	.unset = "inherit", .unset_in = ESPGW_IN_ADD | ESPGW_IN_SET,                      \
	.kind = &espgw_kind_##of
#define MTU(name) MTU_OF(name, number)

static const struct espgw_field mtu_fields[] = {
	{ MTU(DF), .word = "df", .key = "df", .help = "copy|set|clear", .words = df_words,
	  .builtin = ESPGW_DF_SET },
	{ MTU(FRAG), .word = "frag", .key = "frag", .help = "before|after|off",
	  .words = frag_words, .builtin = ESPGW_FRAG_BEFORE },
	{ MTU(SPLIT), .word = "split", .key = "split", .help = "equal|max|tcp",
	  .words = split_words, .builtin = ESPGW_SPLIT_EQUAL },
	{ MTU(INNER_DF), .word = "inner-df", .key = "inner_df", .help = "\nhonor|clear",
	  .words = inner_df_words, .builtin = ESPGW_INNER_DF_HONOR },
	{ MTU(ICMP_ANSWER), .word = "icmp-answer", .key = "icmp_answer", .help = "on|off",
	  .words = espgw_args_off_on, .builtin = 1 },
	{ MTU(MTU_CAP), .word = "mtu-cap", .key = "mtu_cap", .help = "N|none",
	  .words = cap_words, .min = ESPGW_PMTU_HARD_MIN, .max = ESPGW_MTU_MAX,
	  .builtin = ESPGW_CAP_NONE },
	/* Built in are 576 for IPv4 and 1280 for IPv6, which no number says. */
	{ MTU(MIN_PMTU), .word = "min-pmtu", .key = "min_pmtu", .help = "\nN",
	  .min = ESPGW_PMTU_HARD_MIN, .max = ESPGW_MTU_MAX, .builtin = 0 },
	{ MTU_OF(PMTU_AGE, span), .word = "pmtu-age", .key = "pmtu_age_s", .help = "SECONDS|infinite",
	  .words = age_words, .min = 1, .max = 86400, .builtin = 600 },
	{ MTU(PMTU_LEARN), .word = "pmtu-learn", .key = "pmtu_learn", .help = "on|off",
	  .words = espgw_args_off_on, .builtin = 1 },
	{ MTU(MSS), .word = "mss", .key = "mss", .help = "\nauto|off|N", .words = mss_words,
	  .min = ESPGW_MSS_MIN, .max = 65495, .builtin = ESPGW_MSS_AUTO },
	{ MTU(PROBE), .word = "probe", .key = "probe", .help = "on|off|suspect",
	  .words = probe_words, .builtin = ESPGW_PROBE_SUSPECT },
	{ .attr = ESPGW_MTU_A_INHERIT },
};

const struct espgw_object espgw_mtu_object = {
	.set = &espgw_mtu_set, ESPGW_FIELDS(mtu_fields), .size = sizeof(struct espgw_mtu_policy),
	.unset = ESPGW_MTU_A_INHERIT,
};

/**
 * espgw_mtu_check - look at a policy as a whole
 * @mtu: as given in one command; what other levels say is not looked at
 *
 * Warns of what is allowed but seldom meant.
 *
 * Return: 0, or -1 (said) if it contradicts itself.
 */
int espgw_mtu_check(const struct espgw_mtu_policy *mtu)
{
	unsigned int cap = mtu->number[ESPGW_MTU_A_MTU_CAP];
	unsigned int floor = mtu->number[ESPGW_MTU_A_MIN_PMTU];

	if (espgw_has(mtu, ESPGW_MTU_A_MTU_CAP) && cap != ESPGW_CAP_NONE && cap < floor)
		return espgw_say_error("\"min-pmtu %u\" is above \"mtu-cap %u\"", floor, cap);
	if (espgw_has(mtu, ESPGW_MTU_A_DF) && espgw_has(mtu, ESPGW_MTU_A_FRAG) &&
	    mtu->number[ESPGW_MTU_A_DF] == ESPGW_DF_SET &&
	    mtu->number[ESPGW_MTU_A_FRAG] != ESPGW_FRAG_BEFORE)
		espgw_say_warning("\"df set\" with \"frag %s\": packets with DF=0 that are too big "
				  "are dropped without an answer",
				  espgw_choice_word(frag_words, mtu->number[ESPGW_MTU_A_FRAG]));
	return 0;
}

/**
 * espgw_mtu_drop_builtin - forget what says no more than the module's own
 *	defaults, and what is no value
 * @mtu: the policy
 */
void espgw_mtu_drop_builtin(struct espgw_mtu_policy *mtu)
{
	const struct espgw_field *f;

	for (f = mtu_fields; f < mtu_fields + MNL_ARRAY_SIZE(mtu_fields); f++)
		if (!f->kind || mtu->number[f->attr] == f->builtin)
			mtu->has &= ~ESPGW_BIT(f->attr);
}
