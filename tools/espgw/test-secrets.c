// SPDX-License-Identifier: GPL-2.0
/*
 * test-secrets - no key stays in memory; speaks KTAP
 *
 * Runs both programs whole, in processes of their own, against a kernel that
 * is made up here, and looks for what they leave of keys in all memory that
 * they could have written: their data and that of the libraries, the stack
 * that they ran on, and every block that they ever allocated, since here
 * free() keeps blocks as they are and realloc() always moves them.
 *
 * The keys are in memory only while the programs have them: here their bytes
 * are computed one by one, and told and compared so.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/espgw.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "hkdf.h"
#include "say.h"
#include "secret.h"
#include "test.h"

int espgw_main(int argc, char **argv);
int espgw_mss_main(int argc, char **argv);

#define ARENA (48 << 20)
#define STACK (1 << 20)
/* Of AES-256-GCM, with its salt, bytes. */
#define KEY 36
#define KEYS 4
/* So many bytes in a row are not there by chance. */
#define WINDOW 8

/* -- memory that is never given back */

static char arena[ARENA] __attribute__((aligned(16)));
static size_t arena_used;
/* How many allocations are left before one fails; below 0: none does. */
static long allocations = -1;
static bool allocation_failed;

void *malloc(size_t size)
{
	size_t *block;

	if (allocations >= 0 && !allocations--) {
		allocation_failed = true;
		errno = ENOMEM;
		return NULL;
	}
	if (size > ARENA - 32 - arena_used)
		abort();
	block = (size_t *)(arena + arena_used);
	arena_used += (size + 31) & ~(size_t)15;
	*block = size;
	return (char *)block + 16;
}

void free(void *at)
{
	(void)at;
}

void *calloc(size_t count, size_t size)
{
	void *at = malloc(count * size);

	return at ? memset(at, 0, count * size) : NULL;
}

void *realloc(void *at, size_t size)
{
	void *moved = malloc(size);
	size_t had = at ? *(size_t *)((char *)at - 16) : 0;

	if (moved && at)
		memcpy(moved, at, had < size ? had : size);
	return moved;
}

/* -- keys, byte by byte */

static uint8_t key_byte(unsigned int key, unsigned int i)
{
	uint32_t x = (key + 1) * 2654435761u + (i + 1) * 40503u;

	x = (x ^ x >> 15) * 2246822519u;
	x = (x ^ x >> 13) * 3266489917u;
	return x >> 16;
}

static char key_digit(unsigned int key, unsigned int i)
{
	return "0123456789abcdef"[key_byte(key, i / 2) >> (i % 2 ? 0 : 4) & 0xf];
}

static uint8_t key_at(unsigned int key, bool text, unsigned int i)
{
	return text ? (uint8_t)key_digit(key, i) : key_byte(key, i);
}

/* Every window of every key, as bytes and as digits, but inverted. */
static uint64_t windows[KEYS * (3 * KEY)];
static unsigned int window_count;
static uint8_t first_bytes[65536 / 8];

static void windows_add(unsigned int key, bool text)
{
	unsigned int len = text ? 2 * KEY : KEY, from, i;

	for (from = 0; from + WINDOW <= len; from++) {
		uint64_t window = 0;
		uint16_t first;

		for (i = 0; i < WINDOW; i++)
			window |= (uint64_t)(uint8_t)~key_at(key, text, from + i) << 8 * i;
		windows[window_count++] = window;
		first = ~window;
		first_bytes[first / 8] |= 1 << first % 8;
	}
}

static bool is_window(const uint8_t *at)
{
	uint16_t first = at[0] | at[1] << 8;
	uint64_t window = 0;
	unsigned int i;

	if (!(first_bytes[first / 8] >> first % 8 & 1))
		return false;
	for (i = 0; i < WINDOW; i++)
		window |= (uint64_t)(uint8_t)~at[i] << 8 * i;
	for (i = 0; i < window_count; i++)
		if (windows[i] == window)
			return true;
	return false;
}

