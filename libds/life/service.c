// SPDX-License-Identifier: GPL-3.0-or-later
/* service - see service.h. */
#include "libds/life/service.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/signals.h"
#include "libds/core/str.h"
#include "libds/core/words.h"
#include "libds/life/user.h"

#define WORDS_MAX 256
#define DELAY_MAX 86400 /* seconds */

struct ds_service *ds_services_add(struct ds_services *services, size_t at, const char *name)
{
	struct ds_service *list =
		realloc(services->list, (services->count + 1) * sizeof(*services->list));
	char *copy = name ? strdup(name) : NULL;

	if (list)
		services->list = list;
	if (!list || (name && !copy)) {
		free(copy);
		ds_fail_with(ENOMEM, "keep a service");
		return NULL;
	}
	memmove(list + at + 1, list + at, (services->count++ - at) * sizeof(*list));
	list[at] = (struct ds_service){
		.name = copy, .restart = DS_RESTART_NEVER, .stop_signal = SIGTERM};
	return list + at;
}

int ds_services_find(struct ds_services *services, const char *dir)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	auto_dir list = opendir(dir);
	struct dirent *entry;

	if (!list)
		return ds_fail("list %s", dir);
	while ((entry = readdir(list))) {
		size_t at = services->count;

		if (entry->d_name[strspn(entry->d_name, plain)])
			continue;
		while (at && strcmp(entry->d_name, services->list[at - 1].name) < 0)
			at--;
		if (!ds_services_add(services, at, entry->d_name))
			return -ENOMEM;
	}
	return 0;
}

static int read_number(const struct ds_conf *conf, const char *key, int max, int *value)
{
	const char *text = ds_conf_get(conf, key);
	long long number;

	if (!text)
		return 0;
	if (ds_try_number(text, 0, max, &number) < 0)
		return ds_refuse(DS_EXIT_USAGE, "%s=%.40s: not a number from 0 to %d", key, text,
				 max);
	*value = (int)number;
	return 0;
}

static int read_flag(const struct ds_conf *conf, const char *key, bool *flag)
{
	int value = 0, err = read_number(conf, key, 1, &value);

	*flag = value;
	return err;
}

static int read_restart(const struct ds_conf *conf, struct ds_service *service)
{
	const char *restart = ds_conf_get(conf, "restart");

	if (!restart || strcmp(restart, "on-failure") == 0)
		service->restart = DS_RESTART_ON_FAILURE;
	else if (strcmp(restart, "always") == 0)
		service->restart = DS_RESTART_ALWAYS;
	else if (strcmp(restart, "never") == 0)
		service->restart = DS_RESTART_NEVER;
	else
		return ds_refuse(DS_EXIT_USAGE, "restart=%.40s: never, on-failure or always",
				 restart);
	return 0;
}

/* A typing error must not go unseen: it may be the rule by which it is started. */
static int check_keys(const struct ds_conf *conf)
{
	static const char keys[] =
		"command restart delay delay_max user directory env signal main step";

	for (size_t i = 0; i < conf->count; i++) {
		const char *line = conf->lines[i] + strspn(conf->lines[i], " \t");
		char key[16];
		size_t len = strcspn(line, " \t=");

		if (!*line || *line == '#')
			continue;
		if (len < sizeof(key) && strchr(line, '=')) {
			memcpy(key, line, len);
			key[len] = 0;
			if (len && ds_str_has_word(keys, key))
				continue;
		}
		return ds_refuse(DS_EXIT_USAGE, "line %zu, %.40s: not one of %s", i + 1, line,
				 keys);
	}
	return ds_conf_get(conf, "command") ? 0 : ds_refuse(DS_EXIT_USAGE, "it has no command");
}

int ds_service_read(struct ds_service *service, struct ds_conf *conf, const char *dir)
{
	auto_free char *text = NULL;
	const char *signal_name;
	char path[PATH_MAX];
	struct ds_service read = *service; /* all of it, or nothing */
	int delay = 1, delay_max = 60, sig = SIGTERM, err;

	err = ds_str_fmt(path, sizeof(path), "%s/%s", dir, service->name);
	if (!err)
		err = ds_file_load(AT_FDCWD, path, DS_CONF_MAX, &text);
	if (!err)
		err = ds_conf_parse(conf, text);
	if (!err)
		err = check_keys(conf);
	if (!err)
		err = read_restart(conf, &read);
	if (!err)
		err = read_number(conf, "delay", DELAY_MAX, &delay);
	if (!err)
		err = read_number(conf, "delay_max", DELAY_MAX, &delay_max);
	if (!err)
		err = read_flag(conf, "main", &read.is_main);
	if (!err)
		err = read_flag(conf, "step", &read.is_step);
	if (err < 0)
		return err;
	signal_name = ds_conf_get(conf, "signal");
	if (signal_name && (sig = ds_try_signal(signal_name)) < 0)
		return ds_refuse(DS_EXIT_USAGE, "signal=%.40s: no signal", signal_name);
	read.stop_signal = (uint8_t)sig;
	read.first_delay_ms = delay * 1000;
	read.last_delay_ms = (delay_max < delay ? delay : delay_max) * 1000;
	*service = read;
	return 0;
}

static int become_user(const char *name)
{
	auto_fd root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ds_user user;
	int err = root_fd < 0 ? ds_fail("open /") : ds_user_find(root_fd, name, &user);

	if (!err)
		err = ds_user_become(&user);
	if (err < 0)
		return err;
	setenv("HOME", *user.home ? user.home : "/", 1);
	setenv("USER", user.name, 1);
	setenv("LOGNAME", user.name, 1);
	return 0;
}

int ds_service_exec(const struct ds_conf *conf, bool *found)
{
	const char *user = ds_conf_get(conf, "user"), *directory = ds_conf_get(conf, "directory");
	auto_free char *command = strdup(ds_conf_get(conf, "command"));
	char *words[WORDS_MAX];
	int count;

	*found = true;
	count = command ? ds_words_split(command, words, WORDS_MAX) : ds_fail("read its command");
	if (count < 0)
		return count;
	if (!count)
		return ds_refuse(DS_EXIT_USAGE, "it has no command");
	if (user && become_user(user) < 0)
		return -ds_err_last()->code;
	for (size_t i = 0; i < conf->count; i++) {
		char *env = (char *)ds_conf_line_value(conf->lines[i], "env");

		if (env && (!strchr(env, '=') || putenv(env) != 0))
			return ds_refuse(DS_EXIT_USAGE, "env=%.40s: not KEY=VALUE", env);
	}
	if (directory && chdir(directory) < 0)
		return ds_fail("directory %s", directory);
	execvp(words[0], words);
	*found = errno != ENOENT;
	return ds_fail("%s", words[0]);
}
