// SPDX-License-Identifier: GPL-2.0
/*
 * alg - algorithm names, keys, ICV lengths
 *
 * A name that is not in the table is sent as it is, since the kernel's crypto
 * API may know it; what is in the table is checked here, because the kernel
 * can only say "invalid" where we can say which length would do.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alg.h"
#include "say.h"

/**
 * struct alg - an algorithm we know
 * @name: the crypto API's name
 * @alias: shorter ones
 * @kind: what it is for
 * @key_len: key lengths that it takes, in bytes, 0 ends the list; none: any
 *	from 1 byte
 * @no_key: takes no key at all
 * @icv_bits: ICV lengths that it takes, 0 ends the list
 * @digest_bits: or: any multiple of 8 up to this, the length of the digest
 * @key_hint: how the key is made up, for messages
 */
struct alg {
	const char *name;
	const char *alias[2];
	enum espgw_alg_kind kind;
	uint8_t key_len[4];
	bool no_key;
	uint16_t icv_bits[4];
	uint16_t digest_bits;
	const char *key_hint;
};

static const struct alg algs[] = {
	{
		.name = "rfc4106(gcm(aes))", .alias = { "aes-gcm" }, .kind = ESPGW_ALG_AEAD,
		.key_len = { 20, 28, 36 }, .icv_bits = { 64, 96, 128 },
		.key_hint = " (16, 24 or 32 of key, then 4 of salt)",
	},
	{
		.name = "rfc7539esp(chacha20,poly1305)", .alias = { "chacha20-poly1305" },
		.kind = ESPGW_ALG_AEAD, .key_len = { 36 }, .icv_bits = { 128 },
		.key_hint = " (32 of key, then 4 of salt)",
	},
	{
		.name = "cbc(aes)", .alias = { "aes-cbc" }, .kind = ESPGW_ALG_ENC,
		.key_len = { 16, 24, 32 },
	},
	{
		.name = "ecb(cipher_null)", .alias = { "null", "cipher_null" },
		.kind = ESPGW_ALG_ENC, .no_key = true,
	},
	{
		.name = "hmac(sha1)", .alias = { "sha1" }, .kind = ESPGW_ALG_AUTH,
		.digest_bits = 160,
	},
	{
		.name = "hmac(sha256)", .alias = { "sha256" }, .kind = ESPGW_ALG_AUTH,
		.digest_bits = 256,
	},
	{
		.name = "hmac(sha384)", .alias = { "sha384" }, .kind = ESPGW_ALG_AUTH,
		.digest_bits = 384,
	},
	{
		.name = "hmac(sha512)", .alias = { "sha512" }, .kind = ESPGW_ALG_AUTH,
		.digest_bits = 512,
	},
};

/**
 * espgw_alg_offer - print the shorter names of algorithms, a line each
 * @to: stream
 * @kind: what they are for
 */
void espgw_alg_offer(FILE *to, enum espgw_alg_kind kind)
{
	const struct alg *alg;

	for (alg = algs; alg < algs + sizeof(algs) / sizeof(algs[0]); alg++)
		if (alg->kind == kind)
			fprintf(to, "%s\n", alg->alias[0]);
}

static const char *const kind_words[] = {
	[ESPGW_ALG_AEAD] = "aead",
	[ESPGW_ALG_ENC] = "enc",
	[ESPGW_ALG_AUTH] = "auth",
};

static const char *const kind_names[] = {
	[ESPGW_ALG_AEAD] = "a combined algorithm",
	[ESPGW_ALG_ENC] = "an encryption algorithm",
	[ESPGW_ALG_AUTH] = "an authentication algorithm",
};

static const struct alg *alg_find(const char *name)
{
	const struct alg *alg;

	for (alg = algs; alg < algs + sizeof(algs) / sizeof(algs[0]); alg++)
		if (!strcmp(alg->name, name) ||
		    (alg->alias[0] && !strcmp(alg->alias[0], name)) ||
		    (alg->alias[1] && !strcmp(alg->alias[1], name)))
			return alg;
	return NULL;
}

/*
 * "20, 28 or 36" from a list that 0 ends
 */
static const char *list_text(const unsigned int *list, unsigned int max, char *text, size_t size)
{
	unsigned int i;
	size_t used = 0;

	for (i = 0; i < max && list[i]; i++) {
		const char *join = "";

		if (i)
			join = i + 1 == max || !list[i + 1] ? " or " : ", ";
		used += snprintf(text + used, size - used, "%s%u", join, list[i]);
	}
	return text;
}

