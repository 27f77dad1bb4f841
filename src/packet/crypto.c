// SPDX-License-Identifier: GPL-2.0
/* AEAD operations on ESP in a buffer. */
#include "packet/crypto.h"

#include <linux/ip.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/esp.h>

/* Of one CPU so many operations wait for SIMD, as many as the kernel's cryptd has. */
#define WAITING_MAX	1000

DEFINE_PER_CPU(struct espgw_op *, espgw_op_slot);
DEFINE_PER_CPU(atomic_t, espgw_op_waiting);

/* One after the other on each CPU. */
static struct workqueue_struct *crypto_wq;

/**
 * espgw_op_new() - an operation to be run, where none is kept that would do
 * @c: the cipher
 *
 * Context: bottom halves off. Return: it, or NULL.
 */
struct espgw_op *espgw_op_new(const struct espgw_cipher *c)
{
	unsigned int reqsize = crypto_aead_reqsize(c->tfm);
	struct espgw_op *op = kmalloc(sizeof(*op) + reqsize, GFP_ATOMIC);

	if (op) {
		op->reqsize = reqsize;
		sg_init_table(op->sg, ARRAY_SIZE(op->sg));
		sg_set_buf(&op->sg[0], op->aad, sizeof(op->aad));
	}
	return op;
}

/* On the CPU where it began, or any other; the larger one is kept. */
static void op_recycle(struct espgw_op *op)
{
	struct espgw_op *kept = __this_cpu_read(espgw_op_slot);

	if (unlikely(kept)) {
		if (kept->reqsize >= op->reqsize)
			swap(kept, op);
		kfree(kept);
	}
	__this_cpu_write(espgw_op_slot, op);
}

/**
 * espgw_op_free() - free an operation that completed later
 * @op: the operation
 */
void espgw_op_free(struct espgw_op *op)
{
	kfree(op);
}

static void op_done(crypto_completion_data_t *data, int err)
{
	struct espgw_op *op = crypto_get_completion_data(data);

	/* Taken from a full queue, now under way: not the end yet. */
	if (err == -EINPROGRESS)
		return;

	local_bh_disable();
	rcu_read_lock();
	op->done(op, err);
	rcu_read_unlock();
	local_bh_enable();
}

static int crypt(struct espgw_op *op)
{
	return op->encrypt ? crypto_aead_encrypt(&op->req) :
			     crypto_aead_decrypt(&op->req);
}

static void run_waiting(struct work_struct *work)
{
	struct espgw_op *op = container_of(work, struct espgw_op, work);
	atomic_t *waiting = per_cpu_ptr(&espgw_op_waiting, op->cpu);
	int err;

	local_bh_disable();
	rcu_read_lock();
	err = crypt(op);
	op->done(op, err);
	rcu_read_unlock();
	local_bh_enable();
	atomic_dec(waiting);
}

static noinline int wait_for_simd(struct espgw_op *op)
{
	op->cpu = smp_processor_id();
	if (atomic_inc_return(this_cpu_ptr(&espgw_op_waiting)) > WAITING_MAX) {
		atomic_dec(this_cpu_ptr(&espgw_op_waiting));
		op_recycle(op);
		return -ENOSPC;
	}
	INIT_WORK(&op->work, run_waiting);
	queue_work_on(op->cpu, crypto_wq, &op->work);
	return -EINPROGRESS;
}

/* Of a counter it is eight bytes, which are one word to the compiler then. */
static __always_inline void copy_iv(void *to, const void *from, u8 len)
{
	if (likely(len == sizeof(u64)))
		memcpy(to, from, sizeof(u64));
	else
		memcpy(to, from, len);
}

/* Batched by the kernel: a block of its generator for each would be dearer. */
static __always_inline void random_iv(struct espgw_op *op, u8 len)
{
	unsigned int i;
	u64 r;

	for (i = 0; i < len; i += sizeof(r)) {
		r = get_random_u64();
		memcpy(op->iv + i, &r, sizeof(r));
	}
}

