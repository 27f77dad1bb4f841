// SPDX-License-Identifier: GPL-2.0
/*
 * batch - commands from a file, one a line
 *
 * \ at the end of a line continues it on the next.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "say.h"
#include "secret.h"
#include "verb.h"
#include "words.h"

/**
 * struct batch - a batch that is being read
 * @name: of the file, for messages
 * @fd: where it comes from
 * @in: what was read and not yet looked at; stdio would keep that for itself
 * @at: of these bytes, the next to be looked at
 * @end: how many there are
 * @line: text of the present line, with those that continue it
 * @number: of the last physical line read
 * @first: of the physical line that the present line begins with
 * @from_stdin: standard input is the batch
 * @has_nul: in the present line a NUL byte was read
 * @failed: it cannot be read any further
 */
struct batch {
	const char *name;
	int fd;
	char in[4096];
	size_t at;
	size_t end;
	struct espgw_secret line;
	unsigned int number;
	unsigned int first;
	bool from_stdin;
	bool has_nul;
	bool failed;
};

static int batch_open(struct batch *batch, const char *path)
{
	memset(batch, 0, sizeof(*batch));
	batch->from_stdin = !strcmp(path, "-");
	batch->name = batch->from_stdin ? "stdin" : path;
	batch->fd = batch->from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (batch->fd < 0)
		return espgw_say_error("cannot open \"%s\": %s", path, strerror(errno));
	return 0;
}

static void batch_close(struct batch *batch)
{
	espgw_say_line(NULL, 0);
	if (!batch->from_stdin)
		close(batch->fd);
	espgw_secret_free(&batch->line);
	explicit_bzero(batch, sizeof(*batch));
}

/* Return: whether there is something to be looked at. */
static bool fill(struct batch *batch)
{
	ssize_t got;

	if (batch->at < batch->end)
		return true;
	/* Whoever writes the next line may wait for what the last one said. */
	fflush(stdout);
	do {
		got = read(batch->fd, batch->in, sizeof(batch->in));
	} while (got < 0 && errno == EINTR);
	batch->failed = got < 0;
	batch->at = 0;
	batch->end = got > 0 ? got : 0;
	return batch->end;
}

static int add(struct batch *batch, const char *text, size_t len)
{
	return espgw_secret_add(&batch->line, text, len) ? espgw_say_error("out of memory") : 0;
}

/*
 * Appends a physical line without its newline to the present one. Return: 1, 0
 * at the end, -1 (said).
 */
static int read_line(struct batch *batch)
{
	const char *from, *newline = NULL;
	bool any = false;
	size_t len;

	while (!newline && fill(batch)) {
		any = true;
		from = batch->in + batch->at;
		len = batch->end - batch->at;
		newline = memchr(from, '\n', len);
		if (newline)
			len = newline - from;
		if (add(batch, from, len))
			return -1;
		batch->has_nul |= !!memchr(from, '\0', len);
		batch->at += len + !!newline;
	}
	if (batch->failed)
		return espgw_say_error("cannot read \"%s\": %s", batch->name, strerror(errno));
	if (!any)
		return 0;
	batch->number++;
	return 1;
}

/* Whether the line ends with that byte, which is taken off it then. */
static bool ends_with(struct batch *batch, size_t before, char c)
{
	struct espgw_secret *line = &batch->line;

	if (line->used == before || line->text[line->used - 1] != c)
		return false;
	line->used--;
	return true;
}

/*
 * A line with those that continue it, split into words. Return: how many
 * words, possibly 0; -1 on error (said); -2 at the end.
 */
static int batch_next(struct batch *batch, char **word)
{
	bool more = true;

	espgw_say_line(NULL, 0);
	espgw_say_verb(NULL, NULL);
	espgw_secret_clear(&batch->line);
	batch->first = batch->number + 1;
	batch->has_nul = false;
	while (more) {
		size_t before = batch->line.used;
		int rc = read_line(batch);

		if (rc < 0)
			return -1;
		if (!rc && !before)
			return -2;
		if (!rc)
			break;
		ends_with(batch, before, '\r');
		more = ends_with(batch, before, '\\');
		if (more && add(batch, " ", 1))
			return -1;
	}
	if (add(batch, "", 1))
		return -1;
	espgw_say_line(batch->name, batch->first);
	/* All of it has been read: with -force the next line is the next one. */
	if (batch->has_nul)
		return espgw_say_error("a NUL byte");
	return espgw_words_split(batch->line.text, word);
}

static int batch_parse(struct batch *batch, char **word, int count, struct espgw_request *req)
{
	if (espgw_verb_parse(word, count, batch->from_stdin, req))
		return -1;
	return req->verb->alone ? espgw_say_error("not in a batch") : 0;
}

/**
 * espgw_batch_run - do the commands of a file, one after the other
 * @ctx: context
 * @path: file, "-" for standard input
 *
 * Stops at the first error, unless ctx->force.
 *
 * Return: exit status, the highest of all lines.
 */
