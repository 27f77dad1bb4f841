// SPDX-License-Identifier: GPL-2.0
/* Generated from Documentation/netlink/specs/espgw.yaml by tools/gen/netlink: change that, and run "make generate" */
#include <linux/espgw.h>

#include "attr.h"

const struct espgw_choice espgw_dir_words[] = {
	{ "in", ESPGW_DIR_IN },
	{ "out", ESPGW_DIR_OUT },
	{ NULL, 0 },
};

const struct espgw_choice espgw_df_words[] = {
	{ "copy", ESPGW_DF_COPY },
	{ "set", ESPGW_DF_SET },
	{ "clear", ESPGW_DF_CLEAR },
	{ NULL, 0 },
};

const struct espgw_choice espgw_frag_words[] = {
	{ "before", ESPGW_FRAG_BEFORE },
	{ "after", ESPGW_FRAG_AFTER },
	{ "off", ESPGW_FRAG_OFF },
	{ NULL, 0 },
};

const struct espgw_choice espgw_split_words[] = {
	{ "equal", ESPGW_SPLIT_EQUAL },
	{ "max", ESPGW_SPLIT_MAX },
	{ "tcp", ESPGW_SPLIT_TCP },
	{ NULL, 0 },
};

const struct espgw_choice espgw_inner_df_words[] = {
	{ "honor", ESPGW_INNER_DF_HONOR },
	{ "clear", ESPGW_INNER_DF_CLEAR },
	{ NULL, 0 },
};

const struct espgw_choice espgw_sa_state_words[] = {
	{ "valid", ESPGW_SA_VALID },
	{ "expiring", ESPGW_SA_EXPIRING },
	{ "dead", ESPGW_SA_DEAD },
	{ NULL, 0 },
};

const struct espgw_choice espgw_sa_event_words[] = {
	{ "add", ESPGW_SA_EVENT_ADD },
	{ "replace", ESPGW_SA_EVENT_REPLACE },
	{ "set", ESPGW_SA_EVENT_SET },
	{ "del", ESPGW_SA_EVENT_DEL },
	{ "soft", ESPGW_SA_EVENT_SOFT },
	{ "hard", ESPGW_SA_EVENT_HARD },
	{ "seq", ESPGW_SA_EVENT_SEQ },
	{ "mapping", ESPGW_SA_EVENT_MAPPING },
	{ NULL, 0 },
};

const struct espgw_choice espgw_action_words[] = {
	{ "protect", ESPGW_ACTION_PROTECT },
	{ "bypass", ESPGW_ACTION_BYPASS },
	{ "discard", ESPGW_ACTION_DISCARD },
	{ NULL, 0 },
};

const struct espgw_choice espgw_policy_event_words[] = {
	{ "add", ESPGW_POLICY_EVENT_ADD },
	{ "replace", ESPGW_POLICY_EVENT_REPLACE },
	{ "del", ESPGW_POLICY_EVENT_DEL },
	{ NULL, 0 },
};

const struct espgw_choice espgw_pmtu_source_words[] = {
	{ "default", ESPGW_PMTU_DEFAULT },
	{ "device", ESPGW_PMTU_DEVICE },
	{ "icmp", ESPGW_PMTU_ICMP },
	{ "static", ESPGW_PMTU_STATIC },
	{ "probe", ESPGW_PMTU_PROBE },
	{ "mss", ESPGW_PMTU_MSS },
	{ NULL, 0 },
};

const struct espgw_choice espgw_pmtu_event_words[] = {
	{ "lowered", ESPGW_PMTU_EVENT_LOWERED },
	{ "raised", ESPGW_PMTU_EVENT_RAISED },
	{ "set", ESPGW_PMTU_EVENT_SET },
	{ "del", ESPGW_PMTU_EVENT_DEL },
	{ "expired", ESPGW_PMTU_EVENT_EXPIRED },
	{ "rerouted", ESPGW_PMTU_EVENT_REROUTED },
	{ "device", ESPGW_PMTU_EVENT_DEVICE },
	{ "probed", ESPGW_PMTU_EVENT_PROBED },
	{ "no-answer", ESPGW_PMTU_EVENT_NO_ANSWER },
	{ NULL, 0 },
};

const struct espgw_choice espgw_probe_words[] = {
	{ "off", ESPGW_PROBE_OFF },
	{ "on", ESPGW_PROBE_ON },
	{ "suspect", ESPGW_PROBE_SUSPECT },
	{ NULL, 0 },
};

const struct espgw_choice espgw_probing_words[] = {
	{ "off", ESPGW_PROBING_OFF },
	{ "waiting", ESPGW_PROBING_WAITING },
	{ "base", ESPGW_PROBING_BASE },
	{ "searching", ESPGW_PROBING_SEARCHING },
	{ "complete", ESPGW_PROBING_COMPLETE },
	{ "error", ESPGW_PROBING_ERROR },
	{ NULL, 0 },
};

const struct espgw_choice espgw_alert_kind_words[] = {
	{ "cleartext", ESPGW_ALERT_CLEARTEXT },
	{ "integrity", ESPGW_ALERT_INTEGRITY },
	{ "replay", ESPGW_ALERT_REPLAY },
	{ "seq", ESPGW_ALERT_SEQ },
	{ "recursive_routing", ESPGW_ALERT_RECURSIVE_ROUTING },
	{ "tiny_fragments", ESPGW_ALERT_TINY_FRAGMENTS },
	{ "no_upper_header", ESPGW_ALERT_NO_UPPER_HEADER },
	{ "invalid_frag_length", ESPGW_ALERT_INVALID_FRAG_LENGTH },
	{ "oversize_datagram", ESPGW_ALERT_OVERSIZE_DATAGRAM },
	{ "overlap_fragments", ESPGW_ALERT_OVERLAP_FRAGMENTS },
	{ "two_last_fragments", ESPGW_ALERT_TWO_LAST_FRAGMENTS },
	{ "too_many_fragments", ESPGW_ALERT_TOO_MANY_FRAGMENTS },
	{ "frag_table_overflow", ESPGW_ALERT_FRAG_TABLE_OVERFLOW },
	{ "guarded", ESPGW_ALERT_GUARDED },
	{ "nat", ESPGW_ALERT_NAT },
	{ NULL, 0 },
};

const struct espgw_choice espgw_vfr_mode_words[] = {
	{ "auto", ESPGW_VFR_AUTO },
	{ "off", ESPGW_VFR_OFF },
	{ "on", ESPGW_VFR_ON },
	{ NULL, 0 },
};

const struct espgw_choice espgw_vfr_event_words[] = {
	{ "enabled", ESPGW_VFR_EVENT_ENABLED },
	{ "disabled", ESPGW_VFR_EVENT_DISABLED },
	{ "set", ESPGW_VFR_EVENT_SET },
	{ NULL, 0 },
};

const struct espgw_choice espgw_dev_event_words[] = {
	{ "attach", ESPGW_DEV_EVENT_ATTACH },
	{ "detach", ESPGW_DEV_EVENT_DETACH },
	{ "set", ESPGW_DEV_EVENT_SET },
	{ "loss", ESPGW_DEV_EVENT_LOSS },
	{ "return", ESPGW_DEV_EVENT_RETURN },
	{ NULL, 0 },
};

const struct espgw_choice espgw_dev_state_words[] = {
	{ "attached", ESPGW_DEV_STATE_ATTACHED },
	{ "waiting", ESPGW_DEV_STATE_WAITING },
	{ NULL, 0 },
};

