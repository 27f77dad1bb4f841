// SPDX-License-Identifier: GPL-2.0
/*
 * args - the words of one command
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/espgw.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "say.h"

/* Of every word that is on or off: a boolean in the JSON output. */
const struct espgw_choice espgw_args_off_on[] = {
	{ "off", 0 },
	{ "on", 1 },
	{ NULL, 0 },
};

/* Of "dir". */
const struct espgw_choice espgw_args_in_out[] = {
	{ "in", ESPGW_DIR_IN },
	{ "out", ESPGW_DIR_OUT },
	{ NULL, 0 },
};

/**
 * espgw_args_left - whether words are left
 * @args: the words
 *
 * Return: true if so.
 */
bool espgw_args_left(const struct espgw_args *args)
{
	return args->next < args->count;
}

/**
 * espgw_args_peek - look at the next word without taking it
 * @args: the words
 *
 * Return: the word, NULL at the end.
 */
const char *espgw_args_peek(const struct espgw_args *args)
{
	return espgw_args_left(args) ? args->word[args->next] : NULL;
}

/**
 * espgw_args_next - take the next word
 * @args: the words
 *
 * Return: the word, NULL at the end.
 */
char *espgw_args_next(struct espgw_args *args)
{
	return espgw_args_left(args) ? args->word[args->next++] : NULL;
}

/**
 * espgw_args_value - take the word that has to follow another
 * @args: the words
 * @name: the other, for the message
 *
 * Return: the word, NULL (said) if there is none.
 */
char *espgw_args_value(struct espgw_args *args, const char *name)
{
	char *word = espgw_args_next(args);

	if (!word)
		espgw_say_error("\"%s\" needs a value", name);
	return word;
}

/**
 * espgw_args_secret - whether a word might be a key, or hold one
 * @word: the word
 *
 * Return: true if it must not be shown.
 */
bool espgw_args_secret(const char *word)
{
	size_t i, hex = 0;

	/* An SPI has 8 digits, an IPv6 address no run of more than 4. */
	for (i = 0; word[i] && hex < 16; i++)
		hex = isxdigit((unsigned char)word[i]) ? hex + 1 : 0;
	return hex >= 16 && word[strspn(word, "0123456789")];
}

/**
 * espgw_args_quote - make a word fit to be shown in a message
 * @word: as it was typed
 * @text: buffer for it
 *
 * A mistyped command may carry a key in any place, and messages end up in
 * logs: nothing that looks like one is repeated. Nor are control characters,
 * so that the message stays one line.
 *
 * Return: @text.
 */
const char *espgw_args_quote(const char *word, char text[static ESPGW_ARGS_QUOTE])
{
	size_t i;

	if (espgw_args_secret(word)) {
		strcpy(text, "(not shown: might be a key)");
		return text;
	}
	for (i = 0; word[i] && i < ESPGW_ARGS_QUOTE - 4; i++)
		text[i] = iscntrl((unsigned char)word[i]) ? '?' : word[i];
	strcpy(text + i, word[i] ? "..." : "");
	return text;
}

/**
 * espgw_args_unknown - say that a word is not known here
 * @word: the word
 *
 * Return: -1.
 */
int espgw_args_unknown(const char *word)
{
	char text[ESPGW_ARGS_QUOTE];

	return espgw_say_error("unknown word \"%s\"", espgw_args_quote(word, text));
}

/**
 * espgw_args_twice - say that a word was given before
 * @name: the word
 *
 * Return: -1.
 */
int espgw_args_twice(const char *name)
{
	return espgw_say_error("\"%s\" is given twice", name);
}

/**
 * espgw_args_missing - say that a word has to be there and is not
 * @name: the word
 *
 * Return: -1.
 */
int espgw_args_missing(const char *name)
{
	return espgw_say_error("\"%s\" is missing", name);
}

/**
 * espgw_args_none_left - refuse words that are left over
 * @args: the words
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_none_left(struct espgw_args *args)
{
	return espgw_args_left(args) ? espgw_args_unknown(espgw_args_peek(args)) : 0;
}

/**
 * espgw_number_parse - read a number, the whole text or not at all
 * @text: decimal, or hexadecimal with 0x
 * @value: receives it
 *
 * A leading zero is refused: other tools take it for octal, so that it cannot
 * be told which number was meant.
 *
 * Return: 0, -EINVAL if it is no number, -ERANGE if it does not fit; says
 * nothing.
 */
