// SPDX-License-Identifier: GPL-3.0-or-later
/* below - leave "/" as a guest's root can: detach it, enter the mount namespace anew, and look at what lay
 * below. Prints its mounts, one a line as in mountinfo, "--" and the names in its "/". Built static, it runs
 * in any guest.
 *
 * usage: below [FILE]	and its contents, by its path down there
 *
 * It does so in a copy of the guest's mount namespace, which has whatever that has. */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

static void must(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(2);
}

static void copy(int dir_fd, const char *path)
{
	int fd = openat(dir_fd, path, O_RDONLY);
	char buf[4096];
	ssize_t len;

	must(fd, path);
	while ((len = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, (size_t)len, stdout);
	must((int)len, path);
	close(fd);
}

int main(int argc, char **argv)
{
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY), ns_fd;
	struct dirent *entry;
	DIR *dir;

	must(unshare(CLONE_NEWNS), "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make mounts private");
	ns_fd = openat(proc_fd, "self/ns/mnt", O_RDONLY);
	must(ns_fd, "/proc/self/ns/mnt");
	must(umount2("/", MNT_DETACH), "umount /");
	must(setns(ns_fd, CLONE_NEWNS), "setns");
	copy(proc_fd, "self/mountinfo");
	puts("--");
	dir = opendir("/");
	must(dir ? 0 : -1, "/");
	while ((entry = readdir(dir)))
		puts(entry->d_name);
	if (argc > 1)
		copy(AT_FDCWD, argv[1]);
	return 0;
}
