// SPDX-License-Identifier: GPL-2.0
/* A packet on its way: what it is, whose it is, what goes along with it. */
#include "packet/context.h"

#include <linux/if_vlan.h>
#include <linux/netfilter.h>

const struct espgw_taps *espgw_taps __read_mostly;

/**
 * espgw_skb_view() - read a packet's headers
 * @v: what they say
 * @skb: the packet; what is not in its linear part is pulled, so that pointers
 *	into its headers are to be taken anew
 * @nh: where its IP header begins, bytes from skb->data
 *
 * Context: any. Return: false if it is malformed, memory is short, or headers
 * are not in one piece and the skb is shared, so that they cannot be brought
 * there.
 */
bool espgw_skb_view(struct espgw_view *v, struct sk_buff *skb, unsigned int nh)
{
	unsigned int tries;

	/* A pull brings what was asked for: each round gets further. */
	for (tries = 0; tries < 16; tries++) {
		if (unlikely(skb_headlen(skb) < nh))
			return false;
		switch (espgw_view(v, skb->data + nh, skb_headlen(skb) - nh,
				   skb->len - nh)) {
		case ESPGW_VIEW_OK:
			return true;
		case ESPGW_VIEW_MALFORMED:
			return false;
		case ESPGW_VIEW_SHORT:
			if (skb_shared(skb) ||
			    !pskb_may_pull(skb, nh + v->need))
				return false;
		}
	}
	return false;
}

/**
 * espgw_skb_own() - a packet that nobody else looks at
 * @skb: the packet; gone if it was shared: its other holder keeps it as it is
 *
 * Its data may still be a clone's as well. Return: @skb, a clone of it, or NULL
 * without memory; then it is gone too.
 */
struct sk_buff *espgw_skb_own(struct sk_buff *skb)
{
	struct sk_buff *n;

	if (likely(!skb_shared(skb)))
		return skb;
	n = skb_clone(skb, GFP_ATOMIC);
	consume_skb(skb);
	return n;
}

/**
 * espgw_skb_inherit() - a piece is of the same packet
 * @n: the piece, just allocated
 * @skb: the packet
 *
 * What queues and the firewall go by: device, priority and priority tag, mark,
 * flow hash, when it is to be sent and by which clock.
 */
void espgw_skb_inherit(struct sk_buff *n, const struct sk_buff *skb)
{
	n->dev = skb->dev;
	n->protocol = skb->protocol;
	n->priority = skb->priority;
	n->mark = skb->mark;
	espgw_skb_copy_tstamp(n, skb);
	__vlan_hwaccel_copy_tag(n, skb);
	skb_copy_hash(n, skb);
	skb_copy_secmark(n, skb);
}

/**
 * espgw_skb_reset() - a packet has become another one
 * @skb: an outer packet made of an inner one, or the other way round
 *
 * What was said of the one is not true of the other: connection tracking and
 * tracing, a transform of xfrm's, what offload or a bridge has done with it.
 */
void espgw_skb_reset(struct sk_buff *skb)
{
	skb->ip_summed = CHECKSUM_NONE;
	skb->csum_valid = 0;	/* conntrack's word, for the packet before */
	skb->encapsulation = 0;
	skb->ignore_df = 0;
#ifdef CONFIG_NET_SWITCHDEV
	skb->offload_fwd_mark = 0;
	skb->offload_l3_fwd_mark = 0;
#endif
	skb_ext_reset(skb);
	nf_reset_ct(skb);
	nf_reset_trace(skb);
}

/**
 * espgw_pkt_drop() - drop a packet, for a reason that is counted
 * @p: the packet; its skb is freed
 * @reason: which counter
 *
 * Return: NF_STOLEN.
 */
unsigned int espgw_pkt_drop(struct espgw_pkt *p, enum espgw_stats_attr reason)
{
	if (p->sa)
		espgw_sa_count(p->sa, ESPGW_SA_STAT_A_DROPPED);
	espgw_drop(p->en, p->skb, reason);
	p->skb = NULL;
	return NF_STOLEN;
}