const struct espgw_choice espgw_owner_words[] = {
	{ "hand", ESPGW_OWNER_HAND },
	{ "xfrm", ESPGW_OWNER_XFRM },
	{ NULL, 0 },
};

const struct espgw_choice espgw_xfrm_mode_words[] = {
	{ "any", ESPGW_XFRM_MODE_ANY },
	{ "interface", ESPGW_XFRM_MODE_INTERFACE },
	{ "policy", ESPGW_XFRM_MODE_POLICY },
	{ NULL, 0 },
};

const struct espgw_choice espgw_xfrm_kind_words[] = {
	{ "state", ESPGW_XFRM_KIND_STATE },
	{ "policy", ESPGW_XFRM_KIND_POLICY },
	{ NULL, 0 },
};

const struct espgw_choice espgw_xfrm_reason_words[] = {
	{ "none", ESPGW_XFRM_REASON_NONE },
	{ "waiting", ESPGW_XFRM_REASON_WAITING },
	{ "not-asked", ESPGW_XFRM_REASON_NOT_ASKED },
	{ "no-policy", ESPGW_XFRM_REASON_NO_POLICY },
	{ "protocol", ESPGW_XFRM_REASON_PROTOCOL },
	{ "transport", ESPGW_XFRM_REASON_TRANSPORT },
	{ "several", ESPGW_XFRM_REASON_SEVERAL },
	{ "offload", ESPGW_XFRM_REASON_OFFLOAD },
	{ "gro", ESPGW_XFRM_REASON_GRO },
	{ "per-cpu", ESPGW_XFRM_REASON_PER_CPU },
	{ "mark", ESPGW_XFRM_REASON_MARK },
	{ "encap", ESPGW_XFRM_REASON_ENCAP },
	{ "algorithm", ESPGW_XFRM_REASON_ALGORITHM },
	{ "zero-key", ESPGW_XFRM_REASON_ZERO_KEY },
	{ "address", ESPGW_XFRM_REASON_ADDRESS },
	{ "device", ESPGW_XFRM_REASON_DEVICE },
	{ "selector", ESPGW_XFRM_REASON_SELECTOR },
	{ "name-taken", ESPGW_XFRM_REASON_NAME_TAKEN },
	{ "memory", ESPGW_XFRM_REASON_MEMORY },
	{ "dead", ESPGW_XFRM_REASON_DEAD },
	{ "window", ESPGW_XFRM_REASON_WINDOW },
	{ "option", ESPGW_XFRM_REASON_OPTION },
	{ "preceded", ESPGW_XFRM_REASON_PRECEDED },
	{ NULL, 0 },
};

const struct espgw_choice espgw_explain_place_words[] = {
	{ "other", ESPGW_EXPLAIN_PLACE_OTHER },
	{ "attached", ESPGW_EXPLAIN_PLACE_ATTACHED },
	{ "watched", ESPGW_EXPLAIN_PLACE_WATCHED },
	{ NULL, 0 },
};

const struct espgw_choice espgw_explain_verdict_words[] = {
	{ "pass", ESPGW_EXPLAIN_VERDICT_PASS },
	{ "encrypt", ESPGW_EXPLAIN_VERDICT_ENCRYPT },
	{ "drop", ESPGW_EXPLAIN_VERDICT_DROP },
	{ "xfrm", ESPGW_EXPLAIN_VERDICT_XFRM },
	{ NULL, 0 },
};

const struct espgw_choice espgw_explain_plan_words[] = {
	{ "encrypt", ESPGW_EXPLAIN_PLAN_ENCRYPT },
	{ "before", ESPGW_EXPLAIN_PLAN_BEFORE },
	{ "after", ESPGW_EXPLAIN_PLAN_AFTER },
	{ "whole", ESPGW_EXPLAIN_PLAN_WHOLE },
	{ "segments", ESPGW_EXPLAIN_PLAN_SEGMENTS },
	{ "drop", ESPGW_EXPLAIN_PLAN_DROP },
	{ NULL, 0 },
};

static const struct espgw_attr mtu_attrs[] = {
	[ESPGW_MTU_A_DF] = { .name = "df", .key = "df", .type = ESPGW_T_U8, .words = espgw_df_words },
	[ESPGW_MTU_A_FRAG] = { .name = "frag", .key = "frag", .type = ESPGW_T_U8, .words = espgw_frag_words },
	[ESPGW_MTU_A_SPLIT] = { .name = "split", .key = "split", .type = ESPGW_T_U8, .words = espgw_split_words },
	[ESPGW_MTU_A_INNER_DF] = { .name = "inner-df", .key = "inner_df", .type = ESPGW_T_U8, .words = espgw_inner_df_words },
	[ESPGW_MTU_A_ICMP_ANSWER] = { .name = "icmp-answer", .key = "icmp_answer", .type = ESPGW_T_U8 },
	[ESPGW_MTU_A_MTU_CAP] = { .name = "mtu-cap", .key = "mtu_cap", .type = ESPGW_T_U32 },
	[ESPGW_MTU_A_MIN_PMTU] = { .name = "min-pmtu", .key = "min_pmtu", .type = ESPGW_T_U32 },
	[ESPGW_MTU_A_PMTU_AGE] = { .name = "pmtu-age", .key = "pmtu_age", .type = ESPGW_T_U32 },
	[ESPGW_MTU_A_PMTU_LEARN] = { .name = "pmtu-learn", .key = "pmtu_learn", .type = ESPGW_T_U8 },
	[ESPGW_MTU_A_MSS] = { .name = "mss", .key = "mss", .type = ESPGW_T_U32 },
	[ESPGW_MTU_A_PROBE] = { .name = "probe", .key = "probe", .type = ESPGW_T_U8, .words = espgw_probe_words },
	[ESPGW_MTU_A_INHERIT] = { .name = "inherit", .key = "inherit", .type = ESPGW_T_U32 },
};
const struct espgw_attr_set espgw_mtu_set = { mtu_attrs, MNL_ARRAY_SIZE(mtu_attrs) - 1 };

static const struct espgw_attr dev_attrs[] = {
	[ESPGW_DEV_A_IFINDEX] = { .name = "dev", .key = "ifindex", .type = ESPGW_T_U32 },
	[ESPGW_DEV_A_IFNAME] = { .name = "ifname", .key = "dev", .type = ESPGW_T_STRING },
	[ESPGW_DEV_A_MTU] = { .name = "MTU policy", .key = "mtu", .type = ESPGW_T_NEST, .nest = &espgw_mtu_set },
	[ESPGW_DEV_A_DEV_MTU] = { .name = "dev_mtu", .key = "dev_mtu", .type = ESPGW_T_U32 },
	[ESPGW_DEV_A_EVENT] = { .name = "event", .key = "event", .type = ESPGW_T_U8, .words = espgw_dev_event_words },
	[ESPGW_DEV_A_STATE] = { .name = "state", .key = "state", .type = ESPGW_T_U8, .words = espgw_dev_state_words },
	[ESPGW_DEV_A_PATTERN] = { .name = "pattern", .key = "pattern", .type = ESPGW_T_STRING },
	[ESPGW_DEV_A_MTU_FOLLOW] = { .name = "mtu-follow", .key = "mtu_follow", .type = ESPGW_T_U8 },
	[ESPGW_DEV_A_GUARDED] = { .name = "guarded", .key = "guarded", .type = ESPGW_T_FLAG },
};
const struct espgw_attr_set espgw_dev_set = { dev_attrs, MNL_ARRAY_SIZE(dev_attrs) - 1 };

