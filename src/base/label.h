/* SPDX-License-Identifier: GPL-2.0 */
/* What people call an object, and say of it. */
#ifndef ESPGW_BASE_LABEL_H
#define ESPGW_BASE_LABEL_H

#include <linux/types.h>

/**
 * struct espgw_label_ask - what a request says of a label
 * @name: "": none; NULL: not given
 * @comment: likewise
 */
struct espgw_label_ask {
	const char *name;
	const char *comment;
};

/**
 * struct espgw_label - what people call an object, and say of it
 * @rcu: frees it
 * @comment: behind the name; "": none
 * @name: "": none
 *
 * Of most objects there is none, so it has memory of its own. It is never
 * changed: another takes its place.
 */
struct espgw_label {
	struct rcu_head rcu;
	const char *comment;
	char name[];
};

int espgw_label_make(struct espgw_label **label,
		     const struct espgw_label_ask *ask,
		     const struct espgw_label *old);
void espgw_label_change(struct espgw_label **at, struct espgw_label *label);

#endif
