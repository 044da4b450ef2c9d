// SPDX-License-Identifier: GPL-3.0-or-later
/* when - see when.h. */
#include "libds/core/when.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
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
		const char *field = strchr(fields, *form), *end;
		size_t at = field ? (size_t)(field - fields) : 0;
		uint64_t number;

		if (!field && *text != *form && (*form != ' ' || *text != 'T'))
			return false;
		if (!field) {
			text++;
			continue;
		}
		number = ds_str_digits(text, 10, &end);
		if (end == text || number < (unsigned)ranges[at].min ||
		    number > (unsigned)ranges[at].max)
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
	const char *end;
	uint64_t number = ds_str_digits(text, 10, &end);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (end == text || !unit || end[1] || number > INT_MAX)
		return -1;
	return (long long)number * seconds[unit - units];
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

/* Not by strftime(3), which brings all the words of a locale along: 10 KiB. */
const char *ds_when_text(char text[DS_WHEN_MAX], time_t when, bool local)
{
	struct tm tm;
	int len;

	text[0] = 0;
	if (!(local ? localtime_r(&when, &tm) : gmtime_r(&when, &tm)))
		return text;
	len = snprintf(text, DS_WHEN_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
		       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (local)
		snprintf(text + len, DS_WHEN_MAX - (size_t)len, "%c%02d%02d",
			 tm.tm_gmtoff < 0 ? '-' : '+', abs((int)tm.tm_gmtoff) / 3600,
			 abs((int)tm.tm_gmtoff) / 60 % 60);
	else
		memcpy(text + len, "Z", 2);
	return text;
}