int espgw_number_parse(const char *text, uint64_t *value)
{
	unsigned int base = 10;
	uint64_t sum = 0;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && text[1]) {
		return -EINVAL;
	}
	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned char c = *text;
		unsigned int digit;

		if (isdigit(c))
			digit = c - '0';
		else if (base == 16 && isxdigit(c))
			digit = tolower(c) - 'a' + 10;
		else
			return -EINVAL;
		if (__builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, digit, &sum))
			return -ERANGE;
	}
	*value = sum;
	return 0;
}

/**
 * espgw_choice_offer - print the words of a table, a line each
 * @to: stream
 * @choices: the table; NULL: there are none
 */
void espgw_choice_offer(FILE *to, const struct espgw_choice *choices)
{
	for (; choices && choices->word; choices++)
		fprintf(to, "%s\n", choices->word);
}

/**
 * espgw_choice_find - the choice that a word is
 * @choices: the table
 * @word: the word
 *
 * Return: the choice, NULL if there is none.
 */
const struct espgw_choice *espgw_choice_find(const struct espgw_choice *choices,
					     const char *word)
{
	for (; choices->word; choices++)
		if (*choices->word == *word && !strcmp(choices->word, word))
			return choices;
	return NULL;
}

/* Room for what a value may be. */
#define RANGE_TEXT 160

/**
 * struct list - a list of words in the making
 * @text: what there is of it
 * @used: its length
 * @left: words still to come
 */
struct list {
	char text[RANGE_TEXT];
	size_t used;
	unsigned int left;
};

static void list_add(struct list *list, const char *item)
{
	const char *join = "";

	if (list->used)
		join = list->left == 1 ? " or " : ", ";
	list->left--;
	list->used += snprintf(list->text + list->used, RANGE_TEXT - list->used, "%s%s", join,
			       item);
}

/* "copy, set or clear", "none or 68-65535": what a value may be, for a message */
static const char *range_text(const struct espgw_range *range, struct list *list)
{
	const struct espgw_choice *c;
	char numbers[48];

	list->used = 0;
	list->left = !!range->also + !!range->max;
	for (c = range->words; c && c->word; c++)
		list->left++;
	for (c = range->words; c && c->word; c++)
		list_add(list, c->word);
	if (range->also)
		list_add(list, range->also);
	snprintf(numbers, sizeof(numbers), "%" PRIu64 "-%" PRIu64, range->min, range->max);
	if (range->max)
		list_add(list, numbers);
	return list->text;
}

