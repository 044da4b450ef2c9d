// SPDX-License-Identifier: GPL-3.0-or-later
/* setting - see setting.h. */
#include "libds/host/setting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/conf.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/androidcmd.h"
#include "libds/host/workspace.h"

/* Lines of the file. */
enum { BOOT, BEFORE, WANTED, HOLDERS };

static int file_path(char file[PATH_MAX], const char *setting)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	int err = ds_str_fmt(file, PATH_MAX, "%s/Host/", ds_workspace_root());
	size_t used = strlen(file);

	for (; !err && *setting; setting++) {
		bool is_plain = strchr(plain, *setting);

		err = ds_str_fmt(file + used, PATH_MAX - used, is_plain ? "%c" : "%%%02X",
				 (unsigned char)*setting);
		used += is_plain ? 1 : 3;
	}
	return err;
}

/* The lock; it ends with the fd. */
static int lock_all(void)
{
	char dir[PATH_MAX];
	auto_fd fd = -1;
	int err = ds_str_fmt(dir, sizeof(dir), "%s/Host", ds_workspace_root());

	if (!err)
		err = ds_file_mkdirs(dir, 0755);
	if (err < 0)
		return err;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ds_fail("open %s", dir);
	while (flock(fd, LOCK_EX) < 0) {
		if (errno != EINTR)
			return ds_fail("lock %s", dir);
	}
	return take_fd(&fd);
}

static bool is_android(const char *path)
{
	return CFG_ANDROID && path[0] != '/';
}

static bool is_kept(const char *path)
{
	return CFG_ANDROID && ds_androidcmd_is_kept(path);
}

/* Read the file's lines; none where nobody holds the setting, or it was on another boot. */
static int load(struct ds_conf *conf, const char *path, const char *file)
{
	char boot_id[DS_BOOT_ID_LEN + 1];
	auto_free char *text = NULL;
	int err = ds_proc_boot_id(boot_id);

	if (err < 0 || (access(file, F_OK) < 0 && errno == ENOENT))
		return err;
	err = ds_file_load(AT_FDCWD, file, DS_CONF_MAX, &text);
	if (!err)
		err = ds_conf_parse(conf, text);
	if (!err &&
	    (conf->count < HOLDERS || (strcmp(conf->lines[BOOT], boot_id) != 0 && !is_kept(path))))
		ds_conf_free(conf);
	return err;
}

static int save(const struct ds_conf *conf, const char *path, const char *file)
{
	auto_free char *text = ds_conf_text(conf);

	return text ? ds_file_replace(file, 0600, text, is_kept(path)) : ds_fail("write %s", file);
}

static size_t find_holder(const struct ds_conf *conf, const char *holder)
{
	size_t i = HOLDERS;

	while (i < conf->count && strcmp(conf->lines[i], holder) != 0)
		i++;
	return i;
}

/* The present value without its newline. */
static int read_value(const char *path, char value[DS_SETTING_MAX])
{
	ssize_t len = 0;

	if (is_android(path)) {
		int err = CFG_ANDROID_COMMANDS ? ds_androidcmd_read(path, value, DS_SETTING_MAX)
					       : ds_fail_with(ENOSYS, "ask Android");

		if (err < 0)
			return err;
	} else {
		len = ds_try_file_read(AT_FDCWD, path, value, DS_SETTING_MAX);
		if (len < 0)
			return ds_fail_with((int)len, "read %s", path);
	}
	ds_str_trim_end(value);
	if (len == DS_SETTING_MAX - 1 || strchr(value, '\n'))
		return ds_fail_with(EINVAL, "%s is no single short line", path);
	return 0;
}

/* Writing what is there is not nothing: net.ipv6.conf.all would change every interface. */
static int change_value(const char *path, const char *now, const char *value)
{
	auto_fd fd = -1;
	int err;

	if (strcmp(now, value) == 0)
		return 0;
	if (CFG_ANDROID_COMMANDS && is_android(path))
		return ds_androidcmd_write(path, value);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
	/* Without a newline, which firmware_class would take for a part of its path. Of no bytes
	 * sysfs is not told: a NUL is the empty value. */
	err = fd < 0 ? -errno : ds_try_write_all(fd, value, strlen(value) + !*value);
	return err < 0 ? ds_fail_with(err, "write %s to %s", value, path) : 0;
}

