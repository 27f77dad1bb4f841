// SPDX-License-Identifier: GPL-2.0
/* Lookahead fragmentation: the pieces put together again, and counted. */

#include "fragplan.h"
#include "test.h"

#define LEN_MAX	65535

static u8 packet[LEN_MAX];

/* An IPv4 header, its checksum not filled in; options as given. */
static void header(u8 *iph, const u8 *options, u32 options_len, u32 payload,
		   u32 frag)
{
	rnd_bytes(iph, 20);
	iph[0] = (u8)(0x40 | (20 + options_len) / 4);
	put16(iph + 2, 20 + options_len + payload);
	put16(iph + 6, frag);
	if (options_len)
		memcpy(iph + 20, options, options_len);
}

/* Options with the copied bit, in a header of whole words: one by one. */
static u32 naive_options(const u8 *opt, u32 len, u8 *out)
{
	u32 i = 0, n = 0, j;

	memset(out, 0, 40);
	while (i < len) {
		u32 type = opt[i], size;

		if (type == 0)
			break;
		size = type == 1 ? 1 : opt[i + 1];
		for (j = 0; j < size && type >= 128; j++)
			out[n++] = opt[i + j];
		i += size;
	}
	return (n + 3) / 4 * 4;
}

static u32 naive_sum(const u8 *p, u32 len)
{
	u32 sum = 0, i;

	for (i = 0; i < len; i += 2) {
		sum += get16(p + i);
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return sum;
}

/* The fewest pieces: give each as much as it can hold. */
static u32 naive_pieces(u32 payload, u32 first_hdr, u32 rest_hdr, u32 mtu)
{
	u32 hdr = first_hdr, n = 1;

	while (hdr + payload > mtu) {
		payload -= (mtu - hdr) / 8 * 8;
		hdr = rest_hdr;
		n++;
	}
	return n;
}

struct result {
	u32 pieces;
	u32 len[0x10000 / 8];	/* of each, with its header */
};

/* Cuts, checks all that holds for any cut, and returns the lengths. */
static bool cut(const u8 *iph, u32 mtu, enum espgw_split split,
		struct result *res)
{
	u32 hdr_len = iph[0] % 16 * 4, payload = get16(iph + 2) - hdr_len;
	u32 frag = get16(iph + 6), base = frag % 0x2000 * 8;
	bool mf = frag & 0x2000, ok = true, last;
	u32 at = 0, rest_options;
	struct espgw_fragplan p;
	struct espgw_piece piece;
	u8 options[40];
	u8 *in, *out;
	u16 id;

	in = exactly(iph, hdr_len);
	res->pieces = 0;
	if (!CHECK_EQ(espgw_fragplan_init(&p, in, mtu, split), 0)) {
		free(in);
		return false;
	}
	rest_options = naive_options(iph + 20, hdr_len - 20, options);
	while (ok && espgw_fragplan_next(&p, &piece)) {
		if (!CHECK(res->pieces < ARRAY_SIZE(res->len)))
			break;
		last = piece.off + piece.len == payload;
		ok &= CHECK_EQ(piece.off, at);
		ok &= CHECK(piece.len > 0 && piece.off + piece.len <= payload);
		ok &= CHECK_EQ(piece.mf, !last || mf);
		ok &= CHECK(last ? !mf || piece.len % 8 == 0 :
				   piece.len % 8 == 0);
		ok &= CHECK(piece.hdr_len + piece.len <= mtu);
		ok &= CHECK_EQ(piece.hdr_len, at ? 20 + rest_options : hdr_len);
		if (!ok)
			break;

		id = (u16)rnd();
		out = malloc(piece.hdr_len);
		memset(out, 0xee, piece.hdr_len);
		espgw_fragplan_header(&p, &piece, in, id, out);
		ok &= CHECK_EQ(out[0], 0x40 | piece.hdr_len / 4);
		ok &= CHECK_EQ(out[1], iph[1]);
		ok &= CHECK_EQ(get16(out + 2), piece.hdr_len + piece.len);
		ok &= CHECK_EQ(get16(out + 4), id);
		/* no DF, no reserved bit */
		ok &= CHECK_EQ(get16(out + 6),
			       (piece.mf ? 0x2000 : 0) | (base + at) / 8);
		ok &= CHECK_EQ(naive_sum(out, piece.hdr_len), 0xffff);
		ok &= CHECK(!memcmp(out + 8, iph + 8, 2));
		ok &= CHECK(!memcmp(out + 12, iph + 12, 8));
		ok &= CHECK(!memcmp(out + 20, at ? options : iph + 20,
				    piece.hdr_len - 20u));
		free(out);
		res->len[res->pieces++] = piece.hdr_len + piece.len;
		at += piece.len;
		ok &= CHECK_EQ(espgw_fragplan_has_next(&p), at < payload);
	}
	ok &= CHECK_EQ(at, payload);
	ok &= CHECK_EQ(res->pieces, p.pieces);
	ok &= CHECK(p.pieces > 1 || !p.rest_len);
	ok &= CHECK_EQ(res->pieces, naive_pieces(payload, hdr_len,
						 20 + rest_options, mtu));
	free(in);
	if (!ok)
		test_note("%u+%u bytes at %u, MF %d, into %u, split %d",
			  hdr_len, payload, base, mf, mtu, split);
	return ok;
}

/* -- numbers that were worked out by hand */

static void worked(void)
{
	static const struct {
		u32 len, mtu;
		enum espgw_split split;
		u32 pieces, each, last;
	} cases[] = {
		/* AES-GCM over a path of 1500: 1446 */
		{ 1500, 1446, ESPGW_SPLIT_MAX, 2, 1444, 76 },
		{ 1500, 1446, ESPGW_SPLIT_EQUAL, 2, 764, 756 },
		{ 1500, 1446, ESPGW_SPLIT_TCP, 2, 764, 756 },
		{ 9000, 1446, ESPGW_SPLIT_EQUAL, 7, 1308, 1272 },
		{ 1447, 1446, ESPGW_SPLIT_EQUAL, 2, 740, 727 },
		{ 1446, 1446, ESPGW_SPLIT_EQUAL, 1, 1446, 1446 },
		{ 1447, 1446, ESPGW_SPLIT_MAX, 2, 1444, 23 },
		/* the last may carry what is no multiple of 8 */
		{ 20 + 1424 + 1426, 1446, ESPGW_SPLIT_MAX, 2, 1444, 1446 },
		{ 20 + 1424 + 1426, 1446, ESPGW_SPLIT_EQUAL, 2, 1444, 1446 },
		{ 20 + 1424 + 1427, 1446, ESPGW_SPLIT_MAX, 3, 1444, 23 },
		/* the first is not tiny */
		{ 20 + 56, 75, ESPGW_SPLIT_EQUAL, 2, 68, 28 },
	};
	struct result res;
	size_t i;
	u32 k;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		header(packet, NULL, 0, cases[i].len - 20, 0);
		cut(packet, cases[i].mtu, cases[i].split, &res);
		CHECK_EQ(res.pieces, cases[i].pieces);
		for (k = 0; k + 1 < res.pieces; k++)
			CHECK_EQ(res.len[k], cases[i].each);
		CHECK_EQ(res.len[k], cases[i].last);
	}
	/* only the first has the options, and less room: the others are even */
	header(packet, (const u8[40]) { 1, 1, 1, 1 }, 40, 1550, 0);
	cut(packet, 576, ESPGW_SPLIT_EQUAL, &res);
	CHECK_EQ(res.pieces, 3);
	CHECK_EQ(res.len[0], 60 + 512);
	CHECK_EQ(res.len[1], 20 + 520);
	CHECK_EQ(res.len[2], 20 + 518);
}