/* What is derived from keys is a key as well, and here the last of these. */
int espgw_hkdf(const void *salt, size_t salt_len, const void *ikm, size_t ikm_len,
	       const void *info, size_t info_len, uint8_t key[static ESPGW_HKDF_MAX])
{
	unsigned int i;

	(void)salt;
	(void)salt_len;
	(void)ikm;
	(void)ikm_len;
	(void)info;
	(void)info_len;
	for (i = 0; i < ESPGW_HKDF_MAX; i++)
		key[i] = key_byte(KEYS - 1, i);
	return 0;
}

/* -- the stack that the programs run on, and what is left in memory */

static char stack[STACK] __attribute__((aligned(16)));
static ucontext_t back, forth;
static int (*run_what)(int argc, char **argv);
static int run_argc, run_status;
static char **run_argv;

static void enter(void)
{
	run_status = run_what(run_argc, run_argv);
}

static int run(int (*what)(int argc, char **argv), int argc, char **argv)
{
	run_what = what;
	run_argc = argc;
	run_argv = argv;
	getcontext(&forth);
	forth.uc_stack.ss_sp = stack;
	forth.uc_stack.ss_size = sizeof(stack);
	forth.uc_link = &back;
	makecontext(&forth, enter, 0);
	swapcontext(&back, &forth);
	return run_status;
}

/* Return: how many bytes of keys there are between two addresses. */
static unsigned int look(const char *name, const uint8_t *from, const uint8_t *to)
{
	const uint8_t *at;
	unsigned int found = 0;

	for (at = from; at + WINDOW <= to; at++) {
		if (!is_window(at))
			continue;
		if (!found++)
			dprintf(2, "# a key is left in %s, %zu bytes from its beginning\n", name,
				(size_t)(at - from));
	}
	return found;
}

/* All that can be written to. */
static unsigned int look_everywhere(void)
{
	char line[512], name[256];
	unsigned int found = 0;
	int fd = open("/proc/self/maps", O_RDONLY);

	for (;;) {
		uintptr_t from, to;
		size_t len = 0;
		char mode[8];

		while (len < sizeof(line) - 1 && read(fd, line + len, 1) == 1)
			if (line[len++] == '\n')
				break;
		if (!len)
			break;
		line[len] = '\0';
		*name = '\0';
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %*s %255s", &from, &to, mode,
			   name) < 3 ||
		    mode[0] != 'r' || mode[1] != 'w')
			continue;
		/* Of the arena, only what was ever used; it is zero beyond. */
		if ((uintptr_t)arena >= from && (uintptr_t)arena < to) {
			found += look("data", (const uint8_t *)from, (const uint8_t *)arena);
			found += look("allocated memory", (const uint8_t *)arena,
				      (const uint8_t *)arena + arena_used);
			from = (uintptr_t)arena + sizeof(arena);
		}
		if ((uintptr_t)stack >= from && (uintptr_t)stack < to) {
			found += look("data", (const uint8_t *)from, (const uint8_t *)stack);
			found += look("the stack", (const uint8_t *)stack,
				      (const uint8_t *)stack + sizeof(stack));
			from = (uintptr_t)stack + sizeof(stack);
		}
		found += look(*name ? name : "memory", (const uint8_t *)from,
			      (const uint8_t *)to);
	}
	close(fd);
	return found;
}

/* -- the kernel: what libmnl's sockets are here */

enum mode {
	KERNEL_WILLING,
	KERNEL_REFUSES_ADD,	/* and sends the whole request back */
	KERNEL_REFUSES_PMTU,	/* the last table that "save" reads */
	KERNEL_DIES,		/* in the middle of a dump */
	KERNEL_CHANGES,		/* the first two dumps of SAs are interrupted */
	KERNEL_GONE,		/* before it is asked anything */
	KERNEL_MALFORMED,	/* an SA's row has an address of 5 bytes, behind the keys */
};

#define FAMILY 77

static enum mode mode;
/* Of the last request; the keys in it are only counted, and it is kept inverted. */
static uint8_t request[4096];
static size_t request_len;
static struct {
	uint32_t seq;
	uint16_t type;
	uint16_t flags;
	uint8_t cmd;
	bool keys;
} asked;
static unsigned int step, keys_sent, sa_dumps;

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	static char dummy;

	(void)bus;
	(void)flags;
	return (struct mnl_socket *)&dummy;
}

