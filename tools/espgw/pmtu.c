// SPDX-License-Identifier: GPL-2.0
/*
 * pmtu - the path-MTU table
 */
#include <inttypes.h>
#include <string.h>

#include "attr.h"
#include "pmtu.h"
#include "say.h"

#define BIT(attr) (1ULL << (attr))

static const struct espgw_choice source_words[] = {
	{ "default", ESPGW_PMTU_DEFAULT }, { "device", ESPGW_PMTU_DEVICE },
	{ "icmp", ESPGW_PMTU_ICMP },	   { "static", ESPGW_PMTU_STATIC },
	{ "probe", ESPGW_PMTU_PROBE },	   { "mss", ESPGW_PMTU_MSS },
	{ NULL, 0 },
};

static const struct espgw_choice event_words[] = {
	{ "lowered", ESPGW_PMTU_EVENT_LOWERED },
	{ "raised", ESPGW_PMTU_EVENT_RAISED },
	{ "set", ESPGW_PMTU_EVENT_SET },
	{ "del", ESPGW_PMTU_EVENT_DEL },
	{ "expired", ESPGW_PMTU_EVENT_EXPIRED },
	{ "rerouted", ESPGW_PMTU_EVENT_REROUTED },
	{ "device", ESPGW_PMTU_EVENT_DEVICE },
	{ "probed", ESPGW_PMTU_EVENT_PROBED },
	{ "no-answer", ESPGW_PMTU_EVENT_NO_ANSWER },
	{ NULL, 0 },
};

static const struct espgw_choice state_words[] = {
	{ "off", ESPGW_PROBING_OFF },	   { "waiting", ESPGW_PROBING_WAITING },
	{ "base", ESPGW_PROBING_BASE },	   { "searching", ESPGW_PROBING_SEARCHING },
	{ "complete", ESPGW_PROBING_COMPLETE }, { "error", ESPGW_PROBING_ERROR },
	{ NULL, 0 },
};

static const struct espgw_choice age_words[] = {
	{ "infinite", ESPGW_AGE_INFINITE },
	{ NULL, 0 },
};

static bool has(const struct espgw_pmtu *pmtu, unsigned int attr)
{
	return pmtu->has >> attr & 1;
}

/* What each word sets, and which commands besides "show" and "del" it goes with. */
static const struct {
	const char *word;
	unsigned int attr;
	uint8_t cmd;
} pmtu_words[] = {
	{ "spi", ESPGW_PMTU_A_SPI, 0 },
	{ "dst", ESPGW_PMTU_A_DST, 0 },
	{ "mtu", ESPGW_PMTU_A_MTU, ESPGW_CMD_PMTU_SET },
	{ "lock", ESPGW_PMTU_A_LOCK, ESPGW_CMD_PMTU_SET },
	{ "age", ESPGW_PMTU_A_AGE_S, ESPGW_CMD_PMTU_SET },
	{ "echo", ESPGW_PMTU_A_ECHO, ESPGW_CMD_PMTU_PROBE },
};

static int take_words(struct espgw_args *args, uint8_t cmd, struct espgw_pmtu *pmtu)
{
	memset(pmtu, 0, sizeof(*pmtu));
	while (espgw_args_left(args)) {
		const char *word = espgw_args_next(args);
		uint64_t value = 0;
		unsigned int i;
		int rc = 0;

		for (i = 0; i < MNL_ARRAY_SIZE(pmtu_words); i++)
			if (!strcmp(pmtu_words[i].word, word))
				break;
		if (i == MNL_ARRAY_SIZE(pmtu_words))
			return espgw_args_unknown(word);
		if (pmtu_words[i].cmd && pmtu_words[i].cmd != cmd)
			return espgw_say_error("\"%s\" does not go with this command", word);
		if (has(pmtu, pmtu_words[i].attr))
			return espgw_args_twice(word);
		pmtu->has |= BIT(pmtu_words[i].attr);
		switch (pmtu_words[i].attr) {
		case ESPGW_PMTU_A_SPI:
			rc = espgw_args_number(args, word, ESPGW_SPI_MIN, UINT32_MAX, &value);
			pmtu->spi = value;
			break;
		case ESPGW_PMTU_A_DST:
			rc = espgw_args_address(args, word, &pmtu->dst);
			break;
		case ESPGW_PMTU_A_ECHO:
			rc = espgw_args_address(args, word, &pmtu->echo);
			break;
		case ESPGW_PMTU_A_MTU:
			rc = espgw_args_number(args, word, ESPGW_PMTU_HARD_MIN, ESPGW_MTU_MAX,
					       &value);
			break;
		case ESPGW_PMTU_A_AGE_S:
			rc = espgw_args_choice_or_number(args, word, age_words, 1, 86400, &value);
			break;
		}
		if (rc)
			return -1;
		pmtu->value[pmtu_words[i].attr] = value;
	}
	return 0;
}

