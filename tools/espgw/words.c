// SPDX-License-Identifier: GPL-2.0
/*
 * words - the words of a line of a batch
 *
 * A line is split into words at white space; "..." and '...' keep it, and a
 * word that begins with # begins a comment.
 */
#include <stdbool.h>
#include <string.h>

#include "say.h"
#include "words.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

/**
 * espgw_words_split - split a line into words
 * @line: changed in place
 * @word: receives them
 *
 * Return: how many, or -1 (said).
 */
int espgw_words_split(char *line, char *word[static ESPGW_WORDS_MAX])
{
	char *from = line, *to;
	int count = 0;

	for (;;) {
		while (is_space(*from))
			from++;
		if (!*from || *from == '#')
			return count;
		if (count == ESPGW_WORDS_MAX)
			return espgw_say_error("more than %d words", ESPGW_WORDS_MAX);
		word[count++] = to = from;
		while (*from && !is_space(*from)) {
			char quote = *from;

			if (quote != '"' && quote != '\'') {
				*to++ = *from++;
				continue;
			}
			from++;
			while (*from && *from != quote)
				*to++ = *from++;
			if (!*from)
				return espgw_say_error("a quotation mark is not closed");
			from++;
		}
		/* The end of the word may be where the next is looked for. */
		if (*from)
			from++;
		*to = '\0';
	}
}

/**
 * espgw_words_quote - write a word so that espgw_words_split() gets it back
 * @to: stream
 * @word: the word
 */
void espgw_words_quote(FILE *to, const char *word)
{
	if (*word && !strpbrk(word, "#\"'\\ \t\r\n\v\f")) {
		fputs(word, to);
		return;
	}
	/* With both kinds of marks in it, it is written in parts. */
	do {
		char quote = word[strcspn(word, "\"'")] == '"' ? '\'' : '"';
		char other[] = { quote, '\0' };
		size_t len = strcspn(word, other);

		fprintf(to, "%c%.*s%c", quote, (int)len, word, quote);
		word += len;
	} while (*word);
}
