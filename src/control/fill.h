/* SPDX-License-Identifier: GPL-2.0 */
/* What answers and events say: objects to attributes. */
#ifndef ESPGW_CONTROL_FILL_H
#define ESPGW_CONTROL_FILL_H

#include <net/netlink.h>

#include "base/label.h"
#include "base/net.h"

struct espgw_dev;
struct espgw_event;
struct espgw_mtu_policy;
struct espgw_policy;
struct espgw_sa;
struct espgw_vfrq;
struct espgw_xfrm_conn;
struct espgw_xfrm_row;
struct genl_family;
struct genl_info;

/**
 * struct espgw_msg - a message to be filled
 * @skb: where
 * @en: namespace
 * @cb: the dump that it belongs to; NULL: none
 * @portid: to whom; 0 for events
 * @seq: of the request
 * @flags: NLM_F_*
 * @cmd: enum espgw_cmd
 * @event: what happened; 0 in answers
 * @keys: show keys
 */
struct espgw_msg {
	struct sk_buff *skb;
	struct espgw_net *en;
	struct netlink_callback *cb;
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
	u8 event;
	bool keys;
};

/* netlink.c has it. */
extern struct genl_family espgw_nl_family;

/* netlink.c */
int espgw_nl_reply_begin(struct espgw_msg *m, struct genl_info *info);
int espgw_nl_reply_end(struct espgw_msg *m, struct genl_info *info, int err);

/* dump.c */
struct espgw_msg espgw_dump_msg(struct sk_buff *skb,
				struct netlink_callback *cb, u8 cmd);

void *espgw_msg_begin(const struct espgw_msg *m);
int espgw_msg_end(const struct espgw_msg *m, void *hdr, bool full);

/**
 * espgw_addr_put() - put an address into a message
 * @skb: message
 * @type: attribute
 * @addr: the address
 * @family: 4 or 6
 *
 * Return: true if there is no room.
 */
static inline bool espgw_addr_put(struct sk_buff *skb, int type,
				  const struct espgw_addr *addr, u8 family)
{
	return nla_put(skb, type, family == 4 ? 4 : 16, addr);
}

/**
 * espgw_called_put() - put what people call an object into a message
 * @skb: message
 * @type: attribute
 * @label: what they call it and say of it, or NULL; does not go while this is called
 *
 * Return: true if there is no room.
 */
static inline bool espgw_called_put(struct sk_buff *skb, int type,
				    const struct espgw_label *label)
{
	return label && *label->name && nla_put_string(skb, type, label->name);
}

/**
 * espgw_label_put() - put what people call an object, and say of it, into a message
 * @skb: message
 * @name: attribute
 * @comment: attribute
 * @label: that, or NULL; does not go while this is called
 *
 * Return: true if there is no room.
 */
static inline bool espgw_label_put(struct sk_buff *skb, int name, int comment,
				   const struct espgw_label *label)
{
	return espgw_called_put(skb, name, label) ||
	       (label && *label->comment &&
		nla_put_string(skb, comment, label->comment));
}

/* Return: 0, or -EMSGSIZE, then nothing was added to the skb. */
int espgw_fill_dev(const struct espgw_msg *m, const struct espgw_dev *ed);
int espgw_fill_guard(const struct espgw_msg *m);
int espgw_fill_xfrm(const struct espgw_msg *m);
int espgw_fill_xfrm_default(const struct espgw_msg *m);
int espgw_fill_xfrm_row(const struct espgw_msg *m,
			const struct espgw_xfrm_row *row);
int espgw_fill_xfrm_conn(const struct espgw_msg *m,
			 const struct espgw_xfrm_conn *c);
bool espgw_fill_mtu(struct sk_buff *skb, int type,
		    const struct espgw_mtu_policy *p, u16 words);
int espgw_fill_default(const struct espgw_msg *m);
bool espgw_policy_put(struct sk_buff *skb, const struct espgw_policy *p);
int espgw_fill_sa(const struct espgw_msg *m, struct espgw_sa *sa);
int espgw_fill_policy(const struct espgw_msg *m, const struct espgw_policy *p);
int espgw_fill_pmtu(const struct espgw_msg *m, struct espgw_sa *sa);
int espgw_fill_vfr(const struct espgw_msg *m, struct espgw_vfrq *q);
int espgw_fill_stats(const struct espgw_msg *m);
int espgw_fill_acquire(const struct espgw_msg *m, const struct espgw_event *ev);
int espgw_fill_alert(const struct espgw_msg *m, const struct espgw_event *ev);

#endif
