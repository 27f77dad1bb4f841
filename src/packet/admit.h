/* SPDX-License-Identifier: GPL-2.0 */
/* What the policies say of a packet, whatever it is: what core/admit decides by. */
#ifndef ESPGW_PACKET_ADMIT_H
#define ESPGW_PACKET_ADMIT_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "packet/context.h"
#include "packet/nat.h"
#include "table/cover.h"
#include "table/sad.h"
#include "table/spd.h"

enum espgw_match espgw_pkt_exempt(const struct espgw_pkt *p,
				  const struct espgw_policy *policy,
				  bool inbound);
bool espgw_pkt_go_home(struct espgw_pkt *p);
enum espgw_match espgw_pkt_lookup_own(struct espgw_pkt *p,
				      const struct espgw_view *v,
				      enum espgw_match m,
				      struct espgw_policy **policy);
enum espgw_ruling espgw_pkt_judge_icmp(struct espgw_pkt *p, u8 dir,
				       enum espgw_ruling ruling,
				       struct espgw_policy **found);
enum espgw_stats_attr espgw_admit_reason(u8 dir, enum espgw_admit verdict);

/* A bit of skb->tc_index: a fragment was decrypted; the others name its path. */
#define ESPGW_ORIGIN_MARK	BIT(15)

void espgw_origin_mark(struct sk_buff *skb, const struct espgw_path *path);
void espgw_origin_forget(struct sk_buff *skb);
u16 espgw_origin_take(struct sk_buff *skb);

/**
 * espgw_origin_of() - what names a path on an skb
 * @path: the path
 *
 * Return: not 0.
 */
static inline u16 espgw_origin_of(const struct espgw_path *path)
{
	return ESPGW_ORIGIN_MARK | (path->id & (ESPGW_ORIGIN_MARK - 1));
}

/**
 * espgw_pkt_is_uncovered() - is it plain that no policy covers a packet
 * @en: namespace
 * @skb: the packet
 * @nh: where its IP header begins, bytes from skb->data
 * @proto: as skb->protocol: htons(ETH_P_IP) or htons(ETH_P_IPV6)
 * @inbound: it has come
 * @followed: fragments are to be followed
 *
 * From its addresses alone. Fragments that are followed, ICMP, which is judged by what
 * it quotes, and IP in IP, by what is inside, are never plain.
 *
 * Context: under RCU. Return: true if so; false: it is to be looked at.
 */
static __always_inline bool
espgw_pkt_is_uncovered(const struct espgw_net *en, const struct sk_buff *skb,
		       unsigned int nh, __be16 proto, bool inbound,
		       bool followed)
{
	const void *hdr = skb->data + nh;
	unsigned int room = skb_headlen(skb);
	const struct ipv6hdr *ip6h = hdr;
	const struct iphdr *iph = hdr;
	__be32 src, dst;

	room = room > nh ? room - nh : 0;
	if (likely(proto == htons(ETH_P_IP))) {
		/* ICMP, IP in IP, and two that nobody uses. */
		if (room < sizeof(*iph) || iph->version != 4 ||
		    !(iph->protocol & ~(IPPROTO_ICMP | IPPROTO_IPIP)) ||
		    (followed && iph->frag_off & htons(ESPGW_IP4_MF |
						       ESPGW_IP4_OFFSET)))
			return false;
		src = inbound ? iph->daddr : iph->saddr;
		dst = inbound ? iph->saddr : iph->daddr;
		return !espgw_cover_maybe4(en, src, dst);
	}
	if (room < sizeof(*ip6h) || ip6h->version != 6 ||
	    (ip6h->nexthdr != IPPROTO_TCP && ip6h->nexthdr != IPPROTO_UDP &&
	     ip6h->nexthdr != IPPROTO_ESP))
		return false;
	src = inbound ? ip6h->daddr.s6_addr32[0] : ip6h->saddr.s6_addr32[0];
	dst = inbound ? ip6h->saddr.s6_addr32[0] : ip6h->daddr.s6_addr32[0];
	return !espgw_cover_maybe6(en, src, dst);
}

bool espgw_pkt_was_covered(const struct espgw_pkt *p);
bool espgw_pkt_is_judged_by_ports(struct espgw_pkt *p, u8 dir);
bool espgw_pkt_is_elsewhere(const struct espgw_pkt *p, bool inbound);

/**
 * espgw_pkt_came_by() - has a packet come by the tunnel of a policy
 * @p: the packet; its origin is set
 * @policy: the policy, or NULL
 *
 * Return: true if so.
 */
