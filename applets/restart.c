// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-restart - stop a container and start it again
 *
 * usage: ds-restart [OPTION]... [NAME]
 *
 * As ds-stop and then ds-start, but nobody else can take the container in between. Settings given
 * here are kept as with ds-start. A container that does not run is started.
 *
 * exit status: as ds-start
 *
 * example: ds-restart web
 *
 * config RESTART
 *	bool "ds-restart"
 *	default y
 *	help
 *	  Stops and starts a container in one go.
 */
#include "libds/life/spec.h"
#define OPTIONS(X)                                                                                 \
	SPEC_OPTIONS(X)                                                                            \
	X(STRING, rootfs_img, 'i', "rootfs-img", "FILE", IMAGES,                                   \
	  "the image file or block device that holds the guest's /; needs --name")                 \
	X(STRING, config, 'C', "config|conf", "FILE", ALWAYS,                                      \
	  "take the settings from this file; root must own it")                                    \
	X(FLAG, detach, 0, "detach", 0, FOREGROUND,                                                \
	  "return once it runs, whatever --foreground says or said")                               \
	X(FLAG, reset, 0, "reset", 0, ALWAYS,                                                      \
	  "forget the stored settings, all but name and rootfs")                                   \
	X(INT, timeout, 0, "timeout", "SECONDS", ALWAYS,                                           \
	  "time to shut down before it is killed; default: 8; 0 kills at once, -1 waits")

#include "applets/applet.h"
APPLET(restart)
#include "applets/act.h"
#include "libds/core/auto.h"
#include "libds/host/state.h"
#include "libds/life/find.h"
#include "libds/life/start.h"
#include "libds/life/stop.h"

/* Whether it can start is found out before it is stopped: a typing error must not cost a guest. */
static int stop_first(const struct ds_spec *spec, int timeout, bool *keep_rootfs)
{
	int result = ds_start_check(spec, keep_rootfs);

	if (result < 0)
		return ds_err_in("start %s", spec->name);
	result = ds_stop(spec->name, timeout, *keep_rootfs);
	if (result < 0 && ds_err_last()->exit_status != DS_EXIT_STATE &&
	    ds_err_last()->exit_status != DS_EXIT_NOT_FOUND)
		return ds_err_in("stop %s", spec->name);
	return 0;
}

int restart_main(int argc, char **argv)
{
	struct options o = {.timeout = DS_STOP_TIMEOUT};
	auto_container only = {0};
	auto_spec spec = {0};
	auto_fd lock_fd = -1;
	struct ds_starting how = {.again = true};
	int err;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	err = act_begin(o.workspace);
	if (!err && o.count && o.name)
		err = ds_refuse(DS_EXIT_USAGE, "the name is given twice: %s and %s", o.name,
				o.operands[0]);
	if (!err && o.count)
		o.name = o.operands[0];
	if (!err && !o.name && !o.config && !o.rootfs_path && !o.rootfs_img) {
		err = ds_container_running(&only, NULL);
		o.name = only.name;
	}
	o.given.name = o.name;
	const struct act_request request = {o.config, o.rootfs_img, o.reset, ACT_SETTINGS(&o)};

	if (!err)
		err = act_load(&spec, &request);
	if (!err)
		lock_fd = ds_state_lock(spec.name, true);
	if (err < 0 || lock_fd < 0)
		return applet_fail();
	if (stop_first(&spec, o.timeout, &how.kept_rootfs) < 0) {
		err = applet_fail();
		ds_state_unlock(spec.name, &lock_fd);
		return err;
	}
	how.attach = spec.foreground && !o.detach;
	return act_start(&spec, &lock_fd, &how);
}
