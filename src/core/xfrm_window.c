// SPDX-License-Identifier: GPL-2.0
/*
 * A receive window as the kernel's xfrm keeps it: what was received stays
 * received, whoever decrypts.
 */

#include "xfrm_window.h"

/*
 * Which bit is the number @back below the top. Counted from the top's own bit, as
 * xfrm does: where the window is no power of two, that is another one than the
 * number's remainder once its low half has wrapped.
 */
static u32 bit_of(const struct espgw_xfrm_window *w, u32 back)
{
	u32 pos;

	if (w->shifts)
		return back;
	pos = ((u32)w->top - 1) % w->window;
	return pos >= back ? pos - back : w->window - (back - pos);
}

static bool is_seen(const struct espgw_xfrm_window *w, u32 back)
{
	u32 bit = bit_of(w, back);

	return w->bits[bit >> 5] >> (bit & 31) & 1;
}

static void set(struct espgw_xfrm_window *w, u32 back)
{
	u32 bit = bit_of(w, back);

	w->bits[bit >> 5] |= 1U << (bit & 31);
}

static void clear_all(struct espgw_xfrm_window *w)
{
	memset(w->bits, 0, (w->window + 31) / 32 * sizeof(*w->bits));
}

/**
 * espgw_xfrm_window_check() - whether a packet may be taken
 * @w: the window
 * @seq: its sequence number
 *
 * Return: true if @seq is new: not too old and not seen.
 */
bool espgw_xfrm_window_check(const struct espgw_xfrm_window *w, u64 seq)
{
	if (!seq)
		return false;
	if (!w->window || seq > w->top)
		return true;
	return w->top - seq < w->window && !is_seen(w, (u32)(w->top - seq));
}

/* The top moves on. What comes to lie in the window was not seen. */
static void slide(struct espgw_xfrm_window *w, u64 seq)
{
	u64 by = seq - w->top;
	u32 i, bit;

	w->top = seq;
	if (by >= w->window) {
		clear_all(w);
	} else if (w->shifts) {
		*w->bits <<= by;
	} else {
		for (i = 0; i < by; i++) {
			bit = bit_of(w, i);
			w->bits[bit >> 5] &= ~(1U << (bit & 31));
		}
	}
}

/**
 * espgw_xfrm_window_advance() - a packet was authenticated: mark it as seen
 * @w: the window; without one, nothing is noted, as xfrm notes nothing
 * @seq: its sequence number, with espgw_xfrm_window_check() true
 */
void espgw_xfrm_window_advance(struct espgw_xfrm_window *w, u64 seq)
{
	if (!w->window)
		return;
	if (seq > w->top)
		slide(w, seq);
	set(w, (u32)(w->top - seq));
}

/**
 * espgw_xfrm_window_take() - go on with xfrm's window
 * @w: xfrm's
 * @r: ours, of the same size: receives what was seen
 */
void espgw_xfrm_window_take(const struct espgw_xfrm_window *w,
			    struct espgw_replay *r)
{
	u64 seq;
	u32 i;

	r->top = w->top;
	if (!r->window)
		return;
	memset(r->bits, 0, ((size_t)r->mask + 1) * sizeof(*r->bits));
	for (i = 0; i < w->window && i < w->top; i++) {
		if (!is_seen(w, i))
			continue;
		seq = w->top - i;
		r->bits[(u32)(seq >> 6) & r->mask] |= 1ULL << (seq & 63);
	}
}

/**
 * espgw_xfrm_window_give() - let xfrm know what we have seen
 * @w: xfrm's window: receives it besides what was seen there
 * @r: ours, of the same size
 */
void espgw_xfrm_window_give(struct espgw_xfrm_window *w,
			    const struct espgw_replay *r)
{
	u64 seq;
	u32 i;

	if (!w->window || !r->window)
		return;
	if (r->top > w->top)
		slide(w, r->top);
	for (i = 0; i < w->window && i < w->top; i++) {
		seq = w->top - i;
		if (seq <= r->top && r->top - seq < r->window &&
		    r->bits[(u32)(seq >> 6) & r->mask] >> (seq & 63) & 1)
			set(w, i);
	}
}

/**
 * espgw_xfrm_window_join() - a state's window has what another one has seen as well
 * @w: its window
 * @from: the other one's
 */
void espgw_xfrm_window_join(struct espgw_xfrm_window *w,
			    const struct espgw_xfrm_window *from)
{
	u64 seq;
	u32 i;

	if (!w->window || !from->window)
		return;
	if (from->top > w->top)
		slide(w, from->top);
	for (i = 0; i < w->window && i < w->top; i++) {
		seq = w->top - i;
		if (seq <= from->top && from->top - seq < from->window &&
		    is_seen(from, (u32)(from->top - seq)))
			set(w, i);
	}
}