static const struct espgw_attr default_attrs[] = {
	[ESPGW_DEFAULT_A_MTU] = { .name = "MTU policy", .key = "mtu", .type = ESPGW_T_NEST, .nest = &espgw_mtu_set },
	[ESPGW_DEFAULT_A_EVENT] = { .name = "event", .key = "event", .type = ESPGW_T_U8, .words = espgw_dev_event_words },
};
const struct espgw_attr_set espgw_default_set = { default_attrs, MNL_ARRAY_SIZE(default_attrs) - 1 };

static const struct espgw_attr limit_attrs[] = {
	[ESPGW_LIMIT_A_SOFT_BYTES] = { .name = "limit soft bytes", .key = "soft_bytes", .type = ESPGW_T_U64 },
	[ESPGW_LIMIT_A_HARD_BYTES] = { .name = "limit hard bytes", .key = "hard_bytes", .type = ESPGW_T_U64 },
	[ESPGW_LIMIT_A_SOFT_PACKETS] = { .name = "limit soft packets", .key = "soft_packets", .type = ESPGW_T_U64 },
	[ESPGW_LIMIT_A_HARD_PACKETS] = { .name = "limit hard packets", .key = "hard_packets", .type = ESPGW_T_U64 },
	[ESPGW_LIMIT_A_SOFT_SECONDS] = { .name = "limit soft seconds", .key = "soft_seconds", .type = ESPGW_T_U64 },
	[ESPGW_LIMIT_A_HARD_SECONDS] = { .name = "limit hard seconds", .key = "hard_seconds", .type = ESPGW_T_U64 },
	[ESPGW_LIMIT_A_PAD] = { .type = ESPGW_T_NONE },
};
const struct espgw_attr_set espgw_limit_set = { limit_attrs, MNL_ARRAY_SIZE(limit_attrs) - 1 };

static const struct espgw_attr sa_stat_attrs[] = {
	[ESPGW_SA_STAT_A_PACKETS] = { .name = "packets", .key = "packets", .type = ESPGW_T_U64 },
	[ESPGW_SA_STAT_A_BYTES] = { .name = "bytes", .key = "bytes", .type = ESPGW_T_U64 },
	[ESPGW_SA_STAT_A_REPLAY] = { .name = "replay", .key = "replay", .type = ESPGW_T_U64 },
	[ESPGW_SA_STAT_A_INTEGRITY] = { .name = "integrity", .key = "integrity", .type = ESPGW_T_U64 },
	[ESPGW_SA_STAT_A_DROPPED] = { .name = "dropped", .key = "dropped", .type = ESPGW_T_U64 },
	[ESPGW_SA_STAT_A_PREFRAG] = { .name = "prefrag", .key = "prefrag", .type = ESPGW_T_U64 },
	[ESPGW_SA_STAT_A_POSTFRAG] = { .name = "postfrag", .key = "postfrag", .type = ESPGW_T_U64 },
	[ESPGW_SA_STAT_A_TOO_BIG] = { .name = "too_big", .key = "too_big", .type = ESPGW_T_U64 },
	[ESPGW_SA_STAT_A_ANSWERED] = { .name = "answered", .key = "answered", .type = ESPGW_T_U64 },
	[ESPGW_SA_STAT_A_DF_OVERRIDDEN] = { .name = "df_overridden", .key = "df_overridden", .type = ESPGW_T_U64 },
	[ESPGW_SA_STAT_A_PAD] = { .type = ESPGW_T_NONE },
};
const struct espgw_attr_set espgw_sa_stat_set = { sa_stat_attrs, MNL_ARRAY_SIZE(sa_stat_attrs) - 1 };

static const struct espgw_attr sa_attrs[] = {
	[ESPGW_SA_A_DIR] = { .name = "dir", .key = "dir", .type = ESPGW_T_U8, .words = espgw_dir_words },
	[ESPGW_SA_A_SRC] = { .name = "src", .key = "src", .type = ESPGW_T_ADDR },
	[ESPGW_SA_A_DST] = { .name = "dst", .key = "dst", .type = ESPGW_T_ADDR },
	[ESPGW_SA_A_SPI] = { .name = "spi", .key = "spi", .type = ESPGW_T_BE32 },
	[ESPGW_SA_A_REQID] = { .name = "reqid", .key = "reqid", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_AEAD] = { .name = "aead", .key = "aead", .type = ESPGW_T_STRING },
	[ESPGW_SA_A_ENC] = { .name = "enc", .key = "enc", .type = ESPGW_T_STRING },
	[ESPGW_SA_A_AUTH] = { .name = "auth", .key = "auth", .type = ESPGW_T_STRING },
	[ESPGW_SA_A_KEY] = { .name = "key", .key = "key", .type = ESPGW_T_BYTES },
	[ESPGW_SA_A_AUTH_KEY] = { .name = "auth key", .key = "auth_key", .type = ESPGW_T_BYTES },
	[ESPGW_SA_A_ICV_BITS] = { .name = "ICV bits", .key = "icv_bits", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_ESN] = { .name = "esn", .key = "esn", .type = ESPGW_T_FLAG },
	[ESPGW_SA_A_REPLAY_WINDOW] = { .name = "replay-window", .key = "replay_window", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_SEQ] = { .name = "seq", .key = "seq", .type = ESPGW_T_U64 },
	[ESPGW_SA_A_ENCAP_SPORT] = { .name = "encap source port", .key = "encap_sport", .type = ESPGW_T_BE16 },
	[ESPGW_SA_A_ENCAP_DPORT] = { .name = "encap destination port", .key = "encap_dport", .type = ESPGW_T_BE16 },
	[ESPGW_SA_A_CLASS] = { .name = "class", .key = "class", .type = ESPGW_T_U64 },
	[ESPGW_SA_A_MARK] = { .name = "mark", .key = "mark", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_MARK_MASK] = { .name = "mark mask", .key = "mark_mask", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_DSCP] = { .name = "dscp", .key = "dscp", .type = ESPGW_T_U8 },
	[ESPGW_SA_A_ECN] = { .name = "ecn", .key = "ecn", .type = ESPGW_T_U8 },
	[ESPGW_SA_A_TTL] = { .name = "ttl", .key = "ttl", .type = ESPGW_T_U8 },
	[ESPGW_SA_A_TFC] = { .name = "tfc", .key = "tfc", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_LIMIT] = { .name = "limit", .key = "limit", .type = ESPGW_T_NEST, .nest = &espgw_limit_set },
	[ESPGW_SA_A_MTU] = { .name = "MTU policy", .key = "mtu", .type = ESPGW_T_NEST, .nest = &espgw_mtu_set },
	[ESPGW_SA_A_SHOW_KEYS] = { .name = "keys", .key = "show_keys", .type = ESPGW_T_FLAG },
	[ESPGW_SA_A_STATE] = { .name = "state", .key = "state", .type = ESPGW_T_U8, .words = espgw_sa_state_words },
	[ESPGW_SA_A_AGE_S] = { .name = "age_s", .key = "age_s", .type = ESPGW_T_U64 },
	[ESPGW_SA_A_PMTU] = { .name = "pmtu", .key = "pmtu", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_INNER_MTU] = { .name = "inner_mtu", .key = "inner_mtu", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_STATS] = { .name = "stats", .key = "stats", .type = ESPGW_T_NEST, .nest = &espgw_sa_stat_set },
	[ESPGW_SA_A_EVENT] = { .name = "event", .key = "event", .type = ESPGW_T_U8, .words = espgw_sa_event_words },
	[ESPGW_SA_A_KEEPALIVE] = { .name = "keepalive", .key = "keepalive", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_PEER] = { .name = "peer", .key = "peer", .type = ESPGW_T_ADDR },
	[ESPGW_SA_A_PEER_PORT] = { .name = "peer_port", .key = "peer_port", .type = ESPGW_T_BE16 },
	[ESPGW_SA_A_PAD] = { .type = ESPGW_T_NONE },
	[ESPGW_SA_A_INHERIT] = { .name = "inherit", .key = "inherit", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_OWNER] = { .name = "owner", .key = "owner", .type = ESPGW_T_U8, .words = espgw_owner_words },
	[ESPGW_SA_A_LAST_S] = { .name = "last_s", .key = "last_s", .type = ESPGW_T_U32 },
	[ESPGW_SA_A_NAME] = { .name = "name", .key = "name", .type = ESPGW_T_STRING },
	[ESPGW_SA_A_COMMENT] = { .name = "comment", .key = "comment", .type = ESPGW_T_STRING },
};
const struct espgw_attr_set espgw_sa_set = { sa_attrs, MNL_ARRAY_SIZE(sa_attrs) - 1 };

