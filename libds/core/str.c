// SPDX-License-Identifier: GPL-3.0-or-later
/* str - see str.h. */
#include "libds/core/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libds/core/err.h"

int ds_str_fmt(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if (len >= 0 && (size_t)len < size)
		return 0;
	buf[0] = 0;
	return ds_fail_with(ENAMETOOLONG, "a text of %d bytes", len);
}

int ds_str_copy(char *buf, size_t size, const char *text)
{
	return ds_str_fmt(buf, size, "%s", text);
}

bool ds_str_has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ds_str_has_suffix(const char *text, const char *suffix)
{
	size_t text_len = strlen(text), suffix_len = strlen(suffix);

	return text_len >= suffix_len && strcmp(text + text_len - suffix_len, suffix) == 0;
}

int ds_try_number(const char *text, long long min, long long max, long long *value)
{
	const char *digits = text + (text[0] == '-');
	char *end;
	long long number;

	if (digits[0] < '0' || digits[0] > '9')
		return -EINVAL;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || *end || number < min || number > max)
		return -EINVAL;
	*value = number;
	return 0;
}

char *ds_str_trim_end(char *text)
{
	size_t len = strlen(text);

	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = 0;
	return text;
}

/* Length of the printable character at p, 0 when it is a control or malformed. Overlong forms,
 * surrogates and values above U+10FFFF are malformed (RFC 3629). */
static size_t printable_length(const unsigned char *p)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned code;
	size_t len;

	if (p[0] < 0x80)
		return p[0] >= 0x20 && p[0] != 0x7f;
	len = p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
	if (!len || p[0] >= 0xf5)
		return 0;
	code = p[0] & (0xff >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[len] || code < 0xa0 || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	return len;
}

bool ds_str_is_printable(const char *text)
{
	for (const unsigned char *p = (const void *)text; *p;) {
		size_t len = printable_length(p);

		if (!len)
			return false;
		p += len;
	}
	return true;
}

const char *ds_str_printable(char *buf, size_t size, const char *text)
{
	const unsigned char *p = (const void *)text;
	size_t used = 0;

	while (*p) {
		size_t len = printable_length(p);

		if (used + (len ? len : 4) >= size)
			break;
		if (len)
			memcpy(buf + used, p, len);
		else
			snprintf(buf + used, size - used, "\\x%02x", *p);
		used += len ? len : 4;
		p += len ? len : 1;
	}
	buf[used] = 0;
	return buf;
}

void ds_str_unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			char octal[4] = {text[1], text[2], text[3], 0};

			*to++ = (char)strtol(octal, NULL, 8);
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = 0;
}
