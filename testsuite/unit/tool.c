// SPDX-License-Identifier: GPL-3.0-or-later
/* tool - programs of the host: found, run, heard, ended. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "claim.h"
#include "libds/core/auto.h"
#include "libds/host/tool.h"

static bool failed_with(enum ds_exit status, const char *text)
{
	return ds_err_last()->exit_status == (int)status && strstr(ds_err_last()->text, text);
}

static void finding(const char *dir)
{
	char path[PATH_MAX], wanted[PATH_MAX], list[2 * PATH_MAX];

	snprintf(wanted, sizeof(wanted), "%s/odd-tool", dir);
	put(wanted, "#!/bin/sh\nexit 7\n");
	MUST(chmod(wanted, 0755) == 0 && chdir(dir) == 0);
	ds_err_clear();
	CLAIM("a tool that is nowhere is not found, quietly",
	      ds_tool_find("odd-tool", path, sizeof(path)) == -ENOENT && !ds_err_last()->code);
	snprintf(list, sizeof(list), ".::/nowhere:%s", dir);
	MUST(setenv("PATH", ".:", 1) == 0);
	CLAIM("a relative directory of PATH is not looked into",
	      ds_tool_find("odd-tool", path, sizeof(path)) == -ENOENT);
	CLAIM("the usual directories are looked into without PATH",
	      ds_tool_find("sh", path, sizeof(path)) == 0 && access(path, X_OK) == 0);
	MUST(setenv("PATH", list, 1) == 0);
	CLAIM("a tool is found in PATH",
	      ds_tool_find("odd-tool", path, sizeof(path)) == 0 && strcmp(path, wanted) == 0);
	struct ds_tool odd = DS_TOOL("odd-tool"), none = DS_TOOL("no-such-tool");
	none.package = "nonesuch";
	CLAIM("a tool's exit status is told", ds_tool_run(&odd) == 7);
	CLAIM("a missing tool is exit 5 and names the package",
	      ds_tool_run(&none) < 0 && failed_with(DS_EXIT_UNSUPPORTED, "no-such-tool") &&
		      strstr(ds_err_last()->hint, "nonesuch"));
	put(wanted, "\177ELF is not all of it");
	CLAIM("a program that the kernel refuses is an error",
	      ds_tool_run(&odd) == -ENOEXEC && failed_with(DS_EXIT_FAILED, "odd-tool"));
}

static void surroundings(void)
{
	char out[1024];
	struct ds_tool env =
		DS_TOOL("sh", "-c",
			"echo $LC_ALL; cat; ls /proc/self/fd | tr '\\n' ' '; "
			"grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d 'A-Za-z:0\\t\\n'; pwd");
	auto_fd root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int inherited = open("/dev/null", O_RDONLY);
	sigset_t mask;

	MUST(root_fd >= 0 && inherited >= 0);
	sigfillset(&mask);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	env.out = out;
	env.out_size = sizeof(out);
	env.dir_fd = root_fd;
	/* ls itself has opened the directory as 3. */
	CLAIM("a tool has locale C.UTF-8, empty input, no file of ours, default signals, its directory",
	      ds_tool_run(&env) == 0 && strcmp(out, "C.UTF-8\n0 1 2 3 /\n") == 0);
	fprintf(stderr, "it has: %s\n", out);
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(inherited);
}

