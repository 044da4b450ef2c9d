// SPDX-License-Identifier: GPL-3.0-or-later
/* message - see message.h. */
#include "libds/link/message.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define JSMN_STATIC
#define JSMN_STRICT
#include "gen/jsmn.h"
#include "libds/core/auto.h"
#include "libds/core/base64.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/core/utf8.h"
#include "libds/link/wire.h"

/* ---- Reading ---- */

/* What jsmn found, gone through again: it lets pass {"a" "b"}, [1 2], numbers like 1-2 and any bytes in
 * strings. */
struct walk {
	char *text;
	const jsmntok_t *tokens;
	int count, next, at;
};

void ds_message_free(struct ds_message *message)
{
	ds_auto_free(&message->text);
	ds_auto_free(&message->tokens);
	*message = (struct ds_message){0};
}

static void skip_blanks(struct walk *walk)
{
	walk->at += (int)strspn(walk->text + walk->at, " \t\r\n");
}

static bool take(struct walk *walk, char wanted)
{
	skip_blanks(walk);
	if (walk->text[walk->at] != wanted)
		return false;
	walk->at++;
	return true;
}

/* The four digits of \uXXXX, which jsmn has looked at. */
static uint32_t code_unit(const char *digits)
{
	char four[5] = {digits[0], digits[1], digits[2], digits[3]};

	return (uint32_t)ds_str_digits(four, 16, NULL);
}

static char *put_utf8(char *to, uint32_t code)
{
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
	int len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (len == 1) {
		*to = (char)code;
		return to + 1;
	}
	for (int i = len - 1; i > 0; i--, code >>= 6)
		to[i] = (char)(0x80 | (code & 0x3f));
	*to = (char)(first[len] | code);
	return to + len;
}

/* What begins with a backslash; *to gets its character. Behind it, or NULL. */
static const char *unescape(const char *from, char **to)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *letter = from[1] ? strchr(letters, from[1]) : NULL;
	uint32_t code, low;

	if (letter) {
		*(*to)++ = meant[letter - letters];
		return from + 2;
	}
	if (from[1] != 'u')
		return NULL;
	code = code_unit(from + 2);
	from += 6;
	if (code >= 0xd800 && code < 0xe000) {
		if (code >= 0xdc00 || from[0] != '\\' || from[1] != 'u')
			return NULL;
		low = code_unit(from + 2);
		if (low < 0xdc00 || low >= 0xe000)
			return NULL;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		from += 6;
	}
	if (!code)
		return NULL;
	*to = put_utf8(*to, code);
	return from;
}

/* The text can only get shorter. */
static bool read_string(struct walk *walk, const jsmntok_t *token)
{
	const char *from = walk->text + token->start, *end = walk->text + token->end;
	char *to = walk->text + token->start;

	if (walk->text[walk->at] != '"' || walk->at + 1 != token->start)
		return false;
	while (from && from < end) {
		uint32_t code;
		size_t len = ds_utf8_decode(from, &code);

		if (*from == '\\') {
			from = unescape(from, &to);
		} else if (!len || code < 0x20) {
			return false;
		} else {
			if (to != from)
				memmove(to, from, len);
			to += len;
			from += len;
		}
	}
	*to = 0;
	walk->at = token->end + 1;
	return from != NULL;
}

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* Bytes of the number there, 0: it is none. */
static size_t number_length(const char *text)
{
	const char *at = text + (*text == '-');
	size_t len = digits(at);

	if (!len || (*at == '0' && len > 1))
		return 0;
	at += len;
	if (*at == '.') {
		len = digits(++at);
		at += len;
	}
	if (len && (*at == 'e' || *at == 'E')) {
		at += 1 + (at[1] == '+' || at[1] == '-');
		len = digits(at);
		at += len;
	}
	return len ? (size_t)(at - text) : 0;
}

static bool read_primitive(struct walk *walk, const jsmntok_t *token)
{
	static const char *const words[] = {"true", "false", "null"};
	const char *text = walk->text + token->start;
	size_t len = (size_t)(token->end - token->start);
	bool is = number_length(text) == len;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		is |= strlen(words[i]) == len && memcmp(words[i], text, len) == 0;
	if (walk->at != token->start || !is)
		return false;
	walk->at = token->end;
	return true;
}

static bool read_value(struct walk *walk, int depth, jsmntype_t wanted)
{
	const jsmntok_t *token = walk->tokens + walk->next;
	bool is_object, more;

	skip_blanks(walk);
	if (walk->next++ >= walk->count || (wanted && token->type != wanted))
		return false;
	if (token->type == JSMN_STRING)
		return read_string(walk, token);
	if (token->type == JSMN_PRIMITIVE)
		return read_primitive(walk, token);
	is_object = token->type == JSMN_OBJECT;
	if (!depth || !take(walk, is_object ? '{' : '['))
		return false;
	if (take(walk, is_object ? '}' : ']'))
		return true;
	do {
		if (is_object && (!read_value(walk, depth, JSMN_STRING) || !take(walk, ':')))
			return false;
		if (!read_value(walk, depth - 1, JSMN_UNDEFINED))
			return false;
		more = take(walk, ',');
	} while (more);
	return take(walk, is_object ? '}' : ']');
}

