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

#include "core/label.h"

#define AGE_S_MAX	86400

#define MTU_WORD(attr, member, name)	[attr] = ESPGW_MTU_W_##name,
#define VFR_MEMBER(attr, member, name)	[attr] = {			\
		offsetof(struct espgw_vfr_cfg, member),			\
		sizeof_field(struct espgw_vfr_cfg, member),		\
		ESPGW_VFR_W_##name },

const u8 espgw_nl_mtu_words[] = { ESPGW_NL_MTU_KEPT(MTU_WORD) };

const struct espgw_nl_member espgw_nl_vfr_members[ESPGW_VFR_A_MAX + 1] = {
	ESPGW_NL_VFR_KEPT(VFR_MEMBER)
};

/**
 * espgw_nl_keys_wipe() - clear the keys in a request
 * @nlh: the request
 *
 * A request's memory is freed without being cleared, so the keys in it are
 * cleared when they have been used. The skb is netlink's own copy of what was
 * sent; the constness of attributes is a promise to parsers, not a property of
 * this memory. All of the message is walked, since of an attribute given twice
 * the parser knows only the last.
 */
void espgw_nl_keys_wipe(const struct nlmsghdr *nlh)
{
	const struct nlattr *a;
	int rem;

	nlmsg_for_each_attr(a, nlh, GENL_HDRLEN, rem)
		if (nla_type(a) == ESPGW_SA_A_KEY ||
		    nla_type(a) == ESPGW_SA_A_AUTH_KEY)
			memzero_explicit(nla_data(a), nla_len(a));
}

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

/**
 * espgw_nl_outer_addr_parse() - an address that a tunnel can end at
 * @attr: the attribute
 * @addr: result
 * @family: result, 4 or 6
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_outer_addr_parse(const struct nlattr *attr,
			      struct espgw_addr *addr, u8 *family,
			      struct netlink_ext_ack *extack)
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
 * espgw_nl_inherit_check() - what is asked to be unset
 * @inherit: the attribute: bit n for attribute n
 * @given: bit n: attribute n is given as well
 * @can: bit n: attribute n can be unset
 * @extack: says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int espgw_nl_inherit_check(const struct nlattr *inherit, u64 given, u64 can,
			   struct netlink_ext_ack *extack)
{
	u32 bits = nla_get_u32(inherit);

	if (!bits || bits & ~can)
		return REFUSE(extack, inherit,
			      "there is nothing of this number to inherit");
	if (bits & given)
		return REFUSE(extack, inherit,
			      "a value is given and inherited at once");
	return 0;
}

static int mtu_check(struct nlattr **tb, const struct espgw_mtu_policy *p,
		     struct netlink_ext_ack *extack)
{
	u32 age_s;

	if (tb[ESPGW_MTU_A_MTU_CAP] && p->mtu_cap != ESPGW_CAP_NONE &&
	    p->mtu_cap < ESPGW_PMTU_HARD_MIN)
		return REFUSE(extack, tb[ESPGW_MTU_A_MTU_CAP],
			      "mtu-cap is below 68 and not none");
	if (tb[ESPGW_MTU_A_MSS] && p->mss != ESPGW_MSS_OFF &&
	    p->mss != ESPGW_MSS_AUTO && p->mss < ESPGW_MSS_MIN)
		return REFUSE(extack, tb[ESPGW_MTU_A_MSS], "mss is below 88");
	if (tb[ESPGW_MTU_A_PMTU_AGE])
		return espgw_nl_age_parse(tb[ESPGW_MTU_A_PMTU_AGE], &age_s,
					  extack);
	return 0;
}

/**
 * espgw_nl_mtu_parse() - a change of an MTU policy
 * @nest: the attribute, or NULL
 * @wider: what holds where a word is to be inherited; counts for a policy that
 *	is complete
 * @p: the policy, as it is; changed to what it shall be
 * @extack: says what is wrong
 *
 * What wider policies say cannot be a contradiction: they may change later.
 *
 * Return: 0 or a negative error.
 */
