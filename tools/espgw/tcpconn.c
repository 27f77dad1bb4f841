// SPDX-License-Identifier: GPL-2.0
/*
 * tcpconn - TCP connections between gateways, authenticated, and the MSS that
 *	their SYNs carry
 *
 * Neither TCP-MD5 (RFC 2385 2: the header without options) nor TCP-AO as it is
 * used here (RFC 5925 5.1: options not covered) signs the MSS option, so that
 * routers can clamp it, while nobody without the key completes a handshake.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "say.h"
#include "tcpconn.h"

#ifndef TCP_AO_ADD_KEY
/* Linux 6.7 */
#define TCP_AO_ADD_KEY 38
#define TCP_AO_INFO 40
#define TCP_AO_KEYF_EXCLUDE_OPT (1 << 1)
#define TCP_AO_MAXKEYLEN 80

struct tcp_ao_add {
	struct __kernel_sockaddr_storage addr;
	char alg_name[64];
	__s32 ifindex;
	__u32 set_current : 1, set_rnext : 1, reserved : 30;
	__u16 reserved2;
	__u8 prefix;
	__u8 sndid;
	__u8 rcvid;
	__u8 maclen;
	__u8 keyflags;
	__u8 keylen;
	__u8 key[TCP_AO_MAXKEYLEN];
} __attribute__((aligned(8)));

struct tcp_ao_info_opt {
	__u32 set_current : 1, set_rnext : 1, ao_required : 1, set_counters : 1,
	      accept_icmps : 1, reserved : 27;
	__u16 reserved2;
	__u8 current_key;
	__u8 rnext;
	__u64 pkt_good;
	__u64 pkt_bad;
	__u64 pkt_key_not_found;
	__u64 pkt_ao_required;
	__u64 pkt_dropped_icmp;
} __attribute__((aligned(8)));
#endif

/* Of all keys of ours: there is one for each pair of addresses. */
#define AO_KEY_ID 45

#define TCP_SYN_ACK 0x12
#define MSS_MAX 65495

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static uint32_t be32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return ntohl(value);
}

union sockaddr_any {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Return: its length. @addr NULL: the address that stands for all. */
static socklen_t sockaddr(union sockaddr_any *sock, uint8_t len, const struct espgw_addr *addr,
			  uint16_t port)
{
	memset(sock, 0, sizeof(*sock));
	if (len == 4) {
		sock->in.sin_family = AF_INET;
		sock->in.sin_port = htons(port);
		if (addr)
			memcpy(&sock->in.sin_addr, addr->byte, 4);
		return sizeof(sock->in);
	}
	sock->in6.sin6_family = AF_INET6;
	sock->in6.sin6_port = htons(port);
	if (addr)
		memcpy(&sock->in6.sin6_addr, addr->byte, 16);
	return sizeof(sock->in6);
}

static bool is_peer(const struct espgw_tcpconn *conn, const union sockaddr_any *sock)
{
	union sockaddr_any peer;

	sockaddr(&peer, conn->peer.len, &conn->peer, 0);
	if (sock->any.sa_family != peer.any.sa_family)
		return false;
	if (conn->peer.len == 4)
		return sock->in.sin_addr.s_addr == peer.in.sin_addr.s_addr;
	return !memcmp(&sock->in6.sin6_addr, &peer.in6.sin6_addr, 16);
}

static int set_md5(int fd, const struct espgw_tcpconn *conn, bool listener)
{
	struct tcp_md5sig md5 = { .tcpm_keylen = sizeof(conn->key) };
	union sockaddr_any addr;
	int rc;

	sockaddr(&addr, conn->peer.len, &conn->peer, 0);
	memcpy(&md5.tcpm_addr, &addr, sizeof(addr));
	memcpy(md5.tcpm_key, conn->key, sizeof(conn->key));
	rc = setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &md5, sizeof(md5));
	explicit_bzero(&md5, sizeof(md5));
	if (rc || !listener)
		return rc;
	/* Everybody else gets a random key: without one, they could connect unsigned. */
	sockaddr(&addr, conn->peer.len, NULL, 0);
	memcpy(&md5.tcpm_addr, &addr, sizeof(addr));
	md5.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
	md5.tcpm_keylen = ESPGW_HKDF_MAX;
	if (getrandom(md5.tcpm_key, ESPGW_HKDF_MAX, 0) != ESPGW_HKDF_MAX)
		return -1;
	rc = setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG_EXT, &md5, sizeof(md5));
	explicit_bzero(&md5, sizeof(md5));
	return rc;
}

