/* SPDX-License-Identifier: GPL-2.0 */
/* What a packet was before this host's NAT. */
#ifndef ESPGW_PACKET_NAT_H
#define ESPGW_PACKET_NAT_H

#include <net/netfilter/nf_conntrack.h>

#include "core/view.h"

/**
 * espgw_nat_was() - has this host translated a packet
 * @skb: the packet
 *
 * The egress hook comes after POSTROUTING. Return: true if it was another one
 * when its sender sent it.
 */
static inline bool espgw_nat_was(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return unlikely(ct && READ_ONCE(ct->status) & IPS_NAT_MASK);
#else
	return false;
#endif
}

void espgw_nat_undo(u8 *hdr, unsigned int len, const struct sk_buff *skb,
		    const struct espgw_view *v);

#endif
