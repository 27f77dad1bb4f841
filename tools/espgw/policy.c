// SPDX-License-Identifier: GPL-2.0
/*
 * policy - security policies
 */
#include <inttypes.h>
#include <string.h>

#include "attr.h"
#include "batch.h"
#include "policy.h"
#include "say.h"

#define BIT(attr) (1U << (attr))

static const struct espgw_choice action_words[] = {
	{ "protect", ESPGW_ACTION_PROTECT },
	{ "bypass", ESPGW_ACTION_BYPASS },
	{ "discard", ESPGW_ACTION_DISCARD },
	{ NULL, 0 },
};

static const struct espgw_choice event_words[] = {
	{ "add", ESPGW_POLICY_EVENT_ADD },
	{ "replace", ESPGW_POLICY_EVENT_REPLACE },
	{ "del", ESPGW_POLICY_EVENT_DEL },
	{ NULL, 0 },
};

/* Which commands a word goes with. */
enum {
	IN_ADD = 1,
	IN_DEL = 2,
	IN_SHOW = 4,
};

/**
 * struct policy_word - a word that says something of a policy
 * @word: the word
 * @attr: the attribute it sets; given twice is an error
 * @in: commands it goes with
 * @take: takes what follows it, says what is wrong with that
 */
struct policy_word {
	const char *word;
	unsigned int attr;
	unsigned int in;
	int (*take)(struct espgw_args *args, const char *word, struct espgw_policy *policy);
};

static int take_prio(struct espgw_args *args, const char *word, struct espgw_policy *policy)
{
	uint64_t value = 0;
	int rc = espgw_args_number(args, word, 0, UINT32_MAX, &value);

	policy->prio = value;
	return rc;
}

static int take_dev(struct espgw_args *args, const char *word, struct espgw_policy *policy)
{
	return espgw_args_device(args, word, &policy->ifindex);
}

static int take_src(struct espgw_args *args, const char *word, struct espgw_policy *policy)
{
	policy->has |= BIT(ESPGW_POLICY_A_SRC_LEN);
	return espgw_args_prefix(args, word, &policy->src);
}

static int take_dst(struct espgw_args *args, const char *word, struct espgw_policy *policy)
{
	policy->has |= BIT(ESPGW_POLICY_A_DST_LEN);
	return espgw_args_prefix(args, word, &policy->dst);
}

static int take_proto(struct espgw_args *args, const char *word, struct espgw_policy *policy)
{
	return espgw_args_proto(args, word, &policy->proto);
}

static int take_sport(struct espgw_args *args, const char *word, struct espgw_policy *policy)
{
	policy->has |= BIT(ESPGW_POLICY_A_SPORT_MAX);
	return espgw_args_ports(args, word, &policy->sport[0], &policy->sport[1]);
}

static int take_dport(struct espgw_args *args, const char *word, struct espgw_policy *policy)
{
	policy->has |= BIT(ESPGW_POLICY_A_DPORT_MAX);
	return espgw_args_ports(args, word, &policy->dport[0], &policy->dport[1]);
}

static int take_dscp(struct espgw_args *args, const char *word, struct espgw_policy *policy)
{
	return espgw_args_dscp(args, word, &policy->dscp);
}

static int take_action(struct espgw_args *args, const char *word, struct espgw_policy *policy)
{
	uint32_t value = 0;
	int rc = espgw_args_choice(args, word, action_words, &value);

	policy->action = value;
	return rc;
}

static int take_reqid(struct espgw_args *args, const char *word, struct espgw_policy *policy)
{
	uint64_t value = 0;
	int rc = espgw_args_number(args, word, 0, UINT32_MAX, &value);

	policy->reqid = value;
	return rc;
}

static int take_tunnel_src(struct espgw_args *args, const char *word,
			   struct espgw_policy *policy)
{
	return espgw_args_address(args, word, &policy->tunnel_src);
}

static int take_tunnel_dst(struct espgw_args *args, const char *word,
			   struct espgw_policy *policy)
{
	return espgw_args_address(args, word, &policy->tunnel_dst);
}

