// SPDX-License-Identifier: GPL-2.0
/* Fragments of every kind in every order, against a map of the datagram. */

#include "vfr.h"
#include "test.h"

#define WHOLE_MAX	65535	/* what the longest packet's length says */
#define TCP		6
#define UDP		17
#define GRE		47	/* no rule looks into its header */

/* -- the oracle: who brought each byte */

static struct {
	u16 owner[WHOLE_MAX];	/* 1 for the first that came, .. 0: nobody */
	bool last[ESPGW_VFR_FRAGMENTS_MAX + 1];	/* by owner: had no MF */
	u32 span;		/* nothing that is accepted ends behind it */
	u32 count;
	u32 max;
	struct espgw_vfr_frag first;	/* without len: has not come */
	bool dead;
} map;

static enum espgw_vfr_reason naive_alone(const struct espgw_vfr_frag *f)
{
	/* UDP, UDP-Lite, SCTP, DCCP, ICMP, ICMPv6 */
	static const u8 eight[] = { 17, 136, 132, 33, 1, 58 };
	u32 shown = 0;

	if (f->proto == TCP)
		shown = f->tcp_hdr_len > 20 ? f->tcp_hdr_len : 20;
	else if (memchr(eight, f->proto, sizeof(eight)))
		shown = 8;
	if (f->off / 8 == 1 && f->proto == TCP)
		return ESPGW_VFR_TINY;
	if (f->off == 0 && f->family == 6 && !f->has_upper)
		return ESPGW_VFR_NO_HEADER;
	if (f->off == 0 && (!f->has_upper || f->upper_len < shown))
		return ESPGW_VFR_TINY;
	if (f->len == 0 || (f->mf && f->len / 8 * 8 != f->len))
		return ESPGW_VFR_LENGTH;
	if (f->off + f->len > WHOLE_MAX - f->hdr_len)
		return ESPGW_VFR_BEYOND;
	return ESPGW_VFR_OK;
}

static u32 naive_end(void)
{
	u32 i;

	for (i = map.span; i && !map.last[map.owner[i - 1]]; i--)
		;
	return i;
}

static bool naive_complete(void)
{
	u32 end = naive_end(), i;

	for (i = 0; i < end && map.owner[i]; i++)
		;
	return !map.dead && end && i == end;
}

static enum espgw_vfr_reason naive(const struct espgw_vfr_frag *f)
{
	const struct espgw_vfr_frag *first = f->off ? &map.first : f;
	u32 end = f->off + f->len, known, furthest, taken = 0, i;
	enum espgw_vfr_reason reason;
	u16 who;

	if (map.dead)
		return ESPGW_VFR_DEAD;
	reason = naive_alone(f);
	if (reason)
		return reason;
	if (!CHECK(end <= map.span))
		abort();
	for (furthest = map.span; furthest; furthest--)
		if (map.owner[furthest - 1])
			break;
	if (first->len && (end > WHOLE_MAX - first->hdr_len ||
			   furthest > WHOLE_MAX - first->hdr_len))
		return ESPGW_VFR_BEYOND;

	who = map.owner[f->off];
	for (i = f->off; i < end; i++)
		taken += map.owner[i] ? 1 : 0;
	if (taken) {
		/* its bytes are those of one piece, and all of them */
		for (i = 0; who && i < map.span; i++)
			if ((map.owner[i] == who) != (i >= f->off && i < end))
				return ESPGW_VFR_OVERLAP;
		return who && map.last[who] == !f->mf ? ESPGW_VFR_DUPLICATE :
		       ESPGW_VFR_OVERLAP;
	}
	known = naive_end();
	if (known && (end > known || !f->mf))
		return ESPGW_VFR_TWO_ENDS;
	if (!f->mf && furthest > end)
		return ESPGW_VFR_TWO_ENDS;
	return map.count == map.max ? ESPGW_VFR_TOO_MANY : ESPGW_VFR_OK;
}

static void naive_take(const struct espgw_vfr_frag *f)
{
	u32 i;

	map.count++;
	for (i = f->off; i < f->off + f->len; i++)
		map.owner[i] = (u16)map.count;
	map.last[map.count] = !f->mf;
	if (!f->off)
		map.first = *f;
}

/* -- the unit beside it, its chain in memory of exactly its size */

static struct espgw_vfr_chain *chain;
static u32 seen[ESPGW_VFR_DEAD + 1];	/* reasons */

#define USUAL	4	/* pieces that a chain has room for at first */

static struct espgw_vfr_piece *pieces_new(u32 room)
{
	struct espgw_vfr_piece *p = malloc(room * sizeof(*p));

	memset(p, 0xee, room * sizeof(*p));
	return p;
}

static void chain_new(u32 max)
{
	chain = malloc(sizeof(*chain));
	memset(chain, 0xee, sizeof(*chain));
	espgw_vfr_chain_init(chain, (u16)max, pieces_new(USUAL), USUAL);
}

static void chain_free(void)
{
	free(chain->piece);
	free(chain);
}

/* As its owner does before each fragment. */
static void chain_grow(void)
{
	struct espgw_vfr_piece *old = chain->piece;
	u16 room = espgw_vfr_wants_room(chain);

	if (!room) {
		CHECK(chain->dead || chain->count < chain->room ||
		      chain->room == chain->max);
		return;
	}
	CHECK_EQ(chain->count, chain->room);
	CHECK(room > chain->room && room <= chain->max &&
	      room <= 2 * chain->room);
	espgw_vfr_give_room(chain, pieces_new(room), room);
	free(old);
}

