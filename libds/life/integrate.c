// SPDX-License-Identifier: GPL-3.0-or-later
/* integrate - see integrate.h. */
#include "libds/life/integrate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/host/androidcmd.h"
#include "libds/host/desktop.h"
#include "libds/kernel/cgroup.h"
#include "libds/life/detach.h"
#include "libds/life/links.h"
#include "libds/life/shed.h"
#include "libds/life/user.h"
#include "libds/link/serve.h"
#include "libds/link/wire.h"

#define SOCKET_NAME "integrate"

static struct ds_link host_end = {.door.fd = -1, .server.fd = -1};

/* On Android root, which its commands take for the system's shell; they need what is in the environment. */
static void fit_environment(const struct ds_user *user, bool is_android)
{
	if (is_android) {
		unsetenv("LD_PRELOAD");
		unsetenv("LD_LIBRARY_PATH");
		setenv("ANDROID_ROOT", "/system", 0);
		setenv("ANDROID_DATA", "/data", 0);
		setenv("PATH", "/system/bin:/system/xbin:/vendor/bin", 1);
		return;
	}
	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("USER", user->name, 1);
	setenv("LOGNAME", user->name, 1);
	setenv("HOME", *user->home ? user->home : "/", 1);
	setenv("SHELL", *user->shell ? user->shell : "/bin/sh", 1);
}

/* In the process that will be the host's program. */
static int become(const char *name)
{
	bool is_android = CFG_ANDROID && ds_android_runs();
	auto_fd root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ds_user user;
	char number[16] = "0";
	uid_t uid;
	pid_t like = 0;

	if (!name && !is_android) {
		if (ds_try_desktop_user(&uid) < 0)
			return ds_refuse(DS_EXIT_FAILED, "nobody is logged in at the host's "
							 "desktop; link.user= says who it is");
		snprintf(number, sizeof(number), "%u", (unsigned)uid);
	}
	if (ds_user_find(root_fd, name ? name : number, &user) < 0)
		return ds_refuse(DS_EXIT_FAILED, "no user \"%.80s\" on the host", name);
	fit_environment(&user, is_android);
	if (!is_android)
		like = ds_desktop_environment(user.uid);
	/* Whatever goes on running is no part of the container. Where it cannot leave, it ends with it. */
	ds_cgroup_follow("", like ? like : 1, false);
	return ds_user_become(&user);
}

int ds_integrate_open(const struct ds_spec *spec, struct ds_undo *undo)
{
	static const struct ds_door door = {.name = SOCKET_NAME, .type = SOCK_STREAM, .mode = 0666};
	int err = ds_policy_read(&host_end.policy, spec->name, spec->integrate, &spec->conf);

	if (err < 0 || !host_end.policy.can)
		return err;
	host_end.user.become = become;
	host_end.detach = ds_detach;
	host_end.shed = ds_shed;
	host_end.door.fd = ds_links_listen(spec->name, undo, &door);
	return host_end.door.fd < 0 ? host_end.door.fd : ds_link_open(&host_end);
}

int ds_integrate_show(const struct ds_spec *spec, int root_fd)
{
	struct ds_policy policy;
	int err = ds_policy_read(&policy, spec->name, spec->integrate, &spec->conf);

	return err < 0 || !policy.can
		       ? err
		       : ds_links_bind(spec->name, SOCKET_NAME, root_fd, DS_LINK_SOCKET);
}

void ds_integrate_stop(void)
{
	ds_link_shut_down(&host_end);
}

void ds_integrate_close(void)
{
	ds_link_close(&host_end);
}
