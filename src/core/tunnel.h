/* SPDX-License-Identifier: GPL-2.0 */
/* What is in a tunnel's packet, and where a list of segments leads. */
#ifndef ESPGW_CORE_TUNNEL_H
#define ESPGW_CORE_TUNNEL_H

#include "view.h"

/* So many tunnels in one another are looked through. */
#define ESPGW_TUNNELS_MAX	4

int espgw_tunnel_skip(u8 proto, const u8 *data, u32 avail);
int espgw_tunnel_end(const struct espgw_view *v, const u8 *data, u32 avail,
		     struct espgw_addr *end);
u32 espgw_tunnel_inmost(struct espgw_view *v, const u8 *data, u32 avail);

#endif
