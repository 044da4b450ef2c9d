// SPDX-License-Identifier: GPL-3.0-or-later
/* pivot - another root, from a root with a parent, from a chroot, and from the ramdisk that lies below the
 * root of every mount namespace: there as a guest would get there (../below.c), with mounts of our own on it. */
#include <errno.h>
#include <sched.h>

#include "claim.h"
#include "libds/core/auto.h"
#include "libds/host/mountinfo.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/pivot.h"

#define PLACE "/ds-unit"

enum { MADE_PROC = 10, SKIPPED };

static int proc_fd, ns_fd;

/* "PATH|PATH|..." of the mounts that are seen from "/"; of one without a parent "ramdisk PATH". */
static const char *mounts(void)
{
	static char list[4096];
	auto_mountinfo mount = {0};
	char *end = list;

	*list = 0;
	MUST(ds_mountinfo_open_at(&mount, proc_fd, "self/mountinfo") == 0);
	while (ds_mountinfo_next(&mount))
		end += snprintf(end, (size_t)(list + sizeof(list) - end), "%s%s|",
				mount.id == mount.parent ? "ramdisk " : "", mount.path);
	return list;
}

static void tmpfs(const char *path)
{
	MUST((mkdir(path, 0755) == 0 || errno == EEXIST) &&
	     mount("t", path, "tmpfs", 0, NULL) == 0);
}

/* A guest's root with a mount of its own. */
static int guest(const char *path)
{
	char sub[128];
	int fd;

	tmpfs(path);
	snprintf(sub, sizeof(sub), "%s/sub", path);
	tmpfs(sub);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	MUST(fd >= 0);
	return fd;
}

static void from_a_mount(void)
{
	int root_fd = guest("root");

	CLAIM("a directory becomes the root, with its mounts", ds_pivot(root_fd) == 0);
	CLAIM("the old one is gone", strcmp(mounts(), "/|/sub|") == 0);
}

static void from_a_chroot(void)
{
	char before[4096];
	int root_fd;

	MUST(mkdir("jail", 0755) == 0 && chroot("jail") == 0 && chdir("/") == 0);
	MUST(mkdir("proc", 0755) == 0 && mount("proc", "proc", "proc", 0, NULL) == 0);
	tmpfs("other");
	root_fd = guest("root");
	strcpy(before, mounts());
	CLAIM("in a chroot it is refused", ds_pivot(root_fd) == -EINVAL);
	CLAIM("and nothing has been moved or detached", strcmp(mounts(), before) == 0);
}

/* Detach "/" and come back: to what lies below. */
static void descend(void)
{
	MUST(umount2("/", MNT_DETACH) == 0 && setns(ns_fd, CLONE_NEWNS) == 0);
}

static bool has_made_proc;

static void prepare(void)
{
	descend();
	if (mkdir(PLACE, 0755) < 0 && errno != EEXIST) {
		printf("skip on a ramdisk # that of this host takes no directory: %s\n",
		       strerror(errno));
		fflush(stdout);
		_exit(SKIPPED);
	}
	MUST(mkdir(PLACE "/inner", 0755) == 0 || errno == EEXIST);
	_exit(mkdir("/proc", 0755) == 0 ? MADE_PROC : 0);
}

static void fill_ramdisk(void)
{
	tmpfs(PLACE "/inner"); /* will be covered */
	tmpfs(PLACE);
	tmpfs(PLACE); /* over the other */
	tmpfs(PLACE "/a b\nc\\040");
	MUST(mount("t", "/", "tmpfs", 0, NULL) == 0);
}

static void from_the_ramdisk(void)
{
	int root_fd;

	descend();
	MUST(mount("proc", "/proc", "proc", 0, NULL) == 0);
	fill_ramdisk();
	root_fd = guest(PLACE "/a b\nc\\040/root");
	CLAIM("a mount is moved over the ramdisk", ds_pivot(root_fd) == 1);
	CLAIM("it is the root, with its mounts", strcmp(mounts(), "/|/sub|") == 0);
	CLAIM("and the current directory", access("sub", F_OK) == 0 && access("../sub", F_OK) == 0);
	descend();
	CLAIM("nothing of the host's is mounted below", strcmp(mounts(), "ramdisk /|") == 0);
}

static void sweep(void)
{
	descend();
	MUST(rmdir(PLACE "/inner") == 0 && rmdir(PLACE) == 0);
	MUST(!has_made_proc || rmdir("/proc") == 0);
}

/* In a process and a mount namespace of its own; its exit status. */
static int try(void (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		MUST(unshare(CLONE_NEWNS) == 0 && ds_mnt_make_private() == 0);
		proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ns_fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
		MUST(proc_fd >= 0 && ns_fd >= 0);
		run();
		/* The leak checker would look for /proc. */
		_exit(0);
	}
	MUST(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int prepared, status;

	MUST(argc == 2 && chdir(argv[1]) == 0);
	MUST(try(from_a_mount) == 0 && try(from_a_chroot) == 0);
	prepared = try(prepare);
	if (prepared == SKIPPED)
		return 0;
	has_made_proc = prepared == MADE_PROC;
	status = try(from_the_ramdisk);
	MUST(try(sweep) == 0);
	return status;
}
