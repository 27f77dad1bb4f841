/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernels that espgw is for. Of each long-term series, the release that had
 * the last of
 *
 *	a completion's data by crypto_get_completion_data()	6.1.29	6.3
 *	nf_ct_hook.confirm					6.1.81	6.6.21	6.8
 *	timer_delete_sync()					6.1.84	6.2
 *
 * Kbuild includes this before all else: another kernel is refused by one line.
 */
#ifndef ESPGW_COMPAT_LINUX_VERSION_H
#define ESPGW_COMPAT_LINUX_VERSION_H

#include_next <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 84) ||		\
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0) &&	\
	 LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 21)) ||	\
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0) &&	\
	 LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0))
#error espgw needs Linux 6.1.84 (on Debian 12: 6.1.0-20), 6.6.21 or 6.8, or later: this kernel lacks timer_delete_sync() or nf_ct_hook.confirm. Upgrade it and its headers.
/* Not to be found, so that nothing more is compiled. */
#include "a newer kernel"
#endif

#endif
