// SPDX-License-Identifier: GPL-2.0
/* Reading headers: built packets, every truncation, and hostile bytes. */

#include "test.h"
#include "view.h"

#define PACKET_MAX	4096

/* -- the oracle: a whole packet, read the slow way */

struct reader {
	const u8 *p;
	u32 len;
	bool beyond;
};

static u32 rd8(struct reader *r, u32 at)
{
	if (at >= r->len) {
		r->beyond = true;
		return 0;
	}
	return r->p[at];
}

static u32 rd16(struct reader *r, u32 at)
{
	return rd8(r, at) * 256 + rd8(r, at + 1);
}

static void rd_addr(struct reader *r, u32 at, u32 n, struct espgw_addr *a)
{
	u8 bytes[16] = { 0 };
	u32 i;

	for (i = 0; i < n; i++)
		bytes[i] = (u8)rd8(r, at + i);
	memcpy(a, bytes, 16);
}

static void naive_upper(struct reader *r, struct espgw_view *v)
{
	static const u8 with_ports[] = { 6, 17, 33, 132, 136 };
	struct reader sub = { r->p + v->hdr_len, v->len - v->hdr_len, false };
	u32 a, b, i;

	if (v->frag_off)
		return;
	for (i = 0; i < sizeof(with_ports); i++) {
		if (v->proto != with_ports[i])
			continue;
		a = rd16(&sub, 0);
		b = rd16(&sub, 2);
		if (sub.beyond)
			return;
		v->sport = (u16)a;
		v->dport = (u16)b;
		v->has_ports = true;
	}
	if (v->proto == (v->family == 4 ? 1 : 58)) {
		a = rd8(&sub, 0);
		b = rd8(&sub, 1);
		if (sub.beyond)
			return;
		v->icmp_type = (u8)a;
		v->icmp_code = (u8)b;
	}
}

static bool naive4(struct espgw_view *v, const u8 *p, u32 total)
{
	struct reader r = { p, total, false };
	u32 frag;

	memset(v, 0, sizeof(*v));
	v->family = 4;
	v->hdr_len = (u16)(rd8(&r, 0) % 16 * 4);
	v->tos = (u8)rd8(&r, 1);
	v->len = rd16(&r, 2);
	v->id = (u16)rd16(&r, 4);
	frag = rd16(&r, 6);
	v->df = frag / 0x4000 % 2;
	v->mf = frag / 0x2000 % 2;
	v->frag_off = (u16)(frag % 0x2000 * 8);
	v->is_frag = v->mf || v->frag_off;
	v->ttl = (u8)rd8(&r, 8);
	v->proto = (u8)rd8(&r, 9);
	rd_addr(&r, 12, 4, &v->src);
	rd_addr(&r, 16, 4, &v->dst);
	if (r.beyond || p[0] / 16 != 4 || v->hdr_len < 20 ||
	    v->len < v->hdr_len || v->len > total)
		return false;
	naive_upper(&r, v);
	return true;
}

static bool naive6(struct espgw_view *v, const u8 *p, u32 total)
{
	struct reader r = { p, total, false };
	u32 next, at = 40, headers = 0, frags = 0, frag;

	memset(v, 0, sizeof(*v));
	v->family = 6;
	v->df = true;
	v->tos = (u8)(rd16(&r, 0) / 16 % 256);
	v->len = 40 + rd16(&r, 4);
	next = rd8(&r, 6);
	v->ttl = (u8)rd8(&r, 7);
	rd_addr(&r, 8, 16, &v->src);
	rd_addr(&r, 24, 16, &v->dst);
	if (r.beyond || p[0] / 16 != 6 || v->len > total ||
	    (v->len == 40 && next != 59))
		return false;
	r.len = v->len;
	while ((next == 0 || next == 43 || next == 44 || next == 60) &&
	       !v->frag_off) {
		if (++headers > 8 || (next == 0 && headers > 1))
			return false;
		if (next == 44) {
			if (++frags > 1)
				return false;
			frag = rd16(&r, at + 2);
			v->frag_off = (u16)(frag / 8 * 8);
			v->mf = frag % 2;
			v->is_frag = v->mf || v->frag_off;
			v->frag_hdr = (u16)at;
			v->id = rd16(&r, at + 4) << 16 | rd16(&r, at + 6);
			next = rd8(&r, at);
			at += 8;
		} else {
			next = rd8(&r, at);
			at += rd8(&r, at + 1) * 8 + 8;
		}
		if (r.beyond || at > r.len)
			return false;
	}
	v->proto = (u8)next;
	v->hdr_len = (u16)at;
	naive_upper(&r, v);
	return true;
}

