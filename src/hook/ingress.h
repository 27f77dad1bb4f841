/* SPDX-License-Identifier: GPL-2.0 */
/* The way in: netfilter's ingress hook, of devices attached or not. */
#ifndef ESPGW_HOOK_INGRESS_H
#define ESPGW_HOOK_INGRESS_H

#include <linux/netfilter.h>

#include "core/admit.h"

struct espgw_dev;
struct espgw_pkt;
struct espgw_policy;

unsigned int espgw_ingress(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state);
unsigned int espgw_guard_in(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state);
unsigned int espgw_ingress_late(struct espgw_dev *ed, struct sk_buff *skb);
enum espgw_admit espgw_ingress_decide(struct espgw_pkt *p,
				      struct espgw_policy **policy);

#endif
