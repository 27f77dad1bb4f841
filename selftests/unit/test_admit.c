// SPDX-License-Identifier: GPL-2.0
/*
 * Admission: every cell, against rules that were written down as sentences:
 * RFC 4301 5.1, 5.2, 6.2 and 7.4, RFC 4861 3.1.
 */

#include "admit.h"
#include "test.h"

static const char *const origins[] = {
	"clear", "decrypted", "reassembled", "reassembled, decrypted", "mixed",
};

/* Every case is one that happens: else it is to be dropped as invalid. */
static bool happens(u32 dir, u32 origin, u32 ruling)
{
	if (dir != ESPGW_DIR_IN && dir != ESPGW_DIR_OUT)
		return false;
	if (origin > ESPGW_ORIGIN_MIXED || ruling > ESPGW_RULING_NEIGHBOUR)
		return false;
	/* What leaves comes from here. */
	if (dir == ESPGW_DIR_OUT && origin != ESPGW_ORIGIN_CLEAR)
		return false;
	/* What no tunnel has brought has come by no policy's tunnel. */
	if (ruling == ESPGW_RULING_PROTECT_SAME &&
	    (origin == ESPGW_ORIGIN_CLEAR || origin == ESPGW_ORIGIN_REASSEMBLED))
		return false;
	return true;
}

static enum espgw_admit naive_out(u32 ruling)
{
	if (ruling == ESPGW_RULING_DISCARD)
		return ESPGW_ADMIT_DISCARD;
	if (ruling == ESPGW_RULING_PROTECT)
		return ESPGW_ADMIT_ENCRYPT;
	/* 5.1: nothing leaves in clear that a policy may protect */
	if (ruling == ESPGW_RULING_UNKNOWN)
		return ESPGW_ADMIT_FRAG_PORTS;
	if (ruling == ESPGW_RULING_UNREADABLE)
		return ESPGW_ADMIT_UNREADABLE;
	return ESPGW_ADMIT_PASS;
}

static enum espgw_admit naive_in(bool by_tunnel, bool mixed, u32 ruling)
{
	bool covered = ruling != ESPGW_RULING_NONE &&
		       ruling != ESPGW_RULING_BYPASS;

	if (by_tunnel) {
		/* 5.2: only what its own policy lets leave by it */
		if (ruling == ESPGW_RULING_PROTECT_SAME)
			return ESPGW_ADMIT_PASS;
		/* RFC 4861 3.1: not on this link */
		if (ruling == ESPGW_RULING_NEIGHBOUR)
			return ESPGW_ADMIT_ND;
		/* 7.3 */
		if (ruling == ESPGW_RULING_UNKNOWN)
			return ESPGW_ADMIT_FRAG_PORTS;
		return ESPGW_ADMIT_SELECTOR;
	}
	if (!covered)
		return ESPGW_ADMIT_PASS;
	if (ruling == ESPGW_RULING_DISCARD)
		return ESPGW_ADMIT_DISCARD;
	if (ruling == ESPGW_RULING_UNKNOWN)
		return ESPGW_ADMIT_FRAG_PORTS;
	if (ruling == ESPGW_RULING_UNREADABLE)
		return ESPGW_ADMIT_UNREADABLE;
	/* 7.4: whoever added the part in clear, it is not the peer's word */
	if (mixed)
		return ESPGW_ADMIT_MIXED;
	if (ruling == ESPGW_RULING_PROTECT)
		return ESPGW_ADMIT_CLEARTEXT;
	return ESPGW_ADMIT_PASS;	/* exempt, neighbours */
}

static enum espgw_admit naive(u32 dir, u32 origin, u32 ruling)
{
	if (!happens(dir, origin, ruling))
		return ESPGW_ADMIT_INVALID;
	if (dir == ESPGW_DIR_OUT)
		return naive_out(ruling);
	return naive_in(origin == ESPGW_ORIGIN_DECRYPTED ||
			origin == ESPGW_ORIGIN_REASSEMBLED_DECRYPTED,
			origin == ESPGW_ORIGIN_MIXED, ruling);
}