static bool naive(struct espgw_view *v, const u8 *p, u32 total)
{
	if (total && p[0] / 16 == 4)
		return naive4(v, p, total);
	if (total && p[0] / 16 == 6)
		return naive6(v, p, total);
	return false;
}

/* -- comparison */

static bool same(const struct espgw_view *a, const struct espgw_view *b)
{
	bool ok = true;

	ok &= CHECK(!memcmp(&a->src, &b->src, 16));
	ok &= CHECK(!memcmp(&a->dst, &b->dst, 16));
	ok &= CHECK_EQ(a->len, b->len);
	ok &= CHECK_EQ(a->hdr_len, b->hdr_len);
	ok &= CHECK_EQ(a->frag_off, b->frag_off);
	ok &= CHECK_EQ(a->id, b->id);
	ok &= CHECK_EQ(a->frag_hdr, b->frag_hdr);
	ok &= CHECK_EQ(a->sport, b->sport);
	ok &= CHECK_EQ(a->dport, b->dport);
	ok &= CHECK_EQ(a->family, b->family);
	ok &= CHECK_EQ(a->proto, b->proto);
	ok &= CHECK_EQ(a->tos, b->tos);
	ok &= CHECK_EQ(a->ttl, b->ttl);
	ok &= CHECK_EQ(a->icmp_type, b->icmp_type);
	ok &= CHECK_EQ(a->icmp_code, b->icmp_code);
	ok &= CHECK_EQ(a->df, b->df);
	ok &= CHECK_EQ(a->mf, b->mf);
	ok &= CHECK_EQ(a->is_frag, b->is_frag);
	ok &= CHECK_EQ(a->has_ports, b->has_ports);
	return ok;
}

/* Fills what the core must write itself, so that a member left out shows. */
static void poison(struct espgw_view *v)
{
	memset(v, 0x55, sizeof(*v));
	v->df = v->mf = v->is_frag = v->has_ports = true;
}

static void check(const u8 *p, u32 avail, u32 total)
{
	enum espgw_view_result result;
	struct espgw_view v, want;
	u32 asked, turns;
	bool ok;
	u8 *data;

	ok = naive(&want, p, total);
	/* What the first reading does not have is asked for, until it has. */
	for (turns = 0;; turns++) {
		data = exactly(p, avail);
		poison(&v);
		result = espgw_view(&v, data, avail, total);
		free(data);
		if (result != ESPGW_VIEW_SHORT)
			break;
		asked = v.need;
		if (!CHECK(asked > avail) || !CHECK(asked <= total) ||
		    !CHECK(turns < 12) ||
		    !CHECK(!ok || asked <= want.hdr_len + 4u))
			return;
		avail = asked;
	}
	if (!CHECK_EQ(result, ok ? ESPGW_VIEW_OK : ESPGW_VIEW_MALFORMED))
		return;
	if (!ok)
		return;
	same(&v, &want);
	/* What says OK is there to be read, IPv4 options too. */
	CHECK(v.family == 6 || avail >= v.hdr_len);
	CHECK(!v.has_ports || avail >= v.hdr_len + 4u);
}

/* -- packets */

static u32 build4(u8 *p)
{
	static const u8 protos[] = {
		1, 6, 6, 17, 17, 33, 47, 50, 51, 58, 59, 132, 136, 255,
	};
	u32 hdr = one_in(3) ? rnd_range(5, 15) * 4 : 20;
	u32 len = hdr + rnd_below(one_in(2) ? 12 : 1500);

	rnd_bytes(p, len);
	p[0] = (u8)(0x40 | hdr / 4);
	put16(p + 2, len);
	if (one_in(2))
		put16(p + 6, one_in(2) ? 0x4000 : 0);
	else if (one_in(2))
		put16(p + 6, 0x2000);
	p[9] = protos[rnd_below(sizeof(protos))];
	return len;
}