static int set_ao(int fd, const struct espgw_tcpconn *conn, bool listener)
{
	struct tcp_ao_info_opt info = { .ao_required = 1 };
	struct tcp_ao_add ao = {
		.alg_name = "hmac(sha1)",	/* every implementation has it, RFC 5926 */
		.prefix = conn->peer.len * 8,
		.sndid = AO_KEY_ID,
		.rcvid = AO_KEY_ID,
		.keyflags = TCP_AO_KEYF_EXCLUDE_OPT,
		.keylen = sizeof(conn->key),
	};
	union sockaddr_any addr;
	int rc;

	sockaddr(&addr, conn->peer.len, &conn->peer, 0);
	memcpy(&ao.addr, &addr, sizeof(addr));
	memcpy(ao.key, conn->key, sizeof(conn->key));
	rc = setsockopt(fd, IPPROTO_TCP, TCP_AO_ADD_KEY, &ao, sizeof(ao));
	explicit_bzero(&ao, sizeof(ao));
	if (rc || !listener)
		return rc;
	return setsockopt(fd, IPPROTO_TCP, TCP_AO_INFO, &info, sizeof(info));
}

/* An authenticated socket at the own address. Return: it, or -1 (said). */
static int make(const struct espgw_tcpconn *conn, bool listener)
{
	int fd = socket(conn->local.len == 4 ? AF_INET : AF_INET6,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool ao = conn->auth == ESPGW_TCPCONN_AO;
	char text[ESPGW_ADDR_TEXT];
	union sockaddr_any addr;
	socklen_t len;
	int on = 1;

	if (fd < 0)
		return espgw_say_error("cannot make a TCP socket: %s", strerror(errno));
	if (conn->mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &conn->mark, sizeof(conn->mark))) {
		espgw_say_error("cannot mark a socket: %s", strerror(errno));
		goto fail;
	}
	if (ao ? set_ao(fd, conn, listener) : set_md5(fd, conn, listener)) {
		if (errno == ENOPROTOOPT)
			espgw_say_error(ao ? "this kernel has no TCP-AO: take \"auth md5\"" :
					     "this kernel has no TCP-MD5");
		else
			espgw_say_error("%s cannot be used: %s", ao ? "TCP-AO" : "TCP-MD5",
					strerror(errno));
		goto fail;
	}
	len = sockaddr(&addr, conn->local.len, &conn->local, listener ? conn->port : 0);
	if ((listener && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on))) ||
	    bind(fd, &addr.any, len)) {
		espgw_say_error("cannot use address %s port %u: %s",
				espgw_addr_text(&conn->local, text), listener ? conn->port : 0,
				strerror(errno));
		goto fail;
	}
	return fd;
fail:
	close(fd);
	return -1;
}

/* -- what the own end would offer if nobody had told the kernel less */

/**
 * struct route - what rtnetlink says of a route
 * @oif: device; 0: not said
 * @mtu: configured MTU; 0: none
 * @advmss: configured MSS to offer; 0: none
 */
struct route {
	uint32_t oif;
	uint32_t mtu;
	uint32_t advmss;
};

static int route_answer(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *metric;
	struct route *route = data;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(struct rtmsg)) {
		if (mnl_attr_get_type(attr) == RTA_OIF && !mnl_attr_validate(attr, MNL_TYPE_U32))
			route->oif = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) != RTA_METRICS)
			continue;
		mnl_attr_for_each_nested(metric, attr) {
			if (mnl_attr_validate(metric, MNL_TYPE_U32))
				continue;
			if (mnl_attr_get_type(metric) == RTAX_MTU)
				route->mtu = mnl_attr_get_u32(metric);
			if (mnl_attr_get_type(metric) == RTAX_ADVMSS)
				route->advmss = mnl_attr_get_u32(metric);
		}
	}
	return MNL_CB_OK;
}