static void begin(u32 max, u32 span)
{
	chain_new(max);
	memset(map.owner, 0, span * sizeof(map.owner[0]));
	map.span = span;
	map.count = 0;
	map.max = max;
	memset(&map.first, 0, sizeof(map.first));
	map.dead = false;
}

static bool check_chain(void)
{
	bool ok = true;
	u32 i;

	ok &= CHECK_EQ(chain->dead, map.dead);
	ok &= CHECK_EQ(espgw_vfr_complete(chain), naive_complete());
	ok &= CHECK_EQ(chain->count, map.count);
	ok &= CHECK_EQ(chain->max, map.max);
	for (i = 0; i < chain->count; i++)
		ok &= chain->piece[i].start < chain->piece[i].end &&
		      (!i || chain->piece[i - 1].end <= chain->piece[i].start);
	ok = CHECK(ok);
	ok &= CHECK_EQ(chain->total, naive_end());
	ok &= CHECK_EQ(chain->first, map.first.len != 0);
	if (map.first.len) {
		ok &= CHECK_EQ(chain->has_ports, map.first.has_ports);
		ok &= CHECK_EQ(chain->sport, map.first.sport);
		ok &= CHECK_EQ(chain->dport, map.first.dport);
	}
	return ok;
}

static enum espgw_vfr_reason feed(const struct espgw_vfr_frag *f)
{
	static struct espgw_vfr_piece places[ESPGW_VFR_FRAGMENTS_MAX];
	struct espgw_vfr_chain before;
	enum espgw_vfr_reason want = naive(f), reason = ESPGW_VFR_DEAD + 1;
	enum espgw_vfr_verdict verdict;
	bool ok;

	chain_grow();
	before = *chain;
	memcpy(places, chain->piece, chain->count * sizeof(*places));
	verdict = espgw_vfr_add(chain, f, &reason);
	ok = CHECK_EQ(reason, want);
	switch (want) {
	case ESPGW_VFR_OK:
		ok &= CHECK_EQ(verdict, !f->off ? ESPGW_VFR_RELEASE :
			       map.first.len ? ESPGW_VFR_PASS : ESPGW_VFR_HOLD);
		naive_take(f);
		break;
	case ESPGW_VFR_DUPLICATE:
	case ESPGW_VFR_DEAD:
		ok &= CHECK_EQ(verdict, ESPGW_VFR_DROP);
		ok &= CHECK(!memcmp(&before, chain, sizeof(before)));
		ok &= CHECK(!memcmp(places, chain->piece,
				    chain->count * sizeof(*places)));
		break;
	default:
		ok &= CHECK_EQ(verdict, ESPGW_VFR_KILL);
		map.dead = true;
		break;
	}
	ok &= check_chain();
	if (!ok)
		test_note("%u+%u at %u, MF %d, protocol %u, IPv%u", f->hdr_len,
			  f->len, f->off, f->mf, f->proto, f->family);
	seen[want]++;
	return want;
}

/* Nothing that comes after a kill is anything but dropped. */
static void end(void)
{
	struct espgw_vfr_frag any;
	u32 i;

	for (i = 0; map.dead && i < 3; i++) {
		rnd_bytes(&any, offsetof(struct espgw_vfr_frag, has_upper));
		any.has_upper = any.has_ports = any.mf = one_in(2);
		CHECK_EQ(feed(&any), ESPGW_VFR_DEAD);
	}
	chain_free();
}

/* -- datagrams */

/* The first fragment of an unbroken upper header; others say nothing. */
static void show_upper(struct espgw_vfr_frag *f, u32 ext_len, u32 doff)
{
	f->upper_len = f->len > ext_len ? f->len - ext_len : 0;
	f->has_upper = f->len > ext_len;
	f->tcp_hdr_len = f->upper_len > 12 ? doff * 4 : 0;
	f->has_ports = f->upper_len >= 4 && f->proto != GRE && f->proto != 1 &&
		       f->proto != 58;
	f->sport = (u16)rnd();
	f->dport = (u16)rnd();
}

static struct espgw_vfr_frag fragment(u8 family, u8 proto, u32 hdr_len,
				      u32 off, u32 stop, bool mf)
{
	struct espgw_vfr_frag f;

	/* of a later one nothing of this may count */
	rnd_bytes(&f, offsetof(struct espgw_vfr_frag, has_upper));
	f.has_upper = f.has_ports = one_in(2);
	f.family = family;
	f.proto = proto;
	f.hdr_len = hdr_len;
	f.off = off;
	f.len = stop - off;
	f.mf = mf;
	if (!off)
		show_upper(&f, 0, 5);
	return f;
}

/* Cuts into n pieces at random; the first ends at `least` or behind it. */
static void cut(struct espgw_vfr_frag *out, u32 n, u8 family, u8 proto,
		u32 hdr_len, u32 len, u32 least)
{
	/* blocks that are still to be had by the pieces but the last */
	u32 spare = (len - least - 1) / 8 - (n > 1 ? n - 2 : 0);
	u32 off = 0, i, more, stop;

	for (i = 0; i < n; i++) {
		more = rnd_below(one_in(2) ? spare + 1 : spare / n + 1);
		spare -= more;
		stop = i ? off + 8 + more * 8 : least + more * 8;
		if (i == n - 1)
			stop = len;
		out[i] = fragment(family, proto, hdr_len, off, stop,
				  i < n - 1);
		off = stop;
	}
}

