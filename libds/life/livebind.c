// SPDX-License-Identifier: GPL-3.0-or-later
/* livebind - see livebind.h. */
#include "libds/life/livebind.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/mountinfo.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/ns.h"
#include "libds/kernel/tree.h"
#include "libds/life/inspect.h"
#include "libds/life/livedevice.h"

#define STORED "bind_mounts"
#define LIVE "live_binds"

#define CHILD_FAILED 2 /* exit status; else the result, 0 or 1 */

/* What the child works on. */
struct work {
	const struct ds_bind *bind;
	const struct ds_proc_id *init;
	struct ds_ns ns;
};

/* Where it is missing, the directory above it that is there. */
static void look_at_source(const struct ds_bind *bind, struct stat *source)
{
	char path[PATH_MAX];
	char *slash;

	*source = (struct stat){0};
	memcpy(path, bind->source, sizeof(path));
	while (stat(path, source) < 0 && (slash = strrchr(path, '/')))
		slash[slash == path && path[1]] = 0;
}

/* Is what is open there the bind? Its source may have been deleted or replaced on the host since: then
 * what is mounted has no name any more. So have the masks of the boot, in a file system of the
 * guest's alone. */
static bool is_bind(int target_fd, const struct stat *source)
{
	struct stat target;

	return fstat(target_fd, &target) == 0 && target.st_dev == source->st_dev &&
	       (target.st_ino == source->st_ino || target.st_nlink == 0);
}

static int enter(struct work *work)
{
	int err = ds_ns_enter(&work->ns, work->init);

	if (!err) {
		err = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (err < 0)
			err = ds_fail("open the guest's /");
	}
	return err;
}

/* The copy is made in a mount namespace of its own: the host's mounts may be shared, and so would a copy
 * be; what the guest mounts below it would come out at the host. */
static int attach(struct work *work)
{
	const struct ds_bind *bind = work->bind;
	auto_fd source_fd = -1, tree_fd = -1, root_fd = -1, target_fd = -1;
	int err = unshare(CLONE_NEWNS) < 0 ? ds_fail("make a mount namespace")
					   : ds_mnt_make_private();

	if (err < 0)
		return err;
	source_fd = ds_bind_open_source(bind);
	if (source_fd < 0)
		return source_fd;
	tree_fd = ds_mnt_copy(source_fd, bind->options & DS_BIND_REC, ds_bind_flags(bind));
	if (tree_fd == -ENOSYS) {
		ds_refuse(DS_EXIT_UNSUPPORTED,
			  "this kernel cannot mount into a running guest, Linux 5.2 can");
		ds_hint("give it at the next start: ds-restart --bind=SRC:DST");
		return -ds_err_last()->code;
	}
	if (tree_fd < 0)
		return tree_fd;
	root_fd = enter(work);
	if (root_fd < 0)
		return root_fd;
	target_fd = ds_bind_open_target(bind, source_fd, root_fd);
	return target_fd < 0 ? target_fd : ds_mnt_attach_on(tree_fd, target_fd);
}

/* Is fd the root of a mount? Asked in the guest's mount namespace, fds_fd being the host's /proc/self/fd
 * and name that of fd in there. 1, 0 or -errno. */
static int is_mount_root(int fds_fd, const char *name)
{
	char path[PATH_MAX];
	ssize_t len = readlinkat(fds_fd, name, path, sizeof(path) - 1);
	auto_mountinfo mount = {0};

	if (len < 0)
		return ds_fail("list the guest's mounts");
	if (ds_mountinfo_open_at(&mount, fds_fd, "../mountinfo") < 0)
		return -ds_err_last()->code;
	path[len] = 0;
	while (ds_mountinfo_next(&mount)) {
		size_t mounted_len = strlen(mount.path);

		if (strncmp(path, mount.path, mounted_len) == 0 &&
		    (!path[mounted_len] || strcmp(path + mounted_len, " (deleted)") == 0))
			return 1;
	}
	return ferror(mount.list) ? ds_fail("list the guest's mounts") : 0;
}

