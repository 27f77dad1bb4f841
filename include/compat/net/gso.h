/* SPDX-License-Identifier: GPL-2.0 */
/* Before 6.5 GSO was declared in netdevice.h and skbuff.h. */
#ifndef ESPGW_COMPAT_NET_GSO_H
#define ESPGW_COMPAT_NET_GSO_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include_next <net/gso.h>
#else
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#endif

#endif
