// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that xfrm is about to encrypt by an adopted state: its policies have
 * chosen it, and a bundle of routes and transforms is the packet's route. They are
 * encrypted here instead, and leave by the outer route; none of them is ever on
 * its way in clear.
 */
#include "hook/bundle.h"

#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/dst.h>

#include "base/net.h"
#include "hook/egress.h"

static unsigned int post_routing(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct dst_entry *dst = skb_dst(skb);
	unsigned int verdict;

	if (likely(!dst || !dst_xfrm(dst)))
		return NF_ACCEPT;
	local_bh_disable();
	verdict = espgw_egress_bundle(espgw_net(state->net), skb);
	local_bh_enable();
	return verdict;
}

/* Behind NAT of sources, for which xfrm's policies have been asked again. */
static const struct nf_hook_ops post_routing_ops[] = {
	{
		.hook = post_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = post_routing,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP6_PRI_LAST,
	},
};

/**
 * espgw_bundle_init() - take packets from xfrm in a namespace
 * @net: the namespace
 *
 * Context: process context. Return: 0 or a negative error.
 */
int espgw_bundle_init(struct net *net)
{
	return nf_register_net_hooks(net, post_routing_ops,
				     ARRAY_SIZE(post_routing_ops));
}

/**
 * espgw_bundle_exit() - the end of espgw_bundle_init()
 * @net: the namespace
 */
void espgw_bundle_exit(struct net *net)
{
	nf_unregister_net_hooks(net, post_routing_ops,
				ARRAY_SIZE(post_routing_ops));
}
