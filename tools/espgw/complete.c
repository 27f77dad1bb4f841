// SPDX-License-Identifier: GPL-2.0
/*
 * complete - which words may come next, for shells
 *
 * A shell hands over the line that is being typed, by standard input: there may be
 * a key in it. The words come from the tables that the parser goes by, so there is
 * no list of them anywhere else.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "complete.h"
#include "options.h"
#include "select.h"
#include "verb.h"
#include "words.h"

static const char *const options[] = {
	"-j", "-p", "-s", "-n", "-o", "-b", "-force", "-V", "-h", "--help", "--version",
};

/* Words of a usage text: those in small letters, and options. */
static void offer_help(FILE *to, const char *help)
{
	char *copy = strdup(help ? help : ""), *rest = copy, *word;

	while ((word = strsep(&rest, " []|\n")))
		if (islower((unsigned char)*word) || *word == '-')
			fprintf(to, "%s\n", word);
	free(copy);
}

/* What "del" is parsed by. */
static unsigned int in_of(const struct espgw_verb *v)
{
	return v->parse == espgw_select_parse ? v->in | ESPGW_IN_FLUSH : v->in;
}

/**
 * struct place - where in a command the next word is
 * @object: what its words say something of
 * @in: the command, enum espgw_in
 * @obj: what has been said so far that other words depend on
 * @word: words so far
 * @count: how many
 * @f: the row whose values are being typed; NULL: none
 * @nth: which value is next
 */
struct place {
	const struct espgw_object *object;
	unsigned int in;
	union espgw_any obj;
	char **word;
	int count;
	const struct espgw_field *f;
	unsigned int nth;
};

static unsigned int now_of(const struct place *place)
{
	return place->object->now ? place->object->now(place->in, &place->obj) : place->in;
}

static bool is_word_of(const struct espgw_field *f, const char *word)
{
	if (f->flags & ESPGW_F_ALONE)
		return espgw_choice_find(f->words, word);
	return f->word && !strcmp(f->word, word);
}

/* The last of those that go with the command, as the parser has it. */
static const struct espgw_field *row_of(const struct espgw_object *object, unsigned int in,
					const char *word)
{
	const struct espgw_field *f, *found = NULL, *inner;

	for (f = object->field; f < object->field + object->fields; f++) {
		inner = f->flags & ESPGW_F_INLINE ? row_of(f->nest, in, word) : NULL;
		if (inner)
			found = inner;
		else if (f->in & in && is_word_of(f, word))
			found = f;
	}
	return found;
}

/* One without a word stands first: "dev attach DEV". */
static const struct espgw_field *first_row(const struct espgw_object *object, unsigned int in)
{
	const struct espgw_field *f = object->field;

	return f->in & in && !f->word && f->kind && !(f->flags & (ESPGW_F_INLINE | ESPGW_F_ALONE)) ?
	       f : NULL;
}

static const struct espgw_kind *kind_of(const struct place *place)
{
	return place->f->like && place->in & (ESPGW_IN_SHOW | ESPGW_IN_FLUSH) ? place->f->like :
										place->f->kind;
}

static void walk(struct place *place)
{
	int i;

	place->f = first_row(place->object, place->in);
	for (i = 0; i < place->count; i++) {
		const char *word = place->word[i];

		if (place->f) {
			const struct espgw_choice *choice =
				place->f->words ? espgw_choice_find(place->f->words, word) : NULL;

			if (choice && place->f->attr <= ESPGW_POLICY_A_MAX &&
			    place->object == &espgw_policy_object)
				espgw_set(&place->obj, place->f->attr, choice->value);
			if (place->nth++ >= kind_of(place)->more)
				place->f = NULL;
			continue;
		}
		place->f = row_of(place->object, now_of(place), word);
		place->nth = 0;
		if (place->f && (place->f->flags & ESPGW_F_ALONE || place->f->kind->bare))
			place->f = NULL;
	}
}

static bool was_typed(const struct place *place, const char *word)
{
	int i;

	for (i = 0; i < place->count; i++)
		if (!strcmp(place->word[i], word))
			return true;
	return false;
}

static void offer_rows(FILE *to, const struct place *place, const struct espgw_object *object)
{
	unsigned int in = now_of(place);
	const struct espgw_field *f;

	for (f = object->field; f < object->field + object->fields; f++) {
		if (!(f->in & in))
			continue;
		if (f->flags & ESPGW_F_INLINE)
			offer_rows(to, place, f->nest);
		else if (f->flags & ESPGW_F_ALONE)
			espgw_choice_offer(to, f->words);
		/* "src" and "dst" come again behind "action protect". */
		else if (f->word && (!was_typed(place, f->word) || f->flags & ESPGW_F_AGAIN ||
				     f->after))
			fprintf(to, "%s\n", f->word);
	}
}

static void offer_values(FILE *to, const struct place *place)
{
	const struct espgw_kind *kind = kind_of(place);

	if (kind->offer)
		kind->offer(to, place->f, place->nth);
	else if (!place->nth)
		espgw_choice_offer(to, place->f->words);
	if (!place->nth && place->f->unset && place->f->unset_in & place->in)
		fprintf(to, "%s\n", place->f->unset);
}

/* -- commands */

/**
 * struct search - a command that is looked for
 * @to: where objects, or the commands of one, are printed
 * @object: the object; NULL: objects are printed
 * @verb: the command; NULL: commands are printed
 * @last: the object that was seen last
 * @found: the command
 */
