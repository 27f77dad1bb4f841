// SPDX-License-Identifier: GPL-2.0
/*
 * route - rules of the routing policy that let nothing pass
 *
 * They take no module and no program, and no firewall that is loaded anew takes
 * them away. They have the kernel's own protocol, since network managers remove
 * rules that they do not know, but not those; we know ours by their priorities,
 * which come before those of everybody else but the rule for local addresses.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "route.h"
#include "say.h"

#define MESSAGE 512

/**
 * espgw_route_open - open a socket in the present network namespace
 * @sock: receives it
 *
 * Return: 0, or -1 (said).
 */
int espgw_route_open(struct mnl_socket **sock)
{
	*sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (*sock && !mnl_socket_bind(*sock, 0, MNL_SOCKET_AUTOPID))
		return 0;
	if (*sock)
		mnl_socket_close(*sock);
	*sock = NULL;
	return espgw_say_error("cannot open a netlink socket: %s", strerror(errno));
}

/**
 * espgw_route_has_family - whether the system has a protocol
 * @family: AF_INET or AF_INET6
 *
 * Return: true if so: what there is not leaks nothing.
 */
bool espgw_route_has_family(unsigned char family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 || errno != EAFNOSUPPORT;

	if (fd >= 0)
		close(fd);
	return has;
}

/* Return: 0, or -1 with errno. */
static int talk(struct mnl_socket *sock, struct nlmsghdr *nlh)
{
	char buf[8192] __attribute__((aligned(8)));
	static unsigned int seq;
	ssize_t got;

	nlh->nlmsg_seq = ++seq;
	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		return -1;
	do {
		got = mnl_socket_recvfrom(sock, buf, sizeof(buf));
	} while (got < 0 && errno == EINTR);
	/* An acknowledgement, whose error mnl_cb_run() puts into errno. */
	return got < 0 || mnl_cb_run(buf, got, seq, 0, NULL, NULL) < 0 ? -1 : 0;
}

static void put_prefix(struct nlmsghdr *nlh, unsigned short type, const struct espgw_prefix *prefix,
		       unsigned char *len)
{
	*len = prefix->bits;
	if (prefix->bits)
		mnl_attr_put(nlh, type, prefix->addr.len, prefix->addr.byte);
}

/**
 * espgw_route_add - add a rule
 * @sock: socket
 * @rule: the rule; comes behind those of the same place
 *
 * Return: 0, or -1 (said).
 */
int espgw_route_add(struct mnl_socket *sock, const struct espgw_route_rule *rule)
{
	char buf[MESSAGE] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *hdr = mnl_nlmsg_put_extra_header(nlh, sizeof(*hdr));

	nlh->nlmsg_type = RTM_NEWRULE;
	nlh->nlmsg_flags = NLM_F_CREATE;
	hdr->family = rule->family;
	hdr->action = rule->action;
	mnl_attr_put_u32(nlh, FRA_PRIORITY, rule->place);
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, RTPROT_KERNEL);
	if (rule->src)
		put_prefix(nlh, FRA_SRC, rule->src, &hdr->src_len);
	if (rule->dst)
		put_prefix(nlh, FRA_DST, rule->dst, &hdr->dst_len);
	if (rule->local || rule->forwarded)
		mnl_attr_put_strz(nlh, FRA_IIFNAME, "lo");
	if (rule->forwarded)
		hdr->flags |= FIB_RULE_INVERT;
	if (rule->action == FR_ACT_GOTO)
		mnl_attr_put_u32(nlh, FRA_GOTO, ESPGW_ROUTE_END);
	/* The same twice does no harm; the kernel takes the opposite of one for the same. */
	if (!talk(sock, nlh))
		return 0;
	return espgw_say_error("cannot make a rule of the routing policy: %s", strerror(errno));
}

/**
 * struct rules - rules of ours that were found
 * @first: lowest priority that is wanted
 * @last: highest
 * @text: their messages, one behind the other
 * @used: bytes of them
 * @size: bytes that there is room for
 * @failed: there was no memory
 * @count: how many
 */
struct rules {
	unsigned int first;
	unsigned int last;
	char *text;
	size_t used;
	size_t size;
	bool failed;
	unsigned int count;
};

