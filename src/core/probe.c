// SPDX-License-Identifier: GPL-2.0
/* Finding a path's MTU by probes: DPLPMTUD (RFC 8899) for ESP. */

#include "probe.h"

/**
 * espgw_probe_start() - begin a search
 * @p: the search; one that is under way begins anew
 * @env: what is known
 * @now_ms: the time
 *
 * By hand, by `probe on`, after the entry's age.
 */
void espgw_probe_start(struct espgw_probe *p, const struct espgw_probe_env *env,
		       u64 now_ms)
{
	p->state = ESPGW_PROBE_BASE_WAIT;
	p->max = env->max;
	p->wake_ms = now_ms;
}

/**
 * espgw_probe_stop() - probe no more
 * @p: the search; its counters stay
 */
void espgw_probe_stop(struct espgw_probe *p)
{
	p->state = ESPGW_PROBE_DISABLED;
}

/**
 * espgw_probe_suspect() - something speaks for a smaller MTU than @size
 * @p: the search; begun if there is none
 * @env: what is known
 * @hint: the size that is spoken of, bytes; 0: none is
 * @now_ms: the time
 *
 * Flows that stall, a NAT-T hint. Nothing is lowered but by probes.
 */
void espgw_probe_suspect(struct espgw_probe *p,
			 const struct espgw_probe_env *env, u32 hint,
			 u64 now_ms)
{
	(void)hint;
	espgw_probe_start(p, env, now_ms);
}

/**
 * espgw_probe_next() - what is to be done now
 * @p: the search
 * @env: what is known
 * @now_ms: the time
 * @size: result: outer size of a probe that is to be sent now, bytes
 * @token: result: its name, not 0, for espgw_probe_reply()
 *
 * To be called after each of the other functions, and at the time that it
 * returned, until that lies ahead.
 *
 * Return: 0 if a probe is to be sent now; else when to call again, ms, or
 * ESPGW_PROBE_NEVER.
 */
u64 espgw_probe_next(struct espgw_probe *p, const struct espgw_probe_env *env,
		     u64 now_ms, u32 *size, u32 *token)
{
	(void)p;
	(void)env;
	(void)now_ms;
	(void)size;
	(void)token;
	return ESPGW_PROBE_NEVER;
}

/**
 * espgw_probe_unsent() - a probe could not be sent after all
 * @p: the search
 * @token: its name
 *
 * No route, no memory, no sequence number: it counts neither as sent nor lost,
 * and something is tried again after ESPGW_PROBE_GAP_MS.
 */
void espgw_probe_unsent(struct espgw_probe *p, u32 token)
{
	(void)p;
	(void)token;
}

/**
 * espgw_probe_reply() - a probe was answered
 * @p: the search
 * @env: what is known
 * @token: its name
 * @now_ms: the time
 *
 * Also one that was given up: late is not lost.
 *
 * Return: false if none of that name was sent lately, or it was answered before.
 */
bool espgw_probe_reply(struct espgw_probe *p, const struct espgw_probe_env *env,
		       u32 token, u64 now_ms)
{
	(void)p;
	(void)env;
	(void)token;
	(void)now_ms;
	return false;
}

/**
 * espgw_probe_icmp() - a validated "too big", about a probe or a user's packet
 * @p: the search
 * @env: what is known
 * @mtu: what it says, after espgw_pmtu_learn() believed it, bytes
 * @now_ms: the time
 *
 * @size goes down to it at once, and it is the next size tried.
 */
void espgw_probe_icmp(struct espgw_probe *p, const struct espgw_probe_env *env,
		      u32 mtu, u64 now_ms)
{
	(void)p;
	(void)env;
	(void)mtu;
	(void)now_ms;
}
