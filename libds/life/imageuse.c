// SPDX-License-Identifier: GPL-3.0-or-later
/* imageuse - see imageuse.h. */
#include "libds/life/imageuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/str.h"
#include "libds/host/mountinfo.h"
#include "libds/host/proc.h"
#include "libds/kernel/loop.h"

/* What is asked, and about whom. */
struct question {
	const struct ds_image *image;
	const char *path;
	bool has_lock;
	char own_place[PATH_MAX];
	bool is_own; /* the answer: the owner has it mounted, so the lock is its monitor's */
};

/* --- mounts ----------------------------------------------------------------------------------- */

/* What device is mounted; false if none is. btrfs has a device number of its own in the list, so that
 * only the source tells its device. */
static bool to_device(const struct ds_mountinfo *info, struct ds_imageuse_mount *mount)
{
	struct stat st;

	mount->read_only = strncmp(info->options, "ro", strcspn(info->options, ",")) == 0;
	mount->dev = info->dev;
	if (major(mount->dev))
		return true;
	if (info->source[0] != '/' || stat(info->source, &st) < 0 || !S_ISBLK(st.st_mode))
		return false;
	mount->dev = st.st_rdev;
	return true;
}

/* The next mount of a block device. */
static bool next_mount(struct ds_mountinfo *info, struct ds_imageuse_mount *mount)
{
	while (ds_mountinfo_next(info)) {
		if (to_device(info, mount))
			return true;
	}
	return false;
}

bool ds_imageuse_find_mount(const char *path, struct ds_imageuse_mount *found)
{
	auto_mountinfo info = {0};
	struct ds_imageuse_mount mount;
	bool is_found = false;

	if (ds_mountinfo_open(&info) < 0)
		return false;
	while (next_mount(&info, &mount)) {
		if (strcmp(info.path, path) != 0)
			continue;
		/* The last one there lies on top. */
		*found = mount;
		is_found = true;
	}
	return is_found;
}

/* The mounts of one device. */
struct mounts {
	bool own, any, all_read_only;
	char path[PATH_MAX]; /* of one of them, a container's if it is one */
};

static struct mounts find_mounts(const struct question *question, dev_t dev)
{
	struct mounts mounts = {.all_read_only = true};
	struct ds_imageuse_mount mount;
	auto_mountinfo info = {0};

	if (ds_mountinfo_open(&info) < 0)
		return mounts;
	while (next_mount(&info, &mount)) {
		if (mount.dev != dev)
			continue;
		mounts.own |= strcmp(info.path, question->own_place) == 0;
		mounts.all_read_only &= mount.read_only;
		if (!mounts.any || ds_str_has_prefix(info.path, DS_IMAGE_MOUNTS "/"))
			snprintf(mounts.path, sizeof(mounts.path), "%s", info.path);
		mounts.any = true;
	}
	return mounts;
}

/* --- refusing --------------------------------------------------------------------------------- */

static int refuse_mounted(const struct question *question, const char *mount_path)
{
	const char *name = mount_path + strlen(DS_IMAGE_MOUNTS "/");

	if (ds_str_has_prefix(mount_path, DS_IMAGE_MOUNTS "/") && !strchr(name, '/'))
		return ds_refuse(DS_EXIT_STATE, "image %s is in use by %s", question->path, name);
	ds_refuse(DS_EXIT_STATE, "image %s is mounted on %s", question->path, mount_path);
	ds_hint("unmount it first: umount %s", mount_path);
	return -ECANCELED;
}

/* "1: FLOCK ADVISORY WRITE 4711 fe:00:1234 0 EOF": who holds it, proc_locks(5); 0 = not told. */
static pid_t lock_holder(const struct stat *st)
{
	auto_file list = fopen("/proc/locks", "re");
	char line[256], kind[16], place[64], wanted[64];

	snprintf(wanted, sizeof(wanted), "%02x:%02x:%llu", major(st->st_dev), minor(st->st_dev),
		 (unsigned long long)st->st_ino);
	while (list && fgets(line, sizeof(line), list)) {
		if (ds_try_field(line, 2, kind, sizeof(kind)) == 0 && strcmp(kind, "FLOCK") == 0 &&
		    ds_try_field(line, 6, place, sizeof(place)) == 0 && strcmp(place, wanted) == 0)
			return (pid_t)ds_field_number(line, 5);
	}
	return 0;
}

/* The process that has the lock and its name; 0 when it is gone: the loop device that was bound through
 * its fd has the lock then. */
static pid_t find_locker(const struct question *question, char *name, size_t size)
{
	pid_t pid = lock_holder(&question->image->st);

	if (pid <= 0 || ds_try_proc_status(pid, "Name", name, size) < 0)
		return 0;
	return pid;
}

static int refuse_locked(const struct question *question)
{
	char name[64];
	pid_t pid = find_locker(question, name, sizeof(name));

	if (!pid)
		return ds_refuse(DS_EXIT_STATE, "image %s is locked by another process",
				 question->path);
	return ds_refuse(DS_EXIT_STATE, "image %s is in use by process %d (%s)", question->path,
			 (int)pid, name);
}

