// SPDX-License-Identifier: GPL-2.0
/*
 * status - how the gateway is: what is asked for it, and put together
 *
 * A tunnel is what lies between two addresses with one reqid: SAs both ways, the
 * policies that lead to it, and its path MTU. Each answer adds one that has a part
 * of that, and then those of one name are made one.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "say.h"
#include "status.h"
#include "verb.h"

/* Rates are of this long, where nobody waits for more; seconds. */
#define GLANCE 0.5

#define REFRESH 2
#define REFRESH_MAX 3600

/* -- answers */

static struct espgw_status_tunnel *add_tunnel(struct espgw_status *status,
					      const struct espgw_addr *src,
					      const struct espgw_addr *dst, uint32_t reqid)
{
	struct espgw_status_tunnel *t;

	if (status->tunnels == status->size) {
		unsigned int size = status->size ? 2 * status->size : 64;

		t = reallocarray(status->tunnel, size, sizeof(*t));
		if (!t)
			return NULL;
		status->tunnel = t;
		status->size = size;
	}
	t = &status->tunnel[status->tunnels];
	memset(t, 0, sizeof(*t));
	t->place = status->tunnels++;
	t->src = *src;
	t->dst = *dst;
	t->reqid = reqid;
	return t;
}

static void set_name(struct espgw_status_tunnel *t, const char *name,
		     enum espgw_status_namer by)
{
	if (!*name || by < t->name_by)
		return;
	strcpy(t->name, name);
	t->name_by = by;
}

static int take_sa(const struct nlmsghdr *nlh, struct espgw_status *status)
{
	struct espgw_status_tunnel *t;
	struct espgw_status_way *way;
	struct espgw_sa sa;
	bool out;

	if (espgw_object_get(nlh, &espgw_sa_object, &sa))
		return -1;
	out = espgw_number(&sa, ESPGW_SA_A_DIR) == ESPGW_DIR_OUT;
	t = add_tunnel(status, out ? &sa.src : &sa.dst, out ? &sa.dst : &sa.src,
		       espgw_number(&sa, ESPGW_SA_A_REQID));
	if (!t)
		return -1;
	set_name(t, sa.name, out ? ESPGW_NAMED_OUT : ESPGW_NAMED_IN);
	t->owner = espgw_number(&sa, ESPGW_SA_A_OWNER);
	way = out ? &t->out : &t->in;
	way->sas = 1;
	way->valid = espgw_number(&sa, ESPGW_SA_A_STATE) != ESPGW_SA_DEAD;
	way->expiring = espgw_number(&sa, ESPGW_SA_A_STATE) == ESPGW_SA_EXPIRING;
	way->spi = espgw_number(&sa, ESPGW_SA_A_SPI);
	way->packets = espgw_number(&sa.stats, ESPGW_SA_STAT_A_PACKETS);
	way->bytes = espgw_number(&sa.stats, ESPGW_SA_STAT_A_BYTES);
	way->has_last = espgw_has(&sa, ESPGW_SA_A_LAST_S);
	way->last_s = espgw_number(&sa, ESPGW_SA_A_LAST_S);
	t->replay = espgw_number(&sa.stats, ESPGW_SA_STAT_A_REPLAY);
	t->integrity = espgw_number(&sa.stats, ESPGW_SA_STAT_A_INTEGRITY);
	t->dropped = espgw_number(&sa.stats, ESPGW_SA_STAT_A_DROPPED);
	t->peer = sa.peer;
	t->peer_port = espgw_number(&sa, ESPGW_SA_A_PEER_PORT);
	return 0;
}

