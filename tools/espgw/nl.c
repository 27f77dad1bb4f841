// SPDX-License-Identifier: GPL-2.0
/*
 * nl - talking to the kernel
 *
 * One request at a time, and its acknowledgement is waited for: of a batch,
 * nothing behind a line that failed may have been done.
 */
#include <errno.h>
#include <linux/espgw.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "ack.h"
#include "nl.h"
#include "say.h"

/* As long as the kernel's largest message of a dump. */
#define ANSWER_SIZE 32768

/* For a monitor: some thousands of events may be waiting. */
#define EVENT_BUFFER (4 << 20)

static ssize_t receive(struct espgw_nl *nl, void *buf, size_t size)
{
	ssize_t got;

	do {
		got = mnl_socket_recvfrom(nl->sock, buf, size);
	} while (got < 0 && errno == EINTR);
	return got;
}

/**
 * struct talk - a request that waits to be answered for
 * @nl: the socket
 * @request: it
 * @answer: called with each answer; may be NULL
 * @data: for @answer
 * @longest: bytes of the longest message so far
 * @changed: the table changed while it was dumped
 * @malformed: an answer could not be read
 */
struct talk {
	struct espgw_nl *nl;
	const struct nlmsghdr *request;
	espgw_nl_answer answer;
	void *data;
	size_t longest;
	bool changed;
	bool malformed;
};

/* Return: the end of the answers, in @buf; NULL (said). */
static const struct nlmsghdr *answers(struct talk *talk, void *buf)
{
	const struct nlmsghdr *in;
	ssize_t got;
	int left;

	for (;;) {
		got = receive(talk->nl, buf, ANSWER_SIZE);
		if (got < 0) {
			/* One that was too long for it is there all the same. */
			talk->longest = ANSWER_SIZE;
			espgw_say_error("cannot read the kernel's answer: %s", strerror(errno));
			return NULL;
		}
		if ((size_t)got > talk->longest)
			talk->longest = got;
		left = got;
		for (in = buf; mnl_nlmsg_ok(in, left); in = mnl_nlmsg_next(in, &left)) {
			if (in->nlmsg_seq != talk->request->nlmsg_seq)
				continue;
			if (in->nlmsg_flags & NLM_F_DUMP_INTR)
				talk->changed = true;
			if (in->nlmsg_type == NLMSG_ERROR || in->nlmsg_type == NLMSG_DONE)
				return in;
			if (in->nlmsg_type < NLMSG_MIN_TYPE || !talk->answer)
				continue;
			if (mnl_nlmsg_get_payload_len(in) < GENL_HDRLEN ||
			    talk->answer(in, talk->data))
				talk->malformed = true;
		}
	}
}

/**
 * espgw_nl_talk - send a request and wait until it is answered for
 * @nl: open socket
 * @nlh: the request; its type and sequence number are filled in; to be wiped
 *	by the caller if there are keys in it
 * @set: the space of its attributes, to name them in messages; may be NULL
 * @answer: called with each answer; may be NULL
 * @data: for @answer
 * @interrupted: set if the table changed while it was dumped; may be NULL,
 *	then a warning is printed
 *
 * Return: exit status: 0; 1 local error (said); 2 the kernel refused (said,
 * and errno set).
 */
int espgw_nl_talk(struct espgw_nl *nl, struct nlmsghdr *nlh, const struct espgw_attr_set *set,
		  espgw_nl_answer answer, void *data, bool *interrupted)
{
	static char buf[ANSWER_SIZE] __attribute__((aligned(8)));
	struct talk talk = { nl, nlh, answer, data };
	const struct nlmsghdr *end;
	int rc = 1, err;

	if (!nlh->nlmsg_type)
		nlh->nlmsg_type = nl->family;
	nlh->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) < 0) {
		espgw_say_error("cannot ask the kernel: %s", strerror(errno));
		return 1;
	}
	end = answers(&talk, buf);
	if (end && interrupted)
		*interrupted = talk.changed;
	else if (end && talk.changed)
		espgw_say_warning("the table changed while it was read: "
				  "rows may be missing or shown twice");
	if (end)
		rc = espgw_ack_say(end, nlh, set);
	err = errno;
	/* There may have been keys in it. */
	explicit_bzero(buf, talk.longest);
	if (!rc && talk.malformed) {
		espgw_say_error("the kernel's answer is malformed");
		rc = 1;
	}
	errno = err;
	return rc;
}

/**
 * espgw_nl_start - begin a request
 * @buf: ESPGW_NL_REQUEST bytes
 * @cmd: enum espgw_cmd
 * @flags: besides NLM_F_REQUEST
 *
 * Return: the message, its type still open.
 */
struct nlmsghdr *espgw_nl_start(void *buf, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	genl->cmd = cmd;
	genl->version = ESPGW_GENL_VERSION;
	return nlh;
}

static void read_groups(const struct nlattr *list, struct espgw_nl *nl)
{
	const struct nlattr *entry, *attr;

	mnl_attr_for_each_nested(entry, list) {
		const char *name = NULL;
		uint32_t id = 0;

		mnl_attr_for_each_nested(attr, entry) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME &&
			    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
				name = mnl_attr_get_str(attr);
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID &&
			    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
				id = mnl_attr_get_u32(attr);
		}
		if (!name || !id || nl->group_count == ESPGW_NL_GROUPS ||
		    strlen(name) >= sizeof(nl->group[0].name))
			continue;
		strcpy(nl->group[nl->group_count].name, name);
		nl->group[nl->group_count++].id = id;
	}
}

