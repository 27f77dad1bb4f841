// SPDX-License-Identifier: GPL-2.0
/* What fits: MTU policies laid over one another, and sizes against an oracle. */

#include "fit.h"
#include "pmtu.h"
#include "sizes.h"
#include "test.h"

/* A policy of which some random words are set, every member random. */
static struct espgw_mtu_policy random_policy(void)
{
	struct espgw_mtu_policy p;

	memset(&p, 0, sizeof(p));
	p.mtu_cap = rnd_below(2) ? 68 + rnd_below(65468) : ESPGW_CAP_NONE;
	p.min_pmtu = rnd_below(2) ? 68 + rnd_below(65468) : 0;
	p.pmtu_age_s = rnd_below(86400);
	p.mss = rnd_below(65496);
	p.df = rnd_below(3);
	p.frag = rnd_below(3);
	p.split = rnd_below(3);
	p.inner_df = rnd_below(2);
	p.icmp_answer = rnd_below(2);
	p.pmtu_learn = (u8)rnd_below(2);
	p.probe = rnd_below(3);
	p.set = rnd_below(ESPGW_MTU_ALL + 1);
	return p;
}

#define PICK(m, word)							\
	r.m = over->set & 1u << (word) ? over->m : p->m

/* Member by member, as it was written down before there was a table. */
static struct espgw_mtu_policy naive_merge(const struct espgw_mtu_policy *p,
					   const struct espgw_mtu_policy *over)
{
	struct espgw_mtu_policy r;

	memset(&r, 0, sizeof(r));
	PICK(df, ESPGW_MTU_W_DF);
	PICK(frag, ESPGW_MTU_W_FRAG);
	PICK(split, ESPGW_MTU_W_SPLIT);
	PICK(inner_df, ESPGW_MTU_W_INNER_DF);
	PICK(icmp_answer, ESPGW_MTU_W_ICMP_ANSWER);
	PICK(mtu_cap, ESPGW_MTU_W_MTU_CAP);
	PICK(min_pmtu, ESPGW_MTU_W_MIN_PMTU);
	PICK(pmtu_age_s, ESPGW_MTU_W_PMTU_AGE);
	PICK(pmtu_learn, ESPGW_MTU_W_PMTU_LEARN);
	PICK(mss, ESPGW_MTU_W_MSS);
	PICK(probe, ESPGW_MTU_W_PROBE);
	r.set = p->set | over->set;
	return r;
}

static void policies(void)
{
	u32 n = rounds(20000);

	while (n--) {
		struct espgw_mtu_policy wide = random_policy();
		struct espgw_mtu_policy over = random_policy();
		struct espgw_mtu_policy want = naive_merge(&wide, &over);
		struct espgw_mtu_policy got = wide, back;
		u32 words = rnd_below(ESPGW_MTU_ALL + 1);

		espgw_mtu_merge(&got, &over);
		CHECK(!memcmp(&got, &want, sizeof(got)));

		/* What is taken back is the wider one's, the rest stays. */
		back = got;
		espgw_mtu_inherit(&back, words, &wide);
		over.set &= (u16)~words;
		want = naive_merge(&wide, &over);
		want.set = got.set & (u16)~words;
		CHECK(!memcmp(&back, &want, sizeof(back)));

		/* Bits that are no word's say nothing. */
		over.set = 0xffff;
		want = naive_merge(&wide, &over);
		got = wide;
		espgw_mtu_merge(&got, &over);
		CHECK(!memcmp(&got, &want, sizeof(got)));
		espgw_mtu_inherit(&got, ~0u, &wide);
		want = wide;
		want.set = 0;
		CHECK(!memcmp(&got, &want, sizeof(got)));
	}
}

static void builtin(void)
{
	struct espgw_mtu_policy p;

	espgw_mtu_init(&p);
	CHECK_EQ(p.df, ESPGW_DF_SET);
	CHECK_EQ(p.frag, ESPGW_FRAG_BEFORE);
	CHECK_EQ(p.split, ESPGW_SPLIT_EQUAL);
	CHECK_EQ(p.inner_df, ESPGW_INNER_DF_HONOR);
	CHECK_EQ(p.icmp_answer, 1);
	CHECK_EQ(p.mtu_cap, ESPGW_CAP_NONE);
	CHECK_EQ(p.min_pmtu, 0);
	CHECK_EQ(p.pmtu_age_s, 600);
	CHECK_EQ(p.pmtu_learn, 1);
	CHECK_EQ(p.mss, ESPGW_MSS_AUTO);
	CHECK_EQ(p.probe, ESPGW_PROBE_SUSPECT);
	CHECK_EQ(p.set, 0);
}

/* 0 stands for "not known". */
static u32 naive_least(const u32 *v, u32 n)
{
	u32 least = 0, i;

	for (i = 0; i < n; i++)
		if (v[i] && (!least || v[i] < least))
			least = v[i];
	return least;
}

static void fits(void)
{
	u32 n = rounds(20000);

	while (n--) {
		const struct cipher *c = &ciphers[rnd_below(ARRAY_SIZE(ciphers))];
		const struct encap *e = &encaps[rnd_below(ARRAY_SIZE(encaps))];
		struct espgw_fit_in in = {
			.mtu = random_policy(),
			.len = sizes(c, e),
			.learned = rnd_below(2) ? 68 + rnd_below(9500) : 0,
			.route_mtu = rnd_below(3) ? 0 : 68 + rnd_below(9500),
			.dev_mtu = rnd_below(4) ? 68 + rnd_below(9500) :
				   rnd_below(2) ? 0 : 100000,
			.outer_family = e->ip == 20 ? 4 : 6,
		};
		u32 dev = !in.dev_mtu || in.dev_mtu > 65535 ? 65535 :
							      in.dev_mtu;
		u32 all[] = { in.route_mtu, dev, in.mtu.mtu_cap, in.learned };
		struct espgw_fit f;
		u32 inner;

		espgw_fit_make(&f, &in);
		CHECK_EQ(f.limit, naive_least(all, 3));
		CHECK_EQ(f.path_mtu, naive_least(all, 4));
		for (inner = f.path_mtu;
		     inner && naive_outer(c, e, inner) > f.path_mtu; inner--)
			;
		CHECK_EQ(f.inner_mtu, inner);
		if (in.outer_family == 6)
			CHECK_EQ(f.floor, 1280);
		else if (in.mtu.min_pmtu)
			CHECK_EQ(f.floor, in.mtu.min_pmtu);
		else
			CHECK_EQ(f.floor, 576);
	}
}

TESTS({ "the built-in MTU policy", builtin },
      { "policies laid over one another, and taken back", policies, true },
      { "path MTU, limit, inner MTU and floor, against an oracle", fits, true });
