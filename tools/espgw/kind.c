// SPDX-License-Identifier: GPL-2.0
/*
 * kind - the ways to type, show and save values that several objects share
 */
#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include "object.h"
#include "say.h"
#include "words.h"

/**
 * espgw_field_label - what stands before a value in text
 * @f: its row
 *
 * Return: the label; NULL: the value is not in the text.
 */
const char *espgw_field_label(const struct espgw_field *f)
{
	return f->label ? f->label : f->word;
}

static void save_word(FILE *to, const struct espgw_field *f)
{
	if (f->word)
		fprintf(to, " %s", f->word);
}

/* -- for completion */

static void offer_services(FILE *to, const struct espgw_field *f, unsigned int nth)
{
	(void)f;
	(void)nth;
	espgw_choice_offer(to, espgw_args_services);
}

static void offer_protos(FILE *to, const struct espgw_field *f, unsigned int nth)
{
	(void)f;
	(void)nth;
	espgw_choice_offer(to, espgw_args_protos);
}

static void offer_dscps(FILE *to, const struct espgw_field *f, unsigned int nth)
{
	(void)nth;
	espgw_choice_offer(to, f->words);
	espgw_choice_offer(to, espgw_args_dscps);
}

static void offer_any(FILE *to, const struct espgw_field *f, unsigned int nth)
{
	(void)f;
	(void)nth;
	fputs("any\n", to);
}

/* Those that are there. */
static void offer_devices(FILE *to, const struct espgw_field *f, unsigned int nth)
{
	struct if_nameindex *all = if_nameindex(), *dev;

	(void)f;
	(void)nth;
	for (dev = all; dev && dev->if_index; dev++)
		fprintf(to, "%s\n", dev->if_name);
	if (all)
		if_freenameindex(all);
}

/* -- numbers, words, and numbers that may be words */

static int take_units(struct espgw_args *args, const struct espgw_field *f, void *obj,
		      const char *unset, const struct espgw_unit *units)
{
	const struct espgw_range range = {
		.words = f->words, .also = unset, .units = units, .min = f->min, .max = f->max,
	};
	uint64_t value = 0;
	int rc = espgw_args_range(args, f->word, &range, &value);

	espgw_set(obj, f->attr, value);
	return rc;
}

static int take_number(struct espgw_args *args, const struct espgw_field *f, void *obj,
		       const char *unset)
{
	return take_units(args, f, obj, unset, NULL);
}

static int take_count(struct espgw_args *args, const struct espgw_field *f, void *obj,
		      const char *unset)
{
	return take_units(args, f, obj, unset, espgw_units_count);
}

static int take_bytes(struct espgw_args *args, const struct espgw_field *f, void *obj,
		      const char *unset)
{
	return take_units(args, f, obj, unset, espgw_units_bytes);
}

static int take_seconds(struct espgw_args *args, const struct espgw_field *f, void *obj,
			const char *unset)
{
	return take_units(args, f, obj, unset, espgw_units_time);
}

static const struct espgw_choice *choice_of(const struct espgw_field *f, const void *obj)
{
	return f->words ? espgw_choice_of(f->words, espgw_number(obj, f->attr)) : NULL;
}

static void show_number(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const struct espgw_choice *choice = choice_of(f, obj);
	const char *label = espgw_field_label(f);

	if (f->words == espgw_args_off_on)
		espgw_out_on_off(out, f->key, label, espgw_number(obj, f->attr));
	else if (choice)
		espgw_out_str(out, f->key, label, choice->word, choice->colour);
	else if (f->words && !f->max)
		espgw_out_str(out, f->key, label, "?", ESPGW_CAUTION);
	else
		espgw_out_num(out, f->key, label, espgw_number(obj, f->attr), f->unit);
}

static void save_number(FILE *to, const struct espgw_field *f, const void *obj)
{
	const struct espgw_choice *choice = choice_of(f, obj);

	save_word(to, f);
	if (f->words == espgw_args_off_on)
		fputs(espgw_number(obj, f->attr) ? " on" : " off", to);
	else if (choice)
		fprintf(to, " %s", choice->word);
	else
		fprintf(to, " %" PRIu64, espgw_number(obj, f->attr));
}

