// SPDX-License-Identifier: GPL-3.0-or-later
/* field - see field.h. */
#include "libds/core/field.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "libds/core/str.h"

#define BLANKS " \t\n"

int ds_try_field(const char *text, int n, char *buf, size_t size)
{
	size_t len;

	buf[0] = 0;
	text += strspn(text, BLANKS);
	while (--n > 0) {
		text += strcspn(text, BLANKS);
		text += strspn(text, BLANKS);
	}
	len = strcspn(text, BLANKS);
	if (!len)
		return -ENOENT;
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(buf, text, len);
	buf[len] = 0;
	return 0;
}

long long ds_field_number(const char *text, int n)
{
	char digits[24];
	long long number;

	if (ds_try_field(text, n, digits, sizeof(digits)) < 0 ||
	    ds_try_number(digits, 0, LLONG_MAX, &number) < 0)
		return -1;
	return number;
}
