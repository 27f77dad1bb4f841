/* SPDX-License-Identifier: GPL-2.0 */
/* Packets that are dropped. */
#ifndef ESPGW_BASE_DROP_H
#define ESPGW_BASE_DROP_H

#include "base/net.h"

void espgw_drop(struct espgw_net *en, struct sk_buff *skb,
		enum espgw_stats_attr reason);

#endif
