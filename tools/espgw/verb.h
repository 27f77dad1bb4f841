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
#include "mss.h"
#include "nl.h"
#include "out.h"
#include "pmtu.h"
#include "policy.h"
#include "sa.h"
#include "stats.h"
#include "vfr.h"

struct espgw_verb;

/**
 * enum espgw_event - kinds of events; bit n of struct espgw_request.events
 * @ESPGW_EVENT_SA: of SAs
 * @ESPGW_EVENT_POLICY: of policies
 * @ESPGW_EVENT_PMTU: of path MTUs
 * @ESPGW_EVENT_VFR: of virtual fragment reassembly
 * @ESPGW_EVENT_ACQUIRE: a packet wants an SA
 * @ESPGW_EVENT_ALERT: something to look at
 * @ESPGW_EVENTS: how many there are
 */
enum espgw_event {
	ESPGW_EVENT_SA,
	ESPGW_EVENT_POLICY,
	ESPGW_EVENT_PMTU,
	ESPGW_EVENT_VFR,
	ESPGW_EVENT_ACQUIRE,
	ESPGW_EVENT_ALERT,
	ESPGW_EVENTS,
};

/**
 * struct espgw_request - a parsed command
 * @verb: which; says which member of the union is meant
 * @dev: "dev"
 * @mtu: "default"
 * @sa: "sa"; holds keys
 * @policy: "policy"
 * @pmtu: "pmtu"
 * @vfr: "vfr"
 * @mss: "mss"; holds a key
 * @events: "monitor": bit n for enum espgw_event
 * @file: "restore": points into the words
 */
struct espgw_request {
	const struct espgw_verb *verb;
	union {
		struct espgw_dev dev;
		struct espgw_mtu mtu;
		struct espgw_sa sa;
		struct espgw_policy policy;
		struct espgw_pmtu pmtu;
		struct espgw_vfr vfr;
		struct espgw_mss mss;
		unsigned int events;
		const char *file;
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
 * @parse: takes the words into the request; says what is wrong; must not need
 *	the kernel's module
 * @put: adds the attributes of the request to a message; NULL: none
 * @set: the space of those attributes; NULL: none
 * @show: prints an answer as one row; NULL: none is expected
 * @run: does it all, instead of the members below
 * @cmd: enum espgw_cmd
 * @dump: asks for all
 * @help: what may follow, for the usage text
 */
struct espgw_verb {
	const char *object;
	const char *verb;
	int (*parse)(struct espgw_args *args, struct espgw_request *req);
	void (*put)(struct nlmsghdr *nlh, const struct espgw_request *req);
	const struct espgw_attr_set *set;
	int (*show)(struct espgw_out *out, const struct nlmsghdr *nlh,
		    const struct espgw_request *req);
	int (*run)(struct espgw_context *ctx, struct espgw_request *req);
	uint8_t cmd;
	bool dump;
	const char *help;
};

int espgw_verb_parse(char **word, int count, bool stdin_busy, struct espgw_request *req);
struct nlmsghdr *espgw_verb_encode(const struct espgw_request *req, void *buf);
int espgw_verb_run(struct espgw_context *ctx, struct espgw_request *req);
void espgw_verb_usage(FILE *to, const char *object);

#endif
