/* SPDX-License-Identifier: GPL-2.0 */
/* The MTU policy: what an administrator says of fitting packets to a path. */
#ifndef ESPGW_CORE_MTU_H
#define ESPGW_CORE_MTU_H

#include "core.h"

/**
 * enum espgw_mtu_word - a word of an MTU policy
 * @ESPGW_MTU_W_DF: df
 * @ESPGW_MTU_W_FRAG: frag
 * @ESPGW_MTU_W_SPLIT: split
 * @ESPGW_MTU_W_INNER_DF: inner-df
 * @ESPGW_MTU_W_ICMP_ANSWER: icmp-answer
 * @ESPGW_MTU_W_MTU_CAP: mtu-cap
 * @ESPGW_MTU_W_MIN_PMTU: min-pmtu
 * @ESPGW_MTU_W_PMTU_AGE: pmtu-age
 * @ESPGW_MTU_W_PMTU_LEARN: pmtu-learn
 * @ESPGW_MTU_W_MSS: mss
 * @ESPGW_MTU_W_PROBE: probe
 *
 * Bits of &struct espgw_mtu_policy.set. Not the numbers of the netlink
 * interface: control/parse translates.
 */
enum espgw_mtu_word {
	ESPGW_MTU_W_DF,
	ESPGW_MTU_W_FRAG,
	ESPGW_MTU_W_SPLIT,
	ESPGW_MTU_W_INNER_DF,
	ESPGW_MTU_W_ICMP_ANSWER,
	ESPGW_MTU_W_MTU_CAP,
	ESPGW_MTU_W_MIN_PMTU,
	ESPGW_MTU_W_PMTU_AGE,
	ESPGW_MTU_W_PMTU_LEARN,
	ESPGW_MTU_W_MSS,
	ESPGW_MTU_W_PROBE,

	/* private: */
	__ESPGW_MTU_WORDS,
};

/* All of them. */
#define ESPGW_MTU_ALL	((1u << __ESPGW_MTU_WORDS) - 1)

/**
 * struct espgw_mtu_policy - MTU policy of an SA, a device or the namespace
 * @mtu_cap: bytes, or ESPGW_CAP_NONE
 * @min_pmtu: bytes; 0: the family's default
 * @pmtu_age_s: seconds, or ESPGW_AGE_INFINITE
 * @mss: bytes, ESPGW_MSS_OFF or ESPGW_MSS_AUTO
 * @df: enum espgw_df
 * @frag: enum espgw_frag
 * @split: enum espgw_split
 * @inner_df: enum espgw_inner_df
 * @icmp_answer: 0 or 1
 * @pmtu_learn: 0 or 1
 * @probe: enum espgw_probe_when
 * @set: bit n: word n (enum espgw_mtu_word) was given here; the others are as
 *	the next wider policy says
 */
struct espgw_mtu_policy {
	u32 mtu_cap;
	u32 min_pmtu;
	u32 pmtu_age_s;
	u32 mss;
	u8 df;
	u8 frag;
	u8 split;
	u8 inner_df;
	u8 icmp_answer;
	u8 pmtu_learn;
	u8 probe;
	u16 set;
};

/**
 * struct espgw_mtu_member - where struct espgw_mtu_policy has a word
 * @offset: bytes
 * @size: 1 or 4 bytes
 */
struct espgw_mtu_member {
	u8 offset;
	u8 size;
};

extern const struct espgw_mtu_member espgw_mtu_members[__ESPGW_MTU_WORDS];

void espgw_mtu_init(struct espgw_mtu_policy *p);
void espgw_mtu_merge(struct espgw_mtu_policy *p,
		     const struct espgw_mtu_policy *over);
void espgw_mtu_inherit(struct espgw_mtu_policy *p, u32 words,
		       const struct espgw_mtu_policy *wider);
u32 espgw_mtu_get(const struct espgw_mtu_policy *p, enum espgw_mtu_word w);
void espgw_mtu_put(struct espgw_mtu_policy *p, enum espgw_mtu_word w, u32 v);

#endif
