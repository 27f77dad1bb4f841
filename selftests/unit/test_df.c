// SPDX-License-Identifier: GPL-2.0
/* The DF table and the outer DF, every cell by itself. */

#include "df.h"
#include "plan.h"
#include "test.h"

enum { DROP, DROP_ANSWER, BEFORE, AFTER, WHOLE };

static const char *const df_names[] = { "copy", "set", "clear" };
static const char *const frag_names[] = { "before", "after", "off" };

/* As documented for users, a row for a row. */
static const struct {
	const char *df, *frag;
	int inner_df;
	int what;
	int outer_df;
	int counted;
} rows[] = {
	{ "clear", "before",	0, BEFORE,	0, 0 },
	{ "clear", "before",	1, BEFORE,	0, 1 },
	{ "clear", "after",	0, AFTER,	0, 0 },
	{ "clear", "after",	1, AFTER,	0, 1 },
	{ "clear", "off",	0, WHOLE,	0, 0 },
	{ "clear", "off",	1, WHOLE,	0, 0 },
	{ "set", "before",	0, BEFORE,	1, 0 },
	{ "set", "before",	1, DROP_ANSWER, 1, 0 },
	{ "set", "after",	0, DROP,	1, 0 },
	{ "set", "off",		0, DROP,	1, 0 },
	{ "set", "after",	1, DROP_ANSWER,	1, 0 },
	{ "set", "off",		1, DROP_ANSWER,	1, 0 },
	{ "copy", "before",	0, BEFORE,	0, 0 },
	{ "copy", "before",	1, DROP_ANSWER,	1, 0 },
	{ "copy", "after",	0, AFTER,	0, 0 },
	{ "copy", "after",	1, DROP_ANSWER,	1, 0 },
	{ "copy", "off",	1, DROP_ANSWER,	1, 0 },
	{ "copy", "off",	0, WHOLE,	0, 0 },
};

static int what_of(const struct espgw_df_row *row)
{
	switch (row->act) {
	case ESPGW_PLAN_FRAG_BEFORE:
		return BEFORE;
	case ESPGW_PLAN_FRAG_AFTER:
		return AFTER;
	case ESPGW_PLAN_WHOLE:
		return WHOLE;
	case ESPGW_PLAN_DROP:
		return row->answer ? DROP_ANSWER : DROP;
	}
	return -1;
}

static int find(const char *const *names, const char *name)
{
	int i = 0;

	while (strcmp(names[i], name))
		i++;
	return i;
}

static const struct espgw_df_row *look_up(size_t i, enum espgw_inner_df policy)
{
	return espgw_df_too_big(find(df_names, rows[i].df),
				find(frag_names, rows[i].frag),
				rows[i].inner_df, policy);
}

static void honored(void)
{
	const struct espgw_df_row *row;
	unsigned int seen[3][3][2] = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = look_up(i, ESPGW_INNER_DF_HONOR);
		if (!CHECK_EQ(what_of(row), rows[i].what) ||
		    !CHECK_EQ(row->outer_df, rows[i].outer_df) ||
		    !CHECK_EQ(row->df_overridden, rows[i].counted) ||
		    !CHECK_EQ(row->answer, rows[i].what == DROP_ANSWER))
			test_note("df %s, frag %s, inner DF %d", rows[i].df,
				  rows[i].frag, rows[i].inner_df);
		seen[find(df_names, rows[i].df)]
		    [find(frag_names, rows[i].frag)][rows[i].inner_df]++;
	}
	/* No cell of the table is left out or there twice. */
	for (i = 0; i < 18; i++)
		CHECK_EQ(seen[i / 6][i / 2 % 3][i % 2], 1);
}

/* inner-df clear: "drop, answer" with frag before is fragmented, all else stays */
static void cleared(void)
{
	const struct espgw_df_row *row, *same;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = look_up(i, ESPGW_INNER_DF_CLEAR);
		same = look_up(i, ESPGW_INNER_DF_HONOR);
		if (rows[i].what == DROP_ANSWER &&
		    !strcmp(rows[i].frag, "before")) {
			CHECK_EQ(what_of(row), BEFORE);
			CHECK_EQ(row->df_overridden, 1);
			CHECK_EQ(row->answer, 0);
			/* copy copies the DF that was cleared */
			CHECK_EQ(row->outer_df, !strcmp(rows[i].df, "set"));
		} else {
			CHECK_EQ(what_of(row), rows[i].what);
			CHECK_EQ(row->df_overridden, same->df_overridden);
			CHECK_EQ(row->outer_df, same->outer_df);
		}
	}
}

static void invalid(void)
{
	u32 df, frag;

	for (df = 0; df < 300; df++) {
		for (frag = 0; frag < 300; frag++) {
			if (df < 3 && frag < 3)
				continue;
			CHECK_EQ(what_of(espgw_df_too_big(df, frag, df & 1,
							  frag & 1)), DROP);
		}
	}
}

static void fits(void)
{
	u32 len;
	int df;

	for (df = 0; df < 2; df++) {
		CHECK_EQ(espgw_df_outer(ESPGW_DF_SET, 4, df, 100), 1);
		CHECK_EQ(espgw_df_outer(ESPGW_DF_CLEAR, 4, df, 100), 0);
		CHECK_EQ(espgw_df_outer(ESPGW_DF_COPY, 4, df, 100), df);
		CHECK_EQ(espgw_df_outer(ESPGW_DF_COPY, 4, df, 1400), df);
		CHECK_EQ(espgw_df_outer(ESPGW_DF_SET, 6, df, 100), 1);
		CHECK_EQ(espgw_df_outer(ESPGW_DF_CLEAR, 6, df, 1400), 0);
		for (len = 1200; len < 1500; len++)
			CHECK_EQ(espgw_df_outer(ESPGW_DF_COPY, 6, df, len),
				 df && len >= 1281);
	}
}

TESTS({ "every row, inner DF honoured", honored },
      { "every row, inner DF cleared", cleared },
      { "values that no policy has are dropped", invalid },
      { "outer DF of what fits", fits });