static bool same_number(const struct espgw_field *f, const void *obj, const void *other)
{
	return espgw_number(obj, f->attr) == espgw_number(other, f->attr);
}

const struct espgw_kind espgw_kind_number = {
	take_number, show_number, save_number, same_number,
	.shape = ESPGW_SHAPE(ESPGW_JSON_NUMBER),
};

/* They are typed with units and shown without, so that words may be among them. */
const struct espgw_kind espgw_kind_count = {
	take_count, show_number, save_number, same_number,
	.shape = ESPGW_SHAPE(ESPGW_JSON_NUMBER),
};

const struct espgw_kind espgw_kind_size = {
	take_bytes, show_number, save_number, same_number,
	.shape = ESPGW_SHAPE(ESPGW_JSON_NUMBER),
};

const struct espgw_kind espgw_kind_span = {
	take_seconds, show_number, save_number, same_number,
	.shape = ESPGW_SHAPE(ESPGW_JSON_SECONDS),
};

static void show_seconds(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_seconds(out, f->key, espgw_field_label(f), espgw_number(obj, f->attr));
	if (f->unit)
		espgw_out_label(out, f->unit, ESPGW_PLAIN);
}

const struct espgw_kind espgw_kind_seconds = {
	take_seconds, show_seconds, save_number, same_number,
	.shape = ESPGW_SHAPE(ESPGW_JSON_SECONDS),
};

static void show_bytes(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_bytes(out, f->key, espgw_field_label(f), espgw_number(obj, f->attr));
}

const struct espgw_kind espgw_kind_bytes = {
	take_bytes, show_bytes, save_number, same_number,
	.shape = ESPGW_SHAPE(ESPGW_JSON_NUMBER),
};

static void show_spi(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_hex32(out, f->key, espgw_field_label(f), espgw_number(obj, f->attr));
}

static void save_spi(FILE *to, const struct espgw_field *f, const void *obj)
{
	save_word(to, f);
	fprintf(to, " 0x%08" PRIx64, espgw_number(obj, f->attr));
}

const struct espgw_kind espgw_kind_spi = {
	take_number, show_spi, save_spi, same_number,
	.shape = ESPGW_SHAPE(ESPGW_JSON_SPI),
};

/* -- a word that stands for itself; two objects are never compared by it */

static int take_flag(struct espgw_args *args, const struct espgw_field *f, void *obj,
		     const char *unset)
{
	(void)args;
	(void)unset;
	espgw_set(obj, f->attr, 1);
	return 0;
}

static void show_flag(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_flag(out, f->key, espgw_field_label(f), espgw_number(obj, f->attr));
}

static void save_flag(FILE *to, const struct espgw_field *f, const void *obj)
{
	(void)obj;
	save_word(to, f);
}

const struct espgw_kind espgw_kind_flag = {
	take_flag, show_flag, save_flag, NULL,
	.bare = true,
	.shape = ESPGW_SHAPE(ESPGW_JSON_FLAG),
};

/* -- addresses; of a prefix the length is the number of the next attribute */

static int take_addr(struct espgw_args *args, const struct espgw_field *f, void *obj,
		     const char *unset)
{
	(void)unset;
	return espgw_args_address(args, f->word, espgw_member(f, obj));
}

static void show_addr(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_addr(out, f->key, espgw_field_label(f), espgw_member_of(f, obj));
}

static void save_addr(FILE *to, const struct espgw_field *f, const void *obj)
{
	char text[ESPGW_ADDR_TEXT];

	save_word(to, f);
	fprintf(to, " %s", espgw_addr_text(espgw_member_of(f, obj), text));
}

static bool same_addr(const struct espgw_field *f, const void *obj, const void *other)
{
	return espgw_addr_equal(espgw_member_of(f, obj), espgw_member_of(f, other));
}

const struct espgw_kind espgw_kind_addr = {
	take_addr, show_addr, save_addr, same_addr,
	.shape = ESPGW_SHAPE(ESPGW_JSON_ADDRESS),
};

/* Whether the first @bits of two addresses are the same; without a family, any are. */
static bool begins_so(const struct espgw_addr *addr, const struct espgw_addr *prefix,
		      unsigned int bits)
{
	struct espgw_prefix masked = { .addr = *addr, .bits = bits };

	if (!prefix->len)
		return true;
	if (addr->len != prefix->len)
		return false;
	espgw_prefix_mask(&masked);
	return espgw_addr_equal(&masked.addr, prefix);
}

