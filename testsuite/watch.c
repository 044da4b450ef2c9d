// SPDX-License-Identifier: GPL-3.0-or-later
/* watch - as a guest's root, lie in wait for what enters: trace whatever appears
 *
 * usage: watch INODE [PID]
 *
 * Every process that executes the file INODE, the program that enters, is looked at until there is a file STOP. With a
 * PID it is told, by the socket on which it reports, that this is its command. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOP "/tmp/watch-stop"

#define FDS 4096

static int kept[FDS], kept_count, seized, sent;
static pid_t named;

/* By the socket on which it reports, if we get hold of that: name a process of the host's as the command. */
static void report(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, 3, 0);

	if (fd >= 0)
		sent += send(fd, &named, sizeof(named), MSG_NOSIGNAL) == sizeof(named);
	else if (errno == ENOSYS)
		sent = -1;
	close(fd);
	close(pidfd);
}

/* "rights CAPABILITIES FILTER": what it may. */
static void print_rights(pid_t pid)
{
	char path[64], line[256], caps[40] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "CapPrm: %39s", caps);
		if (!strncmp(line, "Seccomp:", 8))
			printf("rights %s %d\n", caps, atoi(line + 8));
	}
	if (f)
		fclose(f);
}

/* A process that has just come: be its tracer, and keep what it executes, if that is the file INODE. */
static void look_at(pid_t pid, unsigned long inode)
{
	char path[64], target[512];
	struct stat st;
	int fd;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0 || st.st_ino != inode || kept_count == FDS) {
		close(fd);
		return;
	}
	kept[kept_count++] = fd;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[len < 0 ? 0 : len] = 0;
		if (len > 0)
			printf("fd %s\n", target);
	}
	if (dir)
		closedir(dir);
	if (named)
		report(pid);
	print_rights(pid);
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
		seized++;
		ptrace(PTRACE_INTERRUPT, pid, 0, 0);
		waitpid(pid, NULL, __WALL);
		ptrace(PTRACE_DETACH, pid, 0, 0);
	}
}

/* Until there is a file STOP, look at every process that executes the file INODE, which is the
 * program that enters. In the end, when none of it is left, open for writing what was kept of it. Prints
 * "fd TARGET" of each that it has open, its "rights", "caught N", "seized N", "sent N" (-1: this kernel can't take
 * a socket), "writable N" and why not. */
static int watch(unsigned long inode)
{
	int writable = 0, err = 0;

	puts("watching");
	fflush(stdout);
	while (unlink(STOP) < 0) {
		DIR *dir = opendir("/proc");

		for (struct dirent *entry; dir && (entry = readdir(dir));) {
			pid_t pid = atoi(entry->d_name);

			if (pid > 1 && pid != getpid())
				look_at(pid, inode);
		}
		if (dir)
			closedir(dir);
	}
	for (int i = 0; i < kept_count; i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", kept[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			err = errno;
		else
			writable++;
		close(fd);
	}
	printf("caught %d\nseized %d\nsent %d\nwritable %d\nwhy %s\n", kept_count, seized, sent,
	       writable, strerror(err));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 3)
		return 2;
	named = argc > 2 ? atoi(argv[2]) : 0;
	return watch(strtoul(argv[1], NULL, 10));
}
