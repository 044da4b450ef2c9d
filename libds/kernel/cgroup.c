// SPDX-License-Identifier: GPL-3.0-or-later
/* cgroup - see cgroup.h. */
#include "libds/kernel/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/hierarchy.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/tree.h"

#define PARENT "droidspaces"
#define MAKE_TRIES 20
#define GUEST_MOUNT "sys/fs/cgroup"
#define EMPTY_WITHIN_MS 10000 /* for killed processes to leave; the kernel tells when */

void ds_cgroup_close(struct ds_cgroup *cgroup)
{
	for (int i = 0; i < cgroup->count; i++) {
		close_fd(&cgroup->member[i].dir_fd);
		close_fd(&cgroup->member[i].procs_fd);
	}
	cgroup->count = 0;
}

/* Pass the controllers that the host gave to droidspaces/ on to the containers in it. */
static void delegate(int base_fd)
{
	char list[256], wanted[512] = "";
	size_t used = 0;

	if (ds_try_file_read(base_fd, PARENT "/cgroup.controllers", list, sizeof(list)) <= 0)
		return;
	for (char *name = strtok(list, " \n"); name; name = strtok(NULL, " \n"))
		used += (size_t)snprintf(wanted + used, sizeof(wanted) - used, "+%s ", name);
	if (used)
		ds_try_file_write(base_fd, PARENT "/cgroup.subtree_control", wanted);
}

/* A new cpuset refuses processes until it has processors and memory nodes (cgroup-v1/cpusets). */
static void fill_cpuset(int base_fd, const char *dir)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
	char from[300], to[300], value[256];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(from, sizeof(from), "%s", files[i]);
		if (strcmp(dir, PARENT) != 0)
			snprintf(from, sizeof(from), PARENT "/%s", files[i]);
		snprintf(to, sizeof(to), "%s/%s", dir, files[i]);
		if (ds_try_file_read(base_fd, from, value, sizeof(value)) > 0)
			ds_try_file_write(base_fd, to, value);
	}
}

static int make_dir(int base_fd, const char *dir, const struct ds_hierarchy *hierarchy)
{
	if (mkdirat(base_fd, dir, 0755) < 0 && errno != EEXIST)
		return ds_fail("create cgroup %s/%s", hierarchy->mount, dir);
	if (strstr(hierarchy->id, "cpuset"))
		fill_cpuset(base_fd, dir);
	return 0;
}

/* The last container that goes takes the directory above along, also from under one that comes. */
static int make_dirs(int base_fd, const struct ds_cgroup *cgroup,
		     const struct ds_hierarchy *hierarchy)
{
	int err = -ENOENT;

	for (int i = 0; i < MAKE_TRIES && err == -ENOENT; i++) {
		err = make_dir(base_fd, PARENT, hierarchy);
		if (!err && !cgroup->v1)
			delegate(base_fd);
		if (!err)
			err = make_dir(base_fd, cgroup->dir, hierarchy);
	}
	return err;
}

static bool is_populated(int events_fd)
{
	char text[128];
	ssize_t len = pread(events_fd, text, sizeof(text) - 1, 0);

	text[len < 0 ? 0 : len] = 0;
	return strstr(text, "populated 1");
}

/* A directory that is there already is a former life's, to be reused, or a living guest's whose record
 * and journal are both lost. */
static int check_unused(int base_fd, const struct ds_cgroup *cgroup)
{
	char path[300];
	auto_fd events_fd = -1;

	snprintf(path, sizeof(path), "%s/cgroup.events", cgroup->dir);
	events_fd = openat(base_fd, path, O_RDONLY | O_CLOEXEC);
	if (events_fd < 0 || !is_populated(events_fd))
		return 0;
	ds_refuse(DS_EXIT_STATE, "processes run in its cgroup %s", cgroup->dir);
	ds_hint("a container of that name seems to run; 'droidspaces scan' may bring its record "
		"back");
	return -ds_err_last()->code;
}

