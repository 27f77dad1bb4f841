// SPDX-License-Identifier: GPL-2.0
/* The decision: the documented table over every cipher and size, and laws. */

#include "plan.h"
#include "sizes.h"
#include "test.h"

struct expected {
	enum espgw_plan_act act;
	int outer_df;		/* -1: it does not matter */
	bool answer;
	bool overridden;
};

#define BEFORE	ESPGW_PLAN_FRAG_BEFORE
#define AFTER	ESPGW_PLAN_FRAG_AFTER
#define WHOLE	ESPGW_PLAN_WHOLE
#define DROP	ESPGW_PLAN_DROP

/*
 * IPv4, too big, by [df][frag][inner-df policy][inner DF]: all 36, each
 * written down by hand from the documentation's table.
 */
static const struct expected table[3][3][2][2] = {
	[ESPGW_DF_CLEAR] = {
		[ESPGW_FRAG_BEFORE] = {
			{ { BEFORE, 0, 0, 0 }, { BEFORE, 0, 0, 1 } },
			{ { BEFORE, 0, 0, 0 }, { BEFORE, 0, 0, 1 } },
		},
		[ESPGW_FRAG_AFTER] = {
			{ { AFTER, 0, 0, 0 }, { AFTER, 0, 0, 1 } },
			{ { AFTER, 0, 0, 0 }, { AFTER, 0, 0, 1 } },
		},
		[ESPGW_FRAG_OFF] = {
			{ { WHOLE, 0, 0, 0 }, { WHOLE, 0, 0, 0 } },
			{ { WHOLE, 0, 0, 0 }, { WHOLE, 0, 0, 0 } },
		},
	},
	[ESPGW_DF_SET] = {
		[ESPGW_FRAG_BEFORE] = {
			{ { BEFORE, 1, 0, 0 }, { DROP, 1, 1, 0 } },
			{ { BEFORE, 1, 0, 0 }, { BEFORE, 1, 0, 1 } },
		},
		[ESPGW_FRAG_AFTER] = {
			{ { DROP, 1, 0, 0 }, { DROP, 1, 1, 0 } },
			{ { DROP, 1, 0, 0 }, { DROP, 1, 1, 0 } },
		},
		[ESPGW_FRAG_OFF] = {
			{ { DROP, 1, 0, 0 }, { DROP, 1, 1, 0 } },
			{ { DROP, 1, 0, 0 }, { DROP, 1, 1, 0 } },
		},
	},
	[ESPGW_DF_COPY] = {
		[ESPGW_FRAG_BEFORE] = {
			{ { BEFORE, 0, 0, 0 }, { DROP, 1, 1, 0 } },
			{ { BEFORE, 0, 0, 0 }, { BEFORE, 0, 0, 1 } },
		},
		[ESPGW_FRAG_AFTER] = {
			{ { AFTER, 0, 0, 0 }, { DROP, 1, 1, 0 } },
			{ { AFTER, 0, 0, 0 }, { DROP, 1, 1, 0 } },
		},
		[ESPGW_FRAG_OFF] = {
			{ { WHOLE, 0, 0, 0 }, { DROP, 1, 1, 0 } },
			{ { WHOLE, 0, 0, 0 }, { DROP, 1, 1, 0 } },
		},
	},
};

/* All that a plan depends on. */
struct given {
	struct espgw_len len;
	u32 inner_len;
	u32 path_mtu;
	u32 dev_mtu;
	u8 df;
	u8 frag;
	u8 inner_df_policy;
	u8 icmp_answer;
	u8 inner_family;
	u8 outer_family;
	bool inner_df;
	bool force_df0;
};

static void make(struct espgw_plan *p, const struct given *g)
{
	const struct espgw_fit f = {
		.in.mtu.df = g->df,
		.in.mtu.frag = g->frag,
		.in.mtu.inner_df = g->inner_df_policy,
		.in.mtu.icmp_answer = g->icmp_answer,
		.in.len = g->len,
		.in.dev_mtu = g->dev_mtu,
		.in.outer_family = g->outer_family,
		.in.floored = g->force_df0,
		.path_mtu = g->path_mtu,
		.inner_mtu = espgw_len_inner(&g->len, g->path_mtu),
	};
	const struct espgw_plan_in in = {
		.inner_len = g->inner_len,
		.inner_family = g->inner_family,
		.inner_df = g->inner_df,
	};

	espgw_plan_make(p, &f, &in);
}

