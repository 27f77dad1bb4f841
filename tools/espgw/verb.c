// SPDX-License-Identifier: GPL-2.0
/*
 * verb - the commands
 *
 * To add one is to add a row to the table at the end of this file.
 */
#include <linux/netlink.h>
#include <string.h>

#include "batch.h"
#include "monitor.h"
#include "save.h"
#include "say.h"
#include "verb.h"

/*
 * The functions of each object have the object's own type; these give them
 * the table's.
 */
#define PARSE(name, function, member)                                                   \
	static int name(struct espgw_args *args, struct espgw_request *req)              \
	{                                                                                \
		return function(args, &req->member);                                     \
	}
#define PUT(name, function, member)                                                     \
	static void name(struct nlmsghdr *nlh, const struct espgw_request *req)          \
	{                                                                                \
		function(nlh, &req->member);                                             \
	}

PARSE(parse_dev_attach, espgw_dev_parse_attach, dev)
PARSE(parse_dev_set, espgw_dev_parse_set, dev)
PARSE(parse_dev_detach, espgw_dev_parse_detach, dev)
PARSE(parse_dev_show, espgw_dev_parse_show, dev)
PARSE(parse_default_set, espgw_default_parse_set, mtu)
PARSE(parse_default_show, espgw_default_parse_show, mtu)
PARSE(parse_sa_add, espgw_sa_parse_add, sa)
PARSE(parse_sa_set, espgw_sa_parse_set, sa)
PARSE(parse_sa_del, espgw_sa_parse_del, sa)
PARSE(parse_sa_get, espgw_sa_parse_get, sa)
PARSE(parse_sa_show, espgw_sa_parse_show, sa)
PARSE(parse_sa_flush, espgw_sa_parse_flush, sa)
PARSE(parse_policy_add, espgw_policy_parse_add, policy)
PARSE(parse_policy_del, espgw_policy_parse_del, policy)
PARSE(parse_policy_show, espgw_policy_parse_show, policy)
PARSE(parse_pmtu_show, espgw_pmtu_parse_show, pmtu)
PARSE(parse_pmtu_set, espgw_pmtu_parse_set, pmtu)
PARSE(parse_pmtu_del, espgw_pmtu_parse_del, pmtu)
PARSE(parse_pmtu_probe, espgw_pmtu_parse_probe, pmtu)
PARSE(parse_pmtu_flush, espgw_pmtu_parse_flush, pmtu)
PARSE(parse_vfr_set, espgw_vfr_parse_set, vfr)
PARSE(parse_vfr_show, espgw_vfr_parse_show, vfr)
PARSE(parse_mss_probe, espgw_mss_parse_probe, mss)
PARSE(parse_mss_listen, espgw_mss_parse_listen, mss)
PARSE(parse_monitor, espgw_monitor_parse, events)
PARSE(parse_restore, espgw_batch_parse_restore, file)

PUT(put_dev, espgw_dev_put, dev)
PUT(put_default, espgw_default_put, mtu)
PUT(put_sa, espgw_sa_put, sa)
PUT(put_sa_dump, espgw_sa_put_dump, sa)
PUT(put_policy, espgw_policy_put, policy)
PUT(put_pmtu, espgw_pmtu_put, pmtu)
PUT(put_vfr, espgw_vfr_put, vfr)

static int parse_nothing(struct espgw_args *args, struct espgw_request *req)
{
	(void)req;
	return espgw_args_none_left(args);
}

static int show_dev(struct espgw_out *out, const struct nlmsghdr *nlh,
		    const struct espgw_request *req)
{
	struct espgw_dev dev;

	if (espgw_dev_get(nlh, &dev))
		return -1;
	if (!espgw_dev_match(&dev, &req->dev))
		return 0;
	espgw_out_row(out);
	espgw_dev_show(out, &dev);
	espgw_out_row_end(out);
	return 0;
}

static int show_default(struct espgw_out *out, const struct nlmsghdr *nlh,
			const struct espgw_request *req)
{
	struct espgw_mtu mtu;

	(void)req;
	if (espgw_default_get(nlh, &mtu))
		return -1;
	espgw_out_row(out);
	espgw_default_show(out, &mtu);
	espgw_out_row_end(out);
	return 0;
}

