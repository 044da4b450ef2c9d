// SPDX-License-Identifier: GPL-3.0-or-later
/* mask - see mask.h. */
#include "libds/kernel/mask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/tree.h"

#define KMSG "proc/kmsg"
#define MASK_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* Of the UTS and IPC namespaces (namespaces(7)), which a guest has: its own wherever it writes. They are
 * looked up before /proc/sys is read-only, and bound back. */
static const char *const own[] = {
	"proc/sys/kernel/hostname", "proc/sys/kernel/domainname", "proc/sys/kernel/msgmax",
	"proc/sys/kernel/msgmnb",   "proc/sys/kernel/msgmni",     "proc/sys/kernel/sem",
	"proc/sys/kernel/shmall",   "proc/sys/kernel/shmmax",     "proc/sys/kernel/shmmni",
	"proc/sys/fs/mqueue",
};

#define OWN (sizeof(own) / sizeof(*own))

/* One behind the other. */
static const char read_only[] = "proc/sys\0"
				"proc/sysrq-trigger\0"
				"proc/irq\0"
				"proc/bus\0"
				"proc/fs\0"
				"proc/latency_stats\0"
				"proc/mtrr\0";

/* console/active names the host's console, which systemd 258 and newer would open where it believes
 * /sys. */
static const char hidden[] = "proc/kcore\0"
			     "proc/keys\0"
			     "proc/key-users\0"
			     "proc/timer_list\0"
			     "proc/timer_stats\0"
			     "proc/sched_debug\0"
			     "proc/kallsyms\0" KMSG "\0"
			     "proc/acpi\0"
			     "proc/scsi\0"
			     "sys/firmware\0"
			     "sys/kernel/debug\0"
			     "sys/kernel/tracing\0"
			     "sys/class/tty/console/active\0";

/* What lies over the hidden, made by us on a mount of our own: a guest's /dev/null could be anything. */
enum { EMPTY, NOTHING, CLOSED, STAND_INS };
static const char *const stand_ins[] = {".empty", ".nothing", ".closed"};

/* A device on a nodev mount cannot be opened: of an empty kmsg rsyslog reads the end for ever. */
static int make_stand_ins(int dev_fd, int fds[STAND_INS])
{
	int err = mknodat(dev_fd, stand_ins[EMPTY], S_IFREG, 0) |
		  mkdirat(dev_fd, stand_ins[NOTHING], 0) |
		  mknodat(dev_fd, stand_ins[CLOSED], S_IFCHR, 0);

	for (int i = 0; !err && i < STAND_INS; i++) {
		fds[i] = openat(dev_fd, stand_ins[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
		err = fds[i] < 0;
	}
	return err ? ds_fail("create the empty stand-ins") : 0;
}

static int remove_stand_ins(int dev_fd, int fds[STAND_INS], bool keep)
{
	int err = 0;

	for (int i = 0; i < STAND_INS; i++) {
		close_fd(&fds[i]);
		if (!keep)
			err |= unlinkat(dev_fd, stand_ins[i], i == NOTHING ? AT_REMOVEDIR : 0);
	}
	return err ? ds_fail("remove the empty stand-ins") : 0;
}

/* Is what the name leads to now this object, on a mount that is read-only or is not? By path, for
 * fstatfs(2) takes no O_PATH before Linux 3.12. */
static int verify(int root_fd, const char *name, const struct stat *expected, bool is_read_only)
{
	auto_fd fd = ds_tree_open(root_fd, name, O_PATH, 0);
	char path[32];
	struct stat st;
	struct statfs fs;

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fstat(fd, &st) < 0 || statfs(path, &fs) < 0)
		return ds_fail("look at %s", name);
	if (st.st_dev == expected->st_dev && st.st_ino == expected->st_ino &&
	    !(fs.f_flags & MS_RDONLY) == !is_read_only)
		return 0;
	return ds_refuse(DS_EXIT_FAILED, "the mount on %s does not hold", name);
}

/* Lay what source_fd is over what is at name. */
static int cover(int root_fd, const char *name, int source_fd, unsigned long flags)
{
	struct stat st;
	int err = fstat(source_fd, &st) < 0 ? ds_fail("look at %s", name) : 0;

	if (!err)
		err = ds_mnt_bind(source_fd, root_fd, name, true, flags);
	return err < 0 ? err : verify(root_fd, name, &st, flags & MS_RDONLY);
}

/* fds: the stand-ins, or NULL to make it read-only. */
static int mask(int root_fd, const char *name, const int *fds)
{
	auto_fd fd = ds_try_tree_open(root_fd, name, O_PATH, 0);
	struct stat st;
	int source_fd = fd;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return ds_fail_with(fd < 0 ? fd : errno, "open %s", name);
	if (fds)
		source_fd = fds[S_ISDIR(st.st_mode)       ? NOTHING
				: strcmp(name, KMSG) == 0 ? CLOSED
							  : EMPTY];
	return cover(root_fd, name, source_fd, MASK_FLAGS);
}

static int mask_all(int root_fd, const char *names, const int *fds)
{
	int err = 0;

	for (; !err && *names; names += strlen(names) + 1)
		err = mask(root_fd, names, fds);
	return err;
}

int ds_mask(int root_fd, bool keep)
{
	auto_fd dev_fd = ds_tree_open(root_fd, "dev", O_RDONLY | O_DIRECTORY, 0);
	int own_fds[OWN], fds[STAND_INS] = {-1, -1, -1};
	int err = dev_fd < 0 ? dev_fd : make_stand_ins(dev_fd, fds);

	for (size_t i = 0; i < OWN; i++)
		own_fds[i] = ds_try_tree_open(root_fd, own[i], O_PATH, 0);
	if (!err)
		err = mask_all(root_fd, read_only, NULL);
	if (!err)
		err = mask_all(root_fd, hidden, fds);
	for (size_t i = 0; i < OWN; i++) {
		if (!err && own_fds[i] >= 0)
			err = cover(root_fd, own[i], own_fds[i], MS_NOSUID | MS_NODEV | MS_NOEXEC);
		else if (!err && own_fds[i] != -ENOENT)
			err = ds_fail_with(own_fds[i], "open %s", own[i]);
		close_fd(&own_fds[i]);
	}
	return err < 0 ? err : remove_stand_ins(dev_fd, fds, keep);
}