/* 1 when it is not mounted any more. umount2(2) takes no fd but knows it by its name in the host's
 * /proc, which is not to be seen from the guest: hence the current directory. */
static int detach(struct work *work)
{
	auto_fd fds_fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd root_fd = -1, target_fd = -1;
	struct stat source;
	char name[16];
	int is_mount;

	if (fds_fd < 0)
		return ds_fail("open /proc/self/fd");
	look_at_source(work->bind, &source);
	root_fd = enter(work);
	if (root_fd < 0)
		return root_fd;
	target_fd = ds_try_tree_open(root_fd, work->bind->target, O_PATH, 0);
	if (target_fd == -ENOENT)
		return 1;
	if (target_fd < 0)
		return ds_fail_with(target_fd, "open %s", work->bind->target);
	snprintf(name, sizeof(name), "%d", target_fd);
	is_mount = is_mount_root(fds_fd, name);
	if (is_mount <= 0)
		return is_mount < 0 ? is_mount : 1;
	if (!is_bind(target_fd, &source)) {
		ds_refuse(DS_EXIT_FAILED, "something else is there now");
		ds_hint("if it is a mount of the guest's own, unmount it there");
		return -ds_err_last()->code;
	}
	if (fchdir(fds_fd) < 0)
		return ds_fail("enter /proc/self/fd");
	if (umount2(name, MNT_DETACH) == 0)
		return 0;
	/* MNT_LOCKED, which nobody takes off */
	if (errno != EINVAL || !work->ns.has_user)
		return ds_fail("unmount");
	ds_refuse(DS_EXIT_FAILED, "it is locked, being there since the guest started");
	ds_hint("start it without: ds-restart --bind=...");
	return -ds_err_last()->code;
}