struct search {
	FILE *to;
	const char *object;
	const char *verb;
	const char *last;
	const struct espgw_verb *found;
};

static void look(const struct espgw_verb *v, void *data)
{
	struct search *s = data;

	if (!s->object && (!s->last || strcmp(s->last, v->object)))
		fprintf(s->to, "%s\n", v->object);
	s->last = v->object;
	if (!s->object || strcmp(s->object, v->object))
		return;
	if (!v->verb || (s->verb && !strcmp(s->verb, v->verb)))
		s->found = v;
	else if (!s->verb)
		fprintf(s->to, "%s\n", v->verb);
}

static void offer_names(FILE *to, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			fprintf(to, "%s\n", entry->d_name);
	if (dir)
		closedir(dir);
}

/* Return: how many words are options and what belongs to them; -1: a value is next. */
static int skip_options(FILE *to, char **word, int count)
{
	int i;

	for (i = 0; i < count && *word[i] == '-'; i++) {
		bool netns = !strcmp(word[i], "-n"), format = !strcmp(word[i], "-o");

		if (!netns && !format && strcmp(word[i], "-b"))
			continue;
		if (++i < count)
			continue;
		if (netns)
			offer_names(to, "/run/netns");
		if (format)
			espgw_choice_offer(to, espgw_options_formats);
		return -1;
	}
	return i;
}

/**
 * espgw_complete_next - print the words that may come next, a line each
 * @to: stream
 * @word: those before it, without the program's name
 * @count: how many
 *
 * Nothing: that is a file's name, a number, or anything.
 */
void espgw_complete_next(FILE *to, char **word, int count)
{
	int first = skip_options(to, word, count), used;
	struct search s = { .to = to };
	struct place place = { 0 };
	unsigned int i;

	if (first < 0)
		return;
	word += first;
	count -= first;
	if (count && !strcmp(word[0], "help")) {
		word++;
		count--;
	} else if (!count) {
		for (i = 0; i < MNL_ARRAY_SIZE(options); i++)
			fprintf(to, "%s\n", options[i]);
		fputs("help\n", to);
	}
	s.object = count ? word[0] : NULL;
	s.verb = count > 1 ? word[1] : NULL;
	espgw_verb_each(look, &s);
	if (!s.found)
		return;
	used = s.found->verb ? 2 : 1;
	if (s.found->offer) {
		s.found->offer(to);
		return;
	}
	if (!s.found->of || !s.found->in) {
		offer_help(to, s.found->help);
		return;
	}
	place.object = s.found->of;
	place.in = in_of(s.found);
	place.word = word + used;
	place.count = count - used;
	walk(&place);
	if (place.f)
		offer_values(to, &place);
	else
		offer_rows(to, &place, place.object);
	explicit_bzero(&place, sizeof(place));
}

/* -- all words */

static void all_values(FILE *to, const struct espgw_object *object, unsigned int in)
{
	const struct espgw_field *f;

	for (f = object->field; f < object->field + object->fields; f++) {
		struct place place = { .object = object, .in = in, .f = f };

		if (!(f->in & (in | ESPGW_IN_PROTECT)))
			continue;
		if (f->flags & ESPGW_F_INLINE) {
			all_values(to, f->nest, in);
			continue;
		}
		if (f->word)
			fprintf(to, "%s\n", f->word);
		/* What is there at the moment is no word. */
		if (f->kind == &espgw_kind_device || f->kind->bare)
			continue;
		for (; place.nth <= kind_of(&place)->more; place.nth++)
			offer_values(to, &place);
	}
}

static void all_of(const struct espgw_verb *v, void *data)
{
	FILE *to = data;

	fprintf(to, "= %s%s%s\n", v->object, v->verb ? " " : "", v->verb ? v->verb : "");
	if (v->offer)
		v->offer(to);
	else if (v->of && v->in)
		all_values(to, v->of, in_of(v));
	else
		offer_help(to, v->help);
}

/**
 * espgw_complete_all - print all words that the parser knows
 * @to: stream
 *
 * Behind a line "= OBJECT COMMAND" those of that command, a line each.
 */
void espgw_complete_all(FILE *to)
{
	unsigned int i;

	fputs("=\n", to);
	for (i = 0; i < MNL_ARRAY_SIZE(options); i++)
		fprintf(to, "%s\n", options[i]);
	espgw_choice_offer(to, espgw_options_formats);
	espgw_verb_each(all_of, to);
}

/**
 * espgw_complete_line - print the words that may stand where a line ends
 * @to: stream
 * @from: where the line comes from: the program's name, and words
 *
 * A word that is begun is not looked at: the shell knows which of those that are
 * printed begin so.
 *
 * Return: exit status.
 */
int espgw_complete_line(FILE *to, FILE *from)
{
	char line[4096], *word[ESPGW_WORDS_MAX];
	size_t len;
	int count;

	if (!fgets(line, sizeof(line), from))
		return 1;
	len = strcspn(line, "\n");
	line[len] = '\0';
	while (len && !isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
	count = espgw_words_split(line, word);
	if (count > 0)
		espgw_complete_next(to, word + 1, count - 1);
	explicit_bzero(line, sizeof(line));
	return count > 0 ? 0 : 1;
}
