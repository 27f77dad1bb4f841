// SPDX-License-Identifier: GPL-2.0
/*
 * xfrm's receive window against a set of all numbers seen, by itself and with the
 * gateway's own taking turns.
 */

#include "test.h"
#include "xfrm_window.h"

#define SPAN	(1 << 16)

static const u32 windows[] = { 0, 1, 2, 31, 32, 33, 64, 100, 127, 128, 1000, 1024, 4095, 4096 };

/* Its bits, and no byte more. */
static struct espgw_xfrm_window make(u32 window, bool shifts, u64 top)
{
	static const u32 none[128];

	return (struct espgw_xfrm_window) {
		.bits = (u32 *)exactly(none, (shifts ? 1 : (window + 31) / 32) * sizeof(u32)),
		.window = window, .top = top, .shifts = shifts,
	};
}

static u64 *make_ours(struct espgw_replay *r, u32 window, u64 top)
{
	static const u64 none[ESPGW_REPLAY_WORDS_MAX];
	u64 *bits = (u64 *)exactly(none, espgw_replay_words(window) * sizeof(u64));

	espgw_replay_init(r, window, true, top, bits);
	return bits;
}

/* All numbers from base on: which were seen. */
static u8 seen[SPAN];

static bool naive(u64 base, u64 top, u32 window, u64 seq)
{
	if (!seq)
		return false;
	if (!window || seq > top)
		return true;
	return seq + window > top && seq > base && !seen[seq - base];
}

static u64 step(u64 top, u32 window)
{
	u64 back;

	if (one_in(3))
		return top + 1 + rnd_below(one_in(50) ? 3 * window + 70 : 4);
	back = rnd_below(window + 3);
	return back < top ? top - back : 0;
}

/* Packets come by xfrm and by the gateway in turn; each goes on with the other's. */
static void turns(u32 window, bool shifts, u64 base)
{
	struct espgw_xfrm_window w = make(window, shifts, base);
	bool ours = false, want;
	struct espgw_replay r;
	u64 *bits = make_ours(&r, window, base);
	u64 seq, top = base;
	u32 n, left = 0;

	memset(seen, 0, sizeof(seen));
	/* All before the start was seen. */
	for (n = 0; n < window; n++)
		w.bits[n / 32] |= 1U << (n & 31);
	for (n = 0; n < 6000 && top - base < SPAN - 5 * 4096; n++) {
		if (!left--) {
			left = rnd_below(300);
			if (ours)
				espgw_xfrm_window_give(&w, &r);
			else
				espgw_xfrm_window_take(&w, &r);
			ours = !ours;
		}
		seq = step(top, window);
		want = naive(base, top, window, seq);
		if (!CHECK_EQ(ours ? espgw_replay_check(&r, seq) :
				     espgw_xfrm_window_check(&w, seq), want))
			test_note("%s, window %u, top %" PRIu64 ", number %" PRIu64,
				  ours ? "ours" : "xfrm's", window, top, seq);
		if (!want)
			continue;
		if (ours)
			espgw_replay_advance(&r, seq);
		else
			espgw_xfrm_window_advance(&w, seq);
		if (seq > base)
			seen[seq - base] = 1;
		/* Without a window xfrm does not know its top. */
		if (seq > top && window)
			top = seq;
		if (window)
			CHECK_EQ(ours ? r.top : w.top, top);
	}
	free(w.bits);
	free(bits);
}

static void rings(void)
{
	u32 n = rounds(4);
	size_t i;

	while (n--)
		for (i = 0; i < ARRAY_SIZE(windows); i++) {
			turns(windows[i], false, 0);
			turns(windows[i], false, 1 + rnd_below(100000));
			/* Over 2^32, where a ring of another size loses its place. */
			if (windows[i] && !(windows[i] & (windows[i] - 1)))
				turns(windows[i], false, (1ULL << 32) - 3000);
		}
}

static void words(void)
{
	u32 n = rounds(20), window;

	while (n--)
		for (window = 0; window <= 32; window++) {
			turns(window, true, 0);
			turns(window, true, 1 + rnd_below(1000));
		}
}

