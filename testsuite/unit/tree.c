// SPDX-License-Identifier: GPL-3.0-or-later
/* tree - paths in a hostile tree, with openat2(2) and, as "tree DIR classic", without.
 *
 * Prints claims, and on fd 3 what each path led to, so that both ways can be compared. */
#include <errno.h>
#include <limits.h>

#include "claim.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/kernel/tree.h"
#include "without.h"

static const char *const links[][2] = {
	{"abs", "/dir/file"},
	{"rel", "dir/file"},
	{"up", "../../../../dir/file"},
	{"absdir", "/dir"},
	{"updir", "../.."},
	{"dir/up", ".."},
	{"dir/absup", "/.."},
	{"loop1", "loop2"},
	{"loop2", "loop1"},
	{"self", "self"},
	{"selfdir", "selfdir/x"},
	{"dangling", "dir/made"},
	{"absdangling", "/dir/absmade"},
	{"nodir", "none/made"},
	{"host", "/../../canary"},
	{"dotted", "./dir/.././dir/./file"},
	{"slashes", "//dir///file"},
	{"chain1", "absdir/chain2"},
	{"dir/chain2", "/rel"},
	{"filedir", "dir/file/x"},
	{"todir", "/../places/far/off"},
	{"tofile", "../places/file"},
};

static void make_tree(void)
{
	MUST(mkdir("root", 0755) == 0 && mkdir("root/dir", 0755) == 0);
	put("canary", "host");
	put("root/dir/file", "inside");
	MUST(mkfifo("root/fifo", 0644) == 0);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		char path[64];

		snprintf(path, sizeof(path), "root/%s", links[i][0]);
		MUST(symlink(links[i][1], path) == 0);
	}
}

static const char *const paths[] = {
	"",
	"/",
	".",
	"..",
	"/..",
	"../..",
	"dir",
	"/dir",
	"dir/",
	"dir/.",
	"dir/..",
	"dir/../..",
	"dir/file",
	"dir/file/",
	"dir/file/.",
	"dir/file/..",
	"dir/file/x",
	"none",
	"none/..",
	"none/x",
	"./dir/./file",
	"//dir//file",
	"../canary",
	"../../dir/file",
	"dir/../../canary",
	"abs",
	"rel",
	"up",
	"absdir",
	"absdir/file",
	"absdir/../canary",
	"updir",
	"updir/canary",
	"updir/dir/file",
	"dir/up",
	"dir/up/dir/file",
	"dir/absup/dir",
	"loop1",
	"loop1/x",
	"self",
	"selfdir",
	"dangling",
	"absdangling",
	"nodir",
	"host",
	"host/x",
	"dotted",
	"slashes",
	"chain1",
	"filedir",
	"abs/",
	"absdir/",
	"dir/chain2",
	"absdir/chain2",
	"fifo/x",
};

static const struct {
	const char *name;
	int flags;
} ways[] = {
	{"path", O_PATH},
	{"nofollow", O_PATH | O_NOFOLLOW},
	{"dir", O_PATH | O_DIRECTORY},
	{"read", O_RDONLY},
	{"rnofollow", O_RDONLY | O_NOFOLLOW},
	{"create", O_WRONLY | O_CREAT},
	{"excl", O_WRONLY | O_CREAT | O_EXCL},
};

/* Where an open file lies, relative to the scratch directory. */
static const char *where(int fd, const char *top)
{
	static char path[PATH_MAX];
	char link[32];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	path[len < 0 ? 0 : len] = 0;
	return strncmp(path, top, strlen(top)) == 0 ? path + strlen(top) : path;
}

