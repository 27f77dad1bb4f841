// SPDX-License-Identifier: GPL-2.0
/*
 * explain - what would become of a packet
 */
#include <inttypes.h>
#include <string.h>

#include "explain.h"
#include "say.h"
#include "stats.h"

#define AT(member) .at = offsetof(struct espgw_explain, member)
#define ASK .in = ESPGW_IN_GET

static const struct espgw_choice place_words[] = {
	{ "not-attached", ESPGW_EXPLAIN_PLACE_OTHER, ESPGW_CAUTION },
	{ "attached", ESPGW_EXPLAIN_PLACE_ATTACHED },
	{ "watched", ESPGW_EXPLAIN_PLACE_WATCHED },
	{ NULL },
};

static const struct espgw_choice verdict_words[] = {
	{ "pass", ESPGW_EXPLAIN_VERDICT_PASS, ESPGW_CAUTION },
	{ "encrypt", ESPGW_EXPLAIN_VERDICT_ENCRYPT, ESPGW_GOOD },
	{ "drop", ESPGW_EXPLAIN_VERDICT_DROP, ESPGW_BAD },
	{ "xfrm", ESPGW_EXPLAIN_VERDICT_XFRM, ESPGW_CAUTION },
	{ NULL },
};

static const struct espgw_choice plan_words[] = {
	{ "encrypt", ESPGW_EXPLAIN_PLAN_ENCRYPT },
	{ "fragment-before", ESPGW_EXPLAIN_PLAN_BEFORE },
	{ "fragment-after", ESPGW_EXPLAIN_PLAN_AFTER },
	{ "whole", ESPGW_EXPLAIN_PLAN_WHOLE },
	{ "tcp-segments", ESPGW_EXPLAIN_PLAN_SEGMENTS },
	{ "drop", ESPGW_EXPLAIN_PLAN_DROP, ESPGW_BAD },
	{ NULL },
};

/* Where the policies were asked, that there is none is an answer as well. */
static void show_policy(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const struct espgw_explain *explain = obj;

	if (espgw_has(obj, f->attr)) {
		espgw_out_nest(out, f->key, f->label);
		espgw_object_show(out, f->nest, &explain->policy);
		espgw_out_nest_end(out);
	} else if (espgw_has(obj, ESPGW_EXPLAIN_A_ADMIT)) {
		espgw_out_str(out, NULL, f->label, "none", ESPGW_PLAIN);
	}
}

static const struct espgw_kind policy_kind = {
	.show = show_policy, .shape = (const struct espgw_shape[]){
		{ ESPGW_JSON_OBJECT, .maybe = true }, { 0 } },
};

/* Two numbers for each length: how many, and how long. */
static void show_leaves(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const struct espgw_explain *explain = obj;
	struct espgw_out_run run[ESPGW_KEY_MAX / sizeof(struct espgw_out_run)];

	memcpy(run, explain->leaves.byte, explain->leaves.len);
	espgw_out_runs(out, f->key, f->label, run, explain->leaves.len / sizeof(*run));
}

static const struct espgw_kind leaves_kind = {
	.show = show_leaves, .shape = ESPGW_SHAPE(ESPGW_JSON_NUMBERS),
};

static void show_answer(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	char text[64];

	snprintf(text, sizeof(text), "ICMP%s type %" PRIu64 " code %" PRIu64,
		 espgw_number(obj, f->attr) == 2 ? "v6" : "", espgw_number(obj, f->attr),
		 espgw_number(obj, ESPGW_EXPLAIN_A_ANSWER_CODE));
	espgw_out_str(out, NULL, f->label, text, ESPGW_PLAIN);
	espgw_out_num(out, f->key, NULL, espgw_number(obj, f->attr), NULL);
}

static const struct espgw_kind answer_kind = {
	.show = show_answer, .shape = ESPGW_SHAPE(ESPGW_JSON_NUMBER),
};

static void show_counter(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const struct espgw_stats_counter *counter;
	char name[ESPGW_STATS_NAME];

	counter = espgw_stats_counter(espgw_number(obj, f->attr));
	/* A newer module has reasons that we have no words for. */
	if (!counter)
		return;
	espgw_out_str(out, f->key, f->label,
		      espgw_stats_name(espgw_number(obj, f->attr), name), ESPGW_BAD);
	espgw_out_str(out, NULL, "-", counter->meaning, ESPGW_PLAIN);
}

static const struct espgw_kind counter_kind = {
	.show = show_counter, .shape = ESPGW_SHAPE(ESPGW_JSON_COUNTER),
};

