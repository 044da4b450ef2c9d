// SPDX-License-Identifier: GPL-3.0-or-later
/* changes - see changes.h. */
#include "libds/kernel/changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/kernel/overlay.h"

/* Directories within each other: three descriptors each, of the 1024 that a process has. */
#define MAX_DEPTH 300
#define XATTR_MAX 65536 /* bytes of a list and of a value, xattr(7) */

/* A directory of the view, as upper and lower have it. */
struct place {
	const struct place *parent; /* NULL: the root */
	const char *name;
	int depth;
	int upper_fd;
	int lower_fd; /* -1: lower has none */
	bool opaque;  /* what lower has and upper has not is hidden */
};

struct walk {
	struct ds_changes *changes;
	char *names[2], *values[2]; /* for attributes of upper and lower, XATTR_MAX bytes each */
};

static int visit(struct walk *w, const struct place *here);

void ds_changes_free(struct ds_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		free(changes->list[i].path);
	free(changes->list);
	*changes = (struct ds_changes){0};
}

/* The path of name in here, to be freed. */
static char *path_of(const struct place *here, const char *name)
{
	size_t len = strlen(name) + 2;
	char *path, *to;

	for (const struct place *p = here; p->parent; p = p->parent)
		len += strlen(p->name) + 1;
	path = malloc(len);
	if (!path)
		return NULL;
	to = path + len - 1;
	*to = 0;
	for (const struct place *p = here; p; name = p->name, p = p->parent) {
		size_t n = strlen(name);

		to -= n + 1;
		to[0] = '/';
		memcpy(to + 1, name, n);
	}
	return path;
}

static int note(struct walk *w, enum ds_change_kind kind, const struct place *here,
		const char *name)
{
	struct ds_changes *changes = w->changes;
	struct ds_change *list = changes->list;

	/* Room for 32, 64, 128 and so on. */
	if (!(changes->count & (changes->count - 1)) && (changes->count >= 32 || !changes->count)) {
		size_t room = changes->count ? 2 * changes->count : 32;

		list = realloc(list, room * sizeof(*list));
		if (!list)
			return ds_fail("list changes");
		changes->list = list;
	}
	list[changes->count] = (struct ds_change){kind, path_of(here, name)};
	if (!list[changes->count].path)
		return ds_fail("list changes");
	changes->count++;
	return 0;
}

/* A device that no driver can have (overlayfs(5) of the kernel's documents, "whiteouts"). */
static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

/* 1 and st: lower shows it; 0: it does not; or -errno. */
static int look_below(const struct place *here, const char *name, struct stat *st)
{
	if (here->lower_fd < 0)
		return 0;
	if (fstatat(here->lower_fd, name, st, AT_SYMLINK_NOFOLLOW) == 0)
		return !is_whiteout(st);
	return errno == ENOENT || errno == ENOTDIR ? 0 : ds_fail("look at %s of the rootfs", name);
}

static int open_dir(int dir_fd, const char *name)
{
	return openat(dir_fd, name,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME);
}

/* overlayfs' notes are none of the guest's, nor is the label: it comes with the mount. */
static bool is_guests(const char *attribute)
{
	return !ds_str_has_prefix(attribute, DS_OVERLAY_XATTR) &&
	       strcmp(attribute, "security.selinux") != 0;
}

/* Do both have the same value for each name in the list of one of them? Counts them. */
static bool has_all(struct walk *w, const int fds[2], int from, ssize_t len, int *count)
{
	const char *names = w->names[from];

	*count = 0;
	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		ssize_t sizes[2];

		if (!is_guests(name))
			continue;
		for (int i = 0; i < 2; i++)
			sizes[i] = fgetxattr(fds[i], name, w->values[i], XATTR_MAX);
		if (sizes[0] != sizes[1] ||
		    (sizes[0] > 0 && memcmp(w->values[0], w->values[1], (size_t)sizes[0]) != 0))
			return false;
		++*count;
	}
	return true;
}

/* Owner, mode, attributes: what a directory has itself. */
static int is_same_dir(struct walk *w, int upper_fd, int lower_fd)
{
	const int fds[2] = {upper_fd, lower_fd};
	struct stat st[2];
	int counts[2];

	for (int i = 0; i < 2; i++) {
		ssize_t len = flistxattr(fds[i], w->names[i], XATTR_MAX);

		if (len < 0 && errno != EOPNOTSUPP)
			return ds_fail("list attributes");
		if (fstat(fds[i], &st[i]) < 0)
			return ds_fail("look at a directory");
		if (!has_all(w, fds, i, len, &counts[i]))
			return 0;
	}
	return counts[0] == counts[1] && st[0].st_mode == st[1].st_mode &&
	       st[0].st_uid == st[1].st_uid && st[0].st_gid == st[1].st_gid;
}

