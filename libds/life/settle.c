// SPDX-License-Identifier: GPL-3.0-or-later
/* settle - see settle.h. */
#include "libds/life/settle.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/host/setting.h"
#include "libds/kernel/cgroup.h"
#include "libds/kernel/hostmnt.h"
#include "libds/kernel/label.h"
#include "libds/kernel/loop.h"
#include "libds/life/events.h"
#include "libds/life/links.h"
#include "libds/life/rootfs.h"
#include "libds/link/hostsocket.h"

/* A monitor whose PID 1 is gone only replays its journal: longer than this it takes never. */
#define MONITOR_ENDS_WITHIN_MS 20000

static int remove_files(const char *const args[DS_UNDO_ARGS])
{
	for (int i = 0; i < DS_UNDO_ARGS && *args[i]; i++) {
		int err = ds_file_remove(args[i]);

		if (err < 0)
			return err;
	}
	return 0;
}

/* Without its feature a verb is known by name alone, as one that was not built in. */
#define IF(feature, undo) ((feature) ? (undo) : NULL)
#define MOUNTS (CFG_IMAGES || CFG_VOLATILE)

const struct ds_undo_verb ds_life_verbs[] = {
	{"cgroup", false, ds_cgroup_remove},
	{DS_CGROUP_ASIDE_VERB, false, IF(CFG_CGROUP_LEAVES, ds_cgroup_come_back)},
	{"files", true, remove_files},
	{DS_SETTING_VERB, false, ds_setting_release},
	{DS_SETTING_KEPT_VERB, true, IF(CFG_ANDROID, ds_setting_release)},
	{DS_HOSTMNT_VERB, false, IF(MOUNTS, ds_hostmnt_undo)},
	{DS_HOSTDIR_VERB, true, IF(MOUNTS, ds_hostmnt_rmdir)},
	{DS_LOOP_VERB, false, IF(CFG_IMAGES, ds_loop_undo)},
	{DS_LABEL_VERB, true, IF(CFG_IMAGES, ds_label_undo)},
	{DS_ROOTFS_VERB, false, IF(CFG_IMAGES, ds_rootfs_undo)},
	{DS_LINKS_VERB, true, IF(CFG_LINKS, ds_links_undo)},
	{DS_HOSTSOCKET_VERB, true, IF(CFG_FORWARD, ds_hostsocket_undo)},
	{0},
};

/* Undo all but what belongs to the rootfs; without that, all. */
static int replay_but_rootfs(const char *name)
{
	struct ds_undo undo = DS_UNDO_CLOSED;
	int mark, err = ds_undo_try_adopt(&undo, name, ds_life_verbs, DS_ROOTFS_VERB, &mark);

	if (err < 0)
		return ds_undo_replay(name, ds_life_verbs);
	err = ds_undo_back(&undo, mark);
	ds_undo_leave(&undo);
	return err;
}

int ds_settle(const struct ds_container *container, bool keep_rootfs)
{
	static const enum ds_workspace_kind leftovers[] = {DS_WS_RECORD, DS_WS_PID};
	const struct ds_proc_id *monitor = &container->state.monitor;
	auto_fd monitor_pidfd = ds_try_proc_open(monitor);
	char path[PATH_MAX];
	int err;

	if (ds_proc_is_alive(monitor)) {
		ds_try_proc_signal(monitor, monitor_pidfd, DS_MONITOR_NO_RESTART);
		if (!ds_proc_wait_gone(monitor, monitor_pidfd, MONITOR_ENDS_WITHIN_MS))
			return ds_fail_with(ETIMEDOUT, "wait for its monitor, process %d",
					    (int)monitor->pid);
	}
	/* Its monitor tells of its end, and then removes the record. */
	if (CFG_EVENTS &&
	    ds_workspace_path(path, sizeof(path), DS_WS_RECORD, container->name) == 0 &&
	    access(path, F_OK) == 0)
		ds_event_note(container->name, container->spec.uuid, "die");
	err = CFG_IMAGES && keep_rootfs ? replay_but_rootfs(container->name)
					: ds_undo_replay(container->name, ds_life_verbs);
	/* A journal may have been lost; the record names nothing that runs. */
	for (size_t i = 0; !err && i < sizeof(leftovers) / sizeof(*leftovers); i++) {
		err = ds_workspace_path(path, sizeof(path), leftovers[i], container->name);
		if (!err)
			err = ds_file_remove(path);
	}
	return err;
}
