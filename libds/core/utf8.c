// SPDX-License-Identifier: GPL-3.0-or-later
/* utf8 - see utf8.h. */
#include "libds/core/utf8.h"

/* Characters of no width (combining marks, joiners, variation selectors) and of two columns (East
 * Asian wide and fullwidth, emoji), in rising order. */
static const struct {
	uint32_t first, last;
	uint8_t columns;
} ranges[] = {
	{0x0300, 0x036f, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05bd, 0},   {0x0610, 0x061a, 0},
	{0x064b, 0x065f, 0},   {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},
	{0x200b, 0x200f, 0},   {0x202a, 0x202e, 0},   {0x2060, 0x2064, 0},   {0x20d0, 0x20ff, 0},
	{0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},   {0xa960, 0xa97f, 2},   {0xac00, 0xd7a3, 2},
	{0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6f, 2},
	{0xff01, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2},
	{0x1f900, 0x1faff, 2}, {0x20000, 0x3fffd, 2}, {0xe0100, 0xe01ef, 0},
};

size_t ds_utf8_decode(const char *text, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)text;
	uint32_t value = p[0];
	size_t len = 1;

	if (!p[0])
		return 0;
	if (p[0] >= 0x80) {
		if (p[0] < 0xc2 || p[0] > 0xf4)
			return 0;
		len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
		value = p[0] & (0xffU >> (len + 1));
	}
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (p[i] & 0x3f);
	}
	if (value < least[len] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*code = value;
	return len;
}

bool ds_utf8_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

static size_t columns_of(uint32_t code)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges) && ranges[i].first <= code; i++) {
		if (code <= ranges[i].last)
			return ranges[i].columns;
	}
	return 1;
}

size_t ds_utf8_columns(const char *text)
{
	size_t columns = 0;

	while (*text) {
		uint32_t code = '?';
		size_t len = ds_utf8_decode(text, &code);

		columns += columns_of(code);
		text += len ? len : 1;
	}
	return columns;
}
