// SPDX-License-Identifier: GPL-2.0
/*
 * wireshark - SAs as Wireshark takes them: lines of its table esp_sa
 *
 * Where it cannot check the ICV of an algorithm it can still leave it aside, if it
 * knows how long it is.
 */
#include <linux/netlink.h>
#include <string.h>

#include "say.h"
#include "verb.h"
#include "wireshark.h"

/* What Wireshark calls an algorithm with an ICV of so many bits; 0: it has none. */
static const struct {
	const char *name;
	unsigned int icv_bits;
	const char *text;
} algs[] = {
	{ "rfc4106(gcm(aes))", 64, "AES-GCM with 8 octet ICV [RFC4106]" },
	{ "rfc4106(gcm(aes))", 96, "AES-GCM with 12 octet ICV [RFC4106]" },
	{ "rfc4106(gcm(aes))", 128, "AES-GCM with 16 octet ICV [RFC4106]" },
	{ "cbc(aes)", 0, "AES-CBC [RFC3602]" },
	{ "ecb(cipher_null)", 0, "NULL" },
	{ "hmac(sha1)", 96, "HMAC-SHA-1-96 [RFC2404]" },
	{ "hmac(sha256)", 96, "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]" },
	{ "hmac(sha256)", 128, "HMAC-SHA-256-128 [RFC4868]" },
	{ "hmac(sha384)", 192, "HMAC-SHA-384-192 [RFC4868]" },
	{ "hmac(sha512)", 256, "HMAC-SHA-512-256 [RFC4868]" },
	{ "", 96, "ANY 96 bit authentication [no checking]" },
	{ "", 128, "ANY 128 bit authentication [no checking]" },
	{ "", 192, "ANY 192 bit authentication [no checking]" },
	{ "", 256, "ANY 256 bit authentication [no checking]" },
};

static const char *alg_text(const char *name, unsigned int icv_bits)
{
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(algs); i++)
		if (!strcmp(algs[i].name, name) && algs[i].icv_bits == icv_bits)
			return algs[i].text;
	return NULL;
}

/* The peer's, if it is: of an SA in UDP that is any, since a NAT may give it another one. */
static const char *addr_text(const struct espgw_sa *sa, const struct espgw_addr *addr,
			     enum espgw_dir peers, char *text)
{
	if (espgw_has(sa, ESPGW_SA_A_ENCAP_SPORT) && espgw_number(sa, ESPGW_SA_A_DIR) == peers)
		return "*";
	return espgw_addr_text(addr, text);
}

static void put_key(FILE *to, const struct espgw_key *key)
{
	unsigned int i;

	fputs(key->len ? "\"0x" : "\"", to);
	for (i = 0; i < key->len; i++)
		fprintf(to, "%02x", key->byte[i]);
	fputc('"', to);
}

static void put_sa(FILE *to, const struct espgw_sa *sa)
{
	bool aead = espgw_has(sa, ESPGW_SA_A_AEAD);
	unsigned int icv_bits = espgw_number(sa, ESPGW_SA_A_ICV_BITS);
	const char *enc = aead ? alg_text(sa->aead, icv_bits) : alg_text(sa->enc, 0);
	const char *auth = aead ? "NULL" : alg_text(sa->auth, icv_bits);
	char src[ESPGW_ADDR_TEXT], dst[ESPGW_ADDR_TEXT];
	unsigned int spi = espgw_number(sa, ESPGW_SA_A_SPI);

	if (!auth)
		auth = alg_text("", icv_bits);
	if (!enc || !auth) {
		espgw_say_warning("spi 0x%08x: Wireshark has no such algorithm, or none with "
				  "an ICV of %u bits", spi, icv_bits);
		return;
	}
	if (espgw_number(sa, ESPGW_SA_A_OWNER) == ESPGW_OWNER_XFRM) {
		espgw_say_warning("spi 0x%08x: its key is xfrm's: see \"ip xfrm state\"", spi);
		return;
	}
	fprintf(to, "\"%s\",\"%s\",\"%s\",\"0x%08x\",\"%s\",", sa->src.len == 4 ? "IPv4" : "IPv6",
		addr_text(sa, &sa->src, ESPGW_DIR_IN, src), addr_text(sa, &sa->dst, ESPGW_DIR_OUT, dst), spi,
		enc);
	put_key(to, &sa->key);
	fprintf(to, ",\"%s\",", auth);
	put_key(to, &sa->auth_key);
	fputc('\n', to);
}

/**
 * struct writer - what writes lines
 * @to: where to
 * @req: what was asked
 */
struct writer {
	FILE *to;
	const struct espgw_request *req;
};

static int answered(const struct nlmsghdr *nlh, void *data)
{
	const struct writer *writer = data;
	const struct espgw_verb *v = writer->req->verb;
	struct espgw_sa sa;
	int rc = espgw_object_get(nlh, &espgw_sa_object, &sa);

	if (!rc && (!v->dump || espgw_object_match(v->shows, &sa, &writer->req->obj)))
		put_sa(writer->to, &sa);
	explicit_bzero(&sa, sizeof(sa));
	return rc;
}

/**
 * espgw_wireshark_run - print SAs so
 * @ctx: context
 * @req: the request; it has to ask for keys, since these lines are made of them
 *
 * Return: exit status.
 */
int espgw_wireshark_run(struct espgw_context *ctx, struct espgw_request *req)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct writer writer = { ctx->out.to, req };
	int rc;

	if (!espgw_has(&req->obj, ESPGW_SA_A_SHOW_KEYS)) {
		espgw_say_error("\"keys\" is missing: \"-o wireshark\" prints them");
		return 1;
	}
	rc = espgw_nl_open(&ctx->nl);
	return rc ? rc : espgw_nl_talk(&ctx->nl, espgw_verb_encode(req, buf), &espgw_sa_set,
				       answered, &writer, NULL);
}