static int add_member(struct ds_cgroup *cgroup, struct ds_undo *undo,
		      const struct ds_hierarchy *hierarchy)
{
	auto_fd base_fd = ds_hierarchy_open(hierarchy);
	auto_fd dir_fd = -1, procs_fd = -1;
	int err;

	if (base_fd < 0)
		return base_fd;
	if (cgroup->count == DS_CGROUP_MAX)
		return ds_fail_with(E2BIG, "use cgroup hierarchy %s", hierarchy->id);
	err = check_unused(base_fd, cgroup);
	if (!err)
		err = ds_undo_promise(undo, "cgroup", hierarchy->id, cgroup->dir, NULL);
	if (!err)
		err = make_dirs(base_fd, cgroup, hierarchy);
	if (err < 0)
		return err;
	dir_fd = openat(base_fd, cgroup->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd >= 0)
		procs_fd = openat(dir_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (procs_fd < 0)
		return ds_fail("open cgroup %s", cgroup->dir);
	memcpy(cgroup->member[cgroup->count].id, hierarchy->id, DS_CGROUP_ID_MAX);
	cgroup->member[cgroup->count].dir_fd = take_fd(&dir_fd);
	cgroup->member[cgroup->count].procs_fd = take_fd(&procs_fd);
	cgroup->count++;
	return 0;
}

struct add {
	struct ds_cgroup *cgroup;
	struct ds_undo *undo;
};

static int add_v1(const struct ds_hierarchy *hierarchy, void *ctx)
{
	struct add *add = ctx;

	return add_member(add->cgroup, add->undo, hierarchy);
}

int ds_cgroup_create(struct ds_cgroup *cgroup, struct ds_undo *undo, const char *name, bool v1)
{
	struct add add = {.cgroup = cgroup, .undo = undo};
	struct ds_hierarchy hierarchy;
	int err;

	*cgroup = (struct ds_cgroup){.v1 = v1};
	err = ds_str_fmt(cgroup->dir, sizeof(cgroup->dir), PARENT "/%s", name);
	if (err < 0)
		return err;
	if (!v1 && ds_try_hierarchy_find(DS_CGROUP2, &hierarchy) == 0)
		return add_member(cgroup, undo, &hierarchy);
	cgroup->v1 = true;
	return ds_hierarchy_each_v1(add_v1, &add);
}

pid_t ds_cgroup_clone(struct ds_cgroup *cgroup, unsigned long flags)
{
	pid_t pid = -1;

	cgroup->is_joined = !cgroup->v1 && cgroup->count;
	if (cgroup->is_joined)
		pid = ds_sys_clone_into(flags, cgroup->member[0].dir_fd);
	if (pid >= 0)
		return pid;
	cgroup->is_joined = false;
	return ds_sys_clone(flags);
}

int ds_cgroup_join(struct ds_cgroup *cgroup)
{
	for (int i = 0; i < cgroup->count && !cgroup->is_joined; i++) {
		if (write(cgroup->member[i].procs_fd, "0", 1) != 1)
			return ds_fail("join cgroup %s of %s", cgroup->dir, cgroup->member[i].id);
	}
	cgroup->is_bare = cgroup->count && unshare(CLONE_NEWCGROUP) < 0;
	return cgroup->is_bare && errno != EINVAL ? ds_fail("make a cgroup namespace") : 0;
}

/* Bind the directory below top_fd, which is of this mount namespace, at NAME; see cgroup.h for what more. */
static int show_dir(const struct ds_cgroup *cgroup, int top_fd, int view_fd, const char *name)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	auto_fd own_fd = openat(top_fd, cgroup->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[PATH_MAX];
	int err;

	if (own_fd < 0)
		return ds_fail("open cgroup %s", cgroup->dir);
	err = ds_str_fmt(path, sizeof(path), cgroup->is_bare ? "%s/%s" : "%s", name, cgroup->dir);
	if (!err && cgroup->is_bare)
		err = ds_mnt_bind(top_fd, view_fd, name, false, flags | MS_RDONLY);
	return err < 0 ? err : ds_mnt_bind(own_fd, view_fd, path, false, flags);
}

/* Show one v1 directory at NAME, with a link for each of several co-mounted controllers. */
static int show_v1_member(const struct ds_cgroup *cgroup, int member, int view_fd)
{
	const char *id = cgroup->member[member].id;
	const char *name = ds_str_has_prefix(id, "name=") ? id + strlen("name=") : id;
	char list[DS_CGROUP_ID_MAX], *next = list, *controller;
	auto_fd top_fd = -1;
	struct ds_hierarchy hierarchy;
	int err;

	if (ds_try_hierarchy_find(id, &hierarchy) < 0)
		return ds_fail_with(ENOENT, "find cgroup hierarchy %s", id);
	/* Opened again: a bind's source must be of this mount namespace. */
	top_fd = open(hierarchy.mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top_fd < 0 || mkdirat(view_fd, name, 0755) < 0)
		return ds_fail("show cgroup hierarchy %s", id);
	err = show_dir(cgroup, top_fd, view_fd, name);
	memcpy(list, name, strlen(name) + 1);
	while (!err && strchr(name, ',') && (controller = strsep(&next, ","))) {
		if (symlinkat(name, view_fd, controller) < 0)
			err = ds_fail("link cgroup controller %s", controller);
	}
	return err;
}

static int show_v1(const struct ds_cgroup *cgroup, int root_fd)
{
	static const char *const options[] = {"mode=755", "size=64k", NULL};
	const struct ds_mnt view = {.type = "tmpfs",
				    .source = "tmpfs",
				    .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC,
				    .options = options};
	auto_fd view_fd = ds_mnt_at(root_fd, GUEST_MOUNT, &view);
	int err = view_fd < 0 ? view_fd : 0;

	for (int i = 0; !err && i < cgroup->count; i++)
		err = show_v1_member(cgroup, i, view_fd);
	return err;
}

int ds_cgroup_show(const struct ds_cgroup *cgroup, int root_fd)
{
	static const struct ds_mnt own = {
		.type = "cgroup2", .source = "cgroup2", .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC};
	auto_fd view_fd = -1;

	if (!cgroup->count)
		return 0;
	if (cgroup->v1)
		return show_v1(cgroup, root_fd);
	view_fd = ds_mnt_at(root_fd, GUEST_MOUNT, &own);
	if (view_fd < 0)
		return view_fd;
	return cgroup->is_bare ? show_dir(cgroup, view_fd, root_fd, GUEST_MOUNT) : 0;
}

/* Open the directory that a line of /proc/PID/cgroup names: "HIERARCHY-NUMBER:CONTROLLERS:PATH";
 * "0::" is cgroup2's. -ENOENT, quiet, where that is not at or below dir. */
static int open_line(char *line, const char *dir)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	struct ds_hierarchy hierarchy;
	auto_fd base_fd = -1;
	size_t len = strlen(dir);
	int fd;

	if (!path || path[1] != '/')
		return -ENOENT;
	*path = 0;
	path += 2;
	if (strncmp(path, dir, len) != 0 || (path[len] && path[len] != '/') || strstr(path, "/../"))
		return -ENOENT;
	controllers++;
	if (ds_try_hierarchy_find(*controllers ? controllers : DS_CGROUP2, &hierarchy) < 0)
		return -ENOENT;
	base_fd = ds_hierarchy_open(&hierarchy);
	if (base_fd < 0)
		return base_fd;
	fd = openat(base_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? ds_fail("open cgroup %s", path) : fd;
}

static int follow_line(char *line, const char *dir)
{
	auto_fd fd = open_line(line, dir);

	if (fd == -ENOENT)
		return 0;
	if (fd >= 0 && ds_try_file_write(fd, "cgroup.procs", "0") < 0)
		return ds_fail("join its cgroup below %s", dir);
	return fd < 0 ? fd : 0;
}

static int read_lines(pid_t init_pid, char *text, size_t size)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)init_pid);
	if (ds_try_file_read(AT_FDCWD, path, text, size) < 0)
		return ds_fail_with(ESRCH, "read %s", path);
	return 0;
}

