/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_TREE_H
#define DS_KERNEL_TREE_H

/* tree - reaching into a guest's tree without leaving it.
 *
 * A guest's root may have made any component of any path a symlink to a place of the host. Every
 * path here is resolved as if root_fd were "/": absolute links and ".." stay inside, magic links of
 * /proc are refused. openat2(2) does it where the kernel has it (5.6, RESOLVE_IN_ROOT), else a walk
 * component by component with O_NOFOLLOW, links expanded by us. Paths may begin with '/' or not. */

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* openat(2) in the tree. O_CREAT creates the last component (a dangling link's target too), not
 * directories. The fd, or -errno; quiet. O_CLOEXEC and O_NOCTTY are added. */
int ds_try_tree_open(int root_fd, const char *path, int flags, mode_t mode);

/* The same, recorded. */
int ds_tree_open(int root_fd, const char *path, int flags, mode_t mode);

/* mkdir -p in the tree; an O_PATH fd of the directory. */
int ds_tree_mkdirs(int root_fd, const char *path, mode_t mode);

/* What is at path, links followed; a directory or an empty file is made where nothing is, with its
 * parents, also where a link leads to nothing. An O_PATH or O_WRONLY fd of it. */
int ds_tree_make(int root_fd, const char *path, bool directory);

/* The directory that holds path's last component (created with its parents if create), and that
 * component's name within path. The last component itself is not resolved. */
int ds_tree_parent(int root_fd, const char *path, bool create, const char **name);
int ds_try_tree_parent(int root_fd, const char *path, const char **name);

/* Write a whole file: a temporary beside it and rename(2) when it is new or differs; a link at the
 * end is followed inside the tree. Missing directories are created. */
int ds_tree_write(int root_fd, const char *path, mode_t mode, const char *text);

/* Read a regular text file of at most size - 1 bytes (a longer one is cut); length or -errno,
 * quiet. FIFOs and devices give -EINVAL: a guest must not be able to make us wait. */
ssize_t ds_try_tree_read(int root_fd, const char *path, char *buf, size_t size);

/* stat(2) in the tree; 0 or -errno, quiet. */
int ds_try_tree_stat(int root_fd, const char *path, struct stat *st);

#endif
