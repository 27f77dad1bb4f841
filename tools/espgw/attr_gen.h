/* SPDX-License-Identifier: GPL-2.0 */
/* Generated from Documentation/netlink/specs/espgw.yaml by tools/gen/netlink: change that, and run "make generate" */
#ifndef ESPGW_ATTR_GEN_H
#define ESPGW_ATTR_GEN_H

/* The words of enums; a NULL ends each table. */
extern const struct espgw_choice espgw_dir_words[];
extern const struct espgw_choice espgw_df_words[];
extern const struct espgw_choice espgw_frag_words[];
extern const struct espgw_choice espgw_split_words[];
extern const struct espgw_choice espgw_inner_df_words[];
extern const struct espgw_choice espgw_sa_state_words[];
extern const struct espgw_choice espgw_sa_event_words[];
extern const struct espgw_choice espgw_action_words[];
extern const struct espgw_choice espgw_policy_event_words[];
extern const struct espgw_choice espgw_pmtu_source_words[];
extern const struct espgw_choice espgw_pmtu_event_words[];
extern const struct espgw_choice espgw_probe_words[];
extern const struct espgw_choice espgw_probing_words[];
extern const struct espgw_choice espgw_alert_kind_words[];
extern const struct espgw_choice espgw_vfr_mode_words[];
extern const struct espgw_choice espgw_vfr_event_words[];
extern const struct espgw_choice espgw_dev_event_words[];
extern const struct espgw_choice espgw_dev_state_words[];
extern const struct espgw_choice espgw_owner_words[];
extern const struct espgw_choice espgw_xfrm_mode_words[];
extern const struct espgw_choice espgw_xfrm_kind_words[];
extern const struct espgw_choice espgw_xfrm_reason_words[];
extern const struct espgw_choice espgw_explain_place_words[];
extern const struct espgw_choice espgw_explain_verdict_words[];
extern const struct espgw_choice espgw_explain_plan_words[];

extern const struct espgw_attr_set espgw_mtu_set;
extern const struct espgw_attr_set espgw_dev_set;
extern const struct espgw_attr_set espgw_default_set;
extern const struct espgw_attr_set espgw_limit_set;
extern const struct espgw_attr_set espgw_sa_stat_set;
extern const struct espgw_attr_set espgw_sa_set;
extern const struct espgw_attr_set espgw_policy_set;
extern const struct espgw_attr_set espgw_pmtu_set;
extern const struct espgw_attr_set espgw_stats_set;
extern const struct espgw_attr_set espgw_guard_set;
extern const struct espgw_attr_set espgw_xfrm_set;
extern const struct espgw_attr_set espgw_xfrm_row_set;
extern const struct espgw_attr_set espgw_acquire_set;
extern const struct espgw_attr_set espgw_alert_set;
extern const struct espgw_attr_set espgw_vfr_stat_set;
extern const struct espgw_attr_set espgw_vfr_set;
extern const struct espgw_attr_set espgw_xfrm_conn_set;
extern const struct espgw_attr_set espgw_explain_set;
extern const struct espgw_attr_set espgw_drop_set;

#endif
