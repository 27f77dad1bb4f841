/* SPDX-License-Identifier: GPL-2.0 */
/*
 * object - one table for each object of the tool
 *
 * An SA, a policy, an MTU policy and so on is a structure that begins with an
 * array of its numbers, and a table with a row for each value: how it is
 * typed, between which bounds, in which commands, what it is called in text
 * and in JSON, and whether it is saved. Parsing, the message, reading an
 * answer, "show", "save" and the usage text all go through that table here.
 * How a value travels is not in it: the type of its attribute says so.
 */
#ifndef ESPGW_OBJECT_H
#define ESPGW_OBJECT_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "args.h"
#include "attr.h"
#include "out.h"

struct espgw_object;

/**
 * enum espgw_in - what a row has to do with, bits
 * @ESPGW_IN_ADD: commands that make an object: add, replace, attach
 * @ESPGW_IN_SET: that change one
 * @ESPGW_IN_DEL: that remove one: del, detach
 * @ESPGW_IN_GET: that show the one that is named
 * @ESPGW_IN_SHOW: that show all which are like what is given
 * @ESPGW_IN_FLUSH: that remove all which are
 * @ESPGW_IN_PROBE: that look for something by packets
 * @ESPGW_IN_LISTEN: that wait for somebody who does
 * @ESPGW_IN_PROTECT: not a command: what follows "action protect"
 * @ESPGW_IN_DUMP: not a command: of what is given to ESPGW_IN_SHOW, the kernel
 *	is told this; the rest is looked at when its answers come
 */
enum espgw_in {
	ESPGW_IN_ADD = 1 << 0,
	ESPGW_IN_SET = 1 << 1,
	ESPGW_IN_DEL = 1 << 2,
	ESPGW_IN_GET = 1 << 3,
	ESPGW_IN_SHOW = 1 << 4,
	ESPGW_IN_FLUSH = 1 << 5,
	ESPGW_IN_PROBE = 1 << 6,
	ESPGW_IN_LISTEN = 1 << 7,
	ESPGW_IN_PROTECT = 1 << 8,
	ESPGW_IN_DUMP = 1 << 9,
};

/**
 * enum espgw_field_flag - bits of struct espgw_field.flags
 * @ESPGW_F_ALWAYS: shown even if the answer has it not
 * @ESPGW_F_NULL: if the answer has it not, JSON has null
 * @ESPGW_F_NONZERO: 0 is the same as none: neither shown nor saved
 * @ESPGW_F_ALONE: its value is typed without a word before it
 * @ESPGW_F_INLINE: a nest whose words are typed among the others
 * @ESPGW_F_AGAIN: a nest whose word may be given several times; that none of
 *	its values is given twice, its own table sees to
 * @ESPGW_F_TYPED: typed and saved, but not shown: other values of the answer
 *	say what came of it
 * @ESPGW_F_BUILTIN: what has not been set is its builtin
 * @ESPGW_F_TOLD: every answer and event has it; of a nest, every value of it
 */
enum espgw_field_flag {
	ESPGW_F_ALWAYS = 1 << 0,
	ESPGW_F_NULL = 1 << 1,
	ESPGW_F_NONZERO = 1 << 2,
	ESPGW_F_ALONE = 1 << 3,
	ESPGW_F_INLINE = 1 << 4,
	ESPGW_F_AGAIN = 1 << 5,
	ESPGW_F_TYPED = 1 << 6,
	ESPGW_F_BUILTIN = 1 << 7,
	ESPGW_F_TOLD = 1 << 8,
};

