/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_CHANGES_H
#define DS_KERNEL_CHANGES_H

/* changes - what an overlay's upper directory changes of its lower one, read from overlayfs' own form:
 * a device 0:0 stands for what was deleted, an attribute for a directory that hides lower's. */

#include <stddef.h>

enum ds_change_kind {
	DS_CHANGE_ADDED = 'A',
	DS_CHANGE_CHANGED = 'C', /* also: is of another type now, or was only opened for writing */
	DS_CHANGE_DELETED = 'D', /* what was below a deleted directory is not listed */
};

struct ds_change {
	enum ds_change_kind kind;
	char *path; /* from the root of the view, with its '/' */
};

struct ds_changes {
	struct ds_change *list;
	size_t count;
};

#define auto_changes __attribute__((cleanup(ds_changes_free))) struct ds_changes

void ds_changes_free(struct ds_changes *changes);

/* Compare two directories, open for reading; changes come in byte order of paths. Of a directory that
 * both have, only the owner, mode and attributes count: the time is that of a change in it. No link is
 * followed, and what goes away meanwhile is passed over. Nested deeper than 300: -ELOOP. */
int ds_changes_find(struct ds_changes *changes, int upper_fd, int lower_fd);

#endif
