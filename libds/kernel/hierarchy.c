// SPDX-License-Identifier: GPL-3.0-or-later
/* hierarchy - see hierarchy.h. */
#include "libds/kernel/hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/mountinfo.h"
#include "libds/kernel/mnt.h"

static const struct ds_mnt cgroup2 = {.type = "cgroup2", .source = "cgroup2"};

/* Before Linux 5.2: a child mounts it in a mount namespace that ends with it, and leaves the directory
 * open on a descriptor of ours, which is all that keeps the mount then. */
static int open_aside(void)
{
	auto_fd fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = fd < 0 ? -1 : ds_sys_clone(CLONE_FILES);
	struct statfs fs;

	if (!pid) {
		int made = -1;

		if (unshare(CLONE_NEWNS) == 0 &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		    mount(cgroup2.source, "/proc", cgroup2.type, 0, NULL) == 0)
			made = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		dup3(made, fd, O_CLOEXEC);
		close(made);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
		return ds_fail_with(ENODEV, "mount cgroup2");
	return take_fd(&fd);
}

/* The hierarchy of version 2, whether the host has mounted it or not. */
static int open_detached(void)
{
	int fd = ds_mnt_detached(&cgroup2);

	return fd == -ENOSYS ? open_aside() : fd;
}

/* The options of a v1 mount that name its hierarchy: controllers and name=, in their order. */
static void keep_controllers(char *options, char id[DS_CGROUP_ID_MAX])
{
	static const char *const others[] = {
		"rw",       "ro",           "xattr", "noprefix", "clone_children",
		"seclabel", "favordynmods", "none"};
	size_t used = 0;
	char *option;

	id[0] = 0;
	while ((option = strsep(&options, ","))) {
		bool other = ds_str_has_prefix(option, "release_agent=") ||
			     ds_str_has_prefix(option, "cpuset_v2_mode");

		for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
			other |= strcmp(option, others[i]) == 0;
		if (!other && used < DS_CGROUP_ID_MAX)
			used += (size_t)snprintf(id + used, DS_CGROUP_ID_MAX - used, "%s%s",
						 used ? "," : "", option);
	}
}

/* Fill in a hierarchy from a mount; false if it is no cgroup's. */
static bool take(struct ds_mountinfo *mount, struct ds_hierarchy *hierarchy)
{
	if (strcmp(mount->type, "cgroup2") == 0)
		memcpy(hierarchy->id, DS_CGROUP2, sizeof(DS_CGROUP2));
	else if (strcmp(mount->type, "cgroup") == 0)
		keep_controllers(mount->options, hierarchy->id);
	else
		return false;
	return hierarchy->id[0] && (size_t)snprintf(hierarchy->mount, sizeof(hierarchy->mount),
						    "%s", mount->path) < sizeof(hierarchy->mount);
}

static int each(int (*visit)(const struct ds_hierarchy *hierarchy, void *ctx), void *ctx)
{
	auto_mountinfo mount = {0};
	struct ds_hierarchy hierarchy;
	int found = 0;

	if (ds_mountinfo_open(&mount) < 0)
		return 0;
	while (!found && ds_mountinfo_next(&mount)) {
		if (take(&mount, &hierarchy))
			found = visit(&hierarchy, ctx);
	}
	return found;
}

struct wanted {
	const char *id;
	struct ds_hierarchy *found;
};

static int is_wanted(const struct ds_hierarchy *hierarchy, void *ctx)
{
	struct wanted *wanted = ctx;

	if (strcmp(hierarchy->id, wanted->id) != 0)
		return 0;
	*wanted->found = *hierarchy;
	return 1;
}

int ds_try_hierarchy_find(const char *id, struct ds_hierarchy *found)
{
	struct wanted wanted = {.id = id, .found = found};
	auto_fd detached_fd = -1;

	if (each(is_wanted, &wanted))
		return 0;
	if (strcmp(id, DS_CGROUP2) != 0 || !ds_file_has_filesystem("cgroup2"))
		return -ENOENT;
	detached_fd = open_detached();
	if (detached_fd < 0)
		return -ENOENT;
	*found = (struct ds_hierarchy){.id = DS_CGROUP2};
	return 0;
}

static int has_controller(const struct ds_hierarchy *hierarchy, void *ctx)
{
	struct wanted *wanted = ctx;

	if (!ds_str_has_word(hierarchy->id, wanted->id))
		return 0;
	*wanted->found = *hierarchy;
	return 1;
}

int ds_try_hierarchy_of(const char *controller, struct ds_hierarchy *found)
{
	struct wanted wanted = {.id = controller, .found = found};
	auto_fd base_fd = -1;
	char list[256];

	if (each(has_controller, &wanted))
		return 0;
	if (ds_try_hierarchy_find(DS_CGROUP2, found) < 0)
		return -ENOENT;
	base_fd = ds_hierarchy_open(found);
	if (base_fd < 0 || ds_try_file_read(base_fd, "cgroup.controllers", list, sizeof(list)) <= 0)
		return -ENOENT;
	return ds_str_has_word(list, controller) ? 0 : -ENOENT;
}

bool ds_hierarchy_split(char *line, const char **id, const char **path)
{
	char *controllers = strchr(line, ':');
	char *end = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!end || end[1] != '/')
		return false;
	*end = 0;
	*id = controllers[1] ? controllers + 1 : DS_CGROUP2;
	*path = end + 1;
	return true;
}

int ds_hierarchy_own_path(const char *id, char *path, size_t size)
{
	char text[4096], *next = text, *line;
	const char *its_id, *its_path;

	if (ds_try_file_read(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)) < 0)
		return ds_fail("read /proc/self/cgroup");
	while ((line = strsep(&next, "\n"))) {
		if (ds_hierarchy_split(line, &its_id, &its_path) && strcmp(its_id, id) == 0)
			return ds_str_copy(path, size, its_path);
	}
	return ds_fail_with(ENOENT, "find cgroup %s", id);
}

/* A hierarchy that is mounted twice is visited once: under its first mount. */
struct v1_walk {
	int (*visit)(const struct ds_hierarchy *hierarchy, void *ctx);
	void *ctx;
};

static int visit_v1(const struct ds_hierarchy *hierarchy, void *ctx)
{
	struct v1_walk *walk = ctx;
	struct ds_hierarchy first;

	if (strcmp(hierarchy->id, DS_CGROUP2) == 0 ||
	    ds_try_hierarchy_find(hierarchy->id, &first) < 0 ||
	    strcmp(first.mount, hierarchy->mount) != 0)
		return 0;
	return walk->visit(hierarchy, walk->ctx);
}

int ds_hierarchy_each_v1(int (*visit)(const struct ds_hierarchy *hierarchy, void *ctx), void *ctx)
{
	struct v1_walk walk = {.visit = visit, .ctx = ctx};

	return each(visit_v1, &walk);
}

int ds_hierarchy_open(const struct ds_hierarchy *hierarchy)
{
	int fd;

	if (!hierarchy->mount[0])
		return open_detached();
	fd = open(hierarchy->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? ds_fail("open %s", hierarchy->mount) : fd;
}
