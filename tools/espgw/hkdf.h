/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hkdf - keys from keys
 */
#ifndef ESPGW_HKDF_H
#define ESPGW_HKDF_H

#include <stddef.h>
#include <stdint.h>

/* As much as one round gives. */
#define ESPGW_HKDF_MAX 32

int espgw_hkdf(const void *salt, size_t salt_len, const void *ikm, size_t ikm_len,
	       const void *info, size_t info_len, uint8_t key[static ESPGW_HKDF_MAX]);

#endif