static bool next_permutation(u32 *a, u32 n)
{
	u32 i = n - 1, j = n - 1, t;

	while (i && a[i - 1] >= a[i])
		i--;
	if (!i)
		return false;
	while (a[j] <= a[i - 1])
		j--;
	t = a[j];
	a[j] = a[i - 1];
	a[i - 1] = t;
	for (j = n - 1; i < j; i++, j--) {
		t = a[i];
		a[i] = a[j];
		a[j] = t;
	}
	return true;
}

/* -- numbers that were worked out by hand */

static void alone(void)
{
	static const struct {
		u8 family;
		u8 proto;
		u32 hdr_len, off, len, mf, ext_len, doff;
		enum espgw_vfr_reason reason;
	} rows[] = {
		/* an IPv4 packet of exactly 65535 bytes, and one more */
		{ 4, UDP, 20, 65512, 3, 0, 0, 0, ESPGW_VFR_OK },
		{ 4, UDP, 20, 65512, 4, 0, 0, 0, ESPGW_VFR_BEYOND },
		{ 4, UDP, 24, 65504, 7, 0, 0, 0, ESPGW_VFR_OK },
		{ 4, UDP, 24, 65504, 8, 0, 0, 0, ESPGW_VFR_BEYOND },
		{ 4, UDP, 60, 65472, 3, 0, 0, 0, ESPGW_VFR_OK },
		{ 4, UDP, 60, 65472, 4, 0, 0, 0, ESPGW_VFR_BEYOND },
		{ 4, UDP, 20, 65504, 8, 1, 0, 0, ESPGW_VFR_OK },
		{ 4, UDP, 20, 65512, 8, 1, 0, 0, ESPGW_VFR_BEYOND },
		{ 4, UDP, 20, 65528, 1, 0, 0, 0, ESPGW_VFR_BEYOND },
		{ 4, UDP, 20, 65528, 65515, 0, 0, 0, ESPGW_VFR_BEYOND },
		/* IPv6: the fixed header is not in the payload length */
		{ 6, UDP, 0, 65528, 7, 0, 0, 0, ESPGW_VFR_OK },
		{ 6, UDP, 0, 65528, 8, 0, 0, 0, ESPGW_VFR_BEYOND },
		{ 6, UDP, 0, 65520, 8, 1, 0, 0, ESPGW_VFR_OK },
		{ 6, UDP, 0, 65528, 8, 1, 0, 0, ESPGW_VFR_BEYOND },
		{ 6, UDP, 8, 65520, 7, 0, 0, 0, ESPGW_VFR_OK },
		{ 6, UDP, 8, 65520, 8, 0, 0, 0, ESPGW_VFR_BEYOND },
		/* the ping of death */
		{ 4, 1, 20, 65360, 1480, 0, 0, 0, ESPGW_VFR_BEYOND },
		/* lengths */
		{ 4, UDP, 20, 8, 1, 0, 0, 0, ESPGW_VFR_OK },
		{ 4, UDP, 20, 8, 1479, 0, 0, 0, ESPGW_VFR_OK },
		{ 4, UDP, 20, 8, 0, 0, 0, 0, ESPGW_VFR_LENGTH },
		{ 4, UDP, 20, 8, 0, 1, 0, 0, ESPGW_VFR_LENGTH },
		{ 4, UDP, 20, 8, 1479, 1, 0, 0, ESPGW_VFR_LENGTH },
		{ 4, UDP, 20, 8, 4, 1, 0, 0, ESPGW_VFR_LENGTH },
		{ 4, UDP, 20, 65512, 9, 1, 0, 0, ESPGW_VFR_LENGTH },
		{ 6, UDP, 0, 8, 12, 1, 0, 0, ESPGW_VFR_LENGTH },
		{ 4, GRE, 20, 0, 12, 1, 0, 0, ESPGW_VFR_LENGTH },
		{ 4, GRE, 20, 0, 8, 1, 0, 0, ESPGW_VFR_OK },
		/* the whole TCP header, RFC 1858 */
		{ 4, TCP, 20, 0, 8, 1, 0, 0, ESPGW_VFR_TINY },
		{ 4, TCP, 20, 0, 16, 1, 0, 5, ESPGW_VFR_TINY },
		{ 4, TCP, 20, 0, 19, 1, 0, 5, ESPGW_VFR_TINY },
		{ 4, TCP, 20, 0, 20, 0, 0, 5, ESPGW_VFR_OK },
		{ 4, TCP, 20, 0, 24, 1, 0, 5, ESPGW_VFR_OK },
		{ 4, TCP, 20, 0, 24, 1, 0, 6, ESPGW_VFR_OK },
		{ 4, TCP, 20, 0, 24, 1, 0, 7, ESPGW_VFR_TINY },
		{ 4, TCP, 20, 0, 56, 1, 0, 15, ESPGW_VFR_TINY },
		{ 4, TCP, 20, 0, 64, 1, 0, 15, ESPGW_VFR_OK },
		{ 6, TCP, 0, 0, 24, 1, 8, 5, ESPGW_VFR_TINY },
		{ 6, TCP, 0, 0, 32, 1, 8, 5, ESPGW_VFR_OK },
		{ 6, TCP, 0, 0, 32, 1, 8, 6, ESPGW_VFR_OK },
		{ 6, TCP, 0, 0, 32, 1, 8, 7, ESPGW_VFR_TINY },
		/* TCP's flags in the second, RFC 3128 */
		{ 4, TCP, 20, 8, 64, 1, 0, 0, ESPGW_VFR_TINY },
		{ 4, TCP, 20, 8, 8, 0, 0, 0, ESPGW_VFR_TINY },
		{ 6, TCP, 0, 8, 64, 1, 0, 0, ESPGW_VFR_TINY },
		{ 4, TCP, 20, 16, 64, 1, 0, 0, ESPGW_VFR_OK },
		{ 4, UDP, 20, 8, 64, 1, 0, 0, ESPGW_VFR_OK },
		{ 6, UDP, 0, 8, 64, 1, 0, 0, ESPGW_VFR_OK },
		/* eight bytes */
		{ 4, UDP, 20, 0, 7, 1, 0, 0, ESPGW_VFR_TINY },
		{ 4, UDP, 20, 0, 7, 0, 0, 0, ESPGW_VFR_TINY },
		{ 4, UDP, 20, 0, 8, 1, 0, 0, ESPGW_VFR_OK },
		{ 4, 1, 20, 0, 7, 1, 0, 0, ESPGW_VFR_TINY },
		{ 4, 1, 20, 0, 8, 1, 0, 0, ESPGW_VFR_OK },
		{ 6, 58, 0, 0, 15, 1, 8, 0, ESPGW_VFR_TINY },
		{ 6, 58, 0, 0, 16, 1, 8, 0, ESPGW_VFR_OK },
		{ 6, UDP, 0, 0, 15, 0, 8, 0, ESPGW_VFR_TINY },
		{ 4, 33, 20, 0, 7, 1, 0, 0, ESPGW_VFR_TINY },
		{ 4, 132, 20, 0, 7, 1, 0, 0, ESPGW_VFR_TINY },
		{ 4, 136, 20, 0, 7, 1, 0, 0, ESPGW_VFR_TINY },
		{ 4, 50, 20, 0, 7, 1, 0, 0, ESPGW_VFR_LENGTH },
		/* nothing of the upper header, RFC 7112 */
		{ 6, UDP, 0, 0, 8, 1, 8, 0, ESPGW_VFR_NO_HEADER },
		{ 6, GRE, 0, 0, 64, 1, 64, 0, ESPGW_VFR_NO_HEADER },
		{ 6, GRE, 0, 0, 72, 1, 64, 0, ESPGW_VFR_OK },
		{ 6, TCP, 0, 0, 1280, 1, 2048, 0, ESPGW_VFR_NO_HEADER },
		{ 6, UDP, 0, 0, 0, 1, 0, 0, ESPGW_VFR_NO_HEADER },
		{ 4, GRE, 20, 0, 0, 1, 0, 0, ESPGW_VFR_TINY },
	};
	struct espgw_vfr_frag f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		f = fragment(rows[i].family, rows[i].proto, rows[i].hdr_len,
			     rows[i].off, rows[i].off + rows[i].len,
			     rows[i].mf);
		if (!f.off)
			show_upper(&f, rows[i].ext_len, rows[i].doff);
		CHECK_EQ(espgw_vfr_check(&f), rows[i].reason);
		begin(1, WHOLE_MAX);
		if (!CHECK_EQ(feed(&f), rows[i].reason))
			test_note("row %zu", i);
		end();
	}
}

