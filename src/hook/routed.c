// SPDX-License-Identifier: GPL-2.0
/*
 * What is too long for the device that it is routed to. The stack would cut it,
 * or answer, by that device's MTU, before the egress hook has seen it: then what
 * is cut is cut again, and senders are told twice. What a policy protects does
 * not leave as it is; only what fits its SA counts.
 *
 * So the stack is asked to let pass what it would refuse, before it routes; and
 * behind the firewall's POSTROUTING, before it cuts, policies are looked up. What
 * none protects is the stack's again, and refused where the stack would have.
 */
#include "hook/routed.h"

#include <linux/icmpv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rtnetlink.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "hook/egress.h"
#include "table/cover.h"

static bool fits(const struct sk_buff *skb, unsigned int mtu)
{
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) :
				 skb->len <= mtu;
}

/*
 * A route's own @mtu, below its device's, is the administrator's word; so is a
 * policy of kernel xfrm.
 */
static unsigned int protect(struct espgw_net *en, struct sk_buff *skb,
			    unsigned int mtu)
{
	unsigned int verdict;

	if (dst_xfrm(skb_dst(skb)) || mtu < READ_ONCE(skb->dev->mtu))
		return NF_ACCEPT;
	local_bh_disable();
	verdict = espgw_egress_whole(en, skb);
	local_bh_enable();
	return verdict;
}

/* Was the stack asked to let it pass? Not any more, then. */
static bool take_word(struct sk_buff *skb)
{
	bool given = skb->ignore_df && !skb->sk;

#if IS_ENABLED(CONFIG_IP_VS)
	given &= !skb->ipvs_property;	/* which says so itself */
#endif
	if (given)
		skb->ignore_df = 0;
	return given;
}

static noinline unsigned int too_long4(struct espgw_net *en,
				       struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	bool df = ip_hdr(skb)->frag_off & htons(IP_DF), passed;
	unsigned int mtu;

	passed = df && !(IPCB(skb)->flags & IPSKB_XFRM_TRANSFORMED) &&
		 !IPCB(skb)->frag_max_size && take_word(skb);
	/* A bridge's frames come here as well: they are nobody's here. */
	if (!skb_dst(skb) ||
	    !(IPCB(skb)->flags & IPSKB_FORWARDED || skb->sk))
		return NF_ACCEPT;
	mtu = ip_skb_dst_mtu(state->sk, skb);
	/* Its own sockets', and what it has reassembled, the stack answers. */
	if (fits(skb, mtu) || (df && !passed))
		return NF_ACCEPT;
	if (protect(en, skb, mtu) == NF_STOLEN)
		return NF_STOLEN;
	if (!passed)
		return NF_ACCEPT;
	IP_INC_STATS(state->net, IPSTATS_MIB_FRAGFAILS);
	icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	return NF_DROP;
}

/* Nobody fragments IPv6 but its sender: what is forwarded has arrived somewhere. */
static noinline unsigned int too_long6(struct espgw_net *en,
				       struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	unsigned int mtu;

	if (IP6CB(skb)->flags & IP6SKB_XFRM_TRANSFORMED ||
	    IP6CB(skb)->frag_max_size || !take_word(skb) ||
	    !skb_dst(skb) || !IP6CB(skb)->iif)
		return NF_ACCEPT;
	mtu = max_t(unsigned int, IPV6_MIN_MTU,
		    ip6_dst_mtu_maybe_forward(skb_dst(skb), true));
	if (fits(skb, mtu))
		return NF_ACCEPT;
	if (protect(en, skb, mtu) == NF_STOLEN)
		return NF_STOLEN;
	IP6_INC_STATS(state->net, ip6_dst_idev(skb_dst(skb)),
		      IPSTATS_MIB_FRAGFAILS);
	icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	return NF_DROP;
}

static unsigned int post_routing4(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	struct espgw_net *en = espgw_net(state->net);

	return likely(skb->len <= READ_ONCE(en->mtu_least)) ?
	       NF_ACCEPT : too_long4(en, skb, state);
}

static unsigned int post_routing6(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	struct espgw_net *en = espgw_net(state->net);

	return likely(skb->len <= READ_ONCE(en->mtu_least)) ?
	       NF_ACCEPT : too_long6(en, skb, state);
}

/*
 * By the destination alone: NAT may yet give it another source, and where it is
 * routed to is not known. What was fragments that were put together goes on as
 * fragments of the same length, and is judged by them.
 */
static unsigned int pre_routing4(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct espgw_net *en = espgw_net(state->net);

	if (unlikely(skb->len > READ_ONCE(en->mtu_least)) &&
	    ip_hdr(skb)->frag_off & htons(IP_DF) &&
	    !IPCB(skb)->frag_max_size &&
	    espgw_cover_maybe_to4(en, ip_hdr(skb)->daddr))
		skb->ignore_df = 1;
	return NF_ACCEPT;
}

static unsigned int pre_routing6(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct espgw_net *en = espgw_net(state->net);

	if (unlikely(skb->len > READ_ONCE(en->mtu_least)) &&
	    !IP6CB(skb)->frag_max_size &&
	    espgw_cover_maybe_to6(en, ipv6_hdr(skb)->daddr.s6_addr32[0]))
		skb->ignore_df = 1;
	return NF_ACCEPT;
}

/*
 * Behind NAT of sources, and behind NAT of destinations. In this order, and out of
 * it: nothing is let pass in that is not caught at the other end.
 */
static const struct nf_hook_ops routed_ops[] = {
	{
		.hook = post_routing4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = post_routing6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP6_PRI_LAST,
	},
	{
		.hook = pre_routing4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = pre_routing6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_LAST,
	},
};

/**
 * espgw_routed_update() - devices' MTUs or protect policies have changed
 * @en: namespace
 *
 * Where all devices that are up have one MTU, nothing arrives that is too long
 * for another, and nobody pays for the hooks.
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. If there is no
 * memory for them, the stack cuts and answers as it does without.
 */
void espgw_routed_update(struct espgw_net *en)
{
	unsigned int least = U32_MAX, most = 0;
	const struct net_device *dev;
	unsigned int i;
	bool wanted;

	ASSERT_RTNL();
	lockdep_assert_held(&en->lock);
	if (en->protects)
		for_each_netdev(en->net, dev) {
			if ((dev->flags & (IFF_UP | IFF_LOOPBACK)) != IFF_UP)
				continue;
			least = min(least, dev->mtu);
			most = max(most, dev->mtu);
		}
	WRITE_ONCE(en->mtu_least, least);
	wanted = most > least;
	if (wanted == en->routed)
		return;
	if (wanted) {
		en->routed = !nf_register_net_hooks(en->net, routed_ops,
						    ARRAY_SIZE(routed_ops));
	} else {
		for (i = ARRAY_SIZE(routed_ops); i--; )
			nf_unregister_net_hook(en->net, &routed_ops[i]);
		/* With the last policy the module may go. */
		synchronize_net();
		en->routed = false;
	}
}
