// SPDX-License-Identifier: GPL-2.0
/*
 * sa - security associations
 */
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "attr.h"
#include "sa.h"
#include "say.h"

#define BIT(attr) (1ULL << (attr))

static const struct espgw_choice copy_words[] = {
	{ "copy", ESPGW_COPY },
	{ NULL, 0 },
};

static const struct espgw_choice ttl_words[] = {
	{ "copy", 0 },
	{ NULL, 0 },
};

static const struct espgw_choice state_words[] = {
	{ "valid", ESPGW_SA_VALID },
	{ "expiring", ESPGW_SA_EXPIRING },
	{ "dead", ESPGW_SA_DEAD },
	{ NULL, 0 },
};

static const struct espgw_choice event_words[] = {
	{ "add", ESPGW_SA_EVENT_ADD },	 { "replace", ESPGW_SA_EVENT_REPLACE },
	{ "set", ESPGW_SA_EVENT_SET },	 { "del", ESPGW_SA_EVENT_DEL },
	{ "soft", ESPGW_SA_EVENT_SOFT }, { "hard", ESPGW_SA_EVENT_HARD },
	{ "seq", ESPGW_SA_EVENT_SEQ },	 { "mapping", ESPGW_SA_EVENT_MAPPING },
	{ NULL, 0 },
};

static const struct espgw_choice encap_words[] = {
	{ "espinudp", 1 },
	{ NULL, 0 },
};

static const struct espgw_choice hardness_words[] = {
	{ "soft", 0 },
	{ "hard", 1 },
	{ NULL, 0 },
};

/* The value is the soft limit's attribute, the hard one's follows it. */
static const struct espgw_choice limit_words[] = {
	{ "bytes", ESPGW_LIMIT_A_SOFT_BYTES },
	{ "packets", ESPGW_LIMIT_A_SOFT_PACKETS },
	{ "seconds", ESPGW_LIMIT_A_SOFT_SECONDS },
	{ NULL, 0 },
};
static_assert(ESPGW_LIMIT_A_HARD_BYTES == ESPGW_LIMIT_A_SOFT_BYTES + 1 &&
	      ESPGW_LIMIT_A_HARD_PACKETS == ESPGW_LIMIT_A_SOFT_PACKETS + 1 &&
	      ESPGW_LIMIT_A_HARD_SECONDS == ESPGW_LIMIT_A_SOFT_SECONDS + 1,
	      "hard follows soft");

static const struct {
	const char *key;
	const char *hardness;
	const char *unit;
} limit_names[] = {
	[ESPGW_LIMIT_A_SOFT_BYTES] = { "soft_bytes", "soft", "bytes" },
	[ESPGW_LIMIT_A_HARD_BYTES] = { "hard_bytes", "hard", "bytes" },
	[ESPGW_LIMIT_A_SOFT_PACKETS] = { "soft_packets", "soft", "packets" },
	[ESPGW_LIMIT_A_HARD_PACKETS] = { "hard_packets", "hard", "packets" },
	[ESPGW_LIMIT_A_SOFT_SECONDS] = { "soft_seconds", "soft", "seconds" },
	[ESPGW_LIMIT_A_HARD_SECONDS] = { "hard_seconds", "hard", "seconds" },
};

/* Which commands a word goes with. */
enum {
	IN_ADD = 1,
	IN_SET = 2,
	IN_DEL = 4,
	IN_GET = 8,
	IN_SHOW = 16,
	IN_FLUSH = 32,
	IN_NAME = IN_SET | IN_DEL | IN_GET,
};

/**
 * struct sa_word - a word that says something of an SA
 * @word: the word
 * @attr: the attribute it sets; given twice is an error
 * @in: commands it goes with
 * @take: takes what follows it, says what is wrong with that
 */
struct sa_word {
	const char *word;
	unsigned int attr;
	unsigned int in;
	int (*take)(struct espgw_args *args, const char *word, struct espgw_sa *sa);
};

static int take_dir(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	uint32_t value = 0;
	int rc = espgw_args_choice(args, word, espgw_args_in_out, &value);

	sa->dir = value;
	return rc;
}

static int take_src(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	return espgw_args_address(args, word, &sa->src);
}

static int take_dst(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	return espgw_args_address(args, word, &sa->dst);
}

static int take_spi(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	uint64_t value = 0;
	int rc = espgw_args_number(args, word, ESPGW_SPI_MIN, UINT32_MAX, &value);

	sa->spi = value;
	return rc;
}

static int take_reqid(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	uint64_t value = 0;
	int rc = espgw_args_number(args, word, 0, UINT32_MAX, &value);

	sa->reqid = value;
	return rc;
}

static int take_aead(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	(void)word;
	sa->has |= BIT(ESPGW_SA_A_KEY) | BIT(ESPGW_SA_A_ICV_BITS);
	return espgw_alg_take(args, ESPGW_ALG_AEAD, sa->aead, &sa->key) ||
	       espgw_alg_take_icv(args, ESPGW_ALG_AEAD, sa->aead, &sa->icv_bits) ? -1 : 0;
}

static int take_enc(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	(void)word;
	sa->has |= BIT(ESPGW_SA_A_KEY);
	return espgw_alg_take(args, ESPGW_ALG_ENC, sa->enc, &sa->key);
}

static int take_auth(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	const char *next;

	(void)word;
	sa->has |= BIT(ESPGW_SA_A_AUTH_KEY);
	if (espgw_alg_take(args, ESPGW_ALG_AUTH, sa->auth, &sa->auth_key))
		return -1;
	/* No word begins with a digit, so this can only be the ICV's length. */
	next = espgw_args_peek(args);
	if (!next || !isdigit((unsigned char)*next))
		return 0;
	sa->has |= BIT(ESPGW_SA_A_ICV_BITS);
	return espgw_alg_take_icv(args, ESPGW_ALG_AUTH, sa->auth, &sa->icv_bits);
}

