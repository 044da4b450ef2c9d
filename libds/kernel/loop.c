// SPDX-License-Identifier: GPL-3.0-or-later
/* loop - see loop.h. */
#include "libds/kernel/loop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

#define FLUSH_TRIES 8
#define BIND_TRIES 64   /* devices that others took in the moment between asking and binding */
#define WITHIN_MS 5000  /* for a device to appear or to be let go; the kernel tells when */
#define KERNEL_EVENTS 1 /* multicast group: events as the kernel sends them, not udevd */

/* ueventd of Android has block devices in a directory of their own. */
static const char *const node_dirs[] = {"/dev", "/dev/block"};

#define NODE_DIRS (sizeof(node_dirs) / sizeof(*node_dirs))

/* -errno, quiet. */
static int open_node(int number, int flags, char path[DS_LOOP_PATH_MAX])
{
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < NODE_DIRS; i++) {
		snprintf(path, DS_LOOP_PATH_MAX, "%s/loop%d", node_dirs[i], number);
		fd = open(path, flags | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT)
			break;
	}
	return fd < 0 ? -errno : fd;
}

/* The same for a device that the kernel may have made just now: devtmpfs has its node at once,
 * Android's ueventd a little later. */
static int open_new_node(int number, int flags, char path[DS_LOOP_PATH_MAX])
{
	int fd = open_node(number, flags, path);
	auto_fd watch_fd = fd == -ENOENT ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
	long long until = ds_now_ms() + WITHIN_MS, left = WITHIN_MS;

	if (watch_fd < 0)
		return fd;
	for (size_t i = 0; i < NODE_DIRS; i++)
		inotify_add_watch(watch_fd, node_dirs[i], IN_CREATE | IN_ATTRIB | IN_MOVED_TO);
	while ((fd = open_node(number, flags, path)) == -ENOENT && left > 0) {
		struct pollfd made = {.fd = watch_fd, .events = POLLIN};
		char events[1024];

		poll(&made, 1, (int)left);
		while (read(watch_fd, events, sizeof(events)) > 0)
			continue;
		left = until - ds_now_ms();
	}
	return fd;
}

static bool is_bound_to(int loop_fd, dev_t dev, ino_t ino, struct loop_info64 *info)
{
	return ioctl(loop_fd, LOOP_GET_STATUS64, info) == 0 && info->lo_device == dev &&
	       info->lo_inode == ino;
}

/* LOOP_SET_FD and what follows it, for kernels before 5.8. */
static int bind_in_steps(int loop_fd, struct loop_config *config)
{
	int err = -EAGAIN;

	if (ioctl(loop_fd, LOOP_SET_FD, config->fd) < 0)
		return -errno;
	config->info.lo_flags &= ~(unsigned)LO_FLAGS_DIRECT_IO;
	/* EAGAIN: what an earlier file left in its cache is not written back (5.0 to 5.7). */
	for (int i = 0; err == -EAGAIN && i < FLUSH_TRIES; i++) {
		err = ioctl(loop_fd, LOOP_SET_STATUS64, &config->info) < 0 ? -errno : 0;
		if (err == -EAGAIN)
			ioctl(loop_fd, BLKFLSBUF, 0);
	}
	if (err < 0)
		ioctl(loop_fd, LOOP_CLR_FD, 0);
	else
		ioctl(loop_fd, LOOP_SET_DIRECT_IO, 1UL);
	return err;
}

static int bind_file(int loop_fd, int file_fd, const char *file, bool read_only)
{
	struct loop_config config = {.fd = (unsigned)file_fd};

	config.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO |
			       (read_only ? (unsigned)LO_FLAGS_READ_ONLY : 0);
	/* For people who list the devices; the kernel cuts and ends it. */
	memcpy(config.info.lo_file_name, file, strnlen(file, LO_NAME_SIZE - 1));
	if (ioctl(loop_fd, LOOP_CONFIGURE, &config) == 0)
		return 0;
	if (errno == EBUSY)
		return -EBUSY;
	return bind_in_steps(loop_fd, &config);
}

