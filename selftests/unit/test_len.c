// SPDX-License-Identifier: GPL-2.0
/* Exact sizes, for every cipher, encapsulation and path MTU. */

#include "sizes.h"
#include "test.h"

/* inner(1500), in the order of ciphers[] and encaps[] */
static const u32 inner_of_1500[][4] = {
	{ 1446, 1438, 1426, 1418 },
	{ 1438, 1422, 1422, 1406 },
	{ 1438, 1422, 1406, 1406 },
	{ 1422, 1422, 1406, 1390 },
	{ 1422, 1406, 1390, 1390 },
};

static void table(void)
{
	struct espgw_len l;
	size_t c, e;

	for (c = 0; c < ARRAY_SIZE(inner_of_1500); c++) {
		for (e = 0; e < ARRAY_SIZE(encaps); e++) {
			l = sizes(&ciphers[c], &encaps[e]);
			if (!CHECK_EQ(espgw_len_inner(&l, 1500),
				      inner_of_1500[c][e]))
				test_note("%s, %s", ciphers[c].name,
					  encaps[e].name);
		}
	}
}

/*
 * The largest that fits is found from below, by trying: one more each time that
 * the path's MTU has room for it.
 */
static void every_path_mtu(void)
{
	struct espgw_len l;
	u32 mtu, best;
	size_t c, e;

	for (c = 0; c < ARRAY_SIZE(ciphers); c++) {
		for (e = 0; e < ARRAY_SIZE(encaps); e++) {
			l = sizes(&ciphers[c], &encaps[e]);
			best = 0;
			for (mtu = 0; mtu <= 9216; mtu++) {
				while (naive_outer(&ciphers[c], &encaps[e],
						   best + 1) <= mtu)
					best++;
				if (!CHECK_EQ(espgw_len_inner(&l, mtu), best))
					test_note("%s, %s, MTU %u",
						  ciphers[c].name,
						  encaps[e].name, mtu);
			}
		}
	}
}

static void every_payload(void)
{
	struct espgw_len l;
	u32 len, outer;
	size_t c, e;

	for (c = 0; c < ARRAY_SIZE(ciphers); c++) {
		for (e = 0; e < ARRAY_SIZE(encaps); e++) {
			l = sizes(&ciphers[c], &encaps[e]);
			for (len = 0; len <= 65535;
			     len += len < 9216 ? 1 : 97) {
				outer = naive_outer(&ciphers[c], &encaps[e],
						    len);
				CHECK_EQ(espgw_len_outer(&l, len), outer);
				CHECK_EQ(l.head + len +
					 espgw_len_pad(&l, len) + 2 + l.icv,
					 outer);
				CHECK(espgw_len_pad(&l, len) < l.align);
			}
		}
	}
}

/* From the smallest MTU to numbers that no link has. */
static void extremes(void)
{
	struct espgw_len l;
	u32 mtu, inner;
	size_t c, e;

	for (c = 0; c < ARRAY_SIZE(ciphers); c++) {
		for (e = 0; e < ARRAY_SIZE(encaps); e++) {
			l = sizes(&ciphers[c], &encaps[e]);
			for (mtu = 0; mtu < (u32)l.head + l.icv; mtu++)
				CHECK_EQ(espgw_len_inner(&l, mtu), 0);
			for (mtu = 65535; mtu; mtu <<= 1) {
				inner = espgw_len_inner(&l, mtu);
				CHECK(inner < mtu);
				CHECK(mtu - inner <
				      (u32)l.head + l.icv + l.align + 2);
			}
			CHECK(espgw_len_inner(&l, ~0u) > ~0u - 256);
		}
	}
}

TESTS({ "the table of sizes at 1500", table },
      { "every path MTU from 0 to 9216: the largest that fits", every_path_mtu },
      { "padding and outer length of every payload", every_payload },
      { "no underflow below the overhead, no overflow above", extremes });