static int hex_digit(unsigned char c)
{
	if (isdigit(c))
		return c - '0';
	return isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

/* Messages about keys say what is wrong and never what the key is. */
static int hex_read(const char *what, const char *hex, size_t len, struct espgw_key *key)
{
	size_t i;

	if (len > 2 * ESPGW_KEY_MAX)
		return espgw_say_error("%s is longer than %u bytes", what, ESPGW_KEY_MAX);
	for (i = 0; i < len; i++) {
		int digit = hex_digit(hex[i]);

		if (digit < 0)
			return espgw_say_error("%s has something that is no hexadecimal digit "
					       "at place %zu", what, i + 1);
		key->byte[i / 2] = key->byte[i / 2] << 4 | digit;
	}
	if (len % 2)
		return espgw_say_error("%s has an odd number of hexadecimal digits", what);
	key->len = len / 2;
	return 0;
}

/* Fewer bits are guessed too easily; no digest has more. */
#define ICV_MIN 64
#define ICV_MAX 512
/* RFC 2404, 2104 5 */
#define HMAC_ICV_MIN 96

/* Room for the hexadecimal digits of a key, 0x, white space, and one more. */
#define KEY_TEXT (2 * ESPGW_KEY_MAX + 64)

/* What a message is about: "KIND NAME": OF */
static void say_what(char *text, enum espgw_alg_kind kind, const char *name, const char *of)
{
	text = stpcpy(stpcpy(text, "\""), kind_words[kind]);
	text = stpcpy(stpcpy(text, " "), name);
	strcpy(stpcpy(text, "\": "), of);
}

/*
 * Reads with read(2), not stdio, so that no copy of the key stays in a buffer
 * that is not ours to wipe. Of standard input one line is taken, and no byte
 * beyond: the next key may follow.
 */
static int file_read(const char *what, const char *path, struct espgw_key *key)
{
	bool from_stdin = !strcmp(path, "-");
	char text[KEY_TEXT], shown[ESPGW_ARGS_QUOTE];
	size_t len = 0, start = 0;
	int fd = STDIN_FILENO, err = 0, rc = -1;

	espgw_args_quote(path, shown);
	if (!from_stdin) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			return espgw_say_error("%s: cannot open \"%s\": %s", what, shown,
					       strerror(errno));
	}
	while (len < sizeof(text)) {
		ssize_t got = read(fd, text + len, from_stdin ? 1 : sizeof(text) - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			err = errno;
		if (got <= 0 || (from_stdin && text[len] == '\n'))
			break;
		len += got;
	}
	if (!from_stdin)
		close(fd);
	if (err) {
		espgw_say_error("%s: cannot read \"%s\": %s", what, shown, strerror(err));
		goto out;
	}
	if (len == sizeof(text)) {
		espgw_say_error("%s: \"%s\" holds more than a key", what, shown);
		goto out;
	}
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	while (start < len && isspace((unsigned char)text[start]))
		start++;
	if (len - start >= 2 && text[start] == '0' && (text[start + 1] | 0x20) == 'x')
		start += 2;
	else if (start == len) {
		espgw_say_error("%s: \"%s\" is empty", what, shown);
		goto out;
	}
	rc = hex_read(what, text + start, len - start, key);
out:
	explicit_bzero(text, sizeof(text));
	return rc;
}

static int key_read(struct espgw_args *args, const char *what, char *word, struct espgw_key *key)
{
	int rc;

	if (!strncmp(word, "file:", 5)) {
		if (!strcmp(word, "file:-") && args->stdin_busy)
			return espgw_say_error("%s cannot come from standard input: "
					       "the batch does", what);
		return file_read(what, word + 5, key);
	}
	if (word[0] == '0' && (word[1] | 0x20) == 'x')
		rc = hex_read(what, word + 2, strlen(word + 2), key);
	else
		return espgw_say_error("%s must be 0x and hexadecimal digits, or file:PATH", what);
	/* Gone from what ps(1) shows, too. */
	explicit_bzero(word, strlen(word));
	return rc;
}

static int key_check(const struct alg *alg, const char *what, const struct espgw_key *key)
{
	unsigned int lengths[4], i;
	char list[64];

	if (!alg)
		return 0;
	if (alg->no_key) {
		if (key->len)
			return espgw_say_error("%s must be empty (0x): %s takes none", what,
					       alg->name);
		return 0;
	}
	if (!key->len)
		return espgw_say_error("%s is empty", what);
	if (!alg->key_len[0])
		return 0;
	for (i = 0; i < 4; i++) {
		lengths[i] = alg->key_len[i];
		if (lengths[i] && lengths[i] == key->len)
			return 0;
	}
	return espgw_say_error("%s must have %s bytes%s, not %u", what,
			       list_text(lengths, 4, list, sizeof(list)),
			       alg->key_hint ? alg->key_hint : "", key->len);
}

/**
 * espgw_alg_take - take the name of an algorithm, and its key
 * @args: the words
 * @kind: what it has to be for
 * @name: receives the crypto API's name
 * @key: receives the key; wiped on failure
 *
 * Return: 0, or -1 (said).
 */
int espgw_alg_take(struct espgw_args *args, enum espgw_alg_kind kind,
		   char name[static ESPGW_ALG_NAME_MAX], struct espgw_key *key)
{
	const char *word = espgw_args_value(args, kind_words[kind]);
	char shown[ESPGW_ARGS_QUOTE], what[ESPGW_ALG_NAME_MAX + 32];
	const struct alg *alg;
	char *text;
	size_t i;

	if (!word)
		return -1;
	alg = alg_find(word);
	if (alg && alg->kind != kind)
		return espgw_say_error("\"%s\" takes %s, and \"%s\" is %s", kind_words[kind],
				       kind_names[kind], espgw_args_quote(word, shown),
				       kind_names[alg->kind]);
	if (alg)
		word = alg->name;
	for (i = 0; isalnum((unsigned char)word[i]) || (word[i] && strchr("()-_,+.", word[i])); i++)
		;
	if (!i || word[i] || !isalpha((unsigned char)word[0]) || espgw_args_secret(word))
		return espgw_say_error("\"%s\" must be an algorithm's name, not \"%s\"",
				       kind_words[kind], espgw_args_quote(word, shown));
	if (i >= ESPGW_ALG_NAME_MAX)
		return espgw_say_error("\"%s\": an algorithm's name has no more than %u characters",
				       kind_words[kind], ESPGW_ALG_NAME_MAX - 1);
	memset(name, 0, ESPGW_ALG_NAME_MAX);
	memcpy(name, word, i);

	say_what(what, kind, name, "the key");
	text = espgw_args_next(args);
	if (!text)
		return espgw_say_error("%s is missing", what);
	memset(key, 0, sizeof(*key));
	/* A cipher without a key may also have an empty word in its place. */
	if ((!*text && alg && alg->no_key) ||
	    (!key_read(args, what, text, key) && !key_check(alg, what, key)))
		return 0;
	explicit_bzero(key, sizeof(*key));
	return -1;
}

/**
 * espgw_alg_take_key - take a key that is of no algorithm
 * @args: the words
 * @name: the word before it
 * @key: receives it; wiped on failure
 *
 * Return: 0, or -1 (said).
 */
int espgw_alg_take_key(struct espgw_args *args, const char *name, struct espgw_key *key)
{
	char *text = espgw_args_value(args, name), what[32];

	if (!text)
		return -1;
	snprintf(what, sizeof(what), "\"%s\"", name);
	memset(key, 0, sizeof(*key));
	if (!key_read(args, what, text, key))
		return 0;
	explicit_bzero(key, sizeof(*key));
	return -1;
}

/**
 * espgw_alg_save_key - write a key as it is typed
 * @to: stream
 * @key: the key
 */
void espgw_alg_save_key(FILE *to, const struct espgw_key *key)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int i;

	if (key->len == ESPGW_KEY_HIDDEN) {
		fputs("(key)", to);
		return;
	}
	fputs("0x", to);
	for (i = 0; i < key->len; i++) {
		fputc(digits[key->byte[i] >> 4], to);
		fputc(digits[key->byte[i] & 0xf], to);
	}
}

