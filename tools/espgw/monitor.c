// SPDX-License-Identifier: GPL-2.0
/*
 * monitor - events as they happen
 *
 * What an event is about is printed by the very functions that "show" uses.
 */
#include <assert.h>
#include <linux/genetlink.h>
#include <string.h>

#include "attr.h"
#include "monitor.h"
#include "verb.h"

static const struct espgw_choice alert_words[] = {
	{ "cleartext", ESPGW_ALERT_CLEARTEXT },
	{ "integrity", ESPGW_ALERT_INTEGRITY },
	{ "replay", ESPGW_ALERT_REPLAY },
	{ "seq", ESPGW_ALERT_SEQ },
	{ "recursive_routing", ESPGW_ALERT_RECURSIVE_ROUTING },
	{ "tiny_fragments", ESPGW_ALERT_TINY_FRAGMENTS },
	{ "no_upper_header", ESPGW_ALERT_NO_UPPER_HEADER },
	{ "invalid_frag_length", ESPGW_ALERT_INVALID_FRAG_LENGTH },
	{ "oversize_datagram", ESPGW_ALERT_OVERSIZE_DATAGRAM },
	{ "overlap_fragments", ESPGW_ALERT_OVERLAP_FRAGMENTS },
	{ "two_last_fragments", ESPGW_ALERT_TWO_LAST_FRAGMENTS },
	{ "too_many_fragments", ESPGW_ALERT_TOO_MANY_FRAGMENTS },
	{ "frag_table_overflow", ESPGW_ALERT_FRAG_TABLE_OVERFLOW },
	{ NULL, 0 },
};
static_assert(MNL_ARRAY_SIZE(alert_words) == __ESPGW_ALERT_MAX, "an alert has no word");

static void event_begin(struct espgw_out *out, const char *object, const char *event,
			enum espgw_colour colour)
{
	espgw_out_row(out);
	espgw_out_time(out, "time");
	espgw_out_str(out, "object", "", object, ESPGW_PLAIN);
	if (event)
		espgw_out_str(out, "event", "", event, colour);
}

static int event_sa(struct espgw_out *out, const struct nlmsghdr *nlh)
{
	struct espgw_sa sa;
	enum espgw_colour colour = ESPGW_PLAIN;

	if (espgw_sa_get(nlh, &sa))
		return -1;
	if (sa.event == ESPGW_SA_EVENT_SOFT)
		colour = ESPGW_CAUTION;
	if (sa.event == ESPGW_SA_EVENT_HARD || sa.event == ESPGW_SA_EVENT_SEQ)
		colour = ESPGW_BAD;
	event_begin(out, "sa", espgw_sa_event_word(sa.event), colour);
	espgw_sa_show(out, &sa);
	espgw_out_row_end(out);
	return 0;
}

static int event_policy(struct espgw_out *out, const struct nlmsghdr *nlh)
{
	struct espgw_policy policy;

	if (espgw_policy_get(nlh, &policy))
		return -1;
	event_begin(out, "policy", espgw_policy_event_word(policy.event), ESPGW_PLAIN);
	espgw_policy_show(out, &policy);
	espgw_out_row_end(out);
	return 0;
}

static int event_pmtu(struct espgw_out *out, const struct nlmsghdr *nlh)
{
	struct espgw_pmtu pmtu;
	uint8_t event;

	if (espgw_pmtu_get(nlh, &pmtu))
		return -1;
	event = pmtu.value[ESPGW_PMTU_A_EVENT];
	event_begin(out, "pmtu", espgw_pmtu_event_word(event),
		    event == ESPGW_PMTU_EVENT_LOWERED ? ESPGW_CAUTION : ESPGW_PLAIN);
	espgw_pmtu_show(out, &pmtu);
	espgw_out_row_end(out);
	return 0;
}

static int event_vfr(struct espgw_out *out, const struct nlmsghdr *nlh)
{
	struct espgw_vfr vfr;

	if (espgw_vfr_get(nlh, &vfr))
		return -1;
	event_begin(out, "vfr", espgw_vfr_event_word(vfr.value[ESPGW_VFR_A_EVENT]), ESPGW_PLAIN);
	espgw_vfr_show(out, &vfr);
	espgw_out_row_end(out);
	return 0;
}

