// SPDX-License-Identifier: GPL-2.0
/* What requests say of SAs: attributes to settings. */
#include "control/parse.h"

#define DSCP_MAX	63

#define MEMBER(attr, member, name)	[attr] = {			\
		offsetof(struct espgw_sa_settings, member),		\
		sizeof_field(struct espgw_sa_settings, member) },

const struct espgw_nl_member espgw_nl_sa_members[ESPGW_SA_A_MAX + 1] = {
	ESPGW_NL_SA_KEPT(MEMBER)
};

/*
 * What genetlink checks of requests that may have keys: that they are attributes.
 * What it refuses it does not clear, so the rest is checked here.
 */
const struct nla_policy espgw_nl_unchecked_policy[] = {
	[1 ... ESPGW_SA_A_LIMIT - 1] = { .type = NLA_BINARY },
	[ESPGW_SA_A_LIMIT ... ESPGW_SA_A_MTU] = { .type = NLA_NESTED },
	[ESPGW_SA_A_MTU + 1 ... U8_MAX] = { .type = NLA_BINARY },
};

static_assert(ESPGW_SA_A_MTU == ESPGW_SA_A_LIMIT + 1);

/**
 * espgw_nl_sa_validate() - is a request about SAs well formed
 * @nlh: the request; its keys are cleared if it is not
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_sa_validate(const struct nlmsghdr *nlh,
			 struct netlink_ext_ack *extack)
{
	int err = __nla_validate(nlmsg_attrdata(nlh, GENL_HDRLEN),
				 nlmsg_attrlen(nlh, GENL_HDRLEN),
				 ARRAY_SIZE(espgw_nl_sa_policy) - 1,
				 espgw_nl_sa_policy, NL_VALIDATE_STRICT,
				 extack);

	if (err)
		espgw_nl_keys_wipe(nlh);
	return err;
}

static bool soft_above_hard(const struct espgw_limits *l, unsigned int soft,
			    unsigned int hard)
{
	return l->v[hard] && l->v[soft] > l->v[hard];
}

static int limits_parse(const struct nlattr *nest,
			struct espgw_sa_request *req,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[ARRAY_SIZE(espgw_nl_limit_policy)];
	struct espgw_limits *l = &req->set.limits;
	unsigned int i;
	int err;

	static_assert(ARRAY_SIZE(l->v) == ARRAY_SIZE(tb));

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, ARRAY_SIZE(tb) - 1, nest,
			       espgw_nl_limit_policy, extack);
	if (err)
		return err;

	for (i = 1; i < ARRAY_SIZE(tb); i++) {
		if (!tb[i])
			continue;
		req->limits |= BIT(i);
		l->v[i] = nla_get_u64(tb[i]);
	}
	if (soft_above_hard(l, ESPGW_LIMIT_A_SOFT_BYTES, ESPGW_LIMIT_A_HARD_BYTES))
		return REFUSE(extack, nest, "soft limit of bytes is above the hard one");
	if (soft_above_hard(l, ESPGW_LIMIT_A_SOFT_PACKETS, ESPGW_LIMIT_A_HARD_PACKETS))
		return REFUSE(extack, nest, "soft limit of packets is above the hard one");
	if (soft_above_hard(l, ESPGW_LIMIT_A_SOFT_SECONDS, ESPGW_LIMIT_A_HARD_SECONDS))
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

/* What an SA of this direction has no use for. */
static int inbound_check(struct genl_info *info)
{
	if (BARRED(info, ESPGW_SA_A_CLASS, "class is for outbound SAs only") ||
	    BARRED(info, ESPGW_SA_A_DSCP, "dscp is for outbound SAs only") ||
	    BARRED(info, ESPGW_SA_A_TTL, "ttl is for outbound SAs only") ||
	    BARRED(info, ESPGW_SA_A_INHERIT, "ttl is for outbound SAs only") ||
	    BARRED(info, ESPGW_SA_A_TFC, "tfc is for outbound SAs only") ||
	    BARRED(info, ESPGW_SA_A_KEEPALIVE, "keepalive is for outbound SAs only") ||
	    BARRED(info, ESPGW_SA_A_MTU, "mtu policy is for outbound SAs only"))
		return -EINVAL;
	return 0;
}

