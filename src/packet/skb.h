/* SPDX-License-Identifier: GPL-2.0 */
/* From an skb to the core's view of it. */
#ifndef ESPGW_SKB_H
#define ESPGW_SKB_H

#include <linux/skbuff.h>

#include "core/view.h"

bool espgw_skb_view(struct espgw_view *v, struct sk_buff *skb,
		    unsigned int nh);

#endif
