// SPDX-License-Identifier: GPL-3.0-or-later
/* watch - see watch.h. */
#include "libds/core/watch.h"

#include <stdarg.h>
#include <stdio.h>

#include "libds/core/err.h"

void ds_watch_progress(const struct ds_watch *watch, const char *what, uint64_t done,
		       uint64_t total)
{
	if (watch && watch->progress)
		watch->progress(watch, what, done, total);
}

void ds_watch_note(const struct ds_watch *watch, const char *fmt, ...)
{
	char text[sizeof(((struct ds_err *)0)->text)];
	va_list ap;

	if (!watch || !watch->note)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	watch->note(watch, text);
}