static int take_esn(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	(void)args;
	(void)word;
	(void)sa;
	return 0;
}

static int take_replay_window(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	uint64_t value = 0;
	int rc = espgw_args_number(args, word, 0, ESPGW_REPLAY_WINDOW_MAX, &value);

	sa->replay_window = value;
	return rc;
}

static int take_seq(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	return espgw_args_number(args, word, 0, UINT64_MAX, &sa->seq);
}

static int take_encap(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	uint64_t sport = 0, dport = 0;
	uint32_t kind;

	if (espgw_args_choice(args, word, encap_words, &kind) ||
	    espgw_args_number(args, "encap espinudp SPORT", 1, UINT16_MAX, &sport) ||
	    espgw_args_number(args, "encap espinudp DPORT", 1, UINT16_MAX, &dport))
		return -1;
	sa->has |= BIT(ESPGW_SA_A_ENCAP_DPORT);
	sa->encap_sport = sport;
	sa->encap_dport = dport;
	return 0;
}

static int take_keepalive(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	uint64_t value = 0;
	int rc = espgw_args_number(args, word, 0, ESPGW_KEEPALIVE_MAX, &value);

	sa->keepalive_s = value;
	return rc;
}

static int take_class(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	return espgw_args_dscp_list(args, word, &sa->class);
}

static int take_mark(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	const char *text = espgw_args_value(args, word), *slash;
	char mark[32], shown[ESPGW_ARGS_QUOTE];
	uint64_t value, mask = UINT32_MAX;
	size_t len;

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
	if (slash) {
		if (espgw_number_parse(slash + 1, &mask) || mask > UINT32_MAX)
			goto bad;
		if (value & ~mask)
			return espgw_say_error("\"mark\" has bits that its mask leaves out: "
					       "0x%" PRIx64 "/0x%" PRIx64, value, mask);
	}
	/* Sent even if not typed: "set" must not keep an older mask. */
	sa->has |= BIT(ESPGW_SA_A_MARK_MASK);
	sa->mark = value;
	sa->mark_mask = mask;
	return 0;
bad:
	return espgw_say_error("\"mark\" must be N or N/MASK, 32 bits each, not \"%s\"",
			       espgw_args_quote(text, shown));
}

static int take_dscp(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	const char *next = espgw_args_peek(args);

	if (next && !strcmp(next, copy_words[0].word)) {
		espgw_args_next(args);
		sa->dscp = ESPGW_COPY;
		return 0;
	}
	return espgw_args_dscp(args, word, &sa->dscp);
}

static int take_ecn(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	uint32_t value = 0;
	int rc = espgw_args_choice(args, word, espgw_args_off_on, &value);

	sa->ecn = value;
	return rc;
}

static int take_ttl(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	uint64_t value = 0;
	int rc = espgw_args_choice_or_number(args, word, ttl_words, 1, 255, &value);

	sa->ttl = value;
	return rc;
}

static int take_tfc(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	uint64_t value = 0;
	int rc = espgw_args_number(args, word, 0, ESPGW_MTU_MAX, &value);

	sa->tfc = value;
	return rc;
}

static int take_limit(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	uint32_t hard, attr;
	char name[32];

	if (espgw_args_choice(args, word, hardness_words, &hard))
		return -1;
	snprintf(name, sizeof(name), "%s %s", word, hardness_words[hard].word);
	if (espgw_args_choice(args, name, limit_words, &attr))
		return -1;
	attr += hard;
	snprintf(name, sizeof(name), "%s %s %s", word, limit_names[attr].hardness,
		 limit_names[attr].unit);
	if (sa->limit_has & BIT(attr))
		return espgw_args_twice(name);
	sa->limit_has |= BIT(attr);
	return espgw_args_number(args, name, 0, UINT64_MAX, &sa->limit[attr]);
}

static int take_keys(struct espgw_args *args, const char *word, struct espgw_sa *sa)
{
	(void)args;
	(void)word;
	(void)sa;
	return 0;
}

static const struct sa_word sa_words[] = {
	{ "dir", ESPGW_SA_A_DIR, IN_ADD | IN_NAME | IN_SHOW | IN_FLUSH, take_dir },
	{ "src", ESPGW_SA_A_SRC, IN_ADD | IN_SHOW, take_src },
	{ "dst", ESPGW_SA_A_DST, IN_ADD | IN_NAME | IN_SHOW, take_dst },
	{ "spi", ESPGW_SA_A_SPI, IN_ADD | IN_NAME | IN_SHOW, take_spi },
	{ "reqid", ESPGW_SA_A_REQID, IN_ADD | IN_SHOW, take_reqid },
	{ "aead", ESPGW_SA_A_AEAD, IN_ADD, take_aead },
	{ "enc", ESPGW_SA_A_ENC, IN_ADD, take_enc },
	{ "auth", ESPGW_SA_A_AUTH, IN_ADD, take_auth },
	{ "esn", ESPGW_SA_A_ESN, IN_ADD, take_esn },
	{ "replay-window", ESPGW_SA_A_REPLAY_WINDOW, IN_ADD, take_replay_window },
	{ "seq", ESPGW_SA_A_SEQ, IN_ADD | IN_SET, take_seq },
	{ "encap", ESPGW_SA_A_ENCAP_SPORT, IN_ADD | IN_SET, take_encap },
	{ "keepalive", ESPGW_SA_A_KEEPALIVE, IN_ADD | IN_SET, take_keepalive },
	{ "class", ESPGW_SA_A_CLASS, IN_ADD | IN_SET, take_class },
	{ "mark", ESPGW_SA_A_MARK, IN_ADD | IN_SET, take_mark },
	{ "dscp", ESPGW_SA_A_DSCP, IN_ADD | IN_SET, take_dscp },
	{ "ecn", ESPGW_SA_A_ECN, IN_ADD | IN_SET, take_ecn },
	{ "ttl", ESPGW_SA_A_TTL, IN_ADD | IN_SET, take_ttl },
	{ "tfc", ESPGW_SA_A_TFC, IN_ADD | IN_SET, take_tfc },
	/* May be given several times; take_limit() looks after itself. */
	{ "limit", ESPGW_SA_A_UNSPEC, IN_ADD | IN_SET, take_limit },
	{ "keys", ESPGW_SA_A_SHOW_KEYS, IN_GET | IN_SHOW, take_keys },
};

