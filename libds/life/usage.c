// SPDX-License-Identifier: GPL-3.0-or-later
/* usage - see usage.h. */
#include "libds/life/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/mountinfo.h"
#include "libds/life/inspect.h"

#define NS_DEPTH_MAX 32          /* PID namespaces within each other, pid_namespaces(7) */
#define NS_PARENT _IO(0xb7, 0x2) /* NS_GET_PARENT, Linux 4.9 (ioctl_nsfs(2)) */

/* What one walk over the processes finds. */
struct sums {
	ino_t pid_ns, own_pid_ns;
	long long processes, rss_kb, cpu_us;
};

static ino_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : st.st_ino;
}

/* Is the process in the namespace or in one below it? Before Linux 4.9 only the first is seen. */
static bool belongs(pid_t pid, const struct sums *sums)
{
	char path[40];
	auto_fd fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int depth = 0; fd >= 0 && depth < NS_DEPTH_MAX; depth++) {
		ino_t inode = inode_of(fd);
		int parent_fd;

		if (inode == sums->pid_ns)
			return true;
		if (inode == sums->own_pid_ns)
			return false;
		parent_fd = ioctl(fd, NS_PARENT);
		close_fd(&fd);
		fd = parent_fd;
	}
	return false;
}

static long long cpu_time_us(const char *stat)
{
	const char *rest = strrchr(stat, ')'); /* the name before it may hold anything */
	long long user, system;

	if (!rest)
		return 0;
	/* Fields 14 and 15 of proc_pid_stat(5), where the name is field 2. */
	user = ds_field_number(rest + 1, 12);
	system = ds_field_number(rest + 1, 13);
	return user < 0 || system < 0 ? 0 : (user + system) * (1000000 / ds_ticks_per_second());
}

static int add_process(pid_t pid, void *ctx)
{
	struct sums *sums = ctx;
	char path[40], text[1024];

	if (!belongs(pid, sums))
		return 0;
	sums->processes++;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (ds_try_file_read(AT_FDCWD, path, text, sizeof(text)) > 0)
		sums->cpu_us += cpu_time_us(text);
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if (ds_try_file_read(AT_FDCWD, path, text, sizeof(text)) > 0) {
		long long pages = ds_field_number(text, 2);

		sums->rss_kb += pages < 0 ? 0 : pages * ((long)getauxval(AT_PAGESZ) / 1024);
	}
	return 0;
}

static void sum_processes(const struct ds_container *c, struct sums *sums)
{
	struct stat own;

	*sums = (struct sums){.pid_ns = c->state.init.pid_ns};
	if (stat("/proc/self/ns/pid", &own) == 0)
		sums->own_pid_ns = own.st_ino;
	ds_proc_each(add_process, sums);
}

/* The container's directory in the version 1 hierarchy of a controller; false if there is none. */
static bool find_v1(const char *controller, const struct ds_container *c, char *dir, size_t size)
{
	const char *below = ds_container_recorded(c, "cgroup_dir");
	auto_mountinfo mount = {0};

	if (!*below || ds_mountinfo_open(&mount) < 0)
		return false;
	while (ds_mountinfo_next(&mount)) {
		if (strcmp(mount.type, "cgroup") == 0 &&
		    ds_str_has_word(mount.options, controller) &&
		    (size_t)snprintf(dir, size, "%s/%s", mount.path, below) < size)
			return access(dir, F_OK) == 0;
	}
	return false;
}

/* The number in DIR/FILE, behind "KEY " at a line's start where key is not NULL; -1 if there is
 * none. "max" and the like are -1 as well. */
static long long read_number(const char *dir, const char *file, const char *key)
{
	char path[PATH_MAX], text[1024];
	const char *at = text;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, file) >= sizeof(path) ||
	    ds_try_file_read(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return -1;
	while (key && at && !(ds_str_has_prefix(at, key) && at[strlen(key)] == ' ')) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return -1;
	at += key ? strlen(key) + 1 : 0;
	return *at >= '0' && *at <= '9' ? (long long)ds_str_digits(at, 10, NULL) : -1;
}

static const char *tracking_dir(const struct ds_container *c)
{
	return ds_container_recorded(c, "cgroup");
}