static int take_pmtu(const struct nlmsghdr *nlh, struct espgw_status *status)
{
	struct espgw_status_tunnel *t;
	struct espgw_pmtu pmtu;

	if (espgw_object_get(nlh, &espgw_pmtu_object, &pmtu))
		return -1;
	t = add_tunnel(status, &pmtu.src, &pmtu.dst, espgw_number(&pmtu, ESPGW_PMTU_A_REQID));
	if (!t)
		return -1;
	t->owner = espgw_number(&pmtu, ESPGW_PMTU_A_OWNER);
	t->has_pmtu = true;
	t->pmtu = espgw_number(&pmtu, ESPGW_PMTU_A_PMTU);
	t->inner_mtu = espgw_number(&pmtu, ESPGW_PMTU_A_INNER_MTU);
	t->source = espgw_object_choice(&espgw_pmtu_object, &pmtu, ESPGW_PMTU_A_SOURCE)->word;
	t->locked = espgw_number(&pmtu, ESPGW_PMTU_A_LOCKED);
	t->has_learned = espgw_has(&pmtu, ESPGW_PMTU_A_LEARNED_S);
	t->learned_s = espgw_number(&pmtu, ESPGW_PMTU_A_LEARNED_S);
	t->has_expires = espgw_has(&pmtu, ESPGW_PMTU_A_EXPIRES_S);
	t->expires_s = espgw_number(&pmtu, ESPGW_PMTU_A_EXPIRES_S);
	return 0;
}

static int take_policy(const struct nlmsghdr *nlh, struct espgw_status *status)
{
	struct espgw_status_tunnel *t;
	struct espgw_policy policy;
	uint64_t action;

	if (espgw_object_get(nlh, &espgw_policy_object, &policy))
		return -1;
	action = espgw_number(&policy, ESPGW_POLICY_A_ACTION);
	if (action < MNL_ARRAY_SIZE(status->policies))
		status->policies[action]++;
	if (action != ESPGW_ACTION_PROTECT)
		return 0;
	t = add_tunnel(status, &policy.tunnel_src, &policy.tunnel_dst,
		       espgw_number(&policy, ESPGW_POLICY_A_REQID));
	if (!t)
		return -1;
	set_name(t, policy.name, ESPGW_NAMED_POLICY);
	t->owner = espgw_number(&policy, ESPGW_POLICY_A_OWNER);
	t->policies = 1;
	return 0;
}

static int take_dev(const struct nlmsghdr *nlh, struct espgw_status *status)
{
	struct espgw_dev *dev = reallocarray(status->dev, status->devs + 1, sizeof(*dev));

	if (!dev)
		return -1;
	status->dev = dev;
	return espgw_object_get(nlh, &espgw_dev_object, &dev[status->devs++]);
}

static int take_guard(const struct nlmsghdr *nlh, struct espgw_status *status)
{
	struct espgw_guard guard;

	if (espgw_object_get(nlh, &espgw_guard_object, &guard))
		return -1;
	status->guard = espgw_number(&guard, ESPGW_GUARD_A_ON);
	status->guarded = espgw_number(&guard, ESPGW_GUARD_A_DEVICES);
	return 0;
}

static int take_xfrm(const struct nlmsghdr *nlh, struct espgw_status *status)
{
	struct espgw_xfrm xfrm;

	if (espgw_object_get(nlh, &espgw_xfrm_object, &xfrm))
		return -1;
	status->xfrm = espgw_number(&xfrm, ESPGW_XFRM_A_ON);
	return 0;
}

static int take_stats(const struct nlmsghdr *nlh, struct espgw_status *status)
{
	return espgw_stats_get(nlh, &status->stats);
}

/* What is asked for, in this order: a policy's SA is not missed for having come between. */
static const struct {
	uint8_t cmd;
	bool one;
	int (*take)(const struct nlmsghdr *nlh, struct espgw_status *status);
} questions[] = {
	{ ESPGW_CMD_POLICY_GET, false, take_policy },
	{ ESPGW_CMD_SA_GET, false, take_sa },
	{ ESPGW_CMD_PMTU_GET, false, take_pmtu },
	{ ESPGW_CMD_DEV_GET, false, take_dev },
	{ ESPGW_CMD_GUARD_GET, true, take_guard },
	{ ESPGW_CMD_XFRM_GET, true, take_xfrm },
	{ ESPGW_CMD_STATS_GET, true, take_stats },
};

