// SPDX-License-Identifier: GPL-2.0
/* The receive window against a set of all numbers seen, and ESN against a ruler. */

#include "replay.h"
#include "test.h"

static const u32 windows[] = {
	0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 66, 127, 128, 129, 130, 255, 256,
	257, 1000, 1023, 1024, 1025, 2048, 4031, 4032, 4033, 4095, 4096,
};

/* -- the oracle: a set, and the rule in one sentence */

#define SET_SLOTS	(1 << 16)

static u64 set[SET_SLOTS];

static void set_clear(void)
{
	memset(set, 0, sizeof(set));
}

static u64 *set_slot(u64 seq)
{
	u32 i = (u32)(seq * 0x9e3779b97f4a7c15 >> 48);

	while (set[i] && set[i] != seq)
		i = (i + 1) % SET_SLOTS;
	return &set[i];
}

/* Number 0 is never one of the set. */
static bool set_has(u64 seq)
{
	return *set_slot(seq) == seq;
}

static bool naive_check(u64 top, u32 window, u64 seq)
{
	if (!seq)
		return false;
	if (!window || seq > top)
		return true;
	return seq + window > top && !set_has(seq);
}

/* -- the receiver: a window in storage of exactly its size */

static struct espgw_replay receiver(u32 window, bool esn, u64 top)
{
	u32 words = espgw_replay_words(window);
	struct espgw_replay r;
	u64 *bits = NULL;

	if (words) {
		bits = malloc(words * sizeof(*bits));
		memset(bits, 0xaa, words * sizeof(*bits));
	}
	espgw_replay_init(&r, window, esn, top, bits);
	return r;
}

static bool receive(struct espgw_replay *r, u64 seq)
{
	bool want = naive_check(r->top, r->window, seq);
	u64 top = r->top;

	if (!CHECK_EQ(espgw_replay_check(r, seq), want))
		test_note("window %u, top %" PRIu64 ", number %" PRIu64,
			  r->window, r->top, seq);
	if (!want)
		return false;
	espgw_replay_advance(r, seq);
	*set_slot(seq) = seq;
	CHECK_EQ(r->top, seq > top ? seq : top);
	/* once and never again, except without a window */
	CHECK_EQ(espgw_replay_check(r, seq), !r->window);
	return true;
}

static void storage(void)
{
	u32 window, words;

	CHECK_EQ(espgw_replay_words(0), 0);
	for (window = 1; window <= ESPGW_REPLAY_WINDOW_MAX; window++) {
		words = espgw_replay_words(window);
		CHECK(words && !(words & (words - 1)));
		CHECK(words <= ESPGW_REPLAY_WORDS_MAX);
		/* whole words aside from the one with the top in it */
		CHECK((words - 1) * 64 + 1 >= window);
		/* and half of them would not do */
		CHECK(words == 1 || (words / 2 - 1) * 64 + 1 < window);
	}
	CHECK_EQ(espgw_replay_words(ESPGW_REPLAY_WINDOW_MAX),
		 ESPGW_REPLAY_WORDS_MAX);
}

/* However far the top moves, that is as much work as there are words. */
static void far(void)
{
	struct espgw_replay r = receiver(64, true, 1);
	u64 seq = 1ULL << 62;

	CHECK(espgw_replay_check(&r, seq));
	espgw_replay_advance(&r, seq);
	CHECK_EQ(r.top, seq);
	CHECK(!espgw_replay_check(&r, seq));
	CHECK(espgw_replay_check(&r, seq - 1));
	free(r.bits);
}

/* Every sequence of five numbers of nine, for the smallest windows. */
static void exhaustive(void)
{
	struct espgw_replay r;
	u32 window, n, rest, i;
	u64 base;

	/* at the beginning, and where words meet */
	for (base = 0; base <= 60; base += 60) {
		for (window = 0; window <= 5; window++) {
			r = receiver(window, true, base);
			for (n = 0; n < 9 * 9 * 9 * 9 * 9; n++) {
				u64 seen = 0, top = base;

				espgw_replay_init(&r, window, true, base,
						  r.bits);
				for (rest = n, i = 0; i < 5; i++, rest /= 9) {
					u64 off = rest % 9, seq = base + off;
					bool want = seq &&
						(!window || seq > top ||
						 (seq > base &&
						  seq + window > top &&
						  !(seen >> off & 1)));

					CHECK_EQ(espgw_replay_check(&r, seq),
						 want);
					if (!want)
						continue;
					espgw_replay_advance(&r, seq);
					seen |= 1ULL << off;
					top = max(top, seq);
				}
				CHECK_EQ(r.top, top);
			}
			free(r.bits);
		}
	}
}

