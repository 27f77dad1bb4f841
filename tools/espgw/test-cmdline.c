// SPDX-License-Identifier: GPL-2.0
/*
 * test-cmdline - test the tool without a kernel; speaks KTAP
 *
 * Links the tool's own objects, built with sanitizers. Good command lines are
 * compared with the netlink message that they make, bad ones with the whole
 * of what they print. Besides that, properties that hold for any line:
 *  - however a line is cut off or mangled, it is either refused, with exactly
 *    one line that begins with "espgw: ", or makes a message;
 *  - what "save" writes of an object makes the very message again;
 *  - what is printed as JSON is JSON.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ack.h"
#include "batch.h"
#include "complete.h"
#include "hkdf.h"
#include "monitor.h"
#include "mss.h"
#include "say.h"
#include "secret.h"
#include "status.h"
#include "tcpconn.h"
#include "test.h"
#include "verb.h"
#include "words.h"

#define K16 "00112233445566778899aabbccddeeff"
#define K4 "deadbeef"
#define K20 K16 K4
#define K36 K16 K16 K4
#define K32 K16 K16

#define OBJECTS                                                                           \
	"dev, default, guard, xfrm, sa, policy, pmtu, vfr, mss, stats, status, explain, "        \
	"monitor, save, restore, once, block, apply"

static bool same(const char *want, const char *got)
{
	if (!strcmp(want, got))
		return true;
	printf("# want: %s\n#  got: %s\n", want, got);
	return false;
}

static bool begins(const char *want, const char *got)
{
	if (!strncmp(want, got, strlen(want)))
		return true;
	printf("# want: %s...\n#  got: %s\n", want, got);
	return false;
}

/* What goes to stderr, and to the output, is caught in memory. */
static char *said, *printed;
static size_t said_len, printed_len;
static FILE *say_stream;

static void say_begin(void)
{
	say_stream = open_memstream(&said, &said_len);
	espgw_say_to(say_stream);
}

/* Return: what was said; valid until the next say_begin(). */
static const char *say_end(void)
{
	static char *last;

	espgw_say_to(NULL);
	fclose(say_stream);
	free(last);
	last = said;
	return last;
}

static void out_begin(struct espgw_out *out)
{
	memset(out, 0, sizeof(*out));
	out->to = open_memstream(&printed, &printed_len);
	espgw_out_begin(out);
}

static const char *out_end(struct espgw_out *out)
{
	static char *last;

	espgw_out_end(out);
	fclose(out->to);
	free(last);
	last = printed;
	return last;
}

/* -- messages as text */

static const char *const cmd_names[] = {
#define CMD(name) [ESPGW_CMD_##name] = #name
	CMD(DEV_ATTACH),     CMD(DEV_SET),     CMD(DEV_DETACH),   CMD(DEV_GET),
	CMD(DEFAULT_SET),    CMD(DEFAULT_GET), CMD(SA_ADD),	  CMD(SA_REPLACE),
	CMD(SA_SET),	     CMD(SA_DEL),      CMD(SA_GET),	  CMD(SA_FLUSH),
	CMD(POLICY_ADD),     CMD(POLICY_REPLACE), CMD(POLICY_DEL), CMD(POLICY_GET),
	CMD(POLICY_FLUSH),   CMD(PMTU_GET),    CMD(PMTU_SET),	  CMD(PMTU_DEL),
	CMD(PMTU_FLUSH),     CMD(STATS_GET),   CMD(STATS_RESET),  CMD(PMTU_PROBE),
	CMD(VFR_SET),	     CMD(VFR_GET),     CMD(GUARD_SET),	  CMD(GUARD_GET),
	CMD(XFRM_SET),	     CMD(XFRM_GET),    CMD(XFRM_ROW_GET),
	CMD(XFRM_CONN_SET),  CMD(XFRM_CONN_GET), CMD(EXPLAIN_GET),
#undef CMD
};

static void attr_text(FILE *to, const struct nlattr *attr, const struct espgw_attr_set *set)
{
	const struct espgw_attr *known = &set->attr[mnl_attr_get_type(attr)];
	const uint8_t *payload = mnl_attr_get_payload(attr);
	unsigned int len = mnl_attr_get_payload_len(attr), i;
	const struct nlattr *inner;
	const char *c;

	fputc(' ', to);
	for (c = known->name; *c; c++)
		fputc(*c == ' ' ? '-' : *c, to);
	switch (known->type) {
	case ESPGW_T_U8:
		fprintf(to, "=%u", len == 1 ? mnl_attr_get_u8(attr) : 999);
		break;
	case ESPGW_T_U16:
		fprintf(to, "=%u", len == 2 ? mnl_attr_get_u16(attr) : 99999);
		break;
	case ESPGW_T_U32:
		fprintf(to, "=%" PRIu64, len == 4 ? mnl_attr_get_u32(attr) : UINT64_MAX);
		break;
	case ESPGW_T_U64:
		fprintf(to, "=%" PRIu64, len == 8 ? mnl_attr_get_u64(attr) : 4242);
		break;
	case ESPGW_T_FLAG:
		break;
	case ESPGW_T_STRING:
		fprintf(to, "=%s", len && !payload[len - 1] ? (const char *)payload : "?");
		break;
	case ESPGW_T_NEST:
		fputs(attr->nla_type & NLA_F_NESTED ? "={" : "=?", to);
		mnl_attr_for_each_nested(inner, attr)
			attr_text(to, inner, known->nest);
		fputs(" }", to);
		break;
	default:
		fputc('=', to);
		for (i = 0; i < len; i++)
			fprintf(to, "%02x", payload[i]);
	}
}

/* Return: text of the request; valid until the next call. */
static const char *message_text(const struct nlmsghdr *nlh, const struct espgw_attr_set *set)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	static char *text;
	static size_t len;
	const struct nlattr *attr;
	FILE *to;

	free(text);
	to = open_memstream(&text, &len);
	fputs(cmd_names[genl->cmd], to);
	if (nlh->nlmsg_flags == (NLM_F_REQUEST | NLM_F_DUMP))
		fputs(" dump", to);
	else if (nlh->nlmsg_flags != (NLM_F_REQUEST | NLM_F_ACK))
		fputs(" flags?", to);
	if (genl->version != ESPGW_GENL_VERSION)
		fputs(" version?", to);
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (!set)
			fputs(" attributes?", to);
		else
			attr_text(to, attr, set);
	}
	fclose(to);
	return text;
}

/* The space of a request's attributes. */
static const struct espgw_attr_set *set_of(const struct espgw_request *req)
{
	return req->verb->of ? req->verb->of->set : NULL;
}

/* -- running lines */

/* What espgw-mss makes of a line. */
static struct espgw_mss mss;
static unsigned int mss_command;

/* Return: 0 or -1, as espgw_verb_parse() does. */
static int parse_line(const char *line, struct espgw_request *req)
{
	static char *word[ESPGW_WORDS_MAX]; /* the request points to them */
	static char *copy;
	int count;

	free(copy);
	copy = strdup(line);
	memset(req, 0, sizeof(*req));
	espgw_say_verb(NULL, NULL);
	count = espgw_words_split(copy, word);
	if (count < 0)
		return -1;
	if (espgw_verb_parse(word, count, false, req))
		return -1;
	/* The rest is for another program. */
	if (req->verb->of == &espgw_mss_object)
		return espgw_mss_parse(word + 1, count - 1, &mss, &mss_command);
	return 0;
}

/* A complete SA but for what a line adds. */
#define SA_OUT "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 256 "
#define SA_IN "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 "
#define GCM "aead aes-gcm 0x" K20 " 128 "

/* The longest name. */
#define N31 "abcdefghijklmnopqrstuvwxyzABCDE"

static const struct {
	const char *line;
	const char *message;
} good[] = {
	{ "dev attach lo", "DEV_ATTACH ifname=lo" },
	{ "dev attach ppp*", "DEV_ATTACH ifname=ppp*" },
	{ "dev attach lo mtu-follow on", "DEV_ATTACH ifname=lo mtu-follow=1" },
	{ "dev set lo mtu-follow off", "DEV_SET ifname=lo mtu-follow=0" },
	{ "dev attach no-such-dev0", "DEV_ATTACH ifname=no-such-dev0" },
	{ "dev attach lo df copy frag after split max inner-df clear icmp-answer off "
	  "mtu-cap 1400 min-pmtu 1280 pmtu-age 60 pmtu-learn off mss 1200 probe off",
	  "DEV_ATTACH ifname=lo MTU-policy={ df=0 frag=1 split=1 inner-df=1 icmp-answer=0 "
	  "mtu-cap=1400 min-pmtu=1280 pmtu-age=60 pmtu-learn=0 mss=1200 probe=0 }" },
	{ "dev set lo df clear frag off split tcp inner-df honor icmp-answer on mtu-cap none "
	  "pmtu-age infinite pmtu-learn on mss auto probe on",
	  "DEV_SET ifname=lo MTU-policy={ df=2 frag=2 split=2 inner-df=0 icmp-answer=1 mtu-cap=0 "
	  "pmtu-age=4294967295 pmtu-learn=1 mss=1 probe=1 }" },
	{ "dev set lo mss off split equal frag before df set",
	  "DEV_SET ifname=lo MTU-policy={ df=1 frag=0 split=0 mss=0 }" },
	{ "dev set lo mtu-cap 68 min-pmtu 68 pmtu-age 1 mss 88",
	  "DEV_SET ifname=lo MTU-policy={ mtu-cap=68 min-pmtu=68 pmtu-age=1 mss=88 }" },
	{ "dev set lo mtu-cap 65535 min-pmtu 65535 pmtu-age 86400 mss 65495",
	  "DEV_SET ifname=lo MTU-policy={ mtu-cap=65535 min-pmtu=65535 pmtu-age=86400 mss=65495 }" },
	{ "dev set lo min-pmtu 1500 mtu-cap none",
	  "DEV_SET ifname=lo MTU-policy={ mtu-cap=0 min-pmtu=1500 }" },
	/* what was set is set no more: bit n for attribute n */
	{ "dev set lo df inherit", "DEV_SET ifname=lo MTU-policy={ inherit=2 }" },
	{ "dev set lo df inherit frag inherit split inherit inner-df inherit icmp-answer inherit "
	  "mtu-cap inherit min-pmtu inherit pmtu-age inherit pmtu-learn inherit mss inherit "
	  "probe inherit",
	  "DEV_SET ifname=lo MTU-policy={ inherit=4094 }" },
	{ "dev set lo probe inherit mtu-cap 1400 df inherit mss off",
	  "DEV_SET ifname=lo MTU-policy={ mtu-cap=1400 mss=0 inherit=2050 }" },
	{ "dev attach lo mss inherit", "DEV_ATTACH ifname=lo MTU-policy={ inherit=1024 }" },
	{ "dev detach lo", "DEV_DETACH ifname=lo" },
	{ "dev detach lo guarded", "DEV_DETACH ifname=lo guarded" },
	{ "dev show", "DEV_GET dump" },
	{ "dev show lo", "DEV_GET dump" },
	{ "guard on", "GUARD_SET on=1" },
	{ "guard off", "GUARD_SET on=0" },
	{ "guard show", "GUARD_GET" },
	{ "xfrm on", "XFRM_SET on=1" },
	{ "xfrm on mode any", "XFRM_SET on=1 mode=0" },
	{ "xfrm on mode interface", "XFRM_SET on=1 mode=1" },
	{ "xfrm on mode policy", "XFRM_SET on=1 mode=2" },
	{ "xfrm on if-id 1", "XFRM_SET on=1 if-id=1" },
	{ "xfrm on if-id 0xffffffff mode any", "XFRM_SET on=1 mode=0 if-id=4294967295" },
	{ "xfrm on default", "XFRM_SET on=1 default" },
	{ "xfrm on default mode interface if-id 42", "XFRM_SET on=1 mode=1 if-id=42 default" },
	{ "xfrm off", "XFRM_SET on=0" },
	{ "xfrm off default", "XFRM_SET on=0 default" },
	{ "xfrm set if-id 42 df copy", "XFRM_CONN_SET if-id=42 mtu={ df=0 }" },
	{ "xfrm set reqid 0 mtu-cap 1400 frag inherit",
	  "XFRM_CONN_SET reqid=0 mtu={ mtu-cap=1400 inherit=4 }" },
	{ "xfrm set comment \"Z\303\274rich #2\" df copy name Berlin-2 if-id 42",
	  "XFRM_CONN_SET if-id=42 mtu={ df=0 } name=Berlin-2 comment=Z\303\274rich #2" },
	{ "xfrm set reqid 0 name " N31, "XFRM_CONN_SET reqid=0 name=" N31 },
	{ "xfrm set reqid 7 comment ''", "XFRM_CONN_SET reqid=7 comment=" },
	{ "xfrm show", "XFRM_GET" },
	{ "xfrm show default", "XFRM_GET default" },
	{ "xfrm show if-id 42 mode interface", "XFRM_GET" },
	{ "xfrm show mode policy", "XFRM_GET" },
	{ "default set df copy", "DEFAULT_SET MTU-policy={ df=0 }" },
	{ "default set df set frag before", "DEFAULT_SET MTU-policy={ df=1 frag=0 }" },
	{ "default set min-pmtu inherit pmtu-age inherit", "DEFAULT_SET MTU-policy={ inherit=384 }" },
	{ "default show", "DEFAULT_GET" },

	/* algorithms */
	{ "sa add dir out src 192.0.2.1 dst 198.51.100.1 spi 0x1000 aead aes-gcm 0x" K20 " 128",
	  "SA_ADD dir=2 src=c0000201 dst=c6336401 spi=00001000 aead=rfc4106(gcm(aes)) key=" K20
	  " ICV-bits=128" },
	{ "sa add dir in src 2001:db8::1 dst 2001:db8::2 spi 4096 aead rfc4106(gcm(aes)) 0X" K36
	  " 64",
	  "SA_ADD dir=1 src=20010db8000000000000000000000001 "
	  "dst=20010db8000000000000000000000002 spi=00001000 aead=rfc4106(gcm(aes)) key=" K36
	  " ICV-bits=64" },
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 aead aes-gcm 0x" K16 "0011223344556677"
	  K4 " 96",
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 aead=rfc4106(gcm(aes)) key=" K16
	  "0011223344556677" K4 " ICV-bits=96" },
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 0xffffffff aead chacha20-poly1305 0x" K36
	  " 128",
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=ffffffff "
	  "aead=rfc7539esp(chacha20,poly1305) key=" K36 " ICV-bits=128" },
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 "
	  "aead rfc7539esp(chacha20,poly1305) 0x" K36 " 128",
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 "
	  "aead=rfc7539esp(chacha20,poly1305) key=" K36 " ICV-bits=128" },
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 enc aes-cbc 0x" K16 " auth sha256 0x" K32,
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 enc=cbc(aes) auth=hmac(sha256) "
	  "key=" K16 " auth-key=" K32 },
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 auth hmac(sha256) 0x" K32 " 96 "
	  "enc cbc(aes) 0x" K32,
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 enc=cbc(aes) auth=hmac(sha256) "
	  "key=" K32 " auth-key=" K32 " ICV-bits=96" },
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 enc aes-cbc 0x" K16 K4 K4
	  " auth sha1 0x" K20 " 160 esn",
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 enc=cbc(aes) auth=hmac(sha1) "
	  "key=" K16 K4 K4 " auth-key=" K20 " ICV-bits=160 esn" },
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 enc null 0x auth sha384 0x" K32 " 192",
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 enc=ecb(cipher_null) "
	  "auth=hmac(sha384) auth-key=" K32 " ICV-bits=192" },
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 enc cipher_null \"\" auth sha512 0x01",
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 enc=ecb(cipher_null) "
	  "auth=hmac(sha512) auth-key=01" },
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 enc ecb(cipher_null) 0x "
	  "auth hmac(sha512) 0x" K32 " 512",
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 enc=ecb(cipher_null) "
	  "auth=hmac(sha512) auth-key=" K32 " ICV-bits=512" },
	/* a name we do not know is the kernel's to judge */
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 aead rfc4309(ccm(aes)) 0x0102 128",
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 aead=rfc4309(ccm(aes)) key=0102 "
	  "ICV-bits=128" },

	/* everything else an SA may have */
	{ "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 256 reqid 7 aead aes-gcm 0x" K20 " 128 "
	  "esn seq 4294967296 encap espinudp 4500 4501 class 0,46,63 mark 0x10/0xf0 dscp copy "
	  "ecn off ttl copy tfc 1400 limit soft bytes 1000 limit hard bytes 2000 "
	  "limit soft packets 1 limit hard packets 2 limit soft seconds 3 limit hard seconds 4 "
	  "df copy mss auto",
	  "SA_ADD dir=2 src=c0000201 dst=c0000202 spi=00000100 reqid=7 aead=rfc4106(gcm(aes)) "
	  "key=" K20 " ICV-bits=128 esn seq=4294967296 encap-source-port=1194 "
	  "encap-destination-port=1195 class=9223442405598953473 mark=16 mark-mask=240 dscp=255 "
	  "ecn=0 ttl=0 tfc=1400 limit={ limit-soft-bytes=1000 limit-hard-bytes=2000 "
	  "limit-soft-packets=1 limit-hard-packets=2 limit-soft-seconds=3 limit-hard-seconds=4 } "
	  "MTU-policy={ df=0 mss=1 }" },
	{ "sa replace dir out src 192.0.2.1 dst 192.0.2.2 spi 256 aead aes-gcm 0x" K20 " 128 "
	  "seq 4294967295 replay-window 0 ttl 255 dscp 0 ecn on tfc 0 class ef",
	  "SA_REPLACE dir=2 src=c0000201 dst=c0000202 spi=00000100 aead=rfc4106(gcm(aes)) "
	  "key=" K20 " ICV-bits=128 replay-window=0 seq=4294967295 class=70368744177664 dscp=0 ecn=1 "
	  "ttl=255 tfc=0" },
	{ "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 aead aes-gcm 0x" K20 " 128 "
	  "replay-window 4096 seq 0 mark 1 limit soft bytes 5 limit hard bytes 0",
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 aead=rfc4106(gcm(aes)) key=" K20
	  " ICV-bits=128 replay-window=4096 seq=0 mark=1 mark-mask=4294967295 "
	  "limit={ limit-soft-bytes=5 limit-hard-bytes=0 }" },
	{ "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 256 aead aes-gcm 0x" K20 " 128 esn "
	  "seq 18446744073709551615 mark 0xffffffff/0xffffffff dscp af41 ttl 1 reqid 0xffffffff",
	  "SA_ADD dir=2 src=c0000201 dst=c0000202 spi=00000100 reqid=4294967295 "
	  "aead=rfc4106(gcm(aes)) key=" K20 " ICV-bits=128 esn seq=18446744073709551615 "
	  "mark=4294967295 mark-mask=4294967295 dscp=34 ttl=1" },
	/* order does not matter */
	{ "sa add aead aes-gcm 0x" K20 " 128 esn spi 256 dst 192.0.2.2 df set src 192.0.2.1 dir out",
	  "SA_ADD dir=2 src=c0000201 dst=c0000202 spi=00000100 aead=rfc4106(gcm(aes)) key=" K20
	  " ICV-bits=128 esn MTU-policy={ df=1 }" },
	{ "sa replace dir out src 192.0.2.1 dst 192.0.2.2 spi 256 aead aes-gcm 0x" K20 " 128 "
	  "keepalive 3600 encap espinudp 4500 4501",
	  "SA_REPLACE dir=2 src=c0000201 dst=c0000202 spi=00000100 aead=rfc4106(gcm(aes)) "
	  "key=" K20 " ICV-bits=128 encap-source-port=1194 encap-destination-port=1195 "
	  "keepalive=3600" },
	/* what people call it */
	{ SA_OUT GCM "name Berlin-2_b.x:9 comment \"Z\303\274rich, #2: it's \" tfc 9",
	  "SA_ADD dir=2 src=c0000201 dst=c0000202 spi=00000100 aead=rfc4106(gcm(aes)) key=" K20
	  " ICV-bits=128 tfc=9 name=Berlin-2_b.x:9 comment=Z\303\274rich, #2: it's " },
	{ SA_IN GCM "name " N31,
	  "SA_ADD dir=1 src=c0000201 dst=c0000202 spi=00000100 aead=rfc4106(gcm(aes)) key=" K20
	  " ICV-bits=128 name=" N31 },
	{ "sa set dst 192.0.2.2 spi 256 name \"\" comment ''",
	  "SA_SET dst=c0000202 spi=00000100 name= comment=" },
	{ "sa show name x", "SA_GET dump" },
	{ "sa set dst 192.0.2.2 spi 256 keepalive 0", "SA_SET dst=c0000202 spi=00000100 keepalive=0" },
	{ "sa set dst 192.0.2.2 spi 256 seq 1", "SA_SET dst=c0000202 spi=00000100 seq=1" },
	{ "sa set dst 192.0.2.2 spi 256 dir out mtu-cap 1400 class 1,2 encap espinudp 1 65535 "
	  "mark 0 dscp 63 ecn on ttl 64 tfc 65535 limit soft seconds 0",
	  "SA_SET dir=2 dst=c0000202 spi=00000100 encap-source-port=0001 "
	  "encap-destination-port=ffff class=6 mark=0 mark-mask=4294967295 dscp=63 ecn=1 ttl=64 "
	  "tfc=65535 limit={ limit-soft-seconds=0 } MTU-policy={ mtu-cap=1400 }" },
	{ "sa set dst 192.0.2.2 spi 256 ttl inherit",
	  "SA_SET dst=c0000202 spi=00000100 inherit=4194304" },
	{ "sa set ttl inherit dir out tfc 0 frag inherit dst 192.0.2.2 spi 256",
	  "SA_SET dir=2 dst=c0000202 spi=00000100 tfc=0 MTU-policy={ inherit=4 } "
	  "inherit=4194304" },
	{ SA_OUT GCM "df inherit",
	  "SA_ADD dir=2 src=c0000201 dst=c0000202 spi=00000100 aead=rfc4106(gcm(aes)) key=" K20
	  " ICV-bits=128 MTU-policy={ inherit=2 }" },
	{ "sa del dst ::1 spi 0xabcdef01",
	  "SA_DEL dst=00000000000000000000000000000001 spi=abcdef01" },
	{ "sa del dst 192.0.2.2 spi 256 dir in", "SA_DEL dir=1 dst=c0000202 spi=00000100" },
	{ "sa get dst 192.0.2.2 spi 256", "SA_GET dst=c0000202 spi=00000100" },
	{ "sa get keys dst 192.0.2.2 spi 256 dir out",
	  "SA_GET dir=2 dst=c0000202 spi=00000100 keys" },
	{ "sa show", "SA_GET dump" },
	{ "sa show keys", "SA_GET dump keys" },
	{ "sa show dir in src 192.0.2.1 dst 192.0.2.2 spi 256 reqid 1", "SA_GET dump" },
	{ "sa flush", "SA_FLUSH" },
	{ "sa flush dir in", "SA_FLUSH dir=1" },

	/* policies */
	{ "policy add src 10.0.0.0/8 dst 192.168.1.0/24 action bypass",
	  "POLICY_ADD src=0a000000 src-prefix-length=8 dst=c0a80100 dst-prefix-length=24 action=2" },
	{ "policy add prio 10 dev lo src 10.1.2.3 dst any proto tcp sport 80 dport 1000-2000 "
	  "dscp 46 action protect reqid 5 src 192.0.2.1 dst 192.0.2.2",
	  "POLICY_ADD prio=10 ifname=lo src=0a010203 src-prefix-length=32 dst=00000000 "
	  "dst-prefix-length=0 proto=6 sport=80 sport=80 dport=1000 dport=2000 dscp=46 action=1 "
	  "protect-reqid=5 protect-src=c0000201 protect-dst=c0000202" },
	{ "policy replace src default dst 2001:db8::/32 proto icmpv6 action discard",
	  "POLICY_REPLACE src=00000000000000000000000000000000 src-prefix-length=0 "
	  "dst=20010db8000000000000000000000000 dst-prefix-length=32 proto=58 action=3" },
	{ "policy add src any dst 10.0.0.0/8 action bypass comment x name lan",
	  "POLICY_ADD src=00000000 src-prefix-length=0 dst=0a000000 dst-prefix-length=8 action=2 "
	  "name=lan comment=x" },
	{ "policy show name lan", "POLICY_GET dump" },
	{ "policy add action protect dst 2001:db8::2 src 2001:db8::1 reqid 0 prio 4294967295 "
	  "proto 132 sport 0-65535",
	  NULL },
	{ "policy add src 0.0.0.0/0 dst 0.0.0.0/0 action protect dst 2001:db8::2 src 2001:db8::1 "
	  "reqid 0 prio 4294967295 proto 132 sport 0-65535",
	  "POLICY_ADD prio=4294967295 src=00000000 src-prefix-length=0 dst=00000000 "
	  "dst-prefix-length=0 proto=132 sport=0 sport=65535 action=1 protect-reqid=0 "
	  "protect-src=20010db8000000000000000000000001 "
	  "protect-dst=20010db8000000000000000000000002" },
	{ "policy add action bypass src 10.0.0.0/8 dst 10.0.0.0/8 proto 0 dscp cs6",
	  "POLICY_ADD src=0a000000 src-prefix-length=8 dst=0a000000 dst-prefix-length=8 proto=0 "
	  "dscp=48 action=2" },
	{ "policy add action bypass src 10.0.0.0/8 dst 10.0.0.0/8 mark 0x20/0xf0",
	  "POLICY_ADD src=0a000000 src-prefix-length=8 dst=0a000000 dst-prefix-length=8 "
	  "action=2 mark=32 mark-mask=240" },
	{ "policy del src 10.0.0.0/8 dst 10.0.0.0/8 mark 7",
	  "POLICY_DEL src=0a000000 src-prefix-length=8 dst=0a000000 dst-prefix-length=8 "
	  "mark=7 mark-mask=4294967295" },
	{ "policy del src ::/0 dst any", "POLICY_DEL src=00000000000000000000000000000000 "
	  "src-prefix-length=0 dst=00000000000000000000000000000000 dst-prefix-length=0" },
	{ "policy add src 10.0.0.0/8 dst any proto tcp dport https sport ssh-http action bypass",
	  "POLICY_ADD src=0a000000 src-prefix-length=8 dst=00000000 dst-prefix-length=0 proto=6 sport=22 sport=80 "
	  "dport=443 dport=443 action=2" },
	{ "policy add src 10.0.0.0/8 dst any proto udp dport ipsec-nat-t action bypass",
	  "POLICY_ADD src=0a000000 src-prefix-length=8 dst=00000000 dst-prefix-length=0 proto=17 dport=4500 dport=4500 action=2" },
	{ "policy get prio 3 src 10.0.0.0/31 dst 10.0.0.2/31 proto udp dport 500",
	  "POLICY_GET prio=3 src=0a000000 src-prefix-length=31 dst=0a000002 dst-prefix-length=31 "
	  "proto=17 dport=500 dport=500" },
	{ "policy show", "POLICY_GET dump" },
	{ "policy show dev lo prio 1", "POLICY_GET dump" },
	{ "policy flush", "POLICY_FLUSH" },

	/* path MTU, counters */
	{ "pmtu show", "PMTU_GET dump" },
	{ "pmtu show dst 192.0.2.2 spi 256", "PMTU_GET dump spi=00000100" },
	{ "pmtu show dst 192.0.2.0/24 reqid 5 source icmp", "PMTU_GET dump" },
	{ "pmtu show name berlin", "PMTU_GET dump" },
	{ "pmtu set spi 256 dst 192.0.2.2 mtu 1400 age 1h", "PMTU_SET spi=00000100 dst=c0000202 mtu=1400 age=3600" },
	{ "pmtu set spi 256 dst 192.0.2.2 mtu 1400",
	  "PMTU_SET spi=00000100 dst=c0000202 mtu=1400" },
	{ "pmtu set lock age infinite mtu 68 spi 0x100 dst 192.0.2.2",
	  "PMTU_SET spi=00000100 dst=c0000202 mtu=68 lock age=4294967295" },
	{ "pmtu set spi 256 dst 192.0.2.2 mtu 65535 age 86400",
	  "PMTU_SET spi=00000100 dst=c0000202 mtu=65535 age=86400" },
	{ "pmtu del dst 192.0.2.2 spi 256", "PMTU_DEL spi=00000100 dst=c0000202" },
	{ "pmtu probe spi 256 dst 192.0.2.2", "PMTU_PROBE spi=00000100 dst=c0000202" },
	{ "pmtu probe echo 10.2.0.1 dst 192.0.2.2 spi 256",
	  "PMTU_PROBE spi=00000100 dst=c0000202 echo=0a020001" },
	{ "pmtu probe echo fd02::1 dst 192.0.2.2 spi 256",
	  "PMTU_PROBE spi=00000100 dst=c0000202 echo=fd020000000000000000000000000001" },
	{ "pmtu flush", "PMTU_FLUSH" },
	{ "explain src 10.1.0.2 dst 10.2.0.2", "EXPLAIN_GET src=0a010002 dst=0a020002" },
	{ "explain dev lo out src 10.1.0.2 dst 10.2.0.2 proto udp sport 5 dport 53 len 1500 df dscp ef mark 7",
	  "EXPLAIN_GET dir=2 ifname=lo src=0a010002 dst=0a020002 proto=17 sport=5 dport=53 len=1500 df "
	  "dscp=46 mark=7" },
	{ "explain in src fd02::2 dst fd01::2 spi 256 sa-dst 192.0.2.1",
	  "EXPLAIN_GET dir=1 src=fd020000000000000000000000000002 dst=fd010000000000000000000000000002 "
	  "spi=00000100 sa-dst=c0000201" },
	{ "vfr set dev lo dir in on", "VFR_SET ifname=lo dir=1 mode=2" },
	{ "vfr set auto dir out dev lo", "VFR_SET ifname=lo dir=2 mode=0" },
	{ "vfr set dev lo dir in off max-reassemblies 1 max-fragments 1 timeout 1 "
	  "drop-fragments off max-bytes 65536",
	  "VFR_SET ifname=lo dir=1 mode=1 max-reassemblies=1 max-fragments=1 timeout=1 "
	  "drop-fragments=0 max-bytes=65536" },
	{ "vfr set max-bytes 1073741824 drop-fragments on timeout 64 max-fragments 8192 "
	  "max-reassemblies 0x400 dir out dev lo",
	  "VFR_SET ifname=lo dir=2 max-reassemblies=1024 max-fragments=8192 timeout=64 "
	  "drop-fragments=1 max-bytes=1073741824" },
	{ "vfr set dev lo dir in max-fragments default", "VFR_SET ifname=lo dir=1 default=64" },
	{ "vfr set max-bytes default drop-fragments default timeout default max-fragments default "
	  "max-reassemblies default auto dir out dev lo",
	  "VFR_SET ifname=lo dir=2 mode=0 default=992" },
	{ "vfr set dev lo dir in timeout default max-fragments 64",
	  "VFR_SET ifname=lo dir=1 max-fragments=64 default=128" },
	{ "vfr set dev lo dir in max-bytes 1M timeout 3s",
	  "VFR_SET ifname=lo dir=1 timeout=3 max-bytes=1048576" },
	{ "vfr show", "VFR_GET dump" },
	{ "vfr show dir out", "VFR_GET dump dir=2" },
	{ "vfr show dir in dev lo", "VFR_GET dump ifname=lo dir=1" },
	{ "vfr stats", "VFR_GET dump" },
	{ "vfr stats dev lo", "VFR_GET dump ifname=lo" },
	{ "mss probe spi 256 dst 192.0.2.2 port 4501 auth ao key 0x" K32 " timeout 9", NULL },
	{ "mss listen dst 2001:db8::2 spi 0xffffffff once timeout 86400 auth md5", NULL },
	{ "stats show", "STATS_GET" },
	{ "stats reset", "STATS_RESET" },

	/* how lines are split */
	{ "  stats\tshow  # and more", "STATS_GET" },
	{ "'stats' sh\"ow\"", "STATS_GET" },
	{ "dev show \"lo\" #", "DEV_GET dump" },
};

