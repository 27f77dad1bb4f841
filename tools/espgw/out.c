// SPDX-License-Identifier: GPL-2.0
/*
 * out - text for people, JSON for programs
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "out.h"

static const char *const colour_codes[] = {
	[ESPGW_PLAIN] = "",	     [ESPGW_ADDRESS] = "\033[35m", [ESPGW_DEVICE] = "\033[36m",
	[ESPGW_GOOD] = "\033[32m",   [ESPGW_CAUTION] = "\033[33m", [ESPGW_BAD] = "\033[31m",
};

/**
 * espgw_out_begin - begin the rows of one command
 * @out: where to
 *
 * Prints nothing yet: a command that is refused leaves standard output empty.
 */
void espgw_out_begin(struct espgw_out *out)
{
	out->rows = 0;
	out->open = false;
}

/**
 * espgw_out_end - end the rows of one command
 * @out: where to
 */
void espgw_out_end(struct espgw_out *out)
{
	if (!out->json || out->stream)
		return;
	if (!out->rows)
		fputs("[]\n", out->to);
	else
		fputs(out->pretty ? "\n]\n" : "]\n", out->to);
}

/**
 * espgw_out_row - begin a row: a JSON object, or a paragraph of text
 * @out: where to
 */
void espgw_out_row(struct espgw_out *out)
{
	if (out->json) {
		if (!out->stream)
			fputs(out->rows ? "," : "[", out->to);
		fputs(out->pretty && !out->stream ? "\n    {" : "{", out->to);
	}
	out->rows++;
	out->values = 0;
	out->broken = false;
	out->open = true;
}

/**
 * espgw_out_row_end - end a row
 * @out: where to
 */
void espgw_out_row_end(struct espgw_out *out)
{
	if (!out->json)
		fputc('\n', out->to);
	else
		fputs(out->pretty && !out->stream ? "\n    }" : "}", out->to);
	out->open = false;
	if (out->stream) {
		if (out->json)
			fputc('\n', out->to);
		fflush(out->to);
	}
}

/**
 * espgw_out_break - let the next value of the row begin another line; text only
 * @out: where to
 *
 * If no value follows, no line does. A stream has one row a line, so there it
 * does nothing.
 */
void espgw_out_break(struct espgw_out *out)
{
	out->broken = !out->json && !out->stream && !out->nested;
}

static void colour_on(struct espgw_out *out, enum espgw_colour colour)
{
	if (out->colour && colour != ESPGW_PLAIN)
		fputs(colour_codes[colour], out->to);
}

static void colour_off(struct espgw_out *out, enum espgw_colour colour)
{
	if (out->colour && colour != ESPGW_PLAIN)
		fputs("\033[0m", out->to);
}

/* What stands between two values in text. */
static void text_begin(struct espgw_out *out)
{
	if (out->broken)
		fputs("\n    ", out->to);
	else if (out->values)
		fputc(' ', out->to);
	out->broken = false;
	out->values++;
}

/* What stands before a value in text. */
static void text_label(struct espgw_out *out, const char *label)
{
	text_begin(out);
	if (*label)
		fprintf(out->to, "%s ", label);
}

/* Device names may hold any byte but a few: no terminal is to obey them. */
static void text_string(struct espgw_out *out, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out->to);
}

static void json_string(struct espgw_out *out, const char *text)
{
	fputc('"', out->to);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			fprintf(out->to, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out->to, "\\u%04x", c);
		else
			fputc(c, out->to);
	}
	fputc('"', out->to);
}

static void json_key(struct espgw_out *out, const char *key)
{
	if (out->values++)
		fputc(',', out->to);
	if (out->pretty && !out->stream && !out->nested)
		fputs("\n        ", out->to);
	json_string(out, key);
	fputs(out->pretty && !out->stream ? ": " : ":", out->to);
}

/*
 * Whether this value is to be printed in the present form, and if so, what
 * comes before it.
 */
static bool value_begin(struct espgw_out *out, const char *key, const char *label)
{
	if (out->json ? !key : !label)
		return false;
	if (out->json)
		json_key(out, key);
	else
		text_label(out, label);
	return true;
}

/**
 * espgw_out_label - print a word without a value; text only
 * @out: where to
 * @text: the word
 * @colour: its colour
 */
void espgw_out_label(struct espgw_out *out, const char *text, enum espgw_colour colour)
{
	if (out->json)
		return;
	text_begin(out);
	colour_on(out, colour);
	fputs(text, out->to);
	colour_off(out, colour);
}

/**
 * espgw_out_num - print a number
 * @out: where to
 * @key: JSON
 * @label: text
 * @value: the number
 * @unit: put after it in text, or NULL
 */
void espgw_out_num(struct espgw_out *out, const char *key, const char *label, uint64_t value,
		   const char *unit)
{
	if (!value_begin(out, key, label))
		return;
	fprintf(out->to, "%" PRIu64, value);
	if (unit && !out->json)
		fprintf(out->to, " %s", unit);
}

