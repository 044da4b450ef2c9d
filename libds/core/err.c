// SPDX-License-Identifier: GPL-3.0-or-later
/* err - see err.h. */
#include "libds/core/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct ds_err last;

static void record(int code, enum ds_exit status, const char *fmt, va_list ap)
{
	last.code = code;
	last.exit_status = status;
	last.hint[0] = 0;
	vsnprintf(last.text, sizeof(last.text), ds_text(fmt), ap);
}

/* What strerror() knows is packed, too (scripts/texts.ld). */
static void append_reason(int code)
{
	size_t used = strlen(last.text);

	if (ds_texts_ready())
		snprintf(last.text + used, sizeof(last.text) - used, ": %s", strerror(code));
}

int(ds_fail)(const char *fmt, ...)
{
	int code = errno;
	va_list ap;

	va_start(ap, fmt);
	record(code, DS_EXIT_FAILED, fmt, ap);
	va_end(ap);
	append_reason(code);
	return -code;
}

int(ds_fail_with)(int code, const char *fmt, ...)
{
	va_list ap;

	if (code < 0)
		code = -code;
	va_start(ap, fmt);
	record(code, DS_EXIT_FAILED, fmt, ap);
	va_end(ap);
	append_reason(code);
	return -code;
}

int(ds_refuse)(enum ds_exit status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(ECANCELED, status, fmt, ap);
	va_end(ap);
	return -ECANCELED;
}

int(ds_err_in)(const char *fmt, ...)
{
	char was[sizeof(last.text)];
	va_list ap;
	size_t used;

	memcpy(was, last.text, sizeof(was));
	va_start(ap, fmt);
	vsnprintf(last.text, sizeof(last.text), ds_text(fmt), ap);
	va_end(ap);
	used = strlen(last.text);
	snprintf(last.text + used, sizeof(last.text) - used, ": %s", was);
	return -last.code;
}

void(ds_hint)(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last.hint, sizeof(last.hint), ds_text(fmt), ap);
	va_end(ap);
}

void ds_err_exit_status(enum ds_exit status)
{
	last.exit_status = status;
}

const struct ds_err *ds_err_last(void)
{
	return &last;
}

void ds_err_set(const struct ds_err *err)
{
	last = *err;
	last.text[sizeof(last.text) - 1] = 0;
	last.hint[sizeof(last.hint) - 1] = 0;
}

void ds_err_clear(void)
{
	last.code = 0;
	last.text[0] = last.hint[0] = 0;
}
