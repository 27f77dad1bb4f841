// SPDX-License-Identifier: GPL-2.0
/* Quoted packets: built, truncated at every length, mutated. */

#include "quote.h"
#include "test.h"

#define QUOTE_MAX	256

/* -- the oracle: reads through a window that says when it is left */

static int at(const u8 *p, u32 avail, u32 i)
{
	return i < avail ? p[i] : -1;
}

/* n bytes from i on as a number, or -1 */
static s64 number(const u8 *p, u32 avail, u32 i, u32 n)
{
	s64 v = 0;

	while (n--) {
		if (at(p, avail, i) < 0)
			return -1;
		v = v * 256 + at(p, avail, i++);
	}
	return v;
}

static enum espgw_quote_result naive(struct espgw_quote *q, const u8 *p,
				     u32 avail, u8 family)
{
	u32 hdr = family == 4 ? 20 : 40, proto, esp;
	s64 spi, seq;

	memset(q, 0, sizeof(*q));
	q->family = family;
	if (avail < hdr + 8)
		return ESPGW_QUOTE_TRUNCATED;
	if (p[0] / 16 != family)
		return ESPGW_QUOTE_OTHER;
	if (family == 4) {
		hdr = p[0] % 16 * 4;
		if (hdr < 20)
			return ESPGW_QUOTE_OTHER;
		if (avail < hdr + 8)
			return ESPGW_QUOTE_TRUNCATED;
		q->len = get16(p + 2);
		q->df = p[6] >> 6 & 1;
		memcpy(&q->src, p + 12, 4);
		memcpy(&q->dst, p + 16, 4);
		proto = p[9];
		if (get16(p + 6) % 0x2000)
			return ESPGW_QUOTE_OTHER;
	} else {
		q->len = get16(p + 4) + 40;
		q->df = true;
		memcpy(&q->src, p + 8, 16);
		memcpy(&q->dst, p + 24, 16);
		proto = p[6];
		if (proto == 44) {
			hdr = 48;
			if (avail < 56)
				return ESPGW_QUOTE_TRUNCATED;
			proto = p[40];
			if (get16(p + 42) / 8)
				return ESPGW_QUOTE_OTHER;
		}
	}
	if (proto != 50 && proto != 17)
		return ESPGW_QUOTE_OTHER;
	esp = proto == 17 ? hdr + 8 : hdr;
	/* a packet that can hold SPI and sequence number at all */
	if (q->len < esp + 8)
		return ESPGW_QUOTE_OTHER;
	if (proto == 17) {
		q->udp = true;
		q->sport = (u16)get16(p + hdr);
		q->dport = (u16)get16(p + hdr + 2);
	}
	spi = number(p, avail, esp, 4);
	seq = number(p, avail, esp + 4, 4);
	if (proto == 17 && spi == 0)
		return ESPGW_QUOTE_OTHER;
	if (spi >= 0) {
		q->has_spi = true;
		memcpy(&q->spi, p + esp, 4);
	}
	if (seq >= 0) {
		q->has_seq = true;
		q->seq = (u32)seq;
	}
	return ESPGW_QUOTE_OK;
}

static enum espgw_quote_result check(const u8 *p, u32 avail, u8 family)
{
	enum espgw_quote_result got, want;
	struct espgw_quote q, w;
	u8 *data = exactly(p, avail);

	memset(&q, 0x55, sizeof(q));
	got = espgw_quote_parse(&q, data, avail, family);
	free(data);
	want = naive(&w, p, avail, family);
	if (!CHECK_EQ(got, want) || got != ESPGW_QUOTE_OK)
		return got;
	CHECK(!memcmp(&q.src, &w.src, 16));
	CHECK(!memcmp(&q.dst, &w.dst, 16));
	CHECK_EQ(q.len, w.len);
	CHECK_EQ(q.df, w.df);
	CHECK_EQ(q.family, family);
	CHECK_EQ(q.udp, w.udp);
	CHECK_EQ(q.sport, w.sport);
	CHECK_EQ(q.dport, w.dport);
	CHECK_EQ(q.has_spi, w.has_spi);
	CHECK_EQ(q.has_seq, w.has_seq);
	CHECK_EQ(q.spi, w.spi);
	CHECK_EQ(q.seq, w.seq);
	CHECK(!q.has_seq || q.has_spi);
	return got;
}