static const struct policy_word policy_words[] = {
	{ "prio", ESPGW_POLICY_A_PRIO, IN_ADD | IN_DEL | IN_SHOW, take_prio },
	{ "dev", ESPGW_POLICY_A_IFINDEX, IN_ADD | IN_DEL | IN_SHOW, take_dev },
	{ "src", ESPGW_POLICY_A_SRC, IN_ADD | IN_DEL, take_src },
	{ "dst", ESPGW_POLICY_A_DST, IN_ADD | IN_DEL, take_dst },
	{ "proto", ESPGW_POLICY_A_PROTO, IN_ADD | IN_DEL, take_proto },
	{ "sport", ESPGW_POLICY_A_SPORT_MIN, IN_ADD | IN_DEL, take_sport },
	{ "dport", ESPGW_POLICY_A_DPORT_MIN, IN_ADD | IN_DEL, take_dport },
	{ "dscp", ESPGW_POLICY_A_DSCP, IN_ADD | IN_DEL, take_dscp },
	{ "action", ESPGW_POLICY_A_ACTION, IN_ADD, take_action },
};

/* After "action protect", "src" and "dst" are the tunnel's. */
static const struct policy_word protect_words[] = {
	{ "reqid", ESPGW_POLICY_A_REQID, IN_ADD, take_reqid },
	{ "src", ESPGW_POLICY_A_TUNNEL_SRC, IN_ADD, take_tunnel_src },
	{ "dst", ESPGW_POLICY_A_TUNNEL_DST, IN_ADD, take_tunnel_dst },
};

static const struct policy_word *word_find(const struct policy_word *words, unsigned int count,
					   const char *word)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!strcmp(words[i].word, word))
			return &words[i];
	return NULL;
}

static bool has(const struct espgw_policy *policy, unsigned int attr)
{
	return policy->has >> attr & 1;
}

static bool protects(const struct espgw_policy *policy)
{
	return has(policy, ESPGW_POLICY_A_ACTION) && policy->action == ESPGW_ACTION_PROTECT;
}

static int take_words(struct espgw_args *args, unsigned int in, struct espgw_policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	while (espgw_args_left(args)) {
		const char *word = espgw_args_next(args);
		const struct policy_word *w = NULL, *protect;

		protect = word_find(protect_words, MNL_ARRAY_SIZE(protect_words), word);
		if (protects(policy))
			w = protect;
		if (!w)
			w = word_find(policy_words, MNL_ARRAY_SIZE(policy_words), word);
		if (!w && protect && in & IN_ADD)
			return espgw_say_error("\"%s\" goes with \"action protect\" only", word);
		if (!w && !protect)
			return espgw_args_unknown(word);
		if (!w || !(w->in & in))
			return espgw_say_error("\"%s\" does not go with this command", word);
		if (has(policy, w->attr) && w == protect)
			return espgw_say_error("\"action protect\": \"%s\" is given twice", word);
		if (has(policy, w->attr))
			return espgw_args_twice(word);
		policy->has |= BIT(w->attr);
		if (w->take(args, w->word, policy))
			return -1;
	}
	return 0;
}

static int need(const struct espgw_policy *policy, unsigned int attr)
{
	return has(policy, attr) ? 0 : espgw_args_missing(espgw_policy_set.attr[attr].name);
}

/* TCP, UDP, DCCP, SCTP, UDP-Lite: what has ports, and where we know them. */
static bool proto_has_ports(const struct espgw_policy *policy)
{
	switch (policy->proto) {
	case 6:
	case 17:
	case 33:
	case 132:
	case 136:
		return has(policy, ESPGW_POLICY_A_PROTO);
	default:
		return false;
	}
}