/**
 * espgw_alg_icv_default - the length of an ICV if none is said
 * @name: of an authentication algorithm
 *
 * Return: bits (RFC 2404, RFC 4868); 0: unknown.
 */
uint32_t espgw_alg_icv_default(const char *name)
{
	const struct alg *alg = alg_find(name);

	if (!alg)
		return 0;
	return alg->digest_bits == 160 ? 96 : alg->digest_bits / 2;
}

/**
 * espgw_alg_take_icv - take the length of an ICV
 * @args: the words
 * @kind: ESPGW_ALG_AEAD or ESPGW_ALG_AUTH
 * @name: the crypto API's name of the algorithm that makes it
 * @icv_bits: receives the length
 *
 * Return: 0, or -1 (said).
 */
int espgw_alg_take_icv(struct espgw_args *args, enum espgw_alg_kind kind, const char *name,
		       uint32_t *icv_bits)
{
	const char *text = espgw_args_next(args);
	const struct alg *alg = alg_find(name);
	char shown[ESPGW_ARGS_QUOTE], list[64], what[ESPGW_ALG_NAME_MAX + 32];
	unsigned int lengths[4], i, min = ICV_MIN, max = ICV_MAX;
	uint64_t value;
	int rc;

	say_what(what, kind, name, "the ICV length");
	if (!text)
		return espgw_say_error("%s in bits is missing", what);
	rc = espgw_number_parse(text, &value);
	espgw_args_quote(text, shown);
	if (alg && alg->digest_bits) {
		min = HMAC_ICV_MIN;
		max = alg->digest_bits;
	}
	if (rc || value % 8 || value < min || value > max)
		return espgw_say_error("%s must be %u-%u bits, a multiple of 8, not \"%s\"", what,
				       min, max, shown);
	*icv_bits = value;
	if (!alg || !alg->icv_bits[0])
		return 0;
	for (i = 0; i < 4; i++) {
		lengths[i] = alg->icv_bits[i];
		if (lengths[i] && lengths[i] == value)
			return 0;
	}
	return espgw_say_error("%s must be %s bits, not \"%s\"", what,
			       list_text(lengths, 4, list, sizeof(list)), shown);
}