/**
 * espgw_status_take - take one answer
 * @nlh: it
 * @status: gets what it says
 *
 * Return: 0, or -1 if it is malformed or there is no memory; says nothing.
 */
int espgw_status_take(const struct nlmsghdr *nlh, struct espgw_status *status)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(questions); i++)
		if (questions[i].cmd == genl->cmd)
			return questions[i].take(nlh, status);
	return 0;
}

static int answered(const struct nlmsghdr *nlh, void *data)
{
	return espgw_status_take(nlh, data);
}

/* -- tunnels */

static int compare_addr(const struct espgw_addr *a, const struct espgw_addr *b)
{
	return a->len != b->len ? a->len - b->len : memcmp(a->byte, b->byte, a->len);
}

static int compare_tunnel(const void *a, const void *b)
{
	const struct espgw_status_tunnel *x = a, *y = b;
	int differs = compare_addr(&x->src, &y->src);

	if (!differs)
		differs = compare_addr(&x->dst, &y->dst);
	if (!differs)
		differs = (x->reqid > y->reqid) - (x->reqid < y->reqid);
	return differs ? differs : x->owner - y->owner;
}

/* Of SAs the order counts in which they were made. */
static int compare_answer(const void *a, const void *b)
{
	const struct espgw_status_tunnel *x = a, *y = b;
	int differs = compare_tunnel(a, b);

	return differs ? differs : (x->place > y->place) - (x->place < y->place);
}

static void merge_way(struct espgw_status_way *to, const struct espgw_status_way *from)
{
	if (from->valid || !to->valid)
		to->spi = from->sas ? from->spi : to->spi;
	if (from->has_last && (!to->has_last || from->last_s < to->last_s))
		to->last_s = from->last_s;
	to->has_last |= from->has_last;
	to->sas += from->sas;
	to->valid += from->valid;
	to->expiring += from->expiring;
	to->packets += from->packets;
	to->bytes += from->bytes;
}

static void merge_tunnel(struct espgw_status_tunnel *to, const struct espgw_status_tunnel *from)
{
	set_name(to, from->name, from->name_by);
	merge_way(&to->out, &from->out);
	merge_way(&to->in, &from->in);
	to->policies += from->policies;
	to->replay += from->replay;
	to->integrity += from->integrity;
	to->dropped += from->dropped;
	if (from->peer.len) {
		to->peer = from->peer;
		to->peer_port = from->peer_port;
	}
	if (!from->has_pmtu)
		return;
	to->has_pmtu = true;
	to->pmtu = from->pmtu;
	to->inner_mtu = from->inner_mtu;
	to->source = from->source;
	to->locked = from->locked;
	to->has_learned = from->has_learned;
	to->learned_s = from->learned_s;
	to->has_expires = from->has_expires;
	to->expires_s = from->expires_s;
}

/**
 * espgw_status_merge - make one of those parts that are of one tunnel
 * @status: all of them; they are sorted then
 */
void espgw_status_merge(struct espgw_status *status)
{
	unsigned int i, used = 0;

	if (status->tunnels)
		qsort(status->tunnel, status->tunnels, sizeof(*status->tunnel), compare_answer);
	for (i = 0; i < status->tunnels; i++) {
		if (used && !compare_tunnel(&status->tunnel[used - 1], &status->tunnel[i]))
			merge_tunnel(&status->tunnel[used - 1], &status->tunnel[i]);
		else
			status->tunnel[used++] = status->tunnel[i];
	}
	status->tunnels = used;
}