/*
 * @flags: RTM_F_FIB_MATCH: the route as it was configured; 0: as packets take
 * it, with one device and with what ICMP has made of it.
 */
static int get_route(const struct espgw_tcpconn *conn, unsigned int flags, struct route *route)
{
	char buf[MNL_SOCKET_BUFFER_SIZE] __attribute__((aligned(8)));
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;
	int rc = -1;

	memset(route, 0, sizeof(*route));
	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = conn->peer.len == 4 ? AF_INET : AF_INET6;
	rtm->rtm_dst_len = conn->peer.len * 8;
	rtm->rtm_src_len = conn->local.len * 8;
	rtm->rtm_flags = flags;
	mnl_attr_put(nlh, RTA_DST, conn->peer.len, conn->peer.byte);
	mnl_attr_put(nlh, RTA_SRC, conn->local.len, conn->local.byte);
	if (conn->mark)
		mnl_attr_put_u32(nlh, RTA_MARK, conn->mark);
	if (sock && mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) >= 0 &&
	    mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) >= 0) {
		ssize_t got;

		do {
			got = mnl_socket_recvfrom(sock, buf, sizeof(buf));
			rc = got < 0 ? -1 : mnl_cb_run(buf, got, 1, mnl_socket_get_portid(sock),
						       route_answer, route);
		} while (rc > 0);
	}
	if (sock)
		mnl_socket_close(sock);
	return rc;
}

/* Return: bytes; 0: not known. */
static uint32_t device_mtu(const struct espgw_tcpconn *conn, uint32_t ifindex)
{
	char path[64 + IFNAMSIZ];
	struct ifreq ifr = { 0 };
	unsigned int mtu6;
	uint32_t mtu = 0;
	FILE *file;
	int fd;

	if (!if_indextoname(ifindex, ifr.ifr_name))
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !ioctl(fd, SIOCGIFMTU, &ifr))
		mtu = ifr.ifr_mtu;
	if (fd >= 0)
		close(fd);
	if (conn->peer.len == 4)
		return mtu;
	/* Lower where a router's advertisement said so. */
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/mtu", ifr.ifr_name);
	file = fopen(path, "re");
	if (!file)
		return mtu;
	if (fscanf(file, "%u", &mtu6) == 1 && mtu6 < mtu)
		mtu = mtu6;
	fclose(file);
	return mtu;
}

static uint32_t limit(const struct espgw_tcpconn *conn)
{
	unsigned int hdr = conn->peer.len == 4 ? ESPGW_TCPMSS_HDR4 : ESPGW_TCPMSS_HDR6;
	struct route taken, configured;
	uint32_t mtu;

	if (get_route(conn, 0, &taken) || get_route(conn, RTM_F_FIB_MATCH, &configured))
		return 0;
	if (configured.advmss)
		return configured.advmss < MSS_MAX ? configured.advmss : MSS_MAX;
	mtu = configured.mtu ? configured.mtu : device_mtu(conn, taken.oif);
	if (mtu <= hdr)
		return 0;
	return mtu - hdr < MSS_MAX ? mtu - hdr : MSS_MAX;
}

/* What the own end of a connection has offered. Return: 0, or -1 (said). */
static int look(const struct espgw_tcpconn *conn, int fd, struct espgw_tcpmss_view *view)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) || !info.tcpi_advmss)
		return espgw_say_error("cannot ask for the connection's state: %s",
				       strerror(errno));
	view->sent = info.tcpi_advmss;
	view->limit = limit(conn);
	if (view->limit > view->sent)
		espgw_say_warning("the kernel has believed an ICMP message about the path to the "
				  "peer: it offers an MSS of %u bytes instead of %u, so less is "
				  "seen of what is clamped", view->sent, view->limit);
	return 0;
}

/* -- the listener's end */

/**
 * espgw_tcpconn_listen - wait for connections
 * @conn: the connection
 *
 * Return: a socket to poll, for espgw_tcpconn_accept(); or -1 (said).
 */