/* A case: what the plan is made from, and by what names. */
struct at {
	const struct cipher *c;
	const struct encap *e;
	struct given in;
};

static struct at at_sizes(const struct cipher *c, const struct encap *e)
{
	return (struct at) {
		.c = c,
		.e = e,
		.in.len = sizes(c, e),
		.in.outer_family = e->ip == 20 ? 4 : 6,
	};
}

static void tell(const struct at *at)
{
	test_note("%s over %s, path %u, device %u: IPv%u of %u, DF %d; "
		  "df %u frag %u inner-df %u answer %u force %d",
		  at->c->name, at->e->name, at->in.path_mtu, at->in.dev_mtu,
		  at->in.inner_family, at->in.inner_len, at->in.inner_df,
		  at->in.df, at->in.frag, at->in.inner_df_policy,
		  at->in.icmp_answer, at->in.force_df0);
}

static void compare(const struct at *at, const struct expected *want)
{
	struct espgw_plan p;

	memset(&p, 0xa5, sizeof(p));
	p.outer_df = p.answer = p.df_overridden = true;
	make(&p, &at->in);
	if (!CHECK_EQ(p.act, want->act) ||
	    !CHECK(want->outer_df < 0 || p.outer_df == want->outer_df) ||
	    !CHECK_EQ(p.answer, want->answer) ||
	    !CHECK_EQ(p.df_overridden, want->overridden))
		tell(at);
}

static u32 naive_inner(const struct at *at, u32 mtu)
{
	u32 len = mtu;

	while (len && naive_outer(at->c, at->e, len) > mtu)
		len--;
	return len;
}

/* The policies one after the other; false when all were there. */
static bool next_policy(struct given *in)
{
	if (++in->df < 3)
		return true;
	in->df = 0;
	if (++in->frag < 3)
		return true;
	in->frag = 0;
	if (++in->inner_df_policy < 2)
		return true;
	in->inner_df_policy = 0;
	if (++in->icmp_answer < 2)
		return true;
	in->icmp_answer = 0;
	in->inner_df = !in->inner_df;
	if (in->inner_df)
		return true;
	in->force_df0 = !in->force_df0;
	return in->force_df0;
}

static const u32 paths[] = {
	68, 100, 145, 146, 200, 296, 508, 576, 1280, 1300, 1337, 1400, 1460,
	1492, 1499, 1500, 4352, 9000, 9216,
};

static void ip4(void)
{
	static const u32 beyond[] = { 1, 2, 8, 100, 1500, 50000 };
	struct expected want;
	u32 inner, l, dev;
	size_t c, e, p;
	struct at at;

	for (c = 0; c < ARRAY_SIZE(ciphers); c++)
	for (e = 0; e < ARRAY_SIZE(encaps); e++)
	for (p = 0; p < ARRAY_SIZE(paths); p++)
	for (l = 0; l < ARRAY_SIZE(beyond); l++)
	for (dev = 0; dev < 2; dev++) {
		at = at_sizes(&ciphers[c], &encaps[e]);
		at.in.path_mtu = paths[p];
		inner = naive_inner(&at, paths[p]);
		at.in.inner_len = inner + beyond[l];
		/* a device that just carries it whole, or just not */
		at.in.dev_mtu = naive_outer(at.c, at.e, at.in.inner_len) - dev;
		at.in.inner_family = 4;
		do {
			want = table[at.in.df][at.in.frag]
				    [at.in.inner_df_policy][at.in.inner_df];
			want.answer &= at.in.icmp_answer && inner >= 68;
			if (at.in.force_df0)
				want.outer_df = 0;
			if ((want.act == WHOLE && dev) ||
			    (want.act == BEFORE && inner < 68)) {
				want.act = DROP;
				want.outer_df = -1;
				want.overridden = false;
			}
			compare(&at, &want);
		} while (next_policy(&at.in));
	}
}

