/* SPDX-License-Identifier: GPL-2.0 */
/*
 * out - one call prints a value as text for people or as JSON for programs
 *
 * In text a value is shown as "LABEL VALUE" with a space between values, and
 * not at all when its label is NULL; in JSON as "KEY": VALUE, and not at all
 * when its key is NULL.
 */
#ifndef ESPGW_OUT_H
#define ESPGW_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "addr.h"

/**
 * enum espgw_format - what is printed instead of rows, for one command or another
 * @ESPGW_FORMAT_NONE: rows, as text or JSON
 * @ESPGW_FORMAT_METRICS: OpenMetrics, for Prometheus
 * @ESPGW_FORMAT_WIRESHARK: lines of Wireshark's table of SAs
 */
enum espgw_format {
	ESPGW_FORMAT_NONE,
	ESPGW_FORMAT_METRICS,
	ESPGW_FORMAT_WIRESHARK,
};

/**
 * struct espgw_out - where and how to print
 * @to: the stream
 * @json: JSON, not text
 * @pretty: JSON with newlines and indentation
 * @format: -o
 * @stats: the user asked for counters (-s)
 * @colour: text with colours
 * @stream: one row a line, flushed at once; no array around them (monitor)
 * @rows: printed since espgw_out_begin()
 * @values: printed in this row and line
 * @broken: the next value begins another line
 * @open: between begin and end of a row
 * @nested: between espgw_out_nest() and its end
 */
struct espgw_out {
	FILE *to;
	bool json;
	bool pretty;
	enum espgw_format format;
	bool stats;
	bool colour;
	bool stream;
	unsigned int rows;
	unsigned int values;
	bool broken;
	bool open;
	bool nested;
};

/**
 * struct espgw_out_count - how many there are of something
 * @name: of what
 * @count: how many
 */
struct espgw_out_count {
	const char *name;
	uint64_t count;
};

/**
 * struct espgw_out_run - packets of one length
 * @count: how many
 * @len: of each, bytes
 */
struct espgw_out_run {
	uint32_t count;
	uint32_t len;
};

/**
 * enum espgw_colour - what a value is, so what colour it gets
 * @ESPGW_PLAIN: none
 * @ESPGW_ADDRESS: an address or prefix
 * @ESPGW_DEVICE: a device's name
 * @ESPGW_GOOD: all is well
 * @ESPGW_CAUTION: look at it
 * @ESPGW_BAD: broken, dropped, dead
 */
enum espgw_colour {
	ESPGW_PLAIN,
	ESPGW_ADDRESS,
	ESPGW_DEVICE,
	ESPGW_GOOD,
	ESPGW_CAUTION,
	ESPGW_BAD,
};

void espgw_out_begin(struct espgw_out *out);
void espgw_out_end(struct espgw_out *out);
void espgw_out_row(struct espgw_out *out);
void espgw_out_row_end(struct espgw_out *out);
void espgw_out_break(struct espgw_out *out);
void espgw_out_label(struct espgw_out *out, const char *text, enum espgw_colour colour);

void espgw_out_num(struct espgw_out *out, const char *key, const char *label, uint64_t value,
		   const char *unit);
void espgw_out_bytes(struct espgw_out *out, const char *key, const char *label, uint64_t value);
void espgw_out_seconds(struct espgw_out *out, const char *key, const char *label,
		       uint64_t value);
void espgw_out_hex32(struct espgw_out *out, const char *key, const char *label, uint32_t value);
void espgw_out_str(struct espgw_out *out, const char *key, const char *label, const char *value,
		   enum espgw_colour colour);
void espgw_out_addr(struct espgw_out *out, const char *key, const char *label,
		    const struct espgw_addr *addr);
void espgw_out_prefix(struct espgw_out *out, const char *key, const char *label,
		      const struct espgw_prefix *prefix);
void espgw_out_flag(struct espgw_out *out, const char *key, const char *label, bool value);
void espgw_out_on_off(struct espgw_out *out, const char *key, const char *label, bool value);
void espgw_out_null(struct espgw_out *out, const char *key);
void espgw_out_bits(struct espgw_out *out, const char *key, const char *label, uint64_t set);
void espgw_out_words(struct espgw_out *out, const char *key, const char *label,
		     const char *const *word, unsigned int count);
void espgw_out_counts(struct espgw_out *out, const char *key, const char *label,
		      const char *name_key, const char *count_key,
		      const struct espgw_out_count *item, unsigned int count);
void espgw_out_runs(struct espgw_out *out, const char *key, const char *label,
		    const struct espgw_out_run *run, unsigned int count);
void espgw_out_nest(struct espgw_out *out, const char *key, const char *label);
void espgw_out_nest_end(struct espgw_out *out);
void espgw_out_hexbytes(struct espgw_out *out, const char *key, const char *label,
			const uint8_t *byte, unsigned int len);
void espgw_out_time(struct espgw_out *out, const char *key);

#endif
