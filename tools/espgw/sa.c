// SPDX-License-Identifier: GPL-2.0
/*
 * sa - security associations
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "sa.h"
#include "say.h"

#define AT(member) .at = offsetof(struct espgw_sa, member)

static const struct espgw_choice copy_words[] = {
	{ "copy", ESPGW_COPY },
	{ NULL },
};

static const struct espgw_choice ttl_words[] = {
	{ "copy", 0 },
	{ NULL },
};

static const struct espgw_choice state_words[] = {
	{ "valid", ESPGW_SA_VALID, ESPGW_GOOD },
	{ "expiring", ESPGW_SA_EXPIRING, ESPGW_CAUTION },
	{ "dead", ESPGW_SA_DEAD, ESPGW_BAD },
	{ NULL },
};

static const struct espgw_choice event_words[] = {
	{ "add", ESPGW_SA_EVENT_ADD },
	{ "replace", ESPGW_SA_EVENT_REPLACE },
	{ "set", ESPGW_SA_EVENT_SET },
	{ "del", ESPGW_SA_EVENT_DEL },
	{ "soft", ESPGW_SA_EVENT_SOFT, ESPGW_CAUTION },
	{ "hard", ESPGW_SA_EVENT_HARD, ESPGW_BAD },
	{ "seq", ESPGW_SA_EVENT_SEQ, ESPGW_BAD },
	{ "mapping", ESPGW_SA_EVENT_MAPPING },
	{ NULL },
};

static const struct espgw_choice encap_words[] = {
	{ "espinudp", 1 },
	{ NULL },
};

/* -- lifetime limits: "limit", and then the words of a row */

static const struct espgw_choice hardness_words[] = {
	{ "soft", 0 },
	{ "hard", 1 },
	{ NULL },
};

static const struct espgw_choice unit_words[] = {
	{ "bytes", ESPGW_LIMIT_A_SOFT_BYTES },
	{ "packets", ESPGW_LIMIT_A_SOFT_PACKETS },
	{ "seconds", ESPGW_LIMIT_A_SOFT_SECONDS },
	{ NULL },
};

/* 0 is no limit. */
#define LIMIT(name, of)                                                                   \
	.attr = ESPGW_LIMIT_A_##name, .in = ESPGW_IN_ADD, .max = UINT64_MAX,              \
	.flags = ESPGW_F_NONZERO, .kind = &espgw_kind_##of

static const struct espgw_field limit_fields[] = {
	{ LIMIT(SOFT_BYTES, bytes), .word = "limit soft bytes", .key = "soft_bytes" },
	{ LIMIT(HARD_BYTES, bytes), .word = "limit hard bytes", .key = "hard_bytes" },
	{ LIMIT(SOFT_PACKETS, count), .word = "limit soft packets", .key = "soft_packets" },
	{ LIMIT(HARD_PACKETS, count), .word = "limit hard packets", .key = "hard_packets" },
	{ LIMIT(SOFT_SECONDS, seconds), .word = "limit soft seconds", .key = "soft_s" },
	{ LIMIT(HARD_SECONDS, seconds), .word = "limit hard seconds", .key = "hard_s" },
};

static const struct espgw_object limits_object;

static int take_limit(struct espgw_args *args, unsigned int in, void *obj)
{
	uint32_t hard, unit;
	char name[32];

	if (espgw_args_choice(args, "limit", hardness_words, &hard))
		return -1;
	snprintf(name, sizeof(name), "limit %s", hardness_words[hard].word);
	if (espgw_args_choice(args, name, unit_words, &unit))
		return -1;
	snprintf(name, sizeof(name), "limit %s %s", hardness_words[hard].word,
		 espgw_choice_word(unit_words, unit));
	return espgw_object_take(args, &limits_object, name, in, obj);
}

static void offer_limit(FILE *to, unsigned int nth)
{
	if (nth < 2)
		espgw_choice_offer(to, nth ? unit_words : hardness_words);
}

static const struct espgw_object limits_object = {
	.set = &espgw_limit_set, ESPGW_FIELDS(limit_fields), .size = sizeof(struct espgw_limits),
	.begin = take_limit, .offer = offer_limit,
};

static int check_limits(const struct espgw_limits *limits)
{
	const struct espgw_choice *c;

	for (c = unit_words; c->word; c++) {
		uint64_t soft = limits->number[c->value], hard = limits->number[c->value + 1];

		if (hard && soft > hard)
			return espgw_say_error("\"limit soft %s\" is above \"limit hard %s\"",
					       c->word, c->word);
	}
	return 0;
}