static u32 build6(u8 *p)
{
	static const u8 protos[] = { 6, 17, 33, 50, 51, 58, 59, 132, 136, 1 };
	u32 at = 40, link = 6, n, len;
	u8 next;

	rnd_bytes(p, PACKET_MAX);
	p[0] = (u8)(0x60 | p[0] % 16);
	if (one_in(4)) {
		p[link] = 0;
		link = at;
		p[at + 1] = one_in(8) ? 3 : 0;
		at += p[at + 1] * 8 + 8;
	}
	for (n = one_in(2) ? 0 : rnd_below(one_in(10) ? 10 : 4); n; n--) {
		next = one_in(3) ? 44 : one_in(2) ? 43 : 60;
		p[link] = next;
		link = at;
		if (next == 44) {
			put16(p + at + 2, one_in(2) ? 1 : one_in(2) ? 0 :
				      rnd_below(65536));
			at += 8;
		} else {
			p[at + 1] = one_in(8) ? 5 : 0;
			at += p[at + 1] * 8 + 8;
		}
	}
	p[link] = protos[rnd_below(sizeof(protos))];
	len = at + rnd_below(one_in(2) ? 6 : 200);
	put16(p + 4, len - 40);
	return len;
}

static void built(void)
{
	u32 n = rounds(20000);
	u32 len, total, avail;
	u8 p[PACKET_MAX];

	while (n--) {
		len = one_in(2) ? build4(p) : build6(p);
		total = len + (one_in(4) ? rnd_below(50) : 0);
		for (avail = 0; avail <= total && avail < 100; avail++)
			check(p, avail, total);
		check(p, rnd_below(total + 1), total);
		check(p, total, total);
	}
}

static void hostile(void)
{
	u32 n = rounds(200000);
	u32 total, flips;
	u8 p[PACKET_MAX];

	while (n--) {
		if (one_in(16)) {
			total = rnd_below(120);
			rnd_bytes(p, total);
		} else {
			total = one_in(2) ? build4(p) : build6(p);
		}
		for (flips = rnd_below(4); flips && total; flips--)
			p[rnd_below(one_in(2) ? total : min(total, 48u))] =
				(u8)rnd();
		if (one_in(4))
			total = rnd_below(total + 1);
		check(p, rnd_below(total + 1), total);
	}
}

/* Read until all that is asked for is there. */
static enum espgw_view_result read_super(struct espgw_view *v, const u8 *p,
					 u32 avail, u32 total)
{
	enum espgw_view_result result;
	u8 *data;

	for (;;) {
		data = exactly(p, avail);
		poison(v);
		result = espgw_view_super(v, data, avail, total);
		free(data);
		if (result != ESPGW_VIEW_SHORT ||
		    !CHECK(v->need > avail && v->need <= PACKET_MAX))
			return result;
		avail = v->need;
	}
}

/*
 * A super-packet is as the same packet of usual length, but for its length. Where
 * that one's length is told, it is none.
 */
static void supers(void)
{
	u32 n = rounds(20000), all = n, len, total, told, seen = 0;
	struct espgw_view v, want;
	u8 p[PACKET_MAX];

	while (n--) {
		len = one_in(2) ? build4(p) : build6(p);
		total = ESPGW_MTU_MAX + 1 + rnd_below(1 << rnd_below(20));
		told = p[0] / 16 == 4 ? 2 : 4;
		if (!naive(&want, p, len) || len < want.hdr_len + 8u)
			continue;
		if (p[told] || p[told + 1])
			CHECK_EQ(read_super(&v, p, rnd_below(len + 1), total),
				 ESPGW_VIEW_MALFORMED);
		put16(p + told, 0);
		CHECK_EQ(read_super(&v, p, len, ESPGW_MTU_MAX),
			 ESPGW_VIEW_MALFORMED);
		if (!CHECK_EQ(read_super(&v, p, rnd_below(len + 1), total),
			      ESPGW_VIEW_OK))
			continue;
		want.len = total;
		same(&v, &want);
		seen++;
	}
	CHECK(all < 20000 || seen > 1000);
}

