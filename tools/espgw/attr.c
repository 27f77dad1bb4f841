// SPDX-License-Identifier: GPL-2.0
/*
 * attr - the netlink attributes
 *
 * A test compares these tables with the uapi header and the YAML spec.
 */
#include <assert.h>
#include <linux/espgw.h>
#include <linux/genetlink.h>
#include <string.h>

#include "attr.h"

#define SET(attrs) { attrs, MNL_ARRAY_SIZE(attrs) - 1 }

static const struct espgw_attr mtu_attrs[] = {
	[ESPGW_MTU_A_DF] = { "df", ESPGW_T_U8, NULL },
	[ESPGW_MTU_A_FRAG] = { "frag", ESPGW_T_U8, NULL },
	[ESPGW_MTU_A_SPLIT] = { "split", ESPGW_T_U8, NULL },
	[ESPGW_MTU_A_INNER_DF] = { "inner-df", ESPGW_T_U8, NULL },
	[ESPGW_MTU_A_ICMP_ANSWER] = { "icmp-answer", ESPGW_T_U8, NULL },
	[ESPGW_MTU_A_MTU_CAP] = { "mtu-cap", ESPGW_T_U32, NULL },
	[ESPGW_MTU_A_MIN_PMTU] = { "min-pmtu", ESPGW_T_U32, NULL },
	[ESPGW_MTU_A_PMTU_AGE] = { "pmtu-age", ESPGW_T_U32, NULL },
	[ESPGW_MTU_A_PMTU_LEARN] = { "pmtu-learn", ESPGW_T_U8, NULL },
	[ESPGW_MTU_A_MSS] = { "mss", ESPGW_T_U32, NULL },
	[ESPGW_MTU_A_PROBE] = { "probe", ESPGW_T_U8, NULL },
	[ESPGW_MTU_A_INHERIT] = { "inherit", ESPGW_T_U32, NULL },
};
const struct espgw_attr_set espgw_mtu_set = SET(mtu_attrs);

static const struct espgw_attr dev_attrs[] = {
	[ESPGW_DEV_A_IFINDEX] = { "dev", ESPGW_T_U32, NULL },
	[ESPGW_DEV_A_IFNAME] = { "name", ESPGW_T_STRING, NULL },
	[ESPGW_DEV_A_MTU] = { "MTU policy", ESPGW_T_NEST, &espgw_mtu_set },
	[ESPGW_DEV_A_DEV_MTU] = { "mtu", ESPGW_T_U32, NULL },
	[ESPGW_DEV_A_EVENT] = { "event", ESPGW_T_U8, NULL },
};
const struct espgw_attr_set espgw_dev_set = SET(dev_attrs);

static const struct espgw_attr default_attrs[] = {
	[ESPGW_DEFAULT_A_MTU] = { "MTU policy", ESPGW_T_NEST, &espgw_mtu_set },
	[ESPGW_DEFAULT_A_EVENT] = { "event", ESPGW_T_U8, NULL },
};
const struct espgw_attr_set espgw_default_set = SET(default_attrs);

static const struct espgw_attr limit_attrs[] = {
	[ESPGW_LIMIT_A_SOFT_BYTES] = { "limit soft bytes", ESPGW_T_U64, NULL },
	[ESPGW_LIMIT_A_HARD_BYTES] = { "limit hard bytes", ESPGW_T_U64, NULL },
	[ESPGW_LIMIT_A_SOFT_PACKETS] = { "limit soft packets", ESPGW_T_U64, NULL },
	[ESPGW_LIMIT_A_HARD_PACKETS] = { "limit hard packets", ESPGW_T_U64, NULL },
	[ESPGW_LIMIT_A_SOFT_SECONDS] = { "limit soft seconds", ESPGW_T_U64, NULL },
	[ESPGW_LIMIT_A_HARD_SECONDS] = { "limit hard seconds", ESPGW_T_U64, NULL },
	[ESPGW_LIMIT_A_PAD] = { NULL, ESPGW_T_NONE, NULL },
};
const struct espgw_attr_set espgw_limit_set = SET(limit_attrs);

