/* SPDX-License-Identifier: GPL-2.0 */
/*
 * differ - what has to be done so that one configuration becomes another
 */
#ifndef ESPGW_DIFFER_H
#define ESPGW_DIFFER_H

#include "config.h"

/**
 * struct espgw_change - a request to the kernel
 * @cmd: enum espgw_cmd; 0: none
 * @verb: its word
 * @obj: what is sent; may hold keys
 */
struct espgw_change {
	uint8_t cmd;
	const char *verb;
	union espgw_any obj;
};

/**
 * struct espgw_step - something that is to be another
 * @rule: its kind
 * @want: as it is to be; NULL: not at all
 * @have: as it is; NULL: it is not
 * @differ: bit n: attribute n differs between the two
 * @phase: when, in the order of enum espgw_phase
 * @rank: within the phase
 * @make: what makes it so
 * @undo: what makes that undone
 */
struct espgw_step {
	const struct espgw_config_rule *rule;
	const struct espgw_config_row *want;
	const struct espgw_config_row *have;
	uint64_t differ;
	unsigned int phase;
	uint64_t rank;
	struct espgw_change make;
	struct espgw_change undo;
};

/**
 * struct espgw_steps - all of them, in order
 * @step: the first
 * @count: how many
 * @size: how many there is room for
 */
struct espgw_steps {
	struct espgw_step **step;
	unsigned int count;
	unsigned int size;
};

int espgw_differ(struct espgw_steps *steps, const struct espgw_config *want,
		 const struct espgw_config *have);
void espgw_steps_free(struct espgw_steps *steps);
void espgw_step_command(FILE *to, const struct espgw_step *step);
void espgw_step_was(FILE *to, const struct espgw_step *step);
uint64_t espgw_policy_precedence(const void *policy);
void espgw_hide_keys(const struct espgw_object *object, void *obj);

#endif
