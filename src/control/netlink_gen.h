/* SPDX-License-Identifier: GPL-2.0 */
/* Generated from Documentation/netlink/specs/espgw.yaml by tools/gen/netlink: change that, and run "make generate" */
#ifndef ESPGW_NETLINK_GEN_H
#define ESPGW_NETLINK_GEN_H

#include <net/genetlink.h>
#include <linux/espgw.h>

/* struct genl_ops.internal_flags: RTNL is needed; there may be keys; no lock is to be taken */
#define ESPGW_NL_RTNL		BIT(0)
#define ESPGW_NL_KEYS		BIT(1)
#define ESPGW_NL_UNLOCKED	BIT(2)

/**
 * enum espgw_nl_group - multicast groups
 * @ESPGW_NL_SA: ESPGW_MCGRP_SA
 * @ESPGW_NL_POLICY: ESPGW_MCGRP_POLICY
 * @ESPGW_NL_PMTU: ESPGW_MCGRP_PMTU
 * @ESPGW_NL_ACQUIRE: ESPGW_MCGRP_ACQUIRE
 * @ESPGW_NL_ALERT: ESPGW_MCGRP_ALERT
 * @ESPGW_NL_VFR: ESPGW_MCGRP_VFR
 * @ESPGW_NL_DEV: ESPGW_MCGRP_DEV
 * @ESPGW_NL_DROP: ESPGW_MCGRP_DROP
 */
enum espgw_nl_group {
	ESPGW_NL_SA,
	ESPGW_NL_POLICY,
	ESPGW_NL_PMTU,
	ESPGW_NL_ACQUIRE,
	ESPGW_NL_ALERT,
	ESPGW_NL_VFR,
	ESPGW_NL_DEV,
	ESPGW_NL_DROP,
};

/* Up to the last attribute that a request may have; what is not in them is refused. */
extern const struct nla_policy espgw_nl_mtu_policy[ESPGW_MTU_A_INHERIT + 1];
extern const struct nla_policy espgw_nl_dev_policy[ESPGW_DEV_A_GUARDED + 1];
extern const struct nla_policy espgw_nl_default_policy[ESPGW_DEFAULT_A_MTU + 1];
extern const struct nla_policy espgw_nl_limit_policy[ESPGW_LIMIT_A_HARD_SECONDS + 1];
extern const struct nla_policy espgw_nl_sa_policy[ESPGW_SA_A_COMMENT + 1];
extern const struct nla_policy espgw_nl_policy_policy[ESPGW_POLICY_A_COMMENT + 1];
extern const struct nla_policy espgw_nl_pmtu_policy[ESPGW_PMTU_A_BOUND + 1];
extern const struct nla_policy espgw_nl_guard_policy[ESPGW_GUARD_A_ON + 1];
extern const struct nla_policy espgw_nl_xfrm_policy[ESPGW_XFRM_A_DEFAULT + 1];
extern const struct nla_policy espgw_nl_vfr_policy[ESPGW_VFR_A_DEFAULT + 1];
extern const struct nla_policy espgw_nl_xfrm_conn_policy[ESPGW_XFRM_CONN_A_COMMENT + 1];
extern const struct nla_policy espgw_nl_explain_policy[ESPGW_EXPLAIN_A_SA_DST + 1];

/* parse_sa.c */
extern const struct nla_policy espgw_nl_unchecked_policy[U8_MAX + 1];

