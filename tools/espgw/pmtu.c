// SPDX-License-Identifier: GPL-2.0
/*
 * pmtu - the path-MTU table
 */
#include "pmtu.h"

#define AT(member) .at = offsetof(struct espgw_pmtu, member)

static const struct espgw_choice source_words[] = {
	{ "default", ESPGW_PMTU_DEFAULT },
	{ "device", ESPGW_PMTU_DEVICE },
	{ "icmp", ESPGW_PMTU_ICMP },
	{ "static", ESPGW_PMTU_STATIC },
	{ "probe", ESPGW_PMTU_PROBE },
	{ "mss", ESPGW_PMTU_MSS },
	{ NULL },
};

static const struct espgw_choice event_words[] = {
	{ "lowered", ESPGW_PMTU_EVENT_LOWERED, ESPGW_CAUTION },
	{ "raised", ESPGW_PMTU_EVENT_RAISED },
	{ "set", ESPGW_PMTU_EVENT_SET },
	{ "del", ESPGW_PMTU_EVENT_DEL },
	{ "expired", ESPGW_PMTU_EVENT_EXPIRED },
	{ "rerouted", ESPGW_PMTU_EVENT_REROUTED },
	{ "device", ESPGW_PMTU_EVENT_DEVICE },
	{ "probed", ESPGW_PMTU_EVENT_PROBED },
	{ "no-answer", ESPGW_PMTU_EVENT_NO_ANSWER },
	{ NULL },
};

static const struct espgw_choice state_words[] = {
	{ "off", ESPGW_PROBING_OFF },
	{ "waiting", ESPGW_PROBING_WAITING },
	{ "base", ESPGW_PROBING_BASE },
	{ "searching", ESPGW_PROBING_SEARCHING },
	{ "complete", ESPGW_PROBING_COMPLETE },
	{ "error", ESPGW_PROBING_ERROR, ESPGW_CAUTION },
	{ NULL },
};

static const struct espgw_choice age_words[] = {
	{ "infinite", ESPGW_AGE_INFINITE },
	{ NULL },
};

static void show_cap(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	uint64_t cap = espgw_number(obj, f->attr);

	if (cap != ESPGW_CAP_NONE) {
		espgw_out_num(out, f->key, f->label, cap, f->unit);
		return;
	}
	espgw_out_str(out, NULL, f->label, "none", ESPGW_PLAIN);
	espgw_out_null(out, f->key);
}

static const struct espgw_shape cap_shape[] = {
	{ ESPGW_JSON_NUMBER, .null = true },
	{ 0 },
};

static const struct espgw_kind cap_kind = { .show = show_cap, .shape = cap_shape };

/* Lines of the text output. */
enum {
	NAME,
	VALUE,
	BOUNDS,
	PROBES,
};

#define NAMED (ESPGW_IN_SET | ESPGW_IN_DEL | ESPGW_IN_PROBE)
#define LIKE (ESPGW_IN_SHOW | ESPGW_IN_FLUSH)