static int need(const struct espgw_pmtu *pmtu, unsigned int attr)
{
	return has(pmtu, attr) ? 0 : espgw_args_missing(espgw_pmtu_set.attr[attr].name);
}

/**
 * espgw_pmtu_parse_show - parse "pmtu show"
 * @args: the words
 * @pmtu: receives what to show
 *
 * Return: 0, or -1 (said).
 */
int espgw_pmtu_parse_show(struct espgw_args *args, struct espgw_pmtu *pmtu)
{
	return take_words(args, ESPGW_CMD_PMTU_GET, pmtu);
}

/**
 * espgw_pmtu_parse_set - parse "pmtu set"
 * @args: the words
 * @pmtu: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_pmtu_parse_set(struct espgw_args *args, struct espgw_pmtu *pmtu)
{
	return take_words(args, ESPGW_CMD_PMTU_SET, pmtu) || need(pmtu, ESPGW_PMTU_A_SPI) ||
	       need(pmtu, ESPGW_PMTU_A_DST) || need(pmtu, ESPGW_PMTU_A_MTU) ? -1 : 0;
}

/**
 * espgw_pmtu_parse_del - parse "pmtu del"
 * @args: the words
 * @pmtu: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_pmtu_parse_del(struct espgw_args *args, struct espgw_pmtu *pmtu)
{
	return take_words(args, ESPGW_CMD_PMTU_DEL, pmtu) || need(pmtu, ESPGW_PMTU_A_SPI) ||
	       need(pmtu, ESPGW_PMTU_A_DST) ? -1 : 0;
}

/**
 * espgw_pmtu_parse_probe - parse "pmtu probe"
 * @args: the words
 * @pmtu: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_pmtu_parse_probe(struct espgw_args *args, struct espgw_pmtu *pmtu)
{
	return take_words(args, ESPGW_CMD_PMTU_PROBE, pmtu) || need(pmtu, ESPGW_PMTU_A_SPI) ||
	       need(pmtu, ESPGW_PMTU_A_DST) ? -1 : 0;
}

/**
 * espgw_pmtu_parse_flush - parse "pmtu flush"
 * @args: the words
 * @pmtu: left empty
 *
 * Return: 0, or -1 (said).
 */
int espgw_pmtu_parse_flush(struct espgw_args *args, struct espgw_pmtu *pmtu)
{
	memset(pmtu, 0, sizeof(*pmtu));
	return espgw_args_none_left(args);
}

/**
 * espgw_pmtu_put - add a row's name, and what to set, to a message
 * @nlh: the message
 * @pmtu: only what it has is added
 */
void espgw_pmtu_put(struct nlmsghdr *nlh, const struct espgw_pmtu *pmtu)
{
	if (has(pmtu, ESPGW_PMTU_A_SPI))
		mnl_attr_put_u32(nlh, ESPGW_PMTU_A_SPI, htonl(pmtu->spi));
	if (has(pmtu, ESPGW_PMTU_A_DST))
		espgw_attr_put_addr(nlh, ESPGW_PMTU_A_DST, &pmtu->dst);
	if (has(pmtu, ESPGW_PMTU_A_MTU))
		mnl_attr_put_u32(nlh, ESPGW_PMTU_A_MTU, pmtu->value[ESPGW_PMTU_A_MTU]);
	if (has(pmtu, ESPGW_PMTU_A_LOCK))
		mnl_attr_put(nlh, ESPGW_PMTU_A_LOCK, 0, NULL);
	if (has(pmtu, ESPGW_PMTU_A_BOUND))
		mnl_attr_put(nlh, ESPGW_PMTU_A_BOUND, 0, NULL);
	if (has(pmtu, ESPGW_PMTU_A_AGE_S))
		mnl_attr_put_u32(nlh, ESPGW_PMTU_A_AGE_S, pmtu->value[ESPGW_PMTU_A_AGE_S]);
	if (has(pmtu, ESPGW_PMTU_A_ECHO))
		espgw_attr_put_addr(nlh, ESPGW_PMTU_A_ECHO, &pmtu->echo);
}

/* Where an attribute's address belongs. */
static struct espgw_addr *addr_of(struct espgw_pmtu *pmtu, unsigned int attr)
{
	switch (attr) {
	case ESPGW_PMTU_A_SRC:
		return &pmtu->src;
	case ESPGW_PMTU_A_ECHO:
		return &pmtu->echo;
	default:
		return &pmtu->dst;
	}
}

/**
 * espgw_pmtu_get - read a row from a message
 * @nlh: the message
 * @pmtu: receives it
 *
 * Return: 0, or -1 if the message is malformed; says nothing.
 */
