// SPDX-License-Identifier: GPL-2.0
/*
 * xfrm's receive window against a set of all numbers seen, by itself and with the
 * gateway's own taking turns.
 */

#include "test.h"
#include "xfrm_window.h"

#define SPAN	(1 << 16)

static const u32 windows[] = { 0, 1, 2, 31, 32, 33, 64, 100, 127, 128, 1000, 1024, 4095, 4096 };

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
	u32 words = shifts ? 1 : (window + 31) / 32, n, left = 0;
	struct espgw_xfrm_window w = {
		.bits = calloc(words + 1, sizeof(u32)),
		.window = window, .top = base, .shifts = shifts,
	};
	u64 *bits = calloc(espgw_replay_words(window) + 1, sizeof(u64));
	bool ours = false, want;
	struct espgw_replay r;
	u64 seq, top = base;

	memset(seen, 0, sizeof(seen));
	espgw_replay_init(&r, window, true, base, bits);
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
		u32 here[128] = { 0 }, there[128] = { 0 };
		struct espgw_xfrm_window w = { .bits = here, .window = window };
		struct espgw_xfrm_window x = { .bits = there, .window = window };
		u64 bits[ESPGW_REPLAY_WORDS_MAX], top;
		struct espgw_replay r;
		u8 any[300] = { 0 };
		u32 i;

		espgw_replay_init(&r, window, false, 0, bits);
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
	}
}

TESTS(
	{ "a ring of bits", rings },
	{ "one word", words },
	{ "what each has seen by itself", both },
);
