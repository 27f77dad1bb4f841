/* SPDX-License-Identifier: GPL-2.0 */
/* Devices of tunnels, whose MTU follows what fits the SAs. */
#ifndef ESPGW_HOOK_DEVMTU_H
#define ESPGW_HOOK_DEVMTU_H

#include <linux/workqueue.h>

void espgw_devmtu_work(struct work_struct *work);
void espgw_devmtu_init(void);
void espgw_devmtu_exit(void);

#endif
