// SPDX-License-Identifier: GPL-3.0-or-later
/* label - see label.h. */
#include "libds/kernel/label.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/kernel/loop.h"

#define XATTR "security.selinux"
#define CONTEXT_MAX 256 /* bytes */

static int set(int fd, const char *context)
{
	return fsetxattr(fd, XATTR, context, strlen(context) + 1, 0);
}

int ds_label_set(struct ds_undo *undo, int fd, const char *path, const char *context)
{
	char was[CONTEXT_MAX] = "", ino[24];
	struct stat st;
	int err;

	if (access("/sys/fs/selinux/enforce", F_OK) < 0)
		return 0;
	if (fgetxattr(fd, XATTR, was, sizeof(was) - 1) < 0 && errno != ENODATA)
		return ds_fail("read the SELinux context of %s", path);
	if (strcmp(was, context) == 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return ds_fail("look at %s", path);
	snprintf(ino, sizeof(ino), "%llu", (unsigned long long)st.st_ino);
	err = ds_undo_promise(undo, DS_LABEL_VERB, path, ino, was, NULL);
	if (err < 0)
		return err;
	return set(fd, context) < 0 ? ds_fail("give %s the SELinux context %s", path, context) : 0;
}

static int is_bound(const struct ds_loop_user *user, void *ctx)
{
	(void)user;
	(void)ctx;
	return 1;
}

int ds_label_undo(const char *const args[DS_UNDO_ARGS])
{
	auto_fd fd = open(args[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	long long ino;
	int bound;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return ds_fail("look at %s", args[0]);
	if (ds_try_number(args[1], 0, INT64_MAX, &ino) < 0 || st.st_ino != (ino_t)ino)
		return 0;
	bound = ds_loop_each(&st, is_bound, NULL);
	/* A context cannot be taken away, only changed: a file that had none keeps this one. */
	if (bound || !*args[2])
		return bound < 0 ? bound : 0;
	return set(fd, args[2]) < 0 ? ds_fail("give %s back its SELinux context", args[0]) : 0;
}
