// SPDX-License-Identifier: GPL-2.0
/*
 * names - what numbers are called, and what stands behind them
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "args.h"

/* RFC 2474, 2597, 3246, 5865, 8622: what people write for a DSCP. */
const struct espgw_choice espgw_args_dscps[] = {
	{ "be", 0 },	{ "le", 1 },	{ "cs0", 0 },	{ "cs1", 8 },	{ "cs2", 16 },
	{ "cs3", 24 },	{ "cs4", 32 },	{ "cs5", 40 },	{ "cs6", 48 },	{ "cs7", 56 },
	{ "af11", 10 }, { "af12", 12 }, { "af13", 14 }, { "af21", 18 }, { "af22", 20 },
	{ "af23", 22 }, { "af31", 26 }, { "af32", 28 }, { "af33", 30 }, { "af41", 34 },
	{ "af42", 36 }, { "af43", 38 }, { "va", 44 },	{ "ef", 46 },	{ NULL, 0 },
};

/*
 * Own table, not /etc/protocols: the same command has to mean the same on a
 * gateway without that file. The first name of a number is the one shown.
 */
const struct espgw_choice espgw_args_protos[] = {
	{ "icmp", 1 },	    { "igmp", 2 },  { "ipip", 4 },	  { "tcp", 6 },
	{ "egp", 8 },	    { "udp", 17 },  { "dccp", 33 },	  { "ipv6", 41 },
	{ "rsvp", 46 },	    { "gre", 47 },  { "esp", 50 },	  { "ah", 51 },
	{ "icmpv6", 58 },   { "eigrp", 88 }, { "ospf", 89 },	  { "pim", 103 },
	{ "ipcomp", 108 },  { "vrrp", 112 }, { "l2tp", 115 },	  { "sctp", 132 },
	{ "udplite", 136 }, { "mpls", 137 }, { "ipv6-icmp", 58 }, { NULL, 0 },
};

/*
 * Nor /etc/services, for the same reason. Of the services that policies are made
 * for, the names that they have there.
 */
const struct espgw_choice espgw_args_services[] = {
	{ "ftp", 21 },	     { "ssh", 22 },	 { "telnet", 23 },    { "smtp", 25 },
	{ "domain", 53 },    { "bootps", 67 },	 { "bootpc", 68 },    { "tftp", 69 },
	{ "http", 80 },	     { "kerberos", 88 }, { "pop3", 110 },     { "ntp", 123 },
	{ "imap2", 143 },    { "snmp", 161 },	 { "bgp", 179 },      { "ldap", 389 },
	{ "https", 443 },    { "isakmp", 500 },	 { "syslog", 514 },   { "submission", 587 },
	{ "ldaps", 636 },    { "imaps", 993 },	 { "pop3s", 995 },    { "openvpn", 1194 },
	{ "l2f", 1701 },     { "nfs", 2049 },	 { "mysql", 3306 },   { "rdp", 3389 },
	{ "ipsec-nat-t", 4500 }, { "sip", 5060 }, { "postgresql", 5432 }, { NULL, 0 },
};

/* Bytes as they are printed: 1.5 GiB is 1024 times 1024 times 1024 of them. */
const struct espgw_unit espgw_units_bytes[] = {
	{ "KiB", 1ULL << 10 }, { "MiB", 1ULL << 20 }, { "GiB", 1ULL << 30 },
	{ "TiB", 1ULL << 40 }, { "PiB", 1ULL << 50 }, { "K", 1ULL << 10 },
	{ "k", 1ULL << 10 },   { "M", 1ULL << 20 },   { "G", 1ULL << 30 },
	{ "T", 1ULL << 40 },   { "P", 1ULL << 50 },   { "B", 1 },
	{ NULL, 0 },
};

const struct espgw_unit espgw_units_count[] = {
	{ "k", 1000 },
	{ "M", 1000000 },
	{ "G", 1000000000 },
	{ "T", 1000000000000 },
	{ NULL, 0 },
};

const struct espgw_unit espgw_units_time[] = {
	{ "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "w", 604800 }, { NULL, 0 },
};

/* The unit that a text begins with, the longest of those. */
static const struct espgw_unit *unit_of(const struct espgw_unit *units, const char *text)
{
	const struct espgw_unit *found = NULL;

	for (; units->word; units++)
		if (!strncmp(units->word, text, strlen(units->word)) &&
		    (!found || strlen(found->word) < strlen(units->word)))
			found = units;
	return found;
}

/**
 * espgw_number_parse_units - read a number that may have units: 10G, 1h30m
 * @text: a number, or some, each with a unit, the larger before
 * @units: which there are; NULL: none
 * @value: receives their sum
 *
 * Return: 0, -EINVAL if it is none, -ERANGE if it does not fit; says nothing.
 */
int espgw_number_parse_units(const char *text, const struct espgw_unit *units, uint64_t *value)
{
	uint64_t sum = 0, last = UINT64_MAX;

	if (!units || !isdigit((unsigned char)*text) || !text[strspn(text, "0123456789")] ||
	    (text[0] == '0' && text[1] == 'x'))
		return espgw_number_parse(text, value);
	while (*text) {
		size_t len = strspn(text, "0123456789");
		const struct espgw_unit *unit;
		char digits[24];
		uint64_t number;
		int rc;

		if (!len || len >= sizeof(digits))
			return -EINVAL;
		memcpy(digits, text, len);
		digits[len] = '\0';
		rc = espgw_number_parse(digits, &number);
		if (rc)
			return rc;
		unit = unit_of(units, text + len);
		if (!unit || unit->times >= last)
			return -EINVAL;
		last = unit->times;
		if (__builtin_mul_overflow(number, unit->times, &number) ||
		    __builtin_add_overflow(sum, number, &sum))
			return -ERANGE;
		text += len + strlen(unit->word);
	}
	*value = sum;
	return 0;
}