#define STEPS	5

static void sequences(void)
{
	/* Each: hdr_len, off, end, MF, and what is said to it. */
	static const struct {
		const char *name;
		struct {
			u32 hdr_len, off, end, mf;
			enum espgw_vfr_reason reason;
		} step[STEPS];
		bool complete;
	} rows[] = {
		{ "a last one of one byte, before the others", {
			{ 20, 24, 25, 0, 0 },
			{ 20, 0, 16, 1, 0 },
			{ 20, 16, 24, 1, 0 } }, true },
		{ "a last one of odd length", {
			{ 20, 0, 1480, 1, 0 },
			{ 20, 1480, 2813, 0, 0 } }, true },
		{ "the longest IPv4 packet", {
			{ 20, 0, 65512, 1, 0 },
			{ 20, 65512, 65515, 0, 0 } }, true },
		{ "the longest, its options in the first only", {
			{ 60, 0, 65472, 1, 0 },
			{ 20, 65472, 65475, 0, 0 } }, true },
		{ "one byte longer", {
			{ 60, 0, 65472, 1, 0 },
			{ 20, 65472, 65476, 0, ESPGW_VFR_BEYOND } }, false },
		{ "one byte longer, the first last", {
			{ 20, 65472, 65476, 0, 0 },
			{ 60, 0, 65472, 1, ESPGW_VFR_BEYOND },
			{ 60, 0, 8, 1, ESPGW_VFR_DEAD } }, false },
		{ "too long, and an overlap", {
			{ 60, 0, 65472, 1, 0 },
			{ 20, 65464, 65476, 0, ESPGW_VFR_BEYOND } }, false },
		{ "no room for an end behind it", {
			{ 20, 65504, 65512, 1, 0 },
			{ 24, 0, 8, 1, ESPGW_VFR_BEYOND } }, false },
		{ "the first alone says how long the header is", {
			{ 20, 0, 65472, 1, 0 },
			{ 60, 0, 65472, 1, ESPGW_VFR_DUPLICATE },
			{ 20, 65472, 65515, 0, 0 } }, true },
		{ "the longest IPv6 payload", {
			{ 0, 65528, 65535, 0, 0 },
			{ 0, 0, 65528, 1, 0 } }, true },
		{ "extension headers count", {
			{ 8, 0, 65520, 1, 0 },
			{ 8, 65520, 65527, 0, 0 } }, true },
		{ "each twice", {
			{ 20, 0, 8, 1, 0 },
			{ 20, 0, 8, 1, ESPGW_VFR_DUPLICATE },
			{ 20, 8, 11, 0, 0 },
			{ 20, 8, 11, 0, ESPGW_VFR_DUPLICATE },
			{ 20, 0, 8, 1, ESPGW_VFR_DUPLICATE } }, true },
		{ "the same place, then as the last", {
			{ 20, 8, 16, 1, 0 },
			{ 20, 8, 16, 0, ESPGW_VFR_OVERLAP },
			{ 20, 8, 16, 1, ESPGW_VFR_DEAD } }, false },
		{ "the same place, first as the last", {
			{ 20, 8, 16, 0, 0 },
			{ 20, 8, 16, 1, ESPGW_VFR_OVERLAP } }, false },
		{ "the same place as the last, end known before", {
			{ 20, 16, 24, 0, 0 },
			{ 20, 8, 16, 1, 0 },
			{ 20, 8, 16, 0, ESPGW_VFR_OVERLAP } }, false },
		{ "not the last, up to the known end", {
			{ 20, 16, 24, 0, 0 },
			{ 20, 8, 24, 1, ESPGW_VFR_OVERLAP } }, false },
		{ "two ends, the greater second", {
			{ 20, 16, 20, 0, 0 },
			{ 20, 24, 28, 0, ESPGW_VFR_TWO_ENDS } }, false },
		{ "two ends, the greater first", {
			{ 20, 24, 28, 0, 0 },
			{ 20, 16, 20, 0, ESPGW_VFR_TWO_ENDS } }, false },
		{ "two ends that touch", {
			{ 20, 16, 24, 0, 0 },
			{ 20, 8, 16, 0, ESPGW_VFR_TWO_ENDS } }, false },
		{ "data behind the end", {
			{ 20, 16, 20, 0, 0 },
			{ 20, 24, 32, 1, ESPGW_VFR_TWO_ENDS } }, false },
		{ "an end before the data", {
			{ 20, 24, 32, 1, 0 },
			{ 20, 16, 20, 0, ESPGW_VFR_TWO_ENDS } }, false },
		{ "an end right before the data", {
			{ 20, 24, 32, 1, 0 },
			{ 20, 16, 24, 0, ESPGW_VFR_TWO_ENDS } }, false },
		{ "teardrop", {
			{ 20, 0, 40, 1, 0 },
			{ 20, 24, 28, 0, ESPGW_VFR_OVERLAP },
			{ 20, 40, 44, 0, ESPGW_VFR_DEAD } }, false },
		{ "an overlap after all has come", {
			{ 20, 0, 8, 1, 0 },
			{ 20, 8, 16, 0, 0 },
			{ 20, 0, 16, 0, ESPGW_VFR_OVERLAP } }, false },
		{ "a byte too many at the end", {
			{ 20, 8, 11, 0, 0 },
			{ 20, 8, 12, 0, ESPGW_VFR_OVERLAP } }, false },
		{ "all four that there is room for, and one", {
			{ 20, 0, 8, 1, 0 },
			{ 20, 8, 16, 1, 0 },
			{ 20, 16, 24, 1, 0 },
			{ 20, 24, 32, 1, 0 },
			{ 20, 32, 40, 0, ESPGW_VFR_TOO_MANY } }, false },
		{ "all four, and one of them again", {
			{ 20, 0, 8, 1, 0 },
			{ 20, 8, 16, 1, 0 },
			{ 20, 16, 24, 1, 0 },
			{ 20, 24, 32, 0, 0 },
			{ 20, 8, 16, 1, ESPGW_VFR_DUPLICATE } }, true },
		{ "all four, and an overlap", {
			{ 20, 0, 8, 1, 0 },
			{ 20, 8, 16, 1, 0 },
			{ 20, 16, 24, 1, 0 },
			{ 20, 24, 32, 0, 0 },
			{ 20, 8, 24, 1, ESPGW_VFR_OVERLAP } }, false },
	};
	struct espgw_vfr_frag f;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(4, WHOLE_MAX);
		for (k = 0; k < STEPS && rows[i].step[k].end; k++) {
			f = fragment(rows[i].step[k].hdr_len < 20 ? 6 : 4, UDP,
				     rows[i].step[k].hdr_len,
				     rows[i].step[k].off, rows[i].step[k].end,
				     rows[i].step[k].mf);
			if (!CHECK_EQ(feed(&f), rows[i].step[k].reason))
				test_note("%s, fragment %zu", rows[i].name, k);
		}
		if (!CHECK_EQ(espgw_vfr_complete(chain), rows[i].complete))
			test_note("%s", rows[i].name);
		end();
	}
}

