/* SPDX-License-Identifier: GPL-2.0 */
/*
 * args - the words of one command, taken one after the other
 *
 * Every function that takes a value says itself what is wrong with it and
 * returns -1; the caller just gives up.
 */
#ifndef ESPGW_ARGS_H
#define ESPGW_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "out.h"

/**
 * struct espgw_args - the words that follow OBJECT and COMMAND
 * @word: them; writable, since keys are wiped from them
 * @count: how many
 * @next: index of the first that was not taken yet
 * @stdin_busy: standard input is the batch and so cannot be a key
 */
struct espgw_args {
	char **word;
	int count;
	int next;
	bool stdin_busy;
};

/**
 * struct espgw_choice - one of several words that a value may be
 * @word: as it is typed; NULL ends a table
 * @value: what it stands for
 * @colour: its colour when it is shown
 */
struct espgw_choice {
	const char *word;
	uint32_t value;
	enum espgw_colour colour;
};

/**
 * struct espgw_unit - a letter or word behind a number
 * @word: it; NULL ends a table
 * @times: what the number is to be multiplied with
 */
struct espgw_unit {
	const char *word;
	uint64_t times;
};

/**
 * struct espgw_range - what a value may be
 * @words: one of these words; NULL: none
 * @also: another word, which the caller has looked for already, to be named in
 *	the message; NULL: none
 * @units: units that it may have; NULL: none
 * @min: smallest number
 * @max: largest number; 0: no number
 */
struct espgw_range {
	const struct espgw_choice *words;
	const char *also;
	const struct espgw_unit *units;
	uint64_t min;
	uint64_t max;
};

/* Room for a word as a message shows it. */
#define ESPGW_ARGS_QUOTE 48

extern const struct espgw_choice espgw_args_off_on[];
extern const struct espgw_choice espgw_args_in_out[];
extern const struct espgw_choice espgw_args_services[];
extern const struct espgw_choice espgw_args_protos[];
extern const struct espgw_choice espgw_args_dscps[];
extern const struct espgw_unit espgw_units_bytes[];
extern const struct espgw_unit espgw_units_count[];
extern const struct espgw_unit espgw_units_time[];

bool espgw_args_left(const struct espgw_args *args);
const char *espgw_args_peek(const struct espgw_args *args);
char *espgw_args_next(struct espgw_args *args);
char *espgw_args_value(struct espgw_args *args, const char *name);
bool espgw_args_secret(const char *word);
const char *espgw_args_quote(const char *word, char text[static ESPGW_ARGS_QUOTE]);

int espgw_args_unknown(const char *word);
int espgw_args_twice(const char *name);
int espgw_args_missing(const char *name);
int espgw_args_none_left(struct espgw_args *args);

int espgw_number_parse(const char *text, uint64_t *value);
int espgw_number_parse_units(const char *text, const struct espgw_unit *units, uint64_t *value);
int espgw_args_number(struct espgw_args *args, const char *name, uint64_t min, uint64_t max,
		      uint64_t *value);
int espgw_args_choice(struct espgw_args *args, const char *name,
		      const struct espgw_choice *choices, uint32_t *value);
int espgw_args_range(struct espgw_args *args, const char *name, const struct espgw_range *range,
		     uint64_t *value);
int espgw_args_address(struct espgw_args *args, const char *name, struct espgw_addr *addr);
int espgw_args_prefix(struct espgw_args *args, const char *name, struct espgw_prefix *prefix);
int espgw_args_ports(struct espgw_args *args, const char *name, uint16_t *first, uint16_t *last);
int espgw_args_device(struct espgw_args *args, const char *name, char *ifname);
int espgw_args_dscp(struct espgw_args *args, const char *name, uint8_t *dscp);
int espgw_args_dscp_list(struct espgw_args *args, const char *name, uint64_t *set);
int espgw_args_proto(struct espgw_args *args, const char *name, uint8_t *proto);

void espgw_choice_offer(FILE *to, const struct espgw_choice *choices);
const struct espgw_choice *espgw_choice_find(const struct espgw_choice *choices,
					     const char *word);
const struct espgw_choice *espgw_choice_of(const struct espgw_choice *choices, uint64_t value);
const char *espgw_choice_word(const struct espgw_choice *choices, uint32_t value);
const char *espgw_proto_name(uint8_t proto);

#endif
