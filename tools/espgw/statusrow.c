// SPDX-License-Identifier: GPL-2.0
/*
 * statusrow - how the gateway is, for programs: a row for it, then one for each
 * device, tunnel and kind of drop
 */
#include <assert.h>
#include <string.h>

#include "status.h"

/* Numbers of a tunnel's one direction. */
enum {
	WAY_SAS,
	WAY_SPI,
	WAY_PACKETS,
	WAY_BYTES,
	WAY_PACKETS_PER_S,
	WAY_BITS_PER_S,
	WAY_LAST_S,
	WAY_MAX,
};

/* Numbers of the rows; what is no number has one to say that it is there. */
enum {
	OBJECT = 1,
	/* of the gateway */
	TIME = 2,
	INTERVAL_MS,
	TUNNELS,
	TO_LOOK_AT,
	PROTECT,
	BYPASS,
	DISCARD,
	GUARD,
	GUARDED,
	XFRM,
	/* of a device */
	DEV = 2,
	DEV_STATE,
	/* of a tunnel */
	NAME = 2,
	SRC,
	DST,
	REQID,
	OWNER,
	STATE,
	ADVICE,
	POLICIES,
	OUT,
	IN = OUT + WAY_MAX,
	PEER = IN + WAY_MAX,
	PEER_PORT,
	PMTU,
	INNER_MTU,
	SOURCE,
	LEARNED_S,
	EXPIRES_S,
	LOCKED,
	REPLAY,
	INTEGRITY,
	DROPPED,
	NUMBERS,
	/* of a kind of drop */
	DIR = 2,
	COUNTER,
	COUNT,
	PER_S,
	MEANING,
	DROP_ADVICE,
};

/**
 * struct row - a row of any kind
 * @has: bit n: it has number n
 * @number: indexed by the above
 * @object: what it is of
 * @dev: a device
 * @name: what people call a tunnel
 * @src: an address
 * @dst: another
 * @peer: another
 * @state: a word
 * @source: a word
 * @counter: a counter's name
 * @meaning: what it counts
 * @advice: what to do
 */
struct row {
	union {
		uint64_t has;
		uint64_t number[NUMBERS];
	};
	const char *object;
	const char *dev;
	const char *name;
	struct espgw_addr src;
	struct espgw_addr dst;
	struct espgw_addr peer;
	const char *state;
	const char *source;
	const char *counter;
	const char *meaning;
	const char *advice;
};

static_assert(NUMBERS <= 64, "uint64_t has");

static void show_text(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const char *text;

	memcpy(&text, espgw_member_of(f, obj), sizeof(text));
	espgw_out_str(out, f->key, NULL, text, ESPGW_PLAIN);
}

static void show_time(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	(void)obj;
	espgw_out_time(out, f->key);
}

static const struct espgw_shape state_shape[] = {
	{ ESPGW_JSON_TEXT, .word = espgw_status_word },
	{ 0 },
};

static const struct espgw_kind text_kind = {
	.show = show_text, .shape = ESPGW_SHAPE(ESPGW_JSON_TEXT),
};
static const struct espgw_kind device_kind = {
	.show = show_text, .shape = ESPGW_SHAPE(ESPGW_JSON_DEVICE),
};
static const struct espgw_kind counter_kind = {
	.show = show_text, .shape = ESPGW_SHAPE(ESPGW_JSON_COUNTER),
};
static const struct espgw_kind state_kind = { .show = show_text, .shape = state_shape };
static const struct espgw_kind time_kind = {
	.show = show_time, .shape = ESPGW_SHAPE(ESPGW_JSON_TIME),
};

/* Every row has all its keys; what does not apply is null. */
#define ROW(name, text, of) .attr = (name), .key = (text), .kind = &(of), .flags = ESPGW_F_TOLD
#define NULL_OR(name, text, of) .attr = (name), .key = (text), .kind = &(of), .flags = ESPGW_F_NULL
#define NUMBER(name, text) ROW(name, text, espgw_kind_number)
#define FLAG(name, text) ROW(name, text, espgw_kind_flag)
#define AT(member) .at = offsetof(struct row, member)
#define KIND(name)                                                                        \
	{ ROW(OBJECT, "object", text_kind), AT(object), .words = (name) }

static const struct espgw_choice gateway_word[] = { { "gateway", 0 }, { NULL } };
static const struct espgw_choice dev_word[] = { { "dev", 0 }, { NULL } };
static const struct espgw_choice tunnel_word[] = { { "tunnel", 0 }, { NULL } };
static const struct espgw_choice drop_word[] = { { "drop", 0 }, { NULL } };

