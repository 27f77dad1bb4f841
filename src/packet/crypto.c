// SPDX-License-Identifier: GPL-2.0
/* AEAD transforms and operations. */
#include "packet/crypto.h"

#include <crypto/authenc.h>
#include <linux/ip.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <net/esp.h>

#include "packet/decap.h"
#include "packet/header.h"

/* Combined algorithms: what the crypto API does not tell of them. */
static const struct espgw_aead_desc {
	const char *name;
	u16 icv_bits[4];	/* those allowed, 0 ends the list */
} aeads[] = {
	{ "rfc4106(gcm(aes))", { 128, 96, 64 } },		/* RFC 4106 6 */
	{ "rfc7539esp(chacha20,poly1305)", { 128 } },		/* RFC 7634 2 */
};

/* Ciphers that go with an authenticator. */
static const char *const encs[] = {
	"cbc(aes)",		/* RFC 3602 */
	"ecb(cipher_null)",	/* RFC 2410 */
};

/* Authenticators and the truncation that their RFC gives them. */
static const struct espgw_auth_desc {
	const char *name;
	u16 digest_bits;
	u16 icv_bits;
} auths[] = {
	{ "hmac(sha1)", 160, 96 },	/* RFC 2404 */
	{ "hmac(sha256)", 256, 128 },	/* RFC 4868 */
	{ "hmac(sha384)", 384, 192 },
	{ "hmac(sha512)", 512, 256 },
};

/*
 * The operation last finished on this CPU: the next packet takes it instead of
 * an allocation, if it is large enough for that packet's transform.
 */
static DEFINE_PER_CPU(struct espgw_op *, op_slot);

static struct espgw_op *op_alloc(struct crypto_aead *tfm)
{
	unsigned int reqsize = crypto_aead_reqsize(tfm);
	struct espgw_op *op = __this_cpu_read(op_slot);

	if (likely(op && op->reqsize >= reqsize)) {
		__this_cpu_write(op_slot, NULL);
		return op;
	}
	op = kmalloc(sizeof(*op) + reqsize, GFP_ATOMIC);
	if (op) {
		op->reqsize = reqsize;
		op->linear = false;
	}
	return op;
}

/* On the CPU where it began, or any other; the larger one is kept. */
static void op_recycle(struct espgw_op *op)
{
	struct espgw_op *kept = __this_cpu_read(op_slot);

	if (unlikely(kept && kept->reqsize >= op->reqsize)) {
		kfree(op);
		return;
	}
	__this_cpu_write(op_slot, op);
	kfree(kept);
}

/**
 * espgw_op_free() - free an operation that completed asynchronously
 * @op: the operation; its SA reference and skb are the caller's
 */
void espgw_op_free(struct espgw_op *op)
{
	kfree(op);
}

static int authenc_setkey(struct crypto_aead *tfm, const struct espgw_algo *a)
{
	struct crypto_authenc_key_param *param;
	unsigned int len;
	struct rtattr *rta;
	u8 *key, *p;
	int err;

	len = RTA_SPACE(sizeof(*param)) + a->auth_key_len + a->key_len;
	key = kmalloc(len, GFP_KERNEL);
	if (!key)
		return -ENOMEM;

	rta = (void *)key;
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	rta->rta_len = RTA_LENGTH(sizeof(*param));
	param = RTA_DATA(rta);
	param->enckeylen = cpu_to_be32(a->key_len);
	p = key + RTA_SPACE(sizeof(*param));
	memcpy(p, a->auth_key, a->auth_key_len);
	memcpy(p + a->auth_key_len, a->key, a->key_len);

	err = crypto_aead_setkey(tfm, key, len);
	kfree_sensitive(key);
	return err;
}

static struct crypto_aead *tfm_alloc(const char *name,
				     struct netlink_ext_ack *extack)
{
	struct crypto_aead *tfm = crypto_alloc_aead(name, 0, 0);

	if (IS_ERR(tfm))
		NL_SET_ERR_MSG(extack,
			       "this kernel does not offer the algorithm");
	return tfm;
}

