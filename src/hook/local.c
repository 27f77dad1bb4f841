// SPDX-License-Identifier: GPL-2.0
/*
 * What the stack has for this host: ESP that it has reassembled, what passed
 * unread, and what devices of this host say of ESP that they could not take. And
 * what it need not ask of decrypted packets.
 */
#include "hook/local.h"

#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/ip.h>
#include <net/ipv6_frag.h>
#include <net/l3mdev.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/xfrm.h>

#include "base/event.h"
#include "packet/admit.h"
#include "packet/decap.h"
#include "packet/icmp.h"
#include "packet/output.h"
#include "table/device.h"
#include "table/sad.h"

/*
 * Where a policy covers the ends of its own tunnel, fragments in clear may pass
 * by their ports, as IKE's or as ESP in UDP, and others come by the tunnel. Of
 * the whole datagram all is known: it is judged again. Elsewhere, each of its
 * fragments was judged as the whole is.
 */
static unsigned int admit_whole(struct espgw_pkt *p)
{
	struct espgw_policy *policy;
	enum espgw_admit verdict;

	p->came_by = espgw_origin_take(p->skb);
	verdict = espgw_pkt_admit(p, ESPGW_DIR_IN, p->came_by ?
				  ESPGW_ORIGIN_REASSEMBLED_DECRYPTED :
				  ESPGW_ORIGIN_REASSEMBLED, &policy);
	if (likely(verdict == ESPGW_ADMIT_PASS || !policy || !policy->ends) ||
	    espgw_pkt_is_xfrms(p, policy))
		return NF_ACCEPT;
	if (verdict == ESPGW_ADMIT_CLEARTEXT)
		espgw_alert_at(p->ed, ESPGW_ALERT_CLEARTEXT, &p->view);
	return espgw_pkt_drop(p, espgw_admit_reason(ESPGW_DIR_IN, verdict));
}

/* An aggregate: each of its packets is received anew, and comes here by itself. */
static noinline unsigned int cut(struct espgw_pkt *p)
{
	struct sk_buff *seg, *next;

	skb_list_walk_safe(espgw_decap_cut(p), seg, next) {
		skb_mark_not_on_list(seg);
		skb_dst_drop(seg);
		espgw_output_up(p->en, seg);
	}
	return NF_STOLEN;
}

/* Where it was received: here, the device of a VRF stands for those in it. */
static struct net_device *received_by(const struct sk_buff *skb)
{
	int index = skb->protocol == htons(ETH_P_IP) ? inet_sdif(skb) :
						       inet6_sdif(skb);
	struct net_device *dev = NULL;

	if (unlikely(index))
		dev = dev_get_by_index_rcu(dev_net(skb->dev), index);
	return dev ?: skb->dev;
}

/* What arrived whole was judged on its way in, where it is. */
static unsigned int not_ours(struct espgw_pkt *p, struct net_device *received,
			     bool reassembled)
{
	struct net_device *dev = p->skb->dev;
	unsigned int verdict;

	if (!reassembled || espgw_spd_is_empty(&p->en->spd))
		return NF_ACCEPT;
	p->ed = espgw_hooked_find_rcu(p->en, received->ifindex);
	if (!p->ed)
		return NF_ACCEPT;
	/* Policies are for the device that it came by. */
	p->skb->dev = received;
	verdict = admit_whole(p);
	if (verdict == NF_ACCEPT)
		p->skb->dev = dev;
	return verdict;
}

/* A packet for this host, whole: ours? skb->data: its IP header. */
static unsigned int local_in(struct espgw_net *en, struct sk_buff *skb,
			     bool reassembled)
{
	struct net_device *received = received_by(skb);
	struct espgw_pkt p = { .en = en, .skb = skb };
	int reason;

	if (!espgw_skb_view(&p.view, skb, 0) || p.view.is_frag)
		return NF_ACCEPT;
	if (!espgw_decap_find(&p)) {
		if (unlikely(skb_is_gso(skb)) && espgw_decap_find_among(&p))
			return cut(&p);
		return not_ours(&p, received, reassembled);
	}
	if (reassembled)
		espgw_count(en, ESPGW_STATS_A_IN_REASSEMBLED);
	skb_orphan(skb);	/* from early demux: a socket of the outer packet */
	skb->dev = received;
	reason = espgw_decap(&p);
	if (!reason)
		espgw_output_up(en, skb);
	else if (reason == -EMSGSIZE)
		return cut(&p);
	else if (reason > 0)
		espgw_drop(en, skb, reason);
	return NF_STOLEN;
}

/*
 * An ICMP message by loopback, or by the device of a VRF, which is its loopback:
 * of this host to itself, for it meets no attached device. Where the outer route
 * leads into another tunnel of this host, that one's device drops what does not
 * fit it, and tells the ESP packet's source. What it says is checked like a
 * router's.
 */
static bool is_own(const struct sk_buff *skb)
{
	const struct net_device *dev = received_by(skb);

	return dev->flags & IFF_LOOPBACK || netif_is_l3_master(dev);
}

