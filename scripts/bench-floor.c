// SPDX-License-Identifier: GPL-3.0-or-later
/* bench-floor - what scripts/bench measures with, and the floor that it measures against
 *
 * usage: guest                          as a guest's init: stamps the time into /began, at SIGTERM
 *                                       into /ended, and exits at once
 *        true                           exits
 *        cat FILE                       writes it to its stdout
 *        start ROOTFS CGROUP PIDFILE    the floor: what ds-start gives its guest, by bare calls
 *        time ROOTFS COMMAND...         runs it; prints two numbers of microseconds: from before the
 *                                       fork to its return, and to the stamp in ROOTFS/began
 *        spent FILE COMMAND...          runs it; writes three numbers of microseconds: how long it took,
 *                                       and the processors' for it, alone and with its children
 *        first COMMAND...               runs it on a new terminal, without stderr; prints microseconds
 *                                       from before the fork to the first byte that it shows
 *        sit SOCKET                     the floor of ds-console: asks for the console, shows what comes
 *        opens FILE                     prints nanoseconds that open(2) and close(2) of it take, the least of
 *                                       20 times 5000
 *        policy CGROUP                  prints how many instructions its device policy has
 *        calls                          prints two numbers of nanoseconds: of a getppid(2), which a seccomp
 *                                       filter judges by its number, and of an ioctl(2) that fails, of
 *                                       which it looks at an argument, so that Linux 5.11 runs it each time
 *        until ROOTFS COMMAND...        runs it; prints microseconds from the stamp in ROOTFS/ended
 *                                       to its return
 *
 * The floor gives the same namespaces, the same mounts with the same devices and masks, a pty of a
 * new devpts, a cgroup with its namespace, and returns when the init has been executed. It checks
 * nothing about the guest, records nothing, drops no rights, supervises nothing, and undoes nothing. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define HARMLESS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static void die(const char *what)
{
	fprintf(stderr, "bench-floor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

#define must(call)                                                                                 \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			die(#call);                                                                \
	} while (0)

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* --- in the guest ------------------------------------------------------------------------------ */

static void stamp(int fd, long long now)
{
	if (write(fd, &now, sizeof(now)) != sizeof(now))
		_exit(1);
}

static int ended_fd;

static void end(int sig)
{
	(void)sig;
	stamp(ended_fd, now_ns());
	_exit(0);
}

static __attribute__((noreturn)) void guest(long long began)
{
	int fd = open("/began", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ended_fd = open("/ended", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	signal(SIGTERM, end);
	stamp(fd, began);
	close(fd);
	for (;;)
		pause();
}

/* --- the floor --------------------------------------------------------------------------------- */

static void make_dev(void)
{
	static const struct {
		const char *path;
		mode_t mode;
		int major, minor;
	} nodes[] = {{"dev/null", 0666, 1, 3},    {"dev/zero", 0666, 1, 5},
		     {"dev/full", 0666, 1, 7},    {"dev/random", 0666, 1, 8},
		     {"dev/urandom", 0666, 1, 9}, {"dev/tty", 0666, 5, 0},
		     {"dev/fuse", 0666, 10, 229}, {"dev/net/tun", 0666, 10, 200}};
	static const char *const links[][2] = {
		{"pts/ptmx", "dev/ptmx"},          {"/proc/self/fd", "dev/fd"},
		{"/proc/self/fd/0", "dev/stdin"},  {"/proc/self/fd/1", "dev/stdout"},
		{"/proc/self/fd/2", "dev/stderr"}, {"/proc/kcore", "dev/core"},
		{"pts/0", "dev/console"}};

	must(mount("dev", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=8m"));
	umask(0);
	must(mkdir("dev/net", 0755));
	for (size_t i = 0; i < COUNT(nodes); i++)
		must(mknod(nodes[i].path, S_IFCHR | nodes[i].mode,
			   makedev(nodes[i].major, nodes[i].minor)));
	for (size_t i = 0; i < COUNT(links); i++)
		must(symlink(links[i][0], links[i][1]));
	umask(022);
	must(mkdir("dev/shm", 0755));
	must(mount("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"));
	must(mkdir("dev/mqueue", 0755));
	mount("mqueue", "dev/mqueue", "mqueue", HARMLESS, NULL);
	must(mkdir("dev/pts", 0755));
	must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		   "gid=5,newinstance,ptmxmode=0666,mode=0620"));
}

static void mask(void)
{
	static const char *const read_only[] = {"proc/sys", "proc/sysrq-trigger", "proc/irq",
						"proc/bus", "proc/fs"};
	static const char *const hidden[] = {
		"proc/kcore",       "proc/keys",         "proc/key-users", "proc/timer_list",
		"proc/sched_debug", "proc/acpi",         "proc/scsi",      "sys/firmware",
		"sys/kernel/debug", "sys/kernel/tracing"};
	struct stat st;

	for (size_t i = 0; i < COUNT(read_only); i++)
		if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) == 0)
			must(mount(NULL, read_only[i], NULL,
				   MS_BIND | MS_REMOUNT | MS_RDONLY | HARMLESS, NULL));
	must(mknod("dev/.empty", S_IFREG, 0));
	must(mkdir("dev/.nothing", 0));
	for (size_t i = 0; i < COUNT(hidden); i++)
		if (stat(hidden[i], &st) == 0) {
			must(mount(S_ISDIR(st.st_mode) ? "dev/.nothing" : "dev/.empty", hidden[i],
				   NULL, MS_BIND, NULL));
			must(mount(NULL, hidden[i], NULL,
				   MS_BIND | MS_REMOUNT | MS_RDONLY | HARMLESS, NULL));
		}
	must(unlink("dev/.empty"));
	must(rmdir("dev/.nothing"));
}

