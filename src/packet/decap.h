/* SPDX-License-Identifier: GPL-2.0 */
/* skb surgery on the way in: an ESP packet becomes its inner packet. */
#ifndef ESPGW_DECAP_H
#define ESPGW_DECAP_H

#include <linux/skbuff.h>

#include "core/view.h"
#include "table/sad.h"

struct espgw_op;

int espgw_decap(struct espgw_sa *sa, struct sk_buff *skb,
		const struct espgw_view *v, unsigned int esp_off);
void espgw_decap_reinject(struct sk_buff *skb);
void espgw_decap_async(struct espgw_op *op, int err);

#endif
