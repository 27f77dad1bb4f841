// SPDX-License-Identifier: GPL-2.0
/*
 * The maximum segment size that a TCP SYN offers (RFC 9293 3.7.1, RFC 6691).
 *
 * The options were written by a stranger. Nothing is read behind the header,
 * and if they are malformed anywhere nothing at all is changed.
 */

#include "mss.h"

/* The fixed header and where its fields are, bytes (RFC 9293 3.1). */
#define TCP_HDR		20
#define TCP_DOFF	12
#define TCP_FLAGS	13
#define TCP_CHECK	16

#define TCP_SYN		0x02
#define TCP_RST		0x04
#define TCP_DOFF_MAX	15

/* RFC 9293 3.2 */
#define OPT_END		0
#define OPT_NOP		1
#define OPT_MSS		2
#define OPT_MSS_LEN	4

/* What a SYN without the option offers: RFC 9293 3.7.1. */
#define MSS_DEFAULT_IP4	536
#define MSS_DEFAULT_IP6	1220

/* Add in ones' complement, as the Internet checksum does (RFC 1071). */
static u16 ones_add(u16 a, u16 b)
{
	u32 sum = (u32)a + b;

	return (u16)(sum + (sum >> 16));
}

/*
 * Update the checksum after a 16-bit word m was changed to m'; @change is ~m +
 * m' (RFC 1624 eqn. 3). One that was wrong stays as wrong as it was. A partial
 * one is the bare sum, not its complement, so it is not flipped.
 */
static void csum_update(u8 *tcp, u16 change, bool partial)
{
	u16 flip = partial ? 0 : 0xffff;
	u16 sum = espgw_get_be16(tcp + TCP_CHECK) ^ flip;

	espgw_put_be16(tcp + TCP_CHECK, ones_add(sum, change) ^ flip);
}

/*
 * The next MSS option from @off on, or 0 if there is none up to the end of the
 * options, or negative if they are malformed before that.
 */
static int mss_find(const u8 *tcp, u32 hdr_len, u32 off)
{
	u32 opt_len;

	while (off < hdr_len && tcp[off] != OPT_END) {
		if (tcp[off] == OPT_NOP) {
			off++;
			continue;
		}
		if (hdr_len - off < 2)
			return -EINVAL;
		opt_len = tcp[off + 1];
		if (opt_len < 2 || opt_len > hdr_len - off)
			return -EINVAL;
		if (tcp[off] == OPT_MSS)
			return opt_len == OPT_MSS_LEN ? (int)off : -EINVAL;
		off += opt_len;
	}
	return 0;
}

static void mss_lower(u8 *tcp, u32 off, u16 mss, bool partial)
{
	u16 old = espgw_get_be16(tcp + off + 2);
	u16 change = ones_add((u16)~old, mss);

	espgw_put_be16(tcp + off + 2, mss);
	if (partial)
		return;
	/* At an odd offset the bytes count in the sum the other way round. */
	if (off & 1)
		change = (u16)(change << 8 | change >> 8);
	csum_update(tcp, change, false);
}

/*
 * Put the option directly behind the fixed header: it is 4 bytes long, so the
 * others, which move by 4, stay aligned.
 */
static void mss_insert(u8 *tcp, u32 hdr_len, u16 mss, bool partial)
{
	u8 *opt = tcp + TCP_HDR;

	memmove(opt + OPT_MSS_LEN, opt, hdr_len - TCP_HDR);
	opt[0] = OPT_MSS;
	opt[1] = OPT_MSS_LEN;
	espgw_put_be16(opt + 2, mss);
	tcp[TCP_DOFF] += 1 << 4;

	/* The pseudo-header's length has grown. A partial sum has only that. */
	csum_update(tcp, OPT_MSS_LEN, partial);
	if (partial)
		return;
	csum_update(tcp, 1 << 12, false);	/* the data offset */
	csum_update(tcp, OPT_MSS << 8 | OPT_MSS_LEN, false);
	csum_update(tcp, mss, false);
}

