// SPDX-License-Identifier: GPL-2.0
/*
 * schema - what the tool prints in JSON, as a JSON schema, made of the very tables
 * that it prints by
 *
 * It is run when the sources change (make generate), and is not installed: what it
 * says is Documentation/espgw.schema.json. It ends soon, so it frees nothing.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "block.h"
#include "config.h"
#include "monitor.h"
#include "mssrun.h"
#include "status.h"
#include "verb.h"

#define KEYS_MAX 128

/* Where a row is, which says what of its object has to be there. */
enum place {
	ANSWER,
	EVENT,
	CHANGE,
	WITHIN,
};

/**
 * struct shape - the keys of a row
 * @name: of the row
 * @place: where it is
 * @keys: how many keys
 * @key: each
 * @text: what is there
 * @must: whether it must be there
 */
struct shape {
	const char *name;
	enum place place;
	unsigned int keys;
	struct {
		const char *key;
		char *text;
		bool must;
	} key[KEYS_MAX];
};

static unsigned int defs;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list args;

	fputs("schema: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static char *__attribute__((format(printf, 1, 2))) text(const char *fmt, ...)
{
	char *made;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&made, fmt, args) < 0)
		die("out of memory");
	va_end(args);
	return made;
}

/* -- values */

static char *words_text(const struct espgw_choice *words, bool nonzero)
{
	char *made = text("{\"enum\": [");
	const char *join = "";

	for (; words->word; words++) {
		if (nonzero && !words->value)
			continue;
		made = text("%s%s\"%s\"", made, join, words->word);
		join = ", ";
	}
	return text("%s]}", made);
}

static char *named_text(const char *(*word)(unsigned int nth))
{
	char *made = text("{\"enum\": [\"%s\"", word(0));
	unsigned int i;

	for (i = 1; word(i); i++)
		made = text("%s, \"%s\"", made, word(i));
	return text("%s]}", made);
}

/* The largest number that an attribute can tell; 0: there is no such limit. */
static uint64_t largest(const struct espgw_object *object, const struct espgw_field *f)
{
	if (!object->set || f->attr > object->set->max)
		return 0;
	switch (object->set->attr[f->attr].type) {
	case ESPGW_T_U8:
		return UINT8_MAX;
	case ESPGW_T_U16:
	case ESPGW_T_BE16:
		return UINT16_MAX;
	case ESPGW_T_U32:
	case ESPGW_T_BE32:
		return UINT32_MAX;
	default:
		return 0;
	}
}

static char *number_text(const struct espgw_object *object, const struct espgw_field *f,
			 uint64_t most)
{
	uint64_t least = f->max ? f->min : 0;
	bool nonzero = f->flags & ESPGW_F_NONZERO;
	char *number;

	if (f->words == espgw_args_off_on)
		return text("{\"type\": \"boolean\"}");
	if (f->words && !f->max)
		return words_text(f->words, nonzero);
	if (nonzero && !least)
		least = 1;
	if (f->max)
		most = f->max == UINT64_MAX ? 0 : f->max;
	else if (!most)
		most = largest(object, f);
	number = text("{\"type\": \"integer\", \"minimum\": %llu", (unsigned long long)least);
	if (most)
		number = text("%s, \"maximum\": %llu", number, (unsigned long long)most);
	number = text("%s}", number);
	if (!f->words)
		return number;
	return text("{\"anyOf\": [%s, %s]}", words_text(f->words, false), number);
}

static const char *key_of(const struct espgw_object *object, const struct espgw_field *f,
			  const struct espgw_shape *shape)
{
	if (shape->key && *shape->key == '_')
		return text("%s%s", f->key, shape->key);
	if (shape->key || f->key)
		return shape->key ? shape->key : f->key;
	/* Of counters the interface's own names are shown. */
	if (f->label || f->word || !object->set)
		return NULL;
	return object->set->attr[f->attr].key;
}

/* The keys of what can be set. */
static char *keys_text(const struct espgw_object *object)
{
	char *made = text("{\"type\": \"array\", \"items\": {\"enum\": [");
	const struct espgw_field *f;
	const char *join = "";

	for (f = object->field; f < object->field + object->fields; f++) {
		if (!f->kind || !(f->in & ESPGW_IN_SET) || f->need & ESPGW_IN_SET)
			continue;
		made = text("%s%s\"%s\"", made, join, key_of(object, f, f->kind->shape));
		join = ", ";
	}
	return text("%s]}}", made);
}

