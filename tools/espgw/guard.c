// SPDX-License-Identifier: GPL-2.0
/*
 * guard - whether devices that are not attached are watched
 */
#include "guard.h"

static const struct espgw_field guard_fields[] = {
	{ .attr = ESPGW_GUARD_A_ON, .key = "guard", .label = "guard", .flags = ESPGW_F_ALWAYS,
	  .words = espgw_args_off_on, .kind = &espgw_kind_number },
	{ .attr = ESPGW_GUARD_A_DEVICES, .key = "devices", .label = "devices",
	  .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },
};

/* The command itself says it: "on" makes, "off" removes. */
static int begin(struct espgw_args *args, unsigned int in, void *obj)
{
	espgw_set(obj, ESPGW_GUARD_A_ON, in & ESPGW_IN_ADD);
	return espgw_args_none_left(args);
}

/* On is what it is unless somebody says otherwise. */
static uint64_t saved(void *obj)
{
	return espgw_number(obj, ESPGW_GUARD_A_ON) ? 0 : ESPGW_BIT(ESPGW_GUARD_A_ON);
}

const struct espgw_object espgw_guard_object = {
	.set = &espgw_guard_set, ESPGW_FIELDS(guard_fields), .size = sizeof(struct espgw_guard),
	.save = "guard off", .begin = begin, .saved = saved,
};
