// SPDX-License-Identifier: GPL-2.0
/* Generated from Documentation/netlink/specs/espgw.yaml by tools/gen/netlink: change that, and run "make generate" */
#include "control/netlink_gen.h"

/* Not const, since struct nla_policy of 6.1 has a plain pointer to them. */
static struct netlink_range_validation mtu_cap_range = { .min = 0, .max = ESPGW_MTU_MAX };
static struct netlink_range_validation min_pmtu_range = { .min = ESPGW_PMTU_HARD_MIN, .max = ESPGW_MTU_MAX };
static struct netlink_range_validation mss_range = { .min = 0, .max = ESPGW_MSS_MAX };
static struct netlink_range_validation ifindex_range = { .min = 1, .max = S32_MAX };
static struct netlink_range_validation max_bytes_range = { .min = ESPGW_VFR_BYTES_MIN, .max = ESPGW_VFR_BYTES_MAX };
static struct netlink_range_validation len_range = { .min = 1, .max = ESPGW_MTU_MAX };

const struct nla_policy espgw_nl_mtu_policy[] = {
	[ESPGW_MTU_A_DF] = NLA_POLICY_MAX(NLA_U8, ESPGW_DF_CLEAR),
	[ESPGW_MTU_A_FRAG] = NLA_POLICY_MAX(NLA_U8, ESPGW_FRAG_OFF),
	[ESPGW_MTU_A_SPLIT] = NLA_POLICY_MAX(NLA_U8, ESPGW_SPLIT_TCP),
	[ESPGW_MTU_A_INNER_DF] = NLA_POLICY_MAX(NLA_U8, ESPGW_INNER_DF_CLEAR),
	[ESPGW_MTU_A_ICMP_ANSWER] = NLA_POLICY_MAX(NLA_U8, 1),
	[ESPGW_MTU_A_MTU_CAP] = NLA_POLICY_FULL_RANGE(NLA_U32, &mtu_cap_range),
	[ESPGW_MTU_A_MIN_PMTU] = NLA_POLICY_FULL_RANGE(NLA_U32, &min_pmtu_range),
	[ESPGW_MTU_A_PMTU_AGE] = NLA_POLICY_MIN(NLA_U32, 1),
	[ESPGW_MTU_A_PMTU_LEARN] = NLA_POLICY_MAX(NLA_U8, 1),
	[ESPGW_MTU_A_MSS] = NLA_POLICY_FULL_RANGE(NLA_U32, &mss_range),
	[ESPGW_MTU_A_PROBE] = NLA_POLICY_MAX(NLA_U8, ESPGW_PROBE_SUSPECT),
	[ESPGW_MTU_A_INHERIT] = { .type = NLA_U32 },
};

const struct nla_policy espgw_nl_dev_policy[] = {
	[ESPGW_DEV_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &ifindex_range),
	[ESPGW_DEV_A_IFNAME] = { .type = NLA_NUL_STRING, .len = ESPGW_IFNAME_MAX },
	[ESPGW_DEV_A_MTU] = NLA_POLICY_NESTED(espgw_nl_mtu_policy),
	[ESPGW_DEV_A_MTU_FOLLOW] = NLA_POLICY_MAX(NLA_U8, 1),
	[ESPGW_DEV_A_GUARDED] = { .type = NLA_FLAG },
};

const struct nla_policy espgw_nl_default_policy[] = {
	[ESPGW_DEFAULT_A_MTU] = NLA_POLICY_NESTED(espgw_nl_mtu_policy),
};

const struct nla_policy espgw_nl_limit_policy[] = {
	[ESPGW_LIMIT_A_SOFT_BYTES] = { .type = NLA_U64 },
	[ESPGW_LIMIT_A_HARD_BYTES] = { .type = NLA_U64 },
	[ESPGW_LIMIT_A_SOFT_PACKETS] = { .type = NLA_U64 },
	[ESPGW_LIMIT_A_HARD_PACKETS] = { .type = NLA_U64 },
	[ESPGW_LIMIT_A_SOFT_SECONDS] = { .type = NLA_U64 },
	[ESPGW_LIMIT_A_HARD_SECONDS] = { .type = NLA_U64 },
};

