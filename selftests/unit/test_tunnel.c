// SPDX-License-Identifier: GPL-2.0
/* Tunnels in tunnels: built layer by layer, cut short anywhere, hostile. */

#include "test.h"
#include "tunnel.h"

#define DEPTH_MAX	6
#define PACKET_MAX	1024

enum kind { IP4, IP6, GRE_IP, GRE_ETH, KINDS };

/* A packet, and where each of its IP headers is. */
struct built {
	u8 p[PACKET_MAX];
	u32 len;
	u32 at[DEPTH_MAX + 1];
	u32 family[DEPTH_MAX + 1];
	u32 df[DEPTH_MAX + 1];
	u32 depth;		/* packets but the outermost */
	bool closed[DEPTH_MAX + 1];	/* what is in it cannot be seen */
};

/* Put a header in front of what is there. */
static void push(struct built *b, const u8 *hdr, u32 len)
{
	memmove(b->p + len, b->p, b->len);
	memcpy(b->p, hdr, len);
	b->len += len;
}

static u32 push_ip(struct built *b, u32 family, u32 proto, u32 df, u32 frag)
{
	u8 h[60] = { 0 };
	u32 len = 40;

	if (family == 4) {
		len = 20 + 4 * rnd_below(3);
		h[0] = (u8)(0x40 + len / 4);
		put16(h + 2, len + b->len);
		put16(h + 6, df * 0x4000 + frag);
		h[9] = (u8)proto;
	} else {
		h[0] = 0x60;
		put16(h + 4, b->len);
		h[6] = (u8)proto;
	}
	push(b, h, len);
	return len;
}

/* Return: bytes. @closed: made such that nobody is to look behind it */
static u32 push_gre(struct built *b, u32 type, bool eth, bool *closed)
{
	u8 h[4 + 12] = { 0 }, e[14] = { 0 };
	u32 flags = 0, len = 4, bit;

	*closed = false;
	if (eth) {
		rnd_bytes(e, 12);
		put16(e + 12, type);
		if (one_in(20)) {
			put16(e + 12, 0x0806);
			*closed = true;
		}
		push(b, e, 14);
		type = 0x6558;
	}
	for (bit = 0x8000; bit >= 0x1000; bit /= 2)
		if (bit != 0x4000 && one_in(2)) {
			flags += bit;
			rnd_bytes(h + len, 4);
			len += 4;
		}
	if (one_in(20)) {
		flags += one_in(2) ? 0x4000 : rnd_range(1, 7);
		*closed = true;
	}
	put16(h, flags);
	put16(h + 2, type);
	if (one_in(20)) {
		put16(h + 2, 0x8847);
		*closed = true;
	}
	push(b, h, len);
	return len + (eth ? 14 : 0);
}

static void build(struct built *b)
{
	u32 proto = 17, extra, i, frag;
	enum kind kind;

	memset(b, 0, sizeof(*b));
	b->depth = rnd_below(DEPTH_MAX);
	b->len = rnd_range(8, 40);
	rnd_bytes(b->p, b->len);
	/* From the inside out. */
	for (i = b->depth + 1; i--;) {
		b->family[i] = one_in(3) ? 6 : 4;
		b->df[i] = b->family[i] == 6 || one_in(2);
		frag = b->family[i] == 4 && one_in(30) ? 0x2000 + rnd_below(9) : 0;
		b->closed[i] |= frag;
		extra = push_ip(b, b->family[i], proto, b->df[i], frag);
		for (u32 j = i + 1; j <= b->depth; j++)
			b->at[j] += extra;
		if (!i)
			break;
		kind = rnd_below(KINDS);
		if (kind == IP4 || kind == IP6) {
			proto = b->family[i] == 4 ? 4 : 41;
			continue;
		}
		extra = push_gre(b, b->family[i] == 4 ? 0x0800 : 0x86dd,
				 kind == GRE_ETH, &b->closed[i - 1]);
		for (u32 j = i; j <= b->depth; j++)
			b->at[j] += extra;
		proto = 47;
	}
}

