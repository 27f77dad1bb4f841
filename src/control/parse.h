/* SPDX-License-Identifier: GPL-2.0 */
/* What requests say: attributes to configuration. */
#ifndef ESPGW_NLPARSE_H
#define ESPGW_NLPARSE_H

#include "control/netlink_gen.h"
#include "table/sad.h"
#include "table/spd.h"
#include "packet/vfr.h"

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
