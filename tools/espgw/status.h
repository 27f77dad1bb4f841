/* SPDX-License-Identifier: GPL-2.0 */
/*
 * status - how the gateway is, on one screen
 */
#ifndef ESPGW_STATUS_H
#define ESPGW_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "dev.h"
#include "stats.h"

struct espgw_args;
struct espgw_context;
struct espgw_out;
struct espgw_request;

/**
 * struct espgw_status_way - one direction of a tunnel
 * @sas: how many SAs there are
 * @valid: how many of them may be used
 * @expiring: how many of these have passed a soft limit
 * @spi: of the newest that may be used, or else of the newest
 * @packets: of all of them
 * @bytes: of inner packets, of all of them
 * @has_last: there was a packet
 * @last_s: seconds since
 * @packets_per_s: lately
 * @bits_per_s: lately, of inner packets
 */
struct espgw_status_way {
	unsigned int sas;
	unsigned int valid;
	unsigned int expiring;
	uint32_t spi;
	uint64_t packets;
	uint64_t bytes;
	bool has_last;
	uint64_t last_s;
	double packets_per_s;
	double bits_per_s;
};

/**
 * enum espgw_status_namer - what a tunnel has its name of
 * @ESPGW_NAMED_NOT: it has none
 * @ESPGW_NAMED_POLICY: a policy that leads to it
 * @ESPGW_NAMED_IN: an SA that receives
 * @ESPGW_NAMED_OUT: one that sends
 */
enum espgw_status_namer {
	ESPGW_NAMED_NOT,
	ESPGW_NAMED_POLICY,
	ESPGW_NAMED_IN,
	ESPGW_NAMED_OUT,
};

/**
 * struct espgw_status_tunnel - what is between two addresses with one reqid
 * @src: the gateway's own address
 * @dst: the peer's
 * @reqid: ties its SAs to its policies
 * @name: what people call it: its SAs, or else its policies; "": nothing
 * @name_by: what has the name: of several, the greatest's, and of those the newest's
 * @owner: enum espgw_owner
 * @place: how many answers were before its first
 * @policies: how many protect policies lead to it
 * @out: what is sent
 * @in: what is received
 * @replay: dropped by its inbound SAs
 * @integrity: likewise
 * @dropped: by all of its SAs, for other reasons
 * @peer: where the peer is, if not at @dst; of length 0: it is there
 * @peer_port: its port
 * @has_pmtu: what follows is known
 * @pmtu: bytes
 * @inner_mtu: bytes
 * @source: word for where @pmtu comes from
 * @locked: nothing that is learned changes it
 * @has_learned: it was learned
 * @learned_s: seconds since
 * @has_expires: it will be forgotten
 * @expires_s: in so many seconds
 */
struct espgw_status_tunnel {
	struct espgw_addr src;
	struct espgw_addr dst;
	uint32_t reqid;
	char name[ESPGW_NAME_MAX + 1];
	enum espgw_status_namer name_by;
	uint8_t owner;
	unsigned int place;
	unsigned int policies;
	struct espgw_status_way out;
	struct espgw_status_way in;
	uint64_t replay;
	uint64_t integrity;
	uint64_t dropped;
	struct espgw_addr peer;
	unsigned int peer_port;
	bool has_pmtu;
	unsigned int pmtu;
	unsigned int inner_mtu;
	const char *source;
	bool locked;
	bool has_learned;
	uint64_t learned_s;
	bool has_expires;
	uint64_t expires_s;
};

/**
 * struct espgw_status - how the gateway is, at one moment
 * @at: when, CLOCK_MONOTONIC, seconds
 * @interval: rates are of the last so many seconds
 * @tunnel: its tunnels
 * @tunnels: how many
 * @size: how many there is room for
 * @dev: attached devices
 * @devs: how many
 * @policies: how many, by enum espgw_action
 * @guard: devices that are not attached are watched
 * @guarded: how many
 * @xfrm: what a key daemon makes is adopted
 * @stats: counters
 * @per_s: how fast they grow
 */
struct espgw_status {
	double at;
	double interval;
	struct espgw_status_tunnel *tunnel;
	unsigned int tunnels;
	unsigned int size;
	struct espgw_dev *dev;
	unsigned int devs;
	unsigned int policies[ESPGW_ACTION_DISCARD + 1];
	bool guard;
	unsigned int guarded;
	bool xfrm;
	struct espgw_stats stats;
	double per_s[ESPGW_STATS_A_MAX + 1];
};

/**
 * struct espgw_health - what there is to say of a tunnel in a few words
 * @word: for programs
 * @text: for people
 * @advice: what to do about it; NULL: nothing
 * @colour: how bad it is
 */
struct espgw_health {
	const char *word;
	const char *text;
	const char *advice;
	enum espgw_colour colour;
};

extern const struct espgw_object espgw_status_gateway_object;
extern const struct espgw_object espgw_status_dev_object;
extern const struct espgw_object espgw_status_tunnel_object;
extern const struct espgw_object espgw_status_drop_object;

int espgw_status_parse(struct espgw_args *args, struct espgw_request *req);
int espgw_status_run(struct espgw_context *ctx, struct espgw_request *req);
int espgw_status_look(struct espgw_context *ctx, struct espgw_status *status);
int espgw_status_take(const struct nlmsghdr *nlh, struct espgw_status *status);
void espgw_status_merge(struct espgw_status *status);
void espgw_status_rates(struct espgw_status *status, const struct espgw_status *before);
void espgw_status_free(struct espgw_status *status);
const struct espgw_health *espgw_status_health(const struct espgw_status_tunnel *tunnel);
const char *espgw_status_word(unsigned int nth);
void espgw_status_rows(struct espgw_out *out, const struct espgw_status *status,
		       unsigned int troubled, const unsigned int *drops, unsigned int count);
void espgw_status_show(struct espgw_out *out, const struct espgw_status *status,
		       unsigned int rows);

#endif
