/* SPDX-License-Identifier: GPL-2.0 */
/* The way in: netfilter's ingress hook, and LOCAL_IN for reassembled ESP. */
#ifndef ESPGW_INGRESS_H
#define ESPGW_INGRESS_H

#include <linux/netfilter.h>

unsigned int espgw_ingress(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state);

int espgw_ingress_init(struct net *net);
void espgw_ingress_exit(struct net *net);

#endif
