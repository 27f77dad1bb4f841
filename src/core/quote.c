// SPDX-License-Identifier: GPL-2.0
/*
 * The packet that an ICMP error quotes (RFC 792, RFC 1812, RFC 4443).
 *
 * All of it was written by a stranger. Nothing is read behind the bytes that
 * are there, whatever lengths the quoted headers tell; those are only reported.
 * What cannot be the beginning of a packet that the gateway sent is
 * ESPGW_QUOTE_OTHER.
 */

#include "quote.h"

/* Every router quotes at least so much behind the IP header (RFC 792). */
#define QUOTE_MIN	8

/* SPI and sequence number */
#define ESP_HDR		8

/* The only extension header that the gateway's own IPv6 packets may have. */
#define IP6_FRAG_HDR	8

static enum espgw_quote_result quote_esp(struct espgw_quote *q, const u8 *data,
					 u32 avail)
{
	if (avail >= 4) {
		memcpy(&q->spi, data, 4);
		q->has_spi = true;
	}
	if (avail >= ESP_HDR) {
		q->seq = espgw_get_be32(data + 4);
		q->has_seq = true;
	}
	return ESPGW_QUOTE_OK;
}

/*
 * @data: what is quoted behind the IP headers, at least QUOTE_MIN bytes.
 * @payload: how much the packet itself had there, as its header says.
 */
static enum espgw_quote_result quote_upper(struct espgw_quote *q, u8 proto,
					   const u8 *data, u32 avail,
					   u32 payload)
{
	switch (proto) {
	case ESPGW_PROTO_ESP:
		if (payload < ESP_HDR)
			return ESPGW_QUOTE_OTHER;
		return quote_esp(q, data, avail);
	case ESPGW_PROTO_UDP:
		/* Shorter ones are keepalives (RFC 3948 2.3). */
		if (payload < ESPGW_UDP_HDR + ESP_HDR)
			return ESPGW_QUOTE_OTHER;
		q->udp = true;
		q->sport = espgw_get_be16(data);
		q->dport = espgw_get_be16(data + 2);
		data += ESPGW_UDP_HDR;
		avail -= ESPGW_UDP_HDR;
		/* The non-ESP marker, RFC 3948 2.2: IKE. */
		if (avail >= 4 && !espgw_get_be32(data))
			return ESPGW_QUOTE_OTHER;
		return quote_esp(q, data, avail);
	}
	return ESPGW_QUOTE_OTHER;
}

static enum espgw_quote_result quote_ip4(struct espgw_quote *q, const u8 *data,
					 u32 avail)
{
	u32 hdr_len, frag;

	if (avail < ESPGW_IP4_HDR_MIN + QUOTE_MIN)
		return ESPGW_QUOTE_TRUNCATED;
	hdr_len = (data[0] & 0xf) * 4;
	if (data[0] >> 4 != 4 || hdr_len < ESPGW_IP4_HDR_MIN)
		return ESPGW_QUOTE_OTHER;
	if (avail < hdr_len + QUOTE_MIN)
		return ESPGW_QUOTE_TRUNCATED;
	q->len = espgw_get_be16(data + 2);
	frag = espgw_get_be16(data + 6);
	q->df = frag & ESPGW_IP4_DF;
	memcpy(&q->src.a[0], data + 12, 4);
	memcpy(&q->dst.a[0], data + 16, 4);
	/* A later fragment begins with ciphertext, not with an ESP header. */
	if (frag & ESPGW_IP4_OFFSET || q->len < hdr_len)
		return ESPGW_QUOTE_OTHER;
	return quote_upper(q, data[9], data + hdr_len, avail - hdr_len,
			   q->len - hdr_len);
}

static enum espgw_quote_result quote_ip6(struct espgw_quote *q, const u8 *data,
					 u32 avail)
{
	u32 hdr_len = ESPGW_IP6_HDR;
	u8 proto;

	if (avail < ESPGW_IP6_HDR + QUOTE_MIN)
		return ESPGW_QUOTE_TRUNCATED;
	if (data[0] >> 4 != 6)
		return ESPGW_QUOTE_OTHER;
	q->len = ESPGW_IP6_HDR + espgw_get_be16(data + 4);
	q->df = true;
	memcpy(&q->src, data + 8, sizeof(q->src));
	memcpy(&q->dst, data + 24, sizeof(q->dst));
	proto = data[6];
	if (proto == ESPGW_PROTO_FRAGMENT) {
		hdr_len += IP6_FRAG_HDR;
		if (avail < hdr_len + QUOTE_MIN)
			return ESPGW_QUOTE_TRUNCATED;
		proto = data[ESPGW_IP6_HDR];
		if (espgw_get_be16(data + ESPGW_IP6_HDR + 2) & ~7u)
			return ESPGW_QUOTE_OTHER;
		if (q->len < hdr_len)
			return ESPGW_QUOTE_OTHER;
	}
	return quote_upper(q, proto, data + hdr_len, avail - hdr_len,
			   q->len - hdr_len);
}

/**
 * espgw_quote_parse() - read the packet that an ICMP error quotes
 * @q: filled; without ESPGW_QUOTE_OK nothing of it counts
 * @data: the quote, of any alignment
 * @avail: its bytes
 * @family: of the ICMP message and so of the quote, 4 or 6
 *
 * A quote of the least length shows SPI and sequence number of ESP exactly.
 * Under UDP encapsulation it ends before them: it is ESPGW_QUOTE_OK without
 * @q->has_spi, and good for a hint at most.
 *
 * Return: enum espgw_quote_result.
 */
enum espgw_quote_result espgw_quote_parse(struct espgw_quote *q, const u8 *data,
					  u32 avail, u8 family)
{
	memset(q, 0, sizeof(*q));
	q->family = family;
	return family == 6 ? quote_ip6(q, data, avail) :
			     quote_ip4(q, data, avail);
}
