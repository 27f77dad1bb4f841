// SPDX-License-Identifier: GPL-2.0
/*
 * config - what there is to be: the commands that make it, as rows that can be
 *	compared
 *
 * A configuration is written as "save" writes it, in one file or in several,
 * and each line stands for itself: no line changes what another says. What the
 * kernel has is read in the same way, from what "save" writes of it, so that
 * both are rows of one form: what is typed, without what would be so anyway.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch.h"
#include "config.h"
#include "say.h"
#include "secret.h"
#include "words.h"

#define BIT ESPGW_BIT
#define POLICY(name) BIT(ESPGW_POLICY_A_##name)

static const struct espgw_config_rule rules[] = {
	{ .word = "guard", .object = &espgw_guard_object, .makes = "off", .makes_not = "on",
	  .removes = "on", .add = ESPGW_CMD_GUARD_SET, .del = ESPGW_CMD_GUARD_SET },
	{ .word = "default", .object = &espgw_default_object, .makes = "set",
	  .add = ESPGW_CMD_DEFAULT_SET, .set = ESPGW_CMD_DEFAULT_SET },
	{ .word = "sa", .object = &espgw_sa_object, .makes = "add", .replaces = "replace",
	  .removes = "del", .add = ESPGW_CMD_SA_ADD, .replace = ESPGW_CMD_SA_REPLACE,
	  .set = ESPGW_CMD_SA_SET, .del = ESPGW_CMD_SA_DEL,
	  .name = BIT(ESPGW_SA_A_DIR) | BIT(ESPGW_SA_A_DST) | BIT(ESPGW_SA_A_SPI),
	  .passes = BIT(ESPGW_SA_A_SEQ) | BIT(ESPGW_SA_REUSE_KEY) },
	{ .word = "policy", .object = &espgw_policy_object, .makes = "add",
	  .replaces = "replace", .removes = "del", .add = ESPGW_CMD_POLICY_ADD,
	  .replace = ESPGW_CMD_POLICY_REPLACE, .del = ESPGW_CMD_POLICY_DEL,
	  .name = POLICY(PRIO) | POLICY(IFNAME) | POLICY(SRC) | POLICY(SRC_LEN) | POLICY(DST) |
		  POLICY(DST_LEN) | POLICY(PROTO) | POLICY(SPORT_MIN) | POLICY(SPORT_MAX) |
		  POLICY(DPORT_MIN) | POLICY(DPORT_MAX) | POLICY(DSCP) | POLICY(MARK) |
		  POLICY(MARK_MASK) },
	{ .word = "dev", .object = &espgw_dev_object, .makes = "attach", .removes = "detach",
	  .add = ESPGW_CMD_DEV_ATTACH, .set = ESPGW_CMD_DEV_SET, .del = ESPGW_CMD_DEV_DETACH,
	  .name = BIT(ESPGW_DEV_A_IFNAME) },
	{ .word = "vfr", .object = &espgw_vfr_object, .makes = "set", .add = ESPGW_CMD_VFR_SET,
	  .set = ESPGW_CMD_VFR_SET, .name = BIT(ESPGW_VFR_A_IFNAME) | BIT(ESPGW_VFR_A_DIR) },
	/* A path's, whichever SA of it is named. */
	{ .word = "pmtu", .object = &espgw_pmtu_object, .makes = "set", .replaces = "set",
	  .removes = "del", .add = ESPGW_CMD_PMTU_SET, .replace = ESPGW_CMD_PMTU_SET,
	  .del = ESPGW_CMD_PMTU_DEL, .name = BIT(ESPGW_PMTU_A_DST) | BIT(ESPGW_PMTU_A_SPI),
	  .passes = BIT(ESPGW_PMTU_A_AGE_S) },
	{ .word = "xfrm", .object = &espgw_xfrm_conn_object, .makes = "set",
	  .add = ESPGW_CMD_XFRM_CONN_SET, .set = ESPGW_CMD_XFRM_CONN_SET,
	  .name = BIT(ESPGW_XFRM_CONN_A_IF_ID) | BIT(ESPGW_XFRM_CONN_A_REQID) },
	{ .word = "xfrm", .object = &espgw_xfrm_object, .makes = "on", .makes_not = "off",
	  .replaces = "on", .removes = "off", .add = ESPGW_CMD_XFRM_SET,
	  .replace = ESPGW_CMD_XFRM_SET, .del = ESPGW_CMD_XFRM_SET },
};

/**
 * espgw_config_rule_of - the kind of rows that objects are
 * @object: what they are
 *
 * Return: the kind; NULL: there are no such rows.
 */
