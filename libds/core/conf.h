/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_CONF_H
#define DS_CORE_CONF_H

/* conf - files of key=value lines that others edit too.
 *
 * Lines that are no key=value (comments, blanks) and keys nobody asked for are kept verbatim and
 * in place. Blanks around key and value are not part of them. A key that stands twice: the last
 * one counts, and set leaves only that one. Values cannot hold a newline. */

#include <stdbool.h>
#include <stddef.h>

#define DS_CONF_MAX (1 << 20) /* largest file accepted, bytes */

struct ds_conf {
	char **lines; /* owned, without newline */
	size_t count;
};

#define auto_conf __attribute__((cleanup(ds_conf_free))) struct ds_conf

void ds_conf_free(struct ds_conf *conf);

/* Split text (not kept) into lines and add them. */
int ds_conf_parse(struct ds_conf *conf, const char *text);

/* The value, or NULL. It stays valid until that key is set or the conf freed. */
const char *ds_conf_get(const struct ds_conf *conf, const char *key);

/* Set, append or (value NULL) remove a key. -EINVAL for a newline in the value. */
int ds_conf_set(struct ds_conf *conf, const char *key, const char *value);

/* Does line begin "key="? Its value, or NULL. */
const char *ds_conf_line_value(const char *line, const char *key);

/* The whole file as text, to be freed; NULL when out of memory. */
char *ds_conf_text(const struct ds_conf *conf);

#endif
