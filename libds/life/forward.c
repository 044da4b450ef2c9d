// SPDX-License-Identifier: GPL-3.0-or-later
/* forward - see forward.h. */
#include "libds/life/forward.h"

#include <stdio.h>
#include <string.h>

#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/life/bind.h"
#include "libds/link/dial.h"

#define SHOWN_MAX 120 /* bytes of an item or path in an error */
#define WHY_MAX 100
#define ID_MAX 4294967294U /* the one above stands for none */

/* Takes a word of len bytes; false: it is no option. *wrong becomes what is wrong with one. */
static bool take_option(struct ds_forward *forward, const char *word, size_t len,
			const char **wrong)
{
	static const char *const names[] = {"mode=", "uid=", "gid="};
	const char *end;
	uint64_t value;

	if (len == 4 && memcmp(word, "nofd", 4) == 0)
		return forward->no_fds = true;
	if (len == 9 && memcmp(word, "seqpacket", 9) == 0)
		return forward->seqpacket = true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t name = strlen(names[i]);
		const char *digits = word + name;

		if (len < name || memcmp(word, names[i], name) != 0)
			continue;
		value = i ? ds_str_digits(digits, 10, &end) : 0;
		for (end = i ? end : digits; !i && *end >= '0' && *end <= '7' && value <= 0777;
		     end++)
			value = value * 8 + (uint64_t)(*end - '0');
		if (end == digits || end != word + len || value > (i ? ID_MAX : 0777))
			*wrong = i ? DS_TEXT("uid and gid are numbers")
				   : DS_TEXT("mode is octal, at most 0777");
		if (!i)
			forward->mode = (mode_t)value;
		else if (i == 1)
			forward->uid = (uid_t)value;
		else
			forward->gid = (gid_t)value;
		return true;
	}
	return false;
}

static size_t item_length(const char *list)
{
	struct ds_forward scratch;
	const char *wrong;
	size_t len = ds_item_span(list, ",");

	while (list[len] == ',') {
		size_t word = ds_item_span(list + len + 1, ",");

		if (!take_option(&scratch, list + len + 1, word, &wrong))
			break;
		len += 1 + word;
	}
	return len;
}

static int refuse_item(const char *item, size_t len, const char *why)
{
	return ds_refuse(DS_EXIT_USAGE, "forward '%.*s': %s",
			 (int)(len < SHOWN_MAX ? len : SHOWN_MAX), item, why);
}

/* Each word stands behind a colon or comma. NULL, or what is wrong. */
static const char *take_options(struct ds_forward *forward, const char *words, size_t len,
				char why[WHY_MAX])
{
	const char *wrong = NULL;

	for (size_t at = 0; !wrong && at < len;) {
		const char *word = words + at + 1;
		size_t word_len = ds_item_span(word, ",");

		if (!take_option(forward, word, word_len, &wrong)) {
			snprintf(why, WHY_MAX, "unknown option '%.*s'", (int)word_len, word);
			wrong = why;
		}
		at += 1 + word_len;
	}
	return wrong;
}

/* The types before the paths; those are absolute. */
static const char *take_types(struct ds_forward *forward, const char **item, char why[WHY_MAX])
{
	static const char *const types[] = {"uds:", "guest:"};

	forward->from_guest = false;
	for (int i = 0; i < 2; i++) {
		if (!ds_str_has_prefix(*item, types[i]))
			continue;
		*item += strlen(types[i]);
		forward->from_guest = i;
	}
	if (**item == '/')
		return NULL;
	snprintf(why, WHY_MAX, "'%.*s' is neither an absolute path nor a type, uds or guest",
		 (int)ds_item_span(*item, ":,"), *item);
	return why;
}

/* NULL, or what is wrong. */
static const char *parse_item(struct ds_forward *forward, const char *item, size_t len,
			      char why[WHY_MAX])
{
	const char *end = item + len, *wrong;
	size_t source, target;

	*forward = (struct ds_forward){.mode = 0660};
	wrong = take_types(forward, &item, why);
	if (wrong)
		return wrong;
	source = ds_item_span(item, ":,");
	if (item + source >= end || item[source] != ':')
		return DS_TEXT("there is no colon, a forward is HOST_SOCKET:GUEST_PATH");
	wrong = ds_item_path(forward->source, item, source);
	item += source + 1;
	target = ds_item_span(item, ":,");
	if (!wrong)
		wrong = ds_item_path(forward->target, item, target);
	if (!wrong)
		wrong = ds_item_tidy(forward->target);
	if (!wrong && strlen(strrchr(forward->source, '/') + 1) > DS_DIAL_PATH_MAX)
		wrong = DS_TEXT("the last part of the socket's path is longer than 107 bytes");
	item += target;
	return wrong ? wrong : take_options(forward, item, (size_t)(end - item), why);
}

int ds_forward_next(const char **list, struct ds_forward *forward)
{
	const char *item = *list, *wrong;
	size_t len = item_length(item);
	char why[WHY_MAX];

	if (!*item)
		return 0;
	wrong = parse_item(forward, item, len, why);
	if (!wrong && item[len] && !item[len + 1])
		wrong = DS_TEXT("an empty one is behind it");
	if (wrong)
		return refuse_item(item, len, wrong);
	*list = item + len + (item[len] == ',');
	return 1;
}

static bool is_same(const struct ds_forward *a, const struct ds_forward *b)
{
	return a->from_guest == b->from_guest && strcmp(a->target, b->target) == 0;
}

int ds_forward_find(const char *list, const struct ds_forward *wanted, const char **from,
		    const char **end)
{
	struct ds_forward forward;
	const char *item = list;
	int more;

	while ((more = ds_forward_next(&list, &forward)) > 0) {
		if (is_same(&forward, wanted)) {
			*from = item;
			*end = list;
			return 1;
		}
		item = list;
	}
	return more;
}

int ds_forwards_check(const char *list)
{
	struct ds_forward forward;
	const char *from, *end;
	int more;

	while ((more = ds_forward_next(&list, &forward)) > 0) {
		int found = ds_forward_find(list, &forward, &from, &end);

		if (found > 0)
			return refuse_item(forward.target, strlen(forward.target),
					   DS_TEXT("the destination is there twice"));
		if (found < 0)
			return found;
	}
	return more;
}

const char *ds_forward_options(char buf[DS_FORWARD_OPTIONS_MAX], const struct ds_forward *forward)
{
	snprintf(buf, DS_FORWARD_OPTIONS_MAX, "mode=0%o,uid=%u,gid=%u%s%s", (unsigned)forward->mode,
		 (unsigned)forward->uid, (unsigned)forward->gid, forward->no_fds ? ",nofd" : "",
		 forward->seqpacket ? ",seqpacket" : "");
	return buf;
}

void ds_forward_id(const char *uuid, const struct ds_forward *forward, char id[DS_SHA256_HEX + 1])
{
	char text[PATH_MAX + 64];
	int len = snprintf(text, sizeof(text), "%s:%s", uuid, forward->target);

	ds_sha256_hex(text, (size_t)len, id);
}

int ds_forward_err_in(const struct ds_forward *forward)
{
	return ds_err_in("forward to %.*s", SHOWN_MAX, forward->target);
}
