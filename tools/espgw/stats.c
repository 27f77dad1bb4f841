// SPDX-License-Identifier: GPL-2.0
/*
 * stats - the namespace's counters
 */
#include <assert.h>
#include <ctype.h>
#include <linux/genetlink.h>
#include <string.h>

#include "stats.h"

#define TRAFFIC ESPGW_STATS_TRAFFIC
#define FRAGMENT ESPGW_STATS_FRAGMENT
#define DROP_OUT ESPGW_STATS_DROP_OUT
#define DROP_IN ESPGW_STATS_DROP_IN
#define PMTU ESPGW_STATS_PMTU

#define COUNTER(attr, group, meaning) [ESPGW_STATS_A_##attr] = { #attr, group, meaning }
#define DROP(attr, group, meaning, advice)                                                \
	[ESPGW_STATS_A_##attr] = { #attr, group, meaning, advice }

static const struct espgw_stats_counter counters[] = {
	COUNTER(OUT_PACKETS, TRAFFIC, "ESP packets made"),
	COUNTER(OUT_BYTES, TRAFFIC, "of inner packets encrypted"),
	COUNTER(IN_PACKETS, TRAFFIC, "inner packets delivered"),
	COUNTER(IN_BYTES, TRAFFIC, "of inner packets delivered"),
	COUNTER(OUT_BYPASS, TRAFFIC, "packets that a bypass policy let pass"),
	COUNTER(OUT_NO_POLICY, TRAFFIC, "packets that no policy matched, passed"),
	COUNTER(OUT_PREFRAG, FRAGMENT, "packets fragmented before encryption"),
	COUNTER(OUT_PREFRAG_PIECES, FRAGMENT, "pieces made of them"),
	COUNTER(OUT_POSTFRAG, FRAGMENT, "packets fragmented after encryption"),
	COUNTER(OUT_GSO, FRAGMENT, "super-packets segmented"),
	COUNTER(OUT_TCP_SPLIT, FRAGMENT, "TCP packets cut into segments that fit, instead of fragments"),
	COUNTER(MSS_ADJUSTED, FRAGMENT, "SYNs whose maximum segment size was lowered or put in"),
	COUNTER(OUT_DF_OVERRIDDEN, FRAGMENT, "packets fragmented although DF was set"),
	COUNTER(OUT_ASYNC, TRAFFIC, "encryptions that completed asynchronously"),
	COUNTER(IN_ASYNC, TRAFFIC, "decryptions that completed asynchronously"),
	COUNTER(IN_REASSEMBLED, FRAGMENT, "ESP packets taken after reassembly"),
	COUNTER(IN_GRO, TRAFFIC, "TCP packets handed to receive offload (GRO) after decryption"),
	COUNTER(IN_GSO, TRAFFIC, "aggregates of UDP datagrams, ESP among them, cut before decryption"),
	COUNTER(IN_DUMMY, TRAFFIC, "dummy packets (next header 59) discarded"),
	COUNTER(ICMP_ANSWERED, FRAGMENT, "answers sent to inner senders"),
	COUNTER(ICMP_SUPPRESSED, FRAGMENT, "answers withheld by the rate limit"),
	COUNTER(ICMP_RELAYED, FRAGMENT, "answers sent because a router on the path dropped the packet"),
	COUNTER(ACQUIRE, TRAFFIC, "acquire events sent"),
	COUNTER(DROP_OUT_DISCARD, DROP_OUT, "a discard policy matched"),
	DROP(DROP_OUT_NO_SA, DROP_OUT, "protect policy, no usable SA",
	     "espgw sa show reqid N: add one, or see what the key daemon says"),
	DROP(DROP_OUT_NO_ROUTE, DROP_OUT, "no route or neighbour to the peer",
	     "ip route get PEER from SRC; ip neigh"),
	DROP(DROP_OUT_TOO_BIG, DROP_OUT, "too big; the policy says drop",
	     "let ICMP 3/4 and ICMPv6 2 reach the hosts, or set inner-df clear"),
	DROP(DROP_OUT_SEQ, DROP_OUT, "sequence numbers used up",
	     "rekey earlier, by soft limits"),
	DROP(DROP_OUT_LIMIT, DROP_OUT, "hard limit reached",
	     "rekey earlier, by soft limits"),
	DROP(DROP_OUT_NOMEM, DROP_OUT, "out of memory",
	     "the system needs more memory"),
	DROP(DROP_OUT_CRYPTO, DROP_OUT, "the cipher failed or its queue was full",
	     "an accelerator's queue is full: dmesg; more of them, or less traffic"),
	DROP(DROP_OUT_MALFORMED, DROP_OUT, "not a valid IP packet",
	     "find who sends it: tcpdump in the LAN"),
	DROP(DROP_OUT_FRAG_PORTS, DROP_OUT, "fragment without ports, policy with ports",
	     "espgw vfr set ... auto, or policies without ports"),
	DROP(DROP_OUT_FRAGMENT, DROP_OUT, "a piece could not be made; rest dropped",
	     "the system needs more memory"),
	DROP(DROP_OUT_LOOP, DROP_OUT, "came round again through the same SA",
	     "the route to the peer leads through its tunnel: ip route get PEER"),
	DROP(DROP_OUT_HELD, DROP_OUT, "SA rests for 10 s after a loop",
	     "the route to the peer leads through its tunnel: ip route get PEER"),
	DROP(DROP_IN_CLEARTEXT, DROP_IN, "arrived in clear, should have been protected",
	     "the peer sends in clear what ours protects: its policy, or a bypass here"),
	COUNTER(DROP_IN_DISCARD, DROP_IN, "a discard policy matched"),
	DROP(DROP_IN_FRAG_PORTS, DROP_IN, "fragment without ports, policy with ports",
	     "espgw vfr set ... auto, or policies without ports"),
	DROP(DROP_IN_REPLAY, DROP_IN, "sequence number seen before or too old",
	     "a larger replay-window, or SAs by class if queues reorder"),
	DROP(DROP_IN_INTEGRITY, DROP_IN, "ICV wrong",
	     "compare keys and algorithms of both ends; esn on both or on neither"),
	DROP(DROP_IN_LENGTH, DROP_IN, "ESP packet too short or of a wrong length",
	     "compare algorithms and ICV lengths of both ends"),
	DROP(DROP_IN_PADDING, DROP_IN, "padding malformed",
	     "compare algorithms of both ends; is the peer's ESP right?"),
	DROP(DROP_IN_NEXT_HEADER, DROP_IN, "next header neither IPv4 nor IPv6",
	     "tunnel mode is needed at the peer, not transport mode"),
	DROP(DROP_IN_INNER, DROP_IN, "inner packet malformed",
	     "find who sends it, behind the peer"),
	DROP(DROP_IN_ECN, DROP_IN, "outer CE on an inner packet without ECT",
	     "a router on the path marks packets that are not ECN-capable: find it"),
	DROP(DROP_IN_SELECTOR, DROP_IN, "inner packet not what the policy says",
	     "policies of both ends must mirror each other, reqid included"),
	DROP(DROP_IN_SRC, DROP_IN, "outer source address or ports not the SA's",
	     "compare the SA's src; behind a NAT, encap on both ends"),
	DROP(DROP_IN_DEAD, DROP_IN, "SA is dead",
	     "rekey earlier, by soft limits"),
	DROP(DROP_IN_LIMIT, DROP_IN, "hard limit reached",
	     "rekey earlier, by soft limits"),
	DROP(DROP_IN_NOMEM, DROP_IN, "out of memory",
	     "the system needs more memory"),
	DROP(DROP_IN_BACKLOG, DROP_IN, "the receive queue was full",
	     "raise net.core.netdev_max_backlog (sysctl)"),
	DROP(DROP_IN_CRYPTO, DROP_IN, "the cipher failed or its queue was full",
	     "an accelerator's queue is full: dmesg; more of them, or less traffic"),
	DROP(DROP_IN_GSO, DROP_IN, "an aggregated ESP packet that cannot be cut again",
	     "switch receive offload off: ethtool -K DEV gro off"),
	DROP(DROP_IN_MALFORMED, DROP_IN, "not a valid IP packet",
	     "find who sends it: tcpdump at the WAN"),
	DROP(DROP_IN_REASSEMBLY, DROP_IN, "fragments that cannot be put together",
	     "ESP is lost on the way in pieces: let the peer send smaller (mtu-cap)"),
	COUNTER(PMTU_ACCEPTED, PMTU, "ICMP messages that lowered a path MTU"),
	COUNTER(PMTU_HINT, PMTU, "NAT-T hints taken"),
	COUNTER(PMTU_REJ_CHECKSUM, PMTU, "checksum wrong"),
	COUNTER(PMTU_REJ_TRUNCATED, PMTU, "quote too short"),
	COUNTER(PMTU_REJ_SPI, PMTU, "no such live outbound SA, or other addresses"),
	COUNTER(PMTU_REJ_SEQ, PMTU, "sequence number was not sent lately"),
	COUNTER(PMTU_REJ_DF, PMTU, "quoted or sent packet had DF=0"),
	COUNTER(PMTU_REJ_LENGTH, PMTU, "quoted length not above the claim"),
	COUNTER(PMTU_REJ_NOT_SENT, PMTU, "quoted length was never sent"),
	COUNTER(PMTU_REJ_NOT_LOWER, PMTU, "claim not below the present value"),
	COUNTER(PMTU_REJ_STALE, PMTU, "older than what is known"),
	COUNTER(PMTU_REJ_LOCKED, PMTU, "entry locked"),
	COUNTER(PMTU_REJ_TOO_SMALL, PMTU, "ICMPv6 claim below 1280"),
	COUNTER(PMTU_REJ_RATE, PMTU, "hints came too fast"),
	COUNTER(PMTU_REJ_OFF, PMTU, "learning switched off"),
	COUNTER(OUT_KEEPALIVE, TRAFFIC, "NAT-T keepalives sent"),
	COUNTER(IN_KEEPALIVE, TRAFFIC, "NAT-T keepalives received"),
	COUNTER(IN_MAPPING, TRAFFIC, "changes of a peer's address or port followed"),
	DROP(DROP_OUT_VFR, DROP_OUT, "a fragment; \"vfr stats\" says why",
	     "espgw vfr stats tells why"),
	DROP(DROP_IN_VFR, DROP_IN, "a fragment; \"vfr stats\" says why",
	     "espgw vfr stats tells why"),
	COUNTER(OUT_PROBE, PMTU, "probes sent"),
	COUNTER(IN_PROBE, PMTU, "answers to them"),
	COUNTER(PROBE_LOST, PMTU, "probes not answered in time"),
	COUNTER(BLACK_HOLE, PMTU, "sizes that no longer passed"),
	DROP(DROP_IN_ND, DROP_IN, "neighbour discovery out of a tunnel",
	     "route to what is beyond the tunnel: an SA bridges nothing"),
	DROP(DROP_IN_UNREADABLE, DROP_IN, "an ICMP error in clear; its quote cannot be read to its end",
	     "none is needed, unless a host waits for that error"),
	DROP(DROP_OUT_UNREADABLE, DROP_OUT, "an ICMP error in clear; its quote cannot be read to its end",
	     "none is needed, unless a host waits for that error"),
	COUNTER(OUT_GUARDED, TRAFFIC, "packets caught at a device that is not attached, and encrypted"),
	DROP(DROP_OUT_NAT, DROP_OUT, "a protect policy covered it before NAT, none since",
	     "exempt these flows from NAT"),
	DROP(DROP_OUT_ENCAP, DROP_OUT, "a route or flow table put it into another packet; a protect policy covers it",
	     "route it without encap seg6; leave it out of flow tables"),
	DROP(DROP_IN_DEVICE, DROP_IN, "the device that it belongs to is down",
	     "ip link set DEV up"),
	COUNTER(OUT_XFRM, TRAFFIC, "packets left to an xfrm interface: no adopted SA for them"),
	COUNTER(EVENT_LOST, TRAFFIC, "events that could not be told"),
};
static_assert(MNL_ARRAY_SIZE(counters) == __ESPGW_STATS_A_MAX, "a counter is missing");

static const struct {
	const char *title;
	bool drops;
} groups[] = {
	[TRAFFIC] = { "traffic", false },
	[FRAGMENT] = { "fragmentation", false },
	[DROP_OUT] = { "dropped on the way out", true },
	[DROP_IN] = { "dropped on the way in", true },
	[PMTU] = { "path MTU", false },
};

/**
 * espgw_stats_get - read the counters from a message
 * @nlh: the message
 * @stats: receives them
 *
 * Return: 0, or -1 if the message is malformed; says nothing.
 */
int espgw_stats_get(const struct nlmsghdr *nlh, struct espgw_stats *stats)
{
	const struct nlattr *attr;

	memset(stats, 0, sizeof(*stats));
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		unsigned int type = mnl_attr_get_type(attr);

		if (!type || type == ESPGW_STATS_A_PAD || type > ESPGW_STATS_A_MAX)
			continue;
		if (mnl_attr_get_payload_len(attr) != sizeof(uint64_t))
			return -1;
		stats->has[type / 64] |= 1ULL << type % 64;
		stats->count[type] = mnl_attr_get_u64(attr);
	}
	return 0;
}

