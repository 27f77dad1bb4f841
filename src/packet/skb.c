// SPDX-License-Identifier: GPL-2.0
/* From an skb to the core's view of it. */
#include "packet/skb.h"

/**
 * espgw_skb_view() - read a packet's headers
 * @v: what they say
 * @skb: the packet; what is not in its linear part is pulled, so that pointers
 *	into its headers are to be taken anew
 * @nh: where its IP header begins, bytes from skb->data
 *
 * Context: any in which the skb is ours. Return: false if it is malformed, or
 * memory is short.
 */
bool espgw_skb_view(struct espgw_view *v, struct sk_buff *skb, unsigned int nh)
{
	unsigned int tries;

	/* A pull brings what was asked for: each round gets further. */
	for (tries = 0; tries < 16; tries++) {
		if (unlikely(skb_headlen(skb) < nh))
			return false;
		switch (espgw_view(v, skb->data + nh, skb_headlen(skb) - nh,
				   skb->len - nh)) {
		case ESPGW_VIEW_OK:
			return true;
		case ESPGW_VIEW_MALFORMED:
			return false;
		case ESPGW_VIEW_SHORT:
			if (!pskb_may_pull(skb, nh + v->need))
				return false;
		}
	}
	return false;
}
