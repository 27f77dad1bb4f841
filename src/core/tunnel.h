/* SPDX-License-Identifier: GPL-2.0 */
/* What is in a tunnel device's packet: GRE, and IP in IP. */
#ifndef ESPGW_CORE_TUNNEL_H
#define ESPGW_CORE_TUNNEL_H

#include "view.h"

/* So many tunnels in one another are looked through. */
#define ESPGW_TUNNELS_MAX	4

int espgw_tunnel_skip(u8 proto, const u8 *data, u32 avail);
u32 espgw_tunnel_inmost(struct espgw_view *v, const u8 *data, u32 avail);

#endif
