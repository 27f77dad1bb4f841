// SPDX-License-Identifier: GPL-2.0
/*
 * What requests say: attributes to configuration.
 *
 * What a request may say is in the policies as far as a policy can express it;
 * the rest is refused here, each time with a text and the attribute that is
 * wrong.
 */
#include "control/parse.h"

#include <net/ipv6.h>

#define AGE_S_MAX	86400
#define DSCP_MAX	63

#define MEMBER(m) { offsetof(struct espgw_mtu_policy, m),			\
		    sizeof_field(struct espgw_mtu_policy, m) }

const struct espgw_mtu_member espgw_mtu_members[] = {
	[ESPGW_MTU_A_DF] = MEMBER(df),
	[ESPGW_MTU_A_FRAG] = MEMBER(frag),
	[ESPGW_MTU_A_SPLIT] = MEMBER(split),
	[ESPGW_MTU_A_INNER_DF] = MEMBER(inner_df),
	[ESPGW_MTU_A_ICMP_ANSWER] = MEMBER(icmp_answer),
	[ESPGW_MTU_A_MTU_CAP] = MEMBER(mtu_cap),
	[ESPGW_MTU_A_MIN_PMTU] = MEMBER(min_pmtu),
	[ESPGW_MTU_A_PMTU_AGE] = MEMBER(pmtu_age_s),
	[ESPGW_MTU_A_PMTU_LEARN] = MEMBER(pmtu_learn),
	[ESPGW_MTU_A_MSS] = MEMBER(mss),
	[ESPGW_MTU_A_PROBE] = MEMBER(probe),
};

/* Whether a request has an attribute that does not fit the rest; if so, says it. */
#define BARRED(info, type, text) ({				\
	const struct nlattr *__attr = (info)->attrs[type];	\
								\
	if (__attr)						\
		NL_SET_ERR_MSG_ATTR((info)->extack, __attr, text); \
	__attr;							\
})

/* Refuse a request for what it lacks. */
#define MISSING(info, type, text) ({				\
	NL_SET_ERR_ATTR_MISS((info)->extack, NULL, (type));	\
	NL_SET_ERR_MSG((info)->extack, text);			\
	-EINVAL;						\
})

/**
 * espgw_nl_attrs() - which attributes there are
 * @attrs: attributes by type
 * @maxattr: the highest type, at most 63
 *
 * Return: bit n for an attribute of type n.
 */
u64 espgw_nl_attrs(struct nlattr **attrs, unsigned int maxattr)
{
	unsigned int i;
	u64 set = 0;

	for (i = 1; i <= maxattr; i++)
		if (attrs[i])
			set |= BIT_ULL(i);
	return set;
}

