/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink: the family (netlink.c) and its notifications (notify.c). */
#ifndef ESPGW_CONTROL_NETLINK_H
#define ESPGW_CONTROL_NETLINK_H

int espgw_netlink_init(void);
void espgw_netlink_exit(void);

void espgw_notify_init(void);
void espgw_notify_exit(void);

#endif
