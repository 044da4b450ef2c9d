/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_IMAGEUSE_H
#define DS_LIFE_IMAGEUSE_H

/* imageuse - who has an image: containers, mounts, loop devices, other programs. */

#include "libds/life/image.h"

/* Is the image at path free for this use? Else refused with exit 4, naming the user. What is mounted
 * at owner's place is no other user; as long as all only read, nobody is in the way. has_lock: did we
 * get its lock? Without it is refused what owner has not mounted. */
int ds_imageuse_check(const struct ds_image *image, const char *path, const char *owner,
		      bool has_lock);

/* The same for whoever only asks, who keeps no one from locking it: is the image, open as fd, in any
 * use, also one that only reads? */
int ds_imageuse_any(int fd, const char *path);

/* What is mounted at DS_IMAGE_MOUNTS/NAME: is it a block device, which one, read-only? */
struct ds_imageuse_mount {
	dev_t dev;
	bool read_only; /* the file system, not only this mount of it */
};
bool ds_imageuse_find_mount(const char *path, struct ds_imageuse_mount *mount);

#endif
