// SPDX-License-Identifier: GPL-2.0
/*
 * mssrun - the path MTU from the MSS of a TCP connection between the gateways
 *
 * Routers that drop ICMP often clamp the MSS of TCP connections that pass, so
 * that these work all the same. What they leave of the MSS that the gateways
 * themselves offer each other is a bound of the path MTU of their SAs.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mssrun.h"
#include "pmtu.h"
#include "sa.h"
#include "say.h"
#include "tcpconn.h"

/* For the line of one connection: a few hundred bytes of packets. */
#define EXCHANGE_TIMEOUT 5

#define EXIT_REFUSED 2

/* What every key that is derived here is derived with; the peer's as well. */
static const char salt[] = "espgw mss 1";
static const char *const info_words[] = {
	[ESPGW_TCPCONN_MD5] = "tcp-md5",
	[ESPGW_TCPCONN_AO] = "tcp-ao",
};

/* -- the SAs, and a key from theirs */

/**
 * struct picker - the newest SA that will do
 * @want: what it must be like
 * @spi: this one rather than a newer one; 0: any
 * @sa: it
 * @found: it has been found
 */
struct picker {
	struct espgw_sa want;
	uint32_t spi;
	struct espgw_sa sa;
	bool found;
};

static int pick(const struct nlmsghdr *nlh, void *data)
{
	struct picker *picker = data;
	struct espgw_sa sa;
	int rc = espgw_object_get(nlh, &espgw_sa_object, &sa);

	/* They come in the order in which they were added. */
	if (!rc && espgw_object_match(&espgw_sa_object, &sa, &picker->want) &&
	    sa.number[ESPGW_SA_A_STATE] != ESPGW_SA_DEAD &&
	    !(picker->found && picker->sa.number[ESPGW_SA_A_SPI] == picker->spi)) {
		picker->sa = sa;
		picker->found = true;
	}
	explicit_bzero(&sa, sizeof(sa));
	return rc;
}

/* Return: exit status (said). */
static int find(struct espgw_mss_context *ctx, struct picker *picker, const char *what)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	bool changed = true;
	int rc = 0, tries;

	for (tries = 0; changed && !rc && tries < 20; tries++) {
		struct nlmsghdr *nlh = espgw_nl_start(buf, ESPGW_CMD_SA_GET, NLM_F_DUMP);

		picker->found = false;
		explicit_bzero(&picker->sa, sizeof(picker->sa));
		mnl_attr_put_u8(nlh, ESPGW_SA_A_DIR, picker->want.number[ESPGW_SA_A_DIR]);
		espgw_attr_put_addr(nlh, ESPGW_SA_A_DST, &picker->want.dst);
		espgw_object_put(nlh, &espgw_sa_object, true, &picker->want);
		rc = espgw_nl_talk(&ctx->nl, nlh, &espgw_sa_set, pick, picker, &changed);
	}
	if (!rc && !picker->found) {
		espgw_say_error("there is no %s", what);
		rc = EXIT_REFUSED;
	}
	return rc;
}

/* One SA's part of what a key is derived from. Return: its length, bytes. */
static size_t put_keys(uint8_t *to, const struct espgw_sa *sa)
{
	const struct espgw_key *key[] = { &sa->key, &sa->auth_key };
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		to[used++] = key[i]->len;
		memcpy(to + used, key[i]->byte, key[i]->len);
		used += key[i]->len;
	}
	return used;
}

/*
 * Both ends have to derive the same key, so both take the two SAs in the same
 * order: first the one by which the gateway with the lower address receives.
 */
static int derive(const struct espgw_mss *mss, const struct espgw_sa *out,
		  const struct espgw_sa *in, struct espgw_tcpconn *conn)
{
	uint8_t ikm[4 * (1 + ESPGW_KEY_MAX)], info[64];
	bool out_first = memcmp(out->dst.byte, out->src.byte, out->dst.len) < 0;
	const struct espgw_addr *addr[] = { &out->dst, &out->src };
	const struct espgw_sa *sa[] = { out, in };
	size_t len = 0, info_len;
	unsigned int i;
	int rc;

	info_len = strlen(info_words[conn->auth]);
	memcpy(info, info_words[conn->auth], info_len);
	for (i = 0; i < 2; i++) {
		unsigned int at = out_first ? i : 1 - i;

		memcpy(info + info_len, addr[at]->byte, addr[at]->len);
		info_len += addr[at]->len;
		if (!mss->key.len)
			len += put_keys(ikm + len, sa[at]);
	}
	if (mss->key.len) {
		memcpy(ikm, mss->key.byte, mss->key.len);
		len = mss->key.len;
	}
	rc = espgw_hkdf(salt, strlen(salt), ikm, len, info, info_len, conn->key);
	explicit_bzero(ikm, sizeof(ikm));
	return rc;
}