/* All that there is, and some that there is not. */
static void cells(void)
{
	u32 dir, origin, ruling, n = 0, passed = 0;
	enum espgw_admit got;

	for (dir = 0; dir < 256; dir++) {
		for (origin = 0; origin < 300; origin++) {
			for (ruling = 0; ruling < 300; ruling++) {
				got = espgw_admit((u8)dir, origin, ruling);
				if (!CHECK_EQ(got, naive(dir, origin, ruling)))
					test_note("dir %u origin %u ruling %u",
						  dir, origin, ruling);
				n += got != ESPGW_ADMIT_INVALID;
				passed += got == ESPGW_ADMIT_PASS;
			}
		}
	}
	/* In: nine rulings of five origins but two cells. Out: eight. */
	CHECK_EQ(n, 9 * 5 - 2 + 8);
	/* Out 4, clear and reassembled 4 each, by tunnel 1 each, mixed 2. */
	CHECK_EQ(passed, 4 + 2 * 4 + 2 * 1 + 2);
}

/* What the policies say, in words: one after the other, the last one counts. */
static u32 naive_ruling(u32 match, u32 action, bool same, u32 exempt, bool nd)
{
	u32 ruling = ESPGW_RULING_NONE;

	if (match == ESPGW_MATCH_UNKNOWN)
		ruling = ESPGW_RULING_UNKNOWN;
	if (match == ESPGW_MATCH_YES) {
		ruling = ESPGW_RULING_DISCARD;
		if (action == ESPGW_ACTION_BYPASS)
			ruling = ESPGW_RULING_BYPASS;
		if (action == ESPGW_ACTION_PROTECT) {
			ruling = ESPGW_RULING_PROTECT;
			if (exempt == ESPGW_MATCH_YES)
				ruling = ESPGW_RULING_EXEMPT;
			if (exempt == ESPGW_MATCH_UNKNOWN)
				ruling = ESPGW_RULING_UNKNOWN;
			if (same)
				ruling = ESPGW_RULING_PROTECT_SAME;
		}
	}
	if (nd && ruling != ESPGW_RULING_DISCARD)
		ruling = ESPGW_RULING_NEIGHBOUR;
	return ruling;
}

/*
 * From the look-up to the end: what a reader of RFC 4301 wants to be sure of,
 * whatever the table looks like.
 */
static void from_policy_to_wire(void)
{
	u32 seen[ESPGW_RULING_NEIGHBOUR + 1] = { 0 };
	u32 match, action, same, exempt, nd, origin, ruling, got;
	bool protects, covers, good;

	for (match = 0; match < 3; match++)
	for (action = 0; action < 5; action++)
	for (same = 0; same < 2; same++)
	for (exempt = 0; exempt < 3; exempt++)
	for (nd = 0; nd < 2; nd++) {
		ruling = espgw_ruling_of(match, (u8)action, same, exempt, nd);
		if (!CHECK_EQ(ruling, naive_ruling(match, action, same, exempt,
						   nd)))
			test_note("match %u action %u same %u exempt %u nd %u",
				  match, action, same, exempt, nd);
		seen[ruling]++;
		covers = match != ESPGW_MATCH_NO &&
			 !(match == ESPGW_MATCH_YES &&
			   action == ESPGW_ACTION_BYPASS);
		protects = match == ESPGW_MATCH_YES &&
			   action == ESPGW_ACTION_PROTECT;

		/* What was not decrypted has no path to be the same. */
		if (!same) {
			got = espgw_admit(ESPGW_DIR_OUT, ESPGW_ORIGIN_CLEAR,
					  ruling);
			CHECK(got != ESPGW_ADMIT_INVALID);
			CHECK_EQ(got == ESPGW_ADMIT_ENCRYPT, protects && !nd &&
				 exempt == ESPGW_MATCH_NO);
			if (covers && got == ESPGW_ADMIT_PASS)
				CHECK(nd || (protects &&
					     exempt == ESPGW_MATCH_YES));
		}
		for (origin = 0; origin <= ESPGW_ORIGIN_MIXED; origin++) {
			bool tunnel = origin == ESPGW_ORIGIN_DECRYPTED ||
				origin == ESPGW_ORIGIN_REASSEMBLED_DECRYPTED;

			got = espgw_admit(ESPGW_DIR_IN, origin, ruling);
			CHECK(got != ESPGW_ADMIT_ENCRYPT);
			if (got != ESPGW_ADMIT_PASS)
				continue;
			if (tunnel)
				good = protects && same && !nd;
			else if (origin == ESPGW_ORIGIN_MIXED)
				good = !covers && !nd;
			else
				good = !covers || nd ||
				       (protects && exempt == ESPGW_MATCH_YES);
			if (!CHECK(good))
				test_note("%s: match %u action %u same %u exempt %u nd %u",
					  origins[origin], match, action, same,
					  exempt, nd);
		}
	}
	/* No ruling but that of quotes is left out. */
	for (ruling = 0; ruling <= ESPGW_RULING_NEIGHBOUR; ruling++)
		CHECK_EQ(!!seen[ruling], ruling != ESPGW_RULING_UNREADABLE);
}

