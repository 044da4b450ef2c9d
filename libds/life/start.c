// SPDX-License-Identifier: GPL-3.0-or-later
/* start - see start.h. */
#include "libds/life/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/tree.h"
#include "libds/life/find.h"
#include "libds/life/limits.h"
#include "libds/life/monitor.h"
#include "libds/life/osrelease.h"
#include "libds/life/proclimits.h"
#include "libds/life/scan.h"
#include "libds/life/settle.h"

#define MAX_SUFFIX 1024 /* of made-up names */

/* A random (version 4) UUID without dashes: systemd takes it for its machine id. The kernel's, since
 * getrandom(2) came with Linux 3.17 only. */
static int make_uuid(struct ds_spec *spec)
{
	char text[DS_BOOT_ID_LEN + 1], *end = text;
	ssize_t len;

	if (*spec->uuid)
		return 0;
	len = ds_try_file_read(AT_FDCWD, "/proc/sys/kernel/random/uuid", text, sizeof(text));
	if (len != DS_BOOT_ID_LEN)
		return ds_fail_with(len < 0 ? (int)len : EIO, "make a uuid");
	for (const char *from = text; *from; from++) {
		if (*from != '-')
			*end++ = *from;
	}
	*end = 0;
	return ds_spec_set(spec, "uuid", text);
}

struct claim {
	const struct ds_spec *spec;
	struct ds_rootfs rootfs;
	bool refused;
};

/* Of volatile containers none writes: they can share. */
static bool may_share(const struct ds_spec *a, const struct ds_spec *b)
{
	return CFG_VOLATILE && a->volatile_mode && b->volatile_mode;
}

static int is_user_of(struct ds_container *other, void *ctx)
{
	struct claim *claim = ctx;
	struct stat st;

	if (other->life != DS_RUNNING || strcmp(other->name, claim->spec->name) == 0 ||
	    may_share(&other->spec, claim->spec) || stat(other->spec.rootfs_path, &st) < 0 ||
	    st.st_dev != claim->rootfs.dev || st.st_ino != claim->rootfs.ino)
		return 0;
	claim->refused = true;
	return ds_refuse(DS_EXIT_STATE, "rootfs %s is in use by %s", claim->spec->rootfs_path,
			 other->name);
}

/* Not running, nothing left of a former life, and nobody else on its rootfs. */
static int clear_the_way(const struct ds_spec *spec, const struct ds_rootfs *rootfs,
			 bool kept_rootfs)
{
	struct claim claim = {.spec = spec, .rootfs = *rootfs};
	auto_container was = {0};
	/* The first start of all fails at nothing. */
	int err = ds_container_is_known(spec->name) ? ds_scan_look(&was, spec->name) : 0;

	if (err < 0 && ds_err_last()->exit_status != DS_EXIT_NOT_FOUND)
		return err;
	if (err == 0 && was.life == DS_RUNNING) {
		ds_refuse(DS_EXIT_STATE, "already running, PID %d", (int)was.state.init.pid);
		ds_hint("enter it with: droidspaces -n %s enter", spec->name);
		return -ds_err_last()->code;
	}
	if (err == 0 && was.life == DS_LEFT) {
		err = ds_settle(&was, kept_rootfs);
		if (err < 0)
			return err;
	}
	/* One that cannot be read is no reason against this one. */
	err = ds_container_each(is_user_of, &claim);
	if (claim.refused)
		return err;
	ds_err_clear();
	return 0;
}

/* Read what the status pipe tells, see boot.h. */
static int read_status(int status_fd, const struct ds_watch *watch)
{
	struct ds_boot_status status;
	bool reached = false;
	ssize_t len;

	while ((len = ds_try_read_full(status_fd, &status, sizeof(status))) == sizeof(status)) {
		reached |= status.what == DS_BOOT_REACHED;
		if (status.what == DS_BOOT_REACHED)
			continue;
		ds_err_set(&status.err);
		if (status.what == DS_BOOT_FAILED)
			return -status.err.code;
		ds_watch_note(watch, "%s", ds_err_last()->text);
	}
	if (len < 0)
		return ds_fail_with((int)len, "read what became of it");
	if (reached)
		return 0;
	return ds_refuse(DS_EXIT_FAILED, "its PID 1 was killed while it was set up");
}