/**
 * espgw_nl_addr_parse() - an address
 * @attr: the attribute
 * @addr: result
 * @family: result, 4 or 6
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_addr_parse(const struct nlattr *attr, struct espgw_addr *addr,
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
	int err = espgw_nl_addr_parse(attr, addr, family, extack);
	struct in6_addr in6;
	bool v4;

	if (err)
		return err;
	v4 = *family == 4;
	memcpy(&in6, addr, sizeof(in6));

	if (v4 ? ipv4_is_zeronet(addr->a[0]) : ipv6_addr_any(&in6))
		return REFUSE(extack, attr, "outer address is unspecified");
	if (v4 ? ipv4_is_multicast(addr->a[0]) : ipv6_addr_is_multicast(&in6))
		return REFUSE(extack, attr, "outer address is a multicast address");
	if (v4 && ipv4_is_lbcast(addr->a[0]))
		return REFUSE(extack, attr, "outer address is a broadcast address");
	if (!v4 && ipv6_addr_v4mapped(&in6))
		return REFUSE(extack, attr, "outer address is an ipv4-mapped address");
	return 0;
}

/**
 * espgw_nl_age_parse() - how long something is kept
 * @attr: the attribute
 * @age_s: result, seconds
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_age_parse(const struct nlattr *attr, u32 *age_s,
		       struct netlink_ext_ack *extack)
{
	*age_s = nla_get_u32(attr);
	if (*age_s > AGE_S_MAX && *age_s != ESPGW_AGE_INFINITE)
		return REFUSE(extack, attr, "age is above 86400 s and not infinite");
	return 0;
}

/**
 * espgw_nl_mtu_parse() - an MTU policy
 * @nest: the attribute, or NULL
 * @old: what was set before on the same object and stays where @p sets nothing,
 *	or NULL
 * @p: result
 * @extack: says what is wrong
 *
 * What wider policies say cannot be a contradiction: they may change later.
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_mtu_parse(const struct nlattr *nest,
		       const struct espgw_mtu_policy *old,
		       struct espgw_mtu_policy *p,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[ARRAY_SIZE(espgw_nl_mtu_policy)];
	struct espgw_mtu_policy all = {};
	unsigned int i;
	int err;

	memset(p, 0, sizeof(*p));
	if (!nest)
		return 0;
	err = nla_parse_nested(tb, ARRAY_SIZE(tb) - 1, nest,
			       espgw_nl_mtu_policy, extack);
	if (err)
		return err;

	if (tb[ESPGW_MTU_A_INHERIT])
		return REFUSE_AS(-EOPNOTSUPP, extack, tb[ESPGW_MTU_A_INHERIT],
				 "inherit is not implemented");
	p->set = espgw_nl_attrs(tb, ARRAY_SIZE(tb) - 1);
	for (i = 1; i < ARRAY_SIZE(tb); i++)
		if (tb[i])
			nla_memcpy((void *)p + espgw_mtu_members[i].offset,
				   tb[i], espgw_mtu_members[i].size);

	if (p->mtu_cap != ESPGW_CAP_NONE && p->mtu_cap < ESPGW_PMTU_HARD_MIN)
		return REFUSE(extack, tb[ESPGW_MTU_A_MTU_CAP],
			      "mtu-cap is below 68 and not none");
	if (p->mss != ESPGW_MSS_OFF && p->mss != ESPGW_MSS_AUTO &&
	    p->mss < ESPGW_MSS_MIN)
		return REFUSE(extack, tb[ESPGW_MTU_A_MSS], "mss is below 88");
	if (tb[ESPGW_MTU_A_PMTU_AGE]) {
		err = espgw_nl_age_parse(tb[ESPGW_MTU_A_PMTU_AGE],
					 &p->pmtu_age_s, extack);
		if (err)
			return err;
	}

	if (old)
		all = *old;
	espgw_mtu_policy_merge(&all, p);
	if (all.mtu_cap != ESPGW_CAP_NONE && all.min_pmtu > all.mtu_cap)
		return REFUSE(extack, nest, "min-pmtu is above mtu-cap");
	return 0;
}

static bool soft_above_hard(const struct espgw_limits *l, unsigned int soft,
			    unsigned int hard)
{
	return l->v[hard] && l->v[soft] > l->v[hard];
}

/* @old: limits that stay where none is given, or NULL */
static int limits_parse(const struct nlattr *nest,
			const struct espgw_limits *old,
			struct espgw_limits *limits,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[ARRAY_SIZE(espgw_nl_limit_policy)];
	struct espgw_limits all;
	unsigned int i;
	int err;

	static_assert(ARRAY_SIZE(limits->v) == ARRAY_SIZE(tb));

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, ARRAY_SIZE(tb) - 1, nest,
			       espgw_nl_limit_policy, extack);
	if (err)
		return err;

	for (i = 1; i < ARRAY_SIZE(tb); i++) {
		all.v[i] = old ? old->v[i] : 0;
		if (!tb[i])
			continue;
		limits->set |= BIT(i);
		limits->v[i] = nla_get_u64(tb[i]);
		all.v[i] = limits->v[i];
	}
	if (soft_above_hard(&all, ESPGW_LIMIT_A_SOFT_BYTES, ESPGW_LIMIT_A_HARD_BYTES))
		return REFUSE(extack, nest, "soft limit of bytes is above the hard one");
	if (soft_above_hard(&all, ESPGW_LIMIT_A_SOFT_PACKETS, ESPGW_LIMIT_A_HARD_PACKETS))
		return REFUSE(extack, nest, "soft limit of packets is above the hard one");
	if (soft_above_hard(&all, ESPGW_LIMIT_A_SOFT_SECONDS, ESPGW_LIMIT_A_HARD_SECONDS))
		return REFUSE(extack, nest, "soft limit of seconds is above the hard one");
	return 0;
}

