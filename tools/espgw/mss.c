// SPDX-License-Identifier: GPL-2.0
/*
 * mss - the words of "mss": the path MTU from the MSS of a TCP connection
 *	between the gateways
 */
#include <linux/espgw.h>
#include <string.h>

#include "mss.h"
#include "say.h"
#include "secret.h"
#include "tcpconn.h"

#define PORT 4500	/* IKE's and ESP's, RFC 3948 and 9329 */
#define PROBE_TIMEOUT 5
#define TIMEOUT_MAX 86400
/* Bytes: shorter ones are guessed. */
#define KEY_MIN 16

/* The commands; the value is that of enum espgw_in. */
const struct espgw_choice espgw_mss_commands[] = {
	{ "probe", ESPGW_IN_PROBE },
	{ "listen", ESPGW_IN_LISTEN },
	{ NULL },
};

/* What authenticates the connection, enum espgw_tcpconn_auth. */
const struct espgw_choice espgw_mss_auths[] = {
	{ "md5", ESPGW_TCPCONN_MD5 },
	{ "ao", ESPGW_TCPCONN_AO },
	{ NULL },
};

static int take_key(struct espgw_args *args, const struct espgw_field *f, void *obj,
		    const char *unset)
{
	struct espgw_mss *mss = obj;

	(void)unset;
	if (espgw_alg_take_key(args, f->word, &mss->key))
		return -1;
	if (mss->key.len >= KEY_MIN)
		return 0;
	return espgw_say_error("\"%s\" must have %u bytes or more, not %u", f->word, KEY_MIN,
			       mss->key.len);
}

static const struct espgw_kind key_kind = { .take = take_key };

#define BOTH (ESPGW_IN_PROBE | ESPGW_IN_LISTEN)

static const struct espgw_field mss_fields[] = {
	{ .attr = ESPGW_MSS_SPI, .word = "spi", .in = BOTH, .need = BOTH,
	  .min = ESPGW_SPI_MIN, .max = UINT32_MAX, .kind = &espgw_kind_spi },
	{ .attr = ESPGW_MSS_DST, .at = offsetof(struct espgw_mss, dst), .word = "dst",
	  .in = BOTH, .need = BOTH, .kind = &espgw_kind_addr },
	{ .attr = ESPGW_MSS_PORT, .word = "port", .help = "P", .in = BOTH, .min = 1,
	  .max = UINT16_MAX, .kind = &espgw_kind_number },
	{ .attr = ESPGW_MSS_AUTH, .word = "auth", .help = "md5|ao", .in = BOTH,
	  .words = espgw_mss_auths, .kind = &espgw_kind_number },
	{ .attr = ESPGW_MSS_KEY, .word = "key", .help = "KEY", .in = BOTH, .kind = &key_kind },
	{ .attr = ESPGW_MSS_TIMEOUT, .word = "timeout", .help = "SECONDS", .in = BOTH,
	  .min = 1, .max = TIMEOUT_MAX, .kind = &espgw_kind_span },
	{ .attr = ESPGW_MSS_ONCE, .word = "once", .help = "", .in = ESPGW_IN_LISTEN,
	  .kind = &espgw_kind_flag },
};

/* What is not said. */
static int check(unsigned int in, void *obj)
{
	struct espgw_mss *mss = obj;

	if (!espgw_has(mss, ESPGW_MSS_PORT))
		espgw_set(mss, ESPGW_MSS_PORT, PORT);
	if (in & ESPGW_IN_PROBE && !espgw_has(mss, ESPGW_MSS_TIMEOUT))
		espgw_set(mss, ESPGW_MSS_TIMEOUT, PROBE_TIMEOUT);
	return 0;
}

const struct espgw_object espgw_mss_object = {
	ESPGW_FIELDS(mss_fields), .size = sizeof(struct espgw_mss), .check = check,
};

static int parse(struct espgw_args *args, struct espgw_mss *mss, unsigned int *command)
{
	const char *text = espgw_args_next(args);
	const struct espgw_choice *found;
	char shown[ESPGW_ARGS_QUOTE];

	espgw_say_verb("mss", NULL);
	if (!text)
		return espgw_say_error("a command is missing: one of probe, listen");
	found = espgw_choice_find(espgw_mss_commands, text);
	if (!found)
		return espgw_say_error("unknown command \"%s\": must be one of probe, listen",
				       espgw_args_quote(text, shown));
	espgw_say_verb("mss", found->word);
	*command = found->value;
	return espgw_object_parse(args, &espgw_mss_object, found->value, mss);
}

/**
 * espgw_mss_parse - parse what follows "mss"
 * @word: the words; keys are wiped from them, and on failure they are wiped
 *	altogether
 * @count: how many
 * @mss: receives the request; to be wiped by the caller, even on failure
 * @command: receives which it is, enum espgw_in
 *
 * Return: 0, or -1 (said).
 */
int espgw_mss_parse(char **word, int count, struct espgw_mss *mss, unsigned int *command)
{
	struct espgw_args args = { .word = word, .count = count };

	memset(mss, 0, sizeof(*mss));
	if (!parse(&args, mss, command))
		return 0;
	espgw_secret_words(word, count);
	return -1;
}