static const struct espgw_field gateway_fields[] = {
	KIND(gateway_word),
	{ ROW(TIME, "time", time_kind) },
	{ NUMBER(INTERVAL_MS, "interval_ms") },
	{ NUMBER(TUNNELS, "tunnels") },
	{ NUMBER(TO_LOOK_AT, "to_look_at") },
	{ NUMBER(PROTECT, "protect") },
	{ NUMBER(BYPASS, "bypass") },
	{ NUMBER(DISCARD, "discard") },
	{ FLAG(GUARD, "guard") },
	{ NUMBER(GUARDED, "guarded") },
	{ FLAG(XFRM, "xfrm") },
};

static const struct espgw_field dev_fields[] = {
	KIND(dev_word),
	{ ROW(DEV, "dev", device_kind), AT(dev) },
	{ NUMBER(DEV_STATE, "state"), .words = espgw_dev_state_words },
};

#define WAY(way, name)                                                                    \
	{ NUMBER((way) + WAY_SAS, name "_sas") },                                         \
	{ NULL_OR((way) + WAY_SPI, name "_spi", espgw_kind_spi) },                        \
	{ NUMBER((way) + WAY_PACKETS, name "_packets") },                                 \
	{ NUMBER((way) + WAY_BYTES, name "_bytes") },                                     \
	{ NUMBER((way) + WAY_PACKETS_PER_S, name "_packets_per_s") },                     \
	{ NUMBER((way) + WAY_BITS_PER_S, name "_bits_per_s") },                           \
	{ NULL_OR((way) + WAY_LAST_S, name "_last_s", espgw_kind_seconds) }

static const struct espgw_field tunnel_fields[] = {
	KIND(tunnel_word),
	{ NULL_OR(NAME, "name", text_kind), AT(name) },
	{ ROW(SRC, "src", espgw_kind_addr), AT(src) },
	{ ROW(DST, "dst", espgw_kind_addr), AT(dst) },
	{ NUMBER(REQID, "reqid") },
	{ .attr = OWNER, .key = "owner", .words = espgw_owner_words,
	  .flags = ESPGW_F_NULL | ESPGW_F_NONZERO, .kind = &espgw_kind_number },
	{ ROW(STATE, "state", state_kind), AT(state) },
	{ NULL_OR(ADVICE, "advice", text_kind), AT(advice) },
	{ NUMBER(POLICIES, "policies") },
	WAY(OUT, "out"),
	WAY(IN, "in"),
	{ NULL_OR(PEER, "peer", espgw_kind_addr), AT(peer) },
	{ NULL_OR(PEER_PORT, "peer_port", espgw_kind_number) },
	{ NULL_OR(PMTU, "pmtu", espgw_kind_number) },
	{ NULL_OR(INNER_MTU, "inner_mtu", espgw_kind_number) },
	{ NULL_OR(SOURCE, "source", text_kind), AT(source), .words = espgw_pmtu_source_words },
	{ NULL_OR(LEARNED_S, "learned_s", espgw_kind_seconds) },
	{ NULL_OR(EXPIRES_S, "expires_s", espgw_kind_seconds) },
	{ FLAG(LOCKED, "locked") },
	{ NUMBER(REPLAY, "replay") },
	{ NUMBER(INTEGRITY, "integrity") },
	{ NUMBER(DROPPED, "dropped") },
};

static const struct espgw_field drop_fields[] = {
	KIND(drop_word),
	{ NUMBER(DIR, "dir"), .words = espgw_args_in_out },
	{ ROW(COUNTER, "counter", counter_kind), AT(counter) },
	{ NUMBER(COUNT, "count") },
	{ NUMBER(PER_S, "per_s") },
	{ ROW(MEANING, "meaning", text_kind), AT(meaning) },
	{ NULL_OR(DROP_ADVICE, "advice", text_kind), AT(advice) },
};

#define OBJECT_OF(rows) { ESPGW_FIELDS(rows), .size = sizeof(struct row) }

const struct espgw_object espgw_status_gateway_object = OBJECT_OF(gateway_fields);
const struct espgw_object espgw_status_dev_object = OBJECT_OF(dev_fields);
const struct espgw_object espgw_status_tunnel_object = OBJECT_OF(tunnel_fields);
const struct espgw_object espgw_status_drop_object = OBJECT_OF(drop_fields);

static void set_if(struct row *row, unsigned int name, bool there, uint64_t value)
{
	if (there)
		espgw_set(row, name, value);
}

static void show(struct espgw_out *out, const struct espgw_object *object, struct row *row)
{
	row->object = object->field->words->word;
	espgw_set(row, OBJECT, 0);
	espgw_out_row(out);
	espgw_object_show(out, object, row);
	espgw_out_row_end(out);
}

