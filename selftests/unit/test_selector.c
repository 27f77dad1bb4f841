// SPDX-License-Identifier: GPL-2.0
/* Traffic selectors against an oracle that looks at one bit after the other. */

#include "selector.h"
#include "test.h"

static bool bit(const struct espgw_addr *a, u32 i)
{
	return ((const u8 *)a)[i / 8] >> (7 - i % 8) & 1;
}

static bool naive_prefix(const struct espgw_addr *x,
			 const struct espgw_addr *prefix, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (bit(x, i) != bit(prefix, i))
			return false;
	return true;
}

static bool naive_has_ports(u32 proto)
{
	return proto == 6 || proto == 17 || proto == 33 || proto == 132 ||
	       proto == 136;
}

static enum espgw_match naive_match(const struct espgw_selector *s,
				    const struct espgw_view *packet,
				    bool mirrored)
{
	struct espgw_view v = *packet;
	bool wants_ports = s->has_sport || s->has_dport;
	bool hidden;

	if (mirrored) {
		v.src = packet->dst;
		v.dst = packet->src;
		v.sport = packet->dport;
		v.dport = packet->sport;
	}
	/* the protocol is in another fragment */
	hidden = v.family == 6 && v.frag_off &&
		 (v.proto == 0 || v.proto == 43 || v.proto == 44 ||
		  v.proto == 60);
	if (v.family != s->family)
		return ESPGW_MATCH_NO;
	if (!naive_prefix(&v.src, &s->src, s->src_len))
		return ESPGW_MATCH_NO;
	if (!naive_prefix(&v.dst, &s->dst, s->dst_len))
		return ESPGW_MATCH_NO;
	if (s->dscp != ESPGW_DSCP_ANY && s->dscp != v.tos / 4)
		return ESPGW_MATCH_NO;
	if (hidden && (s->has_proto || wants_ports))
		return ESPGW_MATCH_UNKNOWN;
	if (s->has_proto && s->proto != v.proto)
		return ESPGW_MATCH_NO;
	if (wants_ports && !naive_has_ports(v.proto))
		return ESPGW_MATCH_NO;
	if (wants_ports && !v.has_ports)
		return ESPGW_MATCH_UNKNOWN;
	if (s->has_sport && !(s->sport_min <= v.sport &&
			      v.sport <= s->sport_max))
		return ESPGW_MATCH_NO;
	if (s->has_dport && !(s->dport_min <= v.dport &&
			      v.dport <= s->dport_max))
		return ESPGW_MATCH_NO;
	return ESPGW_MATCH_YES;
}

static void rnd_addr(struct espgw_addr *a, u8 family)
{
	memset(a, 0, sizeof(*a));
	rnd_bytes(a, family == 4 ? 4 : 16);
}

/* The address, perhaps with one bit turned. */
static struct espgw_addr near_addr(struct espgw_addr a, u8 family)
{
	u32 i = rnd_below(family == 4 ? 32 : 128);

	if (one_in(2))
		((u8 *)&a)[i / 8] ^= (u8)(0x80 >> i % 8);
	return a;
}