int espgw_nl_mtu_parse(const struct nlattr *nest,
		       const struct espgw_mtu_policy *wider,
		       struct espgw_mtu_policy *p,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[ARRAY_SIZE(espgw_nl_mtu_policy)];
	const struct nlattr *inherit;
	unsigned int i;
	int err;

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, ARRAY_SIZE(tb) - 1, nest,
			       espgw_nl_mtu_policy, extack);
	if (err)
		return err;

	inherit = tb[ESPGW_MTU_A_INHERIT];
	if (inherit) {
		err = espgw_nl_inherit_check(inherit,
				    espgw_nl_attrs(tb, ESPGW_MTU_A_PROBE),
				    GENMASK(ESPGW_MTU_A_PROBE, ESPGW_MTU_A_DF),
				    extack);
		if (err)
			return err;
	}
	for (i = ESPGW_MTU_A_DF; i <= ESPGW_MTU_A_PROBE; i++) {
		enum espgw_mtu_word w = espgw_nl_mtu_words[i];

		if (inherit && nla_get_u32(inherit) & BIT(i))
			espgw_mtu_inherit(p, BIT(w), wider);
		if (!tb[i])
			continue;
		espgw_mtu_put(p, w, nla_len(tb[i]) == 1 ? nla_get_u8(tb[i]) :
							  nla_get_u32(tb[i]));
		p->set |= BIT(w);
	}
	err = mtu_check(tb, p, extack);
	if (err)
		return err;
	if (p->mtu_cap != ESPGW_CAP_NONE && p->min_pmtu > p->mtu_cap)
		return REFUSE(extack, nest, "min-pmtu is above mtu-cap");
	return 0;
}

/**
 * espgw_nl_ifname_parse() - the device that a request names
 * @info: request
 * @ifindex: attribute: its index, which stands for the name that it has now
 * @ifname: attribute: its name
 * @name: result, IFNAMSIZ bytes; empty: none is named
 *
 * Return: 0; -ENODEV: the index is no device's; -EINVAL: it is another's.
 */
int espgw_nl_ifname_parse(struct genl_info *info, int ifindex, int ifname,
			  char *name)
{
	const struct nlattr *by_name = info->attrs[ifname];
	const struct nlattr *by_index = info->attrs[ifindex];
	const struct net_device *dev;
	char has[IFNAMSIZ];

	*name = '\0';
	if (by_name)
		nla_strscpy(name, by_name, IFNAMSIZ);
	if (!by_index)
		return 0;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(genl_info_net(info), nla_get_u32(by_index));
	if (dev)
		strscpy(has, dev->name, IFNAMSIZ);
	rcu_read_unlock();
	if (!dev)
		return REFUSE_AS(-ENODEV, info->extack, by_index,
				 "no such device");
	if (by_name && strcmp(name, has))
		return REFUSE(info->extack, by_name,
			      "the device of this index has another name");
	strscpy(name, has, IFNAMSIZ);
	return 0;
}

/**
 * espgw_nl_label_parse() - what an object is called, and what is said of it
 * @info: request
 * @name: attribute
 * @comment: attribute
 * @ask: result; lives as long as the request
 *
 * Return: 0 or -EINVAL.
 */
int espgw_nl_label_parse(struct genl_info *info, int name, int comment,
			 struct espgw_label_ask *ask)
{
	const struct nlattr *attr = info->attrs[name];