static void show_addr(struct espgw_out *out, const struct espgw_attrs *attrs, unsigned int attr,
		      const char *key, const char *label)
{
	struct espgw_addr addr;

	if (attrs->tb[attr] && !espgw_attr_get_addr(attrs->tb[attr], &addr))
		espgw_out_addr(out, key, label, &addr);
}

static void show_proto(struct espgw_out *out, uint8_t proto)
{
	const char *name = espgw_proto_name(proto);

	if (name)
		espgw_out_str(out, NULL, "proto", name, ESPGW_PLAIN);
	else
		espgw_out_num(out, NULL, "proto", proto, NULL);
	espgw_out_num(out, "proto", NULL, proto, NULL);
}

static int event_acquire(struct espgw_out *out, const struct nlmsghdr *nlh)
{
	struct espgw_attrs a;

	if (espgw_attr_read(nlh, &espgw_acquire_set, &a))
		return -1;
	event_begin(out, "acquire", NULL, ESPGW_PLAIN);
	show_addr(out, &a, ESPGW_ACQUIRE_A_SRC, "src", "src");
	show_addr(out, &a, ESPGW_ACQUIRE_A_DST, "dst", "dst");
	if (a.tb[ESPGW_ACQUIRE_A_PROTO])
		show_proto(out, mnl_attr_get_u8(a.tb[ESPGW_ACQUIRE_A_PROTO]));
	if (a.tb[ESPGW_ACQUIRE_A_SPORT])
		espgw_out_num(out, "sport", "sport", mnl_attr_get_u16(a.tb[ESPGW_ACQUIRE_A_SPORT]),
			      NULL);
	if (a.tb[ESPGW_ACQUIRE_A_DPORT])
		espgw_out_num(out, "dport", "dport", mnl_attr_get_u16(a.tb[ESPGW_ACQUIRE_A_DPORT]),
			      NULL);
	if (a.tb[ESPGW_ACQUIRE_A_DSCP])
		espgw_out_num(out, "dscp", "dscp", mnl_attr_get_u8(a.tb[ESPGW_ACQUIRE_A_DSCP]),
			      NULL);
	if (a.tb[ESPGW_ACQUIRE_A_PRIO])
		espgw_out_num(out, "prio", "prio", mnl_attr_get_u32(a.tb[ESPGW_ACQUIRE_A_PRIO]),
			      NULL);
	if (a.tb[ESPGW_ACQUIRE_A_REQID])
		espgw_out_num(out, "reqid", "protect reqid",
			      mnl_attr_get_u32(a.tb[ESPGW_ACQUIRE_A_REQID]), NULL);
	show_addr(out, &a, ESPGW_ACQUIRE_A_TUNNEL_SRC, "tunnel_src", "src");
	show_addr(out, &a, ESPGW_ACQUIRE_A_TUNNEL_DST, "tunnel_dst", "dst");
	espgw_out_row_end(out);
	return 0;
}

static int event_alert(struct espgw_out *out, const struct nlmsghdr *nlh)
{
	const char *kind = NULL, *dir = NULL;
	struct espgw_attrs a;

	if (espgw_attr_read(nlh, &espgw_alert_set, &a))
		return -1;
	if (a.tb[ESPGW_ALERT_A_KIND])
		kind = espgw_choice_word(alert_words, mnl_attr_get_u8(a.tb[ESPGW_ALERT_A_KIND]));
	event_begin(out, "alert", kind ? kind : "?", ESPGW_BAD);
	if (a.tb[ESPGW_ALERT_A_SPI])
		espgw_out_hex32(out, "spi", "spi", ntohl(mnl_attr_get_u32(a.tb[ESPGW_ALERT_A_SPI])));
	if (a.tb[ESPGW_ALERT_A_IFNAME])
		espgw_out_str(out, "dev", "dev", mnl_attr_get_str(a.tb[ESPGW_ALERT_A_IFNAME]),
			      ESPGW_DEVICE);
	if (a.tb[ESPGW_ALERT_A_DIR])
		dir = espgw_choice_word(espgw_args_in_out,
					mnl_attr_get_u8(a.tb[ESPGW_ALERT_A_DIR]));
	if (dir)
		espgw_out_str(out, "dir", "dir", dir, ESPGW_PLAIN);
	show_addr(out, &a, ESPGW_ALERT_A_SRC, "src", "src");
	show_addr(out, &a, ESPGW_ALERT_A_DST, "dst", "dst");
	espgw_out_row_end(out);
	return 0;
}