const struct espgw_config_rule *espgw_config_rule_of(const struct espgw_object *object)
{
	const struct espgw_config_rule *rule;

	for (rule = rules; rule < rules + MNL_ARRAY_SIZE(rules); rule++)
		if (rule->object == object)
			return rule;
	return NULL;
}

static const struct espgw_config_rule *rule_of(const struct espgw_verb *verb, bool *not)
{
	const struct espgw_config_rule *rule;

	for (rule = rules; rule < rules + MNL_ARRAY_SIZE(rules); rule++) {
		if (verb->of != rule->object)
			continue;
		*not = rule->makes_not && !strcmp(verb->verb, rule->makes_not);
		if (*not || !strcmp(verb->verb, rule->makes))
			return rule;
	}
	return NULL;
}

/* What stays when a command is done, and so may be in a configuration. */
static int check(const struct espgw_request *req)
{
	const union espgw_any *obj = &req->obj;

	if (req->verb->of == &espgw_xfrm_object && espgw_has(obj, ESPGW_XFRM_A_DEFAULT))
		return espgw_say_error("\"default\" is not in a configuration: it is about "
				       "namespaces to come");
	if (req->verb->of == &espgw_pmtu_object && espgw_has(obj, ESPGW_PMTU_A_AGE_S) &&
	    espgw_number(obj, ESPGW_PMTU_A_AGE_S) != ESPGW_AGE_INFINITE)
		return espgw_say_error("\"age\" is not in a configuration, which says what stays");
	/*
	 * The file is read at every start: each begins with the numbers that were
	 * used before, and with most algorithms that gives the key away.
	 */
	if (req->verb->of == &espgw_sa_object &&
	    espgw_number(obj, ESPGW_SA_A_DIR) == ESPGW_DIR_OUT &&
	    !espgw_has(obj, ESPGW_SA_REUSE_KEY))
		return espgw_say_error("an outbound SA whose key is in a file uses its sequence "
				       "numbers again after every start, which breaks most ciphers: "
				       "let a key daemon make it; \"reuse-key\" does so all the "
				       "same, for trials");
	return 0;
}

static void drop(void *obj, unsigned int attr)
{
	*(uint64_t *)obj &= ~BIT(attr);
}

static void plain_sa(struct espgw_sa *sa)
{
	/* Without what the other direction has. */
	sa->has &= espgw_sa_object.saved(sa);
	if (espgw_has(sa, ESPGW_SA_A_AUTH) &&
	    sa->number[ESPGW_SA_A_ICV_BITS] == espgw_alg_icv_default(sa->auth))
		drop(sa, ESPGW_SA_A_ICV_BITS);
}

/* Takes out of a row what would be so anyway. */
static void plain(const struct espgw_object *object, void *obj)
{
	const struct espgw_field *f;

	if (object->unset)
		drop(obj, object->unset);
	for (f = object->field; f < object->field + object->fields; f++) {
		if (!espgw_has(obj, f->attr))
			continue;
		if (f->flags & ESPGW_F_BUILTIN && espgw_number(obj, f->attr) == f->builtin)
			drop(obj, f->attr);
		/* An empty text is none. */
		if (f->size && !*(const char *)espgw_member_of(f, obj))
			drop(obj, f->attr);
		if (!f->nest)
			continue;
		plain(f->nest, espgw_member(f, obj));
		if (object == &espgw_default_object)
			espgw_mtu_drop_builtin(espgw_member(f, obj));
		if (!espgw_number(espgw_member(f, obj), 0))
			drop(obj, f->attr);
	}
	if (object == &espgw_sa_object)
		plain_sa(obj);
}

/* Return: the name; NULL (said). */
static char *name_of(const struct espgw_config_rule *rule, const void *obj)
{
	char *name = NULL;
	size_t len;
	FILE *to = open_memstream(&name, &len);
	int rc;

	if (!to)
		goto failed;
	fprintf(to, "%c", (char)('a' + (rule - rules)));
	espgw_object_save_words(to, rule->object, obj, espgw_number(obj, 0) & rule->name);
	rc = ferror(to);
	/* It may have had no memory from the beginning. */
	if (!fclose(to) && !rc && name)
		return name;
	free(name);
failed:
	espgw_say_error("out of memory");
	return NULL;
}

static void row_free(struct espgw_config_row *row)
{
	free(row->name);
	explicit_bzero(row, sizeof(*row));
	free(row);
}

