// SPDX-License-Identifier: GPL-2.0
/* MSS options: listed, enumerated, random, truncated; checksums from scratch. */

#include "mss.h"
#include "test.h"

#define TCP_MAX		60	/* the longest header */
#define DATA_MAX	40
#define ROOM_MAX	8
#define SEG_MAX		(TCP_MAX + DATA_MAX)

#define SYN		0x02
#define SYN_ACK		0x12

/* -- the oracle: lists the options, writes a new segment, sums all of it up */

struct ends {
	u8 family;
	u8 addr[32];	/* source and destination, 4 or 16 bytes each */
};

struct option {
	u32 at, kind, len;
};

/* RFC 1071 in ones' complement, one addition at a time */
static u32 sum_up(u32 sum, const u8 *p, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++) {
		sum += i % 2 ? p[i] : p[i] * 256u;
		while (sum > 0xffff)
			sum = sum % 0x10000 + sum / 0x10000;
	}
	return sum;
}

/* RFC 9293 3.1 and RFC 8200 8.1 */
static u32 pseudo_sum(const struct ends *ends, u32 len)
{
	u8 tail[8] = { 0, 0, 0, 0, 0, 0, 0, 6 };

	put32(tail, len);
	return sum_up(sum_up(0, ends->addr, ends->family == 4 ? 8 : 32),
		      tail, 8);
}

/* What belongs into the checksum field */
static u32 checksum(const struct ends *ends, const u8 *p, u32 len, bool partial)
{
	u32 sum = pseudo_sum(ends, len);
	u8 copy[SEG_MAX];

	if (partial)
		return sum;
	memcpy(copy, p, len);
	put16(copy + 16, 0);
	return 0xffff - sum_up(sum, copy, len);
}

static void seal(const struct ends *ends, u8 *p, u32 len, bool partial)
{
	if (len >= 18)
		put16(p + 16, checksum(ends, p, len, partial));
}

/* Number of options without padding, or -1 if they are malformed */
static int list(struct option *o, const u8 *p, u32 hdr)
{
	u32 i = 20;
	int n = 0;

	while (i < hdr && p[i] != 0) {
		if (p[i] == 1) {
			i++;
			continue;
		}
		if (i + 1 == hdr)
			return -1;
		o[n].at = i;
		o[n].kind = p[i];
		o[n].len = p[i + 1];
		i += o[n].len;
		if (o[n].len < 2 || i > hdr)
			return -1;
		if (o[n].kind == 2 && o[n].len != 4)
			return -1;
		n++;
	}
	return n;
}

/* All but the checksum; *len grows with what is inserted. */
static enum espgw_mss_result naive(u8 *out, const u8 *p, u32 *len, u32 room,
				   u32 mss, u8 family)
{
	enum espgw_mss_result result = ESPGW_MSS_NONE;
	struct option o[20];
	bool offered = false;
	u32 hdr;
	int i, n;

	memcpy(out, p, *len);
	if (mss == 0 || *len < 20)
		return ESPGW_MSS_NONE;
	hdr = p[12] / 16 * 4;
	if (hdr < 20 || hdr > *len)
		return ESPGW_MSS_NONE;
	if (p[13] / 2 % 2 == 0 || p[13] / 4 % 2 == 1)
		return ESPGW_MSS_NONE;
	n = list(o, p, hdr);
	for (i = 0; i < n; i++) {
		if (o[i].kind != 2)
			continue;
		offered = true;
		if (get16(p + o[i].at + 2) > mss) {
			put16(out + o[i].at + 2, mss);
			result = ESPGW_MSS_LOWERED;
		}
	}
	if (n < 0 || offered)
		return result;
	if (mss >= (family == 4 ? 536 : 1220) || *len > hdr || hdr == 60 ||
	    room < 4)
		return ESPGW_MSS_NONE;
	out[12] = (u8)((p[12] / 16 + 1) * 16 + p[12] % 16);
	put16(out + 20, 0x0204);
	put16(out + 22, mss);
	memcpy(out + 24, p + 20, hdr - 20);
	*len += 4;
	return ESPGW_MSS_INSERTED;
}

