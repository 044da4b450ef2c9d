// SPDX-License-Identifier: GPL-3.0-or-later
/* conf - see conf.h. */
#include "libds/core/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"

void ds_conf_free(struct ds_conf *conf)
{
	for (size_t i = 0; i < conf->count; i++)
		free(conf->lines[i]);
	free(conf->lines);
	*conf = (struct ds_conf){0};
}

/* Takes ownership of line in every case. */
static int add_line(struct ds_conf *conf, char *line)
{
	char **grown = line ? realloc(conf->lines, (conf->count + 1) * sizeof(*grown)) : NULL;

	if (!grown) {
		free(line);
		return ds_fail_with(ENOMEM, "keep a configuration line");
	}
	conf->lines = grown;
	conf->lines[conf->count++] = line;
	return 0;
}

int ds_conf_parse(struct ds_conf *conf, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);
		int err = add_line(conf, line ? ds_str_trim_end(line) : NULL);

		if (err < 0)
			return err;
		text += len + (text[len] == '\n');
	}
	return 0;
}

const char *ds_conf_line_value(const char *line, const char *key)
{
	size_t len = strlen(key);

	line += strspn(line, " \t");
	if (strncmp(line, key, len) != 0)
		return NULL;
	line += len;
	line += strspn(line, " \t");
	if (*line != '=')
		return NULL;
	line++;
	return line + strspn(line, " \t");
}

const char *ds_conf_get(const struct ds_conf *conf, const char *key)
{
	for (size_t i = conf->count; i-- > 0;) {
		const char *value = ds_conf_line_value(conf->lines[i], key);

		if (value)
			return value;
	}
	return NULL;
}

static void remove_line(struct ds_conf *conf, size_t at)
{
	free(conf->lines[at]);
	conf->count--;
	memmove(conf->lines + at, conf->lines + at + 1, (conf->count - at) * sizeof(*conf->lines));
}

int ds_conf_set(struct ds_conf *conf, const char *key, const char *value)
{
	auto_free char *line = NULL;
	size_t at = 0, first = conf->count;

	if (value && strchr(value, '\n'))
		return ds_fail_with(EINVAL, "set %s: a value with a newline", key);
	if (value && asprintf(&line, "%s=%s", key, value) < 0)
		return ds_fail_with(ENOMEM, "set %s", key);
	while (at < conf->count) {
		if (!ds_conf_line_value(conf->lines[at], key)) {
			at++;
		} else if (line && first == conf->count) {
			first = at++;
		} else {
			remove_line(conf, at);
			if (first > conf->count)
				first = conf->count;
		}
	}
	if (!line)
		return 0;
	if (first == conf->count)
		return add_line(conf, take_ptr(line));
	free(conf->lines[first]);
	conf->lines[first] = take_ptr(line);
	return 0;
}

char *ds_conf_text(const struct ds_conf *conf)
{
	size_t size = 1;
	char *text, *end;

	for (size_t i = 0; i < conf->count; i++)
		size += strlen(conf->lines[i]) + 1;
	end = text = malloc(size);
	if (!text)
		return NULL;
	for (size_t i = 0; i < conf->count; i++) {
		end = stpcpy(end, conf->lines[i]);
		*end++ = '\n';
	}
	*end = 0;
	return text;
}
