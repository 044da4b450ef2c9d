// SPDX-License-Identifier: GPL-3.0-or-later
/* probe - try as a guest's root what would reach the host; say of each class how it went. Built static, it
 * runs in any guest.
 *
 * usage: probe			every class: "CLASS open: WAY", "CLASS stopped: ERROR" or "CLASS absent: ERROR"
 *        probe --host		the same on the host, to tell what its own root may not do either
 *
 * An attempt that succeeds does the host no harm. What is written is what has just been read, or is not
 * valid; the rest is opened and not used. Each is made in a child with a mount namespace of its own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SCRATCH "/tmp/probe"

static int places = 2; /* for nodes: /tmp, and a guest's /dev */

/* All attempts return 0 if the host was reached, else -errno. */

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : (close(fd), 0);
}

static int mounted(const char *type, const char *options)
{
	return mount(type, SCRATCH, type, 0, options) < 0 ? -errno : 0;
}

/* --- /proc ----------------------------------------------------------------------------------------------- */

static int write_same(const char *path)
{
	char text[512];
	int fd = open(path, O_RDONLY), err = 0;
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (len < 0)
		return -errno;
	close(fd);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		err = -errno;
	close(fd);
	return err;
}

static int use_proc(const char *proc, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	return strcmp(name, "sysrq-trigger") == 0 ? opened(path, O_WRONLY) : write_same(path);
}

static int as_it_is(const char *name)
{
	return use_proc("/proc", name);
}

static int remounted(const char *name)
{
	char path[64];
	int err = 0;

	snprintf(path, sizeof(path), "/proc/%.40s", name);
	if (strncmp(name, "sys/", 4) == 0)
		strcpy(path, "/proc/sys");
	if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL) < 0)
		err = -errno;
	return err ? err : use_proc("/proc", name);
}

static int unmounted(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.40s", name);
	if (strncmp(name, "sys/", 4) == 0)
		strcpy(path, "/proc/sys");
	return umount2(path, MNT_DETACH) < 0 ? -errno : use_proc("/proc", name);
}

static int bound_beside(const char *name)
{
	if (mount("/proc", SCRATCH, NULL, MS_BIND, NULL) < 0)
		return -errno;
	return use_proc(SCRATCH, name);
}

static int mounted_anew(const char *name)
{
	int err = mounted("proc", NULL);

	return err ? err : use_proc(SCRATCH, name);
}

static int mounted_by_a_user_namespace(const char *name)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) < 0)
		return -errno;
	pid = fork();
	if (!pid)
		_exit(-mounted_anew(name));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/* --- the other interfaces of the kernel ------------------------------------------------------------------ */

/* Only what is in a v1 hierarchy already: a mount would move it there. */
static int mount_v1(const char *unused)
{
	FILE *list = fopen("/proc/cgroups", "r");
	char line[200], name[64];
	int hierarchy, err = -ENODEV;

	(void)unused;
	while (list && err && fgets(line, sizeof(line), list)) {
		if (sscanf(line, "%63s %d", name, &hierarchy) != 2 || !hierarchy)
			continue;
		err = mounted("cgroup", name);
		if (!err)
			err = opened(SCRATCH "/release_agent", O_WRONLY);
		/* In a directory of its own there is none, but the host's cgroups are not there. */
	}
	return err;
}

static int mount_v1_in_own_namespace(const char *unused)
{
	return unshare(CLONE_NEWCGROUP) < 0 ? -errno : mount_v1(unused);
}

static int mount_type(const char *type)
{
	return mounted(type, NULL);
}

static int unmask_and_mount(const char *type)
{
	umount2("/sys/kernel/debug", MNT_DETACH);
	umount2("/sys/kernel/tracing", MNT_DETACH);
	return mount(type, "/sys/kernel", type, 0, NULL) < 0 ? -errno : 0;
}

static int make_and_open(mode_t type, unsigned major_number, unsigned minor_number)
{
	const char *const paths[] = {SCRATCH "-node", "/dev/probe-node"};
	int err = -ENODEV;

	for (int i = 0; i < places && err; i++) {
		unlink(paths[i]);
		if (mknod(paths[i], type | 0600, makedev(major_number, minor_number)) < 0) {
			err = -errno;
			continue;
		}
		err = opened(paths[i], O_RDONLY | O_NONBLOCK);
		unlink(paths[i]);
	}
	return err;
}