/* How even the pieces of a packet without options are. */
static void check_even(const struct result *res, u32 payload, u32 mtu)
{
	u32 n = res->pieces;
	u32 each = (payload + n - 1) / n;
	u32 cap = (mtu - 20) / 8 * 8;
	u32 i;

	each = (each + 7) / 8 * 8;
	if (n == 1 || each < 48)
		return;
	each = each > cap ? cap : each;
	for (i = 0; i + 1 < n; i++)
		CHECK_EQ(res->len[i], 20 + each);
}

static void every_length(void)
{
	static const u32 mtus[] = {
		68, 69, 70, 71, 72, 75, 76, 77, 100, 576, 1446, 1447, 1448,
	};
	struct result res;
	u32 len;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mtus); i++) {
		for (len = 1; len < 3500; len++) {
			header(packet, NULL, 0, len, 0x4000);
			if (cut(packet, mtus[i], ESPGW_SPLIT_EQUAL, &res))
				check_even(&res, len, mtus[i]);
			cut(packet, mtus[i], ESPGW_SPLIT_MAX, &res);
		}
	}
}

/* Options: any types, lengths from 2, filled up with NOP or end-of-list. */
static u32 rnd_options(u8 *opt)
{
	u32 len = rnd_below(11) * 4, i = 0, n;

	rnd_bytes(opt, 40);
	while (i < len) {
		if (len - i == 1 || one_in(4)) {
			opt[i++] = one_in(4) ? 0 : 1;
			continue;
		}
		opt[i] = (u8)(2 + rnd_below(126) + (one_in(2) ? 128 : 0));
		n = rnd_range(2, min(len - i, 12u));
		opt[i + 1] = (u8)n;
		i += n;
	}
	return len;
}