static char *value_text(const struct espgw_object *object, const struct espgw_field *f,
			const struct espgw_shape *shape)
{
	const struct espgw_choice *words = shape->words ? shape->words : f->words;

	switch (shape->type) {
	case ESPGW_JSON_NUMBER:
	case ESPGW_JSON_SECONDS:
		return number_text(object, f, 0);
	case ESPGW_JSON_DSCP:
		return number_text(object, f, 63);
	case ESPGW_JSON_TIME:
		return text("{\"type\": \"number\", \"minimum\": 0}");
	case ESPGW_JSON_FLAG:
		return text("{\"type\": \"boolean\"}");
	case ESPGW_JSON_TEXT:
		if (shape->word)
			return named_text(shape->word);
		return words ? words_text(words, f->flags & ESPGW_F_NONZERO) :
			       text("{\"type\": \"string\", \"minLength\": 1}");
	case ESPGW_JSON_DEVICE:
		return text("{\"$ref\": \"#/$defs/device\"}");
	case ESPGW_JSON_COUNTER:
		return text("{\"$ref\": \"#/$defs/counter\"}");
	case ESPGW_JSON_SPI:
		return text("{\"$ref\": \"#/$defs/spi\"}");
	case ESPGW_JSON_BYTES:
		return text("{\"$ref\": \"#/$defs/bytes\"}");
	case ESPGW_JSON_ADDRESS:
		return text("{\"$ref\": \"#/$defs/address\"}");
	case ESPGW_JSON_PREFIX:
		return text("{\"$ref\": \"#/$defs/prefix\"}");
	case ESPGW_JSON_END:
		return text("{\"anyOf\": [{\"$ref\": \"#/$defs/address\"}, "
			    "{\"$ref\": \"#/$defs/prefix\"}]}");
	case ESPGW_JSON_DSCPS:
		return text("{\"type\": \"array\", \"items\": "
			    "{\"type\": \"integer\", \"minimum\": 0, \"maximum\": 63}}");
	case ESPGW_JSON_NUMBERS:
		return text("{\"type\": \"array\", \"items\": "
			    "{\"type\": \"integer\", \"minimum\": 0}}");
	case ESPGW_JSON_KEYS:
		return keys_text(object);
	case ESPGW_JSON_COUNTS:
		return text("{\"type\": \"array\", \"items\": {\"type\": \"object\", "
			    "\"additionalProperties\": false, "
			    "\"required\": [\"feature\", \"users\"], \"properties\": {"
			    "\"feature\": %s, "
			    "\"users\": {\"type\": \"integer\", \"minimum\": 1}}}}",
			    words_text(words, false));
	case ESPGW_JSON_OBJECT:
		return text("{\"$ref\": \"#/$defs/row-%s-within\"}", f->key);
	case ESPGW_JSON_INLINE:
	case ESPGW_JSON_NONE:
		break;
	}
	die("%s: what is this value?", f->key);
}

/* -- rows */

static void add(struct shape *shape, const char *key, bool must, char *what)
{
	unsigned int i;

	for (i = 0; i < shape->keys; i++)
		if (!strcmp(shape->key[i].key, key))
			die("%s: two values have the key %s", shape->name, key);
	if (shape->keys == KEYS_MAX)
		die("%s: more than %d keys", shape->name, KEYS_MAX);
	shape->key[shape->keys].key = key;
	shape->key[shape->keys].text = what;
	shape->key[shape->keys++].must = must;
}

static bool ends(const char *key, const char *end)
{
	size_t len = strlen(key), of = strlen(end);

	return len >= of && !strcmp(key + len - of, end);
}

/* @all: every value must be there. */
static void add_object(struct shape *shape, const struct espgw_object *object, bool all)
{
	const unsigned int builtin = ESPGW_F_ALWAYS | ESPGW_F_BUILTIN;
	const struct espgw_field *f;

	for (f = object->field; f < object->field + object->fields; f++) {
		bool told = f->flags & ESPGW_F_TOLD || all;
		bool always = f->flags & (ESPGW_F_ALWAYS | ESPGW_F_NULL) || told;
		const struct espgw_shape *part = f->kind ? f->kind->shape : NULL;

		if (!part || f->flags & ESPGW_F_TYPED)
			continue;
		if (shape->place == CHANGE)
			always = (f->flags & builtin) == builtin;
		else if (shape->place == WITHIN)
			always = f->flags & ESPGW_F_ALWAYS;
		if (part->type == ESPGW_JSON_INLINE) {
			add_object(shape, f->nest, told);
			continue;
		}
		for (; part->type; part++) {
			bool null = part->null || f->flags & ESPGW_F_NULL;
			const char *key = key_of(object, f, part);
			char *what;

			if (!key)
				continue;
			if (part->type == ESPGW_JSON_SECONDS && !ends(key, "_s"))
				die("%s: %s is seconds, and does not end in _s", shape->name, key);
			what = value_text(object, f, part);
			if (null && shape->place != CHANGE)
				what = text("{\"anyOf\": [%s, {\"type\": \"null\"}]}", what);
			add(shape, key, always && !part->maybe, what);
		}
	}
}