static int key_parse(struct genl_info *info, int dst, int spi,
		     struct espgw_sa_key *key)
{
	memset(key, 0, sizeof(*key));
	if (LACKS(info, dst, "dst is missing") ||
	    LACKS(info, spi, "spi is missing"))
		return -EINVAL;
	key->spi = nla_get_be32(info->attrs[spi]);
	return espgw_nl_addr_parse(info->attrs[dst], &key->dst, &key->family,
				   info->extack);
}

/**
 * espgw_nl_sa_key_parse() - what names an SA
 * @info: request
 * @key: result; its dir is 0 if that was not said
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_sa_key_parse(struct genl_info *info, struct espgw_sa_key *key)
{
	const struct nlattr *dir = info->attrs[ESPGW_SA_A_DIR];
	int err = key_parse(info, ESPGW_SA_A_DST, ESPGW_SA_A_SPI, key);

	if (dir)
		key->dir = nla_get_u8(dir);
	return err;
}

/**
 * espgw_nl_pmtu_key_parse() - the outbound SA whose path MTU a request is about
 * @info: request
 * @key: result
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_pmtu_key_parse(struct genl_info *info, struct espgw_sa_key *key)
{
	int err = key_parse(info, ESPGW_PMTU_A_DST, ESPGW_PMTU_A_SPI, key);

	key->dir = ESPGW_DIR_OUT;
	return err;
}

static int alg_name_parse(struct genl_info *info, int type, char *name)
{
	nla_strscpy(name, info->attrs[type], ESPGW_ALG_NAME_MAX);
	if (!name[0])
		return REFUSE(info->extack, info->attrs[type],
			      "algorithm has an empty name");
	return 0;
}

/* Which algorithms there are and which keys they take, the crypto code says. */
static int algo_parse(struct genl_info *info, struct espgw_algo *algo)
{
	struct nlattr **attrs = info->attrs;
	int err;

	/* The policy sees to it that there is room. */
	if (attrs[ESPGW_SA_A_KEY])
		algo->key_len = nla_memcpy(algo->key, attrs[ESPGW_SA_A_KEY],
					   ESPGW_KEY_MAX);
	if (attrs[ESPGW_SA_A_AUTH_KEY])
		algo->auth_key_len = nla_memcpy(algo->auth_key,
						attrs[ESPGW_SA_A_AUTH_KEY],
						ESPGW_KEY_MAX);
	if (attrs[ESPGW_SA_A_ICV_BITS]) {
		algo->icv_bits = nla_get_u32(attrs[ESPGW_SA_A_ICV_BITS]);
		if (algo->icv_bits % 8)
			return REFUSE(info->extack, attrs[ESPGW_SA_A_ICV_BITS],
				      "icv bits are not a multiple of 8");
	}

	if (attrs[ESPGW_SA_A_AEAD]) {
		if (BARRED(info, ESPGW_SA_A_ENC, "aead and enc exclude each other") ||
		    BARRED(info, ESPGW_SA_A_AUTH, "aead and auth exclude each other") ||
		    BARRED(info, ESPGW_SA_A_AUTH_KEY, "aead takes no auth key"))
			return -EINVAL;
		if (!algo->key_len)
			return MISSING(info, ESPGW_SA_A_KEY, "key is missing");
		if (LACKS(info, ESPGW_SA_A_ICV_BITS, "icv bits are missing, aead needs them"))
			return -EINVAL;
		return alg_name_parse(info, ESPGW_SA_A_AEAD, algo->aead);
	}

	if (!attrs[ESPGW_SA_A_ENC] && !attrs[ESPGW_SA_A_AUTH])
		return MISSING(info, ESPGW_SA_A_AEAD,
			       "algorithm is missing: aead, or enc and auth");
	if (LACKS(info, ESPGW_SA_A_AUTH, "auth is missing: enc alone protects nothing") ||
	    LACKS(info, ESPGW_SA_A_ENC, "enc is missing: it may be ecb(cipher_null)"))
		return -EINVAL;

	err = alg_name_parse(info, ESPGW_SA_A_ENC, algo->enc) ?:
	      alg_name_parse(info, ESPGW_SA_A_AUTH, algo->auth);
	if (err)
		return err;

	if (!strcmp(algo->enc, "ecb(cipher_null)")) {
		if (algo->key_len)
			return REFUSE(info->extack, attrs[ESPGW_SA_A_KEY],
				      "ecb(cipher_null) takes no key");
	} else if (!algo->key_len) {
		return MISSING(info, ESPGW_SA_A_KEY, "key is missing");
	}
	if (!algo->auth_key_len)
		return MISSING(info, ESPGW_SA_A_AUTH_KEY, "auth key is missing");
	return 0;
}