/* Promise first, then bind: a promise for a device that another took is one for nothing. */
static int try_device(struct ds_loop *loop, struct ds_undo *undo, int file_fd, const char *file,
		      bool read_only)
{
	auto_fd fd = open_new_node(loop->number, read_only ? O_RDONLY : O_RDWR, loop->path);
	char dev[24], ino[24];
	struct stat st;
	int err;

	if (fd < 0)
		return ds_fail_with(fd, "open %s", loop->path);
	if (fstat(file_fd, &st) < 0)
		return ds_fail("look at %s", file);
	snprintf(dev, sizeof(dev), "%llu", (unsigned long long)st.st_dev);
	snprintf(ino, sizeof(ino), "%llu", (unsigned long long)st.st_ino);
	err = ds_undo_promise(undo, DS_LOOP_VERB, loop->path, dev, ino, file, NULL);
	if (err < 0)
		return err;
	err = bind_file(fd, file_fd, file, read_only);
	if (err < 0)
		return ds_fail_with(err, "bind %s to %s", loop->path, file);
	/* A device that is open for writing cannot be mounted where the kernel guards what is mounted
	 * (CONFIG_BLK_DEV_WRITE_MOUNTED, 6.8). */
	loop->fd = open(loop->path, O_RDONLY | O_CLOEXEC);
	return loop->fd < 0 ? ds_fail("open %s", loop->path) : 0;
}

int ds_loop_attach(struct ds_loop *loop, struct ds_undo *undo, int file_fd, const char *file,
		   bool read_only)
{
	auto_fd control_fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int err = -EBUSY;

	if (control_fd < 0) {
		ds_fail("open /dev/loop-control");
		ds_err_exit_status(DS_EXIT_UNSUPPORTED);
		ds_hint("images need CONFIG_BLK_DEV_LOOP; as a module: modprobe loop");
		return -ds_err_last()->code;
	}
	for (int i = 0; err == -EBUSY && i < BIND_TRIES; i++) {
		int found = ioctl(control_fd, LOOP_CTL_GET_FREE);

		if (found < 0)
			return ds_fail("find a free loop device");
		/* One that stays busy without being bound is another program's: pass it over. */
		loop->number = found > loop->number ? found : loop->number + 1;
		if (loop->number != found)
			ioctl(control_fd, LOOP_CTL_ADD, loop->number);
		err = try_device(loop, undo, file_fd, file, read_only);
	}
	return err;
}

void ds_loop_close(struct ds_loop *loop)
{
	close_fd(&loop->fd);
}

/* --- letting go ------------------------------------------------------------------------------- */

static int listen_to_kernel(void)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_EVENTS};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		ds_fail("listen to the kernel's device events");
		close_fd(&fd);
		return -ds_err_last()->code;
	}
	return fd;
}

/* Wait for an event of a block device ("change@/devices/virtual/block/loop5"); false when time is
 * up. Events that were lost (ENOBUFS) may have been the one. The rest of a long one, its
 * variables, is cut. */
static bool wait_for_event(int events_fd, const char *name, long long until)
{
	struct pollfd event = {.fd = events_fd, .events = POLLIN};
	long long left = until - ds_now_ms();

	while (left > 0) {
		char text[512];
		ssize_t len;

		if (poll(&event, 1, (int)left) > 0) {
			len = recv(events_fd, text, sizeof(text) - 1, MSG_DONTWAIT);
			if (len < 0 && errno == ENOBUFS)
				return true;
			text[len < 0 ? 0 : len] = 0;
			if (ds_str_has_suffix(text, name))
				return true;
		}
		left = until - ds_now_ms();
	}
	return false;
}

/* Is it free of that file? If it is not but nobody else has it open, it is so afterwards: asked to
 * let go, the kernel does it at once or when the last user closes the device. 1, 0 or -errno. */
static int is_free_of(const char *path, dev_t dev, ino_t ino)
{
	struct loop_info64 info;
	bool bound = true;

	for (int i = 0; bound && i < 2; i++) {
		auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return errno == ENOENT || errno == ENXIO ? 1 : ds_fail("open %s", path);
		bound = is_bound_to(fd, dev, ino, &info);
		if (bound)
			ioctl(fd, LOOP_CLR_FD, 0);
	}
	return !bound;
}

