// SPDX-License-Identifier: GPL-2.0
/* What happens to an outbound packet: the one place where it is decided. */

#include "plan.h"

/* RFC 791 3.2: fragmenting is possible down to a link of 68 bytes. */
static_assert(ESPGW_PMTU_HARD_MIN == 60 + 8);

static void plan_drop(struct espgw_plan *p, bool answer)
{
	p->act = ESPGW_PLAN_DROP;
	p->answer = answer;
	p->df_overridden = false;
}

/*
 * Inner IPv6: nobody may fragment it but its sender, who need not go below
 * 1280 bytes (RFC 8200 5). Up to there it is delivered whatever the policy, in
 * an outer packet that is fragmented, as RFC 2473 7.1 has it. So is what this
 * host's tunnel devices have put a packet without DF into.
 */
static void plan_too_big6(struct espgw_plan *p, const struct espgw_fit *f,
			  const struct espgw_plan_in *in)
{
	p->outer_df = false;
	if (in->inner_len <= ESPGW_IP6_MIN_MTU ||
	    (!in->inner_df && f->in.mtu.frag != ESPGW_FRAG_OFF &&
	     espgw_len_outer(&f->in.len, in->inner_len) <= ESPGW_MTU_MAX))
		p->act = ESPGW_PLAN_FRAG_AFTER;
	else
		plan_drop(p, f->in.mtu.icmp_answer);
}

static void plan_too_big4(struct espgw_plan *p, const struct espgw_fit *f,
			  const struct espgw_plan_in *in)
{
	u32 outer = espgw_len_outer(&f->in.len, in->inner_len);
	const struct espgw_df_row *row;
	bool tellable;

	row = espgw_df_too_big(f->in.mtu.df, f->in.mtu.frag, in->inner_df,
			       f->in.mtu.inner_df);
	p->act = row->act;
	p->outer_df = row->outer_df && !f->in.floored;
	p->answer = row->answer && f->in.mtu.icmp_answer;
	p->df_overridden = row->df_overridden;

	/* No sender goes below 68 bytes (RFC 1191 3), and 0 would make it guess. */
	tellable = p->inner_mtu >= ESPGW_PMTU_HARD_MIN;
	switch (p->act) {
	case ESPGW_PLAN_FRAG_BEFORE:
		if (!tellable)
			plan_drop(p, false);
		break;
	case ESPGW_PLAN_FRAG_AFTER:
		/* More than an IP header's length field says. */
		if (outer > ESPGW_MTU_MAX)
			plan_drop(p, in->inner_df && f->in.mtu.icmp_answer &&
				  tellable);
		break;
	case ESPGW_PLAN_WHOLE:
		if (outer > min_t(u32, f->in.dev_mtu, ESPGW_MTU_MAX))
			plan_drop(p, false);
		break;
	case ESPGW_PLAN_DROP:
		p->answer &= tellable;
		break;
	default:
		break;
	}
}

/**
 * espgw_plan_make() - decide
 * @p: the decision
 * @f: what fits the SA
 * @in: the packet
 */
void espgw_plan_make(struct espgw_plan *p, const struct espgw_fit *f,
		     const struct espgw_plan_in *in)
{
	u32 inner_mtu = f->inner_mtu;

	p->answer = false;
	p->df_overridden = false;
	p->inner_mtu = inner_mtu;
	if (in->inner_family == 6 && inner_mtu < ESPGW_IP6_MIN_MTU)
		p->inner_mtu = ESPGW_IP6_MIN_MTU;

	if (likely(in->inner_len <= inner_mtu)) {
		p->act = ESPGW_PLAN_ENCRYPT;
		p->outer_df = !f->in.floored &&
			      espgw_df_outer(f->in.mtu.df, in->inner_family,
					     in->inner_df, in->inner_len);
	} else if (in->inner_family == 6) {
		plan_too_big6(p, f, in);
	} else {
		plan_too_big4(p, f, in);
	}
}