#define MSS "mss probe spi 256 dst 192.0.2.2 "
#define POLICY "policy add src 10.0.0.0/8 dst 192.168.1.0/24 "

static const struct {
	const char *line;
	const char *error;
} bad[] = {
	/* objects and commands */
	{ "", "an object is missing: one of " OBJECTS },
	{ "s", "unknown object \"s\": must be one of " OBJECTS },
	{ "SA show", "unknown object \"SA\": must be one of " OBJECTS },
	{ "vfrs show", "unknown object \"vfrs\": must be one of " OBJECTS },
	{ "sa", "sa: a command is missing: one of add, replace, set, del, get, show, flush" },
	{ "sa ad", "sa: unknown command \"ad\": must be one of add, replace, set, del, get, show, "
		   "flush" },
	{ "sa delete dst 1.2.3.4", "sa: unknown command \"delete\": must be one of add, replace, set, "
				   "del, get, show, flush" },
	{ "pmtu prob", "pmtu: unknown command \"prob\": must be one of show, set, del, probe, flush" },
	{ "dev add lo", "dev: unknown command \"add\": must be one of attach, set, detach, show" },
	{ "stats", "stats: a command is missing: one of show, reset" },
	{ "stats show all", "stats show: unknown word \"all\"" },
	{ "stats reset now", "stats reset: unknown word \"now\"" },
	{ "save file other", "save: unknown word \"other\"" },
	{ "restore", "restore: a file's name is missing" },
	{ "restore a b", "restore: unknown word \"b\"" },
	{ "monitor vfr vfr", "monitor: \"vfr\" is given twice" },
	{ "monitor dev dev", "monitor: \"dev\" is given twice" },
	{ "monitor drops drops", "monitor: \"drops\" is given twice" },
	{ "monitor default", "monitor: unknown word \"default\"" },
	{ "monitor sa all", "monitor: unknown word \"all\"" },
	{ "monitor sa policy sa", "monitor: \"sa\" is given twice" },
	{ "sa \"show", "a quotation mark is not closed" },
	{ "sa 'show", "a quotation mark is not closed" },

	/* devices and MTU policies */
	{ "dev attach", "dev attach: a device's name is missing" },
	{ "guard", "guard: a command is missing: one of on, off, show" },
	{ "guard on off", "guard on: unknown word \"off\"" },
	{ "guard show x", "guard show: unknown word \"x\"" },
	{ "xfrm", "xfrm: a command is missing: one of on, off, set, show" },
	{ "xfrm get", "xfrm: unknown command \"get\": must be one of on, off, set, show" },
	{ "xfrm set", "xfrm set: \"if-id\" or \"reqid\" is missing" },
	{ "xfrm set df copy", "xfrm set: \"if-id\" or \"reqid\" is missing" },
	{ "xfrm set if-id 1", "xfrm set: nothing to set is given" },
	{ "xfrm set if-id 0 df copy", "xfrm set: \"if-id\" must be 1-4294967295, not \"0\"" },
	{ "xfrm set if-id 1 reqid 1 df copy",
	  "xfrm set: \"if-id\" and \"reqid\" exclude each other" },
	{ "xfrm set name x", "xfrm set: \"if-id\" or \"reqid\" is missing" },
	{ "xfrm set if-id 1 name", "xfrm set: \"name\" needs a value" },
	{ "xfrm set if-id 1 name \"a b\"",
	  "xfrm set: \"name\" must be at most 31 letters, digits and -_.:, not \"a b\"" },
	{ "xfrm set if-id 1 comment a\033b",
	  "xfrm set: \"comment\" must be UTF-8 without control characters: byte 2 is not" },
	{ "xfrm show name x", "xfrm show: unknown word \"name\"" },
	{ "xfrm set if-id 1 mode any", "xfrm set: unknown word \"mode\"" },
	{ "xfrm set reqid 1 min-pmtu 1400 mtu-cap 1300",
	  "xfrm set: \"min-pmtu 1400\" is above \"mtu-cap 1300\"" },
	{ "xfrm on off", "xfrm on: unknown word \"off\"" },
	{ "xfrm on mode", "xfrm on: \"mode\" needs a value" },
	{ "xfrm on mode route",
	  "xfrm on: \"mode\" must be any, interface or policy, not \"route\"" },
	{ "xfrm on mode 1", "xfrm on: \"mode\" must be any, interface or policy, not \"1\"" },
	{ "xfrm on mode any mode policy", "xfrm on: \"mode\" is given twice" },
	{ "xfrm on if-id", "xfrm on: \"if-id\" needs a value" },
	{ "xfrm on if-id 0", "xfrm on: \"if-id\" must be 1-4294967295, not \"0\"" },
	{ "xfrm on if-id 0x0", "xfrm on: \"if-id\" must be 1-4294967295, not \"0x0\"" },
	{ "xfrm on if-id 0x100000000",
	  "xfrm on: \"if-id\" must be 1-4294967295, not \"0x100000000\"" },
	{ "xfrm on if-id -1", "xfrm on: \"if-id\" must be 1-4294967295, not \"-1\"" },
	{ "xfrm on if-id 042", "xfrm on: \"if-id\" must be 1-4294967295, not \"042\"" },
	{ "xfrm on if-id ipsec0", "xfrm on: \"if-id\" must be 1-4294967295, not \"ipsec0\"" },
	{ "xfrm on if-id 1 if-id 1", "xfrm on: \"if-id\" is given twice" },
	{ "xfrm on if_id 1", "xfrm on: unknown word \"if_id\"" },
	{ "xfrm on mode policy if-id 1",
	  "xfrm on: \"mode policy\" and \"if-id\" exclude each other" },
	{ "xfrm on default default", "xfrm on: \"default\" is given twice" },
	{ "xfrm off mode any", "xfrm off: \"mode\" does not go with this command" },
	{ "xfrm off if-id 1", "xfrm off: \"if-id\" does not go with this command" },
	{ "xfrm show x", "xfrm show: unknown word \"x\"" },
	{ "xfrm show if-id 1 mode policy",
	  "xfrm show: \"mode policy\" and \"if-id\" exclude each other" },
	{ "xfrm show default mode any", "xfrm show: \"default\" and \"mode\" exclude each other" },
	{ "xfrm show if-id 1 default",
	  "xfrm show: \"default\" and \"if-id\" exclude each other" },
	{ "dev attach \"\"", "dev attach: \"\" is not a name that a device can have" },
	{ "dev attach a/b", "dev attach: \"a/b\" is not a name that a device can have" },
	{ "dev attach a:1", "dev attach: \"a:1\" is not a name that a device can have" },
	{ "dev attach .", "dev attach: \".\" is not a name that a device can have" },
	{ "dev attach ..", "dev attach: \"..\" is not a name that a device can have" },
	{ "dev attach \"a b\"", "dev attach: \"a b\" is not a name that a device can have" },
	{ "dev attach *", "dev attach: \"*\" is not a name that a device can have" },
	{ "dev attach p*p", "dev attach: \"p*p\" is not a name that a device can have" },
	{ "dev attach ppp**", "dev attach: \"ppp**\" is not a name that a device can have" },
	{ "dev attach a-name-that-is-far-too-long",
	  "dev attach: \"a-name-that-is-far-too-long\" is not a name that a device can have" },
	{ "dev attach dev lo", "dev attach: unknown word \"lo\"" },
	{ "dev attach lo lo", "dev attach: unknown word \"lo\"" },
	{ "dev detach lo df copy", "dev detach: \"df\" does not go with this command" },
	{ "dev show lo lo", "dev show: unknown word \"lo\"" },
	{ "dev set lo", "dev set: nothing to set is given" },
	{ "dev set lo df", "dev set: \"df\" needs a value" },
	{ "dev set lo mtu-follow 1", "dev set: \"mtu-follow\" must be off or on, not \"1\"" },
	{ "dev set lo df on", "dev set: \"df\" must be copy, set, clear or inherit, not \"on\"" },
	{ "dev set lo df c", "dev set: \"df\" must be copy, set, clear or inherit, not \"c\"" },
	{ "dev set lo df copy df copy", "dev set: \"df\" is given twice" },
	{ "dev set lo df copy df inherit", "dev set: \"df\" is given twice" },
	{ "dev set lo df inherit df copy", "dev set: \"df\" is given twice" },
	{ "dev set lo df inherit df inherit", "dev set: \"df\" is given twice" },
	{ "dev set lo inherit", "dev set: unknown word \"inherit\"" },
	{ "dev set lo df default",
	  "dev set: \"df\" must be copy, set, clear or inherit, not \"default\"" },
	{ "dev set lo frag never", "dev set: \"frag\" must be before, after, off or inherit, not \"never\"" },
	{ "dev set lo split half", "dev set: \"split\" must be equal, max, tcp or inherit, not \"half\"" },
	{ "dev set lo inner-df honour",
	  "dev set: \"inner-df\" must be honor, clear or inherit, not \"honour\"" },
	{ "dev set lo icmp-answer yes", "dev set: \"icmp-answer\" must be off, on or inherit, not \"yes\"" },
	{ "dev set lo mtu-cap 67", "dev set: \"mtu-cap\" must be none, inherit or 68-65535, not \"67\"" },
	{ "dev set lo mtu-cap 65536", "dev set: \"mtu-cap\" must be none, inherit or 68-65535, not \"65536\"" },
	{ "dev set lo mtu-cap 0", "dev set: \"mtu-cap\" must be none, inherit or 68-65535, not \"0\"" },
	{ "dev set lo mtu-cap 1500x",
	  "dev set: \"mtu-cap\" must be none, inherit or 68-65535, not \"1500x\"" },
	{ "dev set lo mtu-cap -1", "dev set: \"mtu-cap\" must be none, inherit or 68-65535, not \"-1\"" },
	{ "dev set lo mtu-cap +100", "dev set: \"mtu-cap\" must be none, inherit or 68-65535, not \"+100\"" },
	{ "dev set lo mtu-cap ' 100'", "dev set: \"mtu-cap\" must be none, inherit or 68-65535, not \" 100\"" },
	{ "dev set lo mtu-cap ''", "dev set: \"mtu-cap\" must be none, inherit or 68-65535, not \"\"" },
	{ "dev set lo min-pmtu 67", "dev set: \"min-pmtu\" must be inherit or 68-65535, not \"67\"" },
	{ "dev set lo min-pmtu none", "dev set: \"min-pmtu\" must be inherit or 68-65535, not \"none\"" },
	{ "dev set lo min-pmtu 4294967396",
	  "dev set: \"min-pmtu\" must be inherit or 68-65535, not \"4294967396\"" },
	{ "dev set lo min-pmtu 18446744073709551716",
	  "dev set: \"min-pmtu\" must be inherit or 68-65535, not \"18446744073709551716\"" },
	{ "dev set lo min-pmtu 0100", "dev set: \"min-pmtu\" must be inherit or 68-65535, not \"0100\"" },
	{ "dev set lo min-pmtu 1400 mtu-cap 1300",
	  "dev set: \"min-pmtu 1400\" is above \"mtu-cap 1300\"" },
	{ "dev set lo pmtu-age 0", "dev set: \"pmtu-age\" must be infinite, inherit or 1-86400, not \"0\"" },
	{ "dev set lo pmtu-age 86401",
	  "dev set: \"pmtu-age\" must be infinite, inherit or 1-86400, not \"86401\"" },
	{ "dev set lo pmtu-age 1m1h",
	  "dev set: \"pmtu-age\" must be infinite, inherit or 1-86400, not \"1m1h\"" },
	{ "dev set lo pmtu-age 10M",
	  "dev set: \"pmtu-age\" must be infinite, inherit or 1-86400, not \"10M\"" },
	{ "dev set lo pmtu-age 2d",
	  "dev set: \"pmtu-age\" must be infinite, inherit or 1-86400, not \"2d\"" },
	{ "dev set lo mtu-cap 1k", "dev set: \"mtu-cap\" must be none, inherit or 68-65535, not \"1k\"" },
	{ "dev set lo mss 87", "dev set: \"mss\" must be auto, off, inherit or 88-65495, not \"87\"" },
	{ "dev set lo mss 65496", "dev set: \"mss\" must be auto, off, inherit or 88-65495, not \"65496\"" },
	{ "dev set lo mss", "dev set: \"mss\" needs a value" },
	{ "default set", "default set: nothing to set is given" },
	{ "default set lo", "default set: unknown word \"lo\"" },
	{ "default set spi 256", "default set: unknown word \"spi\"" },
	{ "default show df", "default show: unknown word \"df\"" },

	/* SAs: what has to be there */
	{ "sa add", "sa add: \"dir\" is missing" },
	{ "sa add dir out", "sa add: \"src\" is missing" },
	{ "sa add dir out src 192.0.2.1", "sa add: \"dst\" is missing" },
	{ "sa add dir out src 192.0.2.1 dst 192.0.2.2", "sa add: \"spi\" is missing" },
	{ "sa add src 192.0.2.1 dst 192.0.2.2 spi 256 " GCM, "sa add: \"dir\" is missing" },
	{ SA_OUT, "sa add: an algorithm is missing: \"aead\", or \"enc\" and \"auth\"" },
	{ SA_OUT "enc aes-cbc 0x" K16, "sa add: \"auth\" is missing" },
	{ SA_OUT "auth sha256 0x" K32, "sa add: \"enc\" is missing" },
	{ SA_OUT GCM "enc aes-cbc 0x" K16,
	  "sa add: \"aead\" and \"enc\" exclude each other" },
	{ SA_OUT GCM "auth sha256 0x" K32,
	  "sa add: \"aead\" and \"auth\" exclude each other" },
	{ SA_OUT GCM "esn esn", "sa add: \"esn\" is given twice" },
	{ SA_OUT GCM GCM, "sa add: \"aead\" is given twice" },
	{ SA_OUT GCM "dir out", "sa add: \"dir\" is given twice" },
	{ SA_OUT GCM "keys", "sa add: \"keys\" does not go with this command" },
	{ SA_OUT GCM "nonsense", "sa add: unknown word \"nonsense\"" },
	{ SA_OUT GCM "replay", "sa add: unknown word \"replay\"" },
	{ SA_OUT GCM "0x" K16, "sa add: unknown word \"(not shown: might be a key)\"" },
	{ SA_OUT GCM K16, "sa add: unknown word \"(not shown: might be a key)\"" },

	/* SAs: values */
	{ "sa add dir up", "sa add: \"dir\" must be in or out, not \"up\"" },
	{ "sa add dir", "sa add: \"dir\" needs a value" },
	{ "sa add src", "sa add: \"src\" needs a value" },
	{ "sa add src host", "sa add: \"src\" must be an IPv4 or IPv6 address, not \"host\"" },
	{ "sa add src 192.0.2", "sa add: \"src\" must be an IPv4 or IPv6 address, not \"192.0.2\"" },
	{ "sa add src 192.0.2.256",
	  "sa add: \"src\" must be an IPv4 or IPv6 address, not \"192.0.2.256\"" },
	{ "sa add src 192.0.2.1/32",
	  "sa add: \"src\" must be an IPv4 or IPv6 address, not \"192.0.2.1/32\"" },
	{ "sa add src 2001:db8:::1",
	  "sa add: \"src\" must be an IPv4 or IPv6 address, not \"2001:db8:::1\"" },
	{ "sa add src any", "sa add: \"src\" must be an IPv4 or IPv6 address, not \"any\"" },
	{ "sa add src fe80::1%lo",
	  "sa add: \"src\" must be an IPv4 or IPv6 address, not \"fe80::1%lo\"" },
	{ "sa add dir out src 192.0.2.1 dst ::1 spi 256 " GCM,
	  "sa add: \"src\" and \"dst\" must be of one family, IPv4 or IPv6" },
	{ "sa add spi 0", "sa add: \"spi\" must be 256-4294967295, not \"0\"" },
	{ "sa add spi 255", "sa add: \"spi\" must be 256-4294967295, not \"255\"" },
	{ "sa add spi 12", "sa add: \"spi\" must be 256-4294967295, not \"12\"" },
	{ "sa add spi 0xff", "sa add: \"spi\" must be 256-4294967295, not \"0xff\"" },
	{ "sa add spi 4294967296", "sa add: \"spi\" must be 256-4294967295, not \"4294967296\"" },
	{ "sa add spi 0x100000000", "sa add: \"spi\" must be 256-4294967295, not \"0x100000000\"" },
	{ "sa add spi 0x", "sa add: \"spi\" must be 256-4294967295, not \"0x\"" },
	{ "sa add spi 0x12g4", "sa add: \"spi\" must be 256-4294967295, not \"0x12g4\"" },
	{ "sa add spi 0400", "sa add: \"spi\" must be 256-4294967295, not \"0400\"" },
	{ "sa add spi ffff", "sa add: \"spi\" must be 256-4294967295, not \"ffff\"" },
	{ "sa add spi 1e3", "sa add: \"spi\" must be 256-4294967295, not \"1e3\"" },
	{ "sa add spi", "sa add: \"spi\" needs a value" },
	{ "sa add reqid 4294967296", "sa add: \"reqid\" must be 0-4294967295, not \"4294967296\"" },
	{ "sa add reqid -1", "sa add: \"reqid\" must be 0-4294967295, not \"-1\"" },
	{ SA_IN GCM "replay-window 4097", "sa add: \"replay-window\" must be 0-4096, not \"4097\"" },
	{ SA_OUT GCM "replay-window 64", "sa add: \"replay-window\" goes with \"dir in\" only" },
	{ SA_OUT GCM "seq 4294967296",
	  "sa add: \"seq\" must be 0-4294967295 without \"esn\", not \"4294967296\"" },
	{ SA_OUT GCM "seq 18446744073709551616",
	  "sa add: \"seq\" must be 0-18446744073709551615, not \"18446744073709551616\"" },
	{ SA_OUT GCM "encap", "sa add: \"encap\" needs a value" },
	{ SA_OUT GCM "encap udp 1 2", "sa add: \"encap\" must be espinudp, not \"udp\"" },
	{ SA_OUT GCM "encap espinudp", "sa add: \"encap espinudp SPORT\" needs a value" },
	{ SA_OUT GCM "encap espinudp 4500", "sa add: \"encap espinudp DPORT\" needs a value" },
	{ SA_OUT GCM "encap espinudp 0 4500",
	  "sa add: \"encap espinudp SPORT\" must be 1-65535, not \"0\"" },
	{ SA_OUT GCM "encap espinudp 4500 65536",
	  "sa add: \"encap espinudp DPORT\" must be 1-65535, not \"65536\"" },
	{ SA_OUT GCM "encap espinudp 4500 4500 keepalive",
	  "sa add: \"keepalive\" needs a value" },
	{ SA_OUT GCM "encap espinudp 4500 4500 keepalive 3601",
	  "sa add: \"keepalive\" must be 0-3600, not \"3601\"" },
	{ SA_OUT GCM "encap espinudp 4500 4500 keepalive 2h",
	  "sa add: \"keepalive\" must be 0-3600, not \"2h\"" },
	{ SA_OUT GCM "keepalive 1 keepalive 2", "sa add: \"keepalive\" is given twice" },
	{ SA_OUT GCM "keepalive 20", "sa add: \"keepalive\" needs \"encap\"" },
	{ "sa replace dir out src 192.0.2.1 dst 192.0.2.2 spi 256 " GCM "keepalive 0",
	  "sa replace: \"keepalive\" needs \"encap\"" },
	{ SA_IN GCM "encap espinudp 4500 4500 keepalive 20",
	  "sa add: \"keepalive\" goes with \"dir out\" only" },
	{ "sa set dir in dst 192.0.2.2 spi 256 keepalive 20",
	  "sa set: \"keepalive\" goes with \"dir out\" only" },
	{ "sa show keepalive 20", "sa show: \"keepalive\" does not go with this command" },
	{ SA_OUT GCM "class", "sa add: \"class\" needs a value" },
	{ SA_OUT GCM "class 64",
	  "sa add: \"class\" must be DSCPs 0-63 with commas between them, not \"64\"" },
	{ SA_OUT GCM "class 1,,2",
	  "sa add: \"class\" must be DSCPs 0-63 with commas between them, not \"1,,2\"" },
	{ SA_OUT GCM "class 1,",
	  "sa add: \"class\" must be DSCPs 0-63 with commas between them, not \"1,\"" },
	{ SA_OUT GCM "class 1,cs0,0", "sa add: \"class\" names DSCP 0 twice" },
	{ SA_IN GCM "class 1", "sa add: \"class\" goes with \"dir out\" only" },
	{ SA_IN GCM "dscp 1", "sa add: \"dscp\" goes with \"dir out\" only" },
	{ SA_IN GCM "ttl 1", "sa add: \"ttl\" goes with \"dir out\" only" },
	{ SA_IN GCM "tfc 1", "sa add: \"tfc\" goes with \"dir out\" only" },
	{ SA_IN GCM "df set", "sa add: an MTU policy goes with \"dir out\" only" },
	{ SA_OUT GCM "mark 0x1/0x2",
	  "sa add: \"mark\" has bits that its mask leaves out: 0x1/0x2" },
	{ SA_OUT GCM "mark 1/", "sa add: \"mark\" must be N or N/MASK, 32 bits each, not \"1/\"" },
	{ SA_OUT GCM "mark /1", "sa add: \"mark\" must be N or N/MASK, 32 bits each, not \"/1\"" },
	{ SA_OUT GCM "mark 1/2/3",
	  "sa add: \"mark\" must be N or N/MASK, 32 bits each, not \"1/2/3\"" },
	{ SA_OUT GCM "mark 4294967296",
	  "sa add: \"mark\" must be N or N/MASK, 32 bits each, not \"4294967296\"" },
	{ SA_OUT GCM "dscp 64", "sa add: \"dscp\" must be a DSCP 0-63 or its name, not \"64\"" },
	{ SA_OUT GCM "dscp af44", "sa add: \"dscp\" must be a DSCP 0-63 or its name, not \"af44\"" },
	{ SA_OUT GCM "ecn maybe", "sa add: \"ecn\" must be off or on, not \"maybe\"" },
	{ SA_OUT GCM "ttl 0", "sa add: \"ttl\" must be copy or 1-255, not \"0\"" },
	{ SA_OUT GCM "ttl 256", "sa add: \"ttl\" must be copy or 1-255, not \"256\"" },
	{ SA_OUT GCM "ttl inherit", "sa add: \"ttl\" must be copy or 1-255, not \"inherit\"" },
	{ "sa set dst 192.0.2.2 spi 256 ttl 0",
	  "sa set: \"ttl\" must be copy, inherit or 1-255, not \"0\"" },
	{ "sa set dst 192.0.2.2 spi 256 ttl inherit ttl 1", "sa set: \"ttl\" is given twice" },
	{ "sa set dst 192.0.2.2 spi 256 dir in ttl inherit",
	  "sa set: \"ttl\" goes with \"dir out\" only" },
	{ "sa set dst 192.0.2.2 spi 256 dir in df inherit",
	  "sa set: an MTU policy goes with \"dir out\" only" },
	{ "sa set dst 192.0.2.2 spi 256 tfc inherit",
	  "sa set: \"tfc\" must be 0-65535, not \"inherit\"" },
	{ SA_OUT GCM "tfc 65536", "sa add: \"tfc\" must be 0-65535, not \"65536\"" },
	{ SA_OUT GCM "limit", "sa add: \"limit\" needs a value" },
	{ SA_OUT GCM "limit firm bytes 1", "sa add: \"limit\" must be soft or hard, not \"firm\"" },
	{ SA_OUT GCM "limit soft", "sa add: \"limit soft\" needs a value" },
	{ SA_OUT GCM "limit soft octets 1",
	  "sa add: \"limit soft\" must be bytes, packets or seconds, not \"octets\"" },
	{ SA_OUT GCM "limit hard bytes", "sa add: \"limit hard bytes\" needs a value" },
	{ SA_OUT GCM "limit hard bytes 1 G", "sa add: unknown word \"G\"" },
	{ SA_OUT GCM "limit hard bytes 1.5G",
	  "sa add: \"limit hard bytes\" must be 0-18446744073709551615, not \"1.5G\"" },
	{ SA_OUT GCM "limit hard bytes G",
	  "sa add: \"limit hard bytes\" must be 0-18446744073709551615, not \"G\"" },
	{ SA_OUT GCM "limit hard bytes 16384P",
	  "sa add: \"limit hard bytes\" must be 0-18446744073709551615, not \"16384P\"" },
	{ SA_OUT GCM "limit hard packets 1K",
	  "sa add: \"limit hard packets\" must be 0-18446744073709551615, not \"1K\"" },
	{ SA_OUT GCM "limit hard seconds 010m",
	  "sa add: \"limit hard seconds\" must be 0-18446744073709551615, not \"010m\"" },
	{ SA_OUT GCM "limit soft bytes 1 limit soft bytes 2",
	  "sa add: \"limit soft bytes\" is given twice" },
	{ SA_OUT GCM "limit soft seconds 10 limit hard seconds 9",
	  "sa add: \"limit soft seconds\" is above \"limit hard seconds\"" },
	{ SA_OUT GCM "min-pmtu 1400 mtu-cap 1300",
	  "sa add: \"min-pmtu 1400\" is above \"mtu-cap 1300\"" },

	/* algorithms and keys; no message may repeat a key */
	{ SA_OUT "aead", "sa add: \"aead\" needs a value" },
	{ SA_OUT "aead aes-gcm", "sa add: \"aead rfc4106(gcm(aes))\": the key is missing" },
	{ SA_OUT "aead aes-gcm 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key must be 0x and hexadecimal digits, "
	  "or file:PATH" },
	{ SA_OUT "aead aes-gcm " K20 " 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key must be 0x and hexadecimal digits, "
	  "or file:PATH" },
	{ SA_OUT "aead aes-gcm 0x" K20,
	  "sa add: \"aead rfc4106(gcm(aes))\": the ICV length in bits is missing" },
	{ SA_OUT "aead aes-gcm 0x" K20 " esn",
	  "sa add: \"aead rfc4106(gcm(aes))\": the ICV length must be 64-512 bits, "
	  "a multiple of 8, not \"esn\"" },
	{ SA_OUT "aead aes-gcm 0x" K20 " 120",
	  "sa add: \"aead rfc4106(gcm(aes))\": the ICV length must be 64, 96 or 128 bits, "
	  "not \"120\"" },
	{ SA_OUT "aead aes-gcm 0x" K20 " 16",
	  "sa add: \"aead rfc4106(gcm(aes))\": the ICV length must be 64-512 bits, "
	  "a multiple of 8, not \"16\"" },
	{ SA_OUT "aead aes-gcm 0x" K20 "0 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key has an odd number of hexadecimal digits" },
	{ SA_OUT "aead aes-gcm 0x" K16 "deadbeeg 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key has something that is no hexadecimal digit "
	  "at place 40" },
	{ SA_OUT "aead aes-gcm 0x" K16 " 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key must have 20, 28 or 36 bytes (16, 24 or 32 "
	  "of key, then 4 of salt), not 16" },
	{ SA_OUT "aead aes-gcm 0x 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key is empty" },
	{ SA_OUT "aead aes-gcm \"\" 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key must be 0x and hexadecimal digits, "
	  "or file:PATH" },
	{ SA_OUT "aead aes-gcm 0x" K32 K32 K32 K32 "00 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key is longer than 128 bytes" },
	{ SA_OUT "aead chacha20-poly1305 0x" K32 " 128",
	  "sa add: \"aead rfc7539esp(chacha20,poly1305)\": the key must have 36 bytes (32 of key, "
	  "then 4 of salt), not 32" },
	{ SA_OUT "aead chacha20-poly1305 0x" K36 " 96",
	  "sa add: \"aead rfc7539esp(chacha20,poly1305)\": the ICV length must be 128 bits, "
	  "not \"96\"" },
	{ SA_OUT "aead aes-cbc 0x" K16 " 128",
	  "sa add: \"aead\" takes a combined algorithm, and \"aes-cbc\" is an encryption "
	  "algorithm" },
	{ SA_OUT "enc aes-gcm 0x" K20,
	  "sa add: \"enc\" takes an encryption algorithm, and \"aes-gcm\" is a combined "
	  "algorithm" },
	{ SA_OUT "enc sha256 0x" K20,
	  "sa add: \"enc\" takes an encryption algorithm, and \"sha256\" is an authentication "
	  "algorithm" },
	{ SA_OUT "auth null 0x",
	  "sa add: \"auth\" takes an authentication algorithm, and \"null\" is an encryption "
	  "algorithm" },
	{ SA_OUT "enc null 0x00 auth sha256 0x" K32,
	  "sa add: \"enc ecb(cipher_null)\": the key must be empty (0x): ecb(cipher_null) takes "
	  "none" },
	{ SA_OUT "enc null auth sha256 0x" K32,
	  "sa add: \"enc ecb(cipher_null)\": the key must be 0x and hexadecimal digits, "
	  "or file:PATH" },
	{ SA_OUT "enc aes-cbc 0x" K20,
	  "sa add: \"enc cbc(aes)\": the key must have 16, 24 or 32 bytes, not 20" },
	{ SA_OUT "enc aes-cbc 0x" K16 " auth sha1 0x" K20 " 168",
	  "sa add: \"auth hmac(sha1)\": the ICV length must be 96-160 bits, a multiple of 8, "
	  "not \"168\"" },
	{ SA_OUT "enc aes-cbc 0x" K16 " auth sha256 0x" K32 " 100",
	  "sa add: \"auth hmac(sha256)\": the ICV length must be 96-256 bits, a multiple of 8, "
	  "not \"100\"" },
	{ SA_OUT "enc aes-cbc 0x" K16 " auth sha256 0x" K32 " 88",
	  "sa add: \"auth hmac(sha256)\": the ICV length must be 96-256 bits, a multiple of 8, "
	  "not \"88\"" },
	{ SA_OUT "enc aes-cbc 0x" K16 " auth sha256 0x",
	  "sa add: \"auth hmac(sha256)\": the key is empty" },
	{ SA_OUT "aead \"aes gcm\" 0x" K20 " 128",
	  "sa add: \"aead\" must be an algorithm's name, not \"aes gcm\"" },
	{ SA_OUT "aead 0x" K20 " 128",
	  "sa add: \"aead\" must be an algorithm's name, not \"(not shown: might be a key)\"" },
	{ SA_OUT "aead axxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx 0x01 128",
	  "sa add: \"aead\": an algorithm's name has no more than 63 characters" },
	{ SA_OUT "aead aes-gcm file:/nonexistent/key 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key: cannot open \"/nonexistent/key\": "
	  "No such file or directory" },
	{ SA_OUT "aead aes-gcm file: 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key: cannot open \"\": "
	  "No such file or directory" },
	{ SA_OUT "aead aes-gcm file:/dev/null 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key: \"/dev/null\" is empty" },
	{ SA_OUT "aead aes-gcm file:/dev/zero 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key: \"/dev/zero\" holds more than a key" },
	{ SA_OUT "aead aes-gcm file:/ 128",
	  "sa add: \"aead rfc4106(gcm(aes))\": the key: cannot read \"/\": Is a directory" },

	/* the other commands on SAs */
	{ "sa set dst 192.0.2.2 spi 256", "sa set: nothing to set is given" },
	{ "sa set dst 192.0.2.2 spi 256 dir out", "sa set: nothing to set is given" },
	{ "sa set dst 192.0.2.2 seq 1", "sa set: \"spi\" is missing" },
	{ "sa set spi 256 seq 1", "sa set: \"dst\" is missing" },
	{ "sa set dst 192.0.2.2 spi 256 " GCM, "sa set: \"aead\" does not go with this command" },
	{ "sa set dst 192.0.2.2 spi 256 esn", "sa set: \"esn\" does not go with this command" },
	{ "sa set dst 192.0.2.2 spi 256 src 192.0.2.1",
	  "sa set: \"src\" does not go with this command" },
	{ "sa set dst 192.0.2.2 spi 256 dir in tfc 0", "sa set: \"tfc\" goes with \"dir out\" only" },
	{ "sa del", "sa del: \"dst\" is missing" },
	{ "sa del dst 192.0.2.2", "sa del: \"spi\" is missing" },
	{ "sa del dst 192.0.2.2 spi 256 keys", "sa del: \"keys\" does not go with this command" },
	{ "sa del dst 192.0.2.2 spi 256 df set", "sa del: \"df\" does not go with this command" },
	{ "sa get spi 256", "sa get: \"dst\" is missing" },
	{ "sa get dst 192.0.2.2 spi 256 reqid 1", "sa get: \"reqid\" does not go with this command" },
	{ "sa set dst 192.0.2.2 spi 256 name", "sa set: \"name\" needs a value" },
	{ "sa set dst 192.0.2.2 spi 256 name a name b", "sa set: \"name\" is given twice" },
	{ "sa set dst 192.0.2.2 spi 256 name x" N31,
	  "sa set: \"name\" must be at most 31 letters, digits and -_.:, not \"x" N31 "\"" },
	{ "sa set dst 192.0.2.2 spi 256 name \"a b\"",
	  "sa set: \"name\" must be at most 31 letters, digits and -_.:, not \"a b\"" },
	{ "sa set dst 192.0.2.2 spi 256 name a/b",
	  "sa set: \"name\" must be at most 31 letters, digits and -_.:, not \"a/b\"" },
	{ "sa set dst 192.0.2.2 spi 256 name Z\303\274rich",
	  "sa set: \"name\" must be at most 31 letters, digits and -_.:, not \"Z\303\274rich\"" },
	{ "sa set dst 192.0.2.2 spi 256 comment", "sa set: \"comment\" needs a value" },
	{ "sa set dst 192.0.2.2 spi 256 comment " N31 N31 N31 N31 "wxyz",
	  "sa set: \"comment\" has 128 bytes, and 127 is the most" },
	{ "sa set dst 192.0.2.2 spi 256 comment a\001b",
	  "sa set: \"comment\" must be UTF-8 without control characters: byte 2 is not" },
	{ "sa set dst 192.0.2.2 spi 256 comment ab\374c",
	  "sa set: \"comment\" must be UTF-8 without control characters: byte 3 is not" },
	{ "sa set dst 192.0.2.2 spi 256 comment \303\274\302\233",
	  "sa set: \"comment\" must be UTF-8 without control characters: byte 3 is not" },
	{ "sa set dst 192.0.2.2 spi 256 comment \355\240\200",
	  "sa set: \"comment\" must be UTF-8 without control characters: byte 1 is not" },
	{ "sa show name \"\"", "sa show: \"name\" is empty" },
	{ "sa show comment x", "sa show: \"comment\" does not go with this command" },
	{ "sa get dst 192.0.2.2 spi 256 name x", "sa get: \"name\" does not go with this command" },
	{ "sa show esn", "sa show: \"esn\" does not go with this command" },
	{ "sa show spi 1", "sa show: \"spi\" must be 256-4294967295, not \"1\"" },
	{ "sa show keys keys", "sa show: \"keys\" is given twice" },
	{ "sa flush keys", "sa flush: \"keys\" does not go with this command" },
	{ "sa flush state alive", "sa flush: \"state\" must be valid, expiring or dead, not \"alive\"" },
	{ "sa del dst 192.0.2.0/24 spi 256", "sa del: \"dst\" must be an IPv4 or IPv6 address, not a prefix" },
	{ "sa del dst any spi 256", "sa del: \"dst\" must be an IPv4 or IPv6 address, not a prefix" },
	{ "sa del state", "sa del: \"state\" needs a value" },
	{ "sa show dst 192.0.2.1/24",
	  "sa show: \"dst\" has host bits set: \"192.0.2.1/24\" would be 192.0.2.0/24" },
	{ "sa flush all", "sa flush: unknown word \"all\"" },

	/* policies */
	{ "policy add", "policy add: \"src\" is missing" },
	{ "policy add src 10.0.0.0/8", "policy add: \"dst\" is missing" },
	{ POLICY, "policy add: \"action\" is missing" },
	{ POLICY "action", "policy add: \"action\" needs a value" },
	{ POLICY "action drop",
	  "policy add: \"action\" must be protect, bypass or discard, not \"drop\"" },
	{ POLICY "action protect",
	  "policy add: \"action protect\" needs reqid N src ADDRESS dst ADDRESS" },
	{ POLICY "action protect reqid 1 src 192.0.2.1",
	  "policy add: \"action protect\" needs reqid N src ADDRESS dst ADDRESS" },
	{ POLICY "action protect reqid 1 src 192.0.2.1 dst ::1",
	  "policy add: \"action protect\": \"src\" and \"dst\" must be of one family, "
	  "IPv4 or IPv6" },
	{ POLICY "action protect reqid 1 src 192.0.2.0/24 dst 192.0.2.1",
	  "policy add: \"src\" must be an IPv4 or IPv6 address, not \"192.0.2.0/24\"" },
	{ POLICY "action protect reqid 1 src 192.0.2.1 dst 192.0.2.2 src 192.0.2.3",
	  "policy add: \"action protect\": \"src\" is given twice" },
	{ POLICY "action bypass src 10.0.0.0/8", "policy add: \"src\" is given twice" },
	{ POLICY "action bypass reqid 1",
	  "policy add: \"reqid\" goes with \"action protect\" only" },
	{ POLICY "reqid 1 action protect",
	  "policy add: \"reqid\" goes with \"action protect\" only" },
	{ POLICY "action bypass action discard", "policy add: \"action\" is given twice" },
	{ "policy add src 10.0.0.0/33 dst any action bypass",
	  "policy add: \"src\": the prefix length must be 0-32, not \"33\"" },
	{ "policy add src 2001:db8::/129 dst any action bypass",
	  "policy add: \"src\": the prefix length must be 0-128, not \"129\"" },
	{ "policy add src 10.0.0.0/ dst any action bypass",
	  "policy add: \"src\": the prefix length must be 0-32, not \"\"" },
	{ "policy add src 10.0.0.0/255.0.0.0 dst any action bypass",
	  "policy add: \"src\": the prefix length must be 0-32, not \"255.0.0.0\"" },
	{ "policy add src 10.0.0.1/8 dst any action bypass",
	  "policy add: \"src\" has host bits set: \"10.0.0.1/8\" would be 10.0.0.0/8" },
	{ "policy add src any dst 2001:db8::1/127 action bypass",
	  "policy add: \"dst\" has host bits set: \"2001:db8::1/127\" would be 2001:db8::/127" },
	{ "policy add src net dst any action bypass",
	  "policy add: \"src\" must be a prefix ADDRESS/LENGTH, not \"net\"" },
	{ "policy add src any dst default action bypass",
	  "policy add: \"src\" and \"dst\" do not say whether IPv4 or IPv6 is meant: "
	  "write 0.0.0.0/0 or ::/0" },
	{ "policy add src 10.0.0.0/8 dst ::/0 action bypass",
	  "policy add: \"src\" and \"dst\" must be of one family, IPv4 or IPv6" },
	{ POLICY "proto tpc action bypass",
	  "policy add: \"proto\" must be a protocol 0-255 or its name, not \"tpc\"" },
	{ POLICY "proto 256 action bypass",
	  "policy add: \"proto\" must be a protocol 0-255 or its name, not \"256\"" },
	{ POLICY "sport 80 action bypass",
	  "policy add: \"sport\" needs \"proto\" tcp, udp, sctp, dccp or udplite" },
	{ POLICY "proto icmp dport 80 action bypass",
	  "policy add: \"dport\" needs \"proto\" tcp, udp, sctp, dccp or udplite" },
	{ POLICY "proto tcp dport 65536 action bypass",
	  "policy add: \"dport\" must be a port 0-65535, its name, or a range A-B, not \"65536\"" },
	{ POLICY "proto tcp dport 1- action bypass",
	  "policy add: \"dport\" must be a port 0-65535, its name, or a range A-B, not \"1-\"" },
	{ POLICY "proto tcp dport -1 action bypass",
	  "policy add: \"dport\" must be a port 0-65535, its name, or a range A-B, not \"-1\"" },
	{ POLICY "proto tcp dport 1-2-3 action bypass",
	  "policy add: \"dport\" must be a port 0-65535, its name, or a range A-B, not \"1-2-3\"" },
	{ POLICY "proto tcp dport 2-1 action bypass",
	  "policy add: \"dport\": the range \"2-1\" is upside down" },
	{ POLICY "proto tcp dport htpp action bypass",
	  "policy add: \"dport\" must be a port 0-65535, its name, or a range A-B, not \"htpp\"" },
	{ POLICY "dscp 64 action bypass",
	  "policy add: \"dscp\" must be a DSCP 0-63 or its name, not \"64\"" },
	{ POLICY "dscp copy action bypass",
	  "policy add: \"dscp\" must be a DSCP 0-63 or its name, not \"copy\"" },
	{ POLICY "mark 1/0 action bypass",
	  "policy add: \"mark\" has bits that its mask leaves out: 0x1/0x0" },
	{ POLICY "mark 0/0 action bypass",
	  "policy add: \"mark\" with a mask of 0 is any mark: leave it out" },
	{ POLICY "prio -1 action bypass", "policy add: \"prio\" must be 0-4294967295, not \"-1\"" },
	{ POLICY "dev a/b action bypass",
	  "policy add: \"a/b\" is not a name that a device can have" },
	{ POLICY "dev", "policy add: \"dev\" needs a device's name" },
	{ POLICY "df set action bypass", "policy add: unknown word \"df\"" },
	{ "policy get src 10.0.0.0/8 dst any action bypass",
	  "policy get: \"action\" does not go with this command" },
	{ "policy del prio 1", "policy del: \"src\" is missing" },
	{ "policy del src any dst any",
	  "policy del: \"src\" and \"dst\" do not say whether IPv4 or IPv6 is meant: "
	  "write 0.0.0.0/0 or ::/0" },
	{ "policy get reqid 1", "policy get: \"reqid\" does not go with this command" },
	{ "policy show proto tcp", "policy show: \"proto\" does not go with this command" },
	{ "policy flush mark 1", "policy flush: \"mark\" does not go with this command" },
	{ "policy del src any dst any reqid 1 mark 0/0 proto", "policy del: \"proto\" needs a value" },

	/* path MTU */
	{ "pmtu set", "pmtu set: \"spi\" is missing" },
	{ "pmtu set spi 256", "pmtu set: \"dst\" is missing" },
	{ "pmtu set spi 256 dst 192.0.2.2", "pmtu set: \"mtu\" is missing" },
	{ "pmtu set spi 256 dst 192.0.2.2 mtu 67", "pmtu set: \"mtu\" must be 68-65535, not \"67\"" },
	{ "pmtu set spi 256 dst 192.0.2.2 mtu 1400 age 0",
	  "pmtu set: \"age\" must be infinite or 1-86400, not \"0\"" },
	{ "pmtu set spi 256 dst 192.0.2.2 mtu 1400 lock lock",
	  "pmtu set: \"lock\" is given twice" },
	{ "pmtu set spi 256 dst 192.0.2.2 mtu 1400 src 192.0.2.1",
	  "pmtu set: \"src\" does not go with this command" },
	{ "pmtu del spi 256", "pmtu del: \"dst\" is missing" },
	{ "pmtu del spi 256 dst 192.0.2.2 mtu 1400",
	  "pmtu del: \"mtu\" does not go with this command" },
	{ "pmtu probe spi 256", "pmtu probe: \"dst\" is missing" },
	{ "pmtu probe dst 192.0.2.2", "pmtu probe: \"spi\" is missing" },
	{ "pmtu probe spi 256 dst 192.0.2.2 mtu 1400",
	  "pmtu probe: \"mtu\" does not go with this command" },
	{ "pmtu probe spi 256 dst 192.0.2.2 echo", "pmtu probe: \"echo\" needs a value" },
	{ "pmtu set spi 256 dst 192.0.2.2 mtu 1400 echo 10.2.0.1",
	  "pmtu set: \"echo\" does not go with this command" },
	{ "pmtu show name \"\"", "pmtu show: \"name\" is empty" },
	{ "pmtu set spi 256 dst 192.0.2.2 mtu 1400 name berlin", "pmtu set: \"name\" does not go with this command" },
	{ "pmtu show mtu 1400", "pmtu show: \"mtu\" does not go with this command" },
	{ "pmtu flush mtu 1400", "pmtu flush: \"mtu\" does not go with this command" },
	{ "pmtu del source guess",
	  "pmtu del: \"source\" must be default, device, icmp, static, probe or mss, not \"guess\"" },

	/* what is to be seen */
	{ "status now", "status: unknown word \"now\"" },
	{ "status -w 0", "status: \"-w\" must be 1-3600, not \"0\"" },
	{ "status -w 2s", "status: \"-w\" must be 1-3600, not \"2s\"" },
	{ "status -w 2 -w", "status: unknown word \"-w\"" },

	/* virtual fragment reassembly */
	{ "vfr", "vfr: a command is missing: one of set, show, stats" },
	{ "vfr reset", "vfr: unknown command \"reset\": must be one of set, show, stats" },
	{ "vfr set", "vfr set: \"dev\" is missing" },
	{ "vfr set on dir in", "vfr set: \"dev\" is missing" },
	{ "vfr set dev lo on", "vfr set: \"dir\" is missing" },
	{ "vfr set dev lo dir in", "vfr set: nothing to set is given" },
	{ "vfr set lo dir in on", "vfr set: unknown word \"lo\"" },
	{ "vfr set dev", "vfr set: \"dev\" needs a device's name" },
	{ "vfr set dev a/b dir in on",
	  "vfr set: \"a/b\" is not a name that a device can have" },
	{ "vfr set dev lo dev lo dir in on", "vfr set: \"dev\" is given twice" },
	{ "vfr set dev lo dir", "vfr set: \"dir\" needs a value" },
	{ "vfr set dev lo dir both on", "vfr set: \"dir\" must be in or out, not \"both\"" },
	{ "vfr set dev lo dir in dir in on", "vfr set: \"dir\" is given twice" },
	{ "vfr set dev lo dir in on on", "vfr set: \"on\" is given twice" },
	{ "vfr set dev lo dir in auto auto", "vfr set: \"auto\" is given twice" },
	{ "vfr set dev lo dir in auto off", "vfr set: \"auto\" and \"off\" exclude each other" },
	{ "vfr set dev lo dir in on mode auto", "vfr set: unknown word \"mode\"" },
	{ "vfr set dev lo dir in max-reassemblies 0",
	  "vfr set: \"max-reassemblies\" must be default or 1-1024, not \"0\"" },
	{ "vfr set dev lo dir in max-reassemblies 1025",
	  "vfr set: \"max-reassemblies\" must be default or 1-1024, not \"1025\"" },
	{ "vfr set dev lo dir in max-reassemblies",
	  "vfr set: \"max-reassemblies\" needs a value" },
	{ "vfr set dev lo dir in max-fragments 0",
	  "vfr set: \"max-fragments\" must be default or 1-8192, not \"0\"" },
	{ "vfr set dev lo dir in max-fragments 8193",
	  "vfr set: \"max-fragments\" must be default or 1-8192, not \"8193\"" },
	{ "vfr set dev lo dir in max-fragments 16 max-fragments 16",
	  "vfr set: \"max-fragments\" is given twice" },
	{ "vfr set dev lo dir in max-fragments 16 max-fragments default",
	  "vfr set: \"max-fragments\" is given twice" },
	{ "vfr set dev lo dir in max-fragments default max-fragments default",
	  "vfr set: \"max-fragments\" is given twice" },
	{ "vfr set dev lo dir in default", "vfr set: unknown word \"default\"" },
	{ "vfr set dev lo dir in max-fragments inherit",
	  "vfr set: \"max-fragments\" must be default or 1-8192, not \"inherit\"" },
	{ "explain src 10.1.0.2", "explain: \"dst\" is missing" },
	{ "explain src 10.1.0.2 dst fd02::2",
	  "explain: \"src\" and \"dst\" must be of one family, IPv4 or IPv6" },
	{ "explain src fd01::2 dst fd02::2 df", "explain: \"df\": IPv6 has none" },
	{ "explain src 10.1.0.2 dst 10.2.0.2 dport 53", "explain: \"sport\" and \"dport\" need \"proto\"" },
	{ "explain src 10.1.0.2 dst 10.2.0.2 spi 256",
	  "explain: \"spi\" goes with \"in\" only: the SA of what leaves is its policy's" },
	{ "explain in src 10.1.0.2 dst 10.2.0.2 sa-dst 192.0.2.1",
	  "explain: \"sa-dst\" goes with \"spi\" only" },
	{ "explain in out src 10.1.0.2 dst 10.2.0.2", "explain: \"in\" and \"out\" exclude each other" },
	{ "explain src 10.1.0.2 dst 10.2.0.2 len 0", "explain: \"len\" must be 1-65535, not \"0\"" },
	{ "vfr show max-fragments default",
	  "vfr show: \"max-fragments\" does not go with this command" },
	{ "vfr set dev lo dir in timeout 0", "vfr set: \"timeout\" must be default or 1-64, not \"0\"" },
	{ "vfr set dev lo dir in timeout 65", "vfr set: \"timeout\" must be default or 1-64, not \"65\"" },
	{ "vfr set dev lo dir in timeout 3m", "vfr set: \"timeout\" must be default or 1-64, not \"3m\"" },
	{ "vfr set dev lo dir in timeout 4294967299",
	  "vfr set: \"timeout\" must be default or 1-64, not \"4294967299\"" },
	{ "vfr set dev lo dir in drop-fragments",
	  "vfr set: \"drop-fragments\" needs a value" },
	{ "vfr set dev lo dir in drop-fragments auto",
	  "vfr set: \"drop-fragments\" must be off, on or default, not \"auto\"" },
	{ "vfr set dev lo dir in max-bytes 65535",
	  "vfr set: \"max-bytes\" must be default or 65536-1073741824, not \"65535\"" },
	{ "vfr set dev lo dir in max-bytes 1073741825",
	  "vfr set: \"max-bytes\" must be default or 65536-1073741824, not \"1073741825\"" },
	{ "vfr set dev lo dir in max-bytes 2G",
	  "vfr set: \"max-bytes\" must be default or 65536-1073741824, not \"2G\"" },
	{ "vfr show lo", "vfr show: unknown word \"lo\"" },
	{ "vfr show dev lo on", "vfr show: \"on\" does not go with this command" },
	{ "vfr show max-bytes 65536", "vfr show: \"max-bytes\" does not go with this command" },
	{ "vfr show dir in dir out", "vfr show: \"dir\" is given twice" },
	{ "vfr stats dir up", "vfr stats: \"dir\" must be in or out, not \"up\"" },
	{ "vfr stats timeout 3", "vfr stats: \"timeout\" does not go with this command" },
	/* the MSS between gateways */
	{ "mss", "mss: a command is missing: one of probe, listen" },
	{ "mss show", "mss: unknown command \"show\": must be one of probe, listen" },
	{ "mss probe", "mss probe: \"spi\" is missing" },
	{ "mss probe spi 256", "mss probe: \"dst\" is missing" },
	{ "mss listen dst 192.0.2.2", "mss listen: \"spi\" is missing" },
	{ "mss probe spi 255 dst 192.0.2.2",
	  "mss probe: \"spi\" must be 256-4294967295, not \"255\"" },
	{ MSS "once", "mss probe: \"once\" does not go with this command" },
	{ MSS "src 192.0.2.1", "mss probe: unknown word \"src\"" },
	{ MSS "spi 256", "mss probe: \"spi\" is given twice" },
	{ MSS "port 0", "mss probe: \"port\" must be 1-65535, not \"0\"" },
	{ MSS "port 65536", "mss probe: \"port\" must be 1-65535, not \"65536\"" },
	{ MSS "auth none", "mss probe: \"auth\" must be md5 or ao, not \"none\"" },
	{ MSS "timeout 0", "mss probe: \"timeout\" must be 1-86400, not \"0\"" },
	{ MSS "timeout", "mss probe: \"timeout\" needs a value" },
	{ MSS "key", "mss probe: \"key\" needs a value" },
	{ MSS "key secret", "mss probe: \"key\" must be 0x and hexadecimal digits, or file:PATH" },
	{ MSS "key 0x", "mss probe: \"key\" must have 16 bytes or more, not 0" },
	{ MSS "key 0x00112233445566778899aabbccddee",
	  "mss probe: \"key\" must have 16 bytes or more, not 15" },
	{ MSS "key 0x" K32 "0", "mss probe: \"key\" has an odd number of hexadecimal digits" },
	{ MSS "key 0x" K32 K32 K32 K32 "00", "mss probe: \"key\" is longer than 128 bytes" },
	{ MSS "key 0x" K16 " key 0x" K16, "mss probe: \"key\" is given twice" },
	{ MSS K16, "mss probe: unknown word \"(not shown: might be a key)\"" },

	/* what would break a terminal or a log is not repeated */
	{ "sa 'a\033[2J\nb'", "sa: unknown command \"a?[2J?b\": must be one of add, replace, set, del, "
			      "get, show, flush" },
	{ "sa add xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	  "sa add: unknown word \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\"" },
};