static void open_all(int root_fd, const char *top)
{
	FILE *out = fdopen(3, "w");
	bool inside = true;

	MUST(out);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		for (size_t j = 0; j < sizeof(paths) / sizeof(*paths); j++) {
			auto_fd fd = ds_try_tree_open(root_fd, paths[j], ways[i].flags, 0644);
			const char *at = fd < 0 ? strerror(-fd) : where(fd, top);

			fprintf(out, "%s \"%s\": %s\n", ways[i].name, paths[j], at);
			if (fd >= 0)
				inside &= strncmp(at, "/root", 5) == 0 && (!at[5] || at[5] == '/');
			if (ways[i].flags & O_CREAT) {
				unlink("root/dir/made");
				unlink("root/dir/absmade");
				unlink("root/none");
				unlink("root/canary");
			}
		}
	}
	MUST(fclose(out) == 0);
	CLAIM("no path leads out of the tree", inside && is("canary", "host"));
}

static void magic_links(int root_fd)
{
	auto_fd fd = -1;

	MUST(mkdir("root/proc", 0755) == 0 &&
	     mount("/proc", "root/proc", NULL, MS_BIND, NULL) == 0);
	fd = ds_try_tree_open(root_fd, "proc/self/root/etc", O_PATH, 0);
	CLAIM("a magic link of /proc does not lead out", fd < 0);
	MUST(umount("root/proc") == 0 && rmdir("root/proc") == 0);
}

static void writing(int root_fd)
{
	char text[16];
	int fd;

	CLAIM("writing through a link goes where the link says, inside",
	      ds_tree_write(root_fd, "/absdangling", 0600, "a") == 0 &&
		      is("root/dir/absmade", "a") &&
		      ds_tree_write(root_fd, "host", 0600, "b") == 0 && is("root/canary", "b") &&
		      is("canary", "host"));
	CLAIM("writing makes the directories of a dangling link",
	      ds_tree_write(root_fd, "nodir", 0600, "c") == 0 && is("root/none/made", "c"));
	CLAIM("writing to a loop fails", ds_tree_write(root_fd, "loop1", 0600, "d") == -ELOOP);
	CLAIM("reading a FIFO does not wait",
	      ds_try_tree_read(root_fd, "fifo", text, sizeof(text)) == -EINVAL);
	CLAIM("a long file is cut",
	      ds_try_tree_read(root_fd, "dir/file", text, 4) == 3 && !strcmp(text, "ins"));
	fd = ds_tree_mkdirs(root_fd, "absdir/../new/../../new/deep", 0755);
	CLAIM("directories are made inside, by the links' meaning",
	      fd >= 0 && access("root/new/deep", F_OK) == 0);
	CLAIM("no directory is made through a file",
	      ds_tree_mkdirs(root_fd, "dir/file/x", 0755) < 0);
	close(fd);
}

static void making(int root_fd)
{
	auto_fd dir_fd = ds_tree_make(root_fd, "/todir", true);
	auto_fd file_fd = ds_tree_make(root_fd, "/tofile", false);
	auto_fd deep_fd = ds_tree_make(root_fd, "/a/b/c", false);
	struct stat there, made;

	CLAIM("what a link leads to is made inside, a directory or a file as asked for",
	      dir_fd >= 0 && file_fd >= 0 && stat("root/places/far/off", &there) == 0 &&
		      S_ISDIR(there.st_mode) && is("root/places/file", ""));
	CLAIM("the fd is what was made", fstat(dir_fd, &made) == 0 && made.st_ino == there.st_ino);
	CLAIM("parents that are missing are made", deep_fd >= 0 && is("root/a/b/c", ""));
	CLAIM("what is there is taken, through links",
	      (dir_fd = ds_tree_make(root_fd, "absdir/file", true)) >= 0 &&
		      is("root/dir/file", "inside"));
	CLAIM("nothing is made of a loop or through a file",
	      ds_tree_make(root_fd, "loop1", true) < 0 &&
		      ds_tree_make(root_fd, "dir/file/x", true) < 0);
}

int main(int argc, char **argv)
{
	char top[PATH_MAX];
	int root_fd;

	MUST(argc >= 2 && chdir(argv[1]) == 0 && getcwd(top, sizeof(top)));
	make_tree();
	root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	MUST(root_fd >= 0);
	if (argc > 2)
		without_calls_from(SYS_openat2);
	open_all(root_fd, top);
	magic_links(root_fd);
	writing(root_fd);
	making(root_fd);
	return 0;
}
