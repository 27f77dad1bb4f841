// SPDX-License-Identifier: GPL-2.0
/*
 * save - the configuration as the commands that make it
 *
 * The order is that in which it can be restored: devices before the policies
 * and the fragment settings that name them, SAs before the path MTUs that were
 * set for them; and what is xfrm's is adopted last, with the MTU policies of its
 * connections before, so that no name is taken that was here made by hand. Within a
 * table the kernel's order is kept, the order in which things were made: of two SAs
 * that both could be used, the newer one is used, and that has to be so again.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "save.h"
#include "say.h"
#include "secret.h"
#include "verb.h"

/* What is among what is saved if there is an outbound SA. */
static const char sends[] = "sa add dir out ";

/* How often a table is read again when it changed meanwhile. */
#define TRIES 20

/**
 * struct saver - what writes the rows of a table
 * @object: what they are
 * @to: where to
 */
struct saver {
	const struct espgw_object *object;
	FILE *to;
};

static int save_row(const struct nlmsghdr *nlh, void *data)
{
	const struct saver *saver = data;
	union espgw_any row;
	int rc = espgw_object_get(nlh, saver->object, &row);

	if (!rc)
		espgw_object_save(saver->to, saver->object, &row);
	explicit_bzero(&row, sizeof(row));
	return rc;
}

static const struct {
	uint8_t cmd;
	const struct espgw_object *object;
	bool one;
} tables[] = {
	{ ESPGW_CMD_DEFAULT_GET, &espgw_default_object, true },
	{ ESPGW_CMD_GUARD_GET, &espgw_guard_object, true },
	{ ESPGW_CMD_DEV_GET, &espgw_dev_object },
	{ ESPGW_CMD_VFR_GET, &espgw_vfr_object },
	{ ESPGW_CMD_SA_GET, &espgw_sa_object },
	{ ESPGW_CMD_POLICY_GET, &espgw_policy_object },
	{ ESPGW_CMD_PMTU_GET, &espgw_pmtu_object },
	{ ESPGW_CMD_XFRM_CONN_GET, &espgw_xfrm_conn_object },
	{ ESPGW_CMD_XFRM_GET, &espgw_xfrm_object, true },
};

/* One table, as it was at one moment. Return: exit status. */
static int save_table(struct espgw_context *ctx, unsigned int table, struct espgw_secret *part)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct saver saver = { .object = tables[table].object };
	bool changed = true;
	int rc = 0, tries;

	for (tries = 0; changed && !rc && tries < TRIES; tries++) {
		struct nlmsghdr *nlh;

		espgw_secret_clear(part);
		saver.to = espgw_secret_open(part);
		if (!saver.to) {
			espgw_say_error("out of memory");
			return 1;
		}
		nlh = espgw_nl_start(buf, tables[table].cmd,
				     tables[table].one ? NLM_F_ACK : NLM_F_DUMP);
		if (saver.object == &espgw_sa_object)
			mnl_attr_put(nlh, ESPGW_SA_A_SHOW_KEYS, 0, NULL);
		rc = espgw_nl_talk(&ctx->nl, nlh, NULL, save_row, &saver, &changed);
		if (espgw_secret_close(part, saver.to) && !rc) {
			espgw_say_error("out of memory");
			rc = 1;
		}
	}
	if (!rc && changed) {
		espgw_say_error("the configuration changes all the time; nothing is saved");
		rc = 1;
	}
	return rc;
}

/**
 * espgw_save_text - the configuration, keys and all
 * @ctx: context
 * @text: receives it; to be freed by the caller, even on failure
 *
 * Return: exit status.
 */
int espgw_save_text(struct espgw_context *ctx, struct espgw_secret *text)
{
	struct espgw_secret part = { 0 };
	unsigned int i;
	int rc;

	rc = espgw_nl_open(&ctx->nl);
	for (i = 0; i < MNL_ARRAY_SIZE(tables) && !rc; i++) {
		rc = save_table(ctx, i, &part);
		if (!rc && part.used && espgw_secret_add(text, part.text, part.used)) {
			espgw_say_error("out of memory");
			rc = 1;
		}
	}
	espgw_secret_free(&part);
	return rc;
}