static int disk(const char *unused)
{
	FILE *list = fopen("/proc/partitions", "r");
	unsigned major_number, minor_number;
	char line[200];

	(void)unused;
	while (list && fgets(line, sizeof(line), list)) {
		if (sscanf(line, "%u %u", &major_number, &minor_number) == 2)
			return make_and_open(S_IFBLK, major_number, minor_number);
	}
	return -ENODEV;
}

static int memory(const char *minor_number)
{
	return make_and_open(S_IFCHR, 1, (unsigned)atoi(minor_number));
}

static int loop_control(const char *unused)
{
	(void)unused;
	return make_and_open(S_IFCHR, 10, 237);
}

static int load_bpf(const char *unused)
{
	/* r0 = 0; exit */
	const struct bpf_insn code[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K},
					{.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr attr;

	(void)unused;
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_TRACEPOINT;
	attr.insns = (unsigned long)code;
	attr.insn_cnt = 2;
	attr.license = (unsigned long)"GPL";
	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

/* Of all processes on a processor */
static int open_perf(const char *unused)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_CPU_CLOCK};

	(void)unused;
	return syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0) < 0 ? -errno : 0;
}

static int open_handle(const char *path)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + 128];
	} u = {.handle.handle_bytes = 128};
	int mount_id, dir_fd = open(path, O_RDONLY);

	if (name_to_handle_at(AT_FDCWD, path, &u.handle, &mount_id, 0) < 0)
		return -ENODEV;
	return open_by_handle_at(dir_fd, &u.handle, O_PATH) < 0 ? -errno : 0;
}

/* Below "/": the host's mounts. One alone is the bare ramdisk, of which ramdisk.test tells. */
static int leave(const char *unused)
{
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY), ns_fd, list_fd, mounts = 0;
	char text[4096];
	ssize_t len;

	(void)unused;
	ns_fd = openat(proc_fd, "self/ns/mnt", O_RDONLY);
	if (ns_fd < 0 || umount2("/", MNT_DETACH) < 0 || setns(ns_fd, CLONE_NEWNS) < 0)
		return -errno;
	list_fd = openat(proc_fd, "self/mountinfo", O_RDONLY);
	while ((len = read(list_fd, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < len; i++)
			mounts += text[i] == '\n';
	}
	return mounts > 1 ? 0 : -EACCES;
}

static int swap(const char *path)
{
	if (swapon(path, 0) == 0)
		return swapoff(path), 0;
	return errno == EPERM || errno == ENOSYS ? -errno : 0;
}

/* Who may is told what is wrong; who may not, is not. */
static int may(long result)
{
	return result < 0 && (errno == EPERM || errno == ENOSYS || errno == EACCES) ? -errno : 0;
}

static int load_module(const char *unused)
{
	return may(syscall(SYS_init_module, NULL, 0UL, unused));
}

static int load_kernel(const char *unused)
{
	(void)unused;
	return may(syscall(SYS_kexec_load, 0UL, 1000UL, NULL, 0UL));
}

static int set_clock(const char *unused)
{
	struct timex wrong = {.modes = ADJ_TICK, .tick = 1};

	(void)unused;
	return may(adjtimex(&wrong));
}

/* The length of lo's queue, to what it is */
static int set_link(const char *name)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(request.ifr_name, name);
	if (ioctl(fd, SIOCGIFTXQLEN, &request) < 0 || ioctl(fd, SIOCSIFTXQLEN, &request) < 0)
		return -errno;
	return 0;
}

/* Any of the program's own: others of the host's have names that only who made them knows. */
static int connect_abstract(const char *unused)
{
	FILE *list = fopen("/proc/net/unix", "r");
	char line[400], *name;
	int err = -ECONNREFUSED;

	(void)unused;
	while (list && err && fgets(line, sizeof(line), list)) {
		struct sockaddr_un at = {.sun_family = AF_UNIX};
		int fd;

		name = strchr(line, '@');
		if (!name || (!strstr(name, "droidspaces") && !strstr(name, "ds-")))
			continue;
		name[strcspn(name, "\n")] = 0;
		memcpy(at.sun_path + 1, name + 1, strlen(name + 1));
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		err = connect(fd, (struct sockaddr *)&at,
			      (socklen_t)(sizeof(sa_family_t) + strlen(name))) < 0
			      ? -errno
			      : 0;
		close(fd);
	}
	return err;
}