static enum espgw_mss_result check_one(const u8 *segment, u32 len, u32 room,
				       u32 mss, const struct ends *ends,
				       bool partial)
{
	u8 buf[3 + SEG_MAX + ROOM_MAX], want[SEG_MAX + 4], *mem, *p;
	enum espgw_mss_result got, expected;
	u32 shift = rnd_below(4), end = len;

	rnd_bytes(buf, sizeof(buf));
	memcpy(buf + shift, segment, len);
	seal(ends, buf + shift, len, partial);
	expected = naive(want, buf + shift, &end, room, mss, ends->family);
	if (expected != ESPGW_MSS_NONE)
		seal(ends, want, end, partial);

	mem = exactly(buf, shift + len + room);
	p = mem + shift;
	got = espgw_mss_clamp(p, len, room, (u16)mss, ends->family, partial);
	CHECK_EQ(got, expected);
	if (!CHECK(!memcmp(p, want, end)))
		test_note("len %u room %u mss %u family %u partial %d options "
			  "%08x...", len, room, mss, ends->family, partial,
			  len >= 24 ? get32(segment + 20) : 0);
	/* nothing before it, and behind it only what was inserted */
	CHECK(!memcmp(mem, buf, shift));
	CHECK(!memcmp(mem + shift + end, buf + shift + end, len + room - end));
	/* once is enough */
	CHECK_EQ(espgw_mss_clamp(p, end, len + room - end, (u16)mss,
				 ends->family, partial), ESPGW_MSS_NONE);
	CHECK(!memcmp(p, want, end));
	free(mem);
	return got;
}

/* Whatever the checksum field holds, the result is one. */
static enum espgw_mss_result check(const u8 *segment, u32 len, u32 room,
				   u32 mss, const struct ends *ends)
{
	enum espgw_mss_result whole, partial;

	whole = check_one(segment, len, room, mss, ends, false);
	partial = check_one(segment, len, room, mss, ends, true);
	CHECK_EQ(whole, partial);
	return whole;
}

/* -- segments */

static struct ends between(u8 family)
{
	struct ends ends = { .family = family };

	rnd_bytes(ends.addr, sizeof(ends.addr));
	return ends;
}

/* A header around options that are there already, and random data */
static void build(u8 *p, u32 hdr, u8 flags)
{
	rnd_bytes(p, 20);
	p[12] = (u8)(hdr / 4 * 16 + p[12] % 16);
	p[13] = flags;
	rnd_bytes(p + hdr, SEG_MAX - hdr);
}

/* Bytes from a text of hexadecimal digits and blanks; returns how many. */
static u32 bytes(u8 *p, const char *text)
{
	unsigned int v;
	u32 n = 0;
	int used;

	for (; sscanf(text, " %2x%n", &v, &used) == 1; text += used)
		p[n++] = (u8)v;
	return n;
}

/* Options of random kinds and lengths; returns their length, at most 40. */
static u32 random_options(u8 *p, u32 mss)
{
	static const u8 known[][2] = {
		{ 3, 3 }, { 4, 2 }, { 5, 10 }, { 8, 10 }, { 34, 6 }, { 254, 7 },
	};
	u32 end = rnd_below(11) * 4, i = 0, kind, len;

	rnd_bytes(p, 40);
	while (i < end) {
		kind = 1;
		len = 1;
		switch (rnd_below(8)) {
		case 0: case 1: case 2:
			break;
		case 3:
			kind = 2;
			len = one_in(20) ? rnd_below(8) : 4;
			break;
		case 4: case 5:
			if (one_in(8)) {
				kind = 0;
				break;
			}
			kind = rnd_below(256);
			len = one_in(8) ? rnd_below(256) : rnd_range(2, 12);
			break;
		default:
			len = rnd_below(ARRAY_SIZE(known));
			kind = known[len][0];
			len = known[len][1];
			break;
		}
		/* one that does not fit is the exception */
		if (i + len > end && !one_in(8)) {
			kind = 1;
			len = 1;
		}
		p[i] = (u8)kind;
		if (kind > 1 && i + 1 < end)
			p[i + 1] = (u8)len;
		if (kind == 2 && i + 4 <= end && one_in(2))
			put16(p + i + 2, (mss + rnd_below(5) - 2) & 0xffff);
		i += len ? len : 1;
	}
	return end;
}