int espgw_pmtu_get(const struct nlmsghdr *nlh, struct espgw_pmtu *pmtu)
{
	struct espgw_attrs attrs;
	unsigned int i;

	memset(pmtu, 0, sizeof(*pmtu));
	if (espgw_attr_read(nlh, &espgw_pmtu_set, &attrs))
		return -1;
	for (i = 1; i <= ESPGW_PMTU_A_MAX; i++) {
		const struct nlattr *attr = attrs.tb[i];

		if (!attr)
			continue;
		pmtu->has |= BIT(i);
		switch (espgw_pmtu_set.attr[i].type) {
		case ESPGW_T_U8:
			pmtu->value[i] = mnl_attr_get_u8(attr);
			break;
		case ESPGW_T_U32:
			pmtu->value[i] = mnl_attr_get_u32(attr);
			break;
		case ESPGW_T_U64:
			pmtu->value[i] = mnl_attr_get_u64(attr);
			break;
		case ESPGW_T_BE32:
			pmtu->spi = ntohl(mnl_attr_get_u32(attr));
			break;
		case ESPGW_T_ADDR:
			if (espgw_attr_get_addr(attr, addr_of(pmtu, i)))
				return -1;
			break;
		default:
			break;
		}
	}
	return 0;
}

/**
 * espgw_pmtu_match - whether a row is one to be shown
 * @pmtu: the row
 * @filter: what of it was asked for
 *
 * Return: true if so.
 */
bool espgw_pmtu_match(const struct espgw_pmtu *pmtu, const struct espgw_pmtu *filter)
{
	return (!has(filter, ESPGW_PMTU_A_SPI) || pmtu->spi == filter->spi) &&
	       (!has(filter, ESPGW_PMTU_A_DST) || espgw_addr_equal(&pmtu->dst, &filter->dst));
}

/* What changed the path MTU last, that way, and when. */
static void show_change(struct espgw_out *out, const struct espgw_pmtu *pmtu, unsigned int by,
			unsigned int when, const char *key_by, const char *key_when,
			const char *label)
{
	const char *word = espgw_choice_word(source_words, pmtu->value[by]);

	if (!has(pmtu, by)) {
		espgw_out_null(out, key_by);
		espgw_out_null(out, key_when);
		return;
	}
	espgw_out_str(out, key_by, label, word ? word : "?", ESPGW_PLAIN);
	espgw_out_seconds(out, key_when, "", pmtu->value[when]);
	espgw_out_label(out, "ago", ESPGW_PLAIN);
}

static void show_size(struct espgw_out *out, const struct espgw_pmtu *pmtu, unsigned int attr,
		      const char *key, const char *label)
{
	if (has(pmtu, attr))
		espgw_out_num(out, key, label, pmtu->value[attr], "bytes");
	else
		espgw_out_null(out, key);
}

static void show_probes(struct espgw_out *out, const struct espgw_pmtu *pmtu)
{
	const uint64_t *value = pmtu->value;
	uint8_t state = value[ESPGW_PMTU_A_PROBE_STATE];
	const char *word = espgw_choice_word(state_words, state);

	/* In text, nothing of it where there never was any. */
	if (!out->json && state == ESPGW_PROBING_OFF && !value[ESPGW_PMTU_A_PROBES_SENT])
		return;
	espgw_out_break(out);
	espgw_out_str(out, "probe_state", "probe", word ? word : "?",
		      state == ESPGW_PROBING_ERROR ? ESPGW_CAUTION : ESPGW_PLAIN);
	if (has(pmtu, ESPGW_PMTU_A_ECHO))
		espgw_out_addr(out, "echo", "echo", &pmtu->echo);
	else
		espgw_out_null(out, "echo");
	show_size(out, pmtu, ESPGW_PMTU_A_PROBE_SIZE, "probe_size", "size");
	show_size(out, pmtu, ESPGW_PMTU_A_PROBE_CONFIRMED, "probe_confirmed", "confirmed");
	show_size(out, pmtu, ESPGW_PMTU_A_PROBE_FAILED, "probe_failed", "failed");
	espgw_out_num(out, "probes_sent", "sent", value[ESPGW_PMTU_A_PROBES_SENT], NULL);
	espgw_out_num(out, "probes_answered", "answered", value[ESPGW_PMTU_A_PROBES_ANSWERED],
		      NULL);
	espgw_out_num(out, "probes_lost", "lost", value[ESPGW_PMTU_A_PROBES_LOST], NULL);
	espgw_out_num(out, "black_holes", "black-holes", value[ESPGW_PMTU_A_BLACK_HOLES], NULL);
}