/* What each has seen by itself is seen by both afterwards. */
static void both(void)
{
	u32 n = rounds(2000), seq;

	while (n--) {
		u32 window = windows[1 + rnd_below(ARRAY_SIZE(windows) - 1)];
		bool shifts = window <= 32 && one_in(2);
		struct espgw_xfrm_window w = make(window, shifts, 0);
		struct espgw_xfrm_window x = make(window, shifts, 0);
		u8 any[300] = { 0 };
		struct espgw_replay r;
		u64 *bits = make_ours(&r, window, 0), top;
		u32 i;

		for (i = 0; i < 200; i++) {
			seq = 1 + rnd_below(299);
			switch (rnd_below(3)) {
			case 0:
				if (!espgw_xfrm_window_check(&w, seq))
					continue;
				espgw_xfrm_window_advance(&w, seq);
				break;
			case 1:
				if (!espgw_xfrm_window_check(&x, seq))
					continue;
				espgw_xfrm_window_advance(&x, seq);
				break;
			default:
				if (!espgw_replay_check(&r, seq))
					continue;
				espgw_replay_advance(&r, seq);
			}
			any[seq] = 1;
		}
		top = max(max(w.top, x.top), r.top);
		espgw_xfrm_window_give(&w, &r);
		espgw_xfrm_window_join(&w, &x);
		CHECK_EQ(w.top, top);
		for (seq = 1; seq < 300; seq++)
			CHECK_EQ(espgw_xfrm_window_check(&w, seq),
				 seq > top || (seq + window > top && !any[seq]));
		free(w.bits);
		free(x.bits);
		free(bits);
	}
}

/* xfrm itself would have set these bits, and no other but those that were shifted out of a word's window. */
static void check_bits(const struct espgw_xfrm_window *w)
{
	u32 want[128] = { 0 }, back, bit, words = (w->window + 31) / 32;

	for (back = 0; back < w->window && back < w->top; back++) {
		bit = w->shifts ? back : (u32)(w->top - back - 1) % w->window;
		if (seen[w->top - back])
			want[bit / 32] |= 1U << bit % 32;
	}
	if (w->shifts)
		*want |= (u32)(*w->bits & ~0ULL << w->window);
	if (!CHECK(!memcmp(w->bits, want, words * sizeof(u32))))
		test_note("window %u%s, top %" PRIu64, w->window, w->shifts ? ", a word" : "", w->top);
}

/* Each bit is where xfrm looks for it: by itself, and when it goes on with what the gateway or another state saw. */
static void places(void)
{
	u32 n = rounds(2000), i, seq;

	while (n--) {
		u32 window = windows[1 + rnd_below(ARRAY_SIZE(windows) - 1)];
		bool shifts = window <= 32 && one_in(2);
		struct espgw_xfrm_window w = make(window, shifts, 0);
		struct espgw_xfrm_window x = make(window, shifts, 0);
		u64 start = one_in(2) ? 0 : rnd_range(1, 300);
		struct espgw_replay r;
		u64 *bits;

		memset(seen, 0, sizeof(seen));
		for (i = rnd_below(100); i--;) {
			seq = rnd_range(1, 300);
			if (espgw_xfrm_window_check(&w, seq)) {
				espgw_xfrm_window_advance(&w, seq);
				seen[seq] = 1;
				check_bits(&w);
			}
		}
		/* Ours has seen all up to where it starts, and a little behind that. */
		bits = make_ours(&r, window, start);
		espgw_replay_advance(&r, start + 3);
		memset(seen + 1, 1, start);
		seen[start + 3] = 1;
		espgw_xfrm_window_give(&w, &r);
		CHECK(w.top >= start + 3);
		check_bits(&w);
		espgw_xfrm_window_join(&x, &w);
		CHECK_EQ(x.top, w.top);
		check_bits(&x);
		free(bits);
		free(w.bits);
		free(x.bits);
	}
}

/* Over 2^32 a ring that is no power of two goes on from the low half of its top, as xfrm's does. */
static void wraps(void)
{
	static const struct {
		u64 top, seen;
		u32 bit;
	} cases[] = {
		{ 0x100000005, 0x100000005, 4 },
		{ 0x100000005, 0x100000001, 0 },
		{ 0x100000005, 0x100000000, 99 },
		{ 0x100000005, 0xfffffffb, 94 },
		{ 0x100000000, 0x100000000, 95 },	/* 0xffffffff mod 100 */
		{ 0x100000000, 0xfffffffe, 93 },
		{ 0xffffffff, 0xffffffff, 94 },
	};
	u32 i, word;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct espgw_xfrm_window w = make(100, false, cases[i].top);

		espgw_xfrm_window_advance(&w, cases[i].seen);
		for (word = 0; word < 4; word++)
			CHECK_EQ(w.bits[word], word == cases[i].bit / 32 ? 1U << cases[i].bit % 32 : 0);
		free(w.bits);
	}
}