/*
 * Which addresses are meant. The number of an address's attribute is how many bits
 * of it do not count, so that 0 is the address itself.
 */
static int take_within(struct espgw_args *args, const struct espgw_field *f, void *obj,
		       const char *unset)
{
	struct espgw_prefix prefix = { 0 };
	int rc = espgw_args_prefix(args, f->word, &prefix);

	(void)unset;
	memcpy(espgw_member(f, obj), &prefix.addr, sizeof(prefix.addr));
	espgw_set(obj, f->attr, prefix.addr.len * 8 - prefix.bits);
	return rc;
}

static bool same_within(const struct espgw_field *f, const void *obj, const void *other)
{
	const struct espgw_addr *addr = espgw_member_of(f, other);

	return begins_so(espgw_member_of(f, obj), addr,
			 addr->len * 8 - espgw_number(other, f->attr));
}

const struct espgw_kind espgw_kind_within = {
	.take = take_within, .same = same_within, .offer = offer_any,
};

static struct espgw_prefix prefix_of(const struct espgw_field *f, const void *obj)
{
	struct espgw_prefix prefix = { .bits = espgw_number(obj, f->attr + 1) };

	memcpy(&prefix.addr, espgw_member_of(f, obj), sizeof(prefix.addr));
	return prefix;
}

static int take_prefix(struct espgw_args *args, const struct espgw_field *f, void *obj,
		       const char *unset)
{
	struct espgw_prefix prefix = { 0 };
	int rc = espgw_args_prefix(args, f->word, &prefix);

	(void)unset;
	memcpy(espgw_member(f, obj), &prefix.addr, sizeof(prefix.addr));
	espgw_set(obj, f->attr + 1, prefix.bits);
	return rc;
}

static void show_prefix(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	struct espgw_prefix prefix = prefix_of(f, obj);

	espgw_out_prefix(out, f->key, espgw_field_label(f), &prefix);
}

static void save_prefix(FILE *to, const struct espgw_field *f, const void *obj)
{
	struct espgw_prefix prefix = prefix_of(f, obj);
	char text[ESPGW_ADDR_TEXT];

	save_word(to, f);
	fprintf(to, " %s", espgw_prefix_text(&prefix, text));
}

/* One that lies within the other. */
static bool same_prefix(const struct espgw_field *f, const void *obj, const void *other)
{
	return espgw_number(obj, f->attr + 1) >= espgw_number(other, f->attr + 1) &&
	       begins_so(espgw_member_of(f, obj), espgw_member_of(f, other),
			 espgw_number(other, f->attr + 1));
}

const struct espgw_kind espgw_kind_prefix = {
	take_prefix, show_prefix, save_prefix, same_prefix, offer_any,
	.shape = ESPGW_SHAPE(ESPGW_JSON_PREFIX),
};

/* -- what packets have; the last of a range of ports is the next attribute */

static int take_ports(struct espgw_args *args, const struct espgw_field *f, void *obj,
		      const char *unset)
{
	uint16_t first = 0, last = 0;
	int rc = espgw_args_ports(args, f->word, &first, &last);

	(void)unset;
	espgw_set(obj, f->attr, first);
	espgw_set(obj, f->attr + 1, last);
	return rc;
}

static void ports_text(const struct espgw_field *f, const void *obj, char text[static 16])
{
	unsigned int first = espgw_number(obj, f->attr), last = espgw_number(obj, f->attr + 1);

	if (first == last)
		snprintf(text, 16, "%u", first);
	else
		snprintf(text, 16, "%u-%u", first, last);
}

static void show_ports(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	char text[16], key[32];

	ports_text(f, obj, text);
	espgw_out_str(out, NULL, espgw_field_label(f), text, ESPGW_PLAIN);
	snprintf(key, sizeof(key), "%s_min", f->key);
	espgw_out_num(out, key, NULL, espgw_number(obj, f->attr), NULL);
	snprintf(key, sizeof(key), "%s_max", f->key);
	espgw_out_num(out, key, NULL, espgw_number(obj, f->attr + 1), NULL);
}