/* -- quotes */

/* An ESP packet's beginning; returns where its ESP header is. */
static u32 build(u8 *p, u8 family, u32 options, bool udp, bool frag)
{
	u32 hdr, esp;

	rnd_bytes(p, QUOTE_MAX);
	if (family == 4) {
		hdr = 20 + options;
		p[0] = (u8)(0x40 | hdr / 4);
		put16(p + 2, 1500);
		put16(p + 6, 0x4000);
		p[9] = udp ? 17 : 50;
	} else {
		hdr = frag ? 48 : 40;
		p[0] = (u8)(0x60 | p[0] % 16);
		put16(p + 4, 1460);
		p[6] = udp ? 17 : 50;
		if (frag) {
			p[40] = p[6];
			p[6] = 44;
			put16(p + 42, 1);
		}
	}
	esp = hdr + (udp ? 8 : 0);
	if (udp)
		put16(p + hdr, 4500);
	put32(p + esp, 0xc0ffee01);
	put32(p + esp + 4, 0x01020304);
	return esp;
}

static void truncations(void)
{
	u32 family, options, udp, frag, len, esp, hdr;
	enum espgw_quote_result result;
	struct espgw_quote q;
	u8 p[QUOTE_MAX];

	for (family = 4; family <= 6; family += 2)
	for (options = 0; options <= (family == 4 ? 40 : 0); options += 4)
	for (udp = 0; udp < 2; udp++)
	for (frag = 0; frag < (family == 6 ? 2 : 1); frag++) {
		esp = build(p, (u8)family, options, udp, frag);
		hdr = esp - udp * 8;
		for (len = 0; len <= QUOTE_MAX; len++) {
			result = check(p, len, (u8)family);
			CHECK_EQ(result, len < hdr + 8 ?
				 ESPGW_QUOTE_TRUNCATED : ESPGW_QUOTE_OK);
			if (result != ESPGW_QUOTE_OK)
				continue;
			espgw_quote_parse(&q, p, len, (u8)family);
			CHECK_EQ(q.has_spi, len >= esp + 4);
			CHECK_EQ(q.has_seq, len >= esp + 8);
			CHECK(!q.has_spi || !memcmp(&q.spi, p + esp, 4));
			CHECK(!q.has_seq || q.seq == 0x01020304);
			CHECK_EQ(q.len, 1500);
			CHECK(q.df);
			CHECK(!udp || q.sport == 4500);
		}
	}
}

/* Every length that a short packet's header tells. */
static void lengths(void)
{
	u32 family, udp, frag, len, esp;
	u8 p[QUOTE_MAX];

	for (family = 4; family <= 6; family += 2)
	for (udp = 0; udp < 2; udp++)
	for (frag = 0; frag < (family == 6 ? 2 : 1); frag++)
	for (len = 0; len < 100; len++) {
		esp = build(p, (u8)family, 0, udp, frag);
		if (family == 4)
			put16(p + 2, len);
		else
			put16(p + 4, len);
		CHECK_EQ(check(p, 100, (u8)family),
			 len + (family == 6 ? 40 : 0) < esp + 8 ?
			 ESPGW_QUOTE_OTHER : ESPGW_QUOTE_OK);
	}
}

