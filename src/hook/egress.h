/* SPDX-License-Identifier: GPL-2.0 */
/* The way out: netfilter's egress hook. */
#ifndef ESPGW_HOOK_EGRESS_H
#define ESPGW_HOOK_EGRESS_H

#include <linux/netfilter.h>

struct espgw_net;

unsigned int espgw_egress(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state);
unsigned int espgw_guard_out(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state);
unsigned int espgw_egress_whole(struct espgw_net *en, struct sk_buff *skb);
unsigned int espgw_egress_bundle(struct espgw_net *en, struct sk_buff *skb);

#endif