static int take(const struct espgw_request *req, const char *file, unsigned int line, void *data)
{
	struct espgw_config *config = data;
	const struct espgw_config_rule *rule;
	struct espgw_config_row *row, **more;
	bool not = false;

	rule = rule_of(req->verb, &not);
	if (!rule)
		return espgw_say_error("not in a configuration, which says what there is: dev attach, "
				       "default set, guard on|off, xfrm on|off, xfrm set, vfr set, sa add, "
				       "policy add, pmtu set");
	if (file && check(req))
		return -1;
	if (config->count == config->size) {
		unsigned int size = config->size ? config->size * 2 : 64;

		more = realloc(config->row, size * sizeof(struct espgw_config_row *));
		if (!more)
			return espgw_say_error("out of memory");
		config->row = more;
		config->size = size;
	}
	row = calloc(1, sizeof(*row));
	if (!row)
		return espgw_say_error("out of memory");
	row->rule = rule;
	row->obj = req->obj;
	row->file = file;
	row->line = line;
	row->place = config->count;
	row->not = not;
	plain(rule->object, &row->obj);
	row->name = name_of(rule, &row->obj);
	if (!row->name) {
		row_free(row);
		return -1;
	}
	config->row[config->count++] = row;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct espgw_config_row *const *x = a, *const *y = b;
	int rc = strcmp((*x)->name, (*y)->name);

	return rc ? rc : (int)(*x)->place - (int)(*y)->place;
}

static int by_name_only(const void *a, const void *b)
{
	const struct espgw_config_row *const *row = b;

	return strcmp(a, (*row)->name);
}

/**
 * espgw_config_find - find a row
 * @config: the configuration
 * @name: its name
 *
 * Return: the row; NULL: there is none.
 */
const struct espgw_config_row *espgw_config_find(const struct espgw_config *config,
						 const char *name)
{
	struct espgw_config_row **found = NULL;

	if (config->count)
		found = bsearch(name, config->row, config->count,
				sizeof(struct espgw_config_row *), by_name_only);
	return found ? *found : NULL;
}

static void sort(struct espgw_config *config)
{
	if (config->count)
		qsort(config->row, config->count, sizeof(struct espgw_config_row *), by_name);
}

/*
 * A path MTU is the path's, which all SAs of the same ends and reqid share: its
 * name is that. Return: 0; -1: there is no such SA here.
 */
static int name_path(const struct espgw_config *config, struct espgw_config_row *row)
{
	const struct espgw_pmtu *pmtu = &row->obj.pmtu;
	char src[ESPGW_ADDR_TEXT], dst[ESPGW_ADDR_TEXT], *name;
	unsigned int i;

	for (i = 0; i < config->count; i++) {
		const struct espgw_sa *sa = &config->row[i]->obj.sa;

		if (config->row[i]->rule->object != &espgw_sa_object ||
		    sa->number[ESPGW_SA_A_DIR] != ESPGW_DIR_OUT ||
		    sa->number[ESPGW_SA_A_SPI] != pmtu->number[ESPGW_PMTU_A_SPI] ||
		    !espgw_addr_equal(&sa->dst, &pmtu->dst))
			continue;
		if (asprintf(&name, "%c src %s dst %s reqid %u", *row->name,
			     espgw_addr_text(&sa->src, src), espgw_addr_text(&sa->dst, dst),
			     espgw_has(sa, ESPGW_SA_A_REQID) ?
				     (unsigned int)sa->number[ESPGW_SA_A_REQID] : 0) < 0)
			return -1;
		free(row->name);
		row->name = name;
		return 0;
	}
	return -1;
}

static void say_place(const struct espgw_config_row *row)
{
	espgw_say_line(row->file, row->line);
	espgw_say_verb(row->rule->word, row->not ? row->rule->makes_not : row->rule->makes);
}

static void remove_at(struct espgw_config *config, unsigned int i)
{
	row_free(config->row[i]);
	config->count--;
	memmove(config->row + i, config->row + i + 1,
		(config->count - i) * sizeof(struct espgw_config_row *));
}

/* What is wrong with policies leaves in doubt what is to be protected. */
static void doubt(const struct espgw_request *req, void *data)
{
	struct espgw_config *config = data;

	if (!req->verb || req->verb->of == &espgw_policy_object || !rule_of(req->verb, &(bool){ 0 }))
		config->doubtful = true;
}

