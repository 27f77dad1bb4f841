// SPDX-License-Identifier: GPL-2.0
/*
 * metrics - counters and gauges for Prometheus, as OpenMetrics has them
 *
 * Counters are those of the namespace and of each SA: sums over a tunnel's SAs
 * would fall when one goes. What a tunnel has are gauges. All samples of a family
 * have to stand together, so each family gathers its own.
 */
#include <ctype.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "say.h"
#include "status.h"
#include "verb.h"

#ifndef ESPGW_VERSION
#define ESPGW_VERSION "unknown"
#endif

/* Room for the labels of a sample. */
#define LABELS 320

enum {
	COUNTERS,
	DROPS,
	REJECTED,
	SA_PACKETS,
	SA_BYTES,
	SA_DROPS,
	SA_USABLE,
	SA_AGE,
	SA_LAST,
	TUNNEL_UP,
	TUNNEL_MTU,
	TUNNEL_INNER_MTU,
	TUNNEL_POLICIES,
	POLICIES,
	DEVICE,
	FAMILIES,
};

/* What has labels. COUNTERS is not one, but all of those that have none. */
static const struct {
	const char *name;
	bool counter;
	const char *unit; /* which its name ends with; NULL: none */
	const char *help;
} families[FAMILIES] = {
	[DROPS] = { "espgw_drops", true, NULL, "Packets dropped, by direction and reason." },
	[REJECTED] = { "espgw_pmtu_rejected", true, NULL,
		       "ICMP messages and hints that did not change a path MTU, by reason." },
	[SA_PACKETS] = { "espgw_sa_packets", true, NULL, "Inner packets of an SA." },
	[SA_BYTES] = { "espgw_sa_bytes", true, "bytes", "Bytes of inner packets of an SA." },
	[SA_DROPS] = { "espgw_sa_drops", true, NULL, "Packets that an SA dropped, by reason." },
	[SA_USABLE] = { "espgw_sa_usable", false, NULL, "1 if an SA may be used, 0 if it is dead." },
	[SA_AGE] = { "espgw_sa_age_seconds", false, "seconds", "Time since an SA was added." },
	[SA_LAST] = { "espgw_sa_last_packet_seconds", false, "seconds",
		      "Time since an SA had a packet." },
	[TUNNEL_UP] = { "espgw_tunnel_up", false, NULL,
			"1 if nothing of a tunnel is missing, expiring or silent, by state." },
	[TUNNEL_MTU] = { "espgw_tunnel_path_mtu_bytes", false, "bytes", "Path MTU of a tunnel." },
	[TUNNEL_INNER_MTU] = { "espgw_tunnel_inner_mtu_bytes", false, "bytes",
			       "Longest inner packet that fits a tunnel." },
	[TUNNEL_POLICIES] = { "espgw_tunnel_policies", false, NULL,
			      "Policies that lead to a tunnel." },
	[POLICIES] = { "espgw_policies", false, NULL, "Policies, by action." },
	[DEVICE] = { "espgw_device_attached", false, NULL,
		     "1 if a device is there and attached, 0 if it is waited for." },
};

/**
 * struct gathering - samples
 * @family: of each family
 * @family.to: where they are written
 * @family.text: what has been written
 * @family.len: bytes of it
 */
struct gathering {
	struct {
		FILE *to;
		char *text;
		size_t len;
	} family[FAMILIES];
};

/* The name before the labels of a sample. */
static FILE *sample(struct gathering *g, unsigned int family)
{
	FILE *to = g->family[family].to;

	fprintf(to, "%s%s", families[family].name, families[family].counter ? "_total" : "");
	return to;
}

/* A device's name may hold what has to be escaped. */
static void put_label(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", to);
		else if (*text == '"' || *text == '\\')
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
}

/* One more label, where there is a name; it has nothing that would be escaped. */
static void add_name(char labels[static LABELS], const char *name)
{
	size_t used = strlen(labels);

	if (*name)
		snprintf(labels + used, LABELS - used, ",name=\"%s\"", name);
}

/* -- SAs */

