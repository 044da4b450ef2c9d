/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_JOB_H
#define DS_LINK_JOB_H

/* job - a program of the host's that runs for a guest, with pipes as its stdio, seen from a poll loop.
 *
 * It leads a session of its own and has no other fd of ours. */

#include <stdbool.h>
#include <sys/types.h>

#include "libds/link/wire.h"

#define DS_JOB_KILL_MS 2000 /* from SIGTERM to SIGKILL */

struct ds_job {
	pid_t pid;                 /* 0 = there is none, or it has been waited for */
	int in_fd, out_fd, err_fd; /* non-blocking; -1 = closed */
	struct ds_wire_out in;     /* what it is still to read */
	bool in_ends;              /* and then its input is at its end */
	long long kill_at;         /* ds_now_ms(); 0 = it may live */
};

#define DS_JOB_NONE                                                                                \
	{                                                                                          \
		.in_fd = -1, .out_fd = -1, .err_fd = -1                                            \
	}

/* Fork, and in the child call run(ctx), which executes a program or fails; what it failed with is then on
 * the job's stderr, and its status is 127. */
int ds_job_start(struct ds_job *job, int (*run)(void *ctx), void *ctx);

/* Write to it what goes. */
void ds_job_feed(struct ds_job *job);

/* Read some of what it has written: the number of bytes, 0: nothing is there now. *fd is closed, and 0
 * returned, at its end. */
size_t ds_job_read(int *fd, char *buf, size_t size);

/* Signal all of its session's first process group; itself alone while it has none yet. */
void ds_job_signal(const struct ds_job *job, int sig);

/* It is to end: SIGTERM now, SIGKILL when kill_at has come. */
void ds_job_end(struct ds_job *job);

/* No more to do with it, whether it runs or not. */
void ds_job_close(struct ds_job *job);

#endif
