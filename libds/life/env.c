// SPDX-License-Identifier: GPL-3.0-or-later
/* env - see env.h. */
#include "libds/life/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

void ds_env_free(struct ds_env *env)
{
	for (size_t i = 0; i < env->count; i++)
		free(env->vars[i]);
	*env = (struct ds_env){0};
}

static bool is_name(const char *key, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = key[i];
		bool letter = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return len > 0;
}

static size_t find(const struct ds_env *env, const char *key, size_t len)
{
	size_t i;

	for (i = 0; i < env->count; i++) {
		if (strncmp(env->vars[i], key, len) == 0 && env->vars[i][len] == '=')
			break;
	}
	return i;
}

int ds_env_set(struct ds_env *env, const char *key, const char *value)
{
	size_t at = find(env, key, strlen(key));
	char *var;

	if (!is_name(key, strlen(key)))
		return ds_fail_with(EINVAL, "environment variable %s", key);
	if (at == DS_ENV_MAX)
		return ds_fail_with(E2BIG, "environment variable %s", key);
	if (asprintf(&var, "%s=%s", key, value) < 0)
		return ds_fail_with(ENOMEM, "environment variable %s", key);
	if (at == env->count)
		env->count++;
	free(env->vars[at]);
	env->vars[at] = var;
	return 0;
}

const char *ds_env_get(const struct ds_env *env, const char *key)
{
	size_t at = find(env, key, strlen(key));

	return at == env->count ? NULL : env->vars[at] + strlen(key) + 1;
}

int ds_env_put(struct ds_env *env, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	auto_free char *key = NULL;

	if (!equals || !is_name(assignment, (size_t)(equals - assignment)))
		return ds_refuse(DS_EXIT_USAGE, "\"%.60s\" is not KEY=VALUE", assignment);
	key = strndup(assignment, (size_t)(equals - assignment));
	if (!key)
		return ds_fail("set the environment");
	return ds_env_set(env, key, equals + 1);
}

/* Take one line; false if it is no assignment. */
static bool parse_line(struct ds_env *env, char *line, int *err)
{
	char *equals, *value;
	size_t len;

	line += strspn(line, " \t");
	if (ds_str_has_prefix(line, "export "))
		line += strlen("export ");
	ds_str_trim_end(line);
	if (!*line || *line == '#')
		return true;
	equals = strchr(line, '=');
	if (!equals || !is_name(line, (size_t)(equals - line)))
		return false;
	*equals = 0;
	value = equals + 1;
	len = strlen(value);
	if (len > 1 && (value[0] == '"' || value[0] == '\'') && value[len - 1] == value[0]) {
		value[len - 1] = 0;
		value++;
	}
	*err = ds_env_set(env, line, value);
	return true;
}

int ds_env_parse(struct ds_env *env, const char *text, bool lax)
{
	auto_free char *copy = strdup(text);
	char *next = copy, *line;
	int number = 0, err = 0;

	if (!copy)
		return ds_fail("read the environment");
	while (!err && (line = strsep(&next, "\n"))) {
		number++;
		if (!parse_line(env, line, &err) && !lax)
			err = ds_refuse(DS_EXIT_USAGE, "line %d is not KEY=VALUE", number);
	}
	return err;
}

static int set_all(struct ds_env *env, const char *const vars[][2], size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = ds_env_set(env, vars[i][0], vars[i][1]);
	return err;
}

int ds_env_common(struct ds_env *env, const struct ds_spec *spec)
{
	const char *const vars[][2] = {
		{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		{"LANG", "C.UTF-8"},
		{"container", "droidspaces"},
		{"container_uuid", spec->uuid},
	};

	return set_all(env, vars, sizeof(vars) / sizeof(*vars));
}

int ds_env_init(struct ds_env *env, const struct ds_spec *spec)
{
	const char *const vars[][2] = {
		{"TERM", "xterm-256color"},
		{"HOME", "/root"},
		/* OpenRC knows containers by finding container=lxc anywhere in PID 1's environ. */
		{"OPENRC_container", "lxc"},
	};
	auto_free char *text = NULL;
	int err = ds_env_common(env, spec);

	if (!err)
		err = set_all(env, vars, sizeof(vars) / sizeof(*vars));
	if (err < 0 || !*spec->env_file)
		return err;
	err = ds_file_load(AT_FDCWD, spec->env_file, DS_ENV_FILE_MAX, &text);
	if (err < 0)
		return err;
	err = ds_env_parse(env, text, false);
	return err < 0 ? ds_err_in("%s", spec->env_file) : 0;
}
