// SPDX-License-Identifier: GPL-3.0-or-later
/* base64 - see base64.h. */
#include "libds/core/base64.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void ds_base64_encode(char *to, const void *data, size_t size)
{
	const unsigned char *from = data;

	for (; size; to += 4) {
		size_t part = size < 3 ? size : 3;
		uint32_t bits = 0;

		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 | (i < part ? from[i] : 0);
		for (size_t i = 0; i < 4; i++)
			to[i] = i > part ? '=' : digits[bits >> (18 - 6 * i) & 63];
		from += part;
		size -= part;
	}
	*to = 0;
}

ssize_t ds_try_base64_decode(char *text)
{
	size_t len = strlen(text), padding = 0;
	unsigned char *to = (unsigned char *)text;

	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	if (len % 4)
		return -EINVAL;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t bits = 0;

		for (size_t k = i; k < i + 4; k++) {
			const char *digit = k < len - padding ? strchr(digits, text[k]) : digits;

			if (!digit)
				return -EINVAL;
			bits = bits << 6 | (uint32_t)(digit - digits);
		}
		*to++ = (unsigned char)(bits >> 16);
		*to++ = (unsigned char)(bits >> 8);
		*to++ = (unsigned char)bits;
	}
	return (ssize_t)(len / 4 * 3 - padding);
}