/* In JSON every key is always there; what does not apply is null. */
static const struct espgw_field pmtu_fields[] = {
	{ .attr = ESPGW_PMTU_A_NAME, AT(name), .size = ESPGW_NAME_MAX + 1, .word = "name", .key = "name",
	  .line = NAME, .in = LIKE, .flags = ESPGW_F_NULL, .kind = &espgw_kind_label, .like = &espgw_kind_named },
	{ .attr = ESPGW_PMTU_A_SPI, .word = "spi", .key = "spi", .line = NAME,
	  .in = NAMED | LIKE | ESPGW_IN_DUMP, .need = NAMED, .min = ESPGW_SPI_MIN, .max = UINT32_MAX, .flags = ESPGW_F_ALWAYS,
	  .kind = &espgw_kind_spi },
	{ .attr = ESPGW_PMTU_A_DST, AT(dst), .word = "dst", .key = "dst", .line = NAME,
	  .in = NAMED | LIKE, .need = NAMED, .flags = ESPGW_F_ALWAYS,
	  .kind = &espgw_kind_addr, .like = &espgw_kind_within },
	{ .attr = ESPGW_PMTU_A_SRC, AT(src), .word = "src", .key = "src", .line = NAME,
	  .in = LIKE, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_addr,
	  .like = &espgw_kind_within },
	{ .attr = ESPGW_PMTU_A_REQID, .word = "reqid", .key = "reqid", .line = NAME,
	  .in = LIKE, .max = UINT32_MAX, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_OWNER, .words = espgw_owner_words },

	{ .attr = ESPGW_PMTU_A_PMTU, .key = "pmtu", .label = "pmtu", .unit = "bytes",
	  .line = VALUE, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_INNER_MTU, .key = "inner_mtu", .label = "inner-mtu",
	  .unit = "bytes", .line = VALUE, .flags = ESPGW_F_ALWAYS,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_SOURCE, .word = "source", .key = "source", .line = VALUE, .in = LIKE,
	  .words = source_words, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_EXPIRES_S, .key = "expires_s", .label = "expires in",
	  .line = VALUE, .flags = ESPGW_F_NULL, .kind = &espgw_kind_seconds },
	{ .attr = ESPGW_PMTU_A_LEARNED_S, .key = "learned_s", .label = "learned",
	  .unit = "ago", .line = VALUE, .flags = ESPGW_F_NULL, .kind = &espgw_kind_seconds },
	{ .attr = ESPGW_PMTU_A_LOCKED, .key = "locked", .label = "locked", .line = VALUE,
	  .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_flag },

	{ .attr = ESPGW_PMTU_A_FLOOR, .key = "floor", .label = "floor", .unit = "bytes",
	  .line = BOUNDS, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_CAP, .key = "cap", .label = "cap", .unit = "bytes",
	  .line = BOUNDS, .flags = ESPGW_F_ALWAYS, .kind = &cap_kind },
	{ .attr = ESPGW_PMTU_A_ACCEPTED, .key = "accepted", .label = "accepted",
	  .line = BOUNDS, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_REJECTED, .key = "rejected", .label = "rejected",
	  .line = BOUNDS, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_RAISED_BY, .key = "raised_by", .label = "raised by",
	  .line = BOUNDS, .words = source_words, .flags = ESPGW_F_NULL,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_RAISED_S, .key = "raised_s", .label = "", .unit = "ago",
	  .line = BOUNDS, .flags = ESPGW_F_NULL, .kind = &espgw_kind_seconds },
	{ .attr = ESPGW_PMTU_A_LOWERED_BY, .key = "lowered_by", .label = "lowered by",
	  .line = BOUNDS, .words = source_words, .flags = ESPGW_F_NULL,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_LOWERED_S, .key = "lowered_s", .label = "", .unit = "ago",
	  .line = BOUNDS, .flags = ESPGW_F_NULL, .kind = &espgw_kind_seconds },

	{ .attr = ESPGW_PMTU_A_PROBE_STATE, .key = "probe_state", .label = "probe",
	  .line = PROBES, .words = state_words, .flags = ESPGW_F_ALWAYS,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_ECHO, AT(echo), .word = "echo", .key = "echo",
	  .line = PROBES, .in = ESPGW_IN_PROBE, .flags = ESPGW_F_NULL,
	  .kind = &espgw_kind_addr },
	{ .attr = ESPGW_PMTU_A_PROBE_SIZE, .key = "probe_size", .label = "size",
	  .unit = "bytes", .line = PROBES, .flags = ESPGW_F_NULL, .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_PROBE_CONFIRMED, .key = "probe_confirmed",
	  .label = "confirmed", .unit = "bytes", .line = PROBES, .flags = ESPGW_F_NULL,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_PROBE_FAILED, .key = "probe_failed", .label = "failed",
	  .unit = "bytes", .line = PROBES, .flags = ESPGW_F_NULL, .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_PROBES_SENT, .key = "probes_sent", .label = "sent",
	  .line = PROBES, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_PROBES_ANSWERED, .key = "probes_answered",
	  .label = "answered", .line = PROBES, .flags = ESPGW_F_ALWAYS,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_PROBES_LOST, .key = "probes_lost", .label = "lost",
	  .line = PROBES, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_BLACK_HOLES, .key = "black_holes", .label = "black-holes",
	  .line = PROBES, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },

	{ .attr = ESPGW_PMTU_A_MTU, .word = "mtu", .in = ESPGW_IN_SET, .need = ESPGW_IN_SET,
	  .min = ESPGW_PMTU_HARD_MIN, .max = ESPGW_MTU_MAX, .flags = ESPGW_F_TYPED,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_PMTU_A_LOCK, .word = "lock", .in = ESPGW_IN_SET,
	  .flags = ESPGW_F_TYPED, .kind = &espgw_kind_flag },
	{ .attr = ESPGW_PMTU_A_AGE_S, .word = "age", .in = ESPGW_IN_SET, .words = age_words,
	  .min = 1, .max = 86400, .flags = ESPGW_F_TYPED, .kind = &espgw_kind_span },
	{ .attr = ESPGW_PMTU_A_BOUND },
	{ .attr = ESPGW_PMTU_A_EVENT, .words = event_words },
};

/* In text, nothing of probes where there never was any. */
static bool hides(const struct espgw_out *out, const void *obj, unsigned int line)
{
	const struct espgw_pmtu *pmtu = obj;

	return line == PROBES && !out->json &&
	       pmtu->number[ESPGW_PMTU_A_PROBE_STATE] == ESPGW_PROBING_OFF &&
	       !pmtu->number[ESPGW_PMTU_A_PROBES_SENT];
}

/*
 * Saved is what was set by hand to stay, of SAs that are not xfrm's. What was learned is left out: the path
 * is asked again after a restore. A lock is by hand only on what is in force by
 * hand; else it is the floor's.
 */
static uint64_t saved(void *obj)
{
	const struct espgw_pmtu *pmtu = obj;
	uint64_t what = ESPGW_BIT(ESPGW_PMTU_A_SPI) | ESPGW_BIT(ESPGW_PMTU_A_DST) |
			ESPGW_BIT(ESPGW_PMTU_A_MTU);

	if (!espgw_has(pmtu, ESPGW_PMTU_A_MTU) ||
	    pmtu->number[ESPGW_PMTU_A_OWNER] == ESPGW_OWNER_XFRM)
		return 0;
	if (pmtu->number[ESPGW_PMTU_A_LOCKED] &&
	    pmtu->number[ESPGW_PMTU_A_SOURCE] == ESPGW_PMTU_STATIC)
		what |= ESPGW_BIT(ESPGW_PMTU_A_LOCK);
	return what;
}

const struct espgw_object espgw_pmtu_object = {
	.set = &espgw_pmtu_set, ESPGW_FIELDS(pmtu_fields), .size = sizeof(struct espgw_pmtu),
	.save = "pmtu set", .event = ESPGW_PMTU_A_EVENT, .hides = hides, .saved = saved,
};
