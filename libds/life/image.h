/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_IMAGE_H
#define DS_LIFE_IMAGE_H

/* image - a file or block device with a file system in it, as a container's rootfs.
 *
 *	open, which refuses what is in use - check - mount
 *
 * An image has one user that writes, or any number that only read. Its lock (flock(2), held as long
 * as the fd is open, in whichever process, or a loop device is bound through it) decides between two
 * that start at the same moment; whoever uses it already is seen by its loop device and mounts, also
 * without a lock. */

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "libds/core/watch.h"
#include "libds/host/undo.h"
#include "libds/kernel/superblock.h"

#define DS_IMAGE_MOUNTS                                                                            \
	"/mnt/Droidspaces" /* each image is mounted there, by its container's name */

struct ds_image {
	int fd; /* open and locked; -1 = closed */
	bool read_only;
	bool needs_recovery; /* its journal is to be replayed */
	const struct ds_superblock_type *type;
	struct stat st; /* which file or device it is */
};

#define auto_image __attribute__((cleanup(ds_image_close))) struct ds_image
#define DS_IMAGE_CLOSED                                                                            \
	{                                                                                          \
		.fd = -1                                                                           \
	}

void ds_image_close(struct ds_image *image);

/* Open, recognise and lock it. Refused with exit 4, naming the user, if it is in use (owner's own
 * mount at DS_IMAGE_MOUNTS is none); with exit 2 if its file system can only be read and read_only
 * is not set. Nothing is changed. */
int ds_image_open(struct ds_image *image, const char *path, bool read_only, const char *owner);

/* Check it with its file system's own tool, which corrects what it can. What it cannot is refused.
 * An image for reading is only written to if it needs it and nobody else has it. Waits for a child
 * (host/tool.h), so it is nothing for the monitor. */
int ds_image_check(struct ds_image *image, const char *path, const struct ds_watch *watch);

/* The tool that this takes, NULL if there is none for its file system. */
const char *ds_image_checker(const struct ds_image *image);

/* Mount it at DS_IMAGE_MOUNTS/NAME, which is left in mounted. */
int ds_image_mount(struct ds_image *image, struct ds_undo *undo, const char *path, const char *name,
		   char mounted[PATH_MAX]);

/* Is it mounted there right now, read-only or not as wanted? */
bool ds_image_is_mounted(const struct ds_image *image, const char *name);

#endif