static int show_sa(struct espgw_out *out, const struct nlmsghdr *nlh,
		   const struct espgw_request *req)
{
	struct espgw_sa sa;
	int rc = espgw_sa_get(nlh, &sa);

	if (!rc && espgw_sa_match(&sa, &req->sa)) {
		espgw_out_row(out);
		espgw_sa_show(out, &sa);
		espgw_out_row_end(out);
	}
	explicit_bzero(&sa, sizeof(sa));
	return rc;
}

static int show_policy(struct espgw_out *out, const struct nlmsghdr *nlh,
		       const struct espgw_request *req)
{
	struct espgw_policy policy;

	if (espgw_policy_get(nlh, &policy))
		return -1;
	/* What "get" names the kernel has looked for: prio 0 may be unsaid. */
	if (req->verb->dump && !espgw_policy_match(&policy, &req->policy))
		return 0;
	espgw_out_row(out);
	espgw_policy_show(out, &policy);
	espgw_out_row_end(out);
	return 0;
}

static int show_pmtu(struct espgw_out *out, const struct nlmsghdr *nlh,
		     const struct espgw_request *req)
{
	struct espgw_pmtu pmtu;

	if (espgw_pmtu_get(nlh, &pmtu))
		return -1;
	if (!espgw_pmtu_match(&pmtu, &req->pmtu))
		return 0;
	espgw_out_row(out);
	espgw_pmtu_show(out, &pmtu);
	espgw_out_row_end(out);
	return 0;
}

static int show_vfr_by(void (*show)(struct espgw_out *out, const struct espgw_vfr *vfr),
		       struct espgw_out *out, const struct nlmsghdr *nlh,
		       const struct espgw_request *req)
{
	struct espgw_vfr vfr;

	if (espgw_vfr_get(nlh, &vfr))
		return -1;
	if (!espgw_vfr_match(&vfr, &req->vfr))
		return 0;
	espgw_out_row(out);
	show(out, &vfr);
	espgw_out_row_end(out);
	return 0;
}

static int show_vfr(struct espgw_out *out, const struct nlmsghdr *nlh,
		    const struct espgw_request *req)
{
	return show_vfr_by(espgw_vfr_show, out, nlh, req);
}

static int show_vfr_stats(struct espgw_out *out, const struct nlmsghdr *nlh,
			  const struct espgw_request *req)
{
	return show_vfr_by(espgw_vfr_show_stats, out, nlh, req);
}

static int show_stats(struct espgw_out *out, const struct nlmsghdr *nlh,
		      const struct espgw_request *req)
{
	struct espgw_stats stats;

	(void)req;
	if (espgw_stats_get(nlh, &stats))
		return -1;
	/* In text each counter ends its own line. */
	if (out->json)
		espgw_out_row(out);
	espgw_stats_show(out, &stats);
	if (out->json)
		espgw_out_row_end(out);
	return 0;
}

#define SA_WORDS                                                                           \
	"dir out|in src A dst A spi N [reqid N]\n"                                         \
	"          { aead ALG KEY ICVBITS | enc ALG KEY auth ALG KEY [ICVBITS] }\n"        \
	"          [esn] [replay-window N] [seq N]\n"                                      \
	"          [encap espinudp SPORT DPORT] [keepalive SECONDS]\n"                     \
	"          [class DSCP[,DSCP...]] [mark N[/M]] [dscp copy|N] [ecn on|off]\n"       \
	"          [ttl copy|N] [tfc N] [limit soft|hard bytes|packets|seconds N]...\n"    \
	"          [MTU-POLICY]"
#define MSS_WORDS "spi N dst A [port P] [auth md5|ao] [key KEY] [timeout SECONDS]"
#define SELECTOR_WORDS                                                                     \
	"[prio N] [dev DEV] src PREFIX dst PREFIX [proto P]\n"                             \
	"          [sport A[-B]] [dport A[-B]] [dscp N]"
