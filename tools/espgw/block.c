// SPDX-License-Identifier: GPL-2.0
/*
 * block - let nothing of what is to be protected pass, without the module
 *
 * While the system starts, and for as long as the module is not there or its
 * configuration is not what it is to be, what policies cover is dropped by two
 * other things. Rules of the routing policy are always there: they stop what is
 * forwarded, both ways, and what this host sends. A table of nftables comes
 * besides, if there are nftables: it also stops what arrives for this host
 * itself, and knows devices. Both err on the side of too much: of what a policy
 * says only prefixes count where something is to be stopped, and all that a
 * policy says where it may pass.
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <linux/fib_rules.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "block.h"
#include "differ.h"
#include "route.h"
#include "say.h"

#define TABLE "espgw_block"

/* -- policies, in the order of evaluation */

static int by_precedence(const void *a, const void *b)
{
	const struct espgw_config_row *const *x = a, *const *y = b;
	uint64_t p = espgw_policy_precedence(&(*x)->obj), q = espgw_policy_precedence(&(*y)->obj);

	return p < q ? -1 : p > q;
}

/* Return: an array to be freed, which ends with NULL; NULL (said). */
static const struct espgw_config_row **policies_of(const struct espgw_config *config)
{
	const struct espgw_config_row **list = calloc(config->count + 1, sizeof(*list));
	unsigned int i, count = 0;

	if (!list) {
		espgw_say_error("out of memory");
		return NULL;
	}
	for (i = 0; i < config->count; i++)
		if (config->row[i]->rule->object == &espgw_policy_object)
			list[count++] = config->row[i];
	qsort(list, count, sizeof(*list), by_precedence);
	return list;
}

/**
 * struct ends - the prefixes of a policy
 * @src: where packets come from
 * @dst: where they go
 * @everything: it is any to any: of a device, which alone says what is meant
 */
struct ends {
	struct espgw_prefix src;
	struct espgw_prefix dst;
	bool everything;
};

static void ends_of(const struct espgw_policy *policy, struct ends *ends)
{
	ends->src.addr = policy->src;
	ends->src.bits = policy->number[ESPGW_POLICY_A_SRC_LEN];
	ends->dst.addr = policy->dst;
	ends->dst.bits = policy->number[ESPGW_POLICY_A_DST_LEN];
	ends->everything = espgw_has(policy, ESPGW_POLICY_A_IFNAME) && !ends->src.bits &&
			   !ends->dst.bits;
}

static bool is_bypass(const struct espgw_policy *policy)
{
	return policy->number[ESPGW_POLICY_A_ACTION] == ESPGW_ACTION_BYPASS;
}

/* Nothing but prefixes. */
static bool is_plain(const struct espgw_policy *policy)
{
	return !espgw_has(policy, ESPGW_POLICY_A_IFNAME) && !espgw_has(policy, ESPGW_POLICY_A_PROTO) &&
	       !espgw_has(policy, ESPGW_POLICY_A_DSCP) && !espgw_has(policy, ESPGW_POLICY_A_MARK);
}

/* -- nftables */

/* A name that nft takes as it is. */
static bool is_tame(const char *name)
{
	return !strpbrk(name, "\"\\") && strcmp(name, "*");
}

static void write_prefix(FILE *to, const char *side, const struct espgw_prefix *prefix)
{
	char text[ESPGW_ADDR_TEXT];

	if (prefix->bits)
		fprintf(to, " %s %s %s", prefix->addr.len == 4 ? "ip" : "ip6", side,
			espgw_prefix_text(prefix, text));
}

static void write_ports(FILE *to, const struct espgw_policy *policy, unsigned int first,
			const char *side)
{
	if (espgw_has(policy, first))
		fprintf(to, " th %s %" PRIu64 "-%" PRIu64, side, policy->number[first],
			policy->number[first + 1]);
}

