// SPDX-License-Identifier: GPL-3.0-or-later
/* job - see job.h. */
#include "libds/link/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/signals.h"
#include "libds/kernel/ns.h"

enum { READ, WRITE };

static void __attribute__((noreturn)) be_child(const int ends[3], int (*run)(void *), void *ctx)
{
	const struct ds_err *err;

	setsid();
	umask(022);
	ds_signals_reset();
	/* None of them is below 3, for our own stdio is open. */
	for (int fd = 0; fd < 3; fd++)
		dup2(ends[fd], fd);
	ds_close_fds_from(3);
	run(ctx);
	err = ds_err_last();
	ds_try_write_all(STDERR_FILENO, err->text, strlen(err->text));
	_exit(127);
}

int ds_job_start(struct ds_job *job, int (*run)(void *ctx), void *ctx)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
	int failed =
		pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0;

	*job = (struct ds_job){.in_fd = in[WRITE], .out_fd = out[READ], .err_fd = err[READ]};
	if (!failed) {
		fcntl(job->in_fd, F_SETFL, O_NONBLOCK);
		fcntl(job->out_fd, F_SETFL, O_NONBLOCK);
		fcntl(job->err_fd, F_SETFL, O_NONBLOCK);
		job->pid = ds_fork();
		if (job->pid == 0)
			be_child((const int[]){in[READ], out[WRITE], err[WRITE]}, run, ctx);
		failed = job->pid < 0;
	}
	if (failed) {
		job->pid = 0;
		ds_fail("run a program");
		ds_job_close(job);
	}
	close_fd(&in[READ]);
	close_fd(&out[WRITE]);
	close_fd(&err[WRITE]);
	return failed ? -ds_err_last()->code : 0;
}

void ds_job_feed(struct ds_job *job)
{
	while (job->in_fd >= 0 && ds_wire_waiting(&job->in)) {
		ssize_t len =
			write(job->in_fd, job->in.data + job->in.done, ds_wire_waiting(&job->in));

		if (len < 0 && errno == EAGAIN)
			return;
		/* It reads no more. */
		if (len < 0)
			close_fd(&job->in_fd);
		else
			job->in.done += (size_t)len;
	}
	ds_wire_out_free(&job->in);
	if (job->in_ends)
		close_fd(&job->in_fd);
}

size_t ds_job_read(int *fd, char *buf, size_t size)
{
	ssize_t len = *fd < 0 ? 0 : read(*fd, buf, size);

	if (len > 0)
		return (size_t)len;
	if (len == 0 || errno != EAGAIN)
		close_fd(fd);
	return 0;
}

void ds_job_signal(const struct ds_job *job, int sig)
{
	if (job->pid && kill(-job->pid, sig) < 0)
		kill(job->pid, sig);
}

void ds_job_end(struct ds_job *job)
{
	if (!job->pid || job->kill_at)
		return;
	ds_job_signal(job, SIGTERM);
	ds_job_signal(job, SIGCONT);
	job->kill_at = ds_now_ms() + DS_JOB_KILL_MS;
}

void ds_job_close(struct ds_job *job)
{
	close_fd(&job->in_fd);
	close_fd(&job->out_fd);
	close_fd(&job->err_fd);
	ds_wire_out_free(&job->in);
	job->pid = 0;
	job->in_ends = false;
	job->kill_at = 0;
}
