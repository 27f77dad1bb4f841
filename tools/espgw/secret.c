// SPDX-License-Identifier: GPL-2.0
/*
 * secret - memory that may hold keys
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "secret.h"

/* What was printed and not yet written: keys may have been asked for. */
static char output[BUFSIZ];

/**
 * espgw_secret_process - let nobody look into this process, nor into what is
 *	left of it when it crashes
 */
void espgw_secret_process(void)
{
	static const struct rlimit none;

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}

/**
 * espgw_secret_words - wipe the words of a command
 * @word: the words
 * @count: how many
 */
void espgw_secret_words(char **word, int count)
{
	int i;

	for (i = 0; i < count; i++)
		explicit_bzero(word[i], strlen(word[i]));
}

/**
 * espgw_secret_add - append to a text
 * @secret: the text
 * @text: what to append
 * @len: bytes of it
 *
 * Return: 0, or -1 if there is no memory for it; says nothing.
 */
int espgw_secret_add(struct espgw_secret *secret, const void *text, size_t len)
{
	size_t size = secret->size ? secret->size : 1024;
	char *bigger;

	while (size - secret->used < len)
		size *= 2;
	if (size > secret->size) {
		bigger = malloc(size);
		if (!bigger)
			return -1;
		if (secret->used)
			memcpy(bigger, secret->text, secret->used);
		if (secret->text)
			explicit_bzero(secret->text, secret->size);
		free(secret->text);
		secret->text = bigger;
		secret->size = size;
	}
	memcpy(secret->text + secret->used, text, len);
	secret->used += len;
	return 0;
}

/**
 * espgw_secret_clear - empty a text, and wipe it
 * @secret: the text; its memory is kept
 */
void espgw_secret_clear(struct espgw_secret *secret)
{
	if (secret->text)
		explicit_bzero(secret->text, secret->size);
	secret->used = 0;
}

/**
 * espgw_secret_free - wipe a text and give its memory back
 * @secret: the text; empty then
 */
void espgw_secret_free(struct espgw_secret *secret)
{
	espgw_secret_clear(secret);
	free(secret->text);
	secret->text = NULL;
	secret->size = 0;
}

static ssize_t write_text(void *cookie, const char *text, size_t len)
{
	if (!espgw_secret_add(cookie, text, len))
		return len;
	errno = ENOMEM;
	return 0;
}

/**
 * espgw_secret_open - a stream that appends to a text
 * @secret: the text, which must not move
 *
 * Return: the stream, for espgw_secret_close(); NULL if there is no memory.
 */
FILE *espgw_secret_open(struct espgw_secret *secret)
{
	FILE *to = fopencookie(secret, "w", (cookie_io_functions_t){ .write = write_text });

	if (to)
		setvbuf(to, secret->buf, _IOFBF, sizeof(secret->buf));
	return to;
}

/**
 * espgw_secret_close - close such a stream
 * @secret: the text
 * @to: the stream
 *
 * Return: 0, or -1 if the text is not all that was written.
 */
int espgw_secret_close(struct espgw_secret *secret, FILE *to)
{
	int rc = ferror(to) ? -1 : 0;

	if (fclose(to))
		rc = -1;
	explicit_bzero(secret->buf, sizeof(secret->buf));
	return rc;
}

/**
 * espgw_secret_output - buffer standard output where it can be wiped
 *
 * To be called before anything is printed. Whoever waits for each line, as
 * stdbuf(1) makes it be written, still gets it at once.
 */
void espgw_secret_output(void)
{
	bool lines = __flbf(stdout) || isatty(STDOUT_FILENO);

	/* A buffer of one byte is none at all. */
	if (__fbufsize(stdout) != 1)
		setvbuf(stdout, output, lines ? _IOLBF : _IOFBF, sizeof(output));
}

/**
 * espgw_secret_output_end - write what was printed, and wipe it
 *
 * Return: 0, or -1 with errno if it, or anything before it, could not be
 * written.
 */
int espgw_secret_output_end(void)
{
	int rc = fflush(stdout) || ferror(stdout) ? -1 : 0, err = errno;

	/* What could not be written must not be tried again at the exit. */
	__fpurge(stdout);
	explicit_bzero(output, sizeof(output));
	errno = err;
	return rc;
}