#define ACTION_WORDS                                                                       \
	"\n          action { protect reqid N src A dst A | bypass | discard }"

/* Objects stay together; "help" lists them in this order. */
static const struct espgw_verb verbs[] = {
	{ .object = "dev", .verb = "attach", .parse = parse_dev_attach, .put = put_dev,
	  .set = &espgw_dev_set, .cmd = ESPGW_CMD_DEV_ATTACH, .help = "DEV [MTU-POLICY]" },
	{ .object = "dev", .verb = "set", .parse = parse_dev_set, .put = put_dev,
	  .set = &espgw_dev_set, .cmd = ESPGW_CMD_DEV_SET, .help = "DEV MTU-POLICY" },
	{ .object = "dev", .verb = "detach", .parse = parse_dev_detach, .put = put_dev,
	  .set = &espgw_dev_set, .cmd = ESPGW_CMD_DEV_DETACH, .help = "DEV" },
	{ .object = "dev", .verb = "show", .parse = parse_dev_show, .set = &espgw_dev_set,
	  .show = show_dev, .cmd = ESPGW_CMD_DEV_GET, .dump = true, .help = "[DEV]" },

	{ .object = "default", .verb = "set", .parse = parse_default_set, .put = put_default,
	  .set = &espgw_default_set, .cmd = ESPGW_CMD_DEFAULT_SET, .help = "MTU-POLICY" },
	{ .object = "default", .verb = "show", .parse = parse_default_show,
	  .show = show_default, .cmd = ESPGW_CMD_DEFAULT_GET },

	{ .object = "sa", .verb = "add", .parse = parse_sa_add, .put = put_sa,
	  .set = &espgw_sa_set, .cmd = ESPGW_CMD_SA_ADD, .help = SA_WORDS },
	{ .object = "sa", .verb = "replace", .parse = parse_sa_add, .put = put_sa,
	  .set = &espgw_sa_set, .cmd = ESPGW_CMD_SA_REPLACE, .help = "as add" },
	{ .object = "sa", .verb = "set", .parse = parse_sa_set, .put = put_sa,
	  .set = &espgw_sa_set, .cmd = ESPGW_CMD_SA_SET,
	  .help = "dst A spi N [dir out|in] [seq N]\n"
		  "          [encap espinudp SPORT DPORT] [keepalive SECONDS]\n"
		  "          [class DSCP[,DSCP...]] [mark N[/M]] [dscp copy|N] [ecn on|off]\n"
		  "          [ttl copy|N] [tfc N] [limit soft|hard bytes|packets|seconds N]...\n"
		  "          [MTU-POLICY]" },
	{ .object = "sa", .verb = "del", .parse = parse_sa_del, .put = put_sa,
	  .set = &espgw_sa_set, .cmd = ESPGW_CMD_SA_DEL, .help = "dst A spi N [dir out|in]" },
	{ .object = "sa", .verb = "get", .parse = parse_sa_get, .put = put_sa,
	  .set = &espgw_sa_set, .show = show_sa, .cmd = ESPGW_CMD_SA_GET,
	  .help = "dst A spi N [dir out|in] [keys]" },
	{ .object = "sa", .verb = "show", .parse = parse_sa_show, .put = put_sa_dump,
	  .set = &espgw_sa_set, .show = show_sa, .cmd = ESPGW_CMD_SA_GET, .dump = true,
	  .help = "[dir out|in] [src A] [dst A] [spi N] [reqid N] [keys]" },
	{ .object = "sa", .verb = "flush", .parse = parse_sa_flush, .put = put_sa,
	  .set = &espgw_sa_set, .cmd = ESPGW_CMD_SA_FLUSH, .help = "[dir out|in]" },

	{ .object = "policy", .verb = "add", .parse = parse_policy_add, .put = put_policy,
	  .set = &espgw_policy_set, .cmd = ESPGW_CMD_POLICY_ADD,
	  .help = SELECTOR_WORDS ACTION_WORDS },
	{ .object = "policy", .verb = "replace", .parse = parse_policy_add, .put = put_policy,
	  .set = &espgw_policy_set, .cmd = ESPGW_CMD_POLICY_REPLACE, .help = "as add" },
	{ .object = "policy", .verb = "del", .parse = parse_policy_del, .put = put_policy,
	  .set = &espgw_policy_set, .cmd = ESPGW_CMD_POLICY_DEL, .help = SELECTOR_WORDS },
	{ .object = "policy", .verb = "get", .parse = parse_policy_del, .put = put_policy,
	  .set = &espgw_policy_set, .show = show_policy, .cmd = ESPGW_CMD_POLICY_GET,
	  .help = "as del" },
	{ .object = "policy", .verb = "show", .parse = parse_policy_show,
	  .set = &espgw_policy_set, .show = show_policy, .cmd = ESPGW_CMD_POLICY_GET,
	  .dump = true, .help = "[prio N] [dev DEV]" },
	{ .object = "policy", .verb = "flush", .parse = parse_nothing,
	  .cmd = ESPGW_CMD_POLICY_FLUSH },

	{ .object = "pmtu", .verb = "show", .parse = parse_pmtu_show, .put = put_pmtu,
	  .set = &espgw_pmtu_set, .show = show_pmtu, .cmd = ESPGW_CMD_PMTU_GET, .dump = true,
	  .help = "[dst A] [spi N]" },
	{ .object = "pmtu", .verb = "set", .parse = parse_pmtu_set, .put = put_pmtu,
	  .set = &espgw_pmtu_set, .cmd = ESPGW_CMD_PMTU_SET,
	  .help = "spi N dst A mtu N [lock] [age SECONDS|infinite]" },
	{ .object = "pmtu", .verb = "del", .parse = parse_pmtu_del, .put = put_pmtu,
	  .set = &espgw_pmtu_set, .cmd = ESPGW_CMD_PMTU_DEL, .help = "spi N dst A" },
	{ .object = "pmtu", .verb = "probe", .parse = parse_pmtu_probe, .put = put_pmtu,
	  .set = &espgw_pmtu_set, .cmd = ESPGW_CMD_PMTU_PROBE, .help = "spi N dst A [echo A]" },
	{ .object = "pmtu", .verb = "flush", .parse = parse_pmtu_flush,
	  .cmd = ESPGW_CMD_PMTU_FLUSH },

	{ .object = "vfr", .verb = "set", .parse = parse_vfr_set, .put = put_vfr,
	  .set = &espgw_vfr_set, .cmd = ESPGW_CMD_VFR_SET,
	  .help = "dev DEV dir in|out [on|off|auto] [max-reassemblies N]\n"
		  "          [max-fragments N] [timeout S] [drop-fragments on|off] [max-bytes N]" },
	{ .object = "vfr", .verb = "show", .parse = parse_vfr_show, .put = put_vfr,
	  .set = &espgw_vfr_set, .show = show_vfr, .cmd = ESPGW_CMD_VFR_GET, .dump = true,
	  .help = "[dev DEV] [dir in|out]" },
	{ .object = "vfr", .verb = "stats", .parse = parse_vfr_show, .put = put_vfr,
	  .set = &espgw_vfr_set, .show = show_vfr_stats, .cmd = ESPGW_CMD_VFR_GET, .dump = true,
	  .help = "[dev DEV] [dir in|out]" },
	{ .object = "mss", .verb = "probe", .parse = parse_mss_probe, .run = espgw_mss_run_probe,
	  .help = MSS_WORDS },
	{ .object = "mss", .verb = "listen", .parse = parse_mss_listen,
	  .run = espgw_mss_run_listen, .help = MSS_WORDS " [once]" },

	{ .object = "stats", .verb = "show", .parse = parse_nothing, .show = show_stats,
	  .cmd = ESPGW_CMD_STATS_GET },
	{ .object = "stats", .verb = "reset", .parse = parse_nothing,
	  .cmd = ESPGW_CMD_STATS_RESET },

	{ .object = "monitor", .parse = parse_monitor, .run = espgw_monitor_run,
	  .help = "[sa] [policy] [pmtu] [vfr] [acquire] [alert]" },
	{ .object = "save", .parse = parse_nothing, .run = espgw_save_run },
	{ .object = "restore", .parse = parse_restore, .run = espgw_batch_run_restore,
	  .help = "FILE" },
};