/* What goes together, or has no meaning alone. */
static int settings_check(struct genl_info *info, struct espgw_sa_settings *set)
{
	struct netlink_ext_ack *extack = info->extack;
	struct nlattr **attrs = info->attrs;
	const struct nlattr *a;

	if (!attrs[ESPGW_SA_A_ENCAP_SPORT] != !attrs[ESPGW_SA_A_ENCAP_DPORT])
		return REFUSE(extack, attrs[ESPGW_SA_A_ENCAP_SPORT] ?:
			      attrs[ESPGW_SA_A_ENCAP_DPORT],
			      "encap needs both ports");
	a = attrs[ESPGW_SA_A_KEEPALIVE];
	if (a && !set->encap_sport)
		return REFUSE(extack, a, "keepalive needs encap");
	a = attrs[ESPGW_SA_A_MARK_MASK];
	if (a && !attrs[ESPGW_SA_A_MARK])
		return REFUSE(extack, a, "mark mask without mark");
	if (attrs[ESPGW_SA_A_MARK] && !a)
		set->mark_mask = U32_MAX;
	if (set->mark & ~set->mark_mask)
		return REFUSE(extack, attrs[ESPGW_SA_A_MARK],
			      "mark has bits outside its mask");
	if (set->dscp > DSCP_MAX && set->dscp != ESPGW_COPY)
		return REFUSE(extack, attrs[ESPGW_SA_A_DSCP],
			      "dscp is above 63 and not copy");
	return 0;
}

static void member_set(struct espgw_sa_settings *set, unsigned int i,
		       const struct nlattr *a)
{
	const struct espgw_nl_member *m = &espgw_nl_sa_members[i];

	if (a && m->size)
		nla_memcpy((void *)set + m->offset, a, m->size);
}

/*
 * What may be set of an SA. @req has its direction, whether it has ESN, and what
 * is set so far: the defaults, or what an SA has that is to be changed.
 */
static int settings_parse(struct genl_info *info, struct espgw_sa_request *req)
{
	static const struct espgw_mtu_policy none;
	struct netlink_ext_ack *extack = info->extack;
	struct espgw_sa_settings *set = &req->set;
	struct nlattr **attrs = info->attrs;
	const struct nlattr *a;
	unsigned int i;
	int err;

	if (req->key.dir == ESPGW_DIR_IN) {
		err = inbound_check(info);
		if (err)
			return err;
	}
	for (i = 0; i < ARRAY_SIZE(espgw_nl_sa_policy); i++)
		member_set(set, i, attrs[i]);
	a = attrs[ESPGW_SA_A_INHERIT];
	if (a) {
		err = espgw_nl_inherit_check(a, attrs[ESPGW_SA_A_TTL] ?
				    BIT(ESPGW_SA_A_TTL) : 0,
				    BIT(ESPGW_SA_A_TTL), extack);
		if (err)
			return err;
		set->has_ttl = false;
		set->ttl = 0;
	}
	if (attrs[ESPGW_SA_A_TTL])
		set->has_ttl = true;
	req->names_peer = attrs[ESPGW_SA_A_ENCAP_SPORT];
	a = attrs[ESPGW_SA_A_SEQ];
	if (a) {
		req->seq = nla_get_u64(a);
		req->has_seq = true;
		if (!set->esn && req->seq > U32_MAX)
			return REFUSE(extack, a, "seq is above 2^32-1, that needs esn");
	}
	err = settings_check(info, set) ?:
	      espgw_nl_label_parse(info, ESPGW_SA_A_NAME, ESPGW_SA_A_COMMENT,
				   &req->label) ?:
	      limits_parse(attrs[ESPGW_SA_A_LIMIT], req, extack);
	return err ?: espgw_nl_mtu_parse(attrs[ESPGW_SA_A_MTU], &none,
					 &set->mtu, extack);
}