/* -- tests */

/* What scapy 2.5 makes of the same segment with either option */
static void foreign(void)
{
	static const struct {
		u8 family;
		u16 mss;
		enum espgw_mss_result result;
		const char *before, *after;
	} rows[] = {
		/* the options of a Linux host */
		{ 4, 1390, ESPGW_MSS_LOWERED,
		  "9c4001bb 01020304 00000000 a002faf0 7a700000"
		  "020405b4 0402080a 11223344 00000000 01030307",
		  "9c4001bb 01020304 00000000 a002faf0 7ab60000"
		  "0204056e 0402080a 11223344 00000000 01030307" },
		{ 6, 1370, ESPGW_MSS_LOWERED,
		  "9c4001bb 01020304 00000000 a002faf0 0b440000"
		  "020405a0 0402080a 11223344 00000000 01030307",
		  "9c4001bb 01020304 00000000 a002faf0 0b8a0000"
		  "0204055a 0402080a 11223344 00000000 01030307" },
		/* a SYN-ACK with the option at an odd offset */
		{ 4, 1390, ESPGW_MSS_LOWERED,
		  "9c4001bb 01020304 00000000 7012faf0 4b950000"
		  "01020405 b4040200",
		  "9c4001bb 01020304 00000000 7012faf0 91950000"
		  "01020405 6e040200" },
		/* and with an odd number of bytes behind it */
		{ 4, 1390, ESPGW_MSS_LOWERED,
		  "9c4001bb 01020304 00000000 7002faf0 07ce0000"
		  "01020405 b4040200 68656c6c6f",
		  "9c4001bb 01020304 00000000 7002faf0 4dce0000"
		  "01020405 6e040200 68656c6c6f" },
		{ 4, 500, ESPGW_MSS_INSERTED,
		  "9c4001bb 01020304 00000000 9002faf0 922c0000"
		  "0402080a 11223344 00000000 01030307",
		  "9c4001bb 01020304 00000000 a002faf0 7e300000"
		  "020401f4 0402080a 11223344 00000000 01030307" },
		{ 6, 1200, ESPGW_MSS_INSERTED,
		  "9c4001bb 01020304 00000000 5002faf0 b7780000",
		  "9c4001bb 01020304 00000000 6002faf0 a0c00000"
		  "020404b0" },
	};
	struct ends ends;
	u8 p[SEG_MAX], want[SEG_MAX];
	u32 i, len, end;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		len = bytes(p, rows[i].before);
		end = bytes(want, rows[i].after);
		CHECK_EQ(end, rows[i].result == ESPGW_MSS_INSERTED ?
			 len + 4 : len);
		ends.family = rows[i].family;
		bytes(ends.addr, ends.family == 4 ? "c0000201 c6336402" :
		      "20010db8 00010000 00000000 00000001"
		      "20010db8 00020000 00000000 00000002");
		/* the oracle has to agree with it, too */
		CHECK_EQ(checksum(&ends, p, len, false), get16(p + 16));
		CHECK_EQ(checksum(&ends, want, end, false), get16(want + 16));
		CHECK_EQ(check(p, len, 4, rows[i].mss, &ends), rows[i].result);
		CHECK_EQ(espgw_mss_clamp(p, len, 4, rows[i].mss, ends.family,
					 false), rows[i].result);
		CHECK(!memcmp(p, want, end));
	}
}

