// SPDX-License-Identifier: GPL-3.0-or-later
/* ipv6 - see ipv6.h. */
#include "libds/host/ipv6.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/host/setting.h"

#define CONF "/proc/sys/net/ipv6/conf"
#define ALL CONF "/all/disable_ipv6"
#define DEFAULT CONF "/default/disable_ipv6"

static int hold_interface(struct ds_undo *undo, const char *holder, const char *name,
			  const char *value, bool joining)
{
	char path[PATH_MAX];
	int err = ds_str_fmt(path, sizeof(path), CONF "/%s/disable_ipv6", name);

	if (err < 0)
		return err;
	/* One that came under the hold of another container has its value from there. */
	if (joining && !ds_setting_is_held(path))
		return 0;
	err = ds_setting_hold(undo, holder, path, value);
	if (err < 0 && access(path, F_OK) < 0 && errno == ENOENT) {
		ds_err_clear(); /* removed since it was listed */
		return 0;
	}
	return err;
}

/* Writing "all" writes "default" and each interface too (addrconf_disable_ipv6() of Linux 3.10 to
 * 6.x). The journal goes backwards, so "all" is promised last to be restored first, and the
 * others have the last word on themselves. */
int ds_ipv6_switch(struct ds_undo *undo, const char *holder, bool enable)
{
	const char *value = enable ? "0" : "1";
	bool joining = ds_setting_is_held(ALL);
	auto_dir dir = opendir(CONF);
	struct dirent *entry;
	int err = 0;

	if (!dir && errno != ENOENT)
		return ds_fail("open " CONF);
	if (!dir && enable)
		return ds_refuse(DS_EXIT_UNSUPPORTED, "this kernel has no IPv6 (CONFIG_IPV6)");
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (name[0] != '.' && strcmp(name, "all") != 0 && strcmp(name, "default") != 0)
			err = hold_interface(undo, holder, name, value, joining);
	}
	if (!err)
		err = ds_setting_hold(undo, holder, DEFAULT, value);
	return err < 0 ? err : ds_setting_hold(undo, holder, ALL, value);
}
