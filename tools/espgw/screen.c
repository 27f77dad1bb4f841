// SPDX-License-Identifier: GPL-2.0
/*
 * screen - how the gateway is, drawn in 80 columns
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "status.h"
#include "verb.h"

#define COLUMNS 79
/* Of the counters of what was dropped, so many are shown. */
#define DROPS 5

static const char *const colours[] = {
	[ESPGW_GOOD] = "\033[32m", [ESPGW_CAUTION] = "\033[33m", [ESPGW_BAD] = "\033[31m",
	[ESPGW_ADDRESS] = "\033[35m", [ESPGW_DEVICE] = "\033[36m", [ESPGW_PLAIN] = "",
};

static void put(const struct espgw_out *out, enum espgw_colour colour, const char *text)
{
	if (out->colour && colour != ESPGW_PLAIN)
		fprintf(out->to, "%s%s\033[0m", colours[colour], text);
	else
		fputs(text, out->to);
}

static void title(const struct espgw_out *out, const char *text)
{
	fprintf(out->to, out->colour ? "\033[1m%s\033[0m\n" : "%s\n", text);
}

/* "1.2M": four characters at most */
static const char *scaled(double value, unsigned int base, char text[static 16])
{
	static const char *const letters[] = { "", "k", "M", "G", "T", "P", "E" };
	unsigned int i = 0;

	while (value >= base - 0.5 && i < sizeof(letters) / sizeof(letters[0]) - 1) {
		value /= base;
		i++;
	}
	snprintf(text, 16, i && value < 9.95 ? "%.1f%s" : "%.0f%s", value, letters[i]);
	return text;
}

/* As values are printed everywhere: "1.2 GiB", "2m10s" */
static const char *printed(void (*print)(struct espgw_out *out, const char *key,
					 const char *label, uint64_t value),
			   uint64_t value, char text[static 24])
{
	struct espgw_out out = { .to = fmemopen(text, 24, "w") };

	text[0] = '\0';
	if (!out.to)
		return text;
	print(&out, NULL, "", value);
	fclose(out.to);
	return text;
}

static const char *bytes(uint64_t count, char text[static 24])
{
	return printed(espgw_out_bytes, count, text);
}

static const char *span(uint64_t seconds, char text[static 24])
{
	return printed(espgw_out_seconds, seconds, text);
}

static unsigned int troubled(const struct espgw_status *status)
{
	unsigned int i, count = 0;

	for (i = 0; i < status->tunnels; i++)
		count += espgw_status_health(&status->tunnel[i])->colour >= ESPGW_CAUTION;
	return count;
}

/* -- the top */