/*
 * The connection that belongs to an SA pair. @path: becomes any outbound SA of
 * the same path. Return: exit status (said).
 */
static int prepare(struct espgw_mss_context *ctx, const struct espgw_mss *mss,
		   struct espgw_tcpconn *conn, struct picker *path)
{
	const uint64_t keys = mss->key.len ? 0 : ESPGW_BIT(ESPGW_SA_A_SHOW_KEYS);
	const uint64_t way = ESPGW_BIT(ESPGW_SA_A_DIR) | ESPGW_BIT(ESPGW_SA_A_SRC) |
			     ESPGW_BIT(ESPGW_SA_A_DST) | ESPGW_BIT(ESPGW_SA_A_REQID);
	struct picker out = { .want = {
		.number = {
			ESPGW_BIT(ESPGW_SA_A_DIR) | ESPGW_BIT(ESPGW_SA_A_DST) | ESPGW_BIT(ESPGW_SA_A_SPI) | keys,
			[ESPGW_SA_A_DIR] = ESPGW_DIR_OUT, [ESPGW_SA_A_SPI] = mss->number[ESPGW_MSS_SPI],
		},
		.dst = mss->dst,
	} }, in = { 0 };
	const uint64_t *sa = out.sa.number;
	int rc = espgw_nl_open(&ctx->nl);

	if (!rc)
		rc = find(ctx, &out, "such outbound SA");
	if (!rc && keys) {
		in.want = (struct espgw_sa){
			.number = {
				way | keys, [ESPGW_SA_A_DIR] = ESPGW_DIR_IN,
				[ESPGW_SA_A_REQID] = sa[ESPGW_SA_A_REQID],
			},
			.dst = out.sa.src, .src = out.sa.dst,
		};
		rc = find(ctx, &in, "inbound SA of the same reqid from there: give a \"key\"");
	}
	if (!rc) {
		*conn = (struct espgw_tcpconn){
			.local = out.sa.src, .peer = out.sa.dst, .port = mss->number[ESPGW_MSS_PORT],
			.mark = sa[ESPGW_SA_A_MARK] & sa[ESPGW_SA_A_MARK_MASK],
			.auth = mss->number[ESPGW_MSS_AUTH],
		};
		*path = (struct picker){ .spi = mss->number[ESPGW_MSS_SPI], .want = {
			.number = {
				way, [ESPGW_SA_A_DIR] = ESPGW_DIR_OUT,
				[ESPGW_SA_A_REQID] = sa[ESPGW_SA_A_REQID],
			},
			.src = out.sa.src, .dst = out.sa.dst,
		} };
		rc = derive(mss, &out.sa, &in.sa, conn) ? 1 : 0;
	}
	if (rc)
		explicit_bzero(conn->key, sizeof(conn->key));
	explicit_bzero(&out, sizeof(out));
	explicit_bzero(&in, sizeof(in));
	return rc;
}

/* -- what comes of it */

enum {
	FOUND_SPI = 1,
	FOUND_DST,
	FOUND_SRC,
	FOUND_PORT,
	FOUND_AUTH,
	FOUND_SENT,
	FOUND_RECEIVED,
	FOUND_PEER_SENT,
	FOUND_PEER_RECEIVED,
	FOUND_BOUND,
	FOUND_PMTU,
	FOUND_SOURCE,
	FOUND_NUMBERS,
};

/**
 * struct found - what a connection has told
 * @has: bit n: number n is set
 * @number: indexed by the above
 * @dst: the peer's address
 * @src: our own
 */
