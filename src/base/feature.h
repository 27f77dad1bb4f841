/* SPDX-License-Identifier: GPL-2.0 */
/* What somebody may need done, counted: who does it subscribes to its event. */
#ifndef ESPGW_BASE_FEATURE_H
#define ESPGW_BASE_FEATURE_H

#include "base/name.h"

void espgw_feature_use(struct espgw_net *en, struct espgw_name *at,
		       enum espgw_feature f, int delta);
u32 espgw_feature_users(struct espgw_net *en, const char *name,
			enum espgw_feature f);

#endif
