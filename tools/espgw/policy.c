// SPDX-License-Identifier: GPL-2.0
/*
 * policy - security policies
 */
#include "policy.h"
#include "say.h"

#define AT(member) .at = offsetof(struct espgw_policy, member)

static const struct espgw_choice action_words[] = {
	{ "protect", ESPGW_ACTION_PROTECT, ESPGW_GOOD },
	{ "bypass", ESPGW_ACTION_BYPASS, ESPGW_CAUTION },
	{ "discard", ESPGW_ACTION_DISCARD, ESPGW_BAD },
	{ NULL },
};

static const struct espgw_choice event_words[] = {
	{ "add", ESPGW_POLICY_EVENT_ADD },
	{ "replace", ESPGW_POLICY_EVENT_REPLACE },
	{ "del", ESPGW_POLICY_EVENT_DEL },
	{ NULL },
};

/* Lines of the text output. */
enum {
	SELECTOR,
	COMMENT,
	ACTION,
	STATS,
};

#define SELECT (ESPGW_IN_ADD | ESPGW_IN_DEL)
#define LIKE (ESPGW_IN_SHOW | ESPGW_IN_FLUSH)

/* After "action protect", "src" and "dst" are the tunnel's. */
#define PROTECT .after = "action protect", .line = ACTION

static const struct espgw_field policy_fields[] = {
	{ .attr = ESPGW_POLICY_A_NAME, AT(name), .size = ESPGW_NAME_MAX + 1, .word = "name",
	  .help = "NAME", .key = "name", .line = SELECTOR, .in = ESPGW_IN_ADD | LIKE, .kind = &espgw_kind_label,
	  .like = &espgw_kind_named },
	{ .attr = ESPGW_POLICY_A_PRIO, .word = "prio", .key = "prio", .line = SELECTOR,
	  .in = SELECT | LIKE, .max = UINT32_MAX,
	  .flags = ESPGW_F_ALWAYS | ESPGW_F_BUILTIN,
	  .kind = &espgw_kind_number },
	{ .attr = ESPGW_POLICY_A_IFNAME, AT(ifname), .size = IFNAMSIZ, .word = "dev",
	  .key = "dev", .line = SELECTOR, .in = SELECT | LIKE,
	  .kind = &espgw_kind_device },
	{ .attr = ESPGW_POLICY_A_IFINDEX, .key = "ifindex", .line = SELECTOR,
	  .kind = &espgw_kind_ifindex },
	{ .attr = ESPGW_POLICY_A_SRC, AT(src), .word = "src", .key = "src", .line = SELECTOR,
	  .in = SELECT | LIKE, .need = SELECT, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_prefix },
	{ .attr = ESPGW_POLICY_A_SRC_LEN },
	{ .attr = ESPGW_POLICY_A_DST, AT(dst), .word = "dst", .key = "dst", .line = SELECTOR,
	  .in = SELECT | LIKE, .need = SELECT, .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_prefix },
	{ .attr = ESPGW_POLICY_A_DST_LEN },
	{ .attr = ESPGW_POLICY_A_PROTO, .word = "proto", .key = "proto", .line = SELECTOR,
	  .in = SELECT, .kind = &espgw_kind_proto },
	{ .attr = ESPGW_POLICY_A_SPORT_MIN, .word = "sport", .key = "sport",
	  .line = SELECTOR, .in = SELECT, .kind = &espgw_kind_ports },
	{ .attr = ESPGW_POLICY_A_SPORT_MAX },
	{ .attr = ESPGW_POLICY_A_DPORT_MIN, .word = "dport", .key = "dport",
	  .line = SELECTOR, .in = SELECT, .kind = &espgw_kind_ports },
	{ .attr = ESPGW_POLICY_A_DPORT_MAX },
	{ .attr = ESPGW_POLICY_A_DSCP, .word = "dscp", .key = "dscp", .line = SELECTOR,
	  .in = SELECT, .kind = &espgw_kind_dscp },
	{ .attr = ESPGW_POLICY_A_MARK, .word = "mark", .line = SELECTOR, .in = SELECT,
	  .kind = &espgw_kind_mark },
	{ .attr = ESPGW_POLICY_A_MARK_MASK },
	{ .attr = ESPGW_POLICY_A_OWNER, .word = "owner", .key = "owner", .line = SELECTOR,
	  .in = LIKE, .words = espgw_owner_words, .flags = ESPGW_F_NONZERO, .kind = &espgw_kind_number },
	{ .attr = ESPGW_POLICY_A_COMMENT, AT(comment), .size = ESPGW_COMMENT_MAX + 1,
	  .word = "comment", .help = "TEXT", .key = "comment", .line = COMMENT, .in = ESPGW_IN_ADD,
	  .kind = &espgw_kind_comment },
	{ .attr = ESPGW_POLICY_A_ACTION, .word = "action", .key = "action", .line = ACTION,
	  .in = ESPGW_IN_ADD | LIKE, .need = ESPGW_IN_ADD, .words = action_words,
	  .flags = ESPGW_F_ALWAYS, .kind = &espgw_kind_number },
	{ .attr = ESPGW_POLICY_A_REQID, PROTECT, .in = ESPGW_IN_PROTECT | LIKE, .word = "reqid", .key = "reqid",
	  .max = UINT32_MAX, .kind = &espgw_kind_number },
	{ .attr = ESPGW_POLICY_A_TUNNEL_SRC, PROTECT, .in = ESPGW_IN_PROTECT, AT(tunnel_src), .word = "src",
	  .key = "tunnel_src", .kind = &espgw_kind_addr },
	{ .attr = ESPGW_POLICY_A_TUNNEL_DST, PROTECT, .in = ESPGW_IN_PROTECT, AT(tunnel_dst), .word = "dst",
	  .key = "tunnel_dst", .kind = &espgw_kind_addr },
	{ .attr = ESPGW_POLICY_A_SPI, .key = "spi", .label = "spi", .line = ACTION,
	  .kind = &espgw_kind_spi },
	{ .attr = ESPGW_POLICY_A_PACKETS, .key = "packets", .label = "packets",
	  .line = STATS, .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number },
	{ .attr = ESPGW_POLICY_A_BYTES, .key = "bytes", .label = "bytes", .line = STATS,
	  .flags = ESPGW_F_TOLD, .kind = &espgw_kind_bytes },
	{ .attr = ESPGW_POLICY_A_EVENT, .words = event_words },
};

