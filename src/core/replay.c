// SPDX-License-Identifier: GPL-2.0
/* Anti-replay window and extended sequence numbers (RFC 4303 3.4.3, A2). */

#include "replay.h"

/*
 * How many 64-bit words the bits of so many consecutive numbers can lie in: the
 * first may be a word's last bit.
 */
#define WORDS_TOUCHED(window)	(((window) + 62) / 64 + 1)

static_assert(WORDS_TOUCHED(ESPGW_REPLAY_WINDOW_MAX) <= ESPGW_REPLAY_WORDS_MAX);
static_assert(WORDS_TOUCHED(ESPGW_REPLAY_WINDOW_MAX) >
	      ESPGW_REPLAY_WORDS_MAX / 2);

/**
 * espgw_replay_words() - the storage that a window needs
 * @window: packets, at most ESPGW_REPLAY_WINDOW_MAX
 *
 * Return: 64-bit words, a power of two; 0 for window 0.
 */
u32 espgw_replay_words(u32 window)
{
	u32 words = 1;

	if (!window)
		return 0;
	while (words < WORDS_TOUCHED(window))
		words <<= 1;
	return words;
}

/**
 * espgw_replay_init() - prepare a receive window
 * @r: receive window
 * @window: packets, at most ESPGW_REPLAY_WINDOW_MAX; 0: no check is made
 * @esn: 64-bit sequence numbers
 * @top: highest number already seen; 0: none
 * @bits: espgw_replay_words() words, whatever is in them; NULL for window 0
 *
 * If @top is not 0, the SA has been used before. Which numbers up to @top were
 * accepted then is not known, and none may be accepted twice, so all count as
 * seen.
 */
void espgw_replay_init(struct espgw_replay *r, u32 window, bool esn, u64 top,
		       u64 *bits)
{
	u32 words = espgw_replay_words(window);

	r->top = top;
	r->window = window;
	r->mask = words ? words - 1 : 0;
	r->esn = esn;
	r->bits = bits;
	if (!words)
		return;
	if (!top) {
		memset(bits, 0, words * sizeof(*bits));
		return;
	}
	memset(bits, 0xff, words * sizeof(*bits));
	/* The numbers above the top in the top's own word were not seen. */
	bits[(u32)(top >> 6) & r->mask] = ~0ULL >> (63 - (top & 63));
}

/**
 * espgw_replay_seq_esn() - infer an extended sequence number (RFC 4303 A2.2)
 * @r: receive window, with @r->esn
 * @seq_low: the 32 bits that the packet carries
 *
 * Of the numbers with these low bits it is the one that lies in the window or,
 * if none does, the next one above it. Without a window it is the one nearest
 * to the top. If that would be below 0 or beyond 64 bits, the high half is the
 * top's own: such a packet is forged or too old, and fails the replay check or
 * its ICV.
 *
 * Return: the 64-bit number.
 */
u64 espgw_replay_seq_esn(const struct espgw_replay *r, u32 seq_low)
{
	u32 span = r->window ? r->window : 1U << 31;
	u32 low = (u32)r->top;
	u32 high = (u32)(r->top >> 32);
	u32 bottom = low - span + 1;

	if (low >= span - 1) {
		if (seq_low < bottom && high != 0xffffffff)
			high++;
	} else {
		if (seq_low >= bottom && high)
			high--;
	}
	return (u64)high << 32 | seq_low;
}

/**
 * espgw_replay_slide() - the slow half of espgw_replay_advance()
 * @r: receive window
 * @seq: new top, in another word than the present one
 *
 * The ring's words that the top moves on to still hold numbers of long ago, and
 * are cleared.
 */
void espgw_replay_slide(struct espgw_replay *r, u64 seq)
{
	u64 word = r->top >> 6;
	u64 last = seq >> 6;

	if (!r->window)
		return;
	if (last - word > r->mask) {
		memset(r->bits, 0, ((size_t)r->mask + 1) * sizeof(*r->bits));
		return;
	}
	while (word++ != last)
		r->bits[(u32)word & r->mask] = 0;
}
