/* SPDX-License-Identifier: GPL-2.0 */
/* Large packets that nobody acknowledges: when to ask whether they arrive. */
#ifndef ESPGW_CORE_UNPROVEN_H
#define ESPGW_CORE_UNPROVEN_H

#include "core.h"

#define ESPGW_UNPROVEN_AFTER_MS		3000	/* so long they have to be seen */
#define ESPGW_UNPROVEN_GAP_MS		10000	/* looks farther apart begin anew */
#define ESPGW_UNPROVEN_KEEP_MS		600000	/* so long an answer proves it */
#define ESPGW_UNPROVEN_PAUSE_MS		60000	/* between two questions, at least */
#define ESPGW_UNPROVEN_TRIES		4	/* the pause doubles so often */

/**
 * struct espgw_unproven - what is known of large packets on one path
 * @since_ms: since when each look has seen some that are unproven; 0: the last has
 *	not
 * @last_ms: when it was last looked
 * @asked_ms: when it was last asked; 0: never
 * @proven_ms: when @proven was last answered; 0: never
 * @proven: the longest outer packet that is known to arrive, bytes
 * @tries: how often it was asked in vain
 *
 * Times are milliseconds of one monotonic clock that never is 0. All zero:
 * nothing is known.
 */
struct espgw_unproven {
	u64 since_ms;
	u64 last_ms;
	u64 asked_ms;
	u64 proven_ms;
	u32 proven;
	u8 tries;
};

bool espgw_unproven_look(struct espgw_unproven *u, u32 longest, u32 large,
			 u64 now_ms);
void espgw_unproven_answered(struct espgw_unproven *u, u32 size, u64 now_ms);
void espgw_unproven_again(struct espgw_unproven *u);

#endif