static const struct sa_word *word_find(const char *word)
{
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(sa_words); i++)
		if (!strcmp(sa_words[i].word, word))
			return &sa_words[i];
	return NULL;
}

static bool has(const struct espgw_sa *sa, unsigned int attr)
{
	return sa->has >> attr & 1;
}

static int take_words(struct espgw_args *args, unsigned int in, struct espgw_sa *sa)
{
	while (espgw_args_left(args)) {
		const char *word = espgw_args_peek(args);
		const struct sa_word *w = word_find(word);

		if (!w && espgw_mtu_is_word(word) && in & (IN_ADD | IN_SET)) {
			if (espgw_mtu_take(args, &sa->mtu))
				return -1;
			continue;
		}
		if (!w && !espgw_mtu_is_word(word))
			return espgw_args_unknown(word);
		if (!w || !(w->in & in))
			return espgw_say_error("\"%s\" does not go with this command", word);
		espgw_args_next(args);
		if (w->attr && has(sa, w->attr))
			return espgw_args_twice(w->word);
		if (w->attr)
			sa->has |= BIT(w->attr);
		if (w->take(args, w->word, sa))
			return -1;
	}
	return 0;
}

static int need(const struct espgw_sa *sa, unsigned int attr)
{
	return has(sa, attr) ? 0 : espgw_args_missing(espgw_sa_set.attr[attr].name);
}

static int check_limits(const struct espgw_sa *sa)
{
	unsigned int soft;

	for (soft = ESPGW_LIMIT_A_SOFT_BYTES; soft < ESPGW_LIMIT_A_PAD; soft += 2)
		if (sa->limit_has & BIT(soft) && sa->limit_has & BIT(soft + 1) &&
		    sa->limit[soft + 1] && sa->limit[soft] > sa->limit[soft + 1])
			return espgw_say_error("\"limit soft %s\" is above \"limit hard %s\"",
					       limit_names[soft].unit, limit_names[soft].unit);
	return 0;
}

/* What only the sender, and what only the receiver has. */
static int check_direction(const struct espgw_sa *sa)
{
	static const unsigned int out_only[] = { ESPGW_SA_A_KEEPALIVE, ESPGW_SA_A_CLASS,
						 ESPGW_SA_A_DSCP, ESPGW_SA_A_TTL,
						 ESPGW_SA_A_TFC };
	unsigned int i;

	if (!has(sa, ESPGW_SA_A_DIR))
		return 0;
	if (sa->dir == ESPGW_DIR_OUT) {
		if (has(sa, ESPGW_SA_A_REPLAY_WINDOW) && sa->replay_window)
			return espgw_say_error("\"replay-window\" goes with \"dir in\" only");
		return 0;
	}
	for (i = 0; i < MNL_ARRAY_SIZE(out_only); i++)
		if (has(sa, out_only[i]))
			return espgw_say_error("\"%s\" goes with \"dir out\" only",
					       espgw_sa_set.attr[out_only[i]].name);
	if (sa->mtu.has)
		return espgw_say_error("an MTU policy goes with \"dir out\" only");
	return 0;
}

static int check_changeable(const struct espgw_sa *sa)
{
	return check_direction(sa) || check_limits(sa) || espgw_mtu_check(&sa->mtu) ? -1 : 0;
}

static int parse(struct espgw_args *args, unsigned int in, struct espgw_sa *sa)
{
	memset(sa, 0, sizeof(*sa));
	if (take_words(args, in, sa))
		return -1;
	if (has(sa, ESPGW_SA_A_SRC) && has(sa, ESPGW_SA_A_DST) && sa->src.len != sa->dst.len)
		return espgw_say_error("\"src\" and \"dst\" must be of one family, "
				       "IPv4 or IPv6");
	return 0;
}

/**
 * espgw_sa_parse_add - parse "sa add" and "sa replace"
 * @args: the words
 * @sa: receives the request; to be wiped by the caller
 *
 * Return: 0, or -1 (said).
 */
int espgw_sa_parse_add(struct espgw_args *args, struct espgw_sa *sa)
{
	if (parse(args, IN_ADD, sa))
		return -1;
	if (has(sa, ESPGW_SA_A_AEAD) && has(sa, ESPGW_SA_A_ENC))
		return espgw_say_error("\"aead\" and \"enc\" exclude each other");
	if (has(sa, ESPGW_SA_A_AEAD) && has(sa, ESPGW_SA_A_AUTH))
		return espgw_say_error("\"aead\" and \"auth\" exclude each other");
	if (need(sa, ESPGW_SA_A_DIR) || need(sa, ESPGW_SA_A_SRC) || need(sa, ESPGW_SA_A_DST) ||
	    need(sa, ESPGW_SA_A_SPI))
		return -1;
	if (!has(sa, ESPGW_SA_A_AEAD)) {
		if (!has(sa, ESPGW_SA_A_ENC) && !has(sa, ESPGW_SA_A_AUTH))
			return espgw_say_error("an algorithm is missing: \"aead\", "
					       "or \"enc\" and \"auth\"");
		if (need(sa, ESPGW_SA_A_ENC) || need(sa, ESPGW_SA_A_AUTH))
			return -1;
	}
	if (has(sa, ESPGW_SA_A_SEQ) && !has(sa, ESPGW_SA_A_ESN) && sa->seq > UINT32_MAX)
		return espgw_say_error("\"seq\" must be 0-%u without \"esn\", not \"%" PRIu64 "\"",
				       UINT32_MAX, sa->seq);
	if (check_changeable(sa))
		return -1;
	/* In "sa set" the SA may have it already: the kernel knows. */
	if (has(sa, ESPGW_SA_A_KEEPALIVE) && !has(sa, ESPGW_SA_A_ENCAP_SPORT))
		return espgw_say_error("\"keepalive\" needs \"encap\"");
	return 0;
}

