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
#include "table/device.h"

static unsigned int pre_routing(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	struct espgw_net *en = espgw_net(state->net);
	struct espgw_dev *ed;

	if (likely(!skb->nf_skip_egress))
		return NF_ACCEPT;
	skb->nf_skip_egress = 0;
	ed = espgw_hooked_find_rcu(en, skb->dev->ifindex);
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

static bool is_ifb(const struct net_device *dev)
{
	return dev->rtnl_link_ops && !strcmp(dev->rtnl_link_ops->kind, "ifb");
}

static bool has_ifb(struct espgw_net *en)
{
	const struct net_device *dev;

	for_each_netdev(en->net, dev)
		if (is_ifb(dev))
			return true;
	return false;
}

/**
 * espgw_redirect_update() - a device has come or gone
 * @en: namespace
 * @dev: the device
 *
 * Only who has an ifb device pays for one more hook.
 *
 * Context: process context, caller holds RTNL and espgw_net.lock. Return: 0 or a
 * negative error: the device must not be used then.
 */
int espgw_redirect_update(struct espgw_net *en, const struct net_device *dev)
{
	bool wanted;
	int err;

	ASSERT_RTNL();
	lockdep_assert_held(&en->lock);
	if (!is_ifb(dev))
		return 0;
	wanted = has_ifb(en);
	if (wanted && !en->redirects) {
		err = nf_register_net_hooks(en->net, pre_routing_ops,
					    ARRAY_SIZE(pre_routing_ops));
		if (err)
			return err;
		en->redirects = true;
	} else if (!wanted) {
		espgw_redirect_exit(en);
	}
	return 0;
}

/**
 * espgw_redirect_exit() - none is looked at any more
 * @en: namespace
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_redirect_exit(struct espgw_net *en)
{
	if (en->redirects)
		nf_unregister_net_hooks(en->net, pre_routing_ops,
					ARRAY_SIZE(pre_routing_ops));
	en->redirects = false;
}