static void save_ports(FILE *to, const struct espgw_field *f, const void *obj)
{
	char text[16];

	ports_text(f, obj, text);
	save_word(to, f);
	fprintf(to, " %s", text);
}

static const struct espgw_shape ports_shape[] = {
	{ ESPGW_JSON_NUMBER, "_min" },
	{ ESPGW_JSON_NUMBER, "_max" },
	{ 0 },
};

const struct espgw_kind espgw_kind_ports = {
	take_ports, show_ports, save_ports, NULL, offer_services,
	.shape = ports_shape,
};

static int take_proto(struct espgw_args *args, const struct espgw_field *f, void *obj,
		      const char *unset)
{
	uint8_t proto = 0;
	int rc = espgw_args_proto(args, f->word, &proto);

	(void)unset;
	espgw_set(obj, f->attr, proto);
	return rc;
}

static void show_proto(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	uint8_t proto = espgw_number(obj, f->attr);
	const char *name = espgw_proto_name(proto);

	if (name)
		espgw_out_str(out, NULL, espgw_field_label(f), name, ESPGW_PLAIN);
	else
		espgw_out_num(out, NULL, espgw_field_label(f), proto, NULL);
	espgw_out_num(out, f->key, NULL, proto, NULL);
}

const struct espgw_kind espgw_kind_proto = {
	take_proto, show_proto, save_number, same_number, offer_protos,
	.shape = ESPGW_SHAPE(ESPGW_JSON_NUMBER),
};

static int take_dscp(struct espgw_args *args, const struct espgw_field *f, void *obj,
		     const char *unset)
{
	const char *next = espgw_args_peek(args);
	const struct espgw_choice *choice = NULL;
	uint8_t dscp = 0;
	int rc = 0;

	(void)unset;
	if (f->words && next)
		choice = espgw_choice_find(f->words, next);
	if (choice) {
		espgw_args_next(args);
		dscp = choice->value;
	} else {
		rc = espgw_args_dscp(args, f->word, &dscp);
	}
	espgw_set(obj, f->attr, dscp);
	return rc;
}

const struct espgw_kind espgw_kind_dscp = {
	take_dscp, show_number, save_number, same_number, offer_dscps,
	.shape = ESPGW_SHAPE(ESPGW_JSON_DSCP),
};

static int take_dscps(struct espgw_args *args, const struct espgw_field *f, void *obj,
		      const char *unset)
{
	uint64_t set = 0;
	int rc = espgw_args_dscp_list(args, f->word, &set);

	(void)unset;
	espgw_set(obj, f->attr, set);
	return rc;
}

static void show_dscps(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_bits(out, f->key, espgw_field_label(f), espgw_number(obj, f->attr));
}

static void save_dscps(FILE *to, const struct espgw_field *f, const void *obj)
{
	uint64_t set = espgw_number(obj, f->attr);
	char join = ' ';
	unsigned int i;

	save_word(to, f);
	for (i = 0; i < 64; i++) {
		if (!(set >> i & 1))
			continue;
		fprintf(to, "%c%u", join, i);
		join = ',';
	}
}

const struct espgw_kind espgw_kind_dscps = {
	take_dscps, show_dscps, save_dscps, same_number, offer_dscps,
	.shape = ESPGW_SHAPE(ESPGW_JSON_DSCPS),
};

/* -- marks: of the attribute, and its mask of the next one */

static int take_mark(struct espgw_args *args, const struct espgw_field *f, void *obj,
		     const char *unset)
{
	const char *text = espgw_args_value(args, f->word), *slash;
	char mark[32], shown[ESPGW_ARGS_QUOTE];
	uint64_t value, mask = UINT32_MAX;
	size_t len;

	(void)unset;
	if (!text)
		return -1;
	slash = strchr(text, '/');
	len = slash ? (size_t)(slash - text) : strlen(text);
	if (len >= sizeof(mark))
		goto bad;
	memcpy(mark, text, len);
	mark[len] = '\0';
	if (espgw_number_parse(mark, &value) || value > UINT32_MAX)
		goto bad;
	if (slash && (espgw_number_parse(slash + 1, &mask) || mask > UINT32_MAX))
		goto bad;
	if (value & ~mask)
		return espgw_say_error("\"mark\" has bits that its mask leaves out: "
				       "0x%" PRIx64 "/0x%" PRIx64, value, mask);
	espgw_set(obj, f->attr, value);
	/* Sent even if not typed: "set" must not keep an older mask. */
	espgw_set(obj, f->attr + 1, mask);
	return 0;
bad:
	return espgw_say_error("\"mark\" must be N or N/MASK, 32 bits each, not \"%s\"",
			       espgw_args_quote(text, shown));
}