int ds_cgroup_follow(const char *dir, pid_t init_pid)
{
	char text[4096], *next = text, *line;
	int err = read_lines(init_pid, text, sizeof(text));

	while (!err && (line = strsep(&next, "\n")))
		err = follow_line(line, dir);
	return err;
}

pid_t ds_cgroup_fork(const char *dir, pid_t init_pid)
{
	char text[4096], *next = text, *line;
	auto_fd fd = -1;

	if (read_lines(init_pid, text, sizeof(text)) < 0)
		return -1;
	while (fd < 0 && (line = strsep(&next, "\n"))) {
		if (ds_str_has_prefix(line, "0::"))
			fd = open_line(line, dir);
	}
	return fd < 0 ? -1 : ds_sys_clone_into(0, fd);
}

void ds_cgroup_host_path(const struct ds_cgroup *cgroup, char *path, size_t size)
{
	struct ds_hierarchy hierarchy;
	int tracking = 0;

	path[0] = 0;
	for (int i = 0; i < cgroup->count; i++) {
		if (strcmp(cgroup->member[i].id, "name=systemd") == 0)
			tracking = i;
	}
	if (cgroup->count && ds_try_hierarchy_find(cgroup->member[tracking].id, &hierarchy) == 0 &&
	    hierarchy.mount[0])
		ds_str_fmt(path, size, "%s/%s", hierarchy.mount, cgroup->dir);
}

