// SPDX-License-Identifier: GPL-3.0-or-later
/* link - what a guest sends: frames cut anywhere, and in them what is to be a message. The first byte says in
 * pieces of how many bytes they come. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/utf8.h"
#include "libds/link/builder.h"
#include "libds/link/message.h"
#include "libds/link/policy.h"
#include "libds/link/wire.h"

static const char *const keys[] = {"type", "data", "args", "actions", "text", "uri", "", "key"};

static void must(int holds)
{
	if (!holds)
		abort();
}

/* A string that came through is UTF-8 to its end. */
static void use(const char *text)
{
	uint32_t code;
	size_t len;

	while (text && (len = ds_utf8_decode(text, &code)))
		text += len;
	must(!text || !*text);
}

static void ask(const struct ds_message *message)
{
	struct ds_conf conf = {0};
	struct ds_policy policy = {.conf = &conf};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *key = keys[i], *value = ds_message_string(message, key);

		use(value);
		must(!value || ds_message_has(message, key));
		must(ds_message_number(message, key) >= -1);
		ds_message_is(message, key);
		for (int n = -1; n < ds_message_count(message, key); n++) {
			use(ds_message_element(message, key, n, NULL));
			use(ds_message_element(message, key, n, "key"));
		}
		if (value) {
			ds_policy_uri(&policy, value);
			ds_policy_argument(&policy, value);
			must(!ds_policy_command(&policy, value));
		}
	}
}

/* Bytes that came go back as they are. */
static void answer(const char *data, size_t len)
{
	auto_builder builder = {0};
	auto_message message = {0};
	char *text, *back;
	size_t size;

	must(ds_build(&builder, "x") == 0);
	ds_build_data(&builder, "data", data, len);
	must(ds_build_end(&builder) == 0);
	size = builder.len - DS_FRAME_PREFIX;
	text = malloc(size + 1);
	must(text != NULL);
	memcpy(text, builder.frame + DS_FRAME_PREFIX, size);
	text[size] = 0;
	must(ds_message_parse(&message, text, size) == 0);
	must(ds_message_data(&message, "data", &back) == (ssize_t)len && !memcmp(back, data, len));
}

static void parse(char *text, size_t len)
{
	auto_message message = {0};
	char *data;

	if (ds_message_parse(&message, text, len) < 0)
		return;
	use(message.type);
	ask(&message);
	for (int i = 0; i < 2; i++) {
		ssize_t size = ds_message_data(&message, keys[1 + 3 * i], &data);

		if (size > 0)
			answer(data, (size_t)size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size ? data[0] + 1U : 1;
	auto_wire_in in = {0};
	int ends[2], got = 0;

	if (size > 60000)
		return 0;
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	for (size_t at = 1; got >= 0 && at < size; at += piece) {
		size_t len = size - at < piece ? size - at : piece;

		must(write(ends[0], data + at, len) == (ssize_t)len);
		while ((got = ds_try_wire_read(&in, ends[1], 50000)) == 1)
			parse(take_ptr(in.text), in.size);
	}
	close(ends[0]);
	while (got >= 0 && (got = ds_try_wire_read(&in, ends[1], 50000)) == 1)
		parse(take_ptr(in.text), in.size);
	must(got < 0);
	close(ends[1]);
	if (size) {
		char *text = malloc(size);

		/* As if a prefix had said so: most of what is tried would be too long or too short for its own. */
		must(text != NULL);
		memcpy(text, data + 1, size - 1);
		text[size - 1] = 0;
		parse(text, size - 1);
	}
	return 0;
}
