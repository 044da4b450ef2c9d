/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_STAGE_H
#define DS_LIFE_STAGE_H

/* stage - a directory beside an image, in which it is made.
 *
 * .NAME.XXXXXX with mode 0700, as there may be set-user-ID programs in it. "image" in it becomes the
 * image by a rename; what else there is, and the directory, go with the variable. A process that is
 * killed with SIGKILL leaves it behind. */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "libds/core/watch.h"
#include "libds/host/tool.h"

struct ds_stage {
	int parent_fd, fd; /* the image's directory and the stage in it; -1 = none */
	char name[NAME_MAX + 1], image[NAME_MAX + 1]; /* within parent_fd */
	char parent[PATH_MAX];                        /* resolved */
	const struct ds_watch *watch;
	int cancel_fd;    /* as in struct ds_tool */
	int cancelled_by; /* the signal that ended a tool, else 0 */
};

#define auto_stage __attribute__((cleanup(ds_stage_end))) struct ds_stage
#define DS_STAGE_NONE                                                                              \
	{                                                                                          \
		.parent_fd = -1, .fd = -1, .cancel_fd = -1                                         \
	}

#define DS_STAGE_IMAGE "image"

/* Find where it goes; stage is DS_STAGE_NONE with watch and cancel_fd set. Refused where image_path is
 * anything but a regular file, or is there already and may not be replaced. */
int ds_stage_find(struct ds_stage *stage, const char *image_path, bool replace);

/* Make it there. */
int ds_stage_make(struct ds_stage *stage);

void ds_stage_end(struct ds_stage *stage);

/* Run a tool in the stage (unless it has a directory of its own) to its success. Progress is told
 * under the name what: how much of the file at its input, else of total bytes, it has read. */
int ds_stage_do(const struct ds_stage *stage, struct ds_tool *tool, const char *what,
		uint64_t total);

/* -EINTR once the signal has come, else 0: for work that is no tool's. */
int ds_stage_check(const struct ds_stage *stage);

/* The image is complete: to disk, and under its name. */
int ds_stage_commit(struct ds_stage *stage, bool replace);

#endif
