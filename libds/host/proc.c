// SPDX-License-Identifier: GPL-3.0-or-later
/* proc - see proc.h. */
#include "libds/host/proc.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

#define LOOK_EVERY_MS 10 /* only where the kernel has no pidfd */

int ds_proc_boot_id(char boot_id[DS_BOOT_ID_LEN + 1])
{
	ssize_t len = ds_try_file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot_id,
				       DS_BOOT_ID_LEN + 1);

	if (len == DS_BOOT_ID_LEN)
		return 0;
	return ds_fail_with(len < 0 ? (int)len : EIO, "read the boot id from /proc");
}

/* The command in field 2 may hold blanks and parentheses: fields are counted from the last ')'. */
static int read_stat(pid_t pid, char *state, unsigned long long *start)
{
	char path[40], text[1024], letter[2], *rest;
	long long ticks;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (ds_try_file_read(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return -ESRCH;
	rest = strrchr(text, ')');
	if (!rest || ds_try_field(rest + 1, 1, letter, sizeof(letter)) < 0)
		return -EIO;
	/* Field 22 of proc_pid_stat(5). */
	ticks = ds_field_number(rest + 1, 20);
	if (ticks < 0)
		return -EIO;
	*state = letter[0];
	*start = (unsigned long long)ticks;
	return 0;
}

static ino_t ns_inode(pid_t pid, const char *ns)
{
	char path[48];
	struct stat st;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, ns);
	else
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns);
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

int ds_try_proc_identify(pid_t pid, struct ds_proc_id *id)
{
	char state;
	int err = read_stat(pid, &state, &id->start);

	if (err < 0)
		return err;
	if (state == 'Z' || state == 'X')
		return -ESRCH;
	id->pid = pid;
	id->pid_ns = ns_inode(pid, "pid");
	if (!id->pid_ns)
		return -ESRCH;
	return ds_proc_boot_id(id->boot_id);
}

bool ds_proc_is_alive(const struct ds_proc_id *id)
{
	struct ds_proc_id now;

	return id->pid > 0 && ds_try_proc_identify(id->pid, &now) == 0 && now.start == id->start &&
	       now.pid_ns == id->pid_ns && strcmp(now.boot_id, id->boot_id) == 0;
}

int ds_try_proc_open(const struct ds_proc_id *id)
{
	auto_fd pidfd = id->pid > 0 ? ds_sys_pidfd_open(id->pid) : -1;

	if (pidfd < 0)
		return id->pid > 0 ? -errno : -ESRCH;
	/* The pid may have changed hands before the call: only a check after it counts. */
	return ds_proc_is_alive(id) ? take_fd(&pidfd) : -ESRCH;
}

int ds_try_proc_signal(const struct ds_proc_id *id, int pidfd, int sig)
{
	if (pidfd >= 0 && ds_sys_pidfd_send_signal(pidfd, sig) == 0)
		return 0;
	if (pidfd >= 0 && errno != ENOSYS)
		return -errno;
	if (!ds_proc_is_alive(id))
		return -ESRCH;
	return kill(id->pid, sig) < 0 ? -errno : 0;
}

bool ds_proc_wait_gone(const struct ds_proc_id *id, int pidfd, int timeout_ms)
{
	long long end = ds_now_ms() + timeout_ms;

	for (;;) {
		struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
		long long left = timeout_ms < 0 ? -1 : end - ds_now_ms();

		if (timeout_ms >= 0 && left < 0)
			left = 0;
		if (pidfd < 0 && (left < 0 || left > LOOK_EVERY_MS))
			left = LOOK_EVERY_MS;
		if (pidfd < 0 && !ds_proc_is_alive(id))
			return true;
		if (poll(&poll_fd, pidfd >= 0, (int)left) == 1)
			return true;
		if (timeout_ms >= 0 && ds_now_ms() >= end)
			return pidfd < 0 && !ds_proc_is_alive(id);
	}
}

int ds_try_proc_status(pid_t pid, const char *field, char *value, size_t size)
{
	char path[40], text[4096];
	size_t len = strlen(field);

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (ds_try_file_read(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return -ESRCH;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, field, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		if (strlen(line) >= size)
			return -ENAMETOOLONG;
		memcpy(value, line, strlen(line) + 1);
		return 0;
	}
	return -ENOENT;
}

uint64_t ds_proc_signal_mask(pid_t pid, const char *field)
{
	char value[32];

	return ds_try_proc_status(pid, field, value, sizeof(value)) < 0
		       ? 0
		       : ds_str_digits(value, 16, NULL);
}

void ds_proc_exe(pid_t pid, char *path, size_t size)
{
	char link[40];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	len = readlink(link, path, size - 1);
	path[len < 0 ? 0 : len] = 0;
}

bool ds_proc_shares_ns(pid_t a, pid_t b, const char *ns)
{
	ino_t first = ns_inode(a, ns);

	return first && first == ns_inode(b, ns);
}

int ds_proc_each(int (*visit)(pid_t pid, void *ctx), void *ctx)
{
	auto_dir dir = opendir("/proc");
	struct dirent *entry;
	long long pid;
	int found = 0;

	while (dir && !found && (entry = readdir(dir))) {
		if (ds_try_number(entry->d_name, 1, INT32_MAX, &pid) == 0)
			found = visit((pid_t)pid, ctx);
	}
	return found;
}
