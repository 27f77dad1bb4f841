// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: requests and notifications.
 *
 * What a request may say is in the policies as far as a policy can express it;
 * the rest is refused by the parse functions, each time with a text and the
 * attribute that is wrong. Nothing is changed before all of a request has been
 * checked.
 *
 * Locks: RTNL, then espgw_net.lock. The family has parallel_ops: the lock of
 * the namespace is all the order that requests need.
 */
#include "netlink.h"

#include <linux/in.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "core/selector.h"
#include "core/view.h"
#include "dev.h"
#include "path.h"
#include "sad.h"
#include "spd.h"
#include "stats.h"

/* The counters' padding comes last: loops over counters end before it. */
static_assert((int)ESPGW_STATS_A_PAD == (int)ESPGW_STATS_A_MAX);
static_assert((int)ESPGW_SA_STAT_A_PAD == (int)ESPGW_SA_STAT_A_MAX);
static_assert((int)ESPGW_LIMIT_A_PAD == (int)ESPGW_LIMIT_A_MAX);

#define ICV_BITS_MIN	64
#define ICV_BITS_MAX	512
#define AGE_S_MAX	86400
#define MSS_MAX		(ESPGW_MTU_MAX - 40)
#define DSCP_MAX	63

/* In the order of group_list[]. */
enum {
	GROUP_SA,
	GROUP_POLICY,
	GROUP_PMTU,
	GROUP_ACQUIRE,
	GROUP_ALERT,
};

static struct genl_family nl_family;

/* Between registering and unregistering; without it nl_family.id is not ours. */
static bool nl_live;

/* Not const, since struct nla_policy of 6.1 has a plain pointer to them. */
static struct netlink_range_validation cap_range = {
	.min = ESPGW_CAP_NONE,
	.max = ESPGW_MTU_MAX,
};

static struct netlink_range_validation mtu_range = {
	.min = ESPGW_PMTU_HARD_MIN,
	.max = ESPGW_MTU_MAX,
};

static struct netlink_range_validation mss_range = {
	.min = ESPGW_MSS_OFF,
	.max = MSS_MAX,
};

static struct netlink_range_validation tfc_range = {
	.min = 0,
	.max = ESPGW_MTU_MAX,
};

static struct netlink_range_validation ifindex_range = {
	.min = 1,
	.max = S32_MAX,
};

/* Attributes that only answers have are not in these, and so are refused. */
static const struct nla_policy espgw_nl_mtu_policy[] = {
	[ESPGW_MTU_A_DF] = NLA_POLICY_MAX(NLA_U8, ESPGW_DF_CLEAR),
	[ESPGW_MTU_A_FRAG] = NLA_POLICY_MAX(NLA_U8, ESPGW_FRAG_OFF),
	[ESPGW_MTU_A_SPLIT] = NLA_POLICY_MAX(NLA_U8, ESPGW_SPLIT_TCP),
	[ESPGW_MTU_A_INNER_DF] = NLA_POLICY_MAX(NLA_U8, ESPGW_INNER_DF_CLEAR),
	[ESPGW_MTU_A_ICMP_ANSWER] = NLA_POLICY_MAX(NLA_U8, 1),
	[ESPGW_MTU_A_MTU_CAP] = NLA_POLICY_FULL_RANGE(NLA_U32, &cap_range),
	[ESPGW_MTU_A_MIN_PMTU] = NLA_POLICY_FULL_RANGE(NLA_U32, &mtu_range),
	[ESPGW_MTU_A_PMTU_AGE] = NLA_POLICY_MIN(NLA_U32, 1),
	[ESPGW_MTU_A_PMTU_LEARN] = NLA_POLICY_MAX(NLA_U8, 1),
	[ESPGW_MTU_A_MSS] = NLA_POLICY_FULL_RANGE(NLA_U32, &mss_range),
	[ESPGW_MTU_A_PROBE] = NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy espgw_nl_dev_policy[] = {
	[ESPGW_DEV_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &ifindex_range),
	[ESPGW_DEV_A_MTU] = NLA_POLICY_NESTED(espgw_nl_mtu_policy),
};

static const struct nla_policy espgw_nl_default_policy[] = {
	[ESPGW_DEFAULT_A_MTU] = NLA_POLICY_NESTED(espgw_nl_mtu_policy),
};

static const struct nla_policy espgw_nl_limit_policy[] = {
	[ESPGW_LIMIT_A_SOFT_BYTES] = { .type = NLA_U64 },
	[ESPGW_LIMIT_A_HARD_BYTES] = { .type = NLA_U64 },
	[ESPGW_LIMIT_A_SOFT_PACKETS] = { .type = NLA_U64 },
	[ESPGW_LIMIT_A_HARD_PACKETS] = { .type = NLA_U64 },
	[ESPGW_LIMIT_A_SOFT_SECONDS] = { .type = NLA_U64 },
	[ESPGW_LIMIT_A_HARD_SECONDS] = { .type = NLA_U64 },
};

static const struct nla_policy espgw_nl_sa_policy[] = {
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
	[ESPGW_SA_A_ICV_BITS] = NLA_POLICY_RANGE(NLA_U32, ICV_BITS_MIN, ICV_BITS_MAX),
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
	[ESPGW_SA_A_TFC] = NLA_POLICY_FULL_RANGE(NLA_U32, &tfc_range),
	[ESPGW_SA_A_LIMIT] = NLA_POLICY_NESTED(espgw_nl_limit_policy),
	[ESPGW_SA_A_MTU] = NLA_POLICY_NESTED(espgw_nl_mtu_policy),
	[ESPGW_SA_A_SHOW_KEYS] = { .type = NLA_FLAG },
};

static const struct nla_policy espgw_nl_policy_policy[] = {
	[ESPGW_POLICY_A_PRIO] = { .type = NLA_U32 },
	[ESPGW_POLICY_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &ifindex_range),
	[ESPGW_POLICY_A_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_POLICY_A_SRC_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[ESPGW_POLICY_A_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_POLICY_A_DST_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[ESPGW_POLICY_A_PROTO] = { .type = NLA_U8 },
	[ESPGW_POLICY_A_SPORT_MIN] = { .type = NLA_U16 },
	[ESPGW_POLICY_A_SPORT_MAX] = { .type = NLA_U16 },
	[ESPGW_POLICY_A_DPORT_MIN] = { .type = NLA_U16 },
	[ESPGW_POLICY_A_DPORT_MAX] = { .type = NLA_U16 },
	[ESPGW_POLICY_A_DSCP] = NLA_POLICY_MAX(NLA_U8, DSCP_MAX),
	[ESPGW_POLICY_A_ACTION] = NLA_POLICY_RANGE(NLA_U8, 1, ESPGW_ACTION_DISCARD),
	[ESPGW_POLICY_A_REQID] = { .type = NLA_U32 },
	[ESPGW_POLICY_A_TUNNEL_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_POLICY_A_TUNNEL_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
};

static const struct nla_policy espgw_nl_pmtu_policy[] = {
	[ESPGW_PMTU_A_SPI] = NLA_POLICY_MIN(NLA_BE32, ESPGW_SPI_MIN),
	[ESPGW_PMTU_A_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ESPGW_PMTU_A_MTU] = NLA_POLICY_FULL_RANGE(NLA_U32, &mtu_range),
	[ESPGW_PMTU_A_LOCK] = { .type = NLA_FLAG },
	[ESPGW_PMTU_A_AGE_S] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* The highest attribute of a request, and so of struct nlattr *attrs[]. */
#define MAXATTR(policy) (ARRAY_SIZE(policy) - 1)

static_assert(MAXATTR(espgw_nl_sa_policy) < 64);

#define SA_NAME (BIT_ULL(ESPGW_SA_A_DST) | BIT_ULL(ESPGW_SA_A_SPI) |		\
		 BIT_ULL(ESPGW_SA_A_DIR))
#define SA_CHANGEABLE (BIT_ULL(ESPGW_SA_A_SEQ) |				\
		       BIT_ULL(ESPGW_SA_A_ENCAP_SPORT) |			\
		       BIT_ULL(ESPGW_SA_A_ENCAP_DPORT) |			\
		       BIT_ULL(ESPGW_SA_A_CLASS) | BIT_ULL(ESPGW_SA_A_MARK) |	\
		       BIT_ULL(ESPGW_SA_A_MARK_MASK) |				\
		       BIT_ULL(ESPGW_SA_A_DSCP) | BIT_ULL(ESPGW_SA_A_ECN) |	\
		       BIT_ULL(ESPGW_SA_A_TTL) | BIT_ULL(ESPGW_SA_A_TFC) |	\
		       BIT_ULL(ESPGW_SA_A_LIMIT) | BIT_ULL(ESPGW_SA_A_MTU))
#define SA_FIXED (BIT_ULL(ESPGW_SA_A_SRC) | BIT_ULL(ESPGW_SA_A_REQID) |		\
		  BIT_ULL(ESPGW_SA_A_AEAD) | BIT_ULL(ESPGW_SA_A_ENC) |		\
		  BIT_ULL(ESPGW_SA_A_AUTH) | BIT_ULL(ESPGW_SA_A_KEY) |		\
		  BIT_ULL(ESPGW_SA_A_AUTH_KEY) | BIT_ULL(ESPGW_SA_A_ICV_BITS) |	\
		  BIT_ULL(ESPGW_SA_A_ESN) | BIT_ULL(ESPGW_SA_A_REPLAY_WINDOW))

#define POLICY_ACTION (BIT_ULL(ESPGW_POLICY_A_ACTION) |				\
		       BIT_ULL(ESPGW_POLICY_A_REQID) |				\
		       BIT_ULL(ESPGW_POLICY_A_TUNNEL_SRC) |			\
		       BIT_ULL(ESPGW_POLICY_A_TUNNEL_DST))

#define PMTU_NAME (BIT_ULL(ESPGW_PMTU_A_SPI) | BIT_ULL(ESPGW_PMTU_A_DST))

/* Refuse an attribute, with a reason. */
#define REFUSE(extack, attr, text) ({				\
	NL_SET_ERR_MSG_ATTR((extack), (attr), text);		\
	-EINVAL;						\
})

/* Refuse a request for what it lacks. */
#define MISSING(extack, type, text) ({				\
	NL_SET_ERR_ATTR_MISS((extack), NULL, (type));		\
	NL_SET_ERR_MSG((extack), text);				\
	-EINVAL;						\
})

/* -- parsing */

/*
 * The policies are shared by all commands on one kind of object; a command
 * that would ignore an attribute has to refuse it.
 */
static int attrs_only(struct nlattr **attrs, unsigned int maxattr, u64 allowed,
		      struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 1; i <= maxattr; i++)
		if (attrs[i] && !(allowed & BIT_ULL(i)))
			return REFUSE(extack, attrs[i],
				      "attribute has no meaning in this command");
	return 0;
}

static int addr_parse(const struct nlattr *attr, struct espgw_addr *addr,
		      u8 *family, struct netlink_ext_ack *extack)
{
	int len = nla_len(attr);

	if (len != 4 && len != 16)
		return REFUSE(extack, attr, "address is neither 4 nor 16 bytes long");
	nla_memcpy(addr, attr, sizeof(*addr));	/* pads with zeros */
	*family = len == 4 ? 4 : 6;
	return 0;
}