int mnl_socket_bind(struct mnl_socket *sock, unsigned int groups, pid_t pid)
{
	(void)sock;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_close(struct mnl_socket *sock)
{
	(void)sock;
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *sock, int type, void *buf, socklen_t len)
{
	(void)sock;
	(void)type;
	(void)buf;
	(void)len;
	return 0;
}

static bool is_key(const struct nlattr *attr)
{
	const uint8_t *at = mnl_attr_get_payload(attr);
	unsigned int len = mnl_attr_get_payload_len(attr), key, i;

	for (key = 0; key < KEYS; key++) {
		for (i = 0; i < len && at[i] == key_byte(key, i); i++)
			;
		if (len == KEY && i == len)
			return true;
	}
	return false;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *sock, const void *buf, size_t len)
{
	const struct nlmsghdr *nlh = buf;
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	size_t i;

	(void)sock;
	if (mode == KERNEL_GONE && nlh->nlmsg_type == FAMILY) {
		errno = ENOTCONN;
		return -1;
	}
	asked.seq = nlh->nlmsg_seq;
	asked.type = nlh->nlmsg_type;
	asked.flags = nlh->nlmsg_flags;
	asked.cmd = genl->cmd;
	asked.keys = false;
	step = 0;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (asked.type != FAMILY)
			continue;
		asked.keys |= mnl_attr_get_type(attr) == ESPGW_SA_A_SHOW_KEYS;
		if (mnl_attr_get_type(attr) == ESPGW_SA_A_KEY)
			keys_sent += is_key(attr);
	}
	for (i = 0; i < len; i++)
		request[i] = ~((const uint8_t *)buf)[i];
	request_len = len;
	return len;
}

static struct nlmsghdr *answer_begin(void *buf, uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_seq = asked.seq;
	return nlh;
}

static ssize_t answer_end(void *buf, int err, bool whole)
{
	struct nlmsghdr *nlh;
	uint8_t *at;
	size_t i;

	if (asked.flags & NLM_F_DUMP && !err) {
		nlh = answer_begin(buf, NLMSG_DONE);
		if (mode == KERNEL_CHANGES && sa_dumps && sa_dumps < 3)
			nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
		memset(mnl_nlmsg_put_extra_header(nlh, sizeof(int)), 0, sizeof(int));
		return nlh->nlmsg_len;
	}
	nlh = answer_begin(buf, NLMSG_ERROR);
	at = mnl_nlmsg_put_extra_header(nlh, sizeof(int) + request_len);
	memcpy(at, &err, sizeof(err));
	for (i = 0; i < (whole ? request_len : sizeof(*nlh)); i++)
		at[sizeof(err) + i] = ~request[i];
	return nlh->nlmsg_len;
}

static void put_sa(struct nlmsghdr *nlh, unsigned int key)
{
	static const uint8_t addr[2][4] = { { 192, 0, 2, 1 }, { 192, 0, 2, 2 } };
	struct nlattr *attr = mnl_nlmsg_get_payload_tail(nlh);
	bool in = key % 2;
	unsigned int i;

	if (asked.keys) {
		attr->nla_type = ESPGW_SA_A_KEY;
		attr->nla_len = MNL_ATTR_HDRLEN + KEY;
		for (i = 0; i < KEY; i++)
			((uint8_t *)mnl_attr_get_payload(attr))[i] = key_byte(key, i);
		nlh->nlmsg_len += MNL_ALIGN(attr->nla_len);
	}
	mnl_attr_put_u8(nlh, ESPGW_SA_A_DIR, in ? ESPGW_DIR_IN : ESPGW_DIR_OUT);
	mnl_attr_put(nlh, ESPGW_SA_A_SRC, 4, addr[in]);
	mnl_attr_put(nlh, ESPGW_SA_A_DST, mode == KERNEL_MALFORMED ? 3 : 4, addr[!in]);
	mnl_attr_put_u32(nlh, ESPGW_SA_A_SPI, htonl(256 + key));
	mnl_attr_put_u32(nlh, ESPGW_SA_A_REQID, 7);
	mnl_attr_put_strz(nlh, ESPGW_SA_A_AEAD, "rfc4106(gcm(aes))");
	mnl_attr_put_u32(nlh, ESPGW_SA_A_ICV_BITS, 128);
}