/**
 * struct espgw_field - a row: one value of an object
 * @attr: its attribute, which is also its place among the object's numbers
 * @at: where in the object it is, if it is more than a number: an address, a
 *	string, a key, a nest
 * @size: bytes there are for a string
 * @in: commands that it goes with, enum espgw_in; none: answers have it
 * @need: those that it must not be missing in
 * @unset_in: those in which @unset may be given
 * @dir: goes with SAs of this direction only, enum espgw_dir; 0: with all
 * @flags: enum espgw_field_flag
 * @line: of the text output, where it stands
 * @kind: how it is typed, shown and saved; NULL: it is not, by itself
 * @like: how it is typed and compared, where all that are like it are meant; NULL:
 *	as by @kind
 * @word: typed before it, and in messages
 * @after: it goes only behind this, NULL: anywhere
 * @help: what follows the word in the usage text; NULL: the row is not in it;
 *	begins with a newline where the text does
 * @unset: instead of a value: what was set is set no more
 * @key: in JSON; NULL: it is not there
 * @label: before it in text; NULL: @word
 * @unit: behind it in text, or NULL
 * @words: words that the value may be, or NULL
 * @min: smallest number
 * @max: largest number; 0: it is none
 * @builtin: what the module does when it is set nowhere
 * @nest: what the object at @at is
 */
struct espgw_field {
	uint16_t attr;
	uint16_t at;
	uint16_t size;
	uint16_t in;
	uint16_t need;
	uint16_t unset_in;
	uint8_t dir;
	uint16_t flags;
	uint8_t line;
	const struct espgw_kind *kind;
	const struct espgw_kind *like;
	const char *word;
	const char *after;
	const char *help;
	const char *unset;
	const char *key;
	const char *label;
	const char *unit;
	const struct espgw_choice *words;
	uint64_t min;
	uint64_t max;
	uint64_t builtin;
	const struct espgw_object *nest;
};

/**
 * enum espgw_json - what a value is in JSON
 * @ESPGW_JSON_NONE: not there
 * @ESPGW_JSON_NUMBER: a number, or one of the row's words, or either
 * @ESPGW_JSON_SECONDS: the same, in seconds: the key ends in _s
 * @ESPGW_JSON_DSCP: the same, of 6 bits
 * @ESPGW_JSON_TIME: seconds since the epoch, with decimals
 * @ESPGW_JSON_FLAG: true or false
 * @ESPGW_JSON_TEXT: any string, or one of the row's words
 * @ESPGW_JSON_DEVICE: a device's name
 * @ESPGW_JSON_COUNTER: a counter's name
 * @ESPGW_JSON_SPI: 0x and eight digits
 * @ESPGW_JSON_BYTES: 0x and digits
 * @ESPGW_JSON_ADDRESS: an address
 * @ESPGW_JSON_PREFIX: an address with a length
 * @ESPGW_JSON_END: either
 * @ESPGW_JSON_DSCPS: an array of DSCPs
 * @ESPGW_JSON_NUMBERS: an array of numbers
 * @ESPGW_JSON_KEYS: an array of keys of what can be set
 * @ESPGW_JSON_COUNTS: an array of "feature" and how many "users" it has
 * @ESPGW_JSON_OBJECT: an object of its own
 * @ESPGW_JSON_INLINE: an object whose keys stand among the others
 */
enum espgw_json {
	ESPGW_JSON_NONE,
	ESPGW_JSON_NUMBER,
	ESPGW_JSON_SECONDS,
	ESPGW_JSON_DSCP,
	ESPGW_JSON_TIME,
	ESPGW_JSON_FLAG,
	ESPGW_JSON_TEXT,
	ESPGW_JSON_DEVICE,
	ESPGW_JSON_COUNTER,
	ESPGW_JSON_SPI,
	ESPGW_JSON_BYTES,
	ESPGW_JSON_ADDRESS,
	ESPGW_JSON_PREFIX,
	ESPGW_JSON_END,
	ESPGW_JSON_DSCPS,
	ESPGW_JSON_NUMBERS,
	ESPGW_JSON_KEYS,
	ESPGW_JSON_COUNTS,
	ESPGW_JSON_OBJECT,
	ESPGW_JSON_INLINE,
};