/* ---- what a tunnel lives on ---- */

static bool ike_port(u32 proto, u32 port)
{
	if (proto == 17)
		return port == 500 || port == 4500;
	return proto == 6 && port == 4500;
}

static enum espgw_match naive_exempt(const struct espgw_view *v,
				     const struct espgw_addr *from,
				     const struct espgw_addr *to, u8 family)
{
	if (v->family != family || memcmp(&v->src, from, sizeof(*from)) ||
	    memcmp(&v->dst, to, sizeof(*to)))
		return ESPGW_MATCH_NO;
	if (v->proto == 50 || v->proto == 51)
		return ESPGW_MATCH_YES;
	if (v->proto == 17 || v->proto == 6) {
		if (!v->has_ports)
			return ESPGW_MATCH_UNKNOWN;
		if (ike_port(v->proto, v->sport) || ike_port(v->proto, v->dport))
			return ESPGW_MATCH_YES;
		return ESPGW_MATCH_NO;
	}
	/* an extension header, behind which UDP may be */
	if (v->family == 6 && v->frag_off &&
	    (v->proto == 0 || v->proto == 43 || v->proto == 44 ||
	     v->proto == 60))
		return ESPGW_MATCH_UNKNOWN;
	return ESPGW_MATCH_NO;
}

static const u16 some_ports[] = { 0, 499, 500, 501, 1701, 4499, 4500, 4501 };

/*
 * Every protocol, ports around those that count, whole and in fragments, between
 * the ends and with one bit of an address turned.
 */
static void exempt(void)
{
	u32 seen[3] = { 0 };
	u32 family, proto, frag, ports, sport, dport, inbound, which, i;
	struct espgw_addr end[2], *from, *to;
	enum espgw_match got, want;
	struct espgw_view v;

	for (family = 4; family <= 6; family += 2)
	for (inbound = 0; inbound < 2; inbound++)
	for (proto = 0; proto < 256; proto++)
	for (frag = 0; frag < 3; frag++)
	for (ports = 0; ports < 2; ports++)
	for (sport = 0; sport < ARRAY_SIZE(some_ports); sport++)
	for (dport = 0; dport < ARRAY_SIZE(some_ports); dport++) {
		memset(end, 0, sizeof(end));
		for (i = 0; i < 2; i++)
			rnd_bytes(&end[i], family == 4 ? 4 : 16);
		from = inbound ? &end[1] : &end[0];
		to = inbound ? &end[0] : &end[1];
		memset(&v, 0, sizeof(v));
		v.family = (u8)family;
		v.proto = (u8)proto;
		v.src = *from;
		v.dst = *to;
		v.is_frag = frag;
		v.frag_off = frag == 2 ? 64 : 0;
		v.has_ports = ports;
		if (ports) {
			v.sport = some_ports[sport];
			v.dport = some_ports[dport];
		}
		got = espgw_admit_exempt(&v, &end[0], &end[1], (u8)family,
					 inbound);
		want = naive_exempt(&v, from, to, (u8)family);
		if (!CHECK_EQ(got, want))
			test_note("IPv%u inbound %u proto %u frag %u ports %u %u %u",
				  family, inbound, proto, frag, ports, v.sport,
				  v.dport);
		seen[got]++;

		/* Not of another family, nor the other way, nor of others. */
		CHECK_EQ(espgw_admit_exempt(&v, &end[0], &end[1],
					    (u8)(10 - family), inbound),
			 ESPGW_MATCH_NO);
		CHECK_EQ(espgw_admit_exempt(&v, &end[0], &end[1], (u8)family,
					    !inbound), ESPGW_MATCH_NO);
		which = rnd_below(2);
		i = rnd_below(family == 4 ? 32 : 128);
		((u8 *)&end[which])[i / 8] ^= (u8)(0x80 >> i % 8);
		CHECK_EQ(espgw_admit_exempt(&v, &end[0], &end[1], (u8)family,
					    inbound), ESPGW_MATCH_NO);
	}
	for (i = 0; i < 3; i++)
		CHECK(seen[i] > 1000);
}