static ssize_t answer_family(void *buf)
{
	struct nlmsghdr *nlh = answer_begin(buf, GENL_ID_CTRL);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = CTRL_CMD_NEWFAMILY;
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	mnl_attr_put_u32(nlh, CTRL_ATTR_VERSION, ESPGW_GENL_VERSION);
	return nlh->nlmsg_len;
}

/* One message at a time: rows, and then the end. */
ssize_t mnl_socket_recvfrom(const struct mnl_socket *sock, void *buf, size_t size)
{
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	(void)sock;
	if (size < 8192)
		abort();
	if (asked.type == GENL_ID_CTRL)
		return step++ ? answer_end(buf, 0, false) : answer_family(buf);
	if (asked.cmd == ESPGW_CMD_PMTU_GET && mode == KERNEL_REFUSES_PMTU)
		return answer_end(buf, -EPERM, false);
	if (asked.cmd == ESPGW_CMD_SA_ADD && mode == KERNEL_REFUSES_ADD)
		return answer_end(buf, -EEXIST, true);
	if (asked.cmd != ESPGW_CMD_SA_GET)
		return answer_end(buf, 0, true);
	if (mode == KERNEL_DIES && step == 2) {
		errno = EIO;
		return -1;
	}
	if (step == KEYS || (step && !(asked.flags & NLM_F_DUMP)))
		return answer_end(buf, 0, false);
	sa_dumps += !step;
	nlh = answer_begin(buf, FAMILY);
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = ESPGW_CMD_SA_GET;
	put_sa(nlh, step++);
	return nlh->nlmsg_len;
}

/* -- what the programs are run with; %0 to %3 stand for the keys' digits */

#define SA "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 "
#define SA2 "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 257 "
#define GCM(key) "aead aes-gcm 0x%" #key " 128 "
#define LONG "                                                                "

/* Writes it a byte at a time, so that no key is ever there as a whole. */
static void write_out(int fd, const char *text)
{
	unsigned int i;

	for (; *text; text++) {
		char c = *text;

		if (c != '%') {
			write(fd, &c, 1);
			continue;
		}
		text++;
		for (i = 0; i < 2 * KEY; i++) {
			c = key_digit(*text - '0', i);
			write(fd, &c, 1);
		}
	}
}

/* In memory, as the words of a command are. */
static void fill_in(char *to, const char *text)
{
	unsigned int i;

	for (; *text; text++) {
		if (*text != '%') {
			*to++ = *text;
			continue;
		}
		text++;
		for (i = 0; i < 2 * KEY; i++)
			*to++ = key_digit(*text - '0', i);
	}
	*to = '\0';
}

/* How often there is a whole key in a file. */
static unsigned int count_keys(int fd)
{
	unsigned int key, i, found = 0;
	char c;

	for (key = 0; key < KEYS; key++) {
		lseek(fd, 0, SEEK_SET);
		/* Its first digit is not the beginning of anything else in it, or rarely. */
		for (i = 0; read(fd, &c, 1) == 1;) {
			i = c == key_digit(key, i) ? i + 1 : c == key_digit(key, 0);
			if (i == 2 * KEY) {
				found++;
				i = 0;
			}
		}
	}
	return found;
}

/**
 * struct scenario - a way to run a program
 * @name: what of it is tested
 * @words: its words, with single spaces between them
 * @file: what is in the file F; NULL: nothing
 * @input: what is in standard input; NULL: nothing
 * @mode: how the kernel behaves
 * @status: exit status
 * @sent: how many keys the kernel has to get
 * @printed: how many keys have to be in the output
 * @output: where the output goes; NULL: to a file that is looked at
 * @allocates: it needs memory, and does nothing without
 * @other: the program is espgw-mss
 */
struct scenario {
	const char *name;
	const char *words;
	const char *file;
	const char *input;
	enum mode mode;
	int status;
	unsigned int sent;
	unsigned int printed;
	const char *output;
	bool allocates;
	bool other;
};