/**
 * espgw_out_bytes - print a number of bytes; in text with a binary prefix
 * @out: where to
 * @key: JSON
 * @label: text
 * @value: bytes
 */
void espgw_out_bytes(struct espgw_out *out, const char *key, const char *label, uint64_t value)
{
	static const char units[] = "KMGTPE";
	double scaled = value;
	int unit = -1;

	if (!value_begin(out, key, label))
		return;
	if (out->json) {
		fprintf(out->to, "%" PRIu64, value);
		return;
	}
	while (scaled >= 1023.95 && unit < 5) {
		scaled /= 1024;
		unit++;
	}
	if (unit < 0)
		fprintf(out->to, "%" PRIu64 " B", value);
	else
		fprintf(out->to, "%.1f %ciB", scaled, units[unit]);
}

/**
 * espgw_out_seconds - print a time span; in text as 3d4h, 2h5m, 3m12s
 * @out: where to
 * @key: JSON
 * @label: text
 * @value: seconds
 */
void espgw_out_seconds(struct espgw_out *out, const char *key, const char *label, uint64_t value)
{
	static const struct {
		unsigned int seconds;
		char letter;
	} unit[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	unsigned int i;

	if (!value_begin(out, key, label))
		return;
	if (out->json) {
		fprintf(out->to, "%" PRIu64, value);
		return;
	}
	for (i = 0; i < 3 && value < unit[i].seconds; i++)
		;
	fprintf(out->to, "%" PRIu64 "%c", value / unit[i].seconds, unit[i].letter);
	value %= unit[i].seconds;
	if (i < 3 && value / unit[i + 1].seconds)
		fprintf(out->to, "%" PRIu64 "%c", value / unit[i + 1].seconds,
			unit[i + 1].letter);
}

/**
 * espgw_out_hex32 - print an SPI; in JSON a string of 0x and eight digits
 * @out: where to
 * @key: JSON
 * @label: text
 * @value: in host byte order
 */
void espgw_out_hex32(struct espgw_out *out, const char *key, const char *label, uint32_t value)
{
	if (value_begin(out, key, label))
		fprintf(out->to, out->json ? "\"0x%08x\"" : "0x%08x", value);
}

/**
 * espgw_out_str - print a string
 * @out: where to
 * @key: JSON
 * @label: text
 * @value: the string
 * @colour: its colour in text
 */
void espgw_out_str(struct espgw_out *out, const char *key, const char *label, const char *value,
		   enum espgw_colour colour)
{
	if (!value_begin(out, key, label))
		return;
	if (out->json) {
		json_string(out, value);
		return;
	}
	colour_on(out, colour);
	text_string(out, value);
	colour_off(out, colour);
}

/**
 * espgw_out_addr - print an address
 * @out: where to
 * @key: JSON
 * @label: text
 * @addr: the address
 */
void espgw_out_addr(struct espgw_out *out, const char *key, const char *label,
		    const struct espgw_addr *addr)
{
	char text[ESPGW_ADDR_TEXT];

	espgw_out_str(out, key, label, espgw_addr_text(addr, text), ESPGW_ADDRESS);
}

/**
 * espgw_out_prefix - print a prefix
 * @out: where to
 * @key: JSON
 * @label: text
 * @prefix: the prefix
 */
void espgw_out_prefix(struct espgw_out *out, const char *key, const char *label,
		      const struct espgw_prefix *prefix)
{
	char text[ESPGW_ADDR_TEXT];

	espgw_out_str(out, key, label, espgw_prefix_text(prefix, text), ESPGW_ADDRESS);
}

/**
 * espgw_out_flag - print something that is or is not; in text only if it is
 * @out: where to
 * @key: JSON, true or false
 * @label: text, the whole of it
 * @value: whether it is
 */
void espgw_out_flag(struct espgw_out *out, const char *key, const char *label, bool value)
{
	if (!out->json) {
		if (label && value)
			espgw_out_label(out, label, ESPGW_PLAIN);
		return;
	}
	if (value_begin(out, key, label))
		fputs(value ? "true" : "false", out->to);
}

/**
 * espgw_out_on_off - print a switch; in text "on" or "off"
 * @out: where to
 * @key: JSON, true or false
 * @label: text
 * @value: whether it is on
 */
void espgw_out_on_off(struct espgw_out *out, const char *key, const char *label, bool value)
{
	if (!value_begin(out, key, label))
		return;
	if (out->json)
		fputs(value ? "true" : "false", out->to);
	else
		fputs(value ? "on" : "off", out->to);
}

/**
 * espgw_out_null - print null; JSON only
 * @out: where to
 * @key: JSON
 */
void espgw_out_null(struct espgw_out *out, const char *key)
{
	if (value_begin(out, key, NULL))
		fputs("null", out->to);
}

/**
 * espgw_out_bits - print the numbers of the bits that are set
 * @out: where to
 * @key: JSON, an array of numbers
 * @label: text, with commas between them
 * @set: the bits
 */
void espgw_out_bits(struct espgw_out *out, const char *key, const char *label, uint64_t set)
{
	const char *join = "";
	unsigned int i;

	if (!value_begin(out, key, label))
		return;
	if (out->json)
		fputc('[', out->to);
	for (i = 0; i < 64; i++) {
		if (!(set >> i & 1))
			continue;
		fprintf(out->to, "%s%u", join, i);
		join = ",";
	}
	if (out->json)
		fputc(']', out->to);
}

/**
 * espgw_out_words - print words
 * @out: where to
 * @key: JSON, an array of strings
 * @label: text, with commas between them
 * @word: the words
 * @count: how many
 */
void espgw_out_words(struct espgw_out *out, const char *key, const char *label,
		     const char *const *word, unsigned int count)
{
	unsigned int i;

	if (!value_begin(out, key, label))
		return;
	if (out->json)
		fputc('[', out->to);
	for (i = 0; i < count; i++) {
		fputs(i ? "," : "", out->to);
		if (out->json)
			json_string(out, word[i]);
		else
			text_string(out, word[i]);
	}
	if (out->json)
		fputc(']', out->to);
}

/**
 * espgw_out_counts - print how many there are of several things
 * @out: where to
 * @key: JSON, an array of objects
 * @label: text, each as "NAME COUNT" with commas between them
 * @name_key: JSON, of a name in its object
 * @count_key: JSON, of a count in its object
 * @item: the things
 * @count: how many things
 */
void espgw_out_counts(struct espgw_out *out, const char *key, const char *label,
		      const char *name_key, const char *count_key,
		      const struct espgw_out_count *item, unsigned int count)
{
	unsigned int i;

	if (!value_begin(out, key, label))
		return;
	if (!out->json) {
		for (i = 0; i < count; i++)
			fprintf(out->to, "%s%s %" PRIu64, i ? ", " : "", item[i].name,
				item[i].count);
		return;
	}
	fputc('[', out->to);
	for (i = 0; i < count; i++)
		fprintf(out->to, "%s{\"%s\":\"%s\",\"%s\":%" PRIu64 "}", i ? "," : "",
			name_key, item[i].name, count_key, item[i].count);
	fputc(']', out->to);
}

/**
 * espgw_out_runs - print lengths of packets
 * @out: where to
 * @key: JSON, an array of all of them
 * @label: text, in which those of one length are put together
 * @run: how many of which length
 * @count: how many of these
 */
void espgw_out_runs(struct espgw_out *out, const char *key, const char *label,
		    const struct espgw_out_run *run, unsigned int count)
{
	unsigned int i, n;

	if (!value_begin(out, key, label))
		return;
	if (!out->json) {
		for (i = 0; i < count; i++) {
			fputs(i ? ", " : "", out->to);
			if (run[i].count > 1)
				fprintf(out->to, "%" PRIu32 "x", run[i].count);
			fprintf(out->to, "%" PRIu32, run[i].len);
		}
		return;
	}
	fputc('[', out->to);
	for (i = 0; i < count; i++)
		for (n = 0; n < run[i].count; n++)
			fprintf(out->to, "%s%" PRIu32, i || n ? "," : "", run[i].len);
	fputc(']', out->to);
}

/**
 * espgw_out_nest - begin values that are an object of their own
 * @out: where to
 * @key: JSON
 * @label: text, before the values, which stay on one line
 */
void espgw_out_nest(struct espgw_out *out, const char *key, const char *label)
{
	if (!value_begin(out, key, label))
		return;
	if (out->json)
		fputc('{', out->to);
	out->values = 0;
	out->nested = true;
}

/**
 * espgw_out_nest_end - end them
 * @out: where to
 */
void espgw_out_nest_end(struct espgw_out *out)
{
	if (out->json)
		fputc('}', out->to);
	out->nested = false;
	out->values = 1;
}

/**
 * espgw_out_hexbytes - print bytes as 0x and hexadecimal digits
 * @out: where to
 * @key: JSON
 * @label: text
 * @byte: the bytes
 * @len: how many
 */
void espgw_out_hexbytes(struct espgw_out *out, const char *key, const char *label,
			const uint8_t *byte, unsigned int len)
{
	unsigned int i;

	if (!value_begin(out, key, label))
		return;
	fputs(out->json ? "\"0x" : "0x", out->to);
	for (i = 0; i < len; i++)
		fprintf(out->to, "%02x", byte[i]);
	if (out->json)
		fputc('"', out->to);
}

/**
 * espgw_out_time - print the present time
 * @out: where to
 * @key: JSON, seconds since the epoch as a number with six decimals
 *
 * In text it is local time, as ISO 8601 writes it.
 */
void espgw_out_time(struct espgw_out *out, const char *key)
{
	struct timespec now;
	struct tm local;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	if (!value_begin(out, key, ""))
		return;
	if (out->json) {
		fprintf(out->to, "%lld.%06ld", (long long)now.tv_sec, now.tv_nsec / 1000);
		return;
	}
	localtime_r(&now.tv_sec, &local);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &local);
	fprintf(out->to, "%s.%06ld", text, now.tv_nsec / 1000);
}
