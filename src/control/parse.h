/* SPDX-License-Identifier: GPL-2.0 */
/* What requests say: attributes to configuration. */
#ifndef ESPGW_CONTROL_PARSE_H
#define ESPGW_CONTROL_PARSE_H

#include "control/netlink_gen.h"
#include "packet/vfr.h"
#include "table/sad.h"
#include "table/spd.h"

/**
 * struct espgw_nl_member - where what a request says is kept
 * @offset: bytes from the struct's beginning
 * @size: bytes; 0: it is not kept so
 * @word: its bit, where the struct has bits of what was set by hand
 */
struct espgw_nl_member {
	u16 offset;
	u8 size;
	u8 word;
};

/* By attribute: of struct espgw_sa_settings and struct espgw_vfr_cfg. */
extern const struct espgw_nl_member espgw_nl_sa_members[ESPGW_SA_A_MAX + 1];
extern const struct espgw_nl_member espgw_nl_vfr_members[ESPGW_VFR_A_MAX + 1];

/* By attribute: enum espgw_mtu_word. */
extern const u8 espgw_nl_mtu_words[ESPGW_MTU_A_PROBE + 1];

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

#define NO_MEANING "attribute has no meaning in this command"
#define XFRMS "it is xfrm's: change it there (ip xfrm, or the key daemon)"

/**
 * espgw_nl_en() - the namespace that a request is for
 * @info: request
 *
 * Return: its state.
 */
static inline struct espgw_net *espgw_nl_en(struct genl_info *info)
{
	return espgw_net(genl_info_net(info));
}

void espgw_nl_keys_wipe(const struct nlmsghdr *nlh);
int espgw_nl_sa_validate(const struct nlmsghdr *nlh,
			 struct netlink_ext_ack *extack);
u64 espgw_nl_attrs(struct nlattr **attrs, unsigned int maxattr);
int espgw_nl_addr_parse(const struct nlattr *attr, struct espgw_addr *addr,
			u8 *family, struct netlink_ext_ack *extack);
int espgw_nl_outer_addr_parse(const struct nlattr *attr,
			      struct espgw_addr *addr, u8 *family,
			      struct netlink_ext_ack *extack);
int espgw_nl_inherit_check(const struct nlattr *inherit, u64 given, u64 can,
			   struct netlink_ext_ack *extack);
int espgw_nl_ifname_parse(struct genl_info *info, int ifindex, int ifname,
			  char *name);
int espgw_nl_label_parse(struct genl_info *info, int name, int comment,
			 struct espgw_label_ask *ask);
int espgw_nl_age_parse(const struct nlattr *attr, u32 *age_s,
		       struct netlink_ext_ack *extack);
int espgw_nl_mtu_parse(const struct nlattr *nest,
		       const struct espgw_mtu_policy *wider,
		       struct espgw_mtu_policy *p,
		       struct netlink_ext_ack *extack);
int espgw_nl_sa_key_parse(struct genl_info *info, struct espgw_sa_key *key);
int espgw_nl_sa_parse(struct genl_info *info, struct espgw_sa_request *req);
int espgw_nl_sa_change_parse(struct genl_info *info, const struct espgw_sa *sa,
			     struct espgw_sa_request *req);
int espgw_nl_pmtu_key_parse(struct genl_info *info, struct espgw_sa_key *key);
int espgw_nl_vfr_parse(struct genl_info *info, struct espgw_vfr_cfg *cfg);
int espgw_nl_policy_key_parse(struct genl_info *info,
			      struct espgw_policy_cfg *cfg);
int espgw_nl_policy_parse(struct genl_info *info, struct espgw_policy_cfg *cfg);

#endif