static int setup_aead(struct espgw_sa *sa, struct netlink_ext_ack *extack)
{
	struct espgw_algo *a = &sa->algo;
	unsigned int i, j;
	int err;

	for (i = 0; i < ARRAY_SIZE(aeads); i++)
		if (!strcmp(a->aead, aeads[i].name))
			break;
	if (i == ARRAY_SIZE(aeads)) {
		NL_SET_ERR_MSG(extack, "unknown aead algorithm");
		return -EINVAL;
	}
	if (!a->icv_bits)
		a->icv_bits = aeads[i].icv_bits[0];
	for (j = 0; j < ARRAY_SIZE(aeads[i].icv_bits); j++)
		if (a->icv_bits == aeads[i].icv_bits[j])
			break;
	if (j == ARRAY_SIZE(aeads[i].icv_bits)) {
		NL_SET_ERR_MSG(extack, "ICV length not defined for this aead");
		return -EINVAL;
	}

	sa->tfm = tfm_alloc(a->aead, extack);
	if (IS_ERR(sa->tfm))
		return PTR_ERR(sa->tfm);
	err = crypto_aead_setkey(sa->tfm, a->key, a->key_len);
	if (err)
		NL_SET_ERR_MSG(extack, "key refused: wrong length for the aead algorithm (its salt is part of it)");
	sa->counter_iv = true;
	return err;
}

static int setup_authenc(struct espgw_sa *sa, struct netlink_ext_ack *extack)
{
	char name[2 * ESPGW_ALG_NAME_MAX + sizeof("authencesn(,)")];
	struct espgw_algo *a = &sa->algo;
	unsigned int i, j;
	int err;

	for (i = 0; i < ARRAY_SIZE(encs); i++)
		if (!strcmp(a->enc, encs[i]))
			break;
	if (i == ARRAY_SIZE(encs)) {
		NL_SET_ERR_MSG(extack, "unknown encryption algorithm");
		return -EINVAL;
	}
	for (j = 0; j < ARRAY_SIZE(auths); j++)
		if (!strcmp(a->auth, auths[j].name))
			break;
	if (j == ARRAY_SIZE(auths)) {
		NL_SET_ERR_MSG(extack, "unknown authentication algorithm");
		return -EINVAL;
	}
	if (!a->icv_bits)
		a->icv_bits = auths[j].icv_bits;
	/* RFC 2104 5: not below half the digest, nor below 80 bits */
	if (a->icv_bits % 8 || a->icv_bits > auths[j].digest_bits ||
	    a->icv_bits < min_t(u16, auths[j].icv_bits, 96)) {
		NL_SET_ERR_MSG(extack, "ICV length not possible with this authentication algorithm");
		return -EINVAL;
	}

	snprintf(name, sizeof(name), "%s(%s,%s)",
		 sa->esn ? "authencesn" : "authenc", a->auth, a->enc);
	sa->tfm = tfm_alloc(name, extack);
	if (IS_ERR(sa->tfm))
		return PTR_ERR(sa->tfm);
	err = authenc_setkey(sa->tfm, a);
	if (err)
		NL_SET_ERR_MSG(extack, "key refused: wrong length for the encryption algorithm");
	return err;
}

/**
 * espgw_crypto_setup() - make an SA's transform and its sizes
 * @sa: SA with its algo, addresses, encapsulation and ESN filled in; its tfm,
 *	len, aad_len, iv_len and counter_iv are set here
 * @extack: says what is wrong
 *
 * Context: process context, may sleep. Return: 0 or a negative error, then
 * sa->tfm is NULL.
 */
int espgw_crypto_setup(struct espgw_sa *sa, struct netlink_ext_ack *extack)
{
	unsigned int outer = sa->key.family == 4 ? 20 : 40;
	int err;

	err = sa->algo.aead[0] ? setup_aead(sa, extack) :
				 setup_authenc(sa, extack);
	if (IS_ERR(sa->tfm)) {
		sa->tfm = NULL;
		return err;
	}
	if (!err) {
		err = crypto_aead_setauthsize(sa->tfm, sa->algo.icv_bits / 8);
		if (err)
			NL_SET_ERR_MSG(extack, "ICV length refused");
	}
	if (err) {
		crypto_free_aead(sa->tfm);
		sa->tfm = NULL;
		return err;
	}

	sa->iv_len = crypto_aead_ivsize(sa->tfm);
	if (WARN_ON_ONCE(sa->iv_len > ESPGW_IV_MAX)) {
		crypto_free_aead(sa->tfm);
		sa->tfm = NULL;
		return -EINVAL;
	}
	sa->aad_len = (sa->esn ? 12 : 8) + sa->iv_len;
	sa->len.head = outer + (sa->encap_sport ? 8 : 0) +
		       sizeof(struct ip_esp_hdr) + sa->iv_len;
	sa->len.icv = crypto_aead_authsize(sa->tfm);
	sa->len.align = max_t(u8, 4, crypto_aead_blocksize(sa->tfm));
	return 0;
}

