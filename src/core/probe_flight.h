/* SPDX-License-Identifier: GPL-2.0 */
/* Probes on their way: names, round-trip time, time-out, rate limit. */
#ifndef ESPGW_CORE_PROBE_FLIGHT_H
#define ESPGW_CORE_PROBE_FLIGHT_H

#include "probe_state.h"

void espgw_flight_give_up(struct espgw_probe *p, struct espgw_probe_sent *s);
const struct espgw_probe_sent *espgw_flight_add(struct espgw_probe *p, u32 size,
						u64 now_ms);
struct espgw_probe_sent *espgw_flight_find(struct espgw_probe *p, u32 token);
void espgw_flight_abandon(struct espgw_probe *p);
bool espgw_flight_any(const struct espgw_probe *p);
u64 espgw_flight_since(const struct espgw_probe *p, u32 size);
u64 espgw_flight_not_before(const struct espgw_probe *p, u32 n);
u64 espgw_flight_timeout(const struct espgw_probe *p);
u64 espgw_flight_due(const struct espgw_probe *p);
void espgw_flight_measure(struct espgw_probe *p, u64 rtt_ms);

#endif
