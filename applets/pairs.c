// SPDX-License-Identifier: GPL-3.0-or-later
/* pairs - see pairs.h. */
#include "applets/pairs.h"

#include <stdio.h>

#include "libds/core/str.h"

void pair_string(const char *key, const char *value)
{
	printf("%s=", key);
	while (*value) {
		size_t len = ds_str_printable_length(value);

		if (*value == '\n')
			fputs("\\n", stdout);
		else if (!len)
			printf("\\x%02x", (unsigned char)*value);
		else if (*value == '\\')
			fputs("\\\\", stdout);
		else
			fwrite(value, 1, len, stdout);
		value += len ? len : 1;
	}
	putchar('\n');
}

void pair_number(const char *key, long long value)
{
	printf("%s=%lld\n", key, value);
}
