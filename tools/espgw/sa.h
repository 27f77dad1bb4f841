/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sa - security associations
 */
#ifndef ESPGW_SA_H
#define ESPGW_SA_H

#include <linux/espgw.h>
#include <stdint.h>

#include "addr.h"
#include "alg.h"
#include "mtu.h"
#include "object.h"

/**
 * struct espgw_limits - the lifetime limits of an SA
 * @has: bit n: attribute n of enum espgw_limit_attr is set
 * @number: indexed by attribute
 */
struct espgw_limits {
	union {
		uint64_t has;
		uint64_t number[ESPGW_LIMIT_A_MAX + 1];
	};
};

/**
 * struct espgw_sa_stats - the counters of an SA
 * @has: bit n: attribute n of enum espgw_sa_stat_attr is set
 * @number: indexed by attribute
 */
struct espgw_sa_stats {
	union {
		uint64_t has;
		uint64_t number[ESPGW_SA_STAT_A_MAX + 1];
	};
};

/* Said to this tool, and of no attribute: see espgw_config_read(). */
#define ESPGW_SA_REUSE_KEY (ESPGW_SA_A_MAX + 1)

/**
 * struct espgw_sa - an SA, or a part of one: a request or an answer
 * @has: bit n: attribute n of enum espgw_sa_attr is set
 * @number: indexed by attribute, in host byte order
 * @src: outer source
 * @dst: outer destination
 * @peer: where the peer is, if not where it was configured
 * @name: what people call it
 * @comment: what they say of it
 * @aead: combined algorithm; or
 * @enc: encryption algorithm and
 * @auth: authentication algorithm
 * @key: of @aead or @enc
 * @auth_key: of @auth
 * @limits: lifetime limits
 * @mtu: MTU policy
 * @stats: counters
 */
struct espgw_sa {
	union {
		uint64_t has;
		uint64_t number[ESPGW_SA_REUSE_KEY + 1];
	};
	struct espgw_addr src;
	struct espgw_addr dst;
	struct espgw_addr peer;
	char name[ESPGW_NAME_MAX + 1];
	char comment[ESPGW_COMMENT_MAX + 1];
	char aead[ESPGW_ALG_NAME_MAX];
	char enc[ESPGW_ALG_NAME_MAX];
	char auth[ESPGW_ALG_NAME_MAX];
	struct espgw_key key;
	struct espgw_key auth_key;
	struct espgw_limits limits;
	struct espgw_mtu_policy mtu;
	struct espgw_sa_stats stats;
};

extern const struct espgw_object espgw_sa_object;

#endif