static void def(const char *name)
{
	printf("%s\n    \"%s\": ", defs++ ? "," : "", name);
}

static void print(const char *kind, const struct shape *shape)
{
	const char *join = "";
	unsigned int i;

	def(text("%s-%s", kind, shape->name));
	printf("{\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n"
	       "      \"required\": [");
	for (i = 0; i < shape->keys; i++) {
		if (!shape->key[i].must)
			continue;
		printf("%s\"%s\"", join, shape->key[i].key);
		join = ", ";
	}
	printf("],\n      \"properties\": {");
	for (i = 0; i < shape->keys; i++)
		printf("%s\n        \"%s\": %s", i ? "," : "", shape->key[i].key,
		       shape->key[i].text);
	printf("\n      }\n    }");
}

/* Every object that there is. */
static const struct {
	const struct espgw_object *object;
	const char *name;
} names[] = {
	{ &espgw_dev_object, "dev" },
	{ &espgw_default_object, "default" },
	{ &espgw_guard_object, "guard" },
	{ &espgw_xfrm_object, "xfrm" },
	{ &espgw_xfrm_row_object, "xfrm-row" },
	{ &espgw_xfrm_conn_object, "xfrm-connection" },
	{ &espgw_sa_object, "sa" },
	{ &espgw_policy_object, "policy" },
	{ &espgw_pmtu_object, "pmtu" },
	{ &espgw_vfr_object, "vfr" },
	{ &espgw_vfr_stats_object, "vfr-stats" },
	{ &espgw_explain_object, "explain" },
	{ &espgw_status_gateway_object, "status-gateway" },
	{ &espgw_status_dev_object, "status-dev" },
	{ &espgw_status_tunnel_object, "status-tunnel" },
	{ &espgw_status_drop_object, "status-drop" },
	{ &espgw_block_object, "block" },
	{ &espgw_mss_found_object, "mss" },
};

#define EACH_NAME(i) (i) = 0; (i) < MNL_ARRAY_SIZE(names); (i)++

static const char *name_of(const struct espgw_object *object)
{
	unsigned int i;

	for (EACH_NAME(i))
		if (names[i].object == object)
			return names[i].name;
	die("an object has no name");
}

static char *ref(const char *kind, const char *name)
{
	return text("{\"$ref\": \"#/$defs/%s-%s\"}", kind, name);
}

static char *one_word(const char *word)
{
	return text("{\"const\": \"%s\"}", word);
}

static void rows(void)
{
	unsigned int i;

	for (EACH_NAME(i)) {
		struct shape shape = { names[i].name, ANSWER };

		add_object(&shape, names[i].object, false);
		print("row", &shape);
	}
}

/* The policy that "explain" tells. */
static void within(void)
{
	struct shape shape = { "policy-within", WITHIN };

	add_object(&shape, &espgw_policy_object, false);
	print("row", &shape);
}

static void counters(void)
{
	struct shape shape = { "stats", ANSWER };
	char name[ESPGW_STATS_NAME];
	char *all = NULL;
	unsigned int i;

	for (i = 1; i <= ESPGW_STATS_A_MAX; i++) {
		if (!espgw_stats_counter(i))
			continue;
		espgw_stats_name(i, name);
		all = all ? text("%s, \"%s\"", all, name) : text("\"%s\"", name);
		add(&shape, text("%s", name), true, text("{\"type\": \"integer\", \"minimum\": 0}"));
	}
	print("row", &shape);
	def("counter");
	printf("{\"enum\": [%s]}", all);
}

static void changes(void)
{
	const char *word[] = { espgw_apply_changes[0], espgw_apply_changes[1], espgw_apply_changes[2] };
	char *any = NULL;
	unsigned int i;

	for (EACH_NAME(i)) {
		const struct espgw_config_rule *rule = espgw_config_rule_of(names[i].object);
		struct shape shape = { names[i].name, CHANGE };

		if (!rule)
			continue;
		add(&shape, "change", true,
		    text("{\"enum\": [\"%s\", \"%s\", \"%s\"]}", word[0], word[1], word[2]));
		add(&shape, "object", true, one_word(rule->word));
		add(&shape, "command", true, text("{\"type\": \"string\", \"minLength\": 1}"));
		add(&shape, "was", false, text("{\"type\": \"string\", \"minLength\": 1}"));
		add(&shape, "file", false, text("{\"type\": \"string\", \"minLength\": 1}"));
		add(&shape, "line", false, text("{\"type\": \"integer\", \"minimum\": 1}"));
		add_object(&shape, names[i].object, false);
		print("change", &shape);
		any = any ? text("%s, %s", any, ref("change", names[i].name)) : ref("change", names[i].name);
	}
	def("apply");
	printf("{\"type\": \"array\", \"items\": {\"anyOf\": [%s]}}", any);
}

static char *all_events;