static int check_selector(struct espgw_policy *policy)
{
	if (need(policy, ESPGW_POLICY_A_SRC) || need(policy, ESPGW_POLICY_A_DST))
		return -1;
	if (!policy->src.addr.len && !policy->dst.addr.len)
		return espgw_say_error("\"src\" and \"dst\" do not say whether IPv4 or IPv6 is "
				       "meant: write 0.0.0.0/0 or ::/0");
	if (!policy->src.addr.len)
		policy->src.addr.len = policy->dst.addr.len;
	if (!policy->dst.addr.len)
		policy->dst.addr.len = policy->src.addr.len;
	if (policy->src.addr.len != policy->dst.addr.len)
		return espgw_say_error("\"src\" and \"dst\" must be of one family, "
				       "IPv4 or IPv6");
	if ((has(policy, ESPGW_POLICY_A_SPORT_MIN) || has(policy, ESPGW_POLICY_A_DPORT_MIN)) &&
	    !proto_has_ports(policy))
		return espgw_say_error("\"%s\" needs \"proto\" tcp, udp, sctp, dccp or udplite",
				       has(policy, ESPGW_POLICY_A_SPORT_MIN) ? "sport" : "dport");
	return 0;
}

/**
 * espgw_policy_parse_add - parse "policy add" and "policy replace"
 * @args: the words
 * @policy: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_policy_parse_add(struct espgw_args *args, struct espgw_policy *policy)
{
	if (take_words(args, IN_ADD, policy) || check_selector(policy) ||
	    need(policy, ESPGW_POLICY_A_ACTION))
		return -1;
	if (!protects(policy))
		return 0;
	if (!has(policy, ESPGW_POLICY_A_REQID) || !has(policy, ESPGW_POLICY_A_TUNNEL_SRC) ||
	    !has(policy, ESPGW_POLICY_A_TUNNEL_DST))
		return espgw_say_error("\"action protect\" needs reqid N src ADDRESS dst ADDRESS");
	if (policy->tunnel_src.len != policy->tunnel_dst.len)
		return espgw_say_error("\"action protect\": \"src\" and \"dst\" must be of one "
				       "family, IPv4 or IPv6");
	return 0;
}

/**
 * espgw_policy_parse_del - parse "policy del" and "policy get"
 * @args: the words
 * @policy: receives the request
 *
 * Return: 0, or -1 (said).
 */
int espgw_policy_parse_del(struct espgw_args *args, struct espgw_policy *policy)
{
	return take_words(args, IN_DEL, policy) || check_selector(policy) ? -1 : 0;
}

/**
 * espgw_policy_parse_show - parse "policy show"
 * @args: the words
 * @policy: receives what to show
 *
 * Return: 0, or -1 (said).
 */
int espgw_policy_parse_show(struct espgw_args *args, struct espgw_policy *policy)
{
	return take_words(args, IN_SHOW, policy);
}

/**
 * espgw_policy_put - add a policy to a message
 * @nlh: the message
 * @policy: only what it has is added
 */