/* Its pipes then are where its own descriptors go. */
static bool runs_without_stdio(void)
{
	char out[16];
	struct ds_tool tool = DS_TOOL("sh", "-c", "echo out; echo err >&2; echo line >&3");
	int status;
	pid_t pid = fork();

	MUST(pid >= 0);
	if (!pid) {
		for (int fd = 0; fd < 10; fd++)
			close(fd);
		tool.out = out;
		tool.out_size = sizeof(out);
		_exit(ds_tool_run(&tool) != 2 || strcmp(out, "out\n") != 0 ||
		      strncmp(tool.said, "err\n", 4) != 0);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static void hear_line(const struct ds_tool *tool, char *line)
{
	strcat(tool->ctx, line);
	strcat(tool->ctx, ";");
}

static void hearing(void)
{
	char out[16], heard[64] = "";
	struct ds_tool lines = DS_TOOL("sh", "-c", "echo 1 2 3 >&3; echo said; echo 4 >&3");
	struct ds_tool small = DS_TOOL("sh", "-c", "echo 0123456789");
	struct ds_tool big = DS_TOOL("sh", "-c", "echo 0123456789012345");
	struct ds_tool fails = DS_TOOL("sh", "-c", "echo first; printf 'why\\033[1m\\n' >&2; exit 3");
	struct ds_tool tar = DS_TOOL("sh", "-c", "echo tar: why; echo tar: due to previous errors; exit 2");
	struct ds_tool silent = DS_TOOL("sh", "-c", "exit 3");
	struct ds_tool much = DS_TOOL("sh", "-c", "seq 100000; echo last");
	struct ds_tool killed = DS_TOOL("sh", "-c", "kill -SEGV $$");
	struct ds_tool held = DS_TOOL("sh", "-c", "sleep 100 & echo $!");

	lines.line = hear_line;
	lines.ctx = heard;
	CLAIM("lines of the extra descriptor come one by one",
	      ds_tool_run(&lines) == 0 && strcmp(heard, "1 2 3;4;") == 0 &&
		      strcmp(lines.said, "said\n") == 0);
	small.out = big.out = out;
	small.out_size = big.out_size = sizeof(out);
	CLAIM("what a tool prints is captured",
	      ds_tool_run(&small) == 0 && strcmp(out, "0123456789\n") == 0 && !small.said[0]);
	CLAIM("more than fits is an error", ds_tool_run(&big) == -EFBIG);
	CLAIM("a failure is told with the last line",
	      ds_tool_do(&fails) < 0 && failed_with(DS_EXIT_FAILED, "sh: why\033[1m"));
	CLAIM("but tar's last line is not the reason",
	      ds_tool_do(&tar) < 0 && failed_with(DS_EXIT_FAILED, "tar: why"));
	CLAIM("and by its status where nothing was said",
	      ds_tool_do(&silent) < 0 && failed_with(DS_EXIT_FAILED, "status 3"));
	CLAIM("of much talk the end is kept",
	      ds_tool_do(&much) == 0 && strstr(much.said, "99999\n100000\nlast\n"));
	CLAIM("a tool that a signal ended has status 128 and the signal's number",
	      ds_tool_run(&killed) == 128 + SIGSEGV);
	CLAIM("a grandchild that holds the pipes is not waited for", ds_tool_run(&held) == 0);
	MUST(kill(atoi(held.said), SIGKILL) == 0);
	CLAIM("it runs where descriptors 0 to 9 are closed", runs_without_stdio());
}

static void count_tick(const struct ds_tool *tool, pid_t pid)
{
	int *ticks = tool->ctx;

	/* It waits for us: it ends by the third. */
	if (++*ticks == 3)
		kill(pid, SIGKILL);
}

static void ending(void)
{
	int ticks = 0, ends[2], input[2], group[2];
	struct ds_tool ticking = DS_TOOL("cat"), cancelled = DS_TOOL("sh", "-c", "cat; cat");
	struct ds_tool deaf = DS_TOOL("sh", "-c", "trap '' TERM; while :; do kill -TERM $PPID; done");
	sigset_t mask;
	pid_t pid;
	char byte;

	MUST(pipe2(input, O_CLOEXEC) == 0 && pipe2(ends, O_CLOEXEC) == 0 &&
	     pipe2(group, O_CLOEXEC) == 0);
	ticking.tick = count_tick;
	ticking.ctx = &ticks;
	ticking.stdin_fd = cancelled.stdin_fd = input[0];
	CLAIM("ticks come while it runs", ds_tool_run(&ticking) == 128 + SIGKILL && ticks == 3);

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	cancelled.cancel_fd = deaf.cancel_fd = signalfd(-1, &mask, SFD_CLOEXEC);
	cancelled.stdout_fd = group[1];
	raise(SIGTERM);
	CLAIM("a signal ends the tool",
	      ds_tool_run(&cancelled) == -EINTR && cancelled.cancelled_by == SIGTERM);
	close(group[1]);
	CLAIM("and what it has started", read(group[0], &byte, 1) == 0);
	CLAIM("a second one ends a tool that will not hear", ds_tool_run(&deaf) == -EINTR);

	/* The tool holds ends[1] as its output; EOF says that it is gone. */
	pid = fork();
	MUST(pid >= 0);
	if (!pid) {
		struct ds_tool left = DS_TOOL("sh", "-c", "echo up; exec cat");

		left.stdin_fd = input[0];
		left.stdout_fd = ends[1];
		ds_tool_run(&left);
		_exit(0);
	}
	close(ends[1]);
	MUST(read(ends[0], &byte, 1) == 1 && kill(pid, SIGKILL) == 0);
	MUST(waitpid(pid, NULL, 0) == pid);
	while (read(ends[0], &byte, 1) > 0)
		continue;
	CLAIM("a tool ends when the process that runs it is killed", true);
	close(cancelled.cancel_fd);
}

int main(int argc, char **argv)
{
	MUST(argc == 2);
	alarm(60);
	surroundings();
	hearing();
	ending();
	finding(argv[1]);
	return 0;
}
