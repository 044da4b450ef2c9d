// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-start - start a container
 *
 * usage: ds-start [OPTION]... [NAME] [-- COMMAND [ARGUMENT]...]
 *
 * Boots the Linux distribution in a directory, an image file or on a block device as PID 1 of namespaces
 * of its own and returns when its init runs. What is given here is kept: the next time the name is
 * enough. Without a name one is made from the guest's os-release, debian-13 for example; a container from
 * an image needs one.
 *
 * With --volatile what the guest writes is kept in memory, beside a rootfs that stays as it is, and
 * each boot begins clean. Docker in such a guest can't use overlay2 on its /: it needs the driver vfs or
 * fuse-overlayfs, or a bind mount or a tmpfs at /var/lib/docker.
 *
 * The guest has most capabilities of root; --cap-add=SYS_TIME,SYS_MODULE gives it some of the rest, and the
 * system calls that go with them, --cap-drop takes some away. On kernels below 5.0 a shield keeps keyrings
 * and namespaces from it: --seccomp-shield=off lets Docker try there, =on has the shield on newer ones, too.
 *
 * A guest without an init gets ds-init-shim by --init=shim. What it runs stands behind "--", with
 * options of ds-init-shim before it if need be; else it is what /etc/ds-init in the guest describes.
 *
 * On the host it makes a cgroup droidspaces/NAME and files in the workspace, mounts an image at
 * /mnt/Droidspaces/NAME, and starts one small process, [ds-monitor]. All of it goes away when the guest
 * stops. On a phone it also keeps Android from dozing and from ending processes, until the last container
 * stops.
 *
 * exit status: 0 done, 1 failed, 2 usage, 3 no such configuration, 4 already running, 5 the kernel
 * lacks what is needed, 6 permission; with --foreground the guest's own
 *
 * example: ds-start --name=web --rootfs=/srv/web
 * example: ds-start --name=web --rootfs-img=/srv/web.img
 * example: ds-start web
 * example: ds-start --name=job --rootfs=/srv/job --init=shim --foreground -- make test
 *
 * config START
 *	bool "ds-start"
 *	default y
 *	help
 *	  Starts containers. Without it nothing can be booted.
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
	X(FLAG, reset, 0, "reset", 0, ALWAYS, "forget the stored settings, all but name and rootfs")

#include "applets/applet.h"
APPLET(start)
#include <errno.h>
#include <string.h>

#include "applets/act.h"
#include "libds/core/auto.h"
#include "libds/core/words.h"
#include "libds/host/state.h"
#include "libds/life/start.h"

/* What stands behind "--" becomes the setting, the rest is ours. False with an error recorded. */
static bool take_command(struct options *o, int *argc, char **argv, char **command)
{
	for (int i = 1; CFG_INIT_SHIM && i < *argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		*command = ds_words_join(argv + i + 1);
		if (!*command)
			return ds_fail_with(ENOMEM, "keep the command") == 0;
		argv[i] = NULL;
		*argc = i;
		o->init_command = *command;
		o->given.init_command = true;
	}
	return true;
}

int start_main(int argc, char **argv)
{
	struct options o = {0};
	auto_spec spec = {0};
	auto_free char *command = NULL;
	auto_fd lock_fd = -1;
	struct ds_starting how = {0};
	int err;

	if (!take_command(&o, &argc, argv, &command))
		return applet_fail();
	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	if (o.count && o.name) {
		ds_refuse(DS_EXIT_USAGE, "the name is given twice: %s and %s", o.name,
			  o.operands[0]);
		return applet_fail();
	}
	if (o.count) {
		o.name = o.operands[0];
		o.given.name = true;
	}
	const struct act_request request = {o.config, o.rootfs_img, o.reset, ACT_SETTINGS(&o)};

	err = act_begin(o.workspace);
	if (!err)
		err = act_load(&spec, &request);
	if (err < 0)
		return applet_fail();
	lock_fd = ds_state_lock(spec.name, false);
	if (lock_fd < 0) {
		ds_err_in("start %s", spec.name);
		return applet_fail();
	}
	how.attach = spec.foreground && !o.detach;
	return act_start(&spec, &lock_fd, &how);
}