/* What a policy says of packets that leave, or mirrored of those that arrive. */
static void write_rule(FILE *to, const struct espgw_policy *policy, bool arrives)
{
	bool v4 = policy->src.len == 4;
	struct ends ends;

	ends_of(policy, &ends);
	if (is_bypass(policy) && (espgw_has(policy, ESPGW_POLICY_A_MARK) ||
				  (espgw_has(policy, ESPGW_POLICY_A_IFNAME) && !is_tame(policy->ifname))))
		return;
	fprintf(to, "\t\tmeta nfproto %s", v4 ? "ipv4" : "ipv6");
	if ((is_bypass(policy) && espgw_has(policy, ESPGW_POLICY_A_IFNAME)) ||
	    (ends.everything && is_tame(policy->ifname)))
		fprintf(to, " %s \"%s\"", arrives ? "iifname" : "oifname", policy->ifname);
	write_prefix(to, arrives ? "daddr" : "saddr", &ends.src);
	write_prefix(to, arrives ? "saddr" : "daddr", &ends.dst);
	if (!is_bypass(policy)) {
		fputs(" counter drop\n", to);
		return;
	}
	if (espgw_has(policy, ESPGW_POLICY_A_PROTO))
		fprintf(to, " meta l4proto %" PRIu64, policy->number[ESPGW_POLICY_A_PROTO]);
	write_ports(to, policy, ESPGW_POLICY_A_SPORT_MIN, arrives ? "dport" : "sport");
	write_ports(to, policy, ESPGW_POLICY_A_DPORT_MIN, arrives ? "sport" : "dport");
	if (espgw_has(policy, ESPGW_POLICY_A_DSCP))
		fprintf(to, " %s dscp %" PRIu64, v4 ? "ip" : "ip6",
			policy->number[ESPGW_POLICY_A_DSCP]);
	fputs(" return\n", to);
}

static void write_chain(FILE *to, const struct espgw_config_row **list, bool doubtful, bool arrives)
{
	fprintf(to, "\tchain %s {\n", arrives ? "arrives" : "leaves");
	for (; *list; list++)
		if (!is_bypass(&(*list)->obj.policy) || !doubtful)
			write_rule(to, &(*list)->obj.policy, arrives);
	fputs("\t}\n", to);
}

/**
 * espgw_block_nft - write what nft is given
 * @to: stream
 * @config: what there is to be
 *
 * Return: 0, or -1 (said).
 */
int espgw_block_nft(FILE *to, const struct espgw_config *config)
{
	const struct espgw_config_row **list = policies_of(config);

	if (!list)
		return -1;
	/* All at once: there is no moment without the table. */
	fputs("table inet " TABLE "\ndelete table inet " TABLE "\ntable inet " TABLE " {\n", to);
	write_chain(to, list, config->doubtful, false);
	write_chain(to, list, config->doubtful, true);
	fprintf(to,
		"\tchain output {\n\t\ttype filter hook output priority -400\n"
		"\t\toifname != \"lo\" jump leaves\n\t}\n"
		"\tchain input {\n\t\ttype filter hook input priority -400\n"
		"\t\tiifname != \"lo\" jump arrives\n\t}\n"
		"\tchain forward {\n\t\ttype filter hook forward priority -400\n"
		"%s\t\tjump leaves\n\t\tjump arrives\n\t}\n}\n",
		config->doubtful ? "\t\tcounter drop\n" : "");
	free(list);
	return 0;
}

/* Runs nft. Return: whether it succeeded; says nothing. */
static bool run_nft(const char *text)
{
	int pipes[2], status;
	pid_t pid;

	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	bool ok;

	fflush(stdout);
	if (pipe(pipes))
		return false;
	pid = fork();
	if (!pid) {
		/* What it would say of a table that is not there is of no interest. */
		if (dup2(pipes[0], STDIN_FILENO) < 0 || !freopen("/dev/null", "w", stdout) ||
		    !freopen("/dev/null", "w", stderr))
			_exit(126);
		close(pipes[0]);
		close(pipes[1]);
		signal(SIGPIPE, SIG_DFL);
		execlp("nft", "nft", "-f", "-", NULL);
		_exit(127);
	}
	close(pipes[0]);
	while (pid > 0 && *text) {
		ssize_t written = write(pipes[1], text, strlen(text));

		if (written < 0 && errno != EINTR)
			break;
		text += written > 0 ? written : 0;
	}
	close(pipes[1]);
	ok = pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
	signal(SIGPIPE, before);
	return ok;
}

