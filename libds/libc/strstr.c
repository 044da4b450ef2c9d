/* SPDX-License-Identifier: GPL-3.0-or-later */
/* strstr, memmem - by trying each place: what is looked for here is short */

#include <string.h>

void *memmem(const void *text, size_t text_len, const void *wanted, size_t len)
{
	const char *p = text;

	for (; len <= text_len; p++, text_len--)
		if (memcmp(p, wanted, len) == 0)
			return (void *)p;
	return NULL;
}

char *strstr(const char *text, const char *wanted)
{
	return memmem(text, strlen(text), wanted, strlen(wanted));
}