void espgw_policy_put(struct nlmsghdr *nlh, const struct espgw_policy *policy)
{
	if (has(policy, ESPGW_POLICY_A_PRIO))
		mnl_attr_put_u32(nlh, ESPGW_POLICY_A_PRIO, policy->prio);
	if (has(policy, ESPGW_POLICY_A_IFINDEX))
		mnl_attr_put_u32(nlh, ESPGW_POLICY_A_IFINDEX, policy->ifindex);
	if (has(policy, ESPGW_POLICY_A_SRC)) {
		espgw_attr_put_addr(nlh, ESPGW_POLICY_A_SRC, &policy->src.addr);
		mnl_attr_put_u8(nlh, ESPGW_POLICY_A_SRC_LEN, policy->src.bits);
	}
	if (has(policy, ESPGW_POLICY_A_DST)) {
		espgw_attr_put_addr(nlh, ESPGW_POLICY_A_DST, &policy->dst.addr);
		mnl_attr_put_u8(nlh, ESPGW_POLICY_A_DST_LEN, policy->dst.bits);
	}
	if (has(policy, ESPGW_POLICY_A_PROTO))
		mnl_attr_put_u8(nlh, ESPGW_POLICY_A_PROTO, policy->proto);
	if (has(policy, ESPGW_POLICY_A_SPORT_MIN)) {
		mnl_attr_put_u16(nlh, ESPGW_POLICY_A_SPORT_MIN, policy->sport[0]);
		mnl_attr_put_u16(nlh, ESPGW_POLICY_A_SPORT_MAX, policy->sport[1]);
	}
	if (has(policy, ESPGW_POLICY_A_DPORT_MIN)) {
		mnl_attr_put_u16(nlh, ESPGW_POLICY_A_DPORT_MIN, policy->dport[0]);
		mnl_attr_put_u16(nlh, ESPGW_POLICY_A_DPORT_MAX, policy->dport[1]);
	}
	if (has(policy, ESPGW_POLICY_A_DSCP))
		mnl_attr_put_u8(nlh, ESPGW_POLICY_A_DSCP, policy->dscp);
	if (has(policy, ESPGW_POLICY_A_ACTION))
		mnl_attr_put_u8(nlh, ESPGW_POLICY_A_ACTION, policy->action);
	if (has(policy, ESPGW_POLICY_A_REQID))
		mnl_attr_put_u32(nlh, ESPGW_POLICY_A_REQID, policy->reqid);
	if (has(policy, ESPGW_POLICY_A_TUNNEL_SRC))
		espgw_attr_put_addr(nlh, ESPGW_POLICY_A_TUNNEL_SRC, &policy->tunnel_src);
	if (has(policy, ESPGW_POLICY_A_TUNNEL_DST))
		espgw_attr_put_addr(nlh, ESPGW_POLICY_A_TUNNEL_DST, &policy->tunnel_dst);
}

static int get_prefix(const struct espgw_attrs *attrs, unsigned int addr, unsigned int len,
		      struct espgw_prefix *prefix)
{
	if (!attrs->tb[addr])
		return 0;
	if (!attrs->tb[len] || espgw_attr_get_addr(attrs->tb[addr], &prefix->addr))
		return -1;
	prefix->bits = mnl_attr_get_u8(attrs->tb[len]);
	return 0;
}

static int get_addr(const struct nlattr *attr, struct espgw_addr *addr)
{
	return attr ? espgw_attr_get_addr(attr, addr) : 0;
}

static uint64_t get_uint(const struct espgw_attrs *attrs, unsigned int attr)
{
	const struct nlattr *at = attrs->tb[attr];

	if (!at)
		return 0;
	switch (espgw_policy_set.attr[attr].type) {
	case ESPGW_T_U8:
		return mnl_attr_get_u8(at);
	case ESPGW_T_U16:
		return mnl_attr_get_u16(at);
	case ESPGW_T_U32:
		return mnl_attr_get_u32(at);
	case ESPGW_T_U64:
		return mnl_attr_get_u64(at);
	default:
		return 0;
	}
}

/**
 * espgw_policy_get - read a policy from a message
 * @nlh: the message
 * @policy: receives it
 *
 * Return: 0, or -1 if the message is malformed; says nothing.
 */
