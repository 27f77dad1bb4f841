/* SPDX-License-Identifier: GPL-2.0 */
/* What requests say: attributes to configuration. */
#ifndef ESPGW_NLPARSE_H
#define ESPGW_NLPARSE_H

#include <net/genetlink.h>

#include "table/sad.h"
#include "table/spd.h"
#include "packet/vfr.h"

/* Up to the last attribute that a request may have. */
extern const struct nla_policy espgw_nl_dev_policy[ESPGW_DEV_A_MTU + 1];
extern const struct nla_policy espgw_nl_default_policy[ESPGW_DEFAULT_A_MTU + 1];
extern const struct nla_policy espgw_nl_sa_policy[ESPGW_SA_A_INHERIT + 1];
extern const struct nla_policy espgw_nl_policy_policy[ESPGW_POLICY_A_TUNNEL_DST + 1];
extern const struct nla_policy espgw_nl_vfr_policy[ESPGW_VFR_A_DEFAULT + 1];
extern const struct nla_policy espgw_nl_pmtu_policy[ESPGW_PMTU_A_BOUND + 1];

/* What names an SA. */
#define ESPGW_NL_SA_NAME (BIT_ULL(ESPGW_SA_A_DST) | BIT_ULL(ESPGW_SA_A_SPI) | \
			  BIT_ULL(ESPGW_SA_A_DIR))

/* Priority, device and selector. */
#define ESPGW_NL_POLICY_NAME GENMASK_ULL(ESPGW_POLICY_A_DSCP, ESPGW_POLICY_A_PRIO)

/**
 * struct espgw_mtu_member - where struct espgw_mtu_policy has an attribute
 * @offset: bytes
 * @size: 1 or 4 bytes
 */
struct espgw_mtu_member {
	u8 offset;
	u8 size;
};

/* Indexed by enum espgw_mtu_attr. */
extern const struct espgw_mtu_member espgw_mtu_members[__ESPGW_MTU_A_MAX];

/* Refuse an attribute, with a reason. */
#define REFUSE_AS(err, extack, attr, text) ({			\
	NL_SET_ERR_MSG_ATTR((extack), (attr), text);		\
	(err);							\
})
#define REFUSE(extack, attr, text) REFUSE_AS(-EINVAL, extack, attr, text)

/* Whether a request lacks an attribute; if so, says it. */
#define LACKS(info, type, text) ({				\
	int __lacks = GENL_REQ_ATTR_CHECK((info), (type));	\
								\
	if (__lacks)						\
		NL_SET_ERR_MSG((info)->extack, text);		\
	__lacks;						\
})

u64 espgw_nl_attrs(struct nlattr **attrs, unsigned int maxattr);
int espgw_nl_addr_parse(const struct nlattr *attr, struct espgw_addr *addr,
			u8 *family, struct netlink_ext_ack *extack);
int espgw_nl_age_parse(const struct nlattr *attr, u32 *age_s,
		       struct netlink_ext_ack *extack);
int espgw_nl_mtu_parse(const struct nlattr *nest,
		       const struct espgw_mtu_policy *old,
		       struct espgw_mtu_policy *p,
		       struct netlink_ext_ack *extack);
int espgw_nl_sa_key_parse(struct genl_info *info, struct espgw_sa_key *key);
int espgw_nl_sa_parse(struct genl_info *info, struct espgw_sa_cfg *cfg);
int espgw_nl_sa_change_parse(struct genl_info *info, const struct espgw_sa *sa,
			     struct espgw_sa_cfg *cfg);
int espgw_nl_pmtu_key_parse(struct genl_info *info, struct espgw_sa_key *key);
int espgw_nl_vfr_parse(struct genl_info *info, struct espgw_vfr_cfg *cfg);
int espgw_nl_policy_key_parse(struct genl_info *info,
			      struct espgw_policy_cfg *cfg);
int espgw_nl_policy_parse(struct genl_info *info, struct espgw_policy_cfg *cfg);

#endif
