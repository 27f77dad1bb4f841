/* SPDX-License-Identifier: GPL-2.0 */
/* Since 6.16 from_timer() has another name. */
#ifndef ESPGW_COMPAT_LINUX_TIMER_H
#define ESPGW_COMPAT_LINUX_TIMER_H

#include_next <linux/timer.h>

#ifndef from_timer
#define from_timer	timer_container_of
#endif

#endif