static const struct espgw_attr policy_attrs[] = {
	[ESPGW_POLICY_A_PRIO] = { .name = "prio", .key = "prio", .type = ESPGW_T_U32 },
	[ESPGW_POLICY_A_IFINDEX] = { .name = "dev", .key = "ifindex", .type = ESPGW_T_U32 },
	[ESPGW_POLICY_A_IFNAME] = { .name = "ifname", .key = "dev", .type = ESPGW_T_STRING },
	[ESPGW_POLICY_A_SRC] = { .name = "src", .key = "src", .type = ESPGW_T_ADDR },
	[ESPGW_POLICY_A_SRC_LEN] = { .name = "src prefix length", .key = "src_len", .type = ESPGW_T_U8 },
	[ESPGW_POLICY_A_DST] = { .name = "dst", .key = "dst", .type = ESPGW_T_ADDR },
	[ESPGW_POLICY_A_DST_LEN] = { .name = "dst prefix length", .key = "dst_len", .type = ESPGW_T_U8 },
	[ESPGW_POLICY_A_PROTO] = { .name = "proto", .key = "proto", .type = ESPGW_T_U8 },
	[ESPGW_POLICY_A_SPORT_MIN] = { .name = "sport", .key = "sport_min", .type = ESPGW_T_U16 },
	[ESPGW_POLICY_A_SPORT_MAX] = { .name = "sport", .key = "sport_max", .type = ESPGW_T_U16 },
	[ESPGW_POLICY_A_DPORT_MIN] = { .name = "dport", .key = "dport_min", .type = ESPGW_T_U16 },
	[ESPGW_POLICY_A_DPORT_MAX] = { .name = "dport", .key = "dport_max", .type = ESPGW_T_U16 },
	[ESPGW_POLICY_A_DSCP] = { .name = "dscp", .key = "dscp", .type = ESPGW_T_U8 },
	[ESPGW_POLICY_A_ACTION] = { .name = "action", .key = "action", .type = ESPGW_T_U8, .words = espgw_action_words },
	[ESPGW_POLICY_A_REQID] = { .name = "protect reqid", .key = "reqid", .type = ESPGW_T_U32 },
	[ESPGW_POLICY_A_TUNNEL_SRC] = { .name = "protect src", .key = "tunnel_src", .type = ESPGW_T_ADDR },
	[ESPGW_POLICY_A_TUNNEL_DST] = { .name = "protect dst", .key = "tunnel_dst", .type = ESPGW_T_ADDR },
	[ESPGW_POLICY_A_PACKETS] = { .name = "packets", .key = "packets", .type = ESPGW_T_U64 },
	[ESPGW_POLICY_A_BYTES] = { .name = "bytes", .key = "bytes", .type = ESPGW_T_U64 },
	[ESPGW_POLICY_A_EVENT] = { .name = "event", .key = "event", .type = ESPGW_T_U8, .words = espgw_policy_event_words },
	[ESPGW_POLICY_A_PAD] = { .type = ESPGW_T_NONE },
	[ESPGW_POLICY_A_MARK] = { .name = "mark", .key = "mark", .type = ESPGW_T_U32 },
	[ESPGW_POLICY_A_MARK_MASK] = { .name = "mark mask", .key = "mark_mask", .type = ESPGW_T_U32 },
	[ESPGW_POLICY_A_OWNER] = { .name = "owner", .key = "owner", .type = ESPGW_T_U8, .words = espgw_owner_words },
	[ESPGW_POLICY_A_SPI] = { .name = "spi", .key = "spi", .type = ESPGW_T_BE32 },
	[ESPGW_POLICY_A_NAME] = { .name = "name", .key = "name", .type = ESPGW_T_STRING },
	[ESPGW_POLICY_A_COMMENT] = { .name = "comment", .key = "comment", .type = ESPGW_T_STRING },
};
const struct espgw_attr_set espgw_policy_set = { policy_attrs, MNL_ARRAY_SIZE(policy_attrs) - 1 };

static const struct espgw_attr pmtu_attrs[] = {
	[ESPGW_PMTU_A_SPI] = { .name = "spi", .key = "spi", .type = ESPGW_T_BE32 },
	[ESPGW_PMTU_A_DST] = { .name = "dst", .key = "dst", .type = ESPGW_T_ADDR },
	[ESPGW_PMTU_A_SRC] = { .name = "src", .key = "src", .type = ESPGW_T_ADDR },
	[ESPGW_PMTU_A_REQID] = { .name = "reqid", .key = "reqid", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_PMTU] = { .name = "pmtu", .key = "pmtu", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_INNER_MTU] = { .name = "inner_mtu", .key = "inner_mtu", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_SOURCE] = { .name = "source", .key = "source", .type = ESPGW_T_U8, .words = espgw_pmtu_source_words },
	[ESPGW_PMTU_A_EXPIRES_S] = { .name = "expires_s", .key = "expires_s", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_LEARNED_S] = { .name = "learned_s", .key = "learned_s", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_LOCKED] = { .name = "locked", .key = "locked", .type = ESPGW_T_U8 },
	[ESPGW_PMTU_A_FLOOR] = { .name = "floor", .key = "floor", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_CAP] = { .name = "cap", .key = "cap", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_ACCEPTED] = { .name = "accepted", .key = "accepted", .type = ESPGW_T_U64 },
	[ESPGW_PMTU_A_REJECTED] = { .name = "rejected", .key = "rejected", .type = ESPGW_T_U64 },
	[ESPGW_PMTU_A_MTU] = { .name = "mtu", .key = "mtu", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_LOCK] = { .name = "lock", .key = "lock", .type = ESPGW_T_FLAG },
	[ESPGW_PMTU_A_AGE_S] = { .name = "age", .key = "age_s", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_EVENT] = { .name = "event", .key = "event", .type = ESPGW_T_U8, .words = espgw_pmtu_event_words },
	[ESPGW_PMTU_A_ECHO] = { .name = "echo", .key = "echo", .type = ESPGW_T_ADDR },
	[ESPGW_PMTU_A_PROBE_STATE] = { .name = "probe_state", .key = "probe_state", .type = ESPGW_T_U8, .words = espgw_probing_words },
	[ESPGW_PMTU_A_PROBE_SIZE] = { .name = "probe_size", .key = "probe_size", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_PROBE_CONFIRMED] = { .name = "probe_confirmed", .key = "probe_confirmed", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_PROBE_FAILED] = { .name = "probe_failed", .key = "probe_failed", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_PROBES_SENT] = { .name = "probes_sent", .key = "probes_sent", .type = ESPGW_T_U64 },
	[ESPGW_PMTU_A_PROBES_ANSWERED] = { .name = "probes_answered", .key = "probes_answered", .type = ESPGW_T_U64 },
	[ESPGW_PMTU_A_PROBES_LOST] = { .name = "probes_lost", .key = "probes_lost", .type = ESPGW_T_U64 },
	[ESPGW_PMTU_A_BLACK_HOLES] = { .name = "black_holes", .key = "black_holes", .type = ESPGW_T_U64 },
	[ESPGW_PMTU_A_RAISED_BY] = { .name = "raised_by", .key = "raised_by", .type = ESPGW_T_U8, .words = espgw_pmtu_source_words },
	[ESPGW_PMTU_A_RAISED_S] = { .name = "raised_s", .key = "raised_s", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_LOWERED_BY] = { .name = "lowered_by", .key = "lowered_by", .type = ESPGW_T_U8, .words = espgw_pmtu_source_words },
	[ESPGW_PMTU_A_LOWERED_S] = { .name = "lowered_s", .key = "lowered_s", .type = ESPGW_T_U32 },
	[ESPGW_PMTU_A_BOUND] = { .name = "bound", .key = "bound", .type = ESPGW_T_FLAG },
	[ESPGW_PMTU_A_PAD] = { .type = ESPGW_T_NONE },
	[ESPGW_PMTU_A_OWNER] = { .name = "owner", .key = "owner", .type = ESPGW_T_U8, .words = espgw_owner_words },
	[ESPGW_PMTU_A_NAME] = { .name = "name", .key = "name", .type = ESPGW_T_STRING },
};
const struct espgw_attr_set espgw_pmtu_set = { pmtu_attrs, MNL_ARRAY_SIZE(pmtu_attrs) - 1 };

