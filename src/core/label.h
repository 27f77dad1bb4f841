/* SPDX-License-Identifier: GPL-2.0 */
/* What people may call an object, and say of it. */
#ifndef ESPGW_CORE_LABEL_H
#define ESPGW_CORE_LABEL_H

#include "core.h"

bool espgw_name_is_valid(const char *name);
bool espgw_comment_is_valid(const char *comment);

#endif