static const struct espgw_health healths[] = {
	{ "no_sa_out", "no SA to send by", "add one with this reqid and these addresses, or ask the "
	  "key daemon", ESPGW_BAD },
	{ "dead_out", "the SA to send by is dead", "rekey: add a new one; earlier next time, by soft "
	  "limits", ESPGW_BAD },
	{ "no_sa_in", "no SA to receive by", "add one with dir in, this reqid and these addresses",
	  ESPGW_BAD },
	{ "dead_in", "the SA to receive by is dead", "rekey: add a new one; earlier next time, by "
	  "soft limits", ESPGW_BAD },
	{ "no_policy", "no policy leads to it", "add a policy that protects by this reqid",
	  ESPGW_CAUTION },
	{ "expiring", "its SAs expire, no new one yet", "rekey now: the soft limit has been passed",
	  ESPGW_CAUTION },
	{ "silent", "sends, and nothing comes back", "is ESP filtered on the way? look at the peer: "
	  "tcpdump, its status", ESPGW_CAUTION },
	{ "idle", "ready, no packet yet", NULL, ESPGW_PLAIN },
	{ "up", "up", NULL, ESPGW_GOOD },
};

/**
 * espgw_status_word - how a tunnel can be
 * @nth: counted from the worst
 *
 * Return: the word for it; NULL: there are not so many.
 */
const char *espgw_status_word(unsigned int nth)
{
	return nth < MNL_ARRAY_SIZE(healths) ? healths[nth].word : NULL;
}

/* So long is one heard of who is sent to, seconds. */
#define SILENCE 30

/**
 * espgw_status_health - how a tunnel is
 * @tunnel: the tunnel
 *
 * Return: the first that applies of the table, which has the worst first.
 */
const struct espgw_health *espgw_status_health(const struct espgw_status_tunnel *tunnel)
{
	const struct espgw_status_way *out = &tunnel->out, *in = &tunnel->in;
	const bool is[] = {
		!out->sas && tunnel->policies,
		out->sas && !out->valid,
		!in->sas,
		in->sas && !in->valid,
		!tunnel->policies,
		out->valid == out->expiring || in->valid == in->expiring,
		out->has_last && out->last_s < SILENCE && !(in->has_last && in->last_s < SILENCE) &&
			out->packets > 1,
		!out->has_last && !in->has_last,
		true,
	};
	unsigned int i;

	for (i = 0; !is[i]; i++)
		;
	return &healths[i];
}

/* -- rates */

static double per_s(uint64_t now, uint64_t before, double seconds)
{
	return now > before && seconds > 0 ? (now - before) / seconds : 0;
}

static void way_rates(struct espgw_status_way *way, const struct espgw_status_way *before,
		      double seconds)
{
	way->packets_per_s = per_s(way->packets, before->packets, seconds);
	way->bits_per_s = 8 * per_s(way->bytes, before->bytes, seconds);
}

/**
 * espgw_status_rates - say how fast it goes
 * @status: how it is, merged; gets the rates
 * @before: how it was, merged
 */
void espgw_status_rates(struct espgw_status *status, const struct espgw_status *before)
{
	double seconds = status->at - before->at;
	unsigned int i;

	status->interval = seconds;
	for (i = 0; i < status->tunnels; i++) {
		struct espgw_status_tunnel *t = &status->tunnel[i];
		const struct espgw_status_tunnel *was;

		was = before->tunnels ? bsearch(t, before->tunnel, before->tunnels, sizeof(*was),
						compare_tunnel) : NULL;
		if (!was)
			continue;
		way_rates(&t->out, &was->out, seconds);
		way_rates(&t->in, &was->in, seconds);
	}
	for (i = 0; i <= ESPGW_STATS_A_MAX; i++)
		status->per_s[i] = per_s(status->stats.count[i], before->stats.count[i], seconds);
}

/* -- the command */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void wait_for(double seconds)
{
	struct timespec ts = { .tv_sec = seconds };

	ts.tv_nsec = (seconds - ts.tv_sec) * 1e9;
	nanosleep(&ts, NULL);
}

/**
 * espgw_status_free - give its memory back
 * @status: all zero then
 */
void espgw_status_free(struct espgw_status *status)
{
	free(status->tunnel);
	free(status->dev);
	memset(status, 0, sizeof(*status));
}

