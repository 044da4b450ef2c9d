/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_FILE_H
#define DS_CORE_FILE_H

/* file - whole reads and writes of small files on the host. Paths are used as given, symlinks
 * followed: for a guest's tree there is kernel/tree.h. All retry on EINTR. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Write all of data; 0 or -errno, quiet. */
int ds_try_write_all(int fd, const void *data, size_t size);

/* Read until size bytes or end of file; bytes read or -errno, quiet. */
ssize_t ds_try_read_full(int fd, void *data, size_t size);

/* Read a text file of at most size - 1 bytes and terminate it; its length or -errno, quiet. A
 * longer file is cut. dir_fd as in openat(2). */
ssize_t ds_try_file_read(int dir_fd, const char *path, char *buf, size_t size);

/* Read a whole regular file of up to max bytes, NUL-terminated, to be freed. */
int ds_file_load(int dir_fd, const char *path, size_t max, char **text);

/* Write to an existing file (procfs, sysfs, cgroupfs) in one write(2); 0 or -errno, quiet. */
int ds_try_file_write(int dir_fd, const char *path, const char *text);

/* Replace a file as a whole: a temporary beside it, then rename(2). With sync the contents are on
 * disk before the name is. */
int ds_file_replace(const char *path, mode_t mode, const char *text, bool sync);

/* Remove it, and what a ds_file_replace() that was killed left beside it. One that is not there is
 * success. */
int ds_file_remove(const char *path);

/* The path of what fd is open on, as the kernel has it; 0 or -errno, which errno is too; quiet. */
int ds_try_fd_path(int fd, char path[PATH_MAX]);

/* The absolute path of what is at path, without links, as the kernel has it; 0 or -errno, which errno is
 * too; quiet. */
int ds_try_file_resolve(const char *path, char full[PATH_MAX]);

/* mkdir -p with the given mode for what is missing. */
int ds_file_mkdirs(const char *path, mode_t mode);

/* Does /proc/filesystems list this type? Modules not loaded yet are not listed. */
bool ds_file_has_filesystem(const char *type);

#endif
