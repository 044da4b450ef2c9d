// SPDX-License-Identifier: GPL-3.0-or-later
/* overlay - see overlay.h. */
#include "libds/kernel/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/mountinfo.h"
#include "libds/host/workspace.h"
#include "libds/kernel/hostmnt.h"

#define XATTR_MAX 65536 /* bytes of a list and of a value, xattr(7) */
#define OPTIONS_MAX 9
#define OPTION_LEN 48

/* The layers' descriptors; upper and work lie on the tmpfs. */
struct layers {
	int lower_fd; /* the caller's */
	int tmpfs_fd, upper_fd, work_fd;
};

static void close_layers(struct layers *l)
{
	close_fd(&l->tmpfs_fd);
	close_fd(&l->upper_fd);
	close_fd(&l->work_fd);
}

#define auto_layers __attribute__((cleanup(close_layers))) struct layers

static int copy_xattr(int from_fd, int to_fd, const char *name, char *value)
{
	ssize_t len = fgetxattr(from_fd, name, value, XATTR_MAX);

	if (len < 0)
		return ds_fail("read attribute %s of the rootfs", name);
	/* What tmpfs cannot keep, user.* before Linux 6.6, is lost on every file that is changed. A
	 * security module's policy decides about its own labels. */
	if (fsetxattr(to_fd, name, value, (size_t)len, 0) < 0 && errno != EOPNOTSUPP &&
	    !ds_str_has_prefix(name, "security."))
		return ds_fail("write attribute %s", name);
	return 0;
}

static int copy_xattrs(int from_fd, int to_fd)
{
	auto_free char *names = malloc(XATTR_MAX), *value = malloc(XATTR_MAX);
	ssize_t len;

	if (!names || !value)
		return ds_fail("copy attributes");
	len = flistxattr(from_fd, names, XATTR_MAX);
	if (len < 0)
		return errno == EOPNOTSUPP ? 0 : ds_fail("list attributes of the rootfs");
	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		int err = ds_str_has_prefix(name, DS_OVERLAY_XATTR)
				  ? 0
				  : copy_xattr(from_fd, to_fd, name, value);

		if (err < 0)
			return err;
	}
	return 0;
}

/* The view's root is the upper directory's, so that has to look like lower's. */
static int liken(int from_fd, int to_fd)
{
	struct timespec times[2];
	struct stat st;
	int err;

	if (fstat(from_fd, &st) < 0 || fchown(to_fd, st.st_uid, st.st_gid) < 0 ||
	    fchmod(to_fd, st.st_mode & 07777) < 0)
		return ds_fail("copy the owner and mode of /");
	err = copy_xattrs(from_fd, to_fd);
	if (err < 0)
		return err;
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	return futimens(to_fd, times) < 0 ? ds_fail("copy the time of /") : 0;
}