struct found {
	union {
		uint64_t has;
		uint64_t number[FOUND_NUMBERS];
	};
	struct espgw_addr dst;
	struct espgw_addr src;
};

#define FOUND(name, text, of)                                                             \
	.attr = FOUND_##name, .key = (text), .label = (text), .flags = ESPGW_F_TOLD,      \
	.kind = &espgw_kind_##of
#define SEEN(name, text, shown)                                                           \
	{ .attr = FOUND_##name, .key = (text), .label = (shown), .line = 1, .max = UINT16_MAX, \
	  .flags = ESPGW_F_TOLD, .kind = &espgw_kind_number }

static const struct espgw_field found_fields[] = {
	{ FOUND(SPI, "spi", spi) },
	{ FOUND(DST, "dst", addr), .at = offsetof(struct found, dst) },
	{ FOUND(SRC, "src", addr), .at = offsetof(struct found, src) },
	{ FOUND(PORT, "port", number), .min = 1, .max = UINT16_MAX },
	{ FOUND(AUTH, "auth", number), .words = espgw_mss_auths },
	SEEN(SENT, "mss_sent", "mss sent"),
	SEEN(RECEIVED, "mss_received", "received"),
	SEEN(PEER_SENT, "peer_mss_sent", "peer sent"),
	SEEN(PEER_RECEIVED, "peer_mss_received", "received"),
	{ FOUND(BOUND, "bound", number), .line = 2, .unit = "bytes" },
	{ FOUND(PMTU, "pmtu", number), .line = 2, .unit = "bytes" },
	{ FOUND(SOURCE, "source", number), .line = 2, .words = espgw_pmtu_source_words },
};

const struct espgw_object espgw_mss_found_object = {
	ESPGW_FIELDS(found_fields), .size = sizeof(struct found),
};

static int take_row(const struct nlmsghdr *nlh, void *data)
{
	return espgw_object_get(nlh, &espgw_pmtu_object, data);
}

/* A request about the path MTU of the named outbound SA, with a bound or without. */
static struct nlmsghdr *request(void *buf, const struct picker *path, uint32_t bound)
{
	struct espgw_pmtu pmtu = { .dst = path->sa.dst };
	struct nlmsghdr *nlh = espgw_nl_start(buf, bound ? ESPGW_CMD_PMTU_SET : ESPGW_CMD_PMTU_GET,
					      bound ? NLM_F_ACK : NLM_F_DUMP);

	espgw_set(&pmtu, ESPGW_PMTU_A_SPI, path->sa.number[ESPGW_SA_A_SPI]);
	espgw_set(&pmtu, ESPGW_PMTU_A_DST, 0);
	if (bound) {
		espgw_set(&pmtu, ESPGW_PMTU_A_MTU, bound);
		espgw_set(&pmtu, ESPGW_PMTU_A_BOUND, 1);
	}
	espgw_object_put(nlh, &espgw_pmtu_object, false, &pmtu);
	return nlh;
}

/*
 * Tells the kernel, and then the user what both ends have seen and what the
 * path MTU is now. By then a newer SA may have taken the place of the one that
 * the command named: the path MTU is of whichever is there. Return: exit status
 * (said).
 */
static int conclude(struct espgw_mss_context *ctx, struct picker *path,
		    const struct espgw_tcpconn *conn, const struct espgw_tcpmss_view *mine,
		    const struct espgw_tcpmss_view *its)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	unsigned int hdr = conn->peer.len == 4 ? ESPGW_TCPMSS_HDR4 : ESPGW_TCPMSS_HDR6;
	uint32_t bound = espgw_tcpmss_bound(mine, its, hdr);
	struct espgw_out *out = &ctx->out;
	struct found found = { .dst = conn->peer, .src = conn->local };
	struct espgw_pmtu row = { 0 };
	int rc = find(ctx, path, "outbound SA any more");

	if (!rc)
		rc = espgw_nl_talk(&ctx->nl, request(buf, path, bound), &espgw_pmtu_set, NULL, NULL,
				   NULL);
	if (!rc)
		rc = espgw_nl_talk(&ctx->nl, request(buf, path, 0), &espgw_pmtu_set, take_row, &row,
				   NULL);
	if (rc)
		return rc;
	espgw_set(&found, FOUND_SPI, path->sa.number[ESPGW_SA_A_SPI]);
	espgw_set(&found, FOUND_DST, 0);
	espgw_set(&found, FOUND_SRC, 0);
	espgw_set(&found, FOUND_PORT, conn->port);
	espgw_set(&found, FOUND_AUTH, conn->auth);
	espgw_set(&found, FOUND_SENT, mine->sent);
	espgw_set(&found, FOUND_RECEIVED, mine->received);
	espgw_set(&found, FOUND_PEER_SENT, its->sent);
	espgw_set(&found, FOUND_PEER_RECEIVED, its->received);
	espgw_set(&found, FOUND_BOUND, bound);
	espgw_set(&found, FOUND_PMTU, row.number[ESPGW_PMTU_A_PMTU]);
	espgw_set(&found, FOUND_SOURCE, row.number[ESPGW_PMTU_A_SOURCE]);
	espgw_out_row(out);
	espgw_object_show(out, &espgw_mss_found_object, &found);
	espgw_out_row_end(out);
	return 0;
}

