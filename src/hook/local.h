/* SPDX-License-Identifier: GPL-2.0 */
/* What the stack has reassembled for this host: ESP, and what passed unread. */
#ifndef ESPGW_HOOK_LOCAL_H
#define ESPGW_HOOK_LOCAL_H

struct net;

int espgw_local_init(struct net *net);
void espgw_local_exit(struct net *net);

#endif