static void test_good(void)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct espgw_request req;
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(good); i++) {
		const char *text = "refused", *errors;
		int rc;

		if (!good[i].message)
			continue;
		say_begin();
		rc = parse_line(good[i].line, &req);
		errors = say_end();
		if (!rc)
			text = message_text(espgw_verb_encode(&req, buf), set_of(&req));
		point(same(good[i].message, text) && same("", errors), "good: %.100s", good[i].line);
	}
}

static void test_bad(void)
{
	struct espgw_request req;
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(bad); i++) {
		const char *errors;
		char want[512];
		int rc;

		snprintf(want, sizeof(want), "espgw: %s\n", bad[i].error);
		say_begin();
		rc = parse_line(bad[i].line, &req);
		errors = say_end();
		point(rc == -1 && same(want, errors), "bad: %s", bad[i].error);
	}
}

static void test_warnings(void)
{
	static const struct {
		const char *line;
		const char *warning;
	} warned[] = {
		{ "default set df set frag off",
		  "espgw: warning: default set: \"df set\" with \"frag off\": packets with DF=0 that "
		  "are too big are dropped without an answer\n" },
		{ "dev attach lo frag after df set",
		  "espgw: warning: dev attach: \"df set\" with \"frag after\": packets with DF=0 that "
		  "are too big are dropped without an answer\n" },
		{ SA_OUT GCM "df set frag after",
		  "espgw: warning: sa add: \"df set\" with \"frag after\": packets with DF=0 that "
		  "are too big are dropped without an answer\n" },
		{ "default set df copy frag off", "" },
		{ "default set df set frag inherit", "" },
		{ "default set df set frag before", "" },
		{ "default set frag off", "" },
	};
	struct espgw_request req;
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(warned); i++) {
		int rc;

		say_begin();
		rc = parse_line(warned[i].line, &req);
		point(same(warned[i].warning, say_end()) && !rc, "warning: %s", warned[i].line);
	}
}

/* -- properties of any line */

/* One line, which begins with "espgw: " and holds no key. */
static bool one_error(const char *errors)
{
	const char *end = strchr(errors, '\n');

	return !strncmp(errors, "espgw: ", 7) && end && !end[1] && !strstr(errors, K16) &&
	       !strstr(errors, K4);
}

/* Warnings, or nothing. */
static bool no_error(const char *errors)
{
	while (!strncmp(errors, "espgw: warning: ", 16) && strchr(errors, '\n'))
		errors = strchr(errors, '\n') + 1;
	return !*errors;
}

/* "save" of what a request says, if it is of a kind that is saved. */
static char *save_text(const struct espgw_request *req, const struct nlmsghdr *nlh)
{
	const struct espgw_object *of = req->verb->of;
	union espgw_any any;
	char *text = NULL;
	size_t len;
	FILE *to;

	if (req->verb->run)
		return NULL;
	to = open_memstream(&text, &len);
	switch (req->verb->cmd) {
	case ESPGW_CMD_SA_ADD:
	case ESPGW_CMD_POLICY_ADD:
	case ESPGW_CMD_DEFAULT_SET:
	case ESPGW_CMD_VFR_SET:
	case ESPGW_CMD_XFRM_SET:
		if (espgw_object_get(nlh, of, &any))
			break;
		/* The kernel tells as well what was set by hand. */
		if (of == &espgw_vfr_object)
			any.vfr.number[ESPGW_VFR_A_BY_HAND] = any.has;
		espgw_object_save(to, of, &any);
	}
	fclose(to);
	return text;
}

/*
 * Lines that "save" writes make the same lines again. (The first message may
 * differ from the second: "any", limits of 0 and the like have one way to be
 * written.)
 */