static int parse_named(struct espgw_args *args, unsigned int in, struct espgw_sa *sa)
{
	if (parse(args, in, sa))
		return -1;
	return need(sa, ESPGW_SA_A_DST) || need(sa, ESPGW_SA_A_SPI) ? -1 : 0;
}

/**
 * espgw_sa_parse_set - parse "sa set"
 * @args: the words
 * @sa: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_sa_parse_set(struct espgw_args *args, struct espgw_sa *sa)
{
	const uint64_t name = BIT(ESPGW_SA_A_DST) | BIT(ESPGW_SA_A_SPI) | BIT(ESPGW_SA_A_DIR);

	if (parse_named(args, IN_SET, sa))
		return -1;
	if (!(sa->has & ~name) && !sa->limit_has && !sa->mtu.has)
		return espgw_say_error("nothing to set is given");
	return check_changeable(sa);
}

/**
 * espgw_sa_parse_del - parse "sa del"
 * @args: the words
 * @sa: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_sa_parse_del(struct espgw_args *args, struct espgw_sa *sa)
{
	return parse_named(args, IN_DEL, sa);
}

/**
 * espgw_sa_parse_get - parse "sa get"
 * @args: the words
 * @sa: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_sa_parse_get(struct espgw_args *args, struct espgw_sa *sa)
{
	return parse_named(args, IN_GET, sa);
}

/**
 * espgw_sa_parse_show - parse "sa show"
 * @args: the words
 * @sa: receives what to show
 *
 * Return: 0, or -1 (said).
 */
int espgw_sa_parse_show(struct espgw_args *args, struct espgw_sa *sa)
{
	return parse(args, IN_SHOW, sa);
}

/**
 * espgw_sa_parse_flush - parse "sa flush"
 * @args: the words
 * @sa: receives what to flush
 *
 * Return: 0, or -1 (said).
 */
int espgw_sa_parse_flush(struct espgw_args *args, struct espgw_sa *sa)
{
	return parse(args, IN_FLUSH, sa);
}

static void put_limits(struct nlmsghdr *nlh, const struct espgw_sa *sa)
{
	struct nlattr *nest;
	unsigned int i;

	if (!sa->limit_has)
		return;
	nest = mnl_attr_nest_start(nlh, ESPGW_SA_A_LIMIT);
	for (i = 1; i < ESPGW_LIMIT_A_PAD; i++)
		if (sa->limit_has & BIT(i))
			mnl_attr_put_u64(nlh, i, sa->limit[i]);
	mnl_attr_nest_end(nlh, nest);
}

/**
 * espgw_sa_put - add an SA to a message
 * @nlh: the message
 * @sa: only what it has is added
 */
