/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_LOOP_H
#define DS_KERNEL_LOOP_H

/* loop - a file as a block device: bound to a free loop device, found again by its inode, let go.
 *
 * A device is known by what it is bound to (st_dev and st_ino as the kernel has them), never by the
 * name of the file, which can be moved, bound elsewhere or in another namespace. */

#include <stdbool.h>
#include <sys/stat.h>

#include "libds/host/undo.h"

#define DS_LOOP_PATH_MAX 32 /* "/dev/loop1048575", on Android "/dev/block/loop1048575" */

struct ds_loop {
	int fd;     /* the device, open for reading; to be closed once it is mounted. -1 = closed */
	int number; /* of the device that was tried last */
	char path[DS_LOOP_PATH_MAX];
};

#define auto_loop __attribute__((cleanup(ds_loop_close))) struct ds_loop
#define DS_LOOP_CLOSED                                                                             \
	{                                                                                          \
		.fd = -1, .number = -1                                                             \
	}

/* Bind file_fd, which file names for people, to a free loop device. It lets go by itself when its
 * last user does (autoclear): so the fd keeps it until it is mounted. Past the page cache where file
 * and kernel can (direct I/O): the file system on it has a cache of its own. read_only or a file_fd
 * that is not open for writing makes a device that nobody can write to. A second call with the same
 * struct binds another device, of a higher number. */
int ds_loop_attach(struct ds_loop *loop, struct ds_undo *undo, int file_fd, const char *file,
		   bool read_only);

void ds_loop_close(struct ds_loop *loop);

/* The undo verb "loop DEVICE ST_DEV ST_INO FILE", not for journals of other boots: waits until the
 * device is not bound to that file any more, at most five seconds. */
#define DS_LOOP_VERB "loop"
int ds_loop_undo(const char *const args[DS_UNDO_ARGS]);

struct ds_loop_user {
	dev_t rdev; /* of the loop device */
	bool read_only;
	char path[DS_LOOP_PATH_MAX];
};

/* Call visit for every loop device that is bound to this file or block device until it returns
 * nonzero; that value, 0, or -errno recorded. */
int ds_loop_each(const struct stat *backing,
		 int (*visit)(const struct ds_loop_user *user, void *ctx), void *ctx);

#endif
