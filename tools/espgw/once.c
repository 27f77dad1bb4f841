// SPDX-License-Identifier: GPL-2.0
/*
 * once - what is saved is restored once
 *
 * An outbound SA that is restored goes on with the sequence number that it had
 * when it was saved. Restored a second time, or after it has sent more, it would
 * use numbers again, and with them nonces, which breaks most ciphers. So what is
 * saved begins with the command "once", which fails then, and nothing behind it
 * is done.
 *
 * Each namespace has a count of what was saved there and restored: its
 * generation. Something belongs to the generation in which it was saved, and to
 * restore it begins the next. So of all that was saved in one generation, and of
 * all copies of that, one is restored. The count is kept in memory and ends with
 * the system, and so does what was saved: it is not known what happened to it
 * since.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "once.h"
#include "say.h"
#include "verb.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define RUN_DIR "/run/espgw"
#define NEW_KEYS "take new keys"

static int read_boot(char boot[static ESPGW_ONCE_BOOT])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && read(fd, boot, ESPGW_ONCE_BOOT - 1) == ESPGW_ONCE_BOOT - 1;

	if (fd >= 0)
		close(fd);
	boot[ESPGW_ONCE_BOOT - 1] = '\0';
	return ok ? 0 : espgw_say_error("cannot read the kernel's boot ID");
}

static int read_netns(uint64_t *cookie)
{
	socklen_t len = sizeof(*cookie);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc;

	rc = fd < 0 ? -1 : getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len);
	if (fd >= 0)
		close(fd);
	return rc ? espgw_say_error("cannot read the network namespace's cookie: %s",
				    strerror(errno)) : 0;
}

static int got_stats(const struct nlmsghdr *nlh, void *data)
{
	struct espgw_stats *stats = data;

	return espgw_stats_get(nlh, stats);
}

/* How many packets have been sent. Return: exit status. */
static int read_sent(struct espgw_context *ctx, uint64_t *sent)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct espgw_stats stats = { 0 };
	struct nlmsghdr *nlh;
	int rc = espgw_nl_open(&ctx->nl);

	if (rc)
		return rc;
	nlh = espgw_nl_start(buf, ESPGW_CMD_STATS_GET, NLM_F_ACK);
	rc = espgw_nl_talk(&ctx->nl, nlh, NULL, got_stats, &stats, NULL);
	*sent = stats.count[ESPGW_STATS_A_OUT_PACKETS];
	return rc;
}

static void file_of(char *path, size_t size, const char *dir, uint64_t netns)
{
	snprintf(path, size, "%s/restored-%" PRIu64, dir, netns);
}

/* Return: the generation, 0 if there is no file; -1 (said). */
static int64_t read_generation(int fd)
{
	char text[24] = "";
	uint64_t value = 0;

	if (pread(fd, text, sizeof(text) - 1, 0) < 0 ||
	    (*text && espgw_number_parse(text, &value)) || value > INT64_MAX)
		return espgw_say_error("cannot read what was restored");
	return value;
}

/**
 * espgw_once_now - when something is saved
 * @ctx: context
 * @once: receives it
 *
 * Return: exit status.
 */
int espgw_once_now(struct espgw_context *ctx, struct espgw_once *once)
{
	char path[256];
	int64_t generation = 0;
	int fd;

	memset(once, 0, sizeof(*once));
	if (read_boot(once->boot) || read_netns(&once->netns))
		return 1;
	file_of(path, sizeof(path), RUN_DIR, once->netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		generation = read_generation(fd);
		close(fd);
	} else if (errno != ENOENT) {
		generation = espgw_say_error("cannot read \"%s\": %s", path, strerror(errno));
	}
	if (generation < 0)
		return 1;
	once->generation = generation;
	return read_sent(ctx, &once->sent);
}

/**
 * espgw_once_save - write the command that says when
 * @to: stream
 * @once: when
 */
void espgw_once_save(FILE *to, const struct espgw_once *once)
{
	fprintf(to, "once boot %s netns %" PRIu64 " generation %" PRIu64 " sent %" PRIu64 "\n",
		once->boot, once->netns, once->generation, once->sent);
}

/**
 * espgw_once_claim - begin the next generation
 * @dir: where counts are kept
 * @once: of this one
 *
 * Two that try it at the same time do not both succeed.
 *
 * Return: 0, or -1 (said).
 */
