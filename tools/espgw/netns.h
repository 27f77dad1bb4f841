/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netns - named network namespaces, as ip-netns(8) keeps them
 */
#ifndef ESPGW_NETNS_H
#define ESPGW_NETNS_H

int espgw_netns_enter(const char *name);

#endif
