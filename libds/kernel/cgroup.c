// SPDX-License-Identifier: GPL-3.0-or-later
/* cgroup - see cgroup.h. */
#include "libds/kernel/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/hierarchy.h"

#define MAKE_TRIES 20
/* How deep cgroups can lie in a container's: who removes them has a descriptor open for each level. */
#define DEPTH_MAX "64"

void ds_cgroup_close(struct ds_cgroup *cgroup)
{
	for (int i = 0; i < cgroup->count; i++) {
		close_fd(&cgroup->member[i].guest_fd);
		close_fd(&cgroup->member[i].procs_fd);
	}
	cgroup->count = 0;
}

static ssize_t read_in(int base_fd, const char *dir, const char *file, char *text, size_t size)
{
	char path[360];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	*text = 0;
	return ds_try_file_read(base_fd, path, text, size);
}

static int write_in(int base_fd, const char *dir, const char *file, const char *text)
{
	char path[360];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return ds_try_file_write(base_fd, path, text);
}

static void enable(int base_fd, const char *dir, const char *controller)
{
	char change[64];

	snprintf(change, sizeof(change), "+%s", controller);
	write_in(base_fd, dir, "cgroup.subtree_control", change);
}

/* Pass the controllers that dir was given on to those below it; each alone, for one may be refused. */
static void hand_down(int base_fd, const char *dir)
{
	char list[256];

	read_in(base_fd, dir, "cgroup.controllers", list, sizeof(list));
	for (char *name = strtok(list, " \n"); name; name = strtok(NULL, " \n"))
		enable(base_fd, dir, name);
}

/* Have the host hand down what is wanted, too. What it did not before is noted on the directory of all
 * containers, and goes with that (cgroup_end.c). */
static int ask_host(int base_fd, const char *wanted)
{
	auto_fd parent_fd = openat(base_fd, DS_CGROUP_PARENT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char there[256], given[256], noted[256] = "", list[256];
	size_t len;

	if (!CFG_LIMITS)
		return 0;
	if (parent_fd < 0)
		return ds_fail("open cgroup " DS_CGROUP_PARENT);
	/* Others who write their note at the same time wait: a word that got lost would stay asked for. */
	flock(parent_fd, LOCK_EX);
	snprintf(list, sizeof(list), "%s", wanted);
	read_in(base_fd, ".", "cgroup.controllers", there, sizeof(there));
	read_in(base_fd, ".", "cgroup.subtree_control", given, sizeof(given));
	for (char *name = strtok(list, " "); name; name = strtok(NULL, " ")) {
		if (!ds_str_has_word(there, name) || ds_str_has_word(given, name))
			continue;
		fgetxattr(parent_fd, DS_CGROUP_NOTE, noted, sizeof(noted) - 1);
		len = strlen(noted);
		if (!ds_str_has_word(noted, name))
			len += (size_t)snprintf(noted + len, sizeof(noted) - len, "%s ", name);
		if (fsetxattr(parent_fd, DS_CGROUP_NOTE, noted, len, 0) < 0)
			return ds_fail("note cgroup controller %s", name);
		enable(base_fd, ".", name);
	}
	return 0;
}

int ds_cgroup_hand_down(int base_fd, const char *dir, const char *wanted)
{
	int err = ask_host(base_fd, wanted);

	if (!err) {
		hand_down(base_fd, DS_CGROUP_PARENT);
		hand_down(base_fd, dir);
	}
	return err;
}

/* Has dir all that is wanted and that the hierarchy has? Then no one takes it away again: the kernel
 * refuses to, below what hands it on. */
static bool hands_down(int base_fd, const char *dir, const char *wanted)
{
	char there[256], given[256], list[256];

	snprintf(list, sizeof(list), "%s", wanted);
	read_in(base_fd, ".", "cgroup.controllers", there, sizeof(there));
	read_in(base_fd, dir, "cgroup.subtree_control", given, sizeof(given));
	for (char *name = strtok(list, " "); name; name = strtok(NULL, " ")) {
		if (ds_str_has_word(there, name) && !ds_str_has_word(given, name))
			return false;
	}
	return true;
}

/* A new cpuset refuses processes until it has processors and memory nodes (cgroup-v1/cpusets). */
static void fill_cpuset(int base_fd, const char *dir)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
	char above[300], value[256];
	char *slash;

	snprintf(above, sizeof(above), "./%s", dir);
	slash = strrchr(above, '/');
	*slash = 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (read_in(base_fd, above, files[i], value, sizeof(value)) > 0)
			write_in(base_fd, dir, files[i], value);
	}
}

static int make_dir(int base_fd, const char *dir, const struct ds_hierarchy *hierarchy)
{
	if (mkdirat(base_fd, dir, 0755) < 0)
		return errno == EEXIST ? 0 : ds_fail("create cgroup %s/%s", hierarchy->mount, dir);
	if (strstr(hierarchy->id, "cpuset"))
		fill_cpuset(base_fd, dir);
	/* Without it what is below is not counted, nor limited; always so since Linux 5.11. */
	if (strstr(hierarchy->id, "memory"))
		write_in(base_fd, dir, "memory.use_hierarchy", "1");
	return 0;
}

