/* SPDX-License-Identifier: GPL-2.0 */
/* Before 6.6 receive queues were declared in netdevice.h. */
#ifndef ESPGW_COMPAT_NET_NETDEV_RX_QUEUE_H
#define ESPGW_COMPAT_NET_NETDEV_RX_QUEUE_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#include_next <net/netdev_rx_queue.h>
#else
#include <linux/netdevice.h>
#endif

#endif
