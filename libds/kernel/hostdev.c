// SPDX-License-Identifier: GPL-3.0-or-later
/* hostdev - see hostdev.h. */
#include "libds/kernel/hostdev.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/loop.h"
#include "libds/core/str.h"
#include "libds/kernel/dev.h"
#include "libds/kernel/tree.h"

#define HOST "/dev/"
#define WATCHED (IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB)
#define EVENTS_MAX 4096 /* bytes of events at a time */
#define PATH_LIMIT 128  /* bytes of a path below /dev, what is longer is left out */
#define DIR_MAX 60      /* of a directory's */

/* How the paths below /dev of these nodes begin; drivers and their names are those of the kernel's tree, of
 * Android's common kernels and of the vendors' drivers. */
static const char gpu[] = "dri/\0"      /* DRM: all of mainline's */
			  "kfd\0"       /* AMD's compute */
			  "accel/\0"    /* DRM without graphics */
			  "mali\0"      /* Arm, kbase */
			  "kgsl-\0"     /* Adreno */
			  "nvidia\0"    /* and nvidia-caps/ */
			  "nvhost\0"    /* Tegra */
			  "nvmap\0"     /* its memory */
			  "pvr\0"       /* PowerVR: pvr_sync, pvrsrvkm */
			  "dma_heap/\0" /* buffers that they share */
			  "ion\0"       /* the same before Linux 5.6 */
			  "udmabuf\0"   /* the same out of memory files */
			  "sw_sync\0"   /* fences */
			  "genlock\0" /* the same before them */;

/* Char devices that lead to the sectors of a disk or a flash, beside those of majors 21 (sg), 90 (mtd) and
 * 162 (raw); device mapper's, that makes new ways to them; and ZFS's, that changes and destroys pools. */
static const char disks[] = "bsg/\0nvme\0ng\0ubi\0mmcblk\0ufs-bsg\0mapper/\0zfs\0";

/* A watchdog that a guest's shutdown has started and nobody feeds resets the host; nvram is its BIOS's;
 * by snapshot, the kernel's for hibernation, all is frozen and all memory read. */
static const char never[] = "watchdog\0nvram\0snapshot\0";

struct dir {
	int wd; /* -1 = a free place */
	char path[DIR_MAX];
};

static unsigned wanted;
static ds_hostdev_visit *visitor; /* NULL: the nodes are made */
static void *visitor_ctx;
static int dev_fd = -1;
static struct ds_loop_entry inotify = {.fd = -1};
static dev_t host_dev;
static struct dir *dirs;
static size_t dir_count;

static bool begins_as(const char *path, const char *list)
{
	for (; *list; list += strlen(list) + 1) {
		if (ds_str_has_prefix(path, list))
			return true;
	}
	return false;
}

/* Is it one of those on which the host's kernel speaks? */
static bool is_console(dev_t dev)
{
	char text[1024], number[24];

	snprintf(number, sizeof(number), " %u:%u\n", major(dev), minor(dev));
	return ds_try_file_read(AT_FDCWD, "/proc/consoles", text, sizeof(text)) > 0 &&
	       strstr(text, number);
}

static bool passes(const char *path, const struct stat *st)
{
	bool is_block = S_ISBLK(st->st_mode);
	unsigned number = major(st->st_rdev);

	if (!is_block && !S_ISCHR(st->st_mode))
		return false;
	if (!is_block && begins_as(path, gpu))
		return true;
	if (!(wanted & DS_HOSTDEV_ALL))
		return false;
	if (is_block || number == 21 || number == 90 || number == 162 || begins_as(path, disks))
		return wanted & DS_HOSTDEV_DISKS;
	/* Memory; virtual terminals and 8250 UARTs; /dev/tty, console and ptmx; their screens
	 * (Documentation/admin-guide/devices.txt). */
	return number != 1 && number != 4 && number != 5 && number != 7 &&
	       !begins_as(path, never) && !is_console(st->st_rdev);
}