/* -- valid datagrams */

#define PIECES_MAX	6

/* One order, without the oracle; now and then each comes twice. */
static bool arrive(const struct espgw_vfr_frag *f, const u32 *order, u32 n,
		   bool twice)
{
	enum espgw_vfr_reason reason;
	bool ok = true, first = false;
	u32 i, k;

	chain_new(n);
	for (i = 0; i < n; i++) {
		const struct espgw_vfr_frag *now = &f[order[i]];
		u32 want = !order[i] ? ESPGW_VFR_RELEASE :
			   first ? ESPGW_VFR_PASS : ESPGW_VFR_HOLD;

		ok &= CHECK(!espgw_vfr_complete(chain));
		chain_grow();
		ok &= CHECK_EQ(espgw_vfr_add(chain, now, &reason), want);
		ok &= CHECK_EQ(reason, ESPGW_VFR_OK);
		first |= !order[i];
		for (k = 0; twice && k <= i; k++) {
			chain_grow();
			ok &= CHECK_EQ(espgw_vfr_add(chain, &f[order[k]],
						     &reason), ESPGW_VFR_DROP);
			ok &= CHECK_EQ(reason, ESPGW_VFR_DUPLICATE);
		}
		if (!first)
			continue;
		ok &= CHECK_EQ(chain->has_ports, f->has_ports);
		ok &= CHECK_EQ(chain->sport, f->sport);
		ok &= CHECK_EQ(chain->dport, f->dport);
	}
	ok &= CHECK(espgw_vfr_complete(chain));
	ok &= CHECK_EQ(chain->total, f[n - 1].off + f[n - 1].len);
	chain_free();
	return ok;
}

