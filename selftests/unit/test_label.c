// SPDX-License-Identifier: GPL-2.0
/* What people may call an object, and say of it. */

#include <stdio.h>

#include "label.h"
#include "test.h"

/* Each byte, alone and behind a letter. */
static void names(void)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:";
	unsigned int c;

	CHECK(espgw_name_is_valid(""));
	CHECK(espgw_name_is_valid("berlin-2_b.example:4500"));
	for (c = 1; c < 256; c++) {
		const char text[] = { 'x', (char)c, '\0' };

		if (!CHECK_EQ(espgw_name_is_valid(text), !!strchr(good, (int)c)) ||
		    !CHECK_EQ(espgw_name_is_valid(text + 1), !!strchr(good, (int)c)))
			test_note("0x%02x", c);
	}
}

/* As RFC 3629 has it, the long way; 0: there is no such character. */
static unsigned int encode(u32 c, char text[static 8])
{
	if (c < 0x80)
		return (unsigned int)sprintf(text, "%c", (int)c);
	if (c < 0x800)
		return (unsigned int)sprintf(text, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
	if (c < 0x10000)
		return (unsigned int)sprintf(text, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 0x3f),
					     0x80 | (c & 0x3f));
	return (unsigned int)sprintf(text, "%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 0x3f),
				     0x80 | (c >> 6 & 0x3f), 0x80 | (c & 0x3f));
}

static void characters(void)
{
	char text[8];
	u32 c;

	for (c = 1; c < 0x1fffff; c++) {
		bool good = c >= 0x20 && !(c >= 0x7f && c < 0xa0) &&
			    !(c >= 0xd800 && c < 0xe000) && c < 0x110000;
		unsigned int len = encode(c, text);

		if (!CHECK_EQ(espgw_comment_is_valid(text), good))
			test_note("U+%04x", c);
		/* Cut short. */
		text[len - 1] = '\0';
		if (len > 1 && !CHECK(!espgw_comment_is_valid(text)))
			test_note("U+%04x, cut", c);
	}
}

static void comments(void)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ "", true },
		{ "Berlin office, ask \"Anna\" or 'Bo'; #2 \\ 50 %", true },
		{ "Z\xc3\xbcrich \xe2\x80\x93 \xf0\x9f\x94\x92", true },
		{ "a\tb", false },
		{ "a\nb", false },
		{ "a\x1b[31mb", false },
		{ "a\xc2\x9b" "31mb", false },		/* a C1 control character */
		{ "Z\xfcrich", false },			/* Latin-1 */
		{ "a\x80", false },
		{ "a\xbf\xbf", false },			/* begins in the middle */
		{ "a\xf8\x90\x80\x80", false },
		{ "\xc0\xaf", false },			/* longer than it need be */
		{ "\xe0\x9f\xbf", false },
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xed\xa0\x80", false },		/* a surrogate */
		{ "\xf5\x80\x80\x80", false },
		{ "\xc3" "a", false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (!CHECK_EQ(espgw_comment_is_valid(cases[i].text), cases[i].good))
			test_note("\"%s\"", cases[i].text);
}

TESTS({ "names", names },
      { "every character", characters },
      { "comments", comments });
