// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-commit - keep what a volatile container has become
 *
 * usage: ds-commit [OPTION]... [NAME] DEST
 *
 * Writes the files of a running volatile container, changes and all, to DEST, which must not exist: a
 * new directory, or an image if DEST ends in .img, .ext4, .squashfs, .sqfs or .erofs. Owners, modes,
 * times, attributes and hard links are kept. What the guest has on other file systems, as /run, is not
 * part of it. DEST can be started like any rootfs.
 *
 * The guest stands still while it is copied, so that nothing is half there; a program in it finds its
 * files as after a power cut. DEST is there whole or not at all. The host's cp or tar does the copying,
 * which has to be GNU's, and ds-mkimg an image.
 *
 * exit status: 0 done, 1 failed, 2 usage, 3 no such container, 4 not running or not volatile, 5 the
 * host lacks what is needed, 6 permission; 128 + N when signal N has ended it
 *
 * example: ds-commit web /srv/web2
 *
 * config COMMIT
 *	bool "ds-commit"
 *	depends on VOLATILE
 *	default y
 *	help
 *	  Writes what a volatile container has become to a new directory or image.
 */
#define OPTIONS(X) X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")

#include "applets/applet.h"
APPLET(commit)
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "applets/act.h"
#include "libds/core/auto.h"
#include "libds/host/state.h"
#include "libds/life/commit.h"

static void show_progress(const struct ds_watch *watch, const char *what, uint64_t done,
			  uint64_t total)
{
	(void)watch;
	(void)total;
	fprintf(stderr, "\r%s: %s: %llu MiB ", applet_name, what, (unsigned long long)(done >> 20));
}

static void warn(const struct ds_watch *watch, const char *text)
{
	(void)watch;
	applet_warn("%s", text);
}

static int watch_signals(void)
{
	sigset_t ending;

	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	sigprocmask(SIG_BLOCK, &ending, NULL);
	return signalfd(-1, &ending, SFD_CLOEXEC);
}

/* Under the container's lock: who wants to stop it waits until it is written. */
static int commit_locked(struct ds_commit *commit, const char *name, const char *dest)
{
	auto_container running = {0};
	int err = ds_container_running(&running, name);

	return err < 0 ? err : ds_commit(commit, &running, dest);
}

int commit_main(int argc, char **argv)
{
	struct options o = {0};
	bool on_terminal = isatty(STDERR_FILENO);
	const struct ds_watch watch = {.progress = on_terminal ? show_progress : NULL,
				       .note = warn};
	struct ds_commit commit = {.watch = &watch, .cancel_fd = -1};
	auto_container which = {0};
	auto_fd lock_fd = -1, cancel_fd = -1;
	const char *dest;
	int err;

	if (!parse(&o, argc, argv, 1, 2))
		return o.status;
	dest = o.operands[o.count - 1];
	err = act_begin(o.workspace);
	if (!err && o.name && o.count == 2)
		err = ds_refuse(DS_EXIT_USAGE, "two names: %s and %s", o.name, o.operands[0]);
	if (!err)
		err = ds_container_running(&which, o.count == 2 ? o.operands[0] : o.name);
	if (!err)
		lock_fd = ds_state_lock(which.name, true);
	if (err < 0 || lock_fd < 0)
		return applet_fail();
	cancel_fd = watch_signals();
	commit.cancel_fd = cancel_fd;
	err = commit_locked(&commit, which.name, dest);
	ds_state_unlock(which.name, &lock_fd);
	if (on_terminal)
		fputs("\r\033[K", stderr);
	if (err < 0) {
		ds_err_in("commit %s", which.name);
		err = applet_fail();
		return commit.cancelled_by ? 128 + commit.cancelled_by : err;
	}
	printf("%s: written to %s\n", which.name, dest);
	return DS_EXIT_OK;
}