/* All lines are there. What the kernel has needs no more than one row for one name. */
static int finish(struct espgw_config *config, bool all)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < config->count; i++) {
		struct espgw_config_row *row = config->row[i];

		if (row->rule->object != &espgw_pmtu_object || !name_path(config, row))
			continue;
		if (row->file) {
			say_place(row);
			rc = espgw_say_error("no outbound SA of the configuration has this "
					     "destination and SPI");
			if (!all)
				return rc;
			continue;
		}
		/* Of an SA that is xfrm's. */
		remove_at(config, i--);
	}
	sort(config);
	for (i = 1; i < config->count; i++) {
		struct espgw_config_row *row = config->row[i], *before = config->row[i - 1];

		if (strcmp(row->name, before->name))
			continue;
		if (row->file) {
			config->doubtful |= row->rule->object == &espgw_policy_object;
			say_place(row);
			rc = espgw_say_error("contradicts, or repeats, %s: line %u, which is "
					     "about the same", before->file, before->line);
			if (!all)
				return rc;
			continue;
		}
		remove_at(config, i--);
	}
	return rc;
}

static int is_conf(const struct dirent *entry)
{
	const char *name = entry->d_name;
	size_t len = strlen(name);

	/* What editors and package managers leave beside the files is none of them. */
	return *name != '.' && len > 5 && !strcmp(name + len - 5, ".conf");
}

/* Bytewise: the order is not to depend on anybody's language. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int list_files(struct espgw_config *config, const char *path)
{
	struct dirent **entry;
	struct stat st;
	int count, i, rc = 0;

	if (!strcmp(path, "-") || (!stat(path, &st) && !S_ISDIR(st.st_mode))) {
		config->file = calloc(1, sizeof(*config->file));
		if (config->file)
			config->file[0] = strdup(path);
		if (!config->file || !config->file[0])
			return espgw_say_error("out of memory");
		config->files = 1;
		return 0;
	}
	count = scandir(path, &entry, is_conf, by_bytes);
	if (count < 0)
		return espgw_say_error("cannot read \"%s\": %s", path, strerror(errno));
	config->file = calloc(count + 1, sizeof(*config->file));
	for (i = 0; i < count; i++) {
		if (!config->file || asprintf(&config->file[i], "%s%s%s", path,
					      path[strlen(path) - 1] == '/' ? "" : "/",
					      entry[i]->d_name) < 0)
			rc = -1;
		else
			config->files++;
		free(entry[i]);
	}
	free(entry);
	if (rc)
		return espgw_say_error("out of memory");
	if (!count)
		return espgw_say_error("there is no file *.conf in \"%s\"", path);
	return 0;
}

/**
 * espgw_config_read - read a configuration from files
 * @config: receives it; to be freed by the caller, even on failure
 * @path: a file, "-" for standard input, or a directory with files *.conf
 * @all: go on behind what is wrong
 *
 * Return: 0, or -1 (said).
 */
int espgw_config_read(struct espgw_config *config, const char *path, bool all)
{
	const struct espgw_batch_reader reader = { take, all ? doubt : NULL, config };
	unsigned int i;
	int rc;

	memset(config, 0, sizeof(*config));
	rc = list_files(config, path);
	/* Without the files nothing is known. */
	config->doubtful = rc;
	for (i = 0; i < config->files && (!rc || all); i++) {
		if (!espgw_batch_read(config->file[i], &reader))
			continue;
		config->doubtful |= access(config->file[i], R_OK) && strcmp(config->file[i], "-");
		rc = -1;
	}
	if (!rc || all)
		rc = finish(config, all) || rc ? -1 : 0;
	espgw_say_line(NULL, 0);
	espgw_say_verb(NULL, NULL);
	return rc;
}

/**
 * espgw_config_text - read a configuration as "save" writes it
 * @config: receives it; to be freed by the caller, even on failure
 * @text: ends with NUL; changed
 *
 * Return: 0, or -1 (said).
 */
int espgw_config_text(struct espgw_config *config, char *text)
{
	char *word[ESPGW_WORDS_MAX], *line, *rest = text;
	struct espgw_request req;
	int count, rc = 0;

	memset(config, 0, sizeof(*config));
	while (!rc && (line = strsep(&rest, "\n"))) {
		count = espgw_words_split(line, word);
		if (!count)
			continue;
		rc = count < 0 || espgw_verb_parse(word, count, true, &req) ||
		     take(&req, NULL, 0, config) ? -1 : 0;
		explicit_bzero(&req, sizeof(req));
	}
	espgw_say_verb(NULL, NULL);
	return rc || finish(config, false) ? -1 : 0;
}

/**
 * espgw_config_free - forget a configuration, keys and all
 * @config: empty then
 */
void espgw_config_free(struct espgw_config *config)
{
	unsigned int i;

	for (i = 0; i < config->count; i++)
		row_free(config->row[i]);
	for (i = 0; i < config->files; i++)
		free(config->file[i]);
	free(config->row);
	free(config->file);
	memset(config, 0, sizeof(*config));
}
