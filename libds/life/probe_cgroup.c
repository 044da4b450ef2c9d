// SPDX-License-Identifier: GPL-3.0-or-later
/* probe_cgroup - see probe.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/field.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/devpolicy.h"
#include "libds/kernel/hierarchy.h"
#include "libds/life/probe.h"

/* The root of the version 2 hierarchy; -errno. The host's mount where there is one: another from outside of
 * a cgroup namespace takes the hierarchy's options away (nsdelegate, memory_recursiveprot). */
static int open_cgroup2(void)
{
	struct ds_hierarchy hierarchy;

	if (ds_try_hierarchy_find(DS_CGROUP2, &hierarchy) == 0)
		return ds_hierarchy_open(&hierarchy);
	return geteuid() ? -EPERM : -ENODEV;
}

int ds_probe_cgroup2(void)
{
	auto_fd fd = open_cgroup2();

	return fd < 0 ? fd : 0;
}

int ds_probe_cgroup(void)
{
	/* Mounting a version 1 hierarchy could make one that outlives us; this file is there
	 * exactly if the kernel has control groups of any version. */
	return access("/proc/cgroups", F_OK) < 0 ? -ENOSYS : 0;
}

int ds_probe_cgroup_kill(void)
{
	int fd = open_cgroup2();
	auto_dir dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char path[PATH_MAX];
	struct stat st;

	/* The topmost directory never has the file, and making another would touch the host. */
	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/cgroup.kill", entry->d_name);
		return fstatat(fd, path, &st, 0) < 0 ? -errno : 0;
	}
	return fd < 0 ? fd : DS_PROBE_UNTRIED;
}

static bool has_word(char *list, const char *word, const char *separators)
{
	char *item;

	while ((item = strsep(&list, separators))) {
		if (strcmp(item, word) == 0)
			return true;
	}
	return false;
}

/* Is the controller's version 1 hierarchy mounted on the host? */
static bool has_v1(const char *controller)
{
	auto_file list = fopen("/proc/self/mounts", "re");
	char line[PATH_MAX], type[16], options[512];

	while (list && fgets(line, sizeof(line), list)) {
		if (ds_try_field(line, 3, type, sizeof(type)) == 0 && strcmp(type, "cgroup") == 0 &&
		    ds_try_field(line, 4, options, sizeof(options)) == 0 &&
		    has_word(options, controller, ","))
			return true;
	}
	return false;
}

static int has_controller(const char *controller)
{
	auto_fd fd = -1;
	char text[512];

	if (has_v1(controller))
		return 0;
	fd = open_cgroup2();
	if (fd < 0)
		return fd;
	if (ds_try_file_read(fd, "cgroup.controllers", text, sizeof(text)) < 0)
		return -ENOENT;
	return has_word(ds_str_trim_end(text), controller, " ") ? 0 : -ENOENT;
}

int ds_probe_memory_limit(void)
{
	return has_controller("memory");
}

int ds_probe_cpu_limit(void)
{
	return has_controller("cpu");
}

int ds_probe_pids_limit(void)
{
	return has_controller("pids");
}

int ds_probe_device_control(void)
{
	struct ds_devpolicy none;
	auto_fd fd = -1;

	/* Who makes no policy has nothing to try. */
	if (!CFG_DEVICES)
		return DS_PROBE_UNTRIED;
	none.count = 0;
	fd = ds_try_devpolicy_load(&none);
	if (fd >= 0)
		return DS_PROBE_BPF;
	return has_v1("devices") ? DS_PROBE_V1 : fd;
}