int ds_loop_undo(const char *const args[DS_UNDO_ARGS])
{
	const char *name = strrchr(args[0], '/');
	long long until = ds_now_ms() + WITHIN_MS, dev, ino;
	auto_fd events_fd = -1;
	int free_of;

	if (!name || ds_try_number(args[1], 0, INT64_MAX, &dev) < 0 ||
	    ds_try_number(args[2], 0, INT64_MAX, &ino) < 0)
		return ds_fail_with(EINVAL, "release loop device \"%s\"", args[0]);
	free_of = is_free_of(args[0], (dev_t)dev, (ino_t)ino);
	if (free_of)
		return free_of < 0 ? free_of : 0;
	/* Listen first, then look: what happens in between is not missed. */
	events_fd = listen_to_kernel();
	if (events_fd < 0)
		return events_fd;
	while (!(free_of = is_free_of(args[0], (dev_t)dev, (ino_t)ino))) {
		if (wait_for_event(events_fd, name, until))
			continue;
		ds_fail_with(EBUSY, "release %s of %s", args[0], args[3]);
		ds_hint("something still has it open or mounted: fuser -vm %s tells", args[0]);
		return -EBUSY;
	}
	return free_of < 0 ? free_of : 0;
}

/* --- who has a file --------------------------------------------------------------------------- */

/* The same for whoever may not open the device: as well as the name tells that the file had once. */
static int look_at_name(const char *bound_path, const struct stat *backing,
			struct ds_loop_user *user)
{
	char path[96], file[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/backing_file", bound_path);
	if (ds_try_file_read(AT_FDCWD, path, file, sizeof(file)) <= 0 ||
	    stat(ds_str_trim_end(file), &st) < 0 || st.st_dev != backing->st_dev ||
	    st.st_ino != backing->st_ino || stat(user->path, &st) < 0)
		return 0;
	user->rdev = st.st_rdev;
	user->read_only = false;
	return 1;
}

/* The device of that name in /sys/block: 1 if it is bound to the file, 0 if not or if it is no loop
 * device. What cannot be asked may be: an error. */
static int look_at(const char *name, const struct stat *backing, struct ds_loop_user *user)
{
	struct loop_info64 info;
	char bound_path[64];
	struct stat st;
	long long number;
	auto_fd fd = -1;

	if (!ds_str_has_prefix(name, "loop") || ds_try_number(name + 4, 0, 1 << 20, &number) < 0)
		return 0;
	snprintf(bound_path, sizeof(bound_path), "/sys/block/loop%lld/loop", number);
	if (access(bound_path, F_OK) < 0)
		return 0;
	fd = open_node((int)number, O_RDONLY, user->path);
	/* Let go meanwhile. */
	if (fd == -ENXIO || fd == -ENODEV || fd == -ENOENT)
		return 0;
	if (fd == -EACCES)
		return look_at_name(bound_path, backing, user);
	if (fd < 0)
		return ds_fail_with(fd, "open %s", user->path);
	if (fstat(fd, &st) < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
		return errno == ENXIO ? 0 : ds_fail("look at %s", user->path);
	user->rdev = st.st_rdev;
	user->read_only = info.lo_flags & LO_FLAGS_READ_ONLY;
	if (S_ISBLK(backing->st_mode))
		return info.lo_rdevice == backing->st_rdev;
	return info.lo_device == backing->st_dev && info.lo_inode == backing->st_ino;
}

int ds_loop_each(const struct stat *backing,
		 int (*visit)(const struct ds_loop_user *user, void *ctx), void *ctx)
{
	auto_dir dir = opendir("/sys/block");
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return ds_fail("look for loop devices in /sys/block");
	while (!result && (entry = readdir(dir))) {
		struct ds_loop_user user;

		result = look_at(entry->d_name, backing, &user);
		if (result > 0)
			result = visit(&user, ctx);
	}
	return result;
}
