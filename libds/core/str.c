// SPDX-License-Identifier: GPL-3.0-or-later
/* str - see str.h. */
#include "libds/core/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libds/core/err.h"
#include "libds/core/utf8.h"

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

bool ds_str_has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		size_t end = strcspn(list, ", \n");

		if (end == len && len && strncmp(list, word, len) == 0)
			return true;
		list += end + (list[end] != 0);
	}
	return false;
}

/* The C library's strto... know octal, signs, blanks and locales, which nobody here wants, in 2 KiB. */
uint64_t ds_str_digits(const char *text, unsigned base, const char **end)
{
	uint64_t number = 0;

	for (;; text++) {
		unsigned char c = (unsigned char)*text;
		unsigned letter = (c | 0x20U) - 'a';
		unsigned digit = letter < 6 ? letter + 10 : (unsigned)c - '0';

		if (digit >= base)
			break;
		number = number > (UINT64_MAX - digit) / base ? UINT64_MAX : number * base + digit;
	}
	if (end)
		*end = text;
	return number;
}

int ds_try_number(const char *text, long long min, long long max, long long *value)
{
	const char *digits = text + (text[0] == '-'), *end;
	uint64_t number = ds_str_digits(digits, 10, &end);

	if (end == digits || *end || number > LLONG_MAX)
		return -EINVAL;
	*value = digits > text ? -(long long)number : (long long)number;
	return *value < min || *value > max ? -EINVAL : 0;
}

char *ds_str_trim_end(char *text)
{
	size_t len = strlen(text);

	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = 0;
	return text;
}

size_t ds_str_printable_length(const char *text)
{
	uint32_t code;
	size_t len = ds_utf8_decode(text, &code);

	return len && !ds_utf8_is_control(code) ? len : 0;
}

bool ds_str_is_printable(const char *text)
{
	while (*text) {
		size_t len = ds_str_printable_length(text);

		if (!len)
			return false;
		text += len;
	}
	return true;
}

const char *ds_str_printable(char *buf, size_t size, const char *text)
{
	size_t used = 0;

	while (*text) {
		size_t len = ds_str_printable_length(text);

		if (used + (len ? len : 4) >= size)
			break;
		if (len)
			memcpy(buf + used, text, len);
		else
			snprintf(buf + used, size - used, "\\x%02x", (unsigned char)*text);
		used += len ? len : 4;
		text += len ? len : 1;
	}
	buf[used] = 0;
	return buf;
}

void ds_str_unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = 0;
}