/*
 * What can be changed of an SA. cfg->key.dir and cfg->esn are known already:
 * from the same request, or from @old, the SA that is to be changed.
 */
static int sa_changeable_parse(struct genl_info *info,
			       const struct espgw_sa *old,
			       struct espgw_sa_cfg *cfg)
{
	struct netlink_ext_ack *extack = info->extack;
	struct nlattr **attrs = info->attrs;
	const struct nlattr *a;
	int err;

	if (cfg->key.dir == ESPGW_DIR_IN &&
	    (BARRED(info, ESPGW_SA_A_CLASS, "class is for outbound SAs only") ||
	     BARRED(info, ESPGW_SA_A_DSCP, "dscp is for outbound SAs only") ||
	     BARRED(info, ESPGW_SA_A_TTL, "ttl is for outbound SAs only") ||
	     BARRED(info, ESPGW_SA_A_TFC, "tfc is for outbound SAs only") ||
	     BARRED(info, ESPGW_SA_A_KEEPALIVE, "keepalive is for outbound SAs only") ||
	     BARRED(info, ESPGW_SA_A_MTU, "mtu policy is for outbound SAs only")))
		return -EINVAL;

	a = attrs[ESPGW_SA_A_SEQ];
	if (a) {
		cfg->seq = nla_get_u64(a);
		if (!cfg->esn && cfg->seq > U32_MAX)
			return REFUSE(extack, a, "seq is above 2^32-1, that needs esn");
	}

	if (!attrs[ESPGW_SA_A_ENCAP_SPORT] != !attrs[ESPGW_SA_A_ENCAP_DPORT])
		return REFUSE(extack, attrs[ESPGW_SA_A_ENCAP_SPORT] ?:
			      attrs[ESPGW_SA_A_ENCAP_DPORT],
			      "encap needs both ports");
	if (attrs[ESPGW_SA_A_ENCAP_SPORT]) {
		cfg->encap_sport = nla_get_be16(attrs[ESPGW_SA_A_ENCAP_SPORT]);
		cfg->encap_dport = nla_get_be16(attrs[ESPGW_SA_A_ENCAP_DPORT]);
	}