int espgw_once_claim(const char *dir, const struct espgw_once *once)
{
	char path[256], text[24];
	int64_t generation;
	int fd, len, rc = -1;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return espgw_say_error("cannot make \"%s\", to note that this is restored: %s", dir,
				       strerror(errno));
	file_of(path, sizeof(path), dir, once->netns);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || flock(fd, LOCK_EX)) {
		espgw_say_error("cannot open \"%s\", to note that this is restored: %s", path,
				strerror(errno));
		goto out;
	}
	generation = read_generation(fd);
	if (generation < 0)
		goto out;
	if ((uint64_t)generation != once->generation) {
		espgw_say_error("this, or something else that was saved when it was, has been "
				"restored: its sequence numbers are used since; " NEW_KEYS);
		goto out;
	}
	len = snprintf(text, sizeof(text), "%" PRIu64, once->generation + 1);
	if (pwrite(fd, text, len, 0) != len)
		espgw_say_error("cannot write \"%s\", to note that this is restored: %s", path,
				strerror(errno));
	else
		rc = 0;
out:
	if (fd >= 0)
		close(fd);
	return rc;
}

static bool is_uuid(const char *word)
{
	return strlen(word) == ESPGW_ONCE_BOOT - 1 &&
	       strspn(word, "0123456789abcdef-") == ESPGW_ONCE_BOOT - 1;
}

/* The words of a number, in the order in which they are written. */
static int take_number(struct espgw_args *args, const char *name, uint64_t *value)
{
	const char *word = espgw_args_next(args);

	if (!word)
		return espgw_args_missing(name);
	if (strcmp(word, name))
		return espgw_args_unknown(word);
	return espgw_args_number(args, name, 0, INT64_MAX, value);
}

/**
 * espgw_once_parse - parse "once"
 * @args: the words
 * @req: receives what they say
 *
 * Return: 0, or -1 (said).
 */
int espgw_once_parse(struct espgw_args *args, struct espgw_request *req)
{
	struct espgw_once *once = &req->once;
	const char *word = espgw_args_next(args);
	char shown[ESPGW_ARGS_QUOTE];

	if (!word)
		return espgw_args_missing("boot");
	if (strcmp(word, "boot"))
		return espgw_args_unknown(word);
	word = espgw_args_value(args, "boot");
	if (!word)
		return -1;
	if (!is_uuid(word))
		return espgw_say_error("\"boot\" must be a boot ID, not \"%s\"",
				       espgw_args_quote(word, shown));
	strcpy(once->boot, word);
	if (take_number(args, "netns", &once->netns) ||
	    take_number(args, "generation", &once->generation) ||
	    take_number(args, "sent", &once->sent))
		return -1;
	return espgw_args_none_left(args);
}

/**
 * espgw_once_run - succeed once
 * @ctx: context
 * @req: the request
 *
 * Return: exit status.
 */
int espgw_once_run(struct espgw_context *ctx, struct espgw_request *req)
{
	const struct espgw_once *once = &req->once;
	char boot[ESPGW_ONCE_BOOT];
	uint64_t netns, sent;
	int rc;

	if (read_boot(boot) || read_netns(&netns))
		return 1;
	if (strcmp(boot, once->boot)) {
		espgw_say_error("this was saved before the system started, or on another one: nobody "
				"knows which sequence numbers have been used since; " NEW_KEYS);
		return 1;
	}
	rc = read_sent(ctx, &sent);
	if (rc)
		return rc;
	if (netns == once->netns && sent > once->sent) {
		espgw_say_error("%" PRIu64 " packets have been sent since this was saved: their "
				"sequence numbers are used; " NEW_KEYS, sent - once->sent);
		return 1;
	}
	return espgw_once_claim(RUN_DIR, once) ? 1 : 0;
}

/**
 * espgw_once_check - whether a command may be in what is restored
 * @req: the command
 * @claims: whether "once" was before it; set by that
 *
 * Return: 0, or -1 (said).
 */
int espgw_once_check(const struct espgw_request *req, bool *claims)
{
	if (req->verb->run == espgw_once_run)
		*claims = true;
	if (*claims || req->verb->of != &espgw_sa_object || !(req->verb->in & ESPGW_IN_ADD) ||
	    req->obj.sa.number[ESPGW_SA_A_DIR] != ESPGW_DIR_OUT)
		return 0;
	return espgw_say_error("an outbound SA without \"once\" before it: \"save\" did not write "
			       "this, and it might be restored twice; -b does what any file says");
}