static noinline void own_message(struct espgw_net *en, struct sk_buff *skb)
{
	struct espgw_view v;

	if (espgw_skb_view(&v, skb, 0))
		espgw_icmp_input(en, skb, &v);
}

static unsigned int local_in4(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	u8 proto = ip_hdr(skb)->protocol;

	if (proto == IPPROTO_ICMP && is_own(skb))
		own_message(espgw_net(state->net), skb);
	if (likely(proto != IPPROTO_ESP && proto != IPPROTO_UDP))
		return NF_ACCEPT;
	return local_in(espgw_net(state->net), skb,
			IPCB(skb)->frag_max_size);
}

static unsigned int local_in6(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct espgw_net *en = espgw_net(state->net);
	/* It may have been, in PREROUTING, for connection tracking. */
	bool reassembled = IP6CB(skb)->flags & IP6SKB_FRAGMENTED;
	struct espgw_view v;

	if (!espgw_skb_view(&v, skb, 0))
		return NF_ACCEPT;
	if (v.proto == IPPROTO_ICMPV6 && is_own(skb))
		own_message(en, skb);
	if (v.proto != IPPROTO_ESP && v.proto != IPPROTO_UDP)
		return NF_ACCEPT;
	if (v.is_frag) {
		/*
		 * The stack reassembles IPv6 behind this hook: what may be
		 * ours, or may have to be dropped, is reassembled here.
		 */
		switch (nf_ct_frag6_gather(state->net, skb,
					   IP6_DEFRAG_LOCAL_DELIVER)) {
		case 0:
			break;
		case -EINPROGRESS:
			return NF_STOLEN;
		default:
			espgw_drop(en, skb, ESPGW_STATS_A_DROP_IN_REASSEMBLY);
			return NF_STOLEN;
		}
		reassembled = true;
	}
	return local_in(en, skb, reassembled);
}

/* Does xfrm let in what none of its policies covers? */
static bool lets_in(const struct netns_xfrm *x)
{
	return READ_ONCE(x->policy_default[XFRM_POLICY_IN]) ==
	       XFRM_USERPOLICY_ACCEPT &&
	       READ_ONCE(x->policy_default[XFRM_POLICY_FWD]) ==
	       XFRM_USERPOLICY_ACCEPT;
}

/* Are there policies that it would ask? */
static bool is_used(const struct netns_xfrm *x)
{
	return READ_ONCE(x->policy_count[XFRM_POLICY_IN]) ||
	       READ_ONCE(x->policy_count[XFRM_POLICY_FWD]);
}

/*
 * There are some. What they would say is known of what has no security path, if none is
 * for that; and of what was decrypted, if they say what those here have said. They know
 * nothing of the packet that an error quotes, nor of a fragment's ports.
 */
static noinline bool is_known(const struct net *net, const struct sk_buff *skb)
{
	const struct espgw_net *en = espgw_net(net);
	const struct iphdr *iph = ip_hdr(skb);

	if (!secpath_exists(skb))
		return READ_ONCE(en->xfrm_parted) && lets_in(&net->xfrm);
	/* Pairs with espgw_xfrm_inbound_judge(). */
	return smp_load_acquire(&en->xfrm_alike) &&
	       espgw_secpath_by(skb) == ESPGW_OWNER_XFRM &&
	       iph->protocol != IPPROTO_ICMP &&
	       (!ip_is_fragment(iph) || READ_ONCE(en->xfrm_portless));
}

/*
 * Of a packet with a security path the stack asks xfrm's policies even if there
 * are none, and of each packet if there are any, which takes a thousand
 * instructions. Where it is known what they would say, it need not. This is what a
 * device's disable_policy does; sockets' own policies are asked all the same. IPv6
 * has nothing of the kind.
 */
static unsigned int pre_routing4(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct net *net = state->net;

	if (unlikely(is_used(&net->xfrm)) ? is_known(net, skb) :
	    secpath_exists(skb) && lets_in(&net->xfrm) &&
	    espgw_secpath_by(skb) == ESPGW_OWNER_HAND)
		IPCB(skb)->flags |= IPSKB_NOPOLICY;
	return NF_ACCEPT;
}

/* Before the firewall's INPUT: it decides on what is inside, as at ingress. */
static const struct nf_hook_ops stack_ops[] = {
	{
		.hook = pre_routing4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_FIRST,
	},
	{
		.hook = local_in4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_FIRST,
	},
	{
		.hook = local_in6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_FIRST,
	},
};

/**
 * espgw_local_init() - take reassembled ESP in a namespace, and spare the stack
 * questions
 * @net: the namespace, with its first attached device
 *
 * Return: 0 or a negative error.
 */
int espgw_local_init(struct net *net)
{
	return nf_register_net_hooks(net, stack_ops, ARRAY_SIZE(stack_ops));
}

/**
 * espgw_local_exit() - the end of espgw_local_init()
 * @net: the namespace, without its last attached device
 */
void espgw_local_exit(struct net *net)
{
	nf_unregister_net_hooks(net, stack_ops, ARRAY_SIZE(stack_ops));
}
