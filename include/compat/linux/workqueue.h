/* SPDX-License-Identifier: GPL-2.0 */
/* Work queues per CPU say so since 6.17; before that they are what is usual. */
#ifndef ESPGW_COMPAT_LINUX_WORKQUEUE_H
#define ESPGW_COMPAT_LINUX_WORKQUEUE_H

#include_next <linux/workqueue.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define WQ_PERCPU	0
#endif

#endif