/**
 * espgw_save_parse - parse "save"
 * @args: the words
 * @req: receives the file; NULL: standard output
 *
 * Return: 0, or -1 (said).
 */
int espgw_save_parse(struct espgw_args *args, struct espgw_request *req)
{
	req->file = espgw_args_next(args);
	if (req->file && !strcmp(req->file, "-"))
		req->file = NULL;
	return espgw_args_none_left(args);
}

/* A name in the same folder, which nobody else has. Return: a descriptor, or -1 (said). */
static int open_beside(const char *path, char *temporary, size_t size)
{
	const char *slash = strrchr(path, '/');
	int len = slash ? slash + 1 - path : 0, fd;

	if ((size_t)snprintf(temporary, size, "%.*s.%s.XXXXXX", len, path, path + len) >= size)
		return espgw_say_error("the name \"%s\" is too long", path);
	/* Made with mode 0600: there are keys in it. */
	fd = mkostemp(temporary, O_CLOEXEC);
	return fd < 0 ? espgw_say_error("cannot write beside \"%s\": %s", path,
					strerror(errno)) : fd;
}

/* Where a link leads to; what is there and is no file stays. Return: -1 (said) then. */
static int resolve(const char *path, char *real)
{
	struct stat st;

	if (strlen(path) >= PATH_MAX)
		return espgw_say_error("the name \"%.40s...\" is too long", path);
	if (!realpath(path, real)) {
		strcpy(real, path);
		return 0;
	}
	if (!stat(real, &st) && !S_ISREG(st.st_mode))
		return espgw_say_error("\"%s\" is there, and is no file", path);
	return 0;
}

/* Of the folder, so that the name is there after a crash as well. */
static void sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

/* All of it or nothing, however it ends. Return: 0, or -1 (said). */
static int write_file(const char *path, const struct espgw_secret *text)
{
	char real[PATH_MAX], temporary[PATH_MAX];
	size_t used = 0;
	ssize_t n = 0;
	int fd;

	if (resolve(path, real))
		return -1;
	fd = open_beside(real, temporary, sizeof(temporary));
	if (fd < 0)
		return -1;
	while (used < text->used && n >= 0) {
		n = write(fd, text->text + used, text->used - used);
		if (n > 0)
			used += n;
	}
	if (n < 0 || fsync(fd) || close(fd) || rename(temporary, real)) {
		espgw_say_error("cannot write \"%s\": %s", path, strerror(errno));
		unlink(temporary);
		return -1;
	}
	sync_folder(real);
	return 0;
}

/* Where it goes. Return: exit status. */
static int put(struct espgw_context *ctx, const char *path, const struct espgw_secret *text)
{
	if (path)
		return write_file(path, text) ? 1 : 0;
	if (text->used)
		fwrite(text->text, 1, text->used, ctx->out.to);
	return 0;
}

/* What there is, behind a line that says when it was. Return: exit status. */
static int all_of(struct espgw_context *ctx, struct espgw_secret *all)
{
	struct espgw_secret text = { 0 };
	struct espgw_once once;
	FILE *to;
	int rc;

	rc = espgw_nl_open(&ctx->nl);
	/* First: what is sent meanwhile counts as sent since. */
	if (!rc)
		rc = espgw_once_now(ctx, &once);
	if (!rc)
		rc = espgw_save_text(ctx, &text);
	to = rc ? NULL : espgw_secret_open(all);
	if (to && text.used && memmem(text.text, text.used, sends, strlen(sends)))
		espgw_once_save(to, &once);
	if (!rc && (!to || espgw_secret_close(all, to) ||
		    (text.used && espgw_secret_add(all, text.text, text.used)))) {
		espgw_say_error("out of memory");
		rc = 1;
	}
	espgw_secret_free(&text);
	return rc;
}

/**
 * espgw_save_run - write the configuration, keys and all
 * @ctx: context
 * @req: the request
 *
 * Nothing is written unless everything could be read.
 *
 * Return: exit status.
 */
int espgw_save_run(struct espgw_context *ctx, struct espgw_request *req)
{
	struct espgw_secret all = { 0 };
	int rc = all_of(ctx, &all);

	if (!rc)
		rc = put(ctx, req->file, &all);
	espgw_secret_free(&all);
	return rc;
}