/**
 * struct espgw_shape - a key that a value has in JSON
 * @type: what is there
 * @key: which; NULL: the row's; if it begins with "_", it follows the row's
 * @words: instead of the row's; may be NULL
 * @word: instead of them, gives the word with that number; NULL: there are no more
 * @null: may be null
 * @maybe: may be absent, even if the value is there
 */
struct espgw_shape {
	enum espgw_json type;
	const char *key;
	const struct espgw_choice *words;
	const char *(*word)(unsigned int nth);
	bool null;
	bool maybe;
};

/* The shape of a kind whose rows have one key, which is theirs. */
#define ESPGW_SHAPE(what) (const struct espgw_shape[]){ { .type = (what) }, { 0 } }

/**
 * struct espgw_kind - a way to type, show and save values
 * @take: takes what follows the word; says what is wrong with it; @unset is a
 *	word that it may be and that has been looked for already, or NULL
 * @show: prints it
 * @save: writes it as it is typed, beginning with a space
 * @same: whether it is the same in two objects; NULL: never asked
 * @offer: for completion, prints what may be typed as value @nth, a line each; NULL:
 *	the words of its row
 * @more: so many values follow the first
 * @bare: none follows the word
 * @shape: what @show prints in JSON, ended by a zeroed one; NULL: nothing. By it the schema
 *	in Documentation is made.
 */
struct espgw_kind {
	int (*take)(struct espgw_args *args, const struct espgw_field *f, void *obj,
		    const char *unset);
	void (*show)(struct espgw_out *out, const struct espgw_field *f, const void *obj);
	void (*save)(FILE *to, const struct espgw_field *f, const void *obj);
	bool (*same)(const struct espgw_field *f, const void *obj, const void *other);
	void (*offer)(FILE *to, const struct espgw_field *f, unsigned int nth);
	uint8_t more;
	bool bare;
	const struct espgw_shape *shape;
};

/**
 * struct espgw_object - what an object is
 * @set: the space of its attributes; NULL: it is never sent
 * @field: its rows, in the order of output
 * @fields: how many
 * @size: of its structure, bytes
 * @save: the command that makes it, as "save" writes it
 * @unset: the attribute that tells what is to be set no more; 0: none
 * @event: the attribute that says what an event is about; 0: none
 * @begin: takes what stands before the words, or of a nest whose words have one
 *	before them, all; says what is wrong; may be NULL
 * @offer: of a nest whose words have one before them: as of struct espgw_kind
 * @now: what goes with a command given what was typed so far: @in, or more of
 *	enum espgw_in; may be NULL
 * @check: looks at a request as a whole; says what is wrong; may be NULL
 * @hides: whether a line is left out of the output; may be NULL
 * @match: whether a row is one that was asked for, if that is not said in its
 *	own words; may be NULL
 * @compare: in which order they are shown: as qsort() has it; may be NULL: the
 *	kernel's
 * @saved: which attributes are to be saved, bit n for attribute n; 0: it is not;
 *	may be NULL: all that are there
 */
struct espgw_object {
	const struct espgw_attr_set *set;
	const struct espgw_field *field;
	unsigned int fields;
	size_t size;
	const char *save;
	unsigned int unset;
	unsigned int event;
	int (*begin)(struct espgw_args *args, unsigned int in, void *obj);
	void (*offer)(FILE *to, unsigned int nth);
	unsigned int (*now)(unsigned int in, const void *obj);
	int (*check)(unsigned int in, void *obj);
	bool (*hides)(const struct espgw_out *out, const void *obj, unsigned int line);
	bool (*match)(const void *obj, const void *filter);
	int (*compare)(const void *obj, const void *other);
	uint64_t (*saved)(void *obj);
};

/* The rows of an object and how many there are. */
#define ESPGW_FIELDS(rows) .field = (rows), .fields = MNL_ARRAY_SIZE(rows)

#define ESPGW_BIT(attr) (1ULL << (attr))

/**
 * espgw_has - whether an object has a value
 * @obj: the object
 * @attr: the value's attribute
 *
 * The number of attribute 0, which there is not, says which others there are.
 *
 * Return: true if so.
 */