/**
 * espgw_mss_probe - connect to the peer and compare
 * @ctx: context
 * @mss: the request
 *
 * Return: exit status.
 */
int espgw_mss_probe(struct espgw_mss_context *ctx, const struct espgw_mss *mss)
{
	struct espgw_tcpmss_view mine, its;
	struct espgw_tcpconn conn = { 0 };
	struct picker path;
	int fd, rc = prepare(ctx, mss, &conn, &path);

	if (rc)
		return rc;
	fd = espgw_tcpconn_connect(&conn, mss->number[ESPGW_MSS_TIMEOUT], &mine);
	explicit_bzero(conn.key, sizeof(conn.key));
	if (fd < 0)
		return -fd;
	espgw_out_begin(&ctx->out);
	if (espgw_tcpconn_say(fd, &mine) || espgw_tcpconn_hear(fd, EXCHANGE_TIMEOUT, &its))
		rc = EXIT_REFUSED;
	else
		rc = conclude(ctx, &path, &conn, &mine, &its);
	if (!rc)
		espgw_out_end(&ctx->out);
	close(fd);
	return rc;
}

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* One connection. Return: exit status (said). */
static int serve(struct espgw_mss_context *ctx, struct picker *path,
		 const struct espgw_tcpconn *conn, int listener)
{
	struct espgw_tcpmss_view mine, its;
	int fd = espgw_tcpconn_accept(conn, listener, &mine), rc = EXIT_REFUSED;

	if (fd < 0)
		return EXIT_REFUSED;
	if (!espgw_tcpconn_hear(fd, EXCHANGE_TIMEOUT, &its) && !espgw_tcpconn_say(fd, &mine))
		rc = conclude(ctx, path, conn, &mine, &its);
	close(fd);
	return rc;
}

/**
 * espgw_mss_listen - wait for the peer to connect, and compare
 * @ctx: context
 * @mss: the request
 *
 * Return: exit status, when the time is over or, with "once", after the first
 * connection that came to something.
 */
int espgw_mss_listen(struct espgw_mss_context *ctx, const struct espgw_mss *mss)
{
	unsigned int timeout_s = mss->number[ESPGW_MSS_TIMEOUT];
	bool once = espgw_has(mss, ESPGW_MSS_ONCE), served = false;
	struct pollfd listener = { .events = POLLIN };
	struct espgw_tcpconn conn = { 0 };
	struct picker path;
	int rc = prepare(ctx, mss, &conn, &path);
	time_t end;

	if (rc)
		return rc;
	listener.fd = espgw_tcpconn_listen(&conn);
	explicit_bzero(conn.key, sizeof(conn.key));
	if (listener.fd < 0)
		return 1;
	ctx->out.stream = true;
	espgw_out_begin(&ctx->out);
	end = now_s() + timeout_s;
	while (!(served && once) && (!timeout_s || now_s() < end))
		if (poll(&listener, 1, 1000) > 0 && !serve(ctx, &path, &conn, listener.fd))
			served = true;
	close(listener.fd);
	if (served)
		return 0;
	espgw_say_error("nobody came in %u s", timeout_s);
	return EXIT_REFUSED;
}