/* Without a mask, all bits count. */
static uint64_t mask_of(const struct espgw_field *f, const void *obj)
{
	return espgw_has(obj, f->attr + 1) ? espgw_number(obj, f->attr + 1) : UINT32_MAX;
}

static void show_mark(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	uint64_t mark = espgw_number(obj, f->attr), mask = mask_of(f, obj);
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64 "/0x%" PRIx64, mark, mask);
	espgw_out_str(out, NULL, f->word, text, ESPGW_PLAIN);
	espgw_out_num(out, "mark", NULL, mark, NULL);
	espgw_out_num(out, "mark_mask", NULL, mask, NULL);
}

static void save_mark(FILE *to, const struct espgw_field *f, const void *obj)
{
	fprintf(to, " %s 0x%" PRIx64 "/0x%" PRIx64, f->word, espgw_number(obj, f->attr),
		mask_of(f, obj));
}

static const struct espgw_shape mark_shape[] = {
	{ ESPGW_JSON_NUMBER, "mark" },
	{ ESPGW_JSON_NUMBER, "mark_mask" },
	{ 0 },
};

const struct espgw_kind espgw_kind_mark = {
	take_mark, show_mark, save_mark,
	.shape = mark_shape,
};

/* -- devices: by name, whether they are there or not; answers have the index of one that is */

static int take_device(struct espgw_args *args, const struct espgw_field *f, void *obj,
		       const char *unset)
{
	(void)unset;
	return espgw_args_device(args, f->word ? f->word : "DEV", espgw_member(f, obj));
}

static void save_device(FILE *to, const struct espgw_field *f, const void *obj)
{
	save_word(to, f);
	fputc(' ', to);
	espgw_words_quote(to, espgw_member_of(f, obj));
}

static bool same_name(const struct espgw_field *f, const void *obj, const void *other)
{
	return !strcmp(espgw_member_of(f, obj), espgw_member_of(f, other));
}

static void show_name(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_str(out, f->key, espgw_field_label(f), espgw_member_of(f, obj), ESPGW_DEVICE);
}

/* For programs: people have the name. */
static void show_ifindex(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_num(out, f->key, NULL, espgw_number(obj, f->attr), NULL);
}

const struct espgw_kind espgw_kind_ifindex = {
	NULL, show_ifindex, NULL, NULL,
	.shape = ESPGW_SHAPE(ESPGW_JSON_NUMBER),
};

const struct espgw_kind espgw_kind_device = {
	take_device, show_name, save_device, same_name, offer_devices,
	.shape = ESPGW_SHAPE(ESPGW_JSON_DEVICE),
};

const struct espgw_kind espgw_kind_name = {
	NULL, show_name, NULL, NULL,
	.shape = ESPGW_SHAPE(ESPGW_JSON_DEVICE),
};

/* -- objects within objects: their words stand among the others, or have one before them */

static int take_nest(struct espgw_args *args, const struct espgw_field *f, void *obj,
		     const char *unset)
{
	(void)unset;
	return f->nest->begin(args, ESPGW_IN_ADD, espgw_member(f, obj));
}

static void show_nest(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_object_show(out, f->nest, espgw_member_of(f, obj));
}

static void save_nest(FILE *to, const struct espgw_field *f, const void *obj)
{
	const void *nested = espgw_member_of(f, obj);

	espgw_object_save_words(to, f->nest, nested, espgw_number(nested, 0));
}

/* A nest whose words begin with one of their own: "limit". */
static void offer_nest(FILE *to, const struct espgw_field *f, unsigned int nth)
{
	if (f->nest->offer)
		f->nest->offer(to, nth);
}

const struct espgw_kind espgw_kind_nest = {
	take_nest, show_nest, save_nest, NULL, offer_nest, 2,
	.shape = ESPGW_SHAPE(ESPGW_JSON_INLINE),
};
