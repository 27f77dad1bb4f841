/* SPDX-License-Identifier: GPL-2.0 */
/* Ciphers: which there are, their transforms and sizes. */
#ifndef ESPGW_BASE_CIPHER_H
#define ESPGW_BASE_CIPHER_H

#include <linux/types.h>
#include <linux/espgw.h>

struct crypto_aead;
struct netlink_ext_ack;

/* The longest IV of any, bytes. */
#define ESPGW_IV_MAX	16

/**
 * struct espgw_algo - an SA's algorithms and keys
 * @aead: crypto API name of the combined algorithm, or ""
 * @enc: of the cipher, or ""
 * @auth: of the authenticator, or ""
 * @key: of @aead or @enc
 * @auth_key: of @auth
 * @key_len: bytes
 * @auth_key_len: bytes
 * @icv_bits: 0: the algorithm's usual truncation
 *
 * Wiped by whoever owns it.
 */
struct espgw_algo {
	char aead[ESPGW_ALG_NAME_MAX];
	char enc[ESPGW_ALG_NAME_MAX];
	char auth[ESPGW_ALG_NAME_MAX];
	u8 key[ESPGW_KEY_MAX];
	u8 auth_key[ESPGW_KEY_MAX];
	u16 key_len;
	u16 auth_key_len;
	u16 icv_bits;
};

/**
 * struct espgw_algo_kept - the same, as an SA keeps them
 * @aead: one of the names that are known here, or ""
 * @enc: likewise
 * @auth: likewise
 * @key_len: bytes
 * @auth_key_len: bytes
 * @keys: of @aead or @enc, then of @auth
 *
 * Freed by kfree_sensitive().
 */
struct espgw_algo_kept {
	const char *aead;
	const char *enc;
	const char *auth;
	u16 key_len;
	u16 auth_key_len;
	u8 keys[];
};

/**
 * enum espgw_async - may an operation complete after it was begun, in another
 * context
 * @ESPGW_ASYNC_NEVER: no
 * @ESPGW_ASYNC_ALWAYS: that is the transform's to say
 * @ESPGW_ASYNC_SIMD: where the processor's SIMD registers are not usable, which the
 *	transform needs: we have to look, and wait
 */
enum espgw_async {
	ESPGW_ASYNC_NEVER,
	ESPGW_ASYNC_ALWAYS,
	ESPGW_ASYNC_SIMD,
};

/**
 * struct espgw_cipher - a keyed transform and its sizes
 * @tfm: the transform
 * @aad_len: bytes of associated data: ESP header (8, or 12 with ESN) and IV
 * @iv_len: bytes
 * @icv_len: bytes
 * @align: what payload, padding and trailer together are a multiple of, bytes
 * @counter_iv: the IV is the sequence number (GCM, ChaCha20-Poly1305), not
 *	random (CBC)
 * @esn: extended sequence numbers
 * @joint: what is authenticated and what is encrypted may be one entry of a list,
 *	as they are one on the wire: its implementations go on in the middle of an
 *	entry, where others begin a list of their own
 * @async: enum espgw_async
 */
struct espgw_cipher {
	struct crypto_aead *tfm;
	u8 aad_len;
	u8 iv_len;
	u8 icv_len;
	u8 align;
	bool counter_iv;
	bool esn;
	bool joint;
	u8 async;
};

bool espgw_cipher_is_known(const char *aead, const char *enc, const char *auth);
struct espgw_algo_kept *espgw_algo_keep(const struct espgw_algo *a);
int espgw_cipher_init(struct espgw_cipher *c, struct espgw_algo *a, bool esn,
		      struct netlink_ext_ack *extack);
void espgw_cipher_exit(struct espgw_cipher *c);

#endif