	ask->name = attr ? nla_data(attr) : NULL;
	if (ask->name && !espgw_name_is_valid(ask->name))
		return REFUSE(info->extack, attr,
			      "name has other characters than letters, digits and -_.:");
	attr = info->attrs[comment];
	ask->comment = attr ? nla_data(attr) : NULL;
	if (ask->comment && !espgw_comment_is_valid(ask->comment))
		return REFUSE(info->extack, attr,
			      "comment is not UTF-8, or has control characters");
	return 0;
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
 * @cfg: how they are followed; changed to how they shall be
 *
 * Return: 0, or -EINVAL.
 */
int espgw_nl_vfr_parse(struct genl_info *info, struct espgw_vfr_cfg *cfg)
{
	const struct nlattr *unset = info->attrs[ESPGW_VFR_A_DEFAULT];
	u64 given = espgw_nl_attrs(info->attrs,
				   ARRAY_SIZE(espgw_nl_vfr_policy) - 1);
	u64 can = 0, set;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(espgw_nl_vfr_members); i++)
		if (espgw_nl_vfr_members[i].size)
			can |= BIT(i);
	set = given & can;
	if (!set && !unset) {
		NL_SET_ERR_MSG(info->extack, "nothing to set is given");
		return -EINVAL;
	}
	if (unset) {
		err = espgw_nl_inherit_check(unset, set, can, info->extack);
		if (err)
			return err;
	}
	for (i = 0; i < ARRAY_SIZE(espgw_nl_vfr_members); i++) {
		const struct espgw_nl_member *m = &espgw_nl_vfr_members[i];

		if (set & BIT(i)) {
			nla_memcpy((void *)cfg + m->offset, info->attrs[i],
				   m->size);
			cfg->set |= m->word;
		} else if (unset && nla_get_u32(unset) & BIT(i)) {
			memcpy((void *)cfg + m->offset,
			       (const void *)&espgw_vfr_default + m->offset,
			       m->size);
			cfg->set &= ~m->word;
		}
	}
	return 0;
}

static int policy_mark_parse(struct genl_info *info,
			     struct espgw_policy_cfg *cfg)
{
	const struct nlattr *mark = info->attrs[ESPGW_POLICY_A_MARK];
	const struct nlattr *mask = info->attrs[ESPGW_POLICY_A_MARK_MASK];

	if (!mark)
		return mask ? REFUSE(info->extack, mask, "mark mask without mark") : 0;
	cfg->mark = nla_get_u32(mark);
	cfg->mark_mask = mask ? nla_get_u32(mask) : U32_MAX;
	if (!cfg->mark_mask)
		return REFUSE(info->extack, mask, "mark mask is 0: no mark would count");
	if (cfg->mark & ~cfg->mark_mask)
		return REFUSE(info->extack, mark, "mark has bits outside its mask");
	return 0;
}

/**
 * espgw_nl_policy_key_parse() - what names a policy: priority, device, mark,
 *	selector
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
	err = espgw_nl_ifname_parse(info, ESPGW_POLICY_A_IFINDEX,
				    ESPGW_POLICY_A_IFNAME, cfg->ifname) ?:
	      policy_mark_parse(info, cfg);
	if (err)
		return err;
	if (attrs[ESPGW_POLICY_A_IFNAME] &&
	    (!dev_valid_name(cfg->ifname) || strchr(cfg->ifname, '*')))
		return REFUSE(info->extack, attrs[ESPGW_POLICY_A_IFNAME],
			      "not the name of one device");

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

	err = espgw_nl_policy_key_parse(info, cfg) ?:
	      espgw_nl_label_parse(info, ESPGW_POLICY_A_NAME,
				   ESPGW_POLICY_A_COMMENT, &cfg->label);
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
	err = espgw_nl_outer_addr_parse(src, &cfg->path.src, &src_family, info->extack) ?:
	      espgw_nl_outer_addr_parse(dst, &cfg->path.dst, &dst_family, info->extack);
	if (err)
		return err;
	if (src_family != dst_family)
		return REFUSE(info->extack, dst,
			      "tunnel src and dst are of different families");
	cfg->path.family = dst_family;
	cfg->path.reqid = nla_get_u32(info->attrs[ESPGW_POLICY_A_REQID]);
	return 0;
}
