/* SPDX-License-Identifier: GPL-2.0 */
/*
 * alg - algorithm names, keys, ICV lengths
 */
#ifndef ESPGW_ALG_H
#define ESPGW_ALG_H

#include <linux/espgw.h>
#include <stdint.h>
#include <stdio.h>

#include "args.h"

/**
 * enum espgw_alg_kind - what an algorithm is for
 * @ESPGW_ALG_AEAD: encryption and authentication together
 * @ESPGW_ALG_ENC: encryption
 * @ESPGW_ALG_AUTH: authentication
 */
enum espgw_alg_kind {
	ESPGW_ALG_AEAD,
	ESPGW_ALG_ENC,
	ESPGW_ALG_AUTH,
};

/**
 * struct espgw_key - key material
 * @len: bytes
 * @byte: them
 *
 * Whoever holds one wipes it with explicit_bzero() when done.
 */
struct espgw_key {
	unsigned int len;
	uint8_t byte[ESPGW_KEY_MAX];
};

/* The length of a key that is not to be shown. */
#define ESPGW_KEY_HIDDEN (ESPGW_KEY_MAX + 1)

void espgw_alg_offer(FILE *to, enum espgw_alg_kind kind);
int espgw_alg_take(struct espgw_args *args, enum espgw_alg_kind kind,
		   char name[static ESPGW_ALG_NAME_MAX], struct espgw_key *key);
int espgw_alg_take_key(struct espgw_args *args, const char *name, struct espgw_key *key);
void espgw_alg_save_key(FILE *to, const struct espgw_key *key);
uint32_t espgw_alg_icv_default(const char *name);
int espgw_alg_take_icv(struct espgw_args *args, enum espgw_alg_kind kind, const char *name,
		       uint32_t *icv_bits);

#endif
