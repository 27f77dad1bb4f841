/* SPDX-License-Identifier: GPL-2.0 */
/* What is hooked to an attached device, and what becomes of it. */
#ifndef ESPGW_HOOK_DEVICE_H
#define ESPGW_HOOK_DEVICE_H

#include "table/device.h"

extern const struct espgw_device_ops espgw_hook_device_ops;

int espgw_hook_init(void);
void espgw_hook_exit(void);

#endif