const struct nla_policy espgw_nl_sa_policy[] = {
	[ESPGW_SA_A_DIR] = NLA_POLICY_RANGE(NLA_U8, ESPGW_DIR_IN, ESPGW_DIR_OUT),
	[ESPGW_SA_A_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_SA_A_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_SA_A_SPI] = NLA_POLICY_MIN(NLA_BE32, ESPGW_SPI_MIN),
	[ESPGW_SA_A_REQID] = { .type = NLA_U32 },
	[ESPGW_SA_A_AEAD] = { .type = NLA_NUL_STRING, .len = ESPGW_ALG_NAME_MAX - 1 },
	[ESPGW_SA_A_ENC] = { .type = NLA_NUL_STRING, .len = ESPGW_ALG_NAME_MAX - 1 },
	[ESPGW_SA_A_AUTH] = { .type = NLA_NUL_STRING, .len = ESPGW_ALG_NAME_MAX - 1 },
	[ESPGW_SA_A_KEY] = NLA_POLICY_MAX(NLA_BINARY, ESPGW_KEY_MAX),
	[ESPGW_SA_A_AUTH_KEY] = NLA_POLICY_MAX(NLA_BINARY, ESPGW_KEY_MAX),
	[ESPGW_SA_A_ICV_BITS] = NLA_POLICY_RANGE(NLA_U32, 64, 512),
	[ESPGW_SA_A_ESN] = { .type = NLA_FLAG },
	[ESPGW_SA_A_REPLAY_WINDOW] = NLA_POLICY_MAX(NLA_U32, ESPGW_REPLAY_WINDOW_MAX),
	[ESPGW_SA_A_SEQ] = { .type = NLA_U64 },
	[ESPGW_SA_A_ENCAP_SPORT] = NLA_POLICY_MIN(NLA_BE16, 1),
	[ESPGW_SA_A_ENCAP_DPORT] = NLA_POLICY_MIN(NLA_BE16, 1),
	[ESPGW_SA_A_CLASS] = { .type = NLA_U64 },
	[ESPGW_SA_A_MARK] = { .type = NLA_U32 },
	[ESPGW_SA_A_MARK_MASK] = { .type = NLA_U32 },
	[ESPGW_SA_A_DSCP] = { .type = NLA_U8 },
	[ESPGW_SA_A_ECN] = NLA_POLICY_MAX(NLA_U8, 1),
	[ESPGW_SA_A_TTL] = { .type = NLA_U8 },
	[ESPGW_SA_A_TFC] = NLA_POLICY_FULL_RANGE(NLA_U32, &mtu_cap_range),
	[ESPGW_SA_A_LIMIT] = NLA_POLICY_NESTED(espgw_nl_limit_policy),
	[ESPGW_SA_A_MTU] = NLA_POLICY_NESTED(espgw_nl_mtu_policy),
	[ESPGW_SA_A_SHOW_KEYS] = { .type = NLA_FLAG },
	[ESPGW_SA_A_KEEPALIVE] = NLA_POLICY_MAX(NLA_U32, ESPGW_KEEPALIVE_MAX),
	[ESPGW_SA_A_INHERIT] = { .type = NLA_U32 },
	[ESPGW_SA_A_NAME] = { .type = NLA_NUL_STRING, .len = ESPGW_NAME_MAX },
	[ESPGW_SA_A_COMMENT] = { .type = NLA_NUL_STRING, .len = ESPGW_COMMENT_MAX },
};

