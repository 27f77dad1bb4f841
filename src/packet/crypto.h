/* SPDX-License-Identifier: GPL-2.0 */
/*
 * AEAD operations on ESP in a buffer. What a packet is, and whose, is known to
 * the caller only, who is called back when an operation completes later.
 */
#ifndef ESPGW_PACKET_CRYPTO_H
#define ESPGW_PACKET_CRYPTO_H

#include <crypto/aead.h>
#include <linux/percpu.h>
#include <linux/scatterlist.h>
#include <linux/workqueue.h>
#include <asm/simd.h>

#include "base/cipher.h"

/* ESP header with ESN (12) and the longest IV. */
#define ESPGW_AAD_MAX	(12 + ESPGW_IV_MAX)

/* Room for what the caller has to know when an operation completes, bytes. */
#define ESPGW_OP_OWNER	40

/**
 * struct espgw_op - one AEAD operation
 * @done: called if espgw_crypto_run() returned -EINPROGRESS, with 0 or a
 *	negative error, under RCU, bottom halves off; frees the operation by
 *	espgw_op_free()
 * @owner: the caller's, who sets it before the operation is run
 * @iv: for the transform
 * @aad: SPI, sequence number (ESN: high half first), IV: a copy beside the
 *	buffer, since with ESN it is not as on the wire (RFC 4303 2.2.1); not used
 *	where @joint of struct espgw_cipher is
 * @sg: @aad, the buffer from after its IV, its ICV; or, where that is, the last two,
 *	the buffer from its ESP header on. The ICV has an entry of its own, so that
 *	ciphers need no list to begin there
 * @work: where SIMD was not usable: runs it
 * @cpu: on which it was begun; with @work
 * @encrypt: or decrypt; with @work
 * @reqsize: room for the transform's context behind @req, bytes
 * @req: the request; the transform's context follows it
 *
 * One allocation, kept per CPU between operations.
 */
struct espgw_op {
	void (*done)(struct espgw_op *op, int err);
	u8 owner[ESPGW_OP_OWNER] __aligned(8);
	u8 iv[ESPGW_IV_MAX] __aligned(8);
	u8 aad[ESPGW_AAD_MAX] __aligned(8);
	struct scatterlist sg[3];
	struct work_struct work;
	int cpu;
	bool encrypt;
	unsigned int reqsize;
	struct aead_request req;
};

/*
 * The operation last finished on this CPU: the next one is made of it instead of
 * an allocation, if it is large enough for that one's transform.
 */
DECLARE_PER_CPU(struct espgw_op *, espgw_op_slot);

/* How many operations of this CPU wait until SIMD is usable. */
DECLARE_PER_CPU(atomic_t, espgw_op_waiting);

/**
 * espgw_crypto_is_later() - may an operation complete after it was begun
 * @c: the cipher
 *
 * Where an interrupt has come upon somebody's use of SIMD, it is not usable. While
 * some wait for that, so do the next ones, to stay in order.
 *
 * Context: bottom halves off; true until they are on again. Return: true if so.
 */
static __always_inline bool espgw_crypto_is_later(const struct espgw_cipher *c)
{
	if (c->async != ESPGW_ASYNC_SIMD)
		return unlikely(c->async);
	return unlikely(!may_use_simd() ||
			atomic_read(this_cpu_ptr(&espgw_op_waiting)));
}

struct espgw_op *espgw_op_new(const struct espgw_cipher *c);

/**
 * espgw_op_alloc() - an operation to be run
 * @c: the cipher
 *
 * Context: bottom halves off. Return: it, or NULL.
 */
static inline struct espgw_op *espgw_op_alloc(const struct espgw_cipher *c)
{
	struct espgw_op *op = __this_cpu_read(espgw_op_slot);

	if (unlikely(!op || op->reqsize < crypto_aead_reqsize(c->tfm)))
		return espgw_op_new(c);
	__this_cpu_write(espgw_op_slot, NULL);
	return op;
}

void espgw_op_free(struct espgw_op *op);
int espgw_crypto_run(const struct espgw_cipher *c, struct espgw_op *op,
		     u8 *esp, unsigned int len, u64 seq, bool encrypt,
		     bool later);
int espgw_crypto_init(void);
void espgw_crypto_exit(void);

#endif
