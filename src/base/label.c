// SPDX-License-Identifier: GPL-2.0
/* What people call an object, and say of it: kept beside it, for whoever asks. */
#include "base/label.h"

#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

/**
 * espgw_label_make() - make the label that a request asks for
 * @label: result, to be freed by kfree(); NULL: there is to be none
 * @ask: what was asked for, valid
 * @old: what is not given is as here; NULL: there is none
 *
 * Context: process context. Return: 0 or -ENOMEM.
 */
int espgw_label_make(struct espgw_label **label,
		     const struct espgw_label_ask *ask,
		     const struct espgw_label *old)
{
	const char *name = ask->name ?: old ? old->name : "";
	const char *comment = ask->comment ?: old ? old->comment : "";
	size_t name_size = strlen(name) + 1, comment_size = strlen(comment) + 1;
	struct espgw_label *l;

	*label = NULL;
	if (!*name && !*comment)
		return 0;
	l = kmalloc(struct_size(l, name, name_size + comment_size),
		    GFP_KERNEL_ACCOUNT);
	if (!l)
		return -ENOMEM;
	memcpy(l->name, name, name_size);
	l->comment = memcpy(l->name + name_size, comment, comment_size);
	*label = l;
	return 0;
}

/**
 * espgw_label_change() - give an object another label
 * @at: where the object has it; readers are under RCU, or hold what the caller holds
 * @label: the label, or NULL
 */
void espgw_label_change(struct espgw_label **at, struct espgw_label *label)
{
	struct espgw_label *old = *at;

	/* Pairs with the dependent reads of espgw_label_put(). */
	smp_store_release(at, label);
	if (old)
		kfree_rcu(old, rcu);
}