const struct nla_policy espgw_nl_policy_policy[] = {
	[ESPGW_POLICY_A_PRIO] = { .type = NLA_U32 },
	[ESPGW_POLICY_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &ifindex_range),
	[ESPGW_POLICY_A_IFNAME] = { .type = NLA_NUL_STRING, .len = ESPGW_IFNAME_MAX },
	[ESPGW_POLICY_A_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_POLICY_A_SRC_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[ESPGW_POLICY_A_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_POLICY_A_DST_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[ESPGW_POLICY_A_PROTO] = { .type = NLA_U8 },
	[ESPGW_POLICY_A_SPORT_MIN] = { .type = NLA_U16 },
	[ESPGW_POLICY_A_SPORT_MAX] = { .type = NLA_U16 },
	[ESPGW_POLICY_A_DPORT_MIN] = { .type = NLA_U16 },
	[ESPGW_POLICY_A_DPORT_MAX] = { .type = NLA_U16 },
	[ESPGW_POLICY_A_DSCP] = NLA_POLICY_MAX(NLA_U8, 63),
	[ESPGW_POLICY_A_ACTION] = NLA_POLICY_RANGE(NLA_U8, ESPGW_ACTION_PROTECT, ESPGW_ACTION_DISCARD),
	[ESPGW_POLICY_A_REQID] = { .type = NLA_U32 },
	[ESPGW_POLICY_A_TUNNEL_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_POLICY_A_TUNNEL_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_POLICY_A_MARK] = { .type = NLA_U32 },
	[ESPGW_POLICY_A_MARK_MASK] = { .type = NLA_U32 },
	[ESPGW_POLICY_A_NAME] = { .type = NLA_NUL_STRING, .len = ESPGW_NAME_MAX },
	[ESPGW_POLICY_A_COMMENT] = { .type = NLA_NUL_STRING, .len = ESPGW_COMMENT_MAX },
};

const struct nla_policy espgw_nl_pmtu_policy[] = {
	[ESPGW_PMTU_A_SPI] = NLA_POLICY_MIN(NLA_BE32, ESPGW_SPI_MIN),
	[ESPGW_PMTU_A_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_PMTU_A_MTU] = NLA_POLICY_FULL_RANGE(NLA_U32, &min_pmtu_range),
	[ESPGW_PMTU_A_LOCK] = { .type = NLA_FLAG },
	[ESPGW_PMTU_A_AGE_S] = NLA_POLICY_MIN(NLA_U32, 1),
	[ESPGW_PMTU_A_ECHO] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_PMTU_A_BOUND] = { .type = NLA_FLAG },
};

const struct nla_policy espgw_nl_guard_policy[] = {
	[ESPGW_GUARD_A_ON] = NLA_POLICY_MAX(NLA_U8, 1),
};

const struct nla_policy espgw_nl_xfrm_policy[] = {
	[ESPGW_XFRM_A_ON] = NLA_POLICY_MAX(NLA_U8, 1),
	[ESPGW_XFRM_A_MODE] = NLA_POLICY_MAX(NLA_U8, ESPGW_XFRM_MODE_POLICY),
	[ESPGW_XFRM_A_IF_ID] = { .type = NLA_U32 },
	[ESPGW_XFRM_A_DEFAULT] = { .type = NLA_FLAG },
};

const struct nla_policy espgw_nl_vfr_policy[] = {
	[ESPGW_VFR_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &ifindex_range),
	[ESPGW_VFR_A_IFNAME] = { .type = NLA_NUL_STRING, .len = ESPGW_IFNAME_MAX },
	[ESPGW_VFR_A_DIR] = NLA_POLICY_RANGE(NLA_U8, ESPGW_DIR_IN, ESPGW_DIR_OUT),
	[ESPGW_VFR_A_MODE] = NLA_POLICY_MAX(NLA_U8, ESPGW_VFR_ON),
	[ESPGW_VFR_A_MAX_REASSEMBLIES] = NLA_POLICY_RANGE(NLA_U32, 1, ESPGW_VFR_REASSEMBLIES_MAX),
	[ESPGW_VFR_A_MAX_FRAGMENTS] = NLA_POLICY_RANGE(NLA_U32, 1, ESPGW_VFR_FRAGMENTS_MAX),
	[ESPGW_VFR_A_TIMEOUT_S] = NLA_POLICY_RANGE(NLA_U32, 1, ESPGW_VFR_TIMEOUT_MAX),
	[ESPGW_VFR_A_DROP_FRAGMENTS] = NLA_POLICY_MAX(NLA_U8, 1),
	[ESPGW_VFR_A_MAX_BYTES] = NLA_POLICY_FULL_RANGE(NLA_U32, &max_bytes_range),
	[ESPGW_VFR_A_DEFAULT] = { .type = NLA_U32 },
};

const struct nla_policy espgw_nl_xfrm_conn_policy[] = {
	[ESPGW_XFRM_CONN_A_IF_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[ESPGW_XFRM_CONN_A_REQID] = { .type = NLA_U32 },
	[ESPGW_XFRM_CONN_A_MTU] = NLA_POLICY_NESTED(espgw_nl_mtu_policy),
	[ESPGW_XFRM_CONN_A_NAME] = { .type = NLA_NUL_STRING, .len = ESPGW_NAME_MAX },
	[ESPGW_XFRM_CONN_A_COMMENT] = { .type = NLA_NUL_STRING, .len = ESPGW_COMMENT_MAX },
};

const struct nla_policy espgw_nl_explain_policy[] = {
	[ESPGW_EXPLAIN_A_DIR] = NLA_POLICY_RANGE(NLA_U8, ESPGW_DIR_IN, ESPGW_DIR_OUT),
	[ESPGW_EXPLAIN_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &ifindex_range),
	[ESPGW_EXPLAIN_A_IFNAME] = { .type = NLA_NUL_STRING, .len = ESPGW_IFNAME_MAX },
	[ESPGW_EXPLAIN_A_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_EXPLAIN_A_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_EXPLAIN_A_PROTO] = { .type = NLA_U8 },
	[ESPGW_EXPLAIN_A_SPORT] = { .type = NLA_U16 },
	[ESPGW_EXPLAIN_A_DPORT] = { .type = NLA_U16 },
	[ESPGW_EXPLAIN_A_LEN] = NLA_POLICY_FULL_RANGE(NLA_U32, &len_range),
	[ESPGW_EXPLAIN_A_DF] = { .type = NLA_FLAG },
	[ESPGW_EXPLAIN_A_DSCP] = NLA_POLICY_MAX(NLA_U8, 63),
	[ESPGW_EXPLAIN_A_MARK] = { .type = NLA_U32 },
	[ESPGW_EXPLAIN_A_SPI] = NLA_POLICY_MIN(NLA_BE32, ESPGW_SPI_MIN),
	[ESPGW_EXPLAIN_A_SA_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
};

const u64 espgw_nl_do_attrs[ESPGW_CMD_MAX + 1] = {
	[ESPGW_CMD_DEV_ATTACH] =
		BIT_ULL(ESPGW_DEV_A_IFINDEX) |
		BIT_ULL(ESPGW_DEV_A_IFNAME) |
		BIT_ULL(ESPGW_DEV_A_MTU) |
		BIT_ULL(ESPGW_DEV_A_MTU_FOLLOW),
	[ESPGW_CMD_DEV_SET] =
		BIT_ULL(ESPGW_DEV_A_IFINDEX) |
		BIT_ULL(ESPGW_DEV_A_IFNAME) |
		BIT_ULL(ESPGW_DEV_A_MTU) |
		BIT_ULL(ESPGW_DEV_A_MTU_FOLLOW),
	[ESPGW_CMD_DEV_DETACH] =
		BIT_ULL(ESPGW_DEV_A_IFINDEX) |
		BIT_ULL(ESPGW_DEV_A_IFNAME) |
		BIT_ULL(ESPGW_DEV_A_GUARDED),
	[ESPGW_CMD_DEV_GET] =
		BIT_ULL(ESPGW_DEV_A_IFINDEX) |
		BIT_ULL(ESPGW_DEV_A_IFNAME),
	[ESPGW_CMD_DEFAULT_SET] =
		BIT_ULL(ESPGW_DEFAULT_A_MTU),
	[ESPGW_CMD_SA_ADD] =
		BIT_ULL(ESPGW_SA_A_DIR) |
		BIT_ULL(ESPGW_SA_A_SRC) |
		BIT_ULL(ESPGW_SA_A_DST) |
		BIT_ULL(ESPGW_SA_A_SPI) |
		BIT_ULL(ESPGW_SA_A_REQID) |
		BIT_ULL(ESPGW_SA_A_AEAD) |
		BIT_ULL(ESPGW_SA_A_ENC) |
		BIT_ULL(ESPGW_SA_A_AUTH) |
		BIT_ULL(ESPGW_SA_A_KEY) |
		BIT_ULL(ESPGW_SA_A_AUTH_KEY) |
		BIT_ULL(ESPGW_SA_A_ICV_BITS) |
		BIT_ULL(ESPGW_SA_A_ESN) |
		BIT_ULL(ESPGW_SA_A_REPLAY_WINDOW) |
		BIT_ULL(ESPGW_SA_A_SEQ) |
		BIT_ULL(ESPGW_SA_A_ENCAP_SPORT) |
		BIT_ULL(ESPGW_SA_A_ENCAP_DPORT) |
		BIT_ULL(ESPGW_SA_A_KEEPALIVE) |
		BIT_ULL(ESPGW_SA_A_CLASS) |
		BIT_ULL(ESPGW_SA_A_MARK) |
		BIT_ULL(ESPGW_SA_A_MARK_MASK) |
		BIT_ULL(ESPGW_SA_A_DSCP) |
		BIT_ULL(ESPGW_SA_A_ECN) |
		BIT_ULL(ESPGW_SA_A_TTL) |
		BIT_ULL(ESPGW_SA_A_TFC) |
		BIT_ULL(ESPGW_SA_A_LIMIT) |
		BIT_ULL(ESPGW_SA_A_MTU) |
		BIT_ULL(ESPGW_SA_A_NAME) |
		BIT_ULL(ESPGW_SA_A_COMMENT),
	[ESPGW_CMD_SA_REPLACE] =
		BIT_ULL(ESPGW_SA_A_DIR) |
		BIT_ULL(ESPGW_SA_A_SRC) |
		BIT_ULL(ESPGW_SA_A_DST) |
		BIT_ULL(ESPGW_SA_A_SPI) |
		BIT_ULL(ESPGW_SA_A_REQID) |
		BIT_ULL(ESPGW_SA_A_AEAD) |
		BIT_ULL(ESPGW_SA_A_ENC) |
		BIT_ULL(ESPGW_SA_A_AUTH) |
		BIT_ULL(ESPGW_SA_A_KEY) |
		BIT_ULL(ESPGW_SA_A_AUTH_KEY) |
		BIT_ULL(ESPGW_SA_A_ICV_BITS) |
		BIT_ULL(ESPGW_SA_A_ESN) |
		BIT_ULL(ESPGW_SA_A_REPLAY_WINDOW) |
		BIT_ULL(ESPGW_SA_A_SEQ) |
		BIT_ULL(ESPGW_SA_A_ENCAP_SPORT) |
		BIT_ULL(ESPGW_SA_A_ENCAP_DPORT) |
		BIT_ULL(ESPGW_SA_A_KEEPALIVE) |
		BIT_ULL(ESPGW_SA_A_CLASS) |
		BIT_ULL(ESPGW_SA_A_MARK) |
		BIT_ULL(ESPGW_SA_A_MARK_MASK) |
		BIT_ULL(ESPGW_SA_A_DSCP) |
		BIT_ULL(ESPGW_SA_A_ECN) |
		BIT_ULL(ESPGW_SA_A_TTL) |
		BIT_ULL(ESPGW_SA_A_TFC) |
		BIT_ULL(ESPGW_SA_A_LIMIT) |
		BIT_ULL(ESPGW_SA_A_MTU) |
		BIT_ULL(ESPGW_SA_A_NAME) |
		BIT_ULL(ESPGW_SA_A_COMMENT),
	[ESPGW_CMD_SA_SET] =
		BIT_ULL(ESPGW_SA_A_DST) |
		BIT_ULL(ESPGW_SA_A_SPI) |
		BIT_ULL(ESPGW_SA_A_DIR) |
		BIT_ULL(ESPGW_SA_A_SEQ) |
		BIT_ULL(ESPGW_SA_A_ENCAP_SPORT) |
		BIT_ULL(ESPGW_SA_A_ENCAP_DPORT) |
		BIT_ULL(ESPGW_SA_A_KEEPALIVE) |
		BIT_ULL(ESPGW_SA_A_CLASS) |
		BIT_ULL(ESPGW_SA_A_MARK) |
		BIT_ULL(ESPGW_SA_A_MARK_MASK) |
		BIT_ULL(ESPGW_SA_A_DSCP) |
		BIT_ULL(ESPGW_SA_A_ECN) |
		BIT_ULL(ESPGW_SA_A_TTL) |
		BIT_ULL(ESPGW_SA_A_TFC) |
		BIT_ULL(ESPGW_SA_A_LIMIT) |
		BIT_ULL(ESPGW_SA_A_MTU) |
		BIT_ULL(ESPGW_SA_A_INHERIT) |
		BIT_ULL(ESPGW_SA_A_NAME) |
		BIT_ULL(ESPGW_SA_A_COMMENT),
	[ESPGW_CMD_SA_DEL] =
		BIT_ULL(ESPGW_SA_A_DST) |
		BIT_ULL(ESPGW_SA_A_SPI) |
		BIT_ULL(ESPGW_SA_A_DIR),
	[ESPGW_CMD_SA_GET] =
		BIT_ULL(ESPGW_SA_A_DST) |
		BIT_ULL(ESPGW_SA_A_SPI) |
		BIT_ULL(ESPGW_SA_A_DIR) |
		BIT_ULL(ESPGW_SA_A_SHOW_KEYS),
	[ESPGW_CMD_SA_FLUSH] =
		BIT_ULL(ESPGW_SA_A_DIR),
	[ESPGW_CMD_POLICY_ADD] =
		BIT_ULL(ESPGW_POLICY_A_PRIO) |
		BIT_ULL(ESPGW_POLICY_A_IFINDEX) |
		BIT_ULL(ESPGW_POLICY_A_IFNAME) |
		BIT_ULL(ESPGW_POLICY_A_SRC) |
		BIT_ULL(ESPGW_POLICY_A_SRC_LEN) |
		BIT_ULL(ESPGW_POLICY_A_DST) |
		BIT_ULL(ESPGW_POLICY_A_DST_LEN) |
		BIT_ULL(ESPGW_POLICY_A_PROTO) |
		BIT_ULL(ESPGW_POLICY_A_SPORT_MIN) |
		BIT_ULL(ESPGW_POLICY_A_SPORT_MAX) |
		BIT_ULL(ESPGW_POLICY_A_DPORT_MIN) |
		BIT_ULL(ESPGW_POLICY_A_DPORT_MAX) |
		BIT_ULL(ESPGW_POLICY_A_DSCP) |
		BIT_ULL(ESPGW_POLICY_A_MARK) |
		BIT_ULL(ESPGW_POLICY_A_MARK_MASK) |
		BIT_ULL(ESPGW_POLICY_A_ACTION) |
		BIT_ULL(ESPGW_POLICY_A_REQID) |
		BIT_ULL(ESPGW_POLICY_A_TUNNEL_SRC) |
		BIT_ULL(ESPGW_POLICY_A_TUNNEL_DST) |
		BIT_ULL(ESPGW_POLICY_A_NAME) |
		BIT_ULL(ESPGW_POLICY_A_COMMENT),
	[ESPGW_CMD_POLICY_REPLACE] =
		BIT_ULL(ESPGW_POLICY_A_PRIO) |
		BIT_ULL(ESPGW_POLICY_A_IFINDEX) |
		BIT_ULL(ESPGW_POLICY_A_IFNAME) |
		BIT_ULL(ESPGW_POLICY_A_SRC) |
		BIT_ULL(ESPGW_POLICY_A_SRC_LEN) |
		BIT_ULL(ESPGW_POLICY_A_DST) |
		BIT_ULL(ESPGW_POLICY_A_DST_LEN) |
		BIT_ULL(ESPGW_POLICY_A_PROTO) |
		BIT_ULL(ESPGW_POLICY_A_SPORT_MIN) |
		BIT_ULL(ESPGW_POLICY_A_SPORT_MAX) |
		BIT_ULL(ESPGW_POLICY_A_DPORT_MIN) |
		BIT_ULL(ESPGW_POLICY_A_DPORT_MAX) |
		BIT_ULL(ESPGW_POLICY_A_DSCP) |
		BIT_ULL(ESPGW_POLICY_A_MARK) |
		BIT_ULL(ESPGW_POLICY_A_MARK_MASK) |
		BIT_ULL(ESPGW_POLICY_A_ACTION) |
		BIT_ULL(ESPGW_POLICY_A_REQID) |
		BIT_ULL(ESPGW_POLICY_A_TUNNEL_SRC) |
		BIT_ULL(ESPGW_POLICY_A_TUNNEL_DST) |
		BIT_ULL(ESPGW_POLICY_A_NAME) |
		BIT_ULL(ESPGW_POLICY_A_COMMENT),
	[ESPGW_CMD_POLICY_DEL] =
		BIT_ULL(ESPGW_POLICY_A_PRIO) |
		BIT_ULL(ESPGW_POLICY_A_IFINDEX) |
		BIT_ULL(ESPGW_POLICY_A_IFNAME) |
		BIT_ULL(ESPGW_POLICY_A_SRC) |
		BIT_ULL(ESPGW_POLICY_A_SRC_LEN) |
		BIT_ULL(ESPGW_POLICY_A_DST) |
		BIT_ULL(ESPGW_POLICY_A_DST_LEN) |
		BIT_ULL(ESPGW_POLICY_A_PROTO) |
		BIT_ULL(ESPGW_POLICY_A_SPORT_MIN) |
		BIT_ULL(ESPGW_POLICY_A_SPORT_MAX) |
		BIT_ULL(ESPGW_POLICY_A_DPORT_MIN) |
		BIT_ULL(ESPGW_POLICY_A_DPORT_MAX) |
		BIT_ULL(ESPGW_POLICY_A_DSCP) |
		BIT_ULL(ESPGW_POLICY_A_MARK) |
		BIT_ULL(ESPGW_POLICY_A_MARK_MASK),
	[ESPGW_CMD_POLICY_GET] =
		BIT_ULL(ESPGW_POLICY_A_PRIO) |
		BIT_ULL(ESPGW_POLICY_A_IFINDEX) |
		BIT_ULL(ESPGW_POLICY_A_IFNAME) |
		BIT_ULL(ESPGW_POLICY_A_SRC) |
		BIT_ULL(ESPGW_POLICY_A_SRC_LEN) |
		BIT_ULL(ESPGW_POLICY_A_DST) |
		BIT_ULL(ESPGW_POLICY_A_DST_LEN) |
		BIT_ULL(ESPGW_POLICY_A_PROTO) |
		BIT_ULL(ESPGW_POLICY_A_SPORT_MIN) |
		BIT_ULL(ESPGW_POLICY_A_SPORT_MAX) |
		BIT_ULL(ESPGW_POLICY_A_DPORT_MIN) |
		BIT_ULL(ESPGW_POLICY_A_DPORT_MAX) |
		BIT_ULL(ESPGW_POLICY_A_DSCP) |
		BIT_ULL(ESPGW_POLICY_A_MARK) |
		BIT_ULL(ESPGW_POLICY_A_MARK_MASK),
	[ESPGW_CMD_PMTU_GET] =
		BIT_ULL(ESPGW_PMTU_A_SPI) |
		BIT_ULL(ESPGW_PMTU_A_DST),
	[ESPGW_CMD_PMTU_SET] =
		BIT_ULL(ESPGW_PMTU_A_SPI) |
		BIT_ULL(ESPGW_PMTU_A_DST) |
		BIT_ULL(ESPGW_PMTU_A_MTU) |
		BIT_ULL(ESPGW_PMTU_A_LOCK) |
		BIT_ULL(ESPGW_PMTU_A_AGE_S) |
		BIT_ULL(ESPGW_PMTU_A_BOUND),
	[ESPGW_CMD_PMTU_DEL] =
		BIT_ULL(ESPGW_PMTU_A_SPI) |
		BIT_ULL(ESPGW_PMTU_A_DST),
	[ESPGW_CMD_VFR_SET] =
		BIT_ULL(ESPGW_VFR_A_IFINDEX) |
		BIT_ULL(ESPGW_VFR_A_IFNAME) |
		BIT_ULL(ESPGW_VFR_A_DIR) |
		BIT_ULL(ESPGW_VFR_A_MODE) |
		BIT_ULL(ESPGW_VFR_A_MAX_REASSEMBLIES) |
		BIT_ULL(ESPGW_VFR_A_MAX_FRAGMENTS) |
		BIT_ULL(ESPGW_VFR_A_TIMEOUT_S) |
		BIT_ULL(ESPGW_VFR_A_DROP_FRAGMENTS) |
		BIT_ULL(ESPGW_VFR_A_MAX_BYTES) |
		BIT_ULL(ESPGW_VFR_A_DEFAULT),
	[ESPGW_CMD_VFR_GET] =
		BIT_ULL(ESPGW_VFR_A_IFINDEX) |
		BIT_ULL(ESPGW_VFR_A_IFNAME) |
		BIT_ULL(ESPGW_VFR_A_DIR),
	[ESPGW_CMD_PMTU_PROBE] =
		BIT_ULL(ESPGW_PMTU_A_SPI) |
		BIT_ULL(ESPGW_PMTU_A_DST) |
		BIT_ULL(ESPGW_PMTU_A_ECHO),
	[ESPGW_CMD_GUARD_SET] =
		BIT_ULL(ESPGW_GUARD_A_ON),
	[ESPGW_CMD_XFRM_SET] =
		BIT_ULL(ESPGW_XFRM_A_ON) |
		BIT_ULL(ESPGW_XFRM_A_MODE) |
		BIT_ULL(ESPGW_XFRM_A_IF_ID) |
		BIT_ULL(ESPGW_XFRM_A_DEFAULT),
	[ESPGW_CMD_XFRM_GET] =
		BIT_ULL(ESPGW_XFRM_A_DEFAULT),
	[ESPGW_CMD_XFRM_CONN_SET] =
		BIT_ULL(ESPGW_XFRM_CONN_A_IF_ID) |
		BIT_ULL(ESPGW_XFRM_CONN_A_REQID) |
		BIT_ULL(ESPGW_XFRM_CONN_A_MTU) |
		BIT_ULL(ESPGW_XFRM_CONN_A_NAME) |
		BIT_ULL(ESPGW_XFRM_CONN_A_COMMENT),
	[ESPGW_CMD_EXPLAIN_GET] =
		BIT_ULL(ESPGW_EXPLAIN_A_DIR) |
		BIT_ULL(ESPGW_EXPLAIN_A_IFINDEX) |
		BIT_ULL(ESPGW_EXPLAIN_A_IFNAME) |
		BIT_ULL(ESPGW_EXPLAIN_A_SRC) |
		BIT_ULL(ESPGW_EXPLAIN_A_DST) |
		BIT_ULL(ESPGW_EXPLAIN_A_PROTO) |
		BIT_ULL(ESPGW_EXPLAIN_A_SPORT) |
		BIT_ULL(ESPGW_EXPLAIN_A_DPORT) |
		BIT_ULL(ESPGW_EXPLAIN_A_LEN) |
		BIT_ULL(ESPGW_EXPLAIN_A_DF) |
		BIT_ULL(ESPGW_EXPLAIN_A_DSCP) |
		BIT_ULL(ESPGW_EXPLAIN_A_MARK) |
		BIT_ULL(ESPGW_EXPLAIN_A_SPI) |
		BIT_ULL(ESPGW_EXPLAIN_A_SA_DST),
};

const u64 espgw_nl_dump_attrs[ESPGW_CMD_MAX + 1] = {
	[ESPGW_CMD_SA_GET] =
		BIT_ULL(ESPGW_SA_A_DST) |
		BIT_ULL(ESPGW_SA_A_SPI) |
		BIT_ULL(ESPGW_SA_A_DIR) |
		BIT_ULL(ESPGW_SA_A_SHOW_KEYS),
	[ESPGW_CMD_PMTU_GET] =
		BIT_ULL(ESPGW_PMTU_A_SPI) |
		BIT_ULL(ESPGW_PMTU_A_DST),
	[ESPGW_CMD_VFR_GET] =
		BIT_ULL(ESPGW_VFR_A_IFINDEX) |
		BIT_ULL(ESPGW_VFR_A_IFNAME) |
		BIT_ULL(ESPGW_VFR_A_DIR),
};

/* A command without a policy takes no attributes: genetlink refuses any. */
const struct genl_ops espgw_nl_ops[] = {
	{
		.cmd = ESPGW_CMD_DEV_ATTACH,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_dev_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_dev_policy) - 1,
		.doit = espgw_nl_dev_attach_doit,
	},
	{
		.cmd = ESPGW_CMD_DEV_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_dev_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_dev_policy) - 1,
		.doit = espgw_nl_dev_set_doit,
	},
	{
		.cmd = ESPGW_CMD_DEV_DETACH,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_dev_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_dev_policy) - 1,
		.doit = espgw_nl_dev_detach_doit,
	},
	{
		.cmd = ESPGW_CMD_DEV_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_dev_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_dev_policy) - 1,
		.doit = espgw_nl_dev_get_doit,
		.start = espgw_nl_dump_start,
		.dumpit = espgw_nl_dev_get_dumpit,
	},
	{
		.cmd = ESPGW_CMD_DEFAULT_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_default_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_default_policy) - 1,
		.doit = espgw_nl_default_set_doit,
	},
	{
		.cmd = ESPGW_CMD_DEFAULT_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = espgw_nl_default_get_doit,
	},
	{
		.cmd = ESPGW_CMD_SA_ADD,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_UNLOCKED | ESPGW_NL_KEYS,
		.policy = espgw_nl_unchecked_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_unchecked_policy) - 1,
		.doit = espgw_nl_sa_add_doit,
	},
	{
		.cmd = ESPGW_CMD_SA_REPLACE,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_UNLOCKED | ESPGW_NL_KEYS,
		.policy = espgw_nl_unchecked_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_unchecked_policy) - 1,
		.doit = espgw_nl_sa_replace_doit,
	},
	{
		.cmd = ESPGW_CMD_SA_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_KEYS,
		.policy = espgw_nl_unchecked_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_unchecked_policy) - 1,
		.doit = espgw_nl_sa_set_doit,
	},
	{
		.cmd = ESPGW_CMD_SA_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_KEYS,
		.policy = espgw_nl_unchecked_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_unchecked_policy) - 1,
		.doit = espgw_nl_sa_del_doit,
	},
	{
		.cmd = ESPGW_CMD_SA_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_KEYS,
		.policy = espgw_nl_unchecked_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_unchecked_policy) - 1,
		.doit = espgw_nl_sa_get_doit,
		.start = espgw_nl_sa_get_start,
		.dumpit = espgw_nl_sa_get_dumpit,
	},
	{
		.cmd = ESPGW_CMD_SA_FLUSH,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_KEYS,
		.policy = espgw_nl_unchecked_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_unchecked_policy) - 1,
		.doit = espgw_nl_sa_flush_doit,
	},
	{
		.cmd = ESPGW_CMD_POLICY_ADD,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_policy_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_policy_policy) - 1,
		.doit = espgw_nl_policy_add_doit,
	},
	{
		.cmd = ESPGW_CMD_POLICY_REPLACE,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_policy_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_policy_policy) - 1,
		.doit = espgw_nl_policy_replace_doit,
	},
	{
		.cmd = ESPGW_CMD_POLICY_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_policy_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_policy_policy) - 1,
		.doit = espgw_nl_policy_del_doit,
	},
	{
		.cmd = ESPGW_CMD_POLICY_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_policy_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_policy_policy) - 1,
		.doit = espgw_nl_policy_get_doit,
		.start = espgw_nl_dump_start,
		.dumpit = espgw_nl_policy_get_dumpit,
	},
	{
		.cmd = ESPGW_CMD_POLICY_FLUSH,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.doit = espgw_nl_policy_flush_doit,
	},
	{
		.cmd = ESPGW_CMD_PMTU_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_pmtu_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_pmtu_policy) - 1,
		.doit = espgw_nl_pmtu_get_doit,
		.start = espgw_nl_pmtu_get_start,
		.dumpit = espgw_nl_pmtu_get_dumpit,
	},
	{
		.cmd = ESPGW_CMD_PMTU_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_pmtu_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_pmtu_policy) - 1,
		.doit = espgw_nl_pmtu_set_doit,
	},
	{
		.cmd = ESPGW_CMD_PMTU_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_pmtu_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_pmtu_policy) - 1,
		.doit = espgw_nl_pmtu_del_doit,
	},
	{
		.cmd = ESPGW_CMD_PMTU_FLUSH,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = espgw_nl_pmtu_flush_doit,
	},
	{
		.cmd = ESPGW_CMD_STATS_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = espgw_nl_stats_get_doit,
	},
	{
		.cmd = ESPGW_CMD_STATS_RESET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = espgw_nl_stats_reset_doit,
	},
	{
		.cmd = ESPGW_CMD_VFR_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_vfr_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_vfr_policy) - 1,
		.doit = espgw_nl_vfr_set_doit,
	},
	{
		.cmd = ESPGW_CMD_VFR_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_vfr_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_vfr_policy) - 1,
		.doit = espgw_nl_vfr_get_doit,
		.start = espgw_nl_vfr_get_start,
		.dumpit = espgw_nl_vfr_get_dumpit,
	},
	{
		.cmd = ESPGW_CMD_PMTU_PROBE,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_pmtu_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_pmtu_policy) - 1,
		.doit = espgw_nl_pmtu_probe_doit,
	},
	{
		.cmd = ESPGW_CMD_GUARD_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.policy = espgw_nl_guard_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_guard_policy) - 1,
		.doit = espgw_nl_guard_set_doit,
	},
	{
		.cmd = ESPGW_CMD_GUARD_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_RTNL,
		.doit = espgw_nl_guard_get_doit,
	},
	{
		.cmd = ESPGW_CMD_XFRM_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_UNLOCKED,
		.policy = espgw_nl_xfrm_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_xfrm_policy) - 1,
		.doit = espgw_nl_xfrm_set_doit,
	},
	{
		.cmd = ESPGW_CMD_XFRM_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_UNLOCKED,
		.policy = espgw_nl_xfrm_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_xfrm_policy) - 1,
		.doit = espgw_nl_xfrm_get_doit,
	},
	{
		.cmd = ESPGW_CMD_XFRM_ROW_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = espgw_nl_dump_start,
		.dumpit = espgw_nl_xfrm_row_get_dumpit,
	},
	{
		.cmd = ESPGW_CMD_XFRM_CONN_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.internal_flags = ESPGW_NL_UNLOCKED,
		.policy = espgw_nl_xfrm_conn_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_xfrm_conn_policy) - 1,
		.doit = espgw_nl_xfrm_conn_set_doit,
	},
	{
		.cmd = ESPGW_CMD_XFRM_CONN_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = espgw_nl_dump_start,
		.dumpit = espgw_nl_xfrm_conn_get_dumpit,
	},
	{
		.cmd = ESPGW_CMD_EXPLAIN_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_explain_policy,
		.maxattr = ARRAY_SIZE(espgw_nl_explain_policy) - 1,
		.doit = espgw_nl_explain_get_doit,
	},
};

const struct genl_multicast_group espgw_nl_groups[] = {
	[ESPGW_NL_SA] = { .name = ESPGW_MCGRP_SA, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[ESPGW_NL_POLICY] = { .name = ESPGW_MCGRP_POLICY, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[ESPGW_NL_PMTU] = { .name = ESPGW_MCGRP_PMTU, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[ESPGW_NL_ACQUIRE] = { .name = ESPGW_MCGRP_ACQUIRE, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[ESPGW_NL_ALERT] = { .name = ESPGW_MCGRP_ALERT, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[ESPGW_NL_VFR] = { .name = ESPGW_MCGRP_VFR, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[ESPGW_NL_DEV] = { .name = ESPGW_MCGRP_DEV, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[ESPGW_NL_DROP] = { .name = ESPGW_MCGRP_DROP, .flags = GENL_MCAST_CAP_NET_ADMIN },
};
