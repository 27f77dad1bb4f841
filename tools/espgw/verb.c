// SPDX-License-Identifier: GPL-2.0
/*
 * verb - the commands
 *
 * To add one is to add a row to the table at the end of this file.
 */
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "batch.h"
#include "block.h"
#include "metrics.h"
#include "monitor.h"
#include "mss.h"
#include "mssexec.h"
#include "options.h"
#include "save.h"
#include "say.h"
#include "secret.h"
#include "select.h"
#include "status.h"
#include "verb.h"
#include "wireshark.h"

static int parse_nothing(struct espgw_args *args, struct espgw_request *req)
{
	memset(&req->obj, 0, sizeof(req->obj));
	return espgw_args_none_left(args);
}

/* In text each counter ends its own line. */
static int show_stats(struct espgw_out *out, const struct nlmsghdr *nlh)
{
	struct espgw_stats stats;

	if (espgw_stats_get(nlh, &stats))
		return -1;
	if (out->json)
		espgw_out_row(out);
	espgw_stats_show(out, &stats);
	if (out->json)
		espgw_out_row_end(out);
	return 0;
}

#define SA_NEW                                                                            \
	"dir out|in src A dst A spi N [reqid N]\n"                                        \
	"          { aead ALG KEY ICVBITS | enc ALG KEY auth ALG KEY [ICVBITS] }"
#define SA_NAME "dst A spi N [dir out|in]"
#define SA_LIKE                                                                           \
	"[dir out|in] [name NAME] [src PREFIX] [dst PREFIX] [spi N]\n"                    \
	"          [reqid N] [state valid|expiring|dead] [owner hand|xfrm]"
#define POLICY_LIKE                                                                       \
	"[name NAME] [prio N] [dev DEV] [src PREFIX] [dst PREFIX] [reqid N]\n"            \
	"          [action protect|bypass|discard] [owner hand|xfrm]"
#define PMTU_LIKE "[name NAME] [spi N] [dst PREFIX] [src PREFIX] [reqid N] [source WORD]"
#define REMOVES(cmd) .run = espgw_select_run, .lists = (cmd)
#define SELECTOR                                                                          \
	"[prio N] [dev DEV] src PREFIX dst PREFIX [proto P]\n"                            \
	"          [sport A[-B]] [dport A[-B]] [dscp N]"
#define ACTION "\n          action { protect reqid N src A dst A | bypass | discard }"

#define DEV .object = "dev", .of = &espgw_dev_object
#define DEFAULT .object = "default", .of = &espgw_default_object
#define GUARD .object = "guard", .of = &espgw_guard_object
#define XFRM .object = "xfrm", .of = &espgw_xfrm_object
#define SA .object = "sa", .of = &espgw_sa_object
#define POLICY .object = "policy", .of = &espgw_policy_object
#define PMTU .object = "pmtu", .of = &espgw_pmtu_object
#define VFR .object = "vfr", .of = &espgw_vfr_object
#define MSS                                                                               \
	.object = "mss", .of = &espgw_mss_object, .parse = espgw_mss_exec_parse,          \
	.run = espgw_mss_exec, .alone = true

/* Below the setting: what there is, and what is remembered. */
static const struct espgw_verb xfrm_conns = {
	.object = "xfrm", .verb = "show", .shows = &espgw_xfrm_conn_object,
	.cmd = ESPGW_CMD_XFRM_CONN_GET, .dump = true,
};

static const struct espgw_verb xfrm_rows = {
	.object = "xfrm", .verb = "show", .shows = &espgw_xfrm_row_object,
	.cmd = ESPGW_CMD_XFRM_ROW_GET, .dump = true, .then = &xfrm_conns,
};

