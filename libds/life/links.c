// SPDX-License-Identifier: GPL-3.0-or-later
/* links - see links.h. */
#include "libds/life/links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/life/bind.h"
#include "libds/life/integrate.h"

int ds_links_listen(const char *container, struct ds_undo *undo, const struct ds_door *door)
{
	char path[PATH_MAX];
	auto_fd dir_fd = -1;
	int err = ds_workspace_path(path, sizeof(path), DS_WS_LINKS, container);

	if (!err && access(path, F_OK) < 0)
		err = ds_undo_promise(undo, DS_LINKS_VERB, path, NULL);
	if (err < 0)
		return err;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return ds_fail("make %s", path);
	dir_fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir_fd < 0 ? ds_fail("open %s", path) : ds_door_open(dir_fd, door);
}

int ds_links_bind(const char *container, const char *name, int root_fd, const char *target)
{
	struct ds_bind bind = {.options = 0};
	char dir[PATH_MAX];
	int err = ds_workspace_path(dir, sizeof(dir), DS_WS_LINKS, container);

	if (!err)
		err = ds_str_fmt(bind.source, sizeof(bind.source), "%s/%s", dir, name);
	if (!err)
		err = ds_bind_target(&bind, target);
	return err < 0 ? err : ds_bind_mount(&bind, root_fd);
}

int ds_links_undo(const char *const args[DS_UNDO_ARGS])
{
	auto_dir dir = opendir(args[0]);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : ds_fail("open %s", args[0]);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	return rmdir(args[0]) < 0 && errno != ENOENT ? ds_fail("remove %s", args[0]) : 0;
}

int ds_links_open(const struct ds_spec *spec, struct ds_undo *undo)
{
	return CFG_INTEGRATE ? ds_integrate_open(spec, undo) : 0;
}

int ds_links_show(const struct ds_spec *spec, int root_fd)
{
	return CFG_INTEGRATE ? ds_integrate_show(spec, root_fd) : 0;
}

void ds_links_stop(void)
{
	if (CFG_INTEGRATE)
		ds_integrate_stop();
}

void ds_links_close(void)
{
	if (CFG_INTEGRATE)
		ds_integrate_close();
}