/* Lines of the text output. */
enum {
	PACKET,
	PLACE,
	POLICY,
	ADMISSION,
	ITS_SA,
	FITS,
	PLAN,
	LEAVES,
	ANSWER,
	VERDICT,
};

static const struct espgw_field explain_fields[] = {
	{ .attr = ESPGW_EXPLAIN_A_DIR, ASK, .key = "dir", .label = "", .line = PACKET,
	  .words = espgw_args_in_out, .flags = ESPGW_F_TOLD | ESPGW_F_ALONE, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_SRC, AT(src), ASK, .need = ESPGW_IN_GET, .word = "src",
	  .key = "src", .line = PACKET, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_addr },
	{ .attr = ESPGW_EXPLAIN_A_DST, AT(dst), ASK, .need = ESPGW_IN_GET, .word = "dst",
	  .key = "dst", .line = PACKET, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_addr },
	{ .attr = ESPGW_EXPLAIN_A_PROTO, ASK, .word = "proto", .key = "proto", .line = PACKET,
	  .help = "P", .flags = ESPGW_F_TOLD, .kind = &espgw_kind_proto },
	{ .attr = ESPGW_EXPLAIN_A_SPORT, ASK, .word = "sport", .key = "sport", .line = PACKET,
	  .help = "N", .max = UINT16_MAX, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_DPORT, ASK, .word = "dport", .key = "dport", .line = PACKET,
	  .help = "N", .max = UINT16_MAX, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_LEN, ASK, .word = "len", .key = "len", .line = PACKET,
	  .help = "N", .min = 1, .max = ESPGW_MTU_MAX, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_DF, ASK, .word = "df", .key = "df", .line = PACKET,
	  .help = "", .kind = &espgw_kind_flag },
	{ .attr = ESPGW_EXPLAIN_A_DSCP, ASK, .word = "dscp", .key = "dscp", .line = PACKET,
	  .help = "\nN", .flags = ESPGW_F_NONZERO, .kind = &espgw_kind_dscp },
	{ .attr = ESPGW_EXPLAIN_A_MARK, ASK, .word = "mark", .key = "mark", .line = PACKET,
	  .help = "N", .max = UINT32_MAX, .kind = &espgw_kind_number },

	{ .attr = ESPGW_EXPLAIN_A_IFNAME, AT(ifname), .size = IFNAMSIZ, ASK, .word = "dev",
	  .key = "dev", .line = PLACE, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_device },
	{ .attr = ESPGW_EXPLAIN_A_IFINDEX, .key = "ifindex", .line = PLACE,
	  .flags = ESPGW_F_TOLD, .kind = &espgw_kind_ifindex },
	{ .attr = ESPGW_EXPLAIN_A_PLACE, .key = "place", .label = "", .line = PLACE,
	  .words = place_words, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },

	{ .attr = ESPGW_EXPLAIN_A_POLICY, AT(policy), .key = "policy", .label = "policy",
	  .line = POLICY, .nest = &espgw_policy_object, .flags = ESPGW_F_ALWAYS,
	  .kind = &policy_kind },
	{ .attr = ESPGW_EXPLAIN_A_ADMIT, .key = "admission", .label = "admission",
	  .line = ADMISSION, .words = verdict_words, .kind = &espgw_kind_number },

	{ .attr = ESPGW_EXPLAIN_A_SPI, ASK, .word = "spi", .key = "spi", .label = "sa spi",
	  .line = ITS_SA, .help = "N", .min = ESPGW_SPI_MIN, .max = UINT32_MAX,
	  .kind = &espgw_kind_spi },
	{ .attr = ESPGW_EXPLAIN_A_SA_DST, AT(sa_dst), ASK, .word = "sa-dst", .key = "sa_dst",
	  .label = "dst", .line = ITS_SA, .help = "A", .kind = &espgw_kind_addr },
	{ .attr = ESPGW_EXPLAIN_A_REQID, .key = "reqid", .label = "reqid", .line = ITS_SA,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_SA_NAME, AT(sa_name), .size = ESPGW_NAME_MAX + 1,
	  .key = "sa_name", .label = "name", .line = ITS_SA, .kind = &espgw_kind_label },
	{ .attr = ESPGW_EXPLAIN_A_STATE, .key = "state", .label = "state", .line = ITS_SA,
	  .words = espgw_sa_state_words, .kind = &espgw_kind_number },

	{ .attr = ESPGW_EXPLAIN_A_INNER_MTU, .key = "inner_mtu", .label = "fits inner-mtu",
	  .line = FITS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_PATH_MTU, .key = "path_mtu", .label = "path-mtu",
	  .line = FITS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_DEV_MTU, .key = "dev_mtu", .label = "of device",
	  .line = FITS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_ROUTE_MTU, .key = "route_mtu", .label = "route",
	  .line = FITS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_LEARNED, .key = "learned", .label = "learned",
	  .line = FITS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_CAP, .key = "cap", .label = "cap", .line = FITS,
	  .kind = &espgw_kind_number },

	{ .attr = ESPGW_EXPLAIN_A_PLAN, .key = "plan", .label = "plan", .line = PLAN,
	  .words = plan_words, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_DF_OVERRIDDEN, .key = "df_overridden",
	  .label = "although DF is set", .line = PLAN, .kind = &espgw_kind_flag },

	{ .attr = ESPGW_EXPLAIN_A_PACKETS, .key = "packets", .label = "leaves packets",
	  .line = LEAVES, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_LEAVES, AT(leaves), .key = "lengths", .label = "len",
	  .line = LEAVES, .kind = &leaves_kind },
	{ .attr = ESPGW_EXPLAIN_A_OUTER_DF, .key = "outer_df", .label = "df", .line = LEAVES,
	  .kind = &espgw_kind_flag },
	{ .attr = ESPGW_EXPLAIN_A_OUTER_SRC, AT(outer_src), .key = "outer_src",
	  .label = "src", .line = LEAVES, .kind = &espgw_kind_addr },
	{ .attr = ESPGW_EXPLAIN_A_OUTER_DST, AT(outer_dst), .key = "outer_dst",
	  .label = "dst", .line = LEAVES, .kind = &espgw_kind_addr },
	{ .attr = ESPGW_EXPLAIN_A_OUTER_SPORT, .key = "outer_sport", .label = "udp sport",
	  .line = LEAVES, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_OUTER_DPORT, .key = "outer_dport", .label = "dport",
	  .line = LEAVES, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_OUTER_IFNAME, AT(outer_ifname), .size = IFNAMSIZ,
	  .key = "outer_dev", .label = "dev", .line = LEAVES, .kind = &espgw_kind_name },

	{ .attr = ESPGW_EXPLAIN_A_ANSWER_TYPE, .key = "answer_type", .label = "answer",
	  .line = ANSWER, .kind = &answer_kind },
	{ .attr = ESPGW_EXPLAIN_A_ANSWER_CODE, .key = "answer_code", .line = ANSWER,
	  .kind = &espgw_kind_ifindex },
	{ .attr = ESPGW_EXPLAIN_A_ANSWER_MTU, .key = "answer_mtu", .label = "mtu",
	  .line = ANSWER, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_ANSWER_HELD, .key = "answer_held",
	  .label = "withheld by the rate limit", .line = ANSWER, .kind = &espgw_kind_flag },

	{ .attr = ESPGW_EXPLAIN_A_VERDICT, .key = "verdict", .label = "verdict",
	  .line = VERDICT, .words = verdict_words, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },
	{ .attr = ESPGW_EXPLAIN_A_COUNTER, .key = "reason", .label = "", .line = VERDICT,
	  .kind = &counter_kind },
};