/* Objects stay together; "help" lists them in this order. */
static const struct espgw_verb verbs[] = {
	{ DEV, .verb = "attach", .in = ESPGW_IN_ADD, .cmd = ESPGW_CMD_DEV_ATTACH,
	  .help = "DEV [MTU-POLICY]" },
	{ DEV, .verb = "set", .in = ESPGW_IN_SET, .cmd = ESPGW_CMD_DEV_SET,
	  .help = "DEV MTU-POLICY" },
	{ DEV, .verb = "detach", .in = ESPGW_IN_DEL, .cmd = ESPGW_CMD_DEV_DETACH,
	  .help = "DEV" },
	{ DEV, .verb = "show", .in = ESPGW_IN_SHOW, .shows = &espgw_dev_object,
	  .cmd = ESPGW_CMD_DEV_GET, .dump = true, .help = "[DEV]" },

	{ DEFAULT, .verb = "set", .in = ESPGW_IN_SET, .cmd = ESPGW_CMD_DEFAULT_SET,
	  .help = "MTU-POLICY" },
	{ DEFAULT, .verb = "show", .parse = parse_nothing, .shows = &espgw_default_object,
	  .cmd = ESPGW_CMD_DEFAULT_GET },

	{ GUARD, .verb = "on", .in = ESPGW_IN_ADD, .cmd = ESPGW_CMD_GUARD_SET },
	{ GUARD, .verb = "off", .in = ESPGW_IN_DEL, .cmd = ESPGW_CMD_GUARD_SET },
	{ GUARD, .verb = "show", .parse = parse_nothing, .shows = &espgw_guard_object,
	  .cmd = ESPGW_CMD_GUARD_GET },

	{ XFRM, .verb = "on", .in = ESPGW_IN_ADD, .cmd = ESPGW_CMD_XFRM_SET },
	{ XFRM, .verb = "off", .in = ESPGW_IN_DEL, .cmd = ESPGW_CMD_XFRM_SET },
	{ .object = "xfrm", .of = &espgw_xfrm_conn_object, .verb = "set", .in = ESPGW_IN_SET,
	  .cmd = ESPGW_CMD_XFRM_CONN_SET, .help = "if-id N|reqid N [MTU-POLICY]" },
	{ XFRM, .verb = "show", .in = ESPGW_IN_SHOW, .shows = &espgw_xfrm_object,
	  .cmd = ESPGW_CMD_XFRM_GET, .then = &xfrm_rows },

	{ SA, .verb = "add", .in = ESPGW_IN_ADD, .cmd = ESPGW_CMD_SA_ADD, .help = SA_NEW },
	{ SA, .verb = "replace", .in = ESPGW_IN_ADD, .cmd = ESPGW_CMD_SA_REPLACE,
	  .help = "as add" },
	{ SA, .verb = "set", .in = ESPGW_IN_SET, .cmd = ESPGW_CMD_SA_SET, .help = SA_NAME },
	{ SA, .verb = "del", .in = ESPGW_IN_DEL, .cmd = ESPGW_CMD_SA_DEL,
	  REMOVES(ESPGW_CMD_SA_GET), .parse = espgw_select_parse,
	  .help = SA_NAME " | name NAME | reqid N | state STATE ..." },
	{ SA, .verb = "get", .in = ESPGW_IN_GET, .shows = &espgw_sa_object,
	  .format = ESPGW_FORMAT_WIRESHARK, .run_as = espgw_wireshark_run,
	  .cmd = ESPGW_CMD_SA_GET, .help = SA_NAME " [keys]" },
	{ SA, .verb = "show", .in = ESPGW_IN_SHOW, .shows = &espgw_sa_object,
	  .format = ESPGW_FORMAT_WIRESHARK, .run_as = espgw_wireshark_run,
	  .cmd = ESPGW_CMD_SA_GET, .dump = true,
	  .help = SA_LIKE " [keys]" },
	{ SA, .verb = "flush", .in = ESPGW_IN_FLUSH, .cmd = ESPGW_CMD_SA_FLUSH,
	  REMOVES(ESPGW_CMD_SA_GET), .native = ESPGW_BIT(ESPGW_SA_A_DIR), .help = SA_LIKE },

	{ POLICY, .verb = "add", .in = ESPGW_IN_ADD, .cmd = ESPGW_CMD_POLICY_ADD,
	  .help = SELECTOR ACTION },
	{ POLICY, .verb = "replace", .in = ESPGW_IN_ADD, .cmd = ESPGW_CMD_POLICY_REPLACE,
	  .help = "as add" },
	{ POLICY, .verb = "del", .in = ESPGW_IN_DEL, .cmd = ESPGW_CMD_POLICY_DEL,
	  REMOVES(ESPGW_CMD_POLICY_GET), .parse = espgw_select_parse,
	  .help = SELECTOR "\n          | name NAME | reqid N | action WORD ..." },
	{ POLICY, .verb = "get", .in = ESPGW_IN_DEL, .shows = &espgw_policy_object,
	  .cmd = ESPGW_CMD_POLICY_GET, .help = SELECTOR },
	{ POLICY, .verb = "show", .in = ESPGW_IN_SHOW, .shows = &espgw_policy_object,
	  .cmd = ESPGW_CMD_POLICY_GET, .dump = true, .help = POLICY_LIKE },
	{ POLICY, .verb = "flush", .in = ESPGW_IN_FLUSH, .cmd = ESPGW_CMD_POLICY_FLUSH,
	  REMOVES(ESPGW_CMD_POLICY_GET), .help = POLICY_LIKE },

	{ PMTU, .verb = "show", .in = ESPGW_IN_SHOW, .shows = &espgw_pmtu_object,
	  .cmd = ESPGW_CMD_PMTU_GET, .dump = true, .help = PMTU_LIKE },
	{ PMTU, .verb = "set", .in = ESPGW_IN_SET, .cmd = ESPGW_CMD_PMTU_SET,
	  .help = "spi N dst A mtu N [lock] [age SECONDS|infinite]" },
	{ PMTU, .verb = "del", .in = ESPGW_IN_DEL, .cmd = ESPGW_CMD_PMTU_DEL,
	  REMOVES(ESPGW_CMD_PMTU_GET), .parse = espgw_select_parse,
	  .help = "spi N dst A | name NAME | reqid N | source WORD ..." },
	{ PMTU, .verb = "probe", .in = ESPGW_IN_PROBE, .cmd = ESPGW_CMD_PMTU_PROBE,
	  .help = "spi N dst A [echo A]" },
	{ PMTU, .verb = "flush", .in = ESPGW_IN_FLUSH, .cmd = ESPGW_CMD_PMTU_FLUSH,
	  REMOVES(ESPGW_CMD_PMTU_GET), .help = PMTU_LIKE },

	{ VFR, .verb = "set", .in = ESPGW_IN_SET, .cmd = ESPGW_CMD_VFR_SET,
	  .help = "dev DEV dir in|out [on|off|auto]" },
	{ VFR, .verb = "show", .in = ESPGW_IN_SHOW, .shows = &espgw_vfr_object,
	  .cmd = ESPGW_CMD_VFR_GET, .dump = true, .help = "[dev DEV] [dir in|out]" },
	{ VFR, .verb = "stats", .in = ESPGW_IN_SHOW, .shows = &espgw_vfr_stats_object,
	  .cmd = ESPGW_CMD_VFR_GET, .dump = true, .help = "[dev DEV] [dir in|out]" },

	{ MSS, .verb = "probe", .in = ESPGW_IN_PROBE, .help = ESPGW_MSS_HELP },
	{ MSS, .verb = "listen", .in = ESPGW_IN_LISTEN, .help = ESPGW_MSS_HELP },

	{ .object = "stats", .verb = "show", .parse = parse_nothing, .show = show_stats,
	  .format = ESPGW_FORMAT_METRICS, .run_as = espgw_metrics_run,
	  .cmd = ESPGW_CMD_STATS_GET },
	{ .object = "stats", .verb = "reset", .parse = parse_nothing,
	  .cmd = ESPGW_CMD_STATS_RESET },

	{ .object = "status", .parse = espgw_status_parse, .run = espgw_status_run,
	  .alone = true, .help = "[-w [SECONDS]]" },

	{ .object = "explain", .of = &espgw_explain_object, .in = ESPGW_IN_GET,
	  .shows = &espgw_explain_object, .cmd = ESPGW_CMD_EXPLAIN_GET,
	  .help = "[dev DEV] [in|out] src A dst A" },

	{ .object = "monitor", .parse = espgw_monitor_parse, .run = espgw_monitor_run,
	  .alone = true, .usage = espgw_monitor_usage, .offer = espgw_monitor_offer },
	{ .object = "save", .parse = espgw_save_parse, .run = espgw_save_run, .help = "[FILE]" },
	{ .object = "restore", .parse = espgw_batch_parse_restore,
	  .run = espgw_batch_run_restore, .alone = true, .help = "FILE" },
	{ .object = "once", .parse = espgw_once_parse, .run = espgw_once_run, .must = true,
	  .help = "boot ID netns N generation N sent N" },
	{ .object = "block", .verb = "on", .parse = espgw_block_parse_on, .run = espgw_block_on,
	  .alone = true, .help = "FILE|DIR" },
	{ .object = "block", .verb = "off", .parse = parse_nothing, .run = espgw_block_off,
	  .alone = true },
	{ .object = "block", .verb = "show", .parse = parse_nothing, .run = espgw_block_show,
	  .alone = true },
	{ .object = "apply", .parse = espgw_apply_parse, .run = espgw_apply_run, .alone = true,
	  .help = "[--check] FILE|DIR" },
};

