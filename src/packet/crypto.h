/* SPDX-License-Identifier: GPL-2.0 */
/* AEAD transforms and operations. */
#ifndef ESPGW_CRYPTO_H
#define ESPGW_CRYPTO_H

#include <crypto/aead.h>
#include <linux/scatterlist.h>
#include <linux/skbuff.h>

#include "table/sad.h"

/* ESP header with ESN (12) and the longest IV. */
#define ESPGW_IV_MAX	16
#define ESPGW_AAD_MAX	(12 + ESPGW_IV_MAX)

/**
 * struct espgw_op - one AEAD operation on a packet
 * @skb: the packet; skb->data is its outer IP header
 * @sa: the SA; while the operation is asynchronous, a reference is held
 * @seq: the packet's sequence number
 * @frag_mtu: outbound: fragment what is longer than this after encryption,
 *	bytes; 0: do not
 * @esp_off: where the ESP header begins, bytes from skb->data
 * @iv: for the transform
 * @aad: SPI, sequence number (ESN: high half first), IV: a copy beside the
 *	packet, since with ESN it is not as on the wire (RFC 4303 2.2.1)
 * @sg: @aad, the packet from after its IV, its ICV. An entry for each, so that
 *	the ciphers find the beginning of each at an entry's: else they build
 *	lists of their own on the way
 * @linear: @sg has three entries; its end mark is set for that
 * @reqsize: room for the transform's context behind @req, bytes
 * @req: the request; the transform's context follows it
 *
 * One allocation, kept per CPU between packets.
 */
struct espgw_op {
	struct sk_buff *skb;
	struct espgw_sa *sa;
	u64 seq;
	u32 frag_mtu;
	u16 esp_off;
	u8 iv[ESPGW_IV_MAX] __aligned(8);
	u8 aad[ESPGW_AAD_MAX] __aligned(8);
	struct scatterlist sg[2 + MAX_SKB_FRAGS];
	bool linear;
	unsigned int reqsize;
	struct aead_request req CRYPTO_MINALIGN_ATTR;
};

int espgw_crypto_setup(struct espgw_sa *sa, struct netlink_ext_ack *extack);
int espgw_crypto_run(struct espgw_sa *sa, struct sk_buff *skb, u64 seq,
		     u32 frag_mtu, unsigned int esp_off, bool encrypt);
void espgw_op_free(struct espgw_op *op);

void espgw_crypto_exit(void);

#endif