/* A window that was filled by hand: its top need not have been seen, nor be as wide as another one. */
static void by_hand(void)
{
	bool shifts = false;
	u32 seq;

	do {
		struct espgw_xfrm_window w = make(32, shifts, 0);
		struct espgw_xfrm_window x = make(32, shifts, 40);
		struct espgw_replay r;
		u64 *bits = make_ours(&r, 32, 0);

		/* A bit of a number below the window is the top's now. */
		for (seq = 1; seq <= 32; seq++)
			espgw_xfrm_window_advance(&w, seq);
		espgw_xfrm_window_join(&w, &x);
		CHECK_EQ(w.top, 40);
		for (seq = 1; seq <= 41; seq++)
			CHECK_EQ(espgw_xfrm_window_check(&w, seq), seq > 32);
		free(w.bits);

		/* As is the bit of one that another one's window still has. */
		w = make(32, shifts, 0);
		espgw_xfrm_window_advance(&w, 8);
		espgw_xfrm_window_advance(&w, 39);
		espgw_xfrm_window_join(&x, &w);
		espgw_replay_advance(&r, 8);
		espgw_replay_advance(&r, 39);
		espgw_xfrm_window_give(&x, &r);
		CHECK_EQ(x.top, 40);
		for (seq = 1; seq <= 41; seq++)
			CHECK_EQ(espgw_xfrm_window_check(&x, seq), seq > 8 && seq != 39);
		free(w.bits);

		/* What ours and another one take of numbers up to 5, with all bits set: number 0 is none. */
		w = make(32, shifts, 5);
		*w.bits = ~0U;
		espgw_xfrm_window_take(&w, &r);
		CHECK_EQ(r.top, 5);
		CHECK_EQ(*bits, 0x3e);
		*x.bits = 0;
		x.top = 0;
		espgw_xfrm_window_join(&x, &w);
		CHECK_EQ(x.top, 5);
		CHECK_EQ(*x.bits, 0x1f);
		free(w.bits);
		free(x.bits);
		free(bits);
		shifts = !shifts;
	} while (shifts);
}

/* What a narrow window has of a wide one, and a window of none. */
static void widths(void)
{
	struct espgw_xfrm_window w = make(128, false, 0), x = make(32, false, 0);
	struct espgw_xfrm_window none = make(0, false, 0), word = make(0, true, 0);
	struct espgw_replay r, no;
	u64 *bits = make_ours(&r, 128, 0), *nothing = make_ours(&no, 0, 0);
	u32 seq;

	espgw_xfrm_window_advance(&x, 100);
	espgw_xfrm_window_join(&w, &x);
	CHECK_EQ(w.top, 100);
	for (seq = 1; seq <= 100; seq++)
		CHECK_EQ(espgw_xfrm_window_check(&w, seq), seq != 100);

	espgw_replay_advance(&no, 500);
	none.top = 600;
	espgw_xfrm_window_give(&w, &no);
	espgw_xfrm_window_join(&w, &none);
	CHECK_EQ(w.top, 100);
	for (seq = 1; seq <= 100; seq++)
		CHECK_EQ(espgw_xfrm_window_check(&w, seq), seq != 100);

	none.top = 0;
	espgw_replay_advance(&r, 100);
	espgw_xfrm_window_give(&none, &r);
	espgw_xfrm_window_join(&none, &w);
	espgw_xfrm_window_give(&word, &r);
	espgw_xfrm_window_join(&word, &w);
	CHECK_EQ(none.top, 0);
	CHECK_EQ(word.top, 0);
	CHECK_EQ(*word.bits, 0);

	/* Nothing is written where there is no room for it. */
	none.top = 700;
	espgw_xfrm_window_take(&none, &no);
	CHECK_EQ(no.top, 700);
	free(w.bits);
	free(x.bits);
	free(none.bits);
	free(word.bits);
	free(bits);
	free(nothing);
}

TESTS(
	{ "a ring of bits", rings },
	{ "one word", words },
	{ "what each has seen by itself", both },
	{ "where xfrm's bits are", places },
	{ "where they are beyond 2^32", wraps },
	{ "windows that were filled by hand", by_hand },
	{ "windows of other widths, and none", widths },
);