static void begin_event(struct shape *shape, const char *name)
{
	shape->name = name;
	shape->place = EVENT;
	add(shape, "time", true, text("{\"type\": \"number\", \"minimum\": 0}"));
	add(shape, "object", true, one_word(name));
	all_events = all_events ? text("%s, %s", all_events, ref("event", name)) : ref("event", name);
}

static void event(const char *name, const struct espgw_object *object, void *data)
{
	struct shape shape = { 0 };
	const struct espgw_field *f;

	(void)data;
	begin_event(&shape, name);
	for (f = object->field; object->event && f < object->field + object->fields; f++)
		if (f->attr == object->event)
			add(&shape, "event", true, words_text(f->words, true));
	add_object(&shape, object, false);
	print("event", &shape);
}

static void events(void)
{
	struct shape shape = { 0 };

	espgw_monitor_each(event, NULL);
	begin_event(&shape, "monitor");
	add(&shape, "event", true, one_word("lost"));
	print("event", &shape);
	def("monitor");
	printf("{\"anyOf\": [%s]}", all_events);
}

/* -- what each command prints */

static char *output(const struct espgw_verb *v)
{
	const char *command = v->verb ? text("%s-%s", v->object, v->verb) : v->object;
	char *any = NULL;

	if (v->show || v->run == espgw_status_run || v->run == espgw_block_show) {
		any = v->show ? ref("row", "stats") : v->run == espgw_block_show ? ref("row", "block") :
		      text("{\"$ref\": \"#/$defs/status-line\"}");
	} else if (!strcmp(command, "mss-probe")) {
		any = ref("row", "mss");
	} else if (v->shows) {
		any = ref("row", name_of(v->shows));
		for (v = v->then; v; v = v->then)
			any = text("%s, %s", any, ref("row", name_of(v->shows)));
	} else {
		return NULL;
	}
	def(command);
	if (strstr(any, "}, {"))
		any = text("{\"anyOf\": [%s]}", any);
	printf("{\"type\": \"array\", \"items\": %s}", any);
	return text("{\"$ref\": \"#/$defs/%s\"}", command);
}

static char *all_outputs;

static void each_verb(const struct espgw_verb *v, void *data)
{
	char *made = output(v);

	(void)data;
	if (made)
		all_outputs = text("%s, %s", all_outputs, made);
}

int main(void)
{
	printf("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
	       "  \"title\": \"What espgw -j prints\",\n"
	       "  \"description\": \"$defs has what each command prints by its own words: "
	       "\\\"sa-show\\\" is the array of \\\"espgw -j sa show\\\". One line of \\\"monitor\\\" is "
	       "\\\"monitor\\\", of \\\"mss listen\\\" \\\"mss-listen\\\", of \\\"status -w\\\" "
	       "\\\"status-line\\\". row-*: one object of an answer; event-*: of \\\"monitor\\\"; "
	       "change-*: of \\\"apply\\\". Numbers of bytes, but for a key that ends in _s (seconds), _ms, "
	       "_us or _bits. A key that may be null is always there; one that may be absent is never "
	       "null. Made by tools/espgw/schema.c.\",\n  \"$defs\": {");
	def("spi");
	printf("{\"type\": \"string\", \"pattern\": \"^0x[0-9a-f]{8}$\"}");
	def("bytes");
	printf("{\"type\": \"string\", \"pattern\": \"^0x([0-9a-f]{2})*$\"}");
#define V4 "[0-9]{1,3}(\\\\.[0-9]{1,3}){3}"
#define V6 "[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*"
	def("address");
	printf("{\"type\": \"string\", \"pattern\": \"^(%s|%s)$\"}", V4, V6);
	def("prefix");
	printf("{\"type\": \"string\", \"pattern\": \"^(%s/[0-9]{1,2}|%s/[0-9]{1,3})$\"}", V4, V6);
	def("device");
	printf("{\"type\": \"string\", \"minLength\": 1, \"maxLength\": %d}", IFNAMSIZ - 1);
	counters();
	rows();
	within();
	def("status-line");
	printf("{\"anyOf\": [%s, %s, %s, %s]}", ref("row", "status-gateway"), ref("row", "status-dev"),
	       ref("row", "status-tunnel"), ref("row", "status-drop"));
	def("mss-listen");
	printf("%s", ref("row", "mss"));
	events();
	changes();
	all_outputs = text("{\"$ref\": \"#/$defs/monitor\"}, {\"$ref\": \"#/$defs/mss-listen\"}, "
			   "{\"$ref\": \"#/$defs/status-line\"}, {\"$ref\": \"#/$defs/apply\"}");
	espgw_verb_each(each_verb, NULL);
	printf("\n  },\n  \"anyOf\": [%s]\n}\n", all_outputs);
	return ferror(stdout) || fflush(stdout);
}
