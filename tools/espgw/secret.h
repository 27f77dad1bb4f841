/* SPDX-License-Identifier: GPL-2.0 */
/*
 * secret - memory that may hold keys
 *
 * Neither realloc() nor the buffers of stdio wipe what they give back, so text
 * with keys in it is kept in these buffers instead.
 */
#ifndef ESPGW_SECRET_H
#define ESPGW_SECRET_H

#include <stddef.h>
#include <stdio.h>

/**
 * struct espgw_secret - a text that grows
 * @text: the text; NULL while there is none
 * @used: bytes of it
 * @size: bytes that there is room for
 * @buf: what a stream has not yet handed on
 *
 * Empty when all zero. Whoever has one gives it to espgw_secret_free().
 */
struct espgw_secret {
	char *text;
	size_t used;
	size_t size;
	char buf[1024];
};

void espgw_secret_process(void);
void espgw_secret_words(char **word, int count);
int espgw_secret_add(struct espgw_secret *secret, const void *text, size_t len);
void espgw_secret_clear(struct espgw_secret *secret);
void espgw_secret_free(struct espgw_secret *secret);
FILE *espgw_secret_open(struct espgw_secret *secret);
int espgw_secret_close(struct espgw_secret *secret, FILE *to);
void espgw_secret_output(void);
int espgw_secret_output_end(void);

#endif
