// SPDX-License-Identifier: GPL-3.0-or-later
/* workspace - see workspace.h. */
#include "libds/host/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

#define ANDROID_WORKSPACE "/data/local/Droidspaces"
#define LINUX_WORKSPACE "/var/lib/Droidspaces"

static char root[PATH_MAX];

static const struct {
	const char *dir, *suffix;
} kinds[] = {
	[DS_WS_CONFIG] = {"Containers", "/container.config"},
	[DS_WS_CONSOLE] = {"Containers", "/console.socket"},
	[DS_WS_LINKS] = {"Containers", "/links"},
	[DS_WS_PID] = {"Pids", ".pid"},
	[DS_WS_RECORD] = {"Pids", ".record"},
	[DS_WS_JOURNAL] = {"Pids", ".journal"},
	[DS_WS_LOCK] = {"Pids", ".lock"},
	[DS_WS_VOLATILE] = {"Volatile", ""},
};

bool ds_host_is_android(void)
{
	return CFG_ANDROID &&
	       (getenv("ANDROID_ROOT") || access("/system/bin/app_process", F_OK) == 0 ||
		access(ANDROID_WORKSPACE, F_OK) == 0);
}

int ds_workspace_choose(const char *option)
{
	const char *env = getenv("DS_WORKSPACE");
	const char *from = option ? option : env && *env ? env : NULL;
	size_t len;

	if (!from)
		from = ds_host_is_android() ? ANDROID_WORKSPACE : LINUX_WORKSPACE;
	if (from[0] != '/')
		return ds_refuse(DS_EXIT_USAGE, "workspace %s is not an absolute path", from);
	if (ds_str_copy(root, sizeof(root) - 3 * NAME_MAX, from) < 0)
		return ds_err_in("workspace");
	for (len = strlen(root); len > 1 && root[len - 1] == '/'; len--)
		root[len - 1] = 0;
	return 0;
}

const char *ds_workspace_root(void)
{
	return root;
}

/* Closes dir_fd. */
static int enter(int dir_fd, const char *name)
{
	int fd;

	mkdirat(dir_fd, name, 0700);
	fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close_fd(&dir_fd);
	return fd;
}

int ds_try_workspace_enter(const char *dir, const char *name)
{
	int fd = enter(open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), dir);

	return name ? enter(fd, name) : fd;
}

static int check_owner(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return ds_fail("workspace %s", path);
	if (st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	ds_refuse(DS_EXIT_PERMISSION, "workspace %s: others than root may write there", path);
	ds_hint("chown root %s && chmod go-w %s", path, path);
	return -ds_err_last()->code;
}

int ds_workspace_create(void)
{
	static const char *const dirs[] = {"", "/Containers", "/Pids", "/Volatile"};
	char path[PATH_MAX];
	int err;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		err = ds_str_fmt(path, sizeof(path), "%s%s", root, dirs[i]);
		if (!err)
			err = ds_file_mkdirs(path, 0755);
		if (!err)
			err = check_owner(path);
		if (err < 0)
			return err;
	}
	return 0;
}

int ds_workspace_path(char *path, size_t size, enum ds_workspace_kind kind, const char *name)
{
	return ds_str_fmt(path, size, "%s/%s/%s%s", root, kinds[kind].dir, name,
			  kinds[kind].suffix);
}

static const char *name_fault(const char *name)
{
	if (!*name)
		return DS_TEXT("it is empty");
	if (strlen(name) > DS_NAME_MAX)
		return DS_TEXT("it is longer than 200 bytes");
	if (*name == '-' || *name == '.')
		return DS_TEXT("it begins with a dash or a dot");
	if (strpbrk(name, "/\\, "))
		return DS_TEXT("it holds a slash, backslash, comma or blank");
	if (strstr(name, ".."))
		return DS_TEXT("it holds two dots in a row");
	return ds_str_is_printable(name) ? NULL
					 : DS_TEXT("it holds a control character or is not UTF-8");
}

int ds_name_check(const char *name)
{
	const char *fault = name_fault(name);

	if (!fault)
		return 0;
	return ds_refuse(DS_EXIT_USAGE, "\"%.80s\" is no name for a container: %s", name, fault);
}

/* The container's name in a directory entry of that kind, or false. */
static bool entry_name(enum ds_workspace_kind kind, const char *entry, char name[DS_NAME_MAX + 1])
{
	const char *suffix = kinds[kind].suffix;
	size_t len = strlen(entry);

	if (suffix[0] != '/') {
		if (!ds_str_has_suffix(entry, suffix))
			return false;
		len -= strlen(suffix);
	}
	if (len > DS_NAME_MAX)
		return false;
	memcpy(name, entry, len);
	name[len] = 0;
	return !name_fault(name);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list_names(enum ds_workspace_kind kind, char ***names)
{
	char path[PATH_MAX], name[DS_NAME_MAX + 1];
	size_t count = 0;
	struct dirent *entry;
	auto_dir dir = NULL;

	if (ds_str_fmt(path, sizeof(path), "%s/%s", root, kinds[kind].dir) < 0)
		return 0;
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		char **grown;

		if (!entry_name(kind, entry->d_name, name) ||
		    ds_workspace_path(path, sizeof(path), kind, name) < 0 || access(path, F_OK) < 0)
			continue;
		grown = realloc(*names, (count + 1) * sizeof(*grown));
		if (!grown)
			break;
		*names = grown;
		grown[count] = strdup(name);
		if (!grown[count])
			break;
		count++;
	}
	if (count)
		qsort(*names, count, sizeof(**names), by_bytes);
	return count;
}

int ds_workspace_each(enum ds_workspace_kind kind, int (*visit)(const char *name, void *ctx),
		      void *ctx)
{
	auto_free char **names = NULL;
	size_t count = list_names(kind, &names);
	int found = 0;

	for (size_t i = 0; i < count; i++) {
		if (!found)
			found = visit(names[i], ctx);
		free(names[i]);
	}
	return found;
}
