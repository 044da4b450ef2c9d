// SPDX-License-Identifier: GPL-3.0-or-later
/* record - see record.h. */
#include "libds/life/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/kernel/seccomp.h"

int ds_record_promise(struct ds_undo *undo, const struct ds_spec *spec)
{
	char record_path[PATH_MAX], pid_path[PATH_MAX], socket_path[PATH_MAX];
	int err = ds_workspace_path(record_path, sizeof(record_path), DS_WS_RECORD, spec->name);

	if (!err)
		err = ds_workspace_path(pid_path, sizeof(pid_path), DS_WS_PID, spec->name);
	if (!err)
		err = ds_workspace_path(socket_path, sizeof(socket_path), DS_WS_CONSOLE,
					spec->name);
	if (err < 0)
		return err;
	return ds_undo_promise(undo, "files", record_path, pid_path, socket_path,
			       *spec->pidfile ? spec->pidfile : NULL, NULL);
}

int ds_record_write(struct ds_state *state, const struct ds_monitor *monitor,
		    const struct ds_cgroup *cgroup, pid_t init_pid)
{
	const struct ds_spec *spec = monitor->spec;
	auto_free char *settings = ds_conf_text(&spec->conf);
	char path[PATH_MAX];
	int fd, err = settings ? ds_conf_parse(&state->conf, settings)
			       : ds_fail("write the record");

	if (err < 0)
		return err;
	if (ds_try_proc_identify(init_pid, &state->init) < 0) {
		siginfo_t info = {0};

		/* It may be over already: then there is nothing to record. */
		if (waitid(P_PID, (id_t)init_pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid)
			return 0;
		return ds_fail_with(ESRCH, "look at /proc/%d", (int)init_pid);
	}
	if (ds_try_proc_identify(getpid(), &state->monitor) < 0)
		return ds_fail_with(ESRCH, "look at /proc/%d", (int)getpid());
	memcpy(state->name, spec->name, strlen(spec->name) + 1);
	state->started = time(NULL);
	ds_cgroup_host_path(cgroup, path, sizeof(path));
	err = ds_conf_set(&state->conf, "cgroup", path);
	if (!err)
		err = ds_conf_set(&state->conf, "cgroup_dir", cgroup->count ? cgroup->dir : "");
	/* Decided once for all of its processes: who enters may see another release (personality(2)). */
	if (!err && CFG_SECCOMP_OPTIONS &&
	    (!*spec->seccomp_shield || strcmp(spec->seccomp_shield, "auto") == 0))
		err = ds_conf_set(&state->conf, "seccomp_shield",
				  ds_seccomp_shield_wanted() ? "on" : "off");
	/* By the time somebody asks what was changed, the settings may name another one. */
	if (!err && CFG_VOLATILE && spec->volatile_mode)
		err = ds_conf_set(&state->conf, "lower", monitor->rootfs.path);
	if (!err)
		err = ds_state_save(state, spec->pidfile);
	if (!err)
		err = ds_workspace_path(path, sizeof(path), DS_WS_RECORD, spec->name);
	if (err < 0)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? ds_fail("open %s", path) : fd;
}