static void boot(const char *rootfs, int status_fd)
{
	char *argv[] = {"/guest", NULL};
	int unlocked = 0, master_fd, slave_fd;

	must(unshare(CLONE_NEWCGROUP));
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL));
	must(chdir(rootfs));
	make_dev();
	must(mount("proc", "proc", "proc", HARMLESS, NULL));
	must(mount("sysfs", "sys", "sysfs", MS_RDONLY | HARMLESS, NULL));
	must(mount("run", "run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"));
	must(mount("cgroup2", "sys/fs/cgroup", "cgroup2", HARMLESS, NULL));
	mask();
	must(master_fd = open("dev/pts/ptmx", O_RDWR | O_NOCTTY));
	must(ioctl(master_fd, TIOCSPTLCK, &unlocked));
	must(slave_fd = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY));
	must(syscall(SYS_pivot_root, ".", "."));
	must(umount2(".", MNT_DETACH));
	must(setsid());
	must(ioctl(slave_fd, TIOCSCTTY, 0));
	for (int fd = 0; fd <= 2; fd++)
		must(dup2(slave_fd, fd));
	must(dup3(status_fd, 3, O_CLOEXEC));
	/* The master stays open in here, where nobody else would hold it. */
	must(dup2(master_fd, 4));
	must(syscall(SYS_close_range, 5, ~0u, 0));
	execv(argv[0], argv);
	die(argv[0]);
}

static int start(const char *rootfs, const char *cgroup, const char *pid_file)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS |
			 CLONE_NEWIPC,
		.exit_signal = SIGCHLD,
	};
	int status[2], cgroup_fd, pid_fd;
	char byte;
	pid_t pid;

	if (mkdir(cgroup, 0755) < 0 && errno != EEXIST)
		die(cgroup);
	must(cgroup_fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	args.cgroup = (uint64_t)cgroup_fd;
	must(pipe2(status, O_CLOEXEC));
	must(pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args)));
	if (pid == 0) {
		/* Out of the way of the fds that boot arranges. */
		must(status[1] = fcntl(status[1], F_DUPFD_CLOEXEC, 20));
		boot(rootfs, status[1]);
	}
	close(status[1]);
	if (read(status[0], &byte, 1) != 0)
		die("start");
	must(pid_fd = open(pid_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	dprintf(pid_fd, "%d\n", (int)pid);
	return 0;
}

/* --- measuring --------------------------------------------------------------------------------- */

static char *in(const char *dir, const char *file)
{
	char *path;

	must(asprintf(&path, "%s/%s", dir, file));
	return path;
}

/* A stamp is there whole or not at all; a peer that stays in front is not waited for. */
static long long read_stamp(const char *path)
{
	long long value;

	for (int i = 0; i < 2000; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t got = fd < 0 ? -1 : read(fd, &value, sizeof(value));

		if (fd >= 0)
			close(fd);
		if (got == sizeof(value))
			return value;
		usleep(1000);
	}
	errno = ETIMEDOUT;
	die(path);
	return 0;
}

static long long run(char **command)
{
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		continue;
	if (status != 0) {
		fprintf(stderr, "bench-floor: %s: status %d\n", command[0], status);
		_exit(1);
	}
	return now_ns();
}

static int measure(const char *rootfs, char **command)
{
	char *path = in(rootfs, "began");
	long long began, back;

	unlink(path);
	began = now_ns();
	back = run(command);
	printf("%lld %lld\n", (back - began) / 1000,
	       access(in(rootfs, "guest"), F_OK) < 0 ? 0 : (read_stamp(path) - began) / 1000);
	return 0;
}

static int cat(const char *path)
{
	static char buf[1 << 17];
	int fd = open(path, O_RDONLY);
	ssize_t len;

	must(fd);
	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		for (char *next = buf; len;) {
			ssize_t done = write(1, next, (size_t)len);

			must(done);
			next += done;
			len -= done;
		}
	}
	return 0;
}

static long long in_us(struct timeval user, struct timeval sys)
{
	return (user.tv_sec + sys.tv_sec) * 1000000LL + user.tv_usec + sys.tv_usec;
}