#define FOR_EACH_VERB(v) for (v = verbs; v < verbs + MNL_ARRAY_SIZE(verbs); v++)

static bool verb_is(const struct espgw_verb *v, const char *object)
{
	return *v->object == *object && !strcmp(v->object, object);
}

static void list_objects(char *text, size_t size)
{
	const struct espgw_verb *v;
	size_t used = 0;

	text[0] = '\0';
	FOR_EACH_VERB(v)
		if (v == verbs || strcmp(v->object, v[-1].object))
			used += snprintf(text + used, size - used, "%s%s", used ? ", " : "",
					 v->object);
}

static void list_verbs(const char *object, char *text, size_t size)
{
	const struct espgw_verb *v;
	size_t used = 0;

	text[0] = '\0';
	FOR_EACH_VERB(v)
		if (verb_is(v, object) && v->verb)
			used += snprintf(text + used, size - used, "%s%s", used ? ", " : "",
					 v->verb);
}

static const struct espgw_verb *find(struct espgw_args *args)
{
	const char *object = espgw_args_next(args), *word;
	const struct espgw_verb *v, *known = NULL;
	char list[256], shown[ESPGW_ARGS_QUOTE];

	if (!object) {
		list_objects(list, sizeof(list));
		espgw_say_error("an object is missing: one of %s", list);
		return NULL;
	}
	FOR_EACH_VERB(v)
		if (verb_is(v, object))
			known = v;
	if (!known) {
		list_objects(list, sizeof(list));
		espgw_say_error("unknown object \"%s\": must be one of %s",
				espgw_args_quote(object, shown), list);
		return NULL;
	}
	espgw_say_verb(known->object, NULL);
	if (!known->verb)
		return known;
	word = espgw_args_next(args);
	if (!word) {
		list_verbs(object, list, sizeof(list));
		espgw_say_error("a command is missing: one of %s", list);
		return NULL;
	}
	FOR_EACH_VERB(v)
		if (verb_is(v, object) && !strcmp(v->verb, word)) {
			espgw_say_verb(v->object, v->verb);
			return v;
		}
	list_verbs(object, list, sizeof(list));
	espgw_say_error("unknown command \"%s\": must be one of %s",
			espgw_args_quote(word, shown), list);
	return NULL;
}