int espgw_policy_get(const struct nlmsghdr *nlh, struct espgw_policy *policy)
{
	const struct nlattr *name;
	struct espgw_attrs attrs;
	unsigned int i;

	memset(policy, 0, sizeof(*policy));
	if (espgw_attr_read(nlh, &espgw_policy_set, &attrs))
		return -1;
	for (i = 1; i <= ESPGW_POLICY_A_MAX; i++)
		if (attrs.tb[i])
			policy->has |= BIT(i);
	if (get_prefix(&attrs, ESPGW_POLICY_A_SRC, ESPGW_POLICY_A_SRC_LEN, &policy->src) ||
	    get_prefix(&attrs, ESPGW_POLICY_A_DST, ESPGW_POLICY_A_DST_LEN, &policy->dst) ||
	    get_addr(attrs.tb[ESPGW_POLICY_A_TUNNEL_SRC], &policy->tunnel_src) ||
	    get_addr(attrs.tb[ESPGW_POLICY_A_TUNNEL_DST], &policy->tunnel_dst))
		return -1;
	name = attrs.tb[ESPGW_POLICY_A_IFNAME];
	if (name && mnl_attr_get_payload_len(name) > sizeof(policy->ifname))
		return -1;
	if (name)
		strcpy(policy->ifname, mnl_attr_get_str(name));

	policy->prio = get_uint(&attrs, ESPGW_POLICY_A_PRIO);
	policy->ifindex = get_uint(&attrs, ESPGW_POLICY_A_IFINDEX);
	policy->proto = get_uint(&attrs, ESPGW_POLICY_A_PROTO);
	policy->sport[0] = get_uint(&attrs, ESPGW_POLICY_A_SPORT_MIN);
	policy->sport[1] = get_uint(&attrs, ESPGW_POLICY_A_SPORT_MAX);
	policy->dport[0] = get_uint(&attrs, ESPGW_POLICY_A_DPORT_MIN);
	policy->dport[1] = get_uint(&attrs, ESPGW_POLICY_A_DPORT_MAX);
	policy->dscp = get_uint(&attrs, ESPGW_POLICY_A_DSCP);
	policy->action = get_uint(&attrs, ESPGW_POLICY_A_ACTION);
	policy->reqid = get_uint(&attrs, ESPGW_POLICY_A_REQID);
	policy->packets = get_uint(&attrs, ESPGW_POLICY_A_PACKETS);
	policy->bytes = get_uint(&attrs, ESPGW_POLICY_A_BYTES);
	policy->event = get_uint(&attrs, ESPGW_POLICY_A_EVENT);
	return 0;
}

/**
 * espgw_policy_match - whether a policy is one to be shown
 * @policy: the policy
 * @filter: what of it was asked for
 *
 * Return: true if so.
 */
bool espgw_policy_match(const struct espgw_policy *policy, const struct espgw_policy *filter)
{
	return (!has(filter, ESPGW_POLICY_A_PRIO) || policy->prio == filter->prio) &&
	       (!has(filter, ESPGW_POLICY_A_IFINDEX) || policy->ifindex == filter->ifindex);
}

static void show_ports(struct espgw_out *out, const char *name, const uint16_t *range,
		       const char *min_key, const char *max_key)
{
	char text[16];

	if (range[0] == range[1])
		snprintf(text, sizeof(text), "%u", range[0]);
	else
		snprintf(text, sizeof(text), "%u-%u", range[0], range[1]);
	espgw_out_str(out, NULL, name, text, ESPGW_PLAIN);
	espgw_out_num(out, min_key, NULL, range[0], NULL);
	espgw_out_num(out, max_key, NULL, range[1], NULL);
}

static void show_action(struct espgw_out *out, const struct espgw_policy *policy)
{
	const char *word = espgw_choice_word(action_words, policy->action);
	enum espgw_colour colour = ESPGW_CAUTION;

	if (policy->action == ESPGW_ACTION_PROTECT)
		colour = ESPGW_GOOD;
	else if (policy->action == ESPGW_ACTION_DISCARD)
		colour = ESPGW_BAD;
	espgw_out_break(out);
	espgw_out_str(out, "action", "action", word ? word : "?", colour);
	if (has(policy, ESPGW_POLICY_A_REQID))
		espgw_out_num(out, "reqid", "reqid", policy->reqid, NULL);
	if (has(policy, ESPGW_POLICY_A_TUNNEL_SRC))
		espgw_out_addr(out, "tunnel_src", "src", &policy->tunnel_src);
	if (has(policy, ESPGW_POLICY_A_TUNNEL_DST))
		espgw_out_addr(out, "tunnel_dst", "dst", &policy->tunnel_dst);
}

/**
 * espgw_policy_show - print a policy as the values of one row
 * @out: where to; the caller begins and ends the row
 * @policy: the policy
 */