/* Whether there is the table; asked without nft, which reads all that is in it. */
static bool has_table(void)
{
	char buf[MNL_NLMSG_HDRLEN + 8192] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *hdr = mnl_nlmsg_put_extra_header(nlh, sizeof(*hdr));
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	bool has = false;
	ssize_t got;

	if (!sock)
		return false;
	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = 1;
	hdr->nfgen_family = NFPROTO_INET;
	hdr->version = NFNETLINK_V0;
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, TABLE);
	if (!mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) &&
	    mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) > 0) {
		/* The table, or an error. */
		got = mnl_socket_recvfrom(sock, buf, sizeof(buf));
		nlh = (struct nlmsghdr *)buf;
		has = got > 0 && nlh->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE);
	}
	mnl_socket_close(sock);
	return has;
}

static int nft_on(const struct espgw_config *config)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int rc = -1;

	if (!to || espgw_block_nft(to, config) || fclose(to) || !text)
		espgw_say_error("out of memory");
	else if (!run_nft(text))
		espgw_say_warning("nft does not take its part: what arrives in clear for this host itself is "
				  "not blocked");
	else
		rc = 0;
	free(text);
	return rc;
}

/* -- rules of the routing policy */

static int add_policy(struct mnl_socket *sock, const struct espgw_policy *policy)
{
	struct ends ends;
	struct espgw_route_rule rule = {
		.place = ESPGW_ROUTE_RULES,
		.family = policy->src.len == 4 ? AF_INET : AF_INET6,
		.action = is_bypass(policy) ? FR_ACT_GOTO : FR_ACT_BLACKHOLE,
		.src = &ends.src,
		.dst = &ends.dst,
	};

	ends_of(policy, &ends);
	if (ends.everything) {
		/* What is meant is what is routed to a device; who knows where it goes without. */
		rule.forwarded = true;
		return espgw_route_add(sock, &rule);
	}
	if (espgw_route_add(sock, &rule))
		return -1;
	rule.src = &ends.dst;
	rule.dst = &ends.src;
	if (espgw_route_add(sock, &rule))
		return -1;
	if (is_bypass(policy))
		return 0;
	/* A socket that has no address yet is given one by its route. */
	rule.src = NULL;
	rule.dst = &ends.dst;
	rule.local = true;
	return espgw_route_add(sock, &rule);
}

static int add_all(struct mnl_socket *sock, unsigned int place, unsigned char action, bool forwarded)
{
	static const unsigned char families[] = { AF_INET, AF_INET6 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct espgw_route_rule rule = {
			.place = place, .family = families[i], .action = action, .forwarded = forwarded,
		};

		if (espgw_route_has_family(families[i]) && espgw_route_add(sock, &rule))
			return -1;
	}
	return 0;
}

static int routes_on(struct mnl_socket *sock, const struct espgw_config *config)
{
	const struct espgw_config_row **list = policies_of(config), **at;
	int rc;

	if (!list)
		return -1;
	/* Nothing passes while those that may be there give way to the new ones. */
	rc = add_all(sock, ESPGW_ROUTE_ALL, FR_ACT_BLACKHOLE, false) ||
	     espgw_route_flush(sock, ESPGW_ROUTE_RULES, ESPGW_ROUTE_END, NULL) ||
	     add_all(sock, ESPGW_ROUTE_END, FR_ACT_NOP, false);
	if (config->doubtful)
		rc = rc || add_all(sock, ESPGW_ROUTE_RULES, FR_ACT_BLACKHOLE, true);
	for (at = list; *at && !rc; at++) {
		const struct espgw_policy *policy = &(*at)->obj.policy;

		if (!is_bypass(policy) || (!config->doubtful && is_plain(policy)))
			rc = add_policy(sock, policy);
	}
	rc = rc || espgw_route_flush(sock, ESPGW_ROUTE_ALL, ESPGW_ROUTE_ALL, NULL);
	free(list);
	return rc ? -1 : 0;
}

