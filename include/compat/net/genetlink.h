/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.2 pre_doit() and post_doit() got a struct genl_ops.  What a multicast group takes was said by the flag that
 * a command has, and meant the same, until there were flags for it; stable kernels, 6.1 and 6.12 too, got these late.
 */
#ifndef ESPGW_COMPAT_NET_GENETLINK_H
#define ESPGW_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops	genl_ops
#endif

#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN	GENL_UNS_ADMIN_PERM
#endif

#endif
