// SPDX-License-Identifier: GPL-2.0
/*
 * The sizes that probes can have, and which one to try next.
 *
 * An SA cannot make outer packets of any length: the cipher pads (RFC 4303
 * 2.4). The search goes on until a size that passes and one that does not are
 * ESPGW_PROBE_WIDTH or less apart, or nothing that can be sent lies between.
 */

#include "probe_size.h"

/*
 * As long as nothing was answered: once no more than so many widths lie between
 * the smallest probe and the lost ones, the smallest is sent.
 */
#define BLIND_CELLS	32

/*
 * MTUs that paths often have, tried before others near them: Ethernet; PPPoE;
 * 6in4; what an MSS clamped to 1420 stands for; WireGuard over IPv6; a round
 * number that tunnels use; and the base, IPv6's least.
 */
static const u16 common[] = { 1500, 1492, 1480, 1460, 1420, 1400, 1280 };

#define COMMONS	(sizeof(common) / sizeof(common[0]))

/* No size is rounded down, by up to 15 bytes, to 0: that means "none". */
static_assert(ESPGW_PMTU_HARD_MIN > 16);

/**
 * espgw_size_fit() - the largest probe that is not above a size
 * @env: what is known
 * @size: outer size, bytes
 *
 * Return: outer size that the SA can make, bytes.
 */
u32 espgw_size_fit(const struct espgw_probe_env *env, u32 size)
{
	if (size <= env->overhead || env->align < 2)
		return size;
	return size - (size - env->overhead) % env->align;
}

/**
 * espgw_size_above() - the smallest probe that is above a size
 * @env: what is known
 * @size: outer size, bytes
 *
 * Return: outer size that the SA can make, bytes.
 */
u32 espgw_size_above(const struct espgw_probe_env *env, u32 size)
{
	return espgw_size_fit(env, size) + (env->align < 2 ? 1 : env->align);
}

/**
 * espgw_size_smallest() - the smallest probe that is ever sent
 * @env: what is known
 *
 * Paths are taken to carry at least min-pmtu, so that size is not what this one
 * is lost for: it shows whether the peer answers at all.
 *
 * Return: outer size, bytes.
 */
u32 espgw_size_smallest(const struct espgw_probe_env *env)
{
	return min(espgw_size_above(env, env->floor - 1),
		   espgw_size_fit(env, env->max));
}

/**
 * espgw_size_narrow() - is it not worth while to search between two sizes
 * @p: the search
 * @env: what is known
 * @low: a size that passes, bytes; 0: none is known
 * @high: a larger one that does not, or one above @p->max
 *
 * Return: true if they are near enough, or nothing that can be sent lies
 * between.
 */
bool espgw_size_narrow(const struct espgw_probe *p,
		       const struct espgw_probe_env *env, u32 low, u32 high)
{
	if (!low)
		return false;
	if (high > p->max)
		return low >= espgw_size_fit(env, p->max);
	return high - low <= ESPGW_PROBE_WIDTH ||
	       espgw_size_above(env, low) >= high;
}

/*
 * So many widths above @from, as far as the SA can make that, but between @from
 * and @high. Return: @from if there is nothing between.
 */
static u32 middle(const struct espgw_probe_env *env, u32 from, u32 high,
		  u32 steps)
{
	u32 size = espgw_size_fit(env, from + steps * ESPGW_PROBE_WIDTH);

	if (size <= from)
		size = espgw_size_above(env, from);
	return size < high ? size : from;
}

/**
 * espgw_size_part() - a size so many eighths of the way between two
 * @env: what is known
 * @low: the smaller one, bytes
 * @high: the larger one
 * @eighths: 1-7
 *
 * Return: outer size that the SA can make, bytes; @low if there is none
 * between.
 */
u32 espgw_size_part(const struct espgw_probe_env *env, u32 low, u32 high,
		    u32 eighths)
{
	/* In whole widths: what lies within one of them is not told apart. */
	u32 cells = (high - low + ESPGW_PROBE_WIDTH - 1) / ESPGW_PROBE_WIDTH;

	return middle(env, low, high, max(cells * eighths / 8, 1u));
}

/**
 * espgw_size_common() - the common path MTU that is nearest to a size
 * @env: what is known
 * @low: only those above it count, bytes
 * @high: and below it
 * @size: the size
 * @off: how far from it at most, bytes
 *
 * Return: outer size that the SA can make, bytes; 0: there is none.
 */
u32 espgw_size_common(const struct espgw_probe_env *env, u32 low, u32 high,
		      u32 size, u32 off)
{
	u32 i, best = 0;

	for (i = 0; i < COMMONS; i++) {
		u32 c = espgw_size_fit(env, common[i]);
		u32 d = c > size ? c - size : size - c;

		if (c > low && c < high && d <= off) {
			best = c;
			/* Only a nearer one replaces it. */
			off = d - !!d;
		}
	}
	return best;
}

/*
 * The next size if nothing was answered yet: smaller ones, in few steps, since
 * each costs a time-out. First the base, which most paths carry.
 */
static u32 pick_blind(const struct espgw_probe *p,
		      const struct espgw_probe_env *env)
{
	u32 small = espgw_size_smallest(env), base, cells, steps;

	base = espgw_size_fit(env, ESPGW_PROBE_BASE);
	if (small < base && base < p->high)
		return base;
	if (p->high <= small)
		return small;
	cells = (p->high - small + ESPGW_PROBE_WIDTH - 1) / ESPGW_PROBE_WIDTH;
	if (cells <= BLIND_CELLS)
		return small;
	/*
	 * Nearer to the smallest than halfway: if this one is lost too, fewer
	 * steps are left, which makes up for the smallest that is then sent.
	 */
	for (steps = BLIND_CELLS; steps * 4 <= cells; steps *= 2)
		;
	return middle(env, small, p->high, steps);
}

/**
 * espgw_size_pick() - the size to try next between @p->low and @p->high
 * @p: the search
 * @env: what is known
 *
 * The hint; else the largest of all; else, if nothing was answered yet, smaller
 * and smaller ones; else Ethernet's; else the common size that is nearest to
 * the middle; else the middle.
 *
 * Return: outer size, bytes; 0: the search has come to its end.
 */
u32 espgw_size_pick(const struct espgw_probe *p,
		    const struct espgw_probe_env *env)
{
	u32 top = espgw_size_fit(env, p->max);
	u32 hint = espgw_size_fit(env, p->hint);
	u32 low = p->low, high = p->high, size;

	if (hint > low && hint < high && hint >= espgw_size_smallest(env))
		return hint;
	if (high > p->max && low < top)
		return top;
	if (espgw_size_narrow(p, env, low, high))
		return 0;
	if (!low)
		return pick_blind(p, env);
	size = espgw_size_fit(env, common[0]);
	if (low < size && high > size + ESPGW_PROBE_WIDTH)
		return size;
	/*
	 * Where Ethernet's passes and a jumbo frame did not, little lies
	 * between in practice, and searching all of it takes many probes. So
	 * just one step more: if that is lost, the search is over.
	 */
	if (low == size)
		return middle(env, size, high, 1);
	size = espgw_size_common(env, low, high, (low + high) / 2, high);
	return size ? size : espgw_size_part(env, low, high, 4);
}
