/* SPDX-License-Identifier: GPL-2.0 */
/* skb surgery on the way out: an inner packet becomes an ESP packet. */
#ifndef ESPGW_ENCAP_H
#define ESPGW_ENCAP_H

#include <linux/skbuff.h>

#include "sad.h"

struct espgw_op;

/**
 * struct espgw_encap - what the outer packet takes from the inner one and plan
 * @tfc: pad to this length with TFC padding, bytes
 * @frag_mtu: fragment after encryption what is longer, bytes; 0: do not
 * @family: inner, 4 or 6
 * @tos: inner TOS or traffic class
 * @ttl: inner TTL or hop limit
 * @df: outer DF
 */
struct espgw_encap {
	u32 tfc;
	u32 frag_mtu;
	u8 family;
	u8 tos;
	u8 ttl;
	bool df;
};

unsigned int espgw_encap_tail(const struct espgw_sa *sa,
			      const struct espgw_encap *e, unsigned int len);
int espgw_encap(struct espgw_sa *sa, struct sk_buff *skb,
		const struct espgw_encap *e);
bool espgw_encap_link(struct sk_buff *skb, u8 family);
void espgw_encap_output(struct espgw_sa *sa, struct sk_buff *skb, u32 frag_mtu);
void espgw_encap_async(struct espgw_op *op, int err);

#endif