/* What cannot be read to its end: the fixed header alone, of any bytes. */
static void addresses(void)
{
	u32 n = rounds(50000), len, avail;
	struct espgw_view v, want;
	struct reader r;
	u8 p[PACKET_MAX], *data;
	bool ok;

	while (n--) {
		len = one_in(2) ? build4(p) : build6(p);
		if (one_in(8))
			p[0] = (u8)rnd();
		avail = one_in(2) ? len : rnd_below(min(len, 50u) + 1);
		r = (struct reader) { p, avail, false };
		memset(&want, 0, sizeof(want));
		want.is_frag = want.df = true;
		want.frag_off = 8;
		ok = true;
		if (rd8(&r, 0) / 16 == 4) {
			want.family = 4;
			want.hdr_len = 20;
			want.tos = (u8)rd8(&r, 1);
			want.len = rd16(&r, 2);
			want.ttl = (u8)rd8(&r, 8);
			want.proto = (u8)rd8(&r, 9);
			rd_addr(&r, 12, 4, &want.src);
			rd_addr(&r, 16, 4, &want.dst);
		} else if (rd8(&r, 0) / 16 == 6) {
			want.family = 6;
			want.hdr_len = 40;
			want.tos = (u8)(rd16(&r, 0) / 16 % 256);
			want.len = 40 + rd16(&r, 4);
			want.proto = (u8)rd8(&r, 6);
			want.ttl = (u8)rd8(&r, 7);
			rd_addr(&r, 8, 16, &want.src);
			rd_addr(&r, 24, 16, &want.dst);
		} else {
			ok = false;
		}
		ok = ok && !r.beyond;
		poison(&v);
		data = exactly(p, avail);
		if (CHECK_EQ(espgw_view_addresses(&v, data, avail), ok) && ok)
			same(&v, &want);
		free(data);
	}
}

static void jumbo_cases(void)
{
	static const struct {
		u8 next, hdr_len, opt[3];
		u32 jumbo;
	} rows[] = {
		{ 0, 48, { 6, 0, 0xc2 }, 8 },	/* as the stack has it */
		{ 0, 48, { 6, 0, 1 }, 0 },	/* padding */
		{ 0, 56, { 6, 1, 0xc2 }, 0 },	/* not alone */
		{ 60, 48, { 6, 0, 0xc2 }, 0 },	/* destination options */
		{ 6, 40, { 0, 0, 0xc2 }, 0 },	/* TCP */
		{ 0, 40, { 6, 0, 0xc2 }, 0 },	/* not among the headers that were read */
	};
	struct espgw_view v = { .family = 6 };
	u8 p[60] = { 0x60 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		p[6] = rows[i].next;
		memcpy(p + 40, rows[i].opt, 3);
		v.hdr_len = rows[i].hdr_len;
		CHECK_EQ(espgw_view_jumbo(&v, p), rows[i].jumbo);
	}
	v.family = 4;
	v.hdr_len = 48;
	p[6] = 0;
	memcpy(p + 40, rows[0].opt, 3);
	CHECK_EQ(espgw_view_jumbo(&v, p), 0);
}

/* -- cases that are worth a name */

static enum espgw_view_result view_of(struct espgw_view *v, const u8 *p,
				      u32 len)
{
	u8 *data = exactly(p, len);
	enum espgw_view_result result;

	poison(v);
	result = espgw_view(v, data, len, len);
	free(data);
	return result;
}