static bool save_is_stable(const char *line)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct espgw_request req;
	char *once = NULL, *twice = NULL;
	bool ok = true;

	say_begin();
	if (!parse_line(line, &req) && !req.verb->run)
		once = save_text(&req, espgw_verb_encode(&req, buf));
	if (once && *once) {
		ok = !parse_line(once, &req);
		if (ok)
			twice = save_text(&req, espgw_verb_encode(&req, buf));
		ok = ok && twice && !strcmp(once, twice);
	}
	say_end();
	if (!ok)
		printf("# line: %s\n# once: %s# twice: %s\n", line, once, twice ? twice : "-");
	free(once);
	free(twice);
	return ok;
}

static bool line_holds(const char *line)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct espgw_request req;
	const char *errors;
	bool ok;
	int rc;

	say_begin();
	rc = parse_line(line, &req);
	errors = say_end();
	ok = rc ? one_error(errors) : no_error(errors);
	if (!rc && !req.verb->run)
		ok = ok && espgw_verb_encode(&req, buf)->nlmsg_len <= sizeof(buf) / 2;
	if (!ok)
		printf("# line: %s\n# said: %s", line, errors);
	return ok && save_is_stable(line);
}

static void test_truncated(void)
{
	unsigned int i, lines = 0;
	bool ok = true;
	char text[2048];

	for (i = 0; i < MNL_ARRAY_SIZE(good); i++) {
		size_t len = strlen(good[i].line);

		for (; len; len--) {
			snprintf(text, sizeof(text), "%.*s", (int)len, good[i].line);
			ok &= line_holds(text);
			lines++;
		}
	}
	point(ok, "%u truncated lines: one error or none", lines);
}

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint64_t)random_state * n >> 32;
}

/* Words from anywhere, put together at random, mostly along a good line. */
static void mangle(char *text, size_t size)
{
	char *mine[ESPGW_WORDS_MAX], *other[ESPGW_WORDS_MAX];
	char *a = strdup(good[random_below(MNL_ARRAY_SIZE(good))].line);
	char *b = strdup(good[random_below(MNL_ARRAY_SIZE(good))].line);
	int n = espgw_words_split(a, mine), m = espgw_words_split(b, other), i;
	size_t used = 0;

	text[0] = '\0';
	for (i = 0; i < n && used + 300 < size; i++) {
		const char *word = mine[i];

		switch (i > 1 ? random_below(24) : 23) {
		case 0:
			continue;
		case 1:
			word = other[random_below(m)];
			break;
		case 2:
			used += snprintf(text + used, size - used, "'%s' ", word);
			break;
		case 3:
			used += snprintf(text + used, size - used, "%s ", other[random_below(m)]);
			break;
		case 4:
			word = "0x";
			break;
		case 5:
			word = "4294967296";
			break;
		}
		used += snprintf(text + used, size - used, "'%s' ", word);
	}
	/* and now and then a byte */
	if (used && !random_below(4))
		text[random_below(used)] = 1 + random_below(255);
	free(a);
	free(b);
}

static void test_mangled(void)
{
	unsigned int i, count = 20000;
	char text[4096];
	bool ok = true;

	for (i = 0; i < count; i++) {
		mangle(text, sizeof(text));
		/* A key, whole, in the wrong place: it must not be repeated. */
		ok &= line_holds(text);
	}
	point(ok, "%u mangled lines: one error or none, and no key is told", count);
}

static void test_save(void)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	static const struct {
		const char *line;
		const char *saved;
	} lines[] = {
		{ SA_OUT "aead aes-gcm 0x" K20 " 128 reqid 7 esn seq 9 class 46,0 mark 1 dscp copy "
		  "ttl copy limit hard packets 5 limit soft packets 0 df copy mss off",
		  "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 0x00000100 reqid 7 "
		  "aead rfc4106(gcm(aes)) 0x" K20 " 128 esn seq 9 class 0,46 mark 0x1/0xffffffff "
		  "dscp copy ttl copy limit hard packets 5 df copy mss off\n" },
		{ SA_IN "enc null 0x auth sha1 0x" K20 " replay-window 0 encap espinudp 4500 4501",
		  "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 0x00000100 enc ecb(cipher_null) 0x "
		  "auth hmac(sha1) 0x" K20 " replay-window 0 encap espinudp 4500 4501\n" },
		{ SA_OUT "aead aes-gcm 0x" K20 " 128 encap espinudp 4500 4501 keepalive 20",
		  "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 0x00000100 "
		  "aead rfc4106(gcm(aes)) 0x" K20 " 128 encap espinudp 4500 4501 keepalive 20\n" },
		{ SA_OUT "aead aes-gcm 0x" K20 " 128 encap espinudp 4500 4501 keepalive 0",
		  "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 0x00000100 "
		  "aead rfc4106(gcm(aes)) 0x" K20 " 128 encap espinudp 4500 4501\n" },
		{ SA_IN GCM "comment \"it's #2\" name b-2",
		  "sa add dir in name b-2 src 192.0.2.1 dst 192.0.2.2 spi 0x00000100 "
		  "comment \"it's #2\" aead rfc4106(gcm(aes)) 0x" K20 " 128\n" },
		{ "policy add src any dst ::1 action discard comment a\" \"b name lan",
		  "policy add name lan prio 0 src ::/0 dst ::1/128 comment \"a b\" action discard\n" },
		{ "policy add dev lo src any dst 10.0.0.1 proto udp dport 5-6 action protect "
		  "reqid 1 src ::1 dst ::2",
		  "policy add prio 0 dev lo src 0.0.0.0/0 dst 10.0.0.1/32 proto 17 dport 5-6 "
		  "action protect reqid 1 src ::1 dst ::2\n" },
		{ "vfr set dev lo dir out auto", "vfr set dev lo dir out auto\n" },
		{ "vfr set max-bytes 1048576 drop-fragments off timeout 3 max-fragments 64 "
		  "max-reassemblies 0x40 off dir in dev lo",
		  "vfr set dev lo dir in off max-reassemblies 64 max-fragments 64 timeout 3 "
		  "drop-fragments off max-bytes 1048576\n" },
		{ "default set df set frag after probe on mtu-cap none min-pmtu 576",
		  "default set frag after min-pmtu 576 probe on\n" },
		{ "default set df set frag before split equal inner-df honor icmp-answer on "
		  "mtu-cap none pmtu-age 600 pmtu-learn on mss auto probe suspect", "" },
		{ "default set probe off", "default set probe off\n" },
		/* what is set no more is not saved */
		{ "default set df inherit frag after mss inherit", "default set frag after\n" },
		{ "default set df inherit", "" },
		{ SA_OUT "aead aes-gcm 0x" K20 " 128 df inherit mss off",
		  "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 0x00000100 "
		  "aead rfc4106(gcm(aes)) 0x" K20 " 128 mss off\n" },
		{ "vfr set dev lo dir in timeout default max-fragments 64",
		  "vfr set dev lo dir in max-fragments 64\n" },
		{ "vfr set dev lo dir in timeout default", "" },
		{ "xfrm on", "xfrm on\n" },
		{ "xfrm on if-id 0x2a mode any", "xfrm on if-id 42\n" },
		{ "xfrm on mode policy", "xfrm on mode policy\n" },
		{ "xfrm on if-id 4294967295 mode interface",
		  "xfrm on mode interface if-id 4294967295\n" },
		{ "xfrm off", "" },
	};
	struct espgw_request req;
	unsigned int i;
	bool ok = true;

	for (i = 0; i < MNL_ARRAY_SIZE(good); i++)
		ok &= save_is_stable(good[i].line);
	point(ok, "what is saved makes the same again");

	for (i = 0; i < MNL_ARRAY_SIZE(lines); i++) {
		char *text = NULL;

		say_begin();
		if (!parse_line(lines[i].line, &req))
			text = save_text(&req, espgw_verb_encode(&req, buf));
		say_end();
		point(same(lines[i].saved, text ? text : "refused"), "save: %.60s",
		      lines[i].line);
		free(text);
	}
}

static char *owned(const struct espgw_object *object, void *row, unsigned int attr, uint8_t owner)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	espgw_set(row, attr, owner);
	espgw_object_save(to, object, row);
	fclose(to);
	return text;
}

/* What a key daemon has made it makes again. */
static void test_save_owner(void)
{
	struct espgw_policy policy = { .number = { [ESPGW_POLICY_A_SPI] = 256 } };
	struct espgw_sa sa = { .aead = "x" };
	char *text;

	espgw_addr_parse("192.0.2.2", &sa.dst);
	espgw_set(&sa, ESPGW_SA_A_DST, 0);
	text = owned(&espgw_sa_object, &sa, ESPGW_SA_A_OWNER, ESPGW_OWNER_XFRM);
	point(same("", text), "save: no SA of xfrm's");
	free(text);
	text = owned(&espgw_sa_object, &sa, ESPGW_SA_A_OWNER, ESPGW_OWNER_HAND);
	point(same("sa add dst 192.0.2.2\n", text), "save: an SA made by hand, without an owner");
	free(text);
	espgw_set(&policy, ESPGW_POLICY_A_PRIO, 7);
	text = owned(&espgw_policy_object, &policy, ESPGW_POLICY_A_OWNER, ESPGW_OWNER_XFRM);
	point(same("", text), "save: no policy of xfrm's");
	free(text);
	text = owned(&espgw_policy_object, &policy, ESPGW_POLICY_A_OWNER, ESPGW_OWNER_HAND);
	point(same("policy add prio 7\n", text),
	      "save: a policy made by hand, without an owner or an SPI");
	free(text);
}

/* The kernel tells the setting with all its values. */
static void test_save_xfrm(void)
{
	struct espgw_xfrm_conn conn = { 0 };
	struct espgw_xfrm xfrm = { 0 };
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	espgw_set(&xfrm, ESPGW_XFRM_A_ON, 0);
	espgw_set(&xfrm, ESPGW_XFRM_A_MODE, ESPGW_XFRM_MODE_INTERFACE);
	espgw_set(&xfrm, ESPGW_XFRM_A_IF_ID, 42);
	espgw_set(&xfrm, ESPGW_XFRM_A_SAS, 4);
	espgw_set(&xfrm, ESPGW_XFRM_A_POLICIES, 2);
	espgw_object_save(to, &espgw_xfrm_object, &xfrm);
	espgw_set(&xfrm, ESPGW_XFRM_A_ON, 1);
	espgw_object_save(to, &espgw_xfrm_object, &xfrm);
	espgw_set(&xfrm, ESPGW_XFRM_A_MODE, ESPGW_XFRM_MODE_ANY);
	espgw_set(&xfrm, ESPGW_XFRM_A_IF_ID, 0);
	espgw_object_save(to, &espgw_xfrm_object, &xfrm);
	fclose(to);
	point(same("xfrm on mode interface if-id 42\nxfrm on\n", text),
	      "save: that xfrm's are adopted, and which, if they are");
	free(text);

	to = open_memstream(&text, &len);
	espgw_set(&conn, ESPGW_XFRM_CONN_A_IF_ID, 42);
	espgw_set(&conn, ESPGW_XFRM_CONN_A_MTU, 0);
	espgw_set(&conn.mtu, ESPGW_MTU_A_DF, ESPGW_DF_COPY);
	espgw_object_save(to, &espgw_xfrm_conn_object, &conn);
	conn.has = 0;
	espgw_set(&conn, ESPGW_XFRM_CONN_A_REQID, 0);
	espgw_set(&conn, ESPGW_XFRM_CONN_A_MTU, 0);
	espgw_object_save(to, &espgw_xfrm_conn_object, &conn);
	espgw_set(&conn, ESPGW_XFRM_CONN_A_NAME, 0);
	espgw_set(&conn, ESPGW_XFRM_CONN_A_COMMENT, 0);
	strcpy(conn.name, "b-2");
	strcpy(conn.comment, "it's #2");
	espgw_object_save(to, &espgw_xfrm_conn_object, &conn);
	fclose(to);
	point(same("xfrm set if-id 42 df copy\nxfrm set reqid 0 df copy\n"
		   "xfrm set reqid 0 name b-2 comment \"it's #2\" df copy\n", text),
	      "save: what is remembered of connections");
	free(text);
}

static void test_save_pmtu(void)
{
	struct espgw_pmtu row = { 0 };
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	espgw_addr_parse("192.0.2.2", &row.dst);
	espgw_set(&row, ESPGW_PMTU_A_SPI, 256);
	row.number[ESPGW_PMTU_A_PMTU] = 1400;
	row.number[ESPGW_PMTU_A_SOURCE] = ESPGW_PMTU_ICMP;
	espgw_object_save(to, &espgw_pmtu_object, &row);
	row.number[ESPGW_PMTU_A_SOURCE] = ESPGW_PMTU_STATIC; /* with an age */
	row.has |= 1ULL << ESPGW_PMTU_A_EXPIRES_S;
	espgw_object_save(to, &espgw_pmtu_object, &row);
	row.has = 1ULL << ESPGW_PMTU_A_SOURCE;
	espgw_set(&row, ESPGW_PMTU_A_MTU, 1450);
	espgw_object_save(to, &espgw_pmtu_object, &row);
	row.number[ESPGW_PMTU_A_LOCKED] = 1;
	espgw_object_save(to, &espgw_pmtu_object, &row);
	/* Lowered meanwhile, and at the floor, which is another lock. */
	row.number[ESPGW_PMTU_A_SOURCE] = ESPGW_PMTU_ICMP;
	row.has |= 1ULL << ESPGW_PMTU_A_EXPIRES_S;
	espgw_object_save(to, &espgw_pmtu_object, &row);
	espgw_set(&row, ESPGW_PMTU_A_OWNER, ESPGW_OWNER_XFRM);
	espgw_object_save(to, &espgw_pmtu_object, &row);
	fclose(to);
	point(same("pmtu set spi 0x00000100 dst 192.0.2.2 mtu 1450\n"
		   "pmtu set spi 0x00000100 dst 192.0.2.2 mtu 1450 lock\n"
		   "pmtu set spi 0x00000100 dst 192.0.2.2 mtu 1450\n",
		   text),
	      "save: path MTUs that were set to stay, and no others, nor of SAs of xfrm's");
	free(text);
}

/* Rows have all their values; only those that were set by hand are saved. */
static void test_save_vfr(void)
{
	struct espgw_vfr row = { .ifname = "wan 0" };
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	row.number[ESPGW_VFR_A_DIR] = ESPGW_DIR_IN;
	row.number[ESPGW_VFR_A_MODE] = ESPGW_VFR_AUTO;
	row.number[ESPGW_VFR_A_ENABLED] = 1;
	row.number[ESPGW_VFR_A_MAX_REASSEMBLIES] = 64;
	row.number[ESPGW_VFR_A_MAX_FRAGMENTS] = 45;
	row.number[ESPGW_VFR_A_TIMEOUT_S] = 3;
	row.number[ESPGW_VFR_A_DROP_FRAGMENTS] = 1;
	row.number[ESPGW_VFR_A_MAX_BYTES] = 1048576;
	row.number[ESPGW_VFR_A_USERS_PORTS] = 2;
	espgw_object_save(to, &espgw_vfr_object, &row);
	/* something that only a newer module knows */
	row.number[ESPGW_VFR_A_BY_HAND] = 1U << 31;
	espgw_object_save(to, &espgw_vfr_object, &row);
	row.number[ESPGW_VFR_A_BY_HAND] |= 1U << ESPGW_VFR_A_MAX_FRAGMENTS;
	espgw_object_save(to, &espgw_vfr_object, &row);
	row.number[ESPGW_VFR_A_DIR] = ESPGW_DIR_OUT;
	row.number[ESPGW_VFR_A_MODE] = ESPGW_VFR_OFF;
	row.number[ESPGW_VFR_A_BY_HAND] = 1U << ESPGW_VFR_A_MODE |
					 1U << ESPGW_VFR_A_DROP_FRAGMENTS;
	espgw_object_save(to, &espgw_vfr_object, &row);
	row.number[ESPGW_VFR_A_MODE] = ESPGW_VFR_ON;
	row.number[ESPGW_VFR_A_DROP_FRAGMENTS] = 0;
	espgw_object_save(to, &espgw_vfr_object, &row);
	fclose(to);
	point(same("vfr set dev \"wan 0\" dir in max-fragments 45\n"
		   "vfr set dev \"wan 0\" dir out off drop-fragments on\n"
		   "vfr set dev \"wan 0\" dir out on drop-fragments off\n",
		   text),
	      "save: of fragments what was set by hand, and nothing else");
	free(text);
}

/* -- the MSS between gateways */

static void test_mss_words(void)
{
	const uint64_t *value = mss.number;
	struct espgw_request req;
	struct espgw_addr dst;

	espgw_addr_parse("192.0.2.2", &dst);
	point(!parse_line(MSS, &req) && mss_command == ESPGW_IN_PROBE &&
		      value[ESPGW_MSS_SPI] == 256 && espgw_addr_equal(&mss.dst, &dst) &&
		      value[ESPGW_MSS_PORT] == 4500 && value[ESPGW_MSS_AUTH] == ESPGW_TCPCONN_MD5 &&
		      !mss.key.len && value[ESPGW_MSS_TIMEOUT] == 5 && !value[ESPGW_MSS_ONCE],
	      "mss probe: what is not said");
	point(!parse_line("mss listen spi 256 dst 192.0.2.2", &req) &&
		      mss_command == ESPGW_IN_LISTEN && !value[ESPGW_MSS_TIMEOUT] &&
		      !value[ESPGW_MSS_ONCE],
	      "mss listen: what is not said");
	point(!parse_line("mss listen once timeout 7 key 0x" K20 " auth ao port 9 dst 192.0.2.2 spi 257",
			  &req) &&
		      value[ESPGW_MSS_SPI] == 257 && value[ESPGW_MSS_PORT] == 9 &&
		      value[ESPGW_MSS_AUTH] == ESPGW_TCPCONN_AO && mss.key.len == 20 &&
		      mss.key.byte[19] == 0xef && value[ESPGW_MSS_TIMEOUT] == 7 &&
		      value[ESPGW_MSS_ONCE] == 1,
	      "mss listen: all words");
	point(!parse_line(MSS, &req) && req.words.count == 4 && same("spi", req.words.first[0]) &&
		      same("192.0.2.2", req.words.first[3]),
	      "mss: the other program has all words");
}

static size_t from_hex(const char *hex, uint8_t *to)
{
	size_t len = 0;

	for (; *hex; hex += 2, len++)
		sscanf(hex, "%2hhx", &to[len]);
	return len;
}

/* In memory of exactly this size: the sanitizer sees who reads on. */
static unsigned int option_of(const char *hex, unsigned int (*read)(const uint8_t *, size_t),
			      size_t cut)
{
	uint8_t *exact, bytes[128];
	size_t len = from_hex(hex, bytes) - cut;
	unsigned int mss;

	exact = malloc(len ? len : 1);
	memcpy(exact, bytes, len);
	mss = read(exact, len);
	free(exact);
	return mss;
}

#define TCP(doff) "119411940000000100000002" doff "12ffff00000000"

static void test_mss_option(void)
{
	static const struct {
		const char *header;
		unsigned int mss;
		const char *what;
	} tcp[] = {
		{ TCP("60") "020405b4", 1460, "alone" },
		{ TCP("70") "01010204" "05b40101", 1460, "behind padding" },
		{ TCP("80") "0402080a" "00000000" "00000000", 0, "none" },
		{ TCP("b0") "1312" K16 "020405140000", 0x514, "behind TCP-MD5" },
		{ TCP("50"), 0, "no options" },
		{ TCP("60") "00000000", 0, "end at once" },
		{ TCP("70") "00020405" "b4000000", 0, "behind the end" },
		{ TCP("60") "05000000", 0, "length 0" },
		{ TCP("60") "05010000", 0, "length 1" },
		{ TCP("60") "02050514", 0, "length of another option" },
		{ TCP("60") "02030514", 0, "too short" },
		{ TCP("60") "01010204", 0, "cut off by the header's end" },
		{ TCP("60") "01010102", 0, "without a length" },
		{ TCP("70") "08080000" "020405b4", 0, "in another's bytes" },
		{ TCP("40"), 0, "a header that is too short" },
		{ TCP("f0") "020405b4", 0, "a header that is longer than what there is" },
	};
	static const struct {
		const char *packet;
		unsigned int mss;
		const char *what;
	} ip[] = {
		{ "4500002c00004000400600000a0000010a000002" TCP("60") "020405b4", 1460, "IPv4" },
		{ "4600003000004000400600000a0000010a00000201010101" TCP("60") "020405b4", 1460,
		  "IPv4 with options" },
		{ "4500002c00004000401100000a0000010a000002" TCP("60") "020405b4", 0, "UDP" },
		{ "4500002c00004001400600000a0000010a000002" TCP("60") "020405b4", 0, "a fragment" },
		{ "4400002c00004000400600000a0000010a000002" TCP("60") "020405b4", 0, "a header of 16" },
		{ "6000000000180640" K16 K16 TCP("60") "02040514", 0x514, "IPv6" },
		{ "6000000000183c40" K16 K16 TCP("60") "02040514", 0, "IPv6 with other headers" },
		{ "7500002c00004000400600000a0000010a000002" TCP("60") "020405b4", 0, "neither" },
	};
	unsigned int i, cut;
	bool ok = true;

	for (i = 0; i < MNL_ARRAY_SIZE(tcp); i++)
		point(option_of(tcp[i].header, espgw_tcpmss_option, 0) == tcp[i].mss,
		      "MSS option: %s", tcp[i].what);
	for (i = 0; i < MNL_ARRAY_SIZE(ip); i++) {
		point(option_of(ip[i].packet, espgw_tcpmss_of_packet, 0) == ip[i].mss,
		      "MSS of a packet: %s", ip[i].what);
		for (cut = 1; cut <= strlen(ip[i].packet) / 2; cut++)
			ok &= !option_of(ip[i].packet, espgw_tcpmss_of_packet, cut);
	}
	point(ok, "MSS of a packet: cut off anywhere, there is none");
}

static void test_mss_line(void)
{
	static const char malformed[] = "what it says is malformed";
	static const struct {
		const char *line;
		const char *wrong;
	} lines[] = {
		{ "espgw-mss 1 1460 1300 1460\n", NULL },
		{ "espgw-mss 1 65495 0 0\n", NULL },
		{ "espgw-mss 1 65535 65535 65535\n", NULL },
		{ "", malformed },
		{ "\n", malformed },
		{ "espgw-mss\n", malformed },
		{ "espgw-mss 1\n", malformed },
		{ "espgw-mss 1 1460 1300\n", malformed },
		{ "espgw-mss 1 1460 1300 1460", malformed },
		{ "espgw-mss 1 1460 1300 1460\r\n", malformed },
		{ "espgw-mss 1 1460 1300 1460 \n", malformed },
		{ "espgw-mss 1 1460 1300 1460\n\n", malformed },
		{ "espgw-mss 1 1460 1300 1460 7\n", malformed },
		{ " espgw-mss 1 1460 1300 1460\n", malformed },
		{ "espgw-mss  1 1460 1300 1460\n", malformed },
		{ "espgw-mss 1 0 1300 1460\n", malformed },
		{ "espgw-mss 1 65536 1300 1460\n", malformed },
		{ "espgw-mss 1 1460 65536 1460\n", malformed },
		{ "espgw-mss 1 1460 1300 18446744073709551617\n", malformed },
		{ "espgw-mss 1 01460 1300 1460\n", malformed },
		{ "espgw-mss 1 0x5b4 1300 1460\n", malformed },
		{ "espgw-mss 1 -1 1300 1460\n", malformed },
		{ "espgw-mss one 1460 1300 1460\n", malformed },
		{ "espgw 1 1460 1300 1460\n", malformed },
		{ "espgw-mss 2 whatever there is in it\n",
		  "it speaks another version of this protocol" },
		{ "espgw-mss 1 1460 1300 1460                                     \n", malformed },
	};
	char line[ESPGW_TCPMSS_LINE], *exact;
	struct espgw_tcpmss_view view;
	unsigned int i, rounds = 100000;
	bool ok = true;

	for (i = 0; i < MNL_ARRAY_SIZE(lines); i++) {
		size_t len = strlen(lines[i].line);
		const char *wrong;

		exact = malloc(len ? len : 1);
		memcpy(exact, lines[i].line, len);
		wrong = espgw_tcpmss_line_read(exact, len, &view);
		free(exact);
		point(same(lines[i].wrong ? lines[i].wrong : "fine", wrong ? wrong : "fine"),
		      "the peer's line: %.*s", (int)strcspn(lines[i].line, "\r\n"), lines[i].line);
	}
	for (i = 0; i < rounds; i++) {
		size_t len = random_below(sizeof(line) + 1), at;

		exact = malloc(len ? len : 1);
		for (at = 0; at < len; at++)
			exact[at] = "espgw-ms 0123456789\n\0x"[random_below(23)];
		ok &= !!espgw_tcpmss_line_read(exact, len, &view);
		free(exact);
		/* And what is right, but for one byte, is either another right one or refused. */
		view = (struct espgw_tcpmss_view){ 1 + random_below(65535), random_below(65536),
						   random_below(65536) };
		len = espgw_tcpmss_line_write(&view, line);
		line[random_below(len)] = random_below(256);
		if (!espgw_tcpmss_line_read(line, len, &view)) {
			char again[ESPGW_TCPMSS_LINE];

			ok &= espgw_tcpmss_line_write(&view, again) == (int)len &&
			      !memcmp(line, again, len);
		}
	}
	point(ok, "the peer's line: %u mangled ones", rounds);
}

static void test_mss_bound(void)
{
	static const struct {
		struct espgw_tcpmss_view a, b;
		unsigned int hdr;
		uint32_t bound;
		const char *what;
	} views[] = {
		{ { 1460, 1460, 1460 }, { 1460, 1460, 1460 }, 40, 1500, "nothing in the way" },
		{ { 1440, 1440, 1440 }, { 1440, 1440, 1440 }, 60, 1500, "IPv6" },
		{ { 1460, 1300, 1460 }, { 1460, 1300, 1460 }, 40, 1340, "clamped both ways" },
		{ { 1460, 1300, 1460 }, { 1460, 1460, 1460 }, 40, 1340, "clamped one way" },
		{ { 1460, 1460, 1460 }, { 1460, 1300, 1460 }, 40, 1340, "clamped the other way" },
		{ { 1460, 1360, 1460 }, { 1360, 1460, 1360 }, 40, 1400, "a smaller device" },
		{ { 8960, 1460, 8960 }, { 1460, 8960, 1460 }, 40, 1500, "a larger device" },
		{ { 8960, 8960, 8960 }, { 8960, 8960, 8960 }, 40, 9000, "both larger" },
		{ { 1460, 0, 1460 }, { 1460, 0, 1460 }, 40, 1500, "nothing seen" },
		{ { 512, 1460, 1460 }, { 1460, 512, 1460 }, 40, 1500, "the kernel was lied to" },
		{ { 512, 1300, 1460 }, { 1460, 512, 1460 }, 40, 1340, "and clamped the other way" },
		{ { 512, 1460, 1460 }, { 1460, 400, 1460 }, 40, 440, "and clamped below that" },
		{ { 1460, 9000, 1460 }, { 1460, 9000, 1460 }, 40, 1500, "raised on the way" },
		{ { 1460, 1, 1460 }, { 1460, 1460, 1460 }, 40, 68, "nothing left of it" },
		{ { 65535, 65535, 65535 }, { 65535, 65535, 65535 }, 60, 65535, "more than there is" },
		{ { 1460, 1460, 0 }, { 1460, 1460, 0 }, 40, 1500, "no route known" },
	};
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(views); i++)
		point(espgw_tcpmss_bound(&views[i].a, &views[i].b, views[i].hdr) == views[i].bound &&
			      espgw_tcpmss_bound(&views[i].b, &views[i].a, views[i].hdr) ==
				      views[i].bound,
		      "bound by MSS: %s", views[i].what);
}

/* RFC 5869 A.1 and A.2, the first 32 bytes. */
static void test_hkdf(void)
{
	static const struct {
		const char *ikm, *salt, *info, *okm;
	} vectors[] = {
		{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
		  "f0f1f2f3f4f5f6f7f8f9",
		  "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf" },
		{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
		  "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
		  "404142434445464748494a4b4c4d4e4f",
		  "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
		  "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
		  "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
		  "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
		  "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
		  "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
		  "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c" },
	};
	uint8_t ikm[128], salt[128], info[256] = { 0 }, okm[ESPGW_HKDF_MAX], key[ESPGW_HKDF_MAX];
	const char *errors;
	unsigned int i;
	int rc;

	say_begin();
	rc = espgw_hkdf("salt", 4, "ikm", 3, "info", 4, key);
	errors = say_end();
	if (rc) {
		/* Not where the tool is built, maybe; the tests in namespaces need it. */
		point(one_error(errors) && strstr(errors, "AF_ALG"), "HKDF: this kernel does not # SKIP");
		return;
	}
	for (i = 0; i < MNL_ARRAY_SIZE(vectors); i++) {
		from_hex(vectors[i].okm, okm);
		point(!espgw_hkdf(salt, from_hex(vectors[i].salt, salt), ikm,
				  from_hex(vectors[i].ikm, ikm), info,
				  from_hex(vectors[i].info, info), key) &&
			      !memcmp(key, okm, sizeof(key)),
		      "HKDF: RFC 5869 A.%u", i + 1);
	}
	say_begin();
	point(espgw_hkdf(salt, 4, ikm, 4, info, 256, key) == -1, "HKDF: too much");
	say_end();
}

/* -- keys from files */

