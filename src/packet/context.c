// SPDX-License-Identifier: GPL-2.0
/* A packet on its way: what it is, whose it is, what goes along with it. */
#include "packet/context.h"

#include <linux/if_vlan.h>
#include <linux/mpls.h>
#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/ipv6.h>

const struct espgw_taps *espgw_taps __read_mostly;

static __always_inline enum espgw_view_result
read_headers(struct espgw_view *v, struct sk_buff *skb, unsigned int nh,
	     enum espgw_view_result (*read)(struct espgw_view *v,
					    const u8 *data, u32 avail,
					    u32 total))
{
	enum espgw_view_result result;
	unsigned int tries;

	/* A pull brings what was asked for: each round gets further. */
	for (tries = 0; tries < 16; tries++) {
		if (unlikely(skb_headlen(skb) < nh))
			return ESPGW_VIEW_SHORT;
		result = read(v, skb->data + nh, skb_headlen(skb) - nh,
			      skb->len - nh);
		if (likely(result != ESPGW_VIEW_SHORT))
			return result;
		if (skb_shared(skb) || !pskb_may_pull(skb, nh + v->need))
			return ESPGW_VIEW_SHORT;
	}
	return ESPGW_VIEW_SHORT;
}

/* BIG TCP: what segmentation is to cut may be longer than headers can say. */
static noinline bool read_super(struct espgw_view *v, struct sk_buff *skb,
				unsigned int nh)
{
	return skb_is_gso(skb) && skb_is_gso_tcp(skb) &&
	       read_headers(v, skb, nh, espgw_view_super) == ESPGW_VIEW_OK;
}

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
	switch (read_headers(v, skb, nh, espgw_view)) {
	case ESPGW_VIEW_OK:
		return true;
	case ESPGW_VIEW_MALFORMED:
		return read_super(v, skb, nh);
	case ESPGW_VIEW_SHORT:
		break;
	}
	return false;
}

/**
 * espgw_skb_behind_labels() - find an IP packet behind MPLS labels
 * @skb: the packet
 * @nh: where the labels begin, bytes from skb->data; receives where IP does
 * @proto: receives htons(ETH_P_IP) or htons(ETH_P_IPV6)
 *
 * Nothing on the wire says what is behind the last label: like the stack, it is
 * told by the version (RFC 4928).
 *
 * Context: any. Return: false if there is no IP.
 */
bool espgw_skb_behind_labels(const struct sk_buff *skb, unsigned int *nh,
			     __be16 *proto)
{
	const __be32 *label;
	const u8 *version;
	u8 _version;
	__be32 _label;

	do {
		label = skb_header_pointer(skb, *nh, sizeof(_label), &_label);
		if (!label)
			return false;
		*nh += sizeof(_label);
	} while (!(*label & htonl(MPLS_LS_S_MASK)));
	version = skb_header_pointer(skb, *nh, sizeof(_version), &_version);
	if (!version)
		return false;
	*proto = *version >> 4 == 4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	return *version >> 4 == 4 || *version >> 4 == 6;
}

/**
 * espgw_skb_unjumbo() - have a super-packet look like others
 * @skb: a packet of more than 65535 bytes, not shared, skb->data at its
 *	link-layer header; its data may move
 * @nh: where its IP header begins, bytes from skb->data
 * @v: what it is; receives what it becomes
 *
 * The jumbo payload option is on no wire: with it, each segment would seem longer
 * than it will be, and errors would quote what nobody has sent. The length field
 * tells the most that it can; segmentation writes each segment's.
 *
 * Return: false without memory.
 */
bool espgw_skb_unjumbo(struct sk_buff *skb, unsigned int nh,
		       struct espgw_view *v)
{
	struct ipv6hdr *ip6h;
	struct iphdr *iph;
	u32 jumbo;
	u8 *h;

	if (skb_ensure_writable(skb, nh + v->hdr_len))
		return false;
	h = skb->data + nh;
	if (v->family == 4) {
		iph = (struct iphdr *)h;
		iph->tot_len = htons(U16_MAX);
		ip_send_check(iph);
		return true;
	}
	ip6h = (struct ipv6hdr *)h;
	if (ip6h->payload_len)	/* which does not count the header */
		return true;
	jumbo = espgw_view_jumbo(v, h);
	if (jumbo) {
		ip6h->nexthdr = h[sizeof(*ip6h)];
		memmove(skb->data + jumbo, skb->data, nh + sizeof(*ip6h));
		__skb_pull(skb, jumbo);
		skb->mac_header += jumbo;
		skb->network_header += jumbo;
		v->hdr_len -= jumbo;
		v->len -= jumbo;
	}
	ip6h = (struct ipv6hdr *)(skb->data + nh);
	ip6h->payload_len = htons(U16_MAX);
	return true;
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