/* An address that a tunnel can end at. */
static int outer_addr_parse(const struct nlattr *attr, struct espgw_addr *addr,
			    u8 *family, struct netlink_ext_ack *extack)
{
	struct in6_addr in6;
	int err;

	err = addr_parse(attr, addr, family, extack);
	if (err)
		return err;

	if (*family == 4) {
		if (ipv4_is_zeronet(addr->a[0]))
			return REFUSE(extack, attr, "outer address is unspecified");
		if (ipv4_is_multicast(addr->a[0]))
			return REFUSE(extack, attr, "outer address is a multicast address");
		if (ipv4_is_lbcast(addr->a[0]))
			return REFUSE(extack, attr, "outer address is a broadcast address");
		return 0;
	}

	memcpy(&in6, addr, sizeof(in6));
	if (ipv6_addr_any(&in6))
		return REFUSE(extack, attr, "outer address is unspecified");
	if (ipv6_addr_is_multicast(&in6))
		return REFUSE(extack, attr, "outer address is a multicast address");
	if (ipv6_addr_v4mapped(&in6))
		return REFUSE(extack, attr, "outer address is an ipv4-mapped address");
	return 0;
}

static int age_check(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	u32 age_s = nla_get_u32(attr);

	if (age_s > AGE_S_MAX && age_s != ESPGW_AGE_INFINITE)
		return REFUSE(extack, attr, "age is above 86400 s and not infinite");
	return 0;
}

static int mtu_parse(const struct nlattr *nest, struct espgw_mtu_policy *p,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[MAXATTR(espgw_nl_mtu_policy) + 1];
	unsigned int i;
	int err;

	memset(p, 0, sizeof(*p));
	if (!nest)
		return 0;

	err = nla_parse_nested(tb, MAXATTR(espgw_nl_mtu_policy), nest,
			       espgw_nl_mtu_policy, extack);
	if (err)
		return err;

	for (i = 1; i < ARRAY_SIZE(tb); i++)
		if (tb[i])
			p->set |= BIT(i);

	if (tb[ESPGW_MTU_A_DF])
		p->df = nla_get_u8(tb[ESPGW_MTU_A_DF]);
	if (tb[ESPGW_MTU_A_FRAG])
		p->frag = nla_get_u8(tb[ESPGW_MTU_A_FRAG]);
	if (tb[ESPGW_MTU_A_SPLIT])
		p->split = nla_get_u8(tb[ESPGW_MTU_A_SPLIT]);
	if (tb[ESPGW_MTU_A_INNER_DF])
		p->inner_df = nla_get_u8(tb[ESPGW_MTU_A_INNER_DF]);
	if (tb[ESPGW_MTU_A_ICMP_ANSWER])
		p->icmp_answer = nla_get_u8(tb[ESPGW_MTU_A_ICMP_ANSWER]);
	if (tb[ESPGW_MTU_A_MTU_CAP])
		p->mtu_cap = nla_get_u32(tb[ESPGW_MTU_A_MTU_CAP]);
	if (tb[ESPGW_MTU_A_MIN_PMTU])
		p->min_pmtu = nla_get_u32(tb[ESPGW_MTU_A_MIN_PMTU]);
	if (tb[ESPGW_MTU_A_PMTU_AGE])
		p->pmtu_age_s = nla_get_u32(tb[ESPGW_MTU_A_PMTU_AGE]);
	if (tb[ESPGW_MTU_A_PMTU_LEARN])
		p->pmtu_learn = nla_get_u8(tb[ESPGW_MTU_A_PMTU_LEARN]);
	if (tb[ESPGW_MTU_A_MSS])
		p->mss = nla_get_u32(tb[ESPGW_MTU_A_MSS]);
	if (tb[ESPGW_MTU_A_PROBE])
		p->probe = nla_get_u8(tb[ESPGW_MTU_A_PROBE]);

	if (p->split == ESPGW_SPLIT_TCP) {
		NL_SET_ERR_MSG_ATTR(extack, tb[ESPGW_MTU_A_SPLIT],
				    "split tcp is not in this version");
		return -EOPNOTSUPP;
	}
	if (p->probe) {
		NL_SET_ERR_MSG_ATTR(extack, tb[ESPGW_MTU_A_PROBE],
				    "probe on is not in this version");
		return -EOPNOTSUPP;
	}
	if (p->mtu_cap != ESPGW_CAP_NONE && p->mtu_cap < ESPGW_PMTU_HARD_MIN)
		return REFUSE(extack, tb[ESPGW_MTU_A_MTU_CAP],
			      "mtu-cap is below 68 and not none");
	if (p->mss != ESPGW_MSS_OFF && p->mss != ESPGW_MSS_AUTO &&
	    p->mss < ESPGW_MSS_MIN)
		return REFUSE(extack, tb[ESPGW_MTU_A_MSS], "mss is below 88");
	if (tb[ESPGW_MTU_A_PMTU_AGE])
		return age_check(tb[ESPGW_MTU_A_PMTU_AGE], extack);
	return 0;
}

/*
 * Whether @p contradicts itself or, where it changes only some members, what
 * was set before it on the same object. What wider policies say cannot be a
 * contradiction: they may change later.
 */
static int mtu_check(const struct espgw_mtu_policy *p,
		     const struct espgw_mtu_policy *old, u16 old_set,
		     const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	u32 cap = ESPGW_CAP_NONE, floor = 0;

	if (p->set & BIT(ESPGW_MTU_A_MTU_CAP))
		cap = p->mtu_cap;
	else if (old_set & BIT(ESPGW_MTU_A_MTU_CAP))
		cap = old->mtu_cap;

	if (p->set & BIT(ESPGW_MTU_A_MIN_PMTU))
		floor = p->min_pmtu;
	else if (old_set & BIT(ESPGW_MTU_A_MIN_PMTU))
		floor = old->min_pmtu;

	if (cap != ESPGW_CAP_NONE && floor > cap)
		return REFUSE(extack, nest, "min-pmtu is above mtu-cap");
	return 0;
}

static int limits_parse(const struct nlattr *nest, struct espgw_limits *limits,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[MAXATTR(espgw_nl_limit_policy) + 1];
	unsigned int i;
	int err;

	static_assert(ARRAY_SIZE(limits->v) == ARRAY_SIZE(tb));

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, MAXATTR(espgw_nl_limit_policy), nest,
			       espgw_nl_limit_policy, extack);
	if (err)
		return err;

	for (i = 1; i < ARRAY_SIZE(tb); i++)
		if (tb[i])
			limits->v[i] = nla_get_u64(tb[i]);
	return 0;
}

/* @old: limits that stay where @new has none, or NULL */
static bool limits_contradict(const struct espgw_limits *new,
			      const struct espgw_limits *old,
			      unsigned int soft_attr, unsigned int hard_attr)
{
	u64 soft = new->v[soft_attr], hard = new->v[hard_attr];

	if (old) {
		soft = soft ?: old->v[soft_attr];
		hard = hard ?: old->v[hard_attr];
	}
	return hard && soft > hard;
}

static int limits_check(const struct espgw_limits *new,
			const struct espgw_limits *old,
			const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	if (limits_contradict(new, old, ESPGW_LIMIT_A_SOFT_BYTES,
			      ESPGW_LIMIT_A_HARD_BYTES))
		return REFUSE(extack, nest,
			      "soft limit of bytes is above the hard one");
	if (limits_contradict(new, old, ESPGW_LIMIT_A_SOFT_PACKETS,
			      ESPGW_LIMIT_A_HARD_PACKETS))
		return REFUSE(extack, nest,
			      "soft limit of packets is above the hard one");
	if (limits_contradict(new, old, ESPGW_LIMIT_A_SOFT_SECONDS,
			      ESPGW_LIMIT_A_HARD_SECONDS))
		return REFUSE(extack, nest,
			      "soft limit of seconds is above the hard one");
	return 0;
}

/* What names an SA; key->dir is 0 if that was not said. */
static int sa_key_parse(struct nlattr **attrs, struct espgw_sa_key *key,
			struct netlink_ext_ack *extack)
{
	memset(key, 0, sizeof(*key));
	if (!attrs[ESPGW_SA_A_DST])
		return MISSING(extack, ESPGW_SA_A_DST, "dst is missing");
	if (!attrs[ESPGW_SA_A_SPI])
		return MISSING(extack, ESPGW_SA_A_SPI, "spi is missing");

	key->spi = nla_get_be32(attrs[ESPGW_SA_A_SPI]);
	if (attrs[ESPGW_SA_A_DIR])
		key->dir = nla_get_u8(attrs[ESPGW_SA_A_DIR]);
	return addr_parse(attrs[ESPGW_SA_A_DST], &key->dst, &key->family, extack);
}

static int alg_name_parse(const struct nlattr *attr, char *name,
			  struct netlink_ext_ack *extack)
{
	nla_strscpy(name, attr, ESPGW_ALG_NAME_MAX);
	if (!name[0])
		return REFUSE(extack, attr, "algorithm has an empty name");
	return 0;
}

/* Room for the longest key is guaranteed by the policy. */
static u16 alg_key_parse(const struct nlattr *attr, u8 *key)
{
	return attr ? nla_memcpy(key, attr, ESPGW_KEY_MAX) : 0;
}

/* Which algorithms there are and which keys they take, the crypto code says. */
static int algo_parse(struct nlattr **attrs, struct espgw_algo *algo,
		      struct netlink_ext_ack *extack)
{
	int err;

	algo->key_len = alg_key_parse(attrs[ESPGW_SA_A_KEY], algo->key);
	algo->auth_key_len = alg_key_parse(attrs[ESPGW_SA_A_AUTH_KEY],
					   algo->auth_key);
	if (attrs[ESPGW_SA_A_ICV_BITS]) {
		algo->icv_bits = nla_get_u32(attrs[ESPGW_SA_A_ICV_BITS]);
		if (algo->icv_bits % 8)
			return REFUSE(extack, attrs[ESPGW_SA_A_ICV_BITS],
				      "icv bits are not a multiple of 8");
	}

	if (attrs[ESPGW_SA_A_AEAD]) {
		if (attrs[ESPGW_SA_A_ENC])
			return REFUSE(extack, attrs[ESPGW_SA_A_ENC],
				      "aead and enc exclude each other");
		if (attrs[ESPGW_SA_A_AUTH])
			return REFUSE(extack, attrs[ESPGW_SA_A_AUTH],
				      "aead and auth exclude each other");
		if (attrs[ESPGW_SA_A_AUTH_KEY])
			return REFUSE(extack, attrs[ESPGW_SA_A_AUTH_KEY],
				      "aead takes no auth key");
		if (!algo->key_len)
			return MISSING(extack, ESPGW_SA_A_KEY, "key is missing");
		if (!algo->icv_bits)
			return MISSING(extack, ESPGW_SA_A_ICV_BITS,
				       "icv bits are missing, aead needs them");
		return alg_name_parse(attrs[ESPGW_SA_A_AEAD], algo->aead, extack);
	}

	if (!attrs[ESPGW_SA_A_ENC] && !attrs[ESPGW_SA_A_AUTH])
		return MISSING(extack, ESPGW_SA_A_AEAD,
			       "algorithm is missing: aead, or enc and auth");
	if (!attrs[ESPGW_SA_A_AUTH])
		return MISSING(extack, ESPGW_SA_A_AUTH,
			       "auth is missing: enc alone protects nothing");
	if (!attrs[ESPGW_SA_A_ENC])
		return MISSING(extack, ESPGW_SA_A_ENC,
			       "enc is missing: it may be ecb(cipher_null)");

	err = alg_name_parse(attrs[ESPGW_SA_A_ENC], algo->enc, extack);
	if (err)
		return err;
	err = alg_name_parse(attrs[ESPGW_SA_A_AUTH], algo->auth, extack);
	if (err)
		return err;

	if (!strcmp(algo->enc, "ecb(cipher_null)")) {
		if (algo->key_len)
			return REFUSE(extack, attrs[ESPGW_SA_A_KEY],
				      "ecb(cipher_null) takes no key");
	} else if (!algo->key_len) {
		return MISSING(extack, ESPGW_SA_A_KEY, "key is missing");
	}
	if (!algo->auth_key_len)
		return MISSING(extack, ESPGW_SA_A_AUTH_KEY, "auth key is missing");
	return 0;
}

