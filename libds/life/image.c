// SPDX-License-Identifier: GPL-3.0-or-later
/* image - see image.h. */
#include "libds/life/image.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/kernel/hostmnt.h"
#include "libds/kernel/label.h"
#include "libds/kernel/loop.h"
#include "libds/life/imageuse.h"

#define MOUNT_TRIES 3
/* udevd locks block devices for the moment in which it looks at them, and flock(2) cannot be waited for
 * with a bound. */
#define LOCK_TRIES 50
#define LOCK_WAIT_MS 20

#define ANDROID_LABEL "u:object_r:vold_data_file:s0" /* which the kernel's loop threads may use */

/* What mounting a type takes. */
static const struct mounting {
	const char *type;
	const char *option;
	const char *no_replay; /* to read an unclean file system without writing to it */
} mountings[] = {
	{"ext4", NULL, "noload"},
	{"btrfs", NULL, "rescue=nologreplay"},
	/* Copies of an image have the same UUID. */
	{"xfs", "nouuid", "norecovery"},
	{"f2fs", NULL, "norecovery"},
	{NULL, NULL, NULL},
};

void ds_image_close(struct ds_image *image)
{
	close_fd(&image->fd);
}

/* --- opening ---------------------------------------------------------------------------------- */

static int open_file(struct ds_image *image, const char *path)
{
	/* A device that is open for writing cannot be mounted where the kernel guards what is
	 * mounted (CONFIG_BLK_DEV_WRITE_MOUNTED, 6.8); its lock does not need it. */
	bool for_reading = image->read_only || S_ISBLK(image->st.st_mode);
	struct stat st;

	image->fd = open(path, (for_reading ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	if (image->fd < 0) {
		ds_fail("image %s", path);
		if (!for_reading && ds_err_last()->code == EROFS)
			ds_hint("start it with --volatile: nothing is written to it then");
		return -ds_err_last()->code;
	}
	if (fstat(image->fd, &st) < 0 || st.st_dev != image->st.st_dev ||
	    st.st_ino != image->st.st_ino)
		return ds_fail_with(ESTALE, "image %s", path);
	return 0;
}

static uint64_t size_of(const struct ds_image *image)
{
	uint64_t size = 0;

	if (S_ISREG(image->st.st_mode))
		return (uint64_t)image->st.st_size;
	ioctl(image->fd, BLKGETSIZE64, &size);
	return size;
}

static int recognise(struct ds_image *image, const char *path)
{
	struct ds_superblock superblock;
	int err = ds_try_superblock_read(&superblock, image->fd);

	if (err == -ENODATA) {
		err = ds_refuse(DS_EXIT_FAILED, "image %s has no file system that is known here",
				path);
		ds_hint("make one with ds-mkimg; if it was an ext4, a copy of its superblock may "
			"be left: e2fsck -b 32768 %s",
			path);
		return err;
	}
	if (err < 0)
		return ds_fail_with(err, "image %s", path);
	if (superblock.type->read_only && !image->read_only) {
		err = ds_refuse(DS_EXIT_USAGE, "image %s is read-only: it is %s", path,
				superblock.type->name);
		ds_hint("start it with --volatile: changes last until the container stops");
		return err;
	}
	if (superblock.size > size_of(image)) {
		err = ds_refuse(DS_EXIT_FAILED,
				"image %s is cut off: its %s takes %llu bytes, it has %llu", path,
				superblock.type->name, (unsigned long long)superblock.size,
				(unsigned long long)size_of(image));
		ds_hint("copy it again, or take a backup");
		return err;
	}
	image->type = superblock.type;
	image->needs_recovery = superblock.needs_recovery;
	return 0;
}

/* 1 with the lock, 0 if another has it. */
static int lock(const struct ds_image *image, const char *path)
{
	int tries = S_ISBLK(image->st.st_mode) ? LOCK_TRIES : 1;

	while (flock(image->fd, (image->read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return ds_fail("lock image %s", path);
		if (!--tries)
			return 0;
		poll(NULL, 0, LOCK_WAIT_MS);
	}
	return 1;
}

int ds_image_open(struct ds_image *image, const char *path, bool read_only, const char *owner)
{
	int err, has_lock;

	*image = (struct ds_image){.fd = -1, .read_only = read_only};
	if (stat(path, &image->st) < 0)
		return ds_fail("image %s", path);
	if (!S_ISREG(image->st.st_mode) && !S_ISBLK(image->st.st_mode))
		return ds_refuse(DS_EXIT_USAGE, "image %s is neither a file nor a block device",
				 path);
	err = open_file(image, path);
	if (!err)
		err = recognise(image, path);
	if (err < 0)
		return err;
	has_lock = lock(image, path);
	return has_lock < 0 ? has_lock : ds_imageuse_check(image, path, owner, has_lock);
}

/* --- mounting --------------------------------------------------------------------------------- */

static const struct mounting *find_mounting(const char *type)
{
	const struct mounting *mounting = mountings;

	while (mounting->type && strcmp(mounting->type, type) != 0)
		mounting++;
	return mounting;
}

static int mount_device(const struct ds_image *image, struct ds_undo *undo, const char *device,
			const char *mounted)
{
	const struct mounting *how = find_mounting(image->type->name);
	const char *options[4] = {NULL};
	struct ds_mnt mnt = {.type = image->type->name, .source = device, .options = options};
	int count = 0, fd;

	if (how->option)
		options[count++] = how->option;
	if (image->read_only) {
		options[count++] = "ro";
		mnt.flags = MS_RDONLY;
	}
	fd = ds_hostmnt_make(undo, mounted, &mnt);
	if (fd == -EROFS && image->read_only && how->no_replay) {
		options[count] = how->no_replay;
		fd = ds_hostmnt_make(undo, mounted, &mnt);
	}
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* Kernels of 4.14 bind a device whose former state is not all gone: the mount sees another size, or
 * another file system, and a device of a higher number will do. */
static bool may_be_stale(int err)
{
	return err == -EINVAL || err == -EIO || err == -ENXIO || err == -EBUSY;
}

static int mount_file(const struct ds_image *image, struct ds_undo *undo, const char *path,
		      const char *mounted)
{
	auto_loop loop = DS_LOOP_CLOSED;
	int err = 0;

	for (int i = 0; i < MOUNT_TRIES; i++) {
		int mark = ds_undo_mark(undo);
		struct ds_err why;

		err = mark < 0 ? mark
			       : ds_loop_attach(&loop, undo, image->fd, path, image->read_only);
		if (err < 0)
			return err;
		err = mount_device(image, undo, loop.path, mounted);
		ds_loop_close(&loop);
		if (!may_be_stale(err))
			return err;
		why = *ds_err_last();
		if (ds_undo_back(undo, mark) < 0)
			return -ds_err_last()->code;
		ds_err_set(&why);
	}
	return err;
}

static int explain(const struct ds_image *image, const char *path, int err)
{
	if (err == -ENODEV) {
		err = ds_refuse(DS_EXIT_UNSUPPORTED, "image %s: this kernel has no %s", path,
				image->type->name);
		ds_hint("use an image of another type, or a kernel with it; as a module: modprobe "
			"%s",
			image->type->name);
		return err;
	}
	err = ds_err_in("image %s", path);
	if (err != -ECANCELED && !*ds_err_last()->hint)
		ds_hint("the kernel's log (dmesg) may tell why");
	return err;
}

int ds_image_mount(struct ds_image *image, struct ds_undo *undo, const char *path, const char *name,
		   char mounted[PATH_MAX])
{
	int err = ds_str_fmt(mounted, PATH_MAX, DS_IMAGE_MOUNTS "/%s", name);

	if (err < 0)
		return err;
	if (ds_hostmnt_is_mount(mounted)) {
		err = ds_refuse(DS_EXIT_STATE, "something else is mounted on %s", mounted);
		ds_hint("unmount it first: umount %s", mounted);
		return err;
	}
	/* Another container may have made it, and stop first. */
	err = ds_undo_promise(undo, DS_HOSTDIR_VERB, DS_IMAGE_MOUNTS, NULL);
	if (err < 0)
		return err;
	if (CFG_ANDROID && S_ISREG(image->st.st_mode) && ds_host_is_android()) {
		err = ds_label_set(undo, image->fd, path, ANDROID_LABEL);
		if (err < 0)
			return err;
	}
	err = S_ISREG(image->st.st_mode) ? mount_file(image, undo, path, mounted)
					 : mount_device(image, undo, path, mounted);
	return err < 0 ? explain(image, path, err) : 0;
}

static int is_its_loop(const struct ds_loop_user *user, void *ctx)
{
	const dev_t *dev = ctx;

	return user->rdev == *dev;
}

bool ds_image_is_mounted(const struct ds_image *image, const char *name)
{
	struct ds_imageuse_mount mount = {0};
	char path[PATH_MAX];

	if (ds_str_fmt(path, sizeof(path), DS_IMAGE_MOUNTS "/%s", name) < 0 ||
	    !ds_imageuse_find_mount(path, &mount) || mount.read_only != image->read_only)
		return false;
	if (S_ISBLK(image->st.st_mode))
		return mount.dev == image->st.st_rdev;
	return ds_loop_each(&image->st, is_its_loop, &mount.dev) == 1;
}
