/* SPDX-License-Identifier: GPL-2.0 */
/*
 * verb - the commands: one row for each
 */
#ifndef ESPGW_VERB_H
#define ESPGW_VERB_H

#include <stdbool.h>
#include <stdio.h>

#include "args.h"
#include "dev.h"
#include "explain.h"
#include "guard.h"
#include "nl.h"
#include "once.h"
#include "out.h"
#include "pmtu.h"
#include "policy.h"
#include "sa.h"
#include "stats.h"
#include "vfr.h"
#include "xfrm.h"

struct espgw_verb;

/**
 * union espgw_any - an object of any kind
 * @has: what each begins with
 * @dev: "dev"
 * @def: "default"
 * @sa: "sa"; holds keys
 * @policy: "policy"
 * @pmtu: "pmtu"
 * @vfr: "vfr"
 * @guard: "guard"
 * @xfrm: "xfrm"
 * @xfrm_row: what "xfrm show" shows below it
 * @xfrm_conn: and below that
 * @explain: "explain"
 */
union espgw_any {
	uint64_t has;
	struct espgw_dev dev;
	struct espgw_default def;
	struct espgw_sa sa;
	struct espgw_policy policy;
	struct espgw_pmtu pmtu;
	struct espgw_vfr vfr;
	struct espgw_guard guard;
	struct espgw_xfrm xfrm;
	struct espgw_xfrm_row xfrm_row;
	struct espgw_xfrm_conn xfrm_conn;
	struct espgw_explain explain;
};

/**
 * struct espgw_request - a parsed command
 * @verb: which
 * @obj: the object that it is about, if @verb says that there is one
 * @words: "mss": those that the other program is to have; may hold a key
 * @words.first: the first of them
 * @words.count: how many
 * @events: "monitor": which, as espgw_monitor_parse() counts them
 * @file: "restore", "block on", "save": points into the words
 * @once: "once"
 * @refresh: "status": seconds between two pictures; 0: there is one
 * @apply: "apply"
 * @apply.path: of a file or a directory, points into the words
 * @apply.check: only say what differs
 */
struct espgw_request {
	const struct espgw_verb *verb;
	union {
		union espgw_any obj;
		struct {
			char **first;
			int count;
		} words;
		unsigned int events;
		const char *file;
		uint64_t refresh;
		struct espgw_once once;
		struct {
			const char *path;
			bool check;
		} apply;
	};
};

/**
 * struct espgw_context - what a command runs in
 * @out: where it prints
 * @nl: its socket, opened when first needed and kept for a whole batch
 * @force: go on after an error in a batch
 */
struct espgw_context {
	struct espgw_out out;
	struct espgw_nl nl;
	bool force;
};

/**
 * struct espgw_verb - a command
 * @object: such as "sa"
 * @verb: such as "add"; NULL: the object has no further word
 * @of: the object's table: what may be given, and what is sent; NULL: nothing
 * @in: which command it is for that table, enum espgw_in
 * @shows: the table that answers are shown by; NULL: they are not
 * @parse: takes the words into the request instead of @of, without asking the
 *	kernel's module; says what is wrong
 * @show: prints an answer instead of @shows
 * @run: does it all, instead of the members below
 * @format: there is also this format
 * @run_as: does it all in that format
 * @cmd: enum espgw_cmd
 * @dump: asks for all
 * @lists: "flush", "del": enum espgw_cmd that shows what there is
 * @native: "flush": bit n: the kernel itself goes by attribute n
 * @then: what is asked for next, to be shown below; NULL: nothing
 * @alone: is not for batches
 * @must: what comes behind it in a batch is not done if it fails, whatever ctx->force
 * @help: what may follow, for the usage text, before what @of says
 * @usage: prints more of that; may be NULL
 * @offer: prints the words that may follow, a line each; NULL: those of @of, or of
 *	@help
 */
struct espgw_verb {
	const char *object;
	const char *verb;
	const struct espgw_object *of;
	unsigned int in;
	const struct espgw_object *shows;
	int (*parse)(struct espgw_args *args, struct espgw_request *req);
	int (*show)(struct espgw_out *out, const struct nlmsghdr *nlh);
	int (*run)(struct espgw_context *ctx, struct espgw_request *req);
	enum espgw_format format;
	int (*run_as)(struct espgw_context *ctx, struct espgw_request *req);
	uint8_t cmd;
	bool dump;
	uint8_t lists;
	uint64_t native;
	const struct espgw_verb *then;
	bool alone;
	bool must;
	const char *help;
	void (*usage)(FILE *to);
	void (*offer)(FILE *to);
};

int espgw_verb_parse(char **word, int count, bool stdin_busy, struct espgw_request *req);
struct nlmsghdr *espgw_verb_encode(const struct espgw_request *req, void *buf);
int espgw_verb_show(struct espgw_out *out, const struct nlmsghdr *nlh,
		    const struct espgw_request *req);
int espgw_verb_run(struct espgw_context *ctx, struct espgw_request *req);
void espgw_verb_each(void (*each)(const struct espgw_verb *verb, void *data), void *data);
int espgw_verb_help(char **word, int count);
void espgw_verb_usage(FILE *to, const char *object, const char *verb);

#endif