/**
 * espgw_nl_read_family - read what the kernel says of the family
 * @nlh: its answer
 * @nl: receives it
 *
 * Warns if the module is of another version than this tool: each still knows
 * what both know.
 *
 * Return: 0, or -1 if it is malformed; says nothing of that.
 */
int espgw_nl_read_family(const struct nlmsghdr *nlh, struct espgw_nl *nl)
{
	uint32_t version = ESPGW_GENL_VERSION;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_VERSION &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			version = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
			nl->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			read_groups(attr, nl);
	}
	if (version != ESPGW_GENL_VERSION)
		espgw_say_warning("the module speaks version %u of the netlink interface and this "
				  "tool version %u: install both from one release, and load the "
				  "module anew", version, ESPGW_GENL_VERSION);
	return nl->family ? 0 : -1;
}

/* Like espgw_nl_talk(), but "no such family" is to be said in better words. */
static int find_family(struct espgw_nl *nl)
{
	char request[256] __attribute__((aligned(8)));
	char buf[8192] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = espgw_nl_start(request, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	const struct nlmsghdr *in;
	ssize_t got;
	int left, err;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_seq = ++nl->seq;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ESPGW_GENL_NAME);
	if (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) < 0)
		return espgw_say_error("cannot ask the kernel: %s", strerror(errno));
	for (;;) {
		got = receive(nl, buf, sizeof(buf));
		if (got < 0)
			return espgw_say_error("cannot read the kernel's answer: %s",
					       strerror(errno));
		in = (const void *)buf;
		for (left = got; mnl_nlmsg_ok(in, left); in = mnl_nlmsg_next(in, &left)) {
			if (in->nlmsg_seq != nlh->nlmsg_seq)
				continue;
			if (in->nlmsg_type == GENL_ID_CTRL && espgw_nl_read_family(in, nl))
				return espgw_say_error("the kernel's answer is malformed");
			if (in->nlmsg_type != NLMSG_ERROR)
				continue;
			memcpy(&err, mnl_nlmsg_get_payload(in), sizeof(err));
			if (!err && nl->family)
				return 0;
			if (err == -ENOENT)
				return espgw_say_error("the espgw module is not loaded "
						       "(modprobe espgw)");
			return espgw_say_error("cannot find the netlink family \"%s\": %s",
					       ESPGW_GENL_NAME, strerror(-err));
		}
	}
}

/**
 * espgw_nl_open - open a socket in the present network namespace and find the
 *	family
 * @nl: to be opened; nothing happens if it is open
 *
 * Return: exit status: 0; 1 local error (said); 2 the module is not there
 * (said).
 */
int espgw_nl_open(struct espgw_nl *nl)
{
	int on = 1;

	if (nl->sock)
		return 0;
	memset(nl, 0, sizeof(*nl));
	nl->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		espgw_say_error("cannot open a netlink socket: %s", strerror(errno));
		espgw_nl_close(nl);
		return 1;
	}
	/* All three only make the answers better: old kernels do without. */
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	if (find_family(nl)) {
		espgw_nl_close(nl);
		return 2;
	}
	return 0;
}

/**
 * espgw_nl_close - close the socket
 * @nl: may be closed already
 */
void espgw_nl_close(struct espgw_nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	nl->sock = NULL;
}

/**
 * espgw_nl_join - join a multicast group
 * @nl: open socket
 * @group: its name
 *
 * Return: exit status: 0, or 2 (said).
 */
int espgw_nl_join(struct espgw_nl *nl, const char *group)
{
	unsigned int i;

	for (i = 0; i < nl->group_count; i++) {
		if (strcmp(nl->group[i].name, group))
			continue;
		if (!mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP, &nl->group[i].id,
					   sizeof(nl->group[i].id)))
			return 0;
		if (errno == EPERM)
			espgw_say_error("\"%s\": not permitted: this needs CAP_NET_ADMIN in the "
					"network namespace", group);
		else
			espgw_say_error("\"%s\": cannot listen: %s", group, strerror(errno));
		return 2;
	}
	espgw_say_error("\"%s\": the espgw module that is loaded has no such events", group);
	return 2;
}

/**
 * espgw_nl_listen - receive events for ever
 * @nl: open socket that joined groups
 * @event: called with each
 * @lost: called when some were lost, because they came faster than they were
 *	read
 * @data: for both
 *
 * Return: exit status 1 (said), when the socket fails.
 */
int espgw_nl_listen(struct espgw_nl *nl, espgw_nl_answer event, void (*lost)(void *data),
		    void *data)
{
	static char buf[ANSWER_SIZE] __attribute__((aligned(8)));
	int size = EVENT_BUFFER, fd = mnl_socket_get_fd(nl->sock);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (;;) {
		ssize_t got = receive(nl, buf, sizeof(buf));
		const struct nlmsghdr *in = (const void *)buf;
		int left = got;

		if (got < 0 && errno == ENOBUFS) {
			lost(data);
			continue;
		}
		if (got < 0) {
			espgw_say_error("cannot receive events: %s", strerror(errno));
			return 1;
		}
		for (; mnl_nlmsg_ok(in, left); in = mnl_nlmsg_next(in, &left)) {
			if (in->nlmsg_type != nl->family ||
			    mnl_nlmsg_get_payload_len(in) < GENL_HDRLEN)
				continue;
			if (event(in, data))
				espgw_say_warning("an event is malformed");
		}
	}
}
