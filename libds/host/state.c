// SPDX-License-Identifier: GPL-3.0-or-later
/* state - see state.h. */
#include "libds/host/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

#define RECORD_VERSION 1

void ds_state_free(struct ds_state *state)
{
	ds_conf_free(&state->conf);
}

static int set_number(struct ds_conf *conf, const char *key, unsigned long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", value);
	return ds_conf_set(conf, key, text);
}

static int set_fields(struct ds_state *state)
{
	const struct {
		const char *key;
		unsigned long long value;
	} numbers[] = {
		{"record_version", RECORD_VERSION},
		{"pid", (unsigned long long)state->init.pid},
		{"pid_start", state->init.start},
		{"pid_ns", state->init.pid_ns},
		{"monitor_pid", (unsigned long long)state->monitor.pid},
		{"monitor_start", state->monitor.start},
		{"monitor_ns", state->monitor.pid_ns},
		{"started", (unsigned long long)state->started},
	};
	int err = ds_conf_set(&state->conf, "name", state->name);

	if (!err)
		err = ds_conf_set(&state->conf, "boot_id", state->init.boot_id);
	for (size_t i = 0; !err && i < sizeof(numbers) / sizeof(*numbers); i++)
		err = set_number(&state->conf, numbers[i].key, numbers[i].value);
	return err;
}

int ds_state_save(struct ds_state *state, const char *pidfile)
{
	char path[PATH_MAX], pid[16];
	auto_free char *text = NULL;
	int err = set_fields(state);

	if (err < 0)
		return err;
	text = ds_conf_text(&state->conf);
	if (!text)
		return ds_fail_with(ENOMEM, "write the record of %s", state->name);
	snprintf(pid, sizeof(pid), "%d\n", (int)state->init.pid);
	err = ds_workspace_path(path, sizeof(path), DS_WS_RECORD, state->name);
	if (!err)
		err = ds_file_replace(path, 0600, text, false);
	if (!err)
		err = ds_workspace_path(path, sizeof(path), DS_WS_PID, state->name);
	if (!err)
		err = ds_file_replace(path, 0644, pid, false);
	if (!err && *pidfile)
		err = ds_file_replace(pidfile, 0644, pid, false);
	return err;
}

static int get_number(const struct ds_conf *conf, const char *key, long long *value)
{
	const char *text = ds_conf_get(conf, key);

	if (text && ds_try_number(text, 0, LLONG_MAX, value) == 0)
		return 0;
	return ds_fail_with(EINVAL, "key %s", key);
}

static int get_id(const struct ds_conf *conf, struct ds_proc_id *id, const char *const keys[3])
{
	const char *boot_id = ds_conf_get(conf, "boot_id");
	long long pid, start, ns;

	if (!boot_id || strlen(boot_id) != DS_BOOT_ID_LEN)
		return ds_fail_with(EINVAL, "key boot_id");
	memcpy(id->boot_id, boot_id, sizeof(id->boot_id));
	if (get_number(conf, keys[0], &pid) < 0 || get_number(conf, keys[1], &start) < 0 ||
	    get_number(conf, keys[2], &ns) < 0)
		return -ds_err_last()->code;
	if (pid > INT_MAX)
		return ds_fail_with(EINVAL, "key %s", keys[0]);
	id->pid = (pid_t)pid;
	id->start = (unsigned long long)start;
	id->pid_ns = (ino_t)ns;
	return 0;
}

int ds_state_parse(const char *text, struct ds_state *state)
{
	static const char *const init_keys[] = {"pid", "pid_start", "pid_ns"};
	static const char *const monitor_keys[] = {"monitor_pid", "monitor_start", "monitor_ns"};
	const char *name;
	long long version;
	int err = ds_conf_parse(&state->conf, text);

	if (err < 0)
		return err;
	err = get_number(&state->conf, "record_version", &version);
	if (!err && version != RECORD_VERSION)
		err = ds_fail_with(EINVAL, "version %lld", version);
	name = ds_conf_get(&state->conf, "name");
	if (!err)
		err = name ? ds_name_check(name) : ds_fail_with(EINVAL, "key name");
	if (err < 0)
		return err;
	memcpy(state->name, name, strlen(name) + 1);
	err = get_id(&state->conf, &state->init, init_keys);
	if (!err)
		err = get_id(&state->conf, &state->monitor, monitor_keys);
	if (!err)
		err = get_number(&state->conf, "started", &state->started);
	return err;
}

int ds_try_state_load(const char *name, struct ds_state *state)
{
	char path[PATH_MAX];
	auto_free char *text = NULL;
	int err = ds_workspace_path(path, sizeof(path), DS_WS_RECORD, name);

	if (err < 0)
		return err;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return -ENOENT;
	err = ds_file_load(AT_FDCWD, path, DS_CONF_MAX, &text);
	if (!err)
		err = ds_state_parse(text, state);
	return err < 0 ? ds_err_in("record %s", path) : 0;
}

int ds_state_lock(const char *name, bool wait)
{
	char path[PATH_MAX];
	int err = ds_workspace_path(path, sizeof(path), DS_WS_LOCK, name);

	if (err < 0)
		return err;
	for (;;) {
		auto_fd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		struct stat held, named;

		if (fd < 0)
			return ds_fail("open %s", path);
		if (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0) {
			if (errno != EWOULDBLOCK)
				return ds_fail("lock %s", path);
			ds_refuse(DS_EXIT_STATE,
				  "another command is starting or stopping it right now");
			return -EWOULDBLOCK;
		}
		/* Its last holder may have removed the file between our two calls. */
		if (fstat(fd, &held) == 0 && stat(path, &named) == 0 &&
		    held.st_ino == named.st_ino && held.st_dev == named.st_dev)
			return take_fd(&fd);
	}
}

void ds_state_unlock(const char *name, int *lock_fd)
{
	char path[PATH_MAX];

	if (*lock_fd < 0)
		return;
	if (ds_workspace_path(path, sizeof(path), DS_WS_LOCK, name) == 0)
		unlink(path);
	close_fd(lock_fd);
}