static int check(unsigned int in, void *obj)
{
	const struct espgw_explain *explain = obj;

	(void)in;
	if (explain->src.len != explain->dst.len)
		return espgw_say_error("\"src\" and \"dst\" must be of one family, "
				       "IPv4 or IPv6");
	if (espgw_has(obj, ESPGW_EXPLAIN_A_DF) && explain->src.len == 16)
		return espgw_say_error("\"df\": IPv6 has none");
	if (espgw_has(obj, ESPGW_EXPLAIN_A_SPI) &&
	    espgw_number(obj, ESPGW_EXPLAIN_A_DIR) != ESPGW_DIR_IN)
		return espgw_say_error("\"spi\" goes with \"in\" only: "
				       "the SA of what leaves is its policy's");
	if (espgw_has(obj, ESPGW_EXPLAIN_A_SA_DST) && !espgw_has(obj, ESPGW_EXPLAIN_A_SPI))
		return espgw_say_error("\"sa-dst\" goes with \"spi\" only");
	if (!espgw_has(obj, ESPGW_EXPLAIN_A_PROTO) &&
	    (espgw_has(obj, ESPGW_EXPLAIN_A_SPORT) || espgw_has(obj, ESPGW_EXPLAIN_A_DPORT)))
		return espgw_say_error("\"sport\" and \"dport\" need \"proto\"");
	return 0;
}

const struct espgw_object espgw_explain_object = {
	.set = &espgw_explain_set, ESPGW_FIELDS(explain_fields),
	.size = sizeof(struct espgw_explain), .check = check,
};