static bool write_file(const char *path, const char *text)
{
	FILE *to = fopen(path, "w");

	return to && fputs(text, to) >= 0 && !fclose(to);
}

static void test_key_files(void)
{
	static const struct {
		const char *content;
		const char *error; /* NULL: it is a good key */
	} files[] = {
		{ "0x" K20 "\n", NULL },
		{ K20, NULL },
		{ "  " K20 " \r\n\n", NULL },
		{ "0X" K20 "\n", NULL },
		{ "\n", "\" is empty" },
		{ "0x\n", "the key is empty" },
		{ "0x" K16 "\n" K4 "\n", "no hexadecimal digit at place 33" },
		{ "key: " K20 "\n", "no hexadecimal digit at place 1" },
		{ K20 "0\n", "odd number" },
		{ K32 "\n", "must have 20, 28 or 36 bytes" },
	};
	char path[TEMPORARY], line[256];
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct espgw_request req;
	unsigned int i;

	temporary_file(path, "key");
	snprintf(line, sizeof(line), SA_OUT "aead aes-gcm file:%s 128", path);
	for (i = 0; i < MNL_ARRAY_SIZE(files); i++) {
		const char *errors;
		bool ok;
		int rc;

		write_file(path, files[i].content);
		say_begin();
		rc = parse_line(line, &req);
		errors = say_end();
		if (files[i].error) {
			ok = rc == -1 && one_error(errors) && strstr(errors, files[i].error);
			if (!ok)
				printf("# said: %s", errors);
		} else {
			ok = !rc && strstr(message_text(espgw_verb_encode(&req, buf),
							set_of(&req)), " key=" K20 " ");
		}
		point(ok, "key file %u: %s", i, files[i].error ? files[i].error : "good");
	}
	unlink(path);
}

static void test_key_stdin(void)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	const char *text = "refused";
	struct espgw_request req;
	int pipes[2], keep = dup(0);
	char rest[16] = "";
	int rc;

	if (pipe(pipes))
		abort();
	dup2(pipes[0], 0);
	dprintf(pipes[1], "0x%s\n%s\nrest", K16, K32);
	close(pipes[1]);
	say_begin();
	rc = parse_line(SA_OUT "enc aes-cbc file:- auth sha256 file:-", &req);
	say_end();
	if (!rc)
		text = message_text(espgw_verb_encode(&req, buf), set_of(&req));
	point(strstr(text, "key=" K16 " auth-key=" K32) != NULL, "two keys from standard input");
	point(read(0, rest, sizeof(rest) - 1) == 4 && same("rest", rest),
	      "and not a byte more is taken");
	dup2(keep, 0);
	close(keep);
	close(pipes[0]);
}

/* A key goes when it has been read; behind an error all goes, whatever it is. */
static void test_key_wiped(void)
{
	static const char zero[64];
	struct espgw_request req;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		char line[] = "sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 256 aead aes-gcm "
			      "0x" K20 " 128 end";
		char *word[ESPGW_WORDS_MAX];
		int count = espgw_words_split(line, word) - !i, rc, at;
		bool ok = true;

		say_begin();
		rc = espgw_verb_parse(word, count, false, &req);
		say_end();
		for (at = 0; at < count; at++)
			ok &= (at == 12 || i) == !*word[at];
		ok &= !memcmp(word[12], zero, strlen("0x" K20));
		point(ok && rc == (i ? -1 : 0), "a key is wiped from the command line%s",
		      i ? ", and all else behind an error" : "");
	}
}

/* Printed without a flush, what has been written of it when the program dies. */
static void test_output(void)
{
	static const struct {
		int mode;
		const char *written;
		const char *what;
	} modes[] = {
		{ _IOFBF, "", "as a whole" },
		{ _IOLBF, "line\n", "line by line" },
		{ _IONBF, "line\nmore", "at once" },
	};
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(modes); i++) {
		char text[32] = "";
		int pipes[2];
		pid_t pid;

		fflush(stdout);
		if (pipe(pipes))
			abort();
		pid = fork();
		if (!pid) {
			dup2(pipes[1], 1);
			setvbuf(stdout, NULL, modes[i].mode, 0);
			espgw_secret_output();
			fputs("line\nmore", stdout);
			_exit(0);
		}
		close(pipes[1]);
		waitpid(pid, NULL, 0);
		if (read(pipes[0], text, sizeof(text) - 1) < 0)
			abort();
		close(pipes[0]);
		point(same(modes[i].written, text), "output is written as before: %s", modes[i].what);
	}
}

/* -- batches */

static void test_split(void)
{
	static const char *const names[] = { "eth0",  "a b",   "#x",   "a#b",  "\\",  "a\"b",
					     "a'b",   "",      "it's \"b\"", "\"'\"", "\t",   "a\\",  "'",   "\"",
					     "-n",    "\303\251" };
	char *word[ESPGW_WORDS_MAX];
	char long_line[ESPGW_WORDS_MAX * 2 + 3] = "";
	unsigned int i;
	bool ok = true;

	for (i = 0; i < MNL_ARRAY_SIZE(names); i++) {
		char *text = NULL;
		size_t len;
		FILE *to = open_memstream(&text, &len);

		espgw_words_quote(to, names[i]);
		fputs(" next", to);
		fclose(to);
		ok &= espgw_words_split(text, word) == 2 && same(names[i], word[0]) &&
		      same("next", word[1]);
		free(text);
	}
	point(ok, "words survive quoting");

	for (i = 0; i < ESPGW_WORDS_MAX; i++)
		strcat(long_line, "x ");
	ok = espgw_words_split(long_line, word) == ESPGW_WORDS_MAX;
	for (i = 0; i < ESPGW_WORDS_MAX + 1; i++)
		strcpy(long_line + i * 2, "x ");
	say_begin();
	ok = ok && espgw_words_split(long_line, word) == -1;
	point(one_error(say_end()) && ok, "too many words are refused");
}

/* A batch is run on a socket that is not there: what is sent would crash. */
static void test_batch(void)
{
	static const struct {
		const char *content;
		bool restore;
		bool force;
		const char *said;
		int status;
	} batches[] = {
		{ "", false, false, "", 0 },
		{ "# nothing\n\n   \n\t# more\n", false, false, "", 0 },
		{ "\n\nsa add spi 12\nnonsense\n", false, false,
		  "espgw: F: line 3: sa add: \"spi\" must be 256-4294967295, not \"12\"\n", 1 },
		{ "sa add \\\n  spi 12\n", false, false,
		  "espgw: F: line 1: sa add: \"spi\" must be 256-4294967295, not \"12\"\n", 1 },
		{ "# x \\\nsa add spi 12\n", false, false, "", 0 },
		{ "sa add spi 12", false, false,
		  "espgw: F: line 1: sa add: \"spi\" must be 256-4294967295, not \"12\"\n", 1 },
		{ "sa add spi 12\r\n", false, false,
		  "espgw: F: line 1: sa add: \"spi\" must be 256-4294967295, not \"12\"\n", 1 },
		{ "sa add spi 12\n\nfoo\npmtu proble\n", false, true,
		  "espgw: F: line 1: sa add: \"spi\" must be 256-4294967295, not \"12\"\n"
		  "espgw: F: line 3: unknown object \"foo\": must be one of " OBJECTS "\n"
		  "espgw: F: line 4: pmtu: unknown command \"proble\": must be one of show, set, "
		  "del, probe, flush\n", 1 },
		{ "monitor\n", false, false, "espgw: F: line 1: monitor: not in a batch\n", 1 },
		{ "restore x\n", false, false, "espgw: F: line 1: restore: not in a batch\n", 1 },
		{ "mss listen spi 256 dst 192.0.2.2\n", false, false,
		  "espgw: F: line 1: mss listen: not in a batch\n", 1 },
		{ "mss probe spi 256 dst 192.0.2.2\n", false, false,
		  "espgw: F: line 1: mss probe: not in a batch\n", 1 },
		{ "sa 'show\n", false, false, "espgw: F: line 1: a quotation mark is not closed\n",
		  1 },
		/* a good line first: nothing may be sent before all are read */
		{ "stats reset\nsa flush\nsa add spi 12\n", true, false,
		  "espgw: F: line 3: sa add: \"spi\" must be 256-4294967295, not \"12\"\n", 1 },
		{ "stats reset\nrestore x\n", true, false,
		  "espgw: F: line 2: restore: not in a batch\n", 1 },
		{ "", true, false, "", 0 },
		{ "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 256 aead aes-gcm 0x" K20 " 128\n", true, false,
		  "espgw: F: line 1: sa add: an outbound SA without \"once\" before it: \"save\" did not write "
		  "this, and it might be restored twice; -b does what any file says\n", 1 },
		/* nor by force, and nothing else is done behind a "once" that failed */
		{ "sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 256 aead aes-gcm 0x" K20 " 128\n", true, true,
		  "espgw: F: line 1: sa add: an outbound SA without \"once\" before it: \"save\" did not write "
		  "this, and it might be restored twice; -b does what any file says\n", 1 },
		{ "once boot 01234567-89ab-cdef-0123-456789abcdef netns 7 generation 3 sent 99\nstats reset\n",
		  true, true, "espgw: F: line 1: once: this was saved before the system started, or on another "
		  "one: nobody knows which sequence numbers have been used since; take new keys\n", 1 },
		{ "once boot 01234567-89ab-cdef-0123-456789abcdef netns 7 generation 3 sent 99\nstats reset\n",
		  false, true, "espgw: F: line 1: once: this was saved before the system started, or on another "
		  "one: nobody knows which sequence numbers have been used since; take new keys\n", 1 },
		{ "once boot x\nstats reset\n", false, true,
		  "espgw: F: line 1: once: \"boot\" must be a boot ID, not \"x\"\n", 1 },
	};
	char path[TEMPORARY];
	unsigned int i;

	temporary_file(path, "batch");
	for (i = 0; i < MNL_ARRAY_SIZE(batches); i++) {
		struct espgw_context ctx = { .force = batches[i].force };
		struct espgw_request req = { .file = path };
		char *want = NULL, *at;
		const char *from = batches[i].said;
		size_t len;
		FILE *to = open_memstream(&want, &len);
		int status;

		while ((at = strstr(from, ": F: "))) {
			fprintf(to, "%.*s: %s: ", (int)(at - from), from, path);
			from = at + 5;
		}
		fputs(from, to);
		fclose(to);
		write_file(path, batches[i].content);
		say_begin();
		status = batches[i].restore ? espgw_batch_run_restore(&ctx, &req) :
					      espgw_batch_run(&ctx, path);
		point(same(want, say_end()) && status == batches[i].status && !ctx.nl.sock,
		      "%s %u", batches[i].restore ? "restore" : "batch", i);
		free(want);
	}
	unlink(path);
}

#define BOOT "01234567-89ab-cdef-0123-456789abcdef"
#define ONCE "once boot " BOOT " netns 7 generation 3 sent 99"

/* What is saved is restored once. */
static void test_once(void)
{
	static const struct {
		const char *line;
		const char *error;
	} bad[] = {
		{ "once", "espgw: once: \"boot\" is missing\n" },
		{ "once boot", "espgw: once: \"boot\" needs a value\n" },
		{ "once boot 0123", "espgw: once: \"boot\" must be a boot ID, not \"0123\"\n" },
		{ "once netns 7", "espgw: once: unknown word \"netns\"\n" },
		{ "once boot " BOOT " netns 7 sent 99", "espgw: once: unknown word \"sent\"\n" },
		{ "once boot " BOOT " netns 7", "espgw: once: \"generation\" is missing\n" },
		{ ONCE " more", "espgw: once: unknown word \"more\"\n" },
	};
	char dir[TEMPORARY], path[TEMPORARY + 16], *text = NULL;
	struct espgw_request req;
	struct espgw_once once;
	unsigned int i;
	size_t len;
	FILE *to;
	int rc;

	for (i = 0; i < MNL_ARRAY_SIZE(bad); i++) {
		say_begin();
		rc = parse_line(bad[i].line, &req);
		point(same(bad[i].error, say_end()) && rc == -1, "bad: %s", bad[i].line);
	}
	say_begin();
	rc = parse_line(ONCE, &req);
	to = open_memstream(&text, &len);
	espgw_once_save(to, &req.once);
	fclose(to);
	point(same("", say_end()) && !rc && same(ONCE "\n", text), "once is saved as it is typed");
	espgw_say_verb(NULL, NULL);
	free(text);

	temporary_dir(dir, "once");
	rmdir(dir);
	once = req.once;
	once.generation = 0;
	say_begin();
	point(!espgw_once_claim(dir, &once) && same("", say_end()), "restored once");
	say_begin();
	rc = espgw_once_claim(dir, &once);
	point(same("espgw: this, or something else that was saved when it was, has been restored: its "
		   "sequence numbers are used since; take new keys\n", say_end()) && rc == -1, "and not twice");
	say_begin();
	once.generation = 2;
	rc = espgw_once_claim(dir, &once);
	point(one_error(say_end()) && rc == -1, "nor what was not saved yet");
	say_begin();
	once.generation = 1;
	rc = espgw_once_claim(dir, &once);
	point(same("", say_end()) && !rc, "but what was saved since");
	say_begin();
	once.generation = 0;
	once.netns++;
	rc = espgw_once_claim(dir, &once);
	point(same("", say_end()) && !rc, "and what was saved in another namespace");
	snprintf(path, sizeof(path), "%s/restored-8", dir);
	write_file(path, "nonsense");
	say_begin();
	rc = espgw_once_claim(dir, &once);
	point(same("espgw: cannot read what was restored\n", say_end()) && rc == -1,
	      "nothing is restored if it is not known what was");
	unlink(path);
	snprintf(path, sizeof(path), "%s/restored-7", dir);
	unlink(path);
	rmdir(dir);
	say_begin();
	rc = espgw_once_claim("/proc/none", &once);
	point(one_error(say_end()) && rc == -1, "nor if that cannot be noted");
}

static void test_batch_file(void)
{
	struct espgw_context ctx = { 0 };
	int status, keep = dup(0), null = open("/dev/null", O_RDONLY);

	say_begin();
	status = espgw_batch_run(&ctx, "/nonexistent/batch");
	point(same("espgw: cannot open \"/nonexistent/batch\": No such file or directory\n",
		   say_end()) && status == 1, "no such batch");
	say_begin();
	status = espgw_batch_run(&ctx, "/");
	point(one_error(say_end()) && status == 1, "a directory is no batch");
	dup2(null, 0);
	say_begin();
	status = espgw_batch_run(&ctx, "-");
	point(same("", say_end()) && !status, "an empty batch from standard input");
	dup2(keep, 0);
	close(keep);
	close(null);
}

/* -- output */

/* Return: what stands behind one JSON value, NULL if there is none. */
static const char *json_value(const char *at);

static const char *json_blank(const char *at)
{
	return at + strspn(at, " \n");
}

static const char *json_string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	while (*at != '"') {
		if ((unsigned char)*at < 0x20)
			return NULL;
		if (*at == '\\') {
			at++;
			if (*at == 'u' && strspn(at + 1, "0123456789abcdef") >= 4)
				at += 4;
			else if (!*at || !strchr("\"\\/bfnrt", *at))
				return NULL;
		}
		at++;
	}
	return at + 1;
}

static const char *json_list(const char *at, char end, bool keys)
{
	at = json_blank(at + 1);
	if (*at == end)
		return at + 1;
	for (;;) {
		at = json_blank(at);
		if (keys) {
			at = json_string(at);
			if (!at || *at++ != ':')
				return NULL;
		}
		at = json_value(json_blank(at));
		if (!at)
			return NULL;
		at = json_blank(at);
		if (*at == end)
			return at + 1;
		if (*at++ != ',')
			return NULL;
	}
}

static const char *json_value(const char *at)
{
	static const char *const words[] = { "true", "false", "null" };
	unsigned int i;

	if (*at == '{')
		return json_list(at, '}', true);
	if (*at == '[')
		return json_list(at, ']', false);
	if (*at == '"')
		return json_string(at);
	for (i = 0; i < 3; i++)
		if (!strncmp(at, words[i], strlen(words[i])))
			return at + strlen(words[i]);
	if (!strspn(at, "0123456789"))
		return NULL;
	return at + strspn(at, "0123456789.");
}

static bool is_json(const char *text)
{
	const char *end = json_value(text);

	if (end && !strcmp(end, "\n"))
		return true;
	printf("# no JSON: %s", text);
	return false;
}

/*
 * An answer as the kernel would send it: the message of a line, made into an
 * answer by @add.
 */
static const char *shown(const char *line, const char *show_line,
			 void (*add)(struct nlmsghdr *nlh), struct espgw_out *out)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct espgw_request req, show;
	struct nlmsghdr *nlh;

	say_begin();
	if (parse_line(line, &req) || parse_line(show_line, &show))
		return say_end();
	say_end();
	nlh = espgw_verb_encode(&req, buf);
	if (add)
		add(nlh);
	if (espgw_verb_show(out, nlh, &show)) {
		out_end(out);
		return "malformed";
	}
	return out_end(out);
}

static void add_sa(struct nlmsghdr *nlh)
{
	struct nlattr *nest;
	unsigned int i;

	mnl_attr_put_u8(nlh, ESPGW_SA_A_STATE, ESPGW_SA_EXPIRING);
	mnl_attr_put_u64(nlh, ESPGW_SA_A_AGE_S, 192);
	mnl_attr_put_u32(nlh, ESPGW_SA_A_PMTU, 1500);
	mnl_attr_put_u32(nlh, ESPGW_SA_A_INNER_MTU, 1446);
	nest = mnl_attr_nest_start(nlh, ESPGW_SA_A_STATS);
	for (i = 1; i < ESPGW_SA_STAT_A_PAD; i++)
		mnl_attr_put_u64(nlh, i, i * 1000000000ULL);
	mnl_attr_nest_end(nlh, nest);
	/* from a newer module: not known, so not shown */
	mnl_attr_put_u32(nlh, ESPGW_SA_A_MAX + 1, 1);
}

#define NAMED SA_OUT GCM "reqid 1 name berlin comment 'Z\303\274rich \"2\"'"

static void test_show_sa(void)
{
	static const char line[] = SA_OUT "reqid 1 aead aes-gcm 0x" K20 " 128 esn seq 5 "
		"class 0,46 mark 1/3 dscp copy ecn on ttl 64 limit hard bytes 1048576 "
		"limit soft seconds 3700 df copy mss 1200 pmtu-learn off mtu-cap none";
	struct espgw_out out;

	out_begin(&out);
	point(same("out src 192.0.2.1 dst 192.0.2.2 spi 0x00000100 reqid 1 state expiring age 3m12s\n"
		   "    aead rfc4106(gcm(aes)) key 0x" K20 " icv 128 bits esn seq 5\n"
		   "    pmtu 1500 bytes inner-mtu 1446 bytes\n"
		   "    class 0,46 mark 0x1/0x3 dscp copy ecn on ttl 64\n"
		   "    limit hard bytes 1.0 MiB limit soft seconds 1h1m\n"
		   "    df copy mtu-cap none pmtu-learn off mss 1200\n",
		   shown(line, "sa show keys", add_sa, &out)), "sa show, text");
	out_begin(&out);
	out.json = true;
	point(same("[{\"dir\":\"out\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\","
		   "\"spi\":\"0x00000100\",\"reqid\":1,\"state\":\"expiring\",\"age_s\":192,"
		   "\"aead\":\"rfc4106(gcm(aes))\",\"key\":\"0x" K20 "\",\"icv_bits\":128,"
		   "\"esn\":true,\"seq\":5,\"pmtu\":1500,\"inner_mtu\":1446,\"class\":[0,46],"
		   "\"mark\":1,\"mark_mask\":3,\"dscp\":\"copy\",\"ecn\":true,\"ttl\":64,"
		   "\"hard_bytes\":1048576,\"soft_s\":3700,\"df\":\"copy\","
		   "\"mtu_cap\":\"none\",\"pmtu_learn\":false,\"mss\":1200,"
		   "\"packets\":1000000000,\"bytes\":2000000000,\"replay\":3000000000,"
		   "\"integrity\":4000000000,\"dropped\":5000000000,\"prefrag\":6000000000,"
		   "\"postfrag\":7000000000,\"too_big\":8000000000,\"answered\":9000000000,"
		   "\"df_overridden\":10000000000}]\n",
		   shown(line, "sa show keys", add_sa, &out)), "sa show, JSON");
	out_begin(&out);
	out.json = out.pretty = true;
	point(is_json(shown(line, "sa show", add_sa, &out)), "sa show, pretty JSON");
	out_begin(&out);
	point(begins("out name berlin src 192.0.2.1 dst 192.0.2.2 spi 0x00000100 reqid 1\n"
		     "    comment 'Z\303\274rich \"2\"'\n    aead ",
		     shown(NAMED, "sa show", NULL, &out)), "sa show, text: what people call it");
	out_begin(&out);
	out.json = true;
	point(begins("[{\"dir\":\"out\",\"name\":\"berlin\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\","
		     "\"spi\":\"0x00000100\",\"reqid\":1,\"comment\":\"Z\303\274rich \\\"2\\\"\",",
		     shown(NAMED, "sa show", NULL, &out)), "sa show, JSON: what people call it");
	out_begin(&out);
	out.stats = true;
	point(strstr(shown(line, "sa show", add_sa, &out),
		     "    packets 1000000000 bytes 1.9 GiB replay 3000000000 ") != NULL,
	      "sa show, statistics");
	out_begin(&out);
	out.colour = true;
	point(strstr(shown(line, "sa show", add_sa, &out), "\033[35m192.0.2.1\033[0m") != NULL,
	      "sa show, colours");
}

/* The peer is behind a NAT: SAs of both families, and what their events say. */
static void add_peer4(struct nlmsghdr *nlh)
{
	mnl_attr_put(nlh, ESPGW_SA_A_PEER, 4, "\xc6\x33\x64\xfe");
	mnl_attr_put_u16(nlh, ESPGW_SA_A_PEER_PORT, htons(61000));
}

static void add_peer6(struct nlmsghdr *nlh)
{
	mnl_attr_put(nlh, ESPGW_SA_A_PEER, 16, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05");
	mnl_attr_put_u16(nlh, ESPGW_SA_A_PEER_PORT, htons(4501));
}

static void test_show_peer(void)
{
	static const char line[] = SA_OUT "aead aes-gcm 0x" K20 " 128 encap espinudp 4500 4501 "
		"keepalive 20";
	static const char line6[] = "sa add dir out src 2001:db8::1 dst 2001:db8::2 spi 256 "
		"aead aes-gcm 0x" K20 " 128 encap espinudp 4500 4500 keepalive 0";
	struct espgw_out out;
	char *text = NULL;
	struct espgw_sa sa = {
		.number = {
			1ULL << ESPGW_SA_A_PEER | 1ULL << ESPGW_SA_A_PEER_PORT |
			1ULL << ESPGW_SA_A_DIR | 1ULL << ESPGW_SA_A_SRC |
			1ULL << ESPGW_SA_A_DST | 1ULL << ESPGW_SA_A_SPI |
			1ULL << ESPGW_SA_A_AEAD | 1ULL << ESPGW_SA_A_ICV_BITS |
			1ULL << ESPGW_SA_A_ENCAP_SPORT,
			[ESPGW_SA_A_DIR] = ESPGW_DIR_OUT, [ESPGW_SA_A_SPI] = 256,
			[ESPGW_SA_A_ICV_BITS] = 128, [ESPGW_SA_A_ENCAP_SPORT] = 4500,
			[ESPGW_SA_A_ENCAP_DPORT] = 4501, [ESPGW_SA_A_PEER_PORT] = 61000,
		},
		.aead = "x",
	};
	size_t len;
	FILE *to;

	out_begin(&out);
	point(strstr(shown(line, "sa show", NULL, &out),
		     "\n    encap espinudp 4500 4501 keepalive 20s\n") != NULL,
	      "sa show, text: keepalive");
	out_begin(&out);
	point(strstr(shown(line, "sa show", add_peer4, &out),
		     " keepalive 20s peer 198.51.100.254 port 61000\n") != NULL,
	      "sa show, text: where the peer is");
	out_begin(&out);
	out.json = true;
	point(strstr(shown(line, "sa show", add_peer4, &out),
		     "\"encap_sport\":4500,\"encap_dport\":4501,\"keepalive_s\":20,"
		     "\"peer\":\"198.51.100.254\",\"peer_port\":61000}") != NULL,
	      "sa show, JSON: where the peer is");
	out_begin(&out);
	point(strstr(shown(line6, "sa show", add_peer6, &out),
		     " encap espinudp 4500 4500 peer 2001:db8::5 port 4501\n") != NULL,
	      "sa show, text: where an IPv6 peer is, and no keepalive");
	espgw_set(&sa, ESPGW_SA_A_EVENT, ESPGW_SA_EVENT_MAPPING);
	point(same("mapping", espgw_object_choice(&espgw_sa_object, &sa, ESPGW_SA_A_EVENT)->word),
	      "monitor sa: the word for a new mapping");

	/* It was learned, so it is not configuration. */
	espgw_addr_parse("192.0.2.1", &sa.src);
	espgw_addr_parse("192.0.2.2", &sa.dst);
	espgw_addr_parse("192.0.2.3", &sa.peer);
	to = open_memstream(&text, &len);
	espgw_object_save(to, &espgw_sa_object, &sa);
	fclose(to);
	point(same("sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 0x00000100 aead x 0x 128 "
		   "encap espinudp 4500 4501\n", text), "save: not where the peer is");
	free(text);
}

static void test_filter(void)
{
	static const struct {
		const char *words;
		bool found;
	} filters[] = {
		{ "", true },
		{ "dir out", true },
		{ "dir in", false },
		{ "src 192.0.2.1", true },
		{ "src 192.0.2.2", false },
		{ "dst 192.0.2.2", true },
		{ "dst ::1", false },
		{ "dst 192.0.2.0/24", true },
		{ "dst 192.0.2.2/31", true },
		{ "dst 192.0.2.0/31", false },
		{ "dst 0.0.0.0/0", true },
		{ "dst ::/0", false },
		{ "dst any src any", true },
		{ "state valid", false }, /* nobody said so */
		{ "spi 256", true },
		{ "spi 257", false },
		{ "reqid 0", false },
		{ "reqid 9", true },
		{ "dir out src 192.0.2.1 dst 192.0.2.2 spi 256 reqid 9", true },
		{ "dir out src 192.0.2.1 dst 192.0.2.2 spi 256 reqid 8", false },
		{ "name berlin", true },
		{ "name berlin-2", false },
		{ "name Berlin", false },
	};
	struct espgw_out out;
	unsigned int i;
	char line[128];

	for (i = 0; i < MNL_ARRAY_SIZE(filters); i++) {
		const char *text;

		snprintf(line, sizeof(line), "sa show %s", filters[i].words);
		out_begin(&out);
		out.json = true;
		text = shown(SA_OUT GCM "reqid 9 name berlin", line, NULL, &out);
		point(is_json(text) && !strcmp(text, "[]\n") == !filters[i].found,
		      "%s: %s", line, filters[i].found ? "shown" : "not shown");
	}
}

/* Which of two policies is asked first, as the module has it. */
static void test_order(void)
{
	static const struct {
		const char *first;
		const char *then;
	} pairs[] = {
		{ "prio 1 src 10.0.0.0/8 dst 10.0.0.0/8", "prio 2 src 10.0.0.1 dst 10.0.0.2" },
		{ "src 10.0.0.0/9 dst 10.0.0.0/8", "src 10.0.0.0/8 dst 10.0.0.0/8 proto tcp" },
		{ "src 10.0.0.0/9 dst 10.0.0.0/8", "src 0.0.0.0/0 dst 10.0.0.0/16" },
		{ "src 10.0.0.0/8 dst any proto tcp", "src 10.0.0.0/8 dst any dscp 1" },
		{ "src 10.0.0.0/8 dst any proto tcp dport 80", "src 10.0.0.0/8 dst any proto tcp dport 80-81" },
		{ "src any dst 10.0.0.0/8 proto tcp dport 0-65535", "src any dst 10.0.0.0/8 proto tcp dscp 1" },
		{ "src any dst 10.0.0.0/8 dscp 1", "src any dst 10.0.0.0/8 mark 1" },
		{ "src any dst 10.0.0.0/8 mark 1", "src any dst 10.0.0.0/8" },
	};
	struct espgw_request first, then;
	unsigned int i;
	char line[128];

	for (i = 0; i < MNL_ARRAY_SIZE(pairs); i++) {
		snprintf(line, sizeof(line), "policy add %s action bypass", pairs[i].first);
		if (parse_line(line, &first))
			abort();
		snprintf(line, sizeof(line), "policy add %s action bypass", pairs[i].then);
		if (parse_line(line, &then))
			abort();
		point(espgw_policy_object.compare(&first.obj, &then.obj) < 0 &&
			      espgw_policy_object.compare(&then.obj, &first.obj) > 0 &&
			      !espgw_policy_object.compare(&then.obj, &then.obj),
		      "policy %s, then %s", pairs[i].first, pairs[i].then);
	}
}

static void test_numbers(void)
{
	static const struct {
		const struct espgw_unit *units;
		const char *text;
		uint64_t value;
	} numbers[] = {
		{ espgw_units_bytes, "10G", 10ULL << 30 },   { espgw_units_bytes, "1GiB", 1 << 30 },
		{ espgw_units_bytes, "1G512M", 3ULL << 29 }, { espgw_units_bytes, "100", 100 },
		{ espgw_units_bytes, "0x10", 16 },	     { espgw_units_bytes, "7B", 7 },
		{ espgw_units_count, "3G", 3000000000 },     { espgw_units_count, "1k", 1000 },
		{ espgw_units_time, "1h", 3600 },	     { espgw_units_time, "1h30m", 5400 },
		{ espgw_units_time, "3d4h", 273600 },	     { espgw_units_time, "1w", 604800 },
		{ espgw_units_time, "0s", 0 },
	};
	uint64_t value;
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(numbers); i++)
		point(!espgw_number_parse_units(numbers[i].text, numbers[i].units, &value) &&
			      value == numbers[i].value,
		      "number: %s", numbers[i].text);
}