	a = attrs[ESPGW_SA_A_KEEPALIVE];
	if (a) {
		if (!cfg->encap_sport && !(old && old->encap_sport))
			return REFUSE(extack, a, "keepalive needs encap");
		cfg->keepalive_s = nla_get_u32(a);
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

	err = limits_parse(attrs[ESPGW_SA_A_LIMIT], old ? &old->limits : NULL,
			   &cfg->limits, extack);
	if (err)
		return err;
	return espgw_nl_mtu_parse(attrs[ESPGW_SA_A_MTU],
				  old ? &old->mtu : NULL, &cfg->mtu, extack);
}

static u64 sa_attrs(struct genl_info *info)
{
	return espgw_nl_attrs(info->attrs, ARRAY_SIZE(espgw_nl_sa_policy) - 1);
}

/**
 * espgw_nl_sa_parse() - a whole SA
 * @info: request
 * @cfg: result, zeroed; has keys in it even after an error
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_sa_parse(struct genl_info *info, struct espgw_sa_cfg *cfg)
{
	struct netlink_ext_ack *extack = info->extack;
	struct nlattr **attrs = info->attrs;
	const struct nlattr *a;
	u8 family;
	int err;

	cfg->set = sa_attrs(info);
	cfg->dscp = ESPGW_COPY;
	cfg->ecn = 1;

	err = espgw_nl_sa_key_parse(info, &cfg->key);
	if (err)
		return err;
	if (LACKS(info, ESPGW_SA_A_DIR, "dir is missing"))
		return -EINVAL;
	err = outer_addr_parse(attrs[ESPGW_SA_A_DST], &cfg->key.dst,
			       &cfg->key.family, extack);
	if (err)
		return err;

	if (LACKS(info, ESPGW_SA_A_SRC, "src is missing"))
		return -EINVAL;
	a = attrs[ESPGW_SA_A_SRC];
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
		return REFUSE(extack, a, "replay window is for inbound SAs only");

	return algo_parse(info, &cfg->algo) ?:
	       sa_changeable_parse(info, NULL, cfg);
}

/**
 * espgw_nl_sa_change_parse() - a change of an SA
 * @info: request
 * @sa: the SA
 * @cfg: result, zeroed
 *
 * Context: caller holds espgw_net.lock. Return: 0 or a negative error.
 */
int espgw_nl_sa_change_parse(struct genl_info *info, const struct espgw_sa *sa,
			     struct espgw_sa_cfg *cfg)
{
	cfg->key = sa->key;
	cfg->esn = sa->esn;
	cfg->set = sa_attrs(info);
	if (info->attrs[ESPGW_SA_A_INHERIT])
		return REFUSE_AS(-EOPNOTSUPP, info->extack,
				 info->attrs[ESPGW_SA_A_INHERIT],
				 "inherit is not implemented");
	if (!(cfg->set & ~espgw_nl_do_attrs[ESPGW_CMD_SA_DEL])) {
		NL_SET_ERR_MSG(info->extack, "nothing to change was given");
		return -EINVAL;
	}
	return sa_changeable_parse(info, sa, cfg);
}

static int prefix_parse(struct genl_info *info, int addr_type, int len_type,
			struct espgw_addr *addr, u8 *family, u8 *len)
{
	const struct nlattr *addr_attr = info->attrs[addr_type];
	const struct nlattr *len_attr = info->attrs[len_type];
	struct espgw_addr masked;
	int err;