/**
 * espgw_verb_parse - parse a whole command
 * @word: its words; keys are wiped from them, and on failure they are wiped
 *	altogether
 * @count: how many
 * @stdin_busy: standard input cannot be a key
 * @req: receives it; to be wiped by the caller, even on failure
 *
 * Return: 0, or -1 (said).
 */
int espgw_verb_parse(char **word, int count, bool stdin_busy, struct espgw_request *req)
{
	struct espgw_args args = { .word = word, .count = count, .stdin_busy = stdin_busy };

	int rc = -1;

	espgw_say_verb(NULL, NULL);
	memset(req, 0, sizeof(*req));
	req->verb = find(&args);
	if (req->verb && req->verb->parse)
		rc = req->verb->parse(&args, req);
	else if (req->verb)
		rc = espgw_object_parse(&args, req->verb->of, req->verb->in, &req->obj);
	/* Nobody has looked for keys in what comes behind the error. */
	if (rc)
		espgw_secret_words(word, count);
	return rc;
}

/**
 * espgw_verb_encode - make the message of a request
 * @req: the request; its verb has no run function of its own
 * @buf: ESPGW_NL_REQUEST bytes for it
 *
 * Return: the message.
 */
struct nlmsghdr *espgw_verb_encode(const struct espgw_request *req, void *buf)
{
	const struct espgw_verb *v = req->verb;
	struct nlmsghdr *nlh;

