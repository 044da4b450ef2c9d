/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_TOOL_H
#define DS_HOST_TOOL_H

/* tool - running a program of the host: e2fsck, mke2fs, bsdtar, jq.
 *
 *	struct ds_tool tool = DS_TOOL("e2fsck", "-f", "-y", path);
 *	int status = ds_tool_run(&tool);
 *
 * It gets default signals, the locale C.UTF-8 (bsdtar reads names by it), /dev/null as its input
 * unless something is handed to it, and no other file of ours; what it says is kept for the error
 * message. It leads a process group of its own and is told to end when the process that runs it
 * dies.
 *
 * One of Android's own, below /system, gets an environment that fits it: without LD_PRELOAD and
 * LD_LIBRARY_PATH, with ANDROID_ROOT and ANDROID_DATA.
 *
 * Waiting takes SIGCHLD from the whole process, so this is nothing for a monitor whose guest runs. */

#include <stddef.h>
#include <sys/types.h>

#define DS_TOOL_EXTRA_FD 3 /* e2fsck -C 3: the descriptor that lines can come from besides 1 */

struct ds_tool {
	const char *const *argv;
	const char *package; /* what to install when it is missing; NULL: named as the tool */
	int dir_fd;          /* where it runs; -1: where we are */
	int stdin_fd;        /* -1: /dev/null */
	int stdout_fd;       /* -1: to what it says, or to out */
	/* Its standard output as text; more than fits is an error (EFBIG). */
	char *out;
	size_t out_size;
	/* Called for each line, its newline cut off, that it writes to DS_TOOL_EXTRA_FD. What is
	 * longer than a kilobyte is cut. */
	void (*line)(const struct ds_tool *tool, char *line);
	/* Called about five times a second while it runs, for /proc/PID/io and the like. */
	void (*tick)(const struct ds_tool *tool, pid_t pid);
	void *ctx; /* for line and tick */
	/* A signalfd: the first signal that is read from it ends the tool by SIGTERM, a second by
	 * SIGKILL, and the run fails with EINTR. -1: none. */
	int cancel_fd;
	/* Filled: that first signal, else 0. */
	int cancelled_by;
	/* Filled: the end of what it said on stderr, and on stdout unless that goes elsewhere. */
	char said[1024];
};

#define DS_TOOL(...) DS_TOOL_ARGV(((const char *const[]){__VA_ARGS__, NULL}))
#define DS_TOOL_ARGV(words)                                                                        \
	{                                                                                          \
		.argv = (words), .dir_fd = -1, .stdin_fd = -1, .stdout_fd = -1, .cancel_fd = -1    \
	}

/* Where the program is: name itself if it has a slash, else looked for in the absolute directories
 * of PATH, then in those where Linux and Android keep such tools. -ENOENT without it; quiet. */
int ds_tool_find(const char *name, char *path, size_t size);

/* Run it to its end. Its exit status, 128 + N if signal N ended it, or -errno: it could not be run
 * (exit 5 and the package to install when it is missing), or was cancelled. */
int ds_tool_run(struct ds_tool *tool);

/* The same where any status but 0 is a failure, told with the last line that the tool said. */
int ds_tool_do(struct ds_tool *tool);

/* Record that failure for a status of ds_tool_run(). */
int ds_tool_failed(const struct ds_tool *tool, int status) __attribute__((cold));

#endif