static const struct espgw_attr stats_attrs[] = {
	[ESPGW_STATS_A_OUT_PACKETS] = { .name = "out_packets", .key = "out_packets", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_BYTES] = { .name = "out_bytes", .key = "out_bytes", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_IN_PACKETS] = { .name = "in_packets", .key = "in_packets", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_IN_BYTES] = { .name = "in_bytes", .key = "in_bytes", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_BYPASS] = { .name = "out_bypass", .key = "out_bypass", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_NO_POLICY] = { .name = "out_no_policy", .key = "out_no_policy", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_PREFRAG] = { .name = "out_prefrag", .key = "out_prefrag", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_PREFRAG_PIECES] = { .name = "out_prefrag_pieces", .key = "out_prefrag_pieces", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_POSTFRAG] = { .name = "out_postfrag", .key = "out_postfrag", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_GSO] = { .name = "out_gso", .key = "out_gso", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_TCP_SPLIT] = { .name = "out_tcp_split", .key = "out_tcp_split", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_MSS_ADJUSTED] = { .name = "mss_adjusted", .key = "mss_adjusted", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_DF_OVERRIDDEN] = { .name = "out_df_overridden", .key = "out_df_overridden", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_ASYNC] = { .name = "out_async", .key = "out_async", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_IN_ASYNC] = { .name = "in_async", .key = "in_async", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_IN_REASSEMBLED] = { .name = "in_reassembled", .key = "in_reassembled", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_IN_GRO] = { .name = "in_gro", .key = "in_gro", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_IN_DUMMY] = { .name = "in_dummy", .key = "in_dummy", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_ICMP_ANSWERED] = { .name = "icmp_answered", .key = "icmp_answered", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_ICMP_SUPPRESSED] = { .name = "icmp_suppressed", .key = "icmp_suppressed", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_ICMP_RELAYED] = { .name = "icmp_relayed", .key = "icmp_relayed", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_ACQUIRE] = { .name = "acquire", .key = "acquire", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_DISCARD] = { .name = "drop_out_discard", .key = "drop_out_discard", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_NO_SA] = { .name = "drop_out_no_sa", .key = "drop_out_no_sa", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_NO_ROUTE] = { .name = "drop_out_no_route", .key = "drop_out_no_route", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_TOO_BIG] = { .name = "drop_out_too_big", .key = "drop_out_too_big", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_SEQ] = { .name = "drop_out_seq", .key = "drop_out_seq", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_LIMIT] = { .name = "drop_out_limit", .key = "drop_out_limit", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_NOMEM] = { .name = "drop_out_nomem", .key = "drop_out_nomem", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_CRYPTO] = { .name = "drop_out_crypto", .key = "drop_out_crypto", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_MALFORMED] = { .name = "drop_out_malformed", .key = "drop_out_malformed", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_FRAG_PORTS] = { .name = "drop_out_frag_ports", .key = "drop_out_frag_ports", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_FRAGMENT] = { .name = "drop_out_fragment", .key = "drop_out_fragment", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_LOOP] = { .name = "drop_out_loop", .key = "drop_out_loop", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_HELD] = { .name = "drop_out_held", .key = "drop_out_held", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_CLEARTEXT] = { .name = "drop_in_cleartext", .key = "drop_in_cleartext", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_DISCARD] = { .name = "drop_in_discard", .key = "drop_in_discard", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_FRAG_PORTS] = { .name = "drop_in_frag_ports", .key = "drop_in_frag_ports", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_REPLAY] = { .name = "drop_in_replay", .key = "drop_in_replay", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_INTEGRITY] = { .name = "drop_in_integrity", .key = "drop_in_integrity", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_LENGTH] = { .name = "drop_in_length", .key = "drop_in_length", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_PADDING] = { .name = "drop_in_padding", .key = "drop_in_padding", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_NEXT_HEADER] = { .name = "drop_in_next_header", .key = "drop_in_next_header", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_INNER] = { .name = "drop_in_inner", .key = "drop_in_inner", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_ECN] = { .name = "drop_in_ecn", .key = "drop_in_ecn", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_SELECTOR] = { .name = "drop_in_selector", .key = "drop_in_selector", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_SRC] = { .name = "drop_in_src", .key = "drop_in_src", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_DEAD] = { .name = "drop_in_dead", .key = "drop_in_dead", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_LIMIT] = { .name = "drop_in_limit", .key = "drop_in_limit", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_NOMEM] = { .name = "drop_in_nomem", .key = "drop_in_nomem", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_BACKLOG] = { .name = "drop_in_backlog", .key = "drop_in_backlog", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_CRYPTO] = { .name = "drop_in_crypto", .key = "drop_in_crypto", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_GSO] = { .name = "drop_in_gso", .key = "drop_in_gso", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_MALFORMED] = { .name = "drop_in_malformed", .key = "drop_in_malformed", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_REASSEMBLY] = { .name = "drop_in_reassembly", .key = "drop_in_reassembly", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_ACCEPTED] = { .name = "pmtu_accepted", .key = "pmtu_accepted", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_HINT] = { .name = "pmtu_hint", .key = "pmtu_hint", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_CHECKSUM] = { .name = "pmtu_rej_checksum", .key = "pmtu_rej_checksum", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_TRUNCATED] = { .name = "pmtu_rej_truncated", .key = "pmtu_rej_truncated", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_SPI] = { .name = "pmtu_rej_spi", .key = "pmtu_rej_spi", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_SEQ] = { .name = "pmtu_rej_seq", .key = "pmtu_rej_seq", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_DF] = { .name = "pmtu_rej_df", .key = "pmtu_rej_df", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_LENGTH] = { .name = "pmtu_rej_length", .key = "pmtu_rej_length", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_NOT_SENT] = { .name = "pmtu_rej_not_sent", .key = "pmtu_rej_not_sent", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_NOT_LOWER] = { .name = "pmtu_rej_not_lower", .key = "pmtu_rej_not_lower", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_STALE] = { .name = "pmtu_rej_stale", .key = "pmtu_rej_stale", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_LOCKED] = { .name = "pmtu_rej_locked", .key = "pmtu_rej_locked", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_TOO_SMALL] = { .name = "pmtu_rej_too_small", .key = "pmtu_rej_too_small", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_RATE] = { .name = "pmtu_rej_rate", .key = "pmtu_rej_rate", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PMTU_REJ_OFF] = { .name = "pmtu_rej_off", .key = "pmtu_rej_off", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_KEEPALIVE] = { .name = "out_keepalive", .key = "out_keepalive", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_IN_KEEPALIVE] = { .name = "in_keepalive", .key = "in_keepalive", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_IN_MAPPING] = { .name = "in_mapping", .key = "in_mapping", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_VFR] = { .name = "drop_out_vfr", .key = "drop_out_vfr", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_VFR] = { .name = "drop_in_vfr", .key = "drop_in_vfr", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_PROBE] = { .name = "out_probe", .key = "out_probe", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_IN_PROBE] = { .name = "in_probe", .key = "in_probe", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PROBE_LOST] = { .name = "probe_lost", .key = "probe_lost", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_BLACK_HOLE] = { .name = "black_hole", .key = "black_hole", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_PAD] = { .type = ESPGW_T_NONE },
	[ESPGW_STATS_A_DROP_IN_ND] = { .name = "drop_in_nd", .key = "drop_in_nd", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_UNREADABLE] = { .name = "drop_in_unreadable", .key = "drop_in_unreadable", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_UNREADABLE] = { .name = "drop_out_unreadable", .key = "drop_out_unreadable", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_EVENT_LOST] = { .name = "event_lost", .key = "event_lost", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_GUARDED] = { .name = "out_guarded", .key = "out_guarded", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_NAT] = { .name = "drop_out_nat", .key = "drop_out_nat", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_IN_GSO] = { .name = "in_gso", .key = "in_gso", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_IN_DEVICE] = { .name = "drop_in_device", .key = "drop_in_device", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_OUT_XFRM] = { .name = "out_xfrm", .key = "out_xfrm", .type = ESPGW_T_U64 },
	[ESPGW_STATS_A_DROP_OUT_ENCAP] = { .name = "drop_out_encap", .key = "drop_out_encap", .type = ESPGW_T_U64 },
};
const struct espgw_attr_set espgw_stats_set = { stats_attrs, MNL_ARRAY_SIZE(stats_attrs) - 1 };