static void ip4_cases(void)
{
	u8 p[64] = {
		0x45, 0xb9, 0, 28, 0x12, 0x34, 0x40, 0, 63, 17, 0, 0,
		10, 1, 2, 3, 192, 0, 2, 9,
		0x11, 0x22, 0x33, 0x44, 0, 8, 0, 0,
	};
	struct espgw_view v;
	static const u8 src[16] = { 10, 1, 2, 3 };
	u32 len;

	CHECK_EQ(view_of(&v, p, 28), ESPGW_VIEW_OK);
	CHECK(!memcmp(&v.src, src, 16));
	CHECK_EQ(v.len, 28);
	CHECK_EQ(v.hdr_len, 20);
	CHECK_EQ(v.id, 0x1234);
	CHECK_EQ(v.tos, 0xb9);
	CHECK_EQ(v.ttl, 63);
	CHECK_EQ(v.sport, 0x1122);
	CHECK_EQ(v.dport, 0x3344);
	CHECK(v.has_ports && v.df && !v.mf && !v.is_frag);
	/* padding of the link */
	CHECK_EQ(view_of(&v, p, 46), ESPGW_VIEW_OK);
	CHECK_EQ(v.len, 28);
	/* cut short on the way */
	for (len = 0; len < 28; len++)
		CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_MALFORMED);
	/* ends before, in and behind its ports */
	for (len = 20; len < 28; len++) {
		put16(p + 2, len);
		CHECK_EQ(view_of(&v, p, 28), ESPGW_VIEW_OK);
		CHECK_EQ(v.has_ports, len >= 24);
	}
	put16(p + 2, 19);
	CHECK_EQ(view_of(&v, p, 28), ESPGW_VIEW_MALFORMED);
	put16(p + 2, 28);

	p[6] = 0x20;	/* a first fragment has ports */
	CHECK_EQ(view_of(&v, p, 28), ESPGW_VIEW_OK);
	CHECK(v.has_ports && v.mf && v.is_frag && !v.df && !v.frag_off);
	p[6] = 0;
	p[7] = 1;	/* the last one has not */
	CHECK_EQ(view_of(&v, p, 28), ESPGW_VIEW_OK);
	CHECK(!v.has_ports && !v.mf && v.is_frag && v.frag_off == 8);
	CHECK_EQ(v.proto, 17);
	p[6] = 0x80;	/* the reserved bit is no fragment */
	p[7] = 0;
	CHECK_EQ(view_of(&v, p, 28), ESPGW_VIEW_OK);
	CHECK(!v.is_frag && v.has_ports);

	p[0] = 0x44;
	CHECK_EQ(view_of(&v, p, 28), ESPGW_VIEW_MALFORMED);
	p[0] = 0x48;	/* header longer than the packet */
	CHECK_EQ(view_of(&v, p, 28), ESPGW_VIEW_MALFORMED);
	p[0] = 0x55;
	CHECK_EQ(view_of(&v, p, 28), ESPGW_VIEW_MALFORMED);
	p[0] = 0x05;
	CHECK_EQ(view_of(&v, p, 28), ESPGW_VIEW_MALFORMED);
}

/* An IPv6 packet with this chain of headers, and @rest bytes behind it. */
static u32 chain(u8 *p, const u8 *types, u32 n, u32 rest)
{
	u32 at = 40, link = 6, i;

	memset(p, 0, PACKET_MAX);
	p[0] = 0x60;
	for (i = 0; i < n; i++) {
		p[link] = types[i];
		if (i == n - 1)
			break;
		link = at;
		at += 8;
	}
	put16(p + 4, at + rest - 40);
	return at + rest;
}

#define CHAIN(p, rest, ...) ({						\
	const u8 types_[] = { __VA_ARGS__ };				\
									\
	chain(p, types_, sizeof(types_), rest); })

