/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sa - security associations
 */
#ifndef ESPGW_SA_H
#define ESPGW_SA_H

#include <libmnl/libmnl.h>
#include <linux/espgw.h>
#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "alg.h"
#include "args.h"
#include "mtu.h"
#include "out.h"

/**
 * struct espgw_sa - an SA, or a part of one: a request or an answer
 * @has: bit n: attribute n of enum espgw_sa_attr is set
 * @src: outer source
 * @dst: outer destination
 * @spi: in host byte order
 * @reqid: ties it to policies
 * @dir: enum espgw_dir
 * @dscp: 0-63 or ESPGW_COPY
 * @ecn: 0 or 1
 * @ttl: 1-255, 0 for copy
 * @state: enum espgw_sa_state
 * @event: enum espgw_sa_event
 * @aead: combined algorithm; or
 * @enc: encryption algorithm and
 * @auth: authentication algorithm
 * @key: of @aead or @enc
 * @auth_key: of @auth
 * @icv_bits: length of the ICV
 * @replay_window: packets
 * @seq: last sequence number used or seen
 * @encap_sport: UDP encapsulation, in host byte order
 * @encap_dport: the same
 * @keepalive_s: seconds of silence before a keepalive; 0: none
 * @peer: where the peer is, if not where it was configured
 * @peer_port: its UDP port there, in host byte order
 * @class: bit n for DSCP n
 * @mark: skb mark
 * @mark_mask: bits of it that count
 * @tfc: bytes to pad to
 * @limit_has: bit n: attribute n of enum espgw_limit_attr is set
 * @limit: indexed by it
 * @mtu: MTU policy
 * @age_s: seconds since it was added
 * @pmtu: effective path MTU, bytes
 * @inner_mtu: largest inner packet, bytes
 * @stat: counters, indexed by enum espgw_sa_stat_attr
 */
struct espgw_sa {
	uint64_t has;
	struct espgw_addr src;
	struct espgw_addr dst;
	uint32_t spi;
	uint32_t reqid;
	uint8_t dir;
	uint8_t dscp;
	uint8_t ecn;
	uint8_t ttl;
	uint8_t state;
	uint8_t event;
	char aead[ESPGW_ALG_NAME_MAX];
	char enc[ESPGW_ALG_NAME_MAX];
	char auth[ESPGW_ALG_NAME_MAX];
	struct espgw_key key;
	struct espgw_key auth_key;
	uint32_t icv_bits;
	uint32_t replay_window;
	uint64_t seq;
	uint16_t encap_sport;
	uint16_t encap_dport;
	uint32_t keepalive_s;
	struct espgw_addr peer;
	uint16_t peer_port;
	uint64_t class;
	uint32_t mark;
	uint32_t mark_mask;
	uint32_t tfc;
	uint32_t limit_has;
	uint64_t limit[ESPGW_LIMIT_A_MAX + 1];
	struct espgw_mtu mtu;
	uint64_t age_s;
	uint32_t pmtu;
	uint32_t inner_mtu;
	uint64_t stat[ESPGW_SA_STAT_A_MAX + 1];
};

int espgw_sa_parse_add(struct espgw_args *args, struct espgw_sa *sa);
int espgw_sa_parse_set(struct espgw_args *args, struct espgw_sa *sa);
int espgw_sa_parse_del(struct espgw_args *args, struct espgw_sa *sa);
int espgw_sa_parse_get(struct espgw_args *args, struct espgw_sa *sa);
int espgw_sa_parse_show(struct espgw_args *args, struct espgw_sa *sa);
int espgw_sa_parse_flush(struct espgw_args *args, struct espgw_sa *sa);

void espgw_sa_put(struct nlmsghdr *nlh, const struct espgw_sa *sa);
void espgw_sa_put_dump(struct nlmsghdr *nlh, const struct espgw_sa *sa);
int espgw_sa_get(const struct nlmsghdr *nlh, struct espgw_sa *sa);
bool espgw_sa_match(const struct espgw_sa *sa, const struct espgw_sa *filter);
void espgw_sa_show(struct espgw_out *out, const struct espgw_sa *sa);
const char *espgw_sa_event_word(uint8_t event);
void espgw_sa_save(FILE *to, const struct espgw_sa *sa);

#endif
