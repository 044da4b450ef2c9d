// SPDX-License-Identifier: GPL-3.0-or-later
/* when - see when.h. */
#include "libds/core/when.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libds/core/str.h"

/* The first members of struct tm, in their order (C11 leaves it open; every Linux libc has this one). */
static const char fields[] = "smhDMY";
static const struct {
	short min, max, less;
} ranges[] = {{0, 60, 0}, {0, 59, 0}, {0, 23, 0}, {1, 31, 0}, {1, 12, 1}, {1900, 9999, 1900}};

static const char *const forms[] = {"Y-M-D h:m:s", "Y-M-D h:m", "Y-M-D", "h:m:s", "h:m"};

static bool fits(const char *text, const char *form, struct tm *tm)
{
	for (; *form; form++) {
		const char *field = strchr(fields, *form);
		size_t at = field ? (size_t)(field - fields) : 0;
		char *end;
		long number;

		if (!field && *text != *form && (*form != ' ' || *text != 'T'))
			return false;
		if (!field) {
			text++;
			continue;
		}
		number = strtol(text, &end, 10);
		if (*text < '0' || *text > '9' || number < ranges[at].min ||
		    number > ranges[at].max)
			return false;
		((int *)tm)[at] = (int)number - ranges[at].less;
		text = end;
	}
	return !*text;
}

/* "10m" in seconds, or -1. */
static long long before_now(const char *text)
{
	static const char units[] = "smhd";
	static const int seconds[] = {1, 60, 3600, 86400};
	char *end;
	long long number = strtoll(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (*text < '0' || *text > '9' || !unit || end[1] || number > INT_MAX)
		return -1;
	return number * seconds[unit - units];
}

/* A day's begin, or a point of time in one of the forms. */
static bool read_calendar(const char *text, struct tm *tm)
{
	const struct tm today = *tm;

	if (!strcmp(text, "yesterday"))
		tm->tm_mday--;
	if (!strcmp(text, "yesterday") || !strcmp(text, "today"))
		return true;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (fits(text, forms[i], tm))
			return true;
		*tm = today;
	}
	return false;
}

int ds_try_when(const char *text, time_t now, time_t *when)
{
	long long number = before_now(text);
	struct tm tm;

	if (number >= 0) {
		*when = now - (time_t)number;
	} else if (*text == '@') {
		if (ds_try_number(text + 1, 0, LONG_MAX, &number) < 0)
			return -EINVAL;
		*when = (time_t)number;
	} else {
		localtime_r(&now, &tm);
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		tm.tm_isdst = -1; /* whatever that day has */
		if (!read_calendar(text, &tm))
			return -EINVAL;
		*when = mktime(&tm);
	}
	return 0;
}