static const struct espgw_attr sa_stat_attrs[] = {
	[ESPGW_SA_STAT_A_PACKETS] = { "packets", ESPGW_T_U64, NULL },
	[ESPGW_SA_STAT_A_BYTES] = { "bytes", ESPGW_T_U64, NULL },
	[ESPGW_SA_STAT_A_REPLAY] = { "replay", ESPGW_T_U64, NULL },
	[ESPGW_SA_STAT_A_INTEGRITY] = { "integrity", ESPGW_T_U64, NULL },
	[ESPGW_SA_STAT_A_DROPPED] = { "dropped", ESPGW_T_U64, NULL },
	[ESPGW_SA_STAT_A_PREFRAG] = { "prefrag", ESPGW_T_U64, NULL },
	[ESPGW_SA_STAT_A_POSTFRAG] = { "postfrag", ESPGW_T_U64, NULL },
	[ESPGW_SA_STAT_A_TOO_BIG] = { "too_big", ESPGW_T_U64, NULL },
	[ESPGW_SA_STAT_A_ANSWERED] = { "answered", ESPGW_T_U64, NULL },
	[ESPGW_SA_STAT_A_DF_OVERRIDDEN] = { "df_overridden", ESPGW_T_U64, NULL },
	[ESPGW_SA_STAT_A_PAD] = { NULL, ESPGW_T_NONE, NULL },
};
const struct espgw_attr_set espgw_sa_stat_set = SET(sa_stat_attrs);

static const struct espgw_attr sa_attrs[] = {
	[ESPGW_SA_A_DIR] = { "dir", ESPGW_T_U8, NULL },
	[ESPGW_SA_A_SRC] = { "src", ESPGW_T_ADDR, NULL },
	[ESPGW_SA_A_DST] = { "dst", ESPGW_T_ADDR, NULL },
	[ESPGW_SA_A_SPI] = { "spi", ESPGW_T_BE32, NULL },
	[ESPGW_SA_A_REQID] = { "reqid", ESPGW_T_U32, NULL },
	[ESPGW_SA_A_AEAD] = { "aead", ESPGW_T_STRING, NULL },
	[ESPGW_SA_A_ENC] = { "enc", ESPGW_T_STRING, NULL },
	[ESPGW_SA_A_AUTH] = { "auth", ESPGW_T_STRING, NULL },
	[ESPGW_SA_A_KEY] = { "key", ESPGW_T_BYTES, NULL },
	[ESPGW_SA_A_AUTH_KEY] = { "auth key", ESPGW_T_BYTES, NULL },
	[ESPGW_SA_A_ICV_BITS] = { "ICV bits", ESPGW_T_U32, NULL },
	[ESPGW_SA_A_ESN] = { "esn", ESPGW_T_FLAG, NULL },
	[ESPGW_SA_A_REPLAY_WINDOW] = { "replay-window", ESPGW_T_U32, NULL },
	[ESPGW_SA_A_SEQ] = { "seq", ESPGW_T_U64, NULL },
	[ESPGW_SA_A_ENCAP_SPORT] = { "encap source port", ESPGW_T_BE16, NULL },
	[ESPGW_SA_A_ENCAP_DPORT] = { "encap destination port", ESPGW_T_BE16, NULL },
	[ESPGW_SA_A_CLASS] = { "class", ESPGW_T_U64, NULL },
	[ESPGW_SA_A_MARK] = { "mark", ESPGW_T_U32, NULL },
	[ESPGW_SA_A_MARK_MASK] = { "mark mask", ESPGW_T_U32, NULL },
	[ESPGW_SA_A_DSCP] = { "dscp", ESPGW_T_U8, NULL },
	[ESPGW_SA_A_ECN] = { "ecn", ESPGW_T_U8, NULL },
	[ESPGW_SA_A_TTL] = { "ttl", ESPGW_T_U8, NULL },
	[ESPGW_SA_A_TFC] = { "tfc", ESPGW_T_U32, NULL },
	[ESPGW_SA_A_LIMIT] = { "limit", ESPGW_T_NEST, &espgw_limit_set },
	[ESPGW_SA_A_MTU] = { "MTU policy", ESPGW_T_NEST, &espgw_mtu_set },
	[ESPGW_SA_A_SHOW_KEYS] = { "keys", ESPGW_T_FLAG, NULL },
	[ESPGW_SA_A_STATE] = { "state", ESPGW_T_U8, NULL },
	[ESPGW_SA_A_AGE_S] = { "age", ESPGW_T_U64, NULL },
	[ESPGW_SA_A_PMTU] = { "pmtu", ESPGW_T_U32, NULL },
	[ESPGW_SA_A_INNER_MTU] = { "inner-mtu", ESPGW_T_U32, NULL },
	[ESPGW_SA_A_STATS] = { "stats", ESPGW_T_NEST, &espgw_sa_stat_set },
	[ESPGW_SA_A_EVENT] = { "event", ESPGW_T_U8, NULL },
	[ESPGW_SA_A_KEEPALIVE] = { "keepalive", ESPGW_T_U32, NULL },
	[ESPGW_SA_A_PEER] = { "peer", ESPGW_T_ADDR, NULL },
	[ESPGW_SA_A_PEER_PORT] = { "peer port", ESPGW_T_BE16, NULL },
	[ESPGW_SA_A_PAD] = { NULL, ESPGW_T_NONE, NULL },
	[ESPGW_SA_A_INHERIT] = { "inherit", ESPGW_T_U32, NULL },
};
const struct espgw_attr_set espgw_sa_set = SET(sa_attrs);

