// SPDX-License-Identifier: GPL-2.0
/*
 * monitor - events as they happen
 *
 * What an event is about is printed by the very tables that "show" uses.
 */
#include <assert.h>
#include <linux/genetlink.h>
#include <string.h>

#include "monitor.h"
#include "stats.h"
#include "verb.h"

/* -- a packet that wants an SA */

/**
 * struct acquire - such a packet
 * @has: bit n: attribute n of enum espgw_acquire_attr is set
 * @number: indexed by attribute
 * @src: its source
 * @dst: its destination
 * @tunnel_src: outer source of the SA that it wants
 * @tunnel_dst: its outer destination
 * @name: what people call the policy
 */
struct acquire {
	union {
		uint64_t has;
		uint64_t number[ESPGW_ACQUIRE_A_MAX + 1];
	};
	struct espgw_addr src;
	struct espgw_addr dst;
	struct espgw_addr tunnel_src;
	struct espgw_addr tunnel_dst;
	char name[ESPGW_NAME_MAX + 1];
};

/* What every event of its kind has. */
#define TOLD .flags = ESPGW_F_TOLD

#define ACQUIRE(name, of, member)                                                         \
	.attr = ESPGW_ACQUIRE_A_##name, .at = offsetof(struct acquire, member),           \
	.kind = &espgw_kind_##of

static const struct espgw_field acquire_fields[] = {
	{ ACQUIRE(SRC, addr, src), .key = "src", .label = "src", TOLD },
	{ ACQUIRE(DST, addr, dst), .key = "dst", .label = "dst", TOLD },
	{ ACQUIRE(PROTO, proto, number), .key = "proto", .label = "proto", TOLD },
	{ ACQUIRE(SPORT, number, number), .key = "sport", .label = "sport", TOLD },
	{ ACQUIRE(DPORT, number, number), .key = "dport", .label = "dport", TOLD },
	{ ACQUIRE(DSCP, number, number), .key = "dscp", .label = "dscp", TOLD },
	{ ACQUIRE(NAME, label, name), .size = ESPGW_NAME_MAX + 1, .key = "name", .label = "name" },
	{ ACQUIRE(PRIO, number, number), .key = "prio", .label = "prio", TOLD },
	{ ACQUIRE(REQID, number, number), .key = "reqid", .label = "protect reqid", TOLD },
	{ ACQUIRE(TUNNEL_SRC, addr, tunnel_src), .key = "tunnel_src", .label = "src", TOLD },
	{ ACQUIRE(TUNNEL_DST, addr, tunnel_dst), .key = "tunnel_dst", .label = "dst", TOLD },
};

static const struct espgw_object acquire_object = {
	.set = &espgw_acquire_set, ESPGW_FIELDS(acquire_fields), .size = sizeof(struct acquire),
};

/* -- something to look at */

/**
 * struct alert - it
 * @has: bit n: attribute n of enum espgw_alert_attr is set
 * @number: indexed by attribute
 * @ifname: of the device
 * @src: source of the packet
 * @dst: destination of the packet or SA
 */
struct alert {
	union {
		uint64_t has;
		uint64_t number[ESPGW_ALERT_A_MAX + 1];
	};
	char ifname[IFNAMSIZ];
	struct espgw_addr src;
	struct espgw_addr dst;
};

static const struct espgw_choice alert_words[] = {
	{ "cleartext", ESPGW_ALERT_CLEARTEXT, ESPGW_BAD },
	{ "integrity", ESPGW_ALERT_INTEGRITY, ESPGW_BAD },
	{ "replay", ESPGW_ALERT_REPLAY, ESPGW_BAD },
	{ "seq", ESPGW_ALERT_SEQ, ESPGW_BAD },
	{ "recursive_routing", ESPGW_ALERT_RECURSIVE_ROUTING, ESPGW_BAD },
	{ "tiny_fragments", ESPGW_ALERT_TINY_FRAGMENTS, ESPGW_BAD },
	{ "no_upper_header", ESPGW_ALERT_NO_UPPER_HEADER, ESPGW_BAD },
	{ "invalid_frag_length", ESPGW_ALERT_INVALID_FRAG_LENGTH, ESPGW_BAD },
	{ "oversize_datagram", ESPGW_ALERT_OVERSIZE_DATAGRAM, ESPGW_BAD },
	{ "overlap_fragments", ESPGW_ALERT_OVERLAP_FRAGMENTS, ESPGW_BAD },
	{ "two_last_fragments", ESPGW_ALERT_TWO_LAST_FRAGMENTS, ESPGW_BAD },
	{ "too_many_fragments", ESPGW_ALERT_TOO_MANY_FRAGMENTS, ESPGW_BAD },
	{ "frag_table_overflow", ESPGW_ALERT_FRAG_TABLE_OVERFLOW, ESPGW_BAD },
	{ "guarded", ESPGW_ALERT_GUARDED, ESPGW_CAUTION },
	{ "nat", ESPGW_ALERT_NAT, ESPGW_BAD },
	{ NULL },
};
static_assert(MNL_ARRAY_SIZE(alert_words) == __ESPGW_ALERT_MAX, "an alert has no word");