void espgw_sa_put(struct nlmsghdr *nlh, const struct espgw_sa *sa)
{
	if (has(sa, ESPGW_SA_A_DIR))
		mnl_attr_put_u8(nlh, ESPGW_SA_A_DIR, sa->dir);
	if (has(sa, ESPGW_SA_A_SRC))
		espgw_attr_put_addr(nlh, ESPGW_SA_A_SRC, &sa->src);
	if (has(sa, ESPGW_SA_A_DST))
		espgw_attr_put_addr(nlh, ESPGW_SA_A_DST, &sa->dst);
	if (has(sa, ESPGW_SA_A_SPI))
		mnl_attr_put_u32(nlh, ESPGW_SA_A_SPI, htonl(sa->spi));
	if (has(sa, ESPGW_SA_A_REQID))
		mnl_attr_put_u32(nlh, ESPGW_SA_A_REQID, sa->reqid);
	if (has(sa, ESPGW_SA_A_AEAD))
		mnl_attr_put_strz(nlh, ESPGW_SA_A_AEAD, sa->aead);
	if (has(sa, ESPGW_SA_A_ENC))
		mnl_attr_put_strz(nlh, ESPGW_SA_A_ENC, sa->enc);
	if (has(sa, ESPGW_SA_A_AUTH))
		mnl_attr_put_strz(nlh, ESPGW_SA_A_AUTH, sa->auth);
	/* A cipher without a key has no key attribute. */
	if (has(sa, ESPGW_SA_A_KEY) && sa->key.len)
		mnl_attr_put(nlh, ESPGW_SA_A_KEY, sa->key.len, sa->key.byte);
	if (has(sa, ESPGW_SA_A_AUTH_KEY) && sa->auth_key.len)
		mnl_attr_put(nlh, ESPGW_SA_A_AUTH_KEY, sa->auth_key.len, sa->auth_key.byte);
	if (has(sa, ESPGW_SA_A_ICV_BITS))
		mnl_attr_put_u32(nlh, ESPGW_SA_A_ICV_BITS, sa->icv_bits);
	if (has(sa, ESPGW_SA_A_ESN))
		mnl_attr_put(nlh, ESPGW_SA_A_ESN, 0, NULL);
	if (has(sa, ESPGW_SA_A_REPLAY_WINDOW))
		mnl_attr_put_u32(nlh, ESPGW_SA_A_REPLAY_WINDOW, sa->replay_window);
	if (has(sa, ESPGW_SA_A_SEQ))
		mnl_attr_put_u64(nlh, ESPGW_SA_A_SEQ, sa->seq);
	if (has(sa, ESPGW_SA_A_ENCAP_SPORT))
		mnl_attr_put_u16(nlh, ESPGW_SA_A_ENCAP_SPORT, htons(sa->encap_sport));
	if (has(sa, ESPGW_SA_A_ENCAP_DPORT))
		mnl_attr_put_u16(nlh, ESPGW_SA_A_ENCAP_DPORT, htons(sa->encap_dport));
	if (has(sa, ESPGW_SA_A_KEEPALIVE))
		mnl_attr_put_u32(nlh, ESPGW_SA_A_KEEPALIVE, sa->keepalive_s);
	if (has(sa, ESPGW_SA_A_CLASS))
		mnl_attr_put_u64(nlh, ESPGW_SA_A_CLASS, sa->class);
	if (has(sa, ESPGW_SA_A_MARK))
		mnl_attr_put_u32(nlh, ESPGW_SA_A_MARK, sa->mark);
	if (has(sa, ESPGW_SA_A_MARK_MASK))
		mnl_attr_put_u32(nlh, ESPGW_SA_A_MARK_MASK, sa->mark_mask);
	if (has(sa, ESPGW_SA_A_DSCP))
		mnl_attr_put_u8(nlh, ESPGW_SA_A_DSCP, sa->dscp);
	if (has(sa, ESPGW_SA_A_ECN))
		mnl_attr_put_u8(nlh, ESPGW_SA_A_ECN, sa->ecn);
	if (has(sa, ESPGW_SA_A_TTL))
		mnl_attr_put_u8(nlh, ESPGW_SA_A_TTL, sa->ttl);
	if (has(sa, ESPGW_SA_A_TFC))
		mnl_attr_put_u32(nlh, ESPGW_SA_A_TFC, sa->tfc);
	put_limits(nlh, sa);
	espgw_mtu_put(nlh, ESPGW_SA_A_MTU, &sa->mtu);
	if (has(sa, ESPGW_SA_A_SHOW_KEYS))
		mnl_attr_put(nlh, ESPGW_SA_A_SHOW_KEYS, 0, NULL);
}

/**
 * espgw_sa_put_dump - add to a dump request what the kernel has to know
 * @nlh: the message
 * @sa: what to show; which SAs is looked at when they arrive
 */
void espgw_sa_put_dump(struct nlmsghdr *nlh, const struct espgw_sa *sa)
{
	if (has(sa, ESPGW_SA_A_SHOW_KEYS))
		mnl_attr_put(nlh, ESPGW_SA_A_SHOW_KEYS, 0, NULL);
}

static int get_limits(const struct nlattr *nest, struct espgw_sa *sa)
{
	struct espgw_attrs attrs;
	unsigned int i;

	if (!nest)
		return 0;
	if (espgw_attr_read_nest(nest, &espgw_limit_set, &attrs))
		return -1;
	for (i = 1; i < ESPGW_LIMIT_A_PAD; i++) {
		if (!attrs.tb[i])
			continue;
		sa->limit[i] = mnl_attr_get_u64(attrs.tb[i]);
		/* 0 is the same as none: one way to say it is enough. */
		if (sa->limit[i])
			sa->limit_has |= BIT(i);
	}
	return 0;
}

static int get_stats(const struct nlattr *nest, struct espgw_sa *sa)
{
	struct espgw_attrs attrs;
	unsigned int i;

	if (!nest)
		return 0;
	if (espgw_attr_read_nest(nest, &espgw_sa_stat_set, &attrs))
		return -1;
	for (i = 1; i < ESPGW_SA_STAT_A_PAD; i++)
		if (attrs.tb[i])
			sa->stat[i] = mnl_attr_get_u64(attrs.tb[i]);
	return 0;
}

static int get_name(const struct nlattr *attr, char name[static ESPGW_ALG_NAME_MAX])
{
	if (!attr)
		return 0;
	if (mnl_attr_get_payload_len(attr) > ESPGW_ALG_NAME_MAX)
		return -1;
	strcpy(name, mnl_attr_get_str(attr));
	return 0;
}

static int get_key(const struct nlattr *attr, struct espgw_key *key)
{
	if (!attr)
		return 0;
	if (mnl_attr_get_payload_len(attr) > ESPGW_KEY_MAX)
		return -1;
	key->len = mnl_attr_get_payload_len(attr);
	memcpy(key->byte, mnl_attr_get_payload(attr), key->len);
	return 0;
}

/* Values that are absent are 0, so that nobody needs to ask first. */
static uint64_t get_uint(const struct espgw_attrs *attrs, unsigned int attr)
{
	const struct nlattr *at = attrs->tb[attr];

	if (!at)
		return 0;
	switch (espgw_sa_set.attr[attr].type) {
	case ESPGW_T_U8:
		return mnl_attr_get_u8(at);
	case ESPGW_T_BE16:
		return ntohs(mnl_attr_get_u16(at));
	case ESPGW_T_U32:
		return mnl_attr_get_u32(at);
	case ESPGW_T_BE32:
		return ntohl(mnl_attr_get_u32(at));
	case ESPGW_T_U64:
		return mnl_attr_get_u64(at);
	default:
		return 0;
	}
}

/**
 * espgw_sa_get - read an SA from a message
 * @nlh: the message
 * @sa: receives it; to be wiped by the caller if keys were asked for
 *
 * Return: 0, or -1 if the message is malformed; says nothing.
 */