	nlh = espgw_nl_start(buf, v->cmd, v->dump ? NLM_F_DUMP : NLM_F_ACK);
	if (v->of)
		espgw_object_put(nlh, v->of, v->in & ESPGW_IN_SHOW, &req->obj);
	return nlh;
}

/**
 * espgw_verb_show - print an answer as one row, if it is one that was asked for
 * @out: where to
 * @nlh: the answer
 * @req: what was asked
 *
 * Return: 0, or -1 if the answer is malformed; says nothing.
 */
int espgw_verb_show(struct espgw_out *out, const struct nlmsghdr *nlh,
		    const struct espgw_request *req)
{
	const struct espgw_verb *v = req->verb;
	union espgw_any any;
	int rc;

	if (v->show)
		return v->show(out, nlh);
	rc = espgw_object_get(nlh, v->shows, &any);
	/*
	 * What "get" names the kernel has found. To compare it here once more would
	 * go wrong where a word was left out that the answer has, such as prio 0.
	 */
	if (!rc && (!v->dump || espgw_object_match(v->shows, &any, &req->obj))) {
		espgw_out_row(out);
		espgw_object_show(out, v->shows, &any);
		espgw_out_row_end(out);
	}
	explicit_bzero(&any, sizeof(any));
	return rc;
}

/**
 * struct shower - what prints answers
 * @out: where to
 * @req: what was asked
 * @kept: those that have to be sorted first
 * @count: how many
 */
struct shower {
	struct espgw_out *out;
	const struct espgw_request *req;
	struct kept {
		union espgw_any obj;
		unsigned int place;
		const struct espgw_object *object;
	} *kept;
	unsigned int count;
};

static int answered(const struct nlmsghdr *nlh, void *data)
{
	struct shower *shower = data;

	return espgw_verb_show(shower->out, nlh, shower->req);
}

static int keep(const struct nlmsghdr *nlh, void *data)
{
	struct shower *shower = data;
	struct kept *kept = shower->kept;
	unsigned int n = shower->count;

	/* Twice as large when it is full, which is at each power of two. */
	if (!(n & (n - 1))) {
		kept = reallocarray(kept, n ? 2 * n : 1, sizeof(*kept));
		if (!kept)
			return -1;
		shower->kept = kept;
	}
	kept += n;
	kept->object = shower->req->verb->shows;
	kept->place = n;
	if (espgw_object_get(nlh, kept->object, &kept->obj))
		return -1;
	shower->count += espgw_object_match(kept->object, &kept->obj, &shower->req->obj);
	return 0;
}

static int compare_kept(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	int differs = x->object->compare(&x->obj, &y->obj);

	return differs ? differs : (x->place > y->place) - (x->place < y->place);
}

static void show_kept(struct shower *shower)
{
	unsigned int i;

	if (shower->count)
		qsort(shower->kept, shower->count, sizeof(*shower->kept), compare_kept);
	for (i = 0; i < shower->count; i++) {
		espgw_out_row(shower->out);
		espgw_object_show(shower->out, shower->kept[i].object, &shower->kept[i].obj);
		espgw_out_row_end(shower->out);
	}
	free(shower->kept);
}