#define FOR_EACH_VERB(v) for (v = verbs; v < verbs + MNL_ARRAY_SIZE(verbs); v++)

static bool verb_is(const struct espgw_verb *v, const char *object)
{
	return !strcmp(v->object, object);
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
	char list[160], shown[ESPGW_ARGS_QUOTE];

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
	if (!known->verb) {
		espgw_say_verb(known->object, NULL);
		return known;
	}
	espgw_say_verb(known->object, NULL);
	list_verbs(object, list, sizeof(list));
	word = espgw_args_next(args);
	if (!word) {
		espgw_say_error("a command is missing: one of %s", list);
		return NULL;
	}
	FOR_EACH_VERB(v)
		if (verb_is(v, object) && !strcmp(v->verb, word)) {
			espgw_say_verb(v->object, v->verb);
			return v;
		}
	espgw_say_error("unknown command \"%s\": must be one of %s",
			espgw_args_quote(word, shown), list);
	return NULL;
}

/**
 * espgw_verb_parse - parse a whole command
 * @word: its words; keys are wiped from them
 * @count: how many
 * @stdin_busy: standard input cannot be a key
 * @req: receives it; to be wiped by the caller, even on failure
 *
 * Return: 0, or -1 (said).
 */
int espgw_verb_parse(char **word, int count, bool stdin_busy, struct espgw_request *req)
{
	struct espgw_args args = { .word = word, .count = count, .stdin_busy = stdin_busy };

	espgw_say_verb(NULL, NULL);
	memset(req, 0, sizeof(*req));
	req->verb = find(&args);
	if (!req->verb)
		return -1;
	return req->verb->parse(&args, req);
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
	if (v->put)
		v->put(nlh, req);
	return nlh;
}