/**
 * espgw_status_look - ask how the gateway is
 * @ctx: context; its socket is open
 * @status: receives it, merged; to be freed by the caller, even on failure
 *
 * Return: exit status.
 */
int espgw_status_look(struct espgw_context *ctx, struct espgw_status *status)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	unsigned int i;
	int rc = 0;

	memset(status, 0, sizeof(*status));
	status->at = now();
	for (i = 0; i < MNL_ARRAY_SIZE(questions) && !rc; i++) {
		bool changed;

		/* What changes meanwhile the next look will see. */
		rc = espgw_nl_talk(&ctx->nl,
				   espgw_nl_start(buf, questions[i].cmd,
						  questions[i].one ? NLM_F_ACK : NLM_F_DUMP),
				   NULL, answered, status, &changed);
	}
	espgw_status_merge(status);
	return rc;
}

/**
 * espgw_status_parse - parse "status"
 * @args: the words
 * @req: receives how often
 *
 * Return: 0, or -1 (said).
 */
int espgw_status_parse(struct espgw_args *args, struct espgw_request *req)
{
	const char *next = espgw_args_peek(args);

	req->refresh = 0;
	if (!next || strcmp(next, "-w"))
		return espgw_args_none_left(args);
	espgw_args_next(args);
	req->refresh = REFRESH;
	if (espgw_args_left(args) &&
	    espgw_args_number(args, "-w", 1, REFRESH_MAX, &req->refresh))
		return -1;
	return espgw_args_none_left(args);
}

/* Lines of the terminal; 0: there is none, or nobody knows. */
static unsigned int terminal_rows(void)
{
	struct winsize size = { 0 };

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return 0;
	return size.ws_row;
}

/* A picture is drawn over the last one, so that nothing flickers. */
static int draw(struct espgw_out *out, const struct espgw_status *status)
{
	unsigned int rows = terminal_rows();
	struct espgw_out page = *out;
	char *text = NULL, *line, *end;
	size_t len;

	page.to = open_memstream(&text, &len);
	if (!page.to)
		return espgw_say_error("out of memory");
	espgw_status_show(&page, status, rows);
	if (fclose(page.to) || !text) {
		free(text);
		return espgw_say_error("out of memory");
	}
	if (rows)
		fputs("\033[H", out->to);
	for (line = text; (end = strchr(line, '\n')); line = end + 1) {
		/* The last line of a terminal would scroll it. */
		if (rows && !--rows)
			break;
		fprintf(out->to, "%.*s%s\n", (int)(end - line), line,
			rows ? "\033[K" : "");
	}
	fputs(terminal_rows() ? "\033[J" : "\n", out->to);
	free(text);
	return 0;
}

/**
 * espgw_status_run - look, and show it, once or again and again
 * @ctx: context
 * @req: the request
 *
 * Return: exit status.
 */
int espgw_status_run(struct espgw_context *ctx, struct espgw_request *req)
{
	struct espgw_status before, status;
	double wait = GLANCE;
	struct espgw_out *out = &ctx->out;
	int rc = espgw_nl_open(&ctx->nl);

	if (rc)
		return rc;
	out->stream = out->json && req->refresh;
	rc = espgw_status_look(ctx, &before);
	if (!rc && req->refresh && terminal_rows())
		fputs("\033[2J", out->to);
	while (!rc) {
		wait_for(wait);
		rc = espgw_status_look(ctx, &status);
		if (!rc) {
			espgw_status_rates(&status, &before);
			espgw_out_begin(out);
			if (req->refresh && !out->json)
				rc = draw(out, &status) ? 1 : 0;
			else
				espgw_status_show(out, &status, 0);
			espgw_out_end(out);
			rc = fflush(out->to) || ferror(out->to) ? 1 : rc;
		}
		espgw_status_free(&before);
		before = status;
		if (!req->refresh)
			break;
		wait = req->refresh;
	}
	espgw_status_free(&before);
	return rc;
}