/**
 * espgw_mss_of() - the MSS for an inner MTU
 * @inner_mtu: the largest inner packet, bytes
 * @family: the inner packet's, 4 or 6
 *
 * Only the fixed headers are subtracted: a sender takes the options that it
 * sends into account by itself (RFC 6691 2).
 *
 * Return: bytes, at most 65535; 0 if there is no room behind the headers.
 */
u16 espgw_mss_of(u32 inner_mtu, u8 family)
{
	u32 hdrs = (family == 6 ? ESPGW_IP6_HDR : ESPGW_IP4_HDR_MIN) + TCP_HDR;

	if (inner_mtu <= hdrs)
		return 0;
	return (u16)min_t(u32, inner_mtu - hdrs, 0xffff);
}

/**
 * espgw_mss_clamp() - have a TCP SYN offer no more than an MSS
 * @tcp: the TCP header of a segment that is not a fragment, writable, of any
 *	alignment
 * @len: bytes of the segment, header and data, that are there in one piece;
 *	more than the header means that it carries data
 * @room: bytes that may be written behind @len; 0 if @len is not the whole
 *	segment
 * @mss: bytes, what the offer must not exceed; 0: nothing is done
 * @family: the inner packet's, 4 or 6
 * @partial: the checksum field holds the pseudo-header's sum alone, not
 *	complemented, as for a device that completes it
 *
 * An offer is never raised. Receivers differ in which of several MSS options
 * they take, so each that is too great is lowered. A SYN without one offers
 * the default, and gets one if that is too great; but not with data, which
 * would have to move and may already fill the packet.
 *
 * A SYN with RST opens no connection (RFC 9293 3.10.7: RST is looked at first)
 * and is left alone. One with FIN does, and is a SYN like others.
 *
 * Malformed, so that nothing is changed: an option of length 0 or 1, one that
 * ends behind the header, an MSS option whose length is not 4. What follows an
 * end-of-list option is not looked at.
 *
 * The checksum is kept right (RFC 1624), with the pseudo-header's length if an
 * option was inserted. The length in the IP header is left to the caller.
 *
 * Return: enum espgw_mss_result.
 */
enum espgw_mss_result espgw_mss_clamp(u8 *tcp, u32 len, u32 room, u16 mss,
				      u8 family, bool partial)
{
	bool seen = false, too_great = false;
	u32 hdr_len;
	int off;

	if (!mss || len < TCP_HDR ||
	    (tcp[TCP_FLAGS] & (TCP_SYN | TCP_RST)) != TCP_SYN)
		return ESPGW_MSS_NONE;
	hdr_len = (tcp[TCP_DOFF] >> 4) * 4;
	if (hdr_len < TCP_HDR || hdr_len > len)
		return ESPGW_MSS_NONE;

	/* Read all before writing anything: the end may be malformed. */
	for (off = mss_find(tcp, hdr_len, TCP_HDR); off > 0;
	     off = mss_find(tcp, hdr_len, off + OPT_MSS_LEN)) {
		seen = true;
		too_great |= espgw_get_be16(tcp + off + 2) > mss;
	}
	if (off < 0)
		return ESPGW_MSS_NONE;

	if (!seen) {
		if (mss >= (family == 6 ? MSS_DEFAULT_IP6 : MSS_DEFAULT_IP4) ||
		    len != hdr_len || hdr_len == TCP_DOFF_MAX * 4 ||
		    room < OPT_MSS_LEN)
			return ESPGW_MSS_NONE;
		mss_insert(tcp, hdr_len, mss, partial);
		return ESPGW_MSS_INSERTED;
	}
	if (!too_great)
		return ESPGW_MSS_NONE;
	for (off = mss_find(tcp, hdr_len, TCP_HDR); off > 0;
	     off = mss_find(tcp, hdr_len, off + OPT_MSS_LEN))
		if (espgw_get_be16(tcp + off + 2) > mss)
			mss_lower(tcp, off, mss, partial);
	return ESPGW_MSS_LOWERED;
}