/* Begin a file's lines: nobody holds the setting yet. */
static int begin(struct ds_conf *conf, const char *before, const char *value)
{
	char boot_id[DS_BOOT_ID_LEN + 1];
	int err = ds_proc_boot_id(boot_id);

	if (!err)
		err = ds_conf_parse(conf, boot_id);
	if (!err)
		err = ds_conf_parse(conf, *before ? before : "\n");
	return err < 0 ? err : ds_conf_parse(conf, *value ? value : "\n");
}

/* What is owed was wanted by others, of another version perhaps: only what was before it counts. */
static int want(struct ds_conf *conf, const char *value)
{
	char *wanted = strdup(value);

	if (!wanted)
		return ds_fail("keep %s", value);
	free(conf->lines[WANTED]);
	conf->lines[WANTED] = wanted;
	return 0;
}

static int hold(const char *holder, const char *path, const char *value)
{
	char file[PATH_MAX], now[DS_SETTING_MAX];
	auto_conf conf = {0};
	auto_fd lock_fd = lock_all();
	int err = lock_fd < 0 ? lock_fd : file_path(file, path);

	if (!err)
		err = load(&conf, path, file);
	if (!err)
		err = read_value(path, now);
	/* Whoever has set what was owed since then wants it so. */
	if (!err && conf.count == HOLDERS && strcmp(conf.lines[WANTED], now) != 0)
		ds_conf_free(&conf);
	if (!err && !conf.count)
		err = begin(&conf, now, value);
	if (!err && conf.count == HOLDERS)
		err = want(&conf, value);
	if (err < 0)
		return err;
	if (conf.count > HOLDERS && strcmp(conf.lines[WANTED], value) != 0)
		return ds_refuse(DS_EXIT_STATE, "container %s needs %s to be %s, not %s",
				 conf.lines[HOLDERS], path, conf.lines[WANTED], value);
	if (find_holder(&conf, holder) == conf.count) {
		err = ds_conf_parse(&conf, holder);
		if (!err)
			err = save(&conf, path, file);
	}
	return err < 0 ? err : change_value(path, now, value);
}

int ds_setting_hold(struct ds_undo *undo, const char *holder, const char *path, const char *value)
{
	char trimmed[DS_SETTING_MAX];
	int err = ds_str_copy(trimmed, sizeof(trimmed), value);

	if (!err && (strchr(value, '\n') || strlen(ds_str_trim_end(trimmed)) != strlen(value) ||
		     !*holder || strchr(holder, '\n') || (path[0] != '/' && !is_android(path))))
		err = ds_fail_with(EINVAL, "its value or path");
	if (!err)
		err = ds_undo_promise(undo, is_kept(path) ? DS_SETTING_KEPT_VERB : DS_SETTING_VERB,
				      path, value, holder, NULL);
	if (!err)
		err = hold(holder, path, value);
	return err < 0 ? ds_err_in("set %s", path) : 0;
}

bool ds_setting_is_held(const char *path)
{
	char file[PATH_MAX];
	auto_conf conf = {0};

	return file_path(file, path) == 0 && load(&conf, path, file) == 0 && conf.count > HOLDERS;
}

/* The last holder is gone. */
static int restore(const struct ds_conf *conf, const char *path, const char *file)
{
	char now[DS_SETTING_MAX];
	int err = 0;

	if (is_android(path) || access(path, F_OK) == 0) {
		err = read_value(path, now);
		if (!err)
			err = change_value(path, now, conf->lines[BEFORE]);
	}
	if (err < 0)
		return err;
	return unlink(file) < 0 && errno != ENOENT ? ds_fail("remove %s", file) : 0;
}

int ds_setting_release(const char *const args[DS_UNDO_ARGS])
{
	const char *path = args[0], *holder = args[2];
	char file[PATH_MAX];
	auto_conf conf = {0};
	auto_fd lock_fd = lock_all();
	int err = lock_fd < 0 ? lock_fd : file_path(file, path);
	size_t at;

	if (!err)
		err = load(&conf, path, file);
	if (err < 0)
		return err;
	at = conf.count ? find_holder(&conf, holder) : 0;
	if (at == conf.count)
		return 0;
	free(conf.lines[at]);
	conf.count--;
	memmove(conf.lines + at, conf.lines + at + 1, (conf.count - at) * sizeof(*conf.lines));
	if (conf.count > HOLDERS)
		return save(&conf, path, file);
	err = restore(&conf, path, file);
	if (err < 0 && is_android(path)) {
		ds_err_clear();
		err = save(&conf, path, file);
	}
	return err;
}