/* SIGKILL every process listed. Returns how many there were. */
static int kill_listed(int dir_fd)
{
	auto_fd fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	auto_file list = fd < 0 ? NULL : fdopen(fd, "r");
	char line[32];
	int count = 0;

	if (list)
		take_fd(&fd);
	while (list && fgets(line, sizeof(line), list)) {
		pid_t pid = (pid_t)ds_field_number(line, 1);
		struct ds_proc_id id;

		if (pid > 0 && ds_try_proc_identify(pid, &id) == 0) {
			auto_fd pidfd = ds_try_proc_open(&id);

			ds_try_proc_signal(&id, pidfd, SIGKILL);
			ds_proc_wait_gone(&id, pidfd, EMPTY_WITHIN_MS);
			count++;
		}
	}
	return count;
}

/* Kill what lives in a cgroup and below, and wait until the kernel says that it is empty. */
static void empty_out(int dir_fd)
{
	auto_fd events_fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);

	/* cgroup.kill came with Linux 5.14; it takes the whole subtree at once. */
	if (ds_try_file_write(dir_fd, "cgroup.kill", "1") < 0) {
		while (kill_listed(dir_fd))
			continue;
	}
	while (events_fd >= 0 && is_populated(events_fd)) {
		struct pollfd changed = {.fd = events_fd, .events = POLLPRI};

		if (poll(&changed, 1, EMPTY_WITHIN_MS) <= 0)
			return;
	}
}

static int remove_tree(int parent_fd, const char *name)
{
	int dir_fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_dir dir = dir_fd < 0 ? NULL : fdopendir(dir_fd);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : ds_fail("open cgroup %s", name);
	empty_out(dir_fd);
	while ((entry = readdir(dir))) {
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			remove_tree(dir_fd, entry->d_name);
	}
	if (unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return ds_fail("remove cgroup %s", name);
	return 0;
}

int ds_cgroup_remove(const char *const args[DS_UNDO_ARGS])
{
	struct ds_hierarchy hierarchy;
	auto_fd base_fd = -1;
	int err;

	if (!ds_str_has_prefix(args[1], PARENT "/") || strstr(args[1], ".."))
		return ds_fail_with(EINVAL, "remove cgroup %s", args[1]);
	if (ds_try_hierarchy_find(args[0], &hierarchy) < 0)
		return 0;
	base_fd = ds_hierarchy_open(&hierarchy);
	if (base_fd < 0)
		return base_fd;
	err = remove_tree(base_fd, args[1]);
	/* Other containers may have theirs beside it: then it stays. */
	if (!err)
		unlinkat(base_fd, PARENT, AT_REMOVEDIR);
	return err;
}
