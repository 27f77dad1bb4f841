// SPDX-License-Identifier: GPL-2.0
/* What answers and events say of policies. */
#include <net/genetlink.h>

#include "control/fill.h"
#include "table/spd.h"

/**
 * espgw_policy_put() - put what a policy is into a message
 * @skb: message
 * @p: the policy
 *
 * Context: under RCU or espgw_net.lock. Return: true if there is no room.
 */
bool espgw_policy_put(struct sk_buff *skb, const struct espgw_policy *p)
{
	const struct espgw_path_key *path = p->path ? &p->path->key : NULL;
	const struct espgw_rule *r = &p->rule;
	const struct espgw_selector *sel = &r->sel;
	int ifindex = p->dev ? READ_ONCE(p->dev->ifindex) : ESPGW_NO_DEVICE;

	return nla_put_u32(skb, ESPGW_POLICY_A_PRIO, r->prio) ||
	       (p->dev && nla_put_string(skb, ESPGW_POLICY_A_IFNAME, p->dev->name)) ||
	       (ifindex != ESPGW_NO_DEVICE &&
		nla_put_u32(skb, ESPGW_POLICY_A_IFINDEX, ifindex)) ||
	       espgw_addr_put(skb, ESPGW_POLICY_A_SRC, &sel->src, sel->family) ||
	       nla_put_u8(skb, ESPGW_POLICY_A_SRC_LEN, sel->src_len) ||
	       espgw_addr_put(skb, ESPGW_POLICY_A_DST, &sel->dst, sel->family) ||
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
	       (r->mark_mask &&
		(nla_put_u32(skb, ESPGW_POLICY_A_MARK, r->mark) ||
		 nla_put_u32(skb, ESPGW_POLICY_A_MARK_MASK, r->mark_mask))) ||
	       nla_put_u8(skb, ESPGW_POLICY_A_ACTION, p->action) ||
	       (path &&
		(nla_put_u32(skb, ESPGW_POLICY_A_REQID, path->reqid) ||
		 espgw_addr_put(skb, ESPGW_POLICY_A_TUNNEL_SRC, &path->src, path->family) ||
		 espgw_addr_put(skb, ESPGW_POLICY_A_TUNNEL_DST, &path->dst, path->family))) ||
	       (p->owner != ESPGW_OWNER_HAND &&
		nla_put_u8(skb, ESPGW_POLICY_A_OWNER, p->owner)) ||
	       (p->spi && nla_put_be32(skb, ESPGW_POLICY_A_SPI, p->spi)) ||
	       espgw_label_put(skb, ESPGW_POLICY_A_NAME, ESPGW_POLICY_A_COMMENT,
			       READ_ONCE(p->label));
}

/**
 * espgw_fill_policy() - tell of a policy
 * @m: message
 * @p: the policy
 *
 * Context: under RCU or espgw_net.lock. Return: 0 or -EMSGSIZE.
 */
int espgw_fill_policy(const struct espgw_msg *m, const struct espgw_policy *p)
{
	struct sk_buff *skb = m->skb;
	void *hdr = espgw_msg_begin(m);
	u64 packets, bytes;

	espgw_policy_sum(p, &packets, &bytes);
	return espgw_msg_end(m, hdr, !hdr ||
		(m->event && nla_put_u8(skb, ESPGW_POLICY_A_EVENT, m->event)) ||
		espgw_policy_put(skb, p) ||
		nla_put_u64_64bit(skb, ESPGW_POLICY_A_PACKETS, packets,
				  ESPGW_POLICY_A_PAD) ||
		nla_put_u64_64bit(skb, ESPGW_POLICY_A_BYTES, bytes,
				  ESPGW_POLICY_A_PAD));
}
