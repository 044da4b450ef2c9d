/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_MOUNTINFO_H
#define DS_HOST_MOUNTINFO_H

/* mountinfo - the mounts of a namespace, one after the other, as proc_pid_mountinfo(5) lists them: a
 * parent before its children, what lies below before what covers it. */

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct ds_mountinfo {
	int id, parent;
	dev_t dev;           /* of the files on it; btrfs has another than its device */
	char *path;          /* where it is, as seen from the root of who reads */
	char *type, *source; /* of the file system */
	char *options; /* the file system's own, separated by commas; "ro" or "rw" is the first */
	FILE *list;
	char *line; /* owned; the strings above are in it, until the next one is read */
	size_t size;
};

#define auto_mountinfo __attribute__((cleanup(ds_mountinfo_close))) struct ds_mountinfo

void ds_mountinfo_close(struct ds_mountinfo *info);

/* The mounts of this process; or of whose /proc/PID/mountinfo this is, seen from dir_fd. */
int ds_mountinfo_open(struct ds_mountinfo *info);
int ds_mountinfo_open_at(struct ds_mountinfo *info, int dir_fd, const char *file);

/* Read the next one; false at the end, or where reading fails. */
bool ds_mountinfo_next(struct ds_mountinfo *info);

#endif