static bool is_opaque(int upper_fd)
{
	char value[2];

	return fgetxattr(upper_fd, DS_OVERLAY_XATTR "opaque", value, sizeof(value)) == 1 &&
	       value[0] == 'y';
}

/* A directory of upper's; in_lower and below tell what lower has of that name. */
static int enter(struct walk *w, const struct place *here, const char *name, int in_lower,
		 const struct stat *below)
{
	auto_fd upper_fd = open_dir(here->upper_fd, name), lower_fd = -1;
	struct place place = {here, name, here->depth + 1, -1, -1, false};
	int err = 0;

	/* It is a link now, or gone. */
	if (upper_fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (upper_fd < 0)
		return ds_fail("open %s of the changes", name);
	if (place.depth > MAX_DEPTH)
		return ds_fail_with(ELOOP, "directories more than %d deep", MAX_DEPTH);
	if (in_lower && S_ISDIR(below->st_mode)) {
		lower_fd = open_dir(here->lower_fd, name);
		if (lower_fd < 0)
			return ds_fail("open %s of the rootfs", name);
		err = is_same_dir(w, upper_fd, lower_fd);
		if (!err)
			err = note(w, DS_CHANGE_CHANGED, here, name);
	} else {
		err = note(w, in_lower ? DS_CHANGE_CHANGED : DS_CHANGE_ADDED, here, name);
	}
	place.upper_fd = upper_fd;
	place.lower_fd = lower_fd;
	place.opaque = here->opaque || is_opaque(upper_fd);
	return err < 0 ? err : visit(w, &place);
}

/* An entry of upper's. */
static int compare(struct walk *w, const struct place *here, const char *name)
{
	struct stat st, below;
	int in_lower = look_below(here, name, &below);

	if (in_lower < 0)
		return in_lower;
	if (fstatat(here->upper_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : ds_fail("look at %s of the changes", name);
	if (is_whiteout(&st))
		return in_lower ? note(w, DS_CHANGE_DELETED, here, name) : 0;
	if (S_ISDIR(st.st_mode))
		return enter(w, here, name, in_lower, &below);
	return note(w, in_lower ? DS_CHANGE_CHANGED : DS_CHANGE_ADDED, here, name);
}

/* An entry of lower's in a directory that hides them. */
static int find_hidden(struct walk *w, const struct place *here, const char *name)
{
	struct stat st;
	int shown = look_below(here, name, &st);

	if (shown <= 0)
		return shown;
	if (fstatat(here->upper_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == ENOENT ? note(w, DS_CHANGE_DELETED, here, name)
			       : ds_fail("look at %s of the changes", name);
}

static int each_entry(struct walk *w, const struct place *here, int dir_fd,
		      int (*entry)(struct walk *w, const struct place *here, const char *name))
{
	auto_fd fd = open_dir(dir_fd, ".");
	auto_dir dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *found;
	int err = 0;

	if (!dir)
		return ds_fail("read a directory");
	take_fd(&fd);
	errno = 0;
	while (!err && (found = readdir(dir))) {
		if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
			err = entry(w, here, found->d_name);
		errno = 0;
	}
	return !err && errno ? ds_fail("read a directory") : err;
}

static int visit(struct walk *w, const struct place *here)
{
	int err = each_entry(w, here, here->upper_fd, compare);

	if (!err && here->opaque && here->lower_fd >= 0)
		err = each_entry(w, here, here->lower_fd, find_hidden);
	return err;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct ds_change *)a)->path, ((const struct ds_change *)b)->path);
}

int ds_changes_find(struct ds_changes *changes, int upper_fd, int lower_fd)
{
	const struct place root = {NULL, "", 0, upper_fd, lower_fd, is_opaque(upper_fd)};
	auto_free char *buffers = malloc(4 * XATTR_MAX);
	struct walk w = {.changes = changes};
	int err;

	*changes = (struct ds_changes){0};
	if (!buffers)
		return ds_fail("list changes");
	for (int i = 0; i < 2; i++) {
		w.names[i] = buffers + i * XATTR_MAX;
		w.values[i] = buffers + (2 + i) * XATTR_MAX;
	}
	err = is_same_dir(&w, upper_fd, lower_fd);
	if (!err)
		err = note(&w, DS_CHANGE_CHANGED, &root, "");
	if (err >= 0)
		err = visit(&w, &root);
	if (changes->count)
		qsort(changes->list, changes->count, sizeof(*changes->list), by_path);
	return err;
}
