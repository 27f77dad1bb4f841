/* SPDX-License-Identifier: GPL-2.0 */
/* Before 6.2 pre_doit() and post_doit() got a struct genl_ops. */
#ifndef ESPGW_COMPAT_NET_GENETLINK_H
#define ESPGW_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops	genl_ops
#endif

#endif
