/* SPDX-License-Identifier: GPL-2.0 */
/* Packets that a classifier has redirected on their way in. */
#ifndef ESPGW_HOOK_REDIRECT_H
#define ESPGW_HOOK_REDIRECT_H

#include <linux/netdevice.h>

#include "base/net.h"

int espgw_redirect_update(struct espgw_net *en, const struct net_device *dev);
void espgw_redirect_exit(struct espgw_net *en);

#endif