static int invalid(void)
{
	return ds_refuse(DS_EXIT_FAILED, "a message that is not JSON");
}

int ds_message_parse(struct ds_message *message, char *text, size_t len)
{
	jsmn_parser parser;
	struct walk walk = {.text = text};
	int count;

	*message = (struct ds_message){.text = text};
	if (strlen(text) != len || len > DS_FRAME_MAX)
		return invalid();
	jsmn_init(&parser);
	count = jsmn_parse(&parser, text, len, NULL, 0);
	if (count > DS_MESSAGE_VALUES)
		return ds_refuse(DS_EXIT_FAILED, "a message of more than %d values",
				 DS_MESSAGE_VALUES);
	if (count <= 0)
		return invalid();
	message->tokens = calloc((size_t)count, sizeof(jsmntok_t));
	if (!message->tokens)
		return ds_fail_with(ENOMEM, "read a message");
	jsmn_init(&parser);
	if (jsmn_parse(&parser, text, len, message->tokens, (unsigned)count) != count)
		return invalid();
	walk.tokens = message->tokens;
	walk.count = count;
	if (!read_value(&walk, DS_MESSAGE_DEPTH, JSMN_OBJECT))
		return invalid();
	skip_blanks(&walk);
	if ((size_t)walk.at != len || walk.next != count)
		return invalid();
	message->count = count;
	message->type = ds_message_string(message, "type");
	return message->type ? 0 : ds_refuse(DS_EXIT_FAILED, "a message without a type");
}

/* ---- Looking ---- */

static const jsmntok_t *token_at(const struct ds_message *message, int n)
{
	return (const jsmntok_t *)message->tokens + n;
}

/* The number of the token behind the value. */
static int behind(const struct ds_message *message, int n)
{
	int end = token_at(message, n)->end;

	while (n < message->count && token_at(message, n)->start < end)
		n++;
	return n;
}

/* Behind an empty string, which ends where it starts. */
static int next_value(const struct ds_message *message, int n)
{
	int next = behind(message, n);

	return next > n ? next : n + 1;
}

/* The value of a member of the object; -1: there is none. */
static int find(const struct ds_message *message, int object, const char *key)
{
	int end = behind(message, object);

	for (int n = object + 1; n < end; n = next_value(message, n + 1)) {
		if (strcmp(message->text + token_at(message, n)->start, key) == 0)
			return n + 1;
	}
	return -1;
}

static const char *string_at(const struct ds_message *message, int n)
{
	return n >= 0 && token_at(message, n)->type == JSMN_STRING
		       ? message->text + token_at(message, n)->start
		       : NULL;
}

const char *ds_message_string(const struct ds_message *message, const char *key)
{
	return string_at(message, find(message, 0, key));
}

bool ds_message_has(const struct ds_message *message, const char *key)
{
	return find(message, 0, key) >= 0;
}

static const char *primitive(const struct ds_message *message, const char *key)
{
	int n = find(message, 0, key);

	return n >= 0 && token_at(message, n)->type == JSMN_PRIMITIVE
		       ? message->text + token_at(message, n)->start
		       : "";
}

bool ds_message_is(const struct ds_message *message, const char *key)
{
	return *primitive(message, key) == 't';
}

int ds_message_number(const struct ds_message *message, const char *key)
{
	const char *text = primitive(message, key), *end;
	uint64_t number = ds_str_digits(text, 10, &end);

	return end == text || *end == '.' || *end == 'e' || *end == 'E' || number > INT_MAX
		       ? -1
		       : (int)number;
}

/* Element n of an array that is a member, its length where n is -1; -1: none. */
static int element(const struct ds_message *message, const char *key, int n)
{
	int array = find(message, 0, key), at = array + 1, i = 0;

	if (array < 0 || token_at(message, array)->type != JSMN_ARRAY)
		return -1;
	for (int end = behind(message, array); at < end; at = next_value(message, at), i++) {
		if (i == n)
			return at;
	}
	return n < 0 ? i : -1;
}

int ds_message_count(const struct ds_message *message, const char *key)
{
	return element(message, key, -1);
}

const char *ds_message_element(const struct ds_message *message, const char *key, int n,
			       const char *member)
{
	int at = n < 0 ? -1 : element(message, key, n);

	if (!member || at < 0)
		return string_at(message, at);
	return token_at(message, at)->type == JSMN_OBJECT
		       ? string_at(message, find(message, at, member))
		       : NULL;
}

ssize_t ds_message_data(const struct ds_message *message, const char *key, char **data)
{
	char key64[32];

	snprintf(key64, sizeof(key64), "%s64", key);
	*data = (char *)ds_message_string(message, key64);
	if (*data)
		return ds_try_base64_decode(*data);
	*data = (char *)ds_message_string(message, key);
	return *data ? (ssize_t)strlen(*data) : -ENOENT;
}