static const struct espgw_attr policy_attrs[] = {
	[ESPGW_POLICY_A_PRIO] = { "prio", ESPGW_T_U32, NULL },
	[ESPGW_POLICY_A_IFINDEX] = { "dev", ESPGW_T_U32, NULL },
	[ESPGW_POLICY_A_IFNAME] = { "name", ESPGW_T_STRING, NULL },
	[ESPGW_POLICY_A_SRC] = { "src", ESPGW_T_ADDR, NULL },
	[ESPGW_POLICY_A_SRC_LEN] = { "src prefix length", ESPGW_T_U8, NULL },
	[ESPGW_POLICY_A_DST] = { "dst", ESPGW_T_ADDR, NULL },
	[ESPGW_POLICY_A_DST_LEN] = { "dst prefix length", ESPGW_T_U8, NULL },
	[ESPGW_POLICY_A_PROTO] = { "proto", ESPGW_T_U8, NULL },
	[ESPGW_POLICY_A_SPORT_MIN] = { "sport", ESPGW_T_U16, NULL },
	[ESPGW_POLICY_A_SPORT_MAX] = { "sport", ESPGW_T_U16, NULL },
	[ESPGW_POLICY_A_DPORT_MIN] = { "dport", ESPGW_T_U16, NULL },
	[ESPGW_POLICY_A_DPORT_MAX] = { "dport", ESPGW_T_U16, NULL },
	[ESPGW_POLICY_A_DSCP] = { "dscp", ESPGW_T_U8, NULL },
	[ESPGW_POLICY_A_ACTION] = { "action", ESPGW_T_U8, NULL },
	[ESPGW_POLICY_A_REQID] = { "protect reqid", ESPGW_T_U32, NULL },
	[ESPGW_POLICY_A_TUNNEL_SRC] = { "protect src", ESPGW_T_ADDR, NULL },
	[ESPGW_POLICY_A_TUNNEL_DST] = { "protect dst", ESPGW_T_ADDR, NULL },
	[ESPGW_POLICY_A_PACKETS] = { "packets", ESPGW_T_U64, NULL },
	[ESPGW_POLICY_A_BYTES] = { "bytes", ESPGW_T_U64, NULL },
	[ESPGW_POLICY_A_EVENT] = { "event", ESPGW_T_U8, NULL },
	[ESPGW_POLICY_A_PAD] = { NULL, ESPGW_T_NONE, NULL },
};
const struct espgw_attr_set espgw_policy_set = SET(policy_attrs);