/**
 * espgw_nl_sa_parse() - a whole SA
 * @info: request
 * @req: result, zeroed; has keys in it even after an error
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_sa_parse(struct genl_info *info, struct espgw_sa_request *req)
{
	struct netlink_ext_ack *extack = info->extack;
	struct espgw_sa_settings *set = &req->set;
	struct nlattr **attrs = info->attrs;
	const struct nlattr *a;
	u8 family;
	int err;

	err = espgw_nl_sa_key_parse(info, &req->key);
	if (err)
		return err;
	if (LACKS(info, ESPGW_SA_A_DIR, "dir is missing"))
		return -EINVAL;
	err = espgw_nl_outer_addr_parse(attrs[ESPGW_SA_A_DST], &req->key.dst,
			       &req->key.family, extack);
	if (err)
		return err;

	if (LACKS(info, ESPGW_SA_A_SRC, "src is missing"))
		return -EINVAL;
	a = attrs[ESPGW_SA_A_SRC];
	err = espgw_nl_outer_addr_parse(a, &set->src, &family, extack);
	if (err)
		return err;
	if (family != req->key.family)
		return REFUSE(extack, a, "src and dst are of different families");

	set->esn = nla_get_flag(attrs[ESPGW_SA_A_ESN]);
	set->ecn = 1;
	if (req->key.dir == ESPGW_DIR_OUT)
		set->dscp = ESPGW_COPY;
	else
		set->replay_window = 64;
	a = attrs[ESPGW_SA_A_REPLAY_WINDOW];
	if (req->key.dir == ESPGW_DIR_OUT && a && nla_get_u32(a))
		return REFUSE(extack, a, "replay window is for inbound SAs only");

	return algo_parse(info, &req->algo) ?: settings_parse(info, req);
}

/*
 * Of an SA that is xfrm's only the MTU policy can be changed here, and what it is
 * called only of all that its connection has.
 */
static int adopted_check(struct genl_info *info)
{
	u64 can = BIT_ULL(ESPGW_SA_A_DST) | BIT_ULL(ESPGW_SA_A_SPI) |
		  BIT_ULL(ESPGW_SA_A_DIR) | BIT_ULL(ESPGW_SA_A_MTU);
	u64 extra = espgw_nl_attrs(info->attrs, ESPGW_SA_A_MAX) & ~can;
	const struct nlattr *a;

	if (!extra)
		return 0;
	a = info->attrs[__ffs64(extra)];
	if (a == info->attrs[ESPGW_SA_A_NAME] || a == info->attrs[ESPGW_SA_A_COMMENT])
		return REFUSE_AS(-EPERM, info->extack, a,
				 "it is xfrm's, and a rekey would lose that: give it to the connection (xfrm set)");
	return REFUSE_AS(-EPERM, info->extack, a, XFRMS);
}

/**
 * espgw_nl_sa_change_parse() - a change of an SA
 * @info: request
 * @sa: the SA
 * @req: result, zeroed
 *
 * Context: caller holds espgw_net.lock. Return: 0 or a negative error.
 */
int espgw_nl_sa_change_parse(struct genl_info *info, const struct espgw_sa *sa,
			     struct espgw_sa_request *req)
{
	u64 names = BIT_ULL(ESPGW_SA_A_DST) | BIT_ULL(ESPGW_SA_A_SPI) |
		    BIT_ULL(ESPGW_SA_A_DIR);
	int err = sa->x ? adopted_check(info) : 0;

	if (err)
		return err;
	req->key = sa->key;
	req->set = sa->set;
	if (!(espgw_nl_attrs(info->attrs,
			     ARRAY_SIZE(espgw_nl_sa_policy) - 1) & ~names)) {
		NL_SET_ERR_MSG(info->extack, "nothing to change was given");
		return -EINVAL;
	}
	return settings_parse(info, req);
}