static void show_gateway(struct espgw_out *out, const struct espgw_status *status,
			 unsigned int troubled)
{
	struct row row = { 0 };

	espgw_set(&row, TIME, 0);
	espgw_set(&row, INTERVAL_MS, status->interval * 1000 + 0.5);
	espgw_set(&row, TUNNELS, status->tunnels);
	espgw_set(&row, TO_LOOK_AT, troubled);
	espgw_set(&row, PROTECT, status->policies[ESPGW_ACTION_PROTECT]);
	espgw_set(&row, BYPASS, status->policies[ESPGW_ACTION_BYPASS]);
	espgw_set(&row, DISCARD, status->policies[ESPGW_ACTION_DISCARD]);
	espgw_set(&row, GUARD, status->guard);
	espgw_set(&row, GUARDED, status->guarded);
	espgw_set(&row, XFRM, status->xfrm);
	show(out, &espgw_status_gateway_object, &row);
}

static void show_dev(struct espgw_out *out, const struct espgw_dev *dev)
{
	struct row row = { .dev = dev->ifname };

	espgw_set(&row, DEV, 0);
	espgw_set(&row, DEV_STATE, espgw_number(dev, ESPGW_DEV_A_STATE));
	show(out, &espgw_status_dev_object, &row);
}

static void set_way(struct row *row, unsigned int at, const struct espgw_status_way *way)
{
	espgw_set(row, at + WAY_SAS, way->sas);
	set_if(row, at + WAY_SPI, way->sas, way->spi);
	espgw_set(row, at + WAY_PACKETS, way->packets);
	espgw_set(row, at + WAY_BYTES, way->bytes);
	espgw_set(row, at + WAY_PACKETS_PER_S, way->packets_per_s + 0.5);
	espgw_set(row, at + WAY_BITS_PER_S, way->bits_per_s + 0.5);
	set_if(row, at + WAY_LAST_S, way->has_last, way->last_s);
}

static void show_tunnel(struct espgw_out *out, const struct espgw_status_tunnel *t)
{
	const struct espgw_health *health = espgw_status_health(t);
	struct row row = {
		.name = t->name, .src = t->src, .dst = t->dst, .peer = t->peer, .state = health->word,
		.advice = health->advice, .source = t->source,
	};

	set_if(&row, NAME, *t->name, 0);
	espgw_set(&row, SRC, 0);
	espgw_set(&row, DST, 0);
	espgw_set(&row, REQID, t->reqid);
	espgw_set(&row, OWNER, t->owner);
	espgw_set(&row, STATE, 0);
	set_if(&row, ADVICE, health->advice, 0);
	espgw_set(&row, POLICIES, t->policies);
	set_way(&row, OUT, &t->out);
	set_way(&row, IN, &t->in);
	set_if(&row, PEER, t->peer.len, 0);
	set_if(&row, PEER_PORT, t->peer.len, t->peer_port);
	set_if(&row, PMTU, t->has_pmtu, t->pmtu);
	set_if(&row, INNER_MTU, t->has_pmtu, t->inner_mtu);
	set_if(&row, SOURCE, t->has_pmtu, 0);
	set_if(&row, LEARNED_S, t->has_learned, t->learned_s);
	set_if(&row, EXPIRES_S, t->has_expires, t->expires_s);
	espgw_set(&row, LOCKED, t->locked);
	espgw_set(&row, REPLAY, t->replay);
	espgw_set(&row, INTEGRITY, t->integrity);
	espgw_set(&row, DROPPED, t->dropped);
	show(out, &espgw_status_tunnel_object, &row);
}

static void show_drop(struct espgw_out *out, const struct espgw_status *status, unsigned int i)
{
	const struct espgw_stats_counter *c = espgw_stats_counter(i);
	char name[ESPGW_STATS_NAME];
	struct row row = {
		.counter = espgw_stats_name(i, name), .meaning = c->meaning, .advice = c->advice,
	};

	espgw_set(&row, DIR, c->group == ESPGW_STATS_DROP_OUT ? ESPGW_DIR_OUT : ESPGW_DIR_IN);
	espgw_set(&row, COUNTER, 0);
	espgw_set(&row, COUNT, status->stats.count[i]);
	espgw_set(&row, PER_S, status->per_s[i] + 0.5);
	espgw_set(&row, MEANING, 0);
	set_if(&row, DROP_ADVICE, c->advice, 0);
	show(out, &espgw_status_drop_object, &row);
}

/**
 * espgw_status_rows - print how the gateway is, for programs
 * @out: where to
 * @status: how it is, merged, with rates
 * @troubled: how many tunnels are to be looked at
 * @drops: enum espgw_stats_attr of what was dropped
 * @count: how many these are
 */
void espgw_status_rows(struct espgw_out *out, const struct espgw_status *status,
		       unsigned int troubled, const unsigned int *drops, unsigned int count)
{
	unsigned int i;

	show_gateway(out, status, troubled);
	for (i = 0; i < status->devs; i++)
		show_dev(out, &status->dev[i]);
	for (i = 0; i < status->tunnels; i++)
		show_tunnel(out, &status->tunnel[i]);
	for (i = 0; i < count; i++)
		show_drop(out, status, drops[i]);
}
