/* SPDX-License-Identifier: GPL-2.0 */
/* TCP that is too big is cut into segments, not fragments ("split tcp"). */
#ifndef ESPGW_PACKET_SPLIT_H
#define ESPGW_PACKET_SPLIT_H

#include <linux/skbuff.h>

#include "core/view.h"

bool espgw_split_tcp(struct sk_buff *skb, unsigned int nh,
		     const struct espgw_view *v, u32 inner_mtu);

#endif
