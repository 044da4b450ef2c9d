// SPDX-License-Identifier: GPL-3.0-or-later
/* freezer - see freezer.h. */
#include "libds/kernel/freezer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/kernel/hierarchy.h"

#define STANDS_WITHIN_MS 2000

static const struct kind {
	const char *file, *value[2]; /* to thaw, to freeze */
	const char *tells, *told[2];
} kinds[] = {
	{"cgroup.freeze", {"0", "1"}, DS_CGROUP_EVENTS, {"frozen 0", "frozen 1"}},
	{"freezer.state", {"THAWED", "FROZEN"}, "freezer.state", {"THAWED", "FROZEN"}},
};

static int wait_for(int dir_fd, const struct kind *kind, bool freeze, int timeout_ms)
{
	return ds_try_cgroup_wait(dir_fd, kind->tells, kind->told[freeze], timeout_ms);
}

/* As it was asked, whether or not all stand still by now. */
static bool is_set(int dir_fd, const struct kind *kind)
{
	char text[16];

	return ds_try_file_read(dir_fd, kind->file, text, sizeof(text)) > 0 &&
	       text[0] != kind->value[0][0];
}

/* The container's directory where it can be frozen, and how; -ENOSYS, quiet, where nowhere. */
static int open_dir(const char *dir, const struct kind **kind)
{
	struct ds_hierarchy hierarchy;

	for (int v1 = 0; v1 <= CFG_CGROUP_V1; v1++) {
		auto_fd base_fd = -1, dir_fd = -1;

		if ((v1 ? ds_try_hierarchy_of("freezer", &hierarchy)
			: ds_try_hierarchy_find(DS_CGROUP2, &hierarchy)) < 0)
			continue;
		base_fd = ds_hierarchy_open(&hierarchy);
		dir_fd = openat(base_fd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		*kind = &kinds[v1];
		if (dir_fd >= 0 && faccessat(dir_fd, (*kind)->file, F_OK, 0) == 0)
			return take_fd(&dir_fd);
	}
	return -ENOSYS;
}

int ds_freezer_set(const char *dir, bool freeze, int timeout_ms)
{
	const struct kind *kind;
	auto_fd dir_fd = *dir ? open_dir(dir, &kind) : -ENOSYS;
	int err;

	if (dir_fd < 0) {
		ds_refuse(DS_EXIT_UNSUPPORTED, "no cgroup that can be frozen");
		ds_hint("it takes cgroup2 of Linux 5.2, or the v1 hierarchy freezer, mounted "
			"before the start");
		return -ds_err_last()->code;
	}
	err = ds_try_file_write(dir_fd, kind->file, kind->value[freeze]);
	if (!err)
		err = wait_for(dir_fd, kind, freeze, timeout_ms);
	if (err < 0 && freeze)
		ds_try_file_write(dir_fd, kind->file, kind->value[false]);
	return err < 0 ? ds_fail_with(err, "wait until all of it %s",
				      freeze ? "stands still" : "goes on")
		       : 0;
}

bool ds_freezer_is_on(const char *path, const char *dir)
{
	auto_fd dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct kind *kind = &kinds[0];

	/* The short way, for most. */
	if (faccessat(dir_fd, kind->file, F_OK, 0) < 0) {
		close_fd(&dir_fd);
		dir_fd = *dir ? open_dir(dir, &kind) : -1;
	}
	return is_set(dir_fd, kind);
}

/* Outlives a holder that is killed, by the moment that thawing takes. Ctrl-C is not meant for it. */
static void __attribute__((noreturn)) guard(int held_fd, int freeze_fd)
{
	sigset_t all;
	char none;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	ds_try_read_full(held_fd, &none, 1);
	ds_try_write_all(freeze_fd, "0", 1);
	_exit(0);
}

static int post_guard(struct ds_freezer *freezer)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	freezer->hold_fd = ends[1];
	freezer->guard = ds_fork();
	if (freezer->guard == 0) {
		close(ends[1]);
		guard(ends[0], freezer->freeze_fd);
	}
	close(ends[0]);
	return freezer->guard < 0 ? -errno : 0;
}

void ds_freezer_thaw(struct ds_freezer *freezer)
{
	int saved = errno;

	if (freezer->freeze_fd >= 0)
		ds_try_write_all(freezer->freeze_fd, "0", 1);
	close_fd(&freezer->freeze_fd);
	close_fd(&freezer->hold_fd);
	if (freezer->guard > 0)
		while (waitpid(freezer->guard, NULL, 0) < 0 && errno == EINTR)
			continue;
	freezer->guard = 0;
	errno = saved;
}

int ds_try_freeze(struct ds_freezer *freezer, const char *path)
{
	auto_fd dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (dir_fd < 0)
		return -errno;
	if (is_set(dir_fd, &kinds[0]))
		return 0;
	freezer->freeze_fd = openat(dir_fd, kinds[0].file, O_WRONLY | O_CLOEXEC);
	if (freezer->freeze_fd < 0)
		return -errno;
	err = post_guard(freezer);
	if (!err)
		err = ds_try_write_all(freezer->freeze_fd, "1", 1);
	if (!err)
		err = wait_for(dir_fd, &kinds[0], true, STANDS_WITHIN_MS);
	if (err < 0)
		ds_freezer_thaw(freezer);
	return err;
}