/* A copy of what is on the wire; with ESN, of one half of the number more. */
static __always_inline void set_aad(struct espgw_op *op,
				    const struct espgw_cipher *c,
				    const u8 *esp, u64 seq)
{
	__be32 *aad = (__be32 *)op->aad;

	*aad++ = ((const struct ip_esp_hdr *)esp)->spi;
	if (c->esn)
		*aad++ = htonl(seq >> 32);
	*aad++ = htonl(seq);
	copy_iv(aad, op->iv, c->iv_len);
	op->sg[0].length = c->aad_len;
}

/**
 * espgw_crypto_run() - encrypt or decrypt ESP in place
 * @c: the cipher
 * @op: from espgw_op_alloc(); its done and owner are set. The caller's again,
 *	in done(), only after -EINPROGRESS
 * @esp: the ESP packet from its ESP header on, which is filled in; encrypting:
 *	payload and trailer too, and there is room for IV and ICV
 * @len: from the ESP header to the end of the ICV, bytes
 * @seq: its sequence number, all 64 bits
 * @encrypt: or decrypt
 * @later: from espgw_crypto_is_later(): what done() needs is held
 *
 * Context: under RCU, bottom halves off. Return: 0: done. -EINPROGRESS, with
 * @later only: done() will be called, or has been. -EBADMSG: the ICV is wrong.
 * -ENOSPC: too many wait. Else a negative error.
 */
int espgw_crypto_run(const struct espgw_cipher *c, struct espgw_op *op,
		     u8 *esp, unsigned int len, u64 seq, bool encrypt,
		     bool later)
{
	u8 *iv = esp + sizeof(struct ip_esp_hdr);
	struct scatterlist *sg;
	unsigned int crypt_len;
	int err;

	if (encrypt) {
		if (c->counter_iv)
			*(__be64 *)op->iv = cpu_to_be64(seq);
		else
			random_iv(op, c->iv_len);
		copy_iv(iv, op->iv, c->iv_len);
	} else {
		copy_iv(op->iv, iv, c->iv_len);
	}

	crypt_len = len - sizeof(struct ip_esp_hdr) - c->iv_len;
	if (encrypt)
		crypt_len -= c->icv_len;
	len -= c->icv_len;
	sg_set_buf(&op->sg[2], esp + len, c->icv_len);
	if (likely(c->joint)) {
		sg = &op->sg[1];
		sg_set_buf(sg, esp, len);
	} else {
		sg = op->sg;
		set_aad(op, c, esp, seq);
		len -= sizeof(struct ip_esp_hdr) + c->iv_len;
		sg_set_buf(&op->sg[1], iv + c->iv_len, len);
	}

	aead_request_set_tfm(&op->req, c->tfm);
	aead_request_set_callback(&op->req, 0, op_done, op);
	aead_request_set_ad(&op->req, c->aad_len);
	aead_request_set_crypt(&op->req, sg, sg, crypt_len, op->iv);

	op->encrypt = encrypt;
	if (unlikely(later && c->async == ESPGW_ASYNC_SIMD))
		return wait_for_simd(op);
	err = crypt(op);
	if (err != -EINPROGRESS)
		op_recycle(op);
	return err;
}

/**
 * espgw_crypto_init() - before there is any SA
 *
 * Return: 0 or -ENOMEM.
 */
int espgw_crypto_init(void)
{
	crypto_wq = alloc_workqueue("espgw_crypto", WQ_PERCPU | WQ_MEM_RECLAIM |
				    WQ_CPU_INTENSIVE, 1);
	return crypto_wq ? 0 : -ENOMEM;
}

/**
 * espgw_crypto_exit() - the end of espgw_crypto_init(); frees what is kept per CPU
 *
 * Context: no packet is under way.
 */
void espgw_crypto_exit(void)
{
	int cpu;

	destroy_workqueue(crypto_wq);
	for_each_possible_cpu(cpu)
		kfree_sensitive(per_cpu(espgw_op_slot, cpu));
}