/**
 * espgw_args_range - take a word or a number
 * @args: the words
 * @name: the word before it
 * @range: what it may be
 * @value: receives the number, or what the word stands for
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_range(struct espgw_args *args, const char *name, const struct espgw_range *range,
		     uint64_t *value)
{
	const char *text = espgw_args_value(args, name);
	const struct espgw_choice *found = NULL;
	char shown[ESPGW_ARGS_QUOTE];
	struct list list;

	if (!text)
		return -1;
	if (range->words)
		found = espgw_choice_find(range->words, text);
	if (found) {
		*value = found->value;
		return 0;
	}
	if (range->max && !espgw_number_parse_units(text, range->units, value) && *value >= range->min &&
	    *value <= range->max)
		return 0;
	return espgw_say_error("\"%s\" must be %s, not \"%s\"", name, range_text(range, &list),
			       espgw_args_quote(text, shown));
}

/**
 * espgw_args_number - take a number
 * @args: the words
 * @name: the word before it
 * @min: smallest allowed
 * @max: largest allowed
 * @value: receives it
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_number(struct espgw_args *args, const char *name, uint64_t min, uint64_t max,
		      uint64_t *value)
{
	const struct espgw_range range = { .min = min, .max = max };

	return espgw_args_range(args, name, &range, value);
}

/**
 * espgw_args_choice - take one of several words
 * @args: the words
 * @name: the word before it
 * @choices: what it may be
 * @value: receives what it stands for
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_choice(struct espgw_args *args, const char *name,
		      const struct espgw_choice *choices, uint32_t *value)
{
	const struct espgw_range range = { .words = choices };
	uint64_t number;

	if (espgw_args_range(args, name, &range, &number))
		return -1;
	*value = number;
	return 0;
}

/**
 * espgw_args_address - take an address
 * @args: the words
 * @name: the word before it
 * @addr: receives it
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_address(struct espgw_args *args, const char *name, struct espgw_addr *addr)
{
	const char *text = espgw_args_value(args, name);
	char shown[ESPGW_ARGS_QUOTE];

	if (!text)
		return -1;
	if (espgw_addr_parse(text, addr))
		return espgw_say_error("\"%s\" must be an IPv4 or IPv6 address, not \"%s\"", name,
				       espgw_args_quote(text, shown));
	return 0;
}

/**
 * espgw_args_prefix - take a prefix: ADDRESS, ADDRESS/LENGTH, "any", "default"
 * @args: the words
 * @name: the word before it
 * @prefix: receives it; for "any" and "default" the address has length 0,
 *	since the family is not said
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_prefix(struct espgw_args *args, const char *name, struct espgw_prefix *prefix)
{
	const char *word = espgw_args_value(args, name), *slash;
	char text[ESPGW_ADDR_TEXT], shown[ESPGW_ARGS_QUOTE];
	uint64_t bits;
	size_t len;

	if (!word)
		return -1;
	memset(prefix, 0, sizeof(*prefix));
	if (!strcmp(word, "any") || !strcmp(word, "default"))
		return 0;

	slash = strchr(word, '/');
	len = slash ? (size_t)(slash - word) : strlen(word);
	if (len >= sizeof(text))
		goto bad;
	memcpy(text, word, len);
	text[len] = '\0';
	if (espgw_addr_parse(text, &prefix->addr))
		goto bad;
	bits = prefix->addr.len * 8;
	if (slash && (espgw_number_parse(slash + 1, &bits) || bits > prefix->addr.len * 8u))
		return espgw_say_error("\"%s\": the prefix length must be 0-%u, not \"%s\"", name,
				       prefix->addr.len * 8u, espgw_args_quote(slash + 1, shown));
	prefix->bits = bits;
	if (espgw_prefix_mask(prefix))
		return espgw_say_error("\"%s\" has host bits set: \"%s\" would be %s", name,
				       espgw_args_quote(word, shown),
				       espgw_prefix_text(prefix, text));
	return 0;
bad:
	return espgw_say_error("\"%s\" must be a prefix ADDRESS/LENGTH, not \"%s\"", name,
			       espgw_args_quote(word, shown));
}

static int port_parse(const char *text, uint64_t *port)
{
	const struct espgw_choice *found = espgw_choice_find(espgw_args_services, text);

	if (!found)
		return espgw_number_parse(text, port) || *port > UINT16_MAX ? -1 : 0;
	*port = found->value;
	return 0;
}

/**
 * espgw_args_ports - take a port or a range A-B, by number or by name
 * @args: the words
 * @name: the word before it
 * @first: receives the lowest
 * @last: receives the highest
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_ports(struct espgw_args *args, const char *name, uint16_t *first, uint16_t *last)
{
	const char *word = espgw_args_value(args, name), *dash;
	char text[16], shown[ESPGW_ARGS_QUOTE];
	uint64_t from, to;
	size_t len;

	if (!word)
		return -1;
	/* Names may have dashes as well. */
	dash = espgw_choice_find(espgw_args_services, word) ? NULL : strchr(word, '-');
	len = dash ? (size_t)(dash - word) : strlen(word);
	if (len >= sizeof(text))
		goto bad;
	memcpy(text, word, len);
	text[len] = '\0';
	if (port_parse(text, &from))
		goto bad;
	to = from;
	if (dash && port_parse(dash + 1, &to))
		goto bad;
	if (from > to)
		return espgw_say_error("\"%s\": the range \"%s\" is upside down", name,
				       espgw_args_quote(word, shown));
	*first = from;
	*last = to;
	return 0;
bad:
	return espgw_say_error("\"%s\" must be a port 0-65535, its name, or a range A-B, not \"%s\"", name,
			       espgw_args_quote(word, shown));
}

/* As the kernel has it, but for "*", which stands at the end of a pattern only. */
static bool is_device_name(const char *word)
{
	const char *c;

	for (c = word; *c; c++)
		if (*c == '/' || *c == ':' || isspace((unsigned char)*c) || (*c == '*' && (c == word || c[1])))
			return false;
	return c > word && c - word < IFNAMSIZ && strcmp(word, ".") && strcmp(word, "..");
}

