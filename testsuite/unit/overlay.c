// SPDX-License-Identifier: GPL-3.0-or-later
/* overlay - a writable view over a tree; with "overlay DIR classic" by mount(2) alone. */
#include <errno.h>
#include <sched.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "claim.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/file.h"
#include "libds/host/workspace.h"
#include "libds/kernel/hostmnt.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/overlay.h"
#include "without.h"

static const struct ds_undo_verb verbs[] = {
	{DS_HOSTMNT_VERB, false, ds_hostmnt_undo},
	{DS_HOSTDIR_VERB, true, ds_hostmnt_rmdir},
	{0},
};

static char base[512], view[PATH_MAX];

/* Absolute, in a buffer that the next but three calls overwrite. */
static const char *at(const char *path)
{
	static char paths[4][PATH_MAX];
	static int next;

	snprintf(paths[next % 4], PATH_MAX, "%s/%s", base, path);
	return paths[next++ % 4];
}

static int mount_over(struct ds_undo *undo, const char *lower, const char *size)
{
	auto_fd lower_fd = open(lower, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	MUST(lower_fd >= 0 && ds_undo_open(undo, "web", verbs) == 0);
	return ds_overlay_mount(undo, at("Volatile/web"), lower_fd, lower, size, view);
}

static bool nothing_left(void)
{
	return access("Volatile", F_OK) < 0 && !ds_hostmnt_is_mount(view);
}

/* Paths that would be options, lists or escapes, were they part of an option. */
static void paths(void)
{
	static const char *const names[] = {"a,lowerdir=/etc", "a:b",           "a\\b",
					    "a\\,b",           "a\\:b",         "two words",
					    "\nline",          "a=b,upperdir=x"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		auto_undo undo = DS_UNDO_CLOSED;
		char file[PATH_MAX], claimed[100];

		snprintf(file, sizeof(file), "%s/is", names[i]);
		MUST(ds_file_mkdirs(names[i], 0755) == 0);
		put(file, names[i]);
		snprintf(claimed, sizeof(claimed), "a rootfs \"%s\" is that very directory",
			 names[i]);
		for (char *c = claimed; *c; c++)
			*c = *c == '\n' ? ' ' : *c;
		CLAIM(claimed, mount_over(&undo, at(names[i]), "") == 0 && chdir(view) == 0 &&
				       is("is", names[i]) && access("passwd", F_OK) < 0);
		MUST(chdir(base) == 0);
	}
	CLAIM("all of them are unmounted, their directories gone", nothing_left());
}

static void looks(void)
{
	auto_undo undo = DS_UNDO_CLOSED;
	struct timespec times[2] = {{1000, 1}, {2000, 2}};
	struct stat lower, merged, tmpfs;
	char value[8];

	MUST(mkdir("lower", 0755) == 0);
	put("lower/file", "old");
	MUST(mknod("lower/null", S_IFCHR | 0666, makedev(1, 3)) == 0);
	MUST(chown("lower", 12, 34) == 0 && chmod("lower", 01751) == 0);
	MUST(setxattr("lower", "trusted.mine", "x", 1, 0) == 0);
	MUST(utimensat(AT_FDCWD, "lower", times, 0) == 0);
	CLAIM("a view is mounted", mount_over(&undo, at("lower"), "2M") == 0);
	MUST(stat("lower", &lower) == 0 && stat(view, &merged) == 0);
	CLAIM("its root has lower's owner, mode, time and attributes",
	      merged.st_uid == 12 && merged.st_gid == 34 && merged.st_mode == lower.st_mode &&
		      merged.st_mtim.tv_sec == 2000 && merged.st_mtim.tv_nsec == 2 &&
		      getxattr(view, "trusted.mine", value, sizeof(value)) == 1);
	MUST(chdir(view) == 0);
	put("file", "new");
	put("more", "");
	CLAIM("what is written is in the view and not below",
	      is("file", "new") && is(at("lower/file"), "old") &&
		      access(at("lower/more"), F_OK) < 0);
	CLAIM("its device nodes are devices", ({
		      auto_fd fd = open("null", O_RDWR | O_CLOEXEC);

		      fd >= 0;
	      }));
	MUST(mkdir("dir", 0755) == 0 && rmdir("dir") == 0);
	MUST(chdir(base) == 0 && stat(at("Volatile/web"), &tmpfs) == 0);
	CLAIM("its tmpfs is closed to all but root",
	      (tmpfs.st_mode & 07777) == 0700 && tmpfs.st_uid == 0);
	CLAIM("and as large as was said", ({
		      struct statvfs st;

		      statvfs(at("Volatile/web"), &st) == 0 && st.f_blocks *st.f_frsize == 2 << 20;
	      }));
}

static void refusals(void)
{
	static const char *const good[] = {"", "64M", "2G", "1k", "50%", "100%", "9%"};
	static const char *const bad[] = {"64",  "M",           "0M",   "%",    "101%",
					  "-1M", "1M,mode=777", "64MB", "1.5G", "12345678K"};
	bool all = true;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		all &= ds_overlay_check_size(good[i]) == 0;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		all &= ds_overlay_check_size(bad[i]) < 0;
	CLAIM("a size is a number with a unit or a percentage", all);
	{
		auto_undo undo = DS_UNDO_CLOSED;

		CLAIM("procfs is refused by name",
		      mount_over(&undo, "/proc", "") < 0 &&
			      strstr(ds_err_last()->text, "refuses /proc, which is on proc: ") &&
			      strstr(ds_err_last()->hint, "ds-mkimg") &&
			      ds_err_last()->exit_status == DS_EXIT_UNSUPPORTED);
	}
	CLAIM("what is refused leaves nothing", nothing_left());
}

int main(int argc, char **argv)
{
	MUST(unshare(CLONE_NEWNS) == 0 && ds_mnt_make_private() == 0);
	MUST(argc >= 2 && chdir(argv[1]) == 0 && realpath(".", base));
	MUST(ds_workspace_choose(at("ws")) == 0 && ds_workspace_create() == 0);
	if (argc > 2)
		without_calls_from(SYS_open_tree);
	paths();
	looks();
	CLAIM("leaving the scope undoes it all", nothing_left());
	refusals();
	return 0;
}
