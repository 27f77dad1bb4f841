/* SPDX-License-Identifier: GPL-2.0 */
/* Before 6.11 an skb's time stamp had one bit that named its clock. */
#ifndef ESPGW_COMPAT_LINUX_SKBUFF_H
#define ESPGW_COMPAT_LINUX_SKBUFF_H

#include_next <linux/skbuff.h>
#include <linux/version.h>

static inline void espgw_skb_copy_tstamp(struct sk_buff *to,
					 const struct sk_buff *from)
{
	to->tstamp = from->tstamp;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	to->tstamp_type = from->tstamp_type;
#else
	to->mono_delivery_time = from->mono_delivery_time;
#endif
}

#endif
