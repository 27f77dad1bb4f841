/* SPDX-License-Identifier: GPL-2.0 */
/* ECN over tunnels (RFC 6040). */
#ifndef ESPGW_CORE_ECN_H
#define ESPGW_CORE_ECN_H

#include "core.h"

/* espgw_ecn_decap(): the packet must be dropped. */
#define ESPGW_ECN_DROP	0xff

u8 espgw_ecn_encap(u8 inner_ecn, bool normal_mode);
u8 espgw_ecn_decap(u8 inner_ecn, u8 outer_ecn);

#endif