static void show_devices(const struct espgw_out *out, const struct espgw_status *status)
{
	unsigned int i, used = 10;

	fputs("devices  ", out->to);
	for (i = 0; i < status->devs; i++) {
		const struct espgw_dev *dev = &status->dev[i];
		bool waits = espgw_number(dev, ESPGW_DEV_A_STATE) == ESPGW_DEV_STATE_WAITING;
		unsigned int len = strlen(dev->ifname) + (waits ? strlen(" (waiting for it)") : 0) + 2;
		const char *c;

		if (used + len > COLUMNS - 10 && i) {
			fprintf(out->to, " and %u more", status->devs - i);
			break;
		}
		used += len;
		fputs(i ? ", " : " ", out->to);
		/* A name may hold what a terminal would obey. */
		for (c = dev->ifname; *c; c++)
			fputc((unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c, out->to);
		if (waits)
			put(out, ESPGW_CAUTION, " (waiting for it)");
	}
	if (!status->devs)
		put(out, ESPGW_CAUTION, " none is attached");
	fputc('\n', out->to);
}

static void show_top(const struct espgw_out *out, const struct espgw_status *status)
{
	unsigned int bad = troubled(status);
	char host[65] = "", left[96], right[48], clock[16];
	time_t now = time(NULL);
	struct tm local;

	if (gethostname(host, sizeof(host) - 1))
		host[0] = '\0';
	localtime_r(&now, &local);
	strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	snprintf(left, sizeof(left), "espgw  %.40s  %s", host, clock);
	if (bad)
		snprintf(right, sizeof(right), "%u tunnel%s, %u to look at", status->tunnels,
			 status->tunnels == 1 ? "" : "s", bad);
	else
		snprintf(right, sizeof(right), "%u tunnel%s, all well", status->tunnels,
			 status->tunnels == 1 ? "" : "s");
	if (!status->tunnels)
		strcpy(right, "no tunnel");
	fprintf(out->to, out->colour ? "\033[1m%s\033[0m%*s" : "%s%*s", left,
		(int)(COLUMNS - strlen(left) - strlen(right)), "");
	put(out, bad || !status->tunnels ? ESPGW_CAUTION : ESPGW_GOOD, right);
	fputc('\n', out->to);
	show_devices(out, status);
	fprintf(out->to, "policies  %u protect, %u bypass, %u discard; ",
		status->policies[ESPGW_ACTION_PROTECT], status->policies[ESPGW_ACTION_BYPASS],
		status->policies[ESPGW_ACTION_DISCARD]);
	if (!status->guard)
		put(out, ESPGW_CAUTION, "guard off");
	else if (status->guarded)
		fprintf(out->to, "guard on, %u more device%s watched", status->guarded, status->guarded == 1 ? "" : "s");
	else
		fputs("guard on", out->to);
	fprintf(out->to, "%s\n", status->xfrm ? "; xfrm on" : "");
}

/* -- tunnels */

static void show_way(const struct espgw_out *out, const char *name,
		     const struct espgw_status_way *way)
{
	char packets[16], bits[16], all[24], ago[24];

	if (!way->sas)
		return;
	fprintf(out->to, "  %-4s 0x%08" PRIx32, name, way->spi);
	if (way->sas > 1)
		fprintf(out->to, " and %-3u", way->sas - 1);
	else
		fprintf(out->to, "%8s", "");
	fprintf(out->to, "%5s packets/s %5s bit/s", scaled(way->packets_per_s, 1000, packets),
		scaled(way->bits_per_s, 1000, bits));
	bytes(way->bytes, all);
	fprintf(out->to, " %10s in all", all);
	if (!way->has_last)
		fputs("  no packet\n", out->to);
	else if (way->last_s <= 1)
		fputs("  just now\n", out->to);
	else
		fprintf(out->to, "  %s ago\n", span(way->last_s, ago));
}

/* Where a path MTU comes from, in plain words. */
static const char *source_text(const char *word)
{
	static const struct {
		const char *word;
		const char *text;
	} texts[] = {
		{ "device", "of the device or route" },
		{ "icmp", "told by a router (ICMP)" },
		{ "static", "set by hand" },
		{ "probe", "found by probes" },
		{ "mss", "found by TCP's MSS" },
		{ "default", "by mtu-cap" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(texts[i].word, word))
			return texts[i].text;
	return word;
}

static void show_tunnel(const struct espgw_out *out, const struct espgw_status_tunnel *t)
{
	const struct espgw_health *health = espgw_status_health(t);
	char src[ESPGW_ADDR_TEXT], dst[ESPGW_ADDR_TEXT], left[192], ago[24];
	int room;

	espgw_addr_text(&t->src, src);
	espgw_addr_text(&t->dst, dst);
	snprintf(left, sizeof(left), "%s%s%s > %s  reqid %" PRIu32 "%s", t->name,
		 *t->name ? "  " : "", src, dst, t->reqid, t->owner == ESPGW_OWNER_XFRM ? " (xfrm)" : "");
	room = COLUMNS - strlen(left) - strlen(health->text);
	fputs(left, out->to);
	if (room > 0)
		fprintf(out->to, "%*s", room, "");
	else
		fprintf(out->to, "\n%*s", (int)(COLUMNS - strlen(health->text)), "");
	put(out, health->colour, health->text);
	fputc('\n', out->to);
	if (health->advice) {
		put(out, health->colour, "  -> ");
		fprintf(out->to, "%s\n", health->advice);
	}
	show_way(out, "out", &t->out);
	show_way(out, "in", &t->in);
	if (t->has_pmtu) {
		fprintf(out->to, "  path MTU %u, %s", t->pmtu, source_text(t->source));
		if (t->has_learned)
			fprintf(out->to, " %s ago", span(t->learned_s, ago));
		if (t->has_expires)
			fprintf(out->to, ", for %s", span(t->expires_s, ago));
		fprintf(out->to, "%s; %u fit inside\n", t->locked ? ", locked" : "",
			t->inner_mtu);
	}
	if (t->peer.len)
		fprintf(out->to, "  its peer is at %s port %u now\n",
			espgw_addr_text(&t->peer, dst), t->peer_port);
	if (t->replay || t->integrity || t->dropped)
		fprintf(out->to, "  dropped here: %" PRIu64 " ICV wrong, %" PRIu64 " replayed, %"
			PRIu64 " for other reasons\n", t->integrity, t->replay, t->dropped);
}

/* First those in trouble, the worst before, and then those with the most traffic. */
static int compare_interest(const void *a, const void *b)
{
	const struct espgw_status_tunnel *x = *(const struct espgw_status_tunnel *const *)a;
	const struct espgw_status_tunnel *y = *(const struct espgw_status_tunnel *const *)b;
	int colour_x = espgw_status_health(x)->colour, colour_y = espgw_status_health(y)->colour;
	double busy_x = x->out.bits_per_s + x->in.bits_per_s;
	double busy_y = y->out.bits_per_s + y->in.bits_per_s;

	if (colour_x < ESPGW_CAUTION)
		colour_x = 0;
	if (colour_y < ESPGW_CAUTION)
		colour_y = 0;
	if (colour_x != colour_y)
		return colour_y - colour_x;
	if (busy_x != busy_y)
		return busy_x < busy_y ? 1 : -1;
	return (x > y) - (x < y);
}

static unsigned int lines_of(const char *text)
{
	unsigned int lines = 0;

	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

/* As many as fit into @rows lines; 0: all. */
static void show_tunnels(const struct espgw_out *out, const struct espgw_status *status,
			 unsigned int rows)
{
	const struct espgw_status_tunnel **by_interest;
	unsigned int i, used = 0;

	by_interest = calloc(status->tunnels + 1, sizeof(*by_interest));
	for (i = 0; by_interest && i < status->tunnels; i++)
		by_interest[i] = &status->tunnel[i];
	if (by_interest)
		qsort(by_interest, status->tunnels, sizeof(*by_interest), compare_interest);
	for (i = 0; i < status->tunnels; i++) {
		struct espgw_out one = *out;
		char *text = NULL;
		size_t len;

		one.to = open_memstream(&text, &len);
		if (!one.to)
			break;
		fputc('\n', one.to);
		show_tunnel(&one, by_interest ? by_interest[i] : &status->tunnel[i]);
		if (fclose(one.to) || !text) {
			free(text);
			break;
		}
		/* One line is for how many there are more. */
		used += lines_of(text);
		if (!rows || used < rows)
			fputs(text, out->to);
		free(text);
		if (rows && used >= rows) {
			fprintf(out->to, "and %u more tunnel%s\n", status->tunnels - i,
				status->tunnels - i == 1 ? "" : "s");
			break;
		}
	}
	free(by_interest);
}

/* -- what was dropped */

static const struct espgw_status *sorted;

static int compare_drops(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;
	uint64_t count_x = sorted->stats.count[x], count_y = sorted->stats.count[y];

	if (sorted->per_s[x] != sorted->per_s[y])
		return sorted->per_s[x] < sorted->per_s[y] ? 1 : -1;
	return (count_x < count_y) - (count_x > count_y);
}

/* Those that are not meant to be, with what grows now before. Return: how many. */
static unsigned int drops_of(const struct espgw_status *status,
			     unsigned int drops[static ESPGW_STATS_A_MAX + 1])
{
	unsigned int i, count = 0;

	for (i = 1; i <= ESPGW_STATS_A_MAX; i++) {
		const struct espgw_stats_counter *c = espgw_stats_counter(i);

		if (c && c->advice && status->stats.count[i])
			drops[count++] = i;
	}
	sorted = status;
	qsort(drops, count, sizeof(*drops), compare_drops);
	return count;
}

static void show_drops(const struct espgw_out *out, const struct espgw_status *status)
{
	unsigned int drops[ESPGW_STATS_A_MAX + 1], count = drops_of(status, drops), i;
	const uint64_t *counts = status->stats.count;

	fputc('\n', out->to);
	if (!count) {
		put(out, ESPGW_GOOD, counts[ESPGW_STATS_A_DROP_OUT_DISCARD] || counts[ESPGW_STATS_A_DROP_IN_DISCARD] ?
		    "nothing was dropped but by discard policies" : "nothing was dropped");
		fputc('\n', out->to);
		return;
	}
	title(out, "dropped                                                     now        in all");
	for (i = 0; i < count && i < DROPS; i++) {
		const struct espgw_stats_counter *c = espgw_stats_counter(drops[i]);
		bool grows = status->per_s[drops[i]] > 0;
		char rate[16], what[80];

		snprintf(what, sizeof(what), "%s %s", c->group == ESPGW_STATS_DROP_OUT ? "out" : "in ",
			 c->meaning);
		if (grows)
			scaled(status->per_s[drops[i]], 1000, rate);
		fprintf(out->to, "%-54.54s %6s%-2s %13" PRIu64 "\n", what, grows ? rate : "-",
			grows ? "/s" : "", status->stats.count[drops[i]]);
		put(out, grows ? ESPGW_BAD : ESPGW_PLAIN, "  -> ");
		fprintf(out->to, "%s\n", c->advice);
	}
	if (count > DROPS)
		fprintf(out->to, "and for %u more reasons: espgw stats show\n", count - DROPS);
}

/**
 * espgw_status_show - print how the gateway is
 * @out: where to
 * @status: how it is, merged, with rates
 * @rows: lines that there are of a terminal; 0: as many as are needed
 */
void espgw_status_show(struct espgw_out *out, const struct espgw_status *status,
		       unsigned int rows)
{
	struct espgw_out drops = *out;
	char *text = NULL;
	unsigned int taken;
	size_t len;

	if (out->json) {
		unsigned int dropped[ESPGW_STATS_A_MAX + 1];

		espgw_status_rows(out, status, troubled(status), dropped,
				  drops_of(status, dropped));
		return;
	}
	show_top(out, status);
	drops.to = open_memstream(&text, &len);
	if (drops.to) {
		show_drops(&drops, status);
		fclose(drops.to);
	}
	/* What was dropped stays on the screen, however many tunnels there are. */
	taken = 4 + (text ? lines_of(text) : 0);
	show_tunnels(out, status, rows ? (rows > taken + 2 ? rows - taken : 2) : 0);
	if (text)
		fputs(text, out->to);
	free(text);
}