/* Before there are others in it: then v1 would refuse its first policy. */
static void enforce_devices(int base_fd, struct ds_cgroup *cgroup, const char *id)
{
	bool is_v2 = strcmp(id, DS_CGROUP2) == 0;
	auto_fd fd = -1;

	if (!CFG_DEVICES || !cgroup->devices || cgroup->is_enforced ||
	    (!is_v2 && !ds_str_has_word(id, "devices")))
		return;
	fd = openat(base_fd, cgroup->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cgroup->is_enforced = (is_v2 ? ds_try_devpolicy_attach(fd, cgroup->devices)
				     : ds_try_devpolicy_write(fd, NULL, cgroup->devices)) == 0;
}

/* The last container that goes takes the directory above along, and what the host was asked for, also
 * from under one that comes. What is below the one above holds it, with the note on it. */
static int make_dirs(int base_fd, struct ds_cgroup *cgroup, const struct ds_hierarchy *hierarchy,
		     const char *wanted)
{
	bool is_v2 = strcmp(hierarchy->id, DS_CGROUP2) == 0, is_whole = false;
	char guest[300];
	int err = 0;

	snprintf(guest, sizeof(guest), "%s/" DS_CGROUP_GUEST, cgroup->dir);
	for (int i = 0; i < MAKE_TRIES && (err == -ENOENT || (!err && !is_whole)); i++) {
		err = make_dir(base_fd, DS_CGROUP_PARENT, hierarchy);
		if (!err)
			err = make_dir(base_fd, cgroup->dir, hierarchy);
		if (!err && is_v2)
			err = ds_cgroup_hand_down(base_fd, cgroup->dir, wanted);
		if (!err)
			enforce_devices(base_fd, cgroup, hierarchy->id);
		if (!err)
			err = make_dir(base_fd, guest, hierarchy);
		is_whole = !CFG_LIMITS || !is_v2 || hands_down(base_fd, cgroup->dir, wanted);
	}
	/* cgroup2's, Linux 4.14. */
	write_in(base_fd, cgroup->dir, "cgroup.max.depth", DEPTH_MAX);
	return err;
}

/* A directory that is there already is a former life's, to be reused, or a living guest's whose record
 * and journal are both lost. */
static int check_unused(int base_fd, const struct ds_cgroup *cgroup)
{
	char text[128];

	read_in(base_fd, cgroup->dir, DS_CGROUP_EVENTS, text, sizeof(text));
	if (!strstr(text, "populated 1"))
		return 0;
	ds_refuse(DS_EXIT_STATE, "processes run in its cgroup %s", cgroup->dir);
	ds_hint("a container of that name seems to run; 'droidspaces scan' may bring its record "
		"back");
	return -ds_err_last()->code;
}

static int add_member(struct ds_cgroup *cgroup, struct ds_undo *undo,
		      const struct ds_hierarchy *hierarchy, const char *wanted)
{
	auto_fd base_fd = ds_hierarchy_open(hierarchy);
	auto_fd guest_fd = -1, procs_fd = -1;
	char guest[300];
	int err;

	if (base_fd < 0)
		return base_fd;
	if (cgroup->count == DS_CGROUP_MAX)
		return ds_fail_with(E2BIG, "use cgroup hierarchy %s", hierarchy->id);
	err = check_unused(base_fd, cgroup);
	if (!err)
		err = ds_undo_promise(undo, "cgroup", hierarchy->id, cgroup->dir, NULL);
	if (!err)
		err = make_dirs(base_fd, cgroup, hierarchy, wanted);
	if (err < 0)
		return err;
	snprintf(guest, sizeof(guest), "%s/" DS_CGROUP_GUEST, cgroup->dir);
	guest_fd = openat(base_fd, guest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (guest_fd >= 0)
		procs_fd = openat(guest_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (procs_fd < 0)
		return ds_fail("open cgroup %s", cgroup->dir);
	memcpy(cgroup->member[cgroup->count].id, hierarchy->id, DS_CGROUP_ID_MAX);
	cgroup->member[cgroup->count].guest_fd = take_fd(&guest_fd);
	cgroup->member[cgroup->count].procs_fd = take_fd(&procs_fd);
	cgroup->count++;
	return 0;
}

struct add {
	struct ds_cgroup *cgroup;
	struct ds_undo *undo;
	const char *wanted;
};

static int add_v1(const struct ds_hierarchy *hierarchy, void *ctx)
{
	struct add *add = ctx;

	return add_member(add->cgroup, add->undo, hierarchy, add->wanted);
}

static bool is_member(const struct ds_cgroup *cgroup, const char *id)
{
	for (int i = 0; i < cgroup->count; i++) {
		if (strcmp(cgroup->member[i].id, id) == 0)
			return true;
	}
	return false;
}

/* The hierarchies of the controllers that are wanted and elsewhere. */
static int add_wanted(struct add *add)
{
	struct ds_hierarchy hierarchy;
	char list[256], *next = list, *name;
	int err = 0;

	snprintf(list, sizeof(list), "%s", add->wanted);
	while (!err && (name = strsep(&next, " "))) {
		if (ds_try_hierarchy_of(name, &hierarchy) == 0 &&
		    !is_member(add->cgroup, hierarchy.id))
			err = add_member(add->cgroup, add->undo, &hierarchy, add->wanted);
	}
	return err;
}

int ds_cgroup_create(struct ds_cgroup *cgroup, struct ds_undo *undo, const char *name, bool v1,
		     const char *wanted)
{
	struct add add = {.cgroup = cgroup, .undo = undo, .wanted = wanted};
	struct ds_hierarchy hierarchy;
	int err;

	*cgroup = (struct ds_cgroup){.v1 = v1, .devices = cgroup->devices};
	err = ds_str_fmt(cgroup->dir, sizeof(cgroup->dir), DS_CGROUP_PARENT "/%s", name);
	if (err < 0)
		return err;
	if (!v1 && ds_try_hierarchy_find(DS_CGROUP2, &hierarchy) == 0) {
		err = add_member(cgroup, undo, &hierarchy, wanted);
	} else {
		cgroup->v1 = true;
		err = ds_hierarchy_each_v1(add_v1, &add);
	}
	if (!err && CFG_LIMITS)
		err = add_wanted(&add);
	add.wanted = "devices";
	if (!err && CFG_DEVICES && cgroup->devices && !cgroup->is_enforced)
		err = add_wanted(&add);
	/* What cgroup2 cannot before Linux 5.2. */
	add.wanted = "freezer";
	if (!err && CFG_FREEZE && CFG_CGROUP_V1 && cgroup->count && !cgroup->v1 &&
	    faccessat(cgroup->member[0].guest_fd, "cgroup.freeze", F_OK, 0) < 0)
		err = add_wanted(&add);
	return err;
}

pid_t ds_cgroup_clone(struct ds_cgroup *cgroup, unsigned long flags)
{
	pid_t pid = -1;

	cgroup->is_joined = !cgroup->v1 && cgroup->count;
	if (cgroup->is_joined)
		pid = ds_sys_clone_into(flags, cgroup->member[0].guest_fd);
	if (pid >= 0)
		return pid;
	cgroup->is_joined = false;
	return ds_sys_clone(flags);
}

int ds_cgroup_join(struct ds_cgroup *cgroup)
{
	for (int i = cgroup->is_joined; i < cgroup->count; i++) {
		if (write(cgroup->member[i].procs_fd, "0", 1) != 1)
			return ds_fail("join cgroup %s of %s", cgroup->dir, cgroup->member[i].id);
	}
	cgroup->is_bare = cgroup->count && unshare(CLONE_NEWCGROUP) < 0;
	return cgroup->is_bare && errno != EINVAL ? ds_fail("make a cgroup namespace") : 0;
}

/* Find the one that tracks its processes; -ENOENT where it has none. */
static int find_tracking(const struct ds_cgroup *cgroup, struct ds_hierarchy *hierarchy)
{
	bool is_systemds = cgroup->v1 && is_member(cgroup, "name=systemd");

	if (!cgroup->count)
		return -ENOENT;
	return ds_try_hierarchy_find(is_systemds ? "name=systemd" : cgroup->member[0].id,
				     hierarchy);
}

void ds_cgroup_host_path(const struct ds_cgroup *cgroup, char *path, size_t size)
{
	struct ds_hierarchy hierarchy;

	path[0] = 0;
	if (find_tracking(cgroup, &hierarchy) == 0 && hierarchy.mount[0])
		ds_str_fmt(path, size, "%s/%s", hierarchy.mount, cgroup->dir);
}

int ds_cgroup_stand_aside(const struct ds_cgroup *cgroup, struct ds_undo *undo)
{
	struct ds_hierarchy hierarchy;
	auto_fd base_fd = -1;
	char dir[300], from[PATH_MAX];
	int err = find_tracking(cgroup, &hierarchy);

	if (err < 0)
		return 0;
	base_fd = ds_hierarchy_open(&hierarchy);
	if (base_fd < 0)
		return base_fd;
	snprintf(dir, sizeof(dir), DS_CGROUP_ASIDE "/%s", strchr(cgroup->dir, '/') + 1);
	err = ds_hierarchy_own_path(hierarchy.id, from, sizeof(from));
	if (!err)
		err = ds_undo_promise(undo, DS_CGROUP_ASIDE_VERB, hierarchy.id, dir, from, NULL);
	/* As in make_dirs: another's may just be the last that goes. */
	for (int i = 0, made = -ENOENT; !err && i < MAKE_TRIES && made == -ENOENT; i++) {
		made = make_dir(base_fd, DS_CGROUP_ASIDE, &hierarchy);
		if (!made)
			made = make_dir(base_fd, dir, &hierarchy);
		if (made < 0 && made != -ENOENT)
			err = made;
	}
	if (!err && write_in(base_fd, dir, "cgroup.procs", "0") < 0)
		err = ds_fail("join cgroup %s", dir);
	return err;
}