/* The deepest that is whole in the first @avail bytes, with what it needs to be read. */
static void layers(void)
{
	struct espgw_view v, whole;
	u32 n = rounds(200000), want, avail, off;
	struct built b;
	u8 *p;

	while (n--) {
		build(&b);
		avail = one_in(2) ? b.len : rnd_range(1, b.len);
		p = exactly(b.p, avail);
		if (espgw_view(&v, p, avail, b.len) != ESPGW_VIEW_OK) {
			free(p);
			continue;
		}
		for (want = 0; want < b.depth && want < ESPGW_TUNNELS_MAX &&
		     !b.closed[want]; want++)
			if (b.at[want + 1] >= avail ||
			    espgw_view(&whole, b.p + b.at[want + 1],
				       avail - b.at[want + 1],
				       b.len - b.at[want + 1]) != ESPGW_VIEW_OK)
				break;
		off = espgw_tunnel_inmost(&v, p, avail);
		if (!CHECK_EQ(off, b.at[want]) ||
		    !CHECK_EQ(v.family, b.family[want]) ||
		    !CHECK_EQ(v.df, b.df[want]) ||
		    !CHECK_EQ(v.len, b.len - b.at[want]))
			test_note("depth %u, %u of %u bytes", b.depth, avail,
				  b.len);
		free(p);
	}
}

/* Nothing is read past the end, and what is found lies inside. */
static void hostile(void)
{
	u32 n = rounds(200000), avail, off, i;
	struct espgw_view v, before;
	struct built b;
	u8 *p;

	while (n--) {
		build(&b);
		for (i = rnd_below(6); i--;)
			b.p[rnd_below(b.len)] = (u8)rnd();
		avail = rnd_range(1, b.len);
		p = exactly(b.p, avail);
		if (espgw_view(&v, p, avail, b.len) == ESPGW_VIEW_OK) {
			before = v;
			off = espgw_tunnel_inmost(&v, p, avail);
			CHECK(off < avail);
			CHECK(off + v.len <= before.len);
			if (!off)
				CHECK(!memcmp(&v, &before, sizeof(v)));
		}
		free(p);
	}
}

/*
 * Extension headers of IPv6 in any order: the first list of addresses that has some left leads to its last one. Behind
 * a later fragment's header there are none. What is needed to say so has to be readable, and no more.
 */
static void ends(void)
{
	u32 n = rounds(100000), headers, proto, len, kind, at, avail, need;
	struct espgw_addr end, got;
	struct espgw_view v;
	bool fragmented;
	struct built b;
	int want;
	u8 *p;

	while (n--) {
		memset(&b, 0, sizeof(b));
		b.len = rnd_range(8, 40);
		rnd_bytes(b.p, b.len);
		proto = 17;
		want = 0;
		need = 0;
		fragmented = false;
		memset(&end, 0x5a, sizeof(end));
		/* From the last to the first. */
		for (headers = rnd_below(5); headers--;) {
			u8 h[8 * 9];

			kind = one_in(3) ? 60 : one_in(4) && !fragmented ? 44 : 43;
			len = kind == 44 ? 8 : 8 * rnd_range(1, 9);
			rnd_bytes(h, sizeof(h));
			h[0] = (u8)proto;
			need = need ? len + need : 8;
			if (kind == 44) {
				fragmented = true;
				/* What is reserved may be anything. */
				put16(h + 2, one_in(2) ? rnd_below(2) : 8 * rnd_range(1, 9));
				if (get16(h + 2) > 1) {
					want = 0;
					need = 8;
					/* Data follows, though a routing header is said. */
					h[0] = one_in(2) ? 43 : (u8)proto;
				}
				push(&b, h, len);
				proto = kind;
				continue;
			}
			h[1] = (u8)(len / 8 - 1);
			h[2] = (u8)rnd_below(6);
			h[3] &= rnd() & 1;
			if (kind == 43 && h[3]) {
				at = h[2] == 4 ? 8 : len - 16;
				want = len < 24 || (h[2] != 0 && h[2] != 2 && h[2] != 4) ?
				       -EINVAL : 1;
				need = 8;
				if (want > 0) {
					need = at + sizeof(end);
					memcpy(&end, h + at, sizeof(end));
				}
			}
			push(&b, h, len);
			proto = kind;
		}
		push_ip(&b, 6, proto, 1, 0);
		if (!CHECK_EQ(espgw_view(&v, b.p, b.len, b.len), ESPGW_VIEW_OK))
			continue;
		avail = one_in(2) ? b.len : rnd_range(40, b.len);
		p = exactly(b.p, avail);
		memset(&got, 0x5a, sizeof(got));
		if (avail < 40 + need)
			want = -EINVAL;
		if (!CHECK_EQ(espgw_tunnel_end(&v, p, avail, &got), want))
			test_note("%u of %u bytes, of which %u are needed", avail, b.len, 40 + need);
		if (want > 0)
			CHECK(espgw_addr_equal(&got, &end));
		free(p);
	}
	memset(&v, 0, sizeof(v));
	v.family = 4;
	CHECK_EQ(espgw_tunnel_end(&v, NULL, 0, &got), 0);
}

