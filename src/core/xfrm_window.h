/* SPDX-License-Identifier: GPL-2.0 */
/* A receive window as the kernel's xfrm keeps it. */
#ifndef ESPGW_CORE_XFRM_WINDOW_H
#define ESPGW_CORE_XFRM_WINDOW_H

#include "core.h"
#include "replay.h"

/**
 * struct espgw_xfrm_window - xfrm's receive window
 * @bits: its bits, changed in place
 * @window: packets; 0: no check is made
 * @top: highest sequence number accepted; 0: none yet
 * @shifts: one word, so that @window is at most 32, whose bit n is number @top - n;
 *	else a ring of @window bits, in which number n is bit (n - 1) mod @window
 */
struct espgw_xfrm_window {
	u32 *bits;
	u32 window;
	u64 top;
	bool shifts;
};

bool espgw_xfrm_window_check(const struct espgw_xfrm_window *w, u64 seq);
void espgw_xfrm_window_advance(struct espgw_xfrm_window *w, u64 seq);
void espgw_xfrm_window_take(const struct espgw_xfrm_window *w,
			    struct espgw_replay *r);
void espgw_xfrm_window_give(struct espgw_xfrm_window *w,
			    const struct espgw_replay *r);
void espgw_xfrm_window_join(struct espgw_xfrm_window *w,
			    const struct espgw_xfrm_window *from);

#endif
