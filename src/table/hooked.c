// SPDX-License-Identifier: GPL-2.0
/* A device that is hooked: by whom, the layer above says. */
#include "table/hooked.h"

const struct espgw_device_ops *espgw_device_ops __read_mostly;