static int refuse_device(const struct question *question, const char *device)
{
	char name[64];

	/* Someone who is about to mount it, most likely. */
	if (!question->has_lock && find_locker(question, name, sizeof(name)))
		return refuse_locked(question);
	ds_refuse(
		DS_EXIT_STATE,
		"image %s is in use by %s, which no mount shows: a file system that was unmounted "
		"lazily, or another program's",
		question->path, device);
	ds_hint("who has it: fuser -v %s; if nobody does, free it with: losetup -d %s", device,
		device);
	return -ECANCELED;
}

/* A loop device that is bound to the image, or to the same file as the loop device that is it. */
static int check_loop(const struct ds_loop_user *user, void *ctx)
{
	struct question *question = ctx;
	struct mounts mounts;

	if (S_ISBLK(question->image->st.st_mode) && user->rdev == question->image->st.st_rdev)
		return 0;
	if (user->read_only && question->image->read_only)
		return 0;
	mounts = find_mounts(question, user->rdev);
	question->is_own |= mounts.own;
	if (mounts.own)
		return 0;
	return mounts.any ? refuse_mounted(question, mounts.path)
			  : refuse_device(question, user->path);
}

/* --- block devices ---------------------------------------------------------------------------- */

/* Where a block device is in sysfs: a partition below its disk. */
static bool device_dir(dev_t dev, char path[PATH_MAX])
{
	char link[64];
	ssize_t len;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	len = readlink(link, path, PATH_MAX - 1);
	path[len < 0 ? 0 : len] = 0;
	return len > 0;
}

static bool is_below(const char *path, const char *above)
{
	size_t len = strlen(above);

	return strncmp(path, above, len) == 0 && path[len] == '/';
}

/* Is one device a partition of the other? */
static bool is_related(dev_t a, dev_t b)
{
	char dir_a[PATH_MAX], dir_b[PATH_MAX];

	return device_dir(a, dir_a) && device_dir(b, dir_b) &&
	       (is_below(dir_a, dir_b) || is_below(dir_b, dir_a));
}

/* Nobody says who has it: something mounted in another namespace, swap, RAID, LVM, a partition. */
static int refuse_claimed(const struct question *question)
{
	const dev_t dev = question->image->st.st_rdev;
	struct ds_imageuse_mount mount;
	auto_mountinfo info = {0};
	char dir_path[64];
	auto_dir dir = NULL;
	struct dirent *entry;

	if (ds_mountinfo_open(&info) < 0)
		return -ds_err_last()->code;
	while (next_mount(&info, &mount)) {
		if (is_related(mount.dev, dev))
			return refuse_mounted(question, info.path);
	}
	snprintf(dir_path, sizeof(dir_path), "/sys/dev/block/%u:%u/holders", major(dev),
		 minor(dev));
	dir = opendir(dir_path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			return ds_refuse(DS_EXIT_STATE, "image %s is in use by /dev/%s",
					 question->path, entry->d_name);
	}
	return refuse_device(question, question->path);
}

/* Is the image a loop device itself? Then what else is bound to its file counts as well. */
static int check_siblings(struct question *question)
{
	struct stat backing = {.st_mode = S_IFREG};
	struct loop_info64 info;

	if (ioctl(question->image->fd, LOOP_GET_STATUS64, &info) < 0)
		return 0;
	backing.st_dev = info.lo_device;
	backing.st_ino = info.lo_inode;
	return ds_loop_each(&backing, check_loop, question);
}

static int check_device(struct question *question)
{
	const struct ds_image *image = question->image;
	struct mounts mounts = find_mounts(question, image->st.st_rdev);
	bool shared = image->read_only && mounts.any && mounts.all_read_only;
	auto_fd claim_fd = -1;

	question->is_own |= mounts.own;
	if (mounts.any && !mounts.own && !shared)
		return refuse_mounted(question, mounts.path);
	/* What is mounted, or otherwise claimed, cannot be claimed. */
	claim_fd = open(question->path, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);
	if (claim_fd < 0 && errno != EBUSY)
		return ds_fail("image %s", question->path);
	if (claim_fd < 0 && !mounts.own && !shared)
		return refuse_claimed(question);
	return check_siblings(question);
}

int ds_imageuse_check(const struct ds_image *image, const char *path, const char *owner,
		      bool has_lock)
{
	struct question question = {.image = image, .path = path, .has_lock = has_lock};
	int err = ds_str_fmt(question.own_place, sizeof(question.own_place), DS_IMAGE_MOUNTS "/%s",
			     owner);

	if (!err && S_ISBLK(image->st.st_mode))
		err = check_device(&question);
	if (!err)
		err = ds_loop_each(&image->st, check_loop, &question);
	return err || has_lock || question.is_own ? err : refuse_locked(&question);
}

int ds_imageuse_any(int fd, const char *path)
{
	struct ds_image image = {.fd = fd};

	if (fstat(fd, &image.st) < 0)
		return ds_fail("image %s", path);
	return ds_imageuse_check(&image, path, "", true);
}