static int take_sa(const struct nlmsghdr *nlh, void *data)
{
	static const struct {
		unsigned int attr;
		const char *reason;
	} drops[] = {
		{ ESPGW_SA_STAT_A_REPLAY, "replay" },
		{ ESPGW_SA_STAT_A_INTEGRITY, "integrity" },
		{ ESPGW_SA_STAT_A_TOO_BIG, "too_big" },
		{ ESPGW_SA_STAT_A_DROPPED, "other" },
	};
	char src[ESPGW_ADDR_TEXT], dst[ESPGW_ADDR_TEXT], labels[LABELS];
	struct gathering *g = data;
	struct espgw_sa sa;
	unsigned int i;

	if (espgw_object_get(nlh, &espgw_sa_object, &sa))
		return -1;
	snprintf(labels, sizeof(labels),
		 "dir=\"%s\",src=\"%s\",dst=\"%s\",spi=\"0x%08" PRIx64 "\",reqid=\"%" PRIu64 "\"",
		 espgw_number(&sa, ESPGW_SA_A_DIR) == ESPGW_DIR_OUT ? "out" : "in",
		 espgw_addr_text(&sa.src, src), espgw_addr_text(&sa.dst, dst),
		 espgw_number(&sa, ESPGW_SA_A_SPI), espgw_number(&sa, ESPGW_SA_A_REQID));
	add_name(labels, sa.name);
	fprintf(sample(g, SA_PACKETS), "{%s} %" PRIu64 "\n", labels,
		espgw_number(&sa.stats, ESPGW_SA_STAT_A_PACKETS));
	fprintf(sample(g, SA_BYTES), "{%s} %" PRIu64 "\n", labels,
		espgw_number(&sa.stats, ESPGW_SA_STAT_A_BYTES));
	for (i = 0; i < MNL_ARRAY_SIZE(drops); i++)
		fprintf(sample(g, SA_DROPS), "{%s,reason=\"%s\"} %" PRIu64 "\n", labels,
			drops[i].reason, espgw_number(&sa.stats, drops[i].attr));
	fprintf(sample(g, SA_USABLE), "{%s} %d\n", labels,
		espgw_number(&sa, ESPGW_SA_A_STATE) != ESPGW_SA_DEAD);
	fprintf(sample(g, SA_AGE), "{%s} %" PRIu64 "\n", labels,
		espgw_number(&sa, ESPGW_SA_A_AGE_S));
	if (espgw_has(&sa, ESPGW_SA_A_LAST_S))
		fprintf(sample(g, SA_LAST), "{%s} %" PRIu64 "\n", labels,
			espgw_number(&sa, ESPGW_SA_A_LAST_S));
	return 0;
}

/* -- the namespace */

static void add_tunnel(struct gathering *g, const struct espgw_status_tunnel *t)
{
	const struct espgw_health *health = espgw_status_health(t);
	char src[ESPGW_ADDR_TEXT], dst[ESPGW_ADDR_TEXT], labels[LABELS];

	snprintf(labels, sizeof(labels), "src=\"%s\",dst=\"%s\",reqid=\"%" PRIu32 "\",owner=\"%s\"",
		 espgw_addr_text(&t->src, src), espgw_addr_text(&t->dst, dst), t->reqid,
		 espgw_choice_word(espgw_owner_words, t->owner) ?: "?");
	add_name(labels, t->name);
	fprintf(sample(g, TUNNEL_UP), "{%s,state=\"%s\"} %d\n", labels, health->word,
		health->colour < ESPGW_CAUTION);
	fprintf(sample(g, TUNNEL_POLICIES), "{%s} %u\n", labels, t->policies);
	if (!t->has_pmtu)
		return;
	fprintf(sample(g, TUNNEL_MTU), "{%s} %u\n", labels, t->pmtu);
	fprintf(sample(g, TUNNEL_INNER_MTU), "{%s} %u\n", labels, t->inner_mtu);
}

static void add_status(struct gathering *g, const struct espgw_status *status)
{
	unsigned int i;

	for (i = 0; i < status->tunnels; i++)
		add_tunnel(g, &status->tunnel[i]);
	for (i = 0; i < MNL_ARRAY_SIZE(status->policies); i++)
		if (espgw_choice_word(espgw_action_words, i))
			fprintf(sample(g, POLICIES), "{action=\"%s\"} %u\n",
				espgw_choice_word(espgw_action_words, i), status->policies[i]);
	for (i = 0; i < status->devs; i++) {
		FILE *to = sample(g, DEVICE);

		fputs("{dev=\"", to);
		put_label(to, status->dev[i].ifname);
		fprintf(to, "\"} %d\n", espgw_number(&status->dev[i], ESPGW_DEV_A_STATE) ==
			ESPGW_DEV_STATE_ATTACHED);
	}
}

static void put_family(FILE *to, const char *name, bool counter, const char *unit,
		       const char *help)
{
	fprintf(to, "# TYPE %s %s\n", name, counter ? "counter" : "gauge");
	if (unit)
		fprintf(to, "# UNIT %s %s\n", name, unit);
	fprintf(to, "# HELP %s %s\n", name, help);
}