static void ip6_cases(void)
{
	struct espgw_view v;
	u8 p[PACKET_MAX];
	u32 len;

	len = CHAIN(p, 8, 17);
	p[0] = 0x6a;
	p[1] = 0x5f;
	p[40] = 1;
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_OK);
	CHECK(v.has_ports && v.sport == 256 && v.df && !v.is_frag);
	CHECK_EQ(v.tos, 0xa5);
	CHECK_EQ(v.id, 0);
	CHECK_EQ(v.hdr_len, 40);

	len = CHAIN(p, 8, 0, 60, 43, 60, 6);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_OK);
	CHECK(v.proto == 6 && v.hdr_len == 72 && v.has_ports);
	/* AH and ESP are protocols, and what lies behind them is theirs */
	len = CHAIN(p, 8, 0, 51, 6);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_OK);
	CHECK(v.proto == 51 && v.hdr_len == 48 && !v.has_ports);
	/* hop-by-hop anywhere else than first */
	len = CHAIN(p, 8, 60, 0, 6);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_MALFORMED);
	len = CHAIN(p, 8, 0, 0, 6);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_MALFORMED);
	/* eight headers are read, nine are too many */
	len = CHAIN(p, 8, 0, 60, 60, 60, 60, 60, 60, 60, 6);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_OK);
	CHECK_EQ(v.hdr_len, 40 + 64);
	len = CHAIN(p, 8, 0, 60, 60, 60, 60, 60, 60, 60, 60, 6);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_MALFORMED);

	/* an atomic fragment is none */
	len = CHAIN(p, 8, 44, 6);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_OK);
	CHECK(!v.is_frag && !v.mf && v.has_ports && v.hdr_len == 48);
	/* a first fragment; reserved bits beside M do not count */
	p[43] = 7;
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_OK);
	CHECK(v.is_frag && v.mf && !v.frag_off && v.has_ports);
	p[43] = 6;
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_OK);
	CHECK(!v.is_frag);
	/* a later one: whatever looks like a header there is none */
	len = CHAIN(p, 8, 44, 60, 6);
	p[43] = 8;
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_OK);
	CHECK(v.is_frag && !v.mf && v.frag_off == 8 && !v.has_ports);
	CHECK(v.proto == 60 && v.hdr_len == 48);
	len = CHAIN(p, 8, 44, 44, 6);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_MALFORMED);

	/* the chain runs past the end: RFC 7112, in a first fragment too */
	len = CHAIN(p, 0, 44, 60, 6);
	p[43] = 1;
	p[49] = 1;
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_MALFORMED);
	/* it ends where the packet does */
	p[49] = 0;
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_OK);
	CHECK(v.proto == 6 && !v.has_ports && v.hdr_len == len);

	/* nothing behind the fixed header, and saying so; or a jumbogram */
	len = CHAIN(p, 0, 59);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_OK);
	len = CHAIN(p, 0, 6);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_MALFORMED);
	len = CHAIN(p, 8, 0, 6);
	put16(p + 4, 0);
	CHECK_EQ(view_of(&v, p, len), ESPGW_VIEW_MALFORMED);
}

/* Each first byte, before one that would be another packet's first. */
static void first_bytes(void)
{
	struct espgw_view v;
	u8 p[60] = { 0 };
	u32 first, hdr;
	bool ok;

	p[1] = 0x45;
	p[3] = 60;
	p[5] = 20;
	p[6] = 59;
	p[9] = 50;
	for (first = 0; first < 256; first++) {
		p[0] = (u8)first;
		hdr = first % 16 * 4;
		ok = first / 16 == 4 && hdr >= 20;
		if (!CHECK_EQ(espgw_view_ip4(&v, p, 60, 60), ok ? ESPGW_VIEW_OK : ESPGW_VIEW_MALFORMED) ||
		    (ok && !CHECK_EQ(v.hdr_len, hdr)))
			test_note("0x%02x", first);
		ok = first / 16 == 6;
		if (!CHECK_EQ(espgw_view_ip6(&v, p, 60, 60), ok ? ESPGW_VIEW_OK : ESPGW_VIEW_MALFORMED))
			test_note("0x%02x", first);
	}
}

/* The longest chain: need and hdr_len do not wrap. */
static void ip6_longest(void)
{
	static u8 p[40 + 8 * 2048 + 100];
	struct espgw_view v;
	u32 total = sizeof(p), i;

	memset(p, 0, sizeof(p));
	p[0] = 0x60;
	p[6] = 0;
	put16(p + 4, total - 40);
	for (i = 0; i < 8; i++) {
		p[40 + i * 2048] = i < 7 ? 60 : 6;
		p[41 + i * 2048] = 255;
	}
	check(p, 0, total);
	CHECK_EQ(view_of(&v, p, total), ESPGW_VIEW_OK);
	CHECK_EQ(v.hdr_len, 40 + 8 * 2048);
	CHECK(v.has_ports);
}

TESTS({ "IPv4 cases", ip4_cases },
      { "IPv6 cases", ip6_cases },
      { "every first byte", first_bytes },
      { "the longest chain of IPv6 headers", ip6_longest },
      { "super-packets longer than any packet", supers, true },
      { "addresses of what cannot be read to its end", addresses, true },
      { "jumbo payload options", jumbo_cases },
      { "built packets, every truncation", built, true },
      { "hostile packets", hostile, true });
