// SPDX-License-Identifier: GPL-3.0-or-later
/* size - see size.h. */
#include "libds/core/size.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libds/core/str.h"

int ds_try_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KkMmGgTt";
	unsigned shift = 0;
	const char *unit, *end;
	uint64_t number = ds_str_digits(text, 10, &end);

	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		shift = 10 * ((unsigned)(unit - units) / 2 + 1);
		end++;
	}
	if (*end || !number || number > (uint64_t)INT64_MAX >> shift)
		return -EINVAL;
	*bytes = number << shift;
	return 0;
}

const char *ds_size_text(char buf[24], uint64_t bytes)
{
	uint64_t mib = (bytes + (1 << 20) - 1) >> 20;

	if (mib && mib % 1024 == 0)
		snprintf(buf, 24, "%lluG", (unsigned long long)mib >> 10);
	else
		snprintf(buf, 24, "%lluM", (unsigned long long)mib);
	return buf;
}