static const struct scenario scenarios[] = {
	/* on the command line */
	{ "a key on the command line", SA GCM(0), .sent = 1 },
	{ "and the kernel refuses it", SA GCM(0), .mode = KERNEL_REFUSES_ADD, .status = 2,
	  .sent = 1 },
	{ "and the kernel is not to be reached", SA GCM(0), .mode = KERNEL_GONE, .status = 1 },
	{ "a key behind an error", "sa add spi 12 " GCM(0), .status = 1 },
	{ "a key before an error", SA GCM(0) "nonsense", .status = 1 },
	{ "a key that is too long", SA "aead aes-gcm 0x%0%1%2%3%0 128", .status = 1 },
	{ "a key of a wrong length", SA "aead aes-gcm 0x%0%1 128", .status = 1 },
	{ "a key of odd length", SA "aead aes-gcm 0x%00 128", .status = 1 },
	{ "a key with something else in it", SA "aead aes-gcm 0x%0g0 128", .status = 1 },
	{ "a key without 0x", SA "aead aes-gcm %0 128", .status = 1 },
	{ "a key with a wrong ICV", SA "aead aes-gcm 0x%0 127", .status = 1 },
	{ "a key that is no word here", "policy show 0x%0", .status = 1 },
	{ "a key that is no object", "0x%0 show", .status = 1 },
	{ "a key behind an option that there is not", "-x " SA GCM(0), .status = 1 },
	{ "a key behind a namespace that there is not", "-n none " SA GCM(0), .status = 1 },
	{ "a key behind a batch", "-b F " SA GCM(0), .status = 1 },
	{ "two keys", SA "enc foo 0x%0 auth hmac(sha256) 0x%1", .sent = 1 },
	{ "the second key is wrong", SA "enc foo 0x%0 auth hmac(sha256) 0x%1x", .status = 1 },

	/* from files */
	{ "a key from a file", SA "aead aes-gcm file:F 128", "0x%0\n", .sent = 1 },
	{ "a file with more than a key", SA "aead aes-gcm file:F 128", "%0%1%2%3%0", .status = 1 },
	{ "a file with two keys", SA "aead aes-gcm file:F 128", "%0\n%1\n", .status = 1 },
	{ "a key from standard input", SA "aead aes-gcm file:- 128", .input = "%0\nmore\n", .sent = 1 },

	/* batches */
	{ "a batch", "-b F", SA GCM(0) "\n# more\n" SA GCM(1) "\n" SA GCM(2), .sent = 3,
	  .allocates = true },
	{ "a batch from standard input", "-b -", .input = SA GCM(0) "\n" SA GCM(1) "\n", .sent = 2 },
	{ "a batch with quotation marks", "-b F", SA "'aead' \"aes-gcm\" ''\"\"'0x%0' 128\n",
	  .sent = 1 },
	{ "a batch with long lines", "-b F",
	  SA GCM(0) LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG
	  "\\\n" LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG
	  "\n" SA "\\\r\n " GCM(1) "\r\n", .sent = 2, .allocates = true },
	{ "a batch that ends at an error", "-b F", SA GCM(0) "\nsa add spi 12 " GCM(1) "\n" SA GCM(2),
	  .status = 1, .sent = 1 },
	{ "a batch that goes on after it", "-force -b F",
	  SA GCM(0) "\nsa add spi 12 " GCM(1) "\n'" SA GCM(3) "\n" SA GCM(2), .status = 1, .sent = 2 },
	{ "a batch that the kernel refuses", "-force -b F", SA GCM(0) "\n" SA GCM(1) "\n",
	  .mode = KERNEL_REFUSES_ADD, .status = 2, .sent = 2 },
	{ "a batch in which a key is a comment", "-b F", "# %0\n#%1\n" },
	{ "restore", "restore F", SA GCM(0) "\n" SA GCM(1) "\n" SA GCM(2) "\n", .sent = 3,
	  .allocates = true },
	{ "restore, and the last line is wrong", "restore F",
	  SA GCM(0) "\n" SA GCM(1) "\n" SA GCM(2) "nonsense %3\n", .status = 1 },
	{ "restore, and it goes on all the same", "-force restore F",
	  SA GCM(0) "\n" SA GCM(1) "nonsense %3\n" SA GCM(2), .status = 1, .sent = 2 },
	{ "restore, and the kernel refuses", "restore F", SA GCM(0) "\n" SA GCM(1) "\n",
	  .mode = KERNEL_REFUSES_ADD, .status = 2, .sent = 1 },

	/* what is in a file and what is in the kernel, compared */
	{ "apply", "apply F", SA GCM(0) "\n" SA2 GCM(1) "\n", .sent = 2, .allocates = true },
	{ "apply --check", "apply --check F", SA GCM(0), .status = 3 },
	{ "apply --check, JSON", "-j apply --check F", SA GCM(0), .status = 3 },
	{ "apply, where there is nothing to do", "apply F",
	  "sa add dir in src 192.0.2.2 dst 192.0.2.1 spi 257 reqid 7 " GCM(1) "\n"
	  "sa add dir in src 192.0.2.2 dst 192.0.2.1 spi 259 reqid 7 " GCM(3) "\n"
	  "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 256 reqid 7 reuse-key " GCM(0) "\n"
	  "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 258 reqid 7 reuse-key " GCM(2) "\n" },
	{ "apply, and another key takes the place of one", "apply F",
	  "sa add dir in src 192.0.2.2 dst 192.0.2.1 spi 257 reqid 7 " GCM(3) "\n", .sent = 1 },
	{ "apply, and the last line is wrong", "apply F", SA GCM(0) "\nnonsense %1\n", .status = 1 },
	{ "apply, and a line says it twice", "apply F", SA GCM(0) "\n" SA GCM(1) "\n", .status = 1 },
	{ "apply, and the kernel refuses", "apply F", SA GCM(0) "\n", .mode = KERNEL_REFUSES_ADD,
	  .status = 2, .sent = 1 },
	{ "apply, and the kernel dies", "apply F", SA GCM(0), .mode = KERNEL_DIES, .status = 1 },

	/* from the kernel */
	{ "save", "save", .printed = KEYS, .allocates = true },
	{ "save while the SAs change", "save", .mode = KERNEL_CHANGES, .printed = KEYS },
	{ "save, and the last table is refused", "save", .mode = KERNEL_REFUSES_PMTU, .status = 2 },
	{ "save, and the kernel dies", "save", .mode = KERNEL_DIES, .status = 1 },
	{ "save to a full disk", "save", .output = "/dev/full", .status = 1 },
	{ "save to nobody", "save", .output = "/dev/null" },
	{ "save, and a row is malformed", "save", .mode = KERNEL_MALFORMED, .status = 1 },
	{ "sa show keys", "sa show keys", .printed = KEYS },
	{ "sa show keys, JSON", "-j sa show keys", .printed = KEYS },
	{ "sa show keys, pretty JSON", "-p sa show keys dir in", .printed = KEYS / 2 },
	{ "sa show keys, and the kernel dies", "sa show keys", .mode = KERNEL_DIES, .status = 1,
	  .printed = 2 },
	{ "sa show keys, and a row is malformed", "sa show keys", .mode = KERNEL_MALFORMED,
	  .status = 1 },
	{ "sa get keys", "sa get keys dst 192.0.2.2 spi 256", .printed = 1 },
	{ "sa show", "sa show" },

	/* the other program; it gets as far as the addresses, which are not this host's */
	{ "espgw-mss: a key on the command line", "probe spi 256 dst 192.0.2.2 key 0x%0",
	  .status = 1, .other = true },
	{ "espgw-mss: a key before an error", "probe key 0x%0 spi 12", .status = 1, .other = true },
	{ "espgw-mss: a key behind an error", "probe spi 12 key 0x%0", .status = 1, .other = true },
	{ "espgw-mss: no such command", "prod key 0x%0", .status = 1, .other = true },
	{ "espgw-mss: no such option", "-b key 0x%0", .status = 1, .other = true },
	{ "espgw-mss: no such namespace", "-n none probe key 0x%0", .status = 1, .other = true },
	{ "espgw-mss: the keys of the SAs", "listen spi 256 dst 192.0.2.2", .status = 1,
	  .other = true },
	{ "espgw-mss: and TCP-AO", "listen auth ao spi 256 dst 192.0.2.2", .status = 1,
	  .other = true },
	{ "espgw-mss: TCP-AO that probes", "probe auth ao spi 256 dst 192.0.2.2", .status = 1,
	  .other = true },
	{ "espgw-mss: no such SA", "listen spi 0x1234 dst 192.0.2.2", .status = 2, .other = true },
	{ "espgw-mss: and the kernel dies", "probe spi 256 dst 192.0.2.2", .mode = KERNEL_DIES,
	  .status = 1, .other = true },
};

