// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that a classifier has redirected on their way in, to be shaped, and
 * that an ifb device has given back. The kernel spares them the ingress hook of
 * the device that they came by; and since it has not taken back the word that it
 * gave the classifier, the egress hook of the one that they leave by as well.
 */
#include "hook/redirect.h"

#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/rtnetlink.h>

#include "hook/ingress.h"
#include "packet/context.h"

static unsigned int pre_routing(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	struct espgw_net *en = espgw_net(state->net);
	struct espgw_dev *ed;

	if (likely(!skb->nf_skip_egress))
		return NF_ACCEPT;
	skb->nf_skip_egress = 0;
	ed = espgw_dev_find_rcu(en, skb->dev->ifindex);
	return ed ? espgw_ingress_late(ed, skb) : NF_ACCEPT;
}

/* Before connection tracking, which makes one packet of fragments. */
static const struct nf_hook_ops pre_routing_ops[] = {
	{
		.hook = pre_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_FIRST,
	},
	{
		.hook = pre_routing,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_FIRST,
	},
};

/**
 * espgw_redirect_device() - a device has come or gone
 * @en: namespace
 * @dev: the device
 * @gone: it has gone
 *
 * Only who has an ifb device pays for one more hook.
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0 or a
 * negative error.
 */
int espgw_redirect_device(struct espgw_net *en, const struct net_device *dev,
			  bool gone)
{
	lockdep_assert_held(&en->lock);
	if (!dev->rtnl_link_ops || strcmp(dev->rtnl_link_ops->kind, "ifb"))
		return 0;
	if (!gone && !en->ifbs++)
		return nf_register_net_hooks(en->net, pre_routing_ops,
					     ARRAY_SIZE(pre_routing_ops));
	if (gone && en->ifbs && !--en->ifbs)
		nf_unregister_net_hooks(en->net, pre_routing_ops,
					ARRAY_SIZE(pre_routing_ops));
	return 0;
}

/**
 * espgw_redirect_exit() - none is looked at any more
 * @en: namespace, on its way out
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_redirect_exit(struct espgw_net *en)
{
	if (en->ifbs)
		nf_unregister_net_hooks(en->net, pre_routing_ops,
					ARRAY_SIZE(pre_routing_ops));
	en->ifbs = 0;
}
