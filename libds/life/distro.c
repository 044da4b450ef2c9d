// SPDX-License-Identifier: GPL-3.0-or-later
/* distro - see distro.h. */
#include "libds/life/distro.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/life/unpack.h"

/* mmdebstrap mounts, and a package's script may start a daemon: both stay in namespaces. */
static int install(struct ds_stage *stage, const char *name, const char *suite)
{
	char keyring[80];
	struct ds_tool tool =
		DS_TOOL("unshare", "--mount", "--propagation", "private", "--pid", "--fork",
			"--kill-child", "--mount-proc", "mmdebstrap", "--mode=root",
			"--variant=minbase", "--format=directory",
			"--include=systemd,systemd-sysv,dbus", keyring, suite, DS_STAGE_ROOT);
	char path[PATH_MAX];
	int err;

	if (ds_tool_find("mmdebstrap", path, sizeof(path)) < 0) {
		ds_refuse(DS_EXIT_UNSUPPORTED, "mmdebstrap is not installed");
		ds_hint("install the package mmdebstrap and the keys, %s-archive-keyring", name);
		return -ECANCELED;
	}
	if (geteuid() != 0)
		return ds_refuse(DS_EXIT_PERMISSION, "only root can install a distribution");
	snprintf(keyring, sizeof(keyring), "--keyring=/usr/share/keyrings/%s-archive-keyring.gpg",
		 name);
	err = ds_stage_make(stage);
	return err < 0 ? err : ds_stage_do(stage, &tool, "install", 0);
}

int ds_distro_install(struct ds_stage *stage, const char *distro)
{
	const char *suite = distro + strlen("debian:");
	bool is_debian = ds_str_has_prefix(distro, "debian:");

	if ((is_debian || ds_str_has_prefix(distro, "ubuntu:")) && *suite && *suite != '-')
		return install(stage, is_debian ? "debian" : "ubuntu", suite);
	return ds_refuse(DS_EXIT_USAGE, "distribution %s is not debian:SUITE or ubuntu:SUITE",
			 distro);
}