/* CPU time its cgroup has used so far, in microseconds, or -1. */
static long long cgroup_cpu_us(const struct ds_container *c)
{
	char v1[PATH_MAX];
	/* There without the controller too, since Linux 4.15. */
	long long us = read_number(tracking_dir(c), "cpu.stat", "usage_usec");

	if (us >= 0 || !find_v1("cpuacct", c, v1, sizeof(v1)))
		return us;
	us = read_number(v1, "cpuacct.usage", NULL);
	return us < 0 ? -1 : us / 1000;
}

static void read_memory(const struct ds_container *c, const struct sums *sums, struct ds_usage *u)
{
	long long used, limit;
	struct sysinfo info;
	char v1[PATH_MAX];

	used = read_number(tracking_dir(c), "memory.current", NULL);
	limit = read_number(tracking_dir(c), "memory.max", NULL);
	if (used < 0 && find_v1("memory", c, v1, sizeof(v1))) {
		used = read_number(v1, "memory.usage_in_bytes", NULL);
		limit = read_number(v1, "memory.limit_in_bytes", NULL);
	}
	u->ram_by_cgroup = used >= 0;
	u->ram_used_kb = used >= 0 ? used / 1024 : sums->rss_kb;
	u->ram_total_kb =
		sysinfo(&info) < 0
			? 0
			: (long long)((unsigned long long)info.totalram * info.mem_unit / 1024);
	/* No limit is "max" in version 2, a number near 2^63 in version 1. */
	if (limit >= 0 && limit / 1024 < u->ram_total_kb)
		u->ram_total_kb = limit / 1024;
}

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

/* Those that may be used. */
static int count_cpus(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	return sched_getaffinity(0, sizeof(cpus), &cpus) < 0 ? 1 : CPU_COUNT(&cpus);
}

/* Where no cgroup counts, the time of a process that ended is lost. It is only then that the processes
 * have to be walked over. */
static void note_cpu_time(const struct ds_container *c, struct ds_usage *u, struct sums *sums,
			  bool walks)
{
	long long us = cgroup_cpu_us(c);

	u->at_us = now_us();
	u->cpu_by_cgroup = us >= 0;
	if (walks || !u->cpu_by_cgroup)
		sum_processes(c, sums);
	/* The kernel counts these in ticks of 10 ms: good to a tenth of a CPU. */
	if (!u->cpu_by_cgroup) {
		us = sums->cpu_us;
		u->at_us = now_us();
	}
	u->cpu_us = us;
}

int ds_usage_look(const struct ds_container *c, struct ds_usage *u)
{
	const struct ds_usage was = *u;
	long long used, took;
	int cpus = count_cpus();
	struct sums sums;

	note_cpu_time(c, u, &sums, true);
	if (!ds_proc_is_alive(&c->state.init))
		return ds_refuse(DS_EXIT_STATE, "%s is not running", c->name);
	used = u->cpu_us - was.cpu_us;
	took = (u->at_us - was.at_us) * (cpus > 0 ? cpus : 1);
	u->cpu_permille = was.at_us && used > 0 && took > 0 && u->cpu_by_cgroup == was.cpu_by_cgroup
				  ? used * 1000 / took
				  : 0;
	if (u->cpu_permille > 1000)
		u->cpu_permille = 1000;
	u->processes = sums.processes;
	u->uptime_s = ds_inspect_uptime(c);
	read_memory(c, &sums, u);
	return 0;
}

int ds_usage_measure(const struct ds_container *c, struct ds_usage *u)
{
	struct sums sums;

	note_cpu_time(c, u, &sums, false);
	poll(NULL, 0, DS_USAGE_SAMPLE_MS);
	return ds_usage_look(c, u);
}

void ds_usage_duration(char text[DS_DURATION_MAX], long long seconds)
{
	int used = 0;

	text[0] = 0;
	if (seconds >= 86400)
		used += snprintf(text, DS_DURATION_MAX, "%lldd ", seconds / 86400);
	if (seconds >= 3600)
		used += snprintf(text + used, DS_DURATION_MAX - (size_t)used, "%dh ",
				 (int)(seconds / 3600 % 24));
	if (seconds >= 60)
		used += snprintf(text + used, DS_DURATION_MAX - (size_t)used, "%dm ",
				 (int)(seconds / 60 % 60));
	snprintf(text + used, DS_DURATION_MAX - (size_t)used, "%ds", (int)(seconds % 60));
}