static int make_dir(int tmpfs_fd, const char *name)
{
	int fd;

	if (mkdirat(tmpfs_fd, name, 0755) < 0)
		return ds_fail("create directory %s", name);
	fd = openat(tmpfs_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? ds_fail("open %s", name) : fd;
}

static int make_layers(struct ds_undo *undo, struct layers *l, const char *dir, const char *size)
{
	char size_option[OPTION_LEN];
	const char *const options[] = {"mode=0700", *size ? size_option : NULL, NULL};
	/* What a guest leaves here is for no program of the host's to run. */
	const struct ds_mnt tmpfs = {"tmpfs", "droidspaces", MS_NOSUID | MS_NODEV, options};
	int err = ds_str_fmt(size_option, sizeof(size_option), "size=%s", size);

	if (err < 0)
		return err;
	l->tmpfs_fd = ds_hostmnt_make(undo, dir, &tmpfs);
	if (l->tmpfs_fd < 0)
		return l->tmpfs_fd;
	l->upper_fd = make_dir(l->tmpfs_fd, DS_OVERLAY_UPPER);
	l->work_fd = l->upper_fd < 0 ? -1 : make_dir(l->tmpfs_fd, "work");
	if (l->upper_fd < 0 || l->work_fd < 0)
		return -ds_err_last()->code;
	if (mkdirat(l->tmpfs_fd, DS_OVERLAY_MERGED, 0755) < 0)
		return ds_fail("create directory " DS_OVERLAY_MERGED);
	/* Without them overlayfs mounts, and fails later when a directory is removed and made again. */
	if (fsetxattr(l->work_fd, "trusted.droidspaces", "", 0, 0) < 0 && errno == EOPNOTSUPP) {
		ds_refuse(DS_EXIT_UNSUPPORTED, "this kernel's tmpfs keeps no extended attributes");
		ds_hint("volatile mode needs a kernel with CONFIG_TMPFS_XATTR");
		return -ds_err_last()->code;
	}
	return liken(l->lower_fd, l->upper_fd);
}

/* The file system type that the mount of fd has, "" when unknown. */
static void find_type(int fd, char *type, size_t size)
{
	char path[40], text[512];
	auto_mountinfo mount = {0};
	const char *found;
	long long id;

	type[0] = 0;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (ds_mountinfo_open(&mount) < 0 ||
	    ds_try_file_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return;
	found = strstr(text, "mnt_id:");
	id = found ? ds_field_number(found, 2) : -1;
	while (id >= 0 && ds_mountinfo_next(&mount)) {
		if (mount.id == id)
			snprintf(type, size, "%s", mount.type);
	}
}

/* Say what the kernel's errno means for a person; the error is recorded already. */
static int explain(const struct layers *l, const char *lower, int err)
{
	char type[64];

	switch (-err) {
	case ENOMEM:
	case EMFILE:
	case ENFILE:
	case EPERM:
	case EACCES:
		return err;
	case ENODEV:
		ds_fail_with(err, "this kernel has no overlayfs");
		ds_err_exit_status(DS_EXIT_UNSUPPORTED);
		ds_hint("volatile mode needs a kernel with CONFIG_OVERLAY_FS");
		return err;
	}
	find_type(l->lower_fd, type, sizeof(type));
	ds_fail_with(err, "this kernel's overlayfs refuses %s, which is on %s", lower,
		     *type ? type : "a file system of unknown type");
	ds_err_exit_status(DS_EXIT_UNSUPPORTED);
	ds_hint("put the rootfs into an image: ds-mkimg %s FILE.img, and start it with "
		"--rootfs-img=FILE.img",
		lower);
	return err;
}

static bool wants_context(void)
{
	return CFG_ANDROID && ds_host_is_android() && access("/sys/fs/selinux/enforce", F_OK) == 0;
}

/* A kernel refuses options that are newer than itself; they are tried newest last. No redirects, index
 * or metadata-only copies: the upper directory then holds whole files and plain directories. */
static int mount_view(struct ds_undo *undo, const struct layers *l, const char *merged)
{
	char lower[OPTION_LEN], upper[OPTION_LEN], work[OPTION_LEN];
	const char *options[OPTIONS_MAX] = {lower, upper, work};
	static const char *const newer[] = {
		"redirect_dir=off", /* 4.10 */
		"index=off",        /* 4.13 */
		"xino=auto",        /* 4.17: one st_dev for all, where inode numbers have room */
		"metacopy=off",     /* 4.19 */
	};
	const struct ds_mnt overlay = {"overlay", "droidspaces", 0, options};
	size_t first = 3, count = sizeof(newer) / sizeof(*newer);
	int fd;

	snprintf(lower, sizeof(lower), "lowerdir=/proc/self/fd/%d", l->lower_fd);
	snprintf(upper, sizeof(upper), "upperdir=/proc/self/fd/%d", l->upper_fd);
	snprintf(work, sizeof(work), "workdir=/proc/self/fd/%d", l->work_fd);
	/* Android's policy lets programs use what bears this label, not what they have on /data. */
	if (wants_context())
		options[first++] = "context=u:object_r:tmpfs:s0";
	memcpy(options + first, newer, sizeof(newer));
	while ((fd = ds_hostmnt_make(undo, merged, &overlay)) == -EINVAL && count)
		options[first + --count] = NULL;
	return fd;
}

int ds_overlay_mount(struct ds_undo *undo, const char *dir, int lower_fd, const char *lower,
		     const char *size, char merged[PATH_MAX])
{
	auto_layers l = {lower_fd, -1, -1, -1};
	auto_fd merged_fd = -1;
	struct statfs st;
	int err = ds_str_fmt(merged, PATH_MAX, "%s/" DS_OVERLAY_MERGED, dir);

	if (err < 0)
		return err;
	err = make_layers(undo, &l, dir, size);
	if (err < 0)
		return err;
	merged_fd = mount_view(undo, &l, merged);
	if (merged_fd < 0)
		return explain(&l, lower, merged_fd);
	if (statfs(merged, &st) < 0)
		return ds_fail("look at %s", merged);
	/* So overlayfs answers when it cannot work on its upper directory. */
	if (st.f_flags & MS_RDONLY)
		return explain(&l, lower, -EROFS);
	return 0;
}

int ds_overlay_check_size(const char *size)
{
	size_t digits = strspn(size, "0123456789");
	const char *unit = size + digits;
	bool has_unit = size[0] != '0' && digits && digits <= 6 && *unit && !unit[1];

	if (!*size || (has_unit && strchr("KMGTkmgt", *unit)) ||
	    (has_unit && *unit == '%' && atoi(size) <= 100))
		return 0;
	return ds_refuse(DS_EXIT_USAGE, "size %s: neither like 64M or 2G nor like 50%%", size);
}
