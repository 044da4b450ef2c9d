// SPDX-License-Identifier: GPL-3.0-or-later
/* links - see links.h. */
#include "libds/life/links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/core/unixsock.h"
#include "libds/host/state.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/tree.h"
#include "libds/life/forwarding.h"
#include "libds/life/integrate.h"
#include "libds/life/seat.h"

#define ANSWER_WITHIN_MS 10000

static const char *container DS_KEPT; /* the monitor's own */
static bool is_promised;

int ds_links_listen(const char *name, struct ds_undo *undo, const struct ds_door *door)
{
	char path[PATH_MAX];
	auto_fd dir_fd = -1;
	int err = ds_workspace_path(path, sizeof(path), DS_WS_LINKS, name);

	if (!err && !is_promised)
		err = ds_undo_promise(undo, DS_LINKS_VERB, path, NULL);
	if (err < 0)
		return err;
	is_promised = true;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return ds_fail("make %s", path);
	dir_fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir_fd < 0)
		return ds_fail("open %s", path);
	unlinkat(dir_fd, door->name, 0);
	return ds_door_open(dir_fd, door);
}

int ds_links_path(char path[PATH_MAX], const char *of, const char *name)
{
	char dir[PATH_MAX];
	int err = ds_workspace_path(dir, sizeof(dir), DS_WS_LINKS, of);

	return err < 0 ? err : ds_str_fmt(path, PATH_MAX, "%s/%s", dir, name);
}

void ds_links_unlink(const char *of, const char *name)
{
	char path[PATH_MAX];

	if (ds_links_path(path, of, name) == 0)
		unlink(path);
}

/* What a former life left there is an empty file. */
static int check_place(int target_fd)
{
	struct stat st;

	if (fstat(target_fd, &st) < 0)
		return ds_fail("look at it");
	if (S_ISSOCK(st.st_mode) || (S_ISREG(st.st_mode) && !st.st_size))
		return 0;
	return ds_refuse(DS_EXIT_USAGE, "%s is there already",
			 S_ISDIR(st.st_mode) ? "a directory" : "something else");
}

int ds_links_bind(const char *of, const char *name, int root_fd, const char *target)
{
	char path[PATH_MAX];
	auto_fd source_fd = -1, target_fd = -1;
	int err = ds_links_path(path, of, name);

	if (err < 0)
		return err;
	source_fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (source_fd < 0)
		return ds_fail("open its socket");
	target_fd = ds_tree_make(root_fd, target, false);
	if (target_fd < 0)
		return target_fd;
	err = check_place(target_fd);
	return err < 0 ? err : ds_mnt_bind_on(source_fd, target_fd, false, 0);
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
	int err;

	container = spec->name;
	err = CFG_FORWARD ? ds_forwarding_open(spec, undo) : 0;
	return !err && CFG_INTEGRATE ? ds_integrate_open(spec, undo) : err;
}

int ds_links_show(const struct ds_spec *spec, int root_fd)
{
	int err = CFG_FORWARD ? ds_forwarding_show(spec, root_fd) : 0;

	return !err && CFG_INTEGRATE ? ds_integrate_show(spec, root_fd) : err;
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
	if (CFG_FORWARD)
		ds_forwarding_close();
	is_promised = false;
}

void ds_links_reload(int socket_fd)
{
	auto_state state = {0};
	const char *list;
	int err;

	ds_err_clear();
	err = ds_try_state_load(container, &state);
	if (err < 0 && !ds_err_last()->code)
		ds_fail_with(err, "read the record");
	if (!err) {
		list = ds_conf_get(&state.conf, ds_spec_key(DS_SPEC_forwards));
		ds_forwarding_change(list ? list : "");
	}
	send(socket_fd, ds_err_last(), sizeof(struct ds_err), MSG_NOSIGNAL | MSG_DONTWAIT);
	ds_err_clear();
}

int ds_links_ask_reload(const char *name)
{
	const struct ds_seat_request request = {DS_SEAT_VERSION, DS_SEAT_LINKS};
	struct pollfd answered = {.events = POLLIN};
	char path[PATH_MAX];
	struct ds_err why;
	auto_fd fd = -1;
	int err = ds_workspace_path(path, sizeof(path), DS_WS_CONSOLE, name);

	if (err < 0)
		return err;
	answered.fd = fd = ds_try_unix_connect(path);
	if (fd < 0)
		return ds_fail_with(fd, "ask its monitor");
	if (send(fd, &request, sizeof(request), MSG_NOSIGNAL) < 0 ||
	    poll(&answered, 1, ANSWER_WITHIN_MS) != 1 ||
	    recv(fd, &why, sizeof(why), MSG_DONTWAIT) != sizeof(why))
		return ds_refuse(DS_EXIT_FAILED, "its monitor does not answer");
	if (!why.code)
		return 0;
	ds_err_set(&why);
	return -ds_err_last()->code;
}