static int found(const struct nlmsghdr *nlh, void *data)
{
	const struct fib_rule_hdr *hdr = mnl_nlmsg_get_payload(nlh);
	unsigned int priority = 0, protocol = 0;
	struct rules *rules = data;
	const struct nlattr *attr;
	char *more;

	mnl_attr_for_each(attr, nlh, sizeof(*hdr)) {
		if (mnl_attr_get_type(attr) == FRA_PRIORITY)
			priority = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == FRA_PROTOCOL)
			protocol = mnl_attr_get_u8(attr);
	}
	if (protocol != RTPROT_KERNEL || priority < rules->first || priority > rules->last ||
	    (hdr->action != FR_ACT_BLACKHOLE && hdr->action != FR_ACT_GOTO &&
	     hdr->action != FR_ACT_NOP))
		return MNL_CB_OK;
	if (rules->size - rules->used < MNL_ALIGN(nlh->nlmsg_len)) {
		size_t size = 2 * rules->size + 4096;

		more = realloc(rules->text, size);
		if (!more) {
			rules->failed = true;
			return MNL_CB_OK;
		}
		rules->text = more;
		rules->size = size;
	}
	memcpy(rules->text + rules->used, nlh, nlh->nlmsg_len);
	rules->used += MNL_ALIGN(nlh->nlmsg_len);
	rules->count++;
	return MNL_CB_OK;
}

/* Those of a family. Return: 0, or -1 (said). */
static int list(struct mnl_socket *sock, unsigned char family, struct rules *rules)
{
	static char buf[32768] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *hdr = mnl_nlmsg_put_extra_header(nlh, sizeof(*hdr));
	ssize_t got;
	int rc = MNL_CB_OK;

	nlh->nlmsg_type = RTM_GETRULE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	hdr->family = family;
	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		rc = MNL_CB_ERROR;
	while (rc == MNL_CB_OK) {
		got = mnl_socket_recvfrom(sock, buf, sizeof(buf));
		rc = got < 0 ? MNL_CB_ERROR : mnl_cb_run(buf, got, 0, 0, found, rules);
	}
	if (rules->failed)
		return espgw_say_error("out of memory");
	return rc == MNL_CB_ERROR ? espgw_say_error("cannot read the rules of the routing policy: %s",
						    strerror(errno)) : 0;
}

static int flush_family(struct mnl_socket *sock, unsigned char family, struct rules *rules)
{
	char *at;

	if (list(sock, family, rules))
		return -1;
	for (at = rules->text; at && at < rules->text + rules->used;) {
		struct nlmsghdr *nlh = (struct nlmsghdr *)at;

		at += MNL_ALIGN(nlh->nlmsg_len);
		nlh->nlmsg_type = RTM_DELRULE;
		nlh->nlmsg_flags = 0;
		if (talk(sock, nlh) && errno != ENOENT)
			return espgw_say_error("cannot remove a rule of the routing policy: %s",
					       strerror(errno));
	}
	return 0;
}

static int for_families(struct mnl_socket *sock, struct rules *rules,
			int (*what)(struct mnl_socket *sock, unsigned char family,
				    struct rules *rules))
{
	static const unsigned char families[] = { AF_INET, AF_INET6 };
	unsigned int i;
	int rc = 0;

	for (i = 0; i < 2; i++) {
		if (!espgw_route_has_family(families[i]))
			continue;
		if (what(sock, families[i], rules))
			rc = -1;
		free(rules->text);
		rules->text = NULL;
		rules->used = rules->size = 0;
	}
	return rc;
}

/**
 * espgw_route_flush - remove rules of ours
 * @sock: socket
 * @first: from this place, enum espgw_route_place
 * @last: to this one
 * @count: receives how many there were; may be NULL
 *
 * Return: 0, or -1 (said).
 */
int espgw_route_flush(struct mnl_socket *sock, unsigned int first, unsigned int last,
		      unsigned int *count)
{
	struct rules rules = { .first = first, .last = last };
	int rc = for_families(sock, &rules, flush_family);

	if (count)
		*count = rules.count;
	return rc;
}

/**
 * espgw_route_count - how many rules of ours there are
 * @sock: socket
 * @count: receives it
 *
 * Return: 0, or -1 (said).
 */
int espgw_route_count(struct mnl_socket *sock, unsigned int *count)
{
	struct rules rules = { .first = ESPGW_ROUTE_RULES, .last = ESPGW_ROUTE_ALL };
	int rc = for_families(sock, &rules, list);

	*count = rules.count;
	return rc;
}
