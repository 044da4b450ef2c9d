/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_JSON_H
#define DS_CORE_JSON_H

/* json - writing JSON (RFC 8259) as a stream. Nothing here reads JSON.
 *
 * Every call writes one member of the object or one element of the array that is open: key names
 * the member, and is NULL for an element and for the outermost value. What comes out is UTF-8
 * whatever goes in: a byte that is not becomes U+FFFD, a control character its escape. Errors of
 * the stream stay on the stream, for ferror(3). */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define DS_JSON_DEPTH 31 /* objects and arrays within each other */

struct ds_json {
	FILE *out;
	unsigned depth;
	uint32_t filled; /* bit n: what is open at depth n has a member already */
};

/* Begin an object ('{') or an array ('['). */
void ds_json_open(struct ds_json *json, const char *key, char bracket);

/* End what was begun last, with the bracket that fits ('}' or ']'). The outermost one ends the
 * line. */
void ds_json_close(struct ds_json *json, char bracket);

/* NULL writes null. */
void ds_json_string(struct ds_json *json, const char *key, const char *value);
void ds_json_number(struct ds_json *json, const char *key, long long value);
void ds_json_bool(struct ds_json *json, const char *key, bool value);

#endif