/*
 * The fragments of a datagram, with the ports and the protocol of the first one
 * in all of them, are judged alike, and like the datagram.
 */
static void fragments(void)
{
	static const u8 protos[] = { 6, 17, 47, 50, 51, 58, 136 };
	struct espgw_addr end[2] = { 0 };
	struct espgw_view v = { 0 };
	u32 i, p, dport, frag, whole;

	rnd_bytes(end, sizeof(end));
	v.family = 6;
	v.src = end[0];
	v.dst = end[1];
	for (p = 0; p < ARRAY_SIZE(protos); p++)
	for (dport = 0; dport < ARRAY_SIZE(some_ports); dport++) {
		v.proto = protos[p];
		v.has_ports = espgw_proto_has_ports(v.proto);
		v.sport = 1701;
		v.dport = some_ports[dport];
		v.is_frag = false;
		v.frag_off = 0;
		whole = espgw_admit_exempt(&v, &end[0], &end[1], 6, false);
		CHECK(whole != ESPGW_MATCH_UNKNOWN);
		for (i = 0; i < 3; i++) {
			v.is_frag = true;
			v.frag_off = (u16)(i * 1232);
			frag = espgw_admit_exempt(&v, &end[0], &end[1], 6,
						  false);
			CHECK_EQ(frag, whole);
		}
	}
}

/* ---- questions to a view ---- */

static bool naive_error(const struct espgw_view *v)
{
	if (v->frag_off)
		return false;
	if (v->family == 6 && v->proto == 58)
		return v->icmp_type <= 127;
	if (v->family == 4 && v->proto == 1)
		return v->icmp_type == 3 || v->icmp_type == 4 ||
		       v->icmp_type == 5 || v->icmp_type == 11 ||
		       v->icmp_type == 12;
	return false;
}

static bool naive_nd(const struct espgw_view *v)
{
	return v->family == 6 && v->proto == 58 && v->ttl == 255 &&
	       !v->mf && !v->frag_off &&
	       (v->icmp_type == 133 || v->icmp_type == 134 ||
		v->icmp_type == 135 || v->icmp_type == 136 ||
		v->icmp_type == 137);
}

static void questions(void)
{
	static const u8 protos[] = { 0, 1, 2, 6, 17, 44, 57, 58, 59, 60, 255 };
	static const u8 ttls[] = { 0, 1, 64, 254, 255 };
	u32 family, p, type, ttl, frag, errors = 0, nds = 0;
	struct espgw_view v = { 0 };

	for (family = 4; family <= 6; family += 2)
	for (p = 0; p < ARRAY_SIZE(protos); p++)
	for (type = 0; type < 256; type++)
	for (ttl = 0; ttl < ARRAY_SIZE(ttls); ttl++)
	for (frag = 0; frag < 4; frag++) {
		v.family = (u8)family;
		v.proto = protos[p];
		v.icmp_type = (u8)type;
		v.ttl = ttls[ttl];
		v.mf = frag & 1;
		v.frag_off = frag & 2 ? 1480 : 0;
		v.is_frag = frag;
		if (!CHECK_EQ(espgw_is_icmp_error(&v), naive_error(&v)) ||
		    !CHECK_EQ(espgw_is_nd(&v), naive_nd(&v)))
			test_note("IPv%u proto %u type %u ttl %u frag %u",
				  family, v.proto, type, v.ttl, frag);
		errors += espgw_is_icmp_error(&v);
		nds += espgw_is_nd(&v);
	}
	/* Of whole packets and first fragments, with each TTL; of five types. */
	CHECK_EQ(errors, (128 + 5) * ARRAY_SIZE(ttls) * 2);
	CHECK_EQ(nds, 5);
}

TESTS({ "every direction, origin and ruling, and what is none", cells },
      { "from what a policy says to what becomes of the packet", from_policy_to_wire },
      { "what a tunnel lives on, by protocol, ports, fragment and address", exempt },
      { "fragments are judged like their datagram", fragments },
      { "ICMP errors and neighbour discovery", questions });