	err = espgw_nl_addr_parse(addr_attr, addr, family, info->extack);
	if (err)
		return err;
	*len = nla_get_u8(len_attr);
	if (*len > (*family == 4 ? 32 : 128))
		return REFUSE(info->extack, len_attr,
			      "prefix length is longer than the address");
	espgw_addr_mask(&masked, addr, *family, *len);
	if (!espgw_addr_equal(&masked, addr))
		return REFUSE(info->extack, addr_attr,
			      "address has bits set beyond its prefix length");
	return 0;
}

static int ports_parse(struct genl_info *info, int min_type, int max_type,
		       u16 *min, u16 *max, u8 *has)
{
	const struct nlattr *first = info->attrs[min_type];
	const struct nlattr *last = info->attrs[max_type];

	if (!first && !last)
		return 0;
	if (!first || !last)
		return REFUSE(info->extack, first ?: last,
			      "first and last port go together");
	*min = nla_get_u16(first);
	*max = nla_get_u16(last);
	*has = 1;
	if (*min > *max)
		return REFUSE(info->extack, first, "first port is above the last");
	return 0;
}

/**
 * espgw_nl_vfr_parse() - how fragments are to be followed
 * @info: the request
 * @cfg: result; its set bits say what
 *
 * Return: 0, or -EINVAL: there is nothing to set.
 */
int espgw_nl_vfr_parse(struct genl_info *info, struct espgw_vfr_cfg *cfg)
{
	const struct {
		u8 attr;
		u32 *to;
	} numbers[] = {
		{ ESPGW_VFR_A_MAX_REASSEMBLIES, &cfg->max_reassemblies },
		{ ESPGW_VFR_A_MAX_FRAGMENTS, &cfg->max_fragments },
		{ ESPGW_VFR_A_TIMEOUT_S, &cfg->timeout_s },
		{ ESPGW_VFR_A_MAX_BYTES, &cfg->max_bytes },
	};
	struct nlattr **attrs = info->attrs;
	unsigned int i;

	memset(cfg, 0, sizeof(*cfg));
	if (attrs[ESPGW_VFR_A_DEFAULT])
		return REFUSE_AS(-EOPNOTSUPP, info->extack,
				 attrs[ESPGW_VFR_A_DEFAULT],
				 "default is not implemented");
	cfg->set = espgw_nl_attrs(attrs, ARRAY_SIZE(espgw_nl_vfr_policy) - 1);
	cfg->set &= ~(BIT(ESPGW_VFR_A_IFINDEX) | BIT(ESPGW_VFR_A_DIR));
	if (!cfg->set) {
		NL_SET_ERR_MSG(info->extack, "nothing to set is given");
		return -EINVAL;
	}
	if (attrs[ESPGW_VFR_A_MODE])
		cfg->mode = nla_get_u8(attrs[ESPGW_VFR_A_MODE]);
	if (attrs[ESPGW_VFR_A_DROP_FRAGMENTS])
		cfg->drop_fragments =
			nla_get_u8(attrs[ESPGW_VFR_A_DROP_FRAGMENTS]);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (attrs[numbers[i].attr])
			*numbers[i].to = nla_get_u32(attrs[numbers[i].attr]);
	return 0;
}

/**
 * espgw_nl_policy_key_parse() - what names a policy: priority, device, selector
 * @info: request
 * @cfg: result
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_policy_key_parse(struct genl_info *info,
			      struct espgw_policy_cfg *cfg)
{
	struct espgw_selector *sel = &cfg->sel;
	struct nlattr **attrs = info->attrs;
	u8 family;
	int err;

	memset(cfg, 0, sizeof(*cfg));
	if (attrs[ESPGW_POLICY_A_PRIO])
		cfg->prio = nla_get_u32(attrs[ESPGW_POLICY_A_PRIO]);
	if (attrs[ESPGW_POLICY_A_IFINDEX])
		cfg->ifindex = nla_get_u32(attrs[ESPGW_POLICY_A_IFINDEX]);

	if (LACKS(info, ESPGW_POLICY_A_SRC, "src is missing") ||
	    LACKS(info, ESPGW_POLICY_A_SRC_LEN, "prefix length of src is missing") ||
	    LACKS(info, ESPGW_POLICY_A_DST, "dst is missing") ||
	    LACKS(info, ESPGW_POLICY_A_DST_LEN, "prefix length of dst is missing"))
		return -EINVAL;
	err = prefix_parse(info, ESPGW_POLICY_A_SRC, ESPGW_POLICY_A_SRC_LEN,
			   &sel->src, &sel->family, &sel->src_len) ?:
	      prefix_parse(info, ESPGW_POLICY_A_DST, ESPGW_POLICY_A_DST_LEN,
			   &sel->dst, &family, &sel->dst_len);
	if (err)
		return err;
	if (family != sel->family)
		return REFUSE(info->extack, attrs[ESPGW_POLICY_A_DST],
			      "src and dst are of different families");

	if (attrs[ESPGW_POLICY_A_PROTO]) {
		sel->proto = nla_get_u8(attrs[ESPGW_POLICY_A_PROTO]);
		sel->has_proto = 1;
	}
	err = ports_parse(info, ESPGW_POLICY_A_SPORT_MIN, ESPGW_POLICY_A_SPORT_MAX,
			  &sel->sport_min, &sel->sport_max, &sel->has_sport) ?:
	      ports_parse(info, ESPGW_POLICY_A_DPORT_MIN, ESPGW_POLICY_A_DPORT_MAX,
			  &sel->dport_min, &sel->dport_max, &sel->has_dport);
	if (err)
		return err;
	if ((sel->has_sport || sel->has_dport) &&
	    !(sel->has_proto && espgw_proto_has_ports(sel->proto)))
		return REFUSE(info->extack, attrs[ESPGW_POLICY_A_SPORT_MIN] ?:
			      attrs[ESPGW_POLICY_A_DPORT_MIN],
			      "ports need proto tcp, udp, udplite, sctp or dccp");

	sel->dscp = ESPGW_DSCP_ANY;
	if (attrs[ESPGW_POLICY_A_DSCP])
		sel->dscp = nla_get_u8(attrs[ESPGW_POLICY_A_DSCP]);
	return 0;
}

/**
 * espgw_nl_policy_parse() - a whole policy
 * @info: request
 * @cfg: result
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_policy_parse(struct genl_info *info, struct espgw_policy_cfg *cfg)
{
	const struct nlattr *src = info->attrs[ESPGW_POLICY_A_TUNNEL_SRC];
	const struct nlattr *dst = info->attrs[ESPGW_POLICY_A_TUNNEL_DST];
	u8 src_family, dst_family;
	int err;

	err = espgw_nl_policy_key_parse(info, cfg);
	if (err)
		return err;
	if (LACKS(info, ESPGW_POLICY_A_ACTION, "action is missing"))
		return -EINVAL;
	cfg->action = nla_get_u8(info->attrs[ESPGW_POLICY_A_ACTION]);

	if (cfg->action != ESPGW_ACTION_PROTECT) {
		if (BARRED(info, ESPGW_POLICY_A_REQID, "reqid is for action protect only"))
			return -EINVAL;
		if (src || dst)
			return REFUSE(info->extack, src ?: dst,
				      "tunnel addresses are for action protect only");
		return 0;
	}

	if (LACKS(info, ESPGW_POLICY_A_REQID,
		  "reqid is missing, action protect needs it") ||
	    LACKS(info, ESPGW_POLICY_A_TUNNEL_SRC,
		  "tunnel src is missing, action protect needs it") ||
	    LACKS(info, ESPGW_POLICY_A_TUNNEL_DST,
		  "tunnel dst is missing, action protect needs it"))
		return -EINVAL;
	err = outer_addr_parse(src, &cfg->path.src, &src_family, info->extack) ?:
	      outer_addr_parse(dst, &cfg->path.dst, &dst_family, info->extack);
	if (err)
		return err;
	if (src_family != dst_family)
		return REFUSE(info->extack, dst,
			      "tunnel src and dst are of different families");
	cfg->path.family = dst_family;
	cfg->path.reqid = nla_get_u32(info->attrs[ESPGW_POLICY_A_REQID]);
	return 0;
}