static void op_done(crypto_completion_data_t *data, int err)
{
	struct espgw_op *op = crypto_get_completion_data(data);

	/* Taken from a full queue, now under way: not the end yet. */
	if (err == -EINPROGRESS)
		return;

	local_bh_disable();
	rcu_read_lock();
	if (op->sa->key.dir == ESPGW_DIR_OUT)
		espgw_encap_async(op, err);
	else
		espgw_decap_async(op, err);
	rcu_read_unlock();
	local_bh_enable();
}

/* The packet from @off on, @icv of @len bytes being its ICV. */
static int op_map(struct espgw_op *op, struct sk_buff *skb, unsigned int off,
		  unsigned int len, unsigned int icv)
{
	int n;

	if (likely(!skb_is_nonlinear(skb))) {
		if (unlikely(!op->linear)) {
			sg_init_table(op->sg, 3);
			op->linear = true;
		}
		sg_set_buf(&op->sg[1], skb->data + off, len - icv);
		sg_set_buf(&op->sg[2], skb->data + off + len - icv, icv);
		return 0;
	}
	op->linear = false;
	sg_init_table(op->sg, ARRAY_SIZE(op->sg));
	n = skb_to_sgvec(skb, &op->sg[1], off, len);
	return n < 0 ? n : 0;
}

/**
 * espgw_crypto_run() - encrypt or decrypt a packet in place
 * @sa: its SA
 * @skb: the packet, writable, skb->data at its outer IP header; encrypting:
 *	linear, complete but for IV and ICV, whose room is there;
 *	decrypting: linear as far as its IV
 * @seq: its sequence number, all 64 bits
 * @frag_mtu: see struct espgw_op
 * @esp_off: where its ESP header begins, bytes from skb->data
 * @encrypt: or decrypt
 *
 * Context: under RCU, bottom halves off. Return: 0: done. -EINPROGRESS: the
 * packet now belongs to espgw_encap_async() or espgw_decap_async().
 * -EBADMSG: the ICV is wrong. -ESHUTDOWN: the SA is gone. Else a negative error; the packet still is the
 * caller's.
 */
int espgw_crypto_run(struct espgw_sa *sa, struct sk_buff *skb, u64 seq,
		     u32 frag_mtu, unsigned int esp_off, bool encrypt)
{
	unsigned int off = esp_off + sizeof(struct ip_esp_hdr);
	unsigned int len, crypt_len;
	struct espgw_op *op;
	bool async;
	__be32 *aad;
	int err;

	op = op_alloc(sa->tfm);
	if (unlikely(!op))
		return -ENOMEM;
	op->skb = skb;
	op->sa = sa;
	op->seq = seq;
	op->frag_mtu = frag_mtu;
	op->esp_off = esp_off;

	aad = (__be32 *)op->aad;
	*aad++ = sa->key.spi;
	if (sa->esn)
		*aad++ = htonl(seq >> 32);
	*aad++ = htonl(seq);
	if (encrypt) {
		if (sa->counter_iv)
			*(__be64 *)op->iv = cpu_to_be64(seq);
		else if (sa->iv_len)
			get_random_bytes(op->iv, sa->iv_len);
		memcpy(skb->data + off, op->iv, sa->iv_len);
	} else {
		memcpy(op->iv, skb->data + off, sa->iv_len);
	}
	memcpy(aad, op->iv, sa->iv_len);

	off += sa->iv_len;
	len = skb->len - off;
	crypt_len = encrypt ? len - sa->len.icv : len;
	err = op_map(op, skb, off, len, sa->len.icv);
	if (unlikely(err))
		goto recycle;
	sg_set_buf(&op->sg[0], op->aad, sa->aad_len);

	aead_request_set_tfm(&op->req, sa->tfm);
	aead_request_set_callback(&op->req, 0, op_done, op);
	aead_request_set_ad(&op->req, sa->aad_len);
	aead_request_set_crypt(&op->req, op->sg, op->sg, crypt_len, op->iv);

	/* Held before the request is handed over: it may end before we return. */
	async = crypto_aead_tfm(sa->tfm)->__crt_alg->cra_flags &
		CRYPTO_ALG_ASYNC;
	if (async && unlikely(!refcount_inc_not_zero(&sa->refs))) {
		err = -ESHUTDOWN;	/* deleted since we found it */
		goto recycle;
	}
	err = encrypt ? crypto_aead_encrypt(&op->req) :
			crypto_aead_decrypt(&op->req);
	if (err == -EINPROGRESS)
		return err;
	if (async)
		espgw_sa_put(sa);
recycle:
	op_recycle(op);
	return err;
}

/**
 * espgw_crypto_exit() - free what is kept per CPU
 *
 * Context: no packet is under way.
 */
void espgw_crypto_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kfree_sensitive(per_cpu(op_slot, cpu));
}