static const struct espgw_attr pmtu_attrs[] = {
	[ESPGW_PMTU_A_SPI] = { "spi", ESPGW_T_BE32, NULL },
	[ESPGW_PMTU_A_DST] = { "dst", ESPGW_T_ADDR, NULL },
	[ESPGW_PMTU_A_SRC] = { "src", ESPGW_T_ADDR, NULL },
	[ESPGW_PMTU_A_REQID] = { "reqid", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_PMTU] = { "pmtu", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_INNER_MTU] = { "inner-mtu", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_SOURCE] = { "source", ESPGW_T_U8, NULL },
	[ESPGW_PMTU_A_EXPIRES_S] = { "expires", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_LEARNED_S] = { "learned", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_LOCKED] = { "locked", ESPGW_T_U8, NULL },
	[ESPGW_PMTU_A_FLOOR] = { "floor", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_CAP] = { "cap", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_ACCEPTED] = { "accepted", ESPGW_T_U64, NULL },
	[ESPGW_PMTU_A_REJECTED] = { "rejected", ESPGW_T_U64, NULL },
	[ESPGW_PMTU_A_MTU] = { "mtu", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_LOCK] = { "lock", ESPGW_T_FLAG, NULL },
	[ESPGW_PMTU_A_AGE_S] = { "age", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_EVENT] = { "event", ESPGW_T_U8, NULL },
	[ESPGW_PMTU_A_ECHO] = { "echo", ESPGW_T_ADDR, NULL },
	[ESPGW_PMTU_A_PROBE_STATE] = { "probe state", ESPGW_T_U8, NULL },
	[ESPGW_PMTU_A_PROBE_SIZE] = { "probe size", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_PROBE_CONFIRMED] = { "probe confirmed", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_PROBE_FAILED] = { "probe failed", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_PROBES_SENT] = { "probes sent", ESPGW_T_U64, NULL },
	[ESPGW_PMTU_A_PROBES_ANSWERED] = { "probes answered", ESPGW_T_U64, NULL },
	[ESPGW_PMTU_A_PROBES_LOST] = { "probes lost", ESPGW_T_U64, NULL },
	[ESPGW_PMTU_A_BLACK_HOLES] = { "black holes", ESPGW_T_U64, NULL },
	[ESPGW_PMTU_A_RAISED_BY] = { "raised by", ESPGW_T_U8, NULL },
	[ESPGW_PMTU_A_RAISED_S] = { "raised", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_LOWERED_BY] = { "lowered by", ESPGW_T_U8, NULL },
	[ESPGW_PMTU_A_LOWERED_S] = { "lowered", ESPGW_T_U32, NULL },
	[ESPGW_PMTU_A_BOUND] = { "bound", ESPGW_T_FLAG, NULL },
	[ESPGW_PMTU_A_PAD] = { NULL, ESPGW_T_NONE, NULL },
};
const struct espgw_attr_set espgw_pmtu_set = SET(pmtu_attrs);

static const struct espgw_attr acquire_attrs[] = {
	[ESPGW_ACQUIRE_A_SRC] = { "src", ESPGW_T_ADDR, NULL },
	[ESPGW_ACQUIRE_A_DST] = { "dst", ESPGW_T_ADDR, NULL },
	[ESPGW_ACQUIRE_A_PROTO] = { "proto", ESPGW_T_U8, NULL },
	[ESPGW_ACQUIRE_A_SPORT] = { "sport", ESPGW_T_U16, NULL },
	[ESPGW_ACQUIRE_A_DPORT] = { "dport", ESPGW_T_U16, NULL },
	[ESPGW_ACQUIRE_A_DSCP] = { "dscp", ESPGW_T_U8, NULL },
	[ESPGW_ACQUIRE_A_REQID] = { "reqid", ESPGW_T_U32, NULL },
	[ESPGW_ACQUIRE_A_TUNNEL_SRC] = { "tunnel src", ESPGW_T_ADDR, NULL },
	[ESPGW_ACQUIRE_A_TUNNEL_DST] = { "tunnel dst", ESPGW_T_ADDR, NULL },
	[ESPGW_ACQUIRE_A_PRIO] = { "prio", ESPGW_T_U32, NULL },
};
const struct espgw_attr_set espgw_acquire_set = SET(acquire_attrs);

static const struct espgw_attr alert_attrs[] = {
	[ESPGW_ALERT_A_KIND] = { "kind", ESPGW_T_U8, NULL },
	[ESPGW_ALERT_A_SPI] = { "spi", ESPGW_T_BE32, NULL },
	[ESPGW_ALERT_A_SRC] = { "src", ESPGW_T_ADDR, NULL },
	[ESPGW_ALERT_A_DST] = { "dst", ESPGW_T_ADDR, NULL },
	[ESPGW_ALERT_A_IFNAME] = { "dev", ESPGW_T_STRING, NULL },
	[ESPGW_ALERT_A_DIR] = { "dir", ESPGW_T_U8, NULL },
};
const struct espgw_attr_set espgw_alert_set = SET(alert_attrs);