static char file_path[TEMPORARY];
static char input_path[TEMPORARY];
static char output_path[TEMPORARY];

/* The words, in memory that looks like that of a command line. */
static char text[8192];
static char *word[64];

static int split(const char *words)
{
	static char program[] = "espgw";
	char *at = text;
	int count = 1;

	word[0] = program;
	fill_in(text, words);
	while ((word[count] = strtok_r(at, " ", &at)))
		count++;
	return count;
}

/* Gives the words F their meaning: a path that is no longer known before. */
static void insert_path(char *to, const char *words)
{
	for (; *words; words++) {
		bool alone = *words == 'F' && (words[1] == ' ' || !words[1]);

		if (alone)
			to += sprintf(to, "%s", file_path);
		else
			*to++ = *words;
	}
	*to = '\0';
}

/**
 * struct result - what has become of a scenario
 * @status: exit status
 * @sent: keys that the kernel got
 * @left: bytes of keys that are left
 * @locked: nobody can look into the process, and it leaves no core
 * @failed: an allocation has failed
 */
struct result {
	int status;
	unsigned int sent;
	unsigned int left;
	bool locked;
	bool failed;
};

static void child(const struct scenario *s, long fail_at, int to)
{
	struct result result = { 0 };
	struct rlimit limit;
	char words[4096];
	int argc, fd;

	insert_path(words, s->words);
	argc = split(words);
	fd = open(s->input ? input_path : "/dev/null", O_RDONLY);
	dup2(fd, 0);
	fd = open(s->output ? s->output : output_path, O_WRONLY | O_TRUNC);
	dup2(fd, 1);
	/* What is said is not looked at here, but it must not hold keys either. */
	espgw_say_to(fopen("/dev/null", "w"));
	mode = s->mode;
	allocations = fail_at;
	result.status = run(s->other ? espgw_mss_main : espgw_main, argc, word);
	allocations = -1;
	result.sent = keys_sent;
	result.failed = allocation_failed;
	result.locked = !prctl(PR_GET_DUMPABLE) && !getrlimit(RLIMIT_CORE, &limit) &&
			!limit.rlim_cur && !limit.rlim_max;
	result.left = look_everywhere();
	write(to, &result, sizeof(result));
	_exit(0);
}