int espgw_sa_get(const struct nlmsghdr *nlh, struct espgw_sa *sa)
{
	struct espgw_attrs attrs;
	unsigned int i;

	memset(sa, 0, sizeof(*sa));
	if (espgw_attr_read(nlh, &espgw_sa_set, &attrs))
		return -1;
	for (i = 1; i <= ESPGW_SA_A_MAX; i++)
		if (attrs.tb[i])
			sa->has |= BIT(i);
	if ((attrs.tb[ESPGW_SA_A_SRC] && espgw_attr_get_addr(attrs.tb[ESPGW_SA_A_SRC], &sa->src)) ||
	    (attrs.tb[ESPGW_SA_A_DST] && espgw_attr_get_addr(attrs.tb[ESPGW_SA_A_DST], &sa->dst)) ||
	    (attrs.tb[ESPGW_SA_A_PEER] &&
	     espgw_attr_get_addr(attrs.tb[ESPGW_SA_A_PEER], &sa->peer)) ||
	    get_name(attrs.tb[ESPGW_SA_A_AEAD], sa->aead) ||
	    get_name(attrs.tb[ESPGW_SA_A_ENC], sa->enc) ||
	    get_name(attrs.tb[ESPGW_SA_A_AUTH], sa->auth) ||
	    get_key(attrs.tb[ESPGW_SA_A_KEY], &sa->key) ||
	    get_key(attrs.tb[ESPGW_SA_A_AUTH_KEY], &sa->auth_key) ||
	    get_limits(attrs.tb[ESPGW_SA_A_LIMIT], sa) ||
	    get_stats(attrs.tb[ESPGW_SA_A_STATS], sa) ||
	    espgw_mtu_get(attrs.tb[ESPGW_SA_A_MTU], &sa->mtu))
		return -1;

	sa->dir = get_uint(&attrs, ESPGW_SA_A_DIR);
	sa->spi = get_uint(&attrs, ESPGW_SA_A_SPI);
	sa->reqid = get_uint(&attrs, ESPGW_SA_A_REQID);
	sa->icv_bits = get_uint(&attrs, ESPGW_SA_A_ICV_BITS);
	sa->replay_window = get_uint(&attrs, ESPGW_SA_A_REPLAY_WINDOW);
	sa->seq = get_uint(&attrs, ESPGW_SA_A_SEQ);
	sa->encap_sport = get_uint(&attrs, ESPGW_SA_A_ENCAP_SPORT);
	sa->encap_dport = get_uint(&attrs, ESPGW_SA_A_ENCAP_DPORT);
	sa->keepalive_s = get_uint(&attrs, ESPGW_SA_A_KEEPALIVE);
	sa->peer_port = get_uint(&attrs, ESPGW_SA_A_PEER_PORT);
	sa->class = get_uint(&attrs, ESPGW_SA_A_CLASS);
	sa->mark = get_uint(&attrs, ESPGW_SA_A_MARK);
	sa->mark_mask = has(sa, ESPGW_SA_A_MARK_MASK) ? get_uint(&attrs, ESPGW_SA_A_MARK_MASK) :
							UINT32_MAX;
	sa->dscp = get_uint(&attrs, ESPGW_SA_A_DSCP);
	sa->ecn = get_uint(&attrs, ESPGW_SA_A_ECN);
	sa->ttl = get_uint(&attrs, ESPGW_SA_A_TTL);
	sa->tfc = get_uint(&attrs, ESPGW_SA_A_TFC);
	sa->state = get_uint(&attrs, ESPGW_SA_A_STATE);
	sa->age_s = get_uint(&attrs, ESPGW_SA_A_AGE_S);
	sa->pmtu = get_uint(&attrs, ESPGW_SA_A_PMTU);
	sa->inner_mtu = get_uint(&attrs, ESPGW_SA_A_INNER_MTU);
	sa->event = get_uint(&attrs, ESPGW_SA_A_EVENT);
	return 0;
}

/**
 * espgw_sa_match - whether an SA is one to be shown
 * @sa: the SA
 * @filter: what of it was asked for
 *
 * Return: true if so.
 */
bool espgw_sa_match(const struct espgw_sa *sa, const struct espgw_sa *filter)
{
	return (!has(filter, ESPGW_SA_A_DIR) || sa->dir == filter->dir) &&
	       (!has(filter, ESPGW_SA_A_SRC) || espgw_addr_equal(&sa->src, &filter->src)) &&
	       (!has(filter, ESPGW_SA_A_DST) || espgw_addr_equal(&sa->dst, &filter->dst)) &&
	       (!has(filter, ESPGW_SA_A_SPI) || sa->spi == filter->spi) &&
	       (!has(filter, ESPGW_SA_A_REQID) || sa->reqid == filter->reqid);
}

static enum espgw_colour state_colour(uint8_t state)
{
	switch (state) {
	case ESPGW_SA_VALID:
		return ESPGW_GOOD;
	case ESPGW_SA_EXPIRING:
		return ESPGW_CAUTION;
	default:
		return ESPGW_BAD;
	}
}

static void show_algorithms(struct espgw_out *out, const struct espgw_sa *sa)
{
	espgw_out_break(out);
	if (has(sa, ESPGW_SA_A_AEAD))
		espgw_out_str(out, "aead", "aead", sa->aead, ESPGW_PLAIN);
	if (has(sa, ESPGW_SA_A_ENC))
		espgw_out_str(out, "enc", "enc", sa->enc, ESPGW_PLAIN);
	if (has(sa, ESPGW_SA_A_KEY))
		espgw_out_hexbytes(out, "key", "key", sa->key.byte, sa->key.len);
	if (has(sa, ESPGW_SA_A_AUTH))
		espgw_out_str(out, "auth", "auth", sa->auth, ESPGW_PLAIN);
	if (has(sa, ESPGW_SA_A_AUTH_KEY))
		espgw_out_hexbytes(out, "auth_key", "key", sa->auth_key.byte, sa->auth_key.len);
	if (has(sa, ESPGW_SA_A_ICV_BITS))
		espgw_out_num(out, "icv_bits", "icv", sa->icv_bits, "bits");
	espgw_out_flag(out, "esn", "esn", has(sa, ESPGW_SA_A_ESN));
	if (has(sa, ESPGW_SA_A_REPLAY_WINDOW))
		espgw_out_num(out, "replay_window", "replay-window", sa->replay_window, NULL);
	if (has(sa, ESPGW_SA_A_SEQ))
		espgw_out_num(out, "seq", "seq", sa->seq, NULL);
}

