// SPDX-License-Identifier: GPL-3.0-or-later
/* json - see json.h. */
#include "libds/core/json.h"

#include <stddef.h>
#include <string.h>

#include "libds/core/utf8.h"

static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	while (*text) {
		uint32_t code;
		size_t len = ds_utf8_decode(text, &code);

		if (!len)
			fputs("\\ufffd", out);
		else if (code == '"' || code == '\\')
			fprintf(out, "\\%c", (int)code);
		/* Most may stand in JSON, but who looks at it on a terminal is not to be fooled. */
		else if (ds_utf8_is_control(code))
			fprintf(out, "\\u%04x", (unsigned)code);
		else
			fwrite(text, 1, len, out);
		text += len ? len : 1;
	}
	putc('"', out);
}

static void new_line(struct ds_json *json)
{
	fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
}

/* Comma, indentation and key: what stands before any value. */
static void begin_value(struct ds_json *json, const char *key)
{
	uint32_t bit = UINT32_C(1) << json->depth;

	if (json->filled & bit)
		putc(',', json->out);
	if (json->depth)
		new_line(json);
	json->filled |= bit;
	if (key) {
		put_string(json->out, key);
		fputs(": ", json->out);
	}
}

void ds_json_open(struct ds_json *json, const char *key, char bracket)
{
	begin_value(json, key);
	putc(bracket, json->out);
	json->depth++;
	json->filled &= ~(UINT32_C(1) << json->depth);
}

void ds_json_close(struct ds_json *json, char bracket)
{
	bool filled = json->filled & UINT32_C(1) << json->depth;

	json->depth--;
	if (filled)
		new_line(json);
	putc(bracket, json->out);
	if (!json->depth)
		putc('\n', json->out);
}

void ds_json_string(struct ds_json *json, const char *key, const char *value)
{
	begin_value(json, key);
	if (value)
		put_string(json->out, value);
	else
		fputs("null", json->out);
}

void ds_json_number(struct ds_json *json, const char *key, long long value)
{
	begin_value(json, key);
	fprintf(json->out, "%lld", value);
}

void ds_json_bool(struct ds_json *json, const char *key, bool value)
{
	begin_value(json, key);
	fputs(value ? "true" : "false", json->out);
}