static void cases(void)
{
	u8 p[QUOTE_MAX];
	u32 proto, esp;

	esp = build(p, 4, 0, false, false);
	CHECK_EQ(check(p, 28, 4), ESPGW_QUOTE_OK);
	CHECK_EQ(check(p, 28, 6), ESPGW_QUOTE_TRUNCATED);
	CHECK_EQ(check(p, 100, 6), ESPGW_QUOTE_OTHER);
	/* no protocol but ESP and UDP */
	for (proto = 0; proto < 256; proto++) {
		p[9] = (u8)proto;
		CHECK_EQ(check(p, 100, 4), proto == 50 || proto == 17 ?
			 ESPGW_QUOTE_OK : ESPGW_QUOTE_OTHER);
	}
	p[9] = 50;
	/* a first fragment is ours, a later one shows ciphertext */
	put16(p + 6, 0x2000);
	CHECK_EQ(check(p, 100, 4), ESPGW_QUOTE_OK);
	put16(p + 6, 0x2001);
	CHECK_EQ(check(p, 100, 4), ESPGW_QUOTE_OTHER);
	put16(p + 6, 1);
	CHECK_EQ(check(p, 100, 4), ESPGW_QUOTE_OTHER);
	put16(p + 6, 0x4000);
	/* a length that has no room for an ESP header */
	put16(p + 2, 27);
	CHECK_EQ(check(p, 100, 4), ESPGW_QUOTE_OTHER);
	put16(p + 2, 28);
	CHECK_EQ(check(p, 100, 4), ESPGW_QUOTE_OK);
	put16(p + 2, 0);
	CHECK_EQ(check(p, 100, 4), ESPGW_QUOTE_OTHER);
	put16(p + 2, 65535);	/* longer than the quote: of course */
	CHECK_EQ(check(p, 28, 4), ESPGW_QUOTE_OK);
	p[0] = 0x44;
	CHECK_EQ(check(p, 100, 4), ESPGW_QUOTE_OTHER);
	p[0] = 0x35;
	CHECK_EQ(check(p, 100, 4), ESPGW_QUOTE_OTHER);
	p[0] = 0x4f;	/* the longest header and 8 bytes */
	CHECK_EQ(check(p, 67, 4), ESPGW_QUOTE_TRUNCATED);
	CHECK_EQ(check(p, 68, 4), ESPGW_QUOTE_OK);

	/* IKE, a keepalive, and ESP that is neither */
	esp = build(p, 4, 0, true, false);
	CHECK_EQ(check(p, esp, 4), ESPGW_QUOTE_OK);
	CHECK_EQ(check(p, esp + 8, 4), ESPGW_QUOTE_OK);
	put32(p + esp, 0);
	CHECK_EQ(check(p, esp + 8, 4), ESPGW_QUOTE_OTHER);
	CHECK_EQ(check(p, esp + 4, 4), ESPGW_QUOTE_OTHER);
	CHECK_EQ(check(p, esp + 3, 4), ESPGW_QUOTE_OK);
	put32(p + esp, 1);
	put16(p + 2, 29);
	CHECK_EQ(check(p, esp + 8, 4), ESPGW_QUOTE_OTHER);

	/* IPv6: a fragment header, but no other extension header */
	build(p, 6, 0, false, true);
	CHECK_EQ(check(p, 100, 6), ESPGW_QUOTE_OK);
	put16(p + 42, 0);
	CHECK_EQ(check(p, 100, 6), ESPGW_QUOTE_OK);
	put16(p + 42, 8);
	CHECK_EQ(check(p, 100, 6), ESPGW_QUOTE_OTHER);
	put16(p + 42, 0);
	p[40] = 44;
	CHECK_EQ(check(p, 100, 6), ESPGW_QUOTE_OTHER);
	p[40] = 50;
	for (proto = 0; proto < 256; proto++) {
		p[6] = (u8)proto;
		CHECK_EQ(check(p, 100, 6), proto == 50 || proto == 17 ||
			 proto == 44 ? ESPGW_QUOTE_OK : ESPGW_QUOTE_OTHER);
	}
	p[6] = 44;
	put16(p + 4, 7);	/* less than its fragment header */
	CHECK_EQ(check(p, 100, 6), ESPGW_QUOTE_OTHER);
}

static void mutated(void)
{
	u32 n = rounds(200000), len, flips, i;
	u32 ok = 0, all = n;
	u8 p[QUOTE_MAX];
	u8 family;

	while (n--) {
		family = one_in(2) ? 4 : 6;
		if (one_in(16))
			rnd_bytes(p, sizeof(p));
		else
			build(p, family, rnd_below(11) * 4, one_in(2),
			      one_in(3));
		for (flips = rnd_below(5); flips; flips--) {
			i = rnd_below(one_in(2) ? 20 : 80);
			if (one_in(2))
				p[i] ^= (u8)(1 << rnd_below(8));
			else
				p[i] = (u8)rnd();
		}
		len = rnd_below(one_in(2) ? 80 : QUOTE_MAX);
		ok += check(p, len, family) == ESPGW_QUOTE_OK;
	}
	CHECK(all < 1000 || ok > all / 20);
}

TESTS({ "quotes worth a name", cases },
      { "every truncation of every shape", truncations },
      { "mutated quotes", mutated, true },
      { "every length of short packets", lengths });