static bool is_wanted(const char *path, const struct stat *st)
{
	return wanted & DS_HOSTDEV_KEPT ? S_ISCHR(st->st_mode) && !passes(path, st)
					: passes(path, st);
}

/* A directory of the guest's /dev, by the path of one in it. A guest's root may have put links there or
 * mounted on it, a FUSE of its own that never answers, say: that is not entered. Before openat2(2) (5.6) it
 * is, and such a guest can hold up its own monitor. */
static int open_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
			       .resolve =
				       RESOLVE_IN_ROOT | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS};
	char dir[PATH_LIMIT];
	int fd;

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	fd = ds_sys_openat2(dev_fd, dir, &how);
	return fd < 0 && errno == ENOSYS ? ds_try_tree_open(dev_fd, dir, (int)how.flags, 0) : fd;
}

/* What stood for a node that is gone or new: not what the guest has put there, nor its terminals. */
static void drop(int dir_fd, const char *name)
{
	char target[5] = "/";
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISLNK(st.st_mode))
		readlinkat(dir_fd, name, target, sizeof(target) - 1);
	if (S_ISDIR(st.st_mode))
		unlinkat(dir_fd, name, AT_REMOVEDIR);
	else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode) ||
		 (target[0] != '/' && strcmp(target, "pts/") != 0))
		unlinkat(dir_fd, name, 0);
}

/* Its owner is root: the numbers of the host's users are somebody else's in the guest. */
static void put(int dir_fd, const char *name, const char *host_path, const struct stat *st)
{
	char target[PATH_LIMIT];
	struct stat link;
	ssize_t len = -1;
	mode_t mask;

	drop(dir_fd, name);
	/* A link that leads elsewhere, as Android's binder does, becomes the node. */
	if (st->st_dev == host_dev && lstat(host_path, &link) == 0 && S_ISLNK(link.st_mode))
		len = readlink(host_path, target, sizeof(target) - 1);
	if (len > 0 && target[0] != '/') {
		target[len] = 0;
		symlinkat(target, dir_fd, name);
		return;
	}
	mask = umask(0);
	if (mknodat(dir_fd, name, st->st_mode & (S_IFMT | 0777), st->st_rdev) == 0)
		fchownat(dir_fd, name, 0, st->st_gid, AT_SYMLINK_NOFOLLOW);
	umask(mask);
}

static void walk(const char *path);

/* Look at one name below /dev, and make the guest's what the host's is. */
static void look(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char host_path[PATH_LIMIT + sizeof(HOST)], below[PATH_LIMIT];
	struct stat st;
	bool is_there, is_dir;
	auto_fd dir_fd = -1;

	if (strlen(path) >= PATH_LIMIT)
		return;
	snprintf(host_path, sizeof(host_path), HOST "%s", path);
	is_there = stat(host_path, &st) == 0;
	is_dir = is_there && S_ISDIR(st.st_mode);
	if (is_dir) {
		snprintf(below, sizeof(below), "%s/", path);
		if (st.st_dev != host_dev || lstat(host_path, &st) < 0 || !S_ISDIR(st.st_mode) ||
		    !(wanted & DS_HOSTDEV_ALL || begins_as(below, gpu)))
			return;
	} else if (ds_dev_is_own(path) || (is_there && !is_wanted(path, &st))) {
		return;
	}
	/* There is a link that leads nowhere, too. */
	if (visitor && is_there && !is_dir)
		visitor(path, &st, visitor_ctx);
	if (!visitor) {
		dir_fd = open_parent(path);
		if (dir_fd < 0)
			return;
		if (is_dir)
			mkdirat(dir_fd, name, 0755);
		else if (is_there)
			put(dir_fd, name, host_path, &st);
		else
			drop(dir_fd, name);
	}
	if (is_dir)
		walk(below);
}

