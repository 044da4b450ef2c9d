// SPDX-License-Identifier: GPL-3.0-or-later
/* oldkernel - run a command, and all that comes of it, on a kernel that lacks things.
 *
 * usage: oldkernel LIST COMMAND...
 *        oldkernel --list
 *
 * LIST is names from the tables below, joined by commas, and these:
 *
 *	all             every name of the tables that came with a version
 *	userns, seccomp_filter
 *	                what kernels are configured without
 *	fs:TYPE         no such file system type
 *	file:PATTERN    no file of such a path (fnmatch(3); a star takes slashes, too)
 *	option:WORD     a mount with that option, a word or KEY=VALUE, is refused
 *	uname:RELEASE   the release that uname(2) tells
 *
 * A seccomp filter answers as a kernel does that does not know the call, the request or the flag. What a
 * filter cannot see, for it lies in memory, a process beside asks about: the calls stop and wait for it. It
 * ends with the last process under the filter. So there is one level only of lists that need it.
 *
 * Root's setuid programs work on. What the filter lets through is the kernel's own: a file that the old
 * kernel had otherwise is as it is, unless a name below says so. 32-bit programs get no further. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define P_PIDFD_TYPE 3
#define NOTIFY (-1) /* instead of an errno: the process beside decides */
#define MAX_WORDS 32

/* --- what can be taken away --------------------------------------------------------------------------- */

enum test { ALWAYS, FROM, EQUAL, ANY_OF, SEVERAL };

/* A call by its numbers on x86_64 and for 32-bit programs, the latter 0 where it is the same. The test is
 * of the argument; FROM means this call and all with a higher number. */
