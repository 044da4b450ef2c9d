// SPDX-License-Identifier: GPL-3.0-or-later
/* guestpath - see guestpath.h. */
#include "libds/link/guestpath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

#define MARK "# Made by ds-guest, and removed when it ends.\n"
#define TARGET "droidspaces" /* of our links */

const struct ds_interceptor_row ds_interceptors[DS_INTERCEPTORS] = {
	[DS_NOTIFY] = {"notify", "notify-send", CFG_GUEST_NOTIFY},
	[DS_XDG_OPEN] = {"xdg_open", "xdg-open", CFG_GUEST_XDG_OPEN},
	[DS_CLIPBOARD] = {"clipboard", "ds-clipboard", CFG_GUEST_CLIPBOARD},
	[DS_HOST_EXEC] = {"host_exec", "host-exec", CFG_GUEST_HOST_EXEC},
};

/* None says anything where the directory has gone, as a guest has it that was killed. But environment.d
 * knows no conditions. */
static const struct row {
	const char *dir, *file, *text;
} rows[] = {
	{"/etc/environment.d", "/etc/environment.d/60-droidspaces.conf",
	 MARK "PATH=" DS_GUEST_BIN ":$PATH\n"},
	{"/etc/profile.d", "/etc/profile.d/droidspaces.sh",
	 MARK "case :$PATH: in\n*:" DS_GUEST_BIN ":*) ;;\n"
	      "*) [ ! -d " DS_GUEST_BIN " ] || PATH=" DS_GUEST_BIN ":$PATH ;;\nesac\n"},
	{"/etc/fish/conf.d", "/etc/fish/conf.d/droidspaces.fish",
	 MARK "if test -d " DS_GUEST_BIN "; and not contains " DS_GUEST_BIN " $PATH\n"
	      "\tset -gx PATH " DS_GUEST_BIN " $PATH\nend\n"},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static bool is_our_link(const char *path)
{
	char target[sizeof(TARGET)];

	return readlink(path, target, sizeof(target)) == (ssize_t)strlen(TARGET) &&
	       memcmp(target, TARGET, strlen(TARGET)) == 0;
}

static int set_link(const char *command, bool wanted)
{
	char path[PATH_MAX];

	if (ds_str_fmt(path, sizeof(path), DS_GUEST_BIN "/%s", command) < 0)
		return -ENAMETOOLONG;
	if (is_our_link(path) == wanted)
		return 0;
	if (!wanted)
		return unlink(path) < 0 && errno != ENOENT ? ds_fail("remove %s", path) : 0;
	return symlink(TARGET, path) < 0 ? ds_fail("link %s", path) : 0;
}

int ds_guestpath_link(unsigned set)
{
	int first = 0;

	for (int i = 0; i < DS_INTERCEPTORS; i++) {
		int err = set_link(ds_interceptors[i].command, set & 1U << i);

		first = first ? first : err;
	}
	return first;
}

/* Is what is there a file of ours? */
static bool is_ours(const char *path)
{
	auto_fd fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	char head[sizeof(MARK) - 1];
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       ds_try_read_full(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
	       memcmp(head, MARK, sizeof(head)) == 0;
}

static int add(const struct row *row, bool *made_dir)
{
	auto_fd fd = -1;
	int err;

	*made_dir = mkdir(row->dir, 0755) == 0;
	if (!*made_dir && errno == ENOENT)
		return 0;
	if (!*made_dir && errno != EEXIST)
		return ds_fail("create %s", row->dir);
	/* One of an agent that was killed. */
	if (is_ours(row->file))
		unlink(row->file);
	fd = open(row->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return ds_fail("create %s", row->file);
	err = ds_try_write_all(fd, row->text, strlen(row->text));
	if (!err && fchmod(fd, 0644) < 0)
		err = -errno;
	if (!err)
		return 0;
	unlink(row->file);
	return ds_fail_with(err, "write %s", row->file);
}

int ds_guestpath_add(struct ds_guestpath *path)
{
	int first = 0;

	path->made = 0;
	for (size_t i = 0; i < ROWS; i++) {
		bool made_dir;
		int err = add(&rows[i], &made_dir);

		path->made |= (unsigned)made_dir << i;
		first = first ? first : err;
	}
	return first;
}

void ds_guestpath_remove(const struct ds_guestpath *path)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (is_ours(rows[i].file))
			unlink(rows[i].file);
		if (path->made & 1U << i)
			rmdir(rows[i].dir);
	}
}
