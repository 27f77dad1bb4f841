// SPDX-License-Identifier: GPL-2.0
/*
 * hkdf - keys from keys: RFC 5869 with SHA-256, which the kernel computes
 */
#include <errno.h>
#include <linux/if_alg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hkdf.h"
#include "say.h"

/* Longer ones than this tool has to hash. */
#define INFO_MAX 256

static int hmac(const void *key, size_t key_len, const void *data, size_t len,
		uint8_t digest[static ESPGW_HKDF_MAX])
{
	static const struct sockaddr_alg addr = {
		.salg_family = AF_ALG, .salg_type = "hash", .salg_name = "hmac(sha256)",
	};
	int alg = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), op = -1, rc = -1;

	if (alg >= 0 && !bind(alg, (const struct sockaddr *)&addr, sizeof(addr)) &&
	    !setsockopt(alg, SOL_ALG, ALG_SET_KEY, key, key_len))
		op = accept4(alg, NULL, NULL, SOCK_CLOEXEC);
	if (op >= 0 && send(op, data, len, 0) == (ssize_t)len &&
	    read(op, digest, ESPGW_HKDF_MAX) == ESPGW_HKDF_MAX)
		rc = 0;
	else
		espgw_say_error("the kernel does not compute hmac(sha256) (AF_ALG, algif_hash): %s",
				strerror(errno));
	if (op >= 0)
		close(op);
	if (alg >= 0)
		close(alg);
	return rc;
}

/**
 * espgw_hkdf - HKDF-SHA-256, RFC 5869
 * @salt: not secret
 * @salt_len: its bytes
 * @ikm: input keying material
 * @ikm_len: its bytes
 * @info: what the key is for
 * @info_len: its bytes, no more than 255
 * @key: receives the first 32 bytes; to be wiped by the caller
 *
 * Return: 0, or -1 (said).
 */
int espgw_hkdf(const void *salt, size_t salt_len, const void *ikm, size_t ikm_len,
	       const void *info, size_t info_len, uint8_t key[static ESPGW_HKDF_MAX])
{
	uint8_t prk[ESPGW_HKDF_MAX], text[INFO_MAX];
	int rc = -1;

	if (info_len >= sizeof(text))
		return espgw_say_error("too much to derive a key for");
	memcpy(text, info, info_len);
	text[info_len] = 1;
	if (!hmac(salt, salt_len, ikm, ikm_len, prk) &&
	    !hmac(prk, sizeof(prk), text, info_len + 1, key))
		rc = 0;
	explicit_bzero(prk, sizeof(prk));
	return rc;
}
