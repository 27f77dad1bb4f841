/* SPDX-License-Identifier: GPL-2.0 */
/* Finding a path's MTU by probes: DPLPMTUD (RFC 8899) for ESP. */
#ifndef ESPGW_CORE_PROBE_H
#define ESPGW_CORE_PROBE_H

#include "probe_state.h"

void espgw_probe_start(struct espgw_probe *p, const struct espgw_probe_env *env,
		       u64 now_ms);
void espgw_probe_ask(struct espgw_probe *p, const struct espgw_probe_env *env,
		     u64 now_ms);
void espgw_probe_stop(struct espgw_probe *p);
void espgw_probe_suspect(struct espgw_probe *p,
			 const struct espgw_probe_env *env, u32 hint,
			 u64 now_ms);
void espgw_probe_stalled(struct espgw_probe *p,
			 const struct espgw_probe_env *env, u32 worth,
			 u64 since_ms, u64 now_ms);
void espgw_probe_flowing(struct espgw_probe *p);
u64 espgw_probe_next(struct espgw_probe *p, const struct espgw_probe_env *env,
		     u64 now_ms, u32 *size, u32 *token);
void espgw_probe_unsent(struct espgw_probe *p, u32 token);
bool espgw_probe_reply(struct espgw_probe *p, const struct espgw_probe_env *env,
		       u32 token, u64 now_ms);
void espgw_probe_icmp(struct espgw_probe *p, const struct espgw_probe_env *env,
		      u32 mtu, u64 now_ms);

/**
 * espgw_probe_take() - what has happened since this was called last
 * @p: the search; its size is the result
 *
 * Return: a set of ESPGW_PROBE_RAISED, LOWERED, FOUND, SILENT, HOLE and
 * CONFIRMED.
 */
static inline u32 espgw_probe_take(struct espgw_probe *p)
{
	u32 events = p->events;

	p->events = 0;
	return events;
}

/**
 * espgw_probe_take_lost() - a probe that was given up since this was called last
 * @p: the search
 * @s: result
 *
 * Return: false: there is none more.
 */
static inline bool espgw_probe_take_lost(struct espgw_probe *p,
					 struct espgw_probe_sent *s)
{
	if (!p->gone_count)
		return false;
	*s = p->gone[--p->gone_count];
	return true;
}

/**
 * espgw_probe_size_of() - how large a probe was
 * @p: the search
 * @token: its name
 *
 * Return: its outer size, bytes; 0: none of that name was sent lately, or it was
 * answered.
 */
static inline u32 espgw_probe_size_of(const struct espgw_probe *p, u32 token)
{
	const struct espgw_probe_sent *s = &p->ring[token % ESPGW_PROBE_RING];

	return token && s->token == token ? s->size : 0;
}

#endif