/* Indexed by enum espgw_event. */
static const struct {
	const char *word;
	const char *group;
	uint8_t cmd;
	int (*show)(struct espgw_out *out, const struct nlmsghdr *nlh);
} events[ESPGW_EVENTS] = {
	[ESPGW_EVENT_SA] = { "sa", ESPGW_MCGRP_SA, ESPGW_CMD_SA_NTF, event_sa },
	[ESPGW_EVENT_POLICY] = { "policy", ESPGW_MCGRP_POLICY, ESPGW_CMD_POLICY_NTF,
				 event_policy },
	[ESPGW_EVENT_PMTU] = { "pmtu", ESPGW_MCGRP_PMTU, ESPGW_CMD_PMTU_NTF, event_pmtu },
	[ESPGW_EVENT_VFR] = { "vfr", ESPGW_MCGRP_VFR, ESPGW_CMD_VFR_NTF, event_vfr },
	[ESPGW_EVENT_ACQUIRE] = { "acquire", ESPGW_MCGRP_ACQUIRE, ESPGW_CMD_ACQUIRE_NTF,
				  event_acquire },
	[ESPGW_EVENT_ALERT] = { "alert", ESPGW_MCGRP_ALERT, ESPGW_CMD_ALERT_NTF, event_alert },
};

/**
 * espgw_monitor_parse - parse "monitor"
 * @args: the words
 * @want: receives the events to listen to, bit n for enum espgw_event
 *
 * Return: 0, or -1 (said).
 */
int espgw_monitor_parse(struct espgw_args *args, unsigned int *want)
{
	*want = 0;
	while (espgw_args_left(args)) {
		const char *word = espgw_args_next(args);
		unsigned int i;

		for (i = 0; i < ESPGW_EVENTS; i++)
			if (!strcmp(events[i].word, word))
				break;
		if (i == ESPGW_EVENTS)
			return espgw_args_unknown(word);
		if (*want >> i & 1)
			return espgw_args_twice(word);
		*want |= 1U << i;
	}
	if (!*want)
		*want = (1U << ESPGW_EVENTS) - 1;
	return 0;
}

/**
 * espgw_monitor_event - print an event
 * @nlh: the event; of a kind that is not known nothing is printed
 * @data: struct espgw_out
 *
 * Return: 0, or -1 if the message is malformed; says nothing.
 */
int espgw_monitor_event(const struct nlmsghdr *nlh, void *data)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct espgw_out *out = data;
	unsigned int i;

	for (i = 0; i < ESPGW_EVENTS; i++)
		if (events[i].cmd == genl->cmd)
			return events[i].show(out, nlh);
	return 0;
}

static void lost(void *data)
{
	struct espgw_out *out = data;

	event_begin(out, "monitor", "lost", ESPGW_BAD);
	espgw_out_label(out, "events came faster than they could be read", ESPGW_PLAIN);
	espgw_out_row_end(out);
}

/**
 * espgw_monitor_run - listen and print
 * @ctx: context
 * @req: the request
 *
 * Return: exit status, when it cannot go on.
 */
int espgw_monitor_run(struct espgw_context *ctx, struct espgw_request *req)
{
	unsigned int i;
	int rc = espgw_nl_open(&ctx->nl);

	for (i = 0; i < ESPGW_EVENTS && !rc; i++)
		if (req->events >> i & 1)
			rc = espgw_nl_join(&ctx->nl, events[i].group);
	if (rc)
		return rc;
	ctx->out.stream = true;
	espgw_out_begin(&ctx->out);
	return espgw_nl_listen(&ctx->nl, espgw_monitor_event, lost, &ctx->out);
}