static const struct espgw_attr guard_attrs[] = {
	[ESPGW_GUARD_A_ON] = { .name = "on", .key = "on", .type = ESPGW_T_U8 },
	[ESPGW_GUARD_A_DEVICES] = { .name = "devices", .key = "devices", .type = ESPGW_T_U32 },
};
const struct espgw_attr_set espgw_guard_set = { guard_attrs, MNL_ARRAY_SIZE(guard_attrs) - 1 };

static const struct espgw_attr xfrm_attrs[] = {
	[ESPGW_XFRM_A_ON] = { .name = "on", .key = "on", .type = ESPGW_T_U8 },
	[ESPGW_XFRM_A_MODE] = { .name = "mode", .key = "mode", .type = ESPGW_T_U8, .words = espgw_xfrm_mode_words },
	[ESPGW_XFRM_A_IF_ID] = { .name = "if-id", .key = "if_id", .type = ESPGW_T_U32 },
	[ESPGW_XFRM_A_DEFAULT] = { .name = "default", .key = "default", .type = ESPGW_T_FLAG },
	[ESPGW_XFRM_A_SAS] = { .name = "sas", .key = "sas", .type = ESPGW_T_U32 },
	[ESPGW_XFRM_A_POLICIES] = { .name = "policies", .key = "policies", .type = ESPGW_T_U32 },
};
const struct espgw_attr_set espgw_xfrm_set = { xfrm_attrs, MNL_ARRAY_SIZE(xfrm_attrs) - 1 };

static const struct espgw_attr xfrm_row_attrs[] = {
	[ESPGW_XFRM_ROW_A_KIND] = { .name = "kind", .key = "kind", .type = ESPGW_T_U8, .words = espgw_xfrm_kind_words },
	[ESPGW_XFRM_ROW_A_REASON] = { .name = "reason", .key = "reason", .type = ESPGW_T_U8, .words = espgw_xfrm_reason_words },
	[ESPGW_XFRM_ROW_A_DIR] = { .name = "dir", .key = "dir", .type = ESPGW_T_U8, .words = espgw_dir_words },
	[ESPGW_XFRM_ROW_A_SRC] = { .name = "src", .key = "src", .type = ESPGW_T_ADDR },
	[ESPGW_XFRM_ROW_A_SRC_LEN] = { .name = "src_len", .key = "src_len", .type = ESPGW_T_U8 },
	[ESPGW_XFRM_ROW_A_DST] = { .name = "dst", .key = "dst", .type = ESPGW_T_ADDR },
	[ESPGW_XFRM_ROW_A_DST_LEN] = { .name = "dst_len", .key = "dst_len", .type = ESPGW_T_U8 },
	[ESPGW_XFRM_ROW_A_SPI] = { .name = "spi", .key = "spi", .type = ESPGW_T_BE32 },
	[ESPGW_XFRM_ROW_A_REQID] = { .name = "reqid", .key = "reqid", .type = ESPGW_T_U32 },
	[ESPGW_XFRM_ROW_A_IF_ID] = { .name = "if_id", .key = "if_id", .type = ESPGW_T_U32 },
	[ESPGW_XFRM_ROW_A_IFNAME] = { .name = "dev", .key = "dev", .type = ESPGW_T_STRING },
	[ESPGW_XFRM_ROW_A_PRIO] = { .name = "prio", .key = "prio", .type = ESPGW_T_U32 },
	[ESPGW_XFRM_ROW_A_ACTION] = { .name = "action", .key = "action", .type = ESPGW_T_U8, .words = espgw_action_words },
	[ESPGW_XFRM_ROW_A_SEQ] = { .name = "seq", .key = "seq", .type = ESPGW_T_U64 },
	[ESPGW_XFRM_ROW_A_LEASE] = { .name = "lease", .key = "lease", .type = ESPGW_T_U64 },
	[ESPGW_XFRM_ROW_A_DELAY_US] = { .name = "delay_us", .key = "delay_us", .type = ESPGW_T_U32 },
	[ESPGW_XFRM_ROW_A_PAD] = { .type = ESPGW_T_NONE },
};
const struct espgw_attr_set espgw_xfrm_row_set = { xfrm_row_attrs, MNL_ARRAY_SIZE(xfrm_row_attrs) - 1 };