static bool perform(const struct scenario *s, long fail_at, struct result *result)
{
	int pipes[2], fd, status;
	pid_t pid;
	bool ok;

	fd = open(file_path, O_WRONLY | O_TRUNC);
	write_out(fd, s->file ? s->file : "");
	close(fd);
	fd = open(input_path, O_WRONLY | O_TRUNC);
	write_out(fd, s->input ? s->input : "");
	close(fd);
	close(open(output_path, O_WRONLY | O_TRUNC));
	if (pipe(pipes))
		abort();
	fflush(stdout);
	pid = fork();
	if (!pid)
		child(s, fail_at, pipes[1]);
	close(pipes[1]);
	ok = read(pipes[0], result, sizeof(*result)) == sizeof(*result);
	close(pipes[0]);
	waitpid(pid, &status, 0);
	return ok && WIFEXITED(status) && !WEXITSTATUS(status);
}

static void test_scenario(const struct scenario *s)
{
	struct result r = { 0 };
	unsigned int printed;
	bool ok = perform(s, -1, &r);
	int fd = open(output_path, O_RDONLY);

	printed = count_keys(fd);
	close(fd);
	if (!ok || r.status != s->status || r.sent != s->sent || printed != s->printed)
		printf("# status %d sent %u printed %u\n", r.status, r.sent, printed);
	point(ok && r.status == s->status && r.sent == s->sent && printed == s->printed &&
		      !r.left && r.locked,
	      "%s: nothing is left", s->name);
}

