/* SPDX-License-Identifier: GPL-2.0 */
/* What somebody may need done, counted: who does it subscribes to its event. */
#ifndef ESPGW_BASE_FEATURE_H
#define ESPGW_BASE_FEATURE_H

#include "base/net.h"

int espgw_feature_use(struct espgw_net *en, int ifindex, enum espgw_feature f,
		      int delta);
u32 espgw_feature_users(struct espgw_net *en, int ifindex,
			enum espgw_feature f);

#endif