/* An IPv6 packet with 24 bytes of destination options, cut in them: what they lead to is not looked into. */
static void cut(void)
{
	static const u8 protos[] = { 4, 41, 47, 143 };
	struct espgw_view v, before;
	struct built b;
	u32 avail, i;
	u8 *p;

	for (i = 0; i < sizeof(protos); i++) {
		u8 h[24] = { protos[i], 2, 1, 20 };

		memset(&b, 0, sizeof(b));
		b.len = 8;
		push_ip(&b, 4, 17, 0, 0);
		push(&b, h, sizeof(h));
		push_ip(&b, 6, 60, 1, 0);
		for (avail = 48; avail <= 64; avail++) {
			p = exactly(b.p, avail);
			CHECK_EQ(espgw_view(&v, p, avail, b.len), ESPGW_VIEW_OK);
			before = v;
			CHECK_EQ(espgw_tunnel_inmost(&v, p, avail), 0);
			CHECK(!memcmp(&v, &before, sizeof(v)));
			free(p);
		}
	}
}

/* IPv6 addresses whose bytes look like an IPv4 header: a packet of UDP is no tunnel. */
static void addresses(void)
{
	struct espgw_view v, before;
	struct built b = { .len = 8 };
	u32 at;

	push_ip(&b, 6, 17, 1, 0);
	for (at = 8; at <= 40 - 20; at++) {
		memset(b.p + 8, 0, 32);
		b.p[at] = 0x45;
		put16(b.p + at + 2, 20);
		b.p[at + 9] = 50;
		CHECK_EQ(espgw_view(&v, b.p, b.len, b.len), ESPGW_VIEW_OK);
		before = v;
		CHECK_EQ(espgw_tunnel_inmost(&v, b.p, b.len), 0);
		CHECK(!memcmp(&v, &before, sizeof(v)));
	}
}

/* Every protocol but four, and GRE and Ethernet that are too short. */
static void others(void)
{
	static const u8 gre[] = { 0xb0, 0, 0x65, 0x58, 1, 2, 3, 4, 1, 2, 3, 4,
				  1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5,
				  6, 0x86, 0xdd };
	u32 i;
	u8 *p;

	for (i = 0; i < 256; i++)
		if (i != 47)
			CHECK_EQ(espgw_tunnel_skip((u8)i, NULL, 0),
				 i == 4 || i == 41 ? 0 : -EINVAL);
	for (i = 0; i <= sizeof(gre); i++) {
		p = exactly(gre, i);
		CHECK_EQ(espgw_tunnel_skip(47, p, i),
			 i == sizeof(gre) ? 30 : -EINVAL);
		free(p);
	}
	/* The shortest GRE header: IP follows, whether it can be seen or not. */
	for (i = 0; i <= 4; i++) {
		p = exactly("\0\0\x08", i);
		CHECK_EQ(espgw_tunnel_skip(47, p, i), i == 4 ? 4 : -EINVAL);
		free(p);
	}
	for (i = 0; i <= 14; i++) {
		p = exactly(gre + sizeof(gre) - 14, i);
		CHECK_EQ(espgw_tunnel_skip(143, p, i), i == 14 ? 14 : -EINVAL);
		if (i == 14) {
			p[12] = 0x88;
			CHECK_EQ(espgw_tunnel_skip(143, p, i), -EINVAL);
		}
		free(p);
	}
}

TESTS({ "the innermost packet, of every kind of tunnel", layers, true },
      { "hostile bytes", hostile, true },
      { "where a list of segments leads", ends, true },
      { "a tunnel behind options that are cut", cut },
      { "addresses that look like a packet", addresses },
      { "other protocols, and GRE cut short", others });