/* Options before and after; those that differ in length had one inserted. */
static void cases(void)
{
	static const struct {
		u16 mss;
		const char *before, *after;
	} rows[] = {
		{ 1000, "020405b4", "020403e8" },
		{ 1000, "0204ffff", "020403e8" },
		{ 1000, "020403e9", "020403e8" },
		{ 1000, "020403e8", "020403e8" },
		{ 1000, "020403e7", "020403e7" },
		{ 1000, "02040000", "02040000" },
		{ 0, "020405b4", "020405b4" },
		{ 0, "", "" },
		/* at every offset */
		{ 1000, "01 020405b4 010101", "01 020403e8 010101" },
		{ 1000, "0101 020405b4 0101", "0101 020403e8 0101" },
		{ 1000, "010101 020405b4 01", "010101 020403e8 01" },
		{ 1000, "01010101 020405b4", "01010101 020403e8" },
		{ 1000, "fe04aaaa 020405b4", "fe04aaaa 020403e8" },
		{ 1000, "fe02 fe03aa 020405b4 000000",
		  "fe02 fe03aa 020403e8 000000" },
		/* each that is too great */
		{ 1000, "020405b4 020405dc", "020403e8 020403e8" },
		{ 1000, "020403e8 020405dc", "020403e8 020403e8" },
		{ 1000, "020405b4 02040200", "020403e8 02040200" },
		{ 1000, "020405b4 01 020405dc 020403e7 010101",
		  "020403e8 01 020403e8 020403e7 010101" },
		/* not an option: another's bytes, and behind the end */
		{ 1000, "fe06 020405b4 0101", "fe06 020405b4 0101" },
		{ 1000, "00 020405b4 000000", "00 020405b4 000000" },
		{ 1000, "020405b4 00000000", "020403e8 00000000" },
		{ 1000, "020405b4 00 020405b4 000000",
		  "020403e8 00 020405b4 000000" },
		{ 1000, "020405b4 00 05 00 05", "020403e8 00 05 00 05" },
		/* malformed: nothing is changed, not what came before either */
		{ 1000, "05000000 020405b4", "05000000 020405b4" },
		{ 1000, "05010000 020405b4", "05010000 020405b4" },
		{ 1000, "020405b4 05000000", "020405b4 05000000" },
		{ 1000, "020405b4 fe010101", "020405b4 fe010101" },
		{ 1000, "020405b4 01010105", "020405b4 01010105" },
		{ 1000, "020405b4 fe050000", "020405b4 fe050000" },
		{ 1000, "020405b4 fe040000", "020403e8 fe040000" },
		{ 1000, "020405b4 0101 fe02", "020403e8 0101 fe02" },
		{ 1000, "020405b4 feff0000", "020405b4 feff0000" },
		{ 1000, "020005b4", "020005b4" },
		{ 1000, "020105b4", "020105b4" },
		{ 1000, "0202 01010101 0101", "0202 01010101 0101" },
		{ 1000, "020305 01", "020305 01" },
		{ 1000, "020505b401 010101", "020505b401 010101" },
		{ 1000, "020605b40101 0101", "020605b40101 0101" },
		{ 1000, "020405b4 020305 01", "020405b4 020305 01" },
		{ 1000, "01010102", "01010102" },
		{ 1000, "01010204", "01010204" },
		{ 1000, "01020405", "01020405" },
		{ 500, "05000000", "05000000" },
		{ 500, "05010000", "05010000" },
		{ 500, "05050000", "05050000" },
		{ 500, "010101fe", "010101fe" },
		{ 500, "020305 01", "020305 01" },
		/* none: in front of what there is */
		{ 535, "", "02040217" },
		{ 500, "", "020401f4" },
		{ 500, "05040000", "020401f4 05040000" },
		{ 500, "00000000", "020401f4 00000000" },
		{ 500, "00 0500 00", "020401f4 00 0500 00" },
		{ 500, "fe06 020405b4 0101", "020401f4 fe06 020405b4 0101" },
		{ 500, "00 020405b4 000000", "020401f4 00 020405b4 000000" },
		{ 500, "01030307 0402 0101", "020401f4 01030307 0402 0101" },
		{ 536, "", "" },
	};
	u8 p[SEG_MAX], want[40], copy[SEG_MAX], data;
	struct ends ends = between(4);
	enum espgw_mss_result result;
	u32 i, len, end;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
	for (data = 0; data < 2; data++) {
		len = 20 + bytes(p + 20, rows[i].before);
		end = 20 + bytes(want, rows[i].after);
		result = end > len ? ESPGW_MSS_INSERTED :
			 memcmp(p + 20, want, len - 20) ? ESPGW_MSS_LOWERED :
			 ESPGW_MSS_NONE;
		build(p, len, i % 2 ? SYN : SYN_ACK);
		if (data && result == ESPGW_MSS_INSERTED)
			result = ESPGW_MSS_NONE;
		if (!CHECK_EQ(check(p, len + data, 4, rows[i].mss, &ends),
			      result))
			test_note("options %s", rows[i].before);
		memcpy(copy, p, sizeof(p));
		espgw_mss_clamp(copy, len + data, 4, rows[i].mss, 4, false);
		if (result == ESPGW_MSS_NONE)
			CHECK(!memcmp(copy, p, sizeof(p)));
		else if (!CHECK(!memcmp(copy + 20, want, end - 20)))
			test_note("options %s", rows[i].before);
	}
}

