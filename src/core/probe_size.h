/* SPDX-License-Identifier: GPL-2.0 */
/* The sizes that probes can have, and which one to try next. */
#ifndef ESPGW_CORE_PROBE_SIZE_H
#define ESPGW_CORE_PROBE_SIZE_H

#include "probe_state.h"

u32 espgw_size_fit(const struct espgw_probe_env *env, u32 size);
u32 espgw_size_above(const struct espgw_probe_env *env, u32 size);
u32 espgw_size_smallest(const struct espgw_probe_env *env);
bool espgw_size_narrow(const struct espgw_probe *p,
		       const struct espgw_probe_env *env, u32 low, u32 high);
u32 espgw_size_part(const struct espgw_probe_env *env, u32 low, u32 high,
		    u32 eighths);
u32 espgw_size_common(const struct espgw_probe_env *env, u32 low, u32 high,
		      u32 size, u32 off);
u32 espgw_size_pick(const struct espgw_probe *p,
		    const struct espgw_probe_env *env);

#endif