/* -- counters */

#define STAT(name, text, of, at_line)                                                     \
	{ .attr = ESPGW_SA_STAT_A_##name, .key = text, .label = text, .line = at_line,    \
	  .kind = &espgw_kind_##of }

static const struct espgw_field stat_fields[] = {
	STAT(PACKETS, "packets", number, 0),
	STAT(BYTES, "bytes", bytes, 0),
	STAT(REPLAY, "replay", number, 0),
	STAT(INTEGRITY, "integrity", number, 0),
	STAT(DROPPED, "dropped", number, 0),
	STAT(PREFRAG, "prefrag", number, 1),
	STAT(POSTFRAG, "postfrag", number, 1),
	STAT(TOO_BIG, "too_big", number, 1),
	STAT(ANSWERED, "answered", number, 1),
	STAT(DF_OVERRIDDEN, "df_overridden", number, 1),
};

static const struct espgw_object stats_object = {
	.set = &espgw_sa_stat_set, ESPGW_FIELDS(stat_fields),
	.size = sizeof(struct espgw_sa_stats),
};

/* -- algorithms with their keys */

static int take_aead(struct espgw_args *args, const struct espgw_field *f, void *obj,
		     const char *unset)
{
	struct espgw_sa *sa = obj;
	uint32_t bits = 0;

	(void)f;
	(void)unset;
	if (espgw_alg_take(args, ESPGW_ALG_AEAD, sa->aead, &sa->key) ||
	    espgw_alg_take_icv(args, ESPGW_ALG_AEAD, sa->aead, &bits))
		return -1;
	espgw_set(sa, ESPGW_SA_A_KEY, 0);
	espgw_set(sa, ESPGW_SA_A_ICV_BITS, bits);
	return 0;
}

static int take_enc(struct espgw_args *args, const struct espgw_field *f, void *obj,
		    const char *unset)
{
	struct espgw_sa *sa = obj;

	(void)f;
	(void)unset;
	espgw_set(sa, ESPGW_SA_A_KEY, 0);
	return espgw_alg_take(args, ESPGW_ALG_ENC, sa->enc, &sa->key);
}

static int take_auth(struct espgw_args *args, const struct espgw_field *f, void *obj,
		     const char *unset)
{
	struct espgw_sa *sa = obj;
	const char *next;
	uint32_t bits = 0;

	(void)f;
	(void)unset;
	espgw_set(sa, ESPGW_SA_A_AUTH_KEY, 0);
	if (espgw_alg_take(args, ESPGW_ALG_AUTH, sa->auth, &sa->auth_key))
		return -1;
	/* No word begins with a digit, so this can only be the ICV's length. */
	next = espgw_args_peek(args);
	if (!next || !isdigit((unsigned char)*next))
		return 0;
	if (espgw_alg_take_icv(args, ESPGW_ALG_AUTH, sa->auth, &bits))
		return -1;
	espgw_set(sa, ESPGW_SA_A_ICV_BITS, bits);
	return 0;
}

static void show_alg(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_str(out, f->key, f->word, espgw_member_of(f, obj), ESPGW_PLAIN);
}

static void show_key(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	const struct espgw_key *key = espgw_member_of(f, obj);

	espgw_out_hexbytes(out, f->key, f->label, key->byte, key->len);
}

/* The key and the ICV's length follow the name. */
static void save_alg(FILE *to, const struct espgw_field *f, const void *obj)
{
	const struct espgw_sa *sa = obj;
	bool auth = f->attr == ESPGW_SA_A_AUTH;

	fprintf(to, " %s %s ", f->word, (const char *)espgw_member_of(f, obj));
	espgw_alg_save_key(to, auth ? &sa->auth_key : &sa->key);
	if (f->attr != ESPGW_SA_A_ENC && espgw_has(sa, ESPGW_SA_A_ICV_BITS))
		fprintf(to, " %" PRIu64, sa->number[ESPGW_SA_A_ICV_BITS]);
}

static void offer_alg(FILE *to, const struct espgw_field *f, unsigned int nth)
{
	if (!nth)
		espgw_alg_offer(to, f->attr == ESPGW_SA_A_AEAD ? ESPGW_ALG_AEAD :
				f->attr == ESPGW_SA_A_ENC ? ESPGW_ALG_ENC : ESPGW_ALG_AUTH);
}

static const struct espgw_kind aead_kind = {
	take_aead, show_alg, save_alg, NULL, offer_alg, 2,
	.shape = ESPGW_SHAPE(ESPGW_JSON_TEXT),
};
static const struct espgw_kind enc_kind = {
	take_enc, show_alg, save_alg, NULL, offer_alg, 1,
	.shape = ESPGW_SHAPE(ESPGW_JSON_TEXT),
};
static const struct espgw_kind auth_kind = {
	take_auth, show_alg, save_alg, NULL, offer_alg, 1,
	.shape = ESPGW_SHAPE(ESPGW_JSON_TEXT),
};
static const struct espgw_kind key_kind = {
	.show = show_key,
	.shape = ESPGW_SHAPE(ESPGW_JSON_BYTES),
};

/* -- what has two numbers, of which the second is the next attribute's */

static int take_encap(struct espgw_args *args, const struct espgw_field *f, void *obj,
		      const char *unset)
{
	uint64_t sport = 0, dport = 0;
	uint32_t type;

	(void)unset;
	if (espgw_args_choice(args, f->word, encap_words, &type) ||
	    espgw_args_number(args, "encap espinudp SPORT", 1, UINT16_MAX, &sport) ||
	    espgw_args_number(args, "encap espinudp DPORT", 1, UINT16_MAX, &dport))
		return -1;
	espgw_set(obj, f->attr, sport);
	espgw_set(obj, f->attr + 1, dport);
	return 0;
}

static void show_encap(struct espgw_out *out, const struct espgw_field *f, const void *obj)
{
	espgw_out_str(out, "encap", f->word, encap_words[0].word, ESPGW_PLAIN);
	espgw_out_num(out, "encap_sport", "", espgw_number(obj, f->attr), NULL);
	espgw_out_num(out, "encap_dport", "", espgw_number(obj, f->attr + 1), NULL);
}

static void save_encap(FILE *to, const struct espgw_field *f, const void *obj)
{
	fprintf(to, " %s %s %" PRIu64 " %" PRIu64, f->word, encap_words[0].word,
		espgw_number(obj, f->attr), espgw_number(obj, f->attr + 1));
}

static void offer_encap(FILE *to, const struct espgw_field *f, unsigned int nth)
{
	(void)f;
	if (!nth)
		espgw_choice_offer(to, encap_words);
}

static const struct espgw_shape encap_shape[] = {
	{ ESPGW_JSON_TEXT, "encap", encap_words },
	{ ESPGW_JSON_NUMBER, "encap_sport" },
	{ ESPGW_JSON_NUMBER, "encap_dport" },
	{ 0 },
};

static const struct espgw_kind encap_kind = {
	take_encap, show_encap, save_encap, NULL, offer_encap, 2,
	.shape = encap_shape,
};

/* -- the table */

/* Lines of the text output. */
enum {
	NAME,
	COMMENT,
	ALG,
	PMTU,
	OUTER,
	LIMITS,
	MTU_POLICY,
	STATS,
};

#define MAKE ESPGW_IN_ADD
#define CHANGE (ESPGW_IN_ADD | ESPGW_IN_SET)
#define LIKE (ESPGW_IN_SHOW | ESPGW_IN_FLUSH)
#define NAMED (ESPGW_IN_SET | ESPGW_IN_DEL | ESPGW_IN_GET)

/* Adding a number to an SA is adding a row here. */
static const struct espgw_field sa_fields[] = {
	{ .attr = ESPGW_SA_A_DIR, .word = "dir", .key = "dir", .label = "", .line = NAME,
	  .in = MAKE | NAMED | LIKE, .need = MAKE,
	  .words = espgw_args_in_out, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_SA_A_NAME, AT(name), .size = ESPGW_NAME_MAX + 1, .word = "name",
	  .help = "NAME", .key = "name", .line = NAME, .in = CHANGE | LIKE, .kind = &espgw_kind_label,
	  .like = &espgw_kind_named },
	{ .attr = ESPGW_SA_A_SRC, AT(src), .word = "src", .key = "src", .line = NAME,
	  .in = MAKE | LIKE, .need = MAKE, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_addr,
	  .like = &espgw_kind_within },
	{ .attr = ESPGW_SA_A_DST, AT(dst), .word = "dst", .key = "dst", .line = NAME,
	  .in = MAKE | NAMED | LIKE, .need = MAKE | NAMED, .flags = ESPGW_F_ALWAYS,
	  .kind = &espgw_kind_addr, .like = &espgw_kind_within },
	{ .attr = ESPGW_SA_A_SPI, .word = "spi", .key = "spi", .line = NAME,
	  .in = MAKE | NAMED | LIKE, .need = MAKE | NAMED, .flags = ESPGW_F_ALWAYS,
	  .min = ESPGW_SPI_MIN, .max = UINT32_MAX, .kind = &espgw_kind_spi },
	{ .attr = ESPGW_SA_A_REQID, .word = "reqid", .key = "reqid", .line = NAME,
	  .in = MAKE | LIKE, .max = UINT32_MAX, .flags = ESPGW_F_TOLD | ESPGW_F_BUILTIN,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_SA_A_OWNER, .word = "owner", .key = "owner", .line = NAME, .in = LIKE,
	  .words = espgw_owner_words, .flags = ESPGW_F_NONZERO, .kind = &espgw_kind_number },
	{ .attr = ESPGW_SA_A_STATE, .word = "state", .key = "state", .line = NAME, .in = LIKE,
	  .words = state_words, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },
	{ .attr = ESPGW_SA_A_AGE_S, .key = "age_s", .label = "age", .line = NAME,
	  .flags = ESPGW_F_TOLD, .kind = &espgw_kind_seconds },
	{ .attr = ESPGW_SA_A_LAST_S, .key = "last_s", .label = "last packet", .unit = "ago",
	  .line = NAME, .kind = &espgw_kind_seconds },

	{ .attr = ESPGW_SA_A_COMMENT, AT(comment), .size = ESPGW_COMMENT_MAX + 1,
	  .word = "comment", .help = "TEXT", .key = "comment", .line = COMMENT, .in = CHANGE,
	  .kind = &espgw_kind_comment },

	{ .attr = ESPGW_SA_A_AEAD, AT(aead), .size = ESPGW_ALG_NAME_MAX, .word = "aead",
	  .key = "aead", .line = ALG, .in = MAKE, .kind = &aead_kind },
	{ .attr = ESPGW_SA_A_ENC, AT(enc), .size = ESPGW_ALG_NAME_MAX, .word = "enc",
	  .key = "enc", .line = ALG, .in = MAKE, .kind = &enc_kind },
	{ .attr = ESPGW_SA_A_KEY, AT(key), .key = "key", .label = "key", .line = ALG,
	  .kind = &key_kind },
	{ .attr = ESPGW_SA_A_AUTH, AT(auth), .size = ESPGW_ALG_NAME_MAX, .word = "auth",
	  .key = "auth", .line = ALG, .in = MAKE, .kind = &auth_kind },
	{ .attr = ESPGW_SA_A_AUTH_KEY, AT(auth_key), .key = "auth_key", .label = "key",
	  .line = ALG, .kind = &key_kind },
	{ .attr = ESPGW_SA_A_ICV_BITS, .key = "icv_bits", .label = "icv", .unit = "bits",
	  .line = ALG, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },
	{ .attr = ESPGW_SA_A_ESN, .word = "esn", .help = "\n", .key = "esn", .line = ALG,
	  .in = MAKE, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_flag },
	{ .attr = ESPGW_SA_A_REPLAY_WINDOW, .word = "replay-window", .help = "N",
	  .key = "replay_window", .line = ALG, .in = MAKE, .dir = ESPGW_DIR_IN,
	  .max = ESPGW_REPLAY_WINDOW_MAX, .flags = ESPGW_F_BUILTIN, .builtin = 64,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_SA_A_SEQ, .word = "seq", .help = "N", .key = "seq", .line = ALG,
	  .in = CHANGE, .max = UINT64_MAX, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },

	{ .attr = ESPGW_SA_A_PMTU, .key = "pmtu", .label = "pmtu", .unit = "bytes",
	  .line = PMTU, .kind = &espgw_kind_number },
	{ .attr = ESPGW_SA_A_INNER_MTU, .key = "inner_mtu", .label = "inner-mtu",
	  .unit = "bytes", .line = PMTU, .kind = &espgw_kind_number },

	{ .attr = ESPGW_SA_A_ENCAP_SPORT, .word = "encap", .help = "\nespinudp SPORT DPORT",
	  .line = OUTER, .in = CHANGE, .kind = &encap_kind },
	{ .attr = ESPGW_SA_A_ENCAP_DPORT },
	{ .attr = ESPGW_SA_A_KEEPALIVE, .word = "keepalive", .help = "SECONDS",
	  .key = "keepalive_s", .line = OUTER, .in = CHANGE, .dir = ESPGW_DIR_OUT,
	  .max = ESPGW_KEEPALIVE_MAX, .flags = ESPGW_F_NONZERO, .kind = &espgw_kind_seconds },
	{ .attr = ESPGW_SA_A_PEER, AT(peer), .key = "peer", .label = "peer", .line = OUTER,
	  .kind = &espgw_kind_addr },
	{ .attr = ESPGW_SA_A_PEER_PORT, .key = "peer_port", .label = "port", .line = OUTER,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_SA_A_CLASS, .word = "class", .help = "\nDSCP[,DSCP...]",
	  .key = "class", .line = OUTER, .in = CHANGE, .dir = ESPGW_DIR_OUT,
	  .kind = &espgw_kind_dscps },
	{ .attr = ESPGW_SA_A_MARK, .word = "mark", .help = "N[/M]", .line = OUTER,
	  .in = CHANGE, .kind = &espgw_kind_mark },
	{ .attr = ESPGW_SA_A_MARK_MASK },
	{ .attr = ESPGW_SA_A_DSCP, .word = "dscp", .help = "copy|N", .key = "dscp",
	  .line = OUTER, .in = CHANGE, .dir = ESPGW_DIR_OUT, .words = copy_words, .max = 63,
	  .flags = ESPGW_F_BUILTIN, .builtin = ESPGW_COPY, .kind = &espgw_kind_dscp },
	{ .attr = ESPGW_SA_A_ECN, .word = "ecn", .help = "on|off", .key = "ecn",
	  .line = OUTER, .in = CHANGE, .words = espgw_args_off_on,
	  .flags = ESPGW_F_TOLD | ESPGW_F_BUILTIN, .builtin = 1, .kind = &espgw_kind_number },
	{ .attr = ESPGW_SA_A_TTL, .word = "ttl", .help = "\ncopy|N", .key = "ttl",
	  .line = OUTER, .in = CHANGE, .unset = "inherit", .unset_in = ESPGW_IN_SET,
	  .dir = ESPGW_DIR_OUT, .words = ttl_words, .min = 1, .max = 255,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_SA_A_TFC, .word = "tfc", .help = "N", .key = "tfc", .unit = "bytes",
	  .line = OUTER, .in = CHANGE, .dir = ESPGW_DIR_OUT, .max = ESPGW_MTU_MAX,
	  .flags = ESPGW_F_NONZERO, .kind = &espgw_kind_number },

	{ .attr = ESPGW_SA_A_LIMIT, AT(limits), .word = "limit",
	  .help = "soft|hard bytes|packets|seconds N", .line = LIMITS, .in = CHANGE,
	  .flags = ESPGW_F_AGAIN, .nest = &limits_object, .kind = &espgw_kind_nest },
	{ .attr = ESPGW_SA_A_MTU, AT(mtu), .help = "\nMTU-POLICY", .line = MTU_POLICY,
	  .in = CHANGE, .dir = ESPGW_DIR_OUT, .flags = ESPGW_F_INLINE,
	  .nest = &espgw_mtu_object, .kind = &espgw_kind_nest },
	{ .attr = ESPGW_SA_A_STATS, AT(stats), .line = STATS, .nest = &stats_object,
	  .flags = ESPGW_F_TOLD, .kind = &espgw_kind_nest },
	{ .attr = ESPGW_SA_A_SHOW_KEYS, .word = "keys",
	  .in = ESPGW_IN_GET | ESPGW_IN_SHOW | ESPGW_IN_DUMP, .flags = ESPGW_F_TYPED,
	  .kind = &espgw_kind_flag },
	{ .attr = ESPGW_SA_REUSE_KEY, .word = "reuse-key", .help = "", .in = MAKE,
	  .dir = ESPGW_DIR_OUT, .flags = ESPGW_F_TYPED, .kind = &espgw_kind_flag },
	{ .attr = ESPGW_SA_A_INHERIT },
	{ .attr = ESPGW_SA_A_EVENT, .words = event_words },
};

#define FOR_EACH_FIELD(f) \
	for (f = sa_fields; f < sa_fields + MNL_ARRAY_SIZE(sa_fields); f++)

/* What only the sender, and what only the receiver has. */
static int check_direction(const struct espgw_sa *sa)
{
	uint64_t dir = sa->number[ESPGW_SA_A_DIR];
	const struct espgw_field *f;

	if (!dir)
		return 0;
	FOR_EACH_FIELD(f) {
		if (!f->dir || f->dir == dir || !espgw_object_given(&espgw_sa_object, sa, f->attr))
			continue;
		/* A sender may say that it has no window. */
		if (f->dir == ESPGW_DIR_IN && !sa->number[f->attr])
			continue;
		if (!f->word)
			return espgw_say_error("an MTU policy goes with \"dir out\" only");
		return espgw_say_error("\"%s\" goes with \"dir %s\" only", f->word,
				       espgw_choice_word(espgw_args_in_out, f->dir));
	}
	return 0;
}

static int check_new(const struct espgw_sa *sa)
{
	bool enc = espgw_has(sa, ESPGW_SA_A_ENC), auth = espgw_has(sa, ESPGW_SA_A_AUTH);

	if (espgw_has(sa, ESPGW_SA_A_AEAD)) {
		if (enc || auth)
			return espgw_say_error("\"aead\" and \"%s\" exclude each other",
					       enc ? "enc" : "auth");
	} else if (!enc && !auth) {
		return espgw_say_error("an algorithm is missing: \"aead\", or \"enc\" and "
				       "\"auth\"");
	} else if (!enc || !auth) {
		return espgw_args_missing(enc ? "auth" : "enc");
	}
	if (sa->number[ESPGW_SA_A_SEQ] > UINT32_MAX && !espgw_has(sa, ESPGW_SA_A_ESN))
		return espgw_say_error("\"seq\" must be 0-%u without \"esn\", not \"%" PRIu64 "\"",
				       UINT32_MAX, sa->number[ESPGW_SA_A_SEQ]);
	return 0;
}

static int check(unsigned int in, void *obj)
{
	const uint64_t name = ESPGW_BIT(ESPGW_SA_A_DST) | ESPGW_BIT(ESPGW_SA_A_SPI) |
			      ESPGW_BIT(ESPGW_SA_A_DIR);
	const struct espgw_sa *sa = obj;

	if (espgw_has(sa, ESPGW_SA_A_SRC) && espgw_has(sa, ESPGW_SA_A_DST) &&
	    sa->src.len != sa->dst.len)
		return espgw_say_error("\"src\" and \"dst\" must be of one family, "
				       "IPv4 or IPv6");
	if (in & MAKE && check_new(sa))
		return -1;
	if (in & ESPGW_IN_SET && !(sa->has & ~name))
		return espgw_say_error("nothing to set is given");
	if (in & CHANGE &&
	    (check_direction(sa) || check_limits(&sa->limits) || espgw_mtu_check(&sa->mtu)))
		return -1;
	/* In "sa set" the SA may have it already: the kernel knows. */
	if (in & MAKE && espgw_has(sa, ESPGW_SA_A_KEEPALIVE) &&
	    !espgw_has(sa, ESPGW_SA_A_ENCAP_SPORT))
		return espgw_say_error("\"keepalive\" needs \"encap\"");
	return 0;
}

/* The algorithms of an event need not be told; counters are for who asks. */
static bool hides(const struct espgw_out *out, const void *obj, unsigned int line)
{
	const struct espgw_sa *sa = obj;

	if (line == ALG)
		return !(sa->has & (ESPGW_BIT(ESPGW_SA_A_AEAD) | ESPGW_BIT(ESPGW_SA_A_ENC) |
				    ESPGW_BIT(ESPGW_SA_A_AUTH)));
	return line == STATS && !out->json && !out->stats;
}

/*
 * What the other direction has is no use here, such as a sender's window; and
 * an SA that is xfrm's comes again from there.
 */
static uint64_t saved(void *obj)
{
	const struct espgw_sa *sa = obj;
	const struct espgw_field *f;
	uint64_t what = sa->has;

	if (sa->number[ESPGW_SA_A_OWNER] == ESPGW_OWNER_XFRM)
		return 0;
	FOR_EACH_FIELD(f)
		if (f->dir && f->dir != sa->number[ESPGW_SA_A_DIR])
			what &= ~ESPGW_BIT(f->attr);
	return what;
}

const struct espgw_object espgw_sa_object = {
	.set = &espgw_sa_set, ESPGW_FIELDS(sa_fields), .size = sizeof(struct espgw_sa),
	.save = "sa add", .unset = ESPGW_SA_A_INHERIT, .event = ESPGW_SA_A_EVENT,
	.check = check, .hides = hides, .saved = saved,
};