void espgw_policy_show(struct espgw_out *out, const struct espgw_policy *policy)
{
	const char *proto = espgw_proto_name(policy->proto);

	espgw_out_num(out, "prio", "prio", policy->prio, NULL);
	if (has(policy, ESPGW_POLICY_A_IFNAME))
		espgw_out_str(out, "dev", "dev", policy->ifname, ESPGW_DEVICE);
	/* A device that is just going away has no name any more. */
	if (has(policy, ESPGW_POLICY_A_IFINDEX))
		espgw_out_num(out, "ifindex", has(policy, ESPGW_POLICY_A_IFNAME) ? NULL : "ifindex",
			      policy->ifindex, NULL);
	espgw_out_prefix(out, "src", "src", &policy->src);
	espgw_out_prefix(out, "dst", "dst", &policy->dst);
	if (has(policy, ESPGW_POLICY_A_PROTO)) {
		if (proto)
			espgw_out_str(out, NULL, "proto", proto, ESPGW_PLAIN);
		else
			espgw_out_num(out, NULL, "proto", policy->proto, NULL);
		espgw_out_num(out, "proto", NULL, policy->proto, NULL);
	}
	if (has(policy, ESPGW_POLICY_A_SPORT_MIN))
		show_ports(out, "sport", policy->sport, "sport_min", "sport_max");
	if (has(policy, ESPGW_POLICY_A_DPORT_MIN))
		show_ports(out, "dport", policy->dport, "dport_min", "dport_max");
	if (has(policy, ESPGW_POLICY_A_DSCP))
		espgw_out_num(out, "dscp", "dscp", policy->dscp, NULL);
	show_action(out, policy);
	if (has(policy, ESPGW_POLICY_A_PACKETS) && (out->json || out->stats)) {
		espgw_out_break(out);
		espgw_out_num(out, "packets", "packets", policy->packets, NULL);
		espgw_out_bytes(out, "bytes", "bytes", policy->bytes);
	}
}

/**
 * espgw_policy_event_word - the word for an event
 * @event: enum espgw_policy_event
 *
 * Return: the word; "?" for one that this tool does not know.
 */
const char *espgw_policy_event_word(uint8_t event)
{
	const char *word = espgw_choice_word(event_words, event);

	return word ? word : "?";
}

static void save_ports(FILE *to, const char *name, const uint16_t *range)
{
	fprintf(to, " %s %u", name, range[0]);
	if (range[0] != range[1])
		fprintf(to, "-%u", range[1]);
}

/**
 * espgw_policy_save - write a policy as the command that makes it
 * @to: stream
 * @policy: the policy
 */
void espgw_policy_save(FILE *to, const struct espgw_policy *policy)
{
	const char *action = espgw_choice_word(action_words, policy->action);
	char text[ESPGW_ADDR_TEXT];

	/* Its device is going away, and it with it: it must not be for all. */
	if (has(policy, ESPGW_POLICY_A_IFINDEX) && !has(policy, ESPGW_POLICY_A_IFNAME))
		return;
	fprintf(to, "policy add prio %u", policy->prio);
	if (has(policy, ESPGW_POLICY_A_IFNAME)) {
		fputs(" dev ", to);
		espgw_batch_quote(to, policy->ifname);
	}
	fprintf(to, " src %s", espgw_prefix_text(&policy->src, text));
	fprintf(to, " dst %s", espgw_prefix_text(&policy->dst, text));
	if (has(policy, ESPGW_POLICY_A_PROTO))
		fprintf(to, " proto %u", policy->proto);
	if (has(policy, ESPGW_POLICY_A_SPORT_MIN))
		save_ports(to, "sport", policy->sport);
	if (has(policy, ESPGW_POLICY_A_DPORT_MIN))
		save_ports(to, "dport", policy->dport);
	if (has(policy, ESPGW_POLICY_A_DSCP))
		fprintf(to, " dscp %u", policy->dscp);
	fprintf(to, " action %s", action ? action : "?");
	if (protects(policy)) {
		fprintf(to, " reqid %u", policy->reqid);
		fprintf(to, " src %s", espgw_addr_text(&policy->tunnel_src, text));
		fprintf(to, " dst %s", espgw_addr_text(&policy->tunnel_dst, text));
	}
	fputc('\n', to);
}
