/* SPDX-License-Identifier: GPL-2.0 */
/* Anti-replay window and extended sequence numbers (RFC 4303 3.4.3, A2). */
#ifndef ESPGW_CORE_REPLAY_H
#define ESPGW_CORE_REPLAY_H

#include "core.h"

/* espgw_replay_words() of the largest window, ESPGW_REPLAY_WINDOW_MAX. */
#define ESPGW_REPLAY_WORDS_MAX	128

/**
 * struct espgw_replay - receive window
 * @top: highest sequence number accepted; 0: none yet
 * @window: packets; 0: no check is made
 * @mask: number of words in @bits, less 1
 * @esn: 64-bit sequence numbers
 * @bits: ring of bits, caller's storage of espgw_replay_words() words; bit
 *	(n mod 64) of word (n / 64 mod words) is number n. They hold the
 *	window wherever in a word it begins, so the top moves on by clearing
 *	whole words, and nothing is ever shifted (RFC 6479)
 *
 * Not locked here.
 */
struct espgw_replay {
	u64 top;
	u32 window;
	u32 mask;
	bool esn;
	u64 *bits;
};

u32 espgw_replay_words(u32 window);
void espgw_replay_init(struct espgw_replay *r, u32 window, bool esn, u64 top,
		       u64 *bits);
u64 espgw_replay_seq_esn(const struct espgw_replay *r, u32 seq_low);
void espgw_replay_slide(struct espgw_replay *r, u64 seq);

/**
 * espgw_replay_seq() - the whole sequence number of a packet
 * @r: receive window
 * @seq_low: the 32 bits that the packet carries
 *
 * Return: the number to check, authenticate and advance by.
 */
static inline u64 espgw_replay_seq(const struct espgw_replay *r, u32 seq_low)
{
	return r->esn ? espgw_replay_seq_esn(r, seq_low) : seq_low;
}

/**
 * espgw_replay_check() - whether a packet may be taken
 * @r: receive window
 * @seq: from espgw_replay_seq()
 *
 * Number 0 never may: a sender's first is 1 (RFC 4303 2.2).
 *
 * Return: true if @seq is new: not too old and not seen.
 */
static inline bool espgw_replay_check(const struct espgw_replay *r, u64 seq)
{
	if (likely(seq > r->top))
		return true;
	if (!r->window)
		return seq;
	if (!seq || r->top - seq >= r->window)
		return false;
	return !(r->bits[(u32)(seq >> 6) & r->mask] >> (seq & 63) & 1);
}

/**
 * espgw_replay_advance() - a packet was authenticated: mark it as seen
 * @r: receive window
 * @seq: from espgw_replay_seq(), with espgw_replay_check() true
 */
static inline void espgw_replay_advance(struct espgw_replay *r, u64 seq)
{
	if (likely(seq > r->top)) {
		/* Only in another word there may be old bits to clear. */
		if (unlikely((seq ^ r->top) >> 6))
			espgw_replay_slide(r, seq);
		r->top = seq;
	}
	if (likely(r->window))
		r->bits[(u32)(seq >> 6) & r->mask] |= 1ULL << (seq & 63);
}

#endif