static char *offered(char *line)
{
	char *word[ESPGW_WORDS_MAX], *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	espgw_complete_next(to, word, espgw_words_split(line, word));
	fclose(to);
	return text;
}

/* What is offered behind a command, the parser knows there. */
static void offered_is_known(const struct espgw_verb *verb, void *data)
{
	char line[128], *text, *rest, *word;
	unsigned int count = 0;
	bool ok = true;

	(void)data;
	/* Its words have an order. */
	if (!strcmp(verb->object, "once"))
		return;
	snprintf(line, sizeof(line), "%s %s", verb->object, verb->verb ? verb->verb : "");
	rest = text = offered(line);
	while ((word = strsep(&rest, "\n")) && *word) {
		struct espgw_request req;
		const char *errors;

		snprintf(line, sizeof(line), "%s %s %s", verb->object,
			 verb->verb ? verb->verb : "", word);
		say_begin();
		parse_line(line, &req);
		errors = say_end();
		count++;
		if (!strstr(errors, "unknown") && !strstr(errors, "does not go"))
			continue;
		printf("# %s: %s", line, errors);
		ok = false;
	}
	free(text);
	point(ok, "completion: %s %s: %u words", verb->object, verb->verb ? verb->verb : "", count);
}

static void test_complete(void)
{
	static const struct {
		const char *line;
		const char *words;
	} lines[] = {
		{ "-o", "metrics\nwireshark\n" },
		{ "help sa", "add\nreplace\nset\ndel\nget\nshow\nflush\n" },
		{ "sa add aead", "aes-gcm\nchacha20-poly1305\n" },
		{ "sa add enc aes-cbc", "" },
		{ "sa add limit", "soft\nhard\n" },
		{ "sa add limit hard", "bytes\npackets\nseconds\n" },
		{ "sa add limit hard bytes", "" },
		{ "sa add encap", "espinudp\n" },
		{ "sa add dir", "in\nout\n" },
		{ "sa set ttl", "copy\ninherit\n" },
		{ "sa flush state", "valid\nexpiring\ndead\n" },
		{ "guard off", "" },
		{ "stats reset", "" },
		{ "status", "-w\n" },
		{ "apply", "--check\n" },
		{ "restore", "" },
		{ "once", "boot\nnetns\ngeneration\nsent\n" },
		{ "sa get dst dst spi 256 dir in", "keys\n" },
		{ "nonsense", "" },
	};
	unsigned int i;
	char line[128];

	for (i = 0; i < MNL_ARRAY_SIZE(lines); i++) {
		char *text = offered(strcpy(line, lines[i].line));

		point(same(lines[i].words, text), "completion behind \"%s\"", lines[i].line);
		free(text);
	}
	espgw_verb_each(offered_is_known, NULL);
}

static void add_policy(struct nlmsghdr *nlh)
{
	mnl_attr_put_strz(nlh, ESPGW_POLICY_A_IFNAME, "l\"o\\\033");
	mnl_attr_put_u32(nlh, ESPGW_POLICY_A_IFINDEX, 1);
	mnl_attr_put_u64(nlh, ESPGW_POLICY_A_PACKETS, 12);
	mnl_attr_put_u64(nlh, ESPGW_POLICY_A_BYTES, 1023);
}

static void test_show_policy(void)
{
	static const char line[] = "policy add prio 5 dev lo src 10.0.0.0/8 dst any proto tcp "
		"dport 80-90 sport 7 dscp 46 action protect reqid 3 src ::1 dst ::2";
	struct espgw_out out;

	out_begin(&out);
	point(same("prio 5 dev l\"o\\? src 10.0.0.0/8 dst 0.0.0.0/0 proto tcp sport 7 dport 80-90 "
		   "dscp 46\n    action protect reqid 3 src ::1 dst ::2\n",
		   shown(line, "policy show", add_policy, &out)), "policy show, text");
	out_begin(&out);
	out.json = true;
	point(same("[{\"prio\":5,\"dev\":\"l\\\"o\\\\\\u001b\",\"ifindex\":1,"
		   "\"src\":\"10.0.0.0/8\",\"dst\":\"0.0.0.0/0\",\"proto\":6,\"sport_min\":7,"
		   "\"sport_max\":7,\"dport_min\":80,\"dport_max\":90,\"dscp\":46,"
		   "\"action\":\"protect\",\"reqid\":3,\"tunnel_src\":\"::1\","
		   "\"tunnel_dst\":\"::2\",\"packets\":12,\"bytes\":1023}]\n",
		   shown(line, "policy show", add_policy, &out)), "policy show, JSON");
	out_begin(&out);
	out.json = true;
	point(same("[]\n", shown(line, "policy show prio 4", add_policy, &out)),
	      "policy show prio: another is not shown");
	out_begin(&out);
	out.json = true;
	point(strlen(shown(line, "policy get prio 0 src any dst ::/0", add_policy, &out)) > 3,
	      "policy get: what the kernel found is shown");
}

static void add_pmtu(struct nlmsghdr *nlh)
{
	static const uint8_t src[] = { 192, 0, 2, 1 };

	mnl_attr_put(nlh, ESPGW_PMTU_A_SRC, 4, src);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_REQID, 1);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_PMTU, 1400);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_INNER_MTU, 1346);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_SOURCE, ESPGW_PMTU_ICMP);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_EXPIRES_S, 588);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_LEARNED_S, 12);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_LOCKED, 1);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_FLOOR, 576);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_CAP, 1450);
	mnl_attr_put_u64(nlh, ESPGW_PMTU_A_ACCEPTED, 1);
	mnl_attr_put_u64(nlh, ESPGW_PMTU_A_REJECTED, 2);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_PROBE_STATE, ESPGW_PROBING_OFF);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_LOWERED_BY, ESPGW_PMTU_ICMP);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_LOWERED_S, 12);
}

static void add_pmtu_named(struct nlmsghdr *nlh)
{
	add_pmtu(nlh);
	mnl_attr_put_strz(nlh, ESPGW_PMTU_A_NAME, "berlin");
}

static void add_pmtu_probe(struct nlmsghdr *nlh)
{
	static const uint8_t src[] = { 192, 0, 2, 1 }, echo[] = { 10, 2, 0, 1 };

	mnl_attr_put(nlh, ESPGW_PMTU_A_SRC, 4, src);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_REQID, 1);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_PMTU, 1400);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_INNER_MTU, 1346);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_SOURCE, ESPGW_PMTU_PROBE);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_LOCKED, 0);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_FLOOR, 576);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_CAP, 0);
	mnl_attr_put_u64(nlh, ESPGW_PMTU_A_ACCEPTED, 0);
	mnl_attr_put_u64(nlh, ESPGW_PMTU_A_REJECTED, 0);
	mnl_attr_put(nlh, ESPGW_PMTU_A_ECHO, 4, echo);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_PROBE_STATE, ESPGW_PROBING_SEARCHING);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_PROBE_SIZE, 1460);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_PROBE_CONFIRMED, 1400);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_PROBE_FAILED, 1492);
	mnl_attr_put_u64(nlh, ESPGW_PMTU_A_PROBES_SENT, 5);
	mnl_attr_put_u64(nlh, ESPGW_PMTU_A_PROBES_ANSWERED, 1);
	mnl_attr_put_u64(nlh, ESPGW_PMTU_A_PROBES_LOST, 3);
	mnl_attr_put_u64(nlh, ESPGW_PMTU_A_BLACK_HOLES, 2);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_RAISED_BY, ESPGW_PMTU_PROBE);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_RAISED_S, 61);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_LOWERED_BY, ESPGW_PMTU_MSS);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_LOWERED_S, 2);
}

static void add_pmtu_plain(struct nlmsghdr *nlh)
{
	static const uint8_t src[] = { 192, 0, 2, 1 };

	mnl_attr_put(nlh, ESPGW_PMTU_A_SRC, 4, src);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_REQID, 1);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_PMTU, 1500);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_INNER_MTU, 1446);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_SOURCE, ESPGW_PMTU_DEVICE);
	mnl_attr_put_u8(nlh, ESPGW_PMTU_A_LOCKED, 0);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_FLOOR, 576);
	mnl_attr_put_u32(nlh, ESPGW_PMTU_A_CAP, 0);
	mnl_attr_put_u64(nlh, ESPGW_PMTU_A_ACCEPTED, 0);
	mnl_attr_put_u64(nlh, ESPGW_PMTU_A_REJECTED, 0);
}

static void test_show_pmtu(void)
{
	static const char line[] = "pmtu del spi 256 dst 192.0.2.2";
	struct espgw_out out;

	out_begin(&out);
	point(same("spi 0x00000100 dst 192.0.2.2 src 192.0.2.1 reqid 1\n"
		   "    pmtu 1400 bytes inner-mtu 1346 bytes source icmp expires in 9m48s "
		   "learned 12s ago locked\n"
		   "    floor 576 bytes cap 1450 bytes accepted 1 rejected 2 "
		   "lowered by icmp 12s ago\n",
		   shown(line, "pmtu show", add_pmtu, &out)), "pmtu show, text");
	out_begin(&out);
	out.json = true;
	point(same("[{\"name\":null,\"spi\":\"0x00000100\",\"dst\":\"192.0.2.2\",\"src\":\"192.0.2.1\","
		   "\"reqid\":1,\"pmtu\":1400,\"inner_mtu\":1346,\"source\":\"icmp\","
		   "\"expires_s\":588,\"learned_s\":12,\"locked\":true,\"floor\":576,\"cap\":1450,"
		   "\"accepted\":1,\"rejected\":2,\"raised_by\":null,\"raised_s\":null,"
		   "\"lowered_by\":\"icmp\",\"lowered_s\":12,\"probe_state\":\"off\",\"echo\":null,"
		   "\"probe_size\":null,\"probe_confirmed\":null,\"probe_failed\":null,"
		   "\"probes_sent\":0,\"probes_answered\":0,\"probes_lost\":0,\"black_holes\":0}]\n",
		   shown(line, "pmtu show", add_pmtu, &out)), "pmtu show, JSON");
	out_begin(&out);
	out.json = true;
	point(same("[{\"name\":null,\"spi\":\"0x00000100\",\"dst\":\"192.0.2.2\",\"src\":\"192.0.2.1\","
		   "\"reqid\":1,\"pmtu\":1500,\"inner_mtu\":1446,\"source\":\"device\","
		   "\"expires_s\":null,\"learned_s\":null,\"locked\":false,\"floor\":576,"
		   "\"cap\":null,\"accepted\":0,\"rejected\":0,\"raised_by\":null,"
		   "\"raised_s\":null,\"lowered_by\":null,\"lowered_s\":null,"
		   "\"probe_state\":\"off\",\"echo\":null,\"probe_size\":null,"
		   "\"probe_confirmed\":null,\"probe_failed\":null,\"probes_sent\":0,"
		   "\"probes_answered\":0,\"probes_lost\":0,\"black_holes\":0}]\n",
		   shown(line, "pmtu show", add_pmtu_plain, &out)),
	      "pmtu show, JSON: the keys are always there");
	out_begin(&out);
	point(same("spi 0x00000100 dst 192.0.2.2 src 192.0.2.1 reqid 1\n"
		   "    pmtu 1400 bytes inner-mtu 1346 bytes source probe\n"
		   "    floor 576 bytes cap none accepted 0 rejected 0 raised by probe 1m1s ago "
		   "lowered by mss 2s ago\n"
		   "    probe searching echo 10.2.0.1 size 1460 bytes confirmed 1400 bytes "
		   "failed 1492 bytes sent 5 answered 1 lost 3 black-holes 2\n",
		   shown(line, "pmtu show", add_pmtu_probe, &out)), "pmtu show, text, probes");
	out_begin(&out);
	out.json = true;
	point(same("[{\"name\":null,\"spi\":\"0x00000100\",\"dst\":\"192.0.2.2\",\"src\":\"192.0.2.1\","
		   "\"reqid\":1,\"pmtu\":1400,\"inner_mtu\":1346,\"source\":\"probe\","
		   "\"expires_s\":null,\"learned_s\":null,\"locked\":false,\"floor\":576,"
		   "\"cap\":null,\"accepted\":0,\"rejected\":0,\"raised_by\":\"probe\","
		   "\"raised_s\":61,\"lowered_by\":\"mss\",\"lowered_s\":2,"
		   "\"probe_state\":\"searching\",\"echo\":\"10.2.0.1\",\"probe_size\":1460,"
		   "\"probe_confirmed\":1400,\"probe_failed\":1492,\"probes_sent\":5,"
		   "\"probes_answered\":1,\"probes_lost\":3,\"black_holes\":2}]\n",
		   shown(line, "pmtu show", add_pmtu_probe, &out)), "pmtu show, JSON, probes");
	out_begin(&out);
	point(begins("name berlin spi 0x00000100 dst 192.0.2.2 src 192.0.2.1 reqid 1\n    pmtu ",
		     shown(line, "pmtu show", add_pmtu_named, &out)), "pmtu show, text: what people call the SA");
	out_begin(&out);
	out.json = true;
	point(begins("[{\"name\":\"berlin\",\"spi\":\"0x00000100\",\"dst\":\"192.0.2.2\",",
		     shown(line, "pmtu show", add_pmtu_named, &out)), "pmtu show, JSON: what people call the SA");
	out_begin(&out);
	point(begins("name berlin ", shown(line, "pmtu show name berlin", add_pmtu_named, &out)),
	      "pmtu show name: the one that is called so");
	out_begin(&out);
	point(same("", shown(line, "pmtu show name paris", add_pmtu_named, &out)),
	      "pmtu show name: not one that is not");
}

static void add_dev(struct nlmsghdr *nlh)
{
	mnl_attr_put_u32(nlh, ESPGW_DEV_A_IFINDEX, 1);
	mnl_attr_put_u32(nlh, ESPGW_DEV_A_DEV_MTU, 65536);
	mnl_attr_put_u8(nlh, ESPGW_DEV_A_STATE, ESPGW_DEV_STATE_ATTACHED);
}

static void add_dev_waiting(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_DEV_A_STATE, ESPGW_DEV_STATE_WAITING);
}

static void add_dev_by_pattern(struct nlmsghdr *nlh)
{
	add_dev(nlh);
	mnl_attr_put_strz(nlh, ESPGW_DEV_A_PATTERN, "ppp*");
}

static void test_show_dev(void)
{
	struct espgw_out out;

	out_begin(&out);
	point(same("dev lo attached mtu 65536 bytes\n    frag off icmp-answer off\n",
		   shown("dev attach lo frag off icmp-answer off", "dev show", add_dev, &out)),
	      "dev show, text");
	out_begin(&out);
	point(same("dev ppp0 waiting\n",
		   shown("dev attach ppp0", "dev show", add_dev_waiting, &out)),
	      "dev show, text: it is not there");
	out_begin(&out);
	point(same("dev ppp0 attached by ppp* mtu 65536 bytes\n",
		   shown("dev attach ppp0", "dev show", add_dev_by_pattern, &out)),
	      "dev show, text: by a pattern");
	out_begin(&out);
	out.json = true;
	point(same("[{\"dev\":\"ppp0\",\"ifindex\":1,\"state\":\"attached\","
		   "\"pattern\":\"ppp*\",\"dev_mtu\":65536}]\n",
		   shown("dev attach ppp0", "dev show", add_dev_by_pattern, &out)),
	      "dev show, JSON: by a pattern");
	out_begin(&out);
	out.json = true;
	point(same("[{\"dev\":\"lo\",\"ifindex\":1,\"state\":\"attached\","
		   "\"dev_mtu\":65536,\"frag\":\"off\","
		   "\"icmp_answer\":false}]\n",
		   shown("dev attach lo frag off icmp-answer off", "dev show", add_dev, &out)),
	      "dev show, JSON");
	out_begin(&out);
	point(same("default\n    df set frag before mss auto probe off\n",
		   shown("default set df set frag before mss auto probe off", "default show", NULL,
			 &out)),
	      "default show, text");
}

static void add_guard(struct nlmsghdr *nlh)
{
	mnl_attr_put_u32(nlh, ESPGW_GUARD_A_DEVICES, 5);
}

static void test_show_guard(void)
{
	struct espgw_out out;

	out_begin(&out);
	point(same("guard on devices 5\n", shown("guard on", "guard show", add_guard, &out)),
	      "guard show, text");
	out_begin(&out);
	out.json = true;
	point(same("[{\"guard\":false,\"devices\":5}]\n",
		   shown("guard off", "guard show", add_guard, &out)), "guard show, JSON");
}

static void add_owner(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_SA_A_STATE, ESPGW_SA_VALID);
	mnl_attr_put_u8(nlh, ESPGW_SA_A_OWNER, ESPGW_OWNER_XFRM);
}

static void add_hand(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_SA_A_STATE, ESPGW_SA_VALID);
	mnl_attr_put_u8(nlh, ESPGW_SA_A_OWNER, ESPGW_OWNER_HAND);
}

static void add_policy_owner(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_POLICY_A_OWNER, ESPGW_OWNER_XFRM);
	mnl_attr_put_u32(nlh, ESPGW_POLICY_A_SPI, htonl(0xc0ffee01));
}

static void test_show_owner(void)
{
	static const char sa[] = SA_OUT "reqid 1 " GCM;
	static const char policy[] = "policy add prio 5 src 10.0.0.0/8 dst any action protect "
		"reqid 3 src ::1 dst ::2";
	struct espgw_out out;

	out_begin(&out);
	point(begins("out src 192.0.2.1 dst 192.0.2.2 spi 0x00000100 reqid 1 owner xfrm state "
		     "valid\n", shown(sa, "sa show", add_owner, &out)), "sa show, text: xfrm's");
	out_begin(&out);
	out.json = true;
	point(strstr(shown(sa, "sa get dst 192.0.2.2 spi 256", add_owner, &out),
		     ",\"reqid\":1,\"owner\":\"xfrm\",\"state\":\"valid\",") != NULL,
	      "sa get, JSON: xfrm's");
	out_begin(&out);
	out.json = true;
	point(strstr(shown(sa, "sa show", add_hand, &out), "\"reqid\":1,\"state\":\"valid\",") != NULL,
	      "sa show, JSON: one that is made by hand has no owner");
	out_begin(&out);
	point(same("prio 5 src 10.0.0.0/8 dst 0.0.0.0/0 owner xfrm\n"
		   "    action protect reqid 3 src ::1 dst ::2 spi 0xc0ffee01\n",
		   shown(policy, "policy show", add_policy_owner, &out)),
	      "policy show, text: xfrm's, with an SPI");
	out_begin(&out);
	out.json = true;
	point(same("[{\"prio\":5,\"src\":\"10.0.0.0/8\",\"dst\":\"0.0.0.0/0\","
		   "\"owner\":\"xfrm\",\"action\":\"protect\",\"reqid\":3,"
		   "\"tunnel_src\":\"::1\",\"tunnel_dst\":\"::2\",\"spi\":\"0xc0ffee01\"}]\n",
		   shown(policy, "policy get src any dst ::/0", add_policy_owner, &out)),
	      "policy get, JSON: xfrm's, with an SPI");
}

/* -- what is adopted */

static void add_xfrm(struct nlmsghdr *nlh)
{
	mnl_attr_put_u32(nlh, ESPGW_XFRM_A_SAS, 4);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_A_POLICIES, 2);
}

/* Off, the kernel says 0 where nothing was asked for. */
static void add_xfrm_off(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_XFRM_A_MODE, ESPGW_XFRM_MODE_ANY);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_A_IF_ID, 0);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_A_SAS, 0);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_A_POLICIES, 0);
}

static void test_show_xfrm(void)
{
	static const struct {
		const char *line;
		void (*add)(struct nlmsghdr *nlh);
		const char *text;
		const char *json;
	} settings[] = {
		{ "xfrm on mode any", add_xfrm, "xfrm on mode any sas 4 policies 2\n",
		  "[{\"xfrm\":true,\"mode\":\"any\",\"sas\":4,\"policies\":2}]\n" },
		{ "xfrm on mode interface if-id 0x2a", add_xfrm,
		  "xfrm on mode interface if-id 42 sas 4 policies 2\n",
		  "[{\"xfrm\":true,\"mode\":\"interface\",\"if_id\":42,\"sas\":4,"
		  "\"policies\":2}]\n" },
		{ "xfrm off", add_xfrm_off, "xfrm off mode any sas 0 policies 0\n",
		  "[{\"xfrm\":false,\"mode\":\"any\",\"sas\":0,\"policies\":0}]\n" },
		{ "xfrm on default mode policy", NULL, "xfrm on default mode policy\n",
		  "[{\"xfrm\":true,\"default\":true,\"mode\":\"policy\"}]\n" },
	};
	struct espgw_out out;
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(settings); i++) {
		out_begin(&out);
		point(same(settings[i].text,
			   shown(settings[i].line, "xfrm show", settings[i].add, &out)),
		      "xfrm show, text: %s", settings[i].line);
		out_begin(&out);
		out.json = true;
		/* The setting is shown whichever rows are asked for. */
		point(same(settings[i].json, shown(settings[i].line, "xfrm show if-id 7",
						   settings[i].add, &out)),
		      "xfrm show, JSON: %s", settings[i].line);
	}
}

/*
 * A row of what is shown below the setting, in a line that ends with @show_line: a
 * connection, or a state or policy.
 */
static const char *xfrm_below(bool conn, const char *show_line, bool json,
			      void (*add)(struct nlmsghdr *nlh))
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct espgw_request show;
	struct nlmsghdr *nlh;
	struct espgw_out out;

	say_begin();
	if (parse_line(show_line, &show))
		return say_end();
	say_end();
	show.verb = conn ? show.verb->then->then : show.verb->then;
	nlh = espgw_nl_start(buf, show.verb->cmd, 0);
	add(nlh);
	out_begin(&out);
	out.json = json;
	if (espgw_verb_show(&out, nlh, &show)) {
		out_end(&out);
		return "malformed";
	}
	return out_end(&out);
}

static const char *xfrm_row(const char *show_line, bool json, void (*add)(struct nlmsghdr *nlh))
{
	return xfrm_below(false, show_line, json, add);
}

static uint8_t xfrm_reason;

static void add_xfrm_state(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_XFRM_ROW_A_KIND, ESPGW_XFRM_KIND_STATE);
	mnl_attr_put_u8(nlh, ESPGW_XFRM_ROW_A_REASON, xfrm_reason);
	mnl_attr_put(nlh, ESPGW_XFRM_ROW_A_SRC, 4, "\xc0\x00\x02\x01");
	mnl_attr_put(nlh, ESPGW_XFRM_ROW_A_DST, 4, "\xc0\x00\x02\x02");
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_SPI, htonl(0xc0ffee01));
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_REQID, 1);
}

static void add_xfrm_out(struct nlmsghdr *nlh)
{
	add_xfrm_state(nlh);
	mnl_attr_put_u8(nlh, ESPGW_XFRM_ROW_A_DIR, ESPGW_DIR_OUT);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_IF_ID, 42);
	mnl_attr_put_strz(nlh, ESPGW_XFRM_ROW_A_IFNAME, "ipsec0");
	mnl_attr_put_u64(nlh, ESPGW_XFRM_ROW_A_SEQ, 12345);
	mnl_attr_put_u64(nlh, ESPGW_XFRM_ROW_A_LEASE, 12350);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_DELAY_US, 3849);
	/* from a newer module: not known, so not shown */
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_MAX + 1, 1);
}

static void add_xfrm_in(struct nlmsghdr *nlh)
{
	add_xfrm_state(nlh);
	mnl_attr_put_u8(nlh, ESPGW_XFRM_ROW_A_DIR, ESPGW_DIR_IN);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_DELAY_US, 812);
}

static void add_xfrm_policy(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_XFRM_ROW_A_KIND, ESPGW_XFRM_KIND_POLICY);
	mnl_attr_put_u8(nlh, ESPGW_XFRM_ROW_A_REASON, xfrm_reason);
	mnl_attr_put(nlh, ESPGW_XFRM_ROW_A_SRC, 4, "\x0a\x01\x00\x00");
	mnl_attr_put_u8(nlh, ESPGW_XFRM_ROW_A_SRC_LEN, 16);
	mnl_attr_put(nlh, ESPGW_XFRM_ROW_A_DST, 4, "\0\0\0\0");
	mnl_attr_put_u8(nlh, ESPGW_XFRM_ROW_A_DST_LEN, 0);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_PRIO, 399999);
}

static void add_xfrm_protect(struct nlmsghdr *nlh)
{
	add_xfrm_policy(nlh);
	mnl_attr_put_u8(nlh, ESPGW_XFRM_ROW_A_ACTION, ESPGW_ACTION_PROTECT);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_SPI, htonl(0xc0ffee01));
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_REQID, 1);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_IF_ID, 42);
	mnl_attr_put_strz(nlh, ESPGW_XFRM_ROW_A_IFNAME, "ipsec0");
	mnl_attr_put_u32(nlh, ESPGW_XFRM_ROW_A_DELAY_US, 1250000);
}

static void add_xfrm_bypass(struct nlmsghdr *nlh)
{
	add_xfrm_policy(nlh);
	mnl_attr_put_u8(nlh, ESPGW_XFRM_ROW_A_ACTION, ESPGW_ACTION_BYPASS);
}

static void add_xfrm_bad(struct nlmsghdr *nlh)
{
	mnl_attr_put_strz(nlh, ESPGW_XFRM_ROW_A_IFNAME, "a-name-that-is-far-too-long");
}

static void test_show_xfrm_rows(void)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct espgw_request show;

	say_begin();
	parse_line("xfrm show mode interface if-id 42", &show);
	say_end();
	show.verb = show.verb->then;
	point(same("XFRM_ROW_GET dump", message_text(espgw_verb_encode(&show, buf), NULL)),
	      "xfrm show: the rows are asked for next, all of them");
	show.verb = show.verb->then;
	point(same("XFRM_CONN_GET dump", message_text(espgw_verb_encode(&show, buf), NULL)) &&
		      !show.verb->then,
	      "xfrm show: and then what is remembered");

	xfrm_reason = ESPGW_XFRM_REASON_NONE;
	point(same("state out src 192.0.2.1 dst 192.0.2.2 spi 0xc0ffee01 reqid 1 if-id 42 dev ipsec0 "
		   "adopted seq 12345 lease 12350 delay 3.8ms\n",
		   xfrm_row("xfrm show", false, add_xfrm_out)), "xfrm show, text: a state");
	point(same("[{\"kind\":\"state\",\"dir\":\"out\",\"src\":\"192.0.2.1\","
		   "\"dst\":\"192.0.2.2\",\"spi\":\"0xc0ffee01\",\"reqid\":1,\"if_id\":42,"
		   "\"dev\":\"ipsec0\",\"adopted\":true,\"seq\":12345,\"lease\":12350,"
		   "\"delay_us\":3849}]\n",
		   xfrm_row("xfrm show", true, add_xfrm_out)), "xfrm show, JSON: a state");
	point(same("state in src 192.0.2.1 dst 192.0.2.2 spi 0xc0ffee01 reqid 1 adopted delay 812us\n",
		   xfrm_row("xfrm show", false, add_xfrm_in)),
	      "xfrm show, text: a state without an interface");
	point(same("policy prio 399999 src 10.1.0.0/16 dst 0.0.0.0/0 protect spi 0xc0ffee01 reqid 1 "
		   "if-id 42 dev ipsec0 adopted delay 1.2s\n",
		   xfrm_row("xfrm show", false, add_xfrm_protect)), "xfrm show, text: a policy");
	point(same("[{\"kind\":\"policy\",\"prio\":399999,\"src\":\"10.1.0.0/16\","
		   "\"dst\":\"0.0.0.0/0\",\"action\":\"protect\",\"spi\":\"0xc0ffee01\","
		   "\"reqid\":1,\"if_id\":42,\"dev\":\"ipsec0\",\"adopted\":true,"
		   "\"delay_us\":1250000}]\n",
		   xfrm_row("xfrm show", true, add_xfrm_protect)), "xfrm show, JSON: a policy");
	point(same("policy prio 399999 src 10.1.0.0/16 dst 0.0.0.0/0 bypass adopted\n",
		   xfrm_row("xfrm show", false, add_xfrm_bypass)),
	      "xfrm show, text: a policy that protects nothing");
	point(same("malformed", xfrm_row("xfrm show", false, add_xfrm_bad)),
	      "xfrm show: a name that is too long is malformed");
}

static void add_conn(struct nlmsghdr *nlh)
{
	struct nlattr *mtu;

	mnl_attr_put_u32(nlh, ESPGW_XFRM_CONN_A_IF_ID, 42);
	mtu = mnl_attr_nest_start(nlh, ESPGW_XFRM_CONN_A_MTU);
	mnl_attr_put_u8(nlh, ESPGW_MTU_A_DF, ESPGW_DF_COPY);
	mnl_attr_nest_end(nlh, mtu);
	mnl_attr_put_strz(nlh, ESPGW_XFRM_CONN_A_NAME, "berlin");
	mnl_attr_put_strz(nlh, ESPGW_XFRM_CONN_A_COMMENT, "their admin: Anna");
}

