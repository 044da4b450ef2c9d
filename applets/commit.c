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
 * host lacks what is needed, 6 permission
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
#include <errno.h>

#include "applets/act.h"
#include "applets/progress.h"
#include "libds/core/auto.h"
#include "libds/host/state.h"
#include "libds/life/commit.h"

static void warn(const struct ds_watch *watch, const char *text)
{
	(void)watch;
	progress_clear();
	applet_warn("%s", text);
}

/* Under the container's lock: who wants to stop it waits until it is written. */
static int commit_locked(const struct ds_commit *commit, const char *name, const char *dest)
{
	auto_container running = {0};
	int err = ds_container_running(&running, name);

	return err < 0 ? err : ds_commit(commit, &running, dest);
}

int commit_main(int argc, char **argv)
{
	struct options o = {0};
	static const struct ds_watch watch = {.progress = progress_show, .note = warn};
	struct ds_commit commit = {.watch = &watch};
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
	commit.cancel_fd = cancel_fd = act_signals();
	err = cancel_fd < 0 ? cancel_fd : commit_locked(&commit, which.name, dest);
	ds_state_unlock(which.name, &lock_fd);
	progress_clear();
	if (err == -EINTR)
		ds_refuse(DS_EXIT_FAILED, "interrupted");
	if (err < 0) {
		ds_err_in("commit %s", which.name);
		return applet_fail();
	}
	printf("%s: written to %s\n", which.name, dest);
	return DS_EXIT_OK;
}
