/* SPDX-License-Identifier: GPL-2.0 */
/*
 * config - what there is to be: the commands that make it, as rows that can be
 *	compared
 */
#ifndef ESPGW_CONFIG_H
#define ESPGW_CONFIG_H

#include "verb.h"

/**
 * struct espgw_config_rule - a kind of rows
 * @word: the object of its commands
 * @object: its table
 * @makes: the command that says that there is one
 * @makes_not: one that says that there is none; NULL: nothing says that
 * @replaces: the command that puts one in another's place; NULL: there is none
 * @removes: the command that removes one; NULL: @makes with nothing set
 * @add: enum espgw_cmd of @makes
 * @replace: of @replaces; 0: there is none
 * @set: of "set"; 0: there is none
 * @del: of @removes; 0: there is none
 * @name: bit n: attribute n is a part of its name
 * @passes: bit n: attribute n is how it begins, and not how it is
 */
struct espgw_config_rule {
	const char *word;
	const struct espgw_object *object;
	const char *makes;
	const char *makes_not;
	const char *replaces;
	const char *removes;
	uint8_t add;
	uint8_t replace;
	uint8_t set;
	uint8_t del;
	uint64_t name;
	uint64_t passes;
};

/**
 * struct espgw_config_row - what there is to be of one name
 * @rule: its kind
 * @obj: it, as it is typed, without what it would be anyway; may hold keys
 * @name: its name, and its kind in front of it
 * @file: where it is said; NULL: in the kernel
 * @line: in that file
 * @place: how many rows were before it
 * @not: it is said that there is to be none
 */
struct espgw_config_row {
	const struct espgw_config_rule *rule;
	union espgw_any obj;
	char *name;
	const char *file;
	unsigned int line;
	unsigned int place;
	bool not;
};

/**
 * struct espgw_config - a configuration
 * @row: its rows, by name
 * @count: how many
 * @size: how many there is room for
 * @file: names of the files that it is in
 * @files: how many
 * @doubtful: it is not known which policies there are to be
 */
struct espgw_config {
	struct espgw_config_row **row;
	unsigned int count;
	unsigned int size;
	char **file;
	unsigned int files;
	bool doubtful;
};

int espgw_config_read(struct espgw_config *config, const char *path, bool all);
const struct espgw_config_rule *espgw_config_rule_of(const struct espgw_object *object);
int espgw_config_text(struct espgw_config *config, char *text);
void espgw_config_free(struct espgw_config *config);
const struct espgw_config_row *espgw_config_find(const struct espgw_config *config,
						 const char *name);

#endif