/* Ask the kernel, and print what it answers. Return: exit status. */
static int ask(struct espgw_context *ctx, struct espgw_request *req)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	const struct espgw_verb *v = req->verb;
	struct shower shower = { &ctx->out, req };
	struct nlmsghdr *nlh = espgw_verb_encode(req, buf);
	espgw_nl_answer answer = v->show || v->shows ? answered : NULL;
	int rc;

	if (v->dump && v->shows && v->shows->compare)
		answer = keep;
	rc = espgw_nl_talk(&ctx->nl, nlh, v->of ? v->of->set : NULL, answer, &shower, NULL);
	if (answer == keep)
		show_kept(&shower);
	explicit_bzero(buf, sizeof(buf));
	return rc;
}

/**
 * espgw_verb_run - do what was parsed
 * @ctx: context
 * @req: the request
 *
 * Return: exit status: 0; 1 local error (said); 2 the kernel refused (said).
 */
int espgw_verb_run(struct espgw_context *ctx, struct espgw_request *req)
{
	const struct espgw_verb *v = req->verb;
	bool shows = v->show || v->shows;
	int rc;

	if (ctx->out.format) {
		if (v->format == ctx->out.format)
			return v->run_as(ctx, req);
		espgw_say_error("\"-o %s\" does not go with this command",
				espgw_choice_word(espgw_options_formats, ctx->out.format));
		return 1;
	}
	if (v->run)
		return v->run(ctx, req);
	rc = espgw_nl_open(&ctx->nl);
	if (rc)
		return rc;
	espgw_out_begin(&ctx->out);
	rc = ask(ctx, req);
	for (; !rc && v->then; v = v->then) {
		req->verb = v->then;
		rc = ask(ctx, req);
	}
	if (shows && (!rc || ctx->out.rows))
		espgw_out_end(&ctx->out);
	return rc;
}

/**
 * espgw_verb_each - look at all commands
 * @each: called with each
 * @data: for it
 */
void espgw_verb_each(void (*each)(const struct espgw_verb *verb, void *data), void *data)
{
	const struct espgw_verb *v;

	FOR_EACH_VERB(v)
		each(v, data);
}

/**
 * espgw_verb_help - whether words ask for help, and are those of a command
 * @word: they, without those that ask for it
 * @count: how many
 *
 * Return: how many of them, 0 to 2, are object and command; -1 (said) if there is no
 * such object, or it has no such command.
 */
int espgw_verb_help(char **word, int count)
{
	struct espgw_args args = { .word = word, .count = count < 2 ? count : 2 };
	const struct espgw_verb *v;

	if (!count)
		return 0;
	FOR_EACH_VERB(v)
		if (verb_is(v, word[0]) && (count == 1 || !v->verb))
			return 1;
	return find(&args) ? 2 : -1;
}

/**
 * espgw_verb_usage - print how commands are written
 * @to: stream
 * @object: only this one; NULL: all
 * @verb: only this one of it; NULL: all
 */
void espgw_verb_usage(FILE *to, const char *object, const char *verb)
{
	const struct espgw_verb *v;

	FOR_EACH_VERB(v) {
		if ((object && !verb_is(v, object)) || (verb && strcmp(v->verb, verb)))
			continue;
		fprintf(to, "espgw %s", v->object);
		if (v->verb)
			fprintf(to, " %s", v->verb);
		if (v->help)
			fprintf(to, " %s", v->help);
		/* "as add" is as add. */
		if (v->of && v->in && (!v->help || strncmp(v->help, "as ", 3)))
			espgw_object_usage(to, v->of, v->in);
		if (v->usage)
			v->usage(to);
		fputc('\n', to);
	}
	if (object)
		return;
	fputs("\nMTU-POLICY :=", to);
	espgw_object_usage(to, &espgw_mtu_object, 0);
	fputs("\n          (inherit instead of a value: not set here)\n"
	      "KEY := 0xHEX | file:PATH (file:- is standard input)\n"
	      "PREFIX := ADDRESS[/LENGTH] | any\n",
	      to);
}