/**
 * espgw_pmtu_show - print a row of the table as the values of one row
 * @out: where to; the caller begins and ends the row
 * @pmtu: the row
 *
 * In JSON every key is always there; what does not apply is null.
 */
void espgw_pmtu_show(struct espgw_out *out, const struct espgw_pmtu *pmtu)
{
	const uint64_t *value = pmtu->value;

	espgw_out_hex32(out, "spi", "spi", pmtu->spi);
	espgw_out_addr(out, "dst", "dst", &pmtu->dst);
	espgw_out_addr(out, "src", "src", &pmtu->src);
	espgw_out_num(out, "reqid", "reqid", value[ESPGW_PMTU_A_REQID], NULL);
	espgw_out_break(out);
	espgw_out_num(out, "pmtu", "pmtu", value[ESPGW_PMTU_A_PMTU], "bytes");
	espgw_out_num(out, "inner_mtu", "inner-mtu", value[ESPGW_PMTU_A_INNER_MTU], "bytes");
	espgw_out_str(out, "source", "source", espgw_pmtu_source_word(value[ESPGW_PMTU_A_SOURCE]),
		      ESPGW_PLAIN);
	if (has(pmtu, ESPGW_PMTU_A_EXPIRES_S))
		espgw_out_seconds(out, "expires_s", "expires in", value[ESPGW_PMTU_A_EXPIRES_S]);
	else
		espgw_out_null(out, "expires_s");
	if (has(pmtu, ESPGW_PMTU_A_LEARNED_S)) {
		espgw_out_seconds(out, "learned_s", "learned", value[ESPGW_PMTU_A_LEARNED_S]);
		espgw_out_label(out, "ago", ESPGW_PLAIN);
	} else {
		espgw_out_null(out, "learned_s");
	}
	espgw_out_flag(out, "locked", "locked", value[ESPGW_PMTU_A_LOCKED]);
	espgw_out_break(out);
	espgw_out_num(out, "floor", "floor", value[ESPGW_PMTU_A_FLOOR], "bytes");
	if (value[ESPGW_PMTU_A_CAP] != ESPGW_CAP_NONE) {
		espgw_out_num(out, "cap", "cap", value[ESPGW_PMTU_A_CAP], "bytes");
	} else {
		espgw_out_str(out, NULL, "cap", "none", ESPGW_PLAIN);
		espgw_out_null(out, "cap");
	}
	espgw_out_num(out, "accepted", "accepted", value[ESPGW_PMTU_A_ACCEPTED], NULL);
	espgw_out_num(out, "rejected", "rejected", value[ESPGW_PMTU_A_REJECTED], NULL);
	show_change(out, pmtu, ESPGW_PMTU_A_RAISED_BY, ESPGW_PMTU_A_RAISED_S, "raised_by",
		    "raised_s", "raised by");
	show_change(out, pmtu, ESPGW_PMTU_A_LOWERED_BY, ESPGW_PMTU_A_LOWERED_S, "lowered_by",
		    "lowered_s", "lowered by");
	show_probes(out, pmtu);
}

/**
 * espgw_pmtu_source_word - the word for where a path MTU comes from
 * @source: enum espgw_pmtu_source
 *
 * Return: the word; "?" for one that this tool does not know.
 */
const char *espgw_pmtu_source_word(uint8_t source)
{
	const char *word = espgw_choice_word(source_words, source);

	return word ? word : "?";
}

/**
 * espgw_pmtu_event_word - the word for an event
 * @event: enum espgw_pmtu_event
 *
 * Return: the word; "?" for one that this tool does not know.
 */
const char *espgw_pmtu_event_word(uint8_t event)
{
	const char *word = espgw_choice_word(event_words, event);

	return word ? word : "?";
}

/**
 * espgw_pmtu_save - write a row as the command that makes it, if it was made
 *	by one and made to stay
 * @to: stream
 * @pmtu: the row
 *
 * What was learned is left out: the path is asked again after a restore. A lock
 * is by hand only on what was set by hand; else it is the floor's.
 */
void espgw_pmtu_save(FILE *to, const struct espgw_pmtu *pmtu)
{
	bool lock = pmtu->value[ESPGW_PMTU_A_LOCKED] &&
		    pmtu->value[ESPGW_PMTU_A_SOURCE] == ESPGW_PMTU_STATIC;
	char text[ESPGW_ADDR_TEXT];

	if (!has(pmtu, ESPGW_PMTU_A_MTU))
		return;
	fprintf(to, "pmtu set spi 0x%08x dst %s mtu %" PRIu64 "%s\n", pmtu->spi,
		espgw_addr_text(&pmtu->dst, text), pmtu->value[ESPGW_PMTU_A_MTU],
		lock ? " lock" : "");
}
