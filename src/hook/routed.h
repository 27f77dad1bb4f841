/* SPDX-License-Identifier: GPL-2.0 */
/* What is too long for the device that it is routed to. */
#ifndef ESPGW_HOOK_ROUTED_H
#define ESPGW_HOOK_ROUTED_H

struct espgw_net;

void espgw_routed_update(struct espgw_net *en);

#endif
