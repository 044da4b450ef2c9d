// SPDX-License-Identifier: GPL-3.0-or-later
/* holds - see holds.h. */
#include "libds/life/holds.h"

#include <errno.h>

#include "libds/core/err.h"
#include "libds/host/awake.h"
#include "libds/host/ipv6.h"
#include "libds/host/selinux.h"
#include "libds/kernel/firmware.h"
#include "libds/life/boot.h"
#include "libds/life/links.h"

int ds_holds_life(const struct ds_spec *spec, struct ds_undo *undo, int status_fd)
{
	int err;

	if (CFG_SELINUX && spec->selinux_permissive) {
		err = ds_selinux_permit(undo, spec->name);
		if (err < 0 && err != -ENOENT)
			return err;
		if (err < 0)
			ds_boot_warn(status_fd);
	}
	if (CFG_ANDROID_COMMANDS && !spec->allow_doze && ds_awake_hold(undo, spec->name) < 0)
		ds_boot_warn(status_fd);
	return 0;
}

/* Only that another container has it is worth a refusal. */
static int add_firmware(const struct ds_spec *spec, struct ds_undo *undo, const char *rootfs,
			int status_fd)
{
	char was[DS_FIRMWARE_MAX] = "";
	int err = ds_firmware_add(undo, spec->name, rootfs, was);

	if (err < 0 && ds_err_last()->exit_status == DS_EXIT_STATE)
		return err;
	if (!err && *was)
		err = ds_refuse(DS_EXIT_FAILED, "the kernel looks for no firmware in %s meanwhile",
				was);
	if (err < 0)
		ds_boot_warn(status_fd);
	return 0;
}

int ds_holds_boot(const struct ds_spec *spec, struct ds_undo *undo, const char *rootfs,
		  int status_fd)
{
	int err = 0;

	if (CFG_IPV6 && (spec->enable_ipv6 || spec->disable_ipv6))
		err = ds_ipv6_switch(undo, spec->name, spec->enable_ipv6);
	if (!err && CFG_FIRMWARE && spec->enable_firmware)
		err = add_firmware(spec, undo, rootfs, status_fd);
	if (!err && CFG_LINKS)
		err = ds_links_open(spec, undo);
	return err;
}

void ds_holds_stop(void)
{
	if (CFG_LINKS)
		ds_links_stop();
}

void ds_holds_end(void)
{
	if (CFG_LINKS)
		ds_links_close();
}