/**
 * espgw_stats_has - whether there is a counter
 * @stats: the counters
 * @i: enum espgw_stats_attr
 *
 * Return: true if it was in the answer.
 */
bool espgw_stats_has(const struct espgw_stats *stats, unsigned int i)
{
	return stats->has[i / 64] >> i % 64 & 1;
}

/**
 * espgw_stats_counter - what a counter is
 * @i: enum espgw_stats_attr
 *
 * Return: its description; NULL: there is no such counter.
 */
const struct espgw_stats_counter *espgw_stats_counter(unsigned int i)
{
	return i < MNL_ARRAY_SIZE(counters) && counters[i].name ? &counters[i] : NULL;
}

/**
 * espgw_stats_name - the name of a counter as it is shown
 * @i: enum espgw_stats_attr, of one that there is
 * @text: buffer for it
 *
 * Return: @text.
 */
const char *espgw_stats_name(unsigned int i, char text[static ESPGW_STATS_NAME])
{
	const char *name = counters[i].name;
	size_t n;

	for (n = 0; name[n] && n < ESPGW_STATS_NAME - 1; n++)
		text[n] = tolower((unsigned char)name[n]);
	text[n] = '\0';
	return text;
}

/* Counters that say that something went wrong, so are worth a look. */
static bool alarming(unsigned int i)
{
	return groups[counters[i].group].drops;
}

