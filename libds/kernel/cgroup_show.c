// SPDX-License-Identifier: GPL-3.0-or-later
/* cgroup_show - what the guest sees of its cgroups; see cgroup.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/kernel/cgroup.h"
#include "libds/kernel/hierarchy.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/tree.h"

#define GUEST_MOUNT "sys/fs/cgroup"

/* Bind the directory below top_fd, which is of this mount namespace, at NAME; see cgroup.h for what more. */
static int show_dir(const struct ds_cgroup *cgroup, int top_fd, int view_fd, const char *name)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	auto_fd own_fd = -1;
	char own[300], path[PATH_MAX];
	int err;

	snprintf(own, sizeof(own), "%s/" DS_CGROUP_GUEST, cgroup->dir);
	own_fd = openat(top_fd, own, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (own_fd < 0)
		return ds_fail("open cgroup %s", own);
	err = ds_str_fmt(path, sizeof(path), cgroup->is_bare ? "%s/%s" : "%s", name, own);
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

	for (int i = 0; !err && i < cgroup->count; i++) {
		/* There for a limit only. */
		if (strcmp(cgroup->member[i].id, DS_CGROUP2) != 0)
			err = show_v1_member(cgroup, i, view_fd);
	}
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