/* Those of a reason go to their family, the others are one each. */
static void add_counters(struct gathering *g, const struct espgw_stats *stats)
{
	FILE *to = g->family[COUNTERS].to;
	static const struct {
		const char *prefix;
		unsigned int family;
		const char *labels;
	} kinds[] = {
		{ "drop_out_", DROPS, "dir=\"out\"," },
		{ "drop_in_", DROPS, "dir=\"in\"," },
		{ "pmtu_rej_", REJECTED, "" },
	};
	unsigned int i, k;

	for (i = 1; i <= ESPGW_STATS_A_MAX; i++) {
		const struct espgw_stats_counter *c = espgw_stats_counter(i);
		char name[ESPGW_STATS_NAME], family[ESPGW_STATS_NAME + 8], help[128];
		const char *unit;

		if (!c || !espgw_stats_has(stats, i))
			continue;
		espgw_stats_name(i, name);
		for (k = 0; k < MNL_ARRAY_SIZE(kinds); k++)
			if (!strncmp(name, kinds[k].prefix, strlen(kinds[k].prefix)))
				break;
		if (k < MNL_ARRAY_SIZE(kinds)) {
			fprintf(sample(g, kinds[k].family), "{%sreason=\"%s\"} %" PRIu64 "\n",
				kinds[k].labels, name + strlen(kinds[k].prefix), stats->count[i]);
			continue;
		}
		unit = strlen(name) > 6 && !strcmp(name + strlen(name) - 6, "_bytes") ? "bytes" : NULL;
		snprintf(family, sizeof(family), "espgw_%s", name);
		snprintf(help, sizeof(help), "%c%s.", toupper((unsigned char)*c->meaning),
			 c->meaning + 1);
		put_family(to, family, true, unit, help);
		fprintf(to, "%s_total %" PRIu64 "\n", family, stats->count[i]);
	}
}

static int open_families(struct gathering *g)
{
	unsigned int i;

	memset(g, 0, sizeof(*g));
	for (i = 0; i < FAMILIES; i++) {
		g->family[i].to = open_memstream(&g->family[i].text, &g->family[i].len);
		if (!g->family[i].to)
			return espgw_say_error("out of memory");
	}
	return 0;
}

/* Return: 0, or -1 if some samples are missing for want of memory. */
static int close_families(struct gathering *g)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < FAMILIES; i++)
		if (g->family[i].to && (fclose(g->family[i].to) || !g->family[i].text))
			rc = -1;
	return rc;
}

static void put_families(FILE *to, const struct gathering *g)
{
	unsigned int i;

	for (i = 0; i < FAMILIES; i++) {
		if (families[i].name)
			put_family(to, families[i].name, families[i].counter, families[i].unit,
				   families[i].help);
		fputs(g->family[i].text, to);
	}
}

/**
 * espgw_metrics_run - print them
 * @ctx: context
 * @req: the request
 *
 * Nothing is printed unless everything could be read.
 *
 * Return: exit status.
 */
int espgw_metrics_run(struct espgw_context *ctx, struct espgw_request *req)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct espgw_status status = { 0 };
	struct gathering g;
	FILE *to = ctx->out.to;
	bool changed;
	unsigned int i;
	int rc;

	(void)req;
	rc = espgw_nl_open(&ctx->nl);
	if (rc)
		return rc;
	rc = open_families(&g) ? 1 : espgw_status_look(ctx, &status);
	/* What changes meanwhile the next time will tell. */
	if (!rc)
		rc = espgw_nl_talk(&ctx->nl, espgw_nl_start(buf, ESPGW_CMD_SA_GET, NLM_F_DUMP),
				   NULL, take_sa, &g, &changed);
	if (!rc) {
		add_status(&g, &status);
		add_counters(&g, &status.stats);
	}
	if (close_families(&g) && !rc) {
		espgw_say_error("out of memory");
		rc = 1;
	}
	if (!rc) {
		put_families(to, &g);
		/* Of the type "info" node_exporter knows nothing. */
		put_family(to, "espgw_build_info", false, NULL, "The tool's version.");
		fprintf(to, "espgw_build_info{version=\"%s\"} 1\n# EOF\n", ESPGW_VERSION);
	}
	for (i = 0; i < FAMILIES; i++)
		free(g.family[i].text);
	espgw_status_free(&status);
	return rc;
}
