// SPDX-License-Identifier: GPL-3.0-or-later
/* pairs - see pairs.h. */
#include "applets/pairs.h"

#include <stdint.h>
#include <stdio.h>

#include "libds/core/utf8.h"

void pair_string(const char *key, const char *value)
{
	printf("%s=", key);
	while (*value) {
		uint32_t code = 0;
		size_t len = ds_utf8_decode(value, &code);

		if (!len || code < 0x20 || (code >= 0x7f && code < 0xa0)) {
			/* A C1 control is two bytes long and is shown as both. */
			for (size_t i = 0; i < (len ? len : 1); i++) {
				if (code == '\n')
					fputs("\\n", stdout);
				else
					printf("\\x%02x", (unsigned char)value[i]);
			}
		} else {
			if (code == '\\')
				putchar('\\');
			fwrite(value, 1, len, stdout);
		}
		value += len ? len : 1;
	}
	putchar('\n');
}

void pair_number(const char *key, long long value)
{
	printf("%s=%lld\n", key, value);
}