/* What makes no sense on an SA that only decrypts. */
static int sa_inbound_check(struct nlattr **attrs,
			    struct netlink_ext_ack *extack)
{
	if (attrs[ESPGW_SA_A_CLASS])
		return REFUSE(extack, attrs[ESPGW_SA_A_CLASS],
			      "class is for outbound SAs only");
	if (attrs[ESPGW_SA_A_DSCP])
		return REFUSE(extack, attrs[ESPGW_SA_A_DSCP],
			      "dscp is for outbound SAs only");
	if (attrs[ESPGW_SA_A_TTL])
		return REFUSE(extack, attrs[ESPGW_SA_A_TTL],
			      "ttl is for outbound SAs only");
	if (attrs[ESPGW_SA_A_TFC])
		return REFUSE(extack, attrs[ESPGW_SA_A_TFC],
			      "tfc is for outbound SAs only");
	if (attrs[ESPGW_SA_A_MTU])
		return REFUSE(extack, attrs[ESPGW_SA_A_MTU],
			      "mtu policy is for outbound SAs only");
	return 0;
}

/*
 * What can be changed of an SA. cfg->key.dir and cfg->esn are known already:
 * from the same request, or from @old, the SA that is to be changed.
 */
static int sa_changeable_parse(struct nlattr **attrs, struct espgw_sa_cfg *cfg,
			       const struct espgw_sa *old,
			       struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	int err;

	if (cfg->key.dir == ESPGW_DIR_IN) {
		err = sa_inbound_check(attrs, extack);
		if (err)
			return err;
	}

	a = attrs[ESPGW_SA_A_SEQ];
	if (a) {
		cfg->seq = nla_get_u64(a);
		if (!cfg->esn && cfg->seq > U32_MAX)
			return REFUSE(extack, a,
				      "seq is above 2^32-1, that needs esn");
	}

	if (!attrs[ESPGW_SA_A_ENCAP_SPORT] != !attrs[ESPGW_SA_A_ENCAP_DPORT])
		return REFUSE(extack, attrs[ESPGW_SA_A_ENCAP_SPORT] ?:
			      attrs[ESPGW_SA_A_ENCAP_DPORT],
			      "encap needs both ports");
	if (attrs[ESPGW_SA_A_ENCAP_SPORT]) {
		cfg->encap_sport = nla_get_be16(attrs[ESPGW_SA_A_ENCAP_SPORT]);
		cfg->encap_dport = nla_get_be16(attrs[ESPGW_SA_A_ENCAP_DPORT]);
	}

	if (attrs[ESPGW_SA_A_CLASS])
		cfg->class = nla_get_u64(attrs[ESPGW_SA_A_CLASS]);

	a = attrs[ESPGW_SA_A_MARK_MASK];
	if (a && !attrs[ESPGW_SA_A_MARK])
		return REFUSE(extack, a, "mark mask without mark");
	if (attrs[ESPGW_SA_A_MARK]) {
		cfg->mark = nla_get_u32(attrs[ESPGW_SA_A_MARK]);
		cfg->mark_mask = a ? nla_get_u32(a) : U32_MAX;
		if (cfg->mark & ~cfg->mark_mask)
			return REFUSE(extack, attrs[ESPGW_SA_A_MARK],
				      "mark has bits outside its mask");
	}

	a = attrs[ESPGW_SA_A_DSCP];
	if (a) {
		cfg->dscp = nla_get_u8(a);
		if (cfg->dscp > DSCP_MAX && cfg->dscp != ESPGW_COPY)
			return REFUSE(extack, a, "dscp is above 63 and not copy");
	}
	if (attrs[ESPGW_SA_A_ECN])
		cfg->ecn = nla_get_u8(attrs[ESPGW_SA_A_ECN]);
	if (attrs[ESPGW_SA_A_TTL])
		cfg->ttl = nla_get_u8(attrs[ESPGW_SA_A_TTL]);
	if (attrs[ESPGW_SA_A_TFC])
		cfg->tfc = nla_get_u32(attrs[ESPGW_SA_A_TFC]);

	a = attrs[ESPGW_SA_A_LIMIT];
	err = limits_parse(a, &cfg->limits, extack);
	if (err)
		return err;
	err = limits_check(&cfg->limits, old ? &old->limits : NULL, a, extack);
	if (err)
		return err;

	a = attrs[ESPGW_SA_A_MTU];
	err = mtu_parse(a, &cfg->mtu, extack);
	if (err)
		return err;
	return mtu_check(&cfg->mtu, old ? &old->mtu : NULL,
			 old ? old->mtu.set : 0, a, extack);
}

static u64 attrs_set(struct nlattr **attrs, unsigned int maxattr)
{
	unsigned int i;
	u64 set = 0;

	for (i = 1; i <= maxattr; i++)
		if (attrs[i])
			set |= BIT_ULL(i);
	return set;
}

/* A whole SA; @cfg is zeroed. */
static int sa_parse(struct nlattr **attrs, struct espgw_sa_cfg *cfg,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	u8 family;
	int err;

	cfg->set = attrs_set(attrs, MAXATTR(espgw_nl_sa_policy));
	cfg->dscp = ESPGW_COPY;
	cfg->ecn = 1;

	err = sa_key_parse(attrs, &cfg->key, extack);
	if (err)
		return err;
	if (!cfg->key.dir)
		return MISSING(extack, ESPGW_SA_A_DIR, "dir is missing");
	err = outer_addr_parse(attrs[ESPGW_SA_A_DST], &cfg->key.dst,
			       &cfg->key.family, extack);
	if (err)
		return err;

	a = attrs[ESPGW_SA_A_SRC];
	if (!a)
		return MISSING(extack, ESPGW_SA_A_SRC, "src is missing");
	err = outer_addr_parse(a, &cfg->src, &family, extack);
	if (err)
		return err;
	if (family != cfg->key.family)
		return REFUSE(extack, a, "src and dst are of different families");

	if (attrs[ESPGW_SA_A_REQID])
		cfg->reqid = nla_get_u32(attrs[ESPGW_SA_A_REQID]);
	cfg->esn = nla_get_flag(attrs[ESPGW_SA_A_ESN]);

	a = attrs[ESPGW_SA_A_REPLAY_WINDOW];
	if (cfg->key.dir == ESPGW_DIR_IN)
		cfg->replay_window = a ? nla_get_u32(a) : 64;
	else if (a && nla_get_u32(a))
		return REFUSE(extack, a,
			      "replay window is for inbound SAs only");

	err = algo_parse(attrs, &cfg->algo, extack);
	if (err)
		return err;
	return sa_changeable_parse(attrs, cfg, NULL, extack);
}

static int prefix_parse(const struct nlattr *addr_attr,
			const struct nlattr *len_attr, struct espgw_addr *addr,
			u8 *family, u8 *len, struct netlink_ext_ack *extack)
{
	struct espgw_addr masked;
	int err;

	err = addr_parse(addr_attr, addr, family, extack);
	if (err)
		return err;
	*len = nla_get_u8(len_attr);
	if (*len > (*family == 4 ? 32 : 128))
		return REFUSE(extack, len_attr,
			      "prefix length is longer than the address");
	espgw_addr_mask(&masked, addr, *family, *len);
	if (!espgw_addr_equal(&masked, addr))
		return REFUSE(extack, addr_attr,
			      "address has bits set beyond its prefix length");
	return 0;
}

static int ports_parse(const struct nlattr *first, const struct nlattr *last,
		       u16 *min, u16 *max, u8 *has,
		       struct netlink_ext_ack *extack)
{
	if (!first && !last)
		return 0;
	if (!first || !last)
		return REFUSE(extack, first ?: last,
			      "first and last port go together");
	*min = nla_get_u16(first);
	*max = nla_get_u16(last);
	*has = 1;
	if (*min > *max)
		return REFUSE(extack, first, "first port is above the last");
	return 0;
}