/* The directory is watched before it is read: what comes in between is seen twice. */
static void watch(const char *host_path, const char *path)
{
	int wd = inotify_add_watch(inotify.fd, host_path, WATCHED | IN_ONLYDIR);
	struct dir *dir = dirs;

	while (dir < dirs + dir_count && dir->wd >= 0 && dir->wd != wd)
		dir++;
	if (wd >= 0 && dir == dirs + dir_count) {
		dir = realloc(dirs, (dir_count + 1) * sizeof(*dirs));
		if (!dir)
			return;
		dirs = dir;
		dir += dir_count++;
	}
	if (wd < 0)
		return;
	dir->wd = wd;
	snprintf(dir->path, sizeof(dir->path), "%s", path);
}

/* path is "", or a directory's with a slash behind it. */
static void walk(const char *path)
{
	char text[DIR_MAX + NAME_MAX + 1];
	struct dirent *entry;
	auto_dir dir = NULL;

	if (strlen(path) >= DIR_MAX)
		return;
	snprintf(text, sizeof(text), HOST "%s", path);
	if (inotify.fd >= 0)
		watch(text, path);
	dir = opendir(text);
	while (dir && (entry = readdir(dir))) {
		snprintf(text, sizeof(text), "%s%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			look(text);
	}
}

static void begin(unsigned which)
{
	struct stat st;

	wanted = which;
	host_dev = stat(HOST, &st) == 0 ? st.st_dev : 0;
	walk("");
}

void ds_hostdev_each(unsigned which, ds_hostdev_visit *visit, void *ctx)
{
	visitor = visit;
	visitor_ctx = ctx;
	begin(which);
	visitor = NULL;
}

struct found {
	struct ds_group *groups;
	size_t count;
};

static void add_group(const char *path, const struct stat *st, void *ctx)
{
	struct found *found = ctx;
	size_t i = 0;

	(void)path;
	while (i < found->count && found->groups[i].gid != st->st_gid)
		i++;
	if (!st->st_gid || i < found->count || i == DS_GROUPS_MAX)
		return;
	ds_group_of_host(&found->groups[i], st->st_gid, "gpu");
	found->count++;
}

size_t ds_hostdev_groups(struct ds_group groups[DS_GROUPS_MAX])
{
	struct found found = {.groups = groups};

	ds_hostdev_each(DS_HOSTDEV_GPU, add_group, &found);
	return found.count;
}

static void take(struct ds_loop_entry *entry, uint32_t events)
{
	char buf[EVENTS_MAX] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t len = read(entry->fd, buf, sizeof(buf));
	const struct inotify_event *event;

	(void)events;
	for (ssize_t at = 0; at < len; at += (ssize_t)(sizeof(*event) + event->len)) {
		struct dir *dir = dirs;
		char path[DIR_MAX + NAME_MAX + 1];

		event = (const struct inotify_event *)(buf + at);
		if (event->mask & IN_Q_OVERFLOW)
			walk("");
		while (dir < dirs + dir_count && dir->wd != event->wd)
			dir++;
		if (dir == dirs + dir_count)
			continue;
		if (event->mask & IN_IGNORED)
			dir->wd = -1;
		if (event->len && event->name[0] != '.') {
			snprintf(path, sizeof(path), "%s%s", dir->path, event->name);
			look(path);
		}
	}
}

int ds_hostdev_open(unsigned which, int guest_dev_fd)
{
	int err = 0;

	dev_fd = guest_dev_fd;
	inotify =
		(struct ds_loop_entry){.take = take, .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
	if (inotify.fd < 0 || ds_loop_add(&inotify, EPOLLIN) < 0)
		err = ds_fail("watch the host's /dev");
	begin(which);
	return err;
}

void ds_hostdev_close(void)
{
	close_fd(&inotify.fd);
	close_fd(&dev_fd);
	free(dirs);
	dirs = NULL;
	dir_count = 0;
}