static void orders(void)
{
	/* with the bytes that have to be in the first */
	static const struct {
		u8 family, proto;
		u32 least;
	} kinds[] = {
		{ 4, TCP, 24 }, { 6, TCP, 24 }, { 4, UDP, 8 }, { 6, UDP, 8 },
		{ 4, 1, 8 }, { 6, 58, 8 }, { 4, GRE, 8 }, { 6, GRE, 8 },
	};
	struct espgw_vfr_frag f[PIECES_MAX];
	u32 order[PIECES_MAX], n, k, i, hdr_len, len, least, limit, count;
	u32 all = 0;
	size_t kind;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++)
	for (n = 1; n <= PIECES_MAX; n++)
	for (k = 0; k < 24; k++) {
		hdr_len = kinds[kind].family == 4 ? rnd_range(5, 15) * 4 :
			  rnd_below(4) * 8;
		limit = WHOLE_MAX - hdr_len;
		least = kinds[kind].least;
		/* the shortest, the longest, and what is between */
		len = k == 0 ? least + (n - 1) * 8 - (n > 1 ? 7 : 0) :
		      k == 1 ? limit :
		      rnd_range(least + n * 8, k < 12 ? 400 : limit);
		cut(f, n, kinds[kind].family, kinds[kind].proto, hdr_len, len,
		    least);
		if (kinds[kind].proto == TCP && f[0].len >= 60)
			f[0].tcp_hdr_len = rnd_range(5, 15) * 4;
		for (i = 0; i < n; i++)
			order[i] = i;
		count = 0;
		do {
			count++;
			if (arrive(f, order, n, k % 3 == 2))
				continue;
			for (i = 0; i < n; i++)
				test_note("piece %u: %u+%u at %u", order[i],
					  f[order[i]].hdr_len, f[order[i]].len,
					  f[order[i]].off);
		} while (next_permutation(order, n));
		all += count;
		CHECK(n != PIECES_MAX || count == 720);
	}
	CHECK_EQ(all, 8 * 24 * (1 + 2 + 6 + 24 + 120 + 720));
}

/* -- one that does not belong to the others */

static bool at_odds(const struct espgw_vfr_frag *a,
		    const struct espgw_vfr_frag *b)
{
	u32 a_end = a->off + a->len, b_end = b->off + b->len;

	return (a->off < b_end && b->off < a_end) ||
	       (!a->mf && (!b->mf || b_end > a_end)) ||
	       (!b->mf && a_end > b_end);
}

#define BLOCKS	6
#define LEN	(BLOCKS * 8 - 3)

/*
 * A datagram of six blocks in all its pieces, with an intruder of every place
 * in all orders. The chain dies as soon as two have come that are at odds, by
 * a rule that knows no order; what is the same as a piece hurts nothing.
 */
static void intruders(void)
{
	struct espgw_vfr_frag f[BLOCKS + 1];
	u32 cuts, n, off, stop, i, k, order[BLOCKS + 1];
	u32 killed = 0, intruding = 0;
	enum espgw_vfr_verdict verdict;
	enum espgw_vfr_reason reason;
	bool same, odds, dead, mf;

	for (cuts = 0; cuts < 1 << (BLOCKS - 1); cuts++)
	for (off = 0; off <= BLOCKS * 8; off += 8)
	for (stop = off + 1; stop <= (BLOCKS + 1) * 8; stop++)
	for (mf = false;; mf = true) {
		if (mf && stop % 8)
			break;
		n = 0;
		for (i = 1; i <= BLOCKS; i++) {
			if (i < BLOCKS && !(cuts >> (i - 1) & 1))
				continue;
			k = n ? f[n - 1].off + f[n - 1].len : 0;
			f[n++] = fragment(4, GRE, 20, k, i < BLOCKS ? i * 8 :
					  LEN, i < BLOCKS);
		}
		f[n] = fragment(4, GRE, 20, off, stop, mf);
		same = odds = false;
		for (i = 0; i < n; i++) {
			same |= f[i].off == off && f[i].mf == mf &&
				f[i].len == f[n].len;
			odds |= at_odds(&f[i], &f[n]);
		}
		/* there is no room for a stranger in a whole datagram */
		CHECK(odds);
		for (i = 0; i <= n; i++)
			order[i] = i;
		intruding += !same;
		do {
			dead = false;
			chain_new(n + 1);
			for (i = 0; i <= n; i++) {
				bool was = dead;

				for (k = 0; k < i && !same; k++)
					dead |= at_odds(&f[order[k]],
							&f[order[i]]);
				chain_grow();
				verdict = espgw_vfr_add(chain, &f[order[i]],
							&reason);
				CHECK_EQ(verdict == ESPGW_VFR_KILL,
					 dead && !was);
				CHECK_EQ(reason == ESPGW_VFR_DEAD, was);
				CHECK_EQ(chain->dead, dead);
				CHECK(!dead || !espgw_vfr_complete(chain));
			}
			CHECK_EQ(espgw_vfr_complete(chain), same);
			killed += dead;
			chain_free();
		} while (next_permutation(order, n + 1));
		if (mf || stop % 8)
			break;
	}
	CHECK(killed > 1000000);
	CHECK(intruding > 5000);
}

