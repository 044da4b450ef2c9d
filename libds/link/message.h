/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_MESSAGE_H
#define DS_LINK_MESSAGE_H

/* message - the text of a frame (wire.h): a JSON object with a member "type".
 *
 * Read strictly (RFC 8259), by jsmn and what it leaves to its caller: well-formed UTF-8, no NUL in a
 * string, nothing behind the object. Types and members are those of docs/links.md. Of two members of one
 * name the first counts, and what nobody asks for is let be. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define DS_MESSAGE_VALUES 4096 /* keys and values of one message, at most */
#define DS_MESSAGE_DEPTH 8     /* objects and arrays within each other, at most */

/* Its strings are unescaped, in place. */
struct ds_message {
	char *text;   /* owned */
	void *tokens; /* owned */
	int count;
	const char *type;
};

#define auto_message __attribute__((cleanup(ds_message_free))) struct ds_message

void ds_message_free(struct ds_message *message);

/* Read it. text has len bytes and a NUL behind them, and is owned from then on, also after a failure; the
 * reason is recorded. */
int ds_message_parse(struct ds_message *message, char *text, size_t len);

/* A member that is a string; NULL: there is none. */
const char *ds_message_string(const struct ds_message *message, const char *key);

/* A member that is a whole number; -1 where it is none, or is negative or above INT_MAX. */
int ds_message_number(const struct ds_message *message, const char *key);

/* Is the member there, and true? */
bool ds_message_is(const struct ds_message *message, const char *key);

/* Is there such a member, whatever it is? */
bool ds_message_has(const struct ds_message *message, const char *key);

/* How many elements the array has that is this member; -1: it is none. */
int ds_message_count(const struct ds_message *message, const char *key);

/* Element n of that array, a string; or (member not NULL) that member of it, an object. NULL: there is no
 * such string. */
const char *ds_message_element(const struct ds_message *message, const char *key, int n,
			       const char *member);

/* What ds_build_data() (builder.h) has written: *data points into the message. Its length, or -ENOENT,
 * -EINVAL; quiet. Once only, for it decodes in place. */
ssize_t ds_message_data(const struct ds_message *message, const char *key, char **data);

#endif