static bool proto_has_ports(const struct espgw_selector *sel)
{
	if (!sel->has_proto)
		return false;
	switch (sel->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

/* What names a policy: priority, device, selector. */
static int policy_key_parse(struct nlattr **attrs, struct espgw_policy_cfg *cfg,
			    struct netlink_ext_ack *extack)
{
	struct espgw_selector *sel = &cfg->sel;
	u8 family;
	int err;

	memset(cfg, 0, sizeof(*cfg));
	if (attrs[ESPGW_POLICY_A_PRIO])
		cfg->prio = nla_get_u32(attrs[ESPGW_POLICY_A_PRIO]);
	if (attrs[ESPGW_POLICY_A_IFINDEX])
		cfg->ifindex = nla_get_u32(attrs[ESPGW_POLICY_A_IFINDEX]);

	if (!attrs[ESPGW_POLICY_A_SRC])
		return MISSING(extack, ESPGW_POLICY_A_SRC, "src is missing");
	if (!attrs[ESPGW_POLICY_A_SRC_LEN])
		return MISSING(extack, ESPGW_POLICY_A_SRC_LEN,
			       "prefix length of src is missing");
	if (!attrs[ESPGW_POLICY_A_DST])
		return MISSING(extack, ESPGW_POLICY_A_DST, "dst is missing");
	if (!attrs[ESPGW_POLICY_A_DST_LEN])
		return MISSING(extack, ESPGW_POLICY_A_DST_LEN,
			       "prefix length of dst is missing");

	err = prefix_parse(attrs[ESPGW_POLICY_A_SRC],
			   attrs[ESPGW_POLICY_A_SRC_LEN], &sel->src,
			   &sel->family, &sel->src_len, extack);
	if (err)
		return err;
	err = prefix_parse(attrs[ESPGW_POLICY_A_DST],
			   attrs[ESPGW_POLICY_A_DST_LEN], &sel->dst,
			   &family, &sel->dst_len, extack);
	if (err)
		return err;
	if (family != sel->family)
		return REFUSE(extack, attrs[ESPGW_POLICY_A_DST],
			      "src and dst are of different families");

	if (attrs[ESPGW_POLICY_A_PROTO]) {
		sel->proto = nla_get_u8(attrs[ESPGW_POLICY_A_PROTO]);
		sel->has_proto = 1;
	}
	err = ports_parse(attrs[ESPGW_POLICY_A_SPORT_MIN],
			  attrs[ESPGW_POLICY_A_SPORT_MAX], &sel->sport_min,
			  &sel->sport_max, &sel->has_sport, extack);
	if (err)
		return err;
	err = ports_parse(attrs[ESPGW_POLICY_A_DPORT_MIN],
			  attrs[ESPGW_POLICY_A_DPORT_MAX], &sel->dport_min,
			  &sel->dport_max, &sel->has_dport, extack);
	if (err)
		return err;
	if ((sel->has_sport || sel->has_dport) && !proto_has_ports(sel))
		return REFUSE(extack, attrs[sel->has_sport ?
					    ESPGW_POLICY_A_SPORT_MIN :
					    ESPGW_POLICY_A_DPORT_MIN],
			      "ports need proto tcp, udp, udplite, sctp or dccp");

	sel->dscp = ESPGW_DSCP_ANY;
	if (attrs[ESPGW_POLICY_A_DSCP])
		sel->dscp = nla_get_u8(attrs[ESPGW_POLICY_A_DSCP]);
	return 0;
}

static int policy_action_parse(struct nlattr **attrs,
			       struct espgw_policy_cfg *cfg,
			       struct netlink_ext_ack *extack)
{
	const struct nlattr *reqid = attrs[ESPGW_POLICY_A_REQID];
	const struct nlattr *src = attrs[ESPGW_POLICY_A_TUNNEL_SRC];
	const struct nlattr *dst = attrs[ESPGW_POLICY_A_TUNNEL_DST];
	u8 src_family, dst_family;
	int err;

	if (!attrs[ESPGW_POLICY_A_ACTION])
		return MISSING(extack, ESPGW_POLICY_A_ACTION,
			       "action is missing");
	cfg->action = nla_get_u8(attrs[ESPGW_POLICY_A_ACTION]);

	if (cfg->action != ESPGW_ACTION_PROTECT) {
		if (reqid)
			return REFUSE(extack, reqid,
				      "reqid is for action protect only");
		if (src || dst)
			return REFUSE(extack, src ?: dst,
				      "tunnel addresses are for action protect only");
		return 0;
	}

	if (!reqid)
		return MISSING(extack, ESPGW_POLICY_A_REQID,
			       "reqid is missing, action protect needs it");
	if (!src)
		return MISSING(extack, ESPGW_POLICY_A_TUNNEL_SRC,
			       "tunnel src is missing, action protect needs it");
	if (!dst)
		return MISSING(extack, ESPGW_POLICY_A_TUNNEL_DST,
			       "tunnel dst is missing, action protect needs it");

	err = outer_addr_parse(src, &cfg->path.src, &src_family, extack);
	if (err)
		return err;
	err = outer_addr_parse(dst, &cfg->path.dst, &dst_family, extack);
	if (err)
		return err;
	if (src_family != dst_family)
		return REFUSE(extack, dst,
			      "tunnel src and dst are of different families");
	cfg->path.family = dst_family;
	cfg->path.reqid = nla_get_u32(reqid);
	return 0;
}

/*
 * A request's memory is freed without being cleared, so the keys in it are
 * cleared as soon as they have been used. The skb is netlink's own copy of what
 * was sent; the constness of attributes is a promise to parsers, not a property
 * of this memory. All of the message is walked, since of an attribute given
 * twice the parser knows only the last.
 */
static void keys_wipe(const struct nlmsghdr *nlh)
{
	const struct nlattr *a;
	int rem;

	nlmsg_for_each_attr(a, nlh, GENL_HDRLEN, rem)
		if (nla_type(a) == ESPGW_SA_A_KEY ||
		    nla_type(a) == ESPGW_SA_A_AUTH_KEY)
			memzero_explicit(nla_data(a), nla_len(a));
}

/* As attrs_only(), for SA commands that take no keys. */
static int sa_attrs_only(const struct nlmsghdr *nlh, struct nlattr **attrs,
			 u64 allowed, struct netlink_ext_ack *extack)
{
	int err = attrs_only(attrs, MAXATTR(espgw_nl_sa_policy), allowed,
			     extack);

	if (err)
		keys_wipe(nlh);
	return err;
}

/* -- answers and events */

/**
 * struct msg - a message to be filled
 * @skb: where
 * @portid: to whom; 0 for events
 * @seq: of the request
 * @flags: NLM_F_*
 * @cmd: enum espgw_cmd
 * @event: what happened; 0 in answers
 * @keys: show keys
 */
struct msg {
	struct sk_buff *skb;
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
	u8 event;
	bool keys;
};

static void *msg_put(const struct msg *m)
{
	return genlmsg_put(m->skb, m->portid, m->seq, &nl_family, m->flags, m->cmd);
}

static int addr_put(struct sk_buff *skb, int attrtype,
		    const struct espgw_addr *addr, u8 family)
{
	return nla_put(skb, attrtype, family == 4 ? 4 : 16, addr);
}

/* @set: which members to tell; no nest is made for none. */
static int mtu_put(struct sk_buff *skb, int attrtype,
		   const struct espgw_mtu_policy *p, u16 set)
{
	struct nlattr *nest;

	if (!set)
		return 0;
	nest = nla_nest_start(skb, attrtype);
	if (!nest)
		return -EMSGSIZE;
	if ((set & BIT(ESPGW_MTU_A_DF) &&
	     nla_put_u8(skb, ESPGW_MTU_A_DF, p->df)) ||
	    (set & BIT(ESPGW_MTU_A_FRAG) &&
	     nla_put_u8(skb, ESPGW_MTU_A_FRAG, p->frag)) ||
	    (set & BIT(ESPGW_MTU_A_SPLIT) &&
	     nla_put_u8(skb, ESPGW_MTU_A_SPLIT, p->split)) ||
	    (set & BIT(ESPGW_MTU_A_INNER_DF) &&
	     nla_put_u8(skb, ESPGW_MTU_A_INNER_DF, p->inner_df)) ||
	    (set & BIT(ESPGW_MTU_A_ICMP_ANSWER) &&
	     nla_put_u8(skb, ESPGW_MTU_A_ICMP_ANSWER, p->icmp_answer)) ||
	    (set & BIT(ESPGW_MTU_A_MTU_CAP) &&
	     nla_put_u32(skb, ESPGW_MTU_A_MTU_CAP, p->mtu_cap)) ||
	    (set & BIT(ESPGW_MTU_A_MIN_PMTU) &&
	     nla_put_u32(skb, ESPGW_MTU_A_MIN_PMTU, p->min_pmtu)) ||
	    (set & BIT(ESPGW_MTU_A_PMTU_AGE) &&
	     nla_put_u32(skb, ESPGW_MTU_A_PMTU_AGE, p->pmtu_age_s)) ||
	    (set & BIT(ESPGW_MTU_A_PMTU_LEARN) &&
	     nla_put_u8(skb, ESPGW_MTU_A_PMTU_LEARN, p->pmtu_learn)) ||
	    (set & BIT(ESPGW_MTU_A_MSS) &&
	     nla_put_u32(skb, ESPGW_MTU_A_MSS, p->mss)) ||
	    (set & BIT(ESPGW_MTU_A_PROBE) &&
	     nla_put_u8(skb, ESPGW_MTU_A_PROBE, p->probe))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* Caller holds RTNL, which keeps the device's name and MTU. */
static int dev_fill(const struct msg *m, const struct espgw_dev *ed)
{
	struct sk_buff *skb = m->skb;
	void *hdr = msg_put(m);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(skb, ESPGW_DEV_A_IFINDEX, ed->dev->ifindex) ||
	    nla_put_string(skb, ESPGW_DEV_A_IFNAME, ed->dev->name) ||
	    mtu_put(skb, ESPGW_DEV_A_MTU, &ed->mtu, ed->mtu.set) ||
	    nla_put_u32(skb, ESPGW_DEV_A_DEV_MTU, READ_ONCE(ed->dev->mtu))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* The default floor depends on the family and is told by its absence. */
static u16 default_set_bits(const struct espgw_mtu_policy *def)
{
	u16 set = GENMASK(ESPGW_MTU_A_MAX, 1);

	return def->min_pmtu ? set : set & ~BIT(ESPGW_MTU_A_MIN_PMTU);
}

static int default_fill(const struct msg *m, const struct espgw_mtu_policy *def)
{
	void *hdr = msg_put(m);

	if (!hdr)
		return -EMSGSIZE;
	if (mtu_put(m->skb, ESPGW_DEFAULT_A_MTU, def, default_set_bits(def))) {
		genlmsg_cancel(m->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(m->skb, hdr);
	return 0;
}

static int limits_put(struct sk_buff *skb, const struct espgw_limits *limits)
{
	struct nlattr *nest = NULL;
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(limits->v); i++) {
		u64 v = READ_ONCE(limits->v[i]);

		if (!v)
			continue;
		if (!nest) {
			nest = nla_nest_start(skb, ESPGW_SA_A_LIMIT);
			if (!nest)
				return -EMSGSIZE;
		}
		if (nla_put_u64_64bit(skb, i, v, ESPGW_LIMIT_A_PAD)) {
			nla_nest_cancel(skb, nest);
			return -EMSGSIZE;
		}
	}
	if (nest)
		nla_nest_end(skb, nest);
	return 0;
}

static int sa_stats_put(struct sk_buff *skb, const struct espgw_sa *sa)
{
	struct nlattr *nest = nla_nest_start(skb, ESPGW_SA_A_STATS);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 1; i < ESPGW_SA_STAT_A_PAD; i++) {
		if (nla_put_u64_64bit(skb, i, espgw_sa_stat_sum(sa, i),
				      ESPGW_SA_STAT_A_PAD)) {
			nla_nest_cancel(skb, nest);
			return -EMSGSIZE;
		}
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int algo_put(struct sk_buff *skb, const struct espgw_algo *algo,
		    bool keys)
{
	if ((algo->aead[0] &&
	     nla_put_string(skb, ESPGW_SA_A_AEAD, algo->aead)) ||
	    (algo->enc[0] &&
	     nla_put_string(skb, ESPGW_SA_A_ENC, algo->enc)) ||
	    (algo->auth[0] &&
	     nla_put_string(skb, ESPGW_SA_A_AUTH, algo->auth)))
		return -EMSGSIZE;
	if (!keys)
		return 0;
	if ((algo->key_len &&
	     nla_put(skb, ESPGW_SA_A_KEY, algo->key_len, algo->key)) ||
	    (algo->auth_key_len &&
	     nla_put(skb, ESPGW_SA_A_AUTH_KEY, algo->auth_key_len,
		     algo->auth_key)))
		return -EMSGSIZE;
	return 0;
}

static int sa_inbound_put(struct sk_buff *skb, struct espgw_sa *sa)
{
	u64 top;

	spin_lock_bh(&sa->replay_lock);
	top = sa->replay.top;
	spin_unlock_bh(&sa->replay_lock);

	if (nla_put_u32(skb, ESPGW_SA_A_REPLAY_WINDOW, sa->replay.window) ||
	    nla_put_u64_64bit(skb, ESPGW_SA_A_SEQ, top, ESPGW_SA_A_PAD))
		return -EMSGSIZE;
	return 0;
}

static int sa_outbound_put(struct sk_buff *skb, struct espgw_sa *sa)
{
	struct espgw_path_state st;
	u64 class = READ_ONCE(sa->class);
	u32 tfc = READ_ONCE(sa->tfc);

	rcu_read_lock();
	espgw_path_state(sa->en, sa, &st);
	rcu_read_unlock();

	if (nla_put_u64_64bit(skb, ESPGW_SA_A_SEQ, atomic64_read(&sa->seq),
			      ESPGW_SA_A_PAD) ||
	    (class && nla_put_u64_64bit(skb, ESPGW_SA_A_CLASS, class,
					ESPGW_SA_A_PAD)) ||
	    nla_put_u8(skb, ESPGW_SA_A_DSCP, READ_ONCE(sa->dscp)) ||
	    (READ_ONCE(sa->has_ttl) &&
	     nla_put_u8(skb, ESPGW_SA_A_TTL, READ_ONCE(sa->ttl))) ||
	    (tfc && nla_put_u32(skb, ESPGW_SA_A_TFC, tfc)) ||
	    mtu_put(skb, ESPGW_SA_A_MTU, &sa->mtu, sa->mtu.set) ||
	    nla_put_u32(skb, ESPGW_SA_A_PMTU, st.pmtu) ||
	    nla_put_u32(skb, ESPGW_SA_A_INNER_MTU, st.inner))
		return -EMSGSIZE;
	return 0;
}

/*
 * Caller holds espgw_net.lock or is under RCU. Under RCU alone, a change that
 * is being made may be told in part; an event of its own tells it whole. The
 * READ_ONCE() here and in what this calls pair with espgw_sa_set().
 */
static int sa_fill(const struct msg *m, struct espgw_sa *sa)
{
	struct sk_buff *skb = m->skb;
	void *hdr = msg_put(m);
	__be16 sport, dport;
	u32 mark_mask;

	if (!hdr)
		return -EMSGSIZE;

	if ((m->event && nla_put_u8(skb, ESPGW_SA_A_EVENT, m->event)) ||
	    nla_put_u8(skb, ESPGW_SA_A_DIR, sa->key.dir) ||
	    addr_put(skb, ESPGW_SA_A_SRC, &sa->src, sa->key.family) ||
	    addr_put(skb, ESPGW_SA_A_DST, &sa->key.dst, sa->key.family) ||
	    nla_put_be32(skb, ESPGW_SA_A_SPI, sa->key.spi) ||
	    nla_put_u32(skb, ESPGW_SA_A_REQID, sa->reqid) ||
	    algo_put(skb, &sa->algo, m->keys) ||
	    nla_put_u32(skb, ESPGW_SA_A_ICV_BITS, sa->len.icv * 8) ||
	    (sa->esn && nla_put_flag(skb, ESPGW_SA_A_ESN)))
		goto cancel;

	if (sa->key.dir == ESPGW_DIR_IN ? sa_inbound_put(skb, sa) :
					  sa_outbound_put(skb, sa))
		goto cancel;

	sport = READ_ONCE(sa->encap_sport);
	dport = READ_ONCE(sa->encap_dport);
	mark_mask = READ_ONCE(sa->mark_mask);
	if ((sport && (nla_put_be16(skb, ESPGW_SA_A_ENCAP_SPORT, sport) ||
		       nla_put_be16(skb, ESPGW_SA_A_ENCAP_DPORT, dport))) ||
	    (mark_mask &&
	     (nla_put_u32(skb, ESPGW_SA_A_MARK, READ_ONCE(sa->mark)) ||
	      nla_put_u32(skb, ESPGW_SA_A_MARK_MASK, mark_mask))) ||
	    nla_put_u8(skb, ESPGW_SA_A_ECN, READ_ONCE(sa->ecn)) ||
	    limits_put(skb, &sa->limits) ||
	    nla_put_u8(skb, ESPGW_SA_A_STATE, espgw_sa_state(sa)) ||
	    nla_put_u64_64bit(skb, ESPGW_SA_A_AGE_S,
			      ktime_get_boottime_seconds() - sa->added,
			      ESPGW_SA_A_PAD) ||
	    sa_stats_put(skb, sa))
		goto cancel;

	genlmsg_end(skb, hdr);
	return 0;

cancel:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

/* Caller holds espgw_net.lock or is under RCU; a policy does not change. */
static int policy_fill(const struct msg *m, struct espgw_net *en,
		       const struct espgw_policy *p)
{
	const struct espgw_policy_cfg *cfg = &p->cfg;
	const struct espgw_selector *sel = &cfg->sel;
	struct net_device *dev = NULL;
	struct sk_buff *skb = m->skb;
	void *hdr = msg_put(m);
	u64 packets, bytes;
	int err = 0;

	if (!hdr)
		return -EMSGSIZE;
	if ((m->event && nla_put_u8(skb, ESPGW_POLICY_A_EVENT, m->event)) ||
	    nla_put_u32(skb, ESPGW_POLICY_A_PRIO, cfg->prio))
		goto cancel;

	if (cfg->ifindex) {
		rcu_read_lock();
		dev = dev_get_by_index_rcu(en->net, cfg->ifindex);
		if (dev)
			err = nla_put_string(skb, ESPGW_POLICY_A_IFNAME,
					     dev->name);
		rcu_read_unlock();
		if (err || nla_put_u32(skb, ESPGW_POLICY_A_IFINDEX,
				       cfg->ifindex))
			goto cancel;
	}

	espgw_policy_sum(p, &packets, &bytes);
	if (addr_put(skb, ESPGW_POLICY_A_SRC, &sel->src, sel->family) ||
	    nla_put_u8(skb, ESPGW_POLICY_A_SRC_LEN, sel->src_len) ||
	    addr_put(skb, ESPGW_POLICY_A_DST, &sel->dst, sel->family) ||
	    nla_put_u8(skb, ESPGW_POLICY_A_DST_LEN, sel->dst_len) ||
	    (sel->has_proto &&
	     nla_put_u8(skb, ESPGW_POLICY_A_PROTO, sel->proto)) ||
	    (sel->has_sport &&
	     (nla_put_u16(skb, ESPGW_POLICY_A_SPORT_MIN, sel->sport_min) ||
	      nla_put_u16(skb, ESPGW_POLICY_A_SPORT_MAX, sel->sport_max))) ||
	    (sel->has_dport &&
	     (nla_put_u16(skb, ESPGW_POLICY_A_DPORT_MIN, sel->dport_min) ||
	      nla_put_u16(skb, ESPGW_POLICY_A_DPORT_MAX, sel->dport_max))) ||
	    (sel->dscp != ESPGW_DSCP_ANY &&
	     nla_put_u8(skb, ESPGW_POLICY_A_DSCP, sel->dscp)) ||
	    nla_put_u8(skb, ESPGW_POLICY_A_ACTION, cfg->action) ||
	    (cfg->action == ESPGW_ACTION_PROTECT &&
	     (nla_put_u32(skb, ESPGW_POLICY_A_REQID, cfg->path.reqid) ||
	      addr_put(skb, ESPGW_POLICY_A_TUNNEL_SRC, &cfg->path.src,
		       cfg->path.family) ||
	      addr_put(skb, ESPGW_POLICY_A_TUNNEL_DST, &cfg->path.dst,
		       cfg->path.family))) ||
	    nla_put_u64_64bit(skb, ESPGW_POLICY_A_PACKETS, packets,
			      ESPGW_POLICY_A_PAD) ||
	    nla_put_u64_64bit(skb, ESPGW_POLICY_A_BYTES, bytes,
			      ESPGW_POLICY_A_PAD))
		goto cancel;

	genlmsg_end(skb, hdr);
	return 0;

cancel:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

/* Whole seconds from @from_ms to @to_ms; 0 if that is past. */
static u32 seconds_between(u64 from_ms, u64 to_ms)
{
	if (to_ms <= from_ms)
		return 0;
	return min_t(u64, div_u64(to_ms - from_ms, MSEC_PER_SEC), U32_MAX);
}

/* An outbound SA. Caller holds espgw_net.lock or is under RCU. */
static int pmtu_fill(const struct msg *m, struct espgw_sa *sa)
{
	struct sk_buff *skb = m->skb;
	struct espgw_path_state st;
	void *hdr = msg_put(m);
	struct espgw_pmtu *e;

	if (!hdr)
		return -EMSGSIZE;

	rcu_read_lock();
	espgw_path_state(sa->en, sa, &st);
	rcu_read_unlock();
	e = &st.entry;

	if ((m->event && nla_put_u8(skb, ESPGW_PMTU_A_EVENT, m->event)) ||
	    nla_put_be32(skb, ESPGW_PMTU_A_SPI, sa->key.spi) ||
	    addr_put(skb, ESPGW_PMTU_A_DST, &sa->key.dst, sa->key.family) ||
	    addr_put(skb, ESPGW_PMTU_A_SRC, &sa->src, sa->key.family) ||
	    nla_put_u32(skb, ESPGW_PMTU_A_REQID, sa->reqid) ||
	    nla_put_u32(skb, ESPGW_PMTU_A_PMTU, st.pmtu) ||
	    nla_put_u32(skb, ESPGW_PMTU_A_INNER_MTU, st.inner) ||
	    nla_put_u8(skb, ESPGW_PMTU_A_SOURCE, st.source) ||
	    (e->mtu && e->expires_ms &&
	     nla_put_u32(skb, ESPGW_PMTU_A_EXPIRES_S,
			 seconds_between(st.now_ms, e->expires_ms +
					 MSEC_PER_SEC - 1))) ||
	    (e->mtu && e->learned_ms && e->source != ESPGW_PMTU_STATIC &&
	     nla_put_u32(skb, ESPGW_PMTU_A_LEARNED_S,
			 seconds_between(e->learned_ms, st.now_ms))) ||
	    nla_put_u8(skb, ESPGW_PMTU_A_LOCKED, e->locked) ||
	    nla_put_u32(skb, ESPGW_PMTU_A_FLOOR, st.floor) ||
	    nla_put_u32(skb, ESPGW_PMTU_A_CAP, st.cap) ||
	    nla_put_u64_64bit(skb, ESPGW_PMTU_A_ACCEPTED, e->accepted,
			      ESPGW_PMTU_A_PAD) ||
	    nla_put_u64_64bit(skb, ESPGW_PMTU_A_REJECTED, e->rejected,
			      ESPGW_PMTU_A_PAD)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int stats_fill(const struct msg *m, struct espgw_net *en)
{
	void *hdr = msg_put(m);
	unsigned int i;

	if (!hdr)
		return -EMSGSIZE;
	for (i = 1; i < ESPGW_STATS_A_PAD; i++) {
		if (nla_put_u64_64bit(m->skb, i, espgw_stats_sum(en->stats, i),
				      ESPGW_STATS_A_PAD)) {
			genlmsg_cancel(m->skb, hdr);
			return -EMSGSIZE;
		}
	}
	genlmsg_end(m->skb, hdr);
	return 0;
}

static int acquire_fill(const struct msg *m, const struct espgw_policy *p,
			const struct espgw_view *v)
{
	const struct espgw_path_key *path = &p->cfg.path;
	struct sk_buff *skb = m->skb;
	void *hdr = msg_put(m);

	if (!hdr)
		return -EMSGSIZE;
	if (addr_put(skb, ESPGW_ACQUIRE_A_SRC, &v->src, v->family) ||
	    addr_put(skb, ESPGW_ACQUIRE_A_DST, &v->dst, v->family) ||
	    nla_put_u8(skb, ESPGW_ACQUIRE_A_PROTO, v->proto) ||
	    nla_put_u16(skb, ESPGW_ACQUIRE_A_SPORT,
			v->has_ports ? v->sport : 0) ||
	    nla_put_u16(skb, ESPGW_ACQUIRE_A_DPORT,
			v->has_ports ? v->dport : 0) ||
	    nla_put_u8(skb, ESPGW_ACQUIRE_A_DSCP, v->tos >> 2) ||
	    nla_put_u32(skb, ESPGW_ACQUIRE_A_REQID, path->reqid) ||
	    addr_put(skb, ESPGW_ACQUIRE_A_TUNNEL_SRC, &path->src,
		     path->family) ||
	    addr_put(skb, ESPGW_ACQUIRE_A_TUNNEL_DST, &path->dst,
		     path->family) ||
	    nla_put_u32(skb, ESPGW_ACQUIRE_A_PRIO, p->cfg.prio)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int alert_fill(const struct msg *m, enum espgw_alert_kind kind,
		      u8 family, __be32 spi, const struct espgw_addr *src,
		      const struct espgw_addr *dst)
{
	struct sk_buff *skb = m->skb;
	void *hdr = msg_put(m);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u8(skb, ESPGW_ALERT_A_KIND, kind) ||
	    (spi && nla_put_be32(skb, ESPGW_ALERT_A_SPI, spi)) ||
	    (src && addr_put(skb, ESPGW_ALERT_A_SRC, src, family)) ||
	    (dst && addr_put(skb, ESPGW_ALERT_A_DST, dst, family))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int reply_begin(struct msg *m, const struct genl_info *info)
{
	*m = (struct msg) {
		.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL),
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.cmd = info->genlhdr->cmd,
	};
	return m->skb ? 0 : -ENOMEM;
}

static int reply_end(struct msg *m, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(m->skb);
		return err;
	}
	return genlmsg_reply(m->skb, info);
}

/* -- requests */

static struct espgw_net *info_en(struct genl_info *info)
{
	return espgw_net(genl_info_net(info));
}

static int dev_attach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);
	struct nlattr **attrs = info->attrs;
	struct espgw_mtu_policy mtu;
	struct net_device *dev;
	int err;

	if (!attrs[ESPGW_DEV_A_IFINDEX])
		return MISSING(info->extack, ESPGW_DEV_A_IFINDEX,
			       "device is missing");
	err = mtu_parse(attrs[ESPGW_DEV_A_MTU], &mtu, info->extack);
	if (err)
		return err;
	err = mtu_check(&mtu, NULL, 0, attrs[ESPGW_DEV_A_MTU], info->extack);
	if (err)
		return err;

	rtnl_lock();
	mutex_lock(&en->lock);
	dev = __dev_get_by_index(en->net,
				 nla_get_u32(attrs[ESPGW_DEV_A_IFINDEX]));
	if (dev) {
		err = espgw_dev_attach(en, dev, &mtu, info->extack);
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[ESPGW_DEV_A_IFINDEX],
				    "no such device");
		err = -ENODEV;
	}
	mutex_unlock(&en->lock);
	rtnl_unlock();
	return err;
}

/* The device that a request names. Caller holds RTNL and espgw_net.lock. */
static struct espgw_dev *dev_named(struct espgw_net *en, struct genl_info *info)
{
	const struct nlattr *a = info->attrs[ESPGW_DEV_A_IFINDEX];
	struct espgw_dev *ed;

	ed = espgw_dev_find(en, nla_get_u32(a));
	if (ed)
		return ed;
	if (!__dev_get_by_index(en->net, nla_get_u32(a))) {
		NL_SET_ERR_MSG_ATTR(info->extack, a, "no such device");
		return ERR_PTR(-ENODEV);
	}
	NL_SET_ERR_MSG_ATTR(info->extack, a, "device is not attached");
	return ERR_PTR(-ENOENT);
}

static int dev_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *nest = info->attrs[ESPGW_DEV_A_MTU];
	struct espgw_net *en = info_en(info);
	struct espgw_mtu_policy mtu;
	struct espgw_dev *ed;
	int err;

	if (!info->attrs[ESPGW_DEV_A_IFINDEX])
		return MISSING(info->extack, ESPGW_DEV_A_IFINDEX,
			       "device is missing");
	if (!nest)
		return MISSING(info->extack, ESPGW_DEV_A_MTU,
			       "mtu policy is missing");
	err = mtu_parse(nest, &mtu, info->extack);
	if (err)
		return err;

	rtnl_lock();
	mutex_lock(&en->lock);
	ed = dev_named(en, info);
	if (IS_ERR(ed))
		err = PTR_ERR(ed);
	else
		err = mtu_check(&mtu, &ed->mtu, ed->mtu.set, nest,
				info->extack);
	if (!err)
		err = espgw_dev_set(ed, &mtu);
	mutex_unlock(&en->lock);
	rtnl_unlock();
	return err;
}

static int dev_detach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);
	struct espgw_dev *ed;
	int err;

	err = attrs_only(info->attrs, MAXATTR(espgw_nl_dev_policy),
			 BIT_ULL(ESPGW_DEV_A_IFINDEX), info->extack);
	if (err)
		return err;
	if (!info->attrs[ESPGW_DEV_A_IFINDEX])
		return MISSING(info->extack, ESPGW_DEV_A_IFINDEX,
			       "device is missing");

	rtnl_lock();
	mutex_lock(&en->lock);
	ed = dev_named(en, info);
	err = IS_ERR(ed) ? PTR_ERR(ed) : espgw_dev_detach(ed, info->extack);
	mutex_unlock(&en->lock);
	rtnl_unlock();
	return err;
}

static int dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);
	struct espgw_dev *ed;
	struct msg m;
	int err;

	err = attrs_only(info->attrs, MAXATTR(espgw_nl_dev_policy),
			 BIT_ULL(ESPGW_DEV_A_IFINDEX), info->extack);
	if (err)
		return err;
	if (!info->attrs[ESPGW_DEV_A_IFINDEX])
		return MISSING(info->extack, ESPGW_DEV_A_IFINDEX,
			       "device is missing");
	err = reply_begin(&m, info);
	if (err)
		return err;

	rtnl_lock();
	mutex_lock(&en->lock);
	ed = dev_named(en, info);
	err = IS_ERR(ed) ? PTR_ERR(ed) : dev_fill(&m, ed);
	mutex_unlock(&en->lock);
	rtnl_unlock();
	return reply_end(&m, info, err);
}

static int default_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *nest = info->attrs[ESPGW_DEFAULT_A_MTU];
	struct espgw_net *en = info_en(info);
	struct espgw_mtu_policy mtu;
	int err;

	if (!nest)
		return MISSING(info->extack, ESPGW_DEFAULT_A_MTU,
			       "mtu policy is missing");
	err = mtu_parse(nest, &mtu, info->extack);
	if (err)
		return err;

	rtnl_lock();
	mutex_lock(&en->lock);
	err = mtu_check(&mtu, &en->def, default_set_bits(&en->def), nest,
			info->extack);
	if (!err)
		espgw_default_set(en, &mtu);
	mutex_unlock(&en->lock);
	rtnl_unlock();
	return err;
}

static int default_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);
	struct msg m;
	int err;

	err = reply_begin(&m, info);
	if (err)
		return err;
	mutex_lock(&en->lock);
	err = default_fill(&m, &en->def);
	mutex_unlock(&en->lock);
	return reply_end(&m, info, err);
}

static int sa_add(struct genl_info *info, bool replace)
{
	struct espgw_net *en = info_en(info);
	struct espgw_sa_cfg *cfg;
	int err;

	err = sa_attrs_only(info->nlhdr, info->attrs,
			    SA_NAME | SA_FIXED | SA_CHANGEABLE, info->extack);
	if (err)
		return err;

	cfg = kzalloc(sizeof(*cfg), GFP_KERNEL);
	if (!cfg) {
		keys_wipe(info->nlhdr);
		return -ENOMEM;
	}
	err = sa_parse(info->attrs, cfg, info->extack);
	keys_wipe(info->nlhdr);
	if (!err) {
		mutex_lock(&en->lock);
		err = espgw_sa_add(en, cfg, replace, info->extack);
		mutex_unlock(&en->lock);
	}
	kfree_sensitive(cfg);
	return err;
}

static int sa_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return sa_add(info, false);
}

