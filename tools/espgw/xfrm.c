// SPDX-License-Identifier: GPL-2.0
/*
 * xfrm - states and policies of the kernel's IPsec that are adopted
 */
#include "say.h"
#include "xfrm.h"

/* -- whether they are */

static const struct espgw_field xfrm_fields[] = {
	{ .attr = ESPGW_XFRM_A_ON, .key = "xfrm", .label = "xfrm", .flags = ESPGW_F_ALWAYS,
	  .words = espgw_args_off_on, .kind = &espgw_kind_number },
	{ .attr = ESPGW_XFRM_A_DEFAULT, .word = "default", .key = "default", .help = "",
	  .in = ESPGW_IN_ADD | ESPGW_IN_DEL | ESPGW_IN_SHOW | ESPGW_IN_DUMP,
	  .kind = &espgw_kind_flag },
	{ .attr = ESPGW_XFRM_A_MODE, .word = "mode", .key = "mode", .help = "any|interface|policy",
	  .in = ESPGW_IN_ADD | ESPGW_IN_SHOW, .words = espgw_xfrm_mode_words,
	  .flags = ESPGW_F_BUILTIN, .builtin = ESPGW_XFRM_MODE_ANY, .kind = &espgw_kind_number },
	{ .attr = ESPGW_XFRM_A_IF_ID, .word = "if-id", .key = "if_id", .help = "N",
	  .in = ESPGW_IN_ADD | ESPGW_IN_SHOW, .min = 1, .max = UINT32_MAX,
	  .flags = ESPGW_F_NONZERO, .kind = &espgw_kind_number },
	{ .attr = ESPGW_XFRM_A_SAS, .key = "sas", .label = "sas", .kind = &espgw_kind_number },
	{ .attr = ESPGW_XFRM_A_POLICIES, .key = "policies", .label = "policies",
	  .kind = &espgw_kind_number },
};

/* The command itself says it: "on" makes, "off" removes. */
static int begin(struct espgw_args *args, unsigned int in, void *obj)
{
	(void)args;
	if (!(in & ESPGW_IN_SHOW))
		espgw_set(obj, ESPGW_XFRM_A_ON, in & ESPGW_IN_ADD);
	return 0;
}

static int check(unsigned int in, void *obj)
{
	bool if_id = espgw_has(obj, ESPGW_XFRM_A_IF_ID), mode = espgw_has(obj, ESPGW_XFRM_A_MODE);

	if (if_id && espgw_number(obj, ESPGW_XFRM_A_MODE) == ESPGW_XFRM_MODE_POLICY)
		return espgw_say_error("\"mode policy\" and \"if-id\" exclude each other");
	/* Namespaces to come have no rows that could be chosen from. */
	if (in & ESPGW_IN_SHOW && espgw_has(obj, ESPGW_XFRM_A_DEFAULT) && (if_id || mode))
		return espgw_say_error("\"default\" and \"%s\" exclude each other",
				       if_id ? "if-id" : "mode");
	return 0;
}

/* Off is what it is unless somebody says otherwise. */
static uint64_t saved(void *obj)
{
	uint64_t what = espgw_number(obj, 0);

	if (!espgw_number(obj, ESPGW_XFRM_A_ON))
		return 0;
	if (espgw_number(obj, ESPGW_XFRM_A_MODE) == ESPGW_XFRM_MODE_ANY)
		what &= ~ESPGW_BIT(ESPGW_XFRM_A_MODE);
	return what;
}

const struct espgw_object espgw_xfrm_object = {
	.set = &espgw_xfrm_set, ESPGW_FIELDS(xfrm_fields), .size = sizeof(struct espgw_xfrm),
	.save = "xfrm on", .begin = begin, .check = check, .saved = saved,
};

/* -- what there is to adopt */