static bool protects(const struct espgw_policy *policy)
{
	return policy->number[ESPGW_POLICY_A_ACTION] == ESPGW_ACTION_PROTECT;
}

static unsigned int now(unsigned int in, const void *obj)
{
	return protects(obj) && in & ESPGW_IN_ADD ? in | ESPGW_IN_PROTECT : in;
}

/* TCP, UDP, DCCP, SCTP, UDP-Lite: what has ports, and where we know them. */
static bool proto_has_ports(const struct espgw_policy *policy)
{
	switch (policy->number[ESPGW_POLICY_A_PROTO]) {
	case 6:
	case 17:
	case 33:
	case 132:
	case 136:
		return true;
	default:
		return false;
	}
}

static int check_selector(struct espgw_policy *policy)
{
	bool sport = espgw_has(policy, ESPGW_POLICY_A_SPORT_MIN);

	if (!policy->src.len && !policy->dst.len)
		return espgw_say_error("\"src\" and \"dst\" do not say whether IPv4 or IPv6 is "
				       "meant: write 0.0.0.0/0 or ::/0");
	if (!policy->src.len)
		policy->src.len = policy->dst.len;
	if (!policy->dst.len)
		policy->dst.len = policy->src.len;
	if (policy->src.len != policy->dst.len)
		return espgw_say_error("\"src\" and \"dst\" must be of one family, "
				       "IPv4 or IPv6");
	if (espgw_has(policy, ESPGW_POLICY_A_MARK) && !policy->number[ESPGW_POLICY_A_MARK_MASK])
		return espgw_say_error("\"mark\" with a mask of 0 is any mark: leave it out");
	if ((sport || espgw_has(policy, ESPGW_POLICY_A_DPORT_MIN)) && !proto_has_ports(policy))
		return espgw_say_error("\"%s\" needs \"proto\" tcp, udp, sctp, dccp or udplite",
				       sport ? "sport" : "dport");
	return 0;
}