/* Every offer, at an even and at an odd offset, with limits of all sizes */
static void values(void)
{
	static const u32 limits[] = { 1, 28, 255, 256, 536, 1220, 1390, 0x8000,
				      0xfffe, 0xffff };
	struct ends ends[2] = { between(4), between(6) };
	u32 family, pad, i, v;
	u8 p[SEG_MAX], q[SEG_MAX];

	for (family = 0; family < 2; family++)
	for (pad = 0; pad < 2; pad++)
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		memset(p + 20, 1, 8);
		put16(p + 20 + pad, 0x0204);
		build(p, 28, SYN);
		for (v = 0; v < 0x10000; v++) {
			u32 least = v < limits[i] ? v : limits[i];

			put16(p + 22 + pad, v);
			seal(&ends[family], p, 28, false);
			memcpy(q, p, 28);
			CHECK_EQ(espgw_mss_clamp(q, 28, 4, (u16)limits[i],
						 ends[family].family, false),
				 v > limits[i] ? ESPGW_MSS_LOWERED :
				 ESPGW_MSS_NONE);
			CHECK_EQ(get16(q + 22 + pad), least);
			CHECK_EQ(get16(q + 16),
				 checksum(&ends[family], q, 28, false));
			put16(q + 16, get16(p + 16));
			put16(q + 22 + pad, v);
			CHECK(!memcmp(q, p, 28));
		}
	}
}

/* Every checksum, through an address that makes it so */
static void checksums(void)
{
	static const struct {
		const char *options;
		u16 mss;
		enum espgw_mss_result result;
	} rows[] = {
		{ "020405b4", 1390, ESPGW_MSS_LOWERED },
		{ "01020405 b4010101", 1390, ESPGW_MSS_LOWERED },
		{ "0204ffff", 1, ESPGW_MSS_LOWERED },
		{ "0204ffff", 0xfffe, ESPGW_MSS_LOWERED },
		{ "0204ffff 020405b4 010204ff ff010101", 500,
		  ESPGW_MSS_LOWERED },
		{ "", 500, ESPGW_MSS_INSERTED },
		{ "01030307", 535, ESPGW_MSS_INSERTED },
	};
	struct ends ends = between(4);
	u32 i, v, len;
	u8 p[SEG_MAX];

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		len = 20 + bytes(p + 20, rows[i].options);
		build(p, len, SYN);
		for (v = 0; v < 0x10000; v++) {
			put16(ends.addr, v);
			CHECK_EQ(check(p, len, 4, rows[i].mss, &ends),
				 rows[i].result);
		}
	}
}

/* Every MSS against no option, with each amount of options, room and data */
static void insertions(void)
{
	u32 family, limit, mss, hdr, room, data;
	u8 p[SEG_MAX];
	bool fits;

	for (family = 4; family <= 6; family += 2) {
		struct ends ends = between((u8)family);

		limit = family == 4 ? 536 : 1220;
		build(p, 20, SYN);
		for (mss = 0; mss < 0x10000; mss++)
			CHECK_EQ(check(p, 20, 4, mss, &ends),
				 mss && mss < limit ? ESPGW_MSS_INSERTED :
				 ESPGW_MSS_NONE);
		for (mss = limit - 1; mss <= limit; mss++)
		for (hdr = 20; hdr <= 60; hdr += 4)
		for (room = 0; room <= ROOM_MAX; room++)
		for (data = 0; data <= 5; data++) {
			fits = mss < limit && hdr <= 56 && room >= 4 && !data;
			/* one option that fills the header */
			rnd_bytes(p + 20, 40);
			p[20] = 253;
			p[21] = (u8)(hdr - 20);
			build(p, hdr, SYN_ACK);
			CHECK_EQ(check(p, hdr + data, room, mss, &ends), fits ?
				 ESPGW_MSS_INSERTED : ESPGW_MSS_NONE);
		}
	}
}

