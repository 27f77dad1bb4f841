/* SPDX-License-Identifier: GPL-2.0 */
/* Since 6.13 a timer's function is given when it is set up. */
#ifndef ESPGW_COMPAT_LINUX_HRTIMER_H
#define ESPGW_COMPAT_LINUX_HRTIMER_H

#include_next <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void espgw_compat_hrtimer_setup(struct hrtimer *timer,
					      enum hrtimer_restart (*function)(struct hrtimer *),
					      clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}

#define hrtimer_setup espgw_compat_hrtimer_setup
#endif

#endif
