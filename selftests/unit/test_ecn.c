// SPDX-License-Identifier: GPL-2.0
/* ECN over tunnels: all there is, twice over. */

#include "ecn.h"
#include "test.h"

/* RFC 6040 4.2, in words instead of Figure 4 */
static u8 decap_in_words(u8 inner, u8 outer)
{
	bool inner_ect = inner & 3;
	bool outer_ce = (outer & 3) == 3;

	if (!inner_ect)
		return outer_ce ? ESPGW_ECN_DROP : 0;
	/* the more severe of both: CE, then ECT(1), then ECT(0) */
	if (outer_ce || (inner & 3) == 3)
		return 3;
	if ((inner & 3) == 1 || (outer & 3) == 1)
		return 1;
	return 2;
}

/* RFC 6040 Figure 4 as it stands there, columns 00 10 01 11 */
static void figure_4(void)
{
	static const u8 order[4] = { 0, 2, 1, 3 };
	static const u8 figure[4][4] = {
		{ 0, 0, 0, ESPGW_ECN_DROP },
		{ 2, 2, 1, 3 },
		{ 1, 1, 1, 3 },
		{ 3, 3, 3, 3 },
	};
	int i, o;

	for (i = 0; i < 4; i++)
		for (o = 0; o < 4; o++)
			CHECK_EQ(espgw_ecn_decap(order[i], order[o]),
				 figure[i][o]);
}

static void all_bytes(void)
{
	u32 i, o;

	for (i = 0; i < 256; i++) {
		for (o = 0; o < 256; o++)
			CHECK_EQ(espgw_ecn_decap((u8)i, (u8)o),
				 decap_in_words((u8)i, (u8)o));
		CHECK_EQ(espgw_ecn_encap((u8)i, true), i & 3);
		CHECK_EQ(espgw_ecn_encap((u8)i, false), 0);
	}
}

/* What is sent without congestion arrives as it was, in either mode. */
static void round_trip(void)
{
	u8 ecn;

	for (ecn = 0; ecn < 4; ecn++) {
		CHECK_EQ(espgw_ecn_decap(ecn, espgw_ecn_encap(ecn, false)),
			 ecn);
		CHECK_EQ(espgw_ecn_decap(ecn, espgw_ecn_encap(ecn, true)), ecn);
	}
}

TESTS({ "RFC 6040 Figure 4", figure_4 },
      { "all pairs of TOS bytes", all_bytes },
      { "a round trip without congestion changes nothing", round_trip });