static __always_inline bool espgw_pkt_came_by(const struct espgw_pkt *p,
					      const struct espgw_policy *policy)
{
	if (!policy)
		return false;
	if (p->origin == ESPGW_ORIGIN_DECRYPTED)
		return policy->path == p->sa->path;
	return p->origin == ESPGW_ORIGIN_REASSEMBLED_DECRYPTED &&
	       policy->path && espgw_origin_of(policy->path) == p->came_by;
}

/**
 * espgw_pkt_is_xfrms() - is it for xfrm to say whether a packet may arrive
 * @p: the packet
 * @policy: the policy that covers it, or NULL
 *
 * What came by one of its states, decrypted here or by itself, meets the policy
 * that it has for that further on. So does clear text, where that policy is for no
 * interface: sockets may have others of their own.
 *
 * Return: true if so.
 */
static inline bool espgw_pkt_is_xfrms(const struct espgw_pkt *p,
				      const struct espgw_policy *policy)
{
	return policy && policy->owner == ESPGW_OWNER_XFRM &&
	       (!policy->dev || espgw_secpath_is_xfrm(p->skb));
}

/**
 * espgw_pkt_admit_at() - what of a decision holds at a device
 * @ed: the device
 * @verdict: the decision
 *
 * Nothing but protection is meant for devices that are not attached, which may
 * lead to those who are to be protected.
 *
 * Return: the decision that holds.
 */
static inline enum espgw_admit espgw_pkt_admit_at(const struct espgw_dev *ed,
						  enum espgw_admit verdict)
{
	return verdict == ESPGW_ADMIT_DISCARD && ed->watched ?
	       ESPGW_ADMIT_PASS : verdict;
}

/**
 * espgw_pkt_admit_as() - may a packet arrive or leave as it is
 * @p: the packet: its en, skb, nh, view, and sa if it was decrypted; its origin
 *	is set, and if it was decrypted, skb->dev to the device that it belongs to
 * @dir: enum espgw_dir
 * @origin: what it was when the stack, or this gateway, got hold of it
 * @parted: it was decrypted, and its tunnel's policies are for several devices
 * @found: result: the policy that it met, or NULL
 *
 * An ICMP error may come from any router, so that no policy need name its
 * sender: it goes the way of the packet that it quotes (RFC 4301 6.2), unless a
 * protect policy covers it by itself.
 *
 * Inline, since it is on the path of each packet, which knows direction and
 * origin.
 *
 * Context: under RCU. Return: the decision.
 */
static __always_inline enum espgw_admit
espgw_pkt_admit_as(struct espgw_pkt *p, u8 dir, enum espgw_origin origin,
		   bool parted, struct espgw_policy **found)
{
	enum espgw_match m, exempt = ESPGW_MATCH_NO;
	bool inbound = dir == ESPGW_DIR_IN, same = false;
	struct espgw_policy *policy;
	enum espgw_ruling ruling;

	p->origin = origin;
	m = espgw_spd_lookup(p->en, &p->view, p->skb->dev->ifindex, inbound,
			     p->skb->mark, &policy);
	if (origin == ESPGW_ORIGIN_DECRYPTED ||
	    origin == ESPGW_ORIGIN_REASSEMBLED_DECRYPTED) {
		same = espgw_pkt_came_by(p, policy);
		if (unlikely(!same || parted)) {
			m = espgw_pkt_lookup_own(p, &p->view, m, &policy);
			same = espgw_pkt_came_by(p, policy);
		}
	}
	*found = policy;
	if (m == ESPGW_MATCH_NO) {
		ruling = ESPGW_RULING_NONE;
	} else {
		if (unlikely(policy->ends && !same))
			exempt = espgw_pkt_exempt(p, policy, inbound);
		ruling = espgw_ruling_of(m, policy->action, same, exempt,
					 false);
	}
	if (unlikely(p->view.proto == IPPROTO_ICMP ||
		     p->view.proto == IPPROTO_ICMPV6))
		ruling = espgw_pkt_judge_icmp(p, dir, ruling, found);
	return espgw_admit(dir, origin, ruling);
}

/**
 * espgw_pkt_admit() - espgw_pkt_admit_as(), of what was not decrypted, or by a
 *	tunnel whose policies are not for devices
 * @p: the packet
 * @dir: enum espgw_dir
 * @origin: what it was
 * @found: result: the policy that it met, or NULL
 *
 * Return: the decision.
 */
static __always_inline enum espgw_admit
espgw_pkt_admit(struct espgw_pkt *p, u8 dir, enum espgw_origin origin,
		struct espgw_policy **found)
{
	return espgw_pkt_admit_as(p, dir, origin, false, found);
}

#endif