/**
 * espgw_args_device - take the name of a network device
 * @args: the words
 * @name: the word before it
 * @ifname: receives it, IFNAMSIZ bytes; there need not be such a device
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_device(struct espgw_args *args, const char *name, char *ifname)
{
	const char *word = espgw_args_next(args);
	char shown[ESPGW_ARGS_QUOTE];

	if (!word)
		return espgw_say_error("\"%s\" needs a device's name", name);
	if (!is_device_name(word))
		return espgw_say_error("\"%s\" is not a name that a device can have",
				       espgw_args_quote(word, shown));
	strcpy(ifname, word);
	return 0;
}

static int dscp_parse(const char *text, uint8_t *dscp)
{
	const struct espgw_choice *found = espgw_choice_find(espgw_args_dscps, text);
	uint64_t value;

	if (found)
		value = found->value;
	else if (espgw_number_parse(text, &value) || value > 63)
		return -1;
	*dscp = value;
	return 0;
}

/**
 * espgw_args_dscp - take a DSCP, by number or by name
 * @args: the words
 * @name: the word before it
 * @dscp: receives it
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_dscp(struct espgw_args *args, const char *name, uint8_t *dscp)
{
	const char *text = espgw_args_value(args, name);
	char shown[ESPGW_ARGS_QUOTE];

	if (!text)
		return -1;
	if (dscp_parse(text, dscp))
		return espgw_say_error("\"%s\" must be a DSCP 0-63 or its name, not \"%s\"", name,
				       espgw_args_quote(text, shown));
	return 0;
}

/**
 * espgw_args_dscp_list - take DSCPs with commas between them
 * @args: the words
 * @name: the word before it
 * @set: receives them, bit n for DSCP n
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_dscp_list(struct espgw_args *args, const char *name, uint64_t *set)
{
	const char *word = espgw_args_value(args, name), *at = word;
	char text[16], shown[ESPGW_ARGS_QUOTE];

	if (!word)
		return -1;
	*set = 0;
	while (at) {
		size_t len = strcspn(at, ",");
		uint8_t dscp;

		if (len >= sizeof(text))
			goto bad;
		memcpy(text, at, len);
		text[len] = '\0';
		if (dscp_parse(text, &dscp))
			goto bad;
		if (*set >> dscp & 1)
			return espgw_say_error("\"%s\" names DSCP %u twice", name, dscp);
		*set |= 1ULL << dscp;
		at = at[len] ? at + len + 1 : NULL;
	}
	return 0;
bad:
	return espgw_say_error("\"%s\" must be DSCPs 0-63 with commas between them, not \"%s\"",
			       name, espgw_args_quote(word, shown));
}

/**
 * espgw_args_proto - take an IP protocol, by number or by name
 * @args: the words
 * @name: the word before it
 * @proto: receives it
 *
 * Return: 0, or -1 (said).
 */
int espgw_args_proto(struct espgw_args *args, const char *name, uint8_t *proto)
{
	const char *text = espgw_args_value(args, name);
	const struct espgw_choice *found;
	char shown[ESPGW_ARGS_QUOTE];
	uint64_t value;

	if (!text)
		return -1;
	found = espgw_choice_find(espgw_args_protos, text);
	if (found)
		value = found->value;
	else if (espgw_number_parse(text, &value) || value > UINT8_MAX)
		return espgw_say_error("\"%s\" must be a protocol 0-255 or its name, not \"%s\"",
				       name, espgw_args_quote(text, shown));
	*proto = value;
	return 0;
}

/**
 * espgw_choice_of - the choice that stands for a value
 * @choices: the table
 * @value: the value
 *
 * Return: the choice, NULL if there is none.
 */
const struct espgw_choice *espgw_choice_of(const struct espgw_choice *choices, uint64_t value)
{
	for (; choices->word; choices++)
		if (choices->value == value)
			return choices;
	return NULL;
}

/**
 * espgw_choice_word - the word for a value
 * @choices: the table
 * @value: the value
 *
 * Return: the word, NULL if there is none.
 */
const char *espgw_choice_word(const struct espgw_choice *choices, uint32_t value)
{
	const struct espgw_choice *found = espgw_choice_of(choices, value);

	return found ? found->word : NULL;
}

/**
 * espgw_proto_name - the name of an IP protocol
 * @proto: its number
 *
 * Return: the name, NULL if it has none here.
 */
const char *espgw_proto_name(uint8_t proto)
{
	return espgw_choice_word(espgw_args_protos, proto);
}