static const struct espgw_attr vfr_stat_attrs[] = {
	[ESPGW_VFR_STAT_A_REASS_FRAGS] = { "reass_frags", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_REQDS] = { "reass_reqds", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_OKS] = { "reass_oks", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_HELD] = { "reass_held", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_DROP] = { "reass_drop", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_SOURCE_DROP] = { "reass_source_drop", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_BYTES_DROP] = { "reass_bytes_drop", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_TOO_MANY_FRAGS] = { "reass_too_many_frags", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_TIMEOUT] = { "reass_timeout", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_TINY] = { "reass_tiny", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_NO_HEADER] = { "reass_no_header", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_LENGTH] = { "reass_length", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_OVERSIZE] = { "reass_oversize", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_OVERLAP] = { "reass_overlap", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_TWO_ENDS] = { "reass_two_ends", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_DUPLICATE] = { "reass_duplicate", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_DEAD] = { "reass_dead", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_PURGED] = { "reass_purged", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_REFUSED] = { "reass_refused", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_REASS_NOMEM] = { "reass_nomem", ESPGW_T_U64, NULL },
	[ESPGW_VFR_STAT_A_PAD] = { NULL, ESPGW_T_NONE, NULL },
};
const struct espgw_attr_set espgw_vfr_stat_set = SET(vfr_stat_attrs);

static const struct espgw_attr vfr_attrs[] = {
	[ESPGW_VFR_A_IFINDEX] = { "dev", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_IFNAME] = { "name", ESPGW_T_STRING, NULL },
	[ESPGW_VFR_A_DIR] = { "dir", ESPGW_T_U8, NULL },
	[ESPGW_VFR_A_MODE] = { "mode", ESPGW_T_U8, NULL },
	[ESPGW_VFR_A_MAX_REASSEMBLIES] = { "max-reassemblies", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_MAX_FRAGMENTS] = { "max-fragments", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_TIMEOUT_S] = { "timeout", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_DROP_FRAGMENTS] = { "drop-fragments", ESPGW_T_U8, NULL },
	[ESPGW_VFR_A_MAX_BYTES] = { "max-bytes", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_BY_HAND] = { "by hand", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_ENABLED] = { "enabled", ESPGW_T_U8, NULL },
	[ESPGW_VFR_A_USERS_PORTS] = { "ports", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_USERS_ESP] = { "esp", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_USERS_NATT] = { "natt", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_USERS_GRE] = { "gre", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_REASSEMBLIES] = { "reassemblies", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_HELD] = { "held", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_BYTES] = { "bytes", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_STATS] = { "stats", ESPGW_T_NEST, &espgw_vfr_stat_set },
	[ESPGW_VFR_A_EVENT] = { "event", ESPGW_T_U8, NULL },
	[ESPGW_VFR_A_DEFAULT] = { "default", ESPGW_T_U32, NULL },
	[ESPGW_VFR_A_USERS_ENDS] = { "ends", ESPGW_T_U32, NULL },
};
const struct espgw_attr_set espgw_vfr_set = SET(vfr_attrs);

static_assert(MNL_ARRAY_SIZE(mtu_attrs) == __ESPGW_MTU_A_MAX, "mtu_attrs");
static_assert(MNL_ARRAY_SIZE(dev_attrs) == __ESPGW_DEV_A_MAX, "dev_attrs");
static_assert(MNL_ARRAY_SIZE(default_attrs) == __ESPGW_DEFAULT_A_MAX, "default_attrs");
static_assert(MNL_ARRAY_SIZE(limit_attrs) == __ESPGW_LIMIT_A_MAX, "limit_attrs");
static_assert(MNL_ARRAY_SIZE(sa_stat_attrs) == __ESPGW_SA_STAT_A_MAX, "sa_stat_attrs");
static_assert(MNL_ARRAY_SIZE(sa_attrs) == __ESPGW_SA_A_MAX, "sa_attrs");
static_assert(MNL_ARRAY_SIZE(policy_attrs) == __ESPGW_POLICY_A_MAX, "policy_attrs");
static_assert(MNL_ARRAY_SIZE(pmtu_attrs) == __ESPGW_PMTU_A_MAX, "pmtu_attrs");
static_assert(MNL_ARRAY_SIZE(acquire_attrs) == __ESPGW_ACQUIRE_A_MAX, "acquire_attrs");
static_assert(MNL_ARRAY_SIZE(alert_attrs) == __ESPGW_ALERT_A_MAX, "alert_attrs");
static_assert(MNL_ARRAY_SIZE(vfr_stat_attrs) == __ESPGW_VFR_STAT_A_MAX, "vfr_stat_attrs");
static_assert(MNL_ARRAY_SIZE(vfr_attrs) == __ESPGW_VFR_A_MAX, "vfr_attrs");