int espgw_tcpconn_listen(const struct espgw_tcpconn *conn)
{
	int fd = make(conn, true), on = 1;

	if (fd < 0)
		return -1;
	if (!setsockopt(fd, IPPROTO_TCP, TCP_SAVE_SYN, &on, sizeof(on)) && !listen(fd, 8))
		return fd;
	espgw_say_error("cannot listen: %s", strerror(errno));
	close(fd);
	return -1;
}

/**
 * espgw_tcpconn_accept - take a connection
 * @conn: the connection
 * @listener: its socket
 * @view: receives what this end knows
 *
 * Return: the connection's socket; or -1 if there is none to be taken (maybe
 * said).
 */
int espgw_tcpconn_accept(const struct espgw_tcpconn *conn, int listener,
			struct espgw_tcpmss_view *view)
{
	union sockaddr_any from;
	socklen_t len = sizeof(from);
	uint8_t syn[256];
	int fd = accept4(listener, &from.any, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return -1;
	memset(view, 0, sizeof(*view));
	len = sizeof(syn);
	/* There is none if the kernel was so short of memory that it used a cookie. */
	if (!getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, syn, &len))
		view->received = espgw_tcpmss_of_packet(syn, len);
	if (is_peer(conn, &from) && !look(conn, fd, view))
		return fd;
	close(fd);
	return -1;
}

/* -- the other end */

/*
 * A packet socket that sees answers to a SYN of that port, and nothing else.
 * The filter is there before it sees anything. Return: it, or -1 (said).
 */
static int capture(const struct espgw_tcpconn *conn, uint16_t own_port)
{
	/* Loads of the IP header; X is where the TCP header begins. */
	const struct sock_filter *ip, ip4[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	}, ip6[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
		BPF_STMT(BPF_LDX | BPF_IMM, 40),
	};
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(conn->peer.len == 4 ? ETH_P_IP : ETH_P_IPV6),
	};
	struct sock_filter filter[] = {
		{ 0 }, { 0 },
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 7),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 13),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TCP_SYN_ACK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TCP_SYN_ACK, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)conn->port << 16 | own_port, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { sizeof(filter) / sizeof(filter[0]), filter };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ip = conn->peer.len == 4 ? ip4 : ip6;
	memcpy(filter, ip, sizeof(ip4));
	if (fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) &&
	    !bind(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	espgw_say_error("cannot see what arrives (a packet socket needs CAP_NET_RAW): %s",
			strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/*
 * The numbers that the handshake has begun with: the next byte to be sent and
 * the next expected, while no data has passed. Other SYN-ACKs, that somebody
 * made up, have other ones.
 */
static int numbers(int fd, uint32_t *sent, uint32_t *expected)
{
	int on = TCP_REPAIR_ON, off = TCP_REPAIR_OFF_NO_WP, rc;
	int send_queue = TCP_SEND_QUEUE, receive_queue = TCP_RECV_QUEUE;
	socklen_t len = sizeof(*sent);

	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		return -1;
	rc = setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &send_queue, sizeof(int)) ||
	     getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, sent, &len) ||
	     setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &receive_queue, sizeof(int)) ||
	     getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, expected, &len);
	return setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)) || rc ? -1 : 0;
}

/* Finds the SYN-ACK that was answered. Return: its MSS; 0: not found. */
static unsigned int captured(const struct espgw_tcpconn *conn, int packets, uint32_t sent,
			     uint32_t expected)
{
	unsigned int src_at = conn->peer.len == 4 ? 12 : 8;
	uint8_t packet[256];
	ssize_t got;

	while ((got = recv(packets, packet, sizeof(packet), 0)) >= 0) {
		size_t at = espgw_tcpmss_header(packet, got);
		const uint8_t *src = packet + src_at, *dst = src + conn->peer.len;

		if (at && !memcmp(src, conn->peer.byte, conn->peer.len) &&
		    !memcmp(dst, conn->local.byte, conn->local.len) &&
		    be32(packet + at + 4) == expected - 1 && be32(packet + at + 8) == sent)
			return espgw_tcpmss_option(packet + at, got - at);
	}
	return 0;
}