static void any_packet(void)
{
	u32 n = rounds(50000), payload, hdr, frag, mtu;
	enum espgw_split split;
	struct result res;
	u8 options[40];

	while (n--) {
		hdr = 20 + rnd_options(options);
		payload = rnd_range(1, one_in(4) ? LEN_MAX - hdr : 4000);
		frag = one_in(2) ? 0x4000 : 0;
		if (one_in(2)) {
			frag |= one_in(2) ? 0x2000 : 0;
			frag |= rnd_below((LEN_MAX - hdr - payload) / 8 + 1);
		}
		if (frag & 0x2000)
			payload = payload < 8 ? 8 : payload / 8 * 8;
		if (hdr + payload + (frag & 0x1fff) * 8 > LEN_MAX)
			continue;
		mtu = one_in(3) ? rnd_range(68, 200) : rnd_range(68, 9216);
		split = one_in(2) ? ESPGW_SPLIT_EQUAL : ESPGW_SPLIT_MAX;
		header(packet, options, hdr - 20, payload, frag);
		if (!cut(packet, mtu, split, &res))
			continue;
		/* a first piece of 68 bytes, or of what comes nearest */
		CHECK(res.pieces == 1 || res.len[0] >= 68 ||
		      res.len[0] + 8 > mtu);
	}
}

static int init(const u8 *iph, u32 mtu)
{
	u8 *in = exactly(iph, iph[0] % 16 * 4);
	struct espgw_fragplan p;
	int result;

	result = espgw_fragplan_init(&p, in, mtu, ESPGW_SPLIT_EQUAL);
	free(in);
	return result;
}

static void refused(void)
{
	static const u8 bad[][4] = {
		{ 0x83, 0, 0, 0 },	/* no option is 0 or 1 bytes long */
		{ 0x83, 1, 0, 0 },
		{ 0x07, 0, 0, 0 },
		{ 0x83, 5, 0, 0 },	/* beyond the header */
		{ 0x07, 255, 0, 0 },
		{ 1, 1, 1, 0x83 },	/* the length itself is beyond it */
		{ 1, 1, 1, 0x07 },
	};
	u8 iph[60] = { 0 };
	u32 mtu, i;

	header(iph, NULL, 0, 1480, 0);
	for (mtu = 0; mtu < 68; mtu++)
		CHECK_EQ(-init(iph, mtu), EMSGSIZE);
	CHECK_EQ(init(iph, 68), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		header(iph, bad[i], 4, 1480, 0);
		CHECK_EQ(-init(iph, 1446), EINVAL);
		CHECK_EQ(-init(iph, 9000), EINVAL);
	}
	/* end-of-list hides what is behind it */
	header(iph, (const u8[]) { 0, 0x83, 255, 255 }, 4, 1480, 0);
	CHECK_EQ(init(iph, 1446), 0);

	/* a datagram of 65535 bytes is the longest */
	header(iph, NULL, 0, 1480, (65535 - 20 - 1480) / 8);
	CHECK_EQ(init(iph, 1446), 0);
	header(iph, NULL, 0, 1488, (65535 - 20 - 1480) / 8);
	CHECK_EQ(-init(iph, 1446), EINVAL);
	header(iph, NULL, 0, 3, (65535 - 20 - 3) / 8);
	CHECK_EQ(init(iph, 1446), 0);
	header(iph, NULL, 0, 4, (65535 - 20 - 3) / 8);
	CHECK_EQ(-init(iph, 1446), EINVAL);
	header(iph, NULL, 0, 1480, 0x1fff);
	CHECK_EQ(-init(iph, 1446), EINVAL);
	/* more fragments follow, but where would they go on? */
	header(iph, NULL, 0, 1481, 0x2000);
	CHECK_EQ(-init(iph, 1446), EINVAL);
	/* nothing to cut, and nonsense */
	header(iph, NULL, 0, 0, 0);
	CHECK_EQ(-init(iph, 1446), EINVAL);
	header(iph, NULL, 0, 100, 0);
	put16(iph + 2, 19);
	CHECK_EQ(-init(iph, 1446), EINVAL);
	iph[0] = 0x44;
	CHECK_EQ(-init(iph, 1446), EINVAL);
}

/* Anything at all in the options: no overrun, and no endless loop. */
static void hostile(void)
{
	u32 n = rounds(200000), i, len, kept;
	struct espgw_piece piece;
	struct espgw_fragplan p;
	u8 iph[60], *in, *out;

	while (n--) {
		rnd_bytes(iph, sizeof(iph));
		iph[0] = (u8)(0x40 | rnd_below(16));
		len = iph[0] % 16 * 4;
		if (one_in(2))
			put16(iph + 2, rnd_range(len, 3000));
		for (i = 20; i < sizeof(iph); i++)
			if (one_in(2))
				iph[i] = (u8)rnd_below(8);
		in = exactly(iph, len < 20 ? 20 : len);
		if (!espgw_fragplan_init(&p, in, rnd_range(68, 1500),
					 rnd_below(3))) {
			kept = 0;
			while (espgw_fragplan_next(&p, &piece) &&
			       kept++ < 10000) {
				out = malloc(piece.hdr_len);
				espgw_fragplan_header(&p, &piece, in, 1, out);
				free(out);
			}
			CHECK_EQ(kept, p.pieces);
		}
		free(in);
	}
}

TESTS({ "numbers worked out by hand", worked },
      { "every length, small MTUs", every_length },
      { "any packet, options, fragments of fragments", any_packet, true },
      { "what cannot be cut is refused", refused },
      { "hostile headers", hostile, true });
