// SPDX-License-Identifier: GPL-3.0-or-later
/* stop - see stop.h. */
#include "libds/life/stop.h"

#include <errno.h>
#include <signal.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/err.h"
#include "libds/kernel/freezer.h"
#include "libds/life/events.h"
#include "libds/life/init.h"
#include "libds/life/inspect.h"
#include "libds/life/scan.h"
#include "libds/life/settle.h"

/* An init that is still coming up has no event to wait for: it is looked at this often. */
#define ASK_AGAIN_MS 50

void ds_stopping_begin(struct ds_stopping *stopping, const struct ds_proc_id *init, int pidfd,
		       int timeout_s)
{
	*stopping = (struct ds_stopping){
		.init = init,
		.pidfd = pidfd,
		.deadline = timeout_s < 0 ? -1 : ds_now_ms() + timeout_s * 1000LL,
	};
}

static int kill_init(struct ds_stopping *stopping)
{
	stopping->killed = true;
	ds_try_proc_signal(stopping->init, stopping->pidfd, SIGKILL);
	return -1;
}

int ds_stopping_step(struct ds_stopping *stopping)
{
	long long left = stopping->deadline < 0 ? -1 : stopping->deadline - ds_now_ms();

	if (stopping->killed)
		return -1;
	if (stopping->deadline >= 0 && left <= 0)
		return kill_init(stopping);
	if (!stopping->asked) {
		int answer = ds_init_ask_poweroff(stopping->init, stopping->pidfd);

		stopping->asked = answer == DS_ASKED;
		if (answer == DS_ASK_LATER && (left < 0 || left > ASK_AGAIN_MS))
			return ASK_AGAIN_MS;
		if (answer == DS_ASK_IN_VAIN && !ds_proc_is_alive(stopping->init))
			return -1;
		if (answer != DS_ASKED && answer != DS_ASK_LATER) {
			stopping->in_vain = true;
			return kill_init(stopping);
		}
	}
	return (int)left;
}

static void wait_for_init(struct ds_stopping *stopping)
{
	int wait_ms = ds_stopping_step(stopping);

	while (!ds_proc_wait_gone(stopping->init, stopping->pidfd, wait_ms))
		wait_ms = ds_stopping_step(stopping);
}

int ds_stop(const char *name, int timeout_s, bool keep_rootfs)
{
	auto_container container = {0};
	auto_fd pidfd = -1, monitor_pidfd = -1;
	struct ds_stopping stopping;
	int err = ds_scan_look(&container, name);

	if (err < 0)
		return err;
	if (container.life != DS_RUNNING) {
		bool left = container.life == DS_LEFT;

		err = left ? ds_settle(&container, keep_rootfs) : 0;
		return err < 0 ? err
			       : ds_refuse(DS_EXIT_STATE, "not running%s",
					   left ? "; what was left of it is cleared away" : "");
	}
	pidfd = ds_try_proc_open(&container.state.init);
	monitor_pidfd = ds_try_proc_open(&container.state.monitor);
	if (CFG_IMAGES && container.has_monitor && keep_rootfs)
		ds_try_proc_signal(&container.state.monitor, monitor_pidfd, DS_MONITOR_KEEP);
	if (container.has_monitor)
		ds_try_proc_signal(&container.state.monitor, monitor_pidfd, DS_MONITOR_NO_RESTART);
	/* It would not hear what it is asked, and in version 1 not even die. */
	if (CFG_FREEZE && ds_inspect_is_frozen(&container) &&
	    ds_freezer_set(ds_container_recorded(&container, "cgroup_dir"), false,
			   DS_THAWS_WITHIN_MS) < 0)
		ds_err_clear();
	ds_stopping_begin(&stopping, &container.state.init, pidfd, timeout_s);
	wait_for_init(&stopping);
	err = ds_settle(&container, keep_rootfs);
	if (err < 0)
		return err;
	if (CFG_EVENTS)
		ds_event_note(name, container.spec.uuid, "stop");
	return stopping.in_vain ? DS_STOP_DEAF : stopping.killed ? DS_STOP_KILLED : DS_STOP_CLEAN;
}