static void rnd_pair(struct espgw_selector *s, struct espgw_view *v)
{
	static const u8 protos[] = {
		6, 6, 17, 17, 1, 33, 47, 50, 58, 132, 136, 0, 43, 44, 59, 60,
	};
	u32 bits;

	memset(s, 0, sizeof(*s));
	memset(v, 0, sizeof(*v));
	s->family = one_in(2) ? 4 : 6;
	v->family = one_in(20) ? 10 - s->family : s->family;
	bits = s->family == 4 ? 32 : 128;
	rnd_addr(&v->src, v->family);
	rnd_addr(&v->dst, v->family);
	s->src_len = (u8)(one_in(3) ? 0 : rnd_below(bits + 1));
	s->dst_len = (u8)(one_in(3) ? 0 : rnd_below(bits + 1));
	s->src = near_addr(one_in(2) ? v->src : v->dst, s->family);
	s->dst = near_addr(one_in(2) ? v->dst : v->src, s->family);
	espgw_addr_mask(&s->src, &s->src, s->family, s->src_len);
	espgw_addr_mask(&s->dst, &s->dst, s->family, s->dst_len);

	v->tos = (u8)rnd_below(256);
	s->dscp = (u8)(one_in(2) ? ESPGW_DSCP_ANY :
		       one_in(4) ? rnd_below(64) : v->tos >> 2);
	v->proto = protos[rnd_below(sizeof(protos))];
	v->frag_off = (u16)(one_in(4) ? rnd_below(8192) * 8 : 0);
	v->mf = one_in(4);
	v->is_frag = v->mf || v->frag_off;
	v->has_ports = naive_has_ports(v->proto) && !v->frag_off && !one_in(8);
	if (v->has_ports) {
		v->sport = (u16)rnd_below(8);
		v->dport = (u16)rnd_below(8);
	}
	s->has_proto = !one_in(3);
	if (s->has_proto)
		s->proto = one_in(2) ? v->proto :
				       protos[rnd_below(sizeof(protos))];
	s->has_sport = one_in(2);
	s->has_dport = one_in(2);
	if (s->has_sport) {
		s->sport_min = (u16)rnd_below(8);
		s->sport_max = (u16)rnd_range(s->sport_min, 8);
	}
	if (s->has_dport) {
		s->dport_min = (u16)rnd_below(8);
		s->dport_max = (u16)rnd_range(s->dport_min, 8);
	}
}

static void random_pairs(void)
{
	enum espgw_match got, want;
	u32 seen[2][3] = { 0 };
	u32 n = rounds(1000000), all = n;
	struct espgw_selector s;
	struct espgw_view v;
	u32 mirrored;

	while (n--) {
		rnd_pair(&s, &v);
		for (mirrored = 0; mirrored < 2; mirrored++) {
			got = espgw_selector_match(&s, &v, mirrored);
			want = naive_match(&s, &v, mirrored);
			CHECK_EQ(got, want);
			seen[mirrored][want]++;
		}
	}
	/* The test is of no use if hardly anything ever matches. */
	for (n = 0; n < 6; n++)
		CHECK(all < 1000000 || seen[n / 3][n % 3] > 1000);
}

/* Every prefix length, with the last bit inside and the first outside turned. */
static void prefixes(void)
{
	struct espgw_selector s = { .dscp = ESPGW_DSCP_ANY };
	struct espgw_addr bits, want;
	struct espgw_view v;
	u32 family, len, i, max;

	for (family = 4; family <= 6; family += 2) {
		max = family == 4 ? 32 : 128;
		for (len = 0; len <= max; len++) {
			memset(&v, 0, sizeof(v));
			rnd_addr(&bits, (u8)family);
			espgw_addr_mask(&s.dst, &bits, (u8)family, (u8)len);
			want = bits;
			for (i = len; i < 128; i++)
				((u8 *)&want)[i / 8] &= (u8)~(0x80 >> i % 8);
			CHECK(!memcmp(&s.dst, &want, sizeof(want)));
			s.family = v.family = (u8)family;
			s.dst_len = (u8)len;
			for (i = 0; i < max; i++) {
				v.dst = bits;
				((u8 *)&v.dst)[i / 8] ^= (u8)(0x80 >> i % 8);
				CHECK_EQ(espgw_selector_match(&s, &v, false),
					 i < len ? ESPGW_MATCH_NO :
						   ESPGW_MATCH_YES);
			}
			v.dst = bits;
			CHECK_EQ(espgw_selector_match(&s, &v, false),
				 ESPGW_MATCH_YES);
		}
	}
	/* IPv4 in bytes: what lies behind the first word is cleared */
	memset(&bits, 0xff, sizeof(bits));
	espgw_addr_mask(&want, &bits, 4, 32);
	CHECK(want.a[0] == bits.a[0] && !want.a[1] && !want.a[2] && !want.a[3]);
	espgw_addr_mask(&want, &bits, 4, 255);
	CHECK(want.a[0] == bits.a[0] && !want.a[1] && !want.a[2] && !want.a[3]);
	espgw_addr_mask(&want, &bits, 6, 255);
	CHECK(!memcmp(&want, &bits, sizeof(want)));
}