/* Why something has not been adopted, for people, and what can be done about it. */
static const char *const reasons[] = {
	[ESPGW_XFRM_REASON_WAITING] = "it is about to be",
	[ESPGW_XFRM_REASON_NOT_ASKED] = "\"xfrm on\" asked for another mode or if-id",
	[ESPGW_XFRM_REASON_NO_POLICY] =
		"no adopted policy leads to it; see why the policies are not",
	[ESPGW_XFRM_REASON_PROTOCOL] = "it is not ESP",
	[ESPGW_XFRM_REASON_TRANSPORT] = "it is not in tunnel mode",
	[ESPGW_XFRM_REASON_SEVERAL] =
		"it asks for several transforms or an optional one; turn IPComp off",
	[ESPGW_XFRM_REASON_OFFLOAD] = "a device does the work; turn offload (hw_offload) off",
	[ESPGW_XFRM_REASON_GRO] =
		"esp4_offload or esp6_offload decrypts before espgw sees it; unload both",
	[ESPGW_XFRM_REASON_PER_CPU] = "it is for one CPU only; turn SAs per CPU off",
	[ESPGW_XFRM_REASON_MARK] = "it is looked up by a mark; use an if_id instead",
	[ESPGW_XFRM_REASON_ENCAP] = "it is encapsulated, but not in UDP as RFC 3948 has it",
	[ESPGW_XFRM_REASON_ALGORITHM] =
		"espgw has not its algorithm, or no key of that length; propose another",
	[ESPGW_XFRM_REASON_ZERO_KEY] = "its key is all zero, so nobody's",
	[ESPGW_XFRM_REASON_ADDRESS] = "neither of its ends is an address of this host",
	[ESPGW_XFRM_REASON_DEVICE] =
		"no xfrm interface has its if-id; ip link add ipsec0 type xfrm dev WAN if_id N",
	[ESPGW_XFRM_REASON_SELECTOR] =
		"its selector has a device, ports that are no range, or types of ICMP",
	[ESPGW_XFRM_REASON_NAME_TAKEN] = "there is one of that name made by hand; delete that",
	[ESPGW_XFRM_REASON_MEMORY] = "there was no memory; it is tried again",
	[ESPGW_XFRM_REASON_DEAD] = "it has expired or is being deleted",
	[ESPGW_XFRM_REASON_OPTION] =
		"it has an option or a security context that espgw does not have",
	[ESPGW_XFRM_REASON_PRECEDED] =
		"a policy before it, which may cover the same, is not adopted",
	[ESPGW_XFRM_REASON_WINDOW] = "its replay window is larger than 4096; ask for a smaller one",
};

static void show_reason(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const char *word = espgw_choice_word(f->words, espgw_number(obj, f->attr));
	uint64_t reason = espgw_number(obj, f->attr);
	const char *text = NULL;
	char line[128];

	espgw_out_flag(out, "adopted", NULL, !reason);
	if (!reason) {
		espgw_out_label(out, "adopted", ESPGW_GOOD);
		return;
	}
	if (reason < MNL_ARRAY_SIZE(reasons))
		text = reasons[reason];
	snprintf(line, sizeof(line), "not adopted: %s",
		 text ? text : "this tool does not know the reason");
	espgw_out_str(out, f->key, NULL, word ? word : "?", ESPGW_PLAIN);
	espgw_out_label(out, line, ESPGW_CAUTION);
}

static const struct espgw_shape reason_shape[] = {
	{ ESPGW_JSON_FLAG, "adopted" },
	{ ESPGW_JSON_TEXT, .maybe = true },
	{ 0 },
};

static const struct espgw_kind reason_kind = { .show = show_reason, .shape = reason_shape };

/* A state is between two addresses, a policy is for prefixes. */
static void show_end(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const struct espgw_kind *as = espgw_has(obj, f->attr + 1) ? &espgw_kind_prefix :
								    &espgw_kind_addr;

	as->show(out, f, obj);
}

static const struct espgw_kind end_kind = {
	.show = show_end, .shape = ESPGW_SHAPE(ESPGW_JSON_END),
};

static void show_delay(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	uint64_t us = espgw_number(obj, f->attr);
	char text[32];

	if (us < 1000)
		snprintf(text, sizeof(text), "%uus", (unsigned int)us);
	else if (us < 1000000)
		snprintf(text, sizeof(text), "%.1fms", us / 1e3);
	else
		snprintf(text, sizeof(text), "%.1fs", us / 1e6);
	espgw_out_num(out, f->key, NULL, us, NULL);
	espgw_out_str(out, NULL, f->label, text, ESPGW_PLAIN);
}

static const struct espgw_kind delay_kind = {
	.show = show_delay, .shape = ESPGW_SHAPE(ESPGW_JSON_NUMBER),
};

#define ROW(name) .attr = ESPGW_XFRM_ROW_A_##name
#define AT(member) .at = offsetof(struct espgw_xfrm_row, member)

static const struct espgw_field row_fields[] = {
	{ ROW(KIND), .key = "kind", .label = "", .flags = ESPGW_F_ALWAYS,
	  .words = espgw_xfrm_kind_words, .kind = &espgw_kind_number },
	{ ROW(DIR), .key = "dir", .label = "", .words = espgw_args_in_out,
	  .kind = &espgw_kind_number },
	{ ROW(PRIO), .key = "prio", .label = "prio", .kind = &espgw_kind_number },
	{ ROW(SRC), AT(src), .key = "src", .label = "src", .flags = ESPGW_F_TOLD, .kind = &end_kind },
	{ ROW(SRC_LEN) },
	{ ROW(DST), AT(dst), .key = "dst", .label = "dst", .flags = ESPGW_F_TOLD, .kind = &end_kind },
	{ ROW(DST_LEN) },
	{ ROW(ACTION), .key = "action", .label = "", .words = espgw_action_words,
	  .kind = &espgw_kind_number },
	{ ROW(SPI), .key = "spi", .label = "spi", .kind = &espgw_kind_spi },
	{ ROW(REQID), .key = "reqid", .label = "reqid", .kind = &espgw_kind_number },
	{ ROW(IF_ID), .key = "if_id", .label = "if-id", .flags = ESPGW_F_NONZERO,
	  .kind = &espgw_kind_number },
	{ ROW(IFNAME), AT(ifname), .size = IFNAMSIZ, .key = "dev", .label = "dev",
	  .kind = &espgw_kind_name },
	{ ROW(REASON), .key = "reason", .flags = ESPGW_F_ALWAYS | ESPGW_F_NONZERO,
	  .words = espgw_xfrm_reason_words, .kind = &reason_kind },
	{ ROW(SEQ), .key = "seq", .label = "seq", .kind = &espgw_kind_number },
	{ ROW(LEASE), .key = "lease", .label = "lease", .kind = &espgw_kind_number },
	{ ROW(DELAY_US), .key = "delay_us", .label = "delay", .kind = &delay_kind },
};