static void fields(void)
{
	struct ends ends = between(4);
	u32 flags, doff, len;
	u8 p[SEG_MAX];
	bool lowered;

	for (flags = 0; flags < 256; flags++) {
		bytes(p + 20, "01020405 b4010101");
		build(p, 28, (u8)flags);
		lowered = flags & 2 && !(flags & 4);
		CHECK_EQ(check(p, 28, 4, 1000, &ends), lowered ?
			 ESPGW_MSS_LOWERED : ESPGW_MSS_NONE);
		build(p, 20, (u8)flags);
		CHECK_EQ(check(p, 20, 4, 500, &ends), lowered ?
			 ESPGW_MSS_INSERTED : ESPGW_MSS_NONE);
	}
	for (doff = 0; doff < 16; doff++)
	for (len = 0; len <= SEG_MAX; len++) {
		memset(p + 20, 1, 40);
		bytes(p + 20, "020405b4");
		build(p, 60, SYN);
		p[12] = (u8)(doff * 16);
		CHECK_EQ(check(p, len, 4, 1000, &ends), doff >= 6 &&
			 doff * 4 <= len ? ESPGW_MSS_LOWERED : ESPGW_MSS_NONE);
		CHECK_EQ(check(p, len, 4, 500, &ends), doff >= 6 &&
			 doff * 4 <= len ? ESPGW_MSS_LOWERED : doff == 5 &&
			 len == 20 ? ESPGW_MSS_INSERTED : ESPGW_MSS_NONE);
	}
}

/*
 * Options of eight bytes in all ways that bytes which mean something can be
 * put together: all lengths too small and too great, at every place.
 */
static void enumerated(void)
{
	struct ends ends[2] = { between(4), between(6) };
	u32 seen[3] = { 0 }, n, rest, i;
	u8 p[SEG_MAX];

	build(p, 28, SYN);
	for (n = 0; n < 5 * 5 * 5 * 5 * 5 * 5 * 5 * 5; n++) {
		rest = n;
		for (i = 20; i < 28; i++) {
			p[i] = (u8)(rest % 5);
			rest /= 5;
		}
		seen[check_one(p, 28, 4, 500, &ends[n % 2], n % 3 == 0)]++;
	}
	for (i = 0; i < 3; i++)
		CHECK(seen[i] > 1000);
}

static void truncations(void)
{
	static const char * const shapes[] = {
		"", "020405b4", "020405b4 0402080a 11223344 00000000 01030307",
		"01020405 b4010101", "01010101 01010101 01010102 0405b400",
		"fe040000 00000000", "05120000 00000000 00000000 00000000"
		"0000 020405b4 0101",
		"01010101 01010101 01010101 01010101 01010101"
		"01010101 01010101 01010101 01010101 020405b4",
	};
	u32 family, i, hdr, len, room, doff;
	u8 p[SEG_MAX];

	for (family = 4; family <= 6; family += 2)
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct ends ends = between((u8)family);

		hdr = 20 + bytes(p + 20, shapes[i]);
		build(p, hdr, SYN);
		for (len = 0; len <= SEG_MAX; len++)
		for (room = 0; room <= 4; room += 4) {
			enum espgw_mss_result r = check(p, len, room, 500,
							&ends);

			CHECK(len >= hdr || r == ESPGW_MSS_NONE);
		}
		/* the header cut short by its own length, inside options */
		for (doff = 5; doff <= hdr / 4; doff++) {
			p[12] = (u8)(doff * 16);
			check(p, doff * 4, 0, 500, &ends);
			check(p, doff * 4, 4, 500, &ends);
		}
	}
}

