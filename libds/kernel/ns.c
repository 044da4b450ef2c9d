// SPDX-License-Identifier: GPL-3.0-or-later
/* ns - see ns.h. */
#include "libds/kernel/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/str.h"

/* The mount namespace is entered late, since /proc is the host's until then. */
static const struct {
	const char *name;
	int flag;
} kinds[DS_NS_MAX] = {
	{"cgroup", CLONE_NEWCGROUP}, {"uts", CLONE_NEWUTS}, {"ipc", CLONE_NEWIPC},
	{"mnt", CLONE_NEWNS},        {"pid", CLONE_NEWPID},
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
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)init->pid, kinds[i].name);
		ns->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		/* A kernel without cgroup namespaces has none to enter. */
		if (ns->fd[i] < 0 && (errno != ENOENT || kinds[i].flag != CLONE_NEWCGROUP))
			return ds_fail("open %s", path);
	}
	return ds_proc_is_alive(init) ? 0 : ds_fail_with(ESRCH, "its PID 1");
}

int ds_ns_open(struct ds_ns *ns, const struct ds_proc_id *init)
{
	*ns = (struct ds_ns)DS_NS_CLOSED;
	ns->pidfd = ds_try_proc_open(init);
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
		all |= kinds[i].flag;
	if (ns->pidfd >= 0 && setns(ns->pidfd, all) == 0)
		return 0;
	if (ns->pidfd >= 0 && errno != EINVAL)
		return ds_fail("enter its namespaces");
	/* 5.3 to 5.7 have pidfds that setns(2) does not take. */
	err = ns->pidfd >= 0 ? open_each(ns, init) : 0;
	return err < 0 ? err : enter_each(ns);
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
