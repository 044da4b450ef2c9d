// SPDX-License-Identifier: GPL-3.0-or-later
/* systemd - see systemd.h. */
#include "libds/life/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/tree.h"

#define LIBRARY "libsystemd-shared-"
#define ENTRIES_MAX 20000 /* of a directory that the guest may have filled */

int ds_systemd_ceiling(int major, int minor)
{
	int version = major * 1000 + minor;

	return version < 5004 ? 257 : version < 5010 ? 259 : 0;
}

bool ds_systemd_needs_cgroup2(int version)
{
	return version >= 258;
}

static DIR *open_dir(int root_fd, const char *path)
{
	int fd = ds_try_tree_open(root_fd, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

/* "libsystemd-shared-257.so" and distributions' own "libsystemd-shared-257.13-1.fc42.so". */
static int version_in(int root_fd, const char *path)
{
	auto_dir dir = open_dir(root_fd, path);
	struct dirent *entry;
	int newest = 0;

	for (int n = 0; dir && n < ENTRIES_MAX && (entry = readdir(dir)); n++) {
		if (ds_str_has_prefix(entry->d_name, LIBRARY)) {
			int version = atoi(entry->d_name + strlen(LIBRARY));

			newest = version > newest ? version : newest;
		}
	}
	return newest;
}

int ds_try_systemd_version(int root_fd)
{
	static const char *const plain[] = {"usr/lib/systemd", "lib/systemd", "usr/lib64/systemd"};
	auto_dir dir = NULL;
	struct dirent *entry;
	char path[300];
	int version = 0;

	for (size_t i = 0; !version && i < sizeof(plain) / sizeof(*plain); i++)
		version = version_in(root_fd, plain[i]);
	/* Debian and its kin: usr/lib/x86_64-linux-gnu/systemd. */
	dir = version ? NULL : open_dir(root_fd, "usr/lib");
	for (int n = 0; dir && !version && n < ENTRIES_MAX && (entry = readdir(dir)); n++) {
		if (!strstr(entry->d_name, "-linux-"))
			continue;
		snprintf(path, sizeof(path), "usr/lib/%s/systemd", entry->d_name);
		version = version_in(root_fd, path);
	}
	return version;
}

bool ds_systemd_is_at(int root_fd, const char *path)
{
	auto_fd fd = ds_try_tree_open(root_fd, path, O_PATH, 0);
	char target[PATH_MAX];

	return fd >= 0 && ds_try_fd_path(fd, target) == 0 && ds_str_has_suffix(target, "/systemd");
}
