// SPDX-License-Identifier: GPL-2.0
/*
 * label - what people call an object, and say of it
 *
 * The module refuses the same; here it is said before anything is sent, and of a
 * whole configuration before any of it is done. An empty text is none.
 */
#include <stdio.h>
#include <string.h>

#include "object.h"
#include "say.h"
#include "words.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"

static void save_text(FILE *to, const struct espgw_field *f, const void *obj)
{
	fprintf(to, " %s ", f->word);
	espgw_words_quote(to, espgw_member_of(f, obj));
}

static bool same_text(const struct espgw_field *f, const void *obj, const void *other)
{
	return !strcmp(espgw_member_of(f, obj), espgw_member_of(f, other));
}

/* -- names */

static int take_name(struct espgw_args *args, const struct espgw_field *f, void *obj,
		     const char *unset)
{
	const char *word = espgw_args_value(args, f->word);
	char shown[ESPGW_ARGS_QUOTE];

	(void)unset;
	if (!word)
		return -1;
	if (word[strspn(word, NAME_CHARACTERS)] || strlen(word) >= f->size)
		return espgw_say_error("\"%s\" must be at most %u letters, digits and -_.:, not \"%s\"",
				       f->word, f->size - 1, espgw_args_quote(word, shown));
	strcpy(espgw_member(f, obj), word);
	return 0;
}

/* Of those that are meant: none is meant by no name. */
static int take_named(struct espgw_args *args, const struct espgw_field *f, void *obj,
		      const char *unset)
{
	const char *next = espgw_args_peek(args);

	return next && !*next ? espgw_say_error("\"%s\" is empty", f->word) :
				take_name(args, f, obj, unset);
}

static void show_name(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_str(out, f->key, espgw_field_label(f), espgw_member_of(f, obj), ESPGW_PLAIN);
}

const struct espgw_kind espgw_kind_label = {
	take_name, show_name, save_text, same_text,
	.shape = ESPGW_SHAPE(ESPGW_JSON_TEXT),
};

const struct espgw_kind espgw_kind_named = {
	.take = take_named, .same = same_text,
};

/* -- comments */

/* As RFC 3629 has it. Return: the bytes of the first character; 0: it is none, or a control. */
static size_t character(const char *text)
{
	static const uint32_t least[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	unsigned char first = *text;
	size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, i;
	uint32_t code = first & (0xff >> (len + 1));

	if (len == 1)
		return first >= 0x20 && first != 0x7f;
	for (i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	return first >= 0xc2 && first <= 0xf4 && code >= least[len] && code <= 0x10ffff &&
	       (code < 0xd800 || code > 0xdfff) ? len : 0;
}

static int take_comment(struct espgw_args *args, const struct espgw_field *f, void *obj,
			const char *unset)
{
	const char *text = espgw_args_value(args, f->word), *at = text;

	(void)unset;
	if (!text)
		return -1;
	if (strlen(text) >= f->size)
		return espgw_say_error("\"%s\" has %zu bytes, and %u is the most", f->word,
				       strlen(text), f->size - 1);
	while (*at) {
		size_t len = character(at);

		if (!len)
			return espgw_say_error("\"%s\" must be UTF-8 without control characters: byte "
					       "%zu is not", f->word, at - text + 1);
		at += len;
	}
	strcpy(espgw_member(f, obj), text);
	return 0;
}

/* Quoted, so that people see where it ends, and can type it so. */
static void show_comment(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const char *text = espgw_member_of(f, obj);
	char quoted[512];
	FILE *to;

	if (!out->json) {
		to = fmemopen(quoted, sizeof(quoted), "w");
		if (!to)
			return;
		espgw_words_quote(to, text);
		fclose(to);
		text = quoted;
	}
	espgw_out_str(out, f->key, espgw_field_label(f), text, ESPGW_PLAIN);
}

const struct espgw_kind espgw_kind_comment = {
	take_comment, show_comment, save_text, same_text,
	.shape = ESPGW_SHAPE(ESPGW_JSON_TEXT),
};