/* A number near the top, most often ahead of it, sometimes far off. */
static u64 step(const struct espgw_replay *r)
{
	u32 window = r->window ? r->window : 64;
	u64 top = r->top;
	u32 back;

	switch (rnd_below(8)) {
	case 0:
		return top + rnd_below(3 * window);
	case 1:
		return top + rnd_below(64 * 130);
	case 2:
		back = rnd_below(window + 3);
		break;
	case 3:
		back = window - 1 + rnd_below(3);
		break;
	case 4:
		back = rnd_below(8);
		break;
	default:
		return top + 1 + rnd_below(3);
	}
	return back < top ? top - back : 0;
}

static void random_walks(void)
{
	u32 turns = rounds(4), n, i;
	struct espgw_replay r;
	size_t w;
	u64 top;

	while (turns--) {
		for (w = 0; w < ARRAY_SIZE(windows); w++) {
			for (i = 0; i < 4; i++) {
				top = i == 0 ? 0 :
				      i == 1 ? (1ULL << 32) - 2000 :
				      i == 2 ? rnd_below(10000) :
					       (rnd() >> 1) + 5000;
				set_clear();
				r = receiver(windows[w], true, top);
				/* all before the start counts as seen */
				for (n = 0; top && n < windows[w] + 100 &&
				     n < top; n++)
					*set_slot(top - n) = top - n;
				for (n = 0; n < 3000; n++)
					receive(&r, step(&r));
				free(r.bits);
			}
		}
	}
}

/* The window is exact: its oldest number is taken, the one below it is not. */
static void edges(void)
{
	struct espgw_replay r;
	u64 first, top;
	u32 jump;
	size_t w;

	for (w = 0; w < ARRAY_SIZE(windows); w++) {
		if (!windows[w])
			continue;
		for (first = 1; first < 200; first += 7) {
			for (jump = 1; jump < 20000;
			     jump += jump < 200 ? 1 : 61) {
				r = receiver(windows[w], false, 0);
				espgw_replay_advance(&r, first);
				top = first + jump;
				CHECK(espgw_replay_check(&r, top));
				espgw_replay_advance(&r, top);
				CHECK(!espgw_replay_check(&r, top));
				if (top > windows[w])
					CHECK(!espgw_replay_check(&r,
						top - windows[w]));
				if (windows[w] > 1 && top >= windows[w] &&
				    top - windows[w] + 1 != first)
					CHECK(espgw_replay_check(&r,
						top - windows[w] + 1));
				CHECK(!espgw_replay_check(&r, first));
				free(r.bits);
			}
		}
	}
}

static void zero(void)
{
	struct espgw_replay r;
	size_t w;
	u32 esn;

	for (w = 0; w < ARRAY_SIZE(windows); w++) {
		for (esn = 0; esn < 2; esn++) {
			r = receiver(windows[w], esn, 0);
			CHECK_EQ(espgw_replay_seq(&r, 0), 0);
			CHECK(!espgw_replay_check(&r, 0));
			CHECK(espgw_replay_check(&r, 1));
			espgw_replay_advance(&r, 1);
			CHECK(!espgw_replay_check(&r, 0));
			free(r.bits);
		}
	}
}

/* Who continues another's work accepts nothing that is not above its top. */
static void continued(void)
{
	struct espgw_replay r;
	size_t w;
	u64 top, seq;

	for (w = 0; w < ARRAY_SIZE(windows); w++) {
		if (!windows[w])
			continue;
		for (top = 1; top < 5000; top += 1 + top / 8) {
			r = receiver(windows[w], false, top);
			for (seq = 0; seq <= top; seq++)
				CHECK(!espgw_replay_check(&r, seq));
			/* and loses nothing above it */
			set_clear();
			for (seq = 1; seq <= top; seq++)
				*set_slot(seq) = seq;
			for (seq = top + 130; seq > top; seq--)
				receive(&r, seq);
			free(r.bits);
		}
	}
}

/* -- ESN */

/*
 * The one number with these low bits among the 2^32 that begin with the
 * window's lowest; without a window they lie around the top. One that does not
 * exist has the top's own high half instead.
 */
static u64 naive_seq(u64 top, u32 window, u32 low)
{
	const int64_t turn = 1LL << 32;
	int64_t below = (window ? window : 1U << 31) - 1;
	/* how far from the top */
	int64_t delta = (u32)(low - (u32)top);

	if (delta >= turn - below)
		delta -= turn;
	if (delta < 0 ? (u64)-delta > top : (u64)delta > ~0ULL - top)
		return top >> 32 << 32 | low;
	return top + (u64)delta;
}