static const struct espgw_field alert_fields[] = {
	{ .attr = ESPGW_ALERT_A_KIND, .words = alert_words },
	{ .attr = ESPGW_ALERT_A_SPI, .key = "spi", .label = "spi", .kind = &espgw_kind_spi },
	{ .attr = ESPGW_ALERT_A_IFNAME, .at = offsetof(struct alert, ifname),
	  .size = IFNAMSIZ, .key = "dev", .label = "dev", .kind = &espgw_kind_name },
	{ .attr = ESPGW_ALERT_A_DIR, .key = "dir", .label = "dir",
	  .words = espgw_args_in_out, .kind = &espgw_kind_number },
	{ .attr = ESPGW_ALERT_A_SRC, .at = offsetof(struct alert, src), .key = "src",
	  .label = "src", .kind = &espgw_kind_addr },
	{ .attr = ESPGW_ALERT_A_DST, .at = offsetof(struct alert, dst), .key = "dst",
	  .label = "dst", .kind = &espgw_kind_addr },
};

static const struct espgw_object alert_object = {
	.set = &espgw_alert_set, ESPGW_FIELDS(alert_fields), .size = sizeof(struct alert),
	.event = ESPGW_ALERT_A_KIND,
};

/* -- a packet that was dropped */

/**
 * struct drop - it
 * @has: bit n: attribute n of enum espgw_drop_attr is set
 * @number: indexed by attribute
 * @ifname: of the device
 * @src: its source
 * @dst: its destination
 */
struct drop {
	union {
		uint64_t has;
		uint64_t number[ESPGW_DROP_A_MAX + 1];
	};
	char ifname[IFNAMSIZ];
	struct espgw_addr src;
	struct espgw_addr dst;
};

static void show_reason(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	unsigned int counter = espgw_number(obj, f->attr);
	char name[ESPGW_STATS_NAME];

	/* A newer module has reasons that we have no words for. */
	if (espgw_stats_counter(counter))
		espgw_out_str(out, f->key, f->label, espgw_stats_name(counter, name), ESPGW_BAD);
}

static const struct espgw_kind reason_kind = {
	.show = show_reason, .shape = ESPGW_SHAPE(ESPGW_JSON_COUNTER),
};

#define DROP(name, of, member)                                                            \
	.attr = ESPGW_DROP_A_##name, .at = offsetof(struct drop, member),                 \
	.kind = &espgw_kind_##of

static const struct espgw_field drop_fields[] = {
	{ .attr = ESPGW_DROP_A_COUNTER, .key = "reason", TOLD, .label = "", .kind = &reason_kind },
	{ DROP(IFNAME, name, ifname), .size = IFNAMSIZ, .key = "dev", .label = "dev" },
	{ DROP(SRC, addr, src), .key = "src", .label = "src" },
	{ DROP(DST, addr, dst), .key = "dst", .label = "dst" },
	{ DROP(PROTO, proto, number), .key = "proto", .label = "proto" },
	{ DROP(SPORT, number, number), .key = "sport", .label = "sport" },
	{ DROP(DPORT, number, number), .key = "dport", .label = "dport" },
	{ DROP(LEN, number, number), .key = "len", .label = "len" },
	{ DROP(DSCP, number, number), .key = "dscp", .label = "dscp", .flags = ESPGW_F_NONZERO },
	{ DROP(SPI, spi, number), .key = "spi", .label = "spi" },
	{ DROP(COUNT, number, number), .key = "count", TOLD, .label = "count" },
};

static const struct espgw_object drop_object = {
	.set = &espgw_drop_set, ESPGW_FIELDS(drop_fields), .size = sizeof(struct drop),
};

/* -- all kinds of events */

/*
 * Events that come by one group cannot be chosen one without the other: a row
 * with @with_last belongs to the word of the row before it. What may be many is
 * told only to who asks for it.
 */