/* Whether the payload is as long as the type says. */
static int attr_check(const struct nlattr *attr, enum espgw_attr_type type)
{
	unsigned int len = mnl_attr_get_payload_len(attr);
	const char *payload = mnl_attr_get_payload(attr);

	switch (type) {
	case ESPGW_T_U8:
		return len == 1;
	case ESPGW_T_U16:
	case ESPGW_T_BE16:
		return len == 2;
	case ESPGW_T_U32:
	case ESPGW_T_BE32:
		return len == 4;
	case ESPGW_T_U64:
		return len == 8;
	case ESPGW_T_ADDR:
		return len == 4 || len == 16;
	case ESPGW_T_STRING:
		return len && !payload[len - 1];
	case ESPGW_T_FLAG:
		return !len;
	case ESPGW_T_NONE:
	case ESPGW_T_BYTES:
	case ESPGW_T_NEST:
		break;
	}
	return 1;
}

static int attrs_take(const struct nlattr *attr, const struct espgw_attr_set *set,
		      struct espgw_attrs *attrs)
{
	unsigned int type = mnl_attr_get_type(attr);

	/* A newer module may tell more than this tool knows. */
	if (type > set->max || type > ESPGW_ATTR_MAX)
		return 0;
	if (!attr_check(attr, set->attr[type].type))
		return -1;
	attrs->tb[type] = attr;
	return 0;
}

/**
 * espgw_attr_read - index the attributes of a message
 * @nlh: the message, with a generic netlink header
 * @set: which space they are of
 * @attrs: receives them
 *
 * Return: 0, or -1 if one has a wrong length; says nothing.
 */
int espgw_attr_read(const struct nlmsghdr *nlh, const struct espgw_attr_set *set,
		    struct espgw_attrs *attrs)
{
	const struct nlattr *attr;

	memset(attrs, 0, sizeof(*attrs));
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (attrs_take(attr, set, attrs))
			return -1;
	return 0;
}

/**
 * espgw_attr_read_nest - index the attributes of a nest
 * @nest: the nest
 * @set: which space they are of
 * @attrs: receives them
 *
 * Return: 0, or -1 if one has a wrong length; says nothing.
 */
int espgw_attr_read_nest(const struct nlattr *nest, const struct espgw_attr_set *set,
			 struct espgw_attrs *attrs)
{
	const struct nlattr *attr;

	memset(attrs, 0, sizeof(*attrs));
	mnl_attr_for_each_nested(attr, nest)
		if (attrs_take(attr, set, attrs))
			return -1;
	return 0;
}

/**
 * espgw_attr_at - find which attribute begins at an offset
 * @nlh: the request
 * @set: the space of its attributes
 * @offset: from the beginning of @nlh, as an extended ACK gives it
 *
 * Return: its description, the innermost one; NULL if none begins there.
 */
const struct espgw_attr *espgw_attr_at(const struct nlmsghdr *nlh,
				       const struct espgw_attr_set *set, uint32_t offset)
{
	const char *want = (const char *)nlh + offset;
	const struct nlattr *attr, *inner;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		const struct espgw_attr *known = NULL;

		if (mnl_attr_get_type(attr) <= set->max)
			known = &set->attr[mnl_attr_get_type(attr)];
		if ((const char *)attr == want)
			return known;
		if (!known || !known->nest)
			continue;
		mnl_attr_for_each_nested(inner, attr)
			if ((const char *)inner == want &&
			    mnl_attr_get_type(inner) <= known->nest->max)
				return &known->nest->attr[mnl_attr_get_type(inner)];
	}
	return NULL;
}

/**
 * espgw_attr_get_addr - read an address
 * @attr: the attribute
 * @addr: receives it
 *
 * Return: 0, or -1 if its length is that of no family.
 */
int espgw_attr_get_addr(const struct nlattr *attr, struct espgw_addr *addr)
{
	return espgw_addr_set(addr, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
}

/**
 * espgw_attr_put_addr - write an address
 * @nlh: message to add to
 * @type: attribute
 * @addr: the address
 */
void espgw_attr_put_addr(struct nlmsghdr *nlh, uint16_t type, const struct espgw_addr *addr)
{
	mnl_attr_put(nlh, type, addr->len, addr->byte);
}
