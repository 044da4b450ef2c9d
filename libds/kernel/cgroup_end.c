// SPDX-License-Identifier: GPL-3.0-or-later
/* cgroup_end - taking a container's cgroups away; see cgroup.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/cgroup.h"
#include "libds/kernel/hierarchy.h"

#define EMPTY_WITHIN_MS 10000 /* for killed processes to leave; the kernel tells when */
#define LOOK_AGAIN_MS 10

/* SIGKILL every process listed. Returns how many have gone: one that hangs in the kernel may never. */
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
			count += ds_proc_wait_gone(&id, pidfd, EMPTY_WITHIN_MS);
		}
	}
	return count;
}

/* cgroup.events has an event for poll(2) when a line of it changes (cgroups(7)); version 1 has none, and
 * is looked at again. */
int ds_try_cgroup_wait(int dir_fd, const char *file, const char *word, int timeout_ms)
{
	long long end = ds_now_ms() + timeout_ms;
	auto_fd fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC);
	struct pollfd changed = {.fd = fd, .events = POLLPRI};
	bool has_event = strcmp(file, DS_CGROUP_EVENTS) == 0;
	char text[256];
	ssize_t len;

	while ((len = pread(fd, text, sizeof(text) - 1, 0)) >= 0) {
		long long left = end - ds_now_ms();

		text[len] = 0;
		if (strstr(text, word))
			return 0;
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&changed, has_event, has_event ? (int)left : LOOK_AGAIN_MS) < 0 &&
		    errno != EINTR)
			break;
	}
	return -errno;
}

void ds_cgroup_wait_until_empty(int dir_fd, int timeout_ms)
{
	ds_try_cgroup_wait(dir_fd, DS_CGROUP_EVENTS, "populated 0", timeout_ms);
}

/* Remove a cgroup and what is below, and kill what lives there; is_killed: that has been done above. */
static int remove_tree(int parent_fd, const char *name, bool is_killed)
{
	int dir_fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_dir dir = dir_fd < 0 ? NULL : fdopendir(dir_fd);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : ds_fail("open cgroup %s", name);
	/* cgroup.kill came with Linux 5.14; it takes the whole subtree at once, and what forks in it. */
	is_killed = is_killed || ds_try_file_write(dir_fd, "cgroup.kill", "1") == 0;
	while (!is_killed && kill_listed(dir_fd))
		continue;
	while ((entry = readdir(dir))) {
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			remove_tree(dir_fd, entry->d_name, is_killed);
	}
	ds_cgroup_wait_until_empty(dir_fd, EMPTY_WITHIN_MS);
	if (unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return ds_fail("remove cgroup %s", name);
	return 0;
}

/* Take back what the host was asked for when no container is left in parent. The kernel refuses where
 * one that has just come hands it on, or somebody else on the host does. */
static void hand_back(int base_fd)
{
	static const char *const files[] = {DS_CGROUP_PARENT "/cgroup.subtree_control",
					    "cgroup.subtree_control"};
	auto_fd parent_fd = openat(base_fd, DS_CGROUP_PARENT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char noted[256] = "", change[64];
	struct stat st;

	/* Linked by itself, by its name, and by each directory in it. */
	if (parent_fd < 0 || fstat(parent_fd, &st) < 0 || st.st_nlink > 2 ||
	    fgetxattr(parent_fd, DS_CGROUP_NOTE, noted, sizeof(noted) - 1) < 0)
		return;
	for (char *name = strtok(noted, " "); name; name = strtok(NULL, " ")) {
		snprintf(change, sizeof(change), "-%s", name);
		for (int i = 0; i < 2; i++)
			ds_try_file_write(base_fd, files[i], change);
	}
}

/* Open the hierarchy of a promise about a directory below above. -ENOENT, quiet, where it is no more. */
static int open_promised(const char *const args[DS_UNDO_ARGS], const char *above)
{
	struct ds_hierarchy hierarchy;

	if (!ds_str_has_prefix(args[1], above) || strstr(args[1], ".."))
		return ds_fail_with(EINVAL, "remove cgroup %s", args[1]);
	return ds_try_hierarchy_find(args[0], &hierarchy) < 0 ? -ENOENT
							      : ds_hierarchy_open(&hierarchy);
}

int ds_cgroup_remove(const char *const args[DS_UNDO_ARGS])
{
	auto_fd base_fd = open_promised(args, DS_CGROUP_PARENT "/");
	int err;

	if (base_fd < 0)
		return base_fd == -ENOENT ? 0 : base_fd;
	err = remove_tree(base_fd, args[1], false);
	/* Other containers may have theirs beside it: then it stays. */
	if (!err) {
		if (CFG_LIMITS)
			hand_back(base_fd);
		unlinkat(base_fd, DS_CGROUP_PARENT, AT_REMOVEDIR);
	}
	return err;
}

int ds_cgroup_come_back(const char *const args[DS_UNDO_ARGS])
{
	auto_fd base_fd = open_promised(args, DS_CGROUP_ASIDE "/");
	char path[PATH_MAX];

	if (base_fd < 0)
		return base_fd == -ENOENT ? 0 : base_fd;
	/* The root is never frozen, nor gone, as where we came from may be; but in a container of somebody
	 * else's it may take no processes. */
	if (ds_hierarchy_own_path(args[0], path, sizeof(path)) == 0 &&
	    strcmp(path + 1, args[1]) == 0 && ds_try_file_write(base_fd, "cgroup.procs", "0") < 0 &&
	    ds_str_fmt(path, sizeof(path), ".%s/cgroup.procs", args[2]) == 0)
		ds_try_file_write(base_fd, path, "0");
	if (unlinkat(base_fd, args[1], AT_REMOVEDIR) < 0 && errno != ENOENT)
		return ds_fail("remove cgroup %s", args[1]);
	unlinkat(base_fd, DS_CGROUP_ASIDE, AT_REMOVEDIR);
	return 0;
}