static inline bool espgw_has(const void *obj, unsigned int attr)
{
	return *(const uint64_t *)obj >> attr & 1;
}

/**
 * espgw_number - a number of an object
 * @obj: the object
 * @attr: its attribute
 *
 * Return: the number; 0 if the object has none.
 */
static inline uint64_t espgw_number(const void *obj, unsigned int attr)
{
	return ((const uint64_t *)obj)[attr];
}

/**
 * espgw_set - give an object a number
 * @obj: the object
 * @attr: its attribute
 * @value: the number
 */
static inline void espgw_set(void *obj, unsigned int attr, uint64_t value)
{
	((uint64_t *)obj)[attr] = value;
	*(uint64_t *)obj |= ESPGW_BIT(attr);
}

/**
 * espgw_member - where an object has what is more than a number
 * @f: its row
 * @obj: the object
 *
 * Return: its place.
 */
static inline void *espgw_member(const struct espgw_field *f, void *obj)
{
	return (char *)obj + f->at;
}

/**
 * espgw_member_of - the same, to read it
 * @f: its row
 * @obj: the object
 *
 * Return: its place.
 */
static inline const void *espgw_member_of(const struct espgw_field *f, const void *obj)
{
	return (const char *)obj + f->at;
}

int espgw_object_parse(struct espgw_args *args, const struct espgw_object *object,
		       unsigned int in, void *obj);
int espgw_object_take(struct espgw_args *args, const struct espgw_object *object,
		      const char *word, unsigned int in, void *obj);
bool espgw_object_given(const struct espgw_object *object, const void *obj, unsigned int attr);
void espgw_object_put(struct nlmsghdr *nlh, const struct espgw_object *object, bool dump,
		      const void *obj);
int espgw_object_get(const struct nlmsghdr *nlh, const struct espgw_object *object, void *obj);
bool espgw_object_match(const struct espgw_object *object, const void *obj, const void *filter);
void espgw_object_show(struct espgw_out *out, const struct espgw_object *object,
		       const void *obj);
void espgw_object_show_given(struct espgw_out *out, const struct espgw_object *object,
			     const void *obj);
void espgw_object_save(FILE *to, const struct espgw_object *object, void *obj);
void espgw_object_save_words(FILE *to, const struct espgw_object *object, const void *obj,
			     uint64_t what);
const struct espgw_choice *espgw_object_choice(const struct espgw_object *object,
					       const void *obj, unsigned int attr);
void espgw_object_usage(FILE *to, const struct espgw_object *object, unsigned int in);

/* kind.c */
extern const struct espgw_kind espgw_kind_number;
extern const struct espgw_kind espgw_kind_seconds;
extern const struct espgw_kind espgw_kind_bytes;
extern const struct espgw_kind espgw_kind_count;
extern const struct espgw_kind espgw_kind_size;
extern const struct espgw_kind espgw_kind_span;
extern const struct espgw_kind espgw_kind_spi;
extern const struct espgw_kind espgw_kind_flag;
extern const struct espgw_kind espgw_kind_addr;
extern const struct espgw_kind espgw_kind_within;
extern const struct espgw_kind espgw_kind_prefix;
extern const struct espgw_kind espgw_kind_ports;
extern const struct espgw_kind espgw_kind_proto;
extern const struct espgw_kind espgw_kind_dscp;
extern const struct espgw_kind espgw_kind_dscps;
extern const struct espgw_kind espgw_kind_mark;
extern const struct espgw_kind espgw_kind_device;
extern const struct espgw_kind espgw_kind_name;
extern const struct espgw_kind espgw_kind_ifindex;
extern const struct espgw_kind espgw_kind_nest;

/* label.c */
extern const struct espgw_kind espgw_kind_label;
extern const struct espgw_kind espgw_kind_named;
extern const struct espgw_kind espgw_kind_comment;

const char *espgw_field_label(const struct espgw_field *f);

#endif