static int wait_connected(int fd, unsigned int timeout_s)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLOUT };
	int err = 0, ready;
	socklen_t len = sizeof(err);

	do {
		ready = poll(&pollfd, 1, timeout_s * 1000);
	} while (ready < 0 && errno == EINTR);
	if (!ready)
		return ETIMEDOUT;
	return ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) ? errno : err;
}

/**
 * espgw_tcpconn_connect - connect to the listener
 * @conn: the connection
 * @timeout_s: seconds to wait for it
 * @view: receives what this end knows
 *
 * Return: the connection's socket; -1 if there is no way to try (said); -2 if
 * nobody with the key is there (said).
 */
int espgw_tcpconn_connect(const struct espgw_tcpconn *conn, unsigned int timeout_s,
			 struct espgw_tcpmss_view *view)
{
	int fd = make(conn, false), packets = -1, err = 0, rc = -1;
	char text[ESPGW_ADDR_TEXT];
	uint32_t sent, expected;
	union sockaddr_any addr;
	socklen_t len = sizeof(addr);

	if (fd < 0)
		return -1;
	memset(view, 0, sizeof(*view));
	if (getsockname(fd, &addr.any, &len)) {
		espgw_say_error("cannot make a TCP socket: %s", strerror(errno));
		goto out;
	}
	/* The port is at the same place in both families' addresses. */
	packets = capture(conn, ntohs(addr.in.sin_port));
	if (packets < 0)
		goto out;
	len = sockaddr(&addr, conn->peer.len, &conn->peer, conn->port);
	if (connect(fd, &addr.any, len))
		err = errno == EINPROGRESS ? wait_connected(fd, timeout_s) : errno;
	if (err) {
		espgw_say_error("no connection to %s port %u: %s%s",
				espgw_addr_text(&conn->peer, text), conn->port, strerror(err),
				err == ETIMEDOUT ?
					" (nobody listens there with the same key, or TCP is filtered)" :
					"");
		rc = -2;
		goto out;
	}
	if (numbers(fd, &sent, &expected)) {
		espgw_say_error("cannot ask for the connection's state: %s", strerror(errno));
		goto out;
	}
	view->received = captured(conn, packets, sent, expected);
	rc = look(conn, fd, view);
out:
	if (packets >= 0)
		close(packets);
	if (!rc)
		return fd;
	close(fd);
	return rc;
}

/* -- what the ends tell each other */

/**
 * espgw_tcpconn_say - tell the other end, and that this is all
 * @fd: the connection
 * @mine: what this end knows
 *
 * Return: 0, or -1 (said).
 */
int espgw_tcpconn_say(int fd, const struct espgw_tcpmss_view *mine)
{
	char line[ESPGW_TCPMSS_LINE];
	int len = espgw_tcpmss_line_write(mine, line);

	/* The connection is new: there is room for so little. */
	if (send(fd, line, len, MSG_NOSIGNAL) == len && !shutdown(fd, SHUT_WR))
		return 0;
	return espgw_say_error("cannot send to the peer: %s", strerror(errno));
}

/**
 * espgw_tcpconn_hear - hear the other end out
 * @fd: the connection
 * @timeout_s: seconds to wait
 * @its: receives what the other end knows
 *
 * Return: 0, or -1 (said).
 */
int espgw_tcpconn_hear(int fd, unsigned int timeout_s, struct espgw_tcpmss_view *its)
{
	uint64_t end = now_ms() + timeout_s * 1000ULL, now;
	const char *wrong = "it does not say anything";
	char line[ESPGW_TCPMSS_LINE];
	size_t len = 0;

	while ((now = now_ms()) < end && len < sizeof(line)) {
		struct pollfd pollfd = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&pollfd, 1, end - now) <= 0)
			continue;
		got = recv(fd, line + len, sizeof(line) - len, 0);
		if (got < 0 && errno == EAGAIN)
			continue;
		if (got < 0)
			return espgw_say_error("the peer: %s", strerror(errno));
		len += got;
		if (got)
			continue;
		wrong = espgw_tcpmss_line_read(line, len, its);
		break;
	}
	if (len == sizeof(line))
		wrong = "what it says is malformed";
	return wrong ? espgw_say_error("the peer: %s", wrong) : 0;
}