/* The header alone is at hand; the checksum is that of all the segment. */
static void header_alone(void)
{
	u8 p[SEG_MAX], *mem;
	u32 family, len;

	for (family = 4; family <= 6; family += 2)
	for (len = 28; len <= SEG_MAX; len++) {
		struct ends ends = between((u8)family);

		bytes(p + 20, "01020405 b4010101");
		build(p, 28, SYN);
		seal(&ends, p, len, false);
		mem = exactly(p, 28);
		CHECK_EQ(espgw_mss_clamp(mem, 28, 0, 1000, (u8)family, false),
			 ESPGW_MSS_LOWERED);
		memcpy(p, mem, 28);
		free(mem);
		CHECK_EQ(get16(p + 16), checksum(&ends, p, len, false));
	}
}

/* A segment that was damaged on its way is not made whole. */
static void damaged(void)
{
	u32 n = rounds(100000), len, before, after, end;
	enum espgw_mss_result result;
	u8 p[SEG_MAX + 4];
	u32 changed = 0, all = n;

	while (n--) {
		struct ends ends = between(one_in(2) ? 4 : 6);
		u32 mss = rnd_range(1, 530);

		len = 20 + random_options(p + 20, mss);
		build(p, len, SYN);
		before = sum_up(pseudo_sum(&ends, len), p, len);
		result = espgw_mss_clamp(p, len, 4, (u16)mss, ends.family,
					 false);
		end = len + (result == ESPGW_MSS_INSERTED ? 4 : 0);
		after = sum_up(pseudo_sum(&ends, end), p, end);
		/* 0 and 0xffff are the same number */
		CHECK_EQ(after % 0xffff, before % 0xffff);
		changed += result != ESPGW_MSS_NONE;
	}
	CHECK(all < 1000 || changed >= all / 5);
}

static void random_segments(void)
{
	static const u8 flags[] = { SYN, SYN_ACK, SYN | 0xc0, SYN | 1 };
	u32 n = rounds(200000), all = n, seen[3] = { 0 }, hdr, len, mss, i;
	u8 p[SEG_MAX];

	while (n--) {
		struct ends ends = between(one_in(2) ? 4 : 6);

		mss = rnd_below(one_in(2) ? 600 : one_in(2) ? 1600 : 0x10000);
		hdr = 20 + random_options(p + 20, mss);
		build(p, hdr, flags[rnd_below(ARRAY_SIZE(flags))]);
		len = one_in(4) ? hdr + rnd_below(SEG_MAX + 1 - hdr) : hdr;
		for (i = one_in(4) ? rnd_below(4) : 0; i; i--)
			p[rnd_below(one_in(2) ? 20 : TCP_MAX)] = (u8)rnd();
		if (one_in(16))
			len = rnd_below(SEG_MAX + 1);
		seen[check_one(p, len, rnd_below(ROOM_MAX + 1), mss, &ends,
			       one_in(2))]++;
	}
	for (i = 0; i < 3; i++)
		CHECK(seen[i] >= all / 50);
}

static void from_mtu(void)
{
	u32 mtu;

	for (mtu = 0; mtu < 70000; mtu++) {
		CHECK_EQ(espgw_mss_of(mtu, 4), mtu < 40 ? 0 :
			 mtu > 65575 ? 65535 : mtu - 40);
		CHECK_EQ(espgw_mss_of(mtu, 6), mtu < 60 ? 0 :
			 mtu > 65595 ? 65535 : mtu - 60);
	}
	CHECK_EQ(espgw_mss_of(0xffffffff, 4), 65535);
	CHECK_EQ(espgw_mss_of(0xffffffff, 6), 65535);
}

TESTS({ "segments that another program wrote", foreign },
      { "options worth a name", cases },
      { "every offer, never raised", values },
      { "every checksum", checksums },
      { "insertion: every MSS, header, room", insertions },
      { "every flag, every data offset", fields },
      { "small options, all there are", enumerated },
      { "every truncation of every shape", truncations },
      { "a checksum over more than the header at hand", header_alone },
      { "a wrong checksum stays wrong", damaged, true },
      { "random segments", random_segments, true },
      { "the MSS of an MTU", from_mtu });