static const struct espgw_attr acquire_attrs[] = {
	[ESPGW_ACQUIRE_A_SRC] = { .name = "src", .key = "src", .type = ESPGW_T_ADDR },
	[ESPGW_ACQUIRE_A_DST] = { .name = "dst", .key = "dst", .type = ESPGW_T_ADDR },
	[ESPGW_ACQUIRE_A_PROTO] = { .name = "proto", .key = "proto", .type = ESPGW_T_U8 },
	[ESPGW_ACQUIRE_A_SPORT] = { .name = "sport", .key = "sport", .type = ESPGW_T_U16 },
	[ESPGW_ACQUIRE_A_DPORT] = { .name = "dport", .key = "dport", .type = ESPGW_T_U16 },
	[ESPGW_ACQUIRE_A_DSCP] = { .name = "dscp", .key = "dscp", .type = ESPGW_T_U8 },
	[ESPGW_ACQUIRE_A_REQID] = { .name = "reqid", .key = "reqid", .type = ESPGW_T_U32 },
	[ESPGW_ACQUIRE_A_TUNNEL_SRC] = { .name = "tunnel_src", .key = "tunnel_src", .type = ESPGW_T_ADDR },
	[ESPGW_ACQUIRE_A_TUNNEL_DST] = { .name = "tunnel_dst", .key = "tunnel_dst", .type = ESPGW_T_ADDR },
	[ESPGW_ACQUIRE_A_PRIO] = { .name = "prio", .key = "prio", .type = ESPGW_T_U32 },
	[ESPGW_ACQUIRE_A_NAME] = { .name = "name", .key = "name", .type = ESPGW_T_STRING },
};
const struct espgw_attr_set espgw_acquire_set = { acquire_attrs, MNL_ARRAY_SIZE(acquire_attrs) - 1 };

static const struct espgw_attr alert_attrs[] = {
	[ESPGW_ALERT_A_KIND] = { .name = "kind", .key = "kind", .type = ESPGW_T_U8, .words = espgw_alert_kind_words },
	[ESPGW_ALERT_A_SPI] = { .name = "spi", .key = "spi", .type = ESPGW_T_BE32 },
	[ESPGW_ALERT_A_SRC] = { .name = "src", .key = "src", .type = ESPGW_T_ADDR },
	[ESPGW_ALERT_A_DST] = { .name = "dst", .key = "dst", .type = ESPGW_T_ADDR },
	[ESPGW_ALERT_A_IFNAME] = { .name = "dev", .key = "dev", .type = ESPGW_T_STRING },
	[ESPGW_ALERT_A_DIR] = { .name = "dir", .key = "dir", .type = ESPGW_T_U8, .words = espgw_dir_words },
};
const struct espgw_attr_set espgw_alert_set = { alert_attrs, MNL_ARRAY_SIZE(alert_attrs) - 1 };

static const struct espgw_attr vfr_stat_attrs[] = {
	[ESPGW_VFR_STAT_A_REASS_FRAGS] = { .name = "reass_frags", .key = "reass_frags", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_REQDS] = { .name = "reass_reqds", .key = "reass_reqds", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_OKS] = { .name = "reass_oks", .key = "reass_oks", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_HELD] = { .name = "reass_held", .key = "reass_held", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_DROP] = { .name = "reass_drop", .key = "reass_drop", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_SOURCE_DROP] = { .name = "reass_source_drop", .key = "reass_source_drop", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_BYTES_DROP] = { .name = "reass_bytes_drop", .key = "reass_bytes_drop", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_TOO_MANY_FRAGS] = { .name = "reass_too_many_frags", .key = "reass_too_many_frags", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_TIMEOUT] = { .name = "reass_timeout", .key = "reass_timeout", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_TINY] = { .name = "reass_tiny", .key = "reass_tiny", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_NO_HEADER] = { .name = "reass_no_header", .key = "reass_no_header", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_LENGTH] = { .name = "reass_length", .key = "reass_length", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_OVERSIZE] = { .name = "reass_oversize", .key = "reass_oversize", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_OVERLAP] = { .name = "reass_overlap", .key = "reass_overlap", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_TWO_ENDS] = { .name = "reass_two_ends", .key = "reass_two_ends", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_DUPLICATE] = { .name = "reass_duplicate", .key = "reass_duplicate", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_DEAD] = { .name = "reass_dead", .key = "reass_dead", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_PURGED] = { .name = "reass_purged", .key = "reass_purged", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_REFUSED] = { .name = "reass_refused", .key = "reass_refused", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_REASS_NOMEM] = { .name = "reass_nomem", .key = "reass_nomem", .type = ESPGW_T_U64 },
	[ESPGW_VFR_STAT_A_PAD] = { .type = ESPGW_T_NONE },
};
const struct espgw_attr_set espgw_vfr_stat_set = { vfr_stat_attrs, MNL_ARRAY_SIZE(vfr_stat_attrs) - 1 };

static const struct espgw_attr vfr_attrs[] = {
	[ESPGW_VFR_A_IFINDEX] = { .name = "dev", .key = "ifindex", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_IFNAME] = { .name = "ifname", .key = "dev", .type = ESPGW_T_STRING },
	[ESPGW_VFR_A_DIR] = { .name = "dir", .key = "dir", .type = ESPGW_T_U8, .words = espgw_dir_words },
	[ESPGW_VFR_A_MODE] = { .name = "mode", .key = "mode", .type = ESPGW_T_U8, .words = espgw_vfr_mode_words },
	[ESPGW_VFR_A_MAX_REASSEMBLIES] = { .name = "max-reassemblies", .key = "max_reassemblies", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_MAX_FRAGMENTS] = { .name = "max-fragments", .key = "max_fragments", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_TIMEOUT_S] = { .name = "timeout", .key = "timeout_s", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_DROP_FRAGMENTS] = { .name = "drop-fragments", .key = "drop_fragments", .type = ESPGW_T_U8 },
	[ESPGW_VFR_A_MAX_BYTES] = { .name = "max-bytes", .key = "max_bytes", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_BY_HAND] = { .name = "by_hand", .key = "by_hand", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_ENABLED] = { .name = "enabled", .key = "enabled", .type = ESPGW_T_U8 },
	[ESPGW_VFR_A_USERS_PORTS] = { .name = "users_ports", .key = "users_ports", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_USERS_ESP] = { .name = "users_esp", .key = "users_esp", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_USERS_NATT] = { .name = "users_natt", .key = "users_natt", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_USERS_GRE] = { .name = "users_gre", .key = "users_gre", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_REASSEMBLIES] = { .name = "reassemblies", .key = "reassemblies", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_HELD] = { .name = "held", .key = "held", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_BYTES] = { .name = "bytes", .key = "bytes", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_STATS] = { .name = "stats", .key = "stats", .type = ESPGW_T_NEST, .nest = &espgw_vfr_stat_set },
	[ESPGW_VFR_A_EVENT] = { .name = "event", .key = "event", .type = ESPGW_T_U8, .words = espgw_vfr_event_words },
	[ESPGW_VFR_A_DEFAULT] = { .name = "default", .key = "default", .type = ESPGW_T_U32 },
	[ESPGW_VFR_A_USERS_ENDS] = { .name = "users_ends", .key = "users_ends", .type = ESPGW_T_U32 },
};
const struct espgw_attr_set espgw_vfr_set = { vfr_attrs, MNL_ARRAY_SIZE(vfr_attrs) - 1 };

static const struct espgw_attr xfrm_conn_attrs[] = {
	[ESPGW_XFRM_CONN_A_IF_ID] = { .name = "if-id", .key = "if_id", .type = ESPGW_T_U32 },
	[ESPGW_XFRM_CONN_A_REQID] = { .name = "reqid", .key = "reqid", .type = ESPGW_T_U32 },
	[ESPGW_XFRM_CONN_A_MTU] = { .name = "mtu", .key = "mtu", .type = ESPGW_T_NEST, .nest = &espgw_mtu_set },
	[ESPGW_XFRM_CONN_A_NAME] = { .name = "name", .key = "name", .type = ESPGW_T_STRING },
	[ESPGW_XFRM_CONN_A_COMMENT] = { .name = "comment", .key = "comment", .type = ESPGW_T_STRING },
};
const struct espgw_attr_set espgw_xfrm_conn_set = { xfrm_conn_attrs, MNL_ARRAY_SIZE(xfrm_conn_attrs) - 1 };