static int check(unsigned int in, void *obj)
{
	struct espgw_policy *policy = obj;

	if (in & SELECT && check_selector(policy))
		return -1;
	if (!protects(policy) || !(in & ESPGW_IN_ADD))
		return 0;
	if (!espgw_has(policy, ESPGW_POLICY_A_REQID) ||
	    !espgw_has(policy, ESPGW_POLICY_A_TUNNEL_SRC) ||
	    !espgw_has(policy, ESPGW_POLICY_A_TUNNEL_DST))
		return espgw_say_error("\"action protect\" needs reqid N src ADDRESS dst ADDRESS");
	if (policy->tunnel_src.len != policy->tunnel_dst.len)
		return espgw_say_error("\"action protect\": \"src\" and \"dst\" must be of one "
				       "family, IPv4 or IPv6");
	return 0;
}

/* As the module has it, espgw_selector_specificity(): prefixes, protocol, ports, DSCP. */
static uint64_t specificity(const struct espgw_policy *policy)
{
	static const unsigned int ranges[] = { ESPGW_POLICY_A_SPORT_MIN, ESPGW_POLICY_A_DPORT_MIN };
	const uint64_t *number = policy->number;
	uint64_t ports = 0;
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(ranges); i++)
		if (espgw_has(policy, ranges[i]))
			ports += 65536 - (number[ranges[i] + 1] - number[ranges[i]]);
	return (number[ESPGW_POLICY_A_SRC_LEN] + number[ESPGW_POLICY_A_DST_LEN]) << 20 |
	       (uint64_t)espgw_has(policy, ESPGW_POLICY_A_PROTO) << 19 | ports << 1 |
	       espgw_has(policy, ESPGW_POLICY_A_DSCP);
}

/* The order of evaluation; who is equal in all is asked by age, as the kernel tells them. */
static int compare(const void *obj, const void *other)
{
	const struct espgw_policy *a = obj, *b = other;
	uint64_t specific_a = specificity(a), specific_b = specificity(b);

	if (a->number[ESPGW_POLICY_A_PRIO] != b->number[ESPGW_POLICY_A_PRIO])
		return a->number[ESPGW_POLICY_A_PRIO] < b->number[ESPGW_POLICY_A_PRIO] ? -1 : 1;
	if (specific_a != specific_b)
		return specific_a > specific_b ? -1 : 1;
	return espgw_has(b, ESPGW_POLICY_A_MARK) - espgw_has(a, ESPGW_POLICY_A_MARK);
}

static bool hides(const struct espgw_out *out, const void *obj, unsigned int line)
{
	(void)obj;
	return line == STATS && !out->json && !out->stats;
}

/* One that is xfrm's comes again from there. */
static uint64_t saved(void *obj)
{
	const struct espgw_policy *policy = obj;

	if (policy->number[ESPGW_POLICY_A_OWNER] == ESPGW_OWNER_XFRM)
		return 0;
	return policy->has | ESPGW_BIT(ESPGW_POLICY_A_PRIO);
}

const struct espgw_object espgw_policy_object = {
	.set = &espgw_policy_set, ESPGW_FIELDS(policy_fields),
	.size = sizeof(struct espgw_policy), .save = "policy add",
	.event = ESPGW_POLICY_A_EVENT, .now = now, .check = check, .hides = hides,
	.compare = compare, .saved = saved,
};
