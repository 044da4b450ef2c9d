// SPDX-License-Identifier: GPL-3.0-or-later
/* when - points in time as people write them. */
#include <time.h>

#include "claim.h"
#include "libds/core/when.h"

static const time_t now = 1764096025; /* 2025-11-25 18:40:25 UTC */

static time_t at(const char *text)
{
	time_t when = -2;

	return ds_try_when(text, now, &when) < 0 ? -1 : when;
}

int main(void)
{
	static const char *const wrong[] = {
		"",
		"x",
		"10",
		"10m ",
		"m",
		"-5m",
		"1.5h",
		"10mm",
		"@",
		"@-1",
		"@1x",
		"24:00",
		"12:60",
		"12",
		"12:",
		"12:00:",
		" 12:00",
		"2025-13-01",
		"2025-11-00",
		"2025-11",
		"2025-11-25 ",
		"Today",
		"2025-11-25 12",
		"99999999999d",
	};

	MUST(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) == 0);
	tzset();
	CLAIM("seconds, minutes, hours and days ago",
	      at("90s") == now - 90 && at("10m") == now - 600 && at("2h") == now - 7200 &&
		      at("3d") == now - 3 * 86400 && at("0s") == now);
	CLAIM("seconds since 1970", at("@0") == 0 && at("@1764096025") == now);
	CLAIM("days begin at local midnight", at("2025-11-25") == 1764025200 &&
						      at("today") == 1764025200 &&
						      at("yesterday") == 1764025200 - 86400);
	CLAIM("a day has the summer time that it has", at("2025-07-01 00:00") == 1751320800);
	CLAIM("a time of the day is today's",
	      at("19:40") == now - 25 && at("19:40:25") == now && at("9:05") == 1764057900);
	CLAIM("date and time with a blank or a T",
	      at("2025-11-25 19:40:25") == now && at("2025-11-25T19:40") == now - 25);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		if (at(wrong[i]) != -1) {
			fprintf(stderr, "\"%s\" is %lld\n", wrong[i], (long long)at(wrong[i]));
			CLAIM("nothing else is a time", false);
			return 0;
		}
	}
	CLAIM("nothing else is a time", true);
	return 0;
}
