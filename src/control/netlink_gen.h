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
 */
enum espgw_nl_group {
	ESPGW_NL_SA,
	ESPGW_NL_POLICY,
	ESPGW_NL_PMTU,
	ESPGW_NL_ACQUIRE,
	ESPGW_NL_ALERT,
	ESPGW_NL_VFR,
	ESPGW_NL_DEV,
};

/* Up to the last attribute that a request may have; what is not in them is refused. */
extern const struct nla_policy espgw_nl_mtu_policy[ESPGW_MTU_A_INHERIT + 1];
extern const struct nla_policy espgw_nl_dev_policy[ESPGW_DEV_A_MTU + 1];
extern const struct nla_policy espgw_nl_default_policy[ESPGW_DEFAULT_A_MTU + 1];
extern const struct nla_policy espgw_nl_limit_policy[ESPGW_LIMIT_A_HARD_SECONDS + 1];
extern const struct nla_policy espgw_nl_sa_policy[ESPGW_SA_A_INHERIT + 1];
extern const struct nla_policy espgw_nl_policy_policy[ESPGW_POLICY_A_TUNNEL_DST + 1];
extern const struct nla_policy espgw_nl_pmtu_policy[ESPGW_PMTU_A_BOUND + 1];
extern const struct nla_policy espgw_nl_vfr_policy[ESPGW_VFR_A_DEFAULT + 1];

/* By command: bit n says that a request, or a dump's, takes attribute n. */
extern const u64 espgw_nl_do_attrs[ESPGW_CMD_MAX + 1];
extern const u64 espgw_nl_dump_attrs[ESPGW_CMD_MAX + 1];

extern const struct genl_ops espgw_nl_ops[26];
extern const struct genl_multicast_group espgw_nl_groups[7];

/* Begins a dump that takes no attributes. */
int espgw_nl_dump_start(struct netlink_callback *cb);

/* hook a device; IFINDEX, and an MTU policy if wanted */
int espgw_nl_dev_attach_doit(struct sk_buff *skb, struct genl_info *info);

/* change an attached device's MTU policy */
int espgw_nl_dev_set_doit(struct sk_buff *skb, struct genl_info *info);

/* unhook a device */
int espgw_nl_dev_detach_doit(struct sk_buff *skb, struct genl_info *info);

/* one attached device (do), or all (dump) */
int espgw_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* change the namespace's MTU policy */
int espgw_nl_default_set_doit(struct sk_buff *skb, struct genl_info *info);

/* the namespace's MTU policy (do) */
int espgw_nl_default_get_doit(struct sk_buff *skb, struct genl_info *info);

/* add a security association */
int espgw_nl_sa_add_doit(struct sk_buff *skb, struct genl_info *info);

/*
 * add a security association, or replace the one of the same DST, SPI and DIR,
 * keeping its path MTU and counters
 */
int espgw_nl_sa_replace_doit(struct sk_buff *skb, struct genl_info *info);

/*
 * change what can be changed of an existing SA: encap ports, keepalive, class,
 * mark, dscp, ecn, ttl, tfc, limits, MTU policy; seq only upward
 */
int espgw_nl_sa_set_doit(struct sk_buff *skb, struct genl_info *info);

/* delete a security association, by DST, SPI and optionally DIR */
int espgw_nl_sa_del_doit(struct sk_buff *skb, struct genl_info *info);

/*
 * one security association, by DST, SPI and optionally DIR (do), or all, or
 * those of DST, SPI, DIR where given (dump)
 */
int espgw_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_sa_get_start(struct netlink_callback *cb);
int espgw_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* delete all security associations, or those of DIR */
int espgw_nl_sa_flush_doit(struct sk_buff *skb, struct genl_info *info);

/* add a policy */
int espgw_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info);

/* add a policy, or replace the one of the same priority, device and selector */
int espgw_nl_policy_replace_doit(struct sk_buff *skb, struct genl_info *info);

/* delete a policy by priority, device and selector */
int espgw_nl_policy_del_doit(struct sk_buff *skb, struct genl_info *info);

/* one policy, by priority, device and selector (do), or all (dump) */
int espgw_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_policy_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* delete all policies */
int espgw_nl_policy_flush_doit(struct sk_buff *skb, struct genl_info *info);

/*
 * one row of the path-MTU table, an outbound SA's, by SPI and DST (do), or all,
 * or those of SPI and DST where given (dump)
 */
int espgw_nl_pmtu_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_pmtu_get_start(struct netlink_callback *cb);
int espgw_nl_pmtu_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/*
 * set a path MTU by hand: SPI, DST, MTU, [LOCK], [AGE_S]; or bound it: SPI,
 * DST, MTU, BOUND
 */
int espgw_nl_pmtu_set_doit(struct sk_buff *skb, struct genl_info *info);

/* forget what was learned or set: SPI, DST */
int espgw_nl_pmtu_del_doit(struct sk_buff *skb, struct genl_info *info);

/* forget all that was learned or set */
int espgw_nl_pmtu_flush_doit(struct sk_buff *skb, struct genl_info *info);

/* the namespace's counters (do) */
int espgw_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);

/*
 * set the namespace's counters to zero, and those of virtual fragment
 * reassembly
 */
int espgw_nl_stats_reset_doit(struct sk_buff *skb, struct genl_info *info);

/* change how fragments are followed: IFINDEX, DIR, and what to change */
int espgw_nl_vfr_set_doit(struct sk_buff *skb, struct genl_info *info);

/*
 * how fragments are followed: on one device, one way, by IFINDEX and DIR (do),
 * or one row for each attached device and direction, of IFINDEX and DIR where
 * given (dump)
 */
int espgw_nl_vfr_get_doit(struct sk_buff *skb, struct genl_info *info);
int espgw_nl_vfr_get_start(struct netlink_callback *cb);
int espgw_nl_vfr_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* search the path MTU by probes now: SPI, DST, [ECHO] */
int espgw_nl_pmtu_probe_doit(struct sk_buff *skb, struct genl_info *info);

#endif