static const struct {
	const char *name;
	const char *group;
	uint8_t cmd;
	const struct espgw_object *object;
	bool with_last;
	bool asked;
} events[] = {
	{ "sa", ESPGW_MCGRP_SA, ESPGW_CMD_SA_NTF, &espgw_sa_object },
	{ "policy", ESPGW_MCGRP_POLICY, ESPGW_CMD_POLICY_NTF, &espgw_policy_object },
	{ "pmtu", ESPGW_MCGRP_PMTU, ESPGW_CMD_PMTU_NTF, &espgw_pmtu_object },
	{ "vfr", ESPGW_MCGRP_VFR, ESPGW_CMD_VFR_NTF, &espgw_vfr_object },
	{ "acquire", ESPGW_MCGRP_ACQUIRE, ESPGW_CMD_ACQUIRE_NTF, &acquire_object },
	{ "alert", ESPGW_MCGRP_ALERT, ESPGW_CMD_ALERT_NTF, &alert_object },
	{ "dev", ESPGW_MCGRP_DEV, ESPGW_CMD_DEV_NTF, &espgw_dev_object },
	{ "default", ESPGW_MCGRP_DEV, ESPGW_CMD_DEFAULT_NTF, &espgw_default_object, true },
	{ "guard", ESPGW_MCGRP_DEV, ESPGW_CMD_GUARD_NTF, &espgw_guard_object, true },
	{ "xfrm", ESPGW_MCGRP_DEV, ESPGW_CMD_XFRM_NTF, &espgw_xfrm_object, true },
	{ "drops", ESPGW_MCGRP_DROP, ESPGW_CMD_DROP_NTF, &drop_object, false, true },
};

static void event_begin(struct espgw_out *out, const char *name)
{
	espgw_out_row(out);
	espgw_out_time(out, "time");
	espgw_out_str(out, "object", "", name, ESPGW_PLAIN);
}

static int event_show(struct espgw_out *out, const char *name, const struct espgw_object *object,
		      const struct nlmsghdr *nlh)
{
	union {
		union espgw_any any;
		struct acquire acquire;
		struct alert alert;
		struct drop drop;
	} about;

	if (espgw_object_get(nlh, object, &about))
		return -1;
	event_begin(out, name);
	if (object->event) {
		const struct espgw_choice *event = espgw_object_choice(object, &about,
								       object->event);

		espgw_out_str(out, "event", "", event->word, event->colour);
	}
	espgw_object_show(out, object, &about);
	espgw_out_row_end(out);
	return 0;
}

/**
 * espgw_monitor_parse - parse "monitor"
 * @args: the words
 * @req: receives the events to listen to, bit n for row n of the table
 *
 * Return: 0, or -1 (said).
 */
int espgw_monitor_parse(struct espgw_args *args, struct espgw_request *req)
{
	bool any = espgw_args_left(args);
	unsigned int i;

	req->events = 0;
	while (espgw_args_left(args)) {
		const char *word = espgw_args_next(args);

		for (i = 0; i < MNL_ARRAY_SIZE(events); i++)
			if (!events[i].with_last && !strcmp(events[i].name, word))
				break;
		if (i == MNL_ARRAY_SIZE(events))
			return espgw_args_unknown(word);
		if (req->events >> i & 1)
			return espgw_args_twice(word);
		req->events |= 1U << i;
	}
	for (i = 0; !any && i < MNL_ARRAY_SIZE(events); i++)
		req->events |= (unsigned int)!events[i].asked << i;
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
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(events); i++)
		if (events[i].cmd == genl->cmd)
			return event_show(data, events[i].name, events[i].object, nlh);
	return 0;
}

/**
 * espgw_monitor_each - look at all kinds of events
 * @each: called with the name of each and the table that it is shown by
 * @data: for it
 */
void espgw_monitor_each(void (*each)(const char *name, const struct espgw_object *object, void *data),
			void *data)
{
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(events); i++)
		each(events[i].name, events[i].object, data);
}

static void lost(void *data)
{
	struct espgw_out *out = data;

	event_begin(out, "monitor");
	espgw_out_str(out, "event", "", "lost", ESPGW_BAD);
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

	for (i = 0; i < MNL_ARRAY_SIZE(events) && !rc; i++)
		if (req->events >> i & 1 && !events[i].with_last)
			rc = espgw_nl_join(&ctx->nl, events[i].group);
	if (rc)
		return rc;
	ctx->out.stream = true;
	espgw_out_begin(&ctx->out);
	return espgw_nl_listen(&ctx->nl, espgw_monitor_event, lost, &ctx->out);
}

/**
 * espgw_monitor_usage - print the kinds of events
 * @to: stream
 */
void espgw_monitor_usage(FILE *to)
{
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(events); i++)
		if (!events[i].with_last)
			fprintf(to, " [%s]", events[i].name);
}

/**
 * espgw_monitor_offer - print the words for them, a line each
 * @to: stream
 */
void espgw_monitor_offer(FILE *to)
{
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(events); i++)
		if (!events[i].with_last)
			fprintf(to, "%s\n", events[i].name);
}
