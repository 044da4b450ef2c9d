/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_LABEL_H
#define DS_KERNEL_LABEL_H

/* label - the SELinux context of a file of the host's while a container uses it. */

#include "libds/host/undo.h"

/* Give the open file, which path names, this context; what it had before is promised. Does nothing
 * where SELinux is off or the file has it already. */
int ds_label_set(struct ds_undo *undo, int fd, const char *path, const char *context);

/* The undo verb "label PATH INODE CONTEXT", also for journals of other boots: give that very file the
 * context it had, unless a loop device is bound to it, for another container's sake. */
#define DS_LABEL_VERB "label"
int ds_label_undo(const char *const args[DS_UNDO_ARGS]);

#endif
