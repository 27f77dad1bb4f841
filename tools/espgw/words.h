/* SPDX-License-Identifier: GPL-2.0 */
/*
 * words - the words of a line of a batch
 */
#ifndef ESPGW_WORDS_H
#define ESPGW_WORDS_H

#include <stdio.h>

/* More words than any command can have. */
#define ESPGW_WORDS_MAX 128

int espgw_words_split(char *line, char *word[static ESPGW_WORDS_MAX]);
void espgw_words_quote(FILE *to, const char *word);

#endif