static void inference(void)
{
	u32 n = rounds(500000);
	struct espgw_replay r = { .esn = true };
	u32 low;

	while (n--) {
		r.window = windows[rnd_below(ARRAY_SIZE(windows))];
		switch (rnd_below(4)) {
		case 0:
			r.top = rnd_below(2 * 4096);
			break;
		case 1:
			r.top = ~(u64)rnd_below(2 * 4096);
			break;
		case 2:
			r.top = (rnd() << 32) - 4096 + rnd_below(2 * 4096);
			break;
		default:
			r.top = rnd();
		}
		low = one_in(4) ? (u32)rnd() :
		      one_in(2) ? (u32)r.top - r.window + rnd_below(3) :
		      one_in(8) ? (u32)r.top + (1U << 31) - rnd_below(3) :
				  (u32)r.top - 4200 + rnd_below(8400);
		if (!CHECK_EQ(espgw_replay_seq(&r, low),
			      naive_seq(r.top, r.window, low)))
			test_note("window %u, top %#" PRIx64 ", low %#x",
				  r.window, r.top, low);
	}
}

/* RFC 4303 A2.2 word by word, where both of its cases are possible. */
static void as_the_rfc_says(void)
{
	u32 n = rounds(200000);
	struct espgw_replay r = { .esn = true };
	u32 tl, th, bl, low, w, high;

	while (n--) {
		w = r.window = rnd_range(1, 4096);
		th = rnd_range(1, 1000);
		tl = one_in(2) ? rnd_below(2 * 4096) : (u32)rnd();
		r.top = (u64)th << 32 | tl;
		low = one_in(2) ? rnd_below(8192) - 4096 + tl : (u32)rnd();
		bl = tl - w + 1;
		if (tl >= w - 1)
			high = low >= bl ? th : th + 1;
		else
			high = low >= bl ? th - 1 : th;
		CHECK_EQ(espgw_replay_seq(&r, low), (u64)high << 32 | low);
	}
}

/* A sender's packets, shuffled within the window, over the 2^32 boundaries. */
static void over_the_boundary(void)
{
	static const u64 starts[] = {
		(1ULL << 32) - 5000, (2ULL << 32) - 5000,
		(0xffffffffULL << 32) - 5000, 1,
	};
	u64 order[128], seq, tmp;
	struct espgw_replay r;
	u32 n, i, j, span;
	size_t w, s;

	for (w = 0; w < ARRAY_SIZE(windows); w++) {
		span = windows[w] / 2;
		span = span > ARRAY_SIZE(order) ? ARRAY_SIZE(order) : span;
		span = span ? span : 1;
		for (s = 0; s < ARRAY_SIZE(starts); s++) {
			r = receiver(windows[w], true, starts[s] - 1);
			seq = starts[s];
			for (n = 0; n < 10000; n += span) {
				for (i = 0; i < span; i++)
					order[i] = seq++;
				for (i = span - 1; i; i--) {
					j = rnd_below(i + 1);
					tmp = order[i];
					order[i] = order[j];
					order[j] = tmp;
				}
				for (i = 0; i < span; i++) {
					tmp = espgw_replay_seq(&r,
							(u32)order[i]);
					CHECK_EQ(tmp, order[i]);
					CHECK(espgw_replay_check(&r, tmp));
					espgw_replay_advance(&r, tmp);
				}
			}
			free(r.bits);
		}
	}
}

/* Without ESN the number is what the packet says, up to the last one. */
static void without_esn(void)
{
	struct espgw_replay r = receiver(64, false, 0xfffffff0);
	u64 seq;

	for (seq = 0xfffffff1; seq <= 0xffffffff; seq++) {
		CHECK_EQ(espgw_replay_seq(&r, (u32)seq), seq);
		CHECK(espgw_replay_check(&r, seq));
		espgw_replay_advance(&r, seq);
	}
	for (seq = 0; seq < 1000; seq++)
		CHECK(!espgw_replay_check(&r, espgw_replay_seq(&r, (u32)seq)));
	free(r.bits);
}

TESTS({ "storage for every window", storage },
      { "number 0 is never taken", zero },
      { "the top moves very far", far },
      { "all sequences of five, small windows", exhaustive },
      { "the edges are exact", edges },
      { "random walks against a set", random_walks },
      { "a window that continues another's work", continued },
      { "ESN inference against a ruler", inference },
      { "ESN inference against RFC 4303 A2.2", as_the_rfc_says },
      { "shuffled packets over the 2^32 boundaries", over_the_boundary },
      { "32-bit numbers do not wrap", without_esn });