/* Each allocation in turn fails, until there are no more. */
static void test_no_memory(const struct scenario *s)
{
	struct result r = { 0 };
	bool ok = true;
	long at = 0;

	do {
		ok &= perform(s, at++, &r) && !r.left &&
		      r.status == (r.failed ? 1 : s->status);
	} while (ok && r.failed);
	if (!ok)
		printf("# allocation %ld: status %d, %u left\n", at - 1, r.status, r.left);
	point(ok && at > 1, "%s: and memory runs out, in %ld places", s->name, at - 1);
}

/* -- whether what is left would be found */

static int leave_on_stack(int argc, char **argv)
{
	volatile char copy[2 * KEY];
	unsigned int i;

	(void)argv;
	for (i = 0; i < sizeof(copy); i++)
		copy[i] = key_digit(argc, i);
	return copy[0];
}

static int leave_in_block(int argc, char **argv)
{
	volatile char *copy = malloc(KEY);
	unsigned int i;

	(void)argv;
	for (i = 0; i < KEY; i++)
		copy[i] = key_byte(argc, i);
	free((char *)copy);
	return 0;
}

static int leave_in_data(int argc, char **argv)
{
	static volatile char copy[WINDOW];
	unsigned int i;

	(void)argv;
	for (i = 0; i < WINDOW; i++)
		copy[i] = key_byte(argc, KEY - WINDOW + i);
	return copy[0];
}

static int leave_in_stdio(int argc, char **argv)
{
	FILE *file = fopen("/dev/null", "w");
	unsigned int i;

	(void)argv;
	for (i = 0; i < 2 * KEY; i++)
		fputc(key_digit(argc, i), file);
	return fclose(file);
}

static int leave_nothing(int argc, char **argv)
{
	struct espgw_secret secret = { 0 };
	FILE *to = espgw_secret_open(&secret);
	unsigned int i;

	(void)argv;
	for (i = 0; i < 200 * KEY; i++)
		fputc(key_digit(argc, i % (2 * KEY)), to);
	espgw_secret_close(&secret, to);
	espgw_secret_free(&secret);
	return 0;
}

static void test_finder(void)
{
	static const struct {
		int (*leave)(int argc, char **argv);
		unsigned int left;
		const char *where;
	} tests[] = {
		{ leave_nothing, 0, "there is nothing" },
		{ leave_on_stack, 2 * KEY - WINDOW + 1, "on the stack" },
		{ leave_in_block, KEY - WINDOW + 1, "in a block that was given back" },
		{ leave_in_data, 1, "in static data" },
		{ leave_in_stdio, 2 * KEY - WINDOW + 1, "in a buffer of stdio" },
	};
	unsigned int i, key;

	for (i = 0; i < MNL_ARRAY_SIZE(tests); i++) {
		bool ok = true;

		for (key = 0; key < KEYS; key++) {
			unsigned int left = 0;
			int pipes[2];
			pid_t pid;

			if (pipe(pipes))
				abort();
			fflush(stdout);
			pid = fork();
			if (!pid) {
				int null = open("/dev/null", O_WRONLY);

				dup2(null, 2);
				run(tests[i].leave, key, NULL);
				left = look_everywhere();
				write(pipes[1], &left, sizeof(left));
				_exit(0);
			}
			ok &= read(pipes[0], &left, sizeof(left)) == sizeof(left) &&
			      left == tests[i].left;
			waitpid(pid, NULL, 0);
			close(pipes[0]);
			close(pipes[1]);
		}
		point(ok, "what is left is found: %s", tests[i].where);
	}
}

int main(void)
{
	unsigned int i, key;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n");
	for (key = 0; key < KEYS; key++) {
		windows_add(key, false);
		windows_add(key, true);
	}
	temporary_file(file_path, "secrets-file");
	temporary_file(input_path, "secrets-input");
	temporary_file(output_path, "secrets-output");
	test_finder();
	for (i = 0; i < MNL_ARRAY_SIZE(scenarios); i++)
		test_scenario(&scenarios[i]);
	for (i = 0; i < MNL_ARRAY_SIZE(scenarios); i++)
		if (scenarios[i].allocates)
			test_no_memory(&scenarios[i]);
	unlink(file_path);
	unlink(input_path);
	unlink(output_path);
	printf("1..%u\n", points);
	return failed ? 1 : 0;
}