/* What fits is encrypted, whatever else is said, to the last byte. */
static void fits(void)
{
	struct expected want = { .act = ESPGW_PLAN_ENCRYPT };
	size_t c, e, p;
	struct at at;
	u32 inner, i;

	for (c = 0; c < ARRAY_SIZE(ciphers); c++)
	for (e = 0; e < ARRAY_SIZE(encaps); e++)
	for (p = 0; p < ARRAY_SIZE(paths); p++)
	for (i = 0; i < 4; i++) {
		at = at_sizes(&ciphers[c], &encaps[e]);
		at.in.path_mtu = paths[p];
		at.in.dev_mtu = 1500;
		inner = naive_inner(&at, paths[p]);
		if (inner < 1)
			continue;
		at.in.inner_len = i < 2 ? inner : rnd_range(1, inner);
		at.in.inner_family = i % 2 ? 6 : 4;
		do {
			want.outer_df = at.in.df == ESPGW_DF_SET ||
				(at.in.df == ESPGW_DF_COPY && at.in.inner_df &&
				 (i % 2 == 0 || at.in.inner_len > 1280));
			if (at.in.force_df0)
				want.outer_df = 0;
			compare(&at, &want);
		} while (next_policy(&at.in));
	}
}

/*
 * IPv6: never fragmented before, 1280 bytes always arrive; and what is around a
 * packet without DF, unless nothing may be cut.
 */
static void ip6(void)
{
	static const u32 lens[] = { 1279, 1280, 1281, 1500, 9000, 65535 };
	struct expected want;
	size_t c, e, p, l;
	struct at at;
	u32 inner, len;

	for (c = 0; c < ARRAY_SIZE(ciphers); c++)
	for (e = 0; e < ARRAY_SIZE(encaps); e++)
	for (p = 0; p < ARRAY_SIZE(paths); p++)
	for (l = 0; l < ARRAY_SIZE(lens) + 1; l++) {
		at = at_sizes(&ciphers[c], &encaps[e]);
		at.in.path_mtu = paths[p];
		at.in.dev_mtu = 1500;
		inner = naive_inner(&at, paths[p]);
		len = l < ARRAY_SIZE(lens) ? lens[l] : inner + 1;
		if (len <= inner)
			continue;
		at.in.inner_len = len;
		at.in.inner_family = 6;
		do {
			if (len <= 1280 || (!at.in.inner_df &&
					    at.in.frag != ESPGW_FRAG_OFF &&
					    naive_outer(at.c, at.e, len) <=
					    65535))
				want = (struct expected) { AFTER, 0, 0, 0 };
			else
				want = (struct expected) {
					DROP, -1, at.in.icmp_answer, 0 };
			compare(&at, &want);
		} while (next_policy(&at.in));
	}
}

/* A packet that with ESP is longer than any can be: cut before, or not at all. */
static void longer_than_any(void)
{
	struct expected want;
	struct at at;

	at = at_sizes(&ciphers[0], &encaps[0]);
	at.in.path_mtu = 1500;
	at.in.dev_mtu = 70000;
	at.in.inner_len = 65535;
	at.in.inner_family = 4;
	do {
		want = table[at.in.df][at.in.frag]
			    [at.in.inner_df_policy][at.in.inner_df];
		want.answer &= at.in.icmp_answer;
		if (at.in.force_df0)
			want.outer_df = 0;
		if (want.act == WHOLE || want.act == AFTER) {
			want.answer = want.act == AFTER && at.in.inner_df &&
				      at.in.icmp_answer;
			want.act = DROP;
			want.outer_df = -1;
			want.overridden = false;
		}
		compare(&at, &want);
	} while (next_policy(&at.in));
}