static const struct {
	const char *class, *way;
	int (*attempt)(const char *arg);
	const char *arg;
} attempts[] = {
	{"core_pattern", "as it is", as_it_is, "sys/kernel/core_pattern"},
	{"core_pattern", "remounted", remounted, "sys/kernel/core_pattern"},
	{"core_pattern", "unmounted", unmounted, "sys/kernel/core_pattern"},
	{"core_pattern", "bound beside", bound_beside, "sys/kernel/core_pattern"},
	{"core_pattern", "a new proc", mounted_anew, "sys/kernel/core_pattern"},
	{"core_pattern", "a user namespace", mounted_by_a_user_namespace,
	 "sys/kernel/core_pattern"},
	{"sysrq", "as it is", as_it_is, "sysrq-trigger"},
	{"sysrq", "remounted", remounted, "sysrq-trigger"},
	{"sysrq", "unmounted", unmounted, "sysrq-trigger"},
	{"sysrq", "bound beside", bound_beside, "sysrq-trigger"},
	{"sysrq", "a new proc", mounted_anew, "sysrq-trigger"},
	{"sysrq", "a user namespace", mounted_by_a_user_namespace, "sysrq-trigger"},
	{"release_agent", "mount", mount_v1, NULL},
	{"release_agent", "in its own namespace", mount_v1_in_own_namespace, NULL},
	{"debugfs", "mount", mount_type, "debugfs"},
	{"debugfs", "unmasked", unmask_and_mount, "debugfs"},
	{"tracefs", "mount", mount_type, "tracefs"},
	{"tracefs", "unmasked", unmask_and_mount, "tracefs"},
	{"raw_disk", "mknod", disk, NULL},
	{"loop", "mknod", loop_control, NULL},
	{"kmem", "/dev/mem", memory, "1"},
	{"kmem", "/dev/kmem", memory, "2"},
	{"kmem", "/dev/port", memory, "4"},
	{"bpf", "load", load_bpf, NULL},
	{"perf", "a processor", open_perf, NULL},
	{"open_by_handle", "/", open_handle, "/"},
	{"open_by_handle", "/etc", open_handle, "/etc"},
	{"umount_setns", "umount /", leave, NULL},
	{"swapon", "/dev/null", swap, "/dev/null"},
	{"modules", "init_module", load_module, ""},
	{"kexec", "kexec_load", load_kernel, NULL},
	{"clock", "adjtimex", set_clock, NULL},
	{"network", "lo", set_link, "lo"},
	{"network", "sysfs", write_same, "/sys/class/net/lo/tx_queue_len"},
	{"abstract_sockets", "connect", connect_abstract, NULL},
};

#define ATTEMPTS (sizeof(attempts) / sizeof(*attempts))

static int try_one(size_t i)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
			perror("probe: mount namespace");
			_exit(255);
		}
		_exit(-attempts[i].attempt(attempts[i].arg));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) == 255)
		exit(2);
	return WEXITSTATUS(status);
}

static int probe_all(void)
{
	mkdir(SCRATCH, 0700);
	for (size_t i = 0, next; i < ATTEMPTS; i = next) {
		bool is_absent = true;
		int err = 0, last = 0;

		for (next = i; next < ATTEMPTS && !strcmp(attempts[i].class, attempts[next].class);
		     next++) {
			err = try_one(next);
			if (!err)
				break;
			if (err != ENODEV && err != ENOENT && err != ENXIO && err != ENOSYS) {
				is_absent = false;
				last = err;
			}
		}
		if (!err && next < ATTEMPTS && !strcmp(attempts[i].class, attempts[next].class)) {
			printf("%s open: %s\n", attempts[i].class, attempts[next].way);
			while (next < ATTEMPTS && !strcmp(attempts[i].class, attempts[next].class))
				next++;
		} else {
			printf("%s %s: %s\n", attempts[i].class, is_absent ? "absent" : "stopped",
			       strerror(last ? last : err));
		}
	}
	rmdir(SCRATCH);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--host"))
		places = 1;
	return argc == (places == 1 ? 2 : 1) ? probe_all() : 2;
}