static const struct rule {
	const char *name, *since;
	int call, call32;
	enum test test;
	int arg;
	uint32_t value;
	int error;
} rules[] = {
	{"mount_setattr", "5.12", 442, 0, ALWAYS, 0, 0, ENOSYS},
	{"close_range", "5.9", 436, 0, ALWAYS, 0, 0, ENOSYS},
	{"setns_pidfd", "5.8", SYS_setns, 346, SEVERAL, 1, 0, EINVAL},
	{"loop_configure", "5.8", SYS_ioctl, 54, EQUAL, 1, 0x4C0A, EINVAL},
	{"clone_into_cgroup", "5.7", 435, 0, ALWAYS, 0, 0, NOTIFY},
	{"openat2", "5.6", 437, 0, ALWAYS, 0, 0, ENOSYS},
	{"waitid_pidfd", "5.4", SYS_waitid, 284, EQUAL, 0, P_PIDFD_TYPE, EINVAL},
	{"clone3", "5.3", 435, 0, ALWAYS, 0, 0, ENOSYS},
	{"pidfd_open", "5.3", 434, 0, ALWAYS, 0, 0, ENOSYS},
	{"pidfd_open", "5.3", 438, 0, ALWAYS, 0, 0, ENOSYS}, /* pidfd_getfd */
	{"open_tree", "5.2", 428, 0, ALWAYS, 0, 0, ENOSYS},
	{"fsopen", "5.2", 430, 0, ALWAYS, 0, 0, ENOSYS},
	{"fsopen", "5.2", 431, 0, ALWAYS, 0, 0, ENOSYS}, /* fsconfig */
	{"fsopen", "5.2", 432, 0, ALWAYS, 0, 0, ENOSYS}, /* fsmount */
	{"fsopen", "5.2", 433, 0, ALWAYS, 0, 0, ENOSYS}, /* fspick */
	{"pidfd_send_signal", "5.1", 424, 0, ALWAYS, 0, 0, ENOSYS},
	{"statx", "4.11", SYS_statx, 383, ALWAYS, 0, 0, ENOSYS},
	{"ptpeer", "4.13", SYS_ioctl, 54, EQUAL, 1, 0x5441, ENOTTY},
	{"loop_direct_io", "4.10", SYS_ioctl, 54, EQUAL, 1, 0x4C08, EINVAL},
	{"ns_parent", "4.9", SYS_ioctl, 54, EQUAL, 1, 0xb702, ENOTTY},
	{"cgroupns", "4.6", SYS_unshare, 310, ANY_OF, 0, CLONE_NEWCGROUP, EINVAL},
	{"cgroupns", "4.6", SYS_setns, 346, EQUAL, 1, CLONE_NEWCGROUP, EINVAL},
	{"cgroupns", "4.6", SYS_clone, 120, ANY_OF, 0, CLONE_NEWCGROUP, EINVAL},
	{"cgroupns", "4.6", 435, 0, ALWAYS, 0, 0, ENOSYS}, /* no kernel with clone3 lacks them */
	{"ambient", "4.3", SYS_prctl, 172, EQUAL, 0, 47, EINVAL},
	{"bpf", "3.18", SYS_bpf, 357, ALWAYS, 0, 0, ENOSYS},
	{"seccomp", "3.17", SYS_seccomp, 354, ALWAYS, 0, 0, ENOSYS},
	{"getrandom", "3.17", SYS_getrandom, 355, ALWAYS, 0, 0, ENOSYS},
	{"memfd_create", "3.17", SYS_memfd_create, 356, ALWAYS, 0, 0, ENOSYS},
	{"renameat2", "3.15", SYS_renameat2, 353, ALWAYS, 0, 0, ENOSYS},
	{"3.10", "3.14", SYS_sched_setattr, 351, FROM, 0, 0, ENOSYS},
	{"opath_statfs", "3.12", SYS_fstatfs, 100, ALWAYS, 0, 0, NOTIFY},
	{"opath_statfs", "3.12", SYS_fstatfs, 269, ALWAYS, 0, 0, NOTIFY}, /* fstatfs64 */
	{"userns", NULL, SYS_unshare, 310, ANY_OF, 0, CLONE_NEWUSER, EINVAL},
	{"userns", NULL, SYS_clone, 120, ANY_OF, 0, CLONE_NEWUSER, EINVAL},
	{"userns", NULL, 435, 0, ALWAYS, 0, 0, NOTIFY},
	{"seccomp_filter", NULL, SYS_prctl, 172, EQUAL, 0, PR_SET_SECCOMP, EINVAL},
	{"seccomp_filter", NULL, SYS_seccomp, 354, ALWAYS, 0, 0, EINVAL},
	/* For the words with a colon, and the files below */
	{"=path", NULL, SYS_mount, 21, ALWAYS, 0, 0, NOTIFY},
	{"=path", NULL, 430, 0, ALWAYS, 0, 0, NOTIFY},
	{"=path", NULL, 431, 0, ALWAYS, 0, 0, NOTIFY},
	{"=uname", NULL, SYS_uname, 122, ALWAYS, 0, 0, NOTIFY},
};

/* Files that are not there, or in which a line is not. */
static const struct file_rule {
	const char *name, *pattern, *line;
} file_rules[] = {
	{"cgroupns", "*ns/cgroup", NULL},
	{"cgroup_freeze", "*cgroup.freeze", NULL},        /* 5.2 */
	{"cgroup_kill", "*cgroup.kill", NULL},            /* 5.14 */
	{"fdinfo_mnt_id", "/proc/*/fdinfo/*", "mnt_id:"}, /* 3.15 */
};

