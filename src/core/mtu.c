// SPDX-License-Identifier: GPL-2.0
/* The MTU policy: what an administrator says of fitting packets to a path. */

#include "mtu.h"
#include "pmtu.h"

#define MEMBER(m) {						\
	.offset = offsetof(struct espgw_mtu_policy, m),		\
	.size = sizeof(((struct espgw_mtu_policy *)0)->m),	\
}

/* By enum espgw_mtu_word: all that is done to a policy is done by this table. */
const struct espgw_mtu_member espgw_mtu_members[__ESPGW_MTU_WORDS] = {
	[ESPGW_MTU_W_DF] = MEMBER(df),
	[ESPGW_MTU_W_FRAG] = MEMBER(frag),
	[ESPGW_MTU_W_SPLIT] = MEMBER(split),
	[ESPGW_MTU_W_INNER_DF] = MEMBER(inner_df),
	[ESPGW_MTU_W_ICMP_ANSWER] = MEMBER(icmp_answer),
	[ESPGW_MTU_W_MTU_CAP] = MEMBER(mtu_cap),
	[ESPGW_MTU_W_MIN_PMTU] = MEMBER(min_pmtu),
	[ESPGW_MTU_W_PMTU_AGE] = MEMBER(pmtu_age_s),
	[ESPGW_MTU_W_PMTU_LEARN] = MEMBER(pmtu_learn),
	[ESPGW_MTU_W_MSS] = MEMBER(mss),
	[ESPGW_MTU_W_PROBE] = MEMBER(probe),
};

static_assert(__ESPGW_MTU_WORDS <= 16);	/* bits of struct espgw_mtu_policy.set */

/**
 * espgw_mtu_get() - a word of a policy
 * @p: the policy
 * @w: the word
 *
 * Return: its value, whether it was given or not.
 */
u32 espgw_mtu_get(const struct espgw_mtu_policy *p, enum espgw_mtu_word w)
{
	const u8 *at = (const u8 *)p + espgw_mtu_members[w].offset;

	return espgw_mtu_members[w].size == 1 ? *at : *(const u32 *)at;
}

/**
 * espgw_mtu_put() - change a word of a policy
 * @p: the policy
 * @w: the word
 * @v: its value; whether it was given is not changed
 */
void espgw_mtu_put(struct espgw_mtu_policy *p, enum espgw_mtu_word w, u32 v)
{
	u8 *at = (u8 *)p + espgw_mtu_members[w].offset;

	if (espgw_mtu_members[w].size == 1)
		*at = (u8)v;
	else
		*(u32 *)at = v;
}

/**
 * espgw_mtu_init() - the built-in MTU policy
 * @p: result, complete
 *
 * The one combination that both learns the path MTU from every packet and
 * serves hosts that do no path MTU discovery.
 */
void espgw_mtu_init(struct espgw_mtu_policy *p)
{
	memset(p, 0, sizeof(*p));
	p->df = ESPGW_DF_SET;
	p->frag = ESPGW_FRAG_BEFORE;
	p->split = ESPGW_SPLIT_EQUAL;
	p->inner_df = ESPGW_INNER_DF_HONOR;
	p->icmp_answer = 1;
	p->mtu_cap = ESPGW_CAP_NONE;
	p->pmtu_age_s = ESPGW_PMTU_AGE_S;
	p->pmtu_learn = 1;
	p->mss = ESPGW_MSS_AUTO;
	p->probe = ESPGW_PROBE_SUSPECT;
}

/**
 * espgw_mtu_merge() - lay a narrower policy over a wider one
 * @p: the wider one; result
 * @over: the narrower one: only what it has set counts
 */
void espgw_mtu_merge(struct espgw_mtu_policy *p,
		     const struct espgw_mtu_policy *over)
{
	u32 w;

	for (w = 0; w < __ESPGW_MTU_WORDS; w++)
		if (over->set & 1u << w)
			espgw_mtu_put(p, w, espgw_mtu_get(over, w));
	p->set |= over->set;
}

/**
 * espgw_mtu_inherit() - take words back
 * @p: the policy
 * @words: bit n: word n
 * @wider: what holds instead, for a policy that has to be complete
 *
 * From then on the words are as the next wider policy says.
 */
void espgw_mtu_inherit(struct espgw_mtu_policy *p, u32 words,
		       const struct espgw_mtu_policy *wider)
{
	u32 w;

	for (w = 0; w < __ESPGW_MTU_WORDS; w++)
		if (words & 1u << w)
			espgw_mtu_put(p, w, espgw_mtu_get(wider, w));
	p->set &= (u16)~words;
}