static int sa_replace_doit(struct sk_buff *skb, struct genl_info *info)
{
	return sa_add(info, true);
}

/*
 * The SA that @key names. Where @key has no direction, the one that there is.
 * Caller holds espgw_net.lock.
 */
static struct espgw_sa *sa_named(struct espgw_net *en,
				 const struct espgw_sa_key *key,
				 struct netlink_ext_ack *extack)
{
	struct espgw_sa_key in = *key, out = *key;
	struct espgw_sa *sa_in = NULL, *sa_out = NULL;

	in.dir = ESPGW_DIR_IN;
	out.dir = ESPGW_DIR_OUT;
	if (key->dir != ESPGW_DIR_OUT)
		sa_in = espgw_sa_find(en, &in);
	if (key->dir != ESPGW_DIR_IN)
		sa_out = espgw_sa_find(en, &out);

	if (sa_in && sa_out) {
		NL_SET_ERR_MSG(extack, "both directions have this SA; give dir");
		return ERR_PTR(-EINVAL);
	}
	if (!sa_in && !sa_out) {
		NL_SET_ERR_MSG(extack, "no such SA");
		return ERR_PTR(-ENOENT);
	}
	return sa_in ?: sa_out;
}

/* Caller holds espgw_net.lock; @cfg is zeroed but for its key. */
static int sa_change(struct espgw_net *en, struct nlattr **attrs,
		     struct espgw_sa_cfg *cfg, struct netlink_ext_ack *extack)
{
	struct espgw_sa *sa;
	int err;

