// SPDX-License-Identifier: GPL-3.0-or-later
/* inject - run a command and make one system call of it, or of a process that it forks, fail.
 *
 * usage: inject ROLE N ERRNO|kill RESULT COMMAND...
 *
 * ROLE numbers the processes in the order of their birth, the command being 0; calls are counted for
 * that one alone, from its first after the exec or fork. The Nth gives ERRNO, or the process is killed
 * where it makes it. ERRNO 0 is a lie: nothing is done, and success is said. Where the environment has
 * INJECT_CALL=NUMBER only that call is counted. RESULT then holds the call's number, or "none" where it makes fewer. Calls that
 * cannot fail are not counted. A process that execs is let go: it is another program. Exit status: the
 * command's. Unlike strace(1), which counts for each process, it reaches a call of the third process
 * without one of the first failing before, and it follows nobody once it has done its work. */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX 16

static pid_t pids[MAX];
static bool traced[MAX];
static int count, role, calls, wanted, error, only = -1;
static bool killing, done;
static const char *result;

static const int excluded[] = {
	SYS_close,         SYS_exit,
	SYS_exit_group,    SYS_rt_sigreturn,
	SYS_brk,           SYS_mmap,
	SYS_munmap,        SYS_mprotect,
	SYS_madvise,       SYS_rt_sigprocmask,
	SYS_rt_sigaction,  SYS_wait4,
	SYS_arch_prctl,    SYS_set_tid_address,
	SYS_getpid,        SYS_gettid,
	SYS_getppid,       SYS_getuid,
	SYS_geteuid,       SYS_umask,
	SYS_clock_gettime, SYS_poll,
	SYS_epoll_wait,    SYS_epoll_pwait,
	SYS_mremap,        SYS_restart_syscall,
};

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static int find(pid_t pid)
{
	for (int i = 0; i < count; i++) {
		if (pids[i] == pid)
			return i;
	}
	if (count == MAX)
		die("too many processes");
	pids[count] = pid;
	traced[count] = true;
	return count++;
}

static bool counts(long long nr)
{
	if (only >= 0)
		return nr == only;
	for (size_t i = 0; i < sizeof(excluded) / sizeof(*excluded); i++) {
		if (excluded[i] == nr)
			return false;
	}
	return true;
}

static void report(long long nr)
{
	FILE *file = fopen(result, "w");

	if (!file)
		die(result);
	if (nr < 0)
		fprintf(file, "none\n");
	else
		fprintf(file, "%lld\n", nr);
	fclose(file);
}

static void set_registers(pid_t pid, bool entering)
{
	struct user_regs_struct regs;
	struct iovec iov = {&regs, sizeof(regs)};

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &iov) < 0)
		die("get registers");
	if (entering)
		regs.orig_rax = (unsigned long long)-1;
	else
		regs.rax = (unsigned long long)-error;
	if (ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &iov) < 0)
		die("set registers");
}

/* One stop at a system call; returns whether the process is still to be followed. */
static void at_call(int who, pid_t pid)
{
	static bool failing;
	struct __ptrace_syscall_info info;

	if (who != role || done || ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		return;
	if (failing && info.op == PTRACE_SYSCALL_INFO_EXIT) {
		set_registers(pid, false);
		done = true;
	} else if (info.op == PTRACE_SYSCALL_INFO_ENTRY && counts((long long)info.entry.nr) &&
		   ++calls == wanted) {
		report((long long)info.entry.nr);
		if (killing) {
			kill(pid, SIGKILL);
			done = true;
		} else {
			set_registers(pid, true);
			failing = true;
		}
	}
}

static void let_go(int who, int sig)
{
	ptrace(PTRACE_DETACH, pids[who], NULL, sig);
	traced[who] = false;
}

static void stopped(pid_t pid, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status), who = find(pid);
	static bool begun;

	if (event == PTRACE_EVENT_EXEC && begun) {
		let_go(who, 0);
		return;
	}
	begun |= event == PTRACE_EVENT_EXEC;
	if (sig == (SIGTRAP | 0x80) && begun)
		at_call(who, pid);
	if (event || sig == (SIGTRAP | 0x80))
		sig = 0;
	if (done)
		let_go(who, sig);
	else
		ptrace(PTRACE_SYSCALL, pid, NULL, sig);
}

static void release_all(void)
{
	int status;

	for (int i = 0; i < count; i++) {
		if (!traced[i])
			continue;
		ptrace(PTRACE_INTERRUPT, pids[i], NULL, NULL);
		if (waitpid(pids[i], &status, __WALL) == pids[i] && WIFSTOPPED(status))
			let_go(i, status >> 16 || WSTOPSIG(status) == (SIGTRAP | 0x80)
					  ? 0
					  : WSTOPSIG(status));
		else if (i == 0 && !WIFSTOPPED(status))
			exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
}

int main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	pid_t command, pid;
	int status;

	if (argc < 6) {
		fprintf(stderr, "usage: inject ROLE N ERRNO|kill RESULT COMMAND...\n");
		return 99;
	}
	role = atoi(argv[1]);
	wanted = atoi(argv[2]);
	error = atoi(argv[3]);
	killing = strcmp(argv[3], "kill") == 0;
	result = argv[4];
	if (getenv("INJECT_CALL"))
		only = atoi(getenv("INJECT_CALL"));
	report(-1);
	command = fork();
	if (command == 0) {
		raise(SIGSTOP);
		execvp(argv[5], argv + 5);
		_exit(98);
	}
	if (waitpid(command, &status, WUNTRACED) != command ||
	    ptrace(PTRACE_SEIZE, command, NULL, (void *)options) < 0)
		die("seize");
	find(command);
	kill(command, SIGCONT);
	while (!done && (pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			stopped(pid, status);
			continue;
		}
		traced[find(pid)] = false;
		if (pid == command) {
			release_all();
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
	}
	release_all();
	/* One may have been born that had not stopped for us yet. */
	while ((pid = waitpid(-1, &status, __WALL)) != command || WIFSTOPPED(status)) {
		if (pid < 0)
			die("wait");
		if (WIFSTOPPED(status))
			let_go(find(pid), 0);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
