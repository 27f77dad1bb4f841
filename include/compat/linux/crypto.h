/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.3 a crypto completion gets the request's data pointer; before, the
 * request itself. espgw uses 6.1's two transitional names for both.
 */
#ifndef ESPGW_COMPAT_LINUX_CRYPTO_H
#define ESPGW_COMPAT_LINUX_CRYPTO_H

#include_next <linux/crypto.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define crypto_completion_data_t		void
#define crypto_get_completion_data(data)	(data)
#endif

#endif
