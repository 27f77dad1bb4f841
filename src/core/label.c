// SPDX-License-Identifier: GPL-2.0
/*
 * What people may call an object, and say of it: what is safe in a shell, in a
 * file of commands, on a terminal and in JSON.
 */
#include "label.h"

static bool is_between(u32 c, u32 first, u32 last)
{
	return c >= first && c <= last;
}

/**
 * espgw_name_is_valid() - may an object be called so
 * @name: the name; "" is none
 *
 * Return: true if it is of ASCII letters, digits, and "-_.:".
 */
bool espgw_name_is_valid(const char *name)
{
	for (; *name; name++)
		if (!is_between(*name, 'a', 'z') && !is_between(*name, 'A', 'Z') &&
		    !is_between(*name, '0', ':') && !is_between(*name, '-', '.') &&
		    *name != '_')
			return false;
	return true;
}

/* One character. Return: its bytes; 0: it is none of UTF-8, or a control character. */
static u32 utf8_len(const u8 *s)
{
	static const u32 least[] = { [2] = 0xa0, 0x800, 0x10000 };
	u32 len, c, i;

	/* 0x7f, as 0x80-0xc1, begins none. */
	if (*s < 0x7f)
		return *s >= 0x20;
	len = *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2;
	if (!is_between(*s, 0xc2, 0xf4))
		return 0;
	c = *s & (0xff >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	/* Longer than it need be, a surrogate, or too large. */
	if (c < least[len] || is_between(c, 0xd800, 0xdfff) || c > 0x10ffff)
		return 0;
	return len;
}

/**
 * espgw_comment_is_valid() - may this be said of an object
 * @comment: the text; "" is none
 *
 * Return: true if it is UTF-8 (RFC 3629) without control characters.
 */
bool espgw_comment_is_valid(const char *comment)
{
	u32 len;

	for (; *comment; comment += len) {
		len = utf8_len((const u8 *)comment);
		if (!len)
			return false;
	}
	return true;
}
