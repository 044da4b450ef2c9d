// SPDX-License-Identifier: GPL-3.0-or-later
/* builder - see builder.h. */
#include "libds/link/builder.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libds/core/auto.h"
#include "libds/core/base64.h"
#include "libds/core/err.h"
#include "libds/core/utf8.h"
#include "libds/link/wire.h"

void ds_builder_free(struct ds_builder *builder)
{
	ds_auto_fclose(&builder->json.out);
	ds_auto_free(&builder->frame);
	*builder = (struct ds_builder){0};
}

int ds_build(struct ds_builder *builder, const char *type)
{
	static const char prefix[DS_FRAME_PREFIX];

	*builder = (struct ds_builder){0};
	builder->json.out = open_memstream(&builder->frame, &builder->len);
	if (!builder->json.out)
		return ds_fail("make a message");
	fwrite(prefix, 1, sizeof(prefix), builder->json.out);
	ds_json_open(&builder->json, NULL, '{');
	ds_json_string(&builder->json, "type", type);
	return 0;
}

/* Is all of it characters? */
static bool is_text(const char *text, size_t len)
{
	uint32_t code;
	size_t step;

	if (strlen(text) != len)
		return false;
	while ((step = ds_utf8_decode(text, &code)))
		text += step;
	return !*text;
}

void ds_build_data(struct ds_builder *builder, const char *key, const void *data, size_t len)
{
	auto_free char *text = malloc(DS_BASE64_SIZE(len) > len ? DS_BASE64_SIZE(len) : len + 1);
	char key64[32];
	bool is_whole;

	if (!text) {
		builder->failed = true;
		return;
	}
	memcpy(text, data, len);
	text[len] = 0;
	is_whole = is_text(text, len);
	for (size_t i = 0; i < len; i++) {
		if (!text[i])
			text[i] = (char)0xff;
	}
	ds_json_string(&builder->json, key, text);
	if (is_whole)
		return;
	ds_base64_encode(text, data, len);
	snprintf(key64, sizeof(key64), "%s64", key);
	ds_json_string(&builder->json, key64, text);
}

int ds_build_end(struct ds_builder *builder)
{
	uint32_t size;

	ds_json_close(&builder->json, '}');
	builder->failed |= fclose(take_ptr(builder->json.out)) != 0;
	if (builder->failed || !builder->frame)
		return ds_fail_with(ENOMEM, "make a message");
	if (builder->len > DS_FRAME_MAX + DS_FRAME_PREFIX)
		return ds_fail_with(EMSGSIZE, "make a message");
	size = (uint32_t)(builder->len - DS_FRAME_PREFIX);
	for (int i = 0; i < DS_FRAME_PREFIX; i++)
		builder->frame[i] = (char)(size >> (24 - 8 * i));
	return 0;
}