static const struct espgw_attr explain_attrs[] = {
	[ESPGW_EXPLAIN_A_DIR] = { .name = "dir", .key = "dir", .type = ESPGW_T_U8, .words = espgw_dir_words },
	[ESPGW_EXPLAIN_A_IFINDEX] = { .name = "dev", .key = "ifindex", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_IFNAME] = { .name = "ifname", .key = "dev", .type = ESPGW_T_STRING },
	[ESPGW_EXPLAIN_A_SRC] = { .name = "src", .key = "src", .type = ESPGW_T_ADDR },
	[ESPGW_EXPLAIN_A_DST] = { .name = "dst", .key = "dst", .type = ESPGW_T_ADDR },
	[ESPGW_EXPLAIN_A_PROTO] = { .name = "proto", .key = "proto", .type = ESPGW_T_U8 },
	[ESPGW_EXPLAIN_A_SPORT] = { .name = "sport", .key = "sport", .type = ESPGW_T_U16 },
	[ESPGW_EXPLAIN_A_DPORT] = { .name = "dport", .key = "dport", .type = ESPGW_T_U16 },
	[ESPGW_EXPLAIN_A_LEN] = { .name = "len", .key = "len", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_DF] = { .name = "df", .key = "df", .type = ESPGW_T_FLAG },
	[ESPGW_EXPLAIN_A_DSCP] = { .name = "dscp", .key = "dscp", .type = ESPGW_T_U8 },
	[ESPGW_EXPLAIN_A_MARK] = { .name = "mark", .key = "mark", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_SPI] = { .name = "spi", .key = "spi", .type = ESPGW_T_BE32 },
	[ESPGW_EXPLAIN_A_SA_DST] = { .name = "sa-dst", .key = "sa_dst", .type = ESPGW_T_ADDR },
	[ESPGW_EXPLAIN_A_PLACE] = { .name = "place", .key = "place", .type = ESPGW_T_U8, .words = espgw_explain_place_words },
	[ESPGW_EXPLAIN_A_POLICY] = { .name = "policy", .key = "policy", .type = ESPGW_T_NEST, .nest = &espgw_policy_set },
	[ESPGW_EXPLAIN_A_ADMIT] = { .name = "admit", .key = "admit", .type = ESPGW_T_U8, .words = espgw_explain_verdict_words },
	[ESPGW_EXPLAIN_A_REQID] = { .name = "reqid", .key = "reqid", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_STATE] = { .name = "state", .key = "state", .type = ESPGW_T_U8, .words = espgw_sa_state_words },
	[ESPGW_EXPLAIN_A_PATH_MTU] = { .name = "path_mtu", .key = "path_mtu", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_INNER_MTU] = { .name = "inner_mtu", .key = "inner_mtu", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_DEV_MTU] = { .name = "dev_mtu", .key = "dev_mtu", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_ROUTE_MTU] = { .name = "route_mtu", .key = "route_mtu", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_LEARNED] = { .name = "learned", .key = "learned", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_CAP] = { .name = "cap", .key = "cap", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_PLAN] = { .name = "plan", .key = "plan", .type = ESPGW_T_U8, .words = espgw_explain_plan_words },
	[ESPGW_EXPLAIN_A_DF_OVERRIDDEN] = { .name = "df_overridden", .key = "df_overridden", .type = ESPGW_T_FLAG },
	[ESPGW_EXPLAIN_A_OUTER_SRC] = { .name = "outer_src", .key = "outer_src", .type = ESPGW_T_ADDR },
	[ESPGW_EXPLAIN_A_OUTER_DST] = { .name = "outer_dst", .key = "outer_dst", .type = ESPGW_T_ADDR },
	[ESPGW_EXPLAIN_A_OUTER_SPORT] = { .name = "outer_sport", .key = "outer_sport", .type = ESPGW_T_BE16 },
	[ESPGW_EXPLAIN_A_OUTER_DPORT] = { .name = "outer_dport", .key = "outer_dport", .type = ESPGW_T_BE16 },
	[ESPGW_EXPLAIN_A_OUTER_IFNAME] = { .name = "outer_ifname", .key = "outer_ifname", .type = ESPGW_T_STRING },
	[ESPGW_EXPLAIN_A_OUTER_DF] = { .name = "outer_df", .key = "outer_df", .type = ESPGW_T_FLAG },
	[ESPGW_EXPLAIN_A_PACKETS] = { .name = "packets", .key = "packets", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_LEAVES] = { .name = "leaves", .key = "leaves", .type = ESPGW_T_BYTES },
	[ESPGW_EXPLAIN_A_ANSWER_TYPE] = { .name = "answer_type", .key = "answer_type", .type = ESPGW_T_U8 },
	[ESPGW_EXPLAIN_A_ANSWER_CODE] = { .name = "answer_code", .key = "answer_code", .type = ESPGW_T_U8 },
	[ESPGW_EXPLAIN_A_ANSWER_MTU] = { .name = "answer_mtu", .key = "answer_mtu", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_ANSWER_HELD] = { .name = "answer_held", .key = "answer_held", .type = ESPGW_T_FLAG },
	[ESPGW_EXPLAIN_A_VERDICT] = { .name = "verdict", .key = "verdict", .type = ESPGW_T_U8, .words = espgw_explain_verdict_words },
	[ESPGW_EXPLAIN_A_COUNTER] = { .name = "counter", .key = "counter", .type = ESPGW_T_U32 },
	[ESPGW_EXPLAIN_A_SA_NAME] = { .name = "sa_name", .key = "sa_name", .type = ESPGW_T_STRING },
};
const struct espgw_attr_set espgw_explain_set = { explain_attrs, MNL_ARRAY_SIZE(explain_attrs) - 1 };

static const struct espgw_attr drop_attrs[] = {
	[ESPGW_DROP_A_COUNTER] = { .name = "counter", .key = "counter", .type = ESPGW_T_U32 },
	[ESPGW_DROP_A_COUNT] = { .name = "count", .key = "count", .type = ESPGW_T_U64 },
	[ESPGW_DROP_A_PAD] = { .type = ESPGW_T_NONE },
	[ESPGW_DROP_A_IFNAME] = { .name = "dev", .key = "dev", .type = ESPGW_T_STRING },
	[ESPGW_DROP_A_SRC] = { .name = "src", .key = "src", .type = ESPGW_T_ADDR },
	[ESPGW_DROP_A_DST] = { .name = "dst", .key = "dst", .type = ESPGW_T_ADDR },
	[ESPGW_DROP_A_PROTO] = { .name = "proto", .key = "proto", .type = ESPGW_T_U8 },
	[ESPGW_DROP_A_SPORT] = { .name = "sport", .key = "sport", .type = ESPGW_T_U16 },
	[ESPGW_DROP_A_DPORT] = { .name = "dport", .key = "dport", .type = ESPGW_T_U16 },
	[ESPGW_DROP_A_LEN] = { .name = "len", .key = "len", .type = ESPGW_T_U32 },
	[ESPGW_DROP_A_DSCP] = { .name = "dscp", .key = "dscp", .type = ESPGW_T_U8 },
	[ESPGW_DROP_A_SPI] = { .name = "spi", .key = "spi", .type = ESPGW_T_BE32 },
};
const struct espgw_attr_set espgw_drop_set = { drop_attrs, MNL_ARRAY_SIZE(drop_attrs) - 1 };