/* Calls that take a path, and which argument it is. */
static const struct path_call {
	int call, call32, arg;
	bool opens;
} path_calls[] = {
	{SYS_open, 5, 0, true},
	{SYS_openat, 295, 1, true},
	{437, 437, 1, true},
	{SYS_stat, 195, 0, false},
	{SYS_lstat, 196, 0, false},
	{SYS_newfstatat, 300, 1, false},
	{SYS_access, 33, 0, false},
	{SYS_faccessat, 307, 1, false},
	{439, 439, 1, false},
	{SYS_readlink, 85, 0, false},
	{SYS_readlinkat, 305, 1, false},
	{SYS_statx, 383, 1, false},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* --- what is wanted ----------------------------------------------------------------------------------- */

static struct words {
	const char *word[MAX_WORDS];
	int count;
} names, types, hidden, options;
static const char *release_told;

static void die(const char *what)
{
	fprintf(stderr, "oldkernel: %s: %s\n", what, strerror(errno));
	exit(99);
}

static bool has(const struct words *words, const char *word)
{
	for (int i = 0; i < words->count; i++) {
		if (strcmp(words->word[i], word) == 0)
			return true;
	}
	return false;
}

static void add(struct words *words, const char *word)
{
	if (words->count == MAX_WORDS) {
		errno = E2BIG;
		die(word);
	}
	if (!has(words, word))
		words->word[words->count++] = word;
}

static void add_name(const char *name)
{
	bool all = strcmp(name, "all") == 0, known = all;

	for (size_t i = 0; i < COUNT(rules); i++) {
		if (rules[i].since && (all || strcmp(rules[i].name, name) == 0)) {
			add(&names, rules[i].name);
			known = true;
		}
		known |= rules[i].name[0] != '=' && strcmp(rules[i].name, name) == 0;
	}
	for (size_t i = 0; i < COUNT(file_rules); i++) {
		if (all || strcmp(file_rules[i].name, name) == 0) {
			add(&names, file_rules[i].name);
			known = true;
		}
	}
	if (!known) {
		fprintf(stderr, "oldkernel: no \"%s\" is known\n", name);
		exit(99);
	}
	if (!all)
		add(&names, name);
}

static void take_list(char *list)
{
	static const struct {
		const char *prefix;
		struct words *words;
	} kinds[] = {{"fs:", &types}, {"file:", &hidden}, {"option:", &options}};
	char *word;

	while ((word = strsep(&list, ","))) {
		bool taken = false;

		for (size_t i = 0; i < COUNT(kinds); i++) {
			size_t len = strlen(kinds[i].prefix);

			if (strncmp(word, kinds[i].prefix, len) == 0) {
				add(kinds[i].words, word + len);
				taken = true;
			}
		}
		if (strncmp(word, "uname:", 6) == 0)
			release_told = word + 6;
		else if (!taken)
			add_name(word);
	}
	for (size_t i = 0; i < COUNT(file_rules); i++) {
		if (has(&names, file_rules[i].name) && !file_rules[i].line)
			add(&hidden, file_rules[i].pattern);
	}
	if (types.count || options.count)
		add(&names, "=path");
	if (release_told)
		add(&names, "=uname");
}

static bool looks_at_paths(void)
{
	return hidden.count || types.count || has(&names, "fdinfo_mnt_id");
}

/* --- the filter --------------------------------------------------------------------------------------- */

static struct sock_filter code[1024];
static unsigned short length;
static bool notifies;

static void emit(unsigned what, unsigned char jt, unsigned char jf, uint32_t k)
{
	if (length == COUNT(code)) {
		errno = E2BIG;
		die("filter");
	}
	code[length++] = (struct sock_filter){(unsigned short)what, jt, jf, k};
}

static void load(size_t offset)
{
	emit(BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void answer(int error)
{
	notifies |= error == NOTIFY;
	emit(BPF_RET | BPF_K, 0, 0,
	     error == NOTIFY ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | (uint32_t)error);
}

/* The jumps are over what follows: so many instructions to the next rule. */
static void emit_rule(const struct rule *rule, int call)
{
	const size_t arg = offsetof(struct seccomp_data, args) + 8 * (size_t)rule->arg;
	static const unsigned char lengths[] = {
		[ALWAYS] = 1, [FROM] = 1, [EQUAL] = 3, [ANY_OF] = 3, [SEVERAL] = 6};

	load(offsetof(struct seccomp_data, nr));
	emit(BPF_JMP | (rule->test == FROM ? BPF_JGE : BPF_JEQ) | BPF_K, 0, lengths[rule->test],
	     (uint32_t)call);
	if (rule->test == EQUAL || rule->test == ANY_OF) {
		load(arg);
		emit(BPF_JMP | (rule->test == EQUAL ? BPF_JEQ : BPF_JSET) | BPF_K, 0, 1,
		     rule->value);
	} else if (rule->test == SEVERAL) {
		load(arg);
		emit(BPF_MISC | BPF_TAX, 0, 0, 0);
		emit(BPF_ALU | BPF_SUB | BPF_K, 0, 0, 1);
		emit(BPF_ALU | BPF_AND | BPF_X, 0, 0, 0);
		emit(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0);
	}
	answer(rule->error);
}

static void emit_rules(bool is_32)
{
	/* What is not there at all first: then nobody is asked about it. */
	for (int asks = 0; asks < 2; asks++) {
		for (size_t i = 0; i < COUNT(rules); i++) {
			if (has(&names, rules[i].name) && (rules[i].error == NOTIFY) == asks)
				emit_rule(&rules[i], is_32 && rules[i].call32 ? rules[i].call32
									      : rules[i].call);
		}
	}
	for (size_t i = 0; looks_at_paths() && i < COUNT(path_calls); i++) {
		const struct rule rule = {.error = NOTIFY};

		emit_rule(&rule, is_32 ? path_calls[i].call32 : path_calls[i].call);
	}
	emit(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

static void make_filter(void)
{
	unsigned short jump;

	load(offsetof(struct seccomp_data, arch));
	emit(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AUDIT_ARCH_I386);
	jump = length;
	emit(BPF_JMP | BPF_JA, 0, 0, 0);
	emit_rules(true);
	code[jump].k = (uint32_t)(length - jump - 1);
	emit_rules(false);
}

/* --- the process beside ------------------------------------------------------------------------------- */

static int listener;

/* A string in the memory of the one who asks; false if it cannot be read. */
static bool read_string(pid_t pid, uint64_t address, char *text, size_t size)
{
	struct iovec here = {text, 0}, there = {(void *)(uintptr_t)address, 0};
	ssize_t got = 0;

	/* Not across a page's end, behind which there may be nothing. */
	while ((size_t)got < size - 1) {
		uint64_t at = address + (uint64_t)got;
		size_t left = 4096 - at % 4096;
		ssize_t more;

		if (left > size - 1 - (size_t)got)
			left = size - 1 - (size_t)got;
		here = (struct iovec){text + got, left};
		there = (struct iovec){(void *)(uintptr_t)at, left};
		more = process_vm_readv(pid, &here, 1, &there, 1, 0);
		if (more <= 0)
			return false;
		if (memchr(text + got, 0, (size_t)more))
			return true;
		got += more;
	}
	text[size - 1] = 0;
	return true;
}

/* Lines of that file that stay are written to a file in memory; its fd. */
static int copy_without(const char *path, bool (*goes)(const char *line))
{
	FILE *from = fopen(path, "re"), *to;
	char line[4096];
	int fd;

	if (!from)
		return -1;
	fd = (int)syscall(SYS_memfd_create, "oldkernel", 0);
	to = fdopen(dup(fd), "w");
	while (to && fgets(line, sizeof(line), from)) {
		if (!goes(line))
			fputs(line, to);
	}
	fclose(from);
	if (to)
		fclose(to);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static bool type_goes(const char *line)
{
	char type[64];

	return sscanf(line, "nodev %63s", type) == 1 || sscanf(line, "%63s", type) == 1
		       ? has(&types, type)
		       : false;
}

static bool fdinfo_goes(const char *line)
{
	return strncmp(line, "mnt_id:", 7) == 0;
}

/* Give the one who asks a file of ours as if it had opened that one; whether that was done. */
static bool gives_copy(const struct seccomp_notif *asked, const char *path,
		       bool (*goes)(const char *line))
{
	struct seccomp_notif_addfd given = {
		.id = asked->id, .flags = SECCOMP_ADDFD_FLAG_SEND, .newfd_flags = O_CLOEXEC};
	char seen[4200];
	int fd, result;

	if (strncmp(path, "/proc/self/", 11) == 0)
		snprintf(seen, sizeof(seen), "/proc/%d/%s", (int)asked->pid, path + 11);
	else
		snprintf(seen, sizeof(seen), "/proc/%d/root%s", (int)asked->pid, path);
	fd = copy_without(seen, goes);
	if (fd < 0)
		return false;
	given.srcfd = (uint32_t)fd;
	result = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &given);
	close(fd);
	return result >= 0;
}

static void at_path(const struct seccomp_notif *asked, struct seccomp_notif_resp *reply,
		    const struct path_call *call)
{
	char path[4096];

	if (!read_string((pid_t)asked->pid, asked->data.args[call->arg], path, sizeof(path)))
		return;
	for (int i = 0; i < hidden.count; i++) {
		if (fnmatch(hidden.word[i], path, 0) == 0)
			reply->error = -ENOENT;
	}
	if (reply->error || !call->opens)
		return;
	if ((types.count && strcmp(path, "/proc/filesystems") == 0 &&
	     gives_copy(asked, path, type_goes)) ||
	    (has(&names, "fdinfo_mnt_id") && fnmatch("/proc/*/fdinfo/*", path, 0) == 0 &&
	     gives_copy(asked, path, fdinfo_goes)))
		reply->id = 0;
}

static bool has_option(const char *list)
{
	char copy[4096], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", list);
	while ((word = strsep(&rest, ","))) {
		if (has(&options, word))
			return true;
	}
	return false;
}

/* mount(2) with its type and options, or the steps of the newer way. */
static void at_mount(const struct seccomp_notif *asked, struct seccomp_notif_resp *reply, int call)
{
	const __u64 *args = asked->data.args;
	const pid_t pid = (pid_t)asked->pid;
	char text[4096];

	if (call == SYS_mount) {
		if (args[2] && read_string(pid, args[2], text, sizeof(text)) && has(&types, text))
			reply->error = -ENODEV;
		else if (args[4] && read_string(pid, args[4], text, sizeof(text)) &&
			 has_option(text))
			reply->error = -EINVAL;
	} else if (call == 430) {
		if (read_string(pid, args[0], text, sizeof(text)) && has(&types, text))
			reply->error = -ENODEV;
	} else if (args[2] && read_string(pid, args[2], text, sizeof(text) / 2)) {
		size_t len = strlen(text);

		if (args[1] == FSCONFIG_SET_STRING && len) {
			text[len++] = '=';
			read_string(pid, args[3], text + len, sizeof(text) - len);
		}
		if (has(&options, text))
			reply->error = -EINVAL;
	}
}

static void at_clone3(const struct seccomp_notif *asked, struct seccomp_notif_resp *reply)
{
	uint64_t flags;
	struct iovec here = {&flags, sizeof(flags)},
		     there = {(void *)(uintptr_t)asked->data.args[0], sizeof(flags)};

	if (process_vm_readv((pid_t)asked->pid, &here, 1, &there, 1, 0) != sizeof(flags))
		return;
	if (has(&names, "clone_into_cgroup") && flags & CLONE_INTO_CGROUP)
		reply->error = -E2BIG;
	if (has(&names, "userns") && flags & CLONE_NEWUSER)
		reply->error = -EINVAL;
}

/* Without the flag O_PATH the call is as it was; 3.12 learnt it for these. */
static void at_fstatfs(const struct seccomp_notif *asked, struct seccomp_notif_resp *reply)
{
	char path[64], line[128];
	unsigned flags = 0;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)asked->pid,
		 (int)asked->data.args[0]);
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		sscanf(line, "flags: %o", &flags);
	if (info)
		fclose(info);
	if (flags & O_PATH)
		reply->error = -EBADF;
}

/* The host's name is of the one who asks: its namespace is entered for that, and never left. */
static void at_uname(const struct seccomp_notif *asked, struct seccomp_notif_resp *reply)
{
	struct utsname name;
	struct iovec here = {&name, sizeof(name)},
		     there = {(void *)(uintptr_t)asked->data.args[0], sizeof(name)};
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/uts", (int)asked->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWUTS) < 0 || uname(&name) < 0)
		reply->error = -EFAULT;
	snprintf(name.release, sizeof(name.release), "%s", release_told);
	if (!reply->error &&
	    process_vm_writev((pid_t)asked->pid, &here, 1, &there, 1, 0) != sizeof(name))
		reply->error = -EFAULT;
	if (fd >= 0)
		close(fd);
	reply->flags = 0;
}

static void consider(const struct seccomp_notif *asked, struct seccomp_notif_resp *reply)
{
	const bool is_32 = asked->data.arch == AUDIT_ARCH_I386;
	const struct rule *found = NULL;

	for (size_t i = 0; i < COUNT(path_calls); i++) {
		if ((is_32 ? path_calls[i].call32 : path_calls[i].call) == asked->data.nr) {
			at_path(asked, reply, &path_calls[i]);
			return;
		}
	}
	for (size_t i = 0; i < COUNT(rules) && !found; i++) {
		if (rules[i].error == NOTIFY &&
		    (is_32 && rules[i].call32 ? rules[i].call32 : rules[i].call) == asked->data.nr)
			found = &rules[i];
	}
	if (!found)
		return;
	if (strcmp(found->name, "=path") == 0)
		at_mount(asked, reply, found->call);
	else if (strcmp(found->name, "=uname") == 0)
		at_uname(asked, reply);
	else if (strcmp(found->name, "opath_statfs") == 0)
		at_fstatfs(asked, reply);
	else
		at_clone3(asked, reply);
}

static void __attribute__((noreturn)) serve(void)
{
	struct pollfd waiting = {.fd = listener, .events = POLLIN};

	while (poll(&waiting, 1, -1) > 0 && !(waiting.revents & POLLHUP)) {
		struct seccomp_notif asked = {0};
		struct seccomp_notif_resp reply = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
			continue;
		reply.id = asked.id;
		consider(&asked, &reply);
		if (reply.error)
			reply.flags = 0;
		/* 0: it is answered already. */
		if (reply.id)
			ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
	}
	_exit(0);
}

/* Begun before there is a filter, since it must not ask itself. It shares the table of files until it has
 * the listener, and is nobody's child, whatever the command waits for. */
static void begin_beside(int number_in, int ready_out)
{
	const unsigned long flags = CLONE_FILES | SIGCHLD;
	const pid_t asker = getpid();
	pid_t pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
	int null_fd;

	if (pid < 0)
		die("clone");
	if (pid) {
		waitpid(pid, NULL, 0);
		return;
	}
	pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
	if (pid)
		_exit(0);
	setsid();
	if (read(number_in, &listener, sizeof(listener)) != sizeof(listener) ||
	    unshare(CLONE_FILES) < 0 || write(ready_out, "", 1) != 1)
		kill(asker, SIGKILL);
	null_fd = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null_fd, fd);
	if (listener != 3)
		listener = dup2(listener, 3);
	for (int fd = 4; fd < 1024; fd++)
		close(fd);
	prctl(PR_SET_NAME, "oldkernel");
	if (chdir("/") == 0)
		serve();
	_exit(1);
}

static void install(void)
{
	const struct sock_fprog program = {length, code};
	int number[2] = {-1, -1}, ready[2] = {-1, -1}, fd;
	unsigned flags = 0;
	char byte;

	if (notifies) {
		if (pipe(number) < 0 || pipe(ready) < 0)
			die("pipe");
		begin_beside(number[0], ready[1]);
		flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	}
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (fd < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (fd < 0)
		die("seccomp");
	if (!notifies)
		return;
	if (write(number[1], &fd, sizeof(fd)) != sizeof(fd) || read(ready[0], &byte, 1) != 1)
		die("the process beside");
	close(fd);
	for (int i = 0; i < 2; i++) {
		close(number[i]);
		close(ready[i]);
	}
}

static void list(void)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		if (rules[i].since && (!i || strcmp(rules[i].name, rules[i - 1].name) != 0))
			puts(rules[i].name);
	}
	puts("fdinfo_mnt_id");
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		list();
		return 0;
	}
	if (argc < 3) {
		fprintf(stderr, "usage: oldkernel LIST COMMAND...\n");
		return 99;
	}
	take_list(argv[1]);
	make_filter();
	install();
	execvp(argv[2], argv + 2);
	die(argv[2]);
}