static void add_named_conn(struct nlmsghdr *nlh)
{
	mnl_attr_put_u32(nlh, ESPGW_XFRM_CONN_A_REQID, 7);
	mnl_attr_put_strz(nlh, ESPGW_XFRM_CONN_A_NAME, "berlin");
}

static void test_show_xfrm_conns(void)
{
	point(same("connection if-id 42 name berlin\n    comment \"their admin: Anna\"\n    df copy\n",
		   xfrm_below(true, "xfrm show", false, add_conn)), "xfrm show, text: a connection");
	point(same("[{\"if_id\":42,\"name\":\"berlin\",\"comment\":\"their admin: Anna\",\"df\":\"copy\"}]\n",
		   xfrm_below(true, "xfrm show", true, add_conn)), "xfrm show, JSON: a connection");
	point(same("connection reqid 7 name berlin\n", xfrm_below(true, "xfrm show", false, add_named_conn)),
	      "xfrm show, text: a connection that has a name only");
}

/* Whatever the module may say, people are told a sentence and programs a word. */
static void test_xfrm_reasons(void)
{
	static const char text[] = "state src 192.0.2.1 dst 192.0.2.2 spi 0xc0ffee01 reqid 1 "
		"not adopted: ";
	static const char json[] = "[{\"kind\":\"state\",\"src\":\"192.0.2.1\","
		"\"dst\":\"192.0.2.2\",\"spi\":\"0xc0ffee01\",\"reqid\":1,\"adopted\":false,"
		"\"reason\":\"";
	const struct espgw_choice *reason = espgw_xfrm_reason_words + 1;
	char want[256];

	for (; reason->word; reason++) {
		const char *got;
		bool ok;

		xfrm_reason = reason->value;
		got = xfrm_row("xfrm show", false, add_xfrm_state);
		ok = begins(text, got) && strlen(got) > sizeof(text) &&
		     !strstr(got, "does not know");
		snprintf(want, sizeof(want), "%s%s\"}]\n", json, reason->word);
		point(same(want, xfrm_row("xfrm show", true, add_xfrm_state)) && ok,
		      "xfrm show: not adopted, %s", reason->word);
	}
	xfrm_reason = reason[-1].value + 1;
	snprintf(want, sizeof(want), "%sthis tool does not know the reason\n", text);
	point(same(want, xfrm_row("xfrm show", false, add_xfrm_state)),
	      "xfrm show, text: a reason of a newer module's");
	snprintf(want, sizeof(want), "%s?\"}]\n", json);
	point(same(want, xfrm_row("xfrm show", true, add_xfrm_state)),
	      "xfrm show, JSON: a reason of a newer module's");
	xfrm_reason = ESPGW_XFRM_REASON_DEVICE;
	point(same("policy prio 399999 src 10.1.0.0/16 dst 0.0.0.0/0 bypass not adopted: no xfrm "
		   "interface has its if-id; ip link add ipsec0 type xfrm dev WAN if_id N\n",
		   xfrm_row("xfrm show", false, add_xfrm_bypass)),
	      "xfrm show, text: a policy that is not adopted");
}

static void test_xfrm_filter(void)
{
	static const struct {
		const char *line;
		bool interface; /* a row with if_id 42 is shown */
		bool plain; /* one without is */
	} filters[] = {
		{ "xfrm show", true, true },
		{ "xfrm show mode any", true, true },
		{ "xfrm show mode interface", true, false },
		{ "xfrm show mode policy", false, true },
		{ "xfrm show if-id 42", true, false },
		{ "xfrm show if-id 0x2a mode interface", true, false },
		{ "xfrm show if-id 43", false, false },
		{ "xfrm show default", false, false },
	};
	unsigned int i;

	xfrm_reason = ESPGW_XFRM_REASON_NONE;
	for (i = 0; i < MNL_ARRAY_SIZE(filters); i++) {
		bool interface = *xfrm_row(filters[i].line, false, add_xfrm_out);
		bool plain = *xfrm_row(filters[i].line, false, add_xfrm_in);

		point(interface == filters[i].interface && plain == filters[i].plain,
		      "%s: the right rows", filters[i].line);
	}
}

/* A row as the kernel would answer; what it does not say is in the request. */
static void add_vfr_name(struct nlmsghdr *nlh)
{
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_IFINDEX, 1);
}

static void add_vfr_limits(struct nlmsghdr *nlh)
{
	add_vfr_name(nlh);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_MAX_REASSEMBLIES, 64);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_MAX_FRAGMENTS, 16);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_TIMEOUT_S, 3);
	mnl_attr_put_u8(nlh, ESPGW_VFR_A_DROP_FRAGMENTS, 0);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_MAX_BYTES, 1048576);
}

static void add_vfr_idle(struct nlmsghdr *nlh)
{
	add_vfr_limits(nlh);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_BY_HAND, 0);
	mnl_attr_put_u8(nlh, ESPGW_VFR_A_ENABLED, 0);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_REASSEMBLIES, 0);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_HELD, 0);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_BYTES, 0);
}

static void add_vfr_busy(struct nlmsghdr *nlh)
{
	add_vfr_limits(nlh);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_BY_HAND, 1U << 31 | 1U << ESPGW_VFR_A_MODE |
						   1U << ESPGW_VFR_A_MAX_FRAGMENTS |
						   1U << ESPGW_VFR_A_DROP_FRAGMENTS);
	mnl_attr_put_u8(nlh, ESPGW_VFR_A_ENABLED, 1);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_USERS_GRE, 1);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_USERS_PORTS, 2);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_USERS_NATT, 4294967295U);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_USERS_ESP, 3);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_REASSEMBLIES, 5);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_HELD, 6);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_BYTES, 7000);
	/* from a newer module: not known, so not shown */
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_MAX + 1, 1);
}

static void add_vfr_waste(struct nlmsghdr *nlh)
{
	add_vfr_idle(nlh);
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_USERS_PORTS, 2);
}

static void test_show_vfr(void)
{
	static const char *const filters[] = { "", "dev lo", "dir out", "dir out dev lo" };
	struct espgw_out out;
	unsigned int i;

	out_begin(&out);
	point(same("dev lo dir in disabled (auto)\n"
		   "    max-reassemblies 64 max-fragments 16 timeout 3s drop-fragments off "
		   "max-bytes 1048576\n"
		   "    reassemblies 0 held 0 fragments memory 0 bytes\n",
		   shown("vfr set dev lo dir in auto", "vfr show", add_vfr_idle, &out)),
	      "vfr show, text: nothing needs it");
	out_begin(&out);
	out.json = true;
	point(same("[{\"dev\":\"lo\",\"ifindex\":1,\"dir\":\"in\",\"mode\":\"auto\","
		   "\"enabled\":false,\"features\":[],\"max_reassemblies\":64,"
		   "\"max_fragments\":16,\"timeout_s\":3,\"drop_fragments\":false,"
		   "\"max_bytes\":1048576,\"by_hand\":[],\"reassemblies\":0,\"held\":0,"
		   "\"bytes\":0}]\n",
		   shown("vfr set dev lo dir in auto", "vfr show", add_vfr_idle, &out)),
	      "vfr show, JSON: nothing needs it");
	out_begin(&out);
	point(same("dev lo dir out enabled (by hand) features ports 2, esp 3, natt 4294967295, "
		   "gre 1\n"
		   "    max-reassemblies 64 max-fragments 16 timeout 3s drop-fragments off "
		   "max-bytes 1048576 by hand max-fragments,drop-fragments\n"
		   "    reassemblies 5 held 6 fragments memory 7000 bytes\n",
		   shown("vfr set dev lo dir out on", "vfr show", add_vfr_busy, &out)),
	      "vfr show, text: enabled by hand");
	out_begin(&out);
	out.json = true;
	point(same("[{\"dev\":\"lo\",\"ifindex\":1,\"dir\":\"out\",\"mode\":\"on\","
		   "\"enabled\":true,\"features\":[{\"feature\":\"ports\",\"users\":2},"
		   "{\"feature\":\"esp\",\"users\":3},"
		   "{\"feature\":\"natt\",\"users\":4294967295},"
		   "{\"feature\":\"gre\",\"users\":1}],\"max_reassemblies\":64,"
		   "\"max_fragments\":16,\"timeout_s\":3,\"drop_fragments\":false,"
		   "\"max_bytes\":1048576,"
		   "\"by_hand\":[\"mode\",\"max_fragments\",\"drop_fragments\"],"
		   "\"reassemblies\":5,\"held\":6,\"bytes\":7000}]\n",
		   shown("vfr set dev lo dir out on", "vfr show", add_vfr_busy, &out)),
	      "vfr show, JSON: enabled by hand");
	out_begin(&out);
	out.json = out.pretty = true;
	point(is_json(shown("vfr set dev lo dir out on", "vfr show", add_vfr_busy, &out)),
	      "vfr show, pretty JSON");
	out_begin(&out);
	out.colour = true;
	point(begins("dev \033[36mlo\033[0m dir in \033[33mdisabled (by hand)\033[0m "
		     "features ports 2\n",
		     shown("vfr set dev lo dir in off", "vfr show", add_vfr_waste, &out)),
	      "vfr show, colours: disabled by hand, though something needs it");

	for (i = 0; i < MNL_ARRAY_SIZE(filters); i++) {
		bool found = i < 2;
		char line[64];

		snprintf(line, sizeof(line), "vfr show %s", filters[i]);
		out_begin(&out);
		out.json = true;
		point(!strcmp("[]\n", shown("vfr set dev lo dir in on", line, add_vfr_busy,
					    &out)) == !found,
		      "%s: %s", line, found ? "shown" : "not shown");
	}
}

/* Another device's row is not shown, whatever the kernel sends. */
static void add_vfr_other(struct nlmsghdr *nlh)
{
	mnl_attr_put_u32(nlh, ESPGW_VFR_A_IFINDEX, 2);
	mnl_attr_put_strz(nlh, ESPGW_VFR_A_IFNAME, "lo1");
	mnl_attr_put_u8(nlh, ESPGW_VFR_A_DIR, ESPGW_DIR_IN);
}

static void add_vfr_counters(struct nlmsghdr *nlh)
{
	struct nlattr *nest;
	unsigned int i;

	add_vfr_name(nlh);
	nest = mnl_attr_nest_start(nlh, ESPGW_VFR_A_STATS);
	for (i = 1; i < ESPGW_VFR_STAT_A_PAD; i++)
		mnl_attr_put_u64(nlh, i, i == ESPGW_VFR_STAT_A_REASS_TOO_MANY_FRAGS ?
					 UINT64_MAX : i == ESPGW_VFR_STAT_A_REASS_FRAGS);
	mnl_attr_put_u64(nlh, ESPGW_VFR_STAT_A_MAX + 1, 1);
	mnl_attr_nest_end(nlh, nest);
}

static void add_vfr_bad_counter(struct nlmsghdr *nlh)
{
	struct nlattr *nest;

	add_vfr_name(nlh);
	nest = mnl_attr_nest_start(nlh, ESPGW_VFR_A_STATS);
	mnl_attr_put_u32(nlh, ESPGW_VFR_STAT_A_REASS_DROP, 1);
	mnl_attr_nest_end(nlh, nest);
}

static void add_vfr_bad_name(struct nlmsghdr *nlh)
{
	mnl_attr_put_strz(nlh, ESPGW_VFR_A_IFNAME, "sixteen-letters-");
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void test_show_vfr_stats(void)
{
	static const char line[] = "vfr set dev lo dir in on";
	struct espgw_out out;
	const char *text;

	out_begin(&out);
	point(same("dev lo dir in\n"
		   "    ReassFrags                            1  fragments looked at\n"
		   "    ReassReqds                            0  datagrams followed\n"
		   "    ReassOks                              0  of them, those that came whole\n"
		   "    ReassHeld                             0  fragments held until their first "
		   "one came\n"
		   "    ReassTooManyFrags        18446744073709551615  more than max-fragments of "
		   "a datagram\n",
		   shown(line, "vfr stats", add_vfr_counters, &out)),
	      "vfr stats, text: nothing that never went wrong");
	out_begin(&out);
	out.stats = true;
	text = shown(line, "vfr stats", add_vfr_counters, &out);
	point(count(text, "\n    Reass") == ESPGW_VFR_STAT_A_PAD - 1 &&
		      count(text, "\n") == ESPGW_VFR_STAT_A_PAD &&
		      strstr(text, "\n    ReassDrop                             0  ") &&
		      strstr(text, "\n    ReassSourceDrop                       0  ") &&
		      strstr(text, "\n    ReassBytesDrop                        0  ") &&
		      strstr(text, "\n    ReassTwoEnds                          0  ") &&
		      strstr(text, "\n    ReassNomem                            0  out of memory\n"),
	      "vfr stats -s: all counters");
	out_begin(&out);
	out.json = true;
	text = shown(line, "vfr stats dev lo", add_vfr_counters, &out);
	point(is_json(text) && count(text, ":") == ESPGW_VFR_STAT_A_PAD - 1 + 3 &&
		      begins("[{\"dev\":\"lo\",\"ifindex\":1,\"dir\":\"in\","
			     "\"reass_frags\":1,\"reass_reqds\":0,", text) &&
		      strstr(text, "\"reass_drop\":0,") &&
		      strstr(text, "\"reass_too_many_frags\":18446744073709551615,") &&
		      strstr(text, "\"reass_nomem\":0}]"),
	      "vfr stats, JSON: all counters");
	out_begin(&out);
	out.colour = true;
	text = shown(line, "vfr stats", add_vfr_counters, &out);
	point(count(text, "\033[31m") == 1 && strstr(text, "\033[31mReassTooManyFrags "),
	      "vfr stats, colours: what went wrong");
	out_begin(&out);
	out.json = true;
	point(same("[]\n", shown("stats show", "vfr stats dev lo", add_vfr_other, &out)),
	      "vfr stats dev: another is not shown");
	out_begin(&out);
	point(same("malformed", shown(line, "vfr stats", add_vfr_bad_counter, &out)),
	      "vfr stats: a counter of a wrong length is malformed");
	out_begin(&out);
	point(same("malformed", shown(line, "vfr show", add_vfr_bad_name, &out)),
	      "vfr show: a name that is too long is malformed");
}

/* -- events */

/* What "monitor" prints of an event, but for the time. */
static const char *event(uint8_t cmd, bool json, void (*add)(struct nlmsghdr *nlh))
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = espgw_nl_start(buf, cmd, 0);
	struct espgw_out out;
	const char *text, *begin;

	add(nlh);
	out_begin(&out);
	out.json = json;
	out.stream = true;
	if (espgw_monitor_event(nlh, &out)) {
		out_end(&out);
		return "malformed";
	}
	text = out_end(&out);
	if (json && !is_json(text))
		return text;
	begin = strpbrk(text, json ? "," : " ");
	return begin ? begin + 1 : text;
}

static uint8_t event_number;

static void add_vfr_event(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_VFR_A_EVENT, event_number);
	mnl_attr_put_strz(nlh, ESPGW_VFR_A_IFNAME, "lo");
	mnl_attr_put_u8(nlh, ESPGW_VFR_A_DIR, ESPGW_DIR_OUT);
	mnl_attr_put_u8(nlh, ESPGW_VFR_A_MODE, ESPGW_VFR_AUTO);
	add_vfr_idle(nlh);
}

static void add_vfr_alert(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_ALERT_A_KIND, event_number);
	mnl_attr_put(nlh, ESPGW_ALERT_A_SRC, 4, "\xc0\x00\x02\x01");
	mnl_attr_put(nlh, ESPGW_ALERT_A_DST, 4, "\xc0\x00\x02\x02");
	mnl_attr_put_strz(nlh, ESPGW_ALERT_A_IFNAME, "wan0");
	mnl_attr_put_u8(nlh, ESPGW_ALERT_A_DIR, ESPGW_DIR_IN);
}

static void add_sa_alert(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_ALERT_A_KIND, ESPGW_ALERT_REPLAY);
	mnl_attr_put_u32(nlh, ESPGW_ALERT_A_SPI, htonl(256));
	mnl_attr_put(nlh, ESPGW_ALERT_A_SRC, 4, "\xc0\x00\x02\x01");
}

static void add_drop(struct nlmsghdr *nlh)
{
	mnl_attr_put_u32(nlh, ESPGW_DROP_A_COUNTER, event_number);
	mnl_attr_put_u64(nlh, ESPGW_DROP_A_COUNT, 1ULL << 40);
}

static void add_drop_event(struct nlmsghdr *nlh)
{
	add_drop(nlh);
	mnl_attr_put_strz(nlh, ESPGW_DROP_A_IFNAME, "wan0");
	mnl_attr_put(nlh, ESPGW_DROP_A_SRC, 4, "\xc0\x00\x02\x01");
	mnl_attr_put(nlh, ESPGW_DROP_A_DST, 4, "\xc0\x00\x02\x02");
	mnl_attr_put_u8(nlh, ESPGW_DROP_A_PROTO, IPPROTO_UDP);
	mnl_attr_put_u16(nlh, ESPGW_DROP_A_SPORT, 5);
	mnl_attr_put_u16(nlh, ESPGW_DROP_A_DPORT, 53);
	mnl_attr_put_u32(nlh, ESPGW_DROP_A_LEN, 1500);
	mnl_attr_put_u8(nlh, ESPGW_DROP_A_DSCP, 0);
}

static void add_drop_esp(struct nlmsghdr *nlh)
{
	add_drop(nlh);
	mnl_attr_put(nlh, ESPGW_DROP_A_SRC, 16, "\xfd\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\2");
	mnl_attr_put(nlh, ESPGW_DROP_A_DST, 16, "\xfd\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\2");
	mnl_attr_put_u8(nlh, ESPGW_DROP_A_PROTO, IPPROTO_ESP);
	mnl_attr_put_u32(nlh, ESPGW_DROP_A_LEN, 120);
	mnl_attr_put_u8(nlh, ESPGW_DROP_A_DSCP, 46);
	mnl_attr_put_u32(nlh, ESPGW_DROP_A_SPI, htonl(256));
}

static void test_drop_events(void)
{
	event_number = ESPGW_STATS_A_DROP_OUT_NO_SA;
	point(same("drops drop_out_no_sa dev wan0 src 192.0.2.1 dst 192.0.2.2 proto udp sport 5 "
		   "dport 53 len 1500 count 1099511627776\n",
		   event(ESPGW_CMD_DROP_NTF, false, add_drop_event)),
	      "monitor drops, text");
	point(same("\"object\":\"drops\",\"reason\":\"drop_out_no_sa\",\"dev\":\"wan0\","
		   "\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"proto\":17,\"sport\":5,"
		   "\"dport\":53,\"len\":1500,\"count\":1099511627776}\n",
		   event(ESPGW_CMD_DROP_NTF, true, add_drop_event)),
	      "monitor drops, JSON");
	event_number = ESPGW_STATS_A_DROP_IN_REPLAY;
	point(same("drops drop_in_replay src fd01::2 dst fd02::2 proto esp len 120 dscp 46 "
		   "spi 0x00000100 count 1099511627776\n",
		   event(ESPGW_CMD_DROP_NTF, false, add_drop_esp)),
	      "monitor drops, text: of ESP");
	point(same("drops drop_in_replay count 1099511627776\n",
		   event(ESPGW_CMD_DROP_NTF, false, add_drop)),
	      "monitor drops, text: of what cannot be read");
	event_number = UINT8_MAX;
	point(same("drops count 1099511627776\n", event(ESPGW_CMD_DROP_NTF, false, add_drop)),
	      "monitor drops, text: for a reason that is not known");
}

static void add_dev_event(struct nlmsghdr *nlh)
{
	struct nlattr *nest;

	mnl_attr_put_u8(nlh, ESPGW_DEV_A_EVENT, event_number);
	mnl_attr_put_strz(nlh, ESPGW_DEV_A_IFNAME, "lo");
	add_dev(nlh);
	nest = mnl_attr_nest_start(nlh, ESPGW_DEV_A_MTU);
	mnl_attr_put_u8(nlh, ESPGW_MTU_A_DF, ESPGW_DF_COPY);
	mnl_attr_nest_end(nlh, nest);
}

static void add_default_event(struct nlmsghdr *nlh)
{
	struct nlattr *nest;

	mnl_attr_put_u8(nlh, ESPGW_DEFAULT_A_EVENT, ESPGW_DEV_EVENT_SET);
	nest = mnl_attr_nest_start(nlh, ESPGW_DEFAULT_A_MTU);
	mnl_attr_put_u32(nlh, ESPGW_MTU_A_MSS, 1200);
	mnl_attr_nest_end(nlh, nest);
}

static void add_xfrm_event(struct nlmsghdr *nlh)
{
	mnl_attr_put_u8(nlh, ESPGW_XFRM_A_ON, 1);
	mnl_attr_put_u8(nlh, ESPGW_XFRM_A_MODE, ESPGW_XFRM_MODE_INTERFACE);
	mnl_attr_put_u32(nlh, ESPGW_XFRM_A_IF_ID, 42);
	add_xfrm(nlh);
}

static void test_dev_events(void)
{
	static const char *const words[] = {
		[ESPGW_DEV_EVENT_ATTACH] = "attach",
		[ESPGW_DEV_EVENT_DETACH] = "detach",
		[ESPGW_DEV_EVENT_SET] = "set",
		[ESPGW_DEV_EVENT_LOSS] = "loss",
		[ESPGW_DEV_EVENT_RETURN] = "return",
		[ESPGW_DEV_EVENT_RETURN + 1] = "?",
	};
	char want[128];

	for (event_number = 1; event_number < MNL_ARRAY_SIZE(words); event_number++) {
		snprintf(want, sizeof(want), "dev %s dev lo attached mtu 65536 bytes df copy\n",
			 words[event_number]);
		point(same(want, event(ESPGW_CMD_DEV_NTF, false, add_dev_event)),
		      "monitor dev, text: %s", words[event_number]);
	}
	event_number = ESPGW_DEV_EVENT_ATTACH;
	point(same("\"object\":\"dev\",\"event\":\"attach\",\"dev\":\"lo\",\"ifindex\":1,"
		   "\"state\":\"attached\",\"dev_mtu\":65536,\"df\":\"copy\"}\n",
		   event(ESPGW_CMD_DEV_NTF, true, add_dev_event)),
	      "monitor dev, JSON");
	point(same("default set mss 1200\n", event(ESPGW_CMD_DEFAULT_NTF, false,
						   add_default_event)),
	      "monitor dev, text: the default");
	point(same("\"object\":\"default\",\"event\":\"set\",\"mss\":1200}\n",
		   event(ESPGW_CMD_DEFAULT_NTF, true, add_default_event)),
	      "monitor dev, JSON: the default");
	point(same("xfrm xfrm on mode interface if-id 42 sas 4 policies 2\n",
		   event(ESPGW_CMD_XFRM_NTF, false, add_xfrm_event)),
	      "monitor dev, text: xfrm's are adopted");
	point(same("\"object\":\"xfrm\",\"xfrm\":true,\"mode\":\"interface\",\"if_id\":42,"
		   "\"sas\":4,\"policies\":2}\n",
		   event(ESPGW_CMD_XFRM_NTF, true, add_xfrm_event)),
	      "monitor dev, JSON: xfrm's are adopted");
}

static void add_acquire(struct nlmsghdr *nlh)
{
	mnl_attr_put(nlh, ESPGW_ACQUIRE_A_SRC, 4, "\x0a\x01\x00\x02");
	mnl_attr_put(nlh, ESPGW_ACQUIRE_A_DST, 4, "\x0a\x02\x00\x02");
	mnl_attr_put_u8(nlh, ESPGW_ACQUIRE_A_PROTO, IPPROTO_UDP);
	mnl_attr_put_u16(nlh, ESPGW_ACQUIRE_A_SPORT, 1234);
	mnl_attr_put_u16(nlh, ESPGW_ACQUIRE_A_DPORT, 53);
	mnl_attr_put_u8(nlh, ESPGW_ACQUIRE_A_DSCP, 46);
	mnl_attr_put_u32(nlh, ESPGW_ACQUIRE_A_REQID, 77);
	mnl_attr_put(nlh, ESPGW_ACQUIRE_A_TUNNEL_SRC, 4, "\xc0\x00\x02\x01");
	mnl_attr_put(nlh, ESPGW_ACQUIRE_A_TUNNEL_DST, 4, "\xc0\x00\x02\x02");
	mnl_attr_put_u32(nlh, ESPGW_ACQUIRE_A_PRIO, 7);
}

static void add_acquire_named(struct nlmsghdr *nlh)
{
	add_acquire(nlh);
	mnl_attr_put_strz(nlh, ESPGW_ACQUIRE_A_NAME, "lan");
}

static void test_acquire_events(void)
{
	point(same("acquire src 10.1.0.2 dst 10.2.0.2 proto udp sport 1234 dport 53 dscp 46 "
		   "prio 7 protect reqid 77 src 192.0.2.1 dst 192.0.2.2\n",
		   event(ESPGW_CMD_ACQUIRE_NTF, false, add_acquire)), "monitor acquire, text");
	point(same("acquire src 10.1.0.2 dst 10.2.0.2 proto udp sport 1234 dport 53 dscp 46 "
		   "name lan prio 7 protect reqid 77 src 192.0.2.1 dst 192.0.2.2\n",
		   event(ESPGW_CMD_ACQUIRE_NTF, false, add_acquire_named)),
	      "monitor acquire, text: what people call the policy");
	point(same("\"object\":\"acquire\",\"src\":\"10.1.0.2\",\"dst\":\"10.2.0.2\",\"proto\":17,"
		   "\"sport\":1234,\"dport\":53,\"dscp\":46,\"prio\":7,\"reqid\":77,"
		   "\"tunnel_src\":\"192.0.2.1\",\"tunnel_dst\":\"192.0.2.2\"}\n",
		   event(ESPGW_CMD_ACQUIRE_NTF, true, add_acquire)), "monitor acquire, JSON");
	point(same("\"object\":\"acquire\",\"src\":\"10.1.0.2\",\"dst\":\"10.2.0.2\",\"proto\":17,"
		   "\"sport\":1234,\"dport\":53,\"dscp\":46,\"name\":\"lan\",\"prio\":7,\"reqid\":77,"
		   "\"tunnel_src\":\"192.0.2.1\",\"tunnel_dst\":\"192.0.2.2\"}\n",
		   event(ESPGW_CMD_ACQUIRE_NTF, true, add_acquire_named)),
	      "monitor acquire, JSON: what people call the policy");
}

static void test_events(void)
{
	static const char *const words[] = {
		[ESPGW_VFR_EVENT_ENABLED] = "enabled",
		[ESPGW_VFR_EVENT_DISABLED] = "disabled",
		[ESPGW_VFR_EVENT_SET] = "set",
	};
	static const char *const alerts[] = {
		[ESPGW_ALERT_CLEARTEXT] = "cleartext",
		[ESPGW_ALERT_INTEGRITY] = "integrity",
		[ESPGW_ALERT_REPLAY] = "replay",
		[ESPGW_ALERT_SEQ] = "seq",
		[ESPGW_ALERT_RECURSIVE_ROUTING] = "recursive_routing",
		[ESPGW_ALERT_TINY_FRAGMENTS] = "tiny_fragments",
		[ESPGW_ALERT_NO_UPPER_HEADER] = "no_upper_header",
		[ESPGW_ALERT_INVALID_FRAG_LENGTH] = "invalid_frag_length",
		[ESPGW_ALERT_OVERSIZE_DATAGRAM] = "oversize_datagram",
		[ESPGW_ALERT_OVERLAP_FRAGMENTS] = "overlap_fragments",
		[ESPGW_ALERT_TWO_LAST_FRAGMENTS] = "two_last_fragments",
		[ESPGW_ALERT_TOO_MANY_FRAGMENTS] = "too_many_fragments",
		[ESPGW_ALERT_FRAG_TABLE_OVERFLOW] = "frag_table_overflow",
		[ESPGW_ALERT_GUARDED] = "guarded",
		[ESPGW_ALERT_NAT] = "nat",
		[__ESPGW_ALERT_MAX] = "?",
	};
	char want[512];

	for (event_number = 1; event_number < MNL_ARRAY_SIZE(words); event_number++) {
		snprintf(want, sizeof(want),
			 "vfr %s dev lo dir out disabled (auto) max-reassemblies 64 "
			 "max-fragments 16 timeout 3s drop-fragments off max-bytes 1048576 "
			 "reassemblies 0 held 0 fragments memory 0 bytes\n", words[event_number]);
		point(same(want, event(ESPGW_CMD_VFR_NTF, false, add_vfr_event)),
		      "monitor vfr, text: %s", words[event_number]);
	}
	event_number = ESPGW_VFR_EVENT_ENABLED;
	point(begins("\"object\":\"vfr\",\"event\":\"enabled\",\"dev\":\"lo\",\"ifindex\":1,"
		     "\"dir\":\"out\",\"mode\":\"auto\",\"enabled\":false,\"features\":[],",
		     event(ESPGW_CMD_VFR_NTF, true, add_vfr_event)),
	      "monitor vfr, JSON");

	for (event_number = 1; event_number < MNL_ARRAY_SIZE(alerts); event_number++) {
		snprintf(want, sizeof(want),
			 "\"object\":\"alert\",\"event\":\"%s\",\"dev\":\"wan0\",\"dir\":\"in\","
			 "\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\"}\n", alerts[event_number]);
		point(same(want, event(ESPGW_CMD_ALERT_NTF, true, add_vfr_alert)),
		      "monitor alert, JSON: %s", alerts[event_number]);
	}
	event_number = ESPGW_ALERT_OVERLAP_FRAGMENTS;
	point(same("alert overlap_fragments dev wan0 dir in src 192.0.2.1 dst 192.0.2.2\n",
		   event(ESPGW_CMD_ALERT_NTF, false, add_vfr_alert)),
	      "monitor alert, text: of a device");
	point(same("alert replay spi 0x00000100 src 192.0.2.1\n",
		   event(ESPGW_CMD_ALERT_NTF, false, add_sa_alert)),
	      "monitor alert, text: of an SA");
	point(same("", event(200, false, add_sa_alert)), "monitor: an event that is not known");
}