/**
 * struct shower - what prints answers
 * @out: where to
 * @req: what was asked
 */
struct shower {
	struct espgw_out *out;
	const struct espgw_request *req;
};

static int answered(const struct nlmsghdr *nlh, void *data)
{
	struct shower *shower = data;

	return shower->req->verb->show(shower->out, nlh, shower->req);
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
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	const struct espgw_verb *v = req->verb;
	struct shower shower = { &ctx->out, req };
	struct nlmsghdr *nlh;
	int rc;

	if (v->run)
		return v->run(ctx, req);
	rc = espgw_nl_open(&ctx->nl);
	if (rc)
		return rc;
	nlh = espgw_verb_encode(req, buf);
	espgw_out_begin(&ctx->out);
	rc = espgw_nl_talk(&ctx->nl, nlh, v->set, v->show ? answered : NULL, &shower, NULL);
	if (v->show && (!rc || ctx->out.rows))
		espgw_out_end(&ctx->out);
	explicit_bzero(buf, sizeof(buf));
	return rc;
}

/**
 * espgw_verb_usage - print how commands are written
 * @to: stream
 * @object: only this one; NULL: all
 */
void espgw_verb_usage(FILE *to, const char *object)
{
	const struct espgw_verb *v;

	FOR_EACH_VERB(v) {
		if (object && !verb_is(v, object))
			continue;
		fprintf(to, "espgw %s", v->object);
		if (v->verb)
			fprintf(to, " %s", v->verb);
		fprintf(to, "%s%s\n", v->help ? " " : "", v->help ? v->help : "");
	}
	if (object)
		return;
	fputs("\n"
	      "MTU-POLICY := [df copy|set|clear] [frag before|after|off] [split equal|max|tcp]\n"
	      "          [inner-df honor|clear] [icmp-answer on|off] [mtu-cap N|none]\n"
	      "          [min-pmtu N] [pmtu-age SECONDS|infinite] [pmtu-learn on|off]\n"
	      "          [mss auto|off|N] [probe on|off]\n"
	      "KEY := 0xHEX | file:PATH (file:- is standard input)\n"
	      "PREFIX := ADDRESS[/LENGTH] | any\n",
	      to);
}