/* What requests say and the module keeps: X(attribute, member, WORD). */
#define ESPGW_NL_MTU_KEPT(X) \
	X(ESPGW_MTU_A_DF, df, DF) \
	X(ESPGW_MTU_A_FRAG, frag, FRAG) \
	X(ESPGW_MTU_A_SPLIT, split, SPLIT) \
	X(ESPGW_MTU_A_INNER_DF, inner_df, INNER_DF) \
	X(ESPGW_MTU_A_ICMP_ANSWER, icmp_answer, ICMP_ANSWER) \
	X(ESPGW_MTU_A_MTU_CAP, mtu_cap, MTU_CAP) \
	X(ESPGW_MTU_A_MIN_PMTU, min_pmtu, MIN_PMTU) \
	X(ESPGW_MTU_A_PMTU_AGE, pmtu_age, PMTU_AGE) \
	X(ESPGW_MTU_A_PMTU_LEARN, pmtu_learn, PMTU_LEARN) \
	X(ESPGW_MTU_A_MSS, mss, MSS) \
	X(ESPGW_MTU_A_PROBE, probe, PROBE)

#define ESPGW_NL_SA_KEPT(X) \
	X(ESPGW_SA_A_REQID, reqid, REQID) \
	X(ESPGW_SA_A_REPLAY_WINDOW, replay_window, REPLAY_WINDOW) \
	X(ESPGW_SA_A_ENCAP_SPORT, encap_sport, ENCAP_SPORT) \
	X(ESPGW_SA_A_ENCAP_DPORT, encap_dport, ENCAP_DPORT) \
	X(ESPGW_SA_A_CLASS, class, CLASS) \
	X(ESPGW_SA_A_MARK, mark, MARK) \
	X(ESPGW_SA_A_MARK_MASK, mark_mask, MARK_MASK) \
	X(ESPGW_SA_A_DSCP, dscp, DSCP) \
	X(ESPGW_SA_A_ECN, ecn, ECN) \
	X(ESPGW_SA_A_TTL, ttl, TTL) \
	X(ESPGW_SA_A_TFC, tfc, TFC) \
	X(ESPGW_SA_A_KEEPALIVE, keepalive, KEEPALIVE)

#define ESPGW_NL_VFR_KEPT(X) \
	X(ESPGW_VFR_A_MODE, mode, MODE) \
	X(ESPGW_VFR_A_MAX_REASSEMBLIES, max_reassemblies, MAX_REASSEMBLIES) \
	X(ESPGW_VFR_A_MAX_FRAGMENTS, max_fragments, MAX_FRAGMENTS) \
	X(ESPGW_VFR_A_TIMEOUT_S, timeout_s, TIMEOUT_S) \
	X(ESPGW_VFR_A_DROP_FRAGMENTS, drop_fragments, DROP_FRAGMENTS) \
	X(ESPGW_VFR_A_MAX_BYTES, max_bytes, MAX_BYTES)

/* By command: bit n says that a request, or a dump's, takes attribute n. */
extern const u64 espgw_nl_do_attrs[ESPGW_CMD_MAX + 1];
extern const u64 espgw_nl_dump_attrs[ESPGW_CMD_MAX + 1];

extern const struct genl_ops espgw_nl_ops[34];
extern const struct genl_multicast_group espgw_nl_groups[8];

/* What does it. */
int espgw_nl_dump_start(struct netlink_callback *cb);
int espgw_nl_dev_attach_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_dev_set_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_dev_detach_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int espgw_nl_default_set_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_default_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_sa_add_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_sa_replace_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_sa_set_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_sa_del_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_sa_get_start(struct netlink_callback *cb);
int espgw_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int espgw_nl_sa_flush_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_policy_replace_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_policy_del_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_policy_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int espgw_nl_policy_flush_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_pmtu_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_pmtu_get_start(struct netlink_callback *cb);
int espgw_nl_pmtu_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int espgw_nl_pmtu_set_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_pmtu_del_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_pmtu_flush_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_stats_reset_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_vfr_set_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_vfr_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_vfr_get_start(struct netlink_callback *cb);
int espgw_nl_vfr_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int espgw_nl_pmtu_probe_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_guard_set_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_guard_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_xfrm_set_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_xfrm_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_xfrm_row_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int espgw_nl_xfrm_conn_set_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_xfrm_conn_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int espgw_nl_explain_get_doit(struct sk_buff *skb, struct genl_info *info);

#endif