/* A process that has ended and is not waited for yet says in /proc what it alone has used. */
static int spent(const char *file, char **command)
{
	long long began = now_ns(), took;
	unsigned long user, sys;
	struct rusage usage;
	char path[32], stat[512], *fields;
	siginfo_t info;
	int fd, status;
	FILE *out;
	ssize_t len;
	pid_t pid = vfork();

	if (pid == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	took = now_ns() - began;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY);
	must(fd);
	len = read(fd, stat, sizeof(stat) - 1);
	must(len);
	stat[len] = 0;
	fields = strrchr(stat, ')');
	if (!fields || sscanf(fields, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			      &user, &sys) != 2)
		die(path);
	must(wait4(pid, &status, 0, &usage));
	out = fopen(file, "w");
	if (!out)
		die(file);
	fprintf(out, "%lld %lld %lld\n", took / 1000,
		(long long)(user + sys) * 1000000 / sysconf(_SC_CLK_TCK),
		in_us(usage.ru_utime, usage.ru_stime));
	fclose(out);
	return status != 0;
}

static int first(char **command)
{
	char name[32], byte;
	int master_fd, fd, number, locked = 0;
	long long begun, shown;
	pid_t pid;

	must(master_fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
	must(ioctl(master_fd, TIOCSPTLCK, &locked));
	must(ioctl(master_fd, TIOCGPTN, &number));
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	begun = now_ns();
	must(pid = fork());
	if (pid == 0) {
		setsid();
		must(fd = open(name, O_RDWR));
		dup2(fd, 0);
		dup2(fd, 1);
		must(fd = open("/dev/null", O_WRONLY));
		dup2(fd, 2);
		execv(command[0], command);
		die(command[0]);
	}
	must(read(master_fd, &byte, 1));
	shown = now_ns();
	kill(pid, SIGTERM);
	must(waitpid(pid, NULL, 0));
	printf("%lld\n", (shown - begun) / 1000);
	return 0;
}

static long long call_ns(long number)
{
	enum { TIMES = 500000 };
	long long began = now_ns();

	for (int i = 0; i < TIMES; i++)
		syscall(number, -1, 0, 0);
	return (now_ns() - began) / TIMES;
}

static int calls(void)
{
	printf("%lld %lld\n", call_ns(SYS_getppid), call_ns(SYS_ioctl));
	return 0;
}

/* life/seat.h */
static int sit(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const unsigned char request[2] = {1, 0};
	char buf[8192];
	ssize_t len;
	int fd;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	must(fd = socket(AF_UNIX, SOCK_SEQPACKET, 0));
	must(connect(fd, (struct sockaddr *)&address, sizeof(address)));
	must(send(fd, request, sizeof(request), 0));
	while ((len = recv(fd, buf, sizeof(buf), 0)) > 0)
		must(write(STDOUT_FILENO, buf, (size_t)len));
	return 0;
}

static int opens(const char *path)
{
	long long least = 0;

	for (int round = 0; round < 20; round++) {
		long long begin = now_ns(), took;

		for (int i = 0; i < 5000; i++) {
			int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);

			must(fd);
			close(fd);
		}
		took = (now_ns() - begin) / 5000;
		if (!round || took < least)
			least = took;
	}
	printf("%lld\n", least);
	return 0;
}

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int policy(const char *cgroup)
{
	struct bpf_prog_info info = {0};
	union bpf_attr attr = {0};
	uint32_t id = 0;
	int cgroup_fd, fd;

	must(cgroup_fd = open(cgroup, O_RDONLY | O_DIRECTORY));
	attr.query.target_fd = (uint32_t)cgroup_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)&id;
	attr.query.prog_cnt = 1;
	must(bpf(BPF_PROG_QUERY, &attr));
	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	must(fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	must(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr));
	printf("%u\n", info.xlated_prog_len / 8);
	return 0;
}

int main(int argc, char **argv)
{
	long long now = now_ns();
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];

	if (strcmp(name, "guest") == 0)
		guest(now);
	if (strcmp(name, "true") == 0)
		return 0;
	if (strcmp(name, "calls") == 0)
		return calls();
	if (argc == 2 && strcmp(name, "cat") == 0)
		return cat(argv[1]);
	if (argc > 3 && strcmp(argv[1], "spent") == 0)
		return spent(argv[2], argv + 3);
	if (argc == 5 && strcmp(argv[1], "start") == 0)
		return start(argv[2], argv[3], argv[4]);
	if (argc > 3 && strcmp(argv[1], "time") == 0)
		return measure(argv[2], argv + 3);
	if (argc > 2 && strcmp(argv[1], "first") == 0)
		return first(argv + 2);
	if (argc == 3 && strcmp(argv[1], "sit") == 0)
		return sit(argv[2]);
	if (argc == 3 && strcmp(argv[1], "opens") == 0)
		return opens(argv[2]);
	if (argc == 3 && strcmp(argv[1], "policy") == 0)
		return policy(argv[2]);
	if (argc > 3 && strcmp(argv[1], "until") == 0) {
		long long back = run(argv + 3);

		printf("%lld\n", (back - read_stamp(in(argv[2], "ended"))) / 1000);
		return 0;
	}
	fprintf(stderr, "bench-floor: see the head of scripts/bench-floor.c\n");
	return 2;
}