	sa = sa_named(en, &cfg->key, extack);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	cfg->key = sa->key;
	cfg->esn = sa->esn;
	cfg->set = attrs_set(attrs, MAXATTR(espgw_nl_sa_policy));
	if (!(cfg->set & SA_CHANGEABLE)) {
		NL_SET_ERR_MSG(extack, "nothing to change was given");
		return -EINVAL;
	}

	err = sa_changeable_parse(attrs, cfg, sa, extack);
	if (err)
		return err;
	return espgw_sa_set(sa, cfg, extack);
}

static int sa_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_ext_ack *extack = info->extack;
	struct espgw_net *en = info_en(info);
	struct nlattr **attrs = info->attrs;
	struct espgw_sa_cfg *cfg;
	unsigned int i;
	int err;

	err = sa_attrs_only(info->nlhdr, attrs,
			    SA_NAME | SA_FIXED | SA_CHANGEABLE, extack);
	if (err)
		return err;
	for (i = 1; i <= MAXATTR(espgw_nl_sa_policy); i++) {
		if (!attrs[i] || !(SA_FIXED & BIT_ULL(i)))
			continue;
		keys_wipe(info->nlhdr);
		return REFUSE(extack, attrs[i],
			      "cannot be changed, only replaced");
	}

	cfg = kzalloc(sizeof(*cfg), GFP_KERNEL);
	if (!cfg)
		return -ENOMEM;
	err = sa_key_parse(attrs, &cfg->key, extack);
	if (!err) {
		mutex_lock(&en->lock);
		err = sa_change(en, attrs, cfg, extack);
		mutex_unlock(&en->lock);
	}
	kfree(cfg);
	return err;
}

static int sa_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);
	struct espgw_sa_key key;
	struct espgw_sa *sa;
	int err;

	err = sa_attrs_only(info->nlhdr, info->attrs, SA_NAME, info->extack);
	if (err)
		return err;
	err = sa_key_parse(info->attrs, &key, info->extack);
	if (err)
		return err;

	mutex_lock(&en->lock);
	sa = sa_named(en, &key, info->extack);
	if (IS_ERR(sa))
		err = PTR_ERR(sa);
	else
		espgw_sa_del(sa);
	mutex_unlock(&en->lock);
	return err;
}

static int sa_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);
	struct espgw_sa_key key;
	struct espgw_sa *sa;
	struct msg m;
	int err;

	err = sa_attrs_only(info->nlhdr, info->attrs,
			    SA_NAME | BIT_ULL(ESPGW_SA_A_SHOW_KEYS),
			    info->extack);
	if (err)
		return err;
	err = sa_key_parse(info->attrs, &key, info->extack);
	if (err)
		return err;
	err = reply_begin(&m, info);
	if (err)
		return err;
	m.keys = nla_get_flag(info->attrs[ESPGW_SA_A_SHOW_KEYS]);

	mutex_lock(&en->lock);
	sa = sa_named(en, &key, info->extack);
	err = IS_ERR(sa) ? PTR_ERR(sa) : sa_fill(&m, sa);
	mutex_unlock(&en->lock);
	return reply_end(&m, info, err);
}

static int sa_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *dir = info->attrs[ESPGW_SA_A_DIR];
	struct espgw_net *en = info_en(info);
	int err;

	err = sa_attrs_only(info->nlhdr, info->attrs, BIT_ULL(ESPGW_SA_A_DIR),
			    info->extack);
	if (err)
		return err;
	mutex_lock(&en->lock);
	espgw_sa_flush(en, dir ? nla_get_u8(dir) : 0);
	mutex_unlock(&en->lock);
	return 0;
}

static int policy_add(struct genl_info *info, bool replace)
{
	const struct nlattr *ifindex = info->attrs[ESPGW_POLICY_A_IFINDEX];
	struct espgw_net *en = info_en(info);
	struct espgw_policy_cfg cfg;
	bool gone = false;
	int err;

	err = policy_key_parse(info->attrs, &cfg, info->extack);
	if (err)
		return err;
	err = policy_action_parse(info->attrs, &cfg, info->extack);
	if (err)
		return err;

	mutex_lock(&en->lock);
	/*
	 * Asked under the lock: a device that goes away is unlisted first, and
	 * its policies are removed after that under this lock, so none can be
	 * left behind.
	 */
	if (ifindex) {
		rcu_read_lock();
		gone = !dev_get_by_index_rcu(en->net, cfg.ifindex);
		rcu_read_unlock();
	}
	if (gone) {
		NL_SET_ERR_MSG_ATTR(info->extack, ifindex, "no such device");
		err = -ENODEV;
	} else {
		err = espgw_policy_add(en, &cfg, replace, info->extack);
	}
	mutex_unlock(&en->lock);
	return err;
}

static int policy_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return policy_add(info, false);
}

