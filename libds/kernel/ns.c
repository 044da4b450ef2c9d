// SPDX-License-Identifier: GPL-3.0-or-later
/* ns - see ns.h. */
#include "libds/kernel/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

/* The mount namespace is entered late, since /proc is the host's until then; the user namespace last, for
 * with it go the rights to enter the others. */
static const struct {
	const char *name;
	int flag;
} kinds[DS_NS_MAX] = {
	{"cgroup", CLONE_NEWCGROUP}, {"uts", CLONE_NEWUTS}, {"ipc", CLONE_NEWIPC},
	{"mnt", CLONE_NEWNS},        {"pid", CLONE_NEWPID}, {"user", CLONE_NEWUSER},
};

void ds_ns_close(struct ds_ns *ns)
{
	close_fd(&ns->pidfd);
	for (int i = 0; i < DS_NS_MAX; i++)
		close_fd(&ns->fd[i]);
}

static int open_each(struct ds_ns *ns, const struct ds_proc_id *init)
{
	char path[48];

	for (int i = 0; i < DS_NS_MAX; i++) {
		if (kinds[i].flag == CLONE_NEWUSER && !ns->has_user)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)init->pid, kinds[i].name);
		ns->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		/* A kernel without cgroup namespaces has none to enter. */
		if (ns->fd[i] < 0 && (errno != ENOENT || kinds[i].flag != CLONE_NEWCGROUP))
			return ds_fail("open %s", path);
	}
	return ds_proc_is_alive(init) ? 0 : ds_fail_with(ESRCH, "its PID 1");
}

/* setns(2) refuses to enter the one we are in. */
static bool has_own_user_namespace(pid_t pid)
{
	char path[48];
	struct stat ours, theirs;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	return stat("/proc/self/ns/user", &ours) == 0 && stat(path, &theirs) == 0 &&
	       (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev);
}

int ds_ns_open(struct ds_ns *ns, const struct ds_proc_id *init)
{
	*ns = (struct ds_ns)DS_NS_CLOSED;
	ns->pidfd = ds_try_proc_open(init);
	ns->has_user = CFG_LOCKED && has_own_user_namespace(init->pid);
	if (ns->pidfd == -ESRCH)
		return ds_fail_with(ESRCH, "its PID 1");
	return ns->pidfd >= 0 ? 0 : open_each(ns, init);
}

static int enter_each(const struct ds_ns *ns)
{
	for (int i = 0; i < DS_NS_MAX; i++) {
		if (ns->fd[i] >= 0 && setns(ns->fd[i], kinds[i].flag) < 0)
			return ds_fail("enter its %s namespace", kinds[i].name);
	}
	return 0;
}

int ds_ns_enter(struct ds_ns *ns, const struct ds_proc_id *init)
{
	int all = 0, err;

	for (int i = 0; i < DS_NS_MAX; i++)
		all |= kinds[i].flag == CLONE_NEWUSER && !ns->has_user ? 0 : kinds[i].flag;
	if (ns->pidfd >= 0 && setns(ns->pidfd, all) == 0)
		return 0;
	if (ns->pidfd >= 0 && errno != EINVAL)
		return ds_fail("enter its namespaces");
	/* 5.3 to 5.7 have pidfds that setns(2) does not take. */
	err = ns->pidfd >= 0 ? open_each(ns, init) : 0;
	return err < 0 ? err : enter_each(ns);
}

int ds_ns_adopt(pid_t pid)
{
	static const char *const files[] = {"uid_map", "gid_map", "ns/uts", "ns/ipc", "ns/pid"};
	char path[48];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		auto_fd fd = -1;

		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, files[i]);
		if (i < 2) {
			int err = ds_try_file_write(AT_FDCWD, path, "0 0 4294967295");

			if (err < 0)
				return ds_fail_with(err, "write %s", path);
			continue;
		}
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, 0) < 0)
			return ds_fail("enter %s", path);
	}
	return 0;
}

static int list_fd = -1;

void ds_close_fds_prepare(void)
{
	/* No fd has that number; this asks whether the call is there. */
	if (ds_sys_close_range(~0u, ~0u) < 0)
		list_fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int close_listed(int first)
{
	auto_dir dir = list_fd < 0 ? opendir("/proc/self/fd") : fdopendir(list_fd);
	struct dirent *entry;
	long long fd;

	list_fd = -1;
	if (!dir)
		return ds_fail("list open files");
	while (errno = 0, (entry = readdir(dir))) {
		if (ds_try_number(entry->d_name, first, INT_MAX, &fd) == 0 && fd != dirfd(dir))
			close((int)fd);
	}
	return errno ? ds_fail("list open files") : 0;
}

int ds_close_fds_from(int first)
{
	if (ds_sys_close_range((unsigned)first, ~0u) == 0)
		return 0;
	return close_listed(first);
}
