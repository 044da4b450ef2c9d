// SPDX-License-Identifier: GPL-3.0-or-later
/* mnt - mounting, with the newest calls and, as "mnt DIR 5.11", without mount_setattr(2) and, as
 * "mnt DIR classic", with mount(2) alone. */
#include <errno.h>
#include <sched.h>
#include <sys/statvfs.h>

#include "claim.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/tree.h"
#include "without.h"

static unsigned long flags_at(const char *path)
{
	struct statvfs st;

	MUST(statvfs(path, &st) == 0);
	return st.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
}

static void at(int root_fd)
{
	static const char *const options[] = {"mode=711", "size=64k", NULL};
	static const char *const wrong[] = {"nonsense=1", NULL};
	struct ds_mnt mnt = {"tmpfs", "mine", MS_NOSUID | MS_NODEV, options};
	auto_fd fd = ds_mnt_at(root_fd, "new/run", &mnt);
	struct stat inside, named;

	CLAIM("a filesystem is mounted, its directory made",
	      fd >= 0 && flags_at("root/new/run") == (ST_NOSUID | ST_NODEV) &&
		      system("grep -q 'new/run .* mine .*size=64k.*mode=711' "
			     "/proc/self/mountinfo") == 0);
	CLAIM("the fd is the new mount's root",
	      fstat(fd, &inside) == 0 && stat("root/new/run", &named) == 0 &&
		      inside.st_dev == named.st_dev && inside.st_ino == named.st_ino);
	mnt.options = wrong;
	CLAIM("an option the filesystem does not know is an error",
	      ds_mnt_at(root_fd, "wrong", &mnt) < 0);
}

static void binds(int root_fd)
{
	auto_fd file_fd = open("file", O_PATH | O_CLOEXEC), dir_fd = -1;

	put("root/target", "");
	CLAIM("a file is bound, read-only if asked",
	      ds_mnt_bind(file_fd, root_fd, "link", false, MS_RDONLY) == 0 &&
		      is("root/target", "host") && flags_at("root/target") & ST_RDONLY &&
		      !(flags_at("file") & ST_RDONLY));
	MUST(mkdir("tmp", 0755) == 0 && mkdir("root/tmp", 0755) == 0);
	MUST(mount("t", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, NULL) == 0 &&
	     mkdir("tmp/below", 0755) == 0 && mount("b", "tmp/below", "tmpfs", 0, NULL) == 0);
	dir_fd = open("tmp", O_PATH | O_CLOEXEC);
	CLAIM("a bind keeps the flags its source has",
	      ds_mnt_bind(dir_fd, root_fd, "tmp", true, MS_RDONLY) == 0 &&
		      flags_at("root/tmp") == (ST_RDONLY | ST_NOSUID | ST_NODEV));
	put("tmp/below/x", "");
	CLAIM("what is mounted below comes along", access("root/tmp/below/x", F_OK) == 0);
	CLAIM("and gets the flags, too", flags_at("root/tmp/below") == ST_RDONLY);
	CLAIM("the source keeps its own", flags_at("tmp/below") == 0);
}

/* A mount that another covers would show, and be writable, once that is gone. */
static void covered(int root_fd)
{
	auto_fd dir_fd = -1;
	int err;

	MUST(mkdir("deep", 0755) == 0 && mkdir("deep/at", 0755) == 0);
	MUST(mount("1", "deep/at", "tmpfs", 0, NULL) == 0 && mkdir("root/deep", 0755) == 0);
	MUST(mount("2", "deep/at", "tmpfs", 0, NULL) == 0);
	dir_fd = open("deep", O_PATH | O_CLOEXEC);
	err = ds_mnt_bind(dir_fd, root_fd, "deep", true, MS_RDONLY);
	CLAIM("a covered mount below is read-only as well, or nothing is bound",
	      err ? access("root/deep/at", F_OK) < 0
		  : umount("root/deep/at") == 0 && flags_at("root/deep/at") & ST_RDONLY);
}

static void copies(int root_fd)
{
	auto_fd dir_fd = open("tmp", O_PATH | O_CLOEXEC), copy_fd = -1;
	auto_fd target_fd = ds_tree_make(root_fd, "copy", true);

	copy_fd = ds_mnt_copy(dir_fd, true, MS_NOEXEC);
	CLAIM("a detached copy has the flags, or the kernel has none",
	      copy_fd == -ENOSYS || (ds_mnt_attach_on(copy_fd, target_fd) == 0 &&
				     flags_at("root/copy") & ST_NOEXEC &&
				     flags_at("root/copy/below") == ST_NOEXEC));
}

int main(int argc, char **argv)
{
	int root_fd;

	MUST(unshare(CLONE_NEWNS) == 0 && ds_mnt_make_private() == 0);
	MUST(argc >= 2 && chdir(argv[1]) == 0 && mkdir("root", 0755) == 0);
	put("file", "host");
	MUST(mount("root", "root", "tmpfs", 0, NULL) == 0 && mkdir("root/dir", 0755) == 0);
	MUST(symlink("/dir/../target", "root/link") == 0);
	root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	MUST(root_fd >= 0);
	if (argc > 2)
		without_calls_from(strcmp(argv[2], "classic") ? SYS_mount_setattr : SYS_open_tree);
	at(root_fd);
	binds(root_fd);
	covered(root_fd);
	copies(root_fd);
	return 0;
}
