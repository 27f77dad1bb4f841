// SPDX-License-Identifier: GPL-2.0
/*
 * tcpmss - the MSS that gateways offer and are offered, and what it says of
 *	the path between them
 */
#include <inttypes.h>
#include <linux/espgw.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "tcpmss.h"

#define TCP_HDR 20
#define OPT_END 0
#define OPT_NOP 1
#define OPT_MSS 2

/* The first word of the line, and the version that the second one is. */
#define LINE_MAGIC "espgw-mss"
#define LINE_VERSION 1

static unsigned int be16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

/**
 * espgw_tcpmss_option - the MSS option of a TCP header
 * @tcp: the header
 * @len: bytes there are
 *
 * Return: the MSS, bytes; 0 if there is none that can be read.
 */
unsigned int espgw_tcpmss_option(const uint8_t *tcp, size_t len)
{
	size_t at = TCP_HDR, end;

	if (len < TCP_HDR)
		return 0;
	end = (tcp[12] >> 4) * 4;
	if (end > len)
		return 0;
	while (at < end && tcp[at] != OPT_END) {
		if (tcp[at] == OPT_NOP) {
			at++;
			continue;
		}
		if (end - at < 2 || tcp[at + 1] < 2 || tcp[at + 1] > end - at)
			return 0;
		if (tcp[at] == OPT_MSS && tcp[at + 1] == 4)
			return be16(tcp + at + 2);
		at += tcp[at + 1];
	}
	return 0;
}

/**
 * espgw_tcpmss_header - where the TCP header of a packet begins
 * @packet: from its IP header on
 * @len: bytes there are
 *
 * Return: bytes before it; 0: there is none right behind the IP header.
 */
size_t espgw_tcpmss_header(const uint8_t *packet, size_t len)
{
	size_t at = 0;

	if (len >= 20 && packet[0] >> 4 == 4 && packet[9] == IPPROTO_TCP &&
	    !(be16(packet + 6) & 0x1fff))
		at = (packet[0] & 0xf) * 4;
	else if (len >= 40 && packet[0] >> 4 == 6 && packet[6] == IPPROTO_TCP)
		at = 40;
	return at >= 20 && len >= at + TCP_HDR ? at : 0;
}

/**
 * espgw_tcpmss_of_packet - the MSS option of a packet
 * @packet: from its IP header on
 * @len: bytes there are
 *
 * Return: the MSS, bytes; 0 if there is none that can be read.
 */
unsigned int espgw_tcpmss_of_packet(const uint8_t *packet, size_t len)
{
	size_t at = espgw_tcpmss_header(packet, len);

	return at ? espgw_tcpmss_option(packet + at, len - at) : 0;
}

/**
 * espgw_tcpmss_line_write - make the line that the other end is told
 * @view: what it says
 * @line: receives it, with its newline
 *
 * Return: its length, bytes.
 */
int espgw_tcpmss_line_write(const struct espgw_tcpmss_view *view,
			    char line[static ESPGW_TCPMSS_LINE])
{
	return snprintf(line, ESPGW_TCPMSS_LINE,
			LINE_MAGIC " %u %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", LINE_VERSION,
			view->sent, view->received, view->limit);
}

/**
 * espgw_tcpmss_line_read - read the other end's line
 * @line: what came, as it came
 * @len: bytes
 * @view: receives what it says
 *
 * Return: NULL, or what is wrong with it.
 */
const char *espgw_tcpmss_line_read(const char *line, size_t len, struct espgw_tcpmss_view *view)
{
	static const char malformed[] = "what it says is malformed";
	char text[ESPGW_TCPMSS_LINE], *word[6], *save = NULL;
	uint64_t number[4];
	unsigned int i;

	if (!len || len >= sizeof(text) || line[len - 1] != '\n' || memchr(line, '\0', len))
		return malformed;
	memcpy(text, line, len - 1);
	text[len - 1] = '\0';
	for (i = 0; i < 6; i++)
		word[i] = strtok_r(i ? NULL : text, " ", &save);
	if (!word[0] || strcmp(word[0], LINE_MAGIC) || !word[1] ||
	    espgw_number_parse(word[1], &number[0]))
		return malformed;
	if (number[0] != LINE_VERSION)
		return "it speaks another version of this protocol";
	if (!word[4] || word[5])
		return malformed;
	for (i = 1; i < 4; i++)
		if (espgw_number_parse(word[1 + i], &number[i]) || number[i] > UINT16_MAX)
			return malformed;
	*view = (struct espgw_tcpmss_view){ number[1], number[2], number[3] };
	/* One form only, and no end that offers nothing. */
	if (!view->sent || espgw_tcpmss_line_write(view, text) != (int)len ||
	    memcmp(text, line, len))
		return malformed;
	return NULL;
}

/* What may be sent one way: clamped on the way, or what the sender has. */
static uint32_t one_way(const struct espgw_tcpmss_view *from, const struct espgw_tcpmss_view *to)
{
	if (to->received && to->received < from->sent)
		return to->received;
	return from->limit > from->sent ? from->limit : from->sent;
}

/**
 * espgw_tcpmss_bound - what both ends' knowledge of the MSS says of the path
 * @a: one end's
 * @b: the other's
 * @hdr: IP and TCP header, bytes
 *
 * An offer that arrives as it was sent says what the sender's configured device
 * and route carry, even if its kernel offered less: that was on the word of an
 * ICMP message that nobody validated, and has to count no more here.
 *
 * Return: the path MTU's upper bound, bytes, 68-65535.
 */
uint32_t espgw_tcpmss_bound(const struct espgw_tcpmss_view *a, const struct espgw_tcpmss_view *b,
			    unsigned int hdr)
{
	uint32_t ab = one_way(a, b), ba = one_way(b, a);
	uint32_t mtu = (ab < ba ? ab : ba) + hdr;

	if (mtu < ESPGW_PMTU_HARD_MIN)
		return ESPGW_PMTU_HARD_MIN;
	return mtu < ESPGW_MTU_MAX ? mtu : ESPGW_MTU_MAX;
}