/* What is asked for is in the words of the setting, not in the rows'. */
static bool is_asked_for(const void *filter, uint64_t if_id)
{
	if (espgw_has(filter, ESPGW_XFRM_A_DEFAULT))
		return false;
	if (espgw_has(filter, ESPGW_XFRM_A_IF_ID) &&
	    if_id != espgw_number(filter, ESPGW_XFRM_A_IF_ID))
		return false;
	switch (espgw_number(filter, ESPGW_XFRM_A_MODE)) {
	case ESPGW_XFRM_MODE_INTERFACE:
		return if_id;
	case ESPGW_XFRM_MODE_POLICY:
		return !if_id;
	default:
		return true;
	}
}

static bool match(const void *obj, const void *filter)
{
	return is_asked_for(filter, espgw_number(obj, ESPGW_XFRM_ROW_A_IF_ID));
}

const struct espgw_object espgw_xfrm_row_object = {
	.set = &espgw_xfrm_row_set, ESPGW_FIELDS(row_fields),
	.size = sizeof(struct espgw_xfrm_row), .match = match,
};

/* -- what is remembered of connections */

/* Lines of the text output. */
enum {
	WHICH,
	COMMENT,
	MTU,
};

#define CONN(name) .attr = ESPGW_XFRM_CONN_A_##name, .in = ESPGW_IN_SET
#define OF_CONN(member) .at = offsetof(struct espgw_xfrm_conn, member)

static const struct espgw_field conn_fields[] = {
	{ CONN(IF_ID), .word = "if-id", .key = "if_id", .label = "connection if-id",
	  .line = WHICH, .min = 1, .max = UINT32_MAX, .kind = &espgw_kind_number },
	{ CONN(REQID), .word = "reqid", .key = "reqid", .label = "connection reqid",
	  .line = WHICH, .max = UINT32_MAX, .kind = &espgw_kind_number },
	{ CONN(NAME), OF_CONN(name), .size = ESPGW_NAME_MAX + 1, .word = "name", .help = "NAME",
	  .key = "name", .line = WHICH, .kind = &espgw_kind_label },
	{ CONN(COMMENT), OF_CONN(comment), .size = ESPGW_COMMENT_MAX + 1, .word = "comment",
	  .help = "TEXT", .key = "comment", .line = COMMENT, .kind = &espgw_kind_comment },
	{ CONN(MTU), OF_CONN(mtu), .flags = ESPGW_F_INLINE, .line = MTU, .nest = &espgw_mtu_object,
	  .kind = &espgw_kind_nest },
};

static int check_conn(unsigned int in, void *obj)
{
	const struct espgw_xfrm_conn *conn = obj;
	bool if_id = espgw_has(conn, ESPGW_XFRM_CONN_A_IF_ID);
	bool reqid = espgw_has(conn, ESPGW_XFRM_CONN_A_REQID);

	(void)in;
	if (if_id && reqid)
		return espgw_say_error("\"if-id\" and \"reqid\" exclude each other");
	if (!if_id && !reqid)
		return espgw_say_error("\"if-id\" or \"reqid\" is missing");
	if (!conn->mtu.has && !espgw_has(conn, ESPGW_XFRM_CONN_A_NAME) &&
	    !espgw_has(conn, ESPGW_XFRM_CONN_A_COMMENT))
		return espgw_say_error("nothing to set is given");
	return espgw_mtu_check(&conn->mtu);
}

static bool match_conn(const void *obj, const void *filter)
{
	return is_asked_for(filter, espgw_number(obj, ESPGW_XFRM_CONN_A_IF_ID));
}

const struct espgw_object espgw_xfrm_conn_object = {
	.set = &espgw_xfrm_conn_set, ESPGW_FIELDS(conn_fields),
	.size = sizeof(struct espgw_xfrm_conn), .save = "xfrm set", .check = check_conn,
	.match = match_conn,
};