static int fork_monitor(struct ds_monitor *monitor, int status_pipe[2], int clients[2],
			struct ds_started *started)
{
	started->monitor_pid = ds_fork();
	if (started->monitor_pid < 0)
		return ds_fail("fork the monitor");
	if (started->monitor_pid == 0) {
		close(status_pipe[0]);
		close_fd(&clients[0]);
		monitor->status_fd = status_pipe[1];
		monitor->client_fd = clients[1];
		ds_monitor_run(monitor);
	}
	return 0;
}

static int launch(struct ds_monitor *monitor, const struct ds_starting *how,
		  struct ds_started *started)
{
	int status_pipe[2], clients[2] = {-1, -1};
	int err;

	if (how->attach && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, clients) < 0)
		return ds_fail("make a socket for the console");
	if (pipe2(status_pipe, O_CLOEXEC) < 0) {
		err = ds_fail("make the status pipe");
	} else {
		err = fork_monitor(monitor, status_pipe, clients, started);
		close(status_pipe[1]);
		if (!err)
			err = read_status(status_pipe[0], how->watch);
		close(status_pipe[0]);
	}
	close_fd(&clients[1]);
	started->client_fd = clients[0];
	if (err < 0) {
		close_fd(&started->client_fd);
		/* The monitor undoes what was done; only then the start is over. The signal is for one
		 * whose guest came up without our hearing of it. */
		if (started->monitor_pid > 0)
			kill(started->monitor_pid, DS_MONITOR_STOP);
		if (started->monitor_pid > 0)
			while (waitpid(started->monitor_pid, NULL, 0) < 0 && errno == EINTR)
				continue;
	}
	return err;
}

static int check(const struct ds_spec *spec, struct ds_rootfs *rootfs)
{
	int err = ds_spec_check(spec);

	if (!err && CFG_RLIMITS)
		err = ds_proclimits_try(spec);
	if (err < 0)
		return err;
	if (!*spec->rootfs_path) {
		err = ds_refuse(DS_EXIT_USAGE, "it has no rootfs");
		ds_hint("give its directory with --rootfs=DIR");
		return err;
	}
	return ds_rootfs_look(rootfs, spec);
}

int ds_start_check(const struct ds_spec *spec, bool *can_keep)
{
	struct ds_rootfs rootfs = DS_ROOTFS_NONE;
	int err = check(spec, &rootfs);

	*can_keep = !err && ds_rootfs_is_acquired(&rootfs, spec);
	/* Where it is mounted already, its init can be looked for. */
	if (CFG_IMAGES && *can_keep)
		err = ds_rootfs_adopt(&rootfs, spec);
	ds_rootfs_close(&rootfs);
	return err;
}

/* A monitor that was killed has not undone what it did. */
static void clear_after_failure(const char *name)
{
	const struct ds_err why = *ds_err_last();
	auto_container left = {0};

	if (ds_container_look(&left, name) == 0 && left.life == DS_LEFT)
		ds_settle(&left, false);
	ds_err_set(&why);
}

/* was: the settings before. Hardware is warned of when it is new, privileges always. */
static void warn_of_settings(const struct ds_spec *spec, const char *was,
			     const struct ds_watch *watch)
{
	const char *line = spec->hw_access_disks ? "hw_access_disks=1" : "enable_hw_access=1";
	char text[DS_PRIVILEGED_MAX];

	if (CFG_HW_ACCESS && spec->enable_hw_access && (!was || !strstr(was, line)))
		ds_watch_note(watch, "%s: its root gets the host's hardware%s: do you trust it?",
			      spec->name,
			      spec->hw_access_disks ? " and all that is on its disks"
						    : " (disks by --hw-access=all only)");
	if (ds_spec_is_locked(spec) && CFG_HW_ACCESS && spec->enable_hw_access)
		ds_watch_note(watch, "%s: --hw-access opens /sys, which --isolation=locked closes",
			      spec->name);
	if (CFG_PRIVILEGED && *ds_spec_privileged_text(spec, text))
		ds_watch_note(watch, "%s: --privileged opens to its root: %s", spec->name, text);
}