int espgw_batch_run(struct espgw_context *ctx, const char *path)
{
	char *word[ESPGW_WORDS_MAX];
	struct espgw_request req;
	struct batch batch;
	int count, rc, worst = 0;
	bool must;

	if (batch_open(&batch, path))
		return 1;
	while ((count = batch_next(&batch, word)) != -2) {
		rc = 0;
		if (count < 0)
			rc = 1;
		else if (count)
			rc = batch_parse(&batch, word, count, &req) ? 1 :
								      espgw_verb_run(ctx, &req);
		must = count > 0 && req.verb && req.verb->must;
		explicit_bzero(&req, sizeof(req));
		if (rc > worst)
			worst = rc;
		/* What cannot be read will not end. */
		if ((rc && (!ctx->force || must)) || batch.failed)
			break;
	}
	batch_close(&batch);
	return worst;
}

/**
 * struct parsed - a line of a file to restore
 * @next: the one after it
 * @line: its number
 * @req: what it says
 */
struct parsed {
	struct parsed *next;
	unsigned int line;
	struct espgw_request req;
};

static void parsed_free(struct parsed *parsed)
{
	explicit_bzero(parsed, sizeof(*parsed));
	free(parsed);
}

/* All lines, or as many as there are without an error. Return: exit status. */
static int parse_all(struct espgw_context *ctx, struct batch *batch, struct parsed **first)
{
	char *word[ESPGW_WORDS_MAX];
	struct parsed **end = first;
	int count, worst = 0;
	bool claims = false;

	while ((count = batch_next(batch, word)) != -2) {
		struct parsed *parsed;

		if (!count)
			continue;
		parsed = calloc(1, sizeof(*parsed));
		if (!parsed) {
			espgw_say_error("out of memory");
			return 1;
		}
		if (count < 0 || batch_parse(batch, word, count, &parsed->req) ||
		    espgw_once_check(&parsed->req, &claims)) {
			worst = 1;
			parsed_free(parsed);
			if (!ctx->force || batch->failed)
				break;
			continue;
		}
		parsed->line = batch->first;
		*end = parsed;
		end = &parsed->next;
	}
	return worst;
}

/**
 * espgw_batch_read - read the commands of a file, and do none of them
 * @path: file, "-" for standard input; has to stay
 * @reader: who wants them
 *
 * Return: 0, or -1 (said) if any is not well formed or not taken.
 */
int espgw_batch_read(const char *path, const struct espgw_batch_reader *reader)
{
	char *word[ESPGW_WORDS_MAX];
	struct batch batch;
	int count, rc = 0;

	if (batch_open(&batch, path))
		return -1;
	while ((count = batch_next(&batch, word)) != -2 && !batch.failed) {
		struct espgw_request req = { 0 };
		bool ok;

		if (!count)
			continue;
		ok = count > 0 && !batch_parse(&batch, word, count, &req) &&
		     !reader->take(&req, batch.name, batch.first, reader->data);
		if (!ok)
			rc = -1;
		if (!ok && reader->bad)
			reader->bad(&req, reader->data);
		explicit_bzero(&req, sizeof(req));
		if (!ok && !reader->bad)
			break;
	}
	if (batch.failed) {
		struct espgw_request none = { 0 };

		rc = -1;
		if (reader->bad)
			reader->bad(&none, reader->data);
	}
	batch_close(&batch);
	return rc;
}

/**
 * espgw_batch_parse_restore - parse "restore"
 * @args: the words
 * @req: receives the file's name
 *
 * Return: 0, or -1 (said).
 */
int espgw_batch_parse_restore(struct espgw_args *args, struct espgw_request *req)
{
	req->file = espgw_args_next(args);
	if (!req->file)
		return espgw_say_error("a file's name is missing");
	return espgw_args_none_left(args);
}

/**
 * espgw_batch_run_restore - read a whole file, then do what it says
 * @ctx: context
 * @req: the request
 *
 * Nothing is done if any line is not well formed, unless ctx->force.
 *
 * Return: exit status, the highest of all lines.
 */
int espgw_batch_run_restore(struct espgw_context *ctx, struct espgw_request *req)
{
	struct parsed *first = NULL, *parsed;
	struct batch batch;
	bool stop = false;
	int rc, worst;

	if (batch_open(&batch, req->file))
		return 1;
	worst = parse_all(ctx, &batch, &first);
	while (first) {
		parsed = first;
		first = parsed->next;
		if (!stop && (!worst || ctx->force)) {
			espgw_say_line(batch.name, parsed->line);
			espgw_say_verb(parsed->req.verb->object, parsed->req.verb->verb);
			rc = espgw_verb_run(ctx, &parsed->req);
			stop = rc && parsed->req.verb->must;
			if (rc > worst)
				worst = rc;
		}
		parsed_free(parsed);
	}
	batch_close(&batch);
	return worst;
}