/* -- all there is, of few and small ones */

#define SMALL	4	/* blocks */

static void exhaustive(void)
{
	struct espgw_vfr_frag f[SMALL * (SMALL + 1)];
	u32 all = 0, max, n, rest, start, stop, i, mf;

	for (start = 0; start < SMALL; start++)
	for (stop = start + 1; stop <= SMALL; stop++)
	for (mf = 0; mf < 2; mf++)
		f[all++] = fragment(4, GRE, 20, start * 8, stop * 8, mf);
	CHECK_EQ(all, ARRAY_SIZE(f));
	for (max = 1; max <= 4; max++)
	for (n = 0; n < all * all * all * all; n++) {
		begin(max, SMALL * 8);
		for (rest = n, i = 0; i < 4; i++, rest /= all)
			feed(&f[rest % all]);
		chain_free();
	}
}

/* -- room for so many and no more */

#define LIMIT_MOST	1023

/* In order, the other way round, or in any. */
static void arrange(u32 *order, u32 n, u32 way)
{
	u32 k, other, t;

	for (k = 0; k < n; k++)
		order[k] = way == 1 ? n - 1 - k : k;
	for (k = n - 1; k && way == 2; k--) {
		other = rnd_below(k + 1);
		t = order[k];
		order[k] = order[other];
		order[other] = t;
	}
}

static void limits(void)
{
	static const u32 limit[] = { 1, 2, 3, 4, 5, 8, 16, 64, LIMIT_MOST };
	u32 i, k, way, extra, n, t, max;
	u32 order[LIMIT_MOST + 1];
	struct espgw_vfr_frag f;

	for (i = 0; i < ARRAY_SIZE(limit); i++)
	for (way = 0; way < 3; way++)
	for (extra = 0; extra < 2; extra++) {
		max = limit[i];
		n = max + extra;
		arrange(order, n, way);
		begin(max, n * 8);
		for (k = 0; k < n; k++) {
			f = fragment(4, UDP, 20, order[k] * 8, order[k] * 8 + 8,
				     order[k] < n - 1);
			CHECK_EQ(feed(&f), k < max ? ESPGW_VFR_OK :
				 ESPGW_VFR_TOO_MANY);
			if (k != max - 1)
				continue;
			/* those that are there may come again */
			for (t = 0; t < max; t += max / 3 + 1) {
				f = fragment(4, UDP, 20, order[t] * 8,
					     order[t] * 8 + 8,
					     order[t] < n - 1);
				CHECK_EQ(feed(&f), ESPGW_VFR_DUPLICATE);
			}
		}
		CHECK_EQ(espgw_vfr_complete(chain), !extra);
		end();
	}
}

/* The longest datagram in the smallest pieces: no valid one has more. */
static void most(void)
{
	static u32 order[ESPGW_VFR_FRAGMENTS_MAX];
	u32 n = ESPGW_VFR_FRAGMENTS_MAX, way, k, start, stop;
	enum espgw_vfr_reason reason;
	struct espgw_vfr_frag f;

	CHECK_EQ(n, (WHOLE_MAX + 7) / 8);
	for (way = 0; way < 3; way++) {
		arrange(order, n, way);
		chain_new(n);
		for (k = 0; k < n; k++) {
			start = order[k] * 8;
			stop = order[k] == n - 1 ? WHOLE_MAX : start + 8;
			f = fragment(6, UDP, 0, start, stop, order[k] != n - 1);
			CHECK(!espgw_vfr_complete(chain));
			chain_grow();
			espgw_vfr_add(chain, &f, &reason);
			if (!CHECK_EQ(reason, ESPGW_VFR_OK))
				break;
		}
		CHECK(espgw_vfr_complete(chain));
		CHECK_EQ(chain->count, n);
		CHECK_EQ(chain->room, n);
		chain_free();
	}
}

/* -- random streams */

enum spoil {
	SAME, OTHER_MF, HEAD, TAIL, INSIDE, COVERING, BEFORE, AFTER,
	BEHIND_END, OTHER_END, BAD_LENGTH, EMPTY, TINY_FIRST, NO_UPPER,
	TCP_SECOND, BEYOND, HEADER, OTHER_UPPER, ANYWHERE, SPOILS,
};