static int prepare(struct ds_spec *spec, struct ds_monitor *monitor, const struct ds_watch *watch)
{
	int err = CFG_LIMITS ? ds_limits_check_host(spec) : 0;

	if (!err)
		err = clear_the_way(spec, &monitor->rootfs, monitor->adopt_rootfs);
	if (!err && !monitor->adopt_rootfs)
		err = ds_rootfs_check(&monitor->rootfs, spec, watch);
	if (!err)
		err = make_uuid(spec);
	return err < 0 ? err : ds_env_init(monitor->env, spec);
}

int ds_start(struct ds_spec *spec, const struct ds_starting *how, struct ds_started *started)
{
	auto_env env = {0};
	auto_free char *was = NULL;
	struct ds_monitor monitor = {.spec = spec,
				     .rootfs = DS_ROOTFS_NONE,
				     .env = &env,
				     .lock_fd = how->lock_fd,
				     .again = how->again};
	int err = check(spec, &monitor.rootfs);

	*started = (struct ds_started){.client_fd = -1};
	monitor.adopt_rootfs = !err && CFG_IMAGES && how->kept_rootfs &&
			       ds_rootfs_is_acquired(&monitor.rootfs, spec);
	if (!err)
		err = prepare(spec, &monitor, how->watch);
	if (!err)
		err = ds_spec_save(spec, &was);
	if (!err) {
		warn_of_settings(spec, was, how->watch);
		err = launch(&monitor, how, started);
		if (err < 0)
			ds_spec_unsave(spec, was);
		if (err < 0)
			clear_after_failure(spec->name);
	} else if (CFG_IMAGES && how->kept_rootfs) {
		clear_after_failure(spec->name);
	}
	ds_rootfs_close(&monitor.rootfs);
	return err;
}

/* Keep what every name may hold; the guest wrote the rest. */
static void keep_plain(char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	char *to = text, *const start = text;

	text += strspn(text, "-.");
	for (; *text; text++) {
		/* Two dots in a row are no name, nor may they become so by what is left out. */
		if (strchr(plain, *text) && !(*text == '.' && to > start && to[-1] == '.'))
			*to++ = *text;
	}
	*to = 0;
}

static bool is_free(const char *name, const char *rootfs_path)
{
	auto_container other = {0};
	int err = ds_container_look(&other, name);

	if (err < 0)
		return ds_err_last()->exit_status == DS_EXIT_NOT_FOUND;
	return strcmp(other.spec.rootfs_path, rootfs_path) == 0;
}

int ds_start_choose_name(struct ds_spec *spec)
{
	auto_fd root_fd = open(spec->rootfs_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ds_os_release os;
	char base[160], name[DS_NAME_MAX + 1];

	if (root_fd < 0)
		return ds_fail("rootfs %s", spec->rootfs_path);
	if (ds_try_os_release(root_fd, &os) < 0 || !*os.id)
		memcpy(os.id, "linux", sizeof("linux"));
	snprintf(base, sizeof(base), "%s%s%s", os.id, *os.version_id ? "-" : "", os.version_id);
	keep_plain(base);
	memcpy(name, base, strlen(base) + 1);
	for (int i = 1; i <= MAX_SUFFIX; i++) {
		if (ds_name_check(name) == 0 && is_free(name, spec->rootfs_path))
			return ds_spec_set(spec, "name", name);
		snprintf(name, sizeof(name), "%s-%d", base, i);
	}
	return ds_refuse(DS_EXIT_FAILED, "no free name like %s", base);
}
