// SPDX-License-Identifier: GPL-2.0
/*
 * batch - commands from a file, one a line
 *
 * \ at the end of a line continues it on the next.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "say.h"
#include "verb.h"
#include "words.h"

/**
 * struct batch - a batch that is being read
 * @name: of the file, for messages
 * @file: where it comes from
 * @line: text of the present line, with those that continue it
 * @size: of the buffer that @line points to
 * @next: a physical line as it is read
 * @next_size: of the buffer that @next points to
 * @number: of the last physical line read
 * @first: of the physical line that the present line begins with
 * @from_stdin: standard input is the batch
 * @has_nul: in the present line a NUL byte was read
 */
struct batch {
	const char *name;
	FILE *file;
	char *line;
	size_t size;
	char *next;
	size_t next_size;
	unsigned int number;
	unsigned int first;
	bool from_stdin;
	bool has_nul;
};

static int batch_open(struct batch *batch, const char *path)
{
	memset(batch, 0, sizeof(*batch));
	batch->from_stdin = !strcmp(path, "-");
	batch->name = batch->from_stdin ? "stdin" : path;
	batch->file = batch->from_stdin ? stdin : fopen(path, "re");
	if (!batch->file)
		return espgw_say_error("cannot open \"%s\": %s", path, strerror(errno));
	return 0;
}

/* Lines hold keys, so buffers are wiped before they are given back. */
static void wipe_free(char *buf, size_t size)
{
	if (buf)
		explicit_bzero(buf, size);
	free(buf);
}

static void batch_close(struct batch *batch)
{
	espgw_say_line(NULL, 0);
	wipe_free(batch->line, batch->size);
	wipe_free(batch->next, batch->next_size);
	if (!batch->from_stdin)
		fclose(batch->file);
}

/* getline() moves its buffer with realloc(), which leaves a copy behind. */
static int reserve(char **buf, size_t *size, size_t used, size_t want)
{
	size_t bigger = *size ? *size : 1024;
	char *fresh;

	if (want <= *size)
		return 0;
	while (bigger < want)
		bigger *= 2;
	fresh = malloc(bigger);
	if (!fresh)
		return espgw_say_error("out of memory");
	if (used)
		memcpy(fresh, *buf, used);
	wipe_free(*buf, *size);
	*buf = fresh;
	*size = bigger;
	return 0;
}

/* A physical line without its newline. Return: 1, 0 at the end, -1 (said). */
static int read_line(struct batch *batch, size_t *len)
{
	int c;

	*len = 0;
	while ((c = getc_unlocked(batch->file)) != EOF && c != '\n') {
		if (reserve(&batch->next, &batch->next_size, *len, *len + 2))
			return -1;
		batch->has_nul |= !c;
		batch->next[(*len)++] = c;
	}
	if (reserve(&batch->next, &batch->next_size, *len, *len + 1))
		return -1;
	batch->next[*len] = '\0';
	if (ferror(batch->file))
		return espgw_say_error("cannot read \"%s\": %s", batch->name, strerror(errno));
	if (c == EOF && !*len)
		return 0;
	batch->number++;
	return 1;
}

/*
 * A line with those that continue it, split into words. Return: how many
 * words, possibly 0; -1 on error (said); -2 at the end.
 */
static int batch_next(struct batch *batch, char **word)
{
	size_t used = 0, len;
	bool more = true;
	int rc;

	espgw_say_line(NULL, 0);
	espgw_say_verb(NULL, NULL);
	batch->first = batch->number + 1;
	batch->has_nul = false;
	while (more) {
		rc = read_line(batch, &len);
		if (rc < 0)
			return -1;
		if (!rc && !used)
			return -2;
		if (!rc)
			break;
		if (len && batch->next[len - 1] == '\r')
			len--;
		more = len && batch->next[len - 1] == '\\';
		if (more)
			batch->next[len - 1] = ' ';
		if (reserve(&batch->line, &batch->size, used, used + len + 1))
			return -1;
		memcpy(batch->line + used, batch->next, len);
		used += len;
		batch->line[used] = '\0';
	}
	espgw_say_line(batch->name, batch->first);
	/* All of it has been read: with -force the next line is the next one. */
	if (batch->has_nul)
		return espgw_say_error("a NUL byte");
	return espgw_words_split(batch->line, word);
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

	if (batch_open(&batch, path))
		return 1;
	while ((count = batch_next(&batch, word)) != -2) {
		rc = 0;
		if (count < 0)
			rc = 1;
		else if (count)
			rc = batch_parse(&batch, word, count, &req) ? 1 :
								      espgw_verb_run(ctx, &req);
		explicit_bzero(&req, sizeof(req));
		if (rc > worst)
			worst = rc;
		/* What cannot be read will not end. */
		if ((rc && !ctx->force) || ferror(batch.file))
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

	while ((count = batch_next(batch, word)) != -2) {
		struct parsed *parsed;

		if (!count)
			continue;
		parsed = calloc(1, sizeof(*parsed));
		if (!parsed) {
			espgw_say_error("out of memory");
			return 1;
		}
		if (count < 0 || batch_parse(batch, word, count, &parsed->req)) {
			worst = 1;
			parsed_free(parsed);
			if (!ctx->force || ferror(batch->file))
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
	int rc, worst;

	if (batch_open(&batch, req->file))
		return 1;
	worst = parse_all(ctx, &batch, &first);
	while (first) {
		parsed = first;
		first = parsed->next;
		if (!worst || ctx->force) {
			espgw_say_line(batch.name, parsed->line);
			espgw_say_verb(parsed->req.verb->object, parsed->req.verb->verb);
			rc = espgw_verb_run(ctx, &parsed->req);
			if (rc > worst)
				worst = rc;
		}
		parsed_free(parsed);
	}
	batch_close(&batch);
	return worst;
}
