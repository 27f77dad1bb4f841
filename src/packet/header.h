/* SPDX-License-Identifier: GPL-2.0 */
/* skb surgery on the way out: an inner packet becomes an ESP packet. */
#ifndef ESPGW_ENCAP_H
#define ESPGW_ENCAP_H

#include <linux/skbuff.h>

#include "table/sad.h"

struct espgw_op;

/**
 * struct espgw_encap - what the outer packet takes from the inner one and plan
 * @tfc: pad to this length with TFC padding, bytes
 * @frag_mtu: fragment after encryption what is longer, bytes; 0: do not
 * @family: inner, 4 or 6
 * @tos: inner TOS or traffic class
 * @ttl: inner TTL or hop limit
 * @df: outer DF
 * @tell: if a router drops it, the inner sender is to be told
 */
struct espgw_encap {
	u32 tfc;
	u32 frag_mtu;
	u8 family;
	u8 tos;
	u8 ttl;
	bool df;
	bool tell;
};

/**
 * enum espgw_nesting - where a packet stands that an SA is to carry
 * @ESPGW_NESTING_OK: it may
 * @ESPGW_NESTING_LOOP: the packet comes from this very SA
 * @ESPGW_NESTING_DEEP: in as many SAs already as may be around one packet
 */
enum espgw_nesting {
	ESPGW_NESTING_OK,
	ESPGW_NESTING_LOOP,
	ESPGW_NESTING_DEEP,
};

enum espgw_nesting espgw_encap_nesting(const struct espgw_sa *sa);
unsigned int espgw_encap_tail(const struct espgw_sa *sa,
			      const struct espgw_encap *e, unsigned int len);
int espgw_encap(struct espgw_sa *sa, struct sk_buff *skb,
		const struct espgw_encap *e);
bool espgw_encap_link(struct sk_buff *skb, u8 family);
void espgw_encap_output(struct espgw_sa *sa, struct sk_buff *skb, u32 frag_mtu);
void espgw_encap_tick(struct espgw_net *en);
void espgw_encap_async(struct espgw_op *op, int err);

#endif
