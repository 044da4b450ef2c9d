// SPDX-License-Identifier: GPL-3.0-or-later
/* guard - see guard.h. */
#include "libds/life/guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/term.h"
#include "libds/kernel/ns.h"

/* The child. It holds open nothing but the terminal and the pipe: our stdin, say, whose end its writer
 * waits for. */
static void stand_guard(int pipe_fd, pid_t group, struct ds_leaf *leaf, struct ds_term *term)
{
	char byte;

	prctl(PR_SET_NAME, "ds-guard");
	/* Else nothing of a terminal's job control would pass it by. */
	setsid();
	if (term->fd > 0)
		dup2(term->fd, 0);
	if (term->fd >= 0)
		term->fd = 0;
	else
		close(0);
	dup2(pipe_fd, 1);
	if (leaf && leaf->guest_fd >= 0)
		leaf->guest_fd = dup2(leaf->guest_fd, 2);
	ds_close_fds_from(leaf && leaf->guest_fd >= 0 ? 3 : 2);
	while (read(1, &byte, 1) > 0)
		group = 0;
	/* It may have been about to call setsid(2). */
	if (group && kill(-group, SIGKILL) < 0)
		kill(group, SIGKILL);
	ds_term_restore(term);
	if (CFG_CGROUP_LEAVES && leaf)
		ds_leaf_remove(leaf, group);
	_exit(0);
}

int ds_guard_begin(struct ds_guard *guard, pid_t group, struct ds_leaf *leaf, int term_fd)
{
	struct ds_term term = DS_TERM_NONE;
	auto_fd read_fd = -1;
	sigset_t mask, was;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ds_fail("make a pipe");
	read_fd = ends[0];
	guard->fd = ends[1];
	ds_term_note(&term, term_fd);
	/* What ends us may be sent to our process group while it is still of that. */
	sigfillset(&mask);
	sigprocmask(SIG_SETMASK, &mask, &was);
	guard->pid = ds_fork();
	if (guard->pid == 0) {
		close(ends[1]);
		stand_guard(read_fd, group, leaf, &term);
	}
	sigprocmask(SIG_SETMASK, &was, NULL);
	if (guard->pid > 0)
		return 0;
	guard->pid = 0;
	close_fd(&guard->fd);
	return ds_fail("fork");
}

void ds_guard_spare(const struct ds_guard *guard)
{
	/* Its pipe is empty: nothing to wait for. Nobody there: nothing to spare from. */
	if (write(guard->fd, "", 1) < 0)
		return;
}

void ds_guard_end(struct ds_guard *guard)
{
	if (guard->pid)
		kill(guard->pid, SIGKILL);
	guard->pid = 0;
	close_fd(&guard->fd);
}
