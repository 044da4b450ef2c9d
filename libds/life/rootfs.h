/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_ROOTFS_H
#define DS_LIFE_ROOTFS_H

/* rootfs - where the guest's / comes from, from looking at what the settings name to the directory that
 * PID 1 makes its root.
 *
 * ds-start looks; its monitor acquires once, and lays what lasts for one boot over it each time.
 * Whatever is mounted for it is promised in the container's journal first. */

#include <stdbool.h>
#include <sys/stat.h>

#include "libds/core/watch.h"
#include "libds/host/undo.h"
#include "libds/life/image.h"
#include "libds/life/spec.h"

struct ds_rootfs {
	const char
		*path; /* the directory that becomes the guest's /, on the host; NULL until then */
	dev_t dev;     /* which directory that is: looked up before, checked again after */
	ino_t ino;
	struct ds_image image; /* what it is in, if it is; held and locked */
};

#define DS_ROOTFS_NONE                                                                             \
	{                                                                                          \
		.image = DS_IMAGE_CLOSED                                                           \
	}

void ds_rootfs_close(struct ds_rootfs *rootfs);

/* Find what spec names and refuse what cannot boot, as far as can be seen without touching anything:
 * nothing there, the host's own root, no init or not executable; an image that is none or that others
 * than this container use (exit 4). path is spec's and as valid. */
int ds_rootfs_look(struct ds_rootfs *rootfs, const struct ds_spec *spec);

/* Is it acquired right now, as this very container had it? For images only. */
bool ds_rootfs_is_acquired(const struct ds_rootfs *rootfs, const struct ds_spec *spec);

/* Check an image's file system before it is mounted, and mend it. */
int ds_rootfs_check(struct ds_rootfs *rootfs, const struct ds_spec *spec,
		    const struct ds_watch *watch);

/* The verb behind whose line in the journal begins what lasts for one boot. Undoing it is nothing. */
#define DS_ROOTFS_VERB "rootfs"
int ds_rootfs_undo(const char *const args[DS_UNDO_ARGS]);

/* Make it there, whatever it takes, for as long as the monitor lives. Adopting it instead, one finds it
 * there. One rootfs a process: path is in static memory. */
int ds_rootfs_acquire(struct ds_rootfs *rootfs, const struct ds_spec *spec, struct ds_undo *undo);
int ds_rootfs_adopt(struct ds_rootfs *rootfs, const struct ds_spec *spec);

/* Before each boot of the guest: layered is what becomes its root, rootfs itself or a view over it that
 * begins clean. Its path is valid until the next call. */
int ds_rootfs_layer(struct ds_rootfs *layered, const struct ds_rootfs *rootfs,
		    const struct ds_spec *spec, struct ds_undo *undo);

/* Is this the directory? */
bool ds_rootfs_is(const struct ds_rootfs *rootfs, const struct stat *st);

#endif