static int policy_replace_doit(struct sk_buff *skb, struct genl_info *info)
{
	return policy_add(info, true);
}

/* What POLICY_DEL and POLICY_GET have in common. */
static int policy_name_parse(struct genl_info *info,
			     struct espgw_policy_cfg *cfg)
{
	int err = attrs_only(info->attrs, MAXATTR(espgw_nl_policy_policy),
			     ~POLICY_ACTION, info->extack);

	return err ?: policy_key_parse(info->attrs, cfg, info->extack);
}

/* Caller holds espgw_net.lock. */
static struct espgw_policy *policy_named(struct espgw_net *en,
					 const struct espgw_policy_cfg *cfg,
					 struct netlink_ext_ack *extack)
{
	struct espgw_policy *p = espgw_policy_find(en, cfg);

	if (p)
		return p;
	NL_SET_ERR_MSG(extack,
		       "no policy has this priority, device and selector");
	return ERR_PTR(-ENOENT);
}

static int policy_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);
	struct espgw_policy_cfg cfg;
	struct espgw_policy *p;
	int err;

	err = policy_name_parse(info, &cfg);
	if (err)
		return err;
	mutex_lock(&en->lock);
	p = policy_named(en, &cfg, info->extack);
	if (IS_ERR(p))
		err = PTR_ERR(p);
	else
		espgw_policy_del(en, p);
	mutex_unlock(&en->lock);
	return err;
}

static int policy_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);
	struct espgw_policy_cfg cfg;
	struct espgw_policy *p;
	struct msg m;
	int err;

	err = policy_name_parse(info, &cfg);
	if (err)
		return err;
	err = reply_begin(&m, info);
	if (err)
		return err;
	mutex_lock(&en->lock);
	p = policy_named(en, &cfg, info->extack);
	err = IS_ERR(p) ? PTR_ERR(p) : policy_fill(&m, en, p);
	mutex_unlock(&en->lock);
	return reply_end(&m, info, err);
}

static int policy_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);

	mutex_lock(&en->lock);
	espgw_policy_flush(en, 0);
	mutex_unlock(&en->lock);
	return 0;
}

/* The outbound SA whose path MTU a request is about. */
static int pmtu_key_parse(struct nlattr **attrs, struct espgw_sa_key *key,
			  struct netlink_ext_ack *extack)
{
	memset(key, 0, sizeof(*key));
	if (!attrs[ESPGW_PMTU_A_DST])
		return MISSING(extack, ESPGW_PMTU_A_DST, "dst is missing");
	if (!attrs[ESPGW_PMTU_A_SPI])
		return MISSING(extack, ESPGW_PMTU_A_SPI, "spi is missing");
	key->dir = ESPGW_DIR_OUT;
	key->spi = nla_get_be32(attrs[ESPGW_PMTU_A_SPI]);
	return addr_parse(attrs[ESPGW_PMTU_A_DST], &key->dst, &key->family,
			  extack);
}

/* Caller holds espgw_net.lock. */
static struct espgw_sa *pmtu_sa(struct espgw_net *en,
				const struct espgw_sa_key *key,
				struct netlink_ext_ack *extack)
{
	struct espgw_sa *sa = espgw_sa_find(en, key);

	if (sa)
		return sa;
	NL_SET_ERR_MSG(extack, "no such outbound SA");
	return ERR_PTR(-ENOENT);
}

static int pmtu_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct netlink_ext_ack *extack = info->extack;
	struct espgw_net *en = info_en(info);
	struct nlattr **attrs = info->attrs;
	u32 age_s = ESPGW_AGE_INFINITE;
	struct espgw_sa_key key;
	struct espgw_sa *sa;
	int err;

	err = pmtu_key_parse(attrs, &key, extack);
	if (err)
		return err;
	if (!attrs[ESPGW_PMTU_A_MTU])
		return MISSING(extack, ESPGW_PMTU_A_MTU, "mtu is missing");
	if (attrs[ESPGW_PMTU_A_AGE_S]) {
		err = age_check(attrs[ESPGW_PMTU_A_AGE_S], extack);
		if (err)
			return err;
		age_s = nla_get_u32(attrs[ESPGW_PMTU_A_AGE_S]);
	}

	mutex_lock(&en->lock);
	sa = pmtu_sa(en, &key, extack);
	if (IS_ERR(sa))
		err = PTR_ERR(sa);
	else
		espgw_path_set_mtu(en, sa, nla_get_u32(attrs[ESPGW_PMTU_A_MTU]),
				   nla_get_flag(attrs[ESPGW_PMTU_A_LOCK]),
				   age_s);
	mutex_unlock(&en->lock);
	return err;
}

static int pmtu_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);
	struct espgw_sa_key key;
	struct espgw_sa *sa;
	int err;

	err = attrs_only(info->attrs, MAXATTR(espgw_nl_pmtu_policy), PMTU_NAME,
			 info->extack);
	if (err)
		return err;
	err = pmtu_key_parse(info->attrs, &key, info->extack);
	if (err)
		return err;

	mutex_lock(&en->lock);
	sa = pmtu_sa(en, &key, info->extack);
	if (IS_ERR(sa))
		err = PTR_ERR(sa);
	else
		espgw_path_forget(en, sa);
	mutex_unlock(&en->lock);
	return err;
}

static int pmtu_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);

	mutex_lock(&en->lock);
	espgw_path_flush(en);
	mutex_unlock(&en->lock);
	return 0;
}

static int stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct msg m;
	int err;

	err = reply_begin(&m, info);
	if (err)
		return err;
	err = stats_fill(&m, info_en(info));
	return reply_end(&m, info, err);
}

static int stats_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espgw_net *en = info_en(info);

	mutex_lock(&en->lock);
	espgw_stats_reset(en->stats);
	mutex_unlock(&en->lock);
	return 0;
}

/* -- dumps */

/**
 * struct dump - a dump between two of its messages, in netlink_callback.ctx
 * @next: the number that comes next: of an SA, of a policy, or of a device
 * @dst: only this destination, with @family
 * @spi: only this SPI; 0: all
 * @family: 4 or 6; 0: all
 * @dir: enum espgw_dir; 0: both
 * @keys: show keys
 * @done: all has been told
 *
 * Numbers grow, and what has one keeps it. So whatever is there from beginning
 * to end of a dump is in it once, whatever else comes and goes meanwhile.
 */
struct dump {
	unsigned long next;
	struct espgw_addr dst;
	__be32 spi;
	u8 family;
	u8 dir;
	bool keys;
	bool done;
};

static struct dump *cb_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump) >
		     sizeof_field(struct netlink_callback, ctx));
	return (struct dump *)cb->ctx;
}

static struct msg dump_msg(struct sk_buff *skb, struct netlink_callback *cb,
			   u8 cmd)
{
	return (struct msg) {
		.skb = skb,
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.cmd = cmd,
		.keys = cb_dump(cb)->keys,
	};
}

/* @next: where to go on, if @err says that this message is full. */
static int dump_end(struct sk_buff *skb, struct dump *d, unsigned long next,
		    int err)
{
	if (err) {
		d->next = next;
		return skb->len ?: err;
	}
	d->done = true;
	return skb->len;
}

/*
 * The request has been validated already, but 6.1 and later kernels keep its
 * attributes in different places: they are looked up once more.
 */
static int dump_attrs(struct netlink_callback *cb, struct nlattr **attrs,
		      unsigned int maxattr, const struct nla_policy *policy,
		      u64 allowed)
{
	int err = genlmsg_parse(cb->nlh, &nl_family, attrs, maxattr, policy,
				cb->extack);

	return err ?: attrs_only(attrs, maxattr, allowed, cb->extack);
}

static int dev_dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[MAXATTR(espgw_nl_dev_policy) + 1];

	return dump_attrs(cb, attrs, MAXATTR(espgw_nl_dev_policy),
			  espgw_nl_dev_policy, 0);
}

/* The attached device with the lowest ifindex that is at least @ifindex. */
static struct espgw_dev *dev_from(struct espgw_net *en, unsigned long ifindex)
{
	struct espgw_dev *ed, *found = NULL;

	list_for_each_entry(ed, &en->devs, list)
		if (ed->dev->ifindex >= ifindex &&
		    (!found || ed->dev->ifindex < found->dev->ifindex))
			found = ed;
	return found;
}

static int dev_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct espgw_net *en = espgw_net(sock_net(skb->sk));
	struct msg m = dump_msg(skb, cb, ESPGW_CMD_DEV_GET);
	struct dump *d = cb_dump(cb);
	unsigned long next = d->next;
	struct espgw_dev *ed;
	int err = 0;

	if (d->done)
		return 0;
	rtnl_lock();
	mutex_lock(&en->lock);
	while ((ed = dev_from(en, next))) {
		err = dev_fill(&m, ed);
		if (err)
			break;
		next = ed->dev->ifindex + 1UL;
	}
	mutex_unlock(&en->lock);
	rtnl_unlock();
	return dump_end(skb, d, next, err);
}

static int sa_dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[MAXATTR(espgw_nl_sa_policy) + 1];
	struct dump *d = cb_dump(cb);
	int err;

	err = dump_attrs(cb, attrs, MAXATTR(espgw_nl_sa_policy),
			 espgw_nl_sa_policy,
			 SA_NAME | BIT_ULL(ESPGW_SA_A_SHOW_KEYS));
	if (err) {
		keys_wipe(cb->nlh);
		return err;
	}
	d->keys = nla_get_flag(attrs[ESPGW_SA_A_SHOW_KEYS]);
	if (attrs[ESPGW_SA_A_DIR])
		d->dir = nla_get_u8(attrs[ESPGW_SA_A_DIR]);
	if (attrs[ESPGW_SA_A_SPI])
		d->spi = nla_get_be32(attrs[ESPGW_SA_A_SPI]);
	if (attrs[ESPGW_SA_A_DST])
		return addr_parse(attrs[ESPGW_SA_A_DST], &d->dst, &d->family,
				  cb->extack);
	return 0;
}

static int pmtu_dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[MAXATTR(espgw_nl_pmtu_policy) + 1];
	struct dump *d = cb_dump(cb);
	int err;

	err = dump_attrs(cb, attrs, MAXATTR(espgw_nl_pmtu_policy),
			 espgw_nl_pmtu_policy, PMTU_NAME);
	if (err)
		return err;
	d->dir = ESPGW_DIR_OUT;
	if (attrs[ESPGW_PMTU_A_SPI])
		d->spi = nla_get_be32(attrs[ESPGW_PMTU_A_SPI]);
	if (attrs[ESPGW_PMTU_A_DST])
		return addr_parse(attrs[ESPGW_PMTU_A_DST], &d->dst, &d->family,
				  cb->extack);
	return 0;
}

static bool dump_wants(const struct dump *d, const struct espgw_sa *sa)
{
	if (d->dir && d->dir != sa->key.dir)
		return false;
	if (d->spi && d->spi != sa->key.spi)
		return false;
	return !d->family || (d->family == sa->key.family &&
			      espgw_addr_equal(&d->dst, &sa->key.dst));
}

/* One message for each SA that the dump wants, made by @fill. */
static int sas_dump(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		    int (*fill)(const struct msg *m, struct espgw_sa *sa))
{
	struct espgw_net *en = espgw_net(sock_net(skb->sk));
	struct msg m = dump_msg(skb, cb, cmd);
	struct dump *d = cb_dump(cb);
	struct espgw_sa *sa;
	unsigned long id;
	int err = 0;

	if (d->done)
		return 0;
	mutex_lock(&en->lock);
	xa_for_each_start(&en->sas, id, sa, d->next) {
		if (!dump_wants(d, sa))
			continue;
		err = fill(&m, sa);
		if (err)
			break;
	}
	mutex_unlock(&en->lock);
	return dump_end(skb, d, id, err);
}