/* Makes something else of a fragment of a datagram of len bytes. */
static void spoil(struct espgw_vfr_frag *f, enum spoil how, u32 len)
{
	u32 blocks = f->len / 8, less = blocks ? rnd_below(blocks) * 8 : 0;
	u32 off = f->off, more;

	switch (how) {
	case OTHER_MF:
		f->mf = !f->mf;
		break;
	case HEAD:
		f->len -= less;
		break;
	case TAIL:
		f->off += less;
		f->len -= less;
		break;
	case INSIDE:
		f->off += less / 16 * 8;
		f->len -= less;
		break;
	case COVERING:
		more = rnd_below(f->off / 8 + 1) * 8;
		f->off -= more;
		f->len += more + rnd_below(3) * 8;
		break;
	case BEFORE:
		f->off -= rnd_below(f->off / 8 + 1) * 8;
		break;
	case AFTER:
		f->off += less;
		break;
	case BEHIND_END:
		f->off = (len + 7) / 8 * 8 + rnd_below(4) * 8;
		f->len = rnd_range(1, 3) * 8;
		break;
	case OTHER_END:
		f->mf = false;
		f->len = rnd_range(1, f->len + 16);
		break;
	case BAD_LENGTH:
		f->mf = true;
		f->len += rnd_range(1, 7);
		break;
	case EMPTY:
		f->len = 0;
		break;
	case BEYOND:
		more = WHOLE_MAX + 1 - f->hdr_len + rnd_below(16);
		f->off = min_t(u32, more / 8 - rnd_below(8), 0x1fff) * 8;
		f->len = f->mf ? (more - f->off + 7) / 8 * 8 : more - f->off;
		break;
	case HEADER:
		f->hdr_len += rnd_range(1, 10) * 4;
		break;
	case ANYWHERE:
		f->off = rnd_below(len / 8 + 3) * 8;
		f->len = rnd_range(1, 6) * 8;
		f->mf = !one_in(4);
		break;
	case TINY_FIRST:
	case NO_UPPER:
		f->off = 0;
		break;
	case TCP_SECOND:
		f->proto = TCP;
		f->off = 8;
		break;
	default:
		break;
	}
	if (!f->off && (off || how != SAME))
		show_upper(f, how == NO_UPPER ? f->len : 0,
			   one_in(4) ? rnd_range(5, 15) : 5);
	if (how == TINY_FIRST)
		f->upper_len = rnd_below(24);
	if (how == OTHER_UPPER)
		f->proto = (u8)rnd_range(0, 140);
}

#define STREAM_MAX	40

static void streams(void)
{
	static const u8 protos[] = { TCP, UDP, 1, 58, GRE, 132, 33, 136, 50 };
	static const u32 at_most[] = { 1, 2, 3, 4, 8, 16, 64 };
	struct espgw_vfr_frag f[STREAM_MAX], one;
	u32 n = rounds(200000), all = n, count, k, i, len, hdr_len, span, most;
	u32 complete = 0, bad;
	u8 family, proto;
	bool large;

	memset(seen, 0, sizeof(seen));
	while (n--) {
		/* the map of a large one is slow to look through */
		large = one_in(512);
		family = one_in(2) ? 4 : 6;
		proto = protos[rnd_below(ARRAY_SIZE(protos))];
		hdr_len = family == 4 ? 20 + (one_in(4) ? rnd_below(11) * 4 : 0)
				      : one_in(4) ? rnd_below(5) * 8 : 0;
		k = rnd_range(1, one_in(8) ? 20 : 6);
		len = rnd_range(24 + k * 8, 24 + k * 8 + 80);
		if (large)
			len = WHOLE_MAX - hdr_len + 4 - rnd_below(60);
		cut(f, k, family, proto, hdr_len, len,
		    proto == TCP && !one_in(8) ? 24 : 8);
		if (large && one_in(2))
			f[0].hdr_len += rnd_below(4) * 8;
		count = k;
		/* the same again hurts nothing; of the others one is enough */
		for (i = rnd_below(4); i; i--)
			f[count++] = f[rnd_below(k)];
		for (bad = rnd_below(4); bad; bad--) {
			f[count] = f[rnd_below(k)];
			spoil(&f[count++], rnd_below(SPOILS), len);
		}
		/* some are lost */
		if (one_in(8)) {
			count--;
			f[rnd_below(count + 1)] = f[count];
		}
		span = 0;
		for (i = 0; i < count; i++) {
			u32 stop = f[i].off + f[i].len;

			if (stop + f[i].hdr_len <= WHOLE_MAX)
				span = max(span, stop);
			k = rnd_below(i + 1);
			one = f[i];
			f[i] = f[k];
			f[k] = one;
		}
		most = one_in(4) ? at_most[rnd_below(ARRAY_SIZE(at_most))] :
		       rnd_range(count > 4 ? count - 4 : 1, count);
		begin(most, span);
		for (i = 0; i < count; i++)
			feed(&f[i]);
		complete += espgw_vfr_complete(chain);
		end();
	}
	for (i = 0; i < ARRAY_SIZE(seen); i++)
		if (!CHECK(seen[i] >= all / 200))
			test_note("reason %u was seen %u times", i, seen[i]);
	CHECK(all < 1000 || complete > all / 10);
}

TESTS({ "fragments worth a name", alone },
      { "sequences worth a name", sequences },
      { "every order of up to six pieces", orders },
      { "every intruder at every time", intruders },
      { "every four of the small ones", exhaustive },
      { "the limit of fragments", limits },
      { "as many fragments as there can be", most },
      { "random streams", streams, true });
