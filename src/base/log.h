/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's log, for what happens in network namespaces. */
#ifndef ESPGW_BASE_LOG_H
#define ESPGW_BASE_LOG_H

#include <linux/net.h>
#include <linux/printk.h>

#include "base/net.h"

/**
 * espgw_warn() - a line in the kernel's log
 * @en: the namespace that it is about
 * @fmt: the line, behind the module's name
 *
 * The log is the machine's: what happens in a namespace of a user namespace's is
 * not said there, only to who listens to events in it. Of all others together so
 * many lines are as net.core.message_cost and net.core.message_burst let pass.
 *
 * Context: any.
 */
#define espgw_warn(en, fmt, ...)					\
do {									\
	if (!espgw_is_confined(en) && net_ratelimit())			\
		pr_warn("espgw: " fmt, ##__VA_ARGS__);			\
} while (0)

#endif
