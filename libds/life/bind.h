/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_BIND_H
#define DS_LIFE_BIND_H

/* bind - directories, files, sockets and devices of the host shown in the guest.
 *
 * A list of binds is text, as in the key bind_mounts: SRC:DST[:OPTION,OPTION...], items separated by
 * commas. A word between commas that is an option continues the item before it, any other begins
 * an item. "\," "\:" and "\\" stand for the character itself. The list has no limit. */

#include <limits.h>
#include <stddef.h>

/* Options, as bits. Without any the mounts below SRC do not come along and nothing is restricted. */
enum {
	DS_BIND_RO = 1,  /* read-only, the mounts below too; "rw" takes it back */
	DS_BIND_REC = 2, /* the mounts below come along */
	DS_BIND_NOSUID = 4,
	DS_BIND_NODEV = 8,
	DS_BIND_NOEXEC = 16,
	DS_BIND_MKDIR = 32, /* a SRC that is missing is made, a directory of mode 755; it stays */
	DS_BIND_REQUIRED = 64, /* a start without it fails */
};

struct ds_bind {
	char source[PATH_MAX]; /* on the host */
	char target[PATH_MAX]; /* in the guest, absolute; no "." or "..", no slash twice or last */
	unsigned options;
};

/* Take the next item off the list: 1, 0 at its end, or refused (exit 2) with the item and why. */
int ds_bind_next(const char **list, struct ds_bind *bind);

/* Take a path as it is, without escapes, for the target. Exit 2 if it cannot be one. */
int ds_bind_target(struct ds_bind *bind, const char *target);

/* Is every item right, its source absolute? Touches nothing. Exit 2. */
int ds_binds_check(const char *list);

/* The list with its relative sources made absolute from the current directory, to be freed. */
int ds_binds_absolute(const char *list, char **absolute);

/* Append an item to a list that is to be freed, NULL being an empty one. */
int ds_binds_add(char **list, const struct ds_bind *bind);

/* ---- What such lists are read with ---- */

/* Length up to the first of stop's characters that no backslash protects. */
size_t ds_item_span(const char *text, const char *stop);

/* Copy a path, backslashes taken out. NULL, or why it is none. */
const char *ds_item_path(char path[PATH_MAX], const char *text, size_t len);

/* Take out of a path in a guest what does not matter. NULL, or why it is no place there. */
const char *ds_item_tidy(char path[PATH_MAX]);

#define DS_BIND_OPTIONS_MAX 64

/* The options as words with commas. */
const char *ds_bind_options(char buf[DS_BIND_OPTIONS_MAX], const struct ds_bind *bind);

/* The flags of mount(2) that the options ask for. */
unsigned long ds_bind_flags(const struct ds_bind *bind);

/* Put "bind SRC on DST: " before the recorded error; returns its -errno. */
int ds_bind_err_in(const struct ds_bind *bind);

/* The source, opened in this process's mount namespace, made if asked for: an O_PATH fd. */
int ds_bind_open_source(const struct ds_bind *bind);

/* What is at target in the guest, made if it is missing as source_fd's kind asks for: an fd. Links are
 * followed within root_fd, once. */
int ds_bind_open_target(const struct ds_bind *bind, int source_fd, int root_fd);

/* Mount it in a guest that is being set up in this mount namespace, root_fd being its root. -ESTALE: it
 * is mounted, but not with its flags (mnt.h); the guest must not run. */
int ds_bind_mount(const struct ds_bind *bind, int root_fd);

#endif