static int sa_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return sas_dump(skb, cb, ESPGW_CMD_SA_GET, sa_fill);
}

static int pmtu_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return sas_dump(skb, cb, ESPGW_CMD_PMTU_GET, pmtu_fill);
}

static int policy_dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[MAXATTR(espgw_nl_policy_policy) + 1];

	return dump_attrs(cb, attrs, MAXATTR(espgw_nl_policy_policy),
			  espgw_nl_policy_policy, 0);
}

static int policy_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct espgw_net *en = espgw_net(sock_net(skb->sk));
	struct msg m = dump_msg(skb, cb, ESPGW_CMD_POLICY_GET);
	struct dump *d = cb_dump(cb);
	struct espgw_policy *p;
	unsigned long id;
	int err = 0;

	if (d->done)
		return 0;
	mutex_lock(&en->lock);
	xa_for_each_start(&en->policies, id, p, d->next) {
		err = policy_fill(&m, en, p);
		if (err)
			break;
	}
	mutex_unlock(&en->lock);
	return dump_end(skb, d, id, err);
}

/* -- the family */

/* A command without a policy takes no attributes: genetlink refuses any. */
static const struct genl_ops ops[] = {
	{
		.cmd = ESPGW_CMD_DEV_ATTACH,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_dev_policy,
		.maxattr = MAXATTR(espgw_nl_dev_policy),
		.doit = dev_attach_doit,
	},
	{
		.cmd = ESPGW_CMD_DEV_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_dev_policy,
		.maxattr = MAXATTR(espgw_nl_dev_policy),
		.doit = dev_set_doit,
	},
	{
		.cmd = ESPGW_CMD_DEV_DETACH,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_dev_policy,
		.maxattr = MAXATTR(espgw_nl_dev_policy),
		.doit = dev_detach_doit,
	},
	{
		.cmd = ESPGW_CMD_DEV_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_dev_policy,
		.maxattr = MAXATTR(espgw_nl_dev_policy),
		.doit = dev_get_doit,
		.start = dev_dump_start,
		.dumpit = dev_dump,
	},
	{
		.cmd = ESPGW_CMD_DEFAULT_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_default_policy,
		.maxattr = MAXATTR(espgw_nl_default_policy),
		.doit = default_set_doit,
	},
	{
		.cmd = ESPGW_CMD_DEFAULT_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = default_get_doit,
	},
	{
		.cmd = ESPGW_CMD_SA_ADD,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_sa_policy,
		.maxattr = MAXATTR(espgw_nl_sa_policy),
		.doit = sa_add_doit,
	},
	{
		.cmd = ESPGW_CMD_SA_REPLACE,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_sa_policy,
		.maxattr = MAXATTR(espgw_nl_sa_policy),
		.doit = sa_replace_doit,
	},
	{
		.cmd = ESPGW_CMD_SA_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_sa_policy,
		.maxattr = MAXATTR(espgw_nl_sa_policy),
		.doit = sa_set_doit,
	},
	{
		.cmd = ESPGW_CMD_SA_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_sa_policy,
		.maxattr = MAXATTR(espgw_nl_sa_policy),
		.doit = sa_del_doit,
	},
	{
		.cmd = ESPGW_CMD_SA_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_sa_policy,
		.maxattr = MAXATTR(espgw_nl_sa_policy),
		.doit = sa_get_doit,
		.start = sa_dump_start,
		.dumpit = sa_dump,
	},
	{
		.cmd = ESPGW_CMD_SA_FLUSH,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_sa_policy,
		.maxattr = MAXATTR(espgw_nl_sa_policy),
		.doit = sa_flush_doit,
	},
	{
		.cmd = ESPGW_CMD_POLICY_ADD,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_policy_policy,
		.maxattr = MAXATTR(espgw_nl_policy_policy),
		.doit = policy_add_doit,
	},
	{
		.cmd = ESPGW_CMD_POLICY_REPLACE,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_policy_policy,
		.maxattr = MAXATTR(espgw_nl_policy_policy),
		.doit = policy_replace_doit,
	},
	{
		.cmd = ESPGW_CMD_POLICY_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_policy_policy,
		.maxattr = MAXATTR(espgw_nl_policy_policy),
		.doit = policy_del_doit,
	},
	{
		.cmd = ESPGW_CMD_POLICY_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_policy_policy,
		.maxattr = MAXATTR(espgw_nl_policy_policy),
		.doit = policy_get_doit,
		.start = policy_dump_start,
		.dumpit = policy_dump,
	},
	{
		.cmd = ESPGW_CMD_POLICY_FLUSH,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = policy_flush_doit,
	},
	{
		.cmd = ESPGW_CMD_PMTU_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_pmtu_policy,
		.maxattr = MAXATTR(espgw_nl_pmtu_policy),
		.start = pmtu_dump_start,
		.dumpit = pmtu_dump,
	},
	{
		.cmd = ESPGW_CMD_PMTU_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_pmtu_policy,
		.maxattr = MAXATTR(espgw_nl_pmtu_policy),
		.doit = pmtu_set_doit,
	},
	{
		.cmd = ESPGW_CMD_PMTU_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = espgw_nl_pmtu_policy,
		.maxattr = MAXATTR(espgw_nl_pmtu_policy),
		.doit = pmtu_del_doit,
	},
	{
		.cmd = ESPGW_CMD_PMTU_FLUSH,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = pmtu_flush_doit,
	},
	{
		.cmd = ESPGW_CMD_STATS_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = stats_get_doit,
	},
	{
		.cmd = ESPGW_CMD_STATS_RESET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = stats_reset_doit,
	},
};

static const struct genl_multicast_group group_list[] = {
	[GROUP_SA] = {
		.name = ESPGW_MCGRP_SA,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[GROUP_POLICY] = {
		.name = ESPGW_MCGRP_POLICY,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[GROUP_PMTU] = {
		.name = ESPGW_MCGRP_PMTU,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[GROUP_ACQUIRE] = {
		.name = ESPGW_MCGRP_ACQUIRE,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[GROUP_ALERT] = {
		.name = ESPGW_MCGRP_ALERT,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/* resv_start_op is 0: headers and attributes of all commands are strict. */
static struct genl_family nl_family __ro_after_init = {
	.name = ESPGW_GENL_NAME,
	.version = ESPGW_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = group_list,
	.n_mcgrps = ARRAY_SIZE(group_list),
};

/* -- notifications */

static bool somebody_listens(struct espgw_net *en, unsigned int group)
{
	/* pairs with WRITE_ONCE() in espgw_netlink_init() and _exit() */
	return READ_ONCE(nl_live) &&
	       genl_has_listeners(&nl_family, en->net, group);
}

/* Return: whether somebody listens and there is memory to tell it. */
static bool ntf_begin(struct msg *m, struct espgw_net *en, unsigned int group,
		      u8 cmd, u8 event)
{
	if (!somebody_listens(en, group))
		return false;
	*m = (struct msg) {
		.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC),
		.cmd = cmd,
		.event = event,
	};
	return m->skb;
}

static void ntf_end(struct msg *m, struct espgw_net *en, unsigned int group,
		    int err)
{
	if (err)
		nlmsg_free(m->skb);
	else
		genlmsg_multicast_netns(&nl_family, en->net, m->skb, 0, group,
					GFP_ATOMIC);
}

/**
 * espgw_notify_sa() - tell that something happened to an SA
 * @sa: the SA; still on its path, if it is outbound
 * @event: what happened
 *
 * Never tells keys. Context: any but hard interrupts, under RCU or
 * espgw_net.lock; not with the SA's replay_lock or its path's lock held.
 */
void espgw_notify_sa(struct espgw_sa *sa, enum espgw_sa_event event)
{
	struct msg m;

	if (ntf_begin(&m, sa->en, GROUP_SA, ESPGW_CMD_SA_NTF, event))
		ntf_end(&m, sa->en, GROUP_SA, sa_fill(&m, sa));
}

/**
 * espgw_notify_policy() - tell that something happened to a policy
 * @en: namespace
 * @p: the policy
 * @event: what happened
 *
 * Context: any but hard interrupts, under RCU or espgw_net.lock.
 */
void espgw_notify_policy(struct espgw_net *en, struct espgw_policy *p,
			 enum espgw_policy_event event)
{
	struct msg m;

	if (ntf_begin(&m, en, GROUP_POLICY, ESPGW_CMD_POLICY_NTF, event))
		ntf_end(&m, en, GROUP_POLICY, policy_fill(&m, en, p));
}

/**
 * espgw_notify_pmtu() - tell that an SA's path MTU changed
 * @sa: the SA, outbound
 * @event: what happened
 *
 * Context: any but hard interrupts, under RCU or espgw_net.lock; not with the
 * path's lock held.
 */
void espgw_notify_pmtu(struct espgw_sa *sa, enum espgw_pmtu_event event)
{
	struct msg m;

	if (ntf_begin(&m, sa->en, GROUP_PMTU, ESPGW_CMD_PMTU_NTF, event))
		ntf_end(&m, sa->en, GROUP_PMTU, pmtu_fill(&m, sa));
}

/**
 * espgw_notify_acquire() - tell that a packet met a protect policy without SA
 * @en: namespace
 * @p: the policy
 * @v: the packet
 *
 * How often this is told is the caller's business. Context: any but hard
 * interrupts, under RCU.
 */
void espgw_notify_acquire(struct espgw_net *en, const struct espgw_policy *p,
			  const struct espgw_view *v)
{
	struct msg m;

	if (!ntf_begin(&m, en, GROUP_ACQUIRE, ESPGW_CMD_ACQUIRE_NTF, 0))
		return;
	espgw_count(en, ESPGW_STATS_A_ACQUIRE);
	ntf_end(&m, en, GROUP_ACQUIRE, acquire_fill(&m, p, v));
}

/* At most one alert of a kind and second. */
static bool alert_due(struct espgw_net *en, enum espgw_alert_kind kind)
{
	unsigned long now = jiffies ?: 1;	/* 0 is "never" */
	unsigned long last = READ_ONCE(en->alerted[kind]);

	if (last && time_before(now, last + HZ))
		return false;
	/* Of CPUs that meet here, one wins. */
	return cmpxchg(&en->alerted[kind], last, now) == last;
}

/**
 * espgw_notify_alert() - tell what an administrator should look at
 * @en: namespace
 * @kind: what happened
 * @family: 4 or 6, of the addresses
 * @spi: the SA's SPI; 0: no SA is concerned
 * @src: source of the packet, or NULL
 * @dst: destination of the packet or SA, or NULL
 *
 * At most one a second of each kind is told, whatever the addresses. Context:
 * any but hard interrupts.
 */
void espgw_notify_alert(struct espgw_net *en, enum espgw_alert_kind kind,
			u8 family, __be32 spi, const struct espgw_addr *src,
			const struct espgw_addr *dst)
{
	struct msg m;

	if (!somebody_listens(en, GROUP_ALERT) || !alert_due(en, kind))
		return;
	if (ntf_begin(&m, en, GROUP_ALERT, ESPGW_CMD_ALERT_NTF, 0))
		ntf_end(&m, en, GROUP_ALERT,
			alert_fill(&m, kind, family, spi, src, dst));
}

/**
 * espgw_netlink_init() - register the generic netlink family
 *
 * Requests may arrive before this returns: all else must be ready. Context:
 * process context, may sleep.
 *
 * Return: 0 or a negative error.
 */
int __init espgw_netlink_init(void)
{
	int err = genl_register_family(&nl_family);

	if (!err)
		WRITE_ONCE(nl_live, true);
	return err;
}

/**
 * espgw_netlink_exit() - unregister the generic netlink family
 *
 * No request is under way when this returns, and no event is told from now on.
 * Context: process context, may sleep.
 */
void espgw_netlink_exit(void)
{
	WRITE_ONCE(nl_live, false);
	genl_unregister_family(&nl_family);
}
