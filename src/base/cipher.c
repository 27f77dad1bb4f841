// SPDX-License-Identifier: GPL-2.0
/* Ciphers: which there are, their transforms and sizes. */
#include "base/cipher.h"

#include <crypto/aead.h>
#include <crypto/authenc.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

/* Combined algorithms: what the crypto API does not tell of them. */
static const struct espgw_aead_desc {
	const char *name;
	u16 icv_bits[4];	/* those allowed, 0 ends the list */
	bool joint;		/* see struct espgw_cipher */
} aeads[] = {
	{ "rfc4106(gcm(aes))", { 128, 96, 64 }, true },		/* RFC 4106 6 */
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

/**
 * espgw_cipher_is_known() - are there such algorithms here
 * @aead: crypto API name of the combined algorithm; NULL: @enc and @auth
 * @enc: of the cipher
 * @auth: of the authenticator
 *
 * Return: true if so; whether the kernel has them is another question.
 */
bool espgw_cipher_is_known(const char *aead, const char *enc, const char *auth)
{
	bool has_enc = false, has_auth = false;
	unsigned int i;

	if (aead) {
		for (i = 0; i < ARRAY_SIZE(aeads); i++)
			if (!strcmp(aead, aeads[i].name))
				return true;
		return false;
	}
	for (i = 0; i < ARRAY_SIZE(encs); i++)
		has_enc |= !strcmp(enc, encs[i]);
	for (i = 0; i < ARRAY_SIZE(auths); i++)
		has_auth |= !strcmp(auth, auths[i].name);
	return has_enc && has_auth;
}

/* The name as the tables above have it, which stays; "" if there is none. */
static const char *name_kept(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(aeads); i++)
		if (!strcmp(name, aeads[i].name))
			return aeads[i].name;
	for (i = 0; i < ARRAY_SIZE(encs); i++)
		if (!strcmp(name, encs[i]))
			return encs[i];
	for (i = 0; i < ARRAY_SIZE(auths); i++)
		if (!strcmp(name, auths[i].name))
			return auths[i].name;
	return "";
}

/**
 * espgw_algo_keep() - keep algorithms and keys, as short as they are
 * @a: what espgw_cipher_init() has taken
 *
 * Return: the same, or NULL.
 */
struct espgw_algo_kept *espgw_algo_keep(const struct espgw_algo *a)
{
	struct espgw_algo_kept *k;

	k = kmalloc(struct_size(k, keys, a->key_len + a->auth_key_len),
		    GFP_KERNEL_ACCOUNT);
	if (!k)
		return NULL;
	k->aead = name_kept(a->aead);
	k->enc = name_kept(a->enc);
	k->auth = name_kept(a->auth);
	k->key_len = a->key_len;
	k->auth_key_len = a->auth_key_len;
	memcpy(k->keys, a->key, a->key_len);
	memcpy(k->keys + a->key_len, a->auth_key, a->auth_key_len);
	return k;
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

static bool is_async(const struct crypto_aead *tfm)
{
	return crypto_aead_tfm((struct crypto_aead *)tfm)->__crt_alg->cra_flags &
	       CRYPTO_ALG_ASYNC;
}

/*
 * Before 6.16 what uses SIMD is wrapped into two transforms more, which look at
 * each operation whether it may, and else leave it to a thread. That is asked here
 * before anything is held for it, so what is inside does; with a thread of ours.
 */
static void unwrap(struct espgw_cipher *c)
{
	const char *driver = crypto_tfm_alg_driver_name(crypto_aead_tfm(c->tfm));
	char name[CRYPTO_MAX_ALG_NAME + sizeof("__")];
	struct crypto_aead *inner;

	/* What is made of others has brackets: wrapped is what is inside of these. */
	if (!is_async(c->tfm) || strchr(driver, '('))
		return;
	snprintf(name, sizeof(name), "__%s", driver);
	inner = crypto_alloc_aead(name, CRYPTO_ALG_INTERNAL,
				  CRYPTO_ALG_INTERNAL | CRYPTO_ALG_ASYNC |
				  CRYPTO_NOLOAD);
	if (IS_ERR(inner))
		return;
	crypto_free_aead(c->tfm);
	c->tfm = inner;
	c->async = ESPGW_ASYNC_SIMD;
}

static int init_aead(struct espgw_cipher *c, struct espgw_algo *a,
		     struct netlink_ext_ack *extack)
{
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

	c->tfm = tfm_alloc(a->aead, extack);
	if (IS_ERR(c->tfm))
		return PTR_ERR(c->tfm);
	unwrap(c);
	err = crypto_aead_setkey(c->tfm, a->key, a->key_len);
	if (err)
		NL_SET_ERR_MSG(extack, "key refused: wrong length for the aead algorithm (its salt is part of it)");
	c->counter_iv = true;
	c->joint = aeads[i].joint && !c->esn;
	return err;
}

static int init_authenc(struct espgw_cipher *c, struct espgw_algo *a,
			struct netlink_ext_ack *extack)
{
	char name[2 * ESPGW_ALG_NAME_MAX + sizeof("authencesn(,)")];
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
		 c->esn ? "authencesn" : "authenc", a->auth, a->enc);
	c->tfm = tfm_alloc(name, extack);
	if (IS_ERR(c->tfm))
		return PTR_ERR(c->tfm);
	err = authenc_setkey(c->tfm, a);
	if (err)
		NL_SET_ERR_MSG(extack, "key refused: wrong length for the encryption algorithm");
	return err;
}

/**
 * espgw_cipher_init() - make a keyed transform
 * @c: result
 * @a: algorithms and keys; its icv_bits are filled in if they are 0
 * @esn: extended sequence numbers
 * @extack: says what is wrong
 *
 * Context: process context, may sleep. Return: 0 or a negative error, then
 * there is nothing to free.
 */
int espgw_cipher_init(struct espgw_cipher *c, struct espgw_algo *a, bool esn,
		      struct netlink_ext_ack *extack)
{
	int err;

	memset(c, 0, sizeof(*c));
	c->esn = esn;
	err = a->aead[0] ? init_aead(c, a, extack) : init_authenc(c, a, extack);
	if (IS_ERR_OR_NULL(c->tfm)) {
		c->tfm = NULL;
		return err;
	}
	if (!err) {
		err = crypto_aead_setauthsize(c->tfm, a->icv_bits / 8);
		if (err)
			NL_SET_ERR_MSG(extack, "ICV length refused");
	}
	if (!err && WARN_ON_ONCE(crypto_aead_ivsize(c->tfm) > ESPGW_IV_MAX))
		err = -EINVAL;
	if (err) {
		espgw_cipher_exit(c);
		return err;
	}
	c->iv_len = crypto_aead_ivsize(c->tfm);
	c->aad_len = (esn ? 12 : 8) + c->iv_len;
	c->icv_len = crypto_aead_authsize(c->tfm);
	c->align = max_t(u8, 4, crypto_aead_blocksize(c->tfm));
	if (is_async(c->tfm))
		c->async = ESPGW_ASYNC_ALWAYS;
	return 0;
}

/**
 * espgw_cipher_exit() - the end of espgw_cipher_init()
 * @c: the cipher, of which no operation is under way
 *
 * Context: process context, may sleep.
 */
void espgw_cipher_exit(struct espgw_cipher *c)
{
	crypto_free_aead(c->tfm);
	c->tfm = NULL;
}