static void show_outer(struct espgw_out *out, const struct espgw_sa *sa)
{
	char text[32];

	if (!(sa->has & (BIT(ESPGW_SA_A_ENCAP_SPORT) | BIT(ESPGW_SA_A_CLASS) |
			 BIT(ESPGW_SA_A_MARK) | BIT(ESPGW_SA_A_DSCP) | BIT(ESPGW_SA_A_ECN) |
			 BIT(ESPGW_SA_A_TTL) | BIT(ESPGW_SA_A_TFC))))
		return;
	espgw_out_break(out);
	if (has(sa, ESPGW_SA_A_ENCAP_SPORT)) {
		espgw_out_str(out, "encap", "encap", encap_words[0].word, ESPGW_PLAIN);
		espgw_out_num(out, "encap_sport", "", sa->encap_sport, NULL);
		espgw_out_num(out, "encap_dport", "", sa->encap_dport, NULL);
	}
	if (has(sa, ESPGW_SA_A_KEEPALIVE) && sa->keepalive_s)
		espgw_out_seconds(out, "keepalive", "keepalive", sa->keepalive_s);
	if (has(sa, ESPGW_SA_A_PEER)) {
		espgw_out_addr(out, "peer", "peer", &sa->peer);
		espgw_out_num(out, "peer_port", "port", sa->peer_port, NULL);
	}
	if (has(sa, ESPGW_SA_A_CLASS))
		espgw_out_bits(out, "class", "class", sa->class);
	if (has(sa, ESPGW_SA_A_MARK)) {
		snprintf(text, sizeof(text), "0x%x/0x%x", sa->mark, sa->mark_mask);
		espgw_out_str(out, NULL, "mark", text, ESPGW_PLAIN);
		espgw_out_num(out, "mark", NULL, sa->mark, NULL);
		espgw_out_num(out, "mark_mask", NULL, sa->mark_mask, NULL);
	}
	if (has(sa, ESPGW_SA_A_DSCP) && sa->dscp == ESPGW_COPY)
		espgw_out_str(out, "dscp", "dscp", copy_words[0].word, ESPGW_PLAIN);
	else if (has(sa, ESPGW_SA_A_DSCP))
		espgw_out_num(out, "dscp", "dscp", sa->dscp, NULL);
	if (has(sa, ESPGW_SA_A_ECN))
		espgw_out_on_off(out, "ecn", "ecn", sa->ecn);
	if (has(sa, ESPGW_SA_A_TTL) && !sa->ttl)
		espgw_out_str(out, "ttl", "ttl", ttl_words[0].word, ESPGW_PLAIN);
	else if (has(sa, ESPGW_SA_A_TTL))
		espgw_out_num(out, "ttl", "ttl", sa->ttl, NULL);
	if (has(sa, ESPGW_SA_A_TFC) && sa->tfc)
		espgw_out_num(out, "tfc", "tfc", sa->tfc, "bytes");
}

static void show_limits(struct espgw_out *out, const struct espgw_sa *sa)
{
	unsigned int i;

	if (!sa->limit_has)
		return;
	espgw_out_break(out);
	for (i = 1; i < ESPGW_LIMIT_A_PAD; i++) {
		char label[32];

		if (!(sa->limit_has & BIT(i)))
			continue;
		snprintf(label, sizeof(label), "limit %s %s", limit_names[i].hardness,
			 limit_names[i].unit);
		if (i == ESPGW_LIMIT_A_SOFT_BYTES || i == ESPGW_LIMIT_A_HARD_BYTES)
			espgw_out_bytes(out, limit_names[i].key, label, sa->limit[i]);
		else if (i == ESPGW_LIMIT_A_SOFT_SECONDS || i == ESPGW_LIMIT_A_HARD_SECONDS)
			espgw_out_seconds(out, limit_names[i].key, label, sa->limit[i]);
		else
			espgw_out_num(out, limit_names[i].key, label, sa->limit[i], NULL);
	}
}

static void show_stats(struct espgw_out *out, const struct espgw_sa *sa)
{
	unsigned int i;

	if (!has(sa, ESPGW_SA_A_STATS) || !(out->json || out->stats))
		return;
	espgw_out_break(out);
	for (i = 1; i < ESPGW_SA_STAT_A_PAD; i++) {
		const char *name = espgw_sa_stat_set.attr[i].name;

		if (i == ESPGW_SA_STAT_A_BYTES)
			espgw_out_bytes(out, name, name, sa->stat[i]);
		else
			espgw_out_num(out, name, name, sa->stat[i], NULL);
		if (i == ESPGW_SA_STAT_A_DROPPED)
			espgw_out_break(out);
	}
}

/**
 * espgw_sa_show - print an SA as the values of one row
 * @out: where to; the caller begins and ends the row
 * @sa: the SA
 */