static void add_stats(struct nlmsghdr *nlh)
{
	unsigned int i;

	for (i = 1; i <= ESPGW_STATS_A_MAX; i++)
		if (i != ESPGW_STATS_A_PAD)
			mnl_attr_put_u64(nlh, i, i == ESPGW_STATS_A_DROP_OUT_NO_SA ||
							 i == ESPGW_STATS_A_OUT_PACKETS ?
						 UINT64_MAX : 0);
}

static void test_show_stats(void)
{
	struct espgw_out out;
	const char *text;

	out_begin(&out);
	text = shown("stats reset", "stats show", add_stats, &out);
	point(strstr(text, "traffic\n    out_packets              18446744073709551615  "
			   "ESP packets made\n") &&
		      strstr(text, "dropped on the way out\n    drop_out_no_sa           "
				   "18446744073709551615  protect policy, no usable SA\n") &&
		      !strstr(text, "drop_in"),
	      "stats show, text: no drops that never happened");
	out_begin(&out);
	out.stats = true;
	text = shown("stats reset", "stats show", add_stats, &out);
	point(count(text, "\n    ") == ESPGW_STATS_A_MAX - 1, "stats show -s: all counters");
	out_begin(&out);
	out.json = true;
	text = shown("stats reset", "stats show", add_stats, &out);
	point(is_json(text) && count(text, ":") == ESPGW_STATS_A_MAX - 1 &&
		      strstr(text, "\"drop_out_no_sa\":18446744073709551615") &&
		      strstr(text, "\"drop_out_encap\":0}]"),
	      "stats show, JSON: all counters");
}

/* An answer of the kind @cmd, with what @add puts into it. */
static void take(struct espgw_status *status, uint8_t cmd, void (*add)(struct nlmsghdr *nlh))
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = espgw_nl_start(buf, cmd, 0);

	add(nlh);
	if (espgw_status_take(nlh, status))
		abort();
}

static void name_sa(struct nlmsghdr *nlh, uint8_t dir, uint32_t spi)
{
	const uint8_t ours[] = { 192, 0, 2, 1 }, theirs[] = { 192, 0, 2, 2 };
	bool out = dir == ESPGW_DIR_OUT;

	mnl_attr_put_u8(nlh, ESPGW_SA_A_DIR, dir);
	mnl_attr_put(nlh, ESPGW_SA_A_SRC, 4, out ? ours : theirs);
	mnl_attr_put(nlh, ESPGW_SA_A_DST, 4, out ? theirs : ours);
	mnl_attr_put_u32(nlh, ESPGW_SA_A_SPI, htonl(spi));
	mnl_attr_put_u32(nlh, ESPGW_SA_A_REQID, 7);
}

static void add_dead_sa(struct nlmsghdr *nlh)
{
	name_sa(nlh, ESPGW_DIR_OUT, 0x100);
	mnl_attr_put_u8(nlh, ESPGW_SA_A_STATE, ESPGW_SA_DEAD);
}

static void add_new_sa(struct nlmsghdr *nlh)
{
	struct nlattr *stats;

	name_sa(nlh, ESPGW_DIR_OUT, 0x101);
	mnl_attr_put_u8(nlh, ESPGW_SA_A_STATE, ESPGW_SA_VALID);
	mnl_attr_put_u32(nlh, ESPGW_SA_A_LAST_S, 3);
	stats = mnl_attr_nest_start(nlh, ESPGW_SA_A_STATS);
	mnl_attr_put_u64(nlh, ESPGW_SA_STAT_A_PACKETS, 100);
	mnl_attr_put_u64(nlh, ESPGW_SA_STAT_A_BYTES, 1000);
	mnl_attr_nest_end(nlh, stats);
}

static void add_sa_in(struct nlmsghdr *nlh)
{
	name_sa(nlh, ESPGW_DIR_IN, 0x200);
	mnl_attr_put_u8(nlh, ESPGW_SA_A_STATE, ESPGW_SA_VALID);
}

static void add_sa_in_heard(struct nlmsghdr *nlh)
{
	add_sa_in(nlh);
	mnl_attr_put_u32(nlh, ESPGW_SA_A_LAST_S, 2);
}

static void add_sa_in_expiring(struct nlmsghdr *nlh)
{
	name_sa(nlh, ESPGW_DIR_IN, 0x200);
	mnl_attr_put_u8(nlh, ESPGW_SA_A_STATE, ESPGW_SA_EXPIRING);
}

static void add_named_sa(struct nlmsghdr *nlh)
{
	add_new_sa(nlh);
	mnl_attr_put_strz(nlh, ESPGW_SA_A_NAME, "berlin");
}

static void add_named_sa_in(struct nlmsghdr *nlh)
{
	add_sa_in(nlh);
	mnl_attr_put_strz(nlh, ESPGW_SA_A_NAME, "from-berlin");
}

static void add_protect(struct nlmsghdr *nlh)
{
	const uint8_t ours[] = { 192, 0, 2, 1 }, theirs[] = { 192, 0, 2, 2 };

	mnl_attr_put_u8(nlh, ESPGW_POLICY_A_ACTION, ESPGW_ACTION_PROTECT);
	mnl_attr_put_u32(nlh, ESPGW_POLICY_A_REQID, 7);
	mnl_attr_put(nlh, ESPGW_POLICY_A_TUNNEL_SRC, 4, ours);
	mnl_attr_put(nlh, ESPGW_POLICY_A_TUNNEL_DST, 4, theirs);
}

static void add_named_protect(struct nlmsghdr *nlh)
{
	add_protect(nlh);
	mnl_attr_put_strz(nlh, ESPGW_POLICY_A_NAME, "lan");
}

static void name_is(struct espgw_status *status, const char *want)
{
	espgw_status_merge(status);
	point(status->tunnels == 1 && same(want, status->tunnel->name),
	      "status: a tunnel is called \"%s\"", want);
}

/* Whatever comes last: what sends has the name, then what receives, then policies. */
static void test_status_name(void)
{
	struct espgw_status status = { 0 };

	take(&status, ESPGW_CMD_POLICY_GET, add_protect);
	name_is(&status, "");
	take(&status, ESPGW_CMD_POLICY_GET, add_named_protect);
	name_is(&status, "lan");
	take(&status, ESPGW_CMD_SA_GET, add_named_sa_in);
	name_is(&status, "from-berlin");
	take(&status, ESPGW_CMD_SA_GET, add_named_sa);
	name_is(&status, "berlin");
	take(&status, ESPGW_CMD_SA_GET, add_named_sa_in);
	take(&status, ESPGW_CMD_SA_GET, add_new_sa);
	name_is(&status, "berlin");
	espgw_status_free(&status);
}

static void health_is(struct espgw_status *status, const char *want)
{
	espgw_status_merge(status);
	point(status->tunnels == 1 &&
		      same(want, espgw_status_health(status->tunnel)->word),
	      "status: a tunnel is \"%s\"", want);
}

static void test_status(void)
{
	struct espgw_status status = { 0 }, before = { 0 };
	unsigned int i, drops = 0, silent = 0;

	take(&status, ESPGW_CMD_POLICY_GET, add_protect);
	health_is(&status, "no_sa_out");
	take(&status, ESPGW_CMD_SA_GET, add_dead_sa);
	health_is(&status, "dead_out");
	take(&status, ESPGW_CMD_SA_GET, add_new_sa);
	health_is(&status, "no_sa_in");
	take(&status, ESPGW_CMD_SA_GET, add_sa_in_expiring);
	health_is(&status, "expiring");
	take(&status, ESPGW_CMD_SA_GET, add_sa_in);
	health_is(&status, "silent");
	take(&status, ESPGW_CMD_SA_GET, add_sa_in_heard);
	health_is(&status, "up");
	point(status.tunnel->out.sas == 2 && status.tunnel->out.valid == 1 &&
		      status.tunnel->out.spi == 0x101 && status.tunnel->in.sas == 3,
	      "status: SAs of a tunnel, and the newest that is usable");
	take(&before, ESPGW_CMD_POLICY_GET, add_protect);
	espgw_status_merge(&before);
	status.at = 2;
	espgw_status_rates(&status, &before);
	point(status.tunnel->out.packets_per_s == 50 && status.tunnel->out.bits_per_s == 4000,
	      "status: rates");
	espgw_status_free(&before);
	espgw_status_free(&status);
	take(&status, ESPGW_CMD_SA_GET, add_new_sa);
	take(&status, ESPGW_CMD_SA_GET, add_sa_in);
	health_is(&status, "no_policy");
	espgw_status_free(&status);
	take(&status, ESPGW_CMD_POLICY_GET, add_protect);
	take(&status, ESPGW_CMD_SA_GET, add_sa_in);
	health_is(&status, "no_sa_out");
	espgw_status_free(&status);

	for (i = 1; i <= ESPGW_STATS_A_MAX; i++) {
		const struct espgw_stats_counter *c = espgw_stats_counter(i);

		if (!c || (c->group != ESPGW_STATS_DROP_OUT && c->group != ESPGW_STATS_DROP_IN))
			continue;
		drops++;
		silent += !c->advice;
		if (c->advice && strlen(c->advice) + strlen("  -> ") > 79)
			point(false, "status: too long for 80 columns: %s", c->advice);
	}
	point(drops > 30 && silent == 2, "status: advice for all of %u drops but two", drops);
}

static bool has_row(const struct espgw_object *object, unsigned int attr)
{
	const struct espgw_field *f;

	for (f = object->field; f < object->field + object->fields; f++)
		if (f->attr == attr)
			return true;
	return false;
}

/* Nothing that the module may tell or be told is unknown to the tables. */
static void test_rows(void)
{
	static const struct espgw_object *const objects[] = {
		&espgw_dev_object,  &espgw_default_object, &espgw_sa_object, &espgw_policy_object,
		&espgw_pmtu_object, &espgw_vfr_object,	   &espgw_mtu_object,
		&espgw_guard_object, &espgw_xfrm_object,   &espgw_xfrm_row_object,
		&espgw_explain_object,
	};
	unsigned int i, attr, rows = 0;
	bool ok = true;

	for (i = 0; i < MNL_ARRAY_SIZE(objects); i++) {
		const struct espgw_attr_set *set = objects[i]->set;

		for (attr = 1; attr <= set->max; attr++) {
			bool counters = objects[i] == &espgw_vfr_object && attr == ESPGW_VFR_A_STATS;

			if (set->attr[attr].type == ESPGW_T_NONE)
				continue;
			rows++;
			if (has_row(counters ? &espgw_vfr_stats_object : objects[i], attr))
				continue;
			printf("# no row: table %u, \"%s\"\n", i, set->attr[attr].name);
			ok = false;
		}
	}
	point(ok, "each of %u attributes has a row", rows);
}

/* What is cut short or has a wrong length is not read. */
static void test_malformed(void)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct espgw_request req;
	struct espgw_out out;
	unsigned int attr, len;
	struct nlmsghdr *nlh;
	bool ok = true;

	static const char bytes[64];

	say_begin();
	parse_line("sa show", &req);
	say_end();
	for (attr = 1; attr < ESPGW_SA_A_PAD; attr++) {
		for (len = 0; len < 40; len++) {
			int rc;

			nlh = espgw_nl_start(buf, ESPGW_CMD_SA_GET, 0);
			mnl_attr_put(nlh, attr, len, bytes);
			out_begin(&out);
			rc = espgw_verb_show(&out, nlh, &req);
			out_end(&out);
			switch (espgw_sa_set.attr[attr].type) {
			case ESPGW_T_U8:
				ok &= (rc == 0) == (len == 1);
				break;
			case ESPGW_T_U32:
			case ESPGW_T_BE32:
				ok &= (rc == 0) == (len == 4);
				break;
			case ESPGW_T_U64:
				ok &= (rc == 0) == (len == 8);
				break;
			case ESPGW_T_ADDR:
				ok &= (rc == 0) == (len == 4 || len == 16);
				break;
			default:
				break;
			}
		}
	}
	point(ok, "answers with attributes of a wrong length are malformed");
}

/* -- acknowledgements */

/* What is said of an acknowledgement whose attributes @add puts. */
static const char *acked(const char *line, int err, bool done,
			 void (*add)(struct nlmsghdr *ack, const struct nlmsghdr *request))
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	char ack_buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	static char *text;
	struct espgw_request req;
	struct nlmsghdr *nlh, *ack;
	int status;

	say_begin();
	if (parse_line(line, &req))
		return say_end();
	nlh = espgw_verb_encode(&req, buf);
	ack = mnl_nlmsg_put_header(ack_buf);
	if (done) {
		ack->nlmsg_type = NLMSG_DONE;
		*(int *)mnl_nlmsg_put_extra_header(ack, sizeof(int)) = -err;
	} else {
		struct nlmsgerr *e = mnl_nlmsg_put_extra_header(ack, sizeof(*e));

		ack->nlmsg_type = NLMSG_ERROR;
		e->error = -err;
		e->msg = *nlh;
		ack->nlmsg_flags |= 0x100; /* NLM_F_CAPPED */
	}
	if (add) {
		ack->nlmsg_flags |= 0x200; /* NLM_F_ACK_TLVS */
		add(ack, nlh);
	}
	status = espgw_ack_say(ack, nlh, set_of(&req));
	free(text);
	if (asprintf(&text, "%d %s", status, say_end()) < 0)
		abort();
	return text;
}

static void ack_text(struct nlmsghdr *ack, const struct nlmsghdr *request)
{
	(void)request;
	mnl_attr_put_strz(ack, 1, "the kernel's words");
}

/* The offset of the first attribute of a type, in or below the message. */
static uint32_t offset_of(const struct nlmsghdr *nlh, unsigned int type, unsigned int inner)
{
	const struct nlattr *attr, *in;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != type)
			continue;
		if (!inner)
			return (const char *)attr - (const char *)nlh;
		mnl_attr_for_each_nested(in, attr)
			if (mnl_attr_get_type(in) == inner)
				return (const char *)in - (const char *)nlh;
	}
	return 0;
}

static void ack_spi(struct nlmsghdr *ack, const struct nlmsghdr *request)
{
	ack_text(ack, request);
	mnl_attr_put_u32(ack, 2, offset_of(request, ESPGW_SA_A_SPI, 0));
}

static void ack_mss(struct nlmsghdr *ack, const struct nlmsghdr *request)
{
	struct nlattr *nest;

	mnl_attr_put_strz(ack, 1, "integer out of range");
	mnl_attr_put_u32(ack, 2, offset_of(request, ESPGW_SA_A_MTU, ESPGW_MTU_A_MSS));
	nest = mnl_attr_nest_start(ack, 4);
	mnl_attr_put_u32(ack, 1, 3);
	mnl_attr_put_u64(ack, 4, 88);
	mnl_attr_put_u64(ack, 5, 65495);
	mnl_attr_nest_end(ack, nest);
}

static void ack_missing(struct nlmsghdr *ack, const struct nlmsghdr *request)
{
	(void)request;
	mnl_attr_put_u32(ack, 5, ESPGW_SA_A_REQID);
}

static void ack_missing_text(struct nlmsghdr *ack, const struct nlmsghdr *request)
{
	ack_missing(ack, request);
	ack_text(ack, request);
}

static void ack_nonsense(struct nlmsghdr *ack, const struct nlmsghdr *request)
{
	(void)request;
	mnl_attr_put(ack, 1, 3, "abc"); /* no NUL */
	mnl_attr_put_u8(ack, 2, 7);
	mnl_attr_put_u32(ack, 4, 1);
	mnl_attr_put_u32(ack, 5, 100000);
	mnl_attr_put_u32(ack, 6, 100000);
}

static void test_acks(void)
{
	static const char line[] = SA_OUT GCM "mss 100 limit hard bytes 5";
	static const char dump[] = "sa show";

	point(same("0 ", acked(line, 0, false, NULL)), "ack: done");
	point(same("0 espgw: warning: sa add: the kernel's words\n", acked(line, 0, false, ack_text)),
	      "ack: done, with a warning");
	point(same("2 espgw: sa add: File exists\n", acked(line, EEXIST, false, NULL)),
	      "ack: an error number");
	point(same("2 espgw: sa add: the kernel's words\n", acked(line, EEXIST, false, ack_text)),
	      "ack: the kernel's words");
	point(same("2 espgw: sa add: \"spi\": the kernel's words\n",
		   acked(line, EINVAL, false, ack_spi)), "ack: which attribute");
	point(same("2 espgw: sa add: \"mss\": integer out of range, must be 88-65495\n",
		   acked(line, ERANGE, false, ack_mss)), "ack: which attribute in a nest, and range");
	point(same("2 espgw: sa add: \"reqid\" is missing\n",
		   acked(line, EINVAL, false, ack_missing)), "ack: a missing attribute");
	point(same("2 espgw: sa add: the kernel's words\n",
		   acked(line, EINVAL, false, ack_missing_text)),
	      "ack: a missing attribute, in the kernel's words");
	point(same("2 espgw: sa add: Invalid argument\n",
		   acked(line, EINVAL, false, ack_nonsense)), "ack: nonsense is not believed");
	point(same("2 espgw: sa add: not permitted: this needs CAP_NET_ADMIN in the network "
		   "namespace\n", acked(line, EPERM, false, NULL)), "ack: not permitted");
	point(same("2 espgw: sa add: the espgw module that is loaded does not support this\n",
		   acked(line, EOPNOTSUPP, false, NULL)), "ack: not supported");
	point(same("0 ", acked(dump, 0, true, NULL)), "ack: end of a dump");
	point(same("2 espgw: sa show: the kernel's words\n", acked(dump, EINVAL, true, ack_text)),
	      "ack: end of a dump, refused");
	point(same("2 espgw: stats reset: No such device\n",
		   acked("stats reset", ENODEV, false, NULL)),
	      "ack: of a command without attributes");
}

/* -- the family */

/* What is said of a family of that version; 0: the kernel does not tell it. */
static const char *family_said(uint32_t version, struct espgw_nl *nl)
{
	char buf[ESPGW_NL_REQUEST] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = espgw_nl_start(buf, CTRL_CMD_NEWFAMILY, 0);
	struct nlattr *groups, *group;

	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, 33);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ESPGW_GENL_NAME);
	if (version)
		mnl_attr_put_u32(nlh, CTRL_ATTR_VERSION, version);
	groups = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, ESPGW_MCGRP_DEV);
	mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, 7);
	mnl_attr_nest_end(nlh, group);
	mnl_attr_nest_end(nlh, groups);

	memset(nl, 0, sizeof(*nl));
	say_begin();
	espgw_say_verb(NULL, NULL);
	if (espgw_nl_read_family(nlh, nl))
		espgw_say_error("malformed");
	return say_end();
}

static void test_family(void)
{
	struct espgw_nl nl;
	char want[256];

	point(same("", family_said(ESPGW_GENL_VERSION, &nl)) && nl.family == 33 &&
		      nl.group_count == 1 && nl.group[0].id == 7 &&
		      !strcmp(nl.group[0].name, ESPGW_MCGRP_DEV),
	      "family: the module is of this tool's version");
	point(same("", family_said(0, &nl)), "family: of a version that is not told");
	snprintf(want, sizeof(want), "espgw: warning: the module speaks version %u of the netlink "
		 "interface and this tool version %u: install both from one release, and load the "
		 "module anew\n", ESPGW_GENL_VERSION - 1, ESPGW_GENL_VERSION);
	point(same(want, family_said(ESPGW_GENL_VERSION - 1, &nl)) && nl.family == 33,
	      "family: an older module is used, and that is said");
	snprintf(want, sizeof(want), "the module speaks version %u of", ESPGW_GENL_VERSION + 1);
	point(strstr(family_said(ESPGW_GENL_VERSION + 1, &nl), want) && nl.family == 33,
	      "family: a newer module is used, and that is said");
}

/* -- the program itself */

/* Return: exit status, 200 and more for signals; @text gets the output. */
static int run_shell(const char *command, char *text, size_t size)
{
	size_t len;
	FILE *from;
	int status;

	from = popen(command, "r");
	len = fread(text, 1, size - 1, from);
	text[len] = '\0';
	status = pclose(from);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 200 + status;
}

static int run_tool(const char *tool, const char *words, char *text, size_t size)
{
	char command[1024];

	snprintf(command, sizeof(command), "'%s' 2>&1 %s", tool, words);
	return run_shell(command, text, size);
}

static void test_program(const char *tool)
{
	static const struct {
		const char *words;
		int status;
		const char *begin; /* of the output */
		bool one_line;
	} runs[] = {
		{ "-V", 0, "espgw ", true },
		{ "--version", 0, "espgw ", true },
		{ "-h", 0, "Usage: espgw [OPTIONS] OBJECT COMMAND\n", false },
		{ "--help", 0, "Usage: espgw", false },
		{ "help", 0, "Usage: espgw", false },
		{ "pmtu help", 0, "espgw pmtu show [name NAME] [spi N] [dst PREFIX] [src PREFIX] "
		  "[reqid N] [source WORD]\n", false },
		{ "help pmtu", 0, "espgw pmtu show ", false },
		{ "help sa flush", 0, "espgw sa flush ", false },
		{ "sa flush help", 0, "espgw sa flush ", false },
		{ "sa add dir out help", 0, "espgw sa add dir out|in src A ", false },
		{ "save help", 0, "espgw save [FILE]\n", true },
		{ "monitor sa help", 0, "espgw monitor ", true },
		{ "bogus help", 1, "espgw: unknown object \"bogus\": must be one of ", true },
		{ "help bogus", 1, "espgw: unknown object \"bogus\": must be one of ", true },
		{ "sa bogus help", 1, "espgw: sa: unknown command \"bogus\": must be one of ", true },
		{ "xfrm help", 0, "espgw xfrm on [default] [mode any|interface|policy] [if-id N]\n"
				  "espgw xfrm off [default]\n"
				  "espgw xfrm set if-id N|reqid N [MTU-POLICY] [name NAME] [comment TEXT]\n"
				  "espgw xfrm show [default] [mode any|interface|policy] [if-id N]\n",
		  false },
		{ "", 1, "espgw: an object is missing: ", true },
		{ "-j", 1, "espgw: an object is missing: ", true },
		{ "-jps", 1, "espgw: an object is missing: ", true },
		{ "-x sa show", 1, "espgw: unknown option \"-x\"", true },
		{ "- sa show", 1, "espgw: unknown option \"-\"", true },
		{ "-json sa show", 1, "espgw: unknown option \"-json\"", true },
		{ "-jx sa show", 1, "espgw: unknown option \"-jx\"", true },
		{ "--json sa show", 1, "espgw: unknown option \"--json\"", true },
		{ "-o", 1, "espgw: \"-o\" needs a value", true },
		{ "-o xml stats show", 1, "espgw: \"-o\" must be metrics or wireshark, not \"xml\"", true },
		{ "-o metrics -j stats show", 1, "espgw: \"-o\" and \"-j\" exclude each other", true },
		{ "-o metrics sa show", 1, "espgw: sa show: \"-o metrics\" does not go with this command", true },
		{ "-o wireshark sa show", 1, "espgw: sa show: \"keys\" is missing: \"-o wireshark\" prints them", true },
		{ "-n", 1, "espgw: \"-n\" needs a value", true },
		{ "-b", 1, "espgw: \"-b\" needs a value", true },
		{ "-n a -n b sa show", 1, "espgw: \"-n\" is given twice", true },
		{ "-n no-such-netns sa show", 1,
		  "espgw: cannot open network namespace \"no-such-netns\": there is none of this name",
		  true },
		{ "-n ../x sa show", 1, "espgw: \"../x\" is no name of a network namespace", true },
		{ "-n '' sa show", 1, "espgw: \"\" is no name of a network namespace", true },
		{ "-b /dev/null sa show", 1, "espgw: \"-b\" and a command exclude each other", true },
		{ "-b /dev/null", 0, "", false },
		{ "-force -b /dev/null", 0, "", false },
		{ "-b /nonexistent", 1, "espgw: cannot open \"/nonexistent\": ", true },
		{ "-b - < /dev/null", 0, "", false },
		{ "restore /dev/null", 0, "", false },
		{ "restore - < /dev/null", 0, "", false },
		{ "sa add spi 12", 1, "espgw: sa add: \"spi\" must be 256-4294967295, not \"12\"",
		  true },
		{ "mss help", 0, "espgw mss probe spi N dst A [port P] ", false },
		{ "mss probe spi 12", 1,
		  "espgw: mss probe: \"spi\" must be 256-4294967295, not \"12\"", true },
		{ "-jps mss listen dst ::1", 1, "espgw: mss listen: \"spi\" is missing", true },
		{ "-n no-such-netns mss probe", 1,
		  "espgw: cannot open network namespace \"no-such-netns\": ", true },
		{ "sa show -j", 1, "espgw: sa show: unknown word \"-j\"", true },
		{ "-h > /dev/full", 1, "espgw: cannot write the output: No space left on device",
		  true },
		{ "-b - <<'E'\n" SA_OUT "aead aes-gcm file:- 128\nE", 1,
		  "espgw: stdin: line 1: sa add: \"aead rfc4106(gcm(aes))\": the key cannot come from "
		  "standard input: the batch does", true },
	};
	unsigned int i;
	char text[16384];

	for (i = 0; i < MNL_ARRAY_SIZE(runs); i++) {
		int status = run_tool(tool, runs[i].words, text, sizeof(text));
		bool ok = status == runs[i].status &&
			  !strncmp(text, runs[i].begin, strlen(runs[i].begin));

		if (runs[i].one_line)
			ok = ok && strchr(text, '\n') == text + strlen(text) - 1;
		if (!ok)
			printf("# status %d: %s\n", status, text);
		point(ok, "espgw %.*s", (int)strcspn(runs[i].words, "\n"), runs[i].words);
	}
}

/* Where "espgw mss" finds its program: beside it, else in PATH. */
static void test_mss_program(const char *tool)
{
	static const struct {
		const char *path;
		const char *words;
		int status;
		const char *begin;
	} runs[] = {
		{ "$D/none", "-V", 0, "espgw " },
		{ "$D/none", "mss probe", 1,
		  "espgw: mss probe: the program espgw-mss is neither beside this one nor in PATH\n" },
		{ "$D/none:$D/path", "mss probe", 1, "espgw: mss probe: \"spi\" is missing\n" },
		{ "$D/plain", "mss listen", 1,
		  "espgw: mss listen: cannot run espgw-mss: Permission denied\n" },
		{ "$D/path", "-jps mss probe a", 1, "-j -p -s probe a\n" },
		{ "$D/path", "-n none -s mss listen 'b c' d", 1, "espgw: cannot open network " },
		{ "$D/path", "-s mss listen 'b c' d", 1, "-s listen b c d\n" },
	};
	char dir[TEMPORARY], text[4096], command[256];
	unsigned int i;

	temporary_dir(dir, "mss");
	setenv("D", dir, 1);
	setenv("T", tool, 1);
	point(!system("mkdir $D/path $D/plain && cp $T $D/espgw && cp $T-mss $D/path &&"
		      ": > $D/plain/espgw-mss"),
	      "a tool without espgw-mss beside it");
	for (i = 0; i < MNL_ARRAY_SIZE(runs); i++) {
		int status;

		/* From here on it only says with what it was run. */
		if (strchr(runs[i].begin, '-') == runs[i].begin)
			system("printf '#!/bin/sh\\necho $*\\nexit 1\\n' > $D/path/espgw-mss");
		snprintf(command, sizeof(command), "PATH=%s $D/espgw 2>&1 %s", runs[i].path,
			 runs[i].words);
		status = run_shell(command, text, sizeof(text));
		point(status == runs[i].status && begins(runs[i].begin, text), "espgw %s, PATH %s",
		      runs[i].words, runs[i].path);
	}
	system("rm -r $D");
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n");
	test_good();
	test_bad();
	test_warnings();
	test_truncated();
	test_mangled();
	test_save();
	test_save_owner();
	test_save_xfrm();
	test_save_pmtu();
	test_save_vfr();
	test_mss_words();
	test_mss_option();
	test_mss_line();
	test_mss_bound();
	test_hkdf();
	test_key_files();
	test_key_stdin();
	test_key_wiped();
	test_output();
	test_split();
	test_batch();
	test_once();
	test_batch_file();
	test_show_sa();
	test_show_peer();
	test_filter();
	test_order();
	test_numbers();
	test_complete();
	test_show_policy();
	test_show_pmtu();
	test_show_dev();
	test_show_guard();
	test_show_owner();
	test_show_xfrm();
	test_show_xfrm_rows();
	test_show_xfrm_conns();
	test_xfrm_reasons();
	test_xfrm_filter();
	test_show_vfr();
	test_show_vfr_stats();
	test_events();
	test_dev_events();
	test_drop_events();
	test_acquire_events();
	test_show_stats();
	test_status();
	test_status_name();
	test_rows();
	test_malformed();
	test_acks();
	test_family();
	if (argc > 1) {
		test_program(argv[1]);
		test_mss_program(argv[1]);
	}
	printf("1..%u\n", points);
	return failed ? 1 : 0;
}