static void advertised(void)
{
	struct espgw_plan p;
	size_t c, e;
	struct at at;
	u32 inner;
	u32 mtu;

	for (c = 0; c < ARRAY_SIZE(ciphers); c++)
	for (e = 0; e < ARRAY_SIZE(encaps); e++)
	for (mtu = 68; mtu <= 9216; mtu += 1 + mtu / 100) {
		at = at_sizes(&ciphers[c], &encaps[e]);
		at.in.path_mtu = mtu;
		at.in.inner_len = 10000;
		at.in.df = ESPGW_DF_SET;
		at.in.inner_df = true;
		at.in.icmp_answer = true;
		inner = naive_inner(&at, mtu);
		at.in.inner_family = 4;
		make(&p, &at.in);
		CHECK_EQ(p.inner_mtu, inner);
		at.in.inner_family = 6;
		make(&p, &at.in);
		CHECK_EQ(p.inner_mtu, inner < 1280 ? 1280 : inner);
	}
}

/* What must hold of any plan, for anything at all. */
static void laws(void)
{
	u32 n = rounds(300000);
	struct espgw_plan p;
	bool big, honored;
	struct at at;
	u32 outer;

	while (n--) {
		at = at_sizes(&ciphers[rnd_below(ARRAY_SIZE(ciphers))],
			      &encaps[rnd_below(ARRAY_SIZE(encaps))]);
		at.in.inner_len = rnd_range(20, one_in(2) ? 1600 : 65535);
		at.in.path_mtu = rnd_range(68, one_in(2) ? 1600 : 65535);
		at.in.dev_mtu = rnd_range(68, one_in(2) ? 9216 : 65600);
		at.in.df = (u8)rnd_below(one_in(50) ? 256 : 3);
		at.in.frag = (u8)rnd_below(one_in(50) ? 256 : 3);
		at.in.inner_df_policy = (u8)rnd_below(2);
		at.in.icmp_answer = (u8)rnd_below(2);
		at.in.inner_family = one_in(3) ? 6 : 4;
		at.in.inner_df = one_in(2);
		at.in.force_df0 = one_in(4);
		outer = naive_outer(at.c, at.e, at.in.inner_len);
		big = outer > at.in.path_mtu;
		honored = at.in.inner_df && at.in.df != ESPGW_DF_CLEAR &&
			  at.in.inner_df_policy == ESPGW_INNER_DF_HONOR;
		make(&p, &at.in);

		if (!CHECK_EQ(p.act == ESPGW_PLAN_ENCRYPT, !big) ||
		    !CHECK(p.act != AFTER || !p.outer_df) ||
		    !CHECK(p.act != BEFORE || at.in.inner_family == 4) ||
		    !CHECK(p.act != BEFORE || p.inner_mtu >= 68) ||
		    !CHECK(p.act != BEFORE || !honored) ||
		    !CHECK(p.act != AFTER || !honored ||
			   at.in.inner_family == 6) ||
		    !CHECK(p.act != WHOLE || outer <= at.in.dev_mtu) ||
		    !CHECK((p.act != WHOLE && p.act != AFTER) ||
			   outer <= 65535) ||
		    !CHECK(!p.answer || p.act == DROP) ||
		    !CHECK(!p.answer || at.in.icmp_answer) ||
		    !CHECK(!p.answer || at.in.inner_family == 6 ||
			   at.in.inner_df) ||
		    !CHECK(!p.answer || p.inner_mtu >=
			   (at.in.inner_family == 6 ? 1280u : 68u)) ||
		    !CHECK(!p.answer || p.inner_mtu < at.in.inner_len) ||
		    !CHECK(!p.df_overridden || (at.in.inner_df &&
			   (p.act == BEFORE || p.act == AFTER))) ||
		    !CHECK(p.df_overridden || p.act != BEFORE ||
			   !at.in.inner_df) ||
		    !CHECK(!at.in.force_df0 || !p.outer_df || p.act == DROP))
			tell(&at);
	}
}

TESTS({ "IPv4 too big: every row by cipher, encapsulation and size", ip4 },
      { "what fits is encrypted, with the outer DF of the policy", fits },
      { "IPv6 too big: 1280 bytes always arrive, more is answered", ip6 },
      { "the advertised MTU is the exact one", advertised },
      { "laws of any plan", laws, true },
      { "longer with ESP than any packet can be", longer_than_any });