/* What never happened is of no interest, unless one asks for all. */
static bool worth_showing(const struct espgw_out *out, const struct espgw_stats *stats,
			  unsigned int i)
{
	return stats->count[i] || out->stats || counters[i].group == TRAFFIC;
}

static void show_group(struct espgw_out *out, const struct espgw_stats *stats, enum espgw_stats_group group)
{
	bool any = false;
	unsigned int i;

	for (i = 1; i < MNL_ARRAY_SIZE(counters); i++) {
		char name[ESPGW_STATS_NAME], label[64];

		if (counters[i].group != group || !espgw_stats_has(stats, i) || !worth_showing(out, stats, i))
			continue;
		if (!any)
			fprintf(out->to, "%s\n", groups[group].title);
		any = true;
		snprintf(label, sizeof(label), "%-24s %14llu", espgw_stats_name(i, name),
			 (unsigned long long)stats->count[i]);
		out->values = 0;
		fputs("    ", out->to);
		espgw_out_label(out, label,
				alarming(i) && stats->count[i] ? ESPGW_BAD : ESPGW_PLAIN);
		fprintf(out->to, "  %s\n", counters[i].meaning);
	}
}

/**
 * espgw_stats_show - print the counters; in text grouped, and without those
 *	that are zero unless out->stats
 * @out: where to; the caller begins and ends the row
 * @stats: the counters
 */
void espgw_stats_show(struct espgw_out *out, const struct espgw_stats *stats)
{
	unsigned int i;

	if (!out->json) {
		for (i = 0; i < MNL_ARRAY_SIZE(groups); i++)
			show_group(out, stats, i);
		return;
	}
	for (i = 1; i < MNL_ARRAY_SIZE(counters); i++) {
		char name[ESPGW_STATS_NAME];

		if (!espgw_stats_has(stats, i))
			continue;
		espgw_out_num(out, espgw_stats_name(i, name), NULL, stats->count[i], NULL);
	}
}