/* -- commands */

/**
 * espgw_block_parse_on - parse "block on"
 * @args: the words
 * @req: receives them
 *
 * Return: 0, or -1 (said).
 */
int espgw_block_parse_on(struct espgw_args *args, struct espgw_request *req)
{
	req->file = espgw_args_next(args);
	if (!req->file)
		return espgw_say_error("the name of a file or a directory is missing");
	return espgw_args_none_left(args);
}

/**
 * espgw_block_on - let nothing pass that is to be protected
 * @ctx: context
 * @req: the request
 *
 * Return: exit status: 0 if it is so, whatever is wrong with the files (said).
 */
int espgw_block_on(struct espgw_context *ctx, struct espgw_request *req)
{
	struct espgw_config config;
	struct mnl_socket *sock = NULL;
	int routes = -1, nft;

	(void)ctx;
	if (espgw_config_read(&config, req->file, true))
		espgw_say_warning(config.doubtful ?
				  "which policies there are to be is not known: nothing is forwarded" :
				  "what was wrong is left out: the policies are known, and block what they cover");
	espgw_say_verb("block", "on");
	if (!espgw_route_open(&sock))
		routes = routes_on(sock, &config);
	nft = nft_on(&config);
	if (sock)
		mnl_socket_close(sock);
	espgw_config_free(&config);
	return routes && nft ? 1 : 0;
}

/**
 * espgw_block_off - let it pass
 * @ctx: context
 * @req: the request
 *
 * Return: exit status.
 */
int espgw_block_off(struct espgw_context *ctx, struct espgw_request *req)
{
	struct mnl_socket *sock;
	int rc;

	(void)ctx;
	(void)req;
	if (espgw_route_open(&sock))
		return 1;
	/* If there is a table, there is nft. */
	if (has_table() && !run_nft("delete table inet " TABLE "\n"))
		rc = espgw_say_error("nft cannot delete the table inet " TABLE);
	else
		rc = espgw_route_flush(sock, ESPGW_ROUTE_RULES, ESPGW_ROUTE_ALL, NULL);
	mnl_socket_close(sock);
	return rc ? 1 : 0;
}

enum {
	BLOCK = 1,
	RULES,
	NFT,
	NUMBERS,
};

#define ROW(name, text)                                                                   \
	.attr = (name), .key = (text), .label = (text), .flags = ESPGW_F_TOLD,            \
	.kind = &espgw_kind_number

static const struct espgw_field block_fields[] = {
	{ ROW(BLOCK, "block"), .words = espgw_args_off_on },
	{ ROW(RULES, "rules") },
	{ ROW(NFT, "nft"), .words = espgw_args_off_on },
};

const struct espgw_object espgw_block_object = {
	ESPGW_FIELDS(block_fields), .size = NUMBERS * sizeof(uint64_t),
};

/**
 * espgw_block_show - say whether it passes
 * @ctx: context
 * @req: the request
 *
 * Return: exit status.
 */
int espgw_block_show(struct espgw_context *ctx, struct espgw_request *req)
{
	uint64_t row[NUMBERS] = { 0 };
	struct espgw_out *out = &ctx->out;
	struct mnl_socket *sock;
	unsigned int count = 0;
	int rc;

	(void)req;
	if (espgw_route_open(&sock))
		return 1;
	rc = espgw_route_count(sock, &count);
	mnl_socket_close(sock);
	if (rc)
		return 1;
	espgw_set(row, BLOCK, !!count);
	espgw_set(row, RULES, count);
	espgw_set(row, NFT, has_table());
	espgw_out_begin(out);
	espgw_out_row(out);
	espgw_object_show(out, &espgw_block_object, row);
	espgw_out_row_end(out);
	espgw_out_end(out);
	return 0;
}
