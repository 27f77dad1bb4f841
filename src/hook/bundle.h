/* SPDX-License-Identifier: GPL-2.0 */
/* Packets that xfrm is about to encrypt by an adopted state. */
#ifndef ESPGW_HOOK_BUNDLE_H
#define ESPGW_HOOK_BUNDLE_H

struct net;

int espgw_bundle_init(struct net *net);
void espgw_bundle_exit(struct net *net);

#endif