/* No word behind the last is looked at. */
static void exact_size(void)
{
	struct espgw_addr *x, *y;
	struct espgw_addr a;
	u8 len;

	rnd_addr(&a, 6);
	x = (struct espgw_addr *)exactly(&a, sizeof(a));
	y = (struct espgw_addr *)exactly(&a, sizeof(a));
	for (len = 0; len <= 128; len++)
		CHECK(espgw_prefix_match(x, y, 6, len));
	free(x);
	free(y);
	x = (struct espgw_addr *)exactly(&a, 4);
	y = (struct espgw_addr *)exactly(&a, 4);
	for (len = 0; len <= 32; len++)
		CHECK(espgw_prefix_match(x, y, 4, len));
	free(x);
	free(y);
}

/* All ranges of ports within 0 to 5, all ports, and the ends of the space. */
static void ports(void)
{
	static const u16 port[] = { 0, 1, 2, 65533, 65534, 65535 };
	struct espgw_selector s = {
		.family = 4, .dscp = ESPGW_DSCP_ANY, .proto = 6, .has_proto = 1,
	};
	struct espgw_view v = { .family = 4, .proto = 6, .has_ports = true };
	u32 a, b, c, d, x, y, m;

	for (a = 0; a < 6; a++)
	for (b = a; b < 6; b++)
	for (c = 0; c < 6; c++)
	for (d = c; d < 6; d++)
	for (x = 0; x < 6; x++)
	for (y = 0; y < 6; y++)
	for (m = 0; m < 8; m++) {
		s.has_sport = m & 1;
		s.has_dport = m >> 1 & 1;
		s.sport_min = s.has_sport ? port[a] : 0;
		s.sport_max = s.has_sport ? port[b] : 0;
		s.dport_min = s.has_dport ? port[c] : 0;
		s.dport_max = s.has_dport ? port[d] : 0;
		v.sport = port[x];
		v.dport = port[y];
		CHECK_EQ(espgw_selector_match(&s, &v, m >> 2),
			 naive_match(&s, &v, m >> 2));
	}
}

static struct espgw_selector sel(u32 src_len, u32 dst_len, u32 proto,
				 u32 sports, u32 dports, u32 dscp)
{
	return (struct espgw_selector) {
		.family = 6,
		.src_len = (u8)src_len,
		.dst_len = (u8)dst_len,
		.proto = (u8)proto,
		.has_proto = !!proto,
		.has_sport = !!sports,
		.has_dport = !!dports,
		.sport_max = (u16)(sports ? sports - 1 : 0),
		.dport_max = (u16)(dports ? dports - 1 : 0),
		.dscp = (u8)dscp,
	};
}

static void specificity(void)
{
	/* each more special than the one before it */
	const struct espgw_selector order[] = {
		sel(0, 0, 0, 0, 0, 255),
		sel(0, 0, 0, 0, 0, 0),
		sel(0, 0, 6, 0, 0, 255),
		sel(0, 0, 6, 0, 0, 0),
		sel(0, 0, 6, 0, 65536, 255),
		sel(0, 0, 6, 0, 65535, 255),
		sel(0, 0, 6, 0, 1000, 255),
		sel(0, 0, 6, 0, 1, 255),
		sel(0, 0, 6, 65536, 1, 255),
		sel(0, 0, 6, 2, 1, 255),
		sel(0, 0, 6, 1, 1, 255),
		sel(0, 0, 6, 1, 1, 63),
		sel(0, 1, 0, 0, 0, 255),
		sel(8, 0, 6, 1, 1, 1),
		sel(8, 8, 0, 0, 0, 255),
		sel(24, 8, 0, 0, 0, 255),
		sel(128, 127, 17, 1, 1, 63),
		sel(128, 128, 0, 0, 0, 255),
		sel(128, 128, 17, 1, 1, 63),
	};
	size_t i;

	for (i = 1; i < ARRAY_SIZE(order); i++)
		if (!CHECK(espgw_selector_specificity(&order[i]) >
			   espgw_selector_specificity(&order[i - 1])))
			test_note("number %zu", i);
}

TESTS({ "every prefix length", prefixes },
      { "no byte behind an address is read", exact_size },
      { "all small and extreme port ranges", ports },
      { "random selectors and packets, both directions", random_pairs, true },
      { "the order of specificity", specificity });
