/* SPDX-License-Identifier: GPL-2.0 */
/* Devices that are not attached, but watched while there are protect policies. */
#ifndef ESPGW_TABLE_GUARD_H
#define ESPGW_TABLE_GUARD_H

#include "table/hooked.h"

/* All of these: caller holds RTNL and espgw_net.lock, in this order. */
int espgw_guard_update(struct espgw_net *en, struct net_device *dev);
int espgw_guards_update(struct espgw_net *en);
int espgw_guard_set(struct espgw_net *en, bool on);
unsigned int espgw_guards_count(struct espgw_net *en);

#endif