void espgw_sa_show(struct espgw_out *out, const struct espgw_sa *sa)
{
	const char *dir = espgw_choice_word(espgw_args_in_out, sa->dir);
	const char *state = espgw_choice_word(state_words, sa->state);

	espgw_out_str(out, "dir", "", dir ? dir : "?", ESPGW_PLAIN);
	if (has(sa, ESPGW_SA_A_SRC))
		espgw_out_addr(out, "src", "src", &sa->src);
	espgw_out_addr(out, "dst", "dst", &sa->dst);
	espgw_out_hex32(out, "spi", "spi", sa->spi);
	if (has(sa, ESPGW_SA_A_REQID))
		espgw_out_num(out, "reqid", "reqid", sa->reqid, NULL);
	if (has(sa, ESPGW_SA_A_STATE))
		espgw_out_str(out, "state", "state", state ? state : "?", state_colour(sa->state));
	if (has(sa, ESPGW_SA_A_AGE_S))
		espgw_out_seconds(out, "age_s", "age", sa->age_s);
	if (sa->has & (BIT(ESPGW_SA_A_AEAD) | BIT(ESPGW_SA_A_ENC) | BIT(ESPGW_SA_A_AUTH)))
		show_algorithms(out, sa);
	if (sa->has & (BIT(ESPGW_SA_A_PMTU) | BIT(ESPGW_SA_A_INNER_MTU))) {
		espgw_out_break(out);
		espgw_out_num(out, "pmtu", "pmtu", sa->pmtu, "bytes");
		espgw_out_num(out, "inner_mtu", "inner-mtu", sa->inner_mtu, "bytes");
	}
	show_outer(out, sa);
	show_limits(out, sa);
	if (sa->mtu.has) {
		espgw_out_break(out);
		espgw_mtu_show(out, &sa->mtu);
	}
	show_stats(out, sa);
}

/**
 * espgw_sa_event_word - the word for an event
 * @event: enum espgw_sa_event
 *
 * Return: the word; "?" for one that this tool does not know.
 */
const char *espgw_sa_event_word(uint8_t event)
{
	const char *word = espgw_choice_word(event_words, event);

	return word ? word : "?";
}

static void save_key(FILE *to, const struct espgw_key *key)
{
	unsigned int i;

	fputs(" 0x", to);
	for (i = 0; i < key->len; i++)
		fprintf(to, "%02x", key->byte[i]);
}

/**
 * espgw_sa_save - write an SA as the command that makes it, keys and all
 * @to: stream
 * @sa: the SA
 */
void espgw_sa_save(FILE *to, const struct espgw_sa *sa)
{
	char text[ESPGW_ADDR_TEXT];
	unsigned int i;

	fprintf(to, "sa add dir %s", sa->dir == ESPGW_DIR_IN ? "in" : "out");
	fprintf(to, " src %s", espgw_addr_text(&sa->src, text));
	fprintf(to, " dst %s", espgw_addr_text(&sa->dst, text));
	fprintf(to, " spi 0x%08x", sa->spi);
	if (has(sa, ESPGW_SA_A_REQID))
		fprintf(to, " reqid %u", sa->reqid);
	if (has(sa, ESPGW_SA_A_AEAD)) {
		fprintf(to, " aead %s", sa->aead);
		save_key(to, &sa->key);
		fprintf(to, " %u", sa->icv_bits);
	} else {
		fprintf(to, " enc %s", sa->enc);
		save_key(to, &sa->key);
		fprintf(to, " auth %s", sa->auth);
		save_key(to, &sa->auth_key);
		if (has(sa, ESPGW_SA_A_ICV_BITS))
			fprintf(to, " %u", sa->icv_bits);
	}
	if (has(sa, ESPGW_SA_A_ESN))
		fputs(" esn", to);
	/* The window is the receiver's; an outbound SA has none to restore. */
	if (has(sa, ESPGW_SA_A_REPLAY_WINDOW) && sa->dir == ESPGW_DIR_IN)
		fprintf(to, " replay-window %u", sa->replay_window);
	if (has(sa, ESPGW_SA_A_SEQ))
		fprintf(to, " seq %" PRIu64, sa->seq);
	if (has(sa, ESPGW_SA_A_ENCAP_SPORT))
		fprintf(to, " encap espinudp %u %u", sa->encap_sport, sa->encap_dport);
	if (has(sa, ESPGW_SA_A_KEEPALIVE) && sa->keepalive_s)
		fprintf(to, " keepalive %u", sa->keepalive_s);
	if (has(sa, ESPGW_SA_A_CLASS)) {
		fputs(" class", to);
		for (i = 0; i < 64; i++)
			if (sa->class >> i & 1)
				fprintf(to, "%c%u", sa->class & (BIT(i) - 1) ? ',' : ' ', i);
	}
	if (has(sa, ESPGW_SA_A_MARK))
		fprintf(to, " mark 0x%x/0x%x", sa->mark, sa->mark_mask);
	if (has(sa, ESPGW_SA_A_DSCP) && sa->dscp == ESPGW_COPY)
		fputs(" dscp copy", to);
	else if (has(sa, ESPGW_SA_A_DSCP))
		fprintf(to, " dscp %u", sa->dscp);
	if (has(sa, ESPGW_SA_A_ECN))
		fprintf(to, " ecn %s", sa->ecn ? "on" : "off");
	if (has(sa, ESPGW_SA_A_TTL) && !sa->ttl)
		fputs(" ttl copy", to);
	else if (has(sa, ESPGW_SA_A_TTL))
		fprintf(to, " ttl %u", sa->ttl);
	if (has(sa, ESPGW_SA_A_TFC) && sa->tfc)
		fprintf(to, " tfc %u", sa->tfc);
	for (i = 1; i < ESPGW_LIMIT_A_PAD; i++)
		if (sa->limit_has & BIT(i))
			fprintf(to, " limit %s %s %" PRIu64, limit_names[i].hardness,
				limit_names[i].unit, sa->limit[i]);
	espgw_mtu_save(to, &sa->mtu);
	fputc('\n', to);
}
