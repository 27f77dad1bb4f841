/* SPDX-License-Identifier: GPL-2.0 */
/* What answered and lost probes prove, and which are sent to prove more. */
#ifndef ESPGW_CORE_PROBE_EVIDENCE_H
#define ESPGW_CORE_PROBE_EVIDENCE_H

#include "probe_state.h"

void espgw_evidence_answered(struct espgw_probe *p,
			     const struct espgw_probe_env *env,
			     const struct espgw_probe_sent *s, u64 now_ms);
void espgw_evidence_lost(struct espgw_probe *p,
			 const struct espgw_probe_env *env,
			 struct espgw_probe_sent *s, u64 now_ms);
bool espgw_evidence_stalled(struct espgw_probe *p,
			    const struct espgw_probe_env *env, u32 worth,
			    u64 since_ms);
void espgw_evidence_forget(struct espgw_probe *p);
void espgw_evidence_bound(struct espgw_probe *p, u32 size, u8 fails);
u32 espgw_evidence_losses(const struct espgw_probe *p);
u32 espgw_evidence_needed(const struct espgw_probe *p,
			  const struct espgw_probe_env *env);
bool espgw_evidence_doubted(const struct espgw_probe *p,
			    const struct espgw_probe_env *env);
void espgw_evidence_want(const struct espgw_probe *p,
			 const struct espgw_probe_env *env, u32 want[2]);
void espgw_evidence_round(struct espgw_probe *p,
			  const struct espgw_probe_env *env);

#endif