static void __attribute__((noreturn))
run_child(struct work *work, int (*run)(struct work *work), int report_fd)
{
	int result;

	/* A guest can make its own paths hang: nobody shall wait for the lock because of that. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	umask(022);
	result = run(work);
	if (result < 0)
		ds_try_write_all(report_fd, ds_err_last(), sizeof(struct ds_err));
	_exit(result < 0 ? CHILD_FAILED : result);
}

/* In a process that no process of the guest can see: it is not in its PID namespace. */
static int in_guest(const struct ds_container *container, const struct ds_bind *bind,
		    int (*run)(struct work *work))
{
	struct work work = {.bind = bind, .init = &container->state.init};
	int pipe_fds[2], status = 0, err = ds_ns_open(&work.ns, work.init);
	struct ds_err why;
	pid_t pid = -1;

	if (!err && pipe2(pipe_fds, O_CLOEXEC) < 0)
		err = ds_fail("make a pipe");
	if (!err) {
		pid = ds_fork();
		if (pid == 0)
			run_child(&work, run, pipe_fds[1]);
		if (pid < 0)
			err = ds_fail("fork");
		close(pipe_fds[1]);
		if (ds_try_read_full(pipe_fds[0], &why, sizeof(why)) == sizeof(why)) {
			ds_err_set(&why);
			err = -ds_err_last()->code;
		}
		close(pipe_fds[0]);
		while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	ds_ns_close(&work.ns);
	if (!err && (!WIFEXITED(status) || WEXITSTATUS(status) == CHILD_FAILED))
		err = ds_refuse(DS_EXIT_FAILED, "failed in the guest");
	return err < 0 ? ds_bind_err_in(bind) : WEXITSTATUS(status);
}

int ds_livebind_attach(const struct ds_container *container, const struct ds_bind *bind)
{
	return in_guest(container, bind, attach);
}

int ds_livebind_detach(const struct ds_container *container, const struct ds_bind *bind)
{
	return in_guest(container, bind, detach);
}

/* The list without the binds on that target, to be freed; the last of them is found, if any. */
static int drop(const char *list, const char *target, char **rest, struct ds_bind *found)
{
	struct ds_bind bind;
	int more, err = 0;

	*rest = NULL;
	while (!err && (more = ds_bind_next(&list, &bind)) != 0) {
		if (more < 0)
			err = more;
		else if (strcmp(bind.target, target) == 0)
			*found = bind;
		else
			err = ds_binds_add(rest, &bind);
	}
	return err;
}

static int note(struct ds_container *container, const char *stored, const char *live)
{
	struct ds_state *state = &container->state;
	int err = ds_conf_set(&state->conf, STORED, stored);

	if (!err)
		err = ds_conf_set(&state->conf, LIVE, live);
	return err < 0 ? err : ds_state_save(state, container->spec.pidfile);
}

/* A device is allowed as long as it is noted; what has gone may have been one. */
static int enforce(struct ds_container *container, const struct ds_bind *bind)
{
	struct stat st;

	if (!CFG_DEVICES ||
	    (stat(bind->source, &st) == 0 && !S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)))
		return 0;
	return ds_livedevice_enforce(container);
}

const char *ds_livebind_list(const struct ds_container *container)
{
	return ds_container_recorded(container, LIVE);
}

bool ds_livebind_is_mounted(const struct ds_container *container, const struct ds_bind *bind)
{
	auto_fd root_fd = ds_try_inspect_root(container), target_fd = -1;
	struct stat source;

	if (container->life != DS_RUNNING || root_fd < 0)
		return false;
	look_at_source(bind, &source);
	target_fd = ds_try_tree_open(root_fd, bind->target, O_PATH, 0);
	return target_fd >= 0 && is_bind(target_fd, &source);
}

int ds_livebind_add(struct ds_container *container, const struct ds_bind *bind)
{
	auto_free char *stored = NULL, *live = NULL, *was_stored = NULL, *was_live = NULL;
	struct ds_bind there = {.source = ""};
	int err = drop(ds_container_recorded(container, STORED), bind->target, &stored, &there);

	if (!err)
		err = drop(ds_container_recorded(container, LIVE), bind->target, &live, &there);
	if (!err && *there.source && ds_livebind_is_mounted(container, &there)) {
		ds_refuse(DS_EXIT_STATE, "%.120s is bound already", bind->target);
		ds_hint("ds-bind --remove takes it away");
		err = -ds_err_last()->code;
	}
	if (!err)
		err = ds_binds_add(&live, bind);
	if (!err) {
		was_stored = strdup(ds_container_recorded(container, STORED));
		was_live = strdup(ds_container_recorded(container, LIVE));
		err = was_stored && was_live ? 0 : ds_fail("keep the binds");
	}
	if (err < 0)
		return err;
	/* Promise, then act: what is noted and not mounted does no harm, the other way it would. */
	err = note(container, stored, live);
	if (!err)
		err = enforce(container, bind);
	if (!err)
		err = in_guest(container, bind, attach);
	if (err < 0) {
		const struct ds_err why = *ds_err_last();

		if (note(container, *was_stored ? was_stored : NULL, *was_live ? was_live : NULL) ==
		    0)
			enforce(container, bind);
		ds_err_set(&why);
	}
	return err;
}

int ds_livebind_remove(struct ds_container *container, const char *target)
{
	auto_free char *stored = NULL, *live = NULL;
	struct ds_bind bind = {.source = ""}, wanted;
	int err = ds_bind_target(&wanted, target), gone;

	if (!err)
		err = drop(ds_container_recorded(container, STORED), wanted.target, &stored, &bind);
	if (!err)
		err = drop(ds_container_recorded(container, LIVE), wanted.target, &live, &bind);
	if (!err && !*bind.source) {
		ds_refuse(DS_EXIT_NOT_FOUND, "no bind on %.120s", wanted.target);
		ds_hint("'ds-bind %s' lists them", container->name);
		err = -ds_err_last()->code;
	}
	if (err < 0)
		return err;
	gone = in_guest(container, &bind, detach);
	err = gone < 0 ? gone : note(container, stored, live);
	if (!err)
		err = enforce(container, &bind);
	return err < 0 ? err : gone;
}
